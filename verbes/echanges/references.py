"""What the cells of an import name in the base: the accounts, fiches, collectivités, places, lines of the journal.

Each is read whole when a cell first needs it. Two rows of one name (a fiche that was archived, a collectivité that was
replaced) are told apart by a number (reperes). Nothing here writes.
"""
import functools
import itertools
import json
from collections import Counter, namedtuple

import models
import langue
from models import Collectivite, Refus, Structure, Theme, db, lire_agents, toutes

from verbes import perimetre
from verbes.comptes import exiger_contributeur
from verbes.etiquettes import code_de_place, lire_place
from .colonnes import court

# ---- Rows that are told by a name ----

def reperes(rangees):
    """{id: (name, n)} of rows (id, name, is it the one in use?), told by their names: n is 0 for the one in use, else
    for the last; 1, 2… for the others of the same name, which were replaced or archived. dire_repere() writes it.
    """
    par_nom = {}
    for numero, nom, employee in rangees:
        par_nom.setdefault(nom, []).append((bool(employee), numero))
    noms = {}
    for nom, lignes in par_nom.items():
        *doublons, (_, premier) = sorted(lignes)
        noms[premier] = nom, 0
        libres = (n for n in itertools.count(1) if f'{nom}/{n}' not in par_nom)
        noms |= {numero: (nom, n) for n, numero in zip(libres, sorted(numero for _, numero in doublons))}
    return noms


def dire_repere(nom, doublon):
    return f'{nom}/{doublon}' if doublon else nom


def _par_repere(objets, nom, employee):
    """{label: row} of rows told by their names."""
    par_id = {objet.id: objet for objet in objets}
    trouves = reperes((id_, nom(objet), employee(objet)) for id_, objet in sorted(par_id.items()))
    return {dire_repere(*repere): par_id[id_] for id_, repere in trouves.items()}


# What an import needs of a demande.
Connue = namedtuple(
    'Connue', 'depose_le collectivite type collectivite_id statut etape fiche_id promesse delai echeance importee '
              'reprise interlocuteur_depuis')

cherche = functools.lru_cache(maxsize=4096)(langue.normaliser)


class Base(dict):
    """What the base holds, each entry read whole when first asked for: base['agent']['a@b.fr']."""

    def __missing__(self, table):
        return self.setdefault(table, LIRE[table](self))


def sql(requete, /, *valeurs, **nommees):
    return db.connection().execute(requete, nommees or valeurs)


LIRE = {
    'ouvres':       lambda b: models.Reglage.tous()['jours'] == 'ouvres',
    'fermes':       lambda b: models.jours_fermes(),
    'accord':       lambda b: models.accord_des_lecteurs(),
    'structure':    lambda b: {s.nom: s for s in Structure},
    'direction':    lambda b: {s.nom: {d.nom: d for d in s.directions} for s in Structure},
    # What can't be closed by a file: something goes on there.
    'tenues':       lambda b: set(sql(
        'SELECT structure.nom, direction.nom FROM direction JOIN structure ON structure.id = structure_id '
        'WHERE direction.id IN (SELECT direction_id FROM agent WHERE actif '
        "UNION SELECT direction_id FROM fiche WHERE etat <> 'archivee' UNION SELECT membre.direction_id FROM membre "
        'JOIN demande ON numero = demande_id WHERE clos_le IS NULL AND membre.direction_id IS NOT NULL)')),
    'agent':        lambda b: {a.courriel: a for a in lire_agents('')},
    'theme':        lambda b: {t.nom: t for t in Theme},
    'fiche':        lambda b: {t.nom: _par_repere(t.fiches, lambda f: f.titre, lambda f: f.publiee) for t in Theme},
    'collectivite': lambda b: _par_repere(toutes(Collectivite), lambda c: c.siren or c.insee,
                                          lambda c: not c.remplacee_par_id),
    # By identifiant; those of the file.
    'compte':       lambda b: {a.identifiant: a for a in b['agent'].values() if a.identifiant},
    'titre':        lambda b: {f.identifiant: f for fs in b['fiche'].values() for f in fs.values() if f.identifiant},
    'reclames':     lambda b: {ligne.v.get('identifiant') for ligne in b['lignes']} - {None},
    'publiees':     lambda b: Counter((ligne.v.get('theme'), ligne.v.get('titre')) for ligne in b['lignes']
                                      if ligne.v.get('etat') == 'publiee'),
    'commune':      lambda b: {siren: c for siren, c in b['collectivite'].items() if c.type == 'Commune'},
    'citable':      lambda b: _citables(b['collectivite'], b['lignes']),
    'epci':         lambda b: {siren: genre for siren, genre in b['citable'].items() if genre != 'Commune'},
    'insee':        lambda b: _par_insee(b['collectivite'].values()),
    'remplacees':   lambda b: {repere_siren(ligne.v) for ligne in b['lignes'] if ligne.v.get('remplacee_par')},
    # A place in a team: (agent id, structure id, direction id), by e-mail, by « structure / direction », by direction
    # when one structure only has it, by structure.
    'place':        lambda b: {nom: tuple(place) for nom, *place in sql(
        'SELECT agent.courriel, agent.id, structure_id, direction_id FROM agent '
        'JOIN direction ON direction.id = direction_id WHERE agent.lecteur_au IS NULL '
        "UNION ALL SELECT structure.nom || ' / ' || direction.nom, NULL, structure_id, direction.id "
        'FROM direction JOIN structure ON structure.id = structure_id '
        'UNION ALL SELECT nom, NULL, structure_id, max(id) FROM direction GROUP BY nom HAVING count(*) = 1 '
        'UNION ALL SELECT nom, NULL, id, NULL FROM structure')},
    # Those of a structure, by the sigle that it alone has too, or of a direction, {name: its code}.
    'associable':   lambda b: {
        **dict(sql("SELECT sigle, 's' || max(id) FROM structure GROUP BY sigle HAVING count(*) = 1")),
        **{nom: code_de_place(*place) for nom, (agent, *place) in b['place'].items() if agent is None}},
    'adherente':    lambda b: {nom: Structure(id=lire_place(code)[0]) for nom, code in b['associable'].items()
                               if code.startswith('s')},
    'demande':      lambda b: {numero: Connue(*reste) for numero, *reste in sql(
        f'SELECT numero, {", ".join(Connue._fields)} FROM demande')},
    'numeros':      lambda b: {*b['demande'], *(ligne.v.get('numero') for ligne in b['lignes'])},
    'jeton':        lambda b: dict(sql('SELECT jeton, numero FROM demande')),
    'journal':      lambda b: _lignes_du_journal({ligne.v.get('numero') for ligne in b['lignes']} - {None}),
    # Of the file, as it goes: how many lines of the same words, the line that each number has become.
    'semblables':   lambda b: Counter(),
    'ecrites':      lambda b: {},
    # Of the journal, as it goes: what the search is to read of each demande.
    'mots_neufs':   lambda b: {},
    'numerotees':   lambda b: {ligne.v['ligne']: ligne for ligne in b['lignes'] if ligne.v.get('ligne')},
}


