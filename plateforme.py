"""The process of the Plateforme: the log, the command line; the service itself is in service.py.

`python3 plateforme.py` serves; `python3 plateforme.py --help` lists the verbs.
"""
import argparse
import logging
import os
import re
import sqlite3
import sys

import peewee

import models
import langue
from models import BaseIndisponible, Refus, ecriture, lecture
from verbes.echanges import colonnes
from verbes.exploitation import exploitation
from verbes.exploitation.environnement import Configuration

log = logging.getLogger('plateforme')
VERSION = '2027.04'                                                 # year and month (static/doc/versions.md)


# ---- The log ----

class _Ligne(logging.Formatter):
    """One line a record for journald, which reads « <6> » as a level: no newline from a value,
    the traceback folded in, no personal data.
    """

    def format(self, record):
        ligne = super().format(record)
        if len(ligne) >= 8000:
            ligne = f'{ligne[:2000]} […] {ligne[-6000:]}'
        ligne = re.sub(r'[^\s<>"\'@]{1,64}@[\w.-]+', '…@…', ligne)
        ligne = re.sub(r'/(suivi|invitation|rendez-vous)/[\w-]{16,}', r'/\1/…', ligne)
        # waitress names the peer of a broken connection.
        ligne = re.sub(r'\b\d{1,3}(\.\d{1,3}){3}\b(:\d+)?', '…', ligne)
        ligne = ''.join(c if c.isprintable() or c in '\u00a0\u202f' else repr(c)[1:-1] for c in ligne)
        if 'JOURNAL_STREAM' in os.environ:
            return f'<{SYSLOG[record.levelname]}>{ligne}'
        return f'{record.levelname} {ligne}'


SYSLOG = {'DEBUG': 7, 'INFO': 6, 'WARNING': 4, 'ERROR': 3, 'CRITICAL': 2}


def tenir_le_log():
    """Everything goes to stderr; journald keeps and bounds it."""
    sortie = logging.StreamHandler()
    sortie.setFormatter(_Ligne('%(name)s %(message)s'))
    logging.basicConfig(level=logging.INFO, handlers=[sortie])
    logging.getLogger('waitress').setLevel(logging.WARNING)
    logging.getLogger('waitress.queue').setLevel(logging.ERROR)


# ---- The command line (regles.md §17): VERBES is the table ----
# A command reads what it does, where it does it: to read what all of them do was a third of the time of most, and a
# relay waits for its own.

def _servir(configuration, options):
    from service import servir                                      # every page: a third of a second of processor
    verrou = _verrouiller(configuration.base)
    servir(configuration)
    os.close(verrou)


def _verrouiller(base):
    if not os.path.exists(base):
        raise BaseIndisponible(f'La base {base} n\'existe pas, ou ce compte ne peut pas la lire. Créez-la avec '
                               '«\u00a0initialiser\u00a0» ou «\u00a0demonstration\u00a0», ou corrigez PLATEFORME_BASE.')
    return exploitation.verrouiller(base)


def _initialiser(configuration, options):
    models.initialiser(configuration.base)
    print(f'La base {configuration.base} est créée. '
          'Ouvrez un compte avec «\u00a0agent COURRIEL --administrateur\u00a0».')


def _demonstration(configuration, options):
    from verbes import comptes
    from verbes.exploitation import demonstration
    if not os.path.exists(configuration.base):
        models.initialiser(configuration.base)
    models.brancher(configuration.base)
    hache = comptes.hacher(demonstration.MOT_DE_PASSE)
    demonstration.charger_demonstration(_progres('Chargement de la démonstration'), hache)
    print(f'La base {configuration.base} porte les données de démonstration.')


def _migrer(configuration, options):
    if options.essai:
        a_faire = models.a_migrer(configuration.base)
        print(f'Étapes à faire\u00a0: {", ".join(a_faire)}.' if a_faire else 'La base est déjà à jour.')
        return
    verrou = _verrouiller(configuration.base)                       # until the end: nobody may serve what changes
    etapes = models.migrer(configuration.base)
    os.close(verrou)
    print(f'Étapes faites\u00a0: {", ".join(etapes)}.' if etapes else 'La base est déjà à jour.')


