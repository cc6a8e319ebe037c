"""The CSV imports, and the loading of the demonstration data.

A file is read outside any transaction; what depends on the base is then checked and written in one short transaction, so an import
runs beside a serving process. All or nothing: with one Faute nothing is written. No import sends a mail. Nothing here knows of HTTP.
"""
import csv
import functools
import io
import pkgutil
import re
import secrets
import unicodedata
from collections import Counter, namedtuple
from datetime import date, datetime, timedelta

import models
from models import (
    ISSUES, QUI, REPONSES, STATUTS, TYPES, Agent, Collectivite, Demande, Direction, Fiche, Journal, Refus, Structure,
    Theme, db)

from .journal import auditer

# ======================================================================================
# What each file holds: columns, natural keys
# ======================================================================================

Colonne = namedtuple('Colonne', 'nom requis genre dit limite', defaults=(200,))     # limite: characters, or the accepted codes
Faute = namedtuple('Faute', 'ligne colonne raison')                 # ligne: as in the file, the header is 1
Bilan = namedtuple('Bilan', 'ajoutes modifies inchanges fautes')

ICONES = ('balance', 'grue', 'carte', 'feuille', 'temple', 'route', 'ecran', 'bulles', 'maison', 'personnes')

COLONNES = {
    'structures': (
        Colonne('structure',    True,  'mot',       'nom exact de la structure (une ligne par direction)'),
        Colonne('sigle',        True,  'mot',       'sigle court, par exemple CD31', 20),
        Colonne('partenaire',   False, 'oui_non',   'oui pour un partenaire, non pour le Conseil départemental'),
        Colonne('direction',    True,  'mot',       'nom exact de la direction'),
        Colonne('telephone',    False, 'telephone', 'téléphone de la direction'),
        Colonne('courriel',     False, 'courriel',  'courriel de la direction'),
        Colonne('site',         False, 'site',      'site internet de la structure, commence par https://'),
        Colonne('presentation', False, 'texte',     'une ou deux phrases, les mêmes sur chaque ligne de la structure', 2000),
    ),
    'agents': (
        Colonne('courriel',         True,  'courriel',  "adresse professionnelle de l'agent"),
        Colonne('prenom',           True,  'mot',       'prénom'),
        Colonne('nom',              True,  'mot',       'nom'),
        Colonne('structure',        True,  'structure', "nom exact d'une structure déjà importée"),
        Colonne('direction',        True,  'direction', "nom exact d'une direction de cette structure"),
        Colonne('fonction',         False, 'mot',       'fonction'),
        Colonne('telephone_public', False, 'telephone', 'téléphone communiqué aux collectivités ; vide : celui de la direction'),
        Colonne('telephone',        False, 'telephone', 'téléphone interne'),
        Colonne('administrateur',   False, 'oui_non',   'oui ou non : administre la Plateforme'),
        Colonne('pilote',           False, 'oui_non',   'oui ou non : remplace les chefs de file absents de sa direction'),
        Colonne('actif',            True,  'oui_non',   'oui ou non : peut se connecter'),
    ),
    'catalogue': (
        Colonne('theme',        True,  'mot',       'nom du thème'),
        Colonne('icone',        True,  'code',      'dessin du thème, le même sur chacune de ses lignes', ICONES),
        Colonne('titre',        True,  'mot',       'titre de la fiche'),
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
        Colonne('associees',    False, 'places',    'directions ou structures qui peuvent être associées, séparées par « | »', 2000),
        Colonne('restreinte',   False, 'oui_non',   'oui : les demandes de cette fiche sont à diffusion restreinte'),
        Colonne('publiee',      True,  'oui_non',   'oui ou non : visible dans le catalogue'),
        Colonne('mise_a_jour',  True,  'jour',      'date de mise à jour'),
    ),
    'collectivites': (
        Colonne('siren',          True,  'siren',     'numéro SIREN, 9 chiffres'),
        Colonne('insee',          False, 'insee',     'code INSEE de la commune ; vide pour un EPCI'),
        Colonne('type',           True,  'code',      'type de collectivité', TYPES),
        Colonne('nom',            True,  'mot',       'nom de la collectivité'),
        Colonne('codes_postaux',  False, 'postaux',   'codes postaux séparés par « | »'),
        Colonne('population',     False, 'entier',    "nombre d'habitants"),
        Colonne('arrondissement', False, 'mot',       'arrondissement'),
        Colonne('epci_siren',     False, 'epci',      'SIREN de son intercommunalité, dans ce fichier ou déjà importée'),
        Colonne('courriel',       False, 'courriel',  'courriel officiel de la collectivité'),
        Colonne('telephone',      False, 'telephone', 'téléphone de la collectivité'),
    ),
    'demandes': (
        Colonne('numero',             True,  'nouveau',      'numéro de la demande, conservé'),
        Colonne('origine',            True,  'code',         'déposée sur la Plateforme, ou reçue en direct', ('plateforme', 'direct')),
        Colonne('depose_le',          True,  'instant',      'date et heure du dépôt ou de la saisie'),
        Colonne('statut',             True,  'code',         'statut', STATUTS),
        Colonne('theme',              False, 'theme',        'nom exact du thème ; vide pour une demande libre'),
        Colonne('fiche',              False, 'fiche',        'titre exact de la fiche ; vide pour une demande libre'),
        Colonne('collectivite_siren', False, 'collectivite', 'SIREN de la collectivité si elle est connue ; vide : à rattacher'),
        Colonne('collectivite',       True,  'mot',          'nom de la collectivité'),
        Colonne('type',               True,  'code',         'type de collectivité', TYPES),
        Colonne('communes',           False, 'communes',     "SIREN des communes concernées par la demande d'un EPCI, séparés par « | »", 2000),
        Colonne('lieu',               False, 'mot',          'lieu du projet ; vide : la collectivité'),
        Colonne('message',            True,  'texte',        'texte de la demande', 20000),
        Colonne('civilite',           False, 'code',         'civilité du Maire ou de la présidence', models.CIVILITES),
        Colonne('nom',                False, 'mot',          'nom du Maire ou de la présidence'),
        Colonne('prenom',             False, 'mot',          'prénom du Maire ou de la présidence'),
        Colonne('rappel_nom',         False, 'mot',          "nom de la personne à rappeler, si c'en est une autre"),
        Colonne('rappel_prenom',      False, 'mot',          'son prénom'),
        Colonne('rappel_fonction',    False, 'mot',          'sa fonction'),
        Colonne('courriel',           False, 'courriel',     'courriel où répondre'),
        Colonne('telephone',          False, 'telephone',    'téléphone où rappeler'),
        Colonne('date_a_tenir',       False, 'jour',         'date à tenir annoncée par la collectivité'),
        Colonne('echeance',           False, 'jour',         'rappel au plus tard le ; vide : calculée, ou demande directe'),
        Colonne('premier_contact_le', False, 'passe',        'jour où la collectivité a été jointe'),
        Colonne('clos_le',            False, 'instant',      'date et heure de clôture'),
        Colonne('issue',              False, 'code',         "comment la demande s'est terminée", ISSUES | REPONSES),
        Colonne('organisme',          False, 'mot',          'organisme vers lequel la demande est réorientée'),
        Colonne('synthese',           False, 'texte',        'synthèse interne', 20000),
        Colonne('texte_final',        False, 'texte',        'ce qui a été écrit au demandeur', 20000),
        Colonne('restreinte',         False, 'oui_non_vide', 'oui ou non : diffusion restreinte ; vide : comme la fiche'),
        Colonne('chefs_de_file',      False, 'agents',       'courriels séparés par « | » : le chef de file, puis les co-chefs', 2000),
        Colonne('referent',           False, 'agent',        "courriel de l'expert référent"),
        Colonne('associes',           False, 'places',       'courriels, ou noms de structures ou directions, séparés par « | »', 2000),
        Colonne('saisie_par',         False, 'agent',        'courriel de qui a saisi une demande directe'),
        Colonne('recue_le',           False, 'passe',        'jour où une demande directe a été reçue'),
        Colonne('voie',               False, 'code',         'comment une demande directe est arrivée', models.VOIES),
    ),
    'journal': (
        Colonne('numero',    True,  'demande', "numéro d'une demande déjà importée"),
        Colonne('date',      True,  'instant', 'date et heure de la ligne, secondes admises'),
        Colonne('auteur',    True,  'auteur',  "courriel d'un agent, ou nom écrit en toutes lettres"),
        Colonne('structure', False, 'mot',     'structure affichée ; vide pour un agent : la sienne'),
        Colonne('nature',    True,  'code',    'nature de la ligne', (*models.NATURES, 'depot', 'statut', 'equipe', 'contact', 'message')),
        Colonne('acte_le',   False, 'passe',   "jour de l'acte, s'il diffère"),
        Colonne('statut',    False, 'code',    'statut atteint, pour la nature « statut » seulement', STATUTS),
        Colonne('texte',     False, 'texte',   'texte ; peut être vide pour depot et statut', 20000),
    ),
}

