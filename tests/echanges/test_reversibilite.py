"""« exporter tout », « importer tout »: everything goes and comes back, byte for byte, or nothing does."""
import contextlib
import csv
import hashlib
import io
import os
import random
import re
import sqlite3
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from conftest import copier, debrancher, deposer, en_ecriture, jetons, lue
from fichiers import lire as lire_sql
from fichiers import tout
from peewee import TextField
from serveur import ICI, lancer, lire, servie

import models
from models import Refus
from verbes import textes, valeurs
from verbes.echanges import rechargement, reversibilite
from verbes.contenus import contenus, documents, projets
from verbes.journal import indexer
from verbes.questions import demandes_lisibles
from verbes.registre import destins

N1, N2 = ('2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z')             # both 2 h 30 in Paris
ABC, A = (hashlib.sha256(octets).hexdigest() for octets in (b'abc', b'a'))
T = 'Un\ttab, un\u202eretourné, une\u2028ligne, un\ufeffrien\x85 ; « = » et "guillemets"\n\n| fin '

REGLES = ', '.join(f"('{cle}', 'autre {cle}', 'autre', '2026-11-02')" for cle in valeurs.EXPORTES)

# Beside a small world of the other tests: each column that is exported has a value that is not its default.
GARNIR = f"""
INSERT INTO reglage (cle, valeur, origine, regle_le) VALUES {REGLES} ON CONFLICT (cle) DO UPDATE SET valeur =
  excluded.valeur, origine = excluded.origine, regle_le = excluded.regle_le;
INSERT INTO fermeture (du, au, libelle) VALUES ('2026-12-24', '2026-12-31', '=Noël'), ('2027-08-02', '2027-08-02',
  'Pont');
INSERT INTO texte_ecrit (genre, cle, titre, corps, titre_origine, corps_origine, modifie_le) VALUES ('page',
  'accessibilite', 'Accès', '{T}', 'O', '{T}', '{N1}'), ('courriel', 'accuse', 'Reçu', '{T}', '=1+1', 'P', '{N1}'),
  ('lettre', 'accuse', 'Votre demande', '{T}', '=1+1', 'P', '{N1}');
UPDATE structure SET site = 'https://a.example/' || id, presentation = '{T}', partenaire = 1 - partenaire;
UPDATE structure SET convention_du = '2024-01-01', convention_au = '2026-12-31', convention_referent = 'R ' || id,
  convention_reconduite_le = '2025-12-01';
INSERT INTO direction (structure_id, nom, fermee_le) VALUES (2, 'DDAT', '2026-01-01');
UPDATE agent SET expert = 1, presentation = '{T}', territoire = 'Comminges' || id, repos = 'mercredi',
  engage_le = '{N1}', lecteur_au = '2027-01-31' WHERE id > 1;
INSERT INTO porte (organisme, objet, competence, conseil, mots, publique, service, telephone, texte, verifie_le,
  retiree_le) VALUES ('=la préfecture', 'légalité', 'l''État', 'le SDIS', 'déféré', 1, 'Bureau 2', '0536499001', '{T}',
  '2026-10-01', '{N1}');
UPDATE agent SET identifiant = 'RH' || id, fonction = '=1+1', telephone = '0536490099', avis_journal = 'immediat',
  telephone_public = '0536490098', pilote = 1 - pilote, mot_de_passe = 'scrypt$x', second_facteur = 'SECRET';
INSERT INTO absence (agent_id, du, au, suppleant_id, retour_dit, restreintes) VALUES (2, '2026-12-01', '2026-12-05', 3,
  1, 0), (4, '2026-12-01', NULL, NULL, 0, 1);
INSERT INTO delegation (pour_id, par_id, du, au) VALUES (2, 3, '2026-01-01', '2026-12-31'), (1, 2, NULL, NULL);
INSERT INTO cote (agent_id, demande_id, jusqu_au, raison, mis_le) VALUES (2, 1, '2026-12-01', '=1+1', '{N1}');
INSERT INTO theme (nom, icone, ordre) VALUES ('Sans fiche', 'feuille', 9);
UPDATE direction SET court = 'D' || id;
UPDATE theme SET court = 'T' || id;
UPDATE fiche SET identifiant = 'F' || id, mots = 'cour, préau', conditions = 'Le reste.', sans_texte = 1, gratuit =
  'oui', adherents_de_id = 2, par_convention = 'rurales', payant = '=1 €', a_preparer = 'un | deux' || char(10) ||
  char(10) || 'trois' WHERE id = 1;
INSERT INTO jalon (demande_id, rang, quoi, agent_id, structure_id, direction_id, a_accepter, propose, pour_le, fait_le,
  dit, dit_jour, par_id) VALUES (1, 3, 'Diagnostic', 1, 2, 2, 1, 'CAUE', '2027-01-01', NULL, 'un diagnostic', 1, 2), (1,
  2, 'Visite', NULL, 2, NULL, 0, '', '2026-12-01', '2026-11-30', '', 0, NULL);
INSERT INTO texte_type (agent_id, structure_id, titre, texte, modifie_le) VALUES (2, 2, 'Un titre', '{T}', '{N1}'), (3,
  NULL, 'À moi', 'x', '{N2}');
INSERT INTO liste_gardee (agent_id, nom, criteres) VALUES (2, 'À voir', 'statut=en_cours');
INSERT INTO reunion (demande_id, agent_id, jour, debut_a, fin_a, lieu, cree_le, modifie_le, annulee_le) VALUES (1, 2,
  '2026-12-08', '10:00', '11:30', '=Mairie', '{N1}', '{N2}', '{N2}'), (2, 3, '2026-12-09', '14:00', '15:00', '', '{N1}',
  '{N1}', NULL);
INSERT INTO invitation (reunion_id, agent_id, jeton, oui_le, non_le, mot, retiree_le) VALUES (1, 3, 'jeton-un', '{N1}',
  NULL, '', '{N2}'), (1, NULL, 'jeton-deux', NULL, '{N1}', 'Non.', NULL);
UPDATE courriel SET invitation_id = 1 WHERE id = (SELECT min(id) FROM courriel);
INSERT INTO message_a_partir (demande_id, agent_id, texte, porte, sans_texte, attente_au, attente_de, ecrit_le, part_le,
  raison) VALUES (1, 2, 'x', 'livrable', 1, '2026-12-09', 'le plan', '{N1}', '{N2}', 'Close.'), (1, 3, 'y', 'echange',
  0, NULL, '', '{N1}', '{N2}', '');
INSERT INTO reponse_recue (demande_id, identifiant, recue_le, etat, de, texte) VALUES (1, '<a@b>', '{N1}', 'inconnue',
  'x@y.example', 'x'), (2, '<c@d>', '{N2}', 'rangee', '', '');
INSERT INTO piece_recue (reponse_id, nom, contenu) VALUES (1, 'x.pdf', x'00');
INSERT INTO piece_a_partir (message_id, nom, contenu) VALUES (1, 'x.pdf', x'00');
INSERT INTO associable (fiche_id, rang, structure_id, direction_id) VALUES (1, 0, 1, NULL), (1, 1, NULL, 2);
INSERT INTO fiche (theme_id, direction_id, titre, resume, promesse, etat, maj_le) SELECT theme_id, direction_id, titre,
  resume, promesse, e.etat, '2020-01-01' FROM fiche, (SELECT 'archivee' AS etat UNION ALL SELECT 'brouillon') e WHERE
  fiche.id = 1;
UPDATE fiche SET explication = '{T}', remplacee_par_id = 5 WHERE id = 1;
UPDATE fiche SET remplacee_par_id = 1 WHERE id = 4;
INSERT INTO version (genre, objet, numero, etat, champs, changes, sur, pourquoi, agent_id, auteur, cree_le,
  decide_par_id, decideur, decide_le, reponse) VALUES ('fiche', '4', 1, 'remplacee', '{{"titre": "é\n{T}"}}', 'titre',
  2, '{T}', 2, 'Nom d''alors', '{N1}', 1, 'Nom d''alors', '{N2}', '{T}'), ('fiche', '1', NULL, 'a_relire',
  '{{"associees": "d2\\ns1\\nDisparue", "adherents_de": "s2"}}', '',
  NULL, 'x', NULL, 'La Plateforme', '{N1}', NULL, '', NULL, ''), ('page',
  'accessibilite', 1, 'publiee', '{{}}', '', NULL, 'x', 1, 'A', '{N1}', NULL, '', NULL, '');
INSERT INTO document (id, genre, objet, titre, nom, type, taille, sha256, agent_id, ajoute_le, contenu, accessible,
  a_qui, legende, credit, moment, largeur, hauteur, droit, personnes, accords_par) VALUES (3, 'fiche', '4', '=1+1',
  'plan é.pdf', 'pdf', 3, '{ABC}', 2, '{N1}', x'616263', 'non', 'ddat@a.example', '', '', '', NULL, NULL, '', '', ''),
  (4, 'fiche', '1', 'Autre', 'autre.txt', 'txt', 1, '{A}', NULL, '{N1}', x'61', '', '', '', '', '', NULL, NULL, '', '',
  ''), (9, 'image', '12', '{T}', 'a.jpg', 'jpg', 1, '{A}', 2, '{N1}', x'61', '', '', '{T}', '=A', 'avant', 3, 2,
  'D''un agent', 'accords', 'DDAT'), (11, 'accord', '12', 'Accord', 'accord.pdf', 'pdf', 3, '{ABC}', 2, '{N1}',
  x'616263', '', '', '', '', '', NULL, NULL, '', '', ''), (12, 'logo', '2', '', 'logo.png', 'png', 1, '{A}', 2, '{N1}',
  x'61', '', '', '', '', '', 3, 2, '', '', ''), (14, 'convention', '2', 'Convention signée', 'signee.pdf', 'pdf', 1,
  '{A}', 2, '{N1}', x'61', '', '', '', '', '', NULL, NULL, '', '', ''), (16, 'lettre', '7', 'Lettre signée', '1.pdf',
  'pdf', 1, '{A}', 1, '{N1}', x'61', '', '', '', '', '', NULL, NULL, '', '', '');
INSERT INTO document (genre, objet, titre, nom, type, taille, sha256, ajoute_le, contenu, retire_le) VALUES ('image',
  '12', 'Retirée', 'b.jpg', 'jpg', 2, 'perdue', '{N1}', x'', '{N2}');
INSERT INTO pilotage (fiche_id, agent_id, rang) VALUES (4, 5, 3);
UPDATE collectivite SET telephone = '0536490001', population = 12, arrondissement = 'Muret' WHERE id = 2;
INSERT INTO collectivite (siren, insee, type, nom, cherche, remplacee_par_id, jusqu_au) SELECT siren, insee, type,
  'Avant ' || nom, 'avant', 2, '2020-12-31' FROM collectivite WHERE id IN (2, 3);
INSERT INTO collectivite (siren, type, nom, cherche, remplacee_par_id, jusqu_au) SELECT siren, type, 'Encore avant',
  'encore', 6, '2010-12-31' FROM collectivite WHERE id = 2;
UPDATE collectivite SET siren = NULL, depuis = '1800-01-01', acte_le = '1799-12-01', epci_suivant_id = 1, epci_le =
  '2027-01-01', sans_lettre = 1, canton = 'Auterive', petr = 'Pays Sud', secteur = 'Sud', usuels =
  'Le Bourg | La Ville', adresse = '1 place | A' || char(10) || '31370 Rieumes' WHERE id = 3;
INSERT INTO adhesion VALUES (2, 2, '2015-01-01', NULL), (6, 3, NULL, '2020-12-31');
UPDATE demande SET version = 9, etape = 4, clos_le = '{N2}', promesse = 'urgente', delai = 8, date_a_tenir =
  '2027-01-02', direction_id = 3, premier_contact_le = '2026-11-20', restreinte = 1, cle = 'cle', empreinte =
  'empreinte', rappel_nom = 'R', rappel_prenom = 'P', rappel_fonction = 'F', a_confirmer = 1, saisie_par_id = 1,
  recue_le = '2026-10-24', voie = 'courrier', issue = 'reponse', synthese = '{T}', texte_final = '{T}', organisme = 'O',
  accord = 'obtenu', organisme_telephone = '0536490097', transmission = 'nous', transmise_le = '2026-11-20', repondu_le
  = '2026-11-19', doublon_de = 2, interlocuteur_depuis = '2026-11-01', prochaine_etape_le = '2027-01-01', quand_joindre
  = 'le matin', importee = 1, reprise = 1, essai = 1, ampleur = 'jours', reference = '2021-034', question_le = '{N2}',
  rappele = 'oui', rappele_le = '{N2}', titre_depose = 'Titre d''avant', collectivite = 'Nom d''avant', depose_le =
  '{N1}', message = '{T}', origine = 'direct', fiche_id = 4, collectivite_id = 6, theme_id = 2, civilite = 'Monsieur',
  structure_id = 3, echeance = NULL WHERE numero = 1;
UPDATE demande SET fiche_id = 5, collectivite_id = 8, depose_le = '{N2}', attente_depuis = '{N2}', attente_au =
  '2026-12-09', attente_de = '=le plan', attente_tue = 1 WHERE numero = 2;
UPDATE demande SET theme_id = NULL, fiche_id = NULL, collectivite_id = NULL, telephone = '' WHERE numero = 3;
INSERT INTO demande_commune VALUES (1, 2), (1, 6), (1, 4), (1, 3);
UPDATE membre SET depuis_le = '{N2}', structure_id = 1, direction_id = 1 WHERE demande_id = 1;
INSERT INTO membre (demande_id, role, rang, structure_id, direction_id, depuis_le) VALUES (1, 'associe', 4, 2, 4,
  '{N1}'), (1, 'associe', 5, 3, NULL, '{N1}');
INSERT INTO journal (demande_id, cree_le, nature, acte_le, agent_id, pour_id, auteur, structure, texte) VALUES (1,
  '{N1}', 'note', '2026-10-24', 2, 3, 'Nom de jeune fille', 'Structure d''alors', '{T}'), (1, '{N1}', 'note', NULL, 2,
  NULL, 'Camille Exemple', '', 'Deux fois.'), (1, '{N1}', 'note', NULL, 2, NULL, 'Camille Exemple', '', 'Deux fois.'),
  (1, '{N2}', 'message', NULL, NULL, NULL, 'maxime.exemple@haute-garonne.example', '', ' espaces '), (2, '{N2}',
  'envoi', NULL, NULL, NULL, 'secretaire@mairie', '', '');
INSERT INTO journal (demande_id, cree_le, nature, agent_id, auteur, texte, corrige_id) SELECT 1, '{N2}', 'correction',
  2, 'Camille Exemple', 'Une seule fois.', max(id) - 2 FROM journal;
INSERT INTO piece (demande_id, journal_id, agent_id, nom, taille, sha256, depose_le, contenu) SELECT 1, max(id) - 1, 3,
  'plan é.pdf', 3, '{ABC}', '{N1}', x'616263' FROM journal;
INSERT INTO piece (demande_id, nom, taille, sha256, depose_le, contenu) VALUES (2, 'le même.pdf', 3, '{ABC}', '{N2}',
  x'616263');
INSERT INTO lettre (id, imprimee_le, faits, texte, signataire, accord_le, signature_le, signee_le, envoyee_le, voie,
  notees) VALUES (7, '{N1}', '{{"appel": "=1"}}', '{{"corps": "{T}"}}', 'signataire_2', '2026-11-20', '2026-11-21',
  '2026-11-22', '2026-11-23', 'poste', '2026-11-21 2026-11-22 2026-11-23');
INSERT INTO lettre (imprimee_le, faits, texte, signataire) VALUES ('{N2}', '{{}}', '{{}}', 'signataire_1');
INSERT INTO lettre_demande (demande_id, lettre_id, journal_id) SELECT 1, 7, max(id) FROM journal;
INSERT INTO lettre_demande (demande_id, lettre_id) VALUES (2, 8);
INSERT INTO amelioration (agent_id, texte, propose_le) VALUES (3, '{T}', '{N1}');
INSERT INTO amelioration (agent_id, texte, propose_le, lue_le, lue_par_id) VALUES (2, 'Plus court.', '{N1}', '{N2}', 1);
INSERT INTO groupe (nom, animateur_id, ferme_le) VALUES ('Sans personne', NULL, NULL), ('=Eau', 3, '2026-11-01');
INSERT INTO contenu (id, genre, etat, audience, titre, resume, corps, theme_id, structure_id, agent_id, cree_le,
  modifie_le, publie_le, expire_le, retire_le, relu_par, debut_le, debut_a, fin_le, fin_a, lieu, inscription,
  inscription_au, nature, verifie_le, a_revoir_le, classe, groupe_id, seance_le, a_qui, collectivite_id, annee, cout,
  demande_id, accord_par, accord_le, accord_retire_le) VALUES (12, 'projet', 'retire', 'contributeurs', '=1+1', '{T}',
  '{T}', 2, 3, 2, '{N1}', '{N2}', '2026-11-01', '2026-12-01', '{N2}', 'M. A', '2026-11-02', '09:30', '2026-11-03',
  '10:00', 'Salle', 'https://a.example/', '2026-11-01', 'guide', '2026-01-01', '2026-12-31', 'groupe', 2, '2026-10-01',
  'À la DDAT', 6, 2025, '{T}', 1, 'Mme la Maire', '2026-05-01', '2026-11-01');
INSERT INTO contenu (id, genre, titre, cree_le, modifie_le) VALUES (30, 'actualite', 'Rien d''autre', 'c', 'm');
INSERT INTO invitation (contenu_id, agent_id, jeton) VALUES (12, 2, 'jeton-trois');
INSERT INTO contenu_fiche VALUES (12, 4), (12, 1), (30, 1);
INSERT INTO contenu_collectivite VALUES (12, 8), (12, 2), (30, 6);
INSERT INTO contenu_structure (contenu_id, structure_id, lu_le, lu_par_id, correction) VALUES (12, 3, '{N1}', 4, '{T}'),
  (12, 1, NULL, NULL, '');
INSERT INTO version (genre, objet, numero, etat, champs, pourquoi, agent_id, auteur, cree_le) VALUES ('contenu', '12',
  1, 'publiee', '{{}}', '{T}', 2, 'A', '{N1}');
UPDATE fiche SET verifie_le = '2026-02-0' || id, hors_guide = 1 WHERE id < 3;
INSERT INTO campagne (annee, ouverte_le, ouverte_par_id, ferme_le, close_le) VALUES (2025, '{N1}', 1, '2026-12-18',
  '{N2}'), (2027, '{N2}', NULL, '2027-01-29', NULL);
INSERT INTO campagne_reponse (campagne_id, fiche_id, contenu_id, reponse, pourquoi, agent_id, repondu_le) VALUES (1, 4,
  NULL, 'retrait', '{T}', 3, '{N1}'), (2, NULL, 12, '', '', NULL, NULL), (2, 1, NULL, '', '', NULL, NULL);
INSERT INTO evaluation VALUES (1, '{N1}', '{N2}', 'oui', 'agir', '{T}', 1, '{T}', '{N2}', 1), (2, '{N1}', NULL, '', '',
  '', 0, '', NULL, NULL);
INSERT INTO contour VALUES ('31454', '[[[0, 0], [3, 0], [0, 3]]]');
UPDATE sqlite_sequence SET seq = 2000 WHERE name = 'demande';
INSERT INTO session (empreinte, agent_id, cree_le, vu_le) VALUES ('s', 1, '{N1}', '{N1}');
INSERT INTO lien (empreinte, agent_id, usage, expire_le, utilise_le) VALUES ('l', 1, 'invitation', '{N1}', '{N1}');
UPDATE courriel SET agent_id = 1, pris_le = 'p', envoye_le = 'e', echec_le = 'e', marque = 'm' || id;
INSERT INTO code_secours (empreinte, agent_id) VALUES ('c', 1);
INSERT INTO passation (agent_id, par_id, genre, faite_le, ferme_le, close_le, annulee_le) VALUES (2, 1, 'depart',
  '{N1}', '2026-12-31', '{N2}', '{N2}');
INSERT INTO passation (structure_id, par_id, genre, faite_le) VALUES (3, 1, 'convention', '{N1}');
INSERT INTO stock_classe (demande_id, lot, statut, version) VALUES (1, 7, 'en_cours', 4);
INSERT INTO import_defaisable (lot, demande_id, creee, version, ligne, avant) VALUES (7, 1, 0, 4, 1, '{{}}');
INSERT INTO sans_reponse (mots, nombre, vu_le) VALUES ('cimetiere', 2, '2026-11-24');
INSERT INTO rappel (marque, agent_id, fait_le) VALUES ('m', 1, '{N1}');
INSERT INTO reseau (agent_id, adresse, vu_le) VALUES (1, '192.0.2.1', '{N1}');
INSERT INTO audit (fait_le, agent_id, fait) VALUES ('{N1}', 1, 'connexion');
"""


