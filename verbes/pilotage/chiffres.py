"""The figures: what each counts, its rule in a sentence, the criteria of the list that it opens (regles.md §11).

A figure is a count over the conditions of liste.py, so that the list it opens counts the same. The demandes are read
once, each with what it answers to; what is counted, shared out and measured is then said of sets of them
(ensembles.py).

**Restricted demandes** (§7). Who does not administer counts those they read, everywhere but in a figure of the whole,
or of one structure, over calendar years that have ended: it counts all of them and says « dont n ». So one number can
be had by subtraction, between filters or between periods: how many a structure had in a year, which §7 lets be said. A
year that goes on is no whole one: looked at each day, it would tell the day. For the same reason, what moves within the
year (« à temps », by the day of the échéance; ages, news: Chiffre.lues), delays, and the rows of a table finer than a
structure count what the reader reads, always; a table ends with « diffusion restreinte : n » for the same whole years,
and says nothing elsewhere.

**Rates and delays.** Said of ten demandes that three référents hold; those that only one other structure holds, to the
administrateurs alone, counts of « à temps » included (liste.delais_tus). No figure takes an agent.
"""
import functools
import itertools
import json
from collections import namedtuple

import models
import langue

from verbes import perimetre, regles
from verbes.demande import liste
from verbes.demande.liste import lecteur
from verbes.regles import ISSUES
from .ensembles import Faits

# nom: in the page; libelle, regle: its words, what it counts in a sentence; criteres: added to those of the page.
# echu: it counts the demandes whose échéance falls in the period, not those received in it; lues: always of those that
# the reader reads alone; volume: those taken over from before too, which no delay, rate nor comparison counts.
Chiffre = namedtuple('Chiffre', 'nom libelle regle criteres echu lues volume', defaults=(False, False, False))

HORS = ('Ni doublons, ni erreurs, ni essais. Celles reprises de l\'ancien suivi sont dites à côté, hachurées\u00a0: '
        'elles n\'entrent ni dans un délai, ni dans un pourcentage, ni dans une comparaison.')
RECUES = (
    Chiffre('recues', 'demandes reçues', f'Déposées dans la période. {HORS}', {}, volume=True),
    Chiffre('plateforme', 'par le formulaire', 'Déposées sur le site\u00a0: elles ont une promesse de rappel.',
            {'origine': 'plateforme'}),
    Chiffre('direct', 'reçues en direct', 'Saisies par un agent, sans promesse de rappel. Celles qui ne sont pas '
            'transmises ne sont pas connues.', {'origine': 'direct'}),
    Chiffre('restreintes', 'à diffusion restreinte', 'Comprises dans les précédentes.', {'restreinte': 'oui'}),
)
REGLES_DU_TEMPS = {
    'jointe':  'Premier contact noté «\u00a0joint\u00a0» au plus tard le jour promis.',
    'appelee': 'Appel, message laissé ou visite notés au plus tard le jour promis, sans avoir joint la collectivité.',
    'aucun':   'Rien de noté le jour promis passé\u00a0; celles jamais appelées comprises.',
    'tardive': 'La dernière orientation ne laissait plus trois jours ouvrés\u00a0: à part, hors du calcul.',
    'a_venir': 'Le jour promis n\'est pas passé\u00a0: à part, hors du calcul.',
    'close':   'Retirée, redirigée ou répondue avant le jour promis, sans appel noté\u00a0: à part, hors du calcul.',
}
TEMPS = tuple(
    Chiffre(code, langue.majuscule(liste.TEMPS[code][0]), regle, {'temps': code}, True, True)
    for code, regle in REGLES_DU_TEMPS.items())