CLES = {
    'structures': ('structure', 'direction'), 'agents': ('courriel',), 'catalogue': ('theme', 'titre'), 'collectivites': ('siren',),
    'demandes': ('numero',), 'journal': ('numero', 'date', 'nature', 'statut', 'texte'),
}

# Within a file, besides the key: what is not twice (columns, None), what is the same wherever other columns are (columns, that one).
UNE_SEULE_FOIS = {
    'structures': [(('structure',), c) for c in ('sigle', 'partenaire', 'site', 'presentation')], 'catalogue': [(('theme',), 'icone')],
    'collectivites': [(('insee',), None)],
}
CHERCHES = {'demandes': ('collectivite', 'fiche', 'lieu', 'message'), 'journal': ('texte',)}     # what the search reads


def dire_colonnes(quoi):
    """What « --colonnes » prints of one import."""
    large = max(len(c.nom) for c in COLONNES[quoi])
    return '\n'.join([
        f"Import « {quoi} » : fichier CSV, UTF-8, séparateur « ; », une ligne d'en-tête avec exactement ces colonnes.",
        f"Clé : {' + '.join(CLES[quoi])}. Une ligne de même clé est mise à jour (sauf au journal), une clé nouvelle ajoutée, rien n'est supprimé.",
        "Dates : JJ/MM/AAAA, ou JJ/MM/AAAA HH:MM[:SS] à l'heure de Paris ; AAAA-MM-JJ est accepté.", '',
        *(f'  {c.nom:<{large}}  {"obligatoire" if c.requis else "facultatif "}  {c.dit}'
          f'{" (" + ", ".join(c.limite) + ")" if c.genre == "code" else ""}' for c in COLONNES[quoi])])


# ======================================================================================
# Reading a file, outside any transaction
# ======================================================================================

Ligne = namedtuple('Ligne', 'numero v liens')                       # v: {column: value} of the good cells; liens: what they name


def _lire(quoi, octets, progres=None):
    """(lines, faults) of a file, the base not being looked at."""
    fautes = []
    try:
        rangees = _rangees(octets, fautes)
        colonnes = _entete(quoi, rangees, fautes)
    except Refus as refus:
        return [], [*fautes, Faute(1, '', refus.phrase)]
    lignes = [_lire_ligne(*rangee, colonnes, fautes) for rangee in _suivre(rangees[1:] if colonnes else (), progres, len(rangees) - 1)]
    for cle, constante in ((CLES[quoi], None), *UNE_SEULE_FOIS.get(quoi, ())):
        _comparer(lignes, cle, constante, fautes)
    for ligne in lignes:
        ligne.v['cherche'] = [models.normaliser(ligne.v.get(c) or '') for c in CHERCHES.get(quoi, ())]
    return lignes, fautes


