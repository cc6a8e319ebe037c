"""The list of the demandes: what may be asked of it, its rows, how many there are (domaine.md §9).

A list, its counts, its export and later its figures are the same code, within what the agent may read (lisibles_par).
"""
import re
from collections import namedtuple

import models
from models import Refus, db


def _parmi(table):
    return lambda v: v in table


def _entier(v):
    return bool(re.fullmatch(r'[1-9][0-9]{0,17}', v))


# A whole number of ten digits among words, in any usual writing; the beginning of one, alone.
TELEPHONE = re.compile(r'(?<![\w+])(?:(?:\+|00)\s?33[\s.\-/()]*0?|0)[\s.\-/()]*[1-9](?:[\s.\-/()]*[0-9]){8}(?![0-9])')
DEBUT_DE_TELEPHONE = re.compile(r'0[1-9](?:[ .\-]?[0-9]){1,7}')


def _en_mots(saisie):
    """What MATCH is given: every word, the last one by its beginning; no raw input."""
    telephones = [models.telephone(trouve) for trouve in TELEPHONE.findall(saisie)]
    mots = models.normaliser(TELEPHONE.sub(' ', saisie)).split()[:12]
    if DEBUT_DE_TELEPHONE.fullmatch(saisie.strip()):
        telephones, mots = [re.sub('[^0-9]', '', saisie)], []
    cherches = [f'"{mot}"' for mot in mots]
    if cherches:
        cherches[-1] += '*'
    return ' AND '.join([*map(_en_telephone, telephones), *cherches])


def _en_telephone(chiffres):
    """As the base has it (« 0536490031 »), and two by two, as the journal or a message may say it."""
    deux_par_deux = ' '.join(chiffres[i:i + 2] for i in range(0, len(chiffres), 2))
    return f'("{chiffres}"* OR "{deux_par_deux}"*)'


SANS_CONTACT = 'demande.clos_le IS NULL AND demande.premier_contact_le IS NULL'
DE_L_EPCI = 'demande.collectivite_id IN (SELECT id FROM collectivite WHERE epci_id = ? OR id = ?)'


def _parmi_les(condition):
    """Through the index of the condition, then in the order of the numbers."""
    return f'demande.numero IN (SELECT numero FROM demande WHERE {condition})'


# Is it valid, its condition, what each « ? » of it is given, its condition when « chef » narrows it.
Condition = namedtuple('Condition', 'valable sql valeur chef', defaults=(str, ''))


def _dans_equipe(colonne):
    """In the team of the demande, this agent, direction or structure; as a chef de file, when « chef » narrows it."""
    debut = f'demande.numero IN (SELECT membre.demande_id FROM membre WHERE membre.{colonne} = ?'
    return Condition(_entier, f'{debut})', chef=f"{debut} AND membre.role = 'chef_de_file')")


# Names and conditions come from here, never from the request.
CONDITIONS = {
    'q':            Condition(lambda v: len(v) <= 200, '', _en_mots),        # its conditions: _source
    'statut':       Condition(_parmi(models.STATUTS), 'demande.statut = ?'),
    'theme':        Condition(_entier, 'demande.theme_id = ?'),
    'fiche':        Condition(_entier, 'demande.fiche_id = ?'),
    'structure':    _dans_equipe('structure_id'),
    'direction':    _dans_equipe('direction_id'),
    'chef':         Condition(_parmi(('oui',)), '1'),               # narrows « structure », « direction » and « agent »
    'collectivite': Condition(_entier, 'demande.collectivite_id = ?'),
    'epci':         Condition(_entier, DE_L_EPCI),
    'type':         Condition(_parmi(models.TYPES), 'demande.type = ?'),
    'agent':        _dans_equipe('agent_id'),
    'retard':       Condition(_parmi(('oui',)), _parmi_les(f'echeance < ? AND {SANS_CONTACT}'),
                              lambda v: models.aujourdhui()),
    'a_rappeler':   Condition(_parmi(('oui',)), _parmi_les(f"echeance >= '0' AND {SANS_CONTACT}")),
    'ouvertes':     Condition(_parmi(('oui',)), _parmi_les('clos_le IS NULL')),
    'depuis':       Condition(models.un_jour, _parmi_les('depose_le >= ?'), models.debut_du_jour),
    'jusqua':       Condition(models.un_jour, _parmi_les('depose_le < ?'),
                              lambda v: models.debut_du_jour(models.plus_jours(v, 1))),
}


