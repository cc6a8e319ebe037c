"""How full the lines are: tokens of Python a line of code, by floor. Printed by « make lint », held nowhere: what is
touched goes down (datasette 4.9, zam 6.1, peewee 7.5).
"""
import tokenize
from pathlib import Path

RACINE = Path(__file__).parent.parent
VIDES = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
QUOI = {'models.py': 'models.py', 'verbes': 'verbes/**/*.py', 'views': 'views/**/*.py', 'tests': 'tests/**/*.py'}


def compter(chemin):
    """(tokens, lines that hold one) of a file; a docstring counts as its first line."""
    with tokenize.open(chemin) as lu:
        dits = [t for t in tokenize.generate_tokens(lu.readline) if t.type not in VIDES]
    return len(dits), len({t.start[0] for t in dits})


def dire(nom, motif):
    jetons, lignes = map(sum, zip(*map(compter, sorted(RACINE.glob(motif)))))
    return f'{nom}\u00a0: ' + f'{jetons / lignes:.1f}'.replace('.', ',')


if __name__ == '__main__':
    print('Mots par ligne de code –', ' · '.join(dire(nom, motif) for nom, motif in QUOI.items()))
