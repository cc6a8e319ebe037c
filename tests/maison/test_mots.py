"""The words that went: no screen, mail, help page or chapter says one again (regles.md §10, §14)."""
import re

from conftest import RACINE, modules, sources
from test_maison import phrases

# The word that went: the one that is said.
PARTIS = {
    'filtrer': 'afficher',
    'appliquer les filtres|>Appliquer<': 'Afficher',
    r'cr[ée]er (?:un|une|le|la)\b': 'ajouter',
    'commentaires?': 'note',
    'verbatims?': 'avis',
    'évaluation': 'avis',
    r'cl[ôo]tur[eé]r|clôturée?s?': 'clore, close',
    'signaler hors compétence': "ce n'est pas pour nous…",
    'répondu au premier contact': "j'ai répondu, clore…",
    'prévenir avant de classer': 'relancer une dernière fois…',
    'terminer et écrire': 'clore et écrire',
    "l'historique|votre historique": "l'ancien suivi",
    '(?:au|le|du) demandeur': 'la collectivité, « la mairie » d\'une commune',
    "restreinte à l'équipe": 'lue de son équipe et des administrateurs',
    "attendu avant l'ouverture": 'nécessaire pour ouvrir',
}
# What still says one: {the file: (its words, why)}.
GARDES = {
    'verbes/echanges/titres.py': (PARTIS, 'headings of files from elsewhere, and columns of ours'),
    'verbes/colonnes.py': (PARTIS, 'the dictionary of an export'),
    'verbes/echanges/reprises.py': (["l'historique"], 'a line of the journal, as it is written'),
    'verbes/pilotage/tableaux.py': (["l'historique"], 'a column of a CSV'),
    'verbes/demande/actes.py': (['le demandeur', "restreinte à l'équipe"], 'lines of the journal'),
    'verbes/pilotage/evaluation.py': (['le demandeur'], 'a line of the journal'),
    'static/doc/regles.md': (['le demandeur', 'du demandeur'], 'the role of its §1'),
    'static/doc/installer.md': (["l'historique"], 'that of a terminal'),
}
BALISE = re.compile(r'\{#.*?#\}|\{([{%])(.*?)[%}]\}|<!--.*?-->', re.S)


def dits(chemin):
    """What a file says to somebody: the strings of Python and of the expressions of a template, its text."""
    if chemin.suffix == '.py':
        lu = phrases(chemin)
    else:
        lu = BALISE.sub(lambda m: ' '.join(re.findall(r"'((?:[^'\\]|\\.)*)'", m[2] or '')), chemin.read_text('utf-8'))
    return re.sub(r'(?:\\u00a0|&nbsp;|\s)+', ' ', lu.replace("\\'", "'").replace('’', "'"))


def test_un_mot_parti_ne_revient_sur_aucun_ecran_courriel_ni_chapitre():
    fichiers = [*modules(), *sources('views', '*.html'), *RACINE.glob('static/textes/**/*.*'),
                *RACINE.glob('static/aide/*.md'), *RACINE.glob('static/doc/*.md')]
    lus = {str(fichier.relative_to(RACINE)): dits(fichier) for fichier in fichiers}
    revenus = [(nom, mot[0]) for nom, lu in lus.items() for parti in PARTIS
               for mot in re.finditer(rf"(?<![\w/_.#'-])(?:{parti})(?!\w)", lu, re.I)
               if mot[0].lower() not in GARDES.get(nom, ((), ''))[0] and GARDES.get(nom, ((), ''))[0] is not PARTIS]
    assert len(fichiers) > 300 and revenus == []
