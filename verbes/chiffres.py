"""The figures: what each counts, its rule in a sentence, the criteria of the list that it opens (domaine.md §11).

A figure is a count over the conditions of liste.py, so that the list it opens counts the same. Who may not open a
restricted demande reads it in a figure of the whole, or of one structure, over whole calendar years alone (§7); a rate
or a delay is said of ten demandes that three référents hold; that of another structure, to the administrateurs alone.
"""
import statistics
from collections import namedtuple

import models
import langue
from models import ISSUES

from . import liste

# nom: in the page; libelle, regle: its words, what it counts in a sentence; criteres: added to those of the page.
# echu: it counts the demandes whose échéance falls in the period, not those received in it.
Chiffre = namedtuple('Chiffre', 'nom libelle regle criteres echu', defaults=(False,))

HORS = 'Ni doublons, ni erreurs, ni essais, ni demandes reprises de l\'historique.'
RECUES = (
    Chiffre('recues', 'demandes reçues', f'Déposées dans la période. {HORS}', {}),
    Chiffre('plateforme', 'par le formulaire', 'Déposées sur le site\u00a0: elles ont une promesse de rappel.',
            {'origine': 'plateforme'}),
    Chiffre('direct', 'reçues en direct', 'Saisies par un agent, sans promesse de rappel. Celles qui ne sont pas '
            'transmises ne sont pas connues.', {'origine': 'direct'}),
    Chiffre('restreintes', 'à diffusion restreinte', 'Comprises dans les précédentes.', {'restreinte': 'oui'}),
)
TEMPS = tuple(
    Chiffre(code, dit[0][:1].upper() + dit[0][1:], regle, {'temps': code}, echu=True)
    for (code, dit), regle in zip(liste.TEMPS.items(), (
        'Premier contact noté «\u00a0joint\u00a0» au plus tard le jour promis.',
        'Appel, message laissé ou visite notés au plus tard le jour promis, sans avoir joint la collectivité.',
        'Rien de noté le jour promis passé\u00a0; celles jamais appelées comprises.',
        'Le jour promis n\'est pas passé\u00a0: hors du calcul.',
        'Retirée, redirigée ou répondue avant le jour promis, sans appel noté\u00a0: hors du calcul.',
        'La dernière orientation ne laissait plus trois jours ouvrés\u00a0: comptée à part, hors du calcul.')))
DANS_LE_CALCUL = ('jointe', 'appelee', 'aucun')
CONFIRME = (
    Chiffre('oui', 'oui', 'La collectivité a répondu qu\'elle avait été rappelée.', {'confirme': 'oui'}),
    Chiffre('pas_encore', 'pas encore', 'Elle a répondu qu\'elle ne l\'avait pas été.', {'confirme': 'pas_encore'}),
    Chiffre('sans', 'sans réponse', 'La question lui a été posée.', {'confirme': 'sans'}),
    Chiffre('non_demande', 'non demandé', 'La question ne se pose qu\'après le jour promis.',
            {'confirme': 'non_demande'}),
)
AGES = {'30': '30 jours au plus', '90': 'de 31 à 90 jours', '180': 'de 91 à 180 jours', 'plus': 'plus de 180 jours'}
OUVERTES = (
    Chiffre('ouvertes', 'ouvertes aujourd\'hui', 'Reçues dans la période et non closes.', {'ouvertes': 'oui'}),
    *(Chiffre(f'age_{code}', dit, 'Depuis leur dépôt.', {'age': code}) for code, dit in AGES.items()),
    Chiffre('sans_nouvelles', 'sans nouvelles', 'En cours, sans ligne au journal depuis 30 jours, 90 pour un projet '
            'complexe, ni prochaine étape à venir.', {'sans_nouvelles': 'oui'}),
)
FINIES = (
    *(Chiffre(code, dit, 'Issue déclarée à la clôture.', {'issue': code}) for code, dit in ISSUES.items()),
    Chiffre('abandonnees', 'abandonnées', 'Retirées par la collectivité, ou abandonnées par l\'équipe.',
            {'statut': 'abandonne'}),
)
REJETEES = (
    Chiffre('rejetees', 'signalées hors compétence', 'Au statut «\u00a0Rejeté\u00a0», répondues ou non.',
            {'statut': 'rejete'}),
    Chiffre('rejetees_ouvertes', 'attendent une réponse', 'Ni répondues ni réorientées.',
            {'statut': 'rejete', 'ouvertes': 'oui'}),
    Chiffre('reorientee', 'réorientées ailleurs', 'Vers un autre organisme.', {'issue': 'reorientee'}),
)
AMPLEURS = tuple(Chiffre(code, dit, 'Dite à la clôture, si l\'agent le veut.', {'ampleur': code})
                 for code, dit in models.AMPLEURS.items())

