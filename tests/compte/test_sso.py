"""Sign-in by the département's own account, but what is in front (test_sso_chaine.py): who is believed, the rest."""
import re

import pytest
import webtest
from conftest import (
    AUTRE_PHRASE, PHRASE, changer_ligne, chemin, courriels, en_ecriture, faits, fautes, fixer_tous, poster,
    se_connecter)
from serveur import brancher_prise, servie, tout_lire
from test_acces import adresse, routes
from test_second_facteur import ACTIVER, activer, code, seconde_etape

import models
from models import Refus
from verbes import comptes
from verbes.exploitation.environnement import Configuration
from views import wsgi

ENTETE, MANDATAIRE, POSTE = 'X-Agent-Courriel', '10.0.0.1', '192.0.2.7'
SSO, ANNONCE = '/connexion/sso', 'HTTP_X_AGENT_COURRIEL'


@pytest.fixture
def par_mandataire(base, monkeypatch):
    """A browser behind the trusted proxy, which says whose session it has opened: par_mandataire('a@b.fr', …)."""
    monkeypatch.setitem(models.SITE, 'entete_agent', ENTETE)
    application = wsgi.assembler(Configuration(
        {'PLATEFORME_BASE': base, 'PLATEFORME_PROXY': MANDATAIRE, 'PLATEFORME_ENTETE_AGENT': ENTETE}))

    def naviguer(annonce=None, **environ):
        dit = {} if annonce is None else {ANNONCE: annonce}
        return webtest.TestApp(application, extra_environ={
            'HTTP_HOST': '127.0.0.1:8080', 'REMOTE_ADDR': MANDATAIRE, 'HTTP_X_FORWARDED_FOR': POSTE,
            'HTTP_SEC_FETCH_SITE': 'same-origin', **dit, **environ})
    return naviguer


def sessions():
    """[(e-mail, how it was opened, from where)] of the open sessions."""
    with models.lecture():
        return list(models.Session.select(models.Agent.courriel, models.Session.origine, models.Session.adresse)
                    .join(models.Agent).order_by(models.Session.cree_le).tuples())


def formulaire_de(page):
    return next(f for f in page.forms.values() if f.action.startswith(SSO))


def continuer(navigateur, status=303, page=SSO):
    """Read the page, click its button."""
    return formulaire_de(navigateur.get(page)).submit(status=status)


def test_la_page_dit_qui_est_reconnu_et_le_bouton_ouvre_une_session_ordinaire(par_mandataire, monde, caplog):
    navigateur = par_mandataire(monde.chef.courriel)
    page = navigateur.get(SSO)
    assert page.html.select_one('button.accent').text == f'Continuer comme {monde.chef.courriel}'
    assert sessions() == [] and 'Set-Cookie' not in page.headers
    formulaire = formulaire_de(page)                                # no address in it
    assert {nom: champ[0].value for nom, champ in formulaire.fields.items() if nom} == {'retour': ''}
    assert chemin(formulaire.submit(status=303)) == '/espace'
    assert navigateur.get('/espace/compte').html.h1.text == 'Mon compte'
    assert sessions() == [(monde.chef.courriel, 'sso', POSTE)]
    assert 'par le compte du Département' in navigateur.get('/espace/compte/securite').text
    assert ('connexion', monde.chef.courriel, 'SSO') in faits() and monde.chef.courriel not in caplog.text
    assert chemin(navigateur.get(f'{SSO}?retour=/espace/aide', status=303)) == '/espace/aide'
    navigateur.extra_environ[ANNONCE] = monde.autre.courriel        # somebody else's: the one open here is closed
    formulaire = formulaire_de(navigateur.get(SSO))
    for agent in (monde.autre, monde.referent):                     # what is sent reads the header again
        navigateur.extra_environ[ANNONCE] = agent.courriel.upper()
        formulaire.submit(status=303)
        assert [qui for qui, *_ in sessions()] == [agent.courriel]
    navigateur.post(SSO, {'courriel': monde.admin.courriel, ENTETE: monde.admin.courriel}, status=303)
    assert [qui for qui, *_ in sessions()] == [monde.referent.courriel]
    del navigateur.extra_environ[ANNONCE]
    formulaire.submit(status=400)


