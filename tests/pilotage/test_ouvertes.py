"""The counts in the open (regles.md §13): equal to a plain loop, and nobody has what they hide."""
import contextlib
import csv
import functools
import io
import itertools
import random
import re
import sqlite3
from collections import Counter
from fractions import Fraction

import pytest
from conftest import changer_ligne, en_ecriture, faits, fautes, fixer, fixer_tous, le_formulaire, lue, poster, texte
from semis import JOUR
from test_donnees_ouvertes import lire
from test_preuves import LECTEURS, lire_agent, seme, semis  # noqa: F401 – fixtures
from test_soustraction import autre_monde, changer_une, copies

import models
from models import Refus
from verbes import comptes
from verbes.pilotage import chiffres, ensembles, ouvertes, secret
from verbes.pilotage.secret import ENSEMBLE
from verbes.regles import TYPES, TYPES_D_EPCI
from views.catalogue import ouvertes as pages

PAGE, FICHIER, ADMIN = '/donnees-ouvertes', '/donnees-ouvertes/demandes.csv', '/espace/admin/donnees-ouvertes'
ANNEES = ('2025', '2024')                                           # that the sown base may put in the open


def montrer(inner, restreintes=None):
    """{(line, column): count} of inner counts, with the margins; restricted ones, if any, are in the total alone."""
    cases = dict(inner)
    for (ligne, colonne), n in inner.items():
        for cle in ((ligne, ENSEMBLE), (ENSEMBLE, colonne), (ENSEMBLE, ENSEMBLE)):
            cases[cle] = cases.get(cle, 0) + n
    if restreintes is not None:
        for cle in itertools.product(('R', ENSEMBLE), repeat=2):
            cases[cle] = cases.get(cle, 0) + restreintes
    return cases


def mondes_possibles(cases, cachees, lignes, colonnes):
    """{hidden key: the values that it has in some world where all that is shown is the same}, every world tried."""
    inconnues = [*itertools.product(lignes, colonnes), ('R', 'R')]
    trouvees = {cle: set() for cle in cachees}

    def essayer(rang, reste, choisies):
        if rang == len(inconnues) - 1:                              # the restricted ones are what is left of the total
            monde = montrer(choisies, reste)
            if all(monde.get(cle, 0) == n for cle, n in cases.items() if cle not in cachees):
                for cle in cachees:
                    trouvees[cle].add(monde.get(cle, 0))
            return
        cle = inconnues[rang]
        valeurs = range(reste + 1) if cle in cachees else [cases[cle]] if cases[cle] <= reste else []
        for n in valeurs:
            essayer(rang + 1, reste - n, choisies | {cle: n})
    essayer(0, cases[ENSEMBLE, ENSEMBLE], {})
    return trouvees


def genre_de(type_):
    if type_ == 'Commune':
        return 'Communes'
    return 'Intercommunalités' if type_ in TYPES_D_EPCI else 'Autres établissements'


def a_la_main(raw, annee):
    """({(mesure, theme, kind): number} of a year, the promises kept, all of them), by plain loops."""
    noms = {t['id']: t['nom'] for t in raw.theme} | {None: 'Sans thème'}
    siennes = [d for d in raw.demande if d['recue'] and d['jour'][:4] == annee]
    lues = [(noms[d['theme_id']], genre_de(d['type'])) for d in siennes if not d['restreinte']]
    compte = Counter(('recues', *cle) for theme, genre in lues for cle in (
        (theme, genre), (theme, ENSEMBLE), (ENSEMBLE, genre)))
    compte['recues', ENSEMBLE, ENSEMBLE] = len(siennes)
    compte['reprises', ENSEMBLE, ENSEMBLE] = sum(bool(d['reprise']) for d in siennes)
    echues = [d for d in raw.demande if d['comptee'] and d['echeance'] and d['echeance'][:4] == annee
              and not d['restreinte'] and d['temps'] in ('jointe', 'appelee', 'aucun')]
    return compte, sum(d['temps'] != 'aucun' for d in echues), len(echues)


