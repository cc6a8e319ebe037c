"""The figures: each counts what its list counts, for who may read it (regles.md §7, §11)."""
import functools
import itertools
import pathlib
import random

import pytest
from conftest import CONTACT, agir, changer_demande, changer_ligne, copier, numeros, texte

import models
from verbes import journal
from verbes.pilotage import chiffres, tableaux
from verbes.demande import actes, cycle, liste

ANNEE = {'depuis': '2026-01-01', 'jusqua': '2026-12-31'}
PASSEE = {'depuis': '2025-01-01', 'jusqua': '2025-12-31'}


def deposee(demande, jour, **autres):
    """As if it had been deposited that day."""
    changer_demande(demande, depose_le=f'{jour}T09:00:00Z', **autres)
    return demande


@pytest.fixture
def variees(base, base_modele, modele, monde, creer, heure):
    """A demande at each statut, some restricted, over two years, some late."""
    faites = modele('variees', functools.partial(en_faire_de_variees, monde, creer), base_modele)
    models.debrancher()
    copier(faites, pathlib.Path(base))
    models.brancher(base)
    heure('2026-12-09T09:00:00Z')
    with models.lecture():
        return list(models.Demande.select().order_by(models.Demande.numero))


def en_faire_de_variees(monde, creer):
    hasard = random.Random(13)
    etats = ('attribue_chef', 'receptionne_chef', 'attribue_expert', 'en_cours', 'termine', 'rejete', 'rejete_clos',
             'abandonne', 'attribue_admin')
    for n, etat in enumerate(itertools.islice(itertools.cycle(etats), 36)):
        fiches = (monde.fiche, monde.urgente, monde.contentieux)
        options = {'fiche': hasard.choice(fiches)} if etat != 'attribue_admin' else {}
        collectivite = hasard.choice((monde.rieumes, monde.epci))
        demande = creer(etat, message=f'Numéro {n}', collectivite=collectivite, restreinte=n % 4 == 0,
                        courriel=f'mairie{n}@rieumes.example', **options)
        annee = hasard.choice((2025, 2026))
        deposee(demande, f'{annee}-{hasard.randint(1, 11):02}-{hasard.randint(1, 24):02}')


def etat_du_temps(agent):
    with models.lecture():
        return {nom: n for nom, (n, _) in chiffres.compter(agent, ANNEE, chiffres.TEMPS).items() if n}


def test_jointe_appelee_jamais_appelee_a_venir_close_une_ligne_sans_date_d_acte_est_du_jour_ou_elle_est_ecrite(
        monde, creer, heure):
    demande = creer('attribue_expert')
    heure('2026-12-03T23:30:00Z')                                   # in Paris, the day of the échéance
    assert demande.echeance == '2026-12-04'
    with models.ecriture():
        for nature in ('appel', 'proposition'):
            journal.ajouter_au_journal(demande, monde.referent, nature, 'Écrit sans date.')
    assert etat_du_temps(monde.admin) == {'appelee': 1}
    with models.lecture():
        assert chiffres.compter(monde.admin, ANNEE, chiffres.CONTACTS)['proposees'] == (1, 0)
        assert chiffres.lire(monde.admin, ANNEE, chiffres.CONTACTS).demandes.valeurs('proposition') == ['2026-12-04']
    heure('2026-11-24T09:00:00Z')
    jointe, appelee, jamais, close = (creer('attribue_chef', message=m) for m in 'abcd')
    with models.ecriture():
        actes.noter_contact(jointe, monde.chef, jointe.version, CONTACT)
        actes.noter_contact(appelee, monde.chef, appelee.version, CONTACT | {'resultat': 'message'})
        cycle.changer_statut(close, 'abandonner', monde.chef, close.version, {'motif': 'Fini.', 'texte_final': 'Fini.'})
    assert etat_du_temps(monde.admin) == {'jointe': 1, 'appelee': 2, 'a_venir': 1, 'close': 1}
    heure('2026-12-20T09:00:00Z')
    assert etat_du_temps(monde.admin) == {'jointe': 1, 'appelee': 2, 'aucun': 1, 'close': 1}
    agir(actes.noter_contact, jamais, monde.chef, CONTACT | {'contact_le': '2026-12-19'})
    assert etat_du_temps(monde.admin) == {'jointe': 1, 'appelee': 2, 'aucun': 1, 'close': 1}


