"""`controler`: each line, right and wrong, against real sockets; nothing sent, nothing waited for."""

import contextlib
import http.server
import json
import os
import shutil
import socket
import sqlite3
import ssl
import subprocess
import threading
import time
import types
from email.utils import formatdate

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from serveur import PATIENCE, exiger, lancer, port_libre, servie

import models
from verbes.demande import reponses
from verbes.exploitation import controles, exploitation
from verbes.exploitation.controles import A_FAIRE, FAUX, OK
from verbes.exploitation.environnement import Configuration


def configurer(**reglages):
    return Configuration({f'PLATEFORME_{nom}': str(valeur) for nom, valeur in reglages.items()})


def juger(quoi, **reglages):
    """(state, what was seen) of one check."""
    return controles._mener(controles.CONTROLES[quoi], configurer(**reglages))


def est(resultat, etat, *dits):
    assert resultat[0] == etat and all(dit in resultat[1] for dit in dits), resultat


# --- this machine ---


def test_les_reglages_disent_ce_qui_manque_pour_ouvrir():
    est(juger('réglages'), A_FAIRE, 'PLATEFORME_URL', 'PLATEFORME_SMTP')
    est(juger('réglages', URL='https://a.exemple.fr', SMTP='smtp://relais'), A_FAIRE, 'PLATEFORME_PROXY')
    est(juger('réglages', URL='https://a.exemple.fr', SMTP='smtp://relais', PROXY='127.0.0.1'), OK,
        'https://a.exemple.fr, écoute sur 127.0.0.1:8080')


def test_la_base_est_la_a_jour_et_a_son_seul_compte(base, tmp_path, monkeypatch):
    est(juger('base', BASE=base), OK, f'étape {models.VERSION_BASE}')
    est(juger('base', BASE=tmp_path / 'absente.db'), FAUX, "n'existe pas")
    os.chmod(base, 0o640)
    est(juger('base', BASE=base), FAUX, f'chmod 600 {base}')
    os.chmod(base, 0o600)
    monkeypatch.setattr(models, 'VERSION_BASE', models.VERSION_BASE + 1)
    est(juger('base', BASE=base), FAUX, '«\u00a0migrer\u00a0»')


def test_une_base_sur_un_disque_que_deux_machines_partagent_se_dit(base, monkeypatch):
    monkeypatch.setattr(controles, '_disque_de', lambda _: 'nfs4')
    est(juger('base', BASE=base), FAUX, 'disque réseau (nfs4)')
    monkeypatch.undo()
    assert controles._disque_de('/proc/self') == 'proc' and controles._disque_de(base) not in ('', 'proc')


def test_une_base_d_un_autre_compte_que_son_dossier_se_dit(base):
    if os.geteuid():
        pytest.skip('donner un fichier à un autre compte demande root')
    os.chown(base, 65534, 65534)
    est(juger('base', BASE=base), FAUX, 'chown')


def test_il_faut_sur_le_disque_deux_fois_la_base_et_un_gigaoctet(base, tmp_path, monkeypatch):
    monkeypatch.setattr(exploitation, 'SAUVEGARDES', str(tmp_path / 'sauvegardes'))
    os.mkdir(tmp_path / 'sauvegardes')
    monkeypatch.setattr(controles, 'DISQUE', 1_000_000)
    libres = {str(tmp_path): 10**10, str(tmp_path / 'sauvegardes'): 10**10}
    monkeypatch.setattr(shutil, 'disk_usage', lambda dossier: types.SimpleNamespace(free=libres[dossier]))
    est(juger('disque', BASE=base), OK, f'10,0 Go libres pour {tmp_path}, ')
    taille = sum(os.path.getsize(f'{base}{suffixe}') for suffixe in ('', '-wal'))
    libres[str(tmp_path / 'sauvegardes')] = 2 * taille + 1_000_000
    est(juger('disque', BASE=base), OK)
    libres[str(tmp_path / 'sauvegardes')] -= 1
    est(juger('disque', BASE=base), FAUX, 'deux fois la base')


def test_la_derniere_sauvegarde_a_vingt_six_heures_au_plus(base, heure, tmp_path):
    est(juger('sauvegarde', BASE=base), FAUX, 'systemctl start plateforme-sauvegarde')
    exploitation.sauvegarder(base, str(tmp_path / 's.db'))
    heure('2026-11-25T10:59:00Z')
    est(juger('sauvegarde', BASE=base), OK, '24\u00a0novembre')
    heure('2026-11-25T11:01:00Z')
    est(juger('sauvegarde', BASE=base), FAUX, '24\u00a0novembre')


