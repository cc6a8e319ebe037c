"""Who is there, and may they: sessions, other sites, the sign-in page, the second factor that is wanted."""
import re
from datetime import timedelta

from bottle import request

import langue
import models
from models import BaseIndisponible, Refus
from verbes import comptes, questions
from verbes.notes import noter_vue

from .champs import TUS, Champ
from .cookies import REPRISE_MAX, cookie_de_session, securise
from .entrees import entete
from .erreurs import erreur, textes_saisis
from .reponses import aller, interne, lire_le_contexte, page


def _identifier():
    """(the agent of the session cookie, how it was opened, when), or (None, '', ''); the last activity is noted, not
    written (a GET never writes).
    """
    cookie = cookie_de_session()
    session = comptes.session_ouverte(cookie) if cookie else None
    if not session:
        return None, '', ''
    noter_vue(cookie, langue.maintenant())
    return session.agent, session.origine, session.cree_le


def refuser_autre_site():
    """A POST comes from our own pages: Sec-Fetch-Site, else Origin, else neither and no session
    (Fetch Metadata; RFC 6454).
    """
    site = entete('Sec-Fetch-Site')
    origine = entete('Origin')
    if site is not None:
        admis = site in ('same-origin', 'none')
    elif origine is not None:
        schema, _, hote = origine.partition('://')
        admis = hote == entete('Host') and (schema == 'https' or not securise())
    else:
        admis = not cookie_de_session()
    if not admis:
        raise Refus(
            'Cet envoi vient d\'un autre site\u00a0: il est refusé. '
            'Rechargez la page depuis la Plateforme, puis recommencez.', 403)


def refuser_mandataire_inconnu():
    """Behind a proxy that PLATEFORME_PROXY does not name, all clients have one address:
    the limits of one would strike them all.
    """
    if request.environ.get('plateforme.mandataire_inconnu'):
        raise BaseIndisponible(
            'un serveur mandataire de cette machine transmet les requêtes, '
            'et PLATEFORME_PROXY ne le nomme pas ou il ne dit rien dans X-Forwarded-For')


SANS_COMPTE = ('public', 'demandeur')
CONNEXION = (
    Champ('courriel', 'Courriel', 'courriel', True, auto='username'),
    Champ('mot_de_passe', 'Mot de passe', 'mot_de_passe', True, auto='current-password'),
)


def page_connexion(status, retour, garde=(), valeurs=None, fautes=None, phrase=''):
    """The sign-in page; it carries the wanted address and, after an expired session,
    the typed fields (garde: pairs).
    """
    return page(
        'compte/connexion.html', status, champs=CONNEXION, valeurs=valeurs or {}, fautes=fautes or {},
        suspendus=models.lecteurs_suspendus(),
        retour=retour, garde=list(garde), phrase=phrase, sso=bool(models.SITE['entete_agent']))


EXPIREE = 'Votre session a expiré. Connectez-vous\u00a0: votre texte est conservé, le formulaire revient rempli.'
FRAICHE = 600                                                       # seconds


def connecte_a_l_instant():
    """True when who calls signed in less than ten minutes ago."""
    return langue.horloge() - langue.a_paris(request.connecte_le) < timedelta(seconds=FRAICHE)


def redemander(quoi):
    """The sign-in page again, before what an unattended or stolen session must not do (quoi, in words): its password,
    its code, or the département's account, as the first time; None when that was less than ten minutes ago.
    """
    if connecte_a_l_instant():
        return None
    phrase = f'Pour {quoi}, montrez de nouveau que c\'est vous\u00a0: connectez-vous, cela vaut dix minutes.'
    return _demander_connexion(phrase, phrase, {'courriel': request.agent.courriel})


def _demander_connexion(phrase='', phrase_du_texte=EXPIREE, valeurs=None):
    """phrase: what is said; phrase_du_texte: the same, of a form that was sent, whose fields are kept."""
    if request.method != 'POST':
        return page_connexion(401, _avec_requete(request.path, request.query_string), (), valeurs, phrase=phrase)
    retour = page_d_avant()
    champs = [(c, v) for c, v in request.saisies.items() if not TUS.search(c)]
    if sum(len(v) for _, v in champs) > REPRISE_MAX:
        raise Refus(
            'Votre session a expiré et ce texte est trop long pour être gardé. '
            'Revenez à la page précédente\u00a0: il y est encore.', 401)
    if request.fichiers:
        phrase_du_texte += ' Vos fichiers seront à joindre de nouveau.'
    return page_connexion(401, retour if interne(retour) else request.path, champs, valeurs, phrase=phrase_du_texte)


