"""Notes: what a reading or a refusal leaves behind, in memory until the carrier writes it.

Four queues, so that none washes another away: the last activity of each session and the searches that no fiche
answered, written once a minute, the refusals and the readings that are told, written each second. Nothing is evicted
but searches, and nobody's flood takes the places of another.
"""
import re
import threading
from operator import itemgetter

from models import db, ecriture
from langue import aujourdhui, maintenant, prefixe

from .comptes import vue_de_session
from .journal import auditer
from .recherche import INTENTIONS, mots_de

_verrou = threading.Lock()                                          # on what follows
_plume = threading.Lock()                                           # one writer of the refusals at a time
_vues = {}                                                          # {cookie: instant}: sessions of the base only
_lues = {}                                                          # {(fact, agent, on what, detail): instant}
_vaines = {}                                                        # {words: how many times}
# {(fact, an account is known): {the account, or the network: {(agent, address, detail, minute):
#   [instant, how many not written, lines written, the address as it came]}}}
_refus = {}

# Of one fact at once. Whoever floods spends their own places: past them, it is their page that is no longer kept, then
# their address; the account always is.
CLES_COMPTE, CLES_RESEAU = 50, 20       # of one account; of one network (IPv4, or IPv6 /48) without account
RESEAUX_MAX = 2_000                     # networks without account; those that come after are counted together
RESEAUX_DES_LIENS = 50                  # the same, of dead links: anybody may ask for one, from as many networks
LIENS_MORTS = ('lien de suivi refusé', 'lien à usage unique refusé')
LIGNES_AUSSITOT = 10                    # of one account or network, each second; then the first of each key alone
AU_DELA = 'en surnombre, sans le détail'


# ---- Readings ----

def noter_vue(cookie, instant):
    """The last activity of a session: the one before is of no use."""
    with _verrou:
        _vues[cookie] = instant


def ecrire_vues():
    """Write the last activity of the sessions, in one transaction; returns how many. A failure keeps them."""
    with _verrou:
        instants = dict(_vues)
    if not instants:
        return 0
    with ecriture():
        for cookie, instant in instants.items():
            vue_de_session(cookie, instant)
    with _verrou:
        for cookie, instant in instants.items():
            if _vues.get(cookie) == instant:                            # not seen again meanwhile
                del _vues[cookie]
    return len(instants)


LECTURES_MAX = 200                                                  # of one agent at once; then without their detail


def noter_lecture(fait, agent_id, objet, detail=''):
    """Who has read what: the same, until it is written, is one line."""
    with _verrou:
        siennes = sum(agent == agent_id for _, agent, _, _ in _lues)
        cle = (fait, agent_id, objet, detail[:200]) if siennes < LECTURES_MAX else (fait, agent_id, '', AU_DELA)
        _lues.setdefault(cle, maintenant())


def ecrire_lectures():
    """Write who has read what, in one transaction; returns how many. A failure keeps them."""
    with _plume:
        with _verrou:
            lectures = dict(_lues)
        if lectures:
            with ecriture():
                for (fait, agent_id, objet, detail), instant in lectures.items():
                    auditer(fait, agent_id, detail, instant, objet=objet)
        with _verrou:
            for cle in lectures:
                del _lues[cle]
    return len(lectures)


# ---- Searches without an answer: what the catalogue lacks, never who asked ----

RECHERCHES_MAX = 200                                                # waiting to be written
RECHERCHES_GARDEES = 500                                            # in the base: the most asked, then the latest
MOTS_NOTES = 8
# An address, a link (that of a tracking page is a secret), a telephone or any long number: nothing of it is noted.
PERSONNEL = re.compile(r'@|://|suivi/|\d(?:[\s./()-]*\d){5}', re.I)


def noter_recherche(question):
    """The words of a search that found nothing; none of it when it holds what may name somebody, or a secret."""
    mots = [mot for mot in mots_de(question) if mot not in INTENTIONS][:MOTS_NOTES]
    if not mots or PERSONNEL.search(question) or any(map(_indechiffrable, mots)):
        return
    phrase = ' '.join(mots)
    with _verrou:
        if phrase in _vaines or len(_vaines) < RECHERCHES_MAX:
            _vaines[phrase] = _vaines.get(phrase, 0) + 1


def _indechiffrable(mot):
    """True for what is no word: a key, a file's name."""
    return len(mot) > 24 or (len(mot) > 8 and any(lettre.isdigit() for lettre in mot))