def _agent(configuration, options):
    models.brancher(configuration.base)
    GESTES.get(_geste(options), _ouvrir_un_compte)(configuration, options)


def _ouvrir_un_compte(configuration, options):
    from verbes import comptes
    courriel = _courriel(options)
    with ecriture():
        compte = models.Agent.get_or_none(models.Agent.courriel == courriel)
        if not compte and not (options.prenom and options.nom):
            raise Refus('Ce compte n\'existe pas encore\u00a0: ajoutez --prenom et --nom.')
        if compte and options.direction and comptes.direction_nommee(options.direction) != compte.direction:
            raise Refus('Ce compte existe déjà dans une autre direction\u00a0: '
                        'elle se change par l\'import des agents.')
        direction = compte.direction if compte else comptes.direction_nommee(options.direction)
        # Without the option, an account keeps the rights it has.
        administrateur = True if options.administrateur else None
        agent, jeton = comptes.inviter(courriel, direction, options.prenom, options.nom, administrateur)
    _donner_le_lien(configuration, agent, jeton)


def _donner_le_lien(configuration, agent, jeton):
    print(f'Lien à usage unique pour {agent.nom_complet} (14 jours)\u00a0:\n{configuration.url}/invitation/{jeton}')


def _courriel(options):
    courriel = langue.adresse(options.courriel)
    if not courriel:
        raise Refus('Indiquez une adresse de courriel complète.')
    return courriel


def _compte(options):
    agent = models.Agent.get_or_none(models.Agent.courriel == _courriel(options))
    if not agent:
        raise Refus('Aucun compte n\'a cette adresse\u00a0: «\u00a0agent --liste\u00a0» les donne toutes.')
    return agent


def _fermer(configuration, options):
    from verbes.administration import departs, passation
    with ecriture():
        agent = _compte(options)
        charge = departs.fermer(agent)
    print(f'Le compte de {agent.nom_complet} est fermé\u00a0: sessions, liens, mot de passe et second facteur '
          'n\'ouvrent plus rien.')
    a_confier = departs.dire_ce_que_tient(charge)
    if a_confier:
        print('À confier à quelqu\'un d\'autre\u00a0:', *a_confier, sep='\n- ')
        print(f'Cela se fait sur une page\u00a0: {configuration.url}{passation.adresse(agent)}')
    if charge.relais:
        print('Ont pris fin\u00a0:', *charge.relais, sep='\n- ')
    if not a_confier and not charge.relais:
        print('Cette personne ne tenait rien\u00a0: il n\'y a rien à confier.')


def _rouvrir(configuration, options):
    from verbes.administration import departs
    with ecriture():
        agent = _compte(options)
        jeton = departs.rouvrir(agent)
    droits = 'avec les droits d\'administrateur' if agent.administrateur else 'sans droits d\'administrateur'
    print(f'Le compte de {agent.nom_complet} est rouvert, {droits}.')
    _donner_le_lien(configuration, agent, jeton)


def _lister(configuration, options):
    from verbes.administration.personnes import LISTE, lister
    from views.exports import ecrire_csv
    with lecture():
        lignes = list(lister())
    ecrire_csv(sys.stdout.buffer, LISTE, lignes)


def _inviter_tous(configuration, options):
    from verbes.administration import departs
    with ecriture():
        invites, recents = departs.inviter_tous()
    print(f'Invitations écrites\u00a0: {invites}. Déjà invités depuis moins d\'un jour\u00a0: {recents}.')
    if not configuration.smtp:
        print('PLATEFORME_SMTP n\'est pas indiqué\u00a0: ces courriels attendent dans la base.')


def _sans_second_facteur(configuration, options):
    """Lost phone and lost recovery codes: the account opens with its password alone."""
    from verbes import comptes
    courriel = _courriel(options)
    with ecriture():
        agent = models.Agent.get_or_none(models.Agent.courriel == courriel, models.Agent.second_facteur.is_null(False))
        if not agent:
            raise Refus('Aucun compte de cette adresse n\'a de second facteur.')
        comptes.retirer_second_facteur(agent)
    print(f'{agent.nom_complet} n\'a plus de second facteur. '
          'Ses sessions sont fermées et un courriel l\'avertit\u00a0: le mot de passe seul ouvre le compte.')


