"""The chapter « regles.md », which the code points to, says what the code does: its tables, its lists of words, its
figures are compared with what they tell of. A rule that changes fails here until the chapter says it.
"""
import re

import pytest
from conftest import LIVREES, RACINE, modules, sources

import langue
import plateforme
from verbes import audit, comptes, mots_de_passe, reglages, regles, textes, valeurs
from verbes.administration import conservation, inactifs, succession
from verbes.catalogue import campagne, portes
from verbes.demande import (
    clotures, conversation, courrier, cycle, jalons, lettres, liste, relances, reponses, reunions, stock)
from verbes.echanges import lots
from verbes.exploitation import environnement, porteur
from verbes.pilotage import chiffres, evaluation, secret, territoires, visite
from views import app, envois, erreurs
from views.compte import compte
from views.demande import demande, extraction
from views.demande.actes import contact
from views.demande.actes import conversation as messages
from views.demande.actes import journal as notes
from views.pilotage import mesures

CHAPITRE = RACINE / 'static/doc/regles.md'
# The code, bookmarks of readers and other chapters name them by their number.
TITRES = (
    'Qui', 'Les dix statuts', 'Comment une demande commence', 'Les transitions', 'Les délais', 'Le journal',
    'Les droits', 'Les courriels', 'Lister, chercher, exporter', 'Les mots', 'Les chiffres', 'La conversation',
    'Ce à quoi le Département s\'engage', 'Les libellés', 'Les adresses', 'Les réglages', 'Les commandes',
    'Les réponses du service')


# ======================================================================================
# The chapter, read
# ======================================================================================

def sections():
    """{number: text} of the chapter."""
    _, *lues = re.split(r'^## ', CHAPITRE.read_text('utf-8'), flags=re.M)
    return {int(lue.split('.', 1)[0]): lue for lue in lues}


def tables(numero):
    """[[cells of a row]] of each table of a section, its headings aside."""
    trouvees = re.findall(r'^\|.*\n\|[-|]+\n((?:\|.*\n)+)', sections()[numero], re.M)
    return [[[cellule.strip() for cellule in ligne.strip('|').split(' | ')] for ligne in table.strip().split('\n')]
            for table in trouvees]


def puces(numero):
    """[text] of the bullets of a section, each on one line."""
    lues = re.findall(r'^\* (.*(?:\n  .*)*)', sections()[numero], re.M)
    return [re.sub(r'\n +', ' ', lue) for lue in lues]


def listes(numero):
    """{label: [words]} of the bullets « **label** : words · words »."""
    lues = (re.fullmatch(r'\*\*([^*]+)\*\* : (.*)', puce) for puce in puces(numero))
    return {lue[1]: lue[2].split(' · ') for lue in lues if lue and ' · ' in lue[2]}


def codes(texte):
    return re.findall(r'`([^`]+)`', texte)


def a_la_suite(texte):
    """The paragraph of a section that follows these words, as one line."""
    return re.sub(r'\s+', ' ', texte)


def dits(mots):
    """As the chapter writes them: its spaces are ordinary ones."""
    return [str(mot).replace('\u00a0', ' ') for mot in mots]


def test_les_sections_gardent_leur_numero():
    titres = [texte.split('\n', 1)[0] for texte in sections().values()]
    assert titres == [f'{n}. {titre}' for n, titre in enumerate(TITRES, 1)]


def test_le_chapitre_se_lit_dans_un_terminal():
    assert [ligne for ligne in CHAPITRE.read_text('utf-8').split('\n') if len(ligne) > 120] == []


# ======================================================================================
# Statuts, transitions, acts
# ======================================================================================

QUI = {'administrateur': 'administrateur', 'chef': 'chef_de_file', 'référent': 'referent', 'associé': 'associe',
       'demandeur': 'demandeur', 'qui lit': 'agent'}
ENSEMBLES = {'qui suit': ('référent', 'chef', 'administrateur'), 'qui conduit': ('chef', 'administrateur'),
             'qui participe': ('référent', 'chef', 'administrateur', 'associé')}
