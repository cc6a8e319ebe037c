"""A structure that leaves: prepared, seen, done, undone within 24 hours, as the departure of an agent (depart.py)."""
import re

import langue
from models import Structure, jours_fermes
from verbes.administration import convention, succession
from verbes.contenus import logos
from views import app, choix, reprise, request
from views.champs import Champ, lire
from views.entrees import ID, trouver
from . import passations

ADRESSE = f'/espace/admin/structures/{ID}/depart'
DEFAUT = Champ('defaut', 'Qui reprend, par défaut', 'choix',
               aide='De n\'importe quelle structure. Les demandes à diffusion restreinte se choisissent une par une.')
EXPLICATION = Champ('explication', 'Ce que le public lira des fiches que personne ne reprend', 'long',
                    max=convention.EXPLICATION_MAX, aide='Elles sont suspendues, et se publient de nouveau quand vous '
                    'voulez.')
# Above OPTIONS_MAX options, the lines propose these people alone.
AUTRES = tuple(Champ(f'autre{n}', f'{n}e repreneur', 'choix', aide='Proposé à chaque ligne.') for n in range(2, 6))
ACCORD = Champ('', 'Accord de la collectivité, recueilli le', 'date')
SECTIONS = (
    ('chef_de_file', 'Demandes, comme chef de file', ''),
    ('referent', 'Demandes, comme expert référent',
     'La collectivité recevra le nom et le téléphone de son nouvel interlocuteur.'),
    ('associe', 'Demandes, comme expert associé', 'Sans personne pour la reprendre, l\'association s\'arrête.'),
    ('restreinte', 'Demandes à diffusion restreinte',
     'Une par une\u00a0: à une personne, avec l\'accord de la collectivité, ou aux administrateurs.'),
    ('autre', 'Fiches, groupes de travail, réunions à venir, documents', ''),
)


def _trouver_structure(id):
    return trouver(Structure, id, 'Cette structure n\'existe pas. Revenez à la liste des structures.')


@app.get(ADRESSE, qui='administrateur')
def montrer_depart_de_structure(id):
    return _page(_trouver_structure(id), {'explication': convention.EXPLICATION} | reprise())


# ---- The form, read and shown ----

def _champs(agents):
    """The first fields; who may take over is of anywhere else."""
    ailleurs = choix.agents(sauf={agent.id for agent in agents})
    defaut = (('', 'Choisir'), (succession.GARDER, 'Les administrateurs de la Plateforme'), *ailleurs)
    return [DEFAUT._replace(choix=defaut), *(c._replace(choix=(('', 'Personne'), *ailleurs)) for c in AUTRES),
            EXPLICATION]


def _comptes(agents):
    """[(Agent, the Champ of their account)] of the accounts that are open."""
    vers = (('', 'Se ferme'), *choix.directions(_directions_de(agents)))
    return [(agent, Champ(f'c{agent.id}', f'Le compte {langue.de(agent.nom_complet)}', 'choix', choix=vers))
            for agent in agents if agent.actif]


def _directions_de(agents):
    structures = {agent.direction.structure_id for agent in agents}
    return {cle for cle, libelle in choix.ouvertes('direction').items() if libelle.parent in structures}


def _lire_choix(structure):
    """(what was typed, faults of form, Choix)."""
    agents = convention.agents_de(structure)
    accords = [ACCORD._replace(nom=nom) for nom in request.saisies if re.fullmatch('accord_m[1-9][0-9]*', nom)]
    valeurs, fautes = lire([*_champs(agents), *(c for _, c in _comptes(agents)), *accords])
    personne = ((succession.GARDER, dit) for dit in ('Personne', *PERSONNE.values()))
    lignes, inconnus = passations.lire_lignes('[mfge][1-9][0-9]*', (*personne, *choix.agents()))
    saisi = succession.Choix(
        'convention', '', '', '', valeurs['defaut'], {nom: v for nom, v in lignes.items() if v},
        {nom: v for nom, v in valeurs.items() if re.fullmatch('c[0-9]+', nom) and v},
        {c.nom.removeprefix('accord_'): valeurs[c.nom] for c in accords if valeurs[c.nom]}, valeurs['explication'])
    return valeurs | lignes, fautes | inconnus, saisi


@app.post(ADRESSE, qui='administrateur', transaction=False)
def fermer_structure(id):
    return passations.soumettre(lambda: _trouver_structure(id), _lire_choix, convention.preparer, _page)


