"""What the system and SQLite refuse: is it the base that can't be used (a 503)? how is it said in French on the command line?"""
import errno
import sqlite3

from models import BaseIndisponible

EN_PANNE = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_IOERR,
            sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
SANS_DISQUE = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
SYSTEME = {
    errno.EACCES: 'ce compte n\'en a pas le droit', errno.EPERM: 'ce compte n\'en a pas le droit', errno.ENOENT: 'n\'existe pas',
    errno.EISDIR: 'est un dossier', errno.ENOTDIR: 'passe par un fichier', errno.ELOOP: 'est un lien symbolique',
    errno.ENOSPC: 'le disque est plein', errno.EDQUOT: 'le disque est plein', errno.EROFS: 'le disque est en lecture seule',
    errno.EPIPE: 'ce qui lisait la sortie s\'est arrêté',
}
SQLITE = {                                                         # by primary result code (sqlite.org/rescode.html)
    sqlite3.SQLITE_FULL: 'le disque est plein', sqlite3.SQLITE_READONLY: 'ce compte ne peut que lire la base ou son dossier',
    sqlite3.SQLITE_BUSY: 'la base est occupée, réessayez dans un moment',
    sqlite3.SQLITE_CANTOPEN: 'ce compte ne peut pas ouvrir la base ou son dossier',
    sqlite3.SQLITE_CORRUPT: 'la base est abîmée', sqlite3.SQLITE_NOTADB: 'ce fichier n\'est pas une base, ou est abîmé',
    sqlite3.SQLITE_IOERR: 'le disque n\'a pas répondu',
}


def _causes(incident):
    """An error, then what it came from: on a full disk SQLite rolls back by itself, and Peewee then says « cannot rollback »."""
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
