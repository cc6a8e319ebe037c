"""Time, words and numbers: what is said, compared and counted, of no table. Nothing here reads the base.

Instants are UTC ISO text (« 2026-11-17T09:12:00Z »), days ISO text in Europe/Paris (« 2026-11-27 »).
"""
import contextlib
import contextvars
import functools
import ipaddress
import itertools
import re
import textwrap
import unicodedata
from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

JOURS_PROCHES = 3                                                   # before a day: it is said to be near
MO = 1024 * 1024               # as Windows counts: « 10 Mo » there must not be refused here

try:
    PARIS = ZoneInfo('Europe/Paris')
except ZoneInfoNotFoundError:
    raise SystemExit('Il manque l\'heure de Paris à cette machine\u00a0: apt install tzdata') from None


def horloge():
    """The one clock, aware, UTC; tests replace it."""
    return datetime.now(UTC)


_date = contextvars.ContextVar('date', default=None)


def maintenant():
    """Now, as UTC ISO text to the second; within dater(), the instant that what is written bears."""
    return _date.get() or en_utc(horloge())


@contextlib.contextmanager
def dater(instant):
    """What is written in this block is of that instant (UTC), not later than now: an act that waited is of its press.
    The day that rules read, aujourdhui(), is not changed.
    """
    jeton = _date.set(min(instant, maintenant()))
    try:
        yield
    finally:
        _date.reset(jeton)


def en_utc(moment):
    return moment.astimezone(UTC).isoformat(timespec='seconds')[:19] + 'Z'


def a_paris(instant):
    """UTC ISO text, or a day, → an aware datetime in Paris time."""
    if len(instant) == 10:
        return datetime.fromisoformat(instant).replace(tzinfo=PARIS)
    return datetime.fromisoformat(instant.replace('Z', '+00:00')).astimezone(PARIS)


def jour_de(instant):
    """The day in Paris of a UTC instant, or of a day, ISO text. Before 22:00 UTC, the day is the same in Paris."""
    return instant[:10] if instant[11:13] < '22' else a_paris(instant).date().isoformat()


def aujourdhui():
    """The day in Paris, ISO text: Europe/Paris decides the day (regles.md §5)."""
    return horloge().astimezone(PARIS).date().isoformat()


def plus_jours(jour, n):
    return (date.fromisoformat(jour) + timedelta(days=n)).isoformat()


def un_lundi(jour):
    """The Monday of the week of a day."""
    return plus_jours(jour, -date.fromisoformat(jour).weekday())


def plus_mois(jour, n):
    """The same day n months later, or the last one of that month."""
    annee, mois = divmod(int(jour[:4]) * 12 + int(jour[5:7]) - 1 + n, 12)
    return f'{annee}-{mois + 1:02}-{min(int(jour[8:]), monthrange(annee, mois + 1)[1]):02}'


def un_jour(v):
    """True for a day that exists, AAAA-MM-JJ, between 1900 and 2199."""
    try:
        return bool(re.fullmatch(r'(19|20|21)\d\d-\d\d-\d\d', v)) and bool(date.fromisoformat(v))
    except ValueError:
        return False


def debut_du_jour(jour):
    """The UTC instant at which a day begins in Paris."""
    return en_utc(datetime.fromisoformat(jour).replace(tzinfo=PARIS))


def jours_entre(debut, fin):
    """Calendar days from a day to another, ISO text."""
    return (date.fromisoformat(fin) - date.fromisoformat(debut)).days


@functools.lru_cache(maxsize=64)
def feries(annee):
    """The public holidays of metropolitan France in a year, a set of dates (Code du travail, L3133-1)."""
    a, b, c = annee % 19, annee // 100, annee % 100                 # Easter: Meeus/Jones/Butcher
    d, e = b // 4, b % 4
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = c // 4, c % 4
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    mois, jour = divmod(h + m - 7 * n + 114, 31)
    paques = date(annee, mois, jour + 1)
    fixes = {date(annee, mm, jj) for mm, jj in ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))}
    return fixes | {paques + timedelta(days=n) for n in (1, 39, 50)}


