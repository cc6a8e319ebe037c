"""« Ma journée » over every (origine × statut × role × delai): who is asked what, judged by a table written by hand."""
import pytest
from conftest import CHEMINS, DEPART

import models

# Without any delay: the sections in which each one reads a demande that comes to them, by its state.
ATTENDUES = {
    'attribue_admin':     {'admin': {'receptionner'}},
    'receptionne_admin':  {'admin': {'orienter'}},
    'attribue_chef':      {'chef': {'receptionner', 'rappeler'}, 'cochef': {'receptionner', 'rappeler'}},
    'receptionne_chef':   {'chef': {'rappeler'}, 'cochef': {'rappeler'}},
    'attribue_expert':    {'referent': {'receptionner', 'rappeler'}},
    'receptionne_expert': {'referent': {'rappeler'}},
    'en_cours':           {},
    'rejete':             {'admin': {'orienter'}},
    'termine':            {},
    'abandonne':          {},
    'rejete_clos':        {},
}
DELEGUES = {'delegue du chef': 'chef', 'suppleant du referent': 'referent'}
ORIGINES_ET_DELAIS = [(origine, delai) for origine in ('plateforme', 'direct') for delai in (3, 10, None)]


def sections_de(page):
    """{section: numbers} of « Ma journée »."""
    sections = [s for s in page.html.select('main section') if s.select('ul.travaux')]
    return {s.h2['id']: [int(n.text) for n in s.select('ul.travaux .numero')] for s in sections}


def jours_apres(n):
    return models.plus_jours(DEPART[:10], n) + DEPART[10:]


@pytest.fixture
def relais(monde):
    """{role: Agent}: those of the small world, one who acts for the chef de file, one for the référent who is away."""
    with models.ecriture():
        models.Delegation.create(pour=monde.chef, par=monde.autre)
        models.Absence.create(agent=monde.referent, du='2026-11-01', au='2027-12-31', suppleant=monde.associe)
    roles = {role: getattr(monde, role) for role in ('admin', 'chef', 'cochef', 'referent')}
    return roles | {'delegue du chef': monde.autre, 'suppleant du referent': monde.associe}


@pytest.fixture
def toutes(creer):
    """toutes(origine, delai): {state: number} of one demande in each state, of this origin and delay."""
    def construire(origine, delai):
        numeros = {etat: creer(etat, message=etat).numero for etat in CHEMINS}
        with models.ecriture():
            models.db.execute_sql('UPDATE demande SET origine = ?, delai = ?', (origine, delai))
            if delai is None:
                models.db.execute_sql('UPDATE demande SET echeance = NULL')
        return numeros
    return construire


@pytest.mark.parametrize('origine, delai', ORIGINES_ET_DELAIS)
def test_la_journee_demande_a_chacun_ce_qui_lui_revient(relais, toutes, entrer, origine, delai):
    numeros = toutes(origine, delai)
    for role, agent in relais.items():
        recues = sections_de(entrer(agent).get('/espace'))
        for etat, numero in numeros.items():
            attendues = ATTENDUES[etat].get(DELEGUES.get(role, role), set())
            assert {section for section, vus in recues.items() if numero in vus} == attendues, (role, etat)


@pytest.mark.parametrize('origine, delai', ORIGINES_ET_DELAIS)
@pytest.mark.parametrize('de_la_fiche', [3, 10, None])
def test_un_journal_silencieux_se_dit_apres_30_jours_pour_une_urgence_et_90_sinon(
        relais, toutes, entrer, heure, origine, delai, de_la_fiche):
    numero = toutes(origine, delai)['en_cours']
    fiche = {3: 1, 10: 2, None: None}[de_la_fiche]
    with models.ecriture():
        models.db.execute_sql('UPDATE demande SET fiche_id = ? WHERE numero = ?', (fiche, numero))
    urgente = delai == 3 or (delai is None and de_la_fiche == 3)    # a cas 2 has no clock: its fiche says
    for jours, silencieuse in ((29, False), (30, urgente), (89, urgente), (90, True)):
        heure(jours_apres(jours))
        for role in ('referent', 'suppleant du referent'):
            recues = sections_de(entrer(relais[role]).get('/espace'))
            assert (numero in recues.get('sans-ligne', [])) == silencieuse, (role, jours)
        for role in ('admin', 'chef', 'cochef', 'delegue du chef'):
            assert 'sans-ligne' not in sections_de(entrer(relais[role]).get('/espace')), (role, jours)
