"""The law as literal tables (regles.md §2, §4, §5, §6, §10): statuts, transitions, acts, delays, natures, kinds."""
from collections import namedtuple
from datetime import timedelta

from langue import MO

# ---- Tables of rules (regles.md §2, §4, §6, §10) ----

STATUTS = {
    'attribue_admin':     'Attribué administrateur Plateforme',
    'receptionne_admin':  'Réceptionné administrateur Plateforme',
    'attribue_chef':      'Attribué chef de file',
    'receptionne_chef':   'Réceptionné chef de file',
    'attribue_expert':    'Attribué expert(s)',
    'receptionne_expert': 'Réceptionné expert',
    'en_cours':           'En cours',
    'termine':            'Terminé',
    'rejete':             'Rejeté',
    'abandonne':          'Abandonné',
}
# In a list, where the whole one does not fit; the others are short enough.
STATUTS_COURTS = {
    'attribue_admin': 'Attribué admin.', 'receptionne_admin': 'Réceptionné admin.',
    'attribue_chef': 'Attribué chef', 'receptionne_chef': 'Réceptionné chef',
}

# What each statut waits for: who must act, the step shown to the demandeur (0: none of its own), the acts expected
# in turn (the first one that is not done yet; « contact » is done once a first contact is recorded).
Attente = namedtuple('Attente', 'qui etape actes')
QUI = {
    'attribue_admin':     Attente('administrateur', 1, ('receptionner', 'orienter')),
    'receptionne_admin':  Attente('administrateur', 1, ('orienter',)),
    'attribue_chef':      Attente('chef_de_file', 2, ('receptionner', 'designer')),
    'receptionne_chef':   Attente('chef_de_file', 2, ('designer',)),
    'attribue_expert':    Attente('referent', 3, ('receptionner', 'contact', 'demarrer')),
    'receptionne_expert': Attente('referent', 3, ('contact', 'demarrer')),
    'en_cours':           Attente('referent', 4, ('contact', 'journal')),
    'termine':            Attente(None, 0, ()),
    'rejete':             Attente('administrateur', 0, ('repondre',)),
    'abandonne':          Attente(None, 0, ()),
}
# Of a role that nobody active holds any more: what is expected of who acts in its place.
SANS_TITULAIRE = {'referent': 'designer', 'chef_de_file': 'orienter'}
# Each of these acts, as a mail asks for it; that of who has not agreed before they were put in charge.
ACCEPTER = 'accepter la demande'
A_FAIRE = {
    'receptionner': 'confirmer la réception',
    'orienter':     'orienter la demande',
    'designer':     'désigner l\'expert',
    'contact':      'rappeler la collectivité et noter le premier contact',
    'demarrer':     'démarrer l\'accompagnement',
    'journal':      'suivre l\'accompagnement, déjà en cours, et tenir le journal',
    'repondre':     'répondre à la collectivité, ou orienter la demande',
}

ROLES = {
    'administrateur': 'Administrateur Plateforme', 'chef_de_file': 'Chef de file', 'referent': 'Expert référent',
    'associe': 'Expert associé', 'demandeur': 'Demandeur',
}


def dire_place(role, rang):
    """A role in the team of a demande, in words."""
    return 'Co-chef de file' if role == 'chef_de_file' and rang else ROLES[role]


FINIS = tuple(code for code, attente in QUI.items() if not attente.etape)
AVANT_EN_COURS = ('attribue_chef', 'receptionne_chef', 'attribue_expert', 'receptionne_expert')
A_ORIENTER = ('attribue_admin', 'receptionne_admin', 'attribue_chef', 'receptionne_chef', 'rejete')
OUVERTS_SAUF_REJETE = ('attribue_admin', 'receptionne_admin', *AVANT_EN_COURS, 'en_cours')

