"""Choosing from a list: a collectivité as it is typed, an agent, a fiche, a direction; for mairies and agents alike.

A choice is (value, label), or (group, choices); what it lists is kept in memory until a commit.
"""
import re

import models
import langue
from models import db
from verbes import appellations, perimetre, questions, recherche
from verbes.etiquettes import libelles

A_CHOISIR = ('', 'Choisir dans la liste')

# ---- A collectivité: what was typed, the nearest ones, one that is sure ----

def choisir_collectivite(saisi, decision, sinon):
    """(Collectivite, '') when what was typed or chosen is sure; else (None, the sentence that says what to do).

    decision: the id, as text, of the one chosen among etiqueter(proches(saisi)); sinon: what to do about a name that is
    in no list, at the end of its sentence.
    """
    collectivites, sure = appellations.reconnaitre(saisi)
    actuelles = appellations.actuelles(collectivites)
    choix = actuelles[0] if sure else next((c for c in actuelles if str(c.id) == decision), None)
    if choix:
        return choix, ''
    citation = f'«\u00a0{saisi}\u00a0»'
    if len(collectivites) == 1 and perimetre.dire(collectivites[0].id):
        nom = collectivites[0].nom
        suite = perimetre.dire(collectivites[0].id).removeprefix(nom)
        return None, f'«\u00a0{nom}\u00a0»{suite}\u00a0: confirmez-la, ou corrigez le nom'
    if not collectivites:
        return None, f'{citation} n\'est pas dans la liste\u00a0: {sinon}'
    if appellations.code_seul(saisi) and len(collectivites) > 1:
        return None, (f'{citation} est le code postal de {len(collectivites)} communes\u00a0: '
                      'écrivez le nom de la commune, ou choisissez-la')
    if len(collectivites) == appellations.PROCHES_MAX:
        return None, (f'{citation} peut désigner plus de douze collectivités\u00a0: '
                      'écrivez quelques lettres de plus, ou choisissez la bonne')
    if len(collectivites) == 1:
        return None, (f'{citation} n\'est pas un nom exact\u00a0: '
                      'confirmez celle qui est proposée, ou corrigez le nom')
    return None, (f'{citation} peut désigner {len(collectivites)} collectivités\u00a0: '
                  'choisissez la bonne, ou corrigez le nom')


def proches(saisi):
    """The choices for what was typed, ((id, « Rieumes (31370, CC Cœur de Garonne) »), …): none when it is sure."""
    collectivites, sure = appellations.reconnaitre(saisi)
    if sure:
        return ()
    return etiqueter(collectivites if appellations.code_seul(saisi) else collectivites[:appellations.PROCHES_MAX - 1])


def precision(codes_postaux, type_):
    """What tells a collectivité from its homonyms."""
    return codes_postaux.split()[0] if codes_postaux else type_


@models.gardee
def noms_des_collectivites():
    """The suggestions of the field: each name once, with its postal code only when it is borne twice; of one that has
    been replaced, what it is part of.
    """
    par_nom = {}
    for c in appellations.collectivites():
        par_nom.setdefault(c.cherche, []).append(c)
    noms = []
    for siennes in map(appellations.distinctes, par_nom.values()):
        for c in siennes:
            nom = c.nom if len(siennes) == 1 else f'{c.nom} ({precision(c.codes_postaux, c.type)})'
            noms.append((nom, perimetre.dire(c.id)))
    return tuple(noms)


def etiqueter(collectivites):
    """(id, « Rieumes (31370, CC Cœur de Garonne) ») of each as it is today, each once; what leads to it, if it is an
    earlier name.
    """
    epcis, choix = libelles()['epci'], {}
    for ancienne, c in zip(collectivites, appellations.actuelles(collectivites)):
        epci = perimetre.epci(c.id)
        ou = [precision(c.codes_postaux, c.type)] + ([epcis[epci].nom] if epci else [])
        dit = perimetre.dire(ancienne.id)
        choix.setdefault(str(c.id), f'{c.nom} ({", ".join(ou)})' + (f'. {dit}' if dit else ''))
    return tuple(choix.items())


# ---- Themes, fiches, structures, directions ----

def options(genre):
    """The choices of a genre of etiquettes.libelles()."""
    return tuple((str(cle), dire(libelle)) for cle, libelle in genre.items())


def dire(libelle):
    """A name, and since when it is closed: filters still find what it had."""
    fermee = f' (fermée le {langue.dire_jour(libelle.fermee_le, True)})' if libelle.fermee_le else ''
    return f'{libelle.nom}{fermee}'


def groupees(genre, parents, avec_parent=False):
    """The same, grouped under what they hang on; avec_parent: its id goes along, plateforme.js shortens the list."""
    groupes = {cle: [] for cle in parents}
    for cle, libelle in genre.items():
        groupes[libelle.parent].append((str(cle), dire(libelle), *([str(libelle.parent)] if avec_parent else [])))
    return tuple((parents[cle].nom, tuple(choix)) for cle, choix in groupes.items() if choix)


def remplir(filtres, listes):
    """The Champs of a list's filters with their choices, {name: choices}; their own says, in words, no choice."""
    return [c._replace(choix=(('', c.choix), *listes[c.nom])) if c.nom in listes else c for c in filtres]


def themes():
    return options(libelles()['theme'])


@models.gardee
def fiches(aussi=None):
    """The published fiches, by theme; aussi: the id of one more, published or not. Last in a choice, what the scripts
    ask: is its diffusion restricted, its promise.
    """
    details = {id_: (bool(restreinte), promesse) for id_, restreinte, promesse in db.execute_sql(
        "SELECT id, restreinte, promesse FROM fiche WHERE etat = 'publiee' OR id = ?", (aussi,))}
    genre = {cle: libelle for cle, libelle in libelles()['fiche'].items() if cle in details}
    return tuple((theme, tuple((*choix, *details[int(choix[0])]) for choix in groupe))
                 for theme, groupe in groupees(genre, libelles()['theme'], True))


