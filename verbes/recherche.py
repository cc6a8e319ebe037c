"""The search of the catalogue: the published fiches nearest to a few words, or to a whole message (regles.md §9), and
the « autres portes » of what belongs elsewhere, weighed together.

Any of the words will do, the rarest counts most, where it stands counts too. A word is its stem (« écoles »,
« école »), never a prefix (« DETR » is not « détruire »), else the known words one slip of the keyboard away.
One more word never empties an answer. What holds too little of what is asked is shown, and said not to correspond.
"""
import functools
import math
import pkgutil
import re
from collections import Counter, defaultdict, namedtuple

import models
import langue

# ---- What counts, and how much ----

# A word counts in a fiche by the best place where it stands there, and a part of three more.
POIDS = {'titre': 1.0, 'mots': 1.0, 'resume': 0.7, 'theme': 0.4, 'reste': 0.5}
ENCORE = 0.4                                                        # that part
GLISSE = 0.7                                                        # of a word one slip away
LOIN = 0.3                                                          # of another word of the same short stem, « café »
DISCRET = 0.25                                                      # of a common word, beside the thing it is about
BAS = 0.1                                                           # of a word of intention, beside what is wanted
LEGER = 0.7                                                         # of a word read in a text only, or nowhere
ASSEZ = 10                                                          # of a long question, this much says all of it
SEUIL = 0.65                                                        # of what is asked: with less, none corresponds
MOITIE, SUJET = 0.5, 0.95                                           # or this much, when it is what the fiche is about
SEUIL_LARGE = 0.3                                                   # the same of a whole message, of a content
ECART = 0.35                                                        # of the nearest one: further is not shown
TROUVEES_MAX = 8
MOTS_MAX = 300                                                      # of a message
LONG = 40                                                           # letters: past them it is no word, and is not kept

# Words that say nothing of a need: neither asked nor read (« plus » is not the plural of PLU).
VIDES = frozenset("""
    a actuellement afin ai ainsi alors an annee annees ans aout apres as assez au aucun aucune aujourd aussi
    aussitot autre autres aux avait avance avant avec avez avoir avons avril ayant beaucoup bien bonjour bonsoir c
    ca car ce ceci cela celle celles celui cent cents certain certaine certaines certains ces cet cette ceux chaque
    chez ci cinq cinquante combien comme comment contre cordialement d dans de decembre deja demain depuis dernier
    derniere dernieres derniers derriere des deux devant dimanche dire dit dix doit doivent donc dont douze du elle
    elles en encore enfin entre es est et etaient etait etant ete etes etre eu eux fait faites fevrier fois font
    heure heures hier hors hui huit il ils j jamais janvier je jeudi jour jours juillet juin jusqu l la laquelle le
    lequel les lesquelles lesquels leur leurs loin longtemps lors lorsque lui lundi m ma madame mais mardi mars
    matin me meme merci mercredi mes mieux mille moi moins mois mon monsieur n ne neuf ni nombreuses nombreux non
    nos notre nous novembre octobre on ont onze ou par parce parfois pas peu peut peuvent plus plusieurs pour
    pourquoi pourrait pourriez pourrions pouvez premier premiere pres presque puis qu quand quarante quatre que quel
    quelle quelles quels qui quinze quoi rien s sa samedi sans sauf se selon semaine semaines sept septembre sera
    serait ses seulement si six soir soit soixante son sont sous suis sur t ta tant te tel telle toujours tous tout
    toute toutes trente tres trois trop tu un une va vendredi vers vingt voici vont vos votre vous y
""".split())

# Words of intention: they go with any need, and are no need by themselves.
INTENTIONS = frozenset("""
    accompagnement accompagner aide aider aimerais aimerait aimerions appel appeler appui appuyer attendue attente
    avis besoin besoins cas cherche chercher cherchons concernant contact contacter demande demander demandes
    demandons desirons devoir devons faire faut fixer idee informations interesse obtenir orienter possible
    possibles pouvoir pouvons probleme prochain projet projets question questions rappel rappele rappelee rappeler
    recevoir recoit recu recue rendez renseignement renseignements reponse savoir signe solliciter sommes souci
    souhait souhaitait souhaite souhaiter souhaiterait souhaiterions souhaitez souhaitons traiter veut veux voudrais
    voudrait voudrions vouloir voulons
""".split())

