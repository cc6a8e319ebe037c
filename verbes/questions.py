"""What the law answers of a demande and of its people: who is who, who may, who is there, who must act, what is late.

The rules of the second half are on plain values: a page, a mail, a list and a figure ask the same one.
"""
import json
from collections import namedtuple
from datetime import date, timedelta

from peewee import SQL

from models import CONTRIBUE, EN_COURS, Absence, Demande, Refus, db, gardee, lire_agents
from langue import JOURS_PROCHES, a_paris, aujourdhui, jour_de, jours_ouvres_entre, maintenant, ouvre, plus_jours

from .regles import (
    ACCEPTER, ACTES, ACTIONS, A_FAIRE, COMPLEXE, JOURS_AVANT_ADMINISTRATEURS, PROMESSES, QUI,
    SANS_TITULAIRE, STATUTS, TRANSITIONS)

# ---- Rights: who is who in a demande, what they may do (regles.md §4, §7) ----

def roles(demande, agent):
    """{role: id of the agent in whose name} of an agent in a demande; the demandeur's link is agent=None.

    « agent » is there for whoever may read it; one's own role comes before a delegated one.
    """
    if agent is None:
        return {'demandeur': None}
    siennes = places_a_nommer(agent)                                # held by who names its person
    places = db.execute_sql(f'SELECT role, iif({siennes.sql}, ?, agent_id) FROM membre WHERE demande_id = ?',
                            (*siennes.params, agent.id, demande.numero)).fetchall()
    if agent.pilote and not demande.clos_le and agent.id in _chefs_en_poste(demande):
        places.append(('chef_de_file', agent.id))
    par_role = {}
    for identite, administre in agent.identites.items():
        if demande.restreinte and identite in agent.en_attente:
            continue
        if administre:
            par_role.setdefault('administrateur', identite)
        for role, membre_id in places:
            if membre_id == identite:
                par_role.setdefault(role, identite)
    if par_role or not demande.restreinte:                          # who acts only for another signs « par A, pour B »
        par_role['agent'] = agent.id if agent.id in par_role.values() or not par_role else next(iter(par_role.values()))
    return par_role


def places_a_nommer(agent):
    """The condition on membre « an associated direction or structure whose person this pilote names » (§1)."""
    if not agent.pilote:
        return SQL('(0 = 1)', ())
    return SQL("""(membre.agent_id IS NULL AND (membre.direction_id = ?
                   OR (membre.direction_id IS NULL AND membre.structure_id = ?)))""",
               (agent.direction_id, agent.direction.structure_id))


def a_nommer(demande, agent):
    """True when this pilote names a person in the team of the demande."""
    place = places_a_nommer(agent)
    return db.execute_sql(f'SELECT 1 FROM membre WHERE membre.demande_id = ? AND {place.sql}',
                          (demande.numero, *place.params)).fetchone() is not None


def _places_tenues(agent):
    """The condition on membre « the place of this agent, or of who they act for »; of those without the yes it takes,
    but in a restricted demande.
    """
    ids = list(agent.identites)
    condition = f'membre.agent_id IN ({", ".join("?" * len(ids))})'
    if agent.en_attente:
        condition = f"""({condition} AND (membre.agent_id NOT IN ({", ".join("?" * len(agent.en_attente))})
          OR NOT (SELECT restreinte FROM demande AS sienne WHERE sienne.numero = membre.demande_id)))"""
        ids += agent.en_attente
    return SQL(condition, tuple(ids))


def places_de(agent):
    """The condition on membre « a place of _places_tenues(), or whose person this agent names »."""
    tenues, nommer = _places_tenues(agent), places_a_nommer(agent)
    return SQL(f'({tenues.sql} OR {nommer.sql})', (*tenues.params, *nommer.params)) if agent.pilote else tenues


