"""The list of the demandes: what may be asked of it, its rows, how many there are (regles.md §9).

A list, its counts, its export and later its figures are the same code, within what the agent may read (lisibles_par).
"""
import functools
import json
import re
from collections import namedtuple

import models
import langue
from models import Refus, db

from verbes import etiquettes, perimetre, questions, regles


def _parmi(table):
    return lambda v: v in table


AUCUNE = 'aucune'                                                   # without a theme, a fiche, an EPCI


def _entier(v):
    return bool(re.fullmatch(r'[1-9][0-9]{0,17}', v))


def _des_entiers(v):
    """« 12 », or several, « 12,15 »."""
    return bool(re.fullmatch(r'[1-9][0-9]{0,8}(,[1-9][0-9]{0,8}){0,30}', v))


def _d_epci(v):
    """None, or some, each an EPCI: of any other collectivité, the figures would be those of one commune."""
    return v == AUCUNE or (_des_entiers(v) and {int(id_) for id_ in v.split(',')} <= perimetre.lire().intercommunales)


# A whole number of ten digits among words, in any usual writing; the beginning of one, alone.
TELEPHONE = re.compile(r'(?<![\w+])(?:(?:\+|00)\s?33[\s.\-/()]*0?|0)[\s.\-/()]*[1-9](?:[\s.\-/()]*[0-9]){8}(?![0-9])')
DEBUT_DE_TELEPHONE = re.compile(r'0[1-9](?:[ .\-]?[0-9]){1,7}')


def _en_mots(saisie):
    """What MATCH is given: every word, the last one by its beginning; no raw input. The whole name of a collectivité
    finds its other ones too, before or after a merger.
    """
    telephones = [langue.telephone(trouve) for trouve in TELEPHONE.findall(saisie)]
    mots = langue.normaliser(TELEPHONE.sub(' ', saisie)).split()[:12]
    if DEBUT_DE_TELEPHONE.fullmatch(saisie.strip()):
        telephones, mots = [re.sub('[^0-9]', '', saisie)], []
    cherches = [f'"{mot}"' for mot in mots]
    if cherches:
        cherches[-1] += '*'
    tous = ' AND '.join([*map(_en_telephone, telephones), *cherches])
    noms = perimetre.autres_noms(langue.normaliser(saisie)) if tous else ()
    return ' OR '.join([f'({tous})', *(f'(collectivite : "{nom}")' for nom in noms)]) if noms else tous


def _en_telephone(chiffres):
    """As the base has it (« 0536490031 »), and two by two, as the journal or a message may say it."""
    deux_par_deux = ' '.join(chiffres[i:i + 2] for i in range(0, len(chiffres), 2))
    return f'("{chiffres}"* OR "{deux_par_deux}"*)'


SANS_CONTACT = 'demande.clos_le IS NULL AND demande.premier_contact_le IS NULL'
DE_CELLES_CI = 'demande.collectivite_id IN (SELECT value FROM json_each(?))'


def _parmi_les(condition, index=''):
    """Through the index of the condition (named, where SQLite would scan another), then in the order of the numbers."""
    return f'demande.numero IN (SELECT numero FROM demande {index} WHERE {condition})'


# Is it valid, its condition (or what gives it and its values, of the value asked), what each « ? » of it is given, its
# condition when « chef » narrows it, what each « ? » is given in the former perimeter (« perimetre »).
Condition = namedtuple('Condition', 'valable sql valeur chef avant', defaults=(str, '', None))


def _dans_equipe(colonne):
    """In the team of the demande, this agent, direction or structure; as a chef de file, when « chef » narrows it."""
    debut = f'demande.numero IN (SELECT membre.demande_id FROM membre WHERE membre.{colonne} = ?'
    return Condition(_entier, f'{debut})', chef=f"{debut} AND membre.role = 'chef_de_file')")


def _du_catalogue(colonne):
    """Of this theme or fiche, or of none."""
    return Condition(lambda v: v == AUCUNE or _entier(v), lambda v: (
        (f'demande.{colonne} IS NULL', []) if v == AUCUNE else (f'demande.{colonne} = ?', [int(v)])))


def _avec(v):
    """Of the demandes that this structure works on too, or that one structure works on alone (« aucune »)."""
    if v == AUCUNE:
        return """(SELECT count(DISTINCT membre.structure_id) FROM membre
                   WHERE membre.demande_id = demande.numero) = 1""", []
    return 'demande.numero IN (SELECT membre.demande_id FROM membre WHERE membre.structure_id = ?)', [v]


# One's own: in the team oneself, or who one acts for; what waits for the administrateurs, for who acts as one.
# « ? » is given the ids of these (_pour).
DES_SIENS = 'agent_id IN (SELECT value FROM json_each(?))'
SIENNES = f'SELECT membre.demande_id FROM membre WHERE membre.{DES_SIENS}'
TENUES_PAR = f'demande.numero IN ({SIENNES})'                       # in the team of which those named are
AUX_ADMINISTRATEURS = """SELECT numero FROM demande WHERE clos_le IS NULL
                         AND statut IN ('attribue_admin', 'receptionne_admin', 'rejete')"""


