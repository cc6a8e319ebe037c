"""The steps of migrations.sql: in their order, each whole or not at all, a copy before (models.migrer).

There is one step until version 1.0: those that will follow are invented here, in a file of their own, and played on a
base that holds something.
"""
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import time
import types

import pytest
from conftest import RACINE, copier
from serveur import ICI

import models
from models import BaseIndisponible

UNE, DEUX, TROIS = (models.VERSION_BASE + n for n in (1, 2, 3))
LE = '2026-11-02T09:00:00Z'
LIGNES = f"""
INSERT INTO demande (numero, jeton, origine, statut, depose_le, fiche_id, collectivite, type, message, nom, prenom)
  VALUES (12, 'x', 'plateforme', 'en_cours', '{LE}', 1, 'Éoux', 'Commune', 'Bonjour', 'Œdipe', 'Zoé'),
         (13, 'y', 'plateforme', 'termine', '{LE}', NULL, 'Ailleurs', 'Syndicat', 'Bonsoir', 'Électre', 'Ana');
INSERT INTO journal (id, demande_id, cree_le, nature, statut, auteur) VALUES
  (1, 12, '{LE}', 'statut', 'en_cours', 'La Plateforme'), (2, 13, '{LE}', 'statut', 'termine', 'La Plateforme');
INSERT INTO journal (id, demande_id, cree_le, nature, auteur, texte, corrige_id, agent_id) VALUES
  (5, 12, '{LE}', 'note', 'A B', 'Vu', NULL, 1), (7, 12, '{LE}', 'correction', 'A B', 'Revu', 5, 1);
INSERT INTO piece (demande_id, journal_id, nom, taille, sha256, depose_le, contenu)
  VALUES (12, 5, 'a.pdf', 1, 'z', '{LE}', x'00');
"""


def lire(chemin, sql):
    brute = sqlite3.connect(chemin)
    try:
        return brute.execute(sql).fetchall()
    finally:
        brute.close()


def etape_de(chemin):
    (etape,), = lire(chemin, 'PRAGMA user_version')
    return etape


def schema(chemin):
    return lire(chemin, 'SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name')


def rangees(chemin, sauf=()):
    """{table: its rows, with their numbers}; of the index of the search, the words."""
    brute = sqlite3.connect(chemin)
    tables = brute.execute("SELECT name, wr FROM pragma_table_list WHERE schema = 'main' AND type <> 'shadow'")
    lues = {nom: sorted(brute.execute(f'SELECT {"" if sans_rowid else "rowid, "}* FROM {nom}'), key=repr)
            for nom, sans_rowid in tables.fetchall() if nom not in ('sqlite_schema', *sauf)}
    brute.close()
    return lues


def photo(chemin):
    """All that a base holds."""
    return etape_de(chemin), schema(chemin), rangees(chemin)


def saine(chemin):
    return lire(chemin, 'PRAGMA foreign_key_check') == [] and lire(chemin, 'PRAGMA integrity_check') == [('ok',)]


# ======================================================================================
# Steps as a later version will have them: columns and rows, a table rebuilt, the index of the search
# ======================================================================================

def rebatir(table, base):
    """The instructions that rebuild a table under its name, with all that hangs on it."""
    (creation,), = lire(base, f"SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = '{table}'")
    autour = lire(base, f"SELECT sql FROM sqlite_schema WHERE type <> 'table' AND tbl_name = '{table}' AND sql <> ''")
    return ';\n'.join((
        re.sub(rf'^CREATE TABLE "?{table}"?', f'CREATE TABLE neuf_{table}', creation),
        f'INSERT INTO neuf_{table} SELECT * FROM {table}',
        f'DROP TABLE {table}',
        f'ALTER TABLE neuf_{table} RENAME TO {table}',
        *(sql for sql, in autour), ''))