def ouvre(jour, fermes=()):
    """True for a working day (a date); fermes: the closing days (models.jours_fermes)."""
    return jour.weekday() < 5 and jour not in feries(jour.year) and jour not in fermes


def calculer_echeance(depose_le, delai, ouvres=False, fermes=()):
    """The last day to call back (regles.md §5).

    depose_le: UTC instant; delai: days; ouvres: count working days instead of calendar days (a setting).
    A Saturday, Sunday, public holiday or closing day moves it to the next working day. Returns a day, ISO text.
    """
    jour = a_paris(depose_le).date()
    reste = delai
    while reste:
        jour += timedelta(days=1)
        if not ouvres or ouvre(jour, fermes):
            reste -= 1
    return ouvre_des(jour.isoformat(), fermes)


def ouvre_des(jour, fermes=()):
    """A day if it is a working one, else the next that is (ISO text)."""
    des = date.fromisoformat(jour)
    while not ouvre(des, fermes):
        des += timedelta(days=1)
    return des.isoformat()


def ouvre_avant(jour, fermes=(), n=1):
    """The working day before a day, or the n-th before it (ISO text)."""
    avant = date.fromisoformat(jour)
    while n:
        avant -= timedelta(days=1)
        n -= ouvre(avant, fermes)
    return avant.isoformat()


@functools.lru_cache(maxsize=5000)
def jours_ouvres_entre(debut, fin, fermes=()):
    """Working days after the day debut, up to the day fin (ISO text)."""
    jour = date.fromisoformat(debut)
    fin = date.fromisoformat(fin)
    n = 0
    while jour < fin:
        jour += timedelta(days=1)
        if ouvre(jour, fermes):
            n += 1
    return n


def dire_jour(jour, annee=False, ce_jour=None):
    """« 27 novembre », of this year (ce_jour: today, if known), « 27 novembre 2025 »: on the screens of agents alone;
    annee: « 27/11/2026 », for what is kept, sent or exported (regles.md §14).
    """
    jour = jour_de(jour)
    if annee:
        return '/'.join(reversed(jour.split('-')))
    return dire_jour_long(jour, annee=jour[:4] != (ce_jour or aujourdhui())[:4], semaine=False)


def dire_terme(jour, ce_jour=None):
    """« aujourd'hui », « jeudi » of the six days to come, « le 27 novembre »: after « au plus tard », « avant »."""
    reste = jours_entre(ce_jour or aujourdhui(), jour)
    if 0 <= reste < 7:
        return SEMAINE[a_paris(jour).weekday()] if reste else 'aujourd\'hui'
    return f'le {dire_jour(jour, ce_jour=ce_jour)}'


MOIS = (
    'janvier', 'février', 'mars', 'avril', 'mai', 'juin',
    'juillet', 'août', 'septembre', 'octobre', 'novembre', 'décembre',
)
SEMAINE = ('lundi', 'mardi', 'mercredi', 'jeudi', 'vendredi', 'samedi', 'dimanche')


def dire_mois(jour):
    """« novembre 2026 » of « 2026-11 », or of one of its days."""
    return f'{MOIS[int(jour[5:7]) - 1]} {jour[:4]}'


def dire_jour_long(jour, annee=True, semaine=True):
    """« vendredi 27 novembre 2026 » (1er for the first of the month)."""
    j = a_paris(jour)
    quantieme = '1er' if j.day == 1 else str(j.day)
    mots = f'{quantieme}\u00a0{MOIS[j.month - 1]}'
    if semaine:
        mots = f'{SEMAINE[j.weekday()]} {mots}'
    if annee:
        mots = f'{mots} {j.year}'
    return mots


def dire_ouverture(ouvert_le):
    """« ouvre le lundi 4 janvier 2027 », « ouvre bientôt » while the day is not known."""
    return f'ouvre le {dire_jour_long(ouvert_le)}' if ouvert_le else 'ouvre bientôt'


def dire_heure(instant):
    """« 10 h 12 », « 9 h » on the hour."""
    j = a_paris(instant)
    return f'{j.hour}\u00a0h' + (f'\u00a0{j.minute:02}' if j.minute else '')