def dans_son_equipe(agent, numero='demande.numero'):
    """The condition « this agent, or who they act for, is in the team of the demande »; each half has its index."""
    moities = [_places_tenues(agent), *([places_a_nommer(agent)] if agent.pilote else ())]
    sql = ' OR '.join(f'EXISTS (SELECT 1 FROM membre WHERE membre.demande_id = {numero} AND {places.sql})'
                      for places in moities)
    return SQL(f'({sql})', tuple(valeur for places in moities for valeur in places.params))


def lisibles_par(agent):
    """The condition « this agent may read the demande »: a restricted one, for its team only (regles.md §7)."""
    if agent.lecteur_au:
        return SQL('demande.restreinte = 0', ())
    equipe = dans_son_equipe(agent)
    return SQL('1', ()) if agent.administre else SQL(f'(demande.restreinte = 0 OR {equipe.sql})', equipe.params)


def demandes_lisibles(agent, *colonnes):
    """The Demandes that this agent may read: every scope starts here."""
    return Demande.select(*colonnes).where(lisibles_par(agent))


def transitions_possibles(demande, agent, par_role=None):
    """The transitions this agent may make now, in the order of TRANSITIONS: the buttons of the page."""
    par_role = roles(demande, agent) if par_role is None else par_role
    return [t for t in TRANSITIONS
            if demande.etat in t.de and t.action in ACTIONS and any(role in par_role for role in t.qui)]


def actes_possibles(demande, agent, par_role=None):
    """The names in ACTES this agent may do now, in the order of ACTES."""
    par_role = roles(demande, agent) if par_role is None else par_role
    return [nom for nom, acte in ACTES.items()
            if any(role in par_role for role in acte.qui) and acte.quand.vrai(demande)]


INCONNUE = 'Cette action n\'existe pas.'
PAS_VOTRE_ROLE = 'Cette action n\'est pas ouverte à votre rôle dans cette demande.'


def permettre(demande, nom, agent):
    """The id in whose name this agent does an act of ACTES; Refus 404 unknown, 403 not theirs, 409 not open now."""
    if nom not in ACTES:
        raise Refus(INCONNUE, 404)
    acte, par_role = ACTES[nom], roles(demande, agent)
    role = next((role for role in acte.qui if role in par_role), None)
    if role is None:
        raise Refus(PAS_VOTRE_ROLE, 403)
    if not acte.quand.vrai(demande):
        raise Refus(f'«\u00a0{acte.bouton}\u00a0» n\'est plus possible\u00a0: la demande a changé. '
                    'Rien n\'est enregistré.', 409)
    return par_role[role]


def transition(demande, action, agent):
    """(Transition, id in whose name) of an action; Refus: 404 unknown, 403 not theirs, 409 wrong statut."""
    lignes = [t for t in TRANSITIONS if t.action == action] if action in ACTIONS else []
    if not lignes:
        raise Refus(INCONNUE, 404)
    par_role = roles(demande, agent)
    if not any(role in par_role for t in lignes for role in t.qui):
        raise Refus(PAS_VOTRE_ROLE, 403)
    ici = [t for t in lignes if demande.etat in t.de]
    if not ici:
        raise Refus(f'La demande est au statut «\u00a0{STATUTS[demande.statut]}\u00a0»\u00a0: '
                    f'«\u00a0{lignes[0].bouton}\u00a0» n\'est plus possible. Rien n\'a été enregistré.', 409)
    for t in ici:
        for role in t.qui:
            if role in par_role:
                return t, par_role[role]
    raise Refus(PAS_VOTRE_ROLE, 403)


def reception(demande):
    """The Transition that confirms the reception waited for, or None."""
    return next((t for t in TRANSITIONS if t.action == 'receptionner' and demande.etat in t.de), None)


def demarre_par(demande, par_role):
    """The role by which who notes a « joint » may start the accompaniment in the same act, which confirms a reception
    that waited; '' for none (regles.md §4). par_role: roles().
    """
    attendue = reception(demande)
    etat = attendue.vers if attendue else demande.etat
    qui = [role for t in TRANSITIONS if t.action == 'demarrer' and etat in t.de for role in t.qui]
    return next((role for role in qui if role in par_role), '')


