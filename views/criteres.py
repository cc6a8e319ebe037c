"""What is asked of the list of the demandes, and the address that says it (regles.md §9)."""
import functools
import math
import re
from urllib.parse import parse_qsl, urlencode

from models import Refus
from verbes.demande import liste
from views import aller, page_d_avant, parametre, request
from views.champs import designer
from views.entrees import NUMERO

# What a row of the list reads; « autres » are the structures of the co-chefs; the référent, by id.
# The search index has columns of the same names.
LUES = (
    'numero', 'theme_id', 'fiche_id', 'statut', 'echeance', 'date_a_tenir', 'premier_contact_le', 'clos_le', 'lieu',
    'type', 'collectivite', 'structure_id', 'direction_id', 'restreinte', 'reprise',
    'interlocuteur_depuis', 'essai', 'depose_le')
AUTRES = """(SELECT group_concat(membre.structure_id, ' ') FROM membre
             WHERE membre.demande_id = demande.numero AND membre.role = 'chef_de_file'
             AND membre.structure_id <> demande.structure_id)"""
REFERENT = """(SELECT membre.agent_id FROM membre
                WHERE membre.demande_id = demande.numero AND membre.role = 'referent')"""
OUVERTES, TOUTES = {'ouvertes': 'oui'}, {'toutes': 'oui'}           # what the list opens on; what is one click away
PAGE = '[1-9][0-9]{0,5}'
PAR_PAGE = 50


def lire_criteres():
    """The filters of the address, in the order of liste.CONDITIONS, empty ones left out; Refus 400 on a bad value."""
    refuser_les_doubles(liste.CONDITIONS)
    saisis = request.parametres
    criteres = {nom: saisis[nom].strip() for nom in liste.CONDITIONS if saisis.get(nom, '').strip()}
    for nom, valeur in criteres.items():
        if not liste.CONDITIONS[nom].valable(valeur):
            raise Refus(
                f'Le filtre «\u00a0{nom}\u00a0» de cette adresse n\'est pas valable. '
                'Retirez-le, ou revenez à la liste des demandes.', 400)
    return criteres


def refuser_les_doubles(noms):
    """Refus 400 when the address says a filter twice, otherwise: the last one alone would be counted."""
    saisis = request.query
    for nom in [nom for nom in noms if nom in saisis]:
        if len({valeur for valeur in saisis.getall(nom) if valeur.strip()}) > 1:
            raise Refus(f'Le filtre «\u00a0{nom}\u00a0» est deux fois dans cette adresse\u00a0: n\'en gardez qu\'un. '
                        'Plusieurs intercommunalités s\'écrivent «\u00a0epci=5,6\u00a0».', 400)


def toute_la_base(agent, criteres):
    """True of an export of every demande, contacts and messages with it: it is asked again who takes it. Filters may
    leave none out.
    """
    return agent.administre and liste.compter(agent, criteres) == liste.compter(agent, TOUTES)


def criteres_remplis(noms):
    """{filter: text} of the address, empty ones left out."""
    saisis = {nom: parametre(nom).strip()[:200] for nom in noms}
    return {nom: valeur for nom, valeur in saisis.items() if valeur}


def oter_les_vides(chemin='/espace/demandes', champs=()):
    """A form sends all its fields: the address kept is that of the filters really asked for. champs: those where a name
    may be written (champs.suggestions); Refus 400 of one that is nobody's.
    """
    remplis = {nom: valeur for nom, valeur in request.parametres.items() if valeur.strip()}
    for c in champs:
        if c.genre == 'choix' and re.search('[^0-9,]', remplis.get(c.nom, '')):
            remplis[c.nom], faute = designer(remplis[c.nom], c.choix)
            if faute:
                raise Refus(f'{c.libelle}\u00a0: {faute}. Revenez à la liste, puis corrigez ce filtre.', 400)
    if remplis != request.parametres:
        aller(adresse_de(remplis, chemin))


def ignore(*connus):
    """True when the address asks for something else than the names that a page reads: it says that it leaves it."""
    return not request.parametres.keys() <= {'fait', *connus}


