"""How the file of an import is written, and what its columns are: as a spreadsheet saves or copies them, under the
headings that people give them.

Any encoding and separator that a spreadsheet writes, a title above the headings, headings without capitals, accents nor
plurals. Nothing here knows of the base (imports.py and historique.py do), nor of HTTP.
"""
import csv
import io
import re
import unicodedata
from collections import namedtuple

import langue
from models import Refus

from .colonnes import (
    CHERCHES, CLES, COLONNES, UNE_SEULE_FOIS, Faute, court, deproteger, lire_cellule)
from .titres import AUTRES, MODELES, TITRES, libelle

# How a file is written: its encoding, what parts its cells.
Forme = namedtuple('Forme', 'codage separateur')
CODAGES = {'utf-8-sig': 'UTF-8', 'cp1252': 'Windows-1252', 'cp850': 'MS-DOS', 'utf-16': 'UTF-16'}
SEPARATEURS = {';': '«\u00a0;\u00a0»', ',': '«\u00a0,\u00a0»', '\t': 'tabulation'}
# entete: its headings; noms: the column that each is, '' for none; rangees: [(line, cells)].
Tableau = namedtuple('Tableau', 'quoi forme entete noms rangees')
# v: {column: value} of the good cells; liens: {column: what it names}, found by imports.py.
Ligne = namedtuple('Ligne', 'numero v liens')

REFUS = 'refus'                                                     # of the lines that a review gives back; never read
AU_DESSUS = 10                                                      # lines among which the headings are
TITRES_MAX = 100                                                    # columns


# ---- The cells of a file ----

def ouvrir(quoi, octets, fautes):
    """The Tableau of a file, whose headings are among its first lines; a Refus says what it is that can't be read.
    Its separator is the one that a first line « sep=; » says, else the one that recognises most headings.

    fautes gets that of a line from which nothing can be read.
    """
    texte, codage = _decoder(octets)
    annonce = re.match('sep=(.)\r?\n', texte, re.IGNORECASE)       # which a spreadsheet does not show
    separateurs = [annonce[1]] if annonce and annonce[1] in SEPARATEURS else SEPARATEURS
    essais = [(separateur, *_couper(texte[annonce.end() if annonce else 0:], separateur)) for separateur in separateurs]
    separateur, rangees, illisibles = max(essais, key=lambda essai: max(_reconnues(quoi, essai[1]), default=0))
    notes = _reconnues(quoi, rangees)
    rang = notes.index(max(notes)) if notes and max(notes) else 0
    fautes += illisibles
    entete, rangees = _retailler(rangees[rang:])
    if len(entete) > TITRES_MAX:
        raise Refus(f'Ce fichier a {len(entete)} colonnes, {TITRES_MAX} au plus : supprimez celles qui sont inutiles.')
    return Tableau(quoi, Forme(codage, separateur), entete, reconnaitre(quoi, entete, rangees), rangees)


def _decoder(octets):
    """(text, its encoding), in composed letters: a name typed on a Mac is the same name."""
    if octets.startswith((b'PK', b'\xd0\xcf\x11\xe0', b'%PDF')):
        raise Refus('Ce fichier est un classeur ou un document, pas un CSV : enregistrez-le au format « CSV UTF-8 » '
                    'depuis le tableur (« Enregistrer sous… »), ou copiez ses cellules et collez-les.')
    codage = _deviner(octets)
    try:
        texte = unicodedata.normalize('NFC', octets.decode(codage))
    except UnicodeDecodeError as erreur:
        ligne = octets[:erreur.start].count(b'\n') + 1
        raise Refus(
            f"Ce fichier n'est pas en UTF-8 (ligne {ligne}) : enregistrez-le au format « CSV UTF-8 ».") from None
    if not texte.strip():
        raise Refus("Ce fichier est vide : il faut une ligne d'en-tête, puis une ligne par donnée.")
    return texte, codage