def test_l_adresse_voulue_et_le_texte_d_une_session_finie_reviennent_sans_quitter_le_site(par_mandataire, monde, creer):
    navigateur = par_mandataire(monde.chef.courriel)
    connexion = navigateur.get('/espace/demandes?q=pont&page=2', status=401)
    formulaire = formulaire_de(connexion.click('Se connecter avec le compte du Département'))
    assert navigateur.get(formulaire.action).status_int == 200      # the proxy's session has ended: back by a GET
    assert chemin(formulaire.submit(status=303)) == '/espace/demandes?q=pont&page=2'
    for ailleurs in ('//mal.example', 'https://mal.example', '/\\mal.example'):
        navigateur = par_mandataire(monde.chef.courriel)
        assert 'mal.example' not in navigateur.get(SSO, {'retour': ailleurs}).text
        assert chemin(navigateur.post(SSO, {'retour': ailleurs}, status=303)) == '/espace', ailleurs
    page = f'/espace/demandes/{creer("en_cours").numero}'
    expiree = par_mandataire(monde.referent.courriel).post(
        f'{page}/journal', {'nature': 'note', 'texte': 'Un long texte.'}, status=401,
        headers={'Referer': f'http://127.0.0.1:8080{page}'})
    assert expiree.html.select_one('a[target=_blank]')['href'] == SSO
    reponse = formulaire_de(expiree).submit(status=303)
    assert chemin(reponse) == page and 'Un long texte.' in reponse.follow().html.find('textarea').text


def test_l_entete_n_est_cru_que_du_mandataire_et_lu_que_sur_cette_adresse_qui_n_existe_pas_sans_le_reglage(
        par_mandataire, monde, caplog, monkeypatch):
    caplog.set_level('INFO')
    for environ in ({'REMOTE_ADDR': '10.0.0.2'}, {'REMOTE_ADDR': '127.0.0.1'}, {'REMOTE_ADDR': '::ffff:10.0.0.1'},
                    {'REMOTE_ADDR': '192.0.2.9', 'HTTP_X_FORWARDED_FOR': MANDATAIRE}):
        caplog.clear()
        navigateur = par_mandataire(monde.chef.courriel, **environ)
        for refus in (navigateur.get(SSO, status=400), navigateur.post(SSO, status='*')):     # 503: a proxy not named
            assert refus.status_int in (400, 503) and monde.chef.courriel not in refus.text, environ
        assert 'SSO : la requête ne vient pas de PLATEFORME_PROXY' in caplog.text, environ
    for site in ('cross-site', 'same-site'):
        refus = par_mandataire(monde.chef.courriel, HTTP_SEC_FETCH_SITE=site).post(SSO, status=403)
        assert 'Cet envoi vient d\'un autre site' in refus.html.text, site
    assert sessions() == []
    navigateur = par_mandataire(monde.admin.courriel)
    for rang, (methode, regle, qui) in enumerate(routes()):
        if regle in (SSO, '/connexion/code'):
            continue
        navigateur.extra_environ['HTTP_X_FORWARDED_FOR'] = f'192.0.2.{rang // 100}'    # one address would have to wait
        reponse = navigateur.request(adresse(regle), method=methode, environ=navigateur.extra_environ, status='*')
        assert reponse.status_int == 401 if qui in ('agent', 'administrateur') else reponse.status_int < 500, regle
        assert 'Set-Cookie' not in reponse.headers, regle
    assert sessions() == []
    monkeypatch.setitem(models.SITE, 'entete_agent', '')
    navigateur.get(SSO, status=404)
    navigateur.post(SSO, status=404)
    assert SSO not in navigateur.get('/connexion').text


def test_un_entete_ecrit_avec_un_souligne_n_est_pas_le_notre(ouverte):
    with servie(ouverte, PLATEFORME_PROXY='127.0.0.1', PLATEFORME_ENTETE_AGENT=ENTETE) as processus:
        for nom, attendu in ((ENTETE, b' 200 '), (ENTETE.replace('-', '_'), b' 400 ')):
            brut = (f'GET /connexion/sso HTTP/1.1\r\nHost: 127.0.0.1:{processus.port}\r\nConnection: close\r\n'
                    f'X-Forwarded-For: 192.0.2.7\r\n{nom}: camille.exemple@hgi.example\r\n\r\n')
            with brancher_prise(processus.port, brut.encode()) as prise:
                assert attendu in tout_lire(prise).split(b'\r\n')[0], nom