def _rangees(octets, fautes):
    """[(line where it begins, cells)] of strict UTF-8, in composed letters (a name typed on a Mac is the same name); no empty line."""
    if octets.startswith((b'PK', b'\xd0\xcf\x11\xe0', b'%PDF')):
        raise Refus('Ce fichier est un classeur ou un document, pas un CSV : enregistrez-le au format « CSV UTF-8 », séparateur « ; ».')
    try:
        texte = unicodedata.normalize('NFC', octets.decode('utf-8-sig'))
    except UnicodeDecodeError as erreur:
        ligne = octets[:erreur.start].count(b'\n') + 1
        raise Refus(f"Ce fichier n'est pas en UTF-8 (ligne {ligne}) : enregistrez-le au format « CSV UTF-8 ».") from None
    if not texte.strip():
        raise Refus("Ce fichier est vide : il faut une ligne d'en-tête, puis une ligne par donnée.")
    lecteur, rangees, debut = csv.reader(io.StringIO(texte, newline=''), delimiter=';', strict=True), [], 1
    try:
        for cellules in lecteur:
            if any(cellule.strip() for cellule in cellules):
                rangees.append((debut, cellules))
            debut = lecteur.line_num + 1
    except csv.Error:
        fautes.append(Faute(debut, '', "Illisible à partir d'ici, suite non contrôlée : guillemet mal placé ou non fermé, cellule trop longue."))
    return rangees


def _entete(quoi, rangees, fautes):
    """The Colonne of each cell, in the order of the file; None when the header is not exactly the expected one."""
    attendues = {c.nom: c for c in COLONNES[quoi]}
    noms = [nom.strip() for nom in rangees[0][1]] if rangees else []
    if not set(noms) & set(attendues):
        raise Refus(f'La première ligne doit nommer les colonnes, séparées par « ; » : {";".join(attendues)}')
    fausses = [nom for nom in dict.fromkeys((*attendues, *noms)) if nom not in attendues or noms.count(nom) != 1]
    fautes += [Faute(1, _court(nom), "Colonne absente de l'en-tête : ajoutez-la, même vide." if nom not in noms else
                     'Colonne inconnue : retirez-la, ou corrigez son nom.' if nom not in attendues else
                     'Colonne nommée plusieurs fois : gardez-en une.') for nom in fausses]
    if len(rangees) == 1 and not fautes:
        raise Refus("Ce fichier n'a que sa ligne d'en-tête : ajoutez les lignes à importer.")
    return None if fausses else [attendues[nom] for nom in noms]


def _lire_ligne(numero, cellules, colonnes, fautes):
    ligne = Ligne(numero, {}, {})
    if len(cellules) != len(colonnes):
        fautes.append(Faute(numero, '', f'{len(cellules)} cellules au lieu de {len(colonnes)} : un texte avec « ; » se met entre guillemets.'))
        return ligne
    for colonne, cellule in zip(colonnes, cellules):
        try:
            ligne.v[colonne.nom] = _lire_cellule(colonne, cellule.strip().replace('\r\n', '\n'))
        except Refus as refus:
            fautes.append(Faute(numero, colonne.nom, refus.phrase))
    return ligne


def _lire_cellule(colonne, texte):
    vide, lire = GENRES[colonne.genre]
    if not texte and colonne.requis:
        raise Refus('Cette cellule est obligatoire : complétez-la.')
    if not texte:
        return vide
    if _CONTROLE.search(texte):
        raise Refus('Cette cellule contient un caractère de contrôle invisible (tabulation, par exemple) : retapez-la.')
    valeurs = [texte] if vide != () else [valeur.strip() for valeur in _texte(texte, colonne.limite).split('|') if valeur.strip()]
    if colonne.genre != 'texte' and '\n' in ''.join(valeurs):
        raise Refus('Cette cellule tient sur une seule ligne : retirez le retour à la ligne.')
    lues = tuple(lire(valeur, colonne.limite) for valeur in valeurs)
    if len(set(lues)) < len(lues):
        raise Refus('La même valeur est deux fois dans cette cellule : gardez-la une seule fois.')
    return lues if vide == () else lues[0]


def _comparer(lignes, cle, constante, fautes):
    """Say which lines have the key of an earlier one or, where that is fine, another value in the column that should not vary."""
    premieres = {}
    for ligne in lignes:
        valeurs = tuple(ligne.v.get(c) for c in cle)
        if any(valeurs) and None not in valeurs and (not constante or constante in ligne.v):
            premiere = premieres.setdefault(valeurs, ligne)
            if not constante and premiere is not ligne:
                fautes.append(Faute(ligne.numero, cle[0], f'{" + ".join(cle)} : déjà à la ligne {premiere.numero}. Gardez une seule des deux.'))
            elif constante and ligne.v[constante] != premiere.v[constante]:
                fautes.append(Faute(ligne.numero, constante, f"Autre valeur qu'à la ligne {premiere.numero} : écrivez partout la même."))


# Readers of a cell: (text, limit) → value, or a Refus with a sentence that says what to do.
# A line break is fine; the other controls, and what reorders or breaks lines invisibly, are not.
_CONTROLE = re.compile('[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]')
_DATE = re.compile(r'(?:(\d\d?)/(\d\d?)/((?:19|20|21)\d\d)|((?:19|20|21)\d\d)-(\d\d)-(\d\d))'
                   r'(?:[ T](\d\d?):(\d\d)(?::(\d\d))?(Z|[+-][01]\d:[0-5]\d)?)?', re.ASCII)


def _court(valeur):
    valeur = _CONTROLE.sub('?', str(valeur)).replace('\n', ' ')
    return valeur if len(valeur) <= 60 else valeur[:59] + '…'


def _texte(valeur, limite):
    if len(valeur) > limite:
        raise Refus(f'Ce texte a {len(valeur)} caractères, {limite} au plus : raccourcissez-le.')
    return valeur


def _code(valeur, codes):
    if valeur not in codes:
        raise Refus(f"« {_court(valeur)} » n'est pas accepté : écrivez {' ou '.join(codes)}.")
    return valeur


def _conforme(accepte, phrase, lire=str):
    accepte = re.compile(accepte).fullmatch if isinstance(accepte, str) else accepte

    def lire_conforme(valeur, _):
        if not accepte(valeur):
            raise Refus(f'« {_court(valeur)} » : {phrase}')
        return lire(valeur)
    return lire_conforme


_oui_non = _conforme('(?i)oui|non', 'écrivez oui ou non.', lambda valeur: valeur.lower() == 'oui')
_siren = _conforme('[0-9]{9}', 'un SIREN a 9 chiffres, sans espace.')
_numero = _conforme('[1-9][0-9]{0,5}', 'un numéro de demande est un nombre entier de 1 à 999999.', int)
_courriel = _conforme(
    models.adresse, "ce n'est pas une adresse électronique : écrivez-en une seule, par exemple prenom.nom@organisme.fr.", models.adresse)


