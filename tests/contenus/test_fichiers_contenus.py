"""The files and images of a content, the documents of a fiche: what may be joined, who reads it, when it is gone."""
import hashlib
import io
import sqlite3
import zipfile

import photos
import pytest
import webtest
from conftest import changer_ligne, en_ecriture, faits_dits, le_formulaire, poster, relire_ligne
from ecritures import en_lecture, refus_de

import models
from models import Contenu, Document
from verbes.exploitation import exploitation
from verbes.echanges import reversibilite
from verbes.contenus import contenus, documents, images, projets

PDF = b'%PDF-1.7 ordre du jour'
DITS = {'alternative': 'Une place.', 'credit': 'Commune', 'droit': 'Service.', 'personnes': 'aucune'}
HEURE = 'public, max-age=3600'


def joindre(contenu, agent, titre='Ordre du jour', nom='odj.pdf', octets=PDF):
    """The id of a file joined to a content, in the transaction that is open."""
    return documents.ajouter_document('contenu', contenu.id, titre, [(nom, octets)], agent, 'oui')


@pytest.fixture
def publier(monde):
    """A content with a file and an image, in the state that is asked: (itself, the addresses of the two)."""
    def faire(genre='actualite', **colonnes):
        with models.ecriture():
            contenu = Contenu.get_by_id(contenus.creer(genre, monde.referent, {
                'titre': 'Une nouvelle', 'audience': 'public', 'fiches': [], 'collectivites': [],
                **({'structures': []} if genre == 'projet' else {})}))
            fichier = joindre(contenu, monde.referent)
            image = images.ajouter_image(contenu, monde.referent, DITS, [('a.jpg', photos.jpeg())])
        changer_ligne(contenu, **{'etat': 'publie', 'publie_le': '2026-11-01'} | colonnes)
        return contenu, [f'/documents/{fichier}-ordre-du-jour', f'/images/{image}']
    return faire


def test_ce_que_le_public_lit_est_garde_une_heure_un_fichier_se_telecharge_une_image_se_montre(
        publier, site, entrer, monde, heure):
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


def test_ce_que_le_public_ne_lit_pas_n_a_pas_d_adresse_pour_lui(publier, site, entrer, monde):
    referent, autre = entrer(monde.referent), entrer(monde.autre)
    for colonnes in (
            {'audience': 'contributeurs'}, {'etat': 'brouillon'}, {'etat': 'a_valider'}, {'publie_le': '2026-11-25'},
            {'expire_le': '2026-11-23'}, {'etat': 'retire', 'publie_le': None},
            {'etat': 'retire', 'audience': 'contributeurs'}, {'etat': 'retire', 'publie_le': '2026-12-01'}):
        for adresse in publier(**colonnes)[1]:
            refus = site.get(adresse, status=404)
            assert refus.headers['Cache-Control'] == 'no-store' and 'ETag' not in refus.headers, colonnes
            recu = referent.get(adresse)
            assert 'no-store' in recu.headers['Cache-Control'] and 'ETag' not in recu.headers, colonnes
            referent.get(adresse, headers={'If-None-Match': '*'}, status=200)
            lu = colonnes == {'audience': 'contributeurs'}
            assert autre.get(adresse, status='*').status_int == (200 if lu else 404), colonnes
    for adresse in publier(etat='retire', retire_le='2026-11-20T09:00:00Z')[1]:         # it has been public
        refus = site.get(adresse, status=410)
        assert 'retiré du site' in refus.text and refus.headers['Cache-Control'] == 'no-store'
        referent.get(adresse, status=200)


