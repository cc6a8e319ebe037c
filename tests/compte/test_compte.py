"""Accounts: passwords, sign-in, one-time links, my account (regles.md §7, §15)."""
import logging
import re

import pytest
from conftest import (
    AUTRE_PHRASE, PHRASE, changer_ligne, chemin, courriels, dernier_courriel, dits_maintenant, en_ecriture, faits,
    fautes, fixer_tous, le_formulaire, lettres_du_modele, limiter, poster, relire_agent, se_connecter)
from test_second_facteur import sessions

import models
from verbes import comptes
from views import limites

SCRYPT_LENT = comptes.hacher.__defaults__
pytestmark = pytest.mark.usefixtures('hachage_rapide')


def lien(agent, usage='invitation'):
    with models.ecriture():
        return f'/invitation/{comptes.nouveau_lien(agent, usage)}'


def choisir(site, adresse, mot_de_passe=PHRASE, confirmation=None, status=303):
    confirmation = mot_de_passe if confirmation is None else confirmation
    return site.post(adresse, {'mot_de_passe': mot_de_passe, 'confirmer_mot_de_passe': confirmation}, status=status)


def changer(navigateur, ancien=PHRASE, nouveau=AUTRE_PHRASE, confirmation=AUTRE_PHRASE, status=303):
    return navigateur.post('/espace/compte/mot-de-passe', {
        'ancien_mot_de_passe': ancien, 'mot_de_passe': nouveau, 'confirmer_mot_de_passe': confirmation}, status=status)


def test_un_mot_de_passe_se_verifie_et_son_empreinte_factice_coute_autant_qu_une_vraie(monkeypatch):
    une, deux = comptes.hacher(PHRASE), comptes.hacher(PHRASE)
    assert une != deux
    for essai, hache, juste in ((PHRASE, une, True), (PHRASE + ' ', une, False), ('', None, False),
                                (PHRASE, None, False), ('trois ve\u0301los', comptes.hacher('trois v\u00e9los'), True)):
        assert comptes.verifier_mot_de_passe(essai, hache) is juste, (essai, hache)
    monkeypatch.undo()
    assert (comptes._HACHE_FACTICE.split('$')[:4] == ['scrypt', *(str(n) for n in SCRYPT_LENT[1:4])]
            == comptes.hacher(PHRASE).split('$')[:4])


def test_se_deconnecter_ferme_la_session_et_se_connecter_celle_d_avant_mene_a_la_page_voulue(inscrits, entrer, site):
    navigateur = entrer(inscrits.chef)
    for adresse in ('/connexion', '/deconnexion', '/espace/compte/delegation', '/espace/compte/mot-de-passe'):
        navigateur.post(adresse, {'courriel': inscrits.autre.courriel, 'mot_de_passe': PHRASE},
                        headers={'Sec-Fetch-Site': 'cross-site'}, status=403)
    assert sessions() == sessions(inscrits.chef) == 1
    reponse = navigateur.post('/deconnexion', status=303)
    assert chemin(reponse) == '/connexion?fait=deconnecte'
    assert 'Vous êtes déconnecté.' in reponse.follow().text
    assert not navigateur.cookies.get('session') and sessions(inscrits.chef) == 0
    navigateur = entrer(inscrits.referent)
    ancienne = navigateur.cookies['session']
    se_connecter(navigateur, inscrits.chef.courriel)
    assert navigateur.cookies['session'] != ancienne
    assert sessions(inscrits.referent) == 0 and sessions(inscrits.chef) == 1
    assert chemin(entrer(inscrits.chef).get('/connexion', status=303)) == '/espace'
    formulaire = site.get('/espace/compte?x=1', status=401).forms[0]
    formulaire['courriel'], formulaire['mot_de_passe'] = inscrits.chef.courriel, PHRASE
    assert chemin(formulaire.submit(status=303)) == '/espace/compte?x=1'
    reponse = se_connecter(site, ' Camille.Exemple@hgi.example ')
    assert chemin(reponse) == '/espace'
    assert ({'httponly', 'samesite=lax', 'path=/'}
            <= {a.strip().lower() for a in reponse.headers['Set-Cookie'].split(';')})
    assert site.get('/espace/compte').html.select_one('h1').text == 'Mon compte'
    assert ('connexion', inscrits.chef.courriel, '') in faits()


