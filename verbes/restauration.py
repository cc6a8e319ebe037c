"""What a restored base takes from the one it replaces: the accounts closed, the rights and passwords changed since.

Yesterday's backup would open again the account of who left this morning. The replaced base is only read; the restored
one is written before it takes its place. An account is the same by its id and creation, else by its address.
"""
import contextlib
import sqlite3
from collections import namedtuple

import models
import langue

# lue: the replaced base could be read; administre: someone administers the restored one; then what is told, each a list
# of « Prénom Nom (adresse) ».
Report = namedtuple('Report', 'lue administre fermes sans_droits mots_de_passe seconds_facteurs rouverts crees')

# What is read of the replaced base; both must have it. « ouvert_le » goes with the password, where both have it.
LUES = {
    'agent':        'id courriel prenom nom cree_le actif administrateur mot_de_passe second_facteur dernier_pas',
    'code_secours': 'empreinte agent_id',
}
RECENTE = 'ouvert_le'
# The accounts of both, side by side: those of one lineage, then those that only have the same address.
PAIRES = (
    'CREATE TEMP TABLE paire AS SELECT neuf.id AS ici, avant.id AS la FROM agent AS neuf '
    'JOIN avant_agent AS avant ON neuf.id = avant.id AND neuf.cree_le = avant.cree_le',
    'INSERT INTO paire SELECT neuf.id, avant.id FROM agent AS neuf '
    'JOIN avant_agent AS avant ON neuf.courriel = avant.courriel '
    'WHERE neuf.id NOT IN (SELECT ici FROM paire) AND avant.id NOT IN (SELECT la FROM paire)',
)
CODES = '(SELECT group_concat(empreinte) FROM (SELECT empreinte FROM {} WHERE agent_id = {} ORDER BY empreinte))'
# What has changed since the backup…
CHANGES = {
    'fermes':           'neuf.actif AND NOT avant.actif',
    'sans_droits':      'neuf.actif AND avant.actif AND neuf.administrateur AND NOT avant.administrateur',
    'mots_de_passe':    'neuf.actif AND avant.actif AND neuf.mot_de_passe IS NOT avant.mot_de_passe',
    'seconds_facteurs': 'neuf.actif AND avant.actif AND (neuf.second_facteur IS NOT avant.second_facteur OR '
                        f'{CODES.format("code_secours", "ici")} IS NOT {CODES.format("avant_code_secours", "la")})',
    'rouverts':         'avant.actif AND NOT neuf.actif',
}
# … and what the restored account takes of it, with its word in the audit. A closed one is left as departs.fermer does.
REPRISES = {
    'fermes': (
        'compte fermé',
        'UPDATE agent SET actif = 0, mot_de_passe = NULL, second_facteur = NULL, dernier_pas = 0 WHERE id = :ici',
        'UPDATE agent SET ouvert_le = NULL WHERE id = :ici',
        'DELETE FROM code_secours WHERE agent_id = :ici',
        'DELETE FROM delegation WHERE :ici IN (pour_id, par_id)',
        'DELETE FROM absence WHERE agent_id = :ici',
        'UPDATE absence SET suppleant_id = NULL WHERE suppleant_id = :ici'),
    'sans_droits': ('droits d\'administration retirés', 'UPDATE agent SET administrateur = 0 WHERE id = :ici'),
    'mots_de_passe': (
        'mot de passe',
        'UPDATE agent SET mot_de_passe = (SELECT mot_de_passe FROM avant_agent WHERE id = :la) WHERE id = :ici',
        'UPDATE agent SET ouvert_le = (SELECT ouvert_le FROM avant_agent WHERE id = :la) WHERE id = :ici'),
    'seconds_facteurs': (
        'second facteur',
        'UPDATE agent SET (second_facteur, dernier_pas) = '
        '(SELECT second_facteur, dernier_pas FROM avant_agent WHERE id = :la) WHERE id = :ici',
        'DELETE FROM code_secours WHERE agent_id = :ici',
        'INSERT INTO code_secours (empreinte, agent_id) '
        'SELECT empreinte, :ici FROM avant_code_secours WHERE agent_id = :la'),
}