def _nom_ou_courriel(valeur, limite):
    return _courriel(valeur, limite) if '@' in valeur else _texte(valeur, limite)


def _instant(valeur, _):
    """UTC text of a Paris time. An hour that comes twice (end of summer time) is the first; one that does not exist is refused."""
    trouve = _DATE.fullmatch(valeur)
    if not trouve:
        raise Refus(f"« {_court(valeur)} » n'est pas une date (de 1900 à 2199) : écrivez JJ/MM/AAAA, ou JJ/MM/AAAA HH:MM.")
    j, m, a, a2, m2, j2, heure, minute, seconde, zone = trouve.groups()
    try:
        moment = datetime(*(int(n or 0) for n in (a or a2, m or m2, j or j2, heure, minute, seconde)))
    except ValueError:
        raise Refus(f"« {valeur} » n'existe pas dans le calendrier : corrigez le jour, le mois ou l'heure.") from None
    if zone:
        return models.en_utc(datetime.fromisoformat(f'{moment.isoformat()}{zone}'))
    instant = models.en_utc(moment.replace(tzinfo=models.PARIS))
    if models.a_paris(instant).replace(tzinfo=None) != moment:
        raise Refus(f"« {valeur} » n'existe pas à Paris : on passe à l'heure d'été cette nuit-là. Corrigez l'heure.")
    return instant


def _jour(valeur, limite):
    if ':' in valeur:
        raise Refus(f'« {_court(valeur)} » : cette colonne attend un jour, sans heure.')
    return models.jour_de(_instant(valeur, limite))


# genre: (value of an empty cell, reader); () is for several values separated by « | ».
GENRES = {
    'mot':          ('',    _texte),
    'texte':        ('',    _texte),
    'code':         ('',    _code),
    'oui_non':      (False, _oui_non),
    'oui_non_vide': (None,  _oui_non),
    'jour':         (None,  _jour),
    'passe':        (None,  _jour),
    'instant':      (None,  _instant),
    'entier':       (0,     _conforme('[0-9]{1,9}', 'écrivez un nombre entier, en chiffres et sans espace.', int)),
    'siren':        ('',    _siren),
    'insee':        (None,  _conforme('[0-9]{5}|2[AB][0-9]{3}', 'un code INSEE de commune a 5 caractères (par exemple 31555).')),
    'postaux':      ((),    _conforme('[0-9]{5}', 'un code postal a 5 chiffres ; séparez-en plusieurs par « | ».')),
    'courriel':     ('',    _courriel),
    'telephone':    ('',    _conforme(models.telephone, 'écrivez un numéro français de 10 chiffres.', models.telephone)),
    'site':         ('',    _conforme(r'https?://[^\s"<>]{3,190}', 'écrivez une adresse complète, qui commence par https://.')),
    'liste':        ((),    _texte),
    'etapes':       ((),    _conforme(r'[^:]+:\s*\S.*', 'écrivez chaque étape « Titre : phrase ».')),
    'structure':    ('',    _texte),
    'direction':    ('',    _texte),
    'places':       ((),    _nom_ou_courriel),
    'agent':        ('',    _courriel),
    'agents':       ((),    _courriel),
    'auteur':       ('',    _nom_ou_courriel),
    'theme':        ('',    _texte),
    'fiche':        ('',    _texte),
    'collectivite': ('',    _siren),
    'communes':     ((),    _siren),
    'epci':         ('',    _siren),
    'nouveau':      (None,  _numero),
    'demande':      (None,  _numero),
}


# ======================================================================================
# References and coherence: what a cell names must be in the base, what the cells of a line must say together
# ======================================================================================

Connue = namedtuple('Connue', 'depose_le collectivite statut etape fiche_id delai echeance')   # what an import needs of a demande
_cherche = functools.lru_cache(maxsize=4096)(models.normaliser)


class _Base(dict):
    """What the base holds, each entry read whole when first asked for: base['agent']['a@b.fr']."""

    def __missing__(self, table):
        return self.setdefault(table, LIRE[table](self))


def _sql(sql, *valeurs, **nommees):
    return db.connection().execute(sql, nommees or valeurs)


LIRE = {
    'ouvres':       lambda b: models.Reglage.get_by_id('jours').valeur == 'ouvres',
    'structure':    lambda b: {s.nom: s for s in Structure},
    'direction':    lambda b: {s.nom: {d.nom: d for d in s.directions} for s in Structure},
    'agent':        lambda b: {a.courriel: a for a in Agent.select(Agent, Direction, Structure).join(Direction).join(Structure)},
    'theme':        lambda b: {t.nom: t for t in Theme},
    'fiche':        lambda b: {t.nom: {f.titre: f for f in t.fiches} for t in Theme},
    'collectivite': lambda b: {c.siren: c for c in Collectivite},
    'commune':      lambda b: {siren: c for siren, c in b['collectivite'].items() if c.type == 'Commune'},
    'epci':         lambda b: {siren: genre for siren, genre in {                       # as the file says, else the base
        **dict(_sql('SELECT siren, type FROM collectivite')),
        **{ligne.v.get('siren', ''): ligne.v.get('type') for ligne in b['lignes']}}.items() if genre != 'Commune'},
    'insee':        lambda b: {c.insee: c.siren for c in b['collectivite'].values() if c.insee},
    # A place in a team: (agent id, structure id, direction id), by e-mail, by structure, or by direction when one structure only has it.
    'place':        lambda b: {nom: tuple(place) for nom, *place in _sql(
        'SELECT agent.courriel, agent.id, structure_id, direction_id FROM agent JOIN direction ON direction.id = direction_id '
        'UNION ALL SELECT nom, NULL, structure_id, max(id) FROM direction GROUP BY nom HAVING count(*) = 1 '
        'UNION ALL SELECT nom, NULL, id, NULL FROM structure')},
    'demande':      lambda b: {numero: Connue(*reste) for numero, *reste in _sql(f'SELECT numero, {", ".join(Connue._fields)} FROM demande')},
    'journal':      lambda b: {tuple(cle): (qui, acte_le) for *cle, qui, acte_le in _sql(
        "SELECT demande_id, cree_le, nature, coalesce(statut, ''), texte, coalesce(agent_id, auteur), acte_le FROM journal")},
}


