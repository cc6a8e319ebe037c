"""Who acts for whom, when: absences with their suppléant, delegations (regles.md §1, §3).

The one who will act is told at once, for whom and until when, and told when it ends early; so are the other
administrateurs of what hands over an administrateur's rights. No reason is asked, kept or shown.
"""
from models import (
    EN_COURS, SITE, Absence, Delegation, Demande, Membre, Pilotage, Rappel, Refus, administrateurs, db, lire_agents)
from langue import aujourdhui, dire_jour, dire_nombre, maintenant, plus_jours

from .comptes import exiger_contributeur
from .courriels import poster, prevenir
from .journal import auditer_pour
from .questions import presence

PAGE = '/espace/compte'


def dire_periode(du, au):
    """« du 01/12/2026 au 05/12/2026 », « à partir du … », « sans limite de durée »…"""
    if du and au:
        return f'le {dire_jour(du, True)}' if du == au else f'du {dire_jour(du, True)} au {dire_jour(au, True)}'
    if du:
        return f'à partir du {dire_jour(du, True)}'
    return f'jusqu\'au {dire_jour(au, True)}' if au else 'sans limite de durée'


def pas_finie(table):
    """The condition « this absence or delegation is to come or under way »."""
    return table.au.is_null() | (table.au >= aujourdhui())


def agit_pour(agent):
    """For whom an agent acts today, as « Ma journée » says it: [(name, « en son absence » or « par délégation », the
    last day or None)].
    """
    return db.execute_sql(f"""
        SELECT prenom || ' ' || nom, 'en son absence', au FROM absence JOIN agent ON agent.id = absence.agent_id
        WHERE suppleant_id = ?2 AND agent.actif AND {EN_COURS}
        UNION ALL
        SELECT prenom || ' ' || nom, 'par délégation', au FROM delegation JOIN agent ON agent.id = pour_id
        WHERE par_id = ?2 AND agent.actif AND {EN_COURS}""", (aujourdhui(), agent.id)).fetchall()


# ---- Absences ----

PAS_VOTRE_DIRECTION = 'Vous notez vos absences, et celles des agents de la direction dont vous êtes pilote.'


def peut_noter(par, agent):
    """Oneself, a pilote of the direction, an administrateur (regles.md §1). A pilote does not hand over the rights of
    an administrateur.
    """
    if par.id == agent.id or par.administre:
        return True
    return bool(par.pilote and par.direction_id == agent.direction_id and not agent.administrateur)


def noter_absence(agent, absence_du, absence_au, suppleant, retour_dit='', par=None):
    """An absence, its end known or not, with who acts meanwhile, if anyone; two of them can't overlap: there would be
    two suppléants. par: who notes it, when it is not the agent.
    """
    par = par or agent
    if not peut_noter(par, agent):
        raise Refus(PAS_VOTRE_DIRECTION, 403)
    exiger_contributeur(agent)
    remplacant = controler_absence(agent, absence_du, absence_au, suppleant)
    if remplacant and remplacant.id == par.id and not par.administre:
        raise Refus('Vous ne vous nommez pas suppléant d\'un autre\u00a0: choisissez quelqu\'un d\'autre, ou '
                    'demandez-le à un administrateur de la Plateforme.', champ='suppleant')
    surs = [jour for jour in _jours_de_depart(absence_du, absence_au) if _un_administrateur_est_la(jour)]
    absence = Absence.create(agent=agent, du=absence_du, au=absence_au or None, suppleant=remplacant,
                             retour_dit=bool(retour_dit), restreintes=peut_ouvrir(par, agent))
    _exiger_un_administrateur(agent, par, surs)
    periode = dire_periode(absence_du, absence_au)
    quand = f'{periode}, suppléant\u00a0: {remplacant.nom_complet}' if remplacant else periode
    auditer_pour('absence notée', agent, par, quand)
    if remplacant:
        _annoncer(agent, remplacant, f'absence {quand}{"" if absence.restreintes else SAUF_RESTREINTES}')
        # It may take the number of one withdrawn, whose mark stayed.
        Rappel.delete().where(Rappel.marque == marque_suppleance(absence)).execute()
        if absence.du <= aujourdhui():
            Rappel.create(marque=marque_suppleance(absence), agent=remplacant, fait_le=maintenant())
    attend = remplacant and not absence.restreintes
    _dire_au_titulaire(agent, par, f'absence {quand}{DEMANDE_ACCORD if attend else ""}')
    if attend and _suit_une_restreinte(agent):
        prevenir(None, 'restreintes_en_attente', administrateurs(), titulaire=agent.nom_complet, par=par.nom_complet,
                 relais=f'absence {quand}', lien=f'{SITE["url"]}{PAGE}?pour={agent.id}')


