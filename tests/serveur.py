"""Real processes: a server, a verb of the command line; requests by WebTest over HTTP, by http.client, as raw bytes."""
import contextlib
import functools
import http.client
import os
import re
import secrets
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

import pytest
import waitress
import webtest
from waitress import wasyncore

import models
import langue
from verbes import comptes, valeurs
from views import wsgi

for nom in ('NOTIFY_SOCKET', 'JOURNAL_STREAM'):                      # of whoever starts the tests: systemd waits for
    os.environ.pop(nom, None)                                       # no word of the servers and commands of a test
ICI = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PLATEFORME = (sys.executable, 'plateforme.py')
with open(os.path.join(ICI, 'static/exemples/plateforme.service')) as unite:
    UNITE = dict(re.findall(r'^Environment=(\w+)=(.*)$', unite.read(), re.MULTILINE))  # the memory that it lets be kept
PATIENCE = 120  # seconds: only a hang lasts that long, however slow or loaded the machine


def exiger(**paquets):
    """Skip the test, naming what this machine lacks and how to have it: {command, or path of a file: its package}."""
    for commande, paquet in paquets.items():
        if not shutil.which(commande) and not os.path.exists(commande):
            pytest.skip(f'il manque {commande}\u00a0: apt install {paquet}')


def port_libre():
    """A free TCP port of this machine, below those that the system gives to whoever connects, and may take before."""
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        with socket.socket() as prise, contextlib.suppress(OSError):
            prise.bind(('127.0.0.1', port))
            return port


def lancer(*arguments, base, commande=PLATEFORME, entree=None, **environ):
    """Run a verb in its own process, with a text on its standard input: CompletedProcess."""
    return subprocess.run([*commande, *arguments], cwd=ICI, input=entree, capture_output=True, text=True, timeout=120,
                          env={**os.environ, 'PLATEFORME_BASE': str(base), **environ})


def limites_d_ici():
    return f'from verbes.valeurs import LIMITES, Limite; LIMITES.update({valeurs.LIMITES!r})'


def servir_ici():
    return sys.executable, '-c', f'import sys, plateforme; {limites_d_ici()}; sys.exit(plateforme.main(["servir"]))'


def demarrer(base, commande=None, port=None, attendu=None, **environ):
    """A server that answers, under the limits of this process: its process, with .port, .url and .journal (what it
    wrote on stderr so far). commande: instead, which has its own limits; attendu: where it answers, if elsewhere."""
    commande = commande or servir_ici()
    port, journal = port or port_libre(), tempfile.TemporaryFile('w+')
    processus = subprocess.Popen(commande, cwd=ICI, stdout=subprocess.PIPE, stderr=journal, text=True, env={
        **os.environ, 'PLATEFORME_BASE': str(base), 'PLATEFORME_ECOUTE': f'127.0.0.1:{port}', 'PLATEFORME_SMTP': '',
        **environ})
    processus.port, processus.url = port, attendu or f'http://127.0.0.1:{port}'
    processus.journal = lambda: os.pread(journal.fileno(), 10_000_000, 0).decode(errors='replace')
    try:
        attendre(lambda: lire(processus.url + '/contact'), processus)
    except AssertionError:
        arreter(processus)
        raise AssertionError(f'le serveur ne répond pas\u00a0: {processus.journal()[-2000:]}') from None
    return processus


def arreter(processus):
    if processus.poll() is None:
        processus.kill()
    processus.communicate()


@contextlib.contextmanager
def servie(base, commande=None, **options):
    """A base, unplugged here (one process a base), served by demarrer() until the end of the block."""
    models.debrancher()
    processus = demarrer(base, commande, **options)
    try:
        yield processus
    finally:
        arreter(processus)


@contextlib.contextmanager
def servie_ici(application, port, fils):
    """The application served by waitress here, until the end of the block; its thread ends before its sockets close."""
    prises, fini = {}, threading.Event()
    serveur = waitress.create_server(
        application, map=prises, host='127.0.0.1', port=port, _dispatcher=wsgi.Repartiteur(fils))
    serveur.channel_class = wsgi.Canal

    def tourner():
        while not fini.is_set():
            wasyncore.loop(timeout=30, use_poll=True, map=prises, count=1)

    fil = threading.Thread(target=tourner)
    fil.start()
    try:
        yield
    finally:
        serveur.task_dispatcher.shutdown()
        fini.set()
        serveur.pull_trigger()
        fil.join()
        wasyncore.close_all(prises)


