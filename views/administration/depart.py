"""Handing over what an agent holds: a departure, a long absence, a change of direction, on one screen.

A preview first, a POST that answers 200; then the same form, sent with the empreinte of what was shown, writes it.
"""
import re
from collections import namedtuple

import langue
from models import Membre, Refus, ecriture, jours_fermes, lecture
from langue import aujourdhui, dire_instant, dire_jour_long, jour_de
from verbes import questions, relais
from verbes.administration import passation, succession
from views import aller, app, choix, page, parametre, reprise, request, tenter
from views.champs import Champ, lire
from views.entrees import NUMERO, trouver_agent

ADRESSE = f'/espace/admin/comptes/<numero:re:{NUMERO}>/depart'
GENRE = Champ('genre', 'Il s\'agit', 'choix', True, choix=tuple(succession.GENRES.items()))
DATE = Champ('date', 'À compter du', 'date', aide='Pour un départ, premier jour où le compte n\'ouvre plus rien\u00a0: '
             'aujourd\'hui, il se ferme aussitôt.')
RETOUR = Champ('retour', 'Dernier jour d\'absence', 'date', aide='Vide\u00a0: le retour n\'est pas connu.')
DIRECTION = Champ('direction', 'Nouvelle direction', 'choix', aide='Pour un changement de direction.')
DEFAUT = Champ('defaut', 'Qui reprend, par défaut', 'choix', aide='De la même structure. Pour une absence, c\'est son '
               'suppléant\u00a0: seules les lignes que vous choisissez sont transférées.')
OPTIONS_MAX = 1_000                                                 # of all the lists of a page

SECTIONS = (                                                        # what is held, title, what is said of it
    ('chef_de_file', 'Demandes, comme chef de file', ''),
    ('referent', 'Demandes, comme expert référent',
     'La mairie recevra le nom et le téléphone de son nouvel interlocuteur.'),
    ('associe', 'Demandes, comme expert associé', ''),
    ('restreinte', 'Demandes à diffusion restreinte',
     'Une par une, et dans leur équipe seulement\u00a0: personne d\'autre ne doit apprendre qu\'elles existent.'),
    ('autre', 'Fiches, groupes de travail, direction, délégations, absences couvertes', ''),
)
# A line as it is shown; options: None when nobody takes it.
Rangee = namedtuple('Rangee', 'cle numero titre ou titres depend statut echeance options valeur')


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


# ======================================================================================
# The form, read and shown
# ======================================================================================

def _champs(agent):
    autres = choix.agents(sauf={agent.id}, direction=agent.direction_id, seule=agent.direction.structure_id)
    defaut = (('', 'Choisir'), (succession.CHEF, 'Le chef de file de chaque demande'),
              (succession.GARDER, 'Personne'), *autres)
    if not agent.actif:                                             # its closing is behind it
        return [GENRE._replace(choix=GENRE.choix[:1]), DEFAUT._replace(choix=defaut)]
    return [GENRE, DATE._replace(requis=True), DEFAUT._replace(choix=defaut), RETOUR,
            DIRECTION._replace(choix=(('', 'La même'), *choix.directions()))]


def _lire(agent):
    """(what was typed, faults of form, Choix)."""
    valeurs, fautes = lire([c for c in _champs(agent) if c.nom != 'defaut'])
    if valeurs['genre'] == 'direction':
        fautes.pop('date', None)
    lignes = {nom: v for nom, v in request.saisies.items() if re.fullmatch('p|[mfgda][1-9][0-9]*', nom)}
    defaut = request.saisies.get('defaut', '')
    saisi = succession.Choix(valeurs['genre'], valeurs.get('date', ''), valeurs.get('retour', ''),
                             valeurs.get('direction', ''), defaut, {nom: v for nom, v in lignes.items() if v})
    return valeurs | lignes | {'defaut': defaut}, fautes, saisi


