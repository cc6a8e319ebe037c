"""The images of a content: read in their bytes, without what they tell besides, three at most, each with its words."""
import struct
import time
import zlib

import photos
import pytest
import webtest
from conftest import dits_maintenant, le_formulaire, poster
from photos import GPS, gonflant, jpeg, morceau, png, riff, segment, vp8l, vp8x, webp

import models
from models import Audit, Contenu, Document, Refus
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


# ======================================================================================
# What is kept of a file
# ======================================================================================

@pytest.mark.parametrize('type_', TYPES)
def test_le_lieu_est_dans_la_photo_et_n_est_plus_dans_ce_qui_est_servi(joindre, entrer, monde, type_):
    brut = photos.avec_tout(type_, apres=b'PK\x03\x04' + GPS)
    assert brut.count(GPS) >= 5
    joindre(brut, f'place.{type_}')
    image, = gardees()
    recu = entrer(monde.referent).get(f'/images/{image.id}')
    assert recu.body == image.contenu and GPS not in recu.body
    for reste in (b'Exif', b'EXIF', b'xmp', b'XMP', b'8BIM', b'ICC', b'PK'):
        assert reste not in recu.body
    assert (image.type, image.largeur, image.hauteur) == (type_, 32, 24)
    assert recu.content_type == {'jpg': 'image/jpeg'}.get(type_, f'image/{type_}')


@pytest.mark.parametrize('type_', TYPES)
def test_une_image_nettoyee_se_relit_telle_quelle(type_):
    lue = formats.nettoyer(photos.avec_tout(type_))
    assert formats.nettoyer(lue.octets) == lue


@pytest.mark.parametrize('type_', TYPES)
@pytest.mark.parametrize('sens', [2, 3, 6, 8])
def test_une_photo_a_tourner_est_refusee_avec_le_moyen(joindre, type_, sens):
    page = joindre(photos.avec_tout(type_, sens=sens), f'place.{type_}', 422)
    dit = page.html.select_one('#erreurs').text
    assert 'pivoter' in dit and 'avec JavaScript' in dit and not gardees()


@pytest.mark.parametrize('sens', [0, 1, 9, 65_535])
def test_un_sens_droit_ou_qui_ne_veut_rien_dire_passe(sens):
    assert formats.nettoyer(photos.avec_tout('jpg', sens=sens)).largeur == 32


@pytest.mark.parametrize('exif', [b'', b'II*\0', b'II*\0\xff\xff\xff\xff', b'MM\0*\0\0\0\x08\xff\xff', b'XX' * 40])
def test_un_exif_illisible_ne_casse_rien(exif):
    assert formats.nettoyer(jpeg(8, 8, segment(0xe1, b'Exif\0\0' + exif))).type == 'jpg'
    assert formats.nettoyer(png(8, 8, morceau(b'eXIf', exif))).type == 'png'


def test_un_jpeg_garde_ce_qui_dit_ses_couleurs_et_rien_de_plus():
    adobe = b'Adobe\0\x64\0\0\0\0\x01' + GPS
    lue = formats.nettoyer(jpeg(8, 8, segment(0xee, adobe), segment(0xee, b'Autre' + GPS)))
    assert lue.octets.count(b'Adobe') == 1 and GPS not in lue.octets and b'Autre' not in lue.octets
    assert lue.octets[6:20] == b'JFIF\0\x01\x01\0\0\x01\0\x01\0\0'   # its density, its thumbnail: not those of the file


def test_un_webp_transparent_garde_sa_transparence():
    alpha = b'\0' + bytes(1)
    lue = formats.nettoyer(riff(vp8x(1, 1, 0x1c), (b'ALPH', alpha), (b'VP8 ', photos.VP8), (b'EXIF', GPS)))
    assert lue.octets == riff(vp8x(1, 1, 0x10), (b'ALPH', alpha), (b'VP8 ', photos.VP8))


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
    with pytest.raises(Refus):
        formats.nettoyer(png(13, 7, *palette, donnees=zlib.compress(bytes(total + 1)), entete=entete[2:]))


