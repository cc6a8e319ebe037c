"""An import never writes over another demande: three things tell that a row is the same one, or it is asked (§3)."""
import random

import pytest
from conftest import texte
from fichiers import lire, tout
from test_historique import (  # noqa: F401 – the fixtures
    annuler, departement, dire, ecran, ecrire, ligne_a_ligne, modele_de_base, ouvrir, repondre, sans_trace, site)

import langue
import models
from verbes.echanges import imports, reprises, revue
from verbes.echanges.imports import importer

COLONNES = ('commune', 'date', 'objet', 'statut', 'technicien', 'référence', 'mail')


def fichier(*lignes, colonnes=COLONNES):
    return '\n'.join(';'.join(ligne) for ligne in (colonnes, *lignes)).encode()


def ligne(commune='Rieumes', date='01/06/2022', objet='PLU', technicien='', reference='', mail=''):
    return commune, date, objet, 'Terminé', technicien, reference, mail


def vue_de(octets, **reponses):
    lu = revue.ouvrir('demandes', octets, repondre(revue.ouvrir('demandes', octets)) | reponses)
    return lu, {vue.ligne: vue for vue in revue.relire(lu).vues}


def sort(*lignes, **dites):
    """What becomes of the first row of a file."""
    return vue_de(fichier(*lignes, **dites))[1][2].sort


INCONNUE = fichier(ligne('MT DE MARSAN', technicien='Cécile Ancien'))


@pytest.fixture
def rieumes(departement):  # noqa: F811
    ecrire(ouvrir('demandes', fichier(ligne(technicien='Anne Lafitte'))))
    return sans_trace(tout())['demande']


def test_une_ligne_a_rattacher_ne_recouvre_pas_la_demande_d_une_autre_commune(rieumes, ecran):  # noqa: F811
    page = dire(ecran(cellules=INCONNUE.decode()))
    assert ligne_a_ligne(page) == {'à dire': 1} and 'Est-ce la demande n° 1' in texte(page)
    assert 'Il n\'y a rien à écrire' in texte(page)
    seule, deux = [(1, 'Rieumes')], [(1, 'Rieumes'), (2, 'MT DE MARSAN')]
    for reponse, dite, demandes in (('1', 'inchange', seule), ('99', 'a_dire', seule), (reprises.AUTRE, 'cree', deux)):
        lu, vues = vue_de(INCONNUE, **{'celle-2': reponse})
        assert vues[2].sort == dite, reponse
        _, lot = ecrire(lu)
        assert lire('SELECT numero, collectivite FROM demande ORDER BY 1') == demandes, reponse
    assert vue_de(INCONNUE)[1][2].sort == 'inchange'
    annuler(lot)
    page = page.forms['revoir'].submit('celle-2', value=reprises.AUTRE)
    assert ligne_a_ligne(page) == {'créé': 1}
    page.forms['ecrire'].submit()
    assert lire('SELECT count(*) FROM demande') == [(2,)]
    annuler(lire("SELECT max(id) FROM audit WHERE fait = 'import'")[0][0])
    _, vues = vue_de(INCONNUE)          # the same day, the same text, a commune that the list does not know
    assert (vues[2].sort, vues[2].doute) == ('a_dire', 1)
    assert 'Est-ce la demande n° 1, déposée par « Rieumes » le 01/06/2022' in vues[2].fautes[0].raison
    ecrire(ouvrir('demandes', INCONNUE))
    faute, = importer('demandes', INCONNUE).fautes                      # the command, which asks nothing
    assert faute.colonne == 'numero' and 'n° 1' in faute.raison and 'un numéro libre sinon' in faute.raison
    assert sans_trace(tout())['demande'] == rieumes
    numeros = ('numéro', *COLONNES)
    assert importer('demandes', fichier(('7', *ligne('MT DE MARSAN')), colonnes=numeros))[:3] == (1, 0, 0)
    assert importer('demandes', fichier(('1', *ligne('MT DE MARSAN')), colonnes=numeros))[:4] == (0, 0, 1, [])
    assert lire('SELECT numero, collectivite FROM demande ORDER BY 1') == [(1, 'Rieumes'), (7, 'MT DE MARSAN')]