SAUF_RESTREINTES = ' (sauf les demandes à diffusion restreinte, tant que leur accès n\'est pas accepté)'
DEMANDE_ACCORD = ('. Vos demandes à diffusion restreinte ne lui sont pas ouvertes\u00a0: vous seul·e, ou un '
                  'administrateur, pouvez l\'accepter')


def peut_ouvrir(par, agent):
    """Whose yes opens the restricted demandes of an agent to their suppléant: their own, an administrateur's (§1)."""
    return par.id == agent.id or par.administre


def ouvrir_les_restreintes(absence, par):
    """The yes that a suppléance noted by another waits for."""
    agent, remplacant = absence.agent, absence.suppleant
    if not peut_ouvrir(par, agent):
        raise Refus('Seuls la personne absente et les administrateurs de la Plateforme ouvrent ses demandes à '
                    'diffusion restreinte.', 403)
    if not remplacant or absence.restreintes:
        raise Refus('C\'est déjà fait, ou il n\'y a plus de suppléant\u00a0: il n\'y a rien à accepter.', 409)
    Absence.update(restreintes=True).where(Absence.id == absence.id).execute()
    quand = (f'demandes à diffusion restreinte ouvertes à {remplacant.nom_complet}, '
             f'{dire_periode(absence.du, absence.au)}')
    auditer_pour('demandes restreintes ouvertes', agent, par, quand)
    _annoncer(agent, remplacant, f'ses {quand}')
    _dire_au_titulaire(agent, par, f'vos {quand}')


def _suit_une_restreinte(agent):
    return Membre.select().join(Demande).where(
        Membre.agent == agent, Demande.restreinte, Demande.clos_le.is_null()).exists()


def marque_suppleance(absence):
    """Of the line that tells a suppléant the first day, unless it is the day they were named (demande/points.py)."""
    return f'suppleance:{absence.id}:{absence.suppleant_id}'


def controler_absence(agent, du, au, suppleant):
    """The Agent who would act meanwhile, or None; Refus when the absence can't be noted."""
    _verifier_dates(du, au, 'absence_au')
    autre = absence_entre(agent, du, au)
    if autre:
        raise Refus(f'Une absence est déjà notée {dire_periode(autre.du, autre.au)}, qui chevauche celle-ci.',
                    champ='absence_du')
    return _suppleant(agent, suppleant, du, au)


def _suppleant(agent, suppleant, du, au):
    """The Agent who acts meanwhile, of the same structure and there on these days; None when nobody is named."""
    if not suppleant:
        return None
    remplacant = _remplacant(agent, suppleant, 'suppleant', 'Le suppléant')
    sienne = absence_entre(remplacant, du, au)
    if sienne:
        raise Refus(f'Cet agent est absent {dire_periode(sienne.du, sienne.au)}\u00a0: choisissez un autre suppléant.',
                    champ='suppleant')
    return remplacant


