"""The site under test: a base in a temporary file, `monde`, a small world, a WebTest browser per person (`site` without
account, `entrer(agent)` signed in), `creer(...)` a demande in any statut. The clock stands at Tuesday 24 November 2026,
10:00 in Paris, unless a test moves it with `heure('2026-11-27T08:00:00Z')`."""
import contextlib
import csv
import functools
import gc
import io
import pickle
import re
import sqlite3
import subprocess
import sys
import threading
import time
import types
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import pytest
import webtest
from bs4 import BeautifulSoup
from fichiers import FICHIERS, reussir
from serveur import ICI, exiger, par_http, servie

import models
import langue
import service  # noqa: F401 – for the routes
from verbes import comptes, notes, valeurs
from verbes.exploitation import horloge, porteur
from verbes.demande import actes, conversation, cycle
from verbes.echanges.references import Base
from verbes.etiquettes import lire_place
from verbes.exploitation.demonstration import charger_demonstration
from verbes.exploitation.environnement import Configuration
from views import cookies, erreurs, limites, wsgi

pytest_plugins = ('navigateur',)
gc.set_threshold(100_000, 20, 100)  # a collection walks what a thousand pages have left: an eighth of the time
DEPART = '2026-11-24T09:00:00Z'
PHRASE, AUTRE_PHRASE = 'trois vélos sous la halle', 'un pont de brique sur la Save'
VRAI_INIT = models.db.init  # before disque_sans_attente
RACINE = Path(__file__).parent.parent
# How many there are, at the least: a test that walks an empty folder finds no fault, and passes.
AU_MOINS = {
    ('verbes', '*.py'): 60, ('views', '*.py'): 65, ('views', '*.html'): 130, ('static', '*.js'): 4}
# The entry of a demande received directly, as the browser fills it.
SAISIE = {'collectivite': 'Rieumes', 'message': 'Réparer le pont.', 'voie': 'téléphone',
          'nom': 'Secrétaire', 'prenom': 'Jo', 'fonction': 'DGS', 'telephone': '05 36 49 00 99'}
# What a mairie types, for the demonstration or the small world.
MAIRIE = {'message': 'Bonjour, une place à refaire.', 'collectivite': 'Rieumes', 'nom': 'Exemplaire',
          'prenom': 'Jeanne', 'courriel': 'mairie@rieumes.example', 'telephone': '0536490012'}


def sources(dossier, motif='*.py', racine=RACINE):
    """The files of a folder, at every level: what a test that holds the house reads."""
    trouves = sorted(racine.joinpath(dossier).rglob(motif))
    assert len(trouves) >= (AU_MOINS[dossier, motif] if racine == RACINE else 1), (dossier, motif, len(trouves))
    return trouves


def modules(racine=RACINE):
    """Every module of the program: those of the top, of verbes/, of views/."""
    return [*sorted(racine.glob('*.py')), *sources('verbes', racine=racine), *sources('views', racine=racine)]


@pytest.fixture
def heure(monkeypatch):
    """Set the clock: heure('2026-11-24T09:00:00Z'). What another test saw of it is forgotten."""
    horloge.reference.clear()

    def regler(instant):
        moment = datetime.fromisoformat(instant.replace('Z', '+00:00'))
        monkeypatch.setattr(langue, 'horloge', lambda: moment)
    regler(DEPART)
    return regler


@pytest.fixture(scope='session', autouse=True)
def disque_sans_attente():
    """What a test writes here need not outlive a power cut; the real servers wait for the disk (test_robustesse.py)."""
    def init(chemin, pragmas, **options):
        VRAI_INIT(chemin, pragmas={**pragmas, 'synchronous': 'OFF'}, **options)

    with pytest.MonkeyPatch.context() as remplacement:
        remplacement.setattr(models.db, 'init', init)
        yield


@pytest.fixture(scope='session')
def base_modele(tmp_path_factory):
    """An empty base with the small world, made once and copied for each test."""
    chemin = str(tmp_path_factory.mktemp('base') / 'modele.db')
    models.initialiser(chemin)
    models.brancher(chemin)
    en_ecriture(peupler)
    models._branche['ancre'].execute('PRAGMA wal_checkpoint(TRUNCATE)')
    models.debrancher()
    return chemin


