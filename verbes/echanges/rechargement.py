"""« importer tout »: a base just made takes the whole of a zip that « exporter tout » has written, or nothing of it.

The zip is read as it is, without the checks of the imports: a base may hold what those would refuse. The register says
which columns are read. One transaction holds the write lock until the end; lines and files are written as they are
read, and none is kept. No mail is sent.
"""
import contextlib
import csv
import functools
import hashlib
import io
import itertools
import os
import re
import shutil
import sqlite3
import sys
import tempfile
import zipfile
import zlib

from peewee import AutoField, BooleanField, ForeignKeyField, IntegerField

import models
import langue
from models import (
    Absence, Adhesion, Agent, Amelioration, Associable, Campagne, CampagneReponse, Collectivite, Contenu,
    ContenuCollectivite, ContenuFiche, ContenuStructure, Contour, Delegation, Demande, DemandeCommune, Direction,
    Document, Evaluation, Fermeture, Fiche, Groupe, Invitation, Jalon, Journal, Lettre, LettreDemande, Membre,
    Passation, Piece, Pilotage, Porte, Refus, Reunion, Structure, TexteType, Theme, Version, db)

from verbes import regles, textes, valeurs
from verbes.demande.jalons import suivre_la_colonne
from verbes.etiquettes import lire_place, places
from verbes.journal import CONTACT, auditer, ecrire_index, fait_d_apres
from verbes.livraison import numeroter_apres
from verbes.valeurs import EXPORTES
from .colonnes import court, deproteger
from .references import Base, coder_les_places, dire_repere, sql
from .reversibilite import (
    BLOC, DICTIONNAIRE, MEMBRES, NATURELLES, NUMEROTEES, dire_les_places, exportees, titres)

# ---- What is read where ----
# Each column that the register exports is the cell of its name, or the row that its foreign key names, or LUES says.

# In this order, since each refers to those before it: (file, table).
CHARGEMENTS = (
    ('structures', Structure), ('structures', Direction), ('agents', Agent), ('absences', Absence),
    ('delegations', Delegation), ('passations', Passation), ('themes', Theme), ('catalogue', Fiche),
    ('catalogue', Associable), ('pilotages', Pilotage), ('collectivites', Collectivite), ('adhesions', Adhesion),
    ('demandes', Demande), ('demandes', DemandeCommune), ('equipes', Membre), ('jalons', Jalon),
    ('journal', Journal), ('pieces', Piece), ('lettres', Lettre), ('lettres_demandes', LettreDemande),
    ('groupes', Groupe),
    ('contenus', Contenu), ('contenus_fiches', ContenuFiche), ('contenus_collectivites', ContenuCollectivite),
    ('contenus_structures', ContenuStructure), ('campagnes', Campagne), ('campagnes_reponses', CampagneReponse),
    ('documents', Document), ('versions', Version),
    ('fermetures', Fermeture), ('portes', Porte), ('ameliorations', Amelioration), ('evaluations', Evaluation),
    ('contours', Contour), ('textes_types', TexteType), ('reunions', Reunion), ('invitations', Invitation))
# What an archive of before may lack.
NEUFS = {'ameliorations.csv', 'jalons.csv', 'textes_types.csv', 'reunions.csv', 'invitations.csv', 'lettres.csv',
         'lettres_demandes.csv', 'textes_lettres.csv', 'campagnes.csv', 'campagnes_reponses.csv'}
NEUVE = {'structure': 'structures', 'agent': 'comptes', 'theme': 'thèmes', 'collectivite': 'collectivités',
         'demande': 'demandes'}                                     # what a base just made does not have


def _cellule(nom):
    return lambda v, ids: v[nom]


def _id(table, *noms):
    """How a reference is read: the id of the row that these cells name, None when the last one is empty."""
    return lambda v, ids: ids[table, *(v[nom] for nom in noms)] if v[noms[-1]] else None


def _valeurs(cellule):
    """The values of a cell, even empty or between spaces (an import drops those)."""
    return [valeur.replace('\\|', '|') for valeur in cellule.split(' | ')]