# The acts of « agent », one at a time, by their option; those of SUR_TOUS take no COURRIEL. Without any, it opens an
# account or renews its invitation, and takes OUVRIR.
GESTES = {'sans_second_facteur': _sans_second_facteur, 'fermer': _fermer, 'rouvrir': _rouvrir, 'liste': _lister,
          'inviter': _inviter_tous}
SUR_TOUS = ('liste', 'inviter')
OUVRIR = ('administrateur', 'prenom', 'nom', 'direction')


def _geste(options):
    return next((geste for geste in GESTES if getattr(options, geste)), None)


def _faute_d_agent(options):
    """What is wrong in an « agent » command, in a sentence, or ''."""
    geste = _geste(options)
    donnees = [_option(nom) for nom in (*GESTES, *OUVRIR) if getattr(options, nom)]
    if geste and len(donnees) > 1:
        return f'{" et ".join(donnees)} ne vont pas ensemble'
    if geste in SUR_TOUS and options.courriel is not None:
        return f'{_option(geste)} se tape sans COURRIEL'
    if geste not in SUR_TOUS and options.courriel is None:
        return 'il manque COURRIEL, ou --liste, ou --inviter'
    return ''


def _option(nom):
    return f'--{nom.replace("_", "-")}'


def _importer(configuration, options):
    from verbes.echanges import imports, reversibilite
    if options.colonnes:
        print(reversibilite.lisez_moi() if options.quoi == 'tout' else colonnes.dire_colonnes(options.quoi))
        return 0
    if options.quoi in ('tout', 'contours'):
        return (_importer_tout if options.quoi == 'tout' else _importer_contours)(configuration, options)
    models.brancher(configuration.base)
    octets = _lire_a_importer(options.fichier)
    bilan = imports.importer(options.quoi, octets, options.essai, _progres(f'Import\u00a0: {options.quoi}'))
    for faute in bilan.fautes:
        ou = f'ligne {faute.ligne}, {faute.colonne}' if faute.colonne else f'ligne {faute.ligne}'
        print(f'{ou}\u00a0: {faute.raison}', file=sys.stderr)
    if bilan.fautes:
        raise Refus(f'{langue.dire_nombre(len(bilan.fautes), "erreur")}\u00a0: rien n\'a été importé.')
    essai = 'Essai, rien n\'est écrit\u00a0: ' if options.essai else ''
    print(f'{essai}{bilan.ajoutes} ajoutés, {bilan.modifies} modifiés, {bilan.inchanges} inchangés.')
    for dit in (*bilan.departs, *bilan.avis):
        print(dit)
    if options.inviter:
        _inviter_tous(configuration, options)
    return 0


def _lire_a_importer(chemin, combien=-1):
    """The bytes of a file, or of the standard input; combien: at most."""
    with open(0 if chemin == '-' else chemin, 'rb') as fichier:
        return fichier.read(combien)


def _importer_contours(configuration, options):
    from verbes.pilotage import carte
    models.brancher(configuration.base)
    octets = _lire_a_importer(options.fichier, carte.OCTETS_MAX + 1)
    try:
        bilan = carte.importer(octets, options.code, options.nom, options.essai, options.sans_inconnues)
    except Refus as refus:
        raise Refus(f'{refus} Option\u00a0: {_option(refus.champ)}.' if refus.champ else str(refus)) from None
    essai = 'Essai, rien n\'est écrit\u00a0: ' if options.essai else ''
    print(f'{essai}{langue.dire_nombre(bilan.communes, "commune")}, {langue.dire_nombre(bilan.points, "point")}.')
    for noms, dit in ((bilan.inconnues, 'Codes laissés de côté'), (bilan.sans, 'Communes sans contour')):
        if noms:
            print(f'{dit}\u00a0: {len(noms)}, {", ".join(noms[:10])}{"…" if len(noms) > 10 else "."}')
    return 0


