"""A month of the simulated year (annee.py), and its checks themselves: each finds the fault put there for it."""
import sqlite3
from datetime import timedelta

import annee
import pytest

import langue
import models
from verbes.exploitation import porteur
from views import limites

TAILLE = {'jours': 30, 'demandes': 60, 'agents': 60, 'stock': 60}


@pytest.fixture
def sans_trace(monkeypatch):
    """What a simulation replaces is put back."""
    for objet, nom in ((langue, 'horloge'), (limites, 'time'), (porteur, 'connexion_smtp')):
        monkeypatch.setattr(objet, nom, getattr(objet, nom))
    monkeypatch.setitem(models.SITE, 'smtp', False)
    monkeypatch.setitem(models.SITE, 'reponses', '')
    porteur.relais_muet.update(essais=0, jusqu_a=0.0)
    yield
    models.debrancher()


def test_un_mois_de_service_ne_laisse_rien_de_faux(tmp_path, sans_trace):
    bilan, nuits = annee.simuler(str(tmp_path), dire=lambda phrase: None, **TAILLE)
    assert nuits.fautes == []
    assert bilan['dépôt 303'] > 20 and bilan['designer 303'] > 10 and bilan['contact 303'] > 10, bilan
    assert bilan['ouvrir la revue 303'] == 1 and bilan['revue/exacte 303'] > 10, bilan
    assert nuits.vues['courriels relus'] > 300 and nuits.vues['lignes de rappel'] > 50, nuits.vues


HIER = '2026-12-04'                                                 # the last day that `semaine` lives, a Friday
RELANCES = "WHERE modele = 'relance'"
FAUX = {
    'une phrase inconnue': (f"UPDATE courriel SET corps = replace(corps, 'journal', 'carnet') {RELANCES}",
                            'personne ne relit'),
    'une ligne inconnue': (f"UPDATE courriel SET corps = corps || char(10) || 'À vendre.' {RELANCES}", 'À vendre.'),
    'une raison fausse': ("UPDATE demande SET echeance = date(echeance, '+1 day') WHERE echeance IS NOT NULL",
                          'est faux'),
    'un objet qui compte mal': (f"UPDATE courriel SET objet = '99 demandes : ce qui vous attend' {RELANCES}",
                                'en tout'),
    'un numéro qui n’est plus le sien': ("UPDATE demande SET telephone = '0500000000'", 'À appeler'),
    'le lien d’une autre': (f"UPDATE courriel SET corps = replace(corps, '/espace/demandes/', '/espace/demandes/9') "
                            f'{RELANCES}', 'le lien d\'une autre'),
    'deux courriels du jour': (
        'INSERT INTO courriel (identifiant, pour, destinataire, modele, objet, corps, cree_le, a_partir_de, agent_id, '
        "marque) SELECT identifiant || 'x', pour, destinataire, modele, objet, corps, cree_le, a_partir_de, agent_id, "
        f"marque || 'x' FROM courriel {RELANCES} AND cree_le > '{HIER}'", 'courriels du jour'),
    'parti dans la nuit': (f"UPDATE courriel SET envoye_le = '{HIER}T03:00:00Z' {RELANCES}", 'est parti le'),
    'un rappel d’un jour fermé': (f"INSERT INTO fermeture (du, au, libelle) VALUES ('{HIER}', '{HIER}', 'Pont')",
                                  'personne ne travaille'),
    'une échéance dite à personne': (f"UPDATE demande SET echeance = '{HIER}' WHERE echeance > '{HIER}'",
                                     'dite à personne'),
    'avertie sans appel': (
        'INSERT INTO journal (demande_id, cree_le, nature, acte_le, auteur) '
        f"SELECT numero, '{HIER}T10:00:00Z', 'envoi', '2026-12-21', 'X' FROM demande WHERE reprise = 0",
        'avertissement n°'),
    'close sans appel': (f"UPDATE demande SET clos_le = '{HIER}T10:00:00Z', issue = 'non_jointe' WHERE importee = 0",
                         'sans essai'),
    'à qui n’y est pour rien': ("DELETE FROM membre WHERE agent_id NOT IN (SELECT id FROM agent WHERE administrateur)",
                                'n\'y est pour rien'),
    'une échéance déplacée': ("UPDATE demande SET echeance = date(echeance, '+1 day') WHERE echeance IS NOT NULL",
                              'au lieu de'),
    'restreinte après coup': ('UPDATE demande SET restreinte = 1', 'diffusion restreinte'),
    'un lien changé': ("UPDATE demande SET jeton = 'x' || numero", 'lien de suivi'),
    'un accusé sans fiche': ("UPDATE courriel SET objet = 'Votre demande', corps = 'Bonjour.'", 'numéro'),
    'un chef disparu': ("DELETE FROM membre WHERE role = 'chef_de_file'", 'sans chef'),
    'un statut sans ligne': ("UPDATE demande SET statut = 'en_cours' WHERE reprise = 0", 'sans sa ligne'),
    'personne d’éveillé': ('UPDATE agent SET ouvert_le = NULL', 'personne d\'éveillé'),
    'un rappel jamais ouvert': ('UPDATE agent SET ouvert_le = NULL', 'jamais ouvert'),
}


@pytest.fixture(scope='module')
def semaine(tmp_path_factory):
    """(path of a base after a few days, what its checks knew before them)."""
    with pytest.MonkeyPatch.context() as remplacement:
        for objet, nom in ((langue, 'horloge'), (limites, 'time'), (porteur, 'connexion_smtp')):
            remplacement.setattr(objet, nom, getattr(objet, nom))
        remplacement.setitem(models.SITE, 'smtp', False)
        remplacement.setitem(models.SITE, 'reponses', '')
        simulee = annee.preparer(str(tmp_path_factory.mktemp('semaine')), 8, **TAILLE | {'jours': 8, 'demandes': 60})
        for _ in range(5):
            annee.vivre(simulee, en_panne=False)
        models.debrancher()
        return simulee


@pytest.mark.parametrize('faux', FAUX)
def test_les_controles_de_la_nuit_voient_ce_qui_est_faux(semaine, faux, tmp_path):
    changement, phrase = FAUX[faux]
    copie = sqlite3.connect(tmp_path / 'faux.db')
    semaine.brute.backup(copie)
    copie.execute(changement)
    nuits = annee.Nuits(lambda sql, *valeurs: copie.execute(sql, valeurs).fetchall())
    hier = semaine.jour - timedelta(days=1)
    nuits.dernier_courriel, nuits.jour = 0, str(hier)
    nuits.verifier_les_rappels(hier)
    nuits.relire_les_courriels(faux)
    nuits.verifier_la_nuit(hier, None)
    copie.close()
    assert [faute for faute in nuits.fautes if phrase in faute], nuits.fautes[:5]