def copier(modele, chemin):
    """A closed base at the place of a test: its path."""
    with open(modele, 'rb') as lu:
        chemin.write_bytes(lu.read())
    chemin.chmod(0o600)
    return str(chemin)


@pytest.fixture(scope='session')
def modele(tmp_path_factory):
    """modele(name, faire, depuis): the path of a base made once, by faire() on a copy of another one, to be copied."""
    faits = {}

    def rendre(nom, faire, depuis, instant=DEPART):
        if nom not in faits:
            faits[nom] = copier(depuis, tmp_path_factory.mktemp(nom) / 'modele.db')
            models.brancher(faits[nom])
            with pytest.MonkeyPatch.context() as horloge:
                horloge.setattr(langue, 'horloge', lambda: langue.a_paris(instant))
                faire()
            models._branche['ancre'].execute('PRAGMA wal_checkpoint(TRUNCATE)')
            models.debrancher()
        return faits[nom]
    return rendre


@pytest.fixture(scope='session')
def modele_depose(base_modele, modele):
    """The model of the bases that hold one demande, n° 1, just deposited."""
    def faire():
        with models.ecriture():
            cycle.deposer(saisie_de(lire_le_monde()))
    return modele('deposee', faire, base_modele)


@pytest.fixture
def modele_de_base(base_modele):
    """What `base` is a copy of."""
    return base_modele


@pytest.fixture
def base(tmp_path, modele_de_base, heure, monkeypatch):
    """The path of the plugged base."""
    chemin = copier(modele_de_base, tmp_path / 'plateforme.db')
    monkeypatch.setattr(valeurs, 'LIMITES', LIVREES.copy())
    models.brancher(chemin)
    monkeypatch.setitem(porteur.etat, 'passage', time.monotonic())  # its age is not that of the whole run
    limites._compteurs.clear()
    notes._vues.clear()
    notes._refus.clear()
    notes._lues.clear()
    notes._vaines.clear()
    porteur.relais_muet.update(essais=0, jusqu_a=0.0)
    models.SITE.update(url='http://127.0.0.1:8080', smtp=False)
    cookies._reprises.clear()
    erreurs.connus.clear()
    yield chemin
    debrancher()


def debrancher():
    """Unplug: the anchor first, since the last that closes merges the -wal, and the other one waits for no disk."""
    if models._branche:
        models._branche['ancre'].close()
    models.debrancher()


@pytest.fixture(scope='session')
def demonstration_du(modele, vide_modele):
    """demonstration_du(instant): the path of a base where the demonstration was loaded then."""
    return lambda instant: modele(f'demonstration-{instant}', charger_demonstration, vide_modele, instant)


@pytest.fixture(scope='session')
def demonstration(demonstration_du):
    """That of the usual day: no test changes a demande of it."""
    return demonstration_du(DEPART)


# What a département has settled; a new base has none of it (test_ouverture.py).
REGLAGES = {
    'ouvert_le': '2026-01-01', 'departement': 'Département de la Haute-Garonne', 'telephone': '0534333807',
    'signataire': 'Président du Département', 'courriel': 'plateforme.territoires@cd31.fr', 'dpd': 'dpd@cd31.fr',
    'horaires': 'du lundi au vendredi, de 9\u00a0h à 12\u00a0h et de 14\u00a0h à 17\u00a0h',
    'adresse': '1 boulevard de la Marquette', 'hebergeur': 'Hébergeur, 1 rue du Serveur', 'saisine': 'oui',
    'jours': 'calendaires', 'restreinte_d_office': 'oui'}
DEPOTS = ('depots_adresse', 'depots_reseau', 'depots_courriel', 'depots_alerte')
LIVREES = valeurs.LIMITES.copy()
# Of a base that another process may serve: a setting has no row until it is changed.
FIXER = 'INSERT INTO reglage (cle, valeur) VALUES (?, ?) ON CONFLICT (cle) DO UPDATE SET valeur = excluded.valeur'


def fixer(cle, valeur, regle_le=None):
    """Write a setting, in the transaction that is open."""
    valeurs.ecrire(cle, valeur, regle_le)


def limiter(**figures):
    """Set limits, whatever the protection: until the end of the test, and for the servers that it starts."""
    valeurs.LIMITES.update({nom: valeurs.Limite(n, n) for nom, n in figures.items()})


