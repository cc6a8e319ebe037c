"""« Proposer une amélioration »: what an agent asks of the tool, and what an administrateur does with it."""
import pytest
from conftest import texte

import models

PROPOSER, LIRE = '/espace/ameliorations', '/espace/admin/ameliorations'


def proposer(nav, dit='Un filtre par canton.'):
    form = next(f for f in nav.get(PROPOSER).forms.values() if f.action == PROPOSER)
    form['texte'] = dit
    return form.submit(expect_errors=True)


def test_une_proposition_est_transmise_aux_administrateurs_puis_lue(entrer, monde):
    nav = entrer(monde.referent)
    page = proposer(nav).follow()
    assert 'transmise aux administrateurs' in texte(page) and 'pas encore lue' in texte(page)
    with models.lecture():
        (recu,) = models.Courriel.select().where(models.Courriel.modele == 'amelioration')
    assert recu.destinataire == monde.admin.courriel and 'Un filtre par canton.' in recu.corps
    admin = entrer(monde.admin)
    assert '1 amélioration proposée' in texte(admin.get('/espace'))
    liste = admin.get(LIRE)
    assert 'Un filtre par canton.' in texte(liste) and 'Claude Temoin' in texte(liste)
    form = next(f for f in liste.forms.values() if f.action == f'{LIRE}/1')
    assert 'lue le' in texte(form.submit(status=303).follow())
    assert 'amélioration proposée' not in texte(admin.get('/espace'))
    form.submit(status=303)                                         # twice: nothing more
    with models.lecture():
        assert models.Audit.select().where(models.Audit.fait == 'amélioration lue').count() == 1
    assert 'lue le' in texte(nav.get(PROPOSER))


def test_une_proposition_vide_n_est_pas_envoyee_et_le_dit(entrer, monde):
    page = proposer(entrer(monde.referent), '  ')
    assert page.status_int == 422 and 'écrivez ce qui serait mieux' in texte(page)
    with models.lecture():
        assert models.Amelioration.select().count() == 0


def test_chacun_ne_relit_que_les_siennes(entrer, monde):
    proposer(entrer(monde.referent))
    assert 'canton' not in texte(entrer(monde.chef).get(PROPOSER))


@pytest.mark.parametrize('page', ['/espace', '/espace/demandes', '/espace/aide/demandes'])
def test_chaque_page_de_l_espace_y_mene(entrer, monde, lecteur, page):
    assert entrer(monde.referent).get(page).html.select_one(f'a[href="{PROPOSER}"]')


def test_un_lecteur_n_y_est_pas_mene(entrer, lecteur):
    assert entrer(lecteur).get('/espace/pilotage').html.select_one(f'a[href="{PROPOSER}"]') is None