def dire_heure_ecrite(heure):
    """« 9 h », « 16 h 30 », of « 09:00 », « 16:30 »; '' of ''."""
    if not heure:
        return ''
    h, minutes = heure.split(':')
    return f'{int(h)}\u00a0h' + (f'\u00a0{minutes}' if minutes != '00' else '')


def lire_heure(saisie):
    """« 9 », « 9 h », « 9h30 », « 14:00 » → « 09:00 »…; anything else as it is, for the verb to refuse."""
    lue = re.fullmatch(r'(\d{1,2})\s*(?:(?:h|:|heures?)\s*(\d{2})?)?', saisie.strip().lower())
    return f'{int(lue[1]):02}:{lue[2] or "00"}' if lue else saisie


def dire_anciennete(instant, jour):
    """« aujourd'hui », « hier », « 21 jours », « 4 mois », « 5 ans »: since when, on a day."""
    ecoules = jours_entre(jour_de(instant), jour)
    if ecoules < 2:
        return 'hier' if ecoules == 1 else 'aujourd\'hui'
    if ecoules <= 90:
        return dire_nombre(ecoules, 'jour')
    annees = ecoules // 365
    return dire_nombre(annees, 'an') if annees > 1 else f'{round(ecoules * 12 / 365)}\u00a0mois'


def dire_instant(instant):
    """« 17 novembre 2026 à 10 h 12 », Paris time."""
    return f'{dire_jour_long(instant, semaine=False)} à {dire_heure(instant)}'


def dire_echeance(echeance, contact_le, clos_le, jour=None, fermes=()):
    """(etat, words, the day they say or '') of a deadline, never a bare number of days (regles.md §5). A lateness is of
    working days, those that reminders count (fermes: the closing days).

    etat: loin, proche, retard, tenue or ''.
    """
    jour = jour or aujourdhui()
    if contact_le:
        return 'tenue', f'jointe le {dire_jour(contact_le, ce_jour=jour)}', contact_le
    if not echeance or clos_le:
        return '', '', ''
    reste = jours_entre(jour, echeance)
    if reste < 0:
        retard = jours_ouvres_entre(echeance, jour, fermes)
        if retard:
            return 'retard', f'en retard de {dire_nombre(retard, "jour", "ouvré")}', ''
        return 'retard', f'en retard depuis le {dire_jour(echeance, ce_jour=jour)}', echeance
    if reste and not ouvre(date.fromisoformat(echeance), fermes) and ouvre_avant(echeance, fermes) <= jour:
        return 'proche', f'à rappeler aujourd\'hui\u00a0: {dire_terme(echeance, jour)} est fermé', echeance
    etat = 'proche' if reste <= JOURS_PROCHES else 'loin'
    return etat, f'à rappeler {"au plus tard " if reste else ""}{dire_terme(echeance, jour)}', echeance


A_L_ETAPE = ('', 'Reçue', 'Transmise à la structure compétente', 'Confiée à un expert', 'Accompagnement en cours')


def dire_etape(etape, statut):
    """The words of the step shown of an open demande (regles.md §2)."""
    return 'En cours de réorientation' if statut == 'rejete' else A_L_ETAPE[etape]


def dire_octets(n):
    """« 240 ko », « 1,2 Mo », as the desktop of a mairie counts them: 1,024 each time."""
    if n < MO:
        return f'{max(1, round(n / 1024))}\u00a0ko'
    return f'{n / MO:.1f}'.replace('.', ',') + '\u00a0Mo'


def dire_nombre(n, *mots):
    """« 12 345 »; « 1 fiche », « 61 fiches publiées »: the words after it, each with its « s » if several."""
    dit = f'{n:,}'.replace(',', '\u202f')
    return f'{dit}\u00a0{" ".join(f"{mot}s" if n > 1 else mot for mot in mots)}' if mots else dit


def majuscule(mots):
    """« Avant l'été » of « avant l'été », at the start of a line: the other letters stay as they are."""
    return mots[:1].upper() + mots[1:]


def minuscule(mots):
    """« revitaliser le bourg » of « Revitaliser le bourg », inside a line; « PLU », « L'Union » stay as they are."""
    return mots if mots[1:2].isupper() or mots[1:2] in '\'’' else mots[:1].lower() + mots[1:]


