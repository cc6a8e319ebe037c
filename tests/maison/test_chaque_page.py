"""Every HTML page, from the list of the routes and by the links of the pages: for each reader, on filled bases and on
an empty one, then each form of them sent empty.

What a text can be wrong in is looked for in every page; a real Chromium opens one page of each route at the least, and
every one that shows what no page had shown: an element, its classes, its attributes, what it stands in.
"""
import collections
import re
from urllib.parse import parse_qsl, urljoin, urlsplit

import lxml.html
import pytest
import webtest
from bottle import HTTPError
from conftest import agent, fixer, limiter
from navigateur import CONNUS, avec_axe, verifier
from serveur import port_libre, servie_ici
from test_acces import adresse, routes
from test_formulaires import modele_riche  # noqa: F401 – a fixture

import models
from verbes import comptes
from verbes.catalogue import campagne
from verbes.exploitation.environnement import Configuration
from views import app, wsgi

# Who reads, by a condition on agent: who sees the most is first, the others are looked at where they see else.
LECTEURS = {
    'administrateur': "courriel LIKE 'maxime.exemple@%'", 'chef de file': "courriel LIKE 'camille.exemple@%'",
    'référent': "courriel LIKE 'claude.temoin@%'", 'lecteur': 'lecteur_au IS NOT NULL', 'personne': '0',
    'autre agent': 'actif AND NOT administrateur AND NOT pilote AND lecteur_au IS NULL'}
# The rows whose pages are opened: those that no link would show in each of their states.
LIGNES = (
    "'/espace/demandes/' || max(numero) FROM demande GROUP BY statut, restreinte",
    "'/suivi/' || max(jeton) FROM demande GROUP BY statut",
    "'/suivi/' || max(jeton) || '/evaluation' FROM demande WHERE statut = 'termine' GROUP BY numero % 4",
    "'/rendez-vous/' || jeton FROM invitation",
    "'/espace/redaction/contenus/' || max(id) FROM contenu GROUP BY genre, etat",
    "'/espace/redaction/projets/' || max(id) || fin FROM contenu, (SELECT '/accord' AS fin UNION SELECT '/retrait'"
    " UNION SELECT '/lecture' UNION SELECT '/apercu') WHERE genre = 'projet' GROUP BY etat, fin",
    "'/actualites/' || max(id) FROM contenu WHERE genre = 'actualite' GROUP BY etat",
    "'/fiches/' || max(id) FROM fiche GROUP BY etat, promesse, restreinte",
    "'/espace/redaction/fiches/' || max(id) FROM fiche GROUP BY etat",
    "'/espace/demandes/experts/' || max(agent_id) FROM membre WHERE role = 'referent' GROUP BY structure_id",
    "'/espace/admin/comptes/' || max(id) FROM agent GROUP BY actif, administrateur, ouvert_le, lecteur_au",
    "'/espace/admin/directions/' || max(id) FROM direction GROUP BY fermee_le",
    "'/espace/collectivites/' || max(id) FROM collectivite GROUP BY type",
)
AUTRES = ('/nulle-part', '/recherche?q=introuvable', '/catalogue?structure=99', '/espace/demandes?q=introuvable',
          '/espace/annuaire?q=zzz', '/espace/documents?q=zzz', '/espace/pilotage?periode=2019', '/espace/nulle-part',
          '/espace/pilotage?periode=libre&du=2026-03-02&au=2026-03-01', '/espace/pilotage/rapport?periode=2019',
          '/demande?q=agrandir+le+cimeti%C3%A8re', '/espace/admin/calendrier/bandeau', '/espace/admin/courriels/accuse')
