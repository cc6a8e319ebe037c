"""Images made by hand, that any browser draws: grey JPEG, PNG, WebP, with what a camera writes in them."""
import struct
import zlib

GPS = b'GPS 43.6045N 1.4440E'                                       # what must never come out
XMP = b'http://ns.adobe.com/xap/1.0/\0<x:xmpmeta><exif:GPSLatitude>' + GPS + b'</exif:GPSLatitude></x:xmpmeta>'
IPTC = b'Photoshop 3.0\x008BIM\x04\x04' + GPS
ICC = b'ICC_PROFILE\0\x01\x01' + GPS
VP8 = bytes.fromhex('3001009d012a010001000ec0fe25a400037000000000')


def exif(sens=1, texte=GPS):
    """A TIFF block of one directory: the orientation, and where the text of the place is."""
    entrees = struct.pack('<HHII', 274, 3, 1, sens) + struct.pack('<HHII', 270, 2, len(texte), 38)
    return b'II*\0' + struct.pack('<IH', 8, 2) + entrees + struct.pack('<I', 0) + texte


def segment(code, charge):
    return struct.pack('>BBH', 0xff, code, len(charge) + 2) + charge


QUANTIFICATION = segment(0xdb, b'\0' + b'\x10' * 64)
# One code, « 0 »: no difference from the block before, then nothing more in the block.
HUFFMAN = segment(0xc4, b'\0\x01' + bytes(15) + b'\0') + segment(0xc4, b'\x10\x01' + bytes(15) + b'\0')


def jpeg(largeur=32, hauteur=24, *segments, passes=1, apres=b'', fin=b'\xff\xd9'):
    """A grey JPEG, of so many blocks of 8 pixels; segments: what else it says, after its beginning."""
    blocs = -(-largeur // 8) * -(-hauteur // 8)
    octets, reste = divmod(2 * blocs, 8)
    donnees = bytes(octets) + (bytes([0xff >> reste]) if reste else b'')
    donnees = donnees.replace(b'\xff', b'\xff\0')
    trame = segment(0xc0, struct.pack('>BHHB', 8, hauteur, largeur, 1) + b'\x01\x11\0')
    passe = segment(0xda, b'\x01\x01\0\0\x3f\0') + donnees
    jfif = segment(0xe0, b'JFIF\0\x01\x02\x01\0\x48\0\x48\0\0')
    return b''.join((b'\xff\xd8', jfif, *segments, QUANTIFICATION, trame, HUFFMAN, passe * passes, fin, apres))


def morceau(nom, contenu):
    return struct.pack('>I', len(contenu)) + nom + contenu + struct.pack('>I', zlib.crc32(nom + contenu))


def png(largeur=32, hauteur=24, *morceaux, donnees=None, entete=(8, 2, 0, 0, 0), apres=b''):
    if donnees is None:
        donnees = zlib.compress((b'\0' + b'\x20\x40\x80' * largeur) * hauteur)
    return b''.join((b'\x89PNG\r\n\x1a\n', morceau(b'IHDR', struct.pack('>IIBBBBB', largeur, hauteur, *entete)),
                     *morceaux, morceau(b'IDAT', donnees), morceau(b'IEND', b''), apres))


def gonflant(mo):
    """The zlib stream of that many megabytes of zeros, made of the same compressed one."""
    zeros, flux = bytes(1_000_000), zlib.compressobj()
    premier, suite = (flux.compress(zeros) + flux.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    somme = struct.pack('>I', mo * len(zeros) % 65_521 << 16 | 1)   # Adler-32 (RFC 1950)
    return premier + suite * (mo - 1) + flux.flush()[:-4] + somme


def riff(*morceaux, apres=b''):
    corps = b'WEBP' + b''.join(nom + struct.pack('<I', len(contenu)) + contenu + b'\0' * (len(contenu) % 2)
                               for nom, contenu in morceaux)
    return b'RIFF' + struct.pack('<I', len(corps)) + corps + apres


def vp8l(largeur, hauteur):
    """One colour without loss, in twenty bytes whatever the size: five codes of one symbol each, then no data."""
    bits, place = 0, 0

    def ecrire(valeur, combien):
        nonlocal bits, place
        bits |= valeur << place
        place += combien
    ecrire(largeur - 1, 14), ecrire(hauteur - 1, 14), ecrire(0, 4)
    ecrire(0, 3)                                                    # no transform, no cache of colours, one code each
    for symbole in (0x40, 0x20, 0x80, 0xff, 0):                     # green, red, blue, alpha, distance
        ecrire(1, 1), ecrire(0, 1), ecrire(1, 1), ecrire(symbole, 8)
    return b'\x2f' + bits.to_bytes(-(-place // 8), 'little')


def vp8x(largeur, hauteur, drapeaux):
    return b'VP8X', bytes([drapeaux, 0, 0, 0]) + struct.pack('<I', largeur - 1)[:3] + struct.pack('<I', hauteur - 1)[:3]


def webp(largeur=32, hauteur=24, *morceaux, apres=b''):
    image = (b'VP8L', vp8l(largeur, hauteur))
    return riff(*((vp8x(largeur, hauteur, 0x2c), image, *morceaux) if morceaux else (image,)), apres=apres)


def avec_tout(type_, sens=1, apres=b''):
    """An image that says all that a camera says, the place most of all."""
    if type_ == 'jpg':
        return jpeg(32, 24, segment(0xe1, b'Exif\0\0' + exif(sens)), segment(0xe1, XMP), segment(0xe2, ICC),
                    segment(0xed, IPTC), segment(0xfe, GPS), segment(0xef, GPS), apres=apres)
    if type_ == 'png':
        return png(32, 24, morceau(b'eXIf', exif(sens)), morceau(b'iTXt', b'XML:com.adobe.xmp\0' + XMP),
                   morceau(b'tEXt', b'Comment\0' + GPS), morceau(b'iCCP', b'x\0\0' + zlib.compress(GPS)),
                   morceau(b'gpSx', GPS), apres=apres)
    return webp(32, 24, (b'ICCP', ICC), (b'EXIF', exif(sens)), (b'XMP ', XMP), (b'GPSX', GPS), apres=apres)
