"""Sign-in by the département's own account: who is believed, what is refused, the second factor, sign-out.

The whole chain, with a real Apache and a real provider, is in test_sso_chaine.py.
"""
import re

import pytest
import webtest
from conftest import AUTRE_PHRASE, PHRASE, chemin, courriels, faits, fautes, fixer, se_connecter
from test_second_facteur import ACTIVER, activer, code, seconde_etape

import models
from models import Refus
from verbes import comptes
from verbes.exploitation.environnement import Configuration
from views import wsgi

ENTETE, MANDATAIRE, POSTE = 'X-Agent-Courriel', '10.0.0.1', '192.0.2.7'


@pytest.fixture
def par_mandataire(base, monkeypatch):
    """A browser behind the trusted proxy, which says whose session it has opened: par_mandataire('a@b.fr', …)."""
    monkeypatch.setitem(models.SITE, 'entete_agent', ENTETE)
    application = wsgi.assembler(Configuration(
        {'PLATEFORME_BASE': base, 'PLATEFORME_PROXY': MANDATAIRE, 'PLATEFORME_ENTETE_AGENT': ENTETE}))

    def naviguer(annonce=None, **environ):
        dit = {} if annonce is None else {'HTTP_X_AGENT_COURRIEL': annonce}
        return webtest.TestApp(application, extra_environ={
            'HTTP_HOST': '127.0.0.1:8080', 'REMOTE_ADDR': MANDATAIRE, 'HTTP_X_FORWARDED_FOR': POSTE,
            'HTTP_SEC_FETCH_SITE': 'same-origin', **dit, **environ})
    return naviguer


def regler(valeur):
    with models.ecriture():
        fixer('second_facteur_exige', valeur)


def sessions():
    """[(e-mail, how it was opened, from where)] of the open sessions."""
    with models.lecture():
        return list(models.Session.select(models.Agent.courriel, models.Session.origine, models.Session.adresse)
                    .join(models.Agent).order_by(models.Session.cree_le).tuples())


def formulaire_de(page):
    return next(f for f in page.forms.values() if f.action.startswith('/connexion/sso'))


# --- the true line ---

def test_la_page_dit_qui_est_reconnu_et_le_bouton_ouvre_une_session_ordinaire(par_mandataire, monde, caplog):
    navigateur = par_mandataire(monde.chef.courriel)
    page = navigateur.get('/connexion/sso')
    assert page.html.select_one('button.accent').text == f'Continuer comme {monde.chef.courriel}'
    assert sessions() == [] and 'Set-Cookie' not in page.headers
    assert chemin(formulaire_de(page).submit(status=303)) == '/espace'
    assert navigateur.get('/espace/compte').html.h1.text == 'Mon compte'
    assert sessions() == [(monde.chef.courriel, 'sso', POSTE)]
    assert 'par le compte du Département' in navigateur.get('/espace/compte/sessions').text
    assert ('connexion', monde.chef.courriel, 'SSO') in faits() and monde.chef.courriel not in caplog.text


def test_le_formulaire_ne_porte_aucune_adresse_et_celle_qu_on_y_met_ne_compte_pas(par_mandataire, monde):
    navigateur = par_mandataire(monde.chef.courriel)
    formulaire = formulaire_de(navigateur.get('/connexion/sso'))
    assert {nom: champ[0].value for nom, champ in formulaire.fields.items() if nom} == {'retour': ''}
    navigateur.post('/connexion/sso', {'courriel': monde.admin.courriel, ENTETE: monde.admin.courriel}, status=303)
    assert [qui for qui, _, _ in sessions()] == [monde.chef.courriel]


def test_l_envoi_relit_l_entete(par_mandataire, monde):
    navigateur = par_mandataire(monde.chef.courriel)
    formulaire = formulaire_de(navigateur.get('/connexion/sso'))
    navigateur.extra_environ['HTTP_X_AGENT_COURRIEL'] = monde.autre.courriel.upper()
    formulaire.submit(status=303)
    assert [qui for qui, _, _ in sessions()] == [monde.autre.courriel]
    del navigateur.extra_environ['HTTP_X_AGENT_COURRIEL']
    formulaire.submit(status=400)


