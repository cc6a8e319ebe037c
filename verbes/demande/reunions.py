"""The réunion de cadrage of a demande: proposed to people of its team and to the collectivité, changed, called off; the
day after, what was agreed is to be noted (regles.md §12).
"""
import re
from collections import namedtuple

from models import Invitation, Membre, Refus, Reunion, db
from langue import aujourdhui, dire_jour, maintenant, plus_jours

from verbes import invitations, rendez_vous
from verbes.courriels import poster
from verbes.journal import avertir_aussitot, commencer, conclure, indexer, inscrire
from verbes.questions import dans_son_equipe, equipe
from verbes.rendez_vous import d_une_reunion, dire_quand, passe
from .actes import message_du_demandeur

CHAMPS = ('jour', 'debut_a', 'fin_a', 'lieu')
JOURS_A_VENIR = 366                                                 # further, it is a slip of the keyboard
# Of a réunion: was what was agreed noted since, or that there is nothing to note?
NOTEE = """EXISTS (SELECT 1 FROM journal WHERE journal.demande_id = reunion.demande_id
                   AND journal.cree_le >= reunion.jour
                   AND (journal.nature = 'reunion' OR journal.fait = 'rien_a_noter'))"""


def proposer(demande, agent, version, saisie):
    """saisie: CHAMPS, agents (ids, of the team), collectivite (is it invited). The Reunion."""
    pour_id = commencer(demande, 'reunion', agent, version)
    _controler(saisie)
    conviees = _conviees(demande, agent, saisie)
    quand = maintenant()
    reunion = Reunion.create(demande=demande, agent=agent, cree_le=quand, modifie_le=quand, **_de(saisie))
    a_dire = _tenir(reunion, conviees, agent)
    _conclure(demande, agent, version, pour_id, reunion, 'Réunion de cadrage')
    for invitation in a_dire:
        invitations.ecrire(invitation, agent, auteur=agent.nom_complet)
    _prevenir_sans_nom(demande, f'nommer qui vient à la réunion du {dire_quand(d_une_reunion(reunion, demande))}')
    return reunion


def changer(demande, agent, version, numero, saisie):
    """Another day, hour or place asks everyone again; else those alone who are invited, or no more, are told."""
    pour_id = commencer(demande, 'reunion_changer', agent, version)
    reunion = trouver(demande, numero)
    _controler(saisie)
    conviees, avant = _conviees(demande, agent, saisie), dire_quand(d_une_reunion(reunion, demande))
    change = _de(saisie) != {nom: getattr(reunion, nom) for nom in CHAMPS}
    a_dire = _tenir(reunion, conviees, agent, change)
    if not change and not a_dire:
        raise Refus('Rien n\'a changé\u00a0: modifiez un champ avant d\'enregistrer.')
    for invitation in [une for une in a_dire if une.retiree_le]:     # of the day that they know
        invitations.ecrire(invitation, agent, auteur=agent.nom_complet)
    Reunion.update(modifie_le=maintenant(), **_de(saisie)).where(Reunion.id == reunion.id).execute()
    reunion = Reunion.get_by_id(reunion.id)
    deplacee = avant != dire_quand(d_une_reunion(reunion, demande))
    dit = f'Réunion déplacée, prévue le {avant}, maintenant' if deplacee else 'Réunion changée,'
    _conclure(demande, agent, version, pour_id, reunion, dit)
    for invitation in [une for une in a_dire if not une.retiree_le]:
        invitation.reunion = reunion
        debut = 'déplacée au ' * deplacee + rendez_vous.dites(invitation)['debut']
        prevue = f'Elle était prévue le {avant}.' * deplacee
        invitations.ecrire(invitation, agent, auteur=agent.nom_complet, avant=prevue, debut=debut)
    if deplacee:
        quand = dire_quand(d_une_reunion(reunion, demande))
        _prevenir_sans_nom(demande, f'nommer qui vient à la réunion, prévue le {avant}, maintenant le {quand}')


def annuler(demande, agent, version, numero):
    pour_id = commencer(demande, 'reunion_annuler', agent, version)
    reunion = trouver(demande, numero)
    quand = dire_quand(d_une_reunion(reunion, demande))
    conclure(demande, version, 'equipe', f'Réunion du {quand} annulée.', agent, pour_id)
    invitations.redire(reunion, agent, annulee_le=maintenant())
    _prevenir_sans_nom(demande, f'rien, la réunion du {quand} est annulée')


