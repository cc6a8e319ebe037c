"""An import never writes over another demande: which one a row is, what is asked, what a file leaves (regles.md §3).

The law, told again here from the raw cells: a row is the demande of which three things say the same, among its number,
its reference, its day, its collectivité and its text. Whatever else looks like it is asked, row by row.
"""
import random
import signal
import subprocess
import sys

import pytest
from conftest import texte
from fichiers import lire, tout
from test_historique import (  # noqa: F401 – the fixtures
    annuler, departement, dire, ecran, ecrire, ligne_a_ligne, ouvrir, repondre, sans_trace, site)

import langue
import models
from verbes.echanges import reprises, revue
from verbes.echanges.imports import importer

COLONNES = ('commune', 'date', 'objet', 'statut', 'technicien', 'référence', 'mail')


def fichier(*lignes, colonnes=COLONNES):
    return '\n'.join(';'.join(ligne) for ligne in (colonnes, *lignes)).encode()


def ligne(commune='Rieumes', date='01/06/2022', objet='PLU', technicien='', reference='', mail=''):
    return commune, date, objet, 'Terminé', technicien, reference, mail


def vue_de(octets, **reponses):
    """The Vues of a file, by line, when this was said of its rows."""
    lu = revue.ouvrir('demandes', octets, repondre(revue.ouvrir('demandes', octets)) | reponses)
    return lu, {vue.ligne: vue for vue in revue.relire(lu).vues}


# ======================================================================================
# What is it, what is asked
# ======================================================================================

INCONNUE = fichier(ligne('MT DE MARSAN', technicien='Cécile Ancien'))


@pytest.fixture
def rieumes(departement):  # noqa: F811
    ecrire(ouvrir('demandes', fichier(ligne(technicien='Anne Lafitte'))))
    return sans_trace(tout())['demande']


def test_une_ligne_a_rattacher_ne_recouvre_pas_la_demande_d_une_autre_commune(rieumes):
    """The blocking finding: same day, same text, a commune that the list does not know."""
    _, vues = vue_de(INCONNUE)
    assert (vues[2].sort, vues[2].doute) == ('a_dire', 1)
    assert 'Est-ce la demande n° 1, déposée par « Rieumes » le 01/06/2022' in vues[2].fautes[0].raison
    ecrire(ouvrir('demandes', INCONNUE))
    assert sans_trace(tout())['demande'] == rieumes


def test_la_commande_qui_ne_demande_rien_refuse_la_ligne_et_dit_comment_trancher(rieumes):
    faute, = importer('demandes', INCONNUE).fautes
    assert faute.colonne == 'numero' and 'n° 1' in faute.raison and 'un numéro libre sinon' in faute.raison
    assert sans_trace(tout())['demande'] == rieumes
    numeros = ('numéro', *COLONNES)
    assert importer('demandes', fichier(('7', *ligne('MT DE MARSAN')), colonnes=numeros))[:3] == (1, 0, 0)
    assert importer('demandes', fichier(('1', *ligne('MT DE MARSAN')), colonnes=numeros))[:4] == (0, 0, 1, [])
    assert lire('SELECT numero, collectivite FROM demande ORDER BY 1') == [(1, 'Rieumes'), (7, 'MT DE MARSAN')]


@pytest.mark.parametrize('reponse, demandes', [
    ('1', [(1, 'Rieumes')]), (reprises.AUTRE, [(1, 'Rieumes'), (2, 'MT DE MARSAN')]), ('99', [(1, 'Rieumes')])])
def test_la_reponse_vaut_pour_sa_ligne_et_pour_la_demande_montree(rieumes, reponse, demandes):
    lu, vues = vue_de(INCONNUE, **{'celle-2': reponse})
    assert vues[2].sort == {'1': 'inchange', '99': 'a_dire'}.get(reponse, 'cree')
    ecrire(lu)
    assert lire('SELECT numero, collectivite FROM demande ORDER BY 1') == demandes
    encore, vues = vue_de(INCONNUE)
    if reponse == reprises.AUTRE:
        assert vues[2].sort == 'inchange'


