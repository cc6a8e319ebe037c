"""A real machine for what only root can try: this one's /usr, read-only, under an /etc and a /var of its own, started
by systemd-nspawn without a network, or entered by chroot without systemd. Nothing of the real machine is written."""
import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import tempfile

import pytest
from serveur import PATIENCE, attendre, exiger

ETC = ('alternatives', 'ld.so.cache', 'ld.so.conf', 'ld.so.conf.d', 'localtime', 'login.defs', 'nsswitch.conf',
       'os-release', 'pam.d', 'security', 'ssl/openssl.cnf')
COMPTES = ('passwd', 'group', 'shadow', 'gshadow')
DOSSIERS = ('usr', 'var/backups', 'opt', 'root', 'run', 'proc', 'sys', 'dev', 'tmp', 'local/sbin', 'etc/ssl')
MONTER = 'cd "$1" && mount --bind /usr usr && mount -o remount,bind,ro usr && mount --bind local usr/local && shift && '
PROPRE = {'PATH': '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'HOME': '/root', 'LANG': 'C.UTF-8'}


def racine(dossier, *fichiers):
    """The folder of a root that has nothing of the Plateforme but these files, in /root."""
    exiger(unshare='util-linux', nsenter='util-linux', mount='mount', runuser='util-linux', useradd='passwd')
    if os.geteuid() or subprocess.run(['unshare', '-m', 'mount', '--bind', '/usr', '/usr'],
                                      capture_output=True).returncode:
        pytest.skip('installer sur une vraie racine demande root, et de pouvoir monter un dossier')
    if not (os.path.exists('/usr/bin/python3') and os.path.islink('/bin')):
        pytest.skip('installer sur une vraie racine demande le python3 de Debian\u00a0: apt install python3')
    for nom in DOSSIERS:
        os.makedirs(dossier / nom)
    for nom in ETC:
        subprocess.run(['cp', '-a', f'/etc/{nom}', dossier / 'etc' / nom], check=False, capture_output=True)
    for nom in COMPTES:
        with open(f'/etc/{nom}') as lu, open(dossier / 'etc' / nom, 'w') as ecrit:
            ecrit.writelines(ligne for ligne in lu if not ligne.startswith('plateforme:'))
    (dossier / 'etc/machine-id').write_text('5' * 32 + '\n')
    for lien in ('bin', 'sbin', 'lib', 'lib64'):
        if os.path.islink(f'/{lien}'):
            os.symlink(os.readlink(f'/{lien}'), dossier / lien)
    for fichier in fichiers:
        shutil.copy(fichier, dossier / 'root')
    return dossier


def entree(dossier):
    """taper(*words, **environment) in a root without systemd: CompletedProcess."""
    ordre = f'{MONTER}mount --rbind /dev dev && mount -t proc proc proc && exec chroot . "$@"'
    return _taper(['unshare', '-m', 'sh', '-c', ordre, 'sh', dossier])


@contextlib.contextmanager
def demarree(dossier):
    """The same in a root that systemd-nspawn has started, until the end of the block."""
    exiger(**{'systemd-nspawn': 'systemd-container'})
    if not os.path.exists('/usr/lib/systemd/systemd'):
        pytest.skip('il manque systemd\u00a0: apt install systemd-sysv')
    sans_hote = '' if os.path.isdir('/run/systemd/system') else '--keep-unit'
    ordre = f'{MONTER}exec systemd-nspawn -q --register=no {sans_hote} --private-network -D . --boot'
    verrou = open(os.path.join(tempfile.gettempdir(), 'plateforme-machine.verrou'), 'w')
    with verrou, open(dossier.parent / 'console', 'wb') as console:
        fcntl.flock(verrou, fcntl.LOCK_EX)                          # two would share the control groups of their units
        machine = subprocess.Popen(['unshare', '-m', 'sh', '-c', ordre, 'sh', dossier],
                                   stdin=subprocess.DEVNULL, stdout=console, stderr=console)
        try:
            yield _taper(['nsenter', '--all', '-t', _premier(machine)])
        finally:
            for premier in _enfants(machine):
                os.kill(int(premier), signal.SIGKILL)
            machine.terminate()
            machine.wait(PATIENCE)


def _premier(machine):
    """The number of systemd itself, once it has started everything."""
    def prete():
        return _enfants(machine) and subprocess.run(
            ['nsenter', '--all', '-t', _enfants(machine)[0], 'systemctl', 'is-active', 'multi-user.target'],
            capture_output=True).returncode == 0

    try:
        attendre(prete, machine)
    except AssertionError:
        pytest.skip('systemd-nspawn ne démarre rien sur cette machine')
    return _enfants(machine)[0]


def _enfants(machine):
    try:
        with open(f'/proc/{machine.pid}/task/{machine.pid}/children') as enfants:
            return enfants.read().split()
    except OSError:
        return []


def _taper(devant):
    def taper(*mots, **environ):
        return subprocess.run([*devant, *mots], cwd='/', env=PROPRE | environ, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=PATIENCE)
    return taper