DU_CALCUL = Chiffre('calcul', 'dans le calcul', 'Les trois premières lignes.', {'temps': liste.CALCUL}, True, True)
CONFIRME = (
    Chiffre('oui', 'oui', 'La collectivité a répondu qu\'elle avait été rappelée.', {'confirme': 'oui'}),
    Chiffre('pas_encore', 'pas encore', 'Elle a répondu qu\'elle ne l\'avait pas été.', {'confirme': 'pas_encore'}),
    Chiffre('sans', 'sans réponse', 'La question lui a été posée.', {'confirme': 'sans'}),
    Chiffre('non_demande', 'non demandé', 'La question n\'est posée qu\'à qui n\'est pas joint le jour promis passé.',
            {'confirme': 'non_demande'}),
)
AGES = {'30': '30 jours au plus', '90': 'de 31 à 90 jours', '180': 'de 91 à 180 jours', 'plus': 'plus de 180 jours'}
OUVERTES = (
    Chiffre('ouvertes', 'ouvertes aujourd\'hui', 'Reçues dans la période et non closes.', {'ouvertes': 'oui'}),
    *(Chiffre(f'age_{code}', dit, 'Depuis leur dépôt.', {'age': code}, lues=True) for code, dit in AGES.items()),
    Chiffre('attente', 'en attente de la collectivité', 'Ouvertes, dont une réponse de la collectivité est attendue.',
            {'attente': 'oui'}, lues=True),
    Chiffre('sans_nouvelles', 'sans nouvelles', 'En cours, sans ligne au journal depuis 30 jours, 90 pour un projet '
            'complexe, ni prochaine étape à venir, ni réponse attendue.', {'sans_nouvelles': 'oui'}, lues=True),
)
STATUTS = tuple(Chiffre(code, dit, 'Ouvertes, à ce statut aujourd\'hui.', {'statut': code, 'ouvertes': 'oui'})
                for code, dit in regles.STATUTS.items() if code not in ('termine', 'abandonne'))
FINIES = (
    *(Chiffre(code, dit, 'Terminées, issue déclarée à la clôture.', {'statut': 'termine', 'issue': code})
      for code, dit in ISSUES.items() if code != 'sans_nouvelles'),
    Chiffre('abandonnees', 'abandonnées', 'Retirées par la collectivité, ou abandonnées par l\'équipe.',
            {'statut': 'abandonne'}),
    Chiffre('classees', 'classées sans nouvelles', 'Comptées à part\u00a0: closes après un courriel resté sans '
            'réponse.', {'statut': 'termine', 'issue': 'sans_nouvelles'}),
)
TERMINEES = Chiffre('terminees', 'terminées', 'Au statut «\u00a0Terminé\u00a0».', {'statut': 'termine'})
REJETEES = (
    Chiffre('rejetees', 'signalées hors compétence', 'Une équipe a dit qu\'elle n\'était pas compétente.',
            {'signalee': 'oui'}),
    Chiffre('rejetees_ouvertes', 'attendent une réponse', 'Ni répondues ni réorientées.',
            {'statut': 'rejete', 'ouvertes': 'oui'}),
    Chiffre('repondues', 'réponse apportée', 'Un administrateur a répondu à la collectivité.',
            {'statut': 'rejete', 'issue': 'reponse'}),
    Chiffre('reorientee', 'réorientées ailleurs', 'Vers un autre organisme.',
            {'statut': 'rejete', 'issue': 'reorientee'}),
    Chiffre('reorientees_ici', 'reprises par une équipe', 'Orientées de nouveau, rouvertes ou abandonnées depuis.',
            {'signalee': 'orientee'}),
)
AMPLEURS = tuple(Chiffre(code, dit, 'Dite à la clôture, si l\'agent le veut.', {'statut': 'termine', 'ampleur': code})
                 for code, dit in regles.AMPLEURS.items())
