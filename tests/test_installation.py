"""The single file installs itself: on a real root, with and without systemd; nothing that someone changed is undone;
the chapter « installer » is enough."""

import hashlib
import os
import re
import shutil
import subprocess
import types
import zipfile

import pytest
from machine import demarree, entree, racine
from chapitres import lire, section
from serveur import ICI, lancer

from models import Refus
from verbes.exploitation import exploitation, installation

ICI_MEME = {'PLATEFORME_URL': 'http://127.0.0.1:8080'}
PYZ = ('/usr/bin/python3', '/root/plateforme.pyz')


def dits(fini, code=0):
    """[(what became of it, what)] of an installation, or the one sentence of a refusal."""
    assert fini.returncode == code and 'Traceback' not in fini.stderr, fini
    if code:
        assert len(fini.stderr.splitlines()) == 1, fini.stderr
        return fini.stderr
    return [(ligne[:9].strip(), ligne[9:]) for ligne in fini.stdout.partition('\n\n')[0].splitlines()]


def etats(fini):
    return {etat for etat, _ in dits(fini)}


# --- on a real root ---


def test_sous_systemd_un_fichier_suffit_a_servir_sauvegarder_et_recommencer(fichier_unique, tmp_path):
    ici = racine(tmp_path / 'racine', fichier_unique)
    (ici / 'var/backups/plateforme').mkdir()
    (ici / 'var/backups/plateforme/plateforme-2020-01-01.db').write_bytes(b'celle d\'une autre base')
    with demarree(ici) as taper:
        assert etats(taper(*PYZ, 'installer', '--essai', **ICI_MEME)) == {'à faire'}
        assert not os.path.exists(ici / 'etc/plateforme.env') and not os.listdir(ici / 'opt')
        fini = taper(*PYZ, 'installer', **ICI_MEME)
        assert etats(fini) == {'fait'} and 'plateforme agent' in fini.stdout
        _tout_est_en_place(ici, taper)
        assert etats(taper(*PYZ, 'installer', **ICI_MEME)) == {'déjà là'}
        _ce_qui_est_modifie_reste(ici, taper)
        _retirer_puis_remettre(ici, taper)


def _tout_est_en_place(ici, taper):
    modes = {chemin: (oct(os.stat(f'{ici}{chemin}').st_mode & 0o777), os.stat(f'{ici}{chemin}').st_uid == 0)
             for chemin in ('/etc/plateforme.env', '/var/lib/plateforme', '/var/backups/plateforme',
                            '/var/lib/plateforme/plateforme.db', installation.PROGRAMME, '/local/sbin/plateforme')}
    assert list(modes.values()) == [('0o600', True), ('0o700', False), ('0o700', False), ('0o600', False),
                                    ('0o644', True), ('0o755', True)], modes
    for unite in installation.EN_MARCHE:
        assert taper('systemctl', 'is-active', unite).stdout == 'active\n', taper('systemctl', 'status', unite)
        assert taper('systemctl', 'is-enabled', unite).stdout == 'enabled\n'
    assert taper('sha256sum', '--check', '--quiet', installation.RELEVE).returncode == 0
    assert sha256_de(ici / installation.PROGRAMME[1:]) == sha256_de(ici / 'root/plateforme.pyz')
    _les_commandes_sont_rapides(taper)
    compte = taper('plateforme', 'agent', 'a@exemple.fr', '--administrateur', '--prenom', 'Ada', '--nom', 'Exemple')
    assert 'http://127.0.0.1:8080/invitation/' in compte.stdout
    controle = taper('plateforme', 'controler').stdout
    assert re.search(r'^ok +service', controle, re.M) and re.search(r'^ok +sauvegarde', controle, re.M), controle
    assert 'FAUX' not in controle


def test_d_une_machine_vide_a_la_premiere_demande_accusee(fichier_unique, tmp_path):
    """The commands of « Installer », then what it says to do in a browser; the mail really leaves."""
    ici = racine(tmp_path / 'racine', fichier_unique, f'{ICI}/tests/premiere.py')
    chapitre = ' '.join(lire('installer').split())
    assert 'Administration, Calendrier' in chapitre and 'ouvre bientôt' in chapitre
    with demarree(ici) as taper:
        assert etats(taper(*PYZ, 'installer', PLATEFORME_SMTP='smtp://127.0.0.1:2525',
                           PLATEFORME_EXPEDITEUR='plateforme@exemple.fr', **ICI_MEME)) == {'fait'}
        compte = taper('plateforme', 'agent', 'a@exemple.fr', '--administrateur', '--prenom', 'Ada', '--nom', 'Exemple')
        fini = taper('/usr/bin/python3', '/root/premiere.py', compte.stdout.splitlines()[1])
        assert fini.returncode == 0 and fini.stdout.count('ok') == 5, (fini.stdout, fini.stderr)


