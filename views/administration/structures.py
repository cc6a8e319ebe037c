"""The structures and their directions: list, forms, closing a direction with a successor (regles.md §1)."""
import functools
import re

import models
import langue
from models import Agent, Direction, Document, Refus, Structure
from verbes.administration import structures
from verbes.contenus import documents, images, logos
from views import aller, annoncer, app, choix, essayer, page, parametre, request
from views.champs import Champ, fichiers
from views.criteres import adresse_de, une_page
from views.entrees import ID, trouver
from views.exports import csv_a_relire, telecharger
from views.tenue import Tenue, forme, formulaire, lire, objet, page_tenue, tenir

PAGE = '/espace/admin/structures'
ETATS = {'': 'Ouvertes', 'fermees': 'Fermées', 'toutes': 'Toutes'}
CONVENTIONS = {'': 'Indifférent', 'fin': 'Finie, ou dans les trois mois', 'sans': 'Sans date de fin'}
annoncer(f'{PAGE}/', ferme='La direction est fermée\u00a0: ce qui devait continuer est transmis.')
annoncer('/espace/admin/directions/', rouvert='La direction est rouverte.')


def _champ(nom, *suite, **aussi):
    return Champ(nom, structures.CHAMPS[nom], *suite, **aussi)


STRUCTURE = (
    _champ('nom', requis=True),
    _champ('sigle', requis=True, max=20, aide='Dans les listes, par exemple CAUE.'),
    _champ('partenaire', 'case', aide='À décocher pour le Département.'),
    _champ('site', aide='Commence par https://.'),
    _champ('presentation', 'long', max=2000,
           aide='Une ou deux phrases, lues par tous à la page des partenaires.'),
)
CONVENTION = (
    _champ('convention_du', 'date'),
    _champ('convention_au', 'date', aide='Trois mois avant, la fin est rappelée aux administrateurs.'),
    _champ('convention_referent'),
    _champ('convention_reconduite_le', 'date', aide='Quand elle continue\u00a0: le jour où c\'est '
           'convenu, avec sa nouvelle fin ci-dessus. Sinon, préparez le départ de la structure.'),
)
DIRECTION = (
    _champ('nom', requis=True),
    _champ('court', max=30, aide='Dans les listes. Vide\u00a0: le nom entier.'),
    _champ('telephone', 'telephone', aide='Donné aux collectivités quand l\'agent n\'en communique pas.'),
    _champ('courriel', 'courriel',
           aide='Reçoit aussi le courriel qui confie une demande à un de ses agents.'),
)
EXPERT = Champ('expert', 'Expert par défaut', 'choix',
               aide='«\u00a0Désigner l\'expert\u00a0» le propose en premier pour les demandes de cette direction.')
SUCCESSEUR = Champ('successeur', 'Direction qui prend la suite', 'choix')


# ---- The list ----

@app.get(PAGE, qui='administrateur')
def lister_structures():
    criteres = {nom: parametre(nom).strip()[:200] for nom in ('q', 'etat', 'convention')}
    lignes = [ligne for ligne in _lignes() if _repond(ligne, criteres)]
    montrees, pages = une_page(lignes, functools.partial(adresse_de, criteres, PAGE))
    return page('administration/structures/liste.html', groupes=_groupes(montrees), criteres=criteres, etats=ETATS,
                conventions=CONVENTIONS, a_renouveler=structures.conventions_a_renouveler(), **pages)


def _lignes():
    """A row for each direction, its structure's columns with it, in the order of the lists; no load in it."""
    lignes = models.lignes("""
        SELECT direction.id, direction.nom, court, telephone, courriel, fermee_le, structure_id,
               structure.nom AS structure, sigle, partenaire, convention_au,
               (SELECT count(*) FROM agent WHERE agent.direction_id = direction.id AND actif) AS comptes,
               (SELECT prenom || ' ' || agent.nom FROM agent
                WHERE agent.direction_id = direction.id AND actif AND expert) AS expert,
               EXISTS (SELECT 1 FROM direction AS autre WHERE autre.structure_id = structure.id
                       AND autre.fermee_le IS NULL) AS ouverte
        FROM direction JOIN structure ON structure.id = structure_id""")
    jour = langue.aujourdhui()
    for d in lignes:
        d['fin'] = structures.etat_de_convention(d['convention_au'], jour) if d['ouverte'] else ''
    lignes.sort(key=lambda d: (d['partenaire'], langue.ordre_alphabetique(d['structure']),
                               langue.ordre_alphabetique(d['nom'])))
    return lignes


