"""The tables of figures of a period, beside the period before: what the page of steering, its CSV and the report show.

A cell is a number, what is shown of it and the criteria of the list that counts the same; chiffres.py says the rules.
"""
import calendar
import functools
import itertools
import operator
import re
from collections import namedtuple

import models
import langue
from langue import dire_mois, dire_nombre, majuscule, plus_mois

from verbes import etiquettes, perimetre, regles
from verbes.demande import liste
from . import chiffres, evaluation
from .chiffres import part, qui_repondent

# dit: what is shown, '' for the number; criteres: of the list behind it, None when there is none; dont: how many the
# reader does not find there; reprises: how many are taken over from before.
Case = namedtuple('Case', 'nombre dit criteres dont reprises', defaults=('', None, 0, 0))
Rang = namedtuple('Rang', 'libelle cases regle', defaults=('',))
# colonnes: the first is that of the labels; notes: sentences; barres: bars may be drawn of the first number; pied: the
# Rang of the whole, or None; vide: what is said when there is no row.
Tableau = namedtuple('Tableau', 'nom titre colonnes rangs notes barres pied vide', defaults=((), False, None, ''))
# du, au: its days; dit: in words.
Periode = namedtuple('Periode', 'du au dit')
# A figure that comes first: its Case, its words, what is said beside it, its rule.
Tete = namedtuple('Tete', 'case libelle dits regle')
# Who reads, the criteria of the period and of the one before; the demandes by deposit and by échéance, of each.
Vue = namedtuple('Vue', 'lecteur criteres avant depot echues depot_avant echues_avant tout')

SANS_TAUX = 'Pas de pourcentage ni de médiane sous dix demandes, ni pour moins de trois référents.'
NON_MONTRE = 'non montré'
HORS_DIRECT = 'Hors demandes reçues en direct et non transmises.'
ECARTS, AVANT_DU_MOIS = ('Période d\'avant', 'Écart'), 'Reçues, période d\'avant'
RECUES, PAR_LE_SITE, EN_DIRECT, OUVERTES, SANS_NOUVELLES, CONTACTEES, JOINTES, REJETEES = (
    chiffres.NOMMES[nom] for nom in ('recues', 'plateforme', 'direct', 'ouvertes', 'sans_nouvelles', 'contactees',
                                     'jointe', 'rejetees'))

# ---- Periods ----

COURTS = ('janv.', 'févr.', 'mars', 'avr.', 'mai', 'juin', 'juil.', 'août', 'sept.', 'oct.', 'nov.', 'déc.')


def _fin_du_mois(jour):
    return f'{jour[:8]}{calendar.monthrange(int(jour[:4]), int(jour[5:7]))[1]:02}'


ANS_MAX = 30                                                        # a row for each month: the page stays a page


def periode(code='', du='', au=''):
    """The Periode of « 2026 », « 2026-T3 », « 2026-09 », of a mandate (MANDATS), of two days (« libre »), or of the
    last twelve months; None of what is none of them.
    """
    if code in MANDATS:
        return _d_un_mandat(code)
    if code == 'libre':
        possible = langue.un_jour(du) and langue.un_jour(au) and du <= au <= plus_mois(du, 12 * ANS_MAX)
        return Periode(du, au, dire_jours(du, au)) if possible else None
    if not code:
        fin = _fin_du_mois(langue.aujourdhui())
        return Periode(plus_mois(f'{fin[:8]}01', -11), fin, 'les douze derniers mois')
    morceaux = re.fullmatch(r'((?:19|20|21)\d\d)(?:-(?:T([1-4])|(0[1-9]|1[0-2])))?', code)
    if not morceaux:
        return None
    annee, trimestre, mois = morceaux.groups()
    debut, duree, libelle = 1, 12, f'l\'année {annee}'
    if trimestre:
        debut, duree = 3 * int(trimestre) - 2, 3
        libelle = f'le {("1er", "2e", "3e", "4e")[int(trimestre) - 1]} trimestre {annee}'
    elif mois:
        debut, duree, libelle = int(mois), 1, dire_mois(code)
    premier = f'{annee}-{debut:02}-01'
    return Periode(premier, _fin_du_mois(plus_mois(premier, duree - 1)), libelle)


# code: (the setting that says its first day, its words).
MANDATS = {'mandat-departemental': ('mandat_departemental', 'depuis le début du mandat départemental'),
           'mandat-municipal': ('elections_le', 'depuis le début du mandat municipal')}


def _d_un_mandat(code):
    """The Periode up to the end of this month; None when its day is not known, or has not come."""
    cle, libelle = MANDATS[code]
    du, jour = models.Reglage.tous()[cle], langue.aujourdhui()
    return Periode(du, _fin_du_mois(jour), libelle) if du and du <= jour else None


def en_entier(lue):
    """The whole months of a Periode: its first one is left aside when it is not whole."""
    if lue.du.endswith('-01'):
        return lue
    return lue._replace(du=plus_mois(f'{lue.du[:8]}01', 1))


def dire_jours(du, au):
    if du == au:
        return f'le {langue.dire_jour_long(du, semaine=False)}'
    return f'du {langue.dire_jour_long(du, semaine=False)} au {langue.dire_jour_long(au, semaine=False)}'


def en_mois_entiers(du, au):
    return du.endswith('-01') and au == _fin_du_mois(au)


def d_avant(du, au):
    """The Periode before: as many months when they are whole, else as many days; up to the same day when it goes on."""
    jour = langue.aujourdhui()
    mois = (int(au[:4]) - int(du[:4])) * 12 + int(au[5:7]) - int(du[5:7]) + 1
    if en_mois_entiers(du, au):
        debut, fin, ici = plus_mois(du, -mois), _fin_du_mois(plus_mois(au[:8] + '01', -mois)), plus_mois(jour, -mois)
    else:
        jours = langue.jours_entre(du, au) + 1
        debut, fin, ici = (langue.plus_jours(quand, -jours) for quand in (du, au, jour))
    if du <= jour < au:
        fin = min(fin, ici)
    return Periode(debut, fin, dire_jours(debut, fin))


def mois_de(du, au):
    """[(« 2026-11 », its first day, its last one)] of each month of a period, cut to it."""
    mois, jour = [], du[:8] + '01'
    while jour <= au:
        mois.append((jour[:7], max(jour, du), min(_fin_du_mois(jour), au)))
        jour = plus_mois(jour, 1)
    return mois


# ---- The whole ----

