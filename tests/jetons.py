"""What a round costs: printed by « make lint » beside the same at 2027.03, held nowhere. A line counts, be it empty; a
token is what Python reads, without comments, ends of lines nor indents: joining two lines gains nothing. Then how full
a line is, of those that hold a token (datasette 4.9, peewee 7.5)."""
import tokenize
from pathlib import Path

RACINE = Path(__file__).parent.parent
VIDES = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
ETAGES = {'racine': '*.py', 'verbes': 'verbes/**/*.py', 'views': 'views/**/*.py', 'tests': 'tests/**/*.py'}


def compter(chemin):
    """(lines, tokens, lines that hold one) of a file; a docstring counts as its first line."""
    with tokenize.open(chemin) as lu:
        *dits, fin = tokenize.generate_tokens(lu.readline)
    dits = [t for t in dits if t.type not in VIDES]
    return fin.start[0] - 1, len(dits), len({t.start[0] for t in dits})


def dire(nom, *comptes):
    """comptes: (how many, of what, how many at 2027.03)."""
    dits = ' · '.join(f'{nombre:,} {quoi} ({avant:,})' for nombre, quoi, avant in comptes)
    print(f'{nom}\u00a0: {dits}'.replace(',', '\u00a0'))


if __name__ == '__main__':
    etages = {nom: [*map(sum, zip(*map(compter, RACINE.glob(motif))))] for nom, motif in ETAGES.items()}
    lignes, mots, _ = (sum(etages[nom][rang] for nom in ETAGES if nom != 'tests') for rang in range(3))
    gabarits = sum(chemin.stat().st_size for chemin in RACINE.glob('views/**/*.html'))
    print('Entre parenthèses, à 2027.03.')
    dire('Produit', (lignes, 'lignes', 48_361), (mots, 'mots du langage', 344_279),
         (gabarits, 'octets de gabarits', 670_321))
    dire('Tests', (etages['tests'][0], 'lignes', 64_262), (etages['tests'][1], 'mots du langage', 578_368))
    print('Mots par ligne de code –', ' · '.join(
        f'{nom}\u00a0: {mots / pleines:.1f}'.replace('.', ',') for nom, (_, mots, pleines) in etages.items()))
