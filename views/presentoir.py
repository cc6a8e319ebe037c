"""One content as it is shown: its address, its words, its days, its files and images; its page, for everyone, for the
preview of who writes it and for the contributeurs. What is published is decided by verbes/contenus, never here.
"""
import re
from collections import Counter, defaultdict
from datetime import date
from urllib.parse import quote

import models
import langue
from models import Collectivite, Contenu, Document, en_periode_electorale
from langue import MOIS, PARIS, SEMAINE, aujourdhui, dire_heure_ecrite, dire_jour_long
from verbes import perimetre, recherche
from verbes.contenus.contenus import LIENS, instant_de, publies
from verbes.contenus.images import MOMENTS
from verbes.etiquettes import libelles
from verbes.regles import CLASSES_DE_DOCUMENT, GENRES_DE_CONTENU, NATURES_DE_DOCUMENT, NATURES_DE_RESSOURCE
from views import espacer, page, request
from views.vitrine import adresse, fiches_publiees, jours

# Of a list, everything but the text.
SANS_CORPS = [colonne for colonne in Contenu._meta.sorted_fields if colonne.name != 'corps']
PREMIERS = 3                                                        # on the home page, of a search: of each kind
VOISINS = 2                                                         # contents about the same fiches, of each kind


def adresse_de(contenu):
    """« /actualites/12-une-cour-a-l-ombre »; '' of what the public reads nowhere."""
    dossier = GENRES_DE_CONTENU[contenu.genre].adresse
    if not dossier or contenu.audience != 'public':
        return ''
    return adresse(dossier, contenu.id or 0, contenu.titre)


# ---- A content, ready to show ----

def presenter(contenu):
    """A content as a dict of what its page and the lists show.

    One that is not written yet (id None or 0), or that says something else than the base, gives its links in an
    attribute `liens`, {'fiches': [ids], 'collectivites': [ids], 'structures': [ids]}.
    """
    return presenter_tous([contenu])[0]


def presenter_tous(contenus):
    """The same of several, in as many queries as for one."""
    contenus = list(contenus)
    if not contenus:
        return []
    ids = [contenu.id for contenu in contenus if contenu.id]
    liens = {nom: _lire_liens(nom, ids) for nom in LIENS}
    joints = _lire_documents(ids)
    cibles = {nom: {c.id or 0: _lies(c, nom, liens) for c in contenus} for nom in LIENS}
    lieux = _lire_collectivites({id_ for siens in cibles['collectivites'].values() for id_ in siens}
                                | {c.collectivite_id for c in contenus if c.collectivite_id})
    fiches = {fiche['id']: fiche for fiche in fiches_publiees()}
    return [_presenter(c, {nom: cibles[nom][c.id or 0] for nom in LIENS}, joints, lieux, fiches) for c in contenus]


def _lies(contenu, nom, liens):
    dits = getattr(contenu, 'liens', None)
    return dits.get(nom, []) if dits is not None else liens[nom][contenu.id or 0]


def _lire_liens(nom, ids):
    """{content: [ids of what it is linked to]}."""
    table, colonne = LIENS[nom]
    lignes = table.select(table.contenu, getattr(table, colonne)).where(table.contenu.in_(ids)).tuples()
    liens = defaultdict(list)
    for contenu, lie in lignes:
        liens[contenu].append(lie)
    return liens


def _lire_documents(ids):
    """{(content, « contenu » or « image »): [its files, or its images]}, without the bytes nor what is withdrawn."""
    lignes = (Document.select(Document.id, Document.genre, Document.objet, Document.titre, Document.type,
                              Document.taille, Document.accessible, Document.a_qui, Document.legende, Document.credit,
                              Document.moment, Document.largeur, Document.hauteur)
              .where(Document.genre.in_(('contenu', 'image')), Document.objet.in_([str(id_) for id_ in ids]),
                     Document.retire_le.is_null()).order_by(Document.id).dicts())
    joints = defaultdict(list)
    for ligne in lignes:
        joints[int(ligne['objet']), ligne['genre']].append(ligne)
    return joints


def _lire_collectivites(ids):
    """{id: what is said of a collectivité}."""
    epci = libelles()['epci']
    lignes = Collectivite.select(Collectivite.id, Collectivite.nom, Collectivite.type, Collectivite.population).where(
        Collectivite.id.in_(ids)).dicts() if ids else ()
    collectivites = {}
    for ligne in lignes:
        commune = ligne['type'] == 'Commune'
        id_epci = perimetre.epci(ligne['id']) if commune else None
        collectivites[ligne['id']] = ligne | {
            'nom_complet': f'Commune {langue.de(ligne["nom"])}' if commune else ligne['nom'],
            'epci': epci[id_epci].nom if id_epci in epci else '',
        }
    return collectivites


