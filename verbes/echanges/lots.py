"""An import of demandes, or of their journal, is one batch: undone within 24 hours, but where anybody has acted since
(regles.md §3).

What a batch made goes, with its journal, team and index; its number is not given again. What it changed comes back as
it was. Kept for that: of each demande, what it was, and what tells that nothing has moved since.
"""
import json
from collections import namedtuple
from datetime import timedelta

import langue
from models import Demande, ImportDefaisable, Refus, db, effacer_du_journal
from langue import en_utc

from verbes.journal import auditer, indexer, purger_permis

DEFAISABLES = ('demandes', 'journal')
ANNULABLE = timedelta(hours=24)
FAIT = 'import'                                                     # in the audit, whose line numbers the batch
PARMI = 'IN (SELECT value FROM json_each(?))'
# What goes with a demande, and is put back as it was: the columns of each table, but the demande, in the order
# of the first one.
AVEC_ELLE = {
    'membre': 'rang, role, agent_id, structure_id, direction_id, depuis_le',
    'demande_commune': 'collectivite_id',
    'jalon': 'rang, quoi, agent_id, structure_id, direction_id, a_accepter, propose, pour_le, fait_le, dit, dit_jour, '
             'par_id',
}
# Something of it that is not in its journal, or that another demande says.
TENUE = ' OR '.join(
    [f'EXISTS (SELECT 1 FROM {table} WHERE demande_id = demande.numero)'
     for table in ('courriel', 'piece', 'evaluation', 'cote', 'stock_classe', 'contenu', 'reunion')]
    + ['EXISTS (SELECT 1 FROM demande AS autre WHERE autre.doublon_de = demande.numero)'])
Lot = namedtuple('Lot', 'numero fait_le auteur quoi combien')


# ---- Keep ----

def photographier(numeros):
    """{number: what it is, as JSON keeps it} of the demandes of these numbers, before a batch."""
    parmi = json.dumps(list(numeros))
    curseur = db.execute_sql(f'SELECT * FROM demande WHERE numero {PARMI}', (parmi,))
    noms = [colonne[0] for colonne in curseur.description]
    photos = {rangee['numero']: {'demande': rangee, **{table: [] for table in AVEC_ELLE}, 'ligne': 0}
              for rangee in (dict(zip(noms, valeurs)) for valeurs in curseur.fetchall())}
    for table, colonnes in AVEC_ELLE.items():
        for numero, *rangee in db.execute_sql(
                f'SELECT demande_id, {colonnes} FROM {table} WHERE demande_id {PARMI} ORDER BY 1, 2', (parmi,)):
            photos[numero][table].append(rangee)
    for numero, ligne in db.execute_sql(
            f'SELECT demande_id, max(id) FROM journal WHERE demande_id {PARMI} GROUP BY 1', (parmi,)):
        photos[numero]['ligne'] = ligne
    return photos


def retenir(lot, avant):
    """Keep what an undoing of the batch needs. avant: photographier() of its demandes, before it."""
    apres = _places(numero for numero in avant)
    db.connection().executemany(
        'INSERT INTO import_defaisable (lot, demande_id, creee, version, ligne, avant) VALUES (?, ?, ?, ?, ?, ?)',
        [(lot, numero, not dit, *apres[numero], json.dumps(dit) if dit else '') for numero, dit in avant.items()])
    _suivre({numero: (dit['demande']['version'], dit['ligne']) for numero, dit in avant.items() if dit})


def _places(numeros):
    """{number: (version, last line of its journal)}, now."""
    return {numero: (version, ligne) for numero, version, ligne in db.execute_sql(
        f"""SELECT numero, version, coalesce((SELECT max(id) FROM journal WHERE demande_id = numero), 0)
            FROM demande WHERE numero {PARMI}""", (json.dumps(list(numeros)),))}


def _suivre(avant):
    """What another batch does is no act of somebody: the one that made a demande may still be undone after it.

    avant: {number: (version, last line)} before that other batch.
    """
    apres = _places(avant)
    db.connection().executemany(
        """UPDATE import_defaisable SET version = ?, ligne = ?
           WHERE demande_id = ? AND creee AND version = ? AND ligne = ?""",
        [(*apres[numero], numero, *place) for numero, place in avant.items()])


