"""A clock that jumps: what can't be taken back waits until somebody has confirmed the hour."""
import contextlib
import sqlite3
from datetime import datetime, timedelta

import pytest
from conftest import DEPART, courriels, lue, relire, texte
from serveur import lancer
from test_controles import est, juger

import langue
import models
from models import Audit, Courriel, Session
from verbes import comptes
from verbes.administration import passation
from verbes.exploitation import exploitation, horloge, porteur, supervision
from verbes.exploitation.controles import FAUX, OK
from verbes.exploitation.environnement import Configuration
from verbes.journal import purger_permis

PAGE = '/espace/admin/supervision'
LENDEMAIN, DANS_UN_AN, EN_1970 = '2026-12-08T09:00:00Z', '2028-01-03T09:00:00Z', '1970-01-01T00:05:00Z'


@pytest.fixture(autouse=True)
def neuve():
    """As a process that starts."""
    horloge.reference.clear()
    yield
    horloge.reference.clear()


def decaler(jours):
    """The instant that many days after that of the fixtures."""
    return langue.en_utc(datetime.fromisoformat(DEPART) + timedelta(days=jours))


def ronde(base):
    porteur._faire_une_ronde(Configuration({'PLATEFORME_BASE': base}), {'vues': 1e18, 'heure': 0.0, 'jour': ''})


def doute():
    with models.lecture():
        return horloge.doute()


def sante():
    with models.lecture():
        return supervision.sante()


# ======================================================================================
# What is a jump
# ======================================================================================

@pytest.mark.parametrize('apres, saute', [
    ('2026-11-24T09:59:00Z', False), ('2026-11-24T08:01:00Z', False),                        # NTP, a slow machine
    ('2026-11-24T10:01:00Z', True), ('2026-11-24T07:59:00Z', True), (DANS_UN_AN, True), (EN_1970, True),
    ('2099-01-01T00:00:00Z', True)])
def test_pendant_le_service_une_heure_d_ecart_avec_l_horloge_monotone_est_un_saut(base, heure, apres, saute):
    ronde(base)
    assert doute() == ''
    heure(apres)
    ronde(base)
    assert bool(doute()) == saute


@pytest.mark.parametrize('jours, saute', [(8, False), (9, False), (11, True), (400, True), (-1, True), (-20000, True)])
def test_au_demarrage_l_heure_se_compare_a_la_marque_de_la_derniere_heure(base, heure, jours, saute):
    """Off for eight days, nothing waits that should not."""
    ronde(base)
    horloge.reference.clear()                                       # another process
    heure(decaler(jours))
    ronde(base)
    assert bool(doute()) == saute


def test_une_heure_revenue_juste_attend_encore_qu_on_la_confirme(base, heure):
    ronde(base)
    heure(DANS_UN_AN)
    ronde(base)
    heure('2026-11-24T09:00:40Z')
    ronde(base)
    assert '3\u00a0janvier 2028' in doute() and lue(base, "SELECT valeur FROM reglage WHERE cle = 'heure_vue'") == [
        ('2026-11-24T09:00:00Z',)]


def test_deux_mille_rondes_a_l_heure_ne_doutent_de_rien_et_marquent_chaque_heure(base, heure, monkeypatch):
    secondes = [0.0]
    monkeypatch.setattr(horloge, 'monotone', lambda: secondes[0])
    for n in range(2000):
        secondes[0] = n * 60.0
        heure(decaler(n / 1440))
        with models.ecriture():
            horloge.surveiller()
            if n % 60 == 0:
                horloge.marquer()
    assert doute() == '' and lue(base, "SELECT valeur FROM reglage WHERE cle = 'heure_vue'") == [
        ('2026-11-25T18:00:00Z',)]


# ======================================================================================
# What waits, what goes on
# ======================================================================================

@pytest.fixture
def sautee(base, monde, heure, creer):
    """A service open, a demande that nobody has called, an old session, then a year more on the clock: the demande."""
    demande = creer('receptionne_expert')
    with models.ecriture():
        comptes.ouvrir_session(monde.referent)
        Audit.create(fait_le='2026-11-01T00:00:00Z', fait='connexion', agent=monde.chef)
    ronde(base)
    heure(DANS_UN_AN)
    ronde(base)
    return demande


def questions():
    return courriels(modele='rappel_question')


def test_ni_question_aux_mairies_ni_purge_ni_cloture_tant_que_l_heure_est_en_doute(sautee, base, monkeypatch):
    menes = []
    monkeypatch.setattr(porteur, 'mener_a_terme', lambda: menes.append(1))
    monkeypatch.setattr(porteur, 'ecarter_les_essais', lambda: menes.append(2))
    ronde(base)
    porteur.envoyer_courriels(Configuration({'PLATEFORME_BASE': base, 'PLATEFORME_SMTP': 'smtp://localhost:9'}), 0)
    assert questions() == [] and menes == [] and relire(sautee).question_le is None
    with models.lecture():
        assert Session.select().count() == 1
        assert [a.fait for a in Audit.select().order_by(Audit.id)][-2:] == ['connexion', 'heure douteuse']


def test_les_rappels_aux_agents_continuent(sautee):
    assert courriels(modele='relance')


def test_une_lettre_d_une_passation_n_anticipe_pas_son_heure(sautee, base, heure, monde):
    with models.ecriture():
        Courriel.delete().execute()
        Courriel.create(modele=passation.LETTRE, pour='demandeur', destinataire='a@b.example', objet='o', corps='c',
                        cree_le='2026-11-24T09:00:00Z', a_partir_de='2026-11-25T09:00:00Z', identifiant='<1@b>')
        assert porteur.prendre_courriel() is None
        horloge.confirmer(monde.admin)
        assert porteur.prendre_courriel()


