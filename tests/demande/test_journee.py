"""« Ma journée » over every (origine × statut × role × promesse): who is asked what, by a table written by hand."""
import re

import pytest
from conftest import CHEMINS, DEPART, en_ecriture

import models
import langue

# Without any delay: the act that each one is asked for, when a demande comes to them, by its state.
ATTENDUS = {'attribue_admin': {'admin': 'receptionner'}, 'receptionne_admin': {'admin': 'orienter'},
            'attribue_chef': {'chef': 'receptionner', 'cochef': 'receptionner'},
            'receptionne_chef': {'chef': 'designer', 'cochef': 'designer'},
            'attribue_expert': {'referent': 'receptionner'}, 'receptionne_expert': {'referent': 'contact'},
            'en_cours': {}, 'rejete': {'admin': 'repondre'}, 'termine': {}, 'abandonne': {}, 'rejete_clos': {}}
DELEGUES = {'delegue du chef': 'chef', 'suppleant du referent': 'referent'}
ORIGINES_ET_PROMESSES = [(origine, promesse) for origine in ('plateforme', 'direct')
                         for promesse in ('urgente', 'complexe', None)]


def actes_de(page):
    """{number: action} of what « Ma journée » asks for, each demande once."""
    liens = [li.select_one('.actions a')['href'] for li in page.html.select('li[data-motifs]')]
    lus = [re.fullmatch(r'/espace/demandes/(\d+)\?(?:action=(\w+)&)?suite=journee(?:#.*)?', lien) for lien in liens]
    assert len({lu[1] for lu in lus}) == len(lus)
    return {int(lu[1]): lu[2] or '' for lu in lus}


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
    """toutes(origine, promesse): {state: number} of one demande in each state, or in these."""
    def construire(origine, promesse, etats=CHEMINS):
        numeros = {etat: creer(etat, message=etat).numero for etat in etats}
        with models.ecriture():
            models.db.execute_sql('UPDATE demande SET origine = ?, promesse = ?', (origine, promesse))
            if promesse is None:
                models.db.execute_sql('UPDATE demande SET echeance = NULL')
        return numeros
    return construire


@pytest.mark.parametrize('origine, promesse', ORIGINES_ET_PROMESSES)
def test_la_journee_demande_a_chacun_ce_qui_lui_revient(relais, toutes, entrer, origine, promesse):
    numeros = toutes(origine, promesse)
    for role, agent in relais.items():
        recus = actes_de(entrer(agent).get('/espace'))
        for etat, numero in numeros.items():
            assert recus.get(numero) == ATTENDUS[etat].get(DELEGUES.get(role, role)), (role, etat)


@pytest.mark.parametrize('origine, promesse', ORIGINES_ET_PROMESSES)
@pytest.mark.parametrize('de_la_fiche', ['urgente', 'complexe', None])
def test_un_journal_silencieux_se_dit_a_30_ou_90_jours(relais, toutes, entrer, heure, origine, promesse, de_la_fiche):
    numero = toutes(origine, promesse, ['en_cours'])['en_cours']
    fiche = {'urgente': 1, 'complexe': 2, None: None}[de_la_fiche]
    en_ecriture(models.db.execute_sql, 'UPDATE demande SET fiche_id = ? WHERE numero = ?', (fiche, numero))
    urgente = (promesse or de_la_fiche) == 'urgente'                # a cas 2 has no clock: its fiche says
    for jours, silencieuse in ((29, False), (30, urgente), (89, urgente), (90, True)):
        heure(langue.plus_jours(DEPART[:10], jours) + DEPART[10:])
        for role in ('referent', 'suppleant du referent'):
            recus = actes_de(entrer(relais[role]).get('/espace'))
            assert recus.get(numero) == ('journal' if silencieuse else None), (role, jours)
        for role in ('admin', 'chef', 'cochef', 'delegue du chef'):
            assert numero not in actes_de(entrer(relais[role]).get('/espace')), (role, jours)
