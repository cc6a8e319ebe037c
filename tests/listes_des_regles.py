"""What the chapter « regles.md » lists, made from the code: chapitres.py writes it between the marks of the chapter."""
import re
import textwrap

from conftest import LIVREES

import langue
import plateforme
from verbes import audit, comptes, mots_de_passe, reglages, regles, textes, valeurs
from verbes.administration import conservation, inactifs, succession
from verbes.catalogue import campagne, portes
from verbes.demande import (
    clotures, conversation, courrier, cycle, jalons, lettres, liste, matin, relances, reponses, reunions, stock)
from verbes.echanges import lots
from verbes.exploitation import porteur
from verbes.pilotage import chiffres, evaluation, secret, territoires, visite
from views import envois
from views.compte import compte, moi
from views.demande import demande, extraction
from views.demande.actes import contact
from views.demande.actes import conversation as messages
from views.demande.actes import journal as notes
from views.pilotage import mesures


def tableau(titres, lignes):
    lignes = [[str(cellule).replace('|', '\\|').replace('\n', ' ') for cellule in ligne] for ligne in lignes]
    return ''.join(f'| {" | ".join(ligne)} |\n' for ligne in (titres, ['---'] * len(titres), *lignes))


def table(titres, lignes):
    """A table of this chapter, which is written with ordinary spaces."""
    return tableau(titres, lignes).replace('\u00a0', ' ')


def paragraphe(texte, retrait=''):
    texte = texte.replace('\u00a0', ' ')
    return textwrap.fill(texte, 120, subsequent_indent=retrait, break_long_words=False, break_on_hyphens=False) + '\n'


def puces(dites):
    return ''.join(paragraphe(f'* {libelle} : {texte}', '  ') for libelle, texte in dites.items())


def code(nom):
    return f'`{nom}`'


def codes(noms):
    return ', '.join(map(code, noms))


def etoiles(couples):
    return ' · '.join(f'{mots}{"*" * bool(marque)}' for mots, marque in couples)


ROLES = {'administrateur': 'administrateur', 'chef_de_file': 'chef', 'referent': 'référent', 'associe': 'associé',
         'demandeur': 'demandeur', 'agent': 'qui lit'}
ENSEMBLES = {'qui suit': regles.SUIVENT, 'qui conduit': regles.CONDUISENT, 'qui participe': regles.PARTICIPENT}
GROUPES = {'avant l\'accompagnement': regles.AVANT_EN_COURS, 'à orienter': regles.A_ORIENTER,
           'en route': regles.OUVERTS_SAUF_REJETE}


def par(roles):
    """Who may: by the name of the set, if it has one."""
    return next((nom for nom, siens in ENSEMBLES.items() if set(roles) == set(siens)), ', '.join(map(ROLES.get, roles)))


def de(statuts):
    """From which statuts: by the name of the group, then the codes of those that are out of it."""
    for nom, groupe in GROUPES.items():
        if statuts[:len(groupe)] == groupe:
            return ', '.join([nom, *map(code, statuts[len(groupe):])])
    return codes(statuts)


def actes():
    return table(('Acte', 'Bouton', 'Par', 'Quand'), [
        (code(nom), acte.bouton, par(acte.qui), acte.quand.mots) for nom, acte in regles.ACTES.items()])


URGENTE, COMPLEXE = regles.PROMESSES.values()


def jours(n, suite=''):
    return f'{langue.dire_nombre(n, "jour")}{suite}'


def heures(duree):
    return f'{duree.total_seconds() / 3600:g} heures'


def mo(octets):
    return f'{octets // langue.MO} Mo'


def jours_ouvres(n):
    return langue.dire_nombre(n, 'jour', 'ouvré')


