"""Mutants of a room: one small fault at a time in the functions of its verbs and pages, against its own tests, without
browsers. « make mutants PIECE=demande » prints which faults no test sees, and which tests see none where they pass."""
import ast
import collections
import concurrent.futures
import glob
import os
import queue
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import coverage

RACINE = Path(__file__).parent.parent
AILLEURS = shutil.ignore_patterns('.git', '.venv', 'dist', '__pycache__', '.pytest_cache', '.ruff_cache')
CONTRAIRES = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.And: ast.Or, ast.Or: ast.And}
ET = re.compile(r'\bAND\b')
SECONDES, QUELQUES = 300, 40                                        # of one mutant; of the tests played first
Mutant = collections.namedtuple('Mutant', 'fichier ligne quoi rang')  # rang: among the faults of its file


def fautes(noeud):
    """(the operator, the line, what does it to this node), each."""
    ligne = getattr(noeud, 'lineno', 0)
    if isinstance(noeud, ast.Compare):
        yield 'comparaison', ligne, lambda n: n.ops.__setitem__(0, CONTRAIRES[type(n.ops[0])]())
    if isinstance(noeud, ast.BoolOp):
        yield 'et/ou', ligne, lambda n: setattr(n, 'op', CONTRAIRES[type(n.op)]())
    if isinstance(noeud, ast.UnaryOp) and isinstance(noeud.op, ast.Not):
        yield 'not', ligne, lambda n: setattr(n, 'operand', ast.UnaryOp(ast.Not(), n.operand))
    if isinstance(noeud, ast.If | ast.IfExp):
        yield 'branche prise', ligne, lambda n: setattr(n, 'test', ast.Constant(True))
        yield 'branche laissée', ligne, lambda n: setattr(n, 'test', ast.Constant(False))
    if isinstance(noeud, ast.Constant) and type(noeud.value) is int:
        yield 'entier + 1', ligne, lambda n: setattr(n, 'value', n.value + 1)
    if isinstance(noeud, ast.Constant) and isinstance(noeud.value, str) and ET.search(noeud.value):
        yield 'AND → OR', ligne, lambda n: setattr(n, 'value', ET.sub('OR', n.value, count=1))
    for champ in ('body', 'orelse') if isinstance(noeud, ast.stmt) else ():
        for rang, enfant in enumerate(getattr(noeud, champ, ())):
            appel = isinstance(enfant, ast.Expr) and isinstance(enfant.value, ast.Call)
            if appel or isinstance(enfant, ast.Assign | ast.AugAssign | ast.Raise | ast.Return):
                yield ('appel ôté' if appel else 'ligne ôtée', enfant.lineno,
                       lambda n, champ=champ, rang=rang: getattr(n, champ).__setitem__(rang, ast.Pass()))


def toutes(arbre):
    """[(node, fault)] of the functions of a file: what is at its top is a table, that other tests hold."""
    return [(noeud, faute) for fonction in arbre.body if isinstance(fonction, ast.FunctionDef)
            for noeud in ast.walk(fonction) for faute in fautes(noeud)]


def ecrire(mutant):
    """The text of its file, with this fault alone."""
    arbre = ast.parse(mutant.fichier.read_text('utf-8'))
    noeud, (*_, faire) = toutes(arbre)[mutant.rang]
    faire(noeud)
    return ast.unparse(ast.fix_missing_locations(arbre))


def lancer(dossier, *commande):
    return subprocess.run([sys.executable, '-m', *commande], cwd=dossier, capture_output=True, text=True,
                          timeout=None if commande[0] == 'coverage' else SECONDES, check=False)