ECART_MAX = 60                                                      # characters


def dire_ecarts(ecarts):
    """« Téléphone 05 61 → 05 62 ; Horaires » of (name, before, after); of a longer text, or of several lines, its name
    alone.
    """
    return '\u00a0; '.join(
        f'{nom} {_dire_valeur(avant)} → {_dire_valeur(apres)}'
        if all(len(str(dit)) <= ECART_MAX and '\n' not in str(dit) for dit in (avant, apres)) else nom
        for nom, avant, apres in ecarts)


def _dire_valeur(valeur):
    """A value of a field in a word."""
    if isinstance(valeur, bool):
        return 'oui' if valeur else 'non'
    texte = str(valeur or '')
    return (dire_jour(texte, True) if un_jour(texte) else texte) or 'vide'


def enumerer(mots, lien='et'):
    """« A », « A et B », « A, B et C »."""
    *debut, fin = list(mots) or ['']
    return f'{", ".join(debut)} {lien} {fin}' if debut else fin


POLITESSE = re.compile(
    r'\A(?:(?:(?:bonjour|bonsoir)\b[^.,!\n]{0,60}[.,!\n]'
    r'|(?:madame|monsieur|mesdames|messieurs)\b[^.,\n]{0,60}[,\n])\s*)+', re.IGNORECASE)
# What a reader of a mail may click, write to or call: an address, six figures in a row.
A_SUIVRE = re.compile(r'//|@|\bwww\b|\w\.\w\w|(?:\d[\s.-]?){6}', re.IGNORECASE)


def abreger(nom, longueur):
    """A name of so many characters at most: its beginning."""
    return nom if len(nom) <= longueur else f'{nom[:longueur - 1].rstrip()}…'


def premiers_mots(texte, longueur):
    """The beginning of a need, past its greetings, cut at a word; '' when it has none, or would lead elsewhere."""
    besoin = ' '.join(POLITESSE.sub('', texte.lstrip()).split())
    mots = textwrap.shorten(besoin, longueur, placeholder='…')
    return '' if mots == '…' or A_SUIVRE.search(mots) else mots


# How the programs of mail begin what they quote: it goes down to the end.
_TETE_CITEE = re.compile(r'-{2,} ?(?:message d.origine|mail original|original message|message transf|forwarded)', re.I)
_DE, _ENVOYE = (re.compile(rf'\**(?:{mots})\**(?: le)?\s?:', re.I) for mots in ('de|from', 'envoyé|date|sent'))
_A_ECRIT = re.compile(r'(?:le|on)\b.{4,300}\b(?:a écrit|wrote)\s?:', re.I)


def replier(texte):
    """(what a mail says, what it quotes down to its end): the whole text and '', when nothing tells them apart."""
    lignes = [ligne.strip() for ligne in texte.split('\n')]
    dites = [i for i, ligne in enumerate(lignes) if ligne and not ligne.startswith('>')]
    apres = dites[-1] + 1 if dites else 0                           # nothing but « > » from there on
    ou = next((i for i in range(len(lignes)) if _cite(lignes, i, apres)), len(lignes))
    neuf = '\n'.join(texte.split('\n')[:ou]).rstrip('_ \n')
    return (neuf, '\n'.join(lignes[ou:]).strip()) if neuf else (texte.strip(), '')


def _cite(lignes, i, apres):
    ligne, suite = lignes[i], lignes[i + 1:i + 4]
    if i >= apres:
        return ligne.startswith('>')
    if _TETE_CITEE.match(ligne):
        return True
    if _DE.match(ligne):
        return any(map(_ENVOYE.match, suite))
    return bool(_A_ECRIT.fullmatch(ligne) or _A_ECRIT.fullmatch(' '.join([ligne, *suite[:1]])))


REPERE = re.compile(r'\{(\w+)\}')                                  # « {numero} » in the text of a mail or of a page


