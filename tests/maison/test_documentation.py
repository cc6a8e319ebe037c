"""README.md and the chapters of static/doc/: what they say of the code is made from it, or compared with it here."""
import os
import re
import shlex
import sys

import bench
import chapitres
import pytest
from chapitres import DOC, ancre, lire, refait, sans_code, section, titres
from conftest import RACINE, modules, sources
from listes_des_regles import LISTES
from serveur import lancer

import plateforme
from langue import sans_accents
from verbes.exploitation.documentation import CHAPITRES, dire, lister
from verbes.exploitation.environnement import REGLAGES

NOMS = ('README', *CHAPITRES)
LIEN = re.compile(r'\[[^]]*\]\(([^)]+)\)')
# « `X` (what it is), `Y` ; `Z` dans `file` ».
PAIRES = r'((?:`[^`/]+`(?: \([^)`]*\))?(?:, | et | ; )?)+) dans `([^`]+)`'


def test_le_readme_mene_a_chaque_chapitre_chaque_lien_et_chaque_fichier_nomme_existent_aucun_depot_de_paquets():
    assert {chemin.stem for chemin in DOC.glob('*')} == set(CHAPITRES)
    texte = lire('README')
    assert len(texte.splitlines()) <= 160 and texte.count('static/captures/') == 4
    assert {f'static/doc/{nom}.md' for nom in CHAPITRES} <= set(LIEN.findall(texte))
    pieces = {c.parent.name for etage in ('verbes', 'views') for c in RACINE.glob(f'{etage}/*/__init__.py')}
    assert pieces == set(re.findall(r'^\| (\w+) \| ', section('README', '## Comment c\'est fait'), re.M)) - {'Pièce'}
    for nom in NOMS:
        texte, chemin = lire(nom), RACINE / 'README.md' if nom == 'README' else DOC / f'{nom}.md'
        cibles = [cible for cible in LIEN.findall(sans_code(texte)) if '://' not in cible]
        assert cibles or nom == 'regles'
        for cible in cibles:
            fichier, _, morceau = cible.partition('#')
            autre = (chemin.parent / fichier).resolve() if fichier else chemin
            assert autre.exists(), (nom, cible)
            assert not morceau or morceau in map(ancre, titres(autre.read_text('utf-8'))), (nom, cible)
        assert not re.search(r'pypi|pythonhosted|files\.python|crates\.io|npmjs', texte, re.I), nom
        ancres = [ancre(titre) for titre in titres(texte)]
        assert len(ancres) == len(set(ancres)), nom
        nommes = re.findall(r'`((?:tests|verbes|views|static|\.ci)/[\w./-]+|test_\w+\.py)`', texte)
        for fichier in (f for f in nommes if not re.search('NOM|LIEU', f)):         # any mail, any area
            assert (RACINE / fichier).exists() or [*RACINE.glob(f'tests/**/{fichier}')], (nom, fichier)


def test_chaque_tableau_tire_du_code_est_a_jour_les_racines_celles_du_catalogue_les_etages_de_haut_en_bas():
    mis = {borne for nom in CHAPITRES for borne in re.findall('<!-- debut : (\\w+) -->', lire(nom))}
    assert mis == {'sommaire', 'commandes', 'faits', 'imports', 'etages', 'pieces', *LISTES}
    for nom in CHAPITRES:
        assert refait(lire(nom)) == lire(nom), 'make docs les refait'
        assert lire(nom).count('<!-- debut : ') == lire(nom).count('<!-- fin -->'), nom
    assert (RACINE / 'static/racines.txt').read_text('utf-8') == chapitres.racines(), 'make docs les refait'
    # Nobody imports what is drawn above, nor beside.
    rangs = [re.split(' {2,}', ligne.replace(' (le sol)', '')) for ligne in chapitres.etages('').split('\n')
             if ligne.strip('`')]
    rang = {lieu: n for n, lieux in enumerate(rangs) for lieu in lieux}
    assert set(rang) == set(chapitres.lus()) and rangs[0] == ['plateforme'] and rangs[-1] == ['langue']
    for lieu, vus in chapitres.lus().items():
        assert all(rang[vu] > rang[lieu] for vu in vus), lieu


