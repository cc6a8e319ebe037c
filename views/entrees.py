"""What a request brings (parameters, headers, body): bounded, decoded or refused before anything reads it, dropped."""
import re
import threading
import unicodedata

import bottle
from bottle import BaseRequest, HTTPError, request

from models import Refus, lire_agents

CORPS_MAX = 27_000_000                              # bytes of one request: 25 MB of files and the fields
BaseRequest.MEMFILE_MAX = CORPS_MAX                 # below it Bottle drops text and refuses small files
# A form is UTF-8, whatever charset it names: the decoder of « punycode » takes a minute for 400 kB.
bottle._MultipartPart.charset = property(lambda part: 'utf8', lambda part, charset: None)
GROS_CORPS = 1_000_000
LIGNES_MAX = 4_000_000                              # of a drawing in text (DXF): bottle reads two million a second
_gros_corps = threading.Semaphore(2)                # at most two bodies above 1 MB at once,
_attente_gros = threading.Semaphore(3)              # three more that wait for their turn,
ATTENTE_GROS = 5                                    # for so many seconds: the other workers serve

TROP_GROS = ('Cet envoi est trop volumineux\u00a0: 25\u00a0Mo de fichiers au plus. '
             'Revenez à la page précédente, allégez les fichiers, puis renvoyez.')
TROP_LONG = ('Cet envoi est trop long\u00a0: 1\u00a0Mo de texte au plus. '
             'Revenez à la page précédente, raccourcissez votre texte, puis renvoyez.')
MALFORME = 'Cette requête est mal formée. Revenez à la page précédente, rechargez-la et recommencez.'


ACCENTS_MAX = 10                                    # on one letter: more of them take a time that grows by their square
ENTASSES = ('Un texte porte une suite d\'accents qu\'aucune langue n\'écrit\u00a0: rien n\'est enregistré. '
            'Revenez à la page précédente, retapez-le, puis recommencez.')


# What a text brings with it when it is copied from a word processor, a PDF or a spreadsheet: its breaks of line and of
# page, its hyphens; nothing of the others is seen.
COLLES = str.maketrans({'\x0b': '\n', '\x0c': '\n', '\x1e': '-', **dict.fromkeys(
    map(chr, (*range(1, 9), *range(0x0e, 0x1e), 0x1f, 0x7f)), '')})


def _propre(texte):
    """Strict UTF-8 already; CRLF → LF; of the control characters, tab and line feed alone: those of a copied text go, a
    NUL is nobody's; no lone surrogate, no pile of accents (Unicode TR 36, §2.10).
    """
    texte = texte.replace('\r\n', '\n').replace('\r', '\n')
    if re.search('[\x01-\x08\x0b-\x1f\x7f]', texte):
        texte = texte.translate(COLLES)
    if re.search('[\x00\ud800-\udfff]', texte):
        raise Refus(MALFORME, 400)
    if any(map(_entasse, re.findall(f'[^\x00-\u02ff]{{{ACCENTS_MAX + 1},}}', texte))):
        raise Refus(ENTASSES, 400)
    return texte


def _entasse(suite):
    """True when more than ACCENTS_MAX combining marks follow each other."""
    combien = 0
    for c in suite:
        combien = combien + 1 if unicodedata.combining(c) else 0
        if combien > ACCENTS_MAX:
            return True
    return False


def _utf8(texte):
    """What Bottle took for latin1, or UnicodeError."""
    return texte.encode('latin1').decode()


def lire_parametres(noms=None):
    """The parameters of the address; noms: the names of those that the page reads, all of them when None."""
    if not request.query_string:
        return {}
    try:
        parametres = {_utf8(nom): _propre(_utf8(valeur)) for nom, valeur in request.query.allitems()}
    except UnicodeError:
        raise Refus(MALFORME, 400) from None
    return parametres if noms is None else {nom: parametres[nom] for nom in noms if nom in parametres}


def entete(nom):
    """A header as it was sent, each byte a character; None when it is not there.

    Not through Bottle's get_header: it decodes strictly (the cookie of another application would make every page a 500)
    and keeps all the headers in the environ, a cycle that holds the body too.
    """
    return request.environ.get(f'HTTP_{nom.upper().replace("-", "_")}')


