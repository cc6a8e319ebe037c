"""The labels of lists, filters and exports, read once from the base (regles.md §9)."""
from collections import Counter, namedtuple

from models import db, gardee
from langue import ordre_alphabetique


# Every label that lists, filters and exports need: genre, id, label, what it hangs on, the short one, order, the day it
# has closed.
_LIBELLES = """
SELECT 'theme', id, nom, '', court, ordre, NULL FROM theme
UNION ALL SELECT 'fiche', fiche.id, titre, theme_id, '', theme.ordre, NULL FROM fiche JOIN theme ON theme.id = theme_id
UNION ALL SELECT 'structure', structure.id, structure.nom, sigle, sigle, partenaire,
                 iif(count(*) = count(fermee_le), max(fermee_le), NULL)
  FROM structure LEFT JOIN direction ON structure_id = structure.id GROUP BY structure.id
UNION ALL SELECT 'direction', direction.id, direction.nom, structure_id, court, partenaire, fermee_le
  FROM direction JOIN structure ON structure.id = structure_id
UNION ALL SELECT 'epci', id, nom, '', '', 0, NULL FROM collectivite WHERE type <> 'Commune'
UNION ALL SELECT 'agent', agent.id, prenom || ' ' || agent.nom, structure_id, '', 0, NULL
  FROM agent JOIN direction ON direction.id = direction_id WHERE agent.lecteur_au IS NULL
"""
Libelle = namedtuple('Libelle', 'nom parent court fermee_le')


@gardee
def libelles():
    """{genre: {id: Libelle}}, each in the order to show it; labels from memory instead of joins."""
    genres = {genre: {} for genre in ('theme', 'fiche', 'structure', 'direction', 'epci', 'agent')}
    lus = sorted(db.execute_sql(_LIBELLES), key=lambda lu: (lu[5], bool(lu[6]), ordre_alphabetique(lu[2])))
    for genre, cle, nom, parent, court, _, fermee_le in lus:
        genres[genre][cle] = Libelle(nom, parent, court or nom, fermee_le)
    return genres


# ---- Places: a structure (« s12 »), or one of its directions (« d3 ») ----

def code_de_place(structure, direction=None):
    return f'd{direction}' if direction else f's{structure}'


def lire_place(code):
    """(structure id, None) or (None, direction id) of a code."""
    genre, cle = code[0], int(code[1:])
    return (cle, None) if genre == 's' else (None, cle)


@gardee
def places():
    """{code: Libelle}; a direction is named after its structure when another place has its name: an import takes it."""
    noms = libelles()
    fois = Counter(sien.nom for genre in ('structure', 'direction') for sien in noms[genre].values())
    par_code = {code_de_place(cle): libelle for cle, libelle in noms['structure'].items()}
    for cle, libelle in noms['direction'].items():
        nom = libelle.nom if fois[libelle.nom] == 1 else f'{noms["structure"][libelle.parent].nom} / {libelle.nom}'
        par_code[code_de_place(None, cle)] = libelle._replace(nom=nom)
    return par_code


PLACES = ('associees', 'adherents_de')                              # what a fiche says by their codes, one a line


def dire_places(codes):
    """The names of places, a text of one a line; what is no code stays as it is: a name that was never a place."""
    return '\n'.join(places()[code].nom if code in places() else code for code in codes.split('\n'))
