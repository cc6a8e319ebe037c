"""An image chosen in a real browser: drawn again smaller, without what the camera wrote; and the way without script."""
import base64
import re

import photos
import pytest
from navigateur import champ, entrer, verifier
from playwright.sync_api import expect

import models
from models import Contenu, Document
from verbes.contenus import contenus, formats, images

GRANDE = """([largeur, hauteur]) => {
  const toile = Object.assign(document.createElement('canvas'), { width: largeur, height: hauteur });
  const dessin = toile.getContext('2d');
  let graine = 7;
  const hasard = () => (graine = graine * 16807 % 2147483647) / 2147483647;
  for (let i = 0; i < 40000; i += 1) {
    dessin.fillStyle = `hsl(${hasard() * 360}, 60%, 50%)`;
    dessin.fillRect(hasard() * largeur, hasard() * hauteur, 60, 60);
  }
  return toile.toDataURL('image/jpeg', 0.95).split(',')[1];
}"""

DESSINEES = {}                                                      # the same dots at each time


@pytest.fixture
def adresse(monde):
    """The page of the images of a projet of the référent."""
    with models.ecriture():
        numero = contenus.creer('projet', monde.referent, {
            'titre': 'Une place', 'audience': 'public', 'fiches': [], 'collectivites': [], 'structures': []})
    return f'/espace/redaction/contenus/{numero}/fichiers'


def photo_de_telephone(page, largeur=4000, hauteur=3000, sens=1):
    """A JPEG as a phone makes it: large, heavy, with its place, perhaps to be turned."""
    if (largeur, hauteur) not in DESSINEES:
        DESSINEES[largeur, hauteur] = base64.b64decode(page.evaluate(GRANDE, [largeur, hauteur]))
    octets = DESSINEES[largeur, hauteur]
    return octets[:2] + photos.segment(0xe1, b'Exif\0\0' + photos.exif(sens)) + octets[2:]


def choisir(page, octets, nom='IMG_2041.jpg'):
    page.locator('input[data-image]').set_input_files({'name': nom, 'mimeType': 'image/jpeg', 'buffer': octets})


def remplir(page):
    ajout = page.locator('form[aria-label="Ajouter une image"]')
    champ(ajout, 'Texte de remplacement').fill('Une place plantée d\'arbres.')
    champ(ajout, 'Crédit').fill('Commune de Rieumes')


def gardees():
    with models.lecture():
        return list(Document.select().where(Document.genre == 'image'))


@pytest.mark.parametrize('sens', [1, 6])
def test_une_grande_photo_devient_petite_droite_et_muette(ouvrir, connus, adresse, sens):
    page = ouvrir()
    fautes = []
    page.on('console', lambda dit: fautes.append(dit.text) if dit.type == 'error' else None)
    entrer(page, connus.referent, adresse)
    photo = photo_de_telephone(page, sens=sens)
    assert len(photo) > 2_000_000 and photos.GPS in photo
    choisir(page, photo)
    expect(page.get_by_alt_text('Aperçu de l\'image choisie')).to_be_visible()
    dit = page.get_by_role('status').filter(has_text='Image prête').inner_text()
    assert re.search(r'\d+\sko au lieu de \d,\d\sMo', dit)
    verifier(page)
    remplir(page)
    page.get_by_role('button', name='Ajouter l’image').click()
    expect(page.get_by_text('Enregistré.')).to_be_visible()
    image, = gardees()
    assert max(image.largeur, image.hauteur) <= 1600 and (image.largeur > image.hauteur) == (sens == 1)
    assert image.taille <= images.OCTETS_MAX and photos.GPS not in image.contenu and image.type == 'webp'
    assert page.evaluate('[...document.images].map((i) => [i.naturalWidth, i.naturalHeight])') == [
        [image.largeur, image.hauteur]]
    assert fautes == []
    verifier(page)


def test_envoyee_avant_d_etre_prete_la_photo_part_reduite(ouvrir, connus, adresse):
    page = ouvrir()
    entrer(page, connus.referent, adresse)
    photo = photo_de_telephone(page)
    remplir(page)
    choisir(page, photo)
    page.get_by_role('button', name='Ajouter l’image').click()
    expect(page.get_by_text('Enregistré.')).to_be_visible()
    assert gardees()[0].taille <= images.OCTETS_MAX


