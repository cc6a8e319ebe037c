"""The printed guide is an edition: mentions asked before, the PDF kept byte for byte for its year, its fiches."""
import pytest
from conftest import en_ecriture, faits, fautes, fixer_tous, le_formulaire, lue, texte
from webtest import Upload

import models
from verbes import valeurs
from verbes.administration import identite
from verbes.catalogue import catalogue, guide

ADMIN, GARDER = '/espace/admin/guide', '/espace/admin/guide/edition'
PDF = b'%PDF-1.7\n' + bytes(range(256)) + b'\n%%EOF'
DITES = {'guide_editeur': 'Le Département', 'guide_mentions': 'Directrice de la publication : la Présidente\nDépôt '
         'légal : janvier 2027'}


@pytest.fixture
def dites(monde):
    fixer_tous(**DITES)


def garder(page, annee='2027', fichier=('guide.pdf', PDF), status=303):
    formulaire = le_formulaire(page, GARDER)
    formulaire['annee'] = annee
    if fichier:
        formulaire['pieces'] = Upload(*fichier)
    return formulaire.submit(status=status)


def test_l_edition_est_gardee_a_l_octet_pres_avec_les_versions_de_ses_fiches_sans_nommer_d_agent(
        dites, monde, entrer, site, heure):
    en_ecriture(catalogue.enregistrer_fiche, monde.fiche, monde.admin, {'resume': 'Mieux.'}, 'Une faute.')
    en_ecriture(catalogue.enregistrer_fiche, monde.contentieux, monde.admin, {'hors_guide': True}, 'Pas imprimée.')
    assert 'Contentieux' not in texte(site.get('/guide')) and 'Contentieux' in texte(site.get('/catalogue'))
    page = garder(entrer(monde.admin).get(ADMIN)).follow()
    assert 'L\'édition est gardée' in texte(page)
    heure('2027-01-05T09:00:00Z')
    en_ecriture(catalogue.enregistrer_fiche, monde.urgente, monde.admin, {'titre': 'Autre titre'}, 'Autre.')
    en_ecriture(catalogue.changer_etat, monde.fiche, monde.admin, 'archivee', 'Fini.')
    page = site.get('/guide').click('2027')
    dit = texte(page)
    assert 'Édition du 24 novembre 2026 ; fiches en vigueur : 2.' in dit
    assert 'n° 1, Conseil juridique version 1' in dit and 'n° 2, Revitalisation de bourg-centre version 2' in dit
    assert page.html.find('meta', {'name': 'robots'})['content'] == 'noindex'
    servi = site.get('/guide/2027.pdf')
    assert servi.body == PDF and servi.headers['X-Robots-Tag'] == 'noindex'
    assert '/guide/2027' not in site.get('/sitemap.xml').text
    assert 'Guide des accompagnements, édition' not in texte(site.get('/recherche?q=guide'))
    assert ('document ajouté', monde.admin.courriel, 'guide 2027\u00a0: guide.pdf') in faits()
    for dit in (texte(page), texte(site.get('/guide'))):
        assert not any(a.nom_complet in dit for a in (monde.chef, monde.cochef, monde.admin))
    assert '05 36 49 00 20' in texte(site.get('/guide')) and '05 36 49 00 30' not in texte(site.get('/guide'))
    en_ecriture(models.Theme.update(ordre=0).where(models.Theme.nom == 'Aménagement').execute)
    with models.lecture():
        assert [theme for theme, _ in guide.fiches_de(guide.edition('2027'))] == ['Aménagement', 'Assistance juridique']


