"""The contents of the demonstration: what must be there, dated from the day it is loaded, in files that open."""
import csv
import io
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
def base(brancher, demonstration):
    """A copy of the demonstration, plugged: what the browsers see."""
    return brancher(demonstration)


@pytest.fixture
def lus(base):
    return lambda sql: lue(base, sql)


def test_les_contenus_de_la_demonstration_sont_de_chaque_genre_sans_rien_qui_attende(lus):
    publies = Counter(lus("SELECT genre, audience FROM contenu WHERE etat = 'publie'"))
    assert publies == {('actualite', 'public'): 6, ('ressource', 'public'): 5, ('projet', 'public'): 4,
                       ('evenement', 'public'): 3, ('evenement', 'contributeurs'): 1,
                       ('document', 'contributeurs'): publies['document', 'contributeurs']}
    classes = dict(lus("SELECT classe, group_concat(DISTINCT nature) FROM contenu WHERE genre = 'document' "
                       'GROUP BY classe'))
    assert set(classes) == set(regles.CLASSES_DE_DOCUMENT)
    assert {'ordre_du_jour', 'compte_rendu', 'decisions'} == set(classes['comite'].split(','))
    assert {'ordre_du_jour', 'compte_rendu'} == set(classes['groupe'].split(','))
    assert lus("SELECT titre FROM contenu WHERE genre = 'evenement' AND titre LIKE 'Salon des maires%'")
    maintenant, jour = langue.maintenant(), langue.aujourdhui()
    assert lus('SELECT max(cree_le), max(modifie_le), max(publie_le) FROM contenu')[0] < (maintenant, maintenant, jour)
    assert max(lus('SELECT max(ajoute_le) FROM document UNION SELECT max(cree_le) FROM version '
                   'UNION SELECT max(lu_le) FROM contenu_structure'))[0] < maintenant
    for aucun in ('groupe WHERE animateur_id IS NULL', 'courriel',
                  'contenu WHERE accord_le >= publie_le OR verifie_le > publie_le',
                  "contenu WHERE corps || titre || resume LIKE '%{%'",
                  "contenu WHERE genre IN ('actualite', 'ressource', 'projet') AND NOT EXISTS "
                  '(SELECT 1 FROM contenu_fiche WHERE contenu_id = contenu.id)',
                  "document WHERE accessible = 'non' AND a_qui = ''"):
        assert lus(f'SELECT count(*) FROM {aucun}') == [(0,)], aucun
    ((resume,),) = lus("SELECT resume FROM contenu WHERE titre LIKE '%les inscriptions sont ouvertes'")
    assert resume.endswith('retours de communes, le mardi 8\u00a0décembre 2026 à Saint-Gaudens.')
    dits = dict(lus("SELECT nom, accessible FROM document WHERE type = 'pdf'"))
    assert dits == {'guide-ecole.pdf': 'oui', 'dix-essences.pdf': 'non'}
    for nom, accessible in dits.items():
        octets = DOSSIER.joinpath(nom).read_bytes()
        assert octets.startswith(b'%PDF-') and octets.rstrip().endswith(b'%%EOF')
        assert (b'/StructTreeRoot' in octets and b'/Lang (fr)' in octets) == (accessible == 'oui')


