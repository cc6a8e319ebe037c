"""The CSV files of the imports: what each holds, and how one is read.

A file is read outside any transaction: nothing here knows of the base (imports.py does), nor of HTTP.
"""
import csv
import io
import re
import unicodedata
from collections import namedtuple
from datetime import datetime

import langue
from models import Refus

from verbes import regles
from verbes.regles import ECARTS, ISSUES, REPONSES, STATUTS, TYPES

# ======================================================================================
# What each file holds: columns, natural keys
# ======================================================================================

# limite: how many characters, or the accepted codes. nouvelle: a file of before this column does not name it, and then
# leaves alone what the base says of it.
Colonne = namedtuple('Colonne', 'nom requis genre dit limite nouvelle', defaults=(200, False))
Faute = namedtuple('Faute', 'ligne colonne raison')                 # ligne: as in the file, the header is 1


def _nouvelle(nom, genre, dit, limite=200):
    return Colonne(nom, False, genre, dit, limite, True)


ICONES = ('balance', 'grue', 'carte', 'feuille', 'temple', 'route', 'ecran', 'bulles', 'maison', 'personnes')

COLONNES = {
    'structures': (
        Colonne('structure',    True,  'mot',       'nom exact de la structure (une ligne par direction)'),
        Colonne('sigle',        True,  'mot',       'sigle court, par exemple CAUE', 20),
        Colonne('partenaire',   False, 'oui_non',   'oui pour un partenaire, non pour le Conseil départemental'),
        Colonne('direction',    True,  'mot',       'nom exact de la direction'),
        Colonne('telephone',    False, 'telephone', 'téléphone de la direction'),
        Colonne('courriel',     False, 'courriel',  'courriel de la direction'),
        Colonne('site',         False, 'site',      'site internet de la structure, commence par https://'),
        Colonne('presentation', False, 'texte',
                'une ou deux phrases, les mêmes sur chaque ligne de la structure', 2000),
        _nouvelle('court', 'mot', "nom court de la direction, dans les listes ; vide : son nom", 30),
        _nouvelle('convention_du',       'jour', 'signature de la convention de la structure'),
        _nouvelle('convention_au',       'jour', 'son dernier jour'),
        _nouvelle('convention_referent', 'mot',  'qui la suit'),
        _nouvelle('fermee_le',           'jour', 'jour où la direction a fermé ; vide : elle est ouverte'),
    ),
    'agents': (
        Colonne('courriel',         True,  'compte',    "adresse professionnelle de l'agent"),
        Colonne('prenom',           True,  'mot',       'prénom'),
        Colonne('nom',              True,  'mot',       'nom'),
        Colonne('structure',        True,  'structure', "nom exact d'une structure déjà importée"),
        Colonne('direction',        True,  'direction', "nom exact d'une direction de cette structure"),
        Colonne('fonction',         False, 'mot',       'fonction'),
        Colonne('telephone_public', False, 'telephone',
                'téléphone communiqué aux collectivités ; vide : celui de la direction'),
        Colonne('telephone',        False, 'telephone', 'téléphone interne'),
        Colonne('administrateur',   False, 'oui_non',   'oui ou non : administre la Plateforme'),
        Colonne('pilote',           False, 'oui_non',
                'oui ou non : remplace les chefs de file absents de sa direction'),
        Colonne('actif',            True,  'oui_non',   'oui ou non : peut se connecter'),
        _nouvelle('identifiant',  'identifiant', "désigne l'agent pour toujours : son adresse peut alors changer"),
        _nouvelle('avis_journal', 'code_vide',   'quand il est averti des lignes du journal ; vide : son choix',
                  ('quotidien', 'immediat', 'jamais')),
        _nouvelle('expert',       'oui_non_vide',
                  'oui : « désigner » le propose en premier dans sa direction ; vide : comme il est'),
        _nouvelle('presentation', 'texte',       "ce qu'il dit de lui-même à l'annuaire", 500),
        _nouvelle('territoire',   'mot',         "où il travaille, dit à l'annuaire"),
        _nouvelle('engage_le',    'instant',     'quand il a pris connaissance des engagements'),
        _nouvelle('lecteur_au',   'jour',        "dernier jour d'un lecteur des chiffres ; vide : c'est un agent"),
    ),
    'catalogue': (
        Colonne('theme',        True,  'mot',       'nom du thème'),
        Colonne('icone',        True,  'code',      'dessin du thème, le même sur chacune de ses lignes', ICONES),
        Colonne('titre',        True,  'titre',     'titre de la fiche'),
        Colonne('resume',       True,  'texte',     'une ou deux phrases, 220 caractères au plus', 220),
        Colonne('pour_qui',     False, 'texte',     "à qui la fiche s'adresse", 2000),
        Colonne('actions',      False, 'liste',     'ce que nous faisons, points séparés par « | »', 2000),
        Colonne('deroulement',  False, 'etapes',    'étapes « Titre : phrase » séparées par « | »', 2000),
        Colonne('a_preparer',   False, 'liste',     'ce que la collectivité prépare, points séparés par « | »', 2000),
        Colonne('delai',        True,  'code',      'jours pour le premier contact', ('3', '10')),
        Colonne('structure',    True,  'structure', 'structure qui pilote la fiche'),
        Colonne('direction',    True,  'direction', 'direction qui pilote la fiche'),
        Colonne('chef_de_file', True,  'agent',     'courriel du chef de file'),
        Colonne('co_chefs',     False, 'agents',    'courriels des co-chefs de file séparés par « | »', 2000),
        Colonne('associees',    False, 'places',
                'directions ou structures qui peuvent être associées, séparées par « | »', 2000),
        Colonne('restreinte',   False, 'oui_non',   'oui : les demandes de cette fiche sont à diffusion restreinte'),
        Colonne('etat',         True,  'code',      'publiee : visible dans le catalogue', regles.ETATS_DE_FICHE),
        Colonne('mise_a_jour',  True,  'jour',      'date de mise à jour'),
        _nouvelle('identifiant', 'identifiant', 'désigne la fiche pour toujours : son titre peut alors changer'),
        _nouvelle('doublon',     'entier',      "1, 2… pour les autres fiches du même titre, qu'une seule publie"),
        _nouvelle('mots',        'texte',       'les mots des mairies, entre virgules : la recherche les lit', 2000),
        _nouvelle('conditions',  'texte', 'le reste du coût et des conditions ; vide, et les quatre suivantes vides : '
                  '« fixées par la structure, précisées au premier contact »', 2000),
        _nouvelle('gratuit',     'texte',       "« oui », ou ce qui l'est", 200),
        _nouvelle('adherents_de', 'texte',      'structure aux adhérents de laquelle il est réservé', 200),
        _nouvelle('par_convention', 'texte',    "« oui », ou qui y a droit : sous condition d'éligibilité", 200),
        _nouvelle('payant',      'texte',       'un ordre de grandeur du prix', 200),
        _nouvelle('theme_court', 'mot',         'nom court du thème, dans les listes ; vide : son nom', 30),
        _nouvelle('explication', 'texte',       'ce que le public lit d\'une fiche suspendue', 2000),
    ),
    'collectivites': (
        Colonne('siren',          True,  'siren',     'numéro SIREN, 9 chiffres'),
        Colonne('insee',          False, 'insee',     'code INSEE de la commune ; vide pour un EPCI'),
        Colonne('type',           True,  'code',      'type de collectivité', TYPES),
        Colonne('nom',            True,  'mot',       'nom de la collectivité'),
        Colonne('codes_postaux',  False, 'postaux',   'codes postaux séparés par « | »'),
        Colonne('population',     False, 'entier',    "nombre d'habitants"),
        Colonne('arrondissement', False, 'mot',       'arrondissement'),
        Colonne('epci_siren',     False, 'epci',
                'SIREN de son intercommunalité, dans ce fichier ou déjà importée'),
        Colonne('courriel',       False, 'courriel',  'courriel officiel de la collectivité'),
        Colonne('telephone',      False, 'telephone', 'téléphone de la collectivité'),
        _nouvelle('remplacee_par', 'remplacante', 'SIREN de celle qui la remplace, dans ce fichier ou la base'),
        _nouvelle('jusqu_au',      'jour',        'son dernier jour, si elle a cessé'),
        _nouvelle('doublon',       'entier',      "1, 2… pour les autres du même SIREN, qu'une seule a encore"),
        _nouvelle('depuis',        'jour',        'son premier jour, si elle est nouvelle'),
        _nouvelle('epci_suivant_siren', 'epci',   'SIREN de son intercommunalité à partir de epci_le ; vide : aucune'),
        _nouvelle('epci_le',       'jour',        "jour où elle change d'intercommunalité"),
        _nouvelle('sans_lettre',   'oui_non_vide', 'oui : ne souhaite pas de lettre ; vide : ce que la base en sait'),
        _nouvelle('canton',        'mot',         'canton, un filtre des chiffres'),
        _nouvelle('petr',          'mot',         'PETR ou pays, un filtre des chiffres'),
        _nouvelle('secteur',       'mot',         'secteur du département, un filtre des chiffres'),
    ),
    'adhesions': (
        Colonne('siren',     True,  'collectivite', 'SIREN d\'une collectivité déjà importée'),
        Colonne('structure', True,  'structure',    "nom exact d'une structure déjà importée"),
        Colonne('depuis',    False, 'jour',         'premier jour de son adhésion ; vide : non connu'),
        Colonne('jusqu_au',  False, 'jour',         'dernier jour de son adhésion ; vide : sans fin'),
    ),
    'demandes': (
        Colonne('numero',             True,  'nouveau',      'numéro de la demande, conservé'),
        Colonne('origine',            True,  'code',
                'déposée sur la Plateforme, ou reçue en direct', ('plateforme', 'direct')),
        Colonne('depose_le',          True,  'instant',      'date et heure du dépôt ou de la saisie'),
        Colonne('statut',             True,  'code',         'statut', STATUTS),
        Colonne('theme',              False, 'theme',        'nom exact du thème ; vide pour une demande libre'),
        Colonne('fiche',              False, 'fiche',        'titre exact de la fiche ; vide pour une demande libre'),
        Colonne('collectivite_siren', False, 'collectivite',
                'SIREN de la collectivité si elle est connue ; vide : à rattacher'),
        Colonne('collectivite',       True,  'mot',          'nom de la collectivité'),
        Colonne('type',               True,  'code',         'type de collectivité', TYPES),
        Colonne('communes',           False, 'communes',
                "SIREN des communes concernées par la demande d'un EPCI, séparés par « | »", 2000),
        Colonne('lieu',               False, 'mot',          'lieu du projet ; vide : la collectivité'),
        Colonne('message',            True,  'texte',        'texte de la demande', 20000),
        Colonne('civilite',           False, 'code',         'civilité du Maire ou de la présidence', regles.CIVILITES),
        Colonne('nom',                False, 'mot',          'nom du Maire ou de la présidence'),
        Colonne('prenom',             False, 'mot',          'prénom du Maire ou de la présidence'),
        Colonne('rappel_nom',         False, 'mot',          "nom de la personne à rappeler, si c'en est une autre"),
        Colonne('rappel_prenom',      False, 'mot',          'son prénom'),
        Colonne('rappel_fonction',    False, 'mot',          'sa fonction'),
        Colonne('courriel',           False, 'courriel',     'courriel où répondre'),
        Colonne('telephone',          False, 'telephone',    'téléphone où rappeler'),
        Colonne('date_a_tenir',       False, 'jour',         'date à tenir annoncée par la collectivité'),
        Colonne('echeance',           False, 'jour',
                'rappel au plus tard le ; vide : calculée ; sans objet pour une demande directe ou une reprise'),
        Colonne('premier_contact_le', False, 'passe',        'jour où la collectivité a été jointe'),
        Colonne('clos_le',            False, 'instant',      'date et heure de clôture'),
        Colonne('issue',              False, 'code',         "comment la demande s'est terminée",
                ISSUES | REPONSES | ECARTS),
        Colonne('organisme',          False, 'mot',
                'organisme vers lequel la demande est réorientée ou redirigée'),
        Colonne('synthese',           False, 'texte',        'synthèse interne', 20000),
        Colonne('texte_final',        False, 'texte',        'ce qui a été écrit au demandeur', 20000),
        Colonne('restreinte',         False, 'oui_non_vide',
                'oui ou non : diffusion restreinte ; vide : comme la fiche'),
        Colonne('chefs_de_file',      False, 'agents',
                'courriels séparés par « | » : le chef de file, puis les co-chefs', 2000),
        Colonne('referent',           False, 'agent',        "courriel de l'expert référent"),
        Colonne('associes',           False, 'places',
                'courriels, ou noms de structures ou directions, séparés par « | »', 2000),
        Colonne('saisie_par',         False, 'agent',        'courriel de qui a saisi une demande directe'),
        Colonne('recue_le',           False, 'passe',        'jour où une demande directe a été reçue'),
        Colonne('voie',               False, 'code',         'comment une demande directe est arrivée', regles.VOIES),
        _nouvelle('fiche_theme',          'theme',        "thème de la fiche, si ce n'est plus celui de la demande"),
        _nouvelle('titre_depose',         'mot',          'titre de la fiche au dépôt ; vide : celui de maintenant'),
        _nouvelle('organisme_telephone',  'telephone',    'téléphone de cet organisme'),
        _nouvelle('transmission',         'code',
                  "d'une demande redirigée : nous, si nous la lui avons transmise ; vous, si la collectivité le saisit",
                  regles.TRANSMISSIONS),
        _nouvelle('transmise_le',         'passe',        'jour où elle lui a été transmise'),
        _nouvelle('repondu_le',           'passe',        "jour d'une réponse apportée ; vide : celui de la clôture"),
        _nouvelle('doublon_de',           'entier_vide',
                  "d'un doublon : numéro de la demande avec laquelle il est suivi"),
        _nouvelle('etape',                'entier_vide',  'étape montrée au demandeur, 1 à 4 ; vide : selon le statut'),
        _nouvelle('delai',                'code_vide',    'jours promis pour le rappel ; vide : selon la fiche',
                  ('3', '10')),
        _nouvelle('quand_joindre',        'mot',          'quand la joindre, comme elle l\'a écrit'),
        _nouvelle('prochaine_etape_le',   'jour',         "prochaine étape prévue par l'expert"),
        _nouvelle('accord',               'mot',          "accord du chef de file, à l'orientation"),
        _nouvelle('a_confirmer',          'oui_non_vide', "oui : déposant à confirmer ; vide : selon l'adresse"),
        _nouvelle('interlocuteur_depuis', 'jour',         "jour depuis lequel l'interlocuteur est à confirmer"),
        _nouvelle('importee',             'oui_non_vide', "oui : reprise de l'historique, ce qu'est une ligne vide"),
        _nouvelle('reprise',              'oui_non_vide',
                  "oui : sans délai tant qu'aucun agent n'y agit ; vide : comme importee"),
        _nouvelle('essai',                'oui_non_vide', "oui : essai d'avant l'ouverture, hors des chiffres"),
        _nouvelle('question_le',          'instant',      "date et heure de la question « Avez-vous été rappelé·e ? »"),
        _nouvelle('rappele',              'code',         'ce que la collectivité y répond', regles.RAPPELE),
        _nouvelle('rappele_le',           'instant',      'date et heure de cette réponse'),
        _nouvelle('referent_dit',         'agent',        'courriel du dernier référent dit à la collectivité'),
        _nouvelle('ampleur',              'code',         "de l'accompagnement, dite à la clôture", regles.AMPLEURS),
        _nouvelle('structure_en_charge',  'structure',    'vide : celle du premier chef de file, sinon du référent'),
        _nouvelle('direction_en_charge',  'en_charge',    'direction de cette structure'),
        _nouvelle('equipe_depuis',        'instants',
                  "dates d'entrée des chefs de file, du référent puis des associés, séparées par « | »", 4000),
        _nouvelle('version',              'entier_vide',  "nombre de changements, d'une demande ajoutée"),
        _nouvelle('jeton',                'jeton',
                  "lien de suivi d'une demande ajoutée, qui est un secret ; vide : un nouveau"),
    ),
    'journal': (
        Colonne('numero',    True,  'demande', "numéro d'une demande déjà importée"),
        Colonne('date',      True,  'instant', 'date et heure de la ligne, secondes admises'),
        Colonne('auteur',    True,  'auteur',  "courriel d'un agent, ou nom écrit en toutes lettres", 500),
        Colonne('structure', False, 'mot',     'structure affichée ; vide pour un agent : la sienne'),
        Colonne('nature',    True,  'code',    'nature de la ligne',
                (*regles.NATURES, *regles.NATURES_PLATEFORME)),
        Colonne('acte_le',   False, 'passe',   "jour de l'acte, s'il diffère"),
        Colonne('statut',    False, 'code',    'statut atteint, pour la nature « statut » seulement', STATUTS),
        Colonne('texte',     False, 'texte',   'texte ; peut être vide pour depot et statut', 60000),
        _nouvelle('signature', 'mot',         "nom de l'auteur à cette date, s'il en a changé", 500),
        _nouvelle('pour',      'agent',       'courriel de qui l\'auteur remplaçait (« par A, pour B »)'),
        _nouvelle('ligne',     'entier_vide', 'numéro dans ce fichier : deux lignes de mêmes mots en sont alors deux'),
        _nouvelle('corrige',   'entier_vide', 'numéro de la ligne que celle-ci corrige, plus haut dans le fichier'),
        _nouvelle('fait',      'code_vide',   "ce que la ligne dit aux règles ; vide : lu au début de son texte",
                  regles.FAITS),
        _nouvelle('moyen',     'code_vide',   "d'un contact ; vide : lu au début de son texte", regles.MOYENS),
    ),
}