@pytest.fixture
def garnie(base, base_modele, modele, creer):
    """A base where nothing is as by default."""
    def garnir():
        creer('en_cours', associe=True), creer('attribue_chef', message='b'), creer('termine', message='c')
        creer('attribue_chef', message='d', restreinte=True)
        with models.ecriture():
            for instruction in models._instructions(GARNIR):
                models.db.execute_sql(instruction)
    faite = modele('garnie', garnir, base_modele)
    debrancher()
    models.brancher(copier(faite, Path(base)))
    return base


def exporter():
    sortie = io.BytesIO()
    with models.lecture():
        reversibilite.exporter_tout(sortie)
    return sortie.getvalue()


def membres(octets):
    with zipfile.ZipFile(io.BytesIO(octets)) as archive:
        assert archive.testzip() is None
        return {nom: archive.read(nom) for nom in archive.namelist()}


@pytest.fixture
def neuve(vide_modele, tmp_path):
    """with neuve() as its path: a base just made is plugged."""
    @contextlib.contextmanager
    def ouvrir(nom='neuve.db'):
        models.debrancher()
        chemin = copier(vide_modele, tmp_path / nom)
        models.brancher(chemin)
        yield chemin
        models.debrancher()
    return ouvrir


def importer(octets, **options):
    return rechargement.importer_tout(io.BytesIO(octets), **options)


