"""The journal of a demande: how every change begins and ends, its lines, its files; and the audit (regles.md §6)."""
import functools
import hashlib
import json
import unicodedata
from contextlib import contextmanager
from datetime import timedelta

from peewee import fn

import models
import langue
from models import Audit, Demande, Journal, MessageAPartir, Piece, Purge, Refus, db, inserer
from langue import a_paris, dire_heure, dire_instant, maintenant, normaliser

from . import invitations, questions
from .courriels import avec_remplacants, poster, prevenir, taire
from .discretion import masquer
from .questions import equipe, permettre, qui_doit_agir
from .regles import (
    FAITS, FINIS, MINUTES_POUR_CORRIGER, MOYENS, NATURES, NATURES_PLATEFORME, PIECES_MAX, PIECES_OCTETS, PIECE_OCTETS,
    SIGNATURES)

# ---- How every change of a demande begins and ends ----

CHANGEE = 'Cette demande a changé pendant que vous la lisiez. Rien n\'est enregistré'


def commencer(demande, acte, agent, version):
    """The id in whose name the agent does an act of ACTES, at the version looked at; Refus 403, 404 or 409."""
    pour_id = permettre(demande, acte, agent)
    verifier_version(demande, version)
    return pour_id


def verifier_version(demande, version):
    """Refus 409 unless it is at the version that was looked at (None: not checked, on the demandeur's page)."""
    if version is not None and version != demande.version:
        raise Refus(f'{CHANGEE}, votre texte est conservé\u00a0: relisez, puis recommencez.', 409)


CHANGE = ('a changé pendant que vous lisiez cette page. Rien n\'est enregistré, votre saisie est conservée\u00a0: '
          'relisez, puis recommencez.')


def empreinte(valeurs):
    """What a form carries of the values, or of the row, that it shows: another one, when it comes back, says that the
    base has changed since.
    """
    dites = json.dumps(getattr(valeurs, '__data__', valeurs), sort_keys=True, default=str)
    return hashlib.sha256(dites.encode()).hexdigest()[:16]


def exiger(saisie, nom, phrase):
    """The value of a field an action must be given; Refus with this sentence when it is missing."""
    valeur = saisie.get(nom)
    if not valeur:
        raise Refus(phrase, champ=nom)
    return valeur


def conclure(demande, version, nature, texte, agent=None, pour_id=None, **ligne):
    """Save what changed in a demande, with its line in the journal, and index it: the id of the line. Refus 409 when it
    changed meanwhile.

    ligne: what else inscrire() takes.
    """
    touche = {Demande.clos_le, Demande.restreinte} & {*demande.dirty_fields}
    enregistrer(demande, version)
    ligne_id = inscrire(demande, nature, texte, agent, pour_id, **ligne)
    for quand in invitations.suivre(demande, agent) if touche else ():
        inscrire(demande, 'equipe', f'Réunion du {quand} annulée\u00a0: la demande est close.', agent, pour_id)
    indexer(demande)
    return ligne_id


def enregistrer(demande, version=None):
    """Save what changed if the demande is still at the version looked at (compare-and-set); Refus 409 otherwise."""
    version = demande.version if version is None else version
    changes = {champ: getattr(demande, champ.name) for champ in demande.dirty_fields if champ.name != 'version'}
    faites = (Demande.update({**changes, Demande.version: version + 1})
              .where(Demande.numero == demande.numero, Demande.version == version).execute())
    if not faites:
        raise Refus(f'{CHANGEE}.', 409)
    demande.version = version + 1
    if Demande.restreinte in changes and demande.restreinte:
        taire(demande)
    demande.dirty_fields.clear()


# Who asks, and what the demande was called before: a mairie that calls often gives nothing else.
CONTACT = ('prenom', 'nom', 'rappel_prenom', 'rappel_nom', 'courriel', 'telephone', 'reference')


def indexer(demande):
    """Write what the search reads of one demande."""
    titre = demande.fiche.titre if demande.fiche_id else ''
    contact = ' '.join(getattr(demande, nom) for nom in CONTACT)
    ecrire_index(demande.numero, demande.collectivite, titre, demande.lieu, demande.message, contact)


# A long journal grows by a line at a time.
_normalisee = functools.lru_cache(maxsize=128)(normaliser)


