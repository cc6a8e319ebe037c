"""An earlier base brought to this version: what it holds is there afterwards, row by row; nothing is sent again, and
what comes with the software is what a new base has.
"""
import sqlite3

import pytest
from conftest import creer_a_l_etape

import models

ANCIENNE = 3                                                        # before the step that rebuilds tables
LE = '2026-11-02T09:00:00Z'
LIGNES = f"""
INSERT INTO structure (id, nom, sigle) VALUES (1, 'CD', 'CD');
INSERT INTO direction (id, structure_id, nom) VALUES (1, 1, 'DDAT');
INSERT INTO agent (id, direction_id, courriel, prenom, nom, cree_le) VALUES
  (1, 1, 'a@b.fr', 'A', 'B', '{LE}'), (2, 1, 'c@d.fr', 'C', 'D', '{LE}');
INSERT INTO absence (id, agent_id, du, au, suppleant_id) VALUES (7, 1, '2026-11-01', '2026-11-09', 2);
INSERT INTO theme (id, nom) VALUES (1, 'Routes');
INSERT INTO fiche (id, theme_id, direction_id, titre, resume, delai, publiee, maj_le, actions) VALUES
  (3, 1, 1, 'Voirie', 'r', 10, 1, '2026-11-01', 'un'), (4, 1, 1, 'Ponts', 'r', 3, 0, '2026-11-01', '');
INSERT INTO pilotage (fiche_id, agent_id) VALUES (3, 1);
INSERT INTO collectivite (id, siren, type, nom, cherche) VALUES (1, '200000001', 'Métropole', 'EPCI', 'epci');
INSERT INTO collectivite (id, siren, insee, type, nom, cherche, epci_id, population) VALUES
  (2, '210000001', '31001', 'Commune', 'Rieumes', 'rieumes', 1, 3600);
INSERT INTO demande (numero, jeton, origine, statut, depose_le, fiche_id, collectivite_id, collectivite, type, message)
  VALUES (12, 'x', 'plateforme', 'en_cours', '{LE}', 3, 2, 'Rieumes', 'Commune', 'Bonjour'),
         (13, 'y', 'plateforme', 'termine', '{LE}', NULL, NULL, 'Ailleurs', 'Syndicat', 'Bonsoir');
INSERT INTO journal (id, demande_id, cree_le, nature, statut, auteur, texte) VALUES
  (1, 12, '{LE}', 'statut', 'en_cours', 'La Plateforme', ''),
  (2, 13, '{LE}', 'statut', 'termine', 'La Plateforme', 'Reprise de l''historique.');
INSERT INTO journal (id, demande_id, cree_le, nature, auteur, texte, corrige_id, agent_id) VALUES
  (3, 12, '{LE}', 'note', 'A B', 'Vu', NULL, 1), (4, 12, '{LE}', 'correction', 'A B', 'Revu', 3, 1);
INSERT INTO piece (demande_id, journal_id, nom, taille, sha256, depose_le, contenu)
  VALUES (12, 3, 'a.pdf', 1, 'z', '{LE}', x'00');
INSERT INTO courriel (id, identifiant, demande_id, pour, destinataire, modele, objet, corps, cree_le, a_partir_de,
  marque) VALUES (5, '<1@x>', 12, 'demandeur', 'm@x.fr', 'accuse', 'o', 'c', '{LE}', '{LE}', NULL),
         (6, '<2@x>', NULL, 'agent', 'a@b.fr', 'relance', 'o', 'c', '{LE}', '{LE}', 'jour:2026-11-02:1');
INSERT INTO session (empreinte, agent_id, cree_le, vu_le) VALUES ('s', 1, '{LE}', '{LE}');
INSERT INTO lien (empreinte, agent_id, usage, expire_le) VALUES ('l', 1, 'invitation', '{LE}');
INSERT INTO audit (id, fait_le, agent_id, fait, detail) VALUES
  (1, '{LE}', 1, 'connexion', ''), (2, '{LE}', 1, 'relance', 'retard:12:2026-11-01:1'), (3, '{LE}', 2, 'export', '3');
"""
REBATIES = ('journal', 'courriel', 'lien', 'absence', 'fiche', 'collectivite')


def lire(chemin, sql):
    brute = sqlite3.connect(chemin)
    try:
        return brute.execute(sql).fetchall()
    finally:
        brute.close()