def page_voulue():
    numero = parametre('page', '1')
    if not re.fullmatch(PAGE, numero):
        raise Refus('Ce numéro de page n\'est pas valable. Revenez à la liste.', 400)
    return int(numero)


def une_page(lignes, lien, courante=0):
    """(the rows of the page wanted, what the page says of it and of the others), of a list whose address lien() gives;
    Refus 404 past the last one. courante: that of the address, unless it is kept apart from any.
    """
    courante, pages = courante or page_voulue(), max(1, math.ceil(len(lignes) / PAR_PAGE))
    if courante > pages:
        raise Refus(f'Cette liste s\'arrête à la page {pages}. Revenez à la première.', 404)
    debut = (courante - 1) * PAR_PAGE
    return lignes[debut:debut + PAR_PAGE], {
        'total': len(lignes), 'debut': debut + 1, 'fin': min(debut + PAR_PAGE, len(lignes)), 'voulue': courante,
        'pages': pages, 'lien_page': lambda numero: lien(page=numero if numero > 1 else None)}


DEMANDE = f'/espace/demandes/{NUMERO}(/[a-z_-]+)?'
SANS_FILTRE = 'ouvertes'                                            # « liste=… » of the list as it opens


def suivre_la_liste():
    """The list a demande was opened from, as « liste=… » holds it, '' when unknown. Rows say none, being shared by all:
    the browser says from which page of ours it came, so that each tab follows its own list.
    """
    if parametre('liste'):
        return parametre('liste')
    chemin, _, requete = page_d_avant().partition('?')
    if chemin == '/espace/demandes':
        return requete or SANS_FILTRE
    return dict(parse_qsl(requete)).get('liste', '') if re.fullmatch(DEMANDE, chemin) else ''


def garder_la_liste():
    """Put it in the address of the demande, which then keeps it: reloaded, sent back to after a sign-in, acted upon."""
    suivie = suivre_la_liste()
    if suivie and not parametre('liste') and not parametre('suite') and lire_liste(suivie):
        aller(f'{request.path}?{urlencode({**request.parametres, "liste": suivie})}')


def lire_liste(suivie):
    """(its address, its criteria, its sort) of the list that « ?liste=… » of a demande holds, as a query; None when it
    is none: the demande is shown all the same.
    """
    saisis = dict(parse_qsl(suivie[:2000]))
    tri, numero = saisis.get('tri', ''), saisis.get('page', '1')
    criteres = {nom: saisis[nom] for nom in liste.CONDITIONS if saisis.get(nom)} or OUVERTES
    valables = all(liste.CONDITIONS[nom].valable(valeur) for nom, valeur in criteres.items())
    if not valables or tri.removeprefix('-') not in ('', *liste.TRIS) or not re.fullmatch(PAGE, numero):
        return None
    return adresse_de(criteres | {'tri': tri, 'page': numero if numero != '1' else ''}), criteres, tri


def colonnes_sql(noms, *de_plus):
    return ', '.join([*(f'demande.{nom}' for nom in noms), *de_plus])


def adresse_de(criteres, chemin='/espace/demandes', **changes):
    """The address of the list with its criteria; a change of None or '' takes one away."""
    restes = tuple((c, v) for c, v in (criteres | changes).items() if v)
    return f'{chemin}?{_encoder(restes)}' if restes else chemin


_encoder = functools.lru_cache(maxsize=1000)(urlencode)              # a page says twenty to seventy of them


def nom_de(table, cle, sinon=''):
    return table[cle].nom if cle else sinon


def dire_structure(premiere, autres, structures):
    """The structure of the first chef de file, then « + CAUE » (regles.md §9)."""
    nom = nom_de(structures, premiere)
    return ' + '.join([nom, *(structures[cle].court for cle in ids_de(autres))])


def ids_de(autres):
    """The ids that « autres » of a row holds, each once."""
    return [int(cle) for cle in dict.fromkeys((autres or '').split())]


def porte():
    """What the links of a demande carry: « suite=journee » when it was reached from « Ma journée », or its list."""
    if de_la_journee():
        return 'suite=journee'
    suivie = suivre_la_liste()
    return urlencode({'liste': suivie}) if suivie and lire_liste(suivie) else ''


def de_la_journee():
    return parametre('suite') == 'journee'
