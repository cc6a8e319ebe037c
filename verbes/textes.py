"""The words that come with the software: the text of each mail (regles.md §8), of each letter, the legal pages.

They stand in files, static/textes/: the title on the first line (of a mail, its subject), a blank one, the text. The
base holds what somebody changed, and the words it was changed from (TexteEcrit): when the file says others, what was
written goes on serving and « Reste à régler » says so. Writing the words of the file back forgets the change.
"""
import functools
import os
import pkgutil
import re
import zipfile
from collections import namedtuple

import models
from models import TexteEcrit, db, gardee, lignes
from langue import maintenant

# ---- What there is: of each, its group on screen, its label, what it may say in braces ----

Sorte = namedtuple('Sorte', 'groupe libelle reperes')
GROUPES = {
    'collectivite': 'À la collectivité',
    'agents':       'Aux agents',
    'comptes':      'Comptes',
    'contenus':     'Contenus',
    'pages':        'Pages légales',
    'lettres':      'Lettres',
}
PARTOUT = ('plateforme', 'departement')                             # any mail may say these too
DEMANDE = ('numero', 'intitule', 'origine', 'depot', 'echeance', 'date_a_tenir', 'collectivite', 'fiche')
MAIRIE = (*DEMANDE, 'qui_appeler', 'interlocuteur', 'structure', 'telephone', 'lien', 'contact_telephone',
          'contact_courriel')
EQUIPE = ('prenom', 'role', *DEMANDE, 'presse', 'rappel', 'interlocuteur', 'structure', 'a_rappeler', 'a_faire', 'lien')

