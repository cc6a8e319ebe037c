"""« Pilotage »: the figures of a period, each with its rule, each opening the list behind it (regles.md §11)."""
from markupsafe import Markup

import langue
from models import Refus
from verbes import comptes, etiquettes, regles
from verbes.demande import liste
from verbes.pilotage import chiffres, tableaux
from views import aller, app, choix, page, parametre, rendu, request
from views.champs import Champ
from views.criteres import adresse_de, ignore, oter_les_vides
from .mesures import (
    CHAMPS, DU_LECTEUR, ORIGINES, PAGE, PERIMETRES, PERIODE, barres_du_mois, choix_des_territoires, dire_filtres,
    en_jours, lire_mesures, periode_d_ouverture, periodes,
    premiere_annee, refus_au_lecteur)

EPCI = Champ('epci', 'Intercommunalité', 'choix', choix='Toutes')    # of a « lecteur », one; else boxes
TOUJOURS_VUS = 5                                                    # of CHAMPS; the others under « Plus de filtres »


# The chapters of the page, each loaded apart: (words, rows of columns of tables).
CHAPITRES = {
    'essentiel':  ('L\'essentiel', ((('mois', 'origines'), ('theme',)),)),
    'promesse':   ('Promesse de rappel', ((('temps',),), (('delais', 'structures_delais'), ('confirme',)))),
    'demandes':   ('Qui demande quoi', ((('structure', 'direction'), ('type', 'epci', 'canton')), (('fiche',),))),
    'suites':     ('Ce qu\'elles deviennent', ((('ouvertes', 'statuts', 'a_part'), ('issues', 'ampleurs', 'rejets')),)),
    'annees':     ('Par année', ((('annees',),), (('annees_structures',),))),
    'croises':    ('Qui avec qui', ((('theme_epci',),), (('ensemble',),))),
    'avis':       ('Avis des mairies', ((('avis', 'avis_structures'), ('avis_aide', 'avis_permis')),)),
}
TOUT = 'tout'
CHAPITRES[TOUT] = 'Tout', tuple(rang for _, rangs in CHAPITRES.values() for rang in rangs)


@app.get(PAGE, qui='lecteur')
def montrer():
    epci = [v for v in request.query.getall('epci') if v]
    if len(epci) > 1:                                               # as many boxes as were ticked
        aller(adresse_de(request.parametres | {'epci': ','.join(epci)}, PAGE))
    oter_les_vides(PAGE)
    try:
        periode, criteres = lire_mesures()
    except Refus as refus:
        if refus.champ != 'du':
            raise
        return _revenir(refus)
    lecteur = liste.lecteur(request.agent)
    chapitre = parametre('chapitre').strip() or 'essentiel'
    if chapitre not in CHAPITRES:
        raise Refus('Ce chapitre n\'existe pas. Revenez au pilotage.', 400)
    return page(
        'pilotage/pilotage.html', jours=tableaux.dire_jours(periode.du, periode.au), actifs=_actifs(criteres),
        ignore=ignore(*chiffres.FILTRES, *PERIODE, 'chapitre'), chapitre=chapitre,
        chapitres=_chapitres(criteres, lecteur),
        filtres=_filtres(criteres, _saisie(periode)),
        chiffres=_chiffres((periode.du, periode.au), criteres, lecteur, chapitre),
        rapport=adresse_de(en_jours(periode, criteres), f'{PAGE}/rapport'), comite=_comite(periode, criteres),
        lecteurs=comptes.lecteurs(), cantons=tableaux.territoires()['canton'])


def _revenir(refus):
    """The form, with two dates that make no period, and why."""
    saisie = 'libre', *(jour if langue.un_jour(jour) else '' for jour in map(parametre, ('du', 'au')))
    return page('pilotage/periode.html', 400, phrase=refus.phrase, filtres=_filtres({}, saisie))


