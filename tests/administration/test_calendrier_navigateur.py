"""Before the opening and under a banner, in a real Chromium: axe on every page and state, with and without JavaScript,
at 1280 and 320 px; the calendar by keyboard alone."""
import pytest
from conftest import fixer
from navigateur import MOT_DE_PASSE, bouton, champ, deposer, verifier

import models

CALENDRIER = '/espace/admin/calendrier'


@pytest.fixture
def avant(connus):
    """The small world before the opening, with a banner and a closing."""
    valeurs = {'ouvert_le': '2027-01-04', 'bandeau': 'Panne du téléphone jusqu\'à mardi : écrivez-nous. ' * 5,
               'bandeau_du': '2026-11-01', 'bandeau_au': '2026-12-01'}
    with models.ecriture():
        for cle, valeur in valeurs.items():
            fixer(cle, valeur)
        models.Fermeture.create(du='2026-12-24', au='2026-12-31', libelle='Fermeture de fin d\'année ' * 3)
    return connus


def entrer(page, admin):
    """Before the opening an administrateur is led to what is left to settle."""
    page.goto('/connexion')
    champ(page, 'Courriel').fill(admin.courriel)
    champ(page, 'Mot de passe').fill(MOT_DE_PASSE)
    bouton(page, 'Se connecter').click()
    page.wait_for_url('**/espace/admin')


def test_tout_est_accessible_avant_l_ouverture(ouvrir, avant):
    page = ouvrir()
    for adresse in ('/', '/demande', '/fiches/1-conseil-juridique', '/nulle-part'):
        page.goto(adresse)
        verifier(page)
    entrer(page, avant.admin)
    numero = deposer(page)
    verifier(page)                                                  # the tracking page of an essai
    for adresse in ('/espace', '/espace/demandes', f'/espace/demandes/{numero}', '/espace/demandes/nouvelle',
                    CALENDRIER):
        page.goto(adresse)
        verifier(page)
    assert page.get_by_text('la demande «\u00a0Essai\u00a0» est alors écartée').is_visible()
    for nom in ('Ajouter la fermeture', 'Enregistrer le bandeau'):
        page.goto(CALENDRIER)
        page.locator('#bandeau_au').fill('')
        bouton(page, nom).click()
        page.wait_for_selector('#erreurs')
        verifier(page)


def test_le_calendrier_se_tient_au_clavier_seul(ouvrir, avant):
    page = ouvrir()
    entrer(page, avant.admin)
    page.goto(CALENDRIER)
    champ(page, 'Motif').focus()
    page.keyboard.type('Pont')
    page.keyboard.press('Tab')
    page.keyboard.type('10102027')                                  # the same, day or month first
    for _ in range(30):
        page.keyboard.press('Tab')
        if page.evaluate('document.activeElement.textContent.trim()') == 'Ajouter la fermeture':
            break
    page.keyboard.press('Enter')
    page.wait_for_url('**fait=enregistre')
    assert 'Le 10/10/2027' in page.locator('main').inner_text()
