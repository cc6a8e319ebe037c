"""What a collectivité answers by e-mail, handed over by the relay one message at a time (`recevoir -`, regles.md §12).

The address holds the number and the secret of a demande: from an address that it knows, the answer is its message, as
from its tracking page; from another it waits apart until who follows it decides. Once each, by its Message-ID. Of the
rest, a count: the alias delivers to the human mailbox too, which is where all that is not filed is read.

The table `reponse_recue`: what is apart keeps its text and files there, and nowhere else. It is in neither export nor
import, since the mailbox has it. It is its demande's, whoever follows it then: restriction, closing, reopening,
hand-over, merger, departure, another interlocuteur change nothing to it. Decided, its text goes; after 30 days, its
line; at the end of data, all of it.
"""
import hmac
import re
from datetime import timedelta

from peewee import fn

import langue
from models import SITE, Collectivite, Demande, Piece, PieceRecue, Refus, Reglage, ReponseRecue, db, ecriture
from langue import MO, aujourdhui, debut_du_jour, dire_instant, enumerer, en_utc, maintenant

from verbes import perimetre, valeurs
from verbes.courriels import secret_de, signaler_message
from verbes.journal import commencer, conclure, controler_pieces, ecrire_octets, indexer, inscrire
from verbes.questions import lien_expire, qui_doit_agir
from verbes.regles import PIECES_MAX, PIECES_OCTETS
from .actes import deja_ecrit, message_du_demandeur, suivent_une_close
from .lecture_courriel import lire

PAR_JOUR = 20                                                       # answers to one demande
JOURS_DE_MEMOIRE = 30                                               # of a Message-ID: a relay tries for five days
COMPTE = 'reponses_comptees'                                        # the internal setting: how many are not filed
CONTROLE, CONTROLEE = 'controle.', 'reponse_controlee'              # of `controler`, the last one that came


# ======================================================================================
# One message
# ======================================================================================

def recevoir(octets):
    """File one message; a word for what became of it. Nothing is locked while it is read."""
    lu = lire(octets)
    with ecriture():
        return ranger_ou_compter(lu)


def ranger_ou_compter(courriel):
    """The same, of what is read. To be called in a transaction."""
    demande = _demande_de(courriel.pour)
    return _recevoir(demande, courriel) if demande else _compter(courriel.pour)


def _motif(repere):
    """What matches our address, wherever it is delivered: a relay may rewrite its domain."""
    debut, _, fin = SITE['reponses'].partition('@')[0].partition('{}')
    return re.compile(f'{re.escape(debut)}{repere}{re.escape(fin)}@', re.IGNORECASE | re.ASCII)


def _demande_de(adresses):
    """The demande whose secret one of these addresses bears, while its link lives; None."""
    motif = _motif(r'([1-9][0-9]{0,17})\.([a-z2-7]{10})')
    for numero, secret in (m.groups() for adresse in adresses if (m := motif.match(adresse))):
        demande = Demande.get_or_none(Demande.numero == int(numero))
        if demande and hmac.compare_digest(secret_de(demande), secret.lower()) and not lien_expire(demande.clos_le):
            return demande
    return None


def _compter(adresses):
    """One more that is not filed; the message that `controler` sends to oneself, by what it bears."""
    _noter(COMPTE, str(comptees() + 1))
    essais = filter(None, map(_motif(rf'({re.escape(CONTROLE)}[a-f0-9]{{16}})').match, adresses))
    for essai in essais:
        _noter(CONTROLEE, essai[1].lower())
    return 'comptee'


def comptees():
    compte = Reglage.get_or_none(Reglage.cle == COMPTE)
    return int(compte.valeur) if compte else 0


def _noter(cle, valeur):
    db.execute_sql('INSERT INTO reglage (cle, valeur) VALUES (?, ?) '
                   'ON CONFLICT (cle) DO UPDATE SET valeur = excluded.valeur', (cle, valeur))


