"""Inviting, to a réunion of a demande or to an évènement of the contributeurs: one mail a person, with an invitation of
which they are the only guest; the yes and the no are buttons (regles.md §12).

Who leaves the team, or whose account closes, is written to no more, but once, at the next change, to take it out of
their calendar; their page opens nothing.
"""
import secrets

from models import Courriel, Invitation, Refus, Reunion
from langue import aujourdhui, dire_instant, maintenant

from . import rendez_vous
from .courriels import poster, prevenir_demandeur

INCONNUE = ('Cette invitation n\'existe pas, ou a été remplacée\u00a0: ouvrez le lien du dernier courriel reçu, ou '
            'téléphonez à qui vous a invité·e.')


def nouvelle(agent_id, **a_quoi):
    """a_quoi: the reunion or the contenu."""
    return Invitation.create(agent=agent_id, jeton=secrets.token_urlsafe(16), **a_quoi)


def de(reunion=None, contenu=None):
    """The invitations to a réunion, or to an évènement, that hold."""
    a_quoi = Invitation.reunion == reunion if reunion else Invitation.contenu == contenu
    return list(Invitation.select().where(a_quoi, Invitation.retiree_le.is_null()).order_by(Invitation.id))


def ecrire(invitation, sauf=None, **valeurs):
    """Write its mail to one guest, in place of the one that has not left: the invitation, or that it is off. Nobody
    hears of their own act (sauf), but instead of what they were still to be told.
    """
    agent, demande, attendent = invitation.agent, rendez_vous.demande_de(invitation), _qui_attendent(invitation)
    if agent and (not agent.actif or sauf and agent.id == sauf.id and not attendent):
        return
    if not rendez_vous.encore_la(invitation):
        retirer(invitation)
    modele = 'reunion' if invitation.reunion_id else 'evenement'
    modele += '_annulee' * rendez_vous.lire(invitation).annule
    valeurs = rendez_vous.dites(invitation) | valeurs
    if agent:
        poster(modele, 'agent', agent.courriel, demande, agent, invitation=invitation, **valeurs)
    else:
        prevenir_demandeur(demande, f'{modele}_mairie', invitation=invitation, **valeurs)
    Courriel.delete().where(Courriel.id.in_(attendent)).execute()


def _qui_attendent(invitation):
    """The ids of its mails that have not left."""
    lus = Courriel.select(Courriel.id).where(Courriel.invitation == invitation.id, Courriel.envoye_le.is_null(),
                                             Courriel.echec_le.is_null(), Courriel.pris_le.is_null())
    return [une for une, in lus.tuples()]


def retirer(invitation):
    invitation.retiree_le = maintenant()
    invitation.save()


def suivre(demande, agent=None):
    """A demande just closed, or restricted: its réunions to come are off, or told again with what may be said then.
    When those that are off were to be, in words.
    """
    if not (demande.clos_le or demande.restreinte):
        return []
    lues = Reunion.select().where(
        Reunion.demande == demande.numero, Reunion.annulee_le.is_null(), Reunion.jour >= aujourdhui())
    a_venir = [une for une in lues if not (demande.clos_le and rendez_vous.passe(une.jour, une.debut_a))]
    quoi = 'annulee_le' if demande.clos_le else 'modifie_le'
    for reunion in a_venir:
        redire(reunion, agent, **{quoi: maintenant()})
    return [rendez_vous.dire_quand(rendez_vous.d_une_reunion(une, demande)) for une in a_venir if demande.clos_le]


def redire(reunion, agent=None, **change):
    """Change its instants (modifie_le, annulee_le), and tell its guests what becomes of it."""
    Reunion.update(**change).where(Reunion.id == reunion.id).execute()
    for invitation in de(reunion):
        ecrire(invitation, agent)


CHANGENT = {'titre', 'debut_le', 'debut_a', 'fin_le', 'fin_a', 'lieu'}     # of an évènement: what asks its guests again


def redire_un_evenement(contenu, agent):
    """It has changed, does not take place, or does after all: its guests are told, and asked again."""
    if rendez_vous.passe(contenu.debut_le or '', contenu.debut_a):
        return
    for invitation in de(contenu=contenu.id):
        oublier_la_reponse(invitation)
        invitation.save()
        ecrire(invitation, agent)


def reinviter_la_mairie(demande, neuve):
    """Who follows it at the collectivité is confirmed, or another (neuve): the earlier link opens nothing any more."""
    siennes = Invitation.select(Invitation, Reunion).join(Reunion).where(
        Reunion.demande == demande.numero, Reunion.annulee_le.is_null(), Reunion.jour >= aujourdhui(),
        Invitation.agent.is_null(), Invitation.retiree_le.is_null())
    for invitation in siennes:
        if neuve:
            invitation.jeton = secrets.token_urlsafe(16)
            oublier_la_reponse(invitation)
            invitation.save()
        if not rendez_vous.passe(invitation.reunion.jour, invitation.reunion.debut_a):
            ecrire(invitation)


# ---- The page of a guest ----

def du_jeton(jeton):
    """The Invitation of a link; Refus 404 of a stranger, 410 of who is not of the team any more."""
    invitation = Invitation.get_or_none(Invitation.jeton == jeton)
    if invitation is None:
        raise Refus(INCONNUE, 404)
    if not rendez_vous.encore_la(invitation):
        qui = ('Vous ne faites plus partie de l\'équipe de cette demande' if invitation.reunion_id
               else 'Votre compte est fermé')
        raise Refus(f'{qui}\u00a0: cette invitation n\'a plus cours.', 410)
    return invitation


def fermee(invitation):
    """Why nobody can answer it any more, in a sentence; '' when they can."""
    rencontre, demande = rendez_vous.lire(invitation), rendez_vous.demande_de(invitation)
    if demande and demande.interlocuteur_depuis and not invitation.agent_id:
        return ('Nous confirmons d\'abord avec votre collectivité qui suit désormais cette demande\u00a0: '
                'téléphonez.')
    if rencontre.annule:
        return 'Ce rendez-vous est annulé\u00a0: vous n\'avez rien à faire.'
    if rendez_vous.passe(rencontre.debut_le, rencontre.debut_a):
        return 'Ce rendez-vous a déjà eu lieu\u00a0: vous n\'avez rien à faire.'
    return ''


def dire_la_reponse(invitation):
    """« Vous avez dit que vous venez, le … »; '' until then."""
    dit = 'venez' if invitation.oui_le else 'ne pouvez pas venir' if invitation.non_le else ''
    return f'Vous avez dit que vous {dit}, le {dire_instant(invitation.oui_le or invitation.non_le)}.' if dit else ''


MOT_MAX = 500                                                       # characters


def repondre(invitation, vient, mot=''):
    """« Je viens », « Je ne peux pas », and why; may be said again until it begins. True when this changes something.
    """
    raison = fermee(invitation)
    if raison:
        raise Refus(raison, 409)
    if len(mot) > MOT_MAX:
        raise Refus(f'Votre mot fait plus de {MOT_MAX} caractères\u00a0: abrégez-le.', champ='mot')
    if (bool(invitation.oui_le), bool(invitation.non_le), invitation.mot) == (vient, not vient, mot):
        return False
    quand = maintenant()
    invitation.oui_le, invitation.non_le, invitation.mot = quand if vient else None, None if vient else quand, mot
    invitation.save()
    return True


def oublier_la_reponse(invitation):
    """Another day, or another interlocuteur: it is asked again."""
    invitation.oui_le, invitation.non_le, invitation.mot = None, None, ''
