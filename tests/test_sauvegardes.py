"""Backup, restore and verification:
nothing lost, nothing overwritten, no number given twice, whatever breaks in the middle."""

import concurrent.futures
import contextlib
import hashlib
import json
import os
import re
import shutil
import sqlite3
import subprocess

import pytest
from conftest import deposer, jetons, lue
from serveur import attendre, lancer, lire, servie

import models
from models import BaseIndisponible, Refus
from verbes import journal
from verbes.exploitation import exploitation


def mode(chemin):
    return os.stat(chemin).st_mode & 0o777


# --- backup ---


def test_une_sauvegarde_pendant_que_les_demandes_arrivent_se_restaure_ailleurs_avec_tout(ouverte, tmp_path):
    copie, ailleurs = tmp_path / 'copie.db', tmp_path / 'ailleurs'
    ailleurs.mkdir()
    recues, fini = [], []

    def mairie(n):
        while not fini:
            recues.append(deposer(processus.url, message=f'Mairie {n}, demande {len(recues)}.'))

    with servie(ouverte) as processus, concurrent.futures.ThreadPoolExecutor(3) as mairies:
        fils = [mairies.submit(mairie, n) for n in range(3)]
        try:
            attendre(lambda: len(recues) > 5, processus)
            avant = set(recues)
            faite = lancer('sauvegarder', str(copie), base=ouverte)
            attendre(lambda: len(recues) > len(avant) + 5, processus)
        finally:
            fini.append(True)
        [fil.result() for fil in fils]
        assert faite.returncode == 0, faite.stderr
        assert json.loads(lire(processus.url + '/sante')[2])['sauvegarde_le']
    assert avant <= jetons(copie) < set(recues) <= jetons(ouverte)
    assert lancer('restaurer', str(copie), base=ailleurs / 'x.db').returncode == 0
    controle = lancer('verifier', base=ailleurs / 'x.db')
    assert (controle.returncode == 0 and 'FAUX' not in controle.stdout
            and controle.stdout.count('ok ') == len(exploitation.CONTROLES) + 2)
    with servie(ailleurs / 'x.db') as processus:
        assert all(lire(f'{processus.url}/suivi/{jeton}')[0] == 200 for jeton in avant)
        assert isinstance(deposer(processus.url), str)


def test_la_base_ses_copies_et_le_verrou_ne_sont_lisibles_que_de_leur_proprietaire(ouverte, tmp_path, monkeypatch):
    ancien = os.umask(0)
    try:
        exploitation.sauvegarder(ouverte, str(tmp_path / 's.db'))
        exploitation.restaurer(ouverte, str(tmp_path / 's.db'))
        monkeypatch.setattr(models, 'VERSION_BASE', models.VERSION_BASE + 1)
        etapes = [*models.etapes(), (models.VERSION_BASE, 'essai', ['CREATE TABLE essai (x TEXT) STRICT'])]
        monkeypatch.setattr(models, 'etapes', lambda: etapes)
        models.migrer(ouverte)
        models.initialiser(str(tmp_path / 'neuve.db'))
    finally:
        os.umask(ancien)
    modes = {nom: mode(tmp_path / nom) for nom in os.listdir(tmp_path)}
    assert len(modes) == 6 and set(modes.values()) == {0o600}, modes


def test_une_sauvegarde_n_ecrase_rien_et_ne_laisse_rien_si_elle_echoue(ouverte, tmp_path):
    (tmp_path / 'deja.db').write_bytes(b'important')
    with pytest.raises(Refus, match='existe déjà'):
        exploitation.sauvegarder(ouverte, str(tmp_path / 'deja.db'))
    with pytest.raises(Refus, match='ne peut être écrit'):
        exploitation.sauvegarder(ouverte, str(tmp_path / 'absent' / 's.db'))
    abimer(ouverte)
    with pytest.raises((Refus, BaseIndisponible, sqlite3.DatabaseError)):
        exploitation.sauvegarder(ouverte, str(tmp_path / 's.db'))
    assert ((tmp_path / 'deja.db').read_bytes() == b'important'
            and sorted(os.listdir(tmp_path)) == ['deja.db', 'plateforme.db'])


