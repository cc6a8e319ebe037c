"""« Pilotage »: the figures of a period, each with its rule, each opening the list behind it (domaine.md §11)."""
import functools

from markupsafe import Markup

import models
import langue
from models import Refus
from verbes import chiffres, liste, tableaux
from views import aller, app, choix, page, parametre, rendu, request
from views.champs import Champ
from views.criteres import adresse_de, oter_les_vides

PAGE = '/espace/pilotage'
PERIODE = ('periode', 'du', 'au')
TERRITOIRES = ('arrondissement', 'canton', 'petr', 'secteur')
# What the page is asked, and how it is said in the filters in force; choix: no choice, in words.
CHAMPS = (
    Champ('structure', 'Structure', 'choix', choix='Toutes'),
    Champ('direction', 'Direction', 'choix', choix='Toutes'),
    Champ('theme', 'Thème', 'choix', choix='Tous'),
    Champ('fiche', 'Fiche', 'choix', choix='Toutes'),
    Champ('type', 'Type de collectivité', 'choix', choix='Tous'),
    Champ('origine', 'Origine', 'choix', choix='Toutes'),
    Champ('arrondissement', 'Arrondissement', 'choix', choix='Tous'),
    Champ('canton', 'Canton', 'choix', choix='Tous'),
    Champ('petr', 'PETR', 'choix', choix='Tous'),
    Champ('secteur', 'Secteur', 'choix', choix='Tous'),
    Champ('perimetre', 'Communes fusionnées', 'choix', choix='Périmètre d\'aujourd\'hui'),
)
TOUJOURS_VUS = 5                                                    # of CHAMPS; the others under « Plus de filtres »
ORIGINES = (('plateforme', 'Par le formulaire'), ('direct', 'Reçues en direct'))
PERIMETRES = (('avant', 'Périmètre d\'avant les fusions'),)
SANS_PERIODE = 'Cette période n\'existe pas. Choisissez-la dans la liste, ou indiquez deux dates dans l\'ordre.'


@app.get(PAGE, qui='agent')
def montrer():
    epci = [v for v in request.query.getall('epci') if v]
    if len(epci) > 1:                                               # as many boxes as were ticked
        aller(adresse_de(request.parametres | {'epci': ','.join(epci)}, PAGE))
    oter_les_vides(PAGE)
    lue = lire_periode()
    criteres = lire_filtres()
    lecteur = liste.lecteur(request.agent)
    return page(
        'pilotage/pilotage.html', jours=tableaux.dire_jours(lue.du, lue.au), filtres=_filtres(
            tuple(criteres.items()), _saisie(lue), langue.jour_de(tableaux.premier_depot())[:4]),
        actifs=_actifs(criteres), chiffres=_chiffres((lue.du, lue.au), tuple(criteres.items()), lecteur))


def lire_periode():
    """The Periode of the address; Refus 400 of what is none."""
    lue = tableaux.periode(*(parametre(nom).strip() for nom in PERIODE))
    if not lue:
        raise Refus(SANS_PERIODE, 400)
    return lue


def lire_filtres():
    """The criteria of the address, in the order of chiffres.FILTRES, empty ones left out; Refus 400 on a bad value."""
    criteres = {nom: parametre(nom).strip() for nom in chiffres.FILTRES if parametre(nom).strip()}
    for nom, valeur in criteres.items():
        if not liste.CONDITIONS[nom].valable(valeur):
            raise Refus(f'Le filtre «\u00a0{nom}\u00a0» de cette adresse n\'est pas valable. Revenez au pilotage.', 400)
    return criteres


def _saisie(lue):
    """What the fields of the period say: (the code chosen, first day, last day)."""
    code = parametre('periode').strip()
    return (code, lue.du, lue.au) if code == 'libre' else (code, '', '')


