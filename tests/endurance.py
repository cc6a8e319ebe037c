"""`make endurance`: ten days of the Plateforme in a hundred minutes: a real server whose clock goes a hundred times
faster, mairies, agents, a room of twenty, a backup each night; then each of FAUTES in its turn. At the end everything
that was acknowledged is there, each mail has left, the figures are those of a recount, and the memory of the one
process that lives through the last days, without fault, is that of their first. ENDURANCE_JOURS, ENDURANCE_MINUTES,
ENDURANCE_GRAINE change the size of it. A full disk asks for root (a tmpfs)."""
import concurrent.futures
import contextlib
import os
import pathlib
import random
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from unittest import mock

from chemins import RACINE
from aiosmtpd.controller import Controller
from bench import memoire
from conftest import DEPOTS, en_meme_temps, limiter
from recompte import Attendu, Raw
from serveur import UNITE, arreter, attendre, demander, demarrer, lancer, limites_d_ici, port_libre
from test_preuves import comparer, montrees
from test_robustesse import Clients, Relais
from test_zip import CHEF, _agir, _entrer

import langue
import models
from verbes.exploitation.demonstration import MOT_DE_PASSE
from verbes.pilotage import tableaux

ADMIN = 'maxime.exemple@haute-garonne.example'
PAS = 1800                                                          # simulated seconds of a step
PAR_JOUR = 86_400 // PAS
CALMES = 0.4                                                        # share of the days, the last ones, without fault
REMPLIE = 900                                                       # demandes that are there from the start
ACCUSES_EN_ATTENTE = "SELECT count(*) FROM courriel WHERE modele = 'accuse' AND envoye_le IS NULL AND echec_le IS NULL"
PAGES = ('/', '/catalogue', '/recherche?q=eau', '/demande?fiche=1', '/guide', '/actualites', '/agenda', '/ressources',
         '/espace', '/espace/annuaire', '/espace/documents', '/espace/pilotage', '/espace/pilotage/carte',
         '/espace/pilotage/territoires', '/espace/admin', '/espace/admin/supervision')
# The process: its clock is ours, ahead of the real one; its carrier makes its hour when the simulated one changes.
PRELUDE = """
import os, sys, time
os.chdir({code!r})
from datetime import UTC, datetime
import langue, plateforme
from verbes.exploitation import horloge, porteur

def lire(nom):
    with open({dossier!r} + '/' + nom) as fichier:
        return float(fichier.read())

vraie, ronde, heures = horloge.monotone, porteur._faire_une_ronde, [None]
langue.horloge = lambda: datetime.fromtimestamp(time.time() + lire('avance') + lire('saut'), UTC)
horloge.monotone = lambda: vraie() + lire('avance')

def faire(configuration, prevu):
    heure = lire('avance') // 3600
    if heures[0] != heure:
        heures[0], prevu['heure'] = heure, 0.0
    ronde(configuration, prevu)

porteur._faire_une_ronde, porteur.RONDE, porteur.ATTENTES_DU_RELAIS = faire, 2, (0.05,)
{limites}
sys.exit(plateforme.main(sys.argv[1:]))"""
FAUTES = ('tuer', 'remplir_le_disque', 'couper_le_relais', 'sauter', 'tuer', 'mettre_a_jour', 'tuer')