def _nom(v):
    return len(v) <= 100


def _du_territoire(colonne):
    """The condition on the collectivités of an arrondissement, a canton…: of what each is part of today, but in the
    former perimeter.
    """
    def ids(nom, avant=False):
        return json.dumps(_ids_du_territoire(colonne, avant).get(nom, []))
    return Condition(_nom, DE_CELLES_CI, ids, avant=functools.partial(ids, avant=True))


@models.gardee
def _ids_du_territoire(colonne, avant):
    """{name: ids}. A new commune of which nothing is said yet is where those that it has replaced were; but for the
    canton: one each, so that lines add up (regles.md §7).
    """
    noms = dict(db.execute_sql(f'SELECT id, {colonne} FROM collectivite ORDER BY id').fetchall())
    if colonne == 'canton':
        noms = {id_: dire_canton(nom) for id_, nom in noms.items()}
    ids = {}
    for id_, nom in noms.items():
        lieux = {nom}
        if not avant:
            la = perimetre.actuelle(id_)
            entier = noms[la] or colonne == 'canton'
            lieux = {noms[la]} if entier else {noms[ancienne] for ancienne in perimetre.famille(id_)}
        for lieu in lieux:
            ids.setdefault(lieu, []).append(id_)
    return ids


PLUSIEURS_CANTONS = 'plusieurs cantons'


def dire_canton(nom):
    """The canton of a collectivité, as it is filtered and counted; of « A, B », several, a line of its own."""
    return PLUSIEURS_CANTONS if ',' in nom else nom.strip()


@models.gardee
def cantons(avant=False):
    """{id of a collectivité: its canton}, of those that have one."""
    return {id_: nom for nom, ids in _ids_du_territoire('canton', avant).items() if nom for id_ in ids}


def _du_canton(v, avant=False):
    """(the condition, its values) of the demandes of a canton, of several of them, or of none (« aucune »)."""
    if v == AUCUNE:
        return f'NOT coalesce({DE_CELLES_CI}, 0)', [json.dumps(list(cantons(avant)))]
    return DE_CELLES_CI, [json.dumps(_ids_du_territoire('canton', avant).get(v, []))]


def _des_epci(v, avant=False):
    """(the condition, its values) of the demandes of some EPCI and of what is in them, or of none (« aucune »)."""
    if v == AUCUNE:
        siens = [id_ for epci in perimetre.par_epci(avant).values() for id_ in epci]
        return f'NOT coalesce({DE_CELLES_CI}, 0)', [json.dumps(siens)]
    return DE_CELLES_CI, [json.dumps(
        [id_ for epci in v.split(',') for id_ in perimetre.de_l_epci(int(epci), avant)])]


# The day of a line of the journal: the one that its act is said to be of, else the one it was written on.
ACTE_LE = 'coalesce(journal.acte_le, jour_de(journal.cree_le))'
# « À temps » (regles.md §11): of the demandes that have a promise, what was kept of it by the day of the échéance.
# « ? » is today. Those oriented too late for it to be kept are apart.
APPELEE = f"""EXISTS (SELECT 1 FROM journal WHERE journal.demande_id = demande.numero
                         AND journal.nature IN {regles.JOINDRE} AND {ACTE_LE} <= demande.echeance)"""
JOINTE = 'coalesce(demande.premier_contact_le <= demande.echeance, 0)'
CLOSE_AVANT = 'coalesce(jour_de(demande.clos_le) <= demande.echeance, 0)'
TARD = 'demande.numero IN (SELECT value FROM json_each(?))'
TEMPS = {                                                           # code: (words, condition); the first that holds
    'tardive': ('orientée à moins de trois jours ouvrés de l\'échéance', TARD),
    'jointe':  ('jointe à temps', JOINTE),
    'appelee': ('appelée à temps, pas encore jointe', APPELEE),
    'close':   ('close avant l\'échéance, sans appel', CLOSE_AVANT),
    'aucun':   ('aucun appel dans le délai', 'demande.echeance < ?'),
    'a_venir': ('échéance à venir, pas encore appelée', '1'),
}
CALCUL, DANS_LE_CALCUL = 'calcul', ('jointe', 'appelee', 'aucun')  # those that a rate is of, under one code
PROMISE = "demande.origine = 'plateforme' AND demande.echeance IS NOT NULL"
JOURS_POUR_APPELER = 3                                              # working days left when it is oriented


def etat_du_temps():
    """(SQL text, its values) that gives the code of TEMPS of a demande, '' of one that has no promise."""
    cas = ' '.join(f"WHEN {condition} THEN '{code}'" for code, (_, condition) in TEMPS.items())
    return f"iif({PROMISE}, CASE {cas} END, '')", [orientees_tard(), langue.aujourdhui()]


def _de_ce_temps(code):
    etat, valeurs = etat_du_temps()
    if code == CALCUL:
        return f'{etat} IN {DANS_LE_CALCUL}', valeurs
    return f'{etat} = ?', [*valeurs, code]


