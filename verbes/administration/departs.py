"""Accounts that come and go: inviting all, closing, what a leaver still holds, reopening.

Closing takes away what opens an account and ends what it does for others; the demandes and fiches stay where they are
until someone takes them over: meanwhile who stands in for an absent agent must act (questions.qui_doit_agir).
"""
from collections import namedtuple

from models import (
    Absence, Agent, CodeSecours, Delegation, Demande, Fiche, Groupe, Lien, Membre, Pilotage, Refus, Reseau, Session,
    administrateurs)

from verbes.comptes import envoyer_invitation, exiger_un_compte_qui_ouvre, inviter_s_il_le_faut
from verbes.journal import auditer_pour
from verbes.regles import dire_place
from verbes.relais import dire_periode, pas_finie, tout_rendre

# ---- What an agent holds ----

# demandes: {role as it is said: [numbers]} of the open ones; direction: the one they are pilote of, or ''; groupes: the
# names of the groupes de travail they lead.
Tenu = namedtuple('Tenu', 'demandes fiches direction relais groupes')


def ce_que_tient(agent):
    """All that an agent holds, as a Tenu: what is over is not in it."""
    return Tenu(_demandes(agent), _fiches(agent), agent.direction.nom if agent.pilote else '', _relais(agent),
                _groupes(agent))


def _demandes(agent):
    places = (
        Membre.select(Membre.role, Membre.rang, Membre.demande)
        .join(Demande)
        .where(Membre.agent == agent, Demande.clos_le.is_null())
        .order_by(Demande.numero)
    )
    par_role = {}
    for place in places:
        par_role.setdefault(dire_place(place.role, place.rang), []).append(place.demande_id)
    return par_role


def _fiches(agent):
    pilotees = (
        Fiche.select(Fiche.titre)
        .join(Pilotage)
        .where(Pilotage.agent == agent, Fiche.etat != 'archivee')
        .order_by(Fiche.titre)
    )
    return [titre for titre, in pilotees.tuples()]


def _groupes(agent):
    menes = Groupe.select(Groupe.nom).where(Groupe.animateur == agent, Groupe.ferme_le.is_null()).order_by(Groupe.nom)
    return [nom for nom, in menes.tuples()]


def _relais(agent):
    """The delegations, absences and suppléances that are to come or under way, in words."""
    phrases = []
    for delegation in _pas_finis(Delegation).where((Delegation.pour == agent) | (Delegation.par == agent)):
        periode = dire_periode(delegation.du, delegation.au)
        if delegation.pour_id == agent.id:
            phrases.append(f'délégation donnée à {delegation.par.nom_complet}, {periode}')
        else:
            phrases.append(f'délégation reçue de {delegation.pour.nom_complet}, {periode}')
    for absence in _pas_finis(Absence).where((Absence.agent == agent) | (Absence.suppleant == agent)):
        periode = dire_periode(absence.du, absence.au)
        if absence.suppleant_id == agent.id:
            phrases.append(f'suppléance de {absence.agent.nom_complet}, {periode}')
        elif absence.suppleant_id:
            phrases.append(f'absence {periode}, suppléant\u00a0: {absence.suppleant.nom_complet}')
    return phrases


def _pas_finis(table):
    return table.select().where(pas_finie(table)).order_by(table.id)


def dire_ce_que_tient(tenu):
    """What someone else must take over, a sentence each; the relais are not: they end with the account."""
    phrases = [
        f'{role[:1].lower()}{role[1:]} de {_compter_choses(numeros, "demande ouverte", "demandes ouvertes")}\u00a0: '
        f'n°\u00a0{", ".join(map(str, numeros))}' for role, numeros in tenu.demandes.items()]
    if tenu.fiches:
        phrases.append(f'pilote de {_compter_choses(tenu.fiches, "fiche", "fiches")}\u00a0: {", ".join(tenu.fiches)}')
    if tenu.direction:
        phrases.append(f'remplace les chefs de file absents de sa direction ({tenu.direction})')
    if tenu.groupes:
        phrases.append(f'anime {_compter_choses(tenu.groupes, "groupe", "groupes")} de travail\u00a0: '
                       f'{", ".join(tenu.groupes)}')
    return phrases


def _compter_choses(choses, une, plusieurs):
    return f'{len(choses)} {une if len(choses) == 1 else plusieurs}'


# ---- Closing, reopening, inviting ----

def fermer(agent, par=None, pourquoi=''):
    """Close an account, at once: what it held until then (Tenu). par: who does, when it is not from a command."""
    if not agent.actif:
        raise Refus(f'Le compte de {agent.nom_complet} est déjà fermé.')
    exiger_un_autre_administrateur(agent)
    charges = ce_que_tient(agent)
    effacer(agent)
    auditer_pour('compte fermé', agent, par, pourquoi)
    return charges


def exiger_un_autre_administrateur(agent):
    """Refus for the last administrateur; an account never opened administers nothing, unless this one neither."""
    if not reste_un_administrateur(agent):
        raise Refus(f'Le dernier administrateur dont le compte ait été ouvert est {agent.nom_complet}\u00a0: '
                    'donnez d\'abord ce droit à un autre, et qu\'il ouvre son compte.',
                    champ='administrateur')


def reste_un_administrateur(agent):
    """True unless this one is the last."""
    restent = [autre for autre in administrateurs()
               if autre.id != agent.id and (autre.ouvert_le or not agent.ouvert_le)]
    return bool(restent or not agent.administrateur)


def effacer(agent):
    """Nothing opens this account nor acts for it any more: reopened, it would find none of it again."""
    tout_rendre(agent)
    _retirer_les_acces(agent, actif=False)


def rouvrir(agent, par=None):
    """Open a closed account again, with the rights it had and nothing else; mails an invitation, returns its token."""
    if agent.actif:
        raise Refus(f'Le compte de {agent.nom_complet} est ouvert\u00a0: une nouvelle invitation suffit.', 409)
    if agent.direction.fermee_le:
        raise Refus(f'La direction de {agent.nom_complet} est fermée\u00a0: donnez-lui d\'abord une autre direction.',
                    409)
    exiger_un_compte_qui_ouvre(agent)
    _retirer_les_acces(agent, actif=True)
    auditer_pour('compte rouvert', agent, par)
    return envoyer_invitation(agent, par)


def _retirer_les_acces(agent, actif):
    """No password, second factor, session nor link: only a new invitation would open this account."""
    Agent.update(actif=actif, mot_de_passe=None, second_facteur=None, dernier_pas=0, ouvert_le=None).where(
        Agent.id == agent.id).execute()
    for table in (Session, Lien, CodeSecours, Reseau):
        table.delete().where(table.agent == agent).execute()


def inviter_tous(par=None):
    """Invite all who never opened their account, but those invited less than a day ago: (invited, those)."""
    attendus = list(Agent.select().where(
        Agent.actif, Agent.mot_de_passe.is_null(), Agent.ouvert_le.is_null()).order_by(Agent.id))
    attendus = [agent for agent in attendus if agent.entre]
    invites = inviter_s_il_le_faut(attendus, par)
    return len(invites), len(attendus) - len(invites)
