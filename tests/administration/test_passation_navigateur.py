"""The departure screen in a real Chromium: axe, filled, empty, in error, previewed, done, undone; without script."""
import pytest
from navigateur import bouton, entrer, verifier

import models
from verbes.administration import passation


@pytest.fixture
def tenant(connus, creer):
    """A chef who holds a bit of everything."""
    creer('en_cours')
    creer('attribue_chef', message='Deux.', echeance='2026-11-20')
    creer('en_cours', message='Trois.', restreinte=True)
    with models.ecriture():
        models.Delegation.create(pour=connus.chef, par=connus.referent)
        models.Delegation.create(pour=connus.autre, par=connus.chef)
        models.Absence.create(agent=connus.cochef, du='2026-11-20', au=None, suppleant=connus.chef)
    return connus


def choisir(page, nom, valeur):
    page.locator(f'[name={nom}]').select_option(valeur)


def test_un_depart_se_prepare_se_relit_se_fait_et_s_annule(ouvrir, tenant):
    page = ouvrir()
    entrer(page, tenant.admin, passation.adresse(tenant.chef))
    verifier(page)
    choisir(page, 'defaut', str(tenant.referent.id))
    bouton(page, 'Voir ce qui sera fait').click()                   # the restricted one is to be chosen
    assert page.title().startswith('Erreur – ')
    verifier(page)
    for restreinte in page.locator('section[aria-labelledby=s-restreinte] select').all():
        restreinte.select_option(str(tenant.referent.id))
    bouton(page, 'Voir ce qui sera fait').click()
    page.get_by_role('heading', name='Ce qui sera fait').wait_for()
    verifier(page)
    bouton(page, 'Transférer les 9 lignes').click()
    page.get_by_text('9 lignes transférées').wait_for()
    verifier(page)
    bouton(page, 'Annuler la passation').click()
    page.get_by_text('Passation annulée').wait_for()
    verifier(page)
    with models.lecture():
        assert models.Agent.get_by_id(tenant.chef.id).actif


def test_un_compte_vide_se_ferme_et_sa_page_dit_qu_il_n_y_a_plus_rien(ouvrir, tenant):
    page = ouvrir()
    entrer(page, tenant.admin, passation.adresse(tenant.associe))
    verifier(page)
    bouton(page, 'Fermer le compte aujourd’hui…').click()
    assert 'Le compte se ferme aussitôt, et ses sessions avec lui.' in page.locator('section[aria-labelledby=apercu]'
                                                                                    ).inner_text()
    verifier(page)
    with models.lecture():
        assert models.Agent.get_by_id(tenant.associe.id).actif
    bouton(page, 'Fermer le compte').click()
    page.get_by_text('il ne reste rien à reprendre').wait_for()
    verifier(page)
