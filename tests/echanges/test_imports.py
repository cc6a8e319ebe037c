"""The CSV imports: what is refused, what is written, and what an import leaves alone.

The clock stands at Tuesday 24 November 2026, 10:00 in Paris, unless moved.
"""
import threading

import pytest
from conftest import fixer
from fichiers import (
    CD, CHEF, COCHEF, DIRECTE, EPCI, EXPERT, FICHIERS, HGI, RIEUMES, demande, exemple, fichier, lire, reussir, tout)
from serveur import PATIENCE

import models
from verbes import journal
from verbes.demande import liste
from verbes.echanges.colonnes import CLES, COLONNES, dire_colonnes
from verbes.echanges.titres import AUTRES
from verbes.echanges.imports import importer

# ======================================================================================
# Every import
# ======================================================================================

@pytest.mark.parametrize('quoi', COLONNES)
def test_un_second_import_ne_change_rien(pleine, regler, quoi):
    avant = tout()
    regler('2026-12-24T09:00:00Z')
    ajoutes, modifies, inchanges = reussir(quoi, FICHIERS[quoi])
    assert (ajoutes, modifies, inchanges) == (0, 0, FICHIERS[quoi].count(b'\n') - 1)
    assert tout() == avant


@pytest.mark.parametrize('quoi, cellules, requete, attendu', [
    ('structures', {'telephone': '05 36 49 01 99'}, 'SELECT telephone FROM direction WHERE id = 1', '0536490199'),
    ('structures', {'presentation': ''}, 'SELECT presentation FROM structure WHERE id = 1', ''),
    ('agents', {'fonction': 'Cheffe'}, "SELECT fonction FROM agent WHERE courriel = 'chef@hgi.example'", 'Cheffe'),
    ('agents', {'structure': CD, 'direction': 'DDAT'},
     "SELECT direction_id FROM agent WHERE courriel = 'chef@hgi.example'", 1),
    ('catalogue', {'actions': 'une visite'},
     "SELECT actions FROM fiche WHERE titre = 'Conseil juridique'", 'une visite'),
    ('catalogue', {'co_chefs': ''}, 'SELECT count(*) FROM pilotage WHERE fiche_id = 1', 1),
    ('collectivites', {'nom': 'Rieumes-le-Bourg'},
     "SELECT cherche FROM collectivite WHERE insee = '31454'", 'rieumes le bourg'),
    ('collectivites', {'epci_siren': ''}, "SELECT epci_id FROM collectivite WHERE insee = '31454'", None),
    ('demandes', {'lieu': 'Salle des fêtes'}, 'SELECT lieu FROM demande WHERE numero = 1083', 'Salle des fêtes'),
    ('demandes', {'associes': ''}, "SELECT count(*) FROM membre WHERE demande_id = 1083 AND role = 'associe'", 0),
])
def test_une_ligne_de_meme_cle_est_mise_a_jour(pleine, quoi, cellules, requete, attendu):
    assert reussir(quoi, fichier(quoi, cellules)) == (0, 1, 0)
    assert lire(requete) == [(attendu,)]
    assert reussir(quoi, fichier(quoi, cellules)) == (0, 0, 1)


@pytest.mark.parametrize('quoi', COLONNES)
def test_un_essai_dit_ce_qui_changerait_et_n_ecrit_rien(vide, quoi):
    for precedent in list(COLONNES)[:list(COLONNES).index(quoi)]:
        reussir(precedent, FICHIERS[precedent])
    avant = tout()
    essai = reussir(quoi, FICHIERS[quoi], essai=True)
    assert tout() == avant
    assert reussir(quoi, FICHIERS[quoi]) == essai == (FICHIERS[quoi].count(b'\n') - 1, 0, 0)


@pytest.mark.parametrize('essai', [False, True])
def test_avec_une_seule_faute_rien_n_est_ecrit(petite, essai):
    avant = tout()
    bilan = importer('demandes', fichier('demandes', {}, {'numero': '1085', 'fiche': 'Inconnue'}), essai)
    assert bilan[:3] == (0, 0, 0) and [f[:2] for f in bilan.fautes] == [(3, 'fiche')]
    assert tout() == avant


def test_toutes_les_fautes_sont_listees_avec_leur_ligne(petite):
    bilan = importer('demandes', fichier(
        'demandes', {'numero': 'x', 'statut': 'perdu', 'theme': 'Inconnu'}, {},
        {'numero': '1085', 'message': 'Deux\nlignes', 'courriel': 'a@b, c@d'},
        {'numero': '1086', 'statut': 'termine'}))
    assert [f[:2] for f in bilan.fautes] == [
        (2, 'numero'), (2, 'statut'), (2, 'theme'), (4, 'courriel'), (5, 'clos_le'), (5, 'issue')]


def test_un_import_se_fait_a_cote_d_un_lecteur_et_d_un_autre_ecrivain(petite):
    lu, fini = threading.Event(), threading.Event()

    def lecteur():
        with models.lecture():
            assert models.Demande.select().count() == 0
            lu.set()
            fini.wait(PATIENCE)
            assert models.Demande.select().count() == 0
    fil = threading.Thread(target=lecteur)
    fil.start()
    assert lu.wait(PATIENCE)
    assert reussir('demandes', FICHIERS['demandes']) == (2, 0, 0)
    fini.set()
    fil.join()
    with models.ecriture():
        journal.auditer('test')


