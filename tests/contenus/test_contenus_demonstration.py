"""The contents of the demonstration: what must be there, dated from the day it is loaded, in files that open."""
import csv
import io
import pathlib
import re
import zipfile
from collections import Counter
from xml.etree import ElementTree

import pytest
from conftest import RACINE, lue

import langue
import models
from verbes import regles
from verbes.exploitation import exemples
from verbes.contenus import contenus, formats, images, projets

DOSSIER = RACINE / exemples.DOSSIER
TEXTES = DOSSIER.joinpath('contenus.md').read_text('utf-8')
ODT = 'application/vnd.oasis.opendocument.text'


@pytest.fixture
def chargee(demonstration, heure, tmp_path):
    """A copy of the demonstration, plugged."""
    chemin = tmp_path / 'plateforme.db'
    chemin.write_bytes(pathlib.Path(demonstration).read_bytes())
    chemin.chmod(0o600)
    models.brancher(str(chemin))
    yield str(chemin)
    models.debrancher()


@pytest.fixture
def base(chargee):
    """What the browsers of conftest see."""
    return chargee


def test_les_contenus_de_la_demonstration_sont_de_chaque_genre_sans_rien_qui_attende(chargee):
    publies = Counter(lue(chargee, "SELECT genre, audience FROM contenu WHERE etat = 'publie'"))
    assert publies == {('actualite', 'public'): 6, ('ressource', 'public'): 5, ('projet', 'public'): 4,
                       ('evenement', 'public'): 3, ('evenement', 'contributeurs'): 1,
                       ('document', 'contributeurs'): publies['document', 'contributeurs']}
    classes = {classe: natures for classe, natures in lue(
        chargee, "SELECT classe, group_concat(DISTINCT nature) FROM contenu WHERE genre = 'document' GROUP BY classe")}
    assert set(classes) == set(regles.CLASSES_DE_DOCUMENT)
    assert {'ordre_du_jour', 'compte_rendu', 'decisions'} == set(classes['comite'].split(','))
    assert {'ordre_du_jour', 'compte_rendu'} == set(classes['groupe'].split(','))
    assert lue(chargee, 'SELECT count(*) FROM groupe WHERE animateur_id IS NULL') == [(0,)]
    assert lue(chargee, "SELECT titre FROM contenu WHERE genre = 'evenement' AND titre LIKE 'Salon des maires%'")
    assert lue(chargee, 'SELECT count(*) FROM courriel') == [(0,)]
    maintenant, jour = langue.maintenant(), langue.aujourdhui()
    assert lue(chargee, 'SELECT max(cree_le), max(modifie_le), max(publie_le) FROM contenu')[0] < (
        maintenant, maintenant, jour)
    assert max(lue(chargee, "SELECT max(ajoute_le) FROM document UNION SELECT max(cree_le) FROM version "
                            'UNION SELECT max(lu_le) FROM contenu_structure'))[0] < maintenant
    assert lue(chargee, 'SELECT count(*) FROM contenu WHERE accord_le >= publie_le OR verifie_le > publie_le') == [(0,)]
    with models.lecture():
        for projet in models.Contenu.select().where(models.Contenu.genre == 'projet', models.Contenu.etat == 'publie'):
            assert projet.accord_par and projet.accord_le and projet.collectivite_id
            assert all(lecture.lu_le and lecture.lu_par.direction.structure_id == lecture.structure_id
                       for lecture in projet.structures) and projet.structures.count() >= 2
            assert [i.moment for i in images.lignes_de(projet.id)] == ['avant', 'apres']
            images.controler_images(projet)
            assert projets.avertissements(projet) == []
    assert lue(chargee, "SELECT count(*) FROM document WHERE genre = 'accord'") == [(4,)]
    for titre, corps, cout in lue(chargee, "SELECT titre, corps, cout FROM contenu WHERE genre = 'projet' "
                                           "AND etat = 'publie'"):
        montants = [int(m.replace('\u00a0', '')) for m in re.findall(r'\| \**([\d\u00a0]+)\u00a0€\** \|', corps)]
        parts = [int(p) for p in re.findall(r'\| \**(\d+)\u00a0%\** \|', corps)]
        assert sum(montants[:-1]) == montants[-1] and sum(parts[:-1]) == parts[-1] == 100, titre
        assert all(round(100 * m / montants[-1]) == p for m, p in zip(montants, parts)), titre
        assert int(re.match(r'[\d\u00a0]+', cout)[0].replace('\u00a0', '')) == montants[-1], titre
    vraies = DOSSIER.parent.joinpath('collectivites.csv').read_text('utf-8')
    for siren, _, nom, _ in (*exemples.COMMUNES, exemples.EPCI):
        assert langue.siren_juste(siren) and siren not in vraies and nom not in vraies
    citees = lue(chargee, 'SELECT DISTINCT nom FROM collectivite JOIN contenu ON collectivite.id = collectivite_id')
    assert {nom for nom, in citees} == {nom for _, _, nom, _ in exemples.COMMUNES}
    assert lue(chargee, "SELECT titre FROM contenu WHERE genre IN ('actualite', 'ressource', 'projet') AND NOT EXISTS "
                        '(SELECT 1 FROM contenu_fiche WHERE contenu_id = contenu.id)') == []
    assert lue(chargee, "SELECT count(*) FROM contenu WHERE corps || titre || resume LIKE '%{%'") == [(0,)]
    ((resume,),) = lue(chargee, "SELECT resume FROM contenu WHERE titre LIKE '%les inscriptions sont ouvertes'")
    assert resume.endswith('retours de communes, le mardi 8\u00a0décembre 2026 à Saint-Gaudens.')
    dits = dict(lue(chargee, "SELECT nom, accessible FROM document WHERE type = 'pdf'"))
    assert dits == {'guide-ecole.pdf': 'oui', 'dix-essences.pdf': 'non'}
    for nom, accessible in dits.items():
        octets = DOSSIER.joinpath(nom).read_bytes()
        assert octets.startswith(b'%PDF-') and octets.rstrip().endswith(b'%%EOF')
        assert (b'/StructTreeRoot' in octets and b'/Lang (fr)' in octets) == (accessible == 'oui')
    assert lue(chargee, "SELECT count(*) FROM document WHERE accessible = 'non' AND a_qui = ''") == [(0,)]


