"""The counts that anybody may take (regles.md §13): of a year that has ended, by theme and kind of collectivité, and
whether the promise of a call was kept. An administrateur adds a year, once the agreement is dated.

A year is added as it stands that day, and kept as a file: what is counted again each night would tell by its changes
what it hides (secret.py). A restricted demande counts in the total of its year alone.
"""
import csv
import hashlib
import io
import math
from collections import namedtuple

from peewee import fn

import models
import langue
from models import Document, Refus

from verbes import etiquettes
from verbes.contenus import documents, electorale
from verbes.journal import auditer
from verbes.regles import TYPES_D_EPCI
from . import chiffres, tableaux
from .secret import ENSEMBLE, PLANCHER, cacher

# A line of the file. mesure: of MESURES; precision: of PRECISIONS; valeur: '' when it is secret.
Ligne = namedtuple('Ligne', 'annee mesure theme genre precision valeur')
MESURES = {
    'recues': 'Demandes reçues dans l\'année, ni doublons, ni erreurs, ni essais.',
    'reprises': 'Parmi elles, celles reprises de l\'ancien suivi, d\'avant l\'ouverture du service.',
    'promesse': 'Pour cent des demandes dont le jour promis tombait dans l\'année et dont la collectivité avait été '
                'appelée ou vue ce jour-là au plus tard. Hors reprises, diffusion restreinte, demandes reçues en '
                'direct, orientées à moins de trois jours ouvrés de ce jour, ou closes avant lui.',
}
PRECISIONS = ('exacte', 'au moins', 'au plus', 'secret')
COMMUNES, EPCI, AUTRES = GENRES = ('Communes', 'Intercommunalités', 'Autres établissements')
RESTREINTE = 'Diffusion restreinte'                                 # a line and a column of the secret, never shown
SANS_ACCORD = ('L\'accord du comité, des partenaires et du Président n\'est pas daté\u00a0: aucun chiffre n\'est '
               'diffusé.')
# What is shown of a year: recues, reprises, promesse: Lignes; croisees: {(theme, genre): Ligne}, margins included.
Annee = namedtuple('Annee', 'annee recues reprises promesse themes genres croisees')


# ---- Counting ----

def compter(agent, annee):
    """[Ligne] of a year that has ended, as an administrateur may add it today."""
    bornes = {nom: f'{annee}{fin}' for nom, fin in chiffres.ANNEES.items()}
    toutes = chiffres.NOMMES['recues']
    demandes = chiffres.qui_repondent(chiffres.lire(agent, bornes, (toutes,), tout=True), toutes)
    lignes = _croiser(annee, demandes)
    reprises = chiffres.reprises(demandes)
    seules = len(demandes) - reprises
    visibles = not reprises or reprises >= PLANCHER and (not seules or seules >= PLANCHER)
    promesse = _dire_la_promesse(chiffres.lire(agent, bornes, chiffres.TEMPS))
    return [*lignes, _ligne(annee, 'reprises', ENSEMBLE, ENSEMBLE, reprises, visibles),
            Ligne(annee, 'promesse', ENSEMBLE, ENSEMBLE, *promesse)]


def _ligne(annee, mesure, theme, genre, nombre, visible):
    return Ligne(annee, mesure, theme, genre, *(('exacte', str(nombre)) if visible else ('secret', '')))


def _croiser(annee, demandes):
    """The Lignes of a table, theme by kind, with its margins; the restricted ones are in its total alone."""
    themes = [_nommer(theme) for theme in (*etiquettes.libelles()['theme'], None)]
    cases = {(theme, genre): 0 for theme in (*themes, ENSEMBLE) for genre in (*GENRES, ENSEMBLE)}
    cases |= {(RESTREINTE, RESTREINTE): 0, (RESTREINTE, ENSEMBLE): 0, (ENSEMBLE, RESTREINTE): 0}   # none is secret too
    for restreinte, theme, type_ in zip(*map(demandes.valeurs, (('restreinte', 'oui'), 'theme', 'type'))):
        theme, genre = (RESTREINTE, RESTREINTE) if restreinte else (_nommer(theme), _genre(type_))
        for cle in ((theme, genre), (theme, ENSEMBLE), (ENSEMBLE, genre), (ENSEMBLE, ENSEMBLE)):
            cases[cle] = cases.get(cle, 0) + 1
    cachees = cacher(cases, {cle for cle in cases if RESTREINTE in cle})
    return [_ligne(annee, 'recues', *cle, cases[cle], cle not in cachees) for cle in cases if RESTREINTE not in cle]


def _nommer(theme):
    """The name of a theme, or « Sans thème »; one that is called as a margin of the table is not taken for it."""
    nom = tableaux.dire_valeur('theme', theme)
    return f'{nom} (thème)' if theme and nom in (ENSEMBLE, RESTREINTE, tableaux.dire_valeur('theme', None)) else nom


def _genre(type_):
    if type_ == 'Commune':
        return COMMUNES
    return EPCI if type_ in TYPES_D_EPCI else AUTRES


