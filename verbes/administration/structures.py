"""Structures and their directions: made, corrected, closed with a successor; their conventions (domaine.md §1).

A structure is open as long as one of its directions is. Closing hands over what must go on (accounts, fiches, teams of
open demandes); what is closed, and the journal, keep the names of then.
"""
from collections import namedtuple

from models import (
    Absence, Agent, Delegation, Demande, Direction, Fiche, Membre, Refus, Structure, db, lire_agents)
from langue import aujourdhui, dire_nombre, enumerer, normaliser, plus_jours

from verbes.journal import auditer, conclure
from verbes.relais import pas_finie

JOURS_AVANT_LA_FIN = 92                                             # of a convention: three months, when it is shown


# ======================================================================================
# Making, correcting
# ======================================================================================

def creer_structure(valeurs, direction, agent):
    """A new Structure and its first Direction: there is none without."""
    _verifier_structure(valeurs)
    structure = Structure.create(**valeurs)
    Direction.create(structure=structure, **direction)
    auditer('structure créée', agent, f'{structure.nom}, direction {direction["nom"]}')
    return structure


def creer_direction(structure, valeurs, agent):
    _nom_libre(structure.directions, valeurs['nom'], 'une direction de cette structure')
    direction = Direction.create(structure=structure, **valeurs)
    auditer('direction créée', agent, f'{direction.nom} ({structure.sigle})')
    return direction


def modifier_structure(structure, valeurs, agent):
    _verifier_structure(valeurs, structure.id)
    _ecrire(structure, valeurs, 'structure', agent)


def modifier_direction(direction, valeurs, expert, agent):
    """expert: the id of whom « désigner » proposes first among its agents, or None."""
    autres = direction.structure.directions.where(Direction.id != direction.id)
    _nom_libre(autres, valeurs['nom'], 'une direction de cette structure')
    _ecrire(direction, valeurs, 'direction', agent)
    nomme = expert and Agent.get_or_none(Agent.id == expert, Agent.direction == direction, Agent.actif,
                                            Agent.lecteur_au.is_null())
    if expert and not nomme:
        raise Refus('L\'expert par défaut est un agent de cette direction, dont le compte est ouvert.', champ='expert')
    _proposer(direction, nomme, agent)


def _proposer(direction, nomme, agent):
    ancien = Agent.get_or_none(Agent.direction == direction, Agent.expert)
    if ancien == nomme:
        return
    Agent.update(expert=False).where(Agent.direction == direction).execute()
    if nomme:
        Agent.update(expert=True).where(Agent.id == nomme.id).execute()
    auditer('expert par défaut', agent, f'{direction.nom}\u00a0: {nomme.nom_complet if nomme else "personne"}',
            objet=f'direction:{direction.id}')


def _verifier_structure(valeurs, sauf=0):
    _nom_libre(Structure.select().where(Structure.id != sauf), valeurs['nom'], 'une structure')
    du, au = valeurs['convention_du'], valeurs['convention_au']
    if du and au and au < du:
        raise Refus('La fin de la convention est avant sa signature\u00a0: corrigez l\'une des deux dates.',
                    champ='convention_au')


def _nom_libre(autres, nom, de_qui):
    if any(normaliser(autre.nom) == normaliser(nom) for autre in autres):
        raise Refus(f'C\'est déjà le nom d\'{de_qui}\u00a0: donnez-en un autre.', champ='nom')


def _ecrire(ligne, valeurs, quoi, agent):
    """Write what differs in a structure or a direction; the audit says which fields, and a new name."""
    avant = {nom: getattr(ligne, nom) for nom in valeurs}
    changes = [nom for nom in valeurs if avant[nom] != valeurs[nom]]
    if not changes:
        return
    for nom in changes:
        setattr(ligne, nom, valeurs[nom])
    ligne.save(only=changes)
    devenu = f', devient «\u00a0{ligne.nom}\u00a0»' if 'nom' in changes else ''
    auditer(f'{quoi} modifiée', agent, f'{avant["nom"]}{devenu}\u00a0: {", ".join(changes)}',
            objet=f'{quoi}:{ligne.id}')


# ======================================================================================
# What depends on directions; closing them
# ======================================================================================

