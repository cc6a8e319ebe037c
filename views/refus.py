"""What a refusal leaves behind: a line of audit within a second, and one in the log at once.

The account by its number, never as it was typed; the address in the audit alone.
"""
import logging
import re

from bottle import request

from verbes import notes

log = logging.getLogger('plateforme')

# What the code of an answer says by itself: (code, beginning of the route's rule, fact). A 403 counts for who is signed
# in: without account, it is a form from another site.
FAITS = (
    (403, '/',            'accès refusé'),
    (404, '/invitation/', 'lien à usage unique refusé'),
    (404, '/suivi/<',     'lien de suivi refusé'),
)


def adresse_vue():
    """The whole address of the client, as the proxy or the network gives it."""
    return request.environ.get('REMOTE_ADDR', '')


def noter_refus(fait, agent_id=None):
    """A sign-in that is refused; agent_id: None when the account is unknown."""
    notes.noter_refus(fait, agent_id, adresse_vue())
    log.info('%s, %s', fait, f'agent {agent_id}' if agent_id else 'compte inconnu')


def noter_reponse(code):
    """What an answer leaves in the audit (FAITS); the log has its line already."""
    if code < 400:
        return
    agent = getattr(request, 'agent', None)
    regle = request.environ['bottle.route'].rule
    for refuse, debut, fait in FAITS:
        if code == refuse and regle.startswith(debut) and (agent or code != 403):
            notes.noter_refus(fait, agent.id if agent else None, adresse_vue(), _ou(regle))


def _ou(regle):
    """Where: the address itself among the agents' own, which carry no secret; elsewhere the rule alone."""
    interne = regle.startswith(('/espace', '/pieces'))
    return f'{request.method} {request.path if interne else re.sub(r":[^>]*>", ">", regle)}'


def requete_dite():
    """What was asked, for the log: the route and the agent's number,
    never the address itself (it may carry the token of a link).
    """
    route = request.environ.get('bottle.route')
    agent = getattr(request, 'agent', None)
    dit = f'{request.method} {route.rule if route else "?"}'
    return f'{dit} agent {agent.id}' if agent else dit
