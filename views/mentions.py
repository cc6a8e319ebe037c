"""What a form says of its fields: which are compulsory, or which are not, whichever are fewer (RGAA 11.10)."""
import re
from collections import Counter

FORMULAIRE = re.compile(r'(<form\b[^>]*>)(.*?)</form>', re.DOTALL)
MENTION = re.compile(r' ?<span class="requis">\((obligatoire|facultatif)\)</span>')
PLI = re.compile(r'<details\b.*?</details>', re.DOTALL)
TOUS = 'Tous les champs sont obligatoires.'
SAUF = 'Les champs sont obligatoires, sauf mention contraire.'


def alleger(page):
    """A page of HTML whose forms mark only the fewer of their fields, those of a fold left aside: what a person unfolds
    is theirs to fill or not.
    """
    return FORMULAIRE.sub(_alleger, page) if 'class="requis"' in page else page


def _alleger(formulaire):
    debut, champs = formulaire.groups()
    champs = PLI.sub(lambda pli: MENTION.sub('', pli[0]), champs)
    mentions = Counter(MENTION.findall(champs))
    if mentions['obligatoire'] <= max(1, mentions['facultatif']):
        return f'{debut}{_sans(champs, "facultatif")}</form>'
    phrase = f'<p class="petit doux">{SAUF if mentions["facultatif"] else TOUS}</p>'
    return f'{debut}{phrase}{_sans(champs, "obligatoire")}</form>'


def _sans(texte, mot):
    return MENTION.sub(lambda mention: '' if mention[1] == mot else mention[0], texte)
