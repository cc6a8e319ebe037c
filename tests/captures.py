"""`make captures`: the four pictures of README.md, of the demonstration in a real Chromium, over those of before."""
import glob
import os
import sys
import tempfile

RACINE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [RACINE, *glob.glob(f'{RACINE}/tests/**/', recursive=True)]
from navigateur import ARGUMENTS, CHROMIUM  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402
from serveur import port_libre, servie_ici  # noqa: E402

import models  # noqa: E402
import service  # noqa: E402, F401 – for the routes
from verbes import comptes  # noqa: E402
from verbes.exploitation.demonstration import charger_demonstration  # noqa: E402
from verbes.exploitation.environnement import Configuration  # noqa: E402
from views import wsgi  # noqa: E402

CHEF, NUMERO = 'camille.exemple@hgi.example', 1086
PUBLIQUES = {'accueil': '/', 'suivi': '/suivi/{jeton}'}
ESPACE = {'demandes': '/espace/demandes', 'demande': f'/espace/demandes/{NUMERO}'}


def prendre(navigateur, url, pages, cookie=''):
    """A picture of each page, three quarters of 1280 × 900: two stand side by side in README.md."""
    contexte = navigateur.new_context(viewport={'width': 1280, 'height': 900}, device_scale_factor=0.75, locale='fr-FR')
    if cookie:
        contexte.add_cookies([{'name': 'session', 'value': cookie, 'url': url}])
    page = contexte.new_page()
    for nom, chemin in pages.items():
        page.goto(url + chemin)
        page.screenshot(path=f'{RACINE}/static/captures/{nom}.png')


def main():
    with tempfile.TemporaryDirectory() as dossier, sync_playwright() as playwright:
        base, port = f'{dossier}/plateforme.db', port_libre()
        models.initialiser(base)
        models.brancher(base)
        charger_demonstration()
        configuration = Configuration({'PLATEFORME_BASE': base, 'PLATEFORME_ECOUTE': f'127.0.0.1:{port}'})
        with models.ecriture():
            cookie = comptes.ouvrir_session(models.lire_agents('WHERE agent.courriel = ?', CHEF)[0])
            jeton = models.Demande.get_by_id(NUMERO).jeton
        navigateur = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        with servie_ici(wsgi.assembler(configuration), port, fils=4):
            prendre(navigateur, configuration.url, {nom: p.format(jeton=jeton) for nom, p in PUBLIQUES.items()})
            prendre(navigateur, configuration.url, ESPACE, cookie)
        navigateur.close()
        models.debrancher()


if __name__ == '__main__':
    main()