CONTACTS = (
    Chiffre('contactees', 'contactées', 'Premier contact noté «\u00a0joint\u00a0».',
            {'origine': 'plateforme', 'contact': 'oui'}, lues=True),
    Chiffre('contact_attendu', 'pas encore contactées, non comprises', 'Ouvertes, sans premier contact.',
            {'origine': 'plateforme', 'contact': 'attendu'}, lues=True),
    Chiffre('proposees', 'avec une proposition', 'Une proposition d\'accompagnement est au journal.',
            {'origine': 'plateforme', 'proposition': 'oui'}, lues=True),
    Chiffre('proposition_attendue', 'sans proposition encore, non comprises', 'Ouvertes, sans proposition au journal.',
            {'origine': 'plateforme', 'proposition': 'attendu'}, lues=True),
)
DU_DEPOT = (*RECUES, *CONFIRME, *OUVERTES, *STATUTS, *FINIES, TERMINEES, *REJETEES, *AMPLEURS, *CONTACTS)
NOMMES = {chiffre.nom: chiffre for chiffre in (*DU_DEPOT, *TEMPS)}  # never taken by their rank: one may be added
# Outside the figures: what was set aside.
A_PART = tuple(Chiffre(code, dit, 'Écartée, hors de tous les chiffres.', {'issue': code}, lues=True)
               for code, dit in regles.ECARTS.items() if code != 'essai')

# What they are counted by: (title, the criterion of the list of a row).
PAR = {
    'theme':     ('Thème', 'theme'),
    'fiche':     ('Fiche', 'fiche'),
    'structure': ('Structure', 'structure'),
    'direction': ('Direction', 'direction'),
    'type':      ('Type de collectivité', 'type'),
    'epci':      ('Intercommunalité', 'epci'),
    'canton':    ('Canton', 'canton'),
}
# What may be asked of the figures, beside the period: never an agent.
FILTRES = ('structure', 'direction', 'theme', 'fiche', 'type', 'epci', 'arrondissement', 'canton', 'petr', 'secteur',
           'origine', 'perimetre')


# ---- What a reader may be said (regles.md §7, §11) ----

MINIMUM, REFERENTS = 10, 3
ANNEES = {'depuis': '-01-01', 'jusqua': '-12-31'}


def toutes_comptees(agent, criteres):
    """May a figure of these criteria count the restricted demandes that this agent does not read? Of the whole or of
    one structure, over whole calendar years, ended.
    """
    if agent.administre:
        return True
    return criteres.keys() <= {'comptees', 'recues', 'structure', 'perimetre', *ANNEES} and en_annees_finies(criteres)


def en_annees_finies(criteres):
    """Is the period of these criteria made of whole calendar years, ended?"""
    entieres = all(criteres.get(nom, '').endswith(fin) for nom, fin in ANNEES.items())
    return entieres and criteres['jusqua'] < langue.aujourdhui()


def delais_dits(agent, criteres):
    """'' when the rates and delays of these criteria may be said to this agent; else why not, in a sentence."""
    return liste.delais_tus(agent, {'comptees': 'oui'} | criteres)


def taux(nombre, total, referents):
    """« 92 % », or '' when it may not be said: of fewer than MINIMUM demandes, or held by fewer than REFERENTS. « 0 % »
    is of none, « 100 % » of all.
    """
    if total < MINIMUM or referents < REFERENTS:
        return ''
    centiemes = round(100 * nombre / total)
    if centiemes == 0 and nombre:
        return '<\u00a01\u00a0%'
    if centiemes == 100 and nombre < total:
        return '>\u00a099\u00a0%'
    return f'{centiemes}\u00a0%'


# ---- The demandes, read once ----

