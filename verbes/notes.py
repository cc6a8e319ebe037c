"""Notes: what a reading or a refusal leaves behind, in memory until the carrier writes it.

Two queues, so that neither washes the other away: the last activity of each session, written once a minute, and the
refusals, written each second. Nothing in them is evicted.
"""
import threading
from operator import itemgetter

from models import ecriture, maintenant

from .comptes import vue_de_session
from .journal import auditer

_verrou = threading.Lock()                                          # on what follows
_plume = threading.Lock()                                           # one writer of the refusals at a time
_vues = {}                                                          # {cookie: instant}: sessions of the base only
_refus = {}         # {fact: {(agent, address, detail, minute): [instant, how many not written, lines written]}}

CLES_MAX = 2_000                        # of one fact at once: a flood of another fact costs it no place
LIGNES_AUSSITOT = 10                    # of one key, written each second; then its rest waits for the end of the minute
AU_DELA = 'en surnombre, ni compte ni adresse gardés'


# ======================================================================================
# Readings
# ======================================================================================

def noter_vue(cookie, instant):
    """The last activity of a session: the one before is of no use."""
    with _verrou:
        _vues[cookie] = instant


def ecrire_vues():
    """Write the last activity of the sessions, in one transaction; returns how many. A failure keeps them."""
    with _verrou:
        prises = dict(_vues)
    if not prises:
        return 0
    with ecriture():
        for cookie, instant in prises.items():
            vue_de_session(cookie, instant)
    with _verrou:
        for cookie, instant in prises.items():
            if _vues.get(cookie) == instant:                            # not seen again meanwhile
                del _vues[cookie]
    return len(prises)


# ======================================================================================
# Refusals
# ======================================================================================

def noter_refus(fait, agent_id, adresse, detail=''):
    """One refusal: same fact, account, address and minute are one line, with how many.

    Past CLES_MAX of them at once, those of this fact are still counted, together.
    """
    minute = maintenant()[:16]
    cle = agent_id, adresse[:64], detail[:200], minute
    with _verrou:
        du_fait = _refus.setdefault(fait, {})
        if cle not in du_fait and len(du_fait) >= CLES_MAX:
            cle = None, '', AU_DELA, ''
        un = du_fait.setdefault(cle, [maintenant(), 0, 0])
        un[1] += 1


def refus_en_attente():
    """True when a refusal is to be written now."""
    return bool(_dus(False))


def _dus(tout):
    """[(instant, how many, fact, key)] of what is to be written now, oldest first."""
    minute = maintenant()[:16]
    with _verrou:
        dus = [(instant, nombre, fait, cle) for fait, du_fait in _refus.items()
               for cle, (instant, nombre, lignes) in du_fait.items()
               if nombre and (tout or lignes < LIGNES_AUSSITOT or cle[3] < minute)]
    return sorted(dus, key=itemgetter(0))


def ecrire_refus(tout=False):
    """Write the refusals in one transaction; returns how many lines. A failure keeps them. tout: at the stop."""
    with _plume:
        dus = _dus(tout)
        if dus:
            with ecriture():
                for instant, nombre, fait, (agent_id, adresse, detail, _) in dus:
                    auditer(fait, agent_id, detail, instant, adresse, nombre)
        _oublier(dus)
    return len(dus)


def _oublier(ecrits):
    """What is written is not written again; the keys of a minute that is over leave their places."""
    minute = maintenant()[:16]
    with _verrou:
        for _, nombre, fait, cle in ecrits:
            _refus[fait][cle][1] -= nombre
            _refus[fait][cle][2] += 1
        for du_fait in _refus.values():
            for cle in [cle for cle, (_, nombre, _) in du_fait.items() if not nombre and cle[3] < minute]:
                del du_fait[cle]


def ecrire_notes():
    """Write all there is, at the stop; returns how many lines and sessions."""
    return ecrire_refus(tout=True) + ecrire_vues()