@models.une_fois
def orientees_tard():
    """The demandes that an agent has oriented last with fewer than JOURS_POUR_APPELER working days left, as JSON."""
    orientations = db.execute_sql(
        """SELECT demande.numero, max(journal.cree_le), demande.echeance FROM journal
           JOIN demande ON demande.numero = journal.demande_id AND demande.echeance IS NOT NULL
           WHERE journal.nature = 'statut' AND journal.statut = 'attribue_chef' AND journal.agent_id IS NOT NULL
           GROUP BY demande.numero""").fetchall()
    fermes = models.jours_fermes()
    return json.dumps([numero for numero, le, echeance in orientations
                       if langue.jour_de(le) >= _trop_tard_des(echeance, fermes)])


@functools.lru_cache(maxsize=5000)
def _trop_tard_des(echeance, fermes):
    """From this day on, fewer than JOURS_POUR_APPELER working days are left up to the échéance."""
    return langue.ouvre_avant(langue.plus_jours(echeance, 1), fermes, JOURS_POUR_APPELER)


# What the mairie answered to « Avez-vous été rappelé·e ? ».
CONFIRME = {
    'oui':         "demande.rappele = 'oui'",
    'pas_encore':  "demande.rappele = 'pas_encore'",
    'sans':        "demande.question_le IS NOT NULL AND demande.rappele = ''",
    'non_demande': "demande.question_le IS NULL AND demande.rappele = ''",
}
# Was its mairie asked what it thinks of the accompaniment, did it answer: never of a restricted one
# (verbes/pilotage/evaluation.py). What it answered is no criterion: it would tell it to everyone.
DE_SON_AVIS = 'SELECT 1 FROM evaluation WHERE evaluation.demande_id = demande.numero'
AVIS = {
    'demande': f'demande.restreinte = 0 AND EXISTS ({DE_SON_AVIS})',
    'recu':    f'demande.restreinte = 0 AND EXISTS ({DE_SON_AVIS} AND evaluation.repondu_le IS NOT NULL)',
}
# Since how long an open demande is there: (days at least, days at most, or None).
AGES = {'30': (0, 30), '90': (31, 90), '180': (91, 180), 'plus': (181, None)}


def _de_cet_age(code):
    de, a = AGES[code]
    jour = langue.aujourdhui()
    sql, valeurs = 'demande.clos_le IS NULL AND demande.depose_le < ?', [
        langue.debut_du_jour(langue.plus_jours(jour, 1 - de))]
    if a is not None:
        sql += ' AND demande.depose_le >= ?'
        valeurs.append(langue.debut_du_jour(langue.plus_jours(jour, -a)))
    return sql, valeurs


def _sans_nouvelles(_):
    """questions.silencieuse(), in SQL."""
    jour = langue.aujourdhui()
    seuils = {nom: langue.plus_jours(jour, -promesse.silence) for nom, promesse in regles.PROMESSES.items()}
    return (
        f"""demande.statut = 'en_cours' AND max(coalesce(demande.prochaine_etape_le, ''),
                                                    coalesce(demande.attente_au, '')) < ?
           AND jour_de({questions.LIGNE_LE})
               <= iif(coalesce(demande.promesse,
                               (SELECT fiche.promesse FROM fiche WHERE fiche.id = demande.fiche_id)) = ?, ?, ?)""",
        [jour, regles.URGENTE, seuils[regles.URGENTE], seuils[regles.COMPLEXE]])


# « oui »: it is there; « attendu »: not yet, and the demande is open.
FAIT = {'oui': '{0} IS NOT NULL', 'attendu': 'demande.clos_le IS NULL AND {0} IS NULL'}
PROPOSITION_LE = f"""(SELECT min({ACTE_LE}) FROM journal
                     WHERE journal.demande_id = demande.numero AND journal.nature = 'proposition')"""
# Read from its index alone.
PROPOSEE = """(SELECT 1 FROM journal WHERE journal.demande_id = demande.numero AND journal.nature = 'proposition')"""
SIGNALEE = """EXISTS (SELECT 1 FROM journal WHERE journal.demande_id = demande.numero
                      AND journal.nature = 'statut' AND journal.statut = 'rejete')"""

