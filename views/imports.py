"""The CSV imports, and the loading of the demonstration data.

A file is read and checked cell by cell outside any transaction; what depends on the base (references, coherence, what is new)
is then checked and written in one short write transaction, so an import runs beside a serving process. All or nothing:
with one Faute nothing is written. No mail is ever sent by an import. Nothing here knows of HTTP.
"""
import csv
import functools
import io
import pkgutil
import re
import secrets
import unicodedata
from collections import Counter, defaultdict, namedtuple
from datetime import UTC, date, datetime, timedelta

import models
from models import AVANT_EXPERT, CIVILITES, ISSUES, NATURES, QUI, REPONSES, STATUTS, TYPES, VOIES, Refus, db

# ======================================================================================
# What each file holds: columns, natural keys
# ======================================================================================

Colonne = namedtuple('Colonne', 'nom requis genre limite dit')      # limite: characters, or the accepted codes
Faute = namedtuple('Faute', 'ligne colonne raison')                 # ligne: as in the file, the header is 1
Bilan = namedtuple('Bilan', 'ajoutes modifies inchanges fautes')

ICONES = ('balance', 'grue', 'carte', 'feuille', 'temple', 'route', 'ecran', 'bulles', 'maison', 'personnes')
NATURES_IMPORTEES = (*NATURES, 'depot', 'statut', 'equipe', 'contact', 'message')
DELAIS = ('3', '10')
NOM, PHRASE, LONG = 200, 2000, 20000                                # the usual limits of a cell, in characters

COLONNES = {
    'structures': (
        Colonne('structure',    True,  'mot',       NOM,    'nom exact de la structure (une ligne par direction)'),
        Colonne('sigle',        True,  'mot',       20,     'sigle court, par exemple CD31'),
        Colonne('partenaire',   False, 'oui_non',   0,      'oui pour un partenaire, non pour le Conseil départemental'),
        Colonne('direction',    True,  'mot',       NOM,    'nom exact de la direction'),
        Colonne('telephone',    False, 'telephone', 30,     'téléphone de la direction'),
        Colonne('courriel',     False, 'courriel',  254,    'courriel de la direction'),
        Colonne('site',         False, 'site',      NOM,    'site internet de la structure, commence par https://'),
        Colonne('presentation', False, 'texte',     PHRASE, 'une ou deux phrases, les mêmes sur chaque ligne de la structure'),
    ),
    'agents': (
        Colonne('courriel',         True,  'courriel',  254, 'adresse professionnelle de l\'agent'),
        Colonne('prenom',           True,  'mot',       NOM, 'prénom'),
        Colonne('nom',              True,  'mot',       NOM, 'nom'),
        Colonne('structure',        True,  'structure', NOM, 'nom exact d\'une structure déjà importée'),
        Colonne('direction',        True,  'direction', NOM, 'nom exact d\'une direction de cette structure'),
        Colonne('fonction',         False, 'mot',       NOM, 'fonction'),
        Colonne('telephone_public', False, 'telephone', 30,  'téléphone communiqué aux collectivités ; vide : celui de la direction'),
        Colonne('telephone',        False, 'telephone', 30,  'téléphone interne'),
        Colonne('administrateur',   False, 'oui_non',   0,   'oui ou non : administre la Plateforme'),
        Colonne('pilote',           False, 'oui_non',   0,   'oui ou non : remplace les chefs de file absents de sa direction'),
        Colonne('actif',            True,  'oui_non',   0,   'oui ou non : peut se connecter'),
    ),
    'catalogue': (
        Colonne('theme',         True,  'mot',       NOM,    'nom du thème'),
        Colonne('icone',         True,  'code',      ICONES, 'dessin du thème, le même sur chacune de ses lignes'),
        Colonne('titre',         True,  'mot',       NOM,    'titre de la fiche'),
        Colonne('resume',        True,  'texte',     220,    'une ou deux phrases, 220 caractères au plus'),
        Colonne('pour_qui',      False, 'texte',     PHRASE, 'à qui la fiche s\'adresse'),
        Colonne('actions',       False, 'liste',     PHRASE, 'ce que nous faisons, points séparés par « | »'),
        Colonne('deroulement',   False, 'etapes',    PHRASE, 'étapes « Titre : phrase » séparées par « | »'),
        Colonne('a_preparer',    False, 'liste',     PHRASE, 'ce que la collectivité prépare, points séparés par « | »'),
        Colonne('delai',         True,  'code',      DELAIS, 'jours pour le premier contact'),
        Colonne('structure',     True,  'structure', NOM,    'structure qui pilote la fiche'),
        Colonne('direction',     True,  'direction', NOM,    'direction qui pilote la fiche'),
        Colonne('chef_de_file',  True,  'agent',     254,    'courriel du chef de file'),
        Colonne('co_chefs',      False, 'agents',    PHRASE, 'courriels des co-chefs de file séparés par « | »'),
        Colonne('associees',     False, 'noms',      PHRASE, 'directions ou structures qui peuvent être associées, séparées par « | »'),
        Colonne('restreinte',    False, 'oui_non',   0,      'oui : les demandes de cette fiche sont à diffusion restreinte'),
        Colonne('publiee',       True,  'oui_non',   0,      'oui ou non : visible dans le catalogue'),
        Colonne('mise_a_jour',   True,  'jour',      30,     'date de mise à jour'),
    ),
    'collectivites': (
        Colonne('siren',          True,  'siren',     9,      'numéro SIREN, 9 chiffres'),
        Colonne('insee',          False, 'insee',     5,      'code INSEE de la commune ; vide pour un EPCI'),
        Colonne('type',           True,  'code',      TYPES,  'type de collectivité'),
        Colonne('nom',            True,  'mot',       NOM,    'nom de la collectivité'),
        Colonne('codes_postaux',  False, 'postaux',   NOM,    'codes postaux séparés par « | »'),
        Colonne('population',     False, 'entier',    9,      'nombre d\'habitants'),
        Colonne('arrondissement', False, 'mot',       NOM,    'arrondissement'),
        Colonne('epci_siren',     False, 'epci',      9,      'SIREN de son intercommunalité, dans ce fichier ou déjà importée'),
        Colonne('courriel',       False, 'courriel',  254,    'courriel officiel de la collectivité'),
        Colonne('telephone',      False, 'telephone', 30,     'téléphone de la collectivité'),
    ),
    'demandes': (
        Colonne('numero',             True,  'nouveau',      6,      'numéro de la demande, conservé'),
        Colonne('origine',            True,  'code',         ('plateforme', 'direct'), 'déposée sur la Plateforme, ou reçue en direct'),
        Colonne('depose_le',          True,  'instant',      30,     'date et heure du dépôt ou de la saisie'),
        Colonne('statut',             True,  'code',         STATUTS, 'statut'),
        Colonne('theme',              False, 'theme',        NOM,    'nom exact du thème ; vide pour une demande libre'),
        Colonne('fiche',              False, 'fiche',        NOM,    'titre exact de la fiche ; vide pour une demande libre'),
        Colonne('collectivite_siren', False, 'collectivite', 9,      'SIREN de la collectivité si elle est connue ; vide : à rattacher'),
        Colonne('collectivite',       True,  'mot',          NOM,    'nom de la collectivité'),
        Colonne('type',               True,  'code',         TYPES,  'type de collectivité'),
        Colonne('communes',           False, 'communes',     PHRASE, 'SIREN des communes concernées par la demande d\'un EPCI, séparés par « | »'),
        Colonne('lieu',               False, 'mot',          NOM,    'lieu du projet ; vide : la collectivité'),
        Colonne('message',            True,  'texte',        LONG,   'texte de la demande'),
        Colonne('civilite',           False, 'code',         CIVILITES, 'civilité du Maire ou de la présidence'),
        Colonne('nom',                False, 'mot',          NOM,    'nom du Maire ou de la présidence'),
        Colonne('prenom',             False, 'mot',          NOM,    'prénom du Maire ou de la présidence'),
        Colonne('rappel_nom',         False, 'mot',          NOM,    'nom de la personne à rappeler, si c\'en est une autre'),
        Colonne('rappel_prenom',      False, 'mot',          NOM,    'son prénom'),
        Colonne('rappel_fonction',    False, 'mot',          NOM,    'sa fonction'),
        Colonne('courriel',           False, 'courriel',     254,    'courriel où répondre'),
        Colonne('telephone',          False, 'telephone',    30,     'téléphone où rappeler'),
        Colonne('date_a_tenir',       False, 'jour',         30,     'date à tenir annoncée par la collectivité'),
        Colonne('echeance',           False, 'jour',         30,     'rappel au plus tard le ; vide : calculée, ou demande directe'),
        Colonne('premier_contact_le', False, 'jour',         30,     'jour où la collectivité a été jointe'),
        Colonne('clos_le',            False, 'instant',      30,     'date et heure de clôture'),
        Colonne('issue',              False, 'code',         tuple(dict.fromkeys((*ISSUES, *REPONSES))), 'comment la demande s\'est terminée'),
        Colonne('synthese',           False, 'texte',        LONG,   'synthèse interne'),
        Colonne('texte_final',        False, 'texte',        LONG,   'ce qui a été écrit au demandeur'),
        Colonne('restreinte',         False, 'oui_non_vide', 0,      'oui ou non : diffusion restreinte ; vide : comme la fiche'),
        Colonne('chefs_de_file',      False, 'agents',       PHRASE, 'courriels séparés par « | » : le chef de file, puis les co-chefs'),
        Colonne('referent',           False, 'agent',        254,    'courriel de l\'expert référent'),
        Colonne('associes',           False, 'associes',     PHRASE, 'courriels, ou noms de structures ou directions, séparés par « | »'),
        Colonne('saisie_par',         False, 'agent',        254,    'courriel de qui a saisi une demande directe'),
        Colonne('recue_le',           False, 'jour',         30,     'jour où une demande directe a été reçue'),
        Colonne('voie',               False, 'code',         VOIES,  'comment une demande directe est arrivée'),
    ),
    'journal': (
        Colonne('numero',    True,  'demande', 6,    'numéro d\'une demande déjà importée'),
        Colonne('date',      True,  'instant', 30,   'date et heure de la ligne, secondes admises'),
        Colonne('auteur',    True,  'auteur',  254,  'courriel d\'un agent, ou nom écrit en toutes lettres'),
        Colonne('structure', False, 'mot',     NOM,  'structure affichée ; vide pour un agent : la sienne'),
        Colonne('nature',    True,  'code',    NATURES_IMPORTEES, 'nature de la ligne'),
        Colonne('acte_le',   False, 'jour',    30,   'jour de l\'acte, s\'il diffère'),
        Colonne('statut',    False, 'code',    STATUTS, 'statut atteint, pour la nature « statut » seulement'),
        Colonne('texte',     False, 'texte',   LONG, 'texte ; peut être vide pour depot et statut'),
    ),
}