COURRIELS = {
    'accuse': Sorte('collectivite', 'Accusé d\'enregistrement, à la collectivité',
                    (*MAIRIE, 'astreinte', 'doublon', 'signataire', 'saisine', 'bandeau')),
    'avis_depot': Sorte('collectivite', 'Avis de dépôt, à l\'adresse officielle de la collectivité',
                        ('numero', 'depot', 'collectivite', 'contact_telephone', 'contact_courriel')),
    'accuse_direct': Sorte('collectivite', 'Accusé d\'une demande reçue en direct, à la collectivité',
                           (*MAIRIE, 'recue', 'bandeau')),
    'echeance': Sorte('collectivite', 'Date de rappel avancée, à la collectivité', MAIRIE),
    'lettre': Sorte('collectivite', 'Lettre d\'accusé de réception envoyée, à la collectivité',
                    (*MAIRIE, 'envoyee', 'aussi')),
    'designation_demandeur': Sorte('collectivite', 'Expert désigné, à la collectivité', MAIRIE),
    'changement': Sorte('collectivite', 'Changement d\'interlocuteur, à la collectivité', (*MAIRIE, 'ancien')),
    'reponse': Sorte('collectivite', 'Réponse à une demande rejetée, à la collectivité',
                     (*MAIRIE, 'suite', 'texte', 'cloture', 'par')),
    'cloture': Sorte('collectivite', 'Demande close, à la collectivité',
                     (*MAIRIE, 'suite', 'texte', 'cloture', 'par', 'evaluation')),
    'abandon_demandeur': Sorte('collectivite', 'Demande abandonnée, à la collectivité',
                               (*MAIRIE, 'texte', 'cloture', 'par')),
    'reouverture_mairie': Sorte('collectivite', 'Demande rouverte, à la collectivité', MAIRIE),
    'message_agent': Sorte('collectivite', 'Message d\'un agent, à la collectivité',
                           (*MAIRIE, 'auteur', 'texte', 'joints', 'attente', 'repondre')),
    'attente': Sorte('collectivite', 'Réponse attendue dans sept jours, à la collectivité',
                     (*MAIRIE, 'attente', 'repondre')),
    'avertissement': Sorte('collectivite', 'Avertissement avant de classer, à la collectivité',
                           (*MAIRIE, 'appels', 'attente', 'limite', 'repondre')),
    'coordonnees': Sorte('collectivite', 'Coordonnées changées par la collectivité, à l\'ancienne adresse',
                         ('numero', 'intitule', 'origine', 'depot', 'collectivite', 'fiche', 'contact_telephone',
                          'contact_courriel')),
    'reunion_mairie': Sorte('collectivite', 'Réunion proposée ou changée, à la collectivité',
                            (*MAIRIE, 'quand', 'lieu', 'venir', 'avant', 'debut', 'auteur')),
    'reunion_annulee_mairie': Sorte('collectivite', 'Réunion annulée, à la collectivité', (*MAIRIE, 'quand')),
    'lien_perdu': Sorte('collectivite', 'Lien de suivi renvoyé, à la collectivité', MAIRIE),
    'interlocuteur': Sorte('collectivite', 'Nouvel interlocuteur à la collectivité', MAIRIE),
    'rappel_question': Sorte('collectivite', '«\u00a0Avez-vous été rappelé·e\u00a0?\u00a0», à la collectivité',
                             (*MAIRIE, 'message_laisse', 'repondre')),
    'nouvelle_adresse': Sorte('collectivite', 'Coordonnées changées par la collectivité, à la nouvelle adresse',
                              MAIRIE),
    'liens_perdus': Sorte('collectivite', 'Liens de suivi renvoyés, à la collectivité qui ne donne que son adresse',
                          ('liens', 'contact_telephone', 'contact_courriel')),
    'passation_mairie': Sorte('collectivite', 'Passation, à la collectivité dont l\'interlocuteur change',
                              ('objet_des_demandes', 'interlocuteurs', 'demandes', 'contact_telephone',
                               'contact_courriel')),
    'a_confirmer': Sorte('collectivite', 'Tout courriel à la collectivité, tant que son interlocuteur est à confirmer',
                         ('numero', 'qui_appeler', 'contact_telephone', 'contact_courriel')),
    'nouvelle_chef': Sorte('agents', 'Nouvelle demande, aux chefs de file', EQUIPE),
    'nouvelle_admin': Sorte('agents', 'Nouvelle demande à orienter, aux administrateurs', EQUIPE),
    'orientation': Sorte('agents', 'Demande orientée ou confiée à un autre chef, aux chefs de file',
                         (*EQUIPE, 'acceptation')),
    'designation': Sorte('agents', 'Désignation, à l\'expert référent', EQUIPE),
    'decharge': Sorte('agents', 'Fin d\'un rôle, à l\'ancien chef de file ou référent',
                      (*EQUIPE, 'ancien_role', 'successeur')),
    'association': Sorte('agents', 'Invitation comme expert associé', (*EQUIPE, 'invite')),
    'rendu': Sorte('agents', 'Demande rendue, à qui doit agir', (*EQUIPE, 'par')),
    'rejet': Sorte('agents', 'Demande hors compétence, aux administrateurs et à l\'équipe', (*EQUIPE, 'par')),
    'abandon_equipe': Sorte('agents', 'Demande abandonnée, à l\'équipe', (*EQUIPE, 'par')),
    'reouverture': Sorte('agents', 'Demande rouverte, à qui doit agir', (*EQUIPE, 'par')),
    'message_demandeur': Sorte('agents', 'Message de la collectivité, à qui doit agir', (*EQUIPE, 'attente')),
    'reponse_inconnue': Sorte('agents', 'Réponse arrivée d\'une adresse inconnue, à qui doit agir', EQUIPE),
    'message_retenu': Sorte('agents', 'Message ou clôture qui n\'est pas parti, à son auteur ou à qui doit agir',
                            (*EQUIPE, 'auteur', 'non_parti', 'raison', 'ecrit')),
    'message_associe': Sorte('agents', 'Message d\'un associé à la collectivité, au référent', (*EQUIPE, 'auteur')),
    'demande_reouverture': Sorte('agents', 'Message sur une demande close, à qui peut la rouvrir', EQUIPE),
    'journal_immediat': Sorte('agents', 'Ligne au journal, à l\'équipe (agents qui le demandent)',
                              ('prenom', *DEMANDE, 'interlocuteur', 'structure', 'lien', 'auteur')),
    'reunion': Sorte('agents', 'Réunion proposée ou changée, à qui y est invité',
                     (*EQUIPE, 'quand', 'lieu', 'venir', 'avant', 'debut', 'auteur')),
    'reunion_annulee': Sorte('agents', 'Réunion annulée, à qui y était invité', (*EQUIPE, 'quand')),
    'relance': Sorte('agents', 'Rappels du jour, à un agent', ('prenom', 'compte', 'points', 'lien')),
    'etape': Sorte('agents', 'Étape de la feuille de route, à qui elle revient', (*EQUIPE, 'etape', 'faite')),
    'direction': Sorte('agents', 'Demande confiée à un agent, à la boîte de sa direction',
                       ('prenom', *DEMANDE, 'presse', 'interlocuteur', 'structure', 'a_rappeler', 'a_faire', 'lien',
                        'agents', 'agents_et_roles')),
    'rappel_pas_encore': Sorte('agents', '«\u00a0Pas encore rappelé·e\u00a0», à qui doit agir',
                               (*EQUIPE, 'promesse', 'contact')),
    'passation_successeur': Sorte('agents', 'Passation, à qui reprend',
                                  ('prenom', 'titulaire', 'par', 'demandes', 'autres', 'lien')),
    'passation_titulaire': Sorte('agents', 'Passation, à qui laisse ce qu\'il tenait',
                                 ('prenom', 'par', 'repris', 'fermeture', 'lien')),
    'passation_annulee': Sorte('agents', 'Passation annulée, à qui avait repris et au titulaire',
                               ('prenom', 'titulaire', 'par', 'suite', 'restent', 'lien')),
    'invitation': Sorte('comptes', 'Invitation à ouvrir son compte', ('prenom', 'lien', 'contact_telephone')),
    'invitation_lecteur': Sorte('comptes', 'Invitation d\'un lecteur des chiffres',
                                ('prenom', 'dernier_jour', 'lien', 'contact_telephone')),
    'mot_de_passe': Sorte('comptes', 'Mot de passe oublié', ('prenom', 'lien')),
    'second_facteur_active': Sorte('comptes', 'Second facteur activé, à l\'agent',
                                   ('prenom', 'lien', 'contact_telephone')),
    'second_facteur_annonce': Sorte('comptes', 'Second facteur bientôt exigé, à qui n\'en a pas',
                                    ('prenom', 'echeance', 'lien', 'contact_telephone')),
    'compte_inutilise': Sorte('comptes', 'Compte sans connexion depuis treize mois, qui va se fermer',
                              ('prenom', 'fermeture', 'lien', 'contact_telephone')),
    'second_facteur_retire': Sorte('comptes', 'Second facteur retiré, à l\'agent',
                                   ('prenom', 'lien', 'contact_telephone')),
    'code_secours_utilise': Sorte('comptes', 'Code de secours utilisé, à l\'agent',
                                  ('prenom', 'reste', 'lien', 'contact_telephone')),
    'mot_de_passe_change': Sorte('comptes', 'Nouveau mot de passe, à l\'agent',
                                 ('prenom', 'lien', 'contact_telephone')),
    'droits_changes': Sorte('comptes', 'Droits d\'administrateur donnés ou retirés, à l\'agent',
                            ('prenom', 'par', 'quoi', 'lien', 'contact_telephone')),
    'droits_d_un_autre': Sorte('comptes', 'Droits d\'administrateur donnés ou retirés, aux autres administrateurs',
                               ('prenom', 'par', 'titulaire', 'quoi', 'lien')),
    'reseau_inconnu': Sorte('comptes', 'Connexion depuis un réseau jamais vu, à l\'agent',
                            ('prenom', 'depot', 'lien', 'contact_telephone')),
    'adresse_changee': Sorte('comptes', 'Adresse d\'un compte changée par un autre, à l\'ancienne adresse',
                             ('prenom', 'par', 'contact_telephone')),
    'relais_administrateur': Sorte('comptes', 'Absence ou délégation d\'un administrateur, aux autres',
                                   ('prenom', 'administrateur', 'relais', 'lien')),
    'relais_confie': Sorte('comptes', 'Absence ou délégation, à qui agit', ('prenom', 'titulaire', 'relais', 'lien')),
    'relais_fini': Sorte('comptes', 'Absence ou délégation terminée, à qui agissait',
                         ('prenom', 'titulaire', 'relais', 'lien')),
    'absence_notee': Sorte('comptes', 'Absence ou délégation notée ou retirée par un autre, à l\'intéressé·e',
                           ('prenom', 'par', 'relais', 'lien')),
    'restreintes_en_attente': Sorte('comptes', 'Suppléance notée par un autre, demandes restreintes à ouvrir, aux '
                                    'administrateurs', ('prenom', 'titulaire', 'par', 'relais', 'lien')),
    'alerte': Sorte('comptes', 'Alerte, aux administrateurs', ('prenom', 'alerte')),
    'essai': Sorte('comptes', 'Courriel d\'essai, à l\'administrateur qui le demande', ('prenom',)),
    'fiche_proposee': Sorte('contenus', 'Changement de fiche proposé, aux administrateurs',
                            ('prenom', 'par', 'titre', 'pourquoi', 'changements', 'lien')),
    'contenu_propose': Sorte('contenus', 'Contenu proposé, ou changement d\'un contenu, à qui publie',
                             ('prenom', 'par', 'quoi', 'titre', 'pourquoi', 'changements', 'lien')),
    'evenement': Sorte('contenus', 'Invitation à un rendez-vous des contributeurs, ou son changement',
                       ('prenom', 'titre', 'quand', 'lieu', 'venir', 'ordre_du_jour', 'lien')),
    'evenement_annulee': Sorte('contenus', 'Rendez-vous des contributeurs annulé, à qui y était invité',
                               ('prenom', 'titre', 'quand')),
    'projet_a_relire': Sorte('contenus', 'Projet exemplaire à relire, aux structures qu\'il nomme',
                             ('prenom', 'titre', 'structure', 'collectivite', 'suite', 'lien')),
    'projet_correction': Sorte(
        'contenus', 'Correction demandée par une structure, à l\'auteur du projet et aux administrateurs',
        ('prenom', 'par', 'titre', 'structure', 'correction', 'lien')),
}
# Settings, or what is made of one, but the last; no other: one of them is a secret.
DE_PAGE = ('departement', 'nom', 'signataire', 'courriel', 'adresse', 'horaires', 'dpd', 'conservation',
           'accessibilite', 'audit', 'schema_accessibilite', 'hebergeur', 'saisine', 'telephone', 'url')
