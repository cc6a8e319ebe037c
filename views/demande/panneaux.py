"""What the page of a demande shows: panels, each a question here and a template of its name (demande/dossier/).

They are asked of a Vue: what several of them read, once.
"""
import itertools
import json
from collections import namedtuple
from urllib.parse import urlencode

import models
import langue
from verbes import perimetre, questions, regles
from verbes.colonnes import DEMANDE
from verbes.contenus import contenus, projets
from verbes.demande import clotures, jalons, lettres, liste, textes_types
from verbes.demande.situations import MOTS_DU_TITRE, dire_qui_agit
from verbes.demande.taches import A_FAIRE
from verbes.pilotage import evaluation, territoires
from views import consigne, parametre, request, tenter
from views.criteres import de_la_journee, lire_liste, porte, suivre_la_liste
from views.lectures import (
    dire_colonne, dire_issue, dire_origine, lire_adhesions, lire_autres, lire_communes, lire_cotes, lire_doublons,
    lire_inconnues, lire_non_remis, lire_reunions, lire_suite)

from .geste import casier
from .gestes import FICHIERS, GESTES, champs_de, geste_de, textes_restants

# saisies: what was sent with the note or the message, {} when it was with another form; tenus: {role: in whose name};
# ouvertes: {act: its button}; places: of the team; lignes: of the journal; tache: of this agent.
Vue = namedtuple('Vue', (
    'demande', 'agent', 'action', 'saisies', 'tenus', 'ouvertes', 'formulaire', 'places', 'lignes', 'courriels',
    'a_partir', 'tache'))
A_REMPLIR = {nom: geste.texte for nom, geste in GESTES.items() if geste.texte}  # by a text kept ready
MONTREES = [colonne for colonne in DEMANDE if colonne.montree]
AUTRES = 6                                                          # other demandes of the collectivité that are shown


# ---- What it is, whom to call, until when, what may be done ----

def appel(vue):
    """tour: whose turn it is; attendu: (act, text, style) of the act that is expected, or None; appel: what the address
    of a call to note says; plus: [(group, [(what its address says, text, what it does, is it a way out)])] of the
    others.
    """
    demande, fermes = vue.demande, models.jours_fermes()
    attendu = acte_attendu(vue)
    cotes = lire_cotes(demande) if set(vue.tenus) - {'agent'} else []
    return {
        'objet': _dire_l_objet(demande),
        'place': situer(demande, vue.agent),
        'echeance': langue.dire_echeance(demande.echeance, demande.premier_contact_le, demande.clos_le, fermes=fermes),
        'tour': _dire_le_tour(vue),
        'elu': 'maire' if demande.type == 'Commune' else territoires.PRESIDENTS.get(demande.civilite, 'présidence'),
        'origine': dire_origine(demande, vue.places),
        'cotes': cotes,
        'imprime_le': langue.maintenant(),
        'doublons': lire_doublons(demande, vue.agent),
        'attendu': attendu,
        'appel': _ou_noter_un_appel(vue, attendu),
        'plus': les_autres(vue, attendu, cotes),
        'essais': sum(ligne['nature'] == 'contact' for ligne in vue.lignes),
    }


def _dire_l_objet(demande):
    """What it is about, after its collectivité: the fiche, or the first words of a free request."""
    mots = '' if demande.fiche_id else langue.premiers_mots(demande.message, MOTS_DU_TITRE)
    return f'«\u00a0{mots}\u00a0»' if mots else langue.minuscule(demande.titre)


def situer(demande, agent):
    """The list that the demande was opened from: its address, the numbers before and after; None without one."""
    suivie = '' if de_la_journee() else suivre_la_liste()
    origine = lire_liste(suivie) if suivie else None
    if origine is None:
        return None
    adresse, criteres, tri = origine
    voisines, refus = tenter(liste.voisines, agent, criteres, tri, demande.numero)
    if refus:                                                       # a right that was theirs when they saw the list
        return None
    avant, apres = (voisine and f'/espace/demandes/{voisine}?{urlencode({"liste": suivie})}' for voisine in voisines)
    return {'adresse': adresse, 'avant': avant, 'apres': apres}


