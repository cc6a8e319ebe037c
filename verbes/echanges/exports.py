"""The CSV exports: the same files as the imports, with every column of COLONNES, so that an import reads them back.

Instants are in UTC (an hour of the end of October comes twice in Paris), days as AAAA-MM-JJ. To be called within a
reading: the rows are written as they are read, none is kept. Nothing here writes to the base.
"""
import csv
import io
from collections import namedtuple

from verbes.etiquettes import code_de_place, places
from .colonnes import COLONNES, GENRES, proteger, reunir
from .imports import ETAPES
from .references import Base, dire_repere, reperes, sql

# How each row that others refer to is said: {id: its words}.
Noms = namedtuple('Noms', 'agents complets structures directions themes fiches collectivites places')


def lire_noms():
    fiches = [(id_, (theme, titre), etat == 'publiee') for id_, theme, titre, etat in sql(
        'SELECT fiche.id, theme.nom, titre, etat FROM fiche JOIN theme ON theme.id = theme_id ORDER BY fiche.id')]
    return Noms(
        agents=dict(sql('SELECT id, courriel FROM agent')),
        complets=dict(sql("SELECT id, prenom || ' ' || nom FROM agent")),
        structures=dict(sql('SELECT id, nom FROM structure')),
        directions={id_: tuple(noms) for id_, *noms in sql(
            'SELECT direction.id, structure.nom, direction.nom FROM direction '
            'JOIN structure ON structure.id = structure_id')},
        themes={id_: tuple(noms) for id_, *noms in sql('SELECT id, nom, icone, court FROM theme')},
        fiches=_par_theme(fiches),
        collectivites=reperes(sql(
            'SELECT id, coalesce(siren, insee), remplacee_par_id IS NULL FROM collectivite ORDER BY id')),
        places=_nommer_les_places(Base()['place']))


def _par_theme(fiches):
    """{id: (theme, title, n)}: a title is told apart from the same ones of its theme."""
    noms = {}
    for theme in {theme for _, (theme, _), _ in fiches}:
        siennes = reperes((id_, titre, publiee) for id_, (son_theme, titre), publiee in fiches if son_theme == theme)
        noms |= {id_: (theme, *repere) for id_, repere in siennes.items()}
    return noms


def _nommer_les_places(places):
    """{(structure id, direction id): the shortest name an import understands} of the places held by nobody."""
    noms = {}
    for nom, (agent, *place) in places.items():
        if agent is None:
            noms[tuple(place)] = min(nom, noms.get(tuple(place), nom), key=len)
    return noms


def lire_rangees(requete, *valeurs):
    """The rows of a query as dicts, one at a time."""
    curseur = sql(requete, *valeurs)
    colonnes = [colonne[0] for colonne in curseur.description]
    return (dict(zip(colonnes, rangee)) for rangee in curseur)


def _fiche(noms, fiche_id):
    """The words for a fiche within its theme."""
    return dire_repere(*noms.fiches[fiche_id][1:]) if fiche_id else None


def _collectivite(noms, collectivite_id):
    return dire_repere(*noms.collectivites[collectivite_id]) if collectivite_id else None


# ---- The rows of each file: those of the table, with what another column, or another table, says ----

def _structures(noms):
    return lire_rangees('SELECT direction.*, structure.*, structure.nom AS structure, direction.nom AS direction, '
                        'direction.id AS id FROM structure LEFT JOIN direction ON structure_id = structure.id '
                        'ORDER BY structure.id, direction.id')


def _agents(noms):
    for r in lire_rangees('SELECT * FROM agent ORDER BY id'):
        structure, direction = noms.directions[r['direction_id']]
        yield r | {'structure': structure, 'direction': direction}


def _catalogue(noms):
    for r in lire_rangees('SELECT fiche.* FROM fiche JOIN theme ON theme.id = theme_id '
                          'ORDER BY theme.ordre, theme.id, fiche.id'):
        chefs = [noms.agents[id_] for id_, in sql(
            'SELECT agent_id FROM pilotage WHERE fiche_id = ? ORDER BY rang, agent_id', r['id'])]
        associees = [places()[code_de_place(*place)].nom for place in sql(
            'SELECT structure_id, direction_id FROM associable WHERE fiche_id = ? '
            'ORDER BY rang, structure_id, direction_id', r['id'])]
        theme, icone, theme_court = noms.themes[r['theme_id']]
        structure, direction = noms.directions[r['direction_id']]
        yield r | {'theme': theme, 'icone': icone, 'theme_court': theme_court,
                   'structure': structure, 'direction': direction,
                   'chef_de_file': ''.join(chefs[:1]), 'co_chefs': chefs[1:], 'associees': associees,
                   'adherents_de': noms.structures.get(r['adherents_de_id']),
                   'mise_a_jour': r['maj_le'], 'doublon': noms.fiches[r['id']][2] or None}


def _collectivites(noms):
    for r in lire_rangees('SELECT * FROM collectivite ORDER BY id'):
        yield r | {'codes_postaux': r['codes_postaux'].split(), 'epci_siren': _collectivite(noms, r['epci_id']),
                   'epci_suivant_siren': _collectivite(noms, r['epci_suivant_id']),
                   'remplacee_par': _collectivite(noms, r['remplacee_par_id']),
                   'doublon': noms.collectivites[r['id']][1] or None}