def _remplacant(agent, choisi, champ, qui):
    """The Agent chosen to act for another: of their structure, with an account that was opened (regles.md §1)."""
    remplacant = lire_agents('WHERE agent.id = ?', int(choisi))[0]
    exiger_contributeur(remplacant, champ)
    if remplacant.direction.structure_id != agent.direction.structure_id:
        raise Refus(f'{qui} est de la même structure\u00a0: {agent.direction.structure.nom}. Choisissez quelqu\'un '
                    'd\'autre.', champ=champ)
    if not remplacant.ouvert_le:
        raise Refus(f'{remplacant.nom_complet} n\'a pas encore ouvert son compte. Choisissez quelqu\'un d\'autre.',
                    champ=champ)
    return remplacant


def _jours_de_depart(du, au):
    """The days of a period on which someone leaves: who is there changes for the worse on no other."""
    departs = Absence.select(Absence.du).where(Absence.du > du, Absence.du <= (au or '9999')).distinct()
    return [du, *(jour for jour, in departs.tuples())]


def _un_administrateur_est_la(jour):
    joignables = presence(jour).joignables
    return any(agent.id in joignables for agent in administrateurs())


def _exiger_un_administrateur(agent, par, jours):
    """The last administrateur present names a suppléant first (regles.md §1)."""
    seul = next((jour for jour in sorted(jours) if not _un_administrateur_est_la(jour)), None)
    if seul is None:
        return
    quand = dire_jour(max(seul, aujourdhui()), True)
    if not agent.administrateur:
        raise Refus(f'Le {quand}, {agent.nom_complet} remplace le dernier administrateur présent\u00a0: '
                    'un autre suppléant doit d\'abord être nommé.', champ='absence_du')
    qui = 'vous êtes' if par.id == agent.id else f'{agent.nom_complet} est'
    raise Refus(f'Le {quand}, {qui} le dernier administrateur présent\u00a0: nommez un suppléant.', champ='suppleant')


def retirer_absence(absence, par=None):
    """One to come goes away; one under way ends: it becomes known until yesterday. par: as noter_absence."""
    agent, en_cours, periode = absence.agent, absence.du < aujourdhui(), dire_periode(absence.du, absence.au)
    par = par or agent
    if en_cours:
        Absence.update(au=plus_jours(aujourdhui(), -1)).where(Absence.id == absence.id).execute()
    else:
        absence.delete_instance()
    auditer_pour('absence retirée', agent, par, periode)
    fin = f'absence {periode}, {"terminée" if en_cours else "retirée"}'
    if absence.suppleant_id:
        _dire_la_fin(agent, absence.suppleant, fin, par)
    _dire_au_titulaire(agent, par, fin)


def absence_entre(agent, du, au):
    """An Absence of the agent that overlaps these days, or None."""
    return Absence.get_or_none(Absence.agent == agent, Absence.du <= (au or '9999'),
                               Absence.au.is_null() | (Absence.au >= du))


def _verifier_dates(du, au, champ):
    if du and au and au < du:
        raise Refus('La fin est avant le début\u00a0: corrigez l\'une des deux dates.', champ=champ)
    if au and au < aujourdhui():
        raise Refus('Cette période est déjà passée\u00a0: indiquez une fin à venir.', champ=champ)


# ---- Delegations ----

def peut_deleguer(agent, par=None):
    """Chefs de file of a fiche or a demande, and administrateurs: in their own name, never by a delegation received.
    par: who gives it for them, an administrateur in their own name too.
    """
    if par and par.id != agent.id and not par.administrateur:
        return False
    return (agent.administrateur or Pilotage.select().where(Pilotage.agent == agent).exists()
            or Membre.select().where(Membre.agent == agent, Membre.role == 'chef_de_file').exists())