def _faute_d_import(options):
    """What is wrong in an « importer » command, in a sentence, or ''."""
    seules = [_option(nom) for nom in ('code', 'nom', 'sans_inconnues') if getattr(options, nom)]
    if seules and options.quoi != 'contours':
        return f'{seules[0]} va avec «\u00a0importer contours\u00a0»'
    if options.colonnes and options.quoi == 'contours':
        return '--colonnes va avec un CSV, et non avec «\u00a0importer contours\u00a0»'
    if options.inviter and options.quoi != 'agents':
        return '--inviter va avec «\u00a0importer agents\u00a0»'
    if options.inviter and options.essai:
        return '--essai et --inviter ne vont pas ensemble'
    return ''


def _importer_tout(configuration, options):
    from verbes.echanges import rechargement
    models.brancher(configuration.base)
    with rechargement.ouvrir(options.fichier, configuration.base) as archive:
        nombre = rechargement.importer_tout(archive, options.essai, _progres('Import'))
    essai = 'Essai, rien n\'est écrit\u00a0: ' if options.essai else ''
    print(f'{essai}{nombre} demandes, avec tout ce qui les entoure. '
          'Les mots de passe n\'y sont pas\u00a0: invitez chacun, avec «\u00a0agent --inviter\u00a0».')
    return 0


def _exporter(configuration, options):
    from verbes.echanges import reversibilite
    models.brancher(configuration.base)
    nombre = reversibilite.exporter_vers(configuration.base, options.quoi, options.fichier, _progres('Export'))
    quoi = 'pièces jointes' if options.quoi == 'tout' else 'lignes'
    print(f'{nombre} {quoi}. Ce fichier est aussi secret que la base.',
          file=sys.stderr if options.fichier == '-' else sys.stdout)


def _progres(titre):
    """Progress on a terminal, silent elsewhere."""
    def dire(fait, total):
        if sys.stderr.isatty():
            print(f'\r{titre}\u00a0: {fait}/{total}', end='\n' if fait >= total else '', file=sys.stderr, flush=True)
    return dire


def _courriels(configuration, options):
    from verbes.exploitation import porteur
    models.brancher(configuration.base)
    if not configuration.smtp:
        with lecture():
            attente, _ = porteur.file_d_attente()
        raise Refus(f'PLATEFORME_SMTP n\'est pas indiqué\u00a0: courriels en attente dans la base\u00a0: {attente}.')
    if options.echecs:
        repris, perdus = porteur.renvoyer()
        print(f'Courriels abandonnés, repris\u00a0: {repris}, qui ne peuvent plus partir\u00a0: {perdus}.')
    porteur.ne_plus_attendre()
    bilan = porteur.envoyer_courriels(configuration, 10_000)
    print(f'Courriels envoyés\u00a0: {bilan["envoyes"]}, reportés\u00a0: {bilan["reportes"]}, '
          f'en échec\u00a0: {bilan["echecs"]}.')
    if porteur.relais_muet['essais']:
        with lecture():
            attente, _ = porteur.file_d_attente()
        raise Refus(f'Le relais ne répond pas\u00a0: {attente} courriels attendent, et partiront dès qu\'il répondra.')


def _recevoir(configuration, options):
    """One message on the standard input, read to its end: a relay must not find its pipe broken."""
    from verbes.demande import reponses
    from verbes.demande.lecture_courriel import OCTETS_MAX
    octets = sys.stdin.buffer.read(OCTETS_MAX + 1)
    while sys.stdin.buffer.read(1_000_000):
        pass
    if not configuration.reponses:
        raise Refus('PLATEFORME_REPONSES n\'est pas indiqué\u00a0: aucune adresse ne reçoit de réponses.')
    models.brancher(configuration.base)
    try:
        log.info('réponse par courriel : %s', reponses.recevoir(octets))
    except Exception as incident:                                   # a fault of ours sends nothing back to a mairie
        if isinstance(incident, (Refus, BaseIndisponible)) or models.panne_de_base(incident):
            raise
        log.error('réponse par courriel : %s', type(incident).__name__, exc_info=incident)
        return A_GARDER
    return 0


def _relances(configuration, options):
    from verbes.exploitation import porteur
    models.brancher(configuration.base)
    print(f'Courriels de rappel à envoyer\u00a0: {porteur.rappeler()}.')


