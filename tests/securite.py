"""`make securite`: what is tried against the Plateforme, what is found, what is aimed at; it ends by 1 when anything is
worse than BUTS. ESSAIS_GRAINE (printed) sends the same requests again, SECURITE_REQUETES more, ESSAIS_COUPURES kills
more."""
import contextlib
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter, namedtuple

from chemins import RACINE
import test_fuzz
import test_robustesse
from aiosmtpd.controller import Controller
from bench import memoire
from courriels_engendres import engendrer
from conftest import DEPOTS, en_meme_temps, limiter, peupler
from serveur import UNITE, arreter, cookie_de, demander, demarrer, port_libre, servie_ici
from test_acces import adresse, routes
from test_charge import gros_depot

import langue
import models
import views
from verbes import regles, valeurs
from verbes.demande import cycle, lecture_a_part, lecture_courriel
from verbes.exploitation.demonstration import charger_demonstration
from verbes.exploitation.environnement import Configuration
from views import limites, wsgi

REQUETES = int(os.environ.get('SECURITE_REQUETES', 10_000))
COURRIELS = int(os.environ.get('SECURITE_COURRIELS', 100_000))
OUTILS = os.path.join(RACINE, '.venv', 'outils', 'bin', 'python')
But = namedtuple('But', 'quoi au_plus au_moins', defaults=(0, 0))
BUTS = {
    'requetes': But('requêtes mutées, par cinq rôles', None, REQUETES), 'incident': But('réponses 500 et plus'),
    'coupure': But('requêtes sans réponse'), 'marque': But('balises rendues telles quelles'),
    'echappees': But('pages où elles reviennent, échappées', None, 20), 'sqlite': But('réponses avec un mot de SQLite'),
    'secret': But('demandes restreintes lues du dehors'),
    'entetes': But('entêtes absents, ajoutés, ou qui sortent du site'),
    'trace': But('traces d\'erreur, au journal comprises'),
    'appels': But('appels de la matrice, chaque route × cinq rôles', None, 5 * len(routes())),
    'ouvertes': But('pages ouvertes à qui n\'y a pas droit'), 'fermees': But('pages fermées à qui y a droit'),
    'repos': But('Mo au repos', 80), 'reste': But('Mo de plus ensuite qu\'au repos', 20),
    'haut': But('Mo au plus, six envois de 25\u00a0Mo ensemble', 250),
    'accusees': But('demandes accusées, le service tué sous huit clients', None, 50),
    'perdu': But('coupures qui perdent ou abîment'), 'courriels': But('courriels engendrés, lus', None, COURRIELS),
    'couteux': But('de ceux-ci, plus de 5 s ou de 256\u00a0Mo, ou lus autrement à part'),
    'bandit': But('remarques de bandit que personne n\'a acceptées'), 'failles': But('failles publiées de nos paquets')}
# What bandit remarks and has been read, {(test, file): (how many, why)}.
NOS_GABARITS = 'le résultat d\'un de nos gabarits, échappé par lui'
COMMANDES = 'des listes de mots, sans interpréteur, lancées par root ou par make'
ACCEPTEES = {
    ('B608', ''): (135, 'le texte SQL est fait de constantes du programme, les valeurs y sont liées'),
    ('B704', 'views/demande/espace.py'): (2, NOS_GABARITS),
    ('B704', 'views/pilotage/pilotage.py'): (1, NOS_GABARITS),
    ('B704', 'views/mise_en_forme.py'): (1, 'la seule sortie du Markdown, attaquée par test_markdown.py'),
    **{(regle, f'verbes/{fichier}.py'): (combien, COMMANDES) for fichier, regles_ in (
        ('exploitation/assemblage', {'B603': 1, 'B607': 1, 'B404': 1}),
        ('exploitation/installation', {'B603': 3, 'B607': 2, 'B404': 1}),
        ('demande/lecture_a_part', {'B603': 1, 'B404': 1})) for regle, combien in regles_.items()},
    ('B103', 'verbes/exploitation/installation.py'): (1, 'le programme installé se lit et se lance, par tous'),
    ('B104', 'verbes/exploitation/controles.py'): (1, 'compare une adresse, n\'écoute pas'),
    ('B104', 'verbes/exploitation/environnement.py'): (1, 'refuse d\'écouter partout sans adresse publique'),
    ('B104', 'verbes/exploitation/mise_a_jour.py'): (1, 'compare une adresse, n\'écoute pas'),
    ('B405', 'views/contenus/flux.py'): (1, 'ElementTree écrit le flux, il ne lit rien'),
}
ROLES = {'inconnu': None, 'lecteur': 'ines.hemicycle@haute-garonne.example', 'expert': 'claude.temoin@hgi.example',
         'chef': 'camille.exemple@hgi.example', 'administrateur': 'maxime.exemple@haute-garonne.example'}
