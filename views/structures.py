"""The structures and their directions: list, forms, closing with a successor (domaine.md §1)."""
import functools
import re

import models
import langue
from models import Agent, Direction, Refus, Structure
from verbes import structures
from verbes.journal import empreinte
from views import aller, annoncer, app, choix, essayer, page, parametre, reprise, request
from views.champs import Champ, lire
from views.criteres import adresse_de, une_page
from views.entrees import ID, trouver
from views.exports import csv_a_relire

PAGE = '/espace/admin/structures'
ETATS = {'': 'Ouvertes', 'fermees': 'Fermées', 'toutes': 'Toutes'}
CONVENTIONS = {'': 'Indifférent', 'fin': 'Finie, ou dans les trois mois', 'sans': 'Sans date de fin'}
annoncer(f'{PAGE}/', ferme='C\'est fermé\u00a0: ce qui devait continuer est transmis.')
annoncer('/espace/admin/directions/', rouvert='La direction est rouverte.')

STRUCTURE = (
    Champ('nom', 'Nom', requis=True),
    Champ('sigle', 'Sigle', requis=True, max=20, aide='Dans les listes, par exemple CAUE.'),
    Champ('partenaire', 'Structure partenaire', 'case', aide='À décocher pour le Département.'),
    Champ('site', 'Site internet', aide='Commence par https://.'),
    Champ('presentation', 'Présentation', 'long', max=2000,
          aide='Une ou deux phrases, lues par tous à la page des partenaires.'),
)
CONVENTION = (
    Champ('convention_du', 'Signée le', 'date'),
    Champ('convention_au', 'Jusqu\'au', 'date', aide='Trois mois avant, la fin est rappelée aux administrateurs.'),
    Champ('convention_referent', 'Qui la suit'),
)
DIRECTION = (
    Champ('nom', 'Nom', requis=True),
    Champ('court', 'Nom court', max=30, aide='Dans les listes. Vide\u00a0: le nom entier.'),
    Champ('telephone', 'Téléphone', 'telephone', aide='Donné aux collectivités quand l\'agent n\'en communique pas.'),
    Champ('courriel', 'Boîte aux lettres', 'courriel',
          aide='Reçoit aussi le courriel qui confie une demande à un de ses agents.'),
)
EXPERT = Champ('expert', 'Expert par défaut', 'choix',
               aide='«\u00a0Désigner l\'expert\u00a0» le propose en premier pour les demandes de cette direction.')
SUCCESSEUR = Champ('successeur', 'Direction qui prend la suite', 'choix')


# ======================================================================================
# The list
# ======================================================================================

@app.get(PAGE, qui='administrateur')
def lister_structures():
    criteres = {nom: parametre(nom).strip()[:200] for nom in ('q', 'etat', 'convention')}
    lignes = [ligne for ligne in _lignes() if _repond(ligne, criteres)]
    montrees, pages = une_page(lignes, functools.partial(adresse_de, criteres, PAGE))
    return page('structures/liste.html', groupes=_groupes(montrees), criteres=criteres, etats=ETATS,
                conventions=CONVENTIONS, a_renouveler=structures.conventions_a_renouveler(), **pages)


def _lignes():
    """A row for each direction, its structure's columns with it, in the order of the lists; no load in it."""
    lues = models.lignes("""
        SELECT direction.id, direction.nom, court, telephone, courriel, fermee_le, structure_id,
               structure.nom AS structure, sigle, partenaire, convention_au,
               (SELECT count(*) FROM agent WHERE agent.direction_id = direction.id AND actif) AS comptes,
               (SELECT prenom || ' ' || agent.nom FROM agent
                WHERE agent.direction_id = direction.id AND actif AND expert) AS expert,
               EXISTS (SELECT 1 FROM direction AS autre WHERE autre.structure_id = structure.id
                       AND autre.fermee_le IS NULL) AS ouverte
        FROM direction JOIN structure ON structure.id = structure_id""")
    jour = langue.aujourdhui()
    for d in lues:
        d['fin'] = structures.etat_de_convention(d['convention_au'], jour) if d['ouverte'] else ''
    lues.sort(key=lambda d: (d['partenaire'], langue.ordre_alphabetique(d['structure']),
                             langue.ordre_alphabetique(d['nom'])))
    return lues


def _repond(d, criteres):
    mots = langue.normaliser(criteres['q']).split()
    cherche = langue.normaliser(' '.join(d[c] for c in ('structure', 'sigle', 'nom', 'court', 'courriel', 'telephone')))
    telephone = re.sub(r'\D', '', criteres['q'])
    trouvee = all(mot in cherche for mot in mots) or len(telephone) == 10 and telephone == d['telephone']
    etat = {'fermees': bool(d['fermee_le']), 'toutes': True}.get(criteres['etat'], not d['fermee_le'])
    fin = {'fin': bool(d['fin']), 'sans': not d['convention_au']}.get(criteres['convention'], True)
    return trouvee and etat and fin


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


