"""Handing over what an agent holds: a departure, a long absence, a change of direction, on one screen.

A preview first, a POST that answers 200; then the same form, sent with the empreinte of what was shown, writes it.
"""
from models import Membre, jours_fermes
from langue import aujourdhui, dire_jour_long
from verbes import questions
from verbes.administration import passation, succession
from views import aller, app, choix, parametre, reprise, request
from views.champs import Champ, lire
from views.entrees import NUMERO, trouver_agent
from . import passations

ADRESSE = f'/espace/admin/comptes/<numero:re:{NUMERO}>/depart'
GENRE = Champ('genre', 'Il s\'agit', 'choix', True, choix=tuple(succession.GENRES.items()))
DATE = Champ('date', 'À compter du', 'date', aide='Pour un départ, premier jour où le compte n\'ouvre plus rien\u00a0: '
             'aujourd\'hui, il se ferme aussitôt.')
RETOUR = Champ('retour', 'Dernier jour d\'absence', 'date', aide='Vide\u00a0: le retour n\'est pas connu.')
DIRECTION = Champ('direction', 'Nouvelle direction', 'choix', aide='Pour un changement de direction.')
DEFAUT = Champ('defaut', 'Qui reprend, par défaut', 'choix', aide='Pour une absence, c\'est son suppléant, de la '
               'même structure\u00a0: seules les lignes que vous choisissez sont transférées.')
LE_CHEF, PERSONNE = (succession.CHEF, 'Le chef de file de chaque demande'), (succession.GARDER, 'Personne')
SANS = (succession.GARDER, 'Ne pas transférer')
SECTIONS = (                                                        # what is held, title, what is said of it
    ('chef_de_file', 'Demandes, comme chef de file', ''),
    ('referent', 'Demandes, comme expert référent',
     'La mairie recevra le nom et le téléphone de son nouvel interlocuteur.'),
    ('associe', 'Demandes, comme expert associé', ''),
    ('restreinte', 'Demandes à diffusion restreinte',
     'Une par une, et dans leur équipe seulement\u00a0: personne d\'autre ne doit apprendre qu\'elles existent.'),
    ('autre', 'Fiches, groupes de travail, direction, délégations, absences couvertes', ''),
)
@app.get(ADRESSE, qui='administrateur')
def montrer_depart(numero):
    agent = trouver_agent(numero)
    genre = 'direction' if parametre('direction') and agent.actif else 'depart'
    valeurs = {'genre': genre, 'date': aujourdhui(), 'direction': parametre('direction'), 'defaut': _propose(agent)}
    return _page(agent, valeurs | reprise())


def _propose(agent):
    """Who takes all, unless said: the pilote of the direction, if there, else the chef of each demande of an expert."""
    autres = [pilote for pilote in questions.pilotes_presents(agent.direction_id) if pilote != agent.id]
    if autres:
        return str(autres[0])
    tenus = {ligne.quoi for ligne in succession.tenir(agent)} - {'fin'}
    return succession.CHEF if tenus and tenus <= {'referent', 'associe'} else ''


# ---- The form, read and shown ----

def _champs(agent):
    autres = choix.agents(agent.direction.structure_id, sauf={agent.id}, direction=agent.direction_id)
    defaut = (('', 'Choisir'), LE_CHEF, PERSONNE, *autres)
    if not agent.actif:                                             # its closing is behind it
        return [GENRE._replace(choix=GENRE.choix[:1]), DEFAUT._replace(choix=defaut)]
    return [GENRE, DATE._replace(requis=True), DEFAUT._replace(choix=defaut), RETOUR,
            DIRECTION._replace(choix=(('', 'La même'), *choix.directions()))]


def _lire_choix(agent):
    """(what was typed, faults of form, Choix)."""
    valeurs, fautes = lire([c for c in _champs(agent) if c.nom != 'defaut'])
    if valeurs['genre'] == 'direction':
        fautes.pop('date', None)
    lignes, inconnus = passations.lire_lignes(
        'defaut|p|[mfgda][1-9][0-9]*', (LE_CHEF, PERSONNE, SANS, *choix.agents(sauf={agent.id})))
    defaut = lignes.pop('defaut', '')
    saisi = succession.Choix(valeurs['genre'], valeurs.get('date', ''), valeurs.get('retour', ''),
                             valeurs.get('direction', ''), defaut, {nom: v for nom, v in lignes.items() if v})
    return valeurs | lignes | {'defaut': defaut}, fautes | inconnus, saisi


