"""What stays in memory across the commits that do not concern it: every table that is read moves a mark, and no page is
ever older than the base, whoever writes (models « Memory », migrations.sql « Memory »)."""
import contextlib
import pkgutil
import random
import re
import sqlite3
import sys

import pytest
from conftest import fixer

import models
import verbes
import views
from verbes import (
    appellations, comptes, etiquettes, interlocuteurs, journal, perimetre, questions, recherche, regles, textes)
from verbes.pilotage import carte, chiffres, ouvertes as les_ouvertes, tableaux, territoires
from verbes.demande import actes, liste
from verbes.contenus import contenus as les_contenus
from verbes.contenus import logos, relectures
from verbes.catalogue import campagne, portes
from views import choix, lectures, presentoir, vitrine
from views.catalogue import catalogue, ouvertes
from views.administration import annuaire
from views.pilotage import pilotage, rapport
from views.demande import demande, espace, journee, taches
from views.contenus import agenda, contenus, documents, flux, publication
from views.pilotage import carte as page_carte

EVENEMENTS = {'INSERT', 'UPDATE', 'DELETE'}
PUBLIQUES = ('/', '/catalogue', '/catalogue/1-assistance-juridique', '/fiches/1-conseil-juridique', '/partenaires',
             '/contact', '/plan-du-site', '/mentions-legales', '/donnees-personnelles', '/accessibilite',
             '/actualites', '/ressources', '/projets', '/agenda', '/actualites/1-un-titre', '/ressources/2-un-titre',
             '/projets/3-un-titre', '/agenda/4-un-titre', '/guide', '/demande', '/demande?fiche=1',
             '/catalogue?theme=1')


@pytest.fixture
def marquees(base):
    """{mark: the tables that move it}; a table that moves a mark does it whatever is done to it."""
    with models.lecture():
        lus = models.db.execute_sql(
            "SELECT tbl_name, sql FROM sqlite_master WHERE type = 'trigger' AND sql LIKE '%UPDATE marque%'").fetchall()
    faits = {}
    for table, sql in lus:
        marque, = re.findall(r'UPDATE marque SET (\w+) = \1 \+ 1;', sql)
        quand, = re.findall(rf'AFTER (\w+) ON {table}(?: WHEN [\w. ,()]+)?\s+BEGIN', sql)
        faits.setdefault((marque, table), set()).add(quand)
    assert all(quand == EVENEMENTS for quand in faits.values())
    tables = {marque: {t for m, t in faits if m == marque} for marque, _ in faits}
    assert set(tables) == {'reference', 'demande', 'session', 'journee'}
    return tables | {'journee': tables['journee'] | tables['demande']}


@contextlib.contextmanager
def tables_lues(connexion, dire=lambda table, colonne: None):
    """The tables that are read in the block; the index of the search by its own name. dire: told each column."""
    lues = set()

    def noter(action, table, colonne, *_):
        if action == sqlite3.SQLITE_READ:
            lues.add('recherche' if table.startswith('recherche') else table)
            dire(table, colonne)
        return sqlite3.SQLITE_OK
    connexion.set_authorizer(noter)
    try:
        yield lues
    finally:
        connexion.set_authorizer(None)


@pytest.fixture
def remplie(monde, creer):
    """A demande, and contents of each kind, 1 to 5, each with a file, an image and all it may be linked to."""
    creer('en_cours')
    quand = '2026-11-10T09:00:00Z'
    with models.ecriture():
        for genre in regles.GENRES_DE_CONTENU:
            un = models.Contenu.create(
                genre=genre, titre='Un titre', corps='Une palombe.', etat='publie', publie_le='2026-11-10', theme=1,
                structure=1, agent=monde.chef, cree_le=quand, modifie_le=quand, debut_le='2026-12-08', classe='comite',
                audience='contributeurs' if genre == 'document' else 'public', collectivite=monde.rieumes)
            models.ContenuFiche.create(contenu=un, fiche=1)
            models.ContenuCollectivite.create(contenu=un, collectivite=monde.rieumes)
            models.ContenuStructure.create(contenu=un, structure=1)
            for sorte, type_ in (('contenu', 'pdf'), ('image', 'png')):
                models.Document.create(genre=sorte, objet=str(un.id), titre='Un fichier', nom=f'x.{type_}', type=type_,
                                       taille=1, sha256='0', ajoute_le=quand, contenu=b'x')