# Names and conditions come from here, never from the request.
CONDITIONS = {
    'q':            Condition(lambda v: len(v) <= 200, '', _en_mots),        # its conditions: _source
    'statut':       Condition(_parmi(regles.STATUTS), 'demande.statut = ?'),
    'theme':        _du_catalogue('theme_id'),
    'fiche':        _du_catalogue('fiche_id'),
    'structure':    _dans_equipe('structure_id'),
    'direction':    _dans_equipe('direction_id'),
    'avec':         Condition(lambda v: v == AUCUNE or _entier(v), _avec),      # beside « structure »
    'chef':         Condition(_parmi(('oui',)), '1'),               # narrows « structure », « direction » and « agent »
    # Today's perimeter: with what it has replaced.
    'collectivite': Condition(_entier, DE_CELLES_CI, lambda v: json.dumps(perimetre.famille(int(v)))),
    'epci':         Condition(_d_epci, _des_epci, avant=functools.partial(_des_epci, avant=True)),
    'perimetre':    Condition(_parmi(('avant',)), '1'),             # « epci », « arrondissement »…: before the mergers
    'type':         Condition(_parmi(regles.TYPES), 'demande.type = ?'),
    'agent':        _dans_equipe('agent_id'),
    'retard':       Condition(_parmi(('oui',)), _parmi_les(f'echeance < ? AND {SANS_CONTACT}'),
                              lambda v: langue.aujourdhui()),
    'a_rappeler':   Condition(_parmi(('oui',)), _parmi_les(f"echeance >= '0' AND {SANS_CONTACT}")),
    'ouvertes':     Condition(_parmi(('oui',)), _parmi_les('clos_le IS NULL', 'INDEXED BY demande_ouverte')),
    'toutes':       Condition(_parmi(('oui',)), '1'),               # said, since the list opens on what is open
    'miennes':      Condition(_parmi(('oui',)), ''),                # said for an agent: _pour
    'a_confirmer':  Condition(_parmi(('oui',)), _parmi_les('interlocuteur_depuis IS NOT NULL')),
    'attente':      Condition(_parmi(('oui',)), _parmi_les('attente_au IS NOT NULL')),
    'a_repondre':   Condition(_parmi(('oui',)), _parmi_les('message_le IS NOT NULL')),
    'reprise':      Condition(_parmi(('oui',)), _parmi_les('reprise = 1', 'INDEXED BY demande_reprise')),
    'essai':        Condition(_parmi(('oui',)), _parmi_les('essai = 1', 'INDEXED BY demande_essai')),
    'depuis':       Condition(langue.un_jour, _parmi_les('depose_le >= ?'), langue.debut_du_jour),
    'jusqua':       Condition(langue.un_jour, _parmi_les('depose_le < ?'),
                              lambda v: langue.debut_du_jour(langue.plus_jours(v, 1))),
    # What the figures ask besides (regles.md §11): of the list too, since a figure opens the list behind it.
    'comptees':     Condition(_parmi(('oui',)), 'demande.essai = 0 AND demande.reprise = 0 '
                              f'AND demande.issue NOT IN {tuple(regles.ECARTS)}'),
    # The volumes: those taken over from before too.
    'recues':       Condition(_parmi(('oui',)), f'demande.essai = 0 AND demande.issue NOT IN {tuple(regles.ECARTS)}'),
    'origine':      Condition(_parmi(('plateforme', 'direct')), 'demande.origine = ?'),
    'restreinte':   Condition(_parmi(('oui',)), 'demande.restreinte = 1'),
    'delai':        Condition(_parmi((*regles.PROMESSES, *regles.D_AVANT)), 'demande.promesse = ?',
                              lambda v: regles.D_AVANT.get(v, v)),
    'echue_depuis': Condition(langue.un_jour, 'demande.echeance >= ?'),
    'echue_jusqua': Condition(langue.un_jour, 'demande.echeance <= ?'),
    'temps':        Condition(_parmi((*TEMPS, CALCUL)), _de_ce_temps),
    'confirme':     Condition(_parmi(CONFIRME), lambda v: (CONFIRME[v], [])),
    'age':          Condition(_parmi(AGES), _de_cet_age),
    'issue':        Condition(_parmi((*regles.ISSUES, *regles.ECARTS, *regles.REPONSES)), 'demande.issue = ?'),
    'ampleur':      Condition(_parmi(regles.AMPLEURS), 'demande.ampleur = ?'),
    'avis':         Condition(_parmi(AVIS), lambda v: (AVIS[v], [])),
    'sans_nouvelles': Condition(_parmi(('oui',)), _sans_nouvelles),
    'contact':      Condition(_parmi(FAIT), lambda v: (FAIT[v].format('demande.premier_contact_le'), [])),
    'proposition':  Condition(_parmi(FAIT), lambda v: (FAIT[v].format(PROPOSEE), [])),
    'signalee':     Condition(_parmi(('oui', 'orientee')), lambda v: (
        SIGNALEE + " AND demande.statut <> 'rejete'" * (v == 'orientee'), [])),
    'arrondissement': _du_territoire('arrondissement'),
    'canton':       Condition(_nom, _du_canton, avant=functools.partial(_du_canton, avant=True)),
    'petr':         _du_territoire('petr'),
    'secteur':      _du_territoire('secteur'),
}

POUR_UN_AGENT = {
    'siennes':      Condition(None, f'demande.numero IN ({SIENNES})'),
    'administrees': Condition(None, f'demande.numero IN ({SIENNES} UNION {AUX_ADMINISTRATEURS})'),
}


# name: its column. The newest number comes first in any case of equality.
TRIS = {'numero': '', 'statut': 'demande.statut', 'echeance': 'demande.echeance', 'type': 'demande.type',
        'collectivite': 'demande.collectivite_tri'}
COMPTE_MAX = 5_000                     # twenty years of a département; beyond, a list says « plus de 5 000 »


