"""Before a hand-over: all that an agent holds, who may take it, what would be done (regles.md §1, §4, §7).

A departure, a long absence, a change of direction. What is shown is what passation.py then writes, or nothing: the
empreinte of a Plan says whether it is still the one that was shown.
"""
from collections import Counter, namedtuple
from datetime import timedelta

from peewee import JOIN

import langue
from models import (
    CONTRIBUE, Absence, Agent, Delegation, Demande, Direction, Fiche, Groupe, Membre, Refus, db, lire_agents)
from langue import aujourdhui, dire_nombre, en_utc, maintenant, un_jour

from verbes.journal import empreinte
from verbes.questions import presence
from verbes.regles import STATUTS, dire_place
from verbes.relais import absence_entre, controler_absence, dire_periode, pas_finie
from .departs import exiger_un_autre_administrateur

GENRES = {
    'depart':    'd\'un départ\u00a0: le compte sera fermé',
    'absence':   'd\'une longue absence',
    'direction': 'd\'un changement de direction',
}
NOMS = {'depart': 'départ', 'absence': 'longue absence', 'direction': 'changement de direction',
        'convention': 'fin de convention', 'repartition': 'répartition entre experts'}
GARDER, CHEF = 'garder', 'chef'                                     # not handed over; to the chef of each demande
HEURES_POUR_ANNULER = 24

# What is typed. lignes: {cle of a Ligne: an agent's id, GARDER, or '' for what is said for all (defaut)}. Of a
# structure (convention.py), comptes: {cle of an account that follows: id of a direction}; accords: {cle of a restricted
# Ligne: the jour the collectivité agreed}; explication: what the public reads of the fiches that nobody takes.
Choix = namedtuple('Choix', 'genre date retour direction defaut lignes comptes accords explication',
                   defaults=({}, {}, ''))

# A thing that is held. cle: its field; quoi: a role, « fiche », « groupe », « pilote », « delegation », « absence »,
# « reunion », « document », or « fin » for what nobody takes; objet: its row; repond: does a mairie call who holds it;
# candidats: the ids that alone may take it, None for all; de: who holds it, when it is not the one who leaves.
Ligne = namedtuple('Ligne', 'cle quoi objet titre titres depend repond candidats de', defaults=(False, None, ''))

# qui: the Agent, or the Structure, that leaves; fautes: {field: sentence}; passages: [(Ligne, Agent)] of what is handed
# over; absence: is one noted. Of a structure, agents: its own, closed ones too; suivis: {id of who goes on elsewhere:
# the Direction}.
Plan = namedtuple('Plan', 'qui par choix lignes passages fautes empreinte agents direction absence suivis',
                  defaults=(None, False, {}))


# ---- What an agent holds, a line each ----

def tenir(agent):
    """Every Ligne of an agent, in the order of the page; what is over is not in it."""
    return [*_demandes(agent), *_fiches(agent), *_groupes(agent), *_pilotage_de_la_direction(agent),
            *_relais(agent)]


def restreinte(ligne):
    return isinstance(ligne.objet, Membre) and ligne.objet.demande.restreinte


def _demandes(agent):
    places = (Membre.select(Membre, Demande, Fiche).join(Demande).join(Fiche, JOIN.LEFT_OUTER)
              .where(Membre.agent == agent, Demande.clos_le.is_null()).order_by(Membre.role, Membre.demande))
    equipes = _equipes(agent)
    for place in places:
        demande = place.demande
        equipe = [membre for _, membre in equipes[demande.numero] if membre not in (None, agent.id)]
        yield Ligne(f'm{place.id}', place.role, place, demande.titre, dire_place(place.role, place.rang),
                    STATUTS[demande.statut], place.role == 'referent' and demande.statut != 'rejete',
                    list(dict.fromkeys(equipe)) if demande.restreinte else None)


def _equipes(agent):
    """{numero: [(role, agent id)]} of the open demandes where an agent is, in order."""
    equipes = {}
    for numero, role, membre in db.execute_sql(
            """SELECT demande_id, role, agent_id FROM membre WHERE demande_id IN (
                 SELECT demande_id FROM membre JOIN demande ON numero = demande_id
                 WHERE agent_id = ? AND clos_le IS NULL) ORDER BY demande_id, role, rang, id""", (agent.id,)):
        equipes.setdefault(numero, []).append((role, membre))
    return equipes


def _fiches(agent):
    pilotees = db.execute_sql(
        """SELECT fiche.id, titre, rang, (SELECT count(*) FROM demande WHERE fiche_id = fiche.id AND clos_le IS NULL)
           FROM fiche JOIN pilotage ON pilotage.fiche_id = fiche.id
           WHERE agent_id = ? AND etat <> 'archivee' ORDER BY titre, fiche.id""", (agent.id,)).fetchall()
    for numero, titre, rang, ouvertes in pilotees:
        yield Ligne(f'f{numero}', 'fiche', numero, titre, f'{"co-" if rang else ""}chef de file de la fiche',
                    dire_nombre(ouvertes, 'demande', 'ouverte'))


