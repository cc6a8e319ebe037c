"""The images and the files of a content, joined and withdrawn; what is downloaded of them, and of the fiches.

What the public reads today is kept an hour by who asks; what only agents read, never; what is withdrawn answers 410.
"""
from bottle import HTTPResponse

from models import Contenu, Document, Fiche, Refus
from verbes.contenus import contenus, documents, formats, images
from verbes.regles import ETATS_DE_CONTENU
from views import aller, app, page, request
from views.champs import fichiers
from views.entrees import ID, IDENTIFIANT, entete, trouver
from views.exports import NON_GARDE, livrer_octets, telecharger
from views.tenue import forme, lire, tenir
from .joints import document, joints_de, tenue_de

UNE_HEURE = 'public, max-age=3600'
TYPES = {'jpg': 'image/jpeg', 'png': 'image/png', 'webp': 'image/webp'}
ABSENT = 'Ce document n\'existe pas, ou n\'est plus proposé.'
RETIRE = 'Ce fichier a été retiré du site\u00a0: il n\'y sera plus. Pour en savoir plus, écrivez à l\'équipe.'


# ---- What is downloaded, what is shown ----

@app.get(f'/documents/{IDENTIFIANT}', qui='public')
def telecharger_document(id, fin):
    """A file joined to a fiche or to a content, for who may read this one."""
    fichier = document(int(id), 'fiche', 'contenu', 'accord')
    if fichier is None:
        raise Refus(ABSENT, 404)
    if fichier.genre == 'fiche':
        _exiger_fiche(fichier)
        return telecharger(_entier(fichier))
    return _servir(fichier, telecharger)


@app.get(f'/images/{ID}', qui='public')
def montrer_image(id):
    image = document(int(id), 'image', 'logo')
    if image is None:
        raise Refus('Cette image n\'existe pas, ou n\'est plus proposée.', 404)
    if image.genre != 'logo':
        return _servir(image, _en_ligne)
    if image.retire_le:
        raise Refus(RETIRE, 410)
    return _garder_une_heure(image, _en_ligne)


def _en_ligne(image, cache):
    return livrer_octets(image, TYPES[image.type], cache, {'Content-Disposition': 'inline'})


def _entier(sans_octets):
    return Document.get_by_id(sans_octets.id)


def _exiger_fiche(joint):
    """A fiche that has a public page; of the others, for the agents alone."""
    fiche = Fiche.get_or_none(Fiche.id == joint.objet)
    if not fiche or not (request.agent or fiche.etat in ('publiee', 'suspendue')):
        raise Refus(ABSENT, 404)


def _servir(joint, livrer):
    """A file of a content. An agent's browser keeps none: who has just withdrawn one sees that it is gone."""
    contenu = Contenu.get_or_none(Contenu.id == joint.objet)
    if contenu is None or not _est_public(joint, contenu):
        _exiger_agent(joint, contenu)
        return livrer(_entier(joint), NON_GARDE)
    return livrer(_entier(joint), NON_GARDE) if request.agent else _garder_une_heure(joint, livrer)


def _garder_une_heure(joint, livrer):
    """What everyone reads is kept an hour, then asked for by its mark: a 304 has no bytes to read."""
    marque = f'"{joint.sha256[:32]}"'
    connue = entete('If-None-Match') == marque
    reponse = HTTPResponse(status=304, headers={'Cache-Control': UNE_HEURE}) if connue else livrer(
        _entier(joint), UNE_HEURE)
    reponse.set_header('ETag', marque)
    return reponse


def _est_public(joint, contenu):
    """Does everyone read it today? Refus 410 of what everyone read."""
    if joint.genre == 'accord' or contenu.audience != 'public':
        return False
    publie, publie_avant = contenus.publie_pour(contenu, None), contenus.a_ete_publie(contenu)
    if (joint.retire_le and (publie or publie_avant)) or (publie_avant and not request.agent):
        raise Refus(RETIRE, 410)                                    # of a draft: 404, which does not say it is there
    return publie and not joint.retire_le


def _exiger_agent(joint, contenu):
    """Refus unless this agent reads what it is joined to; an agreement, unless they write it."""
    lit = contenus.peut_ecrire if joint.genre == 'accord' else contenus.peut_lire
    if not (contenu and request.agent and lit(contenu, request.agent)):
        raise Refus(ABSENT, 404)
    if joint.retire_le:
        raise Refus(RETIRE, 410)


# ---- The page where they are joined ----

def _contenu(id_, retrait=False):
    """A Contenu whose files this agent changes; of one that is published, they may only take away (retrait) what an
    administrateur has published.
    """
    contenu = trouver(Contenu, id_, 'Ce contenu n\'existe pas. Revenez à la liste des contenus.')
    if not contenus.peut_ecrire(contenu, request.agent):
        raise Refus('Seuls l\'auteur de ce contenu et les administrateurs changent ses images et ses fichiers.', 403)
    if contenu.etat == 'publie' and not retrait and not contenus.peut_publier(contenu, request.agent):
        raise Refus('Ce contenu est publié\u00a0: un administrateur y ajoute une image ou un fichier. '
                    'Vous pouvez en retirer.', 403)
    return contenu