def _deviner(octets):
    """UTF-8 that is cut, or mixed with something else, is not taken for Windows-1252."""
    if octets.startswith((b'\xff\xfe', b'\xfe\xff')) and len(octets) > 2:
        return 'utf-16'
    try:
        octets.decode('utf-8-sig')
    except UnicodeDecodeError:
        if not re.search(b'\xc3[\x80-\xbf]|\0', octets) and octets[:1] != b'\xff':
            accents = len(re.findall(b'[\x80-\x9f]', octets)) > len(re.findall(b'[\xc0-\xff]', octets))
            return 'cp850' if accents else 'cp1252'
    return 'utf-8-sig'


def _couper(texte, separateur):
    """([(line, as a spreadsheet counts them, cells)], [Faute]), but the empty lines.

    A line that can't be read is ILLISIBLE instead: the reading begins again below it.
    """
    lignes, rangees, reprises, debut = list(io.StringIO(texte, newline='')), [], 0, 0
    while debut < len(lignes):
        lecteur, depart = csv.reader(lignes[debut:], delimiter=separateur, strict=True), debut
        try:
            for cellules in lecteur:
                rangees.append((len(rangees) + 1, cellules))
                debut = depart + lecteur.line_num
        except csv.Error:
            reprises += 1
            rangees.append((len(rangees) + 1, ILLISIBLE))
            debut += 1
        if reprises > REPRISES_MAX:
            return rangees, [Faute(len(rangees) + 1, '', 'Illisible à partir d\'ici, suite non contrôlée : '
                                                  'trop de guillemets mal placés, ou non fermés.')]
    return [(numero, cellules) for numero, cellules in rangees if any(cellule.strip() for cellule in cellules)], []


ILLISIBLE = ['Illisible : guillemet mal placé ou non fermé, ou cellule trop longue. Corrigez cette ligne.']
REPRISES_MAX = 50


def _reconnues(quoi, rangees):
    """How many headings each of the first lines has."""
    return [len({*reconnaitre(quoi, cellules)} - {''}) for _, cellules in rangees[:AU_DESSUS]]


def _retailler(rangees):
    """(headings, rows) without the empty columns that end a spreadsheet, nor the column of the refusals."""
    if not rangees:
        return [], []
    (_, entete), *suite = rangees
    large = max((rang for rang, titre in enumerate(entete, 1) if titre.strip()), default=0)
    large = max([large, *(_large(cellules) for _, cellules in suite if len(cellules) == len(entete))])
    entete = [court(titre.strip()) for titre in entete[:large]]
    rangs = [rang for rang, titre in enumerate(entete) if titre != REFUS]
    suite = [(numero, _garder_colonnes(cellules, large, rangs)) for numero, cellules in suite]
    return [entete[rang] for rang in rangs], suite


def _large(cellules):
    return max((rang for rang, cellule in enumerate(cellules, 1) if cellule.strip()), default=0)


def _garder_colonnes(cellules, large, rangs):
    """A line whose cells are too many, or too few, stays as it is: it is a fault."""
    if len(cellules) < large or any(cellule.strip() for cellule in cellules[large:]):
        return cellules
    return [cellules[rang] for rang in rangs]


# ---- The headings ----

# Small words of a heading, which say nothing of its column.
_VIDES = {'de', 'du', 'des', 'd', 'la', 'le', 'les', 'l', 'a', 'au', 'en', 'et', 'e', 'ou', 'par', 'un', 'une'}

_ABREGES = {'num': 'numero', 'no': 'numero', 'dat': 'date', 'dt': 'date', 'lib': 'libelle', 'typ': 'type',
            'cod': 'code', 'dem': 'demande', 'clo': 'cloture', 'obs': 'observation',
            'col': 'collectivite', 'tel': 'telephone'}


def cle_de_titre(titre):
    """A heading without capitals, accents, plurals nor small words: « Dates de la demande » → « date demande »."""
    tous = [_ABREGES.get(mot, mot) for mot in langue.normaliser(titre).split()]
    mots = [mot for mot in tous if mot not in _VIDES] or tous
    return ' '.join(mot[:-1] if len(mot) > 3 and mot.endswith('s') else mot for mot in mots)