def test_tout_revient_a_l_octet_pres_et_dit_la_meme_chose_dans_une_base_neuve(garnie, neuve):
    """Not only the same zip: the search, the last number, the team of a restricted demande, what is not exported."""
    ecrit, avant = exporter(), tout()
    assert sorted(membres(ecrit)) == list(membres(ecrit)) and 'pieces/perdue' not in membres(ecrit)
    with neuve('autre.db'):
        importer(refaire(ecrit))                                        # compressed by another tool
        assert exporter() == ecrit
    with neuve() as base:
        assert importer(ecrit) == 4 and membres(exporter()) == membres(ecrit) and exporter() == ecrit
        for requete in ('SELECT id FROM contenu ORDER BY id',
                        'SELECT id, genre, objet, length(contenu) FROM document WHERE id > 4',
                        'SELECT titre FROM fiche JOIN contenu_fiche ON fiche.id = fiche_id WHERE contenu_id = 30'):
            assert lue(base, requete) == lue(garnie, requete) != [], requete
        apres = tout()
        for table in ('demande', 'journal', 'membre', 'reglage', 'texte_ecrit'):
            assert len(apres[table]) == len(avant[table]), table
        assert apres['recherche'] and apres['sqlite_sequence'] != []
        with models.ecriture():
            for demande in models.Demande.select():
                indexer(demande)
        assert tout()['recherche'] == apres['recherche']
        with models.lecture():
            restreintes = models.Demande.select(models.Demande.numero).where(models.Demande.restreinte).tuples()
            assert sorted(n for n, in restreintes) == [1, 4]
            ailleurs = models.Agent.get(models.Agent.prenom == 'Dominique')
            lisibles = demandes_lisibles(ailleurs, models.Demande.numero).tuples()
            assert sorted(n for n, in lisibles) == [2, 3]
            secret = models.Reglage.tous()['secret']
            assert not models.Agent.select().where(models.Agent.mot_de_passe.is_null(False)
                                                   | models.Agent.second_facteur.is_null(False)).exists()
        assert secret not in {valeur for _, valeur, *_ in avant['reglage']}
        for table in ('courriel', 'session', 'lien', 'code_secours', 'rappel', 'reseau'):
            assert apres[table] == [], table
        with models.ecriture():
            assert models.inserer(models.Demande, jeton='x', origine='plateforme', statut='attribue_admin', etape=1,
                                  depose_le=N1, collectivite='c', type='Commune', message='m') == 2001