def test_une_restreinte_ne_se_compte_que_sur_des_annees_finies_un_delai_tu_n_est_trouve_par_soustraction(monde, creer):
    deposee(creer('en_cours', restreinte=True), '2025-06-10')
    deposee(creer('en_cours', message='b'), '2025-07-10')
    with models.lecture():
        for de_plus, attendu in (
                ({}, (2, 1)), ({'structure': '2'}, (2, 1)), ({'perimetre': 'avant'}, (2, 1)),
                ({'direction': '2'}, (1, 0)), ({'theme': '2'}, (1, 0)), ({'type': 'Commune'}, (1, 0)),
                ({'epci': '1'}, (1, 0)), ({'origine': 'plateforme'}, (1, 0)), ({'jusqua': '2025-12-30'}, (1, 0)),
                ({'depuis': '2025-01-02'}, (1, 0)), ({'jusqua': '2026-12-31'}, (1, 0))):
            assert chiffres.compter(monde.autre, PASSEE | de_plus, chiffres.RECUES)['recues'] == attendu, de_plus
            assert chiffres.compter(monde.admin, PASSEE | de_plus, chiffres.RECUES)['recues'] == (2, 1), de_plus
        assert chiffres.compter(monde.chef, PASSEE | {'theme': '2'}, chiffres.RECUES)['recues'] == (2, 1)   # theirs
        for chiffre in chiffres.OUVERTES[1:]:
            assert chiffres.compter(monde.autre, PASSEE, [chiffre])[chiffre.nom][1] == 0
    creer('en_cours', fiche=monde.urgente)                          # 3 days, HGI alone
    for autre in (2, 3):                                            # 10 days, one of HGI, one of the CAUE
        demande = creer('en_cours', message=f'n° {autre}', courriel=f'm{autre}@rieumes.example')
        with models.ecriture():
            models.Membre.delete().where(
                models.Membre.demande == demande.numero, models.Membre.structure == autre).execute()
    with models.lecture():
        vue = tableaux.regarder(monde.autre, ANNEE, tableaux.d_avant(*ANNEE.values()))
        for nom in ('temps', 'mois'):
            dites = {case.dit for r in tableaux.dresser(vue)[nom].rangs for case in r.cases[:2]}
            assert tableaux.NON_MONTRE in dites, nom
        temps = tableaux.dresser(vue)['temps']
        assert all(case.dit == tableaux.NON_MONTRE for r in temps.rangs for case in r.cases[:2])
        assert not any(case.dit == tableaux.NON_MONTRE for r in temps.rangs for case in r.cases[2:3])


def test_la_liste_ne_dit_pas_non_plus_les_delais_d_une_autre_structure_un_lecteur_n_en_a_pas(monde, creer, entrer):
    creer('en_cours', fiche=monde.urgente)
    for filtre in ('temps=jointe', 'confirme=sans', 'contact=oui', 'proposition=oui'):
        for ou in ('', '&structure=2', '&fiche=1', '&q=rieumes'):
            page = entrer(monde.autre).get(f'/espace/demandes?{filtre}{ou}', status=403)
            assert 'ses agents et aux administrateurs' in texte(page), filtre
            for qui in (monde.chef, monde.admin):
                entrer(qui).get(f'/espace/demandes?{filtre}{ou}')
    assert numeros(entrer(monde.chef).get('/espace/demandes?temps=jointe')) == [1]
    changer_ligne(monde.chef, lecteur_au='2027-01-01')
    with models.lecture():
        elu = models.lire_agents('WHERE agent.id = ?', monde.chef.id)[0]
        assert liste.lecteur(elu).structures == () and chiffres.delais_dits(elu, ANNEE)


def test_ni_taux_sous_dix_demandes_ou_trois_referents_et_une_periode_a_celle_d_avant(heure):
    assert chiffres.taux(9, 9, 9) == chiffres.taux(10, 10, 2) == chiffres.taux(0, 0, 0) == ''
    assert chiffres.taux(10, 10, 3) == '100\u00a0%' and chiffres.taux(0, 10, 3) == '0\u00a0%'
    assert [chiffres.taux(n, 1000, 3) for n in (0, 1, 4, 5, 6, 10)] == [
        '0\u00a0%', '<\u00a01\u00a0%', '<\u00a01\u00a0%', '<\u00a01\u00a0%', '1\u00a0%', '1\u00a0%']
    assert [chiffres.taux(n, 1000, 3) for n in (990, 994, 995, 999, 1000)] == [
        '99\u00a0%', '99\u00a0%', '>\u00a099\u00a0%', '>\u00a099\u00a0%', '100\u00a0%']
    for code, du, au, avant_du, avant_au in (('', '2025-12-01', '2026-11-30', '2024-12-01', '2025-11-24'),
                                             ('2026', '2026-01-01', '2026-12-31', '2025-01-01', '2025-11-24'),
                                             ('2025', '2025-01-01', '2025-12-31', '2024-01-01', '2024-12-31'),
                                             ('2026-T3', '2026-07-01', '2026-09-30', '2026-04-01', '2026-06-30'),
                                             ('2026-02', '2026-02-01', '2026-02-28', '2026-01-01', '2026-01-31'),
                                             ('2024-02', '2024-02-01', '2024-02-29', '2024-01-01', '2024-01-31')):
        assert tableaux.periode(code)[:2] == (du, au) and tableaux.d_avant(du, au)[:2] == (avant_du, avant_au), code
    assert tableaux.periode('libre', '2026-03-05', '2026-03-07')[:2] == ('2026-03-05', '2026-03-07')
    assert tableaux.d_avant('2026-03-05', '2026-03-07')[:2] == ('2026-03-02', '2026-03-04')
    for code, du, au in (('libre', '', ''), ('libre', '2026-03-07', '2026-03-05'), ('2026-13', '', ''),
                         ('hier', '', ''), ('2026-T5', '', ''), ('libre', '2026-02-30', '2026-03-01')):
        assert tableaux.periode(code, du, au) is None, code
