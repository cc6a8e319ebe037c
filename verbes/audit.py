"""The audit, read: on what, by whom, when; who has read a restricted demande from outside its team (§7, §13).

What is written of it is in journal.py (auditer), what a reading or a refusal leaves in notes.py.
"""
from collections import namedtuple

from models import Audit, Refus, db, lire_agents
from langue import aujourdhui, debut_du_jour, plus_jours

from .etiquettes import libelles
from .journal import CONSULTE, LE_SIEN_LU, PIECE_LUE, RESTREINTE_LUE, auditer
from .notes import noter_lecture
from .questions import roles

# ---- What a line is about ----

# kinds: its name in a filter, how one is said without a name of its own, its page.
Genre = namedtuple('Genre', 'nom un page')
GENRES = {
    'demande':       Genre('Demande', 'Demande n°\u00a0{}', '/espace/demandes/{}'),
    'agent':         Genre('Compte', 'Compte n°\u00a0{}', '/espace/admin/comptes/{}'),
    'structure':     Genre('Structure', 'Structure n°\u00a0{}', '/espace/admin/structures/{}'),
    'direction':     Genre('Direction', 'Direction n°\u00a0{}', ''),
    'collectivite':  Genre('Collectivité', 'Collectivité n°\u00a0{}', '/espace/admin/collectivites/{}'),
    'fiche':         Genre('Fiche', 'Fiche n°\u00a0{}', '/espace/redaction/fiches/{}'),
    'theme':         Genre('Thème', 'Thème n°\u00a0{}', ''),
    'porte':         Genre('Autre porte', 'Autre porte n°\u00a0{}', ''),
    'contenu':       Genre('Contenu', 'Contenu n°\u00a0{}', '/espace/redaction/contenus/{}'),
    'document':      Genre('Fichier, image', 'Fichier n°\u00a0{}', ''),
    'evaluation':    Genre('Avis', 'Avis n°\u00a0{}', ''),
    'groupe':        Genre('Groupe', 'Groupe n°\u00a0{}', ''),
    'page':          Genre('Page légale', 'Page «\u00a0{}\u00a0»', '/espace/admin/textes/{}'),
    'courriel':      Genre('Texte d\'un courriel', 'Courriel «\u00a0{}\u00a0»', '/espace/admin/courriels/{}'),
    'lettre':        Genre('Texte d\'une lettre', 'Lettre «\u00a0{}\u00a0»', '/espace/admin/textes/{}'),
    'campagne':      Genre('Revue annuelle', 'Revue annuelle n°\u00a0{}', '/espace/admin/campagne'),
    'lettres':       Genre('Lettres à signer', 'Lettres à signer', '/espace/admin/lettres'),
    'export':        Genre('Export', 'Export «\u00a0{}\u00a0»', ''),
    'import':        Genre('Import', 'Import «\u00a0{}\u00a0»', ''),
    'lot':           Genre('Lot', 'Lot n°\u00a0{}', ''),
    'reglages':      Genre('Réglages', 'Réglages', '/espace/admin/reglages'),
    'obligations':   Genre('Obligations', 'Obligations', '/espace/admin/obligations'),
    'calendrier':    Genre('Calendrier', 'Calendrier', '/espace/admin/calendrier'),
    'reprise':       Genre('Reprise', 'Reprise de l\'ancien suivi', '/espace/admin/reprise'),
    'courriels':     Genre('Courriels envoyés', 'Courriels envoyés', '/espace/admin/supervision'),
    'ameliorations': Genre('Améliorations', 'Améliorations', '/espace/admin/ameliorations'),
    'audit':         Genre('Audit', 'Audit', ''),
}


def dire_objet(objet):
    """(words, address or '') of what a line is about; ('', '') of nothing."""
    nom, _, cle = objet.partition(':')
    if nom not in GENRES:
        return objet, ''
    genre, numero = GENRES[nom], int(cle) if cle.isdecimal() else 0
    libelle = libelles().get(nom, {}).get(numero)
    lecteur = lire_agents('WHERE agent.id = ?', numero) if nom == 'agent' and not libelle else []
    dit = libelle.nom if libelle else lecteur[0].nom_complet if lecteur else genre.un.format(cle)
    return dit, genre.page.format(cle)


# ---- What is read of it ----

# The hours of a person, what they put off: read in their own account, or with a motif that is kept.
D_UNE_PERSONNE = ('connexion', 'session fermée', 'autres sessions fermées', 'engagements lus', 'demande mise de côté',
                  'demande reprise', LE_SIEN_LU)
# Of a demande, its team reads who came from outside, and what left with it.
ACCES = (RESTREINTE_LUE, PIECE_LUE, 'export')
Ligne = namedtuple('Ligne', 'id fait_le agent fait detail adresse nombre objet')
LIGNE = """audit.id, audit.fait_le, coalesce(qui.prenom || ' ' || qui.nom, ''), audit.fait, audit.detail,
           audit.adresse, audit.nombre, audit.objet"""


SON_GENRE = "substr(audit.objet, 1, instr(audit.objet || ':', ':') - 1)"      # as the index audit_genre says it


def conditions(criteres):
    """[(SQL, values)] of the filters {du, au, fait, genre, cle}; « cle » says which of its genre."""
    genre, cle = criteres.get('genre', ''), criteres.get('cle', '')
    dites = {
        'du':    ('audit.fait_le >= ?', [debut_du_jour(criteres.get('du'))] if criteres.get('du') else []),
        'au':    ('audit.fait_le < ?',
                  [debut_du_jour(plus_jours(criteres['au'], 1))] if criteres.get('au') else []),
        'fait':  ('audit.fait = ?', [criteres.get('fait')]),
        'genre': ('audit.objet = ?', [f'{genre}:{cle}']) if cle else
                 (f'{SON_GENRE} = ?', [genre]),
    }
    return [dites[nom] for nom in dites if criteres.get(nom)]


