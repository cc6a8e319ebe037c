"""`recevoir -` as a relay runs it: its exit codes, and Postfix from end to end (regles.md §12)."""
import contextlib
import io
import os
import pwd
import re
import shutil
import smtplib
import sqlite3
import subprocess
import sys
import tempfile
import time
import types
from pathlib import Path

import pytest
from lettres_recues import lettre
from serveur import ICI, PLATEFORME, exiger, port_libre
from test_reponses import ADRESSE, AVEC_PDF, adresse_de, recoit  # noqa: F401 – a fixture

import models
import plateforme
from models import Journal

REGLAGES = {'PLATEFORME_REPONSES': ADRESSE}


@pytest.fixture
def base(creer):
    """The path of the base, and an answer to one of its demandes."""
    demande = creer('en_cours')
    return models.chemin_de_la_base(), lettre(adresse_de(demande))


def recevoir(base, octets, **environ):
    return subprocess.run([*PLATEFORME, 'recevoir', '-'], cwd=ICI, input=octets, capture_output=True, timeout=120,
                          env={**os.environ, 'PLATEFORME_BASE': base, **environ})


def destinataire(octets):
    return re.search(rb'Delivered-To: (.*)\r', octets)[1].decode()


def messages():
    with models.lecture():
        return [ligne.texte for ligne in Journal.select().where(Journal.nature == 'message')]


def test_le_relais_donne_un_message_et_il_est_range_ou_reste_au_relais_s_il_ne_peut_s_ecrire(base, tmp_path):
    chemin, octets = base
    for ailleurs, reglages in ((str(tmp_path / 'absente.db'), REGLAGES), (chemin, {}),
                               (chemin, REGLAGES | {'PLATEFORME_INCONNU': 'x'})):
        fait = recevoir(ailleurs, octets, **reglages)
        assert fait.returncode == 75 and len(fait.stderr.splitlines()) == 1, fait.stderr
    assert messages() == []
    fait = recevoir(chemin, octets, **REGLAGES)
    assert (fait.returncode, fait.stdout) == (0, b'') and b'rangee' in fait.stderr and messages() == ['Voici le plan.']
    assert b'@' not in fait.stderr
    assert recevoir(chemin, b'', **REGLAGES).returncode == 0
    assert recevoir(chemin, b'x' * 30_000_000, **REGLAGES).returncode == 0


@pytest.mark.parametrize('panne, dit', [
    ('tenue', 'occupée'), ('pleine', 'plein'), ('remplacee', 'déplacée ou remplacée')])
def test_une_base_qui_ne_s_ecrit_pas_ne_garde_rien_a_moitie(base, monkeypatch, panne, dit, capsys):
    chemin, octets = base
    octets = lettre(destinataire(octets), type_=AVEC_PDF[0], corps=AVEC_PDF[1].replace(b'Voici', b'Voici ' * 3000))
    monkeypatch.setattr(sys, 'stdin', types.SimpleNamespace(buffer=io.BytesIO(octets)))
    monkeypatch.setenv('PLATEFORME_REPONSES', ADRESSE)
    monkeypatch.setenv('PLATEFORME_BASE', chemin)
    brancher = models.brancher

    def dans_la_panne(base):
        brancher(base)
        if panne == 'remplacee':                                    # what `restaurer` does
            os.rename(chemin, f'{chemin}.ailleurs')
            return
        with models.ecriture():
            pages = models.db.execute_sql('PRAGMA page_count').fetchone()[0]
        models.db.execute_sql('PRAGMA busy_timeout = 100' if panne == 'tenue' else f'PRAGMA max_page_count = {pages}')

    with contextlib.closing(sqlite3.connect(chemin, isolation_level=None)) as autre:
        monkeypatch.setattr(models, 'brancher', dans_la_panne if panne != 'tenue' else lambda base: (
            dans_la_panne(base), autre.execute('BEGIN IMMEDIATE')))
        assert plateforme.main(['recevoir', '-']) == 75
    assert dit in capsys.readouterr().err.splitlines()[-1]
    if panne == 'remplacee':
        os.rename(f'{chemin}.ailleurs', chemin)
    models.db.close()
    brancher(chemin)
    assert messages() == []
    with models.lecture():
        assert not models.ReponseRecue.select().exists() and not models.Piece.select().exists()


