"""The outlines of the communes brought in on screen: the verb of the command, its sentences without its options."""
import re

import pytest
from conftest import en_ecriture, texte
from fichiers import lire
from test_carte import VOISINES, carre, commune, faux, geojson, importer, traces
from webtest import Upload

from verbes import comptes
from verbes.pilotage import carte
from views.cookies import garder_reprise

PAGE = '/espace/admin/import/contours'
AILLEURS = commune('31999', carre(1.7, 43.4), nom='Ailleurs')


@pytest.fixture
def envoyer(entrer, monde):
    """envoyer(bytes, name, **fields) → the page, or what follows it."""
    site = entrer(monde.admin)

    def _envoyer(octets, nom='communes.geojson', session=True, **champs):
        formulaire = site.get(PAGE).forms['contours']
        formulaire['fichier'] = Upload(nom, octets, 'application/geo+json')
        for champ, valeur in champs.items():
            formulaire[champ] = valeur
        if not session:
            site.reset()
        page = formulaire.submit(status='*')
        return page.follow() if page.status_int == 303 else page
    return _envoyer


def reponse(page):
    return page.status_int, [re.sub(r'[ \n]+', ' ', li.get_text()).strip() for li in page.html.select('#erreurs li')]


def test_un_fichier_de_contours_entre_comme_la_commande_les_communes_hors_de_la_liste_de_cote(envoyer, maxime, monde):
    for depart in ('/espace/admin/import', '/espace/admin/collectivites', '/espace/pilotage/carte'):
        assert maxime.get(depart).html.find('a', href=PAGE), depart
    assert maxime.get('/espace/admin/import?genre=contours', status=303).location.endswith(PAGE)
    page = envoyer(geojson(*VOISINES[:3]))
    assert page.request.path == PAGE and 'Les contours sont enregistrés.' in texte(page)
    assert '3 communes sont dessinées' in texte(page) and 'L\'Isle-en-Dodon' in texte(page)
    assert set(traces()) == {'31454', '31453', '31506'}
    assert lire('SELECT agent_id, detail FROM audit WHERE fait = \'import\'') == [
        (monde.admin.id, 'contours\xa0: 3\xa0communes')]
    page = envoyer(geojson(*VOISINES))
    assert '4 communes sont dessinées' in texte(page) and 'n\'a pas de contour' not in texte(page)
    # What the screen writes is what the command writes, to the last point.
    a_l_ecran = traces()
    importer()
    assert traces() == a_l_ecran
    page = envoyer(geojson(*VOISINES, AILLEURS))
    code, phrases = reponse(page)
    assert code == 422 and '31999 Ailleurs' in phrases[0] and traces() == a_l_ecran
    assert page.html.select_one('#erreurs a')['href'] == '#sans_inconnues'
    page = envoyer(geojson(*VOISINES, AILLEURS), sans_inconnues=True)
    assert 'Les contours sont enregistrés.' in texte(page)
    # Admin Express names « INSEE_COM » what others call « code », beside a postal code and a population.
    siennes = [{'type': 'Feature', 'geometry': objet['geometry'], 'properties': {
        'ID': f'COMMUNE_{rang}', 'NOM': 'X', 'CODE_POSTAL': '31370', 'POPULATION': 31454 + rang, 'INSEE_DEP': '31',
        'INSEE_COM': objet['properties']['code']}} for rang, objet in enumerate(VOISINES)]
    envoyer(geojson(*siennes))
    assert set(traces()) == {objet['properties']['code'] for objet in VOISINES}
    page = envoyer(geojson(*VOISINES, AILLEURS), sans_inconnues=True, session=False)
    assert page.status_int == 401 and 'Vos fichiers seront à joindre de nouveau' in texte(page)
    cookie = en_ecriture(comptes.ouvrir_session, monde.admin)
    garder_reprise(cookie, PAGE, {'sans_inconnues': 'oui'})
    maxime.set_cookie('session', cookie)
    assert maxime.get(PAGE).forms['contours']['sans_inconnues'].checked


def test_un_fichier_faux_est_refuse_d_une_phrase_a_l_ecran_et_rien_n_est_ecrit(envoyer, entrer, monde, monkeypatch):
    importer()
    avant, audit = traces(), lire('SELECT count(*) FROM audit')
    for nom, (octets, attendue) in faux().items():
        code, (phrase,) = reponse(envoyer(octets))
        assert code == 422 and re.search(attendue, phrase) and '--' not in phrase, (nom, phrase)
    for nom, octets, phrase in (('', b'', 'hoisissez le fichier des contours'), ('vide.geojson', b'', 'est vide'),
                                ('contours.zip', b'PK\x03\x04', 'Un GeoJSON est attendu'),
                                ('communes.shp', b'\0\0', 'Un GeoJSON est attendu')):
        page = envoyer(octets, nom) if nom else entrer(monde.admin).post(PAGE, {}, status='*')
        code, phrases = reponse(page)
        assert code == 422 and len(phrases) == 1 and phrase in phrases[0], nom
        assert page.html.title.text.startswith('Erreur – '), nom
        assert page.html.select_one('#fichier')['aria-invalid'] == 'true', nom
    for borne, phrase in (('POINTS_MAX', 'plus de 7 points'), ('OCTETS_MAX', 'simplifiez ses contours')):
        with monkeypatch.context() as moins:
            moins.setattr(carte, borne, 7)
            code, phrases = reponse(envoyer(geojson(*VOISINES)))
        assert code == 422 and phrase in phrases[0], phrases
    assert traces() == avant and lire('SELECT count(*) FROM audit') == audit