@app.post(f'{ADRESSE}/annuler', qui='administrateur')
def annuler_depart_de_structure(id):
    passations.annuler(_trouver_structure(id))


# ---- The page ----

def _page(structure, valeurs, status=200, fautes=None, plan=None, bouge=''):
    agents, ouvert, fautes = convention.agents_de(structure), convention.est_ouverte(structure), fautes or {}
    lignes = convention.tenir(structure, agents) if ouvert else []
    champs, comptes = _champs(agents), _comptes(agents) if ouvert else []
    trop, options = _options(agents, lignes, valeurs)
    champs = champs if trop else [champs[0], champs[-1]]
    sections = _sections(lignes, valeurs, options)
    accords = [r.accord for *_, rangees in sections for r in rangees if r.accord]
    return passations.montrer(
        'administration/depart/structure.html', structure, ouvert, lignes, champs, status, fautes, plan, bouge,
        aussi=[*(c for _, c in comptes), *accords], valeurs=valeurs, sections=sections, comptes=comptes,
        vide=None if comptes or lignes or not ouvert else _empreinte_sans_rien(structure),
        logo=logos.logos().get(structure.id), dire_suite=_dire_suite, bouton=lambda plan, apercu: 'Fermer la structure',
        export=f'/espace/demandes.csv?toutes=oui&structure={structure.id}')


def _empreinte_sans_rien(structure):
    """What closes at once a structure that holds nothing."""
    saisi = succession.Choix('convention', '', '', '', '', {})
    return convention.preparer(structure, request.agent, saisi).empreinte


def _options(agents, lignes, valeurs):
    """(are there too many for all the lines, who may take a line: anybody of elsewhere, or those named on the page)."""
    ailleurs = choix.agents(sauf={agent.id for agent in agents})
    trop = len(lignes) * sum(len(groupe) for _, groupe in ailleurs) > passations.OPTIONS_MAX
    if trop:
        nommes = {valeurs.get(nom) for nom in ['defaut', *(c.nom for c in AUTRES), *(ligne.cle for ligne in lignes)]}
        ailleurs = ((nom, tuple(un for un in groupe if un[0] in nommes)) for nom, groupe in ailleurs)
    suivent = tuple((str(agent.id), agent.nom_complet) for agent in agents if valeurs.get(f'c{agent.id}'))
    return trop, tuple((nom, groupe) for nom, groupe in [('Suivent ailleurs', suivent), *ailleurs] if groupe)


PERSONNE = {'chef_de_file': 'Les administrateurs', 'referent': 'Les administrateurs',
            'fiche': 'Personne\u00a0: suspendre', 'reunion': 'Personne\u00a0: retirer'}


def _sections(lignes, valeurs, options):
    """[(key, title, sentence, Rangees)] of what is not empty."""
    par_section, fermes = {}, jours_fermes()
    for ligne in lignes:
        section, accord = passations.section(ligne), None
        if section == 'restreinte':
            accord = ACCORD._replace(nom=f'accord_{ligne.cle}')
        premiere = ('', 'Choisir' if accord else 'Par défaut')
        personne = (succession.GARDER, PERSONNE.get(ligne.quoi, 'Personne'))
        par_section.setdefault(section, []).append(passations.rangee(
            ligne, (premiere, personne, *options), valeurs.get(ligne.cle, ''), fermes, accord))
    return [(cle, titre, dit, par_section[cle]) for cle, titre, dit in SECTIONS if cle in par_section]


def _dire_suite(plan):
    """What becomes of the structure itself, in a sentence."""
    ferment = len([agent for agent in plan.agents if agent.actif and agent.id not in plan.suivis])
    suivent, suspendues = len(plan.suivis), len(convention.a_suspendre(succession.laissees(plan)))
    adhesions, fiches = convention.ce_qui_finit(plan.qui)
    dits = ((ferment, 'compte', 'se ferme', 'se ferment'), (suivent, 'compte', 'suit ailleurs', 'suivent ailleurs'),
            (suspendues, 'fiche', 'est suspendue', 'sont suspendues'),
            (adhesions, 'adhésion', 'finit', 'finissent'),
            (fiches, 'fiche', 'ne la nomme plus', 'ne la nomment plus'))
    faits = [f'{langue.dire_nombre(n, mot)} {un if n == 1 else plusieurs}' for n, mot, un, plusieurs in dits if n]
    return f'Aussitôt\u00a0: {langue.enumerer(faits)}.' if faits else ''