def test_un_echec_repond_la_meme_chose_et_fait_le_meme_travail_meme_d_un_compte_ferme_pendant_qu_on_verifie(
        inscrits, site, monkeypatch):
    verifies, vraie = [], comptes.verifier_mot_de_passe

    def compter(mot_de_passe, hache, connu):
        verifies.append(mot_de_passe)
        return vraie(mot_de_passe, hache, connu)
    monkeypatch.setattr(comptes, 'verifier_mot_de_passe', compter)
    for n, courriel in enumerate((                                  # unknown, closed, without password, a wrong one
            'personne@nulle-part.example', inscrits.parti.courriel, inscrits.cochef.courriel, inscrits.chef.courriel)):
        verifies.clear()
        essai = PHRASE if courriel == inscrits.parti.courriel else 'ce n\'est pas celui-là'
        reponse = se_connecter(site, courriel, essai, status=401)
        assert verifies == [essai], courriel
        temoin = se_connecter(site, f'autre.inconnu{n}@nulle-part.example', essai, status=401)
        assert reponse.text.replace(courriel, '') == temoin.text.replace(f'autre.inconnu{n}@nulle-part.example', '')
        [phrase] = fautes(reponse)
        assert phrase.startswith('Courriel ou mot de passe incorrect. '), courriel
    for agent, changement in ((inscrits.chef, {'actif': False}), (inscrits.referent, {'mot_de_passe': None})):
        monkeypatch.setattr(comptes, 'verifier_mot_de_passe',
                            lambda *_, a=agent, c=changement: changer_ligne(a, **c) or True)
        se_connecter(site, agent.courriel, status=401)
        assert faits()[-1] == ('connexion refusée', agent.courriel, ''), changement
    assert sessions() == 0 and 'session' not in site.cookies


def test_un_echec_est_note_sans_l_adresse_ni_le_mot_de_passe_n_est_jamais_redonne(inscrits, site, caplog, entrer):
    caplog.set_level(logging.INFO)
    se_connecter(site, 'jean.secret@nulle-part.example', 'mot de passe tapé', status=401)
    assert faits() == [('connexion refusée', None, '')]
    assert 'secret' not in caplog.text and 'tapé' not in caplog.text
    secret = 'zébulon-mandoline-47'
    for reponse in (
            se_connecter(site, inscrits.chef.courriel, secret, status=401),
            se_connecter(site, 'pas une adresse', secret, status=422),
            entrer(inscrits.chef).post('/espace/compte/mot-de-passe', {
                'ancien_mot_de_passe': secret, 'mot_de_passe': secret + 'a',
                'confirmer_mot_de_passe': secret + 'b'}, status=422)):
        assert secret not in reponse.text
        assert not [c for c in reponse.html.select('input[type=password]') if c.get('value') or c.get('onpaste')]
    for saisie in [
        {}, {'courriel': 'camille.exemple@hgi.example'}, {'mot_de_passe': PHRASE},
        {'courriel': 'a@b.fr, c@d.fr', 'mot_de_passe': PHRASE},
        {'courriel': 'camille.exemple@hgi.example', 'mot_de_passe': 'x' * 5000},
        {'courriel': 'é' * 300 + '@hgi.example', 'mot_de_passe': PHRASE}]:
        assert fautes(site.post('/connexion', saisie, status=422)), saisie


