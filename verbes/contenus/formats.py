"""What an image is, read in its bytes, and what is kept of it: what draws it, nothing that says who, where or when.

JPEG, PNG and WebP, no other. An image is written again from the pieces that are understood: EXIF, XMP, IPTC, profiles,
comments, thumbnails and what follows its end are left out; what is not understood is refused. Each is read once, in a
bounded number of pieces, and no pixel of it is kept.
"""
import re
import struct
import zlib
from collections import namedtuple

from models import Refus
from langue import dire_nombre

COTE_MAX = 1600                                                     # pixels
MORCEAUX_MAX = 5_000                                                # segments or chunks of a file
PASSES_MAX = 64                                                     # of a progressive JPEG: each draws it all again
BLOC = 1 << 16                                                      # bytes that are decompressed at once

# Its « type » is an extension; octets: the cleaned file.
Lue = namedtuple('Lue', 'type largeur hauteur octets')
NOMS = {'jpg': 'JPEG', 'png': 'PNG', 'webp': 'WebP'}

INCONNUE = ('Ce fichier n\'est pas une image JPEG, PNG ou WebP. Un SVG ou un GIF s\'enregistre en PNG\u00a0; '
            'enregistrez-le dans un de ces formats, puis recommencez.')
ABIMEE = ('Cette image est abîmée, coupée, ou d\'une sorte que la Plateforme ne lit pas. '
          'Ouvrez-la, enregistrez-la de nouveau en JPEG, puis recommencez.')
ANIMEE = 'Cette image est animée. Enregistrez-en une seule vue, puis recommencez.'
TOURNEE = ('Cette photo est gardée couchée, avec une consigne pour la tourner, que la Plateforme retire. '
           'Faites-la pivoter dans un logiciel d\'images, enregistrez-la, puis recommencez.')
TROP_GRANDE = ('Cette image fait {}\u00a0×\u00a0{}\u00a0pixels\u00a0: {}\u00a0pixels de côté au plus. '
               'Réduisez-la dans un logiciel d\'images (Paint, Photos, Aperçu), puis recommencez.')


def nettoyer(octets, cote=COTE_MAX):
    """The image that these bytes are (Lue), without what it tells besides; Refus."""
    for debut, lire in LECTEURS:
        if debut.match(octets):
            try:
                return lire(octets, cote)
            except (struct.error, IndexError, zlib.error):
                raise _refus(ABIMEE) from None
    raise _refus(INCONNUE)


def _refus(phrase):
    return Refus(phrase, champ='pieces')


def _exiger(vrai, phrase=ABIMEE):
    if not vrai:
        raise _refus(phrase)


def _mesurer(largeur, hauteur, cote):
    """Refus of an image without pixels, or with too many: before anything of it is decompressed."""
    _exiger(largeur and hauteur)
    _exiger(max(largeur, hauteur) <= cote, TROP_GRANDE.format(*map(dire_nombre, (largeur, hauteur, cote))))


def _verifier_sens(exif):
    """Refus when an EXIF block says to turn the image (tag 274 of its first directory): nobody will any more."""
    ordre = {b'II': '<', b'MM': '>'}.get(exif[:2])
    sens = 1
    if ordre:
        try:
            place, = struct.unpack_from(f'{ordre}I', exif, 4)
            nombre, = struct.unpack_from(f'{ordre}H', exif, place)
            for debut in range(place + 2, place + 2 + 12 * min(nombre, 500), 12):
                if struct.unpack_from(f'{ordre}H', exif, debut) == (274,):
                    sens, = struct.unpack_from(f'{ordre}H', exif, debut + 8)
        except struct.error:                                        # a viewer would not read it either
            pass
    _exiger(not 2 <= sens <= 8, TOURNEE)


# ---- JPEG (ITU T.81): SOI, then segments « FF, code, length, payload », the data of each scan after its SOS, EOI ----

MARQUE = re.compile(rb'\xff+([^\x00\xff])')
FIN_DES_DONNEES = re.compile(rb'\xff[\x01-\xcf\xd8-\xfe]')          # neither a stuffed FF nor a restart
SOF, DHT, EOI, SOS, DQT, DRI, APP0, APP1, APP14, COM = (
    (0xc0, 0xc1, 0xc2), 0xc4, 0xd9, 0xda, 0xdb, 0xdd, 0xe0, 0xe1, 0xee, 0xfe)
JFIF = b'JFIF\0\x01\x01\0\0\x01\0\x01\0\0'                          # without density nor thumbnail


def _jpeg(octets, cote):
    trame, passes, morceaux = None, 0, [b'\xff\xd8']
    for code, charge, donnees in _segments(octets):
        if code in SOF:
            _exiger(trame is None)
            trame = _trame(charge, cote)
        elif code == SOS:
            passes += 1
            _exiger(trame and passes <= PASSES_MAX and charge and len(charge) == 4 + 2 * charge[0] and donnees)
        elif code == APP1 and charge.startswith(b'Exif\0'):
            _verifier_sens(charge[6:])
        else:
            charge = _reglage(code, charge)
        if charge and not (code == APP1 or code == COM):
            morceaux += [struct.pack('>BBH', 0xff, code, len(charge) + 2), charge, donnees]
    _exiger(passes)
    return Lue('jpg', *trame, b''.join((*morceaux, b'\xff\xd9')))


