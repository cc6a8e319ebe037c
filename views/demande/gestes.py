"""Every act on a demande (actes/, a family a file), and what is alike for all: its fields here and now, what it shows
at first, the faults that one field alone can't show, the form read → the verb of the domain (regles.md §4 to §8).
"""
import re

import langue
from verbes import questions, regles
from verbes.demande import conversation, cycle, textes_types
from views import parametre, request

from .actes import circuit, clotures, contact, corrections, equipe, etapes, journal, reunions
from .actes import conversation as messages
from .actes.clotures import par_une_porte
from .geste import SELON

GESTES = {
    **journal.GESTES, **messages.GESTES, **contact.GESTES, **circuit.GESTES, **clotures.GESTES, **corrections.GESTES,
    **etapes.GESTES, **reunions.GESTES, **equipe.GESTES}
FICHIERS = [nom for nom, geste in GESTES.items() if geste.fichiers]  # the note, the message: the first one is shown
# {panel: [(act, the words of its link)]}: its button's, without words of its own
LIENS = {panneau: [(nom, geste.liens[panneau]) for nom, geste in GESTES.items() if panneau in geste.liens]
         for panneau in sorted({panneau for geste in GESTES.values() for panneau in geste.liens})}

A_COPIER = ('texte', 'long', 'courriel', 'telephone', 'date')       # typed: given back when no field holds it any more


# ---- The form of an act, here and now ----

def geste_de(action, demande, agent):
    """An act, as this agent does it, in the words of who asks (langue.mairie): who was associated without a name may
    name a person, or decline.
    """
    geste = GESTES[action]
    if geste.a_nommer and questions.a_nommer(demande, agent):
        geste = geste.a_nommer
    return _chez(geste, demande.type, 'titre', 'aide', 'dit')


def champs_de(action, demande, saisies):
    """The fields of an act that this demande has a use for, with their choices."""
    geste = geste_de(action, demande, request.agent)
    champs = geste.ajuster(geste.champs, demande, saisies)
    lecteurs = {geste.choix[c.nom] for c in champs if c.nom in geste.choix}     # several fields may share one list
    listes = {lire_liste: lire_liste(demande) for lire_liste in lecteurs}
    champs = [c._replace(choix=listes[geste.choix[c.nom]]) if c.nom in geste.choix else c for c in champs]
    champs = [_chez(c, demande.type, 'libelle', 'aide', 'vide') for c in champs]
    return [c if c.genre != 'radio' else                            # a list of choices keeps the words of §10
            c._replace(choix=[(valeur, langue.mairie(dit, demande.type)) for valeur, dit in c.choix]) for c in champs]


def _chez(chose, type, *noms):
    return chose._replace(**{nom: langue.mairie(getattr(chose, nom), type) for nom in noms})


def valeurs_initiales(action, demande):
    """What the form of an act shows at first; None when what it is about is there no more."""
    geste = GESTES[action]
    if geste.porte and parametre('porte'):
        return par_une_porte(geste, parametre('porte'))
    return geste.initiales(demande)


def dire_a_qui(geste, demande):
    """To which address an act mails the collectivité, and what its mail will keep quiet; '' when it mails it nothing.
    """
    if not geste.ecrit:
        return ''
    if not demande.courriel:
        return langue.mairie('Cette demande n\'a pas d\'adresse de courriel\u00a0: rien ne part à la collectivité, '
                             'téléphonez-lui.', demande.type)
    tait = ''
    if demande.interlocuteur_depuis:
        tait = ' Interlocuteur à confirmer\u00a0: le courriel ne donnera que le numéro et qui appeler.'
    if geste.envoyer:
        tait += ' Rien ne part, ni ne s\'écrit, avant deux minutes.'
    return langue.mairie('Adresse de la collectivité', demande.type) + f'\u00a0: {demande.courriel}.{tait}'


def avec_un_texte(action, demande):
    """What was typed in a form, and the text that its button asks for: « 3 » after it, « 3:120 » where the cursor was.
    """
    champ = GESTES[action].texte
    (numero, _, ou), saisie = request.saisies['texte_type'].partition(':'), request.saisies.get(champ, '')
    modele = next((t for t in textes_types.lisibles_par(request.agent) if str(t.id) == numero), None)
    if modele is None:
        return request.saisies
    curseur = int(ou) if re.fullmatch('[0-9]{1,6}', ou) else len(saisie)
    pret = textes_types.remplir(modele.texte, demande, request.agent)
    suite = (saisie[:curseur].strip(), pret, saisie[curseur:].strip())
    return request.saisies | {champ: '\n\n'.join(filter(None, suite))}


def utiles(champs, saisies):
    """The fields that these answers give a use to (SELON): what is typed in another is not read, nor at fault."""
    return [c for c in champs if all(saisies.get(SELON[si][0], '') == SELON[si][1]
                                     for si in c.classe.split() if si in SELON)]


def textes_restants(action, saisies, noms):
    """[(label, text)] of what was typed and no field of the page holds: to be copied, never lost."""
    perdus = [c for c in GESTES[action].champs if c.nom not in noms and c.genre in A_COPIER]
    return [(c.libelle, saisies[c.nom]) for c in perdus if saisies.get(c.nom)]


def controler(demande, valeurs):
    """The faults that one field alone can't show: {name: sentence}."""
    fautes = {}
    jour = langue.aujourdhui()
    debut = demande.recue_le or langue.jour_de(demande.depose_le)
    entre = f'Indiquez un jour entre le {langue.dire_jour(debut, True)}, jour de la demande, et aujourd\'hui.'
    for nom in ('contact_le', 'transmise_le', 'convenu_le'):
        if valeurs.get(nom) and not debut <= valeurs[nom] <= jour:
            fautes[nom] = entre
    premier = valeurs.get('premier_contact_le')
    if premier and premier != demande.premier_contact_le and not debut <= premier <= jour:
        fautes['premier_contact_le'] = entre
    a_tenir = valeurs.get('date_a_tenir')
    if a_tenir and a_tenir != demande.date_a_tenir and a_tenir < jour:
        fautes['date_a_tenir'] = 'Cette date est passée\u00a0: indiquez une date à venir.'
    if valeurs.get('acte_le') and valeurs['acte_le'] > jour:
        fautes['acte_le'] = 'Indiquez le jour où l\'acte a eu lieu, au plus tard aujourd\'hui.'
    if valeurs.get('accord_le') and valeurs['accord_le'] > jour:
        fautes['accord_le'] = 'Indiquez le jour de l\'accord, au plus tard aujourd\'hui.'
    if valeurs.get('telephone') == '' and not (valeurs.get('courriel') or demande.courriel):
        fautes['telephone'] = 'Gardez un téléphone\u00a0: cette demande n\'a pas de courriel.'
    return fautes


# ---- Doing: the form read → the verb of the domain ----

def faire(demande, action, agent, version, valeurs):
    """Do one action with the checked fields of its form, and nothing else of what was sent."""
    geste = GESTES[action]
    if geste.verbe:
        return geste.verbe(demande, agent, version, valeurs)
    changer = conversation.faire_attendre if action in regles.CLOSENT else cycle.changer_statut
    return changer(demande, action, agent, version, geste.saisie(valeurs))
