"""A mail that an agent drops among the files of a note: shown, then kept at its date (regles.md §12)."""
import pytest
from lettres_recues import PDF, lettre
from test_conversation import formulaire, lignes
from test_lecture_courriel import HOSTILES, PROGRAMMES
from test_reponses import AVEC_PDF

from models import Piece


@pytest.fixture
def expert(accompagnee, monde, entrer):
    return entrer(monde.referent), f'/espace/demandes/{accompagnee.numero}'


def deposer(expert, nom, octets, texte=''):
    navigateur, adresse = expert
    form = formulaire(navigateur.get(adresse), '/journal')
    form['texte'], form['pieces'] = texte, [(nom, octets)]
    return form.submit(expect_errors=True)


def test_un_courriel_depose_se_montre_puis_se_garde_a_sa_date(expert, accompagnee):
    octets = lettre('agent@a.example', type_=AVEC_PDF[0], corps=AVEC_PDF[1], Date='Mon, 16 Nov 2026 09:05:00 +0100')
    page = deposer(expert, 'Re Un message.EML', octets, 'Reçu au secrétariat.')
    assert page.status_int == 200 and 'Courriel lu, pas encore gardé' in page and lignes(accompagnee, 'courriel') == []
    form = formulaire(page, '/journal')
    dit = form['texte'].value.replace('\xa0', ' ')
    for attendu in ('Reçu au secrétariat.', 'De : Mairie <mairie@rieumes.example>', '16 novembre 2026 à 9 h 05',
                    'Objet : RE: Un message pour vous', 'Voici le plan.'):
        assert attendu in dit, dit
    assert (form['nature'].value, form['acte_le'].value) == ('courriel', '2026-11-16') and 'plan.pdf' in page
    assert 'Le journal est complété' in form.submit().follow()
    ligne, = lignes(accompagnee, 'courriel')
    assert (ligne.nature, ligne.acte_le) == ('courriel', '2026-11-16') and 'Voici le plan.' in ligne.texte
    assert [(p.nom, bytes(p.contenu), p.journal_id) for p in Piece.select()] == [('plan.pdf', PDF, ligne.id)]


def test_ni_un_msg_ni_deux_courriels_ni_une_date_impossible_ne_se_gardent(expert, accompagnee):
    page = deposer(expert, 'Re Un message.msg', b'\xd0\xcf\x11\xe0', 'Mon texte.')
    assert page.status_int == 422 and 'Enregistrer sous' in page and '.eml' in page
    assert formulaire(page, '/journal')['texte'].value == 'Mon texte.' and lignes(accompagnee, 'note') == []
    navigateur, adresse = expert
    form = formulaire(navigateur.get(adresse), '/journal')
    form['texte'], form['pieces'] = 'x', [('a.eml', lettre('a@b.example')), ('b.eml', lettre('a@b.example'))]
    assert 'un seul courriel' in form.submit(status=422)
    for date in ('Thu, 01 Jan 1970 00:00:00 +0000', 'hier', 'Fri, 24 Nov 2028 12:00:00 +0100'):
        page = deposer(expert, 'a.eml', lettre('a@b.example', Date=date))
        assert formulaire(page, '/journal')['acte_le'].value == '', date


def test_l_eml_de_chaque_programme_se_lit_un_hostile_est_refuse_d_une_phrase_et_le_texte_reste(expert):
    for programme, lettres in PROGRAMMES.items():
        for octets, _ in lettres[::9]:
            lue = deposer(expert, 'a.eml', octets)
            assert 'a signé' in formulaire(lue, '/journal')['texte'].value, programme
    for cas in ('trente niveaux', 'mille messages emboîtés', 'cinq cents fichiers'):
        page = deposer(expert, 'a.eml', HOSTILES[cas](), 'Mon texte.')
        assert page.status_int == 422 and 'trop compliqué, pour être lu ici' in page.text, cas
        assert formulaire(page, '/journal')['texte'].value == 'Mon texte.', cas