def gardees():
    """{function: its mark} of all that is kept."""
    relire = etiquettes.libelles.__code__
    noms = [m.name for paquet in (views, verbes) for m in pkgutil.walk_packages(paquet.__path__, f'{paquet.__name__}.')]
    modules = [models, *(sys.modules[nom] for nom in noms if nom in sys.modules)]
    assert len(modules) > 120
    noms = [valeur for module in modules for valeur in vars(module).values()] + [models.Reglage.tous]
    return {f: f.__closure__[relire.co_freevars.index('marque')].cell_contents
            for f in noms if getattr(f, '__code__', None) is relire}


# Of each kept function, arguments that make it read all it may read.
ESSAIS = {
    models.Reglage.tous:         [()],
    models.jours_fermes:         [()],
    textes._ecrits:              [()],
    questions.presence:             [()],
    questions.absences:             [()],
    questions.remplacants:          [()],
    questions.pilotes_presents:     [(2,)],
    questions.attendus_a_la_revue:  [()],
    interlocuteurs.dire_absences:   [()],
    portes.publiques:               [()],
    campagne.ouverte:               [()],
    etiquettes.libelles:             [()],
    etiquettes.places:               [()],
    models.jour_de_la_ligne:     [('accord_lecteurs',), ('archives',), ('accord_ouvertes',)],
    comptes._session:            [('inconnue',)],
    perimetre.lire:              [()],
    perimetre.par_epci:          [(), (True,)],
    chiffres.lieux_de:           [(par, avant) for par in chiffres.LIEUX for avant in (False, True)],
    liste.cantons:               [(), (True,)],
    tableaux.territoires:        [()],
    tableaux.les_epci:           [()],
    chiffres.premier_depot:      [()],
    les_ouvertes.lignes_publiees: [()],
    pilotage._filtres:           [((), ('', '', ''), '2026', False, '')],
    pilotage._chiffres:          [(('2026-01-01', '2026-12-31'), (), liste.Lecteur(False, (2,), ('1', ())), 'tout')],
    carte.formes:                [()],
    territoires.etats:           [(liste.Lecteur(False, (), ('demande.restreinte = 0', ())), *paires)
                                  for paires in ((), ((('depuis', '2026-01-01'), ('theme', '1')),))],
    territoires._reservees:      [(('1', ()),)],
    comptes.lecteurs:            [()],
    rapport._feuille:            [(('2026-01-01', '2026-12-31'), paires, liste.Lecteur(False, (2,), ('1', ())),
                                   liste.Lecteur(False, (), ('demande.restreinte = 0', ())), '')
                                  for paires in ((), (('structure', '2'), ('theme', '1')))],
    page_carte._dessiner:        [(quoi, liste.Lecteur(False, (), ('demande.restreinte = 0', ())), (), '', '')
                                  for quoi in carte.VUES],
    page_carte._tabler:          [(quoi, 'nom', 1, liste.Lecteur(False, (), ('demande.restreinte = 0', ())), False, (),
                                   '', (), '')
                                  for quoi in carte.VUES],
    recherche.textes:            [()],
    vitrine.fiches_publiees:    [()],
    catalogue.contributeurs:     [()],
    presentoir.contenus_publics: [()],
    presentoir._textes:          [()],
    flux._atom:                  [('Plateforme', 'Département', '')],
    flux._agenda:                [('Agenda', '')],
    ouvertes._fiches:            [()],
    ouvertes._catalogue:         [()],
    agenda.evenements:           [()],
    documents.partages:          [()],
    logos.logos:                 [()],
    les_contenus._a_decider:     [()],
    relectures._attendues:       [()],
    relectures._pries:           [()],
    relectures.lecteurs:         [(2,)],
    interlocuteurs.dire_absences:   [()],
    taches._agents:              [()],
    taches._fiches:              [()],
    journee._dessiner:           [(agent, 0) for agent in range(1, 7)],
    publication._publiees:       [()],
    annuaire.personnes:          [()],
    appellations.collectivites:         [()],
    choix.noms_des_collectivites: [()],
    choix.fiches:                [(), (3,)],
    choix._actifs:               [()],
    demande.champs_du_jour:      [()],
    demande.fiche_publiee:       [('1',)],
    demande.rappels_du_jour:     [()],
    espace._filtres:             [((), '', False)],
    espace._lignes:              [(((1, 1, 1, 'attribue_chef', '2026-01-01', None, None, None, '', 'Commune', 'Rieumes',
                                    1, 1, 0, 0, None, 0, '2026-01-01T09:00:00Z', '2', 2),),)],
    espace._sigles:              [()],
    lectures.connue:             [(models.Theme, 1), (models.Fiche, 1), (models.Agent, 1), (models.Collectivite, 2)],
    liste.orientees_tard:        [()],
    liste._ids_du_territoire:    [('canton', False), ('canton', True)],
    liste._borne:                [('depuis', '2026-01-01'), ('jusqua', '2026-01-01')],
    liste._equipes:              [((('temps', 'jointe'),), ('1', ()))],
    liste._reservees:            [('membre.agent_id = 3', ())],
    liste._compter_lisibles:     [
        (((nom, valeur),), ('membre.agent_id = 3', ())) for nom, valeur in {
            'q': 'place', 'statut': 'en_cours', 'structure': '1', 'agent': '2', 'epci': '1', 'retard': 'oui',
            'siennes': '[1]', 'administrees': '[1]', 'depuis': '2026-01-01'}.items()],
}


