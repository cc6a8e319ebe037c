"""The map: the outlines of the communes, brought in from a GeoJSON file, and what the page draws of them.

The points are projected, then rounded to one grid for the whole file, so that two neighbours keep the same border: the
borders inside an EPCI, or inside a commune that has replaced others, then cancel each other. What each shape stands for
is a row of a table (Rangee), in one class of a legend: the table and the map are the same rows.
"""
import json
import math
from collections import defaultdict, namedtuple

import models
from models import Refus, db
from langue import dire_nombre, ordre_alphabetique

from verbes import etiquettes, perimetre
from verbes.demande import liste
from verbes.journal import auditer
from . import chiffres, territoires

# ---- Reading a GeoJSON file ----

OCTETS_MAX, POINTS_MAX = 20_000_000, 1_000_000
GRILLE = 1_000                                                      # steps along the longest side of the map
# Where the communes of France are, in degrees: west, south, east, north.
FRANCE = ((-5.5, 41, 10, 51.5), (-63.2, 14, -60.5, 18.2), (-55, 2, -51, 6.5), (55, -21.6, 56, -20.7),
          (44.8, -13.2, 45.5, -12.5), (-56.6, 46.6, -56, 47.3))
EN_METRES = ('Ses coordonnées ne sont pas des degrés de longitude et de latitude en France\u00a0: enregistrez-le en '
             'WGS\u00a084 (EPSG:4326), par exemple avec QGIS.')

# communes: how many have an outline; points: of these, once rounded; inconnues: codes left aside; sans: names of the
# communes of today that the file does not draw.
Bilan = namedtuple('Bilan', 'communes points inconnues sans')


def importer(octets, code='', nom='', essai=False, sans_inconnues=False, par=None):
    """Replace all the outlines by those of a GeoJSON file: its Bilan. code, nom: the properties that say the INSEE code
    and the name of a commune, when they are not to be found; essai: only say it; sans_inconnues: leave aside the codes
    that the base has not. A Refus that one of these would change has its name (champ).
    """
    with models.lecture():
        codes = {insee for insee, in db.execute_sql('SELECT insee FROM collectivite WHERE insee IS NOT NULL')}
    communes = _lire_communes(octets, code, nom, codes)
    inconnues = [f'{insee} {dit}'.strip() for insee, (dit, _) in communes.items() if insee not in codes]
    if inconnues and (len(inconnues) == len(communes) or not sans_inconnues):
        raise _refuser_inconnues(inconnues, len(communes))
    contours = quadriller({insee: anneaux for insee, (_, anneaux) in communes.items() if insee in codes})
    with models.ecriture(), db.atomic() as ecrit:
        db.execute_sql('DELETE FROM contour')
        for insee, traces in contours.items():
            db.execute_sql('INSERT INTO contour (insee, traces) VALUES (?, ?)',
                           (insee, json.dumps(traces, separators=(',', ':'))))
        points = sum(len(trace) for traces in contours.values() for trace in traces)
        auditer('import', par, f'contours\u00a0: {dire_nombre(len(contours), "commune")}', objet='import:contours')
        bilan = Bilan(len(contours), points, inconnues, sans_contour())
        if essai:
            ecrit.rollback()
    return bilan


def _refuser_inconnues(inconnues, total):
    codes = ', '.join(inconnues[:5]) + (f' et {len(inconnues) - 5} autres' if len(inconnues) > 5 else '')
    if len(inconnues) == total:
        return Refus(f'Aucune commune de ce fichier n\'est dans la liste des collectivités\u00a0: {codes}. Vérifiez '
                     'qu\'une de ses propriétés dit leur code INSEE, et que ces communes sont importées.', champ='code')
    return Refus(f'{dire_nombre(len(inconnues), "code", "inconnu")} de la liste des collectivités\u00a0: {codes}. '
                 'Importez d\'abord ces communes, ou laissez-les de côté.', champ='sans_inconnues')


def sans_contour():
    """The names of the communes of today that have no outline."""
    decoupage, dessinees = perimetre.lire(), _tracees()
    lues = db.execute_sql("SELECT id FROM collectivite WHERE type = 'Commune' ORDER BY cherche").fetchall()
    return [decoupage.noms[id_][0] for id_, in lues
            if decoupage.actuelles[id_] == id_ and id_ not in decoupage.a_venir and id_ not in dessinees]


