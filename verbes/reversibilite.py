"""« exporter tout »: the whole of a base in one zip that any other software can read (rechargement.py reads it back).

Its CSV files are those of the imports (exports.py) and, beside them, what no import of one file has (AUTRES). All is
read in one view of the base, while the service works. The zip is stored, sorted, without a date: two bases that say the
same give the same bytes.
"""
import functools
import hashlib
import pkgutil
import zipfile

import models
from models import Refus, db

from .colonnes import COLONNES
from .exploitation import DERNIER_NUMERO, livrer
from .exports import ecrire_csv, exporter, lire, lire_noms
from .journal import auditer
from .references import dire_repere, sql
from .registre import destins

# ======================================================================================
# What the zip holds
# ======================================================================================


def _courriel(table, colonne):
    return f'(SELECT courriel FROM agent WHERE agent.id = {table}.{colonne}_id) AS {colonne}'


def _les_siennes(table, sauf=()):
    """The columns of a table that say something by themselves: the register exports them, no other row is named."""
    return ', '.join(f'{table}.{colonne}' for (nom, colonne), destin in destins().items()
                     if nom == table and destin.exporte and not colonne.endswith('_id') and colonne not in sauf)


def _de_quoi(table):
    """What a row of this table is of: « fiche » as theme and id, anything else as its key."""
    return f"{table}.genre, theme.nom AS theme, fiche.id AS fiche, iif(fiche.id, '', objet) AS objet"


_FICHE = ("LEFT JOIN fiche ON genre = 'fiche' AND fiche.id = objet "
          'LEFT JOIN theme ON theme.id = fiche.theme_id')

_STRUCTURE = '(SELECT nom FROM structure WHERE structure.id = {}.structure_id) AS structure'.format

# Beside the files of the imports. A « fiche », a « siren » are ids here, said by their words in the file.
AUTRES = {
    'absences': f'SELECT {_courriel("absence", "agent")}, du, au, {_courriel("absence", "suppleant")}, '
                "iif(retour_dit, 'oui', 'non') AS retour_dit FROM absence ORDER BY id",
    'contenus': f'SELECT {_les_siennes("contenu")}, theme.nom AS theme, {_STRUCTURE("contenu")}, '
                f'{_courriel("contenu", "agent")}, groupe.nom AS groupe, collectivite_id AS siren, '
                'demande_id AS demande FROM contenu LEFT JOIN theme ON theme.id = theme_id '
                'LEFT JOIN groupe ON groupe.id = groupe_id ORDER BY contenu.id',
    'contenus_collectivites': 'SELECT contenu_id AS contenu, collectivite_id AS siren FROM contenu_collectivite '
                              'ORDER BY contenu_id, collectivite_id',
    'contenus_fiches': 'SELECT contenu_id AS contenu, theme.nom AS theme, fiche_id AS fiche FROM contenu_fiche '
                       'JOIN fiche ON fiche.id = fiche_id JOIN theme ON theme.id = theme_id '
                       'ORDER BY contenu_id, theme.ordre, theme.id, fiche.id',
    'contenus_structures': f'SELECT contenu_id AS contenu, {_STRUCTURE("contenu_structure")}, '
                           f'{_les_siennes("contenu_structure")}, {_courriel("contenu_structure", "lu_par")} '
                           'FROM contenu_structure ORDER BY contenu_id, structure_id',
    'contours': 'SELECT insee, traces FROM contour ORDER BY insee',
    'delegations': f'SELECT {_courriel("delegation", "pour")}, {_courriel("delegation", "par")}, du, au '
                   'FROM delegation ORDER BY id',
    'documents': f'SELECT {_de_quoi("document")}, {_les_siennes("document", ("genre", "objet", "contenu"))}, '
                 f'{_courriel("document", "agent")} FROM document {_FICHE} ORDER BY document.id',
    'equipes': f'SELECT demande_id AS numero, role, rang, {_courriel("membre", "agent")}, '
               f'{_STRUCTURE("membre")}, '
               '(SELECT nom FROM direction WHERE direction.id = membre.direction_id) AS direction, depuis_le '
               'FROM membre ORDER BY demande_id, id',
    'evaluations': f'SELECT demande_id AS numero, {_les_siennes("evaluation", ("citable",))}, '
                   "iif(citable, 'oui', 'non') AS citable, "
                   f'{_courriel("evaluation", "gardee_par")} FROM evaluation ORDER BY demande_id',
    'fermetures': 'SELECT du, au, libelle FROM fermeture ORDER BY du, id',
    'groupes': f'SELECT {_les_siennes("groupe")}, {_courriel("groupe", "animateur")} FROM groupe ORDER BY id',
    'modeles': 'SELECT cle, objet, corps, avant FROM modele ORDER BY cle',
    'numerotation': f'SELECT ({DERNIER_NUMERO}) AS dernier_numero',
    'pages': 'SELECT cle, titre, corps, modifie_le FROM page_legale ORDER BY cle',
    'passations': f'SELECT {_courriel("passation", "agent")}, {_courriel("passation", "par")}, genre, faite_le, '
                  'ferme_le, close_le, annulee_le FROM passation ORDER BY id',
    'pieces': f'SELECT demande_id AS numero, journal_id AS ligne, {_courriel("piece", "agent")}, nom, taille, sha256, '
              'depose_le FROM piece ORDER BY id',
    'pilotages': f'SELECT theme.nom AS theme, fiche_id AS fiche, {_courriel("pilotage", "agent")}, rang FROM pilotage '
                 'JOIN fiche ON fiche.id = fiche_id JOIN theme ON theme.id = theme_id '
                 'ORDER BY theme.ordre, theme.id, fiche.id, rang, agent_id',
    'portes': 'SELECT organisme, objet, service, telephone, texte, verifie_le FROM porte ORDER BY organisme, objet, id',
    'remplacements': 'SELECT theme.nom AS theme, une.id AS fiche, autre.nom AS par_theme, remplacante.id AS par_fiche '
                     'FROM fiche une JOIN theme ON theme.id = une.theme_id '
                     'JOIN fiche remplacante ON remplacante.id = une.remplacee_par_id '
                     'JOIN theme autre ON autre.id = remplacante.theme_id ORDER BY une.id',
    # Not the secret of the forms, nor the date of the last backup: each base has its own.
    'reglages': "SELECT cle, valeur, regle_le FROM reglage WHERE ordre <> 0 OR cle = 'demonstration' ORDER BY cle",
    'themes': 'SELECT nom, icone, ordre, court FROM theme ORDER BY id',
    'versions': f'SELECT {_de_quoi("version")}, numero, version.etat, champs, changes, sur, pourquoi, '
                f'{_courriel("version", "agent")}, auteur, cree_le, {_courriel("version", "decide_par")}, decideur, '
                f'decide_le, reponse FROM version {_FICHE} ORDER BY version.id',
}
MEMBRES = {'LISEZMOI.txt', 'version.txt', *(f'{nom}.csv' for nom in (*COLONNES, *AUTRES))}
BLOC = 1 << 20                                                      # bytes of a file that are read at once


