"""The health of the service, for monitoring."""
import sqlite3

import peewee

import models
from models import BaseIndisponible, lecture
from verbes.exploitation import supervision
from views import app, request, response


@app.get('/sante', qui='public', base=False)
def sante():
    """200, or 503 when the base does not answer, the disk is full or the carrier has stopped.

    The figures are for this machine only: one mail more would tell a stranger whether an account exists, or what a
    mairie asked.
    """
    response.content_type = 'application/json'
    try:
        with lecture():
            etat = supervision.sante()
    except (BaseIndisponible, peewee.DatabaseError, sqlite3.Error):
        response.status = 503
        return {'base': 'indisponible'}
    reponse = {
        'base': 'disque plein' if etat.plein else 'ok',
        'courriels': etat.courriels,
        'porteur': 'ok' if etat.porte else 'arrêté',
        'sauvegarde': etat.sauvegarde,
        'heure': etat.heure,
    }
    response.status = 200 if etat.porte else 503
    if request.environ['plateforme.local']:
        reponse |= {'version': models.SITE['version'], 'courriels_en_attente': etat.attente,
                    'courriels_abandonnes': etat.abandonnes, 'porteur_passe_il_y_a': etat.passage,
                    'sauvegarde_le': etat.sauvegarde_le,
                    'sauvegarde_il_y_a': supervision.secondes_depuis(etat.sauvegarde_le), 'octets_libres': etat.libre}
    return reponse