def _lire_communes(octets, code, nom, codes):
    """{INSEE code: (name, rings of (longitude, latitude))} of the communes of a file; Refus, in a sentence."""
    if len(octets) > OCTETS_MAX:
        raise Refus(f'Ce fichier dépasse {OCTETS_MAX // 1_000_000}\u00a0Mo\u00a0: simplifiez ses contours, ou gardez '
                    'seulement les communes du département.')
    communes, points, zones, objets = {}, 0, set(), _objets(octets)
    code = code or _trouver_le_code(objets, codes)
    for rang, objet in enumerate(objets, 1):
        insee, commune = _identifier(objet, rang, code, nom)
        ou = f'Commune n°\u00a0{rang} du fichier ({insee}{f", {commune}" if commune else ""})'
        if insee in communes:
            raise Refus(f'{ou}\u00a0: ce code y est déjà. Réunissez ses contours en un seul objet (MultiPolygon).')
        anneaux = [_anneau(brut, ou) for brut in _anneaux(objet, ou)]
        points += sum(map(len, anneaux))
        if points > POINTS_MAX:
            raise Refus(f'Ce fichier a plus de {dire_nombre(POINTS_MAX)} points\u00a0: simplifiez ses contours.')
        zones.add(_zone(anneaux))
        if None in zones:
            raise Refus(f'{ou}\u00a0: hors de France. {EN_METRES}')
        communes[insee] = commune, anneaux
    if len(zones) > 1:
        raise Refus('Ce fichier couvre plusieurs régions éloignées\u00a0: ne gardez que les communes du département.')
    return communes


def _objets(octets):
    """The features of the file."""
    try:
        racine = json.loads(octets.decode('utf-8-sig'), parse_constant=_refuser_constante)
    except (ValueError, RecursionError):
        raise Refus('Ce fichier n\'est pas un GeoJSON\u00a0: du JSON, en UTF-8, est attendu.') from None
    objets = racine.get('features') if isinstance(racine, dict) and racine.get('type') == 'FeatureCollection' else None
    if not isinstance(objets, list) or not objets:
        raise Refus('Ce fichier n\'est pas une liste de communes\u00a0: un GeoJSON de type «\u00a0FeatureCollection'
                    '\u00a0», avec des objets, est attendu.')
    return objets


def _refuser_constante(mot):
    raise Refus(f'Ce fichier contient «\u00a0{mot}\u00a0» au lieu d\'un nombre\u00a0: corrigez-le, '
                'ou demandez-le de nouveau à qui l\'a produit.')


def _trouver_le_code(objets, codes):
    """The property that names most of the communes of the base; of two, that which says so: a postal code, a number of
    inhabitants look like an INSEE code.
    """
    nommees = defaultdict(set)
    for objet in objets:
        for cle, valeur in _proprietes(objet).items():
            nommees[cle] |= {_insee(valeur)} & codes
    return max(nommees, key=lambda cle: (len(nommees[cle]), 'insee' in cle.lower(), 'code' in cle.lower()), default='')


def _proprietes(objet):
    proprietes = objet.get('properties') if isinstance(objet, dict) else None
    return proprietes if isinstance(proprietes, dict) else {}


def _insee(valeur):
    if isinstance(valeur, int) and not isinstance(valeur, bool):
        return f'{valeur:05}'                                       # a spreadsheet has eaten its zero
    return _dicible(valeur, 20) if isinstance(valeur, str | float) else ''


def _identifier(objet, rang, code, nom):
    """(the INSEE code, the name) of a feature. nom: its property, else the first that begins so."""
    proprietes = _proprietes(objet)
    if not proprietes:
        raise Refus(f'L\'objet n°\u00a0{rang} du fichier n\'a pas de propriétés\u00a0: son code INSEE est attendu.')
    if code not in proprietes:
        siennes = ', '.join(_dicible(cle, 40) for cle in list(proprietes)[:12])
        raise Refus(f'L\'objet n°\u00a0{rang} du fichier n\'a pas de propriété «\u00a0{_dicible(code, 40)}\u00a0»'
                    f'\u00a0: son code INSEE y est attendu. Ses propriétés\u00a0: {siennes}.', champ='code')
    dit = proprietes.get(nom or next((cle for cle in proprietes if cle.lower().startswith('nom')), ''))
    return _insee(proprietes[code]), _dicible(dit, 80) if isinstance(dit, str) else ''