def commandes_de(nom):
    """The words of each « plateforme … », typed in a block or said in a line."""
    texte = re.sub(r'\\\n', ' ', lire(nom))
    blocs = '\n'.join(re.findall(r'^```\n(.*?)^```', texte, re.M | re.S))
    dites = re.findall(r'(?:^|[;&|-] |[^\w/])(?:python3 (?:-I )?/\S+\.pyz|plateforme) ([a-z-]+(?: .*)?)$', blocs, re.M)
    for mots in (*dites, *re.findall(r'`plateforme ([^`]+)`', texte.replace('\n', ' '))):
        mots = re.split(r' [|<>&#]|\)| > ', mots)[0]
        if not mots.startswith(('plateforme', 'unix', '-')) and '=' not in mots and '…' not in mots:
            yield shlex.split(re.sub(r'\d* ?[<>] ?\S+', '', mots))


def test_chaque_commande_ecrite_s_analyse_et_chaque_reglage_de_la_machine_est_dit(capsys):
    variables = re.findall(r'^\| `(PLATEFORME_\w+)` \|', section('installer', '## Réglages de la machine'), re.M)
    assert sorted(variables) == sorted(REGLAGES)
    vues = [(nom, mots) for nom in NOMS for mots in commandes_de(nom)]
    assert len(vues) > 40
    for nom, mots in vues:
        if not set(mots) & {'VERBE', 'CHAPITRE'}:
            try:
                plateforme.analyser(mots)
            except SystemExit:
                pytest.fail(f'{nom}, {mots} : {capsys.readouterr().err}')


def mots_de(chemin):
    return set(re.findall(r'\w+', chemin.read_text('utf-8')))


def test_ce_qu_il_faut_ouvrir_existe_la_page_que_le_chapitre_lit_et_les_manieres_sont_celles_du_code():
    chapitre = ' '.join(lire('changer').split())
    paires = [(nom, fichier) for noms, fichier in re.findall(PAIRES, chapitre)
              for nom in re.findall(r'`([^`]+)`', noms)]
    assert len(paires) > 80
    assert not [(nom, fichier) for nom, fichier in paires
                if not set(re.findall(r'\w+', nom)) <= mots_de(RACINE / fichier)]
    table = section('changer', '## Pour changer… ouvrir')
    assert 20 < table.count('\n| ') <= 36
    fichiers = {mot for mot in re.findall(r'`([^`]+)`', table) if '/' in mot and not mot.startswith('/')}
    assert not [mot for mot in fichiers if not (RACINE / mot).exists()]
    noms = set().union(*map(mots_de, (*modules(), *sources('views', '*.html'), *RACINE.glob('static/*.js'),
                                      RACINE / 'migrations.sql')))
    for mot in re.findall(r'`(\w+)`', table):
        assert mot in noms or (RACINE / f'tests/{mot}').exists(), mot
    # From its route to its row: each line quoted, and each name, is in one of its two files.
    passage = section('changer', '## De la route à la ligne')
    code = ''.join((RACINE / etage / 'catalogue/portes.py').read_text('utf-8') for etage in ('views', 'verbes'))
    citees = '\n'.join(re.findall('^```python\n(.*?)\n```', passage, re.M | re.S)).split('\n')
    assert len(citees) == 5 and {*citees} <= {*code.split('\n')}
    assert {*re.findall(r'`(\w+)`', sans_code(passage))} - {'u00a0', 'vue'} <= {*re.findall(r'\w+', code)}
    # Of each habit, what is good (« + ») is in a file that it names, what was bad (« - ») in none.
    habitudes = lire('manieres').split('\n**')[1:]
    assert len(habitudes) == 10
    for habitude in habitudes:
        nommes = re.findall(r'`([\w/]+\.py)`', habitude)
        code = '\n'.join((RACINE / nomme).read_text('utf-8') for nomme in nommes)
        bonnes, mauvaises = (re.findall(rf'^[{signe}] *(.+)', habitude, re.M) for signe in '+-')
        assert bonnes and mauvaises and nommes, habitude
        assert {*bonnes} <= {ligne.strip() for ligne in code.split('\n')}, habitude
        assert not [ligne for ligne in mauvaises if ligne in code], habitude


