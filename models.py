"""The nouns of the Plateforme: tables of rules, the base, its tables, who may, what is expected.

The rules are those of the project's domain reference (« domaine.md §n » below). Nothing here knows of HTTP.
Instants are UTC ISO text (« 2026-11-17T09:12:00Z »), days ISO text in Europe/Paris (« 2026-11-27 »).
"""
import errno
import functools
import itertools
import json
import os
import pkgutil
import re
import secrets
import sqlite3
import threading
from collections import OrderedDict, namedtuple
from contextlib import contextmanager, suppress
from datetime import date, timedelta
from urllib.parse import quote

from peewee import (
    SQL, AutoField, BlobField, BooleanField, CompositeKey, DatabaseError, ForeignKeyField, IntegerField, Model,
    SqliteDatabase, TextField)

from langue import (
    JOURS_PROCHES, MO, a_paris, aujourdhui, jour_de, jours_ouvres_entre, maintenant,
    normaliser, ordre_alphabetique, ouvre, plus_jours)

# ======================================================================================
# Tables of rules (domaine.md §2, §4, §6, §10)
# ======================================================================================

STATUTS = {
    'attribue_admin':     'Attribué administrateur Plateforme',
    'receptionne_admin':  'Réceptionné administrateur Plateforme',
    'attribue_chef':      'Attribué chef de file',
    'receptionne_chef':   'Réceptionné chef de file',
    'attribue_expert':    'Attribué expert(s)',
    'receptionne_expert': 'Réceptionné expert',
    'en_cours':           'En cours',
    'termine':            'Terminé',
    'rejete':             'Rejeté',
    'abandonne':          'Abandonné',
}
# In a list, where the whole one does not fit; the others are short enough.
STATUTS_COURTS = {
    'attribue_admin': 'Attribué admin.', 'receptionne_admin': 'Réceptionné admin.',
    'attribue_chef': 'Attribué chef', 'receptionne_chef': 'Réceptionné chef',
}

# What each statut waits for: who must act, the step shown to the demandeur (0: none of its own), the acts expected
# in turn (the first one that is not done yet; « contact » is done once a first contact is recorded).
Attente = namedtuple('Attente', 'qui etape actes')
QUI = {
    'attribue_admin':     Attente('administrateur', 1, ('receptionner', 'orienter')),
    'receptionne_admin':  Attente('administrateur', 1, ('orienter',)),
    'attribue_chef':      Attente('chef_de_file', 2, ('receptionner', 'designer')),
    'receptionne_chef':   Attente('chef_de_file', 2, ('designer',)),
    'attribue_expert':    Attente('referent', 3, ('receptionner', 'contact', 'demarrer')),
    'receptionne_expert': Attente('referent', 3, ('contact', 'demarrer')),
    'en_cours':           Attente('referent', 4, ('contact', 'journal')),
    'termine':            Attente(None, 0, ()),
    'rejete':             Attente('administrateur', 0, ('repondre',)),
    'abandonne':          Attente(None, 0, ()),
}
# Of a role that nobody active holds any more: what is expected of who acts in its place.
SANS_TITULAIRE = {'referent': 'designer', 'chef_de_file': 'orienter'}
# Each of these acts, as a mail asks for it.
A_FAIRE = {
    'receptionner': 'confirmer la réception',
    'orienter':     'orienter la demande',
    'designer':     'désigner l\'expert',
    'contact':      'rappeler la collectivité et noter le premier contact',
    'demarrer':     'démarrer l\'accompagnement',
    'journal':      'suivre l\'accompagnement, déjà en cours, et tenir le journal',
    'repondre':     'répondre au demandeur, ou orienter la demande',
}

ROLES = {
    'administrateur': 'Administrateur Plateforme', 'chef_de_file': 'Chef de file', 'referent': 'Expert référent',
    'associe': 'Expert associé', 'demandeur': 'Demandeur',
}

AVANT_EN_COURS = ('attribue_chef', 'receptionne_chef', 'attribue_expert', 'receptionne_expert')
A_ORIENTER = ('attribue_admin', 'receptionne_admin', 'attribue_chef', 'receptionne_chef', 'rejete')
OUVERTS_SAUF_REJETE = ('attribue_admin', 'receptionne_admin', *AVANT_EN_COURS, 'en_cours')

# « rejete » is open until answered; closed, its state is written « rejete_clos » in this table.
Transition = namedtuple('Transition', 'action bouton de vers qui')
TRANSITIONS = (
    Transition('receptionner', 'Confirmer la réception', ('attribue_admin',), 'receptionne_admin', ('administrateur',)),
    Transition('receptionner', 'Confirmer la réception', ('attribue_chef',), 'receptionne_chef', ('chef_de_file',)),
    Transition('receptionner', 'Confirmer la réception', ('attribue_expert',), 'receptionne_expert', ('referent',)),
    Transition('orienter', 'Orienter', A_ORIENTER, 'attribue_chef', ('administrateur',)),
    Transition('designer', "Désigner l'expert", AVANT_EN_COURS, 'attribue_expert', ('chef_de_file', 'administrateur')),
    Transition('designer', "Désigner l'expert", ('en_cours',), 'en_cours', ('chef_de_file', 'administrateur')),
    Transition('demarrer', "Démarrer l'accompagnement", ('receptionne_chef',), 'en_cours', ('chef_de_file',)),
    Transition('demarrer', "Démarrer l'accompagnement", ('attribue_expert', 'receptionne_expert'), 'en_cours',
               ('referent', 'chef_de_file')),
    Transition('repondu', 'Répondu au premier contact', AVANT_EN_COURS, 'termine', ('referent', 'chef_de_file')),
    Transition('terminer', 'Terminer', ('en_cours',), 'termine', ('referent', 'chef_de_file')),
    Transition('rendre', 'Rendre au chef de file', ('attribue_expert', 'receptionne_expert'), 'receptionne_chef',
               ('referent',)),
    Transition('rendre', "Rendre à l'administrateur", ('attribue_chef', 'receptionne_chef'), 'receptionne_admin',
               ('chef_de_file',)),
    Transition('repondre', 'Répondre au demandeur', ('rejete',), 'rejete', ('administrateur',)),
    Transition('rouvrir', 'Rouvrir', ('termine', 'abandonne'), 'en_cours', ('administrateur', 'chef_de_file')),
    Transition('rouvrir', 'Rouvrir', ('rejete_clos',), 'en_cours', ('administrateur',)),
    Transition('rejeter', 'Signaler hors compétence', OUVERTS_SAUF_REJETE, 'rejete',
               ('referent', 'chef_de_file', 'administrateur')),
    Transition('abandonner', 'Abandonner', (*OUVERTS_SAUF_REJETE, 'rejete'), 'abandonne',
               ('demandeur', 'referent', 'chef_de_file', 'administrateur')),
    Transition('ecarter', 'Écarter (doublon, erreur)', OUVERTS_SAUF_REJETE, 'termine',
               ('chef_de_file', 'administrateur')),
    Transition('ecarter', 'Écarter (doublon, erreur)', ('rejete',), 'termine', ('administrateur',)),
    Transition('classer_stock', 'Classer à la reprise', (*OUVERTS_SAUF_REJETE, 'rejete'), 'termine',
               ('administrateur',)),
)
EN_LOT = {'classer_stock'}                                          # of a list of imported ones (verbes/stock.py)
ACTIONS = {t.action for t in TRANSITIONS} - EN_LOT                  # of one demande

# Without changing the statut: the button, who may (domaine.md §7; « agent »: whoever may read the demande), and when.
Acte = namedtuple('Acte', 'bouton qui quand', defaults=(lambda d: True,))
SUIVENT = ('referent', 'chef_de_file', 'administrateur')
CONDUISENT = ('chef_de_file', 'administrateur')
ACTES = {
    'journal':       Acte('Ajouter au journal', ('agent',)),
    'contact':       Acte('Noter le premier contact', SUIVENT, lambda d: not d.clos_le),
    'corriger':      Acte('Enregistrer', SUIVENT),
    'interlocuteur': Acte('Changer l\'interlocuteur', SUIVENT),
    'confirmer':     Acte('Confirmer l\'interlocuteur', SUIVENT, lambda d: d.interlocuteur_depuis),
    'prevenir':      Acte('Prévenir la collectivité', SUIVENT, lambda d: not d.clos_le and d.courriel),
    'etape':         Acte('Enregistrer', SUIVENT, lambda d: not d.clos_le),
    'restreindre':   Acte('Restreindre la diffusion', SUIVENT, lambda d: not d.restreinte),
    'lever':         Acte('Lever la restriction', CONDUISENT, lambda d: d.restreinte),
    'associer':      Acte('Associer', CONDUISENT),
    'retirer':       Acte('Retirer de l\'équipe', CONDUISENT),
    'remplacer':     Acte('Me faire remplacer', ('associe',)),
    'changer_chef':  Acte('Changer le chef de file', ('administrateur',),
                          lambda d: not d.clos_le and QUI[d.statut].qui != 'administrateur'),
    'rattacher':     Acte('Rattacher', ('administrateur',), lambda d: not d.collectivite_id),
    'renvoyer':      Acte('Renvoyer', SUIVENT),
    'cote':          Acte('Mettre de côté', ('referent', 'chef_de_file', 'associe', 'administrateur'),
                          lambda d: not d.clos_le),
    'reprendre':     Acte('Reprendre', ('referent', 'chef_de_file', 'associe', 'administrateur')),
    'revenu':        Acte('Ce courriel est revenu', SUIVENT),
}