# ======================================================================================
# One structure, one direction
# ======================================================================================

def _trouver(table, id):
    return trouver(table, id, 'Cette structure ou cette direction n\'existe pas. Revenez à la liste des structures.')


def _lire(champs):
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


def _page(gabarit, groupes, valeurs, status=200, fautes=None, ligne=None, **reste):
    """A form: groupes, [(title, Champs)]; typed before the session expired, it comes back as typed. Of a row that
    somebody has changed meanwhile (409), what it says now is shown too.
    """
    champs = {c.nom: c for _, groupe in groupes for c in groupe}
    gardes = {nom: v for nom, v in reprise().items() if nom in champs} if status == 200 else {}
    relue = models.relire(ligne) if status == 409 and ligne else None
    actuelles = [(c.libelle, getattr(relue, c.nom)) for c in champs.values()
                 if relue and hasattr(relue, c.nom) and (getattr(relue, c.nom) or '') != (valeurs[c.nom] or '')]
    return page(f'structures/{gabarit}.html', status, groupes=groupes, valeurs=valeurs | gardes, fautes=fautes or {},
                libelles={nom: c.libelle for nom, c in champs.items()}, repris=bool(gardes), ligne=ligne,
                actuelles=actuelles, **reste)


PREMIERE = tuple(c._replace(nom=f'direction_{c.nom}') for c in DIRECTION)
NOUVELLE = (('La structure', STRUCTURE), ('Sa convention', CONVENTION), ('Sa première direction', PREMIERE))


@app.get(f'{PAGE}/nouvelle', qui='administrateur')
def montrer_nouvelle_structure():
    return _page_nouvelle()


def _page_nouvelle(status=200, valeurs=None, fautes=None):
    return _page('formulaire', NOUVELLE, valeurs or {'partenaire': 'oui'}, status, fautes, titre='Créer une structure',
                 vue='', fil=[])


@app.post(f'{PAGE}/nouvelle', qui='administrateur')
def creer_structure():
    valeurs, fautes = _lire((*STRUCTURE, *CONVENTION))
    premiere, siennes = _lire(PREMIERE)
    direction = {nom.removeprefix('direction_'): v for nom, v in premiere.items()}
    creee, fautes, code = essayer(fautes | siennes, structures.creer_structure, valeurs, direction, request.agent)
    if fautes:
        return _page_nouvelle(code, valeurs | premiere, fautes)
    aller(f'{PAGE}/{creee.id}?fait=enregistre')


@app.get(f'{PAGE}/{ID}', qui='administrateur')
def montrer_structure(id):
    return _page_structure(_trouver(Structure, id))


def _page_structure(structure, status=200, valeurs=None, fautes=None):
    """Its form, its directions."""
    siennes = [d for d in _lignes() if d['structure_id'] == structure.id]
    valeurs = valeurs or {c.nom: getattr(structure, c.nom) or '' for c in (*STRUCTURE, *CONVENTION)}
    return _page('structure', (('La structure', STRUCTURE), ('Sa convention', CONVENTION)), valeurs, status, fautes,
                 structure, structure=structure, directions=siennes, vue=_vue(structure, status),
                 chemin_de=f'{PAGE}/{structure.id}',
                 ouvertes=sum(not d['fermee_le'] for d in siennes),
                 fin=structures.etat_de_convention(structure.convention_au, langue.aujourdhui()))


def _vue(ligne, status):
    """The mark that a form carries: of what was read first, as long as what is typed is only corrected."""
    return request.saisies.get('vue', '') if status == 422 else empreinte(models.relire(ligne))


@app.post(f'{PAGE}/{ID}', qui='administrateur')
def enregistrer_structure(id):
    structure = _trouver(Structure, id)
    valeurs, fautes = _lire((*STRUCTURE, *CONVENTION))
    _, fautes, code = essayer(fautes, structures.modifier_structure, structure, valeurs, request.saisies.get('vue'),
                              request.agent)
    if fautes:
        return _page_structure(structure, code, valeurs, fautes)
    aller(f'{PAGE}/{id}?fait=enregistre')


@app.get(f'{PAGE}/{ID}/direction', qui='administrateur')
def montrer_nouvelle_direction(id):
    return _page_nouvelle_direction(_trouver(Structure, id))


def _page_nouvelle_direction(structure, status=200, valeurs=None, fautes=None):
    return _page('formulaire', (('La direction', DIRECTION),), valeurs or {}, status, fautes, vue='',
                 titre='Ajouter une direction', fil=[(structure.nom, f'{PAGE}/{structure.id}')])


@app.post(f'{PAGE}/{ID}/direction', qui='administrateur')
def creer_direction(id):
    structure = _trouver(Structure, id)
    valeurs, fautes = _lire(DIRECTION)
    creee, fautes, code = essayer(fautes, structures.creer_direction, structure, valeurs, request.agent)
    if fautes:
        return _page_nouvelle_direction(structure, code, valeurs, fautes)
    aller(f'/espace/admin/directions/{creee.id}?fait=enregistre')


