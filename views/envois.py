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

# ---- Texts and files ----

MESSAGES_PAR_HEURE = 20                                             # to one demande
TROP_DE_MESSAGES = (f'Cette demande a reçu {MESSAGES_PAR_HEURE} messages en une heure\u00a0: '
                    'réessayez {attente}, ou téléphonez.')
TROP_D_ENVOIS = (
    'Trop de demandes ou de messages ont été enregistrés depuis cette connexion. '
    'Votre texte reste dans ce formulaire\u00a0: gardez cette page ouverte et envoyez-le {attente}'
    '{telephoner}.')
TROP_DE_FICHIERS = (
    'Beaucoup de fichiers ont été reçus en une heure\u00a0: les vôtres ne sont pas enregistrés. Envoyez votre texte '
    'maintenant, sans fichier\u00a0: vous les joindrez {attente} depuis la page de suivi de votre demande.')
TROP_LOURDS = (
    'Ces fichiers font plus que les {mo}\u00a0Mo qu\'une connexion peut envoyer en une heure\u00a0: ils ne sont pas '
    'enregistrés. Envoyez votre texte maintenant, sans fichier\u00a0: vous les joindrez en plusieurs heures depuis la '
    'page de suivi de votre demande.')
DEMANDE_PLEINE = ('Les fichiers de cette demande atteindraient plus de {mo}\u00a0Mo. '
                  'Envoyez votre message sans eux, et convenez avec votre interlocuteur d\'un autre moyen.')


def exiger_la_place(pieces, existe=False):
    """Refus 429 of one more demande or message with these files from this client. existe: for a demande that is there.

    Raised here: kept in a variable of a caller, it would hold the caller's frame, and 25 MB of files with it.
    """
    _refuser_ce_qu_aucune_heure_ne_prend(en_mo(pieces))
    for champ, phrase, attente in (('', TROP_D_ENVOIS, attente_du_client('depots')),
                                   ('pieces', TROP_DE_FICHIERS, _attente_des_pieces(en_mo(pieces), existe))):
        if attente:
            response.set_header('Retry-After', str(attente))
            telephone = dire_telephone(request.contexte['reglages']['telephone'])
            telephoner = f', ou téléphonez au {telephone}' if telephone else ''
            raise Refus(phrase.format(attente=dire_attente(attente), telephoner=telephoner), 429, champ)


def _refuser_ce_qu_aucune_heure_ne_prend(mo):
    """Waiting would not help: no hour is said."""
    part = limite('pieces_heure')
    if mo > part:
        raise Refus(TROP_LOURDS.format(mo=dire_nombre(part)), 429, 'pieces')


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
    exiger_la_place(pieces, existe=True)
    if pieces:
        _refuser_une_demande_pleine(demande, pieces)
    limiter('message', demande.numero, MESSAGES_PAR_HEURE, 3600, TROP_DE_MESSAGES)


def _refuser_une_demande_pleine(demande, pieces):
    poids = Piece.select(fn.SUM(Piece.taille)).where(Piece.demande == demande.numero, Piece.agent.is_null())
    maximum = limite('pieces_demande')
    if (poids.scalar() or 0) + octets_de(pieces) > maximum * MO:
        raise Refus(DEMANDE_PLEINE.format(mo=dire_nombre(maximum)), champ='pieces')


# The sum of an hour is shared: past each part of it, what one network may have sent in that hour, a part of its own
# limit. Who has had their share leaves the rest to networks not seen yet; the last twelfth, to the demandes that exist.
PARTS = ((1 / 2, 1), (5 / 6, 10), (1, 50))


def _attente_des_pieces(mo, existe):
    """Seconds before so many Mo may come: one is counted by Mo."""
    if not mo:
        return 0
    total, recus = limite('pieces_total'), combien('pieces_total', '', 3600)
    diviseur = next((diviseur for jusqu_a, diviseur in PARTS if recus < jusqu_a * total), PARTS[-1][1])
    part = max(1, limite('pieces_heure') // diviseur)
    plafond = total if existe else total - total // 12
    if mo > part:                                                   # not before the others have sent less
        return max(1, trop('pieces_total', '', int(total * PARTS[0][0]), 3600))
    return max(trop('pieces_heure', reseau_du_client(), part - mo + 1, 3600),
               trop('pieces_total', '', plafond - mo + 1, 3600))


def _compteurs_des_pieces():
    return ('pieces_heure', reseau_du_client()), ('pieces_total', '')


# ---- Mails ----

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