# The two promises of a fiche, by their days (domaine.md §5, §8): the word for it, the days without a journal line after
# which an accompaniment is recalled, the working days left to confirm a reception.
Delai = namedtuple('Delai', 'libelle silence reception')
DELAIS = {
    3:  Delai('assistance urgente', silence=30, reception=1),
    10: Delai('projet complexe', silence=90, reception=2),
}
URGENT, COMPLEXE = DELAIS
JOURS_AVANT_ADMINISTRATEURS = 2                                     # of lateness, before they are told of it
JOURS_DE_COTE = 30                                                  # at most, for a demande put aside

ISSUES = {
    'realise':       'accompagnement réalisé',
    'reponse':       'réponse apportée',
    'redirige':      'redirigé vers un autre service',
    'sans_suite':    'sans suite donnée par la collectivité',
    'non_jointe':    'collectivité non jointe',
    'sans_nouvelles': 'classée sans nouvelles',
}
REPONSES = {'reponse': 'Réponse apportée', 'reorientee': 'Réorientée vers'}
# Set aside: no accompaniment ended, so outside figures and delays.
ECARTS = {'doublon': 'doublon', 'erreur': 'déposée par erreur', 'stock': 'classée à la reprise',
          'essai': 'essai d\'avant l\'ouverture'}
# Who tells the service a demande is redirected to: we did, with their agreement, or they will.
TRANSMISSIONS = {'nous': 'Nous la lui avons transmise, avec l\'accord de la collectivité',
                 'vous': 'À la collectivité de le saisir'}

NATURES = {                                                         # what an agent writes
    'note':        'Note',
    'appel':       'Appel',
    'courriel':    'Courriel important',
    'visite':      'Visite sur site',
    'reunion':     'Réunion de cadrage',
    'proposition': "Proposition d'accompagnement",
    'livrable':    'Restitution de livrable',
    'relation':    'Mise en relation',
}
JOINDRE = ('appel', 'contact', 'visite', 'reunion')                  # of these, what a failed mail is replaced by
NATURES_PLATEFORME = {                                              # what the platform writes
    'depot':      'Dépôt',
    'statut':     'Statut',
    'equipe':     'Équipe',
    'contact':    'Premier contact',
    'message':    'Message du demandeur',
    'envoi':      'Courriel',
    'correction': 'Correction',
}

ETATS_DE_FICHE = {
    'brouillon': 'brouillon', 'publiee': 'publiée', 'suspendue': 'suspendue', 'archivee': 'archivée',
}
GENRES_DE_VERSION = ('fiche', 'page', 'contenu')
GENRES_DE_DOCUMENT = ('fiche', 'contenu', 'image', 'accord')        # accord: of a collectivité, never published

# The contents. adresse: where the public reads them, '' for contributeurs alone; champs: the columns of their own,
# besides those of all (titre, resume, corps, theme, structure, publie_le, expire_le).
GenreDeContenu = namedtuple('GenreDeContenu', 'libelle pluriel adresse champs')
GENRES_DE_CONTENU = {
    'actualite': GenreDeContenu('Actualité', 'Actualités', '/actualites', ()),
    'ressource': GenreDeContenu('Ressource', 'Ressources', '/ressources', ('nature', 'verifie_le', 'a_revoir_le')),
    'projet':    GenreDeContenu('Projet exemplaire', 'Projets exemplaires', '/projets',
                                ('collectivite', 'annee', 'cout')),
    'evenement': GenreDeContenu('Évènement', 'Agenda', '/agenda',
                                ('debut_le', 'debut_a', 'fin_le', 'fin_a', 'lieu', 'inscription', 'inscription_au')),
    'document':  GenreDeContenu('Document', 'Documents', '', ('classe', 'groupe', 'nature', 'seance_le', 'a_qui')),
}
ETATS_DE_CONTENU = {'brouillon': 'brouillon', 'a_valider': 'à valider', 'publie': 'publié', 'retire': 'retiré'}
AUDIENCES = {'public': 'Public', 'contributeurs': 'Contributeurs'}
# code: (label, is it a model to adapt?)
NATURES_DE_RESSOURCE = {
    'guide':        ('Guide', False),
    'deliberation': ('Modèle de délibération', True),
    'cahier':       ('Cahier des charges', True),
    'convention':   ('Modèle de convention', True),
    'reglement':    ('Modèle de règlement', True),
    'modele':       ('Autre modèle', True),
    'autre':        ('Autre ressource', False),
}
NATURES_DE_DOCUMENT = {
    'ordre_du_jour': 'Ordre du jour', 'compte_rendu': 'Compte rendu', 'decisions': 'Décisions',
    'support': 'Support de communication', 'autre': 'Autre document',
}
CLASSES_DE_DOCUMENT = {
    'supports': 'Supports de communication', 'comite': 'Comité de suivi technique', 'groupe': 'Groupes de travail',
}
DESTINATAIRES = ('demandeur', 'collectivite', 'agent', 'direction')  # of a mail
LIENS = {'invitation': timedelta(days=14), 'mot_de_passe': timedelta(hours=2)}  # one-time links: how long each is good

MOYENS = {'appel': 'appel', 'courriel': 'courriel', 'visite': 'visite', 'reunion': 'réunion'}
RESULTATS = {'joint': 'joint', 'message': 'message laissé', 'injoignable': 'injoignable'}
AMPLEURS = {'echange': 'un échange', 'jours': 'quelques jours', 'projet': 'un projet suivi'}      # at closing, optional
RAPPELE = {'oui': 'oui', 'pas_encore': 'pas encore'}                # « Avez-vous été rappelé·e ? »
VOIES = ('téléphone', 'courriel', 'courrier', 'rendez-vous')
CIVILITES = ('Madame', 'Monsieur')

TYPES = (
    'Commune', 'Communauté de communes', "Communauté d'agglomération", 'Communauté urbaine', 'Métropole', 'Syndicat',
    'PETR', 'Autre établissement public',
)
TYPES_D_EPCI = TYPES[1:5]
TYPES_COURTS = {
    'Communauté de communes': 'CC', "Communauté d'agglomération": 'CA', 'Communauté urbaine': 'CU',
    'Autre établissement public': 'Autre',
}

MINUTES_POUR_CORRIGER = 15     # domaine.md §6

# What may be joined (the extension must agree with how the file begins).
SIGNATURES = {
    'pdf': (b'%PDF',), 'png': (b'\x89PNG\r\n\x1a\n',), 'jpg': (b'\xff\xd8\xff',), 'jpeg': (b'\xff\xd8\xff',),
    'gif': (b'GIF8',), 'webp': (b'RIFF',), 'tif': (b'II*\0', b'MM\0*'), 'tiff': (b'II*\0', b'MM\0*'),
    'heic': (b'\0\0\0',),
    'odt': (b'PK',), 'ods': (b'PK',), 'odp': (b'PK',), 'docx': (b'PK',), 'xlsx': (b'PK',), 'pptx': (b'PK',),
    'doc': (b'\xd0\xcf\x11\xe0',), 'xls': (b'\xd0\xcf\x11\xe0',), 'ppt': (b'\xd0\xcf\x11\xe0',), 'rtf': (b'{\\rtf',),
    'txt': (), 'csv': (), 'dwg': (b'AC10',), 'dxf': (),
}
PIECES_MAX = 10
PIECE_OCTETS = 10 * MO
PIECES_OCTETS = 25 * MO


class Refus(Exception):
    """A refusal of the domain: one French sentence that says what to do.

    code: its sort, by the numbers of HTTP (422 input, 403 not theirs, 404, 409); champ: the field at fault, or ''.
    """

    def __init__(self, phrase, code=422, champ=''):
        super().__init__(phrase)
        self.phrase, self.code, self.champ = phrase, code, champ


# The public address, whether mails leave (else they wait in the base), the header of the SSO ('' without), the version:
# set once, by plateforme.main.
SITE = {'url': 'http://127.0.0.1:8080', 'smtp': False, 'entete_agent': '', 'version': ''}


# ======================================================================================
# The base: one SQLite file, one writer at a time
# ======================================================================================

SOCLE = 8                                                           # the first step: no other leads to it
VERSION_BASE = 8                                                    # the last one; until version 1.0, the same
MARQUE_BASE = 0x50415431                                            # application_id: this file is ours
db = SqliteDatabase(None, autoconnect=False)
db.register_function(lambda instant: instant and jour_de(instant), 'jour_de', 1)   # in SQL text too
_ecrivain = threading.Lock()                                        # one writer at a time
_places = threading.Semaphore(6)                                    # who writes or waits to: two workers still read
_fil = threading.local()                                            # this thread: its anchor, its moments, may it write
_branche = {}                                                       # chemin, ancre, inode of the plugged base
_ancre_verrou = threading.Lock()
GARDEES_MAX = 300
MARQUES = 'SELECT reference, demande, session FROM marque'
_gardees = OrderedDict()                                            # (function, arguments): (moment, what it gave)
_gardees_verrou = threading.Lock()


class BaseIndisponible(Exception):
    """The base can't be used now; its text is the French sentence to show."""


def _uri(chemin, mode='rw'):
    return f'file:{quote(os.path.abspath(chemin))}?mode={mode}'


