"""The examples for nginx and Apache, run for real in front of a real service when they are installed (facades.py)."""

import contextlib
import gzip
import html
import http.client
import itertools
import os
import re
import socket
import sqlite3
import ssl
import subprocess

import pytest
from conftest import PHRASE, envoyer_demande, limiter, lue
from facades import servie_derriere
from serveur import PATIENCE, attendre, exiger, par_http, tout_lire
from test_acces import adresse, routes

from verbes import comptes

CHEF = 'camille.exemple@hgi.example'


@pytest.fixture(params=['nginx', 'apache'])
def facade(request, certificat, base, tmp_path):
    regler(base)
    with servie_derriere(request.param, base, tmp_path, certificat) as serveur:
        yield serveur


def regler(base):
    limiter(secondes_minimum=0, depots_adresse=2)
    with contextlib.closing(sqlite3.connect(base)) as brute:
        brute.execute('UPDATE agent SET mot_de_passe = ? WHERE courriel = ?', (comptes.hacher(PHRASE), CHEF))
        brute.commit()


def test_derriere_un_vrai_serveur_web_une_demande_de_9_mo_arrive_et_chaque_adresse_a_ses_limites(facade):
    mairie = par_http(facade.url, '127.0.0.2')
    reponse = envoyer_demande(mairie, 2, ('plan.pdf', b'%PDF' + os.urandom(9_000_000)))
    assert reponse.status_int == 303 and reponse.headers['Location'].startswith('/suivi/')
    assert mairie.get(reponse.headers['Location']).headers['Strict-Transport-Security']
    assert envoyer_demande(mairie, 2, message='Une autre.').status_int == 303
    # a lie: overwritten
    mairie.extra_environ['HTTP_X_FORWARDED_FOR'] = mairie.extra_environ['HTTP_X_REAL_IP'] = '192.0.2.200'
    assert envoyer_demande(mairie, 2, message='Une de trop.').status_int == 429
    assert envoyer_demande(par_http(facade.url, '127.0.0.3'), 2, message='D\'ailleurs.').status_int == 303
    with contextlib.closing(sqlite3.connect(facade.dossier / 'plateforme.db')) as brute:
        assert brute.execute('SELECT count(*), max(taille) FROM demande '
                             'LEFT JOIN piece ON demande_id = numero').fetchone() == (3, 9_000_004)


def test_aucun_journal_du_serveur_web_ne_porte_un_lien_secret_meme_en_clair_ou_service_arrete(facade):
    mairie = par_http(facade.url, '127.0.0.2')
    suivi = envoyer_demande(mairie, 2).headers['Location'].partition('?')[0]
    assert mairie.get(suivi, headers={'Referer': facade.url + suivi}).status_int == 200
    assert mairie.get(suivi + '/rien', status='*').status_int == 404
    assert mairie.get(suivi.replace('suivi', '%73uivi')).status_int == 200
    for autre in ('Suivi', 'suivi;a', 'suivi\\', '%20suivi', '%0asuivi', '%2573uivi', 'suivis'):
        assert mairie.get(suivi.replace('suivi/', f'{autre}/'), status='*').status_int == 404
    assert mairie.get(suivi.replace('suivi/', 'espace/suivi/'), status='*').status_int == 401
    assert par_http(facade.clair).get(suivi, status='*').status_int == 301
    facade.amont.terminate()
    facade.amont.wait(PATIENCE)
    assert mairie.get(suivi, headers={'Referer': facade.url + suivi}, status='*').status_int == 503
    facade.terminate()
    facade.wait(PATIENCE)
    ecrits = {nom: (facade.dossier / nom).read_text() for nom in os.listdir(facade.dossier)
              if nom.endswith('.log') or nom in ('erreurs', 'sortie')}
    assert (re.findall(r'127\.0\.0\.2 .*/demande.* 303', ecrits['plateforme.log'])
            and ' 301 ' in ecrits['plateforme.log'])
    assert len(ecrits) >= 4 and not [nom for nom, ecrit in ecrits.items() if suivi.rpartition('/')[2] in ecrit]