PAGES = {                                                           # by their addresses; a title says which it is
    'accessibilite':        Sorte('pages', '', DE_PAGE),
    'donnees-personnelles': Sorte('pages', '', DE_PAGE),
    'mentions-legales':     Sorte('pages', '', DE_PAGE),
}
DE_LETTRE = ('appel', 'de_quoi', 'demandes', 'numeros', 'departement', 'plateforme')
LETTRES = {                                                         # of a restricted demande: number and date only
    'accuse':           Sorte('lettres', 'Lettre d\'accusé de réception', DE_LETTRE),
    'accuse-restreint': Sorte('lettres', 'Lettre d\'accusé de réception, diffusion restreinte', DE_LETTRE),
}
TEXTES = {'courriel': COURRIELS, 'page': PAGES, 'lettre': LETTRES}
DOSSIER = 'static/textes'
FICHIERS = {'courriel': 'courriels/{}.txt', 'page': 'pages/{}.md', 'lettre': 'lettres/{}.txt'}


def reperes(genre, cle):
    """The names that a text may say in braces."""
    return (*TEXTES[genre][cle].reperes, *(PARTOUT if genre == 'courriel' else ()))


def libelle(texte):
    """How a Texte is called in a list."""
    return TEXTES[texte.genre][texte.cle].libelle or texte.titre