@functools.partial(models.gardee, marque='demande', combien=50)
def _chiffres(jours, paires, lecteur):
    """The figures of a period, rendered: kept for these filters and for what the reader may read."""
    avant = tableaux.d_avant(*jours)
    vue = tableaux.regarder(lecteur, dict(paires) | dict(zip(('depuis', 'jusqua'), jours)), avant)
    tables = tableaux.dresser(vue)
    mois = [(_court(r.libelle), r.cases[0].nombre, r.cases[1].nombre) for r in tables['mois'].rangs]
    return Markup(rendu.get_template('pilotage/chiffres.html').render(
        tetes=tableaux.tetes(vue), tables=tables, mois=mois, avant=avant, lien=adresse_de,
        periode=tableaux.dire_jours(*jours)))


def _court(libelle):
    """« nov. » of « novembre 2026 »."""
    return tableaux.COURTS[tableaux.MOIS.index(libelle.split()[0])]


# ======================================================================================
# The filters
# ======================================================================================

@models.gardee
def _filtres(paires, saisie, premiere):
    """The form, with the criteria chosen; premiere: the year of the oldest deposit."""
    criteres = dict(paires)
    listes = _listes()
    champs = [c for c in choix.remplir(CHAMPS, listes) if len(c.choix) > 1 or c.nom in criteres]
    return Markup(rendu.get_template('pilotage/filtres.html').render(
        vus=champs[:TOUJOURS_VUS], plus=champs[TOUJOURS_VUS:], criteres=criteres, periodes=_periodes(premiere),
        saisie=saisie, epci=listes['epci'], coches=criteres.get('epci', '').split(','),
        ouvert=bool(saisie[1] or 'epci' in criteres or any(c.nom in criteres for c in champs[TOUJOURS_VUS:]))))


def _listes():
    """{filter: its choices}."""
    libelles = models.libelles()
    return {
        'structure': choix.options(libelles['structure']),
        'direction': choix.groupees(libelles['direction'], libelles['structure']),
        'theme': choix.themes(),
        'fiche': choix.groupees(libelles['fiche'], libelles['theme'], True),
        'type': tuple((t, t) for t in models.TYPES),
        'origine': ORIGINES,
        'perimetre': PERIMETRES,
        'epci': tuple((str(cle), libelles['epci'][cle].nom) for cle in tableaux.les_epci()),
        **{nom: tuple((v, v) for v in tableaux.territoires()[nom]) for nom in TERRITOIRES},
    }


def _periodes(premiere):
    """The choices of the period: years, quarters, months, the newest first."""
    jour = langue.aujourdhui()
    annees = [str(annee) for annee in range(int(jour[:4]), int(premiere) - 1, -1)]
    trimestres = [f'{annee}-T{rang}' for annee in annees[:3] for rang in (4, 3, 2, 1)
                  if f'{annee}-{3 * rang - 2:02}' <= jour[:7]]
    mois = [code for code, _, _ in reversed(tableaux.mois_de(*tableaux.periode()[:2]))]
    return (('Années', [(a, a) for a in annees]), ('Trimestres', [(t, _dire(t)) for t in trimestres]),
            ('Mois', [(m, _dire(m)) for m in mois]))


def _dire(code):
    dit = tableaux.periode(code).dit.removeprefix('le ')
    return dit[:1].upper() + dit[1:]


def _actifs(criteres):
    """[(words, address without it)] of each filter in force."""
    periode = {nom: parametre(nom) for nom in PERIODE}
    dits = {c.nom: c.libelle for c in CHAMPS} | {'epci': 'Intercommunalité'}
    return [(f'{dits[nom]}\u00a0: {_dire_valeur(nom, valeur)}',
             adresse_de(periode | {n: v for n, v in criteres.items() if n != nom}, PAGE))
            for nom, valeur in criteres.items()]


def _dire_valeur(nom, valeur):
    if nom in chiffres.PAR:
        return langue.enumerer([tableaux.dire_valeur(nom, liste.lire_valeur(nom, v)) for v in valeur.split(',')])
    return dict(ORIGINES + PERIMETRES).get(valeur, valeur)
