"""The files and images of a content: what may be joined, who reads them, how long they are kept, when they are gone."""
import io
import sqlite3
import zipfile

import photos
import pytest
import webtest
from conftest import dits_maintenant, le_formulaire

import models
from models import Contenu, Document, Refus
from verbes.exploitation import exploitation
from verbes.echanges import reversibilite
from verbes.contenus import contenus, documents, images, projets

PDF = b'%PDF-1.7 ordre du jour'
DITS = {'alternative': 'Une place.', 'credit': 'Commune', 'droit': 'Service.', 'personnes': 'aucune'}
HEURE = 'public, max-age=3600'


@pytest.fixture
def publier(monde):
    """A content with a file and an image, in the state that is asked: (its id, the addresses of the two)."""
    def faire(genre='actualite', **colonnes):
        with models.ecriture():
            numero = contenus.creer(genre, monde.referent, {
                'titre': 'Une nouvelle', 'audience': 'public', 'fiches': [], 'collectivites': [],
                **({'structures': []} if genre == 'projet' else {})})
            contenu = Contenu.get_by_id(numero)
            fichier = documents.ajouter_document('contenu', numero, 'Ordre du jour', [('odj.pdf', PDF)], monde.referent,
                                                 'oui')
            image = images.ajouter_image(contenu, monde.referent, DITS, [('a.jpg', photos.jpeg())])
            Contenu.update(**{'etat': 'publie', 'publie_le': '2026-11-01'} | colonnes).execute()
        return numero, [f'/documents/{fichier}-ordre-du-jour', f'/images/{image}']
    return faire


def test_ce_que_le_public_lit_est_garde_une_heure_puis_redemande_par_sa_marque(publier, site, entrer, monde):
    for adresse in publier()[1]:
        recu = site.get(adresse)
        assert recu.headers['Cache-Control'] == HEURE and recu.headers['X-Content-Type-Options'] == 'nosniff'
        assert recu.headers['Content-Security-Policy'] == "default-src 'none'; sandbox"
        assert 'Set-Cookie' not in recu.headers
        encore = site.get(adresse, headers={'If-None-Match': recu.headers['ETag']}, status=304)
        assert encore.body == b'' and encore.headers['Cache-Control'] == HEURE
        assert encore.headers['ETag'] == recu.headers['ETag']
        assert site.get(adresse, headers={'If-None-Match': '"autre"'}).body == recu.body
        assert 'no-store' in entrer(monde.autre).get(adresse).headers['Cache-Control']


def test_un_fichier_se_telecharge_une_image_se_montre_et_l_une_n_est_pas_l_autre(publier, site, heure):
    fichier, image = (site.get(adresse) for adresse in publier()[1])
    assert fichier.body == PDF and fichier.content_type == 'application/octet-stream'
    assert fichier.headers['Content-Disposition'].startswith('attachment; filename="odj.pdf"')
    assert image.content_type == 'image/jpeg' and image.headers['Content-Disposition'] == 'inline'
    fichier, image = publier()[1]
    site.get(image.replace('images', 'documents'), status=404)
    site.get(fichier.replace('documents', 'images').partition('-')[0], status=404)
    site.get('/images/999999999999999999', status=404)
    site.get('/images/1x', status=404)
    _, adresses = publier(publie_le='2026-11-25', expire_le='2026-11-25')
    for instant, status in (('2026-11-24T22:59:00Z', 404), ('2026-11-24T23:00:00Z', 200),
                            ('2026-11-25T22:59:00Z', 200), ('2026-11-25T23:00:00Z', 404)):
        heure(instant)
        for adresse in adresses:
            site.get(adresse, status=status)


@pytest.mark.parametrize('colonnes', [
    {'audience': 'contributeurs'}, {'etat': 'brouillon'}, {'etat': 'a_valider'}, {'publie_le': '2026-11-25'},
    {'expire_le': '2026-11-23'}, {'etat': 'retire', 'publie_le': None},
    {'etat': 'retire', 'audience': 'contributeurs'}, {'etat': 'retire', 'publie_le': '2026-12-01'}])