SECONDES = [
    (('Muret', '05/09/2023', 'Bail', '', '12'), 'cree'),            # « 12 » of another service
    (('Rieumes', '05/09/2023', 'Bail', '', '12'), 'a_dire'),        # the same commune asks both
    (('Muret', '01/06/2022', 'Bail', '', '12'), 'a_dire'), (('Rieumes', '01/06/2022', 'Bail', '', '12'), 'modifie'),
    (('Rieumes', '05/09/2023', 'PLU', '', '12'), 'modifie'), (('GOT', '01/06/2022', 'PLU', '', '12'), 'inchange'),
    (('Muret', '01/06/2022', 'PLU', '', '12'), 'modifie'), (('Rieumes', '01/06/2022', 'PLU', '', '13'), 'a_dire'),
    (('GOT', '01/06/2022', 'PLU', '', '13'), 'cree'), (('GOT', '01/06/2022', 'PLU'), 'a_dire'),
    (('Muret', '01/06/2022', 'PLU'), 'cree'), (('Rieumes', '02/06/2022', 'PLU'), 'cree')]


def test_trois_choses_disent_la_meme_demande_deux_la_font_demander_et_un_numero_de_meme(departement):  # noqa: F811
    _, lot = ecrire(ouvrir('demandes', fichier(ligne(reference='12'))))
    assert [(seconde, sort(ligne(*seconde))) for seconde, _ in SECONDES] == SECONDES
    annuler(lot)
    colonnes = {'colonnes': ('numéro', *COLONNES)}
    ecrire(ouvrir('demandes', fichier(('7', *ligne()), **colonnes)))
    for seconde, dit in ((ligne('Muret', '05/09/2023', 'Bail'), 'refuse'), (ligne(objet='Bail'), 'modifie'),
                         (ligne('Muret'), 'modifie'), (ligne('Rieumes', '05/09/2023', 'Bail'), 'a_dire')):
        assert sort(('7', *seconde), **colonnes) == dit, seconde
    lu, vues = vue_de(fichier(('7', *seconde), **colonnes), **{'celle-2': reprises.AUTRE})
    assert (vues[2].sort, vues[2].cellules['numero'], vues[2].apres['reference']) == ('cree', '8', '7')
    ecrire(lu)
    assert sort(('7', *seconde), **colonnes) == 'inchange'


def test_le_meme_fichier_ne_detache_pas_une_demande_rattachee_ni_n_en_reprend_une(departement, heure):  # noqa: F811
    octets = fichier(ligne('GOT', reference='2021-034'), ligne('GOT', objet='Lavoir'))
    ecrire(ouvrir('demandes', octets))
    with models.ecriture():
        cc = models.Collectivite.get(models.Collectivite.nom == 'CC Le Grand Ouest Toulousain')
        models.Demande.update(collectivite_liee=cc, collectivite=cc.nom, type=cc.type,
                              collectivite_tri=langue.normaliser(cc.nom)).execute()
    _, vues = vue_de(octets)
    assert (vues[2].sort, vues[3].sort) == ('inchange', 'a_dire')
    ecrire(ouvrir('demandes', fichier(ligne(date='01/12/2021', objet='Bail'))))
    heure('2026-12-05T09:00:00Z')
    assert sort(ligne(date='01/12/2021', objet='Bail')) == 'a_dire'
    assert lire('SELECT message FROM demande ORDER BY numero DESC LIMIT 1') == [('Bail',)]


def test_deux_lignes_qui_valent_autant_se_demandent_une_reference_a_plusieurs_est_refusee(departement):  # noqa: F811
    deux = ligne(mail='a@x.example'), ligne(mail='b@x.example')
    a_rattacher = ligne('Labastide', technicien='A. Ancien')
    ecrire(ouvrir('demandes', fichier(*deux, a_rattacher)))
    _, vues = vue_de(fichier(*reversed(deux), a_rattacher))
    assert [vues[n].sort for n in (2, 3, 4)] == ['inchange'] * 3
    assert sort(ligne(mail='c@x.example')) == sort(ligne('Labastide', technicien='B. Ancien')) == 'a_dire'
    ecrire(ouvrir('demandes', fichier(*(ligne(c, objet='Bail', reference='12') for c in ('Rieumes', 'Muret')))))
    journal = 'référence;date;par;texte\n12;04/02/2023;M. Ancien;Appelée\n'.encode()
    vue, = revue.relire(revue.ouvrir('journal', journal)).vues
    assert vue.sort == 'refuse' and 'Plusieurs demandes' in vue.fautes[0].raison


def au_hasard(hasard):
    return fichier(*dict.fromkeys(
        ligne(hasard.choice(('Rieumes', 'Muret', 'GOT', 'MT DE MARSAN', 'Labastide')),
              hasard.choice(('01/06/2022', '01/01/2023')), hasard.choice(('PLU', 'Voirie')),
              hasard.choice(('', 'M. Ancien', 'Mme Passée')), hasard.choice(('', '', '12', '2021-034')),
              hasard.choice(('', 'a@x.example')))
        for _ in range(hasard.randrange(1, 9))))


