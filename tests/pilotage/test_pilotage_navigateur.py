"""« Pilotage » in a real browser: axe at both widths, without script, on paper, in forced colours."""
import pytest
from navigateur import entrer, verifier
from playwright.sync_api import expect
from test_chiffres import variees  # noqa: F401 – a fixture

PAGE = '/espace/pilotage'


@pytest.mark.parametrize('largeur, js', [(1280, True), (320, False)])
def test_les_chiffres_se_lisent_se_filtrent_et_ouvrent_leur_liste(ouvrir, connus, variees, largeur, js):  # noqa: F811
    page = ouvrir(largeur, js)
    entrer(page, connus.chef)
    if largeur == 320:
        page.locator('.menu > summary').click()
    page.get_by_role('link', name='Pilotage', exact=True).click()
    verifier(page)
    if largeur == 320:
        page.locator('.filtres > summary').click()
    page.get_by_label('Période', exact=True).select_option('2026')
    page.get_by_label('Origine').first.is_visible()
    page.get_by_text('Plus de filtres, dates au choix').click()
    page.get_by_label('CC Cœur de Garonne').check()
    page.get_by_role('button', name='Afficher', exact=True).first.click()
    page.wait_for_load_state()
    assert 'periode=2026' in page.url and 'epci=1' in page.url
    verifier(page)
    for sommaire in page.locator('main .depliant > summary').all():
        if sommaire.is_visible() and 'Plus de filtres' not in sommaire.inner_text():
            sommaire.click()
    verifier(page)                                                  # every rule, every table, opened
    nombre = page.locator('.chiffres a').first
    dit = nombre.inner_text()
    nombre.click()
    expect(page.get_by_text('Reçues, reprises de l’ancien suivi comprises')).to_be_visible()
    assert page.locator('table.demandes tbody tr').count() == int(dit) > 0
    verifier(page)


def test_les_dates_au_choix_s_affichent_par_leur_bouton(ouvrir, connus):
    page = ouvrir(1280)
    entrer(page, connus.admin, f'{PAGE}?periode=2025')
    page.get_by_text('Plus de filtres, dates au choix').click()
    page.get_by_label('Du', exact=True).fill('2026-02-01')
    page.get_by_label('Au', exact=True).fill('2026-03-15')
    page.get_by_role('button', name='Afficher ces dates').click()
    page.wait_for_load_state()
    expect(page.get_by_text('Demandes déposées du 1er février 2026 au 15 mars 2026')).to_be_visible()


def test_le_menu_d_un_administrateur_tient_sur_une_ligne(ouvrir, connus):
    page = ouvrir(1280)
    entrer(page, connus.admin, PAGE)
    hauts = page.eval_on_selector_all('.menu li', 'lis => lis.map(li => li.getBoundingClientRect().bottom)')
    assert max(hauts) - min(hauts) < 12


def test_les_graphiques_se_lisent_a_l_impression_et_en_contraste_force(ouvrir, connus, variees):  # noqa: F811
    page = ouvrir(1280)
    entrer(page, connus.admin, f'{PAGE}?periode=2026')
    couleurs = "() => [...document.querySelectorAll('svg.graphique:not(.cle) rect')].map(r => getComputedStyle(r).fill)"
    assert len(set(page.evaluate(couleurs))) == 2
    page.emulate_media(forced_colors='active')
    assert len(set(page.evaluate(couleurs))) == 2
    page.emulate_media(forced_colors='none', media='print')
    assert page.locator('section[aria-labelledby=t-mois] table').is_visible()          # its table is opened on paper
    assert page.locator('svg.graphique').first.is_visible()
    page.pdf(format='A4')
