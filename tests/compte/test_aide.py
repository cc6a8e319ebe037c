"""The help: four chapters, each opened at the right section from each page of the space, in words that screens say;
and the commitments of the convention (the guide, « engagements réciproques »)."""
import html
import re
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
from conftest import fixer_tous, relire_agent, texte
from test_acces import adresse, routes

import models
from verbes import regles
from verbes.echanges import historique, lecture
from views import menus
from views.compte import aide
from views.demande.gestes import GESTES

RACINE = Path(__file__).parents[2]
CLES = [c.cle for c in menus.CHAPITRES]


def ancres(page):
    return {balise['id'] for balise in page.html.select('main [id]')}


@pytest.mark.parametrize('qui, siens', [
    ('admin', CLES), ('chef', CLES[:3]), ('referent', CLES[:3]), ('lecteur', ['piloter'])])
def test_chacun_ouvre_ses_chapitres_et_eux_seuls(monde, entrer, lecteur, qui, siens):
    navigateur = entrer(lecteur if qui == 'lecteur' else getattr(monde, qui))
    premier = navigateur.get('/espace/aide', status=303).follow()
    assert premier.request.path == f'/espace/aide/{siens[0]}'
    menu = [a['href'] for a in premier.html.select('nav[aria-label="Chapitres de l\'aide"] a')]
    assert menu == ([f'/espace/aide/{cle}' for cle in siens] if len(siens) > 1 else [])
    for cle in CLES:
        page = navigateur.get(f'/espace/aide/{cle}', status=200 if cle in siens else 403)
        assert cle in siens or 'n\'est pas pour votre compte' in texte(page)


def test_un_chapitre_commence_par_ses_questions_une_section_n_est_lue_que_de_qui_elle_concerne(
        monde, entrer, lecteur, monkeypatch):
    for qui in (monde.admin, monde.referent, lecteur):
        navigateur = entrer(qui)
        for cle in (c.cle for c in menus.chapitres(qui)):
            page = navigateur.get(f'/espace/aide/{cle}')
            assert page.html.select_one('main h2')['id'] == 'questions'
            lues = [(a.text, a['href']) for a in page.html.select('.questions a')]
            assert len({question for question, _ in lues}) == len(lues) >= 10
            assert {vers.removeprefix('#') for _, vers in lues} <= ancres(page)
            assert ('Douze questions' in texte(page)) == (len(lues) == 12)
            assert len(lues) == 12 or cle not in ('demandes', 'administrer') or qui is not monde.admin
            for lien in page.html.select('#sections a'):
                navigateur.get(lien['href'], status=200)
    piloter = '/espace/aide/piloter'
    un_lecteur, agent, admin = [ancres(entrer(qui).get(piloter)) for qui in (lecteur, monde.chef, monde.admin)]
    assert {'lecteur', 'tu'} <= un_lecteur and not {'fait', 'listes', 'donnees-ouvertes'} & un_lecteur
    assert {'fait', 'listes'} <= agent and not {'lecteur', 'donnees-ouvertes'} & agent
    assert {'fait', 'donnees-ouvertes'} <= admin and 'tu' not in admin
    assert 'campagne' in ancres(entrer(monde.admin).get('/espace/aide/contenus'))
    assert 'campagne' not in ancres(entrer(monde.chef).get('/espace/aide/contenus'))
    monkeypatch.setitem(models.SITE, 'reponses', '')
    assert 'reponses' not in ancres(entrer(monde.chef).get('/espace/aide/demandes'))
    monkeypatch.setitem(models.SITE, 'reponses', 'plateforme+{}@hgi.example')
    assert 'reponses' in ancres(entrer(monde.chef).get('/espace/aide/demandes'))


def partie_de_l_aide(page):
    """Where the help opens, from a page: its address, its section."""
    return page.html.select_one('nav[aria-label="Menu principal"] a[href^="/espace/aide"]')['href'].split('#')


ESPACE = sorted({(regle, qui) for _, regle, qui in routes() if regle.startswith('/espace')})


def debut_de(regle):
    """The line of AIDE that a route falls on."""
    chemin = re.sub(r'[.](csv|ics)$', '', adresse(regle))
    return next(debut for debut, _ in menus.AIDE if fnmatchcase(f'{chemin}/', f'{debut}/*'))