GROUPES = {'avant l\'accompagnement': regles.AVANT_EN_COURS, 'à orienter': regles.A_ORIENTER,
           'en route': regles.OUVERTS_SAUF_REJETE}


def roles(cellule):
    noms = ENSEMBLES.get(cellule) or cellule.split(', ')
    return {QUI[nom] for nom in noms}


def etats(cellule):
    """The statuts that a cell names, by their codes or by a group of the section."""
    nommes = ([nom.strip('`')] if '`' in nom else GROUPES[nom] for nom in cellule.split(', '))
    return {etat for siens in nommes for etat in siens}


def test_les_statuts_du_chapitre_sont_ceux_du_code():
    table, = tables(2)
    dit = {code.strip('`'): (libelle, QUI.get(qui), tuple(codes(actes)), int(etape) if etape.isdigit() else 0)
           for code, libelle, qui, actes, etape in table}
    assert dit == {code: (libelle, a.qui, a.actes, a.etape) for (code, libelle), a in zip(
        regles.STATUTS.items(), map(regles.QUI.get, regles.STATUTS))}
    assert list(dit) == list(regles.STATUTS)
    etapes = re.findall(r'\d «\s([^»…]+?)(?: à …)?\s»', a_la_suite(sections()[2]))
    assert [langue.A_L_ETAPE[n].startswith(dite) for n, dite in enumerate(etapes, 1)] == [True] * 4


def test_les_transitions_du_chapitre_sont_celles_du_code():
    dites = [(action.strip('`'), bouton, etats(de), vers.strip('`'), roles(par))
             for action, bouton, de, vers, par in tables(4)[0]]
    assert dites == [(t.action, *dits([t.bouton]), set(t.de), t.vers, set(t.qui)) for t in regles.TRANSITIONS]


def test_les_groupes_de_statuts_et_de_roles_sont_ecrits():
    dits_ici = dict(re.findall(r'\*([^*]+)\* : ([^.]*)\.', a_la_suite(sections()[4].split('\n|', 1)[0])))
    for nom in ('avant l\'accompagnement', 'à orienter'):
        assert codes(dits_ici[langue.majuscule(nom)]) == list(GROUPES[nom])
    ouverts = {code for code, attente in regles.QUI.items() if attente.qui}
    assert set(regles.OUVERTS_SAUF_REJETE) == ouverts - {'rejete'} and codes(dits_ici['En route']) == ['rejete']
    assert {QUI[nom] for nom in dits_ici['Qui suit'].split(', ')} == set(regles.SUIVENT)
    assert {QUI[nom] for nom in dits_ici['Qui conduit'].split(', ')} == set(regles.CONDUISENT)


def test_chaque_transition_dit_ce_qu_elle_demande():
    expliquees = [code for puce in puces(4) for code in codes(puce.split(' : ', 1)[0])]
    assert sorted(expliquees) == sorted({t.action for t in regles.TRANSITIONS})


def test_les_actes_du_chapitre_sont_ceux_du_code():
    table = tables(7)[1]
    dit = {acte.strip('`'): (bouton, roles(par), quand) for acte, bouton, par, quand in table}
    assert dit == {nom: (*dits([acte.bouton]), set(acte.qui), acte.quand.mots) for nom, acte in regles.ACTES.items()}


# ======================================================================================
# Figures
# ======================================================================================

URGENT, COMPLEXE = (regles.DELAIS[jours] for jours in (regles.URGENT, regles.COMPLEXE))


def jours(n, suite=''):
    return f'{langue.dire_nombre(n, "jour")}{suite}'.replace('\u00a0', ' ')


def heures(duree):
    return f'{duree.total_seconds() / 3600:g} heures'


def mo(octets):
    return f'{octets // langue.MO} Mo'


def jours_ouvres(n):
    return langue.dire_nombre(n, 'jour', 'ouvré').replace('\u00a0', ' ')