def test_tout_ce_qui_est_garde_est_essaye_ici():
    assert set(ESSAIS) == set(gardees())
    assert {r.rule for r in views.app.routes if 'gardee' in r.config} == {
        '/', '/catalogue', f'/catalogue/{catalogue.IDENTIFIANT}', f'/fiches/{catalogue.IDENTIFIANT}', '/partenaires',
        '/contact', '/plan-du-site', '/mentions-legales', '/donnees-personnelles', '/accessibilite',
        '/actualites', '/projets', '/ressources', '/agenda', '/donnees-ouvertes', '/guide', '/demande',
        f'/<rubrique:re:{"|".join(contenus.RUBRIQUES)}>/{contenus.IDENTIFIANT}'}


@pytest.mark.parametrize('fonction', ESSAIS, ids=lambda f: f.__name__)
def test_chaque_table_que_lit_ce_qui_est_garde_deplace_sa_marque(remplie, marquees, fonction):
    permises = marquees['reference'] | marquees[gardees()[fonction]]
    if gardees()[fonction] in ('demande', 'journee'):
        permises |= {'recherche', 'json_each'}                      # written with them (below); read from its argument
    for arguments in ESSAIS[fonction]:
        models._gardees.clear()
        with models.lecture(), tables_lues(models.db.connection()) as lues:
            fonction(*arguments)
        assert lues and lues <= permises | {'sqlite_master'}, (arguments, lues - permises)


@pytest.mark.parametrize('adresse', PUBLIQUES)
def test_chaque_table_que_lit_une_page_publique_gardee_deplace_la_marque(remplie, site, marquees, adresse):
    site.get('/contact')
    models._gardees.clear()
    with tables_lues(models.db.connection()) as lues:
        site.get(adresse)
    assert lues and lues <= marquees['reference'] | {'marque'} and [cle for cle in models._gardees if cle[0] in (
        'page', 'page filtrée')]


def marques():
    with models.lecture():
        lues = models.db.execute_sql(models.MARQUES).fetchone()
    return dict(zip(('reference', 'demande', 'session', 'journee'), lues))


def test_un_courriel_ou_une_session_laissent_les_comptes_et_les_libelles(creer, monde, entrer, base, requetes):
    creer('en_cours')
    navigateur = entrer(monde.chef)
    navigateur.get('/espace/demandes')
    with contextlib.closing(sqlite3.connect(base)) as autre:
        autre.execute("UPDATE courriel SET raison = 'essai'")
        autre.commit()
    requetes.clear()
    navigateur.get('/espace/demandes')
    assert len(requetes) == 2                                       # the marks, the rows


def test_un_ecrivain_relit_ce_qu_il_change_et_n_en_garde_rien(base):
    with contextlib.suppress(ZeroDivisionError), models.ecriture():
        avant = models.Reglage.tous()['nom']
        assert models.Reglage.tous() is models.Reglage.tous()       # kept, as long as nothing of reference moves
        fixer('nom', 'Essai')
        assert models.Reglage.tous()['nom'] == 'Essai'
        raise ZeroDivisionError                                     # nothing is written
    with models.ecriture():
        assert models.Reglage.tous()['nom'] == avant
        fixer('nom', 'Autre')
    with models.lecture():                                          # the same mark as the one that was undone
        assert models.Reglage.tous()['nom'] == 'Autre'