CLES = {
    'structures': ('structure', 'direction'), 'agents': ('courriel',), 'catalogue': ('theme', 'titre'), 'collectivites': ('siren',),
    'demandes': ('numero',), 'journal': ('numero', 'date', 'nature', 'statut', 'texte'),
}

# Columns that say something of a whole structure or theme: the same on each of its lines.
CONSTANTES = {
    'structures': ('structure', ('sigle', 'partenaire', 'site', 'presentation')),
    'catalogue':  ('theme', ('icone',)),
}


def dire_colonnes(quoi):
    """What « --colonnes » prints of one import."""
    lignes = [f'Import « {quoi} » : fichier CSV, UTF-8, séparateur « ; », une ligne d\'en-tête avec exactement ces colonnes.',
              f'Clé : {" + ".join(CLES[quoi])}. Une ligne de même clé est mise à jour, une clé nouvelle est ajoutée, rien n\'est supprimé.'
              if quoi != 'journal' else f'Clé : {" + ".join(CLES[quoi])}. Le journal ne se modifie pas : une clé nouvelle est ajoutée.',
              'Dates : JJ/MM/AAAA, ou JJ/MM/AAAA HH:MM[:SS] à l\'heure de Paris ; AAAA-MM-JJ est accepté.', '']
    large = max(len(c.nom) for c in COLONNES[quoi])
    for c in COLONNES[quoi]:
        codes = f' ({", ".join(c.limite)})' if c.genre == 'code' else ''
        lignes.append(f'  {c.nom:<{large}}  {"obligatoire" if c.requis else "facultatif "}  {c.dit}{codes}')
    return '\n'.join(lignes)


# ======================================================================================
# Reading a cell: text → value, or Faux with a sentence that says what to do
# ======================================================================================

class Faux(Exception):
    """What is wrong with one cell or one file, in French."""


# A line break is fine; the other controls, and what reorders or breaks lines invisibly, are not.
_CONTROLE = re.compile('[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]')
_DATE = re.compile(r'(?:(?P<j>\d{1,2})/(?P<m>\d{1,2})/(?P<a>\d{4})|(?P<a2>\d{4})-(?P<m2>\d\d)-(?P<j2>\d\d))'
                   r'(?:[ T](?P<h>\d{1,2}):(?P<mn>\d\d)(?::(?P<s>\d\d))?(?P<zone>Z|[+-][01]\d:[0-5]\d)?)?', re.ASCII)


def _texte(valeur, colonne):
    if len(valeur) > colonne.limite:
        raise Faux(f'Ce texte a {len(valeur)} caractères, {colonne.limite} au plus : raccourcissez-le.')
    return valeur


def _mot(valeur, colonne):
    if '\n' in valeur:
        raise Faux('Cette cellule tient sur une seule ligne : retirez le retour à la ligne.')
    return _texte(valeur, colonne)


def _oui_non(valeur, colonne):
    if valeur.lower() not in ('oui', 'non'):
        raise Faux(f'« {_court(valeur)} » : écrivez oui ou non.')
    return valeur.lower() == 'oui'


def _code(valeur, colonne):
    if valeur not in colonne.limite:
        raise Faux(f'« {_court(valeur)} » n\'est pas accepté : écrivez {_ou(colonne.limite)}.')
    return valeur


def _conforme(motif, phrase):
    """A reader for what is written in digits."""
    def lire(valeur, colonne):
        if not re.fullmatch(motif, valeur):
            raise Faux(f'« {_court(valeur)} » : {phrase}')
        return valeur
    return lire


_siren = _conforme('[0-9]{9}', 'un SIREN a 9 chiffres, sans espace.')
_insee = _conforme('[0-9]{5}|2[AB][0-9]{3}', 'un code INSEE de commune a 5 caractères (par exemple 31555).')
_postal = _conforme('[0-9]{5}', 'un code postal a 5 chiffres ; séparez-en plusieurs par « | ».')
_site = _conforme(r'https?://[^\s"<>]{3,190}', 'écrivez une adresse complète, qui commence par https://.')
_chiffres = _conforme('[0-9]{1,9}', 'écrivez un nombre entier, en chiffres et sans espace.')
_rang = _conforme('[1-9][0-9]{0,5}', 'un numéro de demande est un nombre entier de 1 à 999999.')


def _entier(valeur, colonne):
    return int(_chiffres(valeur, colonne))


def _numero(valeur, colonne):
    return int(_rang(valeur, colonne))


def _courriel(valeur, colonne):
    adresse = models.adresse(valeur)
    if not adresse:
        raise Faux(f'« {_court(valeur)} » n\'est pas une adresse électronique : écrivez-en une seule, par exemple prenom.nom@organisme.fr.')
    return adresse


def _nom_ou_courriel(valeur, colonne):
    return _courriel(valeur, colonne) if '@' in valeur else _mot(valeur, colonne)


def _telephone(valeur, colonne):
    numero = models.telephone(valeur)
    if not numero:
        raise Faux(f'« {_court(valeur)} » n\'est pas un numéro de téléphone français : écrivez 10 chiffres, par exemple 05 36 49 00 00.')
    return numero


def _chacun(lire):
    """A reader for several values separated by « | », none of them twice."""
    def lire_tous(valeur, colonne):
        _texte(valeur, colonne)
        valeurs = tuple(lire(v.strip(), colonne) for v in valeur.split('|') if v.strip())
        double = next((v for v, fois in Counter(valeurs).items() if fois > 1), None)
        if double:
            raise Faux(f'« {_court(double)} » est deux fois dans cette cellule : gardez-le une seule fois.')
        return valeurs
    return lire_tous


def _etape(valeur, colonne):
    if not re.match(r'[^:]+:\s*\S', valeur):
        raise Faux(f'« {_court(valeur)} » : écrivez chaque étape « Titre : phrase ».')
    return _mot(valeur, colonne)


