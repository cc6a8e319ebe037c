"""The traps of Bottle, Peewee and waitress that were measured before this code was written,
each by its number.

Those that have their place elsewhere:
3, 4, 7, 10 in test_acces.py, 6 in test_base.py, 11 in test_regles.py, 12 in test_compte.py.
"""

import contextlib
import os
import socket
import threading

import pytest
import waitress
import webtest
from bottle import Router
from conftest import limiter, saisie_de
from serveur import port_libre, servie_ici

import models
import service
import views
from verbes import appellations, comptes, journal
from verbes.demande import cycle
from verbes.exploitation.environnement import Configuration
from views import entrees, wsgi


def formulaire(site, **autres):
    """The fields of the public form, opened long enough ago."""
    limiter(secondes_minimum=0)
    page = site.get('/demande?fiche=2').forms
    form = next(f for f in page.values() if f.method.upper() == 'POST')
    for nom, valeur in {'message': 'Bonjour.', 'collectivite': 'Rieumes', 'nom': 'Exemplaire', 'prenom': 'Jeanne',
                        'courriel': 'mairie@rieumes.example', 'telephone': '0536490012', **autres}.items():
        form[nom] = valeur
    return form


def test_1_un_texte_de_plus_de_100_ko_n_est_pas_perdu_en_silence(site, monde):
    reponse = formulaire(site, message='é' * 120_000).submit(status=422)
    assert 'é' * 120_000 in reponse.text and '20\u202f000 au plus' in reponse.text


def test_1_de_petites_et_de_grosses_pieces_arrivent_ensemble(site, monde):
    form = formulaire(site)
    form['pieces'] = [webtest.Upload('petite.txt', b'x'),
                      webtest.Upload('grande.pdf', b'%PDF' + os.urandom(3_000_000))]
    form.submit(status=303)
    with models.lecture():
        assert sorted(p.taille for p in models.Piece.select()) == [1, 3_000_004]


@pytest.fixture
def deux_gros_envois():
    """Two bodies above 1 MB are being read: rendre() ends one."""
    prises = [entrees._gros_corps.acquire(blocking=False) for _ in range(2)]
    assert all(prises)

    def rendre():
        prises.pop()
        entrees._gros_corps.release()
    yield rendre
    while prises:
        rendre()


def gros(formulaire):
    formulaire['pieces'] = [webtest.Upload('grande.pdf', b'%PDF' + b'x' * 1_100_000)]
    return formulaire


def test_1_un_troisieme_gros_envoi_attend_son_tour(site, monde, deux_gros_envois):
    envoi = gros(formulaire(site))
    minuterie = threading.Timer(0.3, deux_gros_envois)
    minuterie.start()
    envoi.submit(status=303)
    minuterie.join()


def test_1_un_gros_envoi_qui_attend_trop_et_le_quatrieme_qui_attendrait_sont_pries_de_revenir(
        site, monde, deux_gros_envois, monkeypatch):
    envoi = gros(formulaire(site))
    monkeypatch.setattr(entrees, 'ATTENTE_GROS', 0.01)
    reponse = envoi.submit(status=503)
    assert reponse.headers['Retry-After'] and 'enregistré' in reponse.text
    monkeypatch.setattr(entrees, 'ATTENTE_GROS', 3600)
    places = [entrees._attente_gros.acquire(blocking=False) for _ in range(3)]
    try:
        assert all(places)
        envoi.submit(status=503)
    finally:
        for _ in places:
            entrees._attente_gros.release()


def test_1_un_fichier_sur_une_route_qui_n_en_prend_pas_est_refuse_avant_d_etre_lu(site, monde, monkeypatch):
    monkeypatch.setattr(entrees, '_trier', lambda *_: pytest.fail('lu'))
    envoi = [('courriel', 'a@b.fr'), ('fichier', webtest.Upload('grand.pdf', b'%PDF' + b'x' * 1_100_000))]
    for chemin in ('/connexion', '/mot-de-passe', '/suivi', '/connexion/code'):
        assert '25' in site.post(chemin, dict(envoi), status=413).text


def test_12_rien_d_une_requete_ne_reste_dans_son_environ(site, monde, application):
    environs = []

    def temoin(environ, start_response):
        environs.append(environ)
        return application(environ, start_response)
    navigateur = webtest.TestApp(temoin, extra_environ=site.extra_environ)
    gros(formulaire(navigateur)).submit(status=303)
    navigateur.post('/connexion', {'courriel': 'a@b.fr', 'mot_de_passe': 'x'}, status='*')
    for environ in environs:
        assert not [cle for cle in environ if cle.startswith('bottle.') or cle == 'wsgi.input']


@pytest.mark.parametrize('frontiere', ['x', 'X', '----WebKitFormBoundaryAbC'])
def test_1_une_bombe_de_parties_est_refusee_quelle_que_soit_la_casse_de_la_frontiere(site, monde, frontiere):
    partie = f'--{frontiere}\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n'
    corps = partie * 1100 + f'--{frontiere}--\r\n'
    site.post('/demande', corps, content_type=f'multipart/form-data; boundary={frontiere}', status=400)


@pytest.mark.parametrize('entete', ['Cookie', 'Referer', 'Origin', 'Sec-Fetch-Site', 'Accept', 'Accept-Language',
                                    'User-Agent', 'If-Modified-Since', 'X-Forwarded-Proto', 'Range'])