def test_les_pages_de_la_demonstration_s_ouvrent_legeres_et_sans_ce_qui_est_aux_contributeurs(chargee, site):
    """The same way for both: the image that is described on its page is mute beside the title that links to it."""
    attendus = lue(chargee, "SELECT etat, genre, titre FROM contenu WHERE etat <> 'publie' ORDER BY id")
    assert Counter(etat for etat, *_ in attendus) == {'a_valider': 2, 'brouillon': 1}
    for _, genre, titre in attendus:
        assert titre not in site.get(regles.GENRES_DE_CONTENU[genre].adresse).text
    assert lue(chargee, "SELECT count(*) FROM contenu_structure JOIN contenu ON contenu.id = contenu_id "
                        "WHERE etat = 'a_valider' AND lu_le IS NULL")[0][0] > 0
    dessins = set(lue(chargee, "SELECT sha256 FROM document WHERE genre = 'image' AND moment = 'apres'"))
    illustrees = dict(lue(chargee, "SELECT contenu.titre, document.id FROM document JOIN contenu "
                                   "ON contenu.id = document.objet WHERE document.genre = 'image' "
                                   "AND contenu.genre = 'actualite'"))
    assert len(dessins) == 4 and dessins == set(lue(chargee, 'SELECT sha256 FROM document WHERE id IN '
                                                             f'({", ".join(map(str, illustrees.values()))})'))
    for adresse, nombre in (('/actualites', len(illustrees)), ('/projets', 4)):
        liste = site.get(adresse).html
        vignettes = liste.select('li.avec-vignette > img.vignette')
        assert len(vignettes) == nombre and all(vignette['alt'] == '' for vignette in vignettes)
        for ligne in liste.select('li.avec-vignette'):
            en_page = site.get(ligne.h3.a['href']).maybe_follow().html
            montrees = {figure.img['src']: figure.img['alt'] for figure in en_page.select('figure.illustration')}
            assert montrees[ligne.img['src']], ligne.h3.text
            assert en_page.find('meta', property='og:image')['content'].endswith(ligne.img['src'])
    assert not site.get('/').html.select('.articles img')           # the home page shows no image in a list
    for titre, in lue(chargee, "SELECT titre FROM contenu WHERE audience = 'contributeurs'"):
        for adresse in ('/', '/actualites', '/ressources', '/agenda', '/agenda.ics', '/actualites.atom'):
            assert titre not in site.get(adresse).text
    for document, in lue(chargee, "SELECT document.id FROM document JOIN contenu ON contenu.id = objet "
                                  "WHERE document.genre = 'accord' OR audience = 'contributeurs'"):
        assert site.get(f'/documents/{document}', status='*').status_int in (303, 404)
    poids = dict(lue(chargee, "SELECT id, taille FROM document WHERE genre = 'image'"))
    for id_, genre in lue(chargee, "SELECT id, genre FROM contenu WHERE etat = 'publie' AND audience = 'public'"):
        page = site.get(f'{regles.GENRES_DE_CONTENU[genre].adresse}/{id_}').maybe_follow()
        assert page.status_int == 200 and len(page.body) < 150_000
        vues = {int(n) for n in re.findall(r'/images/(\d+)', page.text)}
        assert len(page.body) + sum(poids[n] for n in vues) < 500_000
        for adresse in re.findall(r'href="(/documents/[^"]+)"|src="(/images/\d+)"', page.text):
            assert site.get(''.join(adresse)).status_int == 200
        for adresse in re.findall(r'href="(/(?:fiches|ressources|projets|actualites|agenda)[^"]*)"', page.text):
            assert site.get(adresse).maybe_follow().status_int == 200


