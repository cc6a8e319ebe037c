"""The logo of a structure: one image, cleaned as those of the contents, shown wherever the public reads its name.

Its text alternative is the name of the structure, of today. One page shows them all: together they are bounded.
"""
from collections import namedtuple

from peewee import fn

import models
from models import Document, Refus
from langue import dire_octets

from verbes.journal import auditer
from . import documents, images

OCTETS, EN_TOUT = 10 * 1024, 32 * 1024                              # of one, of all of them
Logo = namedtuple('Logo', 'id largeur hauteur')


@models.gardee
def logos():
    """{structure: its Logo}. One that is withdrawn has no size left."""
    lus = (Document.select(Document.objet, Document.id, Document.largeur, Document.hauteur)
           .where(Document.genre == 'logo', Document.taille > 0).order_by(Document.id).tuples())
    return {int(structure): Logo(*logo) for structure, *logo in lus}


def choisir(structure, agent, fichiers):
    """Give a structure its logo, in the place of another. fichiers: [(name, bytes)], one."""
    if len(fichiers) != 1:
        raise Refus('Choisissez une image, une seule.', champ='logo')
    image, poids = images.lire_logo(fichiers[0][1], OCTETS), _autres(structure)
    if poids + len(image.octets) > EN_TOUT:
        raise Refus(f'Les logos des structures pèseraient {dire_octets(poids + len(image.octets))} en tout\u00a0: '
                    f'{dire_octets(EN_TOUT)} au plus, car une page les montre tous. Allégez celui-ci, ou un autre.',
                    champ='logo')
    _vider(structure)
    documents.ranger(image.octets, genre='logo', objet=str(structure.id), titre='', nom=f'logo.{image.type}',
                     type=image.type, agent=agent, largeur=image.largeur, hauteur=image.hauteur)
    auditer('logo de structure', agent, structure.nom, objet=f'structure:{structure.id}')


def place(structure):
    """How many bytes the logo of a structure may have, beside those of the others."""
    return min(OCTETS, max(0, EN_TOUT - _autres(structure)))


def _autres(structure):
    return (Document.select(fn.sum(Document.taille))
            .where(Document.genre == 'logo', Document.objet != str(structure.id)).scalar() or 0)


def retirer(structure, agent):
    """Take its logo away: its address says that it is gone."""
    if _vider(structure):
        auditer('logo de structure retiré', agent, structure.nom, objet=f'structure:{structure.id}')


def _vider(structure):
    lignes = documents.lignes_de('logo', structure.id)
    for logo in lignes:
        documents.vider(logo)
    return lignes