def _refuser_demesure(multipart, fichiers_admis):
    """Before parsing: a form without files is below 1 MB, has hundreds of fields and fewer than LIGNES_MAX lines.

    Each costs time or memory, on a route that anyone may call.
    """
    if request.content_length > GROS_CORPS and not (multipart and fichiers_admis):
        raise Refus(TROP_GROS if multipart else TROP_LONG, 413)
    separateur = b'&'
    if multipart:                                                   # as it was sent: Bottle gives it in lower case
        frontiere = re.search(r'boundary="?([^";,\s]+)', request.environ.get('CONTENT_TYPE', ''), re.I)
        separateur = f'--{frontiere[1]}'.encode('latin1') if frontiere else b'--'
    corps = request.body.getvalue()                                 # of a BytesIO: not a copy
    if corps.count(separateur) > 1000 or corps.count(b'\r\n') > LIGNES_MAX:
        raise Refus(MALFORME, 400)


# What a request holds of its body. Dropped as soon as the form is read: bottle and each thread keep their last environ.
CORPS = ('wsgi.input', *(f'bottle.request.{nom}' for nom in ('body', 'post', 'forms', 'files', 'params')))


def oublier_le_corps(environ, *de_plus):
    for cle in (*CORPS, *de_plus):
        environ.pop(cle, None)


def oublier_la_requete(environ):
    """Once it is answered, nothing of a request is kept."""
    oublier_le_corps(environ, *[cle for cle in environ if cle.startswith('bottle.')])


def lire_corps(config):
    """The body of a POST: (fields, files), or Refus 400."""
    try:
        multipart = request.content_type.lower().startswith('multipart/')
        _refuser_demesure(multipart, config.get('fichiers'))
        corps = _trier(request.POST.allitems(), multipart)
        oublier_le_corps(request.environ)
        return corps
    except HTTPError as erreur:
        code = 413 if erreur.status_code == 413 else 400
        raise Refus(TROP_GROS if code == 413 else MALFORME, code) from None
    except (UnicodeError, LookupError, ValueError, AttributeError, TypeError):
        raise Refus(MALFORME, 400) from None


def _trier(champs, multipart):
    """(fields, files) of what was received."""
    saisies, joints = {}, {}
    for nom, valeur in champs:
        if nom is None:
            raise Refus(MALFORME, 400)
        if not hasattr(valeur, 'file'):
            if not multipart:
                nom, valeur = _utf8(nom), _utf8(valeur)
            saisies[nom] = _propre(valeur)
        elif valeur.raw_filename:
            joints.setdefault(nom, []).append((_propre(valeur.raw_filename), valeur.file.read()))
    return saisies, joints


def prendre_un_tour():
    """True when one more body above 1 MB may be read: at once, or within ATTENTE_GROS seconds for three that wait."""
    if _gros_corps.acquire(blocking=False):
        return True
    if not _attente_gros.acquire(blocking=False):
        return False
    try:
        return _gros_corps.acquire(timeout=ATTENTE_GROS)
    finally:
        _attente_gros.release()


def rendre_un_tour():
    _gros_corps.release()


# ---- The number of a row, in an address or a form ----

NUMERO = '[1-9][0-9]{0,17}'                                         # SQLite holds it
ID = f'<id:re:{NUMERO}>'
SUIVI = '/suivi/<jeton:re:[A-Za-z0-9_-]{22}>'                        # the demandeur's page
IDENTIFIANT = f'{ID}<fin:re:(?:-[^/]*)?>'                           # « 12-elaborer-un-projet », or « 12 » alone


def lire_numero(texte):
    """A number as it is written, or None."""
    return int(texte) if re.fullmatch(NUMERO, texte) else None


def un(table, texte, *conditions):
    """The row of this number, or None."""
    return table.get_or_none(table.id == lire_numero(texte), *conditions)


def trouver(table, texte, phrase, *conditions):
    """The row of this number; Refus 404, with its sentence, when there is none."""
    ligne = un(table, texte, *conditions)
    if ligne is None:
        raise Refus(phrase, 404)
    return ligne


def trouver_agent(texte):
    """The Agent of this number, direction and structure with it; Refus 404."""
    agents = lire_agents('WHERE agent.id = ?', lire_numero(texte))
    if not agents:
        raise Refus('Ce compte n\'existe pas. Choisissez-le dans la liste des comptes.', 404)
    return agents[0]