def _dicible(mot, maximum):
    """A word of the file as a terminal may be told it: no control, no half of a character."""
    return ''.join(filter(str.isprintable, str(mot).strip()))[:maximum]


def _anneaux(objet, ou):
    """The rings of a Polygon or of a MultiPolygon, holes included, as the file has them."""
    forme = objet.get('geometry')
    genre, coordonnees = (forme.get('type'), forme.get('coordinates')) if isinstance(forme, dict) else (None, None)
    if genre not in ('Polygon', 'MultiPolygon') or not isinstance(coordonnees, list):
        raise Refus(f'{ou}\u00a0: un Polygon ou un MultiPolygon est attendu.')
    polygones = [coordonnees] if genre == 'Polygon' else coordonnees
    if not polygones or not all(isinstance(polygone, list) and polygone for polygone in polygones):
        raise Refus(f'{ou}\u00a0: aucun contour.')
    return [anneau for polygone in polygones for anneau in polygone]


def _anneau(brut, ou):
    """The points (longitude, latitude) of a ring, without the one that closes it."""
    if not isinstance(brut, list) or not all(map(_est_un_point, brut)):
        raise Refus(f'{ou}\u00a0: un point n\'est pas fait de deux nombres, longitude et latitude.')
    points = [(point[0], point[1]) for point in brut]
    if points[:1] != points[-1:]:
        raise Refus(f'{ou}\u00a0: un contour ne se ferme pas, son dernier point n\'est pas le premier.')
    if len(set(points)) < 3:
        raise Refus(f'{ou}\u00a0: un contour a moins de trois points différents.')
    return points[:-1]


def _est_un_point(point):
    return isinstance(point, list) and len(point) >= 2 and all(
        isinstance(x, int | float) and not isinstance(x, bool) and abs(x) < 1e9 and math.isfinite(x)
        for x in point[:2])


def _zone(anneaux):
    """Which part of FRANCE holds all the points; None when none does."""
    xs, ys = zip(*(point for anneau in anneaux for point in anneau))
    for ouest, sud, est, nord in FRANCE:
        if ouest <= min(xs) and max(xs) <= est and sud <= min(ys) and max(ys) <= nord:
            return ouest
    return None


# ---- The grid ----

def quadriller(communes):
    """{INSEE code: its rings, on the grid}: x to the east, y to the south, a degree of longitude as short as it is at
    the middle latitude. A ring that the grid swallows is dropped, but the last one of a commune.
    """
    tous = [point for anneaux in communes.values() for anneau in anneaux for point in anneau]
    ouest, est = min(x for x, _ in tous), max(x for x, _ in tous)
    sud, nord = min(y for _, y in tous), max(y for _, y in tous)
    etroit = math.cos(math.radians((sud + nord) / 2))
    pas = max((est - ouest) * etroit, nord - sud) / GRILLE

    def poser(x, y):
        return [round((x - ouest) * etroit / pas), round((nord - y) / pas)]

    return {insee: _sans_vide([_sans_repetition([poser(*point) for point in anneau]) for anneau in anneaux])
            for insee, anneaux in communes.items()}


def _sans_repetition(points):
    return [point for rang, point in enumerate(points) if point != points[rang - 1]]


def _sans_vide(traces):
    """The rings that still have a surface; else the step of the grid on which the commune stands."""
    restes = [trace for trace in traces if len({tuple(point) for point in trace}) >= 3]
    if restes:
        return restes
    x, y = next((trace[0] for trace in traces if trace), [0, 0])
    return [[[x, y], [x + 1, y], [x + 1, y + 1], [x, y + 1]]]


def fondre(traces):
    """The outline of rings put together: a side that two of them share is inside, and goes."""
    cotes = set()
    for trace in traces:
        for rang, point in enumerate(trace):
            cotes ^= {frozenset((tuple(trace[rang - 1]), tuple(point)))}
    voisins = defaultdict(set)
    for un, autre in map(tuple, cotes):
        voisins[un].add(autre)
        voisins[autre].add(un)
    return [_droit(tour) for tour in _tours(voisins)]


