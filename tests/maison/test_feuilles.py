"""The sheets of style hold to one scale and say nothing that no page uses (regles.md §10)."""
import re

from conftest import RACINE, sources

A_LECRAN = ('commun.css', 'espace.css')
ESPACE = re.compile(r'(?<![-\w])(?:(?:margin|padding)[-\w]*|(?:row-|column-)?gap|border-(?:[-\w]+-)?radius|'
                    r'font(?:-size)?)\s*:\s*([^;}]+)')
# 1px is a line, 50 % a circle, millimetres and points a sheet of paper shown on screen.
PERMIS = re.compile(r'var\((?:--ecart, var\()?--[-\w]+\)+|(?<![.\d])(?:0|1px|50%|auto|inherit|[467]00)(?![.\d])|'
                    r'calc\(-1 \* |\d[.\d]*(?:mm|pt)|(?<=/ )1\.\d+|ui-monospace|"Liberation Mono"|monospace|[\s,/()]')


def lire(feuille):
    return re.sub(r'/\*.*?\*/', '', (RACINE / 'static' / feuille).read_text(), flags=re.S)


def regles(css):
    """(selector, declarations) of each rule, but those of paper."""
    css = re.sub(r'@media print \{(?:[^{}]*\{[^{}]*\})*[^{}]*\}|@page[^{]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}', '', css)
    return re.findall(r'([^{};]+)\{([^{}]*)\}', css)


def test_une_taille_une_marge_un_rayon_sont_de_l_echelle():
    hors = [(feuille, selecteur.strip(), valeur) for feuille in A_LECRAN for selecteur, corps in regles(lire(feuille))
            for valeur in ESPACE.findall(corps) if ':root' not in selecteur and PERMIS.sub('', valeur)]
    assert hors == []
    racine = lire('commun.css').split('}')[0]
    tailles = re.findall(r'--texte-\w+: ([.\d]+)rem', racine)
    assert [float(t) * 16 for t in tailles] == [13, 15, 17, 20, 25, 38]
    assert [float(t) * 16 for t in re.findall(r'--espace-\d: ([.\d]+)rem', racine)] == [4, 8, 12, 16, 24, 32, 48, 64]
    assert re.findall(r'--rayon[-\w]*: (\w+)', racine) == ['6px', '8px']
    agents = re.findall(r'--texte-\w+: ([.\d]+)rem', lire('espace.css').split('}')[0])
    assert sorted({float(t) * 16 for t in agents} | {13}) == [13, 14, 16, 19, 24]
    graisses = {g for f in A_LECRAN for g in re.findall(r'font-weight: (\w+)|font: (\d+) ', lire(f)) for g in g if g}
    assert graisses == {'400', '600', '700'}


def test_chaque_classe_d_une_feuille_sert_a_une_page():
    ecrits = ''.join(chemin.read_text() for chemin in (
        *sources('views', '*.html'), *sources('views'), *sources('verbes'), *sources('static', '*.js')))
    selecteurs = ' '.join(s for f in (*A_LECRAN, 'impression.css') for s in re.findall(r'([^{};]+)\{', lire(f)))
    classes = set(re.findall(r'\.([a-zA-Z][-\w]*)', re.sub(r'"[^"]*"', '', selecteurs)))
    composees = re.compile(r'^(?:carte|classe|fond|trait)-\w+$')            # of a drawing: « fond-{{ rang }} »
    assert len(classes) > 250
    dites = set(re.findall(r'(?<![-\w])[a-zA-Z][-\w]*', ecrits))
    assert [classe for classe in sorted(classes - dites) if not composees.match(classe)] == []