def en_ecriture(verbe, *arguments, **options):
    """What a verb returns, called in a transaction of its own."""
    with models.ecriture():
        return verbe(*arguments, **options)


def fixer_tous(**valeurs):
    """Write settings, in a transaction of their own."""
    with models.ecriture():
        for cle, valeur in valeurs.items():
            fixer(cle, valeur)


def peupler():
    """Three structures, their agents, three fiches, five collectivités."""
    cd, hgi, caue = (models.Structure.create(nom=n, sigle=s, partenaire=p) for n, s, p in (
        ('Conseil départemental de la Haute-Garonne', 'CD31', False), ('Haute-Garonne Ingénierie – HGI', 'HGI', True),
        ("Conseil d'architecture, d'urbanisme et de l'environnement – CAUE", 'CAUE', True)))
    ddat, juridique, urba = (models.Direction.create(structure=s, nom=n, telephone=t, courriel=c) for s, n, t, c in (
        (cd, 'DDAT', '0536490010', 'ddat@haute-garonne.example'),
        (hgi, 'Direction assistance juridique et financière', '0536490020', 'dajf@hgi.example'),
        (caue, 'CAUE', '0536490040', 'contact@caue.example')))

    for cle, valeur in REGLAGES.items():
        fixer(cle, valeur, '2026-01-01')
    agent('Maxime', 'Exemple', ddat, administrateur=True)
    chef = agent('Camille', 'Exemple', juridique, telephone_public='0536490030', pilote=True)
    agent('Claude', 'Temoin', juridique, telephone_public='0536490031')
    cochef = agent('Andrea', 'Modele', urba, pilote=True)
    agent('Sacha', 'Essai', urba)
    agent('Dominique', 'Autre', ddat)
    agent('Alix', 'Parti', juridique, actif=False)
    juri, amen = (models.Theme.create(nom='Assistance juridique', icone='balance', ordre=1),
                  models.Theme.create(nom='Aménagement', icone='grue', ordre=2))

    fiche(juri, 'Conseil juridique', 'urgente', chef)
    fiche(amen, 'Revitalisation de bourg-centre', 'complexe', chef, cochef)
    fiche(juri, 'Contentieux', 'complexe', chef, restreinte=True)
    epci = collectivite('CC Cœur de Garonne', 'Communauté de communes', '200068815', None,
                        courriel='contact@coeur-de-garonne.example')
    collectivite('Rieumes', 'Commune', '213104540', '31454', epci=epci,
                 courriel='mairie@rieumes.example', codes_postaux='31370')
    collectivite('Rieumajou', 'Commune', '213104532', '31453', codes_postaux='31290')
    collectivite('Saint-Orens-de-Gameville', 'Commune', '213105067', '31506', codes_postaux='31650')
    collectivite("L'Isle-en-Dodon", 'Commune', '213102395', '31239', codes_postaux='31230')


def agent(prenom, nom, direction, **options):
    courriel = f'{prenom}.{nom}@{direction.courriel.split("@")[1]}'.lower()
    return models.Agent.create(prenom=prenom, nom=nom, direction=direction, courriel=courriel,
                               cree_le=DEPART, ouvert_le=DEPART, **options)


def fiche(theme, titre, promesse, *chefs, **options):
    textes = {'resume': f'{titre}, en bref.', 'pour_qui': 'Les communes.', 'actions': 'une visite\nune note',
              'maj_le': '2026-09-14'}
    creee = models.Fiche.create(theme=theme, direction=chefs[0].direction, titre=titre, promesse=promesse,
                                deroulement='Appel : nous vous rappelons.', **textes, **options)
    for rang, chef in enumerate(chefs):
        models.Pilotage.create(fiche=creee, agent=chef, rang=rang)


def collectivite(nom, type_, siren, insee, **options):
    return models.Collectivite.create(nom=nom, type=type_, siren=siren, insee=insee,
                                      cherche=langue.normaliser(nom), **options)


@pytest.fixture(scope='session')
def monde_modele(base_modele):
    """What `monde` gives, read once from the model of its base: a test has it from there in a tenth of the time."""
    models.brancher(base_modele)
    with models.lecture():
        lu = pickle.dumps(lire_le_monde())
    models.debrancher()
    return lu


