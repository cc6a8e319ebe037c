"""The consigne: the files that a form has received, kept while it comes back, so that nobody sends them twice.

Unnamed temporary files under the key of the form, which we have signed; for an hour, 25 MB a form, 300 MB in all; never
in the base. A restart loses them, and the form says which. What fills it gives way first: the oldest form of the
network that holds the most.
"""
import hashlib
import hmac
import mmap
import re
import secrets
import tempfile
import threading
import time
from collections import Counter, OrderedDict, namedtuple
from datetime import timedelta

from bottle import request

import langue
from models import Refus
from verbes.journal import controler_pieces, nom_de_piece
from verbes.regles import PIECES_MAX, PIECES_OCTETS
from views.champs import citer, fichiers
from views.limites import compter, en_mo, octets_de, limite, reseau_du_client, signer, trop

DUREE = 3600                                                        # seconds since the form last came back
TOTAL = 300_000_000
AU_MOINS = 1_000_000                                                # what a file counts for: 300 are open at most
_casiers, _verrou = OrderedDict(), threading.Lock()                 # {(where, key): Casier}, the last used at the end

# What the page shows of them, the value of its field of files. consigne: the hidden field that claims them;
# fichiers: [Piece]; heure: until when; adresse: of the form; a_joindre: the names that could not be kept.
Garde = namedtuple('Garde', 'consigne fichiers heure adresse a_joindre')
Piece = namedtuple('Piece', 'id nom taille')

PERDUS = ('{} (gardé une heure au plus, perdu quand le service redémarre)\u00a0: joignez-le de nouveau, '
          'ou envoyez sans lui.')
DE_TROP = ' Pas gardé\u00a0: {}.'


def cle_de(texte):
    """The key of a form, or a new one when it has none of ours."""
    return texte if re.fullmatch('[A-Za-z0-9_-]{22}', texte) else secrets.token_urlsafe(16)


class Casier:
    """The files of one form: {id: (name, temporary file)}."""

    def __init__(self, reseau):
        self.reseau, self.fin, self.fichiers = reseau, 0.0, {}

    def poids(self):
        return sum(max(AU_MOINS, fichier.tell()) for _, fichier in self.fichiers.values())

    def fermer(self, sauf=()):
        for id in [id for id in self.fichiers if id not in sauf]:
            self.fichiers.pop(id)[1].close()


class Projection(mmap.mmap):
    """The bytes of a file kept here, mapped rather than read: they take no memory, and its id is known unread."""

    id = ''


def trier(lieu, saisies):
    """([(name, bytes)] that this form brings and that may be joined, a sentence about the others or ''): those it has
    left here, less the one it takes away, then those it has just sent.
    """
    bons, phrases = _retrouver(lieu, saisies)
    ids = {_id(*piece) for piece in bons}
    de_trop = []
    for envoi in fichiers('pieces'):
        try:
            piece, = controler_pieces([(not envoi[1] and _deja_la(lieu, saisies, envoi[0])) or envoi])
        except Refus as refus:
            phrases.append(refus.phrase)
            continue
        if not ids or _id(*piece) not in ids:                       # chosen again, though it was there
            tient = len(bons) < PIECES_MAX and octets_de(bons) + len(piece[1]) <= PIECES_OCTETS
            (bons if tient else de_trop).append(piece)
    if de_trop:
        phrases.append(_dire_trop(bons + de_trop) + DE_TROP.format(citer(nom for nom, _ in de_trop)))
    return bons, ' '.join(phrases)


def garder(lieu, saisies, pieces, adresse):
    """Keep these files, and no other, for the form that comes back: what its page shows (Garde), or '' without any."""
    with _verrou:
        en_consigne = dict(_casier(lieu, saisies).fichiers)
    par_id = {_id(*piece): piece for piece in pieces}
    a_deposer = {id: piece for id, piece in par_id.items() if id not in en_consigne}
    deposes = _deposer(a_deposer)
    with _verrou:
        _purger()
        casier = _casiers.setdefault((lieu, saisies['cle']), Casier(reseau_du_client()))
        casier.fichiers |= deposes
        casier.fermer(sauf=par_id)
        casier.fin = time.monotonic() + DUREE
        _casiers.move_to_end((lieu, saisies['cle']))
        _faire_place(casier)
        if not casier.fichiers:
            _casiers.pop((lieu, saisies['cle']))
        depot = [Piece(id, nom, fichier.tell()) for id, (nom, fichier) in casier.fichiers.items()]
    a_joindre = [nom for id, (nom, _) in par_id.items() if id not in {piece.id for piece in depot}]
    if not par_id:
        return ''
    fin = langue.horloge() + timedelta(seconds=DUREE)
    marque = '/'.join([_signature(lieu, saisies['cle']), *(f'{piece.id}:{piece.nom}' for piece in depot)])
    return Garde(marque if depot else '', depot, langue.dire_heure(langue.en_utc(fin)), adresse, citer(a_joindre))


