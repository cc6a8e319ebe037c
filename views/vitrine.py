"""What the public reads of the catalogue: the published fiches, and the page of one, for the public pages and for the
preview of who writes it.
"""
import math
import re
from collections import defaultdict

from peewee import SQL

import models
import langue
from models import Agent, Direction, Document, Fiche, Pilotage, Structure, Theme
from langue import ordre_alphabetique, slug
from verbes import regles
from verbes.catalogue.catalogue import ADHERENTS, ASSOCIEES
from verbes.contenus.documents import documents_de
from verbes.contenus.logos import logos
from verbes.etiquettes import dire_places, libelles, lire_place, places
from views import espacer, page, parametre, request

CONDITIONS = 'Conditions fixées par la structure, précisées au premier contact.'     # of a fiche that says none
COUTS = {'gratuit': 'Gratuit', 'adherents_de': 'Réservé aux adhérents', 'payant': 'Payant, ordre de grandeur',
         'par_convention': 'Sous condition d\'éligibilité, par convention'}
LISTES = ('actions', 'deroulement', 'a_preparer', 'conditions')


@models.gardee
def fiches_publiees():
    """Every published fiche as a dict, by theme then title."""
    return lire_fiches(Fiche.etat == 'publiee')


def delais():
    """What is promised in general, « 3 ou 10 »: both only if a fiche is an « assistance urgente »."""
    promises = {fiche['promesse'] for fiche in fiches_publiees()} | {regles.COMPLEXE}
    return '\u00a0ou\u00a0'.join(str(models.jours_promis(nom)) for nom in regles.PROMESSES if nom in promises)


def lire_fiches(condition):
    """The fiches of a condition, each with its address, its structures and the filters it answers to.

    The structures are those of the chefs de file who would receive a demande (active, in order), else that of
    the fiche: a public page never names an agent.
    """
    chefs = defaultdict(list)
    pilotages = (Pilotage.select(Pilotage.fiche, Structure.id, Structure.nom, Direction.nom, Direction.telephone)
                 .join(Agent).join(Direction).join(Structure)
                 .where(Agent.actif).order_by(Pilotage.rang, Agent.id).tuples())
    for fiche, *chef in pilotages:
        chefs[fiche].append(chef)
    lignes = (Fiche.select(Fiche, Theme.nom.alias('theme_nom'), Theme.icone, Theme.ordre,
                           Structure.id.alias('structure'), Structure.nom.alias('structure_nom'),
                           Direction.nom.alias('direction_nom'), Direction.telephone, SQL(ASSOCIEES).alias('associees'),
                           SQL(ADHERENTS).alias('adherents'))
              .join(Theme).switch(Fiche).join(Direction).join(Structure).where(condition).dicts())
    fiches = [completer(f, chefs[f['id']]
                        or [(f['structure'], f['structure_nom'], f['direction_nom'], f['telephone'])])
              for f in lignes]
    return sorted(fiches, key=lambda f: (f['ordre'], f['theme'], ordre_alphabetique(f['titre'])))


def completer(fiche, chefs):
    """chefs: (structure id, structure, direction, its telephone) of each; a direction is not named again by the name
    that its structure says. associees, adherents: the codes of places.
    """
    fiche['adherents_de'] = dire_places(fiche['adherents'])
    for nom in ('titre', 'resume', 'pour_qui'):
        fiche[nom] = espacer(fiche[nom])
    fiche['conditions'] = fiche['conditions'].strip() or CONDITIONS
    for nom in LISTES:
        fiche[nom] = [espacer(ligne.strip()) for ligne in fiche[nom].split('\n') if ligne.strip()]
    fiche['etapes'] = [[partie.strip() for partie in etape.split(':', 1)] for etape in fiche['deroulement']]
    # What it costs, in words, [(kind, « » or what it says)]; the rest, unless the structure has written none.
    fiche['cout'] = [(libelle, espacer('' if fiche[nom].lower() == 'oui' else fiche[nom]))
                     for nom, libelle in COUTS.items() if fiche[nom]]
    fiche['conditions_dites'] = fiche['conditions'] != [CONDITIONS]
    structures = {}
    for numero, nom, direction, telephone in chefs:
        structure = structures.setdefault(numero, {
            'id': numero, 'nom': nom, 'directions': []})
        dite = '' if direction in nom else direction, telephone
        if any(dite) and dite not in structure['directions']:
            structure['directions'].append(dite)
    fiche['structures'] = list(structures.values())
    pilotent = {(chef[0], nom) for chef in chefs for nom in ('', chef[2])}
    fiche['associees'] = [espacer(nom) for nom in noms_d_associees(fiche['associees'], pilotent)]
    fiche['adresse'] = adresse('/fiches', fiche['id'], fiche['titre'])
    fiche['delai'] = models.jours_promis(fiche['promesse'])
    fiche['filtres'] = {
        'theme':     {str(fiche['theme'])},
        'delai':     {fiche['promesse']},
        'structure': {str(numero) for numero in structures},
    }
    return fiche