# What is expected when the day of this agent asks for nothing: the first of these that is theirs to do.
AVANCENT = ('receptionner', 'orienter', 'designer', 'contact', 'demarrer', 'repondre', 'terminer', 'rouvrir')
GROUPES = {'dossier': 'Le dossier', 'equipe': 'L\'équipe', 'sortie': 'Clore ou rendre'}


def acte_attendu(vue):
    """The act that the day of this person asks for, full unless a form is open; else, of who leads it or must act, the
    one that goes on. An administrateur finds those of others in « Plus ».
    """
    tache, ouvertes = vue.tache, _avant_le_contact(vue)
    if tache and tache.acte in ouvertes and not _a_telephoner(tache):
        return tache.acte, tache.bouton, 'second' if _ecrit(vue) else ''
    if not (tache and tache.d.acteur) and vue.tenus.keys().isdisjoint(('chef_de_file', 'referent')):
        return None
    return next(((nom, ouvertes[nom], 'second') for nom in AVANCENT
                 if nom in ouvertes and ouvertes[nom] != regles.AVEC_REFERENT.get(nom)), None)


def _dire_le_tour(vue):
    """(whose turn it is, what is expected of them), before the dot of a sentence; None when nobody is waited for."""
    demande, tache = vue.demande, vue.tache
    if tache and tache.place in A_FAIRE:
        return 'À vous', _dire_ma_tache(vue)
    if demande.clos_le or tache and tache.d.acteur:
        return None if demande.clos_le else (None, 'Rien n\'est attendu de vous aujourd\'hui')
    noms, remplacent = _a_qui_le_tour(vue)
    if demande.message_le:
        return f'À {noms}', langue.mairie('répondre à la collectivité', demande.type)
    accord = next((ligne['fait'] for ligne in vue.lignes if ligne['fait'] in ('accord', 'a_recueillir')), None)
    mots = questions.dire_a_faire(demande.statut, None, demande.premier_contact_le, remplacent, accord)
    return f'À {noms}', langue.mairie(mots.partition(', ')[0], demande.type)


def _dire_ma_tache(vue):
    if vue.tache.motif == 'rappeler':
        return langue.mairie(f'faire rappeler la collectivité par {_a_qui_le_tour(vue)[0]}', vue.demande.type)
    avance = vue.tache.motif in ('receptionner', 'avancer')
    mots = langue.minuscule(vue.tache.bouton) if avance else dict(vue.tache.raisons)[vue.tache.motif]
    return mots.rstrip('\u00a0:…')


def _a_qui_le_tour(vue):
    """(their names, do they stand in for a role that nobody holds)."""
    titulaires, repreneurs = questions.qui_agit(vue.demande.statut, vue.demande.clos_le, _en_poste(vue), ())
    noms = langue.enumerer(dire_qui_agit(titulaires or repreneurs, vue.agent.id).values())
    return noms or 'l\'administration de la Plateforme', bool(repreneurs)


def _en_poste(vue):
    par_role = {'chef_de_file': [], 'referent': []}
    for place in vue.places:
        if place['role'] in par_role and place['actif']:
            par_role[place['role']].append(place['agent_id'])
    return questions.en_poste(par_role, vue.demande.direction_id, vue.demande.restreinte)


def _avant_le_contact(vue):
    """What is open; the first contact, until it is made."""
    return {nom: texte for nom, texte in vue.ouvertes.items() if nom != 'contact' or not vue.demande.premier_contact_le}


def _ou_noter_un_appel(vue, attendu):
    if 'contact' in _avant_le_contact(vue):
        return '' if attendu and attendu[0] == 'contact' else 'action=contact'
    return 'action=journal&nature=appel' if 'journal' in vue.ouvertes else ''