# (what, how much), in the order of the chapter.
DELAIS_DU_CODE = [
    ('Rappel, assistance urgente', jours(regles.URGENT)),
    ('Rappel, projet complexe ou demande libre', jours(cycle.delai_promis(None))),
    ('Échéance dite proche', jours(langue.JOURS_PROCHES, ' avant')),
    ('Retard dit aux administrateurs', jours_ouvres(regles.JOURS_AVANT_ADMINISTRATEURS)),
    ('Réception redemandée, assistance urgente', jours_ouvres(URGENT.reception)),
    ('Réception redemandée, projet complexe', jours_ouvres(COMPLEXE.reception)),
    ('Journal silencieux, assistance urgente', jours(URGENT.silence)),
    ('Journal silencieux, projet complexe', jours(COMPLEXE.silence)),
    ('Orientée trop tard pour « à temps »', f'moins de {jours_ouvres(liste.JOURS_POUR_APPELER)}'),
    ('Avertissement avant de classer', jours(regles.JOURS_POUR_REPONDRE, ' au moins')),
    ('Mise de côté', jours(regles.JOURS_DE_COTE, ' au plus')),
    ('Corriger une ligne du journal', f'{regles.MINUTES_POUR_CORRIGER} minutes'),
    ('Reprendre un message', f'{regles.MINUTES_POUR_REPRENDRE} minutes'),
    ('Message qui n\'est pas parti, gardé', jours(conversation.JOURS_DE_GARDE)),
    ('Réponse attendue', jours(regles.JOURS_D_ATTENTE, ' au plus')),
    ('Réponse attendue, redite', jours(regles.JOURS_AVANT_LA_DATE, ' avant')),
    ('Réponses par courriel à une demande', f'{reponses.PAR_JOUR} par jour'),
    ('Messages à une demande, depuis son lien', f'{envois.MESSAGES_PAR_HEURE} par heure'),
    ('Avis de dépôt à une adresse', f'{cycle.AVIS_PAR_JOUR} par jour'),
    ('Première heure des rappels', f'{relances.PREMIERE_HEURE} h'),
    ('Lignes d\'un rappel', f'{relances.LIGNES_MAX} au plus'),
    ('Courriel refusé pour l\'instant, retenté', jours((porteur.ESSAIS_MAX - len(porteur.ATTENTES)) // 24)),
    ('Étapes d\'une demande', f'{jalons.JALONS_MAX} au plus'),
    ('Réunion à venir', jours(reunions.JOURS_A_VENIR, ' au plus')),
    ('Lettre, du dépôt à l\'envoi', jours_ouvres(regles.JOURS_POUR_LA_LETTRE)),
    ('Lettre d\'une demande close, encore proposée', jours(lettres.JOURS_D_UNE_CLOSE)),
    ('Lettres à la fois', f'{courrier.MAX} au plus'),
    ('Départ, structure qui s\'en va : annulables', f'{succession.HEURES_POUR_ANNULER} heures'),
    ('Import de demandes, lot classé : annulables', heures(lots.ANNULABLE)),
    ('Lot classé à la reprise', f'{stock.LOT_MAX} demandes au plus'),
    ('Fichiers d\'un envoi', f'{regles.PIECES_MAX}, de {mo(regles.PIECE_OCTETS)}, '
                             f'{mo(regles.PIECES_OCTETS)} ensemble'),
    ('Avis d\'une mairie', f'{evaluation.TEXTE_MAX} caractères'),
    ('Pourcentage ou médiane', f'{chiffres.MINIMUM} demandes et {chiffres.REFERENTS} référents au moins'),
    ('Nombre caché, en données ouvertes', f'sous {secret.PLANCHER}'),
    ('Sans demande', f'{territoires.MOIS} mois'),
    ('Revue annuelle, proposée', jours(campagne.DUREE)),
    ('Fiche à revoir', f'{campagne.VALABLE} mois'),
    ('Autre porte à vérifier', jours(portes.VALABLE)),
    ('Invitation', jours(regles.LIENS['invitation'].days)),
    ('Lien de mot de passe oublié', heures(regles.LIENS['mot_de_passe'])),
    ('Session', f'{heures(comptes.SESSION_INACTIVE)} sans geste, '
                f'{heures(comptes.SESSION_TOTALE).split()[0]} en tout'),
    ('Mot de passe', f'{mots_de_passe.MINIMUM} caractères au moins'),
    ('Second facteur de tous, annoncé', jours(reglages.PREAVIS, ' avant')),
    ('Compte inutilisé', f'{conservation.SANS_SERVIR} mois, puis {inactifs.SECOND} et '
                         f'{jours(inactifs.FERMETURE)}'),
    ('Motif pour lire l\'audit d\'un autre', f'{audit.MOTIF_MIN} caractères'),
]


def test_les_delais_et_les_limites_du_chapitre_sont_ceux_du_code():
    table, = tables(5)
    assert [tuple(ligne) for ligne in table] == DELAIS_DU_CODE
    assert stock.ANNULABLE == lots.ANNULABLE


def test_les_limites_des_abus_sont_celles_du_code():
    dites = [(code.strip('`'), int(ordinaire), int(renforcee)) for code, _, ordinaire, renforcee in tables(16)[1]]
    assert dites == [(nom, *limite) for nom, limite in LIVREES.items()]


def test_les_reglages_du_chapitre_sont_ceux_du_code():
    assert [tuple(ligne) for ligne in tables(16)[0]] == [
        tuple(dits((sorte.libelle, sorte.defaut))) for sorte in valeurs.REGLAGES.values() if sorte.defaut]
    datees = re.search(r'Se datent, avec une référence : ([^.]*)\.', a_la_suite(sections()[16]))[1]
    assert datees.split(' · ') == dits(sorte.libelle for sorte in valeurs.REGLAGES.values() if sorte.groupe == 'datee')
    environnements = set(codes(sections()[16].split('\n|', 1)[0])) - {'PLATEFORME_'}
    assert environnements == environnement.REGLAGES


# ======================================================================================
# Words
# ======================================================================================

def test_la_liste_des_courriels_est_celle_du_code():
    dite = {code.strip('`'): titre for table in tables(8) for code, titre in table}
    assert dite == {code: dits([sorte.libelle])[0] for code, sorte in textes.COURRIELS.items()}
    groupes = re.findall(r'^\*\*([^*]+)\*\*\n', sections()[8], re.M)
    assert groupes == dits(textes.GROUPES[g] for g in dict.fromkeys(s.groupe for s in textes.COURRIELS.values()))


NATURES = regles.NATURES | regles.NATURES_PLATEFORME
MOTS = {
    'Types de collectivité': regles.TYPES,
    'Promesses': [delai.libelle for delai in regles.DELAIS.values()],
    'Origines': dict(mesures.ORIGINES).values(),
    'Voies d\'une demande reçue en direct': regles.VOIES,
    'Civilités': regles.CIVILITES,
    'Moyens d\'un contact': regles.MOYENS.values(),
    'Résultats d\'un contact': regles.RESULTATS.values(),
    'Issues': regles.ISSUES.values(),
    'Écarts': regles.ECARTS.values(),
    'Réponses à un rejet': regles.REPONSES.values(),
    'Qui saisit l\'organisme': regles.TRANSMISSIONS.values(),
    'Ampleurs': regles.AMPLEURS.values(),
    '« Avez-vous été rappelé·e ? »': regles.RAPPELE.values(),
    'Natures écrites par un agent': regles.NATURES.values(),
    'Natures écrites par la Plateforme': regles.NATURES_PLATEFORME.values(),
    'Natures que lit la collectivité': map(NATURES.get, regles.PUBLIQUES),
    'Ce qui répond à un message': map(NATURES.get, regles.REPONDENT),
    'Ce que porte un message': regles.PORTES_PAR.values(),
    'Avis du journal': dict(compte.AVIS).values(),
    'À temps, dans l\'ordre': [mots for mots, _ in liste.TEMPS.values()],
    'États d\'une fiche': regles.ETATS_DE_FICHE.values(),
    'Réponses à la revue': regles.DITES.values(),
    'Genres de contenu': [genre.libelle for genre in regles.GENRES_DE_CONTENU.values()],
    'États d\'un contenu': regles.ETATS_DE_CONTENU.values(),
    'Qui lit un contenu': regles.AUDIENCES.values(),
    'Natures d\'une ressource': [libelle for libelle, _ in regles.NATURES_DE_RESSOURCE.values()],
    'Natures d\'un document': regles.NATURES_DE_DOCUMENT.values(),
    'Classes d\'un document': regles.CLASSES_DE_DOCUMENT.values(),
    'Étapes d\'une lettre': regles.ETAPES_DE_LETTRE.values(),
    'Envoi d\'une lettre': regles.VOIES_DE_LETTRE.values(),
    'Visite préparée pour': visite.POUR.values(),
    'Fichiers joints': regles.SIGNATURES,
}


def test_les_listes_de_mots_sont_celles_du_code():
    dites = listes(10)
    assert list(dites) == list(MOTS)
    assert dites == {libelle: dits(mots) for libelle, mots in MOTS.items()}


def test_les_phrases_de_fin_sont_celles_du_code():
    dites = dict(puce.split(' : ', 1) for puce in puces(10) if puce.startswith('`'))
    assert dites == {f'`{code}`': re.sub(r'(\{\w+\})+', '…', dits([phrase])[0])
                     for code, (phrase, *_) in clotures.PHRASES.items()}


def etoiles(couples):
    """[words], with a star on those of which it is said."""
    return dits(f'{mots}{"*" * bool(marque)}' for mots, marque in couples)


def test_les_colonnes_du_csv_ses_filtres_et_ses_tris_sont_ceux_du_code():
    colonnes = re.search(r'^Numéro · .*(?:\n.+)*', sections()[9], re.M)[0]
    assert a_la_suite(colonnes).split(' · ') == etoiles((titre, reservee) for titre, reservee, _ in extraction.EXPORT)
    puce, = (puce for puce in puces(9) if puce.startswith('**Filtres**'))
    filtres, tris = puce.split('**Tris**')
    assert codes(filtres) == list(liste.CONDITIONS) and codes(tris) == list(liste.TRIS)


LIBELLES = {'Demande': demande.CHAMPS, 'Note': notes.JOURNAL, 'Message': messages.MESSAGE,
            'Contact': contact.CONTACT, 'Invitation': compte.NOUVEAU}


def test_les_libelles_des_formulaires_sont_ceux_du_code():
    assert listes(14) == {nom: etoiles((c.libelle, c.requis) for c in champs if c.libelle)
                          for nom, champs in LIBELLES.items()}


# Names of people, and what stands for what is said of each.
EXEMPLES = {'par A, pour B', 'dont n', '+ CAUE'}


def de_l_ecran():
    """What the code and its texts say, as one text: in capitals or not, with ordinary spaces."""
    fichiers = [*modules(), *sources('views', '*.html'), *sorted((RACINE / 'static/textes').rglob('*.txt'))]
    lus = '\n'.join(fichier.read_text('utf-8') for fichier in fichiers)
    lus = re.sub(r"'\s*\n\s*f?'", '', lus).replace("\\'", "'")
    return re.sub(r'(?:\\u00a0|&nbsp;|\s)+', ' ', lus).lower()


def citations():
    """What the chapter quotes of the screen; a quotation that has a value in it, by each of its parts."""
    for texte in re.findall(r'«\s([^»]+)\s»', a_la_suite(CHAPITRE.read_text('utf-8'))):
        if texte not in EXEMPLES:
            yield from filter(None, (morceau.strip(' .:') for morceau in re.split('…|[0-9]+(?:/[0-9]+)?', texte)))


def test_ce_que_le_chapitre_cite_se_lit_a_l_ecran():
    dit = de_l_ecran()
    assert [morceau for morceau in citations() if morceau.lower() not in dit] == []


# ======================================================================================
# Addresses, commands, answers
# ======================================================================================

def adresses():
    """{address as it is written: who}."""
    lues = (re.match(r'\*\*(\w+)\*\*', puce) for puce in puces(15))
    return {adresse: lue[1] for lue in lues for adresse in codes(lue.string)}


def servies():
    """{address of a GET as the chapter writes one: who}; a choice of words in it is each of them."""
    return {adresse: route.config['qui'] for route in app.routes if route.method == 'GET'
            for adresse in ecrire(route.rule)}


def ecrire(regle):
    """« /fiches/<id:re:…><fin:re:…> » as « /fiches/<id>-<titre> »."""
    choix = re.search(r'<\w+:re:([\w|-]+\|[\w|-]+)>', regle)
    if choix:
        return [adresse for mot in choix[1].split('|') for adresse in ecrire(regle.replace(choix[0], mot))]
    return [re.sub(r'<(\w+)[^>]*>', r'<\1>', regle).replace('<fin>', '-<titre>')]


def test_les_adresses_ecrites_sont_servies_a_qui_le_chapitre_le_dit():
    la = servies()
    assert {adresse: la.get(adresse) for adresse in adresses()} == adresses()


def test_le_site_public_et_les_premieres_pages_de_l_espace_sont_ecrits():
    attendues = {adresse for adresse in servies() if '<' not in adresse and (
        not adresse.startswith('/espace') or re.fullmatch(r'/espace(/admin)?(/[a-z-]+)?', adresse))}
    assert len(attendues) > 60 and sorted(attendues - adresses().keys()) == []


def test_les_commandes_sont_celles_du_programme():
    assert codes(sections()[17].split('`servir` est', 1)[0])[1:] == list(plateforme.VERBES)


def test_les_reponses_du_service_sont_celles_des_pages():
    dites = {int(code) for code in re.findall(r'\b[2-5]\d\d\b', sections()[18])}
    assert dites == {200, 303, *erreurs.TITRES}


# ======================================================================================
# What points to it
# ======================================================================================

RENVOI = re.compile(r'regles\.md((?:[\s#*-]*(?:,|et|à|to|and)?[\s#*-]*§\d+)+)')


def textes_du_depot(racine=RACINE):
    """{path: text} of what may point to a section."""
    motifs = ('*.py', '*.sql', '*.html', '*.js', '*.css', '*.md')
    dossiers = [racine.glob, *((racine / nom).rglob for nom in ('verbes', 'views', 'tests', 'static'))]
    lus = {chemin for dossier in dossiers for motif in motifs for chemin in dossier(motif)}
    return {str(chemin.relative_to(racine)): chemin.read_text('utf-8') for chemin in sorted(lus)}


def renvois_faux(textes_lus, connues):
    """[(path, number)] of the sections that are named and are not there."""
    nommees = ((chemin, int(n)) for chemin, texte in textes_lus.items()
               for suite in RENVOI.findall(texte) for n in re.findall(r'§(\d+)', suite))
    return [(chemin, n) for chemin, n in nommees if n not in connues]


def test_chaque_renvoi_nomme_une_section_qui_existe():
    lus = textes_du_depot()
    assert len(lus) > 300 and renvois_faux(lus, sections()) == []


@pytest.mark.parametrize(('suite', 'faux'), [
    (' §7)', []), (' §2, §4, §19)', [19]), ('\n    §20).', [20]), (' §1 to §99)', [99]), ('\n# §3 et §0', [0]),
    (' dit §40', [])])
def test_un_renvoi_faux_est_vu(suite, faux):
    assert renvois_faux({'x': f'(regles.md{suite}'}, sections()) == [('x', n) for n in faux]


def test_dans_le_programme_un_numero_de_section_seul_est_l_un_d_elles():
    lus = {str(chemin): chemin.read_text('utf-8') for chemin in modules()}
    nommes = {int(n) for texte in lus.values() for n in re.findall(r'§(\d+)', texte)}
    assert nommes and nommes <= set(sections())


def test_rien_ne_renvoie_a_un_papier_qui_n_est_pas_du_depot():
    absents = re.compile('|'.join(rf'\b{nom}[.]md\b' for nom in ('domaine', 'interface', 'architecture', 'IDENTITE')))
    assert [chemin for chemin, texte in textes_du_depot().items() if absents.search(texte)] == []
    assert sum(len(RENVOI.findall(texte)) for texte in textes_du_depot().values()) > 150
