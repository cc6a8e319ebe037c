"""Which passwords are refused: too short, made of one's own names, or of a few pieces that everybody tries.

No rule on which characters (NIST SP 800-63B), but what lists and their usual twists reach is refused (ASVS 6.2.4).
Where the lists come from, their licences, how to make them again: static/mots_de_passe/LISEZMOI.md.
"""
import functools
import itertools
import pkgutil
import re

from models import Refus
from langue import sans_accents

# ---- What is tried first ----

MINIMUM, MAXIMUM = 14, 200
PIECES = 3                                                          # a password of so many pieces is guessed
LISTES = ('courants', 'longs', 'francais', 'prenoms')               # a folded word a line
# What surrounds whoever chooses, with the name of their département: words that say nothing however many they are.
COURANTS = (
    'motdepasse', 'password', 'azertyuiop', 'azerty', 'qwerty', 'bonjour', 'soleil', 'plateforme', 'territoires',
    'departement', 'administrateur', 'bienvenue', 'changezmoi', 'abcdef', '123456', '012345', 'collectivites',
)
# What everybody knows by heart is one word, however long. The first is the demonstration's, which is public.
CELEBRES = (
    'pastel brique garonne', 'correct horse battery staple', 'cheval correct agrafe batterie', 'lorem ipsum',
    'dolor sit amet', 'liberté égalité fraternité', 'allons enfants de la patrie', 'le jour de gloire est arrivé',
    'vive la république', 'vive la France', 'alea jacta est', 'veni vidi vici', 'carpe diem', 'cogito ergo sum',
    'je pense donc je suis', 'errare humanum est', 'tempus fugit', 'habemus papam', 'in vino veritas',
    'mens sana in corpore sano', 'ave César', 'être ou ne pas être', 'to be or not to be', 'il était une fois',
    'frère Jacques', 'dormez-vous', 'au clair de la lune', 'mon ami Pierrot', 'sur le pont d\'Avignon', 'je t\'aime',
    'que la force soit avec toi', 'may the force be with you', 'je suis ton père', 'un pour tous', 'tous pour un',
    'rien ne sert de courir', 'la cigale et la fourmi', 'le corbeau et le renard', 'maître corbeau', 'I love you',
    'sur un arbre perché', 'portez ce vieux whisky', 'au juge blond qui fume', 'the quick brown fox',
    'jumps over the lazy dog', 'let me in', 'sésame ouvre-toi', 'stade toulousain', 'Toulouse football club',
    'olympique de Marseille', 'olympique lyonnais', 'Paris Saint-Germain', 'girondins de Bordeaux', 'allez les bleus',
    'allez les verts', 'ici c\'est Paris', 'droit au but', 'conseil départemental',
    'Auvergne-Rhône-Alpes', 'Bourgogne-Franche-Comté', 'Bretagne', 'Centre-Val de Loire', 'Corse', 'Grand Est',
    'Hauts-de-France', 'Île-de-France', 'Normandie', 'Nouvelle-Aquitaine', 'Occitanie', 'Pays de la Loire',
    'Provence-Alpes-Côte d\'Azur',
)
LIAISONS = 'au ce de du en et il je la le ma me ne on ou sa se si ta te tu un'  # too short for the lists
# Two rows that follow each other, or more, are also gone over by columns and by blocks.
CLAVIERS = (
    ('1234567890', 'azertyuiop', 'qsdfghjklm', 'wxcvbn'),
    ('1234567890', 'qwertyuiop', 'asdfghjkl', 'zxcvbnm'),
)
SYMBOLES = '@€$+!|'                                                 # each is a letter, or nothing
RESSEMBLANCES = {'@': 'a', '4': 'a', '€': 'e', '3': 'e', '0': 'o', '$': 's', '5': 's', '+': 't', '7': 't', '8': 'b'}
# 1, ! and | are an i or an l: two readings.
SUBSTITUTIONS = [str.maketrans(RESSEMBLANCES | dict.fromkeys('1!|', lettre)) for lettre in 'il']
SANS_MAJUSCULE = str.maketrans('&é"\'(-è_çà', '1234567890')         # the digits of an AZERTY keyboard, Shift forgotten


