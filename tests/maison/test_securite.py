"""A little of « make securite »: its trials find what is there, and its table says what is worse."""
import securite
from test_composants import lignes

import views
from views import wsgi

TOUTES = securite.routes()


def test_une_part_des_essais_de_securite_ne_trouve_rien_et_ce_qui_s_ouvre_se_voit(tmp_path, monkeypatch):
    """A page open to all, a sending from elsewhere, a header forgotten."""
    lieu = '/comptes'
    monkeypatch.setattr(securite, 'routes', lambda methode=None: [
        r for r in TOUTES if lieu in r[1] and methode in (None, r[0])])
    (tmp_path / 'a').mkdir()
    trouve = securite.attaquer(str(tmp_path / 'a'), 100)
    assert trouve['appels'] > 20 and trouve['ailleurs'] >= 15 and trouve['requetes'] > 100
    assert not [cle for cle, but in securite.BUTS.items() if but.au_plus == 0 and trouve[cle]], trouve
    lieu = '/espace/admin/supervision'
    monkeypatch.setattr(views, 'refuser_autre_site', lambda: None)
    monkeypatch.setattr(wsgi, 'ENTETES', wsgi.ENTETES[1:])
    monkeypatch.setattr(securite, 'PASSENT', securite.PASSENT | {'administrateur': []})
    monkeypatch.setattr(securite, 'muter', lambda cible, requetes: {})
    trouve = securite.attaquer(str(tmp_path), 0)
    assert trouve['ouvertes'] and trouve['admis'] and not trouve['fermees']
    assert securite.juger(trouve, {'ouvertes', 'admis', 'fermees'}) == 2


def test_le_tableau_dit_pire_ce_qui_depasse_ou_manque_et_les_outils_sont_epingles(capsys):
    tenu = {cle: max(but.au_moins, 0) for cle, but in securite.BUTS.items()}
    assert securite.juger(tenu, securite.BUTS) == 0
    assert securite.juger(tenu | {'marque': 1, 'appels': 3, 'haut': 251}, securite.BUTS) == 3
    assert securite.juger(tenu | {'failles': 1}, securite.BUTS.keys() - {'failles'}) == 0
    assert 'non jugé' in capsys.readouterr().out
    assert {'bandit', 'pip-audit'} <= {nom for nom, *_ in lignes('tests/securite.txt')}