def _groupes(agent):
    for groupe in Groupe.select().where(Groupe.animateur == agent, Groupe.ferme_le.is_null()).order_by(Groupe.nom):
        yield Ligne(f'g{groupe.id}', 'groupe', groupe.id, f'Groupe de travail «\u00a0{groupe.nom}\u00a0»',
                    'animateur', 'publie ses documents')


def _pilotage_de_la_direction(agent):
    if agent.pilote:
        siens = [id_ for id_, in db.execute_sql(
            f'SELECT id FROM agent WHERE {CONTRIBUE} AND direction_id = ? AND id <> ?',
            (agent.direction_id, agent.id))]
        yield Ligne('p', 'pilote', agent.direction_id, agent.direction.nom, 'pilote de la direction',
                    'agit quand ses chefs de file sont absents', candidats=siens)


def _relais(agent):
    for une in Delegation.select().where(pas_finie(Delegation), Delegation.par == agent).order_by(Delegation.id):
        yield Ligne(f'd{une.id}', 'delegation', une, f'Délégation de {une.pour.nom_complet}', 'délégataire',
                    dire_periode(une.du, une.au))
    for une in Absence.select().where(pas_finie(Absence), Absence.suppleant == agent).order_by(Absence.id):
        yield Ligne(f'a{une.id}', 'absence', une, f'Absence de {une.agent.nom_complet}', 'suppléance',
                    dire_periode(une.du, une.au))
    for une in Delegation.select().where(pas_finie(Delegation), Delegation.pour == agent).order_by(Delegation.id):
        yield Ligne(f'x{une.id}', 'fin', une, f'Délégation donnée à {une.par.nom_complet}', 'délégation donnée',
                    's\'arrête avec le compte')


# ---- Before anything is written: who takes what, what is wrong, what will be done ----

def preparer(agent, par, choix):
    """The Plan of these choices; when its fautes are not empty, nothing may be written."""
    lignes, fautes = tenir(agent), _fautes_generales(agent, choix)
    fautes |= _faute_par_defaut(agent, choix)
    passages = []
    for ligne in lignes:
        repreneur, faute = _repreneur(agent, choix, ligne, fautes)
        if faute:
            fautes.setdefault(*faute)
        elif repreneur:
            passages.append((ligne, repreneur))
    noter = choix.genre == 'absence' and un_jour(choix.date) and not absence_entre(agent, choix.date, choix.retour)
    if noter and 'defaut' not in fautes:
        fautes = _fautes_d_absence(agent, choix) | fautes
    direction = Direction.get_or_none(Direction.id == int(choix.direction or 0)) if choix.genre == 'direction' else None
    return Plan(agent, par, choix, lignes, passages, fautes, _empreinte_de(agent, choix, passages), [agent], direction,
                noter)


def _fautes_generales(agent, choix):
    if choix.genre == 'repartition':                                # its account stays as it is
        return {}
    if choix.genre not in GENRES or (not agent.actif and choix.genre != 'depart'):
        return {'genre': 'Choisissez dans la liste.'}
    if choix.genre == 'direction':
        vers = Direction.get_or_none(Direction.id == int(choix.direction or 0))
        if vers is None or vers.fermee_le or vers.id == agent.direction_id:
            return {'direction': 'Choisissez la nouvelle direction de cet agent, parmi celles qui sont ouvertes.'}
        return {}
    if not agent.actif:
        return {}
    if not un_jour(choix.date):
        return {'date': 'Indiquez à compter de quel jour.'}
    if choix.genre == 'depart':
        if choix.date < aujourdhui():
            return {'date': 'Un compte ne se ferme pas dans le passé\u00a0: indiquez aujourd\'hui, ou un jour à venir.'}
        return ce_que_refuse(exiger_un_autre_administrateur, agent)
    return {}


# The field of this screen, by that of the verb that refuses.
CHAMPS = {'absence_du': 'date', 'absence_au': 'retour', 'suppleant': 'defaut', 'administrateur': 'genre'}


def _fautes_d_absence(agent, choix):
    suppleant = int(choix.defaut) if choix.defaut.isdecimal() else ''
    return ce_que_refuse(controler_absence, agent, choix.date, choix.retour, suppleant)


def ce_que_refuse(verifier, *arguments):
    """{field: sentence} of what a check refuses."""
    try:
        verifier(*arguments)
    except Refus as refus:
        return {CHAMPS.get(refus.champ, refus.champ): refus.phrase}
    return {}