def les_autres(vue, attendu, cotes):
    """What « Plus » offers, of the acts that have a place there."""
    sauf = {attendu[0]} if attendu else set()
    if _promesse_proche(vue) or vue.agent.id in [c['agent_id'] for c in cotes]:
        sauf.add('cote')
    if vue.demande.clos_le or not any(place['role'] == 'associe' for place in vue.places):
        sauf.add('retirer')
    dits = {nom: geste_de(nom, vue.demande, vue.agent) for nom in GESTES if nom in vue.ouvertes}
    groupes = {groupe: [
        (f'?action={nom}' + (f'&{porte()}' if porte() else '') + '#action',
         nom not in regles.ACTIONS and geste.titre or vue.ouvertes[nom], geste.dit, geste.danger)
        for nom, geste in dits.items() if geste.groupe == groupe and nom not in sauf] for groupe in GROUPES}
    voir = langue.mairie('Voir ce que lit la collectivité', vue.demande.type)
    groupes['dossier'].append(('/mairie', voir, 'Sa page de suivi, en lecture seule', False))
    groupes['dossier'].append(('/proches', 'Demandes proches', 'Ce qui a déjà été fait pour ce besoin', False))
    if vue.demande.restreinte and vue.tenus.keys() - {'agent'}:
        groupes['dossier'].append(('/acces', 'Journal des accès', 'Qui l\'a lue hors de l\'équipe', False))
    return [(GROUPES[groupe], offerts) for groupe, offerts in groupes.items() if offerts]


def _promesse_proche(vue):
    demande = vue.demande
    return questions.promesse_proche(demande.echeance, demande.premier_contact_le, demande.date_a_tenir,
                                     langue.aujourdhui(), models.jours_fermes())


def _a_telephoner(tache):
    return bool(tache) and tache.motif == 'telephoner'


def _ecrit(vue):
    """Is a form open, the message's included?"""
    return bool(vue.formulaire) or vue.action == 'ecrire'


# ---- What waits ----

def attend(vue):
    """appel_plein: it is the call that replaces a mail, whose button is beside what failed; plie: several of them wait,
    a line each.
    """
    demande = vue.demande
    attentes = {
        'a_partir': [message for message in vue.a_partir            # its team's, and its author's: it may come back
                     if vue.tenus.keys() - {'agent'} or message['agent_id'] == vue.agent.id],
        'non_remis': lire_non_remis(vue.lignes, vue.courriels),
        'inconnues': lire_inconnues(demande) if demande.inconnue_le else (),
        'a_repondre': [ligne for ligne in vue.lignes if 'sans_reponse' in vue.ouvertes
                       and ligne['nature'] == 'message' and _attend_reponse(ligne, demande, vue.lignes)],
        'reponse_attendue': bool(demande.attente_au and not demande.clos_le),
    }
    nombre = len(attentes['a_partir']) + len(attentes['inconnues']) + sum(
        bool(attentes[nom]) for nom in ('non_remis', 'a_repondre', 'reponse_attendue'))
    return attentes | {'plie': nombre > 1, 'appel_plein': _a_telephoner(vue.tache) and not _ecrit(vue)}


def _attend_reponse(ligne, demande, lignes):
    """Is it one of the messages since the last answer, or closing? The base says whether there is any
    (demande.message_le)."""
    repondu = [autre['cree_le'] for autre in lignes if autre['nature'] == 'cloture' or autre['agent_id'] and (
        autre['nature'] in regles.REPONDENT or autre['fait'] == 'sans_reponse')]
    return bool(demande.message_le) and max([demande.clos_le or '', *repondu]) <= ligne['cree_le']


FINS = {'issue': regles.ISSUES, 'reponse': regles.REPONSES, 'ecart': regles.ECARTS}


