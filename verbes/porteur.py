"""The carrier: one thread beside the requests that writes the notes, sends the mails, prepares the reminders once an
hour and, once a day, takes away what is past its retention.

The command line runs the same code (`courriels`, `relances`). Sending happens outside any transaction: a slow relay
holds nobody up (domaine.md §8).
"""
import logging
import os
import re
import shutil
import smtplib
import ssl
import threading
import time
from datetime import timedelta
from email import policy
from email.header import Header
from email.headerregistry import HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.utils import formatdate
from urllib.parse import urlsplit

from peewee import fn

import models
import langue
from models import Courriel, Demande, ecriture, lecture
from langue import aujourdhui

from .administration.conservation import purger_au_terme
from .administration.passation import LETTRE, mener_a_terme
from .administration.succession import HEURES_POUR_ANNULER
from .comptes import lien_valable, purger
from .courriels import envoyable
from .demande.cycle import ecarter_les_essais
from .demande.relances import relances
from .journal import auditer, indexer, inscrire
from .notes import ecrire_recherches, ecrire_refus, ecrire_vues, refus_en_attente

log = logging.getLogger('plateforme')

# ======================================================================================
# The thread
# ======================================================================================

etat = {'passage': time.monotonic(), 'arret': threading.Event()}
RONDE = 10                                                          # seconds
DISQUE_PLEIN = 5_000_000                                            # bytes left
MUET = 300                                                          # seconds without a round: stuck, or it can't write
DELAI_SMTP = 20                                                     # seconds, for each exchange with the relay


def porter(configuration):
    """The life of the carrier thread, until the stop: each second the refusals, every ten seconds a round.

    While the base refuses to write, no round ends, and /sante says so.
    """
    secondes, en_panne = 0, False
    prevu = {'vues': 0.0, 'heure': 0.0, 'jour': ''}                 # when, or on which day, each is due
    while not etat['arret'].wait(1):
        secondes = (secondes + 1) % RONDE
        if secondes and (en_panne or not refus_en_attente()):
            continue
        try:
            _exiger_la_place(configuration)
            ecrire_refus()
            if not secondes:
                _faire_une_ronde(configuration, prevu)
            if en_panne:
                log.info('porteur : la base s\'écrit de nouveau')
            en_panne = False
        except Exception as incident:                               # it outlives a base that is away for a while
            en_panne = True
            connu = models.panne_de_base(incident)
            log.error('porteur : %s', connu or type(incident).__name__, exc_info=None if connu else incident)


def _exiger_la_place(configuration):
    if not models.inscriptible(configuration.base):
        raise models.BaseIndisponible('ce compte ne peut plus écrire la base')
    if shutil.disk_usage(os.path.dirname(os.path.abspath(configuration.base))).free < DISQUE_PLEIN:
        raise models.BaseIndisponible('le disque est plein')


def _faire_une_ronde(configuration, prevu):
    with ecriture():                                                # nobody else holds it
        ecarter_les_essais()                                        # on the day of the opening, and before any reminder
    if time.monotonic() > prevu['vues']:                            # each commit ends what is kept in memory
        prevu['vues'] = time.monotonic() + 60
        ecrire_vues()
        ecrire_recherches()
    mener_a_terme()
    if configuration.smtp:
        envoyer_courriels(configuration)
    if time.monotonic() > prevu['heure']:
        prevu['heure'] = time.monotonic() + 3600
        relances()
        with ecriture():
            purger()
        if prevu['jour'] != aujourdhui():
            for dit in purger_au_terme(_souffler):
                log.info('conservation : %s', dit)
            prevu['jour'] = aujourdhui()
    etat['passage'] = time.monotonic()


def _souffler():
    """Between two batches of a purge the writers have their turn; False at the stop."""
    ecrire_refus()
    etat['passage'] = time.monotonic()
    return not etat['arret'].wait(0.05)


# ======================================================================================
# Mails: at least once, each under the same Message-ID
# ======================================================================================

ATTENTES = (1, 5, 15, 60)                                           # minutes before a new try; the last one repeats
ESSAIS_MAX = len(ATTENTES) + 120                                    # refused « later » 120 times, hour after hour
ATTENTES_DU_RELAIS = (1, 5, 15)                                     # minutes before it is probed again
SAUT_D_HORLOGE = timedelta(hours=2)                                 # no wait is as long: the clock was wrong then

