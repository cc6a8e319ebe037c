"""« Reste à régler », the home of the administration, and what a département dates there. The facts are read by
verbes/reste.py.
"""
from models import Reglage, est_ouvert
from langue import aujourdhui, dire_nombre
from verbes import reglages, reste
from views import aller, app, page, reprise, request, tenter
from views.champs import Champ, lire

OBLIGATIONS = '/espace/admin/obligations'


@app.get('/espace/admin', qui='administrateur')
def accueil():
    groupes, faits = reste.groupes()
    ouvert_le = request.contexte['reglages']['ouvert_le']
    avant = [ligne for *_, lignes in groupes[:-1] for ligne in lignes]
    return page('reste/accueil.html', groupes=groupes, avancement=reste.compter(avant), etats=reste.ETATS,
                compter=reste.compter, liens=_aller_a(faits), ouvert_le=ouvert_le,
                ouvert=est_ouvert(ouvert_le, aujourdhui()))


def _aller_a(f):
    """[(address, name, what is there)] of the pages of the administration."""
    jamais = f', dont {dire_nombre(f["jamais"], "jamais ouvert")}' if f['jamais'] else ''
    return (
        ('/espace/admin/comptes', 'Comptes', f'{f["comptes"]}{jamais}'),
        ('/espace/admin/structures', 'Structures', dire_nombre(f['directions'], 'direction')),
        ('/espace/redaction', 'Catalogue', dire_nombre(f['fiches'], 'fiche', 'publiée')),
        ('/espace/admin/collectivites', 'Collectivités', dire_nombre(f['collectivites'])),
        ('/espace/admin/reglages', 'Réglages', ''),
        ('/espace/admin/identite', 'Logo et couleurs', ''),
        ('/espace/admin/calendrier', 'Calendrier', f'{dire_nombre(f["fermetures"], "fermeture")} à venir'),
        ('/espace/admin/textes', 'Pages légales', dire_nombre(f['pages'], 'page')),
        ('/espace/admin/courriels', 'Courriels', dire_nombre(f['modeles'], 'texte')),
        ('/espace/admin/recherches', 'Recherches', f'{f["recherches"]} sans réponse'),
        ('/espace/admin/supervision', 'Supervision', f'{dire_nombre(f["attendent"], "courriel")} en attente'))


# ======================================================================================
# The lines that are only dated
# ======================================================================================

@app.get(OBLIGATIONS, qui='administrateur')
def montrer_obligations():
    lignes = reste.a_dater(Reglage.select())
    valeurs = {f'{r.cle}_le': r.regle_le or '' for r in lignes} | {f'{r.cle}_reference': r.valeur for r in lignes}
    return _page_obligations(lignes, valeurs | reprise())


@app.post(OBLIGATIONS, qui='administrateur')
def enregistrer_obligations():
    lignes, vue = reste.a_dater(Reglage.select()), request.saisies.get('vue', '')
    valeurs, fautes = lire([champ for r in lignes for champ in _champs(r)])
    if fautes:
        return _page_obligations(lignes, valeurs, fautes, 422, vue)
    dites = {r.cle: (valeurs[f'{r.cle}_le'], valeurs[f'{r.cle}_reference']) for r in lignes}
    _, refus = tenter(reglages.dater, dites, request.agent, vue)
    if refus:
        vue = reglages.remarquer(vue, refus, _dites(lignes))
        return _page_obligations(lignes, valeurs, {f'{refus.champ}_le': refus.phrase}, refus.code, vue)
    aller('/espace/admin?fait=enregistre')


def _dites(lignes):
    return {r.cle: reglages.dire_datee(r.regle_le, r.valeur) for r in lignes}


def _champs(r):
    return (Champ(f'{r.cle}_le', 'Fait le', 'date'), Champ(f'{r.cle}_reference', 'Référence'))


def _page_obligations(lignes, valeurs, fautes=None, status=200, vue=''):
    vue = vue or reglages.marquer(_dites(lignes))
    groupes = [(r.cle, r.libelle, _champs(r)) for r in lignes]
    return page('reste/obligations.html', status, groupes=groupes, valeurs=valeurs, fautes=fautes or {},
                libelles={champ.nom: f'{libelle}, {champ.libelle.lower()}' for _, libelle, champs in groupes
                          for champ in champs}, vue=vue, repris=status == 200 and bool(reprise()))