def _sauvegarder(configuration, options):
    datee = exploitation.sauvegarder(configuration.base, options.fichier)
    sortie = sys.stderr if options.fichier == '-' else sys.stdout
    suite = '' if datee else ' Sa date n\'a pas pu être notée dans la base.'
    quoi = 'La sortie' if options.fichier == '-' else options.fichier
    print(f'{quoi} est une sauvegarde complète et vérifiée de {configuration.base}.{suite}', file=sortie)
    _dire_restes(configuration, sortie)


def _dire_restes(configuration, sortie):
    """The copies left beside the base by earlier restores and upgrades: personal data, which nothing removes."""
    nombre, octets = exploitation.restes(configuration.base)
    if nombre:
        print(f'À côté de la base\u00a0: {langue.dire_nombre(nombre, "fichier")} de restaurations ou de mises à jour '
              f'({langue.dire_octets(octets)})\u00a0: à supprimer quand ils ne servent plus.', file=sortie)


def _restaurer(configuration, options):
    from verbes.exploitation import horloge, restauration
    copie, attente, numerotee, abimees, report = exploitation.restaurer(
        configuration.base, options.fichier, options.apres)
    etat = f'avec des fichiers abîmés ({abimees})' if abimees else 'vérifiée'
    print(f'{configuration.base} est restaurée depuis {options.fichier}, {etat}.')
    if copie:
        print(f'La base remplacée est gardée\u00a0: {copie}.')
    if not numerotee:
        print('Le dernier numéro donné n\'y est pas lisible\u00a0: '
              'si vous le connaissez, restaurez de nouveau avec --apres NUMERO.')
    print(*restauration.dire(report), sep='\n')
    if attente:
        print(f'Courriels en attente\u00a0: {attente}. '
              'Ils partiront au démarrage, y compris ceux envoyés depuis cette sauvegarde.')
    doute = horloge.doute_de(configuration.base, 'rw')
    if doute:
        print(f'L\'heure est en doute, {doute}. Corrigez celle de cette machine avant de démarrer, ou {horloge.OU}.')


def _verifier(configuration, options):
    fautes = 0
    for quoi, faute in exploitation.verifier(configuration.base):
        if faute:
            fautes += 1
            print(f'FAUX  {quoi}\u00a0: {faute}', flush=True)
        else:
            print(f'ok    {quoi}', flush=True)
    exploitation.dater_la_verification(configuration.base, fautes)
    _dire_restes(configuration, sys.stdout)
    if fautes:
        raise Refus(f'{langue.dire_nombre(fautes, "contrôle")} en échec.')


def _exemples(configuration, options):
    from verbes.exploitation import composants
    adresses = configuration.url, configuration.ecoute, configuration.entete_agent
    dire = {'sbom': lambda: composants.dire_sbom(VERSION), 'licences': composants.dire_licences}
    print(dire.get(options.quoi, lambda: exploitation.dire_exemple(options.quoi, *adresses))(), end='')


def _doc(configuration, options):
    from verbes.exploitation import documentation
    if options.chapitre:
        print(documentation.dire(options.chapitre) if options.chapitre in documentation.CHAPITRES else ''.join(
            f'{nom}\u00a0: {ligne}\n' for nom, ligne in documentation.chercher(options.chapitre)), end='')
        return
    print('Chapitres («\u00a0doc CHAPITRE\u00a0» en donne le texte, «\u00a0doc MOT\u00a0» '
          'les lignes qui portent ce mot)\u00a0:\n')
    for nom, phrase in documentation.lister():
        print(f'{nom:22}{phrase}')


def _installer(configuration, options):
    from verbes.exploitation import installation
    actes = installation.retirer(options.essai) if options.retirer else (
        installation.installer(os.environ, VERSION, options.essai))
    etats = set()
    for etat, quoi in actes:
        etats.add(etat)
        print(f'{etat:9}{quoi}', flush=True)
    if 'fait' in etats and not options.retirer:
        print(installation.RESTE)


def _mettre_a_jour(configuration, options):
    from verbes.exploitation import mise_a_jour
    actes = mise_a_jour.revenir() if options.revenir else mise_a_jour.mettre_a_jour(options.fichier)
    for etat, quoi in actes:
        print(f'{etat:9}{quoi}', flush=True)