def _dans(table, phrase, parent=None):
    """A finder of what a cell names; with parent, within what that other cell names (when that one is the fault, it is said once)."""
    def trouver(nom, v, base):
        connus = base[table].get(v.get(parent)) if parent else base[table]
        if connus is None or nom in connus:
            return connus and connus[nom]
        proche = isinstance(nom, str) and next((n for n in connus if _cherche(n) == _cherche(nom)), None)
        suite = f'Voulez-vous dire « {proche} » ?' if proche else "Corrigez, ou importez d'abord ce qui manque."
        raise Refus(f'{phrase.format(_court(nom))}. {suite}')
    return trouver


def _collectivite(siren, v, base):
    cible = _dans('collectivite', "Le SIREN {} n'est pas dans la base")(siren, v, base)
    autre = next((v[c] for c, vrai in (('collectivite', cible.nom), ('type', cible.type)) if _cherche(v.get(c, vrai)) != _cherche(vrai)), None)
    if autre:
        raise Refus(f'Le SIREN {siren} est celui de « {cible.nom} » ({cible.type}), pas de « {_court(autre)} » : corrigez.')
    return cible


def _pas_futur(quand, v, base):
    if quand > (models.maintenant() if len(quand) > 10 else models.aujourdhui()):
        raise Refus('Cette date est dans le futur : corrigez-la.')


def _nouveau(numero, v, base):
    """The demande of this number, or None. It must be the same one: an import never covers another's."""
    connue = base['demande'].get(numero)
    if connue and _cherche(v.get('collectivite', connue.collectivite)) != _cherche(connue.collectivite) and (
            v.get('depose_le', connue.depose_le)[:16] != connue.depose_le[:16]):
        raise Refus(f"Le n° {numero} est celui d'une autre demande, déposée par « {connue.collectivite} » : donnez un autre numéro.")
    return connue


_agent = _dans('agent', "Aucun compte n'a l'adresse {}")

# genre: what the cell names, found in the base; a genre that is not here names nothing.
LIENS = {
    'passe':        _pas_futur,
    'instant':      _pas_futur,
    'structure':    _dans('structure', "La structure « {} » n'est pas dans la base"),
    'direction':    _dans('direction', "La direction « {} » n'est pas de cette structure", 'structure'),
    'places':       _dans('place', "« {} » n'est ni un agent, ni une structure, ni une direction d'une seule structure"),
    'agent':        _agent,
    'agents':       _agent,
    'auteur':       lambda nom, v, base: _agent(nom, v, base) if '@' in nom else None,
    'theme':        _dans('theme', "Le thème « {} » n'est pas au catalogue"),
    'fiche':        _dans('fiche', "La fiche « {} » n'est pas dans ce thème du catalogue", 'theme'),
    'collectivite': _collectivite,
    'communes':     _dans('commune', "Le SIREN {} n'est pas celui d'une commune de la base"),
    'epci':         _dans('epci', "Le SIREN {} n'est pas celui d'une intercommunalité de ce fichier ou de la base"),
    'nouveau':      _nouveau,
    'demande':      _dans('demande', "La demande n° {} n'est pas dans la base"),
}


# (column, is it wrong?, reason); v: the values of the line, without any other fault; b: the base.
COHERENCE = {
    'catalogue': (
        ('co_chefs', lambda v, b: v['chef_de_file'] in v['co_chefs'], "Le chef de file n'est pas aussi co-chef : retirez-le."),
        ('associees', lambda v, b: any('@' in nom for nom in v['associees']), 'Nommez des directions ou des structures, pas des agents.'),
    ),
    'collectivites': (
        ('insee', lambda v, b: v['type'] == 'Commune' and not v['insee'], 'Une commune a un code INSEE : complétez.'),
        ('insee', lambda v, b: b['insee'].get(v['insee'], v['siren']) != v['siren'], "Ce code INSEE est déjà celui d'un autre SIREN de la base."),
        ('epci_siren', lambda v, b: v['epci_siren'] == v['siren'], "Une intercommunalité n'est pas la sienne : videz cette cellule."),
    ),
    'demandes': (
        ('fiche', lambda v, b: v['fiche'] and not v['theme'], 'Indiquez aussi le thème de cette fiche.'),
        ('clos_le', lambda v, b: v['statut'] != 'rejete' and bool(v['clos_le']) != (v['statut'] in ('termine', 'abandonne')),
         "Une demande terminée ou abandonnée a une date de clôture, une demande ouverte n'en a pas : corrigez la date ou le statut."),
        ('clos_le', lambda v, b: v['clos_le'] and v['clos_le'] < v['depose_le'], "La clôture est avant le dépôt : corrigez l'une des dates."),
        ('issue', lambda v, b: v['issue'] not in (
            ISSUES if v['statut'] == 'termine' else REPONSES if v['statut'] == 'rejete' and v['clos_le'] else ('',)),
         f"L'issue ne va pas avec ce statut : {' ou '.join(ISSUES)} pour termine ; {' ou '.join(REPONSES)} pour rejete et clos ; vide sinon."),
        ('organisme', lambda v, b: bool(v['organisme']) != (v['issue'] == 'reorientee'), "L'issue « reorientee », et elle seule, a un organisme."),
        ('chefs_de_file', lambda v, b: QUI[v['statut']][0] == 'chef_de_file' and not v['chefs_de_file'], 'À ce statut, il faut un chef de file.'),
        ('referent', lambda v, b: QUI[v['statut']][0] == 'referent' and not v['referent'], 'À ce statut, il faut un expert référent.'),
        *((c, lambda v, b, c=c: bool(v[c]) != (v['origine'] == 'direct'),
           'Cette colonne est remplie pour les demandes reçues en direct, et seulement pour elles.') for c in ('saisie_par', 'recue_le', 'voie')),
        ('echeance', lambda v, b: v['origine'] == 'direct' and v['echeance'], "Une demande reçue en direct n'a pas d'échéance : videz la cellule."),
        ('communes', lambda v, b: v['communes'] and v['type'] == 'Commune', 'Seule une intercommunalité nomme des communes : videz la cellule.'),
        ('rappel_nom', lambda v, b: not v['rappel_nom'] and (v['rappel_prenom'] or v['rappel_fonction']), 'Nommez aussi la personne à rappeler.'),
        ('courriel', lambda v, b: not (v['clos_le'] or v['courriel'] or v['telephone']), 'Une demande ouverte a un courriel ou un téléphone.'),
    ),
    'journal': (
        ('statut', lambda v, b: bool(v['statut']) != (v['nature'] == 'statut'), 'La nature « statut », et elle seule, a un statut.'),
        ('texte', lambda v, b: not v['texte'] and v['nature'] not in ('depot', 'statut'), 'Une ligne de cette nature a un texte : complétez.'),
        ('texte', lambda v, b: b['journal'].get(tuple(v[c] for c in CLES['journal'])) not in (
            None, (b['agent'][v['auteur']].id if '@' in v['auteur'] else v['auteur'], v['acte_le'])),
         "Le journal, qui ne se modifie pas, a déjà cette ligne avec un autre auteur ou une autre date d'acte : reprenez-les."),
    ),
}