CLES = {
    'structures':    ('structure', 'direction'),
    'agents':        ('courriel',),
    'catalogue':     ('titre', 'theme', 'doublon'),
    'collectivites': ('siren', 'doublon'),
    'adhesions':     ('siren', 'structure'),
    'demandes':      ('numero',),
    'journal':       ('numero', 'date', 'nature', 'statut', 'texte', 'ligne'),
}

# Within a file, besides the key: what is not twice (columns, None),
# what is the same wherever other columns are (columns, that one).
UNE_SEULE_FOIS = {
    'structures':    [(('structure',), c) for c in ('sigle', 'partenaire', 'site', 'presentation', 'convention_du',
                                                    'convention_au', 'convention_referent')],
    'agents':        [(('identifiant',), None)],
    'catalogue':     [(('theme',), 'icone'), (('theme',), 'theme_court'), (('identifiant',), None)],
    'collectivites': [(('insee', 'remplacee_par', 'jusqu_au'), None)],
    'demandes':      [(('jeton',), None)],
    'journal':       [(('ligne',), None)],
}

# What the search reads.
CHERCHES = {
    'demandes': ('collectivite', 'fiche', 'lieu', 'message',
                 'prenom', 'nom', 'rappel_prenom', 'rappel_nom', 'courriel', 'telephone'),
    'journal':  ('texte',),
}


