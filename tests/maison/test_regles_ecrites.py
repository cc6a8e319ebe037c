"""The chapter « regles.md », which the code points to, says what the code does. Its lists are made from the code
(listes_des_regles.py); what is read here is the law in its sentences: their codes, their figures, the words quoted."""
import re

from conftest import RACINE, modules, sources
from listes_des_regles import GROUPES, ROLES

import langue
from verbes import regles
from verbes.exploitation import environnement
from views import app, erreurs

CHAPITRE = (RACINE / 'static/doc/regles.md').read_text('utf-8')
SECTIONS = {int(lue.split('.', 1)[0]): lue for lue in re.split(r'^## ', CHAPITRE, flags=re.M)[1:]}
# The code, bookmarks of readers and other chapters name them by their number.
TITRES = (
    'Qui', 'Les dix statuts', 'Comment une demande commence', 'Les transitions', 'Les délais', 'Le journal',
    'Les droits', 'Les courriels', 'Lister, chercher, exporter', 'Les mots', 'Les chiffres', 'La conversation',
    'Ce à quoi le Département s\'engage', 'Les libellés', 'Les adresses', 'Les réglages', 'Les commandes',
    'Les réponses du service')
# Names of people, and what stands for what is said of each.
EXEMPLES = {'par A, pour B', 'dont n', '+ CAUE'}
RENVOI = re.compile(r'regles\.md((?:[\s#*-]*(?:,|et|à|to|and)?[\s#*-]*§\d+)+)')


def puces(numero):
    """[text] of the bullets of a section, each on one line."""
    return [re.sub(r'\n +', ' ', lue) for lue in re.findall(r'^\* (.*(?:\n  .*)*)', SECTIONS[numero], re.M)]


def codes(texte):
    return re.findall(r'`([^`]+)`', texte)


def a_la_suite(texte):
    """A text as one line."""
    return re.sub(r'\s+', ' ', texte)


def test_les_sections_gardent_leur_numero_et_le_chapitre_se_lit_dans_un_terminal():
    titres = [texte.split('\n', 1)[0] for texte in SECTIONS.values()]
    assert titres == [f'{n}. {titre}' for n, titre in enumerate(TITRES, 1)]
    assert [ligne for ligne in CHAPITRE.split('\n') if len(ligne) > 120] == []


def test_les_etapes_les_groupes_de_statuts_et_de_roles_les_transitions_et_les_reglages_sont_ceux_du_code():
    etapes = re.findall(r'\d «\s([^»…]+?)(?: à …)?\s»', a_la_suite(SECTIONS[2]))
    assert [langue.A_L_ETAPE[n].startswith(dite) for n, dite in enumerate(etapes, 1)] == [True] * 4
    dits_ici = dict(re.findall(r'\*([^*]+)\* : ([^.]*)\.', a_la_suite(SECTIONS[4].split('\n|', 1)[0])))
    for nom in ('avant l\'accompagnement', 'à orienter'):
        assert codes(dits_ici[langue.majuscule(nom)]) == list(GROUPES[nom])
    ouverts = {code for code, attente in regles.QUI.items() if attente.qui}
    assert set(regles.OUVERTS_SAUF_REJETE) == ouverts - {'rejete'} and codes(dits_ici['En route']) == ['rejete']
    for nom, roles in (('Qui suit', regles.SUIVENT), ('Qui conduit', regles.CONDUISENT)):
        assert dits_ici[nom] == ', '.join(map(ROLES.get, roles))
    assert dits_ici['Qui participe'] == 'qui suit, associé' and regles.PARTICIPENT == (*regles.SUIVENT, 'associe')
    expliquees = [code for puce in puces(4) for code in codes(puce.split(' : ', 1)[0])]
    assert sorted(expliquees) == sorted({t.action for t in regles.TRANSITIONS})
    assert set(codes(SECTIONS[16].split('\n|', 1)[0])) - {'PLATEFORME_'} == environnement.REGLAGES


def test_ce_que_le_chapitre_cite_se_lit_a_l_ecran():
    """In capitals or not, with ordinary spaces; a quotation that has a value in it, by each of its parts."""
    fichiers = [*modules(), *sources('views', '*.html'), *sorted((RACINE / 'static/textes').rglob('*.txt'))]
    lus = '\n'.join(fichier.read_text('utf-8') for fichier in fichiers)
    lus = re.sub(r"'\s*\n\s*f?'", '', lus).replace("\\'", "'")
    dit = re.sub(r'(?:\\u00a0|&nbsp;|\s)+', ' ', lus).lower()
    citations = [morceau.strip(' .:') for texte in re.findall(r'«\s([^»]+)\s»', a_la_suite(CHAPITRE))
                 if texte not in EXEMPLES for morceau in re.split('…|[0-9]+(?:/[0-9]+)?', texte)]
    assert citations and [morceau for morceau in citations if morceau.lower() not in dit] == []


def ecrire(regle):
    """« /fiches/<id:re:…><fin:re:…> » as « /fiches/<id>-<titre> »; a choice of words is each of them."""
    choix = re.search(r'<\w+:re:([\w|-]+\|[\w|-]+)>', regle)
    if choix:
        return [adresse for mot in choix[1].split('|') for adresse in ecrire(regle.replace(choix[0], mot))]
    return [re.sub(r'<(\w+)[^>]*>', r'<\1>', regle).replace('<fin>', '-<titre>')]


def test_les_adresses_ecrites_sont_servies_a_qui_le_chapitre_le_dit_et_les_reponses_celles_des_pages():
    lues = (re.match(r'\*\*(\w+)\*\*', puce) for puce in puces(15))
    ecrites = {adresse: lue[1] for lue in lues for adresse in codes(lue.string)}
    servies = {adresse: route.config['qui'] for route in app.routes if route.method == 'GET'
               for adresse in ecrire(route.rule)}
    assert {adresse: servies.get(adresse) for adresse in ecrites} == ecrites
    attendues = {adresse for adresse in servies if '<' not in adresse and (
        not adresse.startswith('/espace') or re.fullmatch(r'/espace(/admin)?(/[a-z-]+)?', adresse))}
    assert len(attendues) > 60 and sorted(attendues - ecrites.keys()) == []
    assert {int(code) for code in re.findall(r'\b[2-5]\d\d\b', SECTIONS[18])} == {200, 303, *erreurs.TITRES}


def test_chaque_renvoi_nomme_une_section_qui_existe_et_aucun_un_papier_qui_n_est_pas_du_depot():
    dossiers = [RACINE.glob, *((RACINE / nom).rglob for nom in ('verbes', 'views', 'tests', 'static'))]
    chemins = {chemin for dossier in dossiers for genre in ('py', 'sql', 'html', 'js', 'css', 'md')
               for chemin in dossier(f'*.{genre}')}
    lus = {str(chemin.relative_to(RACINE)): chemin.read_text('utf-8') for chemin in chemins}
    renvois = [(chemin, suite) for chemin, texte in lus.items() for suite in RENVOI.findall(texte)]
    assert len(lus) > 300 and len(renvois) > 150
    assert [(chemin, n) for chemin, suite in renvois for n in re.findall(r'§(\d+)', suite)
            if int(n) not in SECTIONS] == []
    seuls = {int(n) for chemin in modules() for n in re.findall(r'§(\d+)', chemin.read_text('utf-8'))}
    assert seuls and seuls <= set(SECTIONS)
    absents = re.compile('|'.join(rf'\b{nom}[.]md\b' for nom in ('domaine', 'interface', 'architecture', 'IDENTITE')))
    assert [chemin for chemin, texte in lus.items() if absents.search(texte)] == []
