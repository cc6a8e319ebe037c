"""The réunions of a demande: proposed, changed, called off, noted (regles.md §12)."""
import re

import langue
from verbes import invitations, questions
from verbes.demande import reunions
from views import parametre, request, tenter
from views.champs import Champ

from ..geste import Geste, sauf

# Then a box for each person of the team.
REUNION = (
    Champ('jour', 'Jour', 'date', True),
    Champ('debut_a', 'Heure de début', requis=True, max=20),
    Champ('fin_a', 'Heure de fin', requis=True, max=20),
    Champ('lieu', 'Lieu, ou lien de la visioconférence', max=300),
    Champ('mairie', 'Inviter la collectivité', 'case'),
)
LAQUELLE = Champ('reunion', '', 'cache', True)
INVITES = ('Chaque personne cochée, vous excepté·e, reçoit un courriel, avec une invitation pour son agenda et un '
           'bouton «\u00a0Je viens\u00a0». Une direction qui n\'a encore nommé personne l\'apprend par sa boîte. ')


def _avec_l_equipe(champs, demande, saisies):
    return [*(champs if demande.courriel else sauf(champs, ['mairie'])), *_a_cocher(demande)]


def _a_cocher(demande):
    """A box for each person of the team."""
    absents = questions.absences()
    return [Champ(f'agent_{agent.id}', f'Inviter {agent.nom_complet} ({agent.direction.structure.sigle})', 'case',
                  aide='Absent·e ce jour\u00a0: son invitation ne va qu\'à sa boîte.' if agent.id in absents else '')
            for agent in questions.equipe(demande)]


def _actuelle(demande):
    numero = request.saisies.get('reunion') or parametre('reunion')
    reunion, refus = tenter(reunions.trouver, demande, _laquelle(numero))
    if refus:
        return None
    invites = {f'agent_{i.agent_id}' if i.agent_id else 'mairie': 'oui' for i in invitations.de(reunion)}
    heures = {nom: langue.dire_heure_ecrite(getattr(reunion, nom)) for nom in ('debut_a', 'fin_a')}
    return {'reunion': reunion.id, 'jour': reunion.jour, 'lieu': reunion.lieu} | heures | invites


def _laquelle(numero):
    return numero if re.fullmatch('[0-9]{1,15}', numero) else 0


def _saisie(valeurs):
    """What the verbs take of a réunion."""
    return {
        'jour': valeurs['jour'], 'lieu': valeurs['lieu'], 'collectivite': bool(valeurs.get('mairie')),
        'agents': [int(nom[6:]) for nom, dit in valeurs.items() if dit and nom.startswith('agent_')],
        **{nom: langue.lire_heure(valeurs[nom]) for nom in ('debut_a', 'fin_a')}}


def _changer(demande, agent, version, valeurs):
    reunions.changer(demande, agent, version, _laquelle(valeurs['reunion']), _saisie(valeurs))


def _annuler(demande, agent, version, valeurs):
    reunions.annuler(demande, agent, version, _laquelle(valeurs['reunion']))


GESTES = {
    'reunion': Geste(
        'reunions', lambda demande, agent, version, v: reunions.proposer(demande, agent, version, _saisie(v)),
        titre='Proposer une réunion de cadrage',
        aide=INVITES + 'D\'une demande à diffusion restreinte, il ne dit que son numéro et l\'heure.',
        champs=REUNION, ajuster=_avec_l_equipe,
        initiales=lambda demande: {champ.nom: 'oui' for champ in _a_cocher(demande)},
        ecrit=True, liens={'a_venir': 'Proposer une réunion'}),
    'reunion_changer': Geste(
        'reunions', _changer, titre='Changer la réunion',
        aide=INVITES + 'Un autre jour, une autre heure ou un autre lieu le redemandent à tous\u00a0; '
                       'qui n\'est plus coché est prévenu.',
        champs=(LAQUELLE, *REUNION), ajuster=_avec_l_equipe, initiales=_actuelle,
        ecrit=True, liens={'une_reunion': 'Changer'}),
    'reunion_annuler': Geste(
        'reunions', _annuler, titre='Annuler la réunion',
        aide='Chaque invité reçoit un courriel, qui l\'ôte de son agenda.', champs=(LAQUELLE,), initiales=_actuelle,
        ecrit=True, liens={'une_reunion': 'Annuler'}),
    'rien_a_noter': Geste(
        'feuille-de-route', lambda demande, agent, version, v: reunions.rien_a_noter(demande, agent, version),
        sur_la_page=True),
}