def _repond(d, criteres):
    mots = langue.normaliser(criteres['q']).split()
    cherche = langue.normaliser(' '.join(d[c] for c in ('structure', 'sigle', 'nom', 'court', 'courriel', 'telephone')))
    telephone = re.sub(r'\D', '', criteres['q'])
    correspond = all(mot in cherche for mot in mots) or len(telephone) == 10 and telephone == d['telephone']
    etat = {'fermees': bool(d['fermee_le']), 'toutes': True}.get(criteres['etat'], not d['fermee_le'])
    fin = {'fin': bool(d['fin']), 'sans': not d['convention_au']}.get(criteres['convention'], True)
    return correspond and etat and fin


def _groupes(lignes):
    """[(what is shown of a structure, its directions)], as the lines come."""
    groupes = {}
    for d in lignes:
        groupes.setdefault(d['structure_id'], []).append(d)
    return list(groupes.values())


@app.get(f'{PAGE}.csv', qui='administrateur', transaction=False)
def exporter_structures():
    """Whole: a file of some lines would import as well."""
    return csv_a_relire('structures', lambda: ((), None))


# ---- One structure, one direction ----

def _trouver_ligne(table, id):
    return trouver(table, id, 'Cette structure ou cette direction n\'existe pas. Revenez à la liste des structures.')


def _lire_champs(champs, *_):
    """What was typed, as the base has it: ({name: value}, {name: sentence})."""
    valeurs, fautes = lire(champs)
    for c in champs:
        if c.genre == 'date':
            valeurs[c.nom] = valeurs[c.nom] or None
        elif c.genre == 'case':
            valeurs[c.nom] = bool(valeurs[c.nom])
    if valeurs.get('site') and not re.fullmatch(r'https?://[^\s"<>]{3,190}', valeurs['site']):
        fautes.setdefault('site', 'Indiquez une adresse complète, qui commence par https://.')
    return valeurs, fautes


PREMIERE = tuple(c._replace(nom=f'direction_{c.nom}') for c in DIRECTION)
LA_STRUCTURE = (('La structure', STRUCTURE), ('Sa convention', CONVENTION))
NOUVELLE = (*LA_STRUCTURE, ('Sa première direction', PREMIERE))


def _tenue(nom, ligne, groupes, **aussi):
    """A form in groups: [(title, Champs)]. aussi: what is known of it besides its row."""
    champs = [c for _, groupe in groupes for c in groupe]
    valeurs = {c.nom: getattr(ligne, c.nom) for c in champs if c.nom not in aussi} | aussi if ligne else {}
    fermee = {'fermee_le': ligne.fermee_le} if nom == 'direction' and ligne else {}
    return Tenue(objet(nom, ligne), f'«\u00a0{ligne.nom}\u00a0»' if ligne else '', champs, valeurs, fermee,
                 {'partenaire': True})


def _tenue_d_une_nouvelle():
    return _tenue('structure', None, NOUVELLE)


def _page_d_une_nouvelle(*revenue):
    return page_tenue('administration/structures/formulaire.html', _tenue_d_une_nouvelle(), *revenue, groupes=NOUVELLE,
                      titre='Ajouter une structure', fil=[], ligne=None)


def _creer_structure(lues):
    siennes = {c.nom: lues[c.nom] for c in (*STRUCTURE, *CONVENTION)}
    return structures.creer_structure(siennes, {c.nom: lues[f'direction_{c.nom}'] for c in DIRECTION}, request.agent)


formulaire(f'{PAGE}/nouvelle', 'administrateur', tuple, _tenue_d_une_nouvelle, _page_d_une_nouvelle, _creer_structure,
           lambda creee: f'{PAGE}/{creee.id}?fait=enregistre', _lire_champs)