@pytest.mark.parametrize('valeur', ['visiteur=caf\xe9', '\xff\xfe', 'a=\x80; session=zz\xff', '\xe2\x82', '"\xff";,=é'])
def test_2_aucun_entete_n_est_un_incident(site, monde, entrer, entete, valeur):
    """HTTP headers are bytes; another application of the domain may set any cookie (found by an attacker: a 500)."""
    nom = f'HTTP_{entete.upper().replace("-", "_")}'
    for navigateur in (site, entrer(monde.chef)):
        extra = {**navigateur.extra_environ, nom: valeur}
        for methode, chemin in (('GET', '/'), ('GET', '/espace'), ('POST', '/connexion'), ('POST', '/deconnexion')):
            requete = webtest.TestRequest.blank(chemin, method=methode, environ=extra)
            assert navigateur.do_request(requete, status='*', expect_errors=True).status_int < 500, (methode, chemin)


def test_2_les_accents_arrivent_entiers_par_les_deux_sortes_de_formulaire(site, monde, entrer, creer):
    formulaire(site, message='Œuvre à Noël, ça coûte 5 €').submit(status=303)
    with models.lecture():
        demande = models.Demande.get()
    assert demande.message == 'Œuvre à Noël, ça coûte 5 €'
    entrer(monde.chef).post(f'/espace/demandes/{demande.numero}/journal',
                            {'texte': 'Été – œuvre', 'nature': 'note', 'version': demande.version}, status=303)
    with models.lecture():
        assert models.Journal.select().where(models.Journal.nature == 'note').get().texte == 'Été – œuvre'


def test_5_huit_lecteurs_arretes_d_un_export_ne_bloquent_personne(base, monde, creer, heure):
    """Eight clients ask for an export and never read it:
    the other pages still answer, and no connection stays open on the base."""
    with models.ecriture():
        for n in range(60):
            cycle.deposer(saisie_de(monde, message=f'{n} ' + 'x' * 15_000))
        cookie = comptes.ouvrir_session(monde.admin)
    configuration = Configuration(
        {'PLATEFORME_BASE': base, 'PLATEFORME_ECOUTE': f'127.0.0.1:{port_libre()}'})
    with servie_ici(wsgi.assembler(configuration), configuration.port, fils=8), contextlib.ExitStack() as prises:
        ouvrir = lambda: prises.enter_context(  # noqa: E731
            socket.create_connection(('127.0.0.1', configuration.port), timeout=60))
        lecteurs = [ouvrir() for _ in range(8)]
        for prise in lecteurs:
            prise.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            prise.sendall(f'GET /espace/demandes.csv HTTP/1.1\r\nHost: 127.0.0.1:{configuration.port}\r\n'
                          f'Cookie: session={cookie}\r\n\r\n'.encode())
        assert all(p.recv(15) == b'HTTP/1.1 200 OK' for p in lecteurs)
        autre = ouvrir()
        autre.sendall(f'GET /contact HTTP/1.1\r\nHost: 127.0.0.1:{configuration.port}\r\n'
                      'Connection: close\r\n\r\n'.encode())
        assert autre.recv(15) == b'HTTP/1.1 200 OK'
        with models.ecriture():
            journal.auditer('pendant les exports')


def test_les_routes_se_compilent_une_fois_toutes_dites(monkeypatch):
    compilees, vraie = [], Router._compile
    monkeypatch.setattr(Router, '_compile', lambda ici, methode: compilees.append(methode) or vraie(ici, methode))
    app = views.Bottle()
    del app.router
    app.router = type(views.app.router)()
    for nom in 'abc':
        app.get(f'/{nom}/<numero>')(lambda numero, nom=nom: f'{nom} {numero}')
        app.post(f'/{nom}/<numero>')(lambda numero, nom=nom: f'{nom} {numero}')
    assert compilees == []
    app.router.compile_rules()
    app.router.compile_rules()
    assert sorted(compilees) == ['GET', 'POST'] and webtest.TestApp(app).get('/b/3').text == 'b 3'


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
    assert (attendus.items() <= demandes.items()
            and demandes['max_request_body_size'] == entrees.CORPS_MAX + 1_000_000
            and len(demandes['_dispatcher'].threads) == 8)


@pytest.mark.parametrize('saisie, noms', [
    ('%', []), ('_', []), ('100%', []), ('ISLE', ["L'Isle-en-Dodon"]), ('cœur', ['CC Cœur de Garonne']),
    ('St Orens', ['Saint-Orens-de-Gameville']), ('rieume', ['Rieumes']), ('riem', []), ('rieumez', ['Rieumes'])])
def test_9_une_collectivite_se_trouve_sans_casse_ni_accent_et_sans_joker(base, saisie, noms):
    with models.lecture():
        assert [c.nom for c in appellations.reconnaitre(saisie)[0]] == noms


def test_13_webtest_fait_echouer_un_test_qui_ecrit_dans_les_erreurs(site, monkeypatch):
    monkeypatch.setattr(views.acces, 'lire_le_contexte', lambda: 1 / 0)
    with pytest.raises(webtest.AppError, match='ZeroDivisionError'):
        site.get('/contact', status='*')