def _lignes(nom):
    return lambda v, ids: '\n'.join(_valeurs(v[nom]))


def _fiche_de_la_demande(v, ids):
    return ids['fiche', v['fiche_theme'] or v['theme'], v['fiche']] if v['fiche'] else None


def _objet(v, ids):
    if v['genre'] in ('logo', 'convention'):
        return str(ids.get(('structure', v['objet']), v['objet']))
    return str(ids['fiche', v['theme'], v['fiche']]) if v['fiche'] else v['objet']


def _agent_de_la_ligne(v, ids):
    return None if v['signature'] == v['auteur'] else ids.get(('agent', v['auteur']))


def _auteur(v, ids):
    return v['signature'] or ids.get(('nom', v['auteur']), v['auteur'])


def _coder(noms, ids):
    """The codes of places, of their names: the structures are all there already."""
    if 'places' not in ids:
        ids['places'] = Base()
    return coder_les_places(noms, ids['places'])


def _associables(v, ids):
    """A row for each name of a cell; one that was never a place is left, and the audit says which."""
    codes = _coder(_valeurs(v['associees']), ids) if v['associees'] else []
    for nom in codes:
        if nom not in places():
            auditer('import', None, f'{v["titre"]}\u00a0: «\u00a0{nom}\u00a0», qui n\'est ni une structure, ni une '
                    'direction, n\'est pas repris parmi celles qui peuvent être associées', objet='import:tout')
    return [v | {'rang': rang, 'place': code} for rang, code in enumerate(codes) if code in places()]


def _conditions(v, ids):
    """With a text that is no structure, as the archive of a trial version may say whose members it is kept for."""
    dit = '' if ('structure', v.get('adherents_de')) in ids else v.get('adherents_de')
    return f'Réservé aux adhérents\u00a0: {dit}\n{v["conditions"]}' if dit else v['conditions']


def _promesse(v, ids):
    """Its name: an archive up to base 12 says its days alone."""
    return v['promesse'] if 'promesse' in v else regles.D_AVANT.get(v['delai'])


def _champs(v, ids):
    champs = v['champs']
    for jours, promesse in regles.D_AVANT.items():                  # up to base 12
        champs = champs.replace(f'"delai": "{jours}"', f'"promesse": "{promesse}"')
    return dire_les_places(champs, lambda noms: '\n'.join(_coder(noms.split('\n'), ids)))


def _fait(nom):
    return lambda v, ids: v[nom] if nom in v else fait_d_apres(v['nature'], v['texte'])[nom]


