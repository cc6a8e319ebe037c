"""A real Chromium for the tests: with and without JavaScript, at 1280 and 320 px, axe on every page.

Without a Chromium they are skipped, with one line that says how to install it; NAVIGATEUR=obligatoire makes them fail
instead.
"""

import os
import re
import shutil
from pathlib import Path

import pytest
from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from conftest import RACINE, limiter
from playwright.sync_api import Locator, expect, sync_playwright
from serveur import PATIENCE, port_libre, servie_ici

import langue
import models
from verbes import comptes
from verbes.exploitation.environnement import Configuration
from views import wsgi

# The first that is there: without windows, a page costs half the processor time.
CHROMIUM = next(filter(None, map(shutil.which, (
    'chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome'))), None)

ARGUMENTS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
             '--disable-component-update', '--disable-sync']
LARGE, ETROIT = 1280, 320
AXE = {'runOnly': {'type': 'tag', 'values': ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']},
       'resultTypes': ['violations'],  # what passes is not detailed: a third of its time
       'preload': False}               # no page has a sound
ADRESSE_AXE = '/axe.js'
# What width changes: two rules that measure, the contrasts in these alone (test_la_largeur_ne_recolore_que…), and what
# it shows or hides.
MESURENT = ['target-size', 'scrollable-region-focusable']
RECOLORES = ('.demandes', '.fiches', '.carte-communes', '.carte-epci')
expect.set_options(timeout=PATIENCE * 1000)


def jusqu_au_bout(geste):
    """This gesture, ended once the page that it leads to is there whole: playwright waits for its first bytes, and its
    title asked then was still empty on a loaded machine."""
    def faire(ici, *arguments, **options):
        geste(ici, *arguments, **options)
        if not ici.page.is_closed():
            ici.page.wait_for_load_state()
    return faire


Locator.click, Locator.press = jusqu_au_bout(Locator.click), jusqu_au_bout(Locator.press)


@pytest.fixture(scope='session')
def chromium(tmp_path_factory):
    if not CHROMIUM and os.environ.get('NAVIGATEUR') != 'obligatoire':
        pytest.skip('il manque chromium\u00a0: apt install chromium')
    assert CHROMIUM, 'NAVIGATEUR=obligatoire : installez Chromium (apt install chromium)'
    dossier = tmp_path_factory.getbasetemp()
    CONNUS.ouvrir((dossier.parent if 'PYTEST_XDIST_WORKER' in os.environ else dossier) / 'pages-connues')
    with sync_playwright() as playwright:
        navigateur = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield navigateur
        navigateur.close()


@pytest.fixture
def service(base):
    """The application of the test served by waitress in this process. Gives the URL."""
    limiter(secondes_minimum=0)
    port = port_libre()
    configuration = Configuration({'PLATEFORME_BASE': base, 'PLATEFORME_ECOUTE': f'127.0.0.1:{port}'})
    with servie_ici(avec_axe(wsgi.assembler(configuration)), port, fils=4):
        yield configuration.url


def avec_axe(application):
    """The application, and axe at an address of the site: a page has it from there in a third of the time that it takes
    to send it."""
    octets = AXE_SCRIPT.encode()

    def servir(environ, start_response):
        if environ['PATH_INFO'] != ADRESSE_AXE:
            return application(environ, start_response)
        start_response('200 OK', [('Content-Type', 'text/javascript; charset=utf-8'),
                                  ('Content-Length', str(len(octets))), ('Cache-Control', 'max-age=86400')])
        return [octets]
    return servir


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    rapport = yield
    item.echoue = rapport.failed or getattr(item, 'echoue', False)
    return rapport


@pytest.fixture
def contexte_de(chromium, request, tmp_path):
    """A browser that knows nothing yet, on a site: contexte_de(url, largeur=1280, js=True) → playwright BrowserContext.
    Of a test that fails, what each page showed stays.

    Its reader asks for no motion: a page that glides to what was asked for keeps a click waiting, up to a second and a
    half.
    """
    contextes = []

    def nouveau(url, largeur=LARGE, js=True, **options):
        contexte = chromium.new_context(viewport={'width': largeur, 'height': 900}, java_script_enabled=js,
                                        base_url=url, locale='fr-FR', reduced_motion='reduce', **options)
        contexte.set_default_timeout(PATIENCE * 1000)
        contexte.avec_script, contexte.adresse = js, url
        contextes.append(contexte)
        return contexte

    yield nouveau
    if request.node.echoue:
        laisser(tmp_path, [page for contexte in contextes for page in contexte.pages])
    for contexte in contextes:
        contexte.close()


@pytest.fixture
def ouvrir(service, contexte_de):
    """A new page: ouvrir(largeur=1280, js=True) → playwright Page."""
    return lambda largeur=LARGE, js=True: contexte_de(service, largeur, js).new_page()


def laisser(dossier, pages):
    """The picture and the HTML of these pages, in a folder that pytest keeps of a test that fails; says where."""
    for rang, page in enumerate(pages, 1):
        page.screenshot(path=dossier / f'page-{rang}.png', full_page=True)
        (dossier / f'page-{rang}.html').write_text(page.content())
        print(f'{page.url}\u00a0: {dossier}/page-{rang}.png')


class Connus(set):
    """What was found good, by every worker of the run: each writes what it adds in a file, and reads there the rest."""
    lus = 0

    def ouvrir(self, chemin):
        self.fichier = os.open(chemin, os.O_RDWR | os.O_CREAT | os.O_APPEND)

    def ajouter(self, cles):
        os.write(self.fichier, ''.join(f'{cle}\n' for cle in cles).encode())

    def neufs(self, cles):
        ecrit = os.pread(self.fichier, os.fstat(self.fichier).st_size - self.lus, self.lus)
        self.lus += len(ecrit)
        self.update(ecrit.decode().splitlines())
        return [cle for cle in cles if cle not in self]


CONNUS = Connus()
LIRE = Path(__file__).resolve().with_suffix('.js').read_text()
ATTRIBUTS = sorted({'disabled', 'role', 'tabindex'} | {
    nom for feuille in RACINE.glob('static/*.css') for nom in re.findall(r'\[([a-z-]+)', feuille.read_text())
} - {'href', 'name', 'title', 'value'})


def verifier(page):
    """On the page reached, once loaded, as it stands at 1280 and at 320 px (at its own width, were it another one):
    axe finds nothing (WCAG 2.2 A and AA), nothing scrolls sideways; one h1, a title, no id twice.

    The same bytes are not looked at again, but for what is drawn at random.
    """
    page.wait_for_load_state()
    vue, taille = page.evaluate(LIRE, ['vue', ATTRIBUTS, None]), page.viewport_size
    assert vue['h1'] == 1 and vue['titre'], page.url
    assert not vue['doubles'], f'id en double\u00a0: {vue["doubles"]}, {page.url}'
    lue = f'{page.context.avec_script} {taille["width"]} {vue["rendu"]} {vue["empreinte"]}'
    if not CONNUS.neufs([lue]):
        return
    for largeur in (ETROIT, LARGE) if taille['width'] == LARGE else (taille['width'],):
        if largeur != page.viewport_size['width']:
            page.set_viewport_size({'width': largeur, 'height': taille['height']})
        allures = page.evaluate(LIRE, ['allures', ATTRIBUTS, None])
        assert not allures['deborde'], f'défilement horizontal à {largeur} : {page.url}'
        if page.context.avec_script:  # axe is a script: it sees the same pages in the runs with one
            _sans_faute(page, f'{largeur} {vue["rendu"]} ', allures['allures'], largeur == taille['width'])
    CONNUS.ajouter([lue])


def sans_defiler(page):
    """Nothing scrolls sideways at 320 px nor at 1280."""
    for largeur in (ETROIT, LARGE):
        page.set_viewport_size({'width': largeur, 'height': 900})
        assert page.evaluate('document.documentElement.scrollWidth') <= largeur, (page.url, largeur)


def _sans_faute(page, ou, allures, ouverte_ainsi):
    """axe reads each page at 1280 px; at 320, where it looks like nothing seen before: by those of its rules alone that
    measure, if the page was opened at 1280 and 320 shows and hides nothing new. The contrasts of what looks new.
    """
    largeur = page.viewport_size['width']
    neuves = CONNUS.neufs([ou + allure for allure in allures])
    if largeur < LARGE and not neuves:
        return
    a_voir = [nom.removeprefix(ou) for nom in neuves]
    basculent = [nom for nom in a_voir if nom.startswith('~')]
    if largeur < LARGE and not page.locator(', '.join(RECOLORES)).count():
        a_voir = basculent
    regles = None if ouverte_ainsi or basculent else MESURENT
    demande = ['fautes', ATTRIBUTS, {'options': AXE, 'axe': ADRESSE_AXE, 'regles': regles, 'neuves': a_voir}]
    fautes = page.evaluate(LIRE, demande)
    if not fautes:  # another server than these
        page.evaluate(AXE_SCRIPT)
        fautes = page.evaluate(LIRE, demande)
    resultats = AxeResults(fautes)
    assert resultats.violations_count == 0, f'{page.url}\n{resultats.generate_report()}'
    CONNUS.ajouter(neuves)


def entrer(page, agent, adresse='/espace'):
    """Signed in, at an address: « Ma journée », unless said; nowhere yet, of None."""
    with models.ecriture():
        cookie = comptes.ouvrir_session(agent)
    page.context.add_cookies([{'name': 'session', 'value': cookie, 'url': page.context.adresse}])
    if adresse:
        page.goto(adresse)


def se_connecter(page, agent):
    """By the form, with the password of connus."""
    page.goto('/connexion')
    verifier(page)
    page.get_by_label('Courriel').fill(agent.courriel)
    page.get_by_label('Mot de passe').fill(MOT_DE_PASSE)
    page.get_by_role('button', name='Se connecter').click()
    page.wait_for_url('**/espace')


MOT_DE_PASSE = 'une phrase de test assez longue'


@pytest.fixture
def connus(monde, hachage_rapide):
    """The password of the people of the small world."""
    hache = comptes.hacher(MOT_DE_PASSE)
    with models.ecriture():
        models.Agent.update(mot_de_passe=hache).execute()
    return monde


FORMULAIRE = {'Message': 'Réaménager la place du bourg, devant la mairie.', 'Collectivité': 'Rieumes',
              'Nom': 'Exemplaire', 'Prénom': 'Jeanne',
              'Courriel': 'mairie@rieumes.example', 'Téléphone': '05 36 49 00 12'}
FICHIERS = [{'name': nom, 'mimeType': 'text/plain', 'buffer': b'La place.'} for nom in ('plan.txt', 'place.txt')]


def champ(page, libelle):
    """The field whose label is exactly this, before « (obligatoire) » or « (facultatif) »."""
    libelle = langue.courber(libelle)
    return page.get_by_label(re.compile(rf'^{re.escape(libelle)}\s*(\((obligatoire|facultatif)\))?$')).first


def bouton(page, nom):
    return page.get_by_role('button', name=langue.courber(nom), exact=True)


def deposer(page, **autres):
    """From the catalogue to the tracking page, looking at each page; gives the demande's number."""
    page.goto('/')
    verifier(page)
    page.goto('/catalogue')
    verifier(page)
    page.get_by_role('link', name='Revitalisation de bourg-centre').first.click()
    verifier(page)
    page.get_by_role('link', name='Demander cet accompagnement').click()
    verifier(page)
    bouton(page, 'Envoyer la demande').click()
    page.wait_for_selector('#erreurs')
    assert page.title().startswith('Erreur – ')
    verifier(page)
    for libelle, valeur in {**FORMULAIRE, **autres}.items():
        champ(page, libelle).fill(valeur)
    page.locator('#pieces').set_input_files(FICHIERS)
    bouton(page, 'Envoyer la demande').click()
    page.wait_for_url('**/suivi/**')
    verifier(page)
    return int(re.search(r'n°\s(\d+)', page.locator('main').inner_text())[1])