@pytest.fixture
def ancienne(tmp_path, monkeypatch):
    """A base of step ANCIENNE, with a row in each table that the next one touches."""
    chemin = str(tmp_path / 'x.db')
    creer_a_l_etape(ANCIENNE, chemin, monkeypatch)
    brute = sqlite3.connect(chemin)
    brute.executescript(LIGNES)
    brute.close()
    return chemin


def colonnes_communes(chemin, table, avant):
    noms = [ligne[1] for ligne in lire(chemin, f'PRAGMA table_info({table})')]
    return ', '.join(nom for nom in avant if nom in noms)


def test_chaque_ligne_d_une_table_rebatie_est_la_meme_apres(ancienne):
    noms = {table: [ligne[1] for ligne in lire(ancienne, f'PRAGMA table_info({table})')] for table in REBATIES}
    avant = {table: lire(ancienne, f'SELECT rowid, * FROM {table}') for table in REBATIES if table != 'lien'}
    assert all(avant.values())
    models.migrer(ancienne)
    for table, lignes in avant.items():
        gardees = colonnes_communes(ancienne, table, noms[table])
        reprises = [[ligne[0]] + [v for nom, v in zip(noms[table], ligne[1:]) if nom in gardees.split(', ')]
                    for ligne in lignes]
        assert [list(ligne) for ligne in lire(ancienne, f'SELECT rowid, {gardees} FROM {table}')] == reprises, table
    assert lire(ancienne, 'SELECT empreinte, agent_id, usage FROM lien') == [('l', 1, 'invitation')]
    assert lire(ancienne, 'PRAGMA foreign_key_check') == [] and lire(ancienne, 'PRAGMA integrity_check') == [('ok',)]


def test_ce_qui_change_de_forme_garde_son_sens(ancienne):
    models.migrer(ancienne)
    assert lire(ancienne, 'SELECT titre, etat FROM fiche ORDER BY id') == [('Voirie', 'publiee'), ('Ponts', 'archivee')]
    assert lire(ancienne, 'SELECT numero, importee, titre_depose FROM demande') == [(12, 0, 'Voirie'), (13, 1, '')]


def test_un_rappel_deja_dit_ne_se_redit_pas_et_quitte_l_audit(ancienne):
    models.migrer(ancienne)
    assert lire(ancienne, 'SELECT marque, agent_id FROM rappel') == [('retard:12:2026-11-01:1', 1)]
    assert lire(ancienne, 'SELECT id, fait, adresse, nombre FROM audit') == [(1, 'connexion', '', 1),
                                                                             (3, 'export', '', 1)]


def test_la_copie_d_avant_rend_la_base_d_avant(ancienne):
    avant = lire(ancienne, 'SELECT * FROM journal')
    models.migrer(ancienne)
    copie = f'{ancienne}.avant-etape-{ANCIENNE + 1}'
    assert lire(copie, 'SELECT * FROM journal') == avant
    assert lire(copie, 'PRAGMA user_version') == [(ANCIENNE,)]


# ======================================================================================
# The version before, with the demonstration in it
# ======================================================================================

DERNIERE = models.VERSION_BASE - 1
DE_REFERENCE = ('reglage', 'modele', 'page_legale')                 # written by the software, not by who uses it
# What an earlier base can't know, and a new one reads in the example files.
A_REMPLIR = {'demande': ('ampleur',)}
# And what it can't hold.
SEULES = {'document': " WHERE genre = 'fiche'", 'version': " WHERE genre <> 'contenu'"}
REMPLIES = {'groupe', 'contenu', 'contenu_fiche', 'contenu_collectivite', 'contenu_structure', 'evaluation'}


def tables(chemin):
    noms = lire(chemin, "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type <> 'shadow' ORDER BY name")
    return [nom for nom, in noms if not nom.startswith('sqlite_')]


def colonnes(chemin, table, sauf=()):
    """Its columns in a literal order; of the index of the search, the number too."""
    noms = sorted(nom for nom, in lire(chemin, f"SELECT name FROM pragma_table_info('{table}')") if nom not in sauf)
    return ', '.join(['rowid', *noms] if table == 'recherche' else noms)


@pytest.fixture
def derniere(tmp_path, demonstration, heure, monkeypatch):
    """The demonstration as the version before held it."""
    chemin = str(tmp_path / 'derniere.db')
    creer_a_l_etape(DERNIERE, chemin, monkeypatch)
    brute = sqlite3.connect(chemin)
    brute.execute('ATTACH ? AS neuve', (demonstration,))
    for table in tables(chemin):
        if table not in (*DE_REFERENCE, 'contenu', 'marque'):
            noms = colonnes(chemin, table)
            brute.execute(f'INSERT INTO {table} ({noms}) SELECT {noms} FROM neuve.{table}{SEULES.get(table, "")}')
    brute.commit()
    brute.close()
    return chemin