def _presenter(contenu, liens, joints, lieux, fiches):
    noms, genre = libelles(), GENRES_DE_CONTENU[contenu.genre]
    nature, modele = _nature(contenu)
    theme = noms['theme'].get(contenu.theme_id)
    structure = noms['structure'].get(contenu.structure_id)
    images = [_image(joint) for joint in joints[contenu.id or 0, 'image']]
    return {
        'id': contenu.id or 0, 'genre': contenu.genre, 'genre_dit': genre.libelle, 'adresse': adresse_de(contenu),
        'titre': espacer(contenu.titre), 'resume': espacer(contenu.resume), 'corps': contenu.corps or '',
        'theme': contenu.theme_id, 'theme_nom': theme.nom if theme else '',
        'structure': structure.nom if structure else '', 'audience': contenu.audience, 'etat': contenu.etat,
        'publie_le': contenu.publie_le or aujourdhui(), 'nature': nature, 'modele': modele,
        'modifie_le': langue.jour_de(contenu.modifie_le or aujourdhui()),
        'verifie_le': contenu.verifie_le, 'a_revoir_le': contenu.a_revoir_le,
        'a_revoir': bool(contenu.a_revoir_le and contenu.a_revoir_le < aujourdhui()),
        'classe': contenu.classe, 'classe_dite': CLASSES_DE_DOCUMENT.get(contenu.classe, ''),
        'groupe': contenu.groupe_id, 'seance_le': contenu.seance_le, 'a_qui': espacer(contenu.a_qui),
        'collectivite': lieux.get(contenu.collectivite_id), 'annee': contenu.annee,
        'cout': [espacer(partie.strip()) for partie in re.split(r'\n|\s;\s', contenu.cout) if partie.strip()],
        'accord_par': contenu.accord_par, 'accord_le': contenu.accord_le,
        'lieu': espacer(contenu.lieu), 'inscription': _inscription(contenu), **_quand(contenu),
        'fiches': [fiches[id_] for id_ in liens['fiches'] if id_ in fiches],
        'structures': [noms['structure'][id_] for id_ in liens['structures']],
        'collectivites': [lieux[id_] for id_ in liens['collectivites'] if id_ in lieux],
        'fichiers': [_fichier(joint) for joint in joints[contenu.id or 0, 'contenu']],
        'images': images, 'vignette': _vignette(images),
    }


def _vignette(images):
    """The image that stands for a content where it is not read: what became of the projet, else the first."""
    return next((image for image in images if image['quand'] == 'apres'), images[0] if images else None)


def _nature(contenu):
    """(its label, is it a model to adapt?)."""
    if contenu.genre == 'ressource':
        return NATURES_DE_RESSOURCE.get(contenu.nature, ('', False))
    return NATURES_DE_DOCUMENT.get(contenu.nature, ''), False


def _fichier(joint):
    return joint | {'titre': espacer(joint['titre']), 'adresse': adresse('/documents', joint['id'], joint['titre']),
                    'a_qui': espacer(joint['a_qui'])}


# What a legend begins with when it says the day of the picture: « Juin 2023. », « 12 juin 2023. »
DATE_DE_LEGENDE = re.compile(r'([^.]{0,20}\b(?:19|20)[0-9]{2})\.\s+')


def _image(joint):
    """moment: « Avant, juin 2023. », '' of an image that is neither."""
    mot, legende = MOMENTS.get(joint['moment'], ''), joint['legende']
    date_dite = mot and DATE_DE_LEGENDE.match(legende)
    if date_dite:
        dite = date_dite[1][0].lower() + date_dite[1][1:]
        mot, legende = f'{mot}, {dite}', legende[date_dite.end():]
    return joint | {'moment': f'{mot}.' if mot else '', 'quand': joint['moment'], 'legende': espacer(legende),
                    'credit': espacer(joint['credit']), 'alternative': espacer(joint['titre']),
                    'adresse': f'/images/{joint["id"]}'}


# ---- The days of an évènement ----

