"""Structures and their directions: made, corrected; a direction closed with a successor; their conventions (regles.md
§1).

A structure is open as long as one of its directions is. Closing a direction hands over, within its structure, what must
go on (accounts, fiches, teams of open demandes); what is closed, and the journal, keep the names of then. A structure
that leaves is convention.py's.
"""
from collections import namedtuple

from models import Agent, Demande, Direction, Fiche, Membre, Refus, Structure, db, lire_agents
from langue import aujourdhui, dire_ecarts, dire_nombre, enumerer, normaliser, plus_jours

from verbes.contenus import documents
from verbes.journal import auditer, conclure

CHAMPS = {
    'nom': 'Nom', 'sigle': 'Sigle', 'partenaire': 'Structure partenaire', 'site': 'Site internet',
    'presentation': 'Présentation', 'convention_du': 'Signée le', 'convention_au': 'Jusqu\'au',
    'convention_referent': 'Qui la suit', 'convention_reconduite_le': 'Reconduite le',
    'court': 'Nom court', 'telephone': 'Téléphone', 'courriel': 'Boîte aux lettres',
}
JOURS_AVANT_LA_FIN = 92                                             # of a convention: three months, when it is shown


# ---- Making, correcting ----

def creer_structure(valeurs, direction, agent):
    """A new Structure and its first Direction: there is none without."""
    _verifier_structure(valeurs)
    structure = Structure.create(**valeurs)
    Direction.create(structure=structure, **direction)
    auditer('structure créée', agent, f'{structure.nom}, direction {direction["nom"]}',
            objet=f'structure:{structure.id}')
    return structure


def creer_direction(structure, valeurs, agent):
    _nom_libre(structure.directions, valeurs['nom'], 'une direction de cette structure')
    direction = Direction.create(structure=structure, **valeurs)
    auditer('direction créée', agent, f'{direction.nom} ({structure.sigle})', objet=f'direction:{direction.id}')
    return direction


def modifier_structure(structure, valeurs, agent):
    _verifier_structure(valeurs, structure.id)
    _ecrire_ecarts(structure, valeurs, 'structure', agent)


def modifier_direction(direction, valeurs, expert, agent):
    """expert: the id of whom « désigner » proposes first among its agents, or None."""
    autres = direction.structure.directions.where(Direction.id != direction.id)
    _nom_libre(autres, valeurs['nom'], 'une direction de cette structure')
    _ecrire_ecarts(direction, valeurs, 'direction', agent)
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
    reconduite = valeurs.get('convention_reconduite_le')
    if reconduite and (not au or au < reconduite):
        raise Refus('Dites jusqu\'à quand elle est reconduite\u00a0: un jour qui vient après celui-ci.',
                    champ='convention_au')


def _nom_libre(autres, nom, de_qui):
    if any(normaliser(autre.nom) == normaliser(nom) for autre in autres):
        raise Refus(f'C\'est déjà le nom d\'{de_qui}\u00a0: donnez-en un autre.', champ='nom')


def _ecrire_ecarts(ligne, valeurs, quoi, agent):
    """Write what differs in a structure or a direction; the audit says from what to what."""
    avant = {nom: getattr(ligne, nom) for nom in valeurs}
    changes = [nom for nom in valeurs if avant[nom] != valeurs[nom]]
    if not changes:
        return
    ecarts = dire_ecarts((CHAMPS[nom], avant[nom], valeurs[nom]) for nom in changes)
    for nom in changes:
        setattr(ligne, nom, valeurs[nom])
    ligne.save(only=changes)
    auditer(f'{quoi} modifiée', agent, f'{avant["nom"]}\u00a0: {ecarts}', objet=f'{quoi}:{ligne.id}')


# ---- What depends on a direction; closing it, when its structure goes on ----

# agents: Agents whose account is not closed; fiches: [(id, title)], not archived; demandes: the numbers of the open
# ones they are in; a_nommer: of those where their person is not named yet, [(number, restricted)].
Dependances = namedtuple('Dependances', 'agents fiches demandes a_nommer')


def ce_qui_en_depend(direction):
    agents = lire_agents('WHERE agent.actif AND direction.id = ? ORDER BY agent.nom, agent.prenom', direction.id)
    fiches = db.execute_sql("SELECT id, titre FROM fiche WHERE direction_id = ? AND etat <> 'archivee' ORDER BY titre",
                            (direction.id,))
    demandes = db.execute_sql(
        """SELECT numero FROM demande WHERE clos_le IS NULL AND (direction_id = ?1 OR EXISTS (
             SELECT 1 FROM membre WHERE demande_id = demande.numero AND membre.direction_id = ?1)) ORDER BY numero""",
        (direction.id,)).fetchall()
    a_nommer = db.execute_sql(
        """SELECT DISTINCT numero, restreinte FROM membre JOIN demande ON numero = demande_id
           WHERE clos_le IS NULL AND membre.agent_id IS NULL AND membre.direction_id = ? ORDER BY numero""",
        (direction.id,))
    return Dependances(agents, fiches.fetchall(), [numero for numero, in demandes], a_nommer.fetchall())


