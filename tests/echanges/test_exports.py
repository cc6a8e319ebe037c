"""The CSV exports, which the import of the same name reads back, and the columns that came with them."""
import csv
import io
import os
import stat

from conftest import CHEMINS, agir, changer_demande, creer_ligne, en_ecriture, lue, relire
from fichiers import ADMIN, AUTRE_STRUCTURE, CD, CHEF, COCHEF, HGI, RIEUMES, demande, fichier, lire, reussir, tout
from serveur import lancer

import models
from verbes.echanges import exports
from verbes.demande import actes
from verbes.echanges.colonnes import COLONNES, deproteger, proteger, reunir, separer
from verbes.echanges.imports import importer


def exporter(quoi):
    sortie = io.BytesIO()
    with models.lecture():
        exports.exporter(quoi, sortie)
    return sortie.getvalue()


def rangees(octets):
    return list(csv.DictReader(io.StringIO(octets.decode('utf-8-sig'), newline=''), delimiter=';'))


def sans_changement(*quoi):
    """Each export says the same when it is imported."""
    for un in quoi:
        assert reussir(un, exporter(un))[:2] == (0, 0), un


def sans_les_nouvelles(quoi, octets):
    sortie = io.StringIO()
    table = csv.DictWriter(sortie, [c.nom for c in COLONNES[quoi] if not c.nouvelle], delimiter=';',
                           extrasaction='ignore')
    table.writeheader()
    table.writerows(rangees(octets))
    return sortie.getvalue().encode()


def test_l_export_d_une_base_qui_a_vecu_n_y_change_rien(monde, creer):
    for etat in CHEMINS:
        creer(etat, message=etat)
    creer('attribue_chef', collectivite=None, type='Syndicat', nom_collectivite='SIVOM')
    demande = creer('en_cours', message='Avec des associés.', associe=True)
    with models.lecture():
        associe = models.Membre.get(role='associe')
    agir(actes.associer, demande, monde.chef, monde.autre)
    agir(actes.retirer, demande, monde.chef, associe, 'Mission finie.')
    en_ecriture(actes.message_du_demandeur, relire(demande), 'Bonjour.')
    creer_ligne(models.Adhesion, collectivite=monde.rieumes, structure=2)
    avant = tout()
    sans_changement(*COLONNES)
    assert tout() == avant
    for quoi, colonnes in COLONNES.items():
        octets = exporter(quoi)
        assert octets.startswith(b'\xef\xbb\xbf') and octets.count(b'\r\n') > 1, quoi
        assert list(rangees(octets)[0]) == [c.nom for c in colonnes], quoi


def mots(journal):
    return sorted([v for c, v in r.items() if c != 'ligne'] for r in rangees(journal))


# What the small files do not say.
GARNIR = (
    "UPDATE agent SET identifiant = 'A' || id, avis_journal = 'jamais'", "UPDATE direction SET court = 'D' || id",
    "UPDATE fiche SET identifiant = 'F' || id, mots = 'cour, préau', conditions = 'Gratuit pour les communes.', "
    "gratuit = 'oui', payant = 'de 1 à 2 €'", "UPDATE theme SET court = 'T' || id",
    "INSERT INTO collectivite (siren, insee, type, nom, cherche, remplacee_par_id, jusqu_au) "
    "VALUES ('200000016', '31999', 'Commune', 'Ancienne', 'ancienne', 1, '2020-12-31')",
    "UPDATE demande SET accord = 'obtenu', prochaine_etape_le = '2027-01-01', etape = 4, promesse = 'urgente', "
    "delai = 8, a_confirmer = 1, titre_depose = 'Avant', version = 7 WHERE numero = 1083")


