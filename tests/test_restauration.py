"""A backup through the standard output; what a restored base takes from the one it replaces; what copies are left."""
import contextlib
import os
import pathlib
import pty
import re
import sqlite3
import subprocess
import sys
import time

import pytest
from conftest import DEPART, deposer, lue
from serveur import ICI, lancer, servie

import models
from verbes import comptes, livraison
from verbes.exploitation import exploitation, restauration
from verbes.administration import departs

# ======================================================================================
# Through the standard output: age, gpg, restic, ssh
# ======================================================================================


def sauvegarder_vers(base, sortie, **environ):
    return subprocess.run([sys.executable, 'plateforme.py', 'sauvegarder', '-'], cwd=ICI, stdout=sortie,
                          stderr=subprocess.PIPE, text=True, timeout=120,
                          env={**os.environ, 'PLATEFORME_BASE': str(base), **environ})


def datee(base):
    return bool(lue(base, "SELECT 1 FROM reglage WHERE cle = 'sauvegarde_le'"))


def test_une_sauvegarde_par_la_sortie_standard_est_entiere_et_datee(ouverte, tmp_path):
    with servie(ouverte) as processus, open(tmp_path / 'copie.db', 'wb') as copie:
        jeton = deposer(processus.url)
        faite = sauvegarder_vers(ouverte, copie)
    assert faite.returncode == 0 and 'La sortie est une sauvegarde complète' in faite.stderr
    assert lue(tmp_path / 'copie.db', 'SELECT jeton FROM demande') == [(jeton,)] and datee(ouverte)
    assert lancer('restaurer', str(tmp_path / 'copie.db'), base=tmp_path / 'ailleurs.db').returncode == 0
    assert not [nom for nom in os.listdir(tmp_path) if 'partiel' in nom]


def test_un_terminal_ne_recoit_pas_une_base(ouverte, tmp_path):
    maitre, esclave = pty.openpty()
    faite = sauvegarder_vers(ouverte, esclave)
    os.close(maitre), os.close(esclave)
    assert faite.returncode == 1 and 'terminal' in faite.stderr and len(faite.stderr.splitlines()) == 1
    assert not datee(ouverte)


def test_une_sortie_qui_se_ferme_ou_se_remplit_n_est_pas_une_sauvegarde(ouverte, tmp_path):
    lecture, ecriture = os.pipe()
    os.close(lecture)
    with open('/dev/full', 'wb') as plein, open(ecriture, 'wb') as ferme:
        for sortie, dit in ((plein, 'le disque est plein'), (ferme, 's\'est arrêté')):
            faite = sauvegarder_vers(ouverte, sortie)
            assert faite.returncode == 1 and dit in faite.stderr and len(faite.stderr.splitlines()) == 1
    assert os.listdir(tmp_path) == ['plateforme.db'] and not datee(ouverte)


def test_la_copie_attend_dans_tmpdir_sinon_a_cote_de_la_base(ouverte, tmp_path, monkeypatch):
    dossiers, vrai = [], livraison.tempfile.mkstemp
    monkeypatch.setattr(livraison.tempfile, 'mkstemp', lambda *a: dossiers.append(a[2]) or vrai(*a))
    monkeypatch.setattr(livraison, '_verser', lambda neuf: None)
    (tmp_path / 'tmp').mkdir()
    for tmpdir, attendu in (('', tmp_path), (str(tmp_path / 'tmp'), tmp_path / 'tmp')):
        monkeypatch.setenv('TMPDIR', tmpdir)
        exploitation.sauvegarder(ouverte, '-')
        assert dossiers.pop() == str(attendu)
    assert os.listdir(tmp_path / 'tmp') == []


# ======================================================================================
# What a restored base takes from the one it replaces
# ======================================================================================

@pytest.fixture
def sauvee(monde, base, tmp_path):
    """A backup taken while Camille has a password and a session, Alix no account, Sacha a second factor."""
    with models.ecriture():
        comptes.changer_mot_de_passe(monde.chef, 'scrypt$ancien')
        comptes.changer_mot_de_passe(monde.autre, 'scrypt$inchange')
        comptes.activer_second_facteur(monde.associe, 'A' * 32, 1)
        comptes.nouveau_lien(monde.referent, 'invitation')
        models.Delegation.create(pour=monde.chef, par=monde.autre)
        models.Absence.create(agent=monde.chef, du='2026-11-20', au='2026-12-20', suppleant=monde.autre)
        for qui in (monde.chef, monde.autre):
            comptes.ouvrir_session(qui)
    exploitation.sauvegarder(base, str(tmp_path / 's.db'))
    return str(tmp_path / 's.db')