def test_un_import_n_envoie_aucun_courriel(pleine):
    assert lire('SELECT count(*) FROM courriel') == [(0,)]


def test_un_import_est_a_l_audit_quand_il_a_change_quelque_chose(pleine):
    avant = lire("SELECT detail FROM audit WHERE fait = 'import'")
    assert ('demandes : 2 ajoutés, 0 modifiés',) in avant
    reussir('demandes', FICHIERS['demandes'])
    assert lire("SELECT detail FROM audit WHERE fait = 'import'") == avant


def test_la_progression_avance_jusqu_au_bout(petite):
    appels = []
    lignes = [{'numero': str(n), 'collectivite_siren': RIEUMES} for n in range(1, 1202)]
    reussir('demandes', fichier('demandes', *lignes), progres=lambda fait, total: appels.append((fait, total)))
    assert appels == sorted(appels) and appels[0] == (0, 1201) and appels[-1] == (1201, 1201) and len(appels) > 4
    assert appels.count((1201, 1201)) == 1


def test_un_import_inconnu_est_refuse(vide):
    with pytest.raises(models.Refus):
        importer('chats', b'')


@pytest.mark.parametrize('quoi', COLONNES)
def test_les_colonnes_et_la_cle_sont_dites(quoi):
    dit = dire_colonnes(quoi)
    assert all(f'  {c.nom} ' in dit and c.dit in dit for c in COLONNES[quoi])
    facultatives = {c.nom for c in COLONNES[quoi] if c.nouvelle}
    assert ' + '.join(c for c in CLES[quoi] if c not in facultatives) in dit
    assert ('l\'identifiant s\'il est rempli' in dit) == ('identifiant' in facultatives)
    autres = AUTRES.get(quoi, {})
    assert all(f'  {nom} ' in dit and sens in dit for nom, sens in autres.items())
    assert ('d\'avant la Plateforme' in dit) == bool(autres)
    assert all(codage in dit for codage in ('UTF-8', 'Windows-1252', 'UTF-16'))


# Of the columns a file may do without.
LIVREES = ('mots', 'conditions', 'gratuit', 'adherents_de', 'par_convention', 'payant', 'court', 'theme_court',
           'convention_du', 'convention_au', 'convention_referent', 'expert', 'presentation', 'territoire', 'usuels')


@pytest.mark.parametrize('quoi', COLONNES)
def test_les_colonnes_sont_celles_des_fichiers_d_exemple(quoi):
    entete = exemple(quoi).decode().split('\n')[0]
    assert entete.split(';') == [c.nom for c in COLONNES[quoi] if not c.nouvelle or c.nom in LIVREES]


# ======================================================================================
# The file itself
# ======================================================================================

ENTETE = ';'.join(c.nom for c in COLONNES['structures'] if not c.nouvelle)
BONNE = f'{CD};CD31;non;DDAT;;;;\n'


@pytest.mark.parametrize('octets, ligne, colonne, raison', [
    (b'', 1, '', 'vide'),
    (b'\xef\xbb\xbf \n\n', 1, '', 'vide'),
    (b'PK\x03\x04....', 1, '', 'classeur'),
    (b'%PDF-1.7 \xe2\xe3', 1, '', 'classeur'),
    (b'\x89PNG\r\n\x1a\n\0\0', 1, '', 'UTF-8'),
    (f'{ENTETE}\n{BONNE}Été'.encode().replace(b'\xa9', b''), 1, '', 'UTF-8 (ligne 2)'),
    (b'\xff', 1, '', 'UTF-8'),
    (b'Bonjour,\nvoici le fichier.\n', 1, '', 'séparées par « ; »'),
    (f'{ENTETE}\n'.encode(), 1, '', 'que sa ligne d\'en-tête'),
    (f'{ENTETE}\n;;;;;;;\n'.encode(), 1, '', 'que sa ligne d\'en-tête'),
    (f'{ENTETE.replace("sigle;", "")}\n'.encode(), 1, 'sigle', 'absente'),
    (f'{ENTETE};couleur\n{BONNE}'.encode(), 1, 'couleur', 'inconnue'),
    (f'{ENTETE};sigle\n{BONNE}'.encode(), 1, 'sigle', 'plusieurs fois'),
    (f'{ENTETE}\n{CD};CD31;non;DDAT\n'.encode(), 2, '', '4 cellules au lieu de 8'),
    (f'{ENTETE}\n{BONNE}{CD};CD31;non;"DDAT;;;;\n'.encode(), 3, '', 'guillemet'),
    (f'{ENTETE}\n{BONNE}{CD};CD31;non;"DD"AT;;;;\n'.encode(), 3, '', 'guillemet'),
    (f'{ENTETE}\n{BONNE}{CD};CD31;non;{"x" * 140000};;;;\n'.encode(), 3, '', 'trop longue'),
    (f'{ENTETE}\n{CD};CD31;non;DD\0AT;;;;\n'.encode(), 2, 'direction', 'contrôle'),
])
def test_un_fichier_illisible_est_refuse_avec_sa_raison(vide, octets, ligne, colonne, raison):
    faute = importer('structures', octets).fautes[0]
    assert faute[:2] == (ligne, colonne) and raison in faute.raison
    assert lire('SELECT count(*) FROM structure') == [(0,)]


