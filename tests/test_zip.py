"""The single file: what `make zip` builds holds the whole Plateforme and runs alone, on each Python at hand."""

import ast
import contextlib
import glob
import os
import re
import sqlite3
import subprocess
import sys
import time
import zipfile
from pathlib import PurePosixPath

import chapitres
import pytest
from conftest import RACINE, construire, envoyer_demande, modules, sources
from serveur import ICI, exiger, lancer, lire, par_http, servie
from test_maison import racines

import langue
from plateforme import VERBES, VERSION
from verbes.exploitation import assemblage, composants
from verbes.exploitation.installation import version_de
from verbes.exploitation.demonstration import MOT_DE_PASSE
from views.limites import signer

CHEF, EXPERT = 'camille.exemple@hgi.example', 'claude.temoin@hgi.example'


def autre_python():
    """Another Python than this one, 3.11 or newer, that does run here; or None."""
    mineurs = [mineur for mineur in range(20, 10, -1) if mineur != sys.version_info.minor]
    chemins = [f'/usr/bin/python3.{mineur}' for mineur in mineurs]
    chemins += [chemin for mineur in mineurs
                for chemin in glob.glob(os.path.expanduser(f'~/.pyenv/versions/3.{mineur}.*/bin/python3'))]
    return next(filter(os.path.exists, chemins), None)


@pytest.fixture(params=['celui des tests', 'un autre'])
def seul(request, fichier_unique, monkeypatch, tmp_path):
    """The command that runs the single file with nothing else: no installed package, no environment, another folder."""
    python = sys.executable if request.param == 'celui des tests' else autre_python()
    if python is None:
        pytest.skip('pas d\'autre Python 3.11 ou plus récent sur cette machine')
    monkeypatch.setattr('serveur.ICI', str(tmp_path))
    return python, '-I', '-S', fichier_unique


def test_le_fichier_unique_est_leger_complet_et_sans_partie_compilee(fichier_unique):
    noms = zipfile.ZipFile(fichier_unique).namelist()
    assert os.path.getsize(fichier_unique) < 2_500_000              # with the chapters of the book
    assert {'__main__.py', 'migrations.sql', 'static/commun.css', 'static/modeles/demandes.csv', 'static/doc/regles.md',
            'static/modeles/contenus/contenus.md', 'static/mots_de_passe/LISEZMOI.md',
            *(str(chemin.relative_to(RACINE)) for chemin in (*modules(), *sources('views', '*.html')))} <= set(noms)
    assert not [nom for nom in noms if nom.endswith(('.so', '.pyc')) or 'test' in nom.split('/')[0]]


def test_les_documents_disent_sa_taille(fichier_unique):
    for nom in ('README', 'installer'):
        dite = re.search(r'`(?:dist/)?plateforme.pyz` \((\d,\d) Mo', chapitres.lire(nom))[1]
        assert abs(float(dite.replace(',', '.')) - os.path.getsize(fichier_unique) / 1e6) < 0.1


def test_rien_n_y_vient_des_tests(fichier_unique):
    etrangers = {os.path.splitext(nom)[0] for nom in os.listdir(f'{ICI}/tests')} | {'tests', 'pytest', 'webtest'}
    with zipfile.ZipFile(fichier_unique) as archive:
        for nom in archive.namelist():
            if nom.endswith('.py'):
                assert not racines(ast.parse(archive.read(nom)), PurePosixPath(nom)) & etrangers, nom


def test_son_empreinte_est_a_cote(fichier_unique):
    exiger(sha256sum='coreutils')
    dossier = os.path.dirname(fichier_unique)
    assert subprocess.run(['sha256sum', '-c', 'plateforme.pyz.sha256'], cwd=dossier).returncode == 0


def test_il_porte_la_liste_de_ses_composants_et_la_donne(seul, tmp_path):
    with zipfile.ZipFile(seul[-1]) as archive:
        portee = archive.read('sbom.cdx.json').decode()
    assert lancer('exemples', 'sbom', base=tmp_path / 'x.db', commande=seul).stdout == portee
    assert f'"version": "{version_de(seul[-1])}"' in portee and version_de(seul[-1]).startswith(VERSION)


def test_il_porte_les_licences_entieres_et_les_donne(seul, tmp_path):
    dites = lancer('exemples', 'licences', base=tmp_path / 'x.db', commande=seul).stdout
    with zipfile.ZipFile(seul[-1]) as archive:
        assert archive.read('LICENCES.txt').decode() == dites
    assert 'Scope of the rights granted by the Licence' in dites and 'Appendix' in dites        # the EUPL, to its end
    for nom, (version, _) in composants.epingles().items():
        notice = dites.partition(f'\n{nom} {version} (')[2].partition(f'\n{"=" * 80}\n\n')[2].partition('\n=====')[0]
        assert len(notice) > 900 and 'copyright' in notice.lower(), nom