def _les_commandes_sont_rapides(taper):
    """0.6 second of processor: nothing is compiled at each of them."""
    for verbe in (('--version',), ('controler', '--help'), ('exemples', 'nginx')):
        mesure = ('import os, subprocess, sys; subprocess.run(sys.argv[1:], check=True); '
                  't = os.times(); print(t[2] + t[3])')
        faite = taper('/usr/bin/python3', '-c', mesure, '/usr/bin/python3', '-I', installation.ACTUEL, *verbe)
        assert float(faite.stdout.splitlines()[-1]) <= 0.6, faite


def _ce_qui_est_modifie_reste(ici, taper):
    unite, reglages = ici / 'etc/systemd/system/plateforme.service', ici / 'etc/plateforme.env'
    livree, ecrits = unite.read_text(), reglages.read_text()
    unite.write_text(livree.replace('MemoryMax=512M', 'MemoryMax=600M'))
    fini = dits(taper(*PYZ, 'installer', PLATEFORME_EXPEDITEUR='a@exemple.fr'))
    assert [quoi.split(',')[0] for etat, quoi in fini if etat == 'fait'] == [
        '/etc/plateforme.env.nouveau', '/etc/systemd/system/plateforme.service.nouveau']
    assert 'MemoryMax=600M' in unite.read_text() and (unite.parent / f'{unite.name}.nouveau').read_text() == livree
    neufs = ici / 'etc/plateforme.env.nouveau'
    assert reglages.read_text() == ecrits and neufs.read_text() == ecrits + "PLATEFORME_EXPEDITEUR='a@exemple.fr'\n"
    assert os.stat(neufs).st_mode & 0o777 == 0o600
    # an older one of ours, that nobody changed, is brought up to date
    unite.write_text('# une ancienne\n' + livree)
    releve = ici / installation.RELEVE[1:]
    releve.write_text(releve.read_text().replace(sha256(livree), sha256(unite.read_text())))
    fini = dits(taper(*PYZ, 'installer'))
    assert [quoi for etat, quoi in fini if etat == 'fait'] == [
        f'/etc/systemd/system/plateforme.service{installation.A_RELANCER}', installation.RELEVE]
    assert unite.read_text() == livree and taper('systemctl', 'show', '-P', 'NeedDaemonReload',
                                                 'plateforme').stdout == 'no\n'


def sha256(texte):
    return hashlib.sha256(texte.encode()).hexdigest()


def sha256_de(fichier):
    return hashlib.sha256(fichier.read_bytes()).hexdigest()


def _retirer_puis_remettre(ici, taper):
    shutil.copy(ici / 'root/plateforme.pyz', ici / 'root/autre.pyz')
    with zipfile.ZipFile(ici / 'root/autre.pyz', 'a') as autre:
        autre.writestr('autre', '')
    refus = dits(taper(PYZ[0], '/root/autre.pyz', 'installer'), code=1)
    assert 'python3 -I /root/autre.pyz mettre-a-jour /root/autre.pyz' in refus    # the one installed may lack the verb
    assert etats(taper(*PYZ, 'installer', '--retirer')) == {'fait', 'gardé'}
    assert taper('systemctl', 'is-active', 'plateforme').stdout == 'inactive\n'
    assert not os.path.exists(ici / 'opt/plateforme') and not os.path.exists(ici / 'local/sbin/plateforme')
    assert [nom for nom in os.listdir(ici / 'etc/systemd/system') if 'plateforme' in nom] == [
        'plateforme.service.nouveau']
    assert taper('id', 'plateforme').returncode == 0 and os.path.exists(ici / 'var/lib/plateforme/plateforme.db')
    reglages = ici / 'etc/plateforme.env'
    ecrits = reglages.read_text()
    reglages.write_text(ecrits.replace("ECOUTE='127.0.0.1", "ECOUTE='192.0.2.1"))
    refus = dits(taper(*PYZ, 'installer'), code=1)
    assert 'cette machine n\'a pas cette adresse' in refus and 'retapez cette commande' in refus, refus
    reglages.write_text(ecrits)
    assert ('déjà là', 'la base /var/lib/plateforme/plateforme.db') in dits(taper(*PYZ, 'installer'))
    assert taper('systemctl', 'is-active', 'plateforme').stdout == 'active\n'


