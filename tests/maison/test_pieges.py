"""The traps of Bottle, Peewee and waitress, measured before this code was written, each by its number: 3, 4, 7, 10 in
test_acces.py, 6 in test_base.py, 11 in test_regles.py, 12 in test_compte.py too."""
import contextlib
import os
import socket
import threading

import pytest
import waitress
import webtest
from conftest import derniere_demande, envoyer_demande, limiter, saisie_de
from serveur import port_libre, servie_ici

import models
import service
from verbes import appellations, comptes, journal
from verbes.demande import cycle
from verbes.exploitation.environnement import Configuration
from views import entrees, wsgi

GRANDE = 'grande.pdf', b'%PDF' + b'x' * 1_100_000
ENTETES = ('Cookie', 'Referer', 'Origin', 'Sec-Fetch-Site', 'Accept', 'Accept-Language', 'User-Agent',
           'If-Modified-Since', 'X-Forwarded-Proto', 'Range')
TORDUS = ('visiteur=caf\xe9', '\xff\xfe', 'a=\x80; session=zz\xff', '\xe2\x82', '"\xff";,=é', 'a/b=1',
          '<x>=1; session=abc', 'http://[mal')


@pytest.fixture(autouse=True)
def sans_attente(base):
    limiter(secondes_minimum=0)


def test_1_un_texte_trop_long_n_est_pas_perdu_de_petites_et_de_grosses_pieces_arrivent_2_les_accents_entiers(
        site, monde, entrer):
    reponse = envoyer_demande(site, 2, message='é' * 120_000)
    assert reponse.status_int == 422 and 'é' * 120_000 in reponse.text and '20\u202f000 au plus' in reponse.text
    pieces = ('petite.txt', b'x'), ('grande.pdf', b'%PDF' + os.urandom(3_000_000))
    assert envoyer_demande(site, 2, *pieces, message='Œuvre à Noël, ça coûte 5 €').status_int == 303
    with models.lecture():
        assert sorted(p.taille for p in models.Piece.select()) == [1, 3_000_004]
    demande = derniere_demande()
    assert demande.message == 'Œuvre à Noël, ça coûte 5 €'
    entrer(monde.chef).post(f'/espace/demandes/{demande.numero}/journal',
                            {'texte': 'Été – œuvre', 'nature': 'note', 'version': demande.version}, status=303)
    with models.lecture():
        assert models.Journal.select().where(models.Journal.nature == 'note').get().texte == 'Été – œuvre'


def test_1_un_troisieme_gros_envoi_attend_son_tour_celui_qui_attendrait_trop_ou_le_quatrieme_est_prie_de_revenir(
        site, monde, monkeypatch):
    """Two bodies above 1 MB are being read."""
    with contextlib.ExitStack() as prises:
        for _ in range(2):
            assert entrees._gros_corps.acquire(blocking=False)
            prises.callback(entrees._gros_corps.release)
        with monkeypatch.context() as impatience:
            impatience.setattr(entrees, 'ATTENTE_GROS', 0.01)
            reponse = envoyer_demande(site, 2, GRANDE)
        assert reponse.status_int == 503 and reponse.headers['Retry-After'] and 'enregistré' in reponse.text
        with monkeypatch.context() as patience, contextlib.ExitStack() as places:
            patience.setattr(entrees, 'ATTENTE_GROS', 3600)
            for _ in range(3):
                assert entrees._attente_gros.acquire(blocking=False)
                places.callback(entrees._attente_gros.release)
            assert envoyer_demande(site, 2, GRANDE).status_int == 503
        minuterie = threading.Timer(0.3, prises.pop_all().close)
        minuterie.start()
        assert envoyer_demande(site, 2, GRANDE).status_int == 303
        minuterie.join()


def test_1_un_fichier_sur_une_route_qui_n_en_prend_pas_est_refuse_avant_d_etre_lu_et_une_bombe_de_parties(
        site, monde, monkeypatch):
    for frontiere in ('x', 'X', '----WebKitFormBoundaryAbC'):
        partie = f'--{frontiere}\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n'
        site.post('/demande', partie * 1100 + f'--{frontiere}--\r\n', status=400,
                  content_type=f'multipart/form-data; boundary={frontiere}')
    monkeypatch.setattr(entrees, '_trier', lambda *_: pytest.fail('lu'))
    for chemin in ('/connexion', '/mot-de-passe', '/suivi', '/connexion/code'):
        envoi = {'courriel': 'a@b.fr', 'fichier': webtest.Upload(*GRANDE)}
        assert '25' in site.post(chemin, envoi, status=413).text, chemin


