"""The hour's sum of files is shared by network: a few addresses do not close it to the others."""
import pytest
from conftest import limiter
from test_flots import ecrire, pdf

import models
from views import envois, limites


def recus():
    return limites.combien('pieces_total', '', 3600)


@pytest.fixture
def envoyer(base, monkeypatch):
    """envoyer(ip, mo): are so many Mo accepted, and counted? Without sending any byte."""
    reseaux = ['']
    monkeypatch.setattr(envois, 'reseau_du_client', lambda: reseaux[-1])

    def faire(ip, mo, existe=False):
        reseaux.append(ip)
        with models.lecture():
            if envois._attente_des_pieces(mo, existe):
                return False
        for _ in range(mo):
            for nom, cle in envois._compteurs_des_pieces():
                limites.compter(nom, cle)
        return True
    return faire


def inonder(envoyer, adresses, mo=25):
    """Each address sends as long as it is accepted: how many Mo each has passed."""
    passes = dict.fromkeys(adresses, 0)
    for _ in range(12):
        for ip in adresses:
            passes[ip] += mo * envoyer(ip, mo)
    return passes


def test_des_reseaux_qui_inondent_laissent_leur_part_aux_suivants_une_heure_apres_tout_revient(envoyer, plus_tard):
    passes = inonder(envoyer, ['198.51.100.1', '198.51.100.2', '198.51.100.3', '198.51.100.4'])
    assert sum(passes.values()) <= 475
    assert all(envoyer(f'203.0.113.{n}', 2) for n in range(10))
    assert envoyer('203.0.113.50', 25)                       # a whole form, of a network not seen
    limites._compteurs.clear()
    inonder(envoyer, [f'2001:db8:{n}::' for n in range(10)])
    inonder(envoyer, [f'2001:db8:{n}::' for n in range(10, 40)])     # a /44 and more: a whole form each
    inonder(envoyer, [f'2001:db8:{n}::' for n in range(40, 60)], 5)
    assert 820 < recus() <= 825
    assert envoyer('192.0.2.7', 5, existe=True) and not envoyer('192.0.2.8', 5)
    assert not envoyer('2001:db8:3::', 1, existe=True)       # who has had their share
    limites._compteurs.clear()
    inonder(envoyer, ['198.51.100.1', '198.51.100.2'])
    assert recus() >= 450
    assert not envoyer('198.51.100.1', 1) and envoyer('192.0.2.7', 25)
    assert not envoyer('192.0.2.7', 1)
    inonder(envoyer, [f'198.51.100.{n}' for n in range(60)])
    assert not envoyer('198.51.100.1', 1)
    with models.lecture():
        for mo in (1, 5, 25, 200):
            assert 0 < envois._attente_des_pieces(mo, False) <= 3601, mo        # a wait says when to come back
    plus_tard(3700)
    assert envoyer('198.51.100.1', 25) and envoyer('198.51.100.1', 25)


def test_le_texte_passe_toujours_et_dit_ce_que_deviennent_les_fichiers(creer, depuis):
    creer_une = creer()
    limiter(pieces_total=24, pieces_heure=12)
    for ip in ('198.51.100.1', '198.51.100.2'):
        ecrire(depuis(ip), creer_une, f'Message de {ip}.', [pdf(8)], 303)
    reponse = ecrire(depuis('198.51.100.2'), creer_une, 'Un de plus.', [pdf(1)], 429)
    assert 'les vôtres ne sont pas enregistrés' in reponse.text and 'Un de plus.' in reponse.text
    ecrire(depuis('198.51.100.2'), creer_une, 'Un de plus.', [], 303)
    ecrire(depuis('192.0.2.7'), creer_une, 'Un plan.', [pdf(1)], 303)
    limiter(pieces_total=200, pieces_heure=12)                      # more than the share of an hour: no use to wait
    reponse = ecrire(depuis('203.0.113.9'), creer_une, 'Un gros plan.', [pdf(7), pdf(6)], 429)
    assert 'Un gros plan.' in reponse.text and 'Retry-After' not in reponse.headers
    assert 'plus que les 12\u00a0Mo' in reponse.text and 'en plusieurs heures' in reponse.text
    assert 'dans 1\u00a0seconde' not in reponse.text
    ecrire(depuis('203.0.113.9'), creer_une, 'Un gros plan.', [], 303)