def _controler(configuration, options):
    from verbes.exploitation import controles
    fautes = 0
    for etat, vu, quoi in controles.controler(configuration):
        fautes += etat == controles.FAUX
        print(f'{etat:9}{quoi}\u00a0: {vu}', flush=True)
    if fautes:
        raise Refus(f'{langue.dire_nombre(fautes, "contrôle")} en échec.')


VERBES = {
    'servir':        (_servir, 'sert la Plateforme (par défaut)'),
    'initialiser':   (_initialiser, 'crée la base\u00a0; refuse une base existante'),
    'demonstration': (_demonstration, 'charge les données de démonstration dans une base neuve'),
    'migrer':        (_migrer, 'met la base à la version du logiciel'),
    'agent':         (_agent, 'ouvre un compte ou renouvelle son invitation, et donne le lien\u00a0; '
                              'le ferme, le rouvre, retire son second facteur\u00a0; invite ou liste tous les comptes'),
    'importer':      (_importer, 'importe un fichier CSV, ou tout ce qu\'a écrit «\u00a0exporter tout\u00a0»'),
    'exporter':      (_exporter, 'écrit un fichier CSV que l\'import relit, ou tout dans une archive zip'),
    'courriels':     (_courriels, 'envoie les courriels en attente'),
    'recevoir':      (_recevoir, 'range une réponse reçue par courriel, sur l\'entrée standard (pour le relais)'),
    'relances':      (_relances, 'prépare les rappels du jour'),
    'sauvegarder':   (_sauvegarder, 'écrit une copie vérifiée de la base, pendant le service ou non'),
    'restaurer':     (_restaurer, 'remplace la base par une sauvegarde\u00a0; garde l\'ancienne'),
    'verifier':      (_verifier, 'contrôle tout ce que la base doit tenir'),
    'controler':     (_controler, 'contrôle la machine\u00a0: réglages, base, service, relais, heure, disque, '
                                  'sauvegarde, certificat'),
    'installer':     (_installer, 'installe ce fichier sur cette machine, par root\u00a0: compte, dossiers, programme, '
                                  'réglages, unités, base, service'),
    'mettre-a-jour': (_mettre_a_jour, 'remplace le programme de cette machine, par root\u00a0: sauvegarde, base, '
                                      'unités, service\u00a0; ou revient à celui d\'avant'),
    'exemples':      (_exemples, 'donne les fichiers de configuration à installer, l\'exemple d\'un import, '
                                  'la liste des composants (sbom), ou leurs licences'),
    'doc':           (_doc, 'donne la documentation\u00a0: la liste de ses chapitres, l\'un d\'eux, '
                            'ou les lignes qui portent un mot'),
}


FAUTES = (
    # what argparse says, what we say of it
    (r'unrecognized arguments: (.+)',                    '\u00a0: «\u00a0{}\u00a0» n\'y est pas attendu'),
    (r"invalid choice: '(.*?)'",                         '\u00a0: «\u00a0{}\u00a0» n\'est pas un choix possible'),
    (r'arguments are required: (.+)',                    '\u00a0: il manque {}'),
    (r'argument (\S+): expected one argument',           '\u00a0: {} attend une valeur'),
    (r"argument (\S+): invalid \w+ value: '(.*?)'",      '\u00a0: {} ne peut pas être «\u00a0{}\u00a0»'),
    (r'^([A-Z]+)$',                                      '\u00a0: il manque {}'),
)


class _Analyse(argparse.ArgumentParser):
    """argparse in French: its own sentences are in English."""

    def __init__(self, **options):
        super().__init__(add_help=False, allow_abbrev=False, **options)
        self._positionals.title, self._optionals.title = 'arguments', 'options'
        self.add_argument('-h', '--help', action='help', help='donne cette aide')

    def format_usage(self):
        return super().format_usage().replace('usage: ', 'emploi\u00a0: ', 1)

    def format_help(self):
        return super().format_help().replace('usage: ', 'emploi\u00a0: ', 1)

    def error(self, message, phrase=''):
        """message: argparse's own, in English; phrase: ours."""
        fautes = [dit.format(*trouve.groups()) for motif, dit in FAUTES if (trouve := re.search(motif, message))]
        if phrase:
            fautes = [f'\u00a0: {phrase}']
        print(f'Commande mal écrite{"".join(fautes[:1])}.\n{self.format_usage()}'
              f'Le détail\u00a0: {self.prog} --help', file=sys.stderr)
        raise SystemExit(2)


