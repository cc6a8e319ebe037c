"""An upgrade is one verb: nothing stops before what could refuse was looked at; killed at any moment, it goes on; the
way back is the same verb. On a real root started by systemd, with invented versions."""
import os
import re
import shutil
import sqlite3
import zipfile
from contextlib import closing

import pytest
from machine import demarree, entree, racine
from serveur import lancer

import models
import plateforme
from verbes.exploitation import installation, mise_a_jour

ICI_MEME = {'PLATEFORME_URL': 'http://127.0.0.1:8080'}
PYZ = ('/usr/bin/python3', '/root/plateforme.pyz')
SUIVANTE = models.VERSION_BASE + 1
ETAPE = f'\n-- == {SUIVANTE} : une invention ==\nCREATE TABLE invention (id INTEGER PRIMARY KEY) STRICT;\n'
RATEE = f'\n-- == {SUIVANTE} : une faute ==\nINSERT INTO absente VALUES (1);\n'
BASE = 'var/lib/plateforme/plateforme.db'


def inventer(fichier, cible, version, etape='', panne=''):
    """Another version of the single file: its number, a step of its schema, a fault at its start."""
    def refaire(nom, octets):
        if nom == 'plateforme.py':
            octets = re.sub(rb"^VERSION = '.*?'", f"VERSION = '{version}'".encode(), octets, flags=re.M)
            octets = octets.replace(b'def servir(configuration, options=None):\n',
                                    f'def servir(configuration, options=None):\n    {panne or "pass"}\n'.encode(), 1)
        if nom == 'models.py' and etape:
            octets = re.sub(rb'^VERSION_BASE = .*$', f'VERSION_BASE = {SUIVANTE}'.encode(), octets, flags=re.M)
        return octets + etape.encode() if nom == 'migrations.sql' else octets

    with zipfile.ZipFile(fichier) as lu, zipfile.ZipFile(cible, 'w', zipfile.ZIP_DEFLATED) as ecrit:
        for nom in lu.namelist():
            ecrit.writestr(nom, refaire(nom, lu.read(nom)))
    return cible


def etape(ici):
    with closing(sqlite3.connect(f'file:{ici / BASE}?mode=ro', uri=True)) as brute:
        return brute.execute('PRAGMA user_version').fetchone()[0]


def actuel(ici):
    return os.readlink(ici / 'opt/plateforme/actuel')


def faite(fini, code=0):
    assert fini.returncode == code and 'Traceback' not in fini.stderr, (fini.stdout, fini.stderr)
    assert not code or len(fini.stderr.splitlines()) == 1, fini.stderr
    return fini.stderr if code else fini.stdout


def sert(taper, version=plateforme.VERSION):
    assert taper('systemctl', 'is-active', 'plateforme').stdout == 'active\n'
    dit = taper('/usr/bin/curl', '-s', 'http://127.0.0.1:8080/sante').stdout
    return f'"version": "{version}' in dit


@pytest.fixture
def fichiers(fichier_unique, tmp_path):
    """The single file, and those of invented versions."""
    dossier = tmp_path / 'versions'
    dossier.mkdir()
    (dossier / 'abime.pyz').write_bytes(open(fichier_unique, 'rb').read()[:-5000])
    (dossier / 'autre.pyz').write_bytes(b'PK')
    return [fichier_unique, dossier / 'abime.pyz', dossier / 'autre.pyz',
            inventer(fichier_unique, dossier / 'v2.pyz', '2100.01'),
            inventer(fichier_unique, dossier / 'v3.pyz', '2100.02', ETAPE),
            inventer(fichier_unique, dossier / 'ratee.pyz', '2100.03', RATEE),
            inventer(fichier_unique, dossier / 'muette.pyz', '2100.04', ETAPE, 'raise SystemExit(3)'),
            inventer(fichier_unique, dossier / 'dite.pyz', '2100.05', panne='raise Refus("la panne inventée")')]