def test_une_version_est_un_seul_etat(fichier_unique, tmp_path, monkeypatch, capsys):
    """A commit that does not have its tag says which one it is, and sources that were changed say so."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'plateforme.py').write_text("VERSION = '2030.01'  # x\n")
    git = ['git', '-c', 'user.name=x', '-c', 'user.email=x@x.example']
    assemblage.dire_etat()
    for ordre in (['init', '-q'], ['add', '.'], ['commit', '-qm', 'x']):
        subprocess.run([*git, *ordre], check=True)
    assemblage.dire_etat()
    subprocess.run([*git, 'tag', 'v2030.01'], check=True)
    assemblage.dire_etat()
    (tmp_path / 'plateforme.py').write_text("VERSION = '2030.01'\n")
    assemblage.dire_etat()
    assert re.fullmatch(r'\+[0-9a-f]{10}\n\+[0-9a-f]{10}\.modifiee\n', capsys.readouterr().out)


def test_la_documentation_dit_ce_qui_change_a_chaque_version():
    versions = re.findall(r'^- \*\*(\d{4}\.\d\d)\*\*', chapitres.lire('versions'), re.M)
    assert versions[0] == VERSION and versions == sorted(set(versions), reverse=True)


def test_ses_membres_sont_dans_leur_ordre_sans_date_ni_droits_de_la_machine(fichier_unique):
    """Neither the order of the disk (zipapp, before Python 3.12), nor the umask of whoever builds."""
    with zipfile.ZipFile(fichier_unique) as archive:
        membres = archive.infolist()
    assert [m.filename.split('/') for m in membres] == sorted(m.filename.split('/') for m in membres)
    assert {(m.date_time, m.external_attr >> 16) for m in membres} == {((2020, 1, 1, 0, 0, 0), 0o100644)}


def test_deux_constructions_donnent_le_meme_fichier(fichier_unique, tmp_path):
    with open(fichier_unique, 'rb') as un, open(construire(tmp_path), 'rb') as autre:
        assert un.read() == autre.read()


def test_ses_verbes_sortent_avec_les_memes_codes(seul, tmp_path):
    base = tmp_path / 'x.db'
    aide = lancer('--help', base=base, commande=seul)
    assert aide.returncode == 0 and all(verbe in aide.stdout for verbe in VERBES)
    assert lancer('inconnu', base=base, commande=seul).returncode == 2
    absente = lancer('verifier', base=base, commande=seul)
    assert absente.returncode == 1 and "n'existe pas" in absente.stderr and 'Traceback' not in absente.stderr
    assert lancer('exemples', 'nginx', base=base, commande=seul).stdout.startswith('#')
    assert (lancer('initialiser', base=base, commande=seul).returncode == 0
            and lancer('verifier', base=base, commande=seul).returncode == 0)


def test_les_mots_de_passe_refuses_se_lisent_dans_le_fichier_unique(seul):
    *python, fichier = seul
    essai = ('import sys; sys.path.insert(0, sys.argv[1]); from verbes.mots_de_passe import devine; '
             'print(devine("iloveyou123456"), devine("trois canards traversent la Garonne"))')
    dit = subprocess.run([*python, '-c', essai, fichier], capture_output=True, text=True)
    assert (dit.stdout, dit.stderr) == ('True False\n', '')


def test_la_demonstration_se_sert_depuis_le_fichier_unique_et_une_demande_va_jusqu_a_terminee(seul, tmp_path):
    base = tmp_path / 'x.db'
    assert lancer('demonstration', base=base, commande=seul).returncode == 0
    with contextlib.closing(sqlite3.connect(base)) as brute:
        secret = brute.execute("SELECT valeur FROM reglage WHERE cle = 'secret'").fetchone()[0]
        fiche = brute.execute('SELECT fiche_id FROM pilotage JOIN agent ON agent_id = id '
                              'WHERE courriel = ? AND rang = 0', (CHEF,)).fetchone()[0]
        expert = brute.execute('SELECT id FROM agent WHERE courriel = ?', (EXPERT,)).fetchone()[0]
    with servie(base, seul) as processus:
        assert [lire(processus.url + chemin)[0]
                for chemin in ('/', '/catalogue', '/static/plateforme.css', '/sante')] == [200] * 4
        assert 'Programmer un équipement public' in lire(f'{processus.url}/recherche?q=refaire+nos+ecoles')[2]
        mairie = par_http(processus.url)
        instant = str(int(time.time()) - 60)                        # opened long enough ago
        suivi = envoyer_demande(mairie, fiche, ('plan.pdf', b'%PDF' + os.urandom(50_000)),
                                ouvert=f'{instant}.{signer(secret, instant)}').follow()
        numero = re.search(r'n°\s*(\d+)', suivi.text.replace('&nbsp;', ' '))[1]
        _accompagner(processus.url, numero, expert)
        assert 'Terminée' in mairie.get(suivi.request.path).text
        assert 'Traceback' not in processus.journal()


def _accompagner(url, numero, expert):
    """The chef de file receives and names the expert, who starts and ends."""
    chef = _entrer(url, CHEF)
    _agir(chef, numero, 'receptionner')
    _agir(chef, numero, 'designer', referent=str(expert))
    referent = _entrer(url, EXPERT)
    _agir(referent, numero, 'demarrer', contact_le=langue.aujourdhui(), moyen='appel', resultat='joint')
    _agir(referent, numero, 'terminer', issue='realise', synthese='Note remise.')


def _entrer(url, courriel):
    agent = par_http(url)
    form = next(f for f in agent.get('/connexion').forms.values() if 'mot_de_passe' in f.fields)
    form['courriel'], form['mot_de_passe'] = courriel, MOT_DE_PASSE
    form.submit(status=303)
    return agent


def _agir(agent, numero, action, **saisies):
    """Send the form of a transition, filled."""
    adresse = f'/espace/demandes/{numero}'
    page = agent.get(f'{adresse}?action={action}')
    form = next(f for f in page.forms.values() if f.action == f'{adresse}/{action}')
    for nom, valeur in saisies.items():
        form[nom] = valeur
    form.submit(status=303)