@pytest.mark.parametrize('octets', [
    f'\ufeff{ENTETE}\n{BONNE}'.encode(),
    f'{ENTETE}\n{BONNE}'.encode('utf-16'),
    f'{ENTETE}\n{BONNE}'.encode('cp1252'),
    f'{ENTETE}\n{BONNE}'.encode('cp850'),
    f'{ENTETE}\n{BONNE}'.replace(';', ',').encode(),
    f'{ENTETE}\n{BONNE}'.replace(';', '\t').encode(),
    f'sep=;\n{ENTETE}\n{BONNE}'.encode(),
    f'Nos directions\n\n{ENTETE}\n{BONNE}'.encode(),
    f'{ENTETE};;\n{BONNE.strip()};;\n'.encode(),
    f'{ENTETE.upper()}\n{BONNE}'.encode(),
    f'{ENTETE.replace("telephone", "Téléphones")}\n{BONNE}'.encode(),
    f'{ENTETE}\r\n{BONNE.strip()}\r\n'.encode(),
    f'{ENTETE}\n\n{BONNE};;;;;;;\n\n'.encode(),
    f'{ENTETE}\n  {BONNE.strip()}'.encode(),
    'direction;presentation;structure;site;sigle;courriel;telephone;partenaire\n'
    f'DDAT;"Une\nphrase ; deux";{CD};;CD31;;;non\n'.encode(),
    f'{ENTETE}\n{BONNE}'.replace('é', 'e\u0301').encode(),
])
def test_les_ecritures_courantes_d_un_bon_fichier_sont_acceptees(vide, octets):
    assert reussir('structures', octets) == (1, 0, 0)
    assert lire('SELECT s.nom, d.nom FROM structure s JOIN direction d ON d.structure_id = s.id') == [(CD, 'DDAT')]


def test_les_retours_a_la_ligne_d_une_cellule_sont_gardes(petite):
    reussir('demandes', fichier('demandes', {'message': 'Un\r\ndeux\n\ntrois ; "quatre"'}))
    assert demande().message == 'Un\ndeux\n\ntrois ; "quatre"'


def test_une_cle_ne_peut_pas_etre_deux_fois_dans_le_fichier(petite):
    bilan = importer('demandes', fichier('demandes', {}, {'numero': '1085'}, {'message': 'Encore.'}))
    assert [f[:2] for f in bilan.fautes] == [(4, 'numero')] and 'déjà à la ligne 2' in bilan.fautes[0].raison


# ======================================================================================
# Cells
# ======================================================================================