def test_un_serveur_web_sans_place_pour_un_envoi_le_dit_en_francais_et_tait_le_lien(facade):
    """nginx puts a body on the disk first; Apache passes it on, and the Plateforme answers."""
    mairie = par_http(facade.url, '127.0.0.2')
    suivi = envoyer_demande(mairie, 2).headers['Location'].partition('?')[0]
    exiger(mount='mount', umount='mount')
    tampon = facade.dossier / 'a'
    tampon.mkdir(exist_ok=True)
    if os.geteuid() or subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', tampon],
                                      capture_output=True).returncode:
        pytest.skip('un vrai disque plein demande de pouvoir monter un disque (root)')
    try:
        os.chmod(tampon, 0o777)
        reponse = mairie.post(suivi + '/message', {'message': 'x' * 500_000}, status='*')
    finally:
        subprocess.run(['umount', '-l', tampon], check=True)
    attendu = (503, 'n’est pas enregistrée') if facade.nom == 'nginx' else (422, '<title>Erreur – ')
    assert reponse.status_int == attendu[0] and attendu[1] in html.unescape(reponse.text)
    assert suivi.rpartition('/')[2] not in (facade.dossier / 'plateforme-erreurs.log').read_text()


def test_un_envoi_demesure_est_refuse_en_francais_par_le_serveur_web(facade):
    reponse = envoyer_demande(par_http(facade.url, '127.0.0.2'), 2, ('plan.pdf', b'%PDF' + os.urandom(30_000_000)))
    assert (reponse.status_int == 413
            and 'Revenez à la page précédente, allégez les fichiers' in html.unescape(reponse.text))


def test_le_cookie_est_securise_et_un_autre_hote_est_refuse(facade):
    agent = par_http(facade.url, '127.0.0.2')
    form = next(f for f in agent.get('/connexion').forms.values() if 'mot_de_passe' in f.fields)
    form['courriel'], form['mot_de_passe'] = CHEF, PHRASE
    cookie = form.submit(status=303).headers['Set-Cookie']
    assert (cookie.startswith('__Host-session=')
            and {'secure', 'httponly', 'path=/'} <= {mot.strip().lower() for mot in cookie.split(';')})
    assert agent.get('/espace').status_int == 200
    agent.extra_environ['HTTP_HOST'] = 'mal.example'
    assert agent.get('/contact', status='*').status_int == 400


def test_les_chiffres_de_la_sante_ne_sortent_pas(facade):
    assert set(par_http(facade.url).get('/sante').json) == {'base', 'courriels', 'heure', 'porteur', 'sauvegarde'}
    assert 'courriels_en_attente' in par_http(facade.amont.url).get('/sante').json


def test_une_adresse_qui_prend_toutes_les_connexions_n_en_prive_pas_les_autres(facade):
    contexte, refusees, ouvertes = ssl._create_unverified_context(), [], []
    with contextlib.ExitStack() as prises:
        for n in range(70):
            try:
                nue = prises.enter_context(socket.create_connection(('127.0.0.1', facade.port), timeout=PATIENCE,
                                                                    source_address=('127.0.0.4', 0)))
                prise = prises.enter_context(contexte.wrap_socket(nue))
                prise.sendall(f'POST /demande HTTP/1.1\r\nHost: localhost:{facade.port}\r\n'
                              'Content-Length: 1000\r\n\r\nx='.encode())
                prise.setblocking(False)
                ouvertes.append(prise)
            except OSError:
                refusees.append(n)

        def quinze_refusees():
            refusees.extend(prise for prise in ouvertes if prise not in refusees and est_refusee(prise))
            return len(refusees) >= 15

        attendre(quinze_refusees, facade)
        assert par_http(facade.url, '127.0.0.5').get('/contact').status_int == 200


def est_refusee(prise):
    try:
        return prise.recv(100).startswith(b'HTTP/1.1 429')
    except ssl.SSLWantReadError:    # it waits for the rest of the demande
        return False
    except OSError:
        return True


def test_le_service_arrete_le_serveur_web_le_dit_en_francais(facade):
    facade.amont.terminate()
    facade.amont.wait(PATIENCE)
    reponse = par_http(facade.url).get('/contact', status='*')
    assert reponse.status_int == 503 and 'Le service est arrêté' in html.unescape(reponse.text)


# --- what a client says for the proxy ---

