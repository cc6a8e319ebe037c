"""What a stranger may send: texts, files; and have sent: the mails to one address. Counted in memory, as every limit.

A limit on files never keeps a text out: it may leave at once without them.
"""
from bottle import request, response
from peewee import fn

from models import Piece, Refus
from langue import MO, dire_nombre, dire_telephone
from verbes import courriels
from views.limites import (
    attente_du_client, combien, compter, compter_le_client, dire_attente, en_mo, limiter, octets_de, limite,
    reseau_du_client, trop)

# ======================================================================================
# Texts and files
# ======================================================================================

MESSAGES_PAR_HEURE = 20                                             # to one demande
TROP_DE_MESSAGES = (f'Cette demande a reçu {MESSAGES_PAR_HEURE} messages en une heure\u00a0: '
                    'réessayez {attente}, ou téléphonez.')
TROP_D_ENVOIS = (
    'Trop de demandes ou de messages ont été enregistrés depuis cette connexion. '
    'Votre texte reste dans ce formulaire\u00a0: gardez cette page ouverte et envoyez-le {attente}'
    '{telephoner}.')
TROP_DE_FICHIERS = (
    'Beaucoup de fichiers ont été reçus en une heure. Envoyez votre texte maintenant, sans fichier\u00a0: '
    'vous les joindrez {attente} depuis la page de suivi de votre demande.')
DEMANDE_PLEINE = ('Les fichiers de cette demande atteindraient plus de {mo}\u00a0Mo. '
                  'Envoyez votre message sans eux, et convenez avec votre interlocuteur d\'un autre moyen.')


def exiger_la_place(pieces):
    """Refus 429 of one more demande or message with these files from this client.

    Raised here: kept in a variable of a caller, it would hold the caller's frame, and 25 MB of files with it.
    """
    for champ, phrase, attente in (('', TROP_D_ENVOIS, attente_du_client('depots')),
                                   ('pieces', TROP_DE_FICHIERS, _attente_des_pieces(en_mo(pieces)))):
        if attente:
            response.set_header('Retry-After', str(attente))
            telephone = dire_telephone(request.contexte['reglages']['telephone'])
            telephoner = f', ou téléphonez au {telephone}' if telephone else ''
            raise Refus(phrase.format(attente=dire_attente(attente), telephoner=telephoner), 429, champ)


def compter_un_envoi(pieces):
    """Once it is recorded. Half of what may come in all: the administrateurs are told, once a day."""
    compter_le_client('depots')
    for _ in range(en_mo(pieces)):
        for nom, cle in _compteurs_des_pieces():
            compter(nom, cle)
    moitie = limite('pieces_total') // 2
    if pieces and combien('pieces_total', '', 3600) >= moitie:
        courriels.alerter(
            f'{moitie}\u00a0Mo de fichiers ont été reçus en une heure\u00a0; au double, plus aucun n\'est accepté. '
            'Si rien ne l\'explique, quelqu\'un remplit peut-être le disque\u00a0: regardez les dernières demandes.',
            'pieces')


def admettre_message(demande, pieces):
    """Count one message of a demande, or Refus: so many an hour, so many bytes of files in all."""
    exiger_la_place(pieces)
    if pieces:
        _refuser_une_demande_pleine(demande, pieces)
    limiter('message', demande.numero, MESSAGES_PAR_HEURE, 3600, TROP_DE_MESSAGES)


def _refuser_une_demande_pleine(demande, pieces):
    siennes = Piece.select(fn.SUM(Piece.taille)).where(Piece.demande == demande.numero, Piece.agent.is_null())
    maximum = limite('pieces_demande')
    if (siennes.scalar() or 0) + octets_de(pieces) > maximum * MO:
        raise Refus(DEMANDE_PLEINE.format(mo=dire_nombre(maximum)), champ='pieces')


def _attente_des_pieces(mo):
    """Seconds before so many Mo may come: one is counted by Mo."""
    if not mo:
        return 0
    return max(trop(nom, cle, limite(nom) - mo + 1, 3600) for nom, cle in _compteurs_des_pieces())


def _compteurs_des_pieces():
    return ('pieces_heure', reseau_du_client()), ('pieces_total', '')


# ======================================================================================
# Mails
# ======================================================================================

def courriel_permis(adresse):
    """May one more mail that a stranger can cause leave to this address today, whatever tells it?

    What is not mailed is recorded all the same, and the page says so. The avis de dépôt has its own count (§3).
    """
    return not trop('courriels', _boite(adresse), limite('depots_courriel'), 86400)


def compter_courriel(adresse):
    compter('courriels', _boite(adresse))


def _boite(adresse):
    """The mailbox of an address: « maire+1@… », « maire+2@… » are one."""
    nom, _, domaine = adresse.lower().rpartition('@')
    return f'{nom.partition("+")[0]}@{domaine}'