def etapes_inventees(base):
    return f'''
-- == {UNE} : besoins ; thèmes ==

ALTER TABLE theme ADD COLUMN cherche TEXT NOT NULL DEFAULT '';
UPDATE theme SET cherche = normaliser(nom);     -- a step reads words as the program does
CREATE TABLE besoin (                           -- this ; ends nothing, nor does that of a text
  id   INTEGER PRIMARY KEY,
  mots TEXT NOT NULL DEFAULT 'un ; deux'
) STRICT;
CREATE TRIGGER besoin_marque AFTER INSERT ON besoin BEGIN
  UPDATE marque SET reference = reference + 1;
  UPDATE marque SET demande = demande + 1;
END;
INSERT INTO besoin (mots) SELECT cherche FROM theme;

-- == {DEUX} : journal rebâti ==

{rebatir('journal', base)}
-- == {TROIS} : recherche ==

CREATE VIRTUAL TABLE neuf_recherche USING fts5 (collectivite, qui, tokenize = 'unicode61 remove_diacritics 0');
INSERT INTO neuf_recherche (rowid, collectivite, qui)
  SELECT numero, normaliser(collectivite), normaliser(prenom || ' ' || nom) FROM demande;
DROP TABLE recherche;
ALTER TABLE neuf_recherche RENAME TO recherche;
'''


LIVREES = RACINE.joinpath('migrations.sql').read_text('utf-8')
LABELS = ['besoins ; thèmes', 'journal rebâti', 'recherche']


@pytest.fixture
def avant(tmp_path, base_modele):
    """A base of this version, with a few rows."""
    chemin = copier(base_modele, tmp_path / 'x.db')
    brute = sqlite3.connect(chemin)
    brute.executescript(LIGNES)
    brute.close()
    return chemin


@pytest.fixture
def version(monkeypatch, tmp_path, base_modele):
    """version(step): the software of that step, from now on; returns the path of the text that it reads."""
    inventees = etapes_inventees(base_modele)

    def installer(derniere, texte=LIVREES + inventees):
        fichier = tmp_path / 'migrations.sql'
        fichier.write_text(texte.split(f'-- == {derniere + 1} : ')[0], 'utf-8')
        monkeypatch.setattr(models, 'pkgutil', types.SimpleNamespace(get_data=lambda *_: fichier.read_bytes()))
        monkeypatch.setattr(models, 'VERSION_BASE', derniere)
        return fichier
    return installer


def test_les_etapes_se_font_une_fois_dans_leur_ordre(avant, version):
    version(TROIS)
    assert models.migrer(avant) == LABELS and etape_de(avant) == TROIS and saine(avant)
    apres = photo(avant)
    assert models.migrer(avant) == [] and photo(avant) == apres


def test_une_base_a_mi_chemin_ne_refait_que_la_suite(avant, version):
    version(UNE)
    assert models.migrer(avant) == LABELS[:1]
    version(TROIS)
    with pytest.raises(BaseIndisponible, match='migrer'):
        models.brancher(avant)
    assert models.migrer(avant) == LABELS[1:]
    assert {nom for nom in os.listdir(os.path.dirname(avant)) if 'avant' in nom} == {
        f'x.db.avant-etape-{UNE}', f'x.db.avant-etape-{DEUX}'}


def test_une_base_mise_a_jour_est_celle_que_cette_version_aurait_creee(demonstration, version, tmp_path):
    """With the demonstration in it: what it holds is there afterwards, row by row."""
    chemin, neuve = copier(demonstration, tmp_path / 'x.db'), str(tmp_path / 'neuve.db')
    tenu = rangees(chemin, ('theme', 'recherche', 'marque'))
    version(TROIS)
    models.migrer(chemin)
    models.initialiser(neuve)
    assert schema(chemin) == schema(neuve) and saine(chemin)
    apres = rangees(chemin)
    assert {nom: apres[nom] for nom in tenu} == tenu and all(map(len, (apres['journal'], apres['besoin'])))


