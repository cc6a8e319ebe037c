"""The look of a département: its logo, cleaned as any image, two colours, checked by the formula of WCAG 2,
and the drawing of its home page (views/paysages.html), in these two colours.

From each colour a whole ramp of tokens is made for the style sheet (static/commun.css « Jetons »), lighter or
darker by a fixed share: what is true of the contrast of the colour itself is then true of the others.
"""
import base64
import functools
import hashlib
import re
from collections import namedtuple

from models import Refus, Reglage, en_periode_electorale
from langue import aujourdhui

from verbes.contenus import electorale, images
from verbes.reglages import regler

# How each format begins, and its type.
FORMATS = ((b'\x89PNG', 'image/png'), (b'\xff\xd8\xff', 'image/jpeg'), (b'RIFF', 'image/webp'))
Logo = namedtuple('Logo', 'empreinte type octets')

HEXADECIMALE = re.compile('#[0-9a-f]{6}')
CONTRASTE = 4.5                                                     # of text, level AA
BLANC, NOIR = (255, 255, 255), (0, 0, 0)
FOND, CREUX, PRINCIPALE = '#fbf9f5', '#f5f1ea', '#284e70'           # --couleur-fond, --couleur-creux, --pastel-700
# Of each colour: (token, mixed with, share of it).
RAMPES = {
    'couleur': (('pastel-50', BLANC, .94), ('pastel-100', BLANC, .87), ('pastel-200', BLANC, .74),
                ('pastel-300', BLANC, .55), ('pastel-400', BLANC, .38), ('pastel-600', BLANC, .1),
                ('pastel-700', NOIR, 0), ('pastel-800', NOIR, .2), ('pastel-900', NOIR, .42)),
    'couleur_accent': (('brique-50', BLANC, .93), ('brique-200', BLANC, .7), ('brique-400', BLANC, .35),
                       ('brique-600', NOIR, 0), ('brique-700', NOIR, .2)),
}
# On what each is read, or white on it: the grounds of the pages, and the lightest of the main colour.
FONDS = {
    'couleur':        ('#ffffff', FOND, CREUX, 'pastel-50', 'pastel-100'),
    'couleur_accent': ('#ffffff', FOND, CREUX, 'pastel-50'),
}
PAYSAGES = {'montagne': 'Montagne', 'plaine': 'Plaine', 'littoral': 'Littoral', 'ville': 'Ville'}
NOMS = {'couleur': 'couleur principale', 'couleur_accent': 'couleur d\'accent'}


# ---- The logo: the setting « logo » holds its bytes, in base64 ----

@functools.lru_cache(maxsize=4)
def lire_logo(valeur):
    """The Logo of a setting, None without."""
    octets = base64.b64decode(valeur)
    return Logo(hashlib.sha256(octets).hexdigest()[:12], _type(octets), octets) if octets else None


def _type(octets):
    return next((nom for debut, nom in FORMATS if octets.startswith(debut)), None)


# ---- The colours ----

def contraste(une, autre):
    """The ratio of two colours (« #rrggbb »), from 1 to 21 (WCAG 2, « contrast ratio »)."""
    claire, sombre = sorted((_luminance(une), _luminance(autre)), reverse=True)
    return (claire + .05) / (sombre + .05)


def _luminance(couleur):
    rouge, vert, bleu = ((c / 12.92 if c <= .04045 else ((c + .055) / 1.055) ** 2.4)
                         for c in (octet / 255 for octet in _octets(couleur)))
    return .2126 * rouge + .7152 * vert + .0722 * bleu


def _octets(couleur):
    return tuple(bytes.fromhex(couleur[1:]))


def melanger(couleur, avec, part):
    return '#' + bytes(round(c + (a - c) * part) for c, a in zip(_octets(couleur), avec)).hex()


def jetons(cle, couleur):
    """{token: colour} of a ramp."""
    return {nom: melanger(couleur, avec, part) for nom, avec, part in RAMPES[cle]}