def page_d_avant():
    """The address of the page whose link or form led here, as the browser says it; '' when it is not one of ours."""
    site, _, chemin = (entete('Referer') or '').partition('://')[2].partition('/')
    if site != entete('Host'):
        return ''
    chemin, _, requete = chemin.partition('?')
    requete = re.sub(r'(^|&)(fait|ecrits)=[^&]*', '', requete).strip('&')    # announced before: not true of this form
    return _avec_requete(f'/{chemin}', requete)


def _avec_requete(chemin, requete):
    return f'{chemin}?{requete}' if requete else chemin


def autoriser(qui, arguments):
    """Who calls: sets request.agent and request.origine (and request.demande for the tracking link);
    a Page when they may not go on.
    """
    agent, origine, depuis = _identifier()
    if agent and agent.lecteur_au and qui in SANS_COMPTE:           # there, a lecteur is anybody
        agent, origine, depuis = None, '', ''
    request.agent, request.origine, request.connecte_le = agent, origine, depuis
    request.contexte = lire_le_contexte()
    if qui == 'demandeur':
        request.demande = questions.demande_du_jeton(arguments['jeton'])
        if request.demande is None:
            raise Refus(
                'Ce lien de suivi n\'existe pas ou n\'est plus valable. Vérifiez l\'adresse, '
                'ou demandez un nouveau lien depuis «\u00a0Suivre ma demande\u00a0».', 404)
    elif qui != 'public' and request.agent is None:
        return _demander_connexion()
    elif (qui != 'public' and request.path not in SANS_SECOND_FACTEUR
            and not request.agent.second_facteur and exige_second_facteur()):
        return _demander_second_facteur()
    elif qui in ('agent', 'administrateur') and request.agent.lecteur_au:
        raise Refus(AUX_AGENTS, 403)
    elif qui == 'administrateur' and not request.agent.administre:
        raise Refus('Cette page est réservée aux administrateurs de la Plateforme.', 403)
    return None


AUX_AGENTS = ('Cette page est réservée aux agents\u00a0: votre compte lit les chiffres, dans «\u00a0Pilotage\u00a0», '
              'et rien d\'une demande.')
ACTIVATION = '/espace/compte/second-facteur/activer'
SANS_SECOND_FACTEUR = (ACTIVATION, '/deconnexion')                  # all that is left to who must have one and has not


def role_exige_second_facteur():
    """True when a setting wants a second factor of the agent who calls; in a transaction. Of all, from its day on."""
    reglages = request.contexte['reglages']
    de_tous = reglages['second_facteur_exige'] == 'tous_les_comptes'
    if de_tous and not request.agent.administre:
        return reglages['second_facteur_le'] <= langue.aujourdhui()
    return reglages['second_facteur_exige'] != 'personne' and request.agent.administre


def dispense_de_code(origine):
    """True when a session of this origin needs no second factor here: the setting trusts the département's own."""
    sans_code = ('administrateurs_sauf_sso', 'tous_les_comptes')
    return origine == 'sso' and request.contexte['reglages']['second_facteur_exige'] in sans_code


def exige_second_facteur():
    """True when the agent who calls may do nothing in this session before they have a second factor."""
    return role_exige_second_facteur() and not dispense_de_code(request.origine)


def _demander_second_facteur():
    """Lead to the activation; a form sent meanwhile is refused, its long texts given back."""
    if request.method != 'POST':
        aller(ACTIVATION)
    return erreur(
        403,
        'Un second facteur vous est demandé et votre compte n\'en a pas encore\u00a0: rien n\'est enregistré. '
        'Ouvrez «\u00a0Mon compte\u00a0», activez-le, puis recommencez.',
        texte=textes_saisis())
