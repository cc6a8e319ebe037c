"""A restricted demande is not to be had by subtraction (regles.md §7), nor a rate that §11 forbids: not a byte differs
between the sown base and one where those that a reader does not read are of another commune, fiche, direction, month,
delay, and where those of this year are not at all."""
import itertools
import os
import random
import re
import sqlite3
from urllib.parse import urlencode

import pytest
from conftest import copier, en_ecriture, lire_csv
from recompte import Raw, jour_de, plus, tus
from semis import JOUR, MAINTENANT
from test_preuves import (
    FILTRES, LECTEURS, PAGE, au_hasard, lire_agent, pour_un_elu, seme, semis)  # noqa: F401 – fixtures

import test_acces

import models
from models import Refus
from verbes import comptes
from verbes.demande import liste
from views import app

ANNEE_EN_COURS = JOUR[:4]
TOUT = f'{PAGE}?chapitre=tout'


def autre_monde(chemin, agent_id):
    """Change all that this reader may not know of the restricted demandes of a base."""
    raw = Raw(chemin, JOUR)
    lecteur = raw.lecteur(agent_id)
    cachees = [d for d in raw.demande if not raw.lit(lecteur, d)]
    base = sqlite3.connect(chemin)
    base.create_function('jour_de', 1, jour_de, deterministic=True)
    noms = base.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'journal'")
    for nom, in noms.fetchall():
        base.execute(f'DROP TRIGGER {nom}')
    for d in cachees:
        if d['jour'][:4] == ANNEE_EN_COURS:
            for table in ('membre', 'journal', 'evaluation'):
                base.execute(f'DELETE FROM {table} WHERE demande_id = ?', (d['numero'],))
            base.execute('DELETE FROM demande WHERE numero = ?', (d['numero'],))
        else:
            _travestir(base, raw, d)
    base.commit()
    base.close()
    return {d['numero'] for d in cachees}


def _travestir(base, raw, d):
    """Another commune, fiche, direction of the same structure, another day of the same year."""
    decalage = 200 if d['jour'][5:7] < '06' else -140
    jour = plus(d['jour'], decalage)
    assert jour[:4] == d['jour'][:4]
    c = raw.communes[4 if d['collectivite_id'] != 4 else 8]
    fiche, theme, delai = (4, 2, 10) if d['fiche_id'] != 4 else (1, 1, 3)
    promesse = 'urgente' if delai == 3 else 'complexe'
    promise = d['origine'] == 'plateforme' and d['delai']
    base.execute(
        'UPDATE demande SET depose_le = ?, collectivite_id = ?, collectivite = ?, type = ?, fiche_id = ?, '
        'theme_id = ?, promesse = ?, delai = ?, echeance = ?, premier_contact_le = ?, lieu = ? WHERE numero = ?',
        (f'{jour}T10:00:00Z', c['id'], c['nom'], c['type'], fiche, theme,
         promesse if promise else d['promesse'], delai if promise else d['delai'],
         plus(jour, delai) if d['echeance'] else None, plus(jour, 1), 'Ailleurs', d['numero']))
    base.execute("UPDATE journal SET cree_le = ?, acte_le = ? WHERE demande_id = ? AND nature <> 'statut'",
                 (f'{jour}T11:00:00Z', jour, d['numero']))
    for ici, la in ((1, 5), (5, 1), (2, 6), (6, 2)):                # of the same structure
        base.execute('UPDATE membre SET direction_id = ? WHERE demande_id = ? AND direction_id = ? AND id % 2 = ?',
                     (la, d['numero'], ici, ici in (5, 6)))


PROPRES = re.compile(r'name="(jeton|cle)" value="[^"]*"|<strong>[0-9a-f]{8}</strong>')     # the last: of an error
TABLES = ('mois', 'temps', 'confirme', 'delais', 'structures_delais', 'ouvertes', 'statuts', 'issues', 'ampleurs',
          'rejets', 'origines', 'theme', 'fiche', 'structure', 'direction', 'type', 'epci', 'canton', 'a_part', 'avis',
          'annees', 'annees_structures', 'theme_epci', 'ensemble')
# The map and « sans demande », and what they are asked besides.
LIEUX = [f'{PAGE}/{ou}?{ceux}' for ceux in ('', 'periode=2025', 'periode=2026&theme=2', 'periode=2024&type=Commune')
         for ou in ('carte', 'carte.csv', 'territoires', 'territoires.csv')]