def dire_colonnes(quoi):
    """What « --colonnes » prints of one import."""
    anciennes, nouvelles = ([c for c in COLONNES[quoi] if c.nouvelle is nouvelle] for nouvelle in (False, True))
    return '\n'.join([
        f"Import « {quoi} » : fichier CSV, UTF-8, séparateur « ; », une ligne d'en-tête avec exactement ces colonnes.",
        f"Clé : {_dire_cle(quoi)}. Une ligne de même clé est mise à jour (sauf au journal), "
        "une clé nouvelle ajoutée, rien n'est supprimé.",
        "Dates : JJ/MM/AAAA, ou JJ/MM/AAAA HH:MM[:SS] à l'heure de Paris ; AAAA-MM-JJ est accepté, et "
        'AAAA-MM-JJTHH:MM:SSZ en temps universel.',
        '',
        *_dire_chacune(anciennes),
        *(_dire_nouvelles(quoi, nouvelles) if nouvelles else ()),
    ])


def _dire_cle(quoi):
    nouvelles = [c.nom for c in COLONNES[quoi] if c.nouvelle]
    cle = ' + '.join(c for c in CLES[quoi] if c not in nouvelles)
    return f"l'identifiant s'il est rempli, sinon {cle}" if 'identifiant' in nouvelles else cle