LISTEES = {'Rieumes', 'Muret'}


def montrees():
    """{number: what its row said, as the base keeps it}."""
    return {numero: (commune, langue.jour_de(depose_le), *reste) for numero, commune, depose_le, *reste in lire(
        'SELECT numero, collectivite, depose_le, message, reference, courriel, '
        '(SELECT texte FROM journal WHERE demande_id = numero ORDER BY id LIMIT 1) FROM demande')}


def dites(octets):
    """{line: the same of the raw cells}."""
    lues = {}
    for n, (commune, date, objet, _, technicien, reference, mail) in enumerate(
            (rang.split(';') for rang in octets.decode().split('\n')[1:]), 2):
        note = f'Suivie par {technicien.rstrip(".")}.' if technicien else ''
        lues[n] = (commune, '-'.join(reversed(date.split('/'))), objet, reference, mail,
                   f'Reprise de l\'historique. {note}'.strip())
    return lues


def trois_choses(avant, dite):
    """May this row be written over this demande, nobody having said so?"""
    reference = bool(dite[3]) and dite[3] == avant[3]
    ou = dite[0] == avant[0] and (reference or dite[0] in LISTEES)
    return reference + ou + (dite[1] == avant[1]) + (dite[2] == avant[2]) >= 3


def verifier(avant, apres, ecrites):
    """Each row [(number, what it says)] is in a demande of its own, new or that it may change; no other moved."""
    assert len({numero for numero, _ in ecrites}) == len(ecrites)
    assert {n for n in avant if avant[n] != apres.get(n)} <= {n for n, _ in ecrites}
    for numero, dite in ecrites:
        commune, *reste, note = apres[numero]
        assert reste == list(dite[1:-1])
        if numero not in avant:
            assert (commune, note) == (dite[0], dite[-1])
        elif avant[numero] != apres[numero]:
            assert trois_choses(avant[numero], dite), (avant[numero], dite)
            assert commune == dite[0] or dite[0] not in LISTEES


@pytest.mark.parametrize('graine', range(16))
def test_aucune_demande_ne_perd_ce_que_disait_sa_ligne_pour_une_autre(departement, graine):  # noqa: F811
    """Any sequence of files, by the screen, answered « une autre » or not at all, or by the command."""
    hasard, faits = random.Random(graine), []
    for _ in range(hasard.randrange(2, 6)):
        octets = hasard.choice(faits) if faits and hasard.random() < .2 else au_hasard(hasard)
        faits.append(octets)
        avant, base = montrees(), sans_trace(tout())
        lu, vues = vue_de(octets)
        if hasard.random() < .3:
            bilan = importer('demandes', octets)
            assert bool(bilan.fautes) == any(vue.fautes for vue in vues.values())
            if bilan.fautes:
                assert sans_trace(tout()) == base
                continue
        else:
            if hasard.random() < .5:
                lu, vues = vue_de(octets, **{f'celle-{n}': reprises.AUTRE for n, v in vues.items() if v.doute})
            ecrire(lu)
        lus = dites(octets)
        verifier(avant, montrees(), [
            (int(vue.cellules['numero']), lus[n]) for n, vue in vues.items() if not vue.fautes])
        encore = sans_trace(tout())
        restes = vue_de(octets)[1]
        for n, vue in vues.items():                                     # what was there may have a second one by now
            assert restes[n].sort in {'cree': ['inchange'], 'refuse': ['refuse']}.get(vue.sort, ['inchange', 'a_dire'])
        ecrire(ouvrir('demandes', octets))
        assert sans_trace(tout()) == encore
    lot = lire("SELECT max(id) FROM audit WHERE fait = 'import'")[0][0]
    if lot and montrees() != avant:
        assert annuler(lot)[1] == [] and montrees() == avant


def test_arrete_pendant_qu_il_ecrit_un_import_ne_laisse_rien(departement, monkeypatch):  # noqa: F811
    octets, avant, ecrire_une = fichier(*(ligne(objet=f'Lavoir {n}') for n in range(9))), tout(), imports._ecrire_ligne
    for rang in (1, 5, 9):
        restent = iter(range(rang - 1))
        monkeypatch.setattr(imports, '_ecrire_ligne', lambda *lu, restent=restent: (next(restent), ecrire_une(*lu))[1])
        with pytest.raises(StopIteration):
            importer('demandes', octets)
        assert tout() == avant, rang
    monkeypatch.undo()
    assert importer('demandes', octets)[:3] == (9, 0, 0)