def _adhesions(noms):
    for r in lire_rangees('SELECT * FROM adhesion ORDER BY collectivite_id, structure_id'):
        yield r | {'siren': _collectivite(noms, r['collectivite_id']), 'structure': noms.structures[r['structure_id']]}


def _demandes(noms, seules=''):
    for r in lire_rangees(f'SELECT * FROM demande WHERE numero IN ({seules or TOUTES}) ORDER BY numero'):
        theme, *_ = noms.themes.get(r['theme_id'], (None,))
        theme_de_la_fiche = noms.fiches[r['fiche_id']][0] if r['fiche_id'] else theme
        communes = [_collectivite(noms, id_) for id_, in sql(
            'SELECT collectivite_id FROM demande_commune WHERE demande_id = ?', r['numero'])]
        yield r | _equipe(r['numero'], noms) | {
            'theme': theme,
            'fiche': _fiche(noms, r['fiche_id']),
            'fiche_theme': theme_de_la_fiche if theme_de_la_fiche != theme else None,
            'collectivite_siren': _collectivite(noms, r['collectivite_id']),
            'communes': sorted(communes),
            'saisie_par': noms.agents.get(r['saisie_par_id']),
            'referent_dit': noms.agents.get(r['referent_dit_id']),
            'structure_en_charge': noms.structures.get(r['structure_id']),
            'direction_en_charge': noms.directions.get(r['direction_id'], (None, None))[1]}


def _equipe(numero, noms):
    """The cells of a team: who holds each role, since when."""
    membres, dates = {'chef_de_file': [], 'referent': [], 'associe': []}, []
    for role, agent, structure, direction, depuis in sql(
            "SELECT role, agent_id, structure_id, direction_id, depuis_le FROM membre WHERE demande_id = ? "
            "ORDER BY role = 'associe', role, rang, id", numero):
        membres[role].append(noms.agents[agent] if agent else noms.places[structure, direction])
        dates.append(depuis)
    return {'chefs_de_file': membres['chef_de_file'], 'referent': ''.join(membres['referent']),
            'associes': membres['associe'], 'equipe_depuis': dates}


def _journal(noms, seules=''):
    for r in lire_rangees(f'SELECT * FROM journal WHERE demande_id IN ({seules or TOUTES}) ORDER BY id'):
        agent = r['agent_id']
        sous_son_nom = r['auteur'] == noms.complets[agent] if agent else '@' not in r['auteur']
        yield r | {'numero': r['demande_id'], 'date': r['cree_le'], 'ligne': r['id'], 'corrige': r['corrige_id'],
                   'auteur': noms.agents[agent] if agent else r['auteur'], 'pour': noms.agents.get(r['pour_id']),
                   'signature': None if sous_son_nom else r['auteur']}


RANGEES = {'structures': _structures, 'agents': _agents, 'catalogue': _catalogue, 'collectivites': _collectivites,
           'adhesions': _adhesions, 'demandes': _demandes, 'journal': _journal}


# ---- The file ----

def exporter(quoi, sortie, noms=None, seuls=None):
    """Write one import file to a binary stream; returns how many rows. seuls: the ids of the only rows wanted."""
    rangees = RANGEES[quoi](noms or lire_noms())
    if seuls is not None:
        rangees = (rangee for rangee in rangees if rangee['id'] in seuls)
    return ecrire_csv(sortie, [c.nom for c in COLONNES[quoi]],
                      ([_cellule(c, rangee[c.nom]) for c in COLONNES[quoi]] for rangee in rangees))


TOUTES = 'SELECT numero FROM demande'                              # in SQL, which demandes


def photographier(quoi, demandes=None):
    """{what tells a row from the others (imports._rang): {column: its cell}} of all that one import file would say now.

    demandes: the numbers of the only ones that a file of demandes, or of their journal, would say.
    """
    cle, noms = ETAPES[quoi][-1].cle, lire_noms()
    seules = () if demandes is None else (', '.join(map(str, demandes)),)
    return {rangee['id'] if 'id' in rangee else tuple(rangee[c] for c in cle):
            {c.nom: _cellule(c, rangee[c.nom]) for c in COLONNES[quoi]} for rangee in RANGEES[quoi](noms, *seules)}


def _cellule(colonne, valeur):
    vide, _ = GENRES[colonne.genre]
    if valeur is None:
        return ''
    if vide == ():
        return reunir(valeur.split('\n') if isinstance(valeur, str) else valeur) if valeur else ''
    if colonne.genre in ('oui_non', 'oui_non_vide'):
        return 'oui' if valeur else 'non'
    return str(valeur)


def ecrire_csv(sortie, titres, rangees):
    """Write a CSV (UTF-8 with BOM, « ; », CRLF) whose cells are texts; returns how many rows."""
    texte = io.TextIOWrapper(sortie, 'utf-8-sig', newline='')
    table = csv.writer(texte, delimiter=';', lineterminator='\r\n')
    table.writerow(titres)
    nombre = 0
    for rangee in rangees:
        table.writerow([proteger(cellule) for cellule in rangee])
        nombre += 1
    texte.detach()
    return nombre
