"""Is this machine ready to open, and is it still? (`controler`: before opening, then from cron.)

CONTROLES is the table: each check gives (OK, FAUX or A_FAIRE, what it saw). They run side by side, and a relay or a
name server that stays silent is not waited for beyond DELAI. Nothing is written and no mail is sent.
"""
import contextlib
import ctypes
import http.client
import json
import os
import shutil
import smtplib
import socket
import sqlite3
import ssl
import threading
import time
from datetime import timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import models
import langue
from models import BaseIndisponible

from . import exploitation, porteur, questions
from .environnement import boucle_locale

OK, FAUX, A_FAIRE = 'ok', 'FAUX', 'à faire'
DELAI = 15                                                          # seconds, for all of them
DELAI_RESEAU = 5                                                    # seconds, for each exchange
ECART = 30                                                          # seconds: a code of the second factor lives as long
SAUVEGARDE_H = 26
CERTIFICAT_J = 14
DISQUE = 1_000_000_000                                              # bytes, besides twice the base


def controler(configuration):
    """Yields (state, what was seen, what) for each check, in the order of the table."""
    fin, vus = time.monotonic() + DELAI, {}

    def mener(quoi, controle):
        vus[quoi] = _mener(controle, configuration)

    fils = {quoi: threading.Thread(target=mener, args=(quoi, controle), daemon=True)
            for quoi, controle in CONTROLES.items()}
    for fil in fils.values():
        fil.start()
    for quoi, fil in fils.items():
        fil.join(max(0, fin - time.monotonic()))
        yield (*vus.get(quoi, (FAUX, f'pas de réponse en {DELAI} secondes')), quoi)


def _mener(controle, configuration):
    try:
        return controle(configuration)
    except BaseIndisponible as refus:
        return FAUX, str(refus)
    except (OSError, EOFError, UnicodeError, http.client.HTTPException, smtplib.SMTPException, sqlite3.Error) as panne:
        return FAUX, dire_panne(panne)


# ======================================================================================
# This machine
# ======================================================================================

def _reglages(configuration):
    """What Configuration refuses never comes here: what it lets through, but a site open to all needs."""
    ici = boucle_locale(urlsplit(configuration.url).hostname)
    manques = {
        f'PLATEFORME_URL est une adresse de cette machine ({configuration.url})': ici,
        'sans PLATEFORME_SMTP, les courriels attendent dans la base': not configuration.smtp,
        'sans PLATEFORME_PROXY, les envois qui passent par un serveur web de cette machine sont refusés':
            not (ici or configuration.proxy),
    }
    dits = [manque for manque, vrai in manques.items() if vrai]
    return (A_FAIRE, '\u00a0; '.join(dits)) if dits else (OK, f'{configuration.url}, écoute sur {configuration.ecoute}')


def _base(configuration):
    base = configuration.base
    with contextlib.closing(models.connexion_brute(base, 'ro')) as brute:
        etape = brute.execute('PRAGMA user_version').fetchone()[0]
    dossier = os.path.dirname(os.path.abspath(base))
    fautes = {
        'plus ancienne que ce logiciel\u00a0: service arrêté, tapez «\u00a0migrer\u00a0»': etape < models.VERSION_BASE,
        'elle n\'est pas au compte qui tient son dossier\u00a0: chown': os.stat(base).st_uid != os.stat(dossier).st_uid,
        'ce compte ne peut pas l\'écrire': not os.access(base, os.W_OK),
        f'd\'autres comptes la lisent\u00a0: {exploitation.permissions(base)}': exploitation.permissions(base),
    }
    dites = [faute for faute, vraie in fautes.items() if vraie]
    octets = langue.dire_octets(os.path.getsize(base))
    return (FAUX, f'{base}\u00a0: {", ".join(dites)}') if dites else (OK, f'{base}, étape {etape}, {octets}')


