"""The logo of each structure: cleaned as any image, shown where the public reads its name, bounded all together."""
import photos
import webtest
from conftest import changer_ligne, fautes, poster
from photos import GPS, png
from test_identite import MAUVAIS, taches

import models
from models import Structure
from verbes.contenus import images as images_des_contenus
from verbes.contenus import logos

PAGE = '/espace/admin/structures'


def poser(maxime, octets, structure=2, status=303, nom='logo.png'):
    return poster(maxime, f'{PAGE}/{structure}/logo', {'logo': webtest.Upload(nom, octets) if nom else ''},
                  f'{PAGE}/{structure}', status)


def gardes():
    with models.lecture():
        return models.db.execute_sql(
            "SELECT objet, taille, retire_le IS NULL FROM document WHERE genre = 'logo' ORDER BY id").fetchall()


def images(page):
    return [(img['alt'], img['src']) for img in page.html.select('img.logo')]


def test_le_logo_d_une_structure_se_voit_aux_partenaires_ses_fiches_et_au_guide_se_remplace_et_tous_pesent_peu(
        maxime, monde, site):
    assert not images(site.get('/partenaires'))
    ancien = ''
    for type_ in ('jpg', 'png', 'webp'):
        poser(maxime, photos.avec_tout(type_, apres=b'PK\x03\x04' + GPS))
        (alternative, adresse), = images(site.get('/partenaires'))
        assert alternative == 'Logo de Haute-Garonne Ingénierie – HGI'
        servie = site.get(adresse)
        assert servie.content_type == {'jpg': 'image/jpeg'}.get(type_, f'image/{type_}')
        assert not [reste for reste in (GPS, b'Exif', b'EXIF', b'XMP', b'ICC', b'PK') if reste in servie.body], type_
        assert not ancien or (adresse != ancien and site.get(ancien, status=410))
        ancien = adresse
    assert site.get(adresse, headers={'If-None-Match': servie.headers['ETag']}, status=304).body == b''
    fiche = site.get(f'/fiches/{monde.fiche.id}').follow()
    assert images(fiche) == images(maxime.get(f'{PAGE}/2')) == [(alternative, adresse)]
    assert (alternative, adresse) in images(site.get('/guide'))
    changer_ligne(Structure(id=2), nom='Autre nom')
    assert images(site.get('/partenaires'))[0][0] == 'Logo d\'Autre nom'
    assert gardes() == [('2', 0, 0), ('2', 0, 0), ('2', len(site.get(adresse).body), 1)]
    poster(maxime, f'{PAGE}/2/logo/retirer', {}, f'{PAGE}/2')
    assert not images(site.get('/partenaires')) and site.get(adresse, status=410)
    with models.lecture():
        dits = [dit for dit, in models.db.execute_sql("SELECT fait FROM audit WHERE fait LIKE 'logo%' ORDER BY id")]
    assert dits == [*['logo de structure'] * 3, 'logo de structure retiré']
    lourd = taches(images_des_contenus.LOGO_OCTETS - 700)
    poster(maxime, '/espace/admin/identite', {'logo': webtest.Upload('logo.png', lourd)})
    for structure in (1, 2, 3):
        poser(maxime, taches(logos.OCTETS - 400), structure)
    page = site.get('/partenaires')
    liens = {balise[attribut].partition('#')[0] for balises, attribut in (
        ('link[rel~=stylesheet], link[rel~=icon], use', 'href'), ('script, img', 'src'))
        for balise in page.html.select(balises)}
    assert sum(lien.startswith(('/images/', '/logo-')) for lien in liens) == 4 and len(liens) >= 7
    assert len(page.body) + sum(len(site.get(lien).body) for lien in liens) < 150_000


def test_un_mauvais_fichier_ou_qui_n_administre_pas_est_refuse_et_le_logo_d_avant_reste(maxime, site, entrer, monde):
    for adresse in ('logo', 'logo/retirer'):
        entrer(monde.chef).post(f'{PAGE}/2/{adresse}', status=403)
    assert not gardes() and 'choisissez une image' in fautes(poser(maxime, b'', nom='', status=422))[0]
    envoi = {'logo': webtest.Upload('a.png', png())}
    assert 'n\'existe pas' in maxime.post(f'{PAGE}/99/logo', envoi, status=404).text
    poser(maxime, png())
    avant = gardes(), images(site.get('/partenaires'))
    for cas, (octets, dit) in MAUVAIS.items():
        page = poser(maxime, octets, status=422)
        assert dit in ' '.join(fautes(page)).replace('\u202f', ' ').replace('\xa0', ' '), cas
        assert page.html.select_one('#logo')['aria-invalid'] == 'true', cas
        assert page.html.select_one('#nom')['value'] == 'Haute-Garonne Ingénierie – HGI'
        assert (gardes(), images(site.get('/partenaires'))) == avant, cas


def test_tous_ensemble_ils_tiennent_dans_une_page(maxime, site, monkeypatch):
    monkeypatch.setattr(logos, 'EN_TOUT', 15 * 1024)
    poser(maxime, taches(9_500), 1)
    assert maxime.get(f'{PAGE}/1').html.select_one('#logo')['data-octets'] == str(logos.OCTETS)
    assert int(maxime.get(f'{PAGE}/2').html.select_one('#logo')['data-octets']) == logos.EN_TOUT - gardes()[0][1]
    page = poser(maxime, taches(9_500), 2, 422)
    assert 'pèseraient 19 ko en tout : 15 ko au plus' in fautes(page)[0].replace('\xa0', ' ')
    poser(maxime, taches(5_000), 2)
    poser(maxime, taches(5_500), 2)                                  # in the place of its own
    assert len(images(site.get('/partenaires'))) == 2