def test_une_table_rebatie_garde_ses_lignes_ses_liens_et_ce_qui_la_protege(avant, version):
    lignes, pieces = (lire(avant, f'SELECT rowid, * FROM {table}') for table in ('journal', 'piece'))
    version(DEUX)
    models.migrer(avant)
    assert (lire(avant, 'SELECT rowid, * FROM journal'), lire(avant, 'SELECT rowid, * FROM piece')) == (lignes, pieces)
    liens = lire(avant, 'SELECT m.name FROM sqlite_schema m, pragma_foreign_key_list(m.name) f '
                        """WHERE f."table" = 'journal' ORDER BY 1""")
    assert liens == [('journal',), ('lettre_demande',), ('piece',)] and saine(avant)
    for ordre in ('UPDATE journal SET id = id', 'DELETE FROM journal'):
        with pytest.raises(sqlite3.IntegrityError, match='le journal ne se'):
            lire(avant, ordre)


def test_une_etape_lit_les_mots_comme_le_programme(avant, version):
    version(TROIS)
    models.migrer(avant)
    for mots, numero in (('eoux', 12), ('oedipe', 12), ('electre', 13)):
        assert lire(avant, f"SELECT rowid FROM recherche WHERE recherche MATCH '{mots}'") == [(numero,)], mots
    assert {mots for mots, in lire(avant, 'SELECT mots FROM besoin')} == {
        cherche for cherche, in lire(avant, 'SELECT cherche FROM theme')} != {''}


def test_la_copie_d_avant_est_la_base_d_avant(avant, version):
    tenu = photo(avant)
    version(TROIS)
    models.migrer(avant)
    copie = f'{avant}.avant-etape-{UNE}'
    assert photo(copie) == tenu and os.stat(copie).st_mode & 0o777 == 0o600


@pytest.mark.parametrize('texte, erreur', [
    ('CREATE TABLE essai (x TEXT) STRICT;\nINSERT INTO nulle_part VALUES (1);', sqlite3.OperationalError),
    ('CREATE TABLE essai (x TEXT) STRICT;\nUPDATE fiche SET theme_id = 999;', BaseIndisponible),
    ('CREATE TABLE essai (x TEXT) STRICT;\nUPDATE fiche SET delai = 5;', sqlite3.IntegrityError),
    ('CREATE TABLE essai (x TEXT) STRICT;\nINSERT INTO essai VALUES (1', ValueError)])
def test_une_etape_qui_echoue_ne_laisse_rien_et_celle_d_avant_reste(avant, version, texte, erreur):
    """An order that is refused, a link left broken, a CHECK, an instruction that nothing ends."""
    version(UNE)
    models.migrer(avant)
    tenu = photo(avant)
    version(DEUX, f'{LIVREES}\n-- == {UNE} : une ==\n\nSELECT 1;\n\n-- == {DEUX} : ratée ==\n\n{texte}\n')
    with pytest.raises(erreur):
        models.migrer(avant)
    assert photo(avant) == tenu and saine(avant)


# ======================================================================================
# Killed at any point: a step is whole, or has left nothing
# ======================================================================================

# argv: the text of the steps, the last one, a base to copy, where to. The same process over and over: the nth dies as
# the nth instruction begins, the last one goes to the end. Without waiting for the disk, which outlives a process.
TUE = """
import itertools, os, shutil, signal, sys, types
import models
etapes, derniere, modele, dossier = sys.argv[1:]
models.pkgutil = types.SimpleNamespace(get_data=lambda *_: open(etapes, 'rb').read())
models.VERSION_BASE, ouvrir = int(derniere), models.connexion_brute

def migrer(base, rang):
    def suivie(*arguments):
        brute, vues = ouvrir(*arguments), itertools.count(1)
        brute.execute('PRAGMA synchronous = OFF')
        brute.set_trace_callback(lambda sql: os.kill(os.getpid(), signal.SIGKILL) if next(vues) == rang else None)
        return brute
    models.connexion_brute = suivie
    models.migrer(base)
    os._exit(0)

for rang in itertools.count(1):
    base = shutil.copy(modele, f'{dossier}/{rang}.db')
    enfant = os.fork() or migrer(base, rang)
    if os.waitpid(enfant, 0)[1] == 0:
        break
print(rang)
"""


