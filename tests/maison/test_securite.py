"""A little of « make securite »: its trials find what is there."""
import securite

from views import wsgi

TOUTES = securite.routes()


def test_une_part_des_essais_de_securite_ne_trouve_rien_et_ce_qui_s_ouvre_se_voit(tmp_path, monkeypatch):
    """A page open to all, a header forgotten."""
    lieu = '/comptes'
    monkeypatch.setattr(securite, 'routes', lambda methode=None: [
        r for r in TOUTES if lieu in r[1] and methode in (None, r[0])])
    (tmp_path / 'a').mkdir()
    trouve = securite.attaquer(str(tmp_path / 'a'), 100)
    assert trouve['appels'] > 20 and trouve['requetes'] > 100
    assert not [cle for cle, but in securite.BUTS.items() if but.au_plus == 0 and trouve[cle]], trouve
    lieu = '/espace/admin/supervision'
    monkeypatch.setattr(wsgi, 'ENTETES', wsgi.ENTETES[1:])
    monkeypatch.setattr(securite, 'PASSENT', securite.PASSENT | {'administrateur': []})
    monkeypatch.setattr(securite, 'muter', lambda cible, requetes: {})
    trouve = securite.attaquer(str(tmp_path), 0)
    assert trouve['ouvertes'] and not trouve['fermees']
    assert securite.juger(trouve, {'ouvertes', 'fermees'}) == 1
