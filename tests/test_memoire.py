"""Ce qui reste en mémoire entre deux requêtes : jamais plus vieux que la base (models « Memory », views « gardee »)."""
import contextlib
import errno
import gc
import itertools
import os
import sqlite3
import threading

import peewee
import pytest
from conftest import FIXER, en_meme_temps, fixer, limiter
from serveur import PATIENCE, attendre

import models
import langue
import views
from verbes import journal
from verbes.demande import actes
from verbes.exploitation import porteur
from verbes.pilotage import ensembles
from views import exports


def nommer(base, nom):
    """Another process changes a setting."""
    with contextlib.closing(sqlite3.connect(base)) as autre:
        autre.execute(FIXER, ('nom', nom))
        autre.commit()


@pytest.fixture
def gardees():
    models._gardees.clear()
    return models._gardees


PUBLIQUES = '/', '/catalogue', '/catalogue/1-assistance-juridique', '/fiches/1-conseil-juridique', '/guide', '/contact'


def test_retour_montre_une_page_publique_sans_la_redemander_et_aucune_autre(site, entrer, monde, creer, gardees):
    def garde(navigateur, adresse, status=200):
        return navigateur.get(adresse, status=status).headers['Cache-Control']

    for adresse in PUBLIQUES:
        for _ in range(2):                                          # rendered, then from memory
            assert garde(site, adresse) == 'private, no-cache', adresse
    for adresse in ('/demande', f'/suivi/{creer().jeton}', '/recherche?q=puits', '/connexion', '/suivi'):
        assert garde(site, adresse) == 'no-store', adresse
    assert garde(site, '/fiches/99', 404) == garde(site, '/espace', '*') == 'no-store'
    agent = entrer(monde.chef)
    for route in views.app.routes:                                  # nothing that one has read with an account
        if route.method == 'GET' and '<' not in route.rule and ('gardee' in route.config or 'espace' in route.rule):
            recue = agent.get(route.rule, expect_errors=True)
            assert recue.content_type != 'text/html' or recue.headers['Cache-Control'] == 'no-store', route.rule


@pytest.mark.parametrize('adresse', [
    '/', '/catalogue', '/fiches/1-conseil-juridique', '/partenaires', '/contact', '/mentions-legales'])
def test_une_page_publique_se_relit_sans_la_base_tant_que_rien_n_est_ecrit(site, gardees, requetes, adresse):
    premiere = site.get(adresse)
    requetes.clear()
    assert site.get(adresse).text == premiere.text and requetes == []


def test_une_page_publique_change_des_qu_un_autre_processus_ecrit(site, base, gardees):
    assert 'Autre nom' not in site.get('/')
    nommer(base, 'Autre nom')
    assert 'Autre nom' in site.get('/')


def test_une_page_publique_change_avec_le_jour(site, gardees, heure, requetes):
    site.get('/')
    heure('2026-11-25T09:00:00Z')
    requetes.clear()
    site.get('/')
    assert requetes


def test_une_page_d_agent_ou_de_ce_que_l_on_tape_n_est_pas_gardee(site, entrer, monde, gardees):
    site.get('/recherche?q=puits')
    site.get('/demande?q=puits')
    entrer(monde.chef).get('/espace/demandes')
    assert not [cle for cle in gardees if str(cle[0]).startswith('page')]


def test_une_page_introuvable_n_est_pas_gardee(site, gardees):
    site.get('/fiches/999-rien', status=404)
    site.get('/fiches/1', status=303)
    assert not [cle for cle in gardees if cle[0] == 'page']


def test_une_page_gardee_ne_sort_pas_d_une_base_deplacee(site, base, gardees):
    site.get('/')
    os.rename(base, f'{base}.ailleurs')
    site.get('/', status=503)
    os.rename(f'{base}.ailleurs', base)
    site.get('/')


def test_ce_qui_est_lu_apres_un_commit_n_est_jamais_plus_vieux_que_lui(base, gardees):
    """Eight readers, one writer: each reading begun after a commit sees at least what that commit wrote."""
    ecrit, lus, fautes, fini = [0], [0], [], threading.Event()

    def lire_sans_fin():
        try:
            while not fini.is_set():
                avant = ecrit[0]
                with models.lecture():
                    lu = int(models.Reglage.tous()['conservation_audit'])
                lus[0] += 1
                if lu < avant:
                    fautes.append((avant, lu))
        except Exception as incident:
            fautes.append(incident)
    fils = [threading.Thread(target=lire_sans_fin) for _ in range(8)]
    limiter(depots_adresse=0)
    for fil in fils:
        fil.start()
    for n in itertools.count(1):
        with models.ecriture():
            fixer('conservation_audit', str(n))
        ecrit[0] = n
        if n >= 150 and lus[0] > 150 or fautes:
            break
    fini.set()
    for fil in fils:
        fil.join()
    assert fautes == [] and lus[0] > 150