def test_l_adresse_voulue_est_gardee_d_un_bout_a_l_autre(par_mandataire, monde):
    navigateur = par_mandataire(monde.chef.courriel)
    connexion = navigateur.get('/espace/demandes?q=pont&page=2', status=401)
    page = connexion.click('Se connecter avec le compte du Département')
    formulaire = formulaire_de(page)
    assert navigateur.get(formulaire.action).status_int == 200      # the proxy's session has ended: back by a GET
    assert chemin(formulaire.submit(status=303)) == '/espace/demandes?q=pont&page=2'


@pytest.mark.parametrize('ailleurs', ['//mal.example', 'https://mal.example', '/\\mal.example'])
def test_l_adresse_voulue_ne_sort_jamais_du_site(par_mandataire, monde, ailleurs):
    navigateur = par_mandataire(monde.chef.courriel)
    page = navigateur.get('/connexion/sso', {'retour': ailleurs})
    assert 'mal.example' not in page.text
    assert chemin(navigateur.post('/connexion/sso', {'retour': ailleurs}, status=303)) == '/espace'


def test_le_texte_d_une_session_expiree_revient_apres_le_compte_du_departement(par_mandataire, monde, creer):
    demande = creer('en_cours')
    navigateur = par_mandataire(monde.referent.courriel)
    page = f'/espace/demandes/{demande.numero}'
    expiree = navigateur.post(f'{page}/journal', {'nature': 'note', 'texte': 'Un long texte.'}, status=401,
                              headers={'Referer': f'http://127.0.0.1:8080{page}'})
    assert expiree.html.select_one('a[target=_blank]')['href'] == '/connexion/sso'
    reponse = formulaire_de(expiree).submit(status=303)
    assert chemin(reponse) == page and 'Un long texte.' in reponse.follow().html.find('textarea').text


def test_une_session_deja_ouverte_ici_est_fermee_et_celle_d_un_autre_n_est_pas_reprise(par_mandataire, monde):
    navigateur = par_mandataire(monde.chef.courriel)
    formulaire_de(navigateur.get('/connexion/sso')).submit(status=303)
    assert chemin(navigateur.get('/connexion/sso?retour=/espace/aide', status=303)) == '/espace/aide'
    navigateur.extra_environ['HTTP_X_AGENT_COURRIEL'] = monde.autre.courriel
    formulaire_de(navigateur.get('/connexion/sso')).submit(status=303)
    assert [qui for qui, _, _ in sessions()] == [monde.autre.courriel]


# --- who is believed ---

def test_sans_le_reglage_l_adresse_n_existe_pas_et_rien_n_y_mene(par_mandataire, monde, monkeypatch):
    monkeypatch.setitem(models.SITE, 'entete_agent', '')
    navigateur = par_mandataire(monde.chef.courriel)
    navigateur.get('/connexion/sso', status=404)
    navigateur.post('/connexion/sso', status=404)
    assert '/connexion/sso' not in navigateur.get('/connexion').text


def test_avec_le_reglage_la_page_de_connexion_y_mene(par_mandataire):
    lien = par_mandataire().get('/connexion').html.find('a', string='Se connecter avec le compte du Département')
    assert lien['href'] == '/connexion/sso'


@pytest.mark.parametrize('environ', [
    {'REMOTE_ADDR': '10.0.0.2'}, {'REMOTE_ADDR': '127.0.0.1'},
    {'REMOTE_ADDR': '192.0.2.9', 'HTTP_X_FORWARDED_FOR': MANDATAIRE}, {'REMOTE_ADDR': '::ffff:10.0.0.1'}])
def test_l_entete_n_est_cru_que_du_mandataire(par_mandataire, monde, environ, caplog):
    caplog.set_level('INFO')
    navigateur = par_mandataire(monde.chef.courriel, **environ)
    for refus in (navigateur.get('/connexion/sso', status=400), navigateur.post('/connexion/sso', status='*')):
        assert refus.status_int in (400, 503) and monde.chef.courriel not in refus.text    # 503: a proxy not named
    assert sessions() == [] and 'SSO : la requête ne vient pas de PLATEFORME_PROXY' in caplog.text


def test_l_entete_n_est_lu_que_sur_cette_adresse(par_mandataire, monde):
    from test_acces import adresse, routes
    navigateur = par_mandataire(monde.admin.courriel)
    for rang, (methode, regle, qui) in enumerate(routes()):
        if regle in ('/connexion/sso', '/connexion/code'):
            continue
        navigateur.extra_environ['HTTP_X_FORWARDED_FOR'] = f'192.0.2.{rang // 100}'    # one address would have to wait
        reponse = navigateur.request(adresse(regle), method=methode, environ=navigateur.extra_environ, status='*')
        assert reponse.status_int == 401 if qui in ('agent', 'administrateur') else reponse.status_int < 500, regle
        assert 'Set-Cookie' not in reponse.headers, regle
    assert sessions() == []