def _page_structure(structure, *revenue, fichier_refuse=None):
    """Its form, its directions, its logo, its convention. fichier_refuse: {field: sentence}."""
    directions = [d for d in _lignes() if d['structure_id'] == structure.id]
    fiche = forme(_tenue('structure', structure, LA_STRUCTURE), *revenue)
    if fichier_refuse:
        fiche |= {'fautes': fichier_refuse, 'libelles': {'logo': 'Logo', 'pieces': 'Convention signée'}}
    return page('administration/structures/structure.html', *revenue[:1], **fiche,
                groupes=LA_STRUCTURE, structure=structure, directions=directions,
                chemin_de=f'{PAGE}/{structure.id}', ouvertes=sum(not d['fermee_le'] for d in directions),
                fin=structures.etat_de_convention(structure.convention_au, langue.aujourdhui()),
                conventions=documents.lignes_de('convention', structure.id),
                logo=logos.logos().get(structure.id), limites=(images.LOGO_COTE, logos.place(structure)))


formulaire(f'{PAGE}/{ID}', 'administrateur', lambda id: (_trouver_ligne(Structure, id),),
           lambda structure: _tenue('structure', structure, LA_STRUCTURE), _page_structure,
           lambda structure, lues: structures.modifier_structure(structure, lues, request.agent),
           lambda _, structure: f'{PAGE}/{structure.id}?fait=enregistre', _lire_champs)


@app.get(f'{PAGE}/{ID}/logo', qui='administrateur')
def revenir(id):
    """Where the sign-in leads back to after an expired session: a file is never kept."""
    aller(f'{PAGE}/{id}')


@app.post(f'{PAGE}/{ID}/logo', qui='administrateur', fichiers=True)
def choisir_logo(id):
    structure = _trouver_ligne(Structure, id)
    _, fautes, code = essayer({}, logos.choisir, structure, request.agent, fichiers('logo'))
    if fautes:
        return _page_structure(structure, code, fichier_refuse=fautes)
    aller(f'{PAGE}/{id}?fait=enregistre')


@app.post(f'{PAGE}/{ID}/logo/retirer', qui='administrateur')
def retirer_logo(id):
    logos.retirer(_trouver_ligne(Structure, id), request.agent)
    aller(f'{PAGE}/{id}?fait=enregistre')


@app.get(f'{PAGE}/{ID}/convention', qui='administrateur')
def revenir_a_la_convention(id):
    aller(f'{PAGE}/{id}#convention')


@app.post(f'{PAGE}/{ID}/convention', qui='administrateur', fichiers=True)
def joindre_convention(id):
    structure = _trouver_ligne(Structure, id)
    joints = [(nom, octets) for nom, octets in fichiers('pieces') if nom]
    _, fautes, code = essayer({}, structures.joindre_convention, structure, request.agent, joints)
    if fautes:
        return _page_structure(structure, code, fichier_refuse=fautes)
    aller(f'{PAGE}/{id}?fait=enregistre')


def _convention(id):
    return trouver(Document, id, 'Cette convention n\'existe pas, ou a été retirée.', Document.genre == 'convention',
                   Document.retire_le.is_null())


@app.get(f'{PAGE}/conventions/{ID}', qui='administrateur')
def telecharger_convention(id):
    return telecharger(_convention(id))


@app.post(f'{PAGE}/conventions/{ID}/retirer', qui='administrateur')
def retirer_convention(id):
    signee = _convention(id)
    documents.retirer_document(signee, request.agent)
    aller(f'{PAGE}/{signee.objet}?fait=enregistre')


LA_DIRECTION = (('La direction', DIRECTION),)


def _tenue_d_une_direction(_):
    return _tenue('direction', None, LA_DIRECTION)


def _page_d_une_direction(structure, *revenue):
    return page_tenue('administration/structures/formulaire.html', _tenue_d_une_direction(structure), *revenue,
                      groupes=LA_DIRECTION, ligne=None, titre='Ajouter une direction',
                      fil=[(structure.nom, f'{PAGE}/{structure.id}')])


formulaire(f'{PAGE}/{ID}/direction', 'administrateur', lambda id: (_trouver_ligne(Structure, id),),
           _tenue_d_une_direction, _page_d_une_direction,
           lambda structure, lues: structures.creer_direction(structure, lues, request.agent),
           lambda creee, _: f'/espace/admin/directions/{creee.id}?fait=enregistre', _lire_champs)


