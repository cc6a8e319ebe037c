"""The settings of the environment, read once (interface.md « Settings »): those of the base are in Reglage."""
import functools
import ipaddress
import os
import re
from urllib.parse import unquote, urlsplit

import langue
from models import Refus

REGLAGES = {'PLATEFORME_BASE', 'PLATEFORME_ECOUTE', 'PLATEFORME_URL', 'PLATEFORME_SMTP', 'PLATEFORME_EXPEDITEUR',
            'PLATEFORME_PROXY', 'PLATEFORME_ENTETE_AGENT'}
CARACTERES = 'Dans le compte et le mot de passe, #, /, ? et % s\'écrivent %23, %2F, %3F et %25.'
# Headers that a browser sends or that a proxy writes for another reason, whole or by how they begin: the address of an
# agent must not be read in one of them.
ENTETES_PRIS = ('authorization', 'cache-control', 'connection', 'cookie', 'date', 'dnt', 'early-data', 'expect',
                'forwarded', 'from', 'host', 'keep-alive', 'max-forwards', 'origin', 'pragma', 'priority', 'range',
                'referer', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'upgrade-insecure-requests', 'user-agent',
                'via', 'x-real-ip', 'x-requested-with')
DEBUTS_PRIS = ('accept', 'access-control-', 'content-', 'if-', 'proxy-', 'sec-', 'x-forwarded-')


class Configuration:
    """What the environment says; every attribute is checked here and nowhere else. Raises Refus with a sentence.

    A PLATEFORME_… name that says nothing is refused: mistyped, its default would be taken without a word.
    """

    def __init__(self, environ=os.environ):
        inconnus = sorted(nom for nom in environ if nom.startswith('PLATEFORME_') and nom not in REGLAGES)
        if inconnus:
            raise Refus(f'Le réglage {inconnus[0]} n\'existe pas\u00a0: corrigez son nom ou ôtez-le. '
                        f'Les réglages sont {", ".join(sorted(REGLAGES))}.')
        self.base = environ.get('PLATEFORME_BASE', 'plateforme.db')
        self.hote, self.port = _hote_et_port(environ.get('PLATEFORME_ECOUTE', '127.0.0.1:8080'))
        self.ecoute = f'[{self.hote}]:{self.port}' if ':' in self.hote else f'{self.hote}:{self.port}'
        url = environ.get('PLATEFORME_URL', f'http://{self.ecoute}')
        self.url = _sans_port_d_usage(url.rstrip('/').lower())
        self.smtp = _smtp(environ.get('PLATEFORME_SMTP', ''))
        self.expediteur = environ.get('PLATEFORME_EXPEDITEUR', '')
        self.proxy = environ.get('PLATEFORME_PROXY', '')
        self.entete_agent = environ.get('PLATEFORME_ENTETE_AGENT', '')
        self._verifier(environ)

    def _verifier(self, environ):
        parties = _decouper(self.url)
        nue = f'{parties.scheme}://{parties.netloc.rpartition("@")[2]}'
        if parties.scheme not in ('http', 'https') or not parties.hostname or self.url != nue:
            raise Refus('PLATEFORME_URL doit être une adresse complète sans chemin, '
                        'par exemple https://collectivites.exemple.fr.')
        if self.hote in ('0.0.0.0', '::') and 'PLATEFORME_URL' not in environ:
            raise Refus('PLATEFORME_ECOUTE ouvre le service à tout le réseau\u00a0: '
                        'indiquez aussi l\'adresse publique dans PLATEFORME_URL.')
        if parties.scheme == 'http' and not boucle_locale(parties.hostname):
            raise Refus('PLATEFORME_URL doit commencer par https:// '
                        '(http n\'est accepté que sur 127.0.0.1 ou localhost).')
        if self.expediteur and not langue.adresse(self.expediteur):
            raise Refus('PLATEFORME_EXPEDITEUR doit être une adresse de courriel.')
        if self.proxy and not adresse_ip(self.proxy):
            raise Refus('PLATEFORME_PROXY doit être l\'adresse IP du serveur mandataire, par exemple 127.0.0.1.')
        if self.entete_agent:
            _verifier_entete(self.entete_agent, self.proxy)