@pytest.mark.parametrize('annee', ANNEES)
def test_chaque_nombre_diffuse_est_celui_d_une_boucle_naive_un_cache_ne_se_deduit_pas(seme, annee):  # noqa: F811
    attendu, tenues, total = a_la_main(seme, annee)
    agent = lire_agent(LECTEURS['admin'])
    with models.lecture():
        lignes = ouvertes.compter(agent, annee)
    montres = [ligne for ligne in lignes if ligne.precision != 'secret']
    for ligne in (ligne for ligne in montres if ligne.mesure != 'promesse'):
        assert int(ligne.valeur) == attendu[ligne.mesure, ligne.theme, ligne.genre], ligne
    (promesse,) = [ligne for ligne in lignes if ligne.mesure == 'promesse']
    vraie = Fraction(100 * tenues, total)
    assert {'exacte': abs(vraie - int(promesse.valeur or 0)) <= Fraction(1, 2),
            'au moins': vraie >= int(promesse.valeur or 0),
            'au plus': vraie <= int(promesse.valeur or 0)}[promesse.precision]
    lignes = [x for x in lignes if x.mesure == 'recues']
    caches = [(x.theme, x.genre) for x in lignes if x.precision == 'secret']
    assert total >= 10 and len(montres) > 4 and len(caches) > 4
    for cle in (*caches, 'R'):
        assert not determinee(lignes, cle), cle
    # the attack itself can succeed: with one more number shown, it does
    nu = [x._replace(precision='exacte') if x.theme != ENSEMBLE and x.genre != ENSEMBLE else x for x in lignes]
    assert all(determinee(nu, (x.theme, x.genre)) for x in nu if x.precision == 'secret' and x.genre == ENSEMBLE
               and x.theme != ENSEMBLE)


def reduite(ligne, base):
    """An equation {unknown: factor}, less what those of a base, {unknown: the equation that has it}, make of it."""
    for inconnue, une in base.items():
        facteur = ligne.get(inconnue, 0)
        ligne = {cle: ligne.get(cle, 0) - facteur * une.get(cle, 0) for cle in ligne | une}
    return {cle: n for cle, n in ligne.items() if n}


def determinee(lignes, cle):
    """Is a hidden number of a year's table had by sums and differences of those shown? By elimination."""
    themes, genres = ([nom for nom in dict.fromkeys(noms) if nom != ENSEMBLE]
                      for noms in zip(*((x.theme, x.genre) for x in lignes)))
    sommes = [([(t, g) for g in genres], (t, ENSEMBLE)) for t in themes]
    sommes += [([(t, g) for t in themes], (ENSEMBLE, g)) for g in genres]
    sommes += [([*((t, ENSEMBLE) for t in themes), 'R'], (ENSEMBLE, ENSEMBLE)),
               ([*((ENSEMBLE, g) for g in genres), 'R'], (ENSEMBLE, ENSEMBLE))]
    inconnues, base = {(x.theme, x.genre) for x in lignes if x.precision == 'secret'} | {'R'}, {}
    for parties, total in sommes:
        facteurs = dict.fromkeys(parties, Fraction(1)) | {total: Fraction(-1)}
        reste = reduite({une: n for une, n in facteurs.items() if une in inconnues}, base)
        for une in list(reste)[:1]:
            base[une] = {autre: n / reste[une] for autre, n in reste.items()}
    return not reduite({cle: Fraction(1)}, base)


def fichier_de(chemin):
    models.debrancher()
    models.brancher(chemin)
    agent = lire_agent(LECTEURS['admin'])
    with models.lecture():
        return {annee: ouvertes.compter(agent, annee) for annee in ANNEES}


@pytest.fixture
def deux(semis, base, heure, tmp_path):  # noqa: F811
    """deux(change) → (the years in the open, the same once the base is changed)."""
    heure(f'{JOUR}T09:00:00Z')

    def faire(changer):
        chemins = copies(semis, tmp_path)
        changer(chemins[1])
        return [fichier_de(chemin) for chemin in chemins]
    return faire


def test_rien_n_y_distingue_deux_mondes_qui_different_par_leurs_demandes_restreintes(deux):
    changees = set()
    vrai, autre = deux(lambda chemin: changees.update(autre_monde(chemin, LECTEURS['elu'])))
    assert len(changees) > 30 and vrai == autre


# What differs in the open when one demande of a finished year differs, by what differs of it.
DIFFERENT = {'jour': set(), 'fiche': set(), 'retard': {'promesse'}, 'restreinte': {'recues', 'promesse'}}