def test_un_entete_ecrit_avec_un_souligne_n_est_pas_le_notre(ouverte):
    from serveur import brancher_prise, servie, tout_lire
    reglages = {'PLATEFORME_PROXY': '127.0.0.1', 'PLATEFORME_ENTETE_AGENT': ENTETE}
    with servie(ouverte, **reglages) as processus:
        for nom, attendu in ((ENTETE, b' 200 '), (ENTETE.replace('-', '_'), b' 400 ')):
            brut = (f'GET /connexion/sso HTTP/1.1\r\nHost: 127.0.0.1:{processus.port}\r\nConnection: close\r\n'
                    f'X-Forwarded-For: 192.0.2.7\r\n{nom}: camille.exemple@hgi.example\r\n\r\n')
            with brancher_prise(processus.port, brut.encode()) as prise:
                assert attendu in tout_lire(prise).split(b'\r\n')[0], nom


@pytest.mark.parametrize('site', ['cross-site', 'same-site'])
def test_un_autre_site_ne_peut_pas_ouvrir_la_session(par_mandataire, monde, site):
    navigateur = par_mandataire(monde.chef.courriel, HTTP_SEC_FETCH_SITE=site)
    refus = navigateur.post('/connexion/sso', status=403)
    assert 'Cet envoi vient d\'un autre site' in refus.html.text and sessions() == []


# --- what is refused ---

@pytest.mark.parametrize('annonce', [
    None, '', ' ', '(null)', 'camille', 'camille.exemple@hgi.example, autre@hgi.example',
    'camille.exemple@hgi.example,', 'camille.exemple@hgi.example camille.exemple@hgi.example',
    'Camille <camille.exemple@hgi.example>', 'camille.exemple@hgi.example\x00', 'camill\xc3\xa9@hgi.example',
    '=?utf-8?q?camille.exemple?=@hgi.example', 'mailto:camille.exemple@hgi.example', 'x' * 300 + '@hgi.example'])
def test_une_valeur_qui_n_est_pas_une_seule_adresse_est_refusee(par_mandataire, monde, annonce, caplog):
    caplog.set_level('INFO')
    navigateur = par_mandataire(annonce)
    for refus in (navigateur.get('/connexion/sso', status=400), navigateur.post('/connexion/sso', status=400)):
        assert 'ne nous a pas dit votre adresse de courriel, ou en a dit plusieurs' in refus.text
        assert re.search('Référence.*[0-9a-f]{8}', refus.text) and 'hgi.example' not in refus.text
    assert sessions() == [] and f'SSO : {ENTETE}' in caplog.text and 'hgi.example' not in caplog.text


@pytest.mark.parametrize('courriel', ['personne@hgi.example', 'alix.parti@hgi.example'])
def test_un_compte_inconnu_ou_ferme_lit_a_qui_le_demander_et_l_audit_le_dit(par_mandataire, inscrits, courriel, caplog):
    caplog.set_level('INFO')
    navigateur = par_mandataire(courriel)
    for refus in (navigateur.get('/connexion/sso?retour=/espace/aide', status=403),
                  navigateur.post('/connexion/sso', {'retour': '/espace/aide'}, status=403)):
        assert fautes(refus) == [
            f'Vous êtes reconnu par le Département, mais aucun compte de la Plateforme n\'est ouvert pour {courriel}. '
            'Demandez-le à l\'équipe de la Plateforme, qui ouvre les comptes.']
        formulaire = next(f for f in refus.forms.values() if 'mot_de_passe' in f.fields)
        assert formulaire['retour'].value == '/espace/aide'
    qui = inscrits.parti.courriel if courriel == inscrits.parti.courriel else None
    assert ('connexion refusée par SSO', qui, '') in faits()
    assert sessions() == [] and 'connexion refusée par SSO, ' in caplog.text and courriel not in caplog.text


# --- the second factor ---

@pytest.fixture
def protege(inscrits, entrer, heure):
    """The administrateur with a second factor: its secret."""
    secret, _, _ = activer(entrer(inscrits.admin))
    heure('2026-11-24T09:02:00Z')
    with models.ecriture():
        models.Session.delete().execute()
    return secret