def connexion_brute(chemin, mode='rw'):
    """A raw connection in autocommit; refuses what is no base of ours, creates nothing unless mode is rwc."""
    if mode != 'rwc' and not os.access(chemin, os.R_OK):
        raise BaseIndisponible(f'La base {chemin} n\'existe pas, ou ce compte ne peut pas la lire (PLATEFORME_BASE).')
    try:
        brute = sqlite3.connect(_uri(chemin, mode), uri=True, isolation_level=None, timeout=10, check_same_thread=False)
        marque = brute.execute('PRAGMA application_id').fetchone()[0]
        version = brute.execute('PRAGMA user_version').fetchone()[0]
    except sqlite3.DatabaseError:
        raise BaseIndisponible(
            f'{chemin} ne peut pas être ouvert comme une base de la Plateforme. Rien n\'a été modifié.') from None
    if mode != 'rwc' and marque != MARQUE_BASE:
        brute.close()
        raise BaseIndisponible(f'{chemin} n\'est pas une base de la Plateforme. Rien n\'a été modifié.')
    if version > VERSION_BASE:
        brute.close()
        raise BaseIndisponible(
            f'La base {chemin} est plus récente que ce logiciel (étape {version}, étape connue {VERSION_BASE}). '
            'Installez la version du logiciel qui l\'a créée, ou une plus récente. Rien n\'a été modifié.')
    if mode != 'rwc' and version < SOCLE:
        brute.close()
        raise BaseIndisponible(_dire_hors_des_etapes(chemin, version))
    return brute


def _dire_hors_des_etapes(chemin, version):
    """Of a base that no step leads from: a trial version's, or one whose creation was cut (it has nothing)."""
    if not version:
        return (f'La base {chemin} n\'est pas finie\u00a0: sa création est en cours, ou a été interrompue. '
                'Si rien ne la crée plus, supprimez ce fichier, puis «\u00a0initialiser\u00a0».')
    return (f'La base {chemin} est celle d\'une version d\'essai (étape {version}, étape connue {VERSION_BASE})\u00a0: '
            'faites «\u00a0exporter tout\u00a0» avec la version qui l\'a faite, puis «\u00a0importer tout\u00a0» dans '
            'une base neuve, ou refaites la démonstration. Rien n\'a été modifié.')


def etapes():
    """The steps of migrations.sql: [(number, label, [statements])]."""
    texte = pkgutil.get_data('models', 'migrations.sql').decode()
    parties = re.split(r'^-- == (\d+) : (.+?) ==$', texte, flags=re.M)[1:]
    return [(int(n), label, list(_instructions(sql)))
            for n, label, sql in zip(parties[0::3], parties[1::3], parties[2::3])]


def _instructions(sql):
    tampon = ''
    for ligne in sql.splitlines(keepends=True):
        tampon += ligne
        if sqlite3.complete_statement(tampon):
            yield tampon.strip()
            tampon = ''
    if re.sub(r'--.*', '', tampon).strip():
        raise ValueError('migrations.sql: an instruction is not finished')


