"""`make bench`: what the Plateforme costs on this machine, beside two limits measured in the same run.

A base of TAILLE demandes (20,000 unless said) is made from the demonstration; the real server answers, and its
processor time is read in /proc (every thread, in nanoseconds). L1 is a bare Bottle and waitress route that returns
20 kB; L2 the same with a Jinja2 table of 50 × 9 cells from memory. The rounds go over all the pages in turn; a figure
is the median of the rounds. Connections stay open, as those of browsers do.

AVANT=<a checkout of another version> serves it beside, on a base that its own bench makes, in the same rounds: each
figure is then followed by how many times that of the other it is.

GARDEE=<a path> keeps the base that was made there, and takes it again the next time: a million takes six minutes.

Each page is measured as it stays, and just after a setting has changed: all that is kept of reference is read again.
What is not of reference (lists, days, figures) is read at each view.
"""
import contextlib
import csv
import datetime
import functools
import http.client
import glob
import io
import itertools
import json
import os
import random
import re
import shutil
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections import namedtuple
from unittest import mock
from urllib.parse import urlencode

RACINE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [RACINE, *glob.glob(f'{RACINE}/tests/**/', recursive=True)]
import salle  # noqa: E402
from serveur import UNITE  # noqa: E402
from test_liste import EXEMPLES  # noqa: E402

import langue  # noqa: E402
import models  # noqa: E402
from verbes import comptes  # noqa: E402
from verbes.exploitation import demonstration, installation, porteur  # noqa: E402
from verbes.exploitation.environnement import Configuration  # noqa: E402
from verbes.administration import passation, succession  # noqa: E402
from verbes.echanges import lots, revue  # noqa: E402
from verbes.demande import liste  # noqa: E402
from verbes.pilotage import carte  # noqa: E402
from views.criteres import AUTRES, LUES, REFERENT, colonnes_sql  # noqa: E402

TAILLE = int(os.environ.get('TAILLE', '20000'))
ROUNDS, SECONDES = 3, 0.4                           # at least this much processor time for a page in a round
PYZ = os.path.join(RACINE, 'dist', 'plateforme.pyz')


# ======================================================================================
# The base: the demonstration, its demandes repeated
# ======================================================================================

# Each copy takes the rows of its model under its own number. « n » holds (numero, modele, depot), made by the bench.
COPIES = (
    """INSERT INTO demande SELECT {colonnes} FROM n JOIN demande d ON d.numero = n.modele""",
    """INSERT INTO membre (demande_id, role, rang, agent_id, structure_id, direction_id, depuis_le)
       SELECT n.numero, role, rang, agent_id, structure_id, direction_id, depuis_le """
    'FROM n JOIN membre ON demande_id = modele',
    """INSERT INTO journal (demande_id, cree_le, nature, acte_le, statut, agent_id, auteur, structure, texte)
       SELECT n.numero, n.depot, nature, acte_le, statut, agent_id, auteur, structure, texte """
    'FROM n JOIN journal ON demande_id = modele',
    """INSERT INTO recherche (rowid, collectivite, fiche, lieu, message, journal, contact)
       SELECT n.numero, collectivite, fiche, lieu, message, journal, contact
       FROM n JOIN recherche r ON r.rowid = modele""",
)
# The days of a closed one follow its deposit.
DECALEE = """iif(d.clos_le IS NULL, d.{0}, date(d.{0}, (julianday(substr(n.depot, 1, 10))
                                                      - julianday(substr(d.depose_le, 1, 10))) || ' days'))"""
CHANGES = {'numero': 'n.numero', 'jeton': "printf('%022d', n.numero)", 'cle': 'NULL', 'empreinte': 'NULL',
           'depose_le': 'n.depot', 'echeance': DECALEE.format('echeance'),
           'premier_contact_le': DECALEE.format('premier_contact_le')}
AGENTS = {'expert': 'claude.temoin@hgi.example', 'chef': 'camille.exemple@hgi.example',
          'admin': 'maxime.exemple@haute-garonne.example', 'charge': 'charge@hgi.example'}
CHARGE = 318                                                        # how many open demandes one chef has
PHRASE = 'nous voulons refaire le toit de l\'école'
RARE = 'xylophone'                                                  # of three demandes, in their index


def construire(chemin):
    """A base at this path, that of GARDEE or a new one; returns ({who: cookie}, demande): sessions, the open
    demande that the pages show, the newest of the RARE ones.
    """
    gardee = os.environ.get('GARDEE') or chemin
    if not os.path.exists(gardee):
        remplir(gardee)
    if gardee != chemin:
        shutil.copyfile(gardee, chemin)
    models.brancher(chemin)
    with models.ecriture():
        cookies = {qui: comptes.ouvrir_session(models.Agent.get(models.Agent.courriel == courriel))
                   for qui, courriel in AGENTS.items()}
        numero, = models.db.execute_sql('SELECT max(rowid) FROM recherche WHERE recherche MATCH ?', (RARE,)).fetchone()
        demande = models.Demande.get_by_id(numero)
    models.debrancher()
    return cookies, demande