# What another process may commit: each table that is kept, and some that are not.
AILLEURS = (
    "INSERT INTO reglage (cle, valeur) VALUES ('nom', 'P') ON CONFLICT (cle) DO UPDATE SET valeur = valeur || '1'",
    "INSERT OR IGNORE INTO texte_ecrit VALUES ('page', 'accessibilite', 'a', 'b', 'c', 'd', '2026-11-24T09:00:00Z')",
    "UPDATE texte_ecrit SET titre = titre || ' bis' WHERE cle = 'accessibilite'",
    "UPDATE structure SET nom = nom || ' bis' WHERE id = 2",
    "UPDATE direction SET nom = nom || ' bis', court = 'D' WHERE id = 2",
    "UPDATE agent SET nom = nom || 'a' WHERE id = {agent}",
    'UPDATE agent SET administrateur = 1 - administrateur WHERE id = 3',
    "INSERT INTO absence (agent_id, du) VALUES ({agent}, '2026-11-01')",
    'DELETE FROM absence',
    "INSERT OR IGNORE INTO delegation (pour_id, par_id) VALUES (1, 3)",
    'DELETE FROM delegation',
    "UPDATE theme SET nom = nom || ' bis', court = 'T' WHERE id = 1",
    "UPDATE fiche SET titre = titre || ' bis' WHERE id = 1",
    "UPDATE fiche SET etat = iif(etat = 'publiee', 'suspendue', 'publiee') WHERE id = 2",
    'DELETE FROM pilotage WHERE fiche_id = 2 AND rang = 1',
    "INSERT OR IGNORE INTO pilotage (fiche_id, agent_id, rang) VALUES (2, 4, 1)",
    "UPDATE collectivite SET nom = nom || ' bis', cherche = cherche || ' bis' WHERE id = 2",
    "UPDATE collectivite SET remplacee_par_id = iif(remplacee_par_id IS NULL, 4, NULL), jusqu_au = '2026-11-01' "
    'WHERE id = 3',
    "UPDATE demande SET statut = iif(statut = 'en_cours', 'receptionne_chef', 'en_cours')",
    'UPDATE demande SET restreinte = 1 - restreinte WHERE numero = (SELECT max(numero) FROM demande)',
    "UPDATE demande SET echeance = '2026-11-20', premier_contact_le = NULL",
    'DELETE FROM membre WHERE id = (SELECT max(id) FROM membre)',
    'INSERT OR IGNORE INTO membre (demande_id, role, agent_id, structure_id, depuis_le) '
    "SELECT max(numero), 'associe', 6, 1, '2026-11-24T08:00:00Z' FROM demande",
    "UPDATE contenu SET titre = titre || ' bis', lieu = lieu || 'a'",
    "UPDATE contenu SET etat = iif(etat = 'publie', 'retire', 'publie') WHERE id IN (1, 4)",
    "UPDATE contenu SET audience = iif(audience = 'public', 'contributeurs', 'public') WHERE id = 2",
    'DELETE FROM contenu_fiche WHERE contenu_id = 3',
    'INSERT OR IGNORE INTO contenu_fiche (contenu_id, fiche_id) VALUES (3, 2)',
    "UPDATE document SET titre = titre || ' bis'",
    "UPDATE document SET retire_le = iif(retire_le IS NULL, '2026-11-24T08:00:00Z', NULL) WHERE genre = 'image'",
    "UPDATE contour SET traces = replace(traces, '0', '1')",
    'INSERT OR REPLACE INTO evaluation (demande_id, demandee_le) '
    "SELECT max(numero), '2026-11-24T08:00:00Z' FROM demande",
    "UPDATE evaluation SET repondu_le = '2026-11-24T08:30:00Z', aide = 'oui', permis = 'agir'",
    "UPDATE courriel SET raison = raison || '1'",
    "UPDATE session SET vu_le = '2026-11-24T08:30:00Z'",
    "DELETE FROM session WHERE agent_id = 6",
    "UPDATE courriel SET echec_le = iif(echec_le IS NULL, '2026-11-24T08:10:00Z', NULL) WHERE pour = 'demandeur'",
    'INSERT OR REPLACE INTO cote (agent_id, demande_id, jusqu_au, raison, mis_le) '
    "SELECT {agent}, max(numero), '2026-12-08', 'Plus tard', '2026-11-24T08:30:00Z' FROM demande",
    'DELETE FROM cote',
    "INSERT INTO jalon (demande_id, rang, quoi, pour_le) SELECT max(numero), 1, 'Plan', '2026-11-20' FROM demande",
    'UPDATE jalon SET agent_id = {agent}, a_accepter = 1 - a_accepter',
    'INSERT INTO reunion (demande_id, agent_id, jour, debut_a, fin_a, cree_le, modifie_le) '
    "SELECT max(numero), {agent}, '2026-11-23', '09:00', '10:00', '2026-11-20', '2026-11-20' FROM demande",
    "UPDATE reunion SET annulee_le = iif(annulee_le IS NULL, '2026-11-24T08:10:00Z', NULL)",
    "INSERT OR REPLACE INTO liste_gardee (agent_id, nom, criteres) VALUES ({agent}, 'Les miennes', 'retard=oui')",
    "INSERT INTO amelioration (agent_id, texte, propose_le) VALUES ({agent}, 'Idée', '2026-11-24T08:10:00Z')",
)
PAGES = ('/', '/catalogue', '/fiches/1', '/fiches/2', '/partenaires', '/accessibilite', '/demande?fiche=1', '/espace',
         '/espace/demandes', '/espace/demandes?miennes=oui', '/espace/demandes?q=palombe',
         '/espace/demandes?structure=2', '/espace/demandes?statut=en_cours&epci=1', '/espace/demandes/{numero}',
         '/espace/demandes/{numero}?action=associer', '/actualites', '/ressources', '/agenda', '/projets',
         '/actualites/1', '/ressources/2', '/projets/3', '/agenda/4', '/recherche?q=palombe', '/actualites.atom',
         '/agenda.ics', '/agenda/4.ics', '/espace/documents', '/espace/agenda', '/espace/pilotage',
         '/espace/pilotage/rapport', '/espace/pilotage/carte', '/espace/pilotage/carte?vue=epci', '/guide', '/demande',
         '/catalogue?theme=1&utm_source=x', '/actualites?annee=2026', '/?utm_source=x', '/espace/annuaire')


