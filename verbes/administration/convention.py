"""Before a structure leaves: what its people and itself hold, who may take it, what would be done (regles.md §1).

Its accounts close, or follow to where their people really go; what it held goes to named successors of any structure,
and what nobody takes to the administrateurs. What is shown is what passation.py then writes, or nothing.
"""
from peewee import JOIN

from models import Contenu, Demande, Direction, Fiche, Groupe, Membre, Refus, administrateurs, db, lire_agents
from langue import aujourdhui, dire_jour, dire_nombre, un_jour

from verbes.journal import empreinte
from verbes.regles import STATUTS, dire_place
from .succession import (
    GARDER, Ligne, Plan, faute_du_repreneur, lire_agent, photographier, qui_reprend, restreinte)

EXPLICATION = ('La structure qui proposait cet accompagnement a quitté la Plateforme. Vous pouvez déposer une demande '
               'libre\u00a0: l\'équipe de la Plateforme l\'oriente.')
EXPLICATION_MAX = 500


# ---- What a structure holds, a line each ----

def est_ouverte(structure):
    return structure.directions.where(Direction.fermee_le.is_null()).exists()


def agents_de(structure):
    """Its Agents, those who have left too."""
    return lire_agents('WHERE structure.id = ? ORDER BY agent.nom, agent.prenom, agent.id', structure.id)


def tenir(structure, agents=None):
    """Every Ligne of a structure, in the order of the page; what is over is not in it."""
    noms = {agent.id: agent.nom_complet for agent in agents or agents_de(structure)}
    return [*_places(structure, noms), *_fiches(structure, noms), *_groupes(noms), *_contenus(structure)]


def _places(structure, noms):
    """The places of its people in the open demandes; its own, whose person is not named."""
    places = (Membre.select(Membre, Demande, Fiche).join(Demande).join(Fiche, JOIN.LEFT_OUTER)
              .where(Demande.clos_le.is_null(), Membre.agent.in_(list(noms))
                     | (Membre.agent.is_null() & (Membre.structure == structure)))
              .order_by(Membre.role, Membre.demande, Membre.rang))
    suivies = {numero for numero, in db.execute_sql(
        """SELECT demande_id FROM membre JOIN demande ON numero = demande_id
           WHERE role = 'referent' AND clos_le IS NULL""")}
    for place in places:
        demande = place.demande
        premier = place.role == 'chef_de_file' and not place.rang and demande.numero not in suivies
        repond = (place.role == 'referent' or premier) and demande.statut != 'rejete'
        yield Ligne(f'm{place.id}', place.role, place, demande.titre, dire_place(place.role, place.rang),
                    STATUTS[demande.statut], repond, de=noms.get(place.agent_id, structure.sigle))


def _fiches(structure, noms):
    """Those of its directions (« fiche »), and those that its people pilot elsewhere (« copilotee »)."""
    pilotent = {}
    for numero, agent in db.execute_sql('SELECT fiche_id, agent_id FROM pilotage ORDER BY rang'):
        if agent in noms:
            pilotent.setdefault(numero, []).append(noms[agent])
    lues = db.execute_sql(
        f"""SELECT fiche.id, titre, structure_id, adherents_de_id,
                   (SELECT count(*) FROM demande WHERE fiche_id = fiche.id AND clos_le IS NULL)
            FROM fiche JOIN direction ON direction.id = direction_id
            WHERE etat <> 'archivee' AND (structure_id = ? OR fiche.id IN ({', '.join('?' * len(pilotent))}))
            ORDER BY titre, fiche.id""", (structure.id, *pilotent)).fetchall()
    for numero, titre, structure_id, adherents, ouvertes in lues:
        mentions = [dire_nombre(ouvertes, 'demande', 'ouverte')]
        quoi = ('fiche', 'pilotée par cette structure') if structure_id == structure.id else ('copilotee', 'co-pilotée')
        if adherents == structure.id:
            mentions.append('réservée à ses adhérents\u00a0: à relire')
        yield Ligne(f'f{numero}', quoi[0], numero, titre, quoi[1], ', '.join(mentions),
                    de=', '.join(pilotent.get(numero, ())))