def test_ce_qui_est_garde_s_accorde_avec_ce_qui_est_lu(base, gardees, monkeypatch):
    """A commit falls once the view of the base is taken: what is kept is of that view, and good for no later one."""
    vrai, une_fois = langue.aujourdhui, []

    def jour_puis_commit():
        if not une_fois:
            une_fois.append(1)
            nommer(base, 'Entre-temps')
        return vrai()
    monkeypatch.setattr(models, 'aujourdhui', jour_puis_commit)
    with models.lecture():
        assert une_fois and models.Reglage.tous()['nom'] != 'Entre-temps'
    with models.lecture():
        assert models.Reglage.tous()['nom'] == 'Entre-temps'


def test_celui_qui_ecrit_relit_ce_qu_il_vient_d_ecrire(base, gardees):
    with models.lecture():
        models.Reglage.tous()
    with models.ecriture():
        fixer('nom', 'Neuf')
        assert models.Reglage.tous()['nom'] == 'Neuf'


def test_une_ecriture_annulee_ne_laisse_rien_en_memoire(base, gardees):
    with pytest.raises(ZeroDivisionError), models.ecriture():
        fixer('nom', 'Perdu')
        assert models.Reglage.tous()['nom'] == 'Perdu' and 1 / 0
    with models.lecture():
        assert models.Reglage.tous()['nom'] != 'Perdu'


def test_la_memoire_est_bornee(base, gardees):
    for n in range(models.GARDEES_MAX + 50):
        models.retenir(('essai', n), 'quand', n)
    assert len(gardees) == models.GARDEES_MAX and models.retrouver(('essai', 0), 'quand') is None


def test_une_session_close_ailleurs_ne_reste_pas_en_memoire(entrer, monde, base, gardees):
    navigateur = entrer(monde.chef)
    navigateur.get('/espace')
    with contextlib.closing(sqlite3.connect(base)) as autre:
        autre.execute('DELETE FROM session')
        autre.commit()
    navigateur.get('/espace', status=401)


def test_apres_un_incident_de_sqlite_la_connexion_est_rouverte(base):
    with pytest.raises(peewee.DatabaseError), models.lecture():
        models.db.execute_sql('SELECT * FROM nulle_part')
    assert models.db.is_closed()
    with models.lecture():
        assert models.Reglage.tous()


def test_un_meme_fil_garde_sa_connexion_et_un_autre_a_la_sienne(base):
    def connexion():
        with models.lecture():
            return models.db.connection()
    ailleurs = []
    fil = threading.Thread(target=lambda: ailleurs.append(connexion()))
    fil.start()
    fil.join()
    assert connexion() is connexion() is not ailleurs[0]


def test_une_lecture_apres_une_ecriture_ne_peut_toujours_pas_ecrire(base):
    with models.ecriture():
        journal.auditer('essai')
    with pytest.raises(peewee.OperationalError, match='readonly'), models.lecture():
        journal.auditer('essai')
    with models.ecriture():
        journal.auditer('essai')


def test_un_morceau_rendu_depend_de_tout_ce_qu_il_montre(monde, creer, entrer):
    """A row of the list is kept by its values: changing one changes the row."""
    demande = creer('en_cours')
    navigateur = entrer(monde.referent)
    assert 'Place de la Liberté' in navigateur.get('/espace/demandes')
    with models.ecriture():
        actes.corriger(models.Demande.get_by_id(demande.numero), monde.referent, demande.version,
                        {'lieu': 'Halle aux grains'})
    assert 'Halle aux grains' in navigateur.get('/espace/demandes')
    assert views.morceau.cache_info().maxsize == 500


def test_ce_qui_est_tape_dans_une_liste_de_choix_ne_remplit_pas_la_memoire(site, monde):
    site.get('/demande')
    avant = views.morceau.cache_info().currsize
    for n in range(5):
        site.post('/demande', {'theme': f'{n}' * 5000}, status=422)
    assert views.morceau.cache_info().currsize == avant


def test_un_incident_au_milieu_d_une_lecture_ne_laisse_pas_une_vieille_vue(base, gardees):
    """A cursor read halfway, kept alive by a traceback, would hold its view after ROLLBACK:
    what follows would read the past."""
    with pytest.raises(ZeroDivisionError) as incident, models.lecture():
        curseur = models.db.execute_sql('SELECT cle FROM reglage')
        assert next(curseur) and 1 / 0
    nommer(base, 'Plus tard')
    with models.lecture():
        assert models.Reglage.tous()['nom'] == 'Plus tard'
    with models.ecriture():
        journal.auditer('essai')
    assert incident.traceback and curseur