def _disque(configuration):
    base = configuration.base
    taille = sum(os.path.getsize(chemin) for chemin in (base, f'{base}-wal') if os.path.exists(chemin))
    besoin = 2 * taille + DISQUE
    dossiers = filter(os.path.isdir, (os.path.dirname(os.path.abspath(base)), exploitation.SAUVEGARDES))
    libres = {dossier: shutil.disk_usage(dossier).free for dossier in dossiers}
    dit = ', '.join(f'{_dire_go(libre)} libres pour {dossier}' for dossier, libre in libres.items())
    if min(libres.values()) < besoin:
        return FAUX, f'{dit}\u00a0; il en faut {_dire_go(besoin)} (deux fois la base et 1 Go)'
    return OK, dit


def _dire_go(octets):
    return f'{octets / 1e9:.1f} Go'.replace('.', ',')


def _ouverture(configuration):
    """Nothing reminds anybody before the day the service is declared open (domaine.md §8)."""
    ouvert_le = _reglage_de(configuration.base, 'ouvert_le')
    ou = 'Administration, Calendrier'
    if not ouvert_le:
        return A_FAIRE, f'ni demande, ni rappel tant que le jour n\'est pas dit\u00a0: {ou}'
    le = langue.dire_jour_long(ouvert_le)
    if not questions.est_ouvert(ouvert_le, langue.aujourdhui()):
        return A_FAIRE, f'ni demande, ni rappel avant le {le} ({ou})'
    return OK, f'service ouvert depuis le {le}'


def _sauvegarde(configuration):
    date = _reglage_de(configuration.base, exploitation.SAUVEGARDE)
    lancer = 'systemctl start plateforme-sauvegarde'
    if not date:
        return FAUX, f'aucune n\'est faite\u00a0: {lancer}'
    limite = langue.en_utc(langue.horloge() - timedelta(hours=SAUVEGARDE_H))
    dit = f'la dernière est du {langue.dire_instant(date)}'
    return (OK, dit) if date >= limite else (FAUX, f'{dit}\u00a0: {lancer}, et regardez ce qu\'elle dit')


def _reglage_de(base, cle):
    with contextlib.closing(models.connexion_brute(base, 'ro')) as brute:
        ligne = brute.execute('SELECT valeur FROM reglage WHERE cle = ?', (cle,)).fetchone()
    return ligne[0] if ligne else ''


def _service(configuration):
    """/sante, asked as the monitoring of this machine does."""
    hote = {'0.0.0.0': '127.0.0.1', '::': '::1'}.get(configuration.hote, configuration.hote)
    connexion = http.client.HTTPConnection(hote, configuration.port, timeout=DELAI_RESEAU)
    code, _, sante = _demander_sante(connexion, configuration.url)
    version = sante.get('version', models.SITE['version'])          # not told to who is not on its own machine
    ailleurs = f'{configuration.ecoute} ne sert pas la Plateforme (code {code})'
    if 'base' not in sante:
        return FAUX, ailleurs
    if code != 200 or version != models.SITE['version']:
        return FAUX, (f'la version {version} sert encore\u00a0: systemctl restart plateforme' if code == 200 else
                      f'il répond {code} (base {sante["base"]}, porteur {sante.get("porteur", "inconnu")})')
    if sante['courriels'] != 'ok':
        return A_FAIRE, f'il répond, mais des courriels sont {sante["courriels"]}'
    return OK, f'il répond sur {configuration.ecoute}, version {version}'


def _demander_sante(connexion, url):
    """(code, headers, what it says, {} when it is not of ours)."""
    with contextlib.closing(connexion):
        connexion.request('GET', '/sante', headers={'Host': urlsplit(url).netloc})
        reponse = connexion.getresponse()
        octets = reponse.read(10_000)
    try:
        dit = json.loads(octets)
    except ValueError:
        dit = {}
    return reponse.status, reponse.headers, dit if isinstance(dit, dict) else {}


# ======================================================================================
# The relay
# ======================================================================================

