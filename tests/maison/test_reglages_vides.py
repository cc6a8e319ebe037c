"""Every page stands with every setting that may be empty left so: no « None », no dead link, no hole in a sentence."""
import re
from collections import Counter
from html import unescape
from itertools import chain

import pytest
import webtest
from conftest import en_ecriture, fixer_tous
from test_acces import adresse, routes

import models
import langue
from verbes import comptes, textes, valeurs
from verbes.exploitation import reste
from verbes.exploitation.demonstration import LECTRICE
from verbes.exploitation.environnement import Configuration
from views import wsgi
from views.administration import admin

UNE_DE_CHAQUE_SORTE = """SELECT max(numero) FROM demande
    GROUP BY origine, statut, clos_le IS NULL, restreinte, delai, collectivite_id IS NULL, fiche_id IS NULL"""
FACULTATIFS = [cle for cle, saisie in admin.SAISIES.items() if saisie.get('requis') is False and cle != 'ouvert_le']
assert len(FACULTATIFS) > 10
# In a text whose white space is one space: what a missing word leaves behind.
TROU = re.compile(r'\bNone\b|« ?»|\( ?\)|,\s*[.,;:)]|[:;]\s*[.,;)]| [.,)]|\b(?:au|du|de|la|le|à|et|ou|par) ?[.,;)]|'
                  r'téléphonez au (?!\d)|appelez (?:le|au) (?!\d)|\.\.(?!\.)|\{\w*\}')
# Those that another page sets, and the lines that are dated; an entry of the lecteurs is kept, for theirs to be read.
AILLEURS = [cle for cle, sorte in valeurs.REGLAGES.items() if sorte.groupe not in valeurs.GROUPES
            and cle not in ('ouvert_le', 'accord_lecteurs', 'paysage')]
BALISE = re.compile('<(?:!--.*?--|[^>"]*(?:"[^"]*"[^>"]*)*)>', re.DOTALL)
CACHES = re.compile(r'<(script|style|textarea|select)\b.*?</\1>|<svg class="graphique.*?</svg>', re.DOTALL)
MODELE = re.compile('<template.*?</template>', re.DOTALL)           # what a script will show, and fill
SANS_ADRESSE = re.compile('<a(?: [^>]*)? href="(?:tel:|mailto:)?".*?</a>', re.DOTALL)
SANS_UN_MOT = re.compile(r'<(h1|h2|h3|dt|dd|p|li|small)\b[^>]*>'
                         r'(?:\s|&nbsp;|<(?!/?\1\b|img|svg|input|button)[^>]*>)*</\1>')
# The pages that say what the Plateforme commits to, not what a fiche, a content or a demande says.
SANS_TEXTE_A_EUX = ('/', '/demande', '/contact', '/mentions-legales', '/donnees-personnelles', '/accessibilite',
                    '/plan-du-site', '/suivi', '/connexion', '/mot-de-passe', '/donnees-ouvertes', '/rien-ici')
# What no public page promises while nothing of it is set.
PROMESSES = re.compile(r'conservée?s? \d|pendant \d+ ans|05 36 49 (?!00 00)|@cd31|'
                       'Département de la Haute-Garonne|jours (?:ouvrés|calendaires)')
QUI = {'administrateur': 'maxime.exemple@haute-garonne.example', 'chef de file': 'camille.exemple@hgi.example',
       'expert': 'claude.temoin@hgi.example', 'lecteur': LECTRICE['courriel']}
# No hole: a place that a script fills, a sentence that is so.
DE_TOUJOURS = ('<p class="aide" id="pieces-heure"></p>', 'la,')


def une_demande_de_chaque_sorte():
    return [numero for numero, in models.db.execute_sql(UNE_DE_CHAQUE_SORTE)]


def vider(sauf=()):
    fixer_tous(**dict.fromkeys({*FACULTATIFS, *AILLEURS, 'ouvert_le'} - {*sauf}, ''))
    with models.ecriture():
        models.Direction.update(telephone='', courriel='').execute()
        models.Agent.update(telephone_public='', telephone='').execute()


def dits(html):
    """The text of a page, every space alike; read by thousands."""
    return re.sub(r'[\s\xa0]+', ' ', unescape(BALISE.sub('', html)))


