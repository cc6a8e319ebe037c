"""The contents: what the site shows, and what contributeurs share (domaine.md §7; their kinds: models.py).

Every agent proposes, an administrateur publishes; the animateur of a groupe de travail publishes its documents. Each
change of the words is a version (versions.py). What the public may read comes from `publies`, and from nowhere else.
"""
from collections import namedtuple

from models import (
    ETATS_DE_CONTENU, GENRES_DE_CONTENU, Contenu, ContenuCollectivite, ContenuFiche, ContenuStructure, Groupe, Refus,
    libelles, relire)
from langue import aujourdhui, maintenant

from . import versions
from .journal import auditer, verifier_vue

# What a content says, in words, in the order of its form; of a kind, those of its own besides the common ones.
CHAMPS = {
    'titre': 'Titre', 'resume': 'Résumé', 'debut_le': 'Du', 'debut_a': 'À partir de', 'fin_le': 'Au',
    'fin_a': 'Jusqu\'à', 'lieu': 'Lieu', 'inscription': 'Inscription', 'inscription_au': 'Inscription jusqu\'au',
    'classe': 'Classe', 'groupe': 'Groupe de travail', 'nature': 'Nature', 'seance_le': 'Séance du',
    'a_qui': 'À qui le demander', 'collectivite': 'Collectivité', 'annee': 'Année', 'cout': 'Coût et financement',
    'corps': 'Texte', 'theme': 'Thème', 'structure': 'Structure auteur', 'verifie_le': 'Vérifié le',
    'a_revoir_le': 'À revoir le', 'audience': 'Qui le lit', 'publie_le': 'Publié à partir du',
    'expire_le': 'Publié jusqu\'au', 'fiches': 'Fiches liées', 'collectivites': 'Collectivités concernées',
    'structures': 'Structures nommées',
}
COMMUNS = ('titre', 'resume', 'corps', 'theme', 'structure', 'audience', 'publie_le', 'expire_le', 'fiches',
           'collectivites')
CLES = ('theme', 'structure', 'groupe', 'collectivite')            # a row of another table: an id, or None
# Of these, the ids of rows: (table of the links, its column).
LIENS = {'fiches': (ContenuFiche, 'fiche'), 'collectivites': (ContenuCollectivite, 'collectivite'),
         'structures': (ContenuStructure, 'structure')}
JOURS = ('publie_le', 'expire_le', 'debut_le', 'fin_le', 'inscription_au', 'verifie_le', 'a_revoir_le', 'seance_le')
CORPS_MAX = 40_000                                                  # characters of Markdown

# qui: « ecrire » (peut_ecrire), « publier » (peut_publier).
Acte = namedtuple('Acte', 'bouton de vers qui')
ACTES = {
    'soumettre': Acte('Proposer à la publication', ('brouillon',), 'a_valider', 'ecrire'),
    'publier':   Acte('Publier', ('brouillon', 'a_valider', 'retire'), 'publie', 'publier'),
    'renvoyer':  Acte('Renvoyer à l\'auteur', ('a_valider',), 'brouillon', 'publier'),
    'retirer':   Acte('Retirer', ('brouillon', 'a_valider', 'publie'), 'retire', 'publier'),
    'reprendre': Acte('Reprendre en brouillon', ('retire',), 'brouillon', 'ecrire'),
}


# ======================================================================================
# Who reads, who writes
# ======================================================================================

def publies(jour, contributeurs=False):
    """The contents that are published on a day (ISO, Europe/Paris): a query to which anything may be added. Without
    contributeurs, what everyone reads; with, what an agent reads too.
    """
    condition = (Contenu.etat == 'publie') & (Contenu.publie_le <= jour) & (
        Contenu.expire_le.is_null() | (Contenu.expire_le >= jour))
    if not contributeurs:
        condition &= Contenu.audience == 'public'
    return Contenu.select().where(condition)


def publie_pour(contenu, agent):
    """Does it show today, to this agent (None: the public)?"""
    return publies(aujourdhui(), bool(agent)).where(Contenu.id == contenu.id).exists()


def peut_publier(contenu, agent):
    """An administrateur; of a document of a groupe de travail, its animateur too."""
    return agent.administre or bool(contenu.groupe_id and contenu.groupe.animateur_id in agent.identites)


def peut_ecrire(contenu, agent):
    """Who proposed it, and who may publish it."""
    return contenu.agent_id in agent.identites or peut_publier(contenu, agent)


def peut_lire(contenu, agent):
    """What is published, one's own, and what one's structure is named in."""
    if publie_pour(contenu, agent) or peut_ecrire(contenu, agent):
        return True
    return ContenuStructure.select().where(
        ContenuStructure.contenu == contenu, ContenuStructure.structure == agent.direction.structure_id).exists()


def actes_possibles(contenu, agent):
    """{code: Acte} of what this agent may do to it now, in the order of the buttons."""
    droits = {'ecrire': peut_ecrire(contenu, agent), 'publier': peut_publier(contenu, agent)}
    return {nom: acte for nom, acte in ACTES.items() if contenu.etat in acte.de and droits[acte.qui]}


# ======================================================================================
# What it says
# ======================================================================================

def champs_du_genre(genre):
    """The names of the fields of a kind, in the order of its form."""
    siens = {*COMMUNS, *GENRES_DE_CONTENU[genre].champs} | ({'structures'} if genre == 'projet' else set())
    return [nom for nom in CHAMPS if nom in siens]


def lies(contenu, nom):
    """The ids that one of LIENS holds, in order."""
    table, colonne = LIENS[nom]
    return [id_ for id_, in table.select(getattr(table, colonne)).where(
        table.contenu == contenu.id).order_by(getattr(table, colonne)).tuples()]