def _recevoir(demande, courriel):
    reponses = ReponseRecue.select().where(ReponseRecue.demande == demande.numero)
    if reponses.where(ReponseRecue.identifiant == courriel.identifiant).exists():
        return 'deja'
    du_jour = reponses.where(ReponseRecue.recue_le >= debut_du_jour(aujourdhui())).count()
    if du_jour > PAR_JOUR or (du_jour == PAR_JOUR and courriel.automatique):
        return _compter(())
    if courriel.automatique:
        return _noter_un_automate(demande, courriel)
    lourde = courriel.lourde or du_jour == PAR_JOUR
    texte, fichiers = (_dire_lourde(courriel, du_jour), []) if lourde else _prendre(demande, courriel)
    if courriel.de and courriel.de in _adresses_de(demande):
        if not deja_ecrit(demande, texte, fichiers):                # on its page and by e-mail
            message_du_demandeur(demande, texte, fichiers, de=courriel.de)
        return _retenir(demande, courriel, 'rangee')
    _retenir(demande, courriel, 'inconnue', texte, fichiers)
    signaler_message(demande, 'reponse_inconnue',
                     suivent_une_close(demande) if demande.clos_le else qui_doit_agir(demande))
    return 'inconnue'


def _adresses_de(demande):
    """The demandeur's, and the official ones of what the collectivité is today."""
    famille = perimetre.famille(demande.collectivite_id) if demande.collectivite_id else ()
    officielles = Collectivite.select(Collectivite.courriel).where(Collectivite.id.in_(famille)).tuples()
    return {demande.courriel, *(adresse for adresse, in officielles)} - {''}


def _retenir(demande, courriel, etat, texte='', fichiers=()):
    gardee = ReponseRecue.create(demande=demande, identifiant=courriel.identifiant, recue_le=maintenant(), etat=etat,
                                 de=(courriel.de or 'une adresse illisible') if texte else '', texte=texte)
    for nom, contenu in fichiers:
        piece = PieceRecue.create(reponse=gardee, nom=nom, contenu=fn.zeroblob(len(contenu)))
        ecrire_octets('piece_recue', piece.id, contenu)
    return etat


def _noter_un_automate(demande, courriel):
    """One line, which lifts nothing, answers nothing, reopens nothing."""
    de = courriel.de or 'la messagerie'
    inscrire(demande, 'envoi', f'Réponse automatique de {de}\u00a0: «\u00a0{courriel.objet}\u00a0».',
             fait='automatique')
    indexer(demande)
    return _retenir(demande, courriel, 'automatique')


# ======================================================================================
# What is kept of it
# ======================================================================================

def _boite():
    return Reglage.tous()['courriel'] or 'de l\'équipe'


def _dire_lourde(courriel, du_jour):
    quoi = 'Plus de vingt réponses en un jour, la dernière' if du_jour == PAR_JOUR else 'Réponse trop lourde,'
    suite = 'elles sont' if du_jour == PAR_JOUR else 'elle est'
    return (f'{quoi} arrivée le {dire_instant(maintenant())}, de {courriel.de or "une adresse illisible"}\u00a0: '
            f'{suite} dans la boîte {_boite()}.')


def _prendre(demande, courriel):
    """(text, [(name, bytes)]) that the demande takes: the others are named."""
    bons, laisses = [], list(courriel.nommes)
    for nom, contenu in courriel.fichiers:
        try:
            piece, = controler_pieces([(nom, contenu)])
        except Refus:
            laisses.append(nom)
            continue
        if _tient(demande, [*bons, piece]):
            bons.append(piece)
        else:
            laisses.append(nom)
    neuf, cite = langue.replier(sans_liens(courriel.texte))
    dits = (neuf or 'Message sans texte.', f'[{_dire_laisses(laisses)}]' if laisses else '', cite)
    return '\n\n'.join(filter(None, dits)), bons