# What the rich world has not: a state of a row, a row.
COMPLETER = (
    "UPDATE structure SET convention_au = '2026-12-31' WHERE id = 2",
    "INSERT INTO direction (structure_id, nom, fermee_le) VALUES (2, 'Ancienne', '2026-01-01')",
    "UPDATE agent SET expert = 1, presentation = 'Marchés publics.', territoire = 'Comminges' WHERE id = 3",
    "UPDATE fiche SET etat = 'suspendue', explication = 'Reprend en mars.' WHERE id = 3",
    "UPDATE porte SET verifie_le = '2024-01-01', telephone = '0536499001' WHERE id = 1",
    "UPDATE contenu SET etat = 'retire', retire_le = '2026-11-20T10:00:00Z' WHERE id = 3",
    "INSERT INTO sans_reponse (mots, nombre, vu_le, jours) VALUES ('columbarium', 8, '2026-11-24', 3)",
    "INSERT INTO theme (nom, ordre) VALUES ('Vide', 9)",
)
# What the rich world does not open: what the demonstration does; what is not there, an edition of the guide (its flow).
ID = '<id:re:[1-9][0-9]{0,17}>'
DEMONTREES = {f'/espace/redaction/versions/{ID}', f'/espace/agenda/{ID}', f'/espace/documents/{ID}',
              '/rendez-vous/<jeton:re:[A-Za-z0-9_-]{22}>'}
AILLEURS = {'/espace/<reste:path>', '/suivi/<reste:path>', '/guide/<annee:re:[12][0-9]{3}>'}
# What is no page: files, what Apache alone opens.
SANS_PAGE = re.compile(r'[.](csv|ics|atom|txt|xml|css|pdf)$|^/(static|images|logo-.*|pieces|documents|sante)'
                       r'(/<|$)|^/connexion/sso$|/(pieces|copies|conventions|logo|lettre|modele|edition)(/<|$)')
PAR_VALEUR = {'action', 'etat', 'vue', 'chapitre', 'edition', 'genre'}                # each value is another page
DITS = {'id', 'name', 'href', 'value', 'for', 'class', 'title', 'action', 'content', 'datetime', 'd', 'x', 'y'}


def regle_de(ou):
    """The rule of the route that answers at an address; None where there is none."""
    try:
        return app.match({'REQUEST_METHOD': 'GET', 'PATH_INFO': urlsplit(ou).path})[0].rule
    except HTTPError:
        return None


def sortes(ou):
    """What an address has in common with others: its rule, the names of its parameters."""
    dits = [('', ''), *parse_qsl(urlsplit(ou).query)]
    return {(regle_de(ou), nom, dit if nom in PAR_VALEUR else '') for nom, dit in dits}


class Page:
    """What a reader was answered."""

    def __init__(self, qui, ou, reponse):
        self.qui, self.ou, self.reponse, self.regle = qui, ou, reponse, regle_de(ou)
        self.arbre = lxml.html.fromstring(reponse.body)
        self.tous = [un for un in self.arbre.iter(lxml.html.etree.Element) if un.getparent() is not None]
        self.decrits = {un.get('for') for un in self.tous if un.tag == 'label'}
        self.allures = {f'allure {self.allure(un)}' for un in self.tous}
        if reponse.status_int == 200:
            self.allures.add(f'route {self.regle}')

    def allure(self, un):
        """An element: its tag, its classes, its attributes, whether it has a name, what it stands in."""
        dans, nomme = un.getparent(), un.get('aria-label') or un.get('alt') or un.get('id') in self.decrits
        texte = un.tag in ('a', 'button', 'th', 'label', 'legend', 'summary') and bool(un.text_content().strip())
        coupe = un.tag == 'a' and bool((un.tail or dans.text or '').strip())
        return (un.tag, un.get('class'), un.get('type'), un.get('role'), *sorted(set(un.keys()) - DITS), bool(nomme),
                texte, coupe, dans.tag, dans.get('class'))

    def fautes(self):
        """What its text is wrong in."""
        ids = [un.get('id') for un in self.tous if un.get('id')]
        citent = ('for', 'list', 'aria-labelledby', 'aria-describedby', 'aria-controls')
        cites = {cite for un in self.tous for nom in citent for cite in un.get(nom, '').split()}
        doubles = [nom for nom, combien in collections.Counter(ids).items() if combien > 1]
        dates = [dit for un in self.tous for dit in (*un.values(), un.text or '', un.tail or '') if '<time' in dit]
        dits = {'ids en double': doubles, 'ids cités, absents': cites - set(ids), 'une date en balise': dates,
                'une date dans un choix': self.arbre.findall('.//option//time'),
                'une date sans année': [un for un in self.arbre.iterfind('.//time') if self.ou.startswith('/suivi/')
                                        and not re.search('20[0-9]{2}', un.text_content())],
                'attributs collés': re.findall('="[^"<>]*"[a-z-]+=', self.reponse.text),
                'un h1': len(self.arbre.findall('.//h1')) != 1, 'une langue': self.arbre.get('lang') != 'fr',
                'un titre': not (self.arbre.findtext('.//title') or '').strip()}
        return {quoi: faute for quoi, faute in dits.items() if faute}


