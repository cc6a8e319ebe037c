"""The published files: joined to a fiche or to a content, downloaded (the pieces of a demande are in journal.py).

Of a content, the type is read in the bytes, an image loses what it tells besides its pixels, and a file that is
withdrawn leaves its place empty, bytes and words: its address says that it is gone.
"""
import hashlib
import re
from collections import namedtuple

from peewee import fn

from models import Contenu, Document, Refus, db, effacer_du_journal
from langue import maintenant

from verbes.journal import auditer, controler_pieces
from . import electorale, formats, relectures

DOCUMENTS_MAX = 20                                                  # joined to one object
COTE_MAX = 5_000                                                    # pixels of an image that is joined as a file
ACCESSIBLES = {'oui': 'Oui', 'non': 'Non, ou on ne sait pas'}
DITS = ('titre', 'accessible', 'a_qui')                             # what is said of a file

# What may be joined to a content: (extension, what its bytes hold, besides their signature).
DEDANS = {
    'pdf': b'%PDF', 'odt': b'opendocument.text', 'ods': b'opendocument.spreadsheet',
    'odp': b'opendocument.presentation', 'docx': b'word/', 'xlsx': b'xl/', 'pptx': b'ppt/', 'rtf': b'{\\rtf',
    'doc': b'W\0o\0r\0d\0D\0o\0c', 'xls': b'W\0o\0r\0k\0b\0o\0o\0k', 'ppt': b'P\0o\0w\0e\0r\0P\0o\0i\0n\0t',
}
TEXTES = ('txt', 'csv')
IMAGES = {'jpg': 'jpg', 'jpeg': 'jpg', 'png': 'png', 'webp': 'webp'}
ADMIS = (*DEDANS, *TEXTES, *IMAGES)

# What a withdrawn one is called from then on.
NOMS = {'contenu': 'fichier', 'image': 'image', 'accord': 'accord', 'logo': 'logo', 'convention': 'convention',
        'ouverte': 'demandes', 'lettre': 'lettre', 'guide': 'guide'}

Joint = namedtuple('Joint', 'id titre type taille accessible a_qui')
SANS_OCTETS = tuple(colonne for colonne in Document._meta.sorted_fields if colonne is not Document.contenu)


def documents_de(genre, objet):
    """[Joint] of what is joined to an object, without the bytes nor what is withdrawn."""
    lus = (Document.select(*(getattr(Document, nom) for nom in Joint._fields))
           .where(Document.genre == genre, Document.objet == str(objet), Document.retire_le.is_null())
           .order_by(Document.id))
    return [Joint(*lu) for lu in lus.tuples()]


def lignes_de(genre, objet):
    """[Document] of the same, as a verb takes them."""
    return list(Document.select(*SANS_OCTETS).where(
        Document.genre == genre, Document.objet == str(objet), Document.retire_le.is_null()).order_by(Document.id))


def ajouter_document(genre, objet, titre, fichiers, agent, accessible='', a_qui='', relu_par=''):
    """Join one file to an object, under a title that the public reads; the limits are those of the pieces.

    relu_par: of a content that is published, who read it with the période électorale in mind.
    """
    if len(fichiers) != 1:
        raise Refus('Choisissez un fichier, un seul à la fois.', champ='pieces')
    if len(documents_de(genre, objet)) >= DOCUMENTS_MAX:
        raise Refus(f'{DOCUMENTS_MAX} documents sont déjà joints\u00a0: retirez-en un d\'abord.', champ='pieces')
    ((nom, contenu),) = controler_pieces(fichiers)
    valeurs = {'titre': titre}
    if genre == 'contenu':
        valeurs |= {'accessible': accessible, 'a_qui': a_qui}
        _controler(valeurs)
        contenu = _lire_type(nom, contenu)
        electorale.noter_si_publie(Contenu.get_by_id(int(objet)), agent, relu_par)
    numero = ranger(contenu, genre=genre, objet=str(objet), nom=nom, type=nom.rpartition('.')[2].lower(), agent=agent,
                    **valeurs)
    auditer('document ajouté', agent, f'{genre} {objet}\u00a0: {nom}', objet=f'document:{numero}')
    _faire_relire(genre, objet, agent)
    return numero