# ======================================================================================
# Checking against the base, writing
# ======================================================================================

AJOUTE, MODIFIE, INCHANGE = range(3)                                # the state of a line is the smallest of its parts


def _appliquer(quoi, lignes, fautes, progres=None, reprise=True):
    """Check the lines against the base and write them, in the caller's transaction. reprise: an added demande gets a first journal line."""
    fautes = sorted({*fautes, *_controler(quoi, lignes, {faute.ligne for faute in fautes})})
    if fautes:
        return Bilan(0, 0, 0, fautes)
    etats = {}
    for etape in ETAPES[quoi]:
        base = _Base(reprise=reprise)                               # read again: what the step before wrote has its id now
        for ligne in _suivre(lignes, progres, len(lignes), 1):
            etats[ligne.numero] = min(etats.get(ligne.numero, INCHANGE), _ecrire(etape, ligne, base))
        progres = None                                              # told once, by the first step
    compte = Counter(etats.values())
    if compte[AJOUTE] or compte[MODIFIE]:
        auditer('import', None, f'{quoi} : {compte[AJOUTE]} ajoutés, {compte[MODIFIE]} modifiés')
    return Bilan(compte[AJOUTE], compte[MODIFIE], compte[INCHANGE], [])


def _controler(quoi, lignes, fautives):
    """The Fautes of references, then of coherence for the lines without any other."""
    base = _Base(lignes=lignes)
    liees = [(c.nom, GENRES[c.genre][0], LIENS[c.genre]) for c in COLONNES[quoi] if c.genre in LIENS]
    for ligne in lignes:
        fautes = []
        for colonne, vide, lier in liees:
            valeur = ligne.v.get(colonne) or vide
            try:
                ligne.liens[colonne] = [lier(x, ligne.v, base) for x in valeur] if vide == () else lier(valeur, ligne.v, base) if valeur else None
            except Refus as refus:
                fautes.append(Faute(ligne.numero, colonne, refus.phrase))
        if not fautes and ligne.numero not in fautives:
            fautes = [Faute(ligne.numero, colonne, raison) for colonne, faux, raison in COHERENCE.get(quoi, ()) if faux(ligne.v, base)]
        yield from fautes


def _ecrire(etape, ligne, base):
    """Insert the row a line becomes, or update it when it differs, then what goes with it; the state of the line."""
    colonnes = etape.table._meta.columns
    rangee = {c: '\n'.join(valeur) if isinstance(valeur, tuple) else valeur for c, valeur in ligne.v.items() if c in colonnes}
    rangee |= {f'{c}_id': lien and lien.id for c, lien in ligne.liens.items() if f'{c}_id' in colonnes} | etape.reste(ligne, base)
    chercher, inserer, modifier = _requetes(etape, tuple(rangee))
    connue = _sql(chercher, **rangee).fetchone()
    ecrites = _sql(modifier if connue else inserer, **rangee).rowcount
    etat = INCHANGE if ecrites < 1 else MODIFIE if connue else AJOUTE
    return etape.suite(ligne, base, rangee, etat) if etape.suite else etat


@functools.lru_cache
def _requetes(etape, colonnes):
    """The SQL that looks for the row of a key, inserts it, updates it when it differs."""
    table, mobiles = etape.table._meta.table_name, [c for c in colonnes if c not in (*etape.cle, *etape.une_fois)]
    cle = ' AND '.join(f'{c} IS :{c}' for c in etape.cle)
    poses, valeurs = ', '.join(f'{c} = :{c}' for c in mobiles), ', '.join(f':{c}' for c in mobiles)
    return (f'SELECT 1 FROM {table} WHERE {cle}',
            f'INSERT INTO {table} ({", ".join(colonnes)}) VALUES (:{", :".join(colonnes)})',
            f'UPDATE {table} SET {poses} WHERE {cle} AND ({", ".join(mobiles)}) IS NOT ({valeurs})' if mobiles else '')


def _remplacer(table, colonnes, parent, rangees):
    """Write again the rows that a parent (their first column) has in another table, when they differ."""
    cle, *autres = colonnes.split(', ')
    if set(rangees) == set(_sql(f'SELECT {", ".join(autres)} FROM {table} WHERE {cle} = ?', parent)):
        return INCHANGE
    _sql(f'DELETE FROM {table} WHERE {cle} = ?', parent)
    db.connection().executemany(f'INSERT INTO {table} ({colonnes}) VALUES (?{", ?" * len(autres)})', [(parent, *rangee) for rangee in rangees])
    return MODIFIE


def _piloter(ligne, base, rangee, etat):
    (fiche,), = _sql('SELECT id FROM fiche WHERE theme_id = ? AND titre = ?', rangee['theme_id'], rangee['titre'])
    chefs = [ligne.liens['chef_de_file'], *ligne.liens['co_chefs']]
    return min(etat, _remplacer('pilotage', 'fiche_id, agent_id, rang', fiche, [(a.id, rang) for rang, a in enumerate(chefs)]))


