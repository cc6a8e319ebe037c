"""« exporter tout »: the whole of a base in one zip that any other software can read (rechargement.py reads it back).

Its CSV files are those of the imports (exports.py) and, beside them, what no import of one file has (AUTRES). All is
read in one view of the base, while the service works. The zip is stored, sorted, without a date: two bases that say the
same give the same bytes.
"""
import functools
import hashlib
import json
import pkgutil
import zipfile

from peewee import BlobField, BooleanField, ForeignKeyField

import models
from models import (
    Absence, Agent, Amelioration, Campagne, CampagneReponse, Collectivite, Contenu, ContenuCollectivite, ContenuFiche,
    ContenuStructure, Contour, Delegation, Demande, Direction, Document, Evaluation, Fermeture, Fiche, Groupe,
    Invitation, Jalon, Journal, Lettre, LettreDemande, Membre, Passation, Piece, Pilotage, Porte, Refus, Reglage,
    Reunion, Structure, TexteEcrit, TexteType, Theme, Version, db)

from verbes.audit import auditer_l_export, toutes_les_restreintes
from verbes.etiquettes import PLACES, dire_places
from verbes.livraison import DERNIER_NUMERO, livrer
from verbes.registre import destins
from verbes.valeurs import EXPORTES
from .colonnes import COLONNES
from .dictionnaire import ecrire_codes, ecrire_colonnes
from .exports import ecrire_csv, exporter, lire_noms, lire_rangees
from .references import dire_repere, sql

# ---- What the zip holds ----


# A row of these is named by its words: the cells that say them, « {} » being the column that refers to it, and the
# column that has the last one (None: _dire_cellule() finds it).
NATURELLES = {
    Agent:        (('{}',), 'courriel'),
    Structure:    (('structure',), 'nom'),
    Direction:    (('structure', 'direction'), 'nom'),
    Theme:        (('theme',), 'nom'),
    Fiche:        (('theme', 'fiche'), None),
    Groupe:       (('groupe',), 'nom'),
    Collectivite: (('siren',), None),
    Campagne:     (('campagne',), 'annee'),
}
# A row of these, by its number, which it keeps: in this cell.
NUMEROTEES = {Demande: 'numero', Contenu: 'contenu', Journal: 'ligne', Reunion: 'reunion', Lettre: 'lettre'}


def exportees(table):
    """[(column, field)] of what the register exports of a table."""
    return [(colonne, table._meta.columns[colonne]) for (nom, colonne), destin in destins().items()
            if nom == table._meta.table_name and destin.exporte]


def _cellule(table, colonne, champ):
    """(its name, its SQL text): the cell of a column."""
    nom, valeur = colonne.removesuffix('_id'), f'{table}.{colonne}'
    cible = champ.rel_model if isinstance(champ, ForeignKeyField) else None
    if cible in NATURELLES:
        (*_, cellule), mot = NATURELLES[cible]
        nom, nommee = cellule.format(nom), cible._meta.table_name
        valeur = f'(SELECT {mot} FROM {nommee} WHERE {nommee}.id = {valeur})' if mot else valeur
    elif isinstance(champ, BooleanField):
        valeur = f"iif({valeur}, 'oui', 'non')"
    return NUMEROTEES.get(cible, nom), valeur


def _requete(table, cellules, suite, **autrement):
    """The SQL text of a file: its cells, what follows the name of the table, the cells that are said otherwise. « * »
    is all the other columns that say something by themselves, naming no row.
    """
    nom, colonnes = table._meta.table_name, exportees(table)
    expressions = dict(_cellule(nom, *une) for une in colonnes) | autrement
    reste = (colonne for colonne, champ in colonnes
             if not isinstance(champ, BlobField | ForeignKeyField) and colonne not in cellules.split())
    noms = cellules.replace('*', ' '.join(reste)).split()
    return f'SELECT {", ".join(f"{expressions[cellule]} AS {cellule}" for cellule in noms)} FROM {nom} {suite}'


_CATALOGUE = 'JOIN fiche ON fiche.id = fiche_id JOIN theme ON theme.id = theme_id ORDER BY'
# What a row is of: « fiche » as theme and id, a logo, a convention by the name of its structure, anything else as its
# key.
_DE_QUOI = {'theme': 'theme.nom', 'fiche': 'fiche.id', 'objet': """
    CASE WHEN fiche.id THEN '' WHEN genre IN ('logo', 'convention') THEN coalesce(
      (SELECT nom FROM structure WHERE structure.id = objet), objet)
    ELSE objet END"""}
_FICHE = ("LEFT JOIN fiche ON genre = 'fiche' AND fiche.id = objet "
          'LEFT JOIN theme ON theme.id = fiche.theme_id')

