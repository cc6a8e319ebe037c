"""Who is in the team of a demande, the référent aside (regles.md §3, §4)."""
from models import Agent, Direction, Membre, Structure
from verbes import questions
from verbes.catalogue.catalogue import places_dites
from verbes.demande import actes, cycle
from views import annoncer, choix, request
from views.champs import Champ
from views.entrees import un
from views.lectures import lire_equipe

from ..geste import MOTIF, Geste

annoncer('/espace/demandes/', equipe='L\'équipe est à jour.')

# The first select is named as the field that the verbs refuse.
CHEFS = (
    Champ('chefs', 'Chef de file', 'choix'),
    Champ('cochef_1', 'Co-chef de file', 'choix'),
    Champ('cochef_2', 'Autre co-chef de file', 'choix'),
)


def _seule(demande):
    """The structure in which alone a co-chef names; None for any."""
    return cycle.structure_imposee(demande, request.agent)


def choix_agents(demande):
    return (choix.A_CHOISIR, *choix.agents(demande.structure_id, seule=_seule(demande)))


CHOIX_DES_CHEFS = dict.fromkeys([c.nom for c in CHEFS], choix_agents)


def chefs_choisis(valeurs):
    """The Agents of the three selects: named twice, one chef all the same."""
    return [Agent.get_by_id(int(id)) for id in dict.fromkeys(valeurs[c.nom] for c in CHEFS) if id]


def _chefs_actuels(demande):
    chefs = (
        Membre.select(Membre.agent_id)
        .where(Membre.demande == demande.numero, Membre.role == 'chef_de_file').order_by(Membre.rang))
    return {c.nom: id for c, (id,) in zip(CHEFS, chefs.tuples())}


def choix_invites(demande, *seule):
    """seule: the structure that alone is offered, if it is not the one that a co-chef names in; None for any."""
    nommees = places_dites(demande.fiche_id)['associees'].split('\n') if demande.fiche_id else ()
    parmi = seule[0] if seule else _seule(demande)
    return (choix.A_CHOISIR, *choix.invites(request.agent.direction.structure_id, parmi, nommees))


def invite(code):
    """The row of « s12 », « d3 », « a45 » (choix.invites); None of ''."""
    return un({'s': Structure, 'd': Direction, 'a': Agent}[code[0]], code[1:]) if code else None


def choix_associes(demande):
    seule = _seule(demande)
    associes = [p for p in lire_equipe(demande)
                if p['role'] == 'associe' and seule in (None, p['structure_id'])]
    return (choix.A_CHOISIR, *((str(p['id']), p['nom']) for p in associes))


def choix_remplacants(demande):
    """The agents of the direction of the associé one is, or stands for; of one's own, when a person is to be named."""
    agent = request.agent
    associes = Membre.select().where(Membre.demande == demande.numero, Membre.role == 'associe')
    if questions.a_nommer(demande, agent):
        sauf = {p.agent_id for p in associes}
        dans = {agent.direction_id}
    else:
        sauf = list(agent.identites)
        dans = {p.direction_id for p in associes if p.agent_id in sauf}
    return (choix.A_CHOISIR, *choix.agents(sauf=sauf, dans=dans))


REMPLACER = Geste(
    'associer', lambda demande, agent, version, v: actes.remplacer(demande, agent, version, un(Agent, v['remplacant'])),
    titre='Me faire remplacer',
    aide='Un agent de votre direction prend votre place d\'expert associé, et en est prévenu.',
    champs=(Champ('remplacant', 'Remplaçant', 'choix', True),), choix={'remplacant': choix_remplacants},
    fait='equipe', operation=True, groupe='equipe', dit='Écrit à qui vous remplace')
SE_RETIRER = Geste(
    'associer', lambda demande, agent, version, v: actes.se_retirer(demande, agent, version, v['motif']),
    titre='Me retirer de l\'équipe',
    aide='Les chefs de file et le référent en sont prévenus\u00a0; le motif reste au journal. '
         'Un collègue peut prendre votre place\u00a0: choisissez plutôt «\u00a0Me faire remplacer\u00a0».',
    champs=(MOTIF,), fait='equipe', operation=True, liens={'invitation': 'Ce n\'est pas pour moi'},
    groupe='equipe', dit='Chefs de file et référent le lisent le lendemain')

GESTES = {
    'associer': Geste(
        'associer', lambda demande, agent, version, v: actes.associer(demande, agent, version, invite(v['invite'])),
        titre='Associer un expert',
        aide='La personne est prévenue par courriel, avec la boîte de sa direction. Une structure ou une direction '
             'associée nommera ensuite la sienne\u00a0: ses pilotes en sont prévenus.',
        champs=(Champ('invite', 'Expert, structure ou direction', 'choix', True),), choix={'invite': choix_invites},
        fait='equipe', operation=True,
        liens={'equipe': 'Associer un expert'}),
    'retirer': Geste(
        'associer',
        lambda demande, agent, version, v: actes.retirer(demande, agent, version, un(Membre, v['place']), v['motif']),
        titre='Retirer un associé', aide='La personne retirée en est prévenue\u00a0; le motif reste au journal.',
        champs=(Champ('place', 'Associé à retirer', 'choix', True), MOTIF), choix={'place': choix_associes},
        fait='equipe', operation=True,
        groupe='equipe', dit='Qui est retiré le lit dans son courriel du jour'),
    'remplacer': REMPLACER._replace(a_nommer=REMPLACER._replace(
        titre='Nommer la personne', bouton='Nommer la personne',
        aide='Un agent de votre direction prend la place laissée à nommer, et en est prévenu.',
        champs=(Champ('remplacant', 'Expert associé', 'choix', True),))),
    'se_retirer': SE_RETIRER._replace(a_nommer=SE_RETIRER._replace(
        titre='Ce n\'est pas pour nous', bouton='Ce n\'est pas pour nous',
        aide='Votre direction, ou votre structure, quitte l\'équipe\u00a0: les chefs de file et le référent en sont '
             'prévenus, le motif reste au journal.')),
    'changer_chef': Geste(
        'associer',
        lambda demande, agent, version, v: actes.changer_chef(demande, agent, version, chefs_choisis(v), v['motif']),
        titre='Changer le chef de file',
        aide='Les nouveaux chefs de file et les anciens sont prévenus\u00a0; le motif reste au journal. '
             'Le statut ne change pas.',
        champs=(CHEFS[0]._replace(requis=True), *CHEFS[1:], MOTIF), choix=CHOIX_DES_CHEFS, initiales=_chefs_actuels,
        fait='equipe', operation=True,
        groupe='equipe', dit='Écrit aux nouveaux chefs de file et aux anciens'),
}
