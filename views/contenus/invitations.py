"""The page of a guest, behind the secret link of their invitation: when, where, « Je viens » and « Je ne peux pas »
(regles.md §12).
"""
from verbes import interlocuteurs, invitations, rendez_vous
from verbes.courriels import adresse_de_reponse
from verbes.demande import reunions
from views import aller, app, page, request, tenter
from views.champs import Champ, lire
from views.limites import limiter

UNE = '/rendez-vous/<jeton:re:[A-Za-z0-9_-]{22}>'
MOT = Champ('mot', 'Un mot, si vous ne pouvez pas', 'texte', False, 'Une autre heure, qui vient à votre place…',
            max=invitations.MOT_MAX)


@app.get(UNE, qui='public')
def voir(jeton):
    """Looking at it answers nothing."""
    return _montrer_invitation(invitations.du_jeton(jeton))


@app.post(UNE, qui='public')
def repondre(jeton):
    """vient: « oui » by default, as the button of a page opened before says nothing."""
    invitation = invitations.du_jeton(jeton)
    limiter('rendez_vous', invitation.id, 10, 3600,
            'Cette réponse a changé plusieurs fois en une heure\u00a0: réessayez {attente}, ou téléphonez.')
    vient, demande = request.saisies.get('vient', 'oui') != 'non', rendez_vous.demande_de(invitation)
    valeurs, fautes = lire([MOT])
    if fautes:
        return _montrer_invitation(invitation, 422, valeurs, fautes)
    dite = invitation, vient, '' if vient else valeurs['mot']
    _, refus = tenter(reunions.repondre, demande, *dite) if demande else tenter(invitations.repondre, *dite)
    return _montrer_invitation(invitation, 409, valeurs) if refus else aller(f'/rendez-vous/{jeton}')


def _montrer_invitation(invitation, status=200, valeurs=None, fautes=None):
    rencontre, demande = rendez_vous.lire(invitation), rendez_vous.demande_de(invitation)
    # Whose interlocuteur is to be confirmed, or who is not invited any more, reads neither day nor place.
    a_confirmer = demande and (not invitation.agent_id and demande.interlocuteur_depuis or invitation.retiree_le)
    return page(
        'contenus/agenda/invitation.html', status, un=rencontre, quand=rendez_vous.dire_quand(rencontre),
        titre=f'Demande n°\u00a0{demande.numero}' if a_confirmer else rencontre.titre, a_confirmer=bool(a_confirmer),
        raison=invitations.fermee(invitation), dite=invitations.dire_la_reponse(invitation),
        oui=bool(invitation.oui_le), non=bool(invitation.non_le), champ=MOT, fautes=fautes or {},
        valeurs=valeurs or {'mot': invitation.mot}, numero=demande and demande.numero,
        agenda=bool(demande and not invitation.agent_id and adresse_de_reponse(demande, 'reunion_mairie')),
        contact=interlocuteurs.interlocuteur(demande, bool(invitation.agent_id)) if demande else None)
