"""The CSV imports: what depends on the base (colonnes.py says what a file holds, and reads it).

What a file names is checked and written in one short transaction, so an import runs beside a serving process.
All or nothing: with one Faute nothing is written. No import sends a mail. Nothing here knows of HTTP.
"""
import functools
import secrets
from collections import Counter, namedtuple

import models
import langue
from models import (
    Adhesion, Agent, Collectivite, Demande, Direction, Fiche, Journal, Refus, Structure, Theme, db, lire_agents)

from verbes import perimetre, regles
from verbes.administration.departs import dire_ce_que_tient, exiger_un_autre_administrateur, fermer
from verbes.comptes import dire_les_droits
from verbes.demande.cycle import courriel_inconnu, promesse_de, restreinte_d_office
from verbes.demande.jalons import suivre_la_colonne
from verbes.etiquettes import lire_place
from verbes.journal import auditer, fait_d_apres
from verbes.regles import ECARTS, FAITS, ISSUES, PUBLIQUES, QUI, REPONSES, STATUTS
from . import lots
from .colonnes import CLES, COLONNES, GENRES, OBLIGATOIRE, Faute, court
from .historique import dire_du_fichier, preparer
from .lecture import ouvrir, suivre
from .references import (
    LIENS, Base, auteur, cherche, collectivite_connue, compte, dire_connue, dire_le_doute, garde_son_nom,
    repere_siren, sql, titre_connu)
from .reprises import dire_la_reprise

# departs: of each account that the file closes, what it still holds, in a sentence.
# avis: of a file of collectivités, the mergers it lets guess, in sentences.
Bilan = namedtuple('Bilan', 'ajoutes modifies inchanges fautes departs avis', defaults=((), ()))

# ---- Coherence: what the cells of a line must say together ----

def _issues(v):
    """The issues that go with the statut of a line."""
    if v['statut'] == 'termine':
        return ISSUES | ECARTS
    if v['statut'] == 'rejete' and v['clos_le']:
        return REPONSES
    return ('',)


def _titre_pris(v, b):
    """Would two fiches of one theme be published under the same title?"""
    if v['etat'] != 'publiee':
        return False
    fiche = titre_connu(v['titre'], v, b)
    homonymes = [f for f in b['fiche'].get(v['theme'], {}).values() if f.titre == v['titre'] and f.publiee]
    return b['publiees'][v['theme'], v['titre']] > 1 or any(f is not fiche for f in homonymes)


def _insee_pris(v, b):
    """Has another collectivité this code? One that is replaced keeps its own beside the one that took it."""
    collectivite = collectivite_connue(v, b)
    remplacee = v.get('remplacee_par') or (collectivite and collectivite.remplacee_par_id)
    porteuse = b['insee'].get(v['insee'])
    inchange = collectivite and collectivite.insee == v['insee']
    return porteuse and not remplacee and not inchange and (porteuse.siren or porteuse.insee) not in b['remplacees']


def _effectif(v):
    return len(v['chefs_de_file']) + bool(v['referent']) + len(v['associes'])


def _meme_ligne(v, b):
    """What the base has of a line of the journal, among those of the same words: (id, who, day of the act), or None."""
    mots = tuple(v[c] for c in CLES['journal'][:5])
    rang = b['semblables'][mots]
    b['semblables'][mots] += 1
    return (b['journal'].get(mots, [])[rang:] or [None])[0]


def _autrement_ecrite(v, b):
    """Has the journal this line already, by someone else or of another day?"""
    connue, agent = _meme_ligne(v, b), auteur(v['auteur'], v, b)
    return connue and connue[1:] != (agent.id if agent else v['auteur'], v['acte_le'])


def _corrige_autre_chose(v, b):
    """A correction is of a line above it, of the same demande."""
    corrigee = b['numerotees'].get(v.get('corrige'))
    return v.get('corrige') and not (
        corrigee and corrigee.v.get('numero') == v['numero'] and v['corrige'] < (v.get('ligne') or 0))


def _change_de_genre(v, b):
    """Would this line make a lecteur of an agent, or the reverse?"""
    connu = compte(v['courriel'], v, b)
    return connu and 'lecteur_au' in v and bool(connu.lecteur_au) != bool(v['lecteur_au'])


def _lecteur_sans_accord(v, b):
    return v.get('lecteur_au') and not b['accord'] and not compte(v['courriel'], v, b)