def _morceaux(valeur):
    """(naive datetime, zone, is there an hour) of a written date."""
    trouve = _DATE.fullmatch(valeur)
    if not trouve:
        raise Faux(f'« {_court(valeur)} » n\'est pas une date : écrivez JJ/MM/AAAA, ou JJ/MM/AAAA HH:MM.')
    m = trouve.groupdict()
    nombres = [int(n or 0) for n in (m['a'] or m['a2'], m['m'] or m['m2'], m['j'] or m['j2'], m['h'], m['mn'], m['s'])]
    try:
        moment = datetime(*nombres)
    except ValueError:
        raise Faux(f'« {valeur} » n\'existe pas dans le calendrier : corrigez le jour, le mois ou l\'heure.') from None
    if not 1900 <= moment.year < 2200:
        raise Faux(f'« {valeur} » : l\'année doit être entre 1900 et 2199.')
    return moment, m['zone'], m['h'] is not None


def _jour(valeur, colonne):
    moment, _, heure = _morceaux(valeur)
    if heure:
        raise Faux(f'« {valeur} » : cette colonne attend un jour, sans heure.')
    return moment.date().isoformat()


def _instant(valeur, colonne):
    """UTC text of a Paris time. An hour that comes twice (end of summer time) is the first; one that does not exist is refused."""
    moment, zone, _ = _morceaux(valeur)
    if zone:
        return models.en_utc(moment.replace(tzinfo=datetime.strptime(zone, '%z').tzinfo))
    a_paris = moment.replace(tzinfo=models.PARIS)
    if a_paris.astimezone(UTC).astimezone(models.PARIS).replace(tzinfo=None) != moment:
        raise Faux(f'« {valeur} » n\'existe pas à Paris : on passe à l\'heure d\'été cette nuit-là. Corrigez l\'heure.')
    return models.en_utc(a_paris)


def _court(valeur):
    """A value as a reason may quote it."""
    valeur = _CONTROLE.sub('?', str(valeur)).replace('\n', ' ')
    return valeur if len(valeur) <= 60 else valeur[:59] + '…'


def _ou(choix):
    *debut, dernier = choix
    return f'{", ".join(debut)} ou {dernier}' if debut else dernier


# ======================================================================================
# References: what a cell names must be in the base
# ======================================================================================

Compte = namedtuple('Compte', 'id nom structure structure_id direction_id')
Cible = namedtuple('Cible', 'id nom type courriel')                 # a collectivité
Guide = namedtuple('Guide', 'id delai restreinte')                  # a fiche
_cherche = functools.lru_cache(maxsize=4096)(models.normaliser)


def _sql(sql, valeurs=()):
    return db.execute_sql(sql, valeurs).fetchall()


def _references(quoi, lignes):
    """Everything a file may name, in memory: no query a line."""
    refs = {
        'maintenant': models.maintenant(), 'aujourdhui': models.aujourdhui(),
        'structures': dict(_sql('SELECT nom, id FROM structure')),
        'directions': {(s, d): (i, si) for s, d, i, si in _sql(
            'SELECT s.nom, d.nom, d.id, s.id FROM direction d JOIN structure s ON s.id = d.structure_id')},
        'agents': {c: Compte(i, f'{p} {n}', s, si, di) for c, i, p, n, s, si, di in _sql(
            'SELECT a.courriel, a.id, a.prenom, a.nom, s.nom, s.id, d.id FROM agent a '
            'JOIN direction d ON d.id = a.direction_id JOIN structure s ON s.id = d.structure_id')},
        'themes': dict(_sql('SELECT nom, id FROM theme')),
        'fiches': {(t, f): Guide(*reste) for t, f, *reste in _sql(
            'SELECT t.nom, f.titre, f.id, f.delai, f.restreinte FROM fiche f JOIN theme t ON t.id = f.theme_id')},
        'collectivites': {siren: Cible(*reste) for siren, *reste in _sql('SELECT siren, id, nom, type, courriel FROM collectivite')},
    }
    refs['par_direction'] = defaultdict(list)
    for (_, direction), ids in refs['directions'].items():
        refs['par_direction'][direction].append(ids)
    return refs | REFERENCES_PROPRES.get(quoi, lambda lignes: {})(lignes)


def _des_collectivites(lignes):
    """The EPCI of the base and of the file, and who holds each INSEE code."""
    types = dict(_sql('SELECT siren, type FROM collectivite')) | {ligne.v['siren']: ligne.v.get('type') for ligne in lignes if 'siren' in ligne.v}
    return {'epcis': {s for s, t in types.items() if t != 'Commune'},
            'insee': dict(_sql('SELECT insee, siren FROM collectivite WHERE insee IS NOT NULL'))}


def _des_demandes(lignes):
    return {'demandes': {n: reste for n, *reste in _sql('SELECT numero, depose_le, collectivite FROM demande')},
            'ouvres': models.Reglage.get_by_id('jours').valeur == 'ouvres'}


def _du_journal(lignes):
    """The demandes of the base, and the journal lines of those the file names: {key: (agent_id, auteur, acte_le)}."""
    numeros = sorted({ligne.v['numero'] for ligne in lignes if 'numero' in ligne.v})
    connues = _par_paquets(
        'SELECT demande_id, cree_le, nature, statut, texte, agent_id, auteur, acte_le FROM journal WHERE demande_id IN ({})', numeros)
    return {'demandes': {n for n, in _sql('SELECT numero FROM demande')}, 'journal': {tuple(c[:5]): tuple(c[5:]) for c in connues}}


REFERENCES_PROPRES = {'collectivites': _des_collectivites, 'demandes': _des_demandes, 'journal': _du_journal}


def _par_paquets(sql, valeurs):
    """The rows of a request over many values: « {} » takes 500 of them at a time."""
    for i in range(0, len(valeurs), 500):
        paquet = valeurs[i:i + 500]
        yield from _sql(sql.format(','.join('?' * len(paquet))), paquet)


def _trouver(connus, nom, phrase):
    return connus[nom] if nom in connus else _manquer(connus, nom, phrase)


def _manquer(connus, nom, phrase):
    """Raise Faux for a name that is not known, with the one that was probably meant."""
    proche = next((n for n in connus if _cherche(n) == _cherche(nom)), None)
    raise Faux(f'{phrase.format(_court(nom))}{f" Voulez-vous dire « {proche} » ?" if proche else ""}')


def _lier_structure(nom, v, refs):
    return _trouver(refs['structures'], nom, 'La structure « {} » n\'est pas dans la base : importez-la d\'abord, ou reprenez son nom exact.')


def _lier_direction(nom, v, refs):
    structure = v.get('structure')
    if (structure, nom) in refs['directions']:
        return refs['directions'][structure, nom][0]
    if structure in refs['structures']:                             # else the structure is the fault, said once
        siennes = {d for s, d in refs['directions'] if s == structure}
        _manquer(siennes, nom, 'La direction « {} » n\'est pas de cette structure : importez-la d\'abord, ou reprenez son nom exact.')


def _lier_agent(courriel, v, refs):
    if courriel not in refs['agents']:
        raise Faux(f'Aucun compte n\'a l\'adresse {_court(courriel)} : importez d\'abord cet agent, ou corrigez l\'adresse.')
    return refs['agents'][courriel]


def _lier_agents(courriels, v, refs):
    return [_lier_agent(c, v, refs) for c in courriels]


def _lier_noms(noms, v, refs):
    return [_lier_place(nom, v, refs) for nom in noms]


def _lier_place(nom, v, refs):
    """(agent id, structure id, direction id) of who is associated: an agent, a structure, or a direction."""
    if '@' in nom:
        compte = _lier_agent(nom, v, refs)
        return compte.id, compte.structure_id, compte.direction_id
    if nom in refs['structures']:
        return None, refs['structures'][nom], None
    trouvees = _trouver(refs['par_direction'], nom, '« {} » n\'est ni un courriel d\'agent, ni une structure, ni une direction de la base : '
                        'importez-la d\'abord, ou reprenez son nom exact.')
    if len(trouvees) > 1:
        raise Faux(f'Plusieurs structures ont une direction « {_court(nom)} » : nommez la structure, ou un agent.')
    return None, trouvees[0][1], trouvees[0][0]


def _lier_theme(nom, v, refs):
    return _trouver(refs['themes'], nom, 'Le thème « {} » n\'est pas au catalogue : importez-le d\'abord, ou reprenez son nom exact.')


def _lier_fiche(titre, v, refs):
    if v.get('theme') == '':
        raise Faux('Indiquez aussi le thème de cette fiche.')
    if (v.get('theme'), titre) in refs['fiches']:
        return refs['fiches'][v['theme'], titre]
    if v.get('theme') in refs['themes']:                            # else the theme is the fault, said once
        siennes = {f for t, f in refs['fiches'] if t == v['theme']}
        _manquer(siennes, titre, 'La fiche « {} » n\'est pas dans ce thème du catalogue : importez-la d\'abord, ou reprenez son titre exact.')


