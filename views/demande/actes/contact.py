"""The first contact, and the beginning of the accompaniment (regles.md §4, §5)."""
import langue
from models import Agent
from verbes import questions, regles
from verbes.demande import actes
from views import annoncer, request
from views.champs import Champ

from ..geste import Geste, sauf

annoncer('/espace/demandes/', contact='Le contact est noté.')

CONTACT = (
    Champ('contact_le', 'Date du contact', 'date', True),
    Champ('moyen', 'Moyen', 'choix', True, choix=tuple(regles.MOYENS.items())),
    Champ('resultat', 'Résultat', 'radio', True, 'Seul « joint » arrête le délai de rappel.',
          tuple(regles.RESULTATS.items())),
    Champ('besoin_reformule', 'Besoin reformulé', 'long'),
    Champ('calendrier', 'Calendrier de la collectivité', max=500),
    Champ('suite', 'Suite prévue', max=500),
)

# Its words, and whether it is ticked at first, depend on who notes the contact.
DEMARRER = Champ('demarrer', "Démarrer l'accompagnement", 'case', classe='si-joint')
# It leads to the form of « J'ai répondu », which keeps what was typed here: nothing is written before.
CLORE = Champ('clore', 'J\'ai répondu\u00a0: clore la demande', 'case', classe='si-joint',
              aide='L\'issue et la synthèse se disent à l\'écran suivant.')


def sans_contact(champs, demande, saisies):
    """Once the collectivité was joined, it is not noted again."""
    return sauf(champs, {c.nom for c in CONTACT}) if demande.premier_contact_le else champs


def _avec_demarrage(champs, demande, saisies):
    offert = demarrage(demande)
    return [offert if c is DEMARRER else c for c in champs if offert or c not in (DEMARRER, CLORE)]


def demarrage(demande):
    """The box « Démarrer l'accompagnement » of a contact noted « joint », as this agent reads it; None when it is not
    theirs to tick.
    """
    roles = questions.roles(demande, request.agent)
    role = questions.demarre_par(demande, roles)
    if not role:
        return None
    referent = next(iter(questions.equipe(demande, 'referent')), None)
    if role == 'chef_de_file' and not referent:
        return _le_chef_accompagne(roles[role])
    qui = '' if role == 'referent' or not referent else f', par {referent.nom_complet}, son expert référent'
    return DEMARRER._replace(aide=f'La demande passe à «\u00a0En cours\u00a0»{qui}.')


def _le_chef_accompagne(chef_id):
    """Without a référent the chef becomes it, whoever acts for them (regles.md §4)."""
    if chef_id == request.agent.id:
        return DEMARRER._replace(libelle='Je l\'accompagne moi-même',
                                 aide='Vous devenez l\'expert référent, et la demande passe à «\u00a0En cours\u00a0».')
    chef = Agent.get_by_id(chef_id).nom_complet
    return DEMARRER._replace(aide=f'{chef} devient l\'expert référent, et la demande passe à «\u00a0En cours\u00a0».')


def _coche(demande):
    """Ticked for the référent, to be ticked by a chef (regles.md §4)."""
    role = questions.demarre_par(demande, questions.roles(demande, request.agent))
    return {'contact_le': langue.aujourdhui(), 'demarrer': 'oui' if role == 'referent' else ''}


GESTES = {
    'contact': Geste(
        'contact', actes.noter_contact,
        titre='Noter le premier contact',
        aide='Notez aussi un appel sans réponse\u00a0: l\'équipe saura que vous avez essayé. '
             'Une réception qui attendait est confirmée.',
        champs=(*CONTACT[:3], DEMARRER, CLORE, *CONTACT[3:]), ajuster=_avec_demarrage, initiales=_coche, fait='contact',
        mene={'clore': 'repondu'}),
    'demarrer': Geste(
        'circuits', titre='Démarrer l\'accompagnement', aide='La demande passe à «\u00a0En cours\u00a0».',
        champs=CONTACT, ajuster=sans_contact, initiales=lambda demande: {'contact_le': langue.aujourdhui()},
        fait='statut',
        groupe='dossier', dit='Le délai de rappel s\'arrête, l\'équipe en est prévenue'),
}