def test_la_demonstration_d_avant_devient_celle_d_une_base_neuve(derniere, demonstration):
    models.migrer(derniere)
    assert tables(derniere) == tables(demonstration)
    for table in set(tables(demonstration)) - {*DE_REFERENCE, *REMPLIES, 'marque'}:
        noms = colonnes(demonstration, table, A_REMPLIR.get(table, ()))
        lignes = f'SELECT {noms} FROM {table}{SEULES.get(table, "")} ORDER BY {noms}'
        assert lire(derniere, lignes) == lire(demonstration, lignes), table
    assert lire(derniere, 'PRAGMA foreign_key_check') == [] and lire(derniere, 'PRAGMA integrity_check') == [('ok',)]


def test_ce_qui_vient_avec_le_logiciel_est_celui_d_une_base_neuve(derniere, demonstration):
    models.migrer(derniere)
    for lignes in (
            "SELECT ordre, cle, libelle, aide FROM reglage WHERE cle <> 'demonstration' ORDER BY cle",
            'SELECT cle, libelle, reperes, objet, corps FROM modele ORDER BY cle',
            'SELECT * FROM page_legale ORDER BY cle',
            'SELECT name, sql FROM sqlite_schema ORDER BY name'):
        assert lire(derniere, lignes) == lire(demonstration, lignes)


def test_les_pages_legales_leurs_versions_et_les_documents_des_fiches_passent_aux_contenus(tmp_path, monkeypatch):
    """The table that held the legal pages gives its name to the contents."""
    chemin = str(tmp_path / 'six.db')
    creer_a_l_etape(6, chemin, monkeypatch)
    brute = sqlite3.connect(chemin)
    brute.executescript(f"""
        UPDATE contenu SET titre = 'Réécrite', corps = 'Texte', modifie_le = '{LE}' WHERE cle = 'accessibilite';
        INSERT INTO version (genre, objet, numero, etat, champs, pourquoi, auteur, cree_le)
          VALUES ('page', 'accessibilite', 1, 'publiee', '{{}}', 'x', 'A', '{LE}');
        INSERT INTO document (genre, objet, titre, nom, type, taille, sha256, ajoute_le, contenu)
          VALUES ('fiche', '3', 'Plan', 'a.pdf', 'pdf', 1, 'z', '{LE}', x'00');""")
    avant = {table: brute.execute(f'SELECT * FROM {table} ORDER BY 1').fetchall()
             for table in ('contenu', 'version', 'document')}
    brute.close()
    models.migrer(chemin)
    assert lire(chemin, 'SELECT * FROM page_legale ORDER BY 1') == avant['contenu']
    assert lire(chemin, 'SELECT * FROM version') == avant['version']
    (apres,) = lire(chemin, 'SELECT * FROM document')
    assert apres[:len(avant['document'][0])] == avant['document'][0] and lire(chemin, 'SELECT * FROM contenu') == []
    brute = sqlite3.connect(chemin)
    marque = brute.execute('SELECT reference FROM marque').fetchone()
    for ecriture in ("UPDATE page_legale SET corps = 'x' WHERE cle = 'accessibilite'",
                     "INSERT INTO contenu (genre, titre, cree_le, modifie_le) VALUES ('actualite', 't', 'c', 'm')",
                     "INSERT INTO groupe (nom) VALUES ('Eau')"):
        brute.execute(ecriture)
        suivante = brute.execute('SELECT reference FROM marque').fetchone()
        assert suivante > marque, ecriture
        marque = suivante
    with pytest.raises(sqlite3.IntegrityError, match='code inconnu'):
        brute.execute("INSERT INTO contenu (genre, titre, cree_le, modifie_le) VALUES ('page', 't', 'c', 'm')")
    brute.close()


def test_le_texte_d_avant_d_un_courriel_reste_quand_il_change(derniere, demonstration):
    textes = 'SELECT cle, objet || char(10) || char(10) || corps FROM modele'
    avant = dict(lire(derniere, textes))
    models.migrer(derniere)
    apres = dict(lire(derniere, textes))
    assert dict(lire(derniere, 'SELECT cle, avant FROM modele')) == {
        cle: avant[cle] if cle in avant and avant[cle] != apres[cle] else '' for cle in apres}
    assert {texte for texte, in lire(demonstration, 'SELECT avant FROM modele')} == {''}
