"""The logo, the two colours, the drawing of a département: the page that sets them, the addresses that serve them.

Each address carries the mark of what it gives, which never changes under it: browsers keep it.
"""
from bottle import HTTPError, HTTPResponse

from verbes.administration import identite
from verbes.contenus import images
from views import aller, app, request
from views.champs import Champ, fichiers
from views.tenue import Tenue, a_jour, lire, page_tenue, tenir

IDENTITE = '/espace/admin/identite'
CHAMPS = (
    Champ('sans_logo', 'Retirer le logo', 'case'),
    Champ('couleur', 'Couleur principale', max=7, aide=(
        'Des boutons, des liens, de l\'en-tête et du pied de page. Un dièse et six chiffres ou lettres, par exemple '
        '#1f4e79. Vide\u00a0: le bleu de la Plateforme.')),
    Champ('couleur_accent', 'Couleur d\'accent', max=7, aide=(
        'Du bouton «\u00a0Faire une demande\u00a0», des filets et des repères. Vide\u00a0: le rouge de la '
        'Plateforme.')),
)
PAYSAGE = Champ('paysage', 'Dessin de l\'accueil', 'radio', True, choix=tuple(identite.PAYSAGES.items()), aide=(
    'À l\'accueil et sur la couverture du guide, dans les deux couleurs.'))
LOGO = Champ('logo', 'Logo', 'fichiers')
REGLES = (*identite.RAMPES, 'paysage')


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
    return _page_identite()


@app.post(IDENTITE, qui='administrateur', fichiers=True)
def enregistrer_identite():
    tenue, envois = _tenue(), fichiers('logo')
    valeurs, fautes = lire((*CHAMPS, PAYSAGE))
    sans_logo = bool(valeurs['sans_logo'])
    logo = envois[0][1] if envois and not sans_logo else None
    choix = {cle: dit for cle, dit in a_jour(tenue, valeurs).items() if cle in REGLES}
    fautes = identite.comprendre(choix, logo)[1] | fautes
    _, fautes, code = tenir(tenue, valeurs, fautes, identite.habiller, choix, request.agent, logo, sans_logo)
    if fautes:
        return _page_identite(code, valeurs, fautes)
    aller(f'{IDENTITE}?fait=enregistre')


def _tenue():
    choisies = request.contexte['reglages']
    return Tenue('reglages/identite', '', (*CHAMPS, PAYSAGE, LOGO), {cle: choisies[cle] for cle in REGLES},
                 par_cle=str)


def _page_identite(*revenue):
    choisies = request.contexte['reglages']
    contrastes = [(champ.libelle, identite.dire_contraste(identite.pire_contraste(
        champ.nom, choisies[champ.nom], choisies['couleur']))) for champ in CHAMPS[1:] if choisies[champ.nom]]
    return page_tenue('administration/identite/identite.html', _tenue(), *revenue, contrastes=contrastes,
                      limites=(images.LOGO_COTE, images.LOGO_OCTETS))