# (column, is it wrong?, reason); v: the values of the line, without any other fault; b: the base.
COHERENCE = {
    'structures': (
        ('fermee_le', lambda v, b: v.get('fermee_le') and (v['structure'], v['direction']) in b['tenues'],
         "Des comptes, des fiches ou des demandes ouvertes en dépendent : fermez-la à l'écran, avec la direction qui "
         'prend la suite.'),
    ),
    'agents': (
        ('direction', lambda v, b: v['actif'] and b['direction'][v['structure']][v['direction']].fermee_le,
         'Cette direction a fermé : donnez celle qui prend la suite.'),
        ('lecteur_au', lambda v, b: v.get('lecteur_au') and (v['administrateur'] or v['pilote'] or v.get('expert')),
         "Un lecteur ne fait que lire : ni administrateur, ni pilote, ni expert. Corrigez l'un ou l'autre."),
        ('lecteur_au', _change_de_genre,
         "Un compte d'agent ne devient pas celui d'un lecteur, ni l'inverse : créez-en un autre, à une autre adresse."),
        ('lecteur_au', _lecteur_sans_accord,
         "L'accord du comité de suivi n'est pas daté : datez-le d'abord (Administration, Reste à régler)."),
    ),
    'catalogue': (
        ('direction', lambda v, b: v['etat'] == 'publiee'
         and b['direction'][v['structure']][v['direction']].fermee_le,
         'Cette direction a fermé : donnez celle qui prend la suite.'),
        ('titre', _titre_pris,
         'Une autre fiche publiée de ce thème a déjà ce titre : archivez-la, ou renommez-la, d\'abord.'),
        ('co_chefs', lambda v, b: v['chef_de_file'] in v['co_chefs'],
         "Le chef de file n'est pas aussi co-chef : retirez-le."),
    ),
    'collectivites': (
        ('siren', lambda v, b: not v['siren'] and not (v['insee'] and v.get('acte_le')),
         f'{OBLIGATOIRE[:-1]}, ou, d\'une commune nouvelle qui n\'en a pas encore, son code INSEE et acte_le.'),
        ('insee', lambda v, b: v['type'] == 'Commune' and not v['insee'],
         'Une commune a un code INSEE : complétez.'),
        ('insee', _insee_pris, "Ce code INSEE est déjà celui d'un autre SIREN de la base : si la seconde a remplacé "
         "la première, enregistrez d'abord la fusion, ou la commune nouvelle (Administration, Collectivités), ou "
         'remplissez remplacee_par.'),
        ('remplacee_par', lambda v, b: v.get('remplacee_par') == repere_siren(v),
         'Une collectivité ne se remplace pas elle-même : corrigez.'),
        ('doublon', lambda v, b: v.get('doublon') and not v.get('remplacee_par'),
         'Un SIREN ne sert deux fois que si une autre remplace la première : indiquez laquelle, ou videz la cellule.'),
        ('epci_siren', lambda v, b: v['epci_siren'] and v['epci_siren'] == v['siren'],
         "Une intercommunalité n'est pas la sienne : videz cette cellule."),
        ('epci_le', lambda v, b: v.get('epci_suivant_siren') and not v.get('epci_le'),
         "Indiquez le jour où elle change d'intercommunalité."),
    ),
    'adhesions': (
        ('jusqu_au', lambda v, b: v['depuis'] and v['jusqu_au'] and v['jusqu_au'] < v['depuis'],
         "L'adhésion finit avant de commencer : corrigez l'une des dates."),
    ),
    'demandes': (
        ('fiche', lambda v, b: v['fiche'] and not v['theme'],
         'Indiquez aussi le thème de cette fiche.'),
        ('clos_le',
         lambda v, b: v['statut'] != 'rejete' and bool(v['clos_le']) != (v['statut'] in ('termine', 'abandonne')),
         "Une demande terminée ou abandonnée a une date de clôture, une demande ouverte n'en a pas : "
         'corrigez la date ou le statut.'),
        ('clos_le', lambda v, b: v['clos_le'] and v['clos_le'] < v['depose_le'],
         "La clôture est avant le dépôt : corrigez l'une des dates."),
        ('issue', lambda v, b: v['issue'] not in _issues(v),
         f"L'issue ne va pas avec ce statut : {' ou '.join(ISSUES | ECARTS)} pour termine ; "
         f"{' ou '.join(REPONSES)} pour rejete et clos ; vide sinon."),
        ('organisme', lambda v, b: v['organisme'] and v['issue'] not in ('reorientee', 'redirige'),
         "Les issues « reorientee » et « redirige », et elles seules, ont un organisme."),
        ('organisme', lambda v, b: v['issue'] == 'reorientee' and not v['organisme'],
         "L'issue « reorientee » a un organisme."),
        ('transmission', lambda v, b: v.get('transmission') and v['issue'] not in ('reorientee', 'redirige'),
         "Les issues « reorientee » et « redirige », et elles seules, disent qui saisit l'organisme."),
        ('transmise_le', lambda v, b: v.get('transmise_le') and v.get('transmission') != 'nous',
         "Cette date va avec la transmission « nous »."),
        ('doublon_de', lambda v, b: bool(v.get('doublon_de')) != (v['issue'] == 'doublon'),
         "L'issue « doublon », et elle seule, a le numéro d'une autre demande."),
        ('doublon_de', lambda v, b: v.get('doublon_de') == v['numero']
         or v.get('doublon_de') and v['doublon_de'] not in b['numeros'],
         "Ce n'est pas le numéro d'une autre demande de ce fichier ou de la base."),
        ('chefs_de_file', lambda v, b: QUI[v['statut']].qui == 'chef_de_file' and not v['chefs_de_file'],
         'À ce statut, il faut un chef de file.'),
        ('referent', lambda v, b: QUI[v['statut']].qui == 'referent' and not v['referent'],
         'À ce statut, il faut un expert référent.'),
        *((c, lambda v, b, c=c: bool(v[c]) != (v['origine'] == 'direct'),
           'Cette colonne est remplie pour les demandes reçues en direct, et seulement pour elles.')
          for c in ('saisie_par', 'recue_le', 'voie')),
        ('echeance', lambda v, b: v['origine'] == 'direct' and v['echeance'],
         "Une demande reçue en direct n'a pas d'échéance : videz la cellule."),
        ('communes', lambda v, b: v['communes'] and v['type'] == 'Commune',
         'Seule une intercommunalité nomme des communes : videz la cellule.'),
        ('rappel_nom', lambda v, b: not v['rappel_nom'] and (v['rappel_prenom'] or v['rappel_fonction']),
         'Nommez aussi la personne à rappeler.'),
        ('courriel', lambda v, b: not (v['clos_le'] or v['courriel'] or v['telephone']),
         'Une demande ouverte a un courriel ou un téléphone.'),
        ('etape', lambda v, b: v.get('etape') not in (None, 1, 2, 3, 4), 'Une étape va de 1 à 4.'),
        ('direction_en_charge', lambda v, b: v.get('direction_en_charge') and not v.get('structure_en_charge'),
         'Indiquez aussi la structure de cette direction.'),
        ('equipe_depuis', lambda v, b: v.get('equipe_depuis') and len(v['equipe_depuis']) != _effectif(v),
         "Il faut autant de dates que de membres de l'équipe, ou aucune."),
        ('rappele', lambda v, b: bool(v.get('rappele')) != bool(v.get('rappele_le')),
         'Une réponse a sa date, et une date sa réponse : remplissez les deux cellules, ou aucune.'),
        ('jeton', lambda v, b: b['jeton'].get(v.get('jeton'), v['numero']) != v['numero'],
         "Ce lien de suivi est déjà celui d'une autre demande."),
    ),
    'journal': (
        ('statut', lambda v, b: bool(v['statut']) != (v['nature'] == 'statut'),
         'La nature « statut », et elle seule, a un statut.'),
        ('texte', lambda v, b: not v['texte'] and v['nature'] not in ('depot', 'statut'),
         'Une ligne de cette nature a un texte : complétez.'),
        ('fait', lambda v, b: v.get('fait') and FAITS[v['fait']][0] != v['nature'],
         "Une ligne de cette nature ne dit pas cela : corrigez, ou videz la cellule."),
        ('moyen', lambda v, b: v.get('moyen') and v['nature'] not in ('contact', 'message'),
         'Seule une ligne de nature « contact » ou « message » a un moyen.'),
        ('corrige', _corrige_autre_chose,
         'La ligne corrigée est plus haut dans ce fichier, de la même demande, et les deux ont un numéro de ligne.'),
        ('texte', _autrement_ecrite,
         'Le journal, qui ne se modifie pas, a déjà cette ligne avec un autre auteur '
         "ou une autre date d'acte : reprenez-les."),
    ),
}