@pytest.fixture
def monde(base, monde_modele):
    """The people and things, loaded: admin, chef, referent, cochef, associe, autre, parti (inactive);
    fiche (10 days, two chefs), urgente (3 days), contentieux (restricted); rieumes, epci; theme."""
    return pickle.loads(monde_modele)


def lire_le_monde():
    qui = dict(admin='Maxime', chef='Camille', referent='Claude', cochef='Andrea', associe='Sacha',
               autre='Dominique', parti='Alix')
    agents = {agent.prenom: agent for agent in models.Agent.select(
        models.Agent, models.Direction, models.Structure).join(models.Direction).join(models.Structure)}
    urgente, fiche, contentieux = models.Fiche.select().order_by(models.Fiche.id)
    epci, rieumes, *_ = models.Collectivite.select().order_by(models.Collectivite.id)
    return types.SimpleNamespace(
        **{role: agents[prenom] for role, prenom in qui.items()}, urgente=urgente, fiche=fiche, contentieux=contentieux,
        theme=models.Theme.get_by_id(1), epci=epci, rieumes=rieumes)


@pytest.fixture(scope='session')
def assemblee():
    return wsgi.assembler(Configuration({'PLATEFORME_BASE': 'plateforme.db'}))


@pytest.fixture
def application(base, assemblee):
    """The whole WSGI application, as servir assembles it, on the base that is plugged."""
    return assemblee


class Page(webtest.app.TestResponse):
    """Its forms are read from their own text; the whole page is parsed where a test reads it. Its apostrophes are those
    that the code is written with: test_apostrophes reads them as they are sent."""

    @property
    def testbody(self):
        return super().testbody.replace('’', "'")

    @property
    def text(self):
        return super().text.replace('’', "'")

    @functools.cached_property
    def html(self):
        assert self.content_type == 'text/html', self.content_type
        return BeautifulSoup(self.testbody, 'lxml')

    def _parse_forms(self):
        self._forms_indexed = Formulaires(self)


class Formulaires(Mapping):
    """The forms of a page, by their rank and by their id; each is read when a test asks for it."""

    def __init__(self, page):
        self.page, self.textes = page, {}
        for rang, texte in enumerate(re.findall('<form .*?</form>', page.testbody, re.DOTALL)):
            nomme = re.match('<form(?: [^>]*)? id="([^"]+)"', texte)
            self.textes |= {rang: texte} | ({nomme[1]: texte} if nomme else {})
        self.lire = functools.cache(lambda texte: webtest.Form(page, texte, 'lxml'))

    def __getitem__(self, nom):
        return self.lire(self.textes[nom])

    def __iter__(self):
        return iter(self.textes)

    def __len__(self):
        return len(self.textes)


webtest.app.TestRequest.ResponseClass = Page


@pytest.fixture
def naviguer(application):
    """A new browser: naviguer() → webtest.TestApp without cookie."""
    def nouveau():
        return webtest.TestApp(application, extra_environ={
            'HTTP_HOST': '127.0.0.1:8080', 'REMOTE_ADDR': '127.0.0.1', 'HTTP_SEC_FETCH_SITE': 'same-origin'})
    return nouveau


@pytest.fixture
def site(naviguer):
    return naviguer()


@pytest.fixture
def depuis(naviguer):
    """A browser at an address."""
    def ouvrir(adresse):
        site = naviguer()
        site.extra_environ.update(REMOTE_ADDR=adresse, HTTP_HOST='127.0.0.1:8080')
        return site
    return ouvrir


@pytest.fixture
def entrer(naviguer):
    """A browser signed in: entrer(monde.chef)."""
    def connecter(agent):
        cookie = en_ecriture(comptes.ouvrir_session, agent)
        navigateur = naviguer()
        navigateur.set_cookie('session', cookie)
        return navigateur
    return connecter


@pytest.fixture
def maxime(monde, entrer):
    """The browser of the administrateur."""
    return entrer(monde.admin)


def un_lecteur(monde, au='2027-06-30', **autres):
    """A « lecteur » whose account is opened; the comité de suivi has agreed."""
    with models.ecriture():
        fixer('accord_lecteurs', '', '2026-11-02')
        return models.Agent.create(**{
            'prenom': 'Éloi', 'nom': 'Hemicycle', 'fonction': 'Vice-président', 'direction': monde.admin.direction,
            'courriel': 'eloi.hemicycle@haute-garonne.example', 'cree_le': DEPART, 'ouvert_le': DEPART,
            'lecteur_au': au, **autres})


