"""Une base tenue un moment par un autre : qui écrit attend son tour sans fil, les pages se lisent, rien ne se perd."""
import threading
import time

import pytest
from conftest import DEPOTS, limiter
from fichiers import FICHIERS
from serveur import attendre, demander, servie
from test_robustesse import un_envoi

import models
from verbes.administration import conservation, passation, succession
from verbes.echanges import imports, lots, revue
from views import wsgi

ENVOYEURS = 12                                                      # more than the workers, and than who may write
TENUE = 1.5                                                         # seconds more that the base is held by who writes


def _importer(monde):
    assert not imports.importer('structures', FICHIERS['structures']).fautes


def _reprendre(monde):
    """A follow-up of before, read again, written, undone."""
    lu = revue.ouvrir('demandes', ('Date;Commune;Objet;Statut;Suivi par\n' + ''.join(
        f'0{n}/09/2025;Rieumes;Objet {n};En cours;Claude Référent\n' for n in range(1, 9))).encode())
    relue = revue.relire(lu)
    assert revue.ecrire_la_revue(lu, relue.empreinte, monde.admin)[1]
    with models.ecriture():
        lots.annuler(lots.lots('demandes')[0].numero, monde.admin)


def _passer_la_main(monde):
    choix = succession.Choix('depart', '2026-11-24', '', '', str(monde.autre.id), {})
    with models.lecture():
        plan = succession.preparer(monde.referent, monde.admin, choix)
    with models.ecriture():
        passation.transferer(monde.referent, monde.admin, choix, plan.empreinte)
    with models.ecriture():
        passation.annuler(passation.derniere(monde.referent), monde.admin)


def _purger(monde):
    with models.ecriture():
        models.db.execute_sql("INSERT INTO audit (fait_le, fait) VALUES ('2001-01-01T00:00:00Z', 'essai')")
    assert conservation.purger_au_terme(lambda: True)


# What holds the base for long, from another process: a command, a page of another service, the carrier.
LONGS = {'import': _importer, 'reprise': _reprendre, 'passation': _passer_la_main, 'purge': _purger}


@pytest.mark.parametrize('long', LONGS)
def test_a_cote_d_un_long_ecrivain_aucun_depot_n_est_refuse_ni_perdu(base, monde, creer, monkeypatch, long):
    creer('en_cours')
    limiter(secondes_minimum=0, **dict.fromkeys(DEPOTS, 1000))
    envois = [un_envoi(n, 0) for n in range(ENVOYEURS)]
    codes, fils, valider = [], [], models.db.commit

    def envoyer(corps, type_):
        codes.append(demander(serveur.port, '/demande', 'POST', corps, Content_Type=type_)[0])

    def tenir():
        """Before what is written is committed, the senders send; once, and with the base held."""
        if not fils and not models.db.execute_sql('PRAGMA query_only').fetchone()[0]:
            fils.extend(threading.Thread(target=envoyer, args=envoi[1:3]) for envoi in envois)
            for fil in fils:
                fil.start()
            time.sleep(TENUE)
            assert demander(serveur.port, '/contact')[0] == 200 and codes == []
        return valider()

    with servie(base) as serveur:
        models.brancher(base)
        monkeypatch.setattr(models.db, 'commit', tenir)
        LONGS[long](monde)
        for fil in fils:
            fil.join()
    assert codes == [303] * ENVOYEURS
    with models.lecture():
        assert {message for message, in models.db.execute_sql('SELECT message FROM demande')} >= {
            message for message, *_ in envois}


class Requete:
    """What a channel is for the workers: it says whether it writes, and is served until it is let go."""

    def __init__(self, ecrit, repartiteur):
        self._ecrit, self.repartiteur, self.servie, self.fin = ecrit, repartiteur, False, threading.Event()

    def ecrit(self):
        return self._ecrit

    def service(self):
        self.servie = True
        self.fin.wait()
        if self._ecrit:
            self.repartiteur.rendre()


def test_de_huit_fils_deux_restent_a_qui_lit_et_qui_ecrit_attend_dans_l_ordre():
    repartiteur = wsgi.Repartiteur()
    ecrivains = [Requete(True, repartiteur) for _ in range(20)]
    lecteurs = [Requete(False, repartiteur) for _ in range(3)]
    for requete in (*ecrivains, *lecteurs):
        repartiteur.add_task(requete)
    attendre(lambda: sum(requete.servie for requete in (*ecrivains, *lecteurs)) == wsgi.FILS)
    servies = lambda: [n for n, requete in enumerate(ecrivains) if requete.servie]      # noqa: E731
    assert servies() == list(range(models.ECRIVAINS)) and [r.servie for r in lecteurs] == [True, True, False]
    lecteurs[0].fin.set()
    attendre(lambda: lecteurs[2].servie)
    assert len(servies()) == models.ECRIVAINS                       # a reader that is done gives no place to who writes
    for n in range(14):
        ecrivains[n].fin.set()
        attendre(lambda: len(servies()) == models.ECRIVAINS + n + 1)        # noqa: B023 – waited for here
    assert servies() == list(range(20))
    for requete in (*ecrivains, *lecteurs):
        requete.fin.set()
    repartiteur.shutdown()
    assert repartiteur.places == models.ECRIVAINS


def test_des_requetes_l_une_apres_l_autre_reveillent_toujours_le_meme_fil():
    repartiteur, fils = wsgi.Repartiteur(), []
    attendre(lambda: len(repartiteur.queue_cv.endormis) == wsgi.FILS)
    for _ in range(3 * wsgi.FILS):
        requete = Requete(False, repartiteur)
        requete.fin.wait = lambda: fils.append(threading.get_ident())
        repartiteur.add_task(requete)
        attendre(lambda: len(repartiteur.queue_cv.endormis) == wsgi.FILS)
    assert len(fils) == 3 * wsgi.FILS and len(set(fils)) == 1       # it alone opens the base, and knows its statements
    repartiteur.shutdown()
    assert not repartiteur.threads