def test_chaque_page_dit_ou_s_ouvre_son_aide_et_chaque_ligne_de_la_table_sert_a_qui_vient_de_la():
    assert len(ESPACE) > 150
    oubliees = [regle for regle, _ in ESPACE if debut_de(regle) in ('/espace', '/espace/admin')
                and regle not in ('/espace', '/espace/admin', '/espace/<reste:path>')]
    inutiles = {debut for debut, _ in menus.AIDE} - {debut_de(regle) for regle, _ in ESPACE}
    assert not oubliees and not inutiles
    parties = {f'{c.cle}#{s.ancre}': (c, s) for c in menus.CHAPITRES for s in aide.sections(c.cle)}
    for regle, qui in ESPACE:
        ou = dict(menus.AIDE)[debut_de(regle)]
        if ou.endswith('#questions'):
            continue
        chapitre, section = parties[ou]
        if qui != 'administrateur':
            assert chapitre.qui != 'administrateur' and section.pour != 'administrateur', regle
        if qui == 'lecteur' and chapitre.cle == 'piloter':
            assert section.pour == '', regle


def test_l_aide_dit_les_statuts_les_delais_la_section_de_chaque_acte_et_les_engagements_que_l_on_lit_une_fois(
        entrer, monde, creer, heure):
    page = entrer(monde.referent).get('/espace/aide/demandes')
    lignes = [[c.get_text(' ', strip=True) for c in tr.select('th, td')] for tr in page.html.select('tbody tr')]
    assert [ligne[0] for ligne in lignes] == list(regles.STATUTS.values())
    assert dict((ligne[0], ligne[1]) for ligne in lignes)['En cours'] == 'l\'expert référent'
    for jours, mots in [('calendaires', 'jours calendaires'), ('ouvres', 'jours ouvrés')]:
        fixer_tous(jours=jours)
        assert f'3 ou 10 jours ({mots},' in texte(entrer(monde.referent).get('/espace/aide/demandes'))
    assert {geste.section for geste in GESTES.values()} <= {s.ancre for s in aide.sections('demandes')}
    navigateur, demande = entrer(monde.chef), creer()
    for acte, section in (('', 'statuts'), ('designer', 'circuits'), ('contact', 'contact'), ('rejeter', 'rendre')):
        page = navigateur.get(f'/espace/demandes/{demande.numero}?action={acte}')
        assert partie_de_l_aide(page) == ['/espace/aide/demandes', section]
    navigateur = entrer(monde.referent)
    assert 'Avant de commencer' in navigateur.get('/espace').text
    formulaire = next(f for f in navigateur.get('/espace/aide/demandes').forms.values() if 'engagements' in f.action)
    page = formulaire.submit(status=303).follow()
    assert 'Avant de commencer' not in page.text and 'c\'est noté' in texte(page)
    premiere = relire_agent(monde.referent).engage_le
    heure('2027-01-04T09:00:00Z')
    navigateur = entrer(monde.referent)
    navigateur.post('/espace/aide/engagements', status=303)
    assert relire_agent(monde.referent).engage_le == premiere == '2026-11-24T09:00:00Z'
    assert 'Vous en avez pris connaissance le 24 novembre' in texte(navigateur.get('/espace/aide/demandes'))
    with models.lecture():
        assert models.Audit.select().where(models.Audit.fait == 'engagements lus').count() == 1
    fiche = entrer(monde.admin).get(f'/espace/admin/comptes/{monde.referent.id}')
    assert 'lus le 24 novembre' in texte(fiche)


def fichiers():
    return {cle: re.sub(r'\s+', ' ', (RACINE / f'static/aide/{cle}.md').read_text('utf-8')) for cle in CLES}


def ecrits():
    """All that screens and mails may say, as the code has it: its templates and its sentences, each on one line."""
    sources = [*RACINE.glob('views/**/*.html'), *RACINE.glob('views/**/*.py'), *RACINE.glob('verbes/**/*.py')]
    dits = ' '.join(page.read_text('utf-8') for page in sources if 'aide' not in page.name)
    dits = html.unescape(dits.replace('\\u00a0', ' ').replace("\\'", "'"))
    return re.sub(r"\s+", ' ', re.sub(r"'\s*\n\s*'", '', dits))


# What is typed, read in a mail or in a figure, and never said whole by the code.
TAPES = {'date de la demande', 'suivi par', 'commune déléguée de', 'sans nom, contact, message ni journal'}