# What all tables ask of each demande, and some of them besides.
CHIFFRES = (*chiffres.RECUES, *chiffres.OUVERTES, CONTACTEES, *chiffres.TEMPS)
DE_PLUS = {'confirme': chiffres.CONFIRME, 'delais': chiffres.CONTACTS, 'statuts': chiffres.STATUTS,
           'issues': chiffres.FINIES, 'ampleurs': (chiffres.TERMINEES, *chiffres.AMPLEURS),
           'rejets': chiffres.REJETEES}


def regarder(agent, criteres, avant, voulus=None):
    """The Vue of criteria (with their period) beside the Periode before; voulus: as dresser() will be given them."""
    qui = liste.lecteur(agent)
    ceux_d_avant = criteres | {'depuis': avant.du, 'jusqua': avant.au}
    tout = chiffres.toutes_comptees(qui, criteres)                  # the one before is counted the same way
    periodes = [dire(ceux) for dire in (chiffres.par_depot, chiffres.par_echeance) for ceux in (criteres, ceux_d_avant)]
    lesquels = [c for nom, siens in DE_PLUS.items() if voulus is None or nom in voulus for c in siens]
    faits = chiffres.lire_faits(qui, chiffres.sans_periode(criteres), periodes, (*CHIFFRES, *lesquels), tout)
    return Vue(qui, criteres, ceux_d_avant, chiffres.recues(faits, criteres, tout), chiffres.echues(faits, criteres),
               chiffres.recues(faits, ceux_d_avant, tout), chiffres.echues(faits, ceux_d_avant), tout)


def dresser(vue, voulus=None):
    """{name: Tableau} of a Vue, in the order to show them; voulus: the names of those wanted, all of them without."""
    faits = [fait for noms, faire in TABLEAUX if (voulus is None or {*noms} & {*voulus})
             and montre(vue.lecteur, vue.criteres, noms[0]) for fait in faire(vue) if fait]
    return {fait.nom: fait if comparable(vue) else _sans_avant(fait) for fait in faits}


def en_reprise(tables):
    """Does a table show some that are taken over from before?"""
    return any(c.reprises for t in tables.values() for r in t.rangs for c in r.cases)


def comparable(vue):
    """Is the period before one to compare with?"""
    return not non_comparee(vue)


def non_comparee(vue):
    """Why no difference with the period before is said, or '': a part of it, or of this one, is taken over from before,
    or its first month is older than the first demande.
    """
    if vue.depot.reprises or vue.depot_avant.reprises:
        return 'reprise de l\'ancien suivi'
    premier = langue.jour_de(chiffres.premier_depot())
    return 'avant la première demande connue' if vue.avant['depuis'][:7] < premier[:7] else ''


# A « lecteur » reads no fiche; of one EPCI or canton, no more than a page of territories tells of one demande: its
# theme, its structure, whether it is open (regles.md §1).
JAMAIS_AU_LECTEUR = {'fiche'}
VOLUMES = {
    'mois', 'theme', 'structure', 'type', 'epci', 'canton', 'annees', 'annees_structures', 'theme_epci', 'ensemble'}
# Nor where an EPCI and a canton meet, a commune at times: he reads one or the other.
OU_ILS_SE_CROISENT = {'epci': {'canton'}, 'canton': {'epci', 'theme_epci'}}


def montre(lecteur, criteres, nom):
    """Is the table of this name shown to this reader, with these criteria?"""
    if liste.ouvre_les_listes(lecteur):
        return True
    if any(nom in croises and filtre in criteres for filtre, croises in OU_ILS_SE_CROISENT.items()):
        return False
    return nom not in JAMAIS_AU_LECTEUR and (nom in VOLUMES or not volumes_seuls(lecteur, criteres))


def volumes_seuls(lecteur, criteres):
    """True for a « lecteur », of less than the whole, or than calendar years that have ended: what is « à temps », how
    it ended, what was thought of it would be had there of the one demande of a month, by subtracting two periods.
    """
    if liste.ouvre_les_listes(lecteur):
        return False
    return bool(criteres.keys() - {'depuis', 'jusqua'}) or not chiffres.en_annees_finies(criteres)


def tetes(vue):
    """The figures that come first."""
    demandes, avant = qui_repondent(vue.depot, RECUES), vue.depot_avant.demandes
    ecart = f'{_ecart(len(demandes), len(avant))} sur la période d\'avant ({dire_nombre(len(avant))})'
    if len(demandes) == len(avant):
        ecart = 'autant que la période d\'avant'
    if not comparable(vue):
        ecart = f'période d\'avant non comparée\u00a0: {non_comparee(vue)}'
    reprises = chiffres.reprises(demandes)
    dont = [f'dont {dire_nombre(reprises, "reprise")} de l\'ancien suivi'] if reprises else []
    ouvertes = qui_repondent(vue.depot, OUVERTES)
    des_recues = Tete(_compte(vue.criteres, RECUES, demandes), 'demandes reçues', [*dont, *_dont(vue, demandes), ecart],
                      RECUES.regle)
    des_ouvertes = Tete(_ici(vue, OUVERTES, vue.depot), OUVERTES.libelle, _dont(vue, ouvertes), OUVERTES.regle)
    if volumes_seuls(vue.lecteur, vue.criteres):
        return [des_recues, des_ouvertes]
    muettes = qui_repondent(vue.depot, SANS_NOUVELLES)
    return [des_recues, *_tetes_des_delais(vue), des_ouvertes,
            Tete(_ici(vue, SANS_NOUVELLES, vue.depot), SANS_NOUVELLES.libelle,
                 _dont(vue._replace(tout=False), muettes), SANS_NOUVELLES.regle)]


def _dont(vue, demandes):
    """[« dont n à diffusion restreinte »], and how many of these the reader does not read, or that they are not there.
    """
    restreintes, tues = chiffres.restreintes(demandes), chiffres.tues(demandes)
    suite = f', {tues} que vous ne lisez pas' if tues else ''
    mentions = [f'dont {restreintes} à diffusion restreinte{suite}'] if restreintes else []
    if vue.lecteur.administre or vue.tout:
        return mentions
    return [*mentions, 'hors celles que vous ne lisez pas' if mentions else 'hors diffusion restreinte']