def remplir(chemin):
    """A base of TAILLE demandes, in one file.

    The copies are mostly closed, as in a service that has run for years; the newest are open. Numbers follow the days
    of deposit, those of the demonstration too: theirs are given again, among the copies.
    """
    models.initialiser(chemin)
    models.brancher(chemin)
    demonstration.charger_demonstration()
    hasard = random.Random(31)
    with models.ecriture():
        db = models.db
        lues = db.execute_sql('SELECT depose_le, numero, clos_le IS NULL FROM demande ORDER BY numero').fetchall()
        closes, ouvertes = ([numero for _, numero, ouverte in lues if ouverte == voulu] for voulu in (0, 1))
        debut, combien = lues[-1][1] + 1, TAILLE - len(lues)
        copies = [(_jour_de_copie(rang / combien), hasard.choice(ouvertes if rang >= combien - 400 else closes), True)
                  for rang in range(combien)]
        rangees = sorted(copies + [(depot, numero, False) for depot, numero, _ in lues])
        db.execute_sql('CREATE TEMP TABLE n (numero INTEGER PRIMARY KEY, modele INTEGER, depot TEXT)')
        db.execute_sql('CREATE TEMP TABLE deplacee (ancien INTEGER PRIMARY KEY, nouveau INTEGER)')
        for numero, (depot, modele, copie) in enumerate(rangees, debut):
            db.execute_sql(*(('INSERT INTO n VALUES (?, ?, ?)', (numero, modele, depot)) if copie
                             else ('INSERT INTO deplacee VALUES (?, ?)', (modele, numero))))
        colonnes = ', '.join(CHANGES.get(f.column_name, f'd.{f.column_name}')
                             for f in models.Demande._meta.sorted_fields)
        noms = ', '.join(f.column_name for f in models.Demande._meta.sorted_fields)
        for copie in COPIES:
            db.execute_sql(copie.format(colonnes=colonnes)
                           .replace('INTO demande SELECT', f'INTO demande ({noms}) SELECT'))
        _renumeroter(db)
        _charger_un_chef(db)
        numeros = [numero for numero, in db.execute_sql('SELECT numero FROM n ORDER BY numero')]
        db.execute_sql('UPDATE recherche SET lieu = ? WHERE rowid IN (?, ?, ?)',
                       (RARE, numeros[0], numeros[combien // 2], numeros[-1]))
    carte.importer(dessiner(hasard))
    models._branche['ancre'].execute('PRAGMA wal_checkpoint(TRUNCATE)')
    models.debrancher()


def _jour_de_copie(part):
    """When a copy was deposited: part (0 to 1) of the ten years before November 2026."""
    return f'{datetime.date(2016, 11, 1) + datetime.timedelta(int(3652 * part))}T09:00:00Z'


def _renumeroter(db):
    """The demandes of « deplacee » under their new numbers, in every table that names them."""
    db.execute_sql('PRAGMA defer_foreign_keys = 1')
    db.execute_sql('INSERT INTO purge (id) VALUES (1)')              # the journal may be written again
    nommees = [(table, cle[3]) for table, in db.execute_sql("SELECT name FROM sqlite_master WHERE type = 'table'")
               for cle in db.execute_sql(f'PRAGMA foreign_key_list({table})') if cle[2] == 'demande']
    for table, colonne in (*nommees, ('demande', 'numero'), ('recherche', 'rowid')):
        db.execute_sql(f'UPDATE {table} SET {colonne} = (SELECT nouveau FROM deplacee '
                       f'WHERE ancien = {table}.{colonne}) '
                       f'WHERE {colonne} IN (SELECT ancien FROM deplacee)')
    db.execute_sql('DELETE FROM purge')


def _charger_un_chef(db):
    """One more chef de file, of CHARGE open demandes."""
    db.execute_sql('''INSERT INTO agent (direction_id, courriel, prenom, nom, mot_de_passe, cree_le, ouvert_le,
                                         engage_le)
                      SELECT direction_id, ?, 'Chef', 'Chargé', mot_de_passe, cree_le, ouvert_le, engage_le FROM agent
                      WHERE courriel = ?''', (AGENTS['charge'], AGENTS['chef']))
    db.execute_sql('''INSERT INTO membre (demande_id, role, rang, agent_id, structure_id, direction_id, depuis_le)
                      SELECT numero, 'chef_de_file', 1, agent.id, direction.structure_id, direction.id, depose_le
                      FROM demande, agent JOIN direction ON direction.id = agent.direction_id
                      WHERE clos_le IS NULL AND NOT restreinte AND agent.courriel = ? ORDER BY numero DESC LIMIT ?''',
                   (AGENTS['charge'], CHARGE))


def dessiner(hasard):
    """A GeoJSON of the communes of the base, 16 points each: squares side by side, whose corners and sides are bent."""
    with models.lecture():
        communes = [insee for insee, in models.db.execute_sql(
            "SELECT insee FROM collectivite WHERE type = 'Commune' AND insee IS NOT NULL ORDER BY insee")]
    cote = round(len(communes) ** 0.5) + 1
    grille = [[(0.5 + (x + hasard.random()) * 0.015, 42.7 + (y + hasard.random()) * 0.012)
               for y in range(4 * cote + 1)] for x in range(4 * cote + 1)]
    tour = [(0, n) for n in range(4)] + [(n, 4) for n in range(4)] + [(4, 4 - n) for n in range(4)] + [
        (4 - n, 0) for n in range(4)]
    objets = []
    for rang, insee in enumerate(communes):
        x, y = 4 * (rang % cote), 4 * (rang // cote)
        anneau = [grille[x + dx][y + dy] for dx, dy in (*tour, tour[0])]
        objets.append({'type': 'Feature', 'properties': {'code': insee},
                       'geometry': {'type': 'Polygon', 'coordinates': [anneau]}})
    return json.dumps({'type': 'FeatureCollection', 'features': objets}).encode()


# ======================================================================================
# Processes and requests
# ======================================================================================

def temoin(port):
    """The two limits, served as the Plateforme is (this file, run as a process of its own)."""
    import bottle
    import jinja2
    import waitress
    rendu = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    cases = ''.join(f'<td>{{{{ d.c{n} }}}}</td>' for n in range(9))
    gabarit = rendu.from_string('<table>{% for d in lignes %}<tr>' + cases + '</tr>\n{% endfor %}</table>')
    lignes = [{f'c{n}': f"L'élément n° {rang} de la colonne {n}"[:30] for n in range(9)} for rang in range(50)]
    app, corps = bottle.Bottle(), 'x' * 20_000
    app.get('/l1')(lambda: corps)
    app.get('/l2')(lambda: gabarit.render(lignes=lignes))
    waitress.serve(app, host='127.0.0.1', port=port, threads=8, ident=None)


def port_libre():
    with socket.socket() as prise:
        prise.bind(('127.0.0.1', 0))
        return prise.getsockname()[1]


# The service, whose limits stop nothing.
SERVIR = ['-c', 'import sys, plateforme; from verbes.valeurs import LIMITES, Limite; '
                'LIMITES.update({nom: Limite(1000000, 1000000) for nom in LIMITES if nom != "reseau_connu"}, '
                'secondes_minimum=Limite(0, 0)); '
                'sys.exit(plateforme.main(["servir"]))']


@contextlib.contextmanager
def processus(commande, port, premiere, base='', racine=RACINE):
    """A server until the end of the block: (pid, seconds until its first page)."""
    debut = time.perf_counter()
    serveur = subprocess.Popen([sys.executable, *commande], cwd=racine,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               env={**os.environ, **UNITE, 'PLATEFORME_BASE': base, 'PYTHONDONTWRITEBYTECODE': '',
                                    'PLATEFORME_ECOUTE': f'127.0.0.1:{port}'})
    try:
        while not _repond(port, premiere):
            assert serveur.poll() is None and time.perf_counter() - debut < 30, f'{commande} : ne répond pas'
            time.sleep(0.005)
        yield serveur.pid, time.perf_counter() - debut
    finally:
        serveur.terminate()
        serveur.wait(30)


def _repond(port, adresse):
    with contextlib.suppress(OSError):
        return demander(port, adresse)


def demander(port, *requete):
    """(status, headers, bytes) of one request on a connection of its own."""
    with contextlib.closing(connecter(port)) as connexion:
        return echanger(connexion, *requete)


def connecter(port):
    return http.client.HTTPConnection('127.0.0.1', port, timeout=120)


def echanger(connexion, chemin, cookie='', corps=None, genre=''):
    entetes = (({'Cookie': f'session={cookie}'} if cookie else {})
               | ({'Content-Type': genre, 'Sec-Fetch-Site': 'same-origin'} if genre else {}))
    connexion.request('POST' if corps else 'GET', chemin, corps, entetes)
    reponse = connexion.getresponse()
    return reponse.status, reponse.headers, reponse.read()


def processeur(pid):
    """Processor seconds of a process, every thread, user and system."""
    total = 0
    for fil in os.listdir(f'/proc/{pid}/task'):
        with open(f'/proc/{pid}/task/{fil}/schedstat') as etat:
            total += int(etat.read().split()[0])
    return total / 1e9


def memoire(pid, quoi='VmRSS'):
    """Resident megabytes of a process (VmHWM: the most it has held)."""
    with open(f'/proc/{pid}/status') as status:
        return next(round(int(ligne.split()[1]) / 1024) for ligne in status if ligne.startswith(quoi))


def mesurer(pid, port, faire, *arguments, entre=list):
    """Processor milliseconds of a process for one call, over a series of at least SECONDES; entre: before each."""
    with contextlib.closing(connecter(port)) as connexion:
        faire(connexion, *arguments)
        avant, fois = processeur(pid), 0
        while processeur(pid) - avant < SECONDES or fois < 5:
            entre()
            faire(connexion, *arguments)
            fois += 1
        return (processeur(pid) - avant) / fois * 1000


def lire_page(connexion, adresse, cookie):
    status, _, octets = echanger(connexion, adresse, cookie)
    assert status == 200, (adresse, status)
    return octets.decode()


# ======================================================================================
# Sending a demande, and the bare transaction it is compared with
# ======================================================================================

_envois = iter(range(10 ** 9))


def envoyer(connexion):
    """What a mairie does: open the form, send it."""
    status, entetes = _envoyer(connexion)
    assert status == 303 and entetes['Location'].startswith('/suivi/'), status


def _envoyer(connexion):
    numero = next(_envois)
    page = lire_page(connexion, '/demande?fiche=1', '')
    caches = {nom: re.search(f'name="{nom}" value="([^"]+)"', page)[1] for nom in ('cle', 'ouvert')}
    corps = urlencode({
        **caches, 'fiche': '1',
        'message': f'Nous souhaitons rénover la salle des fêtes, envoi {numero}.', 'lieu': 'Rue de la mairie',
        'collectivite': 'Rieumes', 'nom': 'Exemplaire', 'prenom': 'Jeanne', 'meme_personne': 'oui',
        'courriel': f'mairie{numero}@rieumes.example', 'telephone': '0536490012'})
    return echanger(connexion, '/demande', '', corps, 'application/x-www-form-urlencoded')[:2]


class Nue:
    """The same rows by raw sqlite3, in the same tables and indexes, synchronous=FULL: what the disk and SQLite cost
    by themselves."""

    def __init__(self, base):
        self.base = sqlite3.connect(base, isolation_level=None)
        self.base.execute('PRAGMA journal_mode = wal')              # VACUUM INTO does not keep it
        self.base.execute('PRAGMA synchronous = FULL')
        self.base.execute('PRAGMA foreign_keys = 1')
        self.modele = self.base.execute('SELECT max(numero) FROM demande').fetchone()[0]
        self.lignes = {table: self._lignes(table, cle) for table, cle in (
            ('demande', 'numero'), ('membre', 'demande_id'), ('journal', 'demande_id'), ('courriel', 'demande_id'),
            ('recherche', 'rowid'))}
        self.cout = []

    def _lignes(self, table, cle):
        """(insertion, rows): the number is the first value; the identifier of the table is left to SQLite."""
        curseur = self.base.execute(f'SELECT {cle} AS cle, * FROM {table} WHERE {cle} = ?', (self.modele,))
        noms = [c[0] for c in curseur.description]
        garde = [i for i, nom in enumerate(noms) if i == 0 or nom not in ('id', cle, 'marque', 'cle')]
        champs = ', '.join([cle, *(noms[i] for i in garde[1:])])
        return (f'INSERT INTO {table} ({champs}) VALUES ({", ".join("?" * len(garde))})', champs.split(', '),
                [[ligne[i] for i in garde] for ligne in curseur])

    def envoyer(self):
        debut = time.thread_time()
        self.modele += 1
        self.base.execute('BEGIN IMMEDIATE')
        for ordre, champs, lignes in self.lignes.values():
            for rang, ligne in enumerate(lignes):
                uniques = {'jeton': f'nu{self.modele}', 'identifiant': f'<nu{self.modele}.{rang}@exemple>'}
                self.base.execute(ordre, [self.modele, *(uniques.get(c, v) for c, v in zip(champs[1:], ligne[1:]))])
        self.base.execute('COMMIT')
        self.cout.append((time.thread_time() - debut) * 1000)


EXPORT_NU = ('SELECT d.*, t.nom, f.titre, s.nom, i.nom, '
             """(SELECT group_concat(m.role || ' ' || coalesce(a.prenom || ' ' || a.nom, ''), ', ')
               FROM membre m LEFT JOIN agent a ON a.id = m.agent_id WHERE m.demande_id = d.numero),
             (SELECT max(j.cree_le) FROM journal j WHERE j.demande_id = d.numero),
             (SELECT min(j.acte_le) FROM journal j WHERE j.demande_id = d.numero AND j.nature = 'proposition'),
             EXISTS (SELECT 1 FROM journal j WHERE j.demande_id = d.numero AND j.nature = 'statut'
                     AND j.statut = 'rejete')
               FROM demande d LEFT JOIN theme t ON t.id = d.theme_id LEFT JOIN fiche f ON f.id = d.fiche_id
               LEFT JOIN structure s ON s.id = d.structure_id LEFT JOIN direction i ON i.id = d.direction_id """
             'ORDER BY d.numero DESC')


def exporter_nu(base):
    """Processor milliseconds of the same columns by raw sqlite3 and csv."""
    debut = time.thread_time()
    with contextlib.closing(sqlite3.connect(base)) as brute, io.StringIO() as sortie:
        csv.writer(sortie, delimiter=';').writerows(brute.execute(EXPORT_NU))
    return (time.thread_time() - debut) * 1000


# ======================================================================================
# The run
# ======================================================================================

# What is committed, by another process, just before a view: a value that changes, or SQLite writes nothing.
COMMITS = {
    'inchangée':        'SELECT 1',
    'après un réglage': "UPDATE reglage SET valeur = hex(randomblob(8)) WHERE cle = 'horaires'",
}
# name: (address, who, a limit, how many times it as it stays at most; 0: no aim).
PAGES = {
    'L1 : Bottle et waitress, 20 ko': ('/l1', '', '', None),
    'L2 : tableau Jinja2, 50 × 9': ('/l2', '', '', None),
    'liste': ('/espace/demandes', 'expert', 'L2', 25),
    'liste, au milieu': (f'/espace/demandes?toutes=oui&page={min(TAILLE // 100, 99)}', 'expert', 'L2', 0),
    'liste filtrée': ('/espace/demandes?statut=termine&type=Commune', 'expert', 'L2', 0),
    'ma structure': ('/espace/demandes?structure=2', 'expert', 'L2', 0),
    'recherche rare': (f'/espace/demandes?q={RARE}', 'expert', 'L2', 0),
    'recherche courante': ('/espace/demandes?q=commune', 'expert', 'L2', 25),
    'mot et structure': ('/espace/demandes?q=commune&structure=2', 'expert', 'L2', 40),
    'statut et période': ('/espace/demandes?statut=termine&jusqua=2025-12-31', 'expert', 'L2', 40),
    'période et structure': ('/espace/demandes?structure=2&depuis=2022-01-01', 'expert', 'L2', 40),
    'ma journée, expert': ('/espace', 'expert', 'L2', 14),
    'ma journée, chef de file': ('/espace', 'chef', 'L2', 14),
    'ma journée, administrateur': ('/espace', 'admin', 'L2', 25),
    f'ma journée, chef de {CHARGE} ouvertes': ('/espace', 'charge', 'L2', 50),
    'demande et journal': ('/espace/demandes/{numero}', 'expert', 'L2', 5.5),
    'suivi': ('/suivi/{jeton}', '', 'L2', 4),
    'accueil': ('/', '', 'L1', 2.3),
    'catalogue': ('/catalogue', '', 'L1', 2.3),
    'fiche': ('{fiche}', '', 'L1', 2.3),
    'accueil, agent': ('/', 'expert', 'L2', 1.2),
    'catalogue, agent': ('/catalogue', 'expert', 'L2', 1.2),
    'fiche, agent': ('{fiche}', 'expert', 'L2', 1.2),
    'une actualité, agent': ('{actualite}', 'expert', 'L2', 1.2),
    'accueil, ?utm_source': ('/?utm_source=lettre', '', 'L2', 0.8),
    'catalogue filtré': ('/catalogue?theme=1&delai=3', '', 'L2', 1.5),
    'recherche, un mot': ('/recherche?q=%C3%A9cole', '', 'L2', 2.5),
    'recherche, une phrase': (f'/recherche?{urlencode({"q": PHRASE})}', '', 'L2', 2.5),
    'recherche, rien': (f'/recherche?q={RARE}', '', 'L2', 2.5),
    'annuaire': ('/espace/annuaire', 'expert', 'L2', 2),
    'formulaire': ('/demande', '', 'L2', 0.8),
    'formulaire, une fiche': ('/demande?fiche=1', '', 'L2', 0.8),
    'actualités': ('/actualites', '', 'catalogue', 1.2),
    'une actualité': ('{actualite}', '', 'catalogue', 1.2),
    'ressources': ('/ressources', '', 'catalogue', 1.2),
    'un projet exemplaire': ('{projet}', '', 'catalogue', 1.2),
    'agenda': ('/agenda', '', 'catalogue', 1.2),
    'un évènement': ('{evenement}', '', 'catalogue', 1.2),
}
CONTENUS = {'actualite': 'actualites', 'projet': 'projets', 'evenement': 'agenda'}


# A version that answers. cookies: {who: session}; adresses: what PAGES says in braces; autre: who commits beside.
Servi = namedtuple('Servi', 'pid port cookies adresses autre')


def servi(pid, port, base, cookies, numero, jeton):
    adresses = {'numero': numero, 'jeton': jeton, 'fiche': demander(port, '/fiches/1')[1]['Location'],
                **contenus_publics(base, port)}
    autre = sqlite3.connect(base, isolation_level=None)
    autre.execute('PRAGMA synchronous = OFF')
    return Servi(pid, port, cookies, adresses, autre)


# In the other version's checkout: what its bench makes, and how it is served.
FAIRE_AVANT = """import json, sys
sys.path[:0] = ['.', 'tests']
import bench
cookies, demande, *_ = bench.construire(sys.argv[1])
print(json.dumps([getattr(bench, 'SERVIR', ['plateforme.py']), [cookies, demande.numero, demande.jeton]]))"""


@contextlib.contextmanager
def servir_avant(dossier):
    """The version of AVANT until the end of the block, or None without one."""
    racine, base, port = os.environ.get('AVANT'), os.path.join(dossier, 'avant.db'), port_libre()
    if not racine:
        yield None
        return
    fait = subprocess.run([sys.executable, '-c', FAIRE_AVANT, base], cwd=racine, check=True, stdout=subprocess.PIPE)
    commande, dits = json.loads(fait.stdout.splitlines()[-1])
    with processus(commande, port, '/', base, racine) as (pid, _):
        yield servi(pid, port, base, *dits)


def tourner(notre, avant, pid_temoin, port_temoin, nue):
    """{(name, commit): [ms of each round]}, every page in turn in each round; those of the version of AVANT are under
    (name, commit, « avant »).
    """
    series = {}
    servis = {(): notre} | ({('avant',): avant} if avant else {})

    def noter(*cle_et_mesure):
        *cle, mesure = cle_et_mesure
        series.setdefault(tuple(cle), []).append(mesure)
    for _ in range(ROUNDS):
        for nom, (chemin, qui, _, but) in PAGES.items():
            if but is None:
                noter(nom, 'inchangée', mesurer(pid_temoin, port_temoin, lire_page, chemin, ''))
                continue
            for commit, sql in COMMITS.items():
                for suite, (pid, port, cookies, adresses, autre) in servis.items():
                    if not qui or qui in cookies:                   # the other version may not have made everybody
                        noter(nom, commit, *suite, mesurer(
                            pid, port, lire_page, chemin.format_map(adresses), cookies.get(qui, ''),
                            entre=functools.partial(autre.execute, sql)))
        for suite, (pid, port, *_) in servis.items():
            noter('envoi (GET + POST)', '', *suite, mesurer(pid, port, envoyer))
        for _ in range(100):
            nue.envoyer()
    return series


def contenus_publics(base, port):
    """{kind: the address of its newest content that everyone reads}."""
    with contextlib.closing(sqlite3.connect(base)) as brute:
        derniers = dict(brute.execute("SELECT genre, max(id) FROM contenu "
                                      "WHERE etat = 'publie' AND audience = 'public' GROUP BY genre"))
    return {genre: demander(port, f'/{lieu}/{derniers[genre]}')[1]['Location'] for genre, lieu in CONTENUS.items()}


def dire(nom, valeur, unite='ms', mesure='', vise=None):
    """One line of the report; vise: (value not to pass, its words)."""
    verdict = '' if not vise else f'{"oui" if valeur <= vise[0] else "NON"} : {vise[1]}'
    print(f'{nom:34} {valeur:9.2f} {unite:3} {mesure:>13}   {verdict}'.rstrip(), flush=True)


def rapport(series, nue):
    medianes = {cle: statistics.median(valeurs) for cle, valeurs in series.items()}
    limites = {nom[:2]: medianes[nom, 'inchangée'] for nom in PAGES if nom[:2] in ('L1', 'L2')}
    limites['catalogue'] = medianes['catalogue', 'inchangée']
    for nom, (_, _, limite, but) in PAGES.items():
        valeur = medianes[nom, 'inchangée']
        if but is None:
            dire(nom, valeur)
            continue
        dire(nom, valeur, mesure=f'{valeur / limites[limite]:.2f} {limite}{_contre_avant(series, nom, "inchangée")}',
             vise=(but * limites[limite], f'au plus {but} {limite}') if but else None)
        refaite = medianes[nom, 'après un réglage']
        dire('  après un réglage', refaite,
             mesure=f'{refaite / limites["L2"]:.2f} L2{_contre_avant(series, nom, "après un réglage")}')
    transaction, envoi = statistics.median(nue.cout), medianes['envoi (GET + POST)', '']
    dire('transaction nue (WAL)', transaction)
    dire('envoi (GET + POST)', envoi,
         mesure=f'{envoi / transaction:.2f} nue{_contre_avant(series, "envoi (GET + POST)", "")}',
         vise=(10 * transaction, 'au plus 10 transactions nues'))


def _contre_avant(series, *cle):
    """« , 0.85 avant »: the median of the rounds' ratios; '' when no other version was served."""
    fois = [notre / autre for notre, autre in zip(series[cle], series.get((*cle, 'avant'), ()))]
    return f', {statistics.median(fois):.2f} avant' if fois else ''


def mesurer_export(pid, port, cookie, base):
    """The CSV of the whole list beside raw sqlite3; then 8 readers who stall, and what another page feels of it."""
    nus, notres = [], []
    avant = memoire(pid, 'VmHWM')
    for _ in range(ROUNDS):
        nus.append(exporter_nu(base))
        debut = processeur(pid)
        taille = len(demander(port, '/espace/demandes.csv', cookie)[2])
        notres.append((processeur(pid) - debut) * 1000)
    nu, notre = statistics.median(nus), statistics.median(notres)
    dire('export brut (sqlite3 + csv)', nu)
    dire(f'export CSV ({taille / 1e6:.1f} Mo)', notre, mesure=f'{notre / nu:.2f} brut',
         vise=(1.6 * nu, 'au plus 1,6 brut'))
    dire('mémoire de plus pour l\'export', memoire(pid, 'VmHWM') - avant, 'Mo', vise=(20, 'au plus 20 Mo'))
    bloques = []
    for _ in range(8):
        prise = socket.create_connection(('127.0.0.1', port))
        prise.sendall(f'GET /espace/demandes.csv HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n'
                      f'Cookie: session={cookie}\r\n\r\n'.encode())
        bloques.append(prise)
    attendre_le_repos(pid)
    durees = []
    for _ in range(20):
        debut = time.perf_counter()
        demander(port, '/espace/demandes', cookie)
        durees.append((time.perf_counter() - debut) * 1000)
    dire('liste, 8 lecteurs bloqués', max(durees), 'ms', 'la pire de 20')
    for prise in bloques:
        prise.close()


# What must not say, by its time, whether an account or a demande exists: (address, what exists, what doesn't, tries).
SECRETS = {
    'mot de passe oublié': ('/mot-de-passe', {'courriel': 'claude.temoin@hgi.example'},
                            {'courriel': 'personne@hgi.example'}, 200),
    'lien perdu': ('/suivi', {'numero': '{numero}', 'courriel': '{courriel}'},
                   {'numero': '{numero}', 'courriel': 'personne@mairie.example'}, 200),
    'connexion refusée': ('/connexion', {'courriel': 'claude.temoin@hgi.example', 'mot_de_passe': 'faux'},
                          {'courriel': 'personne@hgi.example', 'mot_de_passe': 'faux'}, 100),
}


def mesurer_les_secrets(port, demande):
    """Medians of what exists and what doesn't, tried in turn, on the clock of the wall."""
    for nom, (chemin, vrai, faux, essais) in SECRETS.items():
        durees = {True: [], False: []}
        for existe in random.sample([True, False] * essais, 2 * essais):
            champs = {cle: v.format_map(demande.__data__) for cle, v in (vrai if existe else faux).items()}
            debut = time.perf_counter()
            status, _, _ = demander(port, chemin, '', urlencode(champs), 'application/x-www-form-urlencoded')
            durees[existe].append((time.perf_counter() - debut) * 1000)
            assert status in (303, 401), (nom, status)
        oui, non = statistics.median(durees[True]), statistics.median(durees[False])
        admis = 1 if essais == 200 else 0.02 * oui
        dire(f'{nom} : existe', oui)
        dire(f'{nom} : n\'existe pas', non)
        dire('', abs(oui - non), mesure='d\'écart', vise=(admis, f'au plus {admis:.1f} ms'))


def mesurer_la_salle(port, base):
    """Thirty people sign in from an address never seen, within ten seconds, then thirty others within two."""
    comptes_ = [f'salle{n}@hgi.example' for n in range(60)]
    with contextlib.closing(sqlite3.connect(base)) as brute:
        brute.executemany('''INSERT INTO agent (direction_id, courriel, prenom, nom, mot_de_passe, cree_le, ouvert_le)
                             SELECT direction_id, ?, prenom, nom, mot_de_passe, cree_le, cree_le FROM agent
                             WHERE courriel = ?''', [(courriel, AGENTS['expert']) for courriel in comptes_])
        brute.commit()
    for secondes, salle_ in ((10, comptes_[:30]), (2, comptes_[30:])):
        reponses, pages = salle.remplir(port, salle_, demonstration.MOT_DE_PASSE, secondes)
        nom = f'{len(salle_)} connexions en {secondes} s'
        dire(f'{nom} : priées de revenir', salle.refuses(reponses), '', vise=(0, 'aucune') if secondes == 10 else None)
        dire(f'{nom} : la dernière entrée', salle.dernier(reponses), 's', vise=(15, 'au plus 15 s'))
        dire(f'{nom} : une page publique', statistics.median(pages), 's', vise=(.5, 'au plus 0,5 s'))


TENUE, ENVOYEURS = 3, 8                                             # seconds, clients


def mesurer_l_attente(port, base):
    """What senders, and who reads a public page, feel of another process that writes for TENUE seconds (an import)."""
    fini, envois, pages = threading.Event(), [], []

    def suivre(durees, faire):
        with contextlib.closing(connecter(port)) as connexion:
            while not fini.is_set():
                debut = time.perf_counter()
                code = faire(connexion)[0]
                durees.append((time.perf_counter() - debut, code))
                time.sleep(0.05)
    fils = [threading.Thread(target=suivre, args=quoi) for quoi in (
        *[(envois, _envoyer)] * ENVOYEURS, (pages, lambda connexion: echanger(connexion, '/')))]
    for fil in fils:
        fil.start()
    with contextlib.closing(sqlite3.connect(base, isolation_level=None, timeout=10)) as autre:
        for _ in range(2):
            time.sleep(1)
            autre.execute('BEGIN IMMEDIATE')
            autre.execute('UPDATE demande SET quand_joindre = hex(randomblob(8)) '
                          'WHERE numero = (SELECT max(numero) FROM demande)')
            time.sleep(TENUE)
            autre.execute('COMMIT')
    time.sleep(1)
    fini.set()
    for fil in fils:
        fil.join()
    nom = f'{ENVOYEURS} envoyeurs, base tenue {TENUE} s deux fois'
    dire(f'{nom} : refusés', sum(code != 303 for _, code in envois), '', f'sur {len(envois)}', vise=(0, 'aucun'))
    dire('  le 99e centile d\'un envoi', statistics.quantiles([d for d, _ in envois], n=100)[-1], 's',
         vise=(4, 'au plus 4 s'))
    dire('  la pire d\'une page publique', max(d for d, _ in pages), 's', f'sur {len(pages)}',
         vise=(.5, 'au plus 0,5 s'))


def mesurer_passation(base):
    """Seconds that the write lock is held by the departure of who is chef de file and référent of 200 open demandes,
    each of another mairie, then by its undoing."""
    models.brancher(base)
    with models.ecriture():
        chef, expert, admin = (models.lire_agents('WHERE agent.courriel = ?', AGENTS[qui])[0]
                               for qui in ('chef', 'expert', 'admin'))
        models.db.execute_sql('UPDATE demande SET restreinte = 0, courriel = numero || courriel WHERE clos_le IS NULL')
        for role in ('chef_de_file', 'referent'):
            models.db.execute_sql(
                """INSERT OR IGNORE INTO membre (demande_id, role, agent_id, structure_id, direction_id, depuis_le)
                   SELECT numero, ?, ?, ?, ?, depose_le FROM demande WHERE clos_le IS NULL
                   ORDER BY numero DESC LIMIT 200""", (role, chef.id, chef.direction.structure_id, chef.direction_id))
            models.db.execute_sql('UPDATE OR IGNORE membre SET agent_id = ? WHERE role = ? AND demande_id IN '
                                  '(SELECT demande_id FROM membre WHERE agent_id = ?)', (chef.id, role, chef.id))
        choix = succession.Choix('depart', langue.aujourdhui(), '', '', str(expert.id), {})
    with models.lecture():
        plan = succession.preparer(chef, admin, choix)
    for nom, faire in (('passation', lambda: passation.transferer(chef, admin, choix, plan.empreinte)),
                       ('son annulation', lambda: passation.annuler(passation.derniere(chef), admin))):
        debut = time.perf_counter()
        with models.ecriture():
            faire()
        dire(f'{nom}, {succession.apercu(plan).demandes} demandes : verrou', time.perf_counter() - debut, 's',
             vise=(3, 'au plus 3 s'))
    models.debrancher()


def mesurer_la_reprise(base):
    """Seconds that the write lock is held by the review of an old follow-up of 1,083 demandes, by its writing, the same
    of 4,000 lines of journal, and by the undoing of all."""
    models.brancher(base)
    hasard = random.Random(24)
    with models.lecture():
        noms = [nom for nom, in models.db.execute_sql("SELECT nom FROM collectivite WHERE type = 'Commune'")]
        admin = models.lire_agents('WHERE agent.courriel = ?', AGENTS['admin'])[0]
    jour = lambda: f'{hasard.randint(1, 28):02}/{hasard.randint(1, 12):02}/{hasard.randint(2022, 2025)}'  # noqa: E731
    demandes = ['Date;Commune;Objet;Statut;Suivi par'] + [
        f'{jour()};{hasard.choice(noms)};Objet {n};En cours;Claude Témoin' for n in range(1_083)]
    _reprendre('demandes', demandes, admin)
    with models.lecture():
        numeros = [numero for numero, in models.db.execute_sql('SELECT demande_id FROM import_defaisable')]
    _reprendre('journal', ['Numéro;Date;Par;Texte'] + [
        f'{hasard.choice(numeros)};{jour()};Claude Témoin;Note {n}' for n in range(4_000)], admin)
    with models.lecture():
        lot = lots.lots('demandes')[0].numero
    debut = time.perf_counter()
    with models.ecriture():
        lots.annuler(lot, admin)
    dire('reprise, annulation : verrou', time.perf_counter() - debut, 's', vise=(2, 'au plus 2 s'))
    models.debrancher()


def mesurer_les_paires(base):
    """Processor milliseconds of what the list of an expert asks for each pair of filters: its rows, then its count."""
    models.brancher(base)
    with models.lecture():
        agent = models.lire_agents('WHERE agent.courriel = ?', AGENTS['expert'])[0]
        lus = colonnes_sql(LUES, AUTRES, REFERENT)
        exemples = EXEMPLES | {'agent': str(agent.id), 'q': 'commune', 'jusqua': '2025-12-31'}
        couts = {paire: _cout_d_une_paire(agent, {nom: exemples[nom] for nom in paire}, lus)
                 for paire in itertools.combinations(exemples, 2)}
    models.debrancher()
    for rang, quoi, vise in ((0, 'lignes', 25), (1, 'lignes et compte', 40)):
        chere = max(couts, key=lambda paire: couts[paire][rang])
        dire(f'{len(couts)} paires, {quoi} : la pire', couts[chere][rang], mesure=' et '.join(chere),
             vise=(vise, f'au plus {vise} ms') if TAILLE <= 20_000 else None)
        dire('  leur médiane', statistics.median(cout[rang] for cout in couts.values()))


def _cout_d_une_paire(agent, criteres, lus):
    debut = time.process_time()
    liste.lister(agent, criteres, '', lus, 50).fetchall()
    lues = time.process_time()
    models._fil.lues.clear()
    liste.compter(agent, criteres)
    return (lues - debut) * 1000, (time.process_time() - debut) * 1000


def mesurer_le_porteur(base):
    """Processor milliseconds of the rounds of the carrier after a start, at nine on a working day: the first one writes
    the reminders, nothing is due in the next."""
    jour = langue.ouvre_des(langue.plus_jours(langue.aujourdhui(), 1))
    configuration = Configuration({'PLATEFORME_BASE': base})
    models.brancher(base)
    with mock.patch.object(langue, 'horloge', lambda: langue.a_paris(f'{jour}T09:00:00Z')):
        prevu, couts = {'vues': 0.0, 'heure': 0.0, 'jour': ''}, []
        for _ in range(4):
            debut = time.process_time()
            porteur._faire_une_ronde(configuration, prevu)
            couts.append((time.process_time() - debut) * 1000)
    models.debrancher()
    dire('porteur, première ronde', couts[0], vise=(300, 'au plus 300 ms'))
    dire('porteur, une ronde où rien n\'est dû', statistics.median(couts[1:]), vise=(20, 'au plus 20 ms'))


def _reprendre(quoi, lignes, admin):
    lu = revue.ouvrir(quoi, '\n'.join(lignes).encode())
    debut = time.perf_counter()
    lue = revue.relire(lu)
    milieu = time.perf_counter()
    assert revue.ecrire_la_revue(lu, lue.empreinte, admin)[1]
    for nom, duree in (('relecture', milieu - debut), ('écriture', time.perf_counter() - milieu)):
        dire(f'reprise, {len(lignes) - 1} lignes de {quoi}, {nom} : verrou', duree, 's', vise=(2, 'au plus 2 s'))


# name: (address, who, at most how many milliseconds up to 20,000 demandes, beyond; 0: no aim). The last ones read every
# demande of the base, of ten years at once.
TOUT = 'periode=libre&du=2016-01-01&au=2026-12-31'
CHIFFRES = {
    'pilotage, douze mois':       ('/espace/pilotage', 'admin', 80, 1000),
    'pilotage, une année':        ('/espace/pilotage?periode=2024', 'expert', 150, 1500),
    'carte des communes':         ('/espace/pilotage/carte', 'admin', 80, 600),
    'carte des communes, expert': ('/espace/pilotage/carte', 'expert', 80, 600),
    'carte des EPCI':             ('/espace/pilotage/carte?vue=epci', 'admin', 100, 1000),
    'rapport, douze mois':        ('/espace/pilotage/rapport', 'admin', 300, 3000),
    'rapport, une année':         ('/espace/pilotage/rapport?periode=2024', 'expert', 300, 3000),
    'pilotage, dix ans':          (f'/espace/pilotage?{TOUT}', 'admin', 400, 3000),
    'rapport, dix ans':           (f'/espace/pilotage/rapport?{TOUT}', 'admin', 0, 0),
}


def mesurer_les_chiffres(pid, port, cookies):
    """The figures, the maps and the reports."""
    for nom, (adresse, qui, *vises) in CHIFFRES.items():
        vise = vises[TAILLE > 20_000]
        dire(nom, mesurer(pid, port, lire_page, adresse, cookies[qui]),
             vise=(vise, f'au plus {vise} ms') if vise else None)


def attendre_le_repos(pid):
    """Until the exports are made: what is left is 8 readers who do not read."""
    while True:
        avant = processeur(pid)
        time.sleep(0.5)
        if processeur(pid) - avant < 0.01:
            return


def televerser(port):
    """Two demandes with 25 MB of files at once (refused for their kind or kept: the memory is the same)."""
    entete = b'--f\r\nContent-Disposition: form-data; name="pieces"; filename="plan.pdf"\r\n\r\n%PDF-1.7'
    corps = (entete + b'0' * 8_300_000 + b'\r\n') * 3 + b'--f--\r\n'
    fils = [threading.Thread(target=demander, args=(port, '/demande', '', corps, 'multipart/form-data; boundary=f'))
            for _ in range(2)]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join()


def mesurer_depart(base, cookie, dossier):
    """Processor seconds from the start to the first page, from the checkout and from the single file as `installer`
    unpacks it; then what the first list costs, and those that follow."""
    installe = os.path.join(dossier, 'installe')
    with zipfile.ZipFile(PYZ) as archive:
        archive.extractall(installe)
    for ordre in (('-m', 'compileall', '-q'), ('-c', installation.GABARITS)):
        subprocess.run([sys.executable, '-I', *ordre, installe], check=True)
    commandes = {'depuis les sources': ('plateforme.py', 0.35), 'installé': (installe, 0.6)}
    _dire_en_demonstration(base, '')
    for nom, (commande, vise) in commandes.items():
        port, couts, repos, listes = port_libre(), [], [], []
        for _ in range(ROUNDS):
            with processus([commande], port, '/', base) as (pid, _):
                couts.append(processeur(pid))
                repos.append(memoire(pid))
                listes.append([_cout_d_une_liste(pid, port, cookie) for _ in range(20)])
        dire(f'premier écran {nom}', statistics.median(couts), 's', vise=(vise, f'au plus {vise} s'))
        premiere = statistics.median(vues[0] for vues in listes)
        suivante = statistics.median(vue for vues in listes for vue in vues[10:])
        dire('  la première liste', premiere, mesure=f'{premiere / suivante:.1f} suivantes', vise=(30, 'au plus 30 ms'))
        dire('  mémoire au repos', statistics.median(repos), 'Mo', vise=(50, 'au plus 50 Mo'))
    _dire_en_demonstration(base, '1')


def _dire_en_demonstration(base, valeur):
    """A demonstration says its accounts as it starts: 2 MB that a service never has."""
    with contextlib.closing(sqlite3.connect(base)) as brute, brute:
        brute.execute("UPDATE reglage SET valeur = ? WHERE cle = 'demonstration'", (valeur,))


def _cout_d_une_liste(pid, port, cookie):
    avant = processeur(pid)
    demander(port, '/espace/demandes', cookie)
    return (processeur(pid) - avant) * 1000


def main():
    with tempfile.TemporaryDirectory() as dossier:
        base = os.path.join(dossier, 'bench.db')
        cookies, demande = construire(base)
        port, port_temoin = port_libre(), port_libre()
        print(f'{TAILLE} demandes, base de {os.path.getsize(base) / 1e6:.0f} Mo, '
              f'Python {sys.version.split()[0]}, SQLite {sqlite3.sqlite_version}, '
              f'{os.cpu_count()} cœurs {os.uname().machine} ; ms de processeur, médiane de {ROUNDS} tours')
        mesurer_depart(base, cookies['expert'], dossier)
        with processus(['tests/bench.py', 'temoin', str(port_temoin)], port_temoin, '/l1') as (pid_temoin, _), \
                processus(SERVIR, port, '/', base) as (pid, _), servir_avant(dossier) as avant:
            with contextlib.closing(connecter(port)) as connexion:
                envoyer(connexion)
            copie = os.path.join(dossier, 'nue.db')
            with contextlib.closing(sqlite3.connect(base)) as brute:
                brute.execute('VACUUM INTO ?', (copie,))
            nue = Nue(copie)
            notre = servi(pid, port, base, cookies, demande.numero, demande.jeton)
            assert f'/espace/demandes/{demande.numero}"' in demander(
                port, f'/espace/demandes?q={RARE}', cookies['expert'])[2].decode()
            series = tourner(notre, avant, pid_temoin, port_temoin, nue)
            rapport(series, nue)
            mesurer_les_chiffres(pid, port, cookies)
            mesurer_export(pid, port, cookies['expert'], base)
            mesurer_les_secrets(port, demande)
            mesurer_la_salle(port, base)
            mesurer_l_attente(port, base)
            mesurer_passation(base)
            mesurer_la_reprise(base)
            mesurer_le_porteur(base)
            mesurer_les_paires(base)
            dire('mémoire après la série', memoire(pid), 'Mo')
            time.sleep(130)                                         # idle workers close, then the carrier gives back
            dire('  deux minutes après', memoire(pid), 'Mo', vise=(90, 'au plus 90 Mo'))
            televerser(port)
            dire('mémoire, deux envois de 25 Mo', memoire(pid, 'VmHWM'), 'Mo', vise=(240, 'au plus 240 Mo'))
        if len(sys.argv) > 1:
            with open(sys.argv[1], 'w') as sortie:
                json.dump({' : '.join(cle): valeurs for cle, valeurs in series.items()}, sortie)


if __name__ == '__main__':
    temoin(int(sys.argv[2])) if sys.argv[1:2] == ['temoin'] else main()