DELAIS = [
    ('Rappel, assistance urgente, au départ', jours(int(valeurs.REGLAGES['delai_urgente'].defaut))),
    ('Rappel, projet complexe ou demande libre, au départ', jours(int(valeurs.REGLAGES['delai_complexe'].defaut))),
    ('Échéance dite proche', jours(langue.JOURS_PROCHES, ' avant')),
    ('Retard dit aux administrateurs', jours_ouvres(regles.JOURS_AVANT_ADMINISTRATEURS)),
    ('Journal silencieux, assistance urgente', jours(URGENTE.silence)),
    ('Journal silencieux, projet complexe', jours(COMPLEXE.silence)),
    ('Orientée trop tard pour « à temps »', f'moins de {jours_ouvres(liste.JOURS_POUR_APPELER)}'),
    ('Avertissement avant de classer', jours(regles.JOURS_POUR_REPONDRE, ' au moins')),
    ('Mise de côté', jours(regles.JOURS_DE_COTE, ' au plus')),
    ('Corriger une ligne du journal', f'{regles.MINUTES_POUR_CORRIGER} minutes'),
    ('Reprendre un message', f'{regles.MINUTES_POUR_REPRENDRE} minutes'),
    ('Message qui n\'est pas parti, gardé', jours(conversation.JOURS_DE_GARDE)),
    ('Réponse attendue', jours(regles.JOURS_D_ATTENTE, ' au plus')),
    ('Réponse attendue, redite', jours(regles.JOURS_AVANT_LA_DATE, ' avant')),
    ('Réponses par courriel à une demande', ', '.join(f'{n} {qui}' for qui, n in zip(
        ('de la mairie', 'd\'inconnus', 'automatiques'), reponses.PAR_JOUR.values())) + ' par jour'),
    ('Fichiers d\'inconnus, à part', f'{mo(reponses.INCONNUS_OCTETS)} par demande'),
    ('Messages à une demande, depuis son lien', f'{envois.MESSAGES_PAR_HEURE} par heure'),
    ('Avis de dépôt à une adresse', f'{cycle.AVIS_PAR_JOUR} par jour'),
    ('Première heure des rappels', f'{relances.PREMIERE_HEURE} h'),
    ('Lignes du courriel du jour', f'{matin.LIGNES_MAX} au plus, et tous les retards en début de semaine'),
    ('Courriel refusé pour l\'instant, retenté', jours((porteur.ESSAIS_MAX - len(porteur.ATTENTES)) // 24)),
    ('Étapes d\'une demande', f'{jalons.JALONS_MAX} au plus'),
    ('Réunion à venir', jours(reunions.JOURS_A_VENIR, ' au plus')),
    ('Lettre, du dépôt à l\'envoi', jours_ouvres(regles.JOURS_POUR_LA_LETTRE)),
    ('Lettre d\'une demande close, encore proposée', jours(lettres.JOURS_D_UNE_CLOSE)),
    ('Lettres à la fois', f'{courrier.MAX} au plus'),
    ('Départ, structure qui s\'en va : annulables', f'{succession.HEURES_POUR_ANNULER} heures'),
    ('Import de demandes, lot classé : annulables', heures(lots.ANNULABLE)),
    ('Lot classé à la reprise', f'{stock.LOT_MAX} demandes au plus'),
    ('Fichiers d\'un envoi', f'{regles.PIECES_MAX}, de {mo(regles.PIECE_OCTETS)}, {mo(regles.PIECES_OCTETS)} ensemble'),
    ('Avis d\'une mairie', f'{evaluation.TEXTE_MAX} caractères'),
    ('Pourcentage ou médiane', f'{chiffres.MINIMUM} demandes et {chiffres.REFERENTS} référents au moins'),
    ('Nombre caché, en données ouvertes', f'sous {secret.PLANCHER}'), ('Sans demande', f'{territoires.MOIS} mois'),
    ('Revue annuelle, proposée', jours(campagne.DUREE)), ('Fiche à revoir', f'{campagne.VALABLE} mois'),
    ('Autre porte à vérifier', jours(portes.VALABLE)), ('Invitation', jours(regles.LIENS['invitation'].days)),
    ('Lien de mot de passe oublié', heures(regles.LIENS['mot_de_passe'])),
    ('Session', f'{heures(comptes.SESSION_INACTIVE)} sans geste, {heures(comptes.SESSION_TOTALE).split()[0]} en tout'),
    ('Mot de passe', f'{mots_de_passe.MINIMUM} caractères au moins'),
    ('Second facteur de tous, annoncé', jours(reglages.PREAVIS, ' avant')),
    ('Compte inutilisé', f'{conservation.SANS_SERVIR} mois, puis {inactifs.SECOND} et {jours(inactifs.FERMETURE)}'),
    ('Motif pour lire l\'audit d\'un autre', f'{audit.MOTIF_MIN} caractères')]
assert stock.ANNULABLE == lots.ANNULABLE                            # one row for both
NATURES = regles.NATURES | regles.NATURES_PLATEFORME
MOTS = {
    'Types de collectivité': regles.TYPES, 'Promesses': [promesse.libelle for promesse in regles.PROMESSES.values()],
    'Origines': dict(mesures.ORIGINES).values(), 'Voies d\'une demande reçue en direct': regles.VOIES,
    'Civilités': regles.CIVILITES, 'Moyens d\'un contact': regles.MOYENS.values(),
    'Résultats d\'un contact': regles.RESULTATS.values(), 'Issues': regles.ISSUES.values(),
    'Écarts': regles.ECARTS.values(), 'Réponses à un rejet': regles.REPONSES.values(),
    'Qui saisit l\'organisme': regles.TRANSMISSIONS.values(), 'Ampleurs': regles.AMPLEURS.values(),
    '« Avez-vous été rappelé·e ? »': regles.RAPPELE.values(), 'Natures écrites par un agent': regles.NATURES.values(),
    'Natures écrites par la Plateforme': regles.NATURES_PLATEFORME.values(),
    'Natures que lit la collectivité': [NATURES[nature] for nature in regles.PUBLIQUES],
    'Ce qui répond à un message': [NATURES[nature] for nature in regles.REPONDENT],
    'Ce que porte un message': regles.PORTES_PAR.values(), 'Avis du journal': dict(moi.AVIS).values(),
    'À temps, dans l\'ordre': [mots for mots, _ in liste.TEMPS.values()],
    'États d\'une fiche': regles.ETATS_DE_FICHE.values(), 'Réponses à la revue': regles.DITES.values(),
    'Genres de contenu': [genre.libelle for genre in regles.GENRES_DE_CONTENU.values()],
    'États d\'un contenu': regles.ETATS_DE_CONTENU.values(), 'Qui lit un contenu': regles.AUDIENCES.values(),
    'Natures d\'une ressource': [libelle for libelle, _ in regles.NATURES_DE_RESSOURCE.values()],
    'Natures d\'un document': regles.NATURES_DE_DOCUMENT.values(),
    'Classes d\'un document': regles.CLASSES_DE_DOCUMENT.values(),
    'Étapes d\'une lettre': regles.ETAPES_DE_LETTRE.values(), 'Envoi d\'une lettre': regles.VOIES_DE_LETTRE.values(),
    'Visite préparée pour': visite.POUR.values(), 'Fichiers joints': regles.SIGNATURES}
LIBELLES = {'Demande': demande.CHAMPS, 'Note': notes.JOURNAL, 'Message': messages.MESSAGE, 'Contact': contact.CONTACT,
            'Invitation': compte.NOUVEAU}
# What is listed between the marks of the chapter: {its name: how it is made}.
LISTES = {
    'statuts': lambda: table(('Code', 'Libellé', 'Qui doit agir', 'Ce qui est attendu, dans l\'ordre', 'Étape'), [
        (code(nom), libelle, ROLES.get(regles.QUI[nom].qui, '–'), codes(regles.QUI[nom].actes) or '–',
         regles.QUI[nom].etape or '–') for nom, libelle in regles.STATUTS.items()]),
    'transitions': lambda: table(('Action', 'Bouton', 'De', 'Vers', 'Par'), [
        (code(t.action), t.bouton, de(t.de), code(t.vers), par(t.qui)) for t in regles.TRANSITIONS]),
    'actes': actes,
    'delais': lambda: table(('Délai ou limite', 'Valeur'), DELAIS),
    'courriels': lambda: '\n'.join(f'**{textes.GROUPES[groupe]}**\n\n' + table(('Code', 'Titre'), [
        (code(nom), sorte.libelle) for nom, sorte in textes.COURRIELS.items() if sorte.groupe == groupe])
        for groupe in dict.fromkeys(sorte.groupe for sorte in textes.COURRIELS.values())),
    'filtres': lambda: puces({'**Filtres**': f'{codes(liste.CONDITIONS)}. **Tris** : {codes(liste.TRIS)}.'}),
    'colonnes': lambda: paragraphe(etoiles((titre, reservee) for titre, reservee, _ in extraction.EXPORT)),
    'mots': lambda: puces({f'**{libelle}**': ' · '.join(mots) for libelle, mots in MOTS.items()}),
    # The sentence of each end; … stands for a value.
    'fins': lambda: puces({code(nom): re.sub(r'(\{\w+\})+', '…', dit) for nom, (dit, *_) in clotures.PHRASES.items()}),
    'libelles': lambda: puces({
        f'**{nom}**': etoiles((champ.libelle, champ.requis) for champ in champs if champ.libelle)
        for nom, champs in LIBELLES.items()}),
    'au_depart': lambda: table(('Réglage', 'Au départ'), [
        (sorte.libelle, sorte.defaut) for sorte in valeurs.REGLAGES.values() if sorte.defaut]),
    'datees': lambda: paragraphe('Se datent, avec une référence : ' + ' · '.join(
        sorte.libelle for sorte in valeurs.REGLAGES.values() if sorte.groupe == 'datee') + '.'),
    'limites': lambda: table(('Limite', 'Ce qu\'elle compte', 'Ordinaire', 'Renforcée'), [
        (code(nom), limite.quoi, limite.ordinaire, limite.renforcee) for nom, limite in LIVREES.items()]),
    'verbes': lambda: paragraphe(f'`plateforme VERBE` : {codes(plateforme.VERBES)}.')}
