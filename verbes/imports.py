"""The CSV imports: what depends on the base (colonnes.py says what a file holds, and reads it).

What a file names is checked and written in one short transaction, so an import runs beside a serving process.
All or nothing: with one Faute nothing is written. No import sends a mail. Nothing here knows of HTTP.
"""
import functools
import secrets
from collections import Counter, namedtuple

import models
from models import (
    ISSUES, QUI, REPONSES, STATUTS, Agent, Collectivite, Demande, Direction, Fiche, Journal, Refus, Structure, Theme,
    db, lire_agents)

from .colonnes import CLES, COLONNES, GENRES, Faute, court, lire_fichier, suivre
from .cycle import courriel_inconnu, delai_promis, restreinte_d_office
from .departs import dire_ce_que_tient, fermer
from .journal import auditer

# departs: of each account that the file closes, what it still holds, in a sentence.
Bilan = namedtuple('Bilan', 'ajoutes modifies inchanges fautes departs', defaults=((),))

# ======================================================================================
# References and coherence: what a cell names must be in the base, what the cells of a line must say together
# ======================================================================================

# What an import needs of a demande.
Connue = namedtuple('Connue', 'depose_le collectivite statut etape fiche_id delai echeance')

_cherche = functools.lru_cache(maxsize=4096)(models.normaliser)


class _Base(dict):
    """What the base holds, each entry read whole when first asked for: base['agent']['a@b.fr']."""

    def __missing__(self, table):
        return self.setdefault(table, LIRE[table](self))


def _sql(sql, *valeurs, **nommees):
    return db.connection().execute(sql, nommees or valeurs)


LIRE = {
    'ouvres':       lambda b: models.Reglage.get_by_id('jours').valeur == 'ouvres',
    'structure':    lambda b: {s.nom: s for s in Structure},
    'direction':    lambda b: {s.nom: {d.nom: d for d in s.directions} for s in Structure},
    'agent':        lambda b: {a.courriel: a for a in Agent.select(Agent, Direction, Structure)
                                                           .join(Direction).join(Structure)},
    'theme':        lambda b: {t.nom: t for t in Theme},
    'fiche':        lambda b: {t.nom: {f.titre: f for f in t.fiches} for t in Theme},
    'collectivite': lambda b: {c.siren: c for c in Collectivite},
    'commune':      lambda b: {siren: c for siren, c in b['collectivite'].items() if c.type == 'Commune'},
    'epci':         lambda b: _epcis(b['lignes']),
    'insee':        lambda b: {c.insee: c.siren for c in b['collectivite'].values() if c.insee},
    # A place in a team: (agent id, structure id, direction id), by e-mail, by structure,
    # or by direction when one structure only has it.
    'place':        lambda b: {nom: tuple(place) for nom, *place in _sql(
        'SELECT agent.courriel, agent.id, structure_id, direction_id FROM agent '
        'JOIN direction ON direction.id = direction_id '
        'UNION ALL SELECT nom, NULL, structure_id, max(id) FROM direction GROUP BY nom HAVING count(*) = 1 '
        'UNION ALL SELECT nom, NULL, id, NULL FROM structure')},
    'demande':      lambda b: {numero: Connue(*reste) for numero, *reste in _sql(
        f'SELECT numero, {", ".join(Connue._fields)} FROM demande')},
    'journal':      lambda b: {tuple(cle): (qui, acte_le) for *cle, qui, acte_le in _sql(
        "SELECT demande_id, cree_le, nature, coalesce(statut, ''), texte, coalesce(agent_id, auteur), acte_le "
        'FROM journal')},
}


def _epcis(lignes):
    """{SIREN: type} of what is no commune: as the file says, else the base."""
    types = dict(_sql('SELECT siren, type FROM collectivite'))
    types |= {ligne.v.get('siren', ''): ligne.v.get('type') for ligne in lignes}
    return {siren: genre for siren, genre in types.items() if genre != 'Commune'}


def _dans(table, phrase, parent=None):
    """A finder of what a cell names; with parent, within what that other cell names
    (when that one is the fault, it is said once).
    """
    def trouver(nom, v, base):
        connus = base[table].get(v.get(parent)) if parent else base[table]
        if connus is None:
            return None
        if nom in connus:
            return connus[nom]
        suite = "Corrigez, ou importez d'abord ce qui manque."
        if isinstance(nom, str):
            suite = next((f'Voulez-vous dire « {n} » ?' for n in connus if _cherche(n) == _cherche(nom)), suite)
        raise Refus(f'{phrase.format(court(nom))}. {suite}')
    return trouver