def test_les_projets_ont_leur_accord_leurs_lectures_des_montants_justes_et_les_vignettes_muettes_ou_decrites(lus, site):
    with models.lecture():
        for projet in models.Contenu.select().where(models.Contenu.genre == 'projet', models.Contenu.etat == 'publie'):
            assert projet.accord_par and projet.accord_le and projet.collectivite_id
            assert all(lecture.lu_le and lecture.lu_par.direction.structure_id == lecture.structure_id
                       for lecture in projet.structures) and projet.structures.count() >= 2
            assert [i.moment for i in images.lignes_de(projet.id)] == ['avant', 'apres']
            images.controler_images(projet)
            assert projets.avertissements(projet) == []
    assert lus("SELECT count(*) FROM document WHERE genre = 'accord'") == [(4,)]
    for titre, corps, cout in lus("SELECT titre, corps, cout FROM contenu WHERE genre = 'projet' AND etat = 'publie'"):
        montants = [int(m.replace('\u00a0', '')) for m in re.findall(r'\| \**([\d\u00a0]+)\u00a0€\** \|', corps)]
        parts = [int(p) for p in re.findall(r'\| \**(\d+)\u00a0%\** \|', corps)]
        assert sum(montants[:-1]) == montants[-1] and sum(parts[:-1]) == parts[-1] == 100, titre
        assert all(round(100 * m / montants[-1]) == p for m, p in zip(montants, parts)), titre
        assert int(re.match(r'[\d\u00a0]+', cout)[0].replace('\u00a0', '')) == montants[-1], titre
    vraies = DOSSIER.parent.joinpath('collectivites.csv').read_text('utf-8')
    for siren, _, nom, _ in (*exemples.COMMUNES, exemples.EPCI):
        assert langue.siren_juste(siren) and siren not in vraies and nom not in vraies
    citees = lus('SELECT DISTINCT nom FROM collectivite JOIN contenu ON collectivite.id = collectivite_id')
    assert {nom for nom, in citees} == {nom for _, _, nom, _ in exemples.COMMUNES}
    dessins = set(lus("SELECT sha256 FROM document WHERE genre = 'image' AND moment = 'apres'"))
    illustrees = dict(lus("SELECT document.id, sha256 FROM document JOIN contenu ON contenu.id = document.objet "
                          "WHERE document.genre = 'image' AND contenu.genre = 'actualite'"))
    assert len(dessins) == 4 and {sha for sha, in dessins} == set(illustrees.values())
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


def test_les_pages_de_la_demonstration_s_ouvrent_legeres_et_sans_ce_qui_est_aux_contributeurs(lus, site):
    attendus = lus("SELECT etat, genre, titre FROM contenu WHERE etat <> 'publie' ORDER BY id")
    assert Counter(etat for etat, *_ in attendus) == {'a_valider': 2, 'brouillon': 1}
    for _, genre, titre in attendus:
        assert titre not in site.get(regles.GENRES_DE_CONTENU[genre].adresse).text
    assert lus('SELECT count(*) FROM contenu_structure JOIN contenu ON contenu.id = contenu_id '
               "WHERE etat = 'a_valider' AND lu_le IS NULL")[0][0] > 0
    pages = [site.get(adresse).text for adresse in (
        '/', '/actualites', '/ressources', '/agenda', '/agenda.ics', '/actualites.atom')]
    for titre, in lus("SELECT titre FROM contenu WHERE audience = 'contributeurs'"):
        assert not any(titre in page for page in pages), titre
    for document, in lus('SELECT document.id FROM document JOIN contenu ON contenu.id = objet '
                         "WHERE document.genre = 'accord' OR audience = 'contributeurs'"):
        assert site.get(f'/documents/{document}', status='*').status_int in (303, 404)
    poids = dict(lus("SELECT id, taille FROM document WHERE genre = 'image'"))
    for id_, genre in lus("SELECT id, genre FROM contenu WHERE etat = 'publie' AND audience = 'public'"):
        page = site.get(f'{regles.GENRES_DE_CONTENU[genre].adresse}/{id_}').maybe_follow()
        assert page.status_int == 200 and len(page.body) < 150_000
        vues = {int(n) for n in re.findall(r'/images/(\d+)', page.text)}
        assert len(page.body) + sum(poids[n] for n in vues) < 500_000
        for adresse in re.findall(r'href="(/documents/[^"]+)"|src="(/images/\d+)"', page.text):
            assert site.get(''.join(adresse)).status_int == 200
        for adresse in re.findall(r'href="(/(?:fiches|ressources|projets|actualites|agenda)[^"]*)"', page.text):
            assert site.get(adresse).maybe_follow().status_int == 200