def test_la_collectivite_reprend_son_accord_plus_rien_pour_personne_que_l_accord_et_ce_qui_se_joint_ensuite(
        publier, site, entrer, monde):
    contenu, adresses = publier('projet', accord_par='sa maire', accord_le='2026-11-01')
    auteur, autre = entrer(monde.referent), entrer(monde.autre)
    en_ecriture(projets.retirer_accord, relire_ligne(contenu), monde.admin, '2026-11-24', 'Non.')
    for adresse in adresses:
        for navigateur in (site, auteur, entrer(monde.admin)):
            navigateur.get(adresse, status=410)
    with models.ecriture():
        contenus.agir(models.relire(contenu), 'reprendre', monde.referent)
        fichier = joindre(contenu, monde.referent, 'Neuf')
        image = images.ajouter_image(models.relire(contenu), monde.referent, DITS, [('b.jpg', photos.jpeg())])
    for adresse in (f'/documents/{fichier}-neuf', f'/images/{image}'):
        assert auteur.get(adresse, status=200).body
        site.get(adresse, status=410)
        autre.get(adresse, status=404)
    page = auteur.get(f'/espace/redaction/contenus/{contenu.id}/fichiers')
    assert page.html.select_one(f'a[href="/documents/{fichier}-neuf"]') and 'effacé quand' not in page.text
    contenu, _ = publier('projet')
    accord = en_ecriture(documents.ajouter_document, 'accord', contenu.id, 'Délibération', [('a.pdf', PDF)],
                         monde.referent)
    site.get(f'/documents/{accord}', status=404)
    entrer(monde.autre).get(f'/documents/{accord}', status=404)
    assert 'no-store' in entrer(monde.referent).get(f'/documents/{accord}').headers['Cache-Control']
    changer_ligne(contenu, etat='retire', accord_retire_le='2026-11-24')
    entrer(monde.referent).get(f'/documents/{accord}', status=200)  # it proves what was agreed


def test_un_fichier_retire_est_vide_et_repond_410_aux_siens_la_base_se_verifie_et_s_exporte(
        publier, site, entrer, monde, base):
    publier()
    with models.ecriture():
        for document in Document.select():
            (images.retirer_image if document.genre == 'image' else documents.retirer_document)(document, monde.admin)
    brute = sqlite3.connect(base)
    assert not exploitation._pieces(brute)
    brute.close()
    sortie = io.BytesIO()
    en_lecture(reversibilite.exporter_tout, sortie)
    with zipfile.ZipFile(sortie) as archive:
        assert not [nom for nom in archive.namelist() if nom.startswith('pieces/')]
        assert archive.read('documents.csv').decode().count('2026-11-24T09:00:00Z;') >= 2
    contenu, (adresse, _) = publier()
    referent, admin, autre = entrer(monde.referent), entrer(monde.admin), entrer(monde.autre)
    id_ = adresse.split('/')[2].partition('-')[0]
    for qui, status in ((autre, 403), (referent, 303), (referent, 404)):
        qui.post(f'/espace/redaction/fichiers/{id_}/retirer', status=status)
    for navigateur in (site, admin):
        navigateur.get(adresse, status=410)
    document = relire_ligne(Document(id=id_))
    with models.lecture():
        assert (document.contenu, document.taille, documents.documents_de('contenu', contenu.id)) == (b'', 0, [])
    admin.post(f'/espace/redaction/documents/{id_}/retirer', status=404)
    _, (adresse, _) = publier(audience='contributeurs')
    referent.post(f'/espace/redaction/fichiers/{adresse.split("/")[2].partition("-")[0]}/retirer', status=303)
    site.get(adresse, status=404)
    autre.get(adresse, status=410)


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