# Beside the files of the imports. A « fiche », a « siren » are ids here, said by their words in the file.
AUTRES = {
    'ameliorations': _requete(Amelioration, 'agent * lue_par', 'ORDER BY id'),
    'absences': _requete(Absence, 'agent du au suppleant retour_dit restreintes', 'ORDER BY id'),
    'campagnes': _requete(Campagne, '* ouverte_par', 'ORDER BY annee'),
    'campagnes_reponses': _requete(
        CampagneReponse, 'campagne theme fiche contenu * agent', 'LEFT JOIN fiche ON fiche.id = fiche_id '
        'LEFT JOIN theme ON theme.id = theme_id ORDER BY campagne_reponse.id', theme='theme.nom'),
    'contenus': _requete(Contenu, '* theme structure agent groupe siren demande', 'ORDER BY id', demande='demande_id'),
    'contenus_collectivites': _requete(ContenuCollectivite, 'contenu siren', 'ORDER BY contenu_id, collectivite_id'),
    'contenus_fiches': _requete(ContenuFiche, 'contenu theme fiche',
                                f'{_CATALOGUE} contenu_id, theme.ordre, theme.id, fiche.id', theme='theme.nom'),
    'contenus_structures': _requete(
        ContenuStructure, 'contenu structure * lu_par', 'ORDER BY contenu_id, structure_id'),
    'contours': _requete(Contour, '*', 'ORDER BY insee'),
    'delegations': _requete(Delegation, 'pour par *', 'ORDER BY id'),
    'documents': _requete(Document, 'genre theme fiche objet * agent', f'{_FICHE} ORDER BY document.id', **_DE_QUOI),
    'equipes': _requete(Membre, 'numero role rang agent structure direction depuis_le', 'ORDER BY demande_id, id'),
    'evaluations': _requete(Evaluation, 'numero * citable gardee_par', 'ORDER BY demande_id'),
    'fermetures': _requete(Fermeture, '*', 'ORDER BY du, id'),
    'groupes': _requete(Groupe, '* animateur', 'ORDER BY id'),
    'invitations': _requete(Invitation, 'reunion contenu agent *', 'ORDER BY id'),
    'jalons': _requete(Jalon, 'numero rang agent structure direction * par', 'ORDER BY demande_id, rang, id'),
    'lettres': _requete(Lettre, '*', 'ORDER BY id'),
    'lettres_demandes': _requete(LettreDemande, 'numero lettre ligne', 'ORDER BY demande_id'),
    'modeles': _requete(TexteEcrit, '*', "WHERE genre = 'courriel' ORDER BY cle"),
    'numerotation': f'SELECT ({DERNIER_NUMERO}) AS dernier_numero',
    'pages': _requete(TexteEcrit, '*', "WHERE genre = 'page' ORDER BY cle"),
    'passations': _requete(Passation, 'agent structure par *', 'ORDER BY id'),
    'pieces': _requete(Piece, 'numero ligne agent nom taille sha256 depose_le', 'ORDER BY id'),
    'pilotages': _requete(Pilotage, 'theme fiche agent rang',
                          f'{_CATALOGUE} theme.ordre, theme.id, fiche.id, rang, agent_id', theme='theme.nom'),
    'portes': _requete(Porte, '*', 'ORDER BY organisme, objet, id'),
    'remplacements': 'SELECT theme.nom AS theme, une.id AS fiche, autre.nom AS par_theme, remplacante.id AS par_fiche '
                     'FROM fiche une JOIN theme ON theme.id = une.theme_id '
                     'JOIN fiche remplacante ON remplacante.id = une.remplacee_par_id '
                     'JOIN theme autre ON autre.id = remplacante.theme_id ORDER BY une.id',
    # Not the secret of the forms, nor the date of the last backup: each base has its own.
    'reglages': _requete(Reglage, '*', f'WHERE cle IN ({", ".join(f"{cle!r}" for cle in EXPORTES)}) ORDER BY cle'),
    'reunions': _requete(Reunion, 'numero * agent', 'ORDER BY id'),
    'textes_lettres': _requete(TexteEcrit, '*', "WHERE genre = 'lettre' ORDER BY cle"),
    'textes_types': _requete(TexteType, 'agent structure *', 'ORDER BY id'),
    'themes': _requete(Theme, '*', 'ORDER BY id'),
    'versions': _requete(
        Version, 'genre theme fiche objet numero etat champs changes sur pourquoi agent auteur cree_le decide_par *',
        f'{_FICHE} ORDER BY version.id', **_DE_QUOI),
}
MEMBRES = {'LISEZMOI.txt', 'version.txt', *(f'{nom}.csv' for nom in (*COLONNES, *AUTRES))}
DES_DEMANDES = ('demandes', 'journal', 'tout')                        # what holds the text of demandes
DICTIONNAIRE = {'colonnes.csv', 'codes.csv'}                        # for who reads it otherwise; not read back
BLOC = 1 << 20                                                      # bytes of a file that are read at once