def _lier_collectivite(siren, v, refs):
    cible = refs['collectivites'].get(siren)
    if not cible:
        raise Faux(f'Le SIREN {siren} n\'est pas dans la base : importez d\'abord cette collectivité, ou laissez la cellule vide.')
    for colonne, sien in (('collectivite', cible.nom), ('type', cible.type)):
        if colonne in v and _cherche(v[colonne]) != _cherche(sien):
            raise Faux(f'Le SIREN {siren} est celui de « {cible.nom} » ({cible.type}), pas de « {_court(v[colonne])} » : corrigez l\'un ou l\'autre.')
    return cible


def _lier_communes(sirens, v, refs):
    for siren in sirens:
        if siren not in refs['collectivites'] or refs['collectivites'][siren].type != 'Commune':
            raise Faux(f'Le SIREN {siren} n\'est pas celui d\'une commune de la base : corrigez-le, ou importez d\'abord cette commune.')
    return [refs['collectivites'][siren].id for siren in sirens]


def _lier_epci(siren, v, refs):
    if siren not in refs['epcis'] or siren == v.get('siren'):
        raise Faux(f'Le SIREN {siren} n\'est pas celui d\'une intercommunalité de ce fichier ou de la base : corrigez-le, ou ajoutez-la.')


def _lier_nouveau(numero, v, refs):
    """A known number must be the same demande: an import never covers another one."""
    depose_le, collectivite = refs['demandes'].get(numero, (None, None))
    if depose_le and 'depose_le' in v and 'collectivite' in v:
        if depose_le[:16] != v['depose_le'][:16] and _cherche(collectivite) != _cherche(v['collectivite']):
            raise Faux(f'Le n° {numero} est déjà celui d\'une autre demande, déposée par « {_court(collectivite)} » le '
                       f'{models.dire_jour(depose_le, True)} : donnez un autre numéro à cette ligne.')


def _lier_demande(numero, v, refs):
    if numero not in refs['demandes']:
        raise Faux(f'La demande n° {numero} n\'est pas dans la base : importez d\'abord les demandes, ou corrigez le numéro.')


def _lier_auteur(auteur, v, refs):
    return _lier_agent(auteur, v, refs) if '@' in auteur else None


# genre: (value of an empty cell, reader, finder in the base or None)
GENRES = {
    'mot':          ('',    _mot,                   None),
    'texte':        ('',    _texte,                 None),
    'oui_non':      (False, _oui_non,               None),
    'oui_non_vide': (None,  _oui_non,               None),
    'code':         ('',    _code,                  None),
    'entier':       (0,     _entier,                None),
    'jour':         (None,  _jour,                  None),
    'instant':      (None,  _instant,               None),
    'siren':        ('',    _siren,                 None),
    'insee':        (None,  _insee,                 None),
    'postaux':      ((),    _chacun(_postal),       None),
    'courriel':     ('',    _courriel,              None),
    'telephone':    ('',    _telephone,             None),
    'site':         ('',    _site,                  None),
    'liste':        ((),    _chacun(_mot),          None),
    'etapes':       ((),    _chacun(_etape),        None),
    'noms':         ((),    _chacun(_mot),          _lier_noms),
    'associes':     ((),    _chacun(_nom_ou_courriel), _lier_noms),
    'structure':    ('',    _mot,                   _lier_structure),
    'direction':    ('',    _mot,                   _lier_direction),
    'agent':        ('',    _courriel,              _lier_agent),
    'agents':       ((),    _chacun(_courriel),     _lier_agents),
    'auteur':       ('',    _nom_ou_courriel,       _lier_auteur),
    'theme':        ('',    _mot,                   _lier_theme),
    'fiche':        ('',    _mot,                   _lier_fiche),
    'collectivite': ('',    _siren,                 _lier_collectivite),
    'communes':     ((),    _chacun(_siren),        _lier_communes),
    'epci':         ('',    _siren,                 _lier_epci),
    'nouveau':      (None,  _numero,                _lier_nouveau),
    'demande':      (None,  _numero,                _lier_demande),
}


# ======================================================================================
# Coherence: what the cells of one line must say together. (column, is it wrong?, reason)
# v: the values of the line; r: the references
# ======================================================================================

OUVERTS = tuple(s for s in STATUTS if s not in ('termine', 'abandonne', 'rejete'))
AU_REFERENT = ('attribue_expert', 'receptionne_expert', 'en_cours')


def _futur(colonne):
    """The check of a date that can't be after now."""
    return (colonne, lambda v, r: (v[colonne] or '') > r['maintenant' if len(v[colonne] or '') > 10 else 'aujourdhui'],
            'Cette date est dans le futur : corrigez-la.')


def _reserve_au_direct(colonne):
    return (colonne, lambda v, r: v['origine'] == 'plateforme' and v[colonne],
            'Cette colonne est réservée aux demandes reçues en direct : videz-la, ou corrigez l\'origine.')


def _exige_en_direct(colonne):
    return (colonne, lambda v, r: v['origine'] == 'direct' and not v[colonne], 'Une demande reçue en direct doit l\'indiquer : complétez.')


def _issue_inadmise(v, r):
    admises = {'termine': ISSUES, 'rejete': REPONSES if v['clos_le'] else ()}.get(v['statut'], ())
    return v['issue'] and v['issue'] not in admises


def _ligne_deja_autre(v, r):
    """True when the journal already has this line with another author or date of act."""
    agent_id, auteur, acte_le = r['journal'].get(_cle_du_journal(v), (None, v['auteur'], v['acte_le']))
    compte = r['agents'].get(v['auteur'])
    return acte_le != v['acte_le'] or (compte.id != agent_id if compte and agent_id else auteur not in (v['auteur'], compte and compte.nom))


def _cle_du_journal(v):
    return v['numero'], v['date'], v['nature'], v['statut'] or None, v['texte']


COHERENCE = {
    'agents': (),
    'structures': (),
    'catalogue': (
        ('co_chefs', lambda v, r: v['chef_de_file'] in v['co_chefs'], 'Le chef de file n\'est pas aussi co-chef : retirez-le de cette cellule.'),
        ('associees', lambda v, r: any('@' in nom for nom in v['associees']), 'Nommez des directions ou des structures, pas des agents.'),
    ),
    'collectivites': (
        ('insee', lambda v, r: v['type'] == 'Commune' and not v['insee'], 'Une commune a un code INSEE : complétez.'),
        ('insee', lambda v, r: r['insee'].get(v['insee'], v['siren']) != v['siren'],
         'Ce code INSEE est déjà celui d\'un autre SIREN de la base : corrigez l\'un ou l\'autre.'),
    ),
    'demandes': (
        ('clos_le', lambda v, r: v['statut'] in ('termine', 'abandonne') and not v['clos_le'],
         'Une demande terminée ou abandonnée a une date de clôture : indiquez-la.'),
        ('clos_le', lambda v, r: v['statut'] in OUVERTS and v['clos_le'],
         'Une demande à ce statut est ouverte : videz la date de clôture, ou corrigez le statut.'),
        ('clos_le', lambda v, r: v['clos_le'] and v['clos_le'] < v['depose_le'],
         'La clôture est avant le dépôt : corrigez l\'une des deux dates.'),
        ('issue', lambda v, r: v['statut'] == 'termine' and not v['issue'], f'Indiquez comment la demande s\'est terminée : {_ou(ISSUES)}.'),
        ('issue', lambda v, r: v['statut'] == 'rejete' and v['clos_le'] and not v['issue'],
         f'Indiquez la réponse donnée à une demande rejetée et close : {_ou(REPONSES)}.'),
        ('issue', _issue_inadmise, f'Cette issue ne va pas avec ce statut : {_ou(ISSUES)} pour termine ; {_ou(REPONSES)} pour rejete et clos ; '
         'vide pour les autres.'),
        ('chefs_de_file', lambda v, r: v['statut'] in AVANT_EXPERT[:2] and not v['chefs_de_file'],
         'Une demande à ce statut a un chef de file : indiquez son courriel.'),
        ('referent', lambda v, r: v['statut'] in AU_REFERENT and not v['referent'],
         'Une demande à ce statut a un expert référent : indiquez son courriel.'),
        ('echeance', lambda v, r: v['origine'] == 'direct' and v['echeance'],
         'Une demande reçue en direct n\'a pas d\'échéance : videz cette cellule.'),
        _reserve_au_direct('saisie_par'), _reserve_au_direct('recue_le'), _reserve_au_direct('voie'),
        _exige_en_direct('saisie_par'), _exige_en_direct('recue_le'), _exige_en_direct('voie'),
        ('communes', lambda v, r: v['communes'] and v['type'] == 'Commune',
         'Seule une intercommunalité nomme des communes concernées : videz cette cellule.'),
        ('rappel_nom', lambda v, r: not v['rappel_nom'] and (v['rappel_prenom'] or v['rappel_fonction']),
         'Indiquez le nom de la personne à rappeler, ou videz son prénom et sa fonction.'),
        ('courriel', lambda v, r: not v['clos_le'] and not v['courriel'] and not v['telephone'],
         'Une demande ouverte a un courriel ou un téléphone : indiquez l\'un des deux.'),
        _futur('depose_le'), _futur('clos_le'), _futur('premier_contact_le'), _futur('recue_le'),
    ),
    'journal': (
        ('statut', lambda v, r: (v['nature'] == 'statut') != bool(v['statut']),
         'Le statut est donné pour la nature « statut », et seulement pour elle.'),
        ('texte', lambda v, r: not v['texte'] and v['nature'] not in ('depot', 'statut'), 'Une ligne de cette nature a un texte : complétez.'),
        ('texte', _ligne_deja_autre, 'Cette ligne est déjà au journal avec un autre auteur ou une autre date d\'acte, et le journal ne se '
         'modifie pas : reprenez ceux de la base, ou ajoutez une autre ligne.'),
        _futur('date'), _futur('acte_le'),
    ),
}