# --- Postfix, from end to end ---
PRINCIPAL = """
compatibility_level = 3.6
queue_run_delay = 2s
minimal_backoff_time = 2s
maximal_backoff_time = 4s
queue_directory = {dossier}/file
data_directory = {dossier}/donnees
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
maillog_file = /dev/stdout
maillog_file_prefixes = /dev/stdout
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = reponses.example
mydestination =
alias_maps =
local_recipient_maps =
relay_domains = reponses.example
recipient_delimiter = +
transport_maps = regexp:{dossier}/plateforme
recipient_bcc_maps = regexp:{dossier}/boite
plateforme_destination_recipient_limit = 1
"""
SERVICES = """
127.0.0.1:{port} inet n - n - - smtpd
postlog unix-dgram n - n - 1 postlogd
""" + ''.join(f'{dit.replace(" ", " unix ", 1)}\n' for dit in (
    'pickup n - n 60 1 pickup', 'cleanup n - n - 0 cleanup', 'qmgr n - n 300 1 qmgr',
    'rewrite - - n - - trivial-rewrite', 'bounce - - n - 0 bounce', 'defer - - n - 0 bounce', 'error - - n - - error',
    'discard - - n - - discard', 'smtp - - n - - smtp', 'relay - - n - - smtp', 'showq n - n - - showq',
    'flush n - n 1000? 0 flush', 'proxymap - - n - - proxymap', 'anvil - - n - 1 anvil', 'scache - - n - 1 scache',
    'retry - - n - - error')) + """plateforme unix - n n - 2 pipe
  flags=DRO user=nobody argv=/usr/bin/env PLATEFORME_BASE={base} PLATEFORME_REPONSES={adresse}
  PYTHONPATH={paquets} PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 {ici}/plateforme.py recevoir -
boite unix - n n - 2 pipe flags=R user=nobody argv=/usr/bin/tee {dossier}/boite.eml
"""


@contextlib.contextmanager
def postfix(base):
    """A Postfix of its own, set as the chapter « exploiter » says: gives its port, and the folder of its mailbox."""
    dossier, port = tempfile.mkdtemp(), port_libre()
    ecrits = {'main.cf': PRINCIPAL, 'master.cf': SERVICES,
              'plateforme': '/^plateforme\\+[0-9]+\\.[a-z2-7]+@/ plateforme:\n/^equipe@/ boite:\n',
              'boite': '/^plateforme\\+[0-9]+\\.[a-z2-7]+@/ equipe@reponses.example\n'}
    paquets = next(chemin for chemin in sys.path if chemin.endswith('site-packages'))
    for nom, texte in ecrits.items():
        with open(f'{dossier}/{nom}', 'w') as fichier:
            fichier.write(texte.format(dossier=dossier, port=port, base=base, ici=ICI, paquets=paquets, adresse=ADRESSE)
                          if nom.endswith('.cf') else texte)
    os.chmod(dossier, 0o755)
    for nom, qui in (('file', 'root'), ('donnees', 'postfix')):
        os.mkdir(f'{dossier}/{nom}')
        shutil.chown(f'{dossier}/{nom}', qui)
    with open(f'{dossier}/boite.eml', 'w') as boite:
        os.chmod(boite.name, 0o666)
    with open(f'{dossier}/log', 'w') as log:
        fil = subprocess.Popen(['postfix', '-c', dossier, 'start-fg'], stdout=log, stderr=log)
        try:
            yield port, dossier
        finally:
            subprocess.run(['postfix', '-c', dossier, 'stop'], capture_output=True)
            fil.wait(timeout=30)
            shutil.rmtree(dossier)


def attendre(vrai, secondes=60):
    fin = time.monotonic() + secondes
    while time.monotonic() < fin:
        with contextlib.suppress(OSError):
            if vrai():
                return True
        time.sleep(0.2)
    return False


def test_postfix_range_la_reponse_et_la_boite_la_recoit_aussi(base):
    exiger(postfix='postfix')
    if os.getuid():
        pytest.skip('Postfix ne se lance que par root')
    chemin, octets = base
    dossier = tempfile.mkdtemp()
    copie = f'{dossier}/plateforme.db'
    with contextlib.closing(sqlite3.connect(chemin)) as brute:
        brute.execute('VACUUM INTO ?', (copie,))
    for quoi in (dossier, copie):
        os.chown(quoi, pwd.getpwnam('nobody').pw_uid, -1)
        os.chmod(quoi, 0o700)
    sans_livraison = octets.replace(b'Delivered-To', b'X-Vieux')

    def ranges():
        with contextlib.closing(sqlite3.connect(f'file:{copie}?mode=ro', uri=True)) as brute:
            return [texte for texte, in brute.execute("SELECT texte FROM journal WHERE nature = 'message' ORDER BY id")]

    def donner(de_plus):
        with smtplib.SMTP('127.0.0.1', port, timeout=20) as relais:
            relais.sendmail('mairie@rieumes.example', [destinataire(octets)], de_plus)

    with postfix(copie) as (port, poste):
        log, boite = Path(poste, 'log'), Path(poste, 'boite.eml')
        assert attendre(lambda: not smtplib.SMTP('127.0.0.1', port, timeout=5).close()), log.read_text()
        donner(sans_livraison)
        assert attendre(ranges), log.read_text()[-3000:]
        assert attendre(lambda: 'Voici le plan' in boite.read_text())
        os.rename(copie, f'{copie}.ailleurs')                       # being restored: the relay keeps it
        donner(sans_livraison.replace(b'<un@', b'<deux@').replace(b'Voici le plan', b'Et la suite'))
        assert attendre(lambda: 'status=deferred' in log.read_text()), log.read_text()[-3000:]
        os.rename(f'{copie}.ailleurs', copie)
        assert attendre(lambda: len(ranges()) == 2), log.read_text()[-3000:]
    assert ranges() == ['Voici le plan.', 'Et la suite.']
    shutil.rmtree(dossier)
