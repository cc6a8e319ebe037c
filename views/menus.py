"""The menu of the administration: six groups, and the pages of each."""
from collections import namedtuple

# cle: what the templates say in their block « onglet ».
Entree = namedtuple('Entree', 'cle lien nom')
ADMINISTRATION = (
    ('Mise en place', (
        Entree('accueil', '/espace/admin', 'Reste à régler'),
        Entree('reglages', '/espace/admin/reglages', 'Réglages'),
        Entree('identite', '/espace/admin/identite', 'Logo et couleurs'),
        Entree('reprise', '/espace/admin/reprise', 'Reprise'),
        Entree('textes', '/espace/admin/textes', 'Pages légales et lettres'))),
    ('Personnes', (
        Entree('comptes', '/espace/admin/comptes', 'Comptes'),
        Entree('structures', '/espace/admin/structures', 'Structures'))),
    ('Offre', (
        Entree('redaction', '/espace/redaction', 'Catalogue'),
        Entree('campagne', '/espace/admin/campagne', 'Revue annuelle'),
        Entree('guide', '/espace/admin/guide', 'Guide imprimé'),
        Entree('portes', '/espace/admin/portes', 'Autres portes'),
        Entree('recherches', '/espace/admin/recherches', 'Recherches'),
        Entree('ouvertes', '/espace/admin/donnees-ouvertes', 'Données ouvertes'))),
    ('Territoire', (
        Entree('collectivites', '/espace/admin/collectivites', 'Collectivités'),
        Entree('calendrier', '/espace/admin/calendrier', 'Calendrier'))),
    ('Courriels', (
        Entree('courriels', '/espace/admin/courriels', 'Textes des courriels'),
        Entree('lettres', '/espace/admin/lettres', 'Lettres à signer'))),
    ('Surveillance', (
        Entree('supervision', '/espace/admin/supervision', 'Supervision'),
        Entree('audit', '/espace/admin/audit', 'Audit'),
        Entree('ameliorations', '/espace/admin/ameliorations', 'Améliorations'))),
)
