"""What an administrateur writes on screen: the settings, the legal pages, the text of each mail."""
from models import PageLegale, Refus, Reglage
from langue import aujourdhui, dire_jour, dire_jour_long, maintenant

from . import versions
from .journal import auditer, empreinte, verifier_vue


def marquer(valeurs):
    """What a form carries of the values it shows, {key: value}: two administrateurs may have it open."""
    return ' '.join(f'{cle}:{empreinte(valeur)}' for cle, valeur in valeurs.items())


def remarquer(vue, refus, valeurs):
    """What it carries after a Refus: of a key that another has changed meanwhile, what is there has now been read."""
    cle = refus.champ
    if refus.code != 409 or cle not in valeurs:
        return vue
    autres = [marque for marque in vue.split() if not marque.startswith(f'{cle}:')]
    return ' '.join([*autres, marquer({cle: valeurs[cle]})])


def _a_changer(avant, valeurs, vue):
    """The keys to write. A field left as the form has shown it changes nothing, so that what another wrote meanwhile
    stays; the same one changed by both is a Refus.
    """
    lus = dict(marque.split(':', 1) for marque in vue.split() if ':' in marque)
    changes = [cle for cle, valeur in valeurs.items() if avant[cle] != valeur and lus.get(cle) != empreinte(valeur)]
    for cle in changes:
        if cle in lus and lus[cle] != empreinte(avant[cle]):
            dit = f'«\u00a0{avant[cle]}\u00a0»' if avant[cle] else 'un champ vide'
            raise Refus(f'Un autre administrateur a enregistré ici {dit} pendant que vous écriviez. '
                        'Relisez, puis enregistrez de nouveau si vous voulez remplacer ce texte.', 409, cle)
    return changes


def regler(valeurs, agent, vue=''):
    """Change the settings that differ, {key: value}, and date them; the audit says which, never what they say.
    vue: what the form carried (marquer).
    """
    changes = _a_changer(Reglage.tous(), valeurs, vue)
    poser({cle: valeurs[cle] for cle in changes})
    if changes:
        auditer('réglages modifiés', agent, ', '.join(changes))


def poser(valeurs):
    """Write the settings that differ, {key: value}, and date them; returns their keys: the verb says the rest."""
    avant = Reglage.tous()
    changes = [cle for cle, valeur in valeurs.items() if avant[cle] != valeur]
    for cle in changes:
        Reglage.update(valeur=valeurs[cle], regle_le=aujourdhui()).where(Reglage.cle == cle).execute()
    return changes


def dire_datee(jour, reference):
    return f'{dire_jour(jour, True)} {reference}'.strip() if jour else reference


def dater(lignes, agent, vue=''):
    """Write what a département must have done, {key of a dated line: (day or '', reference)}: of each, all or nothing.
    """
    avant = {r.cle: dire_datee(r.regle_le, r.valeur) for r in Reglage.select().where(Reglage.cle.in_(list(lignes)))}
    changes = _a_changer(avant, {cle: dire_datee(*ligne) for cle, ligne in lignes.items()}, vue)
    for cle in changes:
        jour, reference = lignes[cle]
        if reference and not jour:
            raise Refus('Indiquez aussi la date.', champ=cle)
        if jour > aujourdhui():
            raise Refus(f'Le {dire_jour_long(jour)} n\'est pas encore passé\u00a0: indiquez le jour où c\'est fait.',
                        champ=cle)
        Reglage.update(valeur=reference, regle_le=jour or None).where(Reglage.cle == cle).execute()
    if changes:
        auditer('lignes datées', agent, ', '.join(changes))


CHAMPS_DE_PAGE = {'titre': 'Titre', 'corps': 'Texte'}


def champs_de_page(contenu):
    """What a legal page (PageLegale) says, as a version keeps it."""
    return {nom: getattr(contenu, nom) for nom in CHAMPS_DE_PAGE}


def ecrire_page(contenu, valeurs, agent, pourquoi, vue=None):
    """The title and the text of a legal page, a new version of it; Refus 409 when it is not what the form was shown."""
    contenu = PageLegale.get_by_id(contenu.cle)
    avant = champs_de_page(contenu)
    if vue is not None:
        verifier_vue(vue, avant, 'Ce texte')
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