def rien_a_noter(demande, agent, version):
    """Of the réunions that took place: what was agreed is in no note, nothing was."""
    pour_id = commencer(demande, 'rien_a_noter', agent, version)
    jour = a_noter(demande)
    if not jour:
        raise Refus('Aucune réunion n\'attend de note\u00a0: quelqu\'un l\'a écrite, ou l\'a dit.', 409)
    conclure(demande, version, 'equipe', f'Rien à noter de la réunion du {dire_jour(jour, True)}.', agent, pour_id,
             fait='rien_a_noter')


def trouver(demande, numero):
    """A réunion of a demande that is to come; Refus 404, 409."""
    reunion = Reunion.get_or_none(Reunion.id == int(numero), Reunion.demande == demande.numero)
    if reunion is None:
        raise Refus('Cette réunion n\'est pas de cette demande.', 404)
    if reunion.annulee_le:
        raise Refus('Cette réunion a été annulée entre-temps\u00a0: proposez-en une autre.', 409)
    if passe(reunion.jour, reunion.debut_a):
        raise Refus('Cette réunion a déjà eu lieu\u00a0: proposez-en une autre.', 409)
    return reunion


def _de(saisie):
    return {nom: saisie[nom] for nom in CHAMPS}


def _controler(saisie):
    for nom in ('debut_a', 'fin_a'):
        if not re.fullmatch('([01][0-9]|2[0-3]):[0-5][0-9]', saisie[nom]):
            raise Refus('Écrivez une heure, par exemple 9\u00a0h 30.', champ=nom)
    if saisie['fin_a'] <= saisie['debut_a']:
        raise Refus('La réunion finit avant de commencer\u00a0: corrigez l\'une des deux heures.', champ='fin_a')
    if passe(saisie['jour'], saisie['debut_a']):
        raise Refus('Cette date est passée\u00a0: indiquez un jour et une heure à venir.', champ='jour')
    if saisie['jour'] > plus_jours(aujourdhui(), JOURS_A_VENIR):
        raise Refus('Indiquez un jour dans l\'année qui vient.', champ='jour')


def _conviees(demande, agent, saisie):
    """{agent id, None for the collectivité} of who is invited; Refus of nobody, or of who is not of the team."""
    conviees = {*saisie['agents']}
    if conviees - {membre.id for membre in equipe(demande)}:
        raise Refus('Une des personnes cochées ne fait plus partie de l\'équipe\u00a0: relisez qui vous invitez.', 409)
    if saisie['collectivite'] and not demande.courriel:
        raise Refus('La collectivité n\'a pas d\'adresse de courriel\u00a0: invitez-la par téléphone.', champ='mairie')
    conviees |= {None} if saisie['collectivite'] else set()
    if not conviees - {agent.id}:
        raise Refus('Cochez au moins une personne à inviter, ou la collectivité.')
    return conviees


def _tenir(reunion, conviees, agent, change=False):
    """Make its guests be these: the invitations to be told. Who proposes, and comes, has said so."""
    par_agent = {une.agent_id: une for une in Invitation.select().where(Invitation.reunion == reunion.id)}
    a_dire = []
    for qui in sorted(conviees, key=lambda qui: qui or 0):
        invitation = par_agent.get(qui) or invitations.nouvelle(qui, reunion=reunion)
        if change or invitation.retiree_le or qui not in par_agent:
            invitations.oublier_la_reponse(invitation)
            invitation.retiree_le, invitation.oui_le = None, maintenant() if qui == agent.id else None
            invitation.save()
            a_dire.append(invitation)
    for qui, invitation in par_agent.items():
        if qui not in conviees and not invitation.retiree_le:
            invitations.retirer(invitation)
            a_dire.append(invitation)
    return a_dire


def _sans_nom(demande):
    """The directions of the team that have named nobody yet, and have a mailbox."""
    places = Membre.select().where(Membre.demande == demande.numero, Membre.agent.is_null())
    return [place.direction for place in places if place.direction_id and place.direction.courriel]


def _prevenir_sans_nom(demande, a_faire):
    for direction in _sans_nom(demande):
        poster('direction', 'direction', direction.courriel, demande, agents='qui y participera',
               agents_et_roles=f'qui y participera pour {direction.nom}', a_faire=a_faire)


