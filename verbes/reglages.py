"""What an administrateur writes on screen: the settings, the legal pages, the text of each mail, of each letter."""
from models import AUDIT, Refus, Reglage, en_periode_electorale
from langue import aujourdhui, dire_ecarts, dire_jour_long, plus_jours

from . import comptes, textes, valeurs, versions
from .journal import auditer


def regler(reglages, agent):
    """Change the settings that differ, {key: value}, and date them; the audit says which, from what to what."""
    _exiger_un_motif(reglages)
    _exiger_des_delais(reglages)
    _exiger_un_audit(reglages)
    _exiger_des_delegations(reglages)
    a_prevenir = _du_second_facteur(reglages)
    avant = valeurs.lire()
    changes = poser(reglages)
    Reglage.delete().where(Reglage.cle == valeurs.RETIRE).execute()
    if changes:
        auditer('réglages modifiés', agent, dire_ecarts(
            (avant[cle].libelle, avant[cle].valeur, reglages[cle]) for cle in changes), objet='reglages')
    if a_prevenir:
        comptes.annoncer_le_second_facteur(a_prevenir)


def _exiger_un_motif(reglages):
    """Over a year, what is kept of each person asks why (regles.md §13)."""
    apres = {cle: reglage.valeur for cle, reglage in valeurs.lire().items()} | reglages
    if int(apres['conservation_audit']) > 12 and not apres['conservation_motif'] and 'conservation_audit' in reglages:
        raise Refus('L\'audit est gardé plus de douze mois\u00a0: dites pourquoi, ou revenez à douze.',
                    champ='conservation_motif')


def _exiger_des_delais(reglages):
    """What is urgent is promised before what is complex (regles.md §5)."""
    apres = Reglage.tous() | reglages
    if int(apres['delai_urgente']) >= int(apres['delai_complexe']):
        raise Refus('Une assistance urgente se rappelle avant un projet complexe\u00a0: donnez-lui moins de jours.',
                    champ='delai_urgente')


SEUILS = {'partiellement conforme': 50, 'totalement conforme': 100}   # % of the criteria of the RGAA, at least


def _exiger_un_audit(reglages):
    """A level of accessibility is what an audit found: it is said with its day, its author, its rate (regles.md §16).
    """
    niveau, manquent = reglages.get('accessibilite'), [cle for cle in AUDIT if not reglages.get(cle)]
    if niveau in SEUILS and manquent:
        raise Refus(f'Un site n\'est {niveau} que d\'après un audit\u00a0: indiquez son jour, son auteur et son taux, '
                    'ou choisissez «\u00a0Non conforme\u00a0».', champ=manquent[0])
    if niveau in SEUILS and int(reglages['audit_taux']) < SEUILS[niveau]:
        raise Refus(f'Un site est {niveau} à partir de {SEUILS[niveau]}\u00a0% des critères respectés\u00a0: '
                    'corrigez le niveau ou le taux.', champ='accessibilite')


def _exiger_des_delegations(reglages):
    """A signatory's last day is not before the first."""
    for cle in valeurs.SIGNATAIRES:
        du, au = reglages.get(f'{cle}_du'), reglages.get(f'{cle}_au')
        if du and au and au < du:
            raise Refus(f'Le dernier jour vient avant le premier ({dire_jour_long(du)})\u00a0: corrigez l\'un des '
                        'deux.', champ=f'{cle}_au')


PREAVIS = 14                                                        # days


def _du_second_facteur(reglages):
    """The day from which a second factor is asked of all, when it is a new one, of which they are to be told; else ''.
    """
    avant = {cle: reglage.valeur for cle, reglage in valeurs.lire().items()}
    apres = avant | reglages
    le = apres['second_facteur_le'] if apres['second_facteur_exige'] == 'tous_les_comptes' else ''
    deja = avant['second_facteur_exige'] == 'tous_les_comptes' and avant['second_facteur_le'] == le
    if apres['second_facteur_exige'] == 'tous_les_comptes' and not deja and le < plus_jours(aujourdhui(), PREAVIS):
        raise Refus(f'Indiquez à partir de quel jour, le {dire_jour_long(plus_jours(aujourdhui(), PREAVIS))} au plus '
                    'tôt\u00a0: chacun doit être prévenu.', champ='second_facteur_le')
    return '' if deja else le