# Gestures, how a thing is, and what every mairie is: they say little without the thing they go with.
COURANTS = frozenset("""
    acheter acquerir adjoint adjointe administre administres agrandir aller ameliorer amenager arrive arriver attend
    attendre augmentation augmenter avoir baisse baisser bas basse bon bonne changer cher chere cheres chers
    collectivite collectivites commencer communal communale communales communaute communautes communaux commune
    communes comprend comprendre connaitre conseil conseiller conseillere conseils construire continuer courriel
    courrier creer debut definir deleguee departement developper devenir difficile diminuer directeur directrice
    disposer document documents dossier elaborer elu elue elus empecher envisager essayer etudier euro euros exemple
    exemples expliquer facile finir general generale generaux gens gerer grave gros grosse habitant habitants hausse
    haut haute important importante installer laisser lancer maire maires mairie mauvais mauvaise meilleur mettre
    monter municipal municipale municipaux normal nouveau nouveaux nouvel nouvelle nouvelles organiser oublier ouvrir
    parler passer penser perdre perdu perdue permettre pire point prendre preparer president presidente realiser
    recuperer refaire refection refuse refuser remplacer renover reparer repondre reprendre rester revenir revoir
    secretaire secretaires service services servir suivre tenir territoire territoires transformer travaux trouver
    urgence urgent urgente utiliser vendre venir vient village villages ville villes visite visiter vive voix
""".split())

# What is written otherwise and sounds alike; the letters that a finger takes one for the other.
SONS = (('eau', 'o'), ('au', 'o'), ('ph', 'f'), ('qu', 'k'), ('y', 'i'))
VOYELLES = {*'aeiouy'}
COTE_A_COTE = [rang[i:i + 2] for rang in ('azertyuiop', 'qsdfghjklm', 'wxcvbn') for i in range(len(rang) - 1)]

# What is read of a fiche, of a porte, of a content. It is compared as a whole: the index of the same texts is the same.
Texte = namedtuple('Texte', 'id titre mots resume theme reste')
# rangs: {stem: how rare it is, LEGER when no title nor « mots » says it}; poids: {stem: {id: what it counts there}};
# formes: {stem of four letters or less: {id: the words that it holds}}: « CAF » is not « café ».
# voisins: those of an unknown word, kept: mairies write the same; inconnu: how rare a word is that none has.
Index = namedtuple('Index', 'rangs poids formes voisins inconnu')


# ---- Words ----

@functools.lru_cache(maxsize=20_000)
def racine(mot):
    """The stem of a word without accents: what is read and what is asked lose theirs alike."""
    return _racines_livrees().get(mot) or chercher_la_racine(mot)


@functools.cache
def _racines_livrees():
    """{word: stem} of the delivered catalogue, written by « make docs »: to find 4,800 of them takes 0.15 s."""
    lus = pkgutil.get_data('models', 'static/racines.txt').decode().split()
    return dict(zip(lus[::2], lus[1::2]))


def chercher_la_racine(mot):
    if len(mot) < 4 or len(mot) < 5 and mot[-1] not in 'sx':        # « DECI » is not « décès », nor « PCS » a « PC »
        return mot.rstrip('e') or mot
    return _racine()().stemWord(mot).rstrip('e') or mot


@functools.cache
def _racine():
    """What makes stems; from the sources it comes with thirty languages: not before a word is asked for."""
    from snowballstemmer.french_stemmer import FrenchStemmer
    return FrenchStemmer


def mots_de(texte):
    """The words of a text that may say something, in order."""
    return [mot for mot in langue.mots_normalises(texte) if mot not in VIDES and len(mot) > 1 and not mot.isdigit()]