# {who a route is for: the roles that pass}
PASSENT = {'public': ROLES, 'demandeur': ROLES, 'lecteur': list(ROLES)[1:], 'agent': list(ROLES)[2:],
           'administrateur': ['administrateur']}
# What test_fuzz.juger calls it: the line of BUTS.
CLES = dict.fromkeys(('entêtes', 'sans Cache-Control', 'entête ajouté', 'cookie', 'sortie'), 'entetes')


class Cible:
    """The base, what each role signs in with, and what they had at the start: an act of the fuzz changes it."""

    def __init__(self, dossier):
        self.base = f'{dossier}/demonstration.db'
        models.initialiser(self.base)
        models.brancher(self.base)
        charger_demonstration()
        limiter(**dict.fromkeys(valeurs.LIMITES.keys() - {'reseau_connu'}, 1_000_000) | {'secondes_minimum': 0})
        with models.ecriture():
            self.agents = {role: models.Agent.get(models.Agent.courriel == courriel)
                           for role, courriel in ROLES.items() if courriel}
            models.Agent.update(pilote=True).where(models.Agent.id == self.agents['chef'].id).execute()
            self.agents['chef'].pilote = True
            lisibles = list(models.Demande.select().where(models.Demande.restreinte == 0).limit(8))
            self.demande, jetons = lisibles[0], [d.jeton for d in lisibles]
            # restricted, of a fiche that neither the expert nor the chef has anything to do with
            leurs = [self.agents[role].direction_id for role in ('expert', 'chef')]
            fiche = models.Fiche.get(models.Fiche.etat == 'publiee', models.Fiche.direction.not_in(leurs))
            cycle.deposer({
                'collectivite': models.Collectivite.get(models.Collectivite.nom == 'Rieumes'), 'fiche': fiche,
                'theme': None, 'message': 'SECRET', 'lieu': 'SECRET', 'civilite': 'Madame', 'nom': 'SECRET',
                'prenom': 'Jeanne', 'courriel': 'secret@rieumes.example', 'telephone': '0536490012',
                'confidentielle': True}, [('secret.txt', b'SECRET')])
            self.reglages = list(models.Reglage.select().dicts())
        self.port = port_libre()
        test_fuzz.viser(self, {role: [''] for role in ROLES}, jetons, [''])
        for role in ROLES:
            self.entrer(role)

    def entrer(self, role):
        if role == 'inconnu':
            return
        with models.ecriture():
            self.agents[role].save()
        self.roles[role] = [cookie_de(self.agents[role])]
        if role != 'administrateur':
            self.dehors.update(self.roles[role])

    def remettre(self):
        """The settings as they were: one that closes the service would end the trial."""
        with models.ecriture():
            models.Reglage.delete().execute()
            models.Reglage.insert_many(self.reglages).execute()
        limites._compteurs.clear()

    def suivre(self, role, code):
        """After a request: who was signed out comes back, what an administrateur changed is put back."""
        if code == 401 and role != 'inconnu':
            self.entrer(role)
        if role == 'administrateur' and code in (200, 303):
            self.remettre()


def essayer_les_droits(cible):
    compte = Counter()
    for methode, regle, qui in routes():
        chemin = adresse(regle, numero=cible.demande.numero, jeton=cible.demande.jeton)
        for role in ROLES:
            cible.entrer(role)
            code, _ = test_fuzz.envoyer(cible, methode, chemin.encode(), cookie=cible.roles[role][0])
            passe = role in PASSENT[qui]
            refuse = code in ((401,) if role == 'inconnu' else (401, 403))
            compte['appels'] += 1
            compte['ouvertes'] += not passe and not refuse
            compte['fermees'] += passe and (code == 403 and qui in ('lecteur', 'administrateur') or (
                code == 401 and chemin not in ('/connexion', '/connexion/code')))
            if code in (200, 303) and methode == 'POST':
                cible.remettre()
    return compte