def test_la_commande_relances_ne_demande_rien_non_plus(sautee):
    horloge.reference.clear()
    assert porteur.rappeler() == 0 and questions() == []


def test_les_administrateurs_l_apprennent_par_courriel(sautee, monde):
    assert ('alerte', monde.admin.courriel) in courriels()


# ======================================================================================
# Who says it, who confirms it
# ======================================================================================

def test_sante_controler_et_supervision_le_disent_jusqu_a_la_confirmation(sautee, base, entrer, monde, heure):
    assert sante().heure == 'à confirmer'
    est(juger('heure', BASE=base), FAUX, 'Supervision')
    heure('2026-11-24T09:01:00Z')
    admin = entrer(monde.admin)
    page = admin.get(PAGE)
    for dit in ('à confirmer', '3 janvier 2028', 'Le serveur dit maintenant'):
        assert dit in texte(page), dit
    formulaire = next(f for f in page.forms.values() if f.action == f'{PAGE}/heure')
    suite = formulaire.submit(status=303).follow()
    assert 'confirmée' in texte(suite) and not [f for f in suite.forms.values() if f.action == f'{PAGE}/heure']
    assert sante().heure == 'ok' and juger('heure', BASE=base)[0] != FAUX
    ronde(base)
    assert doute() == '' and Audit.select().where(Audit.fait == 'heure confirmée').count() == 1


def test_confirmer_deux_fois_ou_sans_doute_ne_fait_rien(entrer, monde):
    admin = entrer(monde.admin)
    admin.get(PAGE)
    assert 'déjà' in texte(admin.post(f'{PAGE}/heure', status=409))
    with models.lecture():
        assert not Audit.select().where(Audit.fait == 'heure confirmée').count()


def test_un_agent_ne_confirme_pas_l_heure(sautee, entrer, monde):
    entrer(monde.chef).post(f'{PAGE}/heure', status=403)


def test_une_fois_confirmee_tout_reprend(sautee, base, monde, heure):
    heure(LENDEMAIN)
    with models.ecriture():
        horloge.confirmer(monde.admin)
    ronde(base)
    assert questions()


# ======================================================================================
# Backups: of the future, restored
# ======================================================================================

@pytest.mark.parametrize('le, dit', [
    ('2026-11-24T08:00:00Z', 'ok'), ('2026-11-24T09:30:00Z', 'ok'), ('2026-11-24T10:30:00Z', 'en retard'),
    ('2028-01-03T02:30:00Z', 'en retard'), ('2099-01-01T00:00:00Z', 'en retard')])
def test_une_sauvegarde_du_futur_est_en_retard(base, heure, le, dit):
    with models.ecriture():
        models.db.execute_sql("INSERT INTO reglage (cle, valeur) VALUES ('sauvegarde_le', ?)", (le,))
    assert sante().sauvegarde == dit
    est(juger('sauvegarde', BASE=base), OK if dit == 'ok' else FAUX)


def test_restaurer_une_vieille_sauvegarde_ne_met_pas_l_heure_en_doute(base, heure, tmp_path):
    ronde(base)
    exploitation.sauvegarder(base, str(tmp_path / 's.db'))
    models.debrancher()
    heure('2027-06-01T09:00:00Z')
    exploitation.restaurer(base, str(tmp_path / 's.db'))
    models.brancher(base)
    horloge.reference.clear()
    ronde(base)
    assert doute() == ''


def test_restaurer_une_sauvegarde_du_futur_dit_que_l_une_des_deux_heures_est_fausse(base, heure, tmp_path, capsys):
    heure(DANS_UN_AN)
    ronde(base)
    exploitation.sauvegarder(base, str(tmp_path / 's.db'))
    models.debrancher()
    heure('2026-11-24T09:00:00Z')
    exploitation.restaurer(base, str(tmp_path / 's.db'))
    assert 'avant' in horloge.doute_de(base)
    models.brancher(base)
    horloge.reference.clear()
    ronde(base)
    assert doute()


def test_la_commande_restaurer_le_dit(ouverte, tmp_path):
    copie = tmp_path / 's.db'
    assert lancer('sauvegarder', str(copie), base=ouverte).returncode == 0
    with contextlib.closing(sqlite3.connect(copie)) as brute, brute:
        brute.execute("INSERT INTO reglage (cle, valeur) VALUES ('heure_vue', '2099-01-01T00:00:00Z')")
    dite = lancer('restaurer', str(copie), base=ouverte)
    assert dite.returncode == 0 and '2099' in dite.stdout and 'Supervision' in dite.stdout


# ======================================================================================
# The numbers of the audit, which a SIEM reads after the last one
# ======================================================================================

def test_les_numeros_de_l_audit_ne_resservent_pas_une_fois_tout_purge(base, heure):
    with models.ecriture():
        for _ in range(3):
            Audit.create(fait_le='2020-01-01T00:00:00Z', fait='connexion')
    porteur.purger_au_terme(lambda: True)
    with models.lecture():
        assert [a.id for a in Audit.select()] == [4]                # the line that says the purge
    with models.ecriture(), purger_permis():
        Audit.delete().execute()
    with models.ecriture():
        assert Audit.create(fait_le='2026-11-24T09:00:00Z', fait='connexion').id == 5