def _dire_nouvelles(quoi, colonnes):
    return ['', f"Celles-ci, qu'écrit « exporter {quoi} », peuvent manquer à l'en-tête : la base garde alors "
            "ce qu'elle en sait.", *_dire_chacune(colonnes)]


def _dire_chacune(colonnes):
    large = max(len(c.nom) for c in colonnes)
    for c in colonnes:
        obligation = 'obligatoire' if c.requis else 'facultatif '
        codes = f' ({", ".join(c.limite)})' if c.genre in ('code', 'code_vide') else ''
        yield f'  {c.nom:<{large}}  {obligation}  {c.dit}{codes}'


# ======================================================================================
# Reading a file, outside any transaction
# ======================================================================================

# v: {column: value} of the good cells; liens: {column: what it names}, found by imports.py.
Ligne = namedtuple('Ligne', 'numero v liens')
# How a file is written: its encoding, what parts its cells.
Forme = namedtuple('Forme', 'codage separateur')
STRICTE = Forme('utf-8-sig', ';')
CODAGES = {'utf-8-sig': 'UTF-8', 'cp1252': 'Windows-1252'}
SEPARATEURS = {';': '«\u00a0;\u00a0»', ',': '«\u00a0,\u00a0»', '\t': 'tabulation'}
REFUS = 'refus'                                                     # of the lines that a review gives back; never read


