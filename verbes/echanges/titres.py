"""The words of old files: how people head the columns of what they kept before the Plateforme, and what they write of a
statut. One literal table each; a heading that is not here is shown, to be said once (lecture.py, historique.py).
"""
from verbes.colonnes import noms_du_groupe

# Beside the columns of an import, what an old file says in other ways; historique.py makes cells of it.
AUTRES = {
    'demandes': {
        'objet':     'objet en quelques mots, ou titre de la fiche',
        'suivi_par': 'qui la suivait : adresse ou nom d\'un compte, sinon gardé comme un nom',
        'insee':     'code INSEE de la commune',
    },
    'journal': {
        'reference': 'la référence d\'avant de sa demande, si elle n\'a pas de numéro',
    },
}

# The columns whose name is not said by taking « _ » away.
LIBELLES = {
    'telephone': 'Téléphone', 'telephone_public': 'Téléphone communiqué', 'presentation': 'Présentation',
    'court': 'Nom court', 'prenom': 'Prénom', 'actif': 'Compte ouvert', 'avis_journal': 'Avis du journal',
    'repos': 'Ne travaille pas',
    'theme': 'Thème', 'theme_court': 'Nom court du thème', 'icone': 'Dessin du thème', 'resume': 'Résumé',
    'deroulement': 'Déroulement', 'a_preparer': 'À préparer', 'delai': 'Délai', 'associees': 'Associées',
    'restreinte': 'Diffusion restreinte', 'sans_texte': 'Courriels sans le texte',
    'hors_guide': 'Hors du guide imprimé', 'verifie_le': 'Vérifiée le',
    'etat': 'État', 'mise_a_jour': 'Mise à jour', 'mots': 'Mots des mairies',
    'conditions': 'Coût et conditions', 'adherents_de': 'Réservé aux adhérents de',
    'par_convention': 'Sous condition d\'éligibilité, par convention',
    'co_chefs': 'Co-chefs de file', 'siren': 'SIREN', 'insee': 'Code INSEE',
    'convention_du': 'Convention signée le', 'convention_au': 'Convention jusqu\'au',
    'convention_reconduite_le': 'Convention reconduite le', 'convention_referent': 'Convention suivie par',
    'fermee_le': 'Fermée le', 'expert': 'Expert par défaut',
    'epci_suivant_siren': 'SIREN de l\'intercommunalité à venir', 'epci_le': 'Change d\'intercommunalité le',
    'epci_siren': 'SIREN de l\'intercommunalité', 'remplacee_par': 'Remplacée par', 'jusqu_au': 'Jusqu\'au',
    'numero': 'Numéro', 'depose_le': 'Déposée le', 'collectivite_siren': 'SIREN de la collectivité',
    'collectivite': 'Collectivité', 'communes': 'Communes concernées', 'civilite': 'Civilité',
    'rappel_nom': 'Personne à rappeler', 'rappel_prenom': 'Prénom de la personne à rappeler',
    'rappel_fonction': 'Fonction de la personne à rappeler', 'date_a_tenir': 'Date à tenir',
    'echeance': 'Échéance', 'premier_contact_le': 'Premier contact le', 'clos_le': 'Close le',
    'synthese': 'Synthèse interne', 'texte_final': 'Texte au demandeur', 'chefs_de_file': 'Chefs de file',
    'referent': 'Expert référent', 'associes': 'Experts associés', 'recue_le': 'Reçue en direct le',
    'fiche_theme': 'Thème de la fiche', 'titre_depose': 'Titre de la fiche d\'alors',
    'organisme_telephone': 'Téléphone de l\'organisme', 'transmise_le': 'Transmise le', 'repondu_le': 'Répondu le',
    'doublon_de': 'Doublon de', 'etape': 'Étape', 'quand_joindre': 'Quand joindre',
    'attente_depuis': 'Réponse attendue depuis', 'attente_au': 'Réponse attendue avant le',
    'attente_de': 'Réponse attendue', 'attente_tue': 'Réponse attendue tue',
    'prochaine_etape_le': 'Prochaine étape le', 'a_confirmer': 'Déposant à confirmer',
    'interlocuteur_depuis': 'Interlocuteur à confirmer depuis le', 'importee': 'Reprise de l\'historique',
    'reprise': 'Sans délai, reprise', 'question_le': 'Question posée le', 'rappele': 'Réponse à la question',
    'adresse': 'Adresse postale',
    'rappele_le': 'Réponse à la question, le', 'referent_dit': 'Référent dit à la collectivité',
    'structure_en_charge': 'Structure en charge', 'direction_en_charge': 'Direction en charge',
    'equipe_depuis': 'Équipe depuis', 'reference': 'Référence d\'avant', 'objet': 'Objet', 'suivi_par': 'Suivie par',
    'message': 'Texte de la demande', 'acte_le': 'Jour de l\'acte', 'engage_le': 'Engagements lus le',
    'lecteur_au': 'Lecteur jusqu\'au', 'jeton': 'Lien de suivi', 'corrige': 'Ligne corrigée',
}


