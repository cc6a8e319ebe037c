"""What opens a demande never stays in a text that others read (regles.md §6): its tracking link, the secret of its
answer address, by their value, whatever a program that forwarded them made of them.

Outlook's « Safe Links » writes a link within another, percent-encoded, once or twice; a line too long is cut, by a soft
break, by the mark of a quote.
"""
import base64
import functools
import hashlib
import re
from urllib.parse import unquote

TUS = 'secrets_tus'                                                 # the internal setting: the last line looked at

DE_COUPE = r'\s=>\u00ad\u200b\u2060\ufeff'                           # what may stand between two characters
COUPE, COUPES = rf'(?:[{DE_COUPE}]|%(?:25)*(?:0[ad9]|20))*', re.compile(f'[{DE_COUPE}]+')
LIENS = re.compile(r'((?:suivi|invitation|rendez-vous)(?:/|%(?:25)*2[Ff]))[\w-]{16,}')
ADRESSES = re.compile(r'((?:\+|%(?:25)*2[Bb])[0-9]{1,18}\.)[a-z2-7]{10}(?=@|%(?:25)*40)', re.IGNORECASE)


def secret_du_jeton(jeton):
    """Ten letters and digits, read without case, that an answer by e-mail must bear: another interlocuteur has another
    link, so another secret.
    """
    return base64.b32encode(hashlib.sha256(f'réponse {jeton}'.encode()).digest()).decode()[:10].lower()


def masquer(texte, demande):
    """This text without what opens this demande, nor any other link or address of answer."""
    texte = ADRESSES.sub(r'\1…', LIENS.sub(r'\1…', texte))
    if not porte_un_secret(texte, demande.jeton):
        return texte
    return _motif(secret_du_jeton(demande.jeton)).sub('…', _motif(demande.jeton).sub('…', texte))


def porte_un_secret(texte, jeton):
    """Does it hold what opens the demande of this link, however it is cut or encoded?"""
    nu = COUPES.sub('', unquote(unquote(texte)) if '%' in texte else texte)
    return jeton in nu or secret_du_jeton(jeton) in nu.lower()


@functools.lru_cache(64)
def _motif(valeur):
    """What matches this value, each character as it is or percent-encoded, once or twice; a secret, of any case."""
    un = (f'(?:{re.escape(c)}|%(?:25)*{ord(c):02x}{f"|%(?:25)*{ord(c.upper()):02x}" if c.isalpha() else ""})'
          for c in valeur)
    return re.compile(COUPE.join(un), re.IGNORECASE)