# ======================================================================================
# Files that lie
# ======================================================================================

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HOSTILES = {
    'vide': (b'', 'est vide'),
    'SVG': (SVG, 'n\'est pas une image JPEG'),
    'SVG dit JPEG': (b'\xff\xd8\xff' + SVG, 'abîmée'),
    'GIF': (b'GIF89a' + bytes(40), 'n\'est pas une image JPEG'),
    'BMP': (b'BM' + bytes(60), 'n\'est pas une image JPEG'),
    'HTML': (b'<!doctype html><script>alert(1)</script>', 'n\'est pas une image JPEG'),
    'PDF puis JPEG': (b'%PDF-1.7\n' + jpeg(), 'n\'est pas une image JPEG'),
    'HTML puis PNG': (b'<html>' + png(), 'n\'est pas une image JPEG'),
    'JPEG réduit à son début': (b'\xff\xd8\xff', 'abîmée'),
    'JPEG sans image': (b'\xff\xd8' + segment(0xfe, b'x') + b'\xff\xd9', 'abîmée'),
    'JPEG sans fin': (jpeg(fin=b''), 'abîmée'),
    'JPEG au segment trop long': (b'\xff\xd8\xff\xe1\xff\xff' + bytes(40), 'abîmée'),
    'JPEG au segment de longueur nulle': (b'\xff\xd8\xff\xe1\0\0' + jpeg()[2:], 'abîmée'),
    'JPEG à deux trames': (jpeg(8, 8, segment(0xc0, b'\x08\0\x08\0\x08\x01\x01\x11\0')), 'abîmée'),
    'JPEG de 12 bits': (jpeg().replace(b'\xff\xc0\0\x0b\x08', b'\xff\xc0\0\x0b\x0c'), 'abîmée'),
    'JPEG sans hauteur': (jpeg(8, 0), 'abîmée'),
    'JPEG arithmétique': (jpeg().replace(b'\xff\xc0', b'\xff\xc9'), 'abîmée'),
    'JPEG aux tables fausses': (jpeg(8, 8, segment(0xdb, b'\0' + bytes(70))), 'abîmée'),
    'JPEG aux codes faux': (jpeg(8, 8, segment(0xc4, b'\0' + b'\xff' * 16)), 'abîmée'),
    'JPEG aux mille passes': (jpeg(8, 8, passes=1000), 'abîmée'),
    'JPEG immense': (jpeg(8, 8).replace(struct.pack('>HH', 8, 8), b'\xff\xff\xff\xff'), '65'),
    'PNG réduit à son début': (b'\x89PNG\r\n\x1a\n', 'abîmée'),
    'PNG sans fin': (png()[:-12], 'abîmée'),
    'PNG coupé': (png()[:-20], 'abîmée'),
    'PNG au CRC faux': (png()[:-1] + b'\0', 'abîmée'),
    'PNG sans en-tête': (b'\x89PNG\r\n\x1a\n' + morceau(b'IDAT', zlib.compress(b'')) + morceau(b'IEND', b''), 'abîmée'),
    'PNG aux deux en-têtes': (png(4, 4, morceau(b'IHDR', struct.pack('>IIBBBBB', 9, 9, 8, 2, 0, 0, 0))), 'abîmée'),
    'PNG d\'Apple': (png(4, 4, morceau(b'CgBI', b'\0\0\0\0')), 'abîmée'),
    'PNG sans palette': (png(4, 4, entete=(8, 3, 0, 0, 0)), 'abîmée'),
    'PNG à la transparence fausse': (png(4, 4, morceau(b'tRNS', b'\0')), 'abîmée'),
    'PNG aux données de trop': (png(4, 4, donnees=zlib.compress((b'\0' + bytes(12)) * 4) + GPS), 'abîmée'),
    'PNG aux données tronquées': (png(donnees=zlib.compress(bytes(2328))[:-6]), 'abîmée'),
    'PNG qui n\'est pas compressé': (png(donnees=b'pas du tout'), 'abîmée'),
    'PNG immense': (png(60_000, 60_000, donnees=b''), '60\u202f000'),
    'PNG petit qui se gonfle': (png(16, 16, donnees=gonflant(300)), 'abîmée'),
    'WebP coupé': (webp()[:-4], 'abîmée'),
    'WebP sans image': (riff((b'EXIF', b'x')), 'abîmée'),
    'WebP vide': (riff(), 'abîmée'),
    'WebP sans un pixel': (riff((b'VP8L', vp8l(1_600, 1_600)[:5])), 'abîmée'),
    'WebP aux deux images': (riff((b'VP8L', vp8l(4, 4)), (b'VP8L', vp8l(4, 4))), 'abîmée'),
    'WebP animé': (riff(vp8x(4, 4, 2), (b'ANIM', bytes(6)), (b'ANMF', bytes(40))), 'animée'),
    'WebP à la toile fausse': (riff(vp8x(9, 9, 0), (b'VP8L', vp8l(4, 4))), 'abîmée'),
    'WebP au morceau trop long': (riff((b'VP8L', vp8l(4, 4)))[:-20] + b'\xff' * 20, 'abîmée'),
    'WebP immense en vingt octets': (riff((b'VP8L', vp8l(16_384, 16_384))), '16\u202f384'),
}