def test_une_mise_a_jour_se_fait_se_refuse_et_se_defait(fichiers, tmp_path):
    ici = racine(tmp_path / 'racine', *fichiers)
    with demarree(ici) as taper:
        refus = faite(taper(*PYZ, 'mettre-a-jour', '/root/v2.pyz'), 1)
        assert 'Rien n\'est installé' in refus
        faite(taper(*PYZ, 'installer', **ICI_MEME))
        _ce_qui_est_refuse_n_arrete_rien(ici, taper)
        _une_version_sans_etape(ici, taper)
        _une_version_avec_etape(ici, taper)
        _une_etape_qui_echoue_se_defait_seule(ici, taper)
        _une_version_qui_ne_demarre_pas(ici, taper)
        _tuee_a_chaque_instant_elle_reprend(ici, taper)


def _ce_qui_est_refuse_n_arrete_rien(ici, taper):
    avant, premier = actuel(ici), taper('systemctl', 'show', '-P', 'MainPID', 'plateforme').stdout
    for fichier, dit in (('/root/abime.pyz', 'comparez son empreinte'), ('/root/autre.pyz', 'comparez son empreinte'),
                         ('/etc/passwd', 'comparez son empreinte'), ('/root', "est un dossier. Rien n'a été changé"),
                         ('/root/absent.pyz', "/root/absent.pyz\u00a0: n'existe pas. Rien n'a été changé")):
        assert dit in faite(taper('plateforme', 'mettre-a-jour', fichier), 1)
    assert 'déjà là' in faite(taper('plateforme', 'mettre-a-jour', '/root/plateforme.pyz'))
    assert 'Aucune mise à jour' in faite(taper('plateforme', 'mettre-a-jour', '--revenir'), 1)
    assert taper('plateforme', 'mettre-a-jour').returncode == 2
    assert taper('plateforme', 'mettre-a-jour', '/root/v2.pyz', '--revenir').returncode == 2
    _sans_place(taper)
    _sans_sa_signature(ici, taper)
    assert (actuel(ici), taper('systemctl', 'show', '-P', 'MainPID', 'plateforme').stdout) == (avant, premier)


def _sans_sa_signature(ici, taper):
    """From end to end with ssh-keygen: whoever signs is known of this machine, and nobody else is believed."""
    for nom in ('bonne', 'autre'):
        assert taper('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', f'/root/{nom}').returncode == 0
    signataires, cle = ici / 'etc/plateforme.signataires', (ici / 'root/bonne.pub').read_text()
    signataires.write_text(f'plateforme namespaces="plateforme" {cle}')
    for cle in (None, 'autre', 'bonne'):
        if cle:
            (ici / 'root/v2.pyz.sig').unlink(missing_ok=True)
            signe = taper('ssh-keygen', '-Y', 'sign', '-n', 'plateforme', '-f', f'/root/{cle}', '/root/v2.pyz')
            assert signe.returncode == 0, signe
        if cle != 'bonne':
            assert '.sig n\'est pas la signature' in faite(taper('plateforme', 'mettre-a-jour', '/root/v2.pyz'), 1)
    shutil.copy(ici / 'root/v2.pyz', ici / 'root/v2-changee.pyz')
    with zipfile.ZipFile(ici / 'root/v2-changee.pyz', 'a') as changee:
        changee.writestr('intrus.py', '')
    shutil.copy(ici / 'root/v2.pyz.sig', ici / 'root/v2-changee.pyz.sig')
    assert 'la signature' in faite(taper('plateforme', 'mettre-a-jour', '/root/v2-changee.pyz'), 1)