# ---- Checking against the base, writing ----

AJOUTE, MODIFIE, INCHANGE = range(3)                                # the state of a line is the smallest of its parts


def appliquer(quoi, lignes, fautes, progres=None, reprise=True):
    """Check the lines against the base and write them, in the transaction of the caller, who undoes it for a Faute.

    reprise: an added demande gets a first journal line.
    """
    fautes = sorted({*fautes, *controler(quoi, lignes, {faute.ligne for faute in fautes}, reprise)})
    if fautes:
        return Bilan(0, 0, 0, fautes)
    etats, departs = ecrire_lignes(quoi, lignes, progres=progres, reprise=reprise)
    fautes = interdites(quoi, lignes, etats) if reprise else []
    if fautes:
        return Bilan(0, 0, 0, fautes)
    avis = perimetre.dire_fusions([ligne.v for ligne in lignes]) if quoi == 'collectivites' else ()
    compte = Counter(etats.values())
    return Bilan(compte[AJOUTE], compte[MODIFIE], compte[INCHANGE], [], departs, avis)


def ecrire_lignes(quoi, lignes, par=None, progres=None, reprise=True):
    """Write lines without fault: ({number of a line: its state}, a sentence of each account that is closed).

    The row that each has become is kept with it (« rang »); par: who imports, None on the command line.
    """
    defaisable = reprise and quoi in lots.DEFAISABLES
    avant = lots.photographier({ligne.v['numero'] for ligne in lignes}) if defaisable else {}
    partants = _touches(quoi, lignes, lambda v: not v['actif'])
    demis = _touches(quoi, lignes, lambda v: v['actif'] and not v['administrateur'])
    droits = dict(Agent.select(Agent.id, Agent.administrateur).tuples())
    etats = {}
    for etape in ETAPES[quoi]:
        # Read again: what the step before wrote has its id now.
        base = Base(reprise=reprise, lignes=lignes)
        for ligne in suivre(_dans_l_ordre(lignes, base), progres, len(lignes), 1):
            etats[ligne.numero] = min(etats.get(ligne.numero, INCHANGE), _ecrire_ligne(etape, ligne, base))
        for numero, mots in base['mots_neufs'].items():             # once a demande: a long journal is written again
            sql("UPDATE recherche SET journal = trim(journal || ' ' || ?) WHERE rowid = ?", ' '.join(mots), numero)
        progres = None                                              # told once, by the first step
    departs = tuple(_dire_depart(agent, fermer(agent, par)) for agent in partants)
    for agent in demis:
        exiger_un_autre_administrateur(agent)
    for agent in Agent.select().where(Agent.actif):
        if agent.administrateur != droits.get(agent.id, agent.administrateur):
            dire_les_droits(agent, agent.administrateur, par)
    compte = Counter(etats.values())
    if compte[AJOUTE] or compte[MODIFIE]:
        lot = auditer(lots.FAIT, par, f'{quoi} : {compte[AJOUTE]} ajoutés, {compte[MODIFIE]} modifiés',
                      objet=f'import:{quoi}').id
        changees = [ligne.v['numero'] for ligne in lignes if etats[ligne.numero] != INCHANGE] if defaisable else ()
        if changees:
            lots.retenir(lot, {numero: avant.get(numero) for numero in changees})
    return etats, departs


