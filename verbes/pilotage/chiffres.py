"""The figures: what each counts, its rule in a sentence, the criteria of the list that it opens (domaine.md §11).

A figure is a count over the conditions of liste.py, so that the list it opens counts the same. The demandes are read
once, each with what it answers to; what is counted, shared out and measured is then said of these rows.

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
import json
import operator
from collections import namedtuple

import models
import langue

from verbes import perimetre, regles
from verbes.demande import liste
from verbes.demande.liste import lecteur
from verbes.regles import ISSUES

# nom: in the page; libelle, regle: its words, what it counts in a sentence; criteres: added to those of the page.
# echu: it counts the demandes whose échéance falls in the period, not those received in it; lues: always of those that
# the reader reads alone; volume: those taken over from before too, which no delay, rate nor comparison counts.
Chiffre = namedtuple('Chiffre', 'nom libelle regle criteres echu lues volume', defaults=(False, False, False))

HORS = ('Ni doublons, ni erreurs, ni essais. Celles reprises de l\'historique sont dites à côté, hachurées\u00a0: '
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


# ======================================================================================
# What a reader may be said (domaine.md §7, §11)
# ======================================================================================

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


# ======================================================================================
# The demandes, read once
# ======================================================================================

# lue: the reader may read it; quand: the day it is counted at; equipe: an Equipe; contact, proposition: days;
# marques: does it answer each of the chiffres asked for? 0 or 1, a byte each: ten years are 20,000 demandes.
Demande = namedtuple('Demande', 'numero lue restreinte reprise quand depot theme fiche type collectivite delai contact '
                                'proposition equipe marques')
Equipe = namedtuple('Equipe', 'structures directions referent')
# reprises: those of the volumes alone; rangs: {criteria of a chiffre: the rank of its mark}; trouvees: what was found
# among them, kept as long as they are.
Lues = namedtuple('Lues', 'demandes reprises rangs trouvees')
EQUIPE = """(SELECT group_concat(structure_id || ' ' || coalesce(direction_id, 0) || ' '
                                || iif(role = 'referent', coalesce(agent_id, 0), 0), ';')
             FROM membre WHERE membre.demande_id = demande.numero)"""
COLONNES = ('demande.restreinte', 'demande.reprise', '{quand}', 'demande.depose_le', 'demande.theme_id',
            'demande.fiche_id', 'demande.type', 'demande.collectivite_id', 'demande.delai',
            'demande.premier_contact_le', '{proposition}', EQUIPE)


@functools.lru_cache(maxsize=5000)
def _lire_equipe(texte):
    places = [tuple(map(int, place.split(' '))) for place in texte.split(';')] if texte else []
    return Equipe(frozenset(structure for structure, _, _ in places),
                  frozenset(direction for _, direction, _ in places if direction),
                  max((referent for *_, referent in places), default=0))


def lire(agent, criteres, chiffres=DU_DEPOT, tout=None):
    """The Lues of the demandes of these criteria, for chiffres of the same period (echu or not); tout: those that the
    agent does not read too, as toutes_comptees() says unless it is given.
    """
    qui, base = lecteur(agent), completer(criteres, chiffres[0]._replace(criteres={}))
    if tout is None:
        tout = toutes_comptees(agent, {'comptees': 'oui'} | criteres)
    tout = tout and not chiffres[0].echu
    rangs = {cle: rang for rang, cle in enumerate(dict.fromkeys(map(_cle, chiffres)))}
    quand = 'demande.depose_le'
    if not chiffres[0].echu:                                        # volumes are read with the rest
        base = {'recues': 'oui'} | {nom: valeur for nom, valeur in base.items() if nom != 'comptees'}
    else:
        quand, base = 'demande.echeance', {'echue_depuis': '1900-01-01'} | base
    proposition = 'NULL' if chiffres[0].echu else liste.PROPOSITION_LE          # a delay from the deposit
    colonnes = [('demande.numero', ()), (qui.lisible if tout else ('1', ())),
                *((texte.format(quand=quand, proposition=proposition), ()) for texte in COLONNES), *_marques(rangs)]
    fixes = 2 + len(COLONNES)
    lues = liste.agreger(qui, base, colonnes, tout=tout)
    demandes, reprises = [], []
    for lue in lues:
        (reprises if lue[3] else demandes).append(_demande(lue[:fixes], bytes(lue[fixes:])))
    return Lues(demandes, reprises, rangs, {})


def _marques(rangs):
    """The column of each chiffre, that says whether a demande answers it."""
    return [liste.marque_de(dict(cle)) if cle else ('1', ()) for cle in rangs]


def _demande(fixes, marques):
    numero, lue, restreinte, reprise, quand, depot, *autres, equipe = fixes
    return Demande(numero, lue, restreinte, reprise, langue.jour_de(quand), langue.jour_de(depot), *autres,
                   _lire_equipe(equipe or ''), marques)


def _cle(chiffre):
    return tuple(chiffre.criteres.items())


def qui_repondent(lues, chiffre):
    """The demandes of a Lues that a chiffre counts: never change it, it is found once for all who ask."""
    cle = lues.rangs[_cle(chiffre)], chiffre.lues, chiffre.volume
    if cle not in lues.trouvees:
        toutes = [*lues.demandes, *lues.reprises] if chiffre.volume else lues.demandes
        lues.trouvees[cle] = parmi(toutes, lues, chiffre)
    return lues.trouvees[cle]


def parmi(demandes, lues, chiffre):
    """Those of some demandes of a Lues that a chiffre counts."""
    rang = lues.rangs[_cle(chiffre)]
    return [d for d in demandes if d.marques[rang] and (d.lue or not chiffre.lues)]


# ======================================================================================
# Counting, measuring
# ======================================================================================

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


LUE, RESTREINTE, REPRISE = map(operator.attrgetter, ('lue', 'restreinte', 'reprise'))


def restreintes(demandes):
    """How many of demandes are restricted."""
    return sum(map(RESTREINTE, demandes))


def reprises(demandes):
    """How many of demandes are taken over from before."""
    return sum(map(REPRISE, demandes))


def sans_reprise(demandes):
    """Those that a rate, a delay, a comparison may be of."""
    return [d for d in demandes if not d.reprise]


def tues(demandes):
    """How many of demandes the reader does not read."""
    return len(demandes) - sum(map(LUE, demandes))


def compter_a_part(agent, criteres):
    """{name: how many} of A_PART, of the demandes that this agent reads."""
    colonnes = [liste.somme(chiffre.criteres) for chiffre in A_PART]
    lue, = liste.agreger(agent, criteres, colonnes)
    return dict(zip((chiffre.nom for chiffre in A_PART), lue))


def tenues(demandes):
    """How many référents hold these demandes, counted up to REFERENTS: no rule asks for more."""
    vus = {0}
    for demande in demandes:
        vus.add(demande.equipe.referent)
        if len(vus) > REFERENTS:
            break
    return len(vus) - 1


def part(retenues, total):
    """« 92 % » of some demandes in others, or '' (taux)."""
    return taux(len(retenues), len(total), tenues(total))


def mediane(demandes, jour_de_fin):
    """(median days from the deposit, or None when it may not be said; of how many). jour_de_fin: of a demande, a day or
    None.
    """
    faites = [d for d in demandes if jour_de_fin(d)]
    if len(faites) < MINIMUM or tenues(faites) < REFERENTS:
        return None, len(faites)
    from statistics import median                                   # with decimal and fractions: not at the start
    return median(max(0, langue.jours_entre(d.depot, jour_de_fin(d))) for d in faites), len(faites)


def suites_des_rejets(demandes):
    """{number: (day it was said out of competence, day it was answered or oriented again, or None)} of demandes."""
    lus = models.db.execute_sql(
        """SELECT demande_id, statut, cree_le FROM journal WHERE nature = 'statut'
           AND demande_id IN (SELECT value FROM json_each(?)) ORDER BY demande_id, id""",
        (json.dumps([d.numero for d in demandes]),)).fetchall()
    suites = {}
    for numero, statut, le in lus:
        debut, fin = suites.get(numero, ('', None))
        if debut and not fin:
            suites[numero] = debut, langue.jour_de(le)
        elif statut == 'rejete' and not debut:
            suites[numero] = langue.jour_de(le), None
    return suites


# ======================================================================================
# Sharing out
# ======================================================================================

def valeurs_de(demande, par, lieux=()):
    """What a demande is counted under, by one of PAR: several structures, several directions. lieux: lieux_de()."""
    if par in ('structure', 'direction'):
        return getattr(demande.equipe, f'{par}s')
    if par in LIEUX:
        return lieux.get(demande.collectivite, (liste.AUCUNE,))
    return (getattr(demande, par),)


def grouper(lues, par, avant=False):
    """{value: demandes} of a Lues, by one of PAR, those of the volumes too; of those that the agent does not read, by
    structure alone.
    """
    lieux = lieux_de(par, avant)
    groupes = {}
    for demande in (*lues.demandes, *lues.reprises):
        if demande.lue or par == 'structure':
            for valeur in valeurs_de(demande, par, lieux):
                groupes.setdefault(valeur, []).append(demande)
    return groupes


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