def ecrire_index(numero, collectivite, titre, lieu, message, contact):
    """The same, of a demande whose texts these are; and its place in the order of the collectivités."""
    lues = db.execute_sql('SELECT texte FROM journal WHERE demande_id = ? ORDER BY id', (numero,))
    journal = ' '.join(filter(None, (_normalisee(texte) for texte, in lues)))
    place, *textes = map(normaliser, (collectivite, titre, lieu or collectivite, message, contact))
    db.execute_sql('DELETE FROM recherche WHERE rowid = ?', (numero,))
    db.execute_sql("""INSERT INTO recherche (rowid, collectivite, fiche, lieu, message, contact, journal)
                      VALUES (?, ?, ?, ?, ?, ?, ?)""", (numero, place, *textes, journal))
    db.execute_sql('UPDATE demande SET collectivite_tri = ?1 WHERE numero = ?2 AND collectivite_tri <> ?1',
                   (place, numero))


# ---- Lines ----

def inscrire(demande, nature, texte='', agent=None, pour_id=None, auteur='', structure='', statut=None, acte_le=None,
             corrige=None, fait='', moyen='', le=None, arrete=True):
    """Add one line to the journal; returns its id.

    fait: of FAITS; moyen: of MOYENS, of a contact, or of a message that came by e-mail; agent: its author (pour_id: in
    whose name); without, auteur and structure as text, « La Plateforme » by default; le: its instant, now by default;
    arrete: False of what was written before a closing that waits, which it does not stop.
    """
    if agent:
        auteur, structure = agent.nom_complet, agent.direction.structure.nom
        _finir_la_reprise(demande)
    if arrete:
        _arreter_la_cloture(demande, nature, fait, agent, auteur)
    return inserer(
        Journal, demande=demande, cree_le=le or maintenant(), nature=nature, texte=masquer(texte, demande), agent=agent,
        pour=pour_id if agent and pour_id != agent.id else None, auteur=auteur or 'La Plateforme', structure=structure,
        statut=statut, acte_le=acte_le, corrige=corrige, fait=fait, moyen=moyen)


def _finir_la_reprise(demande):
    """An agent acts on a demande taken over from before: once the service is open, it is like any other (§3)."""
    if demande.reprise and questions.est_ouvert(models.Reglage.tous()['ouvert_le'], langue.aujourdhui()):
        Demande.update(reprise=False).where(Demande.numero == demande.numero).execute()
        demande.__data__['reprise'] = False                         # saved: nothing is left to write


def ajouter_au_journal(demande, agent, nature, texte, acte_le=None, fichiers=()):
    """An agent's line, with its files; the team is told once a day, or at once for those who chose so."""
    pour_id = permettre(demande, 'journal', agent)
    if nature not in NATURES:
        raise Refus('Choisissez la nature de cette ligne du journal.', champ='nature')
    ligne = inscrire(demande, nature, texte, agent, pour_id, acte_le=acte_le)
    joindre(demande, fichiers, ligne, agent)
    indexer(demande)
    avertir_aussitot(demande, agent)
    return ligne


def avertir_aussitot(demande, agent, sauf=()):
    """Tell the team of an agent's line, those who want it at once: the others read it in the mail of the day. sauf: who
    has been told of it otherwise.
    """
    for autre in avec_remplacants(equipe(demande), demande):
        if autre.avis_journal == 'immediat' and autre.id not in {agent.id, *(averti.id for averti in sauf)}:
            poster('journal_immediat', 'agent', autre.courriel, demande, autre, auteur=agent.nom_complet)


def corriger_ligne(ligne, agent, texte):
    """A correction is a new line pointing to the one it corrects; its author has 15 minutes (regles.md §6)."""
    if ligne.agent_id != agent.id or ligne.nature not in NATURES:
        raise Refus('Seul son auteur peut corriger une ligne du journal.', 403)
    if langue.horloge() - a_paris(ligne.cree_le) > timedelta(minutes=MINUTES_POUR_CORRIGER):
        raise Refus('Une ligne du journal ne se corrige que dans le quart d\'heure. '
                    'Ajoutez plutôt une nouvelle ligne.', 409)
    demande = ligne.demande
    pour_id = permettre(demande, 'journal', agent)
    inscrire(demande, 'correction', texte, agent, pour_id, corrige=ligne)
    indexer(demande)


def dernier_avertissement(demande):
    """The line of the last warning before filing, or None: a mail (« envoi ») whose acte_le is the day to answer by."""
    return next(iter(Journal.raw(
        """SELECT * FROM journal WHERE demande_id = ? AND nature = 'envoi' AND acte_le IS NOT NULL
           ORDER BY id DESC LIMIT 1""", demande.numero)), None)


def fait_d_apres(nature, texte):
    """{fait, moyen} of a line that comes in without them, by how it begins: nothing else reads the text of a line."""
    fait = next((fait for fait, (sienne, debuts) in FAITS.items()
                 if nature == sienne and texte.startswith(debuts)), '')
    entete = texte.partition('\n')[0] if nature == 'contact' else ''
    return {'fait': fait, 'moyen': next((code for code, dit in MOYENS.items() if f', par {dit}' in entete), '')}