# A demande as its page reads it, with which of these tables say anything of it: of the others nothing is asked.
SUIVIE = """SELECT demande.*, EXISTS (SELECT 1 FROM jalon WHERE demande_id = numero) AS a_jalons,
                   EXISTS (SELECT 1 FROM reunion WHERE demande_id = numero) AS a_reunions,
                   EXISTS (SELECT 1 FROM lettre_demande WHERE demande_id = numero) AS a_lettre FROM demande"""


def demande_du_jeton(jeton):
    """The demande of a tracking link, or None when unknown or expired (12 months after closing)."""
    demande = next(iter(Demande.raw(f'{SUIVIE} WHERE jeton = ?', jeton)), None)
    return None if demande is None or lien_expire(demande.clos_le) else demande


def lien_expire(clos_le):
    """True once a tracking link opens nothing any more."""
    if not clos_le:
        return False
    clos = a_paris(clos_le)
    jour = 28 if (clos.month, clos.day) == (2, 29) else clos.day
    return a_paris(maintenant()) > clos.replace(year=clos.year + 1, day=jour)


def equipe(demande, *role):
    """The active agents of a demande's team, in order; of the given roles only, if any."""
    parmi = f'AND role IN ({", ".join("?" * len(role))})' if role else ''
    return list(dict.fromkeys(lire_agents(
        f"""JOIN membre ON membre.agent_id = agent.id WHERE membre.demande_id = ? AND agent.actif {parmi}
            ORDER BY membre.role, membre.rang, membre.id""", demande.numero, *role)))


# ---- Who is there: absences, accounts never opened, who acts meanwhile (regles.md §1, §3) ----

# presents: ids of the agents that are there in person; joignables: with those whose suppléant or delegataire is;
# json: the latter, for « IN (SELECT value FROM json_each(?)) ».
Presence = namedtuple('Presence', 'presents joignables json')


@gardee
def presence(jour=None, restreinte=False):
    """The Presence of a day, today by default: an account never opened is absent. restreinte: as remplacants()."""
    ouverts = {id_ for id_, in db.execute_sql(f'SELECT id FROM agent WHERE {CONTRIBUE} AND ouvert_le IS NOT NULL')}
    presents = ouverts - absences(jour).keys()
    joignables = presents | {titulaire for par, titulaire in remplacants(jour, restreinte) if par in presents}
    return Presence(presents, joignables, json.dumps(sorted(joignables)))


@gardee
def absences(jour=None):
    """{agent id: Absence} of those away on a day."""
    lues = Absence.raw(f'SELECT * FROM absence WHERE {EN_COURS} ORDER BY id', jour or aujourdhui())
    return {absence.agent_id: absence for absence in lues}


@gardee
def remplacants(jour=None, restreinte=False):
    """[(id of who acts, id of whom for)] on a day: the suppléants of the absent, then the delegataires.

    restreinte: in a restricted demande, which waits for a yes when another named the suppléant (regles.md §1).
    """
    return db.execute_sql(
        f"""SELECT suppleant_id, agent_id FROM absence
              WHERE suppleant_id IS NOT NULL AND {EN_COURS} AND restreintes >= ?2
            UNION ALL SELECT par_id, pour_id FROM delegation WHERE {EN_COURS}""",
        (jour or aujourdhui(), int(restreinte))).fetchall()


def agissent_pour():
    """{id of who is away: id of who acts for them, there in person}: the suppléant before the délégataire."""
    presents = presence().presents
    return {titulaire: par for par, titulaire in reversed(remplacants())
            if titulaire not in presents and par in presents}


@gardee
def pilotes_presents(direction_id):
    """The ids of the pilotes of a direction who are there in person."""
    lus = db.execute_sql('SELECT id FROM agent WHERE pilote AND direction_id = ? ORDER BY id', (direction_id,))
    return [id_ for id_, in lus if id_ in presence().presents]


