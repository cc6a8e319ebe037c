"""The nouns of the Plateforme: the base, its memory, its tables.

What may be done of them, by whom, is the law: verbes/regles.py, verbes/questions.py. Nothing here knows of HTTP.
Instants are UTC ISO text (« 2026-11-17T09:12:00Z »), days ISO text in Europe/Paris (« 2026-11-27 »).
"""
import errno
import functools
import itertools
import os
import pkgutil
import re
import secrets
import sqlite3
import threading
from collections import OrderedDict
from contextlib import closing, contextmanager, suppress
from datetime import date
from urllib.parse import quote

from peewee import (
    AutoField, BlobField, BooleanField, CompositeKey, DatabaseError, ForeignKeyField, IntegerField, Model,
    SqliteDatabase, TextField)

from langue import (
    aujourdhui, jour_de, normaliser, plus_jours)


class Refus(Exception):
    """A refusal of the domain: one French sentence that says what to do.

    code: its sort, by the numbers of HTTP (422 input, 403 not theirs, 404, 409); champ: the field at fault, or ''.
    """

    def __init__(self, phrase, code=422, champ=''):
        super().__init__(phrase)
        self.phrase, self.code, self.champ = phrase, code, champ


# The public address, whether mails leave (else they wait in the base), the header of the SSO ('' without), the address
# that receives answers ('' without), the version: set once, by plateforme.main.
SITE = {'url': 'http://127.0.0.1:8080', 'smtp': False, 'entete_agent': '', 'reponses': '', 'authentification': '',
        'version': ''}


# ---- The base: one SQLite file, one writer at a time ----

SOCLE = 12                                                          # the first step: no other leads to it
VERSION_BASE = 13                                                   # the last one
MARQUE_BASE = 0x50415431                                            # application_id: this file is ours
db = SqliteDatabase(None, autoconnect=False)
db.register_function(lambda instant: instant and jour_de(instant), 'jour_de', 1)   # in SQL text too
_ecrivain = threading.Lock()                                        # one writer at a time
ECRIVAINS = 6                                                       # who write, or wait to: two workers still read
_places = threading.Semaphore(ECRIVAINS)
_fil = threading.local()                                            # this thread: its anchor, its moment, may it write
_branche = {}                                                       # chemin, ancre, inode of the plugged base
_ancre_verrou = threading.Lock()
GARDEES_MAX = 400
MARQUE = 'SELECT reference FROM marque'
_gardees = OrderedDict()                                            # (function, arguments): (moment, what it gave)
_gardees_verrou = threading.Lock()


class BaseIndisponible(Exception):
    """The base can't be used now; its text is the French sentence to show."""


def _uri(chemin, mode='rw'):
    return f'file:{quote(os.path.abspath(chemin))}?mode={mode}'


def connexion_brute(chemin, mode='rw'):
    """A raw connection in autocommit; refuses what is no base of ours, creates nothing unless mode is rwc."""
    if mode != 'rwc' and not os.access(chemin, os.R_OK):
        raise BaseIndisponible(f'La base {chemin} n\'existe pas, ou ce compte ne peut pas la lire (PLATEFORME_BASE).')
    try:
        brute = sqlite3.connect(_uri(chemin, mode), uri=True, isolation_level=None, timeout=10, check_same_thread=False)
        marque = brute.execute('PRAGMA application_id').fetchone()[0]
        version = brute.execute('PRAGMA user_version').fetchone()[0]
    except sqlite3.DatabaseError:
        raise BaseIndisponible(
            f'{chemin} ne peut pas être ouvert comme une base de la Plateforme. Rien n\'a été modifié.') from None
    if mode != 'rwc' and marque != MARQUE_BASE:
        brute.close()
        raise BaseIndisponible(f'{chemin} n\'est pas une base de la Plateforme. Rien n\'a été modifié.')
    if version > VERSION_BASE:
        brute.close()
        raise BaseIndisponible(
            f'La base {chemin} est plus récente que ce logiciel (étape {version}, étape connue {VERSION_BASE}). '
            'Installez la version du logiciel qui l\'a créée, ou une plus récente. Rien n\'a été modifié.')
    if mode != 'rwc' and version < SOCLE:
        brute.close()
        raise BaseIndisponible(_dire_hors_des_etapes(chemin, version))
    return brute


def _dire_hors_des_etapes(chemin, version):
    """Of a base that no step leads from: a trial version's, or one whose creation was cut (it has nothing)."""
    if not version:
        return (f'La base {chemin} n\'est pas finie\u00a0: sa création est en cours, ou a été interrompue. '
                'Si rien ne la crée plus, supprimez ce fichier, puis «\u00a0initialiser\u00a0».')
    return (f'La base {chemin} est celle d\'une version d\'essai (étape {version}, étape connue {VERSION_BASE})\u00a0: '
            'faites «\u00a0exporter tout\u00a0» avec la version qui l\'a faite, puis «\u00a0importer tout\u00a0» dans '
            'une base neuve, ou refaites la démonstration. Rien n\'a été modifié.')


def etapes():
    """The steps of migrations.sql: [(number, label, [statements])]."""
    texte = pkgutil.get_data('models', 'migrations.sql').decode()
    parties = re.split(r'^-- == (\d+) : (.+?) ==$', texte, flags=re.M)[1:]
    return [(int(n), label, list(_instructions(sql)))
            for n, label, sql in zip(parties[0::3], parties[1::3], parties[2::3])]


def _instructions(sql):
    tampon = ''
    for ligne in sql.splitlines(keepends=True):
        tampon += ligne
        if sqlite3.complete_statement(tampon):
            yield tampon.strip()
            tampon = ''
    if re.sub(r'--.*', '', tampon).strip():
        raise ValueError('migrations.sql: an instruction is not finished')