MAUVAISES = [
    ('structures', 'structure', '', 'obligatoire'),
    ('structures', 'sigle', 'x' * 21, '20 au plus'),
    ('structures', 'partenaire', 'peut-être', 'oui ou non'),
    ('structures', 'telephone', '12 34', '10 chiffres'),
    ('structures', 'courriel', 'a@b.fr, c@d.fr', 'écrivez-en une seule'),
    ('structures', 'site', 'javascript:alert(1)', 'https://'),
    ('structures', 'presentation', 'x' * 2001, '2000 au plus'),
    ('structures', 'direction', 'DD\nAT', 'une seule ligne'),
    ('agents', 'courriel', 'camille', 'adresse électronique'),
    ('agents', 'courriel', '', 'obligatoire'),
    ('agents', 'structure', 'Inconnue', 'n\'est pas dans la base'),
    ('agents', 'structure', 'haute-garonne ingénierie - HGI', f'Voulez-vous dire « {HGI} »'),
    ('agents', 'direction', 'DDAT', 'n\'est pas de cette structure'),
    ('agents', 'actif', '', 'obligatoire'),
    ('agents', 'prenom', 'Cam\tille', 'contrôle'),
    ('catalogue', 'icone', 'chat', 'balance'),
    ('catalogue', 'resume', 'x' * 221, '220 au plus'),
    ('catalogue', 'deroulement', 'Appel sans phrase', 'Titre : phrase'),
    ('catalogue', 'promesse', '5', 'urgente ou complexe'),
    ('catalogue', 'chef_de_file', 'inconnu@hgi.example', 'Aucun compte'),
    ('catalogue', 'co_chefs', f'{COCHEF} | inconnu@hgi.example', 'inconnu@hgi.example'),
    ('catalogue', 'co_chefs', f'{COCHEF} | {COCHEF}', 'deux fois'),
    ('catalogue', 'co_chefs', CHEF, 'pas aussi co-chef'),
    ('catalogue', 'associees', 'DDAT | Inconnue', 'ni une structure, ni une direction'),
    ('catalogue', 'associees', CHEF, 'ni une structure, ni une direction'),
    ('catalogue', 'mise_a_jour', '31/02/2026', 'n\'existe pas'),
    ('collectivites', 'siren', '21310454', '9 chiffres'),
    ('collectivites', 'siren', '2,13105E+08', '9 chiffres'),
    ('collectivites', 'siren', '213104541', 'un au moins est faux'),
    ('collectivites', 'insee', '3145', '5 chiffres'),
    ('collectivites', 'insee', '', 'code INSEE'),
    ('collectivites', 'type', 'Village', 'Commune'),
    ('collectivites', 'codes_postaux', '31370, 31371', '5 chiffres'),
    ('collectivites', 'population', '3 500', 'nombre entier'),
    ('collectivites', 'epci_siren', '200000000', 'intercommunalité'),
    ('collectivites', 'epci_siren', RIEUMES, 'intercommunalité'),
    ('demandes', 'numero', '0', '1 à 999999'),
    ('demandes', 'numero', '1083.5', '1 à 999999'),
    ('demandes', 'origine', 'papier', 'plateforme ou direct'),
    ('demandes', 'depose_le', '02/13/2026', 'calendrier'),
    ('demandes', 'depose_le', '29/02/2026 10:00', 'calendrier'),
    ('demandes', 'depose_le', '02/11/2026 25:00', 'calendrier'),
    ('demandes', 'depose_le', '29/03/2026 02:30', 'heure d\'été'),
    ('demandes', 'depose_le', '2 novembre', 'JJ/MM/AAAA'),
    ('demandes', 'depose_le', '02/11/1026', '1900'),
    ('demandes', 'depose_le', '24/11/2026 10:01', 'futur'),
    ('demandes', 'premier_contact_le', '25/11/2026', 'futur'),
    ('demandes', 'premier_contact_le', '03/11/2026 10:00', 'sans heure'),
    ('demandes', 'statut', 'En gare', 'en_cours'),
    ('demandes', 'theme', 'Assistance Juridique', 'Voulez-vous dire « Assistance juridique »'),
    ('demandes', 'theme', '', 'thème'),
    ('demandes', 'fiche', 'Autre', 'n\'est pas dans ce thème'),
    ('demandes', 'collectivite_siren', '999999999', 'n\'est pas dans la base'),
    ('demandes', 'collectivite_siren', EPCI, 'CC Cœur de Garonne'),
    ('demandes', 'collectivite', 'Muret', 'celui de « Rieumes »'),
    ('demandes', 'type', 'Métropole', 'pas de « Métropole »'),
    ('demandes', 'communes', RIEUMES, 'intercommunalité'),
    ('demandes', 'message', '', 'obligatoire'),
    ('demandes', 'message', 'x' * 20001, '20000 au plus'),
    ('demandes', 'message', 'Bon\x1bjour', 'contrôle'),
    ('demandes', 'lieu', 'Halle\u202e', 'contrôle'),
    ('demandes', 'nom', 'Exem\u200bplaire', 'contrôle'),
    ('demandes', 'nom', 'Exem\u3164plaire', 'contrôle'),
    ('demandes', 'collectivite', 'Rieu\xadmes', 'contrôle'),
    ('demandes', 'civilite', 'Docteur', 'Madame ou Monsieur'),
    ('demandes', 'rappel_prenom', 'Paul', 'personne à rappeler'),
    ('demandes', 'telephone', '+1 555 0100', '10 chiffres'),
    ('demandes', 'clos_le', '20/11/2026 10:00', 'ouverte'),
    ('demandes', 'issue', 'realise', 'ne va pas avec ce statut'),
    ('demandes', 'issue', 'gagne', 'n\'est pas accepté'),
    ('demandes', 'organisme', 'la préfecture', 'reorientee'),
    ('demandes', 'referent', '', 'expert référent'),
    ('demandes', 'referent', 'inconnu@cd.example', 'Aucun compte'),
    ('demandes', 'chefs_de_file', f'{CHEF} | {CHEF.upper()}', 'deux fois'),
    ('demandes', 'associes', 'DDAT | DDAT', 'deux fois'),
    ('demandes', 'associes', 'Inconnue', 'ni une structure, ni une direction'),
    ('demandes', 'saisie_par', EXPERT, 'reçues en direct'),
    ('demandes', 'voie', 'téléphone', 'reçues en direct'),
    ('journal', 'numero', '999', 'n\'est pas dans la base'),
    ('journal', 'date', '', 'obligatoire'),
    ('journal', 'date', '24/11/2026 10:00:01', 'futur'),
    ('journal', 'auteur', 'inconnu@cd.example', 'Aucun compte'),
    ('journal', 'nature', 'rumeur', 'n\'est pas accepté'),
    ('journal', 'nature', 'statut', 'nature « statut »'),
    ('journal', 'statut', 'en_cours', 'nature « statut »'),
    ('journal', 'texte', '', 'a un texte'),
    ('journal', 'acte_le', '25/11/2026', 'futur'),
    ('journal', 'fait', 'joint', 'de cette nature'),
    ('journal', 'fait', 'rumeur', 'n\'est pas accepté'),
    ('journal', 'moyen', 'appel', 'nature « contact »'),
]


@pytest.mark.parametrize('quoi, colonne, valeur, raison', MAUVAISES)
def test_une_mauvaise_cellule_est_refusee_avec_sa_raison(pleine, quoi, colonne, valeur, raison):
    avant = tout()
    bilan = importer(quoi, fichier(quoi, {colonne: valeur}))
    assert bilan[:3] == (0, 0, 0)
    assert [f for f in bilan.fautes if f.ligne == 2 and raison in f.raison], bilan.fautes
    assert tout() == avant


