"""The images of a content: three at most, each with what it shows, who made it, and the right to publish it.

A file is what formats.py keeps of it. An image that is withdrawn (a consent, first of all) loses its bytes and its
words at once; its row stays, to say that it is gone.
"""
from models import Document, Refus
from langue import dire_octets

from verbes.journal import auditer, nom_de_piece
from . import documents, electorale, formats, relectures

IMAGES_MAX = 3                                                      # of one content
OCTETS_MAX = 150 * 1024
LOGO_OCTETS, LOGO_COTE = 20 * 1024, 480                             # of the département's logo; what a browser sends
MOMENTS = {'avant': 'Avant', 'apres': 'Après'}                      # of a projet exemplaire
PERSONNES = {'aucune': 'Aucune', 'accords': 'Accords écrits conservés par…'}

# What is said of an image: the field of the form, its column.
DITS = {'alternative': 'titre', 'legende': 'legende', 'credit': 'credit', 'moment': 'moment', 'droit': 'droit',
        'personnes': 'personnes', 'accords_par': 'accords_par'}

# Of what no image goes without: from the beginning, then to be published.
DES_L_AJOUT = {
    'alternative': 'Écrivez le texte de remplacement\u00a0: ce que l\'image montre, pour qui ne la voit pas.',
    'credit': 'Indiquez le crédit\u00a0: qui a fait l\'image, par exemple le service ou la commune.',
}
POUR_PUBLIER = {
    'droit': 'dites qui en est l\'auteur et ce qui permet de la publier',
    'personnes': 'dites si des personnes s\'y reconnaissent',
    'accords_par': 'dites qui conserve les accords écrits des personnes',
}
TROP_LOURDE = ('Cette image pèse {}\u00a0: {} au plus. Enregistrez-la en JPEG, plus petite ou de qualité moindre '
               '(Paint, Photos, Aperçu), puis recommencez.')
AVEC_JAVASCRIPT = ' Dans un navigateur avec JavaScript, cette page redresse, réduit et allège l\'image elle-même.'


# ---- Reading ----

def lignes_de(contenu_id):
    """[Document] of its images that are not withdrawn, without their bytes."""
    return documents.lignes_de('image', contenu_id)


def dire_image(image):
    """{field: what is said of an image}."""
    return {nom: getattr(image, colonne) for nom, colonne in DITS.items()}


def manques(image):
    """[what is still to be said of an image before it may be published]."""
    mentions = dire_image(image)
    exiges = [nom for nom in POUR_PUBLIER if nom != 'accords_par' or mentions['personnes'] == 'accords']
    return [POUR_PUBLIER[nom] for nom in exiges if not mentions[nom]]


def controler_images(contenu):
    """Refus unless each image of a content may be published."""
    for rang, image in enumerate(lignes_de(contenu.id), 1):
        manquent = manques(image)
        if manquent:
            raise Refus(f'Image {rang}, «\u00a0{image.titre}\u00a0»\u00a0: {", ".join(manquent)}.', champ='images')


# ---- Writing ----

def ajouter_image(contenu, agent, valeurs, fichiers, relu_par=''):
    """Join an image to a content; returns its id. valeurs: of DITS; fichiers: [(name, bytes)], one.

    relu_par: of a content that is published, who read it with the période électorale in mind.
    """
    mentions = _comprendre(contenu, valeurs)
    if len(fichiers) != 1:
        raise Refus('Choisissez une image, une seule à la fois.', champ='pieces')
    if len(lignes_de(contenu.id)) >= IMAGES_MAX:
        raise Refus(f'Ce contenu a déjà {IMAGES_MAX}\u00a0images, le plus possible\u00a0: retirez-en une d\'abord.',
                    champ='pieces')
    ((brut, octets),) = fichiers
    image = lire(octets)
    nom = nom_de_piece(brut)
    base, _, extension = nom.rpartition('.')
    if extension.lower().replace('jpeg', 'jpg') != image.type:
        raise Refus(f'«\u00a0{nom}\u00a0» est une image {formats.NOMS[image.type]}, quoi qu\'en dise son nom. '
                    f'Renommez-la en «\u00a0{(base or extension)[:60]}.{image.type}\u00a0», puis recommencez.',
                    champ='pieces')
    electorale.noter_si_publie(contenu, agent, relu_par)
    numero = documents.ranger(image.octets, genre='image', objet=str(contenu.id), nom=nom, type=image.type, agent=agent,
                    largeur=image.largeur, hauteur=image.hauteur, **mentions)
    auditer('image ajoutée', agent, f'contenu {contenu.id}, image {numero}\u00a0: {nom}',
            objet=f'document:{numero}')
    relectures.suivre(contenu, agent, ('images',))
    return numero


def lire(octets, au_plus=OCTETS_MAX, champ='pieces'):
    """What is kept of the bytes of an image (formats.Lue), no more than au_plus; Refus on the field it came by, which
    says how it is done with JavaScript.
    """
    if not octets:
        raise Refus('Ce fichier est vide. Vérifiez-le, puis choisissez-le de nouveau.', champ=champ)
    try:
        image = formats.nettoyer(octets)
    except Refus as refus:
        raise Refus(refus.phrase + AVEC_JAVASCRIPT, champ=champ) from None
    if len(image.octets) > au_plus:
        raise Refus(TROP_LOURDE.format(dire_octets(len(image.octets)), dire_octets(au_plus)) + AVEC_JAVASCRIPT,
                    champ=champ)
    return image


def lire_logo(octets, au_plus=LOGO_OCTETS):
    """The same of a logo, which a page of 150 kB carries beside all the rest."""
    return lire(octets, au_plus, 'logo')


def modifier_image(contenu, image, agent, valeurs, relu_par=''):
    """Change what is said of an image. relu_par: as ajouter_image()."""
    mentions = _comprendre(contenu, valeurs)
    electorale.noter_si_publie(contenu, agent, relu_par)
    Document.update(**mentions).where(Document.id == image.id).execute()
    auditer('image modifiée', agent, f'contenu {contenu.id}, image {image.id}\u00a0: {image.nom}',
            objet=f'document:{image.id}')
    relectures.suivre(contenu, agent, ('images',))


def _comprendre(contenu, valeurs):
    """{column: text} of what is said of an image, or Refus; of a content that is published, all must be said."""
    mentions = {nom: valeurs.get(nom, '') for nom in DITS}
    for nom, phrase in DES_L_AJOUT.items():
        if not mentions[nom]:
            raise Refus(phrase, champ=nom)
    if mentions['moment'] not in ('', *(MOMENTS if contenu.genre == 'projet' else ())):
        raise Refus('Seul un projet exemplaire a des images d\'avant et d\'après.', champ='moment')
    if mentions['personnes'] not in ('', *PERSONNES):
        raise Refus('Dites si des personnes se reconnaissent sur l\'image.', champ='personnes')
    if mentions['personnes'] != 'accords':
        mentions['accords_par'] = ''
    exiges = POUR_PUBLIER if contenu.etat == 'publie' else ('accords_par',)
    for nom in exiges:
        if not mentions[nom] and (nom != 'accords_par' or mentions['personnes'] == 'accords'):
            raise Refus(f'{POUR_PUBLIER[nom][0].upper()}{POUR_PUBLIER[nom][1:]}.', champ=nom)
    return {colonne: mentions[nom] for nom, colonne in DITS.items()}


def retirer_image(document, agent):
    """Take an image away, at once and for good: its bytes, its words, the name of its file."""
    documents.vider(document)
    auditer('image retirée', agent, f'contenu {document.objet}, image {document.id}',
            objet=f'document:{document.id}')