def en_poste(par_role, direction_id, restreinte):
    """{role: ids} of the team, of those who are there or whose suppléant is. The pilotes of its direction, when no chef
    is (§3); a restricted demande goes past them, to the administrateurs: a pilote does not read it.

    par_role: {role: ids} of the active members.
    """
    joignables = presence(None, bool(restreinte)).joignables
    la = {role: [id_ for id_ in ids if id_ in joignables] for role, ids in par_role.items()}
    if par_role.get('chef_de_file') and not la['chef_de_file'] and not restreinte:
        la['chef_de_file'] = pilotes_presents(direction_id)
    return la


def _chefs_en_poste(demande):
    chefs = [chef.id for chef in equipe(demande, 'chef_de_file')]
    return en_poste({'chef_de_file': chefs}, demande.direction_id, demande.restreinte)['chef_de_file']


# ---- What is expected, of whom, and what is late: rules on plain values (regles.md §2, §3, §5, §8) ----

def qui_agit(statut, clos_le, par_role, administrateurs):
    """Who must act: (those who hold the role waited for, those who stand in when nobody holds it); one is empty.

    par_role: {role: [who]} of the team, without those who are away (en_poste). Never both empty on an open demande,
    unless there is no administrateur at all (regles.md §3).
    """
    role = None if clos_le else QUI[statut].qui
    if role is None:
        return [], []
    if role == 'administrateur':
        return administrateurs, []
    titulaires = par_role.get(role, [])
    return titulaires, [] if titulaires else par_role.get('chef_de_file') or administrateurs


def agents_qui_agissent(demande):
    """qui_agit() of a demande, as Agents."""
    par_role = {'chef_de_file': [], 'referent': []}
    for role, id_ in db.execute_sql(
            """SELECT role, agent_id FROM membre JOIN agent ON agent.id = agent_id
               WHERE demande_id = ? AND role <> 'associe' AND actif ORDER BY role, rang, membre.id""",
            (demande.numero,)):
        par_role[role].append(id_)
    la = en_poste(par_role, demande.direction_id, demande.restreinte)
    groupes = qui_agit(demande.statut, demande.clos_le, la, _administrateurs_en_poste())
    ids = [*groupes[0], *groupes[1]]
    lus = {a.id: a for a in lire_agents(f'WHERE agent.id IN ({", ".join("?" * len(ids))})', *ids)} if ids else {}
    return tuple([lus[id_] for id_ in groupe] for groupe in groupes)


def _administrateurs_en_poste():
    """The ids of those who are there, or whose suppléant is; of all when none is."""
    tous = [id_ for id_, in db.execute_sql('SELECT id FROM agent WHERE administrateur AND actif ORDER BY id')]
    return [id_ for id_ in tous if id_ in presence().joignables] or tous


def qui_doit_agir(demande):
    """The agents who must act next: never empty for an open demande, as long as there is an administrateur."""
    titulaires, repreneurs = agents_qui_agissent(demande)
    return titulaires or repreneurs


# The lines of the revue annuelle that is open and that are still of the catalogue.
DE_LA_REVUE = """
    FROM campagne_reponse AS une JOIN campagne ON campagne.id = campagne_id AND close_le IS NULL
    LEFT JOIN fiche ON fiche.id = fiche_id LEFT JOIN contenu ON contenu.id = contenu_id
    WHERE coalesce(fiche.etat IN ('publiee', 'suspendue'), contenu.etat = 'publie')"""


@gardee
def attendus_a_la_revue():
    """{id of a line that nobody has answered: ids of who is asked}."""
    return repondants(db.execute_sql(
        f"SELECT une.id, fiche.id, direction_id, contenu.agent_id {DE_LA_REVUE} AND reponse = ''").fetchall())


