"""The directory: who is found, by what; the addresses to copy; nothing of a load, a presence, a demande."""
import re

import pytest
from conftest import changer_ligne, en_ecriture, faits

import models
from models import Agent

PAGE = '/espace/annuaire'
TOUS = ['Dominique Autre', 'Sacha Essai', 'Camille Exemple', 'Maxime Exemple', 'Andrea Modele', 'Claude Temoin']


@pytest.fixture
def agent(monde, entrer):
    changer_ligne(monde.referent, presentation='Contrats, statuts des agents', territoire='Comminges, Volvestre',
                  fonction='Juriste', telephone='0536490131')
    return entrer(monde.autre)


def noms(page):
    return [th.find(string=True) for th in page.html.select('tbody th')]


def test_l_annuaire_donne_les_comptes_non_fermes_que_l_on_trouve_par_place_par_fiche_ou_par_mot(agent, monde):
    page = agent.get('/espace').click('Annuaire')
    assert noms(page) == TOUS and 'Parti' not in page
    assert page.html.select_one('nav a[aria-current=page]').text == 'Annuaire'
    for requete, code in (('page=2', 404), ('page=x', 400), ('theme=x', 400), ('fiche=0', 400),
                          ('direction=9999999999999999999', 400)):
        assert 'Revenez à' in agent.get(f'{PAGE}?{requete}', status=code).text, requete
    claude, chefs = ['Claude Temoin'], ['Camille Exemple', 'Andrea Modele']
    for filtres, trouves in (
            ({'q': 'temoin'}, claude), ({'q': 'CLAUDE juriste'}, claude), ({'q': 'statuts'}, claude),
            ({'q': '05 36 49 01 31'}, claude), ({'q': 'caue'}, ['Sacha Essai', 'Andrea Modele']),
            ({'q': 'bourg centre'}, chefs), ({'structure': '2'}, ['Camille Exemple', 'Claude Temoin']),
            ({'direction': '1'}, ['Dominique Autre', 'Maxime Exemple']), ({'theme': '1'}, ['Camille Exemple']),
            ({'fiche': '2'}, chefs), ({'territoire': 'volvestre'}, claude), ({'structure': '2', 'q': 'modele'}, []),
            ({'structure': '999999'}, [])):
        assert noms(agent.get(PAGE, filtres)) == trouves, filtres
    assert 'Personne ne répond à cette recherche' in agent.get(PAGE, {'q': 'introuvable'})
    changer_ligne(monde.fiche, etat='brouillon', titre='À paraître')     # one that is not published is not there
    assert noms(agent.get(PAGE, {'fiche': '2'})) == noms(agent.get(PAGE, {'q': 'paraitre'})) == []


def test_le_telephone_est_l_interne_sinon_celui_qu_on_a_rien_n_y_dit_une_charge_et_chacun_y_ecrit_sa_ligne(
        agent, monde, creer):
    changer_ligne(monde.associe.direction, telephone='0536490040')
    rangees = {tr.th.find(string=True): tr.select_one('td.jours').text
               for tr in agent.get(PAGE).html.select('tbody tr')}
    assert rangees['Claude Temoin'] == '05\xa036\xa049\xa001\xa031'
    assert rangees['Camille Exemple'] == '05\xa036\xa049\xa000\xa030'
    assert rangees['Sacha Essai'] == '05\xa036\xa049\xa000\xa040sa direction'
    champ = agent.get(PAGE, {'structure': '2'}).html.select_one('textarea#adresses')
    assert champ.text == 'camille.exemple@hgi.example; claude.temoin@hgi.example'
    assert champ.has_attr('readonly') and 'hidden' in agent.get(PAGE).html.select_one('[data-copier]').attrs
    assert agent.get(PAGE).html.select_one('a[href="mailto:claude.temoin@hgi.example"]')
    with models.ecriture():
        for n in range(60):
            Agent.create(courriel=f'n{n}@ddat.example', prenom='Lou', nom=f'Nombre{n:02}', direction=1, cree_le='2026')
    page = agent.get(f'{PAGE}?structure=1&page=2')
    assert len(noms(page)) == 12 and page.html.select_one('#adresses').text.count('@') == 62
    assert 'structure=1' in page.html.select_one('.pagination a[rel=prev]')['href']
    creer('en_cours', restreinte=True, lieu='LIEU TENU SECRET')
    vide = agent.get(PAGE).text
    changer_ligne(monde.associe, ouvert_le=None)
    creer('en_cours', message='autre')
    assert agent.get(PAGE).text == vide
    assert not re.search('absent|en ligne|connexion|demandes? ouverte|LIEU', vide.split('<main')[1].split('</main')[0])
    page = agent.get('/espace/compte')
    form = next(f for f in page.forms.values() if f.action.endswith('/coordonnees'))
    form['presentation'], form['territoire'] = 'Cartes et\nportraits', 'Lauragais'
    form.submit(status=303)
    assert 'Cartes et\nportraits' in agent.get(PAGE, {'territoire': 'lauragais'}).text
    assert faits()[-1][::2] == ('coordonnées modifiées', 'territoire, présentation')
    form['presentation'] = 'x' * 501
    refusee = form.submit(status=422)
    assert '500 au plus' in refusee and 'x' * 501 in refusee
    en_ecriture(Agent.update(presentation='<script>zz</script>', territoire='"><b>zz').execute)
    page = agent.get(PAGE).text
    assert '<script>zz' not in page and '<b>zz' not in page