# « rejete » is open until answered; closed, its state is written « rejete_clos » in this table.
Transition = namedtuple('Transition', 'action bouton de vers qui')
TRANSITIONS = (
    Transition('receptionner', 'Confirmer la réception', ('attribue_admin',), 'receptionne_admin', ('administrateur',)),
    Transition('receptionner', 'Confirmer la réception', ('attribue_chef',), 'receptionne_chef', ('chef_de_file',)),
    Transition('receptionner', 'Confirmer la réception', ('attribue_expert',), 'receptionne_expert', ('referent',)),
    Transition('orienter', 'Orienter', A_ORIENTER, 'attribue_chef', ('administrateur',)),
    Transition('designer', "Désigner l'expert", AVANT_EN_COURS, 'attribue_expert', ('chef_de_file', 'administrateur')),
    Transition('designer', "Désigner l'expert", ('en_cours',), 'en_cours', ('chef_de_file', 'administrateur')),
    Transition('demarrer', "Démarrer l'accompagnement", ('receptionne_chef',), 'en_cours', ('chef_de_file',)),
    Transition('demarrer', "Démarrer l'accompagnement", ('attribue_expert', 'receptionne_expert'), 'en_cours',
               ('referent', 'chef_de_file')),
    Transition('repondu', "J'ai répondu, clore…", AVANT_EN_COURS, 'termine', ('referent', 'chef_de_file')),
    Transition('terminer', 'Clore…', ('en_cours',), 'termine', ('referent', 'chef_de_file')),
    Transition('terminer', 'Classer sans réponse', AVANT_EN_COURS, 'termine', ('referent', 'chef_de_file')),
    Transition('rendre', 'Rendre au chef de file', ('attribue_expert', 'receptionne_expert'), 'receptionne_chef',
               ('referent',)),
    Transition('rendre', "Rendre à l'administrateur", ('attribue_chef', 'receptionne_chef'), 'receptionne_admin',
               ('chef_de_file',)),
    Transition('repondre', 'Répondre à la collectivité', ('rejete',), 'rejete', ('administrateur',)),
    Transition('rouvrir', 'Rouvrir', ('termine', 'abandonne'), 'en_cours', ('administrateur', 'chef_de_file')),
    Transition('rouvrir', 'Rouvrir', ('rejete_clos',), 'en_cours', ('administrateur',)),
    Transition('rejeter', "Ce n'est pas pour nous…", OUVERTS_SAUF_REJETE, 'rejete',
               ('referent', 'chef_de_file', 'administrateur')),
    Transition('abandonner', 'Abandonner', (*OUVERTS_SAUF_REJETE, 'rejete'), 'abandonne',
               ('demandeur', 'referent', 'chef_de_file', 'administrateur')),
    Transition('ecarter', 'Écarter (doublon, erreur)', OUVERTS_SAUF_REJETE, 'termine',
               ('chef_de_file', 'administrateur')),
    Transition('ecarter', 'Écarter (doublon, erreur)', ('rejete',), 'termine', ('administrateur',)),
    Transition('classer_stock', 'Classer à la reprise', (*OUVERTS_SAUF_REJETE, 'rejete'), 'termine',
               ('administrateur',)),
)
# Their button once the demande has a référent: it is not the first one that is named.
AVEC_REFERENT = {'designer': "Changer l'expert"}
# Told to the collectivité, for ever: they wait two minutes, as a message does (§12).
CLOSENT = ('terminer', 'repondu', 'repondre', 'abandonner', 'ecarter')
EN_LOT = {'classer_stock'}                                          # of a list of imported ones (stock.py)
ACTIONS = {t.action for t in TRANSITIONS} - EN_LOT                  # of one demande

# When an act is open: in the words of the chapter (§7), then as it is read of a demande.
Quand = namedtuple('Quand', 'mots vrai')


def _ouverte(demande):
    return not demande.clos_le


def _ouverte_avec_un_courriel(demande):
    return _ouverte(demande) and demande.courriel


def _close_avec_un_courriel(demande):
    return demande.clos_le and demande.courriel


def _ouverte_sur_une_fiche(demande):
    return _ouverte(demande) and demande.fiche_id


