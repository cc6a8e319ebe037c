"""The contents found beside the fiches: what the public reads, and nothing else (presentoir.chercher)."""
import pytest
from conftest import changer_ligne, creer_ligne

import models
from verbes import recherche


@pytest.fixture(autouse=True)
def aujourdhui(heure):
    heure('2026-11-17T10:00:00Z')


def contenu(genre, titre, **autres):
    valeurs = {'etat': 'publie', 'publie_le': '2026-11-10', 'cree_le': '2026-11-10T09:00:00Z',
               'modifie_le': '2026-11-10T09:00:00Z'} | autres
    return creer_ligne(models.Contenu, genre=genre, titre=titre, **valeurs)


def chercher(site, q):
    return site.get('/recherche', {'q': q}).html


def titres(page):
    return [lien.text for lien in page.select('[aria-labelledby=a-lire] li a')]


def test_les_contenus_viennent_apres_les_fiches_avec_leur_genre_et_leur_jour_un_lien_y_mene_du_haut(site):
    contenu('ressource', 'Délibération : revitaliser un centre-bourg', nature='deliberation', resume='Un modèle.')
    contenu('evenement', 'Rencontre : revitaliser le bourg', debut_le='2026-12-08', debut_a='09:00')
    page = chercher(site, 'revitalisation de bourg')
    assert page.select('[aria-labelledby=resultats] .resultats') and page.select_one('aside #a-lire')
    titres_lus = [h2.text.strip() for h2 in page.select('main h2')]
    assert titres_lus.index('Ressources, projets et actualités') > titres_lus.index('La fiche la plus proche')
    lus = {li.a.text: ' '.join(li.p.text.split()) for li in page.select('[aria-labelledby=a-lire] li')}
    assert lus == {
        'Délibération\u00a0: revitaliser un centre-bourg': 'Ressource · Modèle de délibération · 10 novembre 2026',
        'Rencontre\u00a0: revitaliser le bourg': 'Évènement · mardi 8 décembre 2026'}
    site.get(page.select_one('[aria-labelledby=a-lire] a')['href'], status=200)
    lien = page.select_one('.tete-page a[href="#a-lire"]')
    assert lien.text == 'ressources, projets et actualités (2)'
    assert not chercher(site, 'conseil juridique').select('a[href="#a-lire"]')


def test_les_contenus_ne_changent_rien_aux_fiches(site):
    with models.lecture():
        avant = [recherche.proches(q) for q in ('conseil juridique', 'bourg', 'delibération', 'écoles')]
    for n in range(30):
        contenu('actualite', f'Le bourg, le conseil juridique, l\'école {n}', corps='bourg conseil délibération ' * 20)
    with models.lecture():
        assert [recherche.proches(q) for q in ('conseil juridique', 'bourg', 'delibération', 'écoles')] == avant


def test_un_modele_se_trouve_par_ce_qu_il_est_et_chaque_mot_d_un_contenu_se_trouve(site):
    contenu('ressource', 'Lancer une étude de programmation', nature='deliberation')
    contenu('ressource', 'Choisir un bureau d\'étude', nature='guide')
    for q in ('modèle de délibération', 'deliberations', 'délibérer'):
        assert titres(chercher(site, q)) == ['Lancer une étude de programmation'], q
    for champs in ({'titre': 'Salon des pangolins'}, {'resume': 'Un pangolin.'},
                   {'corps': '## Titre\n\n- des **pangolins**'}, {'lieu': 'Salle du Pangolin'}):
        un = contenu('evenement', **{'titre': 'Un titre', 'debut_le': '2026-12-08'} | champs)
        for etat, trouves in (('publie', 1), ('retire', 0), ('publie', 1), ('brouillon', 0)):       # at once
            changer_ligne(un, etat=etat)
            assert len(titres(chercher(site, 'pangolin'))) == trouves, (champs, etat)


def test_trois_au_plus_de_chaque_genre(site):
    for n in range(5):
        contenu('actualite', f'Le pangolin, actualité {n}')
        contenu('projet', f'Le pangolin, projet {n}')
    lus = titres(chercher(site, 'pangolin'))
    assert len(lus) == 6 and sum('actualité' in titre for titre in lus) == 3
    contenu('actualite', '<b>ornithorynque</b> & co')
    page = chercher(site, 'ornithorynque')
    assert titres(page) == ['<b>ornithorynque</b> & co'] and not page.select('main b')


def test_une_recherche_sans_fiche_propose_le_contenu_et_la_demande_libre_et_reste_notee(site, monkeypatch):
    notees = []
    monkeypatch.setattr('views.catalogue.catalogue.notes.noter_recherche', notees.append)
    contenu('ressource', 'Le pangolin', nature='guide')
    page = chercher(site, 'pangolin')
    assert '(aucune fiche, 1 autre page)' in page.title.text
    assert titres(page) == ['Le pangolin'] and page.select('a.bouton[href="/demande?q=pangolin"]')
    assert 'Aucune fiche n\'est assez proche' in page.text and notees == ['pangolin']
    assert not chercher(site, 'ornithorynque').select('[aria-labelledby=a-lire]') and notees[1:] == ['ornithorynque']
    contenu('actualite', 'Le pangolin encore')
    assert '(aucune fiche, 2 autres pages)' in chercher(site, 'pangolin').title.text


def test_le_nombre_de_requetes_ne_depend_pas_du_nombre_de_contenus(site, requetes):
    nombres = []
    for fois in (0, 10):
        for genre in ('ressource', *('ressource', 'actualite', 'projet') * fois):
            contenu(genre, 'Le pangolin')
        requetes.clear()
        assert titres(chercher(site, 'pangolin'))
        nombres.append(len(requetes))
    assert nombres[0] == nombres[1]