def _dire_la_promesse(echues):
    """(precision, value) of the promise of a call, in whole per cents: fewer than PLANCHER on a side are said by a
    bound, and nothing of fewer than ten, or held by fewer than three référents.
    """
    calcul = tableaux.du_calcul(echues).de(('restreinte', 'oui'), 0)
    if len(calcul) < chiffres.MINIMUM or chiffres.tenues(calcul) < chiffres.REFERENTS:
        return 'secret', ''
    a_temps, total = (len(calcul.de('temps', 'jointe') | calcul.de('temps', 'appelee')), len(calcul))
    if total - a_temps < PLANCHER:
        return 'au moins', str(100 * (total - PLANCHER + 1) // total)
    if a_temps < PLANCHER:
        return 'au plus', str(math.ceil(100 * (PLANCHER - 1) / total))
    return 'exacte', str(round(100 * a_temps / total))


# ---- Adding, taking away ----

def annees_finies():
    """The years that may be added, the last one first: from that of the first demande."""
    premiere, ici = int(langue.jour_de(chiffres.premier_depot())[:4]), int(langue.aujourdhui()[:4])
    return [str(annee) for annee in range(ici - 1, max(premiere, ici - tableaux.ANS_MAX) - 1, -1)]


def ajouter(annee, agent, vue, relu_par=''):
    """Put a year in the open; returns its Document's id. vue: the empreinte() of what was read before; relu_par: who
    has read it with the période électorale in mind, during it.
    """
    exiger_possible(annee)
    if annee in publiees():
        raise Refus(f'L\'année {annee} est déjà diffusée\u00a0: retirez-la d\'abord.', 409)
    electorale.controler('ouverte', '', relu_par)
    lignes = compter(agent, annee)
    if empreinte(lignes) != vue:
        raise Refus('Ces chiffres ont changé depuis que cette page est ouverte\u00a0: relisez-les.', 409)
    fichier = f'demandes-{annee}.csv', _en_octets(lignes)
    numero = documents.ajouter_document('ouverte', annee, f'Demandes de {annee}', [fichier], agent)
    if relu_par.strip():
        auditer('contenu relu', agent, f'demandes de {annee}, au regard de la période électorale, par '
                f'{relu_par.strip()}', objet=f'document:{numero}')
    return numero


def exiger_possible(annee):
    """Refus unless this year may be in the open."""
    if annee not in annees_finies():
        raise Refus('Cette année n\'est pas finie, ou n\'a pas de demande\u00a0: choisissez dans la liste.', 404)
    if not accord():
        raise Refus(SANS_ACCORD, 409)


def retirer(annee, agent):
    """Take a year back: its file is gone at once, from who has not taken it yet."""
    document = publiees().get(annee)
    if document is None:
        raise Refus(f'L\'année {annee} n\'est pas diffusée, ou ne l\'est plus.', 404)
    documents.retirer_document(document, agent)


def deja_diffusee(annee):
    """The instant it was taken back, of a year that was in the open before; else None."""
    return Document.select(fn.max(Document.retire_le)).where(
        Document.genre == 'ouverte', Document.objet == annee).scalar()


def accord():
    """The day of the agreement; None without it: nothing is in the open, what was added neither."""
    return models.jour_de_la_ligne('accord_ouvertes')


def publiees():
    """{year: its Document, without its bytes}, the last one first."""
    lus = Document.select(*documents.SANS_OCTETS).where(Document.genre == 'ouverte', Document.retire_le.is_null())
    return {document.objet: document for document in lus.order_by(Document.objet.desc())}


# ---- The file ----

def _en_octets(lignes):
    texte = io.StringIO(newline='')
    csv.writer(texte, delimiter=';').writerows(lignes)
    return texte.getvalue().encode()


def empreinte(lignes):
    return hashlib.sha256(_en_octets(lignes)).hexdigest()


@models.gardee
def lignes_publiees():
    """[Ligne] of all the years in the open, the last one first; none without the agreement."""
    if not accord():
        return []
    lus = Document.select(Document.contenu).where(Document.genre == 'ouverte', Document.retire_le.is_null())
    return [Ligne(*cellules) for contenu, in lus.order_by(Document.objet.desc()).tuples()
            for cellules in csv.reader(io.StringIO(bytes(contenu).decode(), newline=''), delimiter=';')]


def par_annee(lignes):
    """[Annee] of Lignes, in their order."""
    annees = {}
    for ligne in lignes:
        annees.setdefault(ligne.annee, {}).setdefault(ligne.mesure, {})[ligne.theme, ligne.genre] = ligne
    tout = (ENSEMBLE, ENSEMBLE)
    return [Annee(annee, dites['recues'][tout], dites['reprises'][tout], dites['promesse'][tout],
                  *(list(dict.fromkeys(noms)) for noms in zip(*dites['recues'])), dites['recues'])
            for annee, dites in annees.items()]
