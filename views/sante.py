"""The health of the service, for monitoring."""
import sqlite3
import time
from datetime import timedelta

import peewee

import models
import langue
from models import BaseIndisponible, lecture
from verbes import exploitation, porteur
from views import app, request, response


@app.get('/sante', qui='public', base=False)
def sante():
    """200, or 503 when the base does not answer or the carrier has stopped.

    The figures are for this machine only: one mail more would tell a stranger whether an account exists, or what a
    mairie asked.
    """
    response.content_type = 'application/json'
    passage = round(time.monotonic() - porteur.etat['passage'])
    try:
        with lecture():
            attente, plus_ancien = porteur.file_d_attente()
            abandonnes = porteur.abandonnes(_il_y_a(24))
            sauvegarde = models.Reglage.tous().get(exploitation.SAUVEGARDE)
    except (BaseIndisponible, peewee.DatabaseError, sqlite3.Error):
        response.status = 503
        return {'base': 'indisponible'}
    dit = {
        'base': 'ok',
        'courriels': _dire_courriels(plus_ancien, abandonnes),
        'porteur': 'ok' if passage < porteur.MUET else 'arrêté',
        'sauvegarde': _dire_sauvegarde(sauvegarde),
    }
    response.status = 200 if passage < porteur.MUET else 503
    if request.environ['plateforme.local']:
        dit |= {'version': models.SITE['version'], 'courriels_en_attente': attente, 'courriels_abandonnes': abandonnes,
                'porteur_passe_il_y_a': passage, 'sauvegarde_le': sauvegarde}
    return dit


def _il_y_a(heures):
    return langue.en_utc(langue.horloge() - timedelta(hours=heures))


def _dire_courriels(plus_ancien, abandonnes):
    """abandonnes: those given up since yesterday, which nobody but us would know of."""
    if abandonnes:
        return 'en échec'
    return 'en retard' if plus_ancien and plus_ancien < _il_y_a(1) else 'ok'


def _dire_sauvegarde(sauvegarde):
    if not sauvegarde:
        return 'jamais'
    return 'en retard' if sauvegarde < _il_y_a(26) else 'ok'