def test_un_message_ou_une_page_ne_renvoie_qu_a_un_chapitre_qui_existe_les_buts_sont_ceux_du_banc():
    fichiers = [*modules(), *sources('views', '*.html'), *(RACINE / 'static/exemples').glob('*'), RACINE / 'Makefile']
    textes = [chemin.read_text('utf-8') for chemin in fichiers]
    nommes = [nom for texte in textes for nom in re.findall(r'plateforme doc ([a-z-]+)', texte)]
    assert len(nommes) > 3 and set(nommes) <= set(CHAPITRES)
    assert not [texte for texte in textes if re.search(r'\bREADME\b', texte)]
    lus = re.findall(r'^\| (.+?) \| [\d,]+ \| [\d,]+(?: \(([\d,]+)\))? \|', section('mesures', '## Une page'), re.M)
    assert {page: float(but.replace(',', '.') or 0) for page, but in lus} == {
        nom: but for nom, (*_, but) in bench.PAGES.items()}


def test_doc_donne_les_chapitres_ou_les_lignes_d_un_mot_meme_du_fichier_unique_ou_quand_un_reglage_est_faux(
        fichier_unique, tmp_path):
    dit = lancer('doc', base='/nulle/part.db').stdout.splitlines()[2:]
    assert [ligne.split()[0] for ligne in dit] == list(CHAPITRES)
    assert all(len(ligne) < 140 and ligne.endswith('.') for ligne in dit), dit
    assert all('\n' not in phrase for _, phrase in lister())
    dit = lancer('doc', 'installer', base='/nulle/part.db', PLATEFORME_URL='faux', PLATEFORME_INCONNU='1')
    assert dit.returncode == 0 and dit.stdout == dire('installer')
    refus = lancer('doc', 'hélicoptère', base='/nulle/part.db')
    assert refus.returncode == 2 and all(nom in refus.stderr for nom in CHAPITRES) and not refus.stdout
    assert '«\u00a0hélicoptère\u00a0» n\'est pas un chapitre' in refus.stderr and 'Traceback' not in refus.stderr
    dit = lancer('doc', 'MEMOIRE', base='/nulle/part.db').stdout.splitlines()
    assert any(ligne.startswith('securite\u00a0: - La mémoire est bornée') for ligne in dit)
    assert all('memoire' in sans_accents(ligne) and ligne.split('\u00a0:')[0] in CHAPITRES for ligne in dit)
    assert lancer('doc', 'la  memoire est', base='/nulle/part.db').stdout.count('\n') == 1
    seul = sys.executable, '-I', '-S', fichier_unique
    for nom in CHAPITRES:
        assert lancer('doc', nom, base=tmp_path / 'x.db', commande=seul).stdout == dire(nom), nom
    assert os.listdir(tmp_path) == []


def test_doc_donne_chaque_chapitre_tel_qu_il_se_lit_dans_un_terminal_ses_commandes_telles_qu_elles_se_tapent():
    for nom in CHAPITRES:
        dit = dire(nom)
        prose = re.sub(r'^    .*\n', '', dit, flags=re.M)
        assert dit.startswith('# ') and not re.search(r'<!--|\]\(|^\|.*\|$|\*\*|```', prose, re.M), nom
        assert max(map(len, prose.splitlines())) < 200, nom
        assert [ligne for ligne in dit.splitlines() if re.search(r'\w-$', ligne)] == [], nom       # cut within a word
    installer = dire('installer')
    assert "\n    PLATEFORME_URL='https://collectivites.exemple.fr' \\\n" in installer
    assert 'exploiter (plateforme doc exploiter)' not in installer
    assert '- `PLATEFORME_BASE`\n    Au départ\u00a0: `plateforme.db`\n' in installer
    assert '- Réglages de la machine\n' in installer                # the table of contents: the title once
    assert 'securite, «\u00a0L\'audit\u00a0»' in dire('exploiter') and '(securite)' not in dire('exploiter')
