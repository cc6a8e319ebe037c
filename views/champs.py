"""The fields of a form, beside champs.html which shows them: one description of a field, one reader."""
import re
from collections import Counter, namedtuple
from difflib import get_close_matches

from bottle import request

import langue
from verbes import regles
from views.adresses import INCOMPLETE, dire_la_faute, lire_adresse

# vide: what is said of a required one left empty; without it, the name of the field. max: 0, as LONGUEURS says.
Champ = namedtuple(
    'Champ', 'nom libelle genre requis aide choix max auto classe vide',
    defaults=('texte', False, '', (), 0, '', '', ''))
PIECES = Champ(
    'pieces', 'Pièces jointes', 'fichiers',
    choix=(
        ('accept', ','.join(f'.{extension}' for extension in regles.SIGNATURES)),
        ('data-max-nombre', regles.PIECES_MAX),
        ('data-max-octets', regles.PIECE_OCTETS),
        ('data-max-total', regles.PIECES_OCTETS),
    ),
    aide='PDF, photo, document ou plan\u00a0: 10 fichiers, 10\u00a0Mo chacun, 25\u00a0Mo en tout.',
)
RELU = Champ('relu_par', 'Relu au regard de la période électorale par', max=200,
             aide='Un nom et une fonction. Nécessaire pour publier pendant cette période.')
LONGUEURS = {'long': 20_000, 'mot_de_passe': 1_000}                 # 200 for the others
TUS = re.compile('mot_de_passe|verification|preuve')                  # names of the fields that no page gives back
PHRASES = {
    'courriel': INCOMPLETE,
    'contact': 'indiquez une adresse de courriel, ou une adresse qui commence par https://, sans accent ni espace',
    'telephone': 'indiquez un numéro de téléphone à dix chiffres, par exemple 06\u00a039\u00a098\u00a000\u00a000',
    'date': 'indiquez une date qui existe, par exemple 27/11/2026',
    'choix': 'choisissez dans la liste',
    'radio': 'choisissez une des réponses',
    'case': 'cochez cette case',
}


def lire(champs):
    """Read the fields of a form: ({name: text}, {name: sentence}). A text at fault is kept as typed."""
    valeurs, fautes = {}, {}
    for c in champs:
        if c.genre == 'fichiers':
            continue
        saisi = request.saisies.get(c.nom, '')
        if c.genre != 'mot_de_passe':
            saisi = saisi.strip()
        valeurs[c.nom], faute = _lire_champ(c, saisi)
        if faute:
            fautes[c.nom] = faute[0].upper() + faute[1:]
    return valeurs, fautes


def _lire_champ(c, saisi):
    """(what is kept of a field, what is said of it): no sentence, no fault."""
    if not saisi:
        return '', dire_vide(c) if c.requis else ''
    if c.genre == 'case':
        return 'oui', ''
    if c.genre == 'long' and c.requis and not langue.INVISIBLES.sub('', saisi).strip():
        return saisi, f'{dire_vide(c)}\u00a0: rien ne se voit de ce qui est écrit'
    maximum = c.max or LONGUEURS.get(c.genre, 200)
    if len(saisi) > maximum:
        return saisi[:max(10 * maximum, 100_000)], _trop_long(len(saisi), maximum)
    if c.genre != 'long' and re.search('[\n\x85\u2028\u2029]', saisi):
        return saisi, 'écrivez sur une seule ligne'
    if c.genre in ('texte', 'courriel') and langue.INVISIBLES.search(saisi):
        return saisi, 'ce texte contient un caractère invisible, sans doute copié d\'ailleurs\u00a0: retapez-le'
    if c.genre == 'choix' and suggestions(c.choix):
        return designer(saisi, c.choix)
    valeur = _comprendre(c, saisi)
    if valeur is None:
        return saisi, dire_la_faute(saisi) if c.genre == 'courriel' else PHRASES[c.genre]
    return valeur, ''


def dire_vide(c):
    """What to do about a required field left empty: it names the field, or what is expected (RGAA 11.10)."""
    return c.vide or PHRASES.get(c.genre, f'remplissez le champ «\u00a0{c.libelle}\u00a0»')