def numero_cherche(q):
    """« 1083 » or « n° 1083 » → 1083, None for words."""
    trouve = re.fullmatch(r'(?:n\s*[°o]\s*)?([1-9][0-9]{0,17})', q.lower())
    return int(trouve[1]) if trouve else None


# What would measure who is in the team (EN_CLAIR); what says the delays of a set of demandes (regles.md §7, §11).
DES_DELAIS = {'temps', 'confirme', 'contact', 'proposition'}
RETARD_D_AUTRUI = (
    'Le retard d\'une autre personne ne se cherche pas\u00a0: personne n\'est mesuré. Retirez l\'un des deux filtres, '
    '«\u00a0{}\u00a0» ou «\u00a0Agent dans l\'équipe\u00a0», ou revenez à la liste des demandes.')
EN_CLAIR = {'retard': 'En retard', 'sans_nouvelles': 'Sans nouvelles', 'temps': 'Rappel', 'contact': 'Premier contact',
            'confirme': 'Rappel confirmé par la mairie', 'proposition': 'Proposition'}
DELAIS_D_AUTRUI = ('Les délais d\'une structure ne sont montrés qu\'à ses agents et aux administrateurs\u00a0: '
                   'ces demandes sont toutes d\'une même autre structure.')


def _pour(agent, criteres):
    """The criteria, with whose « one's own » are; Refus 403 for what would measure somebody else, or another structure
    (regles.md §7, §11).
    """
    vise = int(criteres.get('agent') or agent.id)
    mesures = [nom for nom in EN_CLAIR if nom in criteres]
    if mesures and vise not in agent.identites and not agent.administre:
        raise Refus(RETARD_D_AUTRUI.format(EN_CLAIR[mesures[0]]), 403)
    criteres = {nom: valeur for nom, valeur in criteres.items() if nom != 'toutes'}
    if 'miennes' in criteres:
        autres = {nom: valeur for nom, valeur in criteres.items() if nom != 'miennes'}
        criteres = autres | {'administrees' if agent.administre else 'siennes': json.dumps(sorted(agent.identites))}
    if DES_DELAIS & criteres.keys() and (tus := delais_tus(agent, criteres)):
        raise Refus(tus, 403)
    # A name would measure who bears it, too.
    nommes = agents_nommes(criteres['q']) if 'q' in criteres and not mesures else ()
    return criteres | {'nommes': json.dumps(nommes)} if nommes else criteres


def agents_nommes(q):
    """The ids of the agents that a search names: « Claude Témoin », « temoin claude », « Témoin »."""
    cherche = langue.normaliser(q)
    return [id_ for id_, libelle in etiquettes.libelles()['agent'].items()
            if cherche and _porte(langue.ordre_alphabetique(libelle.nom), cherche)]


def _porte(nom, cherche):
    """True when it is the whole name, from any of its words on, or its end."""
    return nom.endswith(f' {cherche}') or (len(nom) == len(cherche) and f' {cherche} ' in f' {nom} {nom} ')


# Who reads: their structures, none for a « lecteur »; the condition on what they read, (SQL text, its values).
Lecteur = namedtuple('Lecteur', 'administre structures lisible')


def lecteur(agent):
    """The Lecteur that an agent is: plain values, that what is kept may be kept for."""
    if isinstance(agent, Lecteur):
        return agent
    lisible = questions.lisibles_par(agent)
    connus = etiquettes.libelles()['agent']
    siennes = set() if agent.lecteur_au else {connus[i].parent for i in agent.identites if i in connus}
    return Lecteur(agent.administre, tuple(sorted(siennes)), (lisible.sql, tuple(lisible.params)))


def ouvre_les_listes(qui):
    """False of the Lecteur that a « lecteur » is: figures, and no demande (regles.md §1)."""
    return bool(qui.administre or qui.structures)


def delais_tus(agent, criteres):
    """Why the delays of the demandes of these criteria are not said to this agent, in a sentence; or ''."""
    qui = lecteur(agent)
    if qui.administre:
        return ''
    visees = {int(criteres['structure'])} if 'structure' in criteres else set()
    direction = etiquettes.libelles()['direction'].get(int(criteres.get('direction', 0)))
    visees |= {direction.parent} if direction else set()
    if visees:
        return DELAIS_D_AUTRUI if visees - set(qui.structures) else ''
    parmi = {nom: valeur for nom, valeur in criteres.items() if nom not in DES_DELAIS}
    return DELAIS_D_AUTRUI if d_une_autre(_equipes(tuple(parmi.items()), qui.lisible), qui.structures) else ''


def d_une_autre(equipes, structures):
    """True when what one's own structures do not hold is all of one other structure.

    equipes: the structures of each team, as sets. The lateness of one demande is no secret, what is not shown is the
    measure of a structure.
    """
    autres = [equipe for equipe in equipes if equipe and equipe.isdisjoint(structures)]
    return bool(autres and frozenset.intersection(*autres))


STRUCTURES = "(SELECT group_concat(DISTINCT structure_id) FROM membre WHERE membre.demande_id = demande.numero)"


