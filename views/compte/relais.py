"""Absences and delegations: who acts for whom, when (regles.md §1, §3).

The page is the second one of « Mon compte »; a pilote and an administrateur open it for others too, « ?pour=<id> ».
"""

import models
from models import Absence, Agent, Delegation, Refus
from langue import aujourdhui
from verbes import relais
from views import aller, app, choix, page, parametre, redemander, reprise, request, tenter
from views.champs import Champ, lire
from views.entrees import lire_numero, trouver

PAGE = relais.PAGE

ABSENCE = (
    Champ('absence_du', 'Du', 'date', True, 'Premier jour d\'absence.'),
    Champ('absence_au', 'Au', 'date', aide='Dernier jour, compris. Vide\u00a0: la fin n\'est pas connue.'),
    Champ('suppleant', 'Suppléant', 'choix',
          aide='De la même structure. Pendant l\'absence, il a les mêmes droits et reçoit les mêmes courriels.'),
    Champ('retour_dit', 'Dire jusqu\'à quel jour, aux collectivités et aux équipes', 'case'),
)
DELEGATION = (
    Champ('delegataire', 'Agent', 'choix', True),
    Champ('delegation_du', 'Du', 'date', aide='Vide\u00a0: dès maintenant.'),
    Champ('delegation_au', 'Au', 'date', aide='Vide\u00a0: sans limite.'),
)
LIBELLES = {
    'absence_du': 'Absence, du', 'absence_au': 'Absence, au', 'suppleant': 'Suppléant', 'retour_dit': 'Retour',
    'delegataire': 'Délégation, agent', 'delegation_du': 'Délégation, du', 'delegation_au': 'Délégation, au',
}


@app.get(PAGE, qui='agent')
@app.get('/espace/compte/<formulaire:re:absence|delegation>', qui='agent')
def montrer_relais(formulaire=''):
    """A refused form is shown at its own address: reloaded, or reached after sign-in, it is the page too."""
    garde = reprise()
    return _page_relais(_pour_qui(garde.get('pour') or parametre('pour')), garde=garde)


def _pour_qui(saisi):
    """Whose absences: one's own, or those of an agent one may note them for; Refus 403 or 404."""
    moi = request.agent
    if saisi in ('', str(moi.id)):
        return moi
    agents = models.lire_agents(f'WHERE agent.id = ? AND {models.CONTRIBUE}', lire_numero(saisi))
    if not agents:
        raise Refus('Cet agent n\'a pas de compte actif. Revenez à «\u00a0Absences et délégations\u00a0».', 404)
    if not relais.peut_noter(moi, agents[0]):
        raise Refus(relais.PAS_VOTRE_DIRECTION, 403)
    return agents[0]


def _page_relais(qui, status=200, valeurs=None, fautes=None, garde=()):
    """The page, with the fields of a refused form as typed (every name is its own: one dict holds both forms)."""
    moi, reprises = request.agent, {nom: garde[nom] for nom in LIBELLES if nom in garde}
    a_moi = qui.id == moi.id
    return page(
        'compte/relais/relais.html', status, qui=qui, a_moi=a_moi,
        valeurs=reprises | (valeurs or {}), fautes=fautes or {}, libelles=LIBELLES, repris=bool(reprises),
        absence=_avec_agents(ABSENCE, qui), delegation=_avec_agents(DELEGATION, qui), geres=_geres(moi),
        absences=_absences(Absence.agent == qui), des_autres=_des_autres(moi),
        delegations=_delegations(qui) if a_moi or moi.administrateur else (),
        recues=_pour_qui_j_agis(qui) if a_moi or moi.administrateur else (),
        peut_deleguer=relais.peut_deleguer(qui, moi))


def _avec_agents(champs, qui):
    """The fields, with the other active agents of the structure to choose from, those of the direction first."""
    vide = {'suppleant': 'Personne', 'delegataire': 'Choisissez un agent'}
    autres = choix.agents(sauf={qui.id}, direction=qui.direction_id, seule=qui.direction.structure_id)
    return [c._replace(choix=(('', vide[c.nom]), *autres)) if c.genre == 'choix' else c for c in champs]


def _geres(moi):
    """The field « Pour qui » of who notes the absences of others, or None."""
    if not (moi.administre or moi.pilote):
        return None
    sauf = {moi.id} if moi.administre else {moi.id, *(admin.id for admin in models.administrateurs())}
    autres = choix.agents(
        moi.direction.structure_id, sauf=sauf, dans=None if moi.administre else {moi.direction_id},
        direction=moi.direction_id)
    return Champ('pour', 'Pour qui', 'choix', True, choix=((str(moi.id), 'Moi-même'), *autres)) if autres else None


