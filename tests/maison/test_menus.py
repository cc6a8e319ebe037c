"""Les menus de l'espace : six cartes d'administration et leurs pages, « Contenus » dans la barre."""
import re

import pytest

from views import app
from views.menus import ADMINISTRATION

ENTREES = [(titre, entree, mere) for titre, _, entrees in ADMINISTRATION for mere in entrees
           for entree in (mere, *mere.dedans)]
ADRESSES = sorted({r.rule for r in app.routes if r.method == 'GET' and r.config['qui'] == 'administrateur'
                   and re.match('/espace/admin[^<.]*$', r.rule)}
                  - {'/espace/admin/import/modele', '/espace/admin/guide/edition', '/espace/admin/courriels'})


def chemin(page):
    return [li.text.strip() for li in page.html.select('.fil-ariane li')]


def test_l_administration_tient_en_six_cartes_de_douze_pages_chacune_dite_une_fois():
    assert len(ADMINISTRATION) == 6 and sum(len(entrees) for *_, entrees in ADMINISTRATION) == 12
    for quoi in ('cle', 'lien', 'nom'):
        dits = [getattr(entree, quoi) for _, entree, _ in ENTREES]
        assert len(dits) == len(set(dits))


def test_chaque_page_repond_sous_l_administration_et_mene_a_celles_qu_elle_ouvre(monde, entrer):
    admin = entrer(monde.admin)
    for _, entree, mere in ENTREES:
        page = admin.get(entree.lien)
        dit = chemin(page)
        assert dit[:2] == ['Ma journée', 'Administration'] and len(dit) == 3 + (entree is not mere), entree.nom
        assert entree is mere or dit[2] == mere.nom
        dedans = page.html.select(f'nav[aria-label="Depuis {entree.nom}"] a')
        assert [(a.text, a['href']) for a in dedans] == [(e.nom, e.lien) for e in entree.dedans]
        vues = page.html.select('main nav.onglets')                 # of its own list
        assert not vues or entree.cle in ('comptes', 'lettres', 'supervision'), entree.nom


def test_toute_page_d_administration_a_son_chemin(monde, entrer):
    admin = entrer(monde.admin)
    assert len(ADRESSES) > 15
    for adresse in ADRESSES:
        assert chemin(admin.get(adresse, status='*'))[1] in ('Administration', 'Pilotage'), adresse


def test_l_accueil_de_l_administration_dit_ce_qui_presse_puis_mene_a_toutes_ses_pages(monde, entrer):
    page = entrer(monde.admin).get('/espace/admin')
    titres = [h.text for h in page.html.select('main h2')]
    assert titres == ['Reste à régler', *(titre for titre, *_ in ADMINISTRATION)]
    liens = [a['href'] for a in page.html.select('.cartes-admin a')]
    assert liens == [e.lien for _, e, mere in ENTREES if e is mere and e.cle != 'reprise']
    nombre = len(entrer(monde.admin).get('/espace/admin/textes').html.select('tbody tr'))
    ligne, = (li for li in page.html.select('.cartes-admin li') if li.a.text == 'Textes')
    assert ligne.span.text == str(nombre)


def test_ce_qui_a_demenage_repond_301_et_un_texte_se_trouve_par_un_mot(monde, entrer):
    admin = entrer(monde.admin)
    assert admin.get('/espace/admin/courriels', status=301).headers['Location'].endswith('/espace/admin/textes')
    trouves = [a.text for a in admin.get('/espace/admin/textes?q=hors+competence').html.select('tbody a')]
    assert 'Demande hors compétence, aux administrateurs et à l\'équipe' in trouves and len(trouves) < 9
    rien = admin.get('/espace/admin/textes?q=zzz').html.select_one('.vide')
    assert rien.text == 'Aucun texte ne dit «\u00a0zzz\u00a0».'


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


@pytest.mark.parametrize('adresse', ['/espace/admin/nulle-part', '/espace/nulle-part', '/espace/admin/import/x/y'])
def test_une_page_de_l_espace_qui_n_existe_pas_se_dit_dans_l_espace(monde, entrer, lecteur, site, adresse):
    for qui in (monde.admin, monde.chef, lecteur):
        page = entrer(qui).get(adresse, status=404)
        assert qui.nom_complet in page.html.header.text and 'Vous suiviez une demande' not in page
        assert 'n\'existe pas' in page.html.main.text
    assert site.get(adresse, status=401).html.select_one('[name=mot_de_passe]')
