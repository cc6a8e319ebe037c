"""« Mes listes »: what an agent keeps of the list of the demandes, under a name; shown in their day too."""
from urllib.parse import parse_qsl, urlencode

from models import ListeGardee
from verbes.demande import listes
from views import aller, annoncer, app, essayer, page, parametre, request
from views.champs import Champ, lire
from views.criteres import adresse_de, lire_liste
from views.entrees import ID, trouver
from .filtres import dire_filtres

PAGE = '/espace/listes'
CHAMPS = (
    Champ('nom', 'Nom de la liste', requis=True, max=60, aide='Par exemple\u00a0: mes urgences de Comminges.'),
    Champ('liste', '', 'cache', max=listes.CRITERES_MAX),
)
annoncer(PAGE, liste_gardee='La liste est gardée.', liste_retiree='La liste est retirée.')


@app.get(PAGE, qui='agent')
def montrer():
    """Those of an agent; with « liste », a view to keep, as the list gives its address."""
    return _page({'liste': parametre('liste')})


def _page(valeurs, status=200, fautes=None):
    lignes = [(une.id, une.nom, adresse_de(dict(parse_qsl(une.criteres))), dire_filtres(_criteres(une.criteres)))
              for une in listes.lister(request.agent)]
    a_garder = _criteres(valeurs['liste']) if valeurs['liste'] else None
    return page('demande/espace/listes.html', status, gardees=lignes, champ=CHAMPS[0], valeurs=valeurs,
                fautes=fautes or {}, a_garder=dire_filtres(a_garder) if a_garder else [])


def _criteres(suivie):
    """The criteria of a view; {} of what the list does not know (any more)."""
    liste = lire_liste(suivie)
    return liste[1] if liste else {}


@app.post(PAGE, qui='agent')
def garder():
    valeurs, fautes = lire(CHAMPS)
    liste = lire_liste(valeurs['liste'])
    if liste is None:
        fautes[''] = ('Cette liste n\'existe pas\u00a0: filtrez les demandes, puis choisissez '
                      '«\u00a0Garder cette liste\u00a0».')
    _, fautes, code = essayer(fautes, listes.garder, request.agent, valeurs['nom'], _dire_liste(liste))
    return _page(valeurs, code, fautes) if fautes else aller(f'{PAGE}?fait=liste_gardee')


def _dire_liste(liste):
    """The filters and the sort of a view, without its page."""
    _, criteres, tri = liste or ('', {}, '')
    return urlencode(criteres | ({'tri': tri} if tri else {}))


@app.post(f'{PAGE}/{ID}/retirer', qui='agent')
def retirer(id):
    listes.retirer(request.agent, trouver(ListeGardee, id, listes.INCONNUE))
    aller(f'{PAGE}?fait=liste_retiree')