@models.une_fois
def _equipes(paires, lisible):
    """The structures of the teams of the demandes of these criteria, each set once."""
    source, condition, valeurs = _source(dict(paires))
    lignes = db.execute_sql(f'SELECT DISTINCT {STRUCTURES} FROM {source.tables} WHERE {condition} AND {lisible[0]}',
                            (*valeurs, *lisible[1]))
    return {frozenset(map(int, (lue or '').split(','))) if lue else frozenset() for lue, in lignes}


# The places of a team that may be read first, the narrowest first; but where few demandes are asked for.
PLACES = {'siennes': f'place.{DES_SIENS}', 'agent': 'place.agent_id = ?', 'direction': 'place.direction_id = ?',
          'structure': 'place.structure_id = ?'}
PEU = {'q', 'retard', 'a_rappeler', 'ouvertes', 'reprise'}
# So few that beside one of them words, a team, a statut are asked of each demande.
TRES_PEU = {'retard', 'a_rappeler', 'a_confirmer', 'attente', 'a_repondre', 'essai', 'collectivite'}
PARMI_LES_MOTS = 'demande.numero IN (SELECT rowid FROM recherche WHERE recherche MATCH ?)'
EN_MOTS = 'EXISTS (SELECT 1 FROM recherche WHERE recherche.rowid = demande.numero AND recherche MATCH ?)'
A_SA_PLACE = 'EXISTS (SELECT 1 FROM membre AS place WHERE place.demande_id = demande.numero AND {})'
# Numbers and days of deposit go nearly together.
DATES = {'depuis': '>=', 'jusqua': '<'}


@models.une_fois
def _borne(nom, instant):
    """The first number that was deposited since an instant (« depuis »), what follows the last one before it."""
    trouve, sinon = {'depuis': ('min(numero)', 1 << 62), 'jusqua': ('max(numero) + 1', 0)}[nom]
    return db.execute_sql(f'SELECT coalesce({trouve}, {sinon}) FROM demande INDEXED BY demande_depot '
                          f'WHERE depose_le {DATES[nom]} ?', (instant,)).fetchone()[0]


def lire_valeur(nom, valeur):
    """The id, the code or None (« aucune ») that a value of a criterion says."""
    if valeur == AUCUNE:
        return None
    return int(valeur) if re.fullmatch('[1-9][0-9]*', valeur) else valeur


def dire_condition(nom, criteres):
    """(SQL text, its values) of one of the criteria: of the list, of its counts, of the figures."""
    condition, valeur = CONDITIONS.get(nom) or POUR_UN_AGENT[nom], criteres[nom]
    avant = condition.avant if 'perimetre' in criteres else None
    if callable(condition.sql):
        return (avant or condition.sql)(valeur)
    texte = condition.chef if condition.chef and 'chef' in criteres else condition.sql
    return texte, [(avant or condition.valeur)(valeur)] * texte.count('?')


# Where the demandes are looked for: the table that is read first, their number in its index, all that is read.
Source = namedtuple('Source', 'premiere numero tables')
TOUTES = Source('demande', 'demande.numero', 'demande')
DES_MOTS = Source('recherche', 'recherche.rowid', 'recherche CROSS JOIN demande ON demande.numero = recherche.rowid')
DES_PLACES = Source('membre AS place', 'place.demande_id',
                    'membre AS place CROSS JOIN demande ON demande.numero = place.demande_id')


def _source(criteres, tri=''):
    """(the Source, WHERE, values) of valid criteria.

    Words are read from their own index, a team from its places, newest first, so that what is not shown is not read
    (unless it is to be sorted); a number is looked for among the numbers and the words.
    """
    tres_peu = TRES_PEU & criteres.keys()
    seules = not (tres_peu or PEU & criteres.keys() or _tri(tri)[0])
    places = next((nom for nom in PLACES if nom in criteres), '') if seules else ''
    source, sql, valeurs = DES_PLACES if places else TOUTES, ['1'], []
    for nom in [nom for nom in criteres if nom not in ('nommes', *DATES)]:      # « nommes » is said with the words
        if nom == 'q':
            source, texte, params = _dire_les_mots(criteres, tres_peu)
        else:
            texte, params = _dire_en_liste(nom, criteres, places, tres_peu)
        sql.append(texte)
        valeurs += params
    for nom in [nom for nom in DATES if nom in criteres]:
        texte, params = _dire_un_jour(nom, criteres, source)
        sql.append(texte)
        valeurs += params
    return source, ' AND '.join(sql), valeurs


def _dire_les_mots(criteres, tres_peu):
    """(the Source, SQL text, its values) of the words of a list, with those whom they name."""
    saisis, mots = criteres['q'], CONDITIONS['q'].valeur(criteres['q'])
    if 'nommes' in criteres:
        return TOUTES, f'({PARMI_LES_MOTS} OR {TENUES_PAR})', [mots, criteres['nommes']]
    if numero_cherche(saisis):
        return TOUTES, f'(demande.numero = ? OR {PARMI_LES_MOTS})', [numero_cherche(saisis), mots]
    if not langue.normaliser(saisis):                               # « ? », « … »: no word at all
        return TOUTES, '0', []
    une_a_une = tres_peu - {'collectivite'}                         # hundreds: words are looked for at once
    return (TOUTES, EN_MOTS, [mots]) if une_a_une else (DES_MOTS, 'recherche MATCH ?', [mots])