@pytest.mark.parametrize('cas', HOSTILES)
def test_un_fichier_qui_ment_est_refuse_d_une_phrase_et_rien_n_est_garde(joindre, cas):
    octets, dit = HOSTILES[cas]
    erreurs = joindre(octets, 'place.png', 422).html.select_one('#erreurs').text
    assert dit in erreurs and 'JavaScript' in erreurs or cas == 'vide', erreurs
    assert not gardees()


@pytest.mark.parametrize('type_', TYPES)
def test_une_extension_menteuse_est_dite(joindre, type_):
    autre = {'jpg': 'png', 'png': 'webp', 'webp': 'jpg'}[type_]
    dit = joindre(FAIRE[type_](), f'place.{autre}', 422).html.select_one('#erreurs').text
    assert f'est une image {formats.NOMS[type_]}' in dit and f'place.{type_}' in dit
    joindre(FAIRE[type_](), 'PLACE.JPEG' if type_ == 'jpg' else f'Place.{type_.upper()}')


@pytest.mark.parametrize('cote, passe', [(1600, True), (1601, False)])
@pytest.mark.parametrize('type_', ['jpg', 'webp'])
def test_seize_cents_pixels_au_plus(type_, cote, passe):
    for largeur, hauteur in ((cote, 8), (8, cote)):
        if passe:
            assert formats.nettoyer(FAIRE[type_](largeur, hauteur))[1:3] == (largeur, hauteur)
        else:
            with pytest.raises(Refus, match='1\u202f600\u00a0pixels'):
                formats.nettoyer(FAIRE[type_](largeur, hauteur))


def test_cent_cinquante_ko_au_plus_une_fois_nettoyee(joindre):
    lourde = png(240, 240, donnees=zlib.compress((b'\0' + bytes(720)) * 240, 0))
    assert len(lourde) > images.OCTETS_MAX
    dit = joindre(lourde, 'place.png', 422).html.select_one('#erreurs').text
    assert '150\u00a0ko au plus' in dit and 'avec JavaScript' in dit
    joindre(jpeg(32, 24, *[segment(0xe2, bytes(60_000))] * 5))      # heavy by what is taken off
    assert gardees()[0].taille < 1000


def test_les_pixels_annonces_comptent_pas_ceux_qui_sont_la():
    menteuse = jpeg(8, 8).replace(struct.pack('>HH', 8, 8), struct.pack('>HH', 1600, 1600))
    assert formats.nettoyer(menteuse)[1:3] == (1600, 1600)


@pytest.mark.parametrize('type_, charge', [('jpg', segment(0xfe, b'')), ('png', morceau(b'tEXt', b'')),
                                           ('webp', (b'XMP ', b''))])
def test_un_fichier_fait_de_miettes_est_lu_en_un_temps_borne(type_, charge):
    debut = time.perf_counter()
    with pytest.raises(Refus, match='abîmée'):
        formats.nettoyer(FAIRE[type_](8, 8, *[charge] * 400_000))
    assert time.perf_counter() - debut < 1


