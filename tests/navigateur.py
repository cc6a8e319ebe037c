"""A real Chromium for the tests: with and without JavaScript, at 1280 and 320 px, axe on every page.

Without a Chromium they are skipped, with one line that says how to install it; NAVIGATEUR=obligatoire makes them fail
instead.
"""

import os
import re
import shutil

import pytest
from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from conftest import RACINE, limiter
from playwright.sync_api import Locator, expect, sync_playwright
from serveur import PATIENCE, port_libre, servie_ici

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
# Width changes contrasts in these alone (test_la_largeur_ne_recolore_que…).
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
def chromium():
    if not CHROMIUM and os.environ.get('NAVIGATEUR') != 'obligatoire':
        pytest.skip('il manque chromium\u00a0: apt install chromium')
    assert CHROMIUM, 'NAVIGATEUR=obligatoire : installez Chromium (apt install chromium)'
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
    with servie_ici(wsgi.assembler(configuration), port, fils=4):
        yield configuration.url


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


def verifier(page):
    """On the page reached, once loaded, as it stands at 1280 and at 320 px (at its own width, were it another one):
    axe finds nothing (WCAG 2.2 A and AA), nothing scrolls sideways; one h1, a title."""
    page.wait_for_load_state()
    assert page.locator('h1').count() == 1 and page.title()
    taille = page.viewport_size
    for largeur in (ETROIT, LARGE) if taille['width'] == LARGE else (taille['width'],):
        if largeur != page.viewport_size['width']:
            page.set_viewport_size({'width': largeur, 'height': taille['height']})
        vue = page.evaluate(VUE, sorted(ATTRIBUTS))
        assert not vue['deborde'], f'défilement horizontal à {largeur} : {page.url}'
        if page.context.avec_script:  # axe is a script: it sees the same pages in the runs with one
            _sans_faute(page, largeur, vue)


# (width, media and sheets, page) that axe has found good: the same bytes are not read again, but for what is drawn at
# random.
_BONNES = set()
HASARD = re.compile(r'127\.0\.0\.1:\d+|value="[\w-]{16,}"')
# What a page looks like: its elements, each with its parent, and what the style sheets tell apart of them.
ATTRIBUTS = {'disabled', 'role', 'tabindex'} | {
    nom for feuille in RACINE.glob('static/*.css') for nom in re.findall(r'\[([a-z-]+)', feuille.read_text())
} - {'href', 'name', 'title', 'value'}
DIRE = """const un = e => [e.tagName, ...noms.map(n => e.getAttribute(n)), e.checked].join();
  const dire = e => un(e) + ' < ' + un(e.parentElement), tous = [...document.body.querySelectorAll('*')];"""
VUE = f"""noms => {{
  {DIRE}
  const rendu = ['print', '(forced-colors: active)', '(prefers-color-scheme: dark)'].map(m => matchMedia(m).matches);
  const feuilles = [...document.querySelectorAll('link[rel=stylesheet]')].map(l => l.getAttribute('href'));
  const {{scrollWidth, clientWidth, outerHTML}} = document.documentElement;
  return {{html: outerHTML, rendu: [...rendu, ...feuilles].join(), allures: [...new Set(tous.map(dire))],
          deborde: scrollWidth > clientWidth, axe: !!window.axe}};
}}"""
# Its rules but contrasts over all the page; contrasts, two thirds of its time, under the elements of these looks.
AXE_FAUTES = f"""async ([options, noms, neuves]) => {{
  {DIRE}
  const elements = tous.filter(e => neuves.includes(dire(e)));
  const {{violations}} = await axe.run({{...options, rules: {{'color-contrast': {{enabled: false}}}}}});
  const couleurs = elements.length ? await axe.run({{include: elements}}, {{...options, runOnly: ['color-contrast']}})
    : {{violations: []}};
  return {{violations: [...violations, ...couleurs.violations]}};                    // the rest is long to bring back
}}"""
_ALLURES = {}                                                       # by width, media, sheets: what axe found good


def _sans_faute(page, largeur, vue):
    """Each page is read at 1280 px, and at 320 where it looks like nothing seen before; the contrasts of what does."""
    ou = largeur, vue['rendu']
    lue = *ou, HASARD.sub('', vue['html'])
    vues, siennes = _ALLURES.setdefault(ou, set()), set(vue['allures'])
    if lue in _BONNES or largeur < LARGE and siennes <= vues:
        return
    if not vue['axe']:
        page.evaluate(AXE_SCRIPT)
    couleurs = largeur == LARGE or page.locator(', '.join(RECOLORES)).count()
    neuves = sorted(siennes - vues) if couleurs else []
    resultats = AxeResults(page.evaluate(AXE_FAUTES, [AXE, sorted(ATTRIBUTS), neuves]))
    assert resultats.violations_count == 0, f'{page.url}\n{resultats.generate_report()}'
    _BONNES.add(lue)
    vues |= siennes


def entrer(page, agent):
    """Signed in, on « Ma journée »."""
    with models.ecriture():
        cookie = comptes.ouvrir_session(agent)
    page.context.add_cookies([{'name': 'session', 'value': cookie, 'url': page.context.adresse}])
    page.goto('/espace')


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
    return page.get_by_label(re.compile(rf'^{re.escape(libelle)}\s*(\((obligatoire|facultatif)\))?$')).first


def bouton(page, nom):
    return page.get_by_role('button', name=nom, exact=True)


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