def test_une_copie_dont_un_lien_est_rompu_ne_prend_jamais_le_nom_de_la_sauvegarde(ouverte, tmp_path):
    with contextlib.closing(sqlite3.connect(ouverte)) as brute:
        brute.execute('UPDATE agent SET direction_id = 999 WHERE id = 1')
        brute.commit()
    with pytest.raises(Refus, match='abîmé .lien rompu dans agent'):
        exploitation.sauvegarder(ouverte, str(tmp_path / 's.db'))
    assert os.listdir(tmp_path) == ['plateforme.db']


def test_une_sauvegarde_est_sur_le_disque_avant_de_prendre_son_nom_puis_son_nom_aussi(ouverte, tmp_path, monkeypatch):
    gestes, fsync, rename = [], os.fsync, os.rename
    monkeypatch.setattr(os, 'fsync', lambda d: (
        gestes.append(os.path.basename(os.readlink(f'/proc/self/fd/{d}'))[:3]), fsync(d)))
    monkeypatch.setattr(os, 'rename', lambda a, b: (gestes.append('nommée'), rename(a, b)))
    exploitation.sauvegarder(ouverte, str(tmp_path / 's.db'))
    assert gestes == ['.s.', 'nommée', tmp_path.name[:3]]


def test_ce_que_root_restaure_ou_verrouille_va_au_compte_qui_tient_le_dossier(ouverte, tmp_path):
    if os.geteuid():
        pytest.skip('donner un fichier à un autre compte demande root')
    exploitation.sauvegarder(ouverte, str(tmp_path / 's.db'))
    chez_lui = tmp_path / 'chez lui'
    chez_lui.mkdir()
    os.chown(chez_lui, 65534, 65534)
    exploitation.restaurer(str(chez_lui / 'p.db'), str(tmp_path / 's.db'))
    assert {nom: os.stat(chez_lui / nom).st_uid for nom in os.listdir(chez_lui)} == {
        'p.db': 65534, 'p.db.verrou': 65534}


def abimer(chemin):
    """Overwrite pages of a base that nobody has open."""
    with open(chemin, 'r+b') as fichier:
        fichier.seek(3 * 4096)
        fichier.write(os.urandom(40 * 4096))


def test_une_copie_faite_par_cp_pendant_le_service_manque_des_demandes_que_sauvegarder_a(ouverte, tmp_path):
    """Why the chapter « exploiter » forbids cp: what is in the -wal is not in the file."""
    with servie(ouverte) as processus:
        jeton = deposer(processus.url)
        subprocess.run(['cp', ouverte, tmp_path / 'cp.db'], check=True)
        assert lancer('sauvegarder', str(tmp_path / 's.db'), base=ouverte).returncode == 0
    assert jeton not in jetons(tmp_path / 'cp.db') and jeton in jetons(tmp_path / 's.db')


# --- restore ---


def test_restaurer_pendant_le_service_est_refuse(ouverte, tmp_path):
    exploitation.sauvegarder(ouverte, str(tmp_path / 's.db'))
    with servie(ouverte) as processus:
        refus = lancer('restaurer', str(tmp_path / 's.db'), base=ouverte)
        assert refus.returncode == 1 and 'déjà servie' in refus.stderr
        assert isinstance(deposer(processus.url), str)


def test_la_base_remplacee_garde_ce_qui_etait_encore_dans_son_wal(ouverte, tmp_path):
    exploitation.sauvegarder(ouverte, str(tmp_path / 's.db'))
    with servie(ouverte) as processus:
        jeton = deposer(processus.url)
        processus.kill()
        processus.wait()
    assert os.path.getsize(f'{ouverte}-wal') > 0
    faite = lancer('restaurer', str(tmp_path / 's.db'), base=ouverte)
    garde = re.search(r'gardée\s*: (\S+)\.$', faite.stdout, re.M)[1]
    assert not os.path.exists(f'{ouverte}-wal') and jeton in jetons(garde) and not jetons(ouverte)
    assert lancer('verifier', base=ouverte).returncode == 0 and lancer('verifier', base=garde).returncode == 0
    assert lancer('restaurer', garde, base=ouverte).returncode == 0 and jeton in jetons(ouverte)