def test_l_ecran_demande_et_la_reponse_suffit(rieumes, ecran):  # noqa: F811
    page = dire(ecran(cellules=INCONNUE.decode()))
    assert ligne_a_ligne(page) == {'à dire': 1} and 'Est-ce la demande n° 1' in texte(page).replace('\xa0', ' ')
    assert 'Il n\'y a rien à écrire' in texte(page)
    page = page.forms['revoir'].submit('celle-2', value=reprises.AUTRE)
    assert ligne_a_ligne(page) == {'créé': 1}
    page.forms['ecrire'].submit()
    assert lire('SELECT count(*) FROM demande') == [(2,)]


@pytest.mark.parametrize('seconde, sort', [
    (ligne('Muret', '05/09/2023', 'Bail', reference='12'), 'cree'),             # « 12 » of another service
    (ligne('Rieumes', '05/09/2023', 'Bail', reference='12'), 'a_dire'),         # the same commune asks both
    (ligne('Muret', '01/06/2022', 'Bail', reference='12'), 'a_dire'),
    (ligne('Rieumes', '01/06/2022', 'Bail', reference='12'), 'modifie'),
    (ligne('Rieumes', '05/09/2023', 'PLU', reference='12'), 'modifie'),
    (ligne('GOT', '01/06/2022', 'PLU', reference='12'), 'inchange'),
    (ligne('Muret', '01/06/2022', 'PLU', reference='12'), 'modifie'),
    (ligne('Rieumes', '01/06/2022', 'PLU', reference='13'), 'a_dire'),
    (ligne('GOT', '01/06/2022', 'PLU', reference='13'), 'cree'),
    (ligne('GOT', '01/06/2022', 'PLU'), 'a_dire'),
    (ligne('Muret', '01/06/2022', 'PLU'), 'cree'),
    (ligne('Rieumes', '02/06/2022', 'PLU'), 'cree'),
])
def test_trois_choses_disent_la_meme_demande_deux_la_font_demander(departement, seconde, sort):  # noqa: F811
    ecrire(ouvrir('demandes', fichier(ligne(reference='12'))))
    assert vue_de(fichier(seconde))[1][2].sort == sort


@pytest.mark.parametrize('seconde, sort', [
    (('7', *ligne('Muret', '05/09/2023', 'Bail')), 'refuse'),
    (('7', *ligne('Rieumes', '05/09/2023', 'Bail')), 'a_dire'),
    (('7', *ligne('Rieumes', objet='Bail')), 'modifie'), (('7', *ligne('Muret')), 'modifie'),
])
def test_un_numero_se_lit_de_meme(departement, seconde, sort):  # noqa: F811
    colonnes = ('numéro', *COLONNES)
    ecrire(ouvrir('demandes', fichier(('7', *ligne()), colonnes=colonnes)))
    octets = fichier(seconde, colonnes=colonnes)
    assert vue_de(octets)[1][2].sort == sort
    if sort == 'a_dire':
        lu, vues = vue_de(octets, **{'celle-2': reprises.AUTRE})
        assert (vues[2].sort, vues[2].cellules['numero'], vues[2].apres['reference']) == ('cree', '8', '7')
        ecrire(lu)
        assert vue_de(octets)[1][2].sort == 'inchange'


def test_deux_lignes_qui_valent_autant_se_demandent(departement):  # noqa: F811
    deux = ligne(mail='a@x.example'), ligne(mail='b@x.example')
    ecrire(ouvrir('demandes', fichier(*deux)))
    _, vues = vue_de(fichier(*reversed(deux)))
    assert [vues[n].sort for n in (2, 3)] == ['inchange'] * 2
    assert vue_de(fichier(ligne(mail='c@x.example')))[1][2].sort == 'a_dire'


