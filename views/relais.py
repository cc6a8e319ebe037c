"""Absences and delegations: who acts for whom, when (domaine.md §1, §3).

The page is the second one of « Mon compte ».
"""
import models
from models import Absence, Agent, Delegation, Direction, Membre, Pilotage, Refus, Structure, aujourdhui, dire_jour
from verbes.journal import auditer
from views import aller, app, page, reprise, request, tenter
from views.champs import Champ, lire

PAGE = '/espace/compte/absences'

ABSENCE = (
    Champ('absence_du', 'Du', 'date', True, 'Premier jour d\'absence.'),
    Champ('absence_au', 'Au', 'date', True, 'Dernier jour, compris.'),
    Champ('suppleant', 'Suppléant', 'choix', aide='Ces jours-là, il a vos droits et reçoit vos courriels.'),
)
DELEGATION = (
    Champ('delegataire', 'Agent', 'choix', True),
    Champ('delegation_du', 'Du', 'date', aide='Vide\u00a0: dès maintenant.'),
    Champ('delegation_au', 'Au', 'date', aide='Vide\u00a0: sans limite.'),
)
LIBELLES = {
    'absence_du': 'Absence, du', 'absence_au': 'Absence, au', 'suppleant': 'Suppléant',
    'delegataire': 'Délégation, agent', 'delegation_du': 'Délégation, du', 'delegation_au': 'Délégation, au',
}


@app.get(PAGE, qui='agent')
@app.get('/espace/compte/<formulaire:re:absence|delegation>', qui='agent')
def montrer_relais(formulaire=''):
    """A refused form is shown at its own address: reloaded, or reached after sign-in, it is the page too."""
    return _page_relais()


def _page_relais(status=200, valeurs=None, fautes=None):
    """The page, with the fields of a refused form as typed (every name is its own: one dict holds both forms)."""
    moi, gardes = request.agent, {nom: v for nom, v in reprise().items() if nom in LIBELLES}
    autres = _autres_agents(moi)
    return page(
        'relais/relais.html', status,
        valeurs=gardes | (valeurs or {}), fautes=fautes or {}, libelles=LIBELLES, repris=bool(gardes),
        absence=_avec_agents(ABSENCE, autres), delegation=_avec_agents(DELEGATION, autres),
        absences=_absences(moi), delegations=_delegations(moi), recues=_pour_qui_j_agis(moi),
        peut_deleguer=_peut_deleguer(moi))


def _autres_agents(moi):
    """The other active agents, by structure: [(structure, [(id, words)])]."""
    groupes = {}
    for structure, direction, id_, prenom, nom in (
            Agent.select(Structure.nom, Direction.nom, Agent.id, Agent.prenom, Agent.nom)
            .join(Direction).join(Structure)
            .where(Agent.actif, Agent.id != moi.id)
            .order_by(Structure.partenaire, Structure.nom, Agent.nom, Agent.prenom)
            .tuples()):
        groupes.setdefault(structure, []).append((id_, f'{nom} {prenom} – {direction}'))
    return list(groupes.items())


def _avec_agents(champs, autres):
    vide = {'suppleant': 'Personne', 'delegataire': 'Choisissez un agent'}
    return [c._replace(choix=(('', vide[c.nom]), *autres)) if c.genre == 'choix' else c for c in champs]


def dire_periode(du, au):
    if du and au:
        return f'le {dire_jour(du, True)}' if du == au else f'du {dire_jour(du, True)} au {dire_jour(au, True)}'
    return (
        f'à partir du {dire_jour(du, True)}' if du
        else f'jusqu\'au {dire_jour(au, True)}' if au
        else 'sans limite de durée'
    )


def _verifier_dates(du, au, champ):
    if du and au and au < du:
        raise Refus('La fin est avant le début\u00a0: corrigez l\'une des deux dates.', champ=champ)
    if au and au < aujourdhui():
        raise Refus('Cette période est déjà passée\u00a0: indiquez une fin à venir.', champ=champ)


def noter_absence(agent, absence_du, absence_au, suppleant):
    """An absence, with who acts meanwhile, if anyone; two of them can't overlap: there would be two suppléants."""
    _verifier_dates(absence_du, absence_au, 'absence_au')
    autre = Absence.get_or_none(Absence.agent == agent, Absence.du <= absence_au, Absence.au >= absence_du)
    if autre:
        raise Refus(
            f'Vous avez déjà noté une absence {dire_periode(autre.du, autre.au)}, qui chevauche celle-ci.',
            champ='absence_du')
    sienne = (
        Absence.get_or_none(Absence.agent == int(suppleant), Absence.du <= absence_au, Absence.au >= absence_du)
        if suppleant else None
    )
    if sienne:
        raise Refus(
            f'Cet agent est absent {dire_periode(sienne.du, sienne.au)}\u00a0: choisissez un autre suppléant.',
            champ='suppleant')
    Absence.create(agent=agent, du=absence_du, au=absence_au, suppleant=suppleant or None)
    qui = f', suppléant\u00a0: {Agent.get_by_id(suppleant).nom_complet}' if suppleant else ''
    auditer('absence notée', agent, dire_periode(absence_du, absence_au) + qui)