def _relais(configuration):
    """As far as « MAIL FROM », then nothing: no recipient, no mail."""
    smtp = configuration.smtp
    if not smtp:
        return A_FAIRE, 'PLATEFORME_SMTP n\'est pas indiqué'
    expediteur = (configuration.expediteur
                  or porteur.expediteur(_reglage_de(configuration.base, 'courriel'), configuration))
    ou = f'{smtp["hote"]}:{smtp["port"]}'
    try:
        with porteur.connexion_smtp(smtp, DELAI_RESEAU) as relais:
            relais.ehlo_or_helo_if_needed()
            code, texte = relais.mail(expediteur)
            relais.rset()
    except (OSError, smtplib.SMTPException) as panne:
        return FAUX, f'{ou}\u00a0: {dire_panne(panne)}'
    if code != 250:
        return FAUX, f'{ou} refuse l\'expéditeur {expediteur}\u00a0: {_dire_reponse(code, texte)}'
    clair = '' if smtp['ssl'] or smtp['starttls'] else ', sans chiffrement'
    return OK, f'{ou} accepte {expediteur}{clair}'


def _dire_reponse(code, texte):
    return ' '.join(f'{code} {texte.decode("utf-8", "replace") if isinstance(texte, bytes) else texte}'.split())


# ======================================================================================
# The public address, its certificate, and the clock
# ======================================================================================

def _adresse(configuration):
    """The public address leads to this application, by a web server that tells who asks."""
    try:
        code, _, sante = _sante_publique(configuration.url)
    except (socket.gaierror, TimeoutError) as panne:
        return A_FAIRE, f'{configuration.url} ne se joint pas depuis cette machine\u00a0: {dire_panne(panne)}'
    if 'base' not in sante or 'porteur' not in sante:
        return FAUX, f'{configuration.url} répond, mais ce n\'est pas la Plateforme, ou elle est arrêtée (code {code})'
    if 'version' in sante and configuration.url.startswith('https:'):
        return FAUX, f'{configuration.url} répond, mais le serveur web ne dit pas qui demande (X-Forwarded-For)'
    return OK, f'{configuration.url} répond'


def _sante_publique(url):
    """What the public address says, whatever its certificate: that one has a check of its own."""
    parties = urlsplit(url)
    if parties.scheme == 'http':
        return _demander_sante(http.client.HTTPConnection(parties.hostname, parties.port, timeout=DELAI_RESEAU), url)
    contexte = ssl.create_default_context()
    contexte.check_hostname, contexte.verify_mode = False, ssl.CERT_NONE
    return _demander_sante(
        http.client.HTTPSConnection(parties.hostname, parties.port, timeout=DELAI_RESEAU, context=contexte), url)


def _certificat(configuration):
    parties = urlsplit(configuration.url)
    if parties.scheme == 'http':
        return OK, 'sans objet, l\'adresse est de cette machine'
    contexte = ssl.create_default_context()
    try:
        with (socket.create_connection((parties.hostname, parties.port or 443), timeout=DELAI_RESEAU) as prise,
              contexte.wrap_socket(prise, server_hostname=parties.hostname) as chiffree):
            dit = chiffree.getpeercert()
    except ssl.SSLCertVerificationError as refus:
        return FAUX, f'les navigateurs le refusent\u00a0: {_dire_certificat(refus)}'
    except OSError as panne:
        return A_FAIRE, f'non vérifié\u00a0: {dire_panne(panne)}'
    if dit['issuer'] == dit['subject']:                             # in /etc/ssl/certs, where this machine believes it
        return FAUX, f'les navigateurs le refusent\u00a0: {CERTIFICATS[18]}'
    jours = int((ssl.cert_time_to_seconds(dit['notAfter']) - time.time()) // 86400)
    return (OK if jours >= CERTIFICAT_J else FAUX), f'valable encore {jours} jours'


def _heure(configuration):
    """Against the Date of the public address (RFC 9110 §6.6.1) when another machine gives it, else by what the system
    says of its own: a web server of this machine has the same clock.
    """
    ecart = _ecart_avec_le_serveur_web(configuration.url)
    if ecart is not None and abs(ecart) > ECART:
        sens = 'de retard' if ecart > 0 else 'd\'avance'
        return FAUX, f'{abs(ecart)} secondes {sens} sur {configuration.url}'
    if _horloge_tenue():
        return OK, 'le système la tient juste (NTP)'
    if ecart is not None:
        return OK, f'la même que celle de {configuration.url}'
    return A_FAIRE, 'non vérifiée\u00a0: rien ne la tient juste ici (apt install systemd-timesyncd)'


def _ecart_avec_le_serveur_web(url):
    """How many seconds a web server of another machine is ahead of us; None when it can't tell."""
    try:
        if _de_cette_machine(urlsplit(url).hostname):
            return None
        _, entetes, _ = _sante_publique(url)
        return round(parsedate_to_datetime(entetes.get('Date', '')).timestamp() - time.time())
    except (OSError, UnicodeError, ValueError, http.client.HTTPException):
        return None


def _de_cette_machine(hote):
    """True when a name leads to an address that this machine can listen on."""
    famille, _, _, _, adresse = socket.getaddrinfo(hote, 0, type=socket.SOCK_STREAM)[0]
    with socket.socket(famille) as prise:
        try:
            prise.bind(adresse)
            return True
        except OSError:
            return False


TIME_ERROR = 5                                                      # adjtimex(2): the clock is not synchronized


def _horloge_tenue():
    """True when the kernel says that something (NTP, PTP) keeps its clock right; asking changes nothing."""
    with contextlib.suppress(AttributeError, OSError):
        return 0 <= ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(512)) < TIME_ERROR
    return False