def test_une_place_sans_personne_est_nommee_sans_doute_deux_lignes_de_memes_mots_et_une_correction_reviennent(pleine):
    reussir('collectivites', fichier('collectivites', {'nom': 'Rieumes-le-Bourg'}))
    assert reussir('demandes', exporter('demandes')) == (0, 0, 2) and demande().collectivite == 'Rieumes'
    assert importer('demandes', fichier('demandes', {'numero': '1085'})).fautes[0].colonne == 'collectivite_siren'
    reussir('structures', fichier('structures', AUTRE_STRUCTURE | {'direction': 'DDAT', 'presentation': ''}))
    reussir('demandes', fichier('demandes', {'associes': f'{HGI} / DDAT | {CD}', 'collectivite': 'Rieumes-le-Bourg'}))
    assert rangees(exporter('demandes'))[0]['associes'] == f'{HGI} / DDAT | {CD}'
    assert reussir('demandes', exporter('demandes')) == (0, 0, 2)
    deux = [{'ligne': '1'}, {'ligne': '2'}]
    assert [reussir('journal', fichier('journal', *deux)) for _ in range(2)] == [(1, 0, 1), (0, 0, 2)]
    assert importer('journal', fichier('journal', {}, {})).fautes[0].ligne == 3
    meme = importer('journal', fichier('journal', {'ligne': '1'}, {'ligne': '1', 'texte': 'b'}))
    assert [f.colonne for f in meme.fautes] == ['ligne']
    reussir('journal', fichier('journal', {'texte': 'x', 'signature': 'Claude Ancien', 'pour': CHEF},
                               {'texte': 'y', 'auteur': 'mairie@rieumes', 'signature': 'mairie@rieumes'}))
    assert lire("SELECT auteur, agent_id, pour_id FROM journal WHERE texte IN ('x', 'y') ORDER BY texte") == [
        ('Claude Ancien', 3, 1), ('mairie@rieumes', None, None)]
    sans_changement('journal')
    lignes = [{'texte': 'Faux.', 'ligne': '5'},
              {'texte': 'Juste.', 'nature': 'correction', 'ligne': '9', 'corrige': '5'}]
    reussir('journal', fichier('journal', *lignes))
    assert lire('SELECT a.texte, b.texte FROM journal b JOIN journal a ON a.id = b.corrige_id') == [('Faux.', 'Juste.')]
    sans_changement('journal')
    for cellules, attendu in (({}, []), ({'corrige': '9', 'numero': '1084'}, ['corrige']),
                              ({'corrige': '12'}, ['corrige'])):
        deux = fichier('journal', lignes[0], lignes[1] | cellules, {'ligne': '12', 'texte': 'c'})
        assert [f.colonne for f in importer('journal', deux).fautes] == attendu, cellules


def test_une_fiche_ou_un_agent_qui_a_un_identifiant_change_de_nom_sans_se_confondre(pleine):
    reussir('catalogue', fichier('catalogue', {'identifiant': 'F-1'}))
    for autre in ({'identifiant': 'F-2'}, {'identifiant': 'F-1', 'titre': 'Contentieux'}):
        assert [f.colonne for f in importer('catalogue', fichier('catalogue', autre)).fautes] == ['titre'], autre
    deux = importer('catalogue', fichier('catalogue', {'titre': 'Neuve'}, {'titre': 'Neuve', 'doublon': '1'}))
    assert [f.colonne for f in deux.fautes] == ['titre', 'titre']
    neuve = {'identifiant': 'F-1', 'titre': 'Conseil en droit', 'theme': 'Droit'}
    assert reussir('catalogue', fichier('catalogue', neuve)) == (1, 0, 0)           # the theme is new
    assert lire('SELECT id, titre FROM fiche WHERE id = 1') == [(1, 'Conseil en droit')]
    assert lire('SELECT fiche FROM recherche WHERE rowid = 1083') == [('conseil en droit',)]
    assert rangees(exporter('demandes'))[0]['fiche_theme'] == 'Droit' and demande().titre_depose == 'Conseil juridique'
    assert reussir('demandes', exporter('demandes')) == (0, 0, 2)
    en_ecriture(models.Agent.update(mot_de_passe='x').where(models.Agent.courriel == CHEF).execute)
    reussir('agents', fichier('agents', {'identifiant': 'RH-12'}))
    avant = tout()
    for lignes in (
            [{'identifiant': 'B'}],                                 # of an address that has another identifiant
            [{'courriel': COCHEF, 'identifiant': 'RH-12'}],         # renamed to an address that is taken
            [{'courriel': 'x@hgi.example', 'identifiant': 'RH-12'}, {}]):   # its former address, for someone else
        (faute,) = importer('agents', fichier('agents', *lignes)).fautes
        assert faute.colonne == 'courriel' and 'autre compte' in faute.raison and tout() == avant, lignes
    renomme = {'identifiant': 'RH-12', 'courriel': 'camille@hgi.example'}
    assert reussir('agents', fichier('agents', renomme)) == (0, 1, 0)
    assert lire("SELECT id, courriel, mot_de_passe FROM agent WHERE identifiant = 'RH-12'") == [
        (1, 'camille@hgi.example', 'x')]
    assert reussir('agents', fichier('agents', {'courriel': 'camille@hgi.example'})) == (0, 0, 1)


