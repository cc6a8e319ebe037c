"""The service: the pages, what serves them, the stop.

Apart from the command line (plateforme.py): a command that shows no page starts in half the time.
"""
import errno
import io
import logging
import resource
import signal
import socket
import sys
import threading
import time

import waitress
import waitress.channel
import waitress.server
from waitress import wasyncore

import models
from models import SITE, Refus, lecture
from verbes import courriels, notes, textes
from verbes.exploitation import porteur
from views import consigne, entrees, sante, wsgi
from views.administration import (
    admin, ameliorations, annuaire, audit, calendrier, collectivites, contours, convention, depart, identite, personnes,
    lettres, repartition, reste, revue, stock, structures, supervision)
from views.catalogue import brouillons, campagne, catalogue, guide, ouvertes, portes, redaction
from views.compte import aide, compte, moi, sso
from views.contenus import (
    agenda, contenus, documents, fichiers, flux, groupes, invitations, projets, publication)
from views.demande import demande, dossier, espace, extraction, journee, listes, saisie, suivi, textes_types
from views.pilotage import carte, evaluation, pilotage, rapport, territoires, visite

# Imported for their routes.
LIEUX = (
    admin, agenda, aide, ameliorations, annuaire, audit, brouillons, calendrier, campagne, carte, catalogue,
    collectivites, compte, contenus, contours, convention, demande, depart, documents, dossier, espace, evaluation,
    extraction, fichiers, flux, groupes, guide, identite, invitations, journee, lettres, listes, moi, ouvertes,
    personnes, pilotage, portes, projets, publication, rapport, redaction, repartition, reste, revue, saisie, sante,
    sso, stock, structures, suivi, supervision, territoires, textes_types, visite)
log = logging.getLogger('plateforme')
DELAI_ARRET = 20                                                    # seconds left, at a stop, to the requests under way


def servir(configuration):
    """Serve a base, which the caller has locked, until SIGTERM or SIGINT."""
    models.brancher(configuration.base)
    souple, dur = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(max(souple, 8192), dur), dur))
    wsgi.Canal.proxy = configuration.proxy
    waitress.server.BaseWSGIServer.channel_class = wsgi.Canal
    prises = {}                                                     # file descriptor: what waitress does with it
    textes.controler(textes.fichiers())                             # before anybody waits for a mail
    serveur = _ecouter(configuration, _sans_traces(wsgi.assembler(configuration)), prises)
    for numero in (signal.SIGTERM, signal.SIGINT):
        signal.signal(numero, _arreter)
    fil = threading.Thread(target=porteur.porter, args=(configuration,), name='porteur', daemon=True)
    fil.start()
    _dire_adresses(configuration)
    log.info('service démarré, version %s', SITE['version'])
    porteur.dire_a_systemd(b'READY=1')
    while not porteur.etat['arret'].is_set():
        wasyncore.loop(timeout=0.5, use_poll=True, map=prises, count=1)
        consigne.purger()
    _finir(prises, serveur.task_dispatcher)
    fil.join(porteur.DELAI_SMTP)
    notes.ecrire_notes()
    models.debrancher()
    log.info('service arrêté')


ECOUTE_REFUSEE = {
    errno.EADDRINUSE: 'un autre programme y écoute déjà. Arrêtez-le, ou changez le port',
    errno.EACCES: 'ce compte n\'a pas le droit d\'ouvrir ce port. Prenez un port au-dessus de 1024',
    errno.EADDRNOTAVAIL: 'cette machine n\'a pas cette adresse. Corrigez l\'hôte',
    socket.EAI_NONAME: 'ce nom n\'a pas d\'adresse. Corrigez l\'hôte',
}


def _ecouter(configuration, application, prises):
    """The waitress server of an application, listening; prises is its map of sockets.

    Raises Refus when it can't listen there.
    """
    try:
        return waitress.create_server(
            application, map=prises, host=configuration.hote, port=configuration.port, ident=None,
            _dispatcher=wsgi.Repartiteur(),
            connection_limit=2000, channel_timeout=30, cleanup_interval=10,
            max_request_body_size=entrees.CORPS_MAX + 1_000_000, max_request_header_size=65_536,
            inbuf_overflow=65_536,                                  # the rest on the disk: 2,000 × 512 kB would be 1 GB
            clear_untrusted_proxy_headers=False)                    # _situer reads them
    except (OSError, ValueError) as incident:                       # a name without address is a ValueError
        raison = ECOUTE_REFUSEE.get(getattr(incident, 'errno', socket.EAI_NONAME), incident)
        raise Refus(f'Impossible d\'écouter sur {configuration.hote}:{configuration.port}\u00a0: {raison} '
                    '(PLATEFORME_ECOUTE).') from None


def _arreter(numero, _):
    """The first signal ends the service in order, a second one at once."""
    signal.signal(numero, signal.SIG_DFL)
    porteur.etat['arret'].set()


def _finir(prises, taches):
    """Accept no one more, then let what is under way end, in DELAI_ARRET at most:
    queued, being answered or still being received.
    """
    fin = time.monotonic() + DELAI_ARRET
    wasyncore.loop(timeout=0, use_poll=True, map=prises, count=50)  # those already at the door
    for prise in [p for p in prises.values() if p.accepting]:
        wasyncore.dispatcher.close(prise)
    while time.monotonic() < fin:
        canaux = [p for p in prises.values() if isinstance(p, waitress.channel.HTTPChannel)]
        oisifs = [c for c in canaux if not (c.requests or c.request or c.total_outbufs_len)]
        for canal in oisifs:
            canal.will_close = True
        if len(oisifs) == len(canaux):
            break
        wasyncore.loop(timeout=0.1, use_poll=True, map=prises, count=1)
    taches.shutdown(timeout=max(0, fin - time.monotonic()))


def _sans_traces(application):
    """Bottle writes its tracebacks to wsgi.errors, on many lines; views.erreurs.erreur_http logs the same in one."""
    def servie(environ, start_response):
        environ['wsgi.errors'] = io.StringIO()
        return application(environ, start_response)
    return servie


def _dire_adresses(configuration):
    print(f'Plateforme d\'appui aux territoires\u00a0: {configuration.url}\n'
          f'Espace des agents\u00a0: {configuration.url}/espace')
    with lecture():
        if models.Reglage.tous().get('demonstration'):
            from verbes.exploitation import demonstration           # its people, its demandes: 2 MB
            print(f'\n{courriels.DEMONSTRATION}\n'
                  f'Comptes de démonstration (mot de passe\u00a0: {demonstration.MOT_DE_PASSE})\u00a0:')
            for courriel, role in demonstration.COMPTES.items():
                print(f'  {courriel:46} {role}')
    print('\nArrêter\u00a0: Ctrl+C' if sys.stdout.isatty() else '', flush=True)
