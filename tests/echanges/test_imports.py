"""The CSV imports: what is refused, what is written, and what an import leaves alone."""
import pytest
from conftest import changer_demande, changer_ligne, creer_ligne, en_ecriture, fixer_tous
from fichiers import (ADMIN, CD, CHEF, COCHEF, DIRECTE, EPCI, EXPERT, FICHIERS, HGI, RIEUMES, demande, exemple, fichier,
                      lire, reussir, tout)
from serveur import lancer

import models
from verbes import journal
from verbes.demande import liste
from verbes.echanges.colonnes import CLES, COLONNES, dire_colonnes
from verbes.echanges.titres import AUTRES
from verbes.echanges.imports import importer


def ecrire(quoi, *lignes):
    return reussir(quoi, fichier(quoi, *lignes))


def refusees(quoi, *lignes):
    """[(line, column)] of what is refused."""
    return [faute[:2] for faute in importer(quoi, fichier(quoi, *lignes)).fautes]


MISES_A_JOUR = [
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
]


# Of the columns a file may do without.
LIVREES = ('mots', 'conditions', 'gratuit', 'adherents_de', 'par_convention', 'payant', 'court', 'theme_court',
           'convention_du', 'convention_au', 'convention_referent', 'expert', 'presentation', 'territoire', 'usuels')


ENTETE = ';'.join(c.nom for c in COLONNES['structures'] if not c.nouvelle)
BONNE = f'{CD};CD31;non;DDAT;;;;\n'


ILLISIBLES = [(b'', 1, '', 'vide'), (b'\xef\xbb\xbf \n\n', 1, '', 'vide'), (b'PK\x03\x04....', 1, '', 'classeur'),
              (b'%PDF-1.7 \xe2\xe3', 1, '', 'classeur'), (b'\x89PNG\r\n\x1a\n\0\0', 1, '', 'UTF-8'),
              (f'{ENTETE}\n{BONNE}Été'.encode().replace(b'\xa9', b''), 1, '', 'UTF-8 (ligne 2)'),
              (b'\xff', 1, '', 'UTF-8'), (b'Bonjour,\nvoici le fichier.\n', 1, '', 'séparées par « ; »'),
              (f'{ENTETE}\n'.encode(), 1, '', 'que sa ligne d\'en-tête'),
              (f'{ENTETE}\n;;;;;;;\n'.encode(), 1, '', 'que sa ligne d\'en-tête'),
              (f'{ENTETE.replace("sigle;", "")}\n'.encode(), 1, 'sigle', 'absente'),
              (f'{ENTETE};couleur\n{BONNE}'.encode(), 1, 'couleur', 'inconnue'),
              (f'{ENTETE};sigle\n{BONNE}'.encode(), 1, 'sigle', 'plusieurs fois'),
              (f'{ENTETE}\n{CD};CD31;non;DDAT\n'.encode(), 2, '', '4 cellules au lieu de 8'),
              (f'{ENTETE}\n{BONNE}{CD};CD31;non;"DDAT;;;;\n'.encode(), 3, '', 'guillemet'),
              (f'{ENTETE}\n{BONNE}{CD};CD31;non;"DD"AT;;;;\n'.encode(), 3, '', 'guillemet'),
              (f'{ENTETE}\n{BONNE}{CD};CD31;non;{"x" * 140000};;;;\n'.encode(), 3, '', 'trop longue'),
              (f'{ENTETE}\n{CD};CD31;non;DD\0AT;;;;\n'.encode(), 2, 'direction', 'contrôle')]


ECRITURES = [
    f'\ufeff{ENTETE}\n{BONNE}'.encode(),
    *(f'{ENTETE}\n{BONNE}'.encode(codage) for codage in ('utf-16', 'cp1252', 'cp850')),
    *(f'{ENTETE}\n{BONNE}'.replace(';', autre).encode() for autre in (',', '\t')),
    f'sep=;\n{ENTETE}\n{BONNE}'.encode(), f'Nos directions\n\n{ENTETE}\n{BONNE}'.encode(),
    f'{ENTETE};;\n{BONNE.strip()};;\n'.encode(), f'{ENTETE.upper()}\n{BONNE}'.encode(),
    f'{ENTETE.replace("telephone", "Téléphones")}\n{BONNE}'.encode(), f'{ENTETE}\r\n{BONNE.strip()}\r\n'.encode(),
    f'{ENTETE}\n\n{BONNE};;;;;;;\n\n'.encode(), f'{ENTETE}\n  {BONNE.strip()}'.encode(),
    'direction;presentation;structure;site;sigle;courriel;telephone;partenaire\n'
    f'DDAT;"Une\nphrase ; deux";{CD};;CD31;;;non\n'.encode(),
    f'{ENTETE}\n{BONNE}'.replace('é', 'e\u0301').encode(),
]


