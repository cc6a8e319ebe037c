"""The second factor: RFC 6238, activation, sign-in in two steps, recovery codes, the setting, what is never seen."""
import base64
import logging
import re
from datetime import timedelta
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from conftest import (
    AUTRE_PHRASE, PHRASE, changer_ligne, chemin, courriels, creer_ligne, en_ecriture, en_meme_temps, faits, fautes,
    fixer_tous, poster, relire_agent, se_connecter)
from test_acces import adresse as adresse_de, routes
from test_commandes import lancer, une_phrase

import models
import langue
from verbes import comptes
from views import limites

ACTIVER, GERER = '/espace/compte/second-facteur/activer', '/espace/compte/second-facteur'
SECURITE = '/espace/compte/securite'


@pytest.fixture
def avancer(heure):
    """The clock of the phone and of the server: avancer(30) is the next code."""
    def de(secondes):
        instant = langue.en_utc(langue.horloge() + timedelta(seconds=secondes))
        heure(instant)
    return de


def code(secret, decalage=0):
    """What the phone shows, `decalage` steps from now."""
    return comptes.code_du_pas(secret, int(langue.horloge().timestamp()) // 30 + decalage)


def secret_de(page):
    return page.html.select_one('.cle').text.replace(' ', '').strip()


def codes_de(page):
    return [''.join(li.text.split()) for li in page.html.select('.codes li')]


def activer(navigateur, status=200, **champs):
    """Activate as a person does: (secret, the ten recovery codes, the answer)."""
    secret = secret_de(navigateur.get(ACTIVER))
    reponse = navigateur.post(ACTIVER, {'premiere_verification': code(secret), 'ancien_mot_de_passe': PHRASE} | champs,
                              status=status)
    return secret, codes_de(reponse), reponse


@pytest.fixture
def protegee(inscrits, entrer, avancer):
    """The chef with a second factor: (agent, secret, recovery codes, the browser that activated it). Its first code is
    two minutes old."""
    navigateur = entrer(inscrits.chef)
    secret, codes, _ = activer(navigateur)
    avancer(120)
    return relire_agent(inscrits.chef), secret, codes, navigateur


def premiere_etape(site, agent, **champs):
    """The form that asks for the code."""
    reponse = se_connecter(site, agent.courriel, status=200, **champs)
    return next(f for f in reponse.forms.values() if f.action == '/connexion/code')


def seconde_etape(formulaire, verification, status=303):
    formulaire['verification'] = verification
    return formulaire.submit(status=status)


def sessions(agent=None):
    """How many are open, of an agent."""
    with models.lecture():
        return models.Session.select().where(agent is None or models.Session.agent == agent).count()


def test_activer_ferme_les_autres_sessions_puis_on_entre_avec_un_code_puis_avec_un_code_de_secours(
        inscrits, entrer, site, avancer):
    mon_compte, ailleurs = entrer(inscrits.chef), entrer(inscrits.chef)
    avant = mon_compte.cookies['session']

    def lien():
        titre = mon_compte.get(SECURITE).html.select_one('#titre-second-facteur')
        return titre.find_parent('section').a.text
    assert lien() == 'Activer le second facteur'
    secret, codes, reponse = activer(mon_compte)
    assert len(codes) == len(set(codes)) == 10 and all(re.fullmatch('[0-9]{16}', c) for c in codes)
    assert lien() == 'Changer de téléphone' and mon_compte.cookies['session'] != avant and sessions(inscrits.chef) == 1
    ailleurs.get('/espace/compte', status=401)
    assert (set(faits()) == {('second facteur activé', inscrits.chef.courriel, ''),
                             ('son journal des accès lu', inscrits.chef.courriel, '')}
            and courriels() == [('second_facteur_active', inscrits.chef.courriel)])
    avancer(30)
    formulaire = premiere_etape(site, inscrits.chef)
    assert 'session' not in site.cookies and sessions(inscrits.chef) == 1
    assert chemin(seconde_etape(formulaire, code(secret))) == '/espace'
    assert 'Mon compte' in site.get('/espace/compte').text
    site.reset()
    seconde_etape(premiere_etape(site, inscrits.chef), codes[3])
    assert 'Codes de secours restants\xa0: 9.' in site.get(SECURITE).html.text
    assert [m for m, _ in courriels()] == ['second_facteur_active', 'reseau_inconnu', 'code_secours_utilise']


def test_les_codes_sont_ceux_de_la_rfc_6238_valent_un_pas_avant_ou_apres_une_fois_quels_que_soient_leurs_espaces(
        protegee, inscrits, entrer, naviguer, avancer):
    secret = base64.b32encode(b'12345678901234567890').decode()
    for instant, attendu in ((59, '287082'), (1111111109, '081804'), (1111111111, '050471'), (1234567890, '005924'),
                             (2000000000, '279037'), (20000000000, '353130')):
        assert comptes.code_du_pas(secret, instant // 30) == attendu, instant
    secret, _, _ = activer(entrer(inscrits.autre))                  # that of the activation neither
    seconde_etape(premiere_etape(naviguer(), inscrits.autre), code(secret), status=401)
    agent, secret, _, _ = protegee
    seconde_etape(premiere_etape(naviguer(), agent), code(secret, 0))
    for rejoue in (0, -1):
        reponse = seconde_etape(premiere_etape(naviguer(), agent), code(secret, rejoue), status=401)
        assert 'il a déjà servi' in fautes(reponse)[0] and reponse.html.select_one('#verification').get('value') is None
    avancer(30)
    seconde_etape(premiere_etape(naviguer(), agent), code(secret))
    for decalage, accepte in ((-2, False), (-1, True), (0, True), (1, True), (2, False)):
        avancer(120)
        avant = sessions(agent)
        seconde_etape(premiere_etape(naviguer(), agent), code(secret, decalage), status=303 if accepte else 401)
        assert sessions(agent) == avant + accepte, decalage
    for forme in ('{0} {1}', ' {0}{1} ', '{0}-{1}', '{0}\u00a0{1}'):
        avancer(90)
        chiffres = code(secret)
        seconde_etape(premiere_etape(naviguer(), agent), forme.format(chiffres[:3], chiffres[3:]))
    avant = sessions(agent)
    for saisie, status in (
            ('', 422), ('x' * 5000, 422), ('12\n34', 422), ('abcdef', 401), ('١٢٣٤٥٦', 401), ('é' * 16, 401),
            ('-1', 401), ('0' * 16, 401), ('%00', 401), ('1' * 200, 401)):
        limites._compteurs.clear()
        assert fautes(seconde_etape(premiere_etape(naviguer(), agent), saisie, status=status)), saisie
    assert sessions(agent) == avant


def test_la_session_ne_commence_qu_avec_le_code_et_sa_page_ne_dit_rien_d_un_mauvais_mot_de_passe(
        site, base, protegee, inscrits, entrer):
    assert chemin(site.get('/connexion/code', status=303)) == '/connexion'
    avec, sans = (se_connecter(site, a.courriel, 'ce n\'est pas lui', status=401).text.replace(a.courriel, '')
                  for a in (protegee[0], inscrits.autre))
    assert avec == sans
    page = se_connecter(site, protegee[0].courriel, status=200)
    champ = page.html.select_one('#verification')
    assert (champ['type'], champ['inputmode'], champ['autocomplete']) == ('text', 'numeric', 'one-time-code')
    assert page.html.select_one('label[for=verification]') and page.html.title.text.startswith('Code de vérification')
    agent, secret, _, _ = protegee
    navigateur = entrer(inscrits.autre)
    ancienne = navigateur.cookies['session']
    formulaire = premiere_etape(navigateur, agent)
    assert navigateur.cookies['session'] == ancienne and sessions(inscrits.autre) == 1
    assert ('connexion', agent.courriel, '') not in faits()
    seconde_etape(formulaire, code(secret))
    assert navigateur.cookies['session'] != ancienne and sessions(inscrits.autre) == 0 and sessions(agent) == 2
    assert faits()[-1] == ('connexion', agent.courriel, '')


def test_la_page_voulue_et_le_texte_d_une_session_expiree_passent_les_deux_etapes(protegee, site, entrer):
    agent, secret, _, _ = protegee
    formulaire = poster(site, '/espace/compte/coordonnees', {'fonction': 'Juriste « senior »'}, '/espace/compte', 401,
                        lu_par=entrer(agent)).forms[0]
    formulaire['courriel'], formulaire['mot_de_passe'] = agent.courriel, PHRASE
    formulaire = formulaire.submit(status=200).forms[0]
    formulaire = seconde_etape(formulaire, '000000', status=401).forms[0]
    assert chemin(seconde_etape(formulaire, code(secret))) == '/espace/compte'
    page = site.get('/espace/compte')
    assert (page.html.select_one('#fonction')['value'] == 'Juriste « senior »'
            and 'Votre saisie est revenue' in page.text)


def test_une_preuve_forgee_ramene_au_debut_une_vraie_vaut_cinq_minutes(protegee, inscrits, site, naviguer, avancer):
    agent, secret, _, _ = protegee
    for secondes, status in ((299, 303), (301, 401), (-60, 303)):
        avancer(600)
        formulaire = premiere_etape(naviguer(), agent)
        avancer(secondes // 2)
        formulaire = seconde_etape(formulaire, '000000', status=401).forms[0]       # an error does not make it longer
        avancer(secondes - secondes // 2)
        seconde_etape(formulaire, code(secret, 1), status=status)
    changer_ligne(inscrits.admin, second_facteur=secret)
    avant = sessions(agent)
    preuve = premiere_etape(site, agent)['preuve'].value
    numero, instant, signature = preuve.split('.')
    for pourquoi, fausse in {
            'vide': '', 'autre compte': f'{inscrits.admin.id}.{instant}.{signature}',
            'prolongée': f'{numero}.{int(instant) + 60}.{signature}', 'signature': f'{numero}.{instant}.{"0" * 32}',
            'tronquée': preuve[:-1], 'autre forme': f'{numero}.{instant}.{signature}.x',
            'grand nombre': f'{"9" * 400}.{instant}.{signature}', 'accents': f'{numero}.{instant}.{"é" * 32}'}.items():
        reponse = site.post('/connexion/code', {'preuve': fausse, 'verification': code(secret),
                                                'garde:message': 'Mon texte', 'retour': '/espace'}, status=401)
        assert 'connectez-vous de nouveau' in fautes(reponse)[0], pourquoi
        assert (sessions(agent), sessions(inscrits.admin)) == (avant, 0), pourquoi
        garde = reponse.forms[0]
        assert (garde['garde:message'].value, garde['retour'].value) == ('Mon texte', '/espace'), pourquoi


def test_un_compte_change_entre_les_deux_etapes_n_entre_pas_pendant_la_verification_non_plus_ou_c_est_un_409(
        protegee, site, inscrits, monkeypatch):
    agent, secret, codes, navigateur = protegee
    for n, changement in enumerate((
            {'mot_de_passe': 'scrypt$autre'}, {'second_facteur': None}, {'second_facteur': 'A' * 32},
            {'actif': False})):
        limites._compteurs.clear()
        formulaire = premiere_etape(site, agent)
        changer_ligne(agent, **changement)
        seconde_etape(formulaire, codes[n], status=401)
        assert sessions(agent) == 1, changement
        changer_ligne(agent, mot_de_passe=agent.mot_de_passe, second_facteur=secret, actif=True)
    vrai = comptes.verifier_mot_de_passe

    def pendant_ce_temps(qui, **change):
        monkeypatch.setattr(comptes, 'verifier_mot_de_passe',
                            lambda *arguments: changer_ligne(qui, **change) or vrai(*arguments))
    pendant_ce_temps(inscrits.autre, second_facteur='A' * 32)
    se_connecter(site, inscrits.autre.courriel, status=401)
    assert sessions(inscrits.autre) == 0
    pendant_ce_temps(agent, mot_de_passe='scrypt$autre')
    changer(navigateur, 'desactiver', code(secret), status=409)
    assert relire_agent(agent).second_facteur == secret


def test_apres_trois_codes_faux_il_faut_attendre_meme_ailleurs_et_seule_la_seconde_etape_efface_les_echecs(
        protegee, naviguer, depuis, plus_tard):
    agent, secret, _, _ = protegee
    formulaire = premiere_etape(naviguer(), agent)
    for _ in range(3):
        seconde_etape(formulaire, '000000', status=401)
    reponse = seconde_etape(formulaire, code(secret), status=429)
    assert 1 <= int(reponse.headers['Retry-After']) <= 3 and 'recommencez dans' in fautes(reponse)[0]
    seconde_etape(premiere_etape(depuis('10.0.0.9'), agent), code(secret), status=429)
    plus_tard(4)
    seconde_etape(formulaire, code(secret))
    site = naviguer()
    for _ in range(2):
        se_connecter(site, agent.courriel, 'raté', status=401)
    formulaire = premiere_etape(site, agent)
    se_connecter(site, agent.courriel, status=429)
    seconde_etape(formulaire, code(secret, 1))
    assert (not limites.attente_apres_echecs('connexion', (agent.courriel, '127.0.0.1'), 15)
            and not limites.trop('echecs_adresse', '127.0.0.1', 1, 3600))
    formulaire = premiere_etape(depuis('10.0.0.9'), agent)          # of an unknown network, what was tried there counts
    for _ in range(30):
        limites.compter('echecs_adresse', '10.0.0.9')
    seconde_etape(formulaire, code(secret), status=429)


def test_vingt_codes_faux_par_jour_puis_plus_aucun_meme_juste_avant_un_jour_ou_un_nouveau_mot_de_passe(
        protegee, site, heure, plus_tard):
    """Whoever spent the twenty codes knew the old password, which is worth nothing any more."""
    agent, secret, codes, _ = protegee
    for n in range(20):
        if n % 2 == 0:                                              # a success in between must not give twenty more
            seconde_etape(premiere_etape(site, agent), codes[n // 2])
        plus_tard(1000)
        seconde_etape(premiere_etape(site, agent), '000000', status=401)
    plus_tard(1000)
    reponse = seconde_etape(premiere_etape(site, agent), code(secret), status=429)
    assert re.search(r'recommencez dans \d+ heures\. .* Quelqu.un connaît votre mot de passe',
                     fautes(reponse)[0].replace('\xa0', ' '))
    plus_tard(86400)
    seconde_etape(premiere_etape(site, agent), code(secret))
    heure('2026-11-25T12:00:00Z')
    for _ in range(20):
        plus_tard(1000)
        seconde_etape(premiere_etape(site, agent), '000000', status=401)
    plus_tard(1000)
    seconde_etape(premiere_etape(site, agent), code(secret), status=429)
    jeton = en_ecriture(comptes.nouveau_lien, agent, 'mot_de_passe')
    site.post(f'/invitation/{jeton}', {'mot_de_passe': AUTRE_PHRASE, 'confirmer_mot_de_passe': AUTRE_PHRASE},
              status=303)
    formulaire = se_connecter(site, agent.courriel, AUTRE_PHRASE, status=200).forms
    seconde_etape(next(f for f in formulaire.values() if 'verification' in f.fields), code(secret), status=303)


def test_des_collegues_qui_se_trompent_ne_bloquent_pas_leur_adresse_mais_un_succes_n_ouvre_pas_aux_comptes_des_autres(
        inscrits, naviguer, monkeypatch):
    site = naviguer()
    monkeypatch.setattr(comptes, 'verifier_mot_de_passe', lambda mot_de_passe, hache, connu: mot_de_passe == PHRASE)
    for _ in range(20):
        for agent in (inscrits.autre, inscrits.chef, inscrits.referent):
            se_connecter(site, agent.courriel, 'raté', status=401)
            se_connecter(site, agent.courriel)
    for n in range(30):
        se_connecter(site, inscrits.autre.courriel)
        se_connecter(site, f'victime{n}@hgi.example', 'printemps', status=401)
    se_connecter(site, 'victime31@hgi.example', 'printemps', status=429)


def test_un_code_de_secours_ne_sert_qu_une_fois_a_son_agent_meme_envoye_trois_fois_ensemble_et_se_renouvelle(
        protegee, inscrits, entrer, site, naviguer):
    _, codes_d_un_autre, _ = activer(entrer(inscrits.autre))
    seconde_etape(premiere_etape(site, protegee[0]), codes_d_un_autre[0], status=401)
    with models.lecture():
        assert models.CodeSecours.select().count() == 20
    agent, _, codes, _ = protegee
    seconde_etape(premiere_etape(naviguer(), agent), f'{codes[0][:4]} {codes[0][4:8]}-{codes[0][8:]}')
    seconde_etape(premiere_etape(naviguer(), agent), codes[0], status=401)
    assert (('code de secours utilisé', agent.courriel, '') in faits()
            and courriels()[-2:] == [('code_secours_utilise', agent.courriel), ('reseau_inconnu', agent.courriel)])
    with models.lecture():
        assert 'Codes restants : 9.' in models.Courriel.get(models.Courriel.modele == 'code_secours_utilise').corps
    agent, secret, anciens, navigateur = protegee
    nouveaux = codes_de(changer(navigateur, 'codes', code(secret)))
    assert len(nouveaux) == 10 and not set(nouveaux) & set(anciens)
    seconde_etape(premiere_etape(naviguer(), agent), anciens[0], status=401)
    seconde_etape(premiere_etape(naviguer(), agent), nouveaux[9])
    assert ('codes de secours renouvelés', agent.courriel, '') in faits()

    def ensemble(envoye):
        formulaires, obtenus = [premiere_etape(naviguer(), agent) for _ in range(3)], []
        en_meme_temps(3, lambda n: obtenus.append(seconde_etape(formulaires[n], envoye, status='*').status_int))
        return sorted(obtenus)
    assert ensemble(nouveaux[0]) == ensemble(code(secret, 1)) == [303, 401, 401]


def changer(navigateur, geste, verification, mot_de_passe=PHRASE, status=200):
    return navigateur.post(GERER, {'geste': geste, 'ancien_mot_de_passe': mot_de_passe, 'verification': verification},
                           status=status)


def test_le_qr_code_la_cle_et_le_lien_disent_la_meme_chose_et_une_activation_refusee_ne_change_rien(inscrits, entrer):
    un, autre = entrer(inscrits.chef), entrer(inscrits.chef)
    assert secret_de(un.get(ACTIVER)) == secret_de(un.get(ACTIVER)) != secret_de(autre.get(ACTIVER))
    navigateur = entrer(inscrits.chef)
    page = navigateur.get(ACTIVER)
    lien = urlsplit(page.html.select_one('a[href^="otpauth:"]')['href'])
    dits = parse_qs(lien.query)
    assert (lien.netloc, unquote(lien.path)) == (
        'totp', f'/Plateforme d\'appui aux territoires:{inscrits.chef.courriel}')
    assert dits == {'secret': [secret_de(page)], 'issuer': ['Plateforme d\'appui aux territoires']}
    assert (len(base64.b32decode(secret_de(page))) == 20
            and [len(g.text) for g in page.html.select('.cle span')] == [4] * 8)
    image = page.html.select_one('img.qr')
    assert (image['src'].startswith('data:image/svg+xml') and image['alt']
            and "img-src 'self' data:" in page.headers['Content-Security-Policy'])
    assert len(page.body) < 20_000 and relire_agent(inscrits.chef).second_facteur is None
    fixer_tous(nom='Territoires : l\'appui €' + '€' * 177)
    page = entrer(inscrits.chef).get(ACTIVER)
    lien = urlsplit(page.html.select_one('a[href^="otpauth:"]')['href'])
    assert (unquote(lien.path).count(':') == 1
            and parse_qs(lien.query)['issuer'][0].startswith('Territoires   l\'appui €'))
    assert chemin(changer(navigateur, 'codes', '000000', status=303)) == ACTIVER
    for champ, saisi in [
            ('premiere_verification', '000000'), ('premiere_verification', ''),
            ('ancien_mot_de_passe', 'faux'), ('ancien_mot_de_passe', '')]:
        navigateur = entrer(inscrits.chef)
        secret, _, reponse = activer(navigateur, status=422, **{champ: saisi})
        assert [a['href'] for a in reponse.html.select('#erreurs a')] == [f'#{champ}'] and fautes(reponse)
        assert secret_de(reponse) == secret and relire_agent(inscrits.chef).second_facteur is None and courriels() == []
    activer(navigateur)


def test_changer_de_telephone_demande_un_code_de_l_ancien_desactiver_le_mot_de_passe_et_un_code(
        protegee, entrer, site, avancer):
    agent, ancien, codes, navigateur = protegee
    ailleurs = entrer(agent)
    _, _, reponse = activer(navigateur, status=422)
    assert [a['href'] for a in reponse.html.select('#erreurs a')] == ['#verification']
    activer(navigateur, status=422, verification='000000')
    nouveau, nouveaux, _ = activer(navigateur, verification=code(ancien))
    assert nouveau != ancien and relire_agent(agent).second_facteur == nouveau and not set(nouveaux) & set(codes)
    ailleurs.get('/espace/compte', status=401)
    assert ('second facteur activé', agent.courriel, 'nouveau téléphone') in faits()
    avancer(60)
    formulaire = premiere_etape(site, agent)
    for refuse in (code(ancien), codes[0]):
        seconde_etape(formulaire, refuse, status=401)
    seconde_etape(formulaire, code(nouveau))
    secret = nouveau
    for geste in ['', 'x', 'activer']:
        changer(navigateur, geste, code(secret), status=400)
    ailleurs = entrer(agent)
    assert 'verification' in changer(
        navigateur, 'desactiver', '000000', status=422).html.select_one('#erreurs a')['href']
    assert 'ancien_mot_de_passe' in changer(
        navigateur, 'desactiver', code(secret), 'faux', status=422).html.select_one('#erreurs a')['href']
    assert relire_agent(agent).second_facteur == secret
    reponse = changer(navigateur, 'desactiver', nouveaux[0], status=303)
    assert 'Le second facteur est désactivé' in reponse.follow().text
    assert not limites.trop('echecs_adresse', '127.0.0.1', 1, 3600)                # what went wrong before is forgotten
    assert relire_agent(agent).second_facteur is None and sessions(agent) == 1
    ailleurs.get('/espace/compte', status=401)
    with models.lecture():
        assert not models.CodeSecours.select().exists()
    assert (('second facteur retiré', agent.courriel, '') in faits()
            and courriels()[-1] == ('second_facteur_retire', agent.courriel))
    assert chemin(se_connecter(site, agent.courriel)) == '/espace'


def test_un_administrateur_sans_second_facteur_ou_son_delegataire_ne_peut_que_l_activer_ou_se_deconnecter(
        inscrits, entrer, heure, site):
    fixer_tous(second_facteur_exige='administrateurs')
    for agent in (inscrits.chef, inscrits.autre):
        entrer(agent).get('/espace', status=200)
    creer_ligne(models.Delegation, pour=inscrits.admin, par=inscrits.autre, du='2026-11-24', au='2026-11-25')
    assert chemin(entrer(inscrits.autre).get('/espace', status=303)) == ACTIVER
    heure('2026-11-26T09:00:00Z')
    entrer(inscrits.autre).get('/espace', status=200)
    assert chemin(se_connecter(site, inscrits.admin.courriel).follow(status=303)) == ACTIVER
    assert chemin(entrer(inscrits.admin).post('/deconnexion', status=303)) == '/connexion?fait=deconnecte'
    navigateur = entrer(inscrits.admin)
    for methode, regle, qui in routes():
        adresse = adresse_de(regle)
        if qui not in ('agent', 'administrateur') or adresse in (ACTIVER, '/deconnexion'):
            continue
        if methode == 'GET':
            assert chemin(navigateur.get(adresse, status=303)) == ACTIVER, adresse
        else:
            reponse = navigateur.post(adresse, {'texte': 'Un long texte déjà saisi', 'mot_de_passe': 'x' * 30},
                                      status=403)
            assert ('Un second facteur vous est demandé' in reponse.text
                    and 'Un long texte déjà saisi' in reponse.text and 'xxx' not in reponse.text)
    assert 'Un second facteur vous est demandé' in navigateur.get(ACTIVER).text
    avant = courriels()
    activer(navigateur)
    assert avant == [('reseau_inconnu', inscrits.admin.courriel)]
    assert navigateur.get('/espace/admin').html.h1.text == 'Administration'


def test_qui_le_decide_sans_l_avoir_est_mene_a_l_activer_et_tant_qu_il_est_exige_il_ne_se_desactive_pas(
        inscrits, entrer, avancer):
    for valeur in ['', 'tous', 'Administrateurs']:
        refus = poster(entrer(inscrits.admin), '/espace/admin/reglages', {'second_facteur_exige': valeur}, status=422)
        assert refus.html.select_one('#erreurs a')['href'] == '#second_facteur_exige'
    navigateur = entrer(inscrits.admin)
    page = navigateur.get('/espace/admin/reglages')
    assert 'vous compris' in page.html.select_one('#second_facteur_exige-aide').text
    regle = poster(navigateur, '/espace/admin/reglages', {'second_facteur_exige': 'administrateurs'})
    assert chemin(regle.follow(status=303)) == ACTIVER
    secret, codes, _ = activer(navigateur)
    assert (navigateur.get('/espace/admin/reglages').html
            .select_one('#second_facteur_exige option[selected]')['value'] == 'administrateurs')
    avancer(60)
    assert not navigateur.get(SECURITE).html.select('button[value=desactiver]')
    assert 'il ne se désactive pas' in changer(navigateur, 'desactiver', codes[0], status=403).text
    assert relire_agent(inscrits.admin).second_facteur == secret
    activer(navigateur, verification=codes[0])


def test_ni_secret_ni_code_dans_une_page_un_journal_un_courriel(protegee, inscrits, naviguer, entrer, caplog, avancer):
    caplog.set_level(logging.INFO)
    agent, secret, codes, navigateur = protegee
    site, faux = naviguer(), '246813'
    pages = [navigateur.get(p).text for p in ('/espace/compte', SECURITE, ACTIVER, '/espace')]
    formulaire = premiere_etape(site, agent)
    pages += [formulaire.submit(status=422).text, seconde_etape(formulaire, faux, status=401).text]
    bon = code(secret)
    seconde_etape(formulaire, bon)
    seconde_etape(premiere_etape(naviguer(), agent), codes[0])
    pages += [site.get(p).text for p in ('/espace/compte', SECURITE)]
    pages.append(naviguer().post(
        GERER, {'geste': 'codes', 'verification': codes[1], 'ancien_mot_de_passe': PHRASE}, status=401).text)
    pages.append(naviguer().post(
        '/connexion/code', {'preuve': 'fausse-preuve', 'verification': codes[1]}, status=401).text)
    avancer(60)
    pages.append(changer(navigateur, 'codes', faux, status=422).text)
    with models.lecture():
        courriers = repr(list(models.Courriel.select(models.Courriel.objet, models.Courriel.corps).tuples()))
        base = repr(list(models.CodeSecours.select().tuples()))
    traces = caplog.text + repr(faits()) + courriers + base
    for cache in (secret, faux, bon, 'fausse-preuve', PHRASE, *codes):
        assert cache not in ''.join(pages) and cache not in traces
    for groupe in (secret[n:n + 4] for n in range(0, 32, 4)):
        assert f'<span>{groupe}</span>' not in ''.join(pages)
    assert agent.courriel not in caplog.text and 'connexion refusée au second facteur' in caplog.text
    assert ('connexion refusée au second facteur', agent.courriel, '') in faits()


def test_le_verbe_agent_retire_le_second_facteur_d_un_telephone_perdu(protegee, base, site):
    agent, _, _, navigateur = protegee
    resultat = lancer('agent', agent.courriel.upper(), '--sans-second-facteur', base=base)
    assert (resultat.returncode == 0 and 'Camille Exemple n\'a plus de second facteur' in resultat.stdout
            and 'invitation' not in resultat.stdout)
    assert relire_agent(agent).second_facteur is None and sessions(agent) == 0
    assert (('second facteur retiré', agent.courriel, '') in faits()
            and courriels()[-1] == ('second_facteur_retire', agent.courriel))
    navigateur.get('/espace/compte', status=401)
    assert chemin(se_connecter(site, agent.courriel)) == '/espace'
    for inconnu in (agent.courriel, 'personne@nulle-part.example'):
        assert 'n\'a de second facteur' in une_phrase(lancer('agent', inconnu, '--sans-second-facteur', base=base))