def _segments(octets):
    """(code, payload, data that follows it) of each segment, up to the end of the image."""
    place = 2
    for _ in range(MORCEAUX_MAX):
        marque = MARQUE.match(octets, place)
        _exiger(marque)
        code, debut = marque[1][0], marque.end()
        if code == EOI:
            return
        place = debut + struct.unpack_from('>H', octets, debut)[0]
        _exiger(debut + 2 <= place <= len(octets))
        charge, donnees = octets[debut + 2:place], b''
        if code == SOS:
            fin = FIN_DES_DONNEES.search(octets, place)
            _exiger(fin)
            donnees, place = octets[place:fin.start()], fin.start()
        yield code, charge, donnees
    raise _refus(ABIMEE)


def _trame(charge, cote):
    """(width, height) of a frame, 8 bits deep, of one, three or four components."""
    precision, hauteur, largeur, nombre = struct.unpack_from('>BHHB', charge)
    _exiger(precision == 8 and nombre in (1, 3, 4) and len(charge) == 6 + 3 * nombre)
    _exiger(all(1 <= taille >> 4 <= 4 and 1 <= taille & 15 <= 4 for taille in charge[7::3]))
    _mesurer(largeur, hauteur, cote)
    return largeur, hauteur


def _reglage(code, charge):
    """What is kept of a segment that sets something; b'' of one that only tells."""
    if code == DQT:
        _exiger(_tables(charge, lambda place: 64 << (charge[place] >> 4 == 1)))
    elif code == DHT:
        _exiger(_tables(charge, lambda place: 16 + sum(charge[place + 1:place + 17])))
    elif code == DRI:
        _exiger(len(charge) == 2)
    elif code == APP0 and charge.startswith(b'JFIF\0'):
        return JFIF
    elif code == APP14 and charge.startswith(b'Adobe') and len(charge) >= 12:    # which colours its components are
        return b'Adobe\0\x64\0\0\0\0' + charge[11:12]
    else:
        _exiger(APP0 <= code <= 0xef or code == COM)
        return b''
    return charge


def _tables(charge, longueur):
    """Do tables, of which longueur(where one begins) is the length after its first byte, fill this payload?"""
    place = 0
    while place < len(charge):
        place += 1 + longueur(place)
    return charge and place == len(charge)


# ---- PNG (ISO/IEC 15948): chunks « length, name, data, CRC » ----

CANAUX = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}                             # of each colour type
PROFONDEURS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
# Of an interlaced image, each of the seven passes: first column, first line, one in how many.
ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


def _png(octets, cote):
    morceaux, donnees = {}, []
    for nom, contenu in _morceaux_png(octets):
        if nom == b'IDAT':
            donnees.append(contenu)
        elif nom in (b'IHDR', b'PLTE', b'tRNS'):
            _exiger(nom not in morceaux and not donnees and (morceaux or nom == b'IHDR'))
            morceaux[nom] = contenu
            if nom == b'IHDR':
                _mesurer(*struct.unpack_from('>II', contenu), cote)
        elif nom == b'eXIf':
            _verifier_sens(contenu)
        else:
            _exiger(nom[0] & 0x20)                                  # an unknown one, without which nothing is drawn
    entete = struct.unpack('>IIBBBBB', morceaux.get(b'IHDR', b''))
    _verifier_couleurs(entete, morceaux)
    donnees = b''.join(donnees)
    _verifier_pixels(donnees, _pixels(entete))
    pieces = [(nom, morceaux[nom]) for nom in (b'IHDR', b'PLTE', b'tRNS') if nom in morceaux]
    return Lue('png', *entete[:2], octets[:8] + b''.join(
        struct.pack('>I', len(contenu)) + nom + contenu + struct.pack('>I', zlib.crc32(nom + contenu))
        for nom, contenu in (*pieces, (b'IDAT', donnees), (b'IEND', b''))))


def _morceaux_png(octets):
    """(name, data) of each chunk, its CRC verified, up to the end of the image."""
    place = 8
    for _ in range(MORCEAUX_MAX):
        longueur, nom = struct.unpack_from('>I4s', octets, place)
        contenu = octets[place + 8:place + 8 + longueur]
        controle, = struct.unpack_from('>I', octets, place + 8 + longueur)
        _exiger(zlib.crc32(contenu, zlib.crc32(nom)) == controle)
        if nom == b'IEND':
            _exiger(not contenu)
            return
        yield nom, contenu
        place += 12 + longueur
    raise _refus(ABIMEE)