def deviner(octets):
    """The Forme of a file that someone reads again before anything of it is written: a spreadsheet also writes
    Windows-1252, commas, tabs. UTF-8 that is cut or mixed with something else is not taken for Windows-1252.
    """
    codage = STRICTE.codage
    try:
        octets.decode(codage)
    except UnicodeDecodeError:
        if not re.search(b'\xc3[\x80-\xbf]|\0', octets):
            codage = 'cp1252'
    entete = octets.partition(b'\n')[0]
    return Forme(codage, max(SEPARATEURS, key=lambda s: entete.count(s.encode())))


def lire_fichier(quoi, octets, progres=None, forme=STRICTE):
    """(lines, faults) of a file, the base not being looked at."""
    fautes = []
    try:
        rangees = sans_refus(lire_rangees(octets, fautes, forme))
        colonnes = _entete(quoi, rangees, fautes)
    except Refus as refus:
        return [], [*fautes, Faute(1, '', refus.phrase)]
    if not colonnes:
        return [], fautes
    lignes = [_lire_ligne(numero, cellules, colonnes, fautes)
              for numero, cellules in suivre(rangees[1:], progres, len(rangees) - 1)]
    nommees = {c.nom for c in colonnes}
    for cle, constante in ((CLES[quoi], None), *UNE_SEULE_FOIS.get(quoi, ())):
        _comparer(lignes, [c for c in cle if c in nommees], constante, fautes)
    for ligne in lignes:
        ligne.v['cherche'] = [langue.normaliser(ligne.v.get(c) or '') for c in CHERCHES.get(quoi, ())]
    return lignes, fautes