def _groupes(noms):
    menes = Groupe.select().where(Groupe.animateur.in_(list(noms)), Groupe.ferme_le.is_null()).order_by(Groupe.nom)
    for groupe in menes:
        yield Ligne(f'g{groupe.id}', 'groupe', groupe.id, f'Groupe de travail «\u00a0{groupe.nom}\u00a0»',
                    'animateur', 'publie ses documents', de=noms[groupe.animateur_id])


def _contenus(structure):
    """Its meetings to come, its documents that are read."""
    a_venir = Contenu.genre == 'evenement', Contenu.etat != 'retire', Contenu.debut_le >= aujourdhui()
    lus = Contenu.genre == 'document', Contenu.etat == 'publie'
    for quoi, genre, conditions in (('reunion', 'Réunion', a_venir), ('document', 'Document', lus)):
        for contenu in Contenu.select().where(Contenu.structure == structure, *conditions).order_by(Contenu.id):
            quand = f' du {dire_jour(contenu.debut_le, True)}' if contenu.debut_le else ''
            yield Ligne(f'e{contenu.id}', quoi, contenu.id, f'{genre}{quand} «\u00a0{contenu.titre}\u00a0»', 'auteur',
                        'retirée si personne ne la reprend' if quoi == 'reunion' else 'reste lu, à son nom')


# ---- Before anything is written ----

def preparer(structure, par, choix):
    """The Plan of these choices; when its fautes are not empty, nothing may be written. Refus 409 once it has left."""
    if not est_ouverte(structure):
        raise Refus(f'{structure.nom} a déjà quitté la Plateforme\u00a0: il n\'y a plus rien à préparer.', 409)
    agents = agents_de(structure)
    lignes, (suivis, fautes) = tenir(structure, agents), _suivis(agents, structure, choix)
    fautes = _fautes_generales(structure, agents, suivis, lignes, choix) | fautes
    passages = []
    for ligne in lignes:
        repreneur, faute = _repreneur(ligne, choix, agents, suivis)
        if faute:
            fautes.setdefault(*faute)
        elif repreneur:
            passages.append((ligne, repreneur))
    vu = _empreinte_de(structure, choix, agents, lignes, passages)
    return Plan(structure, par, choix, lignes, passages, fautes, vu, agents, suivis=suivis)


def _suivis(agents, structure, choix):
    """({id of an Agent who goes on elsewhere: their new Direction}, faults)."""
    ouvertes = {str(direction.id): direction for direction in Direction.select().where(
        Direction.fermee_le.is_null(), Direction.structure != structure)}
    vers = {agent.id: choix.comptes.get(f'c{agent.id}', '') for agent in agents if agent.actif}
    suivis = {id_: ouvertes[voulue] for id_, voulue in vers.items() if voulue in ouvertes}
    return suivis, {f'c{id_}': 'Choisissez dans la liste une direction ouverte d\'une autre structure.'
                    for id_, voulue in vers.items() if voulue and id_ not in suivis}


def _fautes_generales(structure, agents, suivis, lignes, choix):
    fautes, ferment = {}, {agent.id for agent in agents} - set(suivis)
    if not any(admin.ouvert_le and admin.id not in ferment for admin in administrateurs()):
        fautes['defaut'] = (f'Le dernier administrateur dont le compte ait été ouvert est de {structure.nom}\u00a0: '
                            'donnez d\'abord ce droit à quelqu\'un d\'une autre structure, et qu\'il ouvre son '
                            'compte.')
    elif choix.defaut not in ('', GARDER):
        faute = _faute_de(lire_agent(choix.defaut), agents, suivis)
        fautes |= {'defaut': faute} if faute else {}
    suspendues = [ligne for ligne in a_suspendre(lignes) if choix.lignes.get(ligne.cle, choix.defaut) == GARDER]
    if suspendues and not choix.explication.strip():
        fautes['explication'] = 'Écrivez ce que le public lira des fiches que personne ne reprend.'
    elif len(choix.explication) > EXPLICATION_MAX:
        fautes['explication'] = f'Cette phrase dépasse {EXPLICATION_MAX} caractères\u00a0: raccourcissez-la.'
    return fautes