def _collectivite(siren, v, base):
    cible = _dans('collectivite', "Le SIREN {} n'est pas dans la base")(siren, v, base)
    for colonne, vrai in (('collectivite', cible.nom), ('type', cible.type)):
        dit = v.get(colonne, vrai)
        if _cherche(dit) != _cherche(vrai):
            raise Refus(f'Le SIREN {siren} est celui de « {cible.nom} » ({cible.type}), '
                        f'pas de « {court(dit)} » : corrigez.')
    return cible


def _pas_futur(quand, v, base):
    present = models.maintenant() if len(quand) > 10 else models.aujourdhui()
    if quand > present:
        raise Refus('Cette date est dans le futur : corrigez-la.')


def _nouveau(numero, v, base):
    """The demande of this number, or None. It must be the same one: an import never covers another's."""
    connue = base['demande'].get(numero)
    if connue is None:
        return None
    collectivite = v.get('collectivite', connue.collectivite)
    depose_le = v.get('depose_le', connue.depose_le)
    if _cherche(collectivite) != _cherche(connue.collectivite) and depose_le[:16] != connue.depose_le[:16]:
        raise Refus(f"Le n° {numero} est celui d'une autre demande, déposée par « {connue.collectivite} » : "
                    'donnez un autre numéro.')
    return connue


_agent = _dans('agent', "Aucun compte n'a l'adresse {}")

# genre: what the cell names, found in the base; a genre that is not here names nothing.
LIENS = {
    'passe':        _pas_futur,
    'instant':      _pas_futur,
    'structure':    _dans('structure', "La structure « {} » n'est pas dans la base"),
    'direction':    _dans('direction', "La direction « {} » n'est pas de cette structure", 'structure'),
    'places':       _dans('place', "« {} » n'est ni un agent, ni une structure, "
                                   "ni une direction d'une seule structure"),
    'agent':        _agent,
    'agents':       _agent,
    'auteur':       lambda nom, v, base: _agent(nom, v, base) if '@' in nom else None,
    'theme':        _dans('theme', "Le thème « {} » n'est pas au catalogue"),
    'fiche':        _dans('fiche', "La fiche « {} » n'est pas dans ce thème du catalogue", 'theme'),
    'collectivite': _collectivite,
    'communes':     _dans('commune', "Le SIREN {} n'est pas celui d'une commune de la base"),
    'epci':         _dans('epci', "Le SIREN {} n'est pas celui d'une intercommunalité de ce fichier ou de la base"),
    'nouveau':      _nouveau,
    'demande':      _dans('demande', "La demande n° {} n'est pas dans la base"),
}


def _issues(v):
    """The issues that go with the statut of a line."""
    if v['statut'] == 'termine':
        return ISSUES
    if v['statut'] == 'rejete' and v['clos_le']:
        return REPONSES
    return ('',)


def _autrement_ecrite(v, b):
    """Has the journal this line already, by someone else or of another day?"""
    connue = b['journal'].get(tuple(v[c] for c in CLES['journal']))
    auteur = b['agent'][v['auteur']].id if '@' in v['auteur'] else v['auteur']
    return connue not in (None, (auteur, v['acte_le']))


# (column, is it wrong?, reason); v: the values of the line, without any other fault; b: the base.
COHERENCE = {
    'catalogue': (
        ('co_chefs', lambda v, b: v['chef_de_file'] in v['co_chefs'],
         "Le chef de file n'est pas aussi co-chef : retirez-le."),
        ('associees', lambda v, b: any('@' in nom for nom in v['associees']),
         'Nommez des directions ou des structures, pas des agents.'),
    ),
    'collectivites': (
        ('insee', lambda v, b: v['type'] == 'Commune' and not v['insee'],
         'Une commune a un code INSEE : complétez.'),
        ('insee', lambda v, b: b['insee'].get(v['insee'], v['siren']) != v['siren'],
         "Ce code INSEE est déjà celui d'un autre SIREN de la base."),
        ('epci_siren', lambda v, b: v['epci_siren'] == v['siren'],
         "Une intercommunalité n'est pas la sienne : videz cette cellule."),
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
         f"L'issue ne va pas avec ce statut : {' ou '.join(ISSUES)} pour termine ; "
         f"{' ou '.join(REPONSES)} pour rejete et clos ; vide sinon."),
        ('organisme', lambda v, b: bool(v['organisme']) != (v['issue'] == 'reorientee'),
         "L'issue « reorientee », et elle seule, a un organisme."),
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
    ),
    'journal': (
        ('statut', lambda v, b: bool(v['statut']) != (v['nature'] == 'statut'),
         'La nature « statut », et elle seule, a un statut.'),
        ('texte', lambda v, b: not v['texte'] and v['nature'] not in ('depot', 'statut'),
         'Une ligne de cette nature a un texte : complétez.'),
        ('texte', _autrement_ecrite,
         'Le journal, qui ne se modifie pas, a déjà cette ligne avec un autre auteur '
         "ou une autre date d'acte : reprenez-les."),
    ),
}