def _tetes_des_delais(vue):
    raison = tus_a_temps(vue, vue.echues)
    dans, a_l_heure = du_calcul(vue.echues), jointes(vue.echues)
    jours, nombre = _mediane(vue, vue.depot, CONTACTEES, 'contact')
    taux, duree = part(a_l_heure, dans), dire_duree(jours)
    combien = f'{dire_nombre(len(a_l_heure))} sur {dire_nombre(len(dans))}'
    temps = Case(len(a_l_heure), taux or combien, chiffres.completer(vue.criteres, JOINTES))
    attente = Case(None, duree or '–')
    if not dans:
        temps = Case(0, '–')
    if raison:
        temps = NON_DITE
    if raison or tus(vue, _promises(vue.depot)):
        attente, duree, nombre = NON_DITE, '', 0
    lues = vue._replace(tout=False)                                 # delays are of what the reader reads, always
    return [
        Tete(temps, 'jointes à temps', [*[combien] * bool(taux and not raison), *_hors(lues, dans, temps)],
             JOINTES.regle),
        Tete(attente, 'jusqu\'au premier contact, délai médian',
             [*[f'sur {dire_nombre(nombre)}'] * bool(duree), *_hors(lues, _promises(vue.depot), attente)],
             f'Du dépôt au premier contact noté «\u00a0joint\u00a0». {SANS_TAUX}')]


def _hors(vue, demandes, case):
    """The last words of _dont(), beside a rate or a delay that is said."""
    return [] if case is NON_DITE or vue.lecteur.administre else _dont(vue, demandes)[-1:]


def tus(vue, demandes):
    """Why the delays of demandes are not said to the reader, or ''."""
    if vue.lecteur.administre:
        return ''
    visees = [nom for nom in ('structure', 'direction') if nom in vue.criteres]
    if visees:
        return liste.delais_tus(vue.lecteur, {nom: vue.criteres[nom] for nom in visees})
    equipes = set(chiffres.lues_de(demandes).valeurs('structures'))
    return liste.DELAIS_D_AUTRUI if liste.d_une_autre(equipes, vue.lecteur.structures) else ''


def tus_a_temps(vue, lues):
    """Why what is said « à temps » of a Lues is not said to the reader, or ''."""
    return tus_du_calcul(vue, lues.demandes, du_calcul(lues))


def tus_du_calcul(vue, demandes, calcul):
    """The same of some demandes, those that are apart included; and of those that a rate is of."""
    return tus(vue, demandes) or tus(vue, demandes & calcul)


def _promises(lues):
    """What the delays from the deposit are of: received by the form, read by the reader."""
    return chiffres.lues_de(qui_repondent(lues, PAR_LE_SITE))


def _mediane(vue, lues, chiffre, fin):
    """chiffres.mediane() of the demandes that a chiffre counts; None when it would be that of another structure."""
    demandes = qui_repondent(lues, chiffre)
    jours, nombre = chiffres.mediane(demandes, fin)
    return None if tus(vue, _promises(lues)) or tus(vue, demandes) else jours, nombre


def _ecart(ici, avant):
    return '=' if ici == avant else f'{"+" if ici > avant else "−"}{dire_nombre(abs(ici - avant))}'


def _compte(criteres, chiffre, demandes):
    """The Case of the demandes that a chiffre counts; no list behind it when it asks for what a filter leaves out."""
    contraire = any(criteres.get(nom, voulue) != voulue for nom, voulue in chiffre.criteres.items())
    ceux = None if contraire else chiffres.completer(criteres, chiffre)
    return Case(len(demandes), '', ceux, chiffres.tues(demandes), chiffres.reprises(demandes))


def _ici(vue, chiffre, lues):
    return _compte(vue.criteres, chiffre, qui_repondent(lues, chiffre))


def _d_avant(vue, chiffre, lues):
    return _compte(vue.avant, chiffre, qui_repondent(lues, chiffre))


def _rang(vue, chiffre, total=None):
    """The Rang of a chiffre of the deposit: how many, its part of a total, the period before."""
    ici, avant = _ici(vue, chiffre, vue.depot), _d_avant(vue, chiffre, vue.depot_avant)
    parts = [] if total is None else [Case(None, part(qui_repondent(vue.depot, chiffre), total))]
    cases = (ici, *parts, avant, Case(None, _ecart(ici.nombre, avant.nombre)))
    return Rang(majuscule(chiffre.libelle), cases, chiffre.regle)


def _liste_de(vue, nom, titre, lesquels, total=None, notes=(), barres=True):
    """A Tableau of chiffres of the deposit, a row each; total: the demandes their parts are of."""
    rangs = [_rang(vue, chiffre, total) for chiffre in lesquels]
    colonnes = ('', 'Demandes', *(['Part'] if total is not None else []), *ECARTS)
    comptees = vue.depot.demandes if total is None else total
    return _sans_part_vide(
        Tableau(nom, titre, colonnes, rangs,
                (*notes, *_hors_reprise(vue), *restreintes(vue, comptees, not lesquels[-1].lues)), barres))


def _hors_reprise(vue):
    """(The sentence that says that what was taken over is not counted in a table,), when there is any."""
    combien = len(vue.depot.reprises)
    return (f'Hors demandes reprises de l\'ancien suivi ({dire_nombre(combien)}).',) if combien else ()


def _sans_part_vide(tableau):
    """Without the column of the parts when none may be said: why, instead."""
    if not tableau.rangs:
        return tableau._replace(notes=(), vide='Aucune demande.')
    if 'Part' not in tableau.colonnes:
        return tableau
    rang = tableau.colonnes.index('Part') - 1
    if any(r.cases[rang].dit for r in tableau.rangs):
        return tableau
    *rangs, pied = (r and r._replace(cases=(*r.cases[:rang], *r.cases[rang + 1:]))
                    for r in (*tableau.rangs, tableau.pied))
    return tableau._replace(colonnes=tuple(c for c in tableau.colonnes if c != 'Part'), rangs=rangs, pied=pied,
                            notes=(*tableau.notes, SANS_TAUX))


def restreintes(vue, demandes, comprises):
    """(The sentence about the restricted demandes,) at the foot of a table; comprises: does it count those that the
    reader does not read?
    """
    cachees = chiffres.tues(demandes)
    lisibles = chiffres.restreintes(demandes) - cachees             # what is not read is restricted
    if vue.lecteur.administre:
        return (f'Dont {lisibles} à diffusion restreinte.',) if lisibles else ()
    if not vue.tout:
        return ('Diffusion restreinte\u00a0: celles que vous ne lisez pas ne sont comptées que dans les chiffres de '
                'l\'ensemble, ou d\'une structure, sur des années civiles finies.',)
    if comprises and not lisibles + cachees:
        return ('Diffusion restreinte\u00a0: 0.',)
    if comprises:
        return (f'Dont {lisibles + cachees} à diffusion restreinte, {cachees} que vous ne lisez pas.',)
    return (f'Diffusion restreinte\u00a0: {chiffres.tues(vue.depot.demandes)}, non comprises ci-dessus.',)