# ---- The refusals ----

def refuser(mot_de_passe, agent, departement):
    """Refus when a password is short, made of what everybody tries or of one's own names. Never says it again.

    departement: its name, « Département de la Creuse », which all there try first.
    """
    phrase = _faiblesse(mot_de_passe, agent, _mots(departement))
    if phrase:
        raise Refus(phrase, champ='mot_de_passe')


COURANT = ('Ce mot de passe est trop courant. '
           'Choisissez une phrase que vous seul connaissez, de quatre mots ou plus.')
PROPRE = ('Ce mot de passe contient surtout votre nom ou votre adresse. '
          'Choisissez une phrase sans rapport avec vous.')


def _faiblesse(mot_de_passe, agent, lieux):
    if len(mot_de_passe) < MINIMUM:
        return f'Choisissez un mot de passe d\'au moins {MINIMUM} caractères\u00a0: une phrase convient très bien.'
    if len(mot_de_passe) > MAXIMUM:
        return f'Choisissez un mot de passe de {MAXIMUM} caractères au plus.'
    plie, propres = plier(mot_de_passe), _noms_propres(agent)
    reste = _sans(plie, {*COURANTS, *lieux})
    if len(set(mot_de_passe)) < 5 or len(reste) < 6 or plie.isdigit() or _ressasse(plie):
        return COURANT
    if len(_sans(reste, propres)) < 6:
        return PROPRE
    if devine(mot_de_passe, propres | lieux):
        return COURANT if devine(mot_de_passe, lieux) else PROPRE
    return ''


def _noms_propres(agent):
    """First name, name, both sides of the address, and their words: {folded}."""
    return _mots(agent.prenom, agent.nom, *agent.courriel.split('@'))


def _mots(*noms):
    """These names and their words, folded: « Haute-Garonne », « Haute », « Garonne »."""
    mots = {plier(mot) for nom in noms for mot in (nom, *nom.split(), *re.split(r'[\W_]+', nom))}
    return {mot for mot in mots if len(mot) > 2}


def _sans(texte, mots):
    for mot in sorted(mots, key=lambda mot: (-len(mot), mot)):      # « azertyuiop » before « azerty »
        texte = texte.replace(mot, '')
    return texte


def _ressasse(texte):
    """Little is left once what is said three times in a row is said once: « aaaaaaaaaaaaab1Z »."""
    dit = re.sub(r'(.{1,4}?)\1{2,}', r'\1', texte)
    return dit != texte and len(dit) < 8


# ---- Three pieces ----

def devine(mot_de_passe, propres=frozenset()):
    """Is it covered by at most three pieces: a known word and its number, a run, two mixed runs, a repeat, years that
    follow each other, up to four digits, a lone character?

    What is neither letter nor digit adds nothing: everybody ends with « ! » or puts hyphens between words.
    """
    lexique = mots_connus()
    return any(_couvert(texte, lexique, propres) for texte in {
        plier(mot_de_passe),
        plier(mot_de_passe, SYMBOLES),
        plier(mot_de_passe.lower().translate(SANS_MAJUSCULE)),
    })


def plier(texte, gardes=''):
    """Letters without accents nor case, digits, and the symbols kept: nothing else."""
    return ''.join(c for c in sans_accents(texte) if c.isalnum() or c in gardes)


def _couvert(texte, lexique, propres):
    """The places where a first piece may end, then a second, then a third: is the end of the text one of them?"""
    lectures = [texte, *map(texte.translate, SUBSTITUTIONS)]
    places_atteintes = places = _passer_symboles(texte, {0})
    for _ in range(PIECES):
        fins = {fin for place in places for fin in _fins(lectures, place, lexique, propres)}
        places = _passer_symboles(texte, fins) - places_atteintes   # reached with fewer pieces: nothing to gain
        places_atteintes = places_atteintes | places
    return len(texte) in places_atteintes