def donner_delegation(agent, delegataire, delegation_du, delegation_au, par=None):
    """Empower another agent for all one's demandes, for good or between dates; one that is over gives way to it.
    par: the administrateur who gives it for them.
    """
    par = par or agent
    if not peut_deleguer(agent, par):
        raise Refus('Seuls les chefs de file et les administrateurs donnent une délégation.', 403)
    _verifier_dates(delegation_du, delegation_au, 'delegation_au')
    remplacant = _remplacant(agent, delegataire, 'delegataire', 'Le délégataire')
    ancienne = Delegation.get_or_none(Delegation.pour == agent, Delegation.par == delegataire)
    if ancienne and (not ancienne.au or ancienne.au >= aujourdhui()):
        sienne = 'votre délégation' if par.id == agent.id else f'la délégation de {agent.nom_complet}'
        raise Refus(f'Cet agent a déjà {sienne}, {dire_periode(ancienne.du, ancienne.au)}\u00a0: '
                    'mettez-y fin d\'abord.', champ='delegataire')
    if ancienne:
        ancienne.delete_instance()
    Delegation.create(pour=agent, par=delegataire, du=delegation_du or None, au=delegation_au or None)
    quand = f'à {remplacant.nom_complet}, {dire_periode(delegation_du, delegation_au)}'
    auditer_pour('délégation donnée', agent, par, quand)
    _annoncer(agent, remplacant, f'délégation {quand}')
    _dire_au_titulaire(agent, par, f'délégation {quand}')


def retirer_delegation(delegation, par=None):
    """par: who ends it, when it is not who gave it: an administrateur, or who received it and leaves."""
    pour, par = delegation.pour, par or delegation.pour
    auteur = pour if par.id == delegation.par_id else par
    finie = delegation.au and delegation.au < aujourdhui()
    delegation.delete_instance()
    a_qui = f'à {delegation.par.nom_complet}'
    auditer_pour('délégation retirée', pour, auteur, a_qui)
    if not finie:
        periode = dire_periode(delegation.du, delegation.au)
        _dire_la_fin(pour, delegation.par, f'délégation {periode}, retirée', par)
        _dire_au_titulaire(pour, auteur, f'délégation {a_qui}, {periode}, retirée')


# ---- Who is told ----

def _annoncer(agent, remplacant, relais):
    """Tell who will act, of how many demandes; the other administrateurs too, when it is with the rights of one."""
    combien = (Membre.select(Membre.demande).join(Demande).where(Membre.agent == agent, Demande.clos_le.is_null())
               .distinct().count())
    relais += f'\u00a0; {dire_nombre(combien, "demande", "ouverte")}' * bool(combien)
    poster('relais_confie', 'agent', remplacant.courriel, agent=remplacant, titulaire=agent.nom_complet, relais=relais,
           lien=f'{SITE["url"]}{PAGE}#titre-absences')
    if agent.administrateur:
        autres = [autre for autre in administrateurs() if autre.id not in (agent.id, remplacant.id)]
        prevenir(None, 'relais_administrateur', autres, sauf=agent, administrateur=agent.nom_complet, relais=relais,
                 lien=f'{SITE["url"]}/espace/admin')


def _dire_la_fin(agent, remplacant, relais, par):
    """Tell who acted that they do not any more, unless it is their own doing."""
    if remplacant.actif and remplacant.id != par.id:
        poster('relais_fini', 'agent', remplacant.courriel, agent=remplacant, titulaire=agent.nom_complet,
               relais=relais, lien=f'{SITE["url"]}{PAGE}#titre-absences')


def _dire_au_titulaire(agent, par, relais):
    """What another sets or ends in one's name is told to oneself."""
    if par.id != agent.id:
        poster('absence_notee', 'agent', agent.courriel, agent=agent, par=par.nom_complet, relais=relais,
               lien=f'{SITE["url"]}{PAGE}#titre-absences')


# ---- An account that closes ----

def tout_rendre(agent):
    """End what an agent who leaves gave and received: reopened, the account would find it all again."""
    for delegation in Delegation.select().where((Delegation.pour == agent) | (Delegation.par == agent)):
        retirer_delegation(delegation, agent)
    for absence in Absence.select().where(Absence.agent == agent, pas_finie(Absence)):
        retirer_absence(absence)
    for absence in Absence.select().where(Absence.suppleant == agent, pas_finie(Absence)):
        Absence.update(suppleant=None).where(Absence.id == absence.id).execute()
        auditer_pour('suppléant retiré', absence.agent,
                     detail=f'{agent.nom_complet}, {dire_periode(absence.du, absence.au)}')