def initialiser(chemin):
    """Create the base (mode 0600) with its reference rows; refuse to touch an existing file."""
    if os.path.exists(chemin):
        raise BaseIndisponible(
            f'{chemin} existe déjà\u00a0: rien n\'a été modifié. '
            'Utilisez «\u00a0migrer\u00a0» pour une base existante.')
    try:
        os.close(os.open(chemin, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError:
        raise BaseIndisponible(
            f'{chemin} ne peut pas être créé\u00a0: vérifiez le dossier et ses droits pour ce compte.') from None
    brute = connexion_brute(chemin, 'rwc')
    try:
        brute.execute(f'PRAGMA application_id = {MARQUE_BASE}')
        brute.execute('PRAGMA journal_mode = wal')
        brute.execute('PRAGMA temp_store = memory')                 # a new base is small, and /tmp may not be there yet
        _jouer(brute)
        brute.execute(
            'INSERT INTO reglage (cle, valeur, libelle) '
            "VALUES ('secret', ?, 'Secret des formulaires')", (secrets.token_hex(32),))
    finally:
        brute.close()


def migrer(chemin):
    """Bring an existing base to this version. Returns the labels of the steps played; keeps a copy beside it first."""
    brute = connexion_brute(chemin)
    try:
        version = brute.execute('PRAGMA user_version').fetchone()[0]
        if version < VERSION_BASE:
            copie = f'{chemin}.avant-etape-{version + 1}'           # 0600 before anything is in it
            os.close(os.open(copie, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600))
            brute.execute('VACUUM INTO ?', (copie,))
        return _jouer(brute)
    finally:
        brute.close()


def _jouer(brute):
    faites = []
    brute.execute('PRAGMA foreign_keys = 0')
    brute.create_function('normaliser', 1, normaliser, deterministic=True)
    for numero, label, instructions in etapes():
        if numero <= brute.execute('PRAGMA user_version').fetchone()[0]:
            continue
        brute.execute('BEGIN IMMEDIATE')
        try:
            for instruction in instructions:
                brute.execute(instruction)
            if brute.execute('PRAGMA foreign_key_check').fetchone():
                raise BaseIndisponible(f'L\'étape {numero} laisserait des liens rompus\u00a0: elle est annulée.')
            brute.execute(f'PRAGMA user_version = {numero}')
            brute.execute('COMMIT')
        except BaseException:
            brute.execute('ROLLBACK')
            raise
        faites.append(label)
    return faites


def brancher(chemin):
    """Plug the base that every following lecture() and ecriture() reads and writes.

    One idle anchor connection stays open: without it the last close of all would checkpoint. Raises BaseIndisponible.
    """
    debrancher()
    ancre = connexion_brute(chemin)
    if ancre.execute('PRAGMA user_version').fetchone()[0] < VERSION_BASE:
        ancre.close()
        raise BaseIndisponible(
            f'La base {chemin} est plus ancienne que ce logiciel. Lancez «\u00a0migrer\u00a0» d\'abord.')
    db.init(_uri(chemin), uri=True, timeout=10, pragmas={
        'synchronous': 'FULL', 'foreign_keys': 1, 'journal_size_limit': 33_554_432, 'cache_size': -1000})
    _branche.update(chemin=chemin, ancre=ancre, inode=_inode(chemin))


def debrancher():
    if _branche:
        db.close()
        _branche['ancre'].close()
        _branche.clear()


def _inode(chemin):
    try:
        etat = os.stat(chemin)
    except OSError:
        return None
    return etat.st_dev, etat.st_ino


def inscriptible(chemin):
    """True when this account may write the base: if not, SQLite opens it all the same, for reading only.

    It also gives an empty -wal the rights of the base: once those are back, they must be given back to its neighbours.
    """
    peut = os.access(chemin, os.W_OK)
    for voisin in (f'{chemin}-wal', f'{chemin}-shm'):
        if peut and os.path.exists(voisin) and not os.access(voisin, os.W_OK):
            with suppress(OSError):                                 # it may belong to another account
                os.chmod(voisin, 0o600)
            peut = os.access(voisin, os.W_OK)
    return peut


def _verifier_en_place():
    """Before any SQL, refuse a base that was moved or replaced (old -wal beside it: old rows read, writes lost)."""
    if not _branche or _inode(_branche['chemin']) != _branche['inode']:
        raise BaseIndisponible(
            'La base de données a été déplacée ou remplacée (si c\'est voulu, redémarrez le service).')


def _ouvrir(query_only):
    """The connection of this thread, kept: opening one reads the whole schema (0.4 ms)."""
    _verifier_en_place()
    meme_base = getattr(_fil, 'ancre', None) is _branche['ancre']
    if not meme_base or not (query_only or _fil.inscriptible):
        db.close()
        _fil.ancre = _branche['ancre']
    if not db.is_closed() and db.in_transaction():
        raise RuntimeError('lecture() and ecriture() do not nest')
    if db.is_closed():
        _fil.inscriptible = inscriptible(_branche['chemin'])
        db.connect()
    db.execute_sql(f'PRAGMA query_only = {query_only}')


@contextmanager
def _transaction(genre):
    """One transaction. What breaks it ends the connection too:
    a cursor read halfway would hold its old view of the base after ROLLBACK.
    """
    try:
        with db.atomic(genre):
            yield
    except BaseException:
        db.close()
        raise


@contextmanager
def lecture():
    """One read transaction: a stable view, and nothing can be written. Gives its moment of reference."""
    _ouvrir(query_only=1)
    with _transaction('DEFERRED'):
        # The view is taken at the first row read, not at BEGIN: these marks are its own.
        _fil.moments = _moments(db.execute_sql(MARQUES).fetchone())
        try:
            yield _fil.moments['reference']
        finally:
            _fil.moments = None


def _moments(marques):
    ici = _fil.ancre, aujourdhui(), marques[0]
    return {'reference': ici, 'demande': (*ici, marques[1]), 'session': (*ici, marques[2])}


@contextmanager
def ecriture():
    """One write transaction: the writers of this process queue here, those of another on SQLite's own lock (10 s)."""
    with _tour(_places, 1), _tour(_ecrivain, 10):
        _ouvrir(query_only=0)
        with _transaction('IMMEDIATE'):
            _fil.ecrite, _fil.a_fondre = db.execute_sql(MARQUES).fetchone(), False
            try:
                yield
            finally:
                _fil.ecrite = None
        if _fil.a_fondre:
            _fondre()


def effacer_du_journal():
    """What this transaction writes over leaves the -wal as well, once it is committed."""
    _fil.a_fondre = True


def _fondre():
    """Merge the -wal into the base and empty it, if nobody reads for long meanwhile (a copy does): a second at most."""
    with suppress(DatabaseError):
        for pragma in ('busy_timeout = 1000', 'wal_checkpoint(TRUNCATE)', 'busy_timeout = 10000'):
            db.execute_sql(f'PRAGMA {pragma}').fetchall()


@contextmanager
def _tour(verrou, secondes):
    """Hold a lock, waited for no longer than that: whatever holds the base, two of the workers serve readers."""
    if not verrou.acquire(timeout=secondes):
        raise BaseIndisponible('La base de données est occupée.')
    try:
        yield
    finally:
        verrou.release()


# What the system and SQLite refuse: is it the base that can't be used (a 503)?
# How is it said in French on the command line?
EN_PANNE = {
    sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB,
}
SANS_DISQUE = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
SYSTEME = {
    errno.EACCES:  'ce compte n\'en a pas le droit',
    errno.EPERM:   'ce compte n\'en a pas le droit',
    errno.ENOENT:  'n\'existe pas',
    errno.EISDIR:  'est un dossier',
    errno.ENOTDIR: 'passe par un fichier',
    errno.ELOOP:   'est un lien symbolique',
    errno.ENOSPC:  'le disque est plein',
    errno.EDQUOT:  'le disque est plein',
    errno.EROFS:   'le disque est en lecture seule',
    errno.EPIPE:   'ce qui lisait la sortie s\'est arrêté',
}
SQLITE = {                                                         # by primary result code (sqlite.org/rescode.html)
    sqlite3.SQLITE_FULL:     'le disque est plein',
    sqlite3.SQLITE_READONLY: 'ce compte ne peut que lire la base ou son dossier',
    sqlite3.SQLITE_BUSY:     'la base est occupée, réessayez dans un moment',
    sqlite3.SQLITE_CANTOPEN: 'ce compte ne peut pas ouvrir la base ou son dossier',
    sqlite3.SQLITE_CORRUPT:  'la base est abîmée',
    sqlite3.SQLITE_NOTADB:   'ce fichier n\'est pas une base, ou est abîmé',
    sqlite3.SQLITE_IOERR:    'le disque n\'a pas répondu',
}


def _causes(incident):
    """An error, then what it came from:
    on a full disk SQLite rolls back by itself, and Peewee then says « cannot rollback ».
    """
    while incident:
        yield incident
        incident = incident.__cause__ or incident.__context__


def _code_sqlite(cause):
    return getattr(cause, 'sqlite_errorcode', 0) & 0xff             # without what SQLite adds to a primary code


def panne_de_base(incident):
    """Why the base can't be used (missing, full, read-only, busy), for the log; None for a fault of the program."""
    for cause in _causes(incident):
        if isinstance(cause, BaseIndisponible):
            return str(cause)
        if getattr(cause, 'errno', None) in SANS_DISQUE:
            return f'disque : {errno.errorcode[cause.errno]}'
        if _code_sqlite(cause) in EN_PANNE:
            return f'SQLite : {cause}'
    return None


def dire_incident(incident):
    """The sentence of an error of the system or of SQLite, which speak English, with the file it is about."""
    for cause in _causes(incident):
        connu = SYSTEME.get(getattr(cause, 'errno', None)) or SQLITE.get(_code_sqlite(cause))
        if connu:
            return f'{cause.filename}\u00a0: {connu}' if getattr(cause, 'filename', None) else connu
    return str(incident)


# ======================================================================================
# Memory: what was read stays true until a mark of the base moves (migrations.sql « Memory »)
# ======================================================================================

def moment():
    """(the anchor, the day, the mark of reference) now. What is kept at a moment is true of an equal one."""
    _verifier_en_place()
    with _ancre_verrou:
        ancre = _branche['ancre']
        return ancre, aujourdhui(), ancre.execute(MARQUES).fetchone()[0]


def retrouver(cle, quand):
    """What was kept under this key at this moment, or None. It is shared: never change it."""
    with _gardees_verrou:
        connu = _gardees.get(cle)
    if connu and connu[0] == quand:
        return connu[1]
    return None


def retenir(cle, quand, valeur, combien=GARDEES_MAX):
    """Keep a value under a key of plain values: a Model compares itself in Python, where another thread may come in;
    combien: how many at most of what begins as its key does.
    """
    with _gardees_verrou:
        _gardees[cle] = quand, valeur
        _gardees.move_to_end(cle)
        siennes = [] if combien == GARDEES_MAX else [autre for autre in _gardees if autre[0] == cle[0]]
        for ancienne in siennes[:max(0, len(siennes) - combien)]:
            del _gardees[ancienne]
        while len(_gardees) > GARDEES_MAX:
            _gardees.popitem(last=False)


def gardee(lire, marque='reference', combien=GARDEES_MAX):
    """Keep what a reading gives (but None) until its mark, or that of reference, moves; combien: of how many arguments.
    A writer that has moved a mark reads the base itself: what it changes may still be undone.
    """
    @functools.wraps(lire)
    def relire(*arguments):
        quand = (getattr(_fil, 'moments', None) or _moments_d_ecriture()).get(marque)
        cle = (lire, *arguments)
        valeur = retrouver(cle, quand) if quand else None
        if valeur is None:
            valeur = lire(*arguments)
            if quand and valeur is not None:
                retenir(cle, quand, valeur, combien)
        return valeur
    return relire


def _moments_d_ecriture():
    """The moment of reference of a write transaction, as long as it has changed nothing of reference."""
    ecrite = getattr(_fil, 'ecrite', None)
    if not ecrite or db.execute_sql(MARQUES).fetchone()[0] != ecrite[0]:
        return {}
    return {'reference': _moments(ecrite)['reference']}


def lignes(sql, *valeurs):
    """The rows of a SELECT in SQL text, as dicts: a busy page reads ten times faster than through the query builder."""
    curseur = db.execute_sql(sql, valeurs)
    noms = [colonne[0] for colonne in curseur.description]
    return [dict(zip(noms, ligne)) for ligne in curseur]


def relire(ligne):
    """A row as it is now, or None: what was read before this transaction may have changed."""
    return next(iter(type(ligne).raw(f'SELECT * FROM {ligne._meta.table_name} WHERE id = ?', ligne.id)), None)


def inserer(table, **valeurs):
    """Insert one row (fields as in Model.create, without its defaults: the schema has them); returns its id.

    Five times faster.
    """
    ordre = _insertion(table, tuple(valeurs))
    return db.execute_sql(ordre, [v._pk if isinstance(v, Model) else v for v in valeurs.values()]).lastrowid


def creer(table, **valeurs):
    """Insert one row, as Model.create does, and give it: three times faster."""
    ligne = table(**valeurs)
    ligne._pk = inserer(table, **ligne.__data__)
    ligne._dirty.clear()                                            # nothing is left to save
    return ligne


@functools.cache
def _insertion(table, champs):
    colonnes = [table._meta.fields[champ].column_name for champ in champs]
    return f'INSERT INTO {table._meta.table_name} ({", ".join(colonnes)}) VALUES ({", ".join("?" * len(colonnes))})'


# ======================================================================================
# Nouns
# ======================================================================================

class Table(Model):
    class Meta:
        database = db
        legacy_table_names = False


def _texte(**options):
    return TextField(default='', **options)


class Reglage(Table):
    cle, valeur, libelle, aide = TextField(primary_key=True), TextField(), TextField(), _texte()
    ordre, regle_le = IntegerField(default=0), TextField(null=True)

    @staticmethod
    @gardee
    def tous():
        """{key: value} of every setting."""
        return dict(db.execute_sql('SELECT cle, valeur FROM reglage').fetchall())


class Fermeture(Table):
    """Closing days: no échéance falls on one, and none is counted among the working days."""
    du, au, libelle = TextField(), TextField(), TextField()         # au: included


@gardee
def jours_fermes():
    """The closing days, as dates: what langue.ouvre() and all that counts working days is given."""
    periodes = db.execute_sql('SELECT du, au FROM fermeture').fetchall()
    return frozenset(date.fromisoformat(plus_jours(du, n)) for du, au in periodes
                     for n in range((date.fromisoformat(au) - date.fromisoformat(du)).days + 1))


class PageLegale(Table):
    cle, titre, corps, modifie_le = TextField(primary_key=True), TextField(), TextField(), TextField(null=True)


class Modele(Table):
    cle, libelle = TextField(primary_key=True), TextField()
    objet, corps, reperes, avant = TextField(), TextField(), TextField(), _texte()


class Structure(Table):
    nom, sigle, partenaire = TextField(unique=True), TextField(), BooleanField(default=False)
    site, presentation = _texte(), _texte()
    convention_du, convention_au, convention_referent = TextField(null=True), TextField(null=True), _texte()


class Direction(Table):
    structure = ForeignKeyField(Structure, backref='directions')
    nom, telephone, courriel = TextField(), _texte(), _texte()
    court = _texte()                                                # its name in a list; '': the whole one
    fermee_le = TextField(null=True)                                # a structure is closed when all of its own are

    class Meta:
        indexes = ((('structure', 'nom'), True),)


# Of an absence or a delegation, on the day ?1.
EN_COURS = 'coalesce(du, ?1) <= ?1 AND coalesce(au, ?1) >= ?1'


class Agent(Table):
    direction = ForeignKeyField(Direction, backref='agents')
    courriel, prenom, nom = TextField(unique=True), TextField(), TextField()
    fonction, telephone_public, telephone = _texte(), _texte(), _texte()
    administrateur, pilote, actif = BooleanField(default=False), BooleanField(default=False), BooleanField(default=True)
    mot_de_passe, avis_journal, cree_le = TextField(null=True), TextField(default='quotidien'), TextField()
    second_facteur, dernier_pas = TextField(null=True), IntegerField(default=0)
    identifiant = TextField(null=True)
    ouvert_le = TextField(null=True)                                # None: nobody has entered this account yet
    engage_le = TextField(null=True)                                # has read the commitments of the convention
    touches = BooleanField(default=True)                            # the four keys of the agents' pages (WCAG 2.1.4)
    expert = BooleanField(default=False)                            # whom « désigner » proposes first in the direction
    presentation, territoire = _texte(), _texte()                   # what one says of oneself in the directory
    lecteur_au = TextField(null=True)                               # the last day of a « lecteur »; None: an agent

    @property
    def nom_complet(self):
        return f'{self.prenom} {self.nom}'

    @property
    def telephone_communique(self):
        """What a mairie is given: the agent's own choice, else the direction's (domaine.md §1)."""
        return self.telephone_public or self.direction.telephone

    @functools.cached_property
    def identites(self):
        """The agents for whom this one may act today, oneself first: {id: administrateur}.

        A delegataire has the rights of who empowered them, a suppléant those of the absent (domaine.md §1, §7). A
        « lecteur » acts for nobody and administers nothing.
        """
        if self.lecteur_au:
            return {self.id: False}
        autres = db.execute_sql(
            f"""SELECT id, administrateur FROM agent WHERE actif AND id IN (
                  SELECT pour_id FROM delegation WHERE par_id = ?2 AND {EN_COURS}
                  UNION SELECT agent_id FROM absence WHERE suppleant_id = ?2 AND {EN_COURS})""",
            (aujourdhui(), self.id)).fetchall()
        pour_autrui = {id_: bool(administre) for id_, administre in autres if id_ != self.id}
        return {self.id: bool(self.administrateur)} | pour_autrui

    @property
    def administre(self):
        """True when administrateur, in one's own name or by delegation."""
        return any(self.identites.values())

    @property
    def entre(self):
        """True when this account opens: not closed; a lecteur's until its last day, once the comité has agreed."""
        lit = self.lecteur_au and accord_des_lecteurs() and aujourdhui() <= self.lecteur_au
        return bool(self.actif and (lit or not self.lecteur_au))


@gardee
def accord_des_lecteurs():
    """The day the comité de suivi agreed to « lecteurs », None until it is typed: then they do not come in."""
    return Reglage.get_by_id('accord_lecteurs').regle_le


# An account that a demande, a fiche, a replacement may be confided to.
CONTRIBUE = 'agent.actif AND agent.lecteur_au IS NULL'


def lire_agents(suite, *valeurs):
    """The Agents, their direction and structure with them, of « FROM agent JOIN direction JOIN structure » + suite."""
    curseur = db.execute_sql(
        f"""SELECT agent.*, direction.*, structure.*
            FROM agent JOIN direction ON direction.id = agent.direction_id
                       JOIN structure ON structure.id = direction.structure_id {suite}""", valeurs)
    noms = [colonne[0] for colonne in curseur.description]
    return [_assembler(iter(zip(noms, ligne))) for ligne in curseur]


def _assembler(colonnes):
    """An Agent from the (column, value) pairs of its three tables, in order."""
    agent, direction, structure = (
        _instance(table, itertools.islice(colonnes, len(table._meta.fields)))
        for table in (Agent, Direction, Structure))
    lier(agent, 'direction', direction)
    lier(direction, 'structure', structure)
    return agent


def lier(ligne, nom, autre):
    """Hand a row the one it refers to, already read: its attribute `nom` asks the base nothing any more."""
    ligne.__rel__[nom] = autre


def _instance(table, colonnes):
    objet = table(__no_default__=True)
    objet.__data__ = {table._meta.columns[nom].name: valeur for nom, valeur in colonnes}
    return objet


def administrateurs():
    return lire_agents('WHERE administrateur AND actif ORDER BY agent.id')


class Absence(Table):
    agent = ForeignKeyField(Agent, backref='absences')
    du, au = TextField(), TextField(null=True)                      # au: None, without a known end
    suppleant = ForeignKeyField(Agent, null=True, backref='suppleances')
    retour_dit = BooleanField(default=False)                        # may a mairie and the team read « au »?


class Delegation(Table):
    pour, par = ForeignKeyField(Agent, backref='delegations'), ForeignKeyField(Agent, backref='delegue_de')
    du, au = TextField(null=True), TextField(null=True)


class Theme(Table):
    nom, icone, ordre = TextField(unique=True), TextField(default='document'), IntegerField(default=0)
    court = _texte()                                                # its name in a list; '': the whole one


class Fiche(Table):
    theme, direction = ForeignKeyField(Theme, backref='fiches'), ForeignKeyField(Direction, backref='fiches')
    titre, resume = TextField(), TextField()
    pour_qui, actions, deroulement, a_preparer, associees = _texte(), _texte(), _texte(), _texte(), _texte()
    mots = _texte()                                                 # what mairies call it; the search reads them
    conditions = _texte()                                           # what it costs and asks for
    delai, restreinte, etat = IntegerField(), BooleanField(default=False), TextField(default='publiee')
    maj_le, identifiant = TextField(), TextField(null=True)
    explication = _texte()                                          # what the public reads of a suspended one
    remplacee_par = ForeignKeyField('self', null=True, backref='remplacees')

    @property
    def publiee(self):
        return self.etat == 'publiee'


class Version(Table):
    """What a fiche or a page has said, or what is proposed that it say (verbes/versions.py)."""
    genre, objet, numero, etat = TextField(), TextField(), IntegerField(null=True), TextField()
    champs, changes, sur = TextField(), _texte(), IntegerField(null=True)
    pourquoi, agent, auteur = TextField(), ForeignKeyField(Agent, null=True, backref='versions'), TextField()
    cree_le, decide_par = TextField(), ForeignKeyField(Agent, null=True, backref='decisions')
    decideur, decide_le, reponse = _texte(), TextField(null=True), _texte()


class Document(Table):
    """A published file, joined to a fiche or to a content; an image (titre: its text alternative)."""
    genre, objet, titre, nom, type = TextField(), TextField(), TextField(), TextField(), TextField()
    taille, sha256, agent = IntegerField(), TextField(), ForeignKeyField(Agent, null=True, backref='documents')
    ajoute_le, contenu = TextField(), BlobField()
    accessible, a_qui = _texte(), _texte()
    legende, credit, moment = _texte(), _texte(), _texte()
    largeur, hauteur = IntegerField(null=True), IntegerField(null=True)
    droit, personnes, accords_par, retire_le = _texte(), _texte(), _texte(), TextField(null=True)


class SansReponse(Table):
    """A search of the public that no fiche answered: words only."""
    mots, nombre, vu_le = TextField(primary_key=True), IntegerField(), TextField()
    jours = IntegerField(default=1)                                 # on how many days it was made


class Porte(Table):
    """An organisme outside the Plateforme, to which a mairie may be sent (verbes/portes.py)."""
    organisme, objet, service, telephone = TextField(), TextField(), _texte(), _texte()
    texte, verifie_le = _texte(), TextField()


class Pilotage(Table):
    fiche, agent = ForeignKeyField(Fiche, backref='pilotages'), ForeignKeyField(Agent, backref='pilotages')
    rang = IntegerField(default=0)

    class Meta:
        primary_key = CompositeKey('fiche', 'agent')


class Collectivite(Table):
    siren, insee = TextField(), TextField(null=True)                # unique among those not replaced
    type, nom, cherche = TextField(), TextField(), TextField()
    codes_postaux, population, arrondissement = _texte(), IntegerField(default=0), _texte()
    epci = ForeignKeyField('self', null=True, backref='communes')
    courriel, telephone = _texte(), _texte()
    remplacee_par, jusqu_au = ForeignKeyField('self', null=True, backref='remplacees'), TextField(null=True)
    epci_suivant, epci_le = ForeignKeyField('self', null=True, backref='arrivantes'), TextField(null=True)
    depuis, sans_lettre = TextField(null=True), BooleanField(default=False)
    canton, petr, secteur = _texte(), _texte(), _texte()


class Adhesion(Table):
    collectivite = ForeignKeyField(Collectivite, backref='adhesions')
    structure = ForeignKeyField(Structure, backref='adhesions')
    depuis, jusqu_au = TextField(null=True), TextField(null=True)

    class Meta:
        primary_key = CompositeKey('collectivite', 'structure')


class Demande(Table):
    numero, version, jeton = AutoField(), IntegerField(default=1), TextField(unique=True)
    cle, empreinte, origine = TextField(null=True, unique=True), TextField(null=True), TextField()
    statut, etape = TextField(), IntegerField(default=1)
    depose_le, clos_le, delai = TextField(), TextField(null=True), IntegerField(null=True)
    echeance, date_a_tenir, premier_contact_le = TextField(null=True), TextField(null=True), TextField(null=True)
    restreinte = BooleanField(default=False)
    theme, fiche = ForeignKeyField(Theme, null=True), ForeignKeyField(Fiche, null=True)
    structure, direction = ForeignKeyField(Structure, null=True), ForeignKeyField(Direction, null=True)
    collectivite_liee = ForeignKeyField(Collectivite, null=True, column_name='collectivite_id',
                                        object_id_name='collectivite_id')
    collectivite, type, lieu, message = TextField(), TextField(), _texte(), TextField()
    civilite, nom, prenom = _texte(), _texte(), _texte()
    rappel_nom, rappel_prenom, rappel_fonction = _texte(), _texte(), _texte()
    courriel, telephone, quand_joindre = _texte(), _texte(), _texte()
    a_confirmer = BooleanField(default=False)
    saisie_par, recue_le, voie = ForeignKeyField(Agent, null=True, backref='saisies'), TextField(null=True), _texte()
    issue, synthese, texte_final, organisme, accord = _texte(), _texte(), _texte(), _texte(), _texte()
    organisme_telephone, transmission, transmise_le = _texte(), _texte(), TextField(null=True)
    repondu_le = TextField(null=True)                               # the day of the answer that closed it
    doublon_de = ForeignKeyField('self', null=True, column_name='doublon_de', object_id_name='doublon_de_id')
    prochaine_etape_le = TextField(null=True)
    importee, reprise, titre_depose = BooleanField(default=False), BooleanField(default=False), _texte()
    essai = BooleanField(default=False)                             # made before the opening, to learn
    question_le, rappele, rappele_le = TextField(null=True), _texte(), TextField(null=True)
    ampleur = _texte()                                              # of AMPLEURS
    collectivite_tri = _texte()                                     # the order of the list; journal.ecrire_index
    message_le = TextField(null=True)                               # written by triggers alone
    interlocuteur_depuis = TextField(null=True)                     # the day since which it is to be confirmed

    @property
    def etat(self):
        """The state in TRANSITIONS: the statut; « rejete_clos » once answered; « essai_clos », that nothing reopens."""
        if self.issue == 'essai':
            return 'essai_clos'
        return 'rejete_clos' if self.statut == 'rejete' and self.clos_le else self.statut

    @property
    def a_rappeler(self):
        """The person to call back."""
        if not self.rappel_nom:
            return f'{self.prenom} {self.nom}'.strip()
        return f'{self.rappel_prenom} {self.rappel_nom}'.strip()

    @property
    def titre(self):
        return self.fiche.titre if self.fiche_id else 'Demande libre'

    @property
    def envoyee_sous(self):
        """The title of the fiche at the deposit, when it is not the present one; '' else."""
        return self.titre_depose if self.titre_depose != self.titre else ''

    @classmethod
    def visibles_par(cls, agent, *colonnes):
        """The demandes an agent may read (lisibles_par)."""
        return cls.select(*colonnes).where(lisibles_par(agent))


class Groupe(Table):
    """A groupe de travail of the contributeurs."""
    nom, animateur = TextField(unique=True), ForeignKeyField(Agent, null=True, backref='groupes')
    ferme_le = TextField(null=True)


class Contenu(Table):
    """What the site shows, or what contributeurs share (verbes/contenus.py)."""
    genre, etat, audience = TextField(), TextField(default='brouillon'), TextField(default='public')
    titre, resume, corps = TextField(), _texte(), _texte()
    theme = ForeignKeyField(Theme, null=True, backref='contenus')
    structure = ForeignKeyField(Structure, null=True, backref='contenus')
    agent = ForeignKeyField(Agent, null=True, backref='contenus')
    cree_le, modifie_le, relu_par = TextField(), TextField(), _texte()
    publie_le, expire_le, retire_le = TextField(null=True), TextField(null=True), TextField(null=True)
    debut_le, debut_a, fin_le, fin_a = TextField(null=True), _texte(), TextField(null=True), _texte()
    lieu, inscription, inscription_au = _texte(), _texte(), TextField(null=True)
    nature, verifie_le, a_revoir_le = _texte(), TextField(null=True), TextField(null=True)
    classe, groupe = _texte(), ForeignKeyField(Groupe, null=True, backref='contenus')
    seance_le, a_qui = TextField(null=True), _texte()
    collectivite = ForeignKeyField(Collectivite, null=True, backref='projets')
    annee, cout = IntegerField(null=True), _texte()
    demande = ForeignKeyField(Demande, null=True, backref='projets')
    accord_par, accord_le, accord_retire_le = _texte(), TextField(null=True), TextField(null=True)


class ContenuFiche(Table):
    contenu, fiche = ForeignKeyField(Contenu, backref='fiches'), ForeignKeyField(Fiche, backref='contenus')

    class Meta:
        primary_key = CompositeKey('contenu', 'fiche')


class ContenuCollectivite(Table):
    contenu = ForeignKeyField(Contenu, backref='collectivites')
    collectivite = ForeignKeyField(Collectivite, backref='contenus')

    class Meta:
        primary_key = CompositeKey('contenu', 'collectivite')


class ContenuStructure(Table):
    """A structure that a projet names, and what it says of it before it is published."""
    contenu = ForeignKeyField(Contenu, backref='structures')
    structure = ForeignKeyField(Structure, backref='lus')
    lu_le, lu_par = TextField(null=True), ForeignKeyField(Agent, null=True, backref='lectures')
    correction = _texte()

    class Meta:
        primary_key = CompositeKey('contenu', 'structure')


class Evaluation(Table):
    """What the mairie says of an accompaniment that is over (verbes/evaluation.py)."""
    demande = ForeignKeyField(Demande, primary_key=True, backref='evaluations')
    demandee_le, repondu_le, aide, permis, texte = TextField(), TextField(null=True), _texte(), _texte(), _texte()
    citable, citation = BooleanField(default=False), _texte()
    gardee_le, gardee_par = TextField(null=True), ForeignKeyField(Agent, null=True, backref='citations')


class Contour(Table):
    """The outline of a commune, on the grid of the map."""
    insee, traces = TextField(primary_key=True), TextField()


class DemandeCommune(Table):
    demande, collectivite = ForeignKeyField(Demande, backref='communes'), ForeignKeyField(Collectivite)

    class Meta:
        primary_key = CompositeKey('demande', 'collectivite')


class Membre(Table):
    demande = ForeignKeyField(Demande, backref='membres')
    role, rang = TextField(), IntegerField(default=0)
    agent = ForeignKeyField(Agent, null=True, backref='places')
    structure, direction = ForeignKeyField(Structure), ForeignKeyField(Direction, null=True)
    depuis_le = TextField()

    @property
    def libelle(self):
        return 'Co-chef de file' if self.role == 'chef_de_file' and self.rang else ROLES[self.role]


class Journal(Table):
    demande = ForeignKeyField(Demande, backref='journal')
    cree_le, nature, acte_le, statut = TextField(), TextField(), TextField(null=True), TextField(null=True)
    agent = ForeignKeyField(Agent, null=True, backref='lignes')
    pour = ForeignKeyField(Agent, null=True, backref='lignes_pour')
    auteur, structure, texte = TextField(), _texte(), _texte()
    corrige = ForeignKeyField('self', null=True, backref='corrections')


class Piece(Table):
    demande, journal = ForeignKeyField(Demande, backref='pieces'), ForeignKeyField(Journal, null=True, backref='pieces')
    agent = ForeignKeyField(Agent, null=True, backref='pieces')
    nom, taille, sha256, depose_le, contenu = TextField(), IntegerField(), TextField(), TextField(), BlobField()


class Courriel(Table):
    identifiant, demande = TextField(unique=True), ForeignKeyField(Demande, null=True, backref='courriels')
    agent, pour, destinataire = ForeignKeyField(Agent, null=True, backref='courriels'), TextField(), TextField()
    modele, objet, corps, secret = TextField(), TextField(), TextField(), BooleanField(default=False)
    cree_le, essais, a_partir_de = TextField(), IntegerField(default=0), TextField()
    pris_le, envoye_le, echec_le = TextField(null=True), TextField(null=True), TextField(null=True)
    raison, marque = _texte(), TextField(null=True, unique=True)


class Session(Table):
    empreinte, agent = TextField(primary_key=True), ForeignKeyField(Agent, backref='sessions')
    cree_le, vu_le = TextField(), TextField()
    origine, adresse = TextField(default='mot_de_passe'), _texte()


class Reseau(Table):
    agent, adresse, vu_le = ForeignKeyField(Agent, backref='reseaux'), TextField(), TextField()

    class Meta:
        primary_key = CompositeKey('agent', 'adresse')


class Lien(Table):
    empreinte, usage = TextField(primary_key=True), TextField()
    agent = ForeignKeyField(Agent, null=True, backref='liens')
    expire_le, utilise_le = TextField(), TextField(null=True)


class CodeSecours(Table):
    empreinte, agent = TextField(primary_key=True), ForeignKeyField(Agent, backref='codes_secours')


class Audit(Table):
    fait_le, agent = TextField(), ForeignKeyField(Agent, null=True, backref='faits')
    fait, detail = TextField(), _texte()
    adresse, nombre = _texte(), IntegerField(default=1)
    objet = TextField(default='')                                   # what the line is about: « porte:12 »


class Rappel(Table):
    marque, agent = TextField(primary_key=True), ForeignKeyField(Agent, backref='rappels')
    fait_le = TextField()


class Cote(Table):
    """A demande that an agent has put aside in their own day; the team reads why."""
    agent, demande = ForeignKeyField(Agent, backref='cotes'), ForeignKeyField(Demande, backref='cotes')
    jusqu_au, raison, mis_le = TextField(), TextField(), TextField()

    class Meta:
        primary_key = CompositeKey('agent', 'demande')


class Passation(Table):
    """What an agent held, handed over to others; fait says in JSON what was, to put it back (verbes/passation.py)."""
    agent, par = ForeignKeyField(Agent, backref='passations'), ForeignKeyField(Agent, backref='passations_faites')
    genre, faite_le, fait = TextField(), TextField(), TextField(default='{}')
    ferme_le, close_le, annulee_le = TextField(null=True), TextField(null=True), TextField(null=True)


class StockClasse(Table):
    """What « Classer à la reprise » has changed of a demande, while its batch (a line of the audit) may be undone."""
    demande = ForeignKeyField(Demande, primary_key=True)
    lot, statut, version = IntegerField(), TextField(), IntegerField()


class Marque(Table):
    """Its one row, moved by triggers, says until when what was read stays true (« Memory »)."""
    reference, demande, session = IntegerField(), IntegerField(), IntegerField()


class Purge(Table):
    """Its one row, while it is there, lets what is only added to be changed, and keeps SQLite from committing."""
    interdit = TextField(column_name='interdit_id', default='purge en cours')


TABLES = (Reglage, Fermeture, PageLegale, Modele, Structure, Direction, Agent, Absence, Delegation, Theme, Fiche,
          Version, Document, SansReponse, Porte, Pilotage, Collectivite, Adhesion, Demande, Groupe, Contenu,
          ContenuFiche, ContenuCollectivite, ContenuStructure, Evaluation, Contour, DemandeCommune, Membre, Journal,
          Piece, Courriel, Session, Reseau, Lien, CodeSecours, Audit, Rappel, Cote, Passation, StockClasse, Marque,
          Purge)
for table in TABLES:                                                # « demande », not « t1 »: SQL text and queries mix
    table._meta.table._alias = table._meta.table_name


# ======================================================================================
# Rights: who is who in a demande, what they may do (domaine.md §4, §7)
# ======================================================================================

def roles(demande, agent):
    """{role: id of the agent in whose name} of an agent in a demande; the demandeur's link is agent=None.

    « agent » is there for whoever may read it; one's own role comes before a delegated one.
    """
    if agent is None:
        return {'demandeur': None}
    places = db.execute_sql('SELECT role, agent_id FROM membre WHERE demande_id = ?', (demande.numero,)).fetchall()
    if agent.pilote and a_nommer(demande, agent):
        places.append(('associe', agent.id))
    if agent.pilote and not demande.clos_le and agent.id in _chefs_en_poste(demande):
        places.append(('chef_de_file', agent.id))
    tenus = {}
    for identite, administre in agent.identites.items():
        if administre:
            tenus.setdefault('administrateur', identite)
        for role, membre_id in places:
            if membre_id == identite:
                tenus.setdefault(role, identite)
    if tenus or not demande.restreinte:                             # who acts only for another signs « par A, pour B »
        tenus['agent'] = agent.id if agent.id in tenus.values() or not tenus else next(iter(tenus.values()))
    return tenus


def places_a_nommer(agent):
    """The condition on membre « an associated direction or structure whose person this pilote names » (§1)."""
    if not agent.pilote:
        return SQL('0', ())
    return SQL("""(membre.agent_id IS NULL AND (membre.direction_id = ?
                   OR (membre.direction_id IS NULL AND membre.structure_id = ?)))""",
               (agent.direction_id, agent.direction.structure_id))


def a_nommer(demande, agent):
    """True when this pilote names a person in the team of the demande."""
    place = places_a_nommer(agent)
    return db.execute_sql(f'SELECT 1 FROM membre WHERE membre.demande_id = ? AND {place.sql}',
                          (demande.numero, *place.params)).fetchone() is not None


def places_de(agent):
    """The condition on membre « the place of this agent, of who they act for, or whose person they name »."""
    siens, nommer = list(agent.identites), places_a_nommer(agent)
    siennes = f'membre.agent_id IN ({", ".join("?" * len(siens))})'
    return SQL(f'({siennes} OR {nommer.sql})' if agent.pilote else siennes, (*siens, *nommer.params))


def dans_son_equipe(agent):
    """The condition « this agent, or who they act for, is in the team of the demande »."""
    places = places_de(agent)
    return SQL(f'EXISTS (SELECT 1 FROM membre WHERE membre.demande_id = demande.numero AND {places.sql})',
               places.params)


def lisibles_par(agent):
    """The condition « this agent may read the demande »: a restricted one, for its team only (domaine.md §7)."""
    if agent.lecteur_au:
        return SQL('demande.restreinte = 0', ())
    equipe = dans_son_equipe(agent)
    return SQL('1', ()) if agent.administre else SQL(f'(demande.restreinte = 0 OR {equipe.sql})', equipe.params)


def transitions_possibles(demande, agent, tenus=None):
    """The transitions this agent may make now, in the order of TRANSITIONS: the buttons of the page."""
    tenus = roles(demande, agent) if tenus is None else tenus
    return [t for t in TRANSITIONS
            if demande.etat in t.de and t.action in ACTIONS and any(role in tenus for role in t.qui)]


def actes_possibles(demande, agent, tenus=None):
    """The names in ACTES this agent may do now, in the order of ACTES."""
    tenus = roles(demande, agent) if tenus is None else tenus
    return [nom for nom, acte in ACTES.items() if any(role in tenus for role in acte.qui) and acte.quand(demande)]


INCONNUE = 'Cette action n\'existe pas.'
PAS_VOTRE_ROLE = 'Cette action n\'est pas ouverte à votre rôle dans cette demande.'


def permettre(demande, nom, agent):
    """The id in whose name this agent does an act of ACTES; Refus 404 unknown, 403 not theirs, 409 not open now."""
    if nom not in ACTES:
        raise Refus(INCONNUE, 404)
    acte, tenus = ACTES[nom], roles(demande, agent)
    role = next((role for role in acte.qui if role in tenus), None)
    if role is None:
        raise Refus(PAS_VOTRE_ROLE, 403)
    if not acte.quand(demande):
        raise Refus(f'«\u00a0{acte.bouton}\u00a0» n\'est plus possible\u00a0: la demande a changé. '
                    'Rien n\'est enregistré.', 409)
    return tenus[role]


def transition(demande, action, agent):
    """(Transition, id in whose name) of an action; Refus: 404 unknown, 403 not theirs, 409 wrong statut."""
    lignes = [t for t in TRANSITIONS if t.action == action] if action in ACTIONS else []
    if not lignes:
        raise Refus(INCONNUE, 404)
    tenus = roles(demande, agent)
    if not any(role in tenus for t in lignes for role in t.qui):
        raise Refus(PAS_VOTRE_ROLE, 403)
    ici = [t for t in lignes if demande.etat in t.de]
    if not ici:
        raise Refus(f'La demande est au statut «\u00a0{STATUTS[demande.statut]}\u00a0»\u00a0: '
                    f'«\u00a0{lignes[0].bouton}\u00a0» n\'est plus possible. Rien n\'a été enregistré.', 409)
    for t in ici:
        for role in t.qui:
            if role in tenus:
                return t, tenus[role]
    raise Refus(PAS_VOTRE_ROLE, 403)


def demande_du_jeton(jeton):
    """The demande of a tracking link, or None when unknown or expired (12 months after closing)."""
    demande = next(iter(Demande.raw('SELECT * FROM demande WHERE jeton = ?', jeton)), None)
    return None if demande is None or lien_expire(demande.clos_le) else demande


def lien_expire(clos_le):
    """True once a tracking link opens nothing any more."""
    if not clos_le:
        return False
    clos = a_paris(clos_le)
    jour = 28 if (clos.month, clos.day) == (2, 29) else clos.day
    return a_paris(maintenant()) > clos.replace(year=clos.year + 1, day=jour)


def equipe(demande, *role):
    """The active agents of a demande's team, in order; of the given roles only, if any."""
    parmi = f'AND role IN ({", ".join("?" * len(role))})' if role else ''
    return list(dict.fromkeys(lire_agents(
        f"""JOIN membre ON membre.agent_id = agent.id WHERE membre.demande_id = ? AND agent.actif {parmi}
            ORDER BY membre.role, membre.rang, membre.id""", demande.numero, *role)))


# ======================================================================================
# Who is there: absences, accounts never opened, who acts meanwhile (domaine.md §1, §3)
# ======================================================================================

# presents: ids of the agents that are there in person; joignables: with those whose suppléant or delegataire is;
# json: the latter, for « IN (SELECT value FROM json_each(?)) ».
Presence = namedtuple('Presence', 'presents joignables json')


@gardee
def presence(jour=None):
    """The Presence of a day, today by default: an account never opened counts as absent."""
    ouverts = {id_ for id_, in db.execute_sql(f'SELECT id FROM agent WHERE {CONTRIBUE} AND ouvert_le IS NOT NULL')}
    presents = ouverts - absences(jour).keys()
    joignables = presents | {titulaire for par, titulaire in remplacants(jour) if par in presents}
    return Presence(presents, joignables, json.dumps(sorted(joignables)))


@gardee
def absences(jour=None):
    """{agent id: Absence} of those away on a day."""
    lues = Absence.raw(f'SELECT * FROM absence WHERE {EN_COURS} ORDER BY id', jour or aujourdhui())
    return {absence.agent_id: absence for absence in lues}


@gardee
def remplacants(jour=None):
    """[(id of who acts, id of whom for)] on a day: the suppléants of the absent, then the delegataires."""
    return db.execute_sql(
        f"""SELECT suppleant_id, agent_id FROM absence WHERE suppleant_id IS NOT NULL AND {EN_COURS}
            UNION ALL SELECT par_id, pour_id FROM delegation WHERE {EN_COURS}""", (jour or aujourdhui(),)).fetchall()


@gardee
def pilotes_presents(direction_id):
    """The ids of the pilotes of a direction who are there in person."""
    lus = db.execute_sql('SELECT id FROM agent WHERE pilote AND direction_id = ? ORDER BY id', (direction_id,))
    return [id_ for id_, in lus if id_ in presence().presents]


def en_poste(par_role, direction_id, restreinte):
    """{role: ids} of the team, of those who are there or whose suppléant is. The pilotes of its direction, when no chef
    is (§3); a restricted demande goes past them, to the administrateurs: a pilote does not read it.

    par_role: {role: ids} of the active members.
    """
    joignables = presence().joignables
    la = {role: [id_ for id_ in ids if id_ in joignables] for role, ids in par_role.items()}
    if par_role.get('chef_de_file') and not la['chef_de_file'] and not restreinte:
        la['chef_de_file'] = pilotes_presents(direction_id)
    return la


def _chefs_en_poste(demande):
    chefs = [chef.id for chef in equipe(demande, 'chef_de_file')]
    return en_poste({'chef_de_file': chefs}, demande.direction_id, demande.restreinte)['chef_de_file']


# ======================================================================================
# What is expected, of whom, and what is late: rules on plain values (domaine.md §2, §3, §5, §8)
# ======================================================================================

def qui_agit(statut, clos_le, par_role, administrateurs):
    """Who must act: (those who hold the role waited for, those who stand in when nobody holds it); one is empty.

    par_role: {role: [who]} of the team, without those who are away (en_poste). Never both empty on an open demande,
    unless there is no administrateur at all (domaine.md §3).
    """
    role = None if clos_le else QUI[statut].qui
    if role is None:
        return [], []
    if role == 'administrateur':
        return administrateurs, []
    titulaires = par_role.get(role, [])
    return titulaires, [] if titulaires else par_role.get('chef_de_file') or administrateurs


def agents_qui_agissent(demande):
    """qui_agit() of a demande, as Agents."""
    par_role = {'chef_de_file': [], 'referent': []}
    for role, id_ in db.execute_sql(
            """SELECT role, agent_id FROM membre JOIN agent ON agent.id = agent_id
               WHERE demande_id = ? AND role <> 'associe' AND actif ORDER BY role, rang, membre.id""",
            (demande.numero,)):
        par_role[role].append(id_)
    la = en_poste(par_role, demande.direction_id, demande.restreinte)
    tous = [id_ for id_, in db.execute_sql('SELECT id FROM agent WHERE administrateur AND actif ORDER BY id')]
    groupes = qui_agit(demande.statut, demande.clos_le, la, [i for i in tous if i in presence().joignables] or tous)
    ids = [*groupes[0], *groupes[1]]
    lus = {a.id: a for a in lire_agents(f'WHERE agent.id IN ({", ".join("?" * len(ids))})', *ids)} if ids else {}
    return tuple([lus[id_] for id_ in groupe] for groupe in groupes)


def qui_doit_agir(demande):
    """The agents who must act next: never empty for an open demande, as long as there is an administrateur."""
    titulaires, repreneurs = agents_qui_agissent(demande)
    return titulaires or repreneurs


def acte_attendu(statut, contact_le, sauf=()):
    """The act or transition expected now of who holds the role that is waited for, '' when none is; sauf: left out."""
    faits = {*sauf, 'contact'} if contact_le else sauf
    return next((acte for acte in QUI[statut].actes if acte not in faits), '')


def dire_a_faire(statut, clos_le, contact_le, remplacent=False):
    """What is to be done at this statut by who must act, '' when nothing is: its first two acts, in words.

    remplacent: they stand in for a role that nobody holds any more, or that is away.
    """
    if clos_le or not QUI[statut].qui:
        return ''
    if remplacent:
        return A_FAIRE[SANS_TITULAIRE[QUI[statut].qui]]
    premier = acte_attendu(statut, contact_le)
    second = acte_attendu(statut, contact_le, (premier,))
    return ', puis '.join(A_FAIRE[acte] for acte in (premier, second) if acte)


def a_receptionner(statut):
    """True while a reception is to be confirmed."""
    return statut.startswith('attribue_')


def reception_tardive(statut, attribue_le, delai, jour, fermes):
    """True when a reception is asked again: a working day (two for a « projet complexe ») after attribue_le."""
    ecoules = jours_ouvres_entre(jour_de(attribue_le), jour, fermes) if a_receptionner(statut) else 0
    return ecoules > DELAIS[delai or COMPLEXE].reception


def rappel_attendu(echeance, contact_le, clos_le):
    """The day by which the demandeur is to be called, while they are not reached; else None."""
    return None if contact_le or clos_le else echeance


def en_retard(echeance, contact_le, clos_le, jour):
    """True once the day told to the demandeur has passed without their being reached."""
    attendu = rappel_attendu(echeance, contact_le, clos_le)
    return bool(attendu and attendu < jour)


def a_dire_aux_administrateurs(echeance, jour):
    """True when a lateness is old enough for the administrateurs to be told."""
    return echeance <= plus_jours(jour, -JOURS_AVANT_ADMINISTRATEURS)


def est_ouvert(ouvert_le, jour):
    """True from the day the service is declared open (a setting) on: before it, the platform reminds nobody, and takes
    demandes only from who is signed in, as essais.
    """
    return bool(ouvert_le) and ouvert_le <= jour


def bandeau_du_jour(jour, reglages):
    """The dated banner (closing, breakdown) as the pages of a day say it, '' outside its days."""
    montre = reglages.get('bandeau') and reglages['bandeau_du'] <= jour <= reglages['bandeau_au']
    return reglages['bandeau'] if montre else ''


def question_due(echeance, contact_le, clos_le, statut, ouvert_le, jour, fermes):
    """True when the mairie is to be asked « Avez-vous été rappelé·e ? »: a working day, once the date has passed
    without their being reached, if it passed after the opening; not while nobody competent is found.
    """
    return (en_retard(echeance, contact_le, clos_le, jour) and statut != 'rejete'
            and est_ouvert(ouvert_le, echeance) and ouvre(date.fromisoformat(jour), fermes))


def question_ouverte(echeance, contact_le, clos_le, statut, question_le, jour):
    """True while the tracking page takes an answer to it, which may be changed: until the closing."""
    passee = echeance and echeance < jour and not clos_le and statut != 'rejete'
    return bool(passee and (question_le or not contact_le))


def a_verifier(rappele, rappele_le, dernier_acte_le):
    """True when the mairie answered « pas encore » and the team has written nothing since.

    dernier_acte_le: instant of the last line that an agent wrote in the journal (a contact is one), or None.
    """
    return rappele == 'pas_encore' and (dernier_acte_le or '') < rappele_le


def silencieuse(statut, derniere_le, delai, etape_le, jour):
    """True for an accompaniment whose journal says nothing any more: for 30 days, 90 for a « projet complexe ».

    derniere_le: instant of its last line; delai: of the demande, else of its fiche (a cas 2 has no clock), or None;
    etape_le: the day of the next step, which suspends it, or None.
    """
    if statut != 'en_cours' or (etape_le or '') >= jour:
        return False
    return jour_de(derniere_le) <= plus_jours(jour, -DELAIS[delai or COMPLEXE].silence)


def ordre_du_jour(echeance, a_tenir, signale_le, jour):
    """Where a demande stands in a day, the most pressing first: (rank, day).

    echeance: None once called, or closed; a_tenir: the date to keep, or None; signale_le: since when somebody waits for
    a word (a message, a mail not delivered), or None. Late, then near, then signalled, then by the first day.
    """
    if echeance and echeance < jour:
        return 0, echeance
    premier = min((d for d in (echeance, a_tenir) if d and d >= jour), default='9')
    if premier <= plus_jours(jour, JOURS_PROCHES):
        return 1, premier
    return (2, signale_le) if signale_le else (3, premier)


def promesse_proche(echeance, contact_le, a_tenir, jour, fermes):
    """True when something promised is due by the next working day, or is past: nothing may hide it."""
    demain = date.fromisoformat(jour) + timedelta(days=1)
    while not ouvre(demain, fermes):
        demain += timedelta(days=1)
    a_rappeler = echeance and not contact_le and echeance <= demain.isoformat()
    return bool(a_rappeler or (a_tenir and jour <= a_tenir <= demain.isoformat()))


def de_cote(jusqu_au, mis_le, reveil_le, promise, jour):
    """True while a demande put aside stays there: until its day, a message, a new référent or a promise due.

    reveil_le: the last of what brings it back (cote.REVEIL), or None; promise: promesse_proche().
    """
    return bool(jusqu_au and jusqu_au > jour and (reveil_le or '') < mis_le and not promise)


# ======================================================================================
# Labels of lists (domaine.md §9)
# ======================================================================================

# Every label that lists, filters and exports need: genre, id, label, what it hangs on, the short one, order, the day it
# has closed.
_LIBELLES = """
SELECT 'theme', id, nom, '', court, ordre, NULL FROM theme
UNION ALL SELECT 'fiche', fiche.id, titre, theme_id, '', theme.ordre, NULL FROM fiche JOIN theme ON theme.id = theme_id
UNION ALL SELECT 'structure', structure.id, structure.nom, sigle, sigle, partenaire,
                 iif(count(*) = count(fermee_le), max(fermee_le), NULL)
  FROM structure LEFT JOIN direction ON structure_id = structure.id GROUP BY structure.id
UNION ALL SELECT 'direction', direction.id, direction.nom, structure_id, court, partenaire, fermee_le
  FROM direction JOIN structure ON structure.id = structure_id
UNION ALL SELECT 'epci', id, nom, '', '', 0, NULL FROM collectivite WHERE type <> 'Commune'
UNION ALL SELECT 'agent', agent.id, prenom || ' ' || agent.nom, structure_id, '', 0, NULL
  FROM agent JOIN direction ON direction.id = direction_id WHERE agent.lecteur_au IS NULL
"""
Libelle = namedtuple('Libelle', 'nom parent court fermee_le')


@gardee
def libelles():
    """{genre: {id: Libelle}}, each in the order to show it; labels from memory instead of joins."""
    genres = {genre: {} for genre in ('theme', 'fiche', 'structure', 'direction', 'epci', 'agent')}
    lus = sorted(db.execute_sql(_LIBELLES), key=lambda lu: (lu[5], bool(lu[6]), ordre_alphabetique(lu[2])))
    for genre, cle, nom, parent, court, _, fermee_le in lus:
        genres[genre][cle] = Libelle(nom, parent, court or nom, fermee_le)
    return genres
