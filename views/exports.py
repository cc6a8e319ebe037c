"""What is downloaded: a CSV, a joined file."""
import csv
import io
import itertools
import re
import tempfile
from urllib.parse import quote

from bottle import HTTPResponse

import langue
from models import ecriture, lecture
from langue import dire_nombre
from verbes.audit import auditer_l_export
from verbes.echanges import exports
from views import log, request
from views.refus import adresse_vue


def csv_a_relire(quoi, chercher):
    """What « importer » reads back of a list. chercher: called in the reading, (its filters, the ids of its rows, or
    None for all).
    """
    with lecture():
        criteres, seuls = chercher()
        fichier, nombre = fichier_csv(f'{quoi}-{langue.aujourdhui()}.csv',
                                      lambda brut: exports.exporter(quoi, brut, seuls=seuls))
    return livrer(fichier, f'{quoi}\u00a0: {dire_nombre(nombre, "ligne")}', criteres)


def livrer(fichier, quoi, criteres, restreintes=()):
    """A download, once its line of audit is committed: no export without one (views.EXPORTS). restreintes: the numbers
    of the restricted demandes that it holds, whose team reads it. A HEAD takes nothing away, and leaves no line.
    """
    if request.method == 'HEAD':
        return fichier
    detail = f'{quoi}, filtres\u00a0: {", ".join(criteres) or "aucun"}'
    with ecriture():
        auditer_l_export(request.agent, detail, request.path.removeprefix('/espace/').removesuffix('.csv'),
                         adresse_vue(), restreintes)
    log.info('export par agent %s : %s', request.agent.id, detail)
    return fichier


def csv_fichier(nom, titres, lignes):
    """(a CSV download, how many rows): UTF-8 with BOM, « ; », CRLF (regles.md §9).

    It is made in a temporary file, a block of rows at a time: a stalled reader holds no connection, and no more memory.
    """
    return fichier_csv(nom, lambda brut: ecrire_csv(brut, titres, lignes))


def fichier_csv(nom, ecrire):
    """The same, of a file that ecrire(binary file) writes: it gives how many rows."""
    brut = tempfile.TemporaryFile('w+b')
    nombre = ecrire(brut)
    return telechargement(nom, brut), nombre


def telechargement(nom, brut):
    """The download of a CSV just written to a temporary file."""
    taille = brut.tell()
    brut.seek(0)
    return HTTPResponse(brut, headers={
        'Content-Type': 'text/csv; charset=utf-8',
        'Content-Length': str(taille),
        'Content-Disposition': f'attachment; filename="{nom}"',
    })


def ecrire_csv(sortie, titres, lignes):
    """Write a CSV to a binary file, a block of rows at a time: how many rows."""
    sortie.write(b'\xef\xbb\xbf')
    lignes = itertools.chain([titres], lignes)
    nombre = 0
    while bloc := list(itertools.islice(lignes, 500)):
        sortie.write(_texte_csv(bloc).encode())
        nombre += len(bloc)
    return nombre - 1


def ecrire_en_memoire(titres, lignes):
    """The bytes of a small CSV that is kept."""
    sortie = io.BytesIO()
    ecrire_csv(sortie, titres, lignes)
    return sortie.getvalue()


def _texte_csv(lignes):
    texte = io.StringIO()
    sortie = csv.writer(texte, delimiter=';', lineterminator='\r\n')
    suspectes = {c for c in set(itertools.chain.from_iterable(lignes)) if c.__class__ is str and c[:1] in FORMULES}
    sortie.writerows(ligne if suspectes.isdisjoint(ligne) else map(cellule, ligne) for ligne in lignes)
    return texte.getvalue()


FORMULES = frozenset('=+-@\t\r\n＝＋－＠')


def cellule(valeur):
    """A spreadsheet must not take a cell for a formula:
    a leading = + - @ tab CR or LF, wide ones too, gets a « ' » (regles.md §9).
    """
    if isinstance(valeur, str) and valeur[:1] in FORMULES:
        return f"'{valeur}"
    return valeur


NON_GARDE = 'private, no-store'


def telecharger(piece, cache=NON_GARDE):
    """A joined file, byte for byte: saved, never run nor shown by the browser;
    accents kept in its name (RFC 6266, RFC 8187).
    """
    simple = re.sub(r'[^A-Za-z0-9._ -]', '_', piece.nom)
    return livrer_octets(piece, 'application/octet-stream', cache, {
        'Content-Disposition': f'attachment; filename="{simple}"; filename*=UTF-8\'\'{quote(piece.nom, safe="")}'})


def livrer_octets(piece, type_, cache, entetes):
    """The bytes of a file under a type that nobody may guess better, where nothing of it runs."""
    return HTTPResponse(bytes(piece.contenu), headers={
        'Content-Type': type_,
        'X-Content-Type-Options': 'nosniff',
        'Cache-Control': cache,
        'Content-Security-Policy': "default-src 'none'; sandbox",
        **entetes,
    })
