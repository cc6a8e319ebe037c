"""An import on screen: what it would do, line by line, then exactly that.

The review writes the lines as `importer` does, tells what they have changed, and is rolled back; written for good, it
is told again, and kept only if it says the same. Unlike the command, it sets aside the lines that are refused and the
departures, which have a screen of their own. A file is read outside any transaction.
"""
import hashlib
import json
import re
from collections import namedtuple

import models
from models import Refus, administrateurs, db, ecriture, lire_agents
from langue import dire_nombre, normaliser

from verbes.administration.departs import ce_que_tient, dire_ce_que_tient
from verbes.comptes import inviter_s_il_le_faut
from verbes.journal import empreinte
from verbes.perimetre import dire_fusions
from . import lecture
from .colonnes import COLONNES, Faute
from .exports import photographier
from .historique import dire_du_fichier, preparer
from .imports import AJOUTE, INCHANGE, MODIFIE, controler, ecrire_lignes, interdites
from .lecture import CODAGES, REFUS, SEPARATEURS
from .lots import DEFAISABLES
from .titres import AUTRES, libelle

LIGNES_MAX = 5_000                                                  # that are read again on a screen
SORTS = ('refuse', 'a_dire', 'a_part', 'cree', 'modifie', 'inchange')         # in the order of the page
# Drawn anew, or moved by whoever writes meanwhile: neither shown nor part of what a review says.
JAMAIS_MONTREES = {'jeton', 'version', 'ligne', 'corrige'}
ETATS = {AJOUTE: 'cree', MODIFIE: 'modifie', INCHANGE: 'inchange'}

# tableau: as it came; cellules: {number of a line: {column: its cell}}; complet: of an old file (historique.Complet),
# else None; a_dire: sentences about headings that nothing recognises, nor was told of.
Fichier = namedtuple('Fichier', 'quoi octets tableau cellules lignes fautes complet a_dire')
# Of a line: what became of it (SORTS), its cells by column, the Fautes or what keeps it aside; the columns that change,
# as the base says them ({} of what it does not have) and as it will; the account to hand over, if it is one; what there
# is to know of it; the number of the demande that it may be, when somebody is to say so.
Vue = namedtuple('Vue', 'ligne sort cellules fautes avant apres depart dites doute')
Depart = namedtuple('Depart', 'agent direction')                    # ids; direction: where they go, None for a closing
# arrives: the ids of the accounts that it creates or reopens; avis: sentences about the file as a whole.
Revue = namedtuple('Revue', 'vues empreinte arrives avis')


# ---- The file ----

def ouvrir(quoi, octets, reponses=None):
    """Read a file: its Fichier. fautes of a line that it does not have say that nothing of it can be read (illisible).

    reponses: {field: what was said of it}: « colonne-3 » of a heading, or of what historique.py asks.
    """
    nombre = max(octets.count(b'\n'), octets.count(b'\r'))
    if nombre > LIGNES_MAX + 1:
        raise Refus(f'Ce fichier a {dire_nombre(nombre)} lignes\u00a0: {dire_nombre(LIGNES_MAX)} au plus se relisent '
                    'ici. Découpez-le, ou employez la commande «\u00a0importer\u00a0».')
    fautes, reponses = [], reponses or {}
    tableau = lecture.ouvrir(quoi, octets, fautes)
    noms, a_dire = _nommer(tableau, reponses)
    tableau = tableau._replace(noms=noms)
    retenu = lecture.retenir(tableau)
    if not retenu.noms:
        raise Refus('Aucun titre de colonne n\'est reconnu dans les premières lignes\u00a0: ajoutez une ligne de '
                    'titres, par exemple celle du modèle.')
    with models.lecture():
        lignes, de_plus, complet = preparer(retenu, reponses)
    lu = complet.tableau if complet else retenu
    cellules = {numero: dict(zip(lu.noms, siennes)) for numero, siennes in lu.rangees}
    return Fichier(quoi, octets, tableau, cellules, lignes, [*fautes, *de_plus], complet, a_dire)


LAISSER = '-'                                                       # what is said of a column that is left aside
A_PLUSIEURS = ('synthese',)                                         # what several columns may say together


