"""The versions of what the public reads: a fiche, a legal page. Who wrote, who proposed, why, who decided.

What an object says is a dict of words, {field: text}; its last published version says the same, and is written first
when something else (an import, the days before the versions) has changed the object meanwhile.
"""
import json
import re
from collections import Counter
from difflib import SequenceMatcher

from models import Refus, Version, db, relire
from langue import maintenant

IMPORT = 'La Plateforme'                                            # who wrote what no version tells
POURQUOI_D_AVANT = 'Tel qu\'il était, sans passer par cet écran\u00a0: un import, un nom changé ailleurs.'


# ---- What an object says, and said ----

def changes(avant, apres):
    """The names of the fields of `apres` that say something else than before, in order."""
    return [nom for nom, texte in apres.items() if avant.get(nom, '') != texte]


def lire(version):
    """{field: text} of a version."""
    return json.loads(version.champs)


def versions_de(genre, objet):
    """The versions and the proposals of an object, newest first."""
    return list(Version.select().where(Version.genre == genre, Version.objet == str(objet)).order_by(Version.id.desc()))


def derniere(genre, objet):
    """The published version of an object, or None."""
    return Version.get_or_none(Version.genre == genre, Version.objet == str(objet), Version.etat == 'publiee')


def precedente(version):
    """The version that a version replaced, or the one that a proposal was written upon; None for the first."""
    numero = version.sur if version.numero is None else version.numero - 1
    return Version.get_or_none(Version.genre == version.genre, Version.objet == version.objet,
                               Version.numero == numero)


def a_relire(genre):
    """{id of an object of this kind: how many proposals wait}."""
    return {int(objet): nombre for objet, nombre in db.execute_sql(
        "SELECT objet, count(*) FROM version WHERE etat = 'a_relire' AND genre = ? GROUP BY objet", (genre,))}


DECIDEE = 'Cette proposition a déjà reçu sa réponse\u00a0: rien n\'est enregistré.'


def objet_a_decider(proposition):
    """The id of what a proposal is of; Refus 409 when it is decided already."""
    if relire(proposition).etat != 'a_relire':
        raise Refus(DECIDEE, 409)
    return int(proposition.objet)


# ---- Writing: to be called by the verb that writes the object, in its transaction ----

def suivre(genre, objet, champs):
    """The number of the version that says what the object says now, 0 when it says nothing yet; written if need be."""
    version = derniere(genre, objet)
    if not champs or (version and lire(version) == champs):
        return version.numero if version else 0
    return _publier(genre, objet, champs, changes(lire(version), champs) if version else (), POURQUOI_D_AVANT, None)


def publier(genre, objet, avant, apres, pourquoi, agent, proposition=None):
    """Write that the object says `apres`, no more `avant`; of a proposal, its own row becomes the version."""
    suivre(genre, objet, avant)
    return _publier(genre, objet, apres, changes(avant, apres), pourquoi, agent, proposition)


def _publier(genre, objet, champs, lesquels, pourquoi, agent, proposition=None):
    version = derniere(genre, objet)
    numero = version.numero + 1 if version else 1
    Version.update(etat='remplacee').where(
        Version.genre == genre, Version.objet == str(objet), Version.etat == 'publiee').execute()
    valeurs = {'numero': numero, 'etat': 'publiee', 'champs': _json(champs), 'changes': ' '.join(lesquels)}
    if proposition:
        Version.update(**valeurs, **_decision(agent)).where(Version.id == proposition.id).execute()
    else:
        _creer(genre, objet, agent, pourquoi=pourquoi, **valeurs)
    return numero


def proposer(genre, objet, avant, apres, pourquoi, agent):
    """Keep what somebody would have the object say: only the fields that change. Refus 409 of what the same agent has
    proposed already, a button pressed twice, which waits for its answer.
    """
    lesquels = changes(avant, apres)
    champs = _json({nom: apres[nom] for nom in lesquels})
    if Version.select().where(Version.genre == genre, Version.objet == str(objet), Version.etat == 'a_relire',
                              Version.agent == agent, Version.champs == champs).exists():
        raise Refus('Vous avez déjà proposé ce changement\u00a0: il attend sa réponse.', 409)
    return _creer(genre, objet, agent, etat='a_relire', champs=champs, changes=' '.join(lesquels),
                  sur=suivre(genre, objet, avant), pourquoi=pourquoi)


def refuser(proposition, reponse, agent):
    Version.update(etat='refusee', reponse=reponse, **_decision(agent)).where(Version.id == proposition.id).execute()


def _creer(genre, objet, agent, **valeurs):
    return Version.create(genre=genre, objet=str(objet), agent=agent, auteur=agent.nom_complet if agent else IMPORT,
                          cree_le=maintenant(), **valeurs)


def _decision(agent):
    return {'decide_par': agent, 'decideur': agent.nom_complet, 'decide_le': maintenant()}


def _json(champs):
    return json.dumps(champs, ensure_ascii=False)


# ---- The revue annuelle that is open (verbes/catalogue/campagne.py) asks about these objects ----

def repondre(genre, objet, reponse, agent, pourquoi=''):
    """Write what an agent answers it of an object, over nothing or over their own answer. True when it was written:
    the first answer holds.
    """
    return db.execute_sql(
        f"""UPDATE campagne_reponse SET reponse = ?1, pourquoi = ?2, agent_id = ?3, repondu_le = ?4
            WHERE {genre}_id = ?5 AND (reponse = '' OR agent_id = ?3)
              AND campagne_id = (SELECT id FROM campagne WHERE close_le IS NULL)""",
        (reponse, pourquoi, agent.id, maintenant(), objet)).rowcount > 0


# ---- Two texts side by side ----

# Beyond, « a a a a… » would take minutes, and so would one word in two that differs.
PAIRES_MAX, MORCEAUX_MAX = 20_000, 4_000
LIGNES, MOTS = r'[^\n]*\n|[^\n]+', r'\S+|\s+'


def comparer(avant, apres):
    """(the lines of one text, those of the other), a line being [(True for what only this one says, piece)]: the lines
    that differ, then their words.
    """
    blocs = [mots for differe, un, autre in _blocs(LIGNES, avant, apres)
             for mots in (_blocs(MOTS, un, autre) if differe and un and autre else [(differe, un, autre)])]
    return _en_lignes((b[0], b[1]) for b in blocs), _en_lignes((b[0], b[2]) for b in blocs)


def _blocs(decoupe, avant, apres):
    """[(do they differ, piece of one, piece of the other)]."""
    anciens, nouveaux = re.findall(decoupe, avant), re.findall(decoupe, apres)
    fois = Counter(nouveaux)
    paires = sum(fois[morceau] for morceau in anciens if not morceau.isspace())
    if paires > PAIRES_MAX or max(len(anciens), len(nouveaux)) > MORCEAUX_MAX:
        return [(True, avant, apres)]
    codes = SequenceMatcher(lambda morceau: morceau.isspace(), anciens, nouveaux, autojunk=False).get_opcodes()
    return [(quoi != 'equal', ''.join(anciens[a:b]), ''.join(nouveaux[c:d])) for quoi, a, b, c, d in codes]


def _en_lignes(morceaux):
    lignes = [[]]
    for seul, texte in morceaux:
        debut, *suite = texte.split('\n')
        lignes[-1].append((seul, debut))
        lignes += [[(seul, ligne)] for ligne in suite]
    return [ligne for ligne in ([(seul, texte) for seul, texte in une if texte] for une in lignes) if ligne]