def _faute_par_defaut(agent, choix):
    """Of who takes all: said once, not on each line."""
    if choix.defaut in ('', GARDER, CHEF):
        return {}
    faute = _faute_de(agent, choix, choix.defaut)
    return {'defaut': faute} if faute else {}


def lire_agent(voulu):
    """The Agent of an id typed or sent, or None."""
    trouves = lire_agents('WHERE agent.id = ?', int(voulu)) if voulu.isdecimal() and len(voulu) < 18 else []
    return trouves[0] if trouves else None


def _faute_de(agent, choix, voulu, candidats=None):
    """Why this one may not take over, in a sentence, or ''. An absence keeps to the structure: it is a suppléant's."""
    repreneur = lire_agent(voulu)
    if repreneur and repreneur.id == agent.id:
        return f'{agent.nom_complet} ne peut pas se succéder\u00a0: choisissez quelqu\'un d\'autre.'
    if repreneur and choix.genre == 'absence' and candidats is None and _d_ailleurs(repreneur, agent):
        return _faute_d_ailleurs(repreneur, agent)
    return faute_du_repreneur(repreneur)


def faute_du_repreneur(choisi):
    """What keeps an Agent (None: unknown) from taking anything over, in a sentence, or ''."""
    if choisi is None:
        return 'Choisissez dans la liste.'
    if choisi.lecteur_au:
        return f'{choisi.nom_complet} lit seulement les chiffres\u00a0: choisissez quelqu\'un d\'autre.'
    if not choisi.actif:
        return f'Le compte de {choisi.nom_complet} est fermé\u00a0: choisissez quelqu\'un d\'autre.'
    if not choisi.ouvert_le:
        return f'{choisi.nom_complet} n\'a pas encore ouvert son compte\u00a0: choisissez quelqu\'un d\'autre.'
    if choisi.id not in presence().joignables:
        return f'{choisi.nom_complet} est absent·e et sans suppléant\u00a0: choisissez quelqu\'un d\'autre.'
    return ''


def _d_ailleurs(choisi, agent):
    return choisi.direction.structure_id != agent.direction.structure_id


def _faute_d_ailleurs(choisi, agent):
    return (f'{choisi.nom_complet} est d\'une autre structure ({choisi.direction.structure.sigle})\u00a0: '
            f'choisissez quelqu\'un de {agent.direction.structure.nom}.')


HORS_LISTE = {
    'pilote': 'Le pilote est un agent de la même direction\u00a0: choisissez-le dans la liste.',
    'demande': 'Une demande à diffusion restreinte ne passe qu\'à quelqu\'un de son équipe\u00a0: choisissez dans la '
               'liste.',
}


SANS_CHEF = ('Aucun autre chef de file de la structure ne peut la reprendre\u00a0: choisissez quelqu\'un, '
             'ou «\u00a0Ne pas transférer\u00a0».')


def _repreneur(agent, choix, ligne, fautes):
    """(the Agent who takes a line or None, (field, sentence) or None)."""
    reponse = choix.lignes.get(ligne.cle, '')
    if ligne.quoi == 'fin' or reponse == GARDER or (not reponse and choix.genre == 'absence'):
        return None, None
    if not reponse and restreinte(ligne):
        return None, (ligne.cle, 'Choisissez dans l\'équipe de cette demande, ou «\u00a0Ne pas transférer\u00a0».')
    if not reponse:
        return _repreneur_par_defaut(agent, choix, ligne, fautes)
    faute = _faute_de(agent, choix, reponse, ligne.candidats) or _faute_sur(agent, ligne, lire_agent(reponse))
    return (None, (ligne.cle, faute)) if faute else (lire_agent(reponse), None)


def _repreneur_par_defaut(agent, choix, ligne, fautes):
    """Who takes all takes this line too, but where they can't: it is not handed over then."""
    if choix.defaut == GARDER or 'defaut' in fautes:
        return None, None
    if choix.defaut == CHEF and ligne.candidats is None:
        chef = _chef_de(agent, choix, ligne)
        return chef, None if chef else (ligne.cle, SANS_CHEF)
    if not choix.defaut:
        return None, ('defaut', 'Choisissez qui reprend par défaut, ou quelqu\'un à chaque ligne.')
    if choix.defaut == CHEF or _faute_sur(agent, ligne, lire_agent(choix.defaut)):
        return None, None
    return lire_agent(choix.defaut), None


def _chef_de(agent, choix, ligne):
    """The first chef de file of a demande who may take this line, or None."""
    if not isinstance(ligne.objet, Membre):
        return None
    chefs = (Membre.select(Membre.agent).where(
        Membre.demande == ligne.objet.demande_id, Membre.role == 'chef_de_file', Membre.agent != agent)
        .order_by(Membre.rang).tuples())
    return next((lire_agent(str(id_)) for id_, in chefs if not _faute_de(agent, choix, str(id_))), None)


