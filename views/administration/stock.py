"""The stock of demandes taken over from before, as a list, and « Classer à la reprise » (verbes/demande/stock.py)."""
import math
import re
from collections import namedtuple

import langue
from models import Refus, ecriture, lecture
from verbes import etiquettes, regles
from verbes.demande import liste, stock
from views import aller, annoncer, app, choix, page, reprise, request, tenter
from views.champs import Champ, lire
from views.criteres import PAR_PAGE, adresse_de, colonnes_sql, lire_criteres, nom_de, page_voulue
from views.entrees import NUMERO, lire_numero

ADRESSE = '/espace/admin/reprise'
STOCK = {'ouvertes': 'oui', 'reprise': 'oui'}                       # always asked for
FILTRES = (
    Champ('q', 'Rechercher', 'recherche'),
    Champ('statut', 'Statut', 'choix', choix='Tous'),
    Champ('theme', 'Thème', 'choix', choix='Tous'),
    Champ('structure', 'Structure', 'choix', choix='Toutes'),
    Champ('depuis', 'Déposée depuis le', 'date'),
    Champ('jusqua', 'Déposée jusqu\'au', 'date'),
)
MOTIF = Champ('motif', 'Pourquoi ces demandes sont-elles classées\u00a0?', 'long', True,
              'Écrit au journal de chacune. Aucun courriel ne part.',
              vide='dites-le en une phrase')
LUES = ('numero', 'statut', 'depose_le', 'collectivite', 'fiche_id', 'structure_id', 'restreinte')
DERNIERE = '(SELECT max(cree_le) FROM journal WHERE demande_id = demande.numero AND agent_id IS NOT NULL)'
Ligne = namedtuple('Ligne', (*LUES, 'derniere'))
annoncer(
    ADRESSE,
    classe='Le lot est classé\u00a0: il s\'annule pendant 24\u00a0heures.',
    retabli='Le lot est annulé\u00a0: ses demandes sont ouvertes comme avant.')


@app.get(ADRESSE, qui='administrateur')
def montrer():
    return _page_liste(motif=reprise().get('motif', ''))


def _page_liste(motif='', laissees=()):
    """laissees: the numbers of a batch just undone that stay closed."""
    criteres = {nom: v for nom, v in lire_criteres().items() if nom not in STOCK}
    total = liste.compter(request.agent, criteres | STOCK)
    pages = max(1, math.ceil(min(total, liste.COMPTE_MAX) / PAR_PAGE))
    courante = min(page_voulue(), pages)
    lues = liste.lister(request.agent, criteres | STOCK, 'numero', colonnes_sql(LUES, DERNIERE), PAR_PAGE,
                        (courante - 1) * PAR_PAGE)
    return page(
        'administration/stock/liste.html', lignes=[Ligne._make(lue) for lue in lues.fetchall()], total=total,
        pages=pages,
        voulue=courante, criteres=criteres, filtres=_filtres(), libelles=etiquettes.libelles(), lots=_lots(),
        lien_page=lambda n: adresse_de(criteres, ADRESSE, page=n if n > 1 else None),
        adresse=adresse_de(criteres, ADRESSE),
        lot_max=stock.LOT_MAX, motif=MOTIF, valeurs={'motif': motif}, nom_de=nom_de, laissees=laissees)


def _filtres():
    listes = {'statut': tuple((s, regles.STATUTS[s]) for s in stock.CLASSER.de), 'theme': choix.themes(),
              'structure': choix.options(etiquettes.libelles()['structure'])}
    return choix.remplir(FILTRES, listes)


def _lots():
    """[(Lot, until when)]."""
    return [(lot, langue.en_utc(langue.a_paris(lot.fait_le) + stock.ANNULABLE)) for lot in stock.lots()]


# ---- The preview, the batch, its undoing ----

@app.post(ADRESSE, qui='administrateur', transaction=False)
def apercevoir():
    """What « Classer à la reprise » would set aside of the list: nothing is written."""
    with lecture():
        criteres = {nom: v for nom, v in lire_criteres().items() if nom not in STOCK} | STOCK
        numeros = [n for n, in liste.lister(request.agent, criteres, 'numero', 'demande.numero', stock.LOT_MAX)]
        return _page_apercu(numeros, request.saisies)


def _page_apercu(numeros, saisies, status=200, fautes=None, phrase=''):
    apercu = stock.apercevoir(numeros)
    return page('administration/stock/apercu.html', status, demandes=apercu.demandes, empreinte=apercu.empreinte,
                attendent=apercu.attendent, motif=MOTIF,
                valeurs={'motif': saisies.get('motif', '')}, fautes=fautes or {}, phrase=phrase,
                numeros=','.join(str(d['numero']) for d in apercu.demandes), libelles=etiquettes.libelles(),
                laissees=_laissees(saisies))


@app.post(f'{ADRESSE}/classer', qui='administrateur', transaction=False)
def classer():
    saisies = request.saisies
    if not re.fullmatch(f'({NUMERO}(,|$))+', saisies.get('numeros', '')):
        raise Refus('Il n\'y a aucune demande à classer. Revenez à la page «\u00a0Reprise de l\'ancien suivi\u00a0».')
    numeros = [int(numero) for numero in saisies['numeros'].split(',') if numero]
    valeurs, fautes = lire([MOTIF])
    if not fautes:
        with ecriture():
            _, refus = tenter(stock.classer, numeros, saisies.get('vue', ''), request.agent, valeurs,
                              _laissees(saisies))
        if not refus:
            aller(f'{ADRESSE}?fait=classe')
        if refus.code == 422:
            fautes = {'motif': refus.phrase}
    with lecture():
        status, phrase = (422, '') if fautes else (refus.code, refus.phrase)
        return _page_apercu(numeros, saisies, status, fautes, phrase)


def _laissees(saisies):
    """The numbers of the preview that are to stay open."""
    return {int(nom[8:]) for nom in saisies if re.fullmatch(f'laisser-{NUMERO}', nom)}


@app.post(f'{ADRESSE}/annuler', qui='administrateur')
def annuler():
    lot = lire_numero(request.saisies.get('lot', ''))
    if lot is None:
        raise Refus('Ce lot n\'existe pas. Revenez à la page «\u00a0Reprise de l\'ancien suivi\u00a0».', 404)
    _, laissees = stock.annuler(lot, request.agent)
    if laissees:
        return _page_liste(laissees=laissees)
    return aller(f'{ADRESSE}?fait=retabli')