# ======================================================================================
# Reading a file, outside any transaction
# ======================================================================================

Ligne = namedtuple('Ligne', 'numero v liens')                       # v: {column: value}, without the cells at fault
Lues = namedtuple('Lues', 'lignes fautes')


def _lire(quoi, octets, suivre):
    """The lines of a file and what is wrong in them, the base not being looked at."""
    fautes = []
    try:
        rangees = _rangees(_decoder(octets), fautes)
        colonnes = _entete(quoi, rangees, fautes)
    except Faux as faux:
        return Lues([], [*fautes, Faute(1, '', str(faux))])
    if colonnes is None:
        return Lues([], fautes)
    lignes = [_lire_ligne(numero, cellules, colonnes, fautes) for numero, cellules in suivre(rangees[1:])]
    lignes = [ligne for ligne in lignes if ligne]
    _refuser_doubles(quoi, lignes, fautes)
    _refuser_variations(quoi, lignes, fautes)
    for ligne in lignes:
        PREPARER.get(quoi, lambda v: None)(ligne.v)
    return Lues(lignes, fautes)


def _decoder(octets):
    """Strict UTF-8, in composed letters (a name typed on a Mac is the same name)."""
    if octets.startswith((b'PK', b'\xd0\xcf\x11\xe0', b'%PDF')):
        raise Faux('Ce fichier est un classeur ou un document, pas un CSV : enregistrez-le au format « CSV UTF-8 », séparateur « ; ».')
    try:
        texte = octets.decode('utf-8-sig')
    except UnicodeDecodeError as erreur:
        ligne = octets[:erreur.start].count(b'\n') + 1
        raise Faux(f'Ce fichier n\'est pas en UTF-8 (ligne {ligne}) : enregistrez-le au format « CSV UTF-8 ».') from None
    if not texte.strip():
        raise Faux('Ce fichier est vide : il faut une ligne d\'en-tête, puis une ligne par donnée.')
    return unicodedata.normalize('NFC', texte)


def _rangees(texte, fautes):
    """[(line where it begins, cells)]; a line without any value is not one."""
    lecteur, rangees, debut = csv.reader(io.StringIO(texte, newline=''), delimiter=';', strict=True), [], 1
    try:
        for cellules in lecteur:
            if any(cellules) and any(cellule.strip() for cellule in cellules):
                rangees.append((debut, cellules))
            debut = lecteur.line_num + 1
    except csv.Error as erreur:
        quoi = 'une cellule y est beaucoup trop longue' if 'limit' in str(erreur) else 'un guillemet y est ouvert sans être fermé, ou mal placé'
        fautes.append(Faute(debut, '', f'Le fichier ne se lit plus à partir d\'ici : {quoi}. '
                            'Corrigez cette ligne ; les suivantes n\'ont pas été contrôlées.'))
    return rangees


def _entete(quoi, rangees, fautes):
    """The Colonne of each cell, in the order of the file; None when the header is not exactly the expected one."""
    attendues = {c.nom: c for c in COLONNES[quoi]}
    noms = [c.strip() for c in rangees[0][1]] if rangees else []
    if not set(noms) & set(attendues):
        raise Faux(f'La première ligne doit nommer les colonnes, séparées par « ; » : {";".join(attendues)}')
    fautes += [Faute(1, nom, f'Colonne absente de l\'en-tête : ajoutez-la{"" if c.requis else ", même vide"}.')
               for nom, c in attendues.items() if nom not in noms]
    fautes += [Faute(1, _court(nom), 'Colonne inconnue : retirez-la, ou corrigez son nom.') for nom in dict.fromkeys(noms) if nom not in attendues]
    fautes += [Faute(1, nom, 'Colonne nommée plusieurs fois : gardez-en une.') for nom in attendues if noms.count(nom) > 1]
    if len(rangees) == 1 and not fautes:
        raise Faux('Ce fichier n\'a que sa ligne d\'en-tête : ajoutez les lignes à importer.')
    return None if any(faute.colonne for faute in fautes) else [attendues[nom] for nom in noms]


def _lire_ligne(numero, cellules, colonnes, fautes):
    if len(cellules) != len(colonnes):
        fautes.append(Faute(numero, '', f'Cette ligne a {len(cellules)} cellules au lieu de {len(colonnes)} : '
                            'vérifiez ses « ; » et mettez entre guillemets un texte qui en contient.'))
        return None
    ligne = Ligne(numero, {}, {})
    for colonne, cellule in zip(colonnes, cellules):
        try:
            ligne.v[colonne.nom] = _lire_cellule(colonne, cellule)
        except Faux as faux:
            fautes.append(Faute(numero, colonne.nom, str(faux)))
    return ligne


def _lire_cellule(colonne, cellule):
    vide, lire, _ = GENRES[colonne.genre]
    valeur = cellule.strip()
    if not valeur:
        if colonne.requis:
            raise Faux('Cette cellule est obligatoire : complétez-la.')
        return vide
    valeur = valeur.replace('\r\n', '\n')
    if _CONTROLE.search(valeur):
        raise Faux('Cette cellule contient un caractère de contrôle invisible (tabulation, par exemple) : retapez-la.')
    return lire(valeur, colonne)


def _refuser_doubles(quoi, lignes, fautes):
    """The same key, or the same INSEE code, on two lines."""
    for cle in [CLES[quoi]] + ([('insee',)] if quoi == 'collectivites' else []):
        vues = {}
        for ligne in lignes:
            if all(c in ligne.v for c in cle) and any(ligne.v[c] for c in cle):
                premiere = vues.setdefault(tuple(ligne.v[c] for c in cle), ligne.numero)
                if premiere != ligne.numero:
                    fautes.append(Faute(ligne.numero, cle[0], f'{" + ".join(cle)} : déjà à la ligne {premiere}. Gardez une seule des deux lignes.'))


def _refuser_variations(quoi, lignes, fautes):
    cle, colonnes = CONSTANTES.get(quoi, ('', ()))
    vues = {}
    for ligne in lignes:
        for colonne in colonnes:
            if cle in ligne.v and colonne in ligne.v:
                numero, valeur = vues.setdefault((ligne.v[cle], colonne), (ligne.numero, ligne.v[colonne]))
                if valeur != ligne.v[colonne]:
                    fautes.append(Faute(ligne.numero, colonne, f'Autre valeur qu\'à la ligne {numero} : écrivez la même sur toutes les lignes '
                                        f'de « {_court(ligne.v[cle])} ».'))


def _indexer_demande(v):
    """Prepare what models.indexer writes of a demande, outside the transaction."""
    textes = (v.get('collectivite'), v.get('fiche'), v.get('lieu') or v.get('collectivite'), v.get('message'))
    v['recherche'] = [_cherche(texte or '') for texte in textes[:3]] + [models.normaliser(textes[3] or '')]


def _indexer_journal(v):
    v['recherche'] = models.normaliser(v.get('texte', ''))


PREPARER = {'demandes': _indexer_demande, 'journal': _indexer_journal}


# ======================================================================================
# Checking against the base, writing
# ======================================================================================

AJOUTE, MODIFIE, INCHANGE = range(3)                                # the state of a line is the smallest of its parts