def test_un_client_ne_peut_pas_faire_taire_le_mandataire(facade):
    """A header named in « Connection » is for one hop: Apache drops it, the ones that it has just written too."""
    navigateur = par_http(facade.url, '127.0.0.9')
    for liste in ('X-Forwarded-For', 'X-Forwarded-For, Host', 'keep-alive,host', 'close, X-Forwarded-For'):
        navigateur.extra_environ['HTTP_CONNECTION'] = liste
        assert 'courriels_en_attente' not in navigateur.get('/sante').json, liste
    assert [envoyer_demande(navigateur, 2, message=f'Une {n}.').status_int for n in range(3)] == [303, 303, 429]


def test_un_client_qui_se_dit_agent_n_y_gagne_rien_sur_aucune_adresse(facade):
    for rang, (methode, regle, qui) in enumerate(routes()):
        if rang % 100 == 0:                                         # past so many refusals, an address has to wait
            menteur = par_http(facade.url, f'127.0.0.{20 + rang // 100}')
            menteur.extra_environ |= {'HTTP_X_AGENT_COURRIEL': CHEF, 'HTTP_X_FORWARDED_FOR': '127.0.0.1'}
        reponse = menteur.request(adresse(regle), method=methode, environ=menteur.extra_environ, status='*')
        attendu = {'/connexion/sso': 400, '/connexion/code': 303 if methode == 'GET' else 401}.get(regle)
        if qui in ('agent', 'administrateur') or attendu:
            assert reponse.status_int == (attendu or 401), regle
        assert 'Set-Cookie' not in reponse.headers, regle
    assert lue(facade.dossier / 'plateforme.db', 'SELECT count(*) FROM session') == [(0,)]


ECRITURES = ('x-agent-courriel: {0}', 'X_Agent_Courriel: {0}', 'X-Agent-Courriel : {0}',
             'X-Agent-Courriel: {0}\r\nX-Agent-Courriel: {0}',
             'X-Agent-Courriel: {0}\r\nConnection: close, X-Forwarded-For, X-Agent-Courriel')
DETOURS = ('/connexion/sso', '/connexion//sso', '//connexion/sso', '/connexion/%73so', '/x/../connexion/sso',
           '/connexion/sso/', '/connexion/sso?x')


def test_ni_par_une_autre_ecriture_de_l_entete_ou_de_l_adresse(facade):
    for entetes, detour in itertools.product(ECRITURES, DETOURS):
        recu = envoyer_brut(facade, detour, entetes.format(CHEF))
        assert recu.split(b' ')[1] in (b'400', b'404') and b'Continuer comme' not in recu, (entetes, detour)


def envoyer_brut(facade, chemin, entetes):
    """The answer to a GET whose headers are these bytes."""
    fin = '' if 'Connection' in entetes else 'Connection: close\r\n'
    brut = f'GET {chemin} HTTP/1.1\r\nHost: localhost:{facade.port}\r\n{entetes}\r\n{fin}\r\n'
    with (socket.create_connection(('127.0.0.1', facade.port), timeout=PATIENCE) as nue,
          ssl._create_unverified_context().wrap_socket(nue) as prise):
        prise.sendall(brut.encode())
        return tout_lire(prise)


def test_directement_non_plus(facade):
    """Whoever reaches the service itself, without the proxy: from another address than its own."""
    menteur = par_http(facade.amont.url, '127.0.0.2')
    menteur.extra_environ |= {'HTTP_X_AGENT_COURRIEL': CHEF, 'HTTP_X_FORWARDED_FOR': '127.0.0.1'}
    menteur.get('/connexion/sso', status=400)
    menteur.post('/connexion/sso', status=(400, 503))


# --- compressed answers, the certificate ---

SANS_SECRET = re.compile(
    '/(static/.*|catalogue.*|fiches/.*|recherche|demande|partenaires|contact|mentions-legales|donnees-personnelles'
    '|accessibilite|plan-du-site|(actualites|ressources|projets|agenda)(/.*)?|guide|donnees-ouvertes'
    '|espace/pilotage/carte)?')
TROP_COURTES = ('/robots.txt', '/sante')