def _hors_des_administrateurs(demande):
    return _ouverte(demande) and QUI[demande.statut].qui != 'administrateur'


TOUJOURS = Quand('toujours', lambda demande: True)
OUVERTE = Quand('ouverte', _ouverte)
A_ECRIRE = Quand('ouverte, avec un courriel', _ouverte_avec_un_courriel)
A_RECTIFIER = Quand('close, avec un courriel', _close_avec_un_courriel)
SUR_UNE_FICHE = Quand('ouverte, sur une fiche', _ouverte_sur_une_fiche)
CHEZ_UN_CHEF = Quand('ouverte, hors des administrateurs', _hors_des_administrateurs)
A_CONFIRMER = Quand('interlocuteur à confirmer', lambda demande: demande.interlocuteur_depuis)
A_REPONDRE = Quand('message à répondre', lambda demande: demande.message_le)
A_RANGER = Quand('réponse d\'une adresse inconnue', lambda demande: demande.inconnue_le)
ATTENDUE = Quand('réponse attendue', lambda demande: demande.attente_au)
DIFFUSEE = Quand('non restreinte', lambda demande: not demande.restreinte)
RESTREINTE = Quand('restreinte', lambda demande: demande.restreinte)
HORS_LISTE = Quand('collectivité hors liste', lambda demande: not demande.collectivite_id)

# Without changing the statut: the button, who may (regles.md §7; « agent »: whoever may read the demande), and when.
Acte = namedtuple('Acte', 'bouton qui quand', defaults=(TOUJOURS,))
SUIVENT = ('referent', 'chef_de_file', 'administrateur')
CONDUISENT = ('chef_de_file', 'administrateur')
PARTICIPENT = (*SUIVENT, 'associe')
ACTES = {
    'journal':       Acte('Ajouter au journal', ('agent',)),
    'contact':       Acte('Noter le premier contact', SUIVENT, OUVERTE),
    'corriger':      Acte('Enregistrer', SUIVENT),
    'interlocuteur': Acte('Changer l\'interlocuteur', SUIVENT),
    'confirmer':     Acte('Confirmer l\'interlocuteur', SUIVENT, A_CONFIRMER),
    'ecrire':        Acte('Envoyer', PARTICIPENT, A_ECRIRE),
    'rectifier':     Acte('Ajouter un rectificatif', SUIVENT, A_RECTIFIER),
    'retenir':       Acte('Reprendre le message', ('agent',)),
    'sans_reponse':  Acte('Pas de réponse nécessaire', PARTICIPENT, A_REPONDRE),
    'ranger':        Acte('Ranger dans la demande', PARTICIPENT, A_RANGER),
    'ne_pas_ranger': Acte('Indésirable, détruire', PARTICIPENT, A_RANGER),
    'ne_plus_attendre': Acte('Ne plus attendre', PARTICIPENT, ATTENDUE),
    'prevenir':      Acte('Relancer une dernière fois…', SUIVENT, A_ECRIRE),
    'etape':         Acte('Ajouter l\'étape', SUIVENT, OUVERTE),
    'derouler':      Acte('Ajouter les étapes de la fiche', SUIVENT, SUR_UNE_FICHE),
    'jalon_changer': Acte('Enregistrer', SUIVENT, OUVERTE),
    'jalon_fait':    Acte('Étape faite', PARTICIPENT, OUVERTE),
    'jalon_accepter': Acte('J\'accepte', ('associe',), OUVERTE),
    'feuille_de_route': Acte('Enregistrer', SUIVENT, OUVERTE),
    'reunion':       Acte('Proposer la réunion', SUIVENT, OUVERTE),
    'reunion_changer': Acte('Enregistrer', SUIVENT, OUVERTE),
    'reunion_annuler': Acte('Annuler la réunion', SUIVENT, OUVERTE),
    'rien_a_noter':  Acte('Rien à noter', SUIVENT, OUVERTE),
    'restreindre':   Acte('Restreindre la diffusion', SUIVENT, DIFFUSEE),
    'lever':         Acte('Lever la restriction', CONDUISENT, RESTREINTE),
    'associer':      Acte('Associer', CONDUISENT, OUVERTE),
    'retirer':       Acte('Retirer de l\'équipe', CONDUISENT),
    'remplacer':     Acte('Me faire remplacer', ('associe',)),
    'se_retirer':    Acte('Me retirer de l\'équipe', ('associe',), OUVERTE),
    'changer_chef':  Acte('Changer le chef de file', ('administrateur',), CHEZ_UN_CHEF),
    'rattacher':     Acte('Rattacher', ('administrateur',), HORS_LISTE),
    'renvoyer':      Acte('Renvoyer', SUIVENT),
    'cote':          Acte('Mettre de côté', ('referent', 'chef_de_file', 'associe', 'administrateur'), OUVERTE),
    'reprendre':     Acte('Reprendre', ('referent', 'chef_de_file', 'associe', 'administrateur')),
    'revenu':        Acte('Ce courriel est revenu', SUIVENT),
}