def _appliquer(quoi, lues, suivre):
    """Check the lines against the base and write them, inside a write transaction. With one Faute nothing is written."""
    refs = _references(quoi, lues.lignes)
    fautes = sorted({*lues.fautes, *_controler(quoi, lues, refs)})
    if fautes:
        return Bilan(0, 0, 0, fautes)
    compte = Counter(ECRIRE[quoi](lues.lignes, refs, suivre))
    if compte[AJOUTE] or compte[MODIFIE]:
        models.auditer('import', None, f'{quoi} : {compte[AJOUTE]} ajoutés, {compte[MODIFIE]} modifiés')
    return Bilan(compte[AJOUTE], compte[MODIFIE], compte[INCHANGE], [])


def _controler(quoi, lues, refs):
    """The Fautes of references, then of coherence for the lines without any other."""
    liees = [(c.nom, GENRES[c.genre][2]) for c in COLONNES[quoi] if GENRES[c.genre][2]]
    fautives = {faute.ligne for faute in lues.fautes}
    for ligne in lues.lignes:
        fautes = []
        for colonne, lier in liees:
            if ligne.v.get(colonne):
                try:
                    ligne.liens[colonne] = lier(ligne.v[colonne], ligne.v, refs)
                except Faux as faux:
                    fautes.append(Faute(ligne.numero, colonne, str(faux)))
            else:
                ligne.liens[colonne] = None
        if not fautes and ligne.numero not in fautives:
            fautes = [Faute(ligne.numero, colonne, raison) for colonne, faux, raison in COHERENCE[quoi] if faux(ligne.v, refs)]
        yield from fautes


def _connues(table, cle, parmi=None):
    """{key: row} of a table, or of its rows whose key (one column) is among these."""
    colonnes = [nom for _, nom, *_ in _sql(f'PRAGMA table_info({table})')]
    rangees = _sql(f'SELECT * FROM {table}') if parmi is None else _par_paquets(f'SELECT * FROM {table} WHERE {cle[0]} IN ({{}})', parmi)
    lues = (dict(zip(colonnes, rangee)) for rangee in rangees)
    return {tuple(rangee[c] for c in cle): rangee for rangee in lues}


def _fusionner(table, cle, voulues, connues, une_fois=()):
    """Insert the wanted rows of unknown key, update those that differ; {key: state}.

    voulues: {key: {column: value}}; connues: the rows there are; une_fois: the columns that only an insert writes.
    """
    etats, nouvelles, changees = {}, [], []
    for k, voulue in voulues.items():
        connue = connues.get(k)
        if connue is None:
            nouvelles.append(voulue)
        elif any(connue[c] != valeur for c, valeur in voulue.items() if c not in une_fois):
            changees.append(voulue)
        etats[k] = AJOUTE if connue is None else MODIFIE if changees and changees[-1] is voulue else INCHANGE
    _inserer(table, nouvelles)
    if changees:
        poses = ', '.join(f'{c} = :{c}' for c in changees[0] if c not in (*cle, *une_fois))
        _executer(f'UPDATE {table} SET {poses} WHERE {" AND ".join(f"{c} = :{c}" for c in cle)}', changees)
    return etats


def _inserer(table, rangees):
    if rangees:
        colonnes = list(rangees[0])
        _executer(f'INSERT INTO {table} ({", ".join(colonnes)}) VALUES ({", ".join(f":{c}" for c in colonnes)})', rangees)


def _executer(sql, rangees):
    db.connection().executemany(sql, rangees)


def _change(differe):
    return MODIFIE if differe else INCHANGE


def _sans_suite(etats, k):
    """The state a line takes from what it shares with others: new or changed there, it is a change here."""
    return max(etats[k], MODIFIE)


def _ecrire_structures(lignes, refs, suivre):
    communes = ('sigle', 'partenaire', 'site', 'presentation')
    structures = {(v['structure'],): {'nom': v['structure'], **{c: v[c] for c in communes}} for v in (ligne.v for ligne in lignes)}
    etats = _fusionner('structure', ('nom',), structures, _connues('structure', ('nom',)))
    ids, cle, directions = dict(_sql('SELECT nom, id FROM structure')), ('structure_id', 'nom'), {}
    for ligne in suivre(lignes):
        v, structure_id = ligne.v, ids[ligne.v['structure']]
        directions[structure_id, v['direction']] = {
            'structure_id': structure_id, 'nom': v['direction'], 'telephone': v['telephone'], 'courriel': v['courriel']}
    siens = _fusionner('direction', cle, directions, _connues('direction', cle))
    return [min(etat, _sans_suite(etats, (ligne.v['structure'],))) for etat, ligne in zip(siens.values(), lignes)]


AGENT = ('courriel', 'prenom', 'nom', 'fonction', 'telephone_public', 'telephone', 'administrateur', 'pilote', 'actif')


def _ecrire_agents(lignes, refs, suivre):
    """An account is created without password; the import never touches the one there is."""
    voulus = {(ligne.v['courriel'],): {**{c: ligne.v[c] for c in AGENT}, 'direction_id': ligne.liens['direction'],
                                       'cree_le': refs['maintenant']} for ligne in suivre(lignes)}
    return _fusionner('agent', ('courriel',), voulus, _connues('agent', ('courriel',)), ('cree_le',)).values()


def _ecrire_catalogue(lignes, refs, suivre):
    themes = _fusionner('theme', ('nom',), _themes(lignes), _connues('theme', ('nom',)), ('ordre',))
    ids, cle = dict(_sql('SELECT nom, id FROM theme')), ('theme_id', 'titre')
    par_cle = {(ids[ligne.v['theme']], ligne.v['titre']): ligne for ligne in suivre(lignes)}
    etats = _fusionner('fiche', cle, {k: _fiche(ligne, k[0]) for k, ligne in par_cle.items()}, _connues('fiche', cle))
    fiches = {k: fiche['id'] for k, fiche in _connues('fiche', cle).items()}
    pilotees = _ecrire_pilotages({fiches[k]: ligne for k, ligne in par_cle.items()})
    return [min(etats[k], _sans_suite(themes, (ligne.v['theme'],)), _change(fiches[k] in pilotees)) for k, ligne in par_cle.items()]


def _themes(lignes):
    """The themes in order of first appearance, after those there are."""
    noms = dict.fromkeys(ligne.v['theme'] for ligne in lignes)
    (debut,), = _sql('SELECT coalesce(max(ordre), 0) FROM theme')
    connus = {nom for nom, in _sql('SELECT nom FROM theme')}
    icones = {ligne.v['theme']: ligne.v['icone'] for ligne in lignes}
    ordres = {nom: debut + i for i, nom in enumerate((n for n in noms if n not in connus), 1)}
    return {(nom,): {'nom': nom, 'icone': icones[nom], 'ordre': ordres.get(nom, 0)} for nom in noms}


def _fiche(ligne, theme_id):
    lignes = {c: '\n'.join(ligne.v[c]) for c in ('actions', 'deroulement', 'a_preparer', 'associees')}
    return {'theme_id': theme_id, 'titre': ligne.v['titre'], 'direction_id': ligne.liens['direction'], 'resume': ligne.v['resume'],
            'pour_qui': ligne.v['pour_qui'], **lignes, 'delai': int(ligne.v['delai']), 'restreinte': ligne.v['restreinte'],
            'publiee': ligne.v['publiee'], 'maj_le': ligne.v['mise_a_jour']}


def _ecrire_pilotages(fiches):
    """Write chef (rang 0) and co-chefs of {fiche id: line}; returns the ids of the fiches that changed."""
    avant, changees = defaultdict(list), {}
    for fiche, agent in _sql('SELECT fiche_id, agent_id FROM pilotage ORDER BY fiche_id, rang'):
        avant[fiche].append(agent)
    for fiche, ligne in fiches.items():
        voulus = [compte.id for compte in [ligne.liens['chef_de_file'], *(ligne.liens['co_chefs'] or ())]]
        if avant[fiche] != voulus:
            changees[fiche] = voulus
    _executer('DELETE FROM pilotage WHERE fiche_id = ?', [(fiche,) for fiche in changees])
    _inserer('pilotage', [{'fiche_id': f, 'agent_id': a, 'rang': rang} for f, agents in changees.items() for rang, a in enumerate(agents)])
    return changees


COLLECTIVITE = ('siren', 'insee', 'type', 'nom', 'population', 'arrondissement', 'courriel', 'telephone')