# agents: Agents whose account is not closed; fiches: [(id, title)], not archived; demandes: the numbers of the open
# ones they are in; a_nommer: of those where their person is not named yet, [(number, restricted)].
Dependances = namedtuple('Dependances', 'agents fiches demandes a_nommer')


def ce_qui_en_depend(directions):
    """The Dependances of directions of one structure, closed together."""
    parmi, ids = _parmi(directions)
    agents = lire_agents(f'WHERE agent.actif AND direction.id IN ({parmi}) ORDER BY agent.nom, agent.prenom', *ids)
    fiches = db.execute_sql(
        f"SELECT id, titre FROM fiche WHERE direction_id IN ({parmi}) AND etat <> 'archivee' ORDER BY titre", ids)
    places, valeurs = _places(directions, 'membre')
    demandes = db.execute_sql(
        f"""SELECT numero FROM demande WHERE clos_le IS NULL AND (direction_id IN ({parmi}) OR EXISTS (
              SELECT 1 FROM membre WHERE membre.demande_id = demande.numero AND {places})) ORDER BY numero""",
        (*ids, *valeurs)).fetchall()
    a_nommer = db.execute_sql(
        f"""SELECT DISTINCT numero, restreinte FROM membre JOIN demande ON numero = membre.demande_id
            WHERE clos_le IS NULL AND membre.agent_id IS NULL AND {places} ORDER BY numero""", valeurs)
    return Dependances(agents, fiches.fetchall(), [numero for numero, in demandes], a_nommer.fetchall())


def _parmi(directions):
    return ', '.join('?' * len(directions)), tuple(direction.id for direction in directions)


def _places(directions, table):
    """The condition on the rows of a table « at these directions », or at the structure itself once none of its own is
    left.
    """
    parmi, ids = _parmi(directions)
    if reste_ouverte(directions):
        return f'{table}.direction_id IN ({parmi})', ids
    structure = directions[0].structure_id
    return (f'({table}.direction_id IN ({parmi}) OR ({table}.direction_id IS NULL AND {table}.structure_id = ?))',
            (*ids, structure))


def reste_ouverte(directions):
    """True when the structure of these directions has another one that is open."""
    ids = [direction.id for direction in directions]
    return Direction.select().where(Direction.structure == directions[0].structure_id,
                                    Direction.fermee_le.is_null(), Direction.id.not_in(ids)).exists()


def en_nombres(depend):
    """What the form of a closing has shown of Dependances."""
    agents, *autres = depend
    return [[agent.id for agent in agents], *autres]


def fermer(directions, successeur, agent):
    """Close directions of one structure, all together: the Direction that succeeds takes what must go on; without one,
    nothing may be left. The Dependances that were handed over.
    """
    depend = ce_qui_en_depend(directions)
    if any(direction.fermee_le for direction in directions):
        raise Refus('C\'est déjà fermé.', 409)
    if any(depend) and successeur is None:
        raise Refus(f'Choisissez la direction qui prend la suite\u00a0: {dire_ce_qui_continue(depend)}.',
                    champ='successeur')
    if successeur:
        _verifier_successeur(directions, successeur, depend.agents)
        _transmettre(directions, successeur, depend)
    _, ids = _parmi(directions)
    Direction.update(fermee_le=aujourdhui()).where(Direction.id.in_(ids)).execute()
    noms = ', '.join(direction.nom for direction in directions)
    suite = f'suite à {successeur.nom} ({successeur.structure.sigle})' if successeur else 'sans suite'
    auditer('direction fermée', agent, f'{noms}\u00a0: {suite}\u00a0; {", ".join(_denombrer(depend)) or "rien"}')
    return depend


def dire_ce_qui_continue(depend):
    """« 3 comptes, 1 fiche et 2 demandes ouvertes en dépendent »."""
    return f'{enumerer(_denombrer(depend))} en dépend{"" if sum(map(len, depend[:3])) == 1 else "ent"}'


def _denombrer(depend):
    noms = ((depend.agents, ['compte']), (depend.fiches, ['fiche']), (depend.demandes, ['demande', 'ouverte']))
    return [dire_nombre(len(siens), *mots) for siens, mots in noms if siens]


