"""The journal: a note, a mail joined to it that becomes one, a line corrected (regles.md §6)."""
import langue
from models import Journal
from verbes import journal, regles
from verbes.demande import lecture_a_part, reponses
from views import annoncer, consigne, parametre, request
from views.champs import PIECES, Champ
from views.entrees import trouver

from ..geste import Geste, casier

annoncer('/espace/demandes/', journal='Le journal est complété.')

JOURNAL = (
    Champ('texte', 'Note au journal', 'long', True,
          'Interne, mais communicable sur demande\u00a0: restez factuel.', vide='écrivez votre note'),
    Champ('nature', 'Nature', 'choix', True, choix=tuple(regles.NATURES.items())),
    Champ('acte_le', 'Date de l\'acte', 'date'),
    PIECES._replace(
        choix=(('accept', f'{PIECES.choix[0][1]},.eml'), *PIECES.choix[1:]),
        aide=f'{PIECES.aide} Un courriel enregistré (.eml) devient une note à sa date.'),
)

A_ENREGISTRER = (
    '«\u00a0{}\u00a0» est au format d\'Outlook (.msg), que la Plateforme ne lit pas. Dans Outlook sur le web ou le '
    'nouvel Outlook, ouvrez ce message, puis «\u00a0…\u00a0» et «\u00a0Enregistrer sous\u00a0»\u00a0: joignez le '
    'fichier .eml. Dans un Outlook plus ancien, copiez ici son texte.')
TROP_LOURD = ('«\u00a0{}\u00a0» n\'est pas joint\u00a0: ce courriel est trop lourd, ou trop compliqué, pour être lu '
              'ici. Copiez son texte dans la note, et joignez ses fichiers.')
UN_A_LA_FOIS = 'Joignez un seul courriel (.eml) à la fois\u00a0: chacun devient une note, à sa date.'


def ouvrir_un_courriel():
    """request.courriel: (whether a mail was among the files of a note, what is at fault). The note becomes what it
    says, « courriel important » of its date, its files those of the note: it is shown before it is kept.
    """
    request.courriel = _lire_un_courriel() if request.path.endswith('/journal') else (False, '')


def _lire_un_courriel():
    pieces = request.fichiers.get('pieces', [])
    lettres, joints = [], []
    for nom, contenu in pieces:
        if nom.lower().endswith('.msg'):
            request.fichiers['pieces'] = [piece for piece in pieces if not piece[0].lower().endswith(('.msg', '.eml'))]
            return False, A_ENREGISTRER.format(journal.nom_de_piece(nom))
        (lettres if nom.lower().endswith('.eml') else joints).append((nom, contenu))
    if not lettres:
        return False, ''
    if len(lettres) > 1:
        request.fichiers['pieces'] = joints
        return False, UN_A_LA_FOIS
    courriel = lecture_a_part.lire_a_part(bytes(lettres[0][1]))
    request.fichiers['pieces'] = [*joints, *courriel.fichiers]
    if courriel.lourde:
        return False, TROP_LOURD.format(journal.nom_de_piece(lettres[0][0]))
    jour = langue.jour_de(courriel.ecrit_le) if courriel.ecrit_le else ''
    request.saisies.update({
        'texte': '\n\n'.join(filter(None, (request.saisies.get('texte', '').strip(), reponses.en_note(courriel)))),
        'nature': 'courriel', 'acte_le': jour if '2000' < jour <= langue.aujourdhui() else ''})
    return True, ''


def _ajouter(demande, agent, version, valeurs):
    pieces, _ = consigne.trier(*casier(demande, agent, request.saisies))
    journal.ajouter_au_journal(
        demande, agent, valeurs['nature'], valeurs['texte'], valeurs['acte_le'] or None, pieces)


def _corriger(demande, agent, version, valeurs):
    ligne = trouver(Journal, valeurs['ligne'], 'Cette ligne n\'est pas au journal de la demande.',
                    Journal.demande == demande.numero)
    journal.corriger_ligne(ligne, agent, valeurs['texte'])


GESTES = {
    'journal': Geste(
        'ecrire', _ajouter, champs=JOURNAL, initiales=lambda demande: {'nature': parametre('nature')},
        fait='journal', sur_la_page=True, ajoute=True, fichiers=True),
    'journal-corriger': Geste(
        'ecrire', _corriger, loi='journal',
        titre='Corriger une ligne du journal', aide='Le premier texte reste consultable.',
        champs=(Champ('ligne', '', 'cache', True), Champ('texte', 'Texte corrigé', 'long', True)),
        bouton='Enregistrer la correction', fait='journal', ajoute=True),
}
