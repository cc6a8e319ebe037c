"""Accounts that come and go: inviting all, closing, what a leaver still holds, reopening, the list for a review.

Closing takes away what opens an account and ends what it does for others; the demandes and fiches stay where they are
until someone takes them over: meanwhile who stands in for an absent agent must act (models.qui_doit_agir).
"""
from collections import namedtuple

from models import (
    Absence, Agent, CodeSecours, Delegation, Demande, Fiche, Lien, Membre, Pilotage, Refus, Reglage, Reseau, Session,
    administrateurs, db)
from langue import aujourdhui, dire_jour, normaliser

from .comptes import envoyer_invitation, inviter_s_il_le_faut
from .conservation import il_y_a
from .journal import auditer
from .relais import dire_periode, pas_finie, tout_rendre

# ======================================================================================
# What an agent holds
# ======================================================================================

# demandes: {role as it is said: [numbers]} of the open ones; direction: the one they are pilote of, or ''.
Tenu = namedtuple('Tenu', 'demandes fiches direction relais')


def ce_que_tient(agent):
    """All that an agent holds, as a Tenu: what is over is not in it."""
    return Tenu(_demandes(agent), _fiches(agent), agent.direction.nom if agent.pilote else '', _relais(agent))


def _demandes(agent):
    places = (
        Membre.select(Membre.role, Membre.rang, Membre.demande)
        .join(Demande)
        .where(Membre.agent == agent, Demande.clos_le.is_null())
        .order_by(Demande.numero)
    )
    par_role = {}
    for place in places:
        par_role.setdefault(place.libelle, []).append(place.demande_id)
    return par_role


def _fiches(agent):
    pilotees = (
        Fiche.select(Fiche.titre)
        .join(Pilotage)
        .where(Pilotage.agent == agent, Fiche.etat != 'archivee')
        .order_by(Fiche.titre)
    )
    return [titre for titre, in pilotees.tuples()]


def _relais(agent):
    """The delegations, absences and suppléances that are to come or under way, in words."""
    dites = []
    for delegation in _pas_finis(Delegation).where((Delegation.pour == agent) | (Delegation.par == agent)):
        periode = dire_periode(delegation.du, delegation.au)
        if delegation.pour_id == agent.id:
            dites.append(f'délégation donnée à {delegation.par.nom_complet}, {periode}')
        else:
            dites.append(f'délégation reçue de {delegation.pour.nom_complet}, {periode}')
    for absence in _pas_finis(Absence).where((Absence.agent == agent) | (Absence.suppleant == agent)):
        periode = dire_periode(absence.du, absence.au)
        if absence.suppleant_id == agent.id:
            dites.append(f'suppléance de {absence.agent.nom_complet}, {periode}')
        elif absence.suppleant_id:
            dites.append(f'absence {periode}, suppléant\u00a0: {absence.suppleant.nom_complet}')
    return dites


def _pas_finis(table):
    return table.select().where(pas_finie(table)).order_by(table.id)


def dire_ce_que_tient(tenu):
    """What someone else must take over, a sentence each; the relais are not: they end with the account."""
    phrases = [
        f'{role[:1].lower()}{role[1:]} de {_compter(numeros, "demande ouverte", "demandes ouvertes")}\u00a0: '
        f'n°\u00a0{", ".join(map(str, numeros))}' for role, numeros in tenu.demandes.items()]
    if tenu.fiches:
        phrases.append(f'pilote de {_compter(tenu.fiches, "fiche", "fiches")}\u00a0: {", ".join(tenu.fiches)}')
    if tenu.direction:
        phrases.append(f'remplace les chefs de file absents de sa direction ({tenu.direction})')
    return phrases


def _compter(choses, une, plusieurs):
    return f'{len(choses)} {une if len(choses) == 1 else plusieurs}'


# ======================================================================================
# Closing, reopening, inviting
# ======================================================================================

def fermer(agent):
    """Close an account, at once: what it held until then (Tenu)."""
    if not agent.actif:
        raise Refus(f'Le compte de {agent.nom_complet} est déjà fermé.')
    if agent.administrateur and not _autres_administrateurs(agent):
        raise Refus(f'{agent.nom_complet} est le dernier administrateur de la Plateforme dont le compte ait été '
                    'ouvert\u00a0: invitez-en d\'abord un autre, avec «\u00a0agent COURRIEL --administrateur\u00a0».')
    tenu = ce_que_tient(agent)
    tout_rendre(agent)
    _retirer_les_acces(agent, actif=False)
    auditer('compte fermé', agent)
    return tenu


