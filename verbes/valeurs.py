"""The settings: what there is, what each says until somebody changes it.

The base holds a row only of what was changed, and the value it was changed from (« origine »); of a dated line, once it
is dated; and the facts that the program keeps there (the secret of the forms, the last backup), which are not here.
"""
from collections import namedtuple

import models
from models import Reglage, db

# groupe: a panel of the settings page; « datee »: of the obligations, where the row is a day and a reference;
# « ailleurs »: changed on a page of its own (identite, calendrier).
GROUPES = {
    'departement': 'Le Département et l\'équipe',
    'engagements': 'Engagements',
    'securite':    'Sécurité et conservation',
    'abus':        'Protection contre les abus',
    'connexion':   'Connexion des agents',
}
Sorte = namedtuple('Sorte', 'groupe defaut libelle aide', defaults=('',))
REGLAGES = {
    'departement': Sorte('departement', '', 'Nom du Département',
                         'En entier, «\u00a0Département de…\u00a0» compris\u00a0: l\'en-tête, les courriels et les '
                         'pages légales («\u00a0édité par le …\u00a0») le disent tel quel.'),
    'nom': Sorte('departement', 'Plateforme d\'appui aux territoires', 'Nom de la Plateforme'),
    'signataire': Sorte('departement', '', 'Président ou Présidente',
                        'Les phrases s\'accordent\u00a0: «\u00a0saisine officielle de la Présidente du '
                        'Département\u00a0».'),
    'telephone': Sorte('departement', '', 'Téléphone de l\'équipe de la Plateforme'),
    'courriel': Sorte('departement', '', 'Courriel de l\'équipe de la Plateforme',
                      'Adresse de réponse de tous les courriels.'),
    'horaires': Sorte('departement', '', 'Horaires de l\'équipe'),
    'adresse': Sorte('departement', '', 'Adresse postale'),
    'telephone_urgence': Sorte('departement', '', 'Téléphone en cas d\'urgence immédiate',
                               'Affiché à l\'accueil, dans les recherches, sur les fiches à 3 jours et au '
                               'formulaire. Vide\u00a0: celui de l\'équipe.'),
    'urgence_horaires': Sorte('departement', '', 'Qui répond à ce téléphone, et quand',
                              'Dit partout après le numéro\u00a0: «\u00a0le standard, du lundi au vendredi, de '
                              '8\u00a0h à 18\u00a0h\u00a0». Vide\u00a0: les horaires de l\'équipe.'),
    'dpd': Sorte('departement', '', 'Courriel du délégué à la protection des données'),
    'hebergeur': Sorte('departement', '', 'Hébergeur',
                       'Nom, adresse et téléphone, pour les mentions légales. Vide\u00a0: elles disent qu\'il '
                       'reste à nommer.'),
    'conservation': Sorte('engagements', '5\u00a0ans', 'Durée de conservation après la clôture'),
    'accessibilite': Sorte('engagements', 'non conforme', 'Conformité au RGAA',
                           'non conforme, partiellement conforme ou totalement conforme, selon le dernier audit.'),
    'jours': Sorte('engagements', '', 'Délais de rappel, 3 et 10 jours',
                   'Les dates déjà annoncées ne changent pas. Tant que ce n\'est pas décidé, les jours sont '
                   'calendaires.'),
    'saisine': Sorte('engagements', '', 'Une demande vaut saisine officielle',
                     'Tant que ce n\'est pas décidé, aucune page ni aucun courriel ne le dit.'),
    'restreinte_d_office': Sorte('engagements', '', 'Diffusion restreinte d\'office',
                                 'Des demandes dont la fiche touche des agents, un contentieux, des finances en '
                                 'difficulté. Celles déjà reçues ne changent pas.'),
    'elections_le': Sorte('engagements', '2026-03-22', 'Dernières élections municipales',
                          'La page d\'une collectivité ne montre aucun nom donné avant ce jour, s\'il n\'a pas été '
                          'confirmé depuis.'),
    'journal_adresse': Sorte('securite', 'non', 'Adresse des connexions refusées au journal du serveur',
                             'Elle est toujours à l\'audit.'),
    'conservation_audit': Sorte('securite', '12', 'Conservation de l\'audit, en mois',
                                'Connexions, exports, changements de comptes et de réglages.'),
    'conservation_courriels': Sorte('securite', '12', 'Conservation du texte des courriels envoyés, en mois',
                                    'Ensuite, il en reste la date, l\'objet et le destinataire.'),
    'securite_contact': Sorte('securite', '', 'Où signaler une faille de sécurité',
                              'Courriel ou adresse https, dans /.well-known/security.txt. Vide\u00a0: pas de page.'),
    'secondes_minimum': Sorte('abus', '3', 'Temps minimum pour remplir le formulaire, en secondes',
                              'Protège des robots.'),
    'depots_adresse': Sorte('abus', '30', 'Demandes et messages acceptés par heure depuis une même adresse'),
    'depots_reseau': Sorte('abus', '120', 'Demandes et messages acceptés par heure depuis un même réseau',
                           'En IPv6, un abonné a tout un réseau (/48).'),
    'depots_courriel': Sorte('abus', '10', 'Courriels par jour qu\'un inconnu peut causer à une même adresse',
                             'Accusé, lien de suivi, coordonnées changées. Au-delà, tout est enregistré et la page '
                             'le dit.'),
    'depots_alerte': Sorte('abus', '200', 'Demandes par heure, en tout, avant d\'avertir les administrateurs'),
    'liens_heure': Sorte('abus', '1', 'Liens envoyés par heure pour un même compte ou une même demande',
                         'Mot de passe oublié, lien de suivi perdu.'),
    'liens_adresse': Sorte('abus', '10', 'Liens demandés par heure depuis une même adresse'),
    'liens_reseau': Sorte('abus', '40', 'Liens demandés par heure depuis un même réseau'),
    'pieces_demande': Sorte('abus', '250', 'Mo de fichiers qu\'un demandeur peut joindre à une demande, en tout'),
    'pieces_heure': Sorte('abus', '250', 'Mo de fichiers acceptés par heure depuis un même réseau',
                          'Au-delà, le texte passe sans eux.'),
    'pieces_total': Sorte('abus', '900', 'Mo de fichiers acceptés par heure des demandeurs, en tout',
                          'Les administrateurs sont avertis à la moitié.'),
    'refus_adresse': Sorte('abus', '120', 'Formulaires publics refusés par heure depuis une même adresse',
                           'Mal remplis, trop gros ou illisibles\u00a0: les lire coûte au service.'),
    'refus_reseau': Sorte('abus', '480', 'Formulaires publics refusés par heure depuis un même réseau'),
    'attente_connexion': Sorte('connexion', '15', 'Attente la plus longue après des échecs de connexion, en minutes'),
    'echecs_compte': Sorte('connexion', '3', 'Échecs de connexion sans attente, pour un compte depuis un même réseau'),
    'echecs_adresse': Sorte('connexion', '30', 'Échecs de connexion par heure depuis une même adresse'),
    'echecs_reseau': Sorte('connexion', '120', 'Échecs de connexion par heure depuis un même réseau'),
    'echecs_alerte': Sorte('connexion', '50',
                           'Échecs de connexion d\'un compte en un jour, avant d\'avertir les administrateurs',
                           ''),
    'codes_faux': Sorte('connexion', '20', 'Codes faux du second facteur par jour, pour un compte'),
    'reseau_connu': Sorte('connexion', '90',
                          'Jours pendant lesquels un réseau d\'où un compte s\'est connecté reste connu',
                          'Depuis un réseau connu, les essais des autres ne retardent personne.'),
    'second_facteur_exige': Sorte('connexion', 'personne', 'Second facteur exigé',
                                  'Un administrateur qui n\'en a pas l\'active à sa prochaine page, vous '
                                  'compris\u00a0: ayez votre téléphone sous la main.'),
    'registre': Sorte('datee', '', 'Registre des traitements'),
    'analyse_impact': Sorte('datee', '', 'Analyse d\'impact'),
    'responsabilites': Sorte('datee', '', 'Responsabilités convenues avec les partenaires'),
    'information_agents': Sorte('datee', '', 'Information des agents et de leur instance'),
    'pages_relues': Sorte('datee', '', 'Pages légales relues'),
    'declaration': Sorte('datee', '', 'Déclaration d\'accessibilité'),
    'schema_accessibilite': Sorte('datee', '', 'Schéma pluriannuel d\'accessibilité et plan de l\'année'),
    'archives': Sorte('datee', '', 'Durée de conservation convenue avec les Archives'),
    'homologation': Sorte('datee', '', 'Homologation de sécurité'),
    'accord_lecteurs': Sorte('datee', '', 'Lecteurs\u00a0: accord du comité de suivi'),
    'logo': Sorte('ailleurs', '', 'Logo'),
    'couleur': Sorte('ailleurs', '', 'Couleur principale'),
    'couleur_accent': Sorte('ailleurs', '', 'Couleur d\'accent'),
    'paysage': Sorte('ailleurs', 'montagne', 'Dessin de l\'accueil'),
    'ouvert_le': Sorte('ailleurs', '', 'Service ouvert le',
                       'Avant ce jour, le formulaire ne reçoit que des essais et aucun rappel ne part.'),
    'bandeau': Sorte('ailleurs', '', 'Bandeau daté',
                     'Sur les pages publiques, au formulaire et dans l\'accusé d\'enregistrement.'),
    'bandeau_du': Sorte('ailleurs', '', 'Bandeau, du'),
    'bandeau_au': Sorte('ailleurs', '', 'Bandeau, jusqu\'au'),
    'electorale_du': Sorte('ailleurs', '', 'Période électorale, du'),
    'electorale_au': Sorte('ailleurs', '', 'Période électorale, au'),
}
models.DEFAUTS.update({cle: sorte.defaut for cle, sorte in REGLAGES.items()})
EXPORTES = (*REGLAGES, 'demonstration')                             # not the secret, nor the dates of this base

