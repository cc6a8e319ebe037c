"""A réunion of a demande, or an évènement of the contributeurs, as its mail, its page and its calendar say it to one
guest (regles.md §12): read at that moment, of a restricted demande its number and its hours alone.
"""
from models import SITE, Contenu, Membre
from langue import a_paris, dire_heure_ecrite, dire_jour_long, maintenant

from .ical import Invite, RendezVous, calendrier, d_un_contenu, identifiant


def d_une_reunion(reunion, demande):
    """A réunion as a RendezVous: a calendar may be shared, so no place, commune nor fiche of a restricted demande, and
    never a link that opens anything without signing in.
    """
    tue = bool(demande.restreinte)
    essai, ou = 'Essai – ' * demande.essai, '' if tue else f', {demande.collectivite}'
    return RendezVous(
        identifiant(reunion, 'reunion'), reunion.cree_le, max(reunion.modifie_le, reunion.annulee_le or ''),
        f'{essai}Réunion – demande n°\u00a0{demande.numero}{ou}', reunion.jour, reunion.debut_a, reunion.jour,
        reunion.fin_a, '' if tue else reunion.lieu, '' if tue else demande.titre, '',
        bool(reunion.annulee_le or demande.clos_le), tue)


def lire(invitation):
    """What one guest is invited to, as a RendezVous: called off for who is not invited any more."""
    if invitation.contenu_id:
        rencontre = d_un_contenu(invitation.contenu, f'/espace/agenda/{invitation.contenu_id}')
        rencontre = rencontre._replace(annule=invitation.contenu.etat != 'publie')
    else:
        rencontre = d_une_reunion(invitation.reunion, invitation.reunion.demande)
    retiree = invitation.retiree_le or ''
    return rencontre._replace(annule=rencontre.annule or bool(retiree), change_le=max(rencontre.change_le, retiree))


def demande_de(invitation):
    """None of an évènement."""
    return invitation.reunion.demande if invitation.reunion_id else None


def encore_la(invitation):
    """Is the guest still of those who may come: an account that is open, in the team of the demande? The collectivité
    always is.
    """
    if invitation.agent_id is None:
        return True
    membre = Membre.demande == invitation.reunion.demande_id if invitation.reunion_id else None
    return invitation.agent.actif and (
        membre is None or Membre.select().where(membre, Membre.agent == invitation.agent_id).exists())


def passe(jour, heure):
    """True once it has begun, by the hour of Paris."""
    return f'{jour}T{heure or "24:00"}' < a_paris(maintenant()).isoformat()[:16]


def dire_quand(rencontre):
    """« mardi 8 décembre 2026, de 10 h à 11 h 30 »."""
    jours = dire_jour_long(rencontre.debut_le)
    if rencontre.fin_le != rencontre.debut_le:
        jours = f'du {jours} au {dire_jour_long(rencontre.fin_le)}'
    debut, fin = (dire_heure_ecrite(heure) for heure in (rencontre.debut_a, rencontre.fin_a))
    heures = f'de {debut} à {fin}' if debut and fin else f'à partir de {debut}' if debut else ''
    return ', '.join(filter(None, (jours, heures)))


def dites(invitation):
    """What the mail of a guest says of it."""
    rencontre = lire(invitation)
    debut = dire_jour_long(rencontre.debut_le, annee=False), dire_heure_ecrite(rencontre.debut_a)
    valeurs = {'quand': dire_quand(rencontre), 'debut': ', '.join(filter(None, debut)), 'lieu': rencontre.lieu,
               'venir': f'{SITE["url"]}/rendez-vous/{invitation.jeton}'}
    if invitation.reunion_id:
        return valeurs
    return valeurs | {'titre': rencontre.titre, 'lien': rencontre.adresse,
                      'ordre_du_jour': _ordre_du_jour(rencontre.debut_le)}


def _ordre_du_jour(jour):
    """The addresses of those that contributeurs read, of the séance of a day."""
    lus = Contenu.select(Contenu.id).where(Contenu.etat == 'publie', Contenu.genre == 'document',
                                           Contenu.nature == 'ordre_du_jour', Contenu.seance_le == jour)
    return ', '.join(f'{SITE["url"]}/espace/documents/{un.id}' for un in lus.order_by(Contenu.id))


def joint(courriel, nom, organisateur, debut, repondre=''):
    """(method, text) of the invitation that goes with a mail, as it is when it leaves; None without one, and for a
    mairie whose interlocuteur is to be confirmed. nom, organisateur: who invites, always the Plateforme, so that a
    calendar takes the next one too, whoever moves it; repondre: the address that files an answer, which the calendar of
    a collectivité is then asked for.
    """
    invitation = courriel.invitation_id and courriel.invitation
    demande = demande_de(invitation) if invitation else None
    if not invitation or demande and demande.interlocuteur_depuis and not invitation.agent_id:
        return None
    rencontre = lire(invitation)
    methode = 'CANCEL' if rencontre.annule else 'REQUEST'
    invite = Invite(methode, nom, repondre or organisateur, courriel.destinataire, bool(repondre))
    return methode, calendrier([rencontre], debut=debut, invite=invite)