def sans_reperes_vides(ligne, valeurs):
    """A line without its empty placeholders, nor the comma or the brackets of each: « {nom}, {rue} » leaves a name."""
    for nom in REPERE.findall(ligne):
        if not valeurs.get(nom, True):
            ligne = re.sub(rf', \{{{nom}\}}|\{{{nom}\}}, | \(\{{{nom}\}}\)', '', ligne)
    return ligne


LIMITES = ('ne vaut ni accord, ni attribution d\'une aide, ni dépôt d\'un dossier de subvention, '
           'et n\'interrompt aucun délai.')


def dire_saisine(reglages, sujet='Cette demande'):
    """What a demande is worth (regles.md §3): an official referral where the département has so decided, else only
    what it is not.
    """
    if reglages['saisine'] != 'oui':
        return f'{sujet} {LIMITES}'
    return (f'{sujet} vaut saisine officielle {du_signataire(reglages["signataire"])}\u00a0; '
            f'un courrier n\'est pas nécessaire. Elle {LIMITES}')


def dire_audit(reglages):
    """What the law asks a declaration of accessibility to say of the audit, as the RGAA words it."""
    jour, auteur, taux = (reglages[cle] for cle in ('audit', 'audit_par', 'audit_taux'))
    if not (jour and auteur and taux):
        return 'Aucun audit en cours de validité n\'existe à ce jour\u00a0: aucun taux ne peut être annoncé.'
    return (f'L\'audit de conformité réalisé le {dire_jour_long(jour, semaine=False)} par {auteur} révèle que {taux}'
            '\u00a0% des critères du RGAA sont respectés.')


def du_signataire(signataire):
    """« du Président du Département », « de la Présidente du Département »; of both, until it is said."""
    if not signataire:
        return 'du Président ou de la Présidente du Département'
    return f'{"de la" if signataire.startswith("Présidente") else "du"} {signataire}'


# The article of an organism, by its first word; « le » becomes « l' » before a vowel.
MASCULINS = (
    'architecte bureau caue cdg cabinet centre cnfpt comité conseil conservatoire département '
    'établissement greffe groupement guichet institut ministère office parc pays petr pôle rectorat sdehg sdis '
    'secrétariat service sivom sous-préfet préfet syndicat tribunal').split()
FEMININS = (
    'académie ademe adil agence anct ars association banque caf caisse chambre collectivité commune communauté cour '
    'ddat ddt dgfip direction drac dreal dsden faculté fédération fondation inspection mairie maison métropole '
    'mission msa plateforme préfecture région société sous-préfecture trésorerie union université ville').split()
CONTRACTES = {('de', 'le '): 'du ', ('de', 'les '): 'des ', ('à', 'le '): 'au ', ('à', 'les '): 'aux '}
ARTICLE = re.compile(r"(les? |la |l['’])(.+)", re.IGNORECASE)


def article(nom):
    """« le », « la », « les » or « l' » of a name that has one, typed before it or told by its first word; else ''."""
    tape, mot = ARTICLE.match(nom), nom.partition(' ')[0].lower()
    if tape:
        return tape[1].strip().lower()
    return 'le' if mot in MASCULINS else 'la' if mot in FEMININS else ''


def avec_article(nom, apres='', dit=''):
    """A name in a sentence: « le SDEHG », « l'Agence régionale de santé »; after « de », « à », « vers », « par »: « du
    SDEHG », « au CAUE », « vers la préfecture », « d'Anne Lefèvre », « du Fousseret ». dit: what stands for the name.
    """
    tape = ARTICLE.match(nom)
    devant, reste = tape.groups() if tape else (article(nom), dit or nom)
    voyelle = sans_accents(reste)[:1].lower() in tuple('aeiou')
    if devant and not tape:
        devant = "l'" if voyelle else f'{devant} '
    if (apres, devant.lower()) in CONTRACTES:
        return CONTRACTES[apres, devant.lower()] + reste
    if apres == 'de' and not devant and voyelle:
        return f"d'{reste}"
    return f'{apres} {devant}{reste}'.lstrip()


def mairie(texte, type):
    """A sentence about one collectivité, as agents read it: « la mairie » of a commune (regles.md §10)."""
    return texte.replace('a collectivité', 'a mairie') if type == 'Commune' else texte


