"""What a mairie met on the public pages: the whole promise, the cost, errors with a menu, titles, paper, lost words."""
import re
import sqlite3

import pytest
from conftest import RACINE, sources
from fichiers import lire
from test_catalogue import PAGES, fiche, regler, texte

import models
from verbes import notes
from views import erreurs, vitrine
from views.gabarits import FEUILLES, lire_statique


def test_chaque_fiche_dit_son_cout_une_fois_et_le_report_au_premier_jour_ouvre(site):
    page = site.get('/fiches/1-conseil-juridique')
    assert texte(page.html.find(id='cout').find_next('p')) == vitrine.CONDITIONS
    assert page.html.get_text().count(vitrine.CONDITIONS) == 1 and page.html.find(class_='conditions') is None
    fiche('Payante', conditions='Réservé aux adhérents.\n<b>Une</b> convention : 300 € ?')
    page = site.get('/fiches/4').follow()
    assert [texte(p) for p in page.html.select('.conditions p')][:2] == [
        'Réservé aux adhérents.', '<b>Une</b> convention : 300 € ?']
    assert '300\u00a0€\u00a0?' in page.html.find(class_='conditions').get_text().replace('300 €', '300\u00a0€')
    for champs, dits in (
            ({'gratuit': 'oui'}, ['Gratuit']), ({'gratuit': 'la première visite'}, ['Gratuit : la première visite']),
            ({'adherents_de': 2}, ['Réservé aux adhérents : Haute-Garonne Ingénierie – HGI']),
            ({'par_convention': 'Oui'}, ['Sous condition d\'éligibilité, par convention']),
            ({'par_convention': 'communes de moins de 5 000 habitants', 'payant': '0,30 € par habitant'},
             ['Payant, ordre de grandeur : 0,30 € par habitant',
              'Sous condition d\'éligibilité, par convention : communes de moins de 5 000 habitants']),
            ({'gratuit': 'oui', 'adherents_de': 2, 'conditions': 'Une <b>visite</b> par an.'},
             ['Gratuit', 'Réservé aux adhérents : Haute-Garonne Ingénierie – HGI', 'Une <b>visite</b> par an.'])):
        numero = fiche(f'Un appui, {id(champs)}', **champs).id
        page = site.get(f'/fiches/{numero}').follow()
        assert [texte(p) for p in page.html.select('.conditions p')] == dits, (champs, dits)
        dite = texte(page.html.main)
        assert vitrine.CONDITIONS not in dite and all(dite.count(dit) == 1 for dit in dits), (champs, dits)
    assert [texte(a) for a in site.get('/recherche', {'q': 'adhérent'}).html.select('.resultats h3 a')] == ['Payante']
    adresses = ('/', '/demande', '/demande?fiche=1')
    for adresse in adresses:
        assert '(reporté au premier jour ouvré)' in texte(site.get(adresse).html.body), adresse
    regler('jours', 'ouvres')                                       # counted in working days, none is put off
    for adresse in adresses:
        assert 'reporté' not in texte(site.get(adresse).html.body), adresse


def erreur(site, code):
    """A page of each error, as a mairie may meet it."""
    if code == 404:
        return site.get('/nulle-part', status=404)
    if code == 405:
        return site.post('/catalogue', status=405)
    if code == 400:
        return site.get('/recherche?q=%ff', status=400)
    return site.post('/demande', 'x' * 26_000_001, status=413)


def test_une_page_d_erreur_a_le_menu_la_recherche_le_pied_et_le_catalogue_sous_le_sien_meme_sans_la_base(
        entrer, monde, site, base):
    navigateur = entrer(monde.referent)
    for adresse, code in (('/espace/demandes/999', 404), ('/espace/admin', 403)):
        page = navigateur.get(adresse, status=code)
        assert monde.referent.nom_complet in texte(page.html.header) and page.html.body['class'] == ['espace']
    page = navigateur.get('/nulle-part', status=404)                # whose it is, nobody has asked
    assert monde.referent.nom_complet not in page.text
    assert monde.referent.nom_complet not in site.get('/espace/demandes/999', status=401).text
    for code in (400, 404, 405, 413):
        regler('telephone', '0536490000')
        regler('demonstration', 'oui')
        site.get('/')
        page = erreur(site, code)
        assert len(page.html.select('nav[aria-label="Menu principal"] a')) == 7, code
        assert page.html.select_one('main form[role=search]')['action'] == '/recherche', code
        assert page.html.select_one('footer a[href="tel:+33536490000"]') and page.html.select_one('.bandeau-demo'), code
        assert {'/catalogue', '/plan-du-site', '/demande'} <= {a['href'] for a in page.html.select('main a')}, code
        assert page.html.title.string.startswith(f'Erreur {code} – ') and len(page.html.find_all('h1')) == 1, code
    for adresse in ('/catalogue/99-x', '/fiches/99-x'):
        assert site.get(adresse, status=404).html.select('main a[href="/catalogue"]'), adresse
    for connus in (True, False):                                    # as last read, or never, without what it says
        if not connus:
            erreurs.connus.clear()
        models.debrancher()
        try:
            for adresse, code in (('/', 503), ('/nulle-part', 404)):
                page = site.get(adresse, status=code)
                assert page.html.select_one('nav[aria-label="Menu principal"]') and page.html.select_one('footer')
                assert page.html.select_one('main form[role=search]')
                assert bool(page.html.select_one('footer a[href^="tel:"]')) == connus
        finally:
            models.brancher(base)