def test_un_numero_dit_a_une_mairie_depuis_la_sauvegarde_n_est_jamais_redonne(ouverte, tmp_path):
    exploitation.sauvegarder(ouverte, str(tmp_path / 's.db'))
    with servie(ouverte) as processus:
        deposer(processus.url, message='Une.'), deposer(processus.url, message='Deux.')
    assert lue(ouverte, 'SELECT max(numero) FROM demande') == [(2,)]
    garde, *_ = exploitation.restaurer(ouverte, str(tmp_path / 's.db'))
    with servie(ouverte) as processus:
        deposer(processus.url)
    assert (lue(ouverte, 'SELECT numero FROM demande') == [(3,)]
            and not [faute for _, faute in exploitation.verifier(ouverte) if faute])
    assert lancer('restaurer', garde, base=ouverte).returncode == 0
    assert lue(ouverte, "SELECT max(numero), seq FROM demande, sqlite_sequence WHERE name = 'demande'") == [(2, 3)]


def test_une_base_trop_abimee_pour_dire_son_dernier_numero_se_dit_sauf_si_on_le_donne(ouverte, tmp_path):
    exploitation.sauvegarder(ouverte, str(tmp_path / 's.db'))
    for options, dit in ((), True), (('--apres', '41'), False):
        with open(ouverte, 'r+b') as fichier:
            fichier.write(bytes(4096))
        faite = lancer('restaurer', str(tmp_path / 's.db'), *options, base=ouverte)
        assert faite.returncode == 0 and ('restaurez de nouveau avec --apres' in faite.stdout) == dit
    assert lue(ouverte, "SELECT seq FROM sqlite_sequence WHERE name = 'demande'") == [(41,)]


@pytest.mark.parametrize('ferme', ['', '-wal'])
def test_une_base_d_un_autre_compte_n_est_pas_restauree_et_rien_ne_bouge(ouverte, tmp_path, ferme, monkeypatch):
    """What the -wal still holds would be lost with it."""
    exploitation.sauvegarder(ouverte, str(tmp_path / 's.db'))
    with servie(ouverte) as processus:
        jeton = deposer(processus.url)
        processus.kill()
        processus.wait()
    monkeypatch.setattr(os, 'access', lambda chemin, droit: droit == os.R_OK or chemin != ouverte + ferme)
    with pytest.raises(BaseIndisponible, match='ne peut pas écrire'):
        exploitation.restaurer(ouverte, str(tmp_path / 's.db'))
    monkeypatch.undo()
    assert jeton in jetons(ouverte) and not [nom for nom in os.listdir(tmp_path) if 'remplacee' in nom]


def test_un_voisin_de_la_base_pris_par_un_autre_compte_donne_503_et_la_sante_le_dit(site, base, monkeypatch):
    """chmod is refused on a file of another: the base is not there to be written, and that is no incident."""
    def refuser(*_):
        raise PermissionError(1, 'Operation not permitted')

    models.db.close()
    monkeypatch.setattr(os, 'access', lambda chemin, droit: droit != os.W_OK or not str(chemin).endswith('-wal'))
    monkeypatch.setattr(os, 'chmod', refuser)
    assert (not models.inscriptible(base) and site.get('/contact').status_int == 200
            and site.get('/sante').json['base'] == 'ok')