def avec_l_acte(message):
    """What leaves, or did not (lire_a_partir); of a closing: quoi, which it is; internes, what its form says to agents
    alone.
    """
    if not message['acte']:
        return message | {'internes': ()}
    champs = json.loads(message['champs'])
    fin = next((dites[champs[nom]] for nom, dites in FINS.items() if champs.get(nom)), '')
    bouton = next(t.bouton for t in regles.TRANSITIONS if t.action == message['acte']).removesuffix('…')
    return message | {'quoi': f'{bouton}\u00a0: {fin}' if fin else bouton,
                      'internes': textes_restants(message['acte'], champs, ('texte_final',))}


# ---- Writing ----

def ecrire(vue):
    """Its two forms, the note and the message; ecrit: the one that is shown; faute: of the files that come back."""
    action = vue.action if vue.action in FICHIERS else FICHIERS[0]
    montrees = {nom: _valeurs_ecrites(vue.demande, nom, vue.saisies if nom == action else {}) for nom in FICHIERS}
    return {
        'ecrit': action, 'faute': montrees[action][1],
        'a_ecrire': {nom: champs_de(nom, vue.demande, {}) for nom in FICHIERS},
        'ecrites': {nom: valeurs for nom, (valeurs, _) in montrees.items()},
        'a_qui': a_qui(vue.demande),
        'signe': f'{vue.agent.nom_complet}, {vue.agent.direction.structure.nom}',
        'referent_averti': not vue.tenus.keys() & {'administrateur', 'chef_de_file', 'referent'}
                           and any(place['role'] == 'referent' for place in vue.places),
        'champs_a_remplir': A_REMPLIR,
        'textes': textes_types.lisibles_par(vue.agent) if A_REMPLIR.keys() & vue.ouvertes.keys() else (),
    }


def _valeurs_ecrites(demande, nom, saisies):
    """What the form of the journal, or of a message, shows, its files that the consigne keeps; and what to say of the
    others. saisies: what was sent with this form, {} when it was not: neither text nor file goes from one to the other.
    """
    geste = GESTES[nom]
    lieu, contenu = casier(demande, request.agent, saisies or geste.initiales(demande), nom)
    valeurs = {c.nom: contenu.get(c.nom, '') for c in geste.champs} | {'cle': contenu['cle'], 'pieces': ''}
    if not saisies:
        return valeurs, ''
    valeurs['pieces'], faute = consigne.rendre(lieu, contenu, f'/espace/demandes/{demande.numero}/{nom}')
    return valeurs, faute


def a_qui(demande):
    return demande.a_rappeler or langue.mairie('la collectivité', demande.type)


# ---- The thread, the steps, the réunions, the end ----

# Of the thread: the statuts, folded between two lines; how many lines are shown at first.
MUETTES = ('statut', 'depot')
LIGNES = 30
RETENUES = {
    'mairie': ('Avec la collectivité', lambda ligne: ligne['nature'] in {*regles.PUBLIQUES, *regles.REPONDENT}),
    'documents': ('Documents', lambda ligne: ligne['pieces']),
}


def fil(vue):
    """choix: [(what the address says, its words, how many)]; suites: [(are they mute, lines)]; reste: not shown."""
    lettre = lettres.envoyee(vue.demande, a_elle=False) if vue.demande.a_lettre else None
    filtre = parametre('fil') if parametre('fil') in RETENUES else ''
    par_filtre = {cle: [ligne for ligne in vue.lignes if retient(ligne)] for cle, (_, retient) in RETENUES.items()}
    lignes = par_filtre[filtre] if filtre else vue.lignes
    premieres = lignes if parametre('entier') else lignes[:LIGNES]
    for ligne in premieres:
        ligne['muette'] = ligne['nature'] in MUETTES and not ligne['pieces']
    suites = [(muettes, list(suite)) for muettes, suite in itertools.groupby(premieres, lambda ligne: ligne['muette'])]
    choix = [('', 'Tout', 0), *((cle, langue.mairie(mots, vue.demande.type), len(par_filtre[cle]))
                                for cle, (mots, _) in RETENUES.items() if par_filtre[cle])]
    return {'suites': suites, 'reste': len(lignes) - len(premieres), 'montre': filtre,
            'choix': choix if len(choix) > 1 else (), 'lettre': lettre}