def libelle(colonne):
    """A column as the screens name it."""
    return LIBELLES.get(colonne) or colonne.replace('_', ' ').capitalize()


# Of each column, the headings that people give it, between commas.
TITRES = {
    'catalogue': {'promesse': 'delai'},
    'agents': {
        'courriel': 'mail, mel, email, e mail, adresse mail, adresse electronique, courriel professionnel',
        'nom': 'nom de famille', 'telephone': 'tel, telephone interne, poste',
        'telephone_public': 'telephone communique, telephone communique aux collectivites',
        'fonction': 'poste occupe, metier, qualite', 'structure': 'organisme, partenaire',
        'direction': 'service', 'actif': 'compte ouvert', 'administrateur': 'admin',
    },
    'collectivites': {
        'siren': 'n siren, numero siren', 'insee': 'code insee, code commune, code officiel',
        'nom': 'commune, libelle, collectivite', 'codes_postaux': 'code postal, cp',
        'population': 'habitants, nombre d habitants, pop',
        'epci_siren': 'siren epci', 'courriel': 'mail, email, e mail, adresse mail', 'telephone': 'tel',
        'adresse': 'adresse de la mairie, adresse du siege',
    },
    'structures': {'telephone': 'tel', 'courriel': 'mail, email', 'site': 'site internet, site web'},
    'adhesions': {'depuis': 'adherent depuis, date d adhesion', 'jusqu_au': 'fin d adhesion'},
    'demandes': {
        'numero': 'n, no, num, n de demande, numero de demande, n de dossier, numero de dossier, n dossier, '
                  'dossier, n d ordre, '
                  'id, identifiant, ref demande',
        'reference': 'ref, ref dossier, reference dossier, n d affaire, code affaire, code dossier',
        'depose_le': 'date, date de la demande, date de demande, date de depot, date depot, depot, deposee le, '
                     'recu le, recue le, date de reception, date de saisine, saisine, date de creation, cree le, '
                     'date arrivee, date d arrivee, dat dem, dt dem, date dem, date de contact, date appel',
        'statut': 'etat, etat d avancement, avancement, etat de la demande, situation, stade, etat du dossier, sta, '
                  'suivi etat, statut de la demande',
        'theme': 'thematique, domaine, domaine d intervention, categorie',
        'fiche': 'fiche d accompagnement, prestation, type d accompagnement, type de demande, nature de la demande, '
                 'type d intervention',
        'objet': 'objet de la demande, sujet, intitule, intitule du projet, titre, projet, nom du projet, lib, '
                 'libelle, obj, de quoi il s agit, besoin, sollicitation',
        'collectivite': 'commune, communes, nom de la commune, nom de la collectivite, collectivite demandeuse, '
                        'demandeur, mairie, beneficiaire, maitre d ouvrage, com, lib commune, commune epci, '
                        'collectivite demandeur, organisme demandeur, territoire',
        'collectivite_siren': 'siren, n siren, numero siren, siren de la collectivite',
        'insee': 'code insee, insee commune, cod insee, code commune',
        'type': 'type de collectivite, nature de la collectivite',
        'lieu': 'adresse du projet, localisation, lieu du projet, site',
        'message': 'demande, detail, detail de la demande, description, descriptif, texte de la demande, contenu, '
                   'contexte, resume, txt, texte, detail demande',
        'civilite': 'civ, titre de civilite',
        'nom': 'nom du maire, maire, nom de l elu, elu, nom du demandeur',
        'prenom': 'prenom du maire, prenom de l elu',
        'rappel_nom': 'contact, interlocuteur, personne a rappeler, personne contact, nom du contact, '
                      'contact mairie, personne a contacter',
        'rappel_fonction': 'fonction, fonction du contact, qualite, qualite du demandeur',
        'courriel': 'mail, mel, email, e mail, adresse mail, adresse electronique, mail mairie, courriel mairie, '
                    'mail contact, courriel du demandeur',
        'telephone': 'tel, n de telephone, numero de telephone, tel mairie, telephone mairie, portable, tel contact, '
                     'telephone du contact',
        'date_a_tenir': 'date limite, date butoir, a faire avant le',
        'premier_contact_le': 'premier contact, date premier contact, 1er contact, date de rappel, rappele le, '
                              'date du premier contact, contacte le',
        'clos_le': 'date de cloture, cloture, cloture le, date de fin, fin, date fin, termine le, solde le, '
                   'date de reponse, reponse donnee le, repondu le, date reponse, dat clo, dat fin, date clo, '
                   'date de traitement, traite le, fini le',
        'issue': 'resultat, suite, suite donnee, suite reservee, conclusion, issue de la demande',
        'synthese': 'remarque, remarques, observation, observations, commentaire, commentaires, note, notes, obs, '
                    'bilan, reponse, reponse apportee, compte rendu, actions menees, action menee',
        'suivi_par': 'suivi par, agent, charge de dossier, charge de mission, charge d affaire, charge d affaires, '
                     'charge d etude, charge e d etude, referent technique, technicien, responsable, instructeur, '
                     'affecte a, qui, agent en charge, '
                     'dossier suivi par, pilote, agt, suivi agent, expert',
        'restreinte': 'confidentiel, confidentielle, diffusion restreinte',
    },
    'journal': {
        'numero': 'n, no, num, n de demande, numero de demande, n de dossier, numero de dossier, n dossier, '
                  'id demande, '
                  'dossier, demande',
        'reference': 'ref, reference, ref dossier, reference dossier, code dossier',
        'date': 'date de la ligne, le, date action, date de l action, quand, jour',
        'auteur': 'par, qui, agent, redacteur, auteur de la ligne, saisi par, suivi par',
        'nature': 'type, type d action, action, moyen d echange',
        'texte': 'commentaire, note, observation, remarque, contenu, detail, compte rendu, quoi, resume, evenement, '
                 'echange, '
                 'message, fait',
        'acte_le': 'date de l acte',
    },
}