# ======================================================================================
# What breaks, in French: the system, OpenSSL and smtplib speak English
# ======================================================================================

CERTIFICATS = {                                                     # X509_V_ERR_… of OpenSSL
    9: 'il n\'est pas encore valable', 10: 'il a expiré',
    18: 'aucune autorité ne l\'a signé', 19: 'aucune autorité connue de cette machine ne l\'a signé',
    20: 'aucune autorité connue de cette machine ne l\'a signé, ou il manque l\'intermédiaire',
    21: 'aucune autorité connue de cette machine ne l\'a signé, ou il manque l\'intermédiaire',
    62: 'il porte un autre nom', 64: 'il porte une autre adresse',
}
PANNES = (
    # the first that fits
    (ssl.SSLCertVerificationError,    lambda p: f'certificat refusé\u00a0: {_dire_certificat(p)}'),
    (ssl.SSLError,                    lambda p: 'ce qui écoute là ne parle pas TLS, ou pas le même'),
    (socket.gaierror,                 lambda p: 'ce nom n\'a pas d\'adresse'),
    (TimeoutError,                    lambda p: 'aucune réponse'),
    (ConnectionRefusedError,          lambda p: 'rien n\'y écoute'),
    (smtplib.SMTPAuthenticationError, lambda p: f'compte ou mot de passe refusé ({p.smtp_code})'),
    (smtplib.SMTPResponseException,   lambda p: _dire_reponse(p.smtp_code, p.smtp_error)),
    (smtplib.SMTPNotSupportedError,   lambda p: 'il ne propose pas STARTTLS, ou pas de compte (AUTH)'),
    (smtplib.SMTPServerDisconnected,  lambda p: 'aucune réponse' if isinstance(p.__context__, TimeoutError) else
                                                'il a fermé la connexion'),
    (smtplib.SMTPException,           lambda p: 'aucune façon commune de s\'identifier'),
    (http.client.HTTPException,       lambda p: 'ce qui écoute là ne parle pas HTTP'),
    (UnicodeError,                    lambda p: 'ce nom ne s\'écrit pas ainsi'),
)


def _dire_certificat(refus):
    return CERTIFICATS.get(refus.verify_code, refus.verify_message)


def dire_panne(panne):
    """One sentence, on one line."""
    return next((dire(panne) for sorte, dire in PANNES if isinstance(panne, sorte)), models.dire_incident(panne))


CONTROLES = {
    'réglages': _reglages,
    'base': _base,
    'service': _service,
    'relais de courriel': _relais,
    'ouverture': _ouverture,
    'heure': _heure,
    'disque': _disque,
    'sauvegarde': _sauvegarde,
    'adresse publique': _adresse,
    'certificat': _certificat,
}
