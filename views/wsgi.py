"""What stands before the application: whose request it is, which host, how long, the headers of every answer;
and waitress's reader of requests, in French.
"""
import re
import threading
import time
from collections import Counter, deque
from http.client import responses as HTTP_CODES
from urllib.parse import urlsplit

import waitress.channel
import waitress.parser
import waitress.task
import waitress.utilities

import models
import views
from verbes.exploitation.environnement import adresse_ip, boucle_locale
from views import entrees, erreurs
from views.limites import prefixe

# ---- The WSGI application ----

CSP = ("default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; form-action 'self'; "
       "base-uri 'none'; frame-ancestors 'none'")
ENTETES = (
    ('Content-Security-Policy', CSP),
    ('X-Content-Type-Options', 'nosniff'),
    ('Referrer-Policy', 'same-origin'),
    ('X-Frame-Options', 'DENY'),
    ('Cross-Origin-Opener-Policy', 'same-origin'),
    ('Cross-Origin-Resource-Policy', 'same-origin'),
    ('Permissions-Policy', 'camera=(), geolocation=(), microphone=()'),
)


def assembler(configuration):
    """The WSGI application for a configuration: Host allow-list, body limit,
    and the security headers on every answer.
    """
    views.verifier_routes()
    views.app.router.compile_rules()
    hotes = {urlsplit(configuration.url).netloc}

    def application(environ, start_response):
        def demarrer(status, entetes, exc_info=None):
            return start_response(status, _completer(entetes, configuration), *([exc_info] if exc_info else ()))
        refus = _situer(environ, configuration.proxy) or _refuser(environ, hotes, configuration.port)
        if refus:
            code, pourquoi = refus
            corps = erreurs.corps_erreur(code, REFUS_HTTP[code], pourquoi=pourquoi).encode()
            demarrer(f'{code} {HTTP_CODES[code]}',
                     [*erreurs.entetes_erreur(code).items(), ('Content-Length', str(len(corps)))])
            return [corps]
        try:
            return views.app(environ, demarrer)
        finally:
            entrees.oublier_la_requete(environ)
    return application


REFUS_HTTP = {
    400: 'Cette adresse n\'est pas celle de la Plateforme, ou la requête est mal formée.',
    404: erreurs.PHRASES[404],
    413: erreurs.PHRASES[413],
}


def dernier_transmis(entete):
    """The last address of X-Forwarded-For, without its port: what is before the last comma was said by the client."""
    return re.sub(r'^\[(.*)\](:\d+)?$|^([\d.]+):\d+$', r'\1\3', entete.rpartition(',')[2].strip())


DE_MANDATAIRE = ('HTTP_X_FORWARDED_FOR', 'HTTP_FORWARDED', 'HTTP_X_REAL_IP')


def _situer(environ, proxy):
    """Put the client's own address in REMOTE_ADDR when the trusted proxy speaks for it;
    (400, why) when what it says is no address.

    plateforme.mandataire says so: what that proxy alone may say (views/compte/sso.py) is believed then.
    A proxy of this machine that PLATEFORME_PROXY does not name, or that says nothing in X-Forwarded-For, is noted:
    all clients would have its address, so one limit together (views.acces.refuser_mandataire_inconnu).
    """
    pair = environ.get('REMOTE_ADDR', '')
    relaye = any(nom in environ for nom in DE_MANDATAIRE)
    environ['plateforme.local'] = boucle_locale(pair) and not relaye
    mandataire = environ['plateforme.mandataire'] = pair == proxy and 'HTTP_X_FORWARDED_FOR' in environ
    environ['plateforme.mandataire_inconnu'] = relaye and not mandataire and boucle_locale(pair)
    if mandataire:
        client = adresse_ip(dernier_transmis(environ['HTTP_X_FORWARDED_FOR']))
        if client is None:
            return 400, 'X-Forwarded-For du mandataire illisible'
        environ['REMOTE_ADDR'] = str(client)
    return None


