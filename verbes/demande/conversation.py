"""What an agent writes to the collectivité from its demande, and the answer that is waited for (regles.md §12).

A message waits two minutes, in a row of its own, in which its author takes it back and nothing of it is left. Then the
carrier writes its line, its files, its mail and what it waits for, in one transaction, with the rights, the
interlocuteur and the diffusion of that moment; or it does not leave: its author is told why, and its text is kept.
So does an act that closes the demande, with the fields of its form: nothing is done before, nor called off.
"""
import json
import logging
from datetime import timedelta

from peewee import fn

import models
import langue
from models import Demande, MessageAPartir, PieceAPartir, Refus, db, ecriture, lecture, lire_agents
from langue import aujourdhui, dater, dire_jour_long, dire_nombre, dire_instant, en_utc, maintenant, plus_jours

from verbes.courriels import UN_MESSAGE, dire_l_attente, prevenir, prevenir_demandeur
from verbes.journal import (
    avertir_aussitot, cloture_en_attente, commencer, conclure, controler_pieces, ecrire_octets, exiger,
    exiger_sans_cloture, garder, indexer, inscrire, joindre, verifier_version)
from verbes.questions import equipe, permettre, transition
from verbes.regles import JOURS_D_ATTENTE, MINUTES_POUR_REPRENDRE, PORTES_PAR
from .cycle import changer_statut

log = logging.getLogger('plateforme')
INCIDENT = 'Un incident du serveur a empêché ce départ. Reprenez ce que vous aviez écrit, et envoyez de nouveau.'
JOURS_DE_GARDE = 30                                                 # of one that did not leave, and nobody took back


# ---- Writing, taking back ----

def ecrire(demande, agent, version, saisie, fichiers=()):
    """Let a message to the collectivité wait; returns it. saisie: texte, porte (of PORTES_PAR), sans_texte, attente_au
    (jour, '' when no answer is waited for), attente_de. The same, sent twice, waits once.
    """
    commencer(demande, 'ecrire', agent, version)
    if saisie['porte'] not in PORTES_PAR:
        raise Refus('Dites ce que porte ce message.', champ='porte')
    au, de = _attente_demandee(demande, saisie)
    _arreter_celle_d_un_collegue(demande, agent)
    fichiers = controler_pieces(fichiers)
    champs = {'porte': saisie['porte'], 'sans_texte': saisie['sans_texte'], 'attente_au': au, 'attente_de': de}
    deja = MessageAPartir.get_or_none(demande=demande.numero, agent=agent, texte=saisie['texte'], raison='')
    if deja and _le_meme(deja, champs, fichiers):
        return deja
    if deja:
        raise Refus('Un message du même texte attend déjà de partir\u00a0: reprenez-le pour le changer.', champ='texte')
    message = _attendre(demande, agent, saisie['texte'], **champs)
    for nom, contenu in fichiers:
        piece = PieceAPartir.create(message=message, nom=nom, contenu=fn.zeroblob(len(contenu)))
        ecrire_octets('piece_a_partir', piece.id, contenu)
    return message


def _attendre(demande, agent, texte, porte='echange', **reste):
    return MessageAPartir.create(
        demande=demande, agent=agent, texte=texte, porte=porte, **reste, ecrit_le=maintenant(),
        part_le=en_utc(langue.horloge() + timedelta(minutes=MINUTES_POUR_REPRENDRE)))


def _arreter_celle_d_un_collegue(demande, agent):
    """A message stops the closing that a colleague has pressed; one's own is to be taken back first."""
    cloture = cloture_en_attente(demande)
    if cloture and cloture.agent_id == agent.id:
        exiger_sans_cloture(demande)
    if cloture:
        garder(cloture, f'{agent.nom_complet} écrit à la collectivité entre-temps\u00a0: lisez son message.')


def rectifier(demande, agent, version, texte):
    """Let a « rectificatif » wait: a message of a closed demande, which stays so."""
    commencer(demande, 'rectifier', agent, version)
    return MessageAPartir.get_or_none(demande=demande.numero, agent=agent, texte=texte, raison='') or _attendre(
        demande, agent, texte)


