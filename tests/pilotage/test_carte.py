"""The map: what « importer contours » takes and refuses, the grid, the classes; the table says what the shapes say."""
import functools
import gzip
import itertools
import json
import pathlib
import random
import re

import pytest
from bs4 import BeautifulSoup
from conftest import changer_demande, changer_ligne, collectivite, en_ecriture
from fichiers import lire

import models
import langue
from models import Refus
from plateforme import main
from verbes import perimetre
from verbes.administration import collectivites
from verbes.pilotage import carte, territoires
from views.pilotage.carte import COLONNES

CARTE = '/espace/pilotage/carte'


def carre(x, y, cote=0.1):
    return [[x, y], [x + cote, y], [x + cote, y + cote], [x, y + cote], [x, y]]


def commune(code, *anneaux, **proprietes):
    return {'type': 'Feature', 'properties': {'code': code} | proprietes,
            'geometry': {'type': 'Polygon', 'coordinates': list(anneaux)}}


# Rieumes, Rieumajou to its east, Saint-Orens in two pieces, L'Isle-en-Dodon with a hole.
VOISINES = [
    commune('31454', carre(1.0, 43.4), nom='Rieumes'),
    commune('31453', carre(1.1, 43.4), nom='Rieumajou'),
    {'type': 'Feature', 'properties': {'code': '31506'}, 'geometry': {
        'type': 'MultiPolygon', 'coordinates': [[carre(1.3, 43.5)], [carre(1.5, 43.5)]]}},
    commune('31239', carre(0.8, 43.2), carre(0.83, 43.23, 0.02)),
]


def geojson(*objets):
    return json.dumps({'type': 'FeatureCollection', 'features': list(objets)}).encode()


def autrement(objet=VOISINES[0], geometrie=None, **proprietes):
    """The first commune with other properties, or another geometry."""
    return {**objet, 'properties': proprietes} | ({'geometry': geometrie} if geometrie else {})


def importer(*objets, **options):
    return carte.importer(geojson(*(objets or VOISINES)), **options)


def traces():
    return {insee: json.loads(texte) for insee, texte in lire('SELECT insee, traces FROM contour')}


def regarder(agent, quoi='communes'):
    with models.lecture():
        return carte.regarder(territoires.vue(agent), quoi)


def test_un_essai_n_ecrit_rien_un_import_garde_les_contours_sur_une_grille_commune_le_suivant_les_remplace(monde):
    bilan = importer(*VOISINES[:2], essai=True)
    assert (bilan.communes, bilan.sans) == (2, ["L'Isle-en-Dodon", 'Saint-Orens-de-Gameville'])
    assert not traces() and not lire("SELECT 1 FROM audit WHERE fait = 'import'")
    bilan = importer()
    assert (bilan.communes, bilan.inconnues, bilan.sans) == (4, [], [])
    lus = traces()
    assert set(lus) == {'31454', '31453', '31506', '31239'} and [len(lus[code]) for code in sorted(lus)] == [2, 1, 1, 2]
    points = [point for anneaux in lus.values() for anneau in anneaux for point in anneau]
    assert all(isinstance(x, int) for point in points for x in point)
    assert min(x for x, _ in points) == min(y for _, y in points) == 0
    assert max(max(point) for point in points) == carte.GRILLE
    # the side that two neighbours share is the same one
    cotes = [{frozenset((tuple(a[i - 1]), tuple(a[i]))) for a in lus[code] for i in range(len(a))}
             for code in ('31454', '31453')]
    assert len(cotes[0] & cotes[1]) == 1
    importer(VOISINES[0])
    assert set(traces()) == {'31454'}
    assert [d for d, in lire("SELECT detail FROM audit WHERE fait = 'import' ORDER BY id")] == [
        'contours\xa0: 4\xa0communes', 'contours\xa0: 1\xa0commune']
    bilan = importer(*VOISINES, commune('31999', carre(1.7, 43.4)), sans_inconnues=True)
    assert bilan.communes == 4 and bilan.inconnues == ['31999'] and '31999' not in traces()
    # What no screen shows is not said: half a character stopped the command once all was written.
    sale = {'nom': '\x1b[2JAil\ud800leurs'}
    bilan = importer(*VOISINES, commune('31\x1b[31m999\ud800', carre(1.7, 43.4), **sale), sans_inconnues=True)
    assert bilan.inconnues == ['31[31m999 [2JAilleurs']
    with pytest.raises(Refus, match='Ses propriétés\xa0: code, \\[2Jab, nom'):
        importer(commune('31999', carre(1.7, 43.4), **{'\x1b[2Ja\ud800b': 1, 'nom': 'Ailleurs'}), code='insee')


