"""The examples for nginx and Apache, run for real in front of a real service when they are installed."""

import contextlib
import html
import os
import re
import socket
import sqlite3
import ssl
import subprocess

import pytest
from conftest import PHRASE, envoyer_demande
from serveur import PATIENCE, attendre, exiger, par_http, port_libre, servie

import models
from verbes import comptes, exploitation

CHEF = 'camille.exemple@hgi.example'

ENTOUR = {
    'nginx': 'daemon off; user root; pid {dossier}/pid; error_log {dossier}/erreurs; '
             '''worker_rlimit_nofile 4096; events {{ }}
http {{ access_log {dossier}/defaut.log; include {dossier}/site; client_body_temp_path {dossier}/a;
proxy_temp_path {dossier}/b; fastcgi_temp_path {dossier}/c;
uwsgi_temp_path {dossier}/d; scgi_temp_path {dossier}/e; }}''',
    'apache': """ServerRoot /etc/apache2
ServerName localhost
User www-data
Group www-data
PidFile {dossier}/pid
ErrorLog {dossier}/erreurs
Mutex file:{dossier}
Define APACHE_LOG_DIR {dossier}
{modules}
CustomLog {dossier}/defaut.log '%h "%r" %>s "%{{Referer}}i"'
Listen 127.0.0.1:{port}
Listen 127.0.0.1:{clair}
Include {dossier}/site""",
}
DOSSIER_MODULES = '/usr/lib/apache2/modules'
MODULES = ('mpm_event', 'authz_core', 'ssl', 'socache_shmcb', 'proxy', 'proxy_http', 'headers', 'reqtimeout', 'qos',
           'alias', 'rewrite', 'unixd', 'unique_id')
COMMANDES = {'nginx': ('nginx', '-c'), 'apache': ('apache2', '-DFOREGROUND', '-f')}


def site(quoi, dossier, certificat, port, clair, amont):
    """The example as given, with the addresses (clair: the port without TLS) and files of the test."""
    texte = exploitation.dire_exemple(quoi)
    for ancien, neuf in {
        r'^ *listen \[::\].*\n': '', r'listen 80;': f'listen 127.0.0.1:{clair};',
        r'listen 443 ssl;': f'listen 127.0.0.1:{port} ssl;',
        r'\*:80': f'127.0.0.1:{clair}', r'\*:443': f'127.0.0.1:{port}',
        'Host \\$host': f'Host $host:{port}', r'collectivites\.exemple\.fr': 'localhost',
        '/etc/ssl/(certs|private)/': f'{certificat}/', '/var/log/nginx/': f'{dossier}/',
        '127.0.0.1:8080': f'127.0.0.1:{amont}',
    }.items():
        texte = re.sub(ancien, neuf, texte, flags=re.M)
    return texte


@pytest.fixture(scope='session')
def certificat(tmp_path_factory):
    """The folder of a certificate for localhost, and of its key."""
    exiger(openssl='openssl')
    dossier = tmp_path_factory.mktemp('certificat')
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=localhost', '-days', '2',
                    '-keyout', dossier / 'plateforme.key', '-out', dossier / 'plateforme.pem'],
                   check=True, capture_output=True)
    return dossier


def modules_d_apache():
    """The lines that load the modules the example needs, but those that Apache has in itself."""
    internes = subprocess.run(['apache2', '-l'], capture_output=True, text=True).stdout
    charges = [module for module in MODULES if f'mod_{module}.c' not in internes]
    for module in charges:
        if not os.path.exists(f'{DOSSIER_MODULES}/mod_{module}.so'):
            paquet = 'libapache2-mod-qos' if module == 'qos' else 'apache2'
            pytest.skip(f'il manque mod_{module} à Apache\u00a0: apt install {paquet}')
    return '\n'.join(f'LoadModule {module}_module {DOSSIER_MODULES}/mod_{module}.so' for module in charges)


@pytest.fixture(params=['nginx', 'apache'])
def facade(request, certificat, base, tmp_path):
    """The service behind a real web server: .url, .amont (the service), .dossier (its logs)."""
    programme, *options = COMMANDES[request.param]
    exiger(**{programme: programme})
    modules = modules_d_apache() if request.param == 'apache' else ''
    models.debrancher()
    regler(base)
    port, clair = port_libre(), port_libre()
    with servie(base, PLATEFORME_URL=f'https://localhost:{port}', PLATEFORME_PROXY='127.0.0.1') as amont:
        (tmp_path / 'site').write_text(site(request.param, tmp_path, certificat, port, clair, amont.port))
        (tmp_path / 'conf').write_text(
            ENTOUR[request.param].format(dossier=tmp_path, port=port, clair=clair, modules=modules))
        with open(tmp_path / 'sortie', 'w') as sortie:
            serveur = subprocess.Popen([programme, *options, tmp_path / 'conf'], stdout=sortie, stderr=sortie)
        try:
            attendre(lambda: socket.create_connection(('127.0.0.1', port)).close() is None, serveur)
            serveur.nom, serveur.url, serveur.port, serveur.amont, serveur.dossier = (
                request.param, f'https://localhost:{port}', port, amont, tmp_path)
            serveur.clair = f'http://localhost:{clair}'
            yield serveur
        finally:
            serveur.terminate()
            serveur.wait(PATIENCE)


def regler(base):
    with contextlib.closing(sqlite3.connect(base)) as brute:
        brute.executemany('UPDATE reglage SET valeur = ? WHERE cle = ?',
                          [('0', 'secondes_minimum'), ('2', 'depots_adresse')])
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
    for autre in ('Suivi', 'suivi;a', 'suivi\\', '%20suivi', '%0asuivi', '%2573uivi', 'espace/suivi', 'suivis'):
        assert mairie.get(suivi.replace('suivi/', f'{autre}/'), status='*').status_int == 404
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
    assert set(par_http(facade.url).get('/sante').json) == {'base', 'courriels', 'porteur', 'sauvegarde'}
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
