"""`make docs`: each table of a document between « <!-- debut : NAME --> » and « <!-- fin --> » (those of the rules, in
listes_des_regles.py), and the stems of the words of the delivered catalogue."""
import ast
import csv
import functools
import re
import textwrap
from pathlib import Path
from unittest import mock

import chemins
import test_maison
from conftest import sources
from listes_des_regles import LISTES, tableau

import plateforme
import views.refus
from verbes import journal, recherche, reglages
from verbes.catalogue import catalogue
from verbes.contenus import contenus
from verbes.demande import courrier, stock
from verbes.echanges import lots
from verbes.echanges.colonnes import COLONNES
from verbes.exploitation import documentation
from views.compte import compte

RACINE = Path(chemins.RACINE)
DOC = RACINE / 'static/doc'
BORNES = re.compile(r'(<!-- debut : (\w+) -->\n).*?(<!-- fin -->)', re.S)
SOLS = ('langue', 'models', 'verbes', 'views', 'service', 'plateforme')


def lire(nom):
    return (RACINE / 'README.md' if nom == 'README' else DOC / f'{nom}.md').read_text('utf-8')


def documents():
    return {nom: lire(nom) for nom in ('README', *documentation.CHAPITRES)}


def section(nom, titre):
    """What a document says under a title, to the next title of the same rank."""
    rang = titre.partition(' ')[0]
    return lire(nom).partition(f'\n{titre}\n')[2].partition(f'\n{rang} ')[0]


def commandes(_):
    _, parsers = plateforme.analyseurs()
    return tableau(('Verbe', 'Ce qu\'il fait'), [
        (f'`{_emploi(verbe, parser)}`', '<br>'.join([plateforme.VERBES[verbe][1], *_options(parser)]))
        for verbe, parser in parsers.items()])


def _emploi(verbe, parser):
    """« importer {agents,…} [FICHIER] », without the options, which are said one by one."""
    mots = [verbe]
    for action in parser._positionals._group_actions:
        mot = '{' + ','.join(action.choices) + '}' if action.choices and not action.metavar else action.metavar
        mots.append(f'[{mot}]' if action.nargs == '?' else mot)
    return ' '.join(mots)


def _options(parser):
    return [f'`{action.option_strings[-1]}{f" {action.metavar}" if action.metavar else ""}`\u00a0: {action.help}'
            if action.help else f'`{action.option_strings[-1]} …`' for action in parser._optionals._group_actions
            if '--help' not in action.option_strings]


# The ways to a line of the audit, and where each takes its word.
ECRIVENT = {'auditer': 0, 'auditer_pour': 0, 'noter_lecture': 0, 'noter_refus': 0}
TABLES = (                                                          # the words that are not written where they are used
    *(fait for _, _, fait in views.refus.FAITS), *compte.CODE_REFUSE.values(), *courrier.FAITS.values(),
    *reglages.FAITS.values(), *(acte.fait for acte in contenus.ACTES.values()),
    *(f'fiche {etat}' for etat in catalogue.ETATS_DE_FICHE.values()), 'structure modifiée', 'direction modifiée',
    journal.CONSULTE, journal.LE_SIEN_LU, journal.RESTREINTE_LUE, journal.PIECE_LUE, stock.FAIT, lots.FAIT,
    'repris à la restauration')


def faits_de_l_audit():
    """Every word of the column « fait » of the audit."""
    assert "'repris à la restauration', fait)" in (RACINE / 'verbes/exploitation/restauration.py').read_text('utf-8')
    arbres = [ast.parse(chemin.read_text('utf-8')) for chemin in (*sources('verbes'), *sources('views'))]
    return {*TABLES, *(mot for arbre in arbres for mot in _faits_ecrits(arbre))}


def _faits_ecrits(arbre):
    """The words that a file gives to what writes the audit, its own functions that take one (« fait ») included."""
    ecrivent, fonctions = dict(ECRIVENT), [n for n in ast.walk(arbre) if isinstance(n, ast.FunctionDef)]
    for _ in range(3):                                              # one may go through another
        for fonction in fonctions:
            noms = [a.arg for a in fonction.args.args]
            if 'fait' in noms and any(ast.unparse(mot) == 'fait' for mot in _donnes(fonction, ecrivent)):
                ecrivent[fonction.name] = noms.index('fait')
    for mot in _donnes(arbre, ecrivent):
        choix = (mot.body, mot.orelse) if isinstance(mot, ast.IfExp) else (mot,)
        yield from (un.value for un in choix if isinstance(un, ast.Constant) and un.value)


def _donnes(arbre, ecrivent):
    """What is given as the word of a line, wherever one of these functions is called."""
    for noeud in ast.walk(arbre):
        if isinstance(noeud, ast.Call):
            rang = ecrivent.get(getattr(noeud.func, 'id', '') or getattr(noeud.func, 'attr', ''), len(noeud.args))
            yield from noeud.args[rang:rang + 1]


