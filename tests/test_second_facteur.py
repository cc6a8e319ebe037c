"""The second factor: RFC 6238, activation, sign-in in two steps, recovery codes, the setting that requires it, what must never be seen."""
import re
from datetime import timedelta

import pytest
from conftest import PHRASE, chemin, courriels, se_connecter

import models
from views import compte

ACTIVER, GERER = '/espace/compte/second-facteur/activer', '/espace/compte/second-facteur'


@pytest.fixture
def avancer(heure):
    """The clock of the phone and of the server: avancer(30) is the next code."""
    def de(secondes):
        instant = models.en_utc(models.horloge() + timedelta(seconds=secondes))
        heure(instant)
    return de


def code(secret, decalage=0):
    """What the phone shows, `decalage` steps from now."""
    return compte.code_du_pas(secret, int(models.horloge().timestamp()) // 30 + decalage)


def relu(agent):
    with models.lecture():
        return models.Agent.get_by_id(agent.id)


def secret_de(page):
    return page.html.select_one('.cle').text.replace(' ', '').strip()


def codes_de(page):
    return [''.join(li.text.split()) for li in page.html.select('.codes li')]


def activer(navigateur, status=200, **champs):
    """Activate as a person does: (secret, the ten recovery codes, the answer)."""
    secret = secret_de(navigateur.get(ACTIVER))
    reponse = navigateur.post(ACTIVER, {'premiere_verification': code(secret), 'ancien_mot_de_passe': PHRASE} | champs, status=status)
    return secret, codes_de(reponse), reponse


@pytest.fixture
def protegee(inscrits, entrer, avancer):
    """The chef with a second factor: (agent, secret, recovery codes, the browser that activated it). Its first code is a minute old."""
    navigateur = entrer(inscrits.chef)
    secret, codes, _ = activer(navigateur)
    avancer(60)
    return relu(inscrits.chef), secret, codes, navigateur


def premiere_etape(site, agent, **champs):
    """The form that asks for the code."""
    reponse = se_connecter(site, agent.courriel, status=200, **champs)
    return next(f for f in reponse.forms.values() if f.action == '/connexion/code')


def seconde_etape(formulaire, verification, status=303):
    formulaire['verification'] = verification
    return formulaire.submit(status=status)


def sessions(agent):
    with models.lecture():
        return models.Session.select().where(models.Session.agent == agent).count()


# --- the true line ---

def test_activer_puis_entrer_avec_un_code_puis_avec_un_code_de_secours(inscrits, entrer, site, avancer):
    mon_compte = entrer(inscrits.chef)
    assert mon_compte.get('/espace/compte').html.select_one('#titre-second-facteur').find_parent('section').a['href'] == ACTIVER
    secret, codes, reponse = activer(mon_compte)
    assert len(codes) == len(set(codes)) == 10 and all(re.fullmatch('[0-9]{16}', c) for c in codes)
    assert mon_compte.get('/espace/compte').html.select_one('#titre-second-facteur').find_parent('section').a['href'] == GERER
    avancer(30)
    formulaire = premiere_etape(site, inscrits.chef)
    assert 'session' not in site.cookies and sessions(inscrits.chef) == 1
    assert chemin(seconde_etape(formulaire, code(secret))) == '/espace'
    assert 'Mon compte' in site.get('/espace/compte').text
    site.reset()
    seconde_etape(premiere_etape(site, inscrits.chef), codes[3])
    assert 'Codes de secours restants\xa0: 9.' in site.get('/espace/compte').html.text
    assert [m for m, _ in courriels()] == ['second_facteur_active', 'code_secours_utilise']