@pytest.fixture
def lecteur(monde):
    return un_lecteur(monde)


def saisie_de(monde, **autres):
    """What the form gives to deposer(), checked."""
    return {
        'collectivite': monde.rieumes, 'fiche': monde.fiche, 'theme': None,
        'message': 'Nous souhaitons réaménager la place du bourg.', 'lieu': 'Place de la Liberté',
        'civilite': 'Madame', 'nom': 'Exemplaire', 'prenom': 'Jeanne',
        'courriel': 'mairie@rieumes.example', 'telephone': '0536490012',
        **autres}


# The acts that lead a demande from its deposit to each statut: (action, role, what it is given).
CHEMINS = {
    'attribue_chef': [], 'receptionne_chef': [('receptionner', 'chef', {})],
    'attribue_expert': [('designer', 'chef', 'referent')],
    'receptionne_expert': [('designer', 'chef', 'referent'), ('receptionner', 'referent', {})],
    'en_cours': [('designer', 'chef', 'referent'), ('demarrer', 'referent', 'contact')],
    'termine': [('designer', 'chef', 'referent'), ('demarrer', 'referent', 'contact'),
                ('terminer', 'referent', {'issue': 'realise', 'synthese': 'Fait.'})],
    'rejete': [('rejeter', 'chef', {'motif': 'Hors sujet.'})],
    'rejete_clos': [('rejeter', 'chef', {'motif': 'Hors sujet.'}),
                    ('repondre', 'admin', {'texte_final': 'Voyez la région.', 'reponse': 'reponse'})],
    'abandonne': [('abandonner', 'chef', {'motif': 'Projet arrêté.', 'texte_final': 'Vous nous dites arrêter.'})],
    'attribue_admin': [], 'receptionne_admin': [('receptionner', 'admin', {})]}
CONTACT = {'contact_le': '2026-11-24', 'moyen': 'appel', 'resultat': 'joint'}


def une_etape(quoi='Faire le point', **autres):
    """What the verbs of the feuille de route take."""
    return {'quoi': quoi, 'qui': None, 'pour_le': '', 'dit': '', 'dit_jour': '', 'fait_le': ''} | autres


def appeler_en_vain(demande, agent, resultat='message', **autres):
    """A call in vain, noted in the caller's transaction; the demande as it is after."""
    demande = models.Demande.get_by_id(demande.numero)
    actes.noter_contact(demande, agent, demande.version, CONTACT | {'resultat': resultat} | autres)
    return demande


@pytest.fixture
def creer(monde):
    """A demande in a state: creer('en_cours', message='…', restreinte=True) → fresh models.Demande. chef, co-chef
    (Andrea) and, from « attribue_expert » on, the référent are in the team; `associe=True` adds Sacha."""
    def construire(etat='attribue_chef', associe=False, restreinte=False, **autres):
        if etat in ('attribue_admin', 'receptionne_admin'):
            autres.setdefault('fiche', None)
        with models.ecriture():
            demande, _ = cycle.deposer(saisie_de(monde, confidentielle=restreinte, **autres))
            for action, role, donnees in CHEMINS[etat]:
                if associe and action == 'terminer':                # nobody joins a demande that is closed
                    actes.associer(demande, monde.chef, demande.version, monde.associe)
                    associe = False
                donnees = ({'referent': {'referent': monde.referent}, 'contact': CONTACT}.get(donnees)
                           if isinstance(donnees, str) else donnees)
                cycle.changer_statut(demande, action, getattr(monde, role), demande.version, donnees)
            if associe:
                actes.associer(demande, monde.chef, demande.version, monde.associe)
            return models.Demande.get_by_id(demande.numero)
    return construire


@pytest.fixture
def accompagnee(creer, heure):
    """A demande « En cours », with an associé; it is noon."""
    demande = creer('en_cours', associe=True)
    heure('2026-11-24T11:00:00Z')
    return demande


def associer_a(fiche, *noms):
    """Say who may be associated to the demandes of a fiche, by the names of structures and directions."""
    models.Associable.delete().where(models.Associable.fiche == fiche).execute()
    for rang, nom in enumerate(noms):
        structure, direction = lire_place(Base()['associable'][nom])
        models.Associable.create(fiche=fiche, rang=rang, structure=structure, direction=direction)


