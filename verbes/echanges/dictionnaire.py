"""What the archive of « exporter tout » says of itself, for who opens it in twenty years without the program: its
columns (colonnes.csv) and its codes (codes.csv).
"""
import csv
import io
import pkgutil

from verbes import regles
from verbes.colonnes import DES_PROMESSES
from .colonnes import COLONNES
from .exports import ecrire_csv

# (the files, the column, {code: label}); of the codes that say themselves, nothing.
CODES = (
    ('demandes, journal',        'statut',   regles.STATUTS),
    ('demandes',                 'issue',    regles.ISSUES | regles.REPONSES | regles.ECARTS),
    ('demandes',                 'ampleur',  regles.AMPLEURS),
    ('demandes',                 'origine',  {'plateforme': 'envoyée du site', 'direct': 'saisie par un agent'}),
    ('equipes',                  'role',     regles.ROLES),
    ('journal',                  'nature',   regles.NATURES | regles.NATURES_PLATEFORME),
    ('journal',                  'moyen',    regles.MOYENS),
    ('catalogue',                'etat',     regles.ETATS_DE_FICHE),
    ('catalogue, demandes',      'promesse', DES_PROMESSES),
    ('contenus',                 'genre',    {code: g.libelle for code, g in regles.GENRES_DE_CONTENU.items()}),
    ('contenus',                 'etat',     regles.ETATS_DE_CONTENU),
    ('contenus',                 'audience', regles.AUDIENCES),
    ('contenus',                 'nature',   {code: dit for code, (dit, _) in regles.NATURES_DE_RESSOURCE.items()}
                                             | regles.NATURES_DE_DOCUMENT),
    ('contenus',                 'classe',   regles.CLASSES_DE_DOCUMENT),
    ('versions, documents',      'genre',    {'fiche': 'fiche du catalogue', 'page': 'page légale', 'logo': 'logo',
                                              'courriel': 'texte d\'un courriel', 'contenu': 'contenu',
                                              'image': 'image', 'accord': 'accord d\'une collectivité',
                                              'convention': 'convention signée avec une structure',
                                              'ouverte': 'chiffres d\'une année, en données ouvertes',
                                              'lettre': 'lettre d\'accusé de réception',
                                              'guide': 'guide imprimé d\'une année'}),
    ('lettres',                  'voie',     regles.VOIES_DE_LETTRE),
    ('versions',                 'etat',     {'publiee': 'publiée', 'remplacee': 'remplacée', 'a_relire': 'à relire',
                                              'refusee': 'refusée'}),
)


def dire_colonnes(fichiers):
    """[[file, column, what it holds]] of {file: [its columns]}; KeyError for one of which nothing is said."""
    sens = {}
    texte = pkgutil.get_data('models', 'static/exemples/colonnes.csv').decode()
    for fichier, colonne, dit in list(csv.reader(io.StringIO(texte), delimiter=';'))[1:]:
        sens[fichier, colonne] = dit
    for fichier, colonnes in COLONNES.items():
        sens |= {(fichier, c.nom): c.dit for c in colonnes}
    return [[fichier, colonne, sens.get((fichier, colonne)) or sens['*', colonne]]
            for fichier, colonnes in sorted(fichiers.items()) for colonne in colonnes]


def ecrire_colonnes(fichiers, membre):
    ecrire_csv(membre, ('fichier', 'colonne', 'sens'), dire_colonnes(fichiers))


def ecrire_codes(membre):
    ecrire_csv(membre, ('fichiers', 'colonne', 'code', 'libelle'),
               [[fichiers, colonne, code, dit] for fichiers, colonne, codes in CODES for code, dit in codes.items()])
