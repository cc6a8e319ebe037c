"""The logo and the two colours of a département: what is accepted, what the pages then carry."""
import random
import re
import zlib

import photos
import pytest
import webtest
from conftest import fautes, poster
from photos import GPS, jpeg, png, webp

import models
from verbes.administration import identite

IDENTITE = '/espace/admin/identite'


def envoyer(maxime, logo=None, status=303, **champs):
    return poster(maxime, IDENTITE, champs | ({'logo': webtest.Upload(*logo)} if logo else {}), status=status)


def regles():
    with models.lecture():
        return {cle: models.Reglage.tous()[cle] for cle in ('logo', 'couleur', 'couleur_accent')}


RIEN = {'logo': '', 'couleur': '', 'couleur_accent': ''}


def test_un_logo_est_servi_pour_longtemps_sans_ce_qu_il_disait_d_autre_un_autre_fichier_est_refuse_par_ses_octets(
        maxime, site):
    for type_, mime in (('jpg', 'image/jpeg'), ('png', 'image/png'), ('webp', 'image/webp')):
        envoyer(maxime, ('logo.txt', photos.avec_tout(type_, apres=b'PK\x03\x04' + GPS)))     # the name says nothing
        for navigateur, adresse in ((site, '/'), (maxime, '/espace')):
            recu = site.get(navigateur.get(adresse).html.select_one('.marque img')['src'])
            assert recu.content_type == mime
            assert not [reste for reste in (GPS, b'Exif', b'EXIF', b'XMP', b'ICC', b'PK') if reste in recu.body], type_
            assert recu.headers['Cache-Control'] == 'public, max-age=31536000, immutable'
            assert recu.headers['X-Content-Type-Options'] == 'nosniff'
    envoyer(maxime, ('logo.png', png()))
    avant = regles()
    for cas, (octets, dit) in MAUVAIS.items():
        reponse = envoyer(maxime, ('logo.png', octets), 422, couleur='#1f4e79')
        assert dit in re.sub('[\u00a0\u202f]', ' ', ' '.join(fautes(reponse))), cas
        assert reponse.html.select_one('#logo')['aria-invalid'] == 'true', cas
        assert reponse.html.select_one('#couleur')['value'] == '#1f4e79' and regles() == avant, cas
        assert site.get('/').html.select('.marque img'), cas
    reponse = envoyer(maxime, ('logo.png', b'PK'), 422, couleur='bleu', couleur_accent='#ff6600')
    assert len(fautes(reponse)) == 3 and regles() == avant          # all that is at fault, at once


def taches(octets):
    """Pixels that do not compress, so many bytes of them."""
    cote = int((octets / 3) ** .5)
    hasard = random.Random(1)
    return png(cote, cote, donnees=zlib.compress(b''.join(b'\0' + hasard.randbytes(3 * cote) for _ in range(cote))))


MAUVAIS = {
    'svg':              (b'<svg><script>alert(1)</script></svg>', 'Un SVG ou un GIF'),
    'xml':              (b'<?xml version="1.0"?><svg/>', 'n\'est pas une image JPEG, PNG ou WebP'),
    'zip':              (b'PK\x03\x04' + bytes(60), 'n\'est pas une image'),
    'pdf':              (b'%PDF-1.7', 'n\'est pas une image'),
    'son':              (b'RIFF\0\0\0\0WAVEfmt ', 'n\'est pas une image'),
    'gif anime':        (b'GIF89a\2\0\2\0' + bytes(40), 'Un SVG ou un GIF s\'enregistre en PNG'),
    'webp anime':       (webp(32, 24, (b'ANIM', bytes(6)), (b'ANMF', bytes(16))), 'animée'),
    'vide':             (b'', 'e fichier est vide'),
    'coupe':            (png()[:-30], 'abîmée'),
    'entete seul':      (b'\x89PNG\r\n\x1a\n', 'abîmée'),
    '40 Mpx':           (png(8_000, 5_000, donnees=b''), '8 000 × 5 000 pixels : 1 600 pixels de côté au plus'),
    '40 Mpx jpeg':      (jpeg(8_000, 5_000), 'pixels de côté au plus'),
    '40 Mpx webp':      (webp(8_000, 5_000), 'pixels de côté au plus'),
    'lourd':            (taches(40_000), 'ko au plus'),
    'couche':           (photos.avec_tout('jpg', sens=6), 'pivoter'),
}


def test_un_lien_partage_montre_notre_image_puis_le_logo_du_departement_qui_se_retire(maxime, site):
    def image_du_lien():
        absolue = site.get('/').html.find('meta', property='og:image')['content']
        assert absolue.startswith('http://127.0.0.1:8080/')
        return absolue, site.get(absolue)

    notre, servie = image_du_lien()
    assert '/static/partage.png?v=' in notre and servie.content_type == 'image/png' and len(servie.body) <= 20_000
    assert 'immutable' in servie.headers['Cache-Control']
    envoyer(maxime, ('logo.png', png()))
    assert '/logo-' in image_du_lien()[0]
    lien = site.get('/').html.select_one('.marque img')['src']
    envoyer(maxime, couleur='#1f4e79')                              # the colours alone: it stays
    assert site.get('/').html.select_one('.marque img')['src'] == lien
    envoyer(maxime, sans_logo=True)
    assert not site.get('/').html.select('.marque img') and site.get(lien, status=404)
    assert regles() == RIEN | {'couleur': '#1f4e79'}