def test_sans_mentions_rien_n_est_garde_dites_elles_sont_au_guide_et_l_edito_ne_change_pas_en_periode_electorale(
        monde, entrer, site, base):
    admin = entrer(monde.admin)
    page = garder(admin.get(ADMIN), status=422)
    assert fautes(page)[0].startswith('Il manque Éditeur et Mentions du guide imprimé')
    assert lue(base, 'SELECT 1 FROM document') == [] and lue(base, 'SELECT 1 FROM version') == []
    formulaire = le_formulaire(admin.get(ADMIN), ADMIN)
    for cle, valeur in (DITES | {'guide_edito': 'Chers maires,\n\nVoici notre guide.'}).items():
        formulaire[cle] = valeur
    formulaire.submit(status=303)
    dit = texte(site.get('/guide'))
    assert 'Édito Chers maires, Voici notre guide.' in dit
    assert 'Éditeur : Le Département Directrice de la publication : la Présidente Dépôt légal : janvier 2027' in dit
    en_ecriture(valeurs.ecrire, 'guide_mentions', 'Imprimeur : nous', origine='quatre réglages')    # by an update
    le_formulaire(admin.get('/espace/admin').click(href=f'^{ADMIN}#guide_mentions$'), ADMIN).submit(status=303)
    assert '#guide_mentions' not in admin.get('/espace/admin')
    fixer_tous(electorale_du='2026-11-01', electorale_au='2027-03-21')
    assert 'Chers maires' not in texte(site.get('/guide'))
    avant = lue(base, "SELECT cle, valeur FROM reglage WHERE cle LIKE 'guide_%'")
    formulaire = le_formulaire(entrer(monde.admin).get(ADMIN), ADMIN)
    formulaire['guide_edito'], formulaire['guide_editeur'] = 'Votez,', 'Un autre'
    assert 'l\'édito ne change pas' in fautes(formulaire.submit(status=422))[0]
    assert lue(base, "SELECT cle, valeur FROM reglage WHERE cle LIKE 'guide_%'") == avant
    neuf = {'couleur': '', 'couleur_accent': '', 'paysage': 'ville'}
    with pytest.raises(models.Refus, match='la couverture du guide, ne change pas'), models.ecriture():
        identite.habiller(neuf, monde.admin)
    en_ecriture(identite.habiller, neuf | {'paysage': 'montagne', 'couleur': '#1f4e79'}, monde.admin)


def test_ce_qui_n_est_pas_une_edition_ou_existe_deja_est_refuse_d_une_phrase_retiree_son_annee_est_libre(
        dites, monde, entrer, site, base):
    admin = entrer(monde.admin)
    for annee, fichier, phrase in (
            ('2025', ('guide.pdf', PDF), 'ne édition est de 2026 ou de 2027'),
            ('abcd', ('guide.pdf', PDF), 'ne édition est de 2026 ou de 2027'),
            ('2027', ('guide.odt', b'PK\x03\x04'), 'hoisissez le PDF'),
            ('2027', ('guide.pdf', b'GIF89a'), 'ne correspond pas'), ('2027', None, 'hoisissez un fichier')):
        page = garder(admin.get(ADMIN), annee, fichier, 422)
        assert phrase in fautes(page)[0] and le_formulaire(page, GARDER)['annee'].value == annee
        assert lue(base, 'SELECT 1 FROM document') == [], (annee, fichier, phrase)
    page = admin.get(ADMIN)
    en_ecriture(catalogue.enregistrer_fiche, monde.fiche, monde.admin, {'resume': 'Mieux.'}, 'Une faute.')
    assert 'ont changé depuis que cette page est ouverte' in texte(garder(page, status=409))
    garder(admin.get(ADMIN))
    refus = garder(admin.get(ADMIN), fichier=('autre.pdf', PDF + b'x'), status=409)
    assert 'L\'édition 2027 existe déjà, telle qu\'elle a été imprimée.' in texte(refus)
    assert site.get('/guide/2027.pdf').body == PDF
    le_formulaire(admin.get(ADMIN), f'{ADMIN}/2027/retirer').submit(status=303)
    assert lue(base, 'SELECT taille, nom FROM document') == [(0, 'guide.pdf')]
    assert 'Il n\'y a pas d\'édition 2027' in texte(site.get('/guide/2027', status=404))
    site.get('/guide/2027.pdf', status=404)
    admin.post(f'{ADMIN}/2027/retirer', status=404)
    garder(admin.get(ADMIN), fichier=('autre.pdf', PDF + b'x'))
    assert site.get('/guide/2027.pdf').body == PDF + b'x'