@pytest.mark.parametrize('cellules, colonne', [
    ({'statut': 'termine', 'issue': 'realise'}, 'clos_le'),
    ({'statut': 'abandonne'}, 'clos_le'),
    ({'statut': 'termine', 'issue': 'realise', 'clos_le': '01/11/2026 10:00'}, 'clos_le'),
    ({'statut': 'termine', 'issue': 'realise', 'clos_le': '30/11/2026 10:00'}, 'clos_le'),
    ({'statut': 'termine', 'clos_le': '20/11/2026 10:00'}, 'issue'),
    ({'statut': 'termine', 'clos_le': '20/11/2026 10:00', 'issue': 'reorientee', 'organisme': 'la préfecture'},
     'issue'),
    ({'statut': 'rejete', 'clos_le': '20/11/2026 10:00', 'issue': 'reorientee'}, 'organisme'),
    ({'statut': 'rejete', 'clos_le': '20/11/2026 10:00', 'issue': 'reponse', 'organisme': 'la préfecture'},
     'organisme'),
    ({'statut': 'rejete', 'clos_le': '20/11/2026 10:00'}, 'issue'),
    ({'statut': 'rejete', 'clos_le': '20/11/2026 10:00', 'issue': 'realise'}, 'issue'),
    ({'statut': 'rejete', 'issue': 'reponse'}, 'issue'),
    ({'statut': 'attribue_chef', 'chefs_de_file': ''}, 'chefs_de_file'),
    ({'statut': 'receptionne_chef', 'chefs_de_file': ''}, 'chefs_de_file'),
    ({'statut': 'attribue_expert', 'referent': ''}, 'referent'),
    ({'courriel': '', 'telephone': ''}, 'courriel'),
    (DIRECTE | {'echeance': '12/11/2026'}, 'echeance'),
    (DIRECTE | {'saisie_par': ''}, 'saisie_par'),
    (DIRECTE | {'recue_le': ''}, 'recue_le'),
    (DIRECTE | {'voie': ''}, 'voie'),
])
def test_une_demande_incoherente_est_refusee(petite, cellules, colonne):
    assert [f[:2] for f in importer('demandes', fichier('demandes', cellules)).fautes] == [(2, colonne)]


@pytest.mark.parametrize('cellules', [
    {'statut': 'rejete'},
    {'statut': 'rejete', 'clos_le': '20/11/2026 10:00', 'issue': 'reorientee', 'organisme': 'la préfecture'},
    {'statut': 'termine', 'clos_le': '20/11/2026 10:00', 'issue': 'non_jointe'},
    {'statut': 'abandonne', 'clos_le': '20/11/2026 10:00'},
    {'statut': 'attribue_admin', 'theme': '', 'fiche': '', 'chefs_de_file': '', 'referent': '', 'associes': ''},
    {'statut': 'attribue_chef', 'referent': ''}, {'courriel': ''}, {'telephone': ''}, {'fiche': ''}, DIRECTE,
    {'collectivite_siren': '', 'collectivite': 'Syndicat des eaux', 'type': 'Syndicat'},
    {'collectivite_siren': EPCI, 'collectivite': 'CC Coeur de Garonne', 'type': 'Communauté de communes',
     'communes': RIEUMES},
])
def test_une_demande_coherente_est_acceptee(petite, cellules):
    assert reussir('demandes', fichier('demandes', cellules)) == (1, 0, 0)
    assert reussir('demandes', fichier('demandes', cellules)) == (0, 0, 1)


@pytest.mark.parametrize('ecrite, instant', [
    ('02/11/2026 10:12', '2026-11-02T09:12:00Z'), ('2/7/2026 9:05:07', '2026-07-02T07:05:07Z'),
    ('02/11/2026', '2026-11-01T23:00:00Z'),
    ('2026-11-02 10:12', '2026-11-02T09:12:00Z'), ('2026-11-02T10:12:30Z', '2026-11-02T10:12:30Z'),
    ('2026-11-02T10:12:00+05:30', '2026-11-02T04:42:00Z'),
    ('29/03/2026 01:59', '2026-03-29T00:59:00Z'), ('29/03/2026 03:00', '2026-03-29T01:00:00Z'),
    ('25/10/2026 02:30', '2026-10-25T00:30:00Z'), ('25/10/2026 03:00', '2026-10-25T02:00:00Z'),
])
def test_une_date_a_l_heure_de_paris_devient_un_instant(petite, ecrite, instant):
    reussir('demandes', fichier('demandes', {'depose_le': ecrite}))
    assert demande().depose_le == instant


# ======================================================================================
# Structures, agents, catalogue, collectivités
# ======================================================================================

def test_une_structure_a_la_meme_description_sur_toutes_ses_lignes(vide):
    bilan = importer('structures', fichier('structures', {}, {'direction': 'Service Habitat', 'sigle': 'CD'}))
    assert [f[:2] for f in bilan.fautes] == [(3, 'sigle')] and 'ligne 2' in bilan.fautes[0].raison


def test_un_compte_importe_n_a_pas_de_mot_de_passe_et_garde_celui_qu_il_s_est_donne(petite):
    assert lire('SELECT DISTINCT mot_de_passe FROM agent') == [(None,)]
    with models.ecriture():
        models.Agent.update(mot_de_passe='x', avis_journal='jamais').where(models.Agent.courriel == CHEF).execute()
    assert reussir('agents', FICHIERS['agents']) == (0, 0, 4)
    assert reussir('agents', fichier('agents', {'nom': 'Autre'})) == (0, 1, 0)
    assert lire('SELECT nom, mot_de_passe, avis_journal FROM agent WHERE courriel = ?', CHEF) == [
        ('Autre', 'x', 'jamais')]


def test_les_themes_gardent_l_ordre_du_fichier(petite):
    reussir('catalogue', fichier('catalogue', {'theme': 'Zones humides', 'icone': 'feuille'},
                                 {'theme': 'Aménagement', 'icone': 'grue'}, {}))
    assert lire('SELECT nom FROM theme ORDER BY ordre') == [
        ('Assistance juridique',), ('Zones humides',), ('Aménagement',)]