def etapes(vue):
    """The steps, late or not, and which of them this agent holds. A demande without one is not asked
    (questions.SUIVIE).
    """
    demande, jour = vue.demande, langue.aujourdhui()
    suit = not vue.tenus.keys().isdisjoint(regles.SUIVENT)
    prevues = jalons.lire(demande.numero) if demande.a_jalons else []
    for etape in prevues:
        etape['a_moi'] = suit or etape['agent_id'] in vue.agent.identites
        etape['passee'] = not etape['fait_le'] and bool(etape['pour_le']) and etape['pour_le'] < jour
    return {'liste': prevues}


def reunions(vue):
    return {'liste': lire_reunions(vue.demande) if vue.demande.a_reunions else (),
            'en_equipe': not vue.tenus.keys().isdisjoint(regles.ROLES.keys() - {'administrateur'})}


def fin(vue):
    """How it ended, and what the collectivité thinks of it."""
    demande, avis = vue.demande, evaluation.lisible(vue.demande, vue.tenus)
    return {'issue': dire_issue(demande), 'ampleur': regles.AMPLEURS.get(demande.ampleur, ''),
            'suite': lire_suite(demande, vue.agent), 'phrase': clotures.dire_fin(demande),
            'au_journal': clotures.ligne_de_cloture(vue.lignes),
            'avis': avis, 'dites': evaluation.dire(avis) if avis else ()}


# ---- The team, the facts, the files, the other demandes ----

def equipe(vue):
    """gens: [(the place, all that the same person is in the team)]; a place without a person is alone."""
    gens = {}
    for place in vue.places:
        gens.setdefault(place['agent_id'] or ('place', place['id']), []).append(place)
    return {'gens': [(siennes[0], list(dict.fromkeys(p['libelle'] for p in siennes))) for siennes in gens.values()],
            'courriels': vue.courriels}


def faits(vue):
    """adhesions: those that are not « non », or all of them when the fiche is kept for members."""
    demande = vue.demande
    reservee = bool(demande.fiche_id and demande.fiche.adherents_de_id)
    adhesions = lire_adhesions(demande.collectivite_id, {place['structure_id'] for place in vue.places})
    return {'communes': lire_communes(demande), 'remplacement': perimetre.dire(demande.collectivite_id),
            'adhesions': [(sigle, etat) for sigle, etat in adhesions if reservee or etat != 'non'],
            'autres': [(c.libelle, dire_colonne(c, demande)) for c in MONTREES if getattr(demande, c.nom)],
            'exemplaire': exemplaire(demande, vue.agent)}


def exemplaire(demande, agent):
    """The projet exemplaire of a demande: {contenu: it, if there is one, lisible: may this agent open it}; None when
    there is none, and this agent may not make one.
    """
    contenu = projets.projet_de(demande) if demande.clos_le else None
    if contenu:
        return {'contenu': contenu, 'etat': regles.ETATS_DE_CONTENU[contenu.etat],
                'lisible': contenus.peut_lire(contenu, agent)}
    return {'contenu': None} if projets.peut_rediger(demande, agent) else None


def voisines(vue):
    return {'demandes': lire_autres(vue.demande, vue.agent, AUTRES + 1), 'montrees': AUTRES}


PANNEAUX = (appel, attend, ecrire, fil, etapes, reunions, fin, equipe, faits, voisines)


def montrer_les_panneaux(vue):
    """{panel: what its template shows}."""
    return {panneau.__name__: panneau(vue) for panneau in PANNEAUX}
