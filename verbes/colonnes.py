"""What a fiche and a demande hold: a record a column, from which are drawn the forms, the correction, the direct entry,
the copy, the CSV, the files of import and export, the archive, and the register (registre.py).
"""
from typing import NamedTuple

from .regles import (
    AMPLEURS, CIVILITES, ECARTS, ETATS_DE_FICHE, ISSUES, PROMESSES, RAPPELE, REPONSES, STATUTS, TRANSMISSIONS, TYPES,
    VOIES)


class Colonne(NamedTuple):
    nom: str                                                        # of its column in the file
    requis: bool
    genre: str                                                      # how a cell is read (verbes/echanges/colonnes.py)
    dit: str                                                        # what « --colonnes » says of it
    limite: object = 200                                            # how many characters, or the accepted codes
    nouvelle: bool = False                                          # a file of before says nothing of it: it stays
    base: str | None = None                                         # its column in the base; None: as nom, '': none
    vue: str = 'interne'                                            # « public », « demandeur »: his page says it too
    fin: str = 'garder'                                             # once the retention is over, or « vider »
    libelle: str = ''                                               # as agents read it
    mairie: str = ''                                                # as the mairie does, in other words
    aide: str = ''                                                  # at the form of the mairie
    saisie: str = ''                                                # the kind of its field, of what is taken as typed
    groupe: str = ''                                                # « projet », « coordonnees »: where it is shown
    directe: bool = False                                           # entered too with a demande received directly
    corrigee: str = ''                                              # what the journal calls it, of what agents correct
    nommee: bool = False                                            # personal: the journal never says its value
    montree: bool = False                                           # among the facts, when there is something to say
    csv: str = ''                                                   # who reads it there: « tous », « structure »


def _nouvelle(nom, genre, dit, limite=200, **autres):
    return Colonne(nom, False, genre, dit, limite, True, **autres)


def _hors(nom, **autres):
    """A column that no file of import has."""
    return Colonne(nom, False, '', '', base=nom, **autres)


DES_PROMESSES = {code: promesse.libelle for code, promesse in PROMESSES.items()}
ICONES = ('balance', 'grue', 'carte', 'feuille', 'temple', 'route', 'ecran', 'bulles', 'maison', 'personnes')

FICHE = (
    Colonne('theme', True, 'mot', 'nom du thème', base='theme_id', vue='public'),
    Colonne('icone', True, 'code', 'dessin du thème, le même sur chacune de ses lignes', ICONES, base=''),
    Colonne('titre', True, 'titre', 'titre de la fiche', vue='public'),
    Colonne('resume', True, 'texte', 'une ou deux phrases, 220 caractères au plus', 220, vue='public'),
    Colonne('pour_qui', False, 'texte', "à qui la fiche s'adresse", 2000, vue='public'),
    Colonne('actions', False, 'liste', 'ce que nous faisons, points séparés par « | »', 2000, vue='public'),
    Colonne('deroulement', False, 'etapes', 'étapes « Titre : phrase » séparées par « | »', 2000, vue='public'),
    Colonne('a_preparer', False, 'liste', 'ce que la collectivité prépare, points séparés par « | »', 2000,
        vue='public'),
    Colonne('promesse', True, 'code', 'ce que la fiche promet pour le premier contact', DES_PROMESSES, vue='public'),
    Colonne('structure', True, 'structure', 'structure qui pilote la fiche', base=''),
    Colonne('direction', True, 'direction', 'direction qui pilote la fiche', base='direction_id', vue='public'),
    Colonne('chef_de_file', True, 'agent', 'courriel du chef de file', base=''),
    Colonne('co_chefs', False, 'agents', 'courriels des co-chefs de file séparés par « | »', 2000, base=''),
    Colonne('associees', False, 'associables',
        'directions ou structures qui peuvent être associées, séparées par « | »', 2000, base=''),
    Colonne('restreinte', False, 'oui_non', 'oui : les demandes de cette fiche sont à diffusion restreinte'),
    Colonne('etat', True, 'code', 'publiee : visible dans le catalogue', ETATS_DE_FICHE),
    Colonne('mise_a_jour', True, 'jour', 'date de mise à jour', base='maj_le', vue='public'),
    _nouvelle('identifiant', 'identifiant', 'désigne la fiche pour toujours : son titre peut alors changer'),
    _nouvelle('doublon', 'entier', "1, 2… pour les autres fiches du même titre, qu'une seule publie", base=''),
    _nouvelle('mots', 'texte', 'les mots des mairies, entre virgules : la recherche les lit', 2000, vue='public'),
    _nouvelle('conditions', 'texte',
        'le reste du coût et des conditions ; vide, et les quatre suivantes vides : « fixées par la structure, '
        'précisées au premier contact »',
        2000, vue='public'),
    _nouvelle('gratuit', 'texte', "« oui », ou ce qui l'est", vue='public'),
    _nouvelle('adherents_de', 'adherents', 'structure aux adhérents de laquelle il est réservé',
        base='adherents_de_id', vue='public'),
    _nouvelle('par_convention', 'texte', "« oui », ou qui y a droit : sous condition d'éligibilité", vue='public'),
    _nouvelle('payant', 'texte', 'un ordre de grandeur du prix', vue='public'),
    _nouvelle('theme_court', 'mot', 'nom court du thème, dans les listes ; vide : son nom', 30, base=''),
    _nouvelle('explication', 'texte', 'ce que le public lit d\'une fiche suspendue', 2000, vue='public'),
    _nouvelle('sans_texte', 'oui_non_vide', "oui : les courriels à la collectivité ne disent pas le message"),
    _nouvelle('hors_guide', 'oui_non_vide', "oui : elle n'est pas dans le guide imprimé"),
    _nouvelle('verifie_le', 'jour', 'jour où qui la pilote l\'a dite exacte', vue='public'),
    _hors('remplacee_par_id', vue='public'),
    _hors('id'),
)

