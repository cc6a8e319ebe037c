"""The documents that contributeurs share: by class, found by any of their words; the page of one, for every agent."""
import functools
from collections import namedtuple

import models
import langue
from models import Contenu, Document, Groupe, Refus
from verbes.contenus import contenus, groupes
from verbes.recherche import VIDES, racine
from verbes.regles import CLASSES_DE_DOCUMENT, NATURES_DE_DOCUMENT
from views import app, choix, page, parametre, request
from views.champs import Champ
from views.criteres import adresse_de, oter_les_vides, une_page
from views.entrees import ID, lire_numero, trouver
from views.presentoir import presenter, presenter_tous

PAGE = '/espace/documents'
MONTRES = 5                                                         # of a class, before « Tous les … »
FILTRES = (
    Champ('q', 'Titre, texte ou nom de fichier'),
    Champ('classe', 'Classe', 'choix', choix='Toutes'),
    Champ('nature', 'Nature', 'choix', choix='Toutes'),
    Champ('groupe', 'Groupe de travail', 'choix', choix='Tous'),
)
# What the list shows, and what is searched. jour: of its meeting, else of its publication; tete: what it is called;
# texte: all that may be found in it, racines: the stems of its words.
Partage = namedtuple('Partage', (
    'id titre resume code nature classe groupe groupe_nom seance_le publie_le jour a_qui fichiers tete texte '
    'racines'))
# What one class, or one groupe de travail, shows on the page of all. dit: what it is; ensuite: the address of the rest.
Rayon = namedtuple('Rayon', 'cle titre dit documents total ensuite')


@app.get(PAGE, qui='agent')
def documents():
    oter_les_vides(PAGE)
    criteres = _lire_criteres()
    tous, menes = partages(), groupes.menes_par(request.agent)
    communs = {'criteres': criteres, 'filtres': _filtres(), 'menes': menes, 'total_de_tous': len(tous)}
    if not criteres and not parametre('page'):
        return page('contenus/documents/documents.html', rayons=_rayons(tous), derniers=_derniers(tous), **communs)
    trouves = sorted((p for p in tous if _repond(p, criteres)), key=lambda p: not _repond_en_tete(p, criteres))
    montres, pages = une_page(trouves, functools.partial(adresse_de, criteres, PAGE))
    return page('contenus/documents/trouves.html', trouves=montres, rayons=CLASSES_DE_DOCUMENT, **communs, **pages)


def _lire_criteres():
    criteres = {c.nom: parametre(c.nom).strip()[:200] for c in FILTRES if parametre(c.nom).strip()}
    codes = {'classe': CLASSES_DE_DOCUMENT, 'nature': NATURES_DE_DOCUMENT}
    for nom, valeur in criteres.items():
        if (nom in codes and valeur not in codes[nom]) or (nom == 'groupe' and not lire_numero(valeur)):
            raise Refus('Un filtre de cette adresse n\'est pas valable. Revenez aux documents.', 400)
    return criteres


def _repond(partage, criteres):
    """True when a document answers every filter, and has every word that says something."""
    return (criteres.get('classe') in (None, partage.classe) and criteres.get('nature') in (None, partage.code)
            and criteres.get('groupe') in (None, str(partage.groupe))
            and all(mot.rstrip('sx') in partage.texte or racine(mot) in partage.racines for mot in _mots(criteres)))


def _repond_en_tete(partage, criteres):
    """True when its title, nature, class and groupe say it all: it comes before what has these words in its text."""
    return all(mot.rstrip('sx') in partage.tete for mot in _mots(criteres))


def _mots(criteres):
    mots = langue.normaliser(criteres.get('q', '')).split()
    return [mot for mot in mots if mot not in VIDES] or mots


@models.gardee
def partages():
    """Every Partage of the day, the newest first."""
    lignes = list(contenus.publies(langue.aujourdhui(), contributeurs=True).where(Contenu.genre == 'document'))
    noms = _noms_des_fichiers()
    groupes_ = dict(Groupe.select(Groupe.id, Groupe.nom).tuples())
    trouves = [_partage(c, presente, groupes_.get(c.groupe_id, ''), noms.get(str(c.id), ''))
               for c, presente in zip(lignes, presenter_tous(lignes))]
    return sorted(trouves, key=lambda p: (p.jour, p.id), reverse=True)


def _noms_des_fichiers():
    """{id of the content, as text: the names of its files}, as they were sent."""
    noms = {}
    for objet, nom in Document.select(Document.objet, Document.nom).where(
            Document.genre == 'contenu', Document.retire_le.is_null()).tuples():
        noms[objet] = f'{noms.get(objet, "")} {nom}'
    return noms


