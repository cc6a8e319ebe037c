"""The documents, the groupes de travail and the agenda of the contributeurs in a real Chromium: axe, 1280 and 320 px,
with and without JavaScript; an expert finds the last compte rendu of the comité."""
import pytest
from navigateur import bouton, champ, entrer, sans_defiler

import models
from models import Contenu, Document, Groupe

TEXTE = '## Décisions\n\n1. Le guide paraît.\n\n| Sujet | Qui |\n|---|---|\n| Guide | DDAT |\n'


def creer(titre, genre='document', **autres):
    valeurs = dict(audience='contributeurs', etat='publie', publie_le='2026-01-05', cree_le='2026-01-05T09:00:00Z',
                   modifie_le='2026-01-05T09:00:00Z', corps=TEXTE) | autres
    contenu = Contenu.create(genre=genre, titre=titre, **valeurs)
    Document.create(genre='contenu', objet=str(contenu.id), titre='Un relevé au nom très long, commune par commune',
                    nom='releve.pdf', type='pdf', taille=204_800, sha256='0' * 64, ajoute_le='2026-01-05T09:00:00Z',
                    contenu=b'%PDF', accessible='non', a_qui='l\'équipe de la Plateforme')
    return contenu


@pytest.fixture
def partages(connus):
    with models.ecriture():
        groupe = Groupe.create(nom='Revitalisation des centres-bourgs', animateur=connus.referent)
        Groupe.create(nom='Mobilités', ferme_le='2026-02-01')
        for mois in range(1, 8):
            creer(f'Comité : compte rendu n° {mois}', classe='comite', nature='compte_rendu',
                  seance_le=f'2026-0{mois}-12', resume='Suivi des demandes, délais de rappel.')
        creer('Décisions sur les vitrines', classe='groupe', groupe=groupe, nature='decisions', agent=connus.referent)
        creer('Affiche A3', classe='supports', nature='support', a_qui='Service communication, 05 36 49 00 10')
        creer('Comité de suivi technique', 'evenement', debut_le='2099-12-15', debut_a='14:00', fin_a='16:00',
              lieu='Salle 4', inscription='https://inscription.example/comite')
        creer('Séminaire', 'evenement', debut_le='2026-01-15', fin_le='2026-01-16', audience='public')
    return connus


def test_un_mot_plus_long_que_sa_ligne_n_elargit_aucune_page(ouvrir, connus):
    with models.ecriture():
        creer('Relevé ' + 'a' * 90, classe='supports', nature='support', a_qui=f'https://cd.example/{"b" * 120}')
        creer('Comité ' + 'a' * 90, 'evenement', debut_le='2099-12-15', lieu='c' * 120)
    page = ouvrir()
    entrer(page, connus.referent, None)
    for adresse in ('/espace/documents', '/espace/documents?q=releve', '/espace/documents/1', '/espace/agenda',
                    '/espace/agenda/2'):
        page.goto(adresse)
        sans_defiler(page)


@pytest.mark.parametrize('js', [True, False])
def test_un_expert_trouve_le_dernier_compte_rendu_du_comite(ouvrir, partages, js):
    page = ouvrir(1280, js)
    entrer(page, partages.autre)
    page.get_by_role('link', name='Documents', exact=True).click()
    derniers = page.get_by_role('region', name='Derniers comptes rendus')
    assert 'n° 7' in derniers.inner_text().replace('\xa0', ' ')
    champ(page, 'Titre, texte ou nom de fichier').fill('dernier compte rendu du comité')
    bouton(page, 'Rechercher').click()
    premier = page.locator('table.partages tbody th a').first
    assert premier.inner_text().replace('\xa0', ' ') == 'Comité : compte rendu n° 7'
    premier.click()
    assert page.get_by_role('heading', level=1).inner_text().replace('\xa0', ' ') == 'Comité : compte rendu n° 7'
    assert page.locator('.fichiers a').first.get_attribute('href').startswith('/documents/')


def test_le_menu_de_l_administrateur_tient_sur_une_ligne(ouvrir, partages):
    page = ouvrir(1280)
    entrer(page, partages.admin, None)
    for adresse in ('/espace/documents', '/espace/admin/calendrier', '/espace'):
        page.goto(adresse)
        hauteurs = page.locator('.menu li').evaluate_all(
            'tous => tous.map(li => Math.round(li.getBoundingClientRect().top + li.offsetHeight / 2))')
        assert max(hauteurs) - min(hauteurs) < 8, (adresse, hauteurs)


def test_un_document_s_imprime_sans_le_menu(ouvrir, partages):
    page = ouvrir(1280)
    entrer(page, partages.autre, '/espace/documents/1')
    page.emulate_media(media='print')
    assert not page.locator('.menu').is_visible() and page.locator('.redaction').is_visible()
    assert page.evaluate('document.documentElement.scrollWidth <= innerWidth')
