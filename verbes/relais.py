"""Who acts for whom, when: absences with their suppléant, delegations (domaine.md §1, §3).

The one who will act is told at once; so are the other administrateurs of what hands over an administrateur's rights.
What ends is in the audit alone: it takes rights away.
"""
from models import (
    SITE, Absence, Agent, Delegation, Membre, Pilotage, Refus, administrateurs, aujourdhui, dire_jour, plus_jours)

from .courriels import poster, prevenir
from .journal import auditer


def dire_periode(du, au):
    """« du 01/12/2026 au 05/12/2026 », « à partir du … », « sans limite de durée »…"""
    if du and au:
        return f'le {dire_jour(du, True)}' if du == au else f'du {dire_jour(du, True)} au {dire_jour(au, True)}'
    if du:
        return f'à partir du {dire_jour(du, True)}'
    return f'jusqu\'au {dire_jour(au, True)}' if au else 'sans limite de durée'


def peut_deleguer(agent):
    """Chefs de file of a fiche or a demande, and administrateurs: in their own name, never by a delegation received."""
    return (agent.administrateur or Pilotage.select().where(Pilotage.agent == agent).exists()
            or Membre.select().where(Membre.agent == agent, Membre.role == 'chef_de_file').exists())


def noter_absence(agent, absence_du, absence_au, suppleant):
    """An absence, with who acts meanwhile, if anyone; two of them can't overlap: there would be two suppléants."""
    _verifier_dates(absence_du, absence_au, 'absence_au')
    autre = _absence_entre(agent, absence_du, absence_au)
    if autre:
        raise Refus(f'Vous avez déjà noté une absence {dire_periode(autre.du, autre.au)}, qui chevauche celle-ci.',
                    champ='absence_du')
    sienne = _absence_entre(int(suppleant), absence_du, absence_au) if suppleant else None
    if sienne:
        raise Refus(f'Cet agent est absent {dire_periode(sienne.du, sienne.au)}\u00a0: choisissez un autre suppléant.',
                    champ='suppleant')
    Absence.create(agent=agent, du=absence_du, au=absence_au, suppleant=suppleant or None)
    periode, remplacant = dire_periode(absence_du, absence_au), Agent.get_by_id(suppleant) if suppleant else None
    quand = f'{periode}, suppléant\u00a0: {remplacant.nom_complet}' if remplacant else periode
    auditer('absence notée', agent, quand)
    if remplacant:
        _annoncer(agent, remplacant, f'absence {quand}')


def retirer_absence(absence):
    """One to come goes away; one under way ends: it becomes known until yesterday."""
    if absence.du < aujourdhui():
        Absence.update(au=plus_jours(aujourdhui(), -1)).where(Absence.id == absence.id).execute()
    else:
        absence.delete_instance()
    auditer('absence retirée', absence.agent, dire_periode(absence.du, absence.au))


def donner_delegation(agent, delegataire, delegation_du, delegation_au):
    """Empower another agent for all one's demandes, for good or between dates; one that is over gives way to it."""
    if not peut_deleguer(agent):
        raise Refus('Seuls les chefs de file et les administrateurs donnent une délégation.', 403)
    _verifier_dates(delegation_du, delegation_au, 'delegation_au')
    ancienne = Delegation.get_or_none(Delegation.pour == agent, Delegation.par == delegataire)
    if ancienne and (not ancienne.au or ancienne.au >= aujourdhui()):
        raise Refus(f'Cet agent a déjà votre délégation, {dire_periode(ancienne.du, ancienne.au)}\u00a0: '
                    'mettez-y fin d\'abord.', champ='delegataire')
    if ancienne:
        ancienne.delete_instance()
    Delegation.create(pour=agent, par=delegataire, du=delegation_du or None, au=delegation_au or None)
    remplacant = Agent.get_by_id(delegataire)
    quand = f'à {remplacant.nom_complet}, {dire_periode(delegation_du, delegation_au)}'
    auditer('délégation donnée', agent, quand)
    _annoncer(agent, remplacant, f'délégation {quand}')


def _annoncer(agent, remplacant, relais):
    """Tell who will act; and the other administrateurs, when it is with the rights of one of them."""
    poster('relais_confie', 'agent', remplacant.courriel, agent=remplacant, titulaire=agent.nom_complet, relais=relais,
           lien=f'{SITE["url"]}/espace/compte/absences')
    if agent.administrateur:
        autres = [autre for autre in administrateurs() if autre.id not in (agent.id, remplacant.id)]
        prevenir(None, 'relais_administrateur', autres, sauf=agent, administrateur=agent.nom_complet, relais=relais,
                 lien=f'{SITE["url"]}/espace/admin')


def retirer_delegation(delegation):
    delegation.delete_instance()
    auditer('délégation retirée', delegation.pour, f'à {delegation.par.nom_complet}')


def tout_rendre(agent):
    """End what an agent who leaves gave and received: reopened, the account would find it all again."""
    for delegation in Delegation.select().where((Delegation.pour == agent) | (Delegation.par == agent)):
        retirer_delegation(delegation)
    pas_finie = Absence.au.is_null() | (Absence.au >= aujourdhui())
    for absence in Absence.select().where(Absence.agent == agent, pas_finie):
        retirer_absence(absence)
    for absence in Absence.select().where(Absence.suppleant == agent, pas_finie):
        Absence.update(suppleant=None).where(Absence.id == absence.id).execute()
        auditer('suppléant retiré', absence.agent, f'{agent.nom_complet}, {dire_periode(absence.du, absence.au)}')


def _absence_entre(agent, du, au):
    """An Absence of the agent that overlaps these days, or None."""
    return Absence.get_or_none(Absence.agent == agent, Absence.du <= au, Absence.au.is_null() | (Absence.au >= du))


def _verifier_dates(du, au, champ):
    if du and au and au < du:
        raise Refus('La fin est avant le début\u00a0: corrigez l\'une des deux dates.', champ=champ)
    if au and au < aujourdhui():
        raise Refus('Cette période est déjà passée\u00a0: indiquez une fin à venir.', champ=champ)
