"""The cookie of a session, and the fields of a form that are kept for it while its agent signs in again."""
import hashlib
import re
import threading
import time
from collections import OrderedDict
from urllib.parse import urlsplit

from bottle import request, response

import models
from .entrees import entete


def securise():
    """True unless the public address is http (only allowed on a loopback name)."""
    return models.SITE['url'].startswith('https:')


def nom_du_cookie():
    return '__Host-session' if securise() else 'session'


def cookie_de_session():
    """The value of our one cookie, or ''. Not through Bottle: another cookie with an odd name would be a 500."""
    trouve = re.search(
        rf'(?:^|;\s*){nom_du_cookie()}="?([A-Za-z0-9_-]{{20,100}})"?(?:;|$)', entete('Cookie') or '')
    return trouve[1] if trouve else ''


def poser_session(cookie):
    response.set_cookie(nom_du_cookie(), cookie, path='/', httponly=True, samesite='lax', secure=securise())


def adresse_de_session():
    """The client's address, whole, as a session keeps it (« Mes sessions »)."""
    return request.environ.get('REMOTE_ADDR', '')


def retirer_session():
    response.delete_cookie(nom_du_cookie(), path='/', secure=securise(), httponly=True, samesite='lax')


# ---- What was typed when the session had expired ----

REPRIS = 'plateforme.repris'
REPRISE_MAX = 500_000                               # characters of one
REPRISES_MAX = 10_000_000                           # of all
_reprises = OrderedDict()                           # sha256(cookie): (address, fields, time); memory only
_reprises_verrou = threading.Lock()


def garder_reprise(cookie, adresse, saisies):
    """Keep, for an hour and this session, the fields that a page must show again after sign-in."""
    if sum(len(texte) for texte in saisies.values()) > REPRISE_MAX:
        return
    with _reprises_verrou:
        _reprises[_cle_de_reprise(cookie)] = (adresse, saisies, time.monotonic())
        while len(_reprises) > 200 or REPRISES_MAX < sum(
                len(texte) for _, saisies, _ in _reprises.values() for texte in saisies.values()):
            _reprises.popitem(last=False)


def _cle_de_reprise(cookie):
    return hashlib.sha256(cookie.encode()).hexdigest()


def oublier_reprise():
    """Once a form of this session has been accepted, its kept fields must not come back over what was saved."""
    cookie = cookie_de_session()
    with _reprises_verrou:
        _reprises.pop(_cle_de_reprise(cookie), None)


def saisies_gardees():
    """The fields kept for this page and session, {} when there are none."""
    cookie = cookie_de_session()
    adresse, saisies, quand = _reprises.get(_cle_de_reprise(cookie), ('', {}, 0))
    if urlsplit(adresse).path != request.path or time.monotonic() - quand >= 3600:
        return {}
    return dict(saisies)


def reprise(convient=bool):
    """The same, for a form to be filled again: the page says so (est_repris). convient(fields): are they of this form?
    """
    saisies = saisies_gardees()
    if not convient(saisies):
        return {}
    request.environ[REPRIS] = bool(saisies)
    return saisies


def est_repris():
    """Has a form of this page been filled with what was kept?"""
    return request.environ.get(REPRIS, False)
