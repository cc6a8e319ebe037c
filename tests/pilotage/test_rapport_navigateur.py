"""The report on paper, a lecteur's way, the open data, in a real browser: axe at both widths, without script, A4."""
import json
import re

import pytest
from conftest import un_lecteur
from navigateur import MOT_DE_PASSE, bouton, champ, entrer, verifier
from playwright.sync_api import expect
from test_chiffres import variees  # noqa: F401 – a fixture

import models
from verbes import comptes
from verbes.pilotage import carte

RAPPORT = '/espace/pilotage/rapport?periode=2026'
CARRE = {'type': 'FeatureCollection', 'features': [{
    'type': 'Feature', 'properties': {'code': '31454', 'nom': 'Rieumes'},
    'geometry': {'type': 'Polygon', 'coordinates': [[[1, 43], [1.1, 43], [1.1, 43.1], [1, 43.1], [1, 43]]]}}]}
A4 = (595, 842)                                                     # points
LARGEUR = 680                                                       # pixels of a sheet, between its margins


@pytest.mark.parametrize('largeur, js', [(1280, True), (320, False)])
def test_le_rapport_se_lit_a_l_ecran_et_tient_sur_des_a4(ouvrir, connus, variees, largeur, js):  # noqa: F811
    carte.importer(json.dumps(CARRE).encode())
    page = ouvrir(largeur, js)
    entrer(page, connus.admin, '/espace/pilotage?periode=2026')
    page.get_by_role('link', name='Rapport de cette période, à imprimer').click()
    verifier(page)
    expect(page.locator('h1')).to_have_text('Rapport d’activité')
    assert bouton(page, 'Imprimer ce rapport').is_visible() == js
    assert page.locator('.rapport .carte-dessin path').count() == 1
    pdf = page.pdf(prefer_css_page_size=True)
    tailles = {tuple(round(float(n)) for n in lue.split()[2:])
               for lue in re.findall(rb'/MediaBox \[([\d. ]+)\]', pdf)}
    assert tailles == {A4} and 4 <= len(re.findall(rb'/Type\s*/Page[^s]', pdf)) <= 12
    page.set_viewport_size({'width': LARGEUR, 'height': 1000})
    page.emulate_media(media='print')
    for cache in ('.entete', '.pied', '.sans-impression'):
        assert not page.locator(cache).first.is_visible(), cache
    assert page.evaluate('document.documentElement.scrollWidth <= document.documentElement.clientWidth')
    depassent = page.evaluate('''() => [...document.querySelectorAll('.rapport table, .rapport svg:not(.motifs)')]
        .filter(e => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1).length''')
    assert depassent == 0


def test_les_couleurs_forcees_gardent_les_barres(ouvrir, connus, variees):  # noqa: F811
    page = ouvrir(1280)
    entrer(page, connus.admin)
    page.emulate_media(forced_colors='active')
    page.goto(RAPPORT)
    couleurs = page.evaluate('''() => [...document.querySelectorAll('.rapport .graphique[role=img] rect')]
        .map(r => getComputedStyle(r).fill)''')
    assert len(set(couleurs)) == 2


@pytest.mark.parametrize('largeur, js', [(1280, True), (320, False)])
def test_le_chemin_d_un_lecteur(ouvrir, connus, variees, largeur, js):  # noqa: F811
    lecteur = un_lecteur(connus, mot_de_passe=comptes.hacher(MOT_DE_PASSE))
    page = ouvrir(largeur, js)
    page.goto('/connexion')
    page.get_by_label('Courriel').fill(lecteur.courriel)
    page.get_by_label('Mot de passe').fill(MOT_DE_PASSE)
    page.get_by_role('button', name='Se connecter').click()
    page.wait_for_url('**/espace/pilotage')
    verifier(page)
    expect(page.get_by_text('ou un canton, jusqu’au 30 juin 2027')).to_be_visible()
    assert page.locator('main a[href^="/espace/demandes"]').count() == 0
    if largeur == 1280:                                             # its account at the end of the bar
        fin, barre = (page.locator(quoi).bounding_box() for quoi in ('.deconnexion', '.entete > .cadre'))
        assert fin['x'] + fin['width'] > barre['width'] - 80
    page.get_by_role('link', name='Rapport de cette période, à imprimer').click()
    verifier(page)
    for adresse in ('/espace/pilotage/carte', '/espace/pilotage/territoires', '/espace/collectivites/2',
                    '/espace/compte', '/espace/compte/securite', '/espace/compte/second-facteur/activer',
                    '/espace/demandes', '/espace/demandes/1', '/espace/pilotage?structure=2'):
        page.goto(adresse)
        verifier(page)
    assert 'pas ceux d’une structure' in page.inner_text('main')


def test_un_administrateur_date_l_accord_puis_cree_change_et_ferme_un_lecteur(ouvrir, connus):
    page = ouvrir()
    entrer(page, connus.admin, '/espace/admin/comptes/nouveau')
    for libelle, valeur in (('Prénom', 'Éloi'), ('Nom', 'Hemicycle'), ('Courriel', 'eloi@haute-garonne.example'),
                            ('Lecteur des chiffres, jusqu\'au', '2027-06-30')):
        champ(page, libelle).fill(valeur)
    champ(page, 'Direction').select_option('1')
    bouton(page, 'Ajouter et inviter').click()
    verifier(page)                                                  # the agreement is not dated
    page.goto('/espace/admin/obligations#accord_lecteurs')
    page.locator('[name=accord_lecteurs_le]').fill('2026-11-20')
    page.get_by_role('button', name='Enregistrer').first.click()
    page.goto('/espace/admin/comptes/nouveau')
    for libelle, valeur in (('Prénom', 'Éloi'), ('Nom', 'Hemicycle'), ('Courriel', 'eloi@haute-garonne.example'),
                            ('Lecteur des chiffres, jusqu\'au', '2027-06-30')):
        champ(page, libelle).fill(valeur)
    champ(page, 'Direction').select_option('1')
    bouton(page, 'Ajouter et inviter').click()
    page.get_by_role('link', name='Voir le compte d’Éloi Hemicycle').click()
    verifier(page)
    champ(page, 'Lecteur des chiffres, jusqu\'au').fill('2027-12-31')
    bouton(page, 'Enregistrer').click()
    page.goto('/espace/admin/comptes?droits=lecteur')
    verifier(page)
    page.get_by_role('link', name='Éloi Hemicycle', exact=True).click()
    bouton(page, 'Fermer le compte').click()
    expect(page.get_by_text('Le compte est fermé')).to_be_visible()
    verifier(page)
    with models.lecture():
        ferme = models.Agent.get(models.Agent.nom == 'Hemicycle')
    assert not ferme.actif and ferme.lecteur_au == '2027-12-31'


def test_les_donnees_ouvertes_se_lisent_et_se_prennent(ouvrir, connus):
    page = ouvrir()
    page.goto('/plan-du-site')
    page.get_by_role('main').get_by_role('link', name='Données ouvertes').click()
    verifier(page)
    with page.expect_download() as telechargement:
        page.get_by_role('link', name='catalogue.csv').click()
    assert telechargement.value.suggested_filename == 'catalogue.csv'
