"""The request: the one Bottle app, who may call each route, form input, pages, errors.

The way of one request: the plugin `Acces` decodes the body, opens the transaction, says who is there
and whether they may, calls the handler, commits, and only then renders.
Every area imports this module; it imports none of them.
"""
import functools
import hashlib
import logging
import pkgutil
import re
import secrets
import sqlite3
from collections import namedtuple
from datetime import timedelta
from urllib.parse import quote

import peewee
from bottle import Bottle, HTTPError, HTTPResponse, request, response
from jinja2 import Environment, PackageLoader, StrictUndefined, Template

import models
import langue
from langue import slug
from models import BaseIndisponible, Refus, Reglage, ecriture, lecture
from verbes import comptes, questions, regles
from verbes.administration.identite import apparence
from verbes.notes import noter_vue

from . import erreurs
from .champs import TUS, Champ, valeurs_de
from .cookies import REPRISE_MAX, cookie_de_session, est_repris, oublier_reprise, securise
from .cookies import reprise as reprise                              # the areas ask it of here
from .entrees import (
    GROS_CORPS, MALFORME, entete, lire_corps, lire_parametres, oublier_le_corps, prendre_un_tour,
    rendre_un_tour)
from .mise_en_forme import espacer as espacer, graduations, markdown    # the areas ask it of here
from .gabarits import Compiles
from .limites import attente_du_client, client_compte, compter_le_client, dire_attente
from .menus import ADMINISTRATION, ou_aider
from .refus import noter_reponse
from .routeur import LateRouter


app = Bottle()
del app.router                                                      # Bottle lets each attribute be set once
app.router = LateRouter()
log = logging.getLogger('plateforme')

# lecteur: agents and lecteurs; agent: agents alone.
ROLES_DE_ROUTE = ('public', 'demandeur', 'lecteur', 'agent', 'administrateur')


# ======================================================================================
# Pages
# ======================================================================================

Page = namedtuple('Page', 'gabarit valeurs status')
# A page once rendered; uniques: the Fragments that are made each time it is sent.
Rendue = namedtuple('Rendue', 'octets uniques')


def page(gabarit, status=200, **valeurs):
    """What a handler gives back: a template and plain values, rendered once the transaction is over.

    A status of 400 or more is never committed.
    """
    return Page(gabarit, valeurs, status)


# name served under /static/: its type. Read through pkgutil, so that a zipapp serves them too.
STATIQUES = {
    'plateforme.css': 'text/css; charset=utf-8', 'publique.css': 'text/css; charset=utf-8',
    'plateforme.js': 'text/javascript; charset=utf-8',
    'brouillon.js': 'text/javascript; charset=utf-8', 'touches.js': 'text/javascript; charset=utf-8',
    'images.js': 'text/javascript; charset=utf-8',
    'icones.svg': 'image/svg+xml', 'favicon.svg': 'image/svg+xml', 'partage.png': 'image/png',
}


# A sheet is its files, one after the other: what comes after wins. A phone loads that of the public pages first.
FEUILLES = {
    'publique.css':   ('commun.css', 'impression.css'),
    'plateforme.css': ('commun.css', 'espace.css', 'impression.css'),
}


@functools.cache
def _statique(nom):
    octets = b'\n'.join(pkgutil.get_data('models', f'static/{fichier}') for fichier in FEUILLES.get(nom, (nom,)))
    return octets, hashlib.sha256(octets).hexdigest()[:12]


def statique(nom):
    return f'/static/{nom}?v={_statique(nom)[1]}'


@app.get('/static/<nom:re:[a-z]+[.][a-z]+>', qui='public', base=False)
def servir_statique(nom):
    if nom not in STATIQUES:
        raise HTTPError(404)
    octets, version = _statique(nom)
    duree = 'public, max-age=31536000, immutable' if request.query.get('v') == version else 'no-cache'
    return HTTPResponse(octets, headers={'Content-Type': STATIQUES[nom], 'Cache-Control': duree})


FILTRES_JINJA = {
    'jour': lambda v: langue.dire_jour(v, True),
    'jour_court': langue.dire_jour,
    'jour_long': langue.dire_jour_long,
    'jour_semaine': lambda v: langue.dire_jour_long(v, annee=False),
    'instant': lambda v: f'{langue.dire_jour(v, True)}, {langue.dire_heure(v)}',
    'instant_long': langue.dire_instant,
    'telephone': lambda v: langue.dire_telephone(langue.telephone(v) or v),
    'tel': lambda v: '+33' + t[1:] if (t := langue.telephone(v)) else re.sub(r'\s', '', v),
    'visible': langue.montrer_invisibles,
    'replie': langue.replier,
    'octets': langue.dire_octets,
    'nombre': langue.dire_nombre,
    'de': langue.de,
    'avec_article': langue.avec_article,
    'majuscule': langue.majuscule,
    'slug': slug,
    'markdown': markdown,
    'initiales': lambda v: ''.join(mot[0] for mot in v.split()[:2]).upper(),
}