def test_une_page_a_son_titre_ses_intertitres_dans_l_ordre_sa_description_et_imprimee_son_adresse(site):
    for adresse, debut in (
            ('/catalogue?theme=1&delai=10', 'Catalogue : Assistance juridique · Sous 10 jours (projet complexe) – '),
            ('/catalogue?structure=2', 'Catalogue : Haute-Garonne Ingénierie – HGI – '),
            ('/catalogue', 'Catalogue des accompagnements – '),
            ('/recherche?q=Bourg+centre', 'Recherche « bourg centre » (1 fiche) – '),
            ('/recherche?q=%3Cb%3Ezzz', 'Recherche « zzz » (aucune fiche) – '),
            ('/recherche', 'Recherche – ')):
        assert site.get(adresse).html.title.string.replace('\xa0', ' ').startswith(debut), adresse
    pages = [site.get(adresse) for adresse in PAGES]
    for page in [*pages, *(erreur(site, code) for code in (400, 404, 405, 413))]:
        titres = [t.name for t in page.html.find_all(re.compile('^h[1-6]$'))]
        assert titres[0] == 'h1', page.request.path
        assert all(int(b[1]) <= int(a[1]) + 1 for a, b in zip(titres, titres[1:])), page.request.path
    assert texte(site.get('/').html.footer.h2) == 'Une question ?'
    decrites = {}
    for adresse in (*(p for p in PAGES if 'recherche' not in p), '/demande', '/suivi'):
        balise = site.get(adresse).html.select_one('meta[name=description]')
        assert balise and 20 <= len(balise['content']) <= 320, adresse
        decrites[adresse] = balise['content']
    assert len(set(decrites.values())) == len(decrites)
    assert decrites['/fiches/1-conseil-juridique'].startswith('Conseil juridique, en bref.')
    page = site.get('/fiches/1-conseil-juridique').html
    assert 'http://127.0.0.1:8080/fiches/1-conseil-juridique' in texte(page.select_one('.seule-impression'))
    assert page.select_one('button[data-imprimer][hidden][type=button]')


def vaines():
    return lire('SELECT mots, nombre, vu_le FROM sans_reponse ORDER BY nombre DESC, mots')


def test_une_recherche_sans_reponse_est_notee_par_ses_mots_sans_secret_ni_perte_dans_ses_bornes(site, base, heure):
    for q in ('jean.dupont@orange.fr', 'Jean Dupont @ orange.fr zzz', 'zzz 05 36 49 00 12', 'zzz +33536490012',
              'z 0536.49.00.12', 'http://127.0.0.1:8080/suivi/zzz', 'suivi/AbCdEfGhIjKlMnOpQrStUv',
              'zzz 1a2b3c4d5e6f', 'x' * 60):
        site.get('/recherche', {'q': q})
        notes.ecrire_notes()
        assert vaines() == [], q
    for q in ('Agrandir le cimetière', 'cimetiere : agrandir !', 'agrandir cimetière', 'juridique', 'je veux', ''):
        site.get('/recherche', {'q': q})
    assert vaines() == []                                           # a reading writes nothing
    notes.ecrire_notes()
    assert vaines() == [('agrandir cimetiere', 2, '2026-11-24'), ('cimetiere agrandir', 1, '2026-11-24')]
    site.get('/recherche', {'q': 'agrandir cimetière'})
    models.debrancher()
    with pytest.raises((models.BaseIndisponible, sqlite3.Error)):   # a base that is busy loses nothing
        notes.ecrire_recherches()
    models.brancher(base)
    assert notes.ecrire_recherches() == 1
    notes.ecrire_notes()
    assert vaines()[0] == ('agrandir cimetiere', 3, '2026-11-24')
    for _ in range(4):
        site.get('/recherche', {'q': 'cimetiere'})
    notes.ecrire_notes()
    mots = [f'zz{chr(97 + n % 26)}{chr(97 + n // 26)}zz' for n in range(600)]
    for debut in range(0, 600, 100):
        for mot in mots[debut:debut + 100]:
            notes.noter_recherche(mot)
        notes.ecrire_notes()
    assert len(vaines()) == 500 and vaines()[0][0] == 'cimetiere'
    for mot in mots:
        notes.noter_recherche(mot)
    assert len(notes._vaines) <= notes.RECHERCHES_MAX < 600
    notes.ecrire_notes()
    heure('2027-11-26T09:00:00Z')                                   # nobody has asked for a year
    notes.noter_recherche('fibre')
    notes.ecrire_notes()
    assert [mots for mots, *_ in vaines()] == ['fibre']