def _demande(ligne, base):
    """What no cell says as it is. What the file never says (accord, next step…) is left as it is."""
    v, liens, avant = ligne.v, ligne.liens, ligne.liens['numero']
    fiche, cible, delai, echeance = liens['fiche'], liens['collectivite_siren'], *_delais(v, liens, base)
    liens['equipe'] = _equipe(v, base)
    _, _, _, structure, direction, _ = next((place for place in liens['equipe'] if place[0] != 'associe'), [None] * 6)
    etape = max(QUI[v['statut']][1], 4 if v['statut'] == 'termine' else 3 if v['referent'] else 2 if v['chefs_de_file'] else 1)
    return {
        'jeton': secrets.token_urlsafe(16), 'etape': max(etape, avant.etape if avant else 1), 'delai': delai, 'echeance': echeance,
        'structure_id': structure, 'direction_id': direction, 'collectivite_id': cible and cible.id,
        'collectivite': cible.nom if cible else v['collectivite'],
        'restreinte': bool(fiche and fiche.restreinte) if v['restreinte'] is None else v['restreinte'],
        # Like a deposit: the first call confirms who wrote from an unknown address.
        'a_confirmer': v['origine'] == 'plateforme' and not v['clos_le'] and not v['premier_contact_le']
        and v['courriel'] != (cible.courriel if cible else ''),
    }


def _delais(v, liens, base):
    """(delai, echeance): computed when the cell is empty, but a date already told stays while deposit and fiche do."""
    if v['origine'] == 'direct':
        return None, None
    avant, fiche = liens['numero'], liens['fiche']
    meme = avant and (avant.depose_le, avant.fiche_id) == (v['depose_le'], fiche and fiche.id)
    delai = meme and avant.delai or (fiche.delai if fiche else 10)
    return delai, v['echeance'] or meme and avant.echeance or models.calculer_echeance(v['depose_le'], delai, base['ouvres'])


def _equipe(v, base):
    """The team a line asks for; who is there already keeps the structure and the date of then."""
    voulus = [('chef_de_file', i, *base['place'][courriel]) for i, courriel in enumerate(v['chefs_de_file'])]
    voulus += [('referent', 0, *base['place'][v['referent']])] if v['referent'] else []
    voulus += [('associe', i, *base['place'][nom]) for i, nom in enumerate(v['associes'])]
    avant = {(role, agent or tuple(lieu)): (*lieu, depuis) for role, agent, *lieu, depuis in _sql(
        'SELECT role, agent_id, structure_id, direction_id, depuis_le FROM membre WHERE demande_id = ?', v['numero'])}
    return [(role, rang, agent, *avant.get((role, agent or tuple(lieu)), (*lieu, v['depose_le']))) for role, rang, agent, *lieu in voulus]


def _suivre_demande(ligne, base, rangee, etat):
    """What goes with a demande: team, communes, version, search index, and a journal line for a statut that is new to the base."""
    v, numero, avant, texte = ligne.v, ligne.v['numero'], ligne.liens['numero'], ''
    etat = min(etat, _remplacer('demande_commune', 'demande_id, collectivite_id', numero, [(c.id,) for c in ligne.liens['communes']]),
               _remplacer('membre', 'demande_id, role, rang, agent_id, structure_id, direction_id, depuis_le', numero, ligne.liens['equipe']))
    if etat == INCHANGE:
        return etat
    _sql('UPDATE demande SET version = version + 1 WHERE numero = ? AND ?', numero, etat == MODIFIE)
    if base['reprise'] if etat == AJOUTE else avant.statut != v['statut']:
        texte = f"Repris d'un fichier importé (auparavant : {STATUTS[avant.statut]})." if avant else "Reprise de l'historique."
        _sql("INSERT INTO journal (demande_id, cree_le, nature, statut, auteur, texte) VALUES (?, ?, 'statut', ?, 'La Plateforme', ?)",
             numero, models.maintenant(), v['statut'], texte)
    collectivite, fiche, lieu, message = v['cherche']
    _sql("INSERT OR REPLACE INTO recherche (rowid, collectivite, fiche, lieu, message, journal) VALUES (?, ?, ?, ?, ?, "
         "trim(coalesce((SELECT journal FROM recherche WHERE rowid = ?), '') || ' ' || ?))",
         numero, collectivite, fiche, lieu or collectivite, message, numero, _cherche(texte))
    return etat


def _ligne_du_journal(ligne, base):
    v, agent = ligne.v, ligne.liens['auteur']
    return {'demande_id': v['numero'], 'cree_le': v['date'], 'statut': v['statut'] or None, 'agent_id': agent and agent.id,
            'auteur': agent.nom_complet if agent else v['auteur'],
            'structure': v['structure'] or (agent.direction.structure.nom if agent else '')}


def _suivre_journal(ligne, base, rangee, etat):
    """A line is found by its words; it tells a statut that was reached, so the step shown may go forward."""
    if etat == AJOUTE:
        _sql("UPDATE recherche SET journal = trim(journal || ' ' || ?) WHERE rowid = ?", *ligne.v['cherche'], ligne.v['numero'])
        etape = QUI[ligne.v['statut'] or 'termine'][1]
        _sql('UPDATE demande SET etape = ?, version = version + 1 WHERE numero = ? AND etape < ?', etape, ligne.v['numero'], etape)
    return etat


