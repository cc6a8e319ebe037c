"""« Ma journée » is kept by agent: it is never older than the base, whoever writes and whatever, nor of another agent,
another day or another hour (views/demande/journee.py)."""
import contextlib
import random
import shutil
import sqlite3

import annee
import pytest
from test_annee import sans_trace  # noqa: F401 – a fixture
from test_marques import tables_lues

import models
from verbes.demande import cote, listes
from views.demande import journee, taches


def oublier():
    models._gardees.clear()
    taches._tache_gardee.cache_clear()


def comptes():
    with models.lecture():
        return [id_ for id_, in models.db.execute_sql('SELECT id FROM agent WHERE actif AND lecteur_au IS NULL')]


def dessinees(agents):
    with models.lecture():
        return {id_: (premiere, corps.octets) for id_ in agents for premiere, corps in [journee._dessiner(id_, 0)]}


def comparer(quoi, agents):
    """What is kept is what an empty memory gives, for every account."""
    gardees = dessinees(agents)
    oublier()
    neuves = dessinees(agents)
    fausses = [id_ for id_ in agents if gardees[id_] != neuves[id_]]
    assert not fausses, (quoi, fausses)
    return neuves


@pytest.fixture
def montree(demonstration, tmp_path, heure):
    """The path of a copy of the demonstration, plugged."""
    chemin = str(tmp_path / 'montree.db')
    shutil.copyfile(demonstration, chemin)
    models.brancher(chemin)
    oublier()
    yield chemin
    models.debrancher()


# ======================================================================================
# After each act, for every account
# ======================================================================================

def test_apres_chaque_acte_la_journee_gardee_de_chacun_est_celle_d_une_memoire_vide(tmp_path, sans_trace):  # noqa: F811
    """Two days of the simulated year: deposits, mails that fail, answers, absences, the acts of agents at random."""
    une = annee.preparer(str(tmp_path), 5, jours=30, demandes=200, agents=16, stock=20)
    agents, faits = comptes(), {}
    relire = une.nuits.relire_les_courriels

    def apres(quoi):
        relire(quoi)
        dites = comparer(quoi, agents)
        faits[quoi] = faits.get(quoi, 0) + (dites != une.dites)     # it has changed a day
        une.dites = dites
    une.dites, une.nuits.relire_les_courriels = comparer('rien', agents), apres
    for _ in range(2):
        annee.vivre(une, en_panne=False)
    assert une.nuits.fautes == []
    assert sum(map(bool, faits.values())) > 5 and faits['dépôt'] > 3 and faits['contact'], faits


def _colonnes_lues(agents):
    """{table: the columns} that the days of the agents read."""
    oublier()
    with models.lecture():
        models.db.execute_sql('SELECT 1')
    lues = {}
    with tables_lues(models.db.connection(), lambda table, colonne: lues.setdefault(table, set()).add(colonne)):
        dessinees(agents)
    return {table: sorted(colonnes - {'', 'id', 'numero'}) for table, colonnes in lues.items()
            if colonnes - {'', 'id', 'numero'} and not table.startswith(('sqlite_', 'json_', 'marque'))}


def _changer(autre, hasard, table, colonne):
    """Half the rows take the value of one of them; or one in eight goes."""
    with contextlib.suppress(sqlite3.IntegrityError):
        if hasard.random() < 0.15:
            autre.execute(f'DELETE FROM {table} WHERE random() % 8 = 0')
        else:
            autre.execute(f'UPDATE OR IGNORE {table} SET {colonne} = (SELECT {colonne} FROM {table} ORDER BY random()) '
                          'WHERE random() % 2')


@pytest.mark.parametrize('graine', (1, 2))
def test_quoi_qu_un_autre_processus_change_de_ce_qu_elle_lit_la_journee_gardee_est_juste(montree, graine):
    hasard, agents = random.Random(graine), comptes()
    _remplir(agents)
    lues = _colonnes_lues(agents)
    assert {'demande', 'journal', 'membre', 'courriel', 'jalon', 'reunion', 'cote', 'liste_gardee', 'amelioration',
            'absence', 'delegation', 'agent', 'campagne', 'contenu_structure'} <= lues.keys()
    changees, avant = 0, dessinees(agents)
    with contextlib.closing(sqlite3.connect(montree, isolation_level=None, timeout=10)) as autre:
        autre.execute('PRAGMA foreign_keys = 1')
        autre.create_function('random', 0, lambda: hasard.getrandbits(62))      # the seed says it all
        for table in hasard.sample(sorted(lues), len(lues)):
            colonnes = hasard.sample(lues[table], hasard.randint(1, len(lues[table])))
            for colonne in colonnes:
                _changer(autre, hasard, table, colonne)
            apres = comparer((table, colonnes), agents)
            changees += apres != avant
            avant = apres
    assert changees > 8


def _remplir(agents):
    """A row at least of each table that the demonstration leaves empty."""
    with models.ecriture():
        db = models.db
        numeros = [n for n, in db.execute_sql('SELECT numero FROM demande WHERE clos_le IS NULL')]
        for rang, id_ in enumerate(agents):
            agent, numero = models.Agent.get_by_id(id_), numeros[rang % len(numeros)]
            listes.garder(agent, f'Liste {id_}', 'statut=en_cours')
            models.Amelioration.create(agent=agent, texte=f'Idée {id_}', propose_le='2026-11-24T08:00:00Z')
            models.Cote.create(agent=agent, demande=numero, jusqu_au='2026-12-10', raison='Plus tard',
                               mis_le='2026-11-24T08:00:00Z')
            models.Jalon.create(demande=numero, rang=9, quoi='Une étape', pour_le='2026-11-20', agent=agent)
            models.Reunion.create(demande=numero, agent=agent, jour='2026-11-26', debut_a='09:00', fin_a='10:00',
                                  cree_le='2026-11-24T08:00:00Z', modifie_le='2026-11-24T08:00:00Z')
        db.execute_sql("UPDATE courriel SET echec_le = '2026-11-24T08:00:00Z' WHERE pour = 'demandeur' AND id % 9 = 0")
        db.execute_sql("INSERT INTO delegation (pour_id, par_id, du) VALUES (?, ?, '2026-11-01')", agents[:2])
        models.Campagne.create(annee=2026, ouverte_le='2026-11-01T08:00:00Z', ferme_le='2026-11-20')


