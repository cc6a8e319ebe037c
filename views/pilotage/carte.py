"""The map of steering: the communes by their last demande, the EPCI by their demandes for 1,000 inhabitants; its table
and its CSV, which say the same. Without contours there is the table alone.
"""
import functools

from markupsafe import Markup

import langue
from models import Refus, lecture
from langue import dire_jour, dire_nombre
from verbes.demande import liste
from verbes.pilotage import carte, territoires
from views import app, choix, page, parametre, rendu, request
from views.criteres import adresse_de, ignore, oter_les_vides, page_voulue, une_page
from views.exports import csv_fichier, livrer
from .mesures import (
    PERIODE, TERRITOIRES, champs_des_lieux, choix_des_territoires, lire_lieux, periodes, premiere_annee)

PAGE = '/espace/pilotage/carte'
# The drawings of the classes (graphiques.motifs), from the first; that of the last class, of what nothing is known of.
MOTIFS, RIEN = {'communes': (0, 1, 2, 3), 'epci': (0, 1, 2, 5)}, 4
TITRES = {'communes': 'Communes, selon leur dernière demande',
          'epci': 'Intercommunalités, demandes pour 1\u00a0000 habitants, {}'}
# name: the title of its column; « valeur » is the last demande, or the rate.
COLONNES = {
    'communes': {'nom': 'Commune', 'groupe': 'Intercommunalité', 'population': 'Habitants', 'ouvertes': 'Ouvertes',
                 'recues': 'En 24\u00a0mois', 'valeur': 'Dernière demande'},
    'epci':     {'nom': 'Intercommunalité', 'groupe': 'Communes', 'population': 'Habitants', 'ouvertes': 'Ouvertes',
                 'recues': 'En 24\u00a0mois', 'valeur': 'Pour 1\u00a0000 habitants'},
}
NOMBRES = ('population', 'ouvertes', 'recues')
DESCENDANTS = {*NOMBRES, 'valeur'}                                  # the sort that a first click asks for


@app.get(PAGE, qui='lecteur')
def montrer():
    oter_les_vides(PAGE)
    quoi, tri = _lire_vue()
    agent, courante, lieux, canton = request.agent, page_voulue(), lire_lieux(), _lire_canton(quoi)
    lecteur, criteres = territoires.vue(agent), (lieux.paires, canton)
    adresse = {'vue': quoi} | lieux.adresse | ({'canton': canton} if canton else {})
    return page('pilotage/carte/carte.html', quoi=quoi, voulue=courante, champs=_champs(quoi), adresse=adresse,
                periodes=periodes(parametre('periode'), premiere_annee(), bool(agent.lecteur_au)),
                ignore=ignore('vue', 'tri', 'page', *PERIODE, 'theme', 'type', 'canton'), lien=adresse_de,
                dessin=_dessiner(quoi, lecteur, *criteres, lieux.quand), tableau=_tabler(
                    quoi, tri, courante, lecteur, bool(agent.lecteur_au), *criteres, adresse, lieux.quand))


def _champs(quoi):
    """The filters of the map, with their choices; the canton is of the communes alone."""
    cantons = choix.remplir([c for c in TERRITOIRES if c.nom == 'canton' and quoi == 'communes'],
                            choix_des_territoires())
    return [*champs_des_lieux(), *(c for c in cantons if len(c.choix) > 1)]


def _lire_canton(quoi):
    canton = parametre('canton').strip()
    if canton and (quoi != 'communes' or not liste.CONDITIONS['canton'].valable(canton)):
        raise Refus('Le canton filtre la carte des communes. Revenez à elle.', 400)
    return canton


def _lire_vue():
    """(one of carte.VUES, a sort « nom » or « -nom ») of the address; Refus 400."""
    quoi, tri = parametre('vue').strip() or 'communes', parametre('tri').strip() or 'nom'
    if quoi not in carte.VUES or tri.removeprefix('-') not in COLONNES[quoi]:
        raise Refus('Cette carte n\'existe pas, ou ne se trie pas ainsi. Revenez à la carte des communes.', 400)
    return quoi, tri


def _dessiner(quoi, lecteur, paires, canton, quand):
    """The map and its legend, rendered."""
    classes, rangees = carte.regarder(lecteur, quoi, paires, canton)
    formes = carte.formes()
    motifs = [*MOTIFS[quoi][:len(classes) - 1], RIEN]
    return Markup(rendu.get_template('pilotage/carte/dessin.html').render(
        quoi=quoi, titre=_titre(quoi, paires, quand), formes=formes, quand=quand,
        groupes=_groupes(classes, rangees, formes, quoi, motifs),
        legende=[(motif, classe.dit, _dire_classe(classe, quoi)) for motif, classe in zip(motifs, classes)],
        sans=sum(r.id not in getattr(formes, quoi) for r in rangees), administre=lecteur.administre,
        direct=territoires.DIRECT))