def _nommer(tableau, reponses):
    """([the column that each heading is, '' for none], sentences about those that are to be said)."""
    possibles, noms, a_dire = noms_de(tableau.quoi), [], []
    for rang, (titre, nom) in enumerate(zip(tableau.entete, tableau.noms)):
        colonne = reponses.get(f'colonne-{rang}', nom)
        if colonne not in possibles and reponses.get('laisser_le_reste'):
            colonne = LAISSER
        if colonne not in possibles and colonne != LAISSER:
            a_dire.append(f'Dites ce qu\'est «\u00a0{titre or "(sans titre)"}\u00a0», ou laissez-la de côté.')
        elif colonne in noms and colonne not in (LAISSER, *A_PLUSIEURS):
            premiere = tableau.entete[noms.index(colonne)]
            a_dire.append(f'«\u00a0{titre}\u00a0» et «\u00a0{premiere}\u00a0» ne peuvent devenir '
                          f'ensemble «\u00a0{libelle(colonne)}\u00a0»\u00a0: laissez l\'une des deux de côté.')
        noms.append(colonne if colonne in possibles else '')
    return noms, a_dire


def noms_de(quoi):
    """{column: what it holds} of what a heading may be."""
    return {c.nom: c.dit for c in COLONNES[quoi]} | AUTRES.get(quoi, {})


def illisible(fichier):
    """The Fautes for which nothing of a file can be proposed."""
    connues = {numero for numero, _ in fichier.tableau.rangees}
    return [faute for faute in fichier.fautes if faute.ligne not in connues]


def dire_forme(forme):
    return f'{CODAGES[forme.codage]}, séparateur {SEPARATEURS[forme.separateur]}'


def lignes_refusees(fichier, revue):
    """(columns, rows) of the lines that are refused or set aside, as they came, with why: to be corrected and sent."""
    pourquoi = {vue.ligne: ' '.join(dire_faute(faute) for faute in vue.fautes) for vue in revue.vues if vue.fautes}
    large = len(fichier.tableau.entete)
    return [*fichier.tableau.entete, REFUS], [
        [*cellules, *[''] * (large - len(cellules)), pourquoi[n]]
        for n, cellules in fichier.tableau.rangees if n in pourquoi]


def dire_faute(faute):
    """What is wrong in a line: its column, then why, which may name the columns of a key itself."""
    raison = re.sub('^.* : (?=déjà à la ligne)', '', faute.raison)
    return f'{libelle(faute.colonne)} : {raison}' if faute.colonne else raison


# ---- The review, and the writing of it ----

def relire(fichier):
    """The Revue of a file: nothing is written."""
    with ecriture(), db.atomic() as essai:
        revue = _dresser(fichier, None)
        essai.rollback()
    return revue


def ecrire_la_revue(fichier, montree, par, inviter=False):
    """Write a file as it was read again: (its Revue, True). Unless it says something else by now, the file or the base
    having changed: (the Revue of now, False), and nothing is written.
    """
    with ecriture(), db.atomic() as point:
        revue = _dresser(fichier, par)
        la_meme = revue.empreinte == montree
        if not la_meme:
            point.rollback()
        elif inviter and revue.arrives:
            inviter_s_il_le_faut(lire_agents('WHERE agent.id IN (SELECT value FROM json_each(?))',
                                             json.dumps(revue.arrives)))
    return revue, la_meme


def _dresser(fichier, par):
    quoi = fichier.quoi
    bonnes, refus = _trier(quoi, fichier.lignes, fichier.fautes)
    departs, raisons = _departs(bonnes) if quoi == 'agents' else ({}, [])
    if raisons:
        bonnes, de_plus = _trier(quoi, bonnes, raisons)
        refus |= de_plus
    demandes = {ligne.v['numero'] for ligne in bonnes} if quoi in DEFAISABLES else None
    avant = photographier(quoi, demandes)
    with db.atomic() as point:
        etats, _ = ecrire_lignes(quoi, bonnes, par)
        de_trop = interdites(quoi, bonnes, etats)
        if de_trop:
            point.rollback()
    if de_trop:
        bonnes, de_plus = _trier(quoi, bonnes, de_trop)
        refus |= de_plus
        etats, _ = ecrire_lignes(quoi, bonnes, par)
    apres = photographier(quoi, demandes)
    vues = [_voir_ligne(ligne, etats, avant, apres, refus, departs, fichier) for ligne in fichier.lignes]
    vues.sort(key=lambda vue: (SORTS.index(vue.sort), vue.ligne))
    arrives = [ligne.liens['rang'] for ligne in bonnes if quoi == 'agents' and ligne.v['actif']
               and avant.get(ligne.liens['rang'], {}).get('actif') != 'oui']
    avis = _avis(fichier, bonnes, etats)
    montre = [quoi, hashlib.sha256(fichier.octets).hexdigest(), vues]
    return Revue(vues, empreinte(montre), arrives, avis)