class Marche:
    """The pages that the readers of a base are answered, in order."""

    def __init__(self, application, url):
        self.application, self.url, self.pages, self.atteintes = application, url, [], set()
        self.connues, self.envoyes = {}, set()

    def entrer(self, condition):
        """The browser of a reader; None where the base has nobody such."""
        site = webtest.TestApp(self.application, extra_environ={
            'HTTP_HOST': urlsplit(self.url).netloc, 'REMOTE_ADDR': '127.0.0.1', 'HTTP_SEC_FETCH_SITE': 'same-origin'})
        with models.ecriture():
            agents = models.lire_agents(f'WHERE agent.id = (SELECT max(id) FROM agent WHERE {condition})')
            if agents:
                site.set_cookie('session', comptes.ouvrir_session(agents[0]))
        return site if agents or condition == '0' else None

    def garder(self, qui, ou, reponse):
        """Keep what was answered, if it is a page; gives where it leads."""
        if reponse.status_int in (200, 301, 303):
            self.atteintes.add(regle_de(ou))
        if reponse.status_int in (301, 303):
            return [reponse.headers['Location'].removeprefix(self.url)]
        if reponse.content_type != 'text/html' or not reponse.body:
            return []
        self.pages.append(Page(qui, ou, reponse))
        dits = self.pages[-1].arbre.iterfind('.//a[@href]')
        liens = dict.fromkeys(urljoin(self.url + ou, a.get('href')).split('#')[0] for a in dits)
        return [lien.removeprefix(self.url) for lien in liens if lien.startswith(f'{self.url}/')]

    def lire(self, qui, site, departs):
        """All that a reader is answered: these addresses, those of others, one of each sort by the links."""
        lues, dites, file = set(), set(), collections.deque([*departs, *self.connues.values()])
        for rang in range(100_000):
            if not file:
                return
            ou = file.popleft()
            if ou in lues or rang >= len(departs) and sortes(ou) <= dites:
                continue
            lues.add(ou)
            reponse = site.get(ou, status='*')
            if reponse.status_int in (200, 301, 303):
                dites |= sortes(ou)
                self.connues.setdefault(tuple(sorted(map(str, sortes(ou)))), ou)
            file.extend(self.garder(qui, ou, reponse))

    def envoyer(self, qui, site):
        """Each form of the pages of a reader, sent empty: the page at fault, or the one that follows."""
        for page in [page for page in self.pages if page.qui == qui and '<form' in page.reponse.text]:
            for rang in range(len(re.findall('<form ', page.reponse.text))):
                form = page.reponse.forms[rang]
                vers = urljoin(page.ou, form.action or '')
                quoi = (re.sub(r'[0-9]+|(?<=suivi/)[\w-]+', '', vers), *sorted(map(str, form.fields)))
                if form.method.upper() != 'POST' or quoi in self.envoyes or 'connexion' in vers:
                    continue
                self.envoyes.add(quoi)
                cachees = {nom for nom, (un, *_) in form.fields.items()
                           if un.attrs.get('type') == 'hidden' or un.tag == 'select'}
                dits = [(nom, dit if nom in cachees else '') for nom, dit in form.submit_fields()]
                reponse = site.post(vers, dits, status='*', content_type=form.enctype,
                                    headers={'Referer': self.url + page.ou})
                if reponse.status_int == 303:
                    vers = reponse.headers['Location'].removeprefix(self.url)
                    reponse = site.get(vers, status='*')
                self.garder(qui, vers, reponse)