def _montrer_fichiers(contenu, formulaire='', *revenue):
    """formulaire: the one that comes back, as forme() takes it: image, fichier, or the number of what it is about."""
    joints = joints_de(contenu)
    tenues = {nom: tenue_de(contenu, nom) for nom in ('image', 'fichier')} | {
        str(un['ligne'].id): tenue_de(contenu, un['ligne']) for un in (*joints['images'], *joints['fichiers'])}
    formes = {nom: forme(tenue, *(revenue if nom == formulaire else ())) for nom, tenue in tenues.items()}
    formulaire = formulaire or next((nom for nom, une in formes.items() if une['repris']), 'fichier')
    revenu = formes[formulaire]
    libelles = revenu['libelles'] | {'pieces': 'Image' if formulaire == 'image' else 'Fichier'}
    return page(
        'contenus/fichiers/page.html', *revenue[:1], contenu=contenu, joints=joints, formes=formes,
        formulaire=formulaire,
        revenu=revenu | {'libelles': libelles}, etats=ETATS_DE_CONTENU, cote=formats.COTE_MAX, octets=images.OCTETS_MAX,
        accepte={'image': 'image/*', 'fichier': ','.join(f'.{un}' for un in documents.ADMIS)},
        peut_joindre=contenu.etat != 'publie' or contenus.peut_publier(contenu, request.agent))


def _faire(contenu, formulaire, tenue, verbe, *arguments):
    """Call a verb with the fields of its form, then the page; or the page again, with what was typed."""
    saisies, fautes = lire(tenue.champs)
    _, fautes, code = tenir(tenue, saisies, fautes, verbe, *arguments, saisies, saisies.get('relu_par', ''))
    if fautes:
        return _montrer_fichiers(contenu, formulaire, code, saisies, fautes)
    aller(f'/espace/redaction/contenus/{contenu.id}/fichiers?fait=enregistre')


@app.get(f'/espace/redaction/contenus/{ID}/fichiers', qui='agent')
def fichiers_du_contenu(id):
    return _montrer_fichiers(_contenu(id, retrait=True))


@app.post(f'/espace/redaction/contenus/{ID}/images', qui='agent', fichiers=True)
def joindre_image(id):
    contenu = _contenu(id)
    return _faire(contenu, 'image', tenue_de(contenu, 'image'), _ajouter_image, contenu)


def _ajouter_image(contenu, lues, relu_par):
    return images.ajouter_image(contenu, request.agent, lues, fichiers('pieces'), relu_par)


@app.post(f'/espace/redaction/contenus/{ID}/fichiers', qui='agent', fichiers=True)
def joindre_fichier(id):
    contenu = _contenu(id)
    return _faire(contenu, 'fichier', tenue_de(contenu, 'fichier'), _ajouter_fichier, contenu)


def _ajouter_fichier(contenu, lues, relu_par):
    return documents.ajouter_document('contenu', contenu.id, lues['titre'], fichiers('pieces'), request.agent,
                                      lues['accessible'], lues['a_qui'], relu_par)


def _joint(id_, genre, retrait=False):
    """(an image or a file of a content, its Contenu), that this agent may change."""
    fichier = document(int(id_), genre)
    if fichier is None or fichier.retire_le:
        raise Refus('Ce fichier est déjà retiré. Revenez au contenu.', 404)
    return fichier, _contenu(fichier.objet, retrait)


@app.post(f'/espace/redaction/images/{ID}', qui='agent')
def modifier_image(id):
    image, contenu = _joint(id, 'image')
    return _faire(contenu, id, tenue_de(contenu, image), images.modifier_image, contenu, image, request.agent)


@app.post(f'/espace/redaction/fichiers/{ID}', qui='agent')
def modifier_fichier(id):
    joint, contenu = _joint(id, 'contenu')
    return _faire(contenu, id, tenue_de(contenu, joint), documents.modifier_document, joint, request.agent)


@app.post(f'/espace/redaction/images/{ID}/retirer', qui='agent')
def retirer_image(id):
    return _retirer(images.retirer_image, *_joint(id, 'image', retrait=True))


@app.post(f'/espace/redaction/fichiers/{ID}/retirer', qui='agent')
def retirer_fichier(id):
    return _retirer(documents.retirer_document, *_joint(id, 'contenu', retrait=True))


def _retirer(verbe, joint, contenu):
    verbe(joint, request.agent)
    aller(f'/espace/redaction/contenus/{contenu.id}/fichiers?fait=enregistre')
