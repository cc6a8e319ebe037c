"""The public front office: home, catalogue, fiches, search, partners, contact, site map, legal pages.

The catalogue holds some sixty fiches: each page reads them all in two queries,
then counts, filters and sorts in Python.
"""
import re
from collections import Counter
from html import escape
from urllib.parse import quote, urlencode

from bottle import HTTPResponse, request

import models
import langue
from models import Agent, Direction, Fiche, Refus, Structure
from langue import ordre_alphabetique
from verbes import notes, recherche, regles, textes
from verbes.catalogue import guide as le_guide, portes
from verbes.contenus.logos import logos
from views import aller, app, espacer, page, parametre
from views.entrees import IDENTIFIANT
from views.limites import compter, reseau_du_client, trop
from views.presentoir import PREMIERS, a_venir, chercher, contenus_publics, de_la_fiche, du_genre, en_vedette
from views.vitrine import (
    decouper, delais, documents_des_fiches, fiches_publiees, jours, lire_fiches, page_de_fiche, themes_de)

PAR_PAGE = 20
RECENTS = 10                                                        # of each kind of content, on the site map
FILTRES = {'theme': 'Thème', 'delai': 'Rappel', 'structure': 'Structure'}


# ---- Home, catalogue, fiche ----

@app.get('/', qui='public', gardee=())
def accueil():
    fiches = fiches_publiees()
    structures = [nom for nom, in Structure.select(Structure.nom).distinct().left_outer_join(Direction)
                  .where(Direction.fermee_le.is_null()).order_by(Structure.partenaire, Structure.nom).tuples()]
    return page('catalogue/accueil.html', themes=themes_de(fiches), nombre=len(fiches), structures=structures,
                jours=jours(), delais=delais(), contributeurs=contributeurs(), evenements=a_venir()[:PREMIERS],
                actualites=du_genre('actualite')[:PREMIERS], projet=en_vedette())


@models.gardee
def contributeurs():
    """« Plus de 280 contributeurs », counted to the ten below; of about twenty or fewer, no number."""
    dizaines = (Agent.select().where(Agent.actif, Agent.lecteur_au.is_null()).count() - 1) // 10 * 10
    return f'Plus de {langue.dire_nombre(dizaines)}\u00a0contributeurs' if dizaines >= 20 else 'Les contributeurs'


@app.get('/catalogue', qui='public', gardee=(*FILTRES, 'tri', 'page'))
def catalogue():
    fiches = fiches_publiees()
    codes = {nom: set().union(*(f['filtres'][nom] for f in fiches)) for nom in FILTRES}
    demandes = {nom: set(request.query.getall(nom)) for nom in FILTRES}
    demandes['delai'] |= {regles.D_AVANT.get(jours) for jours in demandes['delai']}
    choisis = {nom: codes[nom] & demandes[nom] for nom in FILTRES}
    return page_catalogue(fiches, choisis, 'alphabetique' if parametre('tri') == 'alphabetique' else '')


@app.get(f'/catalogue/{IDENTIFIANT}', qui='public', gardee=('page',))
def catalogue_du_theme(id, fin):
    fiches = fiches_publiees()
    theme = next((t for t in themes_de(fiches) if str(t['id']) == id), None)
    if theme is None:
        raise Refus('Ce thème n\'existe pas, ou ne contient plus de fiche. Repartez du catalogue.', 404)
    if f'/catalogue/{id}{fin}' != theme['adresse']:
        aller(theme['adresse'])
    return page_catalogue(fiches, {'theme': {id}, 'delai': set(), 'structure': set()}, '', theme)


def page_catalogue(fiches, choisis, tri, theme=None):
    """One page of what the filters keep; a theme has its own address, and its filters lead back to /catalogue."""
    selection = retenues(fiches, choisis)
    if tri:
        selection.sort(key=lambda f: ordre_alphabetique(f['titre']))
    courante, pages, visibles = decouper(selection, PAR_PAGE)
    groupes = [groupe_de(nom, fiches, choisis) for nom in FILTRES]
    if theme:
        actifs = []
        suite = theme['adresse'] + '?'
    else:
        actifs = filtres_actifs(groupes, choisis, tri)
        suite = lien_catalogue(choisis, tri) + ('&' if actifs or tri else '?')
    return page('catalogue/catalogue.html',
                fiches=visibles, nombre=len(selection), theme=theme,
                groupes=groupes, actifs=actifs, tri=tri,
                autre_tri=lien_catalogue(choisis, '' if tri else 'alphabetique'),
                courante=courante, pages=pages, suite=suite, jours=jours(), delais=delais(),
                dits=[libelle for g in groupes for _, libelle, _, coche in g['options'] if coche and not theme])