def suivre(rangees, progres, total, moitie=0):
    """Go over lines, telling progres every 500 how far the import is: reading is the first half, writing the second."""
    for i, rangee in enumerate(rangees):
        if progres and i % 500 == 0:
            progres((moitie * total + i) // 2, total)
        yield rangee


def sans_refus(rangees):
    """The rows without the column that says why a review refused them."""
    noms = [nom.strip() for nom in rangees[0][1]] if rangees else []
    if REFUS not in noms:
        return rangees
    rang = noms.index(REFUS)
    return [(numero, cellules[:rang] + cellules[rang + 1:]) for numero, cellules in rangees]


def lire_rangees(octets, fautes, forme=STRICTE):
    """[(line where it begins, cells)], in composed letters (a name typed on a Mac is the same name); no empty line."""
    texte = io.StringIO(_decoder(octets, forme.codage), newline='')
    lecteur = csv.reader(texte, delimiter=forme.separateur, strict=True)
    rangees, debut = [], 1
    try:
        for cellules in lecteur:
            if any(cellule.strip() for cellule in cellules):
                rangees.append((debut, cellules))
            debut = lecteur.line_num + 1
    except csv.Error:
        fautes.append(Faute(debut, '', "Illisible à partir d'ici, suite non contrôlée : "
                            'guillemet mal placé ou non fermé, cellule trop longue.'))
    return rangees


def _decoder(octets, codage):
    if octets.startswith((b'PK', b'\xd0\xcf\x11\xe0', b'%PDF')):
        raise Refus('Ce fichier est un classeur ou un document, pas un CSV : '
                    'enregistrez-le au format « CSV UTF-8 », séparateur « ; ».')
    try:
        texte = unicodedata.normalize('NFC', octets.decode(codage))
    except UnicodeDecodeError as erreur:
        ligne = octets[:erreur.start].count(b'\n') + 1
        raise Refus(
            f"Ce fichier n'est pas en UTF-8 (ligne {ligne}) : enregistrez-le au format « CSV UTF-8 ».") from None
    if not texte.strip():
        raise Refus("Ce fichier est vide : il faut une ligne d'en-tête, puis une ligne par donnée.")
    return texte


def _entete(quoi, rangees, fautes):
    """The Colonne of each cell, in the order of the file; None when the header is not exactly the expected one."""
    attendues = {c.nom: c for c in COLONNES[quoi]}
    noms = [nom.strip() for nom in rangees[0][1]] if rangees else []
    if not set(noms) & set(attendues):
        raise Refus(f'La première ligne doit nommer les colonnes, séparées par « ; » : {";".join(attendues)}')
    fausses = {}
    for nom in (*attendues, *noms):
        if nom not in noms and attendues[nom].nouvelle:
            continue
        if nom not in noms:
            fausses[nom] = "Colonne absente de l'en-tête : ajoutez-la, même vide."
        elif nom not in attendues:
            fausses[nom] = 'Colonne inconnue : retirez-la, ou corrigez son nom.'
        elif noms.count(nom) > 1:
            fausses[nom] = 'Colonne nommée plusieurs fois : gardez-en une.'
    fautes += [Faute(1, court(nom), raison) for nom, raison in fausses.items()]
    if len(rangees) == 1 and not fautes:
        raise Refus("Ce fichier n'a que sa ligne d'en-tête : ajoutez les lignes à importer.")
    return None if fausses else [attendues[nom] for nom in noms]


def _lire_ligne(numero, cellules, colonnes, fautes):
    ligne = Ligne(numero, {}, {})
    if len(cellules) != len(colonnes):
        fautes.append(Faute(numero, '', f'{len(cellules)} cellules au lieu de {len(colonnes)} : '
                            'un texte avec « ; » se met entre guillemets.'))
        return ligne
    for colonne, cellule in zip(colonnes, cellules):
        try:
            ligne.v[colonne.nom] = lire_cellule(colonne, deproteger(cellule.strip()).replace('\r\n', '\n'))
        except Refus as refus:
            fautes.append(Faute(numero, colonne.nom, refus.phrase))
    return ligne


def lire_cellule(colonne, texte):
    vide, lire = GENRES[colonne.genre]
    if not texte and colonne.requis:
        raise Refus('Cette cellule est obligatoire : complétez-la.')
    if not texte:
        return vide
    if (_COMMANDES if colonne.genre == 'texte' else _CONTROLE).search(texte):
        raise Refus('Cette cellule contient un caractère de contrôle invisible (tabulation, par exemple) : retapez-la.')
    valeurs = [texte]
    if vide == ():
        valeurs = [v.strip() for v in separer(_texte(texte, colonne.limite)) if v.strip()]
    if colonne.genre != 'texte' and '\n' in ''.join(valeurs):
        raise Refus('Cette cellule tient sur une seule ligne : retirez le retour à la ligne.')
    lues = tuple(lire(valeur, colonne.limite) for valeur in valeurs)
    if len(set(lues)) < len(lues) and colonne.genre != 'instants':
        raise Refus('La même valeur est deux fois dans cette cellule : gardez-la une seule fois.')
    return lues if vide == () else lues[0]


def _comparer(lignes, cle, constante, fautes):
    """Say which lines have the key of an earlier one or, where that is fine,
    another value in the column that should not vary.
    """
    premieres = {}
    lignes = lignes if cle else ()
    for ligne in lignes:
        if not all(c in ligne.v for c in (*cle, constante or cle[0])) or not ligne.v[cle[0]]:
            continue                                                # a cell at fault, or nothing that is told apart
        valeurs = tuple(ligne.v[c] for c in cle)
        premiere = premieres.setdefault(valeurs, ligne)
        if not constante and premiere is not ligne:
            fautes.append(Faute(
                ligne.numero, cle[0],
                f'{" + ".join(cle)} : déjà à la ligne {premiere.numero}. Gardez une seule des deux.'))
        elif constante and ligne.v[constante] != premiere.v[constante]:
            fautes.append(Faute(
                ligne.numero, constante,
                f"Autre valeur qu'à la ligne {premiere.numero} : écrivez partout la même."))


# Several values in one cell; a « | » in one of them is written « \| ».
def separer(texte):
    return [valeur.replace('\\|', '|') for valeur in re.split(r'(?<!\\)\|', texte)]


def reunir(valeurs):
    return ' | '.join(valeur.replace('|', '\\|') for valeur in valeurs)


# A spreadsheet must not take what a stranger typed for a formula: such a cell is written after a « ' », which is
# dropped when it is read (domaine.md §9).
_FORMULE = re.compile("'*[=+\\-@\t\r\n＝＋－＠]")


def proteger(texte):
    return f"'{texte}" if _FORMULE.match(texte) else texte


def deproteger(cellule):
    return cellule[1:] if cellule.startswith("'") and _FORMULE.match(cellule) else cellule


# Readers of a cell: (text, limit) → value, or a Refus with a sentence that says what to do.
# A text may hold what our own screens take in one. A cell of one line has no control, and nothing that reorders, breaks
# lines or hides.
_COMMANDES = re.compile('[\x00-\x08\x0b-\x1f\x7f]')
_CONTROLE = re.compile('[\t\r\u2028\u2029]|' + langue.INVISIBLES.pattern)
_DATE = re.compile(r'(?:(\d\d?)/(\d\d?)/((?:19|20|21)\d\d)|((?:19|20|21)\d\d)-(\d\d)-(\d\d))'
                   r'(?:[ T](\d\d?):(\d\d)(?::(\d\d))?(Z|[+-][01]\d:[0-5]\d)?)?', re.ASCII)


def court(valeur):
    valeur = _CONTROLE.sub('?', str(valeur)).replace('\n', ' ')
    return valeur if len(valeur) <= 60 else valeur[:59] + '…'


def _texte(valeur, limite):
    if len(valeur) > limite:
        raise Refus(f'Ce texte a {len(valeur)} caractères, {limite} au plus : raccourcissez-le.')
    return valeur


def _code(valeur, codes):
    if valeur not in codes:
        raise Refus(f"« {court(valeur)} » n'est pas accepté : écrivez {' ou '.join(codes)}.")
    return valeur


def _conforme(accepte, phrase, lire=str):
    accepte = re.compile(accepte).fullmatch if isinstance(accepte, str) else accepte

    def lire_conforme(valeur, _):
        if not accepte(valeur):
            raise Refus(f'« {court(valeur)} » : {phrase}')
        return lire(valeur)
    return lire_conforme


_oui_non = _conforme('(?i)oui|non', 'écrivez oui ou non.', lambda valeur: valeur.lower() == 'oui')
_siren = _conforme('[0-9]{9}', 'un SIREN a 9 chiffres, sans espace.')
_siren_cite = _conforme('[0-9]{9}(/[1-9][0-9]?)?', 'un SIREN a 9 chiffres, sans espace.')
_numero = _conforme('[1-9][0-9]{0,5}', 'un numéro de demande est un nombre entier de 1 à 999999.', int)
_courriel = _conforme(
    langue.adresse,
    "ce n'est pas une adresse électronique : écrivez-en une seule, par exemple prenom.nom@organisme.fr.",
    langue.adresse)


_nombre = _conforme('[0-9]{1,9}', 'écrivez un nombre entier, en chiffres et sans espace.', int)


def _nom_ou_courriel(valeur, limite):
    return _courriel(valeur, limite) if '@' in valeur else _texte(valeur, limite)


def _instant(valeur, _):
    """UTC text of a Paris time.

    An hour that comes twice (end of summer time) is the first; one that does not exist is refused.
    """
    trouve = _DATE.fullmatch(valeur)
    if not trouve:
        raise Refus(f"« {court(valeur)} » n'est pas une date (de 1900 à 2199) : "
                    'écrivez JJ/MM/AAAA, ou JJ/MM/AAAA HH:MM.')
    jour, mois, annee, annee_iso, mois_iso, jour_iso, *heure, zone = trouve.groups()
    nombres = (annee or annee_iso, mois or mois_iso, jour or jour_iso, *heure)
    try:
        moment = datetime(*(int(nombre or 0) for nombre in nombres))
    except ValueError:
        raise Refus(f"« {valeur} » n'existe pas dans le calendrier : corrigez le jour, le mois ou l'heure.") from None
    if zone:
        return langue.en_utc(datetime.fromisoformat(f'{moment.isoformat()}{zone}'))
    instant = langue.en_utc(moment.replace(tzinfo=langue.PARIS))
    if langue.a_paris(instant).replace(tzinfo=None) != moment:
        raise Refus(f"« {valeur} » n'existe pas à Paris : on passe à l'heure d'été cette nuit-là. Corrigez l'heure.")
    return instant


def _jour(valeur, limite):
    if ':' in valeur:
        raise Refus(f'« {court(valeur)} » : cette colonne attend un jour, sans heure.')
    return langue.jour_de(_instant(valeur, limite))


# genre: (value of an empty cell, reader); () is for several values separated by « | ».
GENRES = {
    'mot':          ('',    _texte),
    'texte':        ('',    _texte),
    'code':         ('',    _code),
    'code_vide':    (None,  _code),
    'oui_non':      (False, _oui_non),
    'oui_non_vide': (None,  _oui_non),
    'jour':         (None,  _jour),
    'passe':        (None,  _jour),
    'instant':      (None,  _instant),
    'instants':     ((),    _instant),
    'entier':       (0,     _nombre),
    'entier_vide':  (None,  _nombre),
    'identifiant':  (None,  _conforme(r'[\w.:/@+-]{1,80}',
                                      "un identifiant est fait de 80 lettres, chiffres, . : / @ + - ou _ au plus.")),
    'jeton':        (None,  _conforme('[A-Za-z0-9_-]{16,64}',
                                      'un lien de suivi finit par 16 à 64 lettres, chiffres, - ou _.')),
    'siren':        ('',    _siren),
    'insee':        (None,  _conforme('[0-9]{5}|2[AB][0-9]{3}',
                                      'un code INSEE de commune a 5 caractères (par exemple 31555).')),
    'postaux':      ((),    _conforme('[0-9]{5}', 'un code postal a 5 chiffres ; séparez-en plusieurs par « | ».')),
    'courriel':     ('',    _courriel),
    'compte':       ('',    _courriel),
    'telephone':    ('',    _conforme(langue.telephone, 'écrivez un numéro français de 10 chiffres.',
                                      langue.telephone)),
    'site':         ('',    _conforme(r'https?://[^\s"<>]{3,190}',
                                      'écrivez une adresse complète, qui commence par https://.')),
    'liste':        ((),    _texte),
    'etapes':       ((),    _conforme(r'[^:]+:\s*\S.*', 'écrivez chaque étape « Titre : phrase ».')),
    'structure':    ('',    _texte),
    'direction':    ('',    _texte),
    'en_charge':    ('',    _texte),
    'places':       ((),    _nom_ou_courriel),
    'agent':        ('',    _courriel),
    'agents':       ((),    _courriel),
    'auteur':       ('',    _texte),
    'theme':        ('',    _texte),
    'titre':        ('',    _texte),
    'fiche':        ('',    _texte),
    'collectivite': ('',    _siren_cite),
    'communes':     ((),    _siren_cite),
    'epci':         ('',    _siren_cite),
    'remplacante':  ('',    _siren_cite),
    'nouveau':      (None,  _numero),
    'demande':      (None,  _numero),
}