def test_un_fichier_de_son_type_dit_s_il_est_accessible_ou_a_qui_le_demander_un_qui_ment_ou_s_execute_est_refuse(
        monde, publier, entrer):
    contenu, _ = publier()
    for nom, octets in (
            ('a.svg', SVG), ('a.html', b'<html>'), ('a.htm', b'<html>'), ('a.xml', b'<x/>'), ('a.txt', SVG),
            ('a.csv', SVG), ('a.txt', b'\xef\xbb\xbf \n<!doctype html>'), ('a.txt', b'PK\x03\x04\0\0'),
            ('a.pdf', b'<html>%PDF'), ('a.docx', ODT), ('a.odt', DOCX), ('a.xlsx', DOCX), ('a.jpg', photos.png()),
            ('a.png', SVG), ('a.gif', b'GIF89a'), ('a.exe', b'MZ'), ('a.zip', ODT), ('a.pdf.html', PDF), ('a.pdf', b''),
            ('sans extension', PDF), ('.pdf', PDF)):
        assert refus_de(en_ecriture, joindre, contenu, monde.referent, 'Titre', nom, octets).champ == 'pieces', nom
        assert len(en_lecture(documents.documents_de, 'contenu', contenu.id)) == 1, nom
    for nom, octets in (
            ('a.pdf', PDF), ('a.odt', ODT), ('a.docx', DOCX), ('a.csv', b'nom;prix\r\nA;1'), ('a.txt', 'É'.encode()),
            ('a.JPEG', photos.jpeg()), ('a.png', photos.png()), ('a.webp', photos.webp()), ('a.rtf', b'{\\rtf1}')):
        garde = relire_ligne(Document(id=en_ecriture(joindre, contenu, monde.referent, 'Titre', nom, octets)))
        assert garde.contenu == octets or 'jp' in nom.lower(), nom
    for type_ in ('jpg', 'png', 'webp'):                            # an image joined so loses its place too
        brut = photos.avec_tout(type_)
        garde = relire_ligne(Document(id=en_ecriture(joindre, contenu, monde.referent, 'Logo', f'logo.{type_}', brut)))
        assert photos.GPS in brut and photos.GPS not in garde.contenu and garde.taille == len(garde.contenu), type_
    contenu, _ = publier(etat='brouillon')
    ici = f'/espace/redaction/contenus/{contenu.id}/fichiers'
    for saisie, champ in (({'titre': ''}, 'titre'), ({'accessible': ''}, 'accessible'),
                          ({'accessible': 'non'}, 'a_qui'), ({'accessible': 'peut-être'}, 'accessible')):
        formulaire = le_formulaire(entrer(monde.referent).get(ici), ici)
        for nom, valeur in ({'titre': 'Guide', 'accessible': 'oui', 'a_qui': ''} | saisie).items():
            if valeur:
                formulaire[nom].force_value(valeur)
        formulaire['pieces'] = webtest.Upload('a.pdf', PDF)
        page = formulaire.submit(status=422).html
        assert page.select_one(f'#erreurs a[href="#fichier-{champ}"]') and page.select_one(f'#fichier-{champ}'), saisie
        formulaire['titre'], formulaire['a_qui'] = 'Guide', 'Le service communication'
        formulaire['accessible'].force_value('non')
        formulaire.submit(status=303)
        with models.lecture():
            assert documents.documents_de('contenu', contenu.id)[-1][1:] == (
                'Guide', 'pdf', len(PDF), 'non', 'Le service communication'), saisie


def test_le_contenu_dit_ses_images_et_ses_fichiers_et_ce_qui_leur_manque_pour_publier(publier, monde, entrer):
    contenu, _ = publier(etat='a_valider', corps='Un texte.', resume='Un résumé.', theme=monde.theme)
    ici = f'/espace/redaction/contenus/{contenu.id}'
    page = entrer(monde.referent).get(ici)
    assert page.html.find(id='images') and 'Ordre du jour (PDF' in ' '.join(page.html.find(
        'section', attrs={'aria-labelledby': 'fichiers'}).text.split())
    assert 'incomplète' not in page.text
    page = entrer(monde.referent).get(f'{ici}/fichiers')
    formulaire = next(f for f in page.forms.values() if '/redaction/fichiers/' in f.action and 'vue' in f.fields)
    formulaire['titre'] = 'Ordre du jour, corrigé'
    formulaire.submit(status=303)
    joints = en_lecture(documents.documents_de, 'contenu', contenu.id)
    assert [joint.titre for joint in joints] == ['Ordre du jour, corrigé']
    with models.ecriture():
        Document.update(personnes='').where(Document.genre == 'image').execute()
        refus = refus_de(contenus.agir, models.relire(contenu), 'publier', monde.admin)
        assert 'Image 1' in str(refus) and 'personnes' in str(refus) and refus.champ == 'images'
        assert models.relire(contenu).etat == 'a_valider'
        Document.update(personnes='aucune', droit='').execute()
    assert 'incomplète pour publier' in entrer(monde.referent).get(ici).text
    with models.ecriture():
        Document.update(droit='Service.').where(Document.genre == 'image').execute()
        contenus.agir(models.relire(contenu), 'publier', monde.admin)


