"""The forms of the acts on a demande: literal tables, read by gestes.py and dossier.py (regles.md §4 to §8)."""
from collections import namedtuple

from verbes import regles
from views import annoncer, choix
from views.champs import PIECES, Champ

MOTIF = Champ('motif', 'Motif', 'long', True, 'Il est écrit au journal.')

CONTACT = (
    Champ('contact_le', 'Date du contact', 'date', True),
    Champ('moyen', 'Moyen', 'choix', True, choix=tuple(regles.MOYENS.items())),
    Champ('resultat', 'Résultat', 'radio', True, 'Seul « joint » arrête le délai de rappel.',
          tuple(regles.RESULTATS.items())),
    Champ('besoin_reformule', 'Besoin reformulé', 'long'),
    Champ('calendrier', 'Calendrier de la collectivité', max=500),
    Champ('suite', 'Suite prévue', max=500),
)

# Its words, and whether it is ticked at first, depend on who notes the contact (gestes.py).
DEMARRER = Champ('demarrer', "Démarrer l'accompagnement", 'case', classe='si-joint')

# A field of which only one answer has a use, by its class: (the field, the answer). The page shows it with that answer
# alone where the browser can (commun.css, :has), and without it nothing is read of it.
SELON = {
    'si-joint':      ('resultat', 'joint'),
    'si-redirige':   ('issue', 'redirige'),
    'si-convenu':    ('issue', 'sans_suite'),
    'si-nous':       ('transmission', 'nous'),
    'si-reorientee': ('reponse', 'reorientee'),
    'si-doublon':    ('ecart', 'doublon'),
    'si-erreur':     ('ecart', 'erreur'),
    'si-obtenu':     ('accord', 'obtenu'),
    'si-attendre':   ('attendre', 'oui'),
}

REDIRECTION = (
    Champ('organisme', 'Organisme dont relève la demande', requis=True, classe='si-redirige',
          aide='Pour «\u00a0redirigé\u00a0», avec son article\u00a0: la préfecture, le SDEHG…'),
    Champ('organisme_telephone', 'Téléphone de cet organisme', 'telephone', aide='Pour «\u00a0redirigé\u00a0».',
          classe='si-redirige'),
    Champ('transmission', 'Qui saisit cet organisme\u00a0?', 'radio', True, 'Pour «\u00a0redirigé\u00a0».',
          tuple(regles.TRANSMISSIONS.items()), classe='si-redirige'),
    Champ('transmise_le', 'Transmise le', 'date', True, 'Si vous la lui avez transmise.',
          classe='si-redirige si-nous'),
)

# The same, of an answer.
REORIENTATION = tuple(c._replace(classe=c.classe.replace('redirige', 'reorientee'),
                                 aide=c.aide.replace('redirigé', 'réorientée')) for c in REDIRECTION)

DIT = Champ('texte_final', 'Ce que nous disons à la collectivité', 'long', True,
            'Elle le lit sur sa page de suivi, et par courriel sauf diffusion restreinte.', classe='zone-message',
            vide='écrivez à la collectivité pourquoi')

FIN = (
    Champ('issue', 'Issue de l\'accompagnement', 'choix', True, 'La collectivité la lira en une phrase toute faite.',
          (choix.A_CHOISIR, *((code, libelle.capitalize()) for code, libelle in regles.ISSUES.items()))),
    *REDIRECTION,
    Champ('convenu_le', 'Convenu avec la collectivité le', 'date', classe='si-convenu',
          aide='Elle lira ce jour. Vide\u00a0: il faut l\'avoir prévenue, et la date annoncée passée.'),
    Champ('synthese', 'Synthèse', 'long', True, 'Interne, mais communicable sur demande\u00a0: restez factuel.'),
    Champ('texte_final', 'Texte pour le demandeur', 'long', classe='zone-message',
          aide='La collectivité le lit sur sa page de suivi, et par courriel sauf diffusion restreinte.'),
    Champ('ampleur', 'Ampleur de l\'accompagnement', 'choix',
          aide='Comptée dans les chiffres d\'ensemble, jamais par personne\u00a0; la collectivité ne la lit pas.',
          choix=(('', 'Non précisée'), *((code, dit.capitalize()) for code, dit in regles.AMPLEURS.items()))),
)

# The first select is named as the field that the verbs refuse.
CHEFS = (
    Champ('chefs', 'Chef de file', 'choix'),
    Champ('cochef_1', 'Co-chef de file', 'choix'),
    Champ('cochef_2', 'Autre co-chef de file', 'choix'),
)

