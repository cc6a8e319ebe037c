"""What runs without end beside the requests reads nothing whole of what grows: SQLite says how it reads each query."""
import re
import time

import pytest
import semis
from conftest import fixer

import models
from verbes.demande.relances import relances
from verbes.exploitation import porteur
from verbes.exploitation.environnement import Configuration

# What a year adds to. The rest is people, places, texts; what waits there for an hour or a day is a handful.
GRANDIT = ('demande', 'journal', 'membre', 'demande_commune', 'piece', 'courriel', 'rappel', 'audit', 'evaluation',
           'reponse_recue', 'piece_recue', 'recherche', 'passation', 'contenu', 'version', 'document')
# All of a table, but the rows of a word or of a number in an index of words; the rest of one, from a number on.
PARCOURT = re.compile(r'SCAN (\w+)(?! VIRTUAL TABLE INDEX \d+:[=M])(?: USING (?:COVERING )?INDEX (\w+))?')
RESTE = re.compile(r'USING INTEGER PRIMARY KEY \(rowid[<>]')


@pytest.fixture
def vues(monkeypatch):
    """{SQL text: its values} of what was asked since the last clear()."""
    faites, executer = {}, models.db.execute_sql

    def noter(sql, valeurs=None):
        if re.match(r'\s*(SELECT|WITH|INSERT|UPDATE|DELETE)\b', sql):
            faites.setdefault(sql, valeurs)
        return executer(sql, valeurs)
    monkeypatch.setattr(models.db, 'execute_sql', noter)
    return faites


def parcours(vues):
    """[(step, SQL text)] of what reads a table that grows otherwise than by an index that holds a part of it."""
    trouves = []
    with models.lecture():
        executer = models.db.connection().execute
        partiels = {nom for nom, in executer(
            "SELECT name FROM sqlite_master WHERE type = 'index' AND sql LIKE '%WHERE%'")}
        for sql, valeurs in vues.items():
            for *_, etape in executer(f'EXPLAIN QUERY PLAN {sql}', valeurs or ()).fetchall():
                lue = PARCOURT.match(etape)
                tout = lue and lue[1] in GRANDIT and lue[2] not in partiels
                if (tout or RESTE.search(etape)) and '(0 = 1)' not in sql:      # of an empty list
                    trouves.append((etape, sql))
    return trouves


@pytest.fixture
def configuration(base, monde, heure, monkeypatch):
    """A base of every kind of demandes, its service open, a relay that accepts all."""
    heure(semis.MAINTENANT)
    semis.semer(120)
    with models.ecriture():
        fixer('ouvert_le', '2024-01-02')
        models.db.execute_sql(                                      # what the team reads the next day
            '''INSERT INTO journal (demande_id, cree_le, nature, statut, agent_id, auteur)
               SELECT numero, '2026-12-08T10:00:00Z', 'statut', statut, 2, 'Camille' FROM demande WHERE numero > 60''')
    monkeypatch.setattr(porteur, '_envoyer', lambda *_: ('envoyes', ''))
    monkeypatch.setitem(porteur.relais_muet, 'jusqu_a', 0.0)
    return Configuration({'PLATEFORME_BASE': base, 'PLATEFORME_SMTP': 'smtp://127.0.0.1:25'})


def test_les_rondes_du_porteur_ne_parcourent_rien_de_ce_qui_grandit(configuration, vues):
    """The first of a day, one in which nothing is due, then that of the next hour."""
    prevu = {'vues': 0.0, 'heure': 0.0, 'jour': ''}
    for _ in range(2):
        porteur._faire_une_ronde(configuration, prevu)
    prevu.update(vues=0.0, heure=0.0)
    porteur._faire_une_ronde(configuration, prevu)
    assert time.monotonic() < prevu['heure'] and len(vues) > 60
    assert parcours(vues) == []


def test_des_rappels_qui_attendent_se_recrivent_sans_rien_parcourir(configuration, heure, vues):
    assert relances()
    heure('2026-12-10T09:00:00Z')
    relances()
    assert parcours(vues) == []