def interdites(quoi, lignes, etats):
    """The Fautes of the lines, just written, that are to be undone: what « importer tout » alone may write (regles.md
    §3), of a demande which was not imported, or what the collectivité would read of a journal.
    """
    interdit = {'demandes': MODIFIE, 'journal': AJOUTE}.get(quoi)
    candidates = [ligne for ligne in lignes if etats[ligne.numero] == interdit]
    fautes = [Faute(ligne.numero, 'numero', f"Le n° {ligne.v['numero']} est une demande "
                    f"{dire_connue(ligne.liens['numero'])}, qui n'a pas été importée : donnez un autre numéro.")
              for ligne in candidates if ligne.liens['numero'] and not ligne.liens['numero'].importee]
    fautes += [Faute(ligne.numero, 'numero', dire_le_doute(ligne.v['numero'], ligne.liens['numero']))
               for ligne in candidates if ligne.v.get('doute')]
    return fautes + [
        Faute(ligne.numero, 'nature', 'La collectivité lirait cette ligne sur son lien de suivi : écrivez une autre '
              'nature, par exemple note.') for ligne in candidates if ligne.v.get('nature') in PUBLIQUES]


def _touches(quoi, lignes, ainsi):
    """The Agents, as they are before anything is written, of whose account a file of agents says so."""
    if quoi != 'agents':
        return []
    touches = {ligne.liens['courriel'].id for ligne in lignes if ligne.liens['courriel'] and ainsi(ligne.v)}
    return [agent for agent in lire_agents('WHERE actif ORDER BY agent.id') if agent.id in touches]


def _dire_depart(agent, tenu):
    tient = ' ; '.join(dire_ce_que_tient(tenu))
    suite = f'tient encore : {tient}' if tient else "ne tenait rien qu'il faille confier"
    return f'{agent.nom_complet} ({agent.courriel}), dont le compte se ferme, {suite}.'


def _dans_l_ordre(lignes, base):
    """As in the file, but a collectivité of the base that is replaced gives up its codes to the one that takes them."""
    return sorted(lignes, key=lambda ligne: not (
        ligne.v.get('remplacee_par') and repere_siren(ligne.v) in base['collectivite']))


def controler(quoi, lignes, fautives=(), reprise=True):
    """The Fautes of references, then of coherence for the lines without any other."""
    base = Base(reprise=reprise, lignes=lignes)
    liees = [c for c in COLONNES[quoi] if c.genre in LIENS]
    for ligne in lignes:
        fautes = []
        for colonne in liees:
            try:
                ligne.liens[colonne.nom] = _lier(colonne, ligne.v, base)
            except Refus as refus:
                fautes.append(Faute(ligne.numero, colonne.nom, refus.phrase))
        if not fautes and ligne.numero not in fautives:
            fautes = [Faute(ligne.numero, colonne, raison) for colonne, faux, raison in COHERENCE.get(quoi, ())
                      if faux(ligne.v, base)]
        yield from fautes