def test_apres_des_echecs_il_faut_attendre_meme_pour_un_compte_inconnu_ce_qu_une_reussite_efface(
        inscrits, site, plus_tard, naviguer):
    def rater(courriel, fois):
        for _ in range(fois):
            se_connecter(site, courriel, 'raté', status=401)
    for courriel in ['camille.exemple@hgi.example', 'personne@nulle-part.example']:
        rater(courriel, 3)
        reponse = se_connecter(site, courriel, PHRASE, status=429,
                               **{'garde:message': 'Mon texte', 'retour': '/espace/compte'})
        assert 1 <= int(reponse.headers['Retry-After']) <= 3
        assert re.search(r'recommencez dans \d secondes?\.$', fautes(reponse)[0].replace('\xa0', ' '))
        assert (reponse.forms[0]['garde:message'].value == 'Mon texte'
                and reponse.forms[0]['retour'].value == '/espace/compte')
        plus_tard(4)
        se_connecter(site, courriel, PHRASE, status=303 if courriel.startswith('camille') else 401)
    site = naviguer()
    rater(inscrits.chef.courriel, 2)
    se_connecter(site, inscrits.chef.courriel)
    rater(inscrits.chef.courriel, 3)
    choisir(site, lien(inscrits.chef, 'mot_de_passe'), AUTRE_PHRASE)
    se_connecter(site, inscrits.chef.courriel, AUTRE_PHRASE)


def test_l_attente_double_jusqu_au_maximum_du_reglage_et_vaut_bien_plus_tard_pour_l_adresse_du_poste(
        inscrits, site, plus_tard, depuis, monkeypatch):
    limiter(attente_connexion=1)
    attentes = []
    for _ in range(18):
        reponse = se_connecter(site, 'personne@nulle-part.example', 'raté', status='*')
        if reponse.status_int == 429:
            attentes.append(int(reponse.headers['Retry-After']))
            plus_tard(attentes[-1] + 1)
    assert attentes == pytest.approx([2, 4, 8, 16, 32, 60, 60, 60], abs=1)
    """Colleagues share one address: three who mistype must not lock the others out."""
    un, autre = depuis('10.0.0.8'), depuis('10.0.0.9')
    monkeypatch.setattr(comptes, 'verifier_mot_de_passe', lambda mot_de_passe, hache, connu: mot_de_passe == PHRASE)
    for n in range(29):
        se_connecter(un, f'personne{n}@nulle-part.example', 'raté', status=401)
    assert limites.attente_apres_echecs('echecs_adresse', '10.0.0.8', 15, 30) == 0
    se_connecter(un, 'personne29@nulle-part.example', 'raté', status=401)
    se_connecter(un, inscrits.chef.courriel, status=429)
    assert sessions() == 0
    se_connecter(autre, inscrits.chef.courriel)


def test_le_retour_reste_sur_le_site_et_les_comptes_d_essai_ne_s_ouvrent_qu_ici(inscrits, site, monkeypatch):
    for retour, arrivee in [
        ('/espace/demandes?statut=en_cours&tri=numero', '/espace/demandes?statut=en_cours&tri=numero'), ('', '/espace'),
        ('//mechant.example', '/espace'), ('/\\mechant.example', '/espace'), ('https://mechant.example/', '/espace'),
        ('javascript:alert(1)', '/espace'), ('/a b', '/espace'), ('/.//mechant.example', '/espace'),
        ('/%2f/mechant.example', '/espace'), ('/%2Fmechant.example', '/espace'), ('/..//mechant.example', '/espace'),
        ('/espace/%5cmechant.example', '/espace'), ('/%2e%2e/mechant', '/espace'), ('/espace/./x', '/espace'),
        ('/espace/demandes?q=a//b&r=%2F..', '/espace/demandes?q=a//b&r=%2F..')]:
        formulaire = site.get('/connexion', {'retour': retour}).forms[0]
        assert formulaire['retour'].value in (retour, '')
        formulaire['courriel'], formulaire['mot_de_passe'] = inscrits.chef.courriel, PHRASE
        assert chemin(formulaire.submit(status=303)) == arrivee, retour
        site.reset()
        assert chemin(se_connecter(site, inscrits.chef.courriel, retour=retour)) == arrivee, retour
        site.reset()
    for url, status in [
        ('http://127.0.0.1:8080', 303), ('http://localhost:8080', 303), ('http://[::1]:8080', 303),
        ('https://essai.exemple.fr', 403), ('https://localhost.exemple.fr', 403),
        ('https://127.0.0.1.exemple.fr', 403)]:
        fixer_tous(demonstration='oui')
        monkeypatch.setitem(models.SITE, 'url', url)
        reponse = se_connecter(site, inscrits.chef.courriel, status=status)
        assert reponse.headers.get('Set-Cookie', '').startswith('session=') == (status == 303), url
        if status == 403:
            assert 'ne s\'ouvrent pas depuis cette adresse' in fautes(reponse)[0]