# name: its column. The newest number comes first in any case of equality.
TRIS = {'numero': '', 'statut': 'demande.statut', 'echeance': 'demande.echeance', 'type': 'demande.type',
        'collectivite': 'demande.collectivite_tri'}
COMPTE_MAX = 10_000                                                 # beyond, a list says « plus de 10 000 »


def numero_cherche(q):
    """« 1083 » or « n° 1083 » → 1083, None for words."""
    trouve = re.fullmatch(r'(?:n\s*[°o]\s*)?([1-9][0-9]{0,17})', q.lower())
    return int(trouve[1]) if trouve else None


def _source(criteres):
    """(FROM, WHERE, values) of valid criteria.

    Words are read from their own index, newest first, so that what is not shown is not read; a number is looked for
    among the numbers and the words.
    """
    source = 'demande'
    sql = ['1']
    valeurs = []
    for nom, valeur in criteres.items():
        condition = CONDITIONS[nom]
        if nom != 'q':
            resserree = condition.chef and 'chef' in criteres
            texte = condition.chef if resserree else condition.sql
            sql.append(texte)
            valeurs += [condition.valeur(valeur)] * texte.count('?')
        elif numero_cherche(valeur):
            sql.append(
                '(demande.numero = ? OR demande.numero IN (SELECT rowid FROM recherche WHERE recherche MATCH ?))')
            valeurs += [numero_cherche(valeur), condition.valeur(valeur)]
        elif models.normaliser(valeur):
            source = 'recherche CROSS JOIN demande ON demande.numero = recherche.rowid'
            sql.append('recherche MATCH ?')
            valeurs.append(condition.valeur(valeur))
        else:                                                       # « ? », « … »: no word at all
            sql.append('0')
    return source, ' AND '.join(sql), valeurs


def _ordre(tri, source):
    """ORDER BY of a sort « nom » or « -nom »; in the order of the index that is read, when it is by number."""
    numero = 'demande.numero' if source == 'demande' else 'recherche.rowid'
    colonne = TRIS[tri.removeprefix('-') or 'numero']
    if not colonne:
        return numero if tri == 'numero' else f'{numero} DESC'
    sens = 'DESC' if tri[0] == '-' else 'NULLS LAST'
    return f'{colonne} {sens}, {numero} DESC'


def lister(agent, criteres, tri, colonnes, limite=-1, debut=0):
    """The rows (colonnes: SQL text) of the demandes that an agent may read and that answer the criteria, sorted."""
    if tri and tri.removeprefix('-') not in TRIS:
        raise Refus('Ce tri n\'existe pas. Revenez à la liste des demandes.', 400)
    source, condition, valeurs = _source(criteres)
    lisible = models.lisibles_par(agent)
    return db.execute_sql(
        f"""SELECT {colonnes} FROM {source} WHERE {condition} AND {lisible.sql}
            ORDER BY {_ordre(tri, source)} LIMIT ? OFFSET ?""", (*valeurs, *lisible.params, limite, debut))


def compter(agent, criteres):
    lisible = models.lisibles_par(agent)
    return _compter_lisibles(tuple(criteres.items()), lisible.sql, tuple(lisible.params))


@models.gardee
def _compter_lisibles(paires, lisible, siens):
    """How many demandes lister() gives for the criteria, COMPTE_MAX + 1 at most: all that answer, less the hidden ones.

    The few that are hidden from the agent have their own index: no row is read.
    """
    source, condition, valeurs = _source(dict(paires))
    tous = f'SELECT 1 FROM {source} WHERE {condition}'
    caches = f'SELECT count(*) FROM ({tous} AND demande.restreinte = 1 AND NOT {lisible})'
    compte, caches = db.execute_sql(
        f"""SELECT tous, CASE WHEN tous > {COMPTE_MAX} THEN -1 ELSE ({caches}) END
            FROM (SELECT count(*) AS tous FROM ({tous} LIMIT {COMPTE_MAX + 1}))""",
        (*valeurs, *siens, *valeurs)).fetchone()
    if caches >= 0:
        return compte - caches
    lisibles = f'SELECT count(*) FROM ({tous} AND {lisible} LIMIT {COMPTE_MAX + 1})'
    return db.execute_sql(lisibles, (*valeurs, *siens)).fetchone()[0]
