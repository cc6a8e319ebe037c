"""The home of the administration: what presses, six cards; and what a département dates there. The facts are read by
verbes/exploitation/reste.py.
"""
from langue import aujourdhui, dire_nombre
from verbes import reglages, textes, valeurs
from verbes.exploitation import reste
from verbes.questions import est_ouvert
from views import app, page, request
from views.champs import Champ
from views.tenue import Tenue, a_jour, formulaire, page_tenue

OBLIGATIONS = '/espace/admin/obligations'


@app.get('/espace/admin', qui='administrateur')
def accueil():
    groupes, faits = reste.groupes()
    ouvert_le = request.contexte['reglages']['ouvert_le']
    ouvert = est_ouvert(ouvert_le, aujourdhui())
    avant = [ligne for *_, lignes in groupes[:-1] for ligne in lignes]
    return page('administration/reste/accueil.html', pressent=reste.pressent(groupes), avancement=reste.compter(avant),
                reglees=[ligne for ligne in avant if reste.faite(ligne)], datees=groupes[-1][2],
                dates=reste.compter(groupes[-1][2]), etats=reste.ETATS, dits=_dits(faits, ouvert), ouvert_le=ouvert_le,
                ouvert=ouvert)


def _dits(f, ouvert):
    """{key of a page of the administration: (what is there, does it wait)}; what it has not is not shown."""
    jamais = f', dont {dire_nombre(f["jamais"], "jamais ouvert")}' if f['jamais'] else ''
    attendent = [f'{dire_nombre(f["attendent"], "courriel")} en attente'] * bool(f['attendent']) + [
        f'{dire_nombre(f["ameliorations"], "amélioration")} à lire'] * bool(f['ameliorations'])
    return {
        'comptes': (f'{f["comptes"]}{jamais}', f['jamais']),
        'structures': (dire_nombre(f['directions'], 'direction'), False),
        'redaction': (dire_nombre(f['fiches'], 'fiche', 'publiée'), False),
        'portes': (f'{dire_nombre(f["recherches"], "recherche")} sans réponse' if f['recherches'] else '', False),
        'collectivites': (dire_nombre(f['collectivites']), False),
        'textes': (dire_nombre(sum(map(len, textes.TEXTES.values()))), False),
        'reglages': ('', False),
        'calendrier': (f'{dire_nombre(f["fermetures"], "fermeture")} à venir', False),
        'supervision': (', '.join(attendent), bool(attendent)),
        'audit': ('', False),
    } | ({'lettres': ('', False)} if request.contexte['reglages']['lettres'] == 'oui' else {}) | (
        {'reprise': (dire_nombre(f['reprises'], 'demande', 'ouverte'), False)} if f['reprises'] or not ouvert else {})


# ---- The lines that are only dated ----

def _dater(lignes, saisies):
    neuves = a_jour(_tenue(lignes), saisies)
    reglages.dater({r.cle: (neuves[f'{r.cle}_le'] or '', neuves[f'{r.cle}_reference']) for r in lignes}, request.agent)


def _champs(r):
    return (Champ(f'{r.cle}_le', 'Fait le', 'date'), Champ(f'{r.cle}_reference', 'Référence'))


def _tenue(lignes):
    reponses = {f'{r.cle}_le': r.regle_le for r in lignes} | {f'{r.cle}_reference': r.valeur for r in lignes}
    libelles = {c.nom: f'{r.libelle}, {c.libelle.lower()}' for r in lignes for c in _champs(r)}
    return Tenue('obligations', '', [c for r in lignes for c in _champs(r)], reponses, libelles=libelles,
                 par_cle=lambda nom: nom.rpartition('_')[0])


def _page_obligations(lignes, *revenue):
    groupes = [(r.cle, r.libelle, _champs(r)) for r in lignes]
    return page_tenue('administration/reste/obligations.html', _tenue(lignes), *revenue, groupes=groupes)


formulaire(OBLIGATIONS, 'administrateur', lambda: (reste.a_dater(valeurs.lire()),), _tenue, _page_obligations, _dater,
           '/espace/admin?fait=enregistre')