def message_laisse_le(demande):
    """The day of the last message left for the mairie, or None: a contact that did not reach it (regles.md §5)."""
    laisse = db.execute_sql(
        """SELECT acte_le FROM journal WHERE demande_id = ? AND nature = 'contact' AND fait = 'message'
           ORDER BY id DESC LIMIT 1""", (demande.numero,)).fetchone()
    return laisse and laisse[0]


def reprise_depuis(ligne):
    """True when, after a line of the journal, the mairie wrote or was reached, another person there follows the
    demande, or it ended.
    """
    suite = Journal.select().where(Journal.demande == ligne.demande_id, Journal.id > ligne.id)
    return suite.where((Journal.nature == 'message') | Journal.fait.in_(('joint', 'interlocuteur', 'autre'))
                       | Journal.statut.in_(FINIS)).exists()


# ---- What waits two minutes to leave to the collectivité (regles.md §12; verbes/demande/conversation.py) ----

def cloture_en_attente(demande):
    """The closing of a demande that waits to be done, or None."""
    return MessageAPartir.get_or_none(MessageAPartir.demande == demande.numero, MessageAPartir.acte != '',
                                      MessageAPartir.raison == '')


def exiger_sans_cloture(demande):
    """Refus 409 of a transition while a closing waits: one of the two would be done for nothing."""
    cloture = cloture_en_attente(demande)
    if cloture:
        raise Refus(f'Une clôture attend de partir, à {dire_heure(cloture.part_le)}\u00a0: '
                    f'{cloture.agent.nom_complet} peut la reprendre d\'ici là.', 409)


def garder(message, raison):
    """It does not leave: its text waits for its author, who is told why; or who must act, when their account is closed.
    """
    demande, agent = message.demande, message.agent
    MessageAPartir.update(raison=raison).where(MessageAPartir.id == message.id).execute()
    prevenir(demande, 'message_retenu', [agent] if agent.actif else qui_doit_agir(demande), auteur=agent.nom_complet,
             non_parti='la clôture n\'est pas faite' if message.acte else 'un message n\'est pas parti', raison=raison,
             ecrit=dire_instant(message.ecrit_le))


# A closing that waits gives way to what the collectivité does, by the nature of its line…
ELLE = {
    'message': 'La collectivité a écrit entre-temps\u00a0: lisez son message, puis recommencez.',
    'statut':  'La collectivité a abandonné sa demande entre-temps.',
    'equipe':  'La collectivité a répondu, ou changé quelque chose, entre-temps\u00a0: relisez, puis recommencez.',
}
DES_AGENTS = (*NATURES, 'contact')                                  # …and to a colleague's note or call
AUTRE = 'L\'interlocuteur de la collectivité a changé entre-temps\u00a0: relisez à qui vous écrivez.'


def _arreter_la_cloture(demande, nature, fait, agent, auteur):
    """Stop a closing that waits, for a line that its author has not read."""
    raison = '' if agent or not auteur else ELLE.get(nature, '')
    if agent and nature in DES_AGENTS:
        dite = (NATURES | NATURES_PLATEFORME)[nature].lower()
        raison = f'{agent.nom_complet} a écrit au journal entre-temps ({dite})\u00a0: relisez, puis recommencez.'
    cloture = cloture_en_attente(demande) if raison or fait == 'autre' else None
    if cloture and (fait == 'autre' or agent is None or agent.id != cloture.agent_id):
        garder(cloture, raison or AUTRE)


# ---- Files ----

def nom_de_piece(nom):
    """A file name without path or control character, accents kept (NFC), at most 150 characters."""
    nom = unicodedata.normalize('NFC', nom.replace('\\', '/').rsplit('/', 1)[-1][-1000:])
    nom = ''.join(c for c in nom if unicodedata.category(c)[0] != 'C').strip('. ')
    base, point, extension = nom.rpartition('.')
    return f'{base[:140]}{point}{extension[:10]}' if point else nom[:150]


def controler_pieces(fichiers):
    """[(name, bytes)] → the same with clean names, or Refus naming the file and the reason: nothing is kept in part."""
    if len(fichiers) > PIECES_MAX:
        raise Refus(f'{len(fichiers)} fichiers sont joints\u00a0: {PIECES_MAX} au plus. Retirez-en, ou réunissez-les.',
                    champ='pieces')
    if sum(len(contenu) for _, contenu in fichiers) > PIECES_OCTETS:
        raise Refus('Les fichiers joints dépassent 25\u00a0Mo en tout. Retirez-en, ou allégez-les.', champ='pieces')
    controles = []
    for brut, contenu in fichiers:
        nom = nom_de_piece(brut)
        faute = _faute_de_piece(nom, contenu)
        if faute:
            raise Refus(faute, champ='pieces')
        controles.append((nom, contenu))
    return controles


