"""A second factor of all from a date, accounts that nobody uses any more (regles.md §1)."""
import pytest
from conftest import (
    changer_ligne, chemin, corps_de, courriels, creer_ligne, en_ecriture, faits, fautes, fixer_tous, poster,
    relire_agent, se_connecter, texte)
from test_second_facteur import activer

import models
from verbes import comptes
from verbes.administration import conservation, inactifs

REGLAGES, ACTIVATION = '/espace/admin/reglages', '/espace/compte/second-facteur/activer'
LE = '2026-12-10'


def exiger(le=LE):
    fixer_tous(second_facteur_exige='tous_les_comptes', second_facteur_le=le)


def test_la_date_laisse_quatorze_jours_pour_prevenir_chacun_une_fois_et_se_lit_en_tete(inscrits, entrer):
    navigateur = entrer(inscrits.admin)
    for le in ('', '2026-11-24', '2026-12-07'):
        reponse = poster(navigateur, REGLAGES, {
            'second_facteur_exige': 'tous_les_comptes', 'second_facteur_le': le}, status=422)
        assert 'au plus tôt' in fautes(reponse)[0] and courriels() == [], le
    poster(navigateur, REGLAGES, {'second_facteur_exige': 'tous_les_comptes', 'second_facteur_le': '2026-12-08'})
    sans = [inscrits.admin, inscrits.chef, inscrits.referent, inscrits.associe, inscrits.autre]
    assert courriels() == [('second_facteur_annonce', agent.courriel) for agent in sans]
    changer_ligne(inscrits.admin, second_facteur='A' * 32)
    poster(navigateur, REGLAGES, {'horaires': 'le jeudi'})
    assert len(courriels()) == len(sans)
    exiger()
    page = entrer(inscrits.chef).get('/espace', status=200)
    assert 'À partir du 10 décembre' in texte(page) and page.html.select_one(f'a[href="{ACTIVATION}"]')
    navigateur = entrer(inscrits.referent)
    navigateur.set_cookie('session', en_ecriture(comptes.ouvrir_session, inscrits.chef, 'sso'))
    assert 'À partir du' not in texte(navigateur.get('/espace'))


def test_le_jour_dit_personne_n_est_a_la_porte_ni_un_lecteur_et_le_departement_repond_des_siens(
        inscrits, site, heure, lecteur, entrer, naviguer):
    """Without one: led to the activation, then where one was going; nothing else is refused."""
    exiger()
    heure('2026-12-10T07:00:00Z')
    assert chemin(se_connecter(site, inscrits.chef.courriel)) == '/espace'
    assert chemin(site.get('/espace', status=303)).endswith(ACTIVATION)
    assert 'Un second facteur vous est demandé' in site.get(ACTIVATION, status=200).text
    activer(site)
    site.get('/espace', status=200)
    assert chemin(entrer(lecteur).get('/espace/pilotage', status=303)).endswith(ACTIVATION)
    cookie = en_ecriture(comptes.ouvrir_session, inscrits.chef, 'sso')
    navigateur = naviguer()
    navigateur.set_cookie('session', cookie)
    navigateur.get('/espace', status=200)


def test_une_semaine_avant_qui_n_en_a_pas_est_prevenu_une_fois(inscrits, heure):
    exiger()
    for instant, combien in (('2026-12-02T08:00:00Z', 0), ('2026-12-03T08:00:00Z', 5), ('2026-12-04T08:00:00Z', 5),
                             ('2026-12-10T08:00:00Z', 5)):
        heure(instant)
        en_ecriture(comptes.rappeler_le_second_facteur)
        assert [m for m, _ in courriels()].count('second_facteur_annonce') == combien, instant


@pytest.fixture
def oublie(monde):
    """An account that holds nothing, opened long ago, signed in for the last time on 10 October 2025."""
    agent = creer_ligne(models.Agent, prenom='Oscar', nom='Oublie', courriel='oscar@hgi.example',
                        mot_de_passe='scrypt$', direction=monde.chef.direction, cree_le='2025-01-01T09:00:00Z',
                        ouvert_le='2025-01-02T09:00:00Z')
    creer_ligne(models.Audit, fait_le='2025-10-10T09:00:00Z', fait='connexion', agent=agent, objet=f'agent:{agent.id}')
    return agent