def filtres_actifs(groupes, choisis, tri):
    """[(what a ticked box says, the address of the list without it)]."""
    return [(f'{g["libelle"]}\u00a0: {libelle}', lien_catalogue(choisis, tri, sauf=(g['nom'], valeur)))
            for g in groupes for valeur, libelle, _, coche in g['options'] if coche]


def retenues(fiches, choisis, sauf=''):
    """The fiches every filter keeps (but one, whose counts are wanted); within a filter any ticked value will do."""
    return [f for f in fiches
            if all(nom == sauf or not valeurs or valeurs & f['filtres'][nom] for nom, valeurs in choisis.items())]


def groupe_de(nom, fiches, choisis):
    """A filter with its boxes: (value, label, how many fiches it would keep, ticked)."""
    libelles = libelles_de(nom, fiches)
    comptes = Counter(v for f in retenues(fiches, choisis, sauf=nom) for v in f['filtres'][nom])
    return {
        'nom': nom,
        'libelle': FILTRES[nom],
        'options': [(v, libelle, comptes[v], v in choisis[nom]) for v, libelle in libelles.items()],
    }


def libelles_de(nom, fiches):
    """{value: label} of the boxes of a filter, in order."""
    if nom == 'theme':
        return {str(f['theme']): f['theme_nom'] for f in fiches}
    if nom == 'delai':
        return {nom: f'Sous {models.jours_promis(nom)} {jours()} ({promesse.libelle})'
                for nom, promesse in regles.PROMESSES.items()}
    structures = [(str(s['id']), s['nom']) for f in fiches for s in f['structures']]
    return dict(sorted(structures, key=lambda s: ordre_alphabetique(s[1])))


def lien_catalogue(choisis, tri, sauf=()):
    """The address of a list: its filters (without one of them) and its order."""
    paires = [(nom, v) for nom, valeurs in choisis.items() for v in sorted(valeurs, key=lambda v: (len(v), v))
              if (nom, v) != sauf]
    if tri:
        paires.append(('tri', tri))
    return f'/catalogue?{urlencode(paires)}' if paires else '/catalogue'


@app.get(f'/fiches/{IDENTIFIANT}', qui='public', gardee=())
def fiche(id, fin):
    fiches = fiches_publiees()
    fiche = next((f for f in fiches if str(f['id']) == id), None) or _hors_catalogue(int(id))
    if f'/fiches/{id}{fin}' != fiche['adresse']:
        aller(fiche['adresse'])
    return page_de_fiche(fiche, fiches, de_la_fiche(fiche['id']))


def _hors_catalogue(id):
    """A suspended fiche, which keeps its page; the one that replaces an archived one, where its old address leads on
    (at the end of a chain: none is in a circle, and no more than ten are followed); else Refus 404.
    """
    for _ in range(10):
        trouvee = next(iter(lire_fiches((Fiche.id == id) & Fiche.etat.in_(('suspendue', 'publiee')))), None)
        if trouvee:
            return trouvee
        archivee = Fiche.get_or_none(Fiche.id == id, Fiche.etat == 'archivee')
        id = archivee and archivee.remplacee_par_id
        if archivee and not id:
            raise Refus(f'La fiche «\u00a0{espacer(archivee.titre)}\u00a0» n\'est plus au catalogue. '
                        'Cherchez-en une autre, ou faites une demande libre.', 404)
    raise Refus('Cette fiche n\'existe pas, ou n\'est plus au catalogue. '
                'Cherchez-en une autre, ou faites une demande libre.', 404)


@app.get('/guide', qui='public', gardee=())
def guide():
    """The whole catalogue, to print: what the département sends to the town halls."""
    fiches = [f for f in fiches_publiees() if not f['hors_guide']]
    reglages = request.contexte['reglages']
    return page('catalogue/guide.html', mentions=le_guide.mentions(reglages), editions=list(le_guide.editions()),
                edito=[espacer(ligne) for ligne in le_guide.edito(reglages).split('\n') if ligne.strip()],
                themes=themes_de(fiches), nombre=len(fiches), jours=jours(), delais=delais(),
                documents=documents_des_fiches(), jour=langue.aujourdhui(), logos=logos())


