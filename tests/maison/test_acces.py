"""Every route × every role, from the list of routes itself: access, restricted demandes, cross-site, headers, bytes."""
import errno
import io
import os
import re

import pytest
import webtest
from bottle import Router
from conftest import saisie_de

import models
import views
from verbes import notes
from verbes.demande import cycle
from verbes.exploitation.environnement import Configuration
from views import entrees, wsgi
from views.routeur import LateRouter


def routes(methode=None, qui=None):
    """[(method, rule, who)] of the application."""
    return [(r.method, r.rule, r.config['qui']) for r in views.app.routes
            if (methode is None or r.method == methode) and (qui is None or r.config['qui'] == qui)]


PARMI = re.compile(r'<\w+:re:([a-z-]+)\|[a-z|-]+>')               # a place for one of some words: the first will do


def adresse(regle, **valeurs):
    """A rule with its places filled: <numero:re:…> takes valeurs['numero'], or something plausible."""
    defauts = {'jeton': 'x' * 22, 'action': 'receptionner', 'theme': '1-assistance-juridique', 'nom': 'plateforme.css',
               'slug': 'conseil-juridique', 'formulaire': 'coordonnees', 'cle': 'accessibilite', 'acte': 'fermer',
               'genre': 'document', 'tableau': 'theme', 'annee': '2025'}
    regle = PARMI.sub(r'\1', regle)
    regle = re.sub(r'<(\w+):re:((?:[^<>]|\\.)*)>', r'<\1>', regle)
    return re.sub(r'<(\w+)(?::\w+)?>', lambda m: str(valeurs.get(m[1], defauts.get(m[1], '1'))), regle)


@pytest.fixture
def modele_de_base(modele_depose):
    return modele_depose


@pytest.fixture
def demande(monde):
    with models.lecture():
        return models.Demande.get_by_id(1)


def appeler(navigateur, methode, chemin, **options):
    return getattr(navigateur, methode.lower())(chemin, {}, status='*', **options)


def test_chaque_route_dit_qui_l_appelle_une_qui_ne_le_dit_pas_empeche_de_demarrer_aucune_n_est_cachee(monkeypatch):
    views.verifier_routes()
    assert len(routes()) > 30 and {qui for _, _, qui in routes()} <= set(views.ROLES_DE_ROUTE)
    app = views.Bottle()
    app.get('/oubli')(lambda: 'x')
    monkeypatch.setattr(views, 'app', app)
    with pytest.raises(ValueError, match='/oubli'):
        views.verifier_routes()
    table, compilees, vraie = LateRouter(), [], Router._compile
    monkeypatch.setattr(Router, '_compile', lambda ici, methode: compilees.append(methode) or vraie(ici, methode))
    for regle in ('/suivi/<reste:path>', '/suivi/<jeton>/evaluation'):
        table.add(regle, 'GET', regle)
        table.add(regle, 'POST', regle)
    assert compilees == []
    table.compile_rules()
    table.compile_rules()
    assert sorted(compilees) == ['GET', 'POST']                     # once all are said
    for chemin, attendue in (('/suivi/x/evaluation', 'evaluation'), ('/suivi/x/y', 'path>')):
        assert attendue in table.match({'REQUEST_METHOD': 'GET', 'PATH_INFO': chemin})[0], chemin


