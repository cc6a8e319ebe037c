"""What a collectivité answers by e-mail, handed over by the relay one message at a time (`recevoir -`, regles.md §12).

The address holds the number and the secret of a demande: from an address that it knows, the answer is its message, as
from its tracking page; from another it waits apart until who follows it decides. Once each, by its Message-ID. Of the
rest, a count: the alias delivers to the human mailbox too, which is where all that is not filed is read.

The table `reponse_recue`: what is apart keeps its text and files there, and nowhere else. It is in neither export nor
import, since the mailbox has it. It is its demande's, whoever follows it then: restriction, closing, reopening,
hand-over, merger, departure, another interlocuteur change nothing to it. Decided, its text goes; after 30 days, its
line; at the end of data, all of it.
"""
import collections
import hmac
import re
from datetime import timedelta

from peewee import fn

import langue
from models import (
    SITE, Collectivite, Courriel, Demande, Invitation, Piece, PieceRecue, Refus, Reglage, ReponseRecue, Reunion, db,
    ecriture)
from langue import MO, aujourdhui, debut_du_jour, dire_instant, enumerer, en_utc, maintenant, plus_jours

from verbes import invitations, perimetre, valeurs
from verbes.courriels import COMPRIS, signaler_message
from verbes.discretion import masquer, secret_du_jeton
from verbes.ical import identifiant
from verbes.journal import commencer, conclure, controler_pieces, ecrire_octets, indexer, inscrire
from verbes.questions import lien_expire, qui_doit_agir
from verbes.regles import PIECES_MAX, PIECES_OCTETS
from . import reunions
from .actes import deja_ecrit, message_du_demandeur, repondre_au_rappel, suivent_une_close
from .lecture_a_part import lire_a_part

# What of one demande a day takes, each counted apart: senders that it knows, others, machines; how each is kept.
PAR_JOUR = {'connue': 20, 'inconnue': 5, 'automatique': 3}
ETATS = {'connue': ('rangee',), 'inconnue': ('inconnue', 'ecartee'), 'automatique': ('automatique',)}
SORTS = {'rangee': 'rangées', 'inconnue': 'à part', 'automatique': 'automatiques', 'ecartee': 'indésirables'}
INCONNUS_OCTETS = 10 * MO                                           # of the files that wait apart, a demande
JOURS_DE_MEMOIRE = 30                                               # of a Message-ID: a relay tries for five days
COMPTE = 'reponses_comptees'                                        # the internal setting: how many are not filed
CONTROLE, CONTROLEE = 'controle.', 'reponse_controlee'              # of `controler`, the last one that came
USURPEE = '[Le relais dit que cette adresse peut être usurpée\u00a0: vérifiez auprès de la mairie avant de ranger.]'


# ---- One message ----

def recevoir(octets):
    """File one message; a word for what became of it. Nothing is locked while it is read."""
    lu = lire_a_part(octets)
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
        juste = demande and hmac.compare_digest(secret_du_jeton(demande.jeton), secret.lower())
        if juste and not lien_expire(demande.clos_le):
            return demande
    return None


def _compter(adresses):
    """One more that is not filed, and of its day; the message that `controler` sends to oneself, by what it bears."""
    jours = comptees_par_jour() + collections.Counter([aujourdhui()])
    recents = ' '.join(f'{jour}:{n}' for jour, n in sorted(jours.items()) if jour > plus_jours(aujourdhui(), -7))
    valeurs.noter(COMPTE, f'{comptees() + 1} {recents}')
    essais = filter(None, map(_motif(rf'({re.escape(CONTROLE)}([a-f0-9]{{8}})[a-f0-9]{{8}})').match, adresses))
    for essai in essais:
        if essai[1].lower() == marque_de_controle(Reglage.tous()['secret'], essai[2].lower()):
            valeurs.noter(CONTROLEE, essai[1].lower())
    return 'comptee'


def marque_de_controle(secret, alea):
    """What the message of `controler` bears, that nobody else can write: 8 hexadecimal digits and their signature."""
    return f'{CONTROLE}{alea}{hmac.new(secret.encode(), f"controle {alea}".encode(), "sha256").hexdigest()[:8]}'


def comptees():
    """How many were not filed, ever."""
    return int(_compte()[0])


def comptees_par_jour():
    """{day: how many} of the last seven."""
    dits = (dit.split(':') for dit in _compte()[1:])
    return collections.Counter({jour: int(n) for jour, n in dits if jour > plus_jours(aujourdhui(), -7)})


def _compte():
    compte = Reglage.get_or_none(Reglage.cle == COMPTE)
    return (compte.valeur if compte else '0').split()


