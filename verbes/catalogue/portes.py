"""« Autres portes »: the organismes outside the Plateforme (préfecture, CDG, syndicats…), for what, and a text ready
for the mairie that is sent there. Read by « Répondre » and « redirigé »; those that are public, by the search: never
their service nor their text."""
from models import Porte, Refus, gardee
from langue import aujourdhui, maintenant, normaliser, plus_jours

from verbes import recherche
from verbes.journal import auditer

PROCHES = 3                                                         # shown of those that a message is near
VALABLE = 365                                                       # days after which one is to be verified again


def lister(retirees=False):
    """Those that are there, or that were withdrawn, by organisme, then by what it is for."""
    return sorted(Porte.select().where(Porte.retiree_le.is_null(not retirees)), key=_cle)


def _cle(porte):
    return normaliser(porte.organisme), normaliser(porte.objet)


def lister_pour(message):
    """([the nearest to a message, at most PROCHES], [the others, as lister()]): public or not, agents read both."""
    toutes = {p.id: p for p in lister()}
    lues = tuple(recherche.Texte(p.id, p.objet, p.mots, '', '', f'{p.organisme} {p.competence} {p.conseil}')
                 for p in toutes.values())
    trouvees = recherche.proches_parmi(message, lues)[:PROCHES]
    return [toutes.pop(t.id) for t in trouvees], list(toutes.values())


@gardee
def publiques():
    """{id: Porte} of those that are public."""
    return {p.id: p for p in Porte.select().where(Porte.publique, Porte.retiree_le.is_null())}


def a_verifier(porte):
    return porte.verifie_le < plus_jours(aujourdhui(), -VALABLE)


def ecrire(porte, valeurs, agent):
    """Add one (porte None) or change it, from the fields of its form; Refus."""
    if valeurs['verifie_le'] > aujourdhui():
        raise Refus('Cette date est à venir\u00a0: indiquez le jour de la vérification.', champ='verifie_le')
    _refuser_deux_fois(Porte(id=porte and porte.id, organisme=valeurs['organisme'], objet=valeurs['objet']))
    valeurs = valeurs | {'publique': bool(valeurs.get('publique'))}
    if porte is None:
        porte = Porte.create(**valeurs)
    else:
        Porte.update(**valeurs).where(Porte.id == porte.id).execute()
    auditer('porte écrite', agent, valeurs['organisme'], objet=f'porte:{porte.id}')


def _refuser_deux_fois(porte):
    if any(_cle(p) == _cle(porte) for p in lister() if p.id != porte.id):
        raise Refus('Cet organisme est déjà là pour le même objet\u00a0: corrigez sa ligne.', champ='objet')


def retirer(porte, agent):
    """Nobody is sent there any more; it may come back."""
    _poser_retrait(porte, maintenant(), 'porte retirée', agent)


def remettre(porte, agent):
    _refuser_deux_fois(porte)
    _poser_retrait(porte, None, 'porte remise', agent)


def _poser_retrait(porte, retiree_le, fait, agent):
    Porte.update(retiree_le=retiree_le).where(Porte.id == porte.id).execute()
    auditer(fait, agent, porte.organisme, objet=f'porte:{porte.id}')