def restaurer(base, fichier):
    models.debrancher()
    garde, *_, report = exploitation.restaurer(base, fichier)
    return garde, report


def comptes_de(base, colonnes):
    return {prenom: reste for prenom, *reste in lue(base, f'SELECT prenom, {colonnes} FROM agent')}


def test_un_depart_d_hier_n_est_pas_defait(sauvee, monde, base):
    with models.ecriture():
        departs.fermer(monde.chef)
        models.Agent.update(administrateur=True).where(models.Agent.id == monde.autre.id).execute()
        models.Agent.update(actif=True).where(models.Agent.id == monde.parti.id).execute()
    _, report = restaurer(base, sauvee)
    assert report.fermes == ['Camille Exemple (camille.exemple@hgi.example)'] and report.lue and report.administre
    assert [nom.split(' (')[0] for nom in report.rouverts] == ['Alix Parti']
    assert comptes_de(base, 'actif, administrateur') | {} == {
        'Maxime': [1, 1], 'Camille': [0, 0], 'Claude': [1, 0], 'Andrea': [1, 0], 'Sacha': [1, 0], 'Dominique': [1, 0],
        'Alix': [0, 0]}
    assert lue(base, "SELECT agent_id, detail FROM audit WHERE fait = 'repris à la restauration'") == [
        (monde.chef.id, 'compte fermé')]
    assert comptes_de(base, 'mot_de_passe, second_facteur, ouvert_le')['Camille'] == [None, None, None]
    assert lue(base, 'SELECT * FROM delegation') == lue(base, 'SELECT * FROM absence') == []


def test_des_droits_retires_depuis_ne_reviennent_pas(sauvee, monde, base):
    with models.ecriture():
        models.Agent.update(administrateur=False).where(models.Agent.id == monde.admin.id).execute()
    _, report = restaurer(base, sauvee)
    assert len(report.sans_droits) == 1 and not report.administre
    assert comptes_de(base, 'administrateur')['Maxime'] == [0]
    assert any('Aucun administrateur' in ligne for ligne in restauration.dire(report))


def test_un_mot_de_passe_change_depuis_reste_change(sauvee, monde, base):
    with models.ecriture():
        comptes.changer_mot_de_passe(monde.chef, 'scrypt$nouveau')
    _, report = restaurer(base, sauvee)
    assert [nom.split(' (')[0] for nom in report.mots_de_passe] == ['Camille Exemple']
    assert comptes_de(base, 'mot_de_passe, ouvert_le')['Camille'] == ['scrypt$nouveau', DEPART]
    assert comptes_de(base, 'mot_de_passe')['Dominique'] == ['scrypt$inchange']


def test_un_second_facteur_active_retire_ou_dont_un_code_a_servi_depuis_reste_ainsi(sauvee, monde, base):
    with models.ecriture():
        codes = comptes.activer_second_facteur(monde.chef, 'B' * 32, 2)
        comptes.retirer_second_facteur(monde.associe)
        models.CodeSecours.delete().where(models.CodeSecours.empreinte == comptes._sha256(
            comptes.chiffres_du_code(codes[0]))).execute()
    garde, report = restaurer(base, sauvee)
    assert [nom.split(' (')[0] for nom in report.seconds_facteurs] == ['Sacha Essai', 'Camille Exemple']
    facteurs = comptes_de(base, 'second_facteur')
    assert (facteurs['Camille'], facteurs['Sacha']) == (['B' * 32], [None])
    requete = 'SELECT empreinte, agent_id FROM code_secours ORDER BY 1'
    assert lue(base, requete) == lue(garde, requete) and lue(base, 'SELECT count(*) FROM code_secours')[0][0] > 5


def test_les_sessions_et_les_liens_de_la_sauvegarde_ne_servent_plus(sauvee, base):
    restaurer(base, sauvee)
    assert lue(base, 'SELECT * FROM session') == lue(base, 'SELECT * FROM lien') == []