def test_un_fichier_illisible_est_refuse_les_ecritures_courantes_acceptees_un_essai_n_ecrit_rien_ni_un_second_import(
        vide, regler):
    for octets, ligne, colonne, raison in ILLISIBLES:
        faute = importer('structures', octets).fautes[0]
        assert faute[:2] == (ligne, colonne) and raison in faute.raison, octets[:200]
    deux = importer('structures', fichier('structures', {}, {'direction': 'Service Habitat', 'sigle': 'CD'}))
    assert [f[:2] for f in deux.fautes] == [(3, 'sigle')] and 'ligne 2' in deux.fautes[0].raison
    assert lire('SELECT count(*) FROM structure') == [(0,)]
    with pytest.raises(models.Refus):
        importer('chats', b'')
    for octets in ECRITURES:
        assert reussir('structures', octets) == (1, 0, 0), octets
        assert lire('SELECT s.nom, d.nom FROM structure s JOIN direction d ON d.structure_id = s.id') == [(CD, 'DDAT')]
        en_ecriture(models.db.execute_sql, 'DELETE FROM direction')
        en_ecriture(models.db.execute_sql, 'DELETE FROM structure')
    for quoi, colonnes in COLONNES.items():
        dit, autres, facultatives = dire_colonnes(quoi), AUTRES.get(quoi, {}), {c.nom for c in colonnes if c.nouvelle}
        assert all(f'  {c.nom} ' in dit and c.dit in dit for c in colonnes), quoi
        assert ' + '.join(c for c in CLES[quoi] if c not in facultatives) in dit, quoi
        assert ('l\'identifiant s\'il est rempli' in dit) == ('identifiant' in facultatives), quoi
        assert all(f'  {nom} ' in dit and sens in dit for nom, sens in autres.items()), quoi
        assert ('d\'avant la Plateforme' in dit) == bool(autres), quoi
        assert all(codage in dit for codage in ('UTF-8', 'Windows-1252', 'UTF-16')), quoi
        entete = exemple(quoi).decode().split('\n')[0]
        assert entete.split(';') == [c.nom for c in colonnes if not c.nouvelle or c.nom in LIVREES], quoi
        requises, _, autres_dites = dit.partition('peuvent manquer à l\'en-tête')
        assert all(f'  {nom} ' in autres_dites and f'  {nom} ' not in requises for nom in facultatives), quoi
    for quoi in COLONNES:
        regler('2026-11-24T09:00:00Z')
        avant, combien = tout(), FICHIERS[quoi].count(b'\n') - 1
        essai = reussir(quoi, FICHIERS[quoi], essai=True)
        assert tout() == avant and reussir(quoi, FICHIERS[quoi]) == essai == (combien, 0, 0), quoi
        avant = tout()
        regler('2026-12-24T09:00:00Z')
        assert reussir(quoi, FICHIERS[quoi]) == (0, 0, combien) and tout() == avant and avant['courriel'] == [], quoi
        assert (f'{quoi} : {combien} ajoutés, 0 modifiés',) in lire("SELECT detail FROM audit WHERE fait = 'import'")


