"""Nothing acknowledged is lost:
the real server killed again and again under clients that send demandes and files.

ESSAIS_COUPURES: how many kills (6 by default).
"""

import hashlib
import os
import random
import re
import secrets
import sqlite3
import subprocess
import sys
import threading
import time

import pytest
from aiosmtpd.controller import Controller
from conftest import limiter
from serveur import ICI, PATIENCE, arreter, attendre, demander, demarrer, exiger, multipart, port_libre, servir_ici

import models

COUPURES = int(os.environ.get('ESSAIS_COUPURES', 6))
CLIENTS = 8
PAR_VIE = 8 * CLIENTS                                               # demandes at most between two kills


@pytest.fixture
def grande_ouverte(monde):
    """The small world without limits on deposits."""
    limiter(secondes_minimum=0, depots_adresse=1000, depots_courriel=1000)
    return monde


def un_envoi(qui, rang):
    """The form and the files of one demande, whose message names it: (message, body, type, [sha256 of the files])."""
    message = f'Coupure {qui}-{rang} {secrets.token_hex(4)}'
    pieces = [('pieces', f'plan {n}.txt', os.urandom(random.choice((200, 5_000, 60_000)))) for n in range(rang % 3)]
    champs = {'message': message, 'fiche': '1', 'collectivite': 'Rieumes', 'nom': 'Exemplaire', 'prenom': 'Jeanne',
              'meme_personne': 'oui', 'courriel': f'client{qui}-{rang}@rieumes.example', 'telephone': '0536490012',
              'cle': secrets.token_urlsafe(16)}
    corps, type_ = multipart(champs, pieces)
    return message, corps, type_, sorted(hashlib.sha256(octets).hexdigest() for *_, octets in pieces)


class Clients:
    """Eight people who send demande after demande, each again and again until it is acknowledged."""

    def __init__(self, port):
        self.port, self.accuses, self.etranges, self.renvois, self.fini = port, {}, [], 0, threading.Event()
        self.places = threading.Semaphore(PAR_VIE)
        self.fils = [threading.Thread(target=self.envoyer, args=(qui,)) for qui in range(CLIENTS)]
        for fil in self.fils:
            fil.start()

    def envoyer(self, qui):
        rang = 0
        while not self.fini.is_set():
            if not self.places.acquire(timeout=0.2):
                continue
            rang += 1
            message, corps, type_, sommes = un_envoi(qui, rang)
            jeton = self.insister(corps, type_)
            self.accuses[message] = jeton, sommes
            time.sleep(random.uniform(0.05, 0.4))

    def insister(self, corps, type_):
        """Send until acknowledged: the token of the tracking page."""
        for _ in range(2000):
            try:
                code, entetes, texte = demander(self.port, '/demande', 'POST', corps, Content_Type=type_)
            except OSError:
                self.renvois += 1
                time.sleep(0.05)
                continue
            trouve = re.fullmatch(r'/suivi/([\w-]{22})\?fait=depot', entetes.get('Location') or '')
            if code == 303 and trouve:
                return trouve[1]
            if code == 503 and entetes.get('Retry-After'):          # too busy: not acknowledged, to be sent again
                time.sleep(0.05)
                continue
            self.etranges.append((code, texte[:2000]))
            return None
        self.etranges.append('jamais de réponse')

    def arreter(self):
        self.fini.set()
        for fil in self.fils:
            fil.join()


class Relais:
    """An SMTP server that takes a little time and keeps the Message-ID of what it has accepted."""

    def __init__(self):
        self.recus = []

    async def handle_DATA(self, server, session, envelope):
        self.recus.append(re.search(rb'^Message-ID:\s*(\S+)', envelope.content, re.M | re.I)[1].decode())
        return '250 OK'


@pytest.fixture
def relais():
    boite = Relais()
    serveur = Controller(boite, hostname='127.0.0.1', port=port_libre(), ready_timeout=PATIENCE)
    serveur.start()
    boite.adresse = f'smtp://127.0.0.1:{serveur.port}'
    yield boite
    serveur.stop()


def courriels_a_part(base, smtp):
    """The verb « courriels » beside the server: it sends as the carrier does,
    without its ten seconds between two rounds."""
    return subprocess.Popen([sys.executable, 'plateforme.py', 'courriels'], cwd=ICI,
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                            env={**os.environ, 'PLATEFORME_BASE': base, 'PLATEFORME_SMTP': smtp})


def couper(base, clients, relais, processus):
    """Let the server take demandes and the sender send mails, kill both at any moment, start the server again."""
    accuses, recus = len(clients.accuses) + 2 * CLIENTS, len(relais.recus) + 1
    attendre(lambda: len(clients.accuses) >= accuses, processus)
    facteur = courriels_a_part(base, relais.adresse)
    attendre(lambda: len(relais.recus) >= recus, processus)
    time.sleep(random.uniform(0, 0.3))
    for mort in (processus, facteur):
        arreter(mort)
    clients.places.release(PAR_VIE)
    return demarrer(base, port=clients.port, PLATEFORME_SMTP=relais.adresse)


