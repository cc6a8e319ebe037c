"""The published files: joined to a fiche, downloaded by anyone (the pieces of a demande are in journal.py)."""
import hashlib

from peewee import fn

from models import Document, Refus, db
from langue import maintenant

from .journal import auditer, controler_pieces

DOCUMENTS_MAX = 20                                                  # joined to one object


def documents_de(genre, objet):
    """[(id, titre, type, taille)] of what is joined to an object, without the bytes."""
    lus = (Document.select(Document.id, Document.titre, Document.type, Document.taille)
           .where(Document.genre == genre, Document.objet == str(objet)).order_by(Document.id))
    return list(lus.tuples())


def ajouter_document(genre, objet, titre, fichiers, agent):
    """Join one file to an object, under a title that the public reads; the limits are those of the pieces."""
    if len(fichiers) != 1:
        raise Refus('Choisissez un fichier, un seul à la fois.', champ='pieces')
    if len(documents_de(genre, objet)) >= DOCUMENTS_MAX:
        raise Refus(f'{DOCUMENTS_MAX} documents sont déjà joints\u00a0: retirez-en un d\'abord.', champ='pieces')
    ((nom, contenu),) = controler_pieces(fichiers)
    document = Document.create(
        genre=genre, objet=str(objet), titre=titre, nom=nom, type=nom.rpartition('.')[2].lower(), taille=len(contenu),
        sha256=hashlib.sha256(contenu).hexdigest(), agent=agent, ajoute_le=maintenant(),
        contenu=fn.zeroblob(len(contenu)))
    with db.connection().blobopen('document', 'contenu', document.id) as place:
        place.write(contenu)
    auditer('document ajouté', agent, f'{genre} {objet}\u00a0: {nom}')
    return document.id


def retirer_document(document, agent):
    """Take a file away: nobody downloads it any more."""
    Document.delete().where(Document.id == document.id).execute()
    auditer('document retiré', agent, f'{document.genre} {document.objet}\u00a0: {document.nom}')
