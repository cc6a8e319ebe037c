"""Memberships: their file, what a demande says of them (« oui », « non », « à vérifier »), blocking nothing."""
import io

import pytest
from fichiers import lire

import models
from verbes.echanges.exports import exporter
from verbes.echanges.imports import importer

ENTETE = 'siren;structure;depuis;jusqu_au\n'
HGI = 'Haute-Garonne Ingénierie – HGI'


def adherer(*lignes):
    return importer('adhesions', (ENTETE + ''.join(f'{ligne}\n' for ligne in lignes)).encode())


def dites(page):
    return {dt.text: dt.find_next('dd').text for dt in page.html.select('dt') if dt.text.startswith('Adhésion ')}


@pytest.mark.parametrize('ligne, attendu', [
    (f'213104540;{HGI};01/01/2015;', 'oui'), (f'213104540;{HGI};;', 'oui'), (f'213104540;{HGI};;24/11/2026', 'oui'),
    (f'213104540;{HGI};;23/11/2026', 'non'), (f'213104540;{HGI};25/11/2026;', 'non'), (f'213104532;{HGI};;', 'non')])
def test_la_demande_dit_si_la_collectivite_adhere(monde, creer, entrer, ligne, attendu):
    assert adherer(ligne).fautes == []
    demande = creer('attribue_chef')
    assert dites(entrer(monde.chef).get(f'/espace/demandes/{demande.numero}')) == {'Adhésion HGI': attendu}


def test_sans_adhesion_connue_d_une_structure_rien_n_en_est_dit(monde, creer, entrer):
    adherer('213104540;Conseil départemental de la Haute-Garonne;;')                # not in its team
    assert dites(entrer(monde.chef).get(f'/espace/demandes/{creer("attribue_chef").numero}')) == {}


def test_un_nom_a_rattacher_et_une_fusion_sont_a_verifier(monde, creer, entrer):
    adherer(f'213104540;{HGI};;')
    hors_liste = creer('attribue_chef', collectivite=None, type='Syndicat', nom_collectivite='SIVOM')
    fusionnee = creer('attribue_chef', message='b')
    with models.ecriture():
        models.db.execute_sql("UPDATE collectivite SET remplacee_par_id = 3, jusqu_au = '2026-11-01' WHERE siren = ?",
                              ('213104540',))
    for demande in (hors_liste, fusionnee):
        page = entrer(monde.admin).get(f'/espace/demandes/{demande.numero}')
        assert dites(page) == {'Adhésion HGI': 'à vérifier'}


def test_le_fichier_s_exporte_se_relit_et_se_corrige(monde):
    adherer(f'213104540;{HGI};01/01/2015;', f'200068815;{HGI};;')
    sortie = io.BytesIO()
    with models.lecture():
        assert exporter('adhesions', sortie) == 2
    assert importer('adhesions', sortie.getvalue())[:3] == (0, 0, 2)
    assert adherer(f'213104540;{HGI};01/01/2015;31/12/2026')[:3] == (0, 1, 0)
    assert lire('SELECT depuis, jusqu_au FROM adhesion WHERE collectivite_id = 2') == [('2015-01-01', '2026-12-31')]


@pytest.mark.parametrize('ligne, colonne, raison', [
    (f'213104999;{HGI};;', 'siren', "n'est pas dans la base"), ('213104540;Ailleurs;;', 'structure', "n'est pas dans"),
    (f'213104540;{HGI};02/01/2027;01/01/2027', 'jusqu_au', 'finit avant de commencer'),
    (f'213104540;{HGI};demain;', 'depuis', "n'est pas une date"), (f'12;{HGI};;', 'siren', '9 chiffres')])
def test_une_ligne_fautive_est_refusee_et_rien_n_est_ecrit(monde, ligne, colonne, raison):
    (faute,) = adherer(f'213104532;{HGI};;', ligne).fautes
    assert (faute.ligne, faute.colonne) == (3, colonne) and raison in faute.raison
    assert lire('SELECT count(*) FROM adhesion') == [(0,)]


def test_la_page_de_la_collectivite_liste_ses_adhesions(monde, entrer):
    adherer(f'213104540;{HGI};01/01/2015;')
    page = entrer(monde.admin).get(f'/espace/admin/collectivites/{monde.rieumes.id}')
    assert f'{HGI}, depuis le 01/01/2015' in ' '.join(page.html.text.split())
