"""The CSV files of the imports: what each column holds, and how a cell of it is read.

A file is read outside any transaction (lecture.py): nothing here knows of the base (imports.py does), nor of HTTP.
"""
import re
from collections import namedtuple
from datetime import date, datetime, timedelta

import langue
from models import Refus

from verbes import regles
from verbes.colonnes import DEMANDE, FICHE, Colonne, du_fichier
from verbes.regles import JOURS_PROMIS_MAX, STATUTS, TYPES
from .titres import AUTRES

# ---- What each file holds: columns, natural keys ----

Faute = namedtuple('Faute', 'ligne colonne raison')                 # ligne: as in the file, the header is 1


def _nouvelle(nom, genre, dit, limite=200):
    return Colonne(nom, False, genre, dit, limite, True)


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
        _nouvelle('convention_reconduite_le', 'jour', 'jour où elle a été reconduite'),
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
        _nouvelle('repos',        'code_vide',   'le jour de la semaine où il ne travaille pas ; vide : comme il est',
                  langue.SEMAINE[:5]),
        _nouvelle('engage_le',    'instant',     'quand il a pris connaissance des engagements'),
        _nouvelle('lecteur_au',   'jour',        "dernier jour d'un lecteur des chiffres ; vide : c'est un agent"),
    ),
    'catalogue': du_fichier(FICHE),
    'collectivites': (
        Colonne('siren',          False, 'siren',
                "numéro SIREN, 9 chiffres ; vide : d'une commune nouvelle, qui n'en a pas encore"),
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
        _nouvelle('acte_le',       'jour',        "d'une commune nouvelle, jour de l'arrêté préfectoral"),
        _nouvelle('epci_suivant_siren', 'epci',   'SIREN de son intercommunalité à partir de epci_le ; vide : aucune'),
        _nouvelle('epci_le',       'jour',        "jour où elle change d'intercommunalité"),
        _nouvelle('sans_lettre',   'oui_non_vide', 'oui : ne souhaite pas de lettre ; vide : ce que la base en sait'),
        _nouvelle('canton',        'mot',         'canton, filtre des chiffres ; plusieurs : entre virgules'),
        _nouvelle('petr',          'mot',         'PETR ou pays, un filtre des chiffres'),
        _nouvelle('secteur',       'mot',         'secteur du département, un filtre des chiffres'),
        _nouvelle('usuels',        'mot',         "noms d'usage, séparés par « | »"),
        _nouvelle('adresse',       'liste',       'adresse postale, sans son nom, lignes séparées par « | »', 300),
    ),
    'adhesions': (
        Colonne('siren',     True,  'collectivite', 'SIREN d\'une collectivité déjà importée'),
        Colonne('structure', True,  'structure',    "nom exact d'une structure déjà importée"),
        Colonne('depuis',    False, 'jour',         'premier jour de son adhésion ; vide : non connu'),
        Colonne('jusqu_au',  False, 'jour',         'dernier jour de son adhésion ; vide : sans fin'),
    ),
    'demandes': du_fichier(DEMANDE),
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
        _nouvelle('moyen',     'code_vide',   "d'un contact ou d'un message ; vide : lu au début de son texte",
                  regles.MOYENS),
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
                                                    'convention_au', 'convention_referent',
                                                    'convention_reconduite_le')],
    'agents':        [(('identifiant',), None)],
    'catalogue':     [(('theme',), 'icone'), (('theme',), 'theme_court'), (('identifiant',), None)],
    'collectivites': [(('insee', 'remplacee_par', 'jusqu_au'), None)],
    'demandes':      [(('jeton',), None)],
    'journal':       [(('ligne',), None)],
}

# What the search reads.
CHERCHES = {
    'demandes': ('collectivite', 'fiche', 'lieu', 'message',
                 'prenom', 'nom', 'rappel_prenom', 'rappel_nom', 'courriel', 'telephone', 'reference'),
    'journal':  ('texte',),
}