@pytest.mark.parametrize('reglage', ['personne', 'administrateurs'])
def test_le_code_est_demande_apres_le_compte_du_departement_qui_ne_remplace_que_le_mot_de_passe(
        par_mandataire, inscrits, protege, reglage):
    regler(reglage)
    navigateur = par_mandataire(inscrits.admin.courriel)
    etape = formulaire_de(navigateur.get('/connexion/sso?retour=/espace/admin')).submit(status=200)
    assert etape.html.h1.text == 'Code de vérification' and sessions() == []
    formulaire = next(f for f in etape.forms.values() if f.action == '/connexion/code')
    assert chemin(seconde_etape(formulaire, code(protege))) == '/espace/admin'
    assert sessions() == [(inscrits.admin.courriel, 'sso', POSTE)]
    assert ('connexion', inscrits.admin.courriel, 'SSO') in faits()


def test_la_preuve_d_un_mot_de_passe_ouvre_une_session_de_mot_de_passe(par_mandataire, inscrits, protege):
    etape = se_connecter(par_mandataire(), inscrits.admin.courriel, status=200)
    seconde_etape(next(f for f in etape.forms.values() if f.action == '/connexion/code'), code(protege))
    assert sessions() == [(inscrits.admin.courriel, 'mot_de_passe', POSTE)]


def test_sauf_sso_le_code_n_est_plus_demande_par_le_compte_du_departement_mais_l_est_par_mot_de_passe(
        par_mandataire, inscrits, protege):
    regler('administrateurs_sauf_sso')
    navigateur = par_mandataire(inscrits.admin.courriel)
    assert chemin(formulaire_de(navigateur.get('/connexion/sso')).submit(status=303)) == '/espace'
    assert navigateur.get('/espace/admin').html.h1.text == 'Administration'
    assert se_connecter(par_mandataire(), inscrits.admin.courriel, status=200).html.h1.text == 'Code de vérification'


@pytest.mark.parametrize('reglage, mene', [
    ('personne', False), ('administrateurs', True), ('administrateurs_sauf_sso', False)])
def test_un_administrateur_sans_second_facteur_est_mene_a_l_activer_sauf_si_le_reglage_l_en_dispense(
        par_mandataire, inscrits, reglage, mene):
    regler(reglage)
    navigateur = par_mandataire(inscrits.admin.courriel)
    formulaire_de(navigateur.get('/connexion/sso')).submit(status=303)
    reponse = navigateur.get('/espace/admin')
    assert (reponse.status_int == 303 and chemin(reponse) == ACTIVER) if mene else reponse.status_int == 200
    par_mot_de_passe = se_connecter(par_mandataire(), inscrits.admin.courriel).follow()
    assert par_mot_de_passe.status_int == (200 if reglage == 'personne' else 303)


def test_qui_n_a_pas_de_mot_de_passe_lit_comment_en_choisir_un_pour_activer(par_mandataire, inscrits):
    with models.ecriture():
        models.Agent.update(mot_de_passe=None).where(models.Agent.id == inscrits.admin.id).execute()
    navigateur = par_mandataire(inscrits.admin.courriel)
    formulaire_de(navigateur.get('/connexion/sso')).submit(status=303)
    assert 'choisissez-en un avec' in navigateur.get(ACTIVER).html.select_one('#ancien_mot_de_passe-aide').text
    navigateur.post(ACTIVER, {'premiere_verification': '123456', 'ancien_mot_de_passe': PHRASE}, status=422)


def test_sauf_sso_le_second_facteur_d_un_administrateur_ne_se_desactive_pas_pour_autant(
        par_mandataire, inscrits, protege):
    regler('administrateurs_sauf_sso')
    navigateur = par_mandataire(inscrits.admin.courriel)
    formulaire_de(navigateur.get('/connexion/sso')).submit(status=303)
    assert not navigateur.get('/espace/compte/second-facteur').html.select('button[value=desactiver]')
    navigateur.post('/espace/compte/second-facteur', {
        'geste': 'desactiver', 'verification': code(protege), 'ancien_mot_de_passe': PHRASE}, status=403)