# ---- What was promised, what was confirmed, how long it takes ----

GARDENT = 'Les jours sont ceux d\'aujourd\'hui\u00a0: une demande garde ceux qui lui ont été promis.'


def a_temps(vue):
    """The three lines and what is apart, for each promise and for the whole."""
    lots = [vue.echues.demandes.de('delai', promesse) for promesse in regles.PROMESSES] + [vue.echues.demandes]
    criteres = [vue.criteres | {'delai': promesse} for promesse in regles.PROMESSES] + [vue.criteres]
    raison = tus_a_temps(vue, vue.echues)
    titre = 'À temps'
    jours = [models.jours_promis(promesse) for promesse in regles.PROMESSES]
    colonnes = ('', *(f'{n}\u00a0jours' for n in jours), 'Ensemble', 'Part', *ECARTS)
    if raison:
        return Tableau('temps', titre, colonnes, [], (raison,))
    calcul = du_calcul(vue.echues)
    muets = any(tus_du_calcul(vue, lot, calcul) for lot in lots)    # one would be had from the other, by subtraction
    muets = muets or not liste.ouvre_les_listes(vue.lecteur)        # a « lecteur » has the whole, nothing finer
    rangs = [_rang_du_temps(vue, chiffre, lots, criteres, muets) for chiffre in chiffres.TEMPS]
    notes = ('Demandes dont l\'échéance tombe dans la période, celles jamais appelées comprises\u00a0; celles reçues '
             'en direct n\'ont pas d\'échéance. Trois lignes font le calcul, les suivantes sont à part.',
             *([GARDENT] if jours != [int(models.DEFAUTS[f'delai_{nom}']) for nom in regles.PROMESSES] else []),
             *restreintes(vue._replace(tout=False), vue.echues.demandes, False))
    return _sans_part_vide(Tableau('temps', titre, colonnes, rangs, notes))


def _rang_du_temps(vue, chiffre, lots, criteres, muets):
    retenues = qui_repondent(vue.echues, chiffre)
    cases = [Case(len(lot & retenues), '', chiffres.completer(ceux, chiffre)) for lot, ceux in zip(lots, criteres)]
    if muets:
        cases[:-1] = [NON_DITE] * len(regles.PROMESSES)
    dans = du_calcul(vue.echues)
    taux = part(dans & retenues, dans) if chiffre.nom in liste.DANS_LE_CALCUL else ''
    avant = NON_DITE
    if not tus_a_temps(vue, vue.echues_avant):
        avant = _d_avant(vue, chiffre, vue.echues_avant)
    ecart = '' if avant is NON_DITE else _ecart(cases[-1].nombre, avant.nombre)
    return Rang(chiffre.libelle, (*cases, Case(None, taux), avant, Case(None, ecart)), chiffre.regle)


NON_DITE = Case(None, NON_MONTRE)


def du_calcul(lues):
    """Those that a rate of « à temps » is of."""
    return functools.reduce(operator.or_, (
        qui_repondent(lues, chiffre) for chiffre in chiffres.TEMPS if chiffre.nom in liste.DANS_LE_CALCUL))


def jointes(lues):
    return qui_repondent(lues, JOINTES)


def confirme(vue):
    titre = 'Ce que les mairies ont confirmé'
    raison = tus(vue, _lues(vue))
    if raison:
        return Tableau('confirme', titre, ('', 'Demandes', *ECARTS), [], (raison,))
    note = '«\u00a0Avez-vous été rappelé·e\u00a0?\u00a0»\u00a0: des nombres seulement, jamais de pourcentage.'
    tableau = _liste_de(vue, 'confirme', titre, chiffres.CONFIRME, notes=(note,), barres=False)
    if tus(vue, vue.depot_avant.demandes):
        rangs = [r._replace(cases=(r.cases[0], NON_DITE, Case(None, ''))) for r in tableau.rangs]
        return tableau._replace(rangs=rangs)
    return tableau


def dire_duree(jours):
    """« 4,5 jours », '' of None."""
    if jours is None:
        return ''
    dit = f'{jours:.1f}'.rstrip('0').rstrip('.').replace('.', ',')
    return f'{dit}\u00a0jour{"s" if jours >= 2 else ""}'


DELAIS = (('contact', 'Jusqu\'au premier contact', 'contactees', 'contact_attendu'),
          ('proposition', 'Jusqu\'à la proposition d\'accompagnement', 'proposees', 'proposition_attendue'))


def delais(vue):
    """The median delays from the deposit, who they are of, who is not counted yet."""
    titre = 'Délais médians, depuis le dépôt'
    colonnes = ('', 'Médiane', 'Sur', 'Pas encore, non comprises', 'Médiane d\'avant')
    raison = tus(vue, _promises(vue.depot))
    if raison:
        return Tableau('delais', titre, colonnes, [], (raison,))
    rangs = []
    for nom, libelle, *codes in DELAIS:
        chiffre, attente = (chiffres.NOMMES[code] for code in codes)
        ici, avant = (_mediane(vue, lues, chiffre, nom)[0] for lues in (vue.depot, vue.depot_avant))
        rangs.append(Rang(libelle, (
            Case(None, dire_duree(ici) or '–'), _ici(vue, chiffre, vue.depot), _ici(vue, attente, vue.depot),
            Case(None, dire_duree(avant) or '–')), f'{chiffre.regle} {attente.regle}'))
    return Tableau('delais', titre, colonnes, rangs, (
        'Demandes reçues par le formulaire dans la période. La moitié a attendu moins, la moitié plus.', SANS_TAUX))


def delais_par_structure(vue):
    """« À temps » and the median of one's own structure, of each for who administers; beside the whole."""
    if {'structure', 'direction'} & vue.criteres.keys():
        return None
    noms = etiquettes.libelles()['structure']
    siennes = [cle for cle in noms if vue.lecteur.administre or cle in vue.lecteur.structures]
    rangs = [r for r in (_rang_de_structure(vue, noms[cle].nom, cle) for cle in siennes) if r]
    if not rangs:
        return None
    if not tus_a_temps(vue, vue.echues):
        rangs.append(_rang_de_structure(vue, 'Ensemble', None))
    notes = ('Les délais d\'une structure ne sont montrés qu\'à ses agents et aux administrateurs. Une demande de '
             'plusieurs structures compte pour chacune, une fois dans «\u00a0Ensemble\u00a0».', SANS_TAUX)
    return Tableau('structures_delais', 'Délais par structure',
                   ('', 'Jointes à temps', 'Sur', 'Part', 'Médiane du premier contact'), rangs, notes)


