"""The error pages, always in French: nothing here reads the base, which may be away.

They show the settings that a page last read.
"""
import logging
import secrets

from bottle import HTTPResponse, request, response

import langue
import models
from verbes import questions
from .champs import TUS
from .entrees import MALFORME, TROP_GROS
from .gabarits import rendu
from .refus import log, requete_dite

TITRES = {
    400: 'Requête mal formée',
    401: 'Connexion nécessaire',
    403: 'Accès refusé',
    404: 'Page introuvable',
    405: 'Action impossible ici',
    409: 'La demande a changé',
    410: 'Page retirée',
    413: 'Envoi trop volumineux',
    422: 'Une information est à corriger',
    429: 'Trop d\'envois',
    500: 'Incident',
    503: 'Service momentanément indisponible',
}
PHRASES = {
    404: 'Cette page n\'existe pas ou n\'existe plus\u00a0: son adresse a peut-être été coupée par une messagerie. '
         'Rien de ce que vous avez envoyé n\'est perdu.',
    413: TROP_GROS,
    405: 'Cette adresse ne répond pas à ce type de requête. Repartez de l\'accueil.',
    500: 'Un incident s\'est produit et il est noté. Réessayez\u00a0; '
         's\'il se répète, donnez la référence ci-dessous à l\'équipe de la Plateforme.',
}

# The settings, as a page last read them; until then, what the header and the footer can't do without.
connus = {}
JAMAIS_LUS = {
    'nom': 'Plateforme d\'appui aux territoires', 'departement': '', 'horaires': '', 'telephone': '', 'courriel': '',
    'accessibilite': 'voir la déclaration', 'demonstration': '', 'jours': 'calendaires', 'telephone_urgence': '',
    'urgence_horaires': '',    'ouvert_le': '0',
}


def retenir(reglages):
    """The settings that a request has just read."""
    if reglages is not connus.get('reglages'):
        connus['reglages'] = reglages


def du_jour(reglages):
    """What every page says first: that this is a demonstration, that the service is not open yet, the dated banner."""
    jour = langue.aujourdhui()
    ouvert = questions.est_ouvert(reglages['ouvert_le'], jour)
    return {'demonstration': bool(reglages.get('demonstration')), 'bandeau': questions.bandeau_du_jour(jour, reglages),
            'bientot': '' if ouvert else langue.dire_ouverture(reglages['ouvert_le'])}


def contexte_connu(contexte=None):
    """What the layout of an error page may use: what the request has read (contexte), else what was read before."""
    if contexte:
        return contexte | {'annonce': ''}
    reglages = connus.get('reglages') or JAMAIS_LUS
    return {'reglages': reglages, 'agent': None, **du_jour(reglages), 'chemin': '',
            'retour': '', 'envoi': True, 'annonce': '', 'annonce_type': ''}


# ---- The page ----

def erreur(code, phrase='', texte=None, pourquoi=''):
    """The error page (without the base), as an HTTPResponse. texte: {label: typed text} to give back."""
    entetes = entetes_erreur(code)
    if response.get_header('Retry-After'):
        entetes['Retry-After'] = response.get_header('Retry-After')
    occupe = code == 503 and not pourquoi                           # too many at once: nothing is broken
    contexte = getattr(request, 'contexte', None) if code < 500 else None
    corps = corps_erreur(code, phrase, texte, f'{requete_dite()} {pourquoi}', occupe=occupe, contexte=contexte)
    return HTTPResponse(corps, code, headers=entetes)


def corps_erreur(code, phrase='', texte=None, pourquoi='', incident=None, occupe=False, contexte=None):
    """The page. Unless the address alone is wrong it carries a reference,
    which finds the line of the log (pourquoi, no personal data).

    contexte: the context of the request, where it is ours for sure: an agent keeps the menu of their pages.
    """
    reference = secrets.token_hex(4) if code not in (404, 405, 410) else None
    if reference:
        log.log(
            logging.ERROR if code >= 500 and not occupe else logging.INFO,
            'erreur %s, référence %s : %s', code, reference, pourquoi, exc_info=incident)
    contexte = contexte_connu(contexte)
    interne = contexte['agent'] and contexte['chemin'].startswith(('/espace', '/pieces'))
    return langue.courber_page(rendu.get_template('erreur.html').render(
        contexte, cadre='gabarit_espace.html' if interne else 'gabarit.html', interne=interne,
        code=code, titre=TITRES.get(code, 'Erreur'), reference=reference, texte=texte or {},
        phrase=phrase or PHRASES.get(code, MALFORME)))


def entetes_erreur(code):
    entetes = {'Content-Type': 'text/html; charset=utf-8'}
    if code in (429, 503):
        entetes['Retry-After'] = '60'
    return entetes


def erreur_http(incident):
    """What Bottle found by itself: 404, 405, or the unexpected (500), whose reference finds the line in the log."""
    response.content_type = 'text/html; charset=utf-8'
    return corps_erreur(incident.status_code, pourquoi=requete_dite(), incident=incident.exception)


def base_en_panne(incident):
    raison = models.panne_de_base(incident)
    if raison is None:
        raise incident
    phrase = 'Le service est momentanément indisponible. Réessayez dans quelques minutes.'
    if request.method == 'POST':
        phrase = ('Le service est momentanément indisponible\u00a0: votre demande n\'a pas été enregistrée. '
                  'Gardez votre texte et réessayez dans quelques minutes.')
    return erreur(503, phrase, textes_saisis(), raison)


# Hidden fields: nobody typed them.
CACHES = ('cle', 'ouvert', 'consigne', 'version', 'retour', 'vue', 'formulaire', 'numeros')


def textes_saisis():
    """What was typed and is worth copying from an error page; nothing when the base failed before the form was read."""
    return {c.replace('_', ' ').capitalize(): v[:200_000] for c, v in getattr(request, 'saisies', {}).items()
            if len(v) > 20 and c not in CACHES and not TUS.search(c)}
