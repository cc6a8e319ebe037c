"""A small OpenID provider for the tests (discovery, authorization code with PKCE, an id_token signed by HS256), which
knows one person at a time, whose claims the test sets; its page asks them to confirm, as a real one does."""
import base64
import contextlib
import hashlib
import hmac
import html
import http.server
import json
import secrets
import threading
import time
from urllib.parse import parse_qs, urlencode, urlsplit

CLIENT, SECRET = 'plateforme', 'un secret de plus de trente-deux octets'


def b64(octets):
    return base64.urlsafe_b64encode(octets).rstrip(b'=').decode()


class Fournisseur(http.server.BaseHTTPRequestHandler):
    """server.claims: whose session is open; server.codes: {code: the request that it answers}."""

    def log_message(self, *_):
        """Nothing on stderr."""

    def do_GET(self):
        chemin = urlsplit(self.path).path
        if chemin == '/.well-known/openid-configuration':
            self._json(decouverte(self.server.url))
        elif chemin == '/jwks':
            self._json({'keys': []})
        elif chemin == '/authorize':
            self._page()
        else:
            self._repondre(404, b'')

    def do_POST(self):
        recu = {nom: v[0] for nom, v in parse_qs(self.rfile.read(int(self.headers['Content-Length'])).decode()).items()}
        if urlsplit(self.path).path == '/authorize':
            code = secrets.token_urlsafe(16)
            self.server.codes[code] = recu
            self._repondre(303, b'', Location=f'{recu["redirect_uri"]}?' + urlencode(
                {'code': code, 'state': recu['state']}))
        else:
            self._jeton(recu)

    def _page(self):
        """« Is it you? »: the fields of the request, and a button."""
        demande = {nom: v[0] for nom, v in parse_qs(urlsplit(self.path).query).items()}
        champs = ''.join(f'<input type="hidden" name="{html.escape(nom)}" value="{html.escape(v)}">'
                         for nom, v in demande.items())
        self._repondre(200, (f'<!DOCTYPE html><title>Le Département</title><form method="post" action="/authorize">'
                             f'{champs}<button>Confirmer</button></form>').encode(), Content_Type='text/html')

    def _jeton(self, recu):
        """The id_token of a code, once, to the client that has the secret and the verifier of the request."""
        demande = self.server.codes.pop(recu['code'])
        porteur = base64.b64decode(self.headers['Authorization'].partition(' ')[2]).decode()
        assert porteur.partition(':')[2].replace('+', ' ').replace('%20', ' ') == SECRET
        defi = b64(hashlib.sha256(recu['code_verifier'].encode()).digest())
        assert demande['code_challenge'] == defi and demande['redirect_uri'] == recu['redirect_uri']
        instant = int(time.time())
        claims = {'iss': self.server.url, 'sub': 'une-personne', 'aud': CLIENT, 'iat': instant, 'exp': instant + 300,
                  'nonce': demande['nonce'], **self.server.claims}
        self._json({'access_token': 'sans-usage', 'token_type': 'Bearer', 'id_token': signer(claims)})

    def _json(self, dit):
        self._repondre(200, json.dumps(dit).encode(), Content_Type='application/json')

    def _repondre(self, code, octets, **entetes):
        self.send_response(code)
        for nom, valeur in {**entetes, 'Content-Length': len(octets)}.items():
            self.send_header(nom.replace('_', '-'), valeur)
        self.end_headers()
        self.wfile.write(octets)


def decouverte(url):
    return {'issuer': url, 'authorization_endpoint': f'{url}/authorize', 'token_endpoint': f'{url}/token',
            'jwks_uri': f'{url}/jwks', 'response_types_supported': ['code'], 'subject_types_supported': ['public'],
            'id_token_signing_alg_values_supported': ['HS256'],
            'token_endpoint_auth_methods_supported': ['client_secret_basic'],
            'code_challenge_methods_supported': ['S256']}


def signer(claims):
    """A JWT (RFC 7519) by the secret of the client (OpenID Connect Core §10.1)."""
    corps = '.'.join(b64(json.dumps(partie).encode()) for partie in ({'alg': 'HS256', 'typ': 'JWT'}, claims))
    return f'{corps}.{b64(hmac.digest(SECRET.encode(), corps.encode(), "sha256"))}'


@contextlib.contextmanager
def ouvert(classe=Fournisseur):
    """A provider that answers until the end of the block: its server, with .url and .claims."""
    serveur = http.server.ThreadingHTTPServer(('127.0.0.1', 0), classe)
    serveur.url, serveur.claims, serveur.codes = f'http://127.0.0.1:{serveur.server_port}', {}, {}
    fil = threading.Thread(target=serveur.serve_forever)
    fil.start()
    try:
        yield serveur
    finally:
        serveur.shutdown()
        fil.join()
        serveur.server_close()
