"""The name of a collectivité, as people write it: on a form, in an old file (regles.md §3, §9).

One that another has replaced is found by its name. What it reads is kept in memory until a commit. Nothing here writes.
"""
import re

import models
from models import Collectivite
from langue import distance, normaliser

from . import perimetre

# What people write around a name, once normalised, and the small words that change nothing to it.
FORMULE = re.compile(
    '^(?:(?:m|mr|mme|monsieur|madame) )?(?:(?:le|la|l) )?'
    '(?:maire|mairie|presidente?|commune|ville|communaute de communes|communaute d agglomeration|c c|cc|ca) '
    '(?:(?:le|la|les|l|du|de|des|d) )*|(?<=.) (?:mairie|cedex)$')
D_EPCI = re.compile(r'\b(presidente?|communaute|c c|cc|ca)\b')
CODE_POSTAL = re.compile(r'(?<!\d)\d{5}(?!\d)')
DELEGUEE = re.compile(r'[\s,(]+commune (?:d[ée]l[ée]gu[ée]e|associ[ée]e)\b.*', re.IGNORECASE)
ARTICLES = {'le', 'la', 'les', 'l', 'du', 'de', 'des', 'd'}
PROCHES_MAX = 13                                                    # twelve are offered: one more says the list is cut


def reconnaitre(saisi):
    """([Collectivite], sure) of a typed name, nearest first, at most PROCHES_MAX; a postal code alone lists all its
    communes. One that another has replaced is found by its name, beside which it is not said twice.

    Sure: one only, by its name or its first letters, formulas and articles aside. Anything vaguer is to be confirmed,
    as is a commune found for « communauté de communes de … » or the reverse, and what an earlier name leads to.
    """
    if code_seul(saisi):
        return distinctes(c for c in collectivites() if code_seul(saisi) in c.codes_postaux.split()), False
    nom, precise = decouper(saisi[:200])
    cherche = normaliser(nom)
    if not cherche:
        return [], False
    for proches in map(distinctes, _de_plus_en_plus_loin(cherche, noyau(cherche))):
        precises = [c for c in proches if precise in (c.type, *c.codes_postaux.split())]
        if proches:
            retenues = precises or proches                          # a code that is another's proves nothing
            seule = len(retenues) == 1 and bool(precises or not precise)
            seule = seule and coherent(cherche, retenues[0])
            return retenues[:PROCHES_MAX], seule and not perimetre.dire(retenues[0].id)
    return (distinctes(_par_mots(cherche)) or distinctes(_par_mots(noyau(cherche)))
            or distinctes(_par_sigle(cherche)))[:PROCHES_MAX], False


def distinctes(candidates):
    """Those that are there today, or were: one that has been replaced is not said beside what it is part of."""
    etat, candidates = perimetre.lire(), list(candidates)
    la = {c.id for c in candidates}
    return [c for c in candidates
            if c.id not in etat.a_venir and etat.actuelles.get(c.id, c.id) not in la - {c.id}]


def actuelles(candidates):
    """What each is today."""
    vers = perimetre.lire().actuelles
    if all(vers.get(c.id, c.id) == c.id for c in candidates):
        return candidates
    toutes = {c.id: c for c in collectivites()}
    return [toutes.get(vers[c.id], c) for c in candidates]


def _de_plus_en_plus_loin(cherche, coeur):
    """The collectivités of this exact name; else of this name but its formula and articles; else that are called so
    (« Luchon », of Bagnères-de-Luchon); else that begin so.
    """
    yield list(Collectivite.raw('SELECT * FROM collectivite WHERE cherche = ?', cherche))     # without reading all
    yield [c for c in collectivites() if coeur and noyau(c.cherche) == coeur]
    yield [c for c in collectivites() if FORMULE.sub('', cherche) in usuels(c)]
    yield [c for c in collectivites()
           if c.cherche.startswith(cherche) or (coeur and noyau(c.cherche).startswith(coeur))]


def _par_mots(cherche):
    """Those that hold every word; else those one slip of the keyboard away, or whose name has « sur … » after it."""
    mots = cherche.split()[:6]
    contenues = [c for c in collectivites() if all(mot in c.cherche for mot in mots)] if mots else []
    voisines = [c for c in collectivites() if distance(c.cherche, cherche) == 1]
    return contenues or voisines or [c for c in collectivites() if cherche.startswith(f'{c.cherche} sur ')]


def _par_sigle(cherche):
    """The EPCI of these initials: « CCF », of the CC du Frontonnais."""
    return [c for c in collectivites()
            if len(cherche) > 2 and c.type != 'Commune' and _sigle(c.cherche).startswith(cherche)]


def _sigle(cherche):
    formule, *mots = [mot for mot in cherche.split() if mot not in ARTICLES | {'et'}] or ['']
    return formule + ''.join(mot[0] for mot in mots)


def evoquees(saisi):
    """Those whose name is within what was typed, the longest first: Caraman, of « CCAS de Caraman »."""
    cherche = f' {normaliser(saisi)} '
    dites = [c for c in collectivites() if noyau(c.cherche) and f' {noyau(c.cherche)} ' in cherche]
    return distinctes(sorted(dites, key=lambda c: -len(noyau(c.cherche))))


@models.gardee
def collectivites():
    """Those of today and those that were replaced."""
    a_venir = perimetre.lire().a_venir
    return [c for c in Collectivite.select().order_by(Collectivite.cherche) if c.id not in a_venir]


def usuels(collectivite):
    """[the other names it is called by], as names are compared."""
    return [normaliser(nom) for nom in collectivite.usuels.split('|') if nom.strip()]


def noyau(cherche):
    """« cc du volvestre », « m le president de la communaute de communes du volvestre » → « volvestre »."""
    while (reste := FORMULE.sub('', cherche)) != cherche:
        cherche = reste
    return ' '.join(mot for mot in cherche.split() if mot not in ARTICLES)


def coherent(cherche, collectivite):
    """False when the words before the name say an EPCI and a commune was found, or the reverse."""
    if collectivite.cherche == cherche or not FORMULE.match(cherche):
        return True
    return bool(D_EPCI.search(cherche)) == (collectivite.type != 'Commune')


def decouper(saisi):
    """« Rieumes (31370) », « Rieumes 31370 », « 31370 Rieumes » → ('Rieumes', '31370'); « Rieumes, commune déléguée de
    Rieumes-Savès » → ('Rieumes', '').
    """
    nom, _, reste = DELEGUEE.sub('', saisi).partition('(')
    code = CODE_POSTAL.search(nom)
    if code and not reste:
        nom, reste = nom.replace(code[0], ''), code[0]
    return nom.strip(' ,;-'), reste.strip(' )')


def code_seul(saisi):
    """The postal code, when nothing else was typed; else ''."""
    return saisi.strip() if CODE_POSTAL.fullmatch(saisi.strip()) else ''