MAUVAISES = [
    ('agents', 'identifiant', 'deux mots', 'identifiant est fait'),
    ('agents', 'avis_journal', 'toujours', 'quotidien'), ('catalogue', 'doublon', 'oui', 'nombre entier'),
    ('collectivites', 'remplacee_par', '123456789', "n'est pas celui d'une collectivité"),
    ('collectivites', 'remplacee_par', RIEUMES, 'elle-même'), ('collectivites', 'doublon', '1', 'indiquez laquelle'),
    ('collectivites', 'jusqu_au', 'demain', "n'est pas une date"), ('demandes', 'etape', '7', '1 à 4'),
    ('demandes', 'promesse', '5', 'urgente ou complexe'),
    *(('demandes', 'delai', jours, 'de 1 à 365') for jours in ('0', '366', '999999999', 'dix')),
    ('demandes', 'a_confirmer', 'peut-être', 'oui ou non'), ('demandes', 'importee', '1', 'oui ou non'),
    ('demandes', 'reprise', '1', 'oui ou non'), ('demandes', 'fiche_theme', 'Inconnu', "n'est pas au catalogue"),
    ('demandes', 'structure_en_charge', 'Inconnue', "n'est pas dans la base"),
    ('demandes', 'direction_en_charge', 'DDAT', 'structure'),
    ('demandes', 'equipe_depuis', '02/11/2026', 'autant de dates'), ('demandes', 'jeton', 'court', '16 à 64'),
    ('demandes', 'version', '-1', 'nombre entier'), ('journal', 'pour', 'inconnu@hgi.example', 'Aucun compte'),
    ('journal', 'ligne', 'a', 'nombre entier'), ('journal', 'corrige', '4', 'plus haut'),
]


def test_une_mauvaise_cellule_est_refusee_ce_qui_est_archive_ou_remplace_garde_son_nom_a_cote_de_qui_le_reprend(pleine):
    avant = tout()
    for quoi, colonne, valeur, raison in MAUVAISES:
        fautes = importer(quoi, fichier(quoi, {colonne: valeur})).fautes
        assert [f for f in fautes if f.colonne == colonne and raison in f.raison], (colonne, valeur, fautes)
    prendre = fichier('demandes', {'numero': '1085', 'jeton': demande().jeton})
    assert [f.colonne for f in importer('demandes', prendre).fautes] == ['jeton']
    assert reussir('demandes', fichier('demandes', {'jeton': 'ancien-lien-deja-mort'})) == (0, 0, 1) and tout() == avant
    assert reussir('demandes', fichier('demandes', {'numero': '1085', 'jeton': 'un-lien-que-la-mairie-a'})) == (1, 0, 0)
    assert demande(1085).jeton == 'un-lien-que-la-mairie-a'
    reussir('catalogue', fichier('catalogue', {'etat': 'archivee', 'identifiant': 'vieille'}))
    reussir('catalogue', fichier('catalogue', {'identifiant': 'neuve'}))
    ecrit = rangees(exporter('catalogue'))
    assert [(r['titre'], r['doublon'], r['identifiant']) for r in ecrit] == [
        ('Conseil juridique', '1', 'vieille'), ('Contentieux', '', ''), ('Conseil juridique', '', 'neuve')]
    assert rangees(exporter('demandes'))[0]['fiche'] == 'Conseil juridique/1'
    sans_changement('catalogue', 'demandes')
    neuve = {'siren': '200000008', 'nom': 'Rieumes Nouvelle'}
    reussir('collectivites', fichier('collectivites', neuve, {'remplacee_par': '200000008', 'jusqu_au': '31/12/2026'}))
    assert lire(f"SELECT b.nom, a.jusqu_au, a.insee = b.insee FROM collectivite a JOIN collectivite b "
                f"ON b.id = a.remplacee_par_id WHERE a.siren = '{RIEUMES}'") == [('Rieumes Nouvelle', '2026-12-31', 1)]
    sans_changement('collectivites')
    reussir('collectivites', fichier('collectivites', {'insee': '31999'}, {
        'doublon': '1', 'remplacee_par': '200000008', 'jusqu_au': '31/12/2026'}))
    sans_changement('collectivites', 'demandes')