def test_la_grille_a_le_nord_en_haut_et_la_propriete_du_code_insee_se_dit_ou_se_trouve_seule(monde):
    importer(commune('31454', carre(1.0, 43.0, 1)))
    (points,), = [traces()['31454']]
    xs, ys = {x for x, _ in points}, {y for _, y in points}
    assert max(ys) == 1000 and 715 < max(xs) < 735                  # cos(43.5°) = 0.725
    with models.lecture():
        assert carte.formes().hauteur == 1000
    assert carte.dessiner([[[0, 10], [5, 10], [5, 0]]]) == 'M0 10l5 0 0-10z'
    importer(commune('31454', carre(1.0, 43.0)), commune('31453', carre(1.0, 43.5)))
    assert max(y for _, y in traces()['31453'][0]) < min(y for _, y in traces()['31454'][0])
    fin = [[1.0, 43.0], [1.00001, 43.00001], [1.00002, 43.0], [1.5, 43.0], [1.5, 43.5], [1.0, 43.5], [1.0, 43.0]]
    assert importer(commune('31454', fin)).points == 4 and len(traces()['31454'][0]) == 4
    importer(commune('31454', carre(1.0, 43.0, 0.00001)), commune('31453', carre(1.1, 43.0, 2)))
    assert len(traces()['31454']) == 1 and len({tuple(p) for p in traces()['31454'][0]}) == 4
    objet = autrement(INSEE_COM=31454, NOM='Rieumes')
    assert importer(objet, code='INSEE_COM', nom='NOM').communes == 1
    with pytest.raises(Refus, match='pas de propriété «\xa0code\xa0».*INSEE_COM, NOM') as refus:
        importer(objet, code='code')
    assert refus.value.champ == 'code'
    # A postal code, a population, another code of five digits are not it.
    def lui(rang, **autres):
        return autrement(VOISINES[rang], **{'postal': '31454', 'population': 31239, 'canton': '31999', 'commune': int(
            VOISINES[rang]['properties']['code']), 'nom_officiel': 'Ici'} | autres)
    assert importer(lui(0), lui(1)).communes == 2 and set(traces()) == {'31454', '31453'}
    assert importer(lui(3), code='postal').communes == 1 and set(traces()) == {'31454'}
    assert importer(lui(0), lui(3), lui(1, commune='31998'), sans_inconnues=True).inconnues == ['31998 Ici']
    importer(autrement(code_postal='31453', code_insee='31454'))
    assert set(traces()) == {'31454'}
    en_ecriture(collectivite, 'Ambérieu', 'Commune', '210100046', '01004')
    assert importer(commune(1004, carre(5.3, 45.9))).communes == 1 and '01004' in traces()


def anneau(*points):
    return geojson(commune('31454', list(points)))


def brut(texte):
    """A file where the first point is written so."""
    return geojson(VOISINES[0]).replace(b'[1.0, 43.4]', texte.encode(), 1)