@pytest.mark.parametrize('octets', [
    b'\xff\xd8' + b'\xff' * 9_000_000, b'\xff\xd8\xff\xda' + b'\xff' * 9_000_000,
    jpeg(fin=b'\xff' * 9_000_000), jpeg(fin=b'\xff\0' * 4_000_000), png(16, 16, donnees=bytes(9_000_000)),
    png(1600, 1600, donnees=gonflant(200))])
def test_dix_mo_de_n_importe_quoi_se_lisent_en_une_fois(octets):
    debut = time.perf_counter()
    with pytest.raises(Refus):
        formats.nettoyer(octets)
    assert time.perf_counter() - debut < 1


# ======================================================================================
# What is said of an image
# ======================================================================================

@pytest.mark.parametrize('nom', DITS)
def test_sans_texte_de_remplacement_ou_sans_credit_rien_n_est_joint(joindre, nom):
    page = joindre(jpeg(), status=422, **{nom: ''})
    assert page.html.select_one(f'#image-{nom}')['aria-invalid'] == 'true' and not gardees()
    assert page.html.select_one('#image-credit' if nom == 'alternative' else '#image-alternative')['value']


def test_sans_image_la_page_dit_d_en_choisir_une(joindre):
    phrase = joindre(b'', nom='', status=422).html.select_one('#erreurs li').text
    assert phrase.startswith('Image\u00a0:') and 'une seule à la fois' in phrase      # the name of its field


def test_trois_images_au_plus_sans_compter_les_retirees(joindre, monde, contenu):
    for _ in range(3):
        joindre(jpeg())
    premiere = gardees()[0]
    with models.ecriture():
        with pytest.raises(Refus, match='déjà 3\u00a0images'):
            images.ajouter_image(contenu, monde.referent, DITS, [('a.jpg', jpeg())])
        images.retirer_image(premiere, monde.referent)
        images.ajouter_image(contenu, monde.referent, DITS, [('a.jpg', jpeg())])
        montrees = [i.id for i in images.lignes_de(contenu.id)]
    assert montrees == [i.id for i in gardees()[1:]] and len(montrees) == 3


def test_publier_exige_le_droit_et_les_personnes(monde, contenu):
    with models.ecriture():
        numero = images.ajouter_image(contenu, monde.referent, DITS, [('a.jpg', jpeg())])
        for dits, manque in (({}, 'auteur'), ({'droit': 'Service.'}, 'personnes'),
                             ({'droit': 'Service.', 'personnes': 'aucune'}, '')):
            image = Document.get_by_id(numero)
            images.modifier_image(contenu, image, monde.referent, DITS | dits)
            if manque:
                with pytest.raises(Refus, match=manque):
                    images.controler_images(contenu)
        images.controler_images(contenu)


def test_des_accords_disent_qui_les_conserve(joindre):
    page = joindre(jpeg(), status=422, personnes='accords')
    assert 'qui conserve les accords' in page.html.select_one('#erreurs').text
    joindre(jpeg(), personnes='accords', accords_par='Mairie de Rieumes, secrétariat')
    joindre(jpeg(), personnes='aucune', accords_par='Personne')
    assert [i.accords_par for i in gardees()] == ['Mairie de Rieumes, secrétariat', '']


def test_une_image_dit_si_elle_montre_l_avant_ou_l_apres(joindre, monde, contenu, entrer):
    joindre(jpeg(), moment='avant')
    joindre(jpeg())
    page = entrer(monde.referent).get(f'/espace/redaction/contenus/{contenu.id}/fichiers')
    assert [' '.join(h3.text.split()) for h3 in page.html.select('section[id^=image-] h3')] == [
        'Image 1, avant les travaux', 'Image 2']


def test_deux_personnes_changent_la_meme_image(joindre, monde, contenu, entrer):
    joindre(jpeg())
    numero = gardees()[0].id
    page = entrer(monde.referent).get(f'/espace/redaction/contenus/{contenu.id}/fichiers')
    formulaire = le_formulaire(page, f'/espace/redaction/images/{numero}')
    formulaire['legende'] = 'Après les travaux.'
    formulaire.submit(status=303)
    formulaire['legende'], formulaire['credit'] = 'Avant les travaux.', 'Rieumes'
    refusee = formulaire.submit(status=409)
    assert 'Cette image a changé' in refusee.html.select_one('[role=alert]').text
    assert dits_maintenant(refusee) == {'Légende': 'Après les travaux.'}
    formulaire = le_formulaire(refusee, f'/espace/redaction/images/{numero}')
    assert (formulaire['legende'].value, formulaire['credit'].value) == ('Avant les travaux.', 'Rieumes')
    assert (gardees()[0].legende, gardees()[0].credit) == ('Après les travaux.', DITS['credit'])