def _refuser(environ, hotes, port):
    """(code, why) of a request that goes no further, or None."""
    hote = environ.get('HTTP_HOST', '')
    local = {f'{nom}:{port}'.removesuffix(':80') for nom in ('localhost', '127.0.0.1', '[::1]')}
    if hote not in hotes and not (hote in local and boucle_locale(environ.get('REMOTE_ADDR', ''))):
        return 400, f'demandé à «\u00a0{hote[:100]}\u00a0», qui n\'est pas l\'adresse de PLATEFORME_URL'
    try:
        environ['PATH_INFO'].encode('latin1').decode()
    except UnicodeError:
        return 404, 'adresse illisible'
    longueur = environ.get('CONTENT_LENGTH') or '0'
    if not longueur.isdigit():
        return 400, 'longueur illisible'
    if int(longueur) > entrees.CORPS_MAX:
        return 413, f'envoi de {longueur[:20]} octets'
    return None


def _completer(entetes, configuration):
    """The security headers, under what the handler said itself (a piece carries a stricter policy);
    pages are never stored.
    """
    noms = {nom.lower() for nom, _ in entetes}
    ajoutes = [(nom, valeur) for nom, valeur in ENTETES if nom.lower() not in noms]
    if 'cache-control' not in noms:
        ajoutes.append(('Cache-Control', 'no-store'))
    if configuration.url.startswith('https:'):
        ajoutes.append(('Strict-Transport-Security', 'max-age=31536000'))
    return [*entetes, *ajoutes]


# ---- Waitress: its reader of a request, its own refusals ----

class TacheErreur(waitress.task.ErrorTask):
    """waitress's own refusals (bad start line, headers too long…), in French and with the security headers."""

    def execute(self):
        erreur = self.request.error
        code, raison = erreur.code, erreur.reason
        equivalent = code if code in erreurs.TITRES else 400
        phrase = getattr(erreur, 'phrase', '')
        corps = erreurs.corps_erreur(equivalent, phrase, pourquoi=f'requête refusée, {erreur.body}').encode()
        self.status = f'{code} {raison}'
        self.response_headers.extend([*erreurs.entetes_erreur(code).items(), ('Cache-Control', 'no-store'), *ENTETES])
        self.set_close_on_finish()
        self.content_length = len(corps)
        self.write(corps)


class Canal(waitress.channel.HTTPChannel):
    """A connection, whose reader knows it: what the other ones are receiving is in the map that they share."""

    error_task_class = TacheErreur
    proxy = ''                                                      # set by plateforme.servir

    def parser_class(self, adj):
        return Lecteur(self, adj)

    def handle_close(self):
        """Cut off in the middle of a body, its temporary file goes at once, not with the next collection of cycles."""
        super().handle_close()
        if self.request:
            self.request.close()
            self.request = None

    def ecrit(self):
        """True when the next request may wait for the base; a sign-in has a queue of its own (verbes/mots_de_passe.py).
        """
        suivante = self.requests[0]
        if suivante.error:
            return False
        return suivante.command == 'POST' and suivante.path != '/connexion' or suivante.path.endswith('.csv')

    def service(self):
        ecrit = self.ecrit()
        try:
            super().service()
        finally:
            if ecrit:
                self.server.task_dispatcher.rendre()

    def gros_corps(self):
        """The Lecteurs of the bodies above 1 MB that are being received, or wait to be read."""
        canaux = [canal for canal in list(self._map.values()) if isinstance(canal, Canal)]
        lecteurs = [lecteur for canal in canaux for lecteur in (canal.request, *canal.requests) if lecteur]
        return [lecteur for lecteur in lecteurs if lecteur.admis]


FILS = 8                                                            # workers
REPOS = 30                                                          # seconds


class Dortoir:
    """Where idle workers wait (a Condition): the last who fell asleep wakes first. The few that are needed stay warm,
    with their connection and its statements; who has slept for REPOS seconds gives up his own.
    """

    def __init__(self, lock):
        self.lock, self.endormis = lock, []

    def wait(self):
        reveil = threading.Lock()
        reveil.acquire()
        self.endormis.append(reveil)
        self.lock.release()
        if not reveil.acquire(timeout=REPOS):
            models.db.close()
            reveil.acquire()
        self.lock.acquire()

    def notify(self):
        if self.endormis:
            self.endormis.pop().release()

    def notify_all(self):
        while self.endormis:
            self.notify()


