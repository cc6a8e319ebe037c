"""Sign-in by the département's own account (SSO): the reverse proxy has opened that session, by OpenID Connect,
Kerberos or otherwise, and says whose it is in the header that PLATEFORME_ENTETE_AGENT names.

Read here alone, believed from PLATEFORME_PROXY alone, read again when the form is sent: the form carries no address.
"""
from bottle import HTTPError

import models
import langue
from models import Agent
from verbes import comptes
from views import aller, app, connecte_a_l_instant, dispense_de_code, erreur, page, page_connexion, request
from views.entrees import entete
from views.refus import noter_refus
from .etapes import entrer, ouvrir, page_verification, preuve_de, retour_demande, suite

SANS_ADRESSE = (
    'Le compte du Département ne nous a pas dit votre adresse de courriel, ou en a dit plusieurs. '
    'Connectez-vous avec votre mot de passe, ou donnez la référence ci-dessous à l\'informatique du Département.')
# One sentence for an unknown account and a closed one.
SANS_COMPTE = (
    'Vous êtes reconnu par le Département, mais aucun compte de la Plateforme n\'est ouvert pour {courriel}. '
    'Demandez-le à l\'équipe de la Plateforme, qui ouvre les comptes.')


@app.get('/connexion/sso', qui='public')
def proposer():
    courriel, retour = _adresse_annoncee(), retour_demande()
    if not _agent(courriel):
        return _refuser(courriel, retour)
    if request.agent and request.agent.courriel == courriel and connecte_a_l_instant():     # not another's session
        aller(retour or '/espace')
    return page('compte/sso/continuer.html', courriel=courriel, retour=retour)


@app.post('/connexion/sso', qui='public')
def continuer():
    """The département's account stands for the password; the code of a second factor is asked all the same,
    unless the setting trusts the département's own (« sauf SSO »): the header does not say how it was opened.
    """
    courriel = _adresse_annoncee()
    agent = _agent(courriel)
    if not agent:
        return _refuser(courriel, *suite())
    if agent.second_facteur and not dispense_de_code('sso'):
        return page_verification(200, preuve_de(agent, 'sso'))
    entrer(ouvrir(agent, 'sso'), agent)


def _adresse_annoncee():
    """The one e-mail address that the trusted proxy gives; 404 when no SSO is set, 400 when it gives no such thing."""
    nom = models.SITE['entete_agent']
    if not nom:
        raise HTTPError(404)
    annonce = entete(nom) if request.environ['plateforme.mandataire'] else None
    courriel = langue.adresse(annonce or '')
    if not courriel:
        raise erreur(400, SANS_ADRESSE, pourquoi=f'SSO : {_pourquoi(annonce)}')
    return courriel


def _pourquoi(annonce):
    """For the IT, in the log: never what was announced."""
    if not request.environ['plateforme.mandataire']:
        return 'la requête ne vient pas de PLATEFORME_PROXY'
    nom = models.SITE['entete_agent']
    return f'{nom} vide ou absent' if not annonce else f'{nom} n\'est pas une seule adresse'


def _agent(courriel):
    return comptes.qui_entre(courriel)


def _refuser(courriel, retour, garde=()):
    """The sign-in page, which says whom to ask; the audit says which account, when it is a closed one."""
    ferme = Agent.get_or_none(Agent.courriel == courriel)
    noter_refus('connexion refusée par SSO', ferme and ferme.id)
    return page_connexion(403, retour, garde, fautes={'': SANS_COMPTE.format(courriel=courriel)})