def champs_de(contenu):
    """{field: text} of a content, as a version keeps it: words, since an id says nothing once the row has changed."""
    noms = libelles()
    return {nom: _dire(contenu, nom, noms) for nom in champs_du_genre(contenu.genre)}


def _dire(contenu, nom, noms):
    if nom == 'fiches':
        return '\n'.join(noms['fiche'][id_].nom for id_ in lies(contenu, nom))
    if nom == 'structures':
        return '\n'.join(noms['structure'][id_].nom for id_ in lies(contenu, nom))
    if nom == 'collectivites':
        return '\n'.join(c.collectivite.nom for c in contenu.collectivites)
    valeur = getattr(contenu, nom)
    return valeur.nom if nom in CLES and valeur else '' if valeur is None else str(valeur)


# ======================================================================================
# Writing
# ======================================================================================

def creer(genre, agent, valeurs, **aussi):
    """A new content, a brouillon; returns its id. valeurs: of champs_du_genre, ids for CLES and LIENS, days in ISO."""
    controler(genre, valeurs)
    colonnes = {nom: v for nom, v in valeurs.items() if nom not in LIENS}
    contenu = Contenu.create(genre=genre, agent=agent, cree_le=maintenant(), modifie_le=maintenant(),
                             **colonnes, **aussi)
    _lier(contenu, valeurs)
    _versionner(contenu, agent, {}, 'Première version.', 'contenu créé')
    return contenu.id


def enregistrer(contenu, agent, vue, valeurs, pourquoi=''):
    """Change what a content says; Refus 409 when it is not what the form was shown (vue)."""
    contenu = relire(contenu)
    avant = champs_de(contenu)
    verifier_vue(vue, avant, 'Ce contenu')
    controler(contenu.genre, valeurs)
    colonnes = {nom: v for nom, v in valeurs.items() if nom not in LIENS}
    Contenu.update(modifie_le=maintenant(), **colonnes).where(Contenu.id == contenu.id).execute()
    _lier(contenu, valeurs)
    _versionner(contenu, agent, avant, pourquoi, 'contenu modifié')


def _lier(contenu, valeurs):
    for nom in LIENS:
        if nom in valeurs and valeurs[nom] != lies(contenu, nom):
            table, colonne = LIENS[nom]
            gardes = [id_ for id_ in lies(contenu, nom) if id_ in valeurs[nom]]
            table.delete().where(table.contenu == contenu.id, getattr(table, colonne).not_in(gardes)).execute()
            for id_ in dict.fromkeys(valeurs[nom]):
                if id_ not in gardes:
                    table.create(contenu=contenu.id, **{colonne: id_})


def _versionner(contenu, agent, avant, pourquoi, fait):
    """Its version and its line of audit; Refus when nothing changes."""
    apres = champs_de(relire(contenu))
    lesquels = versions.changes(avant, apres)
    if not lesquels:
        raise Refus('Rien n\'a changé\u00a0: modifiez un champ avant d\'enregistrer.')
    numero = versions.publier('contenu', contenu.id, avant, apres, pourquoi, agent)
    auditer(fait, agent, f'{contenu.id}, version {numero}\u00a0: {", ".join(lesquels)}')


def controler(genre, valeurs):
    """Refus unless these values hold together."""
    if len(valeurs.get('corps', '')) > CORPS_MAX:
        raise Refus(f'Ce texte dépasse {CORPS_MAX} caractères\u00a0: raccourcissez-le, ou joignez un fichier.',
                    champ='corps')
    publie, expire = valeurs.get('publie_le'), valeurs.get('expire_le')
    if publie and expire and expire < publie:
        raise Refus('Le dernier jour vient avant la publication\u00a0: corrigez l\'un des deux.', champ='expire_le')


# ======================================================================================
# Its life: brouillon, à valider, publié, retiré
# ======================================================================================

def agir(contenu, nom, agent, vue, mots=''):
    """Do one of ACTES; Refus 403, 409 (it has changed, or is in another state) or 422. mots: why, to its author."""
    contenu, acte = relire(contenu), ACTES[nom]
    verifier_vue(vue, champs_de(contenu), 'Ce contenu')
    if contenu.etat not in acte.de:
        raise Refus(f'Ce contenu est {ETATS_DE_CONTENU[contenu.etat]}\u00a0: cet acte n\'est plus possible.', 409)
    if nom not in actes_possibles(contenu, agent):
        raise Refus('Seul un administrateur publie, renvoie ou retire un contenu.', 403)
    changes = {'etat': acte.vers, 'retire_le': maintenant() if acte.vers == 'retire' else None}
    if nom == 'publier':
        changes |= _publier(contenu)
    Contenu.update(**changes).where(Contenu.id == contenu.id).execute()
    auditer(f'contenu {ETATS_DE_CONTENU[acte.vers]}', agent, f'{contenu.id}\u00a0: {mots or contenu.titre}')


def _publier(contenu):
    """What publishing writes besides the state; Refus when something is missing."""
    publie_le = contenu.publie_le or aujourdhui()
    if contenu.expire_le and contenu.expire_le < max(publie_le, aujourdhui()):
        raise Refus('Son dernier jour de publication est déjà passé\u00a0: changez-le d\'abord.', champ='expire_le')
    return {'publie_le': publie_le}


def groupes():
    """The groupes de travail that are open, by name."""
    return list(Groupe.select().where(Groupe.ferme_le.is_null()).order_by(Groupe.nom))