def test_les_mots_d_une_recherche_commencent_le_message_de_la_demande_libre_et_sans_reponse_l_administrateur_les_lit(
        site, entrer, monde, heure):
    for q in ('Agrandir le cimetière & "clôturer"', 'conseil juridique', '<script>alert(1)</script> zzz'):
        page = site.get('/recherche', {'q': q})
        page = site.get(next(a['href'] for a in page.html.select('main a') if a['href'].startswith('/demande?q=')))
        assert page.form['message'].value.strip() == q and '<script>alert' not in page.text
    assert len(site.get('/demande', {'q': 'x' * 5000}).form['message'].value.strip()) == 200
    assert site.get('/demande', {'q': ' '}).form['message'].value == ''
    navigateur = entrer(monde.admin)
    assert 'sans réponse' not in navigateur.get('/espace/admin').text
    assert 'Aucune' in texte(navigateur.get('/espace/admin/recherches').html.main)
    for jour in ('24', '25', '26'):                                 # one that comes back on three days (besoins)
        heure(f'2026-11-{jour}T09:00:00Z')
        for q in ('cimetière', 'cimetière', 'la fibre'):
            site.get('/recherche', {'q': q})
        notes.ecrire_notes()
        navigateur = entrer(monde.admin)
        page = navigateur.get('/espace/admin/recherches')
        assert ('cimetiere' in page) == (jour == '26')
    assert [[texte(c) for c in ligne.select('th, td')] for ligne in page.html.select('tbody tr')] == [
        ['cimetiere', '6', '3', '26 novembre'], ['fibre', '3', '3', '26 novembre']]
    assert 'recherches sans réponse' in texte(navigateur.get('/espace/admin').html)
    assert navigateur.get('/espace/admin/portes').html.select_one('a[href="/espace/admin/recherches"]')


def test_aucune_page_publique_n_emploie_une_regle_des_agents_ni_une_region_le_nom_de_sa_section():
    """Their sheet is that of the agents without espace.css (FEUILLES)."""
    fichiers = sorted(chemin.name for chemin in RACINE.glob('static/*.css'))
    assert sorted(FEUILLES['plateforme.css']) == fichiers
    assert tuple(f for f in FEUILLES['plateforme.css'] if f != 'espace.css') == FEUILLES['publique.css']
    feuille, publique = (lire_statique(nom)[0].decode() for nom in ('plateforme.css', 'publique.css'))
    assert len(publique) < 0.7 * len(feuille) and publique.rstrip().endswith('}')
    classes, publiques = (set(re.findall(r'\.([a-z][a-z0-9-]*)', texte)) for texte in (feuille, publique))
    for gabarit in sources('views', '*.html'):
        texte = gabarit.read_text('utf-8')
        if "{% extends 'gabarit.html' %}" in texte and gabarit.name != 'gabarit_espace.html':
            employees = {nom for attribut in re.findall(r'class="([^"]*)"', texte) for nom in attribut.split()}
            assert employees & (classes - publiques) == set(), gabarit
    for gabarit in sources('views', '*.html'):
        texte_du_gabarit = gabarit.read_text(encoding='utf-8')
        noms = re.findall('role="region" aria-label="([^"]+)"', texte_du_gabarit)
        assert not {*noms} & {*re.findall(r'<h[23][^>]*>\s*([^<]+?)\s*</h', texte_du_gabarit)}, gabarit
        for ancre in re.findall('role="region" aria-labelledby="([^"]+)"', texte_du_gabarit):
            assert texte_du_gabarit.count(f'aria-labelledby="{ancre}"') == 1, gabarit
            assert f'm.panneau(\'{ancre}\'' not in texte_du_gabarit, gabarit