# {name: SQL text} of what is always read: values, the instant of the deposit becoming its day; then 0 or 1.
COLONNES = {
    'numero': 'demande.numero', 'depot': 'demande.depose_le', 'echeance': 'demande.echeance',
    'theme': 'demande.theme_id', 'fiche': 'demande.fiche_id', 'type': 'demande.type',
    'collectivite': 'demande.collectivite_id', 'delai': 'demande.promesse',
    'equipe': """(SELECT group_concat(structure_id || ' ' || coalesce(direction_id, 0) || ' '
                                      || iif(role = 'referent', coalesce(agent_id, 0), 0), ';')
                  FROM membre WHERE membre.demande_id = demande.numero)""",
}
MARQUES = {'reprise': 'demande.reprise', ('restreinte', 'oui'): 'demande.restreinte'}
# The criteria whose value is read, when a chiffre asks it; of the others: does it answer this one, 0 or 1?
TELS_QUELS = {'origine': 'demande.origine', 'statut': 'demande.statut', 'issue': 'demande.issue',
              'ampleur': 'demande.ampleur', 'temps': ''}
# Those that a day says: there, or not yet and the demande is open (liste.FAIT).
DATES = {'contact': 'demande.premier_contact_le', 'proposition': liste.PROPOSITION_LE}
Equipe = namedtuple('Equipe', 'structures directions referent')
# demandes: those that a delay, a rate, a comparison may be of; reprises: those of the volumes alone. Ensembles.
Lues = namedtuple('Lues', 'demandes reprises')


@functools.lru_cache(maxsize=5000)
def _lire_equipe(texte):
    places = [tuple(map(int, place.split(' '))) for place in texte.split(';')] if texte else []     # None: no team
    return Equipe(frozenset(structure for structure, _, _ in places),
                  frozenset(direction for _, direction, _ in places if direction),
                  max((referent for *_, referent in places), default=0))


def lire_faits(agent, criteres, periodes, chiffres, tout):
    """The Faits of the demandes that answer criteria, and are of one of some periods (par_depot, par_echeance), for
    chiffres; tout: those that the agent does not read too.
    """
    qui = lecteur(agent)
    selection = {nom: (texte, ()) for nom, texte in (COLONNES | MARQUES).items()}
    selection |= {'lue': liste.vraie(*qui.lisible) if tout else ('1', ())}
    for chiffre in chiffres:
        selection |= _colonnes_de(chiffre)
    lignes = liste.agreger(qui, {'recues': 'oui'} | criteres, list(selection.values()), tout=tout, parmi=periodes,
                           plus='+' * _est_large(periodes))
    colonnes = {nom: bytearray() if nom in ('lue', 'reprise') or isinstance(nom, tuple) else [] for nom in selection}
    _remplir(colonnes, lignes)
    equipes = list(map(_lire_equipe, colonnes.pop('equipe')))
    return Faits(colonnes | dict(zip(Equipe._fields, zip(*equipes) if equipes else [()] * len(Equipe._fields))))


def _est_large(periodes):
    """Are these periods more than a fifth of all that there is since the first deposit?"""
    debut, fin = langue.jour_de(premier_depot()), langue.aujourdhui()
    jours = sum(max(0, langue.jours_entre(max(debut, lue['depuis']), min(fin, lue['jusqua'])))
                for lue in periodes if 'depuis' in lue)
    return 5 * jours > langue.jours_entre(debut, fin)


@models.une_fois
def premier_depot():
    """The instant of the oldest deposit; now, when there is none."""
    return models.db.execute_sql('SELECT min(depose_le) FROM demande').fetchone()[0] or langue.maintenant()


def _colonnes_de(chiffre):
    """{name: (SQL text, its values)} of what a chiffre asks."""
    colonnes = {}
    for nom, valeur in chiffre.criteres.items():
        if nom in TELS_QUELS:
            colonnes[nom] = (TELS_QUELS[nom], ()) if TELS_QUELS[nom] else liste.etat_du_temps()
        elif nom in DATES:
            colonnes |= {nom: (DATES[nom], ())} | _colonnes_de(NOMMES['ouvertes'])
        elif (nom, valeur) not in MARQUES:
            colonnes[nom, valeur] = liste.marque_de({nom: valeur})
    return colonnes


