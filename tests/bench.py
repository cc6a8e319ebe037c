"""`make bench`: CPU milliseconds of the real server per page, on a base of TAILLE demandes (20,000 unless said).

The base is made from the demonstration, its demandes repeated with new numbers; the process is read in /proc before and after
each series. The figure of a page is the median of three rounds.
"""

import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import models  # noqa: E402
from views import imports  # noqa: E402

TAILLE = int(os.environ.get('TAILLE', '20000'))
ROUNDS, FOIS = 3, 40


def construire(chemin):
    """The demonstration, then its demandes copied under new numbers until TAILLE."""
    models.initialiser(chemin)
    models.brancher(chemin)
    imports.charger_demonstration(None, {})
    with models.ecriture():
        colonnes = [f.column_name for f in models.Demande._meta.sorted_fields]
        modeles = list(models.Demande.select().tuples())
        numero, lot = max(m[0] for m in modeles), []
        hasard = random.Random(31)
        while numero < TAILLE:
            numero += 1
            valeurs = dict(zip(colonnes, hasard.choice(modeles)))
            lot.append({**valeurs, 'numero': numero, 'jeton': f'{numero:022}', 'cle': None, 'empreinte': None})
        insertion = f'INSERT INTO demande ({", ".join(colonnes)}) VALUES ({", ".join("?" * len(colonnes))})'
        for ligne in lot:
            models.db.execute_sql(insertion, [ligne[c] for c in colonnes])
        models.db.execute_sql("""INSERT INTO membre (demande_id, role, rang, agent_id, structure_id, direction_id, depuis_le)
            SELECT d.numero, m.role, m.rang, m.agent_id, m.structure_id, m.direction_id, m.depuis_le FROM demande d
            JOIN demande o ON o.numero <= 1100 AND o.message = d.message AND o.numero <> d.numero JOIN membre m ON m.demande_id = o.numero
            WHERE d.numero > 1100 GROUP BY d.numero, m.id""")
        models.db.execute_sql("""INSERT INTO recherche (rowid, collectivite, fiche, lieu, message, journal)
            SELECT d.numero, r.collectivite, r.fiche, r.lieu, r.message, r.journal FROM demande d
            JOIN demande o ON o.numero <= 1100 AND o.message = d.message JOIN recherche r ON r.rowid = o.numero
            WHERE d.numero > 1100 GROUP BY d.numero""")
        models.db.execute_sql("""INSERT INTO journal (demande_id, cree_le, nature, statut, auteur, texte)
            SELECT numero, depose_le, 'statut', statut, 'La Plateforme', '' FROM demande WHERE numero > 1100""")
        agent = models.Agent.get(models.Agent.courriel == 'claude.temoin@hgi.example')
        cookie = models.ouvrir_session(agent)
        demande = models.Demande.select().where(models.Demande.clos_le.is_null()).order_by(models.Demande.numero.desc()).first()
    models.debrancher()
    return cookie, demande


def processeur(pid):
    """CPU seconds of a process, user and system."""
    with open(f'/proc/{pid}/stat') as stat:
        champs = stat.read().rsplit(')', 1)[1].split()
    return (int(champs[11]) + int(champs[12])) / os.sysconf('SC_CLK_TCK')


def memoire(pid):
    """Resident megabytes of a process."""
    with open(f'/proc/{pid}/status') as status:
        return next(int(ligne.split()[1]) // 1024 for ligne in status if ligne.startswith('VmRSS'))


def demander(url, cookie):
    requete = urllib.request.Request(url, headers={'Cookie': f'session={cookie}'})
    debut = time.perf_counter()
    with urllib.request.urlopen(requete, timeout=120) as reponse:
        taille = len(reponse.read())
    return time.perf_counter() - debut, taille


def mesurer(pid, url, cookie, fois):
    """(CPU ms, elapsed ms, bytes) of one request, over a series."""
    demander(url, cookie)
    avant, durees = processeur(pid), []
    for _ in range(fois):
        duree, taille = demander(url, cookie)
        durees.append(duree)
    return (processeur(pid) - avant) / fois * 1000, statistics.median(durees) * 1000, taille


def main():
    with tempfile.TemporaryDirectory() as dossier:
        chemin = os.path.join(dossier, 'bench.db')
        cookie, demande = construire(chemin)
        with socket.socket() as prise:
            prise.bind(('127.0.0.1', 0))
            port = prise.getsockname()[1]
        url = f'http://127.0.0.1:{port}'
        serveur = subprocess.Popen(
            [sys.executable, 'plateforme.py'],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, 'PLATEFORME_BASE': chemin, 'PLATEFORME_ECOUTE': f'127.0.0.1:{port}'},
        )
        try:
            attendre(url)
            rapport(serveur.pid, url, cookie, demande)
        finally:
            serveur.terminate()
            serveur.wait(20)


def attendre(url):
    for _ in range(200):
        try:
            return urllib.request.urlopen(url + '/sante', timeout=5).close()
        except OSError:
            time.sleep(0.1)
    raise SystemExit('le serveur ne répond pas')


def rapport(pid, url, cookie, demande):
    pages = {
        'liste': '/espace/demandes',
        'liste, au milieu': f'/espace/demandes?page={TAILLE // 150}',
        'liste filtrée': '/espace/demandes?statut=termine&type=Commune',
        'ma structure': '/espace/demandes?structure=2',
        'recherche rare': '/espace/demandes?q=rieumes+gymnase',
        'recherche courante': '/espace/demandes?q=commune',
        'ma journée': '/espace',
        'demande': f'/espace/demandes/{demande.numero}',
        'suivi': f'/suivi/{demande.jeton}',
        'accueil': '/',
        'catalogue': '/catalogue',
        'formulaire': '/demande',
    }
    print(f'{TAILLE} demandes, base de {os.uname().machine} ; ms de processeur par page (médiane de {ROUNDS} séries de {FOIS})')
    for nom, chemin in pages.items():
        series = [mesurer(pid, url + chemin, cookie, FOIS) for _ in range(ROUNDS)]
        cpu, duree, taille = (statistics.median(s[i] for s in series) for i in range(3))
        print(f'{nom:22} {cpu:7.1f} ms de processeur {duree:7.1f} ms ressenties {taille / 1000:7.0f} ko')
    duree, taille = demander(url + '/espace/demandes.csv', cookie)
    print(f'{"export CSV complet":22} {duree * 1000:7.0f} ms ressenties {taille / 1000:7.0f} ko\nmémoire résidente      {memoire(pid)} Mo')


if __name__ == '__main__':
    main()