@app.post(ADRESSE, qui='administrateur', transaction=False)
def transferer(numero):
    return passations.soumettre(lambda: trouver_agent(numero), _lire_choix, succession.preparer, _page)


@app.post(f'{ADRESSE}/annuler', qui='administrateur')
def annuler_depart(numero):
    passations.annuler(trouver_agent(numero))


@app.post(f'{ADRESSE}/garder', qui='administrateur')
def garder_ouvert(numero):
    agent = trouver_agent(numero)
    passation.ne_plus_fermer(agent, request.agent)
    aller(f'{passation.adresse(agent)}?fait=enregistre')


# ---- The page ----

def _page(agent, valeurs, status=200, fautes=None, plan=None, bouge=''):
    lignes, fautes, champs = succession.tenir(agent), fautes or {}, _champs(agent)
    a_confier = [ligne for ligne in lignes if ligne.quoi != 'fin']
    return passations.montrer(
        'administration/depart/depart.html', agent, agent.actif, lignes, champs, status, fautes, plan, bouge,
        valeurs=valeurs, sections=_sections(agent, lignes, valeurs), vide=agent.actif and not a_confier,
        dire_suite=_dire_suite, bouton=_bouton, ferme=passation.fermeture_prevue(agent))


def _dire_suite(plan):
    return _suite(plan) + f' {plan.qui.nom_complet} en reçoit un courriel.' * bool(passation.a_prevenir(plan))


def _sections(agent, lignes, valeurs):
    """[(title, sentence, Rangees)] of what is not empty."""
    tous = {id_: nom for _, groupe in choix.agents(sauf={agent.id}) for id_, nom in groupe}
    communs = _options(agent, len(lignes), valeurs, tous)
    par_section, fermes = {}, jours_fermes()
    for ligne in lignes:
        membre, options = isinstance(ligne.objet, Membre), communs
        if ligne.candidats is not None:
            vide = 'Choisir dans l\'équipe' if membre else communs[0][1]
            options = (('', vide), communs[1], *((str(id_), tous[str(id_)]) for id_ in ligne.candidats
                                                 if str(id_) in tous))
        par_section.setdefault(passations.section(ligne), []).append(
            passations.rangee(ligne, None if ligne.quoi == 'fin' else options, valeurs.get(ligne.cle, ''), fermes))
    return [(cle, titre, dit, par_section[cle]) for cle, titre, dit in SECTIONS if cle in par_section]


def _options(agent, nombre, valeurs, tous):
    """Who may take a line: anybody, or the structure, or the direction, when the page would be too heavy."""
    structure_id, dans = agent.direction.structure_id, {agent.direction_id}
    for parmi in ({}, {'seule': structure_id}, {'dans': dans}):
        structure = choix.agents(structure_id, sauf={agent.id}, direction=agent.direction_id, **parmi)
        if nombre * sum(len(groupe) for _, groupe in structure) <= passations.OPTIONS_MAX:
            break
    nom = tous.get(valeurs.get('defaut'), {'chef': 'le chef de file'}.get(valeurs.get('defaut'), ''))
    if valeurs.get('genre') == 'absence':
        nom = 'ne pas transférer'
    groupes = structure[0][1] if len(structure) == 1 else structure
    par_defaut = f'Par défaut\u00a0: {nom}' if nom else 'Par défaut'
    return (('', par_defaut), SANS, *groupes)


def _suite(plan):
    """What becomes of the account itself, in a sentence."""
    agent, saisi = plan.qui, plan.choix
    if not agent.actif:
        return 'Le compte est déjà fermé\u00a0: les mairies sont prévenues aussitôt.'
    if saisi.genre == 'direction':
        return f'{agent.nom_complet} rejoint aussitôt\u00a0: {plan.direction.nom}.'
    if saisi.genre == 'absence':
        if not plan.absence:
            return 'Une absence est déjà notée pour ces jours\u00a0: elle reste telle quelle.'
        return 'L\'absence est notée, avec son suppléant.' if saisi.defaut.isdecimal() else 'L\'absence est notée.'
    if saisi.date <= aujourdhui():
        return 'Le compte se ferme aussitôt, et ses sessions avec lui.'
    return f'Le compte se ferme le {dire_jour_long(saisi.date)}, à 0\u00a0h\u00a0; jusque-là, il garde son accès.'


def _bouton(plan, apercu):
    if apercu.lignes:
        return f'Transférer les {apercu.lignes}\u00a0lignes' if apercu.lignes > 1 else 'Transférer la ligne'
    return {'depart': 'Fermer le compte', 'absence': 'Noter l\'absence',
            'direction': 'Changer de direction'}[plan.choix.genre]
