"""How a demande ends, what is told before and after, and how it opens again (regles.md §4, §10)."""
import langue
from verbes import regles
from verbes.catalogue import portes
from verbes.demande import actes, clotures, conversation
from views import choix, parametre, request
from views.champs import Champ
from views.lectures import lire_autres

from ..geste import MOTIF, Geste
from .contact import CONTACT, sans_contact

REDIRECTION = (
    Champ('organisme', 'Organisme dont relève la demande', requis=True, classe='si-redirige',
          aide='Pour «\u00a0redirigé\u00a0», avec son article\u00a0: la préfecture, le SDEHG…'),
    Champ('organisme_telephone', 'Téléphone de cet organisme', 'telephone', aide='Pour «\u00a0redirigé\u00a0».',
          classe='si-redirige'),
    Champ('transmission', 'Qui saisit cet organisme\u00a0?', 'radio', True, 'Pour «\u00a0redirigé\u00a0».',
          tuple(regles.TRANSMISSIONS.items()), classe='si-redirige'),
    Champ('transmise_le', 'Transmise le', 'date', True, 'Si vous la lui avez transmise.',
          classe='si-redirige si-nous'),
)

# The same, of an answer.
REORIENTATION = tuple(c._replace(classe=c.classe.replace('redirige', 'reorientee'),
                                 aide=c.aide.replace('redirigé', 'réorientée')) for c in REDIRECTION)

DIT = Champ('texte_final', 'Ce que nous disons à la collectivité', 'long', True,
            'Elle le lit sur sa page de suivi, et par courriel sauf diffusion restreinte.', classe='zone-message',
            vide='écrivez à la collectivité pourquoi')

FIN = (
    Champ('issue', 'Issue de l\'accompagnement', 'choix', True, 'La collectivité la lira en une phrase toute faite.',
          (choix.A_CHOISIR, *((code, libelle.capitalize()) for code, libelle in regles.ISSUES.items()))),
    *REDIRECTION,
    Champ('convenu_le', 'Convenu avec la collectivité le', 'date', classe='si-convenu',
          aide='Elle lira ce jour. Vide\u00a0: il faut l\'avoir prévenue, et la date annoncée passée.'),
    Champ('synthese', 'Synthèse', 'long', True, 'Interne, mais communicable sur demande\u00a0: restez factuel.'),
    Champ('texte_final', 'Texte pour la collectivité', 'long', classe='zone-message',
          aide='La collectivité le lit sur sa page de suivi, et par courriel sauf diffusion restreinte.'),
    Champ('ampleur', 'Ampleur de l\'accompagnement', 'choix',
          aide='Comptée dans les chiffres d\'ensemble, jamais par personne\u00a0; la collectivité ne la lit pas.',
          choix=(('', 'Non précisée'), *((code, dit.capitalize()) for code, dit in regles.AMPLEURS.items()))),
)


def _aux_issues_de(action):
    """What reads the fields of an end: the issues that this action may have, those of an accompaniment alone."""
    def ajuster(champs, demande, saisies):
        offertes = ('', *clotures.issues_de(action, demande.statut))
        issue = FIN[0]._replace(choix=[c for c in FIN[0].choix if c[0] in offertes])
        champs = [issue if c.nom == 'issue' else c for c in champs]
        if action == 'terminer' and demande.statut != 'en_cours':
            return [c for c in champs if 'si-' not in c.classe]
        return sans_contact(champs, demande, saisies) if action == 'repondu' else champs
    return ajuster


def _transmise(demande):
    return {'transmise_le': langue.aujourdhui()}


def _terminer_et_ecrire(demande):
    """« Clore » is to file without an answer, before the accompaniment."""
    return 'Clore et écrire à' if demande.statut == 'en_cours' else 'Classer et écrire à'


def choix_doublons(demande):
    """The other demandes of the collectivité that this agent may read, but those set aside: the open ones first."""
    groupes = {'Ouvertes': [], 'Closes': []}
    for autre in lire_autres(demande, request.agent):
        if autre['issue'] not in regles.ECARTS:
            titre = autre['titre'] or 'Demande libre'
            dite = f'n°\u00a0{autre["numero"]} du {langue.dire_jour(autre["depose_le"])}, {titre}'
            groupes['Closes' if autre['clos_le'] else 'Ouvertes'].append((str(autre['numero']), dite))
    return (choix.A_CHOISIR, *((nom, tuple(demandes)) for nom, demandes in groupes.items() if demandes))


def _doublon_vu(demande):
    doublon = parametre('doublon')
    return {'ecart': 'doublon', 'doublon_de': doublon} if doublon else {}


def par_une_porte(geste, numero):
    """The form filled from an organisme of the register; as it was, when it is there no more."""
    porte = next((p for p in portes.lister() if str(p.id) == numero), None)
    if porte is None:
        return {}
    return geste.porte | {
        'contact_le': langue.aujourdhui(), 'organisme': porte.organisme,
        'organisme_telephone': langue.dire_telephone(porte.telephone), 'texte_final': porte.texte}


# Told to the collectivité for ever: it waits two minutes (§12).
CLOTURE = Geste('clore', fait='partira', ecrit=True, texte='texte_final')