def _passer_symboles(texte, places):
    """These places, and those that come after the symbols there: a symbol that is no letter costs no piece."""
    apres = set(places)
    for place in places:
        while place < len(texte) and texte[place] in SYMBOLES:
            place += 1
            apres.add(place)
    return apres


def _fins(lectures, debut, lexique, propres):
    """Where a piece that begins here may end."""
    reste = lectures[0][debut:]
    longueurs = itertools.chain((1,), _nombres(reste), _annees(reste), _suites(reste), _repetitions(reste))
    yield from (debut + longueur for longueur in longueurs)
    for fin in range(debut + 2, min(len(lectures[0]), debut + plus_long()) + 1):
        mots = [lecture[debut:fin] for lecture in lectures]
        if any(mot in lexique or mot in propres for mot in mots):
            yield fin
            yield from (fin + longueur for longueur in _nombres(reste[fin - debut:]))   # « windows10 »


# How long a piece may be at the beginning of a text.

def _nombres(texte):
    """Up to four digits: a day and its month, a year, a département."""
    for longueur in (1, 2, 3, 4):
        if texte[:longueur].isdigit():
            yield longueur


def _annees(texte):
    """« 202620272028 », or backwards."""
    chiffres = re.match('[0-9]*', texte)[0]
    annees = [int(chiffres[n:n + 4]) for n in range(0, len(chiffres) - 3, 4)]
    for pas in (1, -1):
        for nombre, (avant, apres) in enumerate(itertools.pairwise(annees), 2):
            if apres != avant + pas:
                break
            yield 4 * nombre


def _suites(texte):
    """A run goes on while its last three keys follow each other: « azertyuiop », « 1qaz2wsx », « 98765 »; two mixed
    runs, while every other one does: « a1z2e3r4 ».
    """
    for ecart in (1, 2):
        for longueur in range(2 * ecart + 1, len(texte) + 1):
            if texte[longueur - 2 * ecart - 1:longueur:ecart] not in voisins():
                break
            if longueur >= 3 * ecart:
                yield longueur


def _repetitions(texte):
    """« aaa », « toto », « football » twice: what is repeated is itself shorter than the shortest password."""
    for taille in range(1, min(MINIMUM, len(texte) // 2 + 1)):
        motif, longueur = texte[:taille], taille
        if motif in (motif + motif)[1:-1]:                          # « toto » is « to » twice, already seen
            continue
        while texte.startswith(motif, longueur):
            longueur += taille
            if longueur > 2:
                yield longueur


@functools.cache
def mots_connus():
    """Every word of the lists; read once, at the first password chosen."""
    textes = (pkgutil.get_data('models', f'static/mots_de_passe/{liste}.txt').decode() for liste in LISTES)
    return frozenset(COURANTS).union(map(plier, CELEBRES), LIAISONS.split(), *(texte.split() for texte in textes))


@functools.cache
def plus_long():
    return max(map(len, mots_connus()))


@functools.cache
def voisins():
    """Every three characters that follow each other along a line, either way."""
    lignes = ['abcdefghijklmnopqrstuvwxyz', '01234567890', *itertools.chain.from_iterable(map(_lignes, CLAVIERS))]
    return frozenset(
        sens[n:n + 3] for ligne in lignes for sens in (ligne, ligne[::-1]) for n in range(len(sens) - 2))


def _lignes(rangees):
    """What a finger goes along on a keyboard: rows; then, over the rows that touch, columns and blocks."""
    for haut, bas in itertools.combinations(range(len(rangees) + 1), 2):
        bande = rangees[haut:bas]
        colonnes = [''.join(colonne) for colonne in itertools.zip_longest(*bande, fillvalue='')]
        yield ''.join(bande)
        yield ''.join(colonnes)
        for parite in (0, 1):                                       # down one column, up the next
            yield ''.join(colonne[::-1] if n % 2 == parite else colonne for n, colonne in enumerate(colonnes))
        for largeur in (3, 4, 5):
            yield from (''.join(rangee[n:n + largeur] for rangee in bande) for n in range(11 - largeur))
