"""The projets exemplaires: drafted from a finished demande, agreed to by the collectivité, withdrawn when it says so.

A draft takes of a demande what the public may know, and nothing that anyone wrote in it. What the structures say of it
is in relectures.py; what publishing asks for, in contenus.py.
"""
from models import Contenu, Membre, Refus, relire, une
from langue import a_paris, aujourdhui, de, dire_jour, jour_de, maintenant

from verbes.courriels import dire_au_matin
from verbes.journal import auditer
from verbes.questions import roles
from . import contenus, documents, images, relectures

TRAME = '## Le besoin\n\n\n\n## L\'accompagnement\n\n\n\n## Le résultat\n'
ISSUES_EXEMPLAIRES = ('realise', 'reponse')
EQUIPE = ('referent', 'chef_de_file', 'associe', 'administrateur')   # who drafts one: the roles of questions.roles()


# ---- From a demande ----

def projet_de(demande):
    """The Contenu drafted from a demande, or None."""
    return une(Contenu, 'demande_id = ? ORDER BY id', demande.numero)


def est_exemplaire(demande):
    """May a projet be made of it? Finished, by an accompaniment or an answer, for a collectivité that is known; never
    a restricted one, an essai, nor what was imported and never touched since.
    """
    return bool(demande.statut == 'termine' and demande.clos_le and demande.issue in ISSUES_EXEMPLAIRES
                and demande.collectivite_id and not (demande.restreinte or demande.essai or demande.reprise))


def peut_rediger(demande, agent):
    """Someone of its team, or an administrateur, of a demande from which a projet may be made."""
    return est_exemplaire(demande) and _de_l_equipe(demande, agent)


def _de_l_equipe(demande, agent):
    return any(role in EQUIPE for role in roles(demande, agent))


def rediger_depuis(demande, agent):
    """A draft of projet, of the public data of a demande alone; returns its id.

    Neither the message nor the place, both typed by the mairie; nor a name, the journal, the synthèse. The number is
    kept for the agents.
    """
    if projet_de(demande):
        raise Refus('Cette demande a déjà son projet exemplaire.', 409)
    if not _de_l_equipe(demande, agent):
        raise Refus('Seuls l\'équipe de cette demande et les administrateurs en font un projet exemplaire.', 403)
    if not est_exemplaire(demande):
        raise Refus('Un projet exemplaire vient d\'une demande terminée par un accompagnement ou une réponse, '
                    'rattachée à une collectivité, et qui n\'est pas à diffusion restreinte.', 409)
    return contenus.creer('projet', agent, _donnees_publiques(demande, agent), demande=demande.numero)


def _donnees_publiques(demande, agent):
    """What the public may know of a demande; the fiche, when it has a public page."""
    collectivite = demande.collectivite_liee
    fiche = demande.fiche if demande.fiche_id and demande.fiche.etat in ('publiee', 'suspendue') else None
    theme = demande.theme_id or (fiche and fiche.theme_id)
    sujet = fiche.titre if fiche else 'Un accompagnement'
    exemple = f'l\'exemple {de(collectivite.nom)}' if collectivite.type == 'Commune' else collectivite.nom
    places = Membre.select(Membre.structure).where(Membre.demande == demande.numero).distinct()
    return {
        'titre': f'{sujet}\u00a0: {exemple}', 'corps': TRAME,
        'theme': theme, 'structure': agent.direction.structure_id, 'collectivite': collectivite.id,
        'annee': a_paris(demande.clos_le).year, 'fiches': [fiche.id] if fiche else [],
        'structures': sorted(place.structure_id for place in places)}


def avertissements(contenu):
    """What has become of the demande since, and of the text: to be looked at before publishing, in sentences."""
    demande, phrases = contenu.demande, []
    if demande and demande.restreinte:
        phrases.append(f'La demande n°\u00a0{demande.numero} est devenue à diffusion restreinte\u00a0: assurez-vous '
                       'que rien, ici, ne vient d\'elle.')
    elif demande and not est_exemplaire(demande):
        phrases.append(f'La demande n°\u00a0{demande.numero} a changé depuis le brouillon\u00a0: elle n\'est plus '
                       'terminée par un accompagnement ou une réponse.')
    if contenu.etat != 'publie' and a_un_accord(contenu) and jour_de(contenu.modifie_le) > contenu.accord_le:
        phrases.append('Le texte a changé depuis l\'accord de la collectivité\u00a0: elle doit connaître ce qui sera '
                       'publié.')
    return phrases


# ---- The consent of the collectivité ----

def a_un_accord(contenu):
    return bool(contenu.accord_le and not contenu.accord_retire_le)


def accord_lu(contenu):
    """What the form of the consent is filled from."""
    return {nom: getattr(contenu, nom) for nom in ('accord_par', 'accord_le', 'accord_retire_le')}


def documents_d_accord(contenu):
    """The Documents of the consent, without their bytes."""
    return documents.lignes_de('accord', contenu.id)


