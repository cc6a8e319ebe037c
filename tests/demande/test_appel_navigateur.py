"""One call in a real Chromium: from « Ma journée » to « En cours » in clicks, the box with the answer it belongs to."""
import pytest
from conftest import relire
from navigateur import entrer, verifier
from playwright.sync_api import expect


@pytest.fixture
def cliquer():
    """cliquer(locator): a click, counted in cliquer.faits."""
    def clic(cible):
        clic.faits += 1
        cible.click()
    clic.faits = 0
    return clic


@pytest.mark.parametrize('etat', ['attribue_expert', 'receptionne_expert'])
@pytest.mark.parametrize('largeur, js', [(1280, True), (320, False)])
def test_un_appel_mene_de_ma_journee_a_en_cours_en_trois_clics(ouvrir, connus, creer, cliquer, etat, largeur, js):
    demande = creer(etat)
    page = ouvrir(largeur, js)
    entrer(page, connus.referent)
    cliquer(page.get_by_role('link', name='Noter le premier contact').first)
    verifier(page)
    cliquer(page.locator('#action').get_by_text('joint', exact=True))
    cliquer(page.locator('#action').get_by_role('button', name='Noter le premier contact'))
    expect(page.locator('.annonce')).to_contain_text('Statut : En cours')
    verifier(page)
    assert cliquer.faits <= 3 and relire(demande).statut == 'en_cours'


def test_la_case_demarrer_ne_parait_qu_avec_joint(ouvrir, connus, creer):
    page = ouvrir(320)
    entrer(page, connus.chef, f'/espace/demandes/{creer("attribue_chef").numero}?action=contact')
    case = page.get_by_label('Je l’accompagne moi-même')
    expect(case).to_be_hidden()
    page.locator('#action').get_by_text('joint', exact=True).click()
    expect(case).to_be_visible()
    expect(case).not_to_be_checked()
    verifier(page)