def _lier(colonne, v, base):
    """What a cell names: a list where there may be several, None for an empty cell."""
    vide, _ = GENRES[colonne.genre]
    trouver = LIENS[colonne.genre]
    valeur = v.get(colonne.nom)
    if vide == ():
        return [trouver(nom, v, base) for nom in valeur or ()]
    return trouver(valeur, v, base) if valeur else None


def _ecrire_ligne(etape, ligne, base):
    """Insert the row a line becomes, or update it when it differs, then what goes with it; the state of the line."""
    colonnes = etape.table._meta.columns
    rangee = {c: '\n'.join(valeur) if isinstance(valeur, tuple) else valeur
              for c, valeur in ligne.v.items() if c in colonnes}
    rangee |= {f'{c}_id': lien.id if lien else None
               for c, lien in ligne.liens.items() if f'{c}_id' in colonnes}
    rangee |= etape.reste(ligne, base)
    # An empty cell that leaves alone what the base says, or its default.
    rangee = {c: valeur for c, valeur in rangee.items() if valeur is not None or colonnes[c].null or c == 'id'}
    chercher, inserer, modifier = _requetes(etape, tuple(rangee))
    avant = sql(chercher, **rangee).fetchone()
    nombre = sql(modifier if avant else inserer, **rangee).rowcount
    ligne.liens['rang'] = _rang(etape, rangee, avant)
    etat = INCHANGE
    if nombre > 0:
        etat = MODIFIE if avant else AJOUTE
    return etape.suite(ligne, base, rangee, etat) if etape.suite else etat


def _rang(etape, rangee, avant):
    """What tells the row of a line from the others of its table: its id, else its key."""
    if 'id' not in etape.table._meta.columns:
        return tuple(rangee[c] for c in etape.cle)
    return avant[0] if avant else sql('SELECT last_insert_rowid()').fetchone()[0]


@functools.lru_cache
def _requetes(etape, colonnes):
    """The SQL that looks for the row of a key, inserts it, updates it when it differs."""
    table = etape.table._meta.table_name
    cle = ' AND '.join(f'{c} IS :{c}' for c in etape.cle)
    chercher = f'SELECT {"id" if "id" in etape.table._meta.columns else 1} FROM {table} WHERE {cle}'
    inserer = f'INSERT INTO {table} ({", ".join(colonnes)}) VALUES (:{", :".join(colonnes)})'
    mobiles = [c for c in colonnes if c not in (*etape.cle, *etape.une_fois)]
    if not mobiles:
        return chercher, inserer, ''
    poses = ', '.join(f'{c} = :{c}' for c in mobiles)
    valeurs = ', '.join(f':{c}' for c in mobiles)
    modifier = f'UPDATE {table} SET {poses} WHERE {cle} AND ({", ".join(mobiles)}) IS NOT ({valeurs})'
    return chercher, inserer, modifier


def _remplacer(table, colonnes, parent, rangees):
    """Write again the rows that a parent (their first column) has in another table, when they differ."""
    cle, *reste = colonnes.split(', ')
    if set(rangees) == set(sql(f'SELECT {", ".join(reste)} FROM {table} WHERE {cle} = ?', parent)):
        return INCHANGE
    sql(f'DELETE FROM {table} WHERE {cle} = ?', parent)
    db.connection().executemany(f'INSERT INTO {table} ({colonnes}) VALUES (?{", ?" * len(reste)})',
                                [(parent, *rangee) for rangee in rangees])
    return MODIFIE


def _ecrite(rangee):
    """The id of the row that has just been written."""
    return rangee['id'] or sql('SELECT last_insert_rowid()').fetchone()[0]


def _piloter(ligne, base, rangee, etat):
    """Its chefs de file, who may be associated; a fiche that has changed its title is found by the new one."""
    fiche, avant = _ecrite(rangee), ligne.liens['titre']
    if avant and avant.titre != rangee['titre']:
        sql('UPDATE recherche SET fiche = ? WHERE rowid IN (SELECT numero FROM demande WHERE fiche_id = ?)',
             cherche(rangee['titre']), fiche)
    chefs = [ligne.liens['chef_de_file'], *ligne.liens['co_chefs']]
    pilotages = [(agent.id, rang) for rang, agent in enumerate(chefs)]
    places = [(rang, *lire_place(code)) for rang, code in enumerate(dict.fromkeys(ligne.liens['associees']))]
    return min(etat, _remplacer('pilotage', 'fiche_id, agent_id, rang', fiche, pilotages),
               _remplacer('associable', 'fiche_id, rang, structure_id, direction_id', fiche, places))