def _verifier_entete(nom, proxy):
    """The header in which the proxy names the agent: one that nothing else writes, believed from a named proxy alone.

    waitress drops a name with « _ »: once in the environ, X_Agent could not be told from X-Agent.
    """
    if '_' in nom:
        raise Refus('PLATEFORME_ENTETE_AGENT ne peut pas porter de «\u00a0_\u00a0»\u00a0: un entête écrit ainsi '
                    'est écarté. Mettez des traits d\'union, par exemple X-Agent-Courriel.')
    if not re.fullmatch('[A-Za-z0-9]+(-[A-Za-z0-9]+)*', nom):
        raise Refus('PLATEFORME_ENTETE_AGENT doit être le nom d\'un entête\u00a0: des lettres, des chiffres '
                    'et des traits d\'union, par exemple X-Agent-Courriel.')
    if nom.lower() in ENTETES_PRIS or nom.lower().startswith(DEBUTS_PRIS):
        raise Refus(f'PLATEFORME_ENTETE_AGENT ne peut pas être {nom}\u00a0: cet entête a déjà un autre sens. '
                    'Prenez un nom qui ne sert qu\'à cela, par exemple X-Agent-Courriel.')
    if not proxy:
        raise Refus('PLATEFORME_ENTETE_AGENT demande PLATEFORME_PROXY\u00a0: '
                    'l\'adresse d\'un agent n\'est crue que de ce serveur mandataire.')


def _decouper(adresse):
    """urlsplit, but an address that it can't read, its port included, has no part at all."""
    try:
        parties = urlsplit(adresse)
        return parties if parties.port != 0 else urlsplit('')
    except ValueError:
        return urlsplit('')


def _sans_port_d_usage(url):
    """https://x:443 is https://x: browsers leave the default port out of Host."""
    parties = _decouper(url)
    if (parties.scheme, parties.port) in (('https', 443), ('http', 80)):
        return url.removesuffix(f':{parties.port}')
    return url


@functools.lru_cache(maxsize=1000)
def boucle_locale(hote):
    """True for a name or address of this machine itself."""
    adresse = adresse_ip(hote.strip('[]'))
    return hote == 'localhost' or bool(adresse and adresse.is_loopback)


def adresse_ip(texte):
    """The IP address written in a text, or None; « ::1%anything » names an interface, not a client."""
    try:
        return None if '%' in texte else ipaddress.ip_address(texte)
    except ValueError:
        return None


def _hote_et_port(ecoute):
    hote, _, port = ecoute.rpartition(':')
    if not hote or not port.isdigit() or not 0 < int(port) < 65536:
        raise Refus('PLATEFORME_ECOUTE doit avoir la forme hôte:port, par exemple 127.0.0.1:8080.')
    return hote.strip('[]'), int(port)


def _smtp(adresse):
    """smtp://[user:pass@]host[:port][?starttls=1] or smtps://… → dict, or None when mails wait in the base.

    Nothing that could send the account in clear by a slip: no other query, none of « / ? # » unescaped in the
    password (the rest of the address would be dropped), no account without TLS but on this machine.
    """
    if not adresse:
        return None
    parties = _decouper(adresse)
    ssl, starttls = parties.scheme == 'smtps', parties.query == 'starttls=1'
    if parties.scheme not in ('smtp', 'smtps') or not parties.hostname:
        raise Refus('PLATEFORME_SMTP doit avoir la forme smtp://hôte:port, smtp://…?starttls=1 ou smtps://….'
                    f' {CARACTERES}')
    if parties.path or '#' in adresse or ('?' in adresse and (ssl or not starttls)):
        raise Refus('PLATEFORME_SMTP s\'arrête après l\'hôte et le port\u00a0; '
                    f'seul «\u00a0?starttls=1\u00a0» peut les suivre, pour smtp://. {CARACTERES}')
    if parties.username and not (ssl or starttls or boucle_locale(parties.hostname)):
        raise Refus('PLATEFORME_SMTP enverrait le mot de passe du relais en clair\u00a0: '
                    'ajoutez «\u00a0?starttls=1\u00a0» à la fin, ou écrivez smtps://.')
    return {
        'hote': parties.hostname,
        'port': parties.port or (465 if ssl else 25),
        'ssl': ssl,
        'starttls': starttls,
        'compte': unquote(parties.username or ''),
        'secret': unquote(parties.password or ''),
    }