DITS = {
    'fermes':           'Comptes fermés depuis cette sauvegarde, fermés de nouveau',
    'sans_droits':      'Droits d\'administration retirés depuis, retirés de nouveau',
    'mots_de_passe':    'Mots de passe changés depuis, repris',
    'seconds_facteurs': 'Seconds facteurs ou codes de secours changés depuis, repris',
    'rouverts':         'Comptes rouverts depuis, fermés comme dans la sauvegarde, à rouvrir',
    'crees':            'Comptes ouverts depuis, absents de la sauvegarde, à refaire',
}


def dire(report):
    """What « restaurer » says of the accounts, a line each."""
    lignes = [f'{dit}\u00a0: {", ".join(getattr(report, quoi))}.' for quoi, dit in DITS.items()
              if getattr(report, quoi)]
    if not report.lue:
        lignes.append('Les comptes sont ceux de la sauvegarde, ce qui a changé depuis n\'étant pas lisible\u00a0: '
                      'refaites les départs d\'agents, les mots de passe et les seconds facteurs changés depuis.')
    if not report.administre:
        lignes.append('Aucun administrateur n\'a de compte ouvert\u00a0: ouvrez-en un avec '
                      '«\u00a0agent COURRIEL --administrateur\u00a0».')
    return [*lignes, 'Les sessions et les liens à usage unique de la sauvegarde sont retirés\u00a0: '
            'chacun se reconnecte.']


def reporter(neuf, garde):
    """Carry over to a base that will be served (its path) what changed in the replaced one (its path, None when there
    was none): a Report. The sessions and one-time links of a backup are dropped: they may have served since.
    """
    trouves = None
    with contextlib.closing(models.connexion_brute(neuf)) as brute:
        lue = bool(garde) and _lire_l_ancienne(brute, garde)
        brute.execute('BEGIN IMMEDIATE')
        brute.execute('DELETE FROM session')
        brute.execute('DELETE FROM lien')
        if lue:
            trouves = _reprendre(brute)
        administre = brute.execute('SELECT 1 FROM agent WHERE administrateur AND actif').fetchone()
        brute.execute('COMMIT')
    return Report(lue, bool(administre), **(trouves or dict.fromkeys(Report._fields[2:], ())))


def _lire_l_ancienne(brute, garde):
    """Copy the accounts of the replaced base to temporary tables, avant_…; False when they can't be read."""
    try:
        brute.execute('ATTACH ? AS ancienne', (f'{models._uri(garde, "ro")}&immutable=1',))
        for table, colonnes in LUES.items():
            ici, la = _colonnes(brute, 'main', table), _colonnes(brute, 'ancienne', table)
            lues = [*colonnes.split(), *({RECENTE} & ici & la)]
            if not (ici & la).issuperset(lues):
                return False
            brute.execute(f'CREATE TEMP TABLE avant_{table} AS SELECT {", ".join(lues)} FROM ancienne.{table}')
        return True
    except sqlite3.DatabaseError:
        return False


def _colonnes(brute, base, table):
    return {ligne[1] for ligne in brute.execute(f'PRAGMA {base}.table_info({table})')}


def _reprendre(brute):
    """{what changed: [names]}, once the restored accounts have taken it."""
    for instruction in PAIRES:
        brute.execute(instruction)
    recente = RECENTE in _colonnes(brute, 'temp', 'avant_agent')
    paires = {quoi: brute.execute(
        f'SELECT ici, la, {_nom("neuf")} FROM paire JOIN agent AS neuf ON neuf.id = ici '
        f'JOIN avant_agent AS avant ON avant.id = la WHERE {condition} ORDER BY neuf.nom, neuf.prenom').fetchall()
        for quoi, condition in CHANGES.items()}
    for quoi, (fait, *instructions) in REPRISES.items():
        for ici, la, _ in paires[quoi]:
            for instruction in instructions:
                if recente or RECENTE not in instruction:
                    brute.execute(instruction, {'ici': ici, 'la': la})
            brute.execute('INSERT INTO audit (fait_le, agent_id, fait, detail) VALUES (?, ?, ?, ?)',
                          (langue.maintenant(), ici, 'repris à la restauration', fait))
    crees = brute.execute(f'SELECT {_nom("avant")} FROM avant_agent AS avant '
                          'WHERE actif AND id NOT IN (SELECT la FROM paire) ORDER BY nom, prenom').fetchall()
    return {quoi: [nom for *_, nom in lignes] for quoi, lignes in (*paires.items(), ('crees', crees))}


def _nom(table):
    return f"{table}.prenom || ' ' || {table}.nom || ' (' || {table}.courriel || ')'"