def _ecrire_collectivites(lignes, refs, suivre):
    """Two passes: the EPCI of a commune may come after it in the file."""
    voulues = {(ligne.v['siren'],): {**{c: ligne.v[c] for c in COLLECTIVITE}, 'cherche': models.normaliser(ligne.v['nom']),
                                 'codes_postaux': ' '.join(ligne.v['codes_postaux'])} for ligne in suivre(lignes)}
    etats = _fusionner('collectivite', ('siren',), voulues, _connues('collectivite', ('siren',)))
    connues = _connues('collectivite', ('siren',))
    ids = {siren: c['id'] for (siren,), c in connues.items()}
    liens = {(ligne.v['siren'],): {'siren': ligne.v['siren'], 'epci_id': ids.get(ligne.v['epci_siren'])} for ligne in lignes}
    suite = _fusionner('collectivite', ('siren',), liens, connues)
    return [min(etats[k], suite[k]) for k in voulues]


# ======================================================================================
# Demandes and their team
# ======================================================================================

DEMANDE = ('numero', 'origine', 'depose_le', 'statut', 'lieu', 'message', 'civilite', 'nom', 'prenom', 'rappel_nom', 'rappel_prenom',
           'rappel_fonction', 'courriel', 'telephone', 'date_a_tenir', 'premier_contact_le', 'clos_le', 'issue', 'synthese', 'texte_final',
           'recue_le', 'voie')
UNE_FOIS = ('jeton', 'a_confirmer')                                  # an update keeps the link that was sent, and what was confirmed

Place = namedtuple('Place', 'role rang agent_id structure_id direction_id')


def _ecrire_demandes(lignes, refs, suivre):
    numeros = [ligne.v['numero'] for ligne in lignes]
    connues, voulues = _connues('demande', ('numero',), numeros), {}
    places, depuis = _places(numeros)
    communes = defaultdict(set)
    for numero, commune in _par_paquets('SELECT demande_id, collectivite_id FROM demande_commune WHERE demande_id IN ({})', numeros):
        communes[numero].add(commune)
    equipes, territoires = {}, {}
    for ligne in suivre(lignes):
        numero = ligne.v['numero']
        equipe = _equipe(ligne, places[numero])
        voulues[numero,] = _demande(ligne, equipe, connues.get((numero,)), refs)
        if equipe != places[numero]:
            equipes[numero] = equipe
        if set(ligne.liens['communes'] or ()) != communes[numero]:
            territoires[numero] = ligne.liens['communes'] or ()
    etats = _fusionner('demande', ('numero',), voulues, connues, UNE_FOIS)
    _remplacer('membre', equipes, lambda n, p: {'demande_id': n, **p._asdict(), 'depuis_le': depuis.get((n, p), voulues[n,]['depose_le'])})
    _remplacer('demande_commune', territoires, lambda n, commune: {'demande_id': n, 'collectivite_id': commune})
    etats = {n: min(etat, _change(n in equipes or n in territoires)) for (n,), etat in etats.items()}
    _suivre_demandes(lignes, etats, connues, refs)
    return etats.values()


def _places(numeros):
    """({numero: [Place]} of the teams there are, {(numero, Place): since when})."""
    places, depuis = defaultdict(list), {}
    for numero, depuis_le, *place in _par_paquets(
            'SELECT demande_id, depuis_le, role, rang, agent_id, structure_id, direction_id FROM membre WHERE demande_id IN ({}) '
            "ORDER BY demande_id, CASE role WHEN 'chef_de_file' THEN 0 WHEN 'referent' THEN 1 ELSE 2 END, rang, id", numeros):
        places[numero].append(Place(*place))
        depuis[numero, Place(*place)] = depuis_le
    return places, depuis


def _equipe(ligne, avant):
    """The team a line asks for; who is there already stays in the structure where the demande was taken."""
    chefs, referent = ligne.liens['chefs_de_file'] or (), ligne.liens['referent']
    voulues = [Place('chef_de_file', i, c.id, c.structure_id, c.direction_id) for i, c in enumerate(chefs)]
    voulues += [Place('referent', 0, referent.id, referent.structure_id, referent.direction_id)] if referent else []
    voulues += [Place('associe', i, *place) for i, place in enumerate(ligne.liens['associes'] or ())]
    anciennes = {(p.role, p.agent_id): p for p in avant if p.agent_id}
    return [anciennes[p[0], p[2]]._replace(rang=p.rang) if (p.role, p.agent_id) in anciennes else p for p in voulues]


def _demande(ligne, equipe, avant, refs):
    """The row of a demande. What the file does not say (jeton, organisme, accord, next step…) is left as it is."""
    v, fiche, cible = ligne.v, ligne.liens['fiche'], ligne.liens['collectivite_siren']
    premiere = equipe[0] if equipe and equipe[0].role != 'associe' else None
    restreinte = v['restreinte'] if v['restreinte'] is not None else bool(fiche and fiche.restreinte)
    delai, echeance = _delais(v, fiche, avant, refs)
    return {
        **{c: v[c] for c in DEMANDE},
        'jeton': secrets.token_urlsafe(16), 'etape': max(_etape_atteinte(v), avant['etape'] if avant else 1),
        'delai': delai, 'echeance': echeance, 'restreinte': restreinte,
        'theme_id': ligne.liens['theme'], 'fiche_id': fiche.id if fiche else None,
        'structure_id': premiere.structure_id if premiere else None, 'direction_id': premiere.direction_id if premiere else None,
        'collectivite_id': cible.id if cible else None, 'collectivite': cible.nom if cible else v['collectivite'], 'type': v['type'],
        'saisie_par_id': ligne.liens['saisie_par'].id if ligne.liens['saisie_par'] else None, 'a_confirmer': _a_confirmer(v, cible),
    }


def _etape_atteinte(v):
    """The furthest step shown to the demandeur that this line tells (domaine.md §2)."""
    equipe = 3 if v['referent'] else 2 if v['chefs_de_file'] else 1
    return max(QUI[v['statut']][1], equipe, 4 if v['statut'] == 'termine' else 1)


def _a_confirmer(v, cible):
    """Like a deposit: the first call confirms who wrote from an unknown address. Nothing to confirm once it was made."""
    ouverte = v['origine'] == 'plateforme' and not v['clos_le'] and not v['premier_contact_le']
    return ouverte and v['courriel'] != (cible.courriel if cible else '')


def _delais(v, fiche, avant, refs):
    """(delai, echeance): computed when the cell is empty, but a date already told stays while deposit and fiche do."""
    if v['origine'] == 'direct':
        return None, None
    meme = avant and (avant['depose_le'], avant['fiche_id']) == (v['depose_le'], fiche.id if fiche else None)
    delai = avant['delai'] if meme else fiche.delai if fiche else 10
    echeance = v['echeance'] or (avant['echeance'] if meme else None)
    return delai, echeance or models.calculer_echeance(v['depose_le'], delai or 10, refs['ouvres'])


def _remplacer(table, contenus, rangee):
    """Write again the rows of the demandes whose team or communes changed: {numero: [content]}."""
    _executer(f'DELETE FROM {table} WHERE demande_id = ?', [(numero,) for numero in contenus])
    _inserer(table, [rangee(numero, contenu) for numero, tous in contenus.items() for contenu in tous])


def _suivre_demandes(lignes, etats, connues, refs):
    """What follows a demande: its search index; when changed, its version, and a journal line for a new statut."""
    index = [(*ligne.v['recherche'], ligne.v['numero']) for ligne in lignes if etats[ligne.v['numero']] == AJOUTE]
    _executer("INSERT INTO recherche (collectivite, fiche, lieu, message, journal, rowid) VALUES (?, ?, ?, ?, '', ?)", index)
    changees = [ligne for ligne in lignes if etats[ligne.v['numero']] == MODIFIE]
    _executer('UPDATE recherche SET collectivite = ?, fiche = ?, lieu = ?, message = ? WHERE rowid = ?',
              [(*ligne.v['recherche'], ligne.v['numero']) for ligne in changees])
    _executer('UPDATE demande SET version = version + 1 WHERE numero = ?', [(ligne.v['numero'],) for ligne in changees])
    passees = [(ligne, connues[ligne.v['numero'],]['statut']) for ligne in changees if connues[ligne.v['numero'],]['statut'] != ligne.v['statut']]
    _ajouter_au_journal([{
        'demande_id': ligne.v['numero'], 'cree_le': refs['maintenant'], 'nature': 'statut', 'acte_le': None, 'statut': ligne.v['statut'],
        'agent_id': None, 'auteur': 'La Plateforme', 'structure': '', 'texte': f'Repris d\'un fichier importé (auparavant : {STATUTS[avant]}).',
    } for ligne, avant in passees])


