"""The report of a period, to be printed for the comité de suivi technique; each table of figures as a CSV.

Both show the tables of « Pilotage », under the same rules (verbes/pilotage/tableaux.py).
"""
from collections import namedtuple

from markupsafe import Markup

import models
import langue
from models import Contenu, Refus, lecture
from langue import dire_nombre
from verbes import etiquettes
from verbes.contenus.contenus import publies
from verbes.demande import liste
from verbes.pilotage import carte, evaluation, tableaux, territoires
from verbes.pilotage.tableaux import Case, Rang, Tableau
from views import app, page, parametre, rendu, request
from views.criteres import adresse_de
from views.exports import csv_fichier, livrer
from views.presentoir import adresse_de as adresse_du_contenu
from .mesures import EDITIONS, PAGE, barres_du_mois, dire_filtres, en_jours, lire_mesures, pour_un_lecteur


# ---- A table, as a CSV ----

@app.get(f'{PAGE}/<tableau:re:[a-z_]+>.csv', qui='lecteur', transaction=False)
def exporter(tableau):
    with lecture():
        periode, criteres = lire_mesures()
        vue = tableaux.regarder(request.agent, criteres | {'depuis': periode.du, 'jusqua': periode.au},
                                tableaux.d_avant(periode.du, periode.au), {tableau})
        table = tableaux.dresser(vue, {tableau}).get(tableau)
        if table is None:
            raise Refus('Ce tableau n\'existe pas, ou n\'est pas montré avec ces filtres. Revenez au pilotage.', 404)
        fichier, nombre = csv_fichier(
            f'{tableau.replace("_", "-")}-{periode.du}-{periode.au}.csv', *tableaux.en_lignes(table))
        filtres = [f'du {periode.du} au {periode.au}', *(dit for _, dit in dire_filtres(criteres))]
    return livrer(fichier, f'tableau «\u00a0{table.titre}\u00a0»\u00a0: {dire_nombre(nombre, "ligne")}', filtres)


# ---- The report ----

# Its parts: (title, what it says, the tables in it, in their order).
PARTIES = (
    ('Tenir la promesse de rappel', 'Ce qui a été promis à chaque collectivité, et ce qui a été tenu.',
     ('temps', 'delais', 'structures_delais', 'confirme')),
    ('Ce que les collectivités demandent', 'Les demandes reçues dans la période, des plus nombreuses aux moins.',
     ('theme', 'fiche', 'type', 'origines')),
    ('Est-ce que cela monte', 'Toutes les années connues, quelle que soit la période.',
     ('annees', 'annees_structures')),
    ('Qui demande quoi, qui travaille ensemble',
     'Les thèmes par intercommunalité, les équipes de plusieurs structures.', ('theme_epci', 'ensemble')),
    ('Qui les accompagne', 'Les équipes auxquelles ces demandes sont confiées.', ('structure', 'direction')),
    ('Où en sont ces demandes', 'L\'état aujourd\'hui des demandes reçues dans la période.',
     ('ouvertes', 'statuts', 'issues', 'ampleurs', 'rejets', 'a_part')),
)
AVIS = ('avis', 'avis_structures', 'avis_aide', 'avis_permis')
Projet = namedtuple('Projet', 'titre resume collectivite le adresse')


@app.get(f'{PAGE}/rapport', qui='lecteur', transaction=False)
def montrer_rapport():
    """The report of a period; « edition=comite »: what a « lecteur » would read of it, whoever prints it."""
    if parametre('edition') not in EDITIONS:
        raise Refus('Cette édition n\'existe pas. Revenez au pilotage.', 400)
    with lecture():
        periode, criteres = lire_mesures()
        edition = EDITIONS['comite' if pour_un_lecteur() else '']
        lecteur = territoires.DU_COMITE if pour_un_lecteur() else liste.lecteur(request.agent)
        jours = tableaux.dire_jours(periode.du, periode.au)
        feuille = _feuille((periode.du, periode.au), criteres, lecteur,
                           territoires.vue(lecteur if pour_un_lecteur() else request.agent), edition)
        filtres = [f'du {periode.du} au {periode.au}', *(dit for _, dit in dire_filtres(criteres))]
    return livrer(page('pilotage/rapport/rapport.html', periode=jours, feuille=feuille,
                       pilotage=adresse_de(en_jours(periode, criteres), PAGE)), f'rapport, {edition.lower()}', filtres)


