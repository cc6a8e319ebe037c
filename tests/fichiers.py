"""The files of an import: one good line of each, small files that hold together, what a test reads back."""
import csv
import io
import pkgutil

import models
from verbes.echanges.colonnes import COLONNES
from verbes.echanges.imports import importer

CD, HGI = 'Conseil départemental de la Haute-Garonne', 'Haute-Garonne Ingénierie – HGI'
CHEF, COCHEF, EXPERT, ADMIN = 'chef@hgi.example', 'cochef@hgi.example', 'expert@cd.example', 'admin@cd.example'
RIEUMES, EPCI = '213104540', '200068815'
# One good line of each import; a test changes some of its cells.
STRUCTURE = {'structure': CD, 'sigle': 'CD31', 'partenaire': 'non', 'direction': 'DDAT', 'telephone': '05 36 49 01 00',
             'courriel': 'ddat@cd.example', 'presentation': 'Le Conseil départemental accompagne les communes.'}
AUTRE_STRUCTURE = {'structure': HGI, 'sigle': 'HGI', 'partenaire': 'oui', 'direction': 'Direction juridique',
                   'site': 'https://www.hgi.example'}
AGENT = {'courriel': CHEF, 'prenom': 'Camille', 'nom': 'Exemple', 'structure': HGI, 'direction': 'Direction juridique',
         'fonction': 'Juriste', 'telephone_public': '05 36 49 00 01',
         'administrateur': 'non', 'pilote': 'oui', 'actif': 'oui'}
FICHE = {'theme': 'Assistance juridique', 'icone': 'balance', 'titre': 'Conseil juridique',
         'resume': 'Un juriste vous répond.', 'pour_qui': 'Les communes.', 'actions': 'une visite | une note',
         'deroulement': 'Appel : nous rappelons. | Note : vous la recevez.', 'promesse': 'urgente',
         'structure': HGI, 'direction': 'Direction juridique', 'chef_de_file': CHEF, 'co_chefs': COCHEF,
         'associees': f'DDAT | {CD}', 'restreinte': 'non', 'etat': 'publiee', 'mise_a_jour': '14/09/2026'}
LIBRE = {'titre': 'Contentieux', 'promesse': 'complexe', 'co_chefs': '', 'restreinte': 'oui'}
COMMUNE = {'siren': RIEUMES, 'insee': '31454', 'type': 'Commune', 'nom': 'Rieumes', 'codes_postaux': '31370 | 31371',
           'population': '3500', 'arrondissement': 'Muret', 'epci_siren': EPCI,
           'courriel': 'mairie@rieumes.example', 'telephone': '05 36 49 54 40'}
CC = {'siren': EPCI, 'insee': '', 'type': 'Communauté de communes', 'nom': 'CC Cœur de Garonne', 'codes_postaux': '',
      'epci_siren': '', 'courriel': 'contact@coeur.example'}
ADHESION = {'siren': RIEUMES, 'structure': HGI, 'depuis': '01/01/2015'}
DEMANDE = {'numero': '1083', 'origine': 'plateforme', 'depose_le': '02/11/2026 10:12', 'statut': 'en_cours',
           'theme': 'Assistance juridique', 'fiche': 'Conseil juridique',
           'collectivite_siren': RIEUMES, 'collectivite': 'Rieumes', 'type': 'Commune', 'lieu': 'Place de la Liberté',
           'message': 'Nous souhaitons relire un bail.', 'civilite': 'Madame', 'nom': 'Exemplaire', 'prenom': 'Jeanne',
           'courriel': 'mairie@rieumes.example', 'telephone': '05 36 49 00 12', 'premier_contact_le': '03/11/2026',
           'chefs_de_file': f'{CHEF} | {COCHEF}', 'referent': EXPERT, 'associes': f'DDAT | {HGI}', 'reprise': 'non'}
DIRECTE = {'numero': '1084', 'origine': 'direct', 'saisie_par': EXPERT, 'recue_le': '01/11/2026', 'voie': 'téléphone'}
LIGNE = {'numero': '1083', 'date': '03/11/2026 09:30:15', 'auteur': EXPERT, 'nature': 'appel', 'acte_le': '03/11/2026',
         'texte': 'La mairie enverra le bail signé.'}
DEFAUTS = {'structures': STRUCTURE, 'agents': AGENT, 'catalogue': FICHE,
           'collectivites': COMMUNE, 'adhesions': ADHESION, 'demandes': DEMANDE, 'journal': LIGNE}


def fichier(quoi, *lignes, colonnes=None):
    """The bytes of an import file whose lines change some cells of the good line."""
    colonnes = colonnes or [c.nom for c in COLONNES[quoi]]
    sortie = io.StringIO()
    table = csv.DictWriter(sortie, colonnes, delimiter=';', lineterminator='\n', restval='')
    table.writeheader()
    for ligne in lignes:
        table.writerow({c: v for c, v in (DEFAUTS[quoi] | ligne).items() if c in colonnes})
    return sortie.getvalue().encode()


FICHIERS = {
    'structures': fichier('structures', {}, {'direction': 'Service Habitat'},
                          dict.fromkeys(STRUCTURE, '') | AUTRE_STRUCTURE),
    'agents': fichier('agents', {}, {'courriel': COCHEF, 'prenom': 'Andrea'},
                      {'courriel': EXPERT, 'prenom': 'Claude', 'nom': 'Témoin', 'structure': CD, 'direction': 'DDAT'},
                      {'courriel': ADMIN, 'prenom': 'Maxime', 'structure': CD, 'direction': 'DDAT',
                       'administrateur': 'oui'}),
    'catalogue': fichier('catalogue', {}, LIBRE), 'collectivites': fichier('collectivites', {}, CC),
    'adhesions': fichier('adhesions', {}, {'siren': EPCI, 'jusqu_au': '31/12/2025'}),
    'demandes': fichier('demandes', {}, DIRECTE),
    'journal': fichier('journal', {}, {'nature': 'statut', 'statut': 'en_cours', 'texte': '', 'acte_le': '',
                                       'auteur': 'La Plateforme'})}


def reussir(quoi, octets, **options):
    bilan = importer(quoi, octets, **options)
    assert bilan.fautes == [], bilan.fautes
    return bilan[:3]


def lire(sql, *valeurs):
    with models.lecture():
        return models.db.execute_sql(sql, valeurs).fetchall()


def tout():
    """Every row of every table, to see that nothing moved."""
    tables = [t for t, in lire("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'recherche_%' "
                               'ORDER BY name')]
    return {t: lire(f'SELECT rowid, * FROM {t}' if t == 'recherche' else f'SELECT * FROM {t}') for t in tables}


def demande(numero=1083):
    with models.lecture():
        return models.Demande.get_by_id(numero)


def exemple(quoi):
    return pkgutil.get_data('models', f'static/modeles/{quoi}.csv')
