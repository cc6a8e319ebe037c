"""Retention: what is kept for a time only (settings), taken away in small transactions so that no writer waits."""
from peewee import SQL

from models import Audit, Demande, Journal, Reglage, db, ecriture, lecture
from langue import aujourdhui, debut_du_jour, dire_jour, dire_nombre, plus_mois

from verbes.discretion import TUS, masquer, porte_un_secret
from verbes.journal import auditer, indexer, purger_permis
from verbes.valeurs import noter

LOT = 1_000                                                         # rows a transaction


SANS_SERVIR = 13                                                    # months: an account is then unused (inactifs.py)
# The last sign-in of an active account, until it would make it unused: without it, nobody could tell.
DERNIERE = """(audit.fait = 'connexion' AND audit.fait_le >= ? AND EXISTS (
    SELECT 1 FROM agent WHERE agent.id = audit.agent_id AND actif) AND NOT EXISTS (
    SELECT 1 FROM audit AS autre WHERE autre.agent_id = audit.agent_id AND autre.fait = 'connexion'
                                       AND autre.fait_le > audit.fait_le))"""


def _supprimer_audit(limite):
    vieux = Audit.select(Audit.id).where(
        Audit.fait_le < limite, SQL(f'NOT {DERNIERE}', (il_y_a(SANS_SERVIR),))).order_by(Audit.fait_le).limit(LOT)
    return Audit.delete().where(Audit.id.in_(vieux)).execute()


def _oublier_adresses(limite):
    vieux = Audit.select(Audit.id).where(Audit.fait_le < limite, Audit.adresse != '').order_by(Audit.fait_le).limit(LOT)
    return Audit.update(adresse='').where(Audit.id.in_(vieux)).execute()


# Sent ones alone: what waits, and what was given up and may be sent again, keeps its text. The index courriel_envoi
# wants « corps <> '' » written so.
VIDER = """
    UPDATE courriel SET corps = '' WHERE courriel.id IN (
        SELECT courriel.id FROM courriel WHERE courriel.corps <> '' AND courriel.envoye_le < ?
        ORDER BY courriel.envoye_le LIMIT ?)"""


def _vider_courriels(limite):
    return db.execute_sql(VIDER, (limite, LOT)).rowcount


# (the setting, in months; a batch: how many rows it took; what was done, to one row, to several)
TERMES = (
    ('conservation_audit',     _supprimer_audit, 'ligne d\'audit supprimée',  'lignes d\'audit supprimées'),
    ('conservation_adresses',  _oublier_adresses, 'adresse effacée à l\'audit', 'adresses effacées à l\'audit'),
    ('conservation_courriels', _vider_courriels, 'texte de courriel effacé', 'textes de courriels effacés'),
)


def purger_au_terme(souffler):
    """Take away what is past its retention: what was done, in words. souffler: between two batches, False to stop."""
    with lecture():
        reglages = Reglage.tous()
    purges = (_par_lots(il_y_a(int(reglages[cle])), *quoi, souffler) for cle, *quoi in TERMES)
    return [dit for dit in purges if dit]


def _par_lots(limite, lot, une, plusieurs, souffler):
    """Batch after batch; the one line of audit that says what was done is true at each commit. '' for nothing."""
    total, ligne, mots = 0, None, ''
    while True:
        with ecriture(), purger_permis():
            nombre = lot(limite)
            if nombre:
                total += nombre
                mots = f'{dire_nombre(total)} {une if total == 1 else plusieurs}, d\'avant le {dire_jour(limite, True)}'
                ligne = _auditer_purge(ligne, mots)
        if nombre < LOT or not souffler():
            return mots


def _auditer_purge(ligne, detail):
    if ligne is None:
        return auditer('conservation', detail=detail)
    Audit.update(detail=detail).where(Audit.id == ligne.id).execute()
    return ligne


def il_y_a(mois):
    """The instant at which began the day that many months ago."""
    return debut_du_jour(plus_mois(aujourdhui(), -mois))


# ---- What opens a demande, in a line that came in as it was: of a version before, of an archive ----

SUIVANTES = """SELECT journal.id, texte, demande_id, jeton FROM journal JOIN demande ON numero = demande_id
               WHERE journal.id > ? ORDER BY journal.id LIMIT ?"""
MASQUES = 'liens de suivi masqués au journal\u00a0: {}'


def taire_les_secrets(souffler):
    """Black out the links and secrets that lines of the journal still hold, those not looked at yet: what was done, in
    words, as purger_au_terme() does."""
    total, ligne = 0, None
    while True:
        with ecriture(), purger_permis():
            lignes = db.execute_sql(SUIVANTES, (int(Reglage.tous().get(TUS, 0)), LOT)).fetchall()
            portent = [(id_, texte, numero) for id_, texte, numero, jeton in lignes if porte_un_secret(texte, jeton)]
            for id_, texte, numero in portent:
                demande = Demande.get_by_id(numero)
                Journal.update(texte=masquer(texte, demande)).where(Journal.id == id_).execute()
                indexer(demande)
            total += len(portent)
            if portent:
                ligne = _auditer_purge(ligne, MASQUES.format(dire_nombre(total, 'ligne')))
            if lignes:
                noter(TUS, str(lignes[-1][0]))
        if len(lignes) < LOT or not souffler():
            return MASQUES.format(dire_nombre(total, 'ligne')) if total else ''