def test_sur_une_machine_neuve_on_dit_apres_quel_numero_reprendre_et_aucune_sauvegarde_n_est_encore_faite(
        ouverte, tmp_path):
    assert lancer('sauvegarder', str(tmp_path / 's.db'), base=ouverte).returncode == 0
    assert lancer('sauvegarder', str(tmp_path / 's2.db'), base=ouverte).returncode == 0
    assert lancer('restaurer', str(tmp_path / 's2.db'), '--apres', '1099', base=tmp_path / 'neuve.db').returncode == 0
    with servie(tmp_path / 'neuve.db') as processus:
        assert json.loads(lire(processus.url + '/sante')[2])['sauvegarde'] == 'jamais'
        deposer(processus.url)
    assert lue(tmp_path / 'neuve.db', 'SELECT numero FROM demande') == [(1100,)]


def test_revenir_en_arriere_garde_entiere_une_base_plus_recente_que_le_logiciel(ouverte, tmp_path):
    exploitation.sauvegarder(ouverte, str(tmp_path / 's.db'))
    recente = sqlite3.connect(ouverte)                              # left open: its line is only in the -wal
    recente.execute('PRAGMA user_version = 999')
    copie = shutil.copy(ouverte, str(tmp_path / 'recente.db'))
    shutil.copy(f'{ouverte}-wal', f'{copie}-wal')
    recente.close()
    garde, *_ = exploitation.restaurer(copie, str(tmp_path / 's.db'))
    assert (lue(garde, 'PRAGMA user_version') == [(999,)]
            and lue(copie, 'PRAGMA user_version') == [(models.VERSION_BASE,)])


def test_une_base_employee_par_une_autre_commande_n_est_pas_remplacee(ouverte, tmp_path):
    exploitation.sauvegarder(ouverte, str(tmp_path / 's.db'))
    with contextlib.closing(sqlite3.connect(ouverte)) as autre:
        autre.execute('SELECT count(*) FROM demande').fetchall()
        refus = lancer('restaurer', str(tmp_path / 's.db'), base=ouverte)
    assert (refus.returncode == 1 and 'Une autre commande' in refus.stderr
            and not [n for n in os.listdir(tmp_path) if 'remplacee' in n])


@pytest.mark.parametrize('reste', [b'plus rien de lisible', b'x' * 20_000, b''])
def test_une_base_illisible_se_remplace_et_reste_gardee(ouverte, tmp_path, reste):
    exploitation.sauvegarder(ouverte, str(tmp_path / 's.db'))
    with open(ouverte, 'wb') as fichier:
        fichier.write(reste)
    with open(f'{ouverte}-wal', 'wb') as fichier:
        fichier.write(b'un reste')
    garde, *_ = exploitation.restaurer(ouverte, str(tmp_path / 's.db'))
    assert open(garde, 'rb').read() == reste and open(f'{garde}-wal', 'rb').read() == b'un reste'
    assert not [faute for _, faute in exploitation.verifier(ouverte) if faute]


@pytest.mark.parametrize('contenu', [None, b'', b'pas une base', 'autre logiciel', 'abimee', 'la base'])
def test_une_mauvaise_sauvegarde_est_refusee_et_la_base_intacte(ouverte, tmp_path, contenu):
    fichier = str(tmp_path / 'mauvaise.db')
    if contenu == 'la base':
        fichier = ouverte
    elif contenu == 'abimee':
        exploitation.sauvegarder(ouverte, fichier)
        abimer(fichier)
    elif contenu == 'autre logiciel':
        with contextlib.closing(sqlite3.connect(fichier)) as autre:
            autre.execute('CREATE TABLE t (x)')
    elif contenu is not None:
        (tmp_path / 'mauvaise.db').write_bytes(contenu)
    avant = empreinte(ouverte)
    with pytest.raises((Refus, BaseIndisponible)) as refus:
        exploitation.restaurer(ouverte, fichier)
    assert contenu is not None or re.match(r'.*mauvaise\.db n\'existe pas, ou ce compte ne peut pas le lire',
                                           str(refus.value))
    assert (empreinte(ouverte) == avant
            and not [nom for nom in os.listdir(tmp_path) if 'remplacee' in nom or 'partiel' in nom])