def test_une_fiche_a_ses_listes_et_ses_chefs_dans_l_ordre(petite):
    assert lire('SELECT actions, deroulement, promesse, maj_le FROM fiche WHERE id = 1') == [
        ('une visite\nune note', 'Appel : nous rappelons.\nNote : vous la recevez.', 'urgente', '2026-09-14')]
    assert lire('SELECT structure.nom, direction.nom FROM associable LEFT JOIN structure ON structure.id = '
                'associable.structure_id LEFT JOIN direction ON direction.id = direction_id '
                'WHERE fiche_id = 1 ORDER BY rang') == [(None, 'DDAT'), (CD, None)]
    chefs = ('SELECT a.courriel FROM pilotage p JOIN agent a ON a.id = p.agent_id '
             'WHERE p.fiche_id = 1 ORDER BY p.rang')
    assert lire(chefs) == [(CHEF,), (COCHEF,)]
    reussir('catalogue', fichier('catalogue', {'chef_de_file': COCHEF, 'co_chefs': f'{EXPERT} | {CHEF}'}))
    assert lire(chefs) == [(COCHEF,), (EXPERT,), (CHEF,)]


def test_une_commune_trouve_son_intercommunalite_plus_bas_dans_le_fichier(petite):
    assert lire('SELECT c.cherche, c.codes_postaux, e.nom '
                'FROM collectivite c JOIN collectivite e ON e.id = c.epci_id') == [
        ('rieumes', '31370 31371', 'CC Cœur de Garonne')]


def test_un_code_insee_ne_sert_qu_une_fois(petite):
    deux = importer('collectivites', fichier('collectivites', {'siren': '200000008', 'insee': '31001'},
                                             {'siren': '200000016', 'insee': '31001'}))
    assert [f[:2] for f in deux.fautes] == [(3, 'insee')]
    deja = importer('collectivites', fichier('collectivites', {'siren': '200000008'}))
    assert [f[:2] for f in deja.fautes] == [(2, 'insee')]


# ======================================================================================
# Demandes
# ======================================================================================

def equipe_de(numero):
    return lire('SELECT m.role, m.rang, a.courriel, s.sigle, d.nom FROM membre m '
                'LEFT JOIN agent a ON a.id = m.agent_id JOIN structure s ON s.id = m.structure_id '
                'LEFT JOIN direction d ON d.id = m.direction_id WHERE m.demande_id = ? '
                "ORDER BY m.role = 'associe', m.role, m.rang", numero)


def test_une_demande_garde_son_numero_et_la_suivante_le_suit(pleine):
    assert demande().numero == 1083
    with models.ecriture():
        suivante = models.Demande.create(jeton='x', origine='plateforme', statut='attribue_admin',
                                         depose_le='2026-11-24T09:00:00Z',
                                         collectivite='Muret', type='Commune', message='Suite')
    assert suivante.numero == 1085


def test_une_demande_a_son_equipe_et_la_structure_de_son_premier_chef(pleine):
    assert equipe_de(1083) == [
        ('chef_de_file', 0, CHEF, 'HGI', 'Direction juridique'),
        ('chef_de_file', 1, COCHEF, 'HGI', 'Direction juridique'),
        ('referent', 0, EXPERT, 'CD31', 'DDAT'),
        ('associe', 0, None, 'CD31', 'DDAT'), ('associe', 1, None, 'HGI', None)]
    assert lire('SELECT s.sigle, d.nom FROM demande e JOIN structure s ON s.id = e.structure_id '
                'JOIN direction d ON d.id = e.direction_id WHERE numero = 1083') == [('HGI', 'Direction juridique')]


def test_sans_chef_la_structure_est_celle_du_referent(petite):
    reussir('demandes', fichier('demandes', {'chefs_de_file': ''}))
    assert lire('SELECT s.sigle FROM demande e JOIN structure s ON s.id = e.structure_id') == [('CD31',)]


def test_des_associes_seuls_ne_donnent_pas_de_structure(petite):
    reussir('demandes', fichier('demandes', {'statut': 'rejete', 'chefs_de_file': '', 'referent': ''}))
    assert lire('SELECT structure_id, direction_id FROM demande') == [(None, None)]


def test_un_agent_qui_a_change_de_direction_reste_dans_l_equipe_ou_il_etait(pleine):
    reussir('agents', fichier('agents', {'structure': CD, 'direction': 'DDAT'}))
    assert reussir('demandes', FICHIERS['demandes']) == (0, 0, 2)
    assert equipe_de(1083)[0] == ('chef_de_file', 0, CHEF, 'HGI', 'Direction juridique')


@pytest.mark.parametrize('cellules, etape', [
    ({'statut': 'attribue_admin', 'chefs_de_file': '', 'referent': ''}, 1),
    ({'statut': 'attribue_chef', 'referent': ''}, 2),
    ({'statut': 'receptionne_expert'}, 3), ({'statut': 'en_cours'}, 4),
    ({'statut': 'rejete', 'referent': ''}, 2), ({'statut': 'rejete'}, 3),
    ({'statut': 'termine', 'issue': 'realise', 'clos_le': '20/11/2026 10:00'}, 4),
])
def test_l_etape_montree_est_la_plus_avancee(petite, cellules, etape):
    reussir('demandes', fichier('demandes', cellules))
    assert demande().etape == etape


