"""The images of a content: read in their bytes, without what they tell besides, three at most, each with its words."""
import struct
import time
import zlib

import photos
import pytest
import webtest
from conftest import changer_ligne, le_formulaire, poster
from ecritures import refus_de
from photos import GPS, gonflant, jpeg, morceau, png, riff, segment, vp8l, vp8x, webp

import models
from models import Audit, Contenu, Document
from verbes.contenus import contenus, formats, images

DITS = {'alternative': 'Une place plantée d\'arbres.', 'credit': 'Commune de Rieumes'}
COMPLETS = DITS | {'droit': 'Photo de nos services.', 'personnes': 'aucune'}
TYPES = ('jpg', 'png', 'webp')
FAIRE = {'jpg': jpeg, 'png': png, 'webp': webp}


@pytest.fixture
def contenu(monde):
    """A brouillon of the référent."""
    with models.ecriture():
        return Contenu.get_by_id(contenus.creer('projet', monde.referent, {
            'titre': 'Une place', 'audience': 'public', 'fiches': [], 'collectivites': [], 'structures': []}))


@pytest.fixture
def joindre(monde, entrer, contenu):
    """Join an image on the page of the content; what answers."""
    def envoyer(octets, nom='place.jpg', status=303, agent=monde.referent, **valeurs):
        ici, piece = f'/espace/redaction/contenus/{contenu.id}', webtest.Upload(nom, octets) if nom else ''
        return poster(entrer(agent), f'{ici}/images', DITS | valeurs | {'pieces': piece}, f'{ici}/fichiers', status)
    return envoyer


def gardees():
    with models.lecture():
        return list(Document.select().where(Document.genre == 'image').order_by(Document.id))


def dit_de(reponse):
    return reponse.html.select_one('#erreurs').text


def test_le_lieu_est_dans_la_photo_et_n_est_plus_dans_ce_qui_est_servi(joindre, entrer, monde):
    for rang, type_ in enumerate(TYPES):
        brut = photos.avec_tout(type_, apres=b'PK\x03\x04' + GPS)
        assert brut.count(GPS) >= 5, type_
        lue = formats.nettoyer(photos.avec_tout(type_))
        assert formats.nettoyer(lue.octets) == lue, type_
        for sens in (2, 3, 6, 8):
            dit = dit_de(joindre(photos.avec_tout(type_, sens=sens), f'place.{type_}', 422))
            assert 'pivoter' in dit and 'avec JavaScript' in dit and len(gardees()) == rang, (type_, sens)
        joindre(brut, f'place.{type_}')
        image = gardees()[rang]
        recu = entrer(monde.referent).get(f'/images/{image.id}')
        assert recu.body == image.contenu, type_
        for reste in (GPS, b'Exif', b'EXIF', b'xmp', b'XMP', b'8BIM', b'ICC', b'PK'):
            assert reste not in recu.body, (type_, reste)
        assert (image.type, image.largeur, image.hauteur) == (type_, 32, 24)
        assert recu.content_type == {'jpg': 'image/jpeg'}.get(type_, f'image/{type_}')


def test_une_image_garde_ses_couleurs_et_sa_transparence_rien_de_plus_un_exif_qui_ne_veut_rien_dire_passe():
    adobe = b'Adobe\0\x64\0\0\0\0\x01' + GPS
    lue = formats.nettoyer(jpeg(8, 8, segment(0xee, adobe), segment(0xee, b'Autre' + GPS)))
    assert lue.octets.count(b'Adobe') == 1 and GPS not in lue.octets and b'Autre' not in lue.octets
    assert lue.octets[6:20] == b'JFIF\0\x01\x01\0\0\x01\0\x01\0\0'   # its density, its thumbnail: not those of the file
    alpha = (b'ALPH', bytes(2)), (b'VP8 ', photos.VP8)
    lue = formats.nettoyer(riff(vp8x(1, 1, 0x1c), *alpha, (b'EXIF', GPS)))
    assert lue.octets == riff(vp8x(1, 1, 0x10), *alpha)
    menteuse = jpeg(8, 8).replace(struct.pack('>HH', 8, 8), struct.pack('>HH', 1600, 1600))
    assert formats.nettoyer(menteuse)[1:3] == (1600, 1600)          # what it announces counts
    for sens in (0, 1, 9, 65_535):
        assert formats.nettoyer(photos.avec_tout('jpg', sens=sens)).largeur == 32, sens
    for exif in (b'', b'II*\0', b'II*\0\xff\xff\xff\xff', b'MM\0*\0\0\0\x08\xff\xff', b'XX' * 40):
        assert formats.nettoyer(jpeg(8, 8, segment(0xe1, b'Exif\0\0' + exif))).type == 'jpg', exif
        assert formats.nettoyer(png(8, 8, morceau(b'eXIf', exif))).type == 'png', exif


