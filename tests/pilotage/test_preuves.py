"""Every figure, recomputed by plain loops over raw rows (recompte.py), equals the page and the list it opens."""
import pathlib
import random
import re
from urllib.parse import urlencode

import pytest
from conftest import changer_demande, copier
from recompte import Attendu, Compte, Raw, fin_du_mois
from semis import DELEGUE, ELU, JOUR, MAINTENANT, ROUTES, semer

import models
from verbes.pilotage import evaluation, tableaux
from verbes.demande import liste

PAGE = '/espace/pilotage'
# Who reads: the ids of the small world (conftest.peupler) and of those sown.
LECTEURS = {'admin': 1, 'chef': 2, 'cochef': 4, 'autre': 6, 'delegataire': DELEGUE, 'pilote': ROUTES, 'elu': ELU}


@pytest.fixture(scope='session')
def semis(modele, base_modele):
    return modele('semis', semer, base_modele)


@pytest.fixture
def seme(semis, base, heure):
    """The sown base, plugged in the place of the one of the test; what a plain loop reads of it."""
    heure(MAINTENANT)
    models.debrancher()
    models.brancher(copier(semis, pathlib.Path(base)))
    models._branche['ancre'].execute('PRAGMA synchronous = OFF')
    return Raw(base, JOUR)


def lire_agent(id_):
    with models.lecture():
        return models.lire_agents('WHERE agent.id = ?', id_)[0]


FILTRES = {'structure': '1234', 'direction': '123456', 'theme': ('1', '2', '3', 'aucune'),
           'fiche': ('1', '2', '3', '4', '5', '6', 'aucune'),
           'type': ('Commune', 'Communauté de communes', 'Syndicat', 'Autre établissement public', 'PETR'),
           'epci': ('1', '6', '7', '1,6', '6,18', '18', 'aucune'),
           'arrondissement': ('Muret', 'Saint-Gaudens', 'Toulouse'),
           'canton': ('Bagnères', 'Cazères', 'Auterive', 'plusieurs cantons', 'aucune'), 'petr': ('Comminges',),
           'secteur': ('Sud', 'Centre'), 'origine': ('plateforme', 'direct'), 'perimetre': ('avant',)}


def une_periode(hasard):
    annee, mois = hasard.choice((2024, 2025, 2025, 2026)), hasard.randint(1, 12)
    libre = sorted(f'{hasard.choice((2024, 2025, 2026))}-{hasard.randint(1, 12):02}-{hasard.randint(1, 28):02}'
                   for _ in 'ab')
    premier = f'{annee}-{3 * ((mois - 1) // 3) + 1:02}-01'
    return hasard.choice(((f'{annee}-01-01', f'{annee}-12-31'), (f'{annee}-01-01', f'{annee}-12-31'), tuple(libre),
                          (premier, fin_du_mois(premier[:5] + f'{int(premier[5:7]) + 2:02}-01')),
                          (f'{annee}-{mois:02}-01', fin_du_mois(f'{annee}-{mois:02}-01')),
                          ('2024-01-01', '2025-12-31'), ('2025-01-01', '2026-12-31')))


def au_hasard(graine, combien):
    """(filters, first day, last day), as many as wanted: now and then no filter at all, or a structure."""
    hasard = random.Random(graine)
    for _ in range(combien):
        noms = hasard.sample(sorted(FILTRES), hasard.choice((0, 1, 1, 1, 2, 2, 3)))
        yield {nom: hasard.choice(FILTRES[nom]) for nom in FILTRES if nom in noms}, *une_periode(hasard)


def pour_un_elu(graine, combien):
    """The same, of what a « lecteur » may ask: whole months, one EPCI or one canton."""
    hasard = random.Random(graine)
    for _ in range(combien):
        annee, mois, duree = hasard.choice((2024, 2025, 2025, 2026)), hasard.randint(1, 12), hasard.choice((1, 3, 12))
        mois -= (mois - 1) % duree
        nom = hasard.choice(('', 'epci', 'canton'))
        valeur = nom and hasard.choice([v for v in FILTRES[nom] if ',' not in v])
        yield ({nom: valeur} if nom else {}, f'{annee}-{mois:02}-01', fin_du_mois(f'{annee}-{mois + duree - 1:02}-01'))


def montrees(vue):
    """{(table, row): its cells} of the tables of a Vue."""
    lues = {}
    for t in tableaux.dresser(vue).values():
        for r in (*t.rangs, *[t.pied] * bool(t.rangs and t.pied)):
            cases = list(r.cases)
            if 'Part' not in t.colonnes and t.nom in SANS_PART:    # left out when none may be said
                cases.insert(SANS_PART[t.nom], tableaux.Case(None, ''))
            lues[t.nom, r.libelle] = cases
    return lues