# ---- What they say ----

# modifie_le: when somebody wrote it, None as it comes; origine: (title, text) that it was written over.
Texte = namedtuple('Texte', 'genre cle titre corps modifie_le origine')


@functools.cache
def origine(genre, cle):
    """(title, text) that come with the software."""
    nom = f'{DOSSIER}/{FICHIERS[genre].format(cle)}'
    return _decouper(pkgutil.get_data('models', nom).decode())


def _decouper(texte):
    titre, _, corps = texte.partition('\n\n')
    return titre.rstrip('\n'), corps.strip('\n')


@gardee
def _ecrits():
    """{(genre, key): Texte} of those that somebody wrote."""
    return {(t['genre'], t['cle']): Texte(t['genre'], t['cle'], t['titre'], t['corps'], t['modifie_le'],
                                         (t['titre_origine'], t['corps_origine']))
            for t in lignes('SELECT * FROM texte_ecrit')}


def retires():
    """The Textes that somebody wrote of mails that are no more."""
    return [texte for (genre, cle), texte in sorted(_ecrits().items()) if cle not in TEXTES[genre]]


def lire(genre, cle):
    """The Texte that serves; KeyError of one that is not."""
    return _ecrits().get((genre, cle)) or Texte(genre, cle, *origine(genre, cle), None, origine(genre, cle))


