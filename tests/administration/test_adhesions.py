"""Memberships: their file, what a demande says of them (« oui », « non », « à vérifier »), blocking nothing."""
import io
import re

from conftest import en_ecriture
from fichiers import lire

import models
from verbes.echanges.exports import exporter
from verbes.echanges.imports import importer

ENTETE = 'siren;structure;depuis;jusqu_au\n'
HGI = 'Haute-Garonne Ingénierie – HGI'


def adherer(*lignes):
    return importer('adhesions', (ENTETE + ''.join(f'{ligne}\n' for ligne in lignes)).encode())


def test_la_demande_dit_si_la_collectivite_adhere_ou_que_c_est_a_verifier(monde, creer, entrer):
    def dites(demande, qui=monde.chef):
        page = entrer(qui).get(f'/espace/demandes/{demande.numero}').html
        return dict(re.findall(r'(Adhésion \w+)\s: (oui|non|à vérifier)', page.text))

    demande = creer('attribue_chef')
    adherer('213104540;Conseil départemental de la Haute-Garonne;;')
    assert dites(demande) == {}, 'no membership is known of the structures of its team'
    for ligne, attendu in ((f'213104540;{HGI};01/01/2015;', 'oui'), (f'213104540;{HGI};;24/11/2026', 'oui'),
                           (f'213104540;{HGI};;23/11/2026', 'non'), (f'213104540;{HGI};25/11/2026;', 'non'),
                           (f'213104532;{HGI};;', 'non'), (f'213104540;{HGI};;', 'oui')):
        en_ecriture(models.Adhesion.delete().execute)
        assert adherer(ligne).fautes == [], ligne
        assert dites(demande) == ({} if attendu == 'non' else {'Adhésion HGI': attendu}), ligne
        en_ecriture(models.Fiche.update(adherents_de=1).execute)                         # a fiche kept for its members
        assert dites(demande) == {'Adhésion HGI': attendu}, ligne
        en_ecriture(models.Fiche.update(adherents_de=None).execute)
    hors_liste = creer('attribue_chef', collectivite=None, type='Syndicat', nom_collectivite='SIVOM')
    en_ecriture(models.db.execute_sql,
                "UPDATE collectivite SET remplacee_par_id = 3, jusqu_au = '2026-11-01' WHERE siren = ?", ('213104540',))
    for une in (hors_liste, demande):                               # a name to attach, a merger
        assert dites(une, monde.admin) == {'Adhésion HGI': 'à vérifier'}


def test_le_fichier_se_refuse_a_sa_ligne_s_exporte_se_relit_et_se_lit_a_la_page_de_la_collectivite(monde, maxime):
    for ligne, colonne, raison in (                                 # at fault: nothing is written
            (f'213104999;{HGI};;', 'siren', "n'est pas dans la base"),
            ('213104540;Ailleurs;;', 'structure', "n'est pas dans"),
            (f'213104540;{HGI};02/01/2027;01/01/2027', 'jusqu_au', 'finit avant de commencer'),
            (f'213104540;{HGI};demain;', 'depuis', "n'est pas une date"), (f'12;{HGI};;', 'siren', '9 chiffres')):
        (faute,) = adherer(f'213104532;{HGI};;', ligne).fautes
        assert (faute.ligne, faute.colonne) == (3, colonne) and raison in faute.raison, ligne
        assert lire('SELECT count(*) FROM adhesion') == [(0,)], ligne
    adherer(f'213104540;{HGI};01/01/2015;', f'200068815;{HGI};;')
    page = maxime.get(f'/espace/admin/collectivites/{monde.rieumes.id}')
    assert f'{HGI}, depuis le 1er janvier 2015' in ' '.join(page.html.text.split())
    sortie = io.BytesIO()
    with models.lecture():
        assert exporter('adhesions', sortie) == 2
    assert importer('adhesions', sortie.getvalue())[:3] == (0, 0, 2)
    assert adherer(f'213104540;{HGI};01/01/2015;31/12/2026')[:3] == (0, 1, 0)
    assert lire('SELECT depuis, jusqu_au FROM adhesion WHERE collectivite_id = 2') == [('2015-01-01', '2026-12-31')]