def qui_passe(dossier, piece):
    """{(file, line): {« file.test »}} of the tests of a room."""
    ou = f'--include=verbes/{piece}/*,views/{piece}/*'
    (dossier / '.coveragerc').write_text('[run]\ndynamic_context = test_function\n', 'utf-8')
    tests = [test for test in glob.glob(f'tests/{piece}/test_*.py', root_dir=dossier) if 'navigateur' not in test]
    lancer(dossier, 'coverage', 'run', ou, '-m', 'pytest', '-q', '-p', 'no:cacheprovider', *tests)
    (lues := coverage.CoverageData(str(dossier / '.coverage'))).read()
    return {(str(RACINE / Path(fichier).relative_to(dossier)), ligne): sorted(filter(None, contextes))
            for fichier in lues.measured_files() for ligne, contextes in lues.contexts_by_lineno(fichier).items()}


def jouer(dossier, piece, mutant, tests):
    """Those of these tests that see it; all of them, of a fault that never ends."""
    ici = dossier / mutant.fichier.relative_to(RACINE)
    fichiers = sorted({f'tests/{piece}/{test.split(".")[0]}.py' for test in tests})
    noms = ' or '.join(sorted({test.split('.')[1] for test in tests}))
    try:
        ici.write_text(ecrire(mutant), 'utf-8')
        dit = lancer(dossier, 'pytest', '-q', '--tb=no', '-p', 'no:cacheprovider', '-rfE', *fichiers, '-k', noms).stdout
    except subprocess.TimeoutExpired:
        return set(tests)
    finally:
        shutil.copyfile(mutant.fichier, ici)
    vus = {f'{fichier}.{nom}' for fichier, nom in re.findall(r'^(?:FAILED|ERROR) \S*?(\w+)\.py(?:::(\w+))?', dit, re.M)}
    return {test for test in tests if vus & {test, f'{test.split(".")[0]}.'}}


def voir(dossier, piece, mutant, tests):
    """(the tests played, those that see it): some first, all of them when none of these does."""
    quelques = random.Random(str(mutant)).sample(tests, min(len(tests), QUELQUES))
    vus = jouer(dossier, piece, mutant, quelques) if quelques else set()
    return (quelques, vus) if vus or len(quelques) == len(tests) else (tests, jouer(dossier, piece, mutant, tests))


def main(piece, graine, minutes):
    muets, tueurs, vivants, joues = collections.Counter(), set(), [], 0
    mutants = [Mutant(fichier, ligne, quoi, rang) for etage in ('verbes', 'views')
               for fichier in sorted((RACINE / etage / piece).rglob('*.py'))
               for rang, (_, (quoi, ligne, _)) in enumerate(toutes(ast.parse(fichier.read_text('utf-8'))))]
    random.Random(graine).shuffle(mutants)
    with tempfile.TemporaryDirectory() as ou, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as fils:
        places = queue.SimpleQueue()
        for n in range(os.cpu_count()):
            places.put(Path(shutil.copytree(RACINE, Path(ou, str(n)), ignore=AILLEURS)))
        passent = qui_passe(Path(ou, '0'), piece)
        fin = time.monotonic() + 60 * minutes

        def un(mutant):
            place = places.get()
            try:
                if time.monotonic() < fin:
                    return mutant, *voir(place, piece, mutant, passent.get((str(mutant.fichier), mutant.ligne), []))
            finally:
                places.put(place)
        for mutant, tests, vus in filter(None, fils.map(un, mutants)):
            joues, tueurs = joues + 1, tueurs | vus
            muets.update(tests)
            vivants += [] if vus else [(mutant, len(tests))]
    print(f'{piece}, graine {graine}\u00a0: {joues} fautes sur {len(mutants)}, {joues - len(vivants)} vues')
    for (fichier, ligne, quoi, _), combien in sorted(vivants):
        texte = fichier.read_text('utf-8').split('\n')[ligne - 1].strip()
        print(f'  vit  {fichier.relative_to(RACINE)}:{ligne} {quoi}, {combien} tests y passent\u00a0: {texte[:60]}')
    for test, fois in sorted(muets.items()):
        print('' if test in tueurs else f'  ne voit rien  {test}, de {fois} fautes\n', end='')


if __name__ == '__main__':
    main(os.environ['PIECE'], os.environ['GRAINE'], float(os.environ['MINUTES']))
