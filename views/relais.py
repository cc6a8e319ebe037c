"""Absences and delegations: who acts for whom, when (domaine.md §1, §3).

The page is the second one of « Mon compte ».
"""
from models import Absence, Agent, Delegation, Refus, aujourdhui
from verbes import relais
from views import aller, app, choix, page, reprise, request, tenter
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
    return page(
        'relais/relais.html', status,
        valeurs=gardes | (valeurs or {}), fautes=fautes or {}, libelles=LIBELLES, repris=bool(gardes),
        absence=_avec_agents(ABSENCE, moi), delegation=_avec_agents(DELEGATION, moi),
        absences=_absences(moi), delegations=_delegations(moi), recues=_pour_qui_j_agis(moi),
        peut_deleguer=relais.peut_deleguer(moi))


def _avec_agents(champs, moi):
    """The fields, with the other active agents to choose from."""
    vide = {'suppleant': 'Personne', 'delegataire': 'Choisissez un agent'}
    autres = choix.agents(moi.direction.structure_id, sauf={moi.id})
    return [c._replace(choix=(('', vide[c.nom]), *autres)) if c.genre == 'choix' else c for c in champs]


def _pas_finie(table):
    """The condition « this absence or delegation is to come or under way »."""
    return table.au.is_null() | (table.au >= aujourdhui())


def _absences(agent):
    """Those to come and under way: [(id, words, suppléant, under way)]."""
    suppleant, jour = Agent.alias(), aujourdhui()
    lignes = (
        Absence.select(Absence.id, Absence.du, Absence.au, suppleant.prenom, suppleant.nom)
        .left_outer_join(suppleant, on=(Absence.suppleant == suppleant.id))
        .where(Absence.agent == agent, _pas_finie(Absence))
        .order_by(Absence.du).tuples()
    )
    return [(id_, relais.dire_periode(du, au), f'{prenom} {nom}' if nom else '', du <= jour)
            for id_, du, au, prenom, nom in lignes]


def _delegations(agent):
    """Those given that are not over: [(id, agent, words)]."""
    lignes = (
        Delegation.select(Delegation.id, Agent.prenom, Agent.nom, Delegation.du, Delegation.au)
        .join(Agent, on=(Delegation.par == Agent.id))
        .where(Delegation.pour == agent, _pas_finie(Delegation))
        .order_by(Agent.nom).tuples()
    )
    return [(id_, f'{prenom} {nom}', relais.dire_periode(du, au)) for id_, prenom, nom, du, au in lignes]


def _pour_qui_j_agis(agent):
    """Who empowered this agent, or named them suppléant, now or later:
    [(agent, « par délégation » or « en son absence », words)].
    """
    delegations = (
        Delegation.select(Agent.prenom, Agent.nom, Delegation.du, Delegation.au)
        .join(Agent, on=(Delegation.pour == Agent.id))
        .where(Delegation.par == agent, Agent.actif, _pas_finie(Delegation))
        .order_by(Agent.nom).tuples()
    )
    suppleances = (
        Absence.select(Agent.prenom, Agent.nom, Absence.du, Absence.au)
        .join(Agent, on=(Absence.agent == Agent.id))
        .where(Absence.suppleant == agent, Agent.actif, _pas_finie(Absence))
        .order_by(Absence.du).tuples()
    )
    return [(f'{prenom} {nom}', motif, relais.dire_periode(du, au))
            for motif, lignes in (('par délégation', delegations), ('en son absence', suppleances))
            for prenom, nom, du, au in lignes]


def _enregistrer(champs, verbe):
    """Read a form that names an agent, then do the verb; the page again, as typed, when it is refused."""
    valeurs, fautes = lire(_avec_agents(champs, request.agent))
    if not fautes:
        _, refus = tenter(verbe, request.agent, **valeurs)
        if refus and refus.code == 403:
            raise refus
        fautes = {refus.champ: refus.phrase} if refus else {}
    return _page_relais(422, valeurs, fautes) if fautes else aller(f'{PAGE}?fait=enregistre')


@app.post('/espace/compte/absence', qui='agent')
def ajouter_absence():
    return _enregistrer(ABSENCE, relais.noter_absence)


@app.post('/espace/compte/absence-retirer', qui='agent')
def retirer_absence():
    relais.retirer_absence(_la_mienne(Absence, Absence.agent))
    aller(f'{PAGE}?fait=enregistre')


@app.post('/espace/compte/delegation', qui='agent')
def ajouter_delegation():
    return _enregistrer(DELEGATION, relais.donner_delegation)


@app.post('/espace/compte/delegation-retirer', qui='agent')
def retirer_delegation():
    relais.retirer_delegation(_la_mienne(Delegation, Delegation.pour))
    aller(f'{PAGE}?fait=enregistre')


def _la_mienne(table, a_qui):
    """The row whose id was sent, when it is mine and not over; Refus 404 otherwise."""
    numero = request.saisies.get('id', '')
    ligne = None
    if numero.isascii() and numero.isdigit() and len(numero) < 19:
        ligne = table.get_or_none(
            table.id == int(numero), a_qui == request.agent, _pas_finie(table))
    if ligne is None:
        raise Refus(
            'Cette ligne n\'existe plus\u00a0: elle est passée, ou déjà retirée. '
            'Revenez à «\u00a0Absences et délégations\u00a0».', 404)
    return ligne
