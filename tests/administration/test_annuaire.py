"""The directory: who is found, by what; the addresses to copy; nothing of a load, a presence, a demande."""
import re

import pytest

import models
from models import Agent, Direction, Fiche

PAGE = '/espace/annuaire'


@pytest.fixture
def agent(monde, entrer):
    with models.ecriture():
        Agent.update(presentation='Contrats, statuts des agents', territoire='Comminges, Volvestre', fonction='Juriste',
                     telephone='0536490131').where(Agent.id == monde.referent.id).execute()
    return entrer(monde.autre)


def noms(page):
    return [th.find(string=True) for th in page.html.select('tbody th')]


def chercher(agent, **filtres):
    return noms(agent.get(PAGE, filtres))


TOUS = ['Dominique Autre', 'Sacha Essai', 'Camille Exemple', 'Maxime Exemple', 'Andrea Modele', 'Claude Temoin']


def test_l_annuaire_est_au_menu_et_donne_tous_les_comptes_non_fermes_par_nom(agent):
    page = agent.get('/espace').click('Annuaire')
    assert noms(page) == TOUS and 'Parti' not in page
    assert page.html.select_one('nav a[aria-current=page]').text == 'Annuaire'


@pytest.mark.parametrize('filtres, trouves', [
    ({'q': 'temoin'}, ['Claude Temoin']),
    ({'q': 'CLAUDE juriste'}, ['Claude Temoin']),
    ({'q': 'statuts'}, ['Claude Temoin']),
    ({'q': '05 36 49 01 31'}, ['Claude Temoin']),
    ({'q': 'caue'}, ['Sacha Essai', 'Andrea Modele']),
    ({'q': 'bourg centre'}, ['Camille Exemple', 'Andrea Modele']),
    ({'structure': '2'}, ['Camille Exemple', 'Claude Temoin']),
    ({'direction': '1'}, ['Dominique Autre', 'Maxime Exemple']),
    ({'theme': '1'}, ['Camille Exemple']),
    ({'fiche': '2'}, ['Camille Exemple', 'Andrea Modele']),
    ({'territoire': 'volvestre'}, ['Claude Temoin']),
    ({'structure': '2', 'q': 'modele'}, []),
    ({'structure': '999999'}, [])])
def test_on_trouve_par_structure_direction_theme_fiche_territoire_ou_mot(agent, filtres, trouves):
    assert chercher(agent, **filtres) == trouves


def test_une_fiche_qui_n_est_pas_publiee_n_y_est_pas(agent):
    with models.ecriture():
        Fiche.update(etat='brouillon', titre='À paraître').where(Fiche.id == 2).execute()
    assert chercher(agent, fiche='2') == chercher(agent, q='paraitre') == []


def test_le_telephone_est_l_interne_sinon_le_communique_sinon_celui_de_la_direction(agent):
    with models.ecriture():
        Direction.update(telephone='0536490040').where(Direction.id == 3).execute()
    rangees = {tr.th.find(string=True): tr.select_one('td.jours').text
               for tr in agent.get(PAGE).html.select('tbody tr')}
    assert rangees['Claude Temoin'] == '05\xa036\xa049\xa001\xa031'
    assert rangees['Camille Exemple'] == '05\xa036\xa049\xa000\xa030'
    assert rangees['Sacha Essai'] == '05\xa036\xa049\xa000\xa040sa direction'


def test_les_adresses_sont_celles_de_toute_la_liste_filtree_et_se_copient_sans_script(agent):
    champ = agent.get(PAGE, {'structure': '2'}).html.select_one('textarea#adresses')
    assert champ.text == 'camille.exemple@hgi.example; claude.temoin@hgi.example'
    assert champ.has_attr('readonly') and 'hidden' in agent.get(PAGE).html.select_one('[data-copier]').attrs
    assert agent.get(PAGE).html.select_one('a[href="mailto:claude.temoin@hgi.example"]')


def test_rien_n_y_dit_une_charge_un_compte_jamais_ouvert_ni_une_demande(creer, agent, monde):
    creer('en_cours', restreinte=True, lieu='LIEU TENU SECRET')
    vide = agent.get(PAGE).text
    with models.ecriture():
        Agent.update(ouvert_le=None).where(Agent.id == monde.associe.id).execute()
    creer('en_cours', message='autre')
    assert agent.get(PAGE).text == vide
    assert not re.search('absent|en ligne|connexion|demandes? ouverte|LIEU', vide.split('<main')[1].split('</main')[0])


def test_chacun_ecrit_sa_ligne_dans_mon_compte(agent, monde):
    page = agent.get('/espace/compte')
    form = next(f for f in page.forms.values() if f.action.endswith('/coordonnees'))
    form['presentation'], form['territoire'] = 'Cartes et\nportraits', 'Lauragais'
    form.submit(status=303)
    assert 'Cartes et\nportraits' in agent.get(PAGE, {'territoire': 'lauragais'}).text
    with models.lecture():
        fait, detail = models.db.execute_sql('SELECT fait, detail FROM audit ORDER BY id DESC LIMIT 1').fetchone()
    assert (fait, detail) == ('coordonnées modifiées', 'territoire, presentation')
    form['presentation'] = 'x' * 501
    refusee = form.submit(status=422)
    assert '500 au plus' in refusee and 'x' * 501 in refusee


def test_ce_qu_un_agent_ecrit_ne_fait_pas_une_page(agent, monde):
    with models.ecriture():
        Agent.update(presentation='<script>zz</script>', territoire='"><b>zz').execute()
    page = agent.get(PAGE).text
    assert '<script>zz' not in page and '<b>zz' not in page


def test_une_liste_longue_a_des_pages_dont_les_adresses_sont_toutes_a_copier(agent, monde):
    with models.ecriture():
        for n in range(60):
            Agent.create(courriel=f'n{n}@ddat.example', prenom='Lou', nom=f'Nombre{n:02}', direction=1, cree_le='2026')
    page = agent.get(f'{PAGE}?structure=1&page=2')
    assert len(noms(page)) == 12 and page.html.select_one('#adresses').text.count('@') == 62
    assert 'structure=1' in page.html.select_one('.pagination a[rel=prev]')['href']


@pytest.mark.parametrize('requete, code', [
    ('page=2', 404), ('page=x', 400), ('theme=x', 400), ('fiche=0', 400), ('direction=9999999999999999999', 400)])
def test_une_adresse_fausse_se_dit(agent, requete, code):
    assert 'Revenez à' in agent.get(f'{PAGE}?{requete}', status=code).text


def test_un_annuaire_vide_le_dit(agent):
    assert 'Personne ne répond à cette recherche' in agent.get(PAGE, {'q': 'introuvable'})