@pytest.mark.parametrize('pragma', ['application_id = 3', 'user_version = 999', 'foreign_keys = 1'])
def test_une_copie_brute_ne_garde_rien_de_sqlite_a_cote_qu_elle_soit_prise_ou_refusee(ouverte, tmp_path, pragma):
    """One in WAL mode, as « cp » of a stopped base makes: reading it makes its neighbours, and leaves them."""
    models.debrancher()
    dossier = tmp_path / 'copies'
    dossier.mkdir()
    copie = shutil.copy(ouverte, dossier / 'brute.db')
    with contextlib.closing(sqlite3.connect(copie)) as brute:
        brute.execute(f'PRAGMA {pragma}')
    with contextlib.suppress(BaseIndisponible):
        exploitation.restaurer(ouverte, str(copie))
    assert os.listdir(dossier) == ['brute.db']


def empreinte(base):
    with open(base, 'rb') as fichier:
        return hashlib.sha256(fichier.read()).hexdigest()


@pytest.mark.parametrize('cible, rang', [
    ('link', 1), ('replace', 1), ('chmod', 1), ('fsync', 1), ('fsync', 2), ('fsync', 3)])
def test_un_echec_en_pleine_restauration_laisse_une_base_qui_sert(ouverte, tmp_path, monkeypatch, cible, rang):
    exploitation.sauvegarder(ouverte, str(tmp_path / 's.db'))
    vrai, appels = getattr(os, cible), []

    def panne(*arguments, **options):
        appels.append(1)
        if len(appels) == rang:
            raise OSError(5, 'panne simulée')
        return vrai(*arguments, **options)

    monkeypatch.setattr(exploitation.os, cible, panne)
    with pytest.raises(OSError, match='panne simulée'):
        exploitation.restaurer(ouverte, str(tmp_path / 's.db'))
    monkeypatch.undo()
    assert not [faute for _, faute in exploitation.verifier(ouverte) if faute]
    assert not [nom for nom in os.listdir(tmp_path) if 'partiel' in nom]


# --- verification ---

FAUTES = {
    'pièces jointes': "UPDATE piece SET contenu = x'00' WHERE id = 1",
    'pièces': "UPDATE piece SET taille = 4 WHERE id = 1",
    'quelqu\'un doit agir': 'UPDATE agent SET actif = 0',
    'numéros': "UPDATE sqlite_sequence SET seq = 0 WHERE name = 'demande'",
    'statuts écrits': "UPDATE demande SET statut = 'en_cours'",
    'index de recherche complet': 'DELETE FROM recherche WHERE rowid = 1',
    'index de recherche lisible': "UPDATE recherche_content SET c3 = 'autre chose' WHERE id = 1",
    'liens': 'UPDATE demande SET fiche_id = 999',
}


@pytest.mark.parametrize('quoi', FAUTES)
def test_verifier_trouve_chaque_sorte_de_faute_et_sort_avec_1(base, creer, quoi):
    demande = creer('attribue_chef')
    with models.ecriture():
        journal.joindre(demande, [('plan.pdf', b'%PDF-1.7')])
    models.debrancher()
    assert lancer('verifier', base=base).returncode == 0
    with contextlib.closing(sqlite3.connect(base)) as brute:
        brute.execute(FAUTES[quoi])
        brute.commit()
    controle = lancer('verifier', base=base)
    fausses = [ligne for ligne in controle.stdout.splitlines() if ligne.startswith('FAUX')]
    assert controle.returncode == 1 and quoi in fausses[-1] and len(controle.stderr.splitlines()) == 1
    # from SQLite 3.44 on the integrity check sees it too
    assert len(fausses) == 1 or quoi == 'index de recherche lisible'


def test_verifier_dit_ce_que_d_autres_comptes_peuvent_lire_et_une_page_abimee(ouverte):
    os.chmod(ouverte, 0o644)
    assert f'chmod 600 {ouverte}' in lancer('verifier', base=ouverte).stdout
    os.chmod(ouverte, 0o600)
    abimer(ouverte)
    controle = lancer('verifier', base=ouverte)
    assert controle.returncode == 1 and 'Traceback' not in controle.stderr