def _dire_en_liste(nom, criteres, places, tres_peu):
    """(SQL text, its values) of another criterion of a list. places: the one whose places are read first, or ''."""
    beaucoup = nom in ('structure', 'direction') or 'q' not in criteres
    if nom in PLACES and (places or tres_peu or PEU & criteres.keys() and beaucoup):
        place = PLACES[nom] + (" AND place.role = 'chef_de_file'" if 'chef' in criteres else '')
        return place if nom == places else A_SA_PLACE.format(place), [criteres[nom]]
    texte, valeurs = dire_condition(nom, criteres)
    apres = tres_peu and nom not in tres_peu and texte.startswith('demande.')
    return f'+{texte}' if apres else texte, valeurs


def _dire_un_jour(nom, criteres, source):
    """(SQL text, its values) of a day of deposit: what is outside of its numbers is not read, unless few are."""
    instant, jour = CONDITIONS[nom].valeur(criteres[nom]), f'+demande.depose_le {DATES[nom]} ?'
    if (TRES_PEU | PEU - {'q'}) & criteres.keys():
        return jour, [instant]
    return f'{source.numero} {DATES[nom]} ? AND {jour}', [_borne(nom, instant), instant]


def _tri(tri):
    """(the column of a sort « nom » or « -nom », or ''; ASC or DESC)."""
    if tri and tri.removeprefix('-') not in TRIS:
        raise Refus('Ce tri n\'existe pas. Revenez à la liste des demandes.', 400)
    return TRIS[tri.removeprefix('-') or 'numero'], 'ASC' if tri and tri[0] != '-' else 'DESC'


def _ordre(tri, source):
    """ORDER BY of a sort, those without a value last; by number when there is none, or in any case of equality. Of
    several places in a team, the demande is there once.
    """
    colonne, sens = _tri(tri)
    if not colonne:
        une_fois = f'GROUP BY {source.numero}' if source is DES_PLACES else ''
        return f'{une_fois} ORDER BY {source.numero} {sens}'
    return f'ORDER BY {colonne} {sens} {"NULLS LAST" if sens == "ASC" else ""}, {source.numero} DESC'


def lister(agent, criteres, tri, colonnes, limite=-1, debut=0, donnees=()):
    """The rows (colonnes: SQL text; donnees: its values) of the demandes that an agent may read and that answer the
    criteria, sorted.
    """
    source, condition, valeurs = _source(_pour(agent, criteres), tri)
    lisible = questions.lisibles_par(agent)
    return db.execute_sql(
        f"""SELECT {colonnes} FROM {source.tables} WHERE {condition} AND {lisible.sql}
            {_ordre(tri, source)} LIMIT ? OFFSET ?""", (*donnees, *valeurs, *lisible.params, limite, debut))


def voisines(agent, criteres, tri, numero):
    """[the number before, the number after] of a demande (None at an end) in the list of these criteria so sorted."""
    source, condition, valeurs = _source(_pour(agent, criteres), tri)
    lisible = questions.lisibles_par(agent)
    colonne, sens = _tri(tri)
    place = None
    if colonne:
        place, = db.execute_sql(f'SELECT {colonne} FROM demande WHERE demande.numero = ?', (numero,)).fetchone()
    numeros = []
    for vers in ('avant', 'apres'):
        tranches = _tranches(vers, source.numero, colonne, sens, place, numero)
        requete = ' UNION ALL '.join(
            f'SELECT * FROM (SELECT {source.numero} FROM {source.tables} WHERE {condition} AND {lisible.sql} AND {ou} '
            f'ORDER BY {ordre} LIMIT 1)' for ou, _, ordre in tranches)
        params = [v for _, bornes, _ in tranches for v in (*valeurs, *lisible.params, *bornes)]
        ligne = db.execute_sql(f'{requete} LIMIT 1', params).fetchone()
        numeros.append(ligne and ligne[0])
    return numeros


def _tranches(vers, cle, colonne, sens, place, numero):
    """[(condition, its values, ORDER BY)], nearest first, of what stands on one side of a demande: those of the same
    value by their numbers, those of the other values, those without one. Each is read from an index.
    """
    apres = vers == 'apres'
    monte = apres == (sens == 'ASC')
    if not colonne:
        return [(f'{cle} {">" if monte else "<"} ?', [numero], f'{cle} {"ASC" if monte else "DESC"}')]
    rang = f'{cle} {"DESC" if apres else "ASC"}'                    # within equal values, the newest first
    ordre = f'{colonne} {"ASC" if monte else "DESC"}, {rang}'
    tranches = [(f'{colonne} IS ? AND {cle} {"<" if apres else ">"} ?', [place, numero], rang)]
    if place is not None:
        tranches.append((f'{colonne} {">" if monte else "<"} ?', [place], ordre))
    if apres and place is not None:
        tranches.append((f'{colonne} IS NULL', [], rang))
    elif place is None and not apres:
        tranches.append((f'{colonne} IS NOT NULL', [], ordre))
    return tranches


