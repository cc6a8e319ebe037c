"""What the pages of figures are asked, a period and filters, and how it is said (verbes/pilotage/tableaux.py)."""
from collections import namedtuple

import langue
from models import Refus
from verbes import etiquettes, regles
from verbes.demande import liste
from verbes.pilotage import chiffres, tableaux
from views import choix, parametre, request
from views.champs import Champ
from views.criteres import refuser_les_doubles

PAGE = '/espace/pilotage'
PERIODE = ('periode', 'du', 'au')
# Fields: choix, no choice, in words.
TERRITOIRES = (
    Champ('arrondissement', 'Arrondissement', 'choix', choix='Tous'),
    Champ('canton', 'Canton', 'choix', choix='Tous'),
    Champ('petr', 'PETR', 'choix', choix='Tous'),
    Champ('secteur', 'Secteur', 'choix', choix='Tous'),
)
# What they are asked, and how it is said in the filters in force.
CHAMPS = (
    Champ('structure', 'Structure', 'choix', choix='Toutes'),
    Champ('direction', 'Direction', 'choix', choix='Toutes'),
    Champ('theme', 'Thème', 'choix', choix='Tous'),
    Champ('fiche', 'Fiche', 'choix', choix='Toutes'),
    Champ('type', 'Type de collectivité', 'choix', choix='Tous'),
    Champ('origine', 'Origine', 'choix', choix='Toutes'),
    *TERRITOIRES,
    Champ('perimetre', 'Communes fusionnées', 'choix', choix='Périmètre d\'aujourd\'hui'),
)
ORIGINES = (('plateforme', 'Par le formulaire'), ('direct', 'Reçues en direct'))
PERIMETRES = (('avant', 'Périmètre d\'avant les fusions'),)
SANS_PERIODE = ('Cette période n\'existe pas. Choisissez-la dans la liste, ou indiquez deux dates dans l\'ordre, de '
                f'{tableaux.ANS_MAX}\u00a0ans au plus.')
# A « lecteur » reads the whole, an EPCI or a canton, by whole months (regles.md §1).
DU_LECTEUR = {'epci', 'canton'}
DE_L_ENSEMBLE = ('Les lecteurs et le comité lisent les chiffres de l\'ensemble, d\'une intercommunalité ou d\'un '
                 'canton, pas ceux d\'une structure ou d\'une direction, ni plus fins. Retirez les autres filtres.')
EN_MOIS = ('Les lecteurs et le comité lisent les chiffres par mois, trimestres ou années entiers. Choisissez une '
           'période dans la liste.')
EDITIONS = {'': 'Document de travail interne', 'comite': 'Édition pour le comité de suivi technique'}


def pour_un_lecteur():
    """Is what is shown for a « lecteur », or for the comité, which reads the same?"""
    return bool(request.agent.lecteur_au) or parametre('edition') == 'comite'


def refus_au_lecteur(lue, criteres):
    """Why a « lecteur » does not read the figures of a Periode and of criteria, or ''."""
    if not tableaux.en_mois_entiers(lue.du, lue.au):
        return EN_MOIS
    fins = criteres.keys() - DU_LECTEUR or len(criteres) > 1 or ',' in criteres.get('epci', '')
    return DE_L_ENSEMBLE if fins else ''


def lire_mesures():
    """(the Periode, the criteria) of the address; Refus 403 of what is not for a « lecteur » (regles.md §1)."""
    periode, criteres = _lire_periode(), _lire_filtres()
    refus = refus_au_lecteur(periode, criteres) if pour_un_lecteur() else ''
    if refus:
        raise Refus(refus, 403)
    return periode, criteres


def _lire_periode():
    """The Periode of the address; Refus 400 of what is none."""
    code, du, au = (parametre(nom).strip() for nom in PERIODE)
    periode = tableaux.periode(code or periode_d_ouverture(), du, au)
    if not periode:
        raise Refus(SANS_PERIODE, 400, champ='du' if code == 'libre' else '')
    if code in tableaux.MANDATS and pour_un_lecteur():
        periode = tableaux.en_entier(periode)
    return periode


def periode_d_ouverture():
    """What is shown when nothing is asked: the last year that has ended, to a « lecteur »; else twelve months."""
    return str(int(langue.aujourdhui()[:4]) - 1) if pour_un_lecteur() else ''


def _lire_filtres():
    """The criteria of the address, in the order of chiffres.FILTRES, empty ones left out; Refus 400 on a bad value."""
    refuser_les_doubles(chiffres.FILTRES)
    criteres = {nom: parametre(nom).strip() for nom in chiffres.FILTRES if parametre(nom).strip()}
    for nom, valeur in criteres.items():
        if not liste.CONDITIONS[nom].valable(valeur):
            raise Refus(f'Le filtre «\u00a0{nom}\u00a0» de cette adresse n\'est pas valable. Revenez au pilotage.', 400)
    return criteres


# What the map and « sans demande » are asked besides: the words of the figures.
DES_LIEUX = tuple(c for c in CHAMPS if c.nom in ('theme', 'type'))
EN_ANNEES = 'Les lecteurs lisent la carte par années civiles entières. Choisissez une année dans la liste.'
# paires: the criteria of the demandes; quand: the period, in words; du: its first day, '' of the last 24 months.
Lieux = namedtuple('Lieux', 'paires quand du adresse')


