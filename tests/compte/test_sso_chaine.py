"""The whole chain of the département's own account: Apache with mod_auth_openidc in front of a real service, and a
small OpenID provider; nginx, and what stands for oauth2-proxy. The values stand in a file of their own, that the site
includes.
"""
import html
import http.cookiejar
import http.server
import re
import ssl
import urllib.error
import urllib.request
from urllib.parse import urlencode

import fournisseur
import pytest
from conftest import lue
from facades import ENTETE_AGENT, servie_derriere
from serveur import PATIENCE
from test_acces import adresse, routes

from verbes.exploitation import exploitation

CHEF, ADMIN = 'camille.exemple@hgi.example', 'maxime.exemple@haute-garonne.example'
MENSONGES = {ENTETE_AGENT: ADMIN, 'OIDC_CLAIM_email': ADMIN, 'OIDC-CLAIM-email': ADMIN, 'X-Auth-Request-Email': ADMIN}


def inclure(texte, quoi, chemin, dossier, remplacements):
    """The site, which includes the example of the values (quoi); these, or else itself, changed so."""
    valeurs = exploitation.dire_exemple(quoi)
    for ancien, neuf in remplacements.items():
        assert ancien in valeurs + texte, ancien
        if ancien in valeurs:
            valeurs = valeurs.replace(ancien, neuf)
        else:
            texte = texte.replace(ancien, neuf)
    (dossier / 'sso').write_text(valeurs)
    assert chemin in texte
    return texte.replace(chemin, str(dossier / 'sso'))


class Navigateur:
    """Follows redirections from one site to the other, with its cookies, as a browser does."""

    def __init__(self, **entetes):
        self.cookies = http.cookiejar.CookieJar()
        self.ouvreur = urllib.request.build_opener(
            urllib.request.HTTPSHandler(context=ssl._create_unverified_context()),
            urllib.request.HTTPCookieProcessor(self.cookies))
        self.ouvreur.addheaders = list({
            'Accept': 'text/html', 'Sec-Fetch-Site': 'same-origin', 'Sec-Fetch-Mode': 'navigate', **entetes}.items())

    def aller(self, ou, champs=None):
        """(code, text, the address in the end)."""
        corps = None if champs is None else urlencode(champs).encode()
        try:
            with self.ouvreur.open(ou, corps, timeout=PATIENCE) as reponse:
                return reponse.status, html.unescape(reponse.read().decode()), reponse.url
        except urllib.error.HTTPError as refus:
            return refus.code, html.unescape(refus.read().decode()), refus.url

    def envoyer(self, page, ou, action):
        """Send the form of a page that has this action."""
        formulaire = re.search(rf'<form[^>]*action="{re.escape(action)}"[^>]*>.*?</form>', page, re.S)[0]
        champs = dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', formulaire))
        return self.aller(re.match('https?://[^/]+', ou)[0] + action, champs)

    def confirmer(self, ou):
        """Ask for an address; on the provider's page, confirm."""
        _, page, fournie = self.aller(ou)
        return self.envoyer(page, fournie, '/authorize')


def sessions(chaine):
    return lue(chaine.dossier / 'plateforme.db',
               'SELECT courriel, origine, adresse FROM session JOIN agent ON agent.id = agent_id')


@pytest.fixture
def apache(base, tmp_path, certificat):
    """Apache, mod_auth_openidc and the service; .fournisseur has the claims of whoever signs in there."""
    with fournisseur.ouvert() as openid:
        def changer(texte, port):
            return inclure(texte, 'sso-apache', '/etc/plateforme-sso.conf', tmp_path, {
                'https://sso.departement.example': openid.url, 'le secret que donne le fournisseur': fournisseur.SECRET,
                'https://localhost/connexion': f'https://localhost:{port}/connexion'})

        modules = ('auth_openidc', 'authn_core', 'authz_user')
        with servie_derriere('apache', base, tmp_path, certificat, changer, modules) as serveur:
            serveur.fournisseur = openid
            serveur.fournisseur.claims = {'email': CHEF.title(), 'email_verified': True}
            yield serveur


def test_d_un_clic_a_l_espace_des_agents_et_ce_que_le_departement_ne_confirme_pas_n_ouvre_rien(apache):
    navigateur = Navigateur()
    code, page, ou = navigateur.confirmer(f'{apache.url}/connexion/sso?retour=/espace/compte')
    assert code == 200 and f'Continuer comme {CHEF}' in page, page
    code, page, ou = navigateur.envoyer(page, ou, '/connexion/sso?retour=/espace/compte')
    assert code == 200 and ou.endswith('/espace/compte') and 'Mon compte' in page
    assert sessions(apache) == [(CHEF, 'sso', '127.0.0.1')]
    chemins = {cookie.name: cookie.path for cookie in navigateur.cookies}
    assert chemins.pop('__Host-session') == '/' and set(chemins.values()) == {'/connexion/'}
    code, page, _ = navigateur.aller(f'{apache.url}/deconnexion', {})
    assert 'La session du Département reste ouverte' in page and sessions(apache) == []
    navigateur = Navigateur()
    _, page, ou = navigateur.confirmer(f'{apache.url}/connexion/sso?retour=/espace/compte')
    navigateur.cookies.clear()          # a redirection to the provider would be blocked there by « form-action »
    _, page, ou = navigateur.envoyer(page, ou, '/connexion/sso?retour=/espace/compte')
    assert ou.startswith(apache.url) and 'href="/connexion/sso?retour=/espace/compte"' in page
    assert sessions(apache) == []
    for claims, code, dit in (
            ({'email': CHEF, 'email_verified': False}, 403, 'Votre adresse n’est pas vérifiée'),
            ({'email': CHEF}, 403, 'Votre adresse n’est pas vérifiée'),
            ({'email_verified': True}, 400, 'ne nous a pas dit votre adresse de courriel'),
            ({'email': f'{CHEF}, {ADMIN}', 'email_verified': True}, 400, 'ou en a dit plusieurs'),
            ({'email': [CHEF, ADMIN], 'email_verified': True}, 400, 'ou en a dit plusieurs'),
            ({'email': 'personne@hgi.example', 'email_verified': True}, 403, 'aucun compte de la Plateforme')):
        apache.fournisseur.claims = claims
        navigateur = Navigateur()
        obtenu, page, _ = navigateur.confirmer(f'{apache.url}/connexion/sso')
        assert (obtenu, dit in page) == (code, True), (claims, page)
        assert navigateur.aller(f'{apache.url}/connexion/sso', {})[0] == code and sessions(apache) == [], claims