# The tables that each import writes: key, what a row holds besides the cells and references that have the name of a column,
# columns that only an insert writes, and what follows a row.
Etape = namedtuple('Etape', 'table cle reste une_fois suite', defaults=((), None))
ETAPES = {
    'structures': (
        Etape(Structure, ('nom',), lambda li, b: {'nom': li.v['structure']}),
        Etape(Direction, ('structure_id', 'nom'), lambda li, b: {'structure_id': b['structure'][li.v['structure']].id, 'nom': li.v['direction']}),
    ),
    'agents': (Etape(Agent, ('courriel',), lambda li, b: {'cree_le': models.maintenant()}, ('cree_le',)),),
    'catalogue': (
        Etape(Theme, ('nom',), lambda li, b: {
            'nom': li.v['theme'], 'ordre': max((t.ordre for t in b['theme'].values()), default=0) + li.numero}, ('ordre',)),
        Etape(Fiche, ('theme_id', 'titre'), lambda li, b: {
            'theme_id': b['theme'][li.v['theme']].id, 'delai': int(li.v['delai']), 'maj_le': li.v['mise_a_jour']}, (), _piloter),
    ),
    'collectivites': 2 * (                                          # twice: the EPCI of a commune may come after it in the file
        Etape(Collectivite, ('siren',), lambda li, b: {
            'cherche': models.normaliser(li.v['nom']), 'codes_postaux': ' '.join(li.v['codes_postaux']),
            'epci_id': getattr(b['collectivite'].get(li.v['epci_siren']), 'id', None)}),),
    'demandes': (Etape(Demande, ('numero',), _demande, ('jeton', 'a_confirmer'), _suivre_demande),),
    'journal': (Etape(Journal, ('demande_id', 'cree_le', 'nature', 'statut', 'texte'), _ligne_du_journal,
                      ('acte_le', 'agent_id', 'auteur', 'structure'), _suivre_journal),),
}


# ======================================================================================
# The two verbs
# ======================================================================================

def importer(quoi, octets, essai=False, progres=None):
    """Import one file (bytes): its Bilan. essai: only say it. progres(fait, total): called now and then, in lines, reading being half."""
    if quoi not in COLONNES:
        raise Refus(f"Il n'y a pas d'import « {quoi} » : choisissez {' ou '.join(COLONNES)}.", 404)
    lignes, fautes = _lire(quoi, octets, progres)
    with models.lecture() if fautes else models.ecriture(), db.atomic() as ecrit:
        bilan = _appliquer(quoi, lignes, fautes, progres)
        if essai:
            ecrit.rollback()
    if progres:
        progres(len(lignes), len(lignes))
    return bilan


def _suivre(rangees, progres, total, moitie=0):
    """Go over lines, telling progres every 500 how far the import is: reading is the first half, writing the second."""
    for i, rangee in enumerate(rangees):
        if progres and i % 500 == 0:
            progres((moitie * total + i) // 2, total)
        yield rangee


# Days are counted from the Monday of the current week: (courriel, first day, last day, suppléant or None).
ABSENCES = (
    ('joelle.parcelle@haute-garonne.example',  -7, 18, 'eden.bouture@haute-garonne.example'),
    ('stephane.esquisse@haute-garonne.example', 0, 11, None),
    ('pascal.trace@haute-garonne.example',     21, 32, 'leila.jalon@haute-garonne.example'),
)
REGLAGES = {'telephone': '0536490000', 'courriel': 'plateforme@haute-garonne.example', 'telephone_urgence': '0536490099',
            'dpd': 'dpd@haute-garonne.example'}
GARDENT_LEURS_DATES = (368,)                                        # a demande of the guide, quoted with its dates
DATES = {c.nom: c.genre for quoi in ('demandes', 'journal') for c in COLONNES[quoi] if c.genre in ('jour', 'passe', 'instant')}


def charger_demonstration(progres=None, mots_de_passe=None):
    """Load the example files into a base without demande: {import: Bilan}, or a Refus. mots_de_passe: {courriel: hash} of who signs in."""
    lues = {quoi: _lire(quoi, pkgutil.get_data('models', f'static/modeles/{quoi}.csv')) for quoi in COLONNES}
    _rapprocher([*lues['demandes'][0], *lues['journal'][0]])
    bilans = {}
    with models.ecriture():
        if Demande.select().exists():
            raise Refus("Cette base contient déjà des demandes : la démonstration se charge dans une base neuve. Rien n'a été modifié.", 409)
        for i, (quoi, lue) in enumerate(lues.items(), 1):
            bilans[quoi] = _appliquer(quoi, *lue, reprise=False)
            for faute in bilans[quoi].fautes:
                raise Refus(f"Fichier d'exemple {quoi}.csv, ligne {faute.ligne}, {faute.colonne} : {faute.raison} Rien n'a été modifié.")
            if progres:
                progres(i, len(lues))
        _regler_demonstration(mots_de_passe or {})
    return bilans


def _rapprocher(lignes):
    """Move the dates by whole weeks: the newest deposit falls in last week, in Paris, at the same day and hour of the week."""
    mobiles = [ligne.v for ligne in lignes if ligne.v.get('numero') not in GARDENT_LEURS_DATES]
    dernier = max(models.jour_de(v['depose_le']) for v in mobiles if v.get('depose_le'))
    semaines = (_lundi(models.aujourdhui()) - _lundi(dernier)).days // 7 - 1
    for v in mobiles:
        v.update({c: _avancer(v[c], semaines, genre) for c, genre in DATES.items() if v.get(c)})


def _avancer(valeur, semaines, genre):
    """A date moved by whole weeks; what would come after now, and may not, is brought back to now."""
    if genre == 'instant':
        return min(models.en_utc(models.a_paris(valeur) + timedelta(weeks=semaines)), models.maintenant())
    jour = models.plus_jours(valeur, 7 * semaines)
    return jour if genre == 'jour' else min(jour, models.aujourdhui())


def _lundi(jour):
    jour = date.fromisoformat(jour)
    return jour - timedelta(days=jour.weekday())


def _regler_demonstration(mots_de_passe):
    models.Reglage.insert(cle='demonstration', valeur='1', libelle='Site de démonstration', ordre=0).on_conflict_replace().execute()
    for cle, valeur in REGLAGES.items():
        models.Reglage.update(valeur=valeur).where(models.Reglage.cle == cle).execute()
    for courriel, hache in mots_de_passe.items():
        if not Agent.update(mot_de_passe=hache).where(Agent.courriel == courriel).execute():
            raise Refus(f"Le compte de démonstration {courriel} n'est pas dans agents.csv. Rien n'a été modifié.")
    ids = dict(Agent.select(Agent.courriel, Agent.id).tuples())
    lundi = _lundi(models.aujourdhui()).isoformat()
    for courriel, du, au, suppleant in ABSENCES:
        models.Absence.create(agent=ids[courriel], du=models.plus_jours(lundi, du), au=models.plus_jours(lundi, au), suppleant=ids.get(suppleant))
    models.Delegation.create(pour=ids['mireille.ossature@hgi.example'], par=ids['jonas.croquis@hgi.example'])
