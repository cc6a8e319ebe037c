"""Les menus de l'espace : six groupes d'administration et leurs pages, « Contenus » dans la barre."""
import re

import pytest
from navigateur import entrer as se_presenter, verifier

from views import app
from views.menus import ADMINISTRATION

GROUPES = ['Mise en place', 'Personnes', 'Offre', 'Territoire', 'Courriels', 'Surveillance']
ENTREES = [(groupe, entree) for groupe, entrees in ADMINISTRATION for entree in entrees]
ADRESSES = sorted({r.rule for r in app.routes if r.method == 'GET' and r.config['qui'] == 'administrateur'
                   and re.match('/espace/admin[^<.]*$', r.rule)}
                  - {'/espace/admin/import/modele', '/espace/admin/guide/edition'})


def groupes(page):
    return page.html.select('nav[aria-label="Administration"] a')


def marques(liens):
    return [(a.text, a['aria-current']) for a in liens if a.get('aria-current')]


def test_les_pages_de_l_administration_sont_en_six_groupes():
    assert [nom for nom, _ in ADMINISTRATION] == GROUPES
    for quoi in ('cle', 'lien', 'nom'):
        dits = [getattr(entree, quoi) for _, entree in ENTREES]
        assert len(dits) == len(set(dits))


@pytest.mark.parametrize('groupe, entree', ENTREES, ids=lambda v: getattr(v, 'cle', ''))
def test_chaque_page_du_menu_repond_et_dit_ou_l_on_est(monde, entrer, groupe, entree):
    page = entrer(monde.admin).get(entree.lien)
    assert [a.text for a in groupes(page)] == GROUPES and marques(groupes(page)) == [(groupe, 'true')]
    assert marques(page.html.select('.sous-onglets a')) == [(entree.nom, 'page')]
    chemin = [li.text.strip() for li in page.html.select('.fil-ariane li')]
    assert chemin[:2] == ['Ma journée', 'Administration'] and len(chemin) <= 3


def test_toute_page_d_administration_est_dans_un_groupe(monde, entrer):
    admin = entrer(monde.admin)
    assert len(ADRESSES) > 15
    for adresse in ADRESSES:
        page = admin.get(adresse, status='*')
        assert len(marques(groupes(page))) == 1, adresse
        assert len(marques(page.html.select('.sous-onglets a'))) == 1, adresse


def test_l_accueil_de_l_administration_mene_a_toutes_ses_pages(monde, entrer):
    page = entrer(monde.admin).get('/espace/admin')
    panneau = page.html.select_one('[aria-labelledby=aller]')
    assert [h.text for h in panneau.select('h3')] == GROUPES
    assert [a['href'] for a in panneau.select('a')] == [e.lien for _, e in ENTREES if e.lien != '/espace/admin']
    legales = next(li for li in panneau.select('li') if li.a.text == 'Pages légales et lettres')
    nombre = len(entrer(monde.admin).get('/espace/admin/textes').html.select('tbody tr'))
    assert legales.span.text == '3\u00a0pages, 2\u00a0lettres' and nombre == 5


@pytest.mark.parametrize('qui', ['admin', 'chef', 'referent'])
def test_contenus_est_dans_la_barre_de_qui_en_ecrit(monde, entrer, qui):
    navigateur = entrer(getattr(monde, qui))
    barre = navigateur.get('/espace/redaction/contenus').html.select('nav[aria-label="Menu principal"] a')
    assert [a.text for a in barre if a.get('aria-current') == 'page'] == ['Contenus']
    documents = navigateur.get('/espace/documents')
    assert documents.html.select_one('nav[aria-label="Menu principal"] [aria-current]').text == 'Documents'
    assert 'Contenus du site' not in documents


def test_un_lecteur_n_a_pas_contenus(lecteur, entrer):
    assert 'Contenus' not in entrer(lecteur).get('/espace/pilotage').html.select_one('header').text


def test_qui_n_administre_pas_ne_voit_pas_le_menu_de_l_administration(monde, entrer):
    assert not groupes(entrer(monde.chef).get('/espace/redaction'))


@pytest.mark.parametrize('adresse', ['/espace/admin/nulle-part', '/espace/nulle-part', '/espace/admin/import/x/y'])
def test_une_page_de_l_espace_qui_n_existe_pas_se_dit_dans_l_espace(monde, entrer, lecteur, site, adresse):
    for qui in (monde.admin, monde.chef, lecteur):
        page = entrer(qui).get(adresse, status=404)
        assert qui.nom_complet in page.html.header.text and 'Vous suiviez une demande' not in page
        assert 'n\'existe pas' in page.html.main.text
    assert site.get(adresse, status=401).html.select_one('[name=mot_de_passe]')


@pytest.mark.parametrize('largeur', [1280, 320])
def test_au_telephone_chaque_ligne_defile_et_tient_en_une(ouvrir, connus, largeur):
    page = ouvrir(largeur, True)
    se_presenter(page, connus.admin)
    for _, entree in ENTREES:
        page.goto(entree.lien)
        menu = page.locator('.groupes-admin')
        assert menu.bounding_box()['height'] < 130
        assert page.evaluate('document.documentElement.scrollWidth') <= largeur
        for courant in menu.locator('[aria-current]').all():
            boite = courant.bounding_box()
            assert boite['x'] >= 0 and boite['x'] < largeur - 40, entree.nom
    verifier(page)