def test_apres_une_session_expiree_le_formulaire_revient_rempli_puis_est_oublie(inscrits, site, entrer):
    saisie = {'fonction': 'Juriste « senior »\nligne deux ' + 'é' * 20_000, 'telephone': '05 36',
              'mot_de_passe': 'jamais gardé'}
    page = coordonner(site, saisie, 401, lu_par=entrer(inscrits.chef))
    assert 'Votre session a expiré' in page.text and 'jamais gardé' not in page.text
    formulaire = page.forms[0]
    formulaire['courriel'], formulaire['mot_de_passe'] = inscrits.chef.courriel, 'raté'
    formulaire = formulaire.submit(status=401).forms[0]
    formulaire['mot_de_passe'] = PHRASE
    reponse = formulaire.submit(status=303)
    assert chemin(reponse) == '/espace/compte'
    revenue = site.get('/espace/compte')
    assert 'Votre saisie est revenue' in revenue.text
    assert (revenue.html.select_one('#fonction')['value'] == saisie['fonction']
            and revenue.html.select_one('#telephone')['value'] == '05 36')
    coordonner(site, {'fonction': 'Juriste', 'telephone': ''})
    apres = site.get('/espace/compte')
    assert 'Votre saisie est revenue' not in apres.text and apres.html.select_one('#fonction')['value'] == 'Juriste'


def test_mot_de_passe_oublie_envoie_un_lien_qui_marche_et_qu_aucune_trace_ne_dit(inscrits, site, caplog):
    dit = ' '.join(site.get('/connexion').html.select_one('aside').text.split())
    assert 'Pas de lien, ou un lien périmé' in dit and '« Mot de passe oublié » vous en envoie un' in dit
    caplog.set_level(logging.INFO)
    reponse = site.post('/mot-de-passe', {'courriel': inscrits.cochef.courriel}, status=303)
    lettre = dernier_courriel('mot_de_passe')
    assert courriels() == [('mot_de_passe', inscrits.cochef.courriel)] and lettre.secret
    adresse = re.search(r'http://127\.0\.0\.1:8080(/invitation/\S{43})\s', lettre.corps)[1]
    page = reponse.follow().text
    assert adresse not in page
    for courriel in ('personne@nulle-part.example', inscrits.parti.courriel):       # unknown, closed: said the same
        inconnu = site.post('/mot-de-passe', {'courriel': courriel}, status=303)
        assert chemin(inconnu) == chemin(reponse) and inconnu.follow().text == page, courriel
    assert len(courriels()) == 1 and [f for f, *_ in faits()] == ['mot de passe oublié'] * 3
    assert chemin(choisir(site, adresse)) == '/connexion?fait=mot_de_passe'
    se_connecter(site, inscrits.cochef.courriel)
    traces = caplog.text + repr(faits())
    assert not [s for s in (adresse[len('/invitation/'):], site.cookies['session'], PHRASE) if s in traces]
    assert 'connexion de l\'agent' in caplog.text


