"""The help of the agents, and the commitments of the convention (the guide, « engagements réciproques »)."""
import re

import pytest
from conftest import fixer, texte

import models
from verbes import regles
from verbes.echanges import historique, lecture
from views.demande import formulaires


def lu(agent):
    with models.lecture():
        return models.Agent.get_by_id(agent.id)


def test_l_aide_dit_les_dix_statuts_et_qui_agit(entrer, monde):
    page = entrer(monde.referent).get('/espace/aide')
    lignes = [[c.get_text(' ', strip=True) for c in tr.select('th, td')] for tr in page.html.select('tbody tr')]
    assert [ligne[0] for ligne in lignes] == list(regles.STATUTS.values())
    assert dict((ligne[0], ligne[1]) for ligne in lignes)['En cours'] == 'l\'expert référent'


@pytest.mark.parametrize('jours, mots', [('calendaires', 'jours calendaires'), ('ouvres', 'jours ouvrés')])
def test_l_aide_dit_les_delais_tels_qu_ils_sont_comptes(entrer, monde, jours, mots):
    with models.ecriture():
        fixer('jours', jours)
    assert f'3 ou 10 jours ({mots},' in texte(entrer(monde.referent).get('/espace/aide'))


def test_chaque_renvoi_a_l_aide_mene_a_une_de_ses_parties(entrer, monde, creer):
    navigateur, demande = entrer(monde.chef), creer('en_cours')
    ids = {balise['id'] for balise in navigateur.get('/espace/aide').html.select('[id]')}
    for page in ('/espace', '/espace/demandes', f'/espace/demandes/{demande.numero}', '/espace/demandes/nouvelle',
                 '/espace/compte/absences', '/espace/annuaire', '/espace/compte'):
        assert partie_de_l_aide(navigateur.get(page)) in {'', *ids}, page


def partie_de_l_aide(page):
    """Where the help opens, from a page."""
    return page.html.find('a', href=re.compile('^/espace/aide'))['href'].partition('#')[2]


def test_qui_entre_lit_les_engagements_et_le_dit_une_fois(entrer, monde, heure):
    navigateur = entrer(monde.referent)
    assert 'Avant de commencer' in navigateur.get('/espace').text
    formulaire = next(f for f in navigateur.get('/espace/aide').forms.values() if 'engagements' in f.action)
    page = formulaire.submit(status=303).follow()
    assert 'Avant de commencer' not in page.text and 'c\'est noté' in texte(page)
    premiere = lu(monde.referent).engage_le
    heure('2027-01-04T09:00:00Z')
    navigateur = entrer(monde.referent)
    navigateur.post('/espace/aide/engagements', status=303)
    assert lu(monde.referent).engage_le == premiere == '2026-11-24T09:00:00Z'
    assert 'Vous en avez pris connaissance le 24 novembre 2026' in texte(navigateur.get('/espace/aide'))
    with models.lecture():
        assert models.Audit.select().where(models.Audit.fait == 'engagements lus').count() == 1
    fiche = entrer(monde.admin).get(f'/espace/admin/comptes/{monde.referent.id}')
    assert 'lus le 24/11/2026' in texte(fiche)


def questions(page):
    """[(question, answer)] of the first part of the help."""
    titres = [h3 for h3 in page.html.select('h3[id]') if h3.find_previous('h2')['id'] == 'questions']
    return [(titre.text, re.sub(r'[ \n]+', ' ', titre.find_next_sibling('p').text)) for titre in titres]


def test_douze_questions_commencent_l_aide_et_nomment_des_boutons_qui_existent(entrer, monde):
    page = entrer(monde.referent).get('/espace/aide')
    lues = questions(page)
    assert len(lues) == 12 and page.html.select_one('h2')['id'] == 'questions'
    boutons = {t.bouton for t in (*regles.TRANSITIONS, *regles.ACTES.values())}
    titres = {f.titre for f in formulaires.FORMULAIRES.values()}
    nommes = {nom for _, reponse in lues for nom in re.findall('«\xa0([A-ZÉ][^»]*)\xa0»', reponse)}
    assert len(nommes) > 15
    assert {nom for nom in nommes if not any(nom in dit for dit in boutons | titres)} == {'Échanges'}
    resultats = {*regles.RESULTATS.values(), *regles.ISSUES.values(), 'à confirmer'}
    assert {nom for _, reponse in lues for nom in re.findall('«\xa0([a-zà][^»]*)\xa0»', reponse)} <= resultats


# ======================================================================================
# « Reprendre l'historique », which an administrateur alone reads
# ======================================================================================

ANCIEN = """Date de la demande;Commune;Objet;Suivi par;État;Mail
12/03/2021;Rieumes;Un préau;Mme Croquis;Fini depuis;
03/04/2024;Rieumes-le-Vieux;Une digue;;En cours;mairie@rieumes.example
"""


def chapitre(page):
    """The text of the chapter, '' without it."""
    titre = page.html.find(id='reprise')
    return re.sub(r'[ \n]+', ' ', titre.find_next('ul').text) if titre else ''


def pages_d_un_import(navigateur):
    """The pages of a reprise, from its list to what undoes it and to what is set aside."""
    yield navigateur.get('/espace/admin/import?genre=demandes')
    formulaire = navigateur.get('/espace/admin/import?genre=demandes').forms['importer']
    formulaire['cellules'] = ANCIEN.replace(';', '\t')
    reconnues = formulaire.submit(status=200)
    yield reconnues
    relue = reconnues
    while 'reconnaitre' in relue.forms:                             # an answer may bring other questions
        formulaire = relue.forms['reconnaitre']
        for champ in (champ for champs in formulaire.fields.values() for champ in champs if champ.tag == 'select'):
            champ.value = champ.value or champ.options[1][0]
        relue = formulaire.submit(status=200)
    yield relue
    yield relue.forms['ecrire'].submit(status=303).follow()
    liste = navigateur.get('/espace/admin/reprise')
    yield liste
    yield next(f for f in liste.forms.values() if 'motif' in f.fields).submit(status=200)


def test_le_chapitre_de_la_reprise_est_aux_administrateurs_et_s_ouvre_de_ses_pages(entrer, monde):
    assert not chapitre(entrer(monde.referent).get('/espace/aide'))
    navigateur = entrer(monde.admin)
    aide = navigateur.get('/espace/aide')
    assert chapitre(aide) and aide.html.find('a', href='#reprise')
    for page in pages_d_un_import(navigateur):
        assert partie_de_l_aide(page) == 'reprise', page.html.title
    assert partie_de_l_aide(navigateur.get('/espace/admin/import?genre=agents')) == ''


def test_le_chapitre_de_la_reprise_nomme_des_boutons_et_des_mots_qui_existent(entrer, monde):
    navigateur = entrer(monde.admin)
    dit = chapitre(navigateur.get('/espace/aide'))
    vus = {re.sub(r'\s+', ' ', balise.text).strip() for page in pages_d_un_import(navigateur)
           for balise in page.html.select('a, button, label, legend, option')}
    vus |= {t.bouton for t in (*regles.TRANSITIONS, *regles.ACTES.values())}
    nommes = set(re.findall('«\xa0([A-ZÉ][^»]*)\xa0»', dit))
    assert len(nommes) > 10 and nommes - vus == set()
    mots = set(re.findall('«\xa0([a-zà][^»]*)\xa0»', dit))
    marques = {mot for mot, _ in historique.MARQUES}
    assert marques <= mots and all(lecture.reconnaitre('demandes', [mot])[0] for mot in mots - marques)
