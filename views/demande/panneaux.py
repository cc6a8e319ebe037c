"""What the page of a demande shows: panels, each a question here and a template of its name (demande/dossier/).

They are asked of a Vue: what several of them read, once.
"""
import json
from collections import namedtuple
from urllib.parse import urlencode

import models
import langue
from verbes import perimetre, questions, regles
from verbes.colonnes import DEMANDE
from verbes.contenus import contenus, projets
from verbes.demande import clotures, jalons, lettres, liste, textes_types
from verbes.pilotage import evaluation
from views import consigne, parametre, request, tenter
from views.criteres import de_la_journee, lire_liste, suivre_la_liste
from views.lectures import (
    dire_colonne, dire_issue, dire_origine, lire_adhesions, lire_autres, lire_communes, lire_cotes, lire_doublons,
    lire_inconnues, lire_non_remis, lire_reunions, lire_suite)

from .geste import casier
from .gestes import FICHIERS, GESTES, textes_restants

# saisies: what was sent with the note or the message, {} when it was with another form; tenus: {role: in whose name};
# ouvertes: {act: its button}; equipe: by structure, places: a row each; lignes: of the journal; tache: of this agent.
Vue = namedtuple('Vue', (
    'demande', 'agent', 'action', 'saisies', 'tenus', 'ouvertes', 'formulaire', 'equipe', 'places', 'lignes',
    'courriels', 'pieces', 'a_partir', 'tache'))
A_REMPLIR = {nom: geste.texte for nom, geste in GESTES.items() if geste.texte}  # by a text kept ready
MONTREES = [colonne for colonne in DEMANDE if colonne.montree]
AUTRES = 6                                                          # other demandes of the collectivité that are shown


# ======================================================================================
# What it is, whom to call, until when, what may be done
# ======================================================================================

def appel(vue):
    """boutons: [(action, text, style)] of the bar."""
    demande, fermes = vue.demande, models.jours_fermes()
    return {
        'place': situer(demande, vue.agent),
        'echeance': langue.dire_echeance(demande.echeance, demande.premier_contact_le, demande.clos_le, fermes=fermes),
        'origine': dire_origine(demande, vue.places),
        'peut_attendre': not questions.promesse_proche(
            demande.echeance, demande.premier_contact_le, demande.date_a_tenir, langue.aujourdhui(), fermes),
        'cotes': lire_cotes(demande) if set(vue.tenus) - {'agent'} else [],
        'imprime_le': langue.maintenant(),
        'doublons': lire_doublons(demande, vue.agent),
        'boutons': boutons(vue),
        'contacts': [ligne for ligne in vue.lignes if ligne['nature'] == 'contact'],
    }


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


def boutons(vue):
    """The transitions, and the first contact; the act that the day of this person asks for first, and full unless a
    form is open.
    """
    ouvertes, tache = vue.ouvertes, vue.tache
    actions = [a for a in ouvertes if a in regles.ACTIONS]
    if 'contact' in ouvertes and not vue.demande.premier_contact_le:
        rang = 1 if actions[:1] == ['receptionner'] else 0
        actions.insert(rang, 'contact')
    attendu = tache.acte if tache and tache.acte in ouvertes and not _a_telephoner(tache) else ''
    if attendu:
        actions = [attendu, *(a for a in actions if a != attendu)]
    plein = '' if _ecrit(vue) else attendu
    return [(a, tache.bouton if a == attendu else ouvertes[a], _style(a, plein)) for a in actions]


def _style(action, plein):
    if GESTES[action].danger:
        return 'danger'
    return '' if action == plein else 'second'


def _a_telephoner(tache):
    return bool(tache) and tache.motif == 'telephoner'


def _ecrit(vue):
    """Is a form open, the message's included?"""
    return bool(vue.formulaire) or vue.action == 'ecrire'


# ======================================================================================
# What waits
# ======================================================================================

def attend(vue):
    """appel_plein: it is the call that replaces a mail, whose button is beside what failed."""
    return {
        'a_partir': vue.a_partir,
        'non_remis': lire_non_remis(vue.lignes, vue.courriels),
        'appel_plein': _a_telephoner(vue.tache) and not _ecrit(vue),
        'inconnues': lire_inconnues(vue.demande) if vue.demande.inconnue_le else (),
        'a_repondre': [ligne for ligne in vue.lignes
                       if ligne['nature'] == 'message' and _attend_reponse(ligne, vue.demande, vue.lignes)],
    }


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


# ======================================================================================
# Writing
# ======================================================================================

def ecrire(vue):
    """Its two forms, the note and the message; ecrit: the one that is shown; faute: of the files that come back."""
    action = vue.action if vue.action in FICHIERS else FICHIERS[0]
    montrees = {nom: _valeurs_ecrites(vue.demande, nom, vue.saisies if nom == action else {}) for nom in FICHIERS}
    return {
        'ecrit': action, 'faute': montrees[action][1],
        'a_ecrire': {nom: GESTES[nom].champs for nom in FICHIERS},
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
    return demande.a_rappeler or 'la collectivité'


# ======================================================================================
# The thread, the steps, the réunions, the end
# ======================================================================================

def fil(vue):
    lettre = lettres.envoyee(vue.demande, a_elle=False) if vue.demande.a_lettre else None
    return {'lignes': vue.lignes, 'lettre': lettre}


def etapes(vue):
    """The steps, late or not, and which of them this agent holds; the one just moved keeps the focus. A demande without
    one is not asked (questions.SUIVIE).
    """
    demande, jour = vue.demande, langue.aujourdhui()
    suit = not vue.tenus.keys().isdisjoint(regles.SUIVENT)
    prevues = jalons.lire(demande.numero) if demande.a_jalons else []
    for etape in prevues:
        etape['a_moi'] = suit or etape['agent_id'] in vue.agent.identites
        etape['passee'] = not etape['fait_le'] and bool(etape['pour_le']) and etape['pour_le'] < jour
    fiche = demande.fiche if demande.fiche_id and not demande.clos_le else None
    return {'liste': prevues, 'deplacee': parametre('jalon'), 'sens': parametre('sens'),
            'a_derouler': jalons.a_proposer(fiche, [etape['quoi'] for etape in prevues])}


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


# ======================================================================================
# The team, the facts, the files, the other demandes
# ======================================================================================

def equipe(vue):
    return {'structures': vue.equipe, 'associes': [place for place in vue.places if place['role'] == 'associe'],
            'courriels': vue.courriels}


def faits(vue):
    demande = vue.demande
    return {'communes': lire_communes(demande), 'remplacement': perimetre.dire(demande.collectivite_id),
            'adhesions': lire_adhesions(demande.collectivite_id, {place['structure_id'] for place in vue.places}),
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


def pieces(vue):
    return vue.pieces


def voisines(vue):
    return {'demandes': lire_autres(vue.demande, vue.agent, AUTRES + 1), 'montrees': AUTRES}


PANNEAUX = (appel, attend, ecrire, fil, etapes, reunions, fin, equipe, faits, pieces, voisines)


def montrer_les_panneaux(vue):
    """{panel: what its template shows}."""
    return {panneau.__name__: panneau(vue) for panneau in PANNEAUX}