def _trop_long(nombre, maximum):
    return f'ce texte compte {langue.dire_nombre(nombre)} caractères\u00a0: {langue.dire_nombre(maximum)} au plus'


def _comprendre(c, saisi):
    """What the genre of a field makes of the text, None when it is not one of that genre."""
    if c.genre in ('choix', 'radio'):
        return saisi if saisi in valeurs_de(c.choix) else None
    lecteurs = {'courriel': lire_adresse, 'contact': lire_contact, 'telephone': langue.telephone, 'date': lire_date}
    return lecteurs[c.genre](saisi) if c.genre in lecteurs else saisi


def valeurs_de(choix):
    """The values of a list of choices, those of its groups too."""
    return (str(option[0]) for _, option in options_de(choix))


def options_de(choix, groupe=''):
    """(its group, the option) of each choice."""
    for un in choix:
        if isinstance(un[1], str):
            yield groupe, un
        else:
            yield from options_de(un[1], un[0])


# ---- A choice too long for a list: a field with suggestions ----

LISTE_MAX, PROCHES_MAX = 25, 5
# dit: what is typed for this value, no other has it; groupe: what it stands under.
Suggestion = namedtuple('Suggestion', 'valeur dit groupe')


def suggestions(choix):
    """The Suggestions of a choice of more than LISTE_MAX; () of one that stays a list, as the fiches that a script
    shortens by their theme: its options say more than their words.
    """
    options = list(options_de(choix))
    if len(options) <= LISTE_MAX or any(len(option) > 2 for _, option in options):
        return ()
    portes = Counter(option[1] for _, option in options)
    return [Suggestion(str(option[0]), f'{option[1]} ({groupe})' if portes[option[1]] > 1 and groupe else option[1],
                       groupe) for groupe, option in options if option[0] != '']


def designer(saisi, choix):
    """(the value that a typed name stands for, ''), or (what was typed, what is said of it). A value stands for itself:
    a list sends it, a page opened before too.
    """
    propositions = suggestions(choix)
    if not saisi or not propositions or saisi in [une.valeur for une in propositions]:
        return saisi, ''
    cherches = langue.mots_normalises(saisi)
    mots = [(une, langue.mots_normalises(une.dit)) for une in propositions]
    candidats = ([une for une, siens in mots if siens == cherches]
                 or [une for une, siens in mots if {*cherches} <= {*siens}])
    if len({une.valeur for une in candidats}) == 1:
        return candidats[0].valeur, ''
    proches = candidats or [une for une, siens in mots if all(get_close_matches(m, siens, 1, 0.75) for m in cherches)]
    noms = langue.enumerer([citer([une.dit]) for une in proches], 'ou')
    if len(proches) > PROCHES_MAX:
        return saisi, f'{citer([saisi])} peut désigner {len(proches)} choix\u00a0: écrivez le nom entier'
    if candidats:
        return saisi, f'{citer([saisi])} peut désigner {noms}\u00a0: écrivez le nom entier'
    suite = f'peut-être {noms}' if proches else 'vérifiez-le, ou choisissez parmi les propositions'
    return saisi, f'{citer([saisi])} n\'est pas dans la liste\u00a0: {suite}'


def lire_contact(saisi):
    """One e-mail address, or one https address of a site, in its ASCII form; or None."""
    adresse = re.fullmatch(r"https://([\w-]+\.)+\w{2,63}(:\d{1,5})?([/?#][\w.~:/?#@!$&'()*+,;=%-]*)?", saisi, re.ASCII)
    return saisi if adresse else langue.adresse(saisi)


def lire_date(saisi):
    """« 2026-11-27 » or « 27/11/2026 » → ISO day, or None when it does not exist."""
    francais = re.fullmatch(r'(\d{1,2})[/.](\d{1,2})[/.](\d{4})', saisi)
    iso = saisi
    if francais:
        jour, mois, annee = francais.groups()
        iso = f'{annee}-{mois:0>2}-{jour:0>2}'
    return iso if langue.un_jour(iso) else None


def citer(noms):
    """« a », « b »: names as they were typed or sent, in a sentence about them."""
    return ', '.join(f'«\u00a0{nom}\u00a0»' for nom in noms)


def fichiers(nom):
    """The files joined under a field: [(name, bytes)]."""
    return request.fichiers.get(nom, [])