class Gabarit(Template):
    def render(self, *valeurs, **nommees):
        """A macro of a template holds all that the template was given, the figures of ten years included, in a cycle:
        it is let go at once, not with the next collection.
        """
        contexte = self.new_context(dict(*valeurs, **nommees))
        try:
            return ''.join(self.root_render_func(contexte))
        except Exception:
            self.environment.handle_exception()
        finally:
            contexte.vars.clear()
            contexte.parent.clear()


class Atelier(Environment):
    def make_globals(self, d):
        """One dict for all the templates, none of which has a global of its own: to compare two of Jinja2's chains is
        a fifteenth of a page's time.
        """
        return self.globals


rendu = Atelier(
    loader=PackageLoader('views', ''), autoescape=True, undefined=StrictUndefined,
    trim_blocks=True, lstrip_blocks=True, bytecode_cache=Compiles(),
    auto_reload=False)                              # no look at the files at each view: restart to see a change
rendu.template_class = Gabarit
rendu.filters.update(FILTRES_JINJA)


@functools.lru_cache(maxsize=500)                                   # 4 kB each, or so
def morceau(gabarit, nom, *arguments):
    """A macro of a template, rendered once for the same plain values: a row of the list comes back many times a day."""
    return getattr(rendu.get_template(gabarit).module, nom)(*arguments)


def options_gardees(choix, valeur):
    """The <option>s of a list, the one of this value selected; long lists are rendered once."""
    try:
        hash(choix)
    except TypeError:                                               # a list somewhere in it
        choix = _en_tuples(choix)
    connue = str(valeur) in valeurs_de(choix)                      # anything typed would fill the memory
    return morceau('champs.html', 'options', choix, str(valeur) if connue else '')


def _en_tuples(choix):
    return tuple(_en_tuples(un) if isinstance(un, list | tuple) else un for un in choix)


rendu.globals.update(
    site=models.SITE,
    STATUTS=regles.STATUTS, ADMINISTRATION=ADMINISTRATION, ou_aider=ou_aider,
    statique=statique, date_iso=langue.jour_de, options_gardees=options_gardees,
    apparence=apparence, dire_saisine=langue.dire_saisine, du_signataire=langue.du_signataire, graduations=graduations)

# What a page says once after a redirection « …?fait=… »: (where, words). Both come from here, never from the address.
ANNONCES = {}


def annoncer(debut, **phrases):
    """What an area says, {fait: words}, on the pages whose address begins so; a word of the address is said once."""
    if dites := ANNONCES.keys() & phrases.keys():
        raise ValueError(f'{", ".join(dites)}: announced twice')
    ANNONCES.update({fait: (debut, phrase) for fait, phrase in phrases.items()})


annoncer('/espace', enregistre='Enregistré.')
A_ENVOYER = ('Votre texte n\'est pas encore enregistré\u00a0: '
             'le formulaire est rempli comme avant, vérifiez-le puis envoyez-le.')


class Fragment:
    """A part of a page, put in its place at the end. Kept as it is sent: bytes; as a text, 300 kB are copied three
    times at each view. Or made (faire) each time the page is sent, were it kept: the one-time key of a form.
    """

    def __init__(self, texte='', faire=None):
        self.octets, self.faire, self.place = texte.encode(), faire, f'<!--{secrets.token_hex(16)}-->'

    def __html__(self):
        return self.place

    def poser(self, octets):
        return octets.replace(self.place.encode(), self.faire().encode() if self.faire else self.octets)


def rendre(reponse):
    """A Page → its Rendue."""
    response.status = reponse.status
    response.content_type = 'text/html; charset=utf-8'
    noter_reponse(reponse.status)
    if reponse.status in (403, 409, 429):
        log.info('refus %s : %s', reponse.status, _ou())
    repris = {'annonce': A_ENVOYER, 'annonce_type': 'attention'} if est_repris() else {}
    texte = rendu.get_template(reponse.gabarit).render(request.contexte | repris | reponse.valeurs)
    fragments = [valeur for valeur in reponse.valeurs.values() if isinstance(valeur, Fragment)]
    octets = texte.encode()
    for fragment in fragments:
        octets = octets if fragment.faire else fragment.poser(octets)
    return Rendue(octets, [fragment for fragment in fragments if fragment.faire])