def test_sans_systemd_tout_est_pose_sauf_le_demarrage_qui_est_dit(fichier_unique, tmp_path):
    ici = racine(tmp_path / 'racine', fichier_unique)
    taper = entree(ici)
    assert 'PLATEFORME_URL' in dits(taper(*PYZ, 'installer'), code=1) and not os.listdir(ici / 'opt')
    (ici / 'etc/plateforme.env').write_text("PLATEFORME_URL=https://aides.exemple.fr # le nôtre\n"
                                            "PLATEFORME_BASE='/var/lib/plateforme/plateforme.db'\n")
    fini = dits(taper(*PYZ, 'installer'))
    assert fini[-1] == ('à faire', installation.SANS_SYSTEMD) and {etat for etat, _ in fini[:-1]} == {'fait'}
    assert ('fait', '/etc/plateforme.env') in fini and os.stat(ici / 'etc/plateforme.env').st_mode & 0o777 == 0o600
    assert '# le nôtre' in (ici / 'etc/plateforme.env').read_text()
    assert 'server_name aides.exemple.fr;' in taper('plateforme', 'exemples', 'nginx').stdout
    assert etats(taper(*PYZ, 'installer', '--retirer', '--essai')) == {'à faire', 'gardé'} and os.listdir(ici / 'opt')
    assert etats(taper(*PYZ, 'installer', '--retirer')) == {'fait', 'gardé'} and not os.listdir(ici / 'opt')


# --- its parts ---


def test_seul_le_fichier_unique_s_installe(tmp_path):
    for options in (), ('--essai',), ('--retirer',):
        refus = dits(lancer('installer', *options, base=tmp_path / 'x.db', **ICI_MEME), code=1)
        assert 'make zip' in refus and 'plateforme.pyz installer' in refus


def test_seul_root_installe(monkeypatch):
    seul = types.SimpleNamespace(loader=types.SimpleNamespace(archive='/home/a/plateforme.pyz'))
    monkeypatch.setattr(installation, '__spec__', seul)
    monkeypatch.setattr(os, 'geteuid', lambda: 1000)
    for faire in (lambda: installation.installer(ICI_MEME, '1'), installation.retirer):
        with pytest.raises(Refus, match='à taper par root.*/home/a/plateforme.pyz installer'):
            next(faire())


@pytest.fixture
def reglages(tmp_path, monkeypatch):
    """The path of an environment file that is not that of this machine."""
    monkeypatch.setattr(installation, 'ENVIRONNEMENT', str(tmp_path / 'plateforme.env'))
    return tmp_path / 'plateforme.env'


def test_le_fichier_des_reglages_se_lit_pareil_par_un_shell_et_par_nous(reglages):
    voulus = installation.D_OFFICE | {
        'PLATEFORME_URL': 'https://aides.exemple.fr',
        'PLATEFORME_SMTP': 'smtp://c:a$b"c\\d%20e`f` g@relais.exemple.fr?starttls=1', 'PLATEFORME_EXPEDITEUR': ''}
    reglages.write_bytes(installation._dire_reglages(voulus))
    assert installation.lire_reglages() == voulus
    lus = subprocess.run(['sh', '-c', f'set -a; . {reglages}; env -0'], env={}, capture_output=True, text=True)
    assert voulus.items() <= dict(ligne.split('=', 1) for ligne in lus.stdout.split('\0') if ligne).items()
    reglages.write_text("PLATEFORME_URL='https://aides")
    with pytest.raises(Refus, match='illisible'):
        installation.lire_reglages()


@pytest.mark.parametrize('environ, dit', [
    ({}, 'PLATEFORME_URL=https'),
    ({'PLATEFORME_URL': 'http://aides.exemple.fr'}, 'https://'),
    ({'PLATEFORME_URL': 'https://aides.exemple.fr', 'PLATEFORME_SMTP': "smtp://c:l'eau@localhost"}, '%27'),
    ({'PLATEFORME_URL': 'https://aides.exemple.fr', 'PLATEFORME_BASE': '/srv/x.db'}, 'PLATEFORME_BASE')])