def test_une_equipe_garde_ses_dates_une_formule_ne_s_ouvre_pas_et_une_barre_ne_coupe_rien(petite):
    dates = [f'2026-11-0{n}T08:00:00Z' for n in range(2, 7)]
    reussir('demandes', fichier('demandes', {'equipe_depuis': ' | '.join(dates), 'structure_en_charge': CD,
                                             'direction_en_charge': 'DDAT'}))
    assert lire('SELECT structure_id, direction_id FROM demande') == [(1, 1)]
    for _ in range(2):
        assert [d for d, in lire('SELECT depuis_le FROM membre ORDER BY id')] == dates
        reussir('demandes', fichier('demandes', {}))
    for dit in ('=1+1', '+33', '-tiret', '@moi', '\tcolonne', "'=1", '＝1'):
        assert deproteger(proteger(dit)) == dit and proteger(dit)[0] == "'"
        reussir('demandes', fichier('demandes', {'message': proteger(dit)}))
        (rangee,) = rangees(exporter('demandes'))
        assert rangee['message'] == proteger(dit) and demande().message == dit
        assert rangee['equipe_depuis'].split(' | ') == dates
        assert reussir('demandes', exporter('demandes')) == (0, 0, 1), dit
    for dit in ('a\tb', 'a\u202eb', 'a\u2028b', 'a\x85b', 'a\ufeffb', 'a\u200bb'):
        reussir('demandes', fichier('demandes', {'message': dit}))
        assert demande().message == dit and reussir('demandes', exporter('demandes')) == (0, 0, 1)
        for colonne in ('lieu', 'nom', 'collectivite'):
            assert importer('demandes', fichier('demandes', {colonne: dit})).fautes[0].colonne == colonne, dit
    valeurs = ['une | deux', 'trois', '|', 'quatre\\']
    assert [v.strip() for v in separer(reunir(valeurs))] == valeurs
    en_ecriture(models.db.execute_sql, "UPDATE fiche SET actions = 'une | deux\ntrois' WHERE id = 1")
    assert rangees(exporter('catalogue'))[0]['actions'] == r'une \| deux | trois'
    assert reussir('catalogue', exporter('catalogue')) == (0, 0, 2)


def test_la_commande_ecrit_un_fichier_a_soi_et_chaque_export_se_relit_dans_une_base_neuve(pleine, tmp_path):
    models.debrancher()
    cible = tmp_path / 'agents.csv'
    faite = lancer('exporter', 'agents', str(cible), base=pleine)
    assert faite.returncode == 0 and 'aussi secret que la base' in faite.stdout
    assert stat.S_IMODE(os.stat(cible).st_mode) == 0o600 and ADMIN in cible.read_text('utf-8')
    sortie = lancer('exporter', 'agents', '-', base=pleine)
    assert sortie.stdout.encode() == cible.read_bytes().replace(b'\r\n', b'\n') and 'secret' in sortie.stderr
    refus = lancer('exporter', 'agents', str(cible), base=pleine)
    assert refus.returncode == 1 and 'existe déjà' in refus.stderr and len(refus.stderr.splitlines()) == 1
    assert lancer('exporter', 'chats', '-', base=pleine).returncode == 2
    assert lue(pleine, "SELECT detail FROM audit WHERE fait = 'export'") == 2 * [('agents\u00a0: 4 lignes',)]
    assert lancer('importer', 'agents', str(cible), base=pleine).stdout.startswith('0 ajoutés, 0 modifiés, 4')
    assert sorted(os.listdir(tmp_path)) == ['agents.csv', 'vide.db']
    models.brancher(pleine)
    instants = {1083: '2026-10-25T00:30:00Z', 1084: '2026-10-25T01:30:00Z'}
    for numero, instant in instants.items():
        changer_demande(demande(numero), depose_le=instant)
    assert {int(r['numero']): r['depose_le'] for r in rangees(exporter('demandes'))} == instants
    assert reussir('demandes', exporter('demandes')) == (0, 0, 2)       # the two same hours of the night of October
    for ordre in GARNIR:
        en_ecriture(models.db.execute_sql, ordre)
    avant = tout()
    for quoi in [quoi for quoi in COLONNES if quoi != 'structures']:    # a file of before these columns
        octets = exporter(quoi)
        assert reussir(quoi, sans_les_nouvelles(quoi, octets)) == (0, 0, len(rangees(octets))) and tout() == avant, quoi
    ecrits = {quoi: exporter(quoi) for quoi in COLONNES}
    models.debrancher()
    models.initialiser(str(tmp_path / 'neuve.db'))
    models.brancher(str(tmp_path / 'neuve.db'))
    for quoi, octets in ecrits.items():
        reussir(quoi, octets)
        assert quoi == 'journal' or exporter(quoi) == octets, quoi
    assert mots(exporter('journal')) == mots(ecrits['journal'])
    assert lire('SELECT accord, prochaine_etape_le, etape, a_confirmer, importee, titre_depose, version FROM demande '
                'WHERE numero = 1083') == [('obtenu', '2027-01-01', 4, 1, 1, 'Avant', 7)]
    assert lire('SELECT DISTINCT avis_journal FROM agent') == [('jamais',)]
