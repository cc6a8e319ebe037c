"""« Préparation de visite »: two sheets about a collectivité for who governs or directs, never another élu·e
(regles.md §7). Nothing restricted, not even a count; of the journal, what was sent and when, never its words. For
whom and why are in the audit.
"""
import json
from collections import namedtuple

import models
from langue import jour_de
from models import Refus

from verbes import perimetre
from verbes.journal import auditer
from verbes.regles import NATURES
from . import territoires
from .territoires import DU_COMITE

POUR = {'president': 'le Président ou la Présidente du Département',
        'vice_president': 'le vice-président ou la vice-présidente avec la délégation',
        'direction': 'un directeur ou une directrice'}
# d: its row (territoires.demandes_de); referent: (name, telephone), or None; envois: [(words, day)]; etape: (what, day
# or None), or None.
Suivie = namedtuple('Suivie', 'd referent envois etape')


def peut_preparer(agent, id_):
    """An administrateur, or the chef de file of one of its demandes that the sheets show."""
    if agent.administre:
        return True
    return models.db.execute_sql("""
        SELECT 1 FROM membre JOIN demande ON demande.numero = membre.demande_id
        WHERE membre.role = 'chef_de_file' AND membre.agent_id IN (SELECT value FROM json_each(?))
          AND demande.restreinte = 0 AND demande.collectivite_id IN (SELECT value FROM json_each(?))""",
        (json.dumps(list(agent.identites)), json.dumps(perimetre.famille(id_)))).fetchone() is not None


def exiger_de_pouvoir(agent, id_):
    if not peut_preparer(agent, id_):
        raise Refus('Une visite se prépare par un administrateur de la Plateforme, ou par le chef de file d\'une '
                    'demande de cette collectivité.', 403)


def preparer(agent, collectivite, pour, motif):
    """([Suivie] of its demandes, of those open in its communes), newest first, once who they are for and why are in the
    audit; Refus.
    """
    exiger_de_pouvoir(agent, collectivite.id)
    if pour not in POUR:
        raise Refus('Dites pour qui cette visite se prépare.', champ='pour')
    auditer('visite préparée', agent, f'{collectivite.nom}, pour {POUR[pour]}\u00a0: {motif}',
            objet=f'collectivite:{collectivite.id}')
    return (_suivre(territoires.demandes_de(DU_COMITE, collectivite.id)),
            _suivre(territoires.ouvertes_des_communes(DU_COMITE, collectivite.id)))


def _suivre(lues):
    numeros = json.dumps([d['numero'] for d in lues])
    referents, envois, etapes = _referents(numeros), _envois(numeros), _etapes(numeros)
    return [Suivie(d, referents.get(d['numero']), envois.get(d['numero'], []), etapes.get(d['numero'])) for d in lues]


def _referents(numeros):
    return {numero: (nom, telephone) for numero, nom, telephone in models.db.execute_sql("""
        SELECT demande_id, prenom || ' ' || agent.nom,
               iif(telephone_public <> '', telephone_public, direction.telephone)
        FROM membre JOIN agent ON agent.id = agent_id JOIN direction ON direction.id = agent.direction_id
        WHERE role = 'referent' AND demande_id IN (SELECT value FROM json_each(?))""", (numeros,))}


def _envois(numeros):
    """{number: [(« Proposition d'accompagnement : plan.pdf », day)]}, the last one first."""
    envois = {}
    for numero, nature, le, noms in models.db.execute_sql("""
            SELECT demande_id, nature, coalesce(acte_le, substr(cree_le, 1, 10)),
                   (SELECT group_concat(piece.nom, ', ') FROM piece JOIN journal AS parti ON parti.id = piece.journal_id
                    WHERE parti.demande_id = journal.demande_id AND parti.nature = 'reponse'
                    AND parti.cree_le = journal.cree_le)
            FROM journal
            WHERE nature IN ('proposition', 'livrable') AND demande_id IN (SELECT value FROM json_each(?))
            ORDER BY id DESC""", (numeros,)):
        envois.setdefault(numero, []).append((f'{NATURES[nature]}\u00a0: {noms}' if noms else NATURES[nature], le))
    return envois


# One thing that was done: its day, its demande, its kind (a nature, « jalon », « cloture »), what it was, its files.
Fait = namedtuple('Fait', 'le numero quoi dit fichiers')


def faits(numeros):
    """[Fait] of demandes, the last one first: what was sent, with its files, the steps done, how each was closed.
    Of the journal, only what the collectivité was sent says its files, and nothing its words.
    """
    parmi = json.dumps(numeros)
    fichiers = {}
    for ligne_id, id_, nom in models.db.execute_sql("""
            SELECT journal_id, piece.id, nom FROM piece JOIN journal ON journal.id = journal_id
            WHERE nature = 'reponse' AND piece.demande_id IN (SELECT value FROM json_each(?)) ORDER BY piece.id""",
            (parmi,)):
        fichiers.setdefault(ligne_id, []).append((id_, nom))
    lus = models.db.execute_sql("""
        SELECT coalesce(acte_le, cree_le), demande_id, nature, '', id FROM journal
          WHERE nature IN ('proposition', 'livrable', 'reponse') AND demande_id IN (SELECT value FROM json_each(?1))
        UNION ALL SELECT fait_le, demande_id, 'jalon', quoi, NULL FROM jalon
          WHERE fait_le IS NOT NULL AND demande_id IN (SELECT value FROM json_each(?1))
        UNION ALL SELECT clos_le, numero, 'cloture', '', NULL FROM demande
          WHERE clos_le IS NOT NULL AND numero IN (SELECT value FROM json_each(?1))""", (parmi,)).fetchall()
    dits = [Fait(jour_de(le), numero, quoi, dit, fichiers.get(ligne_id, ())) for le, numero, quoi, dit, ligne_id in lus
            if quoi != 'reponse' or ligne_id in fichiers]
    return sorted(dits, key=lambda fait: (fait.le, fait.numero, fait.quoi), reverse=True)


def _etapes(numeros):
    """{number: (what, day or None)} of the first step not done of those that are open."""
    return {numero: (quoi, pour_le) for numero, quoi, pour_le in models.db.execute_sql("""
        SELECT demande_id, quoi, pour_le FROM jalon JOIN demande ON numero = demande_id
        WHERE clos_le IS NULL AND fait_le IS NULL AND demande_id IN (SELECT value FROM json_each(?))
        ORDER BY demande_id, rang DESC, jalon.id DESC""", (numeros,))}