def repondants(lignes):
    """{key: ids of who says that it is right} of [(key, fiche id or None, its direction, author of a ressource)]: of a
    fiche its chefs, else the pilotes of its direction, else the administrateurs, as of a demande (regles.md §3); of a
    ressource its author, else they.
    """
    if not lignes:
        return {}
    chefs, attendus, la, admins = {}, {}, presence().joignables, _administrateurs_en_poste()
    for fiche, agent in db.execute_sql('SELECT fiche_id, agent_id FROM pilotage ORDER BY rang, agent_id'):
        chefs.setdefault(fiche, []).append(agent)
    for ligne, fiche, direction, auteur in lignes:
        siens = [id_ for id_ in (chefs.get(fiche, ()) if fiche else [auteur]) if id_ in la]
        attendus[ligne] = siens or (pilotes_presents(direction) if fiche else []) or admins
    return attendus


def acte_attendu(statut, contact_le, sauf=()):
    """The act or transition expected now of who holds the role that is waited for, '' when none is; sauf: left out."""
    faits = {*sauf, 'contact'} if contact_le else sauf
    return next((acte for acte in QUI[statut].actes if acte not in faits), '')


def dire_a_faire(statut, clos_le, contact_le, remplacent=False, accord=None):
    """What is to be done at this statut by who must act, '' when nothing is: its first two acts, in words.

    remplacent: they stand in for a role that nobody holds any more, or that is away; accord: accord_de() the demande.
    """
    if clos_le or not QUI[statut].qui:
        return ''
    if remplacent:
        return A_FAIRE[SANS_TITULAIRE[QUI[statut].qui]]
    premier = acte_attendu(statut, contact_le)
    second = acte_attendu(statut, contact_le, (premier,))
    dits = [A_FAIRE[acte] for acte in (premier, second) if acte]
    return ', puis '.join([ACCEPTER, *dits[1:]] if a_accepter(statut, accord) else dits)


# Of the last orientation of a demande: « accord », « a_recueillir » (regles.FAITS); NULL when it never was oriented.
ACCORD = """SELECT journal.fait FROM journal
            WHERE journal.demande_id = demande.numero AND journal.fait IN ('accord', 'a_recueillir')
            ORDER BY journal.cree_le DESC, journal.id DESC LIMIT 1"""

# Of a demande, its last line that somebody wrote; imported before its journal: its deposit.
LIGNE_LE = """coalesce((SELECT max(journal.cree_le) FROM journal WHERE journal.demande_id = demande.numero
                              AND journal.fait <> 'automatique'), demande.depose_le)"""


# The day of its first step that is not done: what triggers keep as prochaine_etape_le.
PREMIERE_ETAPE = """SELECT pour_le FROM jalon WHERE jalon.demande_id = demande.numero AND fait_le IS NULL
                    ORDER BY rang, jalon.id LIMIT 1"""


def accord_de(demande):
    return db.execute_sql(f'SELECT ({ACCORD}) FROM demande WHERE numero = ?', (demande.numero,)).fetchone()[0]


def a_accepter(statut, accord):
    """True while the chefs a demande was oriented to have not said whether they accept it: receiving it is a yes."""
    return statut == 'attribue_chef' and accord == 'a_recueillir'


def dire_reception(statut, accord):
    return 'à accepter' if a_accepter(statut, accord) else 'réception à confirmer'


def a_receptionner(statut):
    """True while a reception is to be confirmed."""
    return statut.startswith('attribue_')


def rappel_attendu(echeance, contact_le, clos_le):
    """The day by which the demandeur is to be called, while they are not reached; else None."""
    return None if contact_le or clos_le else echeance


def en_retard(echeance, contact_le, clos_le, jour):
    """True once the day told to the demandeur has passed without their being reached."""
    attendu = rappel_attendu(echeance, contact_le, clos_le)
    return bool(attendu and attendu < jour)


def a_dire_aux_administrateurs(echeance, jour, fermes):
    """True when a lateness is old enough, in working days, for the administrateurs to be told."""
    return jours_ouvres_entre(echeance, jour, fermes) >= JOURS_AVANT_ADMINISTRATEURS