def _collectivite_liee(ligne, base):
    """What no cell of a collectivité says as it is. One that this file adds below has no id before the second pass."""
    v, collectivites = ligne.v, base['collectivite']
    collectivite = collectivite_connue(v, base)
    if perimetre.laissee(v, collectivite):
        return {champ.column_name: collectivite.__data__[nom] for nom, champ in Collectivite._meta.fields.items()}
    reste = {
        'id': collectivite.id if collectivite else None,
        'remplacee_par_id': collectivite.remplacee_par_id if collectivite else None,
        'cherche': langue.normaliser(v['nom']),
        'codes_postaux': ' '.join(v['codes_postaux']),
        **_epci(v, collectivite, collectivites),
    }
    if collectivite and collectivite.remplacee_par_id and not v.get('remplacee_par'):
        reste['jusqu_au'] = collectivite.jusqu_au                   # announced on screen, and undone there
    if v.get('remplacee_par'):
        reste['remplacee_par_id'] = getattr(collectivites.get(v['remplacee_par']), 'id', 0)
        sql('PRAGMA defer_foreign_keys = 1')
    return reste


def _epci(v, collectivite, collectivites):
    """Its EPCI as the file says; a change that was entered for its day stays, as long as the file says one of the two.
    """
    ids = {c: getattr(collectivites.get(v.get(f'{c}_siren')), 'id', None) for c in ('epci', 'epci_suivant')}
    if 'epci_le' in v:
        return {f'{c}_id': id_ for c, id_ in ids.items()}
    if collectivite and collectivite.epci_le and ids['epci'] in (collectivite.epci_id, collectivite.epci_suivant_id):
        return {'epci_id': collectivite.epci_id}
    return {'epci_id': ids['epci'], 'epci_suivant_id': None, 'epci_le': None}


def _demande(ligne, base):
    """What no cell says as it is."""
    v, liens = ligne.v, ligne.liens
    cible = liens['collectivite_siren']
    importee = base['reprise'] if v.get('importee') is None else v['importee']
    reprise = _reprise(v, importee, liens['numero'])
    promesse, delai, echeance = _promis(v, liens, base)
    liens['equipe'] = _equipe(v, base)
    structure, direction = _en_charge(liens)
    collectivite = cible.nom if cible and not garde_son_nom(cible, v, base) else v['collectivite']
    if v.get('doublon_de'):
        sql('PRAGMA defer_foreign_keys = 1')                        # the one that goes on may be below in the file
    return {
        'jeton': v.get('jeton') or secrets.token_urlsafe(16),
        'importee': importee,
        'reprise': reprise,
        'titre_depose': v.get('titre_depose') or (liens['fiche'].titre if liens['fiche'] else ''),
        'etape': _etape(v, liens['numero']),
        'promesse': promesse,
        'delai': delai,
        'echeance': None if reprise else echeance,
        'structure_id': structure,
        'direction_id': direction,
        'collectivite_id': cible.id if cible else None,
        'collectivite': collectivite,
        'collectivite_tri': cherche(collectivite),
        'restreinte': _restreinte(v, liens['fiche']),
        'a_confirmer': _a_confirmer(v, cible),
    }


def _en_charge(liens):
    """(structure, direction) as the line says, else of the first chef de file, else of the référent."""
    dite, direction = liens.get('structure_en_charge'), liens.get('direction_en_charge')
    if dite:
        return dite.id, direction.id if direction else None
    for role, _, _, structure, direction, _ in liens['equipe']:
        if role != 'associe':
            return structure, direction
    return None, None


def _etape(v, avant):
    """The furthest step shown: of the statut, or of whom the demande has reached; it never goes back."""
    atteint = 'attribue_admin'
    if v['statut'] == 'termine':
        atteint = 'en_cours'
    elif v['referent']:
        atteint = 'attribue_expert'
    elif v['chefs_de_file']:
        atteint = 'attribue_chef'
    etape = max(QUI[v['statut']].etape, QUI[atteint].etape, v.get('etape') or 0)
    return max(etape, avant.etape) if avant else etape


def _restreinte(v, fiche):
    """As the cell says; empty, as the fiche, like a deposit."""
    return restreinte_d_office(fiche) if v['restreinte'] is None else v['restreinte']


def _reprise(v, importee, avant):
    """An imported demande has no clock until an agent acts on it; one that the base holds already is as it was (§3)."""
    if v.get('reprise') is not None:
        return v['reprise']
    return avant.reprise if avant else importee


def _a_confirmer(v, cible):
    """Like a deposit: the first call confirms who wrote from an unknown address."""
    if v.get('a_confirmer') is not None:
        return v['a_confirmer']
    if v['origine'] != 'plateforme' or v['clos_le'] or v['premier_contact_le']:
        return False
    return courriel_inconnu(v['courriel'], cible)