def _tabler(quoi, tri, voulue, lecteur, annees, paires, canton, adresse, quand):
    """The page wanted of the table, rendered. annees: days are years."""
    rangees, pages = une_page(
        trier(carte.regarder(lecteur, quoi, paires, canton)[1], tri),
        lambda **autre: adresse_de(adresse | {'tri': tri} | autre, PAGE) + '#tableau', voulue)
    return Markup(rendu.get_template('pilotage/carte/tableau.html').render(
        quoi=quoi, titre=_titre(quoi, paires, quand), rangees=rangees, nombres=_nombres(quoi),
        colonnes=_colonnes(quoi, tri, adresse, paires), csv=adresse_de(adresse, f'{PAGE}.csv'),
        liens=not annees, criteres=_criteres(quoi, paires), lien=adresse_de,
        valeur=functools.partial(dire_valeur, quoi, annees=annees), **pages))


def _titre(quoi, paires, quand):
    if quoi == 'communes':
        return f'Communes, demandes déposées {quand}' if 'depuis' in dict(paires) else TITRES[quoi]
    return TITRES[quoi].format(quand)


def _nombres(quoi):
    """The columns that are numbers."""
    return (*NOMBRES, 'groupe', 'valeur') if quoi == 'epci' else NOMBRES


def _groupes(classes, rangees, formes, quoi, motifs):
    traces = getattr(formes, quoi)
    return [(motif, classe.dit, [(f'/espace/collectivites/{r.id}', _dire_forme(r, quoi), traces[r.id])
                                 for r in rangees if r.classe == rang and r.id in traces])
            for rang, (motif, classe) in enumerate(zip(motifs, classes))]


def _dire_forme(r, quoi):
    """What a shape is called: the name and the class of its row."""
    return f'{r.nom}\u00a0: {r.dit}' + (f', {dire_nombre(r.recues, "demande")}' if quoi == 'epci' else '')


def _dire_classe(classe, quoi):
    combien = dire_nombre(classe.nombre, 'commune' if quoi == 'communes' else 'intercommunalité')
    return f'{combien}, {dire_nombre(classe.population, "habitant")}'


def trier(rangees, tri):
    """The rows so sorted, by name in any case of equality; those without a value last."""
    nom = tri.removeprefix('-')
    par_nom = sorted(rangees, key=lambda r: langue.ordre_alphabetique(r.nom))
    avec, sans = ([r for r in par_nom if (getattr(r, nom) in (None, '')) == vide] for vide in (False, True))
    return sorted(avec, key=lambda r: _ordre(getattr(r, nom)), reverse=tri.startswith('-')) + sans


def _ordre(valeur):
    return langue.ordre_alphabetique(valeur) if isinstance(valeur, str) else valeur


def _colonnes(quoi, tri, adresse, paires):
    """[(name, title, aria-sort or '', the address of a click)]."""
    nom, baisse = tri.removeprefix('-'), tri.startswith('-')
    colonnes = []
    for colonne, titre in _titres(quoi, paires).items():
        sens = ('descending' if baisse else 'ascending') if colonne == nom else ''
        vers = f'-{colonne}' if (not baisse if sens else colonne in DESCENDANTS) else colonne
        colonnes.append((colonne, titre, sens, adresse_de(adresse | {'tri': vers}, PAGE) + '#tableau'))
    return colonnes


def _titres(quoi, paires):
    """COLONNES, « En 24 mois » being « Demandes » of a period."""
    return COLONNES[quoi] | ({'recues': 'Demandes'} if 'depuis' in dict(paires) else {})


def dire_valeur(quoi, r, annees=False):
    """The last demande or the rate of a row, in words; '' without any."""
    if r.valeur is None:
        return ''
    if quoi == 'epci':
        return carte.dire_taux(r.valeur)
    return r.valeur[:4] if annees else dire_jour(r.valeur, True)


def _criteres(quoi, paires):
    """(the criterion of a row, what the list behind « recues » is asked besides, what that of « ouvertes » is)."""
    criteres = dict(paires)
    ouvertes = {nom: valeur for nom, valeur in criteres.items() if nom not in ('depuis', 'jusqua')}
    return ('collectivite' if quoi == 'communes' else 'epci',
            {'recues': 'oui', 'depuis': territoires.depuis()} | criteres, {'ouvertes': 'oui'} | ouvertes)


@app.get(f'{PAGE}.csv', qui='lecteur', transaction=False)
def exporter():
    with lecture():
        quoi, tri = _lire_vue()
        agent, lieux, canton = request.agent, lire_lieux(), _lire_canton(quoi)
        _, rangees = carte.regarder(territoires.vue(agent), quoi, lieux.paires, canton)
        titres = [*(titre.replace('\u00a0', ' ') for titre in _titres(quoi, lieux.paires).values()), 'Classe']
        lignes = [(r.nom, r.groupe, r.population, r.ouvertes, r.recues,
                   dire_valeur(quoi, r, bool(agent.lecteur_au)), r.dit.replace('\u00a0', ' '))
                  for r in trier(rangees, tri)]
    fichier, nombre = csv_fichier(f'carte-{quoi}-{langue.aujourdhui()}.csv', titres, lignes)
    return livrer(fichier, f'carte des {carte.VUES[quoi].lower()}\u00a0: {dire_nombre(nombre, "ligne")}',
                  [*lieux.adresse, *['canton'] * bool(canton)])
