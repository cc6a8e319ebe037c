"""What is asked of the list of the demandes, and the address that says it (domaine.md §9)."""
from urllib.parse import urlencode

from models import Refus
from verbes import liste
from views import parametre

# What a row of the list reads; « autres » are the structures of the co-chefs.
# The search index has columns of the same names.
LUES = (
    'numero', 'theme_id', 'fiche_id', 'statut', 'echeance', 'date_a_tenir', 'premier_contact_le', 'clos_le', 'lieu',
    'type', 'collectivite', 'structure_id', 'direction_id', 'restreinte')
AUTRES = """(SELECT group_concat(membre.structure_id, ' ') FROM membre
             WHERE membre.demande_id = demande.numero AND membre.role = 'chef_de_file'
             AND membre.structure_id <> demande.structure_id)"""


def lire_criteres():
    """The filters of the address, in the order of liste.CONDITIONS, empty ones left out; Refus 400 on a bad value."""
    saisis = {nom: parametre(nom).strip() for nom in liste.CONDITIONS}
    criteres = {nom: valeur for nom, valeur in saisis.items() if valeur}
    for nom, valeur in criteres.items():
        if not liste.CONDITIONS[nom].valable(valeur):
            raise Refus(
                f'Le filtre «\u00a0{nom}\u00a0» de cette adresse n\'est pas valable. '
                'Retirez-le, ou revenez à la liste des demandes.', 400)
    return criteres


def colonnes_sql(noms, *de_plus):
    return ', '.join([*(f'demande.{nom}' for nom in noms), *de_plus])


def adresse_de(criteres, chemin='/espace/demandes', **changes):
    """The address of the list with its criteria; a change of None or '' takes one away."""
    restes = {c: v for c, v in (criteres | changes).items() if v}
    return f'{chemin}?{urlencode(restes)}' if restes else chemin


def nom_de(table, cle, sinon=''):
    return table[cle].nom if cle else sinon


def dire_structure(premiere, autres, structures):
    """The structure of the first chef de file, then « + CAUE » (domaine.md §9)."""
    nom = nom_de(structures, premiere)
    if not autres:
        return nom
    sigles = [structures[int(cle)].parent for cle in dict.fromkeys(autres.split())]
    return ' + '.join([nom, *sigles])