PIEGES = ('  espaces  ', '\r', 'a\r\nb', "'", "'=", "''-x", '"', ';', '\n', 'a\n\nb\n', ' | ', '|', '\\|', 'a \\',
          'x/1', 'e\u0301', '\ufeffx', '\u202e', '=1', '\t', 'oui', '\u2028', '\x85', '\x01', 'a@b',
          'camille.exemple@hgi.example', 'long' * 50_000)


@pytest.mark.parametrize('graine', range(4))
def test_un_texte_quelconque_revient_tel_quel_dans_toute_colonne(garnie, neuve, graine):
    hasard = random.Random(graine)
    with models.ecriture():
        models.db.execute_sql('INSERT INTO purge (id) VALUES (1)')
        for table in (models.Structure, models.Direction, models.Agent, models.Theme, models.Fiche, models.Collectivite,
                      models.Demande, models.Journal, models.Piece, models.Groupe, models.Contenu, models.Document):
            nom = table._meta.table_name
            textes = [c for (t, c), destin in destins().items() if destin.exporte and t == nom
                      and (t, c) not in CODES and c not in ('codes_postaux', 'sha256', 'prochaine_etape_le')
                      and type(table._meta.columns[c]) is TextField]
            for id_, in models.db.execute_sql(f'SELECT {table._meta.primary_key.column_name} FROM {nom}').fetchall():
                models.db.execute_sql(
                    f'UPDATE OR IGNORE {nom} SET {hasard.choice(textes)} = ? '
                    f'WHERE {table._meta.primary_key.column_name} = ?', (hasard.choice(PIEGES), id_))
        models.db.execute_sql('DELETE FROM purge')
    ecrit = exporter()
    with neuve():
        importer(ecrit)
        assert exporter() == ecrit


