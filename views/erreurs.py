"""What an error page says, and what of the settings it may show: nothing here reads the base, which may be away."""
import langue
from verbes import questions
from .entrees import TROP_GROS

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


def contexte(lu=None):
    """What the layout of an error page may use: what the request has read (lu), else what was read before."""
    if lu:
        return lu | {'annonce': ''}
    reglages = connus.get('reglages') or JAMAIS_LUS
    return {'reglages': reglages, 'agent': None, **du_jour(reglages), 'chemin': '',
            'retour': '', 'envoi': True, 'annonce': '', 'annonce_type': ''}