def test_un_lien_par_heure_et_par_compte_et_dix_par_adresse_puis_429(inscrits, site, depuis, plus_tard):
    reponse = site.post('/mot-de-passe', {'courriel': 'camille'}, status=422)
    assert fautes(reponse) and reponse.forms[0]['courriel'].value == 'camille'
    for n in range(10):
        site.post('/mot-de-passe', {'courriel': f'personne{n}@nulle-part.example'}, status=303)
    reponse = site.post('/mot-de-passe', {'courriel': inscrits.chef.courriel}, status=429)
    assert int(reponse.headers['Retry-After']) > 3500 and 'recommencez dans 60' in fautes(reponse)[0]
    assert reponse.forms[0]['courriel'].value == inscrits.chef.courriel
    assert courriels() == []
    assert len({chemin(depuis(f'10.0.0.{n}').post('/mot-de-passe', {'courriel': inscrits.chef.courriel}, status=303))
                for n in range(5)}) == len(courriels()) == 1
    plus_tard(3601)
    site.post('/mot-de-passe', {'courriel': inscrits.chef.courriel}, status=303)
    liens = {re.search(r'/invitation/\S+', lettre.corps)[0] for lettre in lettres_du_modele('mot_de_passe')}
    assert len(liens) == 2 and [site.get(lien, status=200) for lien in liens]


def test_un_lien_ne_sert_qu_une_fois_et_l_ouvrir_ou_etre_refuse_ne_l_use_pas(inscrits, site, entrer):
    ailleurs = entrer(inscrits.chef)
    adresse, autre = lien(inscrits.chef), lien(inscrits.chef, 'mot_de_passe')
    choisir(site, adresse, AUTRE_PHRASE)
    for use in (adresse, autre):
        assert 'Mot de passe oublié' in choisir(site, use, PHRASE, status=404).text
        assert site.get(use, status=404).html.select_one('main a.bouton')['href'] == '/mot-de-passe'
    ailleurs.get('/espace/compte', status=401)
    se_connecter(site, inscrits.chef.courriel, PHRASE, status=401)
    se_connecter(site, inscrits.chef.courriel, AUTRE_PHRASE)
    adresse = lien(inscrits.cochef)
    assert 'différents' in fautes(choisir(site, adresse, PHRASE, PHRASE + '!', status=422))[0]
    assert '14 caractères' in fautes(choisir(site, adresse, 'court', status=422))[0]
    assert len(fautes(choisir(site, adresse, '', status=422))) == 2
    assert fautes(choisir(site, adresse, 'z' * 100_000, status=422))
    assert relire_agent(inscrits.cochef).mot_de_passe is None
    choisir(site, adresse)
    adresse = lien(inscrits.cochef)
    for _ in range(3):
        page = site.get(adresse)
    assert page.html.select_one('meta[name=robots]')['content'] == 'noindex'
    assert page.headers['Referrer-Policy'] == 'same-origin' and page.headers['Cache-Control'] == 'no-store'
    assert [c.get('autocomplete') for c in page.html.select('main input')] == [
        'username', 'new-password', 'new-password']
    choisir(site, adresse)


def test_un_premier_mot_de_passe_connecte_un_autre_non_et_ferme_la_session_d_un_autre_nom(inscrits, entrer, site):
    navigateur = entrer(inscrits.admin)
    reponse = choisir(navigateur, lien(inscrits.cochef, 'mot_de_passe'))
    assert reponse.follow().forms[0]['courriel'].value == '' and sessions(inscrits.admin) == 0
    navigateur.get('/espace/compte', status=401)
    navigateur = entrer(inscrits.admin)
    changer_ligne(inscrits.cochef, mot_de_passe=None, ouvert_le=None)
    assert chemin(choisir(navigateur, lien(inscrits.cochef))) == '/espace'
    assert (sessions(inscrits.admin), sessions(inscrits.cochef)) == (0, 1)
    assert inscrits.cochef.nom_complet in navigateur.get('/espace').html.header.text
    for usage, avant in [('mot_de_passe', {'mot_de_passe': None}), ('invitation', {}),
                                              ('invitation', {'mot_de_passe': None, 'second_facteur': 'A'})]:
        if avant:
            changer_ligne(inscrits.chef, **avant)
        assert chemin(choisir(site, lien(inscrits.chef, usage))) == '/connexion?fait=mot_de_passe'
        assert sessions(inscrits.chef) == 0