# --- what answers: the service, the public address ---


@pytest.fixture(scope='module')
def certificats(tmp_path_factory):
    """{name: (certificate, key)} signed by an authority that this process is told to trust, or not."""
    exiger(openssl='openssl')
    dossier = tmp_path_factory.mktemp('certificats')

    def openssl(*mots):
        subprocess.run(['openssl', *mots], cwd=dossier, check=True, capture_output=True)

    openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=ac', '-days', '90', '-keyout', 'ac.key',
            '-out', 'ac.pem', '-addext', 'keyUsage=critical,keyCertSign')
    openssl('req', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=localhost', '-keyout', 'cle.pem', '-out', 'demande')
    for nom, jours, hote in (('bon', '60', 'localhost'), ('court', '3', 'localhost'), ('autre', '60', 'autre.fr')):
        (dossier / 'suite').write_text(f'subjectAltName=DNS:{hote}\nauthorityKeyIdentifier=keyid\n')
        openssl('x509', '-req', '-in', 'demande', '-CA', 'ac.pem', '-CAkey', 'ac.key', '-CAcreateserial',
                '-days', jours, '-extfile', 'suite', '-out', nom)
    openssl('req', '-x509', '-key', 'cle.pem', '-subj', '/CN=localhost', '-days', '60', '-out', 'seul',
            '-addext', 'subjectAltName=DNS:localhost')
    (dossier / 'connus').write_bytes((dossier / 'ac.pem').read_bytes() + (dossier / 'seul').read_bytes())
    return dossier


@contextlib.contextmanager
def repond(dit, code=200, certificat=None, date=None, cle=None):
    """A web server that always says the same, until the end of the block: its port."""
    class Reponse(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response_only(code)
            self.send_header('Date', date or formatdate(usegmt=True))
            self.end_headers()
            self.wfile.write(dit if isinstance(dit, bytes) else json.dumps(dit).encode())

        def log_message(self, *_):
            pass

    port = port_libre()
    serveur = http.server.ThreadingHTTPServer(('127.0.0.1', port), Reponse)
    if certificat:
        contexte = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        contexte.load_cert_chain(certificat, cle)
        serveur.socket = contexte.wrap_socket(serveur.socket, server_side=True)
    fil = threading.Thread(target=serveur.serve_forever, kwargs={'poll_interval': 0.02})
    serveur.handle_error = lambda *_: None                          # a client that refuses the certificate
    fil.start()
    try:
        yield port
    finally:
        serveur.shutdown()
        serveur.server_close()
        fil.join()


@pytest.fixture
def public(certificats, monkeypatch):
    """public(what it says, certificate='bon', …): the settings of a public address that says so, in https."""
    monkeypatch.setenv('SSL_CERT_FILE', str(certificats / 'connus'))
    with contextlib.ExitStack() as ouverts:
        def ouvrir(dit, certificat='bon', **options):
            port = ouverts.enter_context(
                repond(dit, certificat=certificats / certificat, cle=certificats / 'cle.pem', **options))
            return {'URL': f'https://localhost:{port}'}
        yield ouvrir


SANTE = {'base': 'ok', 'courriels': 'ok', 'porteur': 'ok', 'sauvegarde': 'ok'}


def test_le_service_se_reconnait_a_sa_sante_et_a_sa_version(ouverte, monkeypatch):
    monkeypatch.setitem(models.SITE, 'version', '9999.01')
    libre = f'127.0.0.1:{port_libre()}'
    est(juger('service', ECOUTE=libre), FAUX, 'rien n\'y écoute')
    with servie(ouverte) as processus:
        ecoute = processus.url.removeprefix('http://')
        est(juger('service', ECOUTE=ecoute), FAUX, 'sert encore', 'systemctl restart')
        monkeypatch.setitem(models.SITE, 'version', '2026.11')
        est(juger('service', ECOUTE=ecoute, URL='https://localhost'), FAUX, 'code 400')
        est(juger('adresse publique', ECOUTE=ecoute), OK)


@pytest.mark.parametrize('dit, code, etat, mot', [
    (SANTE, 200, OK, 'il répond'), (SANTE | {'courriels': 'en échec'}, 200, A_FAIRE, 'en échec'),
    (SANTE | {'porteur': 'arrêté'}, 503, FAUX, 'porteur arrêté'), ({'base': 'indisponible'}, 503, FAUX, 'indisponible'),
    (b'<h1>Bienvenue</h1>', 200, FAUX, 'ne sert pas la Plateforme'), ([], 200, FAUX, 'ne sert pas la Plateforme')])
def test_le_service_dit_par_sa_sante_ce_qui_ne_va_pas(dit, code, etat, mot):
    with repond(dit, code) as port:
        est(juger('service', ECOUTE=f'127.0.0.1:{port}'), etat, mot)


def test_l_adresse_publique_mene_a_la_plateforme_par_un_serveur_web_qui_dit_qui_demande(public):
    est(juger('adresse publique', **public(SANTE)), OK)
    est(juger('adresse publique', **public(SANTE | {'version': '1'})), FAUX, 'X-Forwarded-For')
    est(juger('adresse publique', **public(b'<h1>Autre</h1>')), FAUX, "ce n'est pas la Plateforme")
    est(juger('adresse publique', **public(SANTE, 'seul')), OK)     # the certificate has a line of its own
    est(juger('adresse publique', URL=f'https://localhost:{port_libre()}'), FAUX, "rien n'y écoute")
    est(juger('adresse publique', URL='https://nulle-part.invalid'), A_FAIRE, "n'a pas d'adresse")


def test_le_certificat_est_de_ceux_que_les_navigateurs_acceptent_quatorze_jours_encore(public, monkeypatch):
    est(juger('certificat', **public(SANTE)), OK, 'encore 59 jours')
    est(juger('certificat', **public(SANTE, 'court')), FAUX, 'encore 2 jours')
    est(juger('certificat', **public(SANTE, 'autre')), FAUX, 'un autre nom')
    est(juger('certificat', **public(SANTE, 'seul')), FAUX, "aucune autorité ne l'a signé")
    monkeypatch.setenv('SSL_CERT_FILE', '/nulle/part')
    monkeypatch.setenv('SSL_CERT_DIR', '/nulle/part')
    est(juger('certificat', **public(SANTE)), FAUX, 'aucune autorité connue')
    est(juger('certificat', URL=f'https://localhost:{port_libre()}'), A_FAIRE, 'non vérifié')
    est(juger('certificat'), OK, 'sans objet')
    with repond(SANTE) as port:
        est(juger('certificat', URL=f'https://localhost:{port}'), A_FAIRE, 'ne parle pas TLS')


def test_l_heure_se_compare_a_celle_d_une_autre_machine_ou_ne_se_dit_pas_juste(public, monkeypatch):
    monkeypatch.setattr(controles, '_horloge_tenue', lambda: False)
    est(juger('heure', **public(SANTE)), A_FAIRE, 'non vérifiée')   # the same machine: the same clock
    monkeypatch.setattr(controles, '_de_cette_machine', lambda hote: False)
    est(juger('heure', **public(SANTE)), OK)
    est(juger('heure', **public(SANTE, date=formatdate(time.time() + 60, usegmt=True))), FAUX, 'de retard')
    monkeypatch.setattr(controles, '_horloge_tenue', lambda: True)
    est(juger('heure', **public(SANTE, date=formatdate(time.time() - 60, usegmt=True))), FAUX, "d'avance")
    est(juger('heure', **public(SANTE, date='hier')), OK, 'NTP')
    est(juger('heure', URL='https://nulle-part.invalid'), OK, 'NTP')


def test_une_adresse_de_cette_machine_se_reconnait():
    assert controles._de_cette_machine('localhost') and not controles._de_cette_machine('192.0.2.1')


# --- the relay ---


class Boite:
    """A relay that keeps what it is told, and refuses one sender."""

    def __init__(self):
        self.recus = []

    async def handle_MAIL(self, server, session, envelope, address, options):
        if address == 'refuse@exemple.fr':
            return '553 5.7.1 pas vous'
        envelope.mail_from = address
        return '250 OK'

    async def handle_RCPT(self, server, session, envelope, address, options):
        self.recus.append(address)
        return '250 OK'


@pytest.fixture(params=['smtp', 'starttls', 'smtps'])
def relais(request, certificats, monkeypatch):
    """The three sorts of relays, with an account: address(account) and what it received."""
    monkeypatch.setenv('SSL_CERT_FILE', str(certificats / 'connus'))
    contexte = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    contexte.load_cert_chain(certificats / 'bon', certificats / 'cle.pem')
    options = {'smtp': {'auth_require_tls': False}, 'starttls': {'tls_context': contexte, 'require_starttls': True},
               'smtps': {'ssl_context': contexte, 'auth_require_tls': False}}[request.param]
    boite = Boite()
    serveur = Controller(boite, hostname='localhost', port=port_libre(), ready_timeout=PATIENCE, auth_required=True,
                         authenticator=_authentifier, **options)
    serveur.start()
    forme = {'smtp': 'smtp://{}@localhost:{}', 'starttls': 'smtp://{}@localhost:{}?starttls=1',
             'smtps': 'smtps://{}@localhost:{}'}[request.param]
    yield lambda compte: forme.format(compte, serveur.port), boite
    serveur.stop()


def _authentifier(server, session, envelope, mechanism, donnees):
    return AuthResult(success=donnees == LoginPassword(b'compte', b'secret'), handled=False)


@pytest.mark.filterwarnings('ignore:Requiring AUTH while not requiring TLS')
def test_le_relais_accepte_le_compte_et_l_expediteur_et_ne_recoit_rien(relais, base):
    adresse, boite = relais
    est(juger('relais de courriel', SMTP=adresse('compte:secret'), EXPEDITEUR='a@exemple.fr'), OK, 'a@exemple.fr')
    est(juger('relais de courriel', SMTP=adresse('compte:secret'), BASE=base), OK, 'plateforme.territoires@cd31.fr')
    refus = juger('relais de courriel', SMTP=adresse('compte:faux'), EXPEDITEUR='a@exemple.fr')
    est(refus, FAUX, 'mot de passe refusé (535)')
    assert 'faux' not in refus[1]
    est(juger('relais de courriel', SMTP=adresse('compte:secret'), EXPEDITEUR='refuse@exemple.fr'), FAUX,
        'refuse@exemple.fr', '553 5.7.1 pas vous')
    assert boite.recus == []


def test_un_relais_qui_manque_se_tait_ou_parle_autre_chose_se_dit(monkeypatch, certificats):
    reglages = {'EXPEDITEUR': 'a@exemple.fr'}
    est(juger('relais de courriel'), A_FAIRE, 'PLATEFORME_SMTP')
    est(juger('relais de courriel', SMTP=f'smtp://127.0.0.1:{port_libre()}', **reglages), FAUX, "rien n'y écoute")
    est(juger('relais de courriel', SMTP='smtp://nulle-part.invalid', **reglages), FAUX, "n'a pas d'adresse")
    with socket.create_server(('127.0.0.1', 0)) as muet, monkeypatch.context() as impatient:
        impatient.setattr(controles, 'DELAI_RESEAU', 0.2)
        port = muet.getsockname()[1]
        for sorte in ('smtp', 'smtps'):
            est(juger('relais de courriel', SMTP=f'{sorte}://127.0.0.1:{port}', **reglages), FAUX, 'aucune réponse')
    monkeypatch.setattr(controles, 'DELAI_RESEAU', PATIENCE)
    sans = Controller(Boite(), hostname='127.0.0.1', port=port_libre(), ready_timeout=PATIENCE)
    sans.start()
    try:
        for suite, dit in (('?starttls=1', 'STARTTLS'), ('', 'sans chiffrement')):
            etat, vu = juger('relais de courriel', SMTP=f'smtp://127.0.0.1:{sans.port}{suite}', **reglages)
            assert etat == (FAUX if suite else OK) and dit in vu, vu
        est(juger('relais de courriel', SMTP=f'smtps://127.0.0.1:{sans.port}', **reglages), FAUX, 'TLS')
    finally:
        sans.stop()


# --- all together ---


def test_ce_qui_ne_repond_jamais_n_est_pas_attendu_et_le_reste_se_dit(monkeypatch):
    fini = threading.Event()
    instants = iter((0, PATIENCE - 0.1, 0, 0))                      # at first, then when each is waited for
    monkeypatch.setattr(controles, 'DELAI', PATIENCE)
    monkeypatch.setattr(controles, 'time', types.SimpleNamespace(monotonic=instants.__next__))
    monkeypatch.setattr(controles, 'CONTROLES', {
        'sourd': lambda c: fini.wait(PATIENCE), 'vif': lambda c: (OK, 'vu'), 'autre': lambda c: (A_FAIRE, 'plus tard')})
    try:
        assert list(controles.controler(configurer())) == [
            (FAUX, f'pas de réponse en {PATIENCE} secondes', 'sourd'), (OK, 'vu', 'vif'),
            (A_FAIRE, 'plus tard', 'autre')]
    finally:
        fini.set()


def test_controler_donne_une_ligne_par_controle_et_sort_avec_1_si_l_une_est_fausse(ouverte, tmp_path):
    with contextlib.closing(sqlite3.connect(ouverte)) as brute:
        avant = brute.execute('SELECT count(*) FROM audit').fetchone()
    with servie(ouverte) as processus:
        ecoute = {'PLATEFORME_ECOUTE': processus.url.removeprefix('http://')}
        fini = lancer('controler', base=ouverte, **ecoute)
        assert fini.returncode == 1 and fini.stderr == '1\xa0contrôle en échec.\n', fini
        lignes = fini.stdout.splitlines()
        assert [ligne[9:].split('\u00a0:')[0] for ligne in lignes] == list(controles.CONTROLES)
        assert [ligne for ligne in lignes if ligne.startswith('FAUX')] == [
            'FAUX     sauvegarde\u00a0: aucune n\'est faite\u00a0: systemctl start plateforme-sauvegarde']
        assert lancer('sauvegarder', str(tmp_path / 's.db'), base=ouverte).returncode == 0
        assert lancer('controler', base=ouverte, **ecoute).returncode == 0
    with contextlib.closing(sqlite3.connect(ouverte)) as brute:
        assert brute.execute('SELECT count(*) FROM audit').fetchone() == avant


# --- what grows old; the account of the département ---


def test_debian_sans_mise_a_jour_et_un_programme_ancien_se_disent(tmp_path, monkeypatch):
    for nom in ('LISTES', 'PROGRAMME'):
        monkeypatch.setattr(controles, nom, str(tmp_path / nom))
    est(juger('mises à jour'), OK)                                  # neither is there: another system
    for nom, jours, dit in (('LISTES', 15, '15 jours'), ('PROGRAMME', 400, '400 jours')):
        (tmp_path / nom).mkdir()
        est(juger('mises à jour'), OK)
        os.utime(tmp_path / nom, (0, time.time() - 86_400 * jours - 60))
        est(juger('mises à jour'), A_FAIRE, dit)
        os.utime(tmp_path / nom)


def test_une_page_du_compte_du_departement_que_le_serveur_web_ne_garde_pas_se_dit():
    est(juger('compte du Département'), OK, 'sans objet')
    sso = {'PROXY': '127.0.0.1', 'ENTETE_AGENT': 'X-Agent'}
    for dit, code, etat, quoi in (({}, 302, OK, '302'), ({}, 400, FAUX, 'exemples sso-apache'),
                                  ({'comme': 'controle@invalid.example'}, 200, FAUX, 'redonnez le site')):
        with repond(dit, code) as port:
            est(juger('compte du Département', URL=f'http://localhost:{port}', **sso), etat, quoi)


def test_l_adresse_des_reponses_se_controle_par_un_message_a_soi_meme(base, monkeypatch):
    models.brancher(base)
    recu = []

    class Relais:
        """Hands over to `recevoir` what it is given, or loses it."""

        async def handle_DATA(self, server, session, envelope):
            recu.append(envelope.rcpt_tos)
            if not perdre:
                threading.Thread(target=reponses.recevoir, args=(envelope.content,)).start()
            return '250 pris'

    est(juger('réponses par courriel'), OK, 'sans objet')
    reglages = {'REPONSES': 'plateforme+{}@reponses.example', 'BASE': base, 'EXPEDITEUR': 'a@exemple.fr'}
    est(juger('réponses par courriel', **reglages), A_FAIRE, 'PLATEFORME_SMTP')
    monkeypatch.setitem(models.SITE, 'reponses', reglages['REPONSES'])
    relais = Controller(Relais(), hostname='127.0.0.1', port=port_libre())
    relais.start()
    try:
        perdre, reglages['SMTP'] = False, f'smtp://127.0.0.1:{relais.port}'
        est(juger('réponses par courriel', **reglages), OK, 'est revenu, et compté')
        perdre = True
        monkeypatch.setattr(controles, 'DELAI_REPONSE', 0.5)
        est(juger('réponses par courriel', **reglages), FAUX, 'n\'est pas revenu', 'recevoir -')
    finally:
        relais.stop()
    assert len(recu) == 2 and recu[0] != recu[1]
    with models.lecture():
        assert reponses.comptees() == 1
    models.debrancher()