MAUVAISES = [
    ('structures', 'structure', '', 'obligatoire'), ('structures', 'sigle', 'x' * 21, '20 au plus'),
    ('structures', 'partenaire', 'peut-être', 'oui ou non'), ('structures', 'telephone', '12 34', '10 chiffres'),
    ('structures', 'courriel', 'a@b.fr, c@d.fr', 'écrivez-en une seule'),
    ('structures', 'site', 'javascript:alert(1)', 'https://'),
    ('structures', 'presentation', 'x' * 2001, '2000 au plus'),
    ('structures', 'direction', 'DD\nAT', 'une seule ligne'), ('agents', 'courriel', 'camille', 'adresse électronique'),
    ('agents', 'courriel', '', 'obligatoire'), ('agents', 'structure', 'Inconnue', 'n\'est pas dans la base'),
    ('agents', 'structure', 'haute-garonne ingénierie - HGI', f'Voulez-vous dire « {HGI} »'),
    ('agents', 'direction', 'DDAT', 'n\'est pas de cette structure'), ('agents', 'actif', '', 'obligatoire'),
    ('agents', 'prenom', 'Cam\tille', 'contrôle'), ('catalogue', 'icone', 'chat', 'balance'),
    ('catalogue', 'resume', 'x' * 221, '220 au plus'),
    ('catalogue', 'deroulement', 'Appel sans phrase', 'Titre : phrase'),
    ('catalogue', 'promesse', '5', 'urgente ou complexe'),
    ('catalogue', 'chef_de_file', 'inconnu@hgi.example', 'Aucun compte'),
    ('catalogue', 'co_chefs', f'{COCHEF} | inconnu@hgi.example', 'inconnu@hgi.example'),
    ('catalogue', 'co_chefs', f'{COCHEF} | {COCHEF}', 'deux fois'),
    ('catalogue', 'co_chefs', CHEF, 'pas aussi co-chef'),
    ('catalogue', 'associees', 'DDAT | Inconnue', 'ni une structure, ni une direction'),
    ('catalogue', 'associees', CHEF, 'ni une structure, ni une direction'),
    ('catalogue', 'adherents_de', 'DDAT', 'n\'est pas dans la base'),
    ('catalogue', 'mise_a_jour', '31/02/2026', 'n\'existe pas'), ('collectivites', 'siren', '21310454', '9 chiffres'),
    ('collectivites', 'siren', '2,13105E+08', '9 chiffres'),
    ('collectivites', 'siren', '213104541', 'un au moins est faux'), ('collectivites', 'insee', '3145', '5 chiffres'),
    ('collectivites', 'insee', '', 'code INSEE'), ('collectivites', 'type', 'Village', 'Commune'),
    ('collectivites', 'codes_postaux', '31370, 31371', '5 chiffres'),
    ('collectivites', 'population', '3 500', 'nombre entier'),
    ('collectivites', 'epci_siren', '200000000', 'intercommunalité'),
    ('collectivites', 'epci_siren', RIEUMES, 'intercommunalité'), ('demandes', 'numero', '0', '1 à 999999'),
    ('demandes', 'numero', '1083.5', '1 à 999999'), ('demandes', 'origine', 'papier', 'plateforme ou direct'),
    ('demandes', 'depose_le', '02/13/2026', 'calendrier'), ('demandes', 'depose_le', '29/02/2026 10:00', 'calendrier'),
    ('demandes', 'depose_le', '02/11/2026 25:00', 'calendrier'),
    ('demandes', 'depose_le', '29/03/2026 02:30', 'heure d\'été'),
    ('demandes', 'depose_le', '2 novembre', 'JJ/MM/AAAA'), ('demandes', 'depose_le', '02/11/1026', '1900'),
    ('demandes', 'depose_le', '24/11/2026 10:01', 'futur'), ('demandes', 'premier_contact_le', '25/11/2026', 'futur'),
    ('demandes', 'premier_contact_le', '03/11/2026 10:00', 'sans heure'), ('demandes', 'statut', 'En gare', 'en_cours'),
    ('demandes', 'theme', 'Assistance Juridique', 'Voulez-vous dire « Assistance juridique »'),
    ('demandes', 'theme', '', 'thème'), ('demandes', 'fiche', 'Autre', 'n\'est pas dans ce thème'),
    ('demandes', 'collectivite_siren', '999999999', 'n\'est pas dans la base'),
    ('demandes', 'collectivite_siren', EPCI, 'CC Cœur de Garonne'),
    ('demandes', 'collectivite', 'Muret', 'celui de « Rieumes »'),
    ('demandes', 'type', 'Métropole', 'pas de « Métropole »'), ('demandes', 'communes', RIEUMES, 'intercommunalité'),
    ('demandes', 'message', '', 'obligatoire'), ('demandes', 'message', 'x' * 20001, '20000 au plus'),
    ('demandes', 'message', 'Bon\x1bjour', 'contrôle'), ('demandes', 'lieu', 'Halle\u202e', 'contrôle'),
    ('demandes', 'nom', 'Exem\u200bplaire', 'contrôle'), ('demandes', 'nom', 'Exem\u3164plaire', 'contrôle'),
    ('demandes', 'collectivite', 'Rieu\xadmes', 'contrôle'), ('demandes', 'civilite', 'Docteur', 'Madame ou Monsieur'),
    ('demandes', 'rappel_prenom', 'Paul', 'personne à rappeler'),
    ('demandes', 'telephone', '+1 555 0100', '10 chiffres'), ('demandes', 'clos_le', '20/11/2026 10:00', 'ouverte'),
    ('demandes', 'issue', 'realise', 'ne va pas avec ce statut'), ('demandes', 'issue', 'gagne', 'n\'est pas accepté'),
    ('demandes', 'organisme', 'la préfecture', 'reorientee'), ('demandes', 'referent', '', 'expert référent'),
    ('demandes', 'referent', 'inconnu@cd.example', 'Aucun compte'),
    ('demandes', 'chefs_de_file', f'{CHEF} | {CHEF.upper()}', 'deux fois'),
    ('demandes', 'associes', 'DDAT | DDAT', 'deux fois'),
    ('demandes', 'associes', 'Inconnue', 'ni une structure, ni une direction'),
    ('demandes', 'saisie_par', EXPERT, 'reçues en direct'), ('demandes', 'voie', 'téléphone', 'reçues en direct'),
    ('journal', 'numero', '999', 'n\'est pas dans la base'), ('journal', 'date', '', 'obligatoire'),
    ('journal', 'date', '24/11/2026 10:00:01', 'futur'), ('journal', 'auteur', 'inconnu@cd.example', 'Aucun compte'),
    ('journal', 'nature', 'rumeur', 'n\'est pas accepté'), ('journal', 'nature', 'statut', 'nature « statut »'),
    ('journal', 'statut', 'en_cours', 'nature « statut »'), ('journal', 'texte', '', 'a un texte'),
    ('journal', 'acte_le', '25/11/2026', 'futur'), ('journal', 'fait', 'joint', 'de cette nature'),
    ('journal', 'fait', 'rumeur', 'n\'est pas accepté'), ('journal', 'moyen', 'appel', 'nature « contact »'),
]