def est_ouvert(ouvert_le, jour):
    """True from the day the service is declared open (a setting) on: before it, the platform reminds nobody, and takes
    demandes only from who is signed in, as essais.
    """
    return bool(ouvert_le) and ouvert_le <= jour


def bandeau_du_jour(jour, reglages):
    """The dated banner (closing, breakdown) as the pages of a day say it, '' outside its days."""
    montre = reglages.get('bandeau') and reglages['bandeau_du'] <= jour <= reglages['bandeau_au']
    return reglages['bandeau'] if montre else ''


def question_due(echeance, contact_le, clos_le, ouvert_le, jour, fermes):
    """True when the mairie is to be asked « Avez-vous été rappelé·e ? »: a working day, once the date has passed
    without their being reached, if it passed after the opening; whoever must act, the promise holds.
    """
    return (en_retard(echeance, contact_le, clos_le, jour) and est_ouvert(ouvert_le, echeance)
            and ouvre(date.fromisoformat(jour), fermes))


def question_ouverte(echeance, contact_le, clos_le, question_le, jour):
    """True while the tracking page takes an answer to it, which may be changed: until the closing."""
    passee = echeance and echeance < jour and not clos_le
    return bool(passee and (question_le or not contact_le))


def a_verifier(rappele, rappele_le, dernier_acte_le):
    """True when the mairie answered « pas encore » and the team has written nothing since.

    dernier_acte_le: instant of the last line that an agent wrote in the journal (a contact is one), or None.
    """
    return rappele == 'pas_encore' and (dernier_acte_le or '') < (rappele_le or '')


def attente_finie(attente_au, inconnue_le, jour):
    """True once the day before which the collectivité was to answer has come, and nothing did, not even apart."""
    return bool(attente_au and attente_au < jour and not inconnue_le)


def suspendue_au(etape_le, attente_au):
    """The day before which no reminder of a silent journal leaves: the next step, the answer that is waited for."""
    return max(etape_le or '', attente_au or '')


def silencieuse(statut, derniere_le, promesse, suspendue, jour):
    """True for an accompaniment whose journal says nothing any more: for 30 days, 90 for a « projet complexe ».

    derniere_le: instant of its last line; promesse: of the demande, else of its fiche (a cas 2 has no clock), or None;
    suspendue: suspendue_au().
    """
    if statut != 'en_cours' or suspendue >= jour:
        return False
    return jour_de(derniere_le) <= plus_jours(jour, -PROMESSES[promesse or COMPLEXE].silence)


def ordre_du_jour(echeance, a_tenir, signale_le, jour):
    """Where a demande stands in a day, the most pressing first: (rank, day).

    echeance: None once called, or closed; a_tenir: the date to keep, or None; signale_le: since when somebody waits for
    a word (a message, a mail not delivered), or None. Late, then near, then signalled, then by the first day.
    """
    if echeance and echeance < jour:
        return 0, echeance
    premier = min((d for d in (echeance, a_tenir) if d and d >= jour), default='9')
    if premier <= plus_jours(jour, JOURS_PROCHES):
        return 1, premier
    return (2, signale_le) if signale_le else (3, premier)


def promesse_proche(echeance, contact_le, a_tenir, jour, fermes):
    """True when something promised is due by the next working day, or is past: nothing may hide it."""
    demain = date.fromisoformat(jour) + timedelta(days=1)
    while not ouvre(demain, fermes):
        demain += timedelta(days=1)
    a_rappeler = echeance and not contact_le and echeance <= demain.isoformat()
    return bool(a_rappeler or (a_tenir and jour <= a_tenir <= demain.isoformat()))


def de_cote(jusqu_au, mis_le, reveil_le, promise, jour):
    """True while a demande put aside stays there: until its day, a message, a new référent or a promise due.

    reveil_le: the last of what brings it back (cote.REVEIL), or None; promise: promesse_proche().
    """
    return bool(jusqu_au and jusqu_au > jour and (reveil_le or '') < mis_le and not promise)