def lisez_moi():
    return pkgutil.get_data('models', 'static/exemples/LISEZMOI.txt').decode()


def dire_version():
    return f'plateforme {models.SITE["version"]}\nbase {models.VERSION_BASE}\n'


# ---- Export ----

def exporter_vers(base, quoi, fichier, progres=None):
    """Write an export (« tout », or a file of COLONNES) under a name that must be free, or to the standard output."""
    with livrer(base, fichier, texte=quoi != 'tout') as neuf:
        with open(neuf, 'r+b') as sortie, models.lecture():
            _refuser_si_rompue()
            nombre = exporter_tout(sortie, progres) if quoi == 'tout' else exporter(quoi, sortie)
        with models.ecriture():
            dit = f'{quoi}\u00a0: {nombre} {"pièces" if quoi == "tout" else "lignes"}'
            auditer_l_export(None, dit, quoi, restreintes=toutes_les_restreintes() if quoi in DES_DEMANDES else ())
    return nombre


def _refuser_si_rompue():
    """A row that names another which is not there has no words: the export would not come back."""
    rompues = {table for table, *_ in sql('PRAGMA foreign_key_check')}
    if rompues:
        raise Refus(f'Des liens sont rompus dans la base ({", ".join(sorted(rompues))})\u00a0: rien n\'est exporté. '
                    '«\u00a0verifier\u00a0» le dit aussi.')


def exporter_tout(sortie, progres=None):
    """Write the zip of what the reading sees; returns how many files the demandes have, some perhaps of equal bytes."""
    noms, pieces = lire_noms(), sql(
        "SELECT sha256, min(id), taille, 'piece' FROM piece GROUP BY sha256 "
        "UNION ALL SELECT sha256, min(id), taille, 'document' FROM document "
        'WHERE retire_le IS NULL AND sha256 NOT IN (SELECT sha256 FROM piece) GROUP BY sha256').fetchall()
    ecrire = {
        'LISEZMOI.txt': lambda membre: membre.write(lisez_moi().encode()),
        'version.txt': lambda membre: membre.write(dire_version().encode()),
        'colonnes.csv': functools.partial(ecrire_colonnes, {nom: titres(nom) for nom in (*COLONNES, *AUTRES)}),
        'codes.csv': ecrire_codes,
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
    return sql('SELECT count(*) FROM piece').fetchone()[0]


def titres(nom):
    """The columns of a file of the zip."""
    if nom in COLONNES:
        return [c.nom for c in COLONNES[nom]]
    return [colonne[0] for colonne in sql(AUTRES[nom]).description]


def _ecrire_autre(nom, noms, membre):
    ecrire_csv(membre, titres(nom), ([_dire_cellule(noms, *cellule) for cellule in rangee.items()]
                                     for rangee in lire_rangees(AUTRES[nom])))


def _dire_cellule(noms, colonne, valeur):
    if colonne.endswith('fiche') and valeur:
        return dire_repere(*noms.fiches[valeur][1:])
    if colonne == 'siren' and valeur:
        return dire_repere(*noms.collectivites[valeur])
    if colonne == 'champs':
        return dire_les_places(valeur, dire_places)
    return '' if valeur is None else str(valeur)


def dire_les_places(champs, dire):
    """What a version says, JSON, with its codes of places said otherwise: an id is another in another base."""
    nommees = [nom for nom in PLACES if f'"{nom}"' in champs]
    if not nommees:
        return champs
    dits = json.loads(champs)
    return json.dumps(dits | {nom: dire(dits[nom]) for nom in nommees}, ensure_ascii=False)


def _ecrire_piece(table, piece, taille, empreinte, membre):
    """Copy a file, whose bytes must be those it had when it was received."""
    calcul, octets = hashlib.sha256(), 0
    with db.connection().blobopen(table, 'contenu', piece, readonly=True) as contenu:
        while bloc := contenu.read(BLOC):
            calcul.update(bloc)
            membre.write(bloc)
            octets += len(bloc)
    if octets != taille or calcul.hexdigest() != empreinte:
        raise Refus(f'La pièce {piece} est abîmée\u00a0: rien n\'est exporté. «\u00a0verifier\u00a0» dit lesquelles.')
