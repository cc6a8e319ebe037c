"""Public contents in a real browser: axe at both widths, without script, on paper, the folded menu."""
import re

import pytest
from conftest import fixer_tous
from navigateur import sans_defiler
from test_contenus import RUBRIQUES, adresse, ecrire, joindre

import models

LONG = 'Connaître les possibilités de financement du Département pour une école intercommunale à énergie positive…'
TEXTE = """## Le besoin

Un **long** mot : anticonstitutionnellementanticonstitutionnellement, [un lien](https://cd.example).

### En détail

1. Une visite
2. Un projet

- une puce
  - une autre

> Une citation.
"""


@pytest.fixture
def contenus(monde):
    """One content of each kind, with all that it may say, in a site that says it is a demonstration."""
    fixer_tous(demonstration='oui', telephone_urgence='0536490099')
    with models.ecriture():
        models.Collectivite.update(population=1140).where(models.Collectivite.id == monde.rieumes.id).execute()
    commun = {'titre': LONG, 'resume': 'Deux phrases. ' * 8, 'corps': TEXTE, 'theme': 1, 'structure': 2,
              'fiches': [1, 2]}
    ecrits = {
        'actualite': ecrire(**commun),
        'ressource': ecrire('ressource', a_revoir_le='2026-10-06', **commun),
        'projet': ecrire('projet', structures=[1, 2, 3], collectivite=monde.rieumes.id, annee=2026,
                         cout='1 286 000 € HT\nétudes et travaux', accord_par='sa maire', accord_le='2026-10-12',
                         **commun),
        'evenement': ecrire('evenement', inscription='inscriptions@cd.example', inscription_au='2026-12-03',
                            **commun | {'fin_le': '2026-12-09'}),
        'passe': ecrire('evenement', debut_le='2026-10-01', fin_le='2026-10-01', titre='Rencontre passée'),
    }
    ecrire(titre='La précédente', publie_le='2026-10-01')
    for contenu in ecrits.values():
        joindre(contenu, accessible='oui')
        joindre(contenu, titre='Planche de présentation de la cour', accessible='non', a_qui='accessibilite@cd.example')
        joindre(contenu, 'image', titre='Une cour', legende='Juin 2023. Enrobé.', credit='Photo : la commune',
                moment='avant' if contenu.genre == 'projet' else '', largeur=1200, hauteur=800)
    joindre(ecrits['projet'], 'image', titre='La cour plantée', legende='Ombre.', credit='Photo', moment='apres')
    return ecrits


def test_un_mot_plus_long_que_sa_ligne_n_elargit_aucune_page(ouvrir, monde):
    dits = {'titre': 'Travaux ' + 'a' * 90, 'resume': f'https://cd.example/{"b" * 120}', 'theme': 1, 'structure': 2}
    ecrits = [ecrire(**dits), ecrire('ressource', a_revoir_le='2027-10-06', **dits),
              ecrire('projet', collectivite=monde.rieumes.id, cout='1' * 90, **dits),
              ecrire('evenement', lieu='c' * 120, **dits)]
    page = ouvrir()
    for lieu in ('/', *RUBRIQUES.values(), '/recherche?q=travaux', '/plan-du-site', *map(adresse, ecrits)):
        page.goto(lieu)
        sans_defiler(page)


def test_les_deux_delais_de_l_accueil_tiennent_sur_une_ligne_au_telephone(ouvrir, base):
    page = ouvrir(320)
    page.goto('/')
    hauteurs = {b.bounding_box()['height'] for b in page.locator('.delais dt b').all()}
    assert len(hauteurs) == 1


def test_le_menu_tient_dans_la_page_et_mene_partout(ouvrir, contenus):
    page = ouvrir()
    for largeur in (320, 640, 900, 960, 1024, 1152, 1280, 1400):
        page.set_viewport_size({'width': largeur, 'height': 900})
        page.goto('/agenda')
        le_menu_mene_partout(page, largeur)


def le_menu_mene_partout(page, largeur):
    menu = page.locator('.menu')
    if menu.locator('summary').is_visible():
        assert not menu.get_by_role('link', name='Projets').is_visible()
        menu.locator('summary').click()
    for nom in ('Catalogue', 'Ressources', 'Projets', 'Actualités', 'Agenda', 'Suivre ma demande', 'Faire une demande'):
        boite = menu.get_by_role('link', name=nom, exact=True).bounding_box()
        assert boite['x'] >= 0 and boite['x'] + boite['width'] <= largeur, (nom, largeur)
    assert menu.locator('[aria-current]').inner_text() == 'Agenda'
    menu.get_by_role('link', name='Projets').click()
    assert page.url.endswith('/projets')


def test_sans_javascript_les_filtres_et_le_menu_replie_fonctionnent(ouvrir, contenus):
    page = ouvrir(320, js=False)
    page.goto('/actualites')
    page.get_by_label('Année').select_option('2026')
    page.get_by_role('button', name='Afficher').click()
    assert 'annee=2026' in page.url and page.get_by_role('heading', name='La précédente').is_visible()
    page.locator('.menu summary').click()
    page.locator('.menu').get_by_role('link', name='Ressources').click()
    assert page.url.endswith('/ressources')


def test_une_page_s_imprime_avec_son_adresse_sans_bouton(ouvrir, contenus):
    page = ouvrir()
    for genre in (*RUBRIQUES, 'passe'):
        page.emulate_media(media='screen')
        page.goto(adresse(contenus[genre]))
        assert not page.get_by_text('Cette page :').is_visible(), genre
        page.emulate_media(media='print')
        assert page.get_by_text('Cette page :').is_visible() and page.get_by_role('heading', level=1).is_visible()
        for cache in page.locator('main .bouton, main .voisins').all():
            assert not cache.is_visible(), genre
        assert len(re.findall(rb'/Type\s*/Page[^s]', page.pdf(format='A4'))) <= 3, genre


def test_l_avant_et_l_apres_sont_cote_a_cote_puis_l_un_sous_l_autre(ouvrir, contenus):
    for largeur, cote_a_cote in ((1280, True), (320, False)):
        page = ouvrir(largeur)
        page.goto(adresse(contenus['projet']))
        avant, apres = (figure.bounding_box() for figure in page.locator('.avant-apres figure').all())
        assert (avant['y'] == apres['y']) == cote_a_cote and avant['y'] <= apres['y']


def test_un_telephone_montre_comment_s_inscrire_avant_le_programme(ouvrir, contenus):
    page = ouvrir(320)
    page.goto(adresse(contenus['evenement']))
    bouton, texte = (page.locator(ou).first.bounding_box()['y'] for ou in ('.bouton.accent', '.redaction'))
    assert bouton < texte