def ecrire_recherches():
    """Write the searches without an answer, in one transaction; returns how many. A failure keeps them."""
    with _verrou:
        recherches = dict(_vaines)
    if not recherches:
        return 0
    jour = aujourdhui()
    with ecriture():
        for mots, nombre in recherches.items():
            db.execute_sql(
                'INSERT INTO sans_reponse (mots, nombre, vu_le) VALUES (?, ?, ?) ON CONFLICT (mots) '
                'DO UPDATE SET nombre = nombre + excluded.nombre, jours = jours + (vu_le <> excluded.vu_le), '
                'vu_le = excluded.vu_le', (mots, nombre, jour))
        db.execute_sql("DELETE FROM sans_reponse WHERE vu_le < date(?, '-1 year') OR mots NOT IN "
                       '(SELECT mots FROM sans_reponse ORDER BY nombre DESC, vu_le DESC, rowid DESC LIMIT ?)',
                       (jour, RECHERCHES_GARDEES))
    with _verrou:
        for mots, nombre in recherches.items():
            _vaines[mots] -= nombre
            if not _vaines[mots]:
                del _vaines[mots]
    return len(recherches)


# ---- Refusals ----

def noter_refus(fait, agent_id, adresse, detail=''):
    """One refusal: same fact, account, address and minute are one line, with how many.

    The addresses of an IPv6 /64 are one: a machine takes any of them. The line says the whole one when it is alone.
    """
    adresse = adresse[:64]
    with _verrou:
        du_fait = _refus.setdefault((fait, bool(agent_id)), {})
        client = agent_id or prefixe(adresse, 48)
        places = RESEAUX_DES_LIENS if fait in LIENS_MORTS else RESEAUX_MAX
        if not agent_id and client not in du_fait and len(du_fait) >= places:
            client, adresse, detail = '', '', AU_DELA
        du_client = du_fait.setdefault(client, {})
        cle = _cle(du_client, agent_id, adresse, detail[:200])
        refus = du_client.setdefault(cle, [maintenant(), 0, 0, adresse])
        refus[1] += 1
        if refus[3] != adresse:
            refus[3] = cle[1]


def _cle(du_client, agent_id, adresse, detail):
    """The key of one refusal among those of its client, who has so many: then without its page, then its address."""
    minute, places = maintenant()[:16], CLES_COMPTE if agent_id else CLES_RESEAU
    exacte = agent_id, prefixe(adresse, 64), detail, minute
    if exacte in du_client or len(du_client) < places:
        return exacte
    large = agent_id, prefixe(adresse, 48), AU_DELA, minute
    if large in du_client or len(du_client) < 2 * places:
        return large
    return agent_id, '', AU_DELA, minute


def a_ecrire():
    """True when a refusal or a reading is to be written now."""
    return bool(_lues or _dus(False))


def _dus(tout):
    """[(instant, how many, fact, client, key, address)] of what is to be written now, oldest first."""
    minute, dus = maintenant()[:16], []
    with _verrou:
        for fait, client, du_client in _clients():
            aussitot = tout or sum(lignes for _, _, lignes, _ in du_client.values()) < LIGNES_AUSSITOT
            dus += [(instant, nombre, fait, client, cle, cle[1] if cle[2] == AU_DELA else adresse)
                    for cle, (instant, nombre, lignes, adresse) in du_client.items()
                    if nombre and (aussitot or not lignes or cle[3] < minute)]
    return sorted(dus, key=itemgetter(0))


def _clients():
    return [(fait, client, du_client) for fait, du_fait in _refus.items() for client, du_client in du_fait.items()]


def ecrire_refus(tout=False):
    """Write the refusals in one transaction; returns how many lines. A failure keeps them. tout: at the stop."""
    with _plume:
        dus = _dus(tout)
        if dus:
            with ecriture():
                for instant, nombre, (fait, _), _, (agent_id, _, detail, _), adresse in dus:
                    auditer(fait, agent_id, detail, instant, adresse, nombre)
        _oublier(dus)
    return len(dus)


def _oublier(ecrits):
    """What is written is not written again; the keys of a minute that is over leave their places."""
    minute = maintenant()[:16]
    with _verrou:
        for _, nombre, fait, client, cle, _ in ecrits:
            _refus[fait][client][cle][1] -= nombre
            _refus[fait][client][cle][2] += 1
        for fait, client, du_client in _clients():
            for cle in [cle for cle, (_, nombre, _, _) in du_client.items() if not nombre and cle[3] < minute]:
                del du_client[cle]
            if not du_client:
                del _refus[fait][client]
        for fait in [fait for fait, du_fait in _refus.items() if not du_fait]:
            del _refus[fait]


def ecrire_notes():
    """Write all there is, at the stop; returns how many lines, sessions and searches."""
    return ecrire_refus(tout=True) + ecrire_lectures() + ecrire_vues() + ecrire_recherches()