def _par_cle(quoi):
    """{heading: column}: the name of a column, and the words that people use for it."""
    connus = {cle_de_titre(dit): nom for nom in (*(c.nom for c in COLONNES[quoi]), *AUTRES.get(quoi, ()))
              for dit in (nom, libelle(nom))}
    return connus | {cle_de_titre(dit): nom for nom, dits in TITRES.get(quoi, {}).items() for dit in dits.split(', ')}


PAR_CLE = {quoi: _par_cle(quoi) for quoi in COLONNES}


def reconnaitre(quoi, entete, rangees=()):
    """The column that each heading is, '' for none; of two that are the same one, the first.

    Whole, else by what it begins with: « Commune concernée ». Numbers that are not all numbers are a reference.
    """
    noms, connus = [''] * len(entete), {c.nom for c in COLONNES[quoi]}
    trouver = (lambda titre: titre.strip() if titre.strip() in connus else '',
               lambda titre: PAR_CLE[quoi].get(cle_de_titre(titre), ''),
               lambda titre: _qui_commence(PAR_CLE[quoi], cle_de_titre(titre)))
    for essai in trouver:
        for rang, titre in enumerate(entete):
            nom = '' if noms[rang] else essai(titre)
            noms[rang] = noms[rang] or (nom if nom not in noms else '')
    if 'reference' in PAR_CLE[quoi].values() and 'numero' in noms and 'reference' not in noms:
        rang = noms.index('numero')
        valeurs = [cellules[rang].strip() for _, cellules in rangees if len(cellules) > rang]
        entieres = [valeur for valeur in valeurs if re.fullmatch(r'(?i)(n°?|#)?\.?\s*\d{0,6}([.,]0+)?', valeur)]
        noms[rang] = 'numero' if len(entieres) * 2 >= len(valeurs) else 'reference'
    return noms


def modele(quoi):
    """The headings of an empty file, as people would write them."""
    noms = MODELES.get(quoi) or [c.nom for c in COLONNES[quoi] if not c.nouvelle]
    return [libelle(nom) for nom in noms]


def _qui_commence(colonnes, cle):
    debuts = [dit for dit in colonnes if len(dit) > 3 and cle.startswith(f'{dit} ')]
    return colonnes[max(debuts, key=len)] if debuts else ''


def retenir(tableau):
    """A Tableau without the columns that are nothing."""
    rangs = [rang for rang, nom in enumerate(tableau.noms) if nom]
    large = len(tableau.noms)
    return tableau._replace(
        entete=[tableau.entete[rang] for rang in rangs], noms=[tableau.noms[rang] for rang in rangs],
        rangees=[(numero, [cellules[rang] for rang in rangs] if len(cellules) == large else cellules)
                 for numero, cellules in tableau.rangees])


def exacte(tableau):
    """True of a file that has the columns of our own exports, under their names: nothing of it is to be guessed."""
    attendues = {c.nom for c in COLONNES[tableau.quoi] if not c.nouvelle}
    return attendues <= set(tableau.entete) and tableau.entete == tableau.noms


def fautes_d_entete(tableau):
    """What is wrong in the headings of a file of which nothing is to be guessed."""
    attendues = {c.nom: c for c in COLONNES[tableau.quoi]}
    if not set(tableau.noms) - {''}:
        raise Refus(f'La première ligne doit nommer les colonnes, séparées par « ; » : {";".join(attendues)}')
    fausses = {nom: "Colonne absente de l'en-tête : ajoutez-la, même vide." for nom, colonne in attendues.items()
               if nom not in tableau.noms and not colonne.nouvelle}
    for titre, nom in zip(tableau.entete, tableau.noms):
        if not nom:
            double = PAR_CLE[tableau.quoi].get(cle_de_titre(titre)) in tableau.noms
            fausses[titre] = ('Colonne nommée plusieurs fois : gardez-en une.' if double else
                              'Colonne inconnue : retirez-la, ou corrigez son nom.')
    if not tableau.rangees and not fausses:
        raise Refus("Ce fichier n'a que sa ligne d'en-tête : ajoutez les lignes à importer.")
    return [Faute(1, court(titre), raison) for titre, raison in fausses.items()]