def test_les_pages_publiques_sont_comprimees_et_aucune_qui_porte_un_lien_secret_ou_une_session(facade):
    """BREACH: the length of a compressed page tells what it holds to who can add to it and see it pass."""
    suivi = envoyer_demande(par_http(facade.url, '127.0.0.2'), 2).headers['Location'].partition('?')[0]
    cookie = entrer(facade)
    for _, regle, qui in routes('GET'):
        chemin = adresse(regle, jeton=suivi.rpartition('/')[2], action='journal')
        for requete in ('', '?q=pont'):
            code, entetes, _ = telle_quelle(facade, chemin + requete, Accept_Encoding='gzip', Cookie=cookie)
            comprimee = entetes['Content-Encoding'] == 'gzip'
            if code == 200 and regle not in TROP_COURTES:
                assert comprimee == bool(SANS_SECRET.fullmatch(chemin)), chemin
            assert not comprimee or SANS_SECRET.fullmatch(chemin), (chemin, code)
            assert not comprimee or qui == 'public' or chemin == '/espace/pilotage/carte', (chemin, code)


def entrer(facade):
    """The cookie of a session of the chef."""
    form = next(f for f in par_http(facade.url).get('/connexion').forms.values() if 'mot_de_passe' in f.fields)
    form['courriel'], form['mot_de_passe'] = CHEF, PHRASE
    return form.submit(status=303).headers['Set-Cookie'].partition(';')[0]


def telle_quelle(facade, chemin, **entetes):
    """(code, headers, bytes) as they came: WebTest undoes the compression."""
    connexion = http.client.HTTPSConnection('localhost', facade.port, context=ssl._create_unverified_context())
    with contextlib.closing(connexion):
        connexion.request('GET', chemin, headers={nom.replace('_', '-'): valeur for nom, valeur in entetes.items()})
        reponse = connexion.getresponse()
        return reponse.status, reponse.headers, reponse.read()


COMPRIMEES = ('/', '/catalogue', '/fiches/1-conseil-juridique', '/demande', '/static/plateforme.css',
              '/static/plateforme.js', '/static/icones.svg')


def test_une_reponse_comprimee_dit_la_meme_chose_et_se_garde_aussi_longtemps(facade):
    versions = re.findall('/static/[^"]+', par_http(facade.url).get('/').text)
    assert any('?v=' in version for version in versions)
    for chemin in (*COMPRIMEES, *versions):
        (_, gardes, nue), (_, entetes, octets) = (
            telle_quelle(facade, chemin, Accept_Encoding=encodage) for encodage in ('identity', 'gzip'))
        if len(nue) < 1000 or '.png' in chemin:                     # the icon of the site; compressed already
            continue
        assert 'Content-Encoding' not in gardes and entetes['Content-Encoding'] == 'gzip', chemin
        assert 'Accept-Encoding' in entetes['Vary'] and len(octets) < len(nue) * 0.6, chemin
        if chemin != '/demande':                                    # the time and the key of a form
            assert gzip.decompress(octets) == nue
        assert sans_la_longueur(entetes) == sans_la_longueur(gardes), chemin


def sans_la_longueur(entetes):
    """What compressing must not change: « Cache-Control », the headers of security."""
    autres = ('Content-Encoding', 'Content-Length', 'Transfer-Encoding', 'Vary', 'Date', 'Accept-Ranges')
    return {nom: valeur.lower() for nom, valeur in entetes.items() if nom not in autres}


def test_l_autorite_qui_donne_le_certificat_est_servie_en_clair_et_le_reste_va_vers_https(facade):
    dossier = facade.acme / '.well-known' / 'acme-challenge'
    dossier.mkdir(parents=True)
    (dossier / 'jeton').write_text('jeton.empreinte')
    clair = par_http(facade.clair)
    assert clair.get('/.well-known/acme-challenge/jeton').text == 'jeton.empreinte'
    for absent in ('/.well-known/acme-challenge/rien', '/.well-known/acme-challenge/', '/.well-known/acme-challenge'):
        assert clair.get(absent, status='*').status_int in (301, 403, 404), absent
    for ailleurs in ('/', '/catalogue?q=%C3%A9', '/suivi/' + 'x' * 22, '//mal.example', '/.well-known/security.txt'):
        suite = clair.get(ailleurs, status=301).headers['Location']
        assert suite.startswith('https://localhost/') and suite.endswith(ailleurs.lstrip('/')), suite