def _avis(fichier, bonnes, etats):
    """Sentences about the file as a whole, whose good lines are in the base."""
    if fichier.complet:
        return dire_du_fichier(fichier.complet, [numero for numero, etat in etats.items() if etat != INCHANGE])
    if fichier.quoi == 'collectivites':
        return dire_fusions([ligne.v for ligne in bonnes])
    return _homonymes({ligne.v['courriel'] for ligne in bonnes}) if fichier.quoi == 'agents' else ()


def _homonymes(courriels):
    """The names that one of these accounts shares with another."""
    par_nom = {}
    for agent in lire_agents('ORDER BY agent.courriel'):
        par_nom.setdefault(normaliser(agent.nom_complet), []).append(agent)
    return [f'Plusieurs comptes ont le même nom, {agents[0].nom_complet}\u00a0: '
            f'{", ".join(agent.courriel for agent in agents)}.'
            for agents in par_nom.values() if len(agents) > 1 and courriels & {agent.courriel for agent in agents}]


def _trier(quoi, lignes, fautes):
    """(the lines that stand without the others, {number: [Faute]} of the others).

    A line may lean on one that is refused: what stays is checked again until nothing falls.
    """
    refus, restent = {}, lignes
    fautes = {*fautes, *controler(quoi, lignes, {faute.ligne for faute in fautes})}
    while fautes:
        for faute in sorted(fautes):
            refus.setdefault(faute.ligne, []).append(faute)
        restent = [ligne for ligne in restent if ligne.numero not in refus]
        fautes = set(controler(quoi, restent))
    return restent, refus


SEUL = 'C\'est le dernier administrateur\u00a0: donnez d\'abord ce rôle à quelqu\'un d\'autre.'


def _departs(lignes):
    """({number: Depart}, [Faute]) of the lines that would close or move an account that holds something, or leave no
    administrateur: those are not written here.
    """
    comptes = {agent.id: agent for agent in lire_agents('WHERE actif')}
    touches = [(ligne, comptes[ligne.liens['courriel'].id]) for ligne in lignes
               if ligne.liens['courriel'] and ligne.liens['courriel'].id in comptes]
    demis = {agent.id for ligne, agent in touches if not (ligne.v['actif'] and ligne.v['administrateur'])}
    seul = not {admin.id for admin in administrateurs() if admin.ouvert_le} - demis
    departs, raisons = {}, []
    for ligne, agent in touches:
        ferme, vers = not ligne.v['actif'], ligne.liens['direction'].id
        phrases = _ce_qui_retient(agent, ferme) if ferme or vers != agent.direction_id else []
        if seul and agent.administrateur and agent.id in demis:
            raisons.append(Faute(ligne.numero, 'administrateur', SEUL))
        elif phrases:
            departs[ligne.numero] = Depart(agent.id, None if ferme else vers)
            raisons += [Faute(ligne.numero, 'actif' if ferme else 'direction', dite) for dite in phrases]
    return departs, raisons


def _ce_qui_retient(agent, ferme):
    """Sentences; who is moved goes on standing in for the chefs de file, of another direction."""
    tenu = ce_que_tient(agent)
    dites = [f'Tient encore\u00a0: {dite}.' for dite in
             dire_ce_que_tient(tenu if ferme else tenu._replace(direction=''))]
    return ['A les droits d\'administrateur.', *dites] if ferme and agent.administrateur else dites


def _voir_ligne(ligne, etats, avant, apres, refus, departs, fichier):
    cellules = fichier.cellules.get(ligne.numero, {})
    remarques = fichier.complet.dites.get(ligne.numero, ()) if fichier.complet else ()
    depart, doute = departs.get(ligne.numero), fichier.complet and fichier.complet.doutes.get(ligne.numero)
    if ligne.numero in refus:
        sort = 'a_part' if depart else 'a_dire' if doute else 'refuse'
        return Vue(ligne.numero, sort, cellules, refus[ligne.numero], {}, {}, depart, (), doute)
    sort, rang = ETATS[etats[ligne.numero]], ligne.liens['rang']
    base, suite = avant.get(rang, {}), apres[rang]
    changes = [nom for nom, cellule in suite.items() if nom not in JAMAIS_MONTREES and base.get(nom, '') != cellule]
    changes = changes if sort != 'inchange' else []
    return Vue(ligne.numero, sort, cellules, (), {nom: base[nom] for nom in changes if base},
               {nom: suite[nom] for nom in changes}, None, remarques, None)
