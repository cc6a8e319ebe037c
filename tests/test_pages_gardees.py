"""Les pages publiques gardées : les mêmes pour tous, ce qu'une mémoire vide donnerait, et bornées (views « _servir »).
"""
import itertools
import random
import re

import pytest
from conftest import fixer, texte
from test_acces import adresse
from test_marques import JAMAIS_DEUX_FOIS, remplie  # noqa: F401

import models
import views
from verbes import notes

# Of each parameter that a kept page reads, a value that changes it.
VALEURS = {'theme': '1', 'delai': '3', 'structure': '2', 'tri': 'alphabetique', 'page': '2', 'annee': '2026',
           'fiche': '1', 'q': 'palombe'}
REQUETES = ('', '?utm_source=x', '?theme=1&utm_source=x&delai=3', '?fait=enregistre', '?structure=3&structure=2',
            *(f'?{nom}={valeur}' for nom, valeur in VALEURS.items()))
UNIQUES = re.compile(JAMAIS_DEUX_FOIS)


@pytest.fixture(autouse=True)
def memoire_vide():
    models._gardees.clear()


@pytest.fixture
def gens(site, entrer, monde, lecteur):
    """Who reads a public page: (who, their browser)."""
    return {'inconnu': site, 'agent': entrer(monde.chef), 'administrateur': entrer(monde.admin),
            'lecteur': entrer(lecteur)}


def gardees():
    return {cle: valeur for cle, (_, valeur) in models._gardees.items() if str(cle[0]).startswith('page')}


def oublier():
    for cle in gardees():
        del models._gardees[cle]


def voir(navigateur, ou):
    lue = navigateur.get(ou, status='*')
    return lue.status_int, lue.location, lue.headers.get('Cache-Control'), UNIQUES.sub('', lue.text)


def adresses(site):
    """(every public page, is it kept): where it leads (« /fiches/1 » to its whole address)."""
    for route in views.app.routes:
        if (route.method, route.config['qui']) == ('GET', 'public'):
            ou = adresse(route.rule, fin='')
            lue = site.get(ou, status='*')
            ou = lue.location.removeprefix('http://localhost:80') if lue.status_int == 303 else ou
            if lue.content_type == 'text/html':
                yield ou, 'gardee' in route.config


def test_chaque_parametre_lu_par_une_page_gardee_est_essaye_ici():
    assert set().union(*(r.config['gardee'] for r in views.app.routes if 'gardee' in r.config)) == set(VALEURS)


@pytest.mark.parametrize('etat', ['ouverte', 'avant l\'ouverture', 'période électorale'])
def test_chaque_page_publique_gardee_est_ce_qu_une_memoire_vide_donne_a_chacun(remplie, gens, etat):  # noqa: F811
    """Kept for the one, or the other, it is what each would get, to the byte."""
    with models.ecriture():
        if etat == 'avant l\'ouverture':
            fixer('ouvert_le', '2026-12-24')
        elif etat == 'période électorale':
            fixer('electorale_du', '2026-11-01'), fixer('electorale_au', '2027-03-21')
    hasard, lues = random.Random(33), 0
    for ou, est_gardee in adresses(gens['inconnu']):
        vues = list(itertools.product(gens, REQUETES if est_gardee else REQUETES[:2]))
        neuves = {}
        for qui, requete in vues:
            oublier()
            neuves[qui, requete] = voir(gens[qui], ou + requete)
        oublier()
        for qui, requete in hasard.sample(vues * 2, 2 * len(vues)):  # whoever, and whatever, it was kept for
            assert voir(gens[qui], ou + requete) == neuves[qui, requete], (qui, ou + requete)
        lues += len(gardees())
    assert lues > 35                                                # most of them were kept


def test_une_page_gardee_ne_nomme_personne_de_ceux_qui_l_ont_lue(remplie, gens, monde):  # noqa: F811
    with models.ecriture():
        fixer('ouvert_le', '2026-12-24')
    for qui in ('agent', 'administrateur', 'lecteur'):
        for ou, _ in adresses(gens['inconnu']):
            gens[qui].get(ou, status='*')
    kept = [octets.decode() for octets, _ in gardees().values()]
    assert len(kept) > 20
    for agent in (monde.chef, monde.admin):
        assert not any(mot in page for page in kept for mot in (agent.nom_complet, agent.courriel))


@pytest.mark.parametrize('qui', ['inconnu', 'agent', 'lecteur'])
@pytest.mark.parametrize('ou', ['/', '/catalogue', '/fiches/1-conseil-juridique', '/demande', '/demande?fiche=1',
                                '/catalogue?theme=1&delai=3', '/?utm_source=lettre', '/actualites?annee=2026'])
def test_une_page_publique_n_est_rendue_qu_une_fois_pour_tous(remplie, gens, monkeypatch, qui, ou):  # noqa: F811
    gens['administrateur'].get(ou)
    monkeypatch.setattr(views, 'rendre', None)                      # it would fail
    assert gens[qui].get(ou).status_int == 200
    gens[qui].get(ou + ('&' if '?' in ou else '?') + 'utm_campaign=x')


