"""What an archive and a base say of themselves, in twenty years and without the program."""
import csv
import hashlib
import io
import re
import sqlite3
import zipfile
from contextlib import closing

import pytest
from conftest import RACINE, lue
from serveur import lancer

import models
from verbes import regles
from verbes.echanges import dictionnaire, reversibilite
from verbes.echanges.colonnes import COLONNES


@pytest.fixture
def archive(creer, base, tmp_path):
    """The archive of a base, and what each of its files says first."""
    creer('termine')
    with open(tmp_path / 'x.zip', 'w+b') as sortie, models.lecture():
        reversibilite.exporter_tout(sortie)
    return zipfile.ZipFile(tmp_path / 'x.zip')


def lire(archive, nom):
    return list(csv.reader(io.StringIO(archive.read(nom).decode('utf-8-sig')), delimiter=';'))


def test_l_archive_dit_chaque_colonne_de_chacun_de_ses_fichiers(archive):
    dites = {(fichier, colonne): sens for fichier, colonne, sens in lire(archive, 'colonnes.csv')[1:]}
    vues = {(nom.removesuffix('.csv'), colonne) for nom in archive.namelist()
            if nom.endswith('.csv') and nom not in reversibilite.DICTIONNAIRE for colonne in lire(archive, nom)[0]}
    assert set(dites) == vues and all(dites.values())


def test_aucun_sens_n_est_dit_d_une_colonne_qui_n_est_plus(archive):
    with open(RACINE / 'static/exemples/colonnes.csv', encoding='utf-8') as texte:
        ecrits = [tuple(ligne[:2]) for ligne in list(csv.reader(texte, delimiter=';'))[1:]]
    vues = {(f, c) for f, c, _ in lire(archive, 'colonnes.csv')[1:] if f not in COLONNES}
    servent = vues | {('*', c) for _, c in vues}
    assert len(set(ecrits)) == len(ecrits) and set(ecrits) - servent == set()


def test_l_archive_dit_chaque_code_qu_elle_porte(archive):
    dits = {(fichier, colonne, code) for fichiers, colonne, code, _ in lire(archive, 'codes.csv')[1:]
            for fichier in fichiers.split(', ')}
    for fichiers, colonne, _ in dictionnaire.CODES:
        for fichier in fichiers.split(', '):
            titres, *rangees = lire(archive, f'{fichier}.csv')
            portes = {rangee[titres.index(colonne)] for rangee in rangees} - {''}
            assert {(fichier, colonne, code) for code in portes} <= dits, (fichier, colonne)
    assert ('demandes', 'statut', 'receptionne_chef') in dits and ('demandes', 'issue', 'sans_suite') in dits


def test_une_archive_d_avant_sans_dictionnaire_se_reprend(archive, tmp_path):
    with zipfile.ZipFile(tmp_path / 'avant.zip', 'w') as avant:
        for nom in archive.namelist():
            if nom not in reversibilite.DICTIONNAIRE:
                avant.writestr(nom, archive.read(nom))
    neuve = tmp_path / 'neuve.db'
    assert lancer('initialiser', base=neuve).returncode == 0
    for fichier in ('avant.zip', 'x.zip'):
        fini = lancer('importer', 'tout', str(tmp_path / fichier), '--essai', base=neuve)
        assert fini.returncode == 0, fini.stderr


def test_exporter_tout_compte_les_pieces_et_non_leurs_octets_differents(creer, base, tmp_path):
    demande, octets = creer('termine'), b'le meme plan'
    with models.ecriture():
        for nom in ('a.txt', 'b.txt'):
            models.Piece.create(demande=demande.numero, nom=nom, taille=len(octets), contenu=octets,
                                sha256=hashlib.sha256(octets).hexdigest(), depose_le='2026-11-24T09:00:00Z')
    with open(tmp_path / 'x.zip', 'w+b') as sortie, models.lecture():
        assert reversibilite.exporter_tout(sortie) == 2
    assert len([nom for nom in zipfile.ZipFile(tmp_path / 'x.zip').namelist() if nom.startswith('pieces/')]) == 1


# --- The base itself ---
def test_les_trois_vues_disent_les_noms_et_les_mots(creer, base):
    demande = creer('termine')
    ligne = lue(base, 'SELECT statut, issue, collectivite, theme IS NOT NULL, referent FROM v_demandes')
    assert ligne == [('Terminé', regles.ISSUES[demande.issue], 'Rieumes', 1, 'Claude Temoin')]
    assert {nature for nature, in lue(base, 'SELECT nature FROM v_journal')} <= {
        *regles.NATURES.values(), *regles.NATURES_PLATEFORME.values()}
    assert lue(base, 'SELECT count(*) FROM v_journal') == lue(base, 'SELECT count(*) FROM journal')
    assert lue(base, 'SELECT numero, nom, depose_par FROM v_pieces') == lue(
        base, "SELECT demande_id, nom, 'la collectivité' FROM piece")


def test_les_mots_des_vues_sont_ceux_de_la_loi(base):
    vues = dict(lue(base, "SELECT name, sql FROM sqlite_master WHERE type = 'view'"))
    assert set(vues) == {'v_demandes', 'v_journal', 'v_pieces'}
    attendus = {'demande.statut': regles.STATUTS, 'demande.issue': regles.ISSUES | regles.REPONSES | regles.ECARTS,
                'journal.nature': regles.NATURES | regles.NATURES_PLATEFORME, 'journal.statut': regles.STATUTS}
    dits = {}
    for cas in re.finditer(r'CASE ([\w.]+)\n(.*?)END', ' '.join(vues.values()), re.S):
        dits[cas[1]] = {code: mot.replace("''", "'") for code, mot in re.findall(
            r"WHEN '(\w+)' THEN '((?:[^']|'')*)'", cas[2])}
    assert dits == attendus


def test_les_vues_se_lisent_avec_sqlite3_seul_et_par_la_base_en_lecture(base):
    models.debrancher()
    with closing(sqlite3.connect(f'file:{base}?mode=ro', uri=True)) as nue:
        for vue in ('v_demandes', 'v_journal', 'v_pieces'):
            nue.execute(f'SELECT * FROM {vue}').fetchall()
