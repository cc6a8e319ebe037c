"""« Mon compte »: who I am, my coordinates, my mails, my keyboard; absences and delegations (regles.md §1, §3).

A pilote and an administrateur open those of others there, « ?pour=<id> »: the page then says nothing of their own.
"""
import functools

import models
from models import Absence, Agent, Delegation, Refus
from langue import SEMAINE, aujourdhui
from verbes import comptes, relais
from views import aller, app, choix, page, parametre, redemander, reprise, request, tenter
from views.champs import Champ, designer, lire
from views.criteres import adresse_de
from views.entrees import lire_numero, trouver
from views.tenue import Tenue, forme, objet, tenir

PAGE = relais.PAGE
AVIS = (('quotidien', 'Une fois par jour'), ('immediat', 'À chaque ligne'), ('jamais', 'Jamais'))
COORDONNEES = (
    Champ('telephone_public', 'Téléphone communiqué aux collectivités', 'telephone',
          aide='Vide\u00a0: celui de votre direction.', auto='work tel'),
    Champ('telephone', 'Téléphone interne', 'telephone', aide='Pour les agents seulement.', auto='work tel'),
    Champ('fonction', 'Fonction', auto='organization-title'),
    Champ('territoire', 'Territoire', aide='Où vous travaillez, dit à l\'annuaire\u00a0: un secteur, un '
                                           'arrondissement, tout le département…'),
    Champ('presentation', 'Présentation', 'long', max=500,
          aide='Pour l\'annuaire\u00a0: sur quoi un collègue peut vous appeler, en une ou deux phrases.'),
    Champ('avis_journal', 'Courriels du journal', 'radio', True,
          'Les lignes que vos collègues ajoutent au journal de vos demandes\u00a0; la fin d\'une demande se lit dans '
          'le courriel du jour. Même avec «\u00a0Jamais\u00a0», un courriel vous prévient toujours quand une demande '
          'vous est confiée.',
          AVIS),
    Champ('repos', 'Ne travaille pas', 'choix', choix=(('', 'Aucun jour'), *((j, f'Le {j}') for j in SEMAINE[:5])),
          aide='Ce n\'est pas une absence\u00a0: rien ne passe à un autre. Votre courriel du jour ne part pas ce '
               'jour-là, et la veille dit ce qui est pour le lendemain.'),
)
TOUCHES = Champ('touches', 'Prendre les touches N, P, J et R', 'case',
                aide='Dans les pages des agents, hors des champs de saisie. '
                     'À décocher si vous dictez, ou si une touche vous gêne.')
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
    'pour': 'Pour qui',
}


@app.get(PAGE, qui='lecteur')
@app.get('/espace/compte/<formulaire:re:coordonnees|clavier>', qui='lecteur')
@app.get('/espace/compte/<formulaire:re:absence|delegation>', qui='agent')
def montrer_compte(formulaire=''):
    """A refused form is shown at its own address: reloaded, or reached after sign-in, it is the page too."""
    saisi = _garde().get('pour') or parametre('pour').strip()
    if saisi and not saisi.isdigit() and (geres := _geres(request.agent)):
        saisi, faute = designer(saisi, geres.choix)
        if faute:
            return _page_compte(request.agent, 'relais', 422, {'pour': saisi}, {'pour': faute})
    return _page_compte(_pour_qui(saisi))


def _garde():
    """What an expired session had typed of an absence or a delegation."""
    return reprise(lambda garde: not LIBELLES.keys().isdisjoint(garde))


@app.get('/espace/compte/absences', qui='agent')
def absences_d_avant():
    """They were a page of their own."""
    aller(f'{adresse_de({}, PAGE, pour=parametre("pour"))}#titre-absences', 301)


def _pour_qui(saisi):
    """Whose absences: one's own, or those of an agent one may note them for; Refus 403 or 404."""
    moi = request.agent
    if saisi in ('', str(moi.id)):
        return moi
    agents = models.lire_agents(f'WHERE agent.id = ? AND {models.CONTRIBUE}', lire_numero(saisi))
    if not agents:
        raise Refus('Cet agent n\'a pas de compte actif. Revenez à «\u00a0Mon compte\u00a0».', 404)
    if not relais.peut_noter(moi, agents[0]):
        raise Refus(relais.PAS_VOTRE_DIRECTION, 403)
    return agents[0]