def test_12_rien_d_une_requete_ne_reste_dans_son_environ(site, monde, application):
    environs = []

    def temoin(environ, start_response):
        environs.append(environ)
        return application(environ, start_response)
    navigateur = webtest.TestApp(temoin, extra_environ=site.extra_environ)
    assert envoyer_demande(navigateur, 2, GRANDE).status_int == 303
    navigateur.post('/connexion', {'courriel': 'a@b.fr', 'mot_de_passe': 'x'}, status='*')
    for environ in environs:
        assert not [cle for cle in environ if cle.startswith('bottle.') or cle == 'wsgi.input']


def test_2_aucun_entete_n_est_un_incident(site, monde, entrer):
    """HTTP headers are bytes; another application of the domain may set any cookie (found by an attacker: a 500)."""
    visites = (('GET', '/'), ('GET', '/contact'), ('GET', '/espace'), ('POST', '/connexion'), ('POST', '/deconnexion'),
               ('POST', '/espace/demandes/nouvelle'))
    for entete in ENTETES:
        for valeur in TORDUS:
            for navigateur in (site, entrer(monde.chef)):
                extra = {**navigateur.extra_environ, f'HTTP_{entete.upper().replace("-", "_")}': valeur}
                for methode, chemin in visites:
                    requete = webtest.TestRequest.blank(chemin, method=methode, environ=extra)
                    code = navigateur.do_request(requete, status='*', expect_errors=True).status_int
                    assert code < 500 and (code == 200 or chemin != '/contact'), (entete, valeur, methode, chemin)


def test_5_huit_lecteurs_arretes_d_un_export_ne_bloquent_personne(base, monde, creer, heure):
    """The other pages still answer, and no connection stays open on the base."""
    with models.ecriture():
        for n in range(60):
            cycle.deposer(saisie_de(monde, message=f'{n} ' + 'x' * 15_000))
        cookie = comptes.ouvrir_session(monde.admin)
    configuration = Configuration({'PLATEFORME_BASE': base, 'PLATEFORME_ECOUTE': f'127.0.0.1:{port_libre()}'})
    with servie_ici(wsgi.assembler(configuration), configuration.port, fils=8), contextlib.ExitStack() as prises:
        *lecteurs, autre = (prises.enter_context(socket.create_connection(('127.0.0.1', configuration.port), 60))
                            for _ in range(9))
        for prise in lecteurs:
            prise.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            prise.sendall(f'GET /espace/demandes.csv HTTP/1.1\r\nHost: 127.0.0.1:{configuration.port}\r\n'
                          f'Cookie: session={cookie}\r\n\r\n'.encode())
        assert all(p.recv(15) == b'HTTP/1.1 200 OK' for p in lecteurs)
        autre.sendall(f'GET /contact HTTP/1.1\r\nHost: 127.0.0.1:{configuration.port}\r\n'
                      'Connection: close\r\n\r\n'.encode())
        assert autre.recv(15) == b'HTTP/1.1 200 OK'
        with models.ecriture():
            journal.auditer('pendant les exports')


def test_8_le_serveur_est_regle_pour_des_centaines_de_connexions(base, monkeypatch):
    demandes = {}

    def serveur(application, **options):
        demandes.update(options)
        raise SystemExit
    monkeypatch.setattr(waitress, 'create_server', serveur)
    models.debrancher()
    with pytest.raises(SystemExit):
        service.servir(Configuration({'PLATEFORME_BASE': base}))
    attendus = {'connection_limit': 2000, 'channel_timeout': 30, 'cleanup_interval': 10, 'ident': None,
                'clear_untrusted_proxy_headers': False}
    assert attendus.items() <= demandes.items() and len(demandes['_dispatcher'].threads) == 8
    assert demandes['max_request_body_size'] == entrees.CORPS_MAX + 1_000_000


def test_9_une_collectivite_se_trouve_sans_casse_ni_accent_et_sans_joker(base):
    with models.lecture():
        for saisie, noms in (
                ('%', []), ('_', []), ('100%', []), ('ISLE', ["L'Isle-en-Dodon"]), ('cœur', ['CC Cœur de Garonne']),
                ('St Orens', ['Saint-Orens-de-Gameville']), ('rieume', ['Rieumes']), ('riem', []),
                ('rieumez', ['Rieumes'])):
            assert [c.nom for c in appellations.reconnaitre(saisie)[0]] == noms, saisie