def a_suspendre(lignes):
    """Of these Lignes, the fiches that the public reads as those of the structure."""
    publiees = {numero for numero, in db.execute_sql("SELECT id FROM fiche WHERE etat = 'publiee'")}
    return [ligne for ligne in lignes if ligne.quoi == 'fiche' and ligne.objet in publiees]


def _faute_de(choisi, agents, suivis):
    part = choisi and choisi.id in {agent.id for agent in agents}
    if part and choisi.id not in suivis:
        return f'Le compte de {choisi.nom_complet} se ferme aussi\u00a0: choisissez quelqu\'un d\'une autre structure.'
    return faute_du_repreneur(choisi)


def _repreneur(ligne, choix, agents, suivis):
    """(the Agent who takes a line or None: the administrateurs, (field, sentence) or None)."""
    reponse = choix.lignes.get(ligne.cle, '')
    if restreinte(ligne) and not reponse:
        return None, (ligne.cle, 'Choisissez une personne, avec l\'accord de la collectivité, ou les administrateurs.')
    if not reponse and not choix.defaut:
        return None, ('defaut', 'Choisissez qui reprend par défaut, ou quelqu\'un à chaque ligne.')
    if (reponse or choix.defaut) == GARDER:
        return None, None
    repreneur = lire_agent(reponse or choix.defaut)
    faute = _faute_de(repreneur, agents, suivis)
    if faute:
        return None, (ligne.cle if reponse else 'defaut', faute)
    accord = choix.accords.get(ligne.cle, '')
    if restreinte(ligne) and not (un_jour(accord) and accord <= aujourdhui()):
        return None, (f'accord_{ligne.cle}', 'Indiquez quel jour la collectivité a donné son accord, aujourd\'hui au '
                      'plus tard\u00a0; sinon, choisissez les administrateurs.')
    if repreneur.id in suivis:
        repreneur.direction = suivis[repreneur.id]
    return repreneur, None


def _empreinte_de(structure, choix, agents, lignes, passages):
    """As of an agent: equal, nothing has moved since it was shown."""
    comptes = [[a.id, a.actif, a.pilote, a.administrateur, a.direction_id] for a in agents]
    objets = [[x.cle, x.titre, x.de, x.objet.demande.version if isinstance(x.objet, Membre) else 0] for x in lignes]
    directions = [d.id for d in structure.directions.where(Direction.fermee_le.is_null()).order_by(Direction.id)]
    tables = [[*cle, rangs] for cle, rangs in photo(structure, agents).items()]
    return empreinte([choix, comptes, objets, directions, tables, qui_reprend(passages)])


# The rows of associable by which a fiche names a structure, or one of its directions.
ASSOCIABLE = '(structure_id = ?1 OR direction_id IN (SELECT id FROM direction WHERE structure_id = ?1))'


def ce_qui_finit(structure):
    """(how many adhésions, how many fiches that say that it may be associated) end with it."""
    return db.execute_sql(
        f"""SELECT (SELECT count(*) FROM adhesion WHERE structure_id = ?1 AND coalesce(jusqu_au, '9') > ?2),
                   (SELECT count(DISTINCT fiche_id) FROM associable WHERE {ASSOCIABLE})""",
        (structure.id, aujourdhui())).fetchone()


def photo(structure, agents, aussi=()):
    """photographier() of its people, with the fiches of its directions, those that name it, the feuilles de route where
    it holds a step, its adhésions.
    """
    cles = db.execute_sql(
        f"""SELECT 'pilotage', 'fiche_id', fiche.id FROM fiche JOIN direction ON direction.id = direction_id
            WHERE structure_id = ?1 UNION SELECT 'associable', 'fiche_id', fiche_id FROM associable WHERE {ASSOCIABLE}
            UNION SELECT 'jalon', 'demande_id', demande_id FROM jalon WHERE structure_id = ?1""",
        (structure.id,))
    return photographier(agents, [('adhesion', 'structure_id', structure.id), *cles, *aussi])