def lire_lieux():
    """The Lieux of the address: its period (24 months without any), its theme and its type; Refus 400, 403."""
    noms = [c.nom for c in DES_LIEUX]
    refuser_les_doubles([*PERIODE, *noms])
    criteres = {nom: parametre(nom).strip() for nom in noms if parametre(nom).strip()}
    if any(not liste.CONDITIONS[nom].valable(valeur) for nom, valeur in criteres.items()):
        raise Refus('Un filtre de cette adresse n\'est pas valable. Revenez au pilotage.', 400)
    demandee = {nom: parametre(nom).strip() for nom in PERIODE if parametre(nom).strip()}
    if 'periode' not in demandee:
        return Lieux(tuple(criteres.items()), 'depuis 24\u00a0mois', '', criteres)
    periode = _lire_periode()
    if request.agent.lecteur_au and not (periode.du.endswith('-01-01') and periode.au.endswith('-12-31')):
        raise Refus(EN_ANNEES, 403)
    jours = {'depuis': periode.du, 'jusqua': periode.au}
    quand = tableaux.dire_jours(periode.du, periode.au)
    return Lieux(tuple((jours | criteres).items()), quand, periode.du, demandee | criteres)


def champs_des_lieux():
    """The fields of DES_LIEUX, with their choices."""
    return choix.remplir(DES_LIEUX, {'theme': choix.themes(), 'type': tuple((t, t) for t in regles.TYPES)})


def premiere_annee():
    """The year of the oldest deposit."""
    return langue.jour_de(chiffres.premier_depot())[:4]


def periodes(choisie, premiere, lecteur=False):
    """The choices of the period: mandates, years from the first one on, quarters, months, the newest first; the one
    chosen, older or to come; lecteur: years alone.
    """
    jour = langue.aujourdhui()
    annees = [str(annee) for annee in range(int(jour[:4]), int(premiere) - 1, -1)]
    trimestres = [f'{annee}-T{rang}' for annee in annees[:3] for rang in (4, 3, 2, 1)
                  if f'{annee}-{3 * rang - 2:02}' <= jour[:7]]
    mois = [code for code, _, _ in reversed(tableaux.mois_de(*tableaux.periode()[:2]))]
    mandats = [code for code in tableaux.MANDATS if tableaux.periode(code)]
    groupes = (('Mandats', [(m, _dire_periode(m)) for m in mandats]),
               ('Années', [(a, a) for a in annees]),
               ('Trimestres', [(t, _dire_periode(t)) for t in trimestres]),
               ('Mois', [(m, _dire_periode(m)) for m in mois]))
    autre = choisie if choisie not in ('', 'libre', *mandats, *annees, *trimestres, *mois) else ''
    return ((('Choisie', [(autre, _dire_periode(autre))]),) if autre else ()) + (groupes[1:2] if lecteur else groupes)


def _dire_periode(code):
    return langue.majuscule(tableaux.periode(code).dit.removeprefix('le '))


def choix_des_territoires():
    """{filter: its choices}, of the EPCI and of TERRITOIRES."""
    epci = etiquettes.libelles()['epci']
    return {'epci': tuple((str(cle), epci[cle].nom) for cle in tableaux.les_epci()),
            **{nom: tuple((v, v) for v in noms) for nom, noms in tableaux.territoires().items()}}


def dire_filtres(criteres):
    """[(name, words)] of each filter in force: « Thème : Voirie »."""
    dits = {c.nom: c.libelle for c in CHAMPS} | {'epci': 'Intercommunalité'}
    return [(nom, f'{dits[nom]}\u00a0: {_dire_valeur(nom, valeur)}') for nom, valeur in criteres.items()]


def _dire_valeur(nom, valeur):
    if nom in chiffres.PAR or nom in tableaux.TERRITOIRES:
        return langue.enumerer([tableaux.dire_valeur(nom, liste.lire_valeur(nom, v)) for v in valeur.split(',')])
    return dict(ORIGINES + PERIMETRES).get(valeur, valeur)


def en_jours(lue, criteres):
    """What an address asks of a Periode and of criteria, its days said: it tells the same on another day."""
    return {'periode': 'libre', 'du': lue.du, 'au': lue.au} | criteres


def barres_du_mois(tableau):
    """[(« nov. », received, reached in time, of those received taken over from before)], what graphiques.barres draws
    of the table of the months; of more than twelve, « nov. 25 ».
    """
    de_plusieurs_ans = len(tableau.rangs) > 12
    return [(_dire_le_mois(r.libelle, de_plusieurs_ans), r.cases[0].nombre, r.cases[1].nombre, r.cases[0].reprises)
            for r in tableau.rangs]


def _dire_le_mois(libelle, avec_l_annee):
    """« nov. » of « novembre 2025 », « nov. 25 » with its year."""
    mois, annee = libelle.split()
    court = tableaux.COURTS[langue.MOIS.index(mois)]
    return f'{court}\u00a0{annee[2:]}' if avec_l_annee else court
