"""How often and how fast: counters and delays of the public forms and of sign-in, signed times, whose address.

All in the memory of the process, bounded, keyed by sha256: a restart forgets them.
What is refused says when to come back.
"""
import hashlib
import hmac
import math
import threading
import time
from collections import OrderedDict, deque

from bottle import request, response

import models
import langue
from models import Refus
from langue import MO, prefixe
from verbes import valeurs

CLES_MAX, FOIS_MAX = 10_000, 1_000
JOUR = 86_400                                                       # seconds: no limit looks further back
# {name: {sha256 of the key: times}}, the last counted at the end.
_compteurs, _compteurs_verrou = {}, threading.Lock()


def trop(nom, cle, maximum, secondes):
    """Seconds to wait before one more `nom` for this key (its sha256 is kept),
    0 when under `maximum` in the last `secondes`.
    """
    recentes = _recentes(nom, cle, secondes)
    # 0 (a sending that is heavier than what is left) must not close the service, nor 5,000 open it for good.
    maximum = min(max(1, maximum), FOIS_MAX)
    if len(recentes) < maximum:
        return 0
    return int(recentes[-maximum] + secondes - time.monotonic()) + 1


def _recentes(nom, cle, secondes):
    with _compteurs_verrou:
        return [t for t, _ in _compteurs.get(nom, {}).get(_cle(cle), ()) if t > time.monotonic() - secondes]


def compter(nom, cle, de=''):
    """Count one. de: whose it is, when oublier() must be able to take back theirs alone.

    Past CLES_MAX keys of this name the one counted longest ago is forgotten. Whoever wants a counter forgotten must
    count 10,000 others of its name after it: more, under the limit of each address, than the tries it would give back.
    Another name (lost password, deposits…) never costs it its place.
    """
    with _compteurs_verrou:
        du_nom = _compteurs.setdefault(nom, OrderedDict())
        du_nom.setdefault(_cle(cle), deque(maxlen=FOIS_MAX)).append((time.monotonic(), _cle(de)))
        du_nom.move_to_end(_cle(cle))
        while len(du_nom) > CLES_MAX or next(iter(du_nom.values()))[-1][0] < time.monotonic() - JOUR:
            du_nom.popitem(last=False)


def combien(nom, cle, secondes):
    """How many `nom` this key has in the last `secondes`."""
    return len(_recentes(nom, cle, secondes))


def rendre(nom, cle):
    """Take back the last one counted: it was no try after all."""
    with _compteurs_verrou:
        du_nom = _compteurs.get(nom, {})
        fois = du_nom.get(_cle(cle))
        if fois:
            fois.pop()
        if not fois:                                                # an empty one would push out those that count
            du_nom.pop(_cle(cle), None)


def limiter(nom, cle, maximum, secondes, phrase):
    """Count one `nom`, or Refus 429 past `maximum` in the last `secondes`;
    phrase says it, with {attente} for when to come back.
    """
    attente = trop(nom, cle, maximum, secondes)
    if attente:
        response.set_header('Retry-After', str(attente))
        raise Refus(phrase.format(attente=dire_attente(attente)), 429)
    compter(nom, cle)


def oublier(nom, cle, de=None):
    """Forget the count of a key, or only what it has of one."""
    with _compteurs_verrou:
        du_nom = _compteurs.get(nom, {})
        autres = [(t, qui) for t, qui in du_nom.pop(_cle(cle), ()) if de is not None and qui != _cle(de)]
        if autres:
            du_nom[_cle(cle)] = deque(autres, maxlen=FOIS_MAX)


def _cle(cle):
    return hashlib.sha256(str(cle).encode()).digest()


def attente_apres_echecs(nom, cle, minutes_max, libres=3, pendant=3600):
    """Seconds to wait after failures: none for the first `libres`, then 2, 4, 8… up to minutes_max.

    pendant: the seconds a failure counts for.
    """
    fois = _recentes(nom, cle, pendant)
    if len(fois) < libres:
        return 0
    delai = min(2 ** min(len(fois) - libres + 1, 12), 60 * minutes_max)
    return max(0, int(fois[-1] + delai - time.monotonic()) + 1)


def dire_attente(secondes):
    unite, mot = 1, 'seconde'
    if secondes > 7200:
        unite, mot = 3600, 'heure'
    elif secondes > 60:
        unite, mot = 60, 'minute'
    n = math.ceil(secondes / unite)
    return f'dans {n}\u00a0{mot}{"s" if n > 1 else ""}'


def dire_secondes(secondes):
    return dire_attente(secondes).removeprefix('dans ')


def adresse_du_client():
    """The address of the client, as the limits count it: a whole IPv6 /64 is one machine, or one office,
    which may take any of its addresses.
    """
    return prefixe(request.environ.get('REMOTE_ADDR', ''), 64)


def reseau_du_client():
    """The network of the client: an IPv4 address, or the IPv6 /48 that a subscriber is given at many hosts."""
    return prefixe(request.environ.get('REMOTE_ADDR', ''), 48)


def limite(nom):
    """The figure of a limit, under the protection that the request has read, else (before that) the base says."""
    contexte = getattr(request, 'contexte', None)
    reglages = contexte['reglages'] if contexte else models.Reglage.tous()
    return valeurs.limite(nom, reglages['protection'])


def octets_de(pieces):
    return sum(len(contenu) for _, contenu in pieces)


def en_mo(pieces):
    """What files count for in a limit said in Mo: each one begun."""
    return -(-octets_de(pieces) // MO)


def attente_du_client(nom):
    """Seconds this client must wait before one more `nom` in an hour: its address and its network have each a limit,
    `nom`_adresse and `nom`_reseau.
    """
    return max(trop(compteur, cle, limite(compteur), 3600) for compteur, cle in _du_client(nom))


def compter_le_client(nom):
    for compteur, cle in _du_client(nom):
        compter(compteur, cle)


def client_compte(nom):
    """True when this client has one `nom` at least in the last hour."""
    return any(combien(compteur, cle, 3600) for compteur, cle in _du_client(nom))


def _du_client(nom):
    return (f'{nom}_adresse', adresse_du_client()), (f'{nom}_reseau', reseau_du_client())


def heure_signee(secret):
    """The time a form was opened, signed: « seconds.signature »."""
    instant = str(int(langue.horloge().timestamp()))
    return f'{instant}.{signer(secret, instant)}'


def secondes_depuis(signe, secret):
    """Seconds since a signed time; 0 when it is not ours."""
    instant, _, signature = signe.partition('.')
    if not hmac.compare_digest(signature.encode(), signer(secret, instant).encode()):
        return 0
    return langue.horloge().timestamp() - int(instant)


def signer(secret, texte):
    return hmac.new(secret.encode(), texte.encode(), 'sha256').hexdigest()[:32]
