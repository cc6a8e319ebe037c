"""The agenda of the contributeurs: what everyone may come to, and what is for them alone, which no public page, search,
feed nor calendar shows. Its iCalendar is downloaded signed in: an address that a calendar follows would be public.
"""
import functools
from itertools import groupby

from bottle import HTTPResponse

import models
import langue
from models import Contenu, Refus
from verbes import regles
from verbes.contenus import contenus, seances
from verbes.demande import reunions
from verbes.ical import DEMONSTRATION, calendrier, d_un_contenu
from verbes.rendez_vous import dire_quand
from views import aller, annoncer, app, choix, page, request, tenter
from views.champs import Champ, lire
from views.criteres import adresse_de, une_page
from views.entrees import ID, trouver
from views.presentoir import presenter, presenter_tous

PAGE = '/espace/agenda'
annoncer(f'{PAGE}/', invites='Les invitations partent.')
ABSENT = 'Ce rendez-vous n\'est pas publié, ou n\'existe pas. Revenez à l\'agenda.'


@app.get(PAGE, qui='agent')
def agenda():
    """What is to come, by month; what is over, the last one first, a page at a time."""
    tous = evenements()
    a_venir = [e for e in tous if not e['passe']]
    passes = sorted((e for e in tous if e['passe']), key=_jours, reverse=True)
    extrait, pages = une_page(passes, functools.partial(adresse_de, {}, PAGE))
    mois = [(langue.dire_mois(cle).capitalize(), list(siens)) for cle, siens in groupby(a_venir, key=_mois)]
    return page('contenus/agenda/agenda.html', mois=mois, passes=extrait, **pages,
                reunions=[(un, dire_quand(un), demande.numero, demande.collectivite)
                          for un, demande in reunions.a_venir_pour(request.agent)])


@models.gardee
def evenements():
    """Those that are published, for everyone or for contributeurs, by their first day, as presentoir gives them."""
    return sorted(presenter_tous(_publies()), key=_jours)


def _publies():
    return contenus.publies(langue.aujourdhui(), contributeurs=True).where(
        Contenu.genre == 'evenement', Contenu.debut_le.is_null(False))


def _jours(evenement):
    return evenement['debut_le'], evenement['fin_le'], evenement['id']


def _mois(evenement):
    """« 2026-12 »: of what has begun already, this month."""
    return max(evenement['debut_le'], langue.aujourdhui())[:7]


@app.get(f'{PAGE}.ics', qui='agent')
def telecharger():
    """All that the agenda shows."""
    entrees = [_lu(evenement) for evenement in _publies().order_by(Contenu.debut_le, Contenu.id)]
    siennes = [un for un, _ in reunions.a_venir_pour(request.agent)]
    return _en_ical([*entrees, *siennes], 'Agenda des contributeurs', 'agenda.ics')


def _lu(evenement):
    return d_un_contenu(evenement, f'{PAGE}/{evenement.id}')


@app.get(f'{PAGE}/reunion-{ID}.ics', qui='agent')
def telecharger_une_reunion(id):
    """Who has proposed it gets no mail of it."""
    uid = f'reunion-{id}-'
    entrees = [un for un, _ in reunions.a_venir_pour(request.agent) if un.uid.startswith(uid)]
    if not entrees:
        raise Refus(ABSENT, 404)
    return _en_ical(entrees, '', f'reunion-{id}.ics')


@app.get(f'{PAGE}/{ID}', qui='agent')
def rendez_vous(id):
    evenement = _trouver_evenement(id)
    modifier = f'/espace/redaction/contenus/{evenement.id}' if contenus.peut_ecrire(evenement, request.agent) else ''
    return _montrer_evenement(evenement, modifier)


def _montrer_evenement(evenement, modifier='', status=200, faute=''):
    peut = seances.ouverte(evenement) and contenus.peut_publier(evenement, request.agent)
    interne = evenement.audience == 'contributeurs'
    return page(
        'contenus/agenda/evenement.html', status, contenu=presenter(evenement), modifier=modifier,
        fautes={'qui': faute} if faute else {}, valeurs={'qui': request.saisies.get('qui', '')},
        documents=[(un.id, un.titre, regles.NATURES_DE_DOCUMENT.get(un.nature, ''))
                   for un in seances.documents_de_seance(evenement)] if interne else (),
        invites=seances.invites(evenement) if interne else (), champ=_qui() if peut else None)


def _qui():
    qui = (choix.A_CHOISIR, (seances.TOUS, 'Tous les contributeurs'), *choix.invites())
    return Champ('qui', 'Qui inviter', 'choix', True, choix=qui,
                 aide='Chacun reçoit un courriel\u00a0; qui est déjà invité n\'en reçoit pas d\'autre.')


@app.post(f'{PAGE}/{ID}/inviter', qui='agent')
def inviter(id):
    evenement = _trouver_evenement(id)
    valeurs, fautes = lire([_qui()])
    _, refus = (None, None) if fautes else tenter(seances.inviter, evenement, request.agent, valeurs['qui'])
    if refus and refus.code != 422:
        raise refus
    if fautes or refus:
        return _montrer_evenement(evenement, status=422, faute=refus.phrase if refus else fautes['qui'])
    aller(f'{PAGE}/{id}?fait=invites')


@app.get(f'{PAGE}/{ID}.ics', qui='agent')
def telecharger_un(id):
    evenement = _trouver_evenement(id)
    return _en_ical([_lu(evenement)], '', f'rendez-vous-{evenement.id}.ics')


def _trouver_evenement(id):
    evenement = trouver(Contenu, id, ABSENT, Contenu.genre == 'evenement')
    if contenus.a_ete_publie(evenement):
        raise Refus('Ce rendez-vous a été retiré de l\'agenda. Revenez à l\'agenda.', 410)
    if not contenus.publie_pour(evenement, request.agent) or not evenement.debut_le:
        raise Refus(ABSENT, 404)
    return evenement


def _en_ical(lus, nom, fichier):
    debut = DEMONSTRATION if request.contexte['demonstration'] else ''
    return HTTPResponse(calendrier(lus, nom, debut).encode(), headers={
        'Content-Type': 'text/calendar; charset=utf-8', 'Cache-Control': 'private, no-store',
        'Content-Disposition': f'attachment; filename="{fichier}"'})