PAIRES = [{a: une, b: autre} for a, b in itertools.combinations(FILTRES, 2)
          for une in FILTRES[a] for autre in FILTRES[b]]
ANNEE = os.environ.get('SOUSTRACTION') == 'toutes'                  # as « make annee » does: minutes, not seconds


def paires(qui):
    for filtres in PAIRES if ANNEE else random.Random(f'paires {qui}').sample(PAIRES, 6):
        ceux = urlencode({'comptees': 'oui', 'depuis': '2025-01-01', 'jusqua': '2025-12-31'} | filtres)
        yield f'{TOUT}&{urlencode({"periode": "2025"} | filtres)}'
        yield f'/espace/demandes?{ceux}'


def adresses(qui):
    toutes = ['/espace', '/espace/demandes', '/espace/demandes?restreinte=oui', PAGE, f'{TOUT}&periode=2025',
              f'{TOUT}&periode=2025&structure=2', f'{TOUT}&periode=2024&structure=4', '/espace/demandes?q=message',
              '/espace/demandes?q=Ailleurs', '/espace/demandes?q=Contentieux', '/espace/demandes?collectivite=4',
              '/espace/demandes.csv', '/espace/demandes.csv?restreinte=oui']
    for rang, (filtres, du, au) in enumerate(pour_un_elu(qui, 40) if qui == 'elu' else au_hasard(f'mondes {qui}', 10)):
        toutes.append(f'{TOUT}&{urlencode({"periode": "libre", "du": du, "au": au} | filtres)}')
        ceux = urlencode({'comptees': 'oui', 'depuis': du, 'jusqua': au} | filtres)
        tri = ('numero', '-echeance', 'collectivite', 'type', '-statut')[rang % 5]
        toutes += [f'/espace/demandes?{ceux}&tri={tri}', f'/espace/demandes.csv?{ceux}&tri={tri}']
    toutes += [f'{TOUT}&{urlencode({"periode": "2025", nom: valeur})}'
               for nom, valeurs in FILTRES.items() for valeur in valeurs[:4]]
    for ceux in ('periode=2025', 'periode=2026'):
        toutes += [f'{PAGE}/rapport?{ceux}', *(f'{PAGE}/{nom}.csv?{ceux}' for nom in TABLES)]
    toutes += [f'{PAGE}/rapport?edition=comite&periode={annee}' for annee in (2025, 2026)]
    toutes += [*LIEUX, f'{PAGE}/carte.csv?vue=epci', f'{PAGE}/carte.csv?vue=epci&periode=2025']
    toutes += [f'/espace/demandes?page={n}&tri=echeance' for n in (2, 3, 4, 5)]
    toutes += [f'/espace/collectivites/{id_}' for id_ in (1, 2, 4, 6, 8, 10, 11)]
    return dict.fromkeys([*toutes, *paires(qui), *pages()])


def pages():
    """Every page for agents, of two things each; but one's own, that changes each time, and those of a demande."""
    regles = [r.rule for r in app.routes if r.method == 'GET' and re.match('/espace(?!/compte)', r.rule)]
    autres = [regle for regle in regles if not re.search('<(numero|piece|reste)', regle)]
    assert len(autres) > 80
    return [test_acces.adresse(regle, id=id_) for regle in autres for id_ in (1, 4)]


def lire(naviguer, chemin, agent_id, ou):
    """{address: (status, what is read)} of a base, for a reader."""
    models.debrancher()
    models.brancher(chemin)
    models._branche['ancre'].execute('PRAGMA synchronous = OFF')
    agent = lire_agent(agent_id)
    cookie = en_ecriture(comptes.ouvrir_session, agent)
    navigateur = naviguer()
    navigateur.set_cookie('session', cookie)
    lues = {}
    for adresse in ou:
        reponse = navigateur.get(adresse, status='*')
        lues[adresse] = reponse.status_int, PROPRES.sub('', reponse.body.decode('utf-8', 'replace'))
    return lues


def copies(semis, dossier):  # noqa: F811
    return [copier(semis, dossier / f'{nom}.db') for nom in ('vrai', 'autre')]


@pytest.fixture
def mondes(semis, base, heure, tmp_path):  # noqa: F811
    """mondes(agent id) → (path of the sown base, path of its other world, the demandes that differ)."""
    heure(MAINTENANT)

    def faire(agent_id):
        chemins = copies(semis, tmp_path)
        return *chemins, autre_monde(chemins[1], agent_id)
    return faire