@pytest.mark.parametrize('quoi', DIFFERENT)
def test_une_demande_d_un_autre_jour_en_retard_ou_restreinte_ne_s_y_voit_pas(deux, semis, quoi):  # noqa: F811
    numeros = [n for n, in lue(
        semis, "SELECT numero FROM demande WHERE depose_le LIKE '2025-0%' AND echeance LIKE '2025%' AND restreinte = 0 "
        "AND origine = 'plateforme' AND fiche_id IN (1, 2, 4, 5) AND issue IS NOT 'doublon' ORDER BY numero LIMIT 6")]
    assert len(numeros) == 6

    def changer(chemin, numero):
        if quoi != 'restreinte':
            return changer_une(chemin, numero, quoi)
        with contextlib.closing(sqlite3.connect(chemin, isolation_level=None)) as autre:
            return autre.execute('UPDATE demande SET restreinte = 1 WHERE numero = ?', (numero,))
    for numero in numeros:
        vrai, autre = deux(functools.partial(changer, numero=numero))
        differents = {a.mesure for annee in ANNEES for a, b in zip(vrai[annee], autre[annee], strict=True) if a != b}
        assert differents <= DIFFERENT[quoi], numero
        for annee in ANNEES:                                        # the total never says which, nor that there is one
            assert vrai[annee][-3] == autre[annee][-3]
        if quoi == 'restreinte':
            assert not determinee([x for x in autre['2025'] if x.mesure == 'recues'], 'R')


def test_un_nombre_seul_sous_dix_cache_le_suivant_la_promesse_se_dit_par_une_borne_aucun_ne_se_deduit(monkeypatch):
    cases = montrer({('a', 'x'): 30, ('a', 'y'): 4, ('a', 'z'): 12, ('b', 'x'): 40, ('b', 'y'): 25, ('b', 'z'): 31,
                     ('c', 'x'): 20, ('c', 'y'): 22, ('c', 'z'): 50})
    assert secret.cacher(cases) == {('a', 'y'), ('a', 'z'), ('c', 'y'), ('c', 'z')}
    assert secret.cacher(montrer({('a', 'x'): 10, ('b', 'x'): 11})) == set()
    def dire(tenues, total, referents=3):
        faits = ensembles.Faits({
            'numero': range(total), 'lue': [1] * total, ('restreinte', 'oui'): [0] * total,
            'referent': [1 + n % referents for n in range(total)],
            'temps': ['jointe', 'appelee'][:tenues] + ['jointe'] * (tenues - 2) + ['aucun'] * (total - tenues)})
        tous = ensembles.Ensemble(faits, (1 << total) - 1)
        return ouvertes._dire_la_promesse(chiffres.Lues(tous, tous - tous))
    assert {dire(n, 250) for n in range(241, 251)} == {('au moins', '96')}
    assert dire(240, 250) == ('exacte', '96') and dire(125, 250) == ('exacte', '50')
    assert {dire(n, 250) for n in range(10)} == {('au plus', '4')}
    assert dire(9, 9) == ('secret', '') and dire(200, 200, referents=2) == ('secret', '')
    monkeypatch.setattr(secret, 'PLANCHER', 3)
    hasard, essais, cachees_en_plus = random.Random(26), 0, 0
    lignes, colonnes = ('a', 'b'), ('x', 'y')
    while essais < 120:
        inner = {cle: hasard.choice((0, 1, 1, 2, 2, 3, 4, 5)) for cle in itertools.product(lignes, colonnes)}
        cases = montrer(inner, hasard.choice((0, 0, 1, 2, 3)))
        if cases[ENSEMBLE, ENSEMBLE] < 3:
            continue
        essais += 1
        jamais = {cle for cle in cases if 'R' in cle}
        cachees = secret.cacher(cases, jamais)
        assert {cle for cle, n in cases.items() if n < 3} <= cachees
        cachees_en_plus += len([cle for cle in cachees - jamais if cases[cle] >= 3])
        for cle, valeurs in mondes_possibles(cases, cachees, lignes, colonnes).items():
            assert cases[cle] in valeurs, (cases, cle)
            assert len(valeurs) > 1 or cases[cle] >= 3, (cases, cachees, cle)
    assert cachees_en_plus > 120


def deposer_des(jour, combien):
    with models.ecriture():
        for n in range(combien):
            models.db.execute_sql(
                """INSERT INTO demande (depose_le, jeton, statut, origine, theme_id, fiche_id, promesse, collectivite,
                     type, message, echeance) SELECT ?, hex(randomblob(20)), 'en_cours', 'plateforme', theme_id, id,
                     promesse, 'Bonnat', 'Commune', 'Besoin', ? FROM fiche WHERE id = ?""",
                (f'{jour}T09:00:00Z', jour, 1 + n % 2))


@pytest.fixture
def anciennes(monde):
    deposer_des('2025-03-10', 40)


def dater_l_accord():
    en_ecriture(fixer, 'accord_ouvertes', 'Relevé du comité', '2026-11-20')


def diffuser(navigateur, annee='2025', status=303, **valeurs):
    return poster(navigateur, f'{ADMIN}/{annee}', valeurs, status=status)


