"""The menu of the administration: six groups, and the pages of each; the chapters of the help, and where they open."""
from collections import namedtuple
from fnmatch import fnmatchcase

# cle: what the templates say in their block « onglet »; dedans: the pages that are opened from it.
Entree = namedtuple('Entree', 'cle lien nom dedans', defaults=((),))
# (title, what is there, its pages)
ADMINISTRATION = (
    ('Personnes', 'Qui entre, remplace, s\'en va', (
        Entree('comptes', '/espace/admin/comptes', 'Comptes'),
        Entree('structures', '/espace/admin/structures', 'Structures'))),
    ('Catalogue', 'Ce que les mairies lisent', (
        Entree('redaction', '/espace/redaction', 'Catalogue', (
            Entree('campagne', '/espace/admin/campagne', 'Revue annuelle'),
            Entree('guide', '/espace/admin/guide', 'Guide imprimé'))),
        Entree('portes', '/espace/admin/portes', 'Autres portes', (
            Entree('recherches', '/espace/admin/recherches', 'Recherches sans fiche'),)))),
    ('Collectivités', 'Et leurs regroupements', (
        Entree('collectivites', '/espace/admin/collectivites', 'Collectivités'),
        Entree('reprise', '/espace/admin/reprise', 'Reprise de l\'ancien suivi'))),
    ('Textes', 'Ce que la Plateforme écrit', (
        Entree('textes', '/espace/admin/textes', 'Textes'),
        Entree('lettres', '/espace/admin/lettres', 'Lettres à signer'))),
    ('Réglages', 'De loin en loin', (
        Entree('reglages', '/espace/admin/reglages', 'Réglages', (
            Entree('identite', '/espace/admin/identite', 'Logo et couleurs'),)),
        Entree('calendrier', '/espace/admin/calendrier', 'Calendrier'))),
    ('Surveillance', 'Le service, et qui a changé quoi', (
        Entree('supervision', '/espace/admin/supervision', 'Supervision', (
            Entree('ameliorations', '/espace/admin/ameliorations', 'Améliorations'),)),
        Entree('audit', '/espace/admin/audit', 'Audit'))),
)
ACCUEIL = Entree('accueil', '/espace/admin', 'Administration')
# {cle: (its Entree, the one that opens it, or None)}
_ENTREES = {'accueil': (ACCUEIL, None)} | {
    une.cle: (une, mere) for *_, entrees in ADMINISTRATION for entree in entrees
    for une, mere in ((entree, None), *((dedans, entree) for dedans in entree.dedans))}


def entree_de(cle):
    """(its Entree, the one that opens it or None) of what a page says in its block « onglet »."""
    return _ENTREES[cle]

# ---- The help: its chapters are files, static/aide/*.md, of sections « ## Title {#anchor reader} » ----