def _tenue_des_coordonnees():
    moi = request.agent
    return Tenue(f'{objet("agent", moi)}/coordonnees', 'Votre compte', COORDONNEES,
                 {c.nom: getattr(moi, c.nom) for c in COORDONNEES})


def _tenue_du_clavier():
    moi = request.agent
    return Tenue(f'{objet("agent", moi)}/clavier', 'Votre compte', (TOUCHES,), {'touches': bool(moi.touches)})


def _page_compte(qui, formulaire='', *revenue):
    """qui: whose absences; formulaire, revenue: the form that comes back (coordonnees, clavier, relais), its status,
    what was typed, its faults.
    """
    moi = request.agent
    formes = {nom: montrer(*(revenue if nom == formulaire else ())) for nom, montrer in (
        ('coordonnees', functools.partial(forme, _tenue_des_coordonnees())),
        ('clavier', functools.partial(forme, _tenue_du_clavier())), ('relais', _forme_des_relais))}
    revenu = next((une for nom, une in formes.items() if nom == formulaire or une['repris']), formes['coordonnees'])
    return page(
        'compte/moi/moi.html', *revenue[:1], formes=formes, revenu=revenu, direction=moi.direction, qui=qui,
        a_moi=qui.id == moi.id, **({} if moi.lecteur_au else _relais(moi, qui)))


def _forme_des_relais(status=200, saisies=None, fautes=None):
    """Its two forms as one, as tenue.forme says one: each of their names is its own."""
    garde = {} if saisies else _garde()
    return {'valeurs': saisies or garde, 'fautes': fautes or {}, 'libelles': LIBELLES, 'repris': bool(garde),
            'ecarts': (), 'change_par': ()}


def _relais(moi, qui):
    """What the page says of absences and delegations."""
    siens = qui.id == moi.id or moi.administrateur
    return {
        'absence': _avec_agents(ABSENCE, qui), 'delegation': _avec_agents(DELEGATION, qui), 'geres': _geres(moi),
        'absences': _absences(Absence.agent == qui), 'des_autres': _des_autres(moi),
        'delegations': _delegations(qui) if siens else (), 'recues': _pour_qui_j_agis(qui) if siens else (),
        'peut_deleguer': relais.peut_deleguer(qui, moi)}


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


@app.post('/espace/compte/coordonnees', qui='agent')
def enregistrer_coordonnees():
    return _enregistrer('coordonnees', _tenue_des_coordonnees())


@app.post('/espace/compte/clavier', qui='agent')
def regler_clavier():
    return _enregistrer('clavier', _tenue_du_clavier())


def _enregistrer(formulaire, tenue):
    moi, (saisies, fautes) = request.agent, lire(tenue.champs)
    valeurs = saisies | ({'touches': bool(saisies['touches'])} if 'touches' in saisies else {})
    _, fautes, code = tenir(tenue, saisies, fautes, comptes.changer_coordonnees, request.agent, valeurs)
    return _page_compte(moi, formulaire, code, saisies, fautes) if fautes else _revenir(moi)


def _confier(champs, qui, verbe, **options):
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
    return _page_compte(qui, 'relais', 422, valeurs, fautes) if fautes else _revenir(qui)


def _revenir(qui):
    aller(f'{PAGE}?fait=enregistre' + ('' if qui.id == request.agent.id else f'&pour={qui.id}'))


@app.post('/espace/compte/absence', qui='agent')
def ajouter_absence():
    return _confier(ABSENCE, _pour_qui(request.saisies.get('pour', '')), relais.noter_absence, par=request.agent)


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
    return _confier(DELEGATION, qui, relais.donner_delegation, par=request.agent)


@app.post('/espace/compte/delegation-retirer', qui='agent')
def retirer_delegation():
    qui, moi = _pour_qui(request.saisies.get('pour', '')), request.agent
    if qui.id != moi.id and not moi.administrateur:
        raise Refus(DISPARUE, 404)
    relais.retirer_delegation(_ligne(Delegation, Delegation.pour == qui.id), moi)
    _revenir(qui)


DISPARUE = ('Cette ligne n\'existe plus\u00a0: elle est passée, ou déjà retirée. '
            'Revenez à «\u00a0Mon compte\u00a0».')


def _ligne(table, *conditions):
    """The row whose id was sent, when it is not over; Refus 404 otherwise."""
    return trouver(table, request.saisies.get('id', ''), DISPARUE, *conditions, relais.pas_finie(table))
