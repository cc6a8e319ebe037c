"""What the pages of figures are asked, a period and filters, and how it is said (verbes/pilotage/tableaux.py)."""
import langue
from models import Refus
from verbes import etiquettes
from verbes.demande import liste
from verbes.pilotage import chiffres, tableaux
from views import parametre, request
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
# A « lecteur » reads the whole, an EPCI or a canton, by whole months (domaine.md §1).
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
    """(the Periode, the criteria) of the address; Refus 403 of what is not for a « lecteur » (domaine.md §1)."""
    lue, criteres = _lire_periode(), _lire_filtres()
    refus = refus_au_lecteur(lue, criteres) if pour_un_lecteur() else ''
    if refus:
        raise Refus(refus, 403)
    return lue, criteres


def _lire_periode():
    """The Periode of the address; Refus 400 of what is none."""
    code, du, au = (parametre(nom).strip() for nom in PERIODE)
    lue = tableaux.periode(code or periode_d_ouverture(), du, au)
    if not lue:
        raise Refus(SANS_PERIODE, 400, champ='du' if code == 'libre' else '')
    if code in tableaux.MANDATS and pour_un_lecteur():
        lue = tableaux.en_entier(lue)
    return lue


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
    of the table of the months.
    """
    return [(tableaux.COURTS[langue.MOIS.index(r.libelle.split()[0])], r.cases[0].nombre, r.cases[1].nombre,
             r.cases[0].reprises) for r in tableau.rangs]
