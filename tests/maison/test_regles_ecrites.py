"""The chapter « regles.md », which the code points to, says what the code does. Its lists are made from the code
(listes_des_regles.py); what is read here is the law in its sentences: their codes, their figures, the words they quote.
"""
import re

import pytest
from conftest import RACINE, modules, sources
from listes_des_regles import GROUPES, ROLES

import langue
from verbes import regles
from verbes.exploitation import environnement
from views import app, erreurs

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


def puces(numero):
    """[text] of the bullets of a section, each on one line."""
    lues = re.findall(r'^\* (.*(?:\n  .*)*)', sections()[numero], re.M)
    return [re.sub(r'\n +', ' ', lue) for lue in lues]


def codes(texte):
    return re.findall(r'`([^`]+)`', texte)


def a_la_suite(texte):
    """The paragraph of a section that follows these words, as one line."""
    return re.sub(r'\s+', ' ', texte)


def test_les_sections_gardent_leur_numero():
    titres = [texte.split('\n', 1)[0] for texte in sections().values()]
    assert titres == [f'{n}. {titre}' for n, titre in enumerate(TITRES, 1)]


def test_le_chapitre_se_lit_dans_un_terminal():
    assert [ligne for ligne in CHAPITRE.read_text('utf-8').split('\n') if len(ligne) > 120] == []


# ======================================================================================
# Statuts, transitions, settings
# ======================================================================================

def test_les_etapes_que_lit_la_mairie_sont_celles_du_code():
    etapes = re.findall(r'\d «\s([^»…]+?)(?: à …)?\s»', a_la_suite(sections()[2]))
    assert [langue.A_L_ETAPE[n].startswith(dite) for n, dite in enumerate(etapes, 1)] == [True] * 4


def test_les_groupes_de_statuts_et_de_roles_sont_ecrits():
    dits_ici = dict(re.findall(r'\*([^*]+)\* : ([^.]*)\.', a_la_suite(sections()[4].split('\n|', 1)[0])))
    for nom in ('avant l\'accompagnement', 'à orienter'):
        assert codes(dits_ici[langue.majuscule(nom)]) == list(GROUPES[nom])
    ouverts = {code for code, attente in regles.QUI.items() if attente.qui}
    assert set(regles.OUVERTS_SAUF_REJETE) == ouverts - {'rejete'} and codes(dits_ici['En route']) == ['rejete']
    for nom, roles in (('Qui suit', regles.SUIVENT), ('Qui conduit', regles.CONDUISENT)):
        assert dits_ici[nom] == ', '.join(map(ROLES.get, roles))
    assert dits_ici['Qui participe'] == 'qui suit, associé' and regles.PARTICIPENT == (*regles.SUIVENT, 'associe')


def test_chaque_transition_dit_ce_qu_elle_demande():
    expliquees = [code for puce in puces(4) for code in codes(puce.split(' : ', 1)[0])]
    assert sorted(expliquees) == sorted({t.action for t in regles.TRANSITIONS})


def test_les_reglages_de_la_machine_sont_ceux_du_code():
    assert set(codes(sections()[16].split('\n|', 1)[0])) - {'PLATEFORME_'} == environnement.REGLAGES


# ======================================================================================
# Words of the screen
# ======================================================================================

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
# Addresses, answers
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
