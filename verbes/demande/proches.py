"""« Demandes proches »: what was done before for the same need, of the same fiche (of the nearest ones, for a demande
libre) or in the same words. Closed with an outcome, so that something is learnt of it, and never restricted, whoever
reads.
"""
import json
import math
from collections import Counter, namedtuple

import models
import langue

from verbes import etiquettes, recherche
from verbes.regles import REPONSES
from .clotures import dire_issue

PROCHES_MAX = 10
LUES = 400                                                          # the newest that are compared, of a kind
MOTS = 12                                                           # of the message, that are looked for
EN_COMMUN = 2                                                       # words, at least, when the fiche is another one
ABOUTIES = ('realise', 'reponse', 'redirige', *REPONSES)            # issues that something is learnt of

# issue: in words; mots: those in common, in the order of the message; fiche: of the same one, or a near one.
Proche = namedtuple('Proche', 'numero collectivite titre issue clos_le synthese structures fiche mots')

_LUES = f"""
    SELECT demande.numero, demande.collectivite, fiche.titre, demande.issue, demande.organisme, demande.clos_le,
           demande.synthese,
           (SELECT group_concat(DISTINCT structure_id) FROM membre WHERE membre.demande_id = demande.numero),
           coalesce(demande.fiche_id IN (SELECT value FROM json_each(?1)), 0),
           recherche.fiche || ' ' || recherche.message
    FROM demande JOIN recherche ON recherche.rowid = demande.numero LEFT JOIN fiche ON fiche.id = demande.fiche_id
    WHERE demande.restreinte = 0 AND demande.clos_le IS NOT NULL AND NOT demande.essai AND demande.numero <> ?2
      AND demande.issue IN ({', '.join(f"'{issue}'" for issue in dict.fromkeys(ABOUTIES))}) AND """


def proches(demande, combien=PROCHES_MAX):
    """[Proche], the nearest first: those of the same fiche, and those that say its words."""
    mots = {stem: mot for stem, (poids, mot) in recherche.peser(recherche.mots_de(demande.message)).items()
            if poids == 1}
    mots = dict(list(mots.items())[:MOTS])
    fiches = json.dumps([demande.fiche_id] if demande.fiche_id else recherche.proposer(demande.message))
    lignes = {ligne[0]: ligne for ligne in _trouver(demande, fiches, mots.values())}
    racines = {numero: mots.keys() & {recherche.racine(mot) for mot in ligne[-1].split()}
               for numero, ligne in lignes.items()}
    fois, toutes = Counter(stem for stems in racines.values() for stem in stems), 1 + len(lignes)

    def note(numero):                                               # what they all say counts for nothing, the fiche
        rares = sum(math.log(toutes / fois[stem]) for stem in racines[numero])      # as a word that one alone says
        return rares + math.log(toutes) * bool(lignes[numero][-2])
    retenues = [numero for numero, ligne in lignes.items() if ligne[-2] or len(racines[numero]) >= EN_COMMUN]
    return [_dire_proche(lignes[numero], [mot for stem, mot in mots.items() if stem in racines[numero]])
            for numero in sorted(retenues, key=lambda numero: (-note(numero), -numero))[:combien]]


# Of these fiches, of these words: the newest numbers alone, which the index gives; their texts are read of no other.
_DES_FICHES = ('SELECT numero FROM demande WHERE fiche_id IN (SELECT value FROM json_each(?3)) '
               'ORDER BY numero DESC LIMIT ?4')
_DES_MOTS = 'SELECT rowid FROM recherche WHERE recherche MATCH ?3 ORDER BY rowid DESC LIMIT ?4'


def _trouver(demande, fiches, mots):
    cherches = ' OR '.join(f'"{mot}"*' if len(mot) > 3 else f'"{mot}"' for mot in mots)
    quoi = [(_DES_FICHES, fiches), *[(_DES_MOTS, f'{{fiche message}} : ({cherches})')] * bool(cherches)]
    return [lue for lesquelles, valeur in quoi for lue in models.db.execute_sql(
        f'{_LUES} demande.numero IN ({lesquelles}) ORDER BY demande.numero DESC',
        (fiches, demande.numero, valeur, LUES))]


def _dire_proche(ligne, mots):
    numero, collectivite, titre, issue, organisme, clos_le, synthese, structures, fiche, _ = ligne
    noms = [etiquettes.libelles()['structure'][int(cle)].nom for cle in structures.split(',')] if structures else []
    return Proche(numero, collectivite, titre, dire_issue(issue, organisme), langue.jour_de(clos_le), synthese, noms,
                  bool(fiche), mots)