JAMAIS_DEUX_FOIS = r'name="(cle|ouvert)" value="[^"]*"|<strong>[0-9a-f]{8}</strong>'


def ici(hasard, monde, creer):
    """This process writes through the verbs, which keep the index of the search."""
    geste = hasard.randrange(3)
    if geste == 0:
        return creer('attribue_admin', message='Une palombe.', restreinte=hasard.random() < 0.3)
    with contextlib.suppress(models.Refus), models.ecriture():
        derniere = models.Demande.select().order_by(models.Demande.numero.desc()).first()
        if geste == 1:
            journal.ajouter_au_journal(derniere, monde.admin, 'note', 'Palombe vue.')
        else:
            actes.corriger(derniere, monde.admin, derniere.version, {'lieu': hasard.choice(('Palombe', 'Halle'))})
    return None


@pytest.mark.parametrize('graine', range(4))
def test_aucune_page_n_est_plus_vieille_que_la_base(site, entrer, monde, creer, remplie, base, graine):
    """Random commits, of this process and of another, between random pages: each is what a fresh memory gives."""
    hasard, demande = random.Random(graine), models.Demande.get()
    navigateurs = [site, *(entrer(agent) for agent in (monde.admin, monde.chef, monde.referent, monde.autre))]
    autre = sqlite3.connect(base, isolation_level=None, timeout=10)

    def voir(navigateur, adresse):
        page = navigateur.get(adresse.format(numero=demande.numero), status='*')
        return page.status_int, page.location, re.sub(JAMAIS_DEUX_FOIS, '', page.text)
    with contextlib.closing(autre):
        for _ in range(60):
            navigateur, adresse = hasard.choice(navigateurs), hasard.choice(PAGES)
            voir(navigateur, adresse)                               # it is kept, whatever was before
            if hasard.random() < 0.3:
                demande = ici(hasard, monde, creer) or demande
            else:
                autre.execute(hasard.choice(AILLEURS).format(agent=hasard.randint(1, 6)))
            gardee = voir(navigateur, adresse)
            models._gardees.clear()
            taches._tache_gardee.cache_clear()
            assert gardee == voir(navigateur, adresse), adresse