def _faute_de_piece(nom, contenu):
    """What is wrong with one file, in a sentence; '' when it may be joined."""
    extension = nom.rpartition('.')[2].lower()
    if extension not in SIGNATURES or '.' not in nom:
        return (f'«\u00a0{nom or "sans nom"}\u00a0» n\'est pas d\'un type accepté. '
                'Joignez un PDF, une photo, un document ou un plan.')
    if not contenu:
        return f'«\u00a0{nom}\u00a0» est vide. Vérifiez le fichier, puis joignez-le de nouveau.'
    if len(contenu) > PIECE_OCTETS:
        return f'«\u00a0{nom}\u00a0» dépasse 10\u00a0Mo. Allégez-le ou découpez-le.'
    if SIGNATURES[extension] and not contenu[:16].startswith(SIGNATURES[extension]):
        return (f'Le contenu de «\u00a0{nom}\u00a0» ne correspond pas à son extension. Enregistrez-le de nouveau '
                'dans le bon format.')
    return ''


def joindre(demande, fichiers, journal=None, agent=None):
    """Store the files of a demande byte-exact, with their sha256.

    The bytes are written in their place: given to a statement, SQLite would keep a copy of them with it.
    """
    for nom, contenu in controler_pieces(fichiers):
        piece = Piece.create(demande=demande, journal=journal, agent=agent, nom=masquer(nom, demande),
                             taille=len(contenu), sha256=hashlib.sha256(contenu).hexdigest(), depose_le=maintenant(),
                             contenu=fn.zeroblob(len(contenu)))
        ecrire_octets('piece', piece.id, contenu)


def ecrire_octets(table, ligne_id, contenu):
    """Write the bytes of a file in the place that its row has left for them (fn.zeroblob)."""
    with db.connection().blobopen(table, 'contenu', ligne_id) as place:
        place.write(contenu)


# ---- Audit: what was done to accounts, settings, exports; never what they say ----

# Facts that change nothing, of those that have an object: who only read is not told as who changed it (changee_par).
CONSULTE, LE_SIEN_LU = 'journal d\'un compte lu', 'son journal des accès lu'
RESTREINTE_LUE, PIECE_LUE = 'demande restreinte lue', 'pièce lue'
SANS_EFFET = (CONSULTE, LE_SIEN_LU, RESTREINTE_LUE, PIECE_LUE, 'export', 'connexion', 'session fermée',
              'autres sessions fermées', 'engagements lus', 'mot de passe oublié')


def auditer(fait, agent=None, detail='', fait_le=None, adresse='', nombre=1, objet=''):
    """One line of the audit. fait_le: UTC instant, now by default; adresse: of the client; nombre: how many times;
    objet: what it is about, « porte:12 ».
    """
    return Audit.create(fait_le=fait_le or maintenant(), agent=agent, fait=fait, detail=detail, adresse=adresse,
                        nombre=nombre, objet=objet)


def auditer_pour(fait, agent, par=None, detail=''):
    """A line about an account. par: who did it, when it is not the agent: the line is theirs, and says for whom."""
    if par and par.id != agent.id:
        detail = ', '.join(filter(None, (f'pour {agent.nom_complet}', detail)))
    return auditer(fait, par or agent, detail, objet=f'agent:{agent.id}')


def dernier_fait():
    """The number of the last line of the audit: what is done after has a higher one."""
    return db.execute_sql('SELECT coalesce(max(id), 0) FROM audit').fetchone()[0]


def changee_par(objet, apres):
    """[(name, instant in UTC)] of who changed what is named so after this line of the audit, the last one first, each
    once.
    """
    lignes = db.execute_sql(
        """SELECT prenom || ' ' || nom, max(fait_le) FROM audit JOIN agent ON agent.id = audit.agent_id
           WHERE audit.objet = ? AND audit.id > ? AND fait NOT IN (SELECT value FROM json_each(?))
           GROUP BY agent.id ORDER BY 2 DESC""", (objet, apres, json.dumps(SANS_EFFET)))
    return list(lignes)


@contextmanager
def purger_permis():
    """Let what is only added to (the journal, the audit) be changed in this block of a write transaction.

    The row that lets it through refers to nothing, on purpose: SQLite refuses to COMMIT as long as it is there. A block
    that raises leaves it, so nothing of a purge begun may be committed, whoever catches the exception.
    """
    Purge.create()
    yield
    Purge.delete().execute()