# A relay that can't be reached is a state of the carrier, not of a mail: how many probes failed, and until when (by the
# monotonic clock) nothing is tried.
relais_muet = {'essais': 0, 'jusqu_a': 0.0}


def prendre_courriel():
    """Take the next mail to send: a Courriel, or None. A take expires after 10 minutes: it is sent at least once."""
    maintenant = langue.maintenant()
    perime = langue.en_utc(langue.horloge() - timedelta(minutes=10))
    impossible = langue.en_utc(langue.horloge() + SAUT_D_HORLOGE)
    trop_loin = langue.en_utc(langue.horloge() + SAUT_D_HORLOGE + timedelta(hours=HEURES_POUR_ANNULER))
    libre = Courriel.pris_le.is_null() | (Courriel.pris_le < perime) | (Courriel.pris_le > impossible)
    decale = (Courriel.a_partir_de > impossible) & ((Courriel.modele != LETTRE) | (Courriel.a_partir_de > trop_loin))
    du = (Courriel.a_partir_de <= maintenant) | decale
    courriel = _en_attente().where(libre, du).order_by(Courriel.a_partir_de, Courriel.id).first()
    if courriel:
        Courriel.update(pris_le=maintenant).where(Courriel.id == courriel.id).execute()
    return courriel


def _en_attente():
    """The mails neither sent nor given up."""
    return Courriel.select().where(Courriel.envoye_le.is_null(), Courriel.echec_le.is_null())


def file_d_attente():
    """(how many mails wait, the instant of the oldest one or None)."""
    return _en_attente().select(fn.COUNT(Courriel.id), fn.MIN(Courriel.cree_le)).tuples().get()


def abandonnes(depuis='0'):
    """How many mails were given up since an instant, and not sent again."""
    return Courriel.select().where(Courriel.echec_le >= depuis).count()


def _noter(courriel, **valeurs):
    Courriel.update(pris_le=None, **valeurs).where(Courriel.id == courriel.id).execute()


CORPS_OUBLIE = '(Ce courriel portait un lien à usage unique\u00a0: son texte n\'est pas conservé.)'


def marquer_envoye(courriel):
    """The relay has accepted it; a body with a one-time link is not kept."""
    corps = CORPS_OUBLIE if courriel.secret else courriel.corps
    _noter(courriel, envoye_le=langue.maintenant(), raison='', corps=corps)


def marquer_report(courriel, raison):
    """The recipient was refused « later »: wait, or give up after ESSAIS_MAX. True when it waits."""
    essais = courriel.essais + 1
    if essais >= ESSAIS_MAX:
        marquer_echec(courriel, raison)
        return False
    attente = timedelta(minutes=ATTENTES[min(essais, len(ATTENTES)) - 1])
    _noter(courriel, essais=essais, raison=raison[:300], a_partir_de=langue.en_utc(langue.horloge() + attente))
    return True


def marquer_echec(courriel, raison):
    """Give a mail up; the demande says so, and for a mairie it becomes « téléphoner »."""
    _noter(courriel, echec_le=langue.maintenant(), raison=raison[:300])
    if courriel.demande_id:
        demande = Demande.get_by_id(courriel.demande_id)
        suite = '\u00a0: à prévenir par téléphone' if courriel.pour == 'demandeur' else ''
        inscrire(demande, 'envoi',
                 f'Courriel «\u00a0{courriel.objet}\u00a0» non remis à {courriel.destinataire}{suite}.')
        indexer(demande)


def ne_plus_attendre():
    """All that waits for a new try is due now: the one who types `courriels` has just mended the relay.

    The letters of a hand-over wait for their hour (passation.py).
    """
    relais_muet.update(essais=0, jusqu_a=0.0)
    a_retenter = _en_attente().where(Courriel.a_partir_de > langue.maintenant(),
                                     (Courriel.modele != LETTRE) | (Courriel.raison != ''))
    with ecriture():
        Courriel.update(a_partir_de=langue.maintenant()).where(Courriel.id.in_(a_retenter)).execute()


def reprendre_les_echecs(seul=None):
    """Put back in the queue the mails given up that may still leave, or one of them (its id); (how many, how many may
    not).
    """
    with ecriture():
        parmi = Courriel.id == seul if seul else True
        echecs = list(Courriel.select().where(Courriel.echec_le.is_null(False), parmi))
        bons = [c.id for c in echecs if c.corps and envoyable(c) and not _lien_mort(c)]
        (Courriel.update(echec_le=None, essais=0, raison='', a_partir_de=langue.maintenant())
         .where(Courriel.id.in_(bons)).execute())
    return len(bons), len(echecs) - len(bons)