def test_ce_que_le_navigateur_ne_lit_pas_se_dit(ouvrir, connus, adresse):
    page = ouvrir()
    entrer(page, connus.referent, adresse)
    choisir(page, b'<svg xmlns="http://www.w3.org/2000/svg"/>', 'dessin.jpg')
    expect(page.get_by_text('Ce navigateur ne lit pas cette image')).to_be_visible()
    remplir(page)
    page.get_by_role('button', name='Ajouter l’image').click()
    expect(page.locator('#erreurs')).to_contain_text('n’est pas une image JPEG')
    verifier(page)


def test_ce_qui_est_garde_se_dessine_comme_ce_qui_etait_recu(ouvrir):
    page = ouvrir()
    page.goto('/')
    dessine = """async (hexa) => {
      const octets = Uint8Array.from(hexa.match(/../g), (deux) => parseInt(deux, 16));
      const image = await createImageBitmap(new Blob([octets]));
      const toile = Object.assign(document.createElement('canvas'), { width: image.width, height: image.height });
      toile.getContext('2d').drawImage(image, 0, 0);
      return toile.toDataURL();
    }"""
    for type_ in ('jpg', 'png', 'webp'):
        brut = photos.avec_tout(type_)
        assert page.evaluate(dessine, brut.hex()) == page.evaluate(dessine, formats.nettoyer(brut).octets.hex()), type_


def test_ce_qu_un_navigateur_ecrit_est_compris(ouvrir):
    page = ouvrir()
    page.goto('/')
    for sorte in (('image/jpeg', 0.9), ('image/webp', 0.9), ('image/webp', 1), ('image/png', 1)):
        assert formats.nettoyer(ecrite(page, *sorte))[1:3] == (301, 201), sorte


def ecrite(page, mime, qualite):
    """The bytes of a drawing that this browser writes."""
    return bytes.fromhex(page.evaluate("""([mime, qualite]) => new Promise((rendre) => {
      const toile = Object.assign(document.createElement('canvas'), { width: 301, height: 201 });
      const dessin = toile.getContext('2d');
      for (let i = 0; i < 200; i += 1) {
        dessin.fillStyle = `hsla(${i * 37 % 360}, 70%, 50%, .5)`;
        dessin.fillRect(i * 7 % 300, i * 13 % 200, 60, 40);
      }
      toile.toBlob(async (blob) => rendre([...new Uint8Array(await blob.arrayBuffer())].map(
        (un) => un.toString(16).padStart(2, '0')).join('')), mime, qualite);
    })""", [mime, qualite]))


def test_sans_javascript_une_petite_image_passe_une_grande_dit_comment_faire(ouvrir, connus, adresse):
    page = ouvrir(1280, js=False)
    entrer(page, connus.referent, adresse)
    verifier(page)
    remplir(page)
    choisir(page, photos.jpeg(4000, 3000))
    page.get_by_role('button', name='Ajouter l’image').click()
    expect(page.locator('#erreurs')).to_contain_text('Dans un navigateur avec JavaScript')
    expect(page.locator('#erreurs')).to_contain_text('1\u202f600\u00a0pixels')
    verifier(page)
    choisir(page, photos.jpeg(1600, 1200))
    page.get_by_role('button', name='Ajouter l’image').click()
    expect(page.get_by_text('Enregistré.')).to_be_visible()
    page.get_by_text('Retirer', exact=False).first.click()
    page.get_by_role('button', name='Retirer l’image pour toujours').click()
    expect(page.get_by_text('Enregistré.')).to_be_visible()
    assert not page.locator('figure').count()


def test_la_page_des_images_est_accessible_pleine_en_erreur_publiee(ouvrir, connus, adresse):
    numero = int(adresse.split('/')[-2])
    page = ouvrir()
    entrer(page, connus.referent)
    dits = {'alternative': 'Une place.', 'credit': 'Commune', 'droit': 'Service.', 'personnes': 'aucune'}
    with models.ecriture():
        contenu = Contenu.get_by_id(numero)
        for type_, moment in (('jpg', 'avant'), ('png', 'apres'), ('webp', '')):
            images.ajouter_image(contenu, connus.referent, dits | {'moment': moment},
                                 [(f'a.{type_}', getattr(photos, {'jpg': 'jpeg'}.get(type_, type_))(90, 60))])
    page.goto(adresse)
    verifier(page)
    for depliant in page.locator('details:not(.menu) > summary').all():
        depliant.click()
    verifier(page)
    page.get_by_role('button', name='Ajouter le fichier').click()
    page.wait_for_selector('#erreurs')
    verifier(page)
    with models.ecriture():
        Contenu.update(etat='publie', publie_le='2026-11-01').execute()
    page.goto(adresse)
    verifier(page)
    assert not page.get_by_role('button', name='Ajouter').count()
    page.goto(adresse.removesuffix('/fichiers'))
    verifier(page)