@pytest.mark.parametrize('instant', ['2026-11-30T05:00:00Z', '2027-03-27T22:30:00Z', '2028-02-29T12:00:00Z'])
def test_les_evenements_sont_toujours_a_venir_un_jour_de_semaine_ou_un_samedi(
        brancher, heure, demonstration_du, instant):
    heure(instant)
    brancher(demonstration_du(instant))
    with models.lecture():
        evenements = list(models.Contenu.select().where(models.Contenu.genre == 'evenement'))
        a_revoir = [c.titre for c in models.Contenu.select() if c.a_revoir_le and c.a_revoir_le < langue.aujourdhui()]
        publics = contenus.publies(langue.aujourdhui()).count()
    assert all(langue.jours_entre(langue.aujourdhui(), e.debut_le) >= 7 for e in evenements)
    assert all(langue.a_paris(jour).weekday() < 6 for e in evenements for jour in (e.debut_le, e.fin_le))
    assert all(e.inscription_au is None or langue.aujourdhui() < e.inscription_au < e.debut_le for e in evenements)
    assert a_revoir == ['Arrêté temporaire de circulation pendant des travaux'] and publics == 18


def test_les_textes_sont_ecrits_avec_soin():
    assert not re.search(r'  |[ \t]$|\.\.\.|’', TEXTES, re.M)
    assert not re.search(r'\d (€|%|h\b|km|m²|kWh)|«\S|\S»', TEXTES)
    morceaux = TEXTES.split('\n=== ')
    cles = [morceau.split('\n')[0].split()[-1] for morceau in morceaux]
    assert len(cles) == len(set(cles)) == 30


def fichiers(*extensions):
    return sorted(f for f in DOSSIER.iterdir() if f.suffix in extensions)


def test_chaque_fichier_est_petit_et_sert():
    for fichier in DOSSIER.iterdir():
        assert fichier.stat().st_size <= 40_960, fichier.name
        assert fichier.name == 'contenus.md' or f': {fichier.name} | ' in TEXTES, fichier.name


@pytest.mark.parametrize('fichier', fichiers('.odt'), ids=lambda f: f.name)
def test_un_texte_odt_s_ouvre_et_se_lit_a_voix_haute(fichier):
    with zipfile.ZipFile(fichier) as archive:
        premier = archive.infolist()[0]
        assert (premier.filename, premier.compress_type, archive.read('mimetype')) == (
            'mimetype', zipfile.ZIP_STORED, ODT.encode())
        membres = {nom: ElementTree.fromstring(archive.read(nom)) for nom in archive.namelist() if nom != 'mimetype'}
    dits = [e.get('{urn:oasis:names:tc:opendocument:xmlns:manifest:1.0}full-path')
            for e in membres['META-INF/manifest.xml']]
    assert dits == ['/', *(nom for nom in membres if nom != 'META-INF/manifest.xml')]
    texte = '{urn:oasis:names:tc:opendocument:xmlns:text:1.0}'
    niveaux = [int(e.get(f'{texte}outline-level')) for e in membres['content.xml'].iter(f'{texte}h')]
    assert niveaux[0] == 1 and set(niveaux[1:]) <= {2}
    (titre,) = membres['meta.xml'].iter('{http://purl.org/dc/elements/1.1/}title')
    assert titre.text and b'fo:language="fr"' in zipfile.ZipFile(fichier).read('styles.xml')


def test_la_grille_s_ouvre_dans_un_tableur_et_ses_poids_font_cent():
    grille = io.StringIO(DOSSIER.joinpath('grille-analyse.csv').read_text('utf-8-sig'))
    tete, *lignes = csv.reader(grille, delimiter=';')
    poids = [int(ligne[tete.index('Poids')]) for ligne in lignes]
    assert poids[-1] == 100 == sum(poids[:-1]) and {len(ligne) for ligne in lignes} == {len(tete)}


@pytest.mark.parametrize('fichier', fichiers('.webp'), ids=lambda f: f.name)
def test_une_image_ne_dit_que_ses_pixels(fichier):
    lue_ = formats.nettoyer(fichier.read_bytes())
    assert lue_.octets == fichier.read_bytes() and lue_.largeur * 2 == lue_.hauteur * 3
