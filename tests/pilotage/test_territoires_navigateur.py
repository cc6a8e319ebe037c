"""The map, the page of a collectivité and the communes without demande in a real Chromium: axe, 320 px, with and
without JavaScript, forced colours, paper, the keyboard alone."""
import pytest
from conftest import changer_demande
from navigateur import entrer, verifier
from playwright.sync_api import expect
from test_carte import VOISINES, carre, commune, geojson

import models
from verbes.pilotage import carte

CARTE, SANS = '/espace/pilotage/carte', '/espace/pilotage/territoires'


@pytest.fixture
def dessinee(connus):
    """The small world with its contours, demandes of three ages, a long name."""
    carte.importer(geojson(*VOISINES))
    with models.ecriture():
        models.Collectivite.update(epci=connus.epci, population=1234, canton='Cazères').where(
            models.Collectivite.type == 'Commune').execute()
        models.Collectivite.update(nom='Saint-Orens-de-Gameville-et-Sainte-Marie-Magdeleine-des-Coteaux').where(
            models.Collectivite.insee == '31506').execute()
        models.Adhesion.create(collectivite=connus.rieumes, structure=2, depuis='2019-01-01')
    return connus


def test_les_contours_s_importent_de_la_carte(ouvrir, connus):
    page = ouvrir()
    entrer(page, connus.admin, CARTE)
    page.get_by_role('link', name='Importer les contours des communes').click()
    verifier(page)
    ailleurs = commune('31999', carre(1.7, 43.4), nom='Ailleurs')
    for coche, attendu in ((False, '31999 Ailleurs'), (True, 'Les contours sont enregistrés.')):
        page.get_by_label('Fichier GeoJSON').set_input_files(
            {'name': 'c.geojson', 'mimeType': 'application/geo+json', 'buffer': geojson(*VOISINES, ailleurs)})
        page.get_by_label('Laisser de côté').set_checked(coche)
        page.get_by_role('button', name='Importer les contours').click()
        expect(page.locator('body')).to_contain_text(attendu)
        verifier(page)
    page.goto(CARTE)
    assert page.locator('svg.carte-dessin a').count() == 4


def test_une_forme_mene_a_la_page_de_sa_commune_au_clavier(ouvrir, dessinee):
    page = ouvrir()
    entrer(page, dessinee.chef, CARTE)
    page.get_by_role('link', name='Aller au tableau').focus()
    page.keyboard.press('Tab')
    assert page.evaluate('document.activeElement.querySelector("title").textContent').startswith('L’Isle-en-Dodon')
    page.get_by_role('link', name='Rieumes : aucune demande consultable').focus()
    page.keyboard.press('Enter')
    page.wait_for_url(f'**/espace/collectivites/{dessinee.rieumes.id}')
    assert page.get_by_role('heading', level=1).inner_text() == 'Rieumes'


def test_chaque_classe_a_son_dessin(ouvrir, dessinee, creer):
    """Two shapes of two classes are not drawn alike, with forced colours neither."""
    creer()
    page = ouvrir()
    entrer(page, dessinee.chef, CARTE)
    for couleurs in ('none', 'active'):
        page.emulate_media(forced_colors=couleurs)
        assert page.evaluate('document.querySelectorAll(".carte-dessin g").length') == 2
        dessins = page.evaluate('''() => [...document.querySelectorAll(".motifs pattern")].map(p =>
            [...p.querySelectorAll("path")].map(t => t.getAttribute("d") + getComputedStyle(t).fill
                                                     + getComputedStyle(t).stroke).join())''')
        assert len(set(dessins[:5])) == 5, couleurs
        rieumes = page.locator('.carte-dessin .classe-0 path').first
        assert rieumes.evaluate('e => e.getBoundingClientRect().width') > 20


def test_la_liste_des_visites_s_imprime(ouvrir, dessinee, tmp_path):
    page = ouvrir()
    entrer(page, dessinee.admin, f'{SANS}?epci={dessinee.epci.id}')
    assert page.get_by_role('button', name='Imprimer').is_visible()
    page.emulate_media(media='print')
    assert not page.get_by_label('Intercommunalité', exact=True).is_visible()
    assert page.get_by_role('cell', name='Cazères').first.is_visible()
    assert page.pdf(path=str(tmp_path / 'visites.pdf'), format='A4').startswith(b'%PDF')


def test_les_elections_et_aujourd_hui_ne_s_ecrivent_pas_l_un_sur_l_autre(ouvrir, dessinee, creer):
    demande, page = creer('en_cours'), ouvrir()
    entrer(page, dessinee.chef, None)
    for annee in (2019, 2022, 2026):
        changer_demande(demande, depose_le=f'{annee}-01-20T09:00:00Z')
        page.goto(f'/espace/collectivites/{dessinee.rieumes.id}')
        assert separes(page), annee


def separes(page):
    """The elections and « aujourd'hui » on the line of time, neither on the other nor under the drawing."""
    cadre = page.locator('.frise-temps').bounding_box()
    uns, autres = (page.locator('.frise-temps text', has_text=mot).bounding_box() for mot in ('élections', 'aujourd'))
    return (max(t['y'] + t['height'] for t in (uns, autres)) <= cadre['y'] + cadre['height'] + 1
            and any(uns[cote] + uns[taille] <= autres[cote] or autres[cote] + autres[taille] <= uns[cote]
                    for cote, taille in (('x', 'width'), ('y', 'height'))))


def test_la_carte_s_imprime_avec_sa_legende_a_cote(ouvrir, dessinee):
    page = ouvrir()
    entrer(page, dessinee.chef, CARTE)
    page.emulate_media(media='print')
    page.set_viewport_size({'width': 680, 'height': 960})           # the width of an A4 sheet without its margins
    dessin, legende = (page.locator(quoi).bounding_box() for quoi in ('.carte-dessin', '.legende-carte'))
    assert legende['x'] >= dessin['x'] + dessin['width'] and legende['y'] < dessin['y'] + dessin['height']