def peser(mots):
    """{stem: (weight, word)} of the words of a question; common ones count in full when there is nothing else."""
    pleins = [mot for mot in mots if mot not in INTENTIONS]
    choses = [mot for mot in pleins if mot not in COURANTS] or pleins
    poids = {}
    for vaut, lesquels in ((1.0, choses), (DISCRET, pleins), (BAS, mots)):
        for mot in lesquels:
            poids.setdefault(racine(mot), (vaut, mot))
    return poids


# ---- The index of the published fiches ----

@models.gardee
def textes():
    """What is read of each published fiche, of each public porte; the id of a porte is « porte:12 »."""
    lues = models.db.execute_sql(
        """SELECT fiche.id, titre, mots, resume, theme.nom,
                  pour_qui || ' ' || actions || ' ' || deroulement || ' ' || a_preparer || ' ' || conditions
           FROM fiche JOIN theme ON theme.id = theme_id WHERE etat = 'publiee'
           UNION ALL
           SELECT 'porte:' || id, objet, mots, '', '', organisme || ' ' || competence || ' ' || conseil
           FROM porte WHERE publique AND retiree_le IS NULL ORDER BY 1""")
    return tuple(Texte(*lue) for lue in lues)


@functools.lru_cache(maxsize=4)
def indexer(corpus):
    """The Index of these Textes, of the fiches or of the contents: made again when one of them changes."""
    vocabulaire, fois, formes = set(), defaultdict(dict), defaultdict(lambda: defaultdict(set))
    for texte in corpus:
        places = defaultdict(list)
        for champ, vaut in POIDS.items():
            mots = mots_de(getattr(texte, champ))
            vocabulaire.update(mots)
            for mot in mots:
                stem = racine(mot)
                places[stem].append(vaut)
                if len(stem) <= 4:
                    formes[stem][texte.id].add(mot)
        for stem, vaut in places.items():
            fois[stem][texte.id] = vaut
    for stem, fiches in sigles(corpus).items():
        fois.setdefault(stem, fiches)
    poids = {stem: {fiche: cumuler(ici) for fiche, ici in fiches.items()} for stem, fiches in fois.items()}
    rangs = {stem: math.log(1 + len(corpus) / len(ici)) * (1 if dit_en_titre(fois[stem]) else LEGER)
             for stem, ici in poids.items()}
    ranger = functools.cache(lambda: ranger_par_bouts(vocabulaire))
    return Index(rangs, poids, formes, functools.lru_cache(maxsize=1000)(lambda mot: voisins(ranger(), mot)),
                 math.log(1 + len(corpus)) * LEGER)


def ranger_par_bouts(vocabulaire):
    """{how a word begins or ends: {words}}; not before an unknown word is asked."""
    mots = defaultdict(set)
    for mot in vocabulaire:
        for bout in bouts(mot):
            mots[bout].add(mot)
    return mots


def sigles(corpus):
    """{initials of a title or a phrase of « mots »: {id: [what it counts]}}: « petites villes de demain » is PVD."""
    par_sigle = defaultdict(dict)
    for texte in corpus:
        titre, mots = map(langue.sans_accents, (texte.titre, texte.mots))
        for phrase in (titre, *(mot for mot in mots.split(',') if len(mot) > 13)):      # three words of four letters
            initiales = ''.join(re.findall(r'([^\W_])[^\W_]{3,}', phrase))
            if 3 <= len(initiales) <= 6:
                par_sigle[racine(initiales)][texte.id] = [POIDS['mots']]
    return par_sigle


def dit_en_titre(places):
    """Is it said in a title or in « mots » of one of them, {id: [what each place counts]}?"""
    return any(max(vaut) == POIDS['titre'] for vaut in places.values())


def cumuler(vaut):
    """What a word counts in a fiche: its best place, and a part of three more."""
    if len(vaut) == 1:
        return vaut[0]
    meilleure, *autres = sorted(vaut, reverse=True)
    return meilleure + ENCORE * sum(autres[:3])


