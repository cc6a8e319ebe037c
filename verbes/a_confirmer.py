"""Who follows the demandes at a collectivité is to be confirmed: after an election, a resignation, a merger. Until it
is, the link and the mails of each say its number and whom to call (domaine.md §7).
"""
from datetime import timedelta

import models
import langue
from models import Demande, Refus, db
from langue import aujourdhui, dire_nombre, en_utc

from . import perimetre
from .courriels import A_LA_MAIRIE, taire
from .journal import auditer, commencer, conclure, exiger, indexer, inscrire

A_CONFIRMER = 'Interlocuteur à confirmer à la collectivité'


def concernees(type_='', collectivite=None):
    """The Demandes of a type, or of a collectivité and what it has replaced, whose link opens something, and that do
    not wait already: the newest first.
    """
    siennes = Demande.type == type_
    if collectivite:
        siennes = Demande.collectivite_liee.in_(perimetre.famille(collectivite.id))
    il_y_a_un_an = en_utc(langue.horloge() - timedelta(days=367))
    vivantes = Demande.clos_le.is_null() | (Demande.clos_le > il_y_a_un_an)
    lues = (Demande.select().where(siennes, vivantes, Demande.interlocuteur_depuis.is_null())
            .order_by(Demande.numero.desc()))
    return [demande for demande in lues if not models.lien_expire(demande.clos_le)]


def demander(agent, motif, type_='', collectivite=None):
    """Ask for it, with its reason, read in the journal of each; returns how many demandes it concerns."""
    exiger({'motif': motif}, 'motif', 'Indiquez pourquoi\u00a0: élection, démission, fusion…')
    siennes = concernees(type_, collectivite)
    if not siennes:
        raise Refus('Aucune demande n\'est concernée\u00a0: leur interlocuteur est déjà à confirmer, '
                    'ou leur lien n\'ouvre plus rien.', 409)
    for demande in siennes:
        demande.interlocuteur_depuis = aujourdhui()
        db.execute_sql('UPDATE demande SET interlocuteur_depuis = ? WHERE numero = ?',
                       (demande.interlocuteur_depuis, demande.numero))
        # No act of an agent on the demande: a message stays to be read, one taken over stays so.
        inscrire(demande, 'equipe', f'{A_CONFIRMER}. Motif\u00a0: {motif}', auteur=agent.nom_complet,
                 structure=agent.direction.structure.nom)
        taire(demande, A_LA_MAIRIE)
        indexer(demande)
    qui = collectivite.nom if collectivite else type_
    auditer('interlocuteurs à confirmer', agent, f'{qui}\u00a0: {dire_nombre(len(siennes))} demandes')
    return len(siennes)


def confirmer(demande, agent, version):
    """It is still the same: the link shows all of it again."""
    pour_id = commencer(demande, 'confirmer', agent, version)
    demande.interlocuteur_depuis = None
    conclure(demande, version, 'equipe', 'Interlocuteur confirmé à la collectivité.', agent, pour_id)
