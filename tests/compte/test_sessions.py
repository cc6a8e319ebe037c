"""« Sécurité »: each open session of mine, where and since when, ended one by one (ASVS 7.5.2)."""
import re

from conftest import PHRASE, changer_ligne, en_ecriture, faits, se_connecter

import models
from verbes import comptes

PAGE, FERMER = '/espace/compte/securite', '/espace/compte/sessions'


def ouvrir(naviguer, agent, adresse='192.0.2.7'):
    """A browser signed in by its password, from an address."""
    navigateur = naviguer()
    navigateur.extra_environ['REMOTE_ADDR'] = adresse
    se_connecter(navigateur, agent.courriel)
    return navigateur


def lignes(page):
    """The sessions as they are read, the buttons apart."""
    lues = []
    for li in page.html.select('#sessions li'):
        bouton = li.select_one('button')
        lues.append(' '.join(li.text.replace(bouton.text if bouton else '\0', '').split()))
    return lues


def empreintes(agent):
    with models.lecture():
        return {s.empreinte for s in models.Session.select().where(models.Session.agent == agent)}


def test_chaque_session_dit_depuis_quand_ou_et_comment_sans_cookie_ni_empreinte(inscrits, naviguer, heure):
    autre = ouvrir(naviguer, inscrits.chef, '2001:db8:1:2:3:4:5:6')
    with models.lecture():                                          # kept whole, with its origin
        session = models.Session.get(models.Session.agent == inscrits.chef)
    assert (session.origine, session.adresse) == ('mot_de_passe', '2001:db8:1:2:3:4:5:6')
    en_ecriture(comptes.connecter, inscrits.chef, origine='sso', adresse='198.51.100.9')
    heure('2026-11-24T10:30:00Z')
    ici = ouvrir(naviguer, inscrits.chef)
    page = ici.get(PAGE)
    vues = lignes(page)
    assert len(vues) == 3 and vues[0].startswith('Cet appareil') and '192.0.2.7' in vues[0]
    assert '24 novembre, 11 h 30' in vues[0].replace('\xa0', ' ') and 'mot de passe' in vues[0]
    assert [v for v in vues[1:] if '198.51.100.9' in v and 'compte du Département' in v]
    assert [v for v in vues[1:] if '2001:db8:1:2::/64' in v and '3:4:5:6' not in v
            and '24 novembre, 10 h,' in v.replace('\xa0', ' ')]
    assert page.html.select_one('.onglets [aria-current]').text == 'Sécurité'
    secrets = {*empreintes(inscrits.chef), autre.cookies['session'], ici.cookies['session']}
    assert len(secrets) == 5 and not [s for s in secrets if s in page.text or s[:16] in page.text]
    nouveau = 'une phrase toute neuve de plus'
    ici.post('/espace/compte/mot-de-passe', {
        'ancien_mot_de_passe': PHRASE, 'mot_de_passe': nouveau, 'confirmer_mot_de_passe': nouveau}, status=303)
    assert re.search(r'Cet appareil.*192\.0\.2\.7', lignes(ici.get(PAGE))[0])


def test_une_session_se_ferme_seule_ou_toutes_les_autres_ensemble_et_celle_ci_reste(inscrits, naviguer, entrer):
    fermee, *autres = [ouvrir(naviguer, inscrits.chef, ip) for ip in ('198.51.100.9', '203.0.113.4', '192.0.2.9')]
    ici, collegue = ouvrir(naviguer, inscrits.chef), entrer(inscrits.autre)
    page = ici.get(PAGE)
    boutons = [' '.join(b.text.split()) for b in page.html.select('#sessions button')]
    n = next(n for n, b in enumerate(boutons) if '198.51.100.9' in b)
    assert len(boutons) == 3 and all(b.startswith('Fermer') for b in boutons)
    suite = page.forms['fermer'].submit('session', index=n, status=303).follow()
    assert 'La session est fermée.' in suite.text and len(lignes(suite)) == 3
    fermee.get('/espace', status=401)
    autres[0].get('/espace')
    assert ('session fermée', inscrits.chef.courriel, 'ouverte le 24/11/2026') in faits()
    suite = ici.get(PAGE).forms['fermer'].submit('session', value='autres', status=303).follow()
    assert 'Vos autres sessions sont fermées.' in suite.text and len(lignes(suite)) == 1
    for autre in autres:
        autre.get('/espace', status=401)
    collegue.get('/espace')
    assert ('autres sessions fermées', inscrits.chef.courriel, '2') in faits()


def test_une_session_deja_fermee_ou_d_un_autre_ne_se_ferme_pas_seule_il_n_y_a_rien_a_fermer_perimee_elle_n_ouvre_rien(
        inscrits, naviguer, entrer, heure, monde):
    autre, ici = ouvrir(naviguer, inscrits.chef), ouvrir(naviguer, inscrits.chef)
    page = ici.get(PAGE)
    numero = page.html.select_one('#sessions button')['value']
    for navigateur, faux in ((entrer(inscrits.autre), (numero, '\u00e9' * 40)), (ici, ('autre',))):
        for un in (*faux, '', 'x', *empreintes(inscrits.chef)):
            navigateur.post(FERMER, {'session': un}, status=404)
    autre.get('/espace')
    page.forms['fermer'].submit('session', index=0, status=303)
    assert 'déjà fermée' in page.forms['fermer'].submit('session', index=0, status='*').text
    assert len(empreintes(inscrits.chef)) == 1
    assert 'adresse non notée' in lignes(entrer(inscrits.chef).get(PAGE))[0]
    ouvrir(naviguer, inscrits.chef)
    heure('2026-11-24T13:00:01Z')
    assert len(lignes(ouvrir(naviguer, inscrits.chef).get(PAGE))) == 1
    page = ouvrir(naviguer, inscrits.autre).get(PAGE)
    assert len(lignes(page)) == 1 and not page.html.select('#fermer button')
    assert 'Aucune autre session n\'est ouverte' in page.text
    # Closing an account ends its sessions; one that a hand has left, or put back, is nothing.
    ici = entrer(monde.referent)
    assert ici.get('/espace').status_int == 200
    changer_ligne(monde.referent, actif=False)
    assert empreintes(monde.referent) and ici.get('/espace', status='*').status_int == 401