def trous(html):
    """[(what betrays a hole, words around it)] of a page."""
    page = MODELE.sub(lambda m: m[0].replace('></span>', '>…</span>'), CACHES.sub('', html))
    vides = [(m[0], '') for m in chain(SANS_ADRESSE.finditer(page), SANS_UN_MOT.finditer(page))]
    texte = dits(page)
    return vides + [(m[0], texte[max(0, m.start() - 60):m.end() + 30]) for m in TROU.finditer(texte)]


def nouveaux_trous(pages, avant):
    """{page: [words]} of the holes that the same page had not, its settings full."""
    neufs = {}
    for page, html in pages.items():
        siens = trous(html) if html != avant[page] else []
        de_plus = siens and Counter(quoi for quoi, _ in siens) - Counter(quoi for quoi, _ in trous(avant[page]))
        if de_plus:
            neufs[page] = [(quoi, autour) for quoi, autour in siens if quoi in de_plus]
    return neufs


@pytest.fixture
def modele_de_base(demonstration):
    return demonstration


def pages_publiques():
    with models.lecture():
        jetons = [models.Demande.get_by_id(n).jeton for n in une_demande_de_chaque_sorte()]
        fiches = [f.id for f in models.Fiche.select().where(models.Fiche.etat == 'publiee')]
    for _, regle, _ in routes('GET'):
        if '<' not in regle and not regle.startswith(('/espace', '/sante')):      # for machines, in real time
            yield regle
        elif regle.startswith('/suivi/<jeton') and regle.count('<') == 1:
            yield from (adresse(regle, jeton=jeton) for jeton in jetons)
    yield from (f'/demande?fiche={fiche}' for fiche in fiches[:8])
    yield from (f'/fiches/{fiche}-x' for fiche in fiches)
    yield from ('/recherche?q=pont', '/recherche?q=zzyzx', '/recherche?q=', '/suivi?envoye=oui', '/rien-ici')


def lues(navigateur, adresses):
    for page in adresses:
        reponse = navigateur.get(page, status='*')
        if reponse.status_int == 303:
            reponse = reponse.follow(status='*')
        assert reponse.status_int < 500, page
        if reponse.content_type == 'text/html':
            yield page, reponse.text


def texte_de(html):
    return dits(re.sub(r'(?s)<(script|style|select|datalist)\b.*?</\1>', '', html))


def videes(navigateur, pages):
    """{page: its HTML} with every setting, then [the same] empty, while open and not yet open."""
    yield dict(lues(navigateur, pages()))
    for sauf in (('ouvert_le',), ()):
        vider(sauf)
        yield dict(lues(navigateur, pages()))


def test_aucune_page_publique_n_a_de_trou_ni_de_promesse_ouvert_ou_pas_encore_ouvert(site, base):
    pleines, *vides = videes(site, pages_publiques)
    for vues in vides:
        assert len(vues) > 80 and nouveaux_trous(vues, pleines) == {}
        promesses = {page: [un[0] for un in PROMESSES.finditer(texte_de(html))] for page, html in vues.items()
                     if page in SANS_TEXTE_A_EUX}
        assert len(promesses) > 10 and {page: dites for page, dites in promesses.items() if dites} == {}


def test_ce_que_reste_a_regler_demande_est_attendu_et_trois_jours_ne_se_promettent_pas_sans_une_fiche_qui_les_tient(
        monde, maxime, site):
    """Each line of a département or of a promise is settled once the settings so marked are."""
    assert 'un rappel sous 3 ou 10 jours' in texte_de(site.get('/').text)
    en_ecriture(models.Fiche.update(promesse='complexe').execute)
    accueil = site.get('/').text
    assert 'un rappel sous 10 jours' in texte_de(accueil)
    assert '3 ou' not in accueil and 'Assistance urgente' not in accueil
    fixer_tous(**{cle: {'jours': 'ouvres'}.get(cle, 'oui') for cle in admin.ATTENDUS})
    with models.lecture():
        avant = {ligne.titre for ligne in reste.avant_d_ouvrir()}
    assert not avant & {'Nom, adresse, téléphone, courriel', 'Téléphone d\'urgence', 'Saisine officielle',
                        'Président·e, hébergeur, délégué à la protection des données', 'Délais de rappel',
                        'Diffusion restreinte d\'office'}
    page = maxime.get('/espace/admin/reglages')
    assert all('Nécessaire pour ouvrir' in page.html.select_one(f'#{cle}-aide').text for cle in admin.ATTENDUS)