def est_la_derniere(direction):
    """True when its structure closes with it: it leaves (convention.py)."""
    return not Direction.select().where(Direction.structure == direction.structure_id, Direction.fermee_le.is_null(),
                                        Direction.id != direction.id).exists()


def en_nombres(depend):
    """What the form of a closing has shown of Dependances."""
    agents, *autres = depend
    return [[agent.id for agent in agents], *autres]


def fermer(direction, successeur, agent):
    """Close a direction whose structure goes on: the one that succeeds takes what must go on; without one, nothing may
    be left. The Dependances that were handed over.
    """
    depend = ce_qui_en_depend(direction)
    if direction.fermee_le:
        raise Refus('C\'est déjà fermé.', 409)
    if est_la_derniere(direction):
        raise Refus(f'C\'est la dernière direction de {direction.structure.nom}\u00a0: préparez plutôt le départ de la '
                    'structure.', 409)
    if any(depend) and successeur is None:
        raise Refus(f'Choisissez la direction qui prend la suite\u00a0: {dire_ce_qui_continue(depend)}.',
                    champ='successeur')
    if successeur:
        if (successeur.fermee_le or successeur.id == direction.id
                or successeur.structure_id != direction.structure_id):
            raise Refus('Choisissez une autre direction ouverte de la même structure.', champ='successeur')
        _transmettre(direction, successeur, depend)
    Direction.update(fermee_le=aujourdhui()).where(Direction.id == direction.id).execute()
    suite = f'suite à {successeur.nom} ({successeur.structure.sigle})' if successeur else 'sans suite'
    transmis = ', '.join(_denombrer(depend)) or 'rien'
    auditer('direction fermée', agent, f'{direction.nom}\u00a0: {suite}\u00a0; {transmis}',
            objet=f'direction:{direction.id}')
    return depend


def dire_ce_qui_continue(depend):
    """« 3 comptes, 1 fiche et 2 demandes ouvertes en dépendent »."""
    return f'{enumerer(_denombrer(depend))} en dépend{"" if sum(map(len, depend[:3])) == 1 else "ent"}'


def _denombrer(depend):
    noms = ((depend.agents, ['compte']), (depend.fiches, ['fiche']), (depend.demandes, ['demande', 'ouverte']))
    return [dire_nombre(len(siens), *mots) for siens, mots in noms if siens]


def _transmettre(direction, successeur, depend):
    """Accounts, fiches, then the teams of the open demandes, each told by a line of its journal."""
    (Agent.update(direction=successeur, expert=False)
     .where(Agent.id.in_([agent.id for agent in depend.agents])).execute())
    Fiche.update(direction=successeur).where(Fiche.id.in_([numero for numero, _ in depend.fiches])).execute()
    _confier_les_associables(direction, successeur)
    for numero in depend.demandes:
        Membre.update(direction=successeur).where(Membre.demande == numero, Membre.direction == direction).execute()
        _une_seule_place(numero)
        demande = Demande.get_by_id(numero)
        if demande.direction_id == direction.id:
            demande.direction = successeur.id
        conclure(demande, None, 'equipe', f'Fermeture\u00a0: {direction.nom}. {successeur.nom} '
                 f'({successeur.structure.sigle}) prend la suite.')


def _confier_les_associables(direction, successeur):
    """Who succeeds may be associated where it was, once."""
    db.execute_sql('UPDATE OR IGNORE associable SET direction_id = ? WHERE direction_id = ?',
                   (successeur.id, direction.id))
    db.execute_sql('DELETE FROM associable WHERE direction_id = ?', (direction.id,))


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
    auditer('direction rouverte', agent, direction.nom, objet=f'direction:{direction.id}')


# ---- Conventions ----

def joindre_convention(structure, agent, fichiers):
    """Keep the signed convention: a PDF, read by administrateurs alone."""
    if any(not nom.lower().endswith('.pdf') for nom, _ in fichiers):
        raise Refus('Joignez la convention signée en PDF.', champ='pieces')
    return documents.ajouter_document('convention', structure.id, 'Convention signée', fichiers, agent)

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