@app.post(ADRESSE, qui='administrateur', transaction=False)
def transferer(numero):
    with lecture():
        agent = trouver_agent(numero)
        valeurs, fautes, saisi = _lire(agent)
        plan = None if fautes else succession.preparer(agent, request.agent, saisi)
        fautes = fautes or plan.fautes
        if fautes or request.saisies.get('acte') != 'transferer':
            return _page(agent, valeurs, 422 if fautes else 200, fautes, plan)
    with ecriture():
        _, refus = tenter(passation.transferer, trouver_agent(numero), request.agent, saisi,
                          request.saisies.get('vue'))
    if refus is None:
        aller(request.path)                                         # the page says what was done
    with lecture():
        if refus.code == 409:                                       # it has moved since: shown again
            plan = succession.preparer(agent, request.agent, saisi)
            return _page(agent, valeurs, 409, plan.fautes, plan, refus.phrase)
        champ = succession.CHAMPS.get(refus.champ, refus.champ)
        return _page(agent, valeurs, 422, {champ: refus.phrase})


@app.post(f'{ADRESSE}/annuler', qui='administrateur')
def annuler_depart(numero):
    agent = trouver_agent(numero)
    derniere = passation.derniere(agent)
    if derniere is None:
        raise Refus('Il n\'y a rien à annuler pour ce compte.', 409)
    passation.annuler(derniere, request.agent)
    aller(passation.adresse(agent))


@app.post(f'{ADRESSE}/garder', qui='administrateur')
def garder_ouvert(numero):
    agent = trouver_agent(numero)
    passation.ne_plus_fermer(agent, request.agent)
    aller(f'{passation.adresse(agent)}?fait=enregistre')


# ======================================================================================
# The page
# ======================================================================================

def _page(agent, valeurs, status=200, fautes=None, plan=None, bouge=''):
    lignes, fautes, champs = succession.tenir(agent), fautes or {}, _champs(agent)
    apercu = None if fautes or plan is None else succession.apercu(plan)
    a_confier = [ligne for ligne in lignes if ligne.quoi != 'fin']
    libelles = {c.nom: c.libelle for c in champs} | {ligne.cle: _dire(ligne) for ligne in a_confier}
    vide = None if a_confier or not agent.actif else _empreinte_sans_rien(agent)
    return page(
        'administration/depart/depart.html', status, qui=agent, adresse=passation.adresse(agent), champs=champs,
        valeurs=valeurs,
        fautes=fautes, libelles=libelles, sections=_sections(agent, lignes, valeurs), nombre=len(a_confier), vide=vide,
        apercu=apercu, empreinte=plan.empreinte if apercu else '',
        suite=_suite(plan) + _dire_titulaire(plan) if apercu else '', bouge=bouge, bouton=_bouton(plan, apercu),
        aujourdhui=aujourdhui(), faite=_faite(agent))


def _dire(ligne):
    return f'Demande n°\u00a0{ligne.objet.demande_id}' if isinstance(ligne.objet, Membre) else ligne.titre


def _empreinte_sans_rien(agent):
    """What closes at once the account of who holds nothing."""
    saisi = succession.Choix('depart', aujourdhui(), '', '', '', {})
    return succession.preparer(agent, request.agent, saisi).empreinte


def _sections(agent, lignes, valeurs):
    """[(title, sentence, Rangees)] of what is not empty."""
    tous = {id_: nom for _, groupe in choix.agents(sauf={agent.id}) for id_, nom in groupe}
    communs = _options(agent, len(lignes), valeurs, tous)
    par_section, fermes = {}, jours_fermes()
    for ligne in lignes:
        membre = isinstance(ligne.objet, Membre)
        section = 'restreinte' if succession.restreinte(ligne) else ligne.quoi if membre else 'autre'
        options = communs
        if ligne.candidats is not None:
            vide = 'Choisir dans l\'équipe' if membre else communs[0][1]
            options = (('', vide), communs[1], *((str(id_), tous[str(id_)]) for id_ in ligne.candidats
                                                 if str(id_) in tous))
        par_section.setdefault(section, []).append(
            _rangee(ligne, None if ligne.quoi == 'fin' else options, valeurs.get(ligne.cle, ''), fermes))
    return [(cle, titre, dit, par_section[cle]) for cle, titre, dit in SECTIONS if cle in par_section]