DEMANDE = (
    Colonne('numero', True, 'nouveau', 'numéro de la demande, conservé', vue='demandeur'),
    Colonne('origine', True, 'code', 'déposée sur la Plateforme, ou reçue en direct', ('plateforme', 'direct'),
        vue='demandeur'),
    Colonne('depose_le', True, 'instant', 'date et heure du dépôt ou de la saisie', vue='demandeur'),
    Colonne('statut', True, 'code', 'statut', STATUTS, vue='demandeur'),
    Colonne('theme', False, 'theme', 'nom exact du thème ; vide pour une demande libre', base='theme_id',
        vue='demandeur', corrigee='Thème'),
    Colonne('fiche', False, 'fiche', 'titre exact de la fiche ; vide pour une demande libre', base='fiche_id',
        vue='demandeur', corrigee='Fiche'),
    Colonne('collectivite_siren', False, 'collectivite',
        'SIREN de la collectivité si elle est connue ; vide : à rattacher', base='collectivite_id', vue='demandeur'),
    Colonne('collectivite', True, 'mot', 'nom de la collectivité', vue='demandeur', corrigee='Collectivité'),
    Colonne('type', True, 'code', 'type de collectivité', TYPES, vue='demandeur', corrigee='Type'),
    Colonne('communes', False, 'communes',
        "SIREN des communes concernées par la demande d'un EPCI, séparés par « | »", 2000, base=''),
    Colonne('lieu', False, 'mot', 'lieu du projet ; vide : la collectivité', vue='demandeur', fin='vider',
        libelle='Lieu de projet', saisie='texte', groupe='projet', directe=True, corrigee='Lieu',
        aide='Une adresse, un lieu-dit ou un bâtiment.'),
    Colonne('message', True, 'texte', 'texte de la demande', 20000, vue='demandeur', fin='vider', saisie='long'),
    Colonne('civilite', False, 'code', 'civilité du Maire ou de la présidence', CIVILITES, vue='demandeur',
        fin='vider', saisie='choix', corrigee='Civilité', nommee=True),
    Colonne('nom', False, 'mot', 'nom du Maire ou de la présidence', vue='demandeur', fin='vider', saisie='texte',
        corrigee='Nom', nommee=True),
    Colonne('prenom', False, 'mot', 'prénom du Maire ou de la présidence', vue='demandeur', fin='vider',
        saisie='texte', corrigee='Prénom', nommee=True),
    Colonne('rappel_nom', False, 'mot', "nom de la personne à rappeler, si c'en est une autre", vue='demandeur',
        fin='vider', saisie='texte', corrigee='Nom de la personne à rappeler', nommee=True),
    Colonne('rappel_prenom', False, 'mot', 'son prénom', vue='demandeur', fin='vider', saisie='texte',
        corrigee='Prénom de la personne à rappeler', nommee=True),
    Colonne('rappel_fonction', False, 'mot', 'sa fonction', vue='demandeur', fin='vider', saisie='texte',
        corrigee='Fonction', nommee=True),
    Colonne('courriel', False, 'courriel', 'courriel où répondre', vue='demandeur', fin='vider', saisie='courriel'),
    Colonne('telephone', False, 'telephone', 'téléphone où rappeler', vue='demandeur', fin='vider',
        saisie='telephone', corrigee='Téléphone', nommee=True),
    Colonne('date_a_tenir', False, 'jour', 'date à tenir annoncée par la collectivité', vue='demandeur',
        libelle='Date à tenir', saisie='date', groupe='projet', directe=True, corrigee='Date à tenir',
        aide="Conseil municipal, dépôt de dossier, fin d'un délai…"),
    Colonne('echeance', False, 'jour',
        'rappel au plus tard le ; vide : calculée ; sans objet pour une demande directe ou une reprise',
        vue='demandeur'),
    Colonne('premier_contact_le', False, 'passe', 'jour où la collectivité a été jointe', corrigee='Premier contact'),
    Colonne('clos_le', False, 'instant', 'date et heure de clôture', vue='demandeur'),
    Colonne('issue', False, 'code', "comment la demande s'est terminée", ISSUES | REPONSES | ECARTS, vue='demandeur'),
    Colonne('organisme', False, 'mot', 'organisme vers lequel la demande est réorientée ou redirigée',
        vue='demandeur', fin='vider'),
    Colonne('synthese', False, 'texte', 'synthèse interne', 20000, fin='vider'),
    Colonne('texte_final', False, 'texte', 'ce qui a été écrit au demandeur', 20000, vue='demandeur', fin='vider'),
    Colonne('restreinte', False, 'oui_non_vide', 'oui ou non : diffusion restreinte ; vide : comme la fiche'),
    Colonne('chefs_de_file', False, 'agents', 'courriels séparés par « | » : le chef de file, puis les co-chefs',
        2000, base=''),
    Colonne('referent', False, 'agent', "courriel de l'expert référent", base=''),
    Colonne('associes', False, 'places', 'courriels, ou noms de structures ou directions, séparés par « | »', 2000,
        base=''),
    Colonne('saisie_par', False, 'agent', 'courriel de qui a saisi une demande directe', base='saisie_par_id'),
    Colonne('recue_le', False, 'passe', 'jour où une demande directe a été reçue'),
    Colonne('voie', False, 'code', 'comment une demande directe est arrivée', VOIES),
    _nouvelle('fiche_theme', 'theme', "thème de la fiche, si ce n'est plus celui de la demande", base=''),
    _nouvelle('titre_depose', 'mot', 'titre de la fiche au dépôt ; vide : celui de maintenant', vue='demandeur'),
    _nouvelle('organisme_telephone', 'telephone', 'téléphone de cet organisme', vue='demandeur', fin='vider'),
    _nouvelle('transmission', 'code',
        "d'une demande redirigée ou réorientée : nous, qui l'avons transmise, ou vous, la collectivité",
        TRANSMISSIONS, vue='demandeur'),
    _nouvelle('transmise_le', 'passe', 'jour où elle lui a été transmise', vue='demandeur'),
    _nouvelle('repondu_le', 'passe', "jour d'une réponse, ou d'un accord ; vide : la clôture", vue='demandeur'),
    _nouvelle('doublon_de', 'entier_vide', "d'un doublon : numéro de la demande avec laquelle il est suivi",
        vue='demandeur'),
    _nouvelle('etape', 'entier_vide', 'étape montrée au demandeur, 1 à 4 ; vide : selon le statut', vue='demandeur'),
    _nouvelle('promesse', 'code_vide', "ce qui est promis pour le rappel ; vide : selon la fiche", DES_PROMESSES),
    _nouvelle('delai', 'promis', 'ses jours ; vide : ceux de cette promesse'),
    _nouvelle('quand_joindre', 'mot', 'quand la joindre, comme elle l\'a écrit', vue='demandeur', fin='vider',
        libelle='Quand joindre la personne', mairie='Quand vous joindre', saisie='texte', groupe='coordonnees',
        corrigee='Quand joindre la personne', nommee=True, aide='Par exemple\u00a0: le matin, sauf le mercredi.'),
    _nouvelle('prochaine_etape_le', 'jour', "prochaine étape prévue par l'expert"),
    _nouvelle('attente_depuis', 'instant', 'depuis quand une réponse de la collectivité est attendue'),
    _nouvelle('attente_au', 'jour', 'jour avant lequel elle est attendue', libelle='Réponse attendue avant le',
        csv='structure'),
    _nouvelle('attente_de', 'mot', 'ce qui est attendu, lu par la collectivité', 300, vue='demandeur', fin='vider',
        libelle='Réponse attendue', csv='structure'),
    _nouvelle('attente_tue', 'oui_non_vide', "oui : les courriels ne disent pas ce qui est attendu", vue='demandeur'),
    _nouvelle('accord', 'mot', "accord du chef de file, à l'orientation", fin='vider'),
    _nouvelle('a_confirmer', 'oui_non_vide', "oui : déposant à confirmer ; vide : selon l'adresse"),
    _nouvelle('interlocuteur_depuis', 'jour', "jour depuis lequel l'interlocuteur est à confirmer"),
    _nouvelle('importee', 'oui_non_vide', "oui : reprise de l'historique, ce qu'est une ligne vide"),
    _nouvelle('reprise', 'oui_non_vide', "oui : sans délai tant qu'aucun agent n'y agit ; vide : comme importee"),
    _nouvelle('reference', 'mot', "ce qu'était son numéro, ou sa référence, avant la reprise", fin='vider',
        libelle='Référence d\'avant', montree=True),
    _nouvelle('essai', 'oui_non_vide', "oui : essai d'avant l'ouverture, hors des chiffres", vue='demandeur'),
    _nouvelle('question_le', 'instant', "date et heure de la question « Avez-vous été rappelé·e ? »", vue='demandeur'),
    _nouvelle('rappele', 'code', 'ce que la collectivité y répond', RAPPELE, vue='demandeur'),
    _nouvelle('rappele_le', 'instant', 'date et heure de cette réponse', vue='demandeur'),
    _nouvelle('referent_dit', 'agent', 'courriel du dernier référent dit à la collectivité', base='referent_dit_id'),
    _nouvelle('ampleur', 'code', "de l'accompagnement, dite à la clôture", AMPLEURS),
    _nouvelle('structure_en_charge', 'structure', 'vide : celle du premier chef de file, sinon du référent',
        base='structure_id', vue='demandeur'),
    _nouvelle('direction_en_charge', 'en_charge', 'direction de cette structure', base='direction_id'),
    _nouvelle('equipe_depuis', 'instants',
        "dates d'entrée des chefs de file, du référent puis des associés, séparées par « | »", 4000, base=''),
    _nouvelle('version', 'entier_vide', "nombre de changements, d'une demande ajoutée"),
    _nouvelle('jeton', 'jeton', "lien de suivi d'une demande ajoutée, qui est un secret ; vide : un nouveau",
        vue='demandeur', fin='vider'),
    _hors('collectivite_tri'),
    _hors('message_le'),
    _hors('inconnue_le'),
    _hors('cle', fin='vider'),
    _hors('empreinte', fin='vider'),
)


# ---- What is drawn from them ----

def du_fichier(colonnes):
    """Those of a file of import, in its order."""
    return tuple(colonne for colonne in colonnes if colonne.genre)


TAPEES = tuple(colonne for colonne in DEMANDE if colonne.saisie)    # by the mairie, and taken as typed
CORRIGEES = {colonne.nom: colonne for colonne in DEMANDE if colonne.corrigee}


def du_groupe(groupe):
    """What forms, and the copy of the mairie, show together."""
    return [colonne for colonne in DEMANDE if colonne.groupe == groupe]


def noms_du_groupe(groupe):
    return [colonne.nom for colonne in du_groupe(groupe)]