# The columns of a file that is to be filled: of an old one, what people know of it.
MODELES = {
    'demandes': ('numero', 'reference', 'depose_le', 'collectivite', 'objet', 'message', 'fiche', 'statut', 'issue',
                 'clos_le', 'suivi_par', 'civilite', 'prenom', 'nom', 'rappel_nom', 'rappel_fonction', 'courriel',
                 'telephone', 'synthese'),
    'journal':  ('numero', 'reference', 'date', 'auteur', 'nature', 'texte'),
}

# Of an old file, the columns that a heading may be said to be.
OFFERTES = {
    'demandes': (*MODELES['demandes'], 'collectivite_siren', 'insee', 'type', 'theme', *noms_du_groupe('projet'),
                 'premier_contact_le', 'rappel_prenom', 'texte_final', 'organisme', 'restreinte',
                 *noms_du_groupe('coordonnees')),
    'journal':  (*MODELES['journal'], 'acte_le', 'structure'),
}

# What old files write of a statut, once normalised (langue.normaliser), beside the labels of the guide: (statut,
# issue, '' when it says none). A word that is not here is asked once.
MOTS_DE_STATUT = {
    'termine': ('termine', ''), 'terminee': ('termine', ''), 'clos': ('termine', ''), 'close': ('termine', ''),
    'cloture': ('termine', ''), 'cloturee': ('termine', ''), 'clot': ('termine', ''), 'fini': ('termine', ''),
    'finie': ('termine', ''), 'fait': ('termine', ''), 'traite': ('termine', ''), 'traitee': ('termine', ''),
    'en cours': ('en_cours', ''), 'encours': ('en_cours', ''), 'ec': ('en_cours', ''),
    'en cours de traitement': ('en_cours', ''), 'suivi en cours': ('en_cours', ''),
    'accompagnement en cours': ('en_cours', ''),
    'abandonne': ('abandonne', ''), 'abandonnee': ('abandonne', ''), 'abandon': ('abandonne', ''),
    'annule': ('abandonne', ''), 'annulee': ('abandonne', ''), 'retiree': ('abandonne', ''),
    'sans suite': ('termine', 'sans_suite'), 'classe sans suite': ('termine', 'sans_suite'),
    'classee sans suite': ('termine', 'sans_suite'), 'repondu': ('termine', 'reponse'),
    'reponse donnee': ('termine', 'reponse'), 'a traiter': ('attribue_admin', ''), 'nouveau': ('attribue_admin', ''),
    'nouvelle': ('attribue_admin', ''), 'recu': ('receptionne_admin', ''), 'recue': ('receptionne_admin', ''),
    'rejete': ('rejete', ''), 'rejetee': ('rejete', ''), 'hors competence': ('rejete', ''),
}

# The words of a name, once normalised, that say the type of a collectivité that is in no list.
MOTS_DE_TYPE = (
    (r'\b(communaute d agglomeration|ca|agglo|agglomeration)\b', 'Communauté d\'agglomération'),
    (r'\b(communaute urbaine|cu)\b', 'Communauté urbaine'),
    (r'\b(communaute de communes|communaute|cc|c c|com com|comcom)\b', 'Communauté de communes'),
    (r'\bmetropole\b', 'Métropole'),
    (r'\b(syndicat|synd|sivom|sivu|siah|siaep|smea|sm|smictom|smivom|reseau\d*)\b', 'Syndicat'),
    (r'\b(petr|pays)\b', 'PETR'),
    (r'\b(ccas|cias|etablissement|office|ehpad|parc)\b', 'Autre établissement public'),
    ('', 'Commune'),
)