@app.get(f'/espace/admin/directions/{ID}', qui='administrateur')
def montrer_direction(id):
    return _page_direction(_trouver(Direction, id))


def _champs_de(direction):
    """Its fields, with its own agents to choose the expert from."""
    siens = choix.agents(dans={direction.id})
    return (*DIRECTION, EXPERT._replace(choix=(('', 'Personne'), *(siens[0][1] if siens else ()))))


def _page_direction(direction, status=200, valeurs=None, fautes=None):
    expert = Agent.get_or_none(Agent.direction == direction, Agent.expert, Agent.actif)
    valeurs = valeurs or {c.nom: getattr(direction, c.nom) for c in DIRECTION} | {'expert': expert.id if expert else ''}
    return _page('formulaire', (('La direction', _champs_de(direction)),), valeurs, status, fautes,
                 direction, titre=direction.nom, vue=_vue(direction, status),
                 fil=[(direction.structure.nom, f'{PAGE}/{direction.structure_id}')])


@app.post(f'/espace/admin/directions/{ID}', qui='administrateur')
def enregistrer_direction(id):
    direction = _trouver(Direction, id)
    valeurs, fautes = _lire(_champs_de(direction))
    expert = valeurs.pop('expert')
    choisi = int(expert) if expert and 'expert' not in fautes else None
    _, fautes, code = essayer(
        fautes, structures.modifier_direction, direction, valeurs, choisi, request.saisies.get('vue'), request.agent)
    if fautes:
        return _page_direction(direction, code, valeurs | {'expert': expert}, fautes)
    aller(f'/espace/admin/directions/{id}?fait=enregistre')


# ======================================================================================
# Closing, with a successor
# ======================================================================================

@app.get(f'{PAGE}/{ID}/fermer', qui='administrateur')
def montrer_fermeture_de_structure(id):
    return _page_fermeture(_trouver(Structure, id))


@app.get(f'/espace/admin/directions/{ID}/fermer', qui='administrateur')
def montrer_fermeture_de_direction(id):
    return _page_fermeture(_trouver(Direction, id))


def _a_fermer(ligne):
    """The directions that close: one, or all that a structure still has."""
    if isinstance(ligne, Direction):
        return [ligne]
    return list(ligne.directions.where(Direction.fermee_le.is_null()).order_by(Direction.nom))


def _page_fermeture(ligne, status=200, valeurs=None, fautes=None):
    directions = _a_fermer(ligne)
    if not directions or directions[0].fermee_le:
        raise Refus(f'«\u00a0{ligne.nom}\u00a0» est déjà fermé·e. Revenez à la liste des structures.', 409)
    depend = structures.ce_qui_en_depend(directions)
    champ = SUCCESSEUR._replace(choix=(choix.A_CHOISIR, *choix.directions(sauf={d.id for d in directions})),
                                requis=any(depend))
    structure = directions[0].structure
    return _page('fermeture', (('', (champ,)),), valeurs or {}, status, fautes, structure=structure, nom=ligne.nom,
                 directions=directions, depend=depend, champ=champ, vue=empreinte(structures.en_nombres(depend)),
                 derniere=not structures.reste_ouverte(directions),
                 restreintes=sum(restreinte for _, restreinte in depend.a_nommer),
                 continuent=structures.dire_ce_qui_continue(depend) if any(depend) else '',
                 fil=[(structure.nom, f'{PAGE}/{structure.id}')] + (
                     [(ligne.nom, f'/espace/admin/directions/{ligne.id}')] if isinstance(ligne, Direction) else []))


@app.post(f'{PAGE}/{ID}/fermer', qui='administrateur')
def fermer_structure(id):
    return _fermer(_trouver(Structure, id))


@app.post(f'/espace/admin/directions/{ID}/fermer', qui='administrateur')
def fermer_direction(id):
    return _fermer(_trouver(Direction, id))


def _fermer(ligne):
    directions = _a_fermer(ligne)
    if not directions:
        return _page_fermeture(ligne)
    valeurs, fautes = lire([SUCCESSEUR._replace(choix=(choix.A_CHOISIR, *choix.directions()))])
    successeur = None
    if valeurs['successeur'] and not fautes:
        successeur = _trouver(Direction, valeurs['successeur'])
    _, fautes, code = essayer(fautes, structures.fermer, directions, successeur, request.saisies.get('vue'),
                              request.agent)
    if fautes:
        return _page_fermeture(ligne, code, valeurs, fautes)
    aller(f'{PAGE}/{directions[0].structure_id}?fait=ferme')


@app.post(f'/espace/admin/directions/{ID}/rouvrir', qui='administrateur')
def rouvrir_direction(id):
    structures.rouvrir(_trouver(Direction, id), request.agent)
    aller(f'/espace/admin/directions/{id}?fait=rouvert')