# (table, column): how any other is read of the cells v, and of ids, {(table, words): id} of what is written already.
LUES = {
    ('structure', 'nom'):                 _cellule('structure'),
    ('direction', 'nom'):                 _cellule('direction'),
    ('fiche', 'promesse'):                _promesse,
    ('fiche', 'adherents_de_id'):         lambda v, ids: ids.get(('structure', v['adherents_de'])),
    ('fiche', 'conditions'):              _conditions,
    ('fiche', 'maj_le'):                  _cellule('mise_a_jour'),
    ('fiche', 'actions'):                 _lignes('actions'),
    ('fiche', 'deroulement'):             _lignes('deroulement'),
    ('fiche', 'a_preparer'):              _lignes('a_preparer'),
    ('fiche', 'remplacee_par_id'):        lambda v, ids: None,      # then: it may come after
    ('document', 'objet'):                _objet,
    ('collectivite', 'adresse'):          _lignes('adresse'),
    ('document', 'contenu'):              lambda v, ids: b'',
    ('contenu', 'demande_id'):            _cellule('demande'),
    ('associable', 'fiche_id'):           lambda v, ids: ids[NOMMEES[Fiche](v)] if v['titre'] else None,
    ('associable', 'structure_id'):       lambda v, ids: lire_place(v['place'])[0] if v['place'] else None,
    ('associable', 'direction_id'):       lambda v, ids: lire_place(v['place'])[1] if v['place'] else None,
    ('version', 'objet'):                 _objet,
    ('version', 'champs'):                _champs,
    ('version', 'changes'):               lambda v, ids: re.sub(r'\bdelai\b', 'promesse', v['changes']),
    ('collectivite', 'codes_postaux'):    lambda v, ids: v['codes_postaux'].replace(' | ', ' '),
    ('collectivite', 'epci_id'):          _id('collectivite', 'epci_siren'),
    ('collectivite', 'remplacee_par_id'): _id('collectivite', 'remplacee_par'),
    ('collectivite', 'epci_suivant_id'):  _id('collectivite', 'epci_suivant_siren'),
    ('demande', 'promesse'):              _promesse,
    ('demande', 'fiche_id'):              _fiche_de_la_demande,
    ('demande', 'structure_id'):          _id('structure', 'structure_en_charge'),
    ('demande', 'direction_id'):          _id('direction', 'structure_en_charge', 'direction_en_charge'),
    ('demande', 'collectivite_id'):       _id('collectivite', 'collectivite_siren'),
    ('demande', 'doublon_de'):            _cellule('doublon_de'),
    ('demande_commune', 'collectivite_id'): _id('collectivite', 'commune'),
    ('journal', 'id'):                    _cellule('ligne'),
    ('journal', 'cree_le'):               _cellule('date'),
    ('journal', 'agent_id'):              _agent_de_la_ligne,
    ('journal', 'corrige_id'):            _cellule('corrige'),
    ('journal', 'auteur'):                _auteur,
    ('journal', 'fait'):                  _fait('fait'),            # none in an archive up to base 9
    ('journal', 'moyen'):                 _fait('moyen'),
    ('piece', 'contenu'):                 lambda v, ids: b'',       # then written in its place
}
# A line that is no row of the table, or several.
DEPLIEES = {
    Associable:     _associables,
    Structure:      lambda v, ids: [] if ('structure', v['structure']) in ids else [v],
    Direction:      lambda v, ids: [v] if v['direction'] else [],
    DemandeCommune: lambda v, ids: [v | {'commune': siren} for siren in _valeurs(v['communes']) if siren],
}
# What no file says.
AUSSI = {
    Agent:        lambda v, ids: {'cree_le': langue.maintenant()},
    Collectivite: lambda v, ids: {'id': ids['collectivite', _siren(v)], 'cherche': langue.normaliser(v['nom'])},
}
# The words by which the other files name a row.
NOMMEES = {
    Structure: lambda v: ('structure', v['structure']),
    Direction: lambda v: ('direction', v['structure'], v['direction']),
    Agent:     lambda v: ('agent', v['courriel']),
    Theme:     lambda v: ('theme', v['nom']),
    Groupe:    lambda v: ('groupe', v['nom']),
    Campagne:  lambda v: ('campagne', v['annee']),
    Fiche:     lambda v: ('fiche', v['theme'], dire_repere(v['titre'], v['doublon'])),
}


def _siren(v):
    return dire_repere(v['siren'] or v['insee'], v['doublon'])


# ---- The verb ----

ABIMEE = 'Ce fichier n\'est pas une archive entière de «\u00a0exporter tout\u00a0»\u00a0: rien n\'est importé.'


def importer_tout(fichier, essai=False, progres=None):
    """Take the whole of a zip, a binary file that can be read anywhere; returns how many demandes it had."""
    limite = csv.field_size_limit(1 << 24)                          # of a text: the imports say theirs
    try:
        with zipfile.ZipFile(fichier) as archive, models.ecriture(), db.atomic() as ecrit:
            nombre = _charger_tout(archive, progres)
            if essai:
                ecrit.rollback()
            return nombre
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError):    # of another method, or encrypted
        raise Refus(ABIMEE) from None
    finally:
        csv.field_size_limit(limite)