def relire(demande):
    """The demande as the base has it now."""
    with models.lecture():
        return relire_ici(demande)


def relire_ici(demande):
    """The same, within the transaction that is open."""
    return models.Demande.get_by_id(demande.numero)


def derniere_demande():
    """The one deposited last."""
    with models.lecture():
        return models.Demande.select().order_by(models.Demande.numero.desc()).first()


def changer_ligne(ligne, **colonnes):
    """Write columns of a row of any table as no verb does."""
    en_ecriture(type(ligne).update(**colonnes).where(type(ligne)._meta.primary_key == ligne.get_id()).execute)


changer_demande = changer_ligne


def creer_ligne(table, **colonnes):
    """A row of any table, written as no verb does."""
    with models.ecriture():
        return table.create(**colonnes)


def relire_ligne(ligne):
    """A row of any table as the base has it now."""
    with models.lecture():
        return type(ligne).get_by_id(ligne.get_id())


relire_agent = relire_ligne


def agir(verbe, demande, agent, *arguments, **options):
    """An act of an agent on the demande as it is, in a transaction: what the verb returns."""
    with models.ecriture():
        fraiche = relire_ici(demande)
        return verbe(fraiche, agent, fraiche.version, *arguments, **options)


def statuer(demande, action, agent, **donnees):
    """Change the statut of the demande as it is: the demande as the base has it after."""
    agir(lambda fraiche, qui, version: cycle.changer_statut(fraiche, action, qui, version, donnees), demande, agent)
    return relire(demande)


def courriels(**filtres):
    """[(modele, destinataire)] written so far, in order."""
    with models.lecture():
        return list(models.Courriel.select(models.Courriel.modele, models.Courriel.destinataire)
                    .filter(**filtres).order_by(models.Courriel.id).tuples())


def au_matin(debut=''):
    """[(address, line)] left for the mails of the day by the acts whose mark begins so, in order."""
    with models.lecture():
        lues = models.Rappel.select().where(models.Rappel.phrase != '').order_by(models.Rappel.fait_le)
        return [(ligne.agent.courriel, ligne.phrase.replace('\xa0', ' ')) for ligne in lues
                if ligne.marque.split(':')[2].startswith(debut)]


def lettres_du_modele(modele):
    """The mails of a template, oldest first."""
    with models.lecture():
        return list(models.Courriel.select().where(models.Courriel.modele == modele).order_by(models.Courriel.id))


def dernier_courriel(modele):
    """The last mail of a template."""
    return lettres_du_modele(modele)[-1]


def corps_de(modele):
    """What it says."""
    return dernier_courriel(modele).corps


def tout_part():
    """The relay takes all that waits."""
    with models.ecriture():
        models.Courriel.update(envoye_le=langue.maintenant()).where(
            models.Courriel.envoye_le.is_null(), models.Courriel.echec_le.is_null()).execute()


def laisser_partir():
    """What waits two minutes to leave to a collectivité has waited them."""
    en_ecriture(models.MessageAPartir.update(part_le=models.MessageAPartir.ecrit_le).execute)
    conversation.faire_partir()


def natures(demande):
    """[(nature, statut)] of the journal, oldest first."""
    with models.lecture():
        return list(models.Journal.select(models.Journal.nature, models.Journal.statut)
                    .where(models.Journal.demande == demande.numero).order_by(models.Journal.id).tuples())


def numeros(page):
    """The numbers of the list, in order; the only one that a search finds is opened instead."""
    ouverte = re.fullmatch('/espace/demandes/([0-9]+)', page.headers.get('Location', ''))
    if ouverte:
        return [int(ouverte[1])]
    return [int(a.text) for a in page.html.select('table.demandes tbody th a')]


@pytest.fixture
def requetes(monkeypatch):
    """The SELECTs made since the last clear()."""
    faites, executer = [], models.db.execute_sql

    def compter(sql, params=None):
        if sql.lstrip().startswith('SELECT'):
            faites.append(sql)
        return executer(sql, params)
    monkeypatch.setattr(models.db, 'execute_sql', compter)
    return faites


def formulaire_de(page):
    return next(f for f in page.forms.values() if 'recue_le' in f.fields)


def remplir(page, **autres):
    formulaire = formulaire_de(page)
    for nom, valeur in (SAISIE | autres).items():
        formulaire[nom] = valeur
    return formulaire