def _faute_sur(agent, ligne, choisi):
    """What keeps someone, who may take over, from taking this line."""
    if ligne.candidats is not None and choisi.id not in ligne.candidats:
        return HORS_LISTE['pilote' if ligne.quoi == 'pilote' else 'demande']
    if ligne.quoi not in ('delegation', 'absence'):
        return ''
    titulaire = ligne.objet.pour if ligne.quoi == 'delegation' else ligne.objet.agent
    if choisi.id == titulaire.id:
        acte = 'se donne pas de délégation' if ligne.quoi == 'delegation' else 'supplée pas sa propre absence'
        return f'{titulaire.nom_complet} ne {acte}\u00a0: choisissez quelqu\'un d\'autre.'
    if _d_ailleurs(choisi, agent):
        return _faute_d_ailleurs(choisi, agent)
    sienne = ligne.quoi == 'absence' and absence_entre(choisi.id, ligne.objet.du, ligne.objet.au)
    quand = dire_periode(sienne.du, sienne.au) if sienne else ''
    return f'Cet agent est absent {quand}\u00a0: choisissez quelqu\'un d\'autre.' if quand else ''


def _empreinte_de(agent, choix, passages):
    """What is typed, of what is held and of who takes it: equal, nothing has moved since it was shown."""
    places = db.execute_sql(
        """SELECT membre.id, role, rang, demande_id, version FROM membre JOIN demande ON numero = demande_id
           WHERE agent_id = ? AND clos_le IS NULL ORDER BY membre.id""", (agent.id,)).fetchall()
    photo = [[*cle, rangs] for cle, rangs in photographier([agent]).items()]
    compte = [agent.id, agent.actif, agent.pilote, agent.administrateur, agent.direction_id]
    return empreinte([choix, places, photo, [ligne.cle for ligne in _groupes(agent)], compte, qui_reprend(passages)])


def qui_reprend(passages):
    """Of an empreinte: who takes over, and where they are."""
    return sorted({a.id: [a.actif, a.direction_id, a.direction.structure_id] for _, a in passages}.items())


def photographier(agents, aussi=()):
    """{(table, column, value): rows} of the fiches, delegations, absences and feuilles de route that agents have a part
    in; aussi: more keys.
    """
    miennes = (('pilotage', 'fiche_id', 'agent_id = ?1'), ('jalon', 'demande_id', 'agent_id = ?1'),
               ('delegation', 'id', '?1 IN (pour_id, par_id)'),
               ('absence', 'id', '?1 IN (agent_id, suppleant_id)'))
    cles = {(table, colonne, valeur) for table, colonne, condition in miennes for agent in agents
            for valeur, in db.execute_sql(f'SELECT {colonne} FROM {table} WHERE {condition}', (agent.id,))}
    return {cle: rangees(*cle) for cle in sorted(cles | set(aussi))}


def rangees(table, colonne, valeur):
    lues = db.execute_sql(f'SELECT * FROM {table} WHERE {colonne} = ? ORDER BY 1, 2', (valeur,))
    return [list(rangee) for rangee in lues]


# repris: [(name, how many lines)], the most first; ailleurs: of these, [(structure, how many)] of another structure;
# annulable: until when.
Apercu = namedtuple('Apercu', 'lignes repris ailleurs demandes mairies laissees annulable')


def apercu(plan):
    """What a plan will do, in numbers."""
    demandes = {ligne.objet.demande_id for ligne in touchees(plan) if isinstance(ligne.objet, Membre)}
    mairies = {ligne.objet.demande.courriel for ligne in touchees(plan) if ligne.repond}
    repris = Counter(repreneur.nom_complet for _, repreneur in plan.passages)
    sienne = structure_de(plan.qui)
    ailleurs = Counter(repreneur.direction.structure.nom for _, repreneur in plan.passages
                       if repreneur.direction.structure_id != sienne.id)
    return Apercu(len(plan.passages), repris.most_common(), ailleurs.most_common(), len(demandes), len(mairies - {''}),
                  len(laissees(plan)), fin_de_l_annulation(maintenant()))


def laissees(plan):
    """The Lignes that nobody takes, though someone could."""
    prises = {ligne.cle for ligne, _ in plan.passages}
    return [ligne for ligne in plan.lignes if ligne.quoi != 'fin' and ligne.cle not in prises]


def touchees(plan):
    """The Lignes that are written; of a structure, those that nobody takes too."""
    return [*(ligne for ligne, _ in plan.passages), *([] if isinstance(plan.qui, Agent) else laissees(plan))]


def structure_de(qui):
    return qui.direction.structure if isinstance(qui, Agent) else qui


def fin_de_l_annulation(instant):
    return en_utc(langue.a_paris(instant) + timedelta(hours=HEURES_POUR_ANNULER))