@pytest.mark.parametrize('methode, regle, qui', routes())
def test_chaque_route_repond_a_chaque_role_selon_ce_qu_elle_dit_avec_les_entetes_de_securite(
        demande, monde, entrer, lecteur, site, methode, regle, qui):
    assert demande.statut == 'attribue_chef'
    chemin = adresse(regle, numero=demande.numero, jeton=demande.jeton)
    reponses = {'personne': appeler(site, methode, chemin)}
    monde.lecteur = lecteur
    for nom in ('lecteur', 'autre', 'chef', 'admin'):
        reponses[nom] = appeler(entrer(getattr(monde, nom)), methode, chemin)
    assert [(nom, entete) for nom, reponse in reponses.items() for entete in (*dict(wsgi.ENTETES), 'Cache-Control')
            if "'unsafe" in reponse.headers.get(entete, "'unsafe")] == []
    obtenus = {nom: reponse.status_int for nom, reponse in reponses.items()}
    assert all(code < 500 for code in obtenus.values()), obtenus
    if qui in ('lecteur', 'agent', 'administrateur'):
        assert obtenus['personne'] == 401, obtenus
        assert obtenus['lecteur'] not in (401, 403) if qui == 'lecteur' else obtenus['lecteur'] == 403, obtenus
    else:
        assert obtenus['personne'] != 401 or chemin in ('/connexion', '/connexion/code'), obtenus
    if qui == 'administrateur':
        assert obtenus['autre'] == obtenus['chef'] == 403 and obtenus['admin'] != 403, obtenus
    if qui == 'agent':
        assert 401 not in (obtenus['autre'], obtenus['chef'], obtenus['admin']), obtenus


def test_une_demande_restreinte_est_fermee_a_tout_agent_hors_de_l_equipe(monde, entrer):
    with models.ecriture():
        demande, _ = cycle.deposer(saisie_de(monde, confidentielle=True, message='SECRET DE LA MAIRIE'),
                                    [('a.txt', b'SECRET')])
    navigateur = entrer(monde.autre)
    siennes = [r for r in routes(qui='agent') if '/demandes/<' in r[1] or '/pieces/' in r[1]]
    assert len(siennes) > 5
    for methode, regle, _ in siennes:
        reponse = appeler(navigateur, methode, adresse(regle, numero=demande.numero))
        assert reponse.status_int in (303, 403, 404) and 'SECRET' not in reponse.text, regle
        if reponse.status_int == 303:
            assert navigateur.get(reponse.headers['Location'], status='*').status_int == 403, regle


# What a browser says of who sends a form from elsewhere; the last one says nothing, and has a session.
AILLEURS = ({'Sec-Fetch-Site': 'cross-site'}, {'Sec-Fetch-Site': 'same-site'}, {'Origin': 'https://ailleurs.example'},
            {'Origin': 'null'}, {})


def test_un_envoi_venu_d_un_autre_site_est_refuse(demande, monde, entrer):
    codes, regles = {}, [regle for _, regle, _ in routes(methode='POST')]
    for entetes in AILLEURS:
        navigateur = entrer(monde.chef)
        del navigateur.extra_environ['HTTP_SEC_FETCH_SITE']
        navigateur.extra_environ |= {f'HTTP_{nom.upper().replace("-", "_")}': dit for nom, dit in entetes.items()}
        for regle in regles:
            chemin = adresse(regle, numero=demande.numero, jeton=demande.jeton)
            codes[regle, str(entetes)] = appeler(navigateur, 'POST', chemin).status_int
    assert {ou: code for ou, code in codes.items() if code != 403} == {}
    assert len(codes) == len(regles) * len(AILLEURS) > 500


MAL_FORMES = ('0', '-1', '9' * 18, '9' * 19, '9' * 400, '%00', '1%20OR%201=1', '..%2f..%2fetc%2fpasswd', "1'", '%C3%A9',
              '1/')
REFUS_DITS = {303, 400, 401, 403, 404, 405, 409, 422}
FORMULAIRE, PARTIES = 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=b'
MAUVAIS_CORPS = (
    (b'a=%ff', FORMULAIRE), (b'a=%00', FORMULAIRE), (b'\xff\xfe', FORMULAIRE), (b'x', 'multipart/form-data'),
    (b'--b\r\nrien\r\n', PARTIES), (b'--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n', PARTIES),
    (b'--b\r\nContent-Disposition: form-data; name="message"\r\n\r\n\xff\r\n--b--\r\n', f'{PARTIES}; charset=inconnu'),
    (b'{}', 'application/json'), (b'', ''))                         # the last one: some act on nothing else