SANS_PART = {'temps': 3, 'annees': 4, **dict.fromkeys(
    ('issues', 'ampleurs', 'origines', 'theme', 'fiche', 'structure', 'direction', 'type', 'epci', 'canton'), 1)}


def comparer(agent, case, voulue, ou):
    """A cell shown against the one wanted, and against the list behind it."""
    if isinstance(voulue, Compte):
        assert case.nombre == len(voulue.toutes) and case.dont == len(voulue.toutes) - len(voulue.lues), ou
        assert case.reprises == len(voulue.reprises), ou
        if case.criteres is not None:
            lues = {numero for numero, in liste.lister(agent, case.criteres, '', 'demande.numero')}
            assert lues == voulue.lues, ou
    else:
        assert (case.dit or ('' if case.nombre is None else case.nombre)) == voulue, ou


@pytest.mark.parametrize('qui', LECTEURS)
def test_chaque_chiffre_recompte_sur_les_lignes_brutes_est_celui_du_tableau_et_de_sa_liste(seme, qui):
    agent, lecteur = lire_agent(LECTEURS[qui]), seme.lecteur(LECTEURS[qui])
    vues = 0
    with models.lecture():
        assert agent.administre == lecteur.admin
        for filtres, du, au in (pour_un_elu(qui, 16) if qui == 'elu' else au_hasard(qui, 6)):
            attendu = Attendu(seme, lecteur, filtres, du, au)
            voulus = attendu.tableaux() | {
                ('structures_delais', rang): cases for rang, cases in attendu.delais_par_structure().items()}
            vue = tableaux.regarder(agent, filtres | {'depuis': du, 'jusqua': au}, tableaux.d_avant(du, au))
            lues = {rang: cases for rang, cases in montrees(vue).items() if rang[0] != 'a_part'}
            assert lues.keys() == voulus.keys(), (filtres, du, au)
            for rang, cases in voulus.items():
                for case, voulue in zip(lues[rang], cases, strict=True):
                    comparer(agent, case, voulue, (filtres, du, au, rang))
                    vues += 1
    assert vues > 1000


def adresse(filtres, du, au):
    return f'{PAGE}?{urlencode({"chapitre": "tout", "periode": "libre", "du": du, "au": au} | filtres)}'


def nombre(mots):
    return int(re.sub(r'\D', '', mots))


def lire_case(td):
    """(its words, how many of them are not read, the address behind it or None) of a cell of the page."""
    lien, mots, dont = td.a, td.get_text(), 0
    for petit in td.select('small'):
        mots = mots.replace(petit.get_text(), '')
        dont = nombre(petit.get_text()) if 'restreinte' in petit.get_text() else dont
    return mots.strip(), dont, lien and lien['href']


def lire_page(page):
    """{(table, row): cells} of the page."""
    lues = {}
    for section in page.html.select('main section[aria-labelledby^=t-]'):
        nom = section['aria-labelledby'].removeprefix('t-')
        titres = [th.get_text() for th in section.select('thead th')]
        for tr in section.select('tbody tr, tfoot tr'):
            cases = [lire_case(td) for td in tr.select('td:not(.dessin)')]
            if nom in SANS_PART and 'Part' not in titres:
                cases.insert(SANS_PART[nom], ('', 0, None))
            lues[nom, tr.th.get_text()] = cases
    return lues


def comparer_la_page(page, attendu, ou):
    """Its tables against those wanted: [(address of a list, how many demandes it has)]."""
    lues, liens = lire_page(page), []
    for rang, cases in attendu.tableaux().items():
        for (mots, dont, lien), voulue in zip(lues[rang], cases, strict=True):
            if isinstance(voulue, Compte):
                assert (nombre(mots), dont) == (len(voulue.toutes), len(voulue.toutes) - len(voulue.lues)), (ou, rang)
                liens += [(lien, len(voulue.lues))] * bool(lien)
            elif isinstance(voulue, int):
                assert nombre(mots) == voulue, (ou, rang)
            else:
                assert mots == voulue.replace('\u202f', ' '), (ou, rang)
    return liens


VIDES = re.compile(r'\b(nan|inf|infinity|none|undefined|null|traceback)\b|&lt;built|\d\.\d{6}', re.I)