@pytest.mark.parametrize('cellules, delai, echeance', [
    ({}, 3, '2026-11-05'), ({'theme': '', 'fiche': ''}, 10, '2026-11-12'), ({'fiche': 'Contentieux'}, 10, '2026-11-12'),
    ({'depose_le': '28/10/2026 10:00'}, 3, '2026-11-02'), ({'echeance': '20/11/2026'}, 3, '2026-11-20'),
    (DIRECTE | {'numero': '1083'}, None, None),
])
def test_l_echeance_vide_est_calculee_sauf_pour_une_demande_directe(petite, cellules, delai, echeance):
    reussir('demandes', fichier('demandes', cellules))
    assert (demande().delai, demande().echeance) == (delai, echeance)


def test_l_echeance_se_compte_en_jours_ouvres_quand_le_reglage_le_dit(petite):
    with models.ecriture():
        fixer('jours', 'ouvres')
    reussir('demandes', fichier('demandes', {'depose_le': '05/11/2026 10:00'}))
    assert demande().echeance == '2026-11-10'


def test_une_echeance_annoncee_ne_bouge_pas_quand_la_fiche_change_de_delai(pleine):
    reussir('catalogue', fichier('catalogue', {'promesse': 'complexe'}))
    assert reussir('demandes', FICHIERS['demandes']) == (0, 0, 2)
    assert reussir('demandes', fichier('demandes', {'depose_le': '03/11/2026 10:00'})) == (0, 1, 0)
    assert demande().echeance == '2026-11-13'


def test_une_echeance_avancee_dans_la_base_reste_quand_la_cellule_est_vide(pleine):
    with models.ecriture():
        models.Demande.update(echeance='2026-11-03').where(models.Demande.numero == 1083).execute()
    assert reussir('demandes', FICHIERS['demandes']) == (0, 0, 2)
    assert demande().echeance == '2026-11-03'


@pytest.mark.parametrize('cellules, restreinte', [
    ({}, False), ({'restreinte': 'oui'}, True),
    ({'fiche': 'Contentieux'}, True), ({'fiche': 'Contentieux', 'restreinte': 'non'}, False),
])
def test_la_diffusion_restreinte_vide_est_celle_de_la_fiche(petite, cellules, restreinte):
    reussir('demandes', fichier('demandes', cellules))
    assert demande().restreinte is restreinte


@pytest.mark.parametrize('cellules, a_confirmer', [
    ({'premier_contact_le': ''}, False), ({'premier_contact_le': '', 'courriel': 'autre@rieumes.example'}, True),
    ({'courriel': 'autre@rieumes.example'}, False),
    (DIRECTE | {'numero': '1083', 'courriel': 'autre@rieumes.example'}, False),
])
def test_un_deposant_inconnu_est_a_confirmer_avant_le_premier_contact(petite, cellules, a_confirmer):
    reussir('demandes', fichier('demandes', cellules))
    assert demande().a_confirmer is a_confirmer


def test_une_demande_modifiee_garde_son_lien_et_change_de_version(pleine):
    avant = demande()
    reussir('demandes', fichier('demandes', {'lieu': 'Halle'}, DIRECTE))
    assert (demande().jeton, demande().version) == (avant.jeton, avant.version + 1)
    assert demande(1084).version == 1 and len(avant.jeton) >= 22


def test_une_demande_ajoutee_a_une_ligne_de_statut_au_journal(petite):
    reussir('demandes', FICHIERS['demandes'])
    attendues = [(numero, 'statut', 'en_cours', 'La Plateforme', "Reprise de l'historique.", '2026-11-24T09:00:00Z')
                 for numero in (1083, 1084)]
    assert lire('SELECT demande_id, nature, statut, auteur, texte, cree_le FROM journal') == attendues
    assert reussir('demandes', fichier('demandes', {'lieu': 'Halle'}, DIRECTE)) == (0, 1, 1)
    assert len(lire('SELECT id FROM journal')) == 2


def test_l_organisme_d_une_reorientation_est_repris(petite):
    reussir('demandes', fichier('demandes', {'statut': 'rejete', 'clos_le': '20/11/2026 10:00',
                                             'issue': 'reorientee', 'organisme': 'la préfecture'}))
    assert (demande().issue, demande().organisme) == ('reorientee', 'la préfecture')


def test_un_statut_change_par_un_import_laisse_une_ligne_au_journal(pleine):
    reussir('demandes', fichier('demandes', {'statut': 'termine', 'issue': 'realise', 'clos_le': '20/11/2026 10:00'}))
    assert lire("SELECT statut, auteur, cree_le FROM journal WHERE demande_id = 1083 AND texte LIKE 'Repris d%'") == [
        ('termine', 'La Plateforme', '2026-11-24T09:00:00Z')]


def test_un_import_ne_recouvre_pas_la_demande_de_quelqu_un_d_autre(pleine):
    bilan = importer('demandes', fichier('demandes', {'depose_le': '10/11/2026 10:00',
                                                      'collectivite_siren': '', 'collectivite': 'Muret'}))
    assert [f[:2] for f in bilan.fautes] == [(2, 'numero')] and 'autre demande' in bilan.fautes[0].raison