# qui: who reads it, as a route says so.
Chapitre = namedtuple('Chapitre', 'cle nom qui')
CHAPITRES = (
    Chapitre('demandes', 'Demandes', 'agent'),
    Chapitre('contenus', 'Fiches et contenus', 'agent'),
    Chapitre('piloter', 'Piloter', 'lecteur'),
    Chapitre('administrer', 'Administrer', 'administrateur'),
)
# Where a page of the space opens it: how its address begins, the chapter and the section. The first one that fits.
AIDE = (
    ('/espace/admin/ameliorations',               'administrer#surveiller'),
    ('/espace/admin/audit',                       'administrer#audit'),
    ('/espace/admin/calendrier',                  'administrer#calendrier'),
    ('/espace/admin/campagne',                    'contenus#campagne'),
    ('/espace/admin/collectivites/a-confirmer',   'administrer#confirmer'),
    ('/espace/admin/collectivites/a-rattacher',   'administrer#rattacher'),
    ('/espace/admin/collectivites/commune-nouvelle', 'administrer#nouvelle'),
    ('/espace/admin/collectivites',               'administrer#collectivites'),
    ('/espace/admin/comptes/*/depart',            'administrer#depart'),
    ('/espace/admin/comptes',                     'administrer#comptes'),
    ('/espace/admin/courriels',                   'administrer#textes'),
    ('/espace/admin/directions',                  'administrer#structures'),
    ('/espace/admin/donnees-ouvertes',            'piloter#donnees-ouvertes'),
    ('/espace/admin/guide',                       'contenus#guide'),
    ('/espace/admin/identite',                    'administrer#reglages'),
    ('/espace/admin/import',                      'administrer#importer'),
    ('/espace/admin/lettres',                     'administrer#lettres'),
    ('/espace/admin/obligations',                 'administrer#commencer'),
    ('/espace/admin/portes',                      'administrer#portes'),
    ('/espace/admin/recherches',                  'administrer#portes'),
    ('/espace/admin/reglages',                    'administrer#reglages'),
    ('/espace/admin/reprise',                     'administrer#reprise'),
    ('/espace/admin/structures/*/depart',         'administrer#partenaire'),
    ('/espace/admin/structures',                  'administrer#structures'),
    ('/espace/admin/supervision',                 'administrer#surveiller'),
    ('/espace/admin/textes',                      'administrer#textes'),
    ('/espace/admin',                             'administrer#commencer'),
    ('/espace/agenda',                            'contenus#agenda'),
    ('/espace/aide',                              'demandes#questions'),
    ('/espace/ameliorations',                     'demandes#compte'),
    ('/espace/annuaire',                          'demandes#associer'),
    ('/espace/collectivites/*/visite',            'piloter#visite'),
    ('/espace/collectivites',                     'piloter#territoire'),
    ('/espace/compte/absence*',                   'demandes#absences'),
    ('/espace/compte/delegation*',                'demandes#absences'),
    ('/espace/compte',                            'demandes#compte'),
    ('/espace/demandes/nouvelle',                 'demandes#saisir'),
    ('/espace/demandes/*',                        'demandes#statuts'),
    ('/espace/demandes',                          'demandes#liste'),
    ('/espace/documents/groupes',                 'contenus#groupes'),
    ('/espace/documents',                         'contenus#documents'),
    ('/espace/listes',                            'demandes#liste'),
    ('/espace/pilotage/carte',                    'piloter#carte'),
    ('/espace/pilotage/rapport',                  'piloter#rapport'),
    ('/espace/pilotage/territoires',              'piloter#sans-demande'),
    ('/espace/pilotage/verbatims',                'piloter#avis'),
    ('/espace/pilotage',                          'piloter#chiffres'),
    ('/espace/redaction/brouillons',              'contenus#publier'),
    ('/espace/redaction/campagne',                'contenus#revue'),
    ('/espace/redaction/contenus/*/fichiers',     'contenus#images'),
    ('/espace/redaction/contenus',                'contenus#ecrire'),
    ('/espace/redaction/projets',                 'contenus#projets'),
    ('/espace/redaction/themes',                  'contenus#publier'),
    ('/espace/redaction/versions',                'contenus#versions'),
    ('/espace/redaction',                         'contenus#fiches'),
    ('/espace/textes',                            'demandes#ecrire'),
    ('/espace',                                   'demandes#journee'),
)


def chapitres(agent):
    """The chapters that an agent may read; the first one is theirs."""
    lus = {'lecteur': True, 'agent': not agent.lecteur_au, 'administrateur': agent.administre}
    return [c for c in CHAPITRES if lus[c.qui]]


def ou_aider(chemin, agent, section=''):
    """« chapter#section » that helps with a page, or with what a demande is asked (a section of « Demandes »); the
    beginning of their own chapter where they may not read it.
    """
    sommaire = chapitres(agent)
    ou = f'demandes#{section}' if section else next(
        (ou for debut, ou in AIDE if fnmatchcase(f'{chemin}/', f'{debut}/*')), '')
    return ou if ou.partition('#')[0] in {c.cle for c in sommaire} else f'{sommaire[0].cle}#questions'