def test_aucun_secret_n_est_dans_l_archive_ni_un_accord_retire_et_le_lisez_moi_en_nomme_chaque_fichier(garnie, neuve):
    with models.ecriture():
        projet, admin = models.Contenu.get_by_id(12), models.Agent.get(models.Agent.administrateur)
        models.Contenu.update(accord_retire_le=None).where(models.Contenu.id == 12).execute()
        joint = documents.ajouter_document('contenu', 12, 'Zirga', [('zirga.txt', b'Zirga dedans')], admin, 'oui')
    assert b'Zirga dedans' in b''.join(membres(exporter()).values())
    en_ecriture(projets.retirer_accord, projet, admin, '2026-11-24', 'Non.')
    ecrit = exporter()
    assert b'irga' not in b''.join(membres(ecrit).values())
    for ordre in ("UPDATE session SET empreinte = 'INTERDIT'",
                  "INSERT INTO audit (fait_le, fait) VALUES ('2026', 'INTERDIT-audit')",
                  "UPDATE agent SET mot_de_passe = 'INTERDIT-mdp', second_facteur = 'INTERDIT-2f'",
                  "UPDATE courriel SET corps = 'INTERDIT-courriel', destinataire = 'INTERDIT'",
                  "UPDATE reglage SET valeur = 'INTERDIT' WHERE cle = 'secret'",
                  "INSERT INTO reglage (cle, valeur) VALUES ('sauvegarde_le', 'INTERDIT')"):
        en_ecriture(models.db.execute_sql, ordre)
    ecrits = membres(exporter())
    assert b'INTERDIT' not in b''.join(ecrits.values())
    dits = set(re.findall(r'^([\w]+\.csv|pieces/|version\.txt)', reversibilite.lisez_moi(), re.M))
    assert dits == {re.sub('^pieces/.*', 'pieces/', nom) for nom in ecrits} - {'LISEZMOI.txt'}
    assert ecrits['version.txt'].decode().splitlines()[1] == f'base {models.VERSION_BASE}'
    en_ecriture(models.db.execute_sql, "UPDATE piece SET contenu = x'616264' WHERE id = 1")
    with pytest.raises(Refus, match='La pièce 1 est abîmée'):           # changed since it was deposited
        exporter()
    with neuve() as base:
        importer(ecrit)
        assert lue(base, 'SELECT accord_retire_le FROM contenu WHERE id = 12') == [('2026-11-24',)]
        assert lue(base, f'SELECT titre, nom, contenu, retire_le > 0 FROM document WHERE id = {joint}') == [
            ('', 'fichier.txt', b'', 1)]
        assert lue(base, "SELECT DISTINCT length(contenu) FROM document WHERE objet = '12' AND genre <> 'accord'") == [
            (0,)]
        assert lue(base, "SELECT contenu FROM document WHERE genre = 'accord' AND retire_le IS NULL") == [(b'abc',)]


CLES = ('id', 'numero')                                             # by which other rows name theirs
SES_OCTETS = ('contenu', 'sha256', 'taille')                        # of a file: one that differs is refused
CODES = {('fiche', 'etat'): 'suspendue', ('demande', 'statut'): 'rejete', ('demande', 'origine'): 'plateforme',
         ('membre', 'role'): 'chef_de_file', ('journal', 'nature'): 'visite', ('journal', 'statut'): 'rejete',
         ('journal', 'fait'): 'passation', ('journal', 'moyen'): 'appel',
         ('agent', 'avis_journal'): 'jamais', ('lien', 'usage'): 'mot_de_passe', ('courriel', 'pour'): 'direction',
         ('fiche', 'promesse'): 'complexe', ('demande', 'promesse'): 'complexe', ('collectivite', 'type'): 'Syndicat',
         ('membre', 'direction_id'): 2,     # not the other « DDAT »
         ('demande', 'rappele'): 'pas_encore', ('contenu', 'genre'): 'actualite', ('contenu', 'etat'): 'publie',
         ('contenu', 'audience'): 'public', ('contenu', 'nature'): 'autre', ('contenu', 'classe'): 'comite',
         ('document', 'genre'): 'contenu', ('document', 'type'): 'png',
         ('contenu', 'debut_a'): '11:00', ('contenu', 'fin_a'): '12:00',
         **{('contenu', c): '2026-03-03' for c in (*contenus.JOURS, 'accord_le', 'accord_retire_le')}}
PARMI = {'reglage': "cle = 'nom'", 'membre': "role = 'associe'"}