def _promis(v, liens, base):
    """(promesse, delai, echeance): computed when the cell is empty, but what was told stays while deposit and fiche do.
    A file of before says the days alone.
    """
    avant, fiche, delai, echeance = liens['numero'], liens['fiche'], v.get('delai'), v['echeance']
    promesse = v.get('promesse') or regles.D_AVANT.get(str(delai))
    if v['origine'] == 'direct':
        return (promesse or promesse_de(fiche), delai, None) if delai else (None, None, None)
    if avant and (avant.depose_le, avant.fiche_id) == (v['depose_le'], fiche.id if fiche else None):
        promesse, echeance = promesse or avant.promesse, echeance or avant.echeance
        delai = delai or (avant.delai if promesse == avant.promesse else None)
    promesse = promesse or promesse_de(fiche)
    delai = delai or models.jours_promis(promesse)
    if not echeance:
        echeance = langue.calculer_echeance(v['depose_le'], delai, base['ouvres'], base['fermes'])
    return promesse, delai, echeance


def _equipe(v, base):
    """The team a line asks for; who is there already keeps the structure and the date of then, and a team in the same
    order its ranks.
    """
    membres = [('chef_de_file', rang, courriel) for rang, courriel in enumerate(v['chefs_de_file'])]
    if v['referent']:
        membres.append(('referent', 0, v['referent']))
    membres += [('associe', rang, nom) for rang, nom in enumerate(v['associes'])]
    avant = {(role, agent or tuple(lieu)): (rang, *lieu, depuis) for role, rang, agent, *lieu, depuis in sql(
        'SELECT role, rang, agent_id, structure_id, direction_id, depuis_le FROM membre WHERE demande_id = ? '
        "ORDER BY role = 'associe', role, rang, id", v['numero'])}
    places = [base['place'][nom] for _, _, nom in membres]
    cles = [(role, agent or tuple(lieu)) for (role, _, _), (agent, *lieu) in zip(membres, places)]
    equipe, dates = [], v.get('equipe_depuis') or (None,) * len(membres)
    for (role, rang, _), (agent, *lieu), cle, date in zip(membres, places, cles, dates):
        rang_d_avant, *lieu, depuis = avant.get(cle, (rang, *lieu, v['depose_le']))
        equipe.append((role, rang_d_avant if cles == list(avant) else rang, agent, *lieu, date or depuis))
    return equipe


def _suivre_demande(ligne, base, rangee, etat):
    """What goes with a demande: team, communes, version, search index,
    and a journal line for a statut that is new to the base.
    """
    numero, avant = ligne.v['numero'], ligne.liens['numero']
    communes = [(c.id,) for c in ligne.liens['communes']]
    etat = min(
        etat,
        _remplacer('demande_commune', 'demande_id, collectivite_id', numero, communes),
        _remplacer('membre', 'demande_id, role, rang, agent_id, structure_id, direction_id, depuis_le', numero,
                   ligne.liens['equipe']))
    if etat == INCHANGE:
        return etat
    if 'prochaine_etape_le' in rangee:
        suivre_la_colonne(numero)
    if etat == MODIFIE:
        sql('UPDATE demande SET version = version + 1 WHERE numero = ?', numero)
    statut_neuf = base['reprise'] if etat == AJOUTE else avant.statut != ligne.v['statut']
    texte = _noter_statut(ligne.v, avant) if statut_neuf and ligne.v.get('note', '') is not None else ''
    _indexer(numero, ligne.v['cherche'], texte)
    return etat


def _indexer(numero, cherches, texte):
    """What the search reads of a demande (CHERCHES); texte: what is new in its journal."""
    collectivite, fiche, lieu, message, *contact = cherches
    sql('INSERT OR REPLACE INTO recherche (rowid, collectivite, fiche, lieu, message, contact, journal) '
        'VALUES (?1, ?2, ?3, ?4, ?5, ?6, '
        "trim(coalesce((SELECT journal FROM recherche WHERE rowid = ?1), '') || ' ' || ?7))",
        numero, collectivite, fiche, lieu or collectivite, message, ' '.join(filter(None, contact)), cherche(texte))


def _noter_statut(v, avant):
    """Write the journal line; its text, for the search."""
    texte = dire_la_reprise(v.get('note', ''))
    if avant:
        texte = f"Repris d'un fichier importé (auparavant : {STATUTS[avant.statut]})."
    sql('INSERT INTO journal (demande_id, cree_le, nature, statut, auteur, texte) '
         "VALUES (?, ?, 'statut', ?, 'La Plateforme', ?)",
         v['numero'], langue.maintenant(), v['statut'], texte)
    return texte


def _ligne_du_journal(ligne, base):
    v, agent, connue = ligne.v, ligne.liens['auteur'], _meme_ligne(ligne.v, base)
    return {
        'id': connue[0] if connue else None,
        'corrige_id': base['ecrites'][v['corrige']] if v.get('corrige') else None,
        'demande_id': v['numero'],
        'cree_le': v['date'],
        'statut': v['statut'] or None,
        'agent_id': agent.id if agent else None,
        'auteur': v.get('signature') or (agent.nom_complet if agent else v['auteur']),
        'structure': v['structure'] or (agent.direction.structure.nom if agent else ''),
        **{nom: v.get(nom) or lu for nom, lu in fait_d_apres(v['nature'], v['texte']).items()},
    }