@pytest.mark.parametrize('entrelace', [0, 1])
@pytest.mark.parametrize('profondeur, couleurs', [(1, 0), (16, 0), (8, 2), (4, 3), (8, 4), (16, 6)])
def test_un_png_de_chaque_sorte_compte_ses_pixels(entrelace, profondeur, couleurs):
    entete = (13, 7, profondeur, couleurs, 0, 0, entrelace)
    bits = profondeur * {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[couleurs]
    passes = formats.ADAM7 if entrelace else ((0, 0, 1, 1),)
    tailles = [(len(range(x, 13, dx)), len(range(y, 7, dy))) for x, y, dx, dy in passes]
    total = sum(lignes * (1 + -(-colonnes * bits // 8)) for colonnes, lignes in tailles if colonnes)
    palette = (morceau(b'PLTE', b'\1\2\3' * 16), morceau(b'tRNS', b'\x80')) if couleurs == 3 else ()
    bons = png(13, 7, *palette, donnees=zlib.compress(bytes(total)), entete=entete[2:])
    assert formats.nettoyer(bons).octets == bons
    refus_de(formats.nettoyer, png(13, 7, *palette, donnees=zlib.compress(bytes(total + 1)), entete=entete[2:]))


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HOSTILES = {
    'vide': (b'', 'est vide'), 'SVG': (SVG, 'n\'est pas une image JPEG'),
    'GIF': (b'GIF89a' + bytes(40), 'n\'est pas une image JPEG'),
    'BMP': (b'BM' + bytes(60), 'n\'est pas une image JPEG'),
    'HTML': (b'<!doctype html><script>alert(1)</script>', 'n\'est pas une image JPEG'),
    'PDF puis JPEG': (b'%PDF-1.7\n' + jpeg(), 'n\'est pas une image JPEG'),
    'HTML puis PNG': (b'<html>' + png(), 'n\'est pas une image JPEG'),
    'JPEG immense': (jpeg(8, 8).replace(struct.pack('>HH', 8, 8), b'\xff\xff\xff\xff'), '65'),
    'PNG immense': (png(60_000, 60_000, donnees=b''), '60\u202f000'),
    'WebP animé': (riff(vp8x(4, 4, 2), (b'ANIM', bytes(6)), (b'ANMF', bytes(40))), 'animée'),
    'WebP immense en vingt octets': (riff((b'VP8L', vp8l(16_384, 16_384))), '16\u202f384'),
} | {nom: (octets, 'abîmée') for nom, octets in {
    'SVG dit JPEG': b'\xff\xd8\xff' + SVG, 'JPEG réduit à son début': b'\xff\xd8\xff',
    'JPEG sans image': b'\xff\xd8' + segment(0xfe, b'x') + b'\xff\xd9', 'JPEG sans fin': jpeg(fin=b''),
    'JPEG au segment trop long': b'\xff\xd8\xff\xe1\xff\xff' + bytes(40),
    'JPEG au segment de longueur nulle': b'\xff\xd8\xff\xe1\0\0' + jpeg()[2:],
    'JPEG à deux trames': jpeg(8, 8, segment(0xc0, b'\x08\0\x08\0\x08\x01\x01\x11\0')),
    'JPEG de 12 bits': jpeg().replace(b'\xff\xc0\0\x0b\x08', b'\xff\xc0\0\x0b\x0c'), 'JPEG sans hauteur': jpeg(8, 0),
    'JPEG arithmétique': jpeg().replace(b'\xff\xc0', b'\xff\xc9'),
    'JPEG aux tables fausses': jpeg(8, 8, segment(0xdb, b'\0' + bytes(70))),
    'JPEG aux codes faux': jpeg(8, 8, segment(0xc4, b'\0' + b'\xff' * 16)),
    'JPEG aux mille passes': jpeg(8, 8, passes=1000), 'PNG réduit à son début': b'\x89PNG\r\n\x1a\n',
    'PNG sans fin': png()[:-12], 'PNG coupé': png()[:-20], 'PNG au CRC faux': png()[:-1] + b'\0',
    'PNG sans en-tête': b'\x89PNG\r\n\x1a\n' + morceau(b'IDAT', zlib.compress(b'')) + morceau(b'IEND', b''),
    'PNG aux deux en-têtes': png(4, 4, morceau(b'IHDR', struct.pack('>IIBBBBB', 9, 9, 8, 2, 0, 0, 0))),
    'PNG d\'Apple': png(4, 4, morceau(b'CgBI', b'\0\0\0\0')), 'PNG sans palette': png(4, 4, entete=(8, 3, 0, 0, 0)),
    'PNG à la transparence fausse': png(4, 4, morceau(b'tRNS', b'\0')),
    'PNG aux données de trop': png(4, 4, donnees=zlib.compress((b'\0' + bytes(12)) * 4) + GPS),
    'PNG aux données tronquées': png(donnees=zlib.compress(bytes(2328))[:-6]),
    'PNG qui n\'est pas compressé': png(donnees=b'pas du tout'),
    'PNG petit qui se gonfle': png(16, 16, donnees=gonflant(300)), 'WebP coupé': webp()[:-4],
    'WebP sans image': riff((b'EXIF', b'x')), 'WebP vide': riff(),
    'WebP sans un pixel': riff((b'VP8L', vp8l(1_600, 1_600)[:5])),
    'WebP aux deux images': riff((b'VP8L', vp8l(4, 4)), (b'VP8L', vp8l(4, 4))),
    'WebP à la toile fausse': riff(vp8x(9, 9, 0), (b'VP8L', vp8l(4, 4))),
    'WebP au morceau trop long': riff((b'VP8L', vp8l(4, 4)))[:-20] + b'\xff' * 20,
}.items()}


def test_un_fichier_qui_ment_est_refuse_d_une_phrase_et_rien_n_est_garde_une_extension_menteuse_est_dite(joindre):
    for cas, (octets, dit) in HOSTILES.items():
        erreurs = dit_de(joindre(octets, 'place.png', 422))
        assert dit in erreurs and 'JavaScript' in erreurs or cas == 'vide', (cas, erreurs)
        assert not gardees(), cas
    for type_, autre in (('jpg', 'png'), ('png', 'webp'), ('webp', 'jpg')):
        dit = dit_de(joindre(FAIRE[type_](), f'place.{autre}', 422))
        assert f'est une image {formats.NOMS[type_]}' in dit and f'place.{type_}' in dit
        joindre(FAIRE[type_](), 'PLACE.JPEG' if type_ == 'jpg' else f'Place.{type_.upper()}')


def test_seize_cents_pixels_et_cent_cinquante_ko_au_plus_une_fois_nettoyee(joindre):
    for faire in (jpeg, webp):
        for passe, refusee in (((1600, 8), (1601, 8)), ((8, 1600), (8, 1601))):
            assert formats.nettoyer(faire(*passe))[1:3] == passe
            assert '1\u202f600\u00a0pixels' in str(refus_de(formats.nettoyer, faire(*refusee)))
    lourde = png(240, 240, donnees=zlib.compress((b'\0' + bytes(720)) * 240, 0))
    assert len(lourde) > images.OCTETS_MAX
    dit = dit_de(joindre(lourde, 'place.png', 422))
    assert '150\u00a0ko au plus' in dit and 'avec JavaScript' in dit
    joindre(jpeg(32, 24, *[segment(0xe2, bytes(60_000))] * 5))      # heavy by what is taken off
    assert gardees()[0].taille < 1000


MIETTES = {'jpg': segment(0xfe, b''), 'png': morceau(b'tEXt', b''), 'webp': (b'XMP ', b'')}


@pytest.mark.parametrize('faire, dit', [
    *((lambda type_=type_, miette=miette: FAIRE[type_](8, 8, *[miette] * 400_000), 'abîmée')
      for type_, miette in MIETTES.items()),
    (lambda: b'\xff\xd8' + b'\xff' * 9_000_000, ''), (lambda: b'\xff\xd8\xff\xda' + b'\xff' * 9_000_000, ''),
    (lambda: jpeg(fin=b'\xff' * 9_000_000), ''), (lambda: jpeg(fin=b'\xff\0' * 4_000_000), ''),
    (lambda: png(16, 16, donnees=bytes(9_000_000)), ''), (lambda: png(1600, 1600, donnees=gonflant(200)), '')])
def test_des_miettes_ou_dix_mo_de_n_importe_quoi_se_lisent_en_un_temps_borne(faire, dit):
    octets = faire()
    debut = time.perf_counter()
    refus = refus_de(formats.nettoyer, octets)
    assert dit in str(refus) and time.perf_counter() - debut < 1


def test_une_image_dit_son_texte_son_credit_ses_accords_si_elle_montre_avant_ou_apres(joindre, monde, contenu, entrer):
    for nom, reste in (('alternative', 'credit'), ('credit', 'alternative')):
        page = joindre(jpeg(), status=422, **{nom: ''})
        assert page.html.select_one(f'#image-{nom}')['aria-invalid'] == 'true'
        assert page.html.select_one(f'#image-{reste}')['value'] and not gardees(), nom
    phrase = joindre(b'', nom='', status=422).html.select_one('#erreurs li').text
    assert phrase.startswith('Image\u00a0:') and 'une seule à la fois' in phrase      # the name of its field
    assert 'qui conserve les accords' in dit_de(joindre(jpeg(), status=422, personnes='accords'))
    joindre(jpeg(), personnes='accords', accords_par='Mairie de Rieumes, secrétariat', moment='avant')
    joindre(jpeg(), personnes='aucune', accords_par='Personne')
    assert [i.accords_par for i in gardees()] == ['Mairie de Rieumes, secrétariat', '']
    page = entrer(monde.referent).get(f'/espace/redaction/contenus/{contenu.id}/fichiers')
    assert [' '.join(h3.text.split()) for h3 in page.html.select('section[id^=image-] h3')] == [
        'Image 1, avant les travaux', 'Image 2']


def test_trois_images_au_plus_sans_compter_les_retirees_et_publier_exige_le_droit_et_les_personnes(monde, contenu):
    def ajouter():
        return images.ajouter_image(contenu, monde.referent, DITS, [('a.jpg', jpeg())])
    with models.ecriture():
        premiere, deuxieme, numero = ajouter(), ajouter(), ajouter()
        assert 'déjà 3\u00a0images' in str(refus_de(ajouter))
        images.retirer_image(Document.get_by_id(premiere), monde.referent)
        derniere = ajouter()
        assert [i.id for i in images.lignes_de(contenu.id)] == [deuxieme, numero, derniere]
        for retiree in (deuxieme, derniere):
            images.retirer_image(Document.get_by_id(retiree), monde.referent)
        for dits, manque in (({}, 'auteur'), ({'droit': 'Service.'}, 'personnes'),
                             ({'droit': 'Service.', 'personnes': 'aucune'}, '')):
            images.modifier_image(contenu, Document.get_by_id(numero), monde.referent, DITS | dits)
            if manque:
                assert manque in str(refus_de(images.controler_images, contenu))
        images.controler_images(contenu)


def test_seuls_l_auteur_et_qui_publie_changent_une_image_qui_se_vide_retiree(joindre, monde, contenu, entrer, site):
    dits = {'alternative': 'Mme Dupont coupe le ruban.', 'personnes': 'accords', 'accords_par': 'Mairie'}
    joindre(jpeg(), 'Mme Dupont.jpg', **dits)
    numero = gardees()[0].id
    adresse, page = f'/espace/redaction/images/{numero}', f'/espace/redaction/contenus/{contenu.id}/fichiers'
    auteur, autre = entrer(monde.referent), entrer(monde.autre)
    for ici in (f'/espace/redaction/contenus/{contenu.id}/images', adresse, f'{adresse}/retirer'):
        autre.post(ici, DITS, status=403)
    autre.get(page, status=403)
    formulaire = le_formulaire(auteur.get(page), adresse)
    formulaire['legende'] = 'Après les travaux.'
    formulaire.submit(status=303)
    image, = gardees()
    assert (image.legende, image.credit, image.retire_le) == ('Après les travaux.', DITS['credit'], None)
    auteur.post(f'{adresse}/retirer', status=303)
    image, = gardees()
    assert (image.contenu, image.taille, image.titre, image.legende, image.largeur) == (b'', 0, '', '', None)
    assert image.credit == '' and 'Dupont' not in image.nom and image.accords_par == 'Mairie' and image.retire_le
    assert 'retiré du site' in entrer(monde.admin).get(f'/images/{numero}', status=410).text
    site.get(f'/images/{numero}', status=404)                       # of a draft, a stranger learns nothing
    auteur.post(f'{adresse}/retirer', status=404)
    with models.lecture():
        faits = [(a.fait, a.detail) for a in Audit.select().where(Audit.fait.startswith('image'))]
    assert [fait for fait, _ in faits] == ['image ajoutée', 'image modifiée', 'image retirée']
    assert 'Dupont' not in faits[2][1]


def test_de_l_image_retiree_il_ne_reste_rien_dans_le_fichier_de_la_base_ni_dans_son_journal(joindre, base, monde):
    joindre(jpeg(1600, 1600).replace(b'\x10' * 64, bytes(range(1, 65))))
    garde = gardees()[0]

    def reste():
        lus = b''
        for nom in (base, f'{base}-wal'):
            with open(nom, 'rb') as fichier:
                lus += fichier.read()
        return bytes(range(1, 65)) in lus
    assert reste()
    with models.ecriture():
        models.db.execute_sql('PRAGMA secure_delete = OFF')         # Debian's SQLite writes over by itself, not all do
        images.retirer_image(garde, monde.referent)
    assert not reste()
    models._branche['ancre'].execute('PRAGMA wal_checkpoint(TRUNCATE)')
    assert not reste()


def test_une_fois_publie_l_auteur_retire_et_n_ajoute_plus(joindre, monde, contenu, entrer):
    joindre(jpeg(), **COMPLETS)
    numero = gardees()[0].id
    changer_ligne(contenu, etat='publie', publie_le='2026-11-01')
    page = entrer(monde.referent).get(f'/espace/redaction/contenus/{contenu.id}/fichiers')
    assert [f.action for f in page.forms.values() if '/images' in f.action] == [
        f'/espace/redaction/images/{numero}/retirer']
    entrer(monde.referent).post(f'/espace/redaction/images/{numero}', DITS, status=403)
    page = joindre(jpeg(), status=422, agent=monde.admin).html
    assert [lien['href'] for lien in page.select('#erreurs a')] == ['#image-droit', '#image-personnes']
    with models.ecriture():
        refus = refus_de(images.ajouter_image, Contenu.get(), monde.admin, DITS, [('a.jpg', jpeg())])
        assert 'Dites qui en est' in str(refus)
    joindre(jpeg(), agent=monde.admin, **COMPLETS)
    entrer(monde.referent).post(f'/espace/redaction/images/{numero}/retirer', status=303)