# ---- Undo ----

def lots(quoi):
    """The Lots of this import that may still be undone, the last first."""
    return [Lot(*lu) for lu in db.execute_sql(
        """SELECT audit.id, fait_le, coalesce(agent.prenom || ' ' || agent.nom, ''), ?1, count(*) FROM import_defaisable
           JOIN audit ON audit.id = lot LEFT JOIN agent ON agent.id = audit.agent_id
           WHERE fait_le > ?2 AND detail LIKE ?1 || ' :%' GROUP BY audit.id ORDER BY audit.id DESC""",
        (quoi, _limite()))]


def annuler(lot, agent):
    """Undo a batch: (of how many demandes, the numbers of those that somebody has acted on since, left as they are)."""
    if lot not in {connu.numero for quoi in DEFAISABLES for connu in lots(quoi)}:
        raise Refus('Cet import ne s\'annule plus\u00a0: il l\'est déjà, ou 24\u00a0heures ont passé.', 409)
    demandes = db.execute_sql(
        f"""SELECT demande_id, creee, avant, import_defaisable.version = demande.version AND ligne = coalesce(
                     (SELECT max(id) FROM journal WHERE demande_id = numero), 0) AND NOT (creee AND ({TENUE}))
            FROM import_defaisable JOIN demande ON numero = demande_id WHERE lot = ? ORDER BY demande_id""",
        (lot,)).fetchall()
    intactes = [(numero, creee, avant) for numero, creee, avant, intacte in demandes if intacte]
    with purger_permis():
        _oter([numero for numero, creee, _ in intactes if creee])
        for numero, creee, avant in intactes:
            if not creee:
                _rendre(numero, json.loads(avant))
    ImportDefaisable.delete().where(ImportDefaisable.lot == lot).execute()
    auditer('import annulé', agent, f'lot {lot}\u00a0: {len(intactes)} demandes', objet=f'lot:{lot}')
    return len(intactes), [numero for numero, _, _, intacte in demandes if not intacte]


def _oter(numeros):
    """Take away demandes that nothing but their batch has touched."""
    parmi = json.dumps(numeros)
    db.execute_sql('PRAGMA defer_foreign_keys = 1')
    db.execute_sql(f'DELETE FROM recherche WHERE rowid {PARMI}', (parmi,))
    for table in ('import_defaisable', *AVEC_ELLE, 'journal'):
        db.execute_sql(f'DELETE FROM {table} WHERE demande_id {PARMI}', (parmi,))
    db.execute_sql(f'DELETE FROM demande WHERE numero {PARMI}', (parmi,))


def _rendre(numero, avant):
    """Put a demande back as it was; its version goes up all the same: a page that shows the other one is stale."""
    place = _places([numero])
    db.execute_sql('DELETE FROM journal WHERE demande_id = ? AND id > ?', (numero, avant['ligne']))
    champs = [nom for nom in avant['demande'] if nom not in ('numero', 'version')]
    poses = ', '.join(f'{nom} = ?' for nom in champs)
    db.execute_sql(f'UPDATE demande SET {poses}, version = version + 1 WHERE numero = ?',
                   (*(avant['demande'][nom] for nom in champs), numero))
    for table, colonnes in AVEC_ELLE.items():
        db.execute_sql(f'DELETE FROM {table} WHERE demande_id = ?', (numero,))
        db.connection().executemany(
            f'INSERT INTO {table} (demande_id, {colonnes}) VALUES (?{", ?" * (colonnes.count(",") + 1)})',
            [(numero, *rangee) for rangee in avant[table]])
    indexer(Demande.get_by_id(numero))
    _suivre(place)


def _limite():
    return en_utc(langue.horloge() - ANNULABLE)


def jusqu_a(lot):
    """The instant until which a Lot may be undone."""
    return en_utc(langue.a_paris(lot.fait_le) + ANNULABLE)


def oublier_les_anciens():
    """What can't be undone any more is not kept, the texts that it says above all: the carrier, each hour."""
    if db.execute_sql('DELETE FROM import_defaisable WHERE lot NOT IN (SELECT id FROM audit WHERE fait_le > ?)',
                      (_limite(),)).rowcount:
        effacer_du_journal()
