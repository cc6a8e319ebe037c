"""Supervision: does the service do what it must by itself, and what does it wait for?"""
import math

import models
import langue
from models import Refus
from verbes import questions
from verbes.demande import reponses
from verbes.exploitation import horloge, porteur, supervision
from views import aller, annoncer, app, page, parametre, request
from views.criteres import PAR_PAGE, page_voulue
from views.entrees import lire_numero

SORTS = {'abandonne': 'Abandonnés', 'reporte': 'Reportés', 'attente': 'En attente'}
PAGE = '/espace/admin/supervision'
annoncer(
    '/espace/admin',
    heure='L\'heure est confirmée\u00a0: ce qui attendait reprend.',
    essai='Le courriel d\'essai est écrit\u00a0: rechargez la page pour lire son sort.',
    repart='Ce qui peut encore partir repart\u00a0: rechargez cette page dans une minute.')


@app.get(PAGE, qui='administrateur')
def superviser():
    restes = supervision.compter_les_restes()
    sort = parametre('sort') or next((sort for sort, combien in restes.items() if combien), 'abandonne')
    if sort not in SORTS:
        raise Refus('Cette adresse n\'est pas valable. Revenez à la page «\u00a0Supervision\u00a0».', 400)
    pages = max(1, math.ceil(restes[sort] / PAR_PAGE))
    courante = min(page_voulue(), pages)
    essai = supervision.dernier_essai(request.agent)
    return page(
        'administration/supervision/supervision.html', sante=supervision.sante(), restes=restes, sort=sort,
        sorts=SORTS, voulue=courante, pages=pages,
        courriels=supervision.lire_les_restes(sort, PAR_PAGE, (courante - 1) * PAR_PAGE),
        verification=supervision.derniere_verification(), rappels=supervision.derniers_rappels(),
        ouvert=questions.est_ouvert(request.contexte['reglages']['ouvert_le'], langue.aujourdhui()),
        orphelines=supervision.demandes_sans_personne(), jamais_ouverts=supervision.jamais_ouverts(),
        maintenant=langue.maintenant(), version=models.SITE['version'], octets=supervision.octets_de_la_base(),
        recoit=bool(models.SITE['reponses']), comptees=reponses.comptees(), semaine=reponses.de_la_semaine(),
        essai=essai and (essai.destinataire, *supervision.dire_essai(essai)))


@app.post(f'{PAGE}/heure', qui='administrateur')
def confirmer_l_heure():
    horloge.confirmer(request.agent)
    aller(f'{PAGE}?fait=heure')


@app.post(f'{PAGE}/essai', qui='administrateur')
def essayer():
    supervision.essayer(request.agent)
    aller(f'{PAGE}?fait=essai')


@app.post(f'{PAGE}/renvoyer', qui='administrateur', transaction=False)
def renvoyer():
    """One mail given up (its id), or all of them."""
    seul = request.saisies.get('courriel', '')
    if seul and not lire_numero(seul):
        raise Refus('Ce courriel n\'existe pas. Revenez à la page «\u00a0Supervision\u00a0».', 404)
    porteur.renvoyer(lire_numero(seul), request.agent)
    aller(f'{PAGE}?fait=repart')