PERDU = ('Ce courriel ne peut plus partir\u00a0: son lien a servi ou a expiré, son adresse a changé, ou son texte '
         'n\'est plus gardé. Écrivez-en un nouveau depuis la demande, ou renvoyez l\'invitation.')


def renvoyer(seul=None, par=None):
    """Send again the mails given up, or one of them (its id), and wait no longer for the others: (how many are taken
    up, how many can't leave any more). Not within a transaction.
    """
    repris, perdus = reprendre_les_echecs(seul)
    ne_plus_attendre()
    if seul and perdus:
        raise models.Refus(PERDU, 409)
    if repris:
        with ecriture():
            auditer('courriels renvoyés', par, f'courriel {seul}' if seul else '', nombre=repris)
    return repris, perdus


def _lien_mort(courriel):
    """True when the one-time link that a mail carries has served, has expired, or is not kept any more."""
    lien = re.search(r'/invitation/([\w-]{20,})', courriel.corps) if courriel.secret else None
    return courriel.secret and not (lien and lien_valable(lien[1]))


def envoyer_courriels(configuration, maximum=100):
    """Send what waits: {'envoyes': n, 'echecs': n, 'reportes': n}. Sending happens outside any transaction.

    A relay that can't be reached stops the round and costs the mail no try; it is probed with one mail, after 1, 5,
    then every 15 minutes. Once it accepts one, the rest follows.
    """
    bilan = {'envoyes': 0, 'echecs': 0, 'reportes': 0}
    mener_a_terme()                                                 # what waited for its hour says what is true now
    if time.monotonic() < relais_muet['jusqu_a']:
        return bilan
    for _ in range(maximum):
        if etat['arret'].is_set():
            break
        ecrire_refus()                                              # a slow relay does not hold them up
        with ecriture():
            courriel = prendre_courriel()
            reglages = models.Reglage.tous()
        if courriel is None:
            break
        issue, raison = _envoyer(courriel, reglages, configuration)
        with ecriture():
            issue = MARQUER[issue](courriel, raison) or issue
        bilan['reportes' if issue == 'relais' else issue] += 1
        etat['passage'] = time.monotonic()
        code = raison[:3] if raison[:3].isdigit() else raison       # the words of a relay name the recipient
        log.info('courriel %s %s %s', courriel.id, ISSUES[issue], code)
        if issue == 'relais':
            _attendre_le_relais()
            break
        _retrouver_le_relais()
    return bilan


def _attendre_le_relais():
    attente = ATTENTES_DU_RELAIS[min(relais_muet['essais'], len(ATTENTES_DU_RELAIS) - 1)]
    relais_muet.update(essais=relais_muet['essais'] + 1, jusqu_a=time.monotonic() + 60 * attente)


def _retrouver_le_relais():
    if relais_muet['essais']:
        log.info('le relais répond de nouveau')
    relais_muet.update(essais=0, jusqu_a=0.0)


ISSUES = {'envoyes': 'envoyé', 'echecs': 'en échec', 'reportes': 'reporté', 'relais': 'reporté, relais injoignable'}
# What becomes of the mail: the issue when it is another one after all.
MARQUER = {
    'envoyes': lambda courriel, raison: marquer_envoye(courriel),
    'echecs': marquer_echec,
    'reportes': lambda courriel, raison: '' if marquer_report(courriel, raison) else 'echecs',
    # behind the others: the next probe is another mail, in case this one alone makes the relay hang up
    'relais': lambda courriel, raison: _noter(courriel, raison=raison[:300], a_partir_de=langue.maintenant()),
}
FICTIFS = ('.example', '@example.org', '@example.com')              # addresses of nobody (RFC 2606)
# The relay itself, whatever the mail: it can't be reached, refuses us or our address, or closes (421, RFC 5321 §3.8).
DU_RELAIS = (smtplib.SMTPConnectError, smtplib.SMTPHeloError, smtplib.SMTPAuthenticationError,
             smtplib.SMTPSenderRefused, smtplib.SMTPNotSupportedError, smtplib.SMTPServerDisconnected)