class Repartiteur(waitress.task.ThreadedTaskDispatcher):
    """Gives the requests to the workers. Whatever holds the base, two of them serve readers: what writes waits here for
    one of its places, in its turn and without a worker.
    """

    def __init__(self, fils=FILS):
        super().__init__()
        self.queue_cv = Dortoir(self.lock)
        self.places, self.attendent = models.ECRIVAINS, deque()
        self.set_thread_count(fils)

    def add_task(self, task):
        if task.ecrit():
            with self.lock:
                if not self.places:
                    self.attendent.append(task)
                    return
                self.places -= 1
        super().add_task(task)

    def rendre(self):
        """A request that writes is over: its place goes to the one that has waited the longest."""
        with self.lock:
            suivante = self.attendent.popleft() if self.attendent else None
            self.places += suivante is None
        if suivante:
            super().add_task(suivante)


# Bodies above 1 MB, counted where they are received: a connection that breaks off is counted no more.
GROS_PAR_CLIENT = 4                                                 # IPv4 or IPv6 /48
GROS_OCTETS = 400_000_000                                           # received, of all: the temporary folder holds them
GROS_DELAI, GROS_DEBIT = 60, 10_000                                 # seconds, then bytes a second, at the slowest
TROP_DE_GROS = ('Trop d\'envois volumineux arrivent en même temps. Rien n\'a été enregistré\u00a0: '
                'gardez votre texte et recommencez dans une minute.')


class Lecteur(waitress.parser.HTTPRequestParser):
    """waitress's reader of a request, without its three gaps: a header it can't make a number of, a body without a
    length (RFC 9112 §6.3), and a body awaited because « Expect » announces one that there isn't (RFC 9110 §10.1.1).
    It counts the big bodies.
    """

    admis = False                                                   # True for a body above 1 MB that may go on

    def __init__(self, canal, adj):
        super().__init__(adj)
        self.canal, self.debut = canal, time.monotonic()

    def parse_header(self, header_plus):
        try:
            super().parse_header(header_plus)
        except ValueError:
            raise waitress.parser.ParsingError('unreadable number or address') from None
        # No browser sends a form in pieces, and waitress keeps without bound what comes between two of them.
        if 'TRANSFER_ENCODING' in self.headers or self.chunked:
            raise waitress.parser.ParsingError('no length')
        if self.body_rcv is None:
            self.expect_continue = False

    def received(self, data):
        """A body that the temporary folder has no room for gets an answer, not a cut connection."""
        try:
            octets = super().received(data)
        except OSError as incident:
            return self._refuser(str(incident), len(data))
        if max(self.content_length, self.body_bytes_received) > entrees.GROS_CORPS and not self.error:
            refus = self._de_trop()
            if refus:
                return self._refuser(refus, len(data))
        return octets

    def _de_trop(self):
        """Why this big body goes no further, or ''. When all that is received is too much, who holds the most gives
        way: a body of this client, or the oldest of another, which is cut.
        """
        voisins = [lecteur for lecteur in self.canal.gros_corps() if lecteur is not self]
        if not self.admis and sum(lecteur.client() == self.client() for lecteur in voisins) >= GROS_PAR_CLIENT:
            return 'trop d\'envois volumineux de ce client'
        self.admis = True
        if time.monotonic() > self.debut + GROS_DELAI + self.body_bytes_received / GROS_DEBIT:
            return 'envoi volumineux trop lent'
        poids = Counter()
        for lecteur in (self, *voisins):
            poids[lecteur.client()] += lecteur.body_bytes_received
        if poids.total() < GROS_OCTETS:
            return ''
        gourmand = poids.most_common(1)[0][0]
        corps = [lecteur for lecteur in voisins if lecteur.client() == gourmand and lecteur is lecteur.canal.request]
        if gourmand == self.client() or not corps:
            return 'trop d\'envois volumineux en cours'
        min(corps, key=lambda lecteur: lecteur.debut).couper()
        return ''

    def couper(self):
        """End this connection, for the place its body takes: the loop closes it."""
        self.admis, self.canal.will_close = False, True

    def _refuser(self, pourquoi, octets):
        """Its place is given back at once: another one must not be refused while the answer waits for a thread."""
        self.error, self.completed, self.expect_continue, self.admis = _Plein(pourquoi), True, False, False
        self.close()
        return octets

    def client(self):
        """Who sends, as the limits count a network: the trusted proxy says it for its own."""
        pair = self.canal.addr[0]
        if pair == self.canal.proxy:
            pair = dernier_transmis(self.headers.get('X_FORWARDED_FOR', pair))
        return prefixe(pair, 48)


class _Plein(waitress.utilities.Error):
    code, reason, phrase = 503, 'Service Unavailable', TROP_DE_GROS