def test_ce_que_le_public_ne_lit_pas_n_a_pas_d_adresse_pour_lui(publier, site, entrer, monde, colonnes):
    for adresse in publier(**colonnes)[1]:
        refus = site.get(adresse, status=404)
        assert refus.headers['Cache-Control'] == 'no-store' and 'ETag' not in refus.headers
        recu = entrer(monde.referent).get(adresse)
        assert 'no-store' in recu.headers['Cache-Control'] and 'ETag' not in recu.headers
        entrer(monde.referent).get(adresse, headers={'If-None-Match': '*'}, status=200)
        lu = colonnes.get('audience') == 'contributeurs' and 'etat' not in colonnes
        assert entrer(monde.autre).get(adresse, status='*').status_int == (200 if lu else 404)


def test_d_un_contenu_publie_puis_retire_il_reste_un_410(publier, site, entrer, monde):
    for adresse in publier(etat='retire', retire_le='2026-11-20T09:00:00Z')[1]:
        assert 'retiré du site' in site.get(adresse, status=410).text
        assert site.get(adresse, status=410).headers['Cache-Control'] == 'no-store'
        entrer(monde.referent).get(adresse, status=200)


def test_la_collectivite_reprend_son_accord_plus_rien_pour_personne(publier, site, entrer, monde):
    numero, adresses = publier('projet', accord_par='sa maire', accord_le='2026-11-01')
    with models.ecriture():
        projets.retirer_accord(Contenu.get_by_id(numero), monde.admin, '2026-11-24', 'Non.')
    for adresse in adresses:
        for navigateur in (site, entrer(monde.referent), entrer(monde.admin)):
            navigateur.get(adresse, status=410)


def test_ce_qui_se_joint_apres_le_retrait_d_un_accord_se_lit_de_qui_l_ecrit_et_de_lui_seul(
        publier, site, entrer, monde):
    numero, _ = publier('projet', accord_par='sa maire', accord_le='2026-11-01')
    with models.ecriture():
        projets.retirer_accord(Contenu.get_by_id(numero), monde.admin, '2026-11-24', 'Non.')
        contenu = Contenu.get_by_id(numero)
        contenus.agir(contenu, 'reprendre', monde.referent)
        fichier = documents.ajouter_document('contenu', numero, 'Neuf', [('a.pdf', PDF)], monde.referent, 'oui')
        image = images.ajouter_image(Contenu.get_by_id(numero), monde.referent, DITS, [('b.jpg', photos.jpeg())])
    for adresse in (f'/documents/{fichier}-neuf', f'/images/{image}'):
        assert entrer(monde.referent).get(adresse, status=200).body
        site.get(adresse, status=410)
        entrer(monde.autre).get(adresse, status=404)
    page = entrer(monde.referent).get(f'/espace/redaction/contenus/{numero}/fichiers')
    assert page.html.select_one(f'a[href="/documents/{fichier}-neuf"]') and 'effacé quand' not in page.text


def test_l_accord_d_une_collectivite_n_est_lu_que_de_qui_ecrit_le_projet(publier, site, entrer, monde):
    numero, _ = publier('projet')
    with models.ecriture():
        accord = documents.ajouter_document('accord', numero, 'Délibération', [('a.pdf', PDF)], monde.referent)
    site.get(f'/documents/{accord}', status=404)
    entrer(monde.autre).get(f'/documents/{accord}', status=404)
    assert 'no-store' in entrer(monde.referent).get(f'/documents/{accord}').headers['Cache-Control']
    with models.ecriture():
        Contenu.update(etat='retire', accord_retire_le='2026-11-24').execute()
    entrer(monde.referent).get(f'/documents/{accord}', status=200)  # it proves what was agreed


def test_un_fichier_retire_est_vide_et_repond_410(publier, site, entrer, monde):
    numero, (adresse, _) = publier()
    id_ = adresse.split('/')[2].partition('-')[0]
    entrer(monde.autre).post(f'/espace/redaction/fichiers/{id_}/retirer', status=403)
    entrer(monde.referent).post(f'/espace/redaction/fichiers/{id_}/retirer', status=303)
    entrer(monde.referent).post(f'/espace/redaction/fichiers/{id_}/retirer', status=404)
    for navigateur in (site, entrer(monde.admin)):
        navigateur.get(adresse, status=410)
    with models.lecture():
        document = Document.get_by_id(id_)
        assert (document.contenu, document.taille, documents.documents_de('contenu', numero)) == (b'', 0, [])
    entrer(monde.admin).post(f'/espace/redaction/documents/{id_}/retirer', status=404)