def test_un_lien_expire_malforme_d_un_compte_ferme_ou_utilise_pendant_la_saisie_ne_sert_pas(
        inscrits, site, monkeypatch, heure):
    adresse, vrai = lien(inscrits.chef), comptes.hacher

    def hacher_pendant_qu_un_autre_envoie(mot_de_passe):
        en_ecriture(comptes.poser_mot_de_passe, adresse.rsplit('/', 1)[1], vrai(AUTRE_PHRASE))
        return vrai(mot_de_passe)
    monkeypatch.setattr(comptes, 'hacher', hacher_pendant_qu_un_autre_envoie)
    assert choisir(site, adresse, PHRASE, status=404).html.select_one('main a.bouton')['href'] == '/mot-de-passe'
    monkeypatch.setattr(comptes, 'hacher', vrai)
    se_connecter(site, inscrits.chef.courriel, AUTRE_PHRASE)
    def refuse(adresse):
        for reponse in (site.get(adresse, status=404), choisir(site, adresse, status=404)):
            assert reponse.html.select_one('main a.bouton')['href'] == '/mot-de-passe'
    for jeton in ['x', '%C3%A9' * 30, '%00', '%0d%0a', "'%20OR%201=1--", 'a' * 5000, '..', '%F0%9F%9A%B2']:
        refuse(f'/invitation/{jeton}')
    refuse(lien(inscrits.parti))
    for usage, instant in [('mot_de_passe', '2026-11-24T11:00:01Z'), ('invitation', '2026-12-08T11:00:02Z')]:
        adresse = lien(inscrits.cochef, usage)
        site.get(adresse)
        heure(instant)
        refuse(adresse)


COORDONNEES = {'fonction': 'Juriste', 'telephone_public': '+33 5 36 49 00 99', 'telephone': '05.36.49.00.98',
               'avis_journal': 'jamais', 'repos': 'mercredi'}


def coordonner(navigateur, valeurs, status=303, **autres):
    return poster(navigateur, '/espace/compte/coordonnees', valeurs, '/espace/compte', status, **autres)


def test_mes_coordonnees_sont_enregistrees_ou_refusees_et_ma_carte_dit_ce_que_la_mairie_voit(inscrits, entrer):
    for champ, valeur in [
        ('telephone', '12 34'), ('telephone_public', '0' * 5000), ('fonction', 'x' * 201), ('fonction', 'a\nb'),
        ('avis_journal', 'toujours'), ('avis_journal', ''), ('repos', 'dimanche')]:
        reponse = coordonner(entrer(inscrits.chef), COORDONNEES | {champ: valeur}, 422)
        assert len(fautes(reponse)) == 1 and reponse.html.select_one(f'#erreurs a[href="#{champ}"]')
        assert reponse.html.select_one('#fonction')['value'] == (valeur if champ == 'fonction' else 'Juriste')
        assert relire_agent(inscrits.chef) == inscrits.chef and relire_agent(inscrits.chef).fonction == ''
    for brut in (b'fonction=%ff', b'fonction=%00'):
        entrer(inscrits.chef).post('/espace/compte/coordonnees', brut, status=400)
    navigateur = entrer(inscrits.chef)
    coordonner(navigateur, COORDONNEES | {'telephone_public': ''})
    vu = ' '.join(navigateur.get('/espace/compte').html.select_one('.interlocuteur').text.split())
    assert '05 36 49 00 20 (votre direction)' in vu and 'Camille Exemple, Juriste' in vu
    page = coordonner(navigateur, COORDONNEES).follow()
    moi = relire_agent(inscrits.chef)
    assert (moi.fonction, moi.telephone_public, moi.telephone, moi.avis_journal, moi.repos) == (
        'Juriste', '0536490099', '0536490098', 'jamais', 'mercredi') and 'Enregistré.' in page.text
    assert page.html.select_one('[name=avis_journal][checked]')['value'] == 'jamais'
    assert page.html.select_one('#telephone')['value'] == '05\xa036\xa049\xa000\xa098'


