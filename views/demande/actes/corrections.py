"""What a demande says, of whom it is, who may read it, and until when one puts it aside (regles.md §6, §7)."""
import re

import langue
from models import Refus
from verbes import regles
from verbes.colonnes import du_groupe
from verbes.demande import a_confirmer, actes, cote
from views import annoncer, choix
from views.champs import Champ

from ..geste import MOTIF, Geste, sauf
from .circuit import choix_fiches

annoncer('/espace/demandes/', corrige='La demande est corrigée.',
         interlocuteur='Le nouveau lien de suivi part à la nouvelle adresse.')
annoncer('/espace', cote='La demande est mise de côté.', repris='La demande est reprise.')

COLLECTIVITE = Champ(
    'collectivite', 'Collectivité', requis=True, aide='Commune ou intercommunalité du département.')
A_RAPPELER = (
    Champ('rappel_nom', 'Nom de la personne à rappeler',
          aide='Vide\u00a0: le maire, la présidente ou le président.', max=100),
    Champ('rappel_prenom', 'Prénom de la personne à rappeler', max=100),
    Champ('rappel_fonction', 'Fonction', max=100),
)


def _du_groupe(groupe):
    """The fields that are drawn from the columns of a demande."""
    return [Champ(c.nom, c.libelle, c.saisie) for c in du_groupe(groupe)]


CHAMPS = (
    Champ('theme', 'Thème', 'choix'),
    Champ('fiche', 'Fiche d\'accompagnement', 'choix'),
    *_du_groupe('projet'),
    COLLECTIVITE,
    Champ('civilite', 'Civilité', 'choix', choix=(('', 'Sans'), *((c, c) for c in regles.CIVILITES))),
    Champ('nom', 'Nom', max=100),
    Champ('prenom', 'Prénom', max=100),
    *A_RAPPELER,
    Champ('telephone', 'Téléphone', 'telephone'),
    *_du_groupe('coordonnees'),
    Champ('premier_contact_le', 'Date du premier contact', 'date',
          aide='Vide\u00a0: la collectivité n\'a pas été jointe, le délai de rappel reprend.'),
)



def _champs_a_corriger(champs, demande, saisies):
    sans = set()
    if not demande.collectivite_id:                                 # « à rattacher » is the administrateur's (§3)
        sans.add('collectivite')
    if not demande.premier_contact_le:                              # noted by « contact », corrected here
        sans.add('premier_contact_le')
    return _avec_les_proches(sauf(champs, sans), demande, saisies)


def _avec_les_proches(champs, demande, saisies):
    """An unclear name of collectivité adds the nearest ones, to choose from."""
    saisi = saisies.get('collectivite', '').strip()
    if COLLECTIVITE not in champs or saisies.get('siren') or _inchangee(demande, saisi):
        return champs
    proches = choix.proches(saisi)
    if not proches:
        return champs
    apres = champs.index(COLLECTIVITE) + 1
    return [*champs[:apres], Champ('collectivite_choix', 'Quelle collectivité', 'radio', True, choix=proches),
            *champs[apres:]]


def _inchangee(demande, saisi):
    """True when the name typed is the one the demande bears already."""
    return bool(demande.collectivite_id) and langue.normaliser(saisi) == langue.normaliser(demande.collectivite)


def _collectivite(demande, valeurs):
    """The collectivité chosen among the nearest, or sure from its name; None when it stays as it is."""
    saisi = valeurs.get('collectivite', '')
    if not saisi or _inchangee(demande, saisi):
        return None
    collectivite, phrase = choix.choisir_collectivite(saisi, valeurs.get('collectivite_choix'), 'vérifiez le nom.')
    if collectivite is None:
        raise Refus(phrase, champ='collectivite')
    return collectivite


def _actuelles(demande):
    valeurs = {c.nom: getattr(demande, c.nom) or '' for c in CHAMPS if c.nom not in ('theme', 'fiche')}
    return valeurs | {'theme': demande.theme_id or '', 'fiche': demande.fiche_id or ''}


def _corriger(demande, agent, version, valeurs):
    saisie = {c: v for c, v in valeurs.items() if c not in ('collectivite', 'collectivite_choix')}
    for champ in CHAMPS:
        if champ.nom in saisie and (champ.genre == 'date' or champ.nom in ('theme', 'fiche')):
            saisie[champ.nom] = saisie[champ.nom] or None
    if 'fiche' in saisie and demande.fiche_id and not saisie['fiche']:
        raise Refus(
            'Choisissez une autre fiche\u00a0: une demande orientée ne redevient pas une demande libre.',
            champ='fiche')
    actes.corriger(demande, agent, version, saisie | {'collectivite_liee': _collectivite(demande, valeurs)})


