"""What an administrateur writes on screen: the settings, the legal pages, the text of each mail."""
from models import PageLegale, Refus, Reglage
from langue import aujourdhui, dire_jour_long, maintenant

from . import versions
from .journal import auditer


def regler(valeurs, agent):
    """Change the settings that differ, {key: value}, and date them; the audit says which, never what they say."""
    changes = poser(valeurs)
    if changes:
        auditer('réglages modifiés', agent, ', '.join(changes), objet='reglages')


def poser(valeurs):
    """Write the settings that differ, {key: value}, and date them; returns their keys: the verb says the rest."""
    avant = Reglage.tous()
    changes = [cle for cle, valeur in valeurs.items() if avant[cle] != valeur]
    for cle in changes:
        Reglage.update(valeur=valeurs[cle], regle_le=aujourdhui()).where(Reglage.cle == cle).execute()
    return changes


def dater(lignes, agent):
    """Write what a département must have done, {key of a dated line: (day or '', reference)}: of each, all or nothing.
    """
    avant = {r.cle: (r.regle_le or '', r.valeur) for r in Reglage.select().where(Reglage.cle.in_(list(lignes)))}
    changes = [cle for cle, ligne in lignes.items() if avant[cle] != ligne]
    for cle in changes:
        jour, reference = lignes[cle]
        if reference and not jour:
            raise Refus('Indiquez aussi la date.', champ=cle)
        if jour > aujourdhui():
            raise Refus(f'Le {dire_jour_long(jour)} n\'est pas encore passé\u00a0: indiquez le jour où c\'est fait.',
                        champ=cle)
        Reglage.update(valeur=reference, regle_le=jour or None).where(Reglage.cle == cle).execute()
    if changes:
        auditer('lignes datées', agent, ', '.join(changes), objet='obligations')


CHAMPS_DE_PAGE = {'titre': 'Titre', 'corps': 'Texte'}


def champs_de_page(contenu):
    """What a legal page (PageLegale) says, as a version keeps it."""
    return {nom: getattr(contenu, nom) for nom in CHAMPS_DE_PAGE}


def ecrire_page(contenu, valeurs, agent, pourquoi):
    """The title and the text of a legal page, a new version of it."""
    contenu = PageLegale.get_by_id(contenu.cle)
    avant = champs_de_page(contenu)
    if avant | valeurs != avant:
        _ecrire(contenu, valeurs, 'page', agent, modifie_le=maintenant())
        versions.publier('page', contenu.cle, avant, avant | valeurs, pourquoi, agent)


def ecrire_courriel(modele, valeurs, agent):
    """The subject and the text of a mail (Modele): for the next ones."""
    _ecrire(modele, valeurs, 'courriel', agent)


FAITS = {'page': 'page modifiée', 'courriel': 'courriel modifié'}


def _ecrire(ligne, valeurs, quoi, agent, **aussi):
    """Write what differs in a row, with its line of audit: which fields. Nothing when all is the same."""
    changes = [nom for nom, valeur in valeurs.items() if getattr(ligne, nom) != valeur]
    if changes:
        table = type(ligne)
        table.update(**valeurs, **aussi).where(table.cle == ligne.cle).execute()
        auditer(FAITS[quoi], agent, f'{ligne.cle}\u00a0: {", ".join(changes)}', objet=f'{quoi}:{ligne.cle}')