def initialiser(chemin):
    """Create the base (mode 0600) with its secret; refuse to touch an existing file."""
    if os.path.exists(chemin):
        raise BaseIndisponible(
            f'{chemin} existe déjà\u00a0: rien n\'a été modifié. '
            'Utilisez «\u00a0migrer\u00a0» pour une base existante.')
    try:
        os.close(os.open(chemin, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError:
        raise BaseIndisponible(
            f'{chemin} ne peut pas être créé\u00a0: vérifiez le dossier et ses droits pour ce compte.') from None
    try:
        with closing(connexion_brute(chemin, 'rwc')) as brute:
            brute.execute(f'PRAGMA application_id = {MARQUE_BASE}')
            brute.execute('PRAGMA journal_mode = wal')
            brute.execute('PRAGMA temp_store = memory')             # a new base is small, and /tmp may not be there yet
            _jouer(brute)
            brute.execute("INSERT INTO reglage (cle, valeur) VALUES ('secret', ?)", (secrets.token_hex(32),))
    except BaseException:                                           # a full disk: nothing half made is left
        for suite in ('', '-wal', '-shm', '-journal'):
            with suppress(FileNotFoundError):
                os.unlink(chemin + suite)
        raise


def migrer(chemin):
    """Bring an existing base to this version. Returns the labels of the steps played; keeps a copy beside it first."""
    brute = connexion_brute(chemin)
    try:
        version = brute.execute('PRAGMA user_version').fetchone()[0]
        if version < VERSION_BASE:
            _garder_copie(brute, chemin, f'{chemin}.avant-etape-{version + 1}')
        return _jouer(brute)
    finally:
        brute.close()


def _garder_copie(brute, chemin, copie):
    """The copy of a base before a step has its name once it is whole, on the disk, 0600 from the start."""
    dossier, nom = os.path.split(os.path.abspath(chemin))
    provisoire = f'{dossier}/.{nom}-etape.partiel'
    descripteur = os.open(provisoire, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    try:
        brute.execute('VACUUM INTO ?', (provisoire,))
        os.fsync(descripteur)
        os.replace(provisoire, copie)
    except BaseException:
        os.unlink(provisoire)
        raise
    finally:
        os.close(descripteur)


def a_migrer(chemin):
    """The labels of the steps that migrer() would play; nothing is changed."""
    brute = connexion_brute(chemin, 'ro')
    try:
        version = brute.execute('PRAGMA user_version').fetchone()[0]
    finally:
        brute.close()
    return [label for numero, label, _ in etapes() if numero > version]


def _jouer(brute):
    labels = []
    brute.execute('PRAGMA foreign_keys = 0')
    brute.execute('PRAGMA legacy_alter_table = 1')                  # a table rebuilt takes its name under its views
    brute.create_function('normaliser', 1, normaliser, deterministic=True)
    for numero, label, instructions in etapes():
        if numero <= brute.execute('PRAGMA user_version').fetchone()[0]:
            continue
        brute.execute('BEGIN IMMEDIATE')
        try:
            for instruction in instructions:
                brute.execute(instruction)
            if brute.execute('PRAGMA foreign_key_check').fetchone():
                raise BaseIndisponible(f'L\'étape {numero} laisserait des liens rompus\u00a0: elle est annulée.')
            brute.execute(f'PRAGMA user_version = {numero}')
            brute.execute('COMMIT')
        except BaseException:
            brute.execute('ROLLBACK')
            raise
        labels.append(label)
    return labels


def connexion_a_jour(chemin):
    """A raw connection to a base whose every table is that of this software."""
    brute = connexion_brute(chemin)
    if brute.execute('PRAGMA user_version').fetchone()[0] < VERSION_BASE:
        brute.close()
        raise BaseIndisponible(
            f'La base {chemin} est plus ancienne que ce logiciel. Lancez «\u00a0migrer\u00a0» d\'abord.')
    return brute


def brancher(chemin):
    """Plug the base that every following lecture() and ecriture() reads and writes.

    One idle anchor connection stays open: without it the last close of all would checkpoint. Raises BaseIndisponible.
    """
    debrancher()
    ancre = connexion_a_jour(chemin)
    db.init(_uri(chemin), uri=True, timeout=10, pragmas={
        'synchronous': 'FULL', 'foreign_keys': 1, 'journal_size_limit': 33_554_432, 'cache_size': -1000})
    _branche.update(chemin=chemin, ancre=ancre, inode=_inode(chemin))


def debrancher():
    if _branche:
        db.close()
        _branche['ancre'].close()
        _branche.clear()


def chemin_de_la_base():
    """Of the one that is plugged."""
    return os.path.abspath(_branche['chemin'])


def _inode(chemin):
    try:
        etat = os.stat(chemin)
    except OSError:
        return None
    return etat.st_dev, etat.st_ino


def inscriptible(chemin):
    """True when this account may write the base: if not, SQLite opens it all the same, for reading only.

    It also gives an empty -wal the rights of the base: once those are back, they must be given back to its neighbours.
    """
    peut = os.access(chemin, os.W_OK)
    for voisin in (f'{chemin}-wal', f'{chemin}-shm'):
        if peut and os.path.exists(voisin) and not os.access(voisin, os.W_OK):
            with suppress(OSError):                                 # it may belong to another account
                os.chmod(voisin, 0o600)
            peut = os.access(voisin, os.W_OK)
    return peut


def _verifier_en_place():
    """Before any SQL, refuse a base that was moved or replaced (old -wal beside it: old rows read, writes lost)."""
    if not _branche or _inode(_branche['chemin']) != _branche['inode']:
        raise BaseIndisponible(
            'La base de données a été déplacée ou remplacée (si c\'est voulu, redémarrez le service).')


def _ouvrir(query_only):
    """The connection of this thread, kept: opening one reads the whole schema (0.4 ms)."""
    _verifier_en_place()
    meme_base = getattr(_fil, 'ancre', None) is _branche['ancre']
    if not meme_base or not (query_only or _fil.inscriptible):
        db.close()
        _fil.ancre = _branche['ancre']
    if not db.is_closed() and db.in_transaction():
        raise RuntimeError('lecture() and ecriture() do not nest')
    if db.is_closed():
        _fil.inscriptible = inscriptible(_branche['chemin'])
        db.connect()
        _fil.query_only = None
    if _fil.query_only != query_only:                               # it makes SQLite compile every statement again
        db.execute_sql(f'PRAGMA query_only = {query_only}')
        _fil.query_only = query_only


@contextmanager
def _transaction(genre):
    """One transaction. What breaks it ends the connection too if the base or the disk is at fault, or if it leaves a
    cursor read halfway, which would hold its old view of the base after ROLLBACK.
    """
    try:
        with db.atomic(genre):
            yield
    except BaseException as rupture:
        if isinstance(rupture, (DatabaseError, sqlite3.Error, OSError)) or not _au_repos():
            db.close()
        raise


def _au_repos():
    """True when no statement of the connection is under way: an interruption reaches those alone, and what comes after
    them (sqlite.org/c3ref/interrupt.html).
    """
    if db.is_closed() or db.connection().in_transaction:
        return False
    db.connection().interrupt()
    with suppress(sqlite3.Error):
        return bool(db.connection().execute('SELECT 1').fetchall())
    return False


@contextmanager
def lecture():
    """One read transaction: a stable view, and nothing can be written. Gives its moment."""
    _ouvrir(query_only=1)
    with _transaction('DEFERRED'):
        # The view is taken at the first row read, not at BEGIN: this mark is its own.
        _fil.moment, _fil.lues = _moment(db.execute_sql(MARQUE).fetchone()), {}
        try:
            yield _fil.moment
        finally:
            _fil.moment = _fil.lues = None


def _moment(marque):
    return _fil.ancre, aujourdhui(), *marque


@contextmanager
def ecriture():
    """One write transaction: the writers of this process queue here, those of another on SQLite's own lock (10 s)."""
    with _tour(_places, 4), _tour(_ecrivain, 10):
        _ouvrir(query_only=0)
        with _transaction('IMMEDIATE'):
            _fil.ecrite, _fil.a_fondre = db.execute_sql(MARQUE).fetchone(), False
            try:
                yield
            finally:
                _fil.ecrite = None
        if _fil.a_fondre:
            _fondre()


def effacer_du_journal():
    """What this transaction writes over leaves the -wal as well, once it is committed."""
    _fil.a_fondre = True


def _fondre():
    """Merge the -wal into the base and empty it, if nobody reads for long meanwhile (a copy does): a second at most."""
    with suppress(DatabaseError):
        for pragma in ('busy_timeout = 1000', 'wal_checkpoint(TRUNCATE)', 'busy_timeout = 10000'):
            db.execute_sql(f'PRAGMA {pragma}').fetchall()


@contextmanager
def _tour(verrou, secondes):
    """Hold a lock, waited for no longer than that: whatever holds the base, two of the workers serve readers."""
    if not verrou.acquire(timeout=secondes):
        raise BaseIndisponible('La base de données est occupée.')
    try:
        yield
    finally:
        verrou.release()


# What the system and SQLite refuse: is it the base that can't be used (a 503)?
# How is it said in French on the command line?
EN_PANNE = {
    sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB,
}
SANS_DISQUE = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
SYSTEME = {
    errno.EACCES:  'ce compte n\'en a pas le droit',
    errno.EPERM:   'ce compte n\'en a pas le droit',
    errno.ENOENT:  'n\'existe pas',
    errno.EISDIR:  'est un dossier',
    errno.ENOTDIR: 'passe par un fichier',
    errno.ELOOP:   'est un lien symbolique',
    errno.ENOSPC:  'le disque est plein',
    errno.EDQUOT:  'le disque est plein',
    errno.EROFS:   'le disque est en lecture seule',
    errno.EPIPE:   'ce qui lisait la sortie s\'est arrêté',
}
SQLITE = {                                                         # by primary result code (sqlite.org/rescode.html)
    sqlite3.SQLITE_FULL:     'le disque est plein',
    sqlite3.SQLITE_READONLY: 'ce compte ne peut que lire la base ou son dossier',
    sqlite3.SQLITE_BUSY:     'la base est occupée, réessayez dans un moment',
    sqlite3.SQLITE_CANTOPEN: 'ce compte ne peut pas ouvrir la base ou son dossier',
    sqlite3.SQLITE_CORRUPT:  'la base est abîmée',
    sqlite3.SQLITE_NOTADB:   'ce fichier n\'est pas une base, ou est abîmé',
    sqlite3.SQLITE_IOERR:    'le disque n\'a pas répondu',
}


def _causes(incident):
    """An error, then what it came from:
    on a full disk SQLite rolls back by itself, and Peewee then says « cannot rollback ».
    """
    while incident:
        yield incident
        incident = incident.__cause__ or incident.__context__


def _code_sqlite(cause):
    return getattr(cause, 'sqlite_errorcode', 0) & 0xff             # without what SQLite adds to a primary code


def panne_de_base(incident):
    """Why the base can't be used (missing, full, read-only, busy), for the log; None for a fault of the program."""
    for cause in _causes(incident):
        if isinstance(cause, BaseIndisponible):
            return str(cause)
        if getattr(cause, 'errno', None) in SANS_DISQUE:
            return f'disque : {errno.errorcode[cause.errno]}'
        if _code_sqlite(cause) in EN_PANNE:
            return f'SQLite : {cause}'
    return None


def dire_incident(incident):
    """The sentence of an error of the system or of SQLite, which speak English, with the file it is about."""
    for cause in _causes(incident):
        connu = SYSTEME.get(getattr(cause, 'errno', None)) or SQLITE.get(_code_sqlite(cause))
        if connu:
            return f'{cause.filename}\u00a0: {connu}' if getattr(cause, 'filename', None) else connu
    return str(incident)


# ---- Memory: what was read stays true until the mark of the base moves (migrations.sql « Memory ») ----

def moment():
    """(the anchor, the day, the mark) now. What is kept at a moment is true of an equal one."""
    _verifier_en_place()
    with _ancre_verrou:
        ancre = _branche['ancre']
        return ancre, aujourdhui(), *ancre.execute(MARQUE).fetchone()


def retrouver(cle, quand):
    """What was kept under this key at this moment, or None. It is shared: never change it."""
    with _gardees_verrou:
        connu = _gardees.get(cle)
        if connu and connu[0] == quand:
            _gardees.move_to_end(cle)                               # what is asked for stays, whatever else is kept
            return connu[1]
    return None


def retenir(cle, quand, valeur, combien=GARDEES_MAX):
    """Keep a value under a key of plain values: a Model compares itself in Python, where another thread may come in;
    combien: how many at most of what begins as its key does.
    """
    with _gardees_verrou:
        _gardees[cle] = quand, valeur
        _gardees.move_to_end(cle)
        siennes = [] if combien == GARDEES_MAX else [autre for autre in _gardees if autre[0] == cle[0]]
        for ancienne in siennes[:max(0, len(siennes) - combien)]:
            del _gardees[ancienne]
        while len(_gardees) > GARDEES_MAX:
            _gardees.popitem(last=False)


def gardee(lire):
    """Keep what is read of the tables of reference (but None) until the mark moves: what every page reads of them.
    A writer that has moved it reads the base itself: what it changes may still be undone.
    """
    nombre, defauts = lire.__code__.co_argcount, lire.__defaults__ or ()

    @functools.wraps(lire)
    def relire(*arguments):
        arguments += defauts[len(arguments) - nombre:] if len(arguments) < nombre else ()   # the same question, once
        quand = getattr(_fil, 'moment', None) or _moment_d_ecriture()
        cle = (lire, *arguments)
        valeur = retrouver(cle, quand) if quand else None
        if valeur is None:
            valeur = lire(*arguments)
            if quand and valeur is not None:
                retenir(cle, quand, valeur)
        return valeur
    return relire


def _moment_d_ecriture():
    """The moment of a write transaction, as long as it has changed nothing of reference."""
    ecrite = getattr(_fil, 'ecrite', None)
    return _moment(ecrite) if ecrite and db.execute_sql(MARQUE).fetchone() == ecrite else None


def une_fois(lire):
    """Read once what a reading asks for many times; a writer reads it each time, as it has just written it."""
    @functools.wraps(lire)
    def relire(*arguments):
        valeurs, cle = getattr(_fil, 'lues', None), (lire, *arguments)
        if valeurs is None:
            return lire(*arguments)
        if cle not in valeurs:
            valeurs[cle] = lire(*arguments)
        return valeurs[cle]
    return relire


def lignes(sql, *valeurs):
    """The rows of a SELECT in SQL text, as dicts: a busy page reads ten times faster than through the query builder."""
    curseur = db.execute_sql(sql, valeurs)
    noms = [colonne[0] for colonne in curseur.description]
    return [dict(zip(noms, ligne)) for ligne in curseur]


def toutes(table):
    """Every row of a table, its booleans as the base has them (0, 1): twice as fast as the query builder."""
    curseur = db.execute_sql(f'SELECT * FROM {table._meta.table_name}')
    noms = [colonne[0] for colonne in curseur.description]
    return [_instance(table, zip(noms, ligne)) for ligne in curseur]


def une(table, condition, *valeurs):
    """The first row of a table that a condition in SQL text gives, or None: four times faster than the query builder.
    """
    return next(iter(table.raw(f'SELECT * FROM {table._meta.table_name} WHERE {condition}', *valeurs)), None)


def relire(ligne):
    """A row as it is now, or None: what was read before this transaction may have changed."""
    return une(type(ligne), 'id = ?', ligne.id)


def inserer(table, **valeurs):
    """Insert one row (fields as in Model.create, without its defaults: the schema has them); returns its id.

    Five times faster.
    """
    ordre = _insertion(table, tuple(valeurs))
    return db.execute_sql(ordre, [v._pk if isinstance(v, Model) else v for v in valeurs.values()]).lastrowid


def creer(table, **valeurs):
    """Insert one row, as Model.create does, and give it: three times faster."""
    ligne = table(**valeurs)
    ligne._pk = inserer(table, **ligne.__data__)
    ligne._dirty.clear()                                            # nothing is left to save
    return ligne


@functools.cache
def _insertion(table, champs):
    colonnes = [table._meta.fields[champ].column_name for champ in champs]
    return f'INSERT INTO {table._meta.table_name} ({", ".join(colonnes)}) VALUES ({", ".join("?" * len(colonnes))})'


# ---- Nouns ----

class Table(Model):
    class Meta:
        database = db
        legacy_table_names = False

    @classmethod
    def get_by_id(cls, cle):
        """The row of this key, as Peewee's own gives it; raises DoesNotExist."""
        ligne = une(cls, f'{cls._meta.primary_key.column_name} = ?', cle)
        if ligne is None:
            raise cls.DoesNotExist(f'{cls.__name__} {cle}')
        return ligne


def _texte(**options):
    return TextField(default='', **options)


AUDIT = ('audit', 'audit_par', 'audit_taux')                        # the settings that found a level of accessibility
DEFAUTS = {}                                                        # {key: value} of the settings: verbes/valeurs.py
SANS_MARQUE = ('heure_vue', 'reponses_comptees')                    # noted at any hour: each is read by its own row


class Reglage(Table):
    """What somebody changed, a fact that the program keeps; valeurs.ecrire() alone writes those that have a default."""
    cle = TextField(primary_key=True)
    valeur = TextField()
    origine = _texte()                                              # the default that it was changed from
    regle_le = TextField(null=True)

    @staticmethod
    @gardee
    def tous():
        """{key: value} of every setting: its default, unless the base says otherwise; without the audit that founds it
        (regles.md §16), the level of accessibility is its default too.
        """
        lus = db.execute_sql(f'SELECT cle, valeur FROM reglage WHERE cle NOT IN {SANS_MARQUE}').fetchall()
        dits = DEFAUTS | dict(lus)
        return dits if all(dits[cle] for cle in AUDIT) else dits | {'accessibilite': DEFAUTS['accessibilite']}


class Fermeture(Table):
    """Closing days: no échéance falls on one, and none is counted among the working days."""
    du = TextField()
    au = TextField()                                                # au: included
    libelle = TextField()


@gardee
def jours_fermes():
    """The closing days, as dates: what langue.ouvre() and all that counts working days is given."""
    periodes = db.execute_sql('SELECT du, au FROM fermeture').fetchall()
    return frozenset(date.fromisoformat(plus_jours(du, n)) for du, au in periodes
                     for n in range((date.fromisoformat(au) - date.fromisoformat(du)).days + 1))


class TexteEcrit(Table):
    """A mail or a legal page that somebody wrote; as they come, they stand in files (verbes/textes.py)."""
    genre = TextField()
    cle = TextField()
    titre = TextField()
    corps = TextField()
    titre_origine = TextField()
    corps_origine = TextField()
    modifie_le = TextField()

    class Meta:
        primary_key = CompositeKey('genre', 'cle')


class Structure(Table):
    nom = TextField(unique=True)
    sigle = TextField()
    partenaire = BooleanField(default=False)
    site = _texte()
    presentation = _texte()
    convention_du = TextField(null=True)
    convention_au = TextField(null=True)
    convention_referent = _texte()
    convention_reconduite_le = TextField(null=True)

    @property
    def nom_complet(self):
        """As an agent has one: who leaves is either of them."""
        return self.nom


class Direction(Table):
    structure = ForeignKeyField(Structure, backref='directions')
    nom = TextField()
    telephone = _texte()
    courriel = _texte()
    court = _texte()                                                # its name in a list; '': the whole one
    fermee_le = TextField(null=True)                                # a structure is closed when all of its own are

    class Meta:
        indexes = ((('structure', 'nom'), True),)


# Of an absence or a delegation, on the day ?1.
EN_COURS = 'coalesce(du, ?1) <= ?1 AND coalesce(au, ?1) >= ?1'


class Agent(Table):
    direction = ForeignKeyField(Direction, backref='agents')
    courriel = TextField(unique=True)
    prenom = TextField()
    nom = TextField()
    fonction = _texte()
    telephone_public = _texte()
    telephone = _texte()
    administrateur = BooleanField(default=False)
    pilote = BooleanField(default=False)
    actif = BooleanField(default=True)
    mot_de_passe = TextField(null=True)
    avis_journal = TextField(default='quotidien')
    cree_le = TextField()
    second_facteur = TextField(null=True)
    dernier_pas = IntegerField(default=0)
    identifiant = TextField(null=True)
    ouvert_le = TextField(null=True)                                # None: nobody has entered this account yet
    engage_le = TextField(null=True)                                # has read the commitments of the convention
    touches = BooleanField(default=True)                            # the four keys of the agents' pages (WCAG 2.1.4)
    expert = BooleanField(default=False)                            # whom « désigner » proposes first in the direction
    presentation = _texte()
    territoire = _texte()                                           # what one says of oneself in the directory
    repos = _texte()                                                # « mercredi »: no mail of the day, then
    lecteur_au = TextField(null=True)                               # the last day of a « lecteur »; None: an agent

    @property
    def nom_complet(self):
        return f'{self.prenom} {self.nom}'

    @property
    def telephone_communique(self):
        """What a mairie is given: the agent's own choice, else the direction's (regles.md §1)."""
        return self.telephone_public or self.direction.telephone

    @functools.cached_property
    def identites(self):
        """The agents for whom this one may act today, oneself first: {id: administrateur}.

        A delegataire has the rights of who empowered them, a suppléant those of the absent (regles.md §1, §7). A
        « lecteur » acts for nobody and administers nothing.
        """
        if self.lecteur_au:
            return {self.id: False}
        pour_autrui = {id_: bool(administre) for id_, administre, _ in self._relais if id_ != self.id}
        return {self.id: bool(self.administrateur)} | pour_autrui

    @functools.cached_property
    def en_attente(self):
        """The ids of those for whom this one acts, but in restricted demandes, until a yes (regles.md §1)."""
        return {id_ for id_, _, ouvre in self._relais if not ouvre}

    @functools.cached_property
    def _relais(self):
        """[(id, administrateur, does it open restricted demandes)] of those for whom this one acts today."""
        return db.execute_sql(
            f"""SELECT id, administrateur, max(ouvre) FROM agent JOIN (
                  SELECT pour_id, 1 AS ouvre FROM delegation WHERE par_id = ?2 AND {EN_COURS}
                  UNION ALL SELECT agent_id, restreintes FROM absence WHERE suppleant_id = ?2 AND {EN_COURS})
                ON pour_id = agent.id WHERE actif GROUP BY agent.id""", (aujourdhui(), self.id)).fetchall()

    @property
    def administre(self):
        """True when administrateur, in one's own name or by delegation."""
        return any(self.identites.values())

    @property
    def entre(self):
        """True when this account opens: not closed; a lecteur's until its last day, while lecteurs_admis()."""
        lit = self.lecteur_au and lecteurs_admis() and aujourdhui() <= self.lecteur_au
        return bool(self.actif and (lit or not self.lecteur_au))


@gardee
def jour_de_la_ligne(cle):
    """The day of a dated line (verbes/valeurs.py), None until it is typed."""
    ligne = Reglage.get_or_none(Reglage.cle == cle)
    return ligne and ligne.regle_le


def accord_des_lecteurs():
    """The day the comité de suivi agreed to « lecteurs »: without it, they do not come in."""
    return jour_de_la_ligne('accord_lecteurs')


def en_periode_electorale(reglages, jour):
    """True on a day of the période électorale, both ends included; without days there is none."""
    return bool(reglages['electorale_du'] and reglages['electorale_du'] <= jour <= reglages['electorale_au'])


def lecteurs_suspendus():
    """The last day, when an administrateur has suspended the « lecteurs » for the période électorale that goes on."""
    reglages = Reglage.tous()
    suspendus = reglages['electorale_lecteurs'] and en_periode_electorale(reglages, aujourdhui())
    return reglages['electorale_au'] if suspendus else ''


def lecteurs_admis():
    """Do the « lecteurs » come in today?"""
    return bool(accord_des_lecteurs() and not lecteurs_suspendus())


def duree_convenue():
    """How long a demande is kept once closed, as agreed with the Archives; '' until that is dated: nothing public
    promises it before. « Au moins »: nothing erases it at its end.
    """
    return f'au moins {Reglage.tous()["conservation"]}' if jour_de_la_ligne('archives') else ''


def jours_promis(promesse):
    """The days in which a promise is to call back, as the département decided them (regles.md §5)."""
    return int(Reglage.tous()[f'delai_{promesse}'])


# An account that a demande, a fiche, a replacement may be confided to.
CONTRIBUE = 'agent.actif AND agent.lecteur_au IS NULL'


def lire_agents(suite, *valeurs):
    """The Agents, their direction and structure with them, of « FROM agent JOIN direction JOIN structure » + suite."""
    return [_assembler(colonnes) for colonnes in _d_agents('', suite, valeurs)]


def lire_session(empreinte):
    """The Session of a cookie's sha256, with its active Agent; or None."""
    for colonnes in _d_agents('session', 'WHERE session.empreinte = ? AND agent.actif', (empreinte,)):
        session = _instance(Session, itertools.islice(colonnes, len(Session._meta.fields)))
        lier(session, 'agent', _assembler(colonnes))
        return session
    return None


def _d_agents(devant, suite, valeurs):
    """For each row, the (column, value) pairs of the table that leads to agents, if any, then of their three tables."""
    avant, par = (f'{devant}.*, ', f'{devant} JOIN agent ON agent.id = {devant}.agent_id') if devant else ('', 'agent')
    curseur = db.execute_sql(
        f"""SELECT {avant}agent.*, direction.*, structure.*
            FROM {par} JOIN direction ON direction.id = agent.direction_id
                       JOIN structure ON structure.id = direction.structure_id {suite}""", valeurs)
    noms = [colonne[0] for colonne in curseur.description]
    return [iter(zip(noms, ligne)) for ligne in curseur]


def _assembler(colonnes):
    """An Agent from the (column, value) pairs of its three tables, in order."""
    agent, direction, structure = (
        _instance(table, itertools.islice(colonnes, len(table._meta.fields)))
        for table in (Agent, Direction, Structure))
    lier(agent, 'direction', direction)
    lier(direction, 'structure', structure)
    return agent


def lier(ligne, nom, autre):
    """Hand a row the one it refers to, already read: its attribute `nom` asks the base nothing any more."""
    ligne.__rel__[nom] = autre


def _instance(table, colonnes):
    objet = table(__no_default__=True)
    objet.__data__ = {table._meta.columns[nom].name: valeur for nom, valeur in colonnes}
    return objet


def administrateurs():
    return lire_agents('WHERE administrateur AND actif ORDER BY agent.id')


class Absence(Table):
    agent = ForeignKeyField(Agent, backref='absences')
    du = TextField()
    au = TextField(null=True)                                       # au: None, without a known end
    suppleant = ForeignKeyField(Agent, null=True, backref='suppleances')
    retour_dit = BooleanField(default=False)                        # may a mairie and the team read « au »?
    restreintes = BooleanField(default=True)                        # does the suppléant act in restricted demandes?


class Delegation(Table):
    pour = ForeignKeyField(Agent, backref='delegations')
    par = ForeignKeyField(Agent, backref='delegue_de')
    du = TextField(null=True)
    au = TextField(null=True)


class Theme(Table):
    nom = TextField(unique=True)
    icone = TextField(default='document')
    ordre = IntegerField(default=0)
    court = _texte()                                                # its name in a list; '': the whole one


class Fiche(Table):
    theme = ForeignKeyField(Theme, backref='fiches')
    direction = ForeignKeyField(Direction, backref='fiches')
    titre = TextField()
    resume = TextField()
    pour_qui = _texte()
    actions = _texte()
    deroulement = _texte()
    a_preparer = _texte()
    mots = _texte()                                                 # what mairies call it; the search reads them
    gratuit = _texte()                                              # « oui », or what is
    adherents_de = ForeignKeyField(Structure, null=True, backref='reservees')   # whose members it is kept for
    par_convention = _texte()                                       # « oui », or who is eligible
    payant = _texte()                                               # an order of size
    conditions = _texte()                                           # the rest of what it costs and asks for
    promesse = TextField()
    restreinte = BooleanField(default=False)
    sans_texte = BooleanField(default=False)                        # what an agent writes: on the tracking page alone
    hors_guide = BooleanField(default=False)
    etat = TextField(default='publiee')
    maj_le = TextField()
    identifiant = TextField(null=True)
    explication = _texte()                                          # what the public reads of a suspended one
    remplacee_par = ForeignKeyField('self', null=True, backref='remplacees')
    verifie_le = TextField(null=True)

    @property
    def publiee(self):
        return self.etat == 'publiee'

    @property
    def delai(self):
        return jours_promis(self.promesse)


class Version(Table):
    """What a fiche or a page has said, or what is proposed that it say (verbes/versions.py)."""
    genre = TextField()
    objet = TextField()
    numero = IntegerField(null=True)
    etat = TextField()
    champs = TextField()
    changes = _texte()
    sur = IntegerField(null=True)
    pourquoi = TextField()
    agent = ForeignKeyField(Agent, null=True, backref='versions')
    auteur = TextField()
    cree_le = TextField()
    decide_par = ForeignKeyField(Agent, null=True, backref='decisions')
    decideur = _texte()
    decide_le = TextField(null=True)
    reponse = _texte()


class Document(Table):
    """A published file, of a fiche or of a content; an image (titre: its text alternative); the logo of a structure."""
    genre = TextField()
    objet = TextField()
    titre = TextField()
    nom = TextField()
    type = TextField()
    taille = IntegerField()
    sha256 = TextField()
    agent = ForeignKeyField(Agent, null=True, backref='documents')
    ajoute_le = TextField()
    contenu = BlobField()
    accessible = _texte()
    a_qui = _texte()
    legende = _texte()
    credit = _texte()
    moment = _texte()
    largeur = IntegerField(null=True)
    hauteur = IntegerField(null=True)
    droit = _texte()
    personnes = _texte()
    accords_par = _texte()
    retire_le = TextField(null=True)


class SansReponse(Table):
    """A search of the public that no fiche answered: words only."""
    mots = TextField(primary_key=True)
    nombre = IntegerField()
    vu_le = TextField()
    jours = IntegerField(default=1)                                 # on how many days it was made


class Porte(Table):
    """An organisme outside the Plateforme, to which a mairie may be sent (verbes/catalogue/portes.py)."""
    organisme = TextField()
    objet = TextField()
    competence = _texte()                                           # whose it is
    conseil = _texte()                                              # who may advise; '': the organisme
    mots = _texte()                                                 # what mairies say of it: the search reads them
    publique = BooleanField(default=False)
    service = _texte()
    telephone = _texte()
    texte = _texte()
    verifie_le = TextField()
    retiree_le = TextField(null=True)


class Amelioration(Table):
    agent = ForeignKeyField(Agent, backref='ameliorations')
    texte = TextField()
    propose_le = TextField()
    lue_le = TextField(null=True)
    lue_par = ForeignKeyField(Agent, null=True, backref='ameliorations_lues')


class Pilotage(Table):
    fiche = ForeignKeyField(Fiche, backref='pilotages')
    agent = ForeignKeyField(Agent, backref='pilotages')
    rang = IntegerField(default=0)

    class Meta:
        primary_key = CompositeKey('fiche', 'agent')


class Associable(Table):
    fiche = ForeignKeyField(Fiche, backref='associables')
    rang = IntegerField(default=0)
    structure = ForeignKeyField(Structure, null=True, backref='associables')    # one of the two
    direction = ForeignKeyField(Direction, null=True, backref='associables')


class Collectivite(Table):
    siren = TextField(null=True)                                    # unique among those not replaced
    insee = TextField(null=True)                                    # the same
    type = TextField()
    nom = TextField()
    cherche = TextField()
    codes_postaux = _texte()
    population = IntegerField(default=0)
    arrondissement = _texte()
    epci = ForeignKeyField('self', null=True, backref='communes')
    courriel = _texte()
    telephone = _texte()
    remplacee_par = ForeignKeyField('self', null=True, backref='remplacees')
    jusqu_au = TextField(null=True)
    epci_suivant = ForeignKeyField('self', null=True, backref='arrivantes')
    epci_le = TextField(null=True)
    depuis = TextField(null=True)
    acte_le = TextField(null=True)                                  # of a commune nouvelle
    sans_lettre = BooleanField(default=False)
    canton = _texte()
    petr = _texte()
    secteur = _texte()
    usuels = _texte()
    adresse = _texte()                                              # postal, a line each


class Adhesion(Table):
    collectivite = ForeignKeyField(Collectivite, backref='adhesions')
    structure = ForeignKeyField(Structure, backref='adhesions')
    depuis = TextField(null=True)
    jusqu_au = TextField(null=True)

    class Meta:
        primary_key = CompositeKey('collectivite', 'structure')


def nom_a_rappeler(demande):
    """The person to call back, else who refers: of a Demande, or of a row that has its four columns of names."""
    if demande.rappel_nom:
        return f'{demande.rappel_prenom} {demande.rappel_nom}'.strip()
    return f'{demande.prenom} {demande.nom}'.strip()


class Demande(Table):
    numero = AutoField()
    version = IntegerField(default=1)
    jeton = TextField(unique=True)
    cle = TextField(null=True, unique=True)
    empreinte = TextField(null=True)
    origine = TextField()
    statut = TextField()
    etape = IntegerField(default=1)
    depose_le = TextField()
    clos_le = TextField(null=True)
    promesse = TextField(null=True)
    delai = IntegerField(null=True)                                 # the days it was promised
    echeance = TextField(null=True)
    date_a_tenir = TextField(null=True)
    premier_contact_le = TextField(null=True)
    restreinte = BooleanField(default=False)
    theme = ForeignKeyField(Theme, null=True)
    fiche = ForeignKeyField(Fiche, null=True)
    structure = ForeignKeyField(Structure, null=True)
    direction = ForeignKeyField(Direction, null=True)
    collectivite_liee = ForeignKeyField(Collectivite, null=True, column_name='collectivite_id',
                                        object_id_name='collectivite_id')
    collectivite = TextField()
    type = TextField()
    lieu = _texte()
    message = TextField()
    civilite = _texte()
    nom = _texte()
    prenom = _texte()
    rappel_nom = _texte()
    rappel_prenom = _texte()
    rappel_fonction = _texte()
    courriel = _texte()
    telephone = _texte()
    quand_joindre = _texte()
    a_confirmer = BooleanField(default=False)
    referent_dit = ForeignKeyField(Agent, null=True, backref='dites')
    saisie_par = ForeignKeyField(Agent, null=True, backref='saisies')
    recue_le = TextField(null=True)
    voie = _texte()
    issue = _texte()
    synthese = _texte()
    texte_final = _texte()
    organisme = _texte()
    accord = _texte()
    organisme_telephone = _texte()
    transmission = _texte()
    transmise_le = TextField(null=True)
    repondu_le = TextField(null=True)                               # the day of the answer that closed it, or so agreed
    doublon_de = ForeignKeyField('self', null=True, column_name='doublon_de', object_id_name='doublon_de_id')
    prochaine_etape_le = TextField(null=True)
    importee = BooleanField(default=False)
    reprise = BooleanField(default=False)
    reference = _texte()                                            # what it was called before, of an imported one
    titre_depose = _texte()
    essai = BooleanField(default=False)                             # made before the opening, to learn
    question_le = TextField(null=True)
    rappele = _texte()
    rappele_le = TextField(null=True)
    ampleur = _texte()                                              # of AMPLEURS
    collectivite_tri = _texte()                                     # the order of the list; journal.ecrire_index
    message_le = TextField(null=True)                               # written by triggers alone
    inconnue_le = TextField(null=True)                              # the same, of an answer that waits apart
    attente_depuis = TextField(null=True)                           # an answer is waited for (regles.md §12)
    attente_au = TextField(null=True)
    attente_de = _texte()
    attente_tue = BooleanField(default=False)                       # what is waited for: on the tracking page alone
    interlocuteur_depuis = TextField(null=True)                     # the day since which it is to be confirmed

    @property
    def etat(self):
        """The state in TRANSITIONS: the statut; « rejete_clos » once answered; « essai_clos », that nothing reopens."""
        if self.issue == 'essai':
            return 'essai_clos'
        return 'rejete_clos' if self.statut == 'rejete' and self.clos_le else self.statut

    @property
    def a_rappeler(self):
        """The person to call back."""
        return nom_a_rappeler(self)

    @property
    def titre(self):
        return self.fiche.titre if self.fiche_id else 'Demande libre'

    @property
    def envoyee_sous(self):
        """The title of the fiche at the deposit, when it is not the present one; '' else."""
        return self.titre_depose if self.titre_depose != self.titre else ''



class Groupe(Table):
    """A groupe de travail of the contributeurs."""
    nom = TextField(unique=True)
    animateur = ForeignKeyField(Agent, null=True, backref='groupes')
    ferme_le = TextField(null=True)


class Contenu(Table):
    """What the site shows, or what contributeurs share (verbes/contenus/contenus.py)."""
    genre = TextField()
    etat = TextField(default='brouillon')
    audience = TextField(default='public')
    titre = TextField()
    resume = _texte()
    corps = _texte()
    theme = ForeignKeyField(Theme, null=True, backref='contenus')
    structure = ForeignKeyField(Structure, null=True, backref='contenus')
    agent = ForeignKeyField(Agent, null=True, backref='contenus')
    cree_le = TextField()
    modifie_le = TextField()
    relu_par = _texte()
    publie_le = TextField(null=True)
    expire_le = TextField(null=True)
    retire_le = TextField(null=True)
    debut_le = TextField(null=True)
    debut_a = _texte()
    fin_le = TextField(null=True)
    fin_a = _texte()
    lieu = _texte()
    inscription = _texte()
    inscription_au = TextField(null=True)
    nature = _texte()
    verifie_le = TextField(null=True)
    a_revoir_le = TextField(null=True)
    classe = _texte()
    groupe = ForeignKeyField(Groupe, null=True, backref='contenus')
    seance_le = TextField(null=True)
    a_qui = _texte()
    collectivite = ForeignKeyField(Collectivite, null=True, backref='projets')
    annee = IntegerField(null=True)
    cout = _texte()
    demande = ForeignKeyField(Demande, null=True, backref='projets')
    accord_par = _texte()
    accord_le = TextField(null=True)
    accord_retire_le = TextField(null=True)


class ContenuFiche(Table):
    contenu = ForeignKeyField(Contenu, backref='fiches')
    fiche = ForeignKeyField(Fiche, backref='contenus')

    class Meta:
        primary_key = CompositeKey('contenu', 'fiche')


class ContenuCollectivite(Table):
    contenu = ForeignKeyField(Contenu, backref='collectivites')
    collectivite = ForeignKeyField(Collectivite, backref='contenus')

    class Meta:
        primary_key = CompositeKey('contenu', 'collectivite')


class ContenuStructure(Table):
    """A structure that a projet names, and what it says of it before it is published."""
    contenu = ForeignKeyField(Contenu, backref='structures')
    structure = ForeignKeyField(Structure, backref='lus')
    lu_le = TextField(null=True)
    lu_par = ForeignKeyField(Agent, null=True, backref='lectures')
    correction = _texte()

    class Meta:
        primary_key = CompositeKey('contenu', 'structure')


class Campagne(Table):
    """A revue annuelle of the catalogue (verbes/catalogue/campagne.py)."""
    annee = IntegerField(unique=True)
    ouverte_le = TextField()
    ouverte_par = ForeignKeyField(Agent, null=True, backref='campagnes')
    ferme_le = TextField()
    close_le = TextField(null=True)


class CampagneReponse(Table):
    """A fiche or a ressource that it asks about, and what is answered, '' as long as nothing is."""
    campagne = ForeignKeyField(Campagne, backref='reponses')
    fiche = ForeignKeyField(Fiche, null=True, backref='reponses')
    contenu = ForeignKeyField(Contenu, null=True, backref='reponses')
    reponse = _texte()
    pourquoi = _texte()
    agent = ForeignKeyField(Agent, null=True, backref='reponses')
    repondu_le = TextField(null=True)

    class Meta:
        table_name = 'campagne_reponse'


class Evaluation(Table):
    """What the mairie says of an accompaniment that is over (verbes/pilotage/evaluation.py)."""
    demande = ForeignKeyField(Demande, primary_key=True, backref='evaluations')
    demandee_le = TextField()
    repondu_le = TextField(null=True)
    aide = _texte()
    permis = _texte()
    texte = _texte()
    citable = BooleanField(default=False)
    citation = _texte()
    gardee_le = TextField(null=True)
    gardee_par = ForeignKeyField(Agent, null=True, backref='citations')


class Contour(Table):
    """The outline of a commune, on the grid of the map."""
    insee = TextField(primary_key=True)
    traces = TextField()


class DemandeCommune(Table):
    demande = ForeignKeyField(Demande, backref='communes')
    collectivite = ForeignKeyField(Collectivite)

    class Meta:
        primary_key = CompositeKey('demande', 'collectivite')


class Membre(Table):
    demande = ForeignKeyField(Demande, backref='membres')
    role = TextField()
    rang = IntegerField(default=0)
    agent = ForeignKeyField(Agent, null=True, backref='places')
    structure = ForeignKeyField(Structure)
    direction = ForeignKeyField(Direction, null=True)
    depuis_le = TextField()


class Jalon(Table):
    """A step of the feuille de route of a demande, held by a place of its team (regles.md §12)."""

    demande = ForeignKeyField(Demande, backref='jalons')
    rang = IntegerField()
    quoi = TextField()
    agent = ForeignKeyField(Agent, null=True, backref='jalons')
    structure = ForeignKeyField(Structure, null=True, backref='jalons')
    direction = ForeignKeyField(Direction, null=True, backref='jalons')
    a_accepter = BooleanField(default=False)
    propose = _texte()
    pour_le = TextField(null=True)
    fait_le = TextField(null=True)
    dit = _texte()
    dit_jour = BooleanField(default=False)
    par = ForeignKeyField(Agent, null=True, backref='jalons_prevus')


class Journal(Table):
    demande = ForeignKeyField(Demande, backref='journal')
    cree_le = TextField()
    nature = TextField()
    acte_le = TextField(null=True)
    statut = TextField(null=True)
    agent = ForeignKeyField(Agent, null=True, backref='lignes')
    pour = ForeignKeyField(Agent, null=True, backref='lignes_pour')
    auteur = TextField()
    structure = _texte()
    texte = _texte()
    fait = _texte()
    moyen = _texte()
    corrige = ForeignKeyField('self', null=True, backref='corrections')


class Piece(Table):
    demande = ForeignKeyField(Demande, backref='pieces')
    journal = ForeignKeyField(Journal, null=True, backref='pieces')
    agent = ForeignKeyField(Agent, null=True, backref='pieces')
    nom = TextField()
    taille = IntegerField()
    sha256 = TextField()
    depose_le = TextField()
    contenu = BlobField()


class Lettre(Table):
    """An accusé de réception that the Président·e signs, of one demande or of those of a week."""
    imprimee_le = TextField()
    faits = TextField()
    texte = TextField()
    signataire = TextField()
    accord_le = TextField(null=True)
    signature_le = TextField(null=True)
    signee_le = TextField(null=True)
    envoyee_le = TextField(null=True)
    voie = _texte()
    notees = _texte()

    @property
    def etat(self):
        """The furthest of ETAPES_DE_LETTRE (verbes/regles.py)."""
        jours = {'envoyee': self.envoyee_le, 'signee': self.signee_le, 'signature': self.signature_le}
        return next((etape for etape, jour in jours.items() if jour), 'imprimee')


class LettreDemande(Table):
    demande = ForeignKeyField(Demande, primary_key=True, backref='lettres')
    lettre = ForeignKeyField(Lettre, backref='demandes')
    journal = ForeignKeyField(Journal, null=True, backref='lettres')

    class Meta:
        table_name = 'lettre_demande'


class MessageAPartir(Table):
    """A message to the collectivité that waits two minutes, or that did not leave: raison says why (regles.md §12).
    """
    demande = ForeignKeyField(Demande, backref='messages_a_partir')
    agent = ForeignKeyField(Agent, backref='messages_a_partir')
    texte = TextField()
    porte = TextField()
    sans_texte = BooleanField(default=False)
    attente_au = TextField(null=True)
    attente_de = _texte()
    ecrit_le = TextField()
    part_le = TextField()
    raison = _texte()
    acte = _texte()
    champs = _texte()

    class Meta:
        table_name = 'message_a_partir'


class PieceAPartir(Table):
    message = ForeignKeyField(MessageAPartir, backref='pieces')
    nom = TextField()
    contenu = BlobField()

    class Meta:
        table_name = 'piece_a_partir'


class ReponseRecue(Table):
    """An answer that came by e-mail (verbes/demande/reponses.py). Its text and files are here while it is apart."""
    demande = ForeignKeyField(Demande, backref='reponses_recues')
    identifiant = TextField()
    recue_le = TextField()
    etat = TextField()
    de = _texte()
    texte = _texte()

    class Meta:
        table_name = 'reponse_recue'


class PieceRecue(Table):
    reponse = ForeignKeyField(ReponseRecue, backref='pieces')
    nom = TextField()
    contenu = BlobField()

    class Meta:
        table_name = 'piece_recue'


class TexteType(Table):
    agent = ForeignKeyField(Agent, backref='textes_types')
    structure = ForeignKeyField(Structure, null=True, backref='textes_types')
    titre = TextField()
    texte = TextField()
    modifie_le = TextField()

    class Meta:
        table_name = 'texte_type'


class Reunion(Table):
    """A réunion de cadrage of a demande; its hours are those of Paris (verbes/demande/reunions.py)."""
    demande = ForeignKeyField(Demande, backref='reunions')
    agent = ForeignKeyField(Agent, backref='reunions')
    jour = TextField()
    debut_a = TextField()
    fin_a = TextField()
    lieu = _texte()
    cree_le = TextField()
    modifie_le = TextField()
    annulee_le = TextField(null=True)


class Invitation(Table):
    """Of one guest: an agent, or without one the collectivité of the demande (verbes/invitations.py)."""
    reunion = ForeignKeyField(Reunion, null=True, backref='invitations')
    contenu = ForeignKeyField(Contenu, null=True, backref='invitations')
    agent = ForeignKeyField(Agent, null=True, backref='invitations')
    jeton = TextField(unique=True)
    oui_le = TextField(null=True)
    non_le = TextField(null=True)
    mot = _texte()
    retiree_le = TextField(null=True)


class ListeGardee(Table):
    agent = ForeignKeyField(Agent, backref='listes')
    nom = TextField()
    criteres = TextField()

    class Meta:
        table_name = 'liste_gardee'
        indexes = ((('agent', 'nom'), True),)


class Courriel(Table):
    identifiant = TextField(unique=True)
    demande = ForeignKeyField(Demande, null=True, backref='courriels')
    agent = ForeignKeyField(Agent, null=True, backref='courriels')
    invitation = ForeignKeyField(Invitation, null=True, backref='courriels')
    pour = TextField()
    destinataire = TextField()
    modele = TextField()
    objet = TextField()
    corps = TextField()
    secret = BooleanField(default=False)
    cree_le = TextField()
    essais = IntegerField(default=0)
    a_partir_de = TextField()
    pris_le = TextField(null=True)
    envoye_le = TextField(null=True)
    echec_le = TextField(null=True)
    raison = _texte()
    marque = TextField(null=True, unique=True)


class Session(Table):
    empreinte = TextField(primary_key=True)
    agent = ForeignKeyField(Agent, backref='sessions')
    cree_le = TextField()
    vu_le = TextField()
    origine = TextField(default='mot_de_passe')
    adresse = _texte()


class Reseau(Table):
    agent = ForeignKeyField(Agent, backref='reseaux')
    adresse = TextField()
    vu_le = TextField()

    class Meta:
        primary_key = CompositeKey('agent', 'adresse')


class Lien(Table):
    empreinte = TextField(primary_key=True)
    usage = TextField()
    agent = ForeignKeyField(Agent, null=True, backref='liens')
    expire_le = TextField()
    utilise_le = TextField(null=True)


class CodeSecours(Table):
    empreinte = TextField(primary_key=True)
    agent = ForeignKeyField(Agent, backref='codes_secours')


class Audit(Table):
    fait_le = TextField()
    agent = ForeignKeyField(Agent, null=True, backref='faits')
    fait = TextField()
    detail = _texte()
    adresse = _texte()
    nombre = IntegerField(default=1)
    objet = TextField(default='')                                   # what the line is about: « porte:12 »


class Rappel(Table):
    marque = TextField(primary_key=True)
    agent = ForeignKeyField(Agent, backref='rappels')
    fait_le = TextField()
    phrase = _texte()


class Cote(Table):
    """A demande that an agent has put aside in their own day; the team reads why."""
    agent = ForeignKeyField(Agent, backref='cotes')
    demande = ForeignKeyField(Demande, backref='cotes')
    jusqu_au = TextField()
    raison = TextField()
    mis_le = TextField()

    class Meta:
        primary_key = CompositeKey('agent', 'demande')


class Passation(Table):
    """What an agent, or a structure, held, handed over to others; fait says in JSON what was, to put it back
    (passation.py).
    """
    agent = ForeignKeyField(Agent, backref='passations', null=True)
    structure = ForeignKeyField(Structure, backref='passations', null=True)
    par = ForeignKeyField(Agent, backref='passations_faites')
    genre = TextField()
    faite_le = TextField()
    fait = TextField(default='{}')
    ferme_le = TextField(null=True)
    close_le = TextField(null=True)
    annulee_le = TextField(null=True)


class StockClasse(Table):
    """What « Classer à la reprise » has changed of a demande, while its batch (a line of the audit) may be undone."""
    demande = ForeignKeyField(Demande, primary_key=True)
    lot = IntegerField()
    statut = TextField()
    version = IntegerField()


class ImportDefaisable(Table):
    """What an import of demandes or of their journal has changed of a demande, while its batch (a line of the audit)
    may be undone (verbes/echanges/lots.py).
    """
    lot = IntegerField()
    demande = ForeignKeyField(Demande)
    creee = BooleanField()
    version = IntegerField()
    ligne = IntegerField()
    avant = _texte()

    class Meta:
        primary_key = CompositeKey('lot', 'demande')


class Marque(Table):
    """Its one row, moved by triggers, says until when what was read stays true (« Memory »)."""
    reference = IntegerField()


class Purge(Table):
    """Its one row, while it is there, lets what is only added to be changed, and keeps SQLite from committing."""
    interdit = TextField(column_name='interdit_id', default='purge en cours')


TABLES = tuple(Table.__subclasses__())                              # in the order they are written in
for table in TABLES:                                                # « demande », not « t1 »: SQL text and queries mix
    table._meta.table._alias = table._meta.table_name