def _groupe_de(direction):
    """Its fields, with its own agents to choose the expert from."""
    siens = choix.agents(dans={direction.id})
    expert = EXPERT._replace(choix=(('', 'Personne'), *(siens[0][1] if siens else ())))
    return (('La direction', (*DIRECTION, expert)),)


def _tenue_de(direction):
    expert = Agent.get_or_none(Agent.direction == direction, Agent.expert, Agent.actif)
    return _tenue('direction', direction, _groupe_de(direction), expert=expert and expert.id)


def _page_direction(direction, *revenue):
    return page_tenue('administration/structures/formulaire.html', _tenue_de(direction), *revenue,
                      groupes=_groupe_de(direction),
                      ligne=direction, titre=direction.nom,
                      fil=[(direction.structure.nom, f'{PAGE}/{direction.structure_id}')])


def _modifier_direction(direction, lues):
    expert = int(lues['expert']) if lues['expert'] else None
    structures.modifier_direction(direction, {c.nom: lues[c.nom] for c in DIRECTION}, expert, request.agent)


formulaire(f'/espace/admin/directions/{ID}', 'administrateur', lambda id: (_trouver_ligne(Direction, id),), _tenue_de,
           _page_direction, _modifier_direction,
           lambda _, direction: f'/espace/admin/directions/{direction.id}?fait=enregistre', _lire_champs)


# ---- Closing, with a successor ----

@app.get(f'/espace/admin/directions/{ID}/fermer', qui='administrateur')
def montrer_fermeture_de_direction(id):
    return _page_fermeture(_trouver_ligne(Direction, id))


def _page_fermeture(direction, *revenue):
    if direction.fermee_le:
        raise Refus(f'«\u00a0{direction.nom}\u00a0» est déjà fermée. Revenez à la liste des structures.', 409)
    if structures.est_la_derniere(direction):                       # its structure leaves with it
        aller(f'{PAGE}/{direction.structure_id}/depart')
    depend, structure = structures.ce_qui_en_depend(direction), direction.structure
    return page_tenue(
        'administration/structures/fermeture.html', _tenue_de_fermeture(direction, depend), *revenue,
        structure=structure, nom=direction.nom, depend=depend,
        restreintes=sum(restreinte for _, restreinte in depend.a_nommer),
        continuent=structures.dire_ce_qui_continue(depend) if any(depend) else '',
        fil=[(structure.nom, f'{PAGE}/{structure.id}'), (direction.nom, f'/espace/admin/directions/{direction.id}')])


def _suites(direction):
    """The directions that may succeed it: the others of its structure."""
    siennes = [(str(cle), libelle.nom) for cle, libelle in choix.ouvertes('direction').items()
               if libelle.parent == direction.structure_id and cle != direction.id]
    return choix.A_CHOISIR, *siennes


def _tenue_de_fermeture(direction, depend):
    """What it is about to hand over is what was read."""
    champ = SUCCESSEUR._replace(choix=_suites(direction), requis=any(depend))
    return Tenue(f'{objet("direction", direction)}/fermeture', 'Ce qui dépend de cette fermeture', [champ], {},
                 {'depend': structures.en_nombres(depend)})


@app.post(f'/espace/admin/directions/{ID}/fermer', qui='administrateur')
def fermer_direction(id):
    direction = _trouver_ligne(Direction, id)
    valeurs, fautes = lire([SUCCESSEUR._replace(choix=_suites(direction))])
    successeur = None
    if valeurs['successeur'] and not fautes:
        successeur = _trouver_ligne(Direction, valeurs['successeur'])
    tenue = _tenue_de_fermeture(direction, structures.ce_qui_en_depend(direction))
    _, fautes, code = tenir(tenue, valeurs, fautes, structures.fermer, direction, successeur, request.agent)
    if fautes:
        return _page_fermeture(direction, code, valeurs, fautes)
    aller(f'{PAGE}/{direction.structure_id}?fait=ferme')


@app.post(f'/espace/admin/directions/{ID}/rouvrir', qui='administrateur')
def rouvrir_direction(id):
    structures.rouvrir(_trouver_ligne(Direction, id), request.agent)
    aller(f'/espace/admin/directions/{id}?fait=rouvert')