def muter(cible, requetes):
    cible.vus.clear()
    regles_dites = {regle for _, regle, _ in routes()}
    while sum(cible.vus.values()) < requetes / 2:
        for route in (route for route in views.app.routes if route.rule in regles_dites):
            for role in ROLES:
                cible.suivre(role, test_fuzz.tordre(cible, route, cible.roles[role][0]))
    formulaires = [(role, *un) for role in ROLES for un in les_formulaires(cible, role, max(5, requetes // 80))]
    assert {role for role, *_ in formulaires} == set(ROLES)
    while sum(cible.vus.values()) < requetes:
        for role, methode, chemin, champs in formulaires:
            cible.suivre(role, test_fuzz.mal_remplir(cible, methode, chemin, champs, cible.roles[role][0]))
    return {'requetes': sum(cible.vus.values()), 'echappees': cible.echappees}


def les_formulaires(cible, role, pages):
    """[(method, address, fields)] of the forms on so many pages of a role."""
    cible.entrer(role)
    numeros = [cible.demande.numero, *range(cible.demande.numero + 1, cible.demande.numero + 4)]
    departs = {'inconnu': ['/', '/demande', '/suivi', '/connexion', '/mot-de-passe',
                           *(f'/suivi/{jeton}' for jeton in cible.jetons)],
               'lecteur': ['/espace', '/espace/compte']}
    de_lui = departs.get(role, ['/espace', *(['/espace/admin'] * (role == 'administrateur')),
                                *(f'/espace/demandes/{n}?action={a}' for n in numeros
                                  for a in (*regles.ACTIONS, 'journal', 'contact', 'corriger', 'associer'))])
    trouves, _ = test_fuzz.parcourir(cible, role, de_lui, pages)
    return [(methode, chemin, champs) for (methode, chemin), champs in sorted(trouves.items())
            if chemin and chemin != '/deconnexion']


def attaquer(dossier, requetes):
    cible = Cible(dossier)
    application = wsgi.assembler(Configuration(
        {'PLATEFORME_BASE': cible.base, 'PLATEFORME_URL': f'http://127.0.0.1:{cible.port}'}))
    trouve = Counter()
    with servie_ici(application, cible.port, 4):
        for essai, arguments in ((essayer_les_droits, ()), (muter, (requetes,))):
            depuis = time.monotonic()
            trouve.update(essai(cible, *arguments))
            dire(f'{essai.__name__}\u00a0: {time.monotonic() - depuis:.0f} s, {dict(sorted(cible.vus.items()))}')
    models.debrancher()
    for raisons, *quoi in cible.fautes:
        dire(f'  {raisons} {quoi[:3]}')
        trouve.update(['coupure'] if raisons == 'coupure' else [CLES.get(raison, raison) for raison in raisons])
    return trouve


def peser(dossier):
    base = shutil.copy(f'{dossier}/demonstration.db', f'{dossier}/pesee.db')
    processus = demarrer(base, PLATEFORME_PROXY='127.0.0.1', **UNITE)
    try:
        for _ in range(50):
            demander(processus.port, '/catalogue')
        repos = memoire(processus.pid)
        for n in range(14):
            _deposer_gros(processus.port, n)
        en_meme_temps(6, lambda n: _deposer_gros(processus.port, 14 + n))
        time.sleep(5)
        return {'repos': repos, 'haut': memoire(processus.pid, 'VmHWM'), 'reste': memoire(processus.pid) - repos,
                'trace': processus.journal().count('Traceback')}
    finally:
        arreter(processus)


def _deposer_gros(port, n):
    corps, type_ = gros_depot(f'Gros {n}')
    with contextlib.suppress(OSError):
        demander(port, '/demande', 'POST', corps, Content_Type=type_, X_Forwarded_For=f'192.0.2.{n}')


def tuer(dossier):
    base, boite = f'{dossier}/petite.db', test_robustesse.Relais()
    models.initialiser(base)
    models.brancher(base)
    with models.ecriture():
        peupler()
    limiter(secondes_minimum=0, **dict.fromkeys(DEPOTS, 1000))
    relais = Controller(boite, hostname='127.0.0.1', port=port_libre(), ready_timeout=60)
    relais.start()
    boite.adresse, perdu = f'smtp://127.0.0.1:{relais.port}', 0
    try:
        test_robustesse.test_rien_d_accuse_n_est_perdu_quand_le_service_est_tue_sous_huit_clients(base, None, boite)
    except AssertionError as faute:
        perdu = 1
        dire(f'  {str(faute)[:500]}')
    finally:
        relais.stop()
    models.brancher(base)
    with models.lecture():
        return {'accusees': models.Demande.select().count(), 'perdu': perdu}


def lire_les_courriels():
    """Mails made by a grammar of their own, read here; one in a thousand in a process of its own too."""
    hasard, couteux = random.Random(test_fuzz.GRAINE), 0
    for n in range(COURRIELS):
        octets = engendrer(hasard, 'plateforme+1.abcdefghij@a.example', 'mairie@a.example')
        debut = time.process_time()
        lu = lecture_courriel.lire(octets)
        couteux += time.process_time() - debut > lecture_a_part.SECONDES
        if n % 1000 == 0:
            couteux += json.dumps(lecture_a_part.lire_a_part(octets), default=bytes.hex) != json.dumps(
                lu, default=bytes.hex)
    pic = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    return {'courriels': COURRIELS, 'couteux': couteux + (pic > lecture_a_part.MEMOIRE)}


def lire_les_sources():
    sources = 'plateforme.py service.py models.py langue.py verbes views'.split()
    lu = _lancer('bandit', '-q', '-f', 'json', '-r', *sources)
    if not lu:
        dire('  bandit\u00a0: pas installé, rien n\'en est jugé (« make securite » l\'installe)')
        return {}
    vus = Counter((r['test_id'], '' if r['test_id'] == 'B608' else r['filename']) for r in lu['results'])
    de_trop = vus - Counter({cle: combien for cle, (combien, _) in ACCEPTEES.items()})
    for (regle, fichier), n in de_trop.items():
        dire(f'  bandit {regle} {fichier}\u00a0: {n} de plus, à lire')
    return {'bandit': de_trop.total()}


def relire_les_paquets():
    """pip-audit: {what: how many}; said by name when its data cannot be reached, as it ends well all the same."""
    lu = _lancer('pip_audit', '-r', 'requirements.txt', '--require-hashes', '--disable-pip', '-f', 'json',
                 '--progress-spinner', 'off')
    paquets = lu.get('dependencies', [])
    for nom, version, faille in ((p['name'], p['version'], f['id']) for p in paquets for f in p.get('vulns', ())):
        dire(f'  pip-audit\u00a0: {nom} {version}, {faille}')
    muets = [paquet['name'] for paquet in paquets if 'skip_reason' in paquet]
    if muets or not paquets:
        dire(f'  pip-audit\u00a0: sans données pour {", ".join(muets) or "aucun paquet"}, rien n\'en est jugé')
        return {}
    return {'failles': sum(len(paquet['vulns']) for paquet in paquets)}


def _lancer(module, *mots):
    if not os.path.exists(OUTILS):
        return {}
    with contextlib.suppress(subprocess.TimeoutExpired, ValueError):
        return json.loads(subprocess.run([OUTILS, '-m', module, *mots], cwd=RACINE, capture_output=True, text=True,
                                         timeout=120).stdout)
    return {}


def dire(phrase):
    print(phrase, flush=True)


def juger(trouve, juges):
    """Print what is found beside what is aimed at: how many lines are worse. juges: those that were measured."""
    pires = 0
    for cle, but in BUTS.items():
        vu = trouve.get(cle, 0)
        pire = cle in juges and (vu < but.au_moins or (but.au_plus is not None and vu > but.au_plus))
        vise = f'au plus {but.au_plus}' if but.au_plus is not None else f'au moins {but.au_moins}'
        dire(f'{but.quoi:<60} {vu if cle in juges else "non jugé":>9}   {vise:<16}{"  PIRE" if pire else ""}')
        pires += pire
    return pires


def main():
    debut = time.monotonic()
    dire(f'graine {test_fuzz.GRAINE}, charge de la machine {os.getloadavg()[0]:.1f}')
    with tempfile.TemporaryDirectory(prefix='securite-') as dossier:
        trouve = attaquer(dossier, REQUETES)
        outils = lire_les_sources() | relire_les_paquets()
        for autre in (peser(dossier), tuer(dossier), lire_les_courriels(), outils):
            trouve.update(autre)
        models.debrancher()
    juges = BUTS.keys() - ({'bandit', 'failles'} - outils.keys())
    dire(f'\nle {langue.aujourdhui()}, en {(time.monotonic() - debut) / 60:.1f} minutes')
    return 1 if juger(trouve, juges) else 0


if __name__ == '__main__':
    sys.exit(main())