REQUETES = ('%ff', 'page=%00', 'page=-1', 'page=x', 'tri=numero;DROP', 'q=%22', 'statut=perdu',
            'theme=9999999999999999999', 'depuis=2026-02-30', 'fiche=%C3%A9', 'action=<script>zz', 'fait=<b>zz',
            'retour=//mal.example', 'q=' + 'a' * 3000, 'chef=x', 'a&a&=&=b')


@pytest.mark.parametrize('methode, regle, qui', routes())
def test_rien_de_mal_forme_n_est_jamais_un_incident_ni_un_echo(demande, monde, entrer, methode, regle, qui):
    """An identifier that is none, a body, a parameter."""
    fautes, chemin, admin = {}, adresse(regle, numero=demande.numero, jeton=demande.jeton), entrer(monde.admin)
    for valeur in MAL_FORMES if '<' in PARMI.sub('', regle) else ():
        places = dict.fromkeys(re.findall(r'<(\w+)', regle), valeur)
        reponse = appeler(entrer(monde.admin), methode, adresse(regle, **places))
        if reponse.status_int not in REFUS_DITS or 'Traceback' in reponse.text:
            fautes[valeur] = reponse.status
    for corps, type_ in MAUVAIS_CORPS if methode == 'POST' else ():
        navigateur = entrer(monde.chef)
        reponse = navigateur.request(chemin, method='POST', body=corps, content_type=type_,
                                     environ=navigateur.extra_environ, status='*')
        if reponse.status_int >= 500 or 'Traceback' in reponse.text:
            fautes[corps] = reponse.status
        if 'n&#39;est pas celle de la Plateforme' in reponse.text:
            fautes[corps] = 'refused for its host, not for its body'
    for requete in REQUETES if methode == 'GET' else ():
        reponse = admin.get(f'{chemin}?{requete}', status='*')
        dit = reponse.text if reponse.content_type == 'text/html' else ''    # the CSV of the audit says what was asked
        if (reponse.status_int >= 500 or '<script>zz' in dit or '<b>zz' in dit
                or 'mal.example' in reponse.headers.get('Location', '')):
            fautes[requete] = reponse.status
    assert fautes == {}


def test_une_route_inconnue_une_methode_interdite_un_envoi_trop_gros_sont_en_francais_et_rien_ne_mene_hors_du_site(
        site, application):
    ici, codes = {'HTTP_HOST': '127.0.0.1:8080', 'REMOTE_ADDR': '127.0.0.1'}, []

    def demander(**environ):
        return application(environ | ici, lambda status, entetes, *_: codes.append((status, dict(entetes))))
    corps = demander(REQUEST_METHOD='GET', PATH_INFO='/fiches/1\xff')       # a path that is not UTF-8
    assert codes[0][0].startswith('404') and 'Content-Security-Policy' in codes[0][1] and b'lang="fr"' in corps[0]
    corps = demander(REQUEST_METHOD='POST', PATH_INFO='/demande', CONTENT_LENGTH=str(entrees.CORPS_MAX + 1),
                     **{'wsgi.input': None})                        # refused before it is read
    assert codes[1][0].startswith('413') and '25\u00a0Mo' in corps[0].decode()
    for methode, chemin, code in (('GET', '/nulle-part', 404), ('POST', '/catalogue', 405),
                                  ('DELETE', '/', 405), ('PUT', '/demande', 405)):
        reponse = site.request(chemin, method=methode, status=code, environ=site.extra_environ)
        assert 'lang="fr"' in reponse.text and 'Content-Security-Policy' in reponse.headers, methode
    for mauvaise in ('//mal.example', '/\\mal.example', 'https://mal.example', 'javascript:alert(1)', '',
                     '/\r\nX: y', '/ a'):
        assert not views.interne(mauvaise), mauvaise
    assert views.interne('/espace/demandes?q=é&page=2')