def _citables(collectivites, lignes):
    """{SIREN: type}: as the file says, else the base."""
    types = {repere: c.type for repere, c in collectivites.items()}
    return types | {repere_siren(ligne.v): ligne.v.get('type') for ligne in lignes}


def _par_insee(collectivites):
    """{INSEE code: who bears it today}; until its day, a commune nouvelle has that of its chef-lieu for nobody."""
    a_venir, communes = perimetre.lire().a_venir, [c for c in collectivites if c.insee]
    actuelles = {c.insee: c for c in communes if not c.remplacee_par_id}
    return actuelles | {c.insee: c for c in communes if c.id not in a_venir and perimetre.actuelle(c.id) == c.id}


def repere_siren(v):
    return dire_repere(v.get('siren') or v.get('insee') or '', v.get('doublon'))


def collectivite_connue(v, b):
    """The one of its SIREN, else the commune nouvelle of its INSEE code, whose SIREN it may bring; or None."""
    collectivites = b['collectivite']
    return collectivites.get(repere_siren(v)) or collectivites.get(v.get('insee'))


def _lignes_du_journal(demandes):
    """{words: [(id, who, day of the act)]}, the lines of the same words in their order, of these demandes."""
    lignes = {}
    for *cle, numero, qui, acte_le in sql(
            "SELECT demande_id, cree_le, nature, coalesce(statut, ''), texte, id, coalesce(agent_id, auteur), acte_le "
            'FROM journal WHERE demande_id IN (SELECT value FROM json_each(?)) ORDER BY id', json.dumps([*demandes])):
        lignes.setdefault(tuple(cle), []).append((numero, qui, acte_le))
    return lignes


def _dans(table, phrase, parent=None):
    """A finder of what a cell names; with parent, within what that other cell names
    (when that one is the fault, it is said once).
    """
    def trouver(nom, v, base):
        par_nom = base[table].get(v.get(parent)) if parent else base[table]
        if par_nom is None:
            return None
        if nom in par_nom:
            return par_nom[nom]
        suite = "Corrigez, ou importez d'abord ce qui manque."
        if isinstance(nom, str):
            suite = next((f'Voulez-vous dire « {n} » ?' for n in par_nom if cherche(n) == cherche(nom)), suite)
        raise Refus(f'{phrase.format(court(nom))}. {suite}')
    return trouver


def _collectivite(siren, v, base):
    cible = _dans('collectivite', "Le SIREN {} n'est pas dans la base")(siren, v, base)
    if garde_son_nom(cible, v, base):
        return cible
    for colonne, vrai in (('collectivite', cible.nom), ('type', cible.type)):
        dit = v.get(colonne, vrai)
        if cherche(dit) != cherche(vrai):
            raise Refus(f'Le SIREN {siren} est celui de « {cible.nom} » ({cible.type}), '
                        f'pas de « {court(dit)} » : corrigez.')
    return cible


def coder_les_places(noms, base):
    """The codes of places, of their names or codes, each once; what is no place stays as it is."""
    return list(dict.fromkeys(base['associable'].get(nom, nom) for nom in noms))