def test_une_mauvaise_cellule_est_refusee_une_ligne_de_meme_cle_est_mise_a_jour(pleine):
    avant = tout()
    for quoi, colonne, valeur, raison in MAUVAISES:
        bilan = importer(quoi, fichier(quoi, {colonne: valeur}))
        assert bilan[:3] == (0, 0, 0), (quoi, colonne, valeur)
        assert [f for f in bilan.fautes if f.ligne == 2 and raison in f.raison], (colonne, valeur, bilan.fautes)
    assert importer('demandes', fichier('demandes', {'message': 'x' * 20_000}), essai=True).fautes == []
    autre = {'depose_le': '10/11/2026 10:00', 'collectivite_siren': '', 'collectivite': 'Muret'}
    for quoi, lignes, ou, raison in (
            ('journal', [{}, {'nature': 'message', 'texte': 'Bonjour'}], (3, 'nature'), 'La collectivité lirait'),
            ('journal', [{'auteur': CHEF}], (2, 'texte'), 'ne se modifie pas'),
            ('journal', [{'acte_le': ''}], (2, 'texte'), 'ne se modifie pas'),
            ('demandes', [autre], (2, 'numero'), 'autre demande')):
        faute, = importer(quoi, fichier(quoi, *lignes)).fautes
        assert faute[:2] == ou and raison in faute.raison, faute
    assert tout() == avant
    for quoi, cellules, requete, attendu in MISES_A_JOUR:
        reussir(quoi, FICHIERS[quoi])
        assert ecrire(quoi, cellules) == (0, 1, 0) and lire(requete) == [(attendu,)], (quoi, cellules)
        assert ecrire(quoi, cellules) == (0, 0, 1), (quoi, cellules)


CLOSE = {'clos_le': '20/11/2026 10:00'}
INCOHERENTES = [({'statut': 'termine', 'issue': 'realise'}, 'clos_le'), ({'statut': 'abandonne'}, 'clos_le'),
                ({'statut': 'termine', 'issue': 'realise', 'clos_le': '01/11/2026 10:00'}, 'clos_le'),
                ({'statut': 'termine', 'issue': 'realise', 'clos_le': '30/11/2026 10:00'}, 'clos_le'),
                (CLOSE | {'statut': 'termine'}, 'issue'),
                (CLOSE | {'statut': 'termine', 'issue': 'reorientee', 'organisme': 'la préfecture'}, 'issue'),
                (CLOSE | {'statut': 'rejete', 'issue': 'reorientee'}, 'organisme'),
                (CLOSE | {'statut': 'rejete', 'issue': 'reponse', 'organisme': 'la préfecture'}, 'organisme'),
                (CLOSE | {'statut': 'rejete'}, 'issue'), (CLOSE | {'statut': 'rejete', 'issue': 'realise'}, 'issue'),
                ({'statut': 'rejete', 'issue': 'reponse'}, 'issue'),
                ({'statut': 'attribue_chef', 'chefs_de_file': ''}, 'chefs_de_file'),
                ({'statut': 'receptionne_chef', 'chefs_de_file': ''}, 'chefs_de_file'),
                ({'statut': 'attribue_expert', 'referent': ''}, 'referent'),
                ({'courriel': '', 'telephone': ''}, 'courriel'), (DIRECTE | {'echeance': '12/11/2026'}, 'echeance'),
                (DIRECTE | {'saisie_par': ''}, 'saisie_par'), (DIRECTE | {'recue_le': ''}, 'recue_le'),
                (DIRECTE | {'voie': ''}, 'voie')]
INTERCOMMUNALE = {'collectivite_siren': EPCI, 'collectivite': 'CC Coeur de Garonne', 'type': 'Communauté de communes'}
REORIENTEE = CLOSE | {'statut': 'rejete', 'issue': 'reorientee', 'organisme': 'la préfecture'}
COHERENTES = [
    {'statut': 'rejete'}, REORIENTEE, CLOSE | {'statut': 'termine', 'issue': 'non_jointe'},
    CLOSE | {'statut': 'abandonne'},
    {'statut': 'attribue_admin', 'theme': '', 'fiche': '', 'chefs_de_file': '', 'referent': '', 'associes': ''},
    {'statut': 'attribue_chef', 'referent': ''}, {'courriel': ''}, {'telephone': ''}, {'fiche': ''}, DIRECTE,
    {'collectivite_siren': '', 'collectivite': 'Syndicat des eaux', 'type': 'Syndicat'},
    INTERCOMMUNALE | {'communes': RIEUMES},
]


