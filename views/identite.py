"""The logo and the two colours of a département: the page that sets them, and the addresses that serve them.

Each address carries the mark of what it gives, which never changes under it: browsers keep it.
"""
from bottle import HTTPError, HTTPResponse

from verbes import identite, reglages
from views import aller, app, page, reprise, request, tenter
from views.champs import Champ, fichiers, lire

IDENTITE = '/espace/admin/identite'
CHAMPS = (
    Champ('sans_logo', 'Retirer le logo', 'case'),
    Champ('couleur', 'Couleur principale', max=7, aide=(
        'Des boutons, des liens, de l\'en-tête et du pied de page. Un dièse et six chiffres ou lettres, par exemple '
        '#1f4e79. Vide\u00a0: le bleu pastel de la Plateforme.')),
    Champ('couleur_accent', 'Couleur d\'accent', max=7, aide=(
        'Du bouton «\u00a0Faire une demande\u00a0», des filets et des repères. Vide\u00a0: le rouge brique de la '
        'Plateforme.')),
)
LIBELLES = {'logo': 'Logo'} | {champ.nom: champ.libelle for champ in CHAMPS}


@app.get('/logo-<marque:re:[0-9a-f]{12}>', qui='public')
def servir_logo(marque):
    logo = identite.lire_logo(request.contexte['reglages']['logo'])
    if logo is None or logo.empreinte != marque:
        raise HTTPError(404)
    return _durable(logo.octets, logo.type)


@app.get('/couleurs-<marque:re:[0-9a-f]{12}>.css', qui='public')
def servir_couleurs(marque):
    choisies = request.contexte['reglages']
    empreinte, texte = identite.feuille(choisies['couleur'], choisies['couleur_accent'])
    if empreinte != marque:
        raise HTTPError(404)
    return _durable(texte, 'text/css; charset=utf-8')


def _durable(corps, type_):
    return HTTPResponse(corps, headers={
        'Content-Type': type_, 'Cache-Control': 'public, max-age=31536000, immutable'})


@app.get(IDENTITE, qui='administrateur')
def montrer_identite():
    return _page_identite(request.contexte['reglages'] | reprise())


@app.post(IDENTITE, qui='administrateur', fichiers=True)
def enregistrer_identite():
    (valeurs, fautes), vue = lire(CHAMPS), request.saisies.get('vue', '')
    recus = fichiers('logo')
    logo = b'' if valeurs['sans_logo'] else recus[0][1] if recus else None
    if fautes:
        return _page_identite(valeurs, fautes, 422, vue)
    couleurs = {cle: valeurs[cle] for cle in identite.RAMPES}
    _, refus = tenter(identite.habiller, couleurs, request.agent, logo, vue)
    if refus:
        vue = reglages.remarquer(vue, refus, request.contexte['reglages'])
        return _page_identite(valeurs, {refus.champ: refus.phrase}, refus.code, vue)
    aller(f'{IDENTITE}?fait=enregistre')


def _page_identite(valeurs, fautes=None, status=200, vue=''):
    choisies = request.contexte['reglages']
    vue = vue or reglages.marquer({cle: choisies[cle] for cle in identite.RAMPES})
    contrastes = [(champ.libelle, identite.dire_contraste(identite.pire_contraste(
        champ.nom, choisies[champ.nom], choisies['couleur']))) for champ in CHAMPS[1:] if choisies[champ.nom]]
    return page('identite/identite.html', status, champs={champ.nom: champ for champ in CHAMPS}, valeurs=valeurs,
                fautes=fautes or {}, libelles=LIBELLES, contrastes=contrastes, vue=vue,
                repris=status == 200 and bool(reprise()))