def test_sans_accord_date_rien_n_est_diffuse_ce_qui_a_change_se_relit(anciennes, site, maxime):
    assert 'Rien n\'est diffusé tant que l\'accord' in texte(maxime.get(ADMIN))
    assert maxime.get(f'{ADMIN}/2025', status=303).location.endswith(ADMIN)
    with models.lecture():
        vue = ouvertes.empreinte(ouvertes.compter(models.lire_agents('WHERE administrateur')[0], '2025'))
    for dite in ('', vue):
        reponse = maxime.post(f'{ADMIN}/2025', {'vue': dite, 'relu_par': ''}, status=303)
        assert 'n\'est pas daté' in texte(reponse.follow()), dite
    assert 'Demandes des collectivités' not in texte(site.get(PAGE))
    assert 'Sans date : aucun chiffre n\'est diffusé' in texte(maxime.get('/espace/admin'))
    dater_l_accord()
    assert lire(site.get(FICHIER)) == []
    form = le_formulaire(maxime.get(f'{ADMIN}/2025'), f'{ADMIN}/2025')
    deposer_des('2025-06-10', 1)
    revenue = form.submit(status=409)
    assert 'ont changé depuis' in texte(revenue) and lire(site.get(FICHIER)) == []
    le_formulaire(revenue, f'{ADMIN}/2025').submit(status=303)
    assert len(lire(site.get(FICHIER))) > 10


def test_une_annee_diffusee_ne_change_plus_et_l_accord_dedate_la_retient(anciennes, monde, site, maxime):
    dater_l_accord()
    site.get(PAGE)                                                  # kept in memory
    tableau = maxime.get(ADMIN).click('Relire', index=0).html.select('main table')[1].get_text(' ', strip=True)
    diffuser(maxime)
    publique = site.get(PAGE)
    assert publique.html.select('#demandes ~ details table, details table')[0].get_text(' ', strip=True) == tableau
    lignes = lire(site.get(FICHIER))
    assert {x['annee'] for x in lignes} == {'2025'}
    (total,) = [x for x in lignes if (x['mesure'], x['theme'], x['genre']) == ('recues', ENSEMBLE, ENSEMBLE)]
    assert total['valeur'] == '40' and total['precision'] == 'exacte'
    assert {x['precision'] for x in lignes} <= set(ouvertes.PRECISIONS)
    assert all(x['valeur'] == '' for x in lignes if x['precision'] == 'secret')
    assert ('document ajouté', monde.admin.courriel, 'ouverte 2025\u00a0: demandes-2025.csv') in faits()
    avant = site.get(FICHIER).body
    deposer_des('2025-06-10', 7)
    en_ecriture(models.Demande.update(restreinte=1).where(models.Demande.numero % 3 == 0).execute)
    assert site.get(FICHIER).body == avant
    fixer_tous(accord_ouvertes='')
    assert lire(site.get(FICHIER)) == [] and 'retenue' in texte(maxime.get(ADMIN))
    assert 'Cette année est retenue' in texte(maxime.get(f'{ADMIN}/2025'))
    dater_l_accord()
    assert site.get(FICHIER).body == avant


def test_une_annee_ne_se_diffuse_ni_deux_fois_ni_avant_sa_fin_et_se_retire(anciennes, site, maxime):
    dater_l_accord()
    form = le_formulaire(maxime.get(f'{ADMIN}/2025'), f'{ADMIN}/2025')
    diffuser(maxime)
    assert 'est déjà diffusée' in texte(form.submit(status=409))
    poster(maxime, f'{ADMIN}/2025/retirer', {}, page=f'{ADMIN}/2025')
    assert lire(site.get(FICHIER)) == []
    maxime.post(f'{ADMIN}/2025/retirer', status=404)
    assert 'qui a gardé l\'ancien fichier' in texte(maxime.get(f'{ADMIN}/2025'))
    diffuser(maxime)
    assert lire(site.get(FICHIER))
    for annee in ('2026', '2027', '2999', '1000', '2010'):
        assert 'choisissez dans la liste' in texte(maxime.get(f'{ADMIN}/{annee}', status=404)), annee
        maxime.post(f'{ADMIN}/{annee}', {'vue': 'x', 'relu_par': ''}, status=404)
    poster(maxime, f'{ADMIN}/2025/retirer', {}, page=f'{ADMIN}/2025')
    fixer_tous(electorale_du='2026-01-01', electorale_au='2099-01-01')
    refusee = diffuser(maxime, relu_par='', status=422)
    assert 'écrivez qui l\'a relu' in fautes(refusee)[0] and lire(site.get(FICHIER)) == []
    form = le_formulaire(maxime.get(f'{ADMIN}/2025'), f'{ADMIN}/2025')
    form['relu_par'] = 'Alix Temoin, direction juridique'
    deposer_des('2025-06-10', 1)
    le_formulaire(form.submit(status=409), f'{ADMIN}/2025').submit(status=303)      # the name is kept
    assert lire(site.get(FICHIER))
    assert any(fait == 'contenu relu' and 'demandes de 2025' in detail and 'Alix Temoin' in detail
               for fait, _, detail in faits())