# ======================================================================================
# Checking against the base, writing
# ======================================================================================

AJOUTE, MODIFIE, INCHANGE = range(3)                                # the state of a line is the smallest of its parts


def appliquer(quoi, lignes, fautes, progres=None, reprise=True):
    """Check the lines against the base and write them, in the caller's transaction.

    reprise: an added demande gets a first journal line.
    """
    fautes = sorted({*fautes, *_controler(quoi, lignes, {faute.ligne for faute in fautes})})
    if fautes:
        return Bilan(0, 0, 0, fautes)
    partants = _partants(quoi, lignes)
    etats = {}
    for etape in ETAPES[quoi]:
        # Read again: what the step before wrote has its id now.
        base = _Base(reprise=reprise)
        for ligne in suivre(lignes, progres, len(lignes), 1):
            etats[ligne.numero] = min(etats.get(ligne.numero, INCHANGE), _ecrire(etape, ligne, base))
        progres = None                                              # told once, by the first step
    departs = tuple(_dire_depart(agent, fermer(agent)) for agent in partants)
    compte = Counter(etats.values())
    if compte[AJOUTE] or compte[MODIFIE]:
        auditer('import', None, f'{quoi} : {compte[AJOUTE]} ajoutés, {compte[MODIFIE]} modifiés')
    return Bilan(compte[AJOUTE], compte[MODIFIE], compte[INCHANGE], [], departs)


def _partants(quoi, lignes):
    """The Agents, as they are before anything is written, whose account a file of agents closes."""
    if quoi != 'agents':
        return []
    fermes = {ligne.v['courriel'] for ligne in lignes if not ligne.v['actif']}
    return [agent for agent in lire_agents('WHERE actif ORDER BY agent.id') if agent.courriel in fermes]


def _dire_depart(agent, tenu):
    tient = ' ; '.join(dire_ce_que_tient(tenu))
    suite = f'tient encore : {tient}' if tient else "ne tenait rien qu'il faille confier"
    return f'{agent.nom_complet} ({agent.courriel}), dont le compte se ferme, {suite}.'


def _controler(quoi, lignes, fautives):
    """The Fautes of references, then of coherence for the lines without any other."""
    base = _Base(lignes=lignes)
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


def _ecrire(etape, ligne, base):
    """Insert the row a line becomes, or update it when it differs, then what goes with it; the state of the line."""
    colonnes = etape.table._meta.columns
    rangee = {c: '\n'.join(valeur) if isinstance(valeur, tuple) else valeur
              for c, valeur in ligne.v.items() if c in colonnes}
    rangee |= {f'{c}_id': lien.id if lien else None
               for c, lien in ligne.liens.items() if f'{c}_id' in colonnes}
    rangee |= etape.reste(ligne, base)
    chercher, inserer, modifier = _requetes(etape, tuple(rangee))
    connue = _sql(chercher, **rangee).fetchone()
    ecrites = _sql(modifier if connue else inserer, **rangee).rowcount
    etat = INCHANGE
    if ecrites > 0:
        etat = MODIFIE if connue else AJOUTE
    return etape.suite(ligne, base, rangee, etat) if etape.suite else etat


