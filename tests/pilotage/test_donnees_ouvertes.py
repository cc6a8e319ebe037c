"""« Données ouvertes »: the catalogue for anybody, described, without anybody in it."""
import csv
import io
import re

from conftest import en_ecriture, texte

import models
from views.catalogue import ouvertes

PAGE, FICHIER = '/donnees-ouvertes', '/donnees-ouvertes/catalogue.csv'


def lire(reponse):
    assert reponse.body.startswith(b'\xef\xbb\xbf') and b'\r\n' in reponse.body
    return list(csv.DictReader(io.StringIO(reponse.body.decode('utf-8-sig'), newline=''), delimiter=';'))


def test_chacun_prend_le_catalogue_decrit_sans_compte_ni_personne_dedans_et_il_suit_le_catalogue(site, monde):
    reponse = site.get(FICHIER)
    assert reponse.headers['Content-Type'] == 'text/csv; charset=utf-8'
    lignes = lire(reponse)
    assert [ligne['titre'] for ligne in lignes] == [
        'Conseil juridique', 'Contentieux', 'Revitalisation de bourg-centre']
    une = lignes[-1]
    assert une['theme'] == 'Aménagement' and une['delai_jours'] == '10' and une['structure_sigle'] == 'HGI'
    assert une['actions'] == 'une visite | une note' and une['mise_a_jour'] == '2026-09-14'
    assert une['adresse'] == f'http://127.0.0.1:8080/fiches/{monde.fiche.id}-revitalisation-de-bourg-centre'
    assert site.get(une['adresse'].removeprefix('http://127.0.0.1:8080')).status_int == 200
    noms = list(une)
    dictionnaire = lire(site.get(f'{PAGE}/dictionnaire.csv'))
    assert [ligne['colonne'] for ligne in dictionnaire] == noms == [c.nom for c in ouvertes.COLONNES]
    assert all(ligne['type'] and ligne['description'].endswith('.') for ligne in dictionnaire)
    assert [code.text for code in site.get(PAGE).html.select('table code')] == noms
    page = site.get('/plan-du-site').click('Données ouvertes', index=0)
    assert page.request.path == PAGE and page.html.select_one('a[href^="https://www.etalab.gouv.fr/licence-ouverte"]')
    dits = texte(page)
    assert 'Licence Ouverte 2.0' in dits and 'citer leur source et la date de leur dernière mise à jour' in dits
    assert 'mis à jour le 14 septembre 2026' in dits and page.html.select_one('meta[name=description]')
    en_ecriture(models.Agent.update(telephone='0536490077').execute)
    for adresse in (FICHIER, PAGE, f'{PAGE}/dictionnaire.csv'):
        dits = site.get(adresse).body.decode('utf-8-sig')
        if adresse == PAGE:
            dits = re.search(r'<main.*</main>', dits, re.DOTALL)[0]
        assert not re.search(r'[\w.]+@\w', dits) and not re.search(r'\b0\d(?:[ \xa0.]?\d\d){4}\b', dits), adresse
        for nom in ('Camille', 'Temoin', 'Modele', 'Sacha', 'Maxime', 'Jeanne'):
            assert nom not in dits, adresse
    with models.lecture():
        assert not models.Audit.select().where(models.Audit.fait == 'export').exists()
    with models.ecriture():
        models.Fiche.update(titre='=Conseil neuf').where(models.Fiche.id == monde.urgente.id).execute()
        models.Fiche.update(etat='suspendue', explication='Reprend.').where(
            models.Fiche.id == monde.contentieux.id).execute()
    lignes = lire(site.get(FICHIER))
    assert {ligne['titre'] for ligne in lignes} == {"'=Conseil neuf", 'Revitalisation de bourg-centre'}
    assert '2 fiches aujourd\'hui' in texte(site.get(PAGE))
    en_ecriture(models.Fiche.update(etat='brouillon').execute)
    assert lire(site.get(FICHIER)) == [] and '0 fiche aujourd\'hui' in texte(site.get(PAGE))
