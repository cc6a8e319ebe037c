"""« Proposer une amélioration »: what an agent asks of the tool itself, read by the administrateurs (the guide: the
Département takes the needs of all its users into account).
"""
from models import SITE, Amelioration, administrateurs, db, lignes
from langue import maintenant

from verbes.courriels import dire_au_matin
from verbes.journal import auditer, exiger


def proposer(valeurs, agent):
    """Keep what an agent proposes, and tell the administrateurs; Refus when there is nothing."""
    texte = exiger(valeurs, 'texte', 'Écrivez ce qui serait mieux.')
    Amelioration.create(agent=agent, texte=texte, propose_le=maintenant())
    auditer('amélioration proposée', agent, objet='ameliorations')
    dire_au_matin(administrateurs(), f'amelioration {agent.id}', sauf=agent, phrase=(
        f'amélioration proposée par {agent.nom_complet}\u00a0: {SITE["url"]}/espace/admin/ameliorations'))


def retenir_lue(amelioration, agent):
    """An administrateur has read it: it leaves their day. Read twice, it stays as it was."""
    if amelioration.lue_le is None:
        Amelioration.update(lue_le=maintenant(), lue_par=agent).where(Amelioration.id == amelioration.id).execute()
        auditer('amélioration lue', agent, f'de {amelioration.agent.nom_complet}', objet='ameliorations')


def a_lire():
    """How many nobody has read."""
    return db.execute_sql('SELECT count(*) FROM amelioration WHERE lue_le IS NULL').fetchone()[0]


def lister(agent=None):
    """[{id, texte, propose_le, lue_le, auteur, lecteur}] of all, or of an agent's own: those to be read first, then the
    last ones.
    """
    de_qui, valeurs = ('WHERE amelioration.agent_id = ?', (agent.id,)) if agent else ('', ())
    return lignes(f"""
        SELECT amelioration.id, texte, propose_le, lue_le, auteur.prenom || ' ' || auteur.nom AS auteur,
               lecteur.prenom || ' ' || lecteur.nom AS lecteur
        FROM amelioration JOIN agent auteur ON auteur.id = amelioration.agent_id
        LEFT JOIN agent lecteur ON lecteur.id = lue_par_id {de_qui}
        ORDER BY lue_le IS NOT NULL, amelioration.id DESC""", *valeurs)