@pytest.mark.parametrize('qui', ['autre', 'chef', 'pilote', 'elu'])
def test_rien_de_ce_qu_un_lecteur_voit_ne_distingue_deux_mondes_aux_restreintes_differentes(mondes, naviguer, qui):
    vrai, autre, cachees = mondes(LECTEURS[qui])
    assert len(cachees) > 30
    ou = adresses(qui) | {f'/espace/demandes/{n}': None for n in range(7, 320, 16) if n not in cachees}
    lues, encore = (lire(naviguer, chemin, LECTEURS[qui], ou) for chemin in (vrai, autre))
    assert {statut for statut, _ in lues.values()} <= {200, 303, 403, 404}
    assert sum(statut == 200 for statut, _ in lues.values()) > 80
    for adresse in ou:
        assert lues[adresse][0] == encore[adresse][0] and lues[adresse][1] == encore[adresse][1], adresse
    # the two worlds do differ, for who reads all
    lues, encore = (lire(naviguer, chemin, LECTEURS['admin'], list(ou)[:20]) for chemin in (vrai, autre))
    assert sum(lues[adresse] != encore[adresse] for adresse in lues) > 12


def changer_une(chemin, numero, quoi):
    base = sqlite3.connect(chemin)
    base.row_factory = sqlite3.Row
    base.create_function('jour_de', 1, jour_de, deterministic=True)
    d = base.execute('SELECT * FROM demande WHERE numero = ?', (numero,)).fetchone()
    jour = jour_de(d['depose_le'])
    autre = plus(jour, 9 if jour[8:] < '15' else -9)
    assert autre[:7] == jour[:7]
    fiche = base.execute('SELECT id FROM fiche WHERE theme_id = ? AND id <> ?',
                         (d['theme_id'], d['fiche_id'])).fetchone()
    tard = d['premier_contact_le'] is None or d['premier_contact_le'] <= d['echeance']
    neuf = {'jour': {'depose_le': f'{autre}T10:00:00Z'}, 'fiche': {'fiche_id': fiche[0]},
            'retard': {'premier_contact_le': plus(d['echeance'], 5 if tard else -1)}}[quoi]
    base.execute(f"UPDATE demande SET {', '.join(f'{nom} = ?' for nom in neuf)} WHERE numero = ?",
                 (*neuf.values(), numero))
    base.commit()
    base.close()


# What may differ, address by address: of the whole alone, what was kept of the promise and how long it took.
PROMESSE = r'(mois|temps|delais|annees|confirme|ouvertes)\.csv\?[^&]*$'
ENTIER = r'rapport\?(edition=comite&)?periode=[^&]*$|\?(chapitre=(essentiel|tout)&)?periode=[^&]*$'
DIFFERENT = dict.fromkeys(('jour', 'retard'), rf'{PAGE}(/{PROMESSE}|/?({ENTIER}))') | {'fiche': '(?!)'}


def d_un_elu(c):
    """The addresses of a « lecteur »: of the whole, of the EPCI and the canton of a commune; filters drawn."""
    lieux = ['', f'&epci={c["epci_id"]}', '&' + urlencode({'canton': c['canton']})]
    toutes = [f'{PAGE}?chapitre={nom}&periode={quand}{lieu}' for nom in ('essentiel', 'tout')
              for quand in ('2025', '2025-T2') for lieu in lieux]
    toutes += [f'{PAGE}/{nom}.csv?periode=2025{lieu}' for nom in TABLES for lieu in lieux[:2]]
    toutes += [f'{PAGE}/rapport?periode=2025{lieu}' for lieu in lieux]
    toutes += LIEUX
    toutes += [f'{PAGE}?chapitre=tout&periode=libre&du={du}&au={au}&{urlencode(filtres)}'
               for filtres, du, au in pour_un_elu('une demande', 12) if filtres]
    return dict.fromkeys([*toutes, f'/espace/collectivites/{c["id"]}', f'/espace/collectivites/{c["id"]}.csv',
                          f'/espace/collectivites/{c["epci_id"]}'])