def test_seul_l_hote_de_la_plateforme_est_servi_et_un_hote_local_qu_a_cette_machine(site, base, monkeypatch):
    """What comes of our host without https is of another site when we have it."""
    for hote, code in (('127.0.0.1:8080', 200), ('localhost:8080', 200), ('mal.example', 400),
                       ('127.0.0.1:8080.mal.example', 400), ('', 400), ('127.0.0.1', 400)):
        assert site.get('/contact', extra_environ={'HTTP_HOST': hote}, status='*').status_int == code, hote
    del site.extra_environ['HTTP_SEC_FETCH_SITE']
    for url, origine, code in (('https', 'https', 303), ('https', 'http', 403), ('http', 'http', 303)):
        monkeypatch.setitem(models.SITE, 'url', f'{url}://127.0.0.1:8080')
        site.extra_environ['HTTP_ORIGIN'] = f'{origine}://127.0.0.1:8080'
        site.post('/mot-de-passe', {'courriel': 'x@b.fr'}, status=code)
    application = wsgi.assembler(Configuration(
        {'PLATEFORME_BASE': base, 'PLATEFORME_URL': 'https://collectivites.exemple.fr'}))
    site = webtest.TestApp(application, extra_environ={'REMOTE_ADDR': '10.0.0.9'})
    site.get('/contact', extra_environ={'HTTP_HOST': 'localhost:8080'}, status=400)
    vue = site.get('/contact', extra_environ={'HTTP_HOST': 'collectivites.exemple.fr'}, status=200)
    assert 'max-age' in vue.headers['Strict-Transport-Security']


def test_une_base_absente_un_disque_plein_ou_un_incident_se_disent_et_rendent_le_texte(site, base, monkeypatch, caplog):
    os.rename(base, f'{base}.x')
    reponse = site.get('/catalogue', status=503)
    assert reponse.headers['Retry-After'] and 'momentanément' in reponse.text and base not in reponse.text
    reponse = site.post('/demande', {'message': 'Un texte assez long pour être rendu.'}, status=503)
    assert 'Un texte assez long pour être rendu.' in reponse.text and 'enregistrée' in reponse.text
    os.rename(f'{base}.x', base)
    site.get('/catalogue', status=200)

    def plein(config):
        raise OSError(errno.ENOSPC, 'No space left on device')
    with monkeypatch.context() as remplacement:
        remplacement.setattr(views, 'lire_corps', plein)
        assert 'pas été enregistrée' in site.post('/demande', {'message': 'Bonjour.'}, status=503).text

    def rater(*_):
        raise RuntimeError('imprévu')
    monkeypatch.setattr(views.acces, 'lire_le_contexte', rater)
    site.extra_environ['wsgi.errors'] = io.StringIO()
    reponse = site.get('/contact', status=500, expect_errors=True)
    reference = re.search(r'[0-9a-f]{8}', reponse.text.split('Référence')[-1])[0]
    assert reference in caplog.text and 'imprévu' not in reponse.text


def test_une_session_est_notee_expire_apres_quatre_heures_sans_activite_ou_vingt_quatre_en_tout(entrer, monde, heure):
    navigateur = entrer(monde.chef)
    heure('2026-11-24T13:00:00Z')
    navigateur.get('/espace', status=200)
    with models.lecture():
        assert models.Session.get().vu_le == '2026-11-24T09:00:00Z'
    heure('2026-11-24T13:00:01Z')
    navigateur.get('/espace', status=401)
    assert notes.ecrire_notes() == 1                                # by the carrier
    with models.lecture():
        assert models.Session.get().vu_le == '2026-11-24T13:00:00Z'
    navigateur.get('/espace', status=200)
    with models.ecriture():
        models.Session.update(vu_le='2026-11-25T09:00:01Z').execute()
    heure('2026-11-25T09:00:01Z')
    navigateur.get('/espace', status=401)