def de_tous(criteres):
    """What an administrateur reads: not the hours of each."""
    parmi = ', '.join('?' * len(D_UNE_PERSONNE))
    return [*conditions(criteres), (f'audit.fait NOT IN ({parmi})', list(D_UNE_PERSONNE))]


def d_un_compte(agent):
    """What this account did, and what was done to it."""
    return [('audit.id IN (SELECT id FROM audit WHERE agent_id = ? UNION SELECT id FROM audit WHERE objet = ?)',
             [agent.id, f'agent:{agent.id}'])]


def noter_le_sien(agent):
    """Reading one's own leaves a line, the first time of a day: that is enough to see that somebody else did."""
    objet = f'agent:{agent.id}'
    deja = Audit.select().where(Audit.objet == objet, Audit.agent == agent, Audit.fait == LE_SIEN_LU,
                                Audit.fait_le >= debut_du_jour(aujourdhui()))
    if not deja.exists():
        noter_lecture(LE_SIEN_LU, agent.id, objet)


def d_une_demande(demande):
    return [('audit.objet = ?', [f'demande:{demande.numero}']),
            (f'audit.fait IN ({", ".join("?" * len(ACCES))})', list(ACCES))]


def lire(parmi, combien=-1, apres=0):
    """The Lignes that answer all of these conditions, the last first."""
    ou = ' AND '.join(f'({sql})' for sql, _ in parmi) or '1'
    valeurs = [valeur for _, siennes in parmi for valeur in siennes]
    lues = db.execute_sql(
        f"""SELECT {LIGNE} FROM audit LEFT JOIN agent AS qui ON qui.id = audit.agent_id WHERE {ou}
            ORDER BY audit.fait_le DESC, audit.id DESC LIMIT ? OFFSET ?""", (*valeurs, combien, apres))
    return map(Ligne._make, lues)


def faits():
    """The words of what was done, each once: from one to the next in their index, whatever their number of lines."""
    lus = db.execute_sql("""
        WITH RECURSIVE mot (fait) AS (SELECT min(fait) FROM audit UNION ALL
          SELECT (SELECT min(fait) FROM audit WHERE fait > mot.fait) FROM mot WHERE mot.fait IS NOT NULL)
        SELECT fait FROM mot WHERE fait IS NOT NULL""")
    return [fait for fait, in lus if fait not in D_UNE_PERSONNE]


# ---- Another's account: with a motif, for the day ----

def motiver(agent, motif, par):
    """Keep why an administrateur reads what an account did, which its holder reads too: the number of that line, which
    opens it until the evening.
    """
    if len(motif) < MOTIF_MIN:
        raise Refus('Dites en quelques mots pourquoi\u00a0: la personne le lira dans son journal des accès.',
                    champ='motif')
    return auditer(CONSULTE, par, motif, objet=f'agent:{agent.id}').id


MOTIF_MIN = 8                                                       # characters: « vu », « ok » say nothing


def motif_du_jour(agent, numero, par):
    """The motif of this line, when it is theirs, of this account, and of today; else ''."""
    ligne = numero and Audit.get_or_none(Audit.id == numero, Audit.agent == par, Audit.fait == CONSULTE,
                                         Audit.objet == f'agent:{agent.id}',
                                         Audit.fait_le >= debut_du_jour(aujourdhui()))
    return ligne.detail if ligne else ''


# ---- A restricted demande: who reads it from outside its team, what leaves with it ----

def noter_la_lecture(demande, agent, piece=None):
    """The first reading of a restricted demande, of one of its files, by an administrateur or for another (§7).

    In memory: the carrier writes it within a second.
    """
    par_role = roles(demande, agent) if demande.restreinte else {}
    siens = {role for role, qui in par_role.items() if qui == agent.id} - {'agent', 'administrateur'}
    if not demande.restreinte or siens:
        return
    fait, objet = PIECE_LUE if piece else RESTREINTE_LUE, f'demande:{demande.numero}'
    pour = next((qui for role, qui in par_role.items() if role != 'agent' and qui != agent.id), None)
    noms = [autre.nom_complet for autre in lire_agents('WHERE agent.id = ?', pour)] if pour else []
    detail = ', '.join([*(f'pour {nom}' for nom in noms), *([f'fichier {piece.id}'] if piece else [])])
    deja = db.execute_sql('SELECT 1 FROM audit WHERE objet = ? AND agent_id = ? AND fait = ? AND detail = ?',
                          (objet, agent.id, fait, detail)).fetchone()
    if not deja:
        noter_lecture(fait, agent.id, objet, detail)


def auditer_l_export(agent, dit, objet, adresse='', restreintes=()):
    """The line of an export, and one in the journal of each restricted demande that it holds."""
    ligne = auditer('export', agent, dit, adresse=adresse, objet=f'export:{objet}')
    for numero in restreintes:
        auditer('export', agent, f'export n°\u00a0{ligne.id}, «\u00a0{objet}\u00a0»', objet=f'demande:{numero}')


def toutes_les_restreintes():
    return [numero for numero, in db.execute_sql('SELECT numero FROM demande WHERE restreinte ORDER BY numero')]