def _rang_de_structure(vue, libelle, cle):
    def siennes(demandes):
        return demandes if cle is None else demandes.de('structures', cle)
    dans, a_l_heure = siennes(du_calcul(vue.echues)), siennes(jointes(vue.echues))
    jours, _ = (_mediane(vue, vue.depot, CONTACTEES, 'contact') if cle is None else
                chiffres.mediane(siennes(qui_repondent(vue.depot, CONTACTEES)), 'contact'))
    criteres = vue.criteres | ({'structure': str(cle)} if cle else {})
    if cle and not dans:
        return None
    return Rang(libelle, (
        Case(len(a_l_heure), '', chiffres.completer(criteres, JOINTES)),
        Case(len(dans), '', chiffres.completer(criteres, chiffres.DU_CALCUL)),
        Case(None, part(a_l_heure, dans) or '–'), Case(None, dire_duree(jours) or '–')))


# ---- Where they are, how they end ----

def ouvertes(vue):
    return _sans_avant(_liste_de(vue, 'ouvertes', 'Ouvertes aujourd\'hui', chiffres.OUVERTES, notes=(
        'Reçues dans la période et non closes, par âge.',)))


def statuts(vue):
    return _sans_avant(_liste_de(vue, 'statuts', 'Ouvertes, par statut', chiffres.STATUTS))


def _sans_avant(tableau):
    """Without the columns of the period before: its demandes have had as long again to be closed, or are taken over
    from before, which says nothing.
    """
    ecarts = [rang - 1 for rang, titre in enumerate(tableau.colonnes) if titre in (*ECARTS, AVANT_DU_MOIS)]
    *rangs, pied = (r and r._replace(cases=tuple(c for rang, c in enumerate(r.cases) if rang not in ecarts))
                    for r in (*tableau.rangs, tableau.pied))
    return tableau._replace(colonnes=tuple(c for rang, c in enumerate(tableau.colonnes) if rang - 1 not in ecarts),
                            rangs=rangs, pied=pied)


def _ensemble_de(vue, lesquels):
    """Those of the deposit that one of some chiffres counts."""
    return functools.reduce(operator.or_, (qui_repondent(vue.depot, chiffre) for chiffre in lesquels))


def issues(vue):
    finies = _ensemble_de(vue, chiffres.FINIES)
    return _liste_de(vue, 'issues', 'Issues', chiffres.FINIES, finies)


def ampleurs(vue):
    demandes = _ensemble_de(vue, chiffres.AMPLEURS)
    terminees = qui_repondent(vue.depot, chiffres.TERMINEES)
    return _liste_de(vue, 'ampleurs', 'Ampleur', chiffres.AMPLEURS, demandes, notes=(
        f'Dite pour {len(demandes)} des {len(terminees)} demandes terminées.',))


def rejets(vue):
    """What was said out of competence, and how long it waited for an answer."""
    tableau = _liste_de(vue, 'rejets', 'Hors compétence', chiffres.REJETEES, barres=False)
    signalees = chiffres.lues_de(qui_repondent(vue.depot, REJETEES))
    chiffres.dater_les_rejets(signalees)
    if tus(vue, signalees) or tus(vue, chiffres.datees(signalees, 'suite_le')):
        return tableau
    jours, nombre = chiffres.mediane(signalees, 'suite_le', 'rejetee_le')
    duree = dire_duree(jours)
    attente = SANS_TAUX
    if duree:
        attente = f'Délai médian jusqu\'à la réponse ou la réorientation\u00a0: {duree}, sur {nombre}.'
    return tableau._replace(notes=(attente, *tableau.notes))


def origines(vue):
    return _liste_de(vue, 'origines', 'Par le formulaire, en direct', (PAR_LE_SITE, EN_DIRECT), vue.depot.demandes,
                     notes=(HORS_DIRECT,))


def a_part(vue):
    """What no figure counts, what was set aside: for who administers."""
    if not vue.lecteur.administre:
        return None
    comptes = chiffres.compter_a_part(vue.lecteur, vue.criteres)
    rangs = [Rang(majuscule(c.libelle), (Case(comptes[c.nom], '', vue.criteres | c.criteres),), c.regle)
             for c in chiffres.A_PART]
    return Tableau('a_part', 'Hors des chiffres', ('', 'Demandes'), rangs)


# ---- What the mairies say of it (verbes/pilotage/evaluation.py) ----

TAUX_DE_REPONSE = 'Taux de réponse'


def avis(vue):
    """How many were asked, how many answered; their answers, where they tell nobody's; by structure, as delays."""
    bilan = evaluation.resumer(vue.lecteur, vue.criteres)
    titre = 'Ce qu\'en disent les mairies'
    if bilan.tu:
        return [Tableau('avis', titre, ('',), [], (bilan.tu,))]
    rangs = [Rang(majuscule(chiffre.libelle), (
        Case(nombre, '', chiffres.completer(vue.criteres, chiffre)), Case(None, taux)), chiffre.regle)
        for chiffre, nombre, taux in zip(
            evaluation.POSEES, (bilan.demandees, bilan.repondues), ('', bilan.taux or '–'))]
    notes = (evaluation.REGLE, *([bilan.detail] if bilan.repondues and bilan.detail else []))
    tables = [Tableau('avis', titre, ('', 'Demandes', TAUX_DE_REPONSE), rangs, notes)]
    for nom, question, comptes in (('avis_aide', evaluation.QUESTION, bilan.aides),
                                   ('avis_permis', evaluation.SUITE, bilan.permis)):
        if bilan.repondues and comptes:
            tables.append(Tableau(nom, question, ('Réponse', 'Avis'), [
                Rang(majuscule(dit), (Case(nombre),)) for dit, nombre in comptes], barres=True))
    return [*tables, *_avis_par_structure(vue)]


def _avis_par_structure(vue):
    if {'structure', 'direction'} & vue.criteres.keys():
        return []
    lus = evaluation.par_structure(vue.lecteur, vue.criteres)
    rangs = [Rang(dire_valeur('structure', cle), tuple(
        Case(nombre, '', chiffres.completer(vue.criteres | {'structure': str(cle)}, chiffre))
        for chiffre, nombre in zip(evaluation.POSEES, (lu.demandees, lu.repondues))) + (Case(None, lu.taux or '–'),))
        for cle, lu in lus.items()]
    if not rangs:
        return []
    return [Tableau('avis_structures', 'Avis des mairies, par structure',
                    ('Structure', 'Interrogées', 'Avis reçus', TAUX_DE_REPONSE),
                    sorted(rangs, key=lambda r: langue.ordre_alphabetique(r.libelle)), (
                        evaluation.D_AUTRUI, 'Une demande de plusieurs structures compte pour chacune.'))]