def test_les_communes_concernees_suivent_le_fichier(petite):
    epci = {'collectivite_siren': EPCI, 'collectivite': 'CC Cœur de Garonne', 'type': 'Communauté de communes'}
    reussir('demandes', fichier('demandes', epci | {'communes': RIEUMES}))
    assert lire('SELECT count(*) FROM demande_commune') == [(1,)]
    assert reussir('demandes', fichier('demandes', epci)) == (0, 1, 0)
    assert lire('SELECT count(*) FROM demande_commune') == [(0,)]


def index():
    """{number: the words of each column of the search index}."""
    return {ligne[0]: [sorted(texte.split()) for texte in ligne[1:]]
            for ligne in lire('SELECT rowid, collectivite, fiche, lieu, message, journal FROM recherche')}


def test_l_index_est_celui_qu_ecrirait_le_domaine(pleine):
    reussir('demandes', fichier('demandes', {'lieu': '', 'message': 'Œuvre à Saint-Orens',
                                             'statut': 'attribue_expert'}))
    reussir('journal', fichier('journal', {'texte': 'Une autre ligne'}))
    importe = index()
    with models.ecriture():
        for une in models.Demande.select():
            journal.indexer(une)
    assert index() == importe and len(importe) == 2


def trouver(mots):
    return {n for n, in liste.lister(models.Agent.get(models.Agent.administrateur), {'q': mots}, '', 'demande.numero')}


def test_une_demande_importee_se_trouve_par_les_mots_de_son_journal(pleine):
    with models.lecture():
        assert trouver('bail signé') == {1083}
        assert trouver('relire') == {1083, 1084}


# ======================================================================================
# Journal
# ======================================================================================

def test_une_ligne_du_journal_peut_etre_plus_ancienne_que_la_demande(petite):
    reussir('demandes', FICHIERS['demandes'])
    reussir('journal', fichier('journal', {'date': '21/04/2021 09:00', 'acte_le': ''}))
    assert lire("SELECT cree_le, auteur, structure, agent_id, acte_le FROM journal WHERE nature = 'appel'") == [
        ('2021-04-21T07:00:00Z', 'Claude Témoin', CD, 3, None)]


def test_un_auteur_sans_compte_est_ecrit_tel_quel(pleine):
    reussir('journal', fichier('journal', {'auteur': 'Jeanne Exemplaire', 'structure': 'Rieumes',
                                           'nature': 'note', 'texte': 'Bonjour'}))
    assert lire("SELECT auteur, structure, agent_id FROM journal WHERE nature = 'note'") == [
        ('Jeanne Exemplaire', 'Rieumes', None)]


def test_aucune_ligne_importee_n_est_lue_de_la_collectivite(pleine):
    avant = tout()
    bilan = importer('journal', fichier('journal', {}, {'nature': 'message', 'texte': 'Bonjour'}))
    assert [f[:2] for f in bilan.fautes] == [(3, 'nature')] and 'La collectivité lirait' in bilan.fautes[0].raison
    assert tout() == avant


@pytest.mark.parametrize('nature, texte, attendus', [
    ('contact', 'Message laissé, par appel.\nSuite prévue\xa0: rappeler.', ('message', 'appel')),
    ('contact', 'Joint, par visite.', ('joint', 'visite')), ('contact', 'Vu hier.', ('', '')),
    ('note', 'Joint, par appel.', ('', ''))])
def test_ce_que_fait_une_ligne_se_lit_a_l_entree_au_debut_de_son_texte(pleine, nature, texte, attendus):
    reussir('journal', fichier('journal', {'nature': nature, 'texte': texte}))
    assert lire(f"SELECT fait, moyen FROM journal WHERE nature = '{nature}' ORDER BY id DESC LIMIT 1") == [attendus]


def test_deux_statuts_de_la_meme_seconde_sont_deux_lignes(pleine):
    lignes = [{'nature': 'statut', 'statut': s, 'texte': '', 'acte_le': ''} for s in ('receptionne_expert', 'en_cours')]
    lignes = [ligne | {'date': '04/11/2026 10:00'} for ligne in lignes]
    assert reussir('journal', fichier('journal', *lignes)) == (2, 0, 0)
    assert reussir('journal', fichier('journal', *lignes)) == (0, 0, 2)


def test_le_journal_ne_se_modifie_pas(pleine):
    bilan = importer('journal', fichier('journal', {'auteur': CHEF}))
    assert [f[:2] for f in bilan.fautes] == [(2, 'texte')] and 'ne se modifie pas' in bilan.fautes[0].raison
    assert importer('journal', fichier('journal', {'acte_le': ''})).fautes


def test_une_ligne_deja_au_journal_reste_quand_son_auteur_change_de_nom(pleine):
    reussir('agents', fichier('agents', {'courriel': EXPERT, 'nom': 'Autrement',
                                         'structure': CD, 'direction': 'Service Habitat'}))
    assert reussir('journal', FICHIERS['journal']) == (0, 0, 2)


def test_un_statut_du_journal_fait_avancer_l_etape_montree(petite):
    reussir('demandes', fichier('demandes', {'statut': 'rejete', 'referent': ''}))
    reussir('journal', fichier('journal', {'nature': 'statut', 'statut': 'en_cours', 'texte': '', 'acte_le': ''}))
    assert demande().etape == 4
    assert reussir('demandes', fichier('demandes', {'statut': 'rejete', 'referent': ''})) == (0, 0, 1)
