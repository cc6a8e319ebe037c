"""A little of « make securite »: its trials find what is there, and its table says what is worse."""
import securite
from test_composants import lignes

import views
from views import wsgi


def test_une_part_des_essais_de_securite_ne_trouve_rien(tmp_path, monkeypatch):
    monkeypatch.setattr(securite, 'routes', lambda methode=None: [
        r for r in TOUTES if '/comptes' in r[1] and methode in (None, r[0])])
    trouve = securite.attaquer(str(tmp_path), 100)
    assert trouve['appels'] > 20 and trouve['ailleurs'] >= 15 and trouve['requetes'] > 100
    assert not [cle for cle, but in securite.BUTS.items() if but.au_plus == 0 and trouve[cle]], trouve


TOUTES = securite.routes()


def test_une_page_ouverte_a_tous_un_envoi_d_ailleurs_et_un_entete_oublie_se_voient(tmp_path, monkeypatch):
    monkeypatch.setattr(securite, 'routes', lambda methode=None: [
        r for r in TOUTES if r[1].startswith('/espace/admin/supervision') and methode in (None, r[0])])
    monkeypatch.setattr(views, 'refuser_autre_site', lambda: None)
    monkeypatch.setattr(wsgi, 'ENTETES', wsgi.ENTETES[1:])
    monkeypatch.setattr(securite, 'PASSENT', securite.PASSENT | {'administrateur': []})
    monkeypatch.setattr(securite, 'muter', lambda cible, requetes: {})
    trouve = securite.attaquer(str(tmp_path), 0)
    assert trouve['ouvertes'] and trouve['admis'] and not trouve['fermees']
    assert securite.juger(trouve, {'ouvertes', 'admis', 'fermees'}) == 2


def test_le_tableau_dit_pire_ce_qui_depasse_ou_manque(capsys):
    tenu = {cle: max(but.au_moins, 0) for cle, but in securite.BUTS.items()}
    assert securite.juger(tenu, securite.BUTS) == 0
    assert securite.juger(tenu | {'marque': 1, 'appels': 3, 'haut': 251}, securite.BUTS) == 3
    assert securite.juger(tenu | {'failles': 1}, securite.BUTS.keys() - {'failles'}) == 0
    assert 'non jugé' in capsys.readouterr().out


def test_les_outils_de_securite_sont_epingles_avec_leurs_empreintes():
    assert {'bandit', 'pip-audit'} <= {nom for nom, *_ in lignes('tests/securite.txt')}