def test_le_reglage_sauf_sso_s_enregistre_a_l_ecran(inscrits, entrer):
    navigateur = entrer(inscrits.chef)
    with models.ecriture():
        models.Agent.update(administrateur=True).where(models.Agent.id == inscrits.chef.id).execute()
    activer(navigateur)
    page = navigateur.get('/espace/admin/reglages')
    formulaire = next(f for f in page.forms.values() if f.action == '/espace/admin/reglages')
    formulaire['second_facteur_exige'] = 'administrateurs_sauf_sso'
    formulaire.submit(status=303)
    assert '(SSO)' in navigateur.get('/espace/admin/reglages').html.select_one(
        '#second_facteur_exige option[selected]').text


# --- the session afterwards ---

def test_la_deconnexion_dit_que_la_session_du_departement_reste_ouverte(par_mandataire, inscrits):
    navigateur = par_mandataire(inscrits.chef.courriel)
    formulaire_de(navigateur.get('/connexion/sso')).submit(status=303)
    suite = navigateur.post('/deconnexion', status=303)
    assert 'La session du Département reste ouverte' in suite.follow().html.select_one('.annonce').text
    assert sessions() == []
    se_connecter(navigateur, inscrits.chef.courriel)
    suite = navigateur.post('/deconnexion', status=303)
    assert suite.follow().html.select_one('.annonce').text.strip() == 'Vous êtes déconnecté.'


def test_un_nouveau_mot_de_passe_ne_change_pas_l_origine_de_la_session(par_mandataire, inscrits):
    navigateur = par_mandataire(inscrits.chef.courriel)
    formulaire_de(navigateur.get('/connexion/sso')).submit(status=303)
    nouveau = {'mot_de_passe': AUTRE_PHRASE, 'confirmer_mot_de_passe': AUTRE_PHRASE}
    navigateur.post('/espace/compte/mot-de-passe', {'ancien_mot_de_passe': PHRASE, **nouveau}, status=303)
    assert sessions() == [(inscrits.chef.courriel, 'sso', POSTE)]


def test_un_compte_ferme_depuis_n_a_plus_de_session(par_mandataire, inscrits):
    navigateur = par_mandataire(inscrits.chef.courriel)
    formulaire_de(navigateur.get('/connexion/sso')).submit(status=303)
    with models.ecriture():
        models.Agent.update(actif=False).where(models.Agent.id == inscrits.chef.id).execute()
    navigateur.get('/espace', status=401)
    navigateur.get('/connexion/sso', status=403)


def test_entrer_par_le_compte_du_departement_d_un_reseau_connu_n_envoie_aucun_courriel(par_mandataire, inscrits):
    with models.ecriture():
        comptes.connaitre_reseau(inscrits.chef, '192.0.2.7')
    formulaire_de(par_mandataire(inscrits.chef.courriel).get('/connexion/sso')).submit(status=303)
    assert courriels() == []


# --- the setting ---

@pytest.mark.parametrize('nom, dit', [
    ('X_Agent', 'un entête écrit ainsi est écarté'), ('X-Agent:', 'des lettres, des chiffres'),
    ('X Agent', 'des lettres, des chiffres'), ('X-Agént', 'des lettres, des chiffres'),
    ('-X', 'des lettres, des chiffres'), ('X\n', 'des lettres, des chiffres'),
    *((nom, f'ne peut pas être {nom}') for nom in (
        'Host', 'COOKIE', 'Authorization', 'Content-Type', 'Content-Length', 'X-Forwarded-For', 'X-Forwarded-User',
        'Forwarded', 'Referer', 'Origin', 'Accept', 'Accept-Language', 'Sec-Fetch-Site', 'User-Agent', 'From',
        'X-Real-IP', 'Connection', 'Transfer-Encoding'))])
def test_un_nom_d_entete_qui_sert_deja_ou_mal_ecrit_est_refuse(nom, dit):
    with pytest.raises(Refus, match=dit):
        Configuration({'PLATEFORME_ENTETE_AGENT': nom, 'PLATEFORME_PROXY': '127.0.0.1'})


def test_l_entete_demande_un_mandataire():
    with pytest.raises(Refus, match='PLATEFORME_ENTETE_AGENT demande PLATEFORME_PROXY'):
        Configuration({'PLATEFORME_ENTETE_AGENT': ENTETE})
    for nom in (ENTETE, 'Remote-User', 'X-Auth-Request-Email'):
        assert Configuration({'PLATEFORME_ENTETE_AGENT': nom, 'PLATEFORME_PROXY': '::1'}).entete_agent == nom