def importees(*rangees):
    """The demandes of rows that have these cells, one file for each, in their order."""
    for n, cellules in enumerate(rangees, 2000):
        ecrire('demandes', cellules | {'numero': str(n)})
    return [demande(n) for n, _ in enumerate(rangees, 2000)]


DATES = [('02/11/2026 10:12', '2026-11-02T09:12:00Z'), ('2/7/2026 9:05:07', '2026-07-02T07:05:07Z'),
         ('02/11/2026', '2026-11-01T23:00:00Z'), ('2026-11-02 10:12', '2026-11-02T09:12:00Z'),
         ('2026-11-02T10:12:30Z', '2026-11-02T10:12:30Z'), ('2026-11-02T10:12:00+05:30', '2026-11-02T04:42:00Z'),
         ('29/03/2026 01:59', '2026-03-29T00:59:00Z'), ('29/03/2026 03:00', '2026-03-29T01:00:00Z'),
         ('25/10/2026 02:30', '2026-10-25T00:30:00Z'), ('25/10/2026 03:00', '2026-10-25T02:00:00Z')]


def test_une_demande_incoherente_est_refusee_une_date_de_paris_est_un_instant_une_reprise_n_a_pas_d_echeance(petite):
    reprise = {'reprise': '', 'statut': 'attribue_chef', 'referent': '', 'premier_contact_le': '', 'associes': ''}
    for echeance, bilan in (('', (1, 0, 0)), ('20/11/2026', (0, 0, 1)), ('', (0, 0, 1))):
        assert reussir('demandes', fichier('demandes', reprise | {'echeance': echeance})) == bilan
        assert (demande().reprise, demande().delai, demande().echeance) == (True, 3, None), echeance
    reussir('demandes', fichier('demandes', reprise | {'reprise': 'non'}))
    assert (demande().reprise, demande().echeance) == (False, '2026-11-05')
    reussir('demandes', fichier('demandes', reprise | {'lieu': 'Ailleurs'}))
    assert not demande().reprise
    for cellules, colonne in INCOHERENTES:
        assert refusees('demandes', cellules) == [(2, colonne)], cellules
    for n, cellules in enumerate(COHERENTES, 2000):
        octets = fichier('demandes', cellules | {'numero': str(n)})
        assert [reussir('demandes', octets) for _ in range(2)] == [(1, 0, 0), (0, 0, 1)], cellules
    assert (demande(2001).issue, demande(2001).organisme) == ('reorientee', 'la préfecture')
    lues = importees(*({'depose_le': ecrite} for ecrite, _ in DATES))
    assert [(ecrite, lue.depose_le) for (ecrite, _), lue in zip(DATES, lues)] == DATES
    ecrire('demandes', {'message': 'Un\r\ndeux\n\ntrois ; "quatre"'})
    assert demande().message == 'Un\ndeux\n\ntrois ; "quatre"'
    appels = []
    lignes = [{'numero': str(n), 'collectivite_siren': RIEUMES} for n in range(1, 1202)]
    reussir('demandes', fichier('demandes', *lignes), progres=lambda fait, total: appels.append((fait, total)))
    assert appels == sorted(appels) and appels[0] == (0, 1201) and appels[-1] == (1201, 1201) and len(appels) > 4
    assert appels.count((1201, 1201)) == 1