class Endurance:
    def __init__(self, dossier, graine=1, chaude=False):
        self.dossier, self.hasard, self.faits = dossier, random.Random(graine), Counter()
        self.base, self.code, self.memoires = f'{dossier}/donnees/plateforme.db', RACINE, []
        self.boite, self.port_du_relais, self.port = Relais(), port_libre(), port_libre()
        self.smtp = f'smtp://127.0.0.1:{self.port_du_relais}'
        self.regler(avance=0, saut=0)
        self.relais = self.ouvrir_le_relais()
        assert self.taper('demonstration').returncode == 0
        self.processus = self.demarrer()
        self.clients = Clients(self.port)
        if chaude:                                                  # of a département; what counted them is another
            self.clients.places.release(REMPLIE)
            while len(self.clients.accuses) < REMPLIE:
                time.sleep(1)
            arreter(self.processus)
            self.processus = self.demarrer()

    def regler(self, **valeurs):
        for nom, valeur in valeurs.items():
            with open(f'{self.dossier}/.{nom}', 'w') as fichier:
                fichier.write(str(valeur))
            os.replace(f'{self.dossier}/.{nom}', f'{self.dossier}/{nom}')

    def commande(self):
        return sys.executable, '-c', PRELUDE.format(code=self.code, dossier=self.dossier, limites=limites_d_ici())

    def taper(self, *mots):
        return lancer(*mots, base=self.base, commande=self.commande(), PLATEFORME_SMTP=self.smtp)

    def demarrer(self):
        return demarrer(self.base, (*self.commande(), 'servir'), port=self.port, PLATEFORME_SMTP=self.smtp, **UNITE)

    def chauffer(self):
        pages = [*PAGES, *(f'/espace/demandes?page={n}' for n in range(1, len(self.clients.accuses) // 50 + 2))]
        agents = [_entrer(f'http://127.0.0.1:{self.port}', qui) for qui in (CHEF, ADMIN) * 4]
        with concurrent.futures.ThreadPoolExecutor(8) as ensemble:
            list(ensemble.map(lambda agent: [agent.get(page, status='*') for page in pages], agents))

    def ouvrir_le_relais(self):
        relais = Controller(self.boite, hostname='127.0.0.1', port=self.port_du_relais, ready_timeout=60)
        relais.start()
        return relais

    def un_pas(self, rang):
        self.regler(avance=rang * PAS)
        self.clients.places.release(self.hasard.randint(1, 4))
        with contextlib.suppress(OSError, StopIteration):           # it is being killed
            self.memoires.append(memoire(self.processus.pid))
        {5: self.sauvegarder, 18: self.salle, 20: self.agents, 30: self.agents}.get(rang % PAR_JOUR, list)()

    def sauvegarder(self):
        copie = f'{self.dossier}/nuit.db'
        with contextlib.suppress(FileNotFoundError):
            os.unlink(copie)
        assert self.taper('sauvegarder', copie).returncode == 0
        self.faits['sauvegardes'] += 1

    def agents(self):
        """A chef de file confirms what has come; the server may be killed meanwhile."""
        with contextlib.suppress(OSError, AssertionError, StopIteration):
            chef = _entrer(f'http://127.0.0.1:{self.port}', CHEF)
            page = chef.get('/espace/demandes?statut=attribue_chef').text
            for numero in sorted(set(re.findall(r'/espace/demandes/(\d+)"', page)))[:5]:
                _agir(chef, numero, 'receptionner')
                self.faits['actes'] += 1

    def salle(self):
        codes, corps = Counter(), f'courriel={CHEF}&mot_de_passe={MOT_DE_PASSE.replace(" ", "+")}'

        def entrer(_):
            with contextlib.suppress(OSError):
                codes[demander(self.port, '/connexion', 'POST', corps.encode(), Sec_Fetch_Site='same-origin',
                               Content_Type='application/x-www-form-urlencoded')[0]] += 1

        en_meme_temps(20, entrer)
        assert set(codes) <= {303, 429, 503}, codes
        self.faits['entrées'] += codes[303]

    def tuer(self):
        arreter(self.processus)
        self.processus = self.demarrer()
        self.faits['tués'] += 1

    def remplir_le_disque(self):
        """Nothing more is acknowledged; once there is place again, it goes on by itself."""
        if not os.path.ismount(f'{self.dossier}/donnees'):
            self.faits['disques pleins, sautés (root)'] += 1
            return
        with open(f'{self.dossier}/donnees/lest', 'wb', buffering=0) as lest, contextlib.suppress(OSError):
            while lest.write(b'\0' * 65_536):
                pass
        time.sleep(3)
        os.unlink(f'{self.dossier}/donnees/lest')
        self.faits['disques pleins'] += 1

    def couper_le_relais(self):
        self.relais.stop()
        time.sleep(5)
        self.relais = self.ouvrir_le_relais()
        self.faits['relais coupés'] += 1

    def sauter(self):
        """A year ahead, then right again: no mairie is asked anything, until the hour is confirmed on screen."""
        bientot = self.horloge() + langue.timedelta(days=100)
        self.regler(saut=400 * 86_400)
        attendre(lambda: self.compter("SELECT count(*) FROM reglage WHERE cle = 'heure_douteuse'"), self.processus)
        time.sleep(3)
        self.regler(saut=0)
        assert not self.compter("SELECT count(*) FROM courriel WHERE modele = 'rappel_question' "
                                f"AND cree_le > '{bientot:%Y-%m-%d}'")
        _entrer(f'http://127.0.0.1:{self.port}', ADMIN).post('/espace/admin/supervision/heure', status=303)
        self.faits['horloges'] += 1

    def mettre_a_jour(self):
        self.code = f'{self.dossier}/suite{self.faits["mises à jour"]}'
        shutil.copytree(RACINE, self.code, ignore=shutil.ignore_patterns('.*', '*.db*', '__pycache__', 'dist', 'tests'))
        etape = models.VERSION_BASE + 1 + self.faits['mises à jour']
        noms = pathlib.Path(self.code, 'models.py')
        noms.write_text(re.sub('^VERSION_BASE = .*$', f'VERSION_BASE = {etape}', noms.read_text('utf-8'), flags=re.M),
                        'utf-8')
        with open(f'{self.code}/migrations.sql', 'a') as migrations:
            for n in range(models.VERSION_BASE + 1, etape + 1):
                migrations.write(f'\n-- == {n} : invention {n} ==\n'
                                 f'CREATE TABLE invention_{n} (id INTEGER PRIMARY KEY) STRICT;\n')
        self.processus.terminate()
        self.processus.wait(60)
        migree = self.taper('migrer')
        assert migree.returncode == 0 and 'invention' in migree.stdout, migree
        self.processus = self.demarrer()
        self.faits['mises à jour'] += 1

    def compter(self, sql):
        with contextlib.closing(sqlite3.connect(f'file:{self.base}?mode=ro', uri=True)) as brute:
            return brute.execute(sql).fetchone()[0]

    def verifier(self, peser):
        par_jour = [max(self.memoires[n:n + PAR_JOUR]) for n in range(0, len(self.memoires), PAR_JOUR)]
        while attendent := self.compter(ACCUSES_EN_ATTENTE):        # however long it takes: only a hang ends this
            attendre(lambda avant=attendent: self.compter(ACCUSES_EN_ATTENTE) < avant, self.processus)
        self.clients.arreter()
        self.processus.terminate()
        self.processus.wait(120)
        journal = self.processus.journal()
        arreter(self.processus)
        assert 'Traceback' not in journal and not self.clients.etranges, (journal[-2000:], self.clients.etranges[:3])
        verifiee = self.taper('verifier')
        assert verifiee.returncode == 0, verifiee
        with contextlib.closing(sqlite3.connect(self.base)) as brute:
            self._verifier_les_demandes(brute)
            brute.execute('UPDATE courriel SET pris_le = NULL')
            brute.commit()
            attendus = {i for i, in brute.execute("SELECT identifiant FROM courriel WHERE modele = 'accuse' "
                                                  "AND destinataire LIKE 'client%'")}
        assert self.taper('courriels').returncode == 0
        assert not attendus - set(self.boite.recus), f'{len(attendus - set(self.boite.recus))} accusés perdus'
        self.relais.stop()
        with (mock.patch.object(langue, 'horloge', self.horloge),
              mock.patch.object(models, 'VERSION_BASE', models.VERSION_BASE + self.faits['mises à jour'])):
            models.brancher(self.base)
            self._recompter(langue.aujourdhui())
            models.debrancher()
        if peser:
            premier, dernier = par_jour[-int(len(par_jour) * CALMES)], par_jour[-1]
            print('Mo au plus, jour par jour\u00a0:', *par_jour, f'(même processus\u00a0: {premier}, {dernier})')
            assert dernier <= 1.10 * premier, f'{premier} Mo le premier jour, {dernier} le dernier'

    def _verifier_les_demandes(self, brute):
        demandes = {message: (numero, jeton) for numero, jeton, message in brute.execute(
            'SELECT numero, jeton, message FROM demande')}
        assert self.clients.accuses and self.clients.accuses.keys() <= demandes.keys()
        for message, (jeton, sommes) in self.clients.accuses.items():
            numero, sien = demandes[message]
            siennes = sorted(s for s, in brute.execute('SELECT sha256 FROM piece WHERE demande_id = ?', (numero,)))
            assert (sien, siennes) == (jeton, sommes), message

    def _recompter(self, jour):
        """Every figure of the tables, as an administrateur reads it, against plain loops over the rows."""
        raw, du, au = Raw(self.base, jour), f'{jour[:4]}-01-01', f'{jour[:4]}-12-31'
        with models.lecture():
            agent, = models.lire_agents('WHERE agent.courriel = ?', ADMIN)
            voulus = Attendu(raw, raw.lecteur(agent.id), {}, du, au).tableaux()
            lues = montrees(tableaux.regarder(agent, {'depuis': du, 'jusqua': au}, tableaux.d_avant(du, au)))
            if not any(c['canton'] for c in raw.collectivite):      # then the page has no table of cantons
                voulus = {rang: cases for rang, cases in voulus.items() if rang[0] != 'canton'}
            for rang, cases in voulus.items():
                for case, voulue in zip(lues[rang], cases, strict=True):
                    comparer(agent, case, voulue, rang)
        assert len(voulus) > 20

    def horloge(self):
        with open(f'{self.dossier}/avance') as avance:
            return langue.datetime.fromtimestamp(time.time() + float(avance.read()), langue.UTC)


@contextlib.contextmanager
def dossier_a_part():
    """A folder whose « donnees » is a small disk of its own, when root runs this."""
    with tempfile.TemporaryDirectory(prefix='endurance-') as dossier:
        donnees = f'{dossier}/donnees'
        os.mkdir(donnees)
        monter = ['mount', '-t', 'tmpfs', '-o', 'size=400m', 'tmpfs', donnees]
        monte = not os.geteuid() and not subprocess.run(monter, capture_output=True).returncode
        try:
            yield dossier
        finally:
            if monte:
                subprocess.run(['umount', donnees], check=True)


def mener(jours, minutes, graine=1, peser=True):
    limiter(secondes_minimum=0, **dict.fromkeys((*DEPOTS, 'pieces_heure', 'pieces_total'), 1_000_000))
    with dossier_a_part() as dossier:
        machine = Endurance(dossier, graine, chaude=peser)
        debut, pas = time.monotonic(), int(jours * PAR_JOUR)
        combien, agites = len(FAUTES) * max(1, round(jours / 2)), int(pas * (1 - CALMES))
        fautes = {agites * (n + 1) // (combien + 1): FAUTES[n % len(FAUTES)] for n in range(combien)}
        try:
            for rang in range(1, pas + 1):
                if peser and rang == agites + 1:
                    machine.chauffer()
                machine.un_pas(rang)
                if rang in fautes:
                    getattr(machine, fautes[rang])()
                time.sleep(max(0, debut + rang * minutes * 60 / pas - time.monotonic()))
            machine.verifier(peser)
        finally:
            models.debrancher()
            machine.clients.fini.set()
            if machine.processus.returncode is None:
                arreter(machine.processus)
        machine.faits |= {'demandes': len(machine.clients.accuses), 'renvois': machine.clients.renvois,
                          'courriels': len(machine.boite.recus), 'Mo au plus': max(machine.memoires)}
        return machine.faits


if __name__ == '__main__':
    JOURS, MINUTES = float(os.environ.get('ENDURANCE_JOURS', 10)), float(os.environ.get('ENDURANCE_MINUTES', 100))
    faits = mener(JOURS, MINUTES, int(os.environ.get('ENDURANCE_GRAINE', 1)))
    print(f'{JOURS:g} jours en {MINUTES:g} minutes\u00a0:', ', '.join(f'{n} {quoi}' for quoi, n in faits.items()))