# The promises of a fiche (regles.md §5, §8): the word for it, the days without a journal line after which an
# accompaniment is recalled. Their days are a setting (models.jours_promis); a demande keeps those it was promised.
Promesse = namedtuple('Promesse', 'libelle silence')
PROMESSES = {
    'urgente':  Promesse('assistance urgente', silence=30),
    'complexe': Promesse('projet complexe', silence=90),
}
URGENTE, COMPLEXE = PROMESSES
JOURS_PROMIS_MAX = 365
D_AVANT = {'3': 'urgente', '10': 'complexe'}                        # what addresses and files of before call them
JOURS_AVANT_ADMINISTRATEURS = 2                                     # working days of lateness, before they are told
JOURS_POUR_REPONDRE = 15                                            # at least, of a warning before filing
JOURS_DE_COTE = 30                                                  # at most, for a demande put aside

ISSUES = {
    'realise':       'accompagnement réalisé',
    'reponse':       'réponse apportée',
    'redirige':      'redirigé vers un autre service',
    'sans_suite':    'sans suite donnée par la collectivité',
    'non_jointe':    'collectivité non jointe',
    'sans_nouvelles': 'classée sans nouvelles',
}
SANS_REPONSE = ('non_jointe', 'sans_nouvelles')                     # of these, the mairie's own silence
REPONSES = {'reponse': 'Réponse apportée', 'reorientee': 'Réorientée vers'}
# Set aside: no accompaniment ended, so outside figures and delays.
ECARTS = {'doublon': 'doublon', 'erreur': 'déposée par erreur', 'stock': 'classée à la reprise',
          'essai': 'essai d\'avant l\'ouverture'}
# Who tells the service a demande is redirected to: we did, with their agreement, or they will.
TRANSMISSIONS = {'nous': 'Nous la lui avons transmise, avec l\'accord de la collectivité',
                 'vous': 'À la collectivité de le saisir'}

