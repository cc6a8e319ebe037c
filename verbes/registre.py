"""The register: every column of the base, who may see it, whether « exporter tout » gives it, what becomes of it.

Those of a fiche and of a demande are said by their own records (verbes/colonnes.py), the others here; a test refuses a
column that is in neither (the index of the search apart: it is made again from the rest).
"""
from collections import namedtuple

from . import colonnes

# vue: « interne » agents alone, « demandeur » its tracking page too, « public » anyone.
# exporte: its information is in « exporter tout ». A secret, what comes back by itself and what was mailed are not; of
# the ids, that of a line of the journal, which a correction and a file name, and those of the addresses of contents.
# fin: at the end of retention (of a demande, of an account that is closed), « garder », « vider » the column, or
# « supprimer » the row.
Destin = namedtuple('Destin', 'table vue exporte fin colonnes')

AUTRES = (
    # What the administration writes
    Destin('reglage',         'public',    True,  'garder',    'cle valeur'),
    Destin('reglage',         'interne',   True,  'garder',    'origine regle_le'),
    Destin('fermeture',       'public',    True,  'garder',    'du au libelle'),
    Destin('fermeture',       'interne',   False, 'garder',    'id'),
    Destin('texte_ecrit',     'public',    True,  'garder',    'genre cle titre corps modifie_le'),
    Destin('texte_ecrit',     'interne',   True,  'garder',    'titre_origine corps_origine'),
    # Who helps
    Destin('structure',       'public',    True,  'garder',    'nom sigle partenaire site presentation'),
    Destin('structure',       'interne',   True,  'garder',    'convention_du convention_au convention_referent '
                                                               'convention_reconduite_le'),
    Destin('structure',       'interne',   False, 'garder',    'id'),
    Destin('direction',       'public',    True,  'garder',    'structure_id nom telephone court'),
    Destin('direction',       'interne',   True,  'garder',    'courriel fermee_le'),
    Destin('direction',       'interne',   False, 'garder',    'id'),
    Destin('agent',           'demandeur', True,  'garder',    'prenom nom direction_id'),
    Destin('agent',           'demandeur', True,  'vider',     'telephone_public'),
    Destin('agent',           'interne',   True,  'garder',    'identifiant courriel administrateur pilote actif '
                                                               'expert engage_le lecteur_au'),
    Destin('agent',           'interne',   True,  'vider',     'fonction telephone avis_journal presentation '
                                                               'territoire repos'),
    Destin('agent',           'interne',   False, 'garder',    'id cree_le touches'),
    Destin('agent',           'interne',   False, 'vider',     'mot_de_passe second_facteur dernier_pas '
                                                               'ouvert_le'),
    Destin('absence',         'interne',   True,  'supprimer', 'agent_id du au suppleant_id retour_dit '
                                                               'restreintes'),
    Destin('absence',         'interne',   False, 'supprimer', 'id'),
    Destin('delegation',      'interne',   True,  'supprimer', 'pour_id par_id du au'),
    Destin('delegation',      'interne',   False, 'supprimer', 'id'),
    # Accounts
    Destin('session',         'interne',   False, 'supprimer', 'empreinte agent_id cree_le vu_le origine adresse'),
    Destin('reseau',          'interne',   False, 'supprimer', 'agent_id adresse vu_le'),
    Destin('lien',            'interne',   False, 'supprimer', 'empreinte agent_id usage expire_le utilise_le'),
    Destin('code_secours',    'interne',   False, 'supprimer', 'empreinte agent_id'),
    Destin('audit',           'interne',   False, 'supprimer', 'id fait_le agent_id fait detail adresse nombre '
                                                               'objet'),
    Destin('rappel',          'interne',   False, 'supprimer', 'marque agent_id fait_le phrase'),
    Destin('cote',            'interne',   False, 'supprimer', 'agent_id demande_id jusqu_au raison mis_le'),
    Destin('passation',       'interne',   True,  'supprimer', 'agent_id structure_id par_id genre faite_le ferme_le '
                                                               'close_le annulee_le'),
    Destin('passation',       'interne',   False, 'supprimer', 'id fait'),
    Destin('stock_classe',    'interne',   False, 'supprimer', 'demande_id lot statut version'),
    Destin('import_defaisable', 'interne', False, 'supprimer', 'lot demande_id creee version ligne avant'),
    Destin('marque',          'interne',   False, 'garder',    'id reference'),
    Destin('purge',           'interne',   False, 'supprimer', 'id interdit_id'),
    # The catalogue
    Destin('theme',           'public',    True,  'garder',    'nom icone ordre court'),
    Destin('theme',           'interne',   False, 'garder',    'id'),
    Destin('sans_reponse',    'interne',   False, 'garder',    'mots nombre vu_le jours'),
    Destin('porte',           'interne',   True,  'garder',    'organisme objet competence conseil mots '
                                                               'publique service telephone texte verifie_le '
                                                               'retiree_le'),
    Destin('porte',           'interne',   False, 'garder',    'id'),
    Destin('amelioration',    'interne',   True,  'garder',    'agent_id texte propose_le lue_le lue_par_id'),
    Destin('amelioration',    'interne',   False, 'garder',    'id'),
    Destin('version',         'interne',   True,  'garder',    'genre objet numero etat champs changes sur pourquoi '
                                                               'agent_id auteur cree_le decide_par_id decideur '
                                                               'decide_le reponse'),
    Destin('version',         'interne',   False, 'garder',    'id'),
    Destin('document',        'public',    True,  'garder',    'id genre objet titre nom type taille contenu '
                                                               'accessible a_qui legende credit moment largeur '
                                                               'hauteur'),
    Destin('document',        'interne',   True,  'garder',    'sha256 agent_id ajoute_le droit personnes '
                                                               'accords_par retire_le'),
    Destin('pilotage',        'interne',   True,  'garder',    'fiche_id agent_id rang'),
    Destin('associable',      'public',    True,  'garder',    'fiche_id rang structure_id direction_id'),
    Destin('associable',      'interne',   False, 'garder',    'id'),
    # The contents
    Destin('groupe',          'interne',   True,  'garder',    'nom animateur_id ferme_le'),
    Destin('groupe',          'interne',   False, 'garder',    'id'),
    Destin('contenu',         'public',    True,  'garder',    'genre titre resume corps theme_id structure_id '
                                                               'modifie_le publie_le debut_le debut_a fin_le fin_a '
                                                               'lieu inscription inscription_au nature verifie_le '
                                                               'a_revoir_le collectivite_id annee cout accord_par '
                                                               'accord_le id'),
    Destin('contenu',         'interne',   True,  'garder',    'etat audience agent_id cree_le expire_le retire_le '
                                                               'relu_par classe groupe_id seance_le a_qui demande_id '
                                                               'accord_retire_le'),
    Destin('contenu_fiche',   'public',    True,  'garder',    'contenu_id fiche_id'),
    Destin('contenu_collectivite', 'public', True, 'garder',   'contenu_id collectivite_id'),
    Destin('contenu_structure', 'public',  True,  'garder',    'contenu_id structure_id'),
    Destin('contenu_structure', 'interne', True,  'garder',    'lu_le lu_par_id correction'),
    # The revue annuelle of the catalogue
    Destin('campagne',        'interne',   True,  'garder',    'annee ouverte_le ouverte_par_id ferme_le close_le'),
    Destin('campagne',        'interne',   False, 'garder',    'id'),
    Destin('campagne_reponse', 'interne',  True,  'garder',    'campagne_id fiche_id contenu_id reponse pourquoi '
                                                               'agent_id repondu_le'),
    Destin('campagne_reponse', 'interne',  False, 'garder',    'id'),
    # The collectivités
    Destin('collectivite',    'public',    True,  'garder',    'siren insee type nom codes_postaux population '
                                                               'arrondissement epci_id'),
    Destin('collectivite',    'interne',   True,  'garder',    'canton petr secteur usuels'),
    Destin('collectivite',    'interne',   True,  'garder',    'courriel telephone remplacee_par_id jusqu_au '
                                                               'depuis acte_le epci_suivant_id epci_le sans_lettre '
                                                               'adresse'),
    Destin('collectivite',    'interne',   False, 'garder',    'id cherche'),
    Destin('adhesion',        'interne',   True,  'garder',    'collectivite_id structure_id depuis jusqu_au'),
    # The demandes
    Destin('demande_commune', 'demandeur', True,  'garder',    'demande_id collectivite_id'),
    Destin('membre',          'interne',   True,  'garder',    'demande_id role rang agent_id structure_id '
                                                               'direction_id depuis_le'),
    Destin('membre',          'interne',   False, 'garder',    'id'),
    Destin('jalon',           'interne',   True,  'garder',    'demande_id rang agent_id structure_id direction_id '
                                                               'a_accepter pour_le fait_le dit_jour par_id'),
    Destin('jalon',           'interne',   True,  'vider',     'quoi propose'),
    Destin('jalon',           'demandeur', True,  'vider',     'dit'),
    Destin('jalon',           'interne',   False, 'garder',    'id'),
    Destin('journal',         'interne',   True,  'garder',    'demande_id cree_le nature acte_le statut agent_id '
                                                               'pour_id corrige_id fait moyen'),
    Destin('journal',         'interne',   True,  'vider',     'auteur structure texte'),
    Destin('journal',         'interne',   True,  'garder',    'id'),
    Destin('evaluation',      'demandeur', True,  'garder',    'demande_id demandee_le repondu_le aide permis citable'),
    Destin('evaluation',      'demandeur', True,  'vider',     'texte'),
    Destin('evaluation',      'interne',   True,  'garder',    'citation gardee_le gardee_par_id'),
    Destin('contour',         'interne',   True,  'garder',    'insee traces'),
    Destin('piece',           'demandeur', True,  'supprimer', 'demande_id nom taille depose_le contenu'),
    Destin('piece',           'interne',   True,  'supprimer', 'journal_id agent_id sha256'),
    Destin('piece',           'interne',   False, 'supprimer', 'id'),
    Destin('lettre',          'demandeur', True,  'garder',    'envoyee_le voie'),
    Destin('lettre',          'demandeur', True,  'vider',     'texte'),
    Destin('lettre',          'interne',   True,  'garder',    'id imprimee_le signataire accord_le signature_le '
                                                               'signee_le notees'),
    Destin('lettre',          'interne',   True,  'vider',     'faits'),
    Destin('lettre_demande',  'interne',   True,  'garder',    'demande_id lettre_id journal_id'),
    Destin('message_a_partir', 'interne',  False, 'supprimer', 'id demande_id agent_id texte porte sans_texte '
                                                               'attente_au attente_de ecrit_le part_le raison acte '
                                                               'champs'),
    Destin('piece_a_partir',  'interne',   False, 'supprimer', 'id message_id nom contenu'),
    Destin('reponse_recue',   'interne',   False, 'supprimer', 'id demande_id identifiant recue_le etat de texte'),
    Destin('piece_recue',     'interne',   False, 'supprimer', 'id reponse_id nom contenu'),
    Destin('texte_type',      'interne',   True,  'garder',    'agent_id structure_id titre texte modifie_le'),
    Destin('texte_type',      'interne',   False, 'garder',    'id'),
    Destin('reunion',         'demandeur', True,  'garder',    'demande_id jour debut_a fin_a lieu annulee_le'),
    Destin('reunion',         'interne',   True,  'garder',    'id agent_id cree_le modifie_le'),
    Destin('invitation',      'interne',   True,  'supprimer', 'reunion_id contenu_id agent_id jeton oui_le '
                                                               'non_le mot retiree_le'),
    Destin('invitation',      'interne',   False, 'supprimer', 'id'),
    Destin('liste_gardee',    'interne',   False, 'supprimer', 'id agent_id nom criteres'),
    Destin('courriel',        'interne',   False, 'supprimer', 'id identifiant demande_id agent_id '
                                                               'invitation_id pour destinataire modele objet '
                                                               'corps secret cree_le essais a_partir_de pris_le '
                                                               'envoye_le echec_le raison marque'),
)


EXPORTEE_AUTREMENT = ('remplacee_par_id',)                          # in no file of import


def _des_colonnes(table, records):
    for colonne in records:
        base = colonne.nom if colonne.base is None else colonne.base
        yield Destin(table, colonne.vue, bool(colonne.genre) or base in EXPORTEE_AUTREMENT, colonne.fin, base)


REGISTRE = (*AUTRES, *_des_colonnes('fiche', colonnes.FICHE), *_des_colonnes('demande', colonnes.DEMANDE))


def destins():
    """{(table, column): Destin}, each once."""
    return {(destin.table, colonne): destin for destin in REGISTRE for colonne in destin.colonnes.split()}
