"""A training room signs in: who waits, who goes before, thirty real sign-ins on a real server."""
import threading

import pytest
from conftest import PHRASE
from salle import remplir
from serveur import PATIENCE, attendre, servie

import models
from models import Refus
from verbes import comptes
from verbes.guichet import Guichet

SALLE = 30


def occuper(ici, connu, arrivees, nom, tenir):
    """Pass, and hold the place until told: what becomes of it is written."""
    try:
        with ici.passer(connu):
            arrivees.append(nom)
            tenir.wait(PATIENCE)
    except Refus as refus:
        arrivees.append(f'{nom} {refus.code}')


class File:
    """Threads that pass by a Guichet of their own."""

    def __init__(self):
        self.ici, self.arrivees, self.tenir, self.fils = Guichet(), [], threading.Event(), []

    def venir(self, connu, nom):
        avant = self.dedans(), len(self.arrivees)
        fil = threading.Thread(target=occuper, args=(self.ici, connu, self.arrivees, nom, self.tenir))
        self.fils.append(fil)
        fil.start()
        attendre(lambda: (self.dedans(), len(self.arrivees)) != avant)

    def dedans(self):
        with self.ici.change:
            return self.ici.servis, *(len(file) for file in self.ici.attendent.values())

    def finir(self):
        self.tenir.set()
        for fil in self.fils:
            fil.join(PATIENCE)


@pytest.fixture
def file():
    une = File()
    yield une
    une.finir()


def test_sous_un_deluge_d_inconnus_les_connus_passent_devant_et_gardent_leur_place(file):
    for n in range(6):
        file.venir(False, f'inconnu {n}')
    for n in range(4):
        file.venir(True, f'connu {n}')
    assert file.dedans() == (2, 4, 0)
    attendre(lambda: len(file.arrivees) == 6)
    assert sorted(file.arrivees[2:6]) == [f'inconnu {n} 503' for n in range(2, 6)]
    file.venir(True, 'un de trop')
    file.venir(False, 'inconnu 6')
    assert file.arrivees[-2:] == ['un de trop 503', 'inconnu 6 503']
    file.finir()
    assert sorted(file.arrivees[8:]) == [f'connu {n}' for n in range(4)]


def test_deux_a_la_fois_et_six_en_tout_et_une_faute_dans_le_calcul_rend_la_place(file):
    with pytest.raises(ZeroDivisionError), file.ici.passer(True):
        raise ZeroDivisionError
    assert file.dedans() == (0, 0, 0)
    for n in range(6):
        file.venir(False, n)
    assert file.dedans() == (2, 0, 4) and file.arrivees == [0, 1]
    file.venir(False, 'septieme')
    assert file.arrivees[-1] == 'septieme 503' and file.dedans() == (2, 0, 4)
    file.finir()
    assert file.arrivees[3:] == [2, 3, 4, 5] or sorted(file.arrivees[3:]) == [2, 3, 4, 5]
    assert file.dedans() == (0, 0, 0)


@pytest.fixture
def salle(base, monde):
    """Thirty accounts of the same office, the password hashed for good."""
    hache = comptes.hacher(PHRASE)
    with models.ecriture():
        for n in range(SALLE):
            models.Agent.create(prenom='Agent', nom=f'De la salle {n}', courriel=f'salle{n}@hgi.example',
                                direction=monde.chef.direction, mot_de_passe=hache,
                                cree_le='2026-01-01T09:00:00Z', ouvert_le='2026-01-01T09:00:00Z')
    return base


def test_une_salle_de_formation_entre_en_deux_secondes(salle):
    """All are in, whoever is asked to come back does; a public page is read meanwhile."""
    with servie(salle) as processus:
        reponses = remplir(processus.port, [f'salle{n}@hgi.example' for n in range(SALLE)], PHRASE, 2)
    assert len(reponses) == SALLE and all(siennes[-1][1] == 303 for siennes in reponses.values())
    assert {code for siennes in reponses.values() for _, code in siennes} <= {303, 503}


def test_une_salle_derriere_un_meme_64_entre_sans_attendre(salle, naviguer, hachage_rapide):
    """Sixty tries from one address pass the thirty failures it may have: a success takes back its own."""
    with models.ecriture():
        models.Agent.update(mot_de_passe=comptes.hacher(PHRASE)).where(models.Agent.nom.startswith('De la')).execute()
    for n in range(2 * SALLE):
        naviguer().post('/connexion', {'courriel': f'salle{n % SALLE}@hgi.example', 'mot_de_passe': PHRASE},
                        extra_environ={'REMOTE_ADDR': f'2001:db8:1:2::{n:x}'}, status=303)
