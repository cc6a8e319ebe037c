"""Who takes a demande in charge: received, oriented, given an expert, handed back, sent out of what we do
(regles.md §4).
"""
import models
from models import Agent, Direction, Fiche, jours_promis
from verbes.demande import cycle, proches
from verbes.regles import URGENTE
from views import annoncer, choix, request
from views.champs import Champ
from views.entrees import un

from ..geste import MOTIF, Geste, sauf
from .equipe import CHEFS, CHOIX_DES_CHEFS, chefs_choisis

PREMIERES = 3                                                       # « Demandes proches », beside « Orienter »
annoncer('/espace/demandes/', statut='La demande a avancé.')


def choix_fiches(demande):
    return (('', 'Aucune (demande libre)'), *choix.fiches(demande.fiche_id))


def choix_referents(demande):
    """The agents that this one may name, the expert by default of the chefs' directions first."""
    experts = models.db.execute_sql(
        """SELECT agent.id FROM agent WHERE expert AND actif AND direction_id IN (
             SELECT direction_id FROM membre WHERE demande_id = ? AND role = 'chef_de_file')""", (demande.numero,))
    return (choix.A_CHOISIR, *choix.agents(demande.structure_id, seule=cycle.structure_imposee(demande, request.agent),
                                           experts={expert for expert, in experts}))


def _avec_ses_jours(champs, demande, saisies):
    """« Assistance urgente » says its days of today."""
    dit = f'Assistance urgente\u00a0: rappel sous {jours_promis(URGENTE)} jours'
    return [c._replace(libelle=dit) if c.nom == 'urgent' else c for c in champs]


def _saisie_orienter(valeurs):
    return valeurs | {'fiche': un(Fiche, valeurs['fiche']), 'direction': un(Direction, valeurs['direction']),
                      'chefs': chefs_choisis(valeurs)}


GESTES = {
    'receptionner': Geste('circuits', sur_la_page=True, fait='statut'),
    'orienter': Geste(
        'circuits', saisie=_saisie_orienter,
        titre='Orienter la demande',
        aide='La fiche décide qui reçoit. Qui la reçoit et qui la laisse sont prévenus.',
        pli=('Sans fiche\u00a0: la direction, des co-chefs', ('direction', 'cochef_1', 'cochef_2')),
        champs=(
            Champ('fiche', 'Fiche d\'accompagnement', 'choix'),
            Champ('direction', 'Direction', 'choix'),
            *CHEFS,
            Champ('accord', 'Accord du chef de file', 'radio', True,
                  'À recueillir\u00a0: le courriel lui demande s\'il accepte la demande.',
                  (('obtenu', 'obtenu'), ('a_recueillir', 'à recueillir')),
                  vide='dites si l\'accord du chef de file est obtenu, ou à recueillir'),
            Champ('accord_le', 'Accord obtenu le', 'date', True, classe='si-obtenu'),
            Champ('accord_aupres', 'Auprès de', requis=True, aide='Prénom et nom.', max=100, classe='si-obtenu'),
            Champ('urgent', 'Assistance urgente', 'case',
                  aide='Une date annoncée à la collectivité n\'est jamais repoussée\u00a0; '
                       'si elle avance, un courriel le lui dit.')),
        ajuster=_avec_ses_jours,
        choix={'fiche': choix_fiches, 'direction': lambda demande: (choix.A_CHOISIR, *choix.directions()),
               **CHOIX_DES_CHEFS},
        initiales=lambda demande: {'fiche': demande.fiche_id or ''},
        autour=lambda demande: {'proches': choix.fiches_proches(demande.message, demande.fiche_id),
                                'faites': proches.proches(demande, PREMIERES)},
        fait='statut',
        groupe='equipe', dit='Écrit à qui la reçoit et à qui la laisse'),
    'designer': Geste(
        'circuits', saisie=lambda valeurs: valeurs | {'referent': un(Agent, valeurs['referent'])},
        aide='L\'expert, sa direction et qui il remplace sont prévenus\u00a0; la collectivité aussi, si elle ne le '
             'connaît pas déjà.',
        champs=(Champ('referent', 'Expert référent', 'choix', True), MOTIF), choix={'referent': choix_referents},
        ajuster=lambda champs, demande, _: champs if demande.statut == 'en_cours' else sauf(champs, ['motif']),
        fait='statut', ecrit=True,
        groupe='equipe', dit='Écrit à l\'expert, à sa direction, à qui il remplace'),
    'rendre': Geste(
        'rendre', aide='Qui doit agir est prévenu par courriel. La collectivité ne reçoit rien.', champs=(MOTIF,),
        fait='statut',
        groupe='sortie', dit='Écrit à qui doit agir, jamais à la collectivité'),
    'rejeter': Geste(
        'rendre',
        aide='Les administrateurs sont prévenus, avec les chefs de file et le référent\u00a0: ils répondent à la '
             'collectivité, ou orientent la demande ailleurs.',
        champs=(MOTIF, Champ('structure_suggeree', 'Autre structure suggérée')), fait='statut', danger=True,
        groupe='sortie', dit='Écrit aux administrateurs, jamais à la collectivité'),
}