def attendre(condition, processus=None):
    """Wait until a condition is true; only a hang, or the end of the process, makes it fail."""
    fin = time.monotonic() + PATIENCE
    while time.monotonic() < fin and not (processus and processus.poll() is not None):
        with contextlib.suppress(OSError):
            if condition():
                return
        time.sleep(0.02)
    raise AssertionError('ce qui est attendu ne vient pas')


def lire(url, **entetes):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=entetes), timeout=PATIENCE) as reponse:
            return reponse.status, reponse.headers, reponse.read().decode()
    except urllib.error.HTTPError as refus:
        return refus.code, refus.headers, refus.read().decode()


def par_http(url, depuis='127.0.0.1'):
    """A WebTest browser, at an address of this machine, whose requests go over HTTP to a real server, or a proxy."""
    adresse, ouvrir = urlsplit(url), http.client.HTTPConnection
    if adresse.scheme == 'https':
        ouvrir = functools.partial(http.client.HTTPSConnection, context=ssl._create_unverified_context())

    def relayer(environ, start_response):
        connexion = ouvrir(adresse.netloc, timeout=PATIENCE, source_address=(depuis, 0))
        entetes = {nom[5:].replace('_', '-'): valeur for nom, valeur in environ.items() if nom.startswith('HTTP_')}
        corps = environ['wsgi.input'].read(int(environ.get('CONTENT_LENGTH') or 0))
        chemin = (quote(environ['PATH_INFO'].encode('latin1'))
                  + (f'?{environ["QUERY_STRING"]}' if environ.get('QUERY_STRING') else ''))
        connexion.request(environ['REQUEST_METHOD'], chemin, corps,
                          entetes | {'Content-Type': environ.get('CONTENT_TYPE', '')})
        reponse = connexion.getresponse()
        octets = reponse.read()
        connexion.close()
        renvoyes = [(nom, valeur) for nom, valeur in reponse.getheaders()
                    if nom.lower() not in ('connection', 'transfer-encoding')]
        start_response(f'{reponse.status} {reponse.reason}', renvoyes)
        return [octets]

    return webtest.TestApp(relayer, extra_environ={
        'HTTP_HOST': adresse.netloc, 'HTTP_SEC_FETCH_SITE': 'same-origin', 'wsgi.url_scheme': adresse.scheme})


def demander(port, chemin, methode='GET', corps=None, **entetes):
    """(code, headers, bytes) of one request on its own connection."""
    connexion = http.client.HTTPConnection('127.0.0.1', port, timeout=PATIENCE)
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
    corps = b''.join(f'--{frontiere}\r\nContent-Disposition: form-data; {entete}\r\n\r\n'.encode() + octets + b'\r\n'
                     for entete, octets in parties)
    return corps + f'--{frontiere}--\r\n'.encode(), f'multipart/form-data; boundary={frontiere}'


def brancher_prise(port, brut=b'', tampon=None):
    """A raw connection that has sent these bytes; tampon: a small receive buffer, for a reader that does not read."""
    prise = socket.socket()
    if tampon:
        prise.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, tampon)
    prise.settimeout(PATIENCE)
    prise.connect(('127.0.0.1', port))
    if brut:
        with contextlib.suppress(ConnectionError):                  # refused before its end: what was answered remains
            prise.sendall(brut)
    return prise


def tout_lire(prise):
    recu = b''
    with contextlib.suppress(OSError):
        while morceau := prise.recv(65536):
            recu += morceau
    return recu


def cookie_de(agent):
    """A session of the real clock, which a server in its own process reads (the clock of a test stands still)."""
    with models.ecriture():
        cookie, instant = comptes.ouvrir_session(agent), langue.en_utc(datetime.now(UTC))
        (models.Session.update(cree_le=instant, vu_le=instant)
         .where(models.Session.empreinte == comptes._sha256(cookie)).execute())
    return f'session={cookie}'