def test_une_valeur_qui_n_est_pas_une_seule_adresse_est_refusee_un_compte_inconnu_ou_ferme_lit_a_qui_le_demander(
        par_mandataire, monde, caplog):
    caplog.set_level('INFO')
    juste = 'camille.exemple@hgi.example'
    for annonce in (
            None, '', ' ', '(null)', 'camille', f'{juste}, autre@hgi.example', f'{juste},', f'{juste} {juste}',
            f'Camille <{juste}>', f'{juste}\x00', 'camill\xc3\xa9@hgi.example', f'mailto:{juste}',
            '=?utf-8?q?camille.exemple?=@hgi.example', 'x' * 300 + '@hgi.example'):
        caplog.clear()
        navigateur = par_mandataire(annonce)
        for refus in (navigateur.get(SSO, status=400), navigateur.post(SSO, status=400)):
            assert 'ne nous a pas dit votre adresse de courriel, ou en a dit plusieurs' in refus.text, annonce
            assert re.search('Référence.*[0-9a-f]{8}', refus.text) and 'hgi.example' not in refus.text, annonce
        assert f'SSO : {ENTETE}' in caplog.text and 'hgi.example' not in caplog.text, annonce
    assert sessions() == []
    caplog.set_level('INFO')
    for courriel, qui in (('personne@hgi.example', None), (monde.parti.courriel, monde.parti.courriel)):
        navigateur = par_mandataire(courriel)
        for refus in (navigateur.get(f'{SSO}?retour=/espace/aide', status=403),
                      navigateur.post(SSO, {'retour': '/espace/aide'}, status=403)):
            assert fautes(refus) == [
                'Vous êtes reconnu par le Département, mais aucun compte de la Plateforme n\'est ouvert pour '
                f'{courriel}. Demandez-le à l\'équipe de la Plateforme, qui ouvre les comptes.']
            formulaire = next(f for f in refus.forms.values() if 'mot_de_passe' in f.fields)
            assert formulaire['retour'].value == '/espace/aide'
        assert ('connexion refusée par SSO', qui, '') in faits()
        assert 'connexion refusée par SSO, ' in caplog.text and courriel not in caplog.text
    navigateur = par_mandataire(monde.chef.courriel)
    continuer(navigateur)
    changer_ligne(monde.chef, actif=False)                          # closed since
    navigateur.get('/espace', status=401)
    navigateur.get(SSO, status=403)


@pytest.fixture
def protege(inscrits, entrer, heure):
    """The administrateur with a second factor: its secret."""
    secret, _, _ = activer(entrer(inscrits.admin))
    heure('2026-11-24T09:02:00Z')
    en_ecriture(models.Session.delete().execute)
    return secret


def formulaire_du_code(page):
    return next(f for f in page.forms.values() if f.action == '/connexion/code')


@pytest.mark.parametrize('reglage', ['personne', 'administrateurs', None])
def test_le_code_est_demande_apres_le_compte_du_departement_qui_ne_remplace_que_le_mot_de_passe(
        par_mandataire, inscrits, protege, reglage):
    if reglage:
        fixer_tous(second_facteur_exige=reglage)
        etape = continuer(par_mandataire(inscrits.admin.courriel), 200, f'{SSO}?retour=/espace/admin')
        assert etape.html.h1.text == 'Code de vérification' and sessions() == []
    else:                                                           # by a password
        etape = se_connecter(par_mandataire(), inscrits.admin.courriel, status=200, retour='/espace/admin')
    assert chemin(seconde_etape(formulaire_du_code(etape), code(protege))) == '/espace/admin'
    assert sessions() == [(inscrits.admin.courriel, 'sso' if reglage else 'mot_de_passe', POSTE)]
    assert ('connexion', inscrits.admin.courriel, 'SSO' if reglage else '') in faits()