def donner_delegation(agent, delegataire, delegation_du, delegation_au):
    """Empower another agent for all one's demandes, for good or between dates.

    One that is over gives way to the new one.
    """
    _verifier_dates(delegation_du, delegation_au, 'delegation_au')
    ancienne = Delegation.get_or_none(Delegation.pour == agent, Delegation.par == delegataire)
    if ancienne and (not ancienne.au or ancienne.au >= aujourdhui()):
        raise Refus(
            f'Cet agent a déjà votre délégation, {dire_periode(ancienne.du, ancienne.au)}\u00a0: '
            'mettez-y fin d\'abord.', champ='delegataire')
    if ancienne:
        ancienne.delete_instance()
    Delegation.create(pour=agent, par=delegataire, du=delegation_du or None, au=delegation_au or None)
    auditer(
        'délégation donnée', agent,
        f'à {Agent.get_by_id(delegataire).nom_complet}, {dire_periode(delegation_du, delegation_au)}')


def _absences(agent):
    """Those to come and under way: [(id, words, suppléant, under way)]."""
    suppleant, jour = Agent.alias(), aujourdhui()
    lignes = (
        Absence.select(Absence.id, Absence.du, Absence.au, suppleant.prenom, suppleant.nom)
        .left_outer_join(suppleant, on=(Absence.suppleant == suppleant.id))
        .where(Absence.agent == agent, Absence.au >= jour)
        .order_by(Absence.du).tuples()
    )
    return [(id_, dire_periode(du, au), f'{prenom} {nom}' if nom else '', du <= jour)
            for id_, du, au, prenom, nom in lignes]


def _delegations(agent):
    """Those given that are not over: [(id, agent, words)]."""
    lignes = (
        Delegation.select(Delegation.id, Agent.prenom, Agent.nom, Delegation.du, Delegation.au)
        .join(Agent, on=(Delegation.par == Agent.id))
        .where(Delegation.pour == agent, Delegation.au.is_null() | (Delegation.au >= aujourdhui()))
        .order_by(Agent.nom).tuples()
    )
    return [(id_, f'{prenom} {nom}', dire_periode(du, au)) for id_, prenom, nom, du, au in lignes]


def _pour_qui_j_agis(agent):
    """Who empowered this agent, or named them suppléant, now or later:
    [(agent, « par délégation » or « en son absence », words)].
    """
    jour = aujourdhui()
    delegations = (
        Delegation.select(Agent.prenom, Agent.nom, Delegation.du, Delegation.au)
        .join(Agent, on=(Delegation.pour == Agent.id))
        .where(Delegation.par == agent, Agent.actif, Delegation.au.is_null() | (Delegation.au >= jour))
        .order_by(Agent.nom).tuples()
    )
    suppleances = (
        Absence.select(Agent.prenom, Agent.nom, Absence.du, Absence.au)
        .join(Agent, on=(Absence.agent == Agent.id))
        .where(Absence.suppleant == agent, Agent.actif, Absence.au >= jour)
        .order_by(Absence.du).tuples()
    )
    return [(f'{prenom} {nom}', motif, dire_periode(du, au))
            for motif, lignes in (('par délégation', delegations), ('en son absence', suppleances))
            for prenom, nom, du, au in lignes]


def _peut_deleguer(agent):
    """Chefs de file of a fiche or a demande, and administrateurs: in their own name, never by a delegation received."""
    return (agent.administrateur
            or Pilotage.select().where(Pilotage.agent == agent).exists()
            or Membre.select().where(Membre.agent == agent, Membre.role == 'chef_de_file').exists())


def _enregistrer(champs, verbe):
    """Read a form that names an agent, then do the verb; the page again, as typed, when it is refused."""
    valeurs, fautes = lire(_avec_agents(champs, _autres_agents(request.agent)))
    if not fautes:
        _, refus = tenter(verbe, request.agent, **valeurs)
        fautes = {refus.champ: refus.phrase} if refus else {}
    return _page_relais(422, valeurs, fautes) if fautes else aller(f'{PAGE}?fait=enregistre')


@app.post('/espace/compte/absence', qui='agent')
def ajouter_absence():
    return _enregistrer(ABSENCE, noter_absence)


@app.post('/espace/compte/absence-retirer', qui='agent')
def retirer_absence():
    """One to come goes away; one under way ends: it becomes known until yesterday."""
    absence = _la_mienne(Absence, Absence.agent)
    if absence.du < aujourdhui():
        Absence.update(au=models.plus_jours(aujourdhui(), -1)).where(Absence.id == absence.id).execute()
    else:
        absence.delete_instance()
    auditer('absence retirée', request.agent, dire_periode(absence.du, absence.au))
    aller(f'{PAGE}?fait=enregistre')


@app.post('/espace/compte/delegation', qui='agent')
def ajouter_delegation():
    if not _peut_deleguer(request.agent):
        raise Refus('Seuls les chefs de file et les administrateurs donnent une délégation.', 403)
    return _enregistrer(DELEGATION, donner_delegation)


@app.post('/espace/compte/delegation-retirer', qui='agent')
def retirer_delegation():
    delegation = _la_mienne(Delegation, Delegation.pour)
    delegation.delete_instance()
    auditer('délégation retirée', request.agent, f'à {delegation.par.nom_complet}')
    aller(f'{PAGE}?fait=enregistre')


def _la_mienne(table, a_qui):
    """The row whose id was sent, when it is mine and not over; Refus 404 otherwise."""
    numero = request.saisies.get('id', '')
    ligne = None
    if numero.isascii() and numero.isdigit() and len(numero) < 19:
        ligne = table.get_or_none(
            table.id == int(numero), a_qui == request.agent, table.au.is_null() | (table.au >= aujourdhui()))
    if ligne is None:
        raise Refus(
            'Cette ligne n\'existe plus\u00a0: elle est passée, ou déjà retirée. '
            'Revenez à «\u00a0Absences et délégations\u00a0».', 404)
    return ligne
