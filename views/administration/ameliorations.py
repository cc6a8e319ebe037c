"""« Proposer une amélioration », for every agent; what was proposed, for the administrateurs."""
from models import Amelioration
from verbes.administration import ameliorations
from views import aller, annoncer, app, page, request
from views.champs import Champ
from views.entrees import ID, trouver
from views.tenue import Tenue, formulaire, objet, page_tenue

PROPOSER = '/espace/ameliorations'
LIRE = '/espace/admin/ameliorations'
CHAMPS = (
    Champ('texte', 'Ce qui serait mieux', 'long', True, max=4000, vide='écrivez ce qui serait mieux',
          aide='Ce que vous faisiez, ce qui vous a gêné, ce que vous attendiez. Ne nommez ni agent ni élu·e.'),
)
annoncer(PROPOSER, ameliore='Merci\u00a0: votre proposition est transmise aux administrateurs.')
annoncer(LIRE, amelioration_lue='Proposition lue.')


def _tenue():
    return Tenue(objet('amelioration', None), 'Cette proposition', CHAMPS, {})


def _page(*revenue):
    return page_tenue('administration/ameliorations/proposer.html', _tenue(), *revenue,
                      siennes=ameliorations.lister(request.agent))


formulaire(PROPOSER, 'agent', tuple, _tenue, _page, lambda valeurs: ameliorations.proposer(valeurs, request.agent),
           f'{PROPOSER}?fait=ameliore')


@app.get(LIRE, qui='administrateur')
def liste():
    return page('administration/ameliorations/liste.html', propositions=ameliorations.lister())


@app.post(f'{LIRE}/{ID}', qui='administrateur')
def marquer(id):
    ameliorations.retenir_lue(trouver(Amelioration, id, 'Cette proposition n\'existe pas.'), request.agent)
    aller(f'{LIRE}?fait=amelioration_lue')