def _numero(texte):
    """The number of a demande, for argparse, which refuses the rest."""
    if not re.fullmatch('[1-9][0-9]{0,17}', texte):
        raise ValueError
    return int(texte)


def analyser(arguments):
    """The options of the command line; exits 2 on misuse."""
    analyse, parsers = analyseurs()
    options = _lire_options(analyse, arguments)
    if options.verbe == 'importer' and not (options.fichier or options.colonnes):
        parsers['importer'].error('FICHIER')
    controle = FAUTES_DE.get(options.verbe)
    faute = controle(options) if controle else ''
    if faute:
        parsers[options.verbe].error('', faute)
    return options


def analyseurs():
    """(the parser of the command line, {verb: its own})."""
    analyse = _Analyse(prog='plateforme', description='Plateforme d\'appui aux territoires')
    analyse.add_argument('--version', action='version', help='donne la version', version=(
        f'plateforme {VERSION} (Python {sys.version.split()[0]}, SQLite {sqlite3.sqlite_version})'))
    verbes = analyse.add_subparsers(dest='verbe', metavar='VERBE', parser_class=_Analyse)
    parsers = {verbe: verbes.add_parser(verbe, help=aide, description=aide) for verbe, (_, aide) in VERBES.items()}
    _decrire(parsers)
    return analyse, parsers


def _lire_options(analyse, arguments):
    """The options; after one of them, argparse has forgotten the FICHIER of importer."""
    options, reste = analyse.parse_known_args(arguments)
    if options.verbe == 'importer' and not options.fichier and len(reste) == 1 and not re.match('-.', reste[0]):
        options.fichier, reste = reste[0], []
    if reste:
        analyse.error(f'unrecognized arguments: {" ".join(reste)}')
    return options


def _decrire(parsers):
    """What each verb takes."""
    _decrire_agent(parsers['agent'])
    _decrire_import(parsers['importer'])
    parsers['exporter'].add_argument('quoi', choices=[*sorted(colonnes.COLONNES), 'tout'])
    parsers['exporter'].add_argument('fichier', metavar='FICHIER',
                                     help='à écrire\u00a0; «\u00a0-\u00a0» pour la sortie standard')
    parsers['sauvegarder'].add_argument('fichier', metavar='FICHIER',
                                        help='à écrire\u00a0; «\u00a0-\u00a0» pour la sortie standard')
    parsers['restaurer'].add_argument('fichier', metavar='FICHIER')
    parsers['recevoir'].add_argument('fichier', metavar='-', choices=['-'], help='l\'entrée standard')
    parsers['migrer'].add_argument('--essai', action='store_true', help='dit les étapes à faire, sans rien changer')
    parsers['mettre-a-jour'].add_argument('fichier', metavar='FICHIER', nargs='?', help='le nouveau plateforme.pyz')
    parsers['mettre-a-jour'].add_argument('--revenir', action='store_true',
                                          help='remet le programme, et s\'il le faut la base, d\'avant la mise à jour')
    parsers['courriels'].add_argument('--echecs', action='store_true',
                                      help='reprend aussi ceux qui ont été abandonnés')
    parsers['installer'].add_argument('--essai', action='store_true', help='dit ce qui serait fait, sans rien changer')
    parsers['installer'].add_argument('--retirer', action='store_true',
                                      help='ôte le programme, la commande et les unités\u00a0; garde les données')
    parsers['restaurer'].add_argument('--apres', type=_numero, default=0, metavar='NUMERO',
                                      help='le dernier numéro de demande donné, s\'il est connu\u00a0: '
                                           'la prochaine aura au moins le suivant')
    parsers['exemples'].add_argument('quoi', choices=[*exploitation.EXEMPLES, 'sbom', 'licences', *colonnes.COLONNES])
    parsers['doc'].add_argument('chapitre', metavar='CHAPITRE', nargs='?', help='le chapitre, ou un mot à chercher')