def bouts(mot):
    """How it begins and ends: one slip leaves one of them as it was."""
    return (f'{mot[:2]}-', f'-{mot[-2:]}') if len(mot) > 4 else ()


def voisins(mots, mot):
    """The stems of the known words one slip away from an unknown one, or that sound alike; mots: {how a word begins or
    ends: {words}}.
    """
    candidats = {connu for bout in bouts(mot) for connu in mots.get(bout, ())}
    sonne, tailles = son(mot), range(len(mot) - 1, len(mot) + 2)
    return {racine(connu) for connu in candidats if son(connu) == sonne
            or len(connu) in tailles and langue.distance(mot, connu) == 1 and est_une_faute(mot, connu)}


@functools.lru_cache(maxsize=20_000)
def son(mot):
    """How a word without accents sounds, roughly: « ruisseau » is « ruiso »."""
    for ecrit, dit_ in SONS:
        mot = mot.replace(ecrit, dit_)
    return re.sub(r'(.)\1', r'\1', mot).rstrip('estx')


def est_une_faute(mot, connu):
    """In a short word, a letter put for another makes another word (« fibre », « libre ») unless both are vowels, or
    neighbours on the keyboard."""
    if len(mot) > 6 or len(connu) != len(mot) or sorted(connu) == sorted(mot):
        return True
    deux = next({a, b} for a, b in zip(mot, connu) if a != b)
    return deux <= VOYELLES or any(deux <= {*paire} for paire in COTE_A_COTE)


# ---- Asking ----

# note: what the words count in it; part: of what was asked that it holds, 1 or more for every word in its title.
Trouvee = namedtuple('Trouvee', 'id note part')


def proches(question):
    """The Trouvees of a question among fiches and portes, nearest first; [] when none has one of its words. When
    a fiche holds all of it, a porte that holds less is left out: « logement communal » is not « logement social »."""
    reponses = noter(question, indexer(textes()))
    tout = any(t.part >= 1 and not est_une_porte(t) for t in reponses)
    return [t for t in reponses if t.note >= ECART * reponses[0].note
            and not (tout and est_une_porte(t) and t.part < 1)][:TROUVEES_MAX]


def correspond(reponses, seuil=SEUIL):
    """Does one of these really answer?"""
    return any(t.part >= seuil or t.part >= MOITIE and t.note >= SUJET for t in reponses)


def nomme(question, fiche):
    """Does its title, or its « mots », say a full word of a question?"""
    dits = {racine(mot) for mot in mots_de(f'{fiche["titre"]} {fiche["mots"]}')}
    return any(poids == 1 and stem in dits for stem, (poids, _) in peser(mots_de(question)).items())


def est_une_porte(trouvee):
    return str(trouvee.id).startswith('porte:')


def id_de_porte(trouvee):
    return int(trouvee.id.removeprefix('porte:'))


def proches_parmi(question, corpus):
    """The same among other Textes, which are never weighed against the fiches; [] when none really answers."""
    reponses = noter(question, indexer(corpus))
    return [t for t in reponses if t.note >= ECART * reponses[0].note] if correspond(reponses, SEUIL_LARGE) else []


def proposer(message):
    """The ids of the three fiches nearest to a whole message; [] when none answers it, or a porte does first."""
    reponses = noter(message, indexer(textes()))
    if not correspond(reponses, SEUIL_LARGE) or est_une_porte(reponses[0]):
        return []
    return [t.id for t in reponses if not est_une_porte(t)][:3]