# One of them, as it is: regle_le, the day it was decided; origine: what it was changed from.
Valeur = namedtuple('Valeur', 'cle valeur groupe libelle aide regle_le origine')


def lire():
    """{key: Valeur}, in their order."""
    ecrits = {r.cle: r for r in Reglage.select()}
    return {cle: _valeur(cle, sorte, ecrits.get(cle)) for cle, sorte in REGLAGES.items()}


def _valeur(cle, sorte, ecrit):
    dits = (ecrit.valeur, ecrit.regle_le, ecrit.origine) if ecrit else (sorte.defaut, None, sorte.defaut)
    valeur, regle_le, origine = dits
    return Valeur(cle, valeur, sorte.groupe, sorte.libelle, sorte.aide, regle_le, origine)


def perime(valeur):
    """Was it changed from what is no more its default?"""
    return valeur.origine != REGLAGES[valeur.cle].defaut


def ecrire(cle, valeur, regle_le=None, origine=None):
    """The one writer of a setting: its row is written, or written over; what says the default again goes, but a dated
    line that has its day.
    """
    sorte = REGLAGES.get(cle)
    if sorte and valeur == sorte.defaut and not (sorte.groupe == 'datee' and regle_le):
        Reglage.delete().where(Reglage.cle == cle).execute()
        return
    if origine is None:
        origine = sorte.defaut if sorte else ''
    db.execute_sql(
        """INSERT INTO reglage (cle, valeur, origine, regle_le) VALUES (?, ?, ?, ?)
           ON CONFLICT (cle) DO UPDATE SET valeur = excluded.valeur, origine = excluded.origine,
             regle_le = excluded.regle_le""", (cle, valeur, origine, regle_le or None))