def _remplir(colonnes, lues):
    """Add rows to columns, each value being there once in memory."""
    memes = {}
    for rangees in iter(lambda: lues.fetchmany(500), []):
        for (nom, colonne), valeurs in zip(colonnes.items(), zip(*rangees)):
            if nom == 'depot':
                valeurs = tuple(map(langue.jour_de, valeurs))
            if nom != 'numero' and isinstance(colonne, list):
                valeurs = map(memes.setdefault, valeurs, valeurs)
            colonne.extend(valeurs)


def recues(faits, criteres, tout):
    """The Lues of the demandes of Faits that were received in a period; tout: those that the reader does not read too.
    """
    siennes = faits.entre('depot', criteres['depuis'], criteres['jusqua'])
    return _lues(siennes if tout else siennes.de('lue', 1))


def echues(faits, criteres):
    """The Lues of those that the reader reads whose échéance falls in a period: none that is taken over from before."""
    siennes = faits.entre('echeance', criteres['depuis'], criteres['jusqua'])
    return _lues(siennes.de('lue', 1).de('reprise', 0))


def _lues(ensemble):
    return Lues(ensemble.de('reprise', 0), ensemble.de('reprise', 1))


def lire(agent, criteres, chiffres=DU_DEPOT, tout=None):
    """The Lues of the demandes of these criteria, for chiffres of the same period (echu or not); tout: those that the
    agent does not read too, as toutes_comptees() says unless it is given.
    """
    if tout is None:
        tout = toutes_comptees(agent, criteres)
    if chiffres[0].echu:
        return echues(lire_faits(agent, sans_periode(criteres), [par_echeance(criteres)], chiffres, False), criteres)
    return recues(lire_faits(agent, sans_periode(criteres), [par_depot(criteres)], chiffres, tout), criteres, tout)


def par_depot(criteres):
    """Those of the criteria that say the period."""
    return {nom: valeur for nom, valeur in criteres.items() if nom in ANNEES}


def par_echeance(criteres):
    """The same, of the day of the échéance."""
    return {f'echue_{nom}': valeur for nom, valeur in par_depot(criteres).items()}


def sans_periode(criteres):
    return {nom: valeur for nom, valeur in criteres.items() if nom not in ANNEES}


def qui_repondent(lues, chiffre):
    """The Ensemble of a Lues that a chiffre counts."""
    return parmi(lues.demandes | lues.reprises if chiffre.volume else lues.demandes, chiffre)


def parmi(demandes, chiffre):
    """Those of an Ensemble that a chiffre counts."""
    for nom, valeur in chiffre.criteres.items():
        if nom in TELS_QUELS:
            demandes = demandes.de(nom, valeur)
        elif nom in DATES:
            faites = datees(demandes, nom)                          # liste.FAIT
            demandes = faites if valeur == 'oui' else parmi(demandes, NOMMES['ouvertes']) - faites
        else:
            demandes = demandes.de((nom, valeur), 1)
    return demandes.de('lue', 1) if chiffre.lues else demandes


# ---- Counting, measuring ----

def completer(criteres, chiffre):
    """The criteria of the list behind a figure: those of the page, and its own."""
    base = {'recues' if chiffre.volume else 'comptees': 'oui'} | criteres
    if chiffre.echu:
        periode = {'depuis': 'echue_depuis', 'jusqua': 'echue_jusqua'}
        base = {periode.get(nom, nom): valeur for nom, valeur in base.items()}
    return base | chiffre.criteres


def compter(agent, criteres, chiffres):
    """{name: (how many, of which restricted)} of figures that are all of the same period (echu or not)."""
    lues = lire(agent, criteres, chiffres)
    trouvees = {chiffre.nom: qui_repondent(lues, chiffre) for chiffre in chiffres}
    return {nom: (len(demandes), restreintes(demandes)) for nom, demandes in trouvees.items()}


def restreintes(demandes):
    """How many of an Ensemble are restricted."""
    return len(demandes.de(('restreinte', 'oui'), 1))