def faire_attendre(demande, action, agent, version, saisie):
    """Let an act of CLOSENT wait; the same, sent twice, waits once. saisie: as changer_statut() takes it, of texts and
    numbers. What that would refuse is refused now: it is done, and undone.
    """
    transition(demande, action, agent)
    verifier_version(demande, version)
    cloture, champs = cloture_en_attente(demande), json.dumps(saisie, ensure_ascii=False)
    if cloture and (cloture.agent_id, cloture.acte, cloture.champs) == (agent.id, action, champs):
        return cloture
    with db.savepoint() as essai:
        changer_statut(Demande.get_by_id(demande.numero), action, agent, version, saisie)
        essai.rollback(begin=False)
    return _attendre(demande, agent, saisie.get('texte_final', ''), acte=action, champs=champs)


def _le_meme(message, champs, fichiers):
    """Was it sent twice, by two clicks? What it carries, asks and joins is the same too."""
    joints = [(nom, bytes(contenu)) for nom, contenu in fichiers]
    return {nom: getattr(message, nom) for nom in champs} == champs and _fichiers(message) == joints


def _attente_demandee(demande, saisie):
    """(day, what is waited for) of what the message asks, (None, '') when it asks nothing; Refus."""
    if not saisie.get('attendre'):
        return None, ''
    if not demande.premier_contact_le:
        raise Refus('Une réponse ne s\'attend qu\'une fois la collectivité jointe\u00a0: notez d\'abord le premier '
                    'contact.', champ='attendre')
    de = exiger(saisie, 'attente_de', 'Écrivez ce que vous attendez d\'elle\u00a0: la collectivité le lira.')
    au = exiger(saisie, 'attente_au', 'Indiquez le jour avant lequel vous attendez cette réponse.')
    exiger_un_jour_d_attente(au)
    return au, de


def exiger_un_jour_d_attente(au):
    """Refus unless an answer may be waited for until this day: a working one, to come, not too far."""
    jour, ouvre = aujourdhui(), langue.ouvre_des(au, models.jours_fermes())
    if not jour < au <= plus_jours(jour, JOURS_D_ATTENTE):
        raise Refus(f'Indiquez un jour à venir, au plus tard le '
                    f'{dire_jour_long(plus_jours(jour, JOURS_D_ATTENTE))}.', champ='attente_au')
    if au != ouvre:
        raise Refus(f'Ce jour n\'est pas ouvré\u00a0: prenez par exemple le {dire_jour_long(ouvre)}.',
                    champ='attente_au')


def reprendre(message, agent):
    """Take a message back, by who wrote it, also one that did not leave: nothing of it is left, (it, its files) are
    given back.
    """
    encore = MessageAPartir.get_or_none(MessageAPartir.id == message.id)
    if encore is None:
        raise Refus('Ce message est déjà parti\u00a0: écrivez-en un autre pour le corriger.', 409)
    if encore.agent_id != agent.id:
        raise Refus('Seul son auteur reprend un message.', 403)
    fichiers = _fichiers(encore)
    encore.delete_instance()
    return encore, fichiers


def _fichiers(message):
    return [(piece.nom, piece.contenu) for piece in message.pieces.order_by(PieceAPartir.id)]


# ---- Leaving: the carrier ----

# Written by a clock that was ahead, it does not wait for that day.
DUS = """SELECT id FROM message_a_partir WHERE raison = '' AND (part_le <= ?1 OR ecrit_le > ?1) AND (?2 OR acte = '')
         ORDER BY part_le, id"""


def faire_partir(juste=True):
    """Send what has waited long enough, each in a transaction of its own, outside any: played twice, it does nothing
    more. One that fails by a fault of the program is kept with its text, and holds up no other. juste: the hour is
    sure; a closing, which counts it, waits until it is.
    """
    with lecture():
        dus = db.execute_sql(DUS, (maintenant(), juste)).fetchall()
    for numero, in dus:
        try:
            with ecriture():
                message = MessageAPartir.get_or_none(MessageAPartir.id == numero)
                if message and not message.raison:
                    (clore if message.acte else partir)(message)
        except Exception as incident:
            if models.panne_de_base(incident):                      # the base is away: it leaves at another round
                raise
            log.error('message à la collectivité : %s', type(incident).__name__, exc_info=incident)
            with ecriture():
                garder(MessageAPartir.get_by_id(numero), INCIDENT)