def test_une_periode_vide_un_filtre_sans_rien_ne_disent_aucun_mot_de_machine(seme, entrer):
    for requete in (
    'periode=2019', 'periode=2026-T1&structure=4', 'epci=18', 'type=PETR&periode=2025', 'periode=2100', 'fiche=99',
            'periode=libre&du=2025-03-30&au=2025-03-30', 'periode=libre&du=2022-01-01&au=2028-12-31', 'structure=99'):
        permise = re.fullmatch('periode=[^=]*|epci=.*|.*2022-01-01.*', requete)     # to a « lecteur »
        for qui in ('admin', 'autre', *['elu'] * bool(permise)):
            navigateur = entrer(lire_agent(LECTEURS[qui]))
            for ou in ('?chapitre=tout&', '/rapport?')[:1 + (qui == 'admin')]:
                corps = navigateur.get(f'{PAGE}{ou}{requete}').html.select_one('main').decode()
                assert not VIDES.search(corps.replace('fill="none"', '')), (ou, requete)
            for nom in ('mois', 'temps', 'delais', 'structure', 'avis') if qui == 'admin' else ():
                csv = navigateur.get(f'{PAGE}/{nom}.csv?{requete}').body.decode('utf-8-sig')
                assert csv.count('\r\n') >= 1 and not VIDES.search(csv), (nom, csv)


def de_2026(agent):
    return tableaux.regarder(agent, {'depuis': '2026-01-01', 'jusqua': '2026-12-31'},
                             tableaux.d_avant('2026-01-01', '2026-12-31'))


def deposer(creer, combien, structures, tenants=(), etat='en_cours', **colonnes):
    """Demandes of these structures alone, that these référents hold in turn: their numbers."""
    numeros = []
    for n in range(combien):
        demande = creer(etat, message=f'{structures} {n}', courriel=f'm{n}{structures[0]}@rieumes.example')
        siens = models.Membre.demande == demande.numero
        with models.ecriture():
            models.Membre.delete().where(siens, models.Membre.structure.not_in(structures)).execute()
            if tenants:
                models.Membre.update(agent=tenants[n % len(tenants)]).where(
                    siens, models.Membre.role == 'referent').execute()
        changer_demande(demande, **({'version': demande.version} | colonnes))
        numeros.append(demande.numero)
    return numeros


def test_la_mediane_d_une_autre_structure_ne_se_lit_pas_parce_qu_une_demande_n_est_pas_mesuree(monde, creer, heure):
    deposer(creer, 12, [2], (monde.referent, monde.chef, monde.cochef))
    deposer(creer, 1, [3], origine='direct', echeance=None)         # neither called nor promised
    heure('2026-12-15T09:00:00Z')
    with models.lecture():
        vue = de_2026(monde.autre)
        assert not tableaux.dresser(vue)['delais'].rangs
        assert [t.case.dit for t in tableaux.tetes(vue) if 'médian' in t.libelle] == ['non montré']


def test_ce_que_les_mairies_d_une_autre_structure_ont_confirme_avant_ne_se_lit_pas(monde, creer, heure):
    deposer(creer, 3, [2], depose_le='2025-01-03T09:00:00Z')        # the period before: of one structure alone
    deposer(creer, 1, [2])
    deposer(creer, 1, [3])
    with models.lecture():
        rangs = tableaux.dresser(de_2026(monde.autre))['confirme'].rangs
        assert sum(r.cases[0].nombre for r in rangs) == 2
        assert {(r.cases[1].dit, r.cases[2].dit) for r in rangs} == {('non montré', '')}


def donner_un_avis(creer, combien, structures, annee, tenants, aide):
    """Demandes closed in a year, whose mairies answered the same."""
    for numero in deposer(creer, combien, structures, tenants, 'termine', depose_le=f'{annee}-03-03T09:00:00Z'):
        with models.ecriture():
            models.Evaluation.delete().where(models.Evaluation.demande == numero).execute()
            models.Evaluation.create(demande=numero, demandee_le=f'{annee}-04-03T09:00:00Z', aide=aide, permis='agir',
                                     repondu_le=f'{annee}-04-03T09:00:00Z')


def test_l_avis_d_une_mairie_ne_se_lit_ni_entre_deux_periodes_ni_entre_une_structure_et_l_ensemble(monde, creer, heure):
    tenants = (monde.referent, monde.chef, monde.cochef)
    donner_un_avis(creer, 12, [2, 3], '2024', tenants, 'oui')       # HGI and the CAUE
    donner_un_avis(creer, 1, [2, 3], '2025', tenants, 'non')        # alone in its year
    donner_un_avis(creer, 2, [2], '2024', tenants, 'non')           # those of 2024 that the CAUE does not hold: one of
    with models.ecriture():                                         # HGI, one of the CD31
        models.Membre.update(structure=1).where(models.Membre.demande == 14).execute()
    with models.lecture():
        def aides(du, au, **filtres):
            criteres = {'depuis': f'{du}-01-01', 'jusqua': f'{au}-12-31'} | filtres
            return dict(evaluation.resumer(monde.cochef, criteres).aides)
        assert aides('2024', '2024') == {'oui': 12, 'en partie': 0, 'non': 2}
        assert aides('2025', '2025') == aides('2024', '2025') == {}         # 2025 would be what remains
        assert aides('2024', '2024', structure='3') == {}           # what remains: the answers of two mairies