def noter(question, index):
    """Every Trouvee that holds a full word of a question, else one of the common ones; best first."""
    total, notes, parts, par_poids = 0, defaultdict(float), defaultdict(float), defaultdict(set)
    mots = [mot for mot in mots_de(question) if len(mot) <= LONG][:MOTS_MAX]
    for stem, (poids, mot) in peser(mots).items():
        stems = reconnaitre(stem, mot, index)
        rang = max((index.rangs[proche] for proche in stems), default=index.inconnu)
        total += poids * rang
        fiches = {}
        for proche, vaut in stems.items():
            loin = lire_autrement(mot, index.formes.get(proche, {})) if proche == stem else ()
            for fiche, ici in index.poids[proche].items():
                fiches[fiche] = max(fiches.get(fiche, 0), vaut * ici * (LOIN if fiche in loin else 1))
        for fiche, ici in fiches.items():
            notes[fiche] += poids * rang * ici
            parts[fiche] += poids * rang * min(ici, 1)
        par_poids[poids] |= fiches.keys()
    voulu = min(total, ASSEZ)
    return sorted((Trouvee(fiche, notes[fiche] / total, parts[fiche] / voulu)
                   for fiche in par_poids[1.0] or par_poids[DISCRET]), key=lambda t: (-t.note, str(t.id)))


def lire_autrement(mot, formes):
    """The ids that hold another word of its stem, when one holds it as it is. formes: {id: {words}}."""
    fins = 'sx' if len(mot) <= 4 else 'esx'                         # « reçue » is « reçu », « CAF » is no « café »
    loin = [id_ for id_, mots in formes.items() if mot.rstrip(fins) not in {autre.rstrip(fins) for autre in mots}]
    return loin if len(loin) < len(formes) else ()


def reconnaitre(stem, mot, index):
    """{stem: what it is worth} of a word: itself when a fiche has it, else those one slip away, or two run together."""
    if stem in index.rangs:
        return {stem: 1.0}
    return dict.fromkeys(index.voisins(mot) or colles(mot, index), GLISSE)


def colles(mot, index):
    """The stems of two known words written as one: « stationdepuration »."""
    for ou in range(4, len(mot) - 3):
        deux = {racine(mot[:ou]), racine(re.sub('^[dl](?=[aeiouh])', '', mot[ou:]))}
        if deux <= index.rangs.keys():
            return deux
    return ()


# ---- Saying why ----

ELISION = re.compile(r"\b(?:[cdjlmnst]|(?:jus|lors|puis|quoi)?qu)['’]", re.I)


def retenus(question):
    """(the words that count, those that are too common to), each as it was typed, once; « l'école » is « école »."""
    utiles, laisses = {}, {}
    for saisi in re.findall(r'[^\W_]+', ELISION.sub(' ', question)):
        pleins = [mot for mot in mots_de(saisi) if mot not in INTENTIONS]
        (utiles if pleins else laisses)[saisi.lower()] = None
    return list(utiles), list(laisses)


def citer(question, passages):
    """Of each of these « mots », the two phrases that hold the most of what is asked:
    [[(text, True for a word of the question)]].
    """
    index, stems = indexer(textes()), set()
    for stem, (poids, mot) in peser(mots_de(question)).items():
        stems |= set(reconnaitre(stem, mot, index)) if poids > BAS else set()
    return [_les_meilleures(*decouper(mots), stems) for mots in passages]


def _les_meilleures(phrases, places, stems):
    reperes = {place for stem in stems for place in places.get(stem, ())}
    nombres = Counter(rang for rang, _ in reperes)
    rangs = sorted(nombres, key=lambda rang: (-nombres[rang], -len(phrases[rang]), rang))[:2]
    return [[(bout, (rang, n) in reperes) for n, bout in enumerate(phrases[rang])] for rang in rangs]


@functools.lru_cache(maxsize=500)
def decouper(mots):
    """([the pieces of each phrase of « mots »], {stem: {(the phrase, its piece) that holds it}})."""
    phrases = [[bout for bout in re.split(r'(\W+)', phrase.strip()) if bout] for phrase in mots.split(',')]
    places = defaultdict(set)
    for rang, phrase in enumerate(phrases):
        for n, bout in enumerate(phrase):
            for mot in mots_de(bout):
                places[racine(mot)].add((rang, n))
    return phrases, dict(places)