DOCUMENT_ATTENDU = 'Joignez le document de l\'accord\u00a0: une lettre, un courriel, une délibération.'


def document_attendu(contenu):
    """Does what is noted now need its document? That of a consent withdrawn proves nothing any more."""
    return bool(contenu.accord_retire_le or not documents_d_accord(contenu))


def note_l_accord(contenu, agent):
    """May this agent say who agreed? Once it is published everyone reads it: as its other words, who publishes."""
    return (contenus.peut_publier if contenu.etat == 'publie' else contenus.peut_ecrire)(contenu, agent)


def noter_accord(contenu, agent, par, le, fichiers=()):
    """The collectivité agrees: who, on which day, and the document that says so (one at least)."""
    contenu = _projet_a_ecrire(contenu, agent)
    if not note_l_accord(contenu, agent):
        raise Refus('Ce projet est publié\u00a0: un administrateur change ce que le public y lit.', 403)
    if not par:
        raise Refus('Dites qui a donné l\'accord, par sa fonction\u00a0: «\u00a0sa maire\u00a0», «\u00a0le conseil '
                    'municipal\u00a0».', champ='accord_par')
    if not le or le > aujourdhui():
        raise Refus('Indiquez le jour où l\'accord a été donné, au plus tard aujourd\'hui.', champ='accord_le')
    if contenu.accord_retire_le and le < contenu.accord_retire_le:
        raise Refus(f'L\'accord a été retiré le {dire_jour(contenu.accord_retire_le, True)}\u00a0: il en faut un '
                    'nouveau, donné depuis.', champ='accord_le')
    if not fichiers and document_attendu(contenu):
        raise Refus(DOCUMENT_ATTENDU, champ='pieces')
    if fichiers:
        documents.ajouter_document('accord', contenu.id, 'Accord de la collectivité', fichiers, agent)
    Contenu.update(accord_par=par, accord_le=le, accord_retire_le=None).where(Contenu.id == contenu.id).execute()
    auditer('accord de la collectivité noté', agent, f'{contenu.id}, donné le {dire_jour(le, True)}',
            objet=f'contenu:{contenu.id}')


def oter_document(document, agent):
    """Take away a document of the consent that was joined by mistake; not the proof of what is, or was, published."""
    contenu = _projet_a_ecrire(Contenu.get_by_id(int(document.objet)), agent)
    if contenu.accord_retire_le or (contenu.etat == 'publie' and len(documents_d_accord(contenu)) == 1):
        raise Refus('Ce document prouve l\'accord de la collectivité\u00a0: il est gardé. Joignez d\'abord celui qui '
                    'le remplace.', 409)
    documents.retirer_document(document, agent)


def _projet_a_ecrire(contenu, agent):
    contenu = relire(contenu)
    if contenu.genre != 'projet':
        raise Refus('Ce contenu n\'est pas un projet exemplaire.', 404)
    if not contenus.peut_ecrire(contenu, agent):
        raise Refus('L\'accord de la collectivité est tenu par l\'auteur du projet et les administrateurs.', 403)
    return contenu


def retirer_accord(contenu, agent, le, motif):
    """The collectivité withdraws its consent: the projet is gone at once everywhere, its images and files for ever.

    The documents of the consent stay, for who may be asked why it was published; a new one asks for a new document.
    """
    contenu = relire(contenu)
    if not agent.administre:
        raise Refus('Seul un administrateur retire l\'accord d\'une collectivité.', 403)
    if contenu.genre != 'projet' or not a_un_accord(contenu):
        raise Refus('Aucun accord n\'est en cours sur ce contenu\u00a0: rien n\'est à retirer.', 409)
    if not le or not contenu.accord_le <= le <= aujourdhui():
        raise Refus(f'Indiquez le jour où la collectivité a retiré son accord, entre le '
                    f'{dire_jour(contenu.accord_le, True)}, où elle l\'a donné, et aujourd\'hui.', champ='le')
    if not motif:
        raise Refus('Dites en quelques mots ce qu\'a demandé la collectivité.', champ='motif')
    retire = {'etat': 'retire', 'retire_le': maintenant()} if contenu.etat == 'publie' else {}
    Contenu.update(accord_retire_le=le, **retire).where(Contenu.id == contenu.id).execute()
    for image in images.lignes_de(contenu.id):
        images.retirer_image(image, agent)
    for fichier in documents.lignes_de('contenu', contenu.id):
        documents.retirer_document(fichier, agent)
    auditer('accord de la collectivité retiré', agent, f'{contenu.id}, le {dire_jour(le, True)}\u00a0: {motif}',
            objet=f'contenu:{contenu.id}')
    dire_au_matin(relectures.auteur(contenu), f'projet {contenu.id}', sauf=agent, phrase=(
        f'projet «\u00a0{contenu.titre}\u00a0»\u00a0: la collectivité a retiré son accord le {dire_jour(le, True)}, '
        f'il n\'est plus en ligne, {relectures.adresse(contenu)}'))