@contextlib.contextmanager
def ouvrir(nom, base):
    """The zip of a name, or of the standard input (« - »), kept beside the base when it comes through a pipe."""
    with contextlib.ExitStack() as pile:
        fichier = sys.stdin.buffer if nom == '-' else pile.enter_context(open(nom, 'rb'))
        if not fichier.seekable():
            dossier = os.environ.get('TMPDIR') or os.path.dirname(os.path.abspath(base))
            copie = pile.enter_context(tempfile.TemporaryFile(dir=dossier))
            shutil.copyfileobj(fichier, copie, BLOC)
            fichier = copie
        yield fichier


def _charger_tout(archive, progres):
    _controler(archive)
    sql('PRAGMA defer_foreign_keys = 1')                            # an EPCI may come after its communes
    ids = {}
    etapes = (*ECRITS.items(), *((nom, _chargeur(table, ids, archive)) for nom, table in CHARGEMENTS))
    _numeroter_collectivites(archive, ids)
    for fait, (nom, prendre) in enumerate(etapes, 1):
        _parcourir(archive, nom, prendre)
        if progres:
            progres(fait, len(etapes))
    _parcourir(archive, 'remplacements', lambda v: sql(
        'UPDATE fiche SET remplacee_par_id = ? WHERE id = ?',
        ids['fiche', v['par_theme'], v['par_fiche']], ids['fiche', v['theme'], v['fiche']]))
    _parcourir(archive, 'numerotation', lambda v: numeroter_apres(db.connection(), int(v['dernier_numero'])))
    rompues = {table for table, *_ in sql('PRAGMA foreign_key_check')}
    if rompues:
        raise Refus(f'Des lignes en nomment d\'autres qui n\'y sont pas ({", ".join(sorted(rompues))})\u00a0: '
                    'rien n\'est importé.')
    suivre_la_colonne()                                             # an archive of before says it alone
    nombre = _indexer()
    auditer('import', None, f'tout\u00a0: {nombre} demandes', objet='import:tout')
    return nombre


def _controler(archive):
    """Refuse a base that is not empty, another version, a zip that lacks or has something else."""
    tables = [dit for table, dit in NEUVE.items() if sql(f'SELECT 1 FROM {table} LIMIT 1').fetchone()]
    if tables:
        raise Refus(f'Cette base a déjà des données ({", ".join(tables)})\u00a0: il en faut une que '
                    '«\u00a0initialiser\u00a0» vient de créer. Rien n\'est importé.', 409)
    noms = {nom for nom in archive.namelist() if not nom.endswith('/')}
    autres = sorted(nom for nom in noms - MEMBRES - DICTIONNAIRE if not re.fullmatch('pieces/[0-9a-f]{64}', nom))
    if 'version.txt' in MEMBRES - noms or autres:
        raise Refus(f'{ABIMEE[:-1]} (en trop\u00a0: {court(", ".join(autres))}).' if autres else ABIMEE)
    if _etape(archive) != models.VERSION_BASE and not _est_d_essai(archive):
        dite = archive.read('version.txt').decode(errors='replace')
        raise Refus(f'Cette archive est d\'une autre version ({court(" ".join(dite.split()))})\u00a0: importez-la avec '
                    'celle-là, puis mettez la base à jour. Rien n\'est importé.')
    manquent = MEMBRES - noms - (NEUFS if _est_d_essai(archive) else set())
    if manquent:
        raise Refus(f'{ABIMEE[:-1]} (il manque {", ".join(sorted(manquent)[:3])}).')


def _etape(archive):
    """The step of the base that wrote an archive, 0 when it does not say."""
    lignes = archive.read('version.txt').decode(errors='replace').splitlines()[1:]
    dite = re.fullmatch(r'base (\d{1,9})', '\n'.join(lignes))
    return int(dite[1]) if dite else 0


def _est_d_essai(archive):
    """True of an archive that only comes in here: no step brings its base to this version."""
    return 0 < _etape(archive) < models.SOCLE