def test_des_reglages_qui_ne_conviennent_pas_sont_refuses_avant_le_premier_acte(reglages, environ, dit):
    with pytest.raises(Refus, match=dit):
        installation._reglages_voulus(environ)


def test_un_fichier_de_reglages_ecrit_d_avance_dit_ou_est_la_base(reglages):
    reglages.write_text("PLATEFORME_URL='https://aides.exemple.fr'\n")
    with pytest.raises(Refus, match="PLATEFORME_BASE='/var/lib/plateforme/plateforme.db'"):
        installation._reglages_voulus({'PLATEFORME_BASE': '/var/lib/plateforme/plateforme.db'})


def test_les_reglages_donnes_completent_ceux_du_fichier_sans_en_perdre(reglages):
    url = {'PLATEFORME_URL': 'https://aides.exemple.fr'}
    assert installation._reglages_voulus({**url, 'PATH': '/bin'}) == installation.D_OFFICE | url
    reglages.write_text("PLATEFORME_BASE=/var/lib/plateforme/plateforme.db\nPLATEFORME_URL='https://a.exemple.fr'\n")
    assert installation._reglages_voulus({'PLATEFORME_EXPEDITEUR': 'a@exemple.fr'}) == {
        'PLATEFORME_BASE': '/var/lib/plateforme/plateforme.db', 'PLATEFORME_URL': 'https://a.exemple.fr',
        'PLATEFORME_EXPEDITEUR': 'a@exemple.fr'}


@pytest.mark.parametrize('la, change', [
    (None, False), (b'de cette version\n', False), (b'de cette version\n\n', False), (b'de la veille\n', False),
    (b'de la main de quelqu\'un\n', True), (b'', True)])
def test_un_fichier_que_nous_n_avons_pas_ecrit_est_modifie(tmp_path, la, change):
    chemin = str(tmp_path / 'unite')
    if la is not None:
        (tmp_path / 'unite').write_bytes(la)
    installes = {chemin: hashlib.sha256(b'de la veille\n').hexdigest()}
    assert installation._change_a_la_main(chemin, b'de cette version\n', installes) == change


def test_une_ecriture_qui_echoue_ne_laisse_ni_moitie_ni_reste(tmp_path, monkeypatch):
    (tmp_path / 'x').write_bytes(b'avant')
    monkeypatch.setattr(installation.os, 'replace', lambda *_: os.stat('/nulle/part'))
    with pytest.raises(FileNotFoundError):
        installation._ecrire(str(tmp_path / 'x'), b'apres', 0o600)
    assert os.listdir(tmp_path) == ['x'] and (tmp_path / 'x').read_bytes() == b'avant'


def test_les_unites_et_la_commande_disent_les_chemins_ou_tout_est_pose():
    unites = exploitation.dire_exemple('systemd')
    assert unites.count(f'-I {installation.ACTUEL} ') == 2 == unites.count(
        f'EnvironmentFile={installation.ENVIRONNEMENT}')
    assert f'compileall -q {installation.ACTUEL}/' in unites and unites.count(installation.PYTHON) == 3
    assert installation.DONNEES in unites and f'"{exploitation.SAUVEGARDES}/plateforme-' in unites
    commande = exploitation.lire_exemple('exemples/plateforme.commande')
    assert commande.count(installation.ACTUEL) == 2 and installation.ENVIRONNEMENT in commande
    assert {nom for *_, nom in installation.FICHIERS} == {'plateforme.commande', *exploitation.EXEMPLES['systemd']}


# --- the chapter ---


def test_le_chapitre_installe_en_douze_commandes_au_plus():
    chapitre = lire('installer')
    blocs = re.findall(r'^```\n(.*?)^```', section('installer', '## Les commandes'), re.S | re.M)
    commandes = re.sub(r'\\\n', ' ', ''.join(blocs)).splitlines()
    assert len(commandes) <= 12 and any(' installer' in commande for commande in commandes)
    tapees = ' '.join(commandes)
    assert tapees.index('plateforme.pyz installer') < tapees.index('plateforme agent') < tapees.index('controler')
    for chemin in [installation.PROGRAMME, installation.ENVIRONNEMENT, installation.COMMANDE, installation.RELEVE,
                   installation.DONNEES, exploitation.SAUVEGARDES]:
        assert chemin in chapitre
