"""What is written to the collectivité, what it answers, and the mails that fail (regles.md §7, §12)."""
from models import Courriel, MessageAPartir, Refus, ReponseRecue
from verbes import regles
from verbes.demande import actes, conversation, reponses
from views import annoncer, consigne, request
from views.champs import PIECES, Champ
from views.entrees import trouver

from ..geste import Geste, casier

annoncer(
    '/espace/demandes/',
    partira='Ce que vous écrivez part deux minutes après l\'envoi\u00a0:',
    renvoye='Le courriel repart.',
    rangee='La réponse est dans la demande\u00a0: elle attend la vôtre.',
    non_rangee='La réponse n\'est pas rangée.',
    revenu='Le courriel est marqué comme revenu\u00a0: téléphonez.')

MESSAGE = (
    Champ('texte', 'Message à la collectivité', 'long', True,
          'La collectivité le lit sur sa page de suivi et par courriel. Une fois parti, il ne se corrige plus.',
          vide='écrivez votre message'),
    Champ('porte', 'Ce message porte', 'choix', True, choix=tuple(
        (code, dit[0].upper() + dit[1:]) for code, dit in regles.PORTES_PAR.items())),
    PIECES,
    Champ('sans_texte', 'Ne pas mettre le texte dans le courriel', 'case',
          aide='Il dira «\u00a0Un message vous attend\u00a0», avec le lien de suivi.'),
    Champ('attendre', 'Nous attendons une réponse de la collectivité', 'case'),
    Champ('attente_de', 'Ce que nous attendons d\'elle', max=300, classe='si-attendre',
          aide='Elle le lit\u00a0: le plan cadastral, un accord…'),
    Champ('attente_au', 'Réponse attendue avant le', 'date', classe='si-attendre'),
)


def _sans_texte(demande):
    return {'sans_texte': 'oui' if demande.fiche_id and demande.fiche.sans_texte else ''}


def _ecrire_message(demande, agent, version, valeurs):
    pieces, _ = consigne.trier(*casier(demande, agent, request.saisies, 'ecrire'))
    conversation.ecrire(demande, agent, version, valeurs | {'sans_texte': bool(valeurs['sans_texte'])}, pieces)


def _retenir(demande, agent, version, valeurs):
    """Refus 404 when it has left, or is another's."""
    message = trouver(MessageAPartir, valeurs['message'], 'Ce message est déjà parti, ou a été repris.',
                      MessageAPartir.demande == demande.numero)
    return conversation.reprendre(message, agent)


def _de_la_reponse(verbe):
    """What files an answer that waits apart, or not; Refus 404 when it does not wait, or is another's."""
    def faire(demande, agent, version, valeurs):
        reponse = trouver(ReponseRecue, valeurs['reponse'], 'Cette réponse n\'attend plus\u00a0: quelqu\'un a choisi.',
                          ReponseRecue.demande == demande.numero, ReponseRecue.etat == 'inconnue')
        verbe(demande, agent, version, reponse)
    return faire


def _courriel(demande, valeurs):
    return trouver(Courriel, valeurs['courriel'], 'Ce courriel n\'existe pas dans cette demande.',
                   Courriel.demande == demande.numero)


def _renvoyer(demande, agent, version, valeurs):
    courriel = _courriel(demande, valeurs)
    if not courriel.echec_le:
        raise Refus('Ce courriel n\'est plus en échec\u00a0: il est parti, ou attend de partir.', 409)
    actes.renvoyer(courriel, agent)


REPONSE = (Champ('reponse', '', 'cache', True),)
COURRIEL = (Champ('courriel', '', 'cache', True),)
GESTES = {
    'ecrire': Geste(
        'ecrire', _ecrire_message, champs=MESSAGE, initiales=_sans_texte, fait='partira', sur_la_page=True,
        texte='texte', fichiers=True),
    'retenir': Geste(
        'ecrire', _retenir, champs=(Champ('message', '', 'cache', True),), sur_la_page=True, ajoute=True),
    'sans_reponse': Geste(
        'reponses', lambda demande, agent, version, v: conversation.sans_reponse(demande, agent, version),
        sur_la_page=True),
    'ranger': Geste(
        'reponses', _de_la_reponse(reponses.ranger), champs=REPONSE, fait='rangee', sur_la_page=True),
    'ne_pas_ranger': Geste(
        'reponses', _de_la_reponse(reponses.ne_pas_ranger), champs=REPONSE, fait='non_rangee', sur_la_page=True),
    'ne_plus_attendre': Geste(
        'feuille-de-route',
        lambda demande, agent, version, v: conversation.ne_plus_attendre(demande, agent, version), sur_la_page=True),
    'renvoyer': Geste('ecrire', _renvoyer, champs=COURRIEL, fait='renvoye', sur_la_page=True, ajoute=True),
    'revenu': Geste(
        'erreur', lambda demande, agent, version, v: actes.marquer_revenu(_courriel(demande, v), agent),
        champs=COURRIEL, fait='revenu', sur_la_page=True, ajoute=True),
}