def dire_colonnes(quoi):
    """What « --colonnes » prints of one import."""
    anciennes, nouvelles = ([c for c in COLONNES[quoi] if c.nouvelle is nouvelle] for nouvelle in (False, True))
    return '\n'.join([
        f"Import « {quoi} » : fichier CSV (UTF-8, Windows-1252 ou UTF-16), séparé par « ; », « , » ou tabulation. Sa "
        "ligne de titres nomme ces colonnes, ou dit la même chose dans des mots courants, dans n'importe quel ordre.",
        f"Clé : {_dire_cle(quoi)}. Une ligne de même clé est mise à jour (sauf au journal), "
        "une clé nouvelle ajoutée, rien n'est supprimé.",
        "Dates : JJ/MM/AAAA, ou JJ/MM/AAAA HH:MM[:SS] à l'heure de Paris ; AAAA-MM-JJ est accepté, et "
        'AAAA-MM-JJTHH:MM:SSZ en temps universel.',
        '',
        *_dire_chacune(anciennes),
        *(_dire_nouvelles(quoi, nouvelles) if nouvelles else ()),
        *(_dire_autres(AUTRES[quoi]) if quoi in AUTRES else ()),
    ])


def _dire_cle(quoi):
    ajouts = [c.nom for c in COLONNES[quoi] if c.nouvelle]
    cle = ' + '.join(c for c in CLES[quoi] if c not in ajouts)
    return f"l'identifiant s'il est rempli, sinon {cle}" if 'identifiant' in ajouts else cle


def _dire_nouvelles(quoi, colonnes):
    return ['', f"Celles-ci, qu'écrit « exporter {quoi} », peuvent manquer à l'en-tête : la base garde alors "
            "ce qu'elle en sait.", *_dire_chacune(colonnes)]


def _dire_autres(autres):
    colonnes = [Colonne(nom, False, 'mot', dit) for nom, dit in autres.items()]
    return ['', "Un suivi d'avant la Plateforme, qui n'a pas toutes ces colonnes, se lit aussi : le reste est trouvé "
            'dans la base. Il peut dire encore :', *_dire_chacune(colonnes)]


def _dire_chacune(colonnes):
    large = max(len(c.nom) for c in colonnes)
    for c in colonnes:
        obligation = 'obligatoire' if c.requis else 'facultatif '
        codes = f' ({", ".join(c.limite)})' if c.genre in ('code', 'code_vide') else ''
        yield f'  {c.nom:<{large}}  {obligation}  {c.dit}{codes}'


# ---- Reading a cell ----

OBLIGATOIRE = 'Cette cellule est obligatoire : complétez-la.'


def lire_cellule(colonne, texte):
    vide, lire = GENRES[colonne.genre]
    if not texte and colonne.requis:
        raise Refus(OBLIGATOIRE)
    if not texte:
        return vide
    if (_COMMANDES if colonne.genre == 'texte' else _CONTROLE).search(texte):
        raise Refus('Cette cellule contient un caractère de contrôle invisible (tabulation, par exemple) : retapez-la.')
    textes = [texte]
    if vide == ():
        textes = [v.strip() for v in separer(_texte(texte, colonne.limite)) if v.strip()]
    if colonne.genre != 'texte' and '\n' in ''.join(textes):
        raise Refus('Cette cellule tient sur une seule ligne : retirez le retour à la ligne.')
    valeurs = tuple(lire(valeur, colonne.limite) for valeur in textes)
    if len(set(valeurs)) < len(valeurs) and colonne.genre != 'instants':
        raise Refus('La même valeur est deux fois dans cette cellule : gardez-la une seule fois.')
    return valeurs if vide == () else valeurs[0]


# Several values in one cell; a « | » in one of them is written « \| ».
def separer(texte):
    return [valeur.replace('\\|', '|') for valeur in re.split(r'(?<!\\)\|', texte)]


def reunir(valeurs):
    return ' | '.join(valeur.replace('|', '\\|') for valeur in valeurs)