def test_le_dessin_de_l_accueil_est_un_des_quatre_et_la_couverture_du_guide_le_suit(maxime, site):
    def dessins(page):
        return [str(svg) for svg in page.html.select('svg.paysage[viewBox="0 0 1440 230"]')]

    def choisi():
        return maxime.get(IDENTITE).html.select_one('[name=paysage][checked]')['value']
    proposes = dict(zip(identite.PAYSAGES, dessins(maxime.get(IDENTITE))))
    assert len(set(proposes.values())) == 4
    assert dessins(site.get('/')) == dessins(site.get('/guide')) == [proposes['montagne']]
    for cle, dessin in proposes.items():
        assert 'fill=' not in dessin and 'style' not in dessin and len(dessin) < 4_500     # its colours are the sheet's
        assert "aria-hidden=\"true\"" in dessin
        envoyer(maxime, paysage=cle)
        assert dessins(site.get('/')) == dessins(site.get('/guide')) == [dessin] and choisi() == cle
    page = envoyer(maxime, status=422, paysage='savane', couleur='#1f4e79')
    assert 'hoisissez' in fautes(page)[0] and regles() == RIEN and choisi() == cle
    with models.ecriture():                                         # an archive names it wrong
        models.Reglage.update(valeur='savane').where(models.Reglage.cle == 'paysage').execute()
    assert dessins(site.get('/')) == [proposes['montagne']]


def test_les_couleurs_ont_leur_feuille_et_rien_quand_elles_manquent(maxime, site):
    assert [lien['href'] for lien in site.get('/').html.select('link[rel=stylesheet]')][1:] == []
    envoyer(maxime, couleur=' #1F4E79 ', couleur_accent='#a8482a')
    (lien,) = [lien['href'] for lien in site.get('/').html.select('link[rel=stylesheet]')][1:]
    feuille = site.get(lien)
    assert feuille.content_type == 'text/css' and 'immutable' in feuille.headers['Cache-Control']
    assert '--pastel-700:#1f4e79;' in feuille.text and '--brique-600:#a8482a;' in feuille.text
    assert feuille.text.startswith(':root{') and feuille.text.count('{') == 1
    page = maxime.get(IDENTITE)
    assert lien in page.text and 'contraste de 7,0 (il faut 4,5)' in ' '.join(page.html.text.split())
    assert "style-src 'self'" in page.headers['Content-Security-Policy']
    envoyer(maxime, couleur='#222266')
    assert site.get(lien, status=404) and lien not in site.get('/').text
    avant = regles()
    for champ, couleur, dit in (                                    # one that would not be read is refused
            ('couleur', '#767676', 'est de 3,8 : il faut 4,5 au moins'), ('couleur_accent', '#ff6600', 'est de 2,6'),
            ('couleur', 'bleu', 'six chiffres ou lettres'), ('couleur', '#12345', 'six chiffres'),
            ('couleur', '1f4e79', 'six chiffres'), ('couleur', '#1f4e7g', 'six chiffres'),
            ('couleur_accent', 'red;}*{', 'six chiffres'), ('couleur', '#1f4e79}body{', '7 au plus')):
        reponse = envoyer(maxime, status=422, **{champ: couleur})
        assert dit in fautes(reponse)[0] and reponse.html.select_one(f'#{champ}')['value'] == couleur
        assert regles() == avant, couleur


@pytest.mark.parametrize('couleur', ['#000000', '#1f4e79', '#00723f', '#b00020', '#6b2c91', '#666666'])
def test_toute_couleur_acceptee_se_lit_la_ou_elle_sert(site, couleur):
    """The pairs of the style sheet: (text, ground, least ratio)."""
    feuille = site.get('/static/plateforme.css').text
    assert all(f'--{nom}:' in feuille for rampe in identite.RAMPES.values() for nom, *_ in rampe)
    for nom, couleur_ in (('couleur-fond', identite.FOND), ('couleur-creux', identite.CREUX),
                          ('pastel-700', identite.PRINCIPALE)):
        assert f'--{nom}: {couleur_};' in feuille
    for une, autre, ratio in (('#000000', '#ffffff', 21), ('#ffffff', '#ffffff', 1), ('#777777', '#ffffff', 4.48),
                              ('#767676', '#ffffff', 4.54), ('#ff0000', '#ffffff', 4.0), ('#0000ff', '#ffffff', 8.59)):
        assert round(identite.contraste(une, autre), 2) == ratio == round(identite.contraste(autre, une), 2), une
    assert identite.pire_contraste('couleur', couleur, couleur) >= identite.CONTRASTE
    jetons = identite.jetons('couleur', couleur)
    paires = [('pastel-800', 'pastel-100', 4.5), ('pastel-700', 'pastel-100', 4.5), ('pastel-200', 'pastel-800', 4.5),
              ('pastel-100', 'pastel-900', 4.5), ('pastel-600', 'pastel-50', 3), ('pastel-400', 'pastel-900', 3)]
    paires += [(texte, fond, 4.5) for texte in ('#565d66', '#27623f', '#735000', '#a01b2e')
               for fond in ('pastel-50', 'pastel-100')] + [('#ffffff', 'pastel-700', 4.5)]
    for texte, fond, moins in paires:
        assert identite.contraste(jetons.get(texte, texte), jetons.get(fond, fond)) >= moins, (texte, fond)
    assert identite.pire_contraste('couleur_accent', '#a8482a', couleur) >= identite.CONTRASTE      # that of the sheet
    accents = identite.jetons('couleur_accent', couleur)
    assert identite.contraste(accents['brique-700'], accents['brique-50']) >= 4.5
