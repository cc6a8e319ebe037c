"""The base: steps, refusals with one sentence, what a wrong file must not suffer, transactions."""

import contextlib
import os
import re
import sqlite3
import threading

import peewee
import pytest
from conftest import VRAI_INIT

import models
from models import BaseIndisponible
from verbes import comptes, journal, regles
from verbes.exploitation import exploitation


def test_le_schema_et_les_champs_de_peewee_sont_les_memes(base):
    with models.lecture():
        for table in models.TABLES:
            colonnes = {ligne[1]: bool(ligne[3])
                        for ligne in models.db.execute_sql(f'PRAGMA table_info({table._meta.table_name})')}
            champs = {f.column_name: not f.null for f in table._meta.sorted_fields}
            assert set(colonnes) == set(champs), table
            for nom, obligatoire in champs.items():
                if not table._meta.columns[nom].primary_key:
                    assert colonnes[nom] == obligatoire, (table, nom)


def test_les_etapes_vont_du_socle_a_la_version_de_la_base():
    numeros = [numero for numero, *_ in models.etapes()]
    assert numeros == list(range(models.SOCLE, models.VERSION_BASE + 1))


@pytest.fixture(scope='module')
def socle():
    """{table: its lines} of the first step, in their order."""
    _, _, instructions = models.etapes()[0]
    creations = (re.search(r'^CREATE TABLE (\w+) .*', instruction, re.M | re.S) for instruction in instructions)
    return {creation[1]: creation[0].split('\n') for creation in creations if creation}


def test_le_schema_suit_l_ordre_des_noms(socle):
    assert list(socle) == [table._meta.table_name for table in models.TABLES]


def test_chaque_table_et_chaque_colonne_du_schema_dit_ce_qu_elle_est(socle):
    """But « id », of which the head of the file says that it says nothing."""
    dites = {(table, ligne.split()[0]): ligne.rpartition('  -- ')[2] for table, (entete, *lignes) in socle.items()
             for ligne in (entete, *lignes) if '  -- ' in ligne}
    champs = {(table._meta.table_name, nom) for table in models.TABLES for nom in table._meta.columns if nom != 'id'}
    assert champs - set(dites) == set() and {(table, 'CREATE') for table in socle} <= set(dites) and all(dites.values())


CODES = {                                                           # trigger: {column: its codes}
    'journal_codes':         {'nature': {*regles.NATURES, *regles.NATURES_PLATEFORME}, 'fait': {'', *regles.FAITS},
                              'moyen': {'', *regles.MOYENS}},
    'courriel_codes':        {'pour': {*regles.DESTINATAIRES}},
    'courriel_codes_change': {'pour': {*regles.DESTINATAIRES}},
    'lien_codes':            {'usage': {*regles.LIENS}},
    'lien_codes_change':     {'usage': {*regles.LIENS}},
    'fiche_codes':           {'etat': {*regles.ETATS_DE_FICHE}},
    'fiche_codes_change':    {'etat': {*regles.ETATS_DE_FICHE}},
    'version_codes':         {'genre': {*regles.GENRES_DE_VERSION}},
    'document_codes':        {'genre': {*regles.GENRES_DE_DOCUMENT}},
    'contenu_codes': {
        'genre': {*regles.GENRES_DE_CONTENU}, 'etat': {*regles.ETATS_DE_CONTENU}, 'audience': {*regles.AUDIENCES},
        'nature': {'', *regles.NATURES_DE_RESSOURCE, *regles.NATURES_DE_DOCUMENT},
        'classe': {'', *regles.CLASSES_DE_DOCUMENT}},
}
CODES['contenu_codes_change'] = {nom: codes for nom, codes in CODES['contenu_codes'].items() if nom != 'genre'}


