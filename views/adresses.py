"""An e-mail address as it is typed: read from its usual writings, what is wrong with it in words, a likely slip asked
about; the same at the deposit and on the tracking page.
"""
import re

import langue
from langue import sans_accents

# ---- Reading one ----

EXEMPLE = 'par exemple mairie@commune.fr'
INCOMPLETE = f'indiquez une adresse de courriel complète, {EXEMPLE}'


def lire_adresse(saisi):
    """The address of « mairie@x.fr », « Mairie <mairie@x.fr> », « mailto:mairie@x.fr »; or None."""
    entre_chevrons = re.fullmatch(r'[^<>@]*<([^<>]+)>\W*', saisi)
    brute = entre_chevrons[1] if entre_chevrons else saisi
    return langue.adresse(re.sub('^mailto:', '', brute.strip(), flags=re.IGNORECASE))


def dire_la_faute(saisi):
    """What is wrong with an address that can't be read, and what to write."""
    if saisi.count('@') > 1:
        return 'indiquez une seule adresse de courriel'
    if '@' not in saisi:
        return f'il manque le signe @ dans cette adresse de courriel\u00a0: {INCOMPLETE}'
    corrigee = langue.adresse(re.sub(r'\s', '', sans_accents(saisi)).replace(',', '.'))
    for signes, quoi in (
            (r'\s', 'une espace'), (',', 'une virgule à la place d\'un point'),
            ('[^\x00-\x7f]', 'une lettre accentuée')):
        if corrigee and re.search(signes, saisi):
            return f'cette adresse de courriel contient {quoi}\u00a0: écrivez {corrigee} si c\'est bien elle'
    nom, _, domaine = saisi.rpartition('@')
    if nom and domaine and '.' not in domaine:
        return f'il manque la fin de cette adresse de courriel, après «\u00a0{domaine}\u00a0»\u00a0: {EXEMPLE}'
    return INCOMPLETE


# ---- A likely slip ----

# The mailboxes that mairies use; a slip of one letter is asked about.
DOMAINES = (
    'orange.fr', 'wanadoo.fr', 'gmail.com', 'free.fr', 'sfr.fr', 'laposte.net', 'hotmail.fr', 'hotmail.com',
    'outlook.fr', 'outlook.com', 'yahoo.fr', 'yahoo.com', 'live.fr', 'icloud.com', 'bbox.fr')
# Domains that exist, or could, and that people write for another.
CONFONDUS = {
    'gmail.fr': 'gmail.com', 'orange.com': 'orange.fr', 'laposte.fr': 'laposte.net', 'laposte.com': 'laposte.net',
    'wanadoo.com': 'wanadoo.fr', 'free.com': 'free.fr', 'sfr.com': 'sfr.fr', 'bbox.com': 'bbox.fr',
    'icloud.fr': 'icloud.com',
}


def suggestion(courriel):
    """The address the sender may have meant (« mairie@ornage.fr » → « mairie@orange.fr »), or None."""
    nom, domaine = courriel.rsplit('@', 1)
    if domaine in DOMAINES:
        return None
    proche = CONFONDUS.get(domaine) or next((d for d in DOMAINES if langue.distance(domaine, d) == 1), None)
    return f'{nom}@{proche}' if proche else None


def trancher(saisi, decision):
    """(the address to keep, '') or (None, the question): asked once, the answer holds for this address only."""
    propose = suggestion(saisi)
    if not propose or decision in (saisi, propose):
        return (decision if propose else saisi), ''
    return None, f'«\u00a0{saisi}\u00a0» est peut-être mal écrit\u00a0: choisissez la bonne adresse'


def a_proposer(courriel, decision, en_faute):
    """The address to offer beside the one typed: while it is asked about, or was kept as it is; else None."""
    if langue.adresse(courriel) and (en_faute or decision == courriel):
        return suggestion(courriel)
    return None