# name: (title of its column, SQL text it is counted by, what is joined for it, the criterion of the list of a row).
PLACE = 'JOIN (SELECT DISTINCT demande_id, {0} FROM membre) AS place ON place.demande_id = demande.numero'
COMMUNE = 'LEFT JOIN collectivite ON collectivite.id = demande.collectivite_id'
PAR = {
    'mois':      ('Mois', 'substr(jour_de(demande.depose_le), 1, 7)', '', ''),
    'theme':     ('Thème', 'demande.theme_id', '', 'theme'),
    'fiche':     ('Fiche', 'demande.fiche_id', '', 'fiche'),
    'structure': ('Structure', 'place.structure_id', PLACE.format('structure_id'), 'structure'),
    'direction': ('Direction', 'place.direction_id', PLACE.format('direction_id'), 'direction'),
    'type':      ('Type de collectivité', 'demande.type', '', 'type'),
    'epci':      ('Intercommunalité', 'demande.collectivite_id', '', 'epci'),
}


# ======================================================================================
# What a reader may be said (domaine.md §7, §11)
# ======================================================================================

MINIMUM, REFERENTS = 10, 3
ANNEES = {'depuis': '-01-01', 'jusqua': '-12-31'}


def toutes_comptees(agent, criteres):
    """May a figure of these criteria count the restricted demandes that this agent does not read? Of the whole or of
    one structure, over whole calendar years.
    """
    if agent.administre:
        return True
    sans = {'comptees', 'structure', *ANNEES}
    return criteres.keys() <= sans and all(
        criteres.get(nom, '').endswith(fin) for nom, fin in ANNEES.items())


def delais_dits(agent, criteres):
    """'' when the rates and delays of these criteria may be said to this agent; else why not, in a sentence."""
    if agent.administre:
        return ''
    siennes = {str(agent.direction.structure_id)}
    visees = {criteres['structure']} if 'structure' in criteres else set()
    if 'direction' in criteres:
        visees.add(str(models.libelles()['direction'][int(criteres['direction'])].parent))
    if visees - siennes:
        return 'Les délais d\'une structure ne sont montrés qu\'à ses agents et aux administrateurs.'
    return ''


def taux(nombre, total, referents):
    """« 92 % », or '' when it may not be said: of fewer than MINIMUM demandes, or held by fewer than REFERENTS."""
    if total < MINIMUM or referents < REFERENTS:
        return ''
    return f'{round(100 * nombre / total)}\u00a0%'


# ======================================================================================
# Counting
# ======================================================================================

def completer(criteres, chiffre):
    """The criteria of the list behind a figure: those of the page, and its own."""
    base = {'comptees': 'oui'} | criteres
    if chiffre.echu:
        periode = {'depuis': 'echue_depuis', 'jusqua': 'echue_jusqua'}
        base = {periode.get(nom, nom): valeur for nom, valeur in base.items()}
    return base | chiffre.criteres


def compter(agent, criteres, chiffres):
    """{name: (how many, of which restricted)} of figures that are all of the same period (echu or not)."""
    base = completer(criteres, chiffres[0]._replace(criteres={}))
    colonnes = []
    for chiffre in chiffres:
        for de_plus in ({}, {'restreinte': 'oui'}):
            colonnes.append(liste.somme(chiffre.criteres | de_plus or {'comptees': 'oui'}))
    ligne = liste.agreger(agent, base, colonnes, tout=toutes_comptees(agent, {'comptees': 'oui'} | criteres))[0]
    return {chiffre.nom: (ligne[2 * n], ligne[2 * n + 1]) for n, chiffre in enumerate(chiffres)}


def repartir(agent, criteres, par):
    """{value: (received, open)} of the demandes that this agent reads, by one of PAR."""
    _, groupe, jointure, _ = PAR[par]
    colonnes = [('count(*)', []), liste.somme({'ouvertes': 'oui'})]
    lues = liste.agreger(agent, {'comptees': 'oui'} | criteres, colonnes, groupe, jointure)
    return {valeur: (recues, ouvertes) for valeur, recues, ouvertes in lues}


def referents(agent, criteres):
    """How many référents hold the demandes of these criteria."""
    jointure = "JOIN membre AS tenu ON tenu.demande_id = demande.numero AND tenu.role = 'referent'"
    return liste.agreger(agent, criteres, [('count(DISTINCT tenu.agent_id)', [])], jointure=jointure,
                         tout=toutes_comptees(agent, criteres))[0][0]


def medianes(agent, criteres):
    """{'contact': (median days, of how many, how many not contacted yet), 'proposition': (days, of how many, …)} from
    the deposit, of the demandes received by the form.
    """
    lues = liste.agreger(
        agent, {'comptees': 'oui', 'origine': 'plateforme'} | criteres,
        [('jour_de(demande.depose_le)', []), ('demande.premier_contact_le', []), (
            "(SELECT min(journal.acte_le) FROM journal WHERE journal.demande_id = demande.numero "
            "AND journal.nature = 'proposition')", [])], tout=toutes_comptees(agent, {'comptees': 'oui'} | criteres))
    return {nom: _mediane([(ligne[0], ligne[rang]) for ligne in lues])
            for rang, nom in ((1, 'contact'), (2, 'proposition'))}


def _mediane(paires):
    jours = [max(0, langue.jours_entre(debut, fin)) for debut, fin in paires if fin]
    return (statistics.median(jours) if jours else None), len(jours), len(paires) - len(jours)
