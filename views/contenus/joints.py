"""What is joined to a content, for who writes it: its images, its files, and the fields of their forms.

The page of a content includes « publication/images.html » and « publication/fichiers.html » with joints_de; all of it
is changed on a page of its own (views/contenus/fichiers.py).
"""
from models import Document
from verbes.contenus import contenus, documents, images
from views.champs import RELU, Champ
from views.tenue import Tenue

IMAGE = (
    Champ('alternative', 'Texte de remplacement', requis=True, max=300,
          aide='Ce que l\'image montre, en une phrase, pour qui ne la voit pas.'),
    Champ('legende', 'Légende', max=300,
          aide='Ce que l\'image prouve. Avant ou après\u00a0: commencez par la date, «\u00a0Juin 2023. »'),
    Champ('credit', 'Crédit', requis=True, max=120, aide='Qui a fait l\'image\u00a0; toujours visible.'),
    Champ('moment', 'Avant ou après les travaux', 'choix',
          choix=(('', 'Ni l\'un ni l\'autre'), *images.MOMENTS.items())),
    Champ('droit', 'Auteur et droit de publier', max=300,
          aide='Exigé pour publier. Par exemple\u00a0: «\u00a0photo de nos services\u00a0», «\u00a0accord écrit du '
               'photographe, 12\u00a0mai\u00a02026\u00a0».'),
    Champ('personnes', 'Personnes reconnaissables', 'radio', choix=tuple(images.PERSONNES.items()),
          aide='Exigé pour publier. Pour un mineur, l\'accord est celui des titulaires de l\'autorité parentale.'),
    Champ('accords_par', 'Accords écrits conservés par', max=200,
          aide='Si des personnes se reconnaissent\u00a0: quel service les garde, et qui y répond.'),
)
FICHIER = (
    Champ('titre', 'Titre du fichier', requis=True, max=200, aide='Ce qu\'on lit avant de le télécharger.'),
    Champ('accessible', 'Fichier accessible', 'radio', True, choix=tuple(documents.ACCESSIBLES.items()),
          aide='Il se lit avec une synthèse vocale\u00a0: de vrais titres, des images décrites, un PDF balisé.'),
    Champ('a_qui', 'À qui demander une version accessible', max=200,
          aide='Obligatoire s\'il n\'est pas accessible\u00a0: un service, son téléphone ou son courriel.'),
)


def champs_d_image(contenu):
    """Of a content that is published, all that publishing asks is asked at once."""
    exiges = ('droit', 'personnes') if contenu.etat == 'publie' else ()
    champs = [c for c in IMAGE if c.nom != 'moment' or contenu.genre == 'projet']
    return [c._replace(requis=c.requis or c.nom in exiges) for c in champs] + _relu(contenu)


def champs_de_fichier(contenu):
    return [*FICHIER, *_relu(contenu)]


def _relu(contenu):
    """What is joined to what the public reads is read again first, during a période électorale."""
    demande = contenu.etat == 'publie' and contenus.a_relire(contenu)
    return [RELU._replace(requis=True, aide='Un nom et une fonction\u00a0: ce contenu est déjà publié.',
                          vide='écrivez un nom et une fonction')] if demande else []


def tenue_de(contenu, joint):
    """The form of what is said of an image or a file of a content; joint: its genre alone, for one more."""
    image = joint == 'image' or getattr(joint, 'genre', '') == 'image'
    champs = champs_d_image(contenu) if image else champs_de_fichier(contenu)
    if isinstance(joint, str):
        return Tenue(f'contenu:{contenu.id}/{joint}', '', champs, {})
    dits = images.dire_image(joint) if image else documents.dire_document(joint)
    return Tenue(f'document:{joint.id}', 'Cette image' if image else 'Ce fichier', champs, dits)


def joints_de(contenu):
    """What the panels of a content show of its images and files."""
    return {
        'images': [{'ligne': i, 'manques': images.manques(i)} for i in images.lignes_de(contenu.id)],
        'fichiers': [{'ligne': f} for f in documents.documents_de('contenu', contenu.id)],
        'images_max': images.IMAGES_MAX, 'fichiers_max': documents.DOCUMENTS_MAX,
        'adresse': f'/espace/redaction/contenus/{contenu.id}/fichiers',
    }


def document(id_, *genres):
    """A Document of these genres by its number, without its bytes, or None."""
    return Document.select(*documents.SANS_OCTETS).where(Document.id == id_, Document.genre.in_(genres)).first()