def test_une_ligne_a_rattacher_qui_n_est_pas_la_meme_en_tout_se_demande(departement):  # noqa: F811
    octets = fichier(ligne('Labastide', technicien='A. Ancien'))
    ecrire(ouvrir('demandes', octets))
    assert vue_de(octets)[1][2].sort == 'inchange'
    assert vue_de(fichier(ligne('Labastide', technicien='B. Ancien')))[1][2].sort == 'a_dire'


def test_le_meme_fichier_ne_detache_pas_une_demande_rattachee(departement):  # noqa: F811
    octets = fichier(ligne('GOT', reference='2021-034'), ligne('GOT', objet='Lavoir'))
    ecrire(ouvrir('demandes', octets))
    with models.ecriture():
        cc = models.Collectivite.get(models.Collectivite.nom == 'CC Le Grand Ouest Toulousain')
        models.Demande.update(collectivite_liee=cc, collectivite=cc.nom, type=cc.type,
                              collectivite_tri=langue.normaliser(cc.nom)).execute()
    _, vues = vue_de(octets)
    assert (vues[2].sort, vues[3].sort) == ('inchange', 'a_dire')


def test_une_demande_dont_le_terme_est_passe_n_est_pas_reprise_une_seconde_fois(departement, regler):  # noqa: F811
    octets = fichier(ligne(date='01/12/2021'))
    ecrire(ouvrir('demandes', octets))
    regler('2026-12-05T09:00:00Z')
    _, vues = vue_de(octets)
    assert vues[2].sort == 'a_dire' and lire('SELECT message FROM demande') == [('PLU',)]


def test_une_reference_a_plusieurs_demandes_ne_dit_pas_laquelle_a_un_journal(departement):  # noqa: F811
    ecrire(ouvrir('demandes', fichier(ligne(reference='12'), ligne('Muret', reference='12'))))
    journal = 'référence;date;par;texte\n12;04/02/2023;M. Ancien;Appelée\n'.encode()
    vue, = revue.relire(revue.ouvrir('journal', journal)).vues
    assert vue.sort == 'refuse' and 'Plusieurs demandes' in vue.fautes[0].raison


# ======================================================================================
# Random histories
# ======================================================================================

def au_hasard(hasard):
    """Rows that have everything to be taken one for another."""
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
    """Each row that is written is in the base, in a demande of its own, new or that it may change; no other moved.

    ecrites: [(number, what its row says)].
    """
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


@pytest.mark.parametrize('graine', range(30))
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


# A process that dies while it writes a file, at the nth row: argv is the base, the file, n.
TUE = """
import itertools, os, signal, sys
import models
from verbes.echanges import imports
models.brancher(sys.argv[1])
fois, ecrire = itertools.count(1), imports._ecrire_ligne
tuer = lambda: os.kill(os.getpid(), signal.SIGKILL)
imports._ecrire_ligne = lambda *lu: tuer() if next(fois) == int(sys.argv[3]) else ecrire(*lu)
imports.importer('demandes', open(sys.argv[2], 'rb').read())
"""


@pytest.mark.parametrize('rang', [1, 5, 9])
def test_tue_pendant_qu_il_ecrit_un_import_ne_laisse_rien(departement, tmp_path, rang):  # noqa: F811
    octets, avant = fichier(*(ligne(objet=f'Lavoir {n}') for n in range(9))), tout()
    (tmp_path / 'suivi.csv').write_bytes(octets)
    models.debrancher()
    tue = subprocess.run([sys.executable, '-c', TUE, departement, str(tmp_path / 'suivi.csv'), str(rang)],
                         capture_output=True, text=True)
    assert tue.returncode == -signal.SIGKILL, tue.stderr
    models.brancher(departement)
    assert tout() == avant and importer('demandes', octets)[:3] == (9, 0, 0)