def _sans_place(taper):
    """The folder of the backups is on a disk of 50 MB: the service has not stopped."""
    monter = 'mount -t tmpfs -o size=50m tmpfs /var/backups/plateforme && chown plateforme: /var/backups/plateforme'
    assert taper('sh', '-c', monter).returncode == 0
    refus = faite(taper('plateforme', 'mettre-a-jour', '/root/v2.pyz'), 1)
    assert 'pas la place' in refus and 'Rien n\'a été changé' in refus and '/var/backups/plateforme' in refus
    assert taper('umount', '/var/backups/plateforme').returncode == 0


def _une_version_sans_etape(ici, taper):
    """Going back keeps what was written since: no step has changed the base."""
    avant = actuel(ici)
    dit = faite(taper('plateforme', 'mettre-a-jour', '/root/v2.pyz'))
    assert '2100.01' in dit and '--revenir' in dit and sert(taper, '2100.01') and actuel(ici).startswith('2100.01-')
    faite(taper('plateforme', 'agent', 'a@exemple.fr', '--administrateur', '--prenom', 'Ada', '--nom', 'Exemple'))
    assert 'déjà là' in faite(taper('plateforme', 'mettre-a-jour', '--revenir'))
    assert actuel(ici) == avant and sert(taper)
    assert 'a@exemple.fr' in taper('plateforme', 'agent', '--liste').stdout
    assert not [nom for nom in os.listdir(ici / 'var/lib/plateforme') if 'remplacee' in nom]
    assert 'Rien' not in faite(taper('plateforme', 'mettre-a-jour', '--revenir'))          # twice does no harm


def _une_version_avec_etape(ici, taper):
    avant = actuel(ici)
    (ici / 'etc/plateforme.signataires').unlink()
    dit = faite(taper('plateforme', 'mettre-a-jour', '/root/v3.pyz'))
    assert 'une invention' in dit and etape(ici) == SUIVANTE and sert(taper, '2100.02')
    refus = faite(taper('plateforme', 'mettre-a-jour', '/root/v2.pyz'), 1)
    assert 'plus récente' in refus and 'Rien n\'a été changé' in refus and sert(taper, '2100.02')
    dit = faite(taper('plateforme', 'mettre-a-jour', '--revenir'))
    assert 'remplacee' in dit and etape(ici) == models.VERSION_BASE and actuel(ici) == avant
    assert sert(taper) and 'a@exemple.fr' in taper('plateforme', 'agent', '--liste').stdout


def _une_etape_qui_echoue_se_defait_seule(ici, taper):
    avant = actuel(ici)
    refus = faite(taper('plateforme', 'mettre-a-jour', '/root/ratee.pyz'), 1)
    assert 'absente' in refus and 'service reparti' in refus
    assert actuel(ici) == avant and sert(taper) and etape(ici) == models.VERSION_BASE


def _une_version_qui_ne_demarre_pas(ici, taper):
    refus = faite(taper('plateforme', 'mettre-a-jour', '/root/muette.pyz'), 1)
    assert '--revenir' in refus and 'journalctl' in refus
    faite(taper('plateforme', 'mettre-a-jour', '--revenir'))
    assert sert(taper) and etape(ici) == models.VERSION_BASE
    refus = faite(taper('plateforme', 'mettre-a-jour', '/root/dite.pyz'), 1)
    assert 'ne démarre pas\u00a0: la panne inventée' in refus and '--revenir' in refus, refus
    faite(taper('plateforme', 'mettre-a-jour', '--revenir'))
    assert sert(taper)


def _tuee_a_chaque_instant_elle_reprend(ici, taper):
    """Killed with all that it runs, each time later, then typed again; the last time it comes to its end."""
    for secondes in (0.5, 1.5, 3, 4, 5, 6, 7, 8, 10):
        taper('sh', '-c', f'setsid plateforme mettre-a-jour /root/v3.pyz & p=$!; sleep {secondes}; kill -9 -- -$p')
        assert etape(ici) in (models.VERSION_BASE, SUIVANTE)
    attendre_le_verrou(taper)
    taper('plateforme', 'mettre-a-jour', '/root/v3.pyz')
    assert etape(ici) == SUIVANTE and sert(taper, '2100.02')
    assert taper('plateforme', 'verifier').returncode == 0
    faite(taper('plateforme', 'mettre-a-jour', '--revenir'))
    assert sert(taper) and 'a@exemple.fr' in taper('plateforme', 'agent', '--liste').stdout
    assert not [nom for nom in os.listdir(ici / 'opt/plateforme') if nom.startswith('.neuf')]


