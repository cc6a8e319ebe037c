"""The filters of the list of the demandes: the fields of its form, how each one that is in force is said."""
import models
import langue
from verbes import etiquettes, perimetre, regles
from verbes.demande import liste
from verbes.pilotage import chiffres, tableaux
from views import choix
from views.champs import Champ

# The form, and the words of each filter in force; choix: no choice, in words.
FILTRES = (
    Champ('q', 'Rechercher une demande'),
    Champ('theme', 'Thème', 'choix', choix='Tous'),
    Champ('statut', 'Statut', 'choix', choix='Tous'),
    Champ('type', 'Type', 'choix', choix='Tous'),
    Champ('structure', 'Structure', 'choix', choix='Toutes'),
    Champ('depuis', 'Déposée depuis le', 'date'),
    Champ('fiche', 'Fiche', 'choix', choix='Toutes'),
    Champ('direction', 'Direction', 'choix', choix='Toutes'),
    Champ('epci', 'Intercommunalité', 'choix', choix='Toutes'),
    Champ('agent', "Agent dans l'équipe", 'choix', choix='Tous'),
    Champ('jusqua', "Déposée jusqu'au", 'date'),
    Champ('chef', 'Chef de file seulement', 'case'),
    Champ('reprise', 'Reprises', 'case'),
    Champ('a_confirmer', 'Interlocuteur à confirmer', 'case'),
    Champ('a_repondre', 'À répondre', 'case'),
    Champ('essai', 'Essais', 'case'),
    Champ('collectivite', 'Collectivité', 'cache'),
    # What a tab, or a figure, asks for: said, kept, taken away one by one, not offered.
    Champ('ouvertes', 'Demandes ouvertes', 'cache'),
    Champ('miennes', 'Les vôtres', 'cache'),
    Champ('a_rappeler', 'À rappeler', 'cache'),
    Champ('retard', 'En retard', 'cache'),
    Champ('attente', 'En attente de la collectivité', 'cache'),
    Champ('comptees', 'Comptées dans les chiffres', 'cache'),
    Champ('recues', 'Reçues, reprises de l\'ancien suivi comprises', 'cache'),
    Champ('avec', 'Travaillée avec', 'cache'),
    Champ('origine', 'Origine', 'cache'),
    Champ('restreinte', 'À diffusion restreinte', 'cache'),
    Champ('delai', 'Délai promis', 'cache'),
    Champ('echue_depuis', 'Échéance depuis le', 'cache'),
    Champ('echue_jusqua', 'Échéance jusqu\'au', 'cache'),
    Champ('temps', 'Rappel', 'cache'),
    Champ('confirme', 'Rappel confirmé par la mairie', 'cache'),
    Champ('contact', 'Premier contact', 'cache'),
    Champ('proposition', 'Proposition', 'cache'),
    Champ('age', 'Ouverte depuis', 'cache'),
    Champ('sans_nouvelles', 'Sans nouvelles', 'cache'),
    Champ('issue', 'Issue', 'cache'),
    Champ('ampleur', 'Ampleur', 'cache'),
    Champ('avis', 'Avis de la mairie', 'cache'),
    Champ('signalee', 'Hors compétence', 'cache'),
    Champ('arrondissement', 'Arrondissement', 'cache'),
    Champ('canton', 'Canton', 'cache'),
    Champ('petr', 'PETR', 'cache'),
    Champ('secteur', 'Secteur', 'cache'),
    Champ('perimetre', 'Périmètre', 'cache'),
)
# The words of their codes.
FAIT = {'oui': 'oui', 'attendu': 'pas encore'}
CODES = {
    'origine': {'plateforme': 'par le formulaire', 'direct': 'reçue en direct'},
    'temps': {code: dit for code, (dit, _) in liste.TEMPS.items()} | {
        liste.CALCUL: 'jointe ou appelée à temps, ou aucun appel dans le délai'},
    'confirme': {chiffre.nom: chiffre.libelle for chiffre in chiffres.CONFIRME},
    'contact': FAIT,
    'proposition': FAIT,
    'age': chiffres.AGES,
    'issue': regles.ISSUES | regles.ECARTS | {'reorientee': 'réorientée vers un autre organisme'},
    'ampleur': regles.AMPLEURS,
    'avis': {'demande': 'demandé', 'recu': 'reçu'},
    'signalee': {'oui': 'signalée', 'orientee': 'signalée, puis reprise par une équipe'},
    'perimetre': {'avant': 'd\'avant les fusions'},
}
TOUJOURS_VUS = 6                                                    # of FILTRES; the others under « Plus de filtres »


def champs_filtres(libelles):
    """FILTRES with their choices: « Tous… » first."""
    listes = {
        'theme': choix.themes(),
        'statut': tuple(regles.STATUTS.items()),
        'type': tuple((t, t) for t in regles.TYPES),
        'structure': choix.options(libelles['structure']),
        'direction': choix.groupees(libelles['direction'], libelles['structure']),
        'fiche': choix.groupees(libelles['fiche'], libelles['theme'], True),          # those of old demandes too
        'agent': choix.groupees(libelles['agent'], libelles['structure']),
        'epci': choix.options(libelles['epci']),
    }
    return choix.remplir(FILTRES, listes)


def dire_filtres(criteres):
    """[words] of each filter of these criteria."""
    return [mots for mots, _ in filtres_actifs(criteres, etiquettes.libelles(), lambda **_: '')]


def filtres_actifs(criteres, libelles, lien):
    """[(words, address without it)] of each filter in force."""
    actifs = []
    for c in FILTRES:
        valeur = criteres.get(c.nom)
        if valeur:
            actifs.append((_dire_filtre(c, valeur, libelles), lien(**{c.nom: None})))
    return actifs


def _dire_filtre(c, valeur, libelles):
    if c.genre == 'case' or (valeur == 'oui' and c.nom not in CODES):
        return c.libelle
    if c.genre == 'date' or c.nom.startswith('echue_'):
        return f'{c.libelle} {langue.dire_jour(valeur)}'
    if c.nom == 'q':
        return f'Recherche\u00a0: «\u00a0{valeur}\u00a0»'
    if c.nom == 'avec':
        valeur = 'aucune autre structure' if valeur == liste.AUCUNE else tableaux.dire_valeur('structure', int(valeur))
    elif c.nom == 'delai':
        valeur = f'{models.jours_promis(regles.D_AVANT.get(valeur, valeur))}\u00a0jours'
    elif c.nom == 'collectivite':
        valeur, _ = perimetre.lire().noms.get(int(valeur), ('inconnue', ''))
    elif c.nom in chiffres.PAR:
        valeur = langue.enumerer([tableaux.dire_valeur(c.nom, liste.lire_valeur(c.nom, v)) for v in valeur.split(',')])
    elif c.nom in libelles:
        connu = libelles[c.nom].get(int(valeur))
        valeur = choix.dire(connu) if connu else 'inconnu'
    valeur = CODES.get(c.nom, regles.STATUTS).get(valeur, valeur)
    return f'{c.libelle}\u00a0: {valeur}'