# A spreadsheet must not take what a stranger typed for a formula: such a cell is written after a « ' », which is
# dropped when it is read (regles.md §9).
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
_HEURE = r'(?:(?:[ t]|, ?)(\d\d?)[:h](\d\d)(?::(\d\d))?(?:\.0+)?(z|[+-][01]\d:[0-5]\d)?)?'
_ANNEE = r'((?:19|20|21)\d\d|\d\d)'
_DATES = (                                                          # the groups of each: day, month, year
    (re.compile(r'(\d\d?)[/.-](\d\d?)[/.-]' + _ANNEE + _HEURE, re.ASCII), (1, 2, 3)),
    (re.compile(r'((?:19|20|21)\d\d)-(\d\d)-(\d\d)' + _HEURE, re.ASCII), (3, 2, 1)),
    (re.compile(r'(?:[a-z]+\.? )?(\d\d?)(?:er)?[ -]([a-z]{3,})\.?[ -]' + _ANNEE + _HEURE, re.ASCII), (1, 2, 3)),
)
_MOIS = [langue.sans_accents(mois) for mois in langue.MOIS]
# A day as a spreadsheet counts it, when its cell has lost its format: 1980 to 2119 (0 is 30 December 1899).
_SERIE = re.compile(r'(29[2-9]\d\d|[3-7]\d{4}|80[0-2]\d\d)([.,]\d+)?', re.ASCII)


def court(valeur):
    valeur = _CONTROLE.sub('?', str(valeur)).replace('\n', ' ')
    return valeur if len(valeur) <= 60 else valeur[:59] + '…'


def _texte(valeur, limite):
    if len(valeur) > limite:
        raise Refus(f'Ce texte a {len(valeur)} caractères, {limite} au plus : raccourcissez-le.')
    return valeur


# What people write for a code, beside its label.
_ALIAS = {'mme': 'Madame', 'mlle': 'Madame', 'm': 'Monsieur', 'mr': 'Monsieur', 'tel': 'téléphone', 'mail': 'courriel',
          **regles.D_AVANT}


def _code(valeur, codes):
    """A code as it is, or by its label, whatever the capitals and accents (« En cours »)."""
    if valeur in codes:
        return valeur
    par_mot = dict(zip(map(langue.normaliser, codes), codes))
    if isinstance(codes, dict):
        par_mot |= {langue.normaliser(dit): code for code, dit in codes.items() if isinstance(dit, str)}
    code = par_mot.get(langue.normaliser(valeur)) or _ALIAS.get(langue.normaliser(valeur))
    if code not in codes:
        raise Refus(f"« {court(valeur)} » n'est pas accepté : écrivez {' ou '.join(codes)}.")
    return code


def _conforme(accepte, phrase, lire=str):
    accepte = re.compile(accepte).fullmatch if isinstance(accepte, str) else accepte

    def lire_conforme(valeur, _):
        if not accepte(valeur):
            raise Refus(f'« {court(valeur)} » : {phrase}')
        return lire(valeur)
    return lire_conforme


def _siren(valeur, _):
    """Nine digits, and the last one that which the others give (as the form asks, langue.siren_juste)."""
    siren = _sans_espace(valeur)
    if not re.fullmatch('[0-9]{9}', siren):
        raise Refus(f'« {court(valeur)} » : un SIREN a 9 chiffres.')
    if not langue.siren_juste(siren):
        raise Refus(f"« {court(valeur)} » n'est pas un SIREN : vérifiez ses chiffres, l'un au moins est faux.")
    return siren


def _sans_espace(valeur):
    return re.sub(r'\s', '', valeur)


_oui_non = _conforme('(?i)oui|non', 'écrivez oui ou non.', lambda valeur: valeur.lower() == 'oui')
INSEE = '[0-9]{5}|2[AB][0-9]{3}'
# A commune nouvelle without SIREN yet is named by its INSEE code.
_siren_cite = _conforme(rf'([0-9]{{3}}\s?[0-9]{{3}}\s?[0-9]{{3}}|{INSEE})(/[1-9][0-9]?)?', 'un SIREN a 9 chiffres.',
                        _sans_espace)
