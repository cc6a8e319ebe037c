"""The fiches that the search proposes: under the message of a free request, and to who orients it (regles.md §9)."""
import pytest
from conftest import changer_demande, changer_ligne, courriels, natures, relire
from test_demande import REMPLI, recu, remplir, texte                       # noqa: F401 (remplir is a fixture)

import models
from models import Demande

PLACE = 'Nous voulons un projet pour le bourg.'
PROCES = 'Un avocat nous annonce un contentieux devant le tribunal.'


@pytest.fixture
def proposer(remplir):                                                      # noqa: F811
    """The page that comes back when the fiches near what was typed are asked for."""
    def demander(**champs):
        return remplir(**champs).submit('proches')
    return demander


def proposees(page):
    return [b.text for b in page.html.select('#proches .choix strong')]


def test_les_fiches_proches_se_proposent_sans_rien_ecrire_et_a_qui_oriente(proposer, monde, site, creer, entrer):
    saisie = REMPLI | {'message': PROCES, 'collectivite': 'Rieu', 'telephone': '05', 'date_a_tenir': '2001-01-01',
                       'rappel_nom': 'Pareil', 'communes': 'Nulle part'}
    page = proposer(**saisie, meme_personne=False, confidentielle=True)
    assert page.status_code == 200 and proposees(page) == ['Contentieux']
    assert 'Rappel sous 10 jours · Haute-Garonne Ingénierie – HGI' in texte(page)
    assert page.html.title.text.startswith('Fiches proches – ') and page.html.find(id='erreurs') is None
    assert page.html.select_one('button[name=proches]')['formaction'] == '/demande#proches'
    for nom, valeur in saisie.items():                              # even what is false
        assert page.form[nom].value == valeur, nom
    assert not page.form['meme_personne'].checked and page.form['confidentielle'].checked
    for message in ('', 'Merci de nous rappeler.', 'Un nid de frelons.'):
        page = proposer(message=message)
        assert proposees(page) == [] and 'envoyez-le tel quel' in texte(page), message
        assert page.html.find(id='erreurs') is None and page.form['message'].value == message
    with models.lecture():
        assert not Demande.select().exists() and not models.Courriel.select().exists()
    premier = site.get('/demande').html.select_one('form[data-brouillon] button[type=submit]')
    assert premier.text == 'Envoyer la demande' and not premier.get('name')     # Enter sends, and does not search
    assert site.get('/demande').html.select_one('button[name=proches]')
    assert site.get(f'/demande?fiche={monde.fiche.id}').html.select_one('button[name=proches]') is None
    libre = creer('attribue_admin', message=PROCES)
    page = page_orienter(entrer(monde.admin), libre)
    assert [a.text for a in page.html.select('#action .proches strong')] == ['Contentieux']
    proche = ' '.join(page.html.select_one('.proches').text.split())
    assert 'rappel sous 10 jours Confier à HGI – Assistance juridique et financière' in proche
    assert page_orienter(entrer(monde.chef), libre).html.select_one('.proches') is None     # who does not orient
    clic = next(f for f in page.forms.values() if f.action.endswith('/orienter'))
    entrer(monde.chef).post(clic.action, dict(clic.submit_fields()), status=403)
    changer_demande(libre, version=Demande.version + 1)
    assert 'Rien n' in clic.submit(status=409).text and relire(libre).fiche_id is None
    page = page_orienter(entrer(monde.admin), libre)
    envoi = next(f for f in page.forms.values() if f.action.endswith('/orienter')).submit()
    assert envoi.status_int == 303 and '?fait=statut&ecrits=' in envoi.location
    orientee = relire(libre)
    assert (orientee.statut, orientee.fiche_id) == ('attribue_chef', monde.contentieux.id)
    assert natures(libre)[-1] == ('statut', 'attribue_chef') and 'orientation' in dict(courriels())
    sienne = creer('attribue_chef', fiche=monde.contentieux, message='Un contentieux dans le bourg.')
    page = page_orienter(entrer(monde.admin), sienne)             # the one that it has is not among them
    assert [a.text for a in page.html.select('.proches strong')] == ['Revitalisation de bourg-centre']


def test_la_fiche_choisie_parmi_les_proches_survit_a_une_erreur_et_a_une_recherche(proposer, monde):
    page = proposer(message=PROCES)
    page.form['fiche_proche'] = str(monde.contentieux.id)
    demande = recu(page.form.submit())
    assert (demande.fiche_id, demande.theme_id) == (monde.contentieux.id, monde.contentieux.theme_id)
    assert demande.restreinte and demande.message == PROCES
    page = proposer(message=PROCES, lieu='Ailleurs', telephone='')
    page.form['fiche_proche'] = str(monde.contentieux.id)
    page = page.form.submit(status=422)
    assert page.form['fiche'].value == str(monde.contentieux.id)
    page.form['telephone'] = '0536490012'
    assert recu(page.form.submit()).fiche_id == monde.contentieux.id
    page = proposer(message=PROCES)
    page.form['fiche_proche'], page.form['message'] = str(monde.contentieux.id), PLACE
    page = page.form.submit('proches')
    assert proposees(page) == ['Revitalisation de bourg-centre']
    assert page.form['fiche'].value == str(monde.contentieux.id) and page.form['fiche_proche'].value == ''
    assert 'Garder la fiche choisie plus haut' in texte(page)
    assert recu(page.form.submit()).fiche_id == monde.contentieux.id
    page = proposer(message=PROCES)
    page.form['fiche_proche'] = str(monde.contentieux.id)
    page.form['message'] = f'{PROCES} De nouveau.'
    changer_ligne(monde.contentieux, etat='suspendue')
    assert recu(page.form.submit()).fiche_id is None
    changer_ligne(monde.contentieux, etat='publiee')
    assert recu(proposer(message=f'{PROCES} Encore.').form.submit()).fiche_id is None


def page_orienter(nav, demande):
    return nav.get(f'/espace/demandes/{demande.numero}?action=orienter')