def fiches_proches(message, sauf=None):
    """What is shown of the three published fiches nearest to a message, but the one it has (its id)."""
    numeros = [numero for numero in recherche.proposer(message) if numero != sauf]
    lues = {fiche['id']: fiche | {'delai': models.jours_promis(fiche['promesse'])} for fiche in models.lignes(
        f"""SELECT fiche.id, theme_id, titre, resume, promesse, restreinte, theme.nom AS theme,
                   structure.nom AS structure, structure.sigle, direction.nom AS direction
            FROM fiche JOIN theme ON theme.id = theme_id JOIN direction ON direction.id = direction_id
                       JOIN structure ON structure.id = structure_id
            WHERE fiche.id IN ({', '.join('?' * len(numeros))})""", *numeros)}
    return [lues[numero] | {'a_qui': _a_qui(lues[numero])} for numero in numeros]


A_TAIRE = re.compile(r"direction (?:de la |des |du |de l['’]|de |d['’])?", re.I)


def _a_qui(fiche):
    """« HGI – Ingénierie »: who receives it, as a button names it."""
    direction = langue.majuscule(A_TAIRE.sub('', fiche['direction'], 1))
    return fiche['sigle'] if direction in (fiche['sigle'], fiche['structure']) else f'{fiche["sigle"]} – {direction}'


def ouvertes(genre):
    """Of structures or directions, those that something may be confided to."""
    return {cle: libelle for cle, libelle in libelles()[genre].items() if not libelle.fermee_le}


def directions(sauf=()):
    """The open ones, by structure; sauf: ids left out."""
    genre = {cle: libelle for cle, libelle in ouvertes('direction').items() if cle not in sauf}
    return groupees(genre, libelles()['structure'])


def _par_structure(premiere):
    """The (id, Libelle) of the open directions by structure, those of `premiere` first."""
    rangs = {cle: rang for rang, cle in enumerate(libelles()['structure'])}
    return sorted(ouvertes('direction').items(), key=lambda une: (une[1].parent != premiere, rangs[une[1].parent]))


# ---- Agents ----

@models.gardee
def _actifs():
    """(id, name and absence, direction id, « HGI – Direction … », structure id) of the active agents, in order."""
    partis, jour = questions.absences(), langue.aujourdhui()
    lignes = db.execute_sql(
        f"""SELECT agent.id, agent.prenom, agent.nom, direction.id, direction.nom, structure.id, structure.sigle,
                  agent.ouvert_le
           FROM agent JOIN direction ON direction.id = agent.direction_id
                      JOIN structure ON structure.id = direction.structure_id
           WHERE {models.CONTRIBUE}""").fetchall()
    lignes.sort(key=lambda ligne: [langue.ordre_alphabetique(mot) for mot in (ligne[6], ligne[4], ligne[2], ligne[1])])
    return [(agent, f'{prenom} {nom}{_dire_presence(partis.get(agent), ouvert_le, jour)}', direction,
             f'{sigle} – {de_la_direction}', structure)
            for agent, prenom, nom, direction, de_la_direction, structure, sigle, ouvert_le in lignes]


def _dire_presence(absence, ouvert_le, jour):
    """The day of return only if the agent lets it be told (regles.md §1)."""
    if absence and absence.au and absence.retour_dit:
        return f' (absent·e jusqu\'au {langue.dire_jour(absence.au, ce_jour=jour)})'
    if absence:
        return ' (absent·e)'
    return '' if ouvert_le else ' (n\'a pas encore ouvert son compte)'


EXPERTS = 'Expert par défaut de la direction'


def agents(premiere=None, sauf=(), dans=None, direction=None, seule=None, experts=()):
    """The active agents grouped by direction, those of the direction, else of the structure `premiere`, first.

    sauf: ids left out; dans: ids of the only directions wanted; seule: id of the only structure wanted; experts: ids
    that stand in a group of their own, before all.
    """
    groupes = {EXPERTS: []} if experts else {}
    for agent, nom, sienne, groupe, la in sorted(_actifs(), key=lambda a: (a[2] != direction, a[4] != premiere)):
        if agent not in sauf and (dans is None or sienne in dans) and seule in (None, la):
            groupes.setdefault(EXPERTS if agent in experts else groupe, []).append((str(agent), nom))
    return tuple((groupe, tuple(choix)) for groupe, choix in groupes.items() if choix)


def invites(premiere=None, seule=None, associees=()):
    """Structures, directions and agents in one list: « s12 », « d3 », « a45 »; premiere, seule: as agents();
    associees: those that a fiche names, which come first.
    """
    structures = tuple((f's{cle}', libelle.nom) for cle, libelle in ouvertes('structure').items()
                       if seule in (None, cle))
    de_direction = tuple((f'd{cle}', libelle.nom) for cle, libelle in _par_structure(premiere)
                         if seule in (None, libelle.parent))
    personnes = ((groupe, tuple((f'a{cle}', nom) for cle, nom in choix))
                 for groupe, choix in agents(premiere, seule=seule))
    connues = dict([*structures, *de_direction])
    nommees = tuple((code, connues[code]) for code in associees if code in connues)
    groupes = (('Structures', structures), ('Directions', de_direction), *personnes)
    restent = ((groupe, tuple(c for c in siens if c not in nommees)) for groupe, siens in groupes)
    return tuple((groupe, siens) for groupe, siens in (('Nommées par la fiche', nommees), *restent) if siens)