def test_un_compte_importe_n_a_pas_de_mot_de_passe_une_commune_trouve_son_epci_avec_une_faute_rien_n_est_ecrit(petite):
    assert lire('SELECT DISTINCT mot_de_passe FROM agent') == [(None,)]
    en_ecriture(models.db.execute_sql, "UPDATE agent SET mot_de_passe = 'x', avis_journal = 'jamais' WHERE id = 1")
    assert reussir('agents', FICHIERS['agents']) == (0, 0, 4) and ecrire('agents', {'nom': 'Autre'}) == (0, 1, 0)
    assert lire('SELECT nom, mot_de_passe, avis_journal FROM agent WHERE courriel = ?', CHEF) == [
        ('Autre', 'x', 'jamais')]
    seul = {'courriel': ADMIN, 'prenom': 'Maxime', 'structure': CD, 'direction': 'DDAT', 'administrateur': 'non'}
    with pytest.raises(models.Refus, match='administrateur'):       # the last one
        importer('agents', fichier('agents', seul))
    assert lire('SELECT c.cherche, c.codes_postaux, e.nom '
                'FROM collectivite c JOIN collectivite e ON e.id = c.epci_id') == [
        ('rieumes', '31370 31371', 'CC Cœur de Garonne')]
    deux = ({'siren': siren, 'insee': '31001'} for siren in ('200000008', '200000016'))
    assert refusees('collectivites', *deux) == [(3, 'insee')]
    assert refusees('collectivites', {'siren': '200000008'}) == [(2, 'insee')]
    avant = tout()
    for essai in (False, True):
        bilan = importer('demandes', fichier('demandes', {}, {'numero': '1085', 'fiche': 'Inconnue'}), essai)
        assert bilan[:3] == (0, 0, 0) and [f[:2] for f in bilan.fautes] == [(3, 'fiche')]
    assert refusees('demandes', {'numero': 'x', 'statut': 'perdu', 'theme': 'Inconnu'}, {}, {
        'numero': '1085', 'message': 'Deux\nlignes', 'courriel': 'a@b, c@d'}, {
        'numero': '1086', 'statut': 'termine'}) == [
        (2, 'numero'), (2, 'statut'), (2, 'theme'), (4, 'courriel'), (5, 'clos_le'), (5, 'issue')]
    bilan = importer('demandes', fichier('demandes', {}, {'numero': '1085'}, {'message': 'Encore.'}))
    assert [f[:2] for f in bilan.fautes] == [(4, 'numero')] and 'déjà à la ligne 2' in bilan.fautes[0].raison
    assert tout() == avant
    ecrire('demandes', INTERCOMMUNALE | {'communes': RIEUMES})
    assert lire('SELECT count(*) FROM demande_commune') == [(1,)] and ecrire('demandes', INTERCOMMUNALE) == (0, 1, 0)
    assert lire('SELECT count(*) FROM demande_commune') == [(0,)]


def equipe_de(numero):
    return lire('SELECT m.role, m.rang, a.courriel, s.sigle, d.nom FROM membre m '
                'LEFT JOIN agent a ON a.id = m.agent_id JOIN structure s ON s.id = m.structure_id '
                'LEFT JOIN direction d ON d.id = m.direction_id WHERE m.demande_id = ? '
                "ORDER BY m.role = 'associe', m.role, m.rang", numero)


# What cells give to the columns of the demande.
DONNEES = [
    ({'chefs_de_file': ''}, {'structure_id': 1}),
    ({'statut': 'rejete', 'chefs_de_file': '', 'referent': ''}, {'structure_id': None, 'direction_id': None}),
    ({'statut': 'attribue_admin', 'chefs_de_file': '', 'referent': ''}, {'etape': 1}),
    ({'statut': 'attribue_chef', 'referent': ''}, {'etape': 2}), ({'statut': 'receptionne_expert'}, {'etape': 3}),
    ({'statut': 'en_cours'}, {'etape': 4}), ({'statut': 'rejete', 'referent': ''}, {'etape': 2}),
    ({'statut': 'rejete'}, {'etape': 3}), (CLOSE | {'statut': 'termine', 'issue': 'realise'}, {'etape': 4}),
    ({}, {'echeance': '2026-11-05', 'delai': 3, 'restreinte': False}),
    ({'theme': '', 'fiche': ''}, {'echeance': '2026-11-12', 'delai': 10}),
    ({'fiche': 'Contentieux'}, {'echeance': '2026-11-12', 'delai': 10, 'restreinte': True}),
    ({'fiche': 'Contentieux', 'restreinte': 'non'}, {'restreinte': False}),
    ({'depose_le': '28/10/2026 10:00'}, {'echeance': '2026-11-02'}), (DIRECTE, {'echeance': None, 'delai': None}),
    ({'echeance': '20/11/2026'}, {'echeance': '2026-11-20'}), ({'restreinte': 'oui'}, {'restreinte': True}),
    ({'premier_contact_le': ''}, {'a_confirmer': False}),               # whose depositor is not known, before any call
    ({'premier_contact_le': '', 'courriel': 'autre@rieumes.example'}, {'a_confirmer': True}),
    ({'courriel': 'autre@rieumes.example'}, {'a_confirmer': False}),
    (DIRECTE | {'courriel': 'autre@rieumes.example'}, {'a_confirmer': False}),
]