def _comite(lue, criteres):
    """The address of the « édition pour le comité » of these figures; of the last year, when it is not for it."""
    siens = {} if refus_au_lecteur(lue, criteres) else en_jours(lue, criteres)
    return adresse_de(siens | {'edition': 'comite'}, f'{PAGE}/rapport')


def _chapitres(criteres, lecteur):
    """[(code, words, address)] of the chapters that show something to this reader."""
    periode = {nom: parametre(nom) for nom in PERIODE}
    return [(code, dit, adresse_de(periode | criteres | {'chapitre': code if code != 'essentiel' else ''}, PAGE))
            for code, (dit, rangs) in CHAPITRES.items()
            if any(tableaux.montre(lecteur, criteres, nom) for rang in rangs for colonne in rang for nom in colonne)]


def _saisie(lue):
    """What the fields of the period say: (the code chosen, first day, last day)."""
    code = parametre('periode').strip() or periode_d_ouverture()
    return (code, lue.du, lue.au) if code == 'libre' else (code, '', '')


def _chiffres(jours, criteres, lecteur, chapitre):
    """A chapter of the figures of a period, rendered."""
    rangs = CHAPITRES[chapitre][1]
    avant = tableaux.d_avant(*jours)
    noms = {nom for rang in rangs for colonne in rang for nom in colonne}
    vue = tableaux.regarder(lecteur, criteres | dict(zip(('depuis', 'jusqua'), jours)), avant, noms)
    tables = tableaux.dresser(vue, noms)
    demande = en_jours(tableaux.Periode(*jours, ''), criteres)
    return Markup(rendu.get_template('pilotage/chiffres.html').render(
        tetes=tableaux.tetes(vue) if 'mois' in tables else [], tables=tables, rangs=rangs, sommaire=chapitre == TOUT,
        mois=barres_du_mois(tables['mois']) if 'mois' in tables else [], avant=avant,
        reprises=tableaux.en_reprise(tables),
        lien=adresse_de if liste.ouvre_les_listes(lecteur) else None,
        csv={nom: adresse_de(demande, f'{PAGE}/{nom}.csv') for nom in tables}, periode=tableaux.dire_jours(*jours)))


# ---- The filters ----

def _filtres(criteres, saisie):
    """The form, with the criteria chosen."""
    listes, ensemble = _listes(), bool(request.agent.lecteur_au)
    offerts = [c for c in (EPCI, *CHAMPS) if c.nom in DU_LECTEUR] if ensemble else CHAMPS
    champs = [c for c in choix.remplir(offerts, listes) if len(c.choix) > 1 or c.nom in criteres]
    return Markup(rendu.get_template('pilotage/filtres.html').render(
        vus=champs[:TOUJOURS_VUS], plus=champs[TOUJOURS_VUS:], criteres=criteres,
        periodes=periodes(saisie[0], premiere_annee()),
        saisie=saisie, ensemble=ensemble, chapitre=parametre('chapitre').strip(), epci=listes['epci'],
        coches=criteres.get('epci', '').split(','),
        ouvert=bool(saisie[1] or 'epci' in criteres or any(c.nom in criteres for c in champs[TOUJOURS_VUS:]))))


def _listes():
    """{filter: its choices}."""
    libelles = etiquettes.libelles()
    return {
        'structure': choix.options(libelles['structure']),
        'direction': choix.groupees(libelles['direction'], libelles['structure']),
        'theme': choix.themes(),
        'fiche': choix.groupees(libelles['fiche'], libelles['theme'], True),
        'type': tuple((t, t) for t in regles.TYPES),
        'origine': ORIGINES,
        'perimetre': PERIMETRES,
        **choix_des_territoires(),
    }


def _actifs(criteres):
    """[(words, address without it)] of each filter in force."""
    periode = {nom: parametre(nom) for nom in (*PERIODE, 'chapitre')}
    return [(dit, adresse_de(periode | {n: v for n, v in criteres.items() if n != nom}, PAGE))
            for nom, dit in dire_filtres(criteres)]