def rendre(lieu, saisies, adresse):
    """What a form that comes back shows of its files (Garde or ''), and what to say of the others."""
    pieces, phrase = trier(lieu, saisies)
    garde = garder(lieu, saisies, pieces, adresse)
    if garde and garde.a_joindre:
        phrase = f'{phrase} Joignez de nouveau {garde.a_joindre}.'.strip()
    return garde, phrase


def oublier(lieu, saisies):
    """The files of a form that may not be joined to anything."""
    request.fichiers.clear()
    request.saisies.pop('consigne', None)
    with _verrou:
        casier = _casiers.pop((lieu, saisies['cle']), None)
        if casier:
            casier.fermer()


def purger():
    """Take away what is past its hour."""
    with _verrou:
        _purger()


# ---- Inside ----

def _retrouver(lieu, saisies):
    """The files that the form claims, and what to say of the lost."""
    signature, *annonces = saisies.get('consigne', '').split('/')
    if not hmac.compare_digest(signature.encode(), _signature(lieu, saisies['cle']).encode()):
        return [], []
    retire = saisies.get('retirer', '')
    revenus = {nom_de_piece(nom) for nom, contenu in fichiers('pieces') if contenu}
    pieces, perdus = [], []
    with _verrou:
        _purger()
        gardes = _casier(lieu, saisies).fichiers
        for annonce in annonces[:PIECES_MAX]:
            id, _, nom = annonce.partition(':')
            if id in gardes and id != retire:
                pieces.append(_projeter(id, *gardes[id]))
            elif id != retire and nom_de_piece(nom) not in revenus:  # « Retour » joins it again by itself
                perdus.append(nom_de_piece(nom))
    return pieces, [PERDUS.format(citer(perdus))] if perdus else []


def _deja_la(lieu, saisies, nom):
    """The file of this name that the form has left here, or None: F5 after an error sends it again, but empty."""
    with _verrou:
        _purger()
        for id, (garde, fichier) in _casier(lieu, saisies).fichiers.items():
            if garde == nom_de_piece(nom):
                return _projeter(id, garde, fichier)
    return None


def _projeter(id, nom, fichier):
    contenu = Projection(fichier.fileno(), 0, access=mmap.ACCESS_READ)
    contenu.id = id
    return nom, contenu


def _casier(lieu, saisies):
    return _casiers.get((lieu, saisies['cle'])) or Casier('')


def _deposer(pieces):
    """{id: (name, temporary file)} of those that this network may still leave here, and that the disk takes."""
    if not pieces:
        return {}
    mo = en_mo(pieces.values())
    reseau = reseau_du_client()
    if trop('consigne', reseau, limite('pieces_heure') - mo + 1, 3600):
        return {}
    for _ in range(mo):
        compter('consigne', reseau)
    deposes = {}
    try:
        for id, (nom, contenu) in pieces.items():
            deposes[id] = nom, tempfile.TemporaryFile()
            deposes[id][1].write(contenu)
            deposes[id][1].flush()
    except OSError:                                                 # the disk is full: they are to be joined again
        for _, fichier in deposes.values():
            _fermer_sans_ecrire(fichier)
        return {}
    return deposes


def _fermer_sans_ecrire(fichier):
    try:
        fichier.close()
    except OSError:
        pass


def _purger():
    for cle in [cle for cle, casier in _casiers.items() if casier.fin < time.monotonic()]:
        _casiers.pop(cle).fermer()


def _faire_place(dernier):
    """The oldest form of the network that holds the most gives way, but not the one that has just come."""
    while sum(casier.poids() for casier in _casiers.values()) > TOTAL:
        poids = Counter()
        for casier in _casiers.values():
            if casier is not dernier:
                poids[casier.reseau] += casier.poids()
        gourmand = poids.most_common(1)[0][0]
        cle = next(c for c, casier in _casiers.items() if casier.reseau == gourmand and casier is not dernier)
        _casiers.pop(cle).fermer()


def _id(nom, contenu):
    """The same name and the same bytes are one file, sent twice."""
    if isinstance(contenu, Projection):
        return contenu.id
    return hashlib.sha256(nom.encode() + hashlib.sha256(contenu).digest()).hexdigest()[:16]


def _signature(lieu, cle):
    return signer(request.contexte['reglages']['secret'], f'consigne {lieu} {cle}')


def _dire_trop(pieces):
    try:
        controler_pieces(pieces)
    except Refus as refus:
        return refus.phrase
    return ''