def de_la_semaine():
    """What became of the answers received in the last seven days, in words; '' of none."""
    depuis = debut_du_jour(plus_jours(aujourdhui(), -6))
    lus = ReponseRecue.select(ReponseRecue.etat, fn.COUNT(ReponseRecue.id)).where(ReponseRecue.recue_le >= depuis)
    combien = dict(lus.group_by(ReponseRecue.etat).tuples())
    sorts = [(dit, combien.get(etat, 0)) for etat, dit in SORTS.items()]
    return enumerer(f'{n} {dit}' for dit, n in [*sorts, ('comptées seulement', comptees_par_jour().total())] if n)


def _recevoir(demande, courriel):
    reponses = ReponseRecue.select().where(ReponseRecue.demande == demande.numero)
    if reponses.where(ReponseRecue.identifiant == courriel.identifiant).exists():
        return 'deja'
    sorte = _sorte(demande, courriel)
    du_jour = reponses.where(ReponseRecue.recue_le >= debut_du_jour(aujourdhui()),
                             ReponseRecue.etat.in_(ETATS[sorte])).count()
    de_trop = du_jour >= PAR_JOUR[sorte]
    if de_trop and (sorte != 'connue' or du_jour > PAR_JOUR[sorte]):
        return _compter(())
    if sorte == 'automatique':
        return _noter_un_automate(demande, courriel)
    if sorte == 'connue' and not de_trop and _agir(demande, courriel):
        return _retenir(demande, courriel, 'rangee')
    lourde = courriel.lourde or de_trop
    texte, fichiers = (_dire_lourde(courriel, de_trop), []) if lourde else _prendre(demande, courriel, sorte)
    if sorte == 'connue':
        if not deja_ecrit(demande, texte, fichiers):                # on its page and by e-mail
            message_du_demandeur(demande, texte, fichiers, de=courriel.de)
        return _retenir(demande, courriel, 'rangee')
    _retenir(demande, courriel, 'inconnue', texte, fichiers)
    signaler_message(demande, 'reponse_inconnue',
                     suivent_une_close(demande) if demande.clos_le else qui_doit_agir(demande))
    return 'inconnue'


def _sorte(demande, courriel):
    """A sender that the demande knows, unless our own server says that it is not who it says; a machine; another."""
    de_la_mairie = courriel.de in _adresses_de(demande) and not _usurpee(courriel)
    if courriel.automatique and not (de_la_mairie and _invitation_repondue(demande, courriel.agenda)):
        return 'automatique'
    return 'connue' if de_la_mairie else 'inconnue'


def _usurpee(courriel):
    return SITE['authentification'] in courriel.refuse_par


# ---- What an answer does beside being read: a small grammar, never a guess ----

DE_L_AGENDA = {'ACCEPTED': True, 'DECLINED': False}                   # PARTSTAT of a calendar (RFC 5545)


def _agir(demande, courriel):
    """Do what it answers to the very mail that asked; True when it says nothing more. What can't be done any more is a
    message.
    """
    if invitation := _invitation_repondue(demande, courriel.agenda):
        return _sans_refus(reunions.repondre, demande, invitation, DE_L_AGENDA[courriel.agenda[1]], de=courriel.de)
    question = _question_de(demande, courriel.suit)
    premiere, _, reste = langue.replier(courriel.texte)[0].partition('\n')
    mots, reste = langue.normaliser(premiere), masquer(reste.strip(), demande)
    code = COMPRIS[question.modele].get(mots) if question and premiere[:1].isalpha() else None
    if code is None:                                                 # « > oui » is quoted
        return False
    if question.modele == 'rappel_question':
        fait = _sans_refus(repondre_au_rappel, demande, code, premiere.strip())
    else:
        mot = '' if code or len(reste) > invitations.MOT_MAX else reste
        fait = _sans_refus(reunions.repondre, demande, question.invitation, code, mot, courriel.de)
        reste = '' if mot else reste                                # it is said with the no
    return fait and not (reste or courriel.fichiers or courriel.nommes)


def _question_de(demande, suit):
    """The mail of this demande that asks something, of those that this one answers; None."""
    posees = Courriel.select().where(Courriel.demande == demande.numero, Courriel.identifiant.in_(suit),
                                     Courriel.modele.in_(list(COMPRIS)))
    return posees.order_by(Courriel.id.desc()).first() if suit else None


def _invitation_repondue(demande, agenda):
    """The invitation of the collectivité that a calendar accepts or declines; None."""
    if not agenda or agenda[1] not in DE_L_AGENDA:
        return None
    siennes = Invitation.select(Invitation, Reunion).join(Reunion).where(
        Reunion.demande == demande.numero, Invitation.agent.is_null(), Invitation.retiree_le.is_null())
    return next((une for une in siennes if identifiant(une.reunion, 'reunion') == agenda[0]), None)


def _sans_refus(verbe, *arguments, **options):
    try:
        verbe(*arguments, **options)
    except Refus:
        return False
    return True