# ---- The lines ----

def lire_fichier(quoi, octets, progres=None):
    """(lines, faults) of a file that is taken as it is, the base not being looked at."""
    fautes = []
    try:
        tableau = ouvrir(quoi, octets, fautes)
        d_entete = fautes_d_entete(tableau)
    except Refus as refus:
        return [], [*fautes, Faute(1, '', refus.phrase)]
    if d_entete:
        return [], [*fautes, *d_entete]
    return lire_lignes(tableau, fautes, progres), fautes


def lire_lignes(tableau, fautes, progres=None):
    """[Ligne] of a Tableau; fautes gets those of its cells."""
    connues = {c.nom: c for c in COLONNES[tableau.quoi]}
    colonnes = [connues.get(nom) for nom in tableau.noms]
    lignes = [_lire_ligne(numero, cellules, colonnes, tableau.forme, fautes)
              for numero, cellules in suivre(tableau.rangees, progres, len(tableau.rangees))]
    nommees = {c.nom for c in colonnes if c}
    for cle, constante in ((CLES[tableau.quoi], None), *UNE_SEULE_FOIS.get(tableau.quoi, ())):
        _comparer(lignes, [c for c in cle if c in nommees], constante, fautes)
    for ligne in lignes:
        ligne.v['cherche'] = [langue.normaliser(ligne.v.get(c) or '') for c in CHERCHES.get(tableau.quoi, ())]
    return lignes


def suivre(rangees, progres, total, moitie=0):
    """Go over lines, telling progres every 500 how far the import is: reading is the first half, writing the second."""
    for i, rangee in enumerate(rangees):
        if progres and i % 500 == 0:
            progres((moitie * total + i) // 2, total)
        yield rangee


def _lire_ligne(numero, cellules, colonnes, forme, fautes):
    ligne = Ligne(numero, {}, {})
    if len(cellules) != len(colonnes):
        fautes.append(faute_de_cellules(numero, cellules, colonnes, forme))
        return ligne
    for colonne, cellule in zip(colonnes, cellules):
        try:
            if colonne:
                ligne.v[colonne.nom] = lire_cellule(colonne, nettoyer(cellule))
        except Refus as refus:
            fautes.append(Faute(numero, colonne.nom, refus.phrase))
    return ligne


def faute_de_cellules(numero, cellules, colonnes, forme):
    if cellules == ILLISIBLE:
        return Faute(numero, '', *ILLISIBLE)
    return Faute(numero, '', f'{len(cellules)} cellules au lieu de {len(colonnes)} : un texte a peut-être été coupé '
                 f'(avec {SEPARATEURS[forme.separateur]}, il se met entre guillemets).')


def nettoyer(cellule):
    return deproteger(cellule.strip()).replace('\r\n', '\n')


def _comparer(lignes, cle, constante, fautes):
    """Say which lines have the key of an earlier one or, where that is fine,
    another value in the column that should not vary.
    """
    premieres = {}
    lignes = lignes if cle else ()
    for ligne in lignes:
        if not all(c in ligne.v for c in (*cle, constante or cle[0])) or not ligne.v[cle[0]]:
            continue                                                # a cell at fault, or nothing that is told apart
        valeurs = tuple(ligne.v[c] for c in cle)
        premiere = premieres.setdefault(valeurs, ligne)
        if not constante and premiere is not ligne:
            fautes.append(Faute(
                ligne.numero, cle[0],
                f'{" + ".join(cle)} : déjà à la ligne {premiere.numero}. Gardez une seule des deux.'))
        elif constante and ligne.v[constante] != premiere.v[constante]:
            fautes.append(Faute(
                ligne.numero, constante,
                f"Autre valeur qu'à la ligne {premiere.numero} : écrivez partout la même."))