def de(nom):
    """« d'Anne Lefèvre », « du Fousseret », « des Ventes-de-Bourse », « de Sées »: of a person or a commune."""
    return avec_article(nom, 'de')


# What shows nothing, or turns over what follows it: a name may read otherwise than it is (Unicode TR 36, §2.9).
# By ranges, since « re » knows no category, and a change of Python must not change what is refused.
INVISIBLES = re.compile('[' + ''.join((
    '\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f',                            # controls (Cc), but tab and ends of lines
    '\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e',      # formats (Cf)
    '\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb',
    '\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a',
    '\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\uffa0',    # blanks that are letters, marks, a symbol
    '\ufe00-\ufe0d',                                                    # variants; the last two are those of emoji
    '\ue000-\uf8ff\ufdd0-\ufdef',                                       # private (Co), no character at all (Cn)
    *(f'{chr(plan + 0xfffe)}{chr(plan + 0xffff)}' for plan in range(0, 0xe0000, 0x10000)),
    '\U000e0000-\U0010ffff',                                            # labels, more variants, private
)) + ']')
# Of these, what a long text may need: the soft hyphen, the joiners of emoji; and what shows: the bullets of Word.
_UTILES = re.compile('[\xad\u200c\u200d\ue000-\uf8ff]')
_LIGATURES = str.maketrans({'œ': 'oe', 'æ': 'ae', 'Œ': 'oe', 'Æ': 'ae', 'ß': 'ss'})


def sans_accents(texte):
    """Without accents nor case; œ = oe."""
    texte = texte.translate(_LIGATURES).lower()
    if texte.isascii():
        return texte
    return ''.join(itertools.filterfalse(unicodedata.combining, unicodedata.normalize('NFKD', texte)))


def montrer_invisibles(texte):
    """A text as it really is: what would turn over or hide what follows it shows itself, « [U+202E] »."""
    return INVISIBLES.sub(lambda m: m[0] if _UTILES.match(m[0]) else f'[U+{ord(m[0]):04X}]', texte)


SUITES_DITES = 12                                                   # runs of numbers, in a sentence


def dire_suites(numeros):
    """« lignes 3, 12 à 14 », in order."""
    suites = []
    for numero in sorted(numeros):
        if suites and suites[-1][1] == numero - 1:
            suites[-1][1] = numero
        else:
            suites.append([numero, numero])
    mots = [str(debut) if debut == fin else f'{debut}\u00a0à\u00a0{fin}' for debut, fin in suites[:SUITES_DITES]]
    if not mots:
        return ''
    suite = ', …' if len(suites) > SUITES_DITES else ''
    return f'ligne{"s" if suites[0][0] < suites[-1][1] else ""}\u00a0{", ".join(mots)}{suite}'


SAINTS = {'st': 'saint', 'ste': 'sainte'}


def mots_normalises(texte):
    """What is indexed and what is asked, alike: no accents, case, hyphens; œ = oe, St = Saint (regles.md §9)."""
    return [SAINTS.get(mot, mot) for mot in re.findall(r'[^\W_]+', sans_accents(texte))]


def normaliser(texte):
    """The same, as a text."""
    return ' '.join(mots_normalises(texte))


# The alphabetical order of a label: the same ones come back.
ordre_alphabetique = functools.lru_cache(maxsize=5000)(normaliser)


@functools.lru_cache(maxsize=2000)
def slug(texte):
    """The readable end of an address: « elaborer-un-projet »."""
    return '-'.join(normaliser(texte).split()[:8])


def siren_juste(siren):
    """Its check digit (Luhn): from the right, each second digit is doubled, and its own digits added."""
    chiffres = [int(c) * (1 + rang % 2) for rang, c in enumerate(reversed(siren))]
    return sum(sum(divmod(c, 10)) for c in chiffres) % 10 == 0


TELEPHONE = re.compile('0[1-9][0-9]{8}')


def telephone(saisi):
    """A French telephone as « 0536490012 » from any usual writing (spaces, dots, +33, 0033), or None."""
    if TELEPHONE.fullmatch(saisi):                                  # as the base holds it
        return saisi
    chiffres = re.sub(r'[\s.\-/()\u00a0\u202f]', '', INVISIBLES.sub('', saisi))
    chiffres = re.sub(r'^(\+33|0033)0?', '0', chiffres)
    return chiffres if TELEPHONE.fullmatch(chiffres) else None


