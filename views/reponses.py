"""What a handler gives back: a page, a way to another; what every page may use, and says once."""
import re
import secrets
from collections import namedtuple
from urllib.parse import quote

from bottle import HTTPResponse, request, response

import langue
import models
from models import Reglage

from . import erreurs
from .cookies import est_repris
from .gabarits import rendu
from .mentions import alleger
from .refus import log, noter_reponse, requete_dite

Page = namedtuple('Page', 'gabarit valeurs status')
# A page once rendered; uniques: what is made each time it is sent.
Rendue = namedtuple('Rendue', 'octets uniques')


def page(gabarit, status=200, **valeurs):
    """What a handler gives back: a template and plain values, rendered once the transaction is over.

    A status of 400 or more is never committed.
    """
    return Page(gabarit, valeurs, status)


class Unique:
    """A part of a page that is made (faire) each time it is sent, were it kept: the one-time key of a form."""

    def __init__(self, faire):
        self.faire, self.place = faire, f'<!--{secrets.token_hex(16)}-->'

    def __html__(self):
        return self.place

    def poser(self, octets):
        return octets.replace(self.place.encode(), self.faire().encode())


def rendre(reponse):
    """A Page → its Rendue."""
    response.status = reponse.status
    noter_reponse(reponse.status)
    if reponse.status in (403, 409, 429):
        log.info('refus %s : %s', reponse.status, requete_dite())
    repris = {'annonce': A_ENVOYER, 'annonce_type': 'attention'} if est_repris() else {}
    texte = rendu.get_template(reponse.gabarit).render(request.contexte | repris | reponse.valeurs)
    uniques = [valeur for valeur in reponse.valeurs.values() if isinstance(valeur, Unique)]
    return Rendue(langue.courber_page(alleger(texte)).encode(), uniques)


def aller(adresse, code=303):
    """Redirect to an address of this site (a path): the one way to redirect. 301: it has moved for good."""
    if not interne(adresse):
        adresse = '/'
    suite = response.copy(cls=HTTPResponse)
    suite.status = code
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


# ---- What every page may use ----

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


def lire_le_contexte():
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
        'annonce': annonce(),
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


def annonce():
    debut, mots = ANNONCES.get(request.query.get('fait'), ('/', ''))
    return mots if request.path.startswith(debut) else ''
