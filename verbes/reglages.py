"""What an administrateur writes on screen: the settings, the legal pages, the text of each mail."""
from models import Contenu, Reglage
from langue import maintenant

from . import versions
from .journal import auditer


def regler(valeurs, agent):
    """Change the settings that differ, {key: value}; the audit says which, never what they say."""
    avant = Reglage.tous()
    changes = [cle for cle, valeur in valeurs.items() if avant[cle] != valeur]
    for cle in changes:
        Reglage.update(valeur=valeurs[cle]).where(Reglage.cle == cle).execute()
    if changes:
        auditer('réglages modifiés', agent, ', '.join(changes))


CHAMPS_DE_PAGE = {'titre': 'Titre', 'corps': 'Texte'}


def champs_de_page(contenu):
    """What a legal page (Contenu) says, as a version keeps it."""
    return {nom: getattr(contenu, nom) for nom in CHAMPS_DE_PAGE}


def ecrire_page(contenu, valeurs, agent, pourquoi, vue=None):
    """The title and the text of a legal page, a new version of it; Refus 409 when it is not what the form was shown."""
    contenu = Contenu.get_by_id(contenu.cle)
    avant = champs_de_page(contenu)
    if vue is not None:
        versions.verifier(avant, vue)
    if avant | valeurs != avant:
        _ecrire(contenu, valeurs, 'page modifiée', agent, modifie_le=maintenant())
        versions.publier('page', contenu.cle, avant, avant | valeurs, pourquoi, agent)


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
