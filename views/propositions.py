"""What the page of a fiche and that of a content say alike of their versions: two texts face to face, the proposals to
read, the decision on one of them, what a verb refuses of it.
"""
from collections import namedtuple

from verbes import versions
from views import annoncer, espacer
from views.champs import Champ

REPONSE = Champ('reponse', 'Ce que vous en dites à l\'auteur', 'long', max=2000,
                aide='Obligatoire en cas de refus\u00a0: il le reçoit par courriel.')
DECISION = Champ('decision', 'Votre décision', 'radio', True,
                 choix=(('publier', 'Publier'), ('refuser', 'Refuser, en disant pourquoi')))
# The form that came back: its name (of a proposal, its id), what was typed in it, its faults.
Revenu = namedtuple('Revenu', 'formulaire saisies fautes')
annoncer('/espace/redaction/', propose='Votre proposition est envoyée aux administrateurs.')


def tel_quel(nom, texte):
    """How a field is read, when nothing of it is a key."""
    return texte


def comparer(avant, apres, noms, montrer=tel_quel):
    """[(field, its label, the lines of before, those of after)] of what changes. montrer: how a field is read."""
    return [(nom, noms.get(nom, nom), *versions.comparer(montrer(nom, avant.get(nom, '')), montrer(nom, apres[nom])))
            for nom in versions.changes(avant, apres)]


def en_vigueur(fil):
    """The version of a list that is published, or None."""
    return next((v for v in fil if v.etat == 'publiee'), None)


def d_avant(version):
    """{field: text} of what a version replaced, or a proposal was written upon; {} of the first."""
    precedente = versions.precedente(version)
    return versions.lire(precedente) if precedente else {}


def presenter(v, dits, champs, comparee, actuelle, revenu):
    """What the page shows of a proposal, which says `dits`. champs: a Champ of each of its fields; comparee: it against
    what its object says now, whatever that said when it was written; revenu: the Revenu of the page.
    """
    sien = revenu.formulaire == str(v.id)
    depassee = actuelle and v.sur is not None and v.sur < actuelle.numero
    return {'id': v.id, 'version': v, 'champs': comparee, 'sur': v.sur if depassee else None,
            'retouches': {nom: (champ, dits[nom]) for nom, champ in champs.items()},
            'saisies': revenu.saisies if sien else {}, 'fautes': revenu.fautes if sien else {}}


def ecrits(fil, revenu, noms):
    """[(label, text)] of what was typed, as it was, in the form of a proposal that another decided meanwhile: this form
    is no more on the page. noms: {field: its label}.
    """
    a_decider = {str(v.id) for v in fil if v.etat == 'a_relire'}
    if not revenu.formulaire.isdigit() or revenu.formulaire in a_decider:
        return []
    libelles = {**noms, REPONSE.nom: REPONSE.libelle}
    return [(libelles[nom], texte) for nom, texte in revenu.saisies.items() if nom in libelles and texte]


def lire_le_refus(refus):
    """(the faults of the form, what changed meanwhile) of a Refus 422 or 409; any other is raised again."""
    if refus.code not in (409, 422):
        raise refus
    return ({}, refus.phrase) if refus.code == 409 else ({refus.champ: espacer(refus.phrase)}, '')
