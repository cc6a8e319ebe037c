"""Accounts that have not been used for thirteen months: those that hold nothing close after two mails.

The others are a line of « Reste à régler », which opens their departure. The last sign-in of each account stays in the
audit until then (conservation.py).
"""
from models import SITE, Agent, Rappel, db, lire_agents
from langue import dire_jour_long, jour_de, maintenant, plus_jours

from verbes.courriels import poster
from .conservation import SANS_SERVIR, il_y_a
from .departs import ce_que_tient, fermer, reste_un_administrateur

SECOND, FERMETURE = 15, 30                                          # days after the first mail


def inactifs():
    """[(Agent, the instant of the last use)] of the active accounts not used for SANS_SERVIR months: last sign-in, else
    the day it was opened, else created.
    """
    limite = il_y_a(SANS_SERVIR)
    lus = db.execute_sql("""
        SELECT id, dernier FROM (
          SELECT agent.id, coalesce((SELECT max(fait_le) FROM audit WHERE agent_id = agent.id AND fait = 'connexion'),
                                    ouvert_le, cree_le) AS dernier FROM agent WHERE actif)
        WHERE dernier < ? ORDER BY id""", (limite,)).fetchall()
    return [(lire_agents('WHERE agent.id = ?', id_)[0], dernier) for id_, dernier in lus]


def tient(agent):
    """True when somebody must take over what it holds, or when it is the last administrateur."""
    return any(ce_que_tient(agent)) or not reste_un_administrateur(agent)


def a_regler():
    """The Agents not used for as long that hold something."""
    return [agent for agent, _ in inactifs() if tient(agent)]


def passer():
    """Once a day: the first mail, the second, the closing of those that hold nothing; a sign-in begins it all again."""
    for agent, dernier in inactifs():
        if not tient(agent):
            _avancer(agent, f'inactif:{agent.id}:{dernier}')


def _avancer(agent, marque):
    jours = {r.marque[-1]: jour_de(r.fait_le) for r in Rappel.select().where(
        Rappel.agent == agent, Rappel.marque.in_([f'{marque}:1', f'{marque}:2']))}
    jour = jour_de(maintenant())
    if '1' not in jours:
        _prevenir(agent, f'{marque}:1', plus_jours(jour, FERMETURE))
    elif '2' not in jours and jour >= plus_jours(jours['1'], SECOND):
        _prevenir(agent, f'{marque}:2', max(plus_jours(jours['1'], FERMETURE), plus_jours(jour, FERMETURE - SECOND)))
    elif '2' in jours and jour >= max(plus_jours(jours['1'], FERMETURE), plus_jours(jours['2'], FERMETURE - SECOND)):
        fermer(Agent.get_by_id(agent.id), pourquoi=f'sans connexion depuis {SANS_SERVIR} mois')


def _prevenir(agent, marque, fermeture):
    Rappel.create(marque=marque, agent=agent, fait_le=maintenant())
    poster('compte_inutilise', 'agent', agent.courriel, agent=agent, fermeture=dire_jour_long(fermeture),
           lien=f'{SITE["url"]}/connexion')