def test_elle_prend_son_etape_et_son_echeance_de_ses_cellules_une_fiche_ses_listes_et_ses_chefs_en_ordre(petite):
    reussir('demandes', FICHIERS['demandes'])
    attendues = [(numero, 'statut', 'en_cours', 'La Plateforme', "Reprise de l'historique.", '2026-11-24T09:00:00Z')
                 for numero in (1083, 1084)]
    assert lire('SELECT demande_id, nature, statut, auteur, texte, cree_le FROM journal') == attendues
    assert ecrire('demandes', {'lieu': 'Halle'}, DIRECTE) == (0, 1, 1) and len(lire('SELECT id FROM journal')) == 2
    ecrire('demandes', CLOSE | {'statut': 'termine', 'issue': 'realise'})
    assert lire("SELECT statut, auteur, cree_le FROM journal WHERE demande_id = 1083 AND texte LIKE 'Repris d%'") == [
        ('termine', 'La Plateforme', '2026-11-24T09:00:00Z')]
    for (cellules, dites), lue in zip(DONNEES, importees(*(cellules for cellules, _ in DONNEES))):
        assert {colonne: getattr(lue, colonne) for colonne in dites} == dites, cellules
    fixer_tous(jours='ouvres')
    ecrire('demandes', {'depose_le': '05/11/2026 10:00'})
    assert demande().echeance == '2026-11-10'
    assert lire('SELECT actions, deroulement, promesse, maj_le FROM fiche WHERE id = 1') == [
        ('une visite\nune note', 'Appel : nous rappelons.\nNote : vous la recevez.', 'urgente', '2026-09-14')]
    assert lire('SELECT structure.nom, direction.nom FROM associable LEFT JOIN structure ON structure.id = '
                'associable.structure_id LEFT JOIN direction ON direction.id = direction_id '
                'WHERE fiche_id = 1 ORDER BY rang') == [(None, 'DDAT'), (CD, None)]
    chefs = ('SELECT a.courriel FROM pilotage p JOIN agent a ON a.id = p.agent_id '
             'WHERE p.fiche_id = 1 ORDER BY p.rang')
    assert lire(chefs) == [(CHEF,), (COCHEF,)]
    ecrire('catalogue', {'chef_de_file': COCHEF, 'co_chefs': f'{EXPERT} | {CHEF}'})
    assert lire(chefs) == [(COCHEF,), (EXPERT,), (CHEF,)]
    ecrire('catalogue', {'theme': 'Zones humides', 'icone': 'feuille'}, {'theme': 'Aménagement', 'icone': 'grue'}, {})
    assert lire('SELECT nom FROM theme ORDER BY ordre') == [
        ('Assistance juridique',), ('Zones humides',), ('Aménagement',)]
    rejetee = fichier('demandes', {'statut': 'rejete', 'referent': ''})
    reussir('demandes', rejetee)
    ecrire('journal', {'date': '21/04/2021 09:00', 'acte_le': ''})
    assert lire("SELECT cree_le, auteur, structure, agent_id, acte_le FROM journal WHERE nature = 'appel'") == [
        ('2021-04-21T07:00:00Z', 'Claude Témoin', CD, 3, None)]
    ecrire('journal', {'nature': 'statut', 'statut': 'en_cours', 'texte': '', 'acte_le': ''})
    assert demande().etape == 4 and reussir('demandes', rejetee) == (0, 0, 1)


def index():
    return {ligne[0]: [sorted(texte.split()) for texte in ligne[1:]]
            for ligne in lire('SELECT rowid, collectivite, fiche, lieu, message, journal FROM recherche')}


def test_une_demande_garde_son_numero_son_lien_son_equipe_son_echeance_annoncee_et_son_journal_leurs_auteurs(pleine):
    en_ecriture(models.db.execute_sql, "UPDATE demande SET echeance = '2026-11-03' WHERE numero = 1083")
    assert reussir('demandes', FICHIERS['demandes']) == (0, 0, 2) and demande().echeance == '2026-11-03'
    ecrire('catalogue', {'promesse': 'complexe'})
    assert reussir('demandes', FICHIERS['demandes']) == (0, 0, 2) and demande().echeance == '2026-11-03'
    assert ecrire('demandes', {'depose_le': '03/11/2026 10:00'}) == (0, 1, 0) and demande().echeance == '2026-11-13'
    ecrire('journal', {'auteur': 'Jeanne Exemplaire', 'structure': 'Rieumes', 'nature': 'note', 'texte': 'Bonjour'})
    assert lire("SELECT auteur, structure, agent_id FROM journal WHERE nature = 'note'") == [
        ('Jeanne Exemplaire', 'Rieumes', None)]
    ecrire('agents', {'courriel': EXPERT, 'nom': 'Autrement', 'structure': CD, 'direction': 'Service Habitat'})
    assert reussir('journal', FICHIERS['journal']) == (0, 0, 2)
    reussir('demandes', FICHIERS['demandes'])
    assert equipe_de(1083) == [
        ('chef_de_file', 0, CHEF, 'HGI', 'Direction juridique'),
        ('chef_de_file', 1, COCHEF, 'HGI', 'Direction juridique'), ('referent', 0, EXPERT, 'CD31', 'DDAT'),
        ('associe', 0, None, 'CD31', 'DDAT'), ('associe', 1, None, 'HGI', None)]
    assert lire('SELECT s.sigle, d.nom FROM demande e JOIN structure s ON s.id = e.structure_id '
                'JOIN direction d ON d.id = e.direction_id WHERE numero = 1083') == [('HGI', 'Direction juridique')]
    ecrire('agents', {'structure': CD, 'direction': 'DDAT'})        # who has changed: there still
    assert reussir('demandes', FICHIERS['demandes']) == (0, 0, 2)
    assert equipe_de(1083)[0] == ('chef_de_file', 0, CHEF, 'HGI', 'Direction juridique')
    avant = demande()
    ecrire('demandes', {'lieu': 'Halle'}, DIRECTE)
    assert (demande().jeton, demande().version) == (avant.jeton, avant.version + 1)
    assert demande(1084).version == 1 and len(avant.jeton) >= 22
    assert creer_ligne(models.Demande, jeton='x', origine='plateforme', statut='attribue_admin', message='Suite',
                       depose_le='2026-11-24T09:00:00Z', collectivite='Muret', type='Commune').numero == 1085