def lire_tous(genre):
    return [lire(genre, cle) for cle in TEXTES[genre]]


def perime(texte):
    """Was it written over words that are no more those of the software?"""
    return texte.origine != origine(texte.genre, texte.cle)


def ecrire(genre, cle, titre, corps):
    """Keep what somebody wrote, and over what; the words of the software are not kept, and nothing else is then."""
    avant = lire(genre, cle)
    if (titre, corps) == origine(genre, cle):
        TexteEcrit.delete().where(TexteEcrit.genre == genre, TexteEcrit.cle == cle).execute()
        return
    modifie_le = avant.modifie_le if (titre, corps) == (avant.titre, avant.corps) else maintenant()
    poser(Texte(genre, cle, titre, corps, modifie_le, origine(genre, cle)))


def poser(texte):
    """Keep a Texte as it is said to have been written: the one writer of a row."""
    db.execute_sql(
        """INSERT INTO texte_ecrit (genre, cle, titre, corps, titre_origine, corps_origine, modifie_le)
           VALUES (?, ?, ?, ?, ?, ?, ?)
           ON CONFLICT (genre, cle) DO UPDATE SET titre = excluded.titre, corps = excluded.corps,
             titre_origine = excluded.titre_origine, corps_origine = excluded.corps_origine,
             modifie_le = excluded.modifie_le""",
        (texte.genre, texte.cle, texte.titre, texte.corps, *texte.origine, texte.modifie_le))


# ---- Before the program starts ----

def inconnus(texte, permis):
    """What a text has in braces that is not allowed, lone braces too: readers would see it."""
    admis = {f'{{{nom}}}' for nom in permis}
    return list(dict.fromkeys(m for m in re.findall(r'\{[^{}\s]{0,40}\}?|\}', texte) if m not in admis))


def fichiers():
    """{name under static/textes: what it says}, of a folder or of the .pyz."""
    chargeur = models.__spec__.loader
    if hasattr(chargeur, 'archive'):
        with zipfile.ZipFile(chargeur.archive) as archive:
            noms = [nom for nom in archive.namelist() if nom.startswith(f'{DOSSIER}/') and not nom.endswith('/')]
    else:
        racine = os.path.dirname(os.path.abspath(chargeur.path))
        noms = [os.path.relpath(os.path.join(dossier, nom), racine)
                for dossier, _, siens in os.walk(os.path.join(racine, DOSSIER)) for nom in siens]
    return {nom.removeprefix(f'{DOSSIER}/'): pkgutil.get_data('models', nom).decode() for nom in sorted(noms)}


def controler(textes):
    """Refuse files (as fichiers() gives them) that would only be found wrong the day a mail leaves: ValueError."""
    attendus = {FICHIERS[genre].format(cle): (genre, cle) for genre, siens in TEXTES.items() for cle in siens}
    for quoi, noms in (('il manque', attendus.keys() - textes.keys()), ('en trop', textes.keys() - attendus.keys())):
        if noms:
            raise ValueError(f'{DOSSIER}\u00a0: {quoi} {", ".join(sorted(noms))}.')
    for nom, (genre, cle) in attendus.items():
        titre, corps = _decouper(textes[nom])
        if not titre.strip() or '\n' in titre:
            raise ValueError(f'{DOSSIER}/{nom}\u00a0: {SANS_TITRE[genre]} sur la première ligne, puis une ligne vide.')
        if not corps:
            raise ValueError(f'{DOSSIER}/{nom}\u00a0: le texte manque, après une ligne vide.')
        permis = reperes(genre, cle)
        faux = inconnus(titre, () if genre == 'page' else permis) + inconnus(corps, permis)
        if faux:
            raise ValueError(f'{DOSSIER}/{nom}\u00a0: repère inconnu, {", ".join(faux)}.')


SANS_TITRE = {'courriel': 'il faut un objet', 'page': 'il faut un titre', 'lettre': 'il faut un objet'}
