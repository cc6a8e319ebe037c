"""A real server for the tests that need one: its process, its errors in a file, and sockets without a library between."""

import http.client
import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime

from conftest import port_libre

import models

ICI = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def demarrer(base, port, *devant, **environ):
    """The process of a server that answers on this port; its errors go to <base>.stderr. devant: a command it runs under (strace…)."""
    with open(f'{base}.stderr', 'ab') as erreurs:
        processus = subprocess.Popen(
            [*devant, sys.executable, 'plateforme.py'],
            cwd=ICI,
            stdout=subprocess.DEVNULL,
            stderr=erreurs,
            env={**os.environ, 'PLATEFORME_SMTP': '', **environ, 'PLATEFORME_BASE': str(base), 'PLATEFORME_ECOUTE': f'127.0.0.1:{port}'},
        )
    fin = time.monotonic() + 60
    while time.monotonic() < fin and processus.poll() is None:
        try:
            if demander(port, '/contact')[0] == 200:
                return processus
        except OSError:
            time.sleep(0.05)
    arreter(processus)
    raise AssertionError(f'le serveur ne répond pas\u00a0: {erreurs_de(base)[-2000:]}')


def arreter(processus):
    if processus.poll() is None:
        processus.kill()
    processus.wait()


@contextmanager
def servi(base, **environ):
    """The base of the test (unplugged here: one process a base) served by a real process; gives its port."""
    models.debrancher()
    port = port_libre()
    processus = demarrer(base, port, **environ)
    processus.port = port
    try:
        yield processus
    finally:
        arreter(processus)


def erreurs_de(base):
    """What the server wrote on stderr."""
    with open(f'{base}.stderr', errors='replace') as fichier:
        return fichier.read()


def demander(port, chemin, methode='GET', corps=None, delai=60, **entetes):
    """(code, headers, bytes) of one request on its own connection."""
    connexion = http.client.HTTPConnection('127.0.0.1', port, timeout=delai)
    try:
        connexion.request(methode, chemin, corps, {nom.replace('_', '-'): valeur for nom, valeur in entetes.items()})
        reponse = connexion.getresponse()
        return reponse.status, reponse.headers, reponse.read()
    except http.client.HTTPException as coupure:  # cut in the middle of an answer
        raise ConnectionError(str(coupure)) from None
    finally:
        connexion.close()


def multipart(champs, fichiers=(), frontiere='frontiere-de-test'):
    """(body, type) of a form with files: {name: text}, [(field, file name, bytes)]."""
    parties = [(f'name="{nom}"', valeur.encode()) for nom, valeur in champs.items()]
    parties += [(f'name="{nom}"; filename="{fichier}"', octets) for nom, fichier, octets in fichiers]
    corps = b''.join(f'--{frontiere}\r\nContent-Disposition: form-data; {entete}\r\n\r\n'.encode() + octets + b'\r\n' for entete, octets in parties)
    return corps + f'--{frontiere}--\r\n'.encode(), f'multipart/form-data; boundary={frontiere}'


def brancher_prise(port, brut=b'', tampon=None):
    """A raw connection that has sent these bytes; tampon: a small receive buffer, for a reader that does not read."""
    prise = socket.socket()
    if tampon:
        prise.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, tampon)
    prise.settimeout(60)
    prise.connect(('127.0.0.1', port))
    if brut:
        prise.sendall(brut)
    return prise


def tout_lire(prise):
    """The bytes received until the other side closes."""
    recu = b''
    try:
        while morceau := prise.recv(65536):
            recu += morceau
    except OSError:
        pass
    return recu


def cookie_de(agent):
    """A session of the real clock, which a server in its own process reads (the clock of a test stands still)."""
    with models.ecriture():
        cookie, instant = models.ouvrir_session(agent), models.en_utc(datetime.now(UTC))
        models.Session.update(cree_le=instant, vu_le=instant).where(models.Session.empreinte == models._sha256(cookie)).execute()
    return f'session={cookie}'
