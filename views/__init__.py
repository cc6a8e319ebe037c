"""The request: the one Bottle app, its plugin.

The way of one request: the plugin `Acces` decodes the body, opens the transaction, says who is there
and whether they may, calls the handler, commits, and only then renders.
Every room imports this module; it imports none of them, and what makes it imports none of it: acces.py (who is there,
and may they), reponses.py (what a handler gives back), gabarits.py, erreurs.py.
"""
import functools
import sqlite3

import peewee
from bottle import Bottle, HTTPError, HTTPResponse, request, response

import models
from models import BaseIndisponible, Refus, ecriture, lecture
from verbes import comptes

from .acces import SANS_COMPTE, autoriser, refuser_autre_site, refuser_mandataire_inconnu
from .cookies import cookie_de_session, oublier_reprise
from .entrees import (
    GROS_CORPS, lire_corps, lire_parametres, oublier_le_corps, prendre_un_tour,
    rendre_un_tour)
from .erreurs import base_en_panne, erreur, erreur_http, textes_saisis
from .gabarits import STATIQUES, lire_statique
from .limites import attente_du_client, client_compte, compter_le_client, dire_attente
from .refus import noter_reponse
from .reponses import Page, Rendue, annonce, rendre
from .routeur import LateRouter
# What the rooms ask of here, wherever it is.
from .acces import (  # noqa: F401
    ACTIVATION, CONNEXION, connecte_a_l_instant, dispense_de_code, exige_second_facteur, page_connexion, page_d_avant,
    redemander, role_exige_second_facteur)
from .cookies import reprise  # noqa: F401
from .gabarits import morceau, rendu  # noqa: F401
from .mise_en_forme import espacer  # noqa: F401
from .refus import log  # noqa: F401
from .reponses import Unique, aller, annoncer, interne, page  # noqa: F401


app = Bottle()
del app.router                                                      # Bottle lets each attribute be set once
app.router = LateRouter()
app.default_error_handler = erreur_http

# lecteur: agents and lecteurs; agent: agents alone.
ROLES_DE_ROUTE = ('public', 'demandeur', 'lecteur', 'agent', 'administrateur')


@app.get('/static/<nom:re:[a-z]+[.][a-z]+>', qui='public', base=False)
def servir_statique(nom):
    if nom not in STATIQUES:
        raise HTTPError(404)
    octets, version = lire_statique(nom)
    duree = 'public, max-age=31536000, immutable' if request.query.get('v') == version else 'no-cache'
    return HTTPResponse(octets, headers={'Content-Type': STATIQUES[nom], 'Cache-Control': duree})


# ---- Input: what entrees.py has read of it ----

def parametre(nom, defaut=''):
    """A parameter of the query string, decoded by the plugin."""
    return request.parametres.get(nom, defaut)


# ---- The plugin ----

class _Annulee(Exception):
    """Carries the answer of a transaction that must not be committed."""

    def __init__(self, reponse):
        self.reponse = reponse


class Acces:
    """The plugin of every route: input, transaction, identity, access, then rendering."""

    name = 'acces'
    api = 2

    def apply(self, rappel, route):
        config = route.config

        @functools.wraps(rappel)
        def servir(**arguments):
            gros = request.method == 'POST' and request.content_length > GROS_CORPS
            if gros and not prendre_un_tour():
                return erreur(503, 'Plusieurs envois volumineux sont déjà en cours. '
                                   'Rien n\'a été enregistré\u00a0: recommencez dans une minute.')
            try:
                return _servir(rappel, config, arguments)
            except Refus as refus:
                _compter_le_refus(config, refus.code)
                noter_reponse(refus.code)
                return erreur(refus.code, refus.phrase, refus.code == 429 and textes_saisis())
            except (BaseIndisponible, peewee.DatabaseError, sqlite3.Error, OSError) as incident:
                return base_en_panne(incident)
            finally:
                oublier_le_corps(request.environ, 'bottle.request.ext.fichiers')
                if gros:
                    rendre_un_tour()
        return servir


app.install(Acces())


def _servir(rappel, config, arguments):
    envoi = request.method == 'POST'
    # Bottle lets each attribute of a request be set once.
    request.parametres = lire_parametres(config.get('gardee'))
    cle = _cle_gardee(config)
    visiteur = cle and not cookie_de_session()
    gardee = models.retrouver(cle, models.moment()) if visiteur else None
    if gardee:
        return _livrer(gardee, visiteur)
    if envoi:
        _recevoir(config)
    else:
        request.saisies, request.fichiers = {}, {}
    if not config.get('base', True):
        return rappel(**arguments)
    dedans = envoi and config.get('transaction', True)
    ouvrir = ecriture if dedans else lecture
    try:
        with ouvrir() as quand:
            reponse = autoriser(config['qui'], arguments)
            if cle:
                cle = _pour_tous(cle)
                reponse = reponse or models.retrouver(cle, quand)
            if reponse is None and config.get('transaction', True):
                reponse = _appeler(rappel, arguments)
            if dedans and _code(reponse) >= 400:
                raise _Annulee(reponse)
    except _Annulee as annulee:
        reponse = annulee.reponse
    if reponse is None:
        reponse = _appeler(rappel, arguments)
    if envoi and _code(reponse) < 400:
        oublier_reprise()
    if envoi:
        _compter_le_refus(config, _code(reponse))
    if isinstance(reponse, Page):
        reponse = rendre(reponse)
        if cle and response.status_code == 200:
            models.retenir(cle, quand, reponse, FILTREES_MAX if cle[2] else models.GARDEES_MAX)
    return _livrer(reponse, visiteur) if isinstance(reponse, Rendue) else reponse


