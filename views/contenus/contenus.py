"""The contents that everyone reads: actualités, ressources, projets exemplaires, agenda, and the page of each.

As for the catalogue, a list reads all that is published once (presentoir.contenus_publics, kept in memory), then
filters and counts in Python.
"""
from collections import Counter
from urllib.parse import urlencode

from models import SITE, Contenu, Refus
from langue import aujourdhui, dire_mois
from verbes.contenus.contenus import a_ete_publie, publies
from verbes.etiquettes import libelles
from verbes.regles import GENRES_DE_CONTENU
from views import aller, app, page, parametre
from views.entrees import IDENTIFIANT
from views.presentoir import PREMIERS, a_venir, adresse_de, du_genre, page_de_contenu
from views.vitrine import decouper

PAR_PAGE = 10
FILTRES = ('theme', 'annee', 'page')
RUBRIQUES = {genre.adresse[1:]: code for code, genre in GENRES_DE_CONTENU.items() if genre.adresse}


# ---- The lists ----

@app.get('/actualites', qui='public', gardee=FILTRES)
def actualites():
    return _liste('actualite', evenements=a_venir()[:PREMIERS])


@app.get('/projets', qui='public', gardee=FILTRES)
def projets():
    return _liste('projet')


@app.get('/ressources', qui='public', gardee=FILTRES)
def ressources():
    toutes = du_genre('ressource')
    combien = Counter(contenu['theme'] for contenu in toutes)
    par_theme = [(id_, nom, combien[id_]) for id_, nom in _themes(toutes).items()]
    return _liste('ressource', par_theme=par_theme, total=len(toutes))


def _liste(genre, **aussi):
    """One page of the contents of a kind that the filters (theme, annee) keep."""
    tous = du_genre(genre)
    themes, annees = _themes(tous), sorted({_annee(contenu) for contenu in tous}, reverse=True)
    theme = next((id_ for id_ in themes if str(id_) == parametre('theme')), None)
    annee = parametre('annee') if parametre('annee') in annees else ''
    ignore = bool((parametre('theme') and not theme) or (parametre('annee') and not annee))
    selection = [contenu for contenu in tous
                 if theme in (None, contenu['theme']) and annee in ('', _annee(contenu))]
    courante, pages, visibles = decouper(selection, PAR_PAGE)
    adresse, filtre = GENRES_DE_CONTENU[genre].adresse, {'theme': theme, 'annee': annee}
    criteres = urlencode({nom: valeur for nom, valeur in filtre.items() if valeur})
    dits = ''.join(f' · {dit}' for dit in (themes.get(theme), annee) if dit)
    return page(f'contenus{adresse}.html', contenus=visibles, nombre=len(selection), themes=themes, theme=theme,
                annees=annees, annee=annee, ignore=ignore, filtre=bool(criteres), dits=dits, courante=courante,
                pages=pages, suite=f'{adresse}?{criteres}&' if criteres else f'{adresse}?', **aussi)


def _themes(contenus):
    """{id: name} of the themes that hold one of these, in the order of the catalogue."""
    siens = {contenu['theme'] for contenu in contenus}
    return {id_: theme.nom for id_, theme in libelles()['theme'].items() if id_ in siens}


def _annee(contenu):
    """The year under which it is found: of a projet, its own."""
    return str(contenu['annee'] or contenu['publie_le'][:4])


# ---- The agenda ----

@app.get('/agenda', qui='public', gardee=('annee',))
def agenda():
    passes = [contenu for contenu in du_genre('evenement') if contenu['passe']]
    annees = sorted({contenu['debut_le'][:4] for contenu in passes}, reverse=True)
    annee = parametre('annee') if parametre('annee') in annees else ''
    montres = [contenu for contenu in reversed(passes) if contenu['debut_le'][:4] == annee] if annee else a_venir()
    return page('contenus/agenda.html', mois=_par_mois(montres), annee=annee, ics=f'{SITE["url"]}/agenda.ics',
                ignore=parametre('annee') != annee, annees=[autre for autre in annees if autre != annee])


def _par_mois(evenements):
    """[(« Décembre 2026 », those that begin in it)], in the order given; those under way are in the month of today."""
    mois = {}
    for contenu in evenements:
        jour = contenu['debut_le'] if contenu['passe'] else max(contenu['debut_le'], aujourdhui())
        mois.setdefault(dire_mois(jour).capitalize(), []).append(contenu)
    return list(mois.items())


# ---- One of them ----

@app.get(f'/<rubrique:re:{"|".join(RUBRIQUES)}>/{IDENTIFIANT}', qui='public', gardee=())
def contenu(rubrique, id, fin):
    genre = RUBRIQUES[rubrique]
    contenu = publies(aujourdhui()).where(Contenu.id == int(id), Contenu.genre == genre).first()
    if contenu is None:
        raise _absent(int(id), genre)
    if f'/{rubrique}/{id}{fin}' != adresse_de(contenu):
        aller(adresse_de(contenu))
    return page_de_contenu(contenu)


def _absent(id, genre):
    """The Refus of an address that shows nothing: 410 of what was public and has been withdrawn, 404 of the others."""
    pluriel = GENRES_DE_CONTENU[genre].pluriel
    retire = Contenu.get_or_none(Contenu.id == id, Contenu.genre == genre)
    if retire and retire.audience == 'public' and a_ete_publie(retire):
        return Refus(f'Cette page a été retirée\u00a0: elle n\'est plus consultable. '
                     f'Voyez ce qui est publié dans la rubrique «\u00a0{pluriel}\u00a0».', 410)
    return Refus(f'Cette page n\'existe pas, ou n\'est pas publiée aujourd\'hui. '
                 f'Repartez de la rubrique «\u00a0{pluriel}\u00a0», ou cherchez avec vos mots.', 404)