COLLECTIVITE = Champ(
    'collectivite', 'Collectivité', requis=True, aide='Commune ou intercommunalité du département.')

A_RAPPELER = (
    Champ('rappel_nom', 'Nom de la personne à rappeler',
          aide='Vide\u00a0: le maire, la présidente ou le président.', max=100),
    Champ('rappel_prenom', 'Prénom de la personne à rappeler', max=100),
    Champ('rappel_fonction', 'Fonction', max=100),
)

QUAND_JOINDRE = Champ('quand_joindre', 'Quand joindre la personne')

JOURNAL = (
    Champ('texte', 'Note au journal', 'long', True,
          'Interne, mais communicable sur demande\u00a0: restez factuel.', vide='écrivez votre note'),
    Champ('nature', 'Nature', 'choix', True, choix=tuple(regles.NATURES.items())),
    Champ('acte_le', 'Date de l\'acte', 'date'),
    PIECES._replace(
        choix=(('accept', f'{PIECES.choix[0][1]},.eml'), *PIECES.choix[1:]),
        aide=f'{PIECES.aide} Un courriel enregistré (.eml) devient une note à sa date.'),
)

MESSAGE = (
    Champ('texte', 'Message à la collectivité', 'long', True,
          'La collectivité le lit sur sa page de suivi et par courriel. Une fois parti, il ne se corrige plus.',
          vide='écrivez votre message'),
    Champ('porte', 'Ce message porte', 'choix', True, choix=tuple(
        (code, dit[0].upper() + dit[1:]) for code, dit in regles.PORTES_PAR.items())),
    PIECES,
    Champ('sans_texte', 'Ne pas mettre le texte dans le courriel', 'case',
          aide='Il dira «\u00a0Un message vous attend\u00a0», avec le lien de suivi.'),
    Champ('attendre', 'Nous attendons une réponse de la collectivité', 'case'),
    Champ('attente_de', 'Ce que nous attendons d\'elle', max=300, classe='si-attendre',
          aide='Elle le lit\u00a0: le plan cadastral, un accord…'),
    Champ('attente_au', 'Réponse attendue avant le', 'date', classe='si-attendre'),
)

ETAPE = (
    Champ('quoi', 'Étape', requis=True, aide='Entre agents\u00a0: le diagnostic, le plan de financement…'),
    Champ('qui', 'Qui la tient', 'choix'),
    Champ('pour_le', 'Pour le', 'date'),
    Champ('dit', 'Montrée à la collectivité, dans ces mots',
          aide='Sans nom de personne. Elle lit aussi la structure et le mois. Vide\u00a0: elle n\'est pas montrée.'),
    Champ('dit_jour', 'Lui donner la date, et non le seul mois', 'case'),
)
LAQUELLE = Champ('jalon', '', 'cache', True)

COTE = (
    Champ('jusqu_au', 'Jusqu\'au', 'date', True),
    Champ('raison', 'Pourquoi, lu par l\'équipe', requis=True),
)

# Then a box for each person of the team (gestes.py).
REUNION = (
    Champ('jour', 'Jour', 'date', True),
    Champ('debut_a', 'Heure de début', requis=True, max=20),
    Champ('fin_a', 'Heure de fin', requis=True, max=20),
    Champ('lieu', 'Lieu, ou lien de la visioconférence', max=300),
    Champ('mairie', 'Inviter la collectivité', 'case'),
)
QUELLE_REUNION = Champ('reunion', '', 'cache', True)                # of the réunions of a demande
INVITES = ('Chaque personne cochée, vous excepté·e, reçoit un courriel, avec une invitation pour son agenda et un '
           'bouton «\u00a0Je viens\u00a0». ')

# The choices that depend on the base are in CHOIX. An empty button: that of TRANSITIONS or ACTES.
Formulaire = namedtuple('Formulaire', 'titre aide champs bouton', defaults=('',))