def _quand(contenu):
    """feuillet: the leaf of a calendar; dates, horaires: [(words, their datetime or '')], to be written one after the
    other; passe: over since yesterday.
    """
    if not contenu.debut_le:
        return {'debut_le': None, 'debut_a': '', 'fin_le': None, 'fin_a': '', 'passe': False, 'feuillet': None,
                'dates': [], 'horaires': []}
    fin_le = contenu.fin_le or contenu.debut_le
    debut, fin = date.fromisoformat(contenu.debut_le), date.fromisoformat(fin_le)
    return {'debut_le': contenu.debut_le, 'debut_a': contenu.debut_a, 'fin_le': fin_le, 'fin_a': contenu.fin_a,
            'passe': fin_le < aujourdhui(),
            'feuillet': _feuillet(debut, fin), 'dates': _dates(contenu.debut_le, fin_le),
            'horaires': _horaires(debut, contenu.debut_a, fin, contenu.fin_a)}


MOIS_COURTS = ('janv.', 'févr.', 'mars', 'avril', 'mai', 'juin', 'juil.', 'août', 'sept.', 'oct.', 'nov.', 'déc.')


def _feuillet(debut, fin):
    """{datetime, semaine, jour, mois, annee}; the year is '' in this one."""
    annee = '' if fin.year == int(aujourdhui()[:4]) else str(fin.year)
    if debut == fin:
        return {'iso': debut.isoformat(), 'semaine': SEMAINE[debut.weekday()], 'jour': str(debut.day),
                'mois': MOIS[debut.month - 1], 'annee': annee}
    return {'iso': debut.isoformat(), 'jour': f'{debut.day}–{fin.day}', 'annee': annee,
            'semaine': f'{SEMAINE[debut.weekday()][:3]}. – {SEMAINE[fin.weekday()][:3]}.',
            'mois': MOIS[fin.month - 1] if debut.month == fin.month
            else f'{MOIS_COURTS[debut.month - 1]} – {MOIS_COURTS[fin.month - 1]}'}


def _dates(debut_le, fin_le):
    if debut_le == fin_le:
        return [(dire_jour_long(debut_le), debut_le)]
    meme_annee = debut_le[:4] == fin_le[:4]
    return [('Du ', ''), (dire_jour_long(debut_le, annee=not meme_annee), debut_le),
            (' au ', ''), (dire_jour_long(fin_le), fin_le)]


def _horaires(debut, debut_a, fin, fin_a):
    """« De 9 h à 16 h 30 », « Du vendredi 9 h au samedi 13 h », « Toute la journée »."""
    la, ici = (_en_iso(debut, debut_a), dire_heure_ecrite(debut_a)), (_en_iso(fin, fin_a), dire_heure_ecrite(fin_a))
    if debut != fin:
        loin = (fin - debut).days > 6
        return [('Du ', ''), (_jour_et_heure(debut, la[1], loin), la[0]),
                (' au ', ''), (_jour_et_heure(fin, ici[1], loin), ici[0])]
    if debut_a and fin_a:
        return [('De ', ''), la[::-1], (' à ', ''), ici[::-1]]
    if debut_a:
        return [('À partir de ', ''), la[::-1]]
    return [('Jusqu\'à ', ''), ici[::-1]] if fin_a else [('Toute la journée', '')]


def _jour_et_heure(jour, heure, loin):
    """« vendredi 9 h », « vendredi 12 mars, 9 h » when the week is not enough to know the day."""
    dit = dire_jour_long(jour.isoformat(), annee=False) if loin else SEMAINE[jour.weekday()]
    return f'{dit}{"," if loin else ""} {heure}' if heure else dit


def _en_iso(jour, heure):
    """« 2026-12-08T09:00+01:00 » of a day and an hour of Paris; the day alone without an hour. An hour that the change
    of hour skips is the one that clocks then show.
    """
    return instant_de(jour, heure).astimezone(PARIS).isoformat(timespec='minutes') if heure else jour.isoformat()


def _inscription(contenu):
    """{lien, par_courriel, dite, au, close} of how to register, or None."""
    texte = contenu.inscription.strip()
    if not texte and not contenu.inscription_au:
        return None
    par_courriel = bool(langue.adresse(texte))
    lien = f'mailto:{texte}?subject={quote(contenu.titre)}' if par_courriel else texte
    return {'lien': lien if par_courriel or re.match('https?://', texte) else '', 'par_courriel': par_courriel,
            'dite': texte, 'au': contenu.inscription_au,
            'close': bool(contenu.inscription_au and contenu.inscription_au < aujourdhui())}