def _tours(voisins):
    """The closed walks of a set of sides ({point: its neighbours}, which it empties)."""
    for depart in sorted(voisins):
        while voisins[depart]:
            tour, ici = [], depart
            while voisins[ici]:                                     # as many sides in as out: it comes back
                tour.append(ici)
                suivant = min(voisins[ici])
                voisins[ici].remove(suivant)
                voisins[suivant].remove(ici)
                ici = suivant
            yield tour


def _droit(points):
    """Without the points in the middle of a straight line."""
    suivants = [*points[1:], *points[:1]]
    return [p for a, p, b in zip([points[-1], *points], points, suivants)
            if (p[0] - a[0]) * (b[1] - p[1]) != (p[1] - a[1]) * (b[0] - p[0])] or points


def dessiner(traces):
    """The « d » of a path."""
    return ''.join(_dessiner_un(trace) for trace in traces)


def _dessiner_un(trace):
    (x, y), *points = trace
    pas, ici = [], (x, y)
    for point in points:
        pas.append(f'{point[0] - ici[0]} {point[1] - ici[1]}')
        ici = point
    return f'M{x} {y}l{" ".join(pas)}z'.replace(' -', '-')


# largeur, hauteur: of the grid; communes, epci: {id today: the « d » of its path}.
Formes = namedtuple('Formes', 'largeur hauteur communes epci')


def _tracees():
    """{id today of a commune: its rings}, those of what it has replaced too."""
    decoupage, traces = perimetre.lire(), defaultdict(list)
    lues = db.execute_sql("""SELECT contour.insee, contour.traces, min(collectivite.id) FROM contour
                             JOIN collectivite ON collectivite.insee = contour.insee GROUP BY contour.insee""")
    for _, texte, id_ in lues.fetchall():
        traces[decoupage.actuelles[id_]] += json.loads(texte)
    return traces


@models.gardee
def formes():
    """The Formes to draw; without any, no contour was imported."""
    decoupage, communes = perimetre.lire(), _tracees()
    if not communes:
        return Formes(0, 0, {}, {})
    epci = defaultdict(list)
    for id_, traces in communes.items():
        if decoupage.epci[id_]:
            epci[decoupage.epci[id_]] += traces
    points = [point for traces in communes.values() for trace in traces for point in trace]
    return Formes(max(x for x, _ in points), max(y for _, y in points),
                  {id_: dessiner(fondre(traces)) for id_, traces in communes.items()},
                  {id_: dessiner(fondre(traces)) for id_, traces in epci.items()})


# ---- What the map shows ----

VUES = {'communes': 'Communes', 'epci': 'Intercommunalités'}
# A shape, and a row. groupe: its EPCI, or how many communes it has; valeur: what it is classed by (a day, a rate, or
# None); classe: its rank in the legend; dit: the same in words.
Rangee = namedtuple('Rangee', 'id nom groupe population recues ouvertes valeur classe dit')
# A class of the legend: its words, how many rows it has, their inhabitants.
Classe = namedtuple('Classe', 'dit nombre population')
BORNES = (6, 12, 24)                                                # months
ANCIENNETES = ('moins de 6\u00a0mois', 'de 6 à 12\u00a0mois', 'de 12 à 24\u00a0mois', 'plus de 24\u00a0mois',
               'aucune demande connue')
PARTS, SANS_TAUX = 4, 'pas de taux'


def regarder(lecteur, quoi, paires=(), canton=''):
    """([Classe], [Rangee]) of one of VUES, for a Lecteur (territoires.vue). paires: criteria of the demandes, as
    territoires.etats() takes them; canton: of the communes alone.
    """
    mots, rangees = _communes(lecteur, paires, canton) if quoi == 'communes' else _epci(lecteur, paires)
    de_la_classe = [[r for r in rangees if r.classe == rang] for rang in range(len(mots))]
    return [Classe(mot, len(lignes), sum(r.population for r in lignes))
            for mot, lignes in zip(mots, de_la_classe)], rangees


# Of a period: as many demandes, at least.
COMBIEN = ('trois demandes ou plus', 'deux demandes', 'une demande', 'aucune dans la période')