NATURES = {                                                         # what an agent writes
    'note':        'Note',
    'appel':       'Appel',
    'courriel':    'Courriel important',
    'visite':      'Visite sur site',
    'reunion':     'Réunion de cadrage',
    'proposition': "Proposition d'accompagnement",
    'livrable':    'Restitution de livrable',
    'relation':    'Mise en relation',
}
JOINDRE = ('appel', 'contact', 'visite', 'reunion')                  # of these, what a failed mail is replaced by
NATURES_PLATEFORME = {                                              # what the platform writes
    'depot':      'Dépôt',
    'statut':     'Statut',
    'equipe':     'Équipe',
    'contact':    'Premier contact',
    'message':    'Message de la collectivité',
    'reponse':    'Message à la collectivité',
    'cloture':    'Clôture',
    'reouverture': 'Réouverture',
    'envoi':      'Courriel',
    'correction': 'Correction',
}
# What a collectivité reads of the journal: what it wrote itself, what was sent to it, how its demande ended, or is open
# again; every other nature is internal for ever, with every line it has (regles.md §6, §12). A public line is never
# corrected: another one is written.
PUBLIQUES = ('message', 'reponse', 'cloture', 'reouverture')
# Of an agent, what answers a message of the collectivité: no note does (§12).
REPONDENT = ('reponse', 'contact', 'appel', 'visite', 'reunion')
# What a message carries: « proposition » and « livrable » also write their internal line, which figures count.
PORTES_PAR = {'echange': 'un échange', 'proposition': 'une proposition d\'accompagnement', 'livrable': 'un livrable'}
MINUTES_POUR_REPRENDRE = 2                                          # a message, before it leaves
JOURS_D_ATTENTE = 120                                               # at most, of an answer that is waited for
JOURS_AVANT_LA_DATE = 7                                             # it is recalled, if it was asked long enough before
# What a line of the journal says for the rules, which never read its text. Its nature; how such a line begins, which is
# read once, when one comes in without its fait (of a file, of a trial version).
FAITS = {
    'joint':         ('contact', ('Joint',)),
    'message':       ('contact', ('Message laissé',)),
    'injoignable':   ('contact', ('Injoignable',)),
    'interlocuteur': ('equipe',  ('Interlocuteur confirmé',)),
    'autre':         ('equipe',  ('Interlocuteur changé',)),        # the link is another one too
    'sans_reponse':  ('equipe',  ('Pas de réponse nécessaire',)),
    'rien_a_noter':  ('equipe',  ('Rien à noter de la réunion',)),
    'passation':     ('equipe',  ('Passation',)),
    'reouverture':   ('message', ('Demande de réouverture.',)),
    'automatique':   ('envoi',   ('Réponse automatique',)),         # by nobody, or a letter: none of the accompaniment
    'accord':        ('statut',  ()),                               # of the chef de file, before it was oriented
    'a_recueillir':  ('statut',  ()),
}
EN_VAIN = ('message', 'injoignable')                                # the mairie was called, and not reached

ETATS_DE_FICHE = {
    'brouillon': 'brouillon', 'publiee': 'publiée', 'suspendue': 'suspendue', 'archivee': 'archivée',
}
# What the revue annuelle is answered of a fiche or a ressource.
DITES = {'exacte': 'exacte', 'changement': 'changement proposé', 'retrait': 'à retirer du catalogue'}
GENRES_DE_VERSION = ('fiche', 'page', 'courriel', 'contenu', 'lettre')
# accord: of a collectivité, convention: with a structure, lettre: signed, never published; ouverte: counts of a year;
# guide: as it was printed that year.
GENRES_DE_DOCUMENT = ('fiche', 'contenu', 'image', 'accord', 'logo', 'convention', 'ouverte', 'lettre', 'guide')

# The contents. adresse: where the public reads them, '' for contributeurs alone; champs: the columns of their own,
# besides those of all (titre, resume, corps, theme, structure, publie_le, expire_le).
GenreDeContenu = namedtuple('GenreDeContenu', 'libelle pluriel adresse champs')
GENRES_DE_CONTENU = {
    'actualite': GenreDeContenu('Actualité', 'Actualités', '/actualites', ()),
    'ressource': GenreDeContenu('Ressource', 'Ressources', '/ressources', ('nature', 'verifie_le', 'a_revoir_le')),
    'projet':    GenreDeContenu('Projet exemplaire', 'Projets exemplaires', '/projets',
                                ('collectivite', 'annee', 'cout')),
    'evenement': GenreDeContenu('Évènement', 'Agenda', '/agenda',
                                ('debut_le', 'debut_a', 'fin_le', 'fin_a', 'lieu', 'inscription', 'inscription_au')),
    'document':  GenreDeContenu('Document', 'Documents', '', ('classe', 'groupe', 'nature', 'seance_le', 'a_qui')),
}
ETATS_DE_CONTENU = {'brouillon': 'brouillon', 'a_valider': 'à valider', 'publie': 'publié', 'retire': 'retiré'}
AUDIENCES = {'public': 'Public', 'contributeurs': 'Contributeurs'}
# code: (label, is it a model to adapt?)
NATURES_DE_RESSOURCE = {
    'guide':        ('Guide', False),
    'deliberation': ('Modèle de délibération', True),
    'cahier':       ('Cahier des charges', True),
    'convention':   ('Modèle de convention', True),
    'reglement':    ('Modèle de règlement', True),
    'modele':       ('Autre modèle', True),
    'autre':        ('Autre ressource', False),
}
NATURES_DE_DOCUMENT = {
    'ordre_du_jour': 'Ordre du jour', 'compte_rendu': 'Compte rendu', 'decisions': 'Décisions',
    'support': 'Support de communication', 'autre': 'Autre document',
}
CLASSES_DE_DOCUMENT = {
    'supports': 'Supports de communication', 'comite': 'Comité de suivi technique', 'groupe': 'Groupes de travail',
}
DESTINATAIRES = ('demandeur', 'collectivite', 'agent', 'direction')  # of a mail
LIENS = {'invitation': timedelta(days=14), 'mot_de_passe': timedelta(hours=2)}  # one-time links: how long each is good