def faits(_):
    dits = ', '.join(f'`{fait}`'.replace(' ', '\0') for fait in sorted(faits_de_l_audit()))
    return textwrap.fill(f'{dits}.', 120).replace('\0', ' ') + '\n'


def imports(_):
    ordre = ('structures', 'agents', 'catalogue', 'collectivites', 'adhesions', 'demandes', 'journal')
    assert set(ordre) == set(COLONNES)
    return tableau(('Fichier', 'Colonnes', 'Exigées'), [
        (f'`{nom}`', len(COLONNES[nom]), ', '.join(f'`{c.nom}`' for c in COLONNES[nom] if c.requis)) for nom in ordre])


def sommaire(texte):
    return ''.join(f'- [{titre}](#{ancre(titre)})\n' for titre in titres(texte, '##'))


def lieu_de(module):
    """« verbes.demande » of verbes.demande.cycle, « verbes » of the ground, « models », None of another's package."""
    piece = test_maison.piece_de(module)
    etage = module.split('.')[0]
    return (f'{etage}.{piece}' if piece else etage) if etage in SOLS else None


@functools.cache
def lus():
    arbres = test_maison.arbres('.') | test_maison.arbres('verbes') | test_maison.arbres('views')
    connus, trouves = {test_maison.nom_de(chemin) for chemin in arbres}, {}
    for chemin, arbre in arbres.items():
        lieu = lieu_de(test_maison.nom_de(chemin))
        vus = {lieu_de(nom) for nom in test_maison.importes(arbre, chemin) if nom in connus}
        trouves.setdefault(lieu, set()).update(vus - {lieu, None})
    return trouves


def etages(_):
    """From what stands on all the rest down to what stands on nothing: nobody imports above."""
    restent, rangs = dict(lus()), []
    while restent:
        rang = sorted(lieu for lieu, vus in restent.items() if not vus & set(restent))
        assert rang, restent                                        # a circle has no floor
        rangs.insert(0, rang)
        for lieu in rang:
            del restent[lieu]
    dits = ('   '.join(f'{lieu} (le sol)' if lieu in ('verbes', 'views') else lieu for lieu in rang) for rang in rangs)
    return '\n'.join(['```', *dits, '```\n'])


def pieces(_):
    noms = sorted({chemin.parent.name for etage in ('verbes', 'views') for chemin in sources(etage)
                   if (chemin.parent / '__init__.py').exists() and len(chemin.relative_to(RACINE).parts) == 3})
    return tableau(('Pièce', '`verbes/`', '`views/`'), [
        (f'**{nom or "le sol"}**', *(_modules(etage, nom) for etage in ('verbes', 'views'))) for nom in ('', *noms)])


def _modules(etage, piece):
    return ' '.join(sorted(m.stem for m in (RACINE / etage / piece).glob('*.py') if m.stem != '__init__')) or '–'


def sans_code(texte):
    return re.sub(r'^```.*?^```', '', texte, flags=re.M | re.S)


def titres(texte, rang='#{1,4}'):
    return re.findall(rf'^{rang} (.+)$', sans_code(texte), re.M)


def ancre(titre):
    return re.sub(r'[^\w\- ]', '', titre.lower()).replace(' ', '-')


def refait(texte):
    """A document with its tables as they are now."""
    def tirer(nom):
        return LISTES[nom]() if nom in LISTES else globals()[nom](texte)
    return BORNES.sub(lambda borne: f'{borne[1]}\n{tirer(borne[2])}\n{borne[3]}', texte)


def racines():
    """« word stem », a line each, of all that the search reads of the delivered catalogue."""
    textes = []
    for nom, titre in (('catalogue', 'titre'), ('portes', 'objet')):
        with open(RACINE / f'static/modeles/{nom}.csv', encoding='utf-8-sig', newline='') as lu:
            textes += [recherche.Texte('', une[titre], une['mots'], '', '', ' '.join(une.values()))
                       for une in csv.DictReader(lu, delimiter=';')]
    with mock.patch.object(recherche, 'racine') as racine:
        recherche.indexer.__wrapped__(textes)
    mots = sorted({appel.args[0] for appel in racine.call_args_list})
    return ''.join(f'{mot} {recherche.chercher_la_racine(mot)}\n' for mot in mots)


if __name__ == '__main__':
    (RACINE / 'static/racines.txt').write_text(racines(), 'utf-8')
    for chapitre in documentation.CHAPITRES:
        (DOC / f'{chapitre}.md').write_text(refait(lire(chapitre)), 'utf-8')
    print('Tableaux refaits\u00a0: static/doc')