@pytest.fixture
def hachage_rapide(monkeypatch):
    """Passwords hashed in no time."""
    monkeypatch.setattr(comptes.hacher, '__defaults__', (None, 16, 8, 1, True))
    monkeypatch.setattr(comptes, '_HACHE_FACTICE', 'scrypt$16$8$1$MDAwMDAwMDAwMDAwMDAwMA==$')


@pytest.fixture
def inscrits(monde, hachage_rapide):
    """The small world, everyone but the co-chef with the password PHRASE."""
    with models.ecriture():
        models.Agent.update(mot_de_passe=comptes.hacher(PHRASE)).where(models.Agent.id != monde.cochef.id).execute()
    return monde


@pytest.fixture
def plus_tard(monkeypatch):
    """Move the clock of the delays forward: plus_tard(seconds)."""
    decalage, vraie = [0], limites.time.monotonic
    monkeypatch.setattr(limites.time, 'monotonic', lambda: vraie() + decalage[0])

    def avancer(secondes):
        decalage[0] += secondes
    return avancer


def le_formulaire(page, adresse=''):
    """The form of a page that is sent to this address; the first that carries a mark (views/tenue.py), without one."""
    return next(f for f in page.forms.values() if (f.action == adresse if adresse else 'vue' in f.fields))


def poster(navigateur, adresse, valeurs, page='', status=303, lu_par=None):
    """Read a page (the address itself by default), then send its form as a browser does, these values in their place.
    True, False: of a box; None: the field does not come; a list: it comes as many times. lu_par: whose browser has read
    it, when it is not the one that sends (its session has expired)."""
    lue = (lu_par or navigateur).get(page or adresse)
    form = le_formulaire(lue, adresse)
    lus = [(nom, lu) for nom, lu in form.submit_fields() if nom not in valeurs]
    dits = [(nom, un) for nom, dit in valeurs.items() for un in (dit if isinstance(dit, list) else [dit])]
    venus = [(nom, 'oui' if dit is True else dit) for nom, dit in dits if dit is not None and dit is not False]
    return navigateur.post(adresse, lus + venus, status=status, content_type=form.enctype,
                           headers={'Referer': lue.request.url})


def dits_maintenant(page):
    """{field: what the base says of it} of a form that came back because somebody changed the row meanwhile."""
    panneau = next(p for p in page.html.select('.message') if 'Ce que la base dit maintenant' in p.text)
    return {un.dt.text: un.dd.text for un in panneau.select('dl.cles > div')}


def se_connecter(site, courriel, mot_de_passe=PHRASE, status=303, **champs):
    return site.post('/connexion', {'courriel': courriel, 'mot_de_passe': mot_de_passe, **champs}, status=status)


def chemin(reponse):
    return reponse.headers['Location']


def texte(page):
    """What is read on a page, every space alike."""
    return ' '.join(page.html.get_text(' ').split())


def faits():
    """[(what, e-mail of whom or None, detail)] of the audit, notes included."""
    notes.ecrire_notes()
    with models.lecture():
        return list(models.Audit.select(models.Audit.fait, models.Agent.courriel, models.Audit.detail)
                    .left_outer_join(models.Agent).order_by(models.Audit.id).tuples())


def faits_dits():
    """What the audit says, oldest first, without what is still to be noted."""
    with models.lecture():
        return [fait for fait, in models.Audit.select(models.Audit.fait).order_by(models.Audit.id).tuples()]


def titres(page):
    """The names of a list of fiches, of contents, of collectivités."""
    return [a.text for a in page.html.select('table.fiches tbody th a')]


def lire_csv(reponse):
    """The rows of a CSV, as dicts."""
    return list(csv.DictReader(io.StringIO(reponse.body.decode('utf-8-sig')), delimiter=';'))


def fautes(reponse):
    """The sentences of the error summary, and the title says so."""
    assert reponse.html.title.text.startswith('Erreur – ')
    return [' '.join(li.text.split()) for li in reponse.html.select('#erreurs li')]


@pytest.fixture
def serveur(base):
    """The base of the test served by a real process: (url, process)."""
    with servie(base) as processus:
        yield processus.url, processus