def _faute_de_mise_a_jour(options):
    if bool(options.fichier) == options.revenir:
        return 'il faut FICHIER, ou --revenir'
    return ''


def _faute_de_doc(options):
    from verbes.exploitation import documentation
    if options.chapitre in (None, *documentation.CHAPITRES) or documentation.chercher(options.chapitre):
        return ''
    return (f'«\u00a0{options.chapitre}\u00a0» n\'est pas un chapitre, et aucun ne porte ce mot\u00a0; il y a '
            f'{", ".join(documentation.CHAPITRES)}')


FAUTES_DE = {'agent': _faute_d_agent, 'importer': _faute_d_import, 'mettre-a-jour': _faute_de_mise_a_jour,
             'doc': _faute_de_doc}


def _decrire_agent(agent):
    agent.add_argument('courriel', metavar='COURRIEL', nargs='?', help='l\'adresse du compte')
    agent.add_argument('--administrateur', action='store_true', help='donne les droits d\'administrateur Plateforme')
    for option in ('--prenom', '--nom', '--direction'):
        agent.add_argument(option, default='', metavar='…')
    for option, sens in {
            '--sans-second-facteur': 'téléphone et codes perdus\u00a0: retire le second facteur, sans plus',
            '--fermer': 'ferme le compte aussitôt, et dit ce que la personne tient encore',
            '--rouvrir': 'rouvre un compte fermé, et l\'invite',
            '--liste': 'donne tous les comptes, en CSV',
            '--inviter': 'invite tous ceux qui n\'ont jamais ouvert leur compte'}.items():
        agent.add_argument(option, action='store_true', help=sens)


def _decrire_import(importer):
    importer.add_argument('quoi', choices=[*sorted(colonnes.COLONNES), 'contours', 'tout'],
                          help='ce que le fichier contient')
    importer.add_argument('fichier', metavar='FICHIER', nargs='?',
                          help='le CSV, ou le GeoJSON des contours\u00a0; «\u00a0-\u00a0» pour l\'entrée standard')
    importer.add_argument('--essai', action='store_true', help='dit ce qui changerait, sans rien écrire')
    importer.add_argument('--colonnes', action='store_true', help='donne les colonnes attendues')
    importer.add_argument('--inviter', action='store_true',
                          help='agents\u00a0: invite ensuite tous ceux qui n\'ont jamais ouvert leur compte')
    for option, sens in {'--code': 'du code INSEE, si elle n\'est pas trouvée seule',
                         '--nom': 'du nom de la commune, de même'}.items():
        importer.add_argument(option, default='', metavar='…', help=f'contours\u00a0: la propriété {sens}')
    importer.add_argument('--sans-inconnues', action='store_true',
                          help='contours\u00a0: laisse de côté les codes INSEE que la base n\'a pas')


A_GARDER = os.EX_TEMPFAIL                                           # 75


def main(arguments=None):
    """The exit code of a command: 0 done, 1 refused (one sentence on stderr), 2 misuse; A_GARDER, to the relay, which
    keeps its message and comes back.
    """
    tenir_le_log()
    options = analyser(arguments)
    verbe = VERBES[options.verbe or 'servir'][0]
    try:
        # What a wrong setting should be is said in the documentation: it is read whatever they are.
        configuration = Configuration({} if options.verbe == 'doc' else os.environ)
        models.SITE.update(url=configuration.url, smtp=bool(configuration.smtp),
                           entete_agent=configuration.entete_agent, reponses=configuration.reponses,
                           authentification=configuration.authentification, version=VERSION)
        code = verbe(configuration, options) or 0
        sys.stdout.flush()
        return code
    except (Refus, BaseIndisponible) as refus:
        print(refus, file=sys.stderr)
    except (peewee.DatabaseError, sqlite3.Error, OSError) as incident:
        if isinstance(incident, BrokenPipeError):                   # what is left would be said again at the exit
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        print(f'Impossible\u00a0: {models.dire_incident(incident)}.', file=sys.stderr)
    return A_GARDER if options.verbe == 'recevoir' else 1


if __name__ == '__main__':
    sys.exit(main())