def test_les_evenements_sont_toujours_a_venir_un_jour_de_semaine_ou_un_samedi(brancher, heure, demonstration_du):
    for instant in ('2026-11-30T05:00:00Z', '2027-03-27T22:30:00Z', '2028-02-29T12:00:00Z'):
        heure(instant)
        brancher(demonstration_du(instant))
        jour = langue.aujourdhui()
        with models.lecture():
            evenements = list(models.Contenu.select().where(models.Contenu.genre == 'evenement'))
            a_revoir = [c.titre for c in models.Contenu.select() if c.a_revoir_le and c.a_revoir_le < jour]
            publics = contenus.publies(jour).count()
        models.debrancher()
        assert all(langue.jours_entre(jour, e.debut_le) >= 7 for e in evenements), instant
        assert all(langue.a_paris(un).weekday() < 6 for e in evenements for un in (e.debut_le, e.fin_le)), instant
        assert all(e.inscription_au is None or jour < e.inscription_au < e.debut_le for e in evenements), instant
        assert a_revoir == ['Arrêté temporaire de circulation pendant des travaux'] and publics == 18, instant


def test_les_textes_sont_ecrits_avec_soin_chaque_fichier_est_petit_et_sert_un_odt_se_lit_a_voix_haute():
    assert not re.search(r'  |[ \t]$|\.\.\.|’', TEXTES, re.M)
    assert not re.search(r'\d (€|%|h\b|km|m²|kWh)|«\S|\S»', TEXTES)
    cles = [morceau.split('\n')[0].split()[-1] for morceau in TEXTES.split('\n=== ')]
    assert len(cles) == len(set(cles)) == 30
    for fichier in DOSSIER.iterdir():
        assert fichier.stat().st_size <= 40_960, fichier.name
        assert fichier.name == 'contenus.md' or f': {fichier.name} | ' in TEXTES, fichier.name
        if fichier.suffix == '.webp':                               # an image tells its pixels alone
            image = formats.nettoyer(fichier.read_bytes())
            assert image.octets == fichier.read_bytes() and image.largeur * 2 == image.hauteur * 3, fichier.name
    grille = io.StringIO(DOSSIER.joinpath('grille-analyse.csv').read_text('utf-8-sig'))
    tete, *lignes = csv.reader(grille, delimiter=';')
    poids = [int(ligne[tete.index('Poids')]) for ligne in lignes]
    assert poids[-1] == 100 == sum(poids[:-1]) and {len(ligne) for ligne in lignes} == {len(tete)}
    for fichier in sorted(DOSSIER.glob('*.odt')):
        with zipfile.ZipFile(fichier) as odt:
            premier = odt.infolist()[0]
            assert (premier.filename, premier.compress_type, odt.read('mimetype')) == (
                'mimetype', zipfile.ZIP_STORED, ODT.encode())
            membres = {nom: ElementTree.fromstring(odt.read(nom)) for nom in odt.namelist() if nom != 'mimetype'}
        dits = [e.get('{urn:oasis:names:tc:opendocument:xmlns:manifest:1.0}full-path')
                for e in membres['META-INF/manifest.xml']]
        assert dits == ['/', *(nom for nom in membres if nom != 'META-INF/manifest.xml')]
        texte = '{urn:oasis:names:tc:opendocument:xmlns:text:1.0}'
        niveaux = [int(e.get(f'{texte}outline-level')) for e in membres['content.xml'].iter(f'{texte}h')]
        assert niveaux[0] == 1 and set(niveaux[1:]) <= {2}
        (titre,) = membres['meta.xml'].iter('{http://purl.org/dc/elements/1.1/}title')
        assert titre.text and b'fo:language="fr"' in zipfile.ZipFile(fichier).read('styles.xml')
