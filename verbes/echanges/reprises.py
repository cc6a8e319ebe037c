"""Which demande a row of an old file is already: an import never writes over another one (regles.md §3, « Reprise »).

Three things that say the same are enough, among number, reference, day, collectivité, text; two leave a doubt, which
somebody lifts row by row. Nothing here writes.
"""
from collections import Counter, namedtuple

import langue
from langue import normaliser

from verbes import perimetre
from .reconnus import entier, jour_ecrit
from .references import sql

TEXTE_AU_TERME = 'Texte non repris, au terme de la conservation.'
AUTRE = 'autre'                                                     # said of a row: it is not the demande shown
# Of two demandes that a row may be, what tells the likelier.
DE_PLUS = ('reference', 'statut', 'issue', 'courriel', 'telephone', 'nom', 'lieu', 'synthese')
# A demande that was imported. note: the first line of its journal; ou: the cells of its collectivité, if it is listed;
# reperes: how a row may tell this collectivité, then or today; de_plus: its DE_PLUS.
Reprise = namedtuple('Reprise', 'numero jour reference texte note ou reperes de_plus')
# A row, a demande that it may be, what both say; dite: somebody has said yes; sure: that is enough.
Paire = namedtuple('Paire', 'dite memes ressemblance sure ancienne reprise')


def retrouver(anciennes, collectivites, reponses):
    """{line: (Reprise, is it sure?)} of rows, each demande for one row, the likeliest first.

    collectivites: {id: what an import calls it}; reponses: {« celle-line »: a number, or AUTRE}.
    """
    reprises = _par_cle({entier(a.v.get('numero', '')) for a in anciennes}, collectivites)
    paires = [paire for a in anciennes for paire in _paires(a, reprises, reponses.get(f'celle-{a.ligne}'))]
    sures = Counter((qui, len(p.memes)) for p in paires if p.sure for qui in (p.ancienne.ligne, str(p.reprise.numero)))
    par_ligne, numeros = {}, set()
    for p in sorted(paires, key=lambda p: (p.dite, len(p.memes), p.ressemblance), reverse=True):
        ligne, numero = p.ancienne.ligne, p.reprise.numero
        if ligne not in par_ligne and numero not in numeros:
            seule = all(sures[qui, len(p.memes)] == 1 for qui in (ligne, str(numero)))      # nothing else says as much
            par_ligne[ligne] = p.reprise, p.dite or p.sure and seule
            numeros.add(numero)
    return par_ligne


def _par_cle(nommes, collectivites):
    """{number, reference or (day, text): [Reprise]}; one that a row names (nommes) is found by its number alone."""
    par_cle = {}
    for numero, depose_le, reference, message, fiche_id, note, nom, type_, id_, *de_plus in sql(
            'SELECT numero, depose_le, reference, message, fiche_id, (SELECT texte FROM journal WHERE '
            "demande_id = numero AND nature = 'statut' ORDER BY id LIMIT 1), collectivite, type, collectivite_id, "
            f'{", ".join(DE_PLUS)} FROM demande WHERE importee ORDER BY numero'):
        siren, jour = collectivites.get(id_), langue.jour_de(depose_le)
        ou = {'collectivite': nom, 'type': type_, 'collectivite_siren': siren} if siren else {}
        reperes = {siren, collectivites[perimetre.actuelle(id_)]} if siren else {normaliser(nom)}
        reprise = Reprise(numero, jour, reference, (message, fiche_id), note, ou, reperes, de_plus)
        for cle in (numero,) if numero in nommes else (reference, (jour, message)):
            par_cle.setdefault(cle, []).append(reprise)
    return par_cle


def _paires(ancienne, reprises, reponse):
    """The Paires of a row; reponse: what was said of it."""
    v = ancienne.v
    cles = [entier(v.get('numero', '')), *filter(None, (v.get('reference'), v.get('numero')))]
    if not v.get('numero'):
        cles += [(jour_ecrit(v['depose_le']), texte) for texte in (v['message'], v.get('texte'))]
    for reprise in {r.numero: r for cle in cles if reponse != AUTRE for r in reprises.get(cle, ())}.values():
        memes = _memes(v, reprise)
        if _possible(v, reprise, memes):
            nommee = memes & {'numero', 'reference'} or v['collectivite_siren'] and not (
                v.get('reference') and reprise.reference)
            entiere = v.get('au_terme', False) == (reprise.texte[0] == TEXTE_AU_TERME)
            yield Paire(reponse == str(reprise.numero), memes, _ressemblance(ancienne, reprise),
                        bool(len(memes) > 2 and nommee and entiere), ancienne, reprise)


def _memes(v, reprise):
    """What a row and a demande both say."""
    ou = v['collectivite_siren'] or normaliser(v['collectivite'])
    dites = {
        'numero': entier(v.get('numero', '')) == reprise.numero,
        'reference': reprise.reference and reprise.reference in (v.get('reference'), v.get('numero')),
        'jour': jour_ecrit(v['depose_le']) == reprise.jour,
        'collectivite': ou in reprise.reperes,
        'texte': (v['message'], v.get('fiche_id')) == reprise.texte and not v.get('au_terme'),
    }
    return {dite for dite, meme in dites.items() if meme}


def _possible(v, reprise, memes):
    """Is there a doubt at least? Not of two that their collectivités, or their references, tell apart."""
    if memes & {'numero', 'reference'}:
        return memes & {'jour', 'collectivite'}
    apart = v['collectivite_siren'] and reprise.ou or v.get('reference') and reprise.reference
    return 'collectivite' in memes or not apart


def _ressemblance(ancienne, reprise):
    """How many other cells are the same."""
    return (premiere_ligne(ancienne) == reprise.note) + sum(
        ancienne.v.get(nom, '') == dit for nom, dit in zip(DE_PLUS, reprise.de_plus))


def premiere_ligne(ancienne):
    """The first line of journal that a row is to have, None for none."""
    return None if ancienne.v.get('au_terme') else dire_la_reprise(' '.join(ancienne.note))


def dire_la_reprise(note):
    return f"Reprise de l'historique. {note}".strip()
