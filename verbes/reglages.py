"""What an administrateur writes on screen: the settings, the legal pages, the text of each mail."""
from models import Reglage
from langue import maintenant

from .journal import auditer


def regler(valeurs, agent):
    """Change the settings that differ, {key: value}; the audit says which, never what they say."""
    avant = Reglage.tous()
    changes = [cle for cle, valeur in valeurs.items() if avant[cle] != valeur]
    for cle in changes:
        Reglage.update(valeur=valeurs[cle]).where(Reglage.cle == cle).execute()
    if changes:
        auditer('réglages modifiés', agent, ', '.join(changes))


def ecrire_page(contenu, valeurs, agent):
    """The title and the text of a legal page (Contenu)."""
    _ecrire(contenu, valeurs, 'page modifiée', agent, modifie_le=maintenant())


def ecrire_courriel(modele, valeurs, agent):
    """The subject and the text of a mail (Modele): for the next ones."""
    _ecrire(modele, valeurs, 'courriel modifié', agent)


def _ecrire(ligne, valeurs, fait, agent, **aussi):
    """Write what differs in a row, with its line of audit: which fields. Nothing when all is the same."""
    changes = [nom for nom, valeur in valeurs.items() if getattr(ligne, nom) != valeur]
    if changes:
        table = type(ligne)
        table.update(**valeurs, **aussi).where(table.cle == ligne.cle).execute()
        auditer(fait, agent, f'{ligne.cle}\u00a0: {", ".join(changes)}')
