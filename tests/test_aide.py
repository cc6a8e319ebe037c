"""The help of the agents, and the commitments of the convention (the guide, « engagements réciproques »)."""
import re

import pytest
from conftest import fixer, texte

import models
from verbes import regles
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
        lien = navigateur.get(page).html.find('a', href=re.compile('^/espace/aide'))['href']
        assert lien.partition('#')[2] in {'', *ids}, page


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