MOYENS = {'appel': 'appel', 'courriel': 'courriel', 'visite': 'visite', 'reunion': 'réunion'}
RESULTATS = {'joint': 'joint', 'message': 'message laissé', 'injoignable': 'injoignable'}
AMPLEURS = {'echange': 'un échange', 'jours': 'quelques jours', 'projet': 'un projet suivi'}      # at closing, optional
RAPPELE = {'oui': 'oui', 'pas_encore': 'pas encore'}                # « Avez-vous été rappelé·e ? »
VOIES = ('téléphone', 'courriel', 'courrier', 'rendez-vous')
CIVILITES = ('Madame', 'Monsieur')
# The steps of an accusé de réception to sign: administrateurs alone read the days of these (regles.md §13).
ETAPES_DE_LETTRE = {'imprimee': 'imprimée', 'signature': 'mise à la signature', 'signee': 'signée',
                    'envoyee': 'envoyée'}
VOIES_DE_LETTRE = {'poste': 'par la poste', 'courriel': 'par courriel'}
JOURS_POUR_LA_LETTRE = 10                                           # working days, from the deposit to « envoyée »

TYPES = (
    'Commune', 'Communauté de communes', "Communauté d'agglomération", 'Communauté urbaine', 'Métropole', 'Syndicat',
    'PETR', 'Autre établissement public',
)
TYPES_D_EPCI = TYPES[1:5]
TYPES_COURTS = {
    'Communauté de communes': 'CC', "Communauté d'agglomération": 'CA', 'Communauté urbaine': 'CU',
    'Autre établissement public': 'Autre',
}

MINUTES_POUR_CORRIGER = 15     # regles.md §6

# What may be joined (the extension must agree with how the file begins).
SIGNATURES = {
    'pdf': (b'%PDF',), 'png': (b'\x89PNG\r\n\x1a\n',), 'jpg': (b'\xff\xd8\xff',), 'jpeg': (b'\xff\xd8\xff',),
    'gif': (b'GIF8',), 'webp': (b'RIFF',), 'tif': (b'II*\0', b'MM\0*'), 'tiff': (b'II*\0', b'MM\0*'),
    'heic': (b'\0\0\0',),
    'odt': (b'PK',), 'ods': (b'PK',), 'odp': (b'PK',), 'docx': (b'PK',), 'xlsx': (b'PK',), 'pptx': (b'PK',),
    'doc': (b'\xd0\xcf\x11\xe0',), 'xls': (b'\xd0\xcf\x11\xe0',), 'ppt': (b'\xd0\xcf\x11\xe0',), 'rtf': (b'{\\rtf',),
    'txt': (), 'csv': (), 'dwg': (b'AC10',), 'dxf': (),
}
PIECES_MAX = 10
PIECE_OCTETS = 10 * MO
PIECES_OCTETS = 25 * MO