def test_un_client_qui_dit_lui_meme_qui_il_est_n_y_gagne_rien_meme_reconnu(apache):
    menteur = Navigateur(**MENSONGES)
    for methode, regle, qui in routes('GET'):
        code, page, ou = menteur.aller(apache.url + adresse(regle))
        assert code == 401 if qui in ('agent', 'administrateur') else 'Continuer comme' not in page, (methode, regle)
        assert (regle == '/connexion/sso') == ou.startswith(apache.fournisseur.url), ou
    code, page, _ = menteur.aller(f'{apache.url}/connexion/sso/retour')
    assert code in (200, 403) and 'Continuer comme' not in page     # 200: how Debian 12 says that it is refused
    code, page, ou = menteur.confirmer(f'{apache.url}/connexion/sso')
    assert f'Continuer comme {CHEF}' in page and ADMIN not in page
    menteur.envoyer(page, ou, '/connexion/sso')
    assert [qui for qui, *_ in sessions(apache)] == [CHEF]
    menteur.aller(f'{apache.url}/deconnexion', {})
    menteur.ouvreur.addheaders.append(('Connection', f'close, {ENTETE_AGENT}, X-Forwarded-For'))
    assert menteur.aller(f'{apache.url}/connexion/sso')[0] in (200, 400)
    menteur.aller(f'{apache.url}/connexion/sso', {})
    assert {qui for qui, *_ in sessions(apache)} <= {CHEF}


class Portail(http.server.BaseHTTPRequestHandler):
    """/oauth2/auth: 202 and the address for whoever has the cookie, else 401; /oauth2/start: a page."""

    def log_message(self, *_):
        """Nothing on stderr."""

    def do_GET(self):
        reconnu = 'portail=ouvert' in (self.headers['Cookie'] or '')
        self.send_response(200 if 'start' in self.path else 202 if reconnu else 401)
        if reconnu:
            self.send_header('X-Auth-Request-Email', self.server.claims['email'])
        self.send_header('Content-Length', '7')
        self.end_headers()
        self.wfile.write(b'portail')


@pytest.fixture
def nginx(base, tmp_path, certificat):
    with fournisseur.ouvert(Portail) as portail:
        def changer(texte, port):
            return inclure(texte, 'sso-nginx', '/etc/nginx/plateforme-sso.conf', tmp_path, {
                '127.0.0.1:4180': portail.url.removeprefix('http://'),
                'http://127.0.0.1:8080': re.search(r'proxy_pass (http://[\d.:]+);', texte)[1],
                'Host $host': f'Host $host:{port}'})

        with servie_derriere('nginx', base, tmp_path, certificat, changer) as serveur:
            portail.claims = {'email': CHEF}
            yield serveur


def test_nginx_ne_transmet_que_l_adresse_que_dit_oauth2_proxy(nginx):
    dehors, dedans = Navigateur(**MENSONGES), Navigateur(**MENSONGES, Cookie='portail=ouvert')
    voulu = f'{nginx.url}/connexion/sso?retour=/espace/compte'
    assert dehors.aller(voulu) == (200, 'portail', f'{nginx.url}/oauth2/start?rd=/connexion/sso?retour=/espace/compte')
    code, page, ou = dehors.aller(voulu, {})
    assert code == 200 and 'href="/connexion/sso?retour=/espace/compte"' in page and sessions(nginx) == []
    for _, regle, qui in routes('GET'):
        code, page, _ = dehors.aller(nginx.url + adresse(regle))
        assert code == 401 if qui in ('agent', 'administrateur') else 'Continuer comme' not in page, regle
    code, page, ou = dedans.aller(voulu)
    assert f'Continuer comme {CHEF}' in page and ADMIN not in page
    dedans.ouvreur.addheaders = [(nom, v) for nom, v in dedans.ouvreur.addheaders if nom != 'Cookie']
    dedans.ouvreur.addheaders.append(('Cookie', 'portail=ouvert'))
    dedans.envoyer(page, ou, '/connexion/sso?retour=/espace/compte')
    assert sessions(nginx) == [(CHEF, 'sso', '127.0.0.1')]