# ---- By month, theme, structure… ----

def par_mois(vue):
    """Received by month of deposit, reached in time by month of échéance, beside the period before."""
    mois = mois_de(vue.criteres['depuis'], vue.criteres['jusqua'])
    mois_d_avant = mois_de(vue.avant['depuis'], vue.avant['jusqua'])
    demandes, d_avant = map(chiffres.lues_de, (qui_repondent(vue.depot, RECUES), vue.depot_avant.demandes))
    echues, a_l_heure, calcul = vue.echues.demandes, jointes(vue.echues), du_calcul(vue.echues)
    lots = [echues, *(_dans(echues, 'echeance', code) for code, _, _ in mois)]
    muets = not liste.ouvre_les_listes(vue.lecteur) or any(
        tus_du_calcul(vue, lot, calcul) for lot in lots)            # by subtraction
    rangs = []
    for ce_mois, d_en_face in itertools.zip_longest(mois, mois_d_avant[:len(mois)]):
        rangs.append(Rang(dire_mois(ce_mois[0]), (
            _du_mois(vue.criteres, RECUES, demandes, 'depot', ce_mois),
            NON_DITE if muets else _du_mois(vue.criteres, JOINTES, a_l_heure, 'echeance', ce_mois),
            _du_mois(vue.avant, RECUES, d_avant, 'depot', d_en_face) if d_en_face else Case(None, '–'))))
    colonnes = ('Mois', 'Reçues', 'Jointes à temps', AVANT_DU_MOIS)
    return Tableau('mois', 'Demandes par mois', colonnes, rangs, (
        'Reçues\u00a0: par mois de dépôt. Jointes à temps\u00a0: par mois d\'échéance.',
        *(_en_face(mois, mois_d_avant) if comparable(vue) else ()), *restreintes(vue, _lues(vue), False)))


def _en_face(mois, mois_d_avant):
    """(The sentence that says which month is beside which,), when it is not the same one of another year."""
    ici, avant = mois[0][0], mois_d_avant[0][0]
    if ici[5:] == avant[5:]:
        return ()
    suite = ', et ainsi de suite' if len(mois) > 1 else ''
    return (f'Période d\'avant\u00a0: {dire_mois(avant)} est en face de {dire_mois(ici)}{suite}.',)


def _lues(vue):
    return chiffres.lues_de(vue.depot.demandes)


def _dans(demandes, nom, debut):
    """Those of which a day begins so: « 2026-11 », « 2026 »."""
    demandes.faits.deriver((nom, len(debut)), nom, lambda jour: jour and jour[:len(debut)])
    return demandes.de((nom, len(debut)), debut)


def _du_mois(criteres, chiffre, demandes, nom, mois):
    """The Case of those of a chiffre in one of mois_de(), by a day of theirs."""
    code, du, au = mois
    return _compte(criteres | {'depuis': du, 'jusqua': au}, chiffre, _dans(demandes, nom, code))


def par_valeur(vue, par):
    """The demandes received, their part, the open ones, by one of chiffres.PAR, the most numerous first."""
    titre, critere = chiffres.PAR[par]
    if par == 'canton' and not territoires()['canton']:
        return None
    demandes, d_avant = (qui_repondent(lues, RECUES) for lues in (vue.depot, vue.depot_avant))
    # of those that the reader does not read, by structure alone
    ici, avant = (chiffres.grouper(lues if par == 'structure' else chiffres.lues_de(lues), par,
                                   'perimetre' in vue.criteres) for lues in (demandes, d_avant))
    if critere in vue.criteres:                                     # of a team, the other structures are not asked for
        voulues = set(vue.criteres[critere].split(','))
        ici, avant = ({v: lues for v, lues in lot.items() if _code(v) in voulues} for lot in (ici, avant))
    total = vue.depot.demandes if par == 'structure' else _lues(vue)
    rien = demandes - demandes
    rangs = [_rang_de(vue, dire_valeur(par, valeur), {critere: _code(valeur)}, ici.get(valeur, rien),
                      avant.get(valeur, rien), total)
             for valeur in sorted({*ici, *avant}, key=lambda v: (-len(ici.get(v, ())), dire_valeur(par, v)))]
    notes = (*NOTES_PAR.get(par, ()), *restreintes(vue, total, par == 'structure'))
    pied = _rang_de(vue, 'Ensemble', {}, demandes, d_avant, vue.depot.demandes)
    return _sans_part_vide(Tableau(
        par, f'Par {PAR_DIT[par]}', (titre, 'Reçues', 'Part', 'Ouvertes', *ECARTS), rangs, notes, par != 'fiche', pied))


def _rang_de(vue, libelle, plus, siennes, d_avant, total):
    """The Rang of the demandes received that some more criteria find."""
    mesurees = chiffres.sans_reprise(siennes)
    encore = chiffres.parmi(mesurees, OUVERTES)
    return Rang(libelle, (
        _compte(vue.criteres | plus, RECUES, siennes), Case(None, part(mesurees, total)),
        _compte(vue.criteres | plus, OUVERTES, encore),
        _compte(vue.avant | plus, RECUES, d_avant), Case(None, _ecart(len(siennes), len(d_avant)))))


def _code(valeur):
    """What the list is asked, of a value of chiffres.PAR."""
    return liste.AUCUNE if valeur is None else str(valeur)


PAR_DIT = {'theme': 'thème', 'fiche': 'fiche', 'structure': 'structure', 'direction': 'direction',
           'type': 'type de collectivité', 'epci': 'intercommunalité', 'canton': 'canton'}
PLUSIEURS = 'Une demande de plusieurs {0} compte pour chacune, une seule fois dans «\u00a0Ensemble\u00a0».'
NOTES_PAR = {
    'canton': ('Une collectivité de plusieurs cantons est comptée à part, une fois\u00a0; «\u00a0sans canton\u00a0»'
               '\u00a0: une intercommunalité, une commune nouvelle dont il n\'est pas encore dit.',),
    'structure': ('Structures de l\'équipe. ' + PLUSIEURS.format('structures'),
                  HORS_DIRECT),
    'direction': ('Directions de l\'équipe. ' + PLUSIEURS.format('directions'),
                  HORS_DIRECT),
}


TERRITOIRES = ('arrondissement', 'canton', 'petr', 'secteur')
INCONNU = 'inconnu'