def changer(table, colonne):
    noms = [ligne[1] for ligne in models.db.execute_sql(f'PRAGMA table_info({table})')]
    rangee = models.db.execute_sql(f'SELECT * FROM {table} WHERE {colonne} IS NOT NULL '
                                   f'AND {PARMI.get(table, "1")} LIMIT 1').fetchone()
    avant = rangee[noms.index(colonne)]
    vers = {de: (cible, vers) for _, _, cible, de, vers, *_ in models.db.execute_sql(
        f'PRAGMA foreign_key_list({table})')}.get(colonne)
    if (table, colonne) in CODES:
        apres = CODES[table, colonne]
    elif vers:
        cible, cle = vers
        (apres,) = models.db.execute_sql(f'SELECT {cle} FROM {cible} WHERE {cle} <> ? ORDER BY {cle} DESC',
                                         (avant,)).fetchone()
    elif isinstance(avant, int):
        apres = 1 - avant if avant in (0, 1) and colonne not in ('rang', 'version', 'etape') else avant + 1
    else:
        apres = avant + (b'!' if isinstance(avant, bytes) else '!')
    ou = ' AND '.join(f'{nom} IS ?' for nom in noms)
    assert models.db.execute_sql(f'UPDATE {table} SET {colonne} = ? WHERE {ou}', (apres, *rangee)).rowcount == 1


def test_ce_que_le_registre_dit_exporte_a_ici_une_valeur_change_l_archive_et_rien_d_autre(garnie):
    for (table, colonne), destin in destins().items():
        if destin.exporte:
            defaut = next(ligne[4] for ligne in lue(garnie, f'PRAGMA table_info({table})') if ligne[1] == colonne)
            sans = lue(garnie, f'SELECT count(*) FROM {table} WHERE {colonne} IS NOT {defaut or "NULL"}')
            assert sans[0][0], (table, colonne)
    ecrit = exporter()
    for (table, colonne), destin in destins().items():
        if table in ('purge', 'marque') or (colonne in CLES and table != 'journal') or colonne in SES_OCTETS:
            continue
        with contextlib.suppress(StopIteration), models.ecriture():     # undone at its end
            models.db.execute_sql('INSERT INTO purge (id) VALUES (1)')
            models.db.execute_sql('PRAGMA defer_foreign_keys = 1')
            models.db.execute_sql('PRAGMA ignore_check_constraints = 1')
            models.db.execute_sql('DROP TRIGGER contenu_codes_change')  # the kind of a content never changes
            if colonne == 'id':
                models.db.execute_sql('UPDATE journal SET id = 9999 WHERE id = (SELECT max(id) FROM journal)')
            else:
                changer(table, colonne)
            sortie = io.BytesIO()
            reversibilite.exporter_tout(sortie)
            assert (sortie.getvalue() != ecrit) == destin.exporte, (table, colonne)
            raise StopIteration
    models.db.close()


def refaire(octets, **changes):
    """The zip with other members: bytes, a function of the bytes, or None to leave one out."""
    sortie = io.BytesIO()
    with zipfile.ZipFile(sortie, 'w', zipfile.ZIP_DEFLATED) as archive:
        for nom, contenu in (membres(octets) | {nom: b'' for nom in changes if nom not in membres(octets)}).items():
            change = changes.get(nom, contenu)
            contenu = change(contenu) if callable(change) else change
            if contenu is not None:
                archive.writestr(nom, contenu)
    return sortie.getvalue()


def changee(membre, change):
    return lambda octets: refaire(octets, **{membre: change})


def ajoutee(membre, rangee):
    return changee(membre, lambda contenu: contenu + rangee)


def remplacee(membre, avant, apres):
    return changee(membre, lambda contenu: contenu.replace(avant, apres))


def d_une_autre(version, themes=None):
    changes = {'version.txt': f'plateforme 2026.1\n{version}\n'.encode()} | ({'themes.csv': themes} if themes else {})
    return lambda octets: refaire(octets, **changes)


def sans_colonne(nom):
    def oter(contenu):
        lignes = list(csv.reader(io.StringIO(contenu.decode('utf-8-sig'), newline=''), delimiter=';'))
        rang, sortie = lignes[0].index(nom), io.StringIO()
        csv.writer(sortie, delimiter=';').writerows(ligne[:rang] + ligne[rang + 1:] for ligne in lignes)
        return sortie.getvalue().encode()
    return oter