def _numeroter_collectivites(archive, ids):
    """One may name another that is below it: each has its id before any is written."""
    rangs = itertools.count(1)
    _parcourir(archive, 'collectivites', lambda v: ids.update({('collectivite', _siren(v)): next(rangs)}))


# ---- A line of a file, a row of a table ----

def _parcourir(archive, nom, prendre):
    """Hand each line of a file, {column: cell}, to prendre; what is wrong is said with its file and its line.

    The columns are all there, but in an archive of a trial version.
    """
    if f'{nom}.csv' in NEUFS - {*archive.namelist()}:
        return
    numero, attendus = 1, titres(nom)
    try:
        with archive.open(f'{nom}.csv') as membre:
            table = csv.reader(io.TextIOWrapper(membre, 'utf-8-sig', newline=''), delimiter=';', strict=True)
            colonnes = next(table, None)
            connues = [[colonne for colonne in ordre if colonne in colonnes]
                       for ordre in (attendus, ANCIENNES.get(nom, ())) if colonnes and _est_d_essai(archive)]
            if not colonnes or colonnes not in (attendus, *connues):
                raise Refus(f'{nom}.csv n\'a pas les colonnes {";".join(attendus)}\u00a0: rien n\'est importé.')
            for cellules in table:
                numero = table.line_num
                prendre(dict(zip(colonnes, map(deproteger, cellules), strict=True)))
    except (csv.Error, ValueError, OverflowError):
        raise Refus(f'{nom}.csv, ligne {numero}\u00a0: illisible. Rien n\'est importé.') from None
    except KeyError as absent:
        raise Refus(f'{nom}.csv, ligne {numero}\u00a0: {_dire_absent(absent.args[0])} Rien n\'est importé.') from None
    except sqlite3.IntegrityError as refus:
        ou = str(refus).rpartition(': ')[2]
        raise Refus(f'{nom}.csv, ligne {numero}\u00a0: valeur en double, manquante ou inconnue ({ou}). '
                    'Rien n\'est importé.') from None


def _dire_absent(cle):
    """What a cell names that is nowhere in the zip."""
    if isinstance(cle, tuple):
        return f'«\u00a0{court(" / ".join(cle[1:]))}\u00a0» n\'est pas dans l\'archive.'
    return f'«\u00a0{court(cle)}\u00a0» n\'est pas lisible.'


def _chargeur(table, ids, archive):
    """A function that takes a line of a file and writes the row, or the rows, that it is."""
    def prendre(v):
        for ligne in DEPLIEES.get(table, lambda v, ids: [v])(v, ids):
            rangee = {champ.column_name: _typer(champ, lire(ligne, ids))
                      for champ, lire in _lecteurs(table, tuple(ligne))}
            numero = _inserer(table, rangee | AUSSI.get(table, lambda v, ids: {})(ligne, ids))
            if table in (Piece, Document) and not ligne.get('retire_le'):
                _remplir(archive, table, numero, ligne)
            if table in NOMMEES:
                ids[NOMMEES[table](ligne)] = numero
            if table is Agent:
                ids['nom', ligne['courriel']] = f'{ligne["prenom"]} {ligne["nom"]}'
    return prendre


def _lecteur(table, colonne, champ):
    """How a column is read: as LUES says, or by the words of what it refers to, or as it is."""
    cible = champ.rel_model if isinstance(champ, ForeignKeyField) else None
    if (table._meta.table_name, colonne) in LUES:
        return LUES[table._meta.table_name, colonne]
    if cible in NATURELLES:
        noms, _ = NATURELLES[cible]
        return _id(cible._meta.table_name, *(nom.format(colonne.removesuffix('_id')) for nom in noms))
    return _cellule(NUMEROTEES.get(cible, colonne))


@functools.cache
def _lecteurs(table, colonnes):
    """[(field, how it is read)] of a table, in a file that has these columns; what none says takes its default."""
    vides, lecteurs = dict.fromkeys(colonnes, ''), []
    for colonne, champ in exportees(table):
        lire = _lecteur(table, colonne, champ)
        with contextlib.suppress(KeyError):
            lire(vides, {})
            lecteurs.append((champ, lire))
    return lecteurs