@pytest.mark.parametrize('qui', QUI)
def test_aucune_page_de_l_espace_n_a_de_trou_ouvert_ou_pas_encore_ouvert(base, entrer, qui):
    with models.lecture():
        (agent,) = models.lire_agents('WHERE agent.courriel = ?', QUI[qui])
        numeros = une_demande_de_chaque_sorte()
    pages = [adresse(regle) for _, regle, _ in routes('GET')
             if regle.startswith('/espace') and '<numero' not in regle]
    pages += [f'/espace/demandes/{numero}' for numero in numeros]
    pleines, *vides = videes(entrer(agent), lambda: pages)
    for vues in vides:
        assert len(vues) > 40 and nouveaux_trous(vues, pleines) == {}


def test_une_base_neuve_ouvre_chaque_page_et_un_trou_se_voit(vide, monkeypatch):
    for troue in ('<p>Téléphone : .</p>', '<a href="tel:">x</a>', '<p>Vu, None</p>', '<p></p>',
                  '<p>vous répond .</p>', '<p>téléphonez au ou écrivez</p>'):
        assert trous(troue), troue
    assert not trous('<p>Un texte, un autre : fini (oui).</p><a href="tel:+33536490012">05 36 49 00 12</a>')
    monkeypatch.setitem(models.SITE, 'version', '2027.01')
    application = wsgi.assembler(Configuration({'PLATEFORME_BASE': vide}))
    with models.ecriture():
        agent, _ = comptes.inviter('zoe@orne.example', comptes.direction_nommee(''), 'Zoé', 'Neuve',
                                   administrateur=True)
        cookie = comptes.ouvrir_session(agent)
    navigateur = webtest.TestApp(application, extra_environ={'HTTP_HOST': '127.0.0.1:8080', 'REMOTE_ADDR': '127.0.0.1'})
    navigateur.set_cookie('session', cookie)
    adresses = [regle for _, regle, _ in routes('GET') if '<' not in regle and regle != '/sante']
    vues = dict(lues(navigateur, [*adresses, '/recherche?q=pont']))
    assert len(vues) > 40
    restes = {page: [quoi for quoi, _ in trous(html) if quoi not in DE_TOUJOURS] for page, html in vues.items()
              if not page.startswith(('/espace/admin/courriels', '/espace/admin/textes', '/espace/textes'))}
    assert {page: quoi for page, quoi in restes.items() if quoi} == {}


def test_un_repere_vide_part_avec_sa_virgule_ou_ses_parentheses_et_une_page_legale_perd_ses_titres_vides(base, site):
    for ligne, laisse in (
            ('{plateforme}, {departement}', '{plateforme}'), ('{departement}, {plateforme}', '{plateforme}'),
            ('Courrier : {plateforme}, {departement}, {adresse}', 'Courrier : {plateforme}'),
            ('Responsable : {plateforme} ({departement})', 'Responsable : {plateforme}'),
            ('{inconnu}, {plateforme}', '{inconnu}, {plateforme}'), ('Rien ici.', 'Rien ici.')):
        assert langue.sans_reperes_vides(ligne, {'plateforme': 'P', 'departement': '', 'adresse': ''}) == laisse, ligne
    fixer_tous(courriel='', telephone='')
    corps = '## Un\n\n- {courriel}\n\n## Deux\n\nVoir {courriel}\nici.\n\n## Trois\n\n{url}'
    en_ecriture(textes.ecrire, 'page', 'accessibilite', 'Accessibilité', corps)
    corps = site.get('/accessibilite').html.select_one('.redaction')
    assert [h2.text for h2 in corps.select('h2')] == ['Deux', 'Trois']
    assert [p.text.strip() for p in corps.select('p:not(.petit)')][:1] == ['ici.']