def _verifier_successeur(directions, successeur, agents):
    if successeur.fermee_le or successeur in directions:
        raise Refus('Choisissez une direction ouverte, qui ne ferme pas elle-même.', champ='successeur')
    if successeur.structure_id == directions[0].structure_id:
        return
    coupes = _relais_coupes([agent.id for agent in agents])
    if coupes:
        raise Refus('Un suppléant, un délégataire sont de la même structure, et ne le seraient plus\u00a0: '
                    f'{", ".join(coupes)}. Mettez d\'abord fin à ces absences et délégations.', champ='successeur')


def _relais_coupes(partants):
    """« A et B » of those who act for each other, now or later, and would not be of one structure any more."""
    paires = [(a.agent, a.suppleant) for a in
              Absence.select().where(pas_finie(Absence), Absence.suppleant.is_null(False))]
    paires += [(d.pour, d.par) for d in Delegation.select().where(pas_finie(Delegation))]
    return [f'{qui.nom_complet} et {autre.nom_complet}' for qui, autre in paires
            if (qui.id in partants) != (autre.id in partants)]


def _transmettre(directions, successeur, depend):
    """Accounts, fiches, then the teams of the open demandes, each told by a line of its journal."""
    _, ids = _parmi(directions)
    structure_ferme = not reste_ouverte(directions)
    (Agent.update(direction=successeur, expert=False)
     .where(Agent.id.in_([agent.id for agent in depend.agents])).execute())
    Fiche.update(direction=successeur).where(Fiche.id.in_([numero for numero, _ in depend.fiches])).execute()
    _confier_les_associables(directions, successeur)
    places, valeurs = _places(directions, 'membre')
    fermees = ', '.join(direction.nom for direction in directions)
    for numero in depend.demandes:
        db.execute_sql(f"""UPDATE membre SET structure_id = ?, direction_id = iif(direction_id IS NULL, NULL, ?)
                           WHERE demande_id = ? AND {places}""",
                       (successeur.structure_id, successeur.id, numero, *valeurs))
        _une_seule_place(numero)
        demande = Demande.get_by_id(numero)
        if demande.direction_id in ids or (structure_ferme and demande.structure_id == directions[0].structure_id):
            demande.structure, demande.direction = successeur.structure_id, successeur.id
        conclure(demande, None, 'equipe', f'Fermeture\u00a0: {fermees}. {successeur.nom} '
                 f'({successeur.structure.sigle}) prend la suite.')


def _confier_les_associables(directions, successeur):
    """Who succeeds may be associated where these were, once."""
    ceux_la, valeurs = _places(directions, 'associable')
    db.execute_sql(f"""UPDATE OR IGNORE associable
                       SET structure_id = iif(structure_id, ?, NULL), direction_id = iif(direction_id, ?, NULL)
                       WHERE {ceux_la}""", (successeur.structure_id, successeur.id, *valeurs))
    db.execute_sql(f'DELETE FROM associable WHERE {ceux_la}', valeurs)


def _une_seule_place(numero):
    """The one who succeeds may be invited already: a place whose person is not named is there once."""
    vues = set()
    for place in Membre.select().where(Membre.demande == numero, Membre.agent.is_null()).order_by(Membre.id):
        ou = place.structure_id, place.direction_id
        if ou in vues:
            place.delete_instance()
        vues.add(ou)


def rouvrir(direction, agent):
    """Open a direction again, empty: what it handed over stays where it is."""
    if not direction.fermee_le:
        raise Refus('Cette direction est déjà ouverte.', 409)
    Direction.update(fermee_le=None).where(Direction.id == direction.id).execute()
    auditer('direction rouverte', agent, direction.nom)


# ======================================================================================
# Conventions
# ======================================================================================

def etat_de_convention(au, jour):
    """« proche », « finie », or '' while the last day of a convention is not within three months."""
    if not au or au > plus_jours(jour, JOURS_AVANT_LA_FIN):
        return ''
    return 'finie' if au < jour else 'proche'


def conventions_a_renouveler():
    """[(id, name, last day)] of the open structures whose convention ends within three months, or has ended."""
    return db.execute_sql(
        """SELECT id, nom, convention_au FROM structure WHERE convention_au <= ? AND EXISTS (
             SELECT 1 FROM direction WHERE structure_id = structure.id AND fermee_le IS NULL)
           ORDER BY convention_au, nom""", (plus_jours(aujourdhui(), JOURS_AVANT_LA_FIN),)).fetchall()