def _faire_relire(genre, objet, agent):
    """What is joined to a projet exemplaire is read, with its words, by the structures that it names."""
    if genre == 'contenu':
        relectures.suivre(Contenu.get_by_id(int(objet)), agent, ('fichiers',))


def ranger(contenu, **valeurs):
    """Write a row and its bytes, these in their place: given to a statement, SQLite would keep a copy of them."""
    document = Document.create(**valeurs, **_octets(contenu), ajoute_le=maintenant(), contenu=fn.zeroblob(len(contenu)))
    with db.connection().blobopen('document', 'contenu', document.id) as place:
        place.write(contenu)
    return document.id


def _octets(contenu):
    return {'taille': len(contenu), 'sha256': hashlib.sha256(contenu).hexdigest()}


def _controler(dits):
    """Refus unless what is said of a file of a content is whole: who cannot read it knows whom to ask."""
    if not dits['titre']:
        raise Refus('Donnez un titre au fichier\u00a0: c\'est ce qu\'on lit avant de le télécharger.', champ='titre')
    if dits['accessible'] not in ACCESSIBLES:
        raise Refus('Dites si ce fichier est accessible.', champ='accessible')
    if dits['accessible'] == 'non' and not dits['a_qui']:
        raise Refus('Dites à qui demander une version accessible\u00a0: un service, son téléphone ou son courriel.',
                    champ='a_qui')


def _lire_type(nom, contenu):
    """The bytes to keep of a file of this name, if they are of the type that it says; Refus."""
    extension = nom.rpartition('.')[2].lower()
    if extension not in ADMIS:
        raise Refus(f'«\u00a0{nom}\u00a0» n\'est pas d\'un type accepté ici. Joignez un PDF, un document de '
                    'bureautique, un texte ou une image JPEG, PNG ou WebP.', champ='pieces')
    if extension in IMAGES:
        lue = formats.nettoyer(contenu, COTE_MAX)
        bon, contenu = lue.type == IMAGES[extension], lue.octets
    elif extension in TEXTES:
        bon = b'\0' not in contenu and not re.match(rb'(\xef\xbb\xbf)?\s*<', contenu)
    else:
        bon = DEDANS[extension] in contenu
    if not bon:
        raise Refus(f'Le contenu de «\u00a0{nom}\u00a0» ne correspond pas à son extension. Enregistrez-le de nouveau '
                    'dans le bon format.', champ='pieces')
    return contenu


def modifier_document(document, agent, dits, relu_par=''):
    """Change what is said of a file of a content. relu_par: as above."""
    _controler(dits)
    electorale.noter_si_publie(Contenu.get_by_id(int(document.objet)), agent, relu_par)
    Document.update(**{nom: dits[nom] for nom in DITS}).where(Document.id == document.id).execute()
    auditer('document modifié', agent, f'{document.genre} {document.objet}\u00a0: {document.nom}',
            objet=f'document:{document.id}')
    _faire_relire(document.genre, document.objet, agent)


def dire_document(document):
    return {nom: getattr(document, nom) for nom in DITS}


def retirer_document(document, agent):
    """Take a file away: nobody downloads it any more."""
    if document.genre == 'fiche':
        Document.delete().where(Document.id == document.id).execute()
    else:
        vider(document)
    auditer('document retiré', agent, f'{document.genre} {document.objet}\u00a0: {document.nom}',
            objet=f'document:{document.id}')


def vider(document):
    """Nothing is left of a file, or of an image, but its place: gone from every page at once, and from its address. Its
    bytes are written over first: SQLite only forgets where they were. Who keeps the agreements of persons stays said.
    """
    with db.connection().blobopen('document', 'contenu', document.id) as place:
        place.write(bytes(len(place)))
    effacer_du_journal()
    Document.update(contenu=b'', retire_le=maintenant(), titre='', legende='', credit='', a_qui='', largeur=None,
                    hauteur=None, nom=f'{NOMS[document.genre]}.{document.type}', **_octets(b'')).where(
        Document.id == document.id).execute()