def poser(reglages):
    """Write the settings that differ, {key: value}, and date them; returns their keys: the verb says the rest.

    One whose default has changed since it was written is read again: it is over that of today that it stands.
    """
    avant = valeurs.lire()
    changes = [cle for cle, valeur in reglages.items() if avant[cle].valeur != valeur or valeurs.perime(avant[cle])]
    for cle in changes:
        valeurs.ecrire(cle, reglages[cle], aujourdhui())
    return changes


def dater(lignes, agent):
    """Write what a département must have done, {key of a dated line: (day or '', reference)}: of each, all or nothing.
    """
    avant = valeurs.lire()
    changes = [cle for cle, ligne in lignes.items() if (avant[cle].regle_le or '', avant[cle].valeur) != ligne]
    for cle in changes:
        jour, reference = lignes[cle]
        if reference and not jour:
            raise Refus('Indiquez aussi la date.', champ=f'{cle}_le')
        if jour > aujourdhui():
            raise Refus(f'Le {dire_jour_long(jour)} n\'est pas encore passé\u00a0: indiquez le jour où c\'est fait.',
                        champ=f'{cle}_le')
        valeurs.ecrire(cle, reference, jour)
    if changes:
        auditer('lignes datées', agent, dire_ecarts(
            (avant[cle].libelle, avant[cle].regle_le, lignes[cle][0]) for cle in changes), objet='obligations')


CHAMPS_DE_TEXTE = {
    'page':     {'titre': 'Titre', 'corps': 'Texte'},
    'courriel': {'titre': 'Objet', 'corps': 'Texte'},
    'lettre':   {'titre': 'Objet', 'corps': 'Texte'},
}
FAITS = {'page': 'page modifiée', 'courriel': 'courriel modifié', 'lettre': 'lettre modifiée'}
REVENU = 'Retour au texte d\'origine.'
SANS_RAISON = 'Texte réécrit.'


def champs_de_texte(texte):
    """What a Texte (a legal page, a mail) says, as a version keeps it."""
    return {'titre': texte.titre, 'corps': texte.corps}


def ecrire_texte(texte, neufs, agent, pourquoi=''):
    """The title (the subject) and the text of a legal page, of a mail: a new version of it. Written as it was already,
    it has been read again: it is over the words of today that it stands.
    """
    genre, cle = texte.genre, texte.cle
    _refuser_en_periode_electorale(genre)
    texte = textes.lire(genre, cle)
    avant = champs_de_texte(texte)
    apres = avant | neufs
    if genre == 'lettre' and '{demandes}' not in apres['corps']:
        raise Refus('Gardez {demandes}\u00a0: sans ce repère, la lettre ne dirait ni le numéro, ni la date, ni qui '
                    'suit la demande.', champ='corps')
    changes = versions.changes(avant, apres)
    if not changes and not textes.perime(texte):
        return
    textes.ecrire(genre, cle, **apres)
    auditer(FAITS[genre], agent, _noms(genre, changes) or 'relu', objet=f'{genre}:{cle}')
    if changes:
        versions.publier(genre, cle, avant, apres, pourquoi or SANS_RAISON, agent)


def _noms(genre, changes):
    return ', '.join(CHAMPS_DE_TEXTE[genre][nom] for nom in changes)


def _refuser_en_periode_electorale(genre):
    reglages = Reglage.tous()
    if genre == 'lettre' and en_periode_electorale(reglages, aujourdhui()):
        raise Refus(f'Période électorale jusqu\'au {dire_jour_long(reglages["electorale_au"])}\u00a0: le texte de la '
                    'lettre ne change pas ces jours-là. Imprimer et envoyer restent possibles.')


def revenir(texte, agent):
    """Say again what comes with the software."""
    titre, corps = textes.origine(texte.genre, texte.cle)
    ecrire_texte(texte, {'titre': titre, 'corps': corps}, agent, REVENU)