def _livrer(rendue, visiteur):
    """What is sent of a page, with what is made for this view alone. « Back » shows again to a visitor one that is the
    same for all, a new visit asks for it; any other is no-store.
    """
    octets, uniques = rendue
    response.content_type = 'text/html; charset=utf-8'
    if visiteur and not uniques and response.status_code == 200:
        response.set_header('Cache-Control', 'private, no-cache')
    for unique in uniques:
        octets = unique.poser(octets)
    return octets


def _recevoir(config):
    """The form of a POST, or a Refus."""
    refuser_autre_site()
    gros = request.content_length > GROS_CORPS
    if gros:                                                        # reading it is what costs
        _limiter_les_refus(config)
    request.saisies, request.fichiers = lire_corps(config)
    if not gros:                                                    # what was typed is given back
        _limiter_les_refus(config)
    if config['qui'] == 'public':
        refuser_mandataire_inconnu()
    if 'avant' in config:                                           # what is long to read, before the base is opened
        config['avant']()


def _compter_le_refus(config, code):
    """A form that was read for nothing, of a stranger: on a public page (where a wrong password has counters of its
    own), or on any without a session.
    """
    if config['qui'] in SANS_COMPTE:
        refuse = code in (400, 413, 422)
    else:
        refuse = code in (400, 401, 413) and not getattr(request, 'agent', None)
    if request.method == 'POST' and refuse:
        compter_le_client('refus')


def _limiter_les_refus(config):
    """A form that is refused costs as much as one that is accepted: past so many, this client waits (Refus 429)."""
    attente = 0
    if client_compte('refus'):
        with lecture():
            if config['qui'] in SANS_COMPTE or not comptes.session_ouverte(cookie_de_session()):
                attente = attente_du_client('refus')
    if attente:
        response.set_header('Retry-After', str(attente))
        raise Refus('Trop de formulaires mal remplis sont venus de cette connexion. '
                    f'Gardez votre texte et recommencez {dire_attente(attente)}.', 429)


FILTREES_MAX = 60                                                   # pages kept with parameters: they push out no other
CLE_MAX = 1000                                                      # characters of the query


def _cle_gardee(config):
    """The key under which a page that is the same for all is kept in memory, or None. gardee: the parameters that it
    reads, and may read no other: those that a newsletter adds are nothing to it. Never one that holds what a visitor
    types (q), nor what is said once.
    """
    if 'gardee' not in config or request.method == 'POST':          # HEAD says what GET does (RFC 9110 §9.3.2)
        return None
    if not request.query_string:
        return 'page', request.path, (), False
    if 'q' in request.parametres or len(request.query_string) > CLE_MAX or annonce():
        return None
    lus = tuple((nom, valeur) for nom, valeur in request.query.allitems() if nom in request.parametres)
    return 'page filtrée' if lus else 'page', request.path, lus, False


def _pour_tous(cle):
    """The key of a page for who is there, of whom nothing else is known from here on: only before the opening does
    it speak to an agent otherwise.
    """
    request.contexte['agent'] = bool(request.agent and request.contexte['bientot'])
    return (*cle[:-1], request.contexte['agent'])


def _code(reponse):
    """The HTTP code of a handler's answer."""
    if isinstance(reponse, Page):
        return reponse.status
    return getattr(reponse, 'status_code', 200)


def _appeler(rappel, arguments):
    """Call the handler; a redirection (HTTPResponse) is an answer like another, an error (HTTPError) rolls back."""
    try:
        return rappel(**arguments)
    except HTTPError:
        raise
    except HTTPResponse as suite:
        return suite


def tenter(verbe, *arguments, **options):
    """Call a verb of the domain in a savepoint: (its result, None), or (None, the Refus) with nothing of it written."""
    try:
        with models.db.atomic():
            return verbe(*arguments, **options), None
    except Refus as refus:
        return None, refus


def refuserait(verbe, *arguments):
    """The Refus that a verb would give now, or None: it is done in a savepoint, then undone."""
    try:
        with models.db.atomic() as essai:
            verbe(*arguments)
            essai.rollback()
    except Refus as refus:
        return refus
    return None


def essayer(fautes, verbe, *arguments):
    """Call a verb with the fields of a form, if they have no fault: (its result, {}, 200); else (None, the faults, the
    code under which the form comes back).
    """
    if fautes:
        return None, fautes, 422
    fait, refus = tenter(verbe, *arguments)
    return (None, {refus.champ: refus.phrase}, refus.code) if refus else (fait, {}, 200)


# The GET routes that write: their own line of audit, committed before they answer.
EXPORTS = ('/espace/demandes.csv', '/espace/admin/structures.csv', '/espace/admin/comptes.csv', '/espace/redaction.csv',
           '/espace/admin/audit.csv', '/espace/admin/collectivites.csv', '/espace/admin/collectivites/adresses.csv',
           '/espace/admin/collectivites/publipostage.csv', '/espace/admin/lettres.csv',
           '/espace/pilotage/carte.csv', '/espace/pilotage/territoires.csv',
           '/espace/pilotage/<tableau:re:[a-z_]+>.csv', '/espace/pilotage/rapport',
           '/espace/collectivites/<id:re:[1-9][0-9]{0,17}>.csv')


def verifier_routes():
    """Refuse to start with a route that does not say who may call it, or with a GET that might write."""
    for route in app.routes:
        if route.config.get('qui') not in ROLES_DE_ROUTE:
            raise ValueError(f'{route.method} {route.rule}: no «\u00a0qui\u00a0»')
        if route.method == 'GET' and not route.config.get('transaction', True) and route.rule not in EXPORTS:
            raise ValueError(f'GET {route.rule}: a reading writes nothing')