@functools.lru_cache
def _requetes(etape, colonnes):
    """The SQL that looks for the row of a key, inserts it, updates it when it differs."""
    table = etape.table._meta.table_name
    cle = ' AND '.join(f'{c} IS :{c}' for c in etape.cle)
    chercher = f'SELECT 1 FROM {table} WHERE {cle}'
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
    cle, *autres = colonnes.split(', ')
    if set(rangees) == set(_sql(f'SELECT {", ".join(autres)} FROM {table} WHERE {cle} = ?', parent)):
        return INCHANGE
    _sql(f'DELETE FROM {table} WHERE {cle} = ?', parent)
    db.connection().executemany(f'INSERT INTO {table} ({colonnes}) VALUES (?{", ?" * len(autres)})',
                                [(parent, *rangee) for rangee in rangees])
    return MODIFIE


def _piloter(ligne, base, rangee, etat):
    fiche, = _sql('SELECT id FROM fiche WHERE theme_id = ? AND titre = ?',
                  rangee['theme_id'], rangee['titre']).fetchone()
    chefs = [ligne.liens['chef_de_file'], *ligne.liens['co_chefs']]
    pilotages = [(agent.id, rang) for rang, agent in enumerate(chefs)]
    return min(etat, _remplacer('pilotage', 'fiche_id, agent_id, rang', fiche, pilotages))


def _demande(ligne, base):
    """What no cell says as it is. What the file never says (accord, next step…) is left as it is."""
    v, liens = ligne.v, ligne.liens
    cible = liens['collectivite_siren']
    delai, echeance = _delais(v, liens, base)
    liens['equipe'] = _equipe(v, base)
    structure, direction = _en_charge(liens['equipe'])
    return {
        'jeton': secrets.token_urlsafe(16),
        'importee': base['reprise'],
        'titre_depose': v['fiche'],
        'etape': _etape(v, liens['numero']),
        'delai': delai,
        'echeance': echeance,
        'structure_id': structure,
        'direction_id': direction,
        'collectivite_id': cible.id if cible else None,
        'collectivite': cible.nom if cible else v['collectivite'],
        'restreinte': _restreinte(v, liens['fiche']),
        'a_confirmer': _a_confirmer(v, cible),
    }


def _en_charge(equipe):
    """(structure, direction) of the first chef de file, else of the référent."""
    for role, _, _, structure, direction, _ in equipe:
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
    etape = max(QUI[v['statut']].etape, QUI[atteint].etape)
    return max(etape, avant.etape) if avant else etape


def _restreinte(v, fiche):
    """As the cell says; empty, as the fiche, like a deposit."""
    return restreinte_d_office(fiche) if v['restreinte'] is None else v['restreinte']


def _a_confirmer(v, cible):
    """Like a deposit: the first call confirms who wrote from an unknown address."""
    if v['origine'] != 'plateforme' or v['clos_le'] or v['premier_contact_le']:
        return False
    return courriel_inconnu(v['courriel'], cible)


def _delais(v, liens, base):
    """(delai, echeance): computed when the cell is empty, but a date already told stays while deposit and fiche do."""
    if v['origine'] == 'direct':
        return None, None
    avant, fiche = liens['numero'], liens['fiche']
    delai = delai_promis(fiche)
    echeance = v['echeance']
    if avant and (avant.depose_le, avant.fiche_id) == (v['depose_le'], fiche.id if fiche else None):
        delai = avant.delai or delai
        echeance = echeance or avant.echeance
    if not echeance:
        echeance = models.calculer_echeance(v['depose_le'], delai, base['ouvres'])
    return delai, echeance


def _equipe(v, base):
    """The team a line asks for; who is there already keeps the structure and the date of then."""
    voulus = [('chef_de_file', rang, courriel) for rang, courriel in enumerate(v['chefs_de_file'])]
    if v['referent']:
        voulus.append(('referent', 0, v['referent']))
    voulus += [('associe', rang, nom) for rang, nom in enumerate(v['associes'])]
    avant = {(role, agent or tuple(lieu)): (*lieu, depuis) for role, agent, *lieu, depuis in _sql(
        'SELECT role, agent_id, structure_id, direction_id, depuis_le FROM membre WHERE demande_id = ?', v['numero'])}
    equipe = []
    for role, rang, nom in voulus:
        agent, *lieu = base['place'][nom]
        lieu_et_date = avant.get((role, agent or tuple(lieu)), (*lieu, v['depose_le']))
        equipe.append((role, rang, agent, *lieu_et_date))
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
    if etat == MODIFIE:
        _sql('UPDATE demande SET version = version + 1 WHERE numero = ?', numero)
    statut_neuf = base['reprise'] if etat == AJOUTE else avant.statut != ligne.v['statut']
    texte = _noter_statut(ligne.v, avant) if statut_neuf else ''
    _indexer(numero, *ligne.v['cherche'], texte)
    return etat