def _suivre_journal(ligne, base, rangee, etat):
    """A line is found by its words; it tells a statut that was reached, so the step shown may go forward."""
    numero, statut = ligne.v['numero'], ligne.v['statut']
    if ligne.v.get('ligne'):
        base['ecrites'][ligne.v['ligne']] = _ecrite(rangee)
    if etat == AJOUTE:
        base['mots_neufs'].setdefault(numero, []).extend(ligne.v['cherche'])
    if etat == AJOUTE and statut:
        etape = QUI[statut].etape
        sql('UPDATE demande SET etape = ?, version = version + 1 WHERE numero = ? AND etape < ?',
             etape, numero, etape)
    return etat


# The tables that each import writes: key, what a row holds besides the cells and references that have the name
# of a column, columns that only an insert writes, and what follows a row.
Etape = namedtuple('Etape', 'table cle reste une_fois suite', defaults=((), None))
ETAPES = {
    'structures': (
        Etape(Structure, ('nom',), lambda li, b: {
            'nom': li.v['structure'],
        }),
        Etape(Direction, ('structure_id', 'nom'), lambda li, b: {
            'structure_id': b['structure'][li.v['structure']].id,
            'nom': li.v['direction'],
        }),
    ),
    'agents': (
        Etape(Agent, ('id',), lambda li, b: {
            'id': li.liens['courriel'].id if li.liens['courriel'] else None,
            'identifiant': li.v.get('identifiant') or getattr(li.liens['courriel'], 'identifiant', None),
            'cree_le': langue.maintenant(),
        }, ('cree_le',)),
    ),
    'catalogue': (
        Etape(Theme, ('nom',), lambda li, b: {
            'nom': li.v['theme'],
            'ordre': max((t.ordre for t in b['theme'].values()), default=0) + li.numero,
            'court': li.v.get('theme_court'),
        }, ('ordre',)),
        Etape(Fiche, ('id',), lambda li, b: {
            'id': li.liens['titre'].id if li.liens['titre'] else None,
            'identifiant': li.v.get('identifiant') or getattr(li.liens['titre'], 'identifiant', None),
            'theme_id': b['theme'][li.v['theme']].id,
            'maj_le': li.v['mise_a_jour'],
        }, (), _piloter),
    ),
    # Twice: the EPCI of a commune, or what replaces it, may come after it in the file.
    'collectivites': 2 * (Etape(Collectivite, ('id',), _collectivite_liee),),
    'adhesions': (
        Etape(Adhesion, ('collectivite_id', 'structure_id'), lambda li, b: {'collectivite_id': li.liens['siren'].id}),
    ),
    'demandes': (
        Etape(Demande, ('numero',), _demande,
              ('jeton', 'importee', 'titre_depose', 'a_confirmer', 'version'), _suivre_demande),
    ),
    'journal': (
        Etape(Journal, ('id',), _ligne_du_journal, tuple(Journal._meta.columns), _suivre_journal),
    ),
}


# ---- The verb ----

def importer(quoi, octets, essai=False, progres=None):
    """Import one file (bytes), as the screen reads it: its Bilan. What the screen would ask is a fault, in a sentence.

    essai: only say it. progres(fait, total): called now and then, in lines, reading being half.
    """
    if quoi not in COLONNES:
        raise Refus(f"Il n'y a pas d'import « {quoi} » : choisissez {' ou '.join(COLONNES)}.", 404)
    lignes, fautes, avis = _lire_fichier(quoi, octets, progres)
    transaction = models.lecture if fautes else models.ecriture
    with transaction(), db.atomic() as point:
        bilan = appliquer(quoi, lignes, fautes, progres)
        if essai or bilan.fautes:
            point.rollback()
    if progres:
        progres(len(lignes), len(lignes))
    return bilan._replace(avis=(*(avis if bilan.ajoutes or bilan.modifies else ()), *bilan.avis))


def _lire_fichier(quoi, octets, progres):
    """([Ligne], [Faute], sentences) of a file."""
    fautes = []
    try:
        tableau = ouvrir(quoi, octets, fautes)
        with models.lecture():
            lignes, de_plus, complet = preparer(tableau, {}, progres)
    except Refus as refus:
        return [], [*fautes, Faute(1, '', refus.phrase)], ()
    if complet:
        fautes += [Faute(1, court(titre), 'Colonne inconnue : retirez-la, ou corrigez son nom.')
                   for titre, nom in zip(tableau.entete, tableau.noms) if not nom and titre]
    return lignes, [*fautes, *de_plus], dire_du_fichier(complet, [ligne.numero for ligne in lignes]) if complet else ()