def _communes(lecteur, paires, canton):
    noms, bornes = etiquettes.libelles()['epci'], [territoires.depuis(mois) for mois in BORNES]
    rangees = []
    mots, compter = [_dire_classe(lecteur, rang) for rang in range(len(ANCIENNETES))], 'depuis' in dict(paires)
    if compter:
        mots = (*COMBIEN[:-1], COMBIEN[-1] if lecteur.administre else 'aucune consultable dans la période')
    for etat in territoires.communes(lecteur, {'canton': canton} if canton else {}, paires):
        classe = 3 - min(3, etat.recues) if compter else anciennete(etat.derniere, bornes)
        groupe = noms[etat.epci].nom if etat.epci in noms else ''
        rangees.append(Rangee(etat.id, etat.nom, groupe, etat.population, etat.recues, etat.ouvertes, etat.derniere,
                              classe, mots[classe]))
    return mots, rangees


def _dire_classe(lecteur, classe):
    """Of a commune of which nothing is read, no one else says that it has asked for nothing (regles.md §7)."""
    if classe < len(ANCIENNETES) - 1 or lecteur.administre:
        return ANCIENNETES[classe]
    return 'aucune demande consultable'


def anciennete(derniere, bornes):
    """The class of a last demande, by its day; None without any."""
    if derniere is None:
        return len(bornes) + 1
    return next((rang for rang, borne in enumerate(bornes) if derniere >= borne), len(bornes))


def _epci(lecteur, paires):
    decoupage, noms = perimetre.lire(), etiquettes.libelles()['epci']
    etats, referents, rangees = territoires.etats(lecteur, *[paires] * bool(paires)), _referents(lecteur, paires), []
    for epci, ids in perimetre.par_epci().items():
        membres = [etats[id_] for id_ in {decoupage.actuelles[id_] for id_ in ids} if id_ in etats]
        communes = [etat for etat in membres if etat.type == 'Commune']
        population = sum(etat.population for etat in communes) or (etats[epci].population if epci in etats else 0)
        demandes, mesurees = (sum(getattr(etat, nom) for etat in membres) for nom in ('recues', 'mesurees'))
        tenues = len(set().union(*(referents.get(id_, ()) for id_ in ids)))
        rangees.append(Rangee(epci, noms[epci].nom, len(communes), population, demandes,
                              sum(etat.ouvertes for etat in membres), taux(mesurees, population, tenues), 0, ''))
    return _en_parts(sorted(rangees, key=lambda r: ordre_alphabetique(r.nom)))


def _referents(lecteur, paires):
    """{id of a collectivité: the référents of its demandes of the period}."""
    criteres = {'comptees': 'oui', 'depuis': territoires.depuis()} | dict(paires)
    lues = liste.agreger(
        lecteur, criteres, [('group_concat(DISTINCT membre.agent_id)', ())], groupe='demande.collectivite_id',
        jointure="JOIN membre ON membre.demande_id = demande.numero AND membre.role = 'referent'")
    return {id_: set((agents or '').split(',')) - {''} for id_, agents in lues}


def taux(recues, population, referents):
    """Demandes for 1,000 inhabitants; None of what no rate is said of (regles.md §11)."""
    if recues < chiffres.MINIMUM or referents < chiffres.REFERENTS or not population:
        return None
    return round(1000 * recues / population, 2)


def _en_parts(rangees):
    """(the words of the classes, the rows in them): as many rows in each, from the highest rate down; then those
    without rate.
    """
    bornes = couper([r.valeur for r in rangees if r.valeur is not None])
    classes = [len(bornes) if r.valeur is None else next(n for n, borne in enumerate(bornes) if r.valeur >= borne)
               for r in rangees]
    mots = []
    for rang in range(len(bornes)):
        valeurs = [r.valeur for r, classe in zip(rangees, classes) if classe == rang]
        mots.append(' à '.join(map(dire_taux, sorted({min(valeurs), max(valeurs)}))))
    mots.append(SANS_TAUX)
    return mots, [r._replace(classe=classe, dit=mots[classe]) for r, classe in zip(rangees, classes)]


def couper(valeurs):
    """The lowest value of each of PARTS equal parts, from the highest down; equal values are in one part."""
    montantes = sorted(valeurs)
    return sorted({montantes[len(montantes) * rang // PARTS] for rang in range(PARTS)} if valeurs else (), reverse=True)


def dire_taux(valeur):
    """« 1,33 »."""
    return f'{valeur:.2f}'.replace('.', ',')