def _indexer(numero, collectivite, fiche, lieu, message, texte):
    """What the search reads of a demande; texte: what is new in its journal."""
    _sql("INSERT OR REPLACE INTO recherche (rowid, collectivite, fiche, lieu, message, journal) VALUES (?, ?, ?, ?, ?, "
         "trim(coalesce((SELECT journal FROM recherche WHERE rowid = ?), '') || ' ' || ?))",
         numero, collectivite, fiche, lieu or collectivite, message, numero, _cherche(texte))


def _noter_statut(v, avant):
    """Write the journal line; its text, for the search."""
    texte = "Reprise de l'historique."
    if avant:
        texte = f"Repris d'un fichier importé (auparavant : {STATUTS[avant.statut]})."
    _sql('INSERT INTO journal (demande_id, cree_le, nature, statut, auteur, texte) '
         "VALUES (?, ?, 'statut', ?, 'La Plateforme', ?)",
         v['numero'], models.maintenant(), v['statut'], texte)
    return texte


def _ligne_du_journal(ligne, base):
    v, agent = ligne.v, ligne.liens['auteur']
    return {
        'demande_id': v['numero'],
        'cree_le': v['date'],
        'statut': v['statut'] or None,
        'agent_id': agent.id if agent else None,
        'auteur': agent.nom_complet if agent else v['auteur'],
        'structure': v['structure'] or (agent.direction.structure.nom if agent else ''),
    }


def _suivre_journal(ligne, base, rangee, etat):
    """A line is found by its words; it tells a statut that was reached, so the step shown may go forward."""
    numero, statut = ligne.v['numero'], ligne.v['statut']
    if etat == AJOUTE:
        texte, = ligne.v['cherche']
        _sql("UPDATE recherche SET journal = trim(journal || ' ' || ?) WHERE rowid = ?", texte, numero)
    if etat == AJOUTE and statut:
        etape = QUI[statut].etape
        _sql('UPDATE demande SET etape = ?, version = version + 1 WHERE numero = ? AND etape < ?',
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
        Etape(Agent, ('courriel',), lambda li, b: {
            'cree_le': models.maintenant(),
        }, ('cree_le',)),
    ),
    'catalogue': (
        Etape(Theme, ('nom',), lambda li, b: {
            'nom': li.v['theme'],
            'ordre': max((t.ordre for t in b['theme'].values()), default=0) + li.numero,
        }, ('ordre',)),
        Etape(Fiche, ('theme_id', 'titre'), lambda li, b: {
            'theme_id': b['theme'][li.v['theme']].id,
            'delai': int(li.v['delai']),
            'maj_le': li.v['mise_a_jour'],
        }, (), _piloter),
    ),
    # Twice: the EPCI of a commune may come after it in the file.
    'collectivites': 2 * (
        Etape(Collectivite, ('siren',), lambda li, b: {
            'cherche': models.normaliser(li.v['nom']),
            'codes_postaux': ' '.join(li.v['codes_postaux']),
            'epci_id': getattr(b['collectivite'].get(li.v['epci_siren']), 'id', None),
        }),
    ),
    'demandes': (
        Etape(Demande, ('numero',), _demande, ('jeton', 'importee', 'titre_depose', 'a_confirmer'),
              _suivre_demande),
    ),
    'journal': (
        Etape(Journal, ('demande_id', 'cree_le', 'nature', 'statut', 'texte'), _ligne_du_journal,
              ('acte_le', 'agent_id', 'auteur', 'structure'), _suivre_journal),
    ),
}


# ======================================================================================
# The verb
# ======================================================================================

def importer(quoi, octets, essai=False, progres=None):
    """Import one file (bytes): its Bilan.

    essai: only say it. progres(fait, total): called now and then, in lines, reading being half.
    """
    if quoi not in COLONNES:
        raise Refus(f"Il n'y a pas d'import « {quoi} » : choisissez {' ou '.join(COLONNES)}.", 404)
    lignes, fautes = lire_fichier(quoi, octets, progres)
    transaction = models.lecture if fautes else models.ecriture
    with transaction(), db.atomic() as ecrit:
        bilan = appliquer(quoi, lignes, fautes, progres)
        if essai:
            ecrit.rollback()
    if progres:
        progres(len(lignes), len(lignes))
    return bilan