# ======================================================================================
# What keeps it, and what does not
# ======================================================================================

def _lectures(agent_id):
    """How many statements a day takes now: one, the marks, when it is kept."""
    with models.lecture():
        faites, executer = [], models.db.execute_sql
        with pytest.MonkeyPatch.context() as remplacement:
            remplacement.setattr(models.db, 'execute_sql', lambda sql, *v: faites.append(sql) or executer(sql, *v))
            journee._dessiner(agent_id, 0)
    return len(faites)


ECRIT = 'INSERT INTO courriel (identifiant, pour, destinataire, modele, objet, corps, cree_le, a_partir_de, echec_le) '
GESTES = {
    'un courriel part': (0, "UPDATE courriel SET envoye_le = '2026-11-24T08:00:00Z' WHERE echec_le IS NULL"),
    'un courriel est écrit': (0, f"{ECRIT} VALUES ('x', 'agent', 'a@b.fr', 'relance', '', '', '2026', '2026', NULL)"),
    'un courriel échoue': (1, f"{ECRIT} VALUES ('x', 'demandeur', 'a@b.fr', 'avis', '', '', '2026', '2026', '2026')"),
    'une session s’ouvre': (0, "UPDATE session SET vu_le = '2026-11-24T08:30:00Z'"),
    'une demande change': (1, "UPDATE demande SET lieu = lieu || '.' WHERE numero = (SELECT min(numero) FROM demande)"),
    'une ligne s’écrit': (1, "INSERT INTO journal (demande_id, cree_le, nature, auteur) "
                             "SELECT min(numero), '2026-11-24T08:00:00Z', 'note', 'X' FROM demande"),
}


@pytest.mark.parametrize('geste', GESTES)
def test_ce_qui_ne_la_concerne_pas_laisse_la_journee_gardee(montree, geste):
    (agent_id, *_), (refaite, sql) = comptes(), GESTES[geste]
    assert _lectures(agent_id) > 3 and _lectures(agent_id) == 0
    with contextlib.closing(sqlite3.connect(montree, isolation_level=None, timeout=10)) as autre:
        autre.execute(sql)
    assert (_lectures(agent_id) > 0) == bool(refaite) and _lectures(agent_id) == 0


def test_une_journee_ne_depend_pas_de_l_heure_et_change_a_minuit(montree, heure):
    """Whatever hour it is drawn at, so that what was kept in the morning is true in the evening."""
    agents, dites = comptes(), []
    for instant in ('2026-11-24T00:10:00+01:00', '2026-11-24T12:00:00+01:00', '2026-11-24T23:50:00+01:00'):
        heure(instant)
        oublier()
        dites.append(dessinees(agents))
    assert dites[0] == dites[1] == dites[2] == dessinees(agents)
    heure('2026-11-25T00:10:00+01:00')
    demain = dessinees(agents)
    assert all('datetime="2026-11-25"' in corps.decode() for _, corps in demain.values())
    assert demain == comparer('minuit', agents)


def test_au_plus_cent_journees_sont_gardees_et_pesent_au_plus_huit_millions_d_octets(montree):
    agents = comptes()
    dessinees(agents)
    with models.lecture():
        for n in range(1, 130):
            journee._dessiner(agents[0], n)
    dessinees(agents)
    gardees = [valeur[1][1].octets for cle, valeur in models._gardees.items()
               if cle[0] is journee._dessiner.__wrapped__]
    assert len(gardees) == 100 and sum(map(len, gardees)) < 8_000_000


def test_chacun_ne_recoit_que_la_sienne_et_ce_qui_est_de_la_visite_n_est_pas_garde(site, entrer, monde, creer):
    """The menu, the announcement of « ?fait= » and the opening are of the view; the rest, of the agent."""
    demande = creer('attribue_expert')
    navigateurs = {agent.id: entrer(agent) for agent in (monde.admin, monde.chef, monde.referent, monde.autre)}
    for _ in range(2):
        for id_, navigateur in navigateurs.items():
            page = navigateur.get('/espace').text
            assert f'?agent={id_}"' in page and f'agent={id_}&amp;statut' in page and 'Enregistré.' not in page
            assert not [autre for autre in navigateurs if autre != id_ and f'?agent={autre}"' in page]
            assert (f'/espace/demandes/{demande.numero}?' in page) == (id_ == monde.referent.id)
    assert 'Enregistré.' in navigateurs[monde.chef.id].get('/espace?fait=enregistre').text
    assert site.get('/espace', status=401)


def test_mettre_de_cote_puis_reprendre_se_voit_aussitot(monde, creer, entrer, heure):
    demande, navigateur = creer('en_cours'), entrer(monde.referent)
    assert 'Mises de côté' not in navigateur.get('/espace').text
    heure('2026-11-24T10:00:00Z')                                   # what came before does not bring it back
    with models.ecriture():
        cote.mettre_de_cote(demande, monde.referent, '2026-12-08', 'Plus tard.')
    assert 'Plus tard.' in navigateur.get('/espace').text
    with models.ecriture():
        cote.reprendre(demande, monde.referent)
    assert 'Plus tard.' not in navigateur.get('/espace').text