_numero = _conforme('[1-9][0-9]{0,5}([.,]0{1,2})?', 'un numéro de demande est un nombre entier de 1 à 999999.',
                    lambda valeur: int(re.split('[.,]', valeur)[0]))
_courriel = _conforme(
    langue.adresse,
    "ce n'est pas une adresse électronique : écrivez-en une seule, par exemple prenom.nom@organisme.fr.",
    langue.adresse)


_nombre = _conforme('[0-9]{1,9}', 'écrivez un nombre entier, en chiffres et sans espace.', int)


def _nom_ou_courriel(valeur, limite):
    return _courriel(valeur, limite) if '@' in valeur else _texte(valeur, limite)


def _decouper_date(valeur):
    """([year, month, day, hour, minute, second], zone or None) of a date in any usual French writing."""
    dite = langue.sans_accents(re.sub(r'\s+', ' ', valeur))
    for ecriture, places in _DATES:
        trouve = ecriture.fullmatch(dite)
        if trouve:
            jour, mois, annee = (trouve[place] for place in places)
            *heure, zone = trouve.groups()[3:]
            return [_annee(annee), _mois(mois), int(jour), *(int(nombre or 0) for nombre in heure)], zone
    if _SERIE.fullmatch(valeur):
        jour = date(1899, 12, 30) + timedelta(days=int(re.split('[.,]', valeur)[0]))
        return [jour.year, jour.month, jour.day], None
    raise Refus(f"« {court(valeur)} » n'est pas une date (de 1900 à 2199) : "
                'écrivez JJ/MM/AAAA, ou JJ/MM/AAAA HH:MM.')


def _annee(dite):
    """Of two digits, the year that is not to come."""
    siecle = 2000 if int(dite) <= int(langue.aujourdhui()[2:4]) else 1900
    return int(dite) + (siecle if len(dite) == 2 else 0)


def _mois(dit):
    """The number of a month, by its number or by its first letters; 0, which no calendar has, of what is none."""
    if dit.isdecimal():
        return int(dit)
    trouves = [rang for rang, mois in enumerate(_MOIS, 1) if mois.startswith(dit)]
    return trouves[0] if len(trouves) == 1 else 0


def _instant(valeur, _):
    """UTC text of a Paris time.

    An hour that comes twice (end of summer time) is the first; one that does not exist is refused.
    """
    nombres, zone = _decouper_date(valeur)
    try:
        moment = datetime(*nombres)
    except ValueError:
        raise Refus(f"« {valeur} » n'existe pas dans le calendrier : corrigez le jour, le mois ou l'heure.") from None
    if zone:
        return langue.en_utc(datetime.fromisoformat(f'{moment.isoformat()}{zone.upper()}'))
    instant = langue.en_utc(moment.replace(tzinfo=langue.PARIS))
    if langue.a_paris(instant).replace(tzinfo=None) != moment:
        raise Refus(f"« {valeur} » n'existe pas à Paris : on passe à l'heure d'été cette nuit-là. Corrigez l'heure.")
    return instant


def _jour(valeur, limite):
    valeur = re.sub(r'[ T]0?0:00(:00)?(\.0+)?$', '', valeur)       # what a base says of a day
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
    'promis':       (None,  _conforme(lambda dit: re.fullmatch('[1-9][0-9]{0,2}', dit) and int(dit) <= JOURS_PROMIS_MAX,
                                      f'écrivez un nombre de jours, de 1 à {JOURS_PROMIS_MAX}.', int)),
    'identifiant':  (None,  _conforme(r'[\w.:/@+-]{1,80}',
                                      "un identifiant est fait de 80 lettres, chiffres, . : / @ + - ou _ au plus.")),
    'jeton':        (None,  _conforme('[A-Za-z0-9_-]{16,64}',
                                      'un lien de suivi finit par 16 à 64 lettres, chiffres, - ou _.')),
    'siren':        (None,  _siren),
    'insee':        (None,  _conforme(INSEE,
                                      'un code INSEE de commune a 5 chiffres (en Corse, 2A ou 2B et 3 chiffres).')),
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
    'associables':  ((),    _texte),
    'adherents':    ('',    _texte),
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
