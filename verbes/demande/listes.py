"""« Mes listes »: the views of the list that an agent keeps under a name, theirs alone. They go with the account: they
hold ids of this base, and no export takes them.
"""
from models import ListeGardee, Refus
from langue import ordre_alphabetique

LISTES_MAX = 20
CRITERES_MAX = 2000                                                 # characters of the address: as the list reads it


def lister(agent):
    """[ListeGardee] of an agent, by name."""
    siennes = ListeGardee.raw('SELECT * FROM liste_gardee WHERE agent_id = ?', agent.id)
    return sorted(siennes, key=lambda une: ordre_alphabetique(une.nom))


def garder(agent, nom, criteres):
    """Keep a view, criteres: its filters and sort as the address says them; under a name that is there, instead."""
    siennes = {une.nom: une for une in lister(agent)}
    if len(siennes) >= LISTES_MAX and nom not in siennes:
        raise Refus(f'Vous gardez déjà {LISTES_MAX} listes\u00a0: retirez-en une d\'abord.', champ='nom')
    if len(criteres) > CRITERES_MAX:
        raise Refus('Cette liste a trop de filtres pour être gardée\u00a0: retirez-en un.', champ='nom')
    ListeGardee.insert(agent=agent, nom=nom, criteres=criteres).on_conflict(
        conflict_target=(ListeGardee.agent, ListeGardee.nom), preserve=(ListeGardee.criteres,)).execute()


def retirer(agent, liste):
    """Refus 404 when it is another's: nobody learns that it is there."""
    if liste.agent_id != agent.id:
        raise Refus(INCONNUE, 404)
    liste.delete_instance()


INCONNUE = 'Cette liste n\'est plus dans les vôtres. Revenez à «\u00a0Mes listes\u00a0».'