def test_un_export_interrompu_par_un_disque_plein_repond_503_et_les_pages_restent_justes(
        base, monde, creer, entrer, monkeypatch, gardees):
    creer('en_cours')
    chef, referent = entrer(monde.admin), entrer(monde.referent)

    def plein(*_, **__):
        raise OSError(errno.ENOSPC, 'No space left on device')
    with monkeypatch.context() as m:
        m.setattr(exports.csv, 'writer', plein)
        assert 'momentanément indisponible' in chef.get('/espace/demandes.csv', status=503)
    with contextlib.closing(sqlite3.connect(base)) as autre:
        autre.execute('DELETE FROM session WHERE agent_id = ?', (monde.referent.id,))
        autre.commit()
    referent.get('/espace/demandes', status=401)


def test_la_memoire_tient_sous_huit_fils(gardees):
    """Each key and value is whole whatever the thread; no Model among the keys."""
    def remuer(fil):
        for n in range(3_000):
            models.retenir(('essai', n % 400), fil, n)
            models.retrouver(('essai', n % 400), fil)
    assert en_meme_temps(8, remuer) == [] and len(gardees) <= models.GARDEES_MAX


def test_aucune_ligne_de_la_base_n_est_une_cle_de_la_memoire(site, entrer, monde, creer, gardees):
    demande = creer('en_cours')
    for adresse in ('/espace', '/espace/demandes?q=place', f'/espace/demandes/{demande.numero}',
                    '/demande?fiche=1', '/'):
        entrer(monde.chef).get(adresse)
        site.get(adresse, status='*')
    assert gardees and not [cle for cle in gardees for partie in cle if isinstance(partie, peewee.Model)]


def test_des_cookies_inconnus_ne_vident_pas_la_memoire(site, gardees):
    site.get('/')
    avant = len(gardees)
    for n in range(20):
        site.get('/suivi', headers={'Cookie': f'session={n:043}'})
    assert len(gardees) == avant


def test_lecture_et_ecriture_ne_s_emboitent_pas(base):
    for dehors, dedans in ((models.lecture, models.lecture), (models.lecture, models.ecriture),
                           (models.ecriture, models.lecture)):
        with pytest.raises(RuntimeError, match='nest'), dehors():
            with dedans():
                pass


def test_une_autre_base_branchee_ferme_les_connexions_de_l_ancienne(base, tmp_path):
    """Another thread keeps its connection while the base changes: its next transaction is on the new one."""
    neuve, vus, etapes = str(tmp_path / 'neuve.db'), [], threading.Barrier(2, timeout=PATIENCE)
    models.initialiser(neuve)

    def lire_deux_fois():
        for _ in range(2):
            with models.lecture():
                vus.append(models.Agent.select().exists())
            etapes.wait()
            etapes.wait()
    fil = threading.Thread(target=lire_deux_fois)
    fil.start()
    etapes.wait()
    models.brancher(neuve)
    etapes.wait()
    etapes.wait()
    etapes.wait()
    fil.join()
    assert vus == [True, False]


def test_une_base_tenue_par_un_autre_ne_retient_que_six_fils(base, monkeypatch):
    """Two of the eight workers stay for the readers; whoever waits for too long is told so."""
    tenus, refuses, sortir = [], [], threading.Event()

    def ecrire():
        try:
            with models._tour(models._places, 0.2):
                tenus.append(1)
                sortir.wait(PATIENCE)
        except models.BaseIndisponible as refus:
            refuses.append(str(refus))
    fils = [threading.Thread(target=ecrire) for _ in range(8)]
    for fil in fils:
        fil.start()
    attendre(lambda: len(tenus) + len(refuses) == 8)
    with pytest.raises(models.BaseIndisponible, match='occupée'), models.ecriture():
        pass
    sortir.set()
    for fil in fils:
        fil.join()
    assert len(tenus) == 6 and refuses == ['La base de données est occupée.'] * 2
    with models.ecriture():
        journal.auditer('essai')


def test_les_chiffres_d_une_page_ne_lui_survivent_pas(entrer, monde, creer, gardees):
    creer()
    admin = entrer(monde.admin)
    pages = [route.rule for route in views.app.routes
             if route.method == 'GET' and route.rule.startswith('/espace/pilotage') and '<' not in route.rule]
    assert len(pages) > 5
    gc.collect()
    gc.disable()                                                    # a cycle would wait for its next collection
    try:
        for page in pages:
            admin.get(page, status='*')
        gardees.clear()
        assert [o for o in gc.get_objects() if isinstance(o, ensembles.Ensemble | ensembles.Faits)] == []
    finally:
        gc.enable()


def test_ce_qu_une_longue_page_a_laisse_est_rendu_une_fois(monkeypatch):
    faits, residents = [], [60, 64, 66, 50, 54]                     # MB, as they are asked for
    monkeypatch.setattr(porteur, '_residents', lambda: residents.pop(0) * 1_000_000)
    monkeypatch.setattr(porteur.gc, 'collect', lambda: faits.append(len(residents)))
    monkeypatch.setitem(porteur.etat, 'residents', 60_000_000)
    for _ in range(4):
        porteur.rendre_la_memoire()
    assert faits == [2]
    assert porteur.etat['residents'] == 50_000_000
