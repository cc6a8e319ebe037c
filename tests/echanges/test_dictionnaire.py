"""What an archive and a base say of themselves, in twenty years and without the program."""
import csv
import hashlib
import io
import re
import zipfile

from conftest import RACINE, lue
from serveur import lancer

import models
from verbes import regles
from verbes.echanges import dictionnaire, reversibilite
from verbes.echanges.colonnes import COLONNES


def lire(archive, nom):
    return list(csv.reader(io.StringIO(archive.read(nom).decode('utf-8-sig')), delimiter=';'))


def test_l_archive_dit_chaque_colonne_et_chaque_code_de_ses_fichiers_et_rien_qui_ne_soit_plus(creer, tmp_path):
    demande, octets = creer('termine'), b'le meme plan'
    with models.ecriture():
        for nom in ('a.txt', 'b.txt'):
            models.Piece.create(demande=demande.numero, nom=nom, taille=len(octets), contenu=octets,
                                sha256=hashlib.sha256(octets).hexdigest(), depose_le='2026-11-24T09:00:00Z')
    with open(tmp_path / 'x.zip', 'w+b') as sortie, models.lecture():
        assert reversibilite.exporter_tout(sortie) == 2                 # files, and not their different bytes
    archive = zipfile.ZipFile(tmp_path / 'x.zip')
    assert len([nom for nom in archive.namelist() if nom.startswith('pieces/')]) == 1
    dites = {(fichier, colonne): sens for fichier, colonne, sens in lire(archive, 'colonnes.csv')[1:]}
    vues = {(nom.removesuffix('.csv'), colonne) for nom in archive.namelist()
            if nom.endswith('.csv') and nom not in reversibilite.DICTIONNAIRE for colonne in lire(archive, nom)[0]}
    assert set(dites) == vues and all(dites.values())
    with open(RACINE / 'static/exemples/colonnes.csv', encoding='utf-8') as texte:
        ecrits = [tuple(ligne[:2]) for ligne in list(csv.reader(texte, delimiter=';'))[1:]]
    servent = {(f, c) for f, c in vues if f not in COLONNES} | {('*', c) for f, c in vues if f not in COLONNES}
    assert len(set(ecrits)) == len(ecrits) and set(ecrits) - servent == set()
    dits = {(fichier, colonne, code) for fichiers, colonne, code, _ in lire(archive, 'codes.csv')[1:]
            for fichier in fichiers.split(', ')}
    for fichiers, colonne, _ in dictionnaire.CODES:
        for fichier in fichiers.split(', '):
            titres, *rangees = lire(archive, f'{fichier}.csv')
            portes = {rangee[titres.index(colonne)] for rangee in rangees} - {''}
            assert {(fichier, colonne, code) for code in portes} <= dits, (fichier, colonne)
    assert ('demandes', 'statut', 'receptionne_chef') in dits and ('demandes', 'issue', 'sans_suite') in dits
    with zipfile.ZipFile(tmp_path / 'avant.zip', 'w') as avant:         # one of before, that says nothing of itself
        for nom in archive.namelist():
            if nom not in reversibilite.DICTIONNAIRE:
                avant.writestr(nom, archive.read(nom))
    neuve = tmp_path / 'neuve.db'
    assert lancer('initialiser', base=neuve).returncode == 0
    for fichier in ('avant.zip', 'x.zip'):
        fini = lancer('importer', 'tout', str(tmp_path / fichier), '--essai', base=neuve)
        assert fini.returncode == 0, fini.stderr


def test_les_trois_vues_disent_les_noms_et_les_mots_de_la_loi_a_sqlite3_seul(creer, base):
    demande = creer('termine')
    vues = dict(lue(base, "SELECT name, sql FROM sqlite_master WHERE type = 'view'"))
    assert set(vues) == {'v_demandes', 'v_journal', 'v_pieces'}
    attendus = {'demande.statut': regles.STATUTS, 'demande.issue': regles.ISSUES | regles.REPONSES | regles.ECARTS,
                'journal.nature': regles.NATURES | regles.NATURES_PLATEFORME, 'journal.statut': regles.STATUTS}
    dits = {}
    for cas in re.finditer(r'CASE ([\w.]+)\n(.*?)END', ' '.join(vues.values()), re.S):
        dits[cas[1]] = {code: mot.replace("''", "'") for code, mot in re.findall(
            r"WHEN '(\w+)' THEN '((?:[^']|'')*)'", cas[2])}
    assert dits == attendus
    models.debrancher()                                                 # `lue` opens the base alone, to read it
    ligne = lue(base, 'SELECT statut, issue, collectivite, theme IS NOT NULL, referent FROM v_demandes')
    assert ligne == [('Terminé', regles.ISSUES[demande.issue], 'Rieumes', 1, 'Claude Temoin')]
    assert {nature for nature, in lue(base, 'SELECT nature FROM v_journal')} <= {
        *regles.NATURES.values(), *regles.NATURES_PLATEFORME.values()}
    assert lue(base, 'SELECT count(*) FROM v_journal') == lue(base, 'SELECT count(*) FROM journal')
    assert lue(base, 'SELECT numero, nom, depose_par FROM v_pieces') == lue(
        base, "SELECT demande_id, nom, 'la collectivité' FROM piece")
