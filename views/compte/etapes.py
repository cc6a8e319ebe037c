"""What every sign-in shares, by a password (compte.py) or by the département's own account (sso.py): the wanted address
and the typed fields that it carries, the proof between its two steps, the page that asks for the code, the new cookie.
"""
import hmac
import re

import langue
from models import Agent
from verbes import comptes
from verbes.questions import est_ouvert
from views import aller, interne, log, page, parametre, request
from views.champs import Champ
from views.cookies import adresse_de_session, cookie_de_session, garder_reprise, poser_session
from views.limites import reseau_du_client, signer

# ---- What goes with a sign-in, and how it ends ----

def retour_demande():
    """The address of this site that the page was reached for, or ''."""
    return _interne(parametre('retour'))


def _interne(adresse):
    return adresse if interne(adresse) else ''


def suite():
    """What goes with a sign-in: (the wanted address, the fields typed before the session expired)."""
    garde = [(nom.removeprefix('garde:'), texte) for nom, texte in request.saisies.items() if nom.startswith('garde:')]
    return _interne(request.saisies.get('retour', '')), garde


def ouvrir(agent, origine):
    """The cookie of a new session, in place of the one received, if any."""
    fermer()
    comptes.annoncer_le_reseau(agent, reseau_du_client())
    comptes.connaitre_reseau(agent, reseau_du_client())
    log.info('connexion de l\'agent %s%s', agent.id, ' par SSO' if origine == 'sso' else '')
    return comptes.connecter(agent, origine, adresse_de_session())


def rouvrir(agent):
    """A new session in place of those that a change of password or of second factor has closed: opened as they were."""
    poser_session(comptes.ouvrir_session(agent, request.origine, adresse_de_session()))


def entrer(cookie, agent):
    retour, reprise = suite()
    poser_session(cookie)
    if reprise:
        garder_reprise(cookie, retour, dict(reprise))
    ouvert_le = request.contexte['reglages']['ouvert_le']
    a_regler = agent.administrateur and not est_ouvert(ouvert_le, langue.aujourdhui())
    aller(retour or ('/espace/admin' if a_regler else '/espace'))


def fermer():
    """Close the session of the cookie received, if any."""
    comptes.fermer_session(cookie_de_session())


# ---- Between the two steps, no session and no row: only a proof that the page carries ----

VERIFICATION = (
    Champ('verification', 'Code de vérification', 'code', True,
          'Les six chiffres affichés par votre application, ou les seize chiffres d\'un code de secours.',
          auto='one-time-code', classe='court'),
)
PREUVE_SECONDES = 300


def preuve_de(agent, origine):
    """Says for five minutes that the first step was right, and which it was (comptes.ORIGINES):
    worth nothing for another account, or once this one has changed.
    """
    instant = int(langue.horloge().timestamp())
    return f'{agent.id}.{instant}.{_signature(agent, origine, instant)}'


def _signature(agent, origine, instant):
    return signer(request.contexte['reglages']['secret'],
                  f'connexion:{origine}:{agent.id}:{instant}:{agent.mot_de_passe}:{agent.second_facteur}')


def lire_preuve(preuve):
    """(the active Agent, the origin) of a proof that is ours and not expired, or (None, '')."""
    parties = re.fullmatch(r'([1-9][0-9]{0,17})\.([1-9][0-9]{0,11})\.([0-9a-f]{32})', preuve, re.ASCII)
    if not parties:
        return None, ''
    numero, instant, signature = int(parties[1]), int(parties[2]), parties[3]
    agent = Agent.get_or_none(Agent.id == numero, Agent.actif, Agent.second_facteur.is_null(False))
    if not agent or langue.horloge().timestamp() - instant > PREUVE_SECONDES:
        return None, ''
    for origine in comptes.ORIGINES:
        if hmac.compare_digest(signature, _signature(agent, origine, instant)):
            return agent, origine
    return None, ''


def page_verification(status, preuve, fautes=None):
    retour, garde = suite()
    return page(
        'compte/verification.html', status, champs=VERIFICATION, preuve=preuve, fautes=fautes or {},
        retour=retour, garde=garde)