def attendre_le_verrou(taper):
    taper('flock', '-w', '60', f'{mise_a_jour.TRACE}.verrou', 'true')


def test_la_base_de_quelqu_un_d_autre_est_refusee_avant_l_arret(fichiers, tmp_path):
    ici = racine(tmp_path / 'racine', *fichiers[:1], fichiers[3])
    taper = entree(ici)
    faite(taper(*PYZ, 'installer', **ICI_MEME))
    (ici / BASE).unlink()
    with closing(sqlite3.connect(ici / BASE)) as brute:
        brute.execute('CREATE TABLE x (y)')
    shutil.chown(ici / BASE, *os.stat(ici / 'var/lib/plateforme')[4:6])
    refus = faite(taper('plateforme', 'mettre-a-jour', '/root/v2.pyz'), 1)
    assert 'n\'est pas une base de la Plateforme' in refus and 'Rien n\'a été changé' in refus
    assert actuel(ici).startswith(plateforme.VERSION)


# --- its parts ---


def test_migrer_a_l_essai_dit_les_etapes_sans_rien_changer(base):
    models.debrancher()
    octets = open(base, 'rb').read()
    fini = lancer('migrer', '--essai', base=base)
    assert fini.returncode == 0 and 'déjà à jour' in fini.stdout and open(base, 'rb').read() == octets
    assert lancer('migrer', '--essai', base=f'{base}.absente').returncode == 1


def test_une_copie_d_avant_etape_a_son_nom_une_fois_entiere(base, monkeypatch, tmp_path):
    models.debrancher()
    monkeypatch.setattr(models, 'VERSION_BASE', SUIVANTE)
    with closing(models.connexion_brute(base)) as brute:
        def panne(*_):
            raise OSError(28, 'plein')
        monkeypatch.setattr(models.os, 'fsync', panne)
        with pytest.raises(OSError):
            models._garder(brute, base, f'{base}.avant-etape-{SUIVANTE}')
    assert not [nom for nom in os.listdir(tmp_path) if 'etape' in nom]


def test_verifier_une_base_d_une_etape_d_avant_le_dit_en_francais(base, monkeypatch):
    from verbes.exploitation import exploitation
    models.debrancher()
    monkeypatch.setattr(models, 'VERSION_BASE', SUIVANTE)
    with pytest.raises(models.BaseIndisponible, match='plus ancienne que ce logiciel'):
        list(exploitation.verifier(base))


def test_seul_le_fichier_unique_met_a_jour(tmp_path):
    refus = faite(lancer('mettre-a-jour', 'x.pyz', base=tmp_path / 'x.db'), 1)
    assert 'make zip' in refus and installation.PROGRAMME not in refus


def test_un_outil_qui_manque_dit_son_paquet(monkeypatch, tmp_path):
    """Not « the signature is not theirs »: nothing has read it."""
    (tmp_path / 'signataires').write_text('plateforme ssh-ed25519 AAAA\n')
    monkeypatch.setattr(mise_a_jour, 'SIGNATAIRES', str(tmp_path / 'signataires'))
    monkeypatch.setenv('PATH', str(tmp_path))
    with pytest.raises(models.Refus, match='Il manque ssh-keygen\u00a0: apt install openssh-client. '):
        mise_a_jour._exiger_la_signature(str(tmp_path / 'x.pyz'))
    with pytest.raises(models.Refus, match='Il manque useradd\u00a0: apt install passwd.$'):
        installation.lancer('useradd')