@pytest.fixture(scope='session')
def certificat(tmp_path_factory):
    """The folder of a certificate for localhost, and of its key."""
    exiger(openssl='openssl')
    dossier = tmp_path_factory.mktemp('certificat')
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=localhost', '-days', '2',
                    '-keyout', dossier / 'plateforme.key', '-out', dossier / 'plateforme.pem'],
                   check=True, capture_output=True)
    return dossier


def en_meme_temps(nombre, faire):
    """faire(n) in as many threads at once: what they raised."""
    fautes_ = []

    def appeler_en_vain(n):
        try:
            faire(n)
        except Exception as incident:
            fautes_.append(incident)
    fils = [threading.Thread(target=appeler_en_vain, args=(n,)) for n in range(nombre)]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join()
    return fautes_


def envoyer_demande(navigateur, fiche, *pieces, **autres):
    """Fill and send the public form as a browser does; the answer is not followed."""
    form = next(f for f in navigateur.get(f'/demande?fiche={fiche}').forms.values() if 'message' in f.fields)
    for nom, valeur in {**MAIRIE, **autres}.items():
        form[nom] = valeur
    if pieces:
        form['pieces'] = [webtest.Upload(nom, octets) for nom, octets in pieces]
    return form.submit(status='*')


@pytest.fixture(scope='session')
def fichier_unique(tmp_path_factory):
    """plateforme.pyz, built by make from the packages of this Python, away from the sources."""
    return construire(tmp_path_factory.mktemp('dist'))


def construire(dossier):
    exiger(make='make')
    ordre = ['make', 'zip', f'DIST={dossier}', f'VENV={sys.prefix}', f'--assume-old={sys.prefix}/.service']
    construit = subprocess.run(ordre, cwd=ICI, capture_output=True, text=True)
    assert construit.returncode == 0, construit.stderr
    return str(dossier / 'plateforme.pyz')


@pytest.fixture
def ouverte(base):
    """The path of a base, not plugged here, whose form accepts demandes as fast as they come."""
    models.debrancher()
    limiter(secondes_minimum=0, **dict.fromkeys(DEPOTS, 100_000))
    return base


def lue(base, sql, *valeurs):
    """The rows of a query on a base that another process may serve."""
    with contextlib.closing(sqlite3.connect(f'file:{base}?mode=ro', uri=True)) as brute:
        return brute.execute(sql, valeurs).fetchall()


def jetons(base):
    return {jeton for (jeton,) in lue(base, 'SELECT jeton FROM demande')}


def deposer(url, **autres):
    """Send a demande: the token of its tracking page, or the status of the refusal."""
    reponse = envoyer_demande(par_http(url), 2, **autres)
    return (re.search(r'/suivi/([\w-]+)', reponse.headers['Location'])[1]
            if reponse.status_int == 303 else reponse.status_int)


@pytest.fixture
def regler(heure):
    return heure


@pytest.fixture(scope='session')
def vide_modele(tmp_path_factory):
    """A base with its reference rows only, made once and copied for each test."""
    chemin = str(tmp_path_factory.mktemp('vide') / 'modele.db')
    with pytest.MonkeyPatch.context() as horloge:
        horloge.setattr(langue, 'horloge', lambda: langue.a_paris(DEPART))
        models.initialiser(chemin)
    return chemin


@pytest.fixture
def brancher(tmp_path, regler):
    """brancher(model): the path of a copy of it, plugged until the end of the test."""
    def poser(modele_):
        chemin = copier(modele_, tmp_path / 'vide.db')
        models.brancher(chemin)
        return chemin
    yield poser
    models.debrancher()


@pytest.fixture
def vide(brancher, vide_modele):
    """A plugged base with its reference rows only."""
    return brancher(vide_modele)


def importer_petits(*quoi):
    for nom in quoi:
        reussir(nom, FICHIERS[nom])


@pytest.fixture(scope='session')
def modele_petite(modele, vide_modele):
    return modele('petite', lambda: importer_petits('structures', 'agents', 'catalogue', 'collectivites'), vide_modele)


@pytest.fixture
def petite(brancher, modele_petite):
    """The base with the small files, but no demande."""
    return brancher(modele_petite)


@pytest.fixture
def pleine(brancher, modele, modele_petite):
    """The small files, all of them."""
    return brancher(modele('pleine', lambda: importer_petits('adhesions', 'demandes', 'journal'), modele_petite))