PIECE, ESSAI = f'pieces/{ABC}', f'base {models.SOCLE - 1}'
FAUTES = {
    'vide': (lambda o: b'', 'archive entière'),
    'autre fichier': (lambda o: b'PK\x03\x04 rien', 'archive entière'),
    'coupée': (lambda o: o[:len(o) // 2], 'archive entière'),
    'octet changé': (lambda o: o.replace(b'abc', b'abd', 1), 'archive entière'),
    'sans journal': (changee('journal.csv', None), 'il manque journal.csv'),
    'sans version': (changee('version.txt', None), 'archive entière'),
    'de trop': (changee('../ailleurs.csv', b'x'), 'en trop\u00a0: ../ailleurs.csv'),
    'autre étape': (changee('version.txt', b'plateforme 2031.1\nbase 99\n'), 'autre version .*base 99'),
    'sans pièce': (changee(PIECE, None), 'pas dans l\'archive, ou n\'est pas entier'),
    'pièce changée': (changee(PIECE, b'abd'), 'a changé depuis l\'export'),
    'autres colonnes': (remplacee('themes.csv', b'icone', b'image'),
                        'themes.csv n\'a pas les colonnes nom;icone;ordre;court'),
    'ligne courte': (ajoutee('themes.csv', b'seul\r\n'), 'themes.csv, ligne 5.*illisible'),
    'pas UTF-8': (ajoutee('themes.csv', b'\xff;a;1;\r\n'), 'themes.csv, ligne .*illisible'),
    'nombre immense': (ajoutee('themes.csv', b'a;a;' + b'9' * 30 + b';\r\n'), 'illisible'),
    'double': (ajoutee('themes.csv', b'Sans fiche;a;1;\r\n'), 'themes.csv, ligne 5.*en double.*theme.nom'),
    'agent inconnu': (remplacee('absences.csv', b'camille', b'inconnu'),
                      'absences.csv, ligne 2.*inconnu.exemple@hgi.example.*pas dans l\'archive'),
    'code inconnu': (remplacee('catalogue.csv', b'brouillon', b'perdue'), 'catalogue.csv, ligne .*inconnue'),
    'oui ou non': (remplacee('agents.csv', b';oui;', b';peut-etre;'), 'agents.csv, ligne .*peut-etre'),
    'demande inconnue': (remplacee('equipes.csv', b'\r\n2;', b'\r\n77;'), 'n\'y sont pas .membre'),
    'heure piégée': (remplacee('contenus.csv', b'09:30', b'"09:30\r\nX: 1"'), 'contenus.csv, ligne .*jour ou heure'),
    'jour piégé': (remplacee('contenus.csv', b'2026-11-02', b'2026-13-02'), 'contenus.csv, ligne .*jour ou heure'),
    'image menteuse': (changee('documents.csv', lambda c: re.sub(rb';(jpg|png|webp);', b';html;', c)),
                       'documents.csv, ligne .*type d.image'),
    'secret': (ajoutee('reglages.csv', b'secret;x;;\r\n'), 'reglages.csv.*secret'),
    # Of another version, or with other columns than it had.
    'sans court': (d_une_autre(f'base {models.VERSION_BASE}', sans_colonne('court')), 'themes.csv n\'a pas les colonn'),
    'image': (d_une_autre(ESSAI, lambda c: c.replace(b'icone', b'image')), 'themes.csv n\'a pas les colonnes'),
    'en désordre': (d_une_autre(ESSAI, lambda c: c.replace(b'nom;icone', b'icone;nom')), 'n\'a pas les colonnes'),
    'sans nom': (d_une_autre(ESSAI, sans_colonne('nom')), 'themes.csv, ligne 2.*manquante.*theme.nom'),
    'sans rien': (d_une_autre(ESSAI, lambda c: b''), 'themes.csv n\'a pas les colonnes'),
    **{f'version « {dit} »': (d_une_autre(dit), 'autre version') for dit in (
        'base 0', 'base', '', f'{ESSAI}\nbase 1', f'base {models.VERSION_BASE + 1}')},
}


def test_une_archive_fausse_est_refusee_par_une_phrase_a_celle_d_une_version_d_essai_rien_ne_manque(
        garnie, neuve, monkeypatch):
    ecrit, ici = exporter(), tout()
    with pytest.raises(Refus, match='structures, comptes, thèmes, collectivités, demandes'):
        importer(ecrit)                                                 # the base has already something
    assert tout() == ici
    with neuve():
        avant = tout()
        for faute, (fausser, raison) in FAUTES.items():
            with pytest.raises(Refus) as refus:
                importer(fausser(ecrit))
            assert re.search(raison, refus.value.phrase, re.S), (faute, refus.value.phrase)
            assert '\n' not in refus.value.phrase and tout() == avant, faute
        assert importer(ecrit, essai=True) == 4 and tout() == avant     # a trial reads everything
        monkeypatch.setattr(models, 'VERSION_BASE', models.VERSION_BASE + 1)
        with pytest.raises(Refus, match='importez-la avec celle-là, puis mettez la base à jour'):
            importer(ecrit)                                             # a step changes more than columns
        monkeypatch.setattr(models, 'VERSION_BASE', models.VERSION_BASE - 1)
    with neuve():
        importer(refaire(ecrit, **{'version.txt': D_ESSAI}))
        attendus = {cellule: tout_sauf(table, colonne) for cellule, (_, table, colonne, _) in PAS_ENCORE.items()}
    for cellule, (fichier, table, colonne, defaut) in PAS_ENCORE.items():
        with neuve(f'{cellule}.db'):
            importer(refaire(ecrit, **{'version.txt': D_ESSAI, f'{fichier}.csv': sans_colonne(cellule)}))
            assert lire_sql(f'SELECT DISTINCT {colonne} FROM {table}') == [(defaut,)], cellule
            assert tout_sauf(table, colonne) == attendus[cellule], cellule
    octets = refaire(ecrit, **{'version.txt': D_ESSAI, 'catalogue.csv': lambda c: c.replace(
        'Conseil départemental de la Haute-Garonne | '.encode(), b'Agence disparue | ')})
    with neuve('disparue.db'):
        importer(octets)
        assert lire_sql('SELECT structure_id, direction_id FROM associable') == [(None, 2)]
        dits = lire_sql("SELECT detail FROM audit WHERE fait = 'import'")
        assert any('Agence disparue' in dit for dit, in dits)


D_ESSAI = f'plateforme 2026.1\nbase {models.SOCLE - 1}\n'.encode()
# A column that it does not have yet: the file, the table, the column, its default.
PAS_ENCORE = {
    'court': ('themes', 'theme', 'court', ''), 'retour_dit': ('absences', 'absence', 'retour_dit', 0),
    'rang': ('equipes', 'membre', 'rang', 0), 'lecteur_au': ('agents', 'agent', 'lecteur_au', None),
    'petr': ('collectivites', 'collectivite', 'petr', ''), 'animateur': ('groupes', 'groupe', 'animateur_id', None),
    'codes_postaux': ('collectivites', 'collectivite', 'codes_postaux', ''),
    'a_preparer': ('catalogue', 'fiche', 'a_preparer', ''), 'regle_le': ('reglages', 'reglage', 'regle_le', None)}


def tout_sauf(table, colonne):
    noms = [nom for nom, in lire_sql(f"SELECT name FROM pragma_table_info('{table}') WHERE name <> '{colonne}'")]
    lues = tout() | {table: lire_sql(f'SELECT {", ".join(noms)} FROM {table}')}
    return lues | {'reglage': [reglage for reglage in lues['reglage'] if reglage[0] != 'secret']}


# The files of an archive of base 7, but its pieces.
D_UNE_BASE_7 = """absences adhesions agents catalogue collectivites contenus contenus_collectivites contenus_fiches
    contenus_structures contours delegations demandes documents equipes evaluations fermetures groupes journal modeles
    numerotation pages passations pieces pilotages portes reglages remplacements structures themes versions""".split()


def test_une_archive_d_une_base_7_ou_8_se_reprend_sans_les_fichiers_qu_elle_n_avait_pas(garnie, neuve):
    ecrit = exporter()
    attendus = {f'{nom}.csv' for nom in D_UNE_BASE_7} | {'version.txt', 'LISEZMOI.txt'}
    en_trop = [nom for nom in membres(ecrit) if nom not in attendus and not nom.startswith('pieces/')]
    d_une_base_7 = refaire(ecrit, **dict.fromkeys(en_trop), **{'version.txt': b'plateforme 2027.02\nbase 7\n'})
    with neuve():
        with pytest.raises(Refus, match=r'il manque journal\.csv\)'):
            importer(refaire(d_une_base_7, **{'journal.csv': None}))
        assert importer(d_une_base_7) == 4 and not lire_sql('SELECT 1 FROM amelioration UNION SELECT 1 FROM texte_type')
    # One of base 8 says every setting, page and mail, with the columns of then.
    origines = {'accuse': ('Reçu', 'À nous.')}
    modeles = [(cle, *origines.get(cle, textes.origine('courriel', cle))) for cle in textes.COURRIELS]
    pages = [(cle, *textes.origine('page', cle)) for cle in textes.PAGES]
    regles = [('journal_adresse', 'oui'), *(
        (cle, 'À nous' if cle == 'nom' else sorte.defaut) for cle, sorte in valeurs.REGLAGES.items())]
    dites = {nom: (f'{titres}\r\n' + ''.join(';'.join(f'"{c}"' for c in ligne) + ';\r\n' for ligne in lignes)).encode()
             for nom, titres, lignes in (('modeles.csv', 'cle;objet;corps;avant', modeles),
                                         ('pages.csv', 'cle;titre;corps;modifie_le', pages),
                                         ('reglages.csv', 'cle;valeur;regle_le', regles))}
    with neuve():
        importer(refaire(ecrit, **{'version.txt': D_ESSAI, 'textes_lettres.csv': None}, **dites))
        assert lire_sql('SELECT cle, titre, corps FROM texte_ecrit') == [('accuse', 'Reçu', 'À nous.')]
        assert lire_sql("SELECT cle, valeur FROM reglage WHERE cle <> 'secret'") == [('nom', 'À nous')]


def test_l_archive_s_ecrit_pendant_le_service_sous_un_nom_libre_se_relit_par_un_tube_jamais_d_une_base_rompue(
        ouverte, tmp_path):
    cible, ailleurs = tmp_path / 'tout.zip', tmp_path / 'ailleurs.db'
    with servie(ouverte) as processus:
        jeton = deposer(processus.url)
        faite = lancer('exporter', 'tout', str(cible), base=ouverte)
        assert faite.returncode == 0 and 'aussi secret que la base' in faite.stdout, faite.stderr
        assert lancer('exporter', 'tout', str(cible), base=ouverte).returncode == 1
        assert isinstance(deposer(processus.url), str)
    assert stat.S_IMODE(os.stat(cible).st_mode) == 0o600 and lancer('initialiser', base=ailleurs).returncode == 0
    essai = plateforme('importer', 'tout', '-', '--essai', base=ailleurs, entree=cible)
    assert essai.returncode == 0 and 'Essai, rien n\'est écrit' in essai.stdout.decode()
    assert plateforme('importer', 'tout', '-', base=ailleurs, entree=cible).returncode == 0
    assert jetons(ailleurs) == {jeton}
    assert plateforme('exporter', 'tout', '-', base=ailleurs).stdout == cible.read_bytes()
    encore = lancer('importer', 'tout', str(cible), base=ailleurs)
    assert encore.returncode == 1 and 'a déjà des données' in encore.stderr and len(encore.stderr.splitlines()) == 1
    with servie(ailleurs) as processus:
        assert lire(f'{processus.url}/suivi/{jeton}')[0] == 200
    assert lue(ailleurs, "SELECT detail FROM audit WHERE fait = 'import'") == [('tout\u00a0: 1 demandes',)]
    assert not [nom for nom in os.listdir(tmp_path) if 'partiel' in nom]
    with contextlib.closing(sqlite3.connect(ouverte, isolation_level=None)) as brute:
        brute.execute('UPDATE agent SET direction_id = 999 WHERE id = 1')
    for quoi in ('tout', 'agents'):
        refus = lancer('exporter', quoi, str(tmp_path / 'export'), base=ouverte)
        assert refus.returncode == 1 and 'rompus dans la base (agent)' in refus.stderr
        assert len(refus.stderr.splitlines()) == 1 and not os.path.exists(tmp_path / 'export')


def plateforme(*arguments, base, entree=None):
    octets = entree.read_bytes() if entree else None
    return subprocess.run([sys.executable, 'plateforme.py', *arguments], cwd=ICI, input=octets, capture_output=True,
                          timeout=120, env={**os.environ, 'PLATEFORME_BASE': str(base)})


MESURER = ('import resource, subprocess, sys; code = subprocess.run(sys.argv[1:]).returncode; '
           'print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)')


def test_les_pieces_ne_passent_pas_par_la_memoire(ouverte, tmp_path):
    """200 MB of them; a process of ours takes 35 MB before it does anything."""
    with contextlib.closing(sqlite3.connect(ouverte)) as brute, brute:
        brute.execute("INSERT INTO demande (jeton, origine, statut, depose_le, collectivite, type, message) "
                      f"VALUES ('j', 'plateforme', 'attribue_admin', '{N1}', 'c', 'Commune', 'm')")
        for n in range(20):
            contenu = bytes([n]) * 10_000_000
            brute.execute("INSERT INTO piece (demande_id, nom, taille, sha256, depose_le, contenu) VALUES (1, 'a.pdf', "
                          "?, ?, 'd', ?)", (len(contenu), hashlib.sha256(contenu).hexdigest(), contenu))
    ailleurs = tmp_path / 'ailleurs.db'
    assert lancer('initialiser', base=ailleurs).returncode == 0
    for base, verbe in ((ouverte, 'exporter'), (ailleurs, 'importer')):
        mesure = lancer('-c', MESURER, sys.executable, 'plateforme.py', verbe, 'tout', str(tmp_path / 'tout.zip'),
                        base=base, commande=(sys.executable,))
        code, megaoctets = map(int, mesure.stdout.split()[-2:])
        assert code == 0 and megaoctets < 90, mesure
    assert 'ok    pièces jointes' in lancer('verifier', base=ailleurs).stdout
