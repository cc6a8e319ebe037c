"""The public pages in a real Chromium: axe, filled, empty and in error; a phone's first screen; what comes on paper."""
import re

import pytest
from conftest import fixer
from test_catalogue import fiche

import models

LONG = 'Connaître les possibilités de financements du Département relatifs à des travaux, achats, équipements publics…'


@pytest.fixture
def longue(base):
    """The longest title of the demonstration, of a fiche that promises 3 days, in a site that says it is one."""
    fiche(LONG, promesse='urgente', resume='Un doute avant de signer un arrêté ? ' * 6, pour_qui='Les communes. ' * 20,
          actions='une visite\n' * 6, a_preparer='les plans\n' * 4,
          deroulement='Rappel : nous vous rappelons pour préciser le besoin.\n' * 4)
    with models.ecriture():
        fixer('demonstration', 'oui')
    return 4


@pytest.mark.parametrize('largeur, hauteur', [(320, 640), (390, 844)])
def test_un_telephone_montre_l_appel_a_l_action_des_le_premier_ecran(ouvrir, longue, largeur, hauteur):
    page = ouvrir(largeur)
    page.set_viewport_size({'width': largeur, 'height': hauteur})
    page.goto(f'/fiches/{longue}')
    bouton = page.get_by_role('link', name='Demander cet accompagnement').bounding_box()
    assert bouton['y'] + bouton['height'] <= hauteur
    for adresse in ('/', '/catalogue', '/nulle-part'):
        page.goto(adresse)
        assert page.locator('#q').bounding_box()['width'] >= 190            # not 139


def test_une_fiche_s_imprime_en_deux_pages_avec_son_adresse(ouvrir, longue):
    page = ouvrir()
    page.goto(f'/fiches/{longue}')
    assert page.get_by_role('button', name='Imprimer la fiche').is_visible()
    assert not page.get_by_text('Cette fiche').is_visible()
    page.emulate_media(media='print')
    assert page.get_by_text('Cette fiche').is_visible()
    for cache in ('Imprimer la fiche', 'Demander cet accompagnement', 'Voir aussi', 'Une question ?', 'Services'):
        assert not page.get_by_text(cache, exact=True).first.is_visible(), cache
    assert len(re.findall(rb'/Type\s*/Page[^s]', page.pdf(format='A4'))) <= 2


def test_le_guide_s_imprime_une_fiche_par_feuille_sans_menu(ouvrir, base):
    page = ouvrir()
    page.goto('/guide')
    fiches = page.locator('.bloc-fiche').count()
    assert fiches == 3 and page.get_by_role('button', name='Imprimer le guide').is_visible()
    page.emulate_media(media='print')
    for cache in ('Imprimer le guide', 'Faire une demande', 'Une question ?', 'Plan du site'):
        assert not any(trouve.is_visible() for trouve in page.get_by_text(cache, exact=True).all()), cache
    # The cover, the summary, a sheet for each fiche.
    assert len(re.findall(rb'/Type\s*/Page[^s]', page.pdf(prefer_css_page_size=True))) == 2 + fiches


def test_sans_script_une_fiche_ne_propose_pas_d_imprimer(ouvrir, longue):
    page = ouvrir(js=False)
    page.goto(f'/fiches/{longue}')
    assert page.get_by_text('Imprimer la fiche').count() == 1 and not page.get_by_text('Imprimer la fiche').is_visible()