def test_une_page_gardee_n_est_montree_par_retour_qu_a_qui_n_a_pas_de_compte(gens):
    for ou in ('/', '/?utm_source=x', '/catalogue?theme=1'):
        for _ in range(2):
            assert gens['inconnu'].get(ou).headers['Cache-Control'] == 'private, no-cache'
            assert gens['agent'].get(ou).headers['Cache-Control'] == 'no-store'
            assert gens['inconnu'].get('/demande').headers['Cache-Control'] == 'no-store'
            assert gens['inconnu'].get('/demande?fiche=99', status=404).headers['Cache-Control'] == 'no-store'


def test_une_page_gardee_note_la_derniere_activite_de_la_session(gens, entrer, monde):
    gens['inconnu'].get('/')
    navigateur = entrer(monde.referent)
    notes._vues.clear()
    navigateur.get('/')
    assert list(notes._vues) == [navigateur.cookies['session'].strip('"')]


def test_chaque_formulaire_a_sa_cle_et_son_heure_bien_que_la_page_soit_gardee(site, monde, heure):
    def uniques():
        page = site.get('/demande?fiche=1').text
        return tuple(re.search(f'name="{nom}" value="([^"]+)"', page)[1] for nom in ('cle', 'ouvert'))
    lues = {uniques()[0] for _ in range(50)}
    assert len(lues) == 50 and all(re.fullmatch('[A-Za-z0-9_-]{22}', cle) for cle in lues)
    avant = uniques()[1]
    heure('2026-11-24T09:05:00Z')                                   # the same day: the page is kept
    assert uniques()[1] != avant
    assert int(uniques()[1].split('.')[0]) - int(avant.split('.')[0]) == 300
    assert '<!--' not in site.get('/demande').text


def test_le_formulaire_garde_change_de_jour(site, monde, heure):
    def promis():
        return re.search('au plus tard le ([^.]+)', texte(site.get('/demande')))[1]
    avant = promis()
    heure('2026-11-25T09:00:00Z')
    assert promis() != avant


def test_les_mots_d_une_recherche_ne_sont_ni_gardes_ni_montres_a_un_autre(site, monde):
    assert 'palombe' in site.get('/demande?q=palombe').text and not gardees()
    assert 'palombe' not in site.get('/demande').text
    site.get('/recherche?q=palombe')
    assert not any('palombe' in octets.decode() for octets, _ in gardees().values())


class Dessin:
    """What stands for a template: drawing 5,000 pages is what would take time."""

    @staticmethod
    def render(*_, **__):
        return 'x' * 50_000


def test_cinq_mille_requetes_ne_remplissent_pas_la_memoire_et_ne_chassent_aucune_page(site, monde, monkeypatch):
    utiles = ('/', '/catalogue', '/fiches/1-conseil-juridique', '/demande', '/contact')
    for ou in utiles:
        site.get(ou)
    debuts = ('/catalogue?theme={}', '/catalogue?page={}', '/actualites?annee={}', '/demande?fiche=1&q={}',
              '/demande?fiche={}', '/agenda?annee={}', '/recherche?q=mot{}', '/?utm_source={}', '/contact?page={}',
              '/ressources?theme={}' + 'y' * 2000)
    with monkeypatch.context() as m:
        m.setattr(views.rendu, 'get_template', lambda nom: Dessin)
        for n in range(5_000):
            site.get(debuts[n % len(debuts)].format(n), status='*')
    assert sum(cle[0] == 'page filtrée' for cle in gardees()) == views.FILTREES_MAX
    assert len(models._gardees) <= models.GARDEES_MAX
    assert sum(len(octets) for octets, _ in gardees().values()) < 4_000_000
    monkeypatch.setattr(views, 'rendre', None)                      # what was of use is still there
    for ou in utiles:
        site.get(ou)


def test_les_recherches_d_un_agent_ne_chassent_aucune_page(site, monde, entrer, monkeypatch):
    utiles, agent = ('/', '/catalogue', '/demande', '/guide'), entrer(monde.chef)
    for ou in utiles:
        site.get(ou)
    for n in range(models.GARDEES_MAX):
        agent.get(f'/espace/demandes?q=zz{n}&type=Commune', status='*')
        agent.get(f'/espace/pilotage?du=2020-{n % 12 + 1:02}-01&au={2021 + n % 50}-01-01&periode=libre', status='*')
    monkeypatch.setattr(views, 'rendre', None)
    for ou in utiles:
        site.get(ou)


@pytest.mark.parametrize('ou', ['/', '/guide', '/demande', '/espace'])
def test_head_dit_les_entetes_de_get(site, monde, ou):
    for _ in range(2):                                              # made, then kept
        entetes = [dict(site.request(ou, method=methode, status='*').headers) for methode in ('HEAD', 'GET')]
        assert entetes[0] == entetes[1] | {'Content-Length': entetes[0]['Content-Length']}