def _options(agent, nombre, valeurs, tous):
    """Who may take a line: the whole structure, or the direction when the page would be too heavy."""
    structure = choix.agents(sauf={agent.id}, direction=agent.direction_id, seule=agent.direction.structure_id)
    if nombre * sum(len(groupe) for _, groupe in structure) > OPTIONS_MAX:
        structure = choix.agents(sauf={agent.id}, dans={agent.direction_id})
    dit = tous.get(valeurs.get('defaut'), {'chef': 'le chef de file'}.get(valeurs.get('defaut'), ''))
    if valeurs.get('genre') == 'absence':
        dit = 'ne pas transférer'
    siens = structure[0][1] if len(structure) == 1 else structure
    return (('', f'Par défaut\u00a0: {dit}' if dit else 'Par défaut'), (succession.GARDER, 'Ne pas transférer'), *siens)


def _rangee(ligne, options, valeur, fermes):
    if not isinstance(ligne.objet, Membre):
        return Rangee(ligne.cle, None, ligne.titre, '', ligne.titres, ligne.depend, '', None, options, valeur)
    demande = ligne.objet.demande
    echeance = langue.dire_echeance(demande.echeance, demande.premier_contact_le, demande.clos_le,
                                      fermes=fermes)
    return Rangee(ligne.cle, demande.numero, ligne.titre, demande.collectivite, ligne.titres, '', demande.statut,
                  echeance, options, valeur)


def _suite(plan):
    """What becomes of the account itself, in a sentence."""
    agent, saisi = plan.agent, plan.choix
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


def _dire_titulaire(plan):
    return f' {plan.agent.nom_complet} en reçoit un courriel.' if passation.previent_le_titulaire(plan) else ''


def _bouton(plan, apercu):
    if not apercu:
        return ''
    if apercu.lignes:
        return f'Transférer les {apercu.lignes}\u00a0lignes' if apercu.lignes > 1 else 'Transférer la ligne'
    return {'depart': 'Fermer le compte', 'absence': 'Noter l\'absence',
            'direction': 'Changer de direction'}[plan.choix.genre]


# Of the last hand-over. dit: who is told; jusqu_a: until when it may be undone; ferme: the day the account will close.
Faite = namedtuple('Faite', 'titre dit jusqu_a bougees ferme laissees')


def _faite(agent):
    derniere = passation.derniere(agent)
    if derniere is None:
        return None
    bilan, jusqu_a, annulee = passation.bilan(derniere), passation.annulable(derniere), derniere.annulee_le
    ferme = passation.fermeture_prevue(agent)
    if not jusqu_a and not ferme and jour_de(annulee or derniere.faite_le) != aujourdhui():
        return None
    absence = None if annulee else passation.absence_en_vue(derniere)
    fait = ('Passation annulée' if annulee else 'Absence notée' if absence
            else langue.dire_nombre(bilan.lignes, 'ligne', 'transférée'))
    par = '' if annulee else f', par {derniere.par.nom_complet}'
    dits = [] if annulee else [_dire_absence(absence, bilan), _dire_prevenus(bilan, jusqu_a)]
    return Faite(f'{fait} le {dire_instant(annulee or derniere.faite_le)}{par}',
                 ' '.join(filter(None, dits)), jusqu_a,
                 passation.bougees(derniere) if jusqu_a else [], ferme, bilan.laissees)


def _dire_absence(absence, bilan):
    """Who acts, for whom, until when."""
    if not absence:
        return ''
    jours = relais.dire_periode(absence.du, absence.au) + ('' if absence.au else ', jusqu\'à son retour')
    qui = (f'{absence.suppleant.nom_complet} agit pour {absence.agent.nom_complet}' if absence.suppleant
           else f'Personne n\'agit pour {absence.agent.nom_complet}, sans suppléant')
    lignes = f' {langue.dire_nombre(bilan.lignes, "ligne", "transférée")}.' if bilan.lignes else ''
    return f'{qui}, {jours}.{lignes}'


def _dire_prevenus(bilan, jusqu_a):
    noms = f'Prévenu{"s" if len(bilan.repreneurs) > 1 else ""}\u00a0: {langue.enumerer(bilan.repreneurs)}.'
    if not bilan.mairies:
        return noms if bilan.repreneurs else ''
    quand = f' le {dire_instant(jusqu_a)}' if jusqu_a else ' à la fin des 24\u00a0heures'
    qui = 'Une mairie l\'est' if bilan.mairies == 1 else f'{bilan.mairies} mairies le sont'
    return f'{noms} {qui}{quand if bilan.attendent else " déjà"}.'