def _verifier_couleurs(entete, lus):
    _, _, profondeur, couleurs, compression, filtre, entrelace = entete
    palette, transparence = lus.get(b'PLTE', b''), lus.get(b'tRNS')
    _exiger(profondeur in PROFONDEURS.get(couleurs, ()) and compression == filtre == 0 and entrelace in (0, 1))
    _exiger(len(palette) % 3 == 0 and len(palette) <= 768 and (palette or couleurs != 3))
    if transparence is not None:
        _exiger(1 <= len(transparence) <= len(palette) // 3 if couleurs == 3
                else len(transparence) == {0: 2, 2: 6}.get(couleurs))


def _pixels(entete):
    """How many bytes the pixels take, each line after a byte that says how it is filtered."""
    largeur, hauteur, profondeur, couleurs, _, _, entrelace = entete
    bits = profondeur * CANAUX[couleurs]
    total = 0
    for x, y, dx, dy in ADAM7 if entrelace else ((0, 0, 1, 1),):
        colonnes, lignes = -((x - largeur) // dx), -((y - hauteur) // dy)
        if colonnes > 0 and lignes > 0:
            total += lignes * (1 + (colonnes * bits + 7) // 8)
    return total


def _verifier_pixels(donnees, attendus):
    """Refus unless these are that many bytes once decompressed, and nothing else; no more of them is decompressed."""
    flux = zlib.decompressobj()
    for debut in range(0, len(donnees), BLOC):
        reste = donnees[debut:debut + BLOC]
        while reste and attendus >= 0:
            attendus -= len(flux.decompress(reste, BLOC))
            reste = flux.unconsumed_tail
        _exiger(attendus >= 0 and not flux.unused_data)
    _exiger(flux.eof and attendus == len(flux.flush()))


# ---- WebP (RFC 9649): « RIFF, length, WEBP », then chunks « name, length, data », each of an even length ----

def _webp(octets, cote):
    image, alpha, toile = None, b'', None
    for nom, contenu in _morceaux_webp(octets):
        if nom in LUS_WEBP:
            _exiger(image is None)
            image = nom, contenu
        elif nom == b'VP8X':
            largeur, hauteur = contenu[4:7] + b'\0', contenu[7:10] + b'\0'
            toile = struct.unpack('<I', largeur)[0] + 1, struct.unpack('<I', hauteur)[0] + 1
        elif nom == b'ALPH':
            alpha = contenu
        elif nom == b'EXIF':
            _verifier_sens(contenu.removeprefix(b'Exif\0\0'))
        _exiger(nom not in (b'ANIM', b'ANMF'), ANIMEE)
    _exiger(image)
    nom, contenu = image
    dimensions = LUS_WEBP[nom](contenu)
    _mesurer(*dimensions, cote)
    _exiger(toile in (None, dimensions))
    pieces = [image]
    if alpha and nom == b'VP8 ':
        cotes = b''.join(struct.pack('<I', cote - 1)[:3] for cote in dimensions)
        pieces = [(b'VP8X', b'\x10\0\0\0' + cotes), (b'ALPH', alpha), image]
    corps = b'WEBP' + b''.join(nom + struct.pack('<I', len(contenu)) + contenu + b'\0' * (len(contenu) % 2)
                               for nom, contenu in pieces)
    return Lue('webp', *dimensions, b'RIFF' + struct.pack('<I', len(corps)) + corps)


def _morceaux_webp(octets):
    """(name, data) of each chunk, up to the end that the file says."""
    place, fin = 12, 8 + struct.unpack_from('<I', octets, 4)[0]
    _exiger(fin <= len(octets))
    for _ in range(MORCEAUX_MAX):
        if place >= fin:
            return
        nom, longueur = struct.unpack_from('<4sI', octets, place)
        _exiger(place + 8 + longueur <= fin)
        yield nom, octets[place + 8:place + 8 + longueur]
        place += 8 + longueur + longueur % 2
    raise _refus(ABIMEE)


def _vp8(contenu):
    """(width, height) of an image with loss: its one frame must be a key frame that is shown (RFC 6386, §9.1)."""
    etiquette = int.from_bytes(contenu[:3], 'little')
    _exiger(etiquette & 0x11 == 0x10 and contenu[3:6] == b'\x9d\x01\x2a' and 10 + (etiquette >> 5) < len(contenu))
    return tuple(cote & 0x3fff for cote in struct.unpack_from('<HH', contenu, 6))


def _vp8l(contenu):
    """(width, height) of an image without loss."""
    signature, bits = struct.unpack_from('<BI', contenu)
    _exiger(signature == 0x2f and bits >> 29 == 0 and len(contenu) > 5)
    return (bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1


LUS_WEBP = {b'VP8 ': _vp8, b'VP8L': _vp8l}
LECTEURS = ((re.compile(rb'\xff\xd8\xff'), _jpeg), (re.compile(rb'\x89PNG\r\n\x1a\n'), _png),
            (re.compile(rb'RIFF....WEBP', re.DOTALL), _webp))
