"""Putting a demande aside in one's own day, and taking it up again: the audit does not say why, the team reads it."""
import models
from models import Cote, Refus
from langue import aujourdhui, dire_jour, maintenant, plus_jours

from verbes import questions
from verbes.journal import auditer
from verbes.questions import permettre
from verbes.regles import JOURS_DE_COTE

# Of a row of « cote »: when the demandeur last wrote, or said « pas encore », or its référent came; when an answer came
# from an unknown address, that waits apart.
REVEIL = """max(
    coalesce((SELECT demande.inconnue_le FROM demande WHERE demande.numero = cote.demande_id), ''),
    coalesce((SELECT demande.rappele_le FROM demande
              WHERE demande.numero = cote.demande_id AND demande.rappele = 'pas_encore'), ''),
    coalesce((SELECT max(journal.cree_le) FROM journal
              WHERE journal.demande_id = cote.demande_id AND journal.nature = 'message'), ''),
    coalesce((SELECT membre.depuis_le FROM membre
              WHERE membre.demande_id = cote.demande_id AND membre.role = 'referent'), ''))"""


def mettre_de_cote(demande, agent, jusqu_au, raison):
    """Until a day, thirty at most; a promise due by the next working day can't be put aside. What is over goes away."""
    permettre(demande, 'cote', agent)
    jour, dernier = aujourdhui(), plus_jours(aujourdhui(), JOURS_DE_COTE)
    if questions.promesse_proche(demande.echeance, demande.premier_contact_le, demande.date_a_tenir, jour,
                               models.jours_fermes()):
        raise Refus('Une promesse de cette demande est due aujourd\'hui, demain ou déjà passée\u00a0: '
                    'elle reste dans votre journée.', champ='jusqu_au')
    if not jour < jusqu_au <= dernier:
        raise Refus(f'Indiquez un jour entre demain et le {dire_jour(dernier, True)}.', champ='jusqu_au')
    Cote.delete().where((Cote.jusqu_au <= jour) | _sien(demande, agent)).execute()
    Cote.create(agent=agent, demande=demande, jusqu_au=jusqu_au, raison=raison, mis_le=maintenant())
    auditer('demande mise de côté', agent, f'n°\u00a0{demande.numero}, jusqu\'au {dire_jour(jusqu_au, True)}',
            objet=f'demande:{demande.numero}')


def reprendre(demande, agent):
    permettre(demande, 'reprendre', agent)
    if not Cote.delete().where(_sien(demande, agent)).execute():
        raise Refus('Cette demande n\'est plus de côté\u00a0: elle est dans votre journée.', 409)
    auditer('demande reprise', agent, f'n°\u00a0{demande.numero}', objet=f'demande:{demande.numero}')


def _sien(demande, agent):
    return (Cote.agent == agent) & (Cote.demande == demande)