def test_ce_qu_un_administrateur_change_pendant_qu_on_l_ecrit_se_lit_avant_un_compte_s_ouvre_a_son_premier_mot_de_passe(
        inscrits, entrer, heure):
    moi, admin = entrer(inscrits.chef), entrer(inscrits.admin)
    form = le_formulaire(moi.get('/espace/compte'), '/espace/compte/coordonnees')
    poster(admin, f'/espace/admin/comptes/{inscrits.chef.id}', {'fonction': 'Directrice'})
    form['territoire'] = 'Comminges'
    page = form.submit(status=409)
    assert dits_maintenant(page) == {'Fonction': 'Directrice'} and 'Changé par Maxime Exemple' in page.html.text
    assert (relire_agent(inscrits.chef).fonction, relire_agent(inscrits.chef).territoire) == ('Directrice', '')
    le_formulaire(page, '/espace/compte/coordonnees').submit(status=303)
    assert (relire_agent(inscrits.chef).fonction, relire_agent(inscrits.chef).territoire) == ('Directrice', 'Comminges')
    en_ecriture(models.Agent.update(ouvert_le=None).execute)
    heure('2026-11-25T09:00:00Z')
    en_ecriture(comptes.changer_mot_de_passe, inscrits.chef, 'scrypt$x')
    en_ecriture(comptes.connecter, inscrits.autre, origine='sso', adresse='192.0.2.7')
    heure('2026-11-26T09:00:00Z')
    en_ecriture(comptes.changer_mot_de_passe, inscrits.chef, 'scrypt$y')
    en_ecriture(comptes.connecter, inscrits.autre)
    assert relire_agent(inscrits.chef).ouvert_le == relire_agent(inscrits.autre).ouvert_le == '2026-11-25T09:00:00Z'
    assert relire_agent(inscrits.admin).ouvert_le is None


def test_changer_de_mot_de_passe_ferme_les_autres_sessions_garde_celle_ci_et_deviner_l_ancien_fait_attendre(
        inscrits, entrer, site, plus_tard):
    ici, ailleurs = entrer(inscrits.chef), entrer(inscrits.chef)
    for n in range(3):
        changer(ici, f'essai {n}', status=422)
    assert int(changer(ici, status=429).headers['Retry-After']) >= 1
    plus_tard(4)
    ancienne = ici.cookies['session']
    changer(ici)
    assert ici.cookies['session'] != ancienne and 'Mon compte' in ici.get('/espace/compte').text
    ailleurs.get('/espace/compte', status=401)
    assert sessions(inscrits.chef) == 1
    se_connecter(site, inscrits.chef.courriel, PHRASE, status=401)
    se_connecter(site, inscrits.chef.courriel, AUTRE_PHRASE)