def test_une_seule_demande_ou_dix_ans_de_reprise_ne_disent_rien_de_trop(site, maxime):
    dater_l_accord()
    assert 'Aucune année n\'est finie' in texte(maxime.get(ADMIN))
    deposer_des('2024-05-10', 1)
    deposer_des('2025-05-10', 60)
    en_ecriture(models.Demande.update(reprise=1).execute)
    diffuser(maxime, '2024')
    diffuser(maxime, '2025')
    dites = {(x['annee'], x['mesure'], x['theme'], x['genre']): x['valeur'] for x in lire(site.get(FICHIER))}
    assert not any(valeur for (annee, *_), valeur in dites.items() if annee == '2024')
    assert dites['2025', 'recues', ENSEMBLE, ENSEMBLE] == dites['2025', 'reprises', ENSEMBLE, ENSEMBLE] == '60'
    assert dites['2025', 'promesse', ENSEMBLE, ENSEMBLE] == ''
    dite = ' '.join(texte(site.get(PAGE)).split())
    assert '« secret » : un nombre inférieur à dix' in dite and '« au plus » : à moins de dix demandes près' in dite


def test_le_dictionnaire_dit_chaque_colonne_un_theme_n_est_pas_pris_pour_une_marge(site, monde, anciennes):
    colonnes = list(csv.reader(io.StringIO(site.get(FICHIER).body.decode('utf-8-sig')), delimiter=';'))[0]
    dictionnaire = lire(site.get(f'{PAGE}/dictionnaire-demandes.csv'))
    assert [x['colonne'] for x in dictionnaire] == colonnes == list(ouvertes.Ligne._fields)
    assert all(x['type'] and x['description'].endswith(('.', '»')) for x in dictionnaire)
    assert [c.nom for c in pages.COMPTES] == colonnes
    assert {type_: ouvertes._genre(type_) for type_ in TYPES} == {type_: genre_de(type_) for type_ in TYPES}
    for nom in ('Ensemble', 'Diffusion restreinte', 'Sans thème'):
        changer_ligne(monde.theme, nom=nom)
        with models.lecture():
            lignes = [((x.mesure, x.theme, x.genre), x.valeur) for x in ouvertes.compter(monde.admin, '2025')]
        dites = dict(lignes)
        assert len(lignes) == len(dites) and ('recues', f'{nom} (thème)', 'Communes') in dites, nom
        assert dites['recues', ENSEMBLE, ENSEMBLE] == '40', nom


def test_un_administrateur_suspend_les_lecteurs_le_temps_de_la_periode(monde, entrer, heure, site, lecteur):
    def fixer_la_periode(du, au):
        poster(entrer(monde.admin), '/espace/admin/calendrier/electorale', {
            'electorale_du': du, 'electorale_au': au, 'electorale_lecteurs': True}, page='/espace/admin/calendrier')
    navigateur = entrer(lecteur)
    navigateur.get('/espace/pilotage')
    fixer_la_periode('2026-11-01', '2027-03-21')
    retour = navigateur.get('/espace/pilotage', status=401)
    assert 'les lecteurs des chiffres ne se connectent pas, jusqu\'au 21 mars 2027 compris' in re.sub(
        r'\s+', ' ', texte(retour))
    assert any('lecteurs suspendus' in detail for fait, _, detail in faits() if fait == 'période électorale fixée')
    with pytest.raises(Refus, match='suspendus jusqu\'au 21\u00a0mars 2027'), models.lecture():
        comptes.exiger_un_compte_qui_ouvre(models.Agent.get_by_id(lecteur.id))
    heure('2027-03-22T09:00:00Z')
    entrer(lecteur).get('/espace/pilotage')
    assert 'lecteurs des chiffres' not in texte(site.get('/connexion'))
    fixer_la_periode('', '')
    with models.lecture():
        assert not models.Reglage.tous()['electorale_lecteurs'] and not models.lecteurs_suspendus()