def lisez_moi():
    return pkgutil.get_data('models', 'static/exemples/LISEZMOI.txt').decode()


def dire_version():
    return f'plateforme {models.SITE["version"]}\nbase {models.VERSION_BASE}\n'


# ======================================================================================
# Export
# ======================================================================================

def exporter_vers(base, quoi, fichier, progres=None):
    """Write an export (« tout », or a file of COLONNES) under a name that must be free, or to the standard output."""
    with livrer(base, fichier, texte=quoi != 'tout') as neuf:
        with open(neuf, 'r+b') as sortie, models.lecture():
            _refuser_si_rompue()
            nombre = exporter_tout(sortie, progres) if quoi == 'tout' else exporter(quoi, sortie)
        with models.ecriture():
            auditer('export', None, f'{quoi}\u00a0: {nombre} {"pièces" if quoi == "tout" else "lignes"}')
    return nombre


def _refuser_si_rompue():
    """A row that names another which is not there has no words: the export would not come back."""
    rompues = {table for table, *_ in sql('PRAGMA foreign_key_check')}
    if rompues:
        raise Refus(f'Des liens sont rompus dans la base ({", ".join(sorted(rompues))})\u00a0: rien n\'est exporté. '
                    '«\u00a0verifier\u00a0» le dit aussi.')


def exporter_tout(sortie, progres=None):
    """Write the zip of what the reading sees; returns how many files it has."""
    noms, pieces = lire_noms(), sql(
        "SELECT sha256, min(id), taille, 'piece' FROM piece GROUP BY sha256 "
        "UNION ALL SELECT sha256, min(id), taille, 'document' FROM document "
        'WHERE retire_le IS NULL AND sha256 NOT IN (SELECT sha256 FROM piece) GROUP BY sha256').fetchall()
    ecrire = {
        'LISEZMOI.txt': lambda membre: membre.write(lisez_moi().encode()),
        'version.txt': lambda membre: membre.write(dire_version().encode()),
        **{f'{quoi}.csv': functools.partial(exporter, quoi, noms=noms) for quoi in COLONNES},
        **{f'{nom}.csv': functools.partial(_ecrire_autre, nom, noms) for nom in AUTRES},
        **{f'pieces/{empreinte}': functools.partial(_ecrire_piece, table, piece, taille, empreinte)
           for empreinte, piece, taille, table in pieces},
    }
    with zipfile.ZipFile(sortie, 'w') as archive:
        for fait, nom in enumerate(sorted(ecrire), 1):
            entree = zipfile.ZipInfo(nom)                           # stored, 1980
            entree.create_system, entree.external_attr = 3, 0o600 << 16
            with archive.open(entree, 'w') as membre:
                ecrire[nom](membre)
            if progres:
                progres(fait, len(ecrire))
    return len(pieces)


def titres(nom):
    """The columns of a file of the zip."""
    if nom in COLONNES:
        return [c.nom for c in COLONNES[nom]]
    return [colonne[0] for colonne in sql(AUTRES[nom]).description]


def _ecrire_autre(nom, noms, membre):
    rangees = lire(AUTRES[nom])
    ecrire_csv(membre, titres(nom), ([_dire(noms, *cellule) for cellule in rangee.items()] for rangee in rangees))


def _dire(noms, colonne, valeur):
    if colonne.endswith('fiche') and valeur:
        return dire_repere(*noms.fiches[valeur][1:])
    if colonne == 'siren' and valeur:
        return dire_repere(*noms.collectivites[valeur])
    return '' if valeur is None else str(valeur)


def _ecrire_piece(table, piece, taille, empreinte, membre):
    """Copy a file, whose bytes must be those it had when it was received."""
    calcul, lus = hashlib.sha256(), 0
    with db.connection().blobopen(table, 'contenu', piece, readonly=True) as contenu:
        while bloc := contenu.read(BLOC):
            calcul.update(bloc)
            membre.write(bloc)
            lus += len(bloc)
    if lus != taille or calcul.hexdigest() != empreinte:
        raise Refus(f'La pièce {piece} est abîmée\u00a0: rien n\'est exporté. «\u00a0verifier\u00a0» dit lesquelles.')