def _conclure(demande, agent, version, pour_id, reunion, phrase):
    quand, ou = dire_quand(d_une_reunion(reunion, demande)), f'\u00a0; {reunion.lieu}' if reunion.lieu else ''
    noms = [une.agent.nom_complet if une.agent_id else 'la collectivité' for une in invitations.de(reunion)]
    noms = ', '.join([*noms, *(f'la boîte de {direction.nom}' for direction in _sans_nom(demande))])
    conclure(demande, version, 'equipe', f'{phrase} le {quand}{ou}. Invités\u00a0: {noms}.', agent, pour_id)


def repondre(demande, invitation, vient, mot='', de=''):
    """A guest says that they come, or can't: of the collectivité, a no, or a yes after it, is a message; of an agent, a
    no is a line of the journal. de: the address of one that came by e-mail.
    """
    avait_dit_non = bool(invitation.non_le)
    if not invitations.repondre(invitation, vient, mot) or vient and not avait_dit_non:
        return
    quand = dire_quand(d_une_reunion(invitation.reunion, demande))
    if invitation.agent_id is None:
        phrase = f'Réunion du {quand}\u00a0: {"je viens" if vient else "je ne peux pas venir"}.'
        message_du_demandeur(demande, '\n'.join(filter(None, (phrase, mot))), de=de)
        return
    phrase = f'{invitation.agent.nom_complet} {"vient" if vient else "ne peut pas venir"}'
    suite = f'\u00a0: «\u00a0{mot}\u00a0»' if mot else ''
    inscrire(demande, 'equipe', f'Réunion du {quand}\u00a0: {phrase}{suite}.', invitation.agent)
    indexer(demande)
    avertir_aussitot(demande, invitation.agent)


# ---- Reading ----

def a_noter(demande):
    """The day of the last réunion that took place and of which nothing was noted since, or None."""
    return db.execute_sql(
        f"""SELECT max(jour) FROM reunion WHERE demande_id = ? AND annulee_le IS NULL AND jour < ? AND NOT {NOTEE}""",
        (demande.numero, aujourdhui())).fetchone()[0]


def pour_la_mairie(demande):
    """[(when, where, the link of its answer, what it has answered)] of the réunions to come to which it is invited."""
    lues = (Invitation.select(Invitation, Reunion).join(Reunion)
            .where(Reunion.demande == demande.numero, Reunion.jour >= aujourdhui(), Reunion.annulee_le.is_null(),
                   Invitation.agent.is_null(), Invitation.retiree_le.is_null()).order_by(Reunion.jour, Reunion.debut_a))
    return [(dire_quand(d_une_reunion(une.reunion, demande)), une.reunion.lieu, f'/rendez-vous/{une.jeton}',
             invitations.dire_la_reponse(une))
            for une in lues if not demande.clos_le]


# A réunion to come and what is said of its demande, as d_une_reunion reads them both.
Prevue = namedtuple('Prevue', 'id cree_le modifie_le annulee_le jour debut_a fin_a lieu '
                    'numero collectivite titre restreinte essai clos_le')


def a_venir_pour(agent):
    """[(RendezVous, Prevue)] to come that this agent may see: of a restricted demande, its team alone."""
    sienne = dans_son_equipe(agent)
    lues = db.execute_sql(f"""
        SELECT reunion.id, reunion.cree_le, reunion.modifie_le, reunion.annulee_le, reunion.jour, reunion.debut_a,
               reunion.fin_a, reunion.lieu, demande.numero, demande.collectivite,
               coalesce(fiche.titre, 'Demande libre'), demande.restreinte, demande.essai, demande.clos_le
        FROM reunion JOIN demande ON demande.numero = reunion.demande_id LEFT JOIN fiche ON fiche.id = demande.fiche_id
        WHERE reunion.jour >= ? AND reunion.annulee_le IS NULL AND demande.clos_le IS NULL AND NOT demande.essai
              AND (NOT demande.restreinte OR {sienne.sql})
        ORDER BY reunion.jour, reunion.debut_a, reunion.id""", (aujourdhui(), *sienne.params))
    return [(d_une_reunion(prevue, prevue), prevue) for prevue in map(Prevue._make, lues)]