@pytest.fixture
def joindre_a_la_fiche(monde, entrer):
    """Join a file on the page of the fiche; what the page answers."""
    def envoyer(nom='cahier é.pdf', contenu=PDF, titre='Cahier des charges type', status=303):
        ici, piece = f'/espace/redaction/fiches/{monde.fiche.id}', webtest.Upload(nom, contenu) if nom else ''
        return poster(entrer(monde.admin), f'{ici}/documents', {'titre': titre, 'pieces': piece}, ici, status)
    return envoyer


def test_un_document_joint_se_telecharge_octet_pour_octet_sans_compte_si_sa_fiche_est_publique(
        monde, joindre_a_la_fiche, entrer, site):
    public = f'/fiches/{monde.fiche.id}-revitalisation-de-bourg-centre'
    assert 'Documents' not in site.get(public).text                 # this page is kept in memory
    joindre_a_la_fiche()
    lien = site.get(public).html.select_one('a[download]')
    assert lien.text == 'Cahier des charges type (PDF, 1\u00a0ko)'
    recu = site.get(lien['href'])
    assert recu.body == PDF and recu.headers['X-Content-Type-Options'] == 'nosniff'
    assert recu.headers['Content-Disposition'].startswith('attachment') and 'sandbox' in recu.headers[
        'Content-Security-Policy'] and recu.headers['Content-Type'] == 'application/octet-stream'
    document = en_lecture(Document.get)
    assert (document.type, document.taille, document.sha256) == ('pdf', len(PDF), hashlib.sha256(PDF).hexdigest())
    numero = document.id                                            # of a fiche that is not public; then gone
    changer_ligne(monde.fiche, etat='brouillon')
    site.get(f'/documents/{numero}', status=404)
    assert entrer(monde.autre).get(f'/documents/{numero}').body == PDF
    changer_ligne(monde.fiche, etat='suspendue')
    assert site.get(f'/documents/{numero}-autre-nom').body == PDF
    for qui, status in (('chef', 403), ('admin', 303), ('admin', 404)):
        entrer(getattr(monde, qui)).post(f'/espace/redaction/documents/{numero}/retirer', status=status)
    site.get(f'/documents/{numero}-cahier', status=404)
    assert [fait for fait in faits_dits() if 'document' in fait] == ['document ajouté', 'document retiré']


def test_un_fichier_refuse_dit_pourquoi_et_rien_n_est_garde_vingt_documents_au_plus(joindre_a_la_fiche, monde, base):
    for nom, contenu, titre, dit in (
            ('', b'', 'Titre', 'choisissez un fichier'), ('a.pdf', b'<html>', 'Titre', 'ne correspond pas'),
            ('a.html', b'<html>', 'Titre', 'pas d\'un type accepté'), ('a.pdf', b'', 'Titre', 'est vide'),
            ('a.pdf', b'%PDF' + b'x' * 10_500_000, 'Titre', 'dépasse'), ('a.pdf', PDF, '', 'Titre du document')):
        page = joindre_a_la_fiche(nom, contenu, titre, 422).html
        assert dit in page.select_one('#erreurs').text and page.title.text.startswith('Erreur')
        assert page.select_one('#d-titre').get('value', '') == titre, dit
        assert not en_lecture(Document.select().count), dit
    with models.ecriture():
        for rang in range(documents.DOCUMENTS_MAX):
            documents.ajouter_document('fiche', 1, f'N° {rang}', [('a.txt', b'a')], monde.admin)
        refus = refus_de(documents.ajouter_document, 'fiche', 1, 'De trop', [('a.txt', b'a')], monde.admin)
        assert 'retirez-en' in str(refus)