def test_sauf_sso_le_code_n_est_demande_que_par_mot_de_passe_et_le_second_facteur_ne_se_desactive_pas(
        par_mandataire, inscrits, protege):
    navigateur = par_mandataire(inscrits.admin.courriel)
    seconde_etape(formulaire_du_code(continuer(navigateur, 200)), code(protege))
    poster(navigateur, '/espace/admin/reglages', {'second_facteur_exige': 'administrateurs_sauf_sso'})
    assert '(SSO)' in navigateur.get('/espace/admin/reglages').html.select_one(
        '#second_facteur_exige option[selected]').text
    navigateur = par_mandataire(inscrits.admin.courriel)
    assert chemin(continuer(navigateur)) == '/espace'
    assert navigateur.get('/espace/admin').html.h1.text == 'Administration'
    assert se_connecter(par_mandataire(), inscrits.admin.courriel, status=200).html.h1.text == 'Code de vérification'
    assert not navigateur.get('/espace/compte/securite').html.select('button[value=desactiver]')
    navigateur.post('/espace/compte/second-facteur', {
        'geste': 'desactiver', 'verification': code(protege), 'ancien_mot_de_passe': PHRASE}, status=403)


def test_la_session_du_departement_reste_ouverte_et_mene_un_administrateur_au_second_facteur_sauf_s_il_en_est_dispense(
        par_mandataire, inscrits):
    en_ecriture(comptes.connaitre_reseau, inscrits.chef, POSTE)
    navigateur = par_mandataire(inscrits.chef.courriel)
    continuer(navigateur)
    assert courriels() == []                                        # the network is known
    nouveau = {'mot_de_passe': AUTRE_PHRASE, 'confirmer_mot_de_passe': AUTRE_PHRASE}
    navigateur.post('/espace/compte/mot-de-passe', {'ancien_mot_de_passe': PHRASE, **nouveau}, status=303)
    assert sessions() == [(inscrits.chef.courriel, 'sso', POSTE)]
    suite = navigateur.post('/deconnexion', status=303)
    assert 'La session du Département reste ouverte' in suite.follow().html.select_one('.annonce').text
    assert sessions() == []
    se_connecter(navigateur, inscrits.chef.courriel, AUTRE_PHRASE)
    suite = navigateur.post('/deconnexion', status=303)
    assert suite.follow().html.select_one('.annonce').text.strip() == 'Vous êtes déconnecté.'
    for reglage, mene in (('personne', False), ('administrateurs', True), ('administrateurs_sauf_sso', False)):
        fixer_tous(second_facteur_exige=reglage)
        navigateur = par_mandataire(inscrits.admin.courriel)
        continuer(navigateur)
        reponse = navigateur.get('/espace/admin')
        assert ((reponse.status_int == 303 and chemin(reponse) == ACTIVER) if mene
                else reponse.status_int == 200), reglage
        par_mot_de_passe = se_connecter(par_mandataire(), inscrits.admin.courriel).follow()
        assert par_mot_de_passe.status_int == (200 if reglage == 'personne' else 303), reglage
    changer_ligne(inscrits.admin, mot_de_passe=None)                # without a password, one reads how to choose it
    assert 'choisissez-en un avec' in navigateur.get(ACTIVER).html.select_one('#ancien_mot_de_passe-aide').text
    navigateur.post(ACTIVER, {'premiere_verification': '123456', 'ancien_mot_de_passe': PHRASE}, status=422)


def test_le_nom_de_l_entete_est_bien_ecrit_ne_sert_pas_deja_et_demande_un_mandataire():
    pris = ('Host', 'COOKIE', 'Authorization', 'Content-Type', 'Content-Length', 'X-Forwarded-For', 'X-Forwarded-User',
            'Forwarded', 'Referer', 'Origin', 'Accept', 'Accept-Language', 'Sec-Fetch-Site', 'User-Agent', 'From',
            'X-Real-IP', 'Connection', 'Transfer-Encoding')
    for nom, dit in (('X_Agent', 'un entête écrit ainsi est écarté'),
                     *((nom, 'des lettres, des chiffres') for nom in ('X-Agent:', 'X Agent', 'X-Agént', '-X', 'X\n')),
                     *((nom, f'ne peut pas être {nom}') for nom in pris)):
        with pytest.raises(Refus, match=dit):
            Configuration({'PLATEFORME_ENTETE_AGENT': nom, 'PLATEFORME_PROXY': '127.0.0.1'})
    with pytest.raises(Refus, match='PLATEFORME_ENTETE_AGENT demande PLATEFORME_PROXY'):
        Configuration({'PLATEFORME_ENTETE_AGENT': ENTETE})
    for nom in (ENTETE, 'Remote-User', 'X-Auth-Request-Email'):
        assert Configuration({'PLATEFORME_ENTETE_AGENT': nom, 'PLATEFORME_PROXY': '::1'}).entete_agent == nom