# ---- Search ----

VAINES_PAR_HEURE = 60                                               # noted of one network: nobody fills the list alone
PREMIERES = 3                                                       # shown in full; those a little further, in short
PORTES = 2                                                          # of another competence


@app.get('/recherche', qui='public')
def rechercher():
    q = parametre('q').strip()[:200]
    fiches = fiches_publiees()
    par_id = {f['id']: f for f in fiches}
    toutes = recherche.proches(q)
    reponses = [t for t in toutes if not recherche.est_une_porte(t)]
    ailleurs = [t for t in toutes if t not in reponses and (t == toutes[0] or recherche.correspond([t]))]
    resultats = [par_id[t.id] for t in reponses]
    dites = recherche.citer(q, [fiche['mots'] for fiche in resultats[:PREMIERES]])
    proches = [fiche | {'dites': dit} for fiche, dit in zip(resultats, dites)]
    mots, laisses = recherche.retenus(q)
    d_abord = toutes[:1] != reponses[:1]
    if not recherche.correspond(toutes) and not trop('vaines', reseau_du_client(), VAINES_PAR_HEURE, 3600):
        compter('vaines', reseau_du_client())
        notes.noter_recherche(q)
    return page('catalogue/recherche.html', q=q, proches=proches, loin=resultats[PREMIERES:],
                ailleurs=[portes.publiques()[recherche.id_de_porte(t)] for t in ailleurs[:PORTES]],
                d_abord=d_abord, correspond=recherche.correspond(reponses), contenus=chercher(q),
                nommee=not d_abord and any(recherche.nomme(q, fiche) for fiche in resultats[:1]),
                gardes=mots, laisses=laisses, themes=themes_de(fiches), jours=jours(), delais=delais())


# ---- Partners, contact, site map ----

@app.get('/partenaires', qui='public', gardee=())
def partenaires():
    nombres = Counter(s['id'] for f in fiches_publiees() for s in f['structures'])
    structures = {}
    lignes = (Structure.select(Structure, Direction.nom.alias('direction'), Direction.telephone)
              .left_outer_join(Direction).where(Direction.fermee_le.is_null())
              .order_by(Structure.partenaire, Structure.nom).dicts())
    for s in lignes:
        s['presentation'] = espacer(s['presentation'])
        s['site'] = s['site'] if re.match('https?://', s['site']) else ''
        structure = structures.setdefault(s['id'], s | {
            'nombre': nombres[s['id']], 'logo': logos().get(s['id']), 'directions': []})
        structure['directions'].append((s['direction'], s['telephone']))
    for s in structures.values():
        s['directions'] = sorted((d for d in s['directions'] if d[0]), key=lambda d: ordre_alphabetique(d[0]))
    return page('catalogue/partenaires.html', structures=list(structures.values()), contributeurs=contributeurs())


@app.get('/contact', qui='public', gardee=())
def contact():
    return page('catalogue/contact.html')


@app.get('/plan-du-site', qui='public', gardee=())
def plan_du_site():
    return page('catalogue/plan.html', themes=themes_de(fiches_publiees()),
                contenus={genre: du_genre(genre)[:RECENTS] for genre in ('ressource', 'projet', 'actualite')},
                evenements=a_venir()[:RECENTS])


@app.get('/robots.txt', qui='public')
def robots():
    interdits = ['/'] if request.contexte['demonstration'] else ['/suivi', '/espace']
    plan = '' if request.contexte['demonstration'] else f'Sitemap: {models.SITE["url"]}/sitemap.xml\n'
    return HTTPResponse('User-agent: *\n' + ''.join(f'Disallow: {chemin}\n' for chemin in interdits) + plan,
                        headers={'Content-Type': 'text/plain; charset=utf-8'})


# The public pages that have an address of their own, besides themes, fiches and contents.
PAGES = ('/', '/catalogue', '/guide', '/ressources', '/projets', '/actualites', '/agenda', '/partenaires', '/contact',
         '/donnees-ouvertes', '/plan-du-site', '/mentions-legales', '/donnees-personnelles', '/accessibilite')