def garde_son_nom(cible, v, base):
    """True when a demande says the name that its collectivité had then: in the base, or in a line of an export."""
    demande = base['demande'].get(v.get('numero'))
    dit = v.get('collectivite'), v.get('type'), cible.id
    return bool(v.get('jeton') or demande and dit == (demande.collectivite, demande.type, demande.collectivite_id))


def _remplacante(siren, v, base):
    """Checked, not found: it may be below in the file."""
    _dans('citable', "Le SIREN {} n'est pas celui d'une collectivité de ce fichier ou de la base")(siren, v, base)


def _pas_futur(quand, v, base):
    present = langue.maintenant() if len(quand) > 10 else langue.aujourdhui()
    if quand > present:
        raise Refus('Cette date est dans le futur : corrigez-la.')


def dire_connue(demande):
    return f'déposée par « {demande.collectivite} » le {langue.dire_jour(demande.depose_le, True)}'


def dire_pris(numero, demande):
    return f"Le n° {numero} est celui d'une autre demande, {dire_connue(demande)} : donnez un autre numéro."


def dire_le_doute(numero, demande):
    return (f"Est-ce la demande n° {numero}, {dire_connue(demande)} ? Dans le fichier : ce numéro, ce jour et cette "
            "collectivité si c'est elle, un numéro libre sinon.")


def _nouveau(numero, v, base):
    """The demande of this number, or None. It must be the same one: an import never covers another's."""
    demande = base['demande'].get(numero)
    if demande is None:
        return None
    collectivite = v.get('collectivite', demande.collectivite)
    depose_le = v.get('depose_le', demande.depose_le)
    if cherche(collectivite) != cherche(demande.collectivite) and depose_le[:16] != demande.depose_le[:16]:
        raise Refus(dire_pris(numero, demande))
    return demande


_compte_de = _dans('agent', "Aucun compte n'a l'adresse {}")


def _agent(courriel, v, base):
    agent = _compte_de(courriel, v, base)
    exiger_contributeur(agent)
    return agent


def compte(courriel, v, base):
    """The account of a line, or None: the one of its identifiant, else of its address, which takes the identifiant."""
    identifiant, titulaire = v.get('identifiant'), base['agent'].get(courriel)
    agent = base['compte'].get(identifiant) if identifiant else titulaire
    if titulaire and not agent and not titulaire.identifiant:
        return titulaire
    if titulaire and (agent is not titulaire or not identifiant and titulaire.identifiant in base['reclames']):
        raise Refus(f"L'adresse {courriel} est celle d'un autre compte (identifiant : "
                    f"{titulaire.identifiant or 'aucun'}) : corrigez.")
    return agent


def titre_connu(titre, v, base):
    """The fiche of a line, or None: the one of its identifiant, else of its title, which takes the identifiant."""
    identifiant = v.get('identifiant')
    fiche = base['fiche'].get(v.get('theme'), {}).get(dire_repere(titre, v.get('doublon')))
    if identifiant is None:
        return None if fiche and fiche.identifiant in base['reclames'] else fiche
    return base['titre'].get(identifiant) or (fiche if fiche and not fiche.identifiant else None)


def _fiche(titre, v, base):
    parent = 'fiche_theme' if v.get('fiche_theme') else 'theme'
    return _dans('fiche', "La fiche « {} » n'est pas dans ce thème du catalogue", parent)(titre, v, base)


def auteur(nom, v, base):
    """The agent who wrote a line; None for a name, even one with a « @ » when « signature » says it again."""
    if '@' not in nom or v.get('signature') == nom:
        return None
    return _agent(langue.adresse(nom) or nom, v, base)


# genre: what the cell names, found in the base; a genre that is not here names nothing.
LIENS = {
    'passe':        _pas_futur,
    'instant':      _pas_futur,
    'structure':    _dans('structure', "La structure « {} » n'est pas dans la base"),
    'direction':    _dans('direction', "La direction « {} » n'est pas de cette structure", 'structure'),
    'en_charge':    _dans('direction', "La direction « {} » n'est pas de cette structure", 'structure_en_charge'),
    'places':       _dans('place', "« {} » n'est ni un agent, ni une structure, "
                                   "ni une direction d'une seule structure"),
    'associables':  _dans('associable', "« {} » n'est ni une structure, ni une direction d'une seule structure"),
    'adherents':    _dans('adherente', "La structure « {} » n'est pas dans la base"),
    'agent':        _agent,
    'agents':       _agent,
    'compte':       compte,
    'auteur':       auteur,
    'theme':        _dans('theme', "Le thème « {} » n'est pas au catalogue"),
    'titre':        titre_connu,
    'fiche':        _fiche,
    'collectivite': _collectivite,
    'communes':     _dans('commune', "Le SIREN {} n'est pas celui d'une commune de la base"),
    'epci':         _dans('epci', "Le SIREN {} n'est pas celui d'une intercommunalité de ce fichier ou de la base"),
    'remplacante':  _remplacante,
    'nouveau':      _nouveau,
    'demande':      _dans('demande', "La demande n° {} n'est pas dans la base"),
}