# ======================================================================================
# Journal
# ======================================================================================

def _ecrire_journal(lignes, refs, suivre):
    """Add the lines that are not there; a line tells a statut that was reached, so the step shown may go forward."""
    nouvelles, etats = [], []
    for ligne in suivre(lignes):
        deja = _cle_du_journal(ligne.v) in refs['journal']
        etats.append(INCHANGE if deja else AJOUTE)
        if not deja:
            nouvelles.append(ligne)
    _ajouter_au_journal([_rangee_du_journal(ligne) for ligne in nouvelles], [ligne.v['recherche'] for ligne in nouvelles])
    etapes = [{'numero': ligne.v['numero'], 'etape': QUI[ligne.v['statut']][1]} for ligne in nouvelles if ligne.v['statut']]
    _executer('UPDATE demande SET etape = :etape, version = version + 1 WHERE numero = :numero AND etape < :etape', etapes)
    return etats


def _rangee_du_journal(ligne):
    v, compte = ligne.v, ligne.liens['auteur'] or Compte(None, ligne.v['auteur'], '', None, None)
    return {'demande_id': v['numero'], 'cree_le': v['date'], 'nature': v['nature'], 'acte_le': v['acte_le'], 'statut': v['statut'] or None,
            'agent_id': compte.id, 'auteur': compte.nom, 'structure': v['structure'] or compte.structure, 'texte': v['texte']}


def _ajouter_au_journal(rangees, normalises=None):
    """Insert lines, then bring the search index of each demande up to date, once."""
    _inserer('journal', rangees)
    textes = defaultdict(list)
    for rangee, texte in zip(rangees, normalises or [models.normaliser(r['texte']) for r in rangees]):
        textes[rangee['demande_id']].append(texte)
    _executer("UPDATE recherche SET journal = trim(journal || ' ' || ?) WHERE rowid = ?", [(' '.join(t), n) for n, t in textes.items()])


ECRIRE = {
    'structures': _ecrire_structures, 'agents': _ecrire_agents, 'catalogue': _ecrire_catalogue, 'collectivites': _ecrire_collectivites,
    'demandes': _ecrire_demandes, 'journal': _ecrire_journal,
}


# ======================================================================================
# The two verbs
# ======================================================================================

class _Essai(Exception):
    """Rolls back what a trial has written."""


def importer(quoi, octets, essai=False, progres=None):
    """Import one file (bytes); returns its Bilan. All or nothing; a second import of the same file changes nothing.

    essai: say what would change, write nothing. progres(fait, total): called now and then, in lines; reading is the first half.
    """
    if quoi not in COLONNES:
        raise Refus(f'Il n\'y a pas d\'import « {quoi} » : choisissez {_ou(COLONNES)}.', 404)
    lues = _lire(quoi, octets, _suivi(progres))
    try:
        with models.lecture() if lues.fautes else models.ecriture():
            bilan = _appliquer(quoi, lues, _suivi(progres, len(lues.lignes)))
            if essai:
                raise _Essai
    except _Essai:
        pass
    if progres:
        progres(len(lues.lignes), len(lues.lignes))
    return bilan


def _suivi(progres, deja=0):
    """A generator over lines that tells progres how far it is, every 500 lines; deja: the lines read, when it is time to write them."""
    def suivre(lignes):
        for i, ligne in enumerate(lignes):
            if progres and i % 500 == 0:
                progres((deja + i) // 2, len(lignes))
            yield ligne
    return suivre


# Days are counted from the Monday of the current week: (courriel, first day, last day, suppléant or None), (pour, par).
ABSENCES = (
    ('joelle.parcelle@haute-garonne.example',  -7, 18, 'eden.bouture@haute-garonne.example'),
    ('stephane.esquisse@haute-garonne.example', 0, 11, None),
    ('pascal.trace@haute-garonne.example',     21, 32, 'leila.jalon@haute-garonne.example'),
)
DELEGATIONS = (('mireille.ossature@hgi.example', 'jonas.croquis@hgi.example'),)
REGLAGES = {
    'telephone': '0536490000', 'courriel': 'plateforme@haute-garonne.example', 'telephone_urgence': '0536490099',
    'dpd': 'dpd@haute-garonne.example',
}
GARDENT_LEURS_DATES = (368,)                                        # a demande of the guide, quoted with its dates
RESTENT_A_VENIR = ('date_a_tenir', 'echeance')                      # the only dates that may be after today


def charger_demonstration(progres=None, mots_de_passe=None):
    """Load the example files into a base without demande; returns {import: Bilan}. Raises Refus otherwise.

    mots_de_passe: {courriel: hash} of the accounts that can sign in at once.
    """
    fichiers = {quoi: pkgutil.get_data('models', f'static/modeles/{quoi}.csv') for quoi in COLONNES}
    lues = {quoi: _lire(quoi, octets, _suivi(None)) for quoi, octets in fichiers.items()}
    _rapprocher(lues['demandes'].lignes, lues['journal'].lignes)
    total, fait, bilans = sum(len(lue.lignes) for lue in lues.values()), 0, {}
    with models.ecriture():
        if models.Demande.select().exists():
            raise Refus('Cette base contient déjà des demandes : la démonstration se charge dans une base neuve. Rien n\'a été modifié.', 409)
        for quoi in COLONNES:
            bilans[quoi] = _sans_faute(quoi, _appliquer(quoi, lues[quoi], _suivi(None)))
            fait += len(lues[quoi].lignes)
            if progres:
                progres(fait, total)
        _regler_demonstration(mots_de_passe or {})
    return bilans


def _sans_faute(quoi, bilan):
    if bilan.fautes:
        faute = bilan.fautes[0]
        raise Refus(f'Fichier d\'exemple {quoi}.csv, ligne {faute.ligne}, {faute.colonne} : {faute.raison} ({len(bilan.fautes)} en tout). '
                    'Rien n\'a été modifié.')
    return bilan


def _rapprocher(demandes, journal):
    """Move the dates by whole weeks: the newest deposit falls in last week, in Paris, at the same day and hour of the week."""
    mobiles = [ligne for ligne in (*demandes, *journal) if ligne.v.get('numero') not in GARDENT_LEURS_DATES]
    depots = [models.jour_de(ligne.v['depose_le']) for ligne in mobiles if ligne.v.get('depose_le')]
    if not depots:
        return
    semaines = (_lundi(models.aujourdhui()) - _lundi(max(depots))).days // 7 - 1
    genres = {c.nom: c.genre for quoi in ('demandes', 'journal') for c in COLONNES[quoi] if c.genre in ('jour', 'instant')}
    for ligne in mobiles:
        for colonne, genre in genres.items():
            if ligne.v.get(colonne):
                ligne.v[colonne] = _avancer(ligne.v[colonne], semaines, genre, colonne in RESTENT_A_VENIR)


def _avancer(valeur, semaines, genre, a_venir):
    """A date moved by whole weeks; what would come after now is brought back to now."""
    if genre == 'jour':
        jour = models.plus_jours(valeur, 7 * semaines)
        return jour if a_venir else min(jour, models.aujourdhui())
    return min(models.en_utc(models.a_paris(valeur) + timedelta(weeks=semaines)), models.maintenant())


def _lundi(jour):
    jour = date.fromisoformat(jour)
    return jour - timedelta(days=jour.weekday())


def _regler_demonstration(mots_de_passe):
    """Settings, passwords, absences and delegations of the demonstration."""
    models.Reglage.insert(cle='demonstration', valeur='1', libelle='Site de démonstration', ordre=0).on_conflict_replace().execute()
    for cle, valeur in REGLAGES.items():
        models.Reglage.update(valeur=valeur).where(models.Reglage.cle == cle).execute()
    for courriel, hache in mots_de_passe.items():
        if not models.Agent.update(mot_de_passe=hache).where(models.Agent.courriel == courriel).execute():
            raise Refus(f'Le compte de démonstration {courriel} n\'est pas dans agents.csv. Rien n\'a été modifié.')
    ids = dict(models.Agent.select(models.Agent.courriel, models.Agent.id).tuples())
    lundi = _lundi(models.aujourdhui()).isoformat()
    for courriel, du, au, suppleant in ABSENCES:
        models.Absence.get_or_create(agent=ids[courriel], du=models.plus_jours(lundi, du), au=models.plus_jours(lundi, au),
                                     suppleant=ids.get(suppleant))
    for pour, par in DELEGATIONS:
        models.Delegation.get_or_create(pour=ids[pour], par=ids[par])