def test_les_codes_du_schema_sont_ceux_des_tables_litterales(base):
    with models.lecture():
        (sql,) = models.db.execute_sql("SELECT sql FROM sqlite_master WHERE name = 'demande'").fetchone()
        declencheurs = dict(models.db.execute_sql(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%codes%'").fetchall())
    codes = re.search(r'statut IN \(([^)]*)\)', sql)[1]
    assert set(re.findall(r"'(\w+)'", codes)) == set(regles.STATUTS)
    listes = {nom: dict(re.findall(r'NEW\.(\w+)\s+NOT IN \(([^)]*)\)', sql)) for nom, sql in declencheurs.items()}
    assert {nom: {colonne: set(re.findall(r"'(\w*)'", liste)) for colonne, liste in siennes.items()}
            for nom, siennes in listes.items()} == CODES


@pytest.mark.parametrize('ordre', [
    "UPDATE fiche SET etat = 'perdue'", "UPDATE courriel SET pour = 'tous'", "UPDATE lien SET usage = 'autre'",
    'INSERT INTO lien (empreinte, usage, expire_le) VALUES (1, 2, 3)',
    "INSERT INTO journal (demande_id, cree_le, nature, auteur) SELECT numero, '', 'autre', '' FROM demande"])
def test_un_code_inconnu_est_refuse_par_la_base(site, creer, monde, ordre):
    creer()
    with models.ecriture():
        comptes.nouveau_lien(monde.chef, 'mot_de_passe')
    with pytest.raises(peewee.IntegrityError, match='code inconnu'), models.ecriture():
        models.db.execute_sql(ordre)


def test_toutes_les_tables_sont_strictes_et_les_cles_etrangeres_tenues(base, monkeypatch):
    monkeypatch.setattr(models.db, 'init', VRAI_INIT)
    models.brancher(base)
    with models.lecture():
        tables = models.db.execute_sql(
            "SELECT name, sql FROM sqlite_master WHERE type = 'table' "
            "AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'recherche%'").fetchall()
        assert models.db.execute_sql('PRAGMA foreign_keys').fetchone()[0] == 1
        assert models.db.execute_sql('PRAGMA synchronous').fetchone()[0] == 2
        assert models.db.execute_sql('PRAGMA journal_mode').fetchone()[0] == 'wal'
    assert len(tables) == len(models.TABLES) and all('STRICT' in sql for _, sql in tables)


def test_initialiser_refuse_un_fichier_existant_et_ne_le_touche_pas(tmp_path):
    chemin = tmp_path / 'note.txt'
    chemin.write_bytes(b'important')
    with pytest.raises(BaseIndisponible, match='existe déjà'):
        models.initialiser(str(chemin))
    assert chemin.read_bytes() == b'important'


def test_initialiser_dans_un_dossier_absent_le_dit(tmp_path):
    with pytest.raises(BaseIndisponible, match='ne peut pas être créé'):
        models.initialiser(str(tmp_path / 'absent' / 'x.db'))


def test_la_base_n_est_lisible_que_de_son_proprietaire(tmp_path):
    chemin = str(tmp_path / 'x.db')
    models.initialiser(chemin)
    assert os.stat(chemin).st_mode & 0o777 == 0o600


def test_un_fichier_absent_n_est_pas_cree(tmp_path):
    chemin = tmp_path / 'absente.db'
    with pytest.raises(BaseIndisponible, match="n'existe pas"):
        models.brancher(str(chemin))
    assert not chemin.exists()


@pytest.mark.parametrize('contenu', [b'', b'pas une base', b'SQLite format 3\x00' + b'x' * 200, b'\x00' * 5000])
def test_un_fichier_qui_n_est_pas_une_base_est_refuse_et_intact(tmp_path, contenu):
    chemin = tmp_path / 'autre.db'
    chemin.write_bytes(contenu)
    with pytest.raises(BaseIndisponible):
        models.brancher(str(chemin))
    assert chemin.read_bytes() == contenu and os.listdir(tmp_path) == ['autre.db']


def test_la_base_d_un_autre_logiciel_est_refusee(tmp_path):
    chemin = str(tmp_path / 'autre.db')
    autre = sqlite3.connect(chemin)
    autre.execute('CREATE TABLE t (x)')
    autre.commit()
    autre.close()
    with pytest.raises(BaseIndisponible, match="n'est pas une base de la Plateforme"):
        models.brancher(chemin)


def test_une_base_plus_recente_que_le_logiciel_est_refusee_sans_rien_changer(tmp_path):
    chemin = str(tmp_path / 'x.db')
    models.initialiser(chemin)
    brute = sqlite3.connect(chemin)
    brute.execute('PRAGMA user_version = 999')
    brute.close()
    for verbe in (models.brancher, models.migrer):
        with pytest.raises(BaseIndisponible, match='plus récente'):
            verbe(chemin)


@pytest.fixture
def d_essai(tmp_path):
    """The path of a base that a trial version has made, the step before ours."""
    chemin = str(tmp_path / 'x.db')
    models.initialiser(chemin)
    brute = sqlite3.connect(chemin)
    brute.execute(f'PRAGMA user_version = {models.SOCLE - 1}')
    brute.close()
    return chemin


def octets(chemin):
    with open(chemin, 'rb') as fichier:
        return fichier.read()


def test_une_base_d_une_version_d_essai_est_refusee_par_tous_avec_le_chemin_a_suivre(d_essai, tmp_path):
    avant, dits, neuve = octets(d_essai), set(), str(tmp_path / 'neuve.db')
    for verbe, *arguments in (
            (models.brancher, d_essai), (models.migrer, d_essai), (exploitation.sauvegarder, d_essai, neuve),
            (exploitation.restaurer, neuve, d_essai), (exploitation.dater_la_verification, d_essai, 0)):
        with pytest.raises(BaseIndisponible) as refus:
            verbe(*arguments)
        dits.add(str(refus.value))
    assert dits == {
        f'La base {d_essai} est celle d\'une version d\'essai (étape {models.SOCLE - 1}, étape connue '
        f'{models.VERSION_BASE})\u00a0: faites «\u00a0exporter tout\u00a0» avec la version qui l\'a faite, puis '
        '«\u00a0importer tout\u00a0» dans une base neuve, ou refaites la démonstration. Rien n\'a été modifié.'}
    assert octets(d_essai) == avant and set(os.listdir(tmp_path)) == {'x.db', 'neuve.db.verrou'}


def test_une_creation_qui_echoue_ne_laisse_rien(tmp_path, monkeypatch):
    """On a full disk: what is left would be refused by « initialiser », which then says « migrer », that says no."""
    chemin = str(tmp_path / 'x.db')
    with monkeypatch.context() as pleine:
        pleine.setattr(models, '_jouer', lambda brute: brute.execute('CREATE TABLE a (b)') and 1 / 0)
        with pytest.raises(ZeroDivisionError):
            models.initialiser(chemin)
    assert not os.listdir(tmp_path)
    models.initialiser(chemin)


def test_une_creation_interrompue_se_dit_et_se_recommence(tmp_path):
    """Killed in the first step, it has left a base of ours with nothing in it."""
    chemin = str(tmp_path / 'x.db')
    with contextlib.closing(sqlite3.connect(chemin)) as brute:
        brute.execute(f'PRAGMA application_id = {models.MARQUE_BASE}')
    for verbe in (models.brancher, models.migrer):
        with pytest.raises(BaseIndisponible, match='n\'est pas finie.*supprimez ce fichier'):
            verbe(chemin)
    os.unlink(chemin)
    models.initialiser(chemin)
    models.brancher(chemin)
    models.debrancher()


SUIVANTE = models.VERSION_BASE + 1


def test_une_base_plus_ancienne_demande_migrer_qui_garde_une_copie(tmp_path, monkeypatch):
    chemin = str(tmp_path / 'x.db')
    models.initialiser(chemin)
    monkeypatch.setattr(models, 'VERSION_BASE', SUIVANTE)
    deux = [*models.etapes(), (SUIVANTE, 'essai', ['CREATE TABLE essai (x TEXT) STRICT'])]
    monkeypatch.setattr(models, 'etapes', lambda: deux)
    with pytest.raises(BaseIndisponible, match='migrer'):
        models.brancher(chemin)
    assert models.migrer(chemin) == ['essai'] and models.migrer(chemin) == []
    assert os.path.exists(f'{chemin}.avant-etape-{SUIVANTE}')


def test_une_etape_qui_echoue_ne_laisse_rien(tmp_path, monkeypatch):
    chemin = str(tmp_path / 'x.db')
    models.initialiser(chemin)
    monkeypatch.setattr(models, 'VERSION_BASE', SUIVANTE)
    rates = [*models.etapes(), (SUIVANTE, 'ratée', ['CREATE TABLE essai (x TEXT) STRICT',
                                                    'INSERT INTO nulle_part VALUES (1)'])]
    monkeypatch.setattr(models, 'etapes', lambda: rates)
    with pytest.raises(sqlite3.OperationalError):
        models.migrer(chemin)
    brute = sqlite3.connect(chemin)
    assert brute.execute('PRAGMA user_version').fetchone() == (SUIVANTE - 1,)
    assert not brute.execute("SELECT 1 FROM sqlite_master WHERE name = 'essai'").fetchone()
    brute.close()


def test_une_lecture_ne_peut_pas_ecrire(base):
    with pytest.raises(peewee.OperationalError, match='readonly'), models.lecture():
        journal.auditer('essai')


@pytest.mark.parametrize('coupee', [False, True], ids=['suite', 'apres-un-incident'])
def test_apres_une_ecriture_une_lecture_ne_peut_toujours_pas_ecrire(base, coupee):
    """The connection is kept from one to the other, unless an incident closed it."""
    for _ in range(2):
        with models.ecriture():
            models.db.execute_sql("UPDATE theme SET nom = nom || '.'")
        with contextlib.suppress(ZeroDivisionError), models.lecture():
            1 / (not coupee)
        with pytest.raises(peewee.OperationalError, match='readonly'), models.lecture():
            models.db.execute_sql("UPDATE theme SET nom = ''")


def test_deux_lectures_de_suite_ne_disent_qu_une_fois_qu_elles_n_ecrivent_pas(base, monkeypatch):
    """Each time it is said, SQLite compiles again every statement of the connection: a third of a page's cost."""
    with models.lecture():
        pass
    dites, executer = [], models.db.execute_sql
    monkeypatch.setattr(models.db, 'execute_sql', lambda sql, *reste: dites.append(sql) or executer(sql, *reste))
    with models.lecture():
        pass
    with models.lecture():
        pass
    assert dites == [models.MARQUES] * 2


def test_une_ecriture_qui_leve_ne_laisse_rien(base):
    with pytest.raises(ZeroDivisionError), models.ecriture():
        journal.auditer('essai')
        raise ZeroDivisionError
    with models.lecture():
        assert not models.Audit.select().exists()


def test_une_base_deplacee_ou_remplacee_pendant_le_service_est_refusee_puis_reprend(base, tmp_path):
    os.rename(base, f'{base}.ailleurs')
    with pytest.raises(BaseIndisponible), models.lecture():
        pass
    models_vide = str(tmp_path / 'vide.db')
    models.initialiser(models_vide)
    os.rename(models_vide, base)
    with pytest.raises(BaseIndisponible), models.ecriture():
        pass
    os.rename(f'{base}.ailleurs', base)
    with models.lecture():
        assert models.Agent.select().count() == 7


def test_deux_ecritures_se_suivent_sans_se_gener(base):
    def ecrire(n):
        for i in range(20):
            with models.ecriture():
                journal.auditer(f'{n}-{i}')

    fils = [threading.Thread(target=ecrire, args=(n,)) for n in range(4)]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join()
    with models.lecture():
        assert models.Audit.select().count() == 80


def test_un_disque_plein_se_reconnait_sous_l_erreur_de_peewee(base):

    models._branche['ancre'].execute('SELECT 1')
    with pytest.raises(peewee.DatabaseError) as incident, models.ecriture():
        pages = models.db.execute_sql('PRAGMA page_count').fetchone()[0]
        models.db.execute_sql(f'PRAGMA max_page_count = {pages}')
        for _ in range(50):
            journal.auditer('x', detail='y' * 100_000)
    assert models.panne_de_base(incident.value)
    with models.lecture():
        assert not models.Audit.select().exists()


@pytest.mark.parametrize('table', ['journal', 'audit'])
def test_le_journal_et_l_audit_ne_se_modifient_ne_se_suppriment_ni_ne_se_remplacent(base, creer, table):
    creer()
    with models.ecriture():
        journal.auditer('essai')
    for ordre in (f'UPDATE {table} SET id = id', f'DELETE FROM {table}',
                  f'INSERT OR REPLACE INTO {table} SELECT * FROM {table}'):
        with pytest.raises(peewee.DatabaseError, match='ne se'), models.ecriture():
            models.db.execute_sql(ordre)


@pytest.mark.parametrize('table', ['journal', 'audit'])
def test_une_ligne_au_numero_negatif_est_refusee_et_n_arreterait_pas_les_suivantes(base, creer, table):
    """An automatic id is -1 until it is given: such a line would stand for every line to come."""
    def copier(numero):
        with models.ecriture():
            autres = ', '.join(c.name for c in models.db.get_columns(table) if c.name != 'id')
            models.db.execute_sql(
                f'INSERT OR REPLACE INTO {table} (id, {autres}) SELECT ?, {autres} FROM {table} LIMIT 1', (numero,))

    creer()
    with models.ecriture():
        journal.auditer('essai')
    for numero in (-1, 0, -2 ** 63):
        with pytest.raises(peewee.DatabaseError, match='numéro'):
            copier(numero)
    with models.ecriture():
        models.db.execute_sql(f'DROP TRIGGER {table}_numeros')
    copier(-1)
    copier(None)
    with pytest.raises(peewee.DatabaseError, match='ne se modifie pas'):
        copier(1)