@pytest.mark.parametrize('quoi', DIFFERENT)
def test_un_elu_ne_sait_ni_le_jour_ni_la_fiche_ni_le_retard_de_la_demande_d_une_commune(
        semis, heure, naviguer, base, tmp_path, quoi):  # noqa: F811
    heure(MAINTENANT)
    raw = Raw(semis, JOUR)
    une = next(d for d in raw.demande if d['comptee'] and not d['restreinte'] and d['jour'][:4] == '2025' and d['clos']
               and d['echeance'] and d['premier_contact_le'] and d['collectivite_id'] in (8, 13)
               and d['jour'][5:7] not in ('01', '12') and d['echeance'][:7] == d['jour'][:7])
    chemins = copies(semis, tmp_path)
    changer_une(chemins[1], une['numero'], quoi)
    ou = d_un_elu(raw.communes[une['collectivite_id']])
    lues, encore = (lire(naviguer, chemin, LECTEURS['elu'], ou) for chemin in chemins)
    assert {statut for statut, _ in lues.values()} <= {200, 404} and sum(s == 200 for s, _ in lues.values()) > 50
    differentes = {adresse for adresse in ou if lues[adresse] != encore[adresse]}
    assert {adresse for adresse in differentes if not re.match(DIFFERENT[quoi], adresse)} == set()
    assert differentes or quoi != 'retard'


DELAIS = [('temps', 'jointe'), ('temps', 'aucun'), ('confirme', 'oui'), ('confirme', 'sans'), ('contact', 'oui'),
          ('contact', 'attendu'), ('proposition', 'oui')]


@pytest.mark.parametrize('qui', ['autre', 'cochef', 'elu'])
def test_la_liste_ne_compte_les_delais_ni_d_une_autre_structure_ni_d_une_personne(seme, qui):  # noqa: F811
    hasard, agent, lecteur = random.Random(qui), lire_agent(LECTEURS[qui]), seme.lecteur(LECTEURS[qui])
    refusees = dites = 0
    with models.lecture():
        for filtres, du, au in au_hasard(f'délais {qui}', 150):
            nom, valeur = hasard.choice(DELAIS)
            ceux = filtres | {'comptees': 'oui', 'depuis': du, 'jusqua': au, nom: valeur}
            vise = hasard.choice((None, None, 2, 3, 5))
            ceux |= {'agent': str(vise)} if vise else {}
            siennes = [d for d in seme.demande if d['comptee'] and du <= d['jour'] <= au and seme.repond(d, filtres)
                       and seme.lit(lecteur, d)]
            siennes = [d for d in siennes if not vise or vise in {m['agent_id'] for m in d['places']}]
            a_taire = (vise and vise not in lecteur.siens) or tus(seme, lecteur, filtres, siennes)
            try:
                liste.compter(agent, ceux)
                dites += 1
                assert not a_taire, ceux
            except Refus:
                refusees += 1
                assert a_taire, ceux
        for nom in liste.EN_CLAIR:                                  # of a person, nothing that measures them
            valeur = {'temps': 'jointe', 'confirme': 'sans'}.get(nom, 'oui')
            with pytest.raises(Refus):
                liste.compter(agent, {'agent': '3', nom: valeur})
            if qui == 'cochef':
                liste.compter(agent, {'agent': str(agent.id), nom: valeur})
    assert refusees > 20 and dites > 20


def test_le_csv_ne_dit_des_autres_structures_ni_echeance_ni_contact_ni_cloture_ni_la_page_rien_d_un_agent(
        seme, entrer):  # noqa: F811
    for qui in ('autre', 'cochef'):
        lecteur, navigateur = seme.lecteur(LECTEURS[qui]), entrer(lire_agent(LECTEURS[qui]))
        demandes, dites = {d['numero']: d for d in seme.demande}, {True: [], False: []}
        for filtres in ({}, {'tri': '-echeance'}, {'ouvertes': 'oui'}, {'structure': '2'}, {'retard': 'oui'}):
            for ligne in lire_csv(navigateur.get('/espace/demandes.csv', filtres)):
                d = demandes[int(ligne['Numéro'])]
                sienne = d['structures'] & lecteur.structures or {m['agent_id'] for m in d['places']} & lecteur.siens
                dites[bool(sienne)] += [ligne['Échéance'] + ligne['Date du premier contact'] + ligne['Date de clôture']]
        assert len(dites[False]) > 100 and set(dites[False]) == {''} and len(list(filter(None, dites[True]))) > 20
    navigateur = entrer(lire_agent(LECTEURS['admin']))

    def dits(suite=''):
        return [un.decode() for un in navigateur.get(f'{TOUT}&periode=2025{suite}').html.select('.chiffres, .tableau')]
    seule = dits()
    for requete in ('agent=3', 'agent=3&retard=oui', 'referent=3', 'miennes=oui', 'q=Temoin', 'collectivite=2',
                    'statut=en_cours', 'temps=jointe'):
        assert len(seule) > 12 and dits(f'&{requete}') == seule, requete