def test_un_compte_ouvert_depuis_est_nomme_et_un_compte_renomme_reste_le_meme(sauvee, monde, base):
    with models.ecriture():
        comptes.inviter('neuf@hgi.example', monde.chef.direction, 'Lou', 'Neuf')
        (models.Agent.update(courriel='camille@hgi.example', actif=False)
         .where(models.Agent.id == monde.chef.id).execute())
    _, report = restaurer(base, sauvee)
    assert report.crees == ['Lou Neuf (neuf@hgi.example)']
    assert report.fermes == ['Camille Exemple (camille.exemple@hgi.example)']


def test_une_base_d_une_autre_lignee_est_comparee_par_les_adresses(sauvee, monde, base):
    with models.ecriture():
        models.db.execute_sql("UPDATE agent SET cree_le = '2020-01-01T00:00:00Z', actif = (prenom <> 'Sacha')")
    _, report = restaurer(base, sauvee)
    assert [nom.split(' (')[0] for nom in report.fermes] == ['Sacha Essai'] and report.crees == []


def test_sans_rien_de_change_rien_n_est_repris(sauvee, base):
    avant = lue(sauvee, 'SELECT * FROM agent')
    _, report = restaurer(base, sauvee)
    assert not any(report[2:]) and lue(base, 'SELECT * FROM agent') == avant
    assert [ligne[:12] for ligne in restauration.dire(report)] == ['Les sessions']


def test_une_base_illisible_se_dit_et_ce_qui_est_a_refaire_aussi(sauvee, base):
    models.debrancher()
    with open(base, 'r+b') as fichier:
        fichier.write(bytes(4096))
    faite = lancer('restaurer', sauvee, base=base)
    assert faite.returncode == 0 and 'refaites les départs d\'agents, les mots de passe' in faite.stdout
    assert lue(base, 'SELECT * FROM session') == []


def test_sur_une_machine_neuve_rien_n_est_su_des_departs_et_la_commande_le_dit(sauvee, tmp_path):
    neuve = str(tmp_path / 'neuve.db')
    assert lancer('initialiser', base=neuve).returncode == 0
    faite = lancer('restaurer', sauvee, base=neuve)
    assert faite.returncode == 0 and 'refaites les départs d\'agents' in faite.stdout, faite.stdout
    assert '--fermer' in faite.stdout and 'avant de démarrer' in faite.stdout


def test_la_sauvegarde_d_une_autre_base_se_reconnait_a_ses_comptes(sauvee, tmp_path):
    autre = str(tmp_path / 'autre.db')
    assert lancer('initialiser', base=autre).returncode == 0
    assert lancer('agent', 'lou@ailleurs.example', '--administrateur', '--prenom', 'Lou', '--nom', 'Ailleurs',
                  base=autre).returncode == 0
    dit = lancer('restaurer', sauvee, base=autre).stdout
    assert 'est-ce bien la sienne' in dit and 'à refaire\u00a0: Lou Ailleurs' in dit and 'ouverts comme dans' not in dit


def test_sur_une_machine_neuve_ou_un_compte_est_deja_ouvert_les_autres_sont_nommes(sauvee, monde, tmp_path):
    neuve = str(tmp_path / 'neuve.db')
    assert lancer('initialiser', base=neuve).returncode == 0
    assert lancer('agent', monde.admin.courriel, '--administrateur', '--prenom', 'Maxime', '--nom', 'Exemple',
                  base=neuve).returncode == 0
    dit = lancer('restaurer', sauvee, base=neuve).stdout
    ligne = next(ligne for ligne in dit.splitlines() if ligne.startswith('Comptes que la base remplacée n\'avait pas'))
    assert 'Camille Exemple' in ligne and 'Maxime' not in ligne and 'Alix' not in ligne


def test_une_sauvegarde_d_une_version_d_avant_reprend_aussi_les_mots_de_passe(sauvee, monde, base):
    with contextlib.closing(sqlite3.connect(sauvee)) as brute:
        brute.execute('ALTER TABLE agent DROP COLUMN ouvert_le')
    with models.ecriture():
        comptes.changer_mot_de_passe(monde.chef, 'scrypt$nouveau')
        departs.fermer(monde.autre)
    _, report = restaurer(base, sauvee)
    assert report.lue and len(report.fermes) == len(report.mots_de_passe) == 1
    assert comptes_de(base, 'mot_de_passe, actif')['Camille'] == ['scrypt$nouveau', 1]