def test_l_index_est_celui_qu_ecrirait_le_domaine_et_ce_que_fait_une_ligne_se_lit_de_son_texte(pleine):
    def trouver(mots):
        admin = models.Agent.get(models.Agent.administrateur)
        return {n for n, in liste.lister(admin, {'q': mots}, '', 'demande.numero')}
    with models.lecture():
        assert trouver('bail signé') == {1083} and trouver('relire') == {1083, 1084}
    ecrire('demandes', {'lieu': '', 'message': 'Œuvre à Saint-Orens', 'statut': 'attribue_expert'})
    ecrire('journal', {'texte': 'Une autre ligne'})
    importe = index()
    with models.ecriture():
        for une in models.Demande.select():
            journal.indexer(une)
    assert index() == importe and len(importe) == 2
    for nature, dit, attendus in (
            ('contact', 'Message laissé, par appel.\nSuite prévue\xa0: rappeler.', ('message', 'appel')),
            ('contact', 'Joint, par visite.', ('joint', 'visite')), ('contact', 'Vu hier.', ('', '')),
            ('note', 'Joint, par appel.', ('', ''))):
        ecrire('journal', {'nature': nature, 'texte': dit})
        assert lire('SELECT fait, moyen FROM journal ORDER BY id DESC LIMIT 1') == [attendus], dit
    lignes = [{'nature': 'statut', 'statut': statut, 'texte': '', 'acte_le': '', 'date': '04/11/2026 10:00'}
              for statut in ('receptionne_expert', 'en_cours')]
    assert ecrire('journal', *lignes) == (2, 0, 0) and ecrire('journal', *lignes) == (0, 0, 2)


def test_la_page_d_une_reprise_ne_dit_aucun_delai_et_garde_son_titre_d_envoi(creer, entrer, monde, site):
    d = creer('attribue_chef')
    changer_demande(d, reprise=True, echeance=None)
    chef, adresse, titre = entrer(monde.chef), f'/espace/demandes/{d.numero}', d.fiche.titre
    page = chef.get(adresse)
    assert 'Reprise de l\'ancien suivi' in page.html.text and 'à rappeler au plus tard' not in page.text
    assert 'envoyée sous le titre' not in page.text
    changer_ligne(d.fiche, titre='Loger les aînés')
    assert f'envoyée sous le titre «\xa0{titre}\xa0»' in chef.get(adresse).html.text
    suivi = site.get(f'/suivi/{d.jeton}').html
    assert [dd.text for dt, dd in zip(suivi.select('dt'), suivi.select('dd'))
            if dt.text == 'Envoyée sous le titre'] == [titre]


def test_importer_des_agents_peut_les_inviter_mais_rien_d_autre_ni_a_l_essai(vide, tmp_path):
    reussir('structures', FICHIERS['structures'])
    models.debrancher()
    for arguments, phrase in ((('structures', 'x.csv', '--inviter'), '--inviter va avec'),
                              (('agents', 'x.csv', '--inviter', '--essai'), 'ne vont pas ensemble')):
        refusee = lancer('importer', *arguments, base=vide)
        assert refusee.returncode == 2 and phrase in refusee.stderr, arguments
    agents = tmp_path / 'agents.csv'
    agents.write_bytes(FICHIERS['agents'])
    faite = lancer('importer', 'agents', str(agents), '--inviter', base=vide, PLATEFORME_SMTP='')
    ajoutes = FICHIERS['agents'].count(b'\n') - 1
    assert faite.returncode == 0 and f'Invitations écrites\u00a0: {ajoutes}.' in faite.stdout, faite
    models.brancher(vide)
    assert lire("SELECT count(*) FROM courriel WHERE modele = 'invitation'") == [(ajoutes,)]
