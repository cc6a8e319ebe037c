"""The settings: what there is, what each says until somebody changes it.

The base holds a row only of what was changed, and the value it was changed from (« origine »); of a dated line, once it
is dated; and the facts that the program keeps there (the secret of the forms, the last backup), which are not here.
"""
from collections import namedtuple

import models
from models import Reglage, db

# groupe: a panel of the settings page; « datee »: of the obligations, where the row is a day and a reference; else the
# page where it is changed, /espace/admin/<groupe>.
GROUPES = {
    'departement': 'Le Département et l\'équipe',
    'engagements': 'Engagements',
    'securite':    'Sécurité et conservation',
}
Sorte = namedtuple('Sorte', 'groupe defaut libelle aide', defaults=('',))
SIGNATAIRES = ('signataire_1', 'signataire_2', 'signataire_3')
AIDE_SIGNATAIRE = (
    'Ce qui s\'imprime sous la lettre, son nom sur la dernière ligne\u00a0: «\u00a0Le Président du Conseil '
    'départemental,\u00a0», «\u00a0Pour le Président et par délégation, la Directrice générale,\u00a0», «\u00a0Pour '
    'le Président, la Vice-présidente déléguée,\u00a0».')
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
                               'Affiché à l\'accueil, dans les recherches, sur les fiches d\'assistance urgente '
                               'et au formulaire. Vide\u00a0: celui de l\'équipe.'),
    'urgence_horaires': Sorte('departement', '', 'Qui répond à ce téléphone, et quand',
                              'Dit partout après le numéro\u00a0: «\u00a0le standard, du lundi au vendredi, de '
                              '8\u00a0h à 18\u00a0h\u00a0». Vide\u00a0: les horaires de l\'équipe.'),
    'dpd': Sorte('departement', '', 'Courriel du délégué à la protection des données'),
    'hebergeur': Sorte('departement', '', 'Hébergeur',
                       'Nom, adresse et téléphone, pour les mentions légales. Vide\u00a0: elles disent qu\'il '
                       'reste à nommer.'),
    'lettres': Sorte('engagements', 'oui', 'Le Département signe des lettres d\'accusé de réception',
                     'Sinon, l\'accusé d\'enregistrement, par courriel, suffit\u00a0: ni menu, ni aide n\'en parle.'),
    'lettres_lieu': Sorte('lettres', '', 'Ville écrite avant la date des lettres',
                          'La date se laisse à la signature\u00a0: «\u00a0Toulouse, le\u00a0».'),
    **{cle: Sorte('lettres', '', libelle, aide) for rang in '123' for cle, libelle, aide in (
        (f'signataire_{rang}', f'Signataire {rang}', AIDE_SIGNATAIRE),
        (f'signataire_{rang}_du', f'Signataire {rang}, à partir du', 'Premier jour de la délégation.'),
        (f'signataire_{rang}_au', f'Signataire {rang}, jusqu\'au', 'Dernier jour, compris. Vide\u00a0: sans fin.'))},
    'conservation': Sorte('engagements', '5\u00a0ans', 'Durée de conservation après la clôture',
                          'Dite au public, «\u00a0au moins\u00a0», une fois convenue avec les Archives («\u00a0Reste à '
                          'régler\u00a0» la date)\u00a0: rien n\'efface une demande à son terme.'),
    'accessibilite': Sorte('engagements', 'non conforme', 'Conformité au RGAA',
                           'non conforme, partiellement conforme ou totalement conforme, selon le dernier audit.'),
    'audit': Sorte('engagements', '', 'Dernier audit de conformité au RGAA, réalisé le'),
    'audit_par': Sorte('engagements', '', 'Dernier audit, réalisé par'),
    'audit_taux': Sorte('engagements', '', 'Dernier audit, critères respectés, en\u00a0%'),
    'delai_urgente': Sorte('engagements', '3', 'Rappel d\'une assistance urgente, en jours',
                           'Les demandes déjà reçues gardent leurs jours et leur date\u00a0; les fiches et toutes les '
                           'pages disent aussitôt les nouveaux.'),
    'delai_complexe': Sorte('engagements', '10', 'Rappel d\'un projet complexe, en jours',
                            'D\'une demande libre aussi, jusqu\'à son orientation.'),
    'jours': Sorte('engagements', '', 'Délais de rappel, comptés en',
                   'Les dates déjà annoncées ne changent pas. Tant que ce n\'est pas décidé, les jours sont '
                   'calendaires.'),
    'saisine': Sorte('engagements', '', 'Une demande vaut saisine officielle',
                     'Tant que ce n\'est pas décidé, aucune page ni aucun courriel ne le dit.'),
    'restreinte_d_office': Sorte('engagements', '', 'Diffusion restreinte d\'office',
                                 'Des demandes dont la fiche touche des agents, un contentieux, des finances en '
                                 'difficulté. Celles déjà reçues ne changent pas.'),
    'mandat_departemental': Sorte('calendrier', '2021-07-01', 'Début du mandat départemental',
                                  'Une période du pilotage, avec celle qui commence aux dernières élections '
                                  'municipales.'),
    'elections_le': Sorte('calendrier', '2026-03-22', 'Dernières élections municipales',
                          'La page d\'une collectivité ne montre aucun nom donné avant ce jour, s\'il n\'a pas été '
                          'confirmé depuis.'),
    'conservation_audit': Sorte('securite', '12', 'Conservation de l\'audit, en mois',
                                'Connexions, exports, changements de comptes et de réglages. Au-delà de douze, '
                                'dites pourquoi.'),
    'conservation_motif': Sorte('securite', '', 'Pourquoi plus de douze mois d\'audit',
                                'Ce qui le justifie, pour le registre des traitements\u00a0: une obligation, un '
                                'contentieux.'),
    'conservation_adresses': Sorte('securite', '6', 'Conservation des adresses des machines, en mois',
                                   'De qui s\'est connecté, de ce qui a été refusé ou exporté\u00a0; la ligne d\'audit '
                                   'reste, sans l\'adresse.'),
    'conservation_courriels': Sorte('securite', '12', 'Conservation du texte des courriels envoyés, en mois',
                                    'Ensuite, il en reste la date, l\'objet et le destinataire.'),
    'securite_contact': Sorte('securite', '', 'Où signaler une faille de sécurité',
                              'Courriel ou adresse https, dans /.well-known/security.txt. Vide\u00a0: pas de page.'),
    'protection': Sorte('securite', 'ordinaire', 'Protection',
                        'Renforcée, le temps d\'une attaque\u00a0: les limites des envois du public, des fichiers '
                        'et des essais de connexion sont deux fois plus strictes.'),
    'second_facteur_exige': Sorte('securite', 'personne', 'Second facteur exigé',
                                  'Un administrateur qui n\'en a pas l\'active à sa prochaine page, vous '
                                  'compris\u00a0: ayez votre téléphone sous la main. De tous, chacun est prévenu '
                                  'aussitôt, et de nouveau une semaine avant.'),
    'second_facteur_le': Sorte('securite', '', 'Second facteur de tous, à partir du',
                               'Quatorze jours au moins, le temps que chacun soit prévenu. Ce jour-là, qui n\'en a pas '
                               'l\'active à sa première page, puis continue\u00a0; qui vient par le compte du '
                               'Département (SSO) dépend de celui-ci.'),
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
    'accord_ouvertes': Sorte('datee', '', 'Chiffres en données ouvertes\u00a0: accord du comité, des partenaires et du '
                             'Président'),
    'logo': Sorte('identite', '', 'Logo'),
    'couleur': Sorte('identite', '', 'Couleur principale'),
    'couleur_accent': Sorte('identite', '', 'Couleur d\'accent'),
    'paysage': Sorte('identite', 'montagne', 'Dessin de l\'accueil'),
    'ouvert_le': Sorte('calendrier', '', 'Service ouvert le',
                       'Avant ce jour, le formulaire ne reçoit que des essais et aucun rappel ne part.'),
    'bandeau': Sorte('calendrier', '', 'Bandeau daté',
                     'Sur les pages publiques, au formulaire et dans l\'accusé d\'enregistrement.'),
    'bandeau_du': Sorte('calendrier', '', 'Bandeau, du'),
    'bandeau_au': Sorte('calendrier', '', 'Bandeau, jusqu\'au'),
    'guide_editeur': Sorte('guide', '', 'Éditeur', 'Nom et adresse.'),
    'guide_mentions': Sorte('guide', '', 'Mentions du guide imprimé',
                            'Une par ligne\u00a0: directeur ou directrice de la publication, imprimeur '
                            '(«\u00a0imprimé par nos soins\u00a0»), dépôt légal («\u00a0janvier 2027\u00a0»), '
                            'crédits des photographies et des dessins.'),
    'guide_edito': Sorte('guide', '', 'Édito', 'Après la couverture. Vide\u00a0: pas d\'édito. Jamais imprimé '
                         'pendant une période électorale.'),
    'electorale_du': Sorte('calendrier', '', 'Période électorale, du'),
    'electorale_au': Sorte('calendrier', '', 'Période électorale, au'),
    'electorale_lecteurs': Sorte('calendrier', '', 'Période électorale, lecteurs suspendus'),
}
RETIRE = 'journal_adresse'                                          # is no more: its row is told once (reste.py)
# The limits of abuse and of sign-in, which nobody in a département can judge: each figure, then that of the protection
# « renforcée », twice as strict; what is counted, in the words of the chapter.
Limite = namedtuple('Limite', 'ordinaire renforcee quoi', defaults=('',))
LIMITES = {
    'secondes_minimum':  Limite(3, 6, 'secondes pour remplir le formulaire, au moins'),  # against robots
    'depots_adresse':    Limite(30, 15, 'demandes et messages par heure, d\'une adresse'),
    'depots_reseau':     Limite(120, 60, 'de même, d\'un réseau'),  # in IPv6 one has a whole /48
    'depots_courriel':   Limite(10, 5, 'courriels par jour qu\'un inconnu cause à une adresse'),
    'depots_alerte':     Limite(200, 100, 'demandes par heure, en tout\u00a0: les administrateurs sont prévenus'),
    'liens_heure':       Limite(1, 1, 'liens envoyés par heure, pour un compte ou une demande'),
    'liens_adresse':     Limite(10, 5, 'liens demandés par heure, d\'une adresse'),
    'liens_reseau':      Limite(40, 20, 'de même, d\'un réseau'),
    'pieces_demande':    Limite(250, 125, 'Mo joints à une demande par son demandeur'),
    'pieces_heure':      Limite(250, 125, 'Mo par heure, d\'un réseau'),  # the text goes without
    'pieces_total':      Limite(900, 450, 'Mo par heure, en tout'),  # told at the half
    'refus_adresse':     Limite(120, 60, 'formulaires refusés par heure, d\'une adresse'),  # reading them costs
    'refus_reseau':      Limite(480, 240, 'de même, d\'un réseau'),
    'attente_connexion': Limite(15, 30, 'minutes d\'attente après des échecs, au plus'),
    'echecs_compte':     Limite(3, 1, 'échecs sans attendre, d\'un compte, d\'un réseau'),
    'echecs_adresse':    Limite(30, 15, 'échecs par heure, d\'une adresse'),
    'echecs_reseau':     Limite(120, 60, 'de même, d\'un réseau'),
    'echecs_alerte':     Limite(50, 25, 'échecs d\'un compte par jour\u00a0: les administrateurs sont prévenus'),
    'codes_faux':        Limite(20, 10, 'codes faux par jour, d\'un compte'),
    'reseau_connu':      Limite(90, 45, 'jours où un réseau reste connu d\'un compte'),  # others slow nobody there
}
models.DEFAUTS.update({cle: sorte.defaut for cle, sorte in REGLAGES.items()})
EXPORTES = (*REGLAGES, 'demonstration')                             # not the secret, nor the dates of this base

# One of them, as it is: regle_le, the day it was decided; origine: what it was changed from.
Valeur = namedtuple('Valeur', 'cle valeur groupe libelle aide regle_le origine')


def limite(nom, protection):
    """The figure of a limit, under this value of the setting « protection »."""
    return LIMITES[nom].renforcee if protection == 'renforcee' else LIMITES[nom].ordinaire


def lire():
    """{key: Valeur}, in their order."""
    ecrits = {r.cle: r for r in Reglage.select()}
    return {cle: _valeur(cle, sorte, ecrits.get(cle)) for cle, sorte in REGLAGES.items()}


def _valeur(cle, sorte, ligne):
    valeur, regle_le, origine = (
        (ligne.valeur, ligne.regle_le, ligne.origine) if ligne else (sorte.defaut, None, sorte.defaut))
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


def noter(cle, valeur):
    """A fact that the program keeps among the settings. To be called in a transaction."""
    db.execute_sql('INSERT INTO reglage (cle, valeur) VALUES (?, ?) '
                   'ON CONFLICT (cle) DO UPDATE SET valeur = excluded.valeur', (cle, valeur))