def dire_valeur(par, valeur):
    """The words of a value of chiffres.PAR, or of a territory; closed since, it says so; what is not there, never."""
    if par == 'canton' and valeur in (None, liste.AUCUNE):
        return 'Sans canton'
    if par in TERRITOIRES:
        return valeur if valeur in territoires()[par] else INCONNU
    if par == 'type':
        return valeur or 'Non dit'
    if valeur in (None, liste.AUCUNE):
        return {'theme': 'Sans thème', 'fiche': 'Demande libre'}.get(par, 'Sans intercommunalité')
    libelle = etiquettes.libelles()[par].get(valeur)
    if not libelle:
        return INCONNU if par == 'theme' else 'inconnue'
    fermee = f' (fermée le {langue.dire_jour(libelle.fermee_le, True)})' if libelle.fermee_le else ''
    return f'{libelle.nom}{fermee}'


# ---- By year, and who asks what ----

# annees: « 2025 », the first one first; depot, echues: the Lues of all of them.
Annees = namedtuple('Annees', 'annees depot echues')


def _lire_annees(vue):
    """The Annees of the filters of a Vue, whatever its period, read once. Those of the years that have ended count the
    restricted demandes as one of them alone does.
    """
    cache = vue.depot.demandes.faits.cache
    if 'annees' not in cache:
        ici = int(langue.aujourdhui()[:4])
        premiere = max(int(langue.jour_de(chiffres.premier_depot())[:4]), ici - ANS_MAX + 1)
        criteres = vue.criteres | {'depuis': f'{premiere}-01-01', 'jusqua': f'{ici}-12-31'}
        tout = chiffres.toutes_comptees(vue.lecteur, vue.criteres | _bornes(ici - 1))
        faits = chiffres.lire_faits(
            vue.lecteur, chiffres.sans_periode(criteres), [
                chiffres.par_depot(criteres), chiffres.par_echeance(criteres)], (OUVERTES, *chiffres.TEMPS), tout)
        cache['annees'] = Annees([str(annee) for annee in range(premiere, ici + 1)],
                                 chiffres.recues(faits, criteres, tout), chiffres.echues(faits, criteres))
    return cache['annees']


def _bornes(annee):
    return {nom: f'{annee}{fin}' for nom, fin in chiffres.ANNEES.items()}


def _ranger_par_annee(annees, demandes, nom='depot'):
    """{« 2025 »: those counted in it}, of each of Annees; of one that goes on, those that the reader reads."""
    ici, siennes = langue.aujourdhui()[:4], {annee: _dans(demandes, nom, annee) for annee in annees}
    return {annee: lues if annee < ici else chiffres.lues_de(lues) for annee, lues in siennes.items()}


def par_annee(vue):
    """Received, in time, open, of each year: does it rise?"""
    serie, muets = _lire_annees(vue), volumes_seuls(vue.lecteur, vue.criteres)
    calcul = du_calcul(serie.echues)
    demandes, echues = (_ranger_par_annee(serie.annees, *ceux) for ceux in (
        (qui_repondent(serie.depot, RECUES),), (serie.echues.demandes, 'echeance')))
    tues = muets or any(tus_du_calcul(vue, lot, calcul) for lot in (serie.echues.demandes, *echues.values()))
    en_cours = set() if liste.ouvre_les_listes(vue.lecteur) else {langue.aujourdhui()[:4]}      # looked at each day
    rangs = [_rang_d_une_annee(vue, serie, annee, demandes[annee],
                               None if tues or annee in en_cours else echues[annee] & calcul)
             for annee in serie.annees]
    return _sans_part_vide(Tableau(
        'annees', 'Par année', ('Année', 'Reçues', 'Ouvertes', 'Jointes à temps', 'Sur', 'Part'), rangs,
        ('Toutes les années, quelle que soit la période choisie, avec les autres filtres. Jointes à temps\u00a0: '
         'celles dont l\'échéance tombe dans l\'année.', *_des_annees(vue)), True))


def _rang_d_une_annee(vue, serie, annee, demandes, dans):
    """Its Rang; dans: those that a rate is of, None when what is « à temps » is not said."""
    criteres = vue.criteres | _bornes(annee)
    ouvertes = chiffres.parmi(chiffres.sans_reprise(demandes), OUVERTES)
    cases = _compte(criteres, RECUES, demandes), _compte(criteres, OUVERTES, ouvertes)
    if dans is None:
        return Rang(annee, (*cases, NON_DITE, NON_DITE, Case(None, '')))
    a_l_heure = dans & jointes(serie.echues)
    return Rang(annee, (*cases, Case(len(a_l_heure), '', chiffres.completer(criteres, JOINTES)),
                        Case(len(dans), '', chiffres.completer(criteres, chiffres.DU_CALCUL)),
                        Case(None, part(a_l_heure, dans))))


def _des_annees(vue):
    """(What is said of the restricted demandes,) of a table by year."""
    if vue.lecteur.administre:
        return ()
    return ('Diffusion restreinte\u00a0: celles que vous ne lisez pas ne sont comptées que dans l\'ensemble, ou une '
            'structure, des années civiles finies.',)


def annees_et_structures(vue):
    """Received each year, by structure."""
    if 'structure' in vue.criteres:
        return None
    serie = _lire_annees(vue)
    demandes = _ranger_par_annee(serie.annees, qui_repondent(serie.depot, RECUES))
    structures = _par_leur_nom('structure', {cle for lot in demandes.values() for cle in lot.groupes('structures')})
    rangs = [Rang(annee, (*(
        _compte(vue.criteres | _bornes(annee) | {'structure': str(cle)}, RECUES, lot.de('structures', cle))
        for cle in structures),
        _compte(vue.criteres | _bornes(annee), RECUES, lot))) for annee, lot in demandes.items()]
    return Tableau('annees_structures', 'Reçues par année et par structure',
                   ('Année', *(_dire_court('structure', cle) for cle in structures), 'Ensemble'), rangs,
                   (PLUSIEURS.format('structures'), HORS_DIRECT, *_des_annees(vue)))


def _par_leur_nom(par, valeurs):
    """Values of chiffres.PAR by their names, « sans » last."""
    return sorted(valeurs, key=lambda v: (v in (None, liste.AUCUNE), langue.ordre_alphabetique(dire_valeur(par, v))))


def _dire_court(par, valeur):
    libelle = etiquettes.libelles()[par].get(valeur)
    return libelle.court if libelle else dire_valeur(par, valeur)