def _tient(demande, pieces):
    """May it take these files: as a form, within what a demandeur may join to a demande in all; none while its
    interlocuteur is to be confirmed.
    """
    octets = sum(len(contenu) for _, contenu in pieces)
    poids = Piece.select(fn.SUM(Piece.taille)).where(Piece.demande == demande.numero, Piece.agent.is_null()).scalar()
    maximum = valeurs.limite('pieces_demande', Reglage.tous()['protection']) * MO
    return (not demande.interlocuteur_depuis and len(pieces) <= PIECES_MAX and octets <= PIECES_OCTETS
            and (poids or 0) + octets <= maximum)


def _dire_laisses(noms):
    fichiers = [f'«\u00a0{nom}\u00a0»'
                + (' (pièces jointes au format d\'Outlook)' if nom.lower() == 'winmail.dat' else '')
                for nom in noms[:10]]
    restent = f' et {len(noms) - 10} de plus' if len(noms) > 10 else ''
    return f'Resté dans la boîte {_boite()}\u00a0: {enumerer(fichiers)}{restent}.'


NOTE_MAX = 18_000                                                   # characters: who wrote a note adds to it


def en_note(courriel):
    """What a mail becomes in the journal, when an agent drops it there."""
    quand = dire_instant(courriel.ecrit_le) if courriel.ecrit_le else 'illisible'
    texte = 'Trop lourd pour être lu ici.' if courriel.lourde else sans_liens(courriel.texte)[:NOTE_MAX]
    laisses = f'[Non joint\u00a0: {", ".join(courriel.nommes[:10])}.]' if courriel.nommes else ''
    tete = f'De\u00a0: {courriel.de_dit}\nDate\u00a0: {quand}\nObjet\u00a0: {courriel.objet}'
    return '\n\n'.join(filter(None, (tete, texte, laisses)))


def sans_liens(texte):
    """What a mail quotes opens the demande to who reads it: its tracking link, its secret."""
    texte = re.sub(r'/(suivi|invitation|rendez-vous)/[\w-]{16,}', r'/\1/…', texte)
    return re.sub(r'\+[0-9]{1,18}\.[a-z2-7]{10}@', '+…@', texte, flags=re.IGNORECASE)


# ======================================================================================
# From an unknown address: filed, or not, by who follows the demande
# ======================================================================================

def ranger(demande, agent, version, reponse):
    """« Ranger dans la demande »: it is a message of the collectivité, from the address that sent it."""
    pour_id = commencer(demande, 'ranger', agent, version)
    de, texte = reponse.de, reponse.texte
    fichiers = [(piece.nom, piece.contenu) for piece in reponse.pieces.order_by(PieceRecue.id)]
    conclure(demande, version, 'equipe', f'{_nommer(reponse)}\u00a0: rangée dans la demande.', agent, pour_id)
    message_du_demandeur(demande, texte, fichiers, de=de, rangee=True)
    _trancher(reponse, 'rangee')


def ne_pas_ranger(demande, agent, version, reponse):
    """« Ne pas ranger »: it stays in the human mailbox."""
    pour_id = commencer(demande, 'ne_pas_ranger', agent, version)
    conclure(demande, version, 'equipe', f'{_nommer(reponse)}\u00a0: non rangée.', agent, pour_id)
    _trancher(reponse, 'ecartee')


def _nommer(reponse):
    return f'Réponse de {reponse.de}, adresse inconnue, du {dire_instant(reponse.recue_le)}'


def _trancher(reponse, etat):
    PieceRecue.delete().where(PieceRecue.reponse == reponse.id).execute()
    ReponseRecue.update(etat=etat, de='', texte='').where(ReponseRecue.id == reponse.id).execute()


def oublier():
    """Message-IDs are not kept for ever; what is apart is. To be called in a transaction."""
    vieux = en_utc(langue.horloge() - timedelta(days=JOURS_DE_MEMOIRE))
    ReponseRecue.delete().where(ReponseRecue.recue_le < vieux, ReponseRecue.etat != 'inconnue').execute()