def _typer(champ, valeur):
    """The value of a column, of what a cell says."""
    if valeur == '' and champ.null:
        return None
    if not isinstance(valeur, str):
        return valeur
    if isinstance(champ, BooleanField):
        return {'oui': 1, 'non': 0}[valeur]
    return int(valeur) if isinstance(champ, (AutoField, ForeignKeyField, IntegerField)) else valeur


def _inserer(table, rangee):
    return sql(f'INSERT INTO {table._meta.table_name} ({", ".join(rangee)}) VALUES ({", ".join("?" * len(rangee))})',
               *rangee.values()).lastrowid


# ---- What an administrateur wrote ----

def _prendre_reglage(v):
    """A setting that somebody changed. Up to base 8 all of them are there: those that say the default of this version
    were changed by nobody; of the others, the default is taken for what they were changed from. The limits were
    settings: they are left, as one that is no more.
    """
    if v['cle'] in (*valeurs.LIMITES, valeurs.RETIRE):
        return
    if v['cle'] not in EXPORTES:
        raise KeyError(v['cle'])
    valeurs.ecrire(v['cle'], v['valeur'], v.get('regle_le'), v.get('origine'))


def _prendre_texte(genre):
    """A function that takes a mail, or a page, that somebody wrote. Up to base 8 all of them are there: those that say
    what this version does were written by nobody, nor was a page without a date; a mail does not say when.
    """
    def prendre(v):
        cle, mots = v['cle'], (v['titre'] if 'titre' in v else v['objet'], v['corps'])
        livre = textes.origine(genre, cle) if cle in textes.TEXTES[genre] else None
        if livre is None:
            raise KeyError(cle)
        if mots == livre or v.get('modifie_le') == '':
            return
        origine = (v['titre_origine'], v['corps_origine']) if 'corps_origine' in v else livre
        textes.poser(textes.Texte(genre, cle, *mots, v.get('modifie_le') or langue.maintenant(), origine))
    return prendre


ECRITS = {'reglages': _prendre_reglage, 'pages': _prendre_texte('page'), 'modeles': _prendre_texte('courriel'),
          'textes_lettres': _prendre_texte('lettre')}
# The columns that a file had, when they are not those of today without the last ones.
ANCIENNES = {'modeles': ('cle', 'objet', 'corps', 'avant'),
             'catalogue': ['delai' if colonne == 'promesse' else colonne for colonne in titres('catalogue')]}


def _remplir(archive, table, piece, v):
    """Write the bytes of a file in their place, a block at a time; they must be those that the line says."""
    nom, taille, calcul = f'pieces/{v["sha256"]}', int(v['taille']), hashlib.sha256()
    entree = archive.NameToInfo.get(nom)
    if entree is None or entree.file_size != taille:
        raise Refus(f'{nom} n\'est pas dans l\'archive, ou n\'est pas entier\u00a0: rien n\'est importé.')
    table = table._meta.table_name
    sql(f'UPDATE {table} SET contenu = zeroblob(?) WHERE id = ?', taille, piece)
    with archive.open(entree) as membre, db.connection().blobopen(table, 'contenu', piece) as place:
        while bloc := membre.read(BLOC):
            calcul.update(bloc)
            place.write(bloc)
    if calcul.hexdigest() != v['sha256']:
        raise Refus(f'{nom} a changé depuis l\'export\u00a0: rien n\'est importé.')


def _indexer():
    """Make what the search reads of each demande, as their changes do; returns how many there are."""
    nombre = 0
    contact = " || ' ' || ".join(f'demande.{nom}' for nom in CONTACT)
    for demande in sql(f"SELECT numero, collectivite, coalesce(titre, ''), lieu, message, {contact} "
                       'FROM demande LEFT JOIN fiche ON fiche.id = fiche_id ORDER BY numero'):
        ecrire_index(*demande)
        nombre += 1
    return nombre