@functools.cache
def faux():
    """{name: (bytes of a file, words of its refusal)}."""
    return {
        'trop lourd': (b' ' * (carte.OCTETS_MAX + 1), 'dépasse 20\xa0Mo'),
        'vide': (b' ', 'pas un GeoJSON'),
        'pas du json': (b'a;b;c', 'pas un GeoJSON'),
        'latin-1': ('{"é": 1}'.encode('latin1'), 'pas un GeoJSON'),
        'profond': (b'[' * 100_000, 'pas un GeoJSON'),
        'nombre sans fin': (brut('[' + '9' * 5000 + ', 43]'), 'pas un GeoJSON'),
        'autre json': (b'[1, 2]', 'FeatureCollection'),
        'un objet seul': (json.dumps(VOISINES[0]).encode(), 'FeatureCollection'),
        'sans objet': (geojson(), 'FeatureCollection'),
        'objets faux': (b'{"type": "FeatureCollection", "features": {"a": 1}}', 'FeatureCollection'),
        'un nombre pour objet': (geojson(3), "n°\xa01 du fichier n'a pas de propriétés"),
        'sans propriete': (geojson({'type': 'Feature', 'geometry': None}), "n'a pas de propriétés"),
        'sans code': (geojson(autrement()), "n'a pas de propriétés"),
        'un sans code': (geojson(*VOISINES, autrement(nom='Ici')), 'Ses propriétés\xa0: nom'),
        'sans forme': (geojson({**VOISINES[0], 'geometry': None}), 'un Polygon ou un MultiPolygon'),
        'un point': (geojson(autrement(geometrie={'type': 'Point', 'coordinates': [1, 43]}, code='31454')),
                     'un Polygon ou'),
        'polygone vide': (geojson(commune('31454')), 'aucun contour'),
        'multipolygone vide': (geojson(autrement(geometrie={'type': 'MultiPolygon', 'coordinates': [[]]},
                                                 code='31454')), 'aucun contour'),
        'anneau vide': (anneau(), 'moins de trois points'),
        'anneau plat': (anneau([1, 43], [1.1, 43], [1, 43]), 'moins de trois points'),
        'anneau ouvert': (anneau([1, 43], [1.1, 43], [1.1, 43.1], [1, 43.1]), 'ne se ferme pas'),
        'point court': (anneau([1], [1.1, 43], [1.1, 43.1], [1]), "n'est pas fait de deux nombres"),
        'point en texte': (anneau(['1', '43'], [1.1, 43], [1.1, 43.1], ['1', '43']), "n'est pas fait de deux"),
        'point booleen': (anneau([True, 43], [1.1, 43], [1.1, 43.1], [True, 43]), "n'est pas fait de deux"),
        'nan': (brut('[NaN, 43.4]'), '«\xa0NaN\xa0» au lieu d\'un nombre'),
        'infini': (brut('[-Infinity, 43.4]'), '«\xa0-Infinity\xa0»'),
        'trop grand': (brut('[1e999, 43.4]'), "n'est pas fait de deux nombres"),
        'en metres': (geojson(commune('31454', carre(574000, 6279000, 1000))), 'WGS\xa084'),
        'a l envers': (geojson(commune('31454', carre(43.4, 1.0))), 'hors de France'),
        'deux fois': (geojson(VOISINES[0], VOISINES[0]), 'n°\xa02.*ce code y est déjà'),
        'deux regions': (geojson(VOISINES[0], commune('31453', carre(55.4, -21.2))), 'plusieurs régions'),
        'inconnues': (geojson(*VOISINES, commune('31999', carre(1.7, 43.4), nom='Ailleurs')),
                      '1\xa0code inconnu .*31999 Ailleurs.*laissez-les de côté'),
        'toutes inconnues': (geojson(commune('Rieumes', carre(1.0, 43.4))), 'Aucune commune de ce fichier.*leur code'),
    }


