"""Who follows the demandes at a collectivité is to be confirmed: after an election, a resignation, a merger. Until it
is, the link and the mails of each say its number and whom to call (regles.md §7).
"""
import json
from collections import namedtuple
from datetime import timedelta

import langue
from models import Demande, Refus, db
from langue import aujourdhui, debut_du_jour, dire_jour, dire_nombre, en_utc, maintenant, normaliser

from verbes import invitations, perimetre, questions
from verbes.courriels import A_LA_MAIRIE, taire
from verbes.journal import auditer, commencer, conclure, exiger

A_CONFIRMER = 'Interlocuteur à confirmer à la collectivité'
Concernee = namedtuple('Concernee', 'numero clos_le restreinte collectivite')


def concernees(type_='', collectivite=None):
    """[Concernee] of a type, or of a collectivité and what it has replaced, whose link opens something, and that do not
    wait already.
    """
    filtre, de_qui = 'type = ?', type_
    if collectivite:
        filtre, de_qui = 'collectivite_id IN (SELECT value FROM json_each(?))', perimetre.famille(collectivite.id)
    il_y_a_un_an = en_utc(langue.horloge() - timedelta(days=367))
    lignes = db.execute_sql(
        f"""SELECT numero, clos_le, restreinte, collectivite_tri FROM demande
            WHERE {filtre} AND (clos_le IS NULL OR clos_le > ?) AND interlocuteur_depuis IS NULL
              AND issue IS NOT 'essai'""",
        (json.dumps(de_qui) if collectivite else de_qui, il_y_a_un_an))
    return [demande for demande in map(Concernee._make, lignes) if not questions.lien_expire(demande.clos_le)]


def jamais_dites(nouvelle):
    """The numbers of the demandes from before the first day of a commune nouvelle that wait for nothing, their
    interlocuteur not said since.
    """
    siennes = json.dumps([demande.numero for demande in concernees(collectivite=nouvelle)])
    return [numero for numero, in db.execute_sql(
        """SELECT numero FROM demande WHERE numero IN (SELECT value FROM json_each(?1)) AND depose_le < ?2
           AND NOT EXISTS (SELECT 1 FROM journal
                           WHERE demande_id = numero AND fait IN ('interlocuteur', 'autre') AND cree_le >= ?2)""",
        (siennes, debut_du_jour(nouvelle.depuis)))]


def demander_a_la_nouvelle(nouvelle, agent=None):
    """Once its day has come, those of the demandes of a commune nouvelle: by the one who makes it, or by itself."""
    siennes = jamais_dites(nouvelle)
    if siennes:
        motif = f'Commune nouvelle {nouvelle.nom}, le {dire_jour(nouvelle.depuis, True)}.'
        _demander(siennes, motif, nouvelle.nom, agent)


def demander(agent, motif, type_='', collectivite=None):
    """Ask for it, with its reason, read in the journal of each; returns how many demandes it concerns.

    It is no act of an agent on the demande: a message stays to be read, what was taken over from before stays so.
    """
    exiger({'motif': motif}, 'motif', 'Indiquez pourquoi\u00a0: élection, démission, fusion…')
    demandes = concernees(type_, collectivite)
    if not demandes:
        raise Refus('Aucune demande n\'est concernée\u00a0: leur interlocuteur est déjà à confirmer, '
                    'ou leur lien n\'ouvre plus rien.', 409)
    _demander([demande.numero for demande in demandes], motif, collectivite.nom if collectivite else type_, agent)
    return len(demandes)


def _demander(numeros, motif, de_qui, agent):
    """agent: None, the Plateforme by itself."""
    parmi, texte = json.dumps(numeros), f'{A_CONFIRMER}. Motif\u00a0: {motif}'
    signe = (agent.nom_complet, agent.direction.structure.nom) if agent else ('La Plateforme', '')
    db.execute_sql('UPDATE demande SET interlocuteur_depuis = ? WHERE numero IN (SELECT value FROM json_each(?))',
                   (aujourdhui(), parmi))
    db.execute_sql("""INSERT INTO journal (demande_id, cree_le, nature, auteur, structure, texte)
                      SELECT value, ?, 'equipe', ?, ?, ? FROM json_each(?)""",
                   (maintenant(), *signe, texte, parmi))
    db.execute_sql("""UPDATE recherche SET journal = trim(journal || ' ' || ?)
                      WHERE rowid IN (SELECT value FROM json_each(?))""", (normaliser(texte), parmi))
    for demande in Demande.raw(
            """WITH lettres AS MATERIALIZED (                        -- that tell of several demandes
                 SELECT corps FROM courriel WHERE envoye_le IS NULL AND modele IN ('passation_mairie', 'liens_perdus'))
               SELECT * FROM demande WHERE numero IN (SELECT value FROM json_each(?)) AND (
                 EXISTS (SELECT 1 FROM courriel WHERE demande_id = numero AND envoye_le IS NULL)
                 OR EXISTS (SELECT 1 FROM lettres WHERE instr(corps, jeton)))""", parmi):
        taire(demande, A_LA_MAIRIE)
    auditer('interlocuteurs à confirmer', agent, f'{de_qui}\u00a0: {dire_nombre(len(numeros), "demande")}',
            objet='reprise')


def confirmer(demande, agent, version):
    """It is still the same: the link shows all of it again."""
    pour_id = commencer(demande, 'confirmer', agent, version)
    demande.interlocuteur_depuis = None
    conclure(demande, version, 'equipe', 'Interlocuteur confirmé à la collectivité.', agent, pour_id,
             fait='interlocuteur')
    invitations.reinviter_la_mairie(demande, neuve=False)