# ---- Those that everyone reads ----

@models.gardee
def contenus_publics():
    """Every content that is published for everyone today, as presenter gives it but for its text, newest first."""
    lus = publies(aujourdhui()).select(*SANS_CORPS).where(Contenu.genre != 'document')
    return presenter_tous(lus.order_by(Contenu.publie_le.desc(), Contenu.id.desc()))


def du_genre(genre):
    """Those of a kind, newest first; évènements by their first day."""
    siens = [contenu for contenu in contenus_publics() if contenu['genre'] == genre]
    return sorted(siens, key=_premier_jour) if genre == 'evenement' else siens


def _premier_jour(contenu):
    return contenu['debut_le'] or ''


def a_venir():
    """The évènements that are not over, the next one first."""
    return [contenu for contenu in du_genre('evenement') if contenu['debut_le'] and not contenu['passe']]


def en_vedette():
    """The projet of the home page, the last one published; None during a période électorale."""
    if en_periode_electorale(request.contexte['reglages'], aujourdhui()):
        return None
    return next(iter(du_genre('projet')), None)


def de_la_fiche(id_):
    """{kind: the contents that are linked to a fiche}."""
    lies = defaultdict(list)
    for contenu in contenus_publics():
        if any(fiche['id'] == id_ for fiche in contenu['fiches']):
            lies[contenu['genre']].append(contenu)
    return dict(lies)


@models.gardee
def _textes():
    """What the search reads of each; of a model, people ask for what it is."""
    publics, textes = contenus_publics(), []
    corps = dict(publies(aujourdhui()).select(Contenu.id, Contenu.corps).tuples()) if publics else {}
    for contenu in publics:
        lieux = [lieu['nom'] for lieu in (contenu['collectivite'], *contenu['collectivites']) if lieu]
        reste = [corps[contenu['id']], contenu['lieu'], *(joint['titre'] for joint in contenu['fichiers'])]
        textes.append(recherche.Texte(contenu['id'], contenu['titre'], ' '.join([contenu['nature'], *lieux]),
                                      contenu['resume'], contenu['theme_nom'], ' '.join(reste)))
    return tuple(textes)


def chercher(question):
    """Those that are near to a few words, nearest first, PREMIERS of each kind."""
    par_id, combien, contenus = {contenu['id']: contenu for contenu in contenus_publics()}, Counter(), []
    for proche in recherche.proches_parmi(question, _textes()):
        contenu = par_id[proche.id]
        combien[contenu['genre']] += 1
        if combien[contenu['genre']] <= PREMIERS:
            contenus.append(contenu)
    return contenus


def _proches(presente):
    """{kind: the contents about one of the same fiches}, VOISINS of each, but this one; évènements to come alone."""
    fiches = {fiche['id'] for fiche in presente['fiches']}
    proches = defaultdict(list)
    autres = [contenu for contenu in contenus_publics() if contenu['id'] != presente['id'] and not contenu['passe']]
    for contenu in sorted(autres, key=_premier_jour):               # of an évènement; the others stay newest first
        if fiches & {fiche['id'] for fiche in contenu['fiches']}:
            proches[contenu['genre']].append(contenu)
    return {genre: lus[:VOISINS] for genre, lus in proches.items()}


# ---- The page of one ----

def page_de_contenu(contenu, apercu=False):
    """The public page of a content, published or not. apercu: what who writes it is shown, before it is published."""
    presente = presenter(contenu)
    avant, apres = _voisins(presente)
    return page(f'contenus/{contenu.genre}.html', contenu=presente, apercu=apercu, jours=jours(),
                cadre='gabarit.html' if presente['audience'] == 'public' else 'gabarit_espace.html',
                genre=GENRES_DE_CONTENU[contenu.genre], proches=_proches(presente), avant=avant, apres=apres,
                avant_apres=[image for quand in MOMENTS for image in presente['images'] if image['quand'] == quand],
                autres_images=[image for image in presente['images'] if not image['quand']],
                complete=models.SITE['url'] + presente['adresse'], jour=aujourdhui())


def _voisins(presente):
    """(the actualité before this one, the next one), or None: of the other kinds, neither."""
    actualites = du_genre('actualite') if presente['genre'] == 'actualite' else []
    place = next((rang for rang, contenu in enumerate(actualites) if contenu['id'] == presente['id']), None)
    if place is None:
        return None, None
    return (*actualites[place + 1:place + 2], None)[0], actualites[place - 1] if place else None