def compter(agent, criteres):
    """How many demandes lister() gives for the criteria, COMPTE_MAX + 1 at most."""
    places = None if agent.administre else questions.places_de(agent)
    return _compter_lisibles(tuple(_pour(agent, criteres).items()), places and (places.sql, tuple(places.params)))


@models.une_fois
def _compter_lisibles(paires, places):
    """compter() for who reads the restricted demandes of these places alone (None: all): those that are not restricted,
    then these. The rows are not read: an index has the few restricted ones.
    """
    source, condition, valeurs = _source(dict(paires))
    seul = len({nom for nom, _ in paires} - {'chef'}) == 1          # what is read first is enough
    tables, cle = source.premiere if seul else source.tables, source.numero
    toutes = f'SELECT {"DISTINCT" if source is DES_PLACES else ""} {cle} FROM {tables} WHERE {condition}'
    if places is None:
        return _compter(toutes, *valeurs)
    libres = f"""{toutes} AND NOT EXISTS (SELECT 1 FROM demande AS reservee INDEXED BY demande_restreinte
                                          WHERE reservee.numero = {cle} AND reservee.restreinte = 1)"""
    compte = _compter(libres, *valeurs)
    siennes, nombre = _reservees(*places)
    if nombre and compte <= COMPTE_MAX:
        # « + »: the words are looked for once, not for each number
        parmi = f'{toutes} AND {"+" if source is DES_MOTS else ""}{cle} IN (SELECT value FROM json_each(?))'
        compte += _compter(parmi, *valeurs, siennes)
    return min(compte, COMPTE_MAX + 1)


def _compter(numeros, *valeurs):
    return db.execute_sql(f'SELECT count(*) FROM ({numeros} LIMIT ?)', (*valeurs, COMPTE_MAX + 1)).fetchone()[0]


@models.une_fois
def _reservees(places, params):
    """(the numbers of the restricted demandes in which some places of the teams are, as JSON; how many)."""
    return db.execute_sql(
        f"""SELECT json_group_array(DISTINCT demande.numero), count(*)
            FROM membre CROSS JOIN demande INDEXED BY demande_restreinte ON demande.numero = membre.demande_id
            WHERE {places} AND demande.restreinte = 1""", params).fetchone()


# ---- Counts of the figures (verbes/pilotage/chiffres.py) ----

def agreger(agent, criteres, colonnes, groupe='', jointure='', tout=False, parmi=({},), plus=''):
    """The rows, one at a time, of counts over the demandes of the criteria that an agent may read; tout: over all.

    colonnes: [(SQL text, its values)]; groupe: what they are counted by, SQL text; jointure: what it needs; parmi: the
    criteria of several lots, of one of which they are; plus: « + » when these are much of the base, that is then read
    in its order, twice as fast as through the index of each.
    """
    condition, valeurs = _en_entier(criteres)
    lots = [_en_entier(lot) for lot in parmi]
    condition = f"{condition} AND {plus}({' OR '.join(texte for texte, _ in lots)})"
    valeurs += [v for _, params in lots for v in params]
    lisible, droits = ('1', ()) if tout else lecteur(agent).lisible
    textes = [groupe] * bool(groupe) + [texte for texte, _ in colonnes]
    donnees = [v for _, params in colonnes for v in params]
    return db.execute_sql(
        f"SELECT {', '.join(textes)} FROM demande {jointure} WHERE {condition} AND {lisible} "
        f"{f'GROUP BY {groupe}' if groupe else ''}", (*donnees, *valeurs, *droits))


# Of these, where many demandes are read, the rows themselves are asked: the same conditions, without their indexes.
SUR_LES_LIGNES = {'ouvertes': 'demande.clos_le IS NULL', 'depuis': 'demande.depose_le >= ?',
                  'jusqua': 'demande.depose_le < ?'}


def _en_entier(criteres):
    """(WHERE, values) of criteria, a condition each."""
    conditions = []
    for nom in criteres:
        texte, valeurs = dire_condition(nom, criteres)
        conditions.append((SUR_LES_LIGNES.get(nom, texte), valeurs))
    return ' AND '.join(texte for texte, _ in conditions) or '1', [v for _, params in conditions for v in params]


def marque_de(criteres):
    """(SQL text, its values) that is true of the demandes that answer more criteria. As a column, SQLite reads both
    sides of an AND, subqueries included; in an iif, it stops at the first that is false.
    """
    return vraie(*_en_entier(criteres))


def vraie(texte, valeurs):
    """(SQL text, its values) that is 1 where a condition is true, else 0."""
    return f'iif({texte}, 1, 0)', valeurs


def somme(criteres):
    """(SQL text, its values) that counts, among the demandes read, those that answer more criteria."""
    texte, valeurs = marque_de(criteres)
    return f'coalesce(sum({texte}), 0)', valeurs