def _absences(condition):
    """Those to come and under way: [(id, words, suppléant, under way, whose, their id, may the end be told, do their
    restricted demandes wait for a yes)].
    """
    suppleant, jour = Agent.alias(), aujourdhui()
    lignes = (
        Absence.select(Absence.id, Absence.du, Absence.au, suppleant.prenom, suppleant.nom, Agent.prenom, Agent.nom,
                       Agent.id, Absence.retour_dit, Absence.restreintes)
        .join(Agent, on=(Absence.agent == Agent.id))
        .switch(Absence)
        .left_outer_join(suppleant, on=(Absence.suppleant == suppleant.id))
        .where(condition, relais.pas_finie(Absence), Agent.actif)
        .order_by(Absence.du, Absence.id).tuples()
    )
    return [(id_, relais.dire_periode(du, au), f'{prenom} {nom}' if nom else '', du <= jour, f'{p} {n}', agent, dit,
             bool(nom and not ouvre)) for id_, du, au, prenom, nom, p, n, agent, dit, ouvre in lignes]


def _des_autres(moi):
    """The absences that a pilote or an administrateur may end, but their own."""
    if moi.administre:
        return _absences(Absence.agent != moi)
    if not moi.pilote:
        return []
    return _absences((Agent.direction == moi.direction_id) & (Agent.id != moi.id) & ~Agent.administrateur)


def _delegations(agent):
    """Those given that are not over: [(id, agent, words)]."""
    lignes = (
        Delegation.select(Delegation.id, Agent.prenom, Agent.nom, Delegation.du, Delegation.au)
        .join(Agent, on=(Delegation.par == Agent.id))
        .where(Delegation.pour == agent, relais.pas_finie(Delegation))
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
        .where(Delegation.par == agent, Agent.actif, relais.pas_finie(Delegation))
        .order_by(Agent.nom).tuples()
    )
    suppleances = (
        Absence.select(Agent.prenom, Agent.nom, Absence.du, Absence.au)
        .join(Agent, on=(Absence.agent == Agent.id))
        .where(Absence.suppleant == agent, Agent.actif, relais.pas_finie(Absence))
        .order_by(Absence.du).tuples()
    )
    return [(f'{prenom} {nom}', motif, relais.dire_periode(du, au))
            for motif, lignes in (('par délégation', delegations), ('en son absence', suppleances))
            for prenom, nom, du, au in lignes]


def _enregistrer(champs, qui, verbe, **options):
    """Read a form that names an agent, then do the verb; the page again, as typed, when it is refused."""
    valeurs, fautes = lire(_avec_agents(champs, qui))
    a_qui = valeurs.get('suppleant') or valeurs.get('delegataire')
    if a_qui and qui.administrateur and (encore := redemander('confier des droits d\'administrateur')):
        return encore
    if not fautes:
        _, refus = tenter(verbe, qui, **valeurs, **options)
        if refus and refus.code == 403:
            raise refus
        fautes = {refus.champ: refus.phrase} if refus else {}
    return _page_relais(qui, 422, valeurs, fautes) if fautes else _revenir(qui)


def _revenir(qui):
    aller(f'{PAGE}?fait=enregistre' + ('' if qui.id == request.agent.id else f'&pour={qui.id}'))


@app.post('/espace/compte/absence', qui='agent')
def ajouter_absence():
    return _enregistrer(ABSENCE, _pour_qui(request.saisies.get('pour', '')), relais.noter_absence, par=request.agent)


@app.post('/espace/compte/absence-retirer', qui='agent')
def retirer_absence():
    absence = _ligne(Absence)
    if not relais.peut_noter(request.agent, absence.agent):
        raise Refus(DISPARUE, 404)
    relais.retirer_absence(absence, request.agent)
    _revenir(_pour_qui(request.saisies.get('pour', '')))


@app.post('/espace/compte/absence-restreintes', qui='agent')
def ouvrir_restreintes():
    absence = _ligne(Absence)
    relais.ouvrir_les_restreintes(absence, request.agent)
    _revenir(_pour_qui(request.saisies.get('pour', '')))


@app.post('/espace/compte/delegation', qui='agent')
def ajouter_delegation():
    qui = _pour_qui(request.saisies.get('pour', ''))
    return _enregistrer(DELEGATION, qui, relais.donner_delegation, par=request.agent)


@app.post('/espace/compte/delegation-retirer', qui='agent')
def retirer_delegation():
    qui, moi = _pour_qui(request.saisies.get('pour', '')), request.agent
    if qui.id != moi.id and not moi.administrateur:
        raise Refus(DISPARUE, 404)
    relais.retirer_delegation(_ligne(Delegation, Delegation.pour == qui.id), moi)
    _revenir(qui)


DISPARUE = ('Cette ligne n\'existe plus\u00a0: elle est passée, ou déjà retirée. '
            'Revenez à «\u00a0Absences et délégations\u00a0».')


def _ligne(table, *conditions):
    """The row whose id was sent, when it is not over; Refus 404 otherwise."""
    return trouver(table, request.saisies.get('id', ''), DISPARUE, *conditions, relais.pas_finie(table))