def _partage(contenu, presente, groupe, noms):
    seance = langue.dire_jour_long(contenu.seance_le) if contenu.seance_le else ''
    tete = (contenu.titre, presente['nature'], CLASSES_DE_DOCUMENT.get(contenu.classe, ''), groupe, seance)
    dits = (*tete, contenu.resume, contenu.corps, contenu.a_qui, noms, *(f['titre'] for f in presente['fichiers']))
    texte = langue.normaliser(' '.join(dits))
    return Partage(
        contenu.id, presente['titre'], presente['resume'], contenu.nature, presente['nature'], contenu.classe,
        contenu.groupe_id, groupe, contenu.seance_le, contenu.publie_le, contenu.seance_le or contenu.publie_le,
        presente['a_qui'], presente['fichiers'], langue.normaliser(' '.join(tete)),
        texte, frozenset(map(racine, set(texte.split()))))


def _rayons(tous):
    """The Rayons that hold something, in the order of CLASSES_DE_DOCUMENT, a groupe de travail each."""
    par_id = {g.id: g for g in groupes.lister()}
    par_rayon = {}
    for partage in tous:
        groupe = partage.groupe if partage.classe == 'groupe' else None
        par_rayon.setdefault((partage.classe, groupe), []).append(partage)
    ordre = [(classe, groupe) for classe in CLASSES_DE_DOCUMENT for groupe in (*par_id, None)]
    return [_rayon(classe, par_id.get(groupe), par_rayon[classe, groupe])
            for classe, groupe in ordre if (classe, groupe) in par_rayon]


def _rayon(classe, groupe, siens):
    ensuite = adresse_de({'classe': classe, 'groupe': str(groupe.id) if groupe else ''}, PAGE)
    return Rayon(f'{classe}-{groupe.id}' if groupe else classe, groupe.nom if groupe else CLASSES_DE_DOCUMENT[classe],
                 _dire_groupe(groupe) if groupe else '', siens[:MONTRES], len(siens), ensuite)


def _dire_groupe(groupe):
    """« Groupe de travail animé par Claude Témoin », « Groupe de travail fermé le … »."""
    if groupe.ferme_le:
        return f'Groupe de travail fermé le {langue.dire_jour(groupe.ferme_le)}'
    anime = groupe.animateur_id and groupe.animateur.actif
    return f'Groupe de travail animé par {groupe.animateur.nom_complet}' if anime else 'Groupe de travail'


def _derniers(tous):
    """The last compte rendu of the comité, then of each open groupe de travail that has one."""
    ouverts = {g.id: g.nom for g in groupes.lister() if not g.ferme_le}
    derniers = {}
    for partage in tous:
        cle = partage.groupe if partage.classe == 'groupe' else partage.classe
        if partage.code == 'compte_rendu' and (cle == 'comite' or cle in ouverts):
            derniers.setdefault(cle, partage)
    return [(CLASSES_DE_DOCUMENT['comite'] if cle == 'comite' else ouverts[cle], derniers[cle])
            for cle in ('comite', *ouverts) if cle in derniers]


def _filtres():
    """FILTRES with their choices."""
    listes = {'classe': tuple(CLASSES_DE_DOCUMENT.items()), 'nature': tuple(NATURES_DE_DOCUMENT.items()),
              'groupe': tuple((str(g.id), g.nom + (' (fermé)' if g.ferme_le else '')) for g in groupes.lister())}
    return choix.remplir(FILTRES, listes)


# ---- One of them ----

@app.get(f'{PAGE}/{ID}', qui='agent')
def document(id):
    """One that is withdrawn: 410; that is not published, or is something else: 404."""
    contenu = trouver(Contenu, id, ABSENT, Contenu.genre == 'document')
    if contenus.a_ete_publie(contenu):
        raise Refus('Ce document a été retiré. Revenez aux documents, ou demandez-le à l\'équipe.', 410)
    partage = next((p for p in partages() if p.id == contenu.id), None)
    if partage is None:
        raise Refus(ABSENT, 404)
    voisins = [p for p in partages() if p.id != partage.id and (p.classe, p.groupe) == (partage.classe, partage.groupe)]
    modifier = f'/espace/redaction/contenus/{contenu.id}' if contenus.peut_ecrire(contenu, request.agent) else ''
    return page('contenus/documents/document.html', contenu=presenter(contenu), partage=partage, auteur=contenu.agent,
                classe=CLASSES_DE_DOCUMENT.get(partage.classe, ''), voisins=voisins[:MONTRES], modifier=modifier)


ABSENT = 'Ce document n\'est pas publié, ou n\'existe pas. Revenez aux documents.'
