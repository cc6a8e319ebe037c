"""The rendez-vous of the contributeurs alone (comité, groupe de travail): who is invited, each with an invitation of
their own, and what is filed of its séance: ordre du jour, compte rendu, décisions (regles.md §12).
"""
import langue
from models import CONTRIBUE, Contenu, Invitation, Refus, db

from verbes import invitations
from verbes.journal import auditer
from verbes.rendez_vous import passe
from .contenus import peut_publier, publies

TOUS = 'tous'


def ouverte(contenu):
    """May anybody be invited to it: it is published, to come, for contributeurs alone."""
    return (contenu.etat == 'publie' and contenu.audience == 'contributeurs' and bool(contenu.debut_le)
            and not passe(contenu.debut_le, contenu.debut_a))


def inviter(contenu, agent, qui):
    """qui: « tous », « s12 », « d3 », « a45 »: who is there today and is not invited yet is; how many."""
    if not peut_publier(contenu, agent):
        raise Refus('Seul un administrateur invite à un rendez-vous des contributeurs.', 403)
    if not ouverte(contenu):
        raise Refus('On n\'invite qu\'à un rendez-vous à venir, publié pour les seuls contributeurs.', 409)
    parmi = {'s': 'direction.structure_id = ?', 'd': 'direction.id = ?', 'a': 'agent.id = ?'}.get(qui[:1], '?')
    agents = db.execute_sql(
        f"""SELECT agent.id FROM agent JOIN direction ON direction.id = agent.direction_id
            WHERE {CONTRIBUE} AND {parmi} AND agent.id NOT IN (
              SELECT agent_id FROM invitation WHERE contenu_id = ?) ORDER BY agent.id""",
        (1 if qui == TOUS else int(qui[1:]), contenu.id)).fetchall()
    if not agents:
        raise Refus('Tous sont déjà invités.', champ='qui')
    for agent_id, in agents:
        invitation = invitations.nouvelle(agent_id, contenu=contenu)
        if agent_id == agent.id:
            Invitation.update(oui_le=langue.maintenant()).where(Invitation.id == invitation.id).execute()
        invitations.ecrire(invitation, agent)
    auditer('invitations', agent, f'{contenu.id}\u00a0: {langue.dire_nombre(len(agents), "personne")}',
            objet=f'contenu:{contenu.id}')
    return len(agents)


def invites(contenu):
    """[(name, structure, what they have said)]."""
    return db.execute_sql(
        """SELECT prenom || ' ' || agent.nom, sigle,
                  CASE WHEN oui_le IS NOT NULL THEN 'vient' WHEN non_le IS NOT NULL THEN 'ne peut pas' ELSE '' END
           FROM invitation JOIN agent ON agent.id = agent_id JOIN direction ON direction.id = agent.direction_id
           JOIN structure ON structure.id = structure_id
           WHERE contenu_id = ? AND retiree_le IS NULL AND actif
           ORDER BY oui_le IS NULL, non_le IS NULL, sigle, agent.nom, agent.id""",
        (contenu.id,)).fetchall()


def documents_de_seance(contenu):
    """The documents of its day that contributeurs read, the ordre du jour first."""
    siens = publies(langue.aujourdhui(), contributeurs=True).where(
        Contenu.genre == 'document', Contenu.seance_le == contenu.debut_le)
    return sorted(siens, key=lambda un: (un.nature != 'ordre_du_jour', un.id)) if contenu.debut_le else []