FORMULAIRES = {
    'receptionner': Formulaire('', '', ()),
    'orienter': Formulaire(
        'Orienter la demande',
        'Choisissez la fiche\u00a0: sans autre choix, ses chefs de file prennent la demande. '
        '«\u00a0Aucune (demande libre)\u00a0» la retire\u00a0: choisissez alors la direction, '
        'dont les pilotes prennent la demande si vous ne désignez pas de chef de file. Qui la prend est prévenu par '
        'courriel, avec la boîte de sa direction\u00a0; qui la laisse aussi.', (
            Champ('fiche', 'Fiche d\'accompagnement', 'choix'),
            Champ('direction', 'Direction', 'choix'),
            *CHEFS,
            Champ('accord', 'Accord du chef de file', 'radio', True,
                  'À recueillir\u00a0: le courriel lui demande s\'il accepte la demande.',
                  (('obtenu', 'obtenu'), ('a_recueillir', 'à recueillir')),
                  vide='dites si l\'accord du chef de file est obtenu, ou à recueillir'),
            Champ('accord_le', 'Accord obtenu le', 'date', True, classe='si-obtenu'),
            Champ('accord_aupres', 'Auprès de', requis=True, aide='Prénom et nom.', max=100, classe='si-obtenu'),
            Champ('urgent', 'Assistance urgente\u00a0: rappel sous 3 jours', 'case',
                  aide='Une date annoncée à la collectivité n\'est jamais repoussée\u00a0; '
                       'si elle avance, un courriel le lui dit.'))),
    'designer': Formulaire(
        'Désigner l\'expert référent',
        'L\'expert est prévenu, avec la boîte de sa direction et qui il remplace\u00a0; la collectivité aussi, si elle '
        'ne le connaît pas déjà\u00a0: son nom, son téléphone, et la date de rappel tant qu\'elle est à venir.',
        (Champ('referent', 'Expert référent', 'choix', True), MOTIF)),
    'demarrer': Formulaire(
        'Démarrer l\'accompagnement', 'La demande passe à «\u00a0En cours\u00a0».', CONTACT),
    'repondu': Formulaire(
        'Répondu au premier contact',
        'La demande passe à «\u00a0Terminé\u00a0»\u00a0; la collectivité en est avertie par courriel.',
        (*CONTACT, *FIN)),
    'terminer': Formulaire(
        '', 'La collectivité en est avertie par courriel, avec son lien de suivi.', FIN),
    'rendre': Formulaire(
        'Rendre la demande', 'Qui doit agir est prévenu par courriel. La collectivité ne reçoit rien.', (MOTIF,)),
    'rejeter': Formulaire(
        'Signaler hors compétence',
        'Les administrateurs sont prévenus, avec les chefs de file et le référent\u00a0: ils répondent à la '
        'collectivité, ou orientent la demande ailleurs.',
        (MOTIF, Champ('structure_suggeree', 'Autre structure suggérée'))),
    'repondre': Formulaire(
        'Répondre au demandeur', 'La collectivité lit ce texte sur sa page de suivi, et par courriel sauf diffusion '
        'restreinte. La demande est close.', (
            Champ('reponse', 'Suite donnée', 'radio', True, choix=tuple(regles.REPONSES.items())),
            *REORIENTATION,
            Champ('texte_final', 'Texte pour le demandeur', 'long', True, classe='zone-message'))),
    'abandonner': Formulaire(
        'Abandonner la demande',
        'À utiliser quand la collectivité renonce. '
        'Elle et l\'équipe en sont averties par courriel, sans le motif.',
        (MOTIF, DIT)),
    'ecarter': Formulaire(
        'Écarter la demande (doublon, erreur)',
        'Elle est close, hors des chiffres et des délais. La collectivité et l\'équipe en sont averties par courriel, '
        'sans le motif. D\'un doublon, la date de rappel la plus proche tient pour l\'autre demande.', (
            MOTIF,
            Champ('ecart', 'Pourquoi l\'écarter\u00a0?', 'radio', True, choix=(
                ('doublon', 'Doublon d\'une autre demande'), ('erreur', 'Déposée par erreur'))),
            Champ('doublon_de', 'Demande avec laquelle elle est suivie', 'choix', True, 'Pour un doublon.',
                  classe='si-doublon'),
            DIT._replace(classe='zone-message si-erreur'))),
    'rouvrir': Formulaire(
        'Rouvrir la demande', 'Qui doit agir est prévenu par courriel\u00a0; la collectivité aussi, sans le motif.',
        (MOTIF,)),
    'contact': Formulaire(
        'Noter le premier contact',
        'Notez aussi un appel sans réponse\u00a0: l\'équipe saura que vous avez essayé. '
        'Une réception qui attendait est confirmée.',
        (*CONTACT[:3], DEMARRER, *CONTACT[3:])),
    'journal': Formulaire('', '', JOURNAL),
    'ecrire': Formulaire('', '', MESSAGE),
    'rectifier': Formulaire(
        'Ajouter un rectificatif', 'La demande reste close. La collectivité le lit sur sa page de suivi, et par '
        'courriel sauf diffusion restreinte, deux minutes après l\'envoi.',
        (Champ('texte', 'Rectificatif', 'long', True, classe='zone-message'),)),
    'retenir': Formulaire('', '', (Champ('message', '', 'cache', True),)),
    'sans_reponse': Formulaire('', '', ()),
    **dict.fromkeys(('ranger', 'ne_pas_ranger'), Formulaire('', '', (Champ('reponse', '', 'cache', True),))),
    'ne_plus_attendre': Formulaire('', '', ()),
    'journal-corriger': Formulaire(
        'Corriger une ligne du journal', 'Le premier texte reste consultable.',
        (Champ('ligne', '', 'cache', True), Champ('texte', 'Texte corrigé', 'long', True)),
        'Enregistrer la correction'),
    'corriger': Formulaire(
        'Corriger la demande',
        'Chaque changement est écrit au journal, sans les données personnelles. Le thème suit la fiche.', (
            Champ('theme', 'Thème', 'choix'),
            Champ('fiche', 'Fiche d\'accompagnement', 'choix'),
            Champ('lieu', 'Lieu de projet'),
            Champ('date_a_tenir', 'Date à tenir', 'date'),
            COLLECTIVITE,
            Champ('civilite', 'Civilité', 'choix', choix=(('', 'Sans'), *((c, c) for c in regles.CIVILITES))),
            Champ('nom', 'Nom', max=100),
            Champ('prenom', 'Prénom', max=100),
            *A_RAPPELER,
            Champ('telephone', 'Téléphone', 'telephone'),
            QUAND_JOINDRE,
            Champ('premier_contact_le', 'Date du premier contact', 'date',
                  aide='Vide\u00a0: la collectivité n\'a pas été jointe, le délai de rappel reprend.'))),
    'rattacher': Formulaire(
        'Rattacher à une collectivité', 'Le nom écrit au formulaire est remplacé par celui de la liste.', (
            COLLECTIVITE,
            Champ('siren', 'SIREN, pour l\'ajouter à la liste', max=20, classe='court',
                  aide='Un syndicat ou un CCAS absent de la liste y est ajouté, '
                       'sous le nom et le type écrits au formulaire. Neuf chiffres.'))),
    'interlocuteur': Formulaire(
        'Changer l\'interlocuteur à la collectivité',
        'L\'ancien lien de suivi ne fonctionnera plus\u00a0; un nouveau part à la nouvelle adresse.',
        (Champ('courriel', 'Courriel', 'courriel', True), Champ('telephone', 'Téléphone', 'telephone'), QUAND_JOINDRE,
         *A_RAPPELER)),
    'confirmer': Formulaire(
        'Confirmer l\'interlocuteur à la collectivité',
        'La collectivité vous a dit que c\'est la même personne\u00a0: son lien de suivi montre de nouveau toute la '
        'demande. Si c\'en est une autre, «\u00a0Changer l\'interlocuteur\u00a0».', ()),
    'prevenir': Formulaire(
        'Prévenir avant de classer',
        'La collectivité lit les jours de vos appels, et que sans réponse d\'ici là sa demande sera classée sans '
        'nouvelles\u00a0: par courriel, et sur sa page de suivi jusqu\'à cette date. Un appel sans réponse doit être '
        'noté.',
        (Champ('limite', 'Réponse attendue au plus tard le', 'date', True,
               'Un jour ouvré, dans quinze jours au moins, pas avant la date de rappel annoncée.'),)),
    'reunion': Formulaire(
        'Proposer une réunion de cadrage', INVITES + 'D\'une demande à diffusion restreinte, il ne dit que son numéro '
        'et l\'heure.', REUNION),
    'reunion_changer': Formulaire(
        'Changer la réunion', INVITES + 'Un autre jour, une autre heure ou un autre lieu le redemandent à tous\u00a0; '
        'qui n\'est plus coché est prévenu.', (QUELLE_REUNION, *REUNION)),
    'reunion_annuler': Formulaire(
        'Annuler la réunion', 'Chaque invité reçoit un courriel, qui l\'ôte de son agenda.', (QUELLE_REUNION,)),
    'rien_a_noter': Formulaire('', '', ()),
    'etape': Formulaire(
        'Ajouter une étape', 'Jusqu\'à la date de la prochaine étape, la Plateforme ne relance pas pour un journal '
        'silencieux.', ETAPE),
    'derouler': Formulaire('', '', ()),
    'jalon_changer': Formulaire(
        'Changer une étape', '',
        (LAQUELLE, *ETAPE, Champ('fait_le', 'Faite le', 'date', aide='Vide\u00a0: elle n\'est pas faite.'))),
    'jalon_fait': Formulaire(
        'Dire qu\'une étape est faite', 'La personne qui tient l\'étape suivante est prévenue par courriel. Le statut, '
        'l\'expert référent et les dates promises ne changent pas.',
        (LAQUELLE, Champ('fait_le', 'Faite le', 'date', True), Champ('mot', 'Un mot pour la suite', 'long',
                                                                     aide='Il est écrit au journal.')),
        'Étape faite\u00a0: prévenir l\'intervenant suivant'),
    'jalon_accepter': Formulaire(
        'Accepter l\'étape', 'Vous participez à cet accompagnement, pour l\'étape qui vous est confiée. Si ce n\'est '
        'pas pour vous, dites-le\u00a0: le chef de file cherchera quelqu\'un d\'autre.', ()),
    **dict.fromkeys(('jalon_monter', 'jalon_descendre'), Formulaire('', '', (LAQUELLE,))),
    'jalon_retirer': Formulaire('Retirer une étape', 'Elle quitte la feuille de route\u00a0; le journal le dit.',
                                (LAQUELLE,)),
    'restreindre': Formulaire(
        'Restreindre la diffusion',
        'Seuls l\'équipe et les administrateurs la liront et la trouveront\u00a0; ses courriels tairont son objet.',
        ()),
    'lever': Formulaire(
        'Lever la diffusion restreinte',
        'Tous les agents pourront lire cette demande, son journal et ses pièces.',
        (MOTIF,)),
    'associer': Formulaire(
        'Associer un expert', 'La personne est prévenue par courriel, avec la boîte de sa direction. Une structure ou '
        'une direction associée nommera ensuite la sienne\u00a0: ses pilotes en sont prévenus.',
        (Champ('invite', 'Expert, structure ou direction', 'choix', True),)),
    'retirer': Formulaire(
        'Retirer un associé', 'La personne retirée en est prévenue\u00a0; le motif reste au journal.',
        (Champ('place', 'Associé à retirer', 'choix', True), MOTIF)),
    'remplacer': Formulaire(
        'Me faire remplacer', 'Un agent de votre direction prend votre place d\'expert associé, et en est prévenu.',
        (Champ('remplacant', 'Remplaçant', 'choix', True),)),
    'se_retirer': Formulaire(
        'Me retirer de l\'équipe',
        'Les chefs de file et le référent en sont prévenus\u00a0; le motif reste au journal. '
        'Un collègue peut prendre votre place\u00a0: choisissez plutôt «\u00a0Me faire remplacer\u00a0».', (MOTIF,)),
    'changer_chef': Formulaire(
        'Changer le chef de file',
        'Les nouveaux chefs de file et les anciens sont prévenus\u00a0; le motif reste au journal. '
        'Le statut ne change pas.',
        (CHEFS[0]._replace(requis=True), *CHEFS[1:], MOTIF)),
    'renvoyer': Formulaire('', '', (Champ('courriel', '', 'cache', True),)),
    'cote': Formulaire(
        'Mettre de côté',
        'Dans votre seule journée, trente jours au plus. Un message de la collectivité, un nouveau référent ou une '
        'promesse due le lendemain la ramène avant. La raison n\'est pas écrite au journal.', COTE),
    'reprendre': Formulaire('', '', ()),
    'revenu': Formulaire('', '', (Champ('courriel', '', 'cache', True),)),
}