def _contexte():
    """What every page may use; read inside the transaction."""
    reglages = Reglage.tous()
    erreurs.retenir(reglages)
    return {
        'reglages': reglages,
        'agent': request.agent,
        **erreurs.du_jour(reglages),
        'chemin': request.path,
        'retour': '',
        'envoi': models.SITE['smtp'],
        'annonce': _annonce(),
        'annonce_type': 'succes',
        'facteur_le': _second_facteur_a_venir(reglages),
    }


def _second_facteur_a_venir(reglages):
    """The day from which this agent will need one and has none; ''."""
    a_venir = reglages['second_facteur_exige'] == 'tous_les_comptes' and langue.aujourdhui() < reglages[
        'second_facteur_le']
    agent = request.agent
    sans = agent and not agent.administre and not agent.second_facteur and request.origine == 'mot_de_passe'
    return reglages['second_facteur_le'] if a_venir and sans else ''


def _annonce():
    debut, mots = ANNONCES.get(request.query.get('fait'), ('/', ''))
    return mots if request.path.startswith(debut) else ''


def aller(adresse):
    """Redirect with 303 to an address of this site (a path): the one way to redirect."""
    if not interne(adresse):
        adresse = '/'
    suite = response.copy(cls=HTTPResponse)
    suite.status = 303
    suite.body = ''
    suite.set_header('Location', quote(adresse, safe="/?&=#%:;,+~@!$'()*"))
    raise suite


def interne(adresse):
    """True for a path of this site: not « //elsewhere », not « /\\elsewhere », no control character; nor what a server
    on the way might read so (« /.//elsewhere », « /%2felsewhere »).
    """
    chemin = re.split('[?#]', adresse, maxsplit=1)[0]
    return bool(re.fullmatch(r'/[^\x00-\x20\\]*', adresse)) and not re.search(
        r'//|/\.{1,2}(/|$)|%(2f|5c|2e)', chemin, re.I)


# ======================================================================================
# Input: what entrees.py has read of it
# ======================================================================================

def parametre(nom, defaut=''):
    """A parameter of the query string, decoded by the plugin."""
    return request.parametres.get(nom, defaut)


# ======================================================================================
# Who is there: sessions, cross-site, access
# ======================================================================================

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


def _refuser_autre_site():
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


def _refuser_mandataire_inconnu():
    """Behind a proxy that PLATEFORME_PROXY does not name, all clients have one address:
    the limits of one would strike them all.
    """
    if request.environ.get('plateforme.mandataire_inconnu'):
        raise BaseIndisponible(
            'un serveur mandataire de cette machine transmet les requêtes, '
            'et PLATEFORME_PROXY ne le nomme pas ou il ne dit rien dans X-Forwarded-For')


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
    garde = [(c, v) for c, v in request.saisies.items() if not TUS.search(c)]
    if sum(len(v) for _, v in garde) > REPRISE_MAX:
        raise Refus(
            'Votre session a expiré et ce texte est trop long pour être gardé. '
            'Revenez à la page précédente\u00a0: il y est encore.', 401)
    if request.fichiers:
        phrase_du_texte += ' Vos fichiers seront à joindre de nouveau.'
    return page_connexion(401, retour if interne(retour) else request.path, garde, valeurs, phrase=phrase_du_texte)


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


def _autoriser(qui, arguments):
    """Who calls: sets request.agent and request.origine (and request.demande for the tracking link);
    a Page when they may not go on.
    """
    agent, origine, depuis = _identifier()
    if agent and agent.lecteur_au and qui in SANS_COMPTE:           # there, a lecteur is anybody
        agent, origine, depuis = None, '', ''
    request.agent, request.origine, request.connecte_le = agent, origine, depuis
    request.contexte = _contexte()
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
        texte=_textes_saisis())


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
                return erreur(refus.code, refus.phrase, refus.code == 429 and _textes_saisis())
            except (BaseIndisponible, peewee.DatabaseError, sqlite3.Error, OSError) as incident:
                return _base_en_panne(incident)
            finally:
                oublier_le_corps(request.environ, 'bottle.request.ext.fichiers')
                if gros:
                    rendre_un_tour()
        return servir


app.install(Acces())


def _servir(rappel, config, arguments):
    ecrit = request.method == 'POST'
    # Bottle lets each attribute of a request be set once.
    request.parametres = lire_parametres(config.get('gardee'))
    cle = _cle_gardee(config)
    visiteur = cle and not cookie_de_session()
    gardee = models.retrouver(cle, models.moment()) if visiteur else None
    if gardee:
        return _livrer(gardee, visiteur)
    if ecrit:
        _recevoir(config)
    else:
        request.saisies, request.fichiers = {}, {}
    if not config.get('base', True):
        return rappel(**arguments)
    dedans = ecrit and config.get('transaction', True)
    ouvrir = ecriture if dedans else lecture
    try:
        with ouvrir() as quand:
            reponse = _autoriser(config['qui'], arguments)
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
    if ecrit and _code(reponse) < 400:
        oublier_reprise()
    if ecrit:
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
    if visiteur and not uniques and response.status_code == 200:
        response.set_header('Cache-Control', 'private, no-cache')
    for unique in uniques:
        octets = unique.poser(octets)
    return octets