def test_rien_d_accuse_n_est_perdu_quand_le_service_est_tue_sous_huit_clients(base, grande_ouverte, relais):
    models.debrancher()
    vies = [demarrer(base, PLATEFORME_SMTP=relais.adresse)]
    clients = Clients(vies[0].port)
    try:
        for _ in range(COUPURES):
            vies.append(couper(base, clients, relais, vies[-1]))
    finally:
        clients.arreter()
        arreter(vies[-1])
    print(f'\n{COUPURES} coupures, {len(clients.accuses)} demandes accusées, {clients.renvois} renvois')
    assert (not clients.etranges and clients.renvois
            and not [vie for vie in vies if 'Traceback' in vie.journal()])
    lire = sqlite3.connect(base)
    assert (lire.execute('PRAGMA integrity_check').fetchall() == [('ok',)]
            and not lire.execute('PRAGMA foreign_key_check').fetchall())
    verifier_demandes(lire, clients.accuses)
    lire.close()
    verifier_courriels(base, relais)


def verifier_demandes(lire, accuses):
    """Each demande acknowledged in the end is there, once and whole:
    journal, files byte for byte, mails, index, team; and no other."""
    demandes = {message: (numero, jeton)
                for numero, jeton, message in lire.execute('SELECT numero, jeton, message FROM demande')}
    assert (lire.execute('SELECT COUNT(*) FROM demande').fetchone() == (len(demandes),)
            and demandes.keys() == accuses.keys())
    for message, (numero, jeton) in demandes.items():
        sommes = [(hashlib.sha256(contenu).hexdigest(), somme) for contenu, somme in lire.execute(
            'SELECT contenu, sha256 FROM piece WHERE demande_id = ?', (numero,))]
        assert ((jeton, sorted(s for s, _ in sommes)) == accuses[message]
                and all(vraie == dite for vraie, dite in sommes))
        un = 'SELECT {} FROM {} WHERE {} = ?'
        assert lire.execute(un.format("GROUP_CONCAT(nature, ' ')", 'journal', 'demande_id'),
                            (numero,)).fetchone() == ('depot statut',)
        assert lire.execute(un.format('COUNT(*)', 'courriel', "modele <> 'avis_depot' AND demande_id"),
                            (numero,)).fetchone() == (3,)
        assert lire.execute(un.format('COUNT(*)', 'recherche', 'rowid'), (numero,)).fetchone() == (1,)
        assert lire.execute(un.format('COUNT(*)', 'membre', 'demande_id'), (numero,)).fetchone() == (1,)
    assert lire.execute("SELECT COUNT(*) FROM courriel WHERE modele = 'avis_depot'").fetchone() == (3,)  # a day


def verifier_courriels(base, relais):
    """Ten minutes later the mails in hand at a kill leave too:
    none lost, at most one twice for each process killed (two a round)."""
    ecrire = sqlite3.connect(base, isolation_level=None)
    ecrire.execute("UPDATE courriel SET pris_le = '2020-01-01T00:00:00Z' WHERE pris_le IS NOT NULL")
    attendus = {identifiant for (identifiant,) in ecrire.execute('SELECT identifiant FROM courriel')}
    ecrire.close()
    facteur = courriels_a_part(base, relais.adresse)
    while facteur.poll() is None:                                   # however long, as long as mails leave
        avant = len(relais.recus)
        try:
            facteur.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            assert len(relais.recus) > avant, 'aucun courriel ne part plus'
    assert facteur.returncode == 0
    doubles = len(relais.recus) - len(set(relais.recus))
    print(f'{len(relais.recus)} courriels reçus, {doubles} en double')
    assert set(relais.recus) == attendus and doubles <= 2 * COUPURES


# --- what is acknowledged is on the disk ---


def test_une_demande_est_sur_le_disque_avant_d_etre_accusee(base, grande_ouverte, tmp_path):
    """Killing a process does not lose what the kernel holds:
    here strace sees the fdatasync of the journal of SQLite, then the 303."""
    exiger(strace='strace')
    if subprocess.run(['strace', '-o', '/dev/null', 'true'], capture_output=True).returncode:
        pytest.skip('strace n\'a pas le droit de suivre un processus ici (ptrace)')
    models.debrancher()
    trace = tmp_path / 'trace'
    appels = 'trace=fsync,fdatasync,recvfrom,sendto,sendfile,write'
    processus = demarrer(base, ('strace', '-D', '-f', '-y', '-s', '80', '-o', str(trace), '-e', appels, *servir_ici()))
    try:
        for rang in (1, 2):                       # the first write of all is synchronised anyway: the second one tells
            _, corps, type_, _ = un_envoi(1, rang)
            code, entetes, _ = demander(processus.port, '/demande', 'POST', corps, Content_Type=type_)
    finally:
        arreter(processus)
    # strace outlives what it watched by an instant
    attendre(lambda: '+++ killed' in trace.read_text(errors='replace')[-200:])
    lignes = trace.read_text(errors='replace').splitlines()
    recu, accuse = (max(n for n, ligne in enumerate(lignes) if texte in ligne)
                    for texte in ('POST /demande HTTP', 'HTTP/1.1 303'))
    ecrits = [ligne for ligne in lignes[recu:accuse] if re.search(r'f(data)?sync\(\d+<[^>]*-wal>', ligne)]
    print(f'\n{len(ecrits)} synchronisations du disque avant la réponse')
    assert code == 303 and entetes['Location'].startswith('/suivi/') and ecrits