def pire_contraste(cle, couleur, principale):
    """The least ratio of a colour with what it is read on, or that is read on it."""
    clairs = jetons('couleur', principale or PRINCIPALE)
    return min(contraste(couleur, clairs.get(fond, fond)) for fond in FONDS[cle])


def dire_contraste(ratio):
    return f'{int(ratio * 10) / 10:.1f}'.replace('.', ',')          # cut: what is under never reads as enough


def _choisir_couleur(cle, saisie, principale):
    """A colour as it is kept, « #rrggbb » or ''; or a Refus."""
    if saisie and not HEXADECIMALE.fullmatch(saisie):
        raise Refus('Écrivez la couleur avec un dièse et six chiffres ou lettres de a à f, par exemple #1f4e79.',
                    champ=cle)
    ratio = pire_contraste(cle, saisie, principale if HEXADECIMALE.fullmatch(principale) else '') if saisie else 21
    if ratio < CONTRASTE:
        raise Refus(f'Le contraste de la {NOMS[cle]} avec les fonds où elle se lit est de '
                    f'{dire_contraste(ratio)}\u00a0: il faut 4,5 au moins. Choisissez-la plus foncée.', champ=cle)
    return saisie


@functools.lru_cache(maxsize=4)
def feuille(couleur, accent):
    """(its mark, the style sheet) of the colours that are set; ('', '') of none."""
    lignes = [f'--{nom}:{teinte}' for cle, choisie in (('couleur', couleur), ('couleur_accent', accent)) if choisie
              for nom, teinte in jetons(cle, choisie).items()]
    if not lignes:
        return '', ''
    texte = f':root{{{";".join(lignes)}}}\n'
    return hashlib.sha256(texte.encode()).hexdigest()[:12], texte


Apparence = namedtuple('Apparence', 'logo feuille')


def apparence(reglages):
    """The addresses of the logo and of the sheet of colours, '' for none: every page asks."""
    logo = lire_logo(reglages.get('logo', ''))
    empreinte, _ = feuille(reglages.get('couleur', ''), reglages.get('couleur_accent', ''))
    return Apparence(f'/logo-{logo.empreinte}' if logo else '', f'/couleurs-{empreinte}.css' if empreinte else '')


def comprendre(choix, logo):
    """({setting: value}, {field: sentence}): all that is refused of them, at once. logo: bytes, None for none."""
    dites = {cle: choix[cle].strip().lower() for cle in RAMPES}
    essais = {cle: functools.partial(_choisir_couleur, cle, dites[cle], dites['couleur']) for cle in RAMPES}
    essais['paysage'] = functools.partial(_dessiner, choix['paysage'])
    if logo is not None:
        essais['logo'] = lambda: base64.b64encode(images.lire_logo(logo).octets).decode()
    valeurs, fautes = {}, {}
    for champ, essai in essais.items():
        try:
            valeurs[champ] = essai()
        except Refus as refus:
            fautes[champ] = refus.phrase
    return valeurs, fautes


def _dessiner(paysage):
    if paysage not in PAYSAGES:
        raise Refus('Choisissez un des quatre dessins.', champ='paysage')
    return paysage


def _garder_la_couverture(valeurs):
    """During a période électorale the cover of the guide stays as it is (regles.md §13)."""
    reglages = Reglage.tous()
    change = valeurs.get('paysage', reglages['paysage']) != reglages['paysage']
    if change and en_periode_electorale(reglages, aujourdhui()):
        raise Refus(f'Période électorale {electorale.dire(reglages)}\u00a0: le dessin, qui est sur la couverture du '
                    'guide, ne change pas.', champ='paysage')


def habiller(choix, agent, logo=None, sans_logo=False):
    """Change {« couleur », « couleur_accent », « paysage »}; logo: the bytes of a new one, None to keep it."""
    valeurs, fautes = comprendre(choix, logo)
    for champ, phrase in fautes.items():
        raise Refus(phrase, champ=champ)
    _garder_la_couverture(valeurs)
    regler(valeurs | ({'logo': ''} if sans_logo else {}), agent)
