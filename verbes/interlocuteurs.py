"""Whom to call about a demande: one rule for the pages, the mails and the team's panel (regles.md §1)."""
from collections import namedtuple

from models import Reglage, gardee, lire_agents
from langue import de, dire_jour_long, dire_telephone, majuscule

from .questions import absences, equipe, presence

# Whom to call: the role that answers for the demande ('': none yet), the name that is known (the référent's; to agents
# the chef's; else a direction, or the team), the direction and telephone that answer; in an absence, who answers
# meanwhile, until what day if it may be told.
Interlocuteur = namedtuple('Interlocuteur', 'role nom direction telephone remplacant au')
EQUIPE = 'l\'équipe de la Plateforme'                                  # inside a sentence


def interlocuteur(demande, nommer_le_chef=False):
    """The one rule of « whom to call »: pages, mails and the team's panel ask it here (regles.md §1)."""
    role, agents = _qui_repond(demande)
    if not agents:
        return personne()
    partis, nomme = absences(), role == 'referent' or nommer_le_chef
    titulaire = next((agent for agent in agents if agent.id not in partis), agents[0])
    absence = partis.get(titulaire.id)
    qui = suppleant_present(absence, demande.restreinte) if absence else titulaire
    direction = (qui or titulaire).direction
    numero = nomme and qui and qui.telephone_communique
    remplacant = (qui.nom_complet if qui else direction.nom) if absence and nomme else ''
    return Interlocuteur(role, titulaire.nom_complet if nomme else direction.nom, direction,
                         numero or direction.telephone or Reglage.tous()['telephone'], remplacant,
                         (absence.au or '') if remplacant and absence.retour_dit else '')


def personne():
    """Nobody has it in charge: the team of the Plateforme answers."""
    return Interlocuteur('', majuscule(EQUIPE), None, Reglage.tous()['telephone'], '', '')


def _qui_repond(demande):
    """(role, [Agent]) of who answers for a demande: nobody, while it waits for another structure."""
    if demande.statut == 'rejete':
        return '', []
    for role in ('referent', 'chef_de_file'):
        agents = equipe(demande, role)
        if agents:
            return role, agents
    return '', []


def suppleant_present(absence, restreinte=False):
    """The Agent who acts meanwhile, or None without a suppléant who is there; in a restricted demande, once agreed."""
    if absence.suppleant_id not in presence().presents or restreinte and not absence.restreintes:
        return None
    return lire_agents('WHERE agent.id = ?', absence.suppleant_id)[0]


def dire_absence(qui):
    """« En l'absence de Claude Témoin : Jonas Croquis, 05 36 49 00 34 (jusqu'au 4 décembre) », of an Interlocuteur."""
    return en_l_absence(qui.nom, ', '.join(filter(None, (qui.remplacant, dire_telephone(qui.telephone)))), qui.au)


@gardee
def dire_absences():
    """{agent id: « En l'absence de …: who answers, telephone »} of all who are away today: those who rely on them read
    what the mairie reads.
    """
    partis = absences()
    agents = {agent.id: agent for agent in lire_agents(f'WHERE agent.id IN ({", ".join("?" * len(partis))})', *partis)}
    return {id_: _dire_absent(agents[id_], absence) for id_, absence in partis.items() if id_ in agents}


def _dire_absent(agent, absence):
    qui = suppleant_present(absence)
    telephone = qui.telephone_communique if qui else agent.direction.telephone
    repond = ', '.join(filter(None, (qui.nom_complet if qui else agent.direction.nom, dire_telephone(telephone))))
    return en_l_absence(agent.nom_complet, repond, absence.au if absence.retour_dit else '')


def en_l_absence(nom, repond, au):
    return f'En l\'absence {de(nom)}\u00a0: {repond}{dire_retour(au)}'


def dire_retour(au):
    """« (jusqu'au 4 décembre 2026) », '' for a day that is not known or not told."""
    return f' (jusqu\'au {dire_jour_long(au, semaine=False)})' if au else ''
