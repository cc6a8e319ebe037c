"""« Classer à la reprise »: imported demandes that nobody will follow are closed in one batch, without a mail, outside
figures and delays (regles.md §4); a batch is undone within 24 hours.

With cycle.changer_statut, the only writer of a statut: by sets, since the lock is held for a thousand demandes.
"""
import json
from collections import namedtuple
from datetime import timedelta

import langue
from models import Refus, StockClasse, db, lignes
from langue import dire_nombre, en_utc, maintenant, normaliser

from verbes.journal import auditer, empreinte, exiger
from verbes.regles import TRANSITIONS

LOT_MAX = 1_000
ANNULABLE = timedelta(hours=24)
ISSUE = 'stock'
FAIT = 'stock classé'                                               # in the audit, whose line numbers the batch
CLASSER, = (t for t in TRANSITIONS if t.action == 'classer_stock')
OUVERTES = f"""demande.clos_le IS NULL AND demande.reprise = 1
               AND demande.statut IN ({', '.join(f"'{statut}'" for statut in CLASSER.de)})"""
PARMI = 'IN (SELECT value FROM json_each(?))'
EN_ATTENTE = "(SELECT demande_id FROM message_a_partir WHERE acte <> '' AND raison = '')"   # of their own closing
# empreinte: of the demandes of a preview, as they were when it was read; attendent: the numbers of those left out.
Apercu = namedtuple('Apercu', 'demandes empreinte attendent')
Lot = namedtuple('Lot', 'numero fait_le auteur combien')


# ---- Refuse ----

def apercevoir(numeros):
    """The Apercu of those of these demandes that may be set aside so: imported, open, on which no agent has acted."""
    if len(numeros) > LOT_MAX:
        raise Refus(f'Un lot compte {dire_nombre(LOT_MAX)} demandes au plus\u00a0: affinez la liste par un filtre, '
                    'puis recommencez pour les autres.')
    demandes = lignes(
        f"""SELECT numero, statut, depose_le, collectivite, fiche_id, restreinte, version FROM demande
            WHERE numero {PARMI} AND {OUVERTES} AND numero NOT IN {EN_ATTENTE} ORDER BY numero""", json.dumps(numeros))
    attendent = db.execute_sql(f'SELECT numero FROM demande WHERE numero {PARMI} AND numero IN {EN_ATTENTE}',
                               (json.dumps(numeros),))
    return Apercu(demandes, empreinte([(d['numero'], d['version']) for d in demandes]), [n for n, in attendent])


def classer(numeros, montree, agent, saisie, sauf=()):
    """Set aside the demandes of a preview (but those of sauf): how many. saisie: motif."""
    motif = exiger(saisie, 'motif', 'Indiquez pourquoi ces demandes sont classées\u00a0: '
                                    'chacune le dira dans son journal.')
    apercu = apercevoir(numeros)
    if apercu.empreinte != montree:
        raise Refus('Ces demandes ont changé depuis l\'aperçu. Rien n\'est classé\u00a0: relisez, puis recommencez.',
                    409)
    retenus = [d['numero'] for d in apercu.demandes if d['numero'] not in sauf]
    if not retenus:
        raise Refus('Il ne reste aucune demande à classer\u00a0: laissez-en au moins une dans le lot.')
    _oublier_les_anciens()
    lot = auditer(FAIT, agent, f'{len(retenus)} demandes', objet='reprise').id
    _changer(retenus, lot)
    _inscrire(retenus, CLASSER.vers, f'{CLASSER.bouton}. Motif\u00a0: {motif}', agent)
    return len(retenus)


# ---- Change, journal ----


def _changer(numeros, lot):
    parmi = json.dumps(numeros)
    db.execute_sql(f"""INSERT OR REPLACE INTO stock_classe (demande_id, lot, statut, version)
                       SELECT numero, ?, statut, version + 1 FROM demande WHERE numero {PARMI}""", (lot, parmi))
    db.execute_sql(f"""UPDATE demande SET statut = ?, clos_le = ?, issue = ?, version = version + 1
                       WHERE numero {PARMI}""", (CLASSER.vers, maintenant(), ISSUE, parmi))


def _inscrire(numeros, statut, texte, agent):
    """The same line in the journal of each (statut: theirs, None to take it from each demande), and in its index.

    Not by journal.inscrire: an agent who acts on a demande ends its « reprise », which stays outside figures here.
    """
    parmi = json.dumps(numeros)
    pour = next(identite for identite, administre in agent.identites.items() if administre)
    db.execute_sql(
        f"""INSERT INTO journal (demande_id, cree_le, nature, statut, agent_id, pour_id, auteur, structure, texte)
            SELECT numero, ?, 'statut', coalesce(?, statut), ?, ?, ?, ?, ? FROM demande WHERE numero {PARMI}
            ORDER BY numero""",
        (maintenant(), statut, agent.id, pour if pour != agent.id else None, agent.nom_complet,
         agent.direction.structure.nom, texte, parmi))
    db.execute_sql(f"UPDATE recherche SET journal = trim(journal || ' ' || ?) WHERE rowid {PARMI}",
                   (normaliser(texte), parmi))


# ---- Undo ----

def lots():
    """The Lots that may still be undone, the last first."""
    return [Lot(*lu) for lu in db.execute_sql(
        """SELECT audit.id, fait_le, agent.prenom || ' ' || agent.nom, count(*) FROM stock_classe
           JOIN audit ON audit.id = lot JOIN agent ON agent.id = audit.agent_id
           WHERE fait_le > ? GROUP BY audit.id ORDER BY audit.id DESC""", (_limite(),))]


def annuler(lot, agent):
    """Undo a batch: (how many demandes are open again as they were, the numbers of those that have moved since)."""
    if lot not in {connu.numero for connu in lots()}:
        raise Refus('Ce lot ne s\'annule plus\u00a0: il l\'est déjà, ou 24 heures ont passé. '
                    'Une demande classée se rouvre encore depuis sa page.', 409)
    places = db.execute_sql(
        """SELECT numero, demande.version = stock_classe.version AND demande.statut = ? AND issue = ?
           FROM stock_classe JOIN demande ON numero = demande_id WHERE lot = ? ORDER BY numero""",
        (CLASSER.vers, ISSUE, lot)).fetchall()
    rendues = [numero for numero, intacte in places if intacte]
    db.execute_sql(
        f"""UPDATE demande SET clos_le = NULL, issue = '', version = version + 1,
                   statut = (SELECT stock_classe.statut FROM stock_classe WHERE demande_id = numero)
            WHERE numero {PARMI}""", (json.dumps(rendues),))
    _inscrire(rendues, None, 'Classement à la reprise annulé.', agent)
    StockClasse.delete().where(StockClasse.lot == lot).execute()
    auditer('classement annulé', agent, f'lot {lot}\u00a0: {len(rendues)} demandes', objet=f'lot:{lot}')
    return len(rendues), [numero for numero, intacte in places if not intacte]


def _limite():
    return en_utc(langue.horloge() - ANNULABLE)


def _oublier_les_anciens():
    """What can't be undone any more is not kept."""
    db.execute_sql('DELETE FROM stock_classe WHERE lot NOT IN (SELECT id FROM audit WHERE fait = ? AND fait_le > ?)',
                   (FAIT, _limite()))