def _adresses_de(demande):
    """The demandeur's, and the official ones of what the collectivité is today."""
    famille = perimetre.famille(demande.collectivite_id) if demande.collectivite_id else ()
    officielles = Collectivite.select(Collectivite.courriel).where(Collectivite.id.in_(famille)).tuples()
    return {demande.courriel, *(adresse for adresse, in officielles)} - {''}


def _retenir(demande, courriel, etat, texte='', fichiers=()):
    gardee = ReponseRecue.create(demande=demande, identifiant=courriel.identifiant, recue_le=maintenant(), etat=etat,
                                 de=(courriel.de or 'une adresse illisible') if texte else '', texte=texte)
    for nom, contenu in fichiers:
        piece = PieceRecue.create(reponse=gardee, nom=masquer(nom, demande), contenu=fn.zeroblob(len(contenu)))
        ecrire_octets('piece_recue', piece.id, contenu)
    return etat


def _noter_un_automate(demande, courriel):
    """One line, which lifts nothing, answers nothing, reopens nothing; of a mail that came back, why: who follows the
    demande is asked to look (taches.py).
    """
    de, revenu = courriel.de or 'la messagerie', f' Raison\u00a0: {courriel.echec}.' if courriel.echec else ''
    inscrire(demande, 'envoi', f'Réponse automatique de {de}\u00a0: «\u00a0{courriel.objet}\u00a0».{revenu}',
             fait='automatique')
    indexer(demande)
    return _retenir(demande, courriel, 'automatique', courriel.echec)


# ---- What is kept of it ----

def _boite():
    return Reglage.tous()['courriel'] or 'de l\'équipe'


def _dire_lourde(courriel, de_trop):
    quoi = 'Plus de vingt réponses en un jour, la dernière' if de_trop else 'Réponse trop lourde,'
    suite = 'elles sont' if de_trop else 'elle est'
    return (f'{quoi} arrivée le {dire_instant(maintenant())}, de {courriel.de or "une adresse illisible"}\u00a0: '
            f'{suite} dans la boîte {_boite()}.')


def _prendre(demande, courriel, sorte):
    """(text, [(name, bytes)]) that the demande takes: the others are named."""
    bons, laisses = [], list(courriel.nommes)
    for nom, contenu in courriel.fichiers:
        try:
            piece, = controler_pieces([(nom, contenu)])
        except Refus:
            laisses.append(nom)
            continue
        if _tient(demande, [*bons, piece], sorte):
            bons.append(piece)
        else:
            laisses.append(nom)
    neuf, cite = langue.replier(masquer(courriel.texte, demande))
    dits = (USURPEE if _usurpee(courriel) else '', neuf or 'Message sans texte.',
            f'[{_dire_laisses(laisses)}]' if laisses else '', cite)
    return masquer('\n\n'.join(filter(None, dits)), demande), bons


def _tient(demande, pieces, sorte):
    """May it take these files: as a form, within what a demandeur may join to a demande in all, or what waits apart;
    none while its interlocuteur is to be confirmed.
    """
    octets = sum(len(contenu) for _, contenu in pieces)
    if sorte == 'inconnue':
        poids = db.execute_sql('SELECT sum(length(contenu)) FROM piece_recue JOIN reponse_recue r ON r.id = reponse_id '
                               'WHERE demande_id = ?', (demande.numero,)).fetchone()[0]
        maximum = INCONNUS_OCTETS
    else:
        poids = Piece.select(fn.SUM(Piece.taille)).where(
            Piece.demande == demande.numero, Piece.agent.is_null()).scalar()
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
    texte = courriel.texte[:NOTE_MAX]
    laisses = f'[Non joint\u00a0: {", ".join(courriel.nommes[:10])}.]' if courriel.nommes else ''
    tete = f'De\u00a0: {courriel.de_dit}\nDate\u00a0: {quand}\nObjet\u00a0: {courriel.objet}'
    return '\n\n'.join(filter(None, (tete, texte, laisses)))


# ---- From an unknown address: filed, or not, by who follows the demande ----

def ranger(demande, agent, version, reponse):
    """« Ranger dans la demande »: it is a message of the collectivité, from the address that sent it."""
    pour_id = commencer(demande, 'ranger', agent, version)
    de, texte = reponse.de, reponse.texte
    fichiers = [(piece.nom, piece.contenu) for piece in reponse.pieces.order_by(PieceRecue.id)]
    conclure(demande, version, 'equipe', f'{_nommer(reponse)}\u00a0: rangée dans la demande.', agent, pour_id)
    message_du_demandeur(demande, texte, fichiers, de=de, rangee=True)
    _trancher(reponse, 'rangee')


def ne_pas_ranger(demande, agent, version, reponse):
    """« Indésirable »: a person, and nothing else, destroys what was received; the human mailbox has had it."""
    pour_id = commencer(demande, 'ne_pas_ranger', agent, version)
    conclure(demande, version, 'equipe', f'{_nommer(reponse)}\u00a0: indésirable, détruite.', agent, pour_id)
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
