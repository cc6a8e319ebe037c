"""The documents joined to a fiche: what may be joined, who downloads them, how they are served."""
import hashlib

import pytest
import webtest
from conftest import changer_ligne, faits_dits, poster

import models
from models import Document
from verbes.contenus import documents

PDF = b'%PDF-1.7 cahier des charges'


@pytest.fixture
def joindre(monde, entrer):
    """Join a file on the page of the fiche; what the page answers."""
    def envoyer(nom='cahier é.pdf', contenu=PDF, titre='Cahier des charges type', status=303):
        ici, piece = f'/espace/redaction/fiches/{monde.fiche.id}', webtest.Upload(nom, contenu) if nom else ''
        return poster(entrer(monde.admin), f'{ici}/documents', {'titre': titre, 'pieces': piece}, ici, status)
    return envoyer


def test_un_document_joint_se_telecharge_octet_pour_octet_sans_compte(monde, joindre, site):
    public = f'/fiches/{monde.fiche.id}-revitalisation-de-bourg-centre'
    assert 'Documents' not in site.get(public).text                 # this page is kept in memory
    joindre()
    lien = site.get(public).html.select_one('a[download]')
    assert lien.text == 'Cahier des charges type (PDF, 1\u00a0ko)'
    recu = site.get(lien['href'])
    assert recu.body == PDF and recu.headers['X-Content-Type-Options'] == 'nosniff'
    assert recu.headers['Content-Disposition'].startswith('attachment') and 'sandbox' in recu.headers[
        'Content-Security-Policy'] and recu.headers['Content-Type'] == 'application/octet-stream'
    with models.lecture():
        document = Document.get()
    assert (document.type, document.taille, document.sha256) == ('pdf', len(PDF), hashlib.sha256(PDF).hexdigest())


def test_un_fichier_refuse_dit_pourquoi_et_rien_n_est_garde(joindre):
    for nom, contenu, titre, dit in (
            ('', b'', 'Titre', 'choisissez un fichier'), ('a.pdf', b'<html>', 'Titre', 'ne correspond pas'),
            ('a.html', b'<html>', 'Titre', 'pas d\'un type accepté'), ('a.pdf', b'', 'Titre', 'est vide'),
            ('a.pdf', b'%PDF' + b'x' * 10_500_000, 'Titre', 'dépasse'), ('a.pdf', PDF, '', 'Titre du document')):
        page = joindre(nom, contenu, titre, 422).html
        assert dit in page.select_one('#erreurs').text and page.title.text.startswith('Erreur')
        assert page.select_one('#d-titre').get('value', '') == titre, dit
        with models.lecture():
            assert Document.select().count() == 0, dit


def test_le_document_d_une_fiche_qui_n_est_pas_publique_est_pour_les_agents_retire_pour_personne(
        monde, joindre, entrer, site):
    joindre()
    with models.lecture():
        numero = Document.get().id
    changer_ligne(monde.fiche, etat='brouillon')
    site.get(f'/documents/{numero}', status=404)
    assert entrer(monde.autre).get(f'/documents/{numero}').body == PDF
    changer_ligne(monde.fiche, etat='suspendue')
    assert site.get(f'/documents/{numero}-autre-nom').body == PDF
    for qui, status in (('chef', 403), ('admin', 303), ('admin', 404)):
        entrer(getattr(monde, qui)).post(f'/espace/redaction/documents/{numero}/retirer', status=status)
    site.get(f'/documents/{numero}-cahier', status=404)
    assert [fait for fait in faits_dits() if 'document' in fait] == ['document ajouté', 'document retiré']


def test_vingt_documents_au_plus(monde, base):
    with models.ecriture():
        for rang in range(documents.DOCUMENTS_MAX):
            documents.ajouter_document('fiche', 1, f'N° {rang}', [('a.txt', b'a')], monde.admin)
        with pytest.raises(models.Refus, match='retirez-en'):
            documents.ajouter_document('fiche', 1, 'De trop', [('a.txt', b'a')], monde.admin)