def _envoyer(courriel, reglages, configuration):
    """(issue, reason) of one try: 'envoyes', 'echecs' (for good), 'reportes' (this recipient, later), 'relais'."""
    if reglages.get('demonstration') and not courriel.destinataire.endswith(FICTIFS):
        return 'echecs', 'site de démonstration\u00a0: aucun courriel vers une adresse réelle'
    with lecture():
        if _lien_mort(courriel):
            return 'echecs', 'le lien à usage unique de ce courriel a servi ou a expiré'
    try:
        lettre = message(courriel, reglages, configuration)
    except ValueError as incident:                                  # one that can't be written must not hold the others
        return 'echecs', f'courriel impossible à écrire : {incident}'
    try:
        with connexion_smtp(configuration.smtp) as relais:
            relais.send_message(lettre, to_addrs=[courriel.destinataire])
        return 'envoyes', ''
    except smtplib.SMTPRecipientsRefused as refus:
        code, texte = next(iter(refus.recipients.values()))
        return _issue_du_code(code), _dire_smtp(code, texte)
    except DU_RELAIS as incident:
        return 'relais', _dire_relais(incident)
    except smtplib.SMTPResponseException as refus:
        return _issue_du_code(refus.smtp_code), _dire_smtp(refus.smtp_code, refus.smtp_error)
    except (OSError, smtplib.SMTPException) as incident:
        return 'relais', f'relais injoignable\u00a0: {incident}'


def _issue_du_code(code):
    if code == 421:                                                 # the service closes, whoever it is for
        return 'relais'
    return 'echecs' if code >= 500 else 'reportes'


def _dire_relais(incident):
    if isinstance(incident, smtplib.SMTPResponseException):
        return _dire_smtp(incident.smtp_code, incident.smtp_error)
    return f'relais injoignable\u00a0: {incident}'


def _dire_smtp(code, texte):
    """On one line: it goes to the log, where a relay must not write lines of its own."""
    return ' '.join(f'{code} {texte.decode("utf-8", "replace") if isinstance(texte, bytes) else texte}'.split())


def connexion_smtp(smtp, delai=DELAI_SMTP):
    """An open connection to the relay, signed in, with timeouts."""
    contexte = ssl.create_default_context()
    if smtp['ssl']:
        relais = smtplib.SMTP_SSL(smtp['hote'], smtp['port'], timeout=delai, context=contexte)
    else:
        relais = smtplib.SMTP(smtp['hote'], smtp['port'], timeout=delai)
        if smtp['starttls']:
            relais.starttls(context=contexte)
    if smtp['compte']:
        relais.login(smtp['compte'], smtp['secret'])
    return relais


class _Objet(UnstructuredHeader):
    """A subject folded by « Header »: before Python 3.12.4 the folding of EmailMessage loses a space between two words
    that it encodes (CPython issue 92081), and a mairie reads « captaged'eau ».
    """

    def fold(self, *, policy):
        return f'Subject: {Header(self, header_name="Subject").encode(linesep=policy.linesep)}{policy.linesep}'


ENTETES = HeaderRegistry()
ENTETES.map_to_type('subject', _Objet)
LETTRE_PLIEE = policy.default.clone(header_factory=ENTETES)


def message(courriel, reglages, configuration):
    """The EmailMessage of a Courriel row: stable Message-ID, human Reply-To, never an automatic answer (RFC 3834)."""
    lettre = EmailMessage(policy=LETTRE_PLIEE)
    lettre['From'] = f'{_nom_propre(reglages["nom"])} <{expediteur(reglages["courriel"], configuration)}>'
    lettre['To'] = courriel.destinataire
    if reglages['courriel']:
        lettre['Reply-To'] = reglages['courriel']
    lettre['Subject'] = courriel.objet
    lettre['Message-ID'] = courriel.identifiant
    lettre['Date'] = formatdate(langue.a_paris(courriel.cree_le).timestamp())
    lettre['Auto-Submitted'] = 'auto-generated'
    lettre.set_content(courriel.corps)
    return lettre


def expediteur(courriel, configuration):
    """The address mails leave from: that of the environment, else the team's, else one of the site (a new base)."""
    return configuration.expediteur or courriel or f'ne-pas-repondre@{urlsplit(configuration.url).hostname}'


def _nom_propre(nom):
    return '"' + nom.replace('\\', '').replace('"', '') + '"'