def test_une_base_d_avant_le_second_facteur_se_dit_illisible_et_se_restaure(sauvee, base):
    models.debrancher()
    with contextlib.closing(sqlite3.connect(base)) as brute:
        brute.execute('DROP TABLE code_secours')
    assert restaurer(base, sauvee)[1].lue is False


def test_la_commande_dit_une_ligne_par_sorte_avec_les_noms(sauvee, monde, base):
    with models.ecriture():
        comptes.changer_mot_de_passe(monde.autre, 'scrypt$nouveau')
        departs.fermer(monde.chef)
    models.debrancher()
    dit = lancer('restaurer', sauvee, base=base).stdout
    assert re.search(r'^Comptes fermés depuis .*\u00a0: Camille Exemple \(camille\.exemple@hgi\.example\)\.$', dit,
                     re.M)
    assert re.search(r'^Mots de passe changés depuis, repris\u00a0: Dominique Autre ', dit, re.M)
    assert dit.count('Camille') == 1 and lancer('verifier', base=base).returncode == 0


def test_un_incident_pendant_le_report_laisse_la_base_remplacee_en_place(sauvee, monde, base, tmp_path, monkeypatch):
    with models.ecriture():
        models.Agent.update(nom='Depuis').where(models.Agent.id == monde.chef.id).execute()

    def panne(*_):
        raise OSError(5, 'panne simulée')
    monkeypatch.setattr(exploitation, 'reporter', panne)
    with pytest.raises(OSError, match='panne simulée'):
        restaurer(base, sauvee)
    assert comptes_de(base, 'nom')['Camille'] == ['Depuis'] and not [n for n in os.listdir(tmp_path) if 'partiel' in n]


# ======================================================================================
# What copies are left, and for how long
# ======================================================================================

def test_ce_qui_reste_a_cote_de_la_base_est_compte_et_dit(ouverte, tmp_path):
    assert exploitation.restes(ouverte) == (0, 0)
    for nom in ('plateforme.db.remplacee-20260101-000000-1', 'plateforme.db.avant-etape-4', '.plateforme.db-ab.partiel',
                '.plateforme.db-cd.partiel', 'autre.db.remplacee-1', 'plateforme.db.verrou'):
        (tmp_path / nom).write_bytes(b'x' * 1000)
    os.utime(tmp_path / '.plateforme.db-ab.partiel', (0, 0))
    assert exploitation.restes(ouverte) == (3, 3000)
    for verbe in (('verifier',), ('sauvegarder', str(tmp_path / 's.db'))):
        assert re.search(r': 3\xa0fichiers .*\(3\s*ko\)', lancer(*verbe, base=ouverte).stdout)


UNITE = (pathlib.Path(ICI) / 'static/exemples/plateforme-sauvegarde.service').read_text('utf-8')


def menage(dossier):
    """Run what the unit runs after a backup, there."""
    for commande in re.findall(r"^ExecStartPost=(.+)$", UNITE, re.M):
        commande = commande.replace('/var/backups/plateforme', str(dossier)).replace('$$', '$')
        subprocess.run(['/bin/sh', '-c', commande], check=True)


@pytest.mark.parametrize('ages, gardes', [
    (range(40), 31),                                                # a quiet year: 0 to 30 whole days
    (range(400, 440), 7),                                           # the clock jumped: all are old
    ([-400, *range(1, 40)], 31),                                    # it jumped and came back: one of the future
    ([5], 1),
])
def test_les_sauvegardes_durent_trente_jours_et_les_sept_dernieres_toujours(tmp_path, ages, gardes):
    for age in ages:
        chemin = tmp_path / f'plateforme-{age + 1000}.db'
        chemin.write_bytes(b'x')
        os.utime(chemin, (time.time() - 86_400 * age - 60,) * 2)
    (tmp_path / 'a-la-main.db').write_bytes(b'x')
    os.utime(tmp_path / 'a-la-main.db', (0, 0))
    menage(tmp_path)
    restent = sorted(os.listdir(tmp_path))
    assert len(restent) == gardes + 1 and 'a-la-main.db' in restent
    assert f'plateforme-{min(ages) + 1000}.db' in restent