def noms_d_associees(codes, pilotent=()):
    """What the public reads of places: those that are open, but who pilots already, (structure id, direction or '')."""
    return [places()[code].nom for code in codes.split('\n')
            if code in places() and not places()[code].fermee_le and _nommer(*lire_place(code)) not in pilotent]


def _nommer(structure, direction):
    if structure:
        return structure, ''
    sienne = libelles()['direction'][direction]
    return sienne.parent, sienne.nom


def adresse(dossier, numero, nom):
    return f'{dossier}/{numero}-{slug(nom)}'


def themes_de(fiches):
    """The themes that hold a published fiche, in order, with how many they hold."""
    themes = {}
    for f in fiches:
        theme = themes.setdefault(f['theme'], {
            'id': f['theme'],
            'nom': f['theme_nom'],
            'icone': f['icone'],
            'fiches': [],
            'adresse': adresse('/catalogue', f['theme'], f['theme_nom']),
        })
        theme['fiches'].append(f)
    return list(themes.values())


def decouper(lignes, par_page):
    """(the number of the page that is asked for, of how many, its lines)."""
    pages = max(1, math.ceil(len(lignes) / par_page))
    demandee = parametre('page')
    courante = min(int(demandee), pages) if re.fullmatch('[1-9][0-9]{0,5}', demandee) else 1
    return courante, pages, lignes[(courante - 1) * par_page:courante * par_page]


def jours():
    """How the days of the promise are counted (a setting): « jours », or « jours ouvrés »."""
    return 'jours ouvrés' if request.contexte['reglages'].get('jours') == 'ouvres' else 'jours'


def dire_document(numero, titre, type, taille):
    return adresse('/documents', numero, titre), espacer(titre), type, taille


def documents_des_fiches():
    """{fiche: what its page says of its documents}, in one query. One that is withdrawn has no size left: to read
    that it is, past its bytes, would read the bytes of all.
    """
    documents = defaultdict(list)
    lus = (Document.select(Document.objet, Document.id, Document.titre, Document.type, Document.taille)
           .where(Document.genre == 'fiche', Document.taille > 0).order_by(Document.id).tuples())
    for fiche, *joint in lus:
        documents[int(fiche)].append(dire_document(*joint))
    return documents


def page_de_fiche(fiche, publiees, lies, apercu=False):
    """The page of a fiche, published or not. lies: {kind: the contents linked to it}; apercu: what who writes it is
    shown, before anything is written.
    """
    theme = next((t for t in themes_de(publiees) if t['id'] == fiche['theme']), None)
    fiches = theme['fiches'] if theme else []
    place = next((rang for rang, f in enumerate(fiches) if f['id'] == fiche['id']), -1)
    # The next ones, in a ring: each fiche is linked from others.
    voisines = [f for f in (fiches[place + 1:] + fiches[:max(place, 0)]) if f['id'] != fiche['id']][:3]
    documents = [dire_document(*joint[:4]) for joint in documents_de('fiche', fiche['id'])]
    return page('catalogue/fiche.html', fiche=fiche, theme=theme, voisines=voisines, jours=jours(),
                complete=models.SITE['url'] + fiche['adresse'], jour=langue.aujourdhui(), documents=documents,
                logos=logos(),
                explication=espacer(fiche['explication']), suspendue=fiche['etat'] == 'suspendue', apercu=apercu,
                lies=lies)
