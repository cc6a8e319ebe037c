"""The printed guide is an edition: what is asked before it is printed, and the PDF that was printed, kept for its year.

What it had is read from the versions of the fiches at the instant it was kept: each has one by then.
"""
import json
from itertools import groupby

from models import Document, Fiche, Refus, Reglage, Theme, en_periode_electorale, lignes
from langue import aujourdhui, enumerer

from verbes import valeurs, versions
from verbes.contenus import documents, electorale
from verbes.journal import empreinte
from verbes.reglages import regler
from .catalogue import champs_de

MENTIONS = ('guide_editeur', 'guide_mentions')
EDITO = 'guide_edito'
# What the printed pages are made of, besides the settings.
LUES = ("SELECT * FROM fiche WHERE etat = 'publiee' AND NOT hors_guide ORDER BY id",
        'SELECT id, nom, ordre FROM theme ORDER BY id', 'SELECT * FROM pilotage ORDER BY fiche_id, agent_id',
        'SELECT id, nom, telephone FROM direction ORDER BY id',
        "SELECT id, objet, titre FROM document WHERE genre = 'fiche' ORDER BY id")


# ---- What is asked before ----

def mentions(reglages):
    """What is typed of them, the éditeur on the first line."""
    editeur = reglages['guide_editeur'] and f'Éditeur\u00a0: {reglages["guide_editeur"]}'
    return '\n'.join(filter(None, (editeur, reglages['guide_mentions'])))


def edito(reglages):
    """'' during a période électorale, whatever is typed."""
    return '' if en_periode_electorale(reglages, aujourdhui()) else reglages[EDITO]


def ecrire(neuves, agent):
    """Change the mentions and the édito, {key: text}; the édito waits during a période électorale."""
    reglages = Reglage.tous()
    if en_periode_electorale(reglages, aujourdhui()) and neuves.get(EDITO, reglages[EDITO]) != reglages[EDITO]:
        raise Refus(f'Période électorale {electorale.dire(reglages)}\u00a0: l\'édito ne change pas, et ne s\'imprime '
                    'pas.', champ=EDITO)
    regler(neuves, agent)


# ---- The edition of a year ----

def vue():
    """The mark of what /guide prints now: kept, an edition is of what was read."""
    reglages = Reglage.tous()
    return empreinte([[[*ligne.values()] for ligne in lignes(sql)] for sql in LUES]
                     + [mentions(reglages), edito(reglages)])


def annees():
    """Those that an edition may be of: this one and the next."""
    ici = int(aujourdhui()[:4])
    return str(ici), str(ici + 1)


def garder(annee, agent, fichiers, lue):
    """Keep the PDF that was printed as the edition of a year; returns its Document's id. lue: vue() when it was."""
    if annee not in annees():
        raise Refus(f'Une édition est de {" ou de ".join(annees())}.', champ='annee')
    if annee in editions():
        raise Refus(f'L\'édition {annee} existe déjà, telle qu\'elle a été imprimée. Si ce n\'est pas le bon fichier, '
                    'retirez-la d\'abord.', 409)
    reglages = Reglage.tous()
    manquent = [valeurs.REGLAGES[cle].libelle for cle in MENTIONS if not reglages[cle]]
    if manquent:
        raise Refus(f'Il manque {enumerer(manquent)}\u00a0: remplissez les '
                    'mentions, imprimez de nouveau, puis gardez.')
    if any(not nom.lower().endswith('.pdf') for nom, _ in fichiers):
        raise Refus('Choisissez le PDF qui a été imprimé.', champ='pieces')
    if lue != vue():
        raise Refus('Le catalogue ou les mentions ont changé depuis que cette page est ouverte\u00a0: imprimez le '
                    'guide de nouveau, puis gardez ce PDF-là.', 409)
    for fiche in Fiche.select().where(Fiche.etat == 'publiee'):
        versions.suivre('fiche', fiche.id, champs_de(fiche))
    return documents.ajouter_document('guide', annee, f'Guide des accompagnements, édition {annee}', fichiers, agent)


def editions():
    """{year: its Document, without its bytes}, the last one first."""
    lus = Document.select(*documents.SANS_OCTETS).where(Document.genre == 'guide', Document.retire_le.is_null())
    return {document.objet: document for document in lus.order_by(Document.objet.desc())}


def edition(annee):
    """The Document of a year; Refus 404."""
    document = editions().get(annee)
    if document is None:
        raise Refus(f'Il n\'y a pas d\'édition {annee} du guide. Celui d\'aujourd\'hui est à l\'adresse /guide.', 404)
    return document


def retirer(annee, agent):
    """It was not the right file: its bytes are gone, its year is free."""
    documents.retirer_document(edition(annee), agent)


def fiches_de(une):
    """[(theme, [(fiche id, title, version)])] in force when an edition was kept, in the order of the themes."""
    fiches, rangs = [], {theme.nom: theme.ordre for theme in Theme.select()}
    for ligne in lignes("""SELECT CAST(objet AS INTEGER) AS id, max(numero) AS numero, champs FROM version
                           WHERE genre = 'fiche' AND numero IS NOT NULL AND coalesce(decide_le, cree_le) <= ?
                           GROUP BY objet""", une.ajoute_le):
        champs = json.loads(ligne['champs'])
        if champs['etat'] == 'publiée' and champs.get('hors_guide') != 'oui':
            theme = champs['theme']
            fiches.append((rangs.get(theme, 0), theme, ligne['id'], champs['titre'], ligne['numero']))
    return [(theme, [fiche[2:] for fiche in lot]) for (_, theme), lot in groupby(sorted(fiches), lambda x: x[:2])]