def test_d_un_contenu_pour_les_agents_un_fichier_retire_ne_se_dit_qu_a_eux(publier, site, entrer, monde):
    _, (adresse, _) = publier(audience='contributeurs')
    id_ = adresse.split('/')[2].partition('-')[0]
    entrer(monde.referent).post(f'/espace/redaction/fichiers/{id_}/retirer', status=303)
    site.get(adresse, status=404)
    entrer(monde.autre).get(adresse, status=410)


def test_une_base_au_fichier_retire_se_verifie_et_s_exporte(publier, monde, base):
    publier()
    with models.ecriture():
        for document in Document.select():
            (images.retirer_image if document.genre == 'image' else documents.retirer_document)(document, monde.admin)
    brute = sqlite3.connect(base)
    assert not exploitation._pieces(brute)
    brute.close()
    sortie = io.BytesIO()
    with models.lecture():
        reversibilite.exporter_tout(sortie)
    with zipfile.ZipFile(sortie) as archive:
        assert not [nom for nom in archive.namelist() if nom.startswith('pieces/')]
        assert archive.read('documents.csv').decode().count('2026-11-24T09:00:00Z;') >= 2


def bureau(*noms):
    """A zip as an office suite makes it."""
    sortie = io.BytesIO()
    with zipfile.ZipFile(sortie, 'w') as archive:
        for nom, contenu in noms:
            archive.writestr(nom, contenu)
    return sortie.getvalue()


ODT = bureau(('mimetype', 'application/vnd.oasis.opendocument.text'), ('content.xml', '<x/>'))
DOCX = bureau(('[Content_Types].xml', '<x/>'), ('word/document.xml', '<x/>'))
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'


@pytest.mark.parametrize('nom, octets', [
    ('a.pdf', PDF), ('a.odt', ODT), ('a.docx', DOCX), ('a.csv', b'nom;prix\r\nA;1'), ('a.txt', 'É'.encode()),
    ('a.JPEG', photos.jpeg()), ('a.png', photos.png()), ('a.webp', photos.webp()), ('a.rtf', b'{\\rtf1}')])
def test_un_fichier_de_son_type_est_joint(monde, publier, nom, octets):
    numero, _ = publier()
    with models.ecriture():
        id_ = documents.ajouter_document('contenu', numero, 'Titre', [(nom, octets)], monde.referent, 'oui')
        assert Document.get_by_id(id_).contenu == octets or 'jp' in nom.lower()


@pytest.mark.parametrize('nom, octets', [
    ('a.svg', SVG), ('a.html', b'<html>'), ('a.htm', b'<html>'), ('a.xml', b'<x/>'), ('a.txt', SVG), ('a.csv', SVG),
    ('a.txt', b'\xef\xbb\xbf \n<!doctype html>'), ('a.txt', b'PK\x03\x04\0\0'), ('a.pdf', b'<html>%PDF'),
    ('a.docx', ODT), ('a.odt', DOCX), ('a.xlsx', DOCX), ('a.jpg', photos.png()), ('a.png', SVG), ('a.gif', b'GIF89a'),
    ('a.exe', b'MZ'), ('a.zip', ODT), ('a.pdf.html', PDF), ('a.pdf', b''), ('sans extension', PDF), ('.pdf', PDF)])
def test_un_fichier_qui_ment_ou_qui_s_executerait_est_refuse(monde, publier, nom, octets):
    numero, _ = publier()
    with models.ecriture():
        with pytest.raises(Refus) as refus:
            documents.ajouter_document('contenu', numero, 'Titre', [(nom, octets)], monde.referent, 'oui')
        assert refus.value.champ == 'pieces' and len(documents.documents_de('contenu', numero)) == 1