def theme_et_epci(vue):
    """What is asked for in each EPCI: of what the reader reads, so that lines and columns add up."""
    demandes = chiffres.lues_de(qui_repondent(vue.depot, RECUES))
    par_epci, par_theme = chiffres.grouper(demandes, 'epci', 'perimetre' in vue.criteres), demandes.groupes('theme')
    lignes, themes = (_par_leur_nom(par, groupes) for par, groupes in (('epci', par_epci), ('theme', par_theme)))
    rangs = [_rang_croise(vue, dire_valeur('epci', cle), {'epci': _code(cle)}, par_epci[cle], themes) for cle in lignes]
    pied = _rang_croise(vue, 'Ensemble', {}, demandes, themes)
    return Tableau('theme_epci', 'Thèmes, par intercommunalité',
                   ('Intercommunalité', *(_dire_court('theme', theme) for theme in themes), 'Ensemble'), rangs,
                   restreintes(vue, demandes, False), False, pied, 'Aucune demande.')


def _rang_croise(vue, libelle, siens, demandes, themes):
    return Rang(libelle, (*(_croise(vue, siens | {'theme': _code(theme)}, demandes.de('theme', theme))
                            for theme in themes), _croise(vue, siens, demandes)))


def _croise(vue, plus, demandes):
    """The Case of what two more criteria find; nothing to open when there is none."""
    return _compte(vue.criteres | plus, RECUES, demandes) if demandes else Case(0)


def ensemble(vue):
    """Who works with whom: the demandes that two structures work on; of one, its own row."""
    demandes = chiffres.lues_de(qui_repondent(vue.depot, RECUES))
    structures = _par_leur_nom('structure', demandes.groupes('structures'))
    lignes = [int(vue.criteres['structure'])] if 'structure' in vue.criteres else structures
    rangs = [Rang(dire_valeur('structure', cle), tuple(
        _avec(vue, cle, autre, demandes.de('structures', cle).de('structures', autre)) for autre in structures))
        for cle in lignes if cle in structures]
    return Tableau('ensemble', 'Structures qui travaillent ensemble',
                   ('Structure', *(_dire_court('structure', cle) for cle in structures)), rangs,
                   ('Demandes que deux structures suivent ensemble\u00a0; sur la diagonale, celles qu\'une structure '
                    'suit seule.', HORS_DIRECT, *restreintes(vue, demandes, False)), vide='Aucune demande.')


def _avec(vue, cle, autre, demandes):
    if cle == autre:
        demandes.faits.deriver('combien', 'structures', len)
        demandes = demandes.de('combien', 1)
    return _croise(vue, {'structure': str(cle), 'avec': liste.AUCUNE if cle == autre else str(autre)}, demandes)


# (the names of the Tableau, what gives them), in the order to show them.
TABLEAUX = (
    (('mois',), lambda vue: [par_mois(vue)]),
    (('temps',), lambda vue: [a_temps(vue)]),
    (('confirme',), lambda vue: [confirme(vue)]),
    (('delais',), lambda vue: [delais(vue)]),
    (('structures_delais',), lambda vue: [delais_par_structure(vue)]),
    (('ouvertes',), lambda vue: [ouvertes(vue)]),
    (('statuts',), lambda vue: [statuts(vue)]),
    (('issues',), lambda vue: [issues(vue)]),
    (('ampleurs',), lambda vue: [ampleurs(vue)]),
    (('rejets',), lambda vue: [rejets(vue)]),
    (('origines',), lambda vue: [origines(vue)]),
    (('avis', 'avis_aide', 'avis_permis', 'avis_structures'), avis),
    *(((par,), lambda vue, par=par: [par_valeur(vue, par)]) for par in chiffres.PAR),
    (('annees',), lambda vue: [par_annee(vue)]),
    (('annees_structures',), lambda vue: [annees_et_structures(vue)]),
    (('theme_epci',), lambda vue: [theme_et_epci(vue)]),
    (('ensemble',), lambda vue: [ensemble(vue)]),
    (('a_part',), lambda vue: [a_part(vue)]),
)


# ---- As a file ----

NON_LUES, REPRISES = 'Dont à diffusion restreinte, non lues', 'Dont reprises de l\'historique'


def en_lignes(tableau):
    """(titles, rows) of a Tableau as a CSV says it: numbers as numbers, days in the title; its notes at the end."""
    rangs = [*tableau.rangs, *filter(None, [tableau.pied])]
    largeur = max((len(r.cases) for r in rangs), default=0)
    titres = [tableau.colonnes[0] or tableau.titre, *(
        f'{titre}, en jours' if titre.startswith('Médiane') else titre for titre in tableau.colonnes[1:largeur + 1])]
    tues, reprises, regles = (any(dits) for dits in (
        [c.dont for r in rangs for c in r.cases[:1]], [c.reprises for r in rangs for c in r.cases[:1]],
        [r.regle for r in rangs]))
    lignes = [[r.libelle, *map(en_cellule, r.cases), *[r.cases[0].dont] * tues, *[r.cases[0].reprises] * reprises,
               *[r.regle] * regles] for r in rangs]
    titres += [NON_LUES] * tues + [REPRISES] * reprises + ['Règle'] * regles
    notes = tableau.notes or (tableau.vide,) * (not rangs)
    return titres, [*lignes, *([f'Note\u00a0: {note}', *[''] * (len(titres) - 1)] for note in notes)]


def en_cellule(case):
    """The number of a Case, else what it says: « + 12 » is 12, « 4,5 jours » 4,5."""
    if case.nombre is not None:
        return case.nombre
    if re.fullmatch(r'[+−]?[\d\s]+', case.dit):
        return int(re.sub(r'[+\s]', '', case.dit).replace('−', '-'))
    if case.dit in ('=', '–'):
        return 0 if case.dit == '=' else ''
    return re.sub(r'\sjours?$', '', case.dit).replace('\u00a0', ' ')


# ---- What the filters offer ----

@models.gardee
def territoires():
    """{filter: the names there are}, those that were imported."""
    choix = {}
    for colonne in TERRITOIRES:
        noms = models.db.execute_sql(f"SELECT DISTINCT {colonne} FROM collectivite WHERE {colonne} <> ''").fetchall()
        mots = {liste.dire_canton(nom) if colonne == 'canton' else nom for nom, in noms}
        choix[colonne] = sorted(mots, key=lambda nom: (nom == liste.PLUSIEURS_CANTONS, langue.ordre_alphabetique(nom)))
    return choix


@models.gardee
def les_epci():
    """The ids of the EPCI of today, in the order to show them."""
    siens = perimetre.par_epci()
    return tuple(id_ for id_ in etiquettes.libelles()['epci'] if id_ in siens)