def _autres_administrateurs(agent):
    """Those who stay; an account never opened administers nothing, unless this one neither."""
    return [autre for autre in administrateurs()
            if autre.id != agent.id and (autre.ouvert_le or not agent.ouvert_le)]


def rouvrir(agent):
    """Open a closed account again, with the rights it had and nothing else; mails an invitation, returns its token."""
    if agent.actif:
        raise Refus(f'Le compte de {agent.nom_complet} est ouvert\u00a0: «\u00a0agent {agent.courriel}\u00a0» '
                    'renouvelle son invitation.')
    if agent.direction.fermee_le:
        raise Refus(f'La direction de {agent.nom_complet} a fermé ({agent.direction.nom})\u00a0: changez-la d\'abord.')
    _retirer_les_acces(agent, actif=True)
    auditer('compte rouvert', agent)
    return envoyer_invitation(agent)


def _retirer_les_acces(agent, actif):
    """No password, second factor, session nor link: only a new invitation would open this account."""
    Agent.update(actif=actif, mot_de_passe=None, second_facteur=None, dernier_pas=0, ouvert_le=None).where(
        Agent.id == agent.id).execute()
    for table in (Session, Lien, CodeSecours, Reseau):
        table.delete().where(table.agent == agent).execute()


def inviter_tous():
    """Invite all who never opened their account, but those invited less than a day ago: (invited, those)."""
    attendus = list(Agent.select().where(
        Agent.actif, Agent.mot_de_passe.is_null(), Agent.ouvert_le.is_null()).order_by(Agent.id))
    invites = inviter_s_il_le_faut(attendus)
    return len(invites), len(attendus) - len(invites)


# ======================================================================================
# The list
# ======================================================================================

LISTE = ('Courriel', 'Nom', 'Prénom', 'Structure', 'Direction', 'Rôles', 'Actif', 'Second facteur',
         'Dernière connexion')
_COMPTES = """
    SELECT agent.courriel, agent.nom, agent.prenom, structure.nom, direction.nom,
           agent.administrateur, agent.pilote,
           EXISTS (SELECT 1 FROM pilotage JOIN fiche ON fiche.id = fiche_id
                   WHERE pilotage.agent_id = agent.id AND fiche.etat <> 'archivee'),
           EXISTS (SELECT 1 FROM delegation JOIN agent AS autre ON autre.id = pour_id
                   WHERE par_id = agent.id AND autre.actif AND autre.administrateur AND coalesce(au, ?1) >= ?1),
           EXISTS (SELECT 1 FROM absence JOIN agent AS autre ON autre.id = absence.agent_id
                   WHERE suppleant_id = agent.id AND autre.actif AND autre.administrateur AND coalesce(au, ?1) >= ?1),
           agent.actif, agent.second_facteur IS NOT NULL, connexion.le, agent.cree_le
    FROM agent JOIN direction ON direction.id = agent.direction_id
               JOIN structure ON structure.id = direction.structure_id
               LEFT JOIN (SELECT agent_id, max(fait_le) AS le FROM audit WHERE fait = 'connexion' GROUP BY agent_id)
                 AS connexion ON connexion.agent_id = agent.id"""
ROLES = ('administrateur', 'pilote', 'chef de file', 'délégataire d\'un administrateur',
         'suppléant d\'un administrateur')


def lister():
    """Every account, closed ones too, in the columns of LISTE: who may do what, and who still comes."""
    mois = int(Reglage.tous()['conservation_audit'])
    comptes = db.execute_sql(_COMPTES, (aujourdhui(),)).fetchall()
    comptes.sort(key=lambda compte: (normaliser(compte[1]), normaliser(compte[2]), compte[0]))
    for *identite, actif, double, connexion_le, cree_le in comptes:
        roles = ', '.join(role for role, tenu in zip(ROLES, identite[5:]) if tenu)
        derniere = dire_jour(connexion_le, True) if connexion_le else _jamais(cree_le, mois)
        yield *identite[:5], roles, _oui(actif), _oui(double), derniere


def _oui(vrai):
    return 'oui' if vrai else 'non'


def _jamais(cree_le, mois):
    """What is true of an account without a sign-in in the audit, which forgets after some months."""
    recent = cree_le > il_y_a(mois)
    return 'jamais' if recent else f'aucune depuis {mois} mois'