def test_elle_ne_nomme_que_des_boutons_qui_existent_se_lit_en_quelques_minutes_et_ne_parle_a_personne_du_metier():
    dits, combien = ecrits(), 0
    for cle, lu in fichiers().items():
        assert 800 < len(re.findall(r'\w{2,}', lu)) < 1800
        assert not re.findall(r'(?i)`|\.py\b|\bcommit|\bSQL|\brequête|\bserveur|base de données', lu)
        assert all(len(ligne) <= 120 for ligne in (RACINE / f'static/aide/{cle}.md').read_text('utf-8').split('\n'))
        for nom in set(re.findall('« ([^»]*) »', lu)) - TAPES:
            combien += 1
            un_autre = nom[0].lower() + nom[1:]                     # « Redirigé… »: a choice, capitalised by its form
            assert re.search(rf'(?<![\w-])({re.escape(nom)}|{re.escape(un_autre)})(?![\w-])', dits), f'{cle} : {nom}'
    assert combien > 150


ANCIEN = """Date de la demande;Commune;Objet;Suivi par;État;Mail
12/03/2021;Rieumes;Un préau;Mme Croquis;Fini depuis;
03/04/2024;Rieumes-le-Vieux;Une digue;;En cours;mairie@rieumes.example
"""
ADMINISTRER = '/espace/aide/administrer'


def pages_d_un_import(navigateur):
    """The pages of a reprise, from its list to what undoes it and to what is set aside."""
    page = navigateur.get('/espace/admin/import?genre=demandes')
    yield page
    page.forms['importer']['cellules'] = ANCIEN.replace(';', '\t')
    relue = page.forms['importer'].submit(status=200)
    yield relue
    while 'reconnaitre' in relue.forms:                             # an answer may bring other questions
        formulaire = relue.forms['reconnaitre']
        for champ in (champ for champs in formulaire.fields.values() for champ in champs if champ.tag == 'select'):
            champ.value = champ.value or champ.options[1][0]
        relue = formulaire.submit(status=200)
    yield relue
    yield relue.forms['ecrire'].submit(status=303).follow()
    liste = navigateur.get('/espace/admin/reprise')
    yield liste
    yield next(f for f in liste.forms.values() if 'motif' in f.fields).submit(status=200)


def test_un_mot_se_cherche_la_reprise_est_aux_administrateurs_nomme_des_boutons_et_mots_qui_existent(entrer, monde):
    def trouves(qui, mot):
        page = entrer(qui).get('/espace/aide/demandes', {'q': mot})
        return [a['href'] for a in page.html.select('[aria-labelledby=trouvees] li a') if 'mailto' not in a['href']]
    assert '/espace/aide/administrer#importer' in trouves(monde.admin, 'excel')
    assert trouves(monde.admin, 'fermer Noël') == ['/espace/aide/administrer#calendrier']
    assert trouves(monde.chef, 'excel') == []
    assert '/espace/aide/demandes#restreinte' in trouves(monde.chef, 'confidentiel')
    assert 'Aucun passage sur' in entrer(monde.chef).get('/espace/aide/demandes?q=zzz')
    entrer(monde.referent).get(ADMINISTRER, status=403)
    navigateur = entrer(monde.admin)
    section = navigateur.get(ADMINISTRER).html.find(id='reprise').find_parent('section')
    dit = re.sub(r'[ \n]+', ' ', section.text)
    vus = {t.bouton for t in (*regles.TRANSITIONS, *regles.ACTES.values())}
    for page in pages_d_un_import(navigateur):
        assert partie_de_l_aide(page) == [ADMINISTRER, 'reprise'], page.html.title
        vus |= {re.sub(r'\s+', ' ', balise.text).strip()
                for balise in page.html.select('a, button, label, legend, option')}
    assert partie_de_l_aide(navigateur.get('/espace/admin/import?genre=agents')) == [ADMINISTRER, 'importer']
    nommes = set(re.findall('«\xa0([A-ZÉ][^»]*)\xa0»', dit))
    assert len(nommes) > 10 and nommes - vus == set()
    mots = set(re.findall('«\xa0([a-zà][^»]*)\xa0»', dit))
    marques = {mot for mot, _ in historique.MARQUES}
    assert marques <= mots and all(lecture.reconnaitre('demandes', [mot])[0] for mot in mots - marques)