def et_les(pages, application):
    """The application, and each of these pages as it was answered, at /vue/ and its rank."""
    def servir(environ, start_response):
        rang = re.match('/vue/([0-9]+)/', environ['PATH_INFO'])
        if not rang:
            return application(environ, start_response)
        reponse = pages[int(rang[1])].reponse
        start_response('200 OK', [(nom, reponse.headers[nom]) for nom in ('Content-Type', 'Content-Security-Policy')])
        return [reponse.body]
    return servir


def completer():
    """The rich world, with what it has not; the addresses that only who receives them knows."""
    with models.ecriture():
        for sql in COMPLETER:
            models.db.execute_sql(sql)
        admin, = models.lire_agents('WHERE agent.id = 1')
        campagne.ouvrir(admin, 2026, '2026-12-18')
        fixer('accord_ouvertes', 'Relevé du comité', '2026-11-20')
        fixer('information_agents', 'Note de service', '2026-11-20')
        models.Demande.update(depose_le='2025-03-10T09:00:00Z').execute()
        return [f'/invitation/{comptes.nouveau_lien(admin, "invitation")}']


def ouvrir_le_service():
    """The first account of an empty base."""
    with models.ecriture():
        structure = models.Structure.create(nom='Département', sigle='CD')
        agent('Maxime', 'Exemple', models.Direction.create(structure=structure, nom='DDAT', courriel='a@cd.example'),
              administrateur=True)
    return []


BASES = {'demonstration': ('demonstration', list), 'riche': ('modele_riche', completer),
         'vide': ('vide_modele', ouvrir_le_service)}


@pytest.fixture
def marche(request, brancher):
    """The Marche of a base, through all its readers."""
    nom, garnir = BASES[request.param]
    limiter(secondes_minimum=0)
    chemin, port = brancher(request.getfixturevalue(nom)), port_libre()
    configuration = Configuration({'PLATEFORME_BASE': chemin, 'PLATEFORME_ECOUTE': f'127.0.0.1:{port}'})
    marche = Marche(wsgi.assembler(configuration), configuration.url)
    departs = [*garnir(), *AUTRES]
    with models.lecture():
        departs += [ou for lignes in LIGNES for ou, in models.db.execute_sql(f'SELECT {lignes}').fetchall() if ou]
        une = models.Demande.select().order_by(models.Demande.numero.desc()).first()
    cles = {'numero': une.numero, 'jeton': une.jeton} if une else {}
    departs += [adresse(regle, **cles) for _, regle, _ in routes('GET')]
    sites = {qui: site for qui, condition in LECTEURS.items() if (site := marche.entrer(condition))}
    for qui, site in sites.items():
        marche.lire(qui, site, departs)
    for qui, site in sites.items():
        marche.envoyer(qui, site)
    return marche


@pytest.mark.parametrize('marche', BASES, indirect=True)
def test_chaque_page_est_accessible_pour_chacun_remplie_vide_et_en_erreur(request, marche, contexte_de):
    fautes = {f'{page.qui}, {page.ou}': dites for page in marche.pages if (dites := page.fautes())}
    page, dits = contexte_de(marche.url).new_page(), []
    page.on('console', lambda dit: dits.append(dit.text) if 'Content Security' in dit.text else None)
    page.on('pageerror', lambda faute: dits.append(str(faute)))
    page.on('request', lambda lue: None if lue.url.startswith((marche.url, 'data:')) else dits.append(lue.url))
    with servie_ici(avec_axe(et_les(marche.pages, marche.application)), int(marche.url.rpartition(':')[2]), fils=4):
        for rang, une in enumerate(marche.pages):
            if CONNUS.neufs(une.allures):
                page.goto(f'/vue/{rang}/')
                try:
                    verifier(page)
                    assert not dits, dits
                except AssertionError as faute:
                    fautes[f'{une.qui}, {une.ou}'] = str(faute)
                CONNUS.ajouter(une.allures)
                dits.clear()
        page.close()
    assert fautes == {}
    pages = {regle for _, regle, _ in routes('GET') if not SANS_PAGE.search(regle)}
    doivent = {'demonstration': DEMONTREES, 'riche': pages - DEMONTREES - AILLEURS, 'vide': set()}
    assert doivent[request.node.callspec.id] - marche.atteintes == set(), 'des pages que rien n\'ouvre'
