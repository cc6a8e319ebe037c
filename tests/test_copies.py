"""A rule has one copy, in models.py, on plain values. What SQL says of it again agrees, over every case."""
import contextlib
import itertools

import pytest
from conftest import DEPART, numeros

import models
from verbes import questions, regles
from verbes.exploitation import exploitation
from verbes.questions import demandes_lisibles

JOURS = ('2026-11-20', '2026-11-21', '2026-11-22', '2026-11-23', '2026-11-24', '2026-11-25', None)
CONTROLE = 'quelqu\'un doit agir sur chaque demande ouverte'


@pytest.fixture
def chaque_cas(creer, base):
    """chaque_cas(statut, clos_le, origine, [(role, Agent)]): the one demande of the base, so."""
    demande = creer('attribue_chef')

    def poser(statut, clos_le, origine, places):
        with models.ecriture():
            models.db.execute_sql('UPDATE demande SET statut = ?, clos_le = ?, origine = ?',
                                  (statut, clos_le, origine))
            models.Membre.delete().execute()
            for role, agent in places:
                models.Membre.create(demande=demande, role=role, agent=agent, direction=agent.direction_id,
                                     structure=agent.direction.structure_id, depuis_le=DEPART)
        with models.lecture():
            return models.Demande.get_by_id(demande.numero)
    return poser


@pytest.mark.parametrize('statut', regles.STATUTS)
@pytest.mark.parametrize('origine', ['plateforme', 'direct'])
def test_le_controle_trouve_les_memes_demandes_sans_personne(monde, base, chaque_cas, statut, origine):
    """exploitation.CONTROLES, in SQL, against questions.qui_agit: a chef and a référent, present or gone."""
    with models.ecriture():
        models.Agent.update(administrateur=False).execute()
    chefs, referents = (None, monde.chef, monde.parti), (None, monde.referent, monde.parti)
    for clos_le, chef, referent in itertools.product((None, DEPART), chefs, referents):
        places = [(role, qui) for role, qui in (('chef_de_file', chef), ('referent', referent)) if qui]
        demande = chaque_cas(statut, clos_le, origine, [*places, ('associe', monde.associe)])
        with models.lecture():
            personne = not questions.qui_doit_agir(demande)
        with contextlib.closing(models.connexion_brute(base)) as brute:
            dit = exploitation.CONTROLES[CONTROLE](brute)
        assert bool(dit) == (personne and clos_le is None), (clos_le, places)


def test_qui_agit_est_ce_que_dit_la_regle():
    """Against a table written by hand: (statut, who is in the team) → who must act, and do they stand in."""
    equipe = {'chef_de_file': ['chef'], 'referent': ['expert']}
    assert questions.qui_agit('attribue_admin', None, equipe, ['admin']) == (['admin'], [])
    assert questions.qui_agit('rejete', None, equipe, ['admin']) == (['admin'], [])
    assert questions.qui_agit('rejete', DEPART, equipe, ['admin']) == ([], [])
    assert questions.qui_agit('receptionne_chef', None, equipe, ['admin']) == (['chef'], [])
    assert questions.qui_agit('receptionne_chef', None, {'referent': ['expert']}, ['admin']) == ([], ['admin'])
    assert questions.qui_agit('en_cours', None, equipe, ['admin']) == (['expert'], [])
    assert questions.qui_agit('en_cours', None, {'chef_de_file': ['chef']}, ['admin']) == ([], ['chef'])
    assert questions.qui_agit('en_cours', None, {}, ['admin']) == ([], ['admin'])
    assert questions.qui_agit('termine', DEPART, equipe, ['admin']) == ([], [])


@pytest.mark.parametrize('contact_le, clos_le', list(itertools.product((None, '2026-11-23'), (None, DEPART))))
def test_le_filtre_des_retards_est_la_regle(monde, creer, entrer, contact_le, clos_le):
    cas = {creer('receptionne_expert', message=f'{jour}').numero: jour for jour in JOURS}
    with models.ecriture():
        for numero, jour in cas.items():
            models.db.execute_sql(
                'UPDATE demande SET echeance = ?, premier_contact_le = ?, clos_le = ? WHERE numero = ?',
                (jour, contact_le, clos_le, numero))
    attendus = {n for n, jour in cas.items() if questions.en_retard(jour, contact_le, clos_le, '2026-11-24')}
    assert set(numeros(entrer(monde.admin).get('/espace/demandes?retard=oui'))) == attendus
    assert bool(attendus) == (contact_le is None and clos_le is None)
    page = entrer(monde.admin).get('/espace')
    titre = page.html.find('h2', id='ailleurs')
    vus = {int(n.text) for n in titre.find_parent('section').select('.numero')} if titre else set()
    assert vus == {n for n in attendus if questions.a_dire_aux_administrateurs(cas[n], '2026-11-24', ())}


def test_les_deux_ecritures_du_droit_de_lire_sont_une(monde, creer, entrer):
    creer('en_cours', restreinte=True, associe=True), creer('en_cours', message='b')
    for role in ('admin', 'chef', 'cochef', 'referent', 'associe', 'autre'):
        with models.lecture():
            agent = models.Agent.get_by_id(getattr(monde, role).id)
            lisible = questions.lisibles_par(agent)
            texte = models.db.execute_sql(f'SELECT numero FROM demande WHERE {lisible.sql}', lisible.params)
            constructeur = demandes_lisibles(agent, models.Demande.numero).tuples()
            assert {n for n, in texte} == {n for n, in constructeur}, role
