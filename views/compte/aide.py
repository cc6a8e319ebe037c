"""The help of who works with the platform: four chapters, files under static/aide/, each to who may read it, and what
the convention commits to. Each page of the space opens it at the right section (views/menus.py, AIDE).
"""
import functools
import pkgutil
import re
from collections import namedtuple

from langue import dire_jour_long, du_signataire, normaliser
from models import SITE, Refus
from verbes import comptes, questions, regles
from views import aller, annoncer, app, espacer, menus, page, parametre, request

ENGAGEMENTS = '/espace/aide/engagements'
QUI_AGIT = {
    'administrateur': 'les administrateurs', 'chef_de_file': 'les chefs de file', 'referent': 'l\'expert référent',
}
annoncer('/espace', engagements='Merci\u00a0: c\'est noté.')

# A file: « ## Title {#anchor} », or « {#anchor reader} » for some of its readers; « > » before each question that it
# answers; its text.
Section = namedtuple('Section', 'titre ancre pour questions corps')
TITRE = re.compile(r'^## (.+) \{#([a-z-]+) ?([a-z]*)\}\n', re.M)
SUITE = re.compile(r'(?<!\n)\n(?![\n|]|- |\d\. ) *')             # a line of a file that goes on with the one above


@functools.cache
def sections(cle):
    """The sections of a chapter, for all its readers."""
    _, *morceaux = TITRE.split(pkgutil.get_data('models', f'static/aide/{cle}.md').decode())
    return [_section(*morceaux[i:i + 4]) for i in range(0, len(morceaux), 4)]


def _section(titre, ancre, pour, texte):
    lignes = texte.strip().split('\n')
    corps = '\n'.join(ligne for ligne in lignes if not ligne.startswith('> '))
    return Section(espacer(titre), ancre, pour, [espacer(ligne[2:]) for ligne in lignes if ligne.startswith('> ')],
                   SUITE.sub(' ', corps.strip()))


def lues(cle, agent, reglages):
    """The sections of a chapter that an agent reads here."""
    pour = {'': True, 'agent': not agent.lecteur_au, 'lecteur': agent.lecteur_au, 'administrateur': agent.administre,
            'lettres': reglages['lettres'] == 'oui', 'reponses': SITE['reponses']}
    reperes = _reperes(reglages) | {
        'lecteur_au': agent.lecteur_au and dire_jour_long(agent.lecteur_au, semaine=False)}
    return [s._replace(corps=re.sub(r'\{(\w+)\}', lambda m: reperes[m[1]], s.corps))
            for s in sections(cle) if pour[s.pour]]


def _reperes(reglages):
    """What the files leave to the settings and to the law."""
    accuses = ('rédige des accusés de réception des demandes, signés ' + du_signataire(reglages['signataire'])
               if reglages['lettres'] == 'oui' else 'envoie un accusé d\'enregistrement de chaque demande')
    return {'accuses': accuses, 'statuts': _statuts(),
            'delais': f'{reglages["delai_urgente"]} ou {reglages["delai_complexe"]}',
            'urgente': reglages['delai_urgente'], 'complexe': reglages['delai_complexe'],
            'jours': 'jours ouvrés' if reglages['jours'] == 'ouvres' else 'jours calendaires',
            'silences': ' et '.join(f'{d.silence} jours ({d.libelle})' for d in regles.PROMESSES.values())}


def _statuts():
    rangs = [(regles.STATUTS[code], QUI_AGIT.get(attente.qui, 'personne'),
              questions.dire_a_faire(code, None, None) or 'rien') for code, attente in regles.QUI.items()]
    return '\n'.join(f'| {" | ".join(rang)} |' for rang in [('Statut', 'Qui doit agir', 'Ce qui est attendu'),
                                                            ('---', '---', '---'), *rangs])


@app.get('/espace/aide', qui='lecteur')
def ouvrir():
    aller(f'/espace/aide/{menus.chapitres(request.agent)[0].cle}')


@app.get('/espace/aide/<cle:re:piloter|demandes|contenus|administrer>', qui='lecteur')
def aide(cle):
    chapitres = menus.chapitres(request.agent)
    chapitre = next((c for c in chapitres if c.cle == cle), None)
    if chapitre is None:
        raise Refus('Ce chapitre de l\'aide n\'est pas pour votre compte\u00a0: revenez à «\u00a0Aide\u00a0».', 403)
    reglages, q = request.contexte['reglages'], parametre('q')
    return page('compte/aide/aide.html', chapitre=chapitre, chapitres=chapitres, q=q,
                trouvees=_trouver(q, chapitres, request.agent, reglages) if q else (),
                sections=lues(cle, request.agent, reglages))


def _trouver(q, chapitres, agent, reglages):
    """[(Chapitre, Section)] of all those that the agent reads, whose title, questions or text hold every word."""
    mots = normaliser(q).split()
    return [(c, s) for c in chapitres for s in lues(c.cle, agent, reglages)
            if mots and all(mot in normaliser(f'{s.titre} {" ".join(s.questions)} {s.corps}') for mot in mots)]


@app.get(ENGAGEMENTS, qui='agent')
def revenir():
    aller('/espace/aide/demandes#engagements')


@app.post(ENGAGEMENTS, qui='agent')
def prendre_connaissance():
    comptes.prendre_connaissance(request.agent)
    aller('/espace?fait=engagements')