def dire_telephone(numero):
    if len(numero) != 10 or not numero.isdigit() or not numero.isascii():
        return numero
    return '\u00a0'.join((numero[:2], numero[2:4], numero[4:6], numero[6:8], numero[8:]))


_COURRIEL = re.compile(r"[A-Za-z0-9.!#$%&'*+^_~-]{1,64}@(?=.{4,255}$)"
                       r'(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}')


def adresse(saisie):
    """One e-mail address, lower case, or None: « a@b.fr, c@d.fr » would mail two, « =?…?= » would be decoded."""
    saisie = saisie.strip().lower()
    juste = len(saisie) <= 254 and _COURRIEL.fullmatch(saisie) and '..' not in saisie
    return saisie if juste else None


@functools.lru_cache(maxsize=1000)
def prefixe(adresse, longueur):
    """An IPv4 address as it is; the first bits of an IPv6 one, as a network; what is no address, as it was given."""
    try:
        ip = ipaddress.ip_address(adresse)
    except ValueError:                                              # what a proxy gives may be no address
        return adresse
    if ip.version == 4:
        return adresse
    return str(ip.ipv4_mapped or ipaddress.ip_network((int(ip), longueur), strict=False))


def distance(a, b):
    """1 when a and b differ by one letter put in, left out, changed or two swapped; 0 when equal; else 2."""
    if a == b:
        return 0
    if abs(len(a) - len(b)) > 1:
        return 2
    i = 0                                                           # where they differ first
    while a[i:i + 1] == b[i:i + 1]:
        i += 1
    changee = a[i + 1:] == b[i + 1:]
    en_trop = a[i + 1:] == b[i:]
    oubliee = a[i:] == b[i + 1:]
    echangees = a[i:i + 2] == b[i:i + 2][::-1] and a[i + 2:] == b[i + 2:]
    return 1 if changee or en_trop or oubliee or echangees else 2


# ---- Apostrophes, as they are read (regles.md §10): the base, fields, addresses and files keep the typewriter's ----

# Each begins by a literal, which « re » looks for at the speed of memory: a page is read whole.
_APOSTROPHES = re.compile(r"'(?=[^\W\d_]|[«<])"), re.compile(r'&#39;(?=[^\W\d_]|[«<])')
_TEL_QUEL = re.compile(r'[@/]|\.[A-Za-z]\w{0,4}[,.;)]?\Z')               # an address, a path, a file
_TELLES = ('<textarea', '<option', '<script', '<style', '<code', '<kbd', '<pre')
_SUITE = re.compile(r'[^\s<>]{0,80}')
UN_MOT = 80                                                          # characters that are looked at, before it


def courber(texte):
    """« l'eau » → « l’eau », in plain words: not in « o'brien@mairie.example », nor « plan d'eau.pdf »."""
    return _APOSTROPHES[0].sub(lambda m: _courbe(m, lambda place: True), texte)


def courber_page(page):
    """The same in the text nodes of a finished page of HTML: no attribute, field, piece of code or name of a piece."""
    def se_lit(place):
        tag = page.rfind('<', 0, place)
        fin = page.find('>', tag, place)
        return fin >= 0 and not page.startswith(_TELLES, tag) and '/pieces/' not in page[tag:fin]
    page = _APOSTROPHES[1].sub(lambda m: _courbe(m, se_lit), page)
    return _APOSTROPHES[0].sub(lambda m: _courbe(m, se_lit), page)


def _courbe(m, se_lit):
    texte, place = m.string, m.start()
    if not texte[place - 1:place].isalpha() or not se_lit(place):
        return m[0]
    debut = place
    while debut > max(0, place - UN_MOT) and not (texte[debut - 1].isspace() or texte[debut - 1] in '<>'):
        debut -= 1
    return m[0] if _TEL_QUEL.search(texte[debut:_SUITE.match(texte, place).end()]) else '’'