def _rattacher(demande, agent, version, valeurs):
    siren = re.sub(r'\s', '', valeurs['siren'])
    liee = None if siren else _collectivite(demande, valeurs)
    actes.rattacher(demande, agent, version, liee, siren)


GESTES = {
    'corriger': Geste(
        'erreur', _corriger,
        titre='Corriger la demande',
        aide='Chaque changement est écrit au journal, sans les données personnelles. Le thème suit la fiche.',
        champs=CHAMPS, ajuster=_champs_a_corriger, initiales=_actuelles,
        pli=('Qui demande, et comment la joindre', tuple(c.nom for c in CHAMPS[5:-1])),
        choix={'fiche': choix_fiches, 'theme': lambda demande: (('', 'Aucun'), *choix.themes())},
        fait='corrige', liens={'besoin': 'Corriger'},
        groupe='dossier', dit='S\'écrit au journal, sans les données personnelles'),
    'rattacher': Geste(
        'interlocuteur', _rattacher,
        titre='Rattacher à une collectivité',
        aide='Le nom écrit au formulaire est remplacé par celui de la liste.',
        champs=(
            COLLECTIVITE,
            Champ('siren', 'SIREN, pour l\'ajouter à la liste', max=20, classe='court',
                  aide='Un syndicat ou un CCAS absent de la liste y est ajouté, '
                       'sous le nom et le type écrits au formulaire. Neuf chiffres.')),
        ajuster=_avec_les_proches, initiales=lambda demande: {'collectivite': demande.collectivite},
        fait='corrige', liens={'collectivite': 'Rattacher à une collectivité'},
        groupe='dossier', dit='Le nom de la liste remplace celui du formulaire'),
    'confirmer': Geste(
        'interlocuteur', lambda demande, agent, version, v: a_confirmer.confirmer(demande, agent, version),
        titre='Confirmer l\'interlocuteur à la collectivité',
        aide='La collectivité vous a dit que c\'est la même personne\u00a0: son lien de suivi montre de nouveau toute '
             'la demande. Si c\'en est une autre, «\u00a0Changer l\'interlocuteur\u00a0».',
        liens={'a_confirmer': 'C\'est la même personne'}),
    'interlocuteur': Geste(
        'interlocuteur', actes.changer_interlocuteur,
        titre='Changer l\'interlocuteur à la collectivité',
        aide='L\'ancien lien de suivi ne fonctionnera plus\u00a0; un nouveau part à la nouvelle adresse.',
        champs=(Champ('courriel', 'Courriel', 'courriel', True), Champ('telephone', 'Téléphone', 'telephone'),
                *_du_groupe('coordonnees'), *A_RAPPELER),
        initiales=lambda demande: {'telephone': demande.telephone},
        fait='interlocuteur', liens={'a_confirmer': 'C\'en est une autre'},
        groupe='dossier', dit='Un nouveau lien de suivi part à la nouvelle adresse'),
    'restreindre': Geste(
        'restreinte', lambda demande, agent, version, v: actes.restreindre(demande, agent, version, True),
        titre='Restreindre la diffusion',
        aide='Seuls l\'équipe et les administrateurs la liront et la trouveront\u00a0; ses courriels tairont son '
             'objet.',
        groupe='dossier', dit='Seuls l\'équipe et les administrateurs la liront'),
    'lever': Geste(
        'restreinte', lambda demande, agent, version, v: actes.restreindre(demande, agent, version, False, v['motif']),
        titre='Lever la diffusion restreinte',
        aide='Tous les agents pourront lire cette demande, son journal et ses pièces.',
        champs=(MOTIF,),
        groupe='dossier', dit='Tous les agents la liront'),
    'cote': Geste(
        'feuille-de-route',
        lambda demande, agent, version, v: cote.mettre_de_cote(demande, agent, v['jusqu_au'], v['raison']),
        titre='Mettre de côté',
        aide='Dans votre seule journée, trente jours au plus. Un message de la collectivité, un nouveau référent ou '
             'une promesse due le lendemain la ramène avant. La raison n\'est pas écrite au journal.',
        champs=(Champ('jusqu_au', 'Jusqu\'au', 'date', True),
                Champ('raison', 'Pourquoi, lu par l\'équipe', requis=True)),
        fait='cote', ajoute=True,
        groupe='dossier', dit='Revient dans votre journée au jour choisi'),
    'reprendre': Geste(
        'feuille-de-route', lambda demande, agent, version, v: cote.reprendre(demande, agent),
        fait='repris', sur_la_page=True, ajoute=True),
}