def test_une_image_retiree_est_videe_aussitot_et_se_dit_retiree(joindre, monde, contenu, entrer, site):
    joindre(jpeg(), 'Mme Dupont.jpg', alternative='Mme Dupont coupe le ruban.', personnes='accords',
            accords_par='Mairie')
    numero = gardees()[0].id
    entrer(monde.referent).post(f'/espace/redaction/images/{numero}/retirer', status=303)
    image, = gardees()
    assert (image.contenu, image.taille, image.titre, image.legende, image.largeur) == (b'', 0, '', '', None)
    assert image.credit == '' and 'Dupont' not in image.nom and image.accords_par == 'Mairie' and image.retire_le
    assert 'retiré du site' in entrer(monde.admin).get(f'/images/{numero}', status=410).text
    site.get(f'/images/{numero}', status=404)                       # of a draft, a stranger learns nothing
    entrer(monde.referent).post(f'/espace/redaction/images/{numero}/retirer', status=404)
    with models.lecture():
        faits = [(a.fait, a.detail) for a in Audit.select().where(Audit.fait.startswith('image'))]
    assert [fait for fait, _ in faits] == ['image ajoutée', 'image retirée'] and 'Dupont' not in faits[1][1]


def test_de_l_image_retiree_il_ne_reste_rien_dans_le_fichier_de_la_base(joindre, base, monde):
    octets = jpeg(1600, 1600).replace(b'\x10' * 64, bytes(range(1, 65)))
    joindre(octets)
    garde = gardees()[0]

    def dans_le_fichier():
        models._branche['ancre'].execute('PRAGMA wal_checkpoint(TRUNCATE)')
        with open(base, 'rb') as fichier:
            return bytes(range(1, 65)) in fichier.read()
    assert dans_le_fichier()
    with models.ecriture():
        models.db.execute_sql('PRAGMA secure_delete = OFF')         # Debian's SQLite writes over by itself, not all do
        images.retirer_image(garde, monde.referent)
    assert not dans_le_fichier()


def test_seuls_l_auteur_et_qui_publie_y_touchent(joindre, monde, contenu, entrer):
    joindre(jpeg())
    numero = gardees()[0].id
    for adresse in (f'contenus/{contenu.id}/images', f'images/{numero}', f'images/{numero}/retirer'):
        assert entrer(monde.autre).post(f'/espace/redaction/{adresse}', DITS, status='*').status_int == 403
    entrer(monde.autre).get(f'/espace/redaction/contenus/{contenu.id}/fichiers', status=403)
    assert not gardees()[0].retire_le


def test_une_fois_publie_l_auteur_retire_et_n_ajoute_plus(joindre, monde, contenu, entrer):
    joindre(jpeg(), **COMPLETS)
    numero = gardees()[0].id
    with models.ecriture():
        Contenu.update(etat='publie', publie_le='2026-11-01').execute()
    page = entrer(monde.referent).get(f'/espace/redaction/contenus/{contenu.id}/fichiers')
    assert [f.action for f in page.forms.values() if '/images' in f.action] == [
        f'/espace/redaction/images/{numero}/retirer']
    entrer(monde.referent).post(f'/espace/redaction/images/{numero}', DITS, status=403)
    page = joindre(jpeg(), status=422, agent=monde.admin).html
    assert [lien['href'] for lien in page.select('#erreurs a')] == ['#image-droit', '#image-personnes']
    with models.ecriture(), pytest.raises(Refus, match='Dites qui en est'):
        images.ajouter_image(Contenu.get(), monde.admin, DITS, [('a.jpg', jpeg())])
    joindre(jpeg(), agent=monde.admin, **COMPLETS)
    entrer(monde.referent).post(f'/espace/redaction/images/{numero}/retirer', status=303)