def _feuille(jours, criteres, lecteur, ailleurs, edition):
    """The report, rendered; ailleurs: the same reader, as the map knows it (territoires.vue)."""
    avant = tableaux.d_avant(*jours)
    vue = tableaux.regarder(lecteur, criteres | dict(zip(('depuis', 'jusqua'), jours)), avant)
    tables = tableaux.dresser(vue)
    filtres = dict(dire_filtres(criteres))
    structure = filtres.pop('structure', '').partition('\u00a0: ')[2]
    return Markup(rendu.get_template('pilotage/rapport/feuille.html').render(
        edition=edition, periode=tableaux.dire_jours(*jours), structure=structure, filtres=list(filtres.values()),
        tetes=tableaux.tetes(vue), reprises=tableaux.en_reprise(tables), mois=barres_du_mois(tables['mois']),
        tables={nom: _pour_la_feuille(t) for nom, t in tables.items()},
        parties=[(titre, dit, [nom for nom in noms if nom in tables]) for titre, dit, noms in PARTIES],
        regles=_regles(tables), avant=avant.dit, jour=langue.aujourdhui(), avis=[nom for nom in AVIS if nom in tables],
        carte=_carte(ailleurs), territoires=_territoires(ailleurs),
        citations=evaluation.citations(lecteur, vue.criteres), projets=_projets(jours, criteres),
        reglages=models.Reglage.tous()))


LIGNES = 20                                                         # of a long table, that the report shows


def _pour_la_feuille(tableau):
    """Its first rows; the rules are said once, at the end."""
    reste = len(tableau.rangs) - LIGNES
    suite = (f'Les {LIGNES} premières lignes\u00a0; {dire_nombre(reste, "autre")} dans «\u00a0Pilotage\u00a0».',)
    notes = (*suite * (reste > 0), *tableau.notes)
    return tableau._replace(rangs=[r._replace(regle='') for r in tableau.rangs[:LIGNES]], notes=notes)


def _regles(tables):
    """[(title of a table, [(what some rows count, their rule)])] of those that have any."""
    regles = []
    for t in tables.values():
        par_regle = {}
        for r in t.rangs:
            par_regle.setdefault(r.regle, []).append(r.libelle)
        par_regle.pop('', None)
        regles.append((t.titre, [('\u00a0; '.join(libelles), regle) for regle, libelles in par_regle.items()]))
    return [(titre, rangs) for titre, rangs in regles if rangs]


# shapes: [(rank of the drawing, words of the class, [(address, name, « d » of its path)])], of the last class, without
# any demande, too; legende: the same drawings, how many communes and inhabitants.
Carte = namedtuple('Carte', 'formes largeur hauteur legende')


def _carte(lecteur):
    """The communes by their last demande, as the report draws them; None without contours."""
    formes = carte.formes()
    if not formes.communes:
        return None
    classes, rangees = carte.regarder(lecteur, 'communes')
    groupes = [(rang, classe.dit, [(f'/espace/collectivites/{r.id}', f'{r.nom}\u00a0: {r.dit}', formes.communes[r.id])
                                   for r in rangees if r.classe == rang and r.id in formes.communes])
               for rang, classe in enumerate(classes)]
    legende = [(rang, classe.dit, f'{dire_nombre(classe.nombre, "commune")}, '
                f'{dire_nombre(classe.population, "habitant")}') for rang, classe in enumerate(classes)]
    return Carte(groupes, formes.largeur, formes.hauteur, legende)


def _territoires(lecteur):
    """The Tableau of the intercommunalités over 24 months: what the map of the EPCI shows, and who has not asked."""
    groupes = territoires.par_epci(territoires.communes(lecteur), etiquettes.libelles()['epci'])
    sans = {groupe.id: groupe.sans for groupe in groupes}
    rangs = [Rang(r.nom, (Case(r.groupe), Case(r.population), Case(r.recues),
                          Case(None, '–' if r.valeur is None else carte.dire_taux(r.valeur)), Case(sans.get(r.id, 0))))
             for r in carte.regarder(lecteur, 'epci')[1]]
    return Tableau(
        'territoires', 'Depuis 24\u00a0mois, par intercommunalité',
        ('Intercommunalité', 'Communes', 'Habitants', 'Demandes', 'Pour 1\u00a0000 habitants',
         f'Communes {territoires.dire_sans(lecteur)}'),
        rangs, (f'{territoires.DIRECT} Pas de taux sous dix demandes, ni pour moins de trois référents.',),
        vide='La liste des collectivités est vide.')


def _projets(jours, criteres):
    """The projets exemplaires published in the period, of a structure or of a theme when these are asked for."""
    parus = (
        publies(langue.aujourdhui())
        .where(Contenu.genre == 'projet', Contenu.publie_le.between(*jours))
        .order_by(Contenu.publie_le.desc(), Contenu.id.desc())
    )
    if 'structure' in criteres:
        nommes = models.ContenuStructure.select(models.ContenuStructure.contenu).where(
            models.ContenuStructure.structure == int(criteres['structure']))
        parus = parus.where(Contenu.id.in_(nommes))
    if criteres.get('theme', liste.AUCUNE) != liste.AUCUNE:
        parus = parus.where(Contenu.theme == int(criteres['theme']))
    return [Projet(c.titre, c.resume, c.collectivite.nom if c.collectivite_id else '', c.publie_le,
                   adresse_du_contenu(c)) for c in parus]