def partir(message):
    """Write the line of a message, its mail, what it waits for; or keep it, and tell its author why it did not leave.
    """
    demande, agent = message.demande, lire_agents('WHERE agent.id = ?', message.agent_id)[0]
    raison = _empechement(demande, agent, message)
    if raison:
        return garder(message, raison)
    pour_id = permettre(demande, _acte_de(demande), agent)
    fichiers = _fichiers(message)
    if message.attente_au:
        demande.attente_depuis, demande.attente_de = maintenant(), message.attente_de
        demande.attente_tue = message.sans_texte
        demande.attente_au = langue.ouvre_des(message.attente_au, models.jours_fermes())
    ligne = conclure(demande, None, 'reponse', message.texte, agent, pour_id)
    joindre(demande, fichiers, ligne, agent)
    if message.porte != 'echange':                                  # what figures count stays internal
        inscrire(demande, message.porte, ENVOYEE, agent, pour_id, acte_le=aujourdhui(), arrete=False)
        indexer(demande)
    message.delete_instance()
    _ecrire_a_la_collectivite(demande, agent, message, len(fichiers))
    avertir_aussitot(demande, agent, sauf=_dire_au_referent(demande, agent, pour_id))


ENVOYEE = 'Envoyée à la collectivité.'


def clore(message):
    """Do a closing that has waited, by the rights and the state of this moment, dated of its press; or keep it."""
    demande, agent = message.demande, lire_agents('WHERE agent.id = ?', message.agent_id)[0]
    if not agent.actif:
        return garder(message, FERME)
    try:
        with dater(message.ecrit_le), db.savepoint():
            accordee = transition(demande, message.acte, agent)
            message.delete_instance()
            changer_statut(demande, message.acte, agent, None, json.loads(message.champs), accordee)
    except Refus as refus:
        garder(message, refus.phrase)


FERME = 'Le compte de son auteur est fermé.'


def _acte_de(demande):
    return 'rectifier' if demande.clos_le else 'ecrire'


def _empechement(demande, agent, message):
    """Why a message may not leave any more, in a sentence; '' when it may. What the collectivité wrote since would be
    taken for answered, and nobody has read it.
    """
    if demande.clos_le and message.ecrit_le <= demande.clos_le:      # else it is a « rectificatif »
        return 'La demande a été close entre-temps.'
    if demande.message_le and demande.message_le > message.ecrit_le:
        return 'La collectivité a écrit entre-temps\u00a0: lisez son message, puis reprenez le vôtre.'
    if not demande.courriel:
        return 'La collectivité n\'a plus d\'adresse de courriel.'
    if not agent.actif:
        return FERME
    try:
        permettre(demande, _acte_de(demande), agent)
    except Refus:
        return 'Vous ne suivez plus cette demande\u00a0: elle a été confiée à d\'autres entre-temps.'
    return ''


def _ecrire_a_la_collectivite(demande, agent, message, fichiers):
    joints = f'{dire_nombre(fichiers, "fichier")} à télécharger sur votre page de suivi.' if fichiers else ''
    attente = dire_l_attente(demande) if message.attente_au else ''
    prevenir_demandeur(
        demande, 'message_agent', auteur=f'{agent.nom_complet} ({agent.direction.structure.nom})',
        texte=UN_MESSAGE if message.sans_texte else message.texte, joints=joints, attente=attente)


def _dire_au_referent(demande, agent, pour_id):
    """The référent is told of what an associé has written: the collectivité has one interlocuteur (regles.md §7). Who
    was told.
    """
    referents = equipe(demande, 'referent')
    suivent = {a.id for a in equipe(demande, 'referent', 'chef_de_file')}
    if suivent & {agent.id, pour_id} or agent.administrateur:
        return []
    prevenir(demande, 'message_associe', referents, sauf=agent, auteur=agent.nom_complet)
    return referents


def oublier():
    """What did not leave and nobody took back is not kept for ever (regles.md §13). To be called in a transaction."""
    vieux = en_utc(langue.horloge() - timedelta(days=JOURS_DE_GARDE))
    MessageAPartir.delete().where(MessageAPartir.raison != '', MessageAPartir.ecrit_le < vieux).execute()


# ---- What is to be answered, what is waited for ----

def sans_reponse(demande, agent, version):
    """« Pas de réponse nécessaire »: a message of the collectivité that waits for nothing more."""
    pour_id = commencer(demande, 'sans_reponse', agent, version)
    conclure(demande, version, 'equipe', f'Pas de réponse nécessaire au message du {dire_instant(demande.message_le)}.',
             agent, pour_id, fait='sans_reponse')


def ne_plus_attendre(demande, agent, version):
    """Nothing is waited for any more: told in the journal; the collectivité reads it no more on its page."""
    pour_id = commencer(demande, 'ne_plus_attendre', agent, version)
    demande.attente_depuis, demande.attente_au, demande.attente_de = None, None, ''
    conclure(demande, version, 'equipe', 'La réponse de la collectivité n\'est plus attendue.', agent, pour_id)