def jour(instant, heure):
    heure(instant)
    en_ecriture(inactifs.passer)
    return [m for m, _ in courriels()].count('compte_inutilise')


def test_treize_mois_sans_servir_deux_courriels_puis_le_compte_se_ferme(oublie, heure):
    for instant, combien in (('2026-11-10T08:00:00Z', 0), ('2026-11-11T08:00:00Z', 1), ('2026-11-25T08:00:00Z', 1),
                             ('2026-11-26T08:00:00Z', 2), ('2026-12-10T08:00:00Z', 2)):
        assert jour(instant, heure) == combien and relire_agent(oublie).actif, instant
    assert 'se ferme le vendredi 11 décembre 2026' in corps_de('compte_inutilise').replace('\xa0', ' ')
    assert jour('2026-12-11T08:00:00Z', heure) == 2 and not relire_agent(oublie).actif
    assert ('compte fermé', 'oscar@hgi.example', 'sans connexion depuis 13 mois') in faits()


def test_une_connexion_entre_les_deux_courriels_garde_le_compte(oublie, heure):
    jour('2026-11-11T08:00:00Z', heure)
    with models.ecriture():
        comptes.connecter(models.Agent.get_by_id(oublie.id))
    for instant in ('2026-11-26T08:00:00Z', '2026-12-11T08:00:00Z', '2027-06-01T08:00:00Z'):
        assert jour(instant, heure) == 1
    assert relire_agent(oublie).actif


@pytest.mark.parametrize('tient', ['demande', 'fiche', 'pilote', 'delegation', 'administrateur'])
def test_un_compte_qui_tient_quelque_chose_ne_se_ferme_pas_et_se_dit_a_regler(
        oublie, monde, creer, entrer, heure, tient):
    if tient == 'demande':
        creer_ligne(models.Membre, demande=creer('en_cours'), agent=oublie, role='associe', rang=3,
                    direction=oublie.direction_id, structure=monde.chef.direction.structure_id,
                    depuis_le='2026-01-01T09:00:00Z')
    elif tient == 'fiche':
        creer_ligne(models.Pilotage, fiche=monde.fiche, agent=oublie, rang=7)
    elif tient == 'delegation':
        creer_ligne(models.Delegation, pour=monde.chef, par=oublie)
    else:
        changer_ligne(monde.admin, administrateur=tient == 'pilote')
        changer_ligne(oublie, **{tient: True})
    for instant in ('2026-11-20T08:00:00Z', '2026-12-06T08:00:00Z', '2026-12-22T08:00:00Z'):
        assert jour(instant, heure) == 0
    assert relire_agent(oublie).actif
    with models.lecture():
        assert [a.id for a in inactifs.a_regler()] == [oublie.id]
    if tient != 'administrateur':
        page = entrer(monde.admin).get('/espace/admin')
        assert page.html.select_one(f'a[href="/espace/admin/comptes/{oublie.id}/depart"]')
        entrer(monde.admin).get(f'/espace/admin/comptes/{oublie.id}/depart', status=200)


def test_la_derniere_connexion_d_un_compte_reste_a_l_audit_treize_mois(oublie, heure):
    """Kept twelve months, the audit would say unused who came eleven days less than thirteen months ago."""
    heure('2026-11-05T08:00:00Z')
    for le, fait in (('2025-10-09T09:00:00Z', 'connexion'), ('2025-10-20T09:00:00Z', 'export')):
        creer_ligne(models.Audit, fait_le=le, fait=fait, agent=oublie)
    for instant, reste in (('2026-11-05T08:00:00Z', [('connexion', '2025-10-10')]), ('2026-11-11T08:00:00Z', [])):
        heure(instant)
        conservation.purger_au_terme(lambda: True)
        with models.lecture():
            assert [(a.fait, a.fait_le[:10]) for a in models.Audit.select().where(
                models.Audit.agent == oublie)] == reste, instant