# « remplacer » for the pilote of a direction or structure that was associated without its person.
NOMMER = Formulaire(
    'Nommer la personne', 'Un agent de votre direction prend la place laissée à nommer, et en est prévenu.',
    (Champ('remplacant', 'Expert associé', 'choix', True),), 'Nommer la personne')
# « se_retirer » for the same.
DECLINER = Formulaire(
    'Ce n\'est pas pour nous', 'Votre direction, ou votre structure, quitte l\'équipe\u00a0: les chefs de file et le '
    'référent en sont prévenus, le motif reste au journal.', (MOTIF,), 'Ce n\'est pas pour nous')
SELON_LA_PLACE = {'remplacer': NOMMER, 'se_retirer': DECLINER}      # of a pilote, whose direction was invited

# The form field « operation » of …/equipe.
OPERATIONS = ('associer', 'retirer', 'remplacer', 'se_retirer', 'changer_chef')

# The acts on one step of the feuille de route, or on all of it.
JALONS = ('etape', 'derouler', 'jalon_changer', 'jalon_accepter', 'jalon_monter', 'jalon_descendre', 'jalon_retirer')

# Their form is always on the page.
SANS_PAGE = ('journal', 'ecrire', 'retenir', 'sans_reponse', 'ranger', 'ne_pas_ranger', 'ne_plus_attendre',
             'receptionner', 'rien_a_noter', 'renvoyer', 'revenu', 'reprendre', 'derouler', 'jalon_monter',
             'jalon_descendre')