@pytest.mark.parametrize('type_', ['jpg', 'png', 'webp'])
def test_une_image_jointe_comme_fichier_perd_aussi_son_lieu(monde, publier, type_):
    numero, _ = publier()
    brut = photos.avec_tout(type_)
    with models.ecriture():
        id_ = documents.ajouter_document('contenu', numero, 'Logo', [(f'logo.{type_}', brut)], monde.referent, 'oui')
        garde = Document.get_by_id(id_)
    assert photos.GPS in brut and photos.GPS not in garde.contenu and garde.taille == len(garde.contenu)


@pytest.mark.parametrize('saisie, champ', [
    ({'titre': ''}, 'titre'), ({'accessible': ''}, 'accessible'), ({'accessible': 'non'}, 'a_qui'),
    ({'accessible': 'peut-être'}, 'accessible')])
def test_un_fichier_dit_s_il_est_accessible_ou_a_qui_le_demander(monde, publier, entrer, saisie, champ):
    numero, _ = publier(etat='brouillon')
    page = entrer(monde.referent).get(f'/espace/redaction/contenus/{numero}/fichiers')
    formulaire = le_formulaire(page, f'/espace/redaction/contenus/{numero}/fichiers')
    for nom, valeur in ({'titre': 'Guide', 'accessible': 'oui', 'a_qui': ''} | saisie).items():
        if valeur:
            formulaire[nom].force_value(valeur)
    formulaire['pieces'] = webtest.Upload('a.pdf', PDF)
    page = formulaire.submit(status=422)
    assert page.html.select_one(f'#erreurs a[href="#fichier-{champ}"]') and page.html.select_one(f'#fichier-{champ}')
    formulaire['titre'], formulaire['a_qui'] = 'Guide', 'Le service communication'
    formulaire['accessible'].force_value('non')
    formulaire.submit(status=303)
    with models.lecture():
        assert documents.documents_de('contenu', numero)[-1][1:] == (
            'Guide', 'pdf', len(PDF), 'non', 'Le service communication')


def test_ce_qui_est_dit_d_un_fichier_se_change_un_a_la_fois(publier, monde, entrer):
    numero, _ = publier(etat='a_valider')
    page = entrer(monde.admin).get(f'/espace/redaction/contenus/{numero}/fichiers')
    formulaire = next(f for f in page.forms.values() if '/redaction/fichiers/' in f.action and 'vue' in f.fields)
    formulaire['titre'] = 'Ordre du jour, corrigé'
    formulaire.submit(status=303)
    formulaire['titre'] = 'Un autre titre'
    refusee = formulaire.submit(status=409)
    assert 'Ce fichier a changé' in refusee.html.select_one('[role=alert]').text
    assert list(dits_maintenant(refusee).values()) == ['Ordre du jour, corrigé']
    with models.lecture():
        assert [joint.titre for joint in documents.documents_de('contenu', numero)] == ['Ordre du jour, corrigé']


def test_le_contenu_dit_ses_images_et_ses_fichiers_et_ce_qui_leur_manque(publier, monde, entrer):
    numero, _ = publier(etat='brouillon')
    page = entrer(monde.referent).get(f'/espace/redaction/contenus/{numero}')
    assert page.html.find(id='images') and 'Ordre du jour (PDF' in ' '.join(page.html.find(
        'section', attrs={'aria-labelledby': 'fichiers'}).text.split())
    assert 'incomplète' not in page.text
    with models.ecriture():
        Document.update(droit='').execute()
    assert 'incomplète pour publier' in entrer(monde.referent).get(f'/espace/redaction/contenus/{numero}').text


def test_publier_est_refuse_tant_qu_une_image_n_a_pas_ses_droits(publier, monde):
    numero, _ = publier(etat='a_valider', corps='Un texte.', resume='Un résumé.', theme=monde.theme)
    with models.ecriture():
        Document.update(personnes='').where(Document.genre == 'image').execute()
        contenu = Contenu.get_by_id(numero)
        with pytest.raises(Refus, match='Image 1.*personnes') as refus:
            contenus.agir(contenu, 'publier', monde.admin)
        assert refus.value.champ == 'images' and Contenu.get_by_id(numero).etat == 'a_valider'
        Document.update(personnes='aucune').where(Document.genre == 'image').execute()
        contenus.agir(contenu, 'publier', monde.admin)