def reprises(demandes):
    """How many of them are taken over from before."""
    return len(demandes.de('reprise', 1))


def sans_reprise(demandes):
    """Those that a rate, a delay, a comparison may be of."""
    return demandes.de('reprise', 0)


def lues_de(demandes):
    """Those that the reader reads."""
    return demandes.de('lue', 1)


def tues(demandes):
    """How many of them the reader does not read."""
    return len(demandes) - len(lues_de(demandes))


def compter_a_part(agent, criteres):
    """{name: how many} of A_PART, of the demandes that this agent reads."""
    colonnes = [liste.somme(chiffre.criteres) for chiffre in A_PART]
    lue, = liste.agreger(agent, criteres, colonnes)
    return dict(zip((chiffre.nom for chiffre in A_PART), lue))


def tenues(demandes):
    """How many référents hold an Ensemble, counted up to REFERENTS: no rule asks for more."""
    siens = (1 for agent, bits in demandes.faits.groupes('referent').items() if agent and demandes.bits & bits)
    return sum(itertools.islice(siens, REFERENTS))


def part(retenues, total):
    """« 92 % » of some demandes in others, or '' (taux)."""
    return taux(len(retenues), len(total), tenues(total))


def datees(demandes, nom):
    """Those that have a day in a column."""
    return demandes & demandes.faits.entre(nom, '', '9')


def mediane(demandes, fin, debut='depot'):
    """(median days from a day of an Ensemble to another, None when it may not be said; of how many). debut, fin: their
    columns.
    """
    cas = datees(demandes, fin)
    if len(cas) < MINIMUM or tenues(cas) < REFERENTS:
        return None, len(cas)
    from statistics import median                                   # with decimal and fractions: not at the start
    return median(max(0, langue.jours_entre(*jours)) for jours in zip(*map(cas.valeurs, (debut, fin)))), len(cas)


def dater_les_rejets(demandes):
    """Two columns more of the Faits of an Ensemble: the day it was said out of competence (« rejetee_le »), the day it
    was answered or oriented again (« suite_le »); None of the others.
    """
    lignes = models.db.execute_sql(
        """SELECT demande_id, statut, cree_le FROM journal WHERE nature = 'statut'
           AND demande_id IN (SELECT value FROM json_each(?)) ORDER BY demande_id, id""",
        (json.dumps(demandes.valeurs('numero')),)).fetchall()
    suites = {}
    for numero, statut, le in lignes:
        debut, fin = suites.get(numero, (None, None))
        if debut and not fin:
            suites[numero] = debut, langue.jour_de(le)
        elif statut == 'rejete' and not debut:
            suites[numero] = langue.jour_de(le), None
    for rang, nom in enumerate(('rejetee_le', 'suite_le')):
        demandes.faits.deriver(nom, 'numero', lambda numero, rang=rang: suites.get(numero, (None, None))[rang])


# ---- Sharing out ----

def grouper(demandes, par, avant=False):
    """{value: Ensemble} of an Ensemble, by one of PAR: several structures, several directions."""
    if par not in LIEUX:
        return demandes.groupes(COLONNE_DE.get(par, par))
    lieux = lieux_de(par, avant)
    demandes.faits.deriver((par, avant), 'collectivite', lambda id_: tuple(lieux.get(id_, (liste.AUCUNE,))))
    return demandes.groupes((par, avant))


COLONNE_DE = {'structure': 'structures', 'direction': 'directions'}
LIEUX = ('epci', 'canton')


@models.gardee
def lieux_de(par, avant=False):
    """{id of a collectivité: ids of its EPCI, or its canton}, as the list finds them."""
    if par == 'canton':
        return {id_: (canton,) for id_, canton in liste.cantons(avant).items()}
    de = {}
    if par != 'epci':
        return de
    for epci, siens in perimetre.par_epci(avant).items():
        for id_ in siens:
            de.setdefault(id_, []).append(epci)
    return de
