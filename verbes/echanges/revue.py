"""An import on screen: what it would do, line by line, then exactly that.

The review writes the lines as `importer` does, tells what they have changed, and is rolled back; written for good, it
is told again, and kept only if it says the same. Unlike the command, it sets aside the lines that are refused and the
departures, which have a screen of their own. A file is read outside any transaction.
"""
import hashlib
import json
from collections import namedtuple

from models import Refus, administrateurs, db, ecriture, lire_agents
from langue import dire_nombre

from verbes.administration.departs import ce_que_tient, dire_ce_que_tient
from verbes.comptes import inviter_s_il_le_faut
from verbes.journal import empreinte
from verbes.perimetre import dire_fusions
from .colonnes import CODAGES, SEPARATEURS, Faute, deviner, lire_fichier, lire_rangees, sans_refus
from .exports import photographier
from .imports import AJOUTE, INCHANGE, MODIFIE, controler, ecrire

LIGNES_MAX = 5_000                                                  # that are read again on a screen
SORTS = ('refuse', 'a_part', 'cree', 'modifie', 'inchange')         # in the order of the page
ETATS = {AJOUTE: 'cree', MODIFIE: 'modifie', INCHANGE: 'inchange'}

# rangees: {number of a line: its cells, as they are}; entete: the names of its columns.
Fichier = namedtuple('Fichier', 'quoi octets forme entete rangees lignes fautes')
# Of a line: what became of it (SORTS), its cells by column, the Fautes or what keeps it aside; the columns that change,
# as the base says them ({} of what it does not have) and as it will; the account to hand over, if it is one.
Vue = namedtuple('Vue', 'ligne sort cellules fautes avant apres depart')
Depart = namedtuple('Depart', 'agent direction')                    # ids; direction: where they go, None for a closing
# arrives: the ids of the accounts that it creates or reopens; avis: sentences about the file as a whole.
Revue = namedtuple('Revue', 'vues empreinte arrives avis')


# ======================================================================================
# The file
# ======================================================================================

def ouvrir(quoi, octets):
    """Read a file: its Fichier. fautes of a line that it does not have say that nothing of it can be read (illisible).
    """
    nombre = max(octets.count(b'\n'), octets.count(b'\r'))
    if nombre > LIGNES_MAX + 1:
        raise Refus(f'Ce fichier a {dire_nombre(nombre)} lignes\u00a0: {dire_nombre(LIGNES_MAX)} au plus se relisent '
                    'ici. Découpez-le, ou employez la commande «\u00a0importer\u00a0».')
    forme = deviner(octets)
    lignes, fautes = lire_fichier(quoi, octets, forme=forme)
    if not lignes:
        return Fichier(quoi, octets, forme, (), {}, lignes, fautes)
    (_, entete), *rangees = lire_rangees(octets, [], forme)
    return Fichier(quoi, octets, forme, entete, dict(rangees), lignes, fautes)


def illisible(fichier):
    """The Fautes for which nothing of a file can be proposed."""
    connues = {ligne.numero for ligne in fichier.lignes}
    return [faute for faute in fichier.fautes if faute.ligne not in connues]


def dire_forme(forme):
    return f'{CODAGES[forme.codage]}, séparateur {SEPARATEURS[forme.separateur]}'


def lignes_refusees(fichier, revue):
    """(columns, rows) of the lines that are refused or set aside, as they came, with why: to be corrected and sent."""
    (_, colonnes), *rangees = sans_refus([(1, fichier.entete), *fichier.rangees.items()])
    pourquoi = {vue.ligne: ' '.join(faute.raison for faute in vue.fautes) for vue in revue.vues if vue.fautes}
    return [*colonnes, 'refus'], [[*cellules, pourquoi[n]] for n, cellules in rangees if n in pourquoi]


# ======================================================================================
# The review, and the writing of it
# ======================================================================================

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
    avant = photographier(quoi)
    etats, _ = ecrire(quoi, bonnes, par)
    apres = photographier(quoi)
    vues = [_voir(ligne, etats, avant, apres, refus, departs, fichier) for ligne in fichier.lignes]
    vues.sort(key=lambda vue: (SORTS.index(vue.sort), vue.ligne))
    arrives = [ligne.liens['rang'] for ligne in bonnes if quoi == 'agents' and ligne.v['actif']
               and avant.get(ligne.liens['rang'], {}).get('actif') != 'oui']
    avis = dire_fusions([ligne.v for ligne in bonnes]) if quoi == 'collectivites' else ()
    montre = [quoi, hashlib.sha256(fichier.octets).hexdigest(), vues]
    return Revue(vues, empreinte(montre), arrives, avis)


def _trier(quoi, lignes, fautes):
    """(the lines that stand without the others, {number: [Faute]} of the others).

    A line may lean on one that is refused: what stays is checked again until nothing falls.
    """
    refus, restent = {}, lignes
    trouvees = {*fautes, *controler(quoi, lignes, {faute.ligne for faute in fautes})}
    while trouvees:
        for faute in sorted(trouvees):
            refus.setdefault(faute.ligne, []).append(faute)
        restent = [ligne for ligne in restent if ligne.numero not in refus]
        trouvees = set(controler(quoi, restent))
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
        dites = _ce_qui_retient(agent, ferme) if ferme or vers != agent.direction_id else []
        if seul and agent.administrateur and agent.id in demis:
            raisons.append(Faute(ligne.numero, 'administrateur', SEUL))
        elif dites:
            departs[ligne.numero] = Depart(agent.id, None if ferme else vers)
            raisons += [Faute(ligne.numero, 'actif' if ferme else 'direction', dite) for dite in dites]
    return departs, raisons


def _ce_qui_retient(agent, ferme):
    """Sentences; who is moved goes on standing in for the chefs de file, of another direction."""
    tenu = ce_que_tient(agent)
    dites = [f'Tient encore\u00a0: {dite}.' for dite in
             dire_ce_que_tient(tenu if ferme else tenu._replace(direction=''))]
    return ['A les droits d\'administrateur.', *dites] if ferme and agent.administrateur else dites


def _voir(ligne, etats, avant, apres, refus, departs, fichier):
    cellules = dict(zip((nom.strip() for nom in fichier.entete), fichier.rangees[ligne.numero]))
    depart = departs.get(ligne.numero)
    if ligne.numero in refus:
        sort = 'a_part' if depart else 'refuse'
        return Vue(ligne.numero, sort, cellules, refus[ligne.numero], {}, {}, depart)
    sort, rang = ETATS[etats[ligne.numero]], ligne.liens['rang']
    dit, sera = avant.get(rang, {}), apres[rang]
    changes = [nom for nom, cellule in sera.items() if dit.get(nom, '') != cellule] if sort != 'inchange' else []
    return Vue(ligne.numero, sort, cellules, (), {nom: dit[nom] for nom in changes if dit},
               {nom: sera[nom] for nom in changes}, None)