GESTES = {
    'repondu': CLOTURE._replace(
        section='contact',
        aide='La demande passe à «\u00a0Terminé\u00a0»\u00a0; la collectivité en est avertie par courriel.',
        champs=(*CONTACT, *FIN), ajuster=_aux_issues_de('repondu'),
        pli=('Préciser le besoin, le calendrier, l\'ampleur', ('besoin_reformule', 'calendrier', 'suite', 'ampleur')),
        initiales=lambda demande: {'contact_le': langue.aujourdhui()} | _transmise(demande),
        envoyer=lambda demande: 'Clore et écrire à', porte={'issue': 'redirige'},
        groupe='sortie', dit='Écrit à la collectivité ce qui a été répondu'),
    'terminer': CLOTURE._replace(
        aide='La collectivité en est avertie par courriel, avec son lien de suivi.',
        champs=FIN, ajuster=_aux_issues_de('terminer'), initiales=_transmise,
        envoyer=_terminer_et_ecrire, porte={'issue': 'redirige'},
        groupe='sortie', dit='Écrit l\'issue à la collectivité'),
    'repondre': CLOTURE._replace(
        titre='Répondre à la collectivité',
        aide='La collectivité lit ce texte sur sa page de suivi, et par courriel sauf diffusion restreinte. '
             'La demande est close.',
        champs=(Champ('reponse', 'Suite donnée', 'radio', True, choix=tuple(regles.REPONSES.items())),
                *REORIENTATION,
                Champ('texte_final', 'Texte pour la collectivité', 'long', True, classe='zone-message')),
        initiales=_transmise, envoyer=lambda demande: 'Répondre à', porte={'reponse': 'reorientee'},
        groupe='sortie', dit='Écrit votre réponse à la collectivité'),
    'abandonner': CLOTURE._replace(
        titre='Abandonner la demande',
        aide='À utiliser quand la collectivité renonce. '
             'Elle et l\'équipe en sont averties par courriel, sans le motif.',
        champs=(MOTIF, DIT), envoyer=lambda demande: 'Abandonner et écrire à', danger=True,
        groupe='sortie', dit='Écrit à la collectivité et à l\'équipe, sans le motif'),
    'ecarter': CLOTURE._replace(
        section='erreur', saisie=lambda valeurs: valeurs | {'doublon_de': int(valeurs.get('doublon_de') or 0)},
        titre='Écarter la demande (doublon, erreur)',
        aide='Elle est close, hors des chiffres et des délais. La collectivité en est avertie par courriel, sans le '
             'motif. D\'un doublon, la date de rappel la plus proche tient pour l\'autre demande.',
        champs=(MOTIF,
                Champ('ecart', 'Pourquoi l\'écarter\u00a0?', 'radio', True, choix=(
                    ('doublon', 'Doublon d\'une autre demande'), ('erreur', 'Déposée par erreur'))),
                Champ('doublon_de', 'Demande avec laquelle elle est suivie', 'choix', True, 'Pour un doublon.',
                      classe='si-doublon'),
                DIT._replace(classe='zone-message si-erreur')),
        choix={'doublon_de': choix_doublons}, initiales=_doublon_vu,
        envoyer=lambda demande: 'Écarter et écrire à',
        groupe='sortie', dit='Écrit à la collectivité\u00a0; l\'équipe le lit le lendemain'),
    'prevenir': Geste(
        'ecrire',
        lambda demande, agent, version, v: actes.avertir_avant_cloture(demande, agent, version, v['limite']),
        aide='La collectivité lit les jours de vos appels, et que sans réponse d\'ici là sa demande sera classée sans '
             'nouvelles\u00a0: par courriel, et sur sa page de suivi jusqu\'à cette date. Un appel sans réponse doit '
             'être noté.',
        champs=(Champ('limite', 'Réponse attendue au plus tard le', 'date', True,
                      'Un jour ouvré, dans quinze jours au moins, pas avant la date de rappel annoncée.'),),
        initiales=lambda demande: {'limite': clotures.premiere_limite(demande)}, ecrit=True,
        groupe='dossier', dit='Écrit à la collectivité\u00a0: sans réponse, sa demande sera classée'),
    'rectifier': Geste(
        'ecrire', lambda demande, agent, version, v: conversation.rectifier(demande, agent, version, v['texte']),
        titre='Ajouter un rectificatif',
        aide='La demande reste close. La collectivité le lit sur sa page de suivi, et par courriel sauf diffusion '
             'restreinte, deux minutes après l\'envoi.',
        champs=(Champ('texte', 'Rectificatif', 'long', True, classe='zone-message'),),
        fait='partira', ecrit=True, envoyer=lambda demande: 'Envoyer à', texte='texte',
        liens={'fin': 'Ajouter un rectificatif'}),
    'rouvrir': Geste(
        'erreur', titre='Rouvrir la demande',
        aide='Qui doit agir est prévenu par courriel\u00a0; la collectivité aussi, sans le motif.', champs=(MOTIF,),
        fait='statut', ecrit=True,
        groupe='sortie', dit='Écrit à qui doit agir, et à la collectivité'),
}