@pytest.fixture
def sans_attente(monkeypatch):
    def ouvrir(*arguments, vrai=models.connexion_brute):
        brute = vrai(*arguments)
        brute.execute('PRAGMA synchronous = OFF')
        return brute
    monkeypatch.setattr(models, 'connexion_brute', ouvrir)


def test_tue_a_chaque_instruction_une_etape_est_entiere_ou_n_a_rien_laisse(
        avant, version, sans_attente, tmp_path, base_modele):
    suite = etapes_inventees(base_modele)
    etats = {models.VERSION_BASE: photo(avant)}
    for etape in (UNE, DEUX, TROIS):
        version(etape, suite)
        une = copier(avant, tmp_path / f'entiere-{etape}.db')
        models.migrer(une)
        etats[etape] = photo(une)
    lance = subprocess.run([sys.executable, '-c', TUE, version(TROIS, suite), str(TROIS), avant, tmp_path], cwd=ICI,
                           capture_output=True, text=True, timeout=120)
    assert lance.returncode == 0, lance.stderr
    vues = []
    for rang in range(1, int(lance.stdout) + 1):
        base = str(tmp_path / f'{rang}.db')
        etape = etape_de(base)
        assert photo(base) == etats[etape] and saine(base), rang
        models.migrer(base)
        assert photo(base) == etats[TROIS], rang
        assert etape == TROIS or photo(f'{base}.avant-etape-{etape + 1}') == etats[etape], rang
        vues.append(etape)
    assert vues == sorted(vues) and set(vues) == set(etats) and len(vues) > 60


# argv: the same, and says when it begins. It is killed meanwhile: in the copy, in a long instruction, in a COMMIT.
LONGUE = """
import sys, types
import models
etapes, derniere, base = sys.argv[1:]
models.pkgutil = types.SimpleNamespace(get_data=lambda *_: open(etapes, 'rb').read())
models.VERSION_BASE = int(derniere)
print('début', flush=True)
models.migrer(base)
"""


def test_tue_a_n_importe_quel_moment_la_suite_se_fait_quand_meme(avant, version, sans_attente, tmp_path):
    combien = 60_000
    texte = version(UNE, f'''{LIVREES}
-- == {UNE} : longue ==

CREATE TABLE essai (n INTEGER, mots TEXT) STRICT;
WITH RECURSIVE suite (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM suite WHERE n < {combien})
  INSERT INTO essai SELECT n, hex(randomblob(20)) FROM suite;
CREATE INDEX essai_mots ON essai (mots);
''')
    tenu, duree, hasard = rangees(avant), None, random.Random(8)
    for fois in range(6):
        base = copier(avant, tmp_path / f'{fois}.db')
        processus = subprocess.Popen([sys.executable, '-c', LONGUE, texte, str(UNE), base], cwd=ICI,
                                     stdout=subprocess.PIPE, text=True)
        with processus:
            assert processus.stdout.readline() == 'début\n'
            debut = time.monotonic()
            if duree:
                time.sleep(hasard.uniform(0, duree))
                processus.kill()
            assert processus.wait() in (0, -signal.SIGKILL)
        duree = duree or time.monotonic() - debut
        fait = etape_de(base) == UNE
        assert saine(base) and rangees(base, ('essai',)) == tenu and (fois or fait)
        assert [n for nom, n in ((s[1], s) for s in schema(base)) if nom.startswith('essai')] == [] or fait
        assert models.migrer(base) == ([] if fait else ['longue'])
        assert lire(base, 'SELECT count(*), max(n) FROM essai') == [(combien, combien)] and saine(base)
