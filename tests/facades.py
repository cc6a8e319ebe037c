"""The examples for nginx and Apache as real web servers in front of a real service, with what Debian's own files set
for every site: there, both compress the pages in HTML."""
import contextlib
import glob
import os
import pathlib
import re
import socket
import subprocess
import tempfile

import pytest
from serveur import PATIENCE, attendre, exiger, port_libre, servie

import models
from verbes.exploitation import exploitation

ENTETE_AGENT = 'X-Agent-Courriel'
ENTOUR = {
    'nginx': 'daemon off; user root; pid {dossier}/pid; error_log {dossier}/erreurs; '
             '''worker_rlimit_nofile 4096; events {{ }}
http {{ gzip on; access_log {dossier}/defaut.log; include {dossier}/site; client_body_temp_path {dossier}/a;
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
Include /etc/apache2/mods-available/deflate.conf
CustomLog {dossier}/defaut.log '%h "%r" %>s "%{{Referer}}i"'
Listen 127.0.0.1:{port}
Listen 127.0.0.1:{clair}
Include {dossier}/site"""}
DOSSIER_MODULES = '/usr/lib/apache2/modules'
MODULES = ('mpm_event', 'authz_core', 'ssl', 'socache_shmcb', 'proxy', 'proxy_http', 'headers', 'reqtimeout', 'qos',
           'alias', 'rewrite', 'unixd', 'unique_id', 'filter', 'deflate', 'env')
PAQUETS = {'qos': 'libapache2-mod-qos', 'auth_openidc': 'libapache2-mod-auth-openidc'}
COMMANDES = {'nginx': ('nginx', '-c'), 'apache': ('apache2', '-DFOREGROUND', '-f')}
# apache2-bin alone has the program, and not the files of /etc.
EXIGES = {'nginx': {'nginx': 'nginx'},
          'apache': {'apache2': 'apache2', '/etc/apache2/mods-available/deflate.conf': 'apache2'}}


@contextlib.contextmanager
def servie_derriere(nom, base, dossier, certificat, changer=lambda texte, port: texte, modules=()):
    """The service behind a real web server until the end of the block: its process, with .nom, .url (TLS), .port,
    .clair (without TLS), .amont (the service), .dossier (its logs), .acme (what certbot writes). changer: what a test
    changes in the example, once on its ports; modules: of Apache, besides those that it needs."""
    programme, *options = COMMANDES[nom]
    exiger(**EXIGES[nom])
    charges = modules_d_apache((*MODULES, *modules)) if nom == 'apache' else ''
    models.debrancher()
    port, clair = port_libre(), port_libre()
    with (servie(base, PLATEFORME_URL=f'https://localhost:{port}', PLATEFORME_PROXY='127.0.0.1',
                 PLATEFORME_ENTETE_AGENT=ENTETE_AGENT) as amont,
          tempfile.TemporaryDirectory(prefix='acme-') as acme, open(dossier / 'sortie', 'w') as sortie):
        os.chmod(acme, 0o755)                                       # Apache reads it as www-data
        texte = site(nom, dossier, certificat, acme, port, clair, amont.port)
        (dossier / 'site').write_text(changer(texte, port))
        (dossier / 'conf').write_text(ENTOUR[nom].format(dossier=dossier, port=port, clair=clair, modules=charges))
        serveur = subprocess.Popen([programme, *options, dossier / 'conf'], stdout=sortie, stderr=sortie)
        try:
            attendre_la_facade(serveur, port, dossier)
            serveur.nom, serveur.url, serveur.port, serveur.amont = nom, f'https://localhost:{port}', port, amont
            serveur.clair, serveur.dossier, serveur.acme = f'http://localhost:{clair}', dossier, pathlib.Path(acme)
            yield serveur
        finally:
            serveur.terminate()
            serveur.wait(PATIENCE)


def attendre_la_facade(serveur, port, dossier):
    """Wait until a web server listens on its port; AssertionError with what it wrote, if it ends before."""
    try:
        attendre(lambda: socket.create_connection(('127.0.0.1', port)).close() is None, serveur)
    except AssertionError:
        ecrits = [dossier / nom for nom in ('sortie', 'erreurs') if (dossier / nom).exists()]
        dits = '\n'.join(ecrit.read_text(errors='replace') for ecrit in ecrits)
        raise AssertionError(f'le serveur web ne répond pas\u00a0: {dits[-2000:]}') from None


def site(quoi, dossier, certificat, acme, port, clair, amont):
    """The example as given, with the addresses (clair: the port without TLS) and files of the test."""
    texte = exploitation.dire_exemple(quoi)
    for ancien, neuf in {
        r'^ *listen \[::\].*\n': '', r'listen 80;': f'listen 127.0.0.1:{clair};',
        r'listen 443 ssl;': f'listen 127.0.0.1:{port} ssl;', r'\*:80': f'127.0.0.1:{clair}',
        r'\*:443': f'127.0.0.1:{port}', 'Host( +)\\$host': f'Host\\1$host:{port}',
        r'collectivites\.exemple\.fr': 'localhost', '/etc/ssl/(certs|private)/': f'{certificat}/',
        '/var/log/nginx/': f'{dossier}/', '127.0.0.1:8080': f'127.0.0.1:{amont}', '/var/www/acme': acme}.items():
        texte = re.sub(ancien, neuf, texte, flags=re.M)
    return texte


def modules_d_apache(modules):
    internes = subprocess.run(['apache2', '-l'], capture_output=True, text=True).stdout
    charges = [module for module in modules if f'mod_{module}.c' not in internes]
    for module in charges:
        if not os.path.exists(f'{DOSSIER_MODULES}/mod_{module}.so'):
            pytest.skip(f'il manque mod_{module} à Apache\u00a0: apt install {PAQUETS.get(module, "apache2")}')
    pcre = ['LoadFile libpcre.so.3'] * bool(glob.glob('/usr/lib/*/libpcre.so.3'))        # Debian 12: mod_qos forgets it
    return '\n'.join(pcre + [f'LoadModule {module}_module {DOSSIER_MODULES}/mod_{module}.so' for module in charges])