def test_la_commande_dit_ce_qu_elle_a_fait_et_comment_elle_est_mal_tapee(monde, base, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv('PLATEFORME_BASE', base)
    fichier = tmp_path / 'c.geojson'
    fichier.write_bytes(geojson(*VOISINES[:3], commune('31999', carre(1.7, 43.4), nom='Ailleurs')))
    for options, code, dits, combien in (
            ([], 1, ['31999 Ailleurs', 'Option\xa0: --sans-inconnues.'], 0),
            (['--code', 'insee'], 1, ['Option\xa0: --code.'], 0),
            (['--sans-inconnues', '--essai'], 0, ['Essai, rien n\'est écrit\xa0: 3\xa0communes'], 0),
            (['--sans-inconnues'], 0, ['Codes laissés de côté\xa0: 1, 31999 Ailleurs.',
                                       'Communes sans contour\xa0: 1, L\'Isle-en-Dodon.'], 3)):
        assert main(['importer', 'contours', str(fichier), *options]) == code, options
        sortie = capsys.readouterr()[code]
        assert [dit for dit in dits if dit not in sortie] == [] and len(traces()) == combien, options
    for mots, phrase in ((['collectivites', 'x.csv', '--code', 'a'], '--code va avec'),
                         (['demandes', 'x.csv', '--sans-inconnues'], '--sans-inconnues va avec'),
                         (['contours', '--colonnes'], '--colonnes va avec un CSV'), (['contours'], 'FICHIER')):
        with pytest.raises(SystemExit) as sortie:
            main(['importer', *mots])
        assert sortie.value.code == 2 and phrase in capsys.readouterr().err, mots


def dedans(anneaux, x, y):
    coupes = sum((a[i - 1][1] > y) != (a[i][1] > y)
                 and x < (a[i][0] - a[i - 1][0]) * (y - a[i - 1][1]) / (a[i][1] - a[i - 1][1]) + a[i - 1][0]
                 for a in anneaux for i in range(len(a)))
    return coupes % 2 == 1


def test_une_commune_prend_la_classe_de_sa_derniere_demande_une_restreinte_a_qui_la_lit(creer, monde, heure, entrer):
    demande = creer()
    for aujourd_hui, jour, attendue in (
            *(('2026-11-24', *attendu) for attendu in (
                ('2026-11-24', 0), ('2026-05-01', 0), ('2026-04-30', 1), ('2025-11-01', 1), ('2025-10-31', 2),
                ('2024-11-01', 2), ('2024-10-31', 3), ('2001-01-01', 3), (None, 4))),
            ('2026-11-30', '2026-05-01', 0), ('2026-11-01', '2026-04-30', 1), ('2026-08-31', '2026-02-28', 0)):
        heure(f'{aujourd_hui}T09:00:00Z')
        changer_demande(demande, depose_le=f'{jour or "2026-11-24"}T12:00:00Z', issue='' if jour else 'erreur')
        classes, rangees = regarder(monde.admin)
        rieumes, = (r for r in rangees if r.nom == 'Rieumes')
        assert (rieumes.classe, rieumes.valeur, rieumes.dit) == (attendue, jour, classes[attendue].dit), jour
        assert sum(c.nombre for c in classes) == len(rangees) == 4, aujourd_hui
    importer()
    heure('2026-11-24T09:00:00Z')
    changer_demande(demande, depose_le='2026-11-24T09:00:00Z', issue='', restreinte=True)
    assert {r.recues for r in regarder(monde.autre)[1]} == {0} and {r.classe for r in regarder(monde.autre)[1]} == {4}
    for qui in (monde.chef, monde.admin):
        assert next(r for r in regarder(qui)[1] if r.nom == 'Rieumes').classe == 0, qui
    navigateur = entrer(monde.autre)
    assert lire_page(navigateur.get(CARTE))[2]['moins de 6\xa0mois'] == 0
    creer(message='Une autre.')
    assert lire_page(navigateur.get(CARTE))[2]['moins de 6\xa0mois'] == 1
    importer(VOISINES[1])
    assert list(lire_page(navigateur.get(CARTE))[0].values()) == [('Rieumajou', 'aucune demande consultable')]
    changer_ligne(monde.chef, lecteur_au='2027-01-01')              # a « lecteur » reads no restricted one
    assert {r.recues for r in regarder(models.Agent.get_by_id(monde.chef.id))[1]} == {0, 1}


def test_deux_voisines_fondues_n_ont_plus_de_trait_une_commune_fusionnee_est_celle_d_aujourd_hui(monde, creer, heure):
    importer()
    lus = traces()
    fondu = carte.fondre(lus['31454'] + lus['31453'])
    (xs, ys), = [zip(*(point for code in ('31454', '31453') for anneau in lus[code] for point in anneau))]
    assert len(fondu) == 1 and len(fondu[0]) == 4                   # a rectangle: no point in the middle of a side
    assert {tuple(p) for p in fondu[0]} == set(itertools.product((min(xs), max(xs)), (min(ys), max(ys))))
    hasard = random.Random(13)
    for _ in range(200):
        cases = {(hasard.randrange(6), hasard.randrange(6)) for _ in range(hasard.randrange(1, 30))}
        anneaux = [[[x, y], [x + 1, y], [x + 1, y + 1], [x, y + 1]][::hasard.choice((1, -1))] for x, y in cases]
        fondu = carte.fondre(anneaux)
        for x, y in itertools.product(range(6), repeat=2):
            assert dedans(fondu, x + .5, y + .5) == ((x, y) in cases)
    assert carte.couper([]) == [] and carte.couper([1.0]) == [1.0]
    assert carte.couper([1, 2, 3, 4, 5, 6, 7, 8]) == [7, 5, 3, 1] and carte.couper([2, 2, 2, 2, 9]) == [2]
    for graine in range(100):
        valeurs = [random.Random(graine).choice((0.1, 0.5, 1, 2, 3.33)) for _ in range(graine % 20 + 1)]
        bornes = carte.couper(valeurs)
        assert bornes == sorted(set(bornes), reverse=True) and bornes[-1] == min(valeurs) and len(bornes) <= carte.PARTS
    with models.ecriture():
        rieumajou = models.Collectivite.get(nom='Rieumajou')
        collectivites.fusionner([rieumajou], monde.rieumes, '2026-11-01', monde.admin)
    with models.lecture():
        formes = carte.formes()
        assert rieumajou.id not in formes.communes and formes.communes[monde.rieumes.id].count('M') == 1
    assert [r.nom for r in regarder(monde.admin)[1]] == ["L'Isle-en-Dodon", 'Rieumes', 'Saint-Orens-de-Gameville']
    creer()
    with models.ecriture():
        neuve = collectivite('CC Neuve', 'Communauté de communes', '200099999', None)
        collectivites.changer_epci(models.Collectivite.get_by_id(monde.rieumes.id), neuve, '2027-01-01', monde.admin)
    for jour, ancienne, nouvelle in (('2026-11-24', (1, 1), (0, 0)), ('2027-01-02', (0, 0), (1, 1))):
        heure(f'{jour}T09:00:00Z')
        assert {r.nom: (r.groupe, r.recues) for r in regarder(monde.admin, 'epci')[1]} == {
            'CC Cœur de Garonne': ancienne, 'CC Neuve': nouvelle}, jour
    with models.lecture():
        assert set(carte.formes().epci) == {perimetre.actuelle(neuve.id)}


def test_le_tableau_dit_ce_que_disent_les_formes_sans_taux_sous_dix_demandes_ni_trois_referents(creer, monde, entrer):
    for nombre, referents, population, taux in (     # so many more each time
            (9, 3, 2000, None), (1, 3, 2000, 5.0), (0, 3, 0, None), (2, 4, 7000, 1.71), (0, 2, 7000, None)):
        changer_ligne(monde.rieumes, population=population)
        agents = [monde.referent, monde.chef, monde.cochef, monde.associe][:referents]
        for rang in range(nombre):
            demande = creer('en_cours', message=f'Demande {nombre} {rang}.')
            en_ecriture(models.Membre.update(agent=agents[rang % referents]).where(
                models.Membre.demande == demande.numero, models.Membre.role == 'referent').execute)
        if referents == 2:
            en_ecriture(models.Membre.update(agent=monde.chef).where(
                models.Membre.agent != monde.referent, models.Membre.role == 'referent').execute)
        classes, (epci,) = regarder(monde.admin, 'epci')
        assert epci.valeur == taux, (nombre, referents)
        assert epci.dit == classes[epci.classe].dit == (carte.dire_taux(taux) if taux else carte.SANS_TAUX)
        page, csv = (entrer(monde.admin).get(f'{CARTE}{ou}?vue=epci').text for ou in ('', '.csv'))
        for dit in ('5,00', '1,71', '4,50'):
            assert (dit in page) == (dit in csv) == (taux is not None and carte.dire_taux(taux) == dit), dit
    importer()
    hasard = random.Random(7)
    autres = list(models.Collectivite.select().where(models.Collectivite.type == 'Commune'))
    for rang in range(12):
        demande = creer(collectivite=hasard.choice(autres), restreinte=hasard.random() < .4, message=f'Autre {rang}.')
        changer_demande(demande, depose_le=f'{hasard.choice((2022, 2024, 2025, 2026))}-10-02T10:00:00Z')
    for qui, quoi in itertools.product((monde.admin, monde.chef, monde.autre), carte.VUES):
        formes, lignes, legende = lire_page(entrer(qui).get(f'{CARTE}?vue={quoi}'))
        assert formes == lignes and len(formes) == (4 if quoi == 'communes' else 1)
        dits = [dit for _, dit in lignes.values()]
        assert {dit: dits.count(dit) for dit in legende} == legende
        csv = entrer(qui).get(f'{CARTE}.csv?vue={quoi}').body.decode('utf-8-sig').split('\r\n')[1:-1]
        assert sorted((ligne.split(';')[0], ligne.split(';')[-1]) for ligne in csv) == sorted(
            (nom, dit.replace('\xa0', ' ')) for nom, dit in lignes.values())


def lire_page(page):
    """({address: name and class} of the shapes, the same of the rows, the legend {words: how many})."""
    html = BeautifulSoup(page.text, 'html.parser')
    formes = {a['href']: (a.find('title').text.split('\xa0: ')[0], a.find_parent('g')['aria-label'])
              for a in html.select('svg.carte-dessin a')}
    lignes = {tr.th.a['href']: (tr.th.text, tr.find_all('td')[-1].text) for tr in html.select('#tableau tbody tr')}
    legende = {li.span.contents[0].strip(): int(re.match(r'\d+', li.small.text)[0])
               for li in html.select('.legende-carte li')}
    return formes, lignes, legende


def noms_du_tableau(page):
    return [th.text for th in page.html.select('#tableau tbody th')]


def test_sans_contours_il_y_a_le_tableau_qui_se_trie_par_l_adresse_et_dont_chaque_case_dit_le_titre_de_sa_colonne(
        creer, monde, entrer):
    creer(message='Motsecret de la demande', nom='Nomsecret')
    with models.ecriture():
        for rang, c in enumerate(models.Collectivite.select().where(models.Collectivite.type == 'Commune')):
            models.Collectivite.update(population=(rang + 1) * 100).where(models.Collectivite.id == c.id).execute()
    navigateur = entrer(monde.chef)
    assert noms_du_tableau(navigateur.get(CARTE)) == [
        "L'Isle-en-Dodon", 'Rieumajou', 'Rieumes', 'Saint-Orens-de-Gameville']
    par_population = ['Rieumes', 'Rieumajou', 'Saint-Orens-de-Gameville', "L'Isle-en-Dodon"]
    page = navigateur.get(f'{CARTE}?tri=population')
    assert noms_du_tableau(page) == par_population
    assert page.html.select_one('th[aria-sort=ascending]').text.strip() == 'Habitants'
    page = page.click('Habitants')
    assert noms_du_tableau(page) == par_population[::-1] and page.html.select_one('th[aria-sort=descending]')
    assert noms_du_tableau(navigateur.get(f'{CARTE}?tri=-valeur'))[0] == 'Rieumes'
    assert noms_du_tableau(navigateur.get(f'{CARTE}?tri=valeur'))[0] == 'Rieumes'       # those without come last
    for faux_ in ('tri=x', 'tri=-', 'vue=epcis', 'tri=id'):
        navigateur.get(f'{CARTE}?{faux_}', status=400)
    # The web server compresses it (BREACH): its length must not tell what it holds to who adds to it.
    navigateur = entrer(monde.admin)
    for requete in ('q=zebulon', 'zebulon=1', 'epci=zebulon', 'annee=zebulon', 'vue=epci&zebulon=zebulon'):
        page = navigateur.get(f'{CARTE}?{requete}', status='*')
        assert page.status_int in (200, 400) and not re.search('(?i)zebulon|secret', page.text), requete
    feuille = (pathlib.Path(__file__).parents[2] / 'static' / 'espace.css').read_text('utf-8')
    for quoi, colonnes in COLONNES.items():
        dits = dict(re.findall(rf'carte-{quoi}\b.* td:nth-child\((\d)\)::before {{ content: "([^"]+)"', feuille))
        dits = {int(rang): re.sub(r'\\a0 ?', '\u00a0', dit) for rang, dit in dits.items()}
        titres = [*colonnes.values(), 'Classe'][1:]
        assert dits == {rang: f'{titre}\u00a0: ' for rang, titre in enumerate(titres, 2)}
    for qui in ('admin', 'chef'):
        page = entrer(getattr(monde, qui)).get(CARTE)
        assert not page.html.select('svg.carte-dessin') and len(page.html.select('#tableau tbody tr')) == 4, qui
        assert 'aucun contour' in page.text and 'plateforme importer' not in page.text, qui
        assert bool(page.html.find('a', href='/espace/admin/import/contours')) == (qui == 'admin'), qui
        assert ('Demandez à un administrateur' in page.text) == (qui == 'chef'), qui
    with models.ecriture():
        models.Demande.update(collectivite_liee=None).execute()
        models.db.execute_sql('DELETE FROM collectivite')
    assert 'La liste des collectivités est vide.' in entrer(monde.admin).get(CARTE).text


def test_une_grande_carte_tient_en_150_ko_et_son_tableau_se_lit_par_pages_qui_gardent_son_tri(monde, entrer):
    """As many communes and points as the Haute-Garonne: 625 communes of 16 points each, with demandes."""
    hasard, objets = random.Random(31), []
    with models.ecriture():
        for rang in range(625):
            x, y = 0.5 + rang % 25 * .06, 42.7 + rang // 25 * .05
            insee, noyau = f'32{rang:03}', carre(x, y, .05)[:4]
            bords = [[px + hasard.random() * .01, py + hasard.random() * .01] for px, py in noyau for _ in range(4)]
            objets.append(commune(insee, bords + bords[:1]))
            collectivite(f'Commune-{rang:03}-{hasard.randrange(10**6)}', 'Commune', f'{rang:09}', insee,
                         epci=monde.epci, population=rang)
    assert importer(*objets).points > 8000
    page = entrer(monde.admin).get(CARTE)
    assert len(lire_page(page)[0]) == 625 and len(gzip.compress(page.body)) < 150_000
    navigateur, vues, titres = entrer(monde.autre), [], []
    page = navigateur.get(f'{CARTE}?tri=-population')
    while page:
        vues += noms_du_tableau(page)
        titres.append(langue.normaliser(page.html.select_one('#t-tableau').text))
        suivante = page.html.select_one('.pagination a[rel=next]')
        page = suivante and navigateur.get(suivante['href'].removesuffix('#tableau'))
    assert len(set(vues)) == 629 and [nom[8:11] for nom in vues if nom.startswith('Commune-')] == [
        f'{rang:03}' for rang in reversed(range(625))]
    assert titres == [langue.normaliser(f'En tableau {d} à {min(d + 49, 629)} sur 629') for d in range(1, 629, 50)]
    assert navigateur.get(f'{CARTE}.csv').body.count(b'\r\n') == 630
    assert navigateur.get(f'{CARTE}?page=14', status=404).html.select_one('a[href]')
    assert not navigateur.get(f'{CARTE}?vue=epci').html.select('.pagination')