SANS_COMPTE = ('public', 'demandeur')


def _recevoir(config):
    """The form of a POST, or a Refus."""
    _refuser_autre_site()
    gros = request.content_length > GROS_CORPS
    if gros:                                                        # reading it is what costs
        _limiter_les_refus(config)
    request.saisies, request.fichiers = lire_corps(config)
    if not gros:                                                    # what was typed is given back
        _limiter_les_refus(config)
    if config['qui'] == 'public':
        _refuser_mandataire_inconnu()
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
    if 'q' in request.parametres or len(request.query_string) > CLE_MAX or _annonce():
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


# ======================================================================================
# Errors: always a page in French
# ======================================================================================

def erreur(code, phrase='', texte=None, pourquoi=''):
    """The error page (without the base), as an HTTPResponse. texte: {label: typed text} to give back."""
    entetes = entetes_erreur(code)
    if response.get_header('Retry-After'):
        entetes['Retry-After'] = response.get_header('Retry-After')
    occupe = code == 503 and not pourquoi                           # too many at once: nothing is broken
    lu = getattr(request, 'contexte', None) if code < 500 else None
    corps = corps_erreur(code, phrase, texte, f'{_ou()} {pourquoi}', occupe=occupe, lu=lu)
    return HTTPResponse(corps, code, headers=entetes)


def corps_erreur(code, phrase='', texte=None, pourquoi='', incident=None, occupe=False, lu=None):
    """The page. Unless the address alone is wrong it carries a reference,
    which finds the line of the log (pourquoi, no personal data).

    lu: the context of the request, where it is ours for sure: an agent keeps the menu of their pages.
    """
    reference = secrets.token_hex(4) if code not in (404, 405, 410) else None
    if reference:
        log.log(
            logging.ERROR if code >= 500 and not occupe else logging.INFO,
            'erreur %s, référence %s : %s', code, reference, pourquoi, exc_info=incident)
    contexte = erreurs.contexte(lu)
    interne = contexte['agent'] and contexte['chemin'].startswith(('/espace', '/pieces'))
    return rendu.get_template('erreur.html').render(
        contexte, cadre='gabarit_espace.html' if interne else 'gabarit.html', interne=interne,
        code=code, titre=erreurs.TITRES.get(code, 'Erreur'), reference=reference, texte=texte or {},
        phrase=phrase or erreurs.PHRASES.get(code, MALFORME))


def _ou():
    """What was asked, for the log: the route and the agent's number,
    never the address itself (it may carry the token of a link).
    """
    route = request.environ.get('bottle.route')
    agent = getattr(request, 'agent', None)
    dit = f'{request.method} {route.rule if route else "?"}'
    return f'{dit} agent {agent.id}' if agent else dit


def entetes_erreur(code):
    entetes = {'Content-Type': 'text/html; charset=utf-8'}
    if code in (429, 503):
        entetes['Retry-After'] = '60'
    return entetes


def _erreur_http(incident):
    """What Bottle found by itself: 404, 405, or the unexpected (500), whose reference finds the line in the log."""
    response.content_type = 'text/html; charset=utf-8'
    return corps_erreur(incident.status_code, pourquoi=_ou(), incident=incident.exception)


app.default_error_handler = _erreur_http


def _base_en_panne(incident):
    raison = models.panne_de_base(incident)
    if raison is None:
        raise incident
    phrase = 'Le service est momentanément indisponible. Réessayez dans quelques minutes.'
    if request.method == 'POST':
        phrase = ('Le service est momentanément indisponible\u00a0: votre demande n\'a pas été enregistrée. '
                  'Gardez votre texte et réessayez dans quelques minutes.')
    return erreur(503, phrase, _textes_saisis(), raison)


# Hidden fields: nobody typed them.
CACHES = ('cle', 'ouvert', 'consigne', 'version', 'retour', 'vue', 'formulaire', 'numeros')


def _textes_saisis():
    """What was typed and is worth copying from an error page; nothing when the base failed before the form was read."""
    return {c.replace('_', ' ').capitalize(): v[:200_000] for c, v in getattr(request, 'saisies', {}).items()
            if len(v) > 20 and c not in CACHES and not TUS.search(c)}
