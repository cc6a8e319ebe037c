"""The page of a guest, behind the secret link of their invitation: when, where, and « Je viens » (regles.md §12)."""
from verbes import interlocuteurs, invitations, rendez_vous
from views import aller, app, page, tenter

UNE = '/rendez-vous/<jeton:re:[A-Za-z0-9_-]{22}>'


@app.get(UNE, qui='public')
def voir(jeton):
    """Looking at it answers nothing."""
    return _montrer_invitation(invitations.du_jeton(jeton))


@app.post(UNE, qui='public')
def venir(jeton):
    invitation = invitations.du_jeton(jeton)
    _, refus = tenter(invitations.accepter, invitation)
    return _montrer_invitation(invitation, 409) if refus else aller(f'/rendez-vous/{jeton}')


def _montrer_invitation(invitation, status=200):
    rencontre, demande = rendez_vous.lire(invitation), rendez_vous.demande_de(invitation)
    # Whose interlocuteur is to be confirmed, or who is not invited any more, reads neither day nor place.
    a_confirmer = demande and (not invitation.agent_id and demande.interlocuteur_depuis or invitation.retiree_le)
    return page(
        'contenus/agenda/invitation.html', status, un=rencontre, quand=rendez_vous.dire_quand(rencontre),
        titre=f'Demande n°\u00a0{demande.numero}' if a_confirmer else rencontre.titre, a_confirmer=bool(a_confirmer),
        raison=invitations.fermee(invitation), oui=bool(invitation.oui_le), numero=demande and demande.numero,
        contact=interlocuteurs.interlocuteur(demande, bool(invitation.agent_id)) if demande else None)