def test_mon_compte_a_deux_pages_ce_qui_en_etait_d_autres_y_mene_et_un_lecteur_n_y_lit_que_le_sien(
        inscrits, lecteur, entrer):
    for agent in (inscrits.admin, inscrits.chef, inscrits.referent, lecteur):
        navigateur = entrer(agent)
        for nom, adresse in (('Mon compte', '/espace/compte'), ('Sécurité', '/espace/compte/securite')):
            page = navigateur.get(adresse)
            assert [a.text for a in page.html.select('.onglets a')] == ['Mon compte', 'Sécurité']
            assert page.html.select_one('.onglets [aria-current=page]').text == page.html.h1.text == nom
        for avant in ('acces', 'mot-de-passe', 'second-facteur', 'sessions'):
            ou, _, ancre = chemin(navigateur.get(f'/espace/compte/{avant}', status=301)).partition('#')
            assert ou == adresse and page.html.find(id=ancre).name == 'h2'
    assert not entrer(lecteur).get('/espace/compte').html.select('main form')
    for adresse in ('/espace/compte/absences', f'/espace/compte?pour={inscrits.chef.id}'):
        entrer(lecteur).get(adresse, status=403)
    navigateur = entrer(inscrits.admin)
    for suite in ('', f'?pour={inscrits.chef.id}'):
        ou = chemin(navigateur.get(f'/espace/compte/absences{suite}', status=301))
        assert ou == f'/espace/compte{suite}#titre-absences'
        assert navigateur.get(ou.partition('#')[0]).html.select_one('#titre-absences')
    page = navigateur.get(ou.partition('#')[0]).html
    assert page.h1.text == 'Absences de Camille Exemple' and not page.select('#titre-coordonnees')


def test_un_formulaire_de_securite_refuse_nomme_son_champ_et_ne_montre_pas_le_journal(inscrits, entrer):
    en_ecriture(comptes.activer_second_facteur, inscrits.chef, 'A' * 32, 1)
    navigateur = entrer(inscrits.chef)
    for formulaire, geste, ancre in (('mot-de-passe', '', '#ancien_mot_de_passe'),
                                     ('second-facteur', 'codes', '#facteur-ancien_mot_de_passe')):
        page = navigateur.post(f'/espace/compte/{formulaire}', {'geste': geste}, status=422).html
        lien = page.select_one('#erreurs a')
        assert lien['href'] == ancre and page.select_one(ancre)['aria-invalid'] == 'true'
        assert len(page.select('[aria-invalid]')) == len(page.select('#erreurs a'))
        assert page.title.text.startswith('Erreur') and not page.select('#titre-acces, table.audit')
        assert page.select_one(ancre).find_parent('form')['action'] == f'/espace/compte/{formulaire}'


def test_un_changement_refuse_ou_fait_ailleurs_entre_temps_ne_change_rien(inscrits, entrer, monkeypatch):
    navigateur, avant = entrer(inscrits.chef), relire_agent(inscrits.chef).mot_de_passe
    for ancien, nouveau, confirmation, champ in [
            ('faux', AUTRE_PHRASE, AUTRE_PHRASE, 'ancien_mot_de_passe'),
            ('', AUTRE_PHRASE, AUTRE_PHRASE, 'ancien_mot_de_passe'),
            (PHRASE, 'court', 'court', 'mot_de_passe'), (PHRASE, AUTRE_PHRASE, PHRASE, 'confirmer_mot_de_passe')]:
        reponse = changer(navigateur, ancien, nouveau, confirmation, status=422)
        assert [a['href'] for a in reponse.html.select('#erreurs a')] == [f'#{champ}']
        assert relire_agent(inscrits.chef).mot_de_passe == avant
        navigateur.get('/espace/compte')
    navigateur, vrai = entrer(inscrits.chef), comptes.hacher

    def pendant_qu_un_lien_sert(mot_de_passe, *reglages):
        if not reglages:                                            # the new one: the old one is checked already
            en_ecriture(comptes.changer_mot_de_passe, inscrits.chef, 'scrypt$autre')
        return vrai(mot_de_passe, *reglages)
    monkeypatch.setattr(comptes, 'hacher', pendant_qu_un_lien_sert)
    assert 'changé ailleurs' in changer(navigateur, status=409).text
    assert relire_agent(inscrits.chef).mot_de_passe == 'scrypt$autre' and sessions(inscrits.chef) == 0
