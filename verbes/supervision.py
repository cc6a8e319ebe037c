"""What the service does by itself and whether it does: its health, the mails that do not leave, the test mail, what a
base should never hold. Most is computed elsewhere (porteur, exploitation, controles): /sante and the page read it here.
"""
import time
from collections import namedtuple
from datetime import timedelta

import models
import langue
from models import Courriel, db

from . import exploitation, porteur
from .controles import SAUVEGARDE_H
from .courriels import poster
from .journal import auditer

# ======================================================================================
# The health of the service
# ======================================================================================

RETARD_COURRIEL_H, RECENT_H = 1, 24
# courriels, sauvegarde: in words; the rest: what they come from.
Sante = namedtuple('Sante', 'courriels attente plus_ancien abandonnes passage porte sauvegarde sauvegarde_le')


def sante():
    """The Sante of now, in a reading."""
    attente, plus_ancien = porteur.file_d_attente()
    abandonnes = porteur.abandonnes(_il_y_a(RECENT_H))
    passage = round(time.monotonic() - porteur.etat['passage'])
    sauvegarde = models.Reglage.tous().get(exploitation.SAUVEGARDE)
    return Sante(_dire_courriels(plus_ancien, abandonnes), attente, plus_ancien, abandonnes, passage,
                 passage < porteur.MUET, _dire_sauvegarde(sauvegarde), sauvegarde)


def _il_y_a(heures):
    return langue.en_utc(langue.horloge() - timedelta(hours=heures))


def _dire_courriels(plus_ancien, abandonnes):
    """abandonnes: those given up since yesterday, which nobody but us would know of."""
    if abandonnes:
        return 'en échec'
    return 'en retard' if plus_ancien and plus_ancien < _il_y_a(RETARD_COURRIEL_H) else 'ok'


def _dire_sauvegarde(sauvegarde):
    if not sauvegarde:
        return 'jamais'
    return 'en retard' if sauvegarde < _il_y_a(SAUVEGARDE_H) else 'ok'


def derniere_verification():
    """(instant, how many faults) of the last `verifier`, or None."""
    quand, _, fautes = models.Reglage.tous().get(exploitation.VERIFICATION, '').partition(' ')
    return (quand, int(fautes)) if quand else None


def derniers_rappels():
    """(instant of the last reminder, how many since a week); None for a base that has reminded nobody."""
    return db.execute_sql("SELECT max(cree_le), sum(cree_le >= ?) FROM courriel WHERE modele = 'relance'",
                          (_il_y_a(24 * 7),)).fetchone()


def octets_de_la_base():
    (pages,), (taille,) = (db.execute_sql(f'PRAGMA {quoi}').fetchone() for quoi in ('page_count', 'page_size'))
    return pages * taille


# ======================================================================================
# What must not be
# ======================================================================================

def demandes_sans_personne():
    """The numbers of the open demandes on which nobody must act: there should be none."""
    return [numero for numero, in db.execute_sql(f'{exploitation.SANS_PERSONNE} ORDER BY numero')]


_JAMAIS_OUVERTS = """
    SELECT agent.id, prenom || ' ' || agent.nom, demandes, fiches FROM (
      SELECT agent.id AS qui,
             EXISTS (SELECT 1 FROM membre JOIN demande ON numero = demande_id
                     WHERE agent_id = agent.id AND clos_le IS NULL) AS demandes,
             EXISTS (SELECT 1 FROM pilotage JOIN fiche ON fiche.id = fiche_id
                     WHERE agent_id = agent.id AND etat <> 'archivee') AS fiches
      FROM agent WHERE actif AND ouvert_le IS NULL)
    JOIN agent ON agent.id = qui WHERE demandes OR fiches"""


def jamais_ouverts():
    """[(id, name, open demandes?, fiches?)] of the accounts nobody has opened that hold something; not how much."""
    return sorted(db.execute_sql(_JAMAIS_OUVERTS), key=lambda compte: langue.normaliser(compte[1]))


# ======================================================================================
# The mails that do not leave
# ======================================================================================

# sort: the condition, among what was never accepted.
SORTS = {
    'abandonne': 'echec_le IS NOT NULL',
    'reporte':   "echec_le IS NULL AND raison <> ''",
    'attente':   "echec_le IS NULL AND raison = ''",
}
_RESTES = """SELECT courriel.id, coalesce(modele.libelle, courriel.modele) AS quoi, destinataire, demande_id, cree_le,
                    echec_le, raison, essais FROM courriel LEFT JOIN modele ON modele.cle = courriel.modele
             WHERE envoye_le IS NULL AND {} ORDER BY courriel.id DESC LIMIT ? OFFSET ?"""


def compter_les_restes():
    """{sort: how many} of the mails that the relay has not accepted."""
    comptes = ', '.join(f'(SELECT count(*) FROM courriel WHERE envoye_le IS NULL AND {condition})'
                        for condition in SORTS.values())            # each by its own index
    return dict(zip(SORTS, db.execute_sql(f'SELECT {comptes}').fetchone()))


def lire_les_restes(sort, limite, debut):
    """Those of a sort, the last first, as dicts: to whom, which mail, why; never what they say."""
    return models.lignes(_RESTES.format(SORTS[sort]), limite, debut)


# ======================================================================================
# The test mail
# ======================================================================================

ESSAI = 'essai'


def essayer(agent):
    """Write the test mail to the agent's own address; the one that still waits is enough."""
    dernier = dernier_essai(agent)
    if dernier is None or dernier.envoye_le or dernier.echec_le:
        poster(ESSAI, 'agent', agent.courriel, agent=agent)
        auditer('courriel d\'essai', agent)
    porteur.relais_muet.update(essais=0, jusqu_a=0.0)                # it is tried at once


def dernier_essai(agent=None):
    """The last test mail (of one agent), or None."""
    essais = Courriel.select().where(Courriel.modele == ESSAI).order_by(Courriel.id.desc())
    return (essais.where(Courriel.agent == agent) if agent else essais).first()


def dire_essai(courriel):
    """(tone, words) of what became of a test mail."""
    if courriel.envoye_le:
        return 'succes', f'parti le {langue.dire_instant(courriel.envoye_le)}'
    if courriel.echec_le:
        return 'erreur', f'refusé\u00a0: {courriel.raison}'
    suite = f'\u00a0: {courriel.raison}' if courriel.raison else ''
    return 'attention', f'en attente{suite}'