@app.get('/sitemap.xml', qui='public')
def plan_pour_les_robots():
    """What search engines read: every public page, and the day when a fiche or a content changed."""
    fiches = fiches_publiees()
    pages = [(chemin, '') for chemin in (*PAGES, *(theme['adresse'] for theme in themes_de(fiches)))]
    pages += [(f['adresse'], f['maj_le']) for f in fiches]
    pages += [(contenu['adresse'], contenu['modifie_le']) for contenu in contenus_publics() if contenu['adresse']]
    lignes = (f'<url><loc>{escape(models.SITE["url"] + chemin)}</loc>'
              + (f'<lastmod>{jour}</lastmod>' if jour else '') + '</url>\n' for chemin, jour in pages)
    return HTTPResponse('<?xml version="1.0" encoding="UTF-8"?>\n'
                        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
                        f'{"".join(lignes)}</urlset>\n',
                        headers={'Content-Type': 'application/xml; charset=utf-8'})


@app.get('/.well-known/security.txt', qui='public')
def signaler_une_faille():
    """RFC 9116: where whoever finds a flaw may say it, when an administrateur has said where."""
    contact = request.contexte['reglages']['securite_contact']
    if not contact:
        raise Refus('Aucun contact n\'est indiqué ici pour signaler une faille. '
                    'Écrivez à l\'équipe, depuis la page «\u00a0Contact\u00a0».', 404)
    lignes = {
        'Contact': contact if contact.startswith('https://') else f'mailto:{quote(contact, safe="@!$*+")}',
        'Expires': f'{_dans_six_mois(langue.aujourdhui())}T00:00:00Z',
        'Preferred-Languages': 'fr, en',
        'Canonical': models.SITE['url'] + request.path,
    }
    if not models.SITE['url'].startswith('https://'):               # the RFC refuses a canonical address in http
        del lignes['Canonical']
    return HTTPResponse(''.join(f'{nom}: {valeur}\n' for nom, valeur in lignes.items()),
                        headers={'Content-Type': 'text/plain; charset=utf-8'})


def _dans_six_mois(jour):
    """The first of the sixth month after an ISO day: less than a year ahead, and the same all month long."""
    annee, mois, _ = map(int, jour.split('-'))
    passes = annee * 12 + mois - 1 + 6
    return f'{passes // 12}-{passes % 12 + 1:02}-01'


# ---- Contents: the pages an administrateur writes ----

@app.get('/mentions-legales', qui='public', gardee=())
@app.get('/donnees-personnelles', qui='public', gardee=())
@app.get('/accessibilite', qui='public', gardee=())
def contenu():
    contenu = textes.lire('page', request.path[1:])
    reglages = request.contexte['reglages'] | {'conservation': models.duree_convenue()}
    reperes = {nom: reglages.get(nom) or SANS_REGLAGE.get(nom, '') for nom in textes.DE_PAGE}
    reperes |= {'telephone': langue.dire_telephone(reglages['telephone']), 'url': models.SITE['url'],
                'audit': langue.dire_audit(reglages),
                'saisine': langue.dire_saisine(reglages, 'Une demande déposée sur la Plateforme')}
    return page('catalogue/contenu.html', titre=contenu.titre, modifie_le=contenu.modifie_le,
                corps=_remplir(_sans_trous(contenu.corps, reperes), reperes))


# What a page says in place of a setting that nobody has written yet; of the others, the line goes.
SANS_REGLAGE = {'departement': 'Département', 'signataire': 'Présidence du Département',
                'schema_accessibilite': 'à publier par le Département',
                'conservation': 'pour une durée à convenir avec les Archives départementales',
                'hebergeur': 'L\'hébergeur n\'est pas encore nommé ici.'}


def _sans_trous(corps, reperes):
    """Without the lines whose settings are all empty, then without the headings that have nothing left under them."""
    lignes = []
    for ligne in corps.split('\n'):
        noms = langue.REPERE.findall(ligne)
        if not noms or any(reperes.get(nom, True) for nom in noms):
            lignes.append(langue.sans_reperes_vides(ligne, reperes))
    return re.sub(r'^## .*\n\s*(?=## |\Z)', '', '\n'.join(lignes), flags=re.M)


def _remplir(corps, reperes):
    """What a setting says is text like the rest: never HTML."""
    return re.sub(r'\{(\w+)\}', lambda m: reperes.get(m[1], m[0]), corps)