FICHIERS = {'journal': JOURNAL, 'ecrire': MESSAGE}                  # of these, the consigne keeps the files

# Besides « ecrire », which has its own line, the acts that mail the collectivité: their form says at which address.
A_LA_COLLECTIVITE = ('designer', *regles.CLOSENT, 'rectifier', 'rouvrir', 'prevenir', 'reunion', 'reunion_changer',
                     'reunion_annuler')
# Of those that wait two minutes, the button, which names who will read.
BOUTONS = {'terminer': 'Terminer et écrire à', 'repondu': 'Terminer et écrire à', 'repondre': 'Répondre à',
           'abandonner': 'Abandonner et écrire à', 'ecarter': 'Écarter et écrire à', 'rectifier': 'Envoyer à'}

# They add: nothing that was read can be stale.
SANS_VERSION = ('journal', 'journal-corriger', 'retenir', 'renvoyer', 'revenu', 'cote', 'reprendre')

COURTS = ('texte', 'courriel', 'telephone', 'date', 'choix')        # two of them share a line
A_COPIER = ('texte', 'long', 'courriel', 'telephone', 'date')       # typed: given back when no field holds it any more

DANGER = ('rejeter', 'abandonner')

# What the page says once an action is done; « statut » for the transitions, else « enregistre ».
FAITS = {
    'ecrire': 'partira', 'contact': 'contact', 'journal': 'journal', 'journal-corriger': 'journal',
    'corriger': 'corrige', 'rattacher': 'corrige', 'interlocuteur': 'interlocuteur', 'renvoyer': 'renvoye',
    'cote': 'cote', 'reprendre': 'repris', 'revenu': 'revenu', 'ranger': 'rangee', 'ne_pas_ranger': 'non_rangee',
    **dict.fromkeys(OPERATIONS, 'equipe'),
    **dict.fromkeys(JALONS, 'etapes'), 'jalon_fait': 'etape_faite',
    **dict.fromkeys(regles.ACTIONS, 'statut'),
    **dict.fromkeys((*regles.CLOSENT, 'rectifier'), 'partira'),
}
annoncer(
    '/espace/demandes/',
    journal='Le journal est complété.',
    partira='Ce que vous écrivez à la collectivité part deux minutes après l\'envoi\u00a0:',
    contact='Le contact est noté.',
    statut='La demande a avancé.',
    equipe='L\'équipe est à jour.',
    etapes='La feuille de route est à jour.',
    etape_faite='L\'étape est faite.',
    corrige='La demande est corrigée.',
    interlocuteur='Le nouveau lien de suivi part à la nouvelle adresse.',
    renvoye='Le courriel repart.',
    rangee='La réponse est dans la demande\u00a0: elle attend la vôtre.',
    non_rangee='La réponse n\'est pas rangée.',
    revenu='Le courriel est marqué comme revenu\u00a0: téléphonez à la collectivité.')
annoncer('/espace', cote='La demande est mise de côté.', repris='La demande est reprise.')


def utiles(champs, saisies):
    """The fields that these answers give a use to (SELON): what is typed in another is not read, nor at fault."""
    return [c for c in champs if all(saisies.get(SELON[si][0], '') == SELON[si][1]
                                     for si in c.classe.split() if si in SELON)]


def style_de(action, plein):
    if action in DANGER:
        return 'danger'
    return '' if action == plein else 'second'


def textes_restants(action, saisies, montres):
    """[(label, text)] of what was typed and no field of the page holds: to be copied, never lost."""
    perdus = [c for c in FORMULAIRES[action].champs if c.nom not in montres and c.genre in A_COPIER]
    return [(c.libelle, saisies[c.nom]) for c in perdus if saisies.get(c.nom)]
