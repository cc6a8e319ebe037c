"""An act on a demande as its page offers it: one record. Its button, who may do it and when are the law's (TRANSITIONS
and ACTES of verbes/regles.py); all the rest is here, and nowhere else.
"""
from collections.abc import Callable
from typing import NamedTuple

from views import consigne
from views.champs import Champ


class Geste(NamedTuple):
    section: str                                                    # of the chapter « Demandes » of the help
    verbe: Callable | None = None                                   # (demande, agent, version, its fields); None: §4's
    saisie: Callable = dict                                         # its fields → what a transition of §4 takes
    loi: str = ''                                                   # the act of the law that it is, of another name
    titre: str = ''                                                 # of its form; '': its button
    aide: str = ''
    champs: tuple = ()
    bouton: str = ''                                                # of its form; '': that of the law
    choix: dict = {}                                                # {field: (demande) → its choices, of the base}
    ajuster: Callable = lambda champs, demande, saisies: champs     # those that this demande has a use for
    initiales: Callable = lambda demande: {}                        # shown at first; None: what it is about has gone
    autour: Callable = lambda demande: {}                           # what helps to choose, beside its form (AUTOUR)
    pli: tuple = ('', ())                                           # (its words, the fields that it folds)
    a_nommer: tuple = ()                                            # the Geste of who was associated to name a person
    fait: str = 'enregistre'                                        # what the page says once it is done (annoncer)
    sur_la_page: bool = False                                       # its form is always there
    ajoute: bool = False                                            # nothing that was read can be stale
    operation: bool = False                                         # sent to …/equipe, its name in a field
    danger: bool = False
    ecrit: bool = False                                             # it mails the collectivité: its form says where
    envoyer: Callable | None = None                                 # (demande) → « Répondre à »: it waits two minutes
    texte: str = ''                                                 # the field that a text kept ready fills
    mene: dict = {}                                                 # {box: the act whose form goes on from this one's}
    fichiers: bool = False                                          # the consigne keeps its files
    porte: dict = {}                                                # what it answers, once an « autre porte » is chosen
    liens: dict = {}                                                # {panel: the words of its link; '': its button}
    groupe: str = ''                                                # of « Plus », when the page gives it no other place
    dit: str = ''                                                   # there: what it does, and to whom it writes


MOTIF = Champ('motif', 'Motif', 'long', True, 'Il est écrit au journal.')

# A field of which only one answer has a use, by its class: (the field, the answer). The page shows it with that answer
# alone where the browser can (commun.css, :has), and without it nothing is read of it.
SELON = {
    'si-joint':      ('resultat', 'joint'),
    'si-redirige':   ('issue', 'redirige'),
    'si-convenu':    ('issue', 'sans_suite'),
    'si-nous':       ('transmission', 'nous'),
    'si-reorientee': ('reponse', 'reorientee'),
    'si-doublon':    ('ecart', 'doublon'),
    'si-erreur':     ('ecart', 'erreur'),
    'si-obtenu':     ('accord', 'obtenu'),
    'si-attendre':   ('attendre', 'oui'),
}


def sauf(champs, noms):
    return [c for c in champs if c.nom not in noms]


def casier(demande, agent, saisies, nom='journal'):
    """Where the consigne keeps the files of a form of the page: (the place, what the form claims)."""
    return f'{nom} {agent.id} {demande.numero}', saisies | {'cle': consigne.cle_de(saisies.get('cle', ''))}
