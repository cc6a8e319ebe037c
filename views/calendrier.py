"""Administration, « Calendrier »: the day of the opening, the dated banner, the closing days.

Three forms on one page, each field with a name of its own, so that one error summary serves them all.
"""
from models import Refus
from verbes import calendrier, relais
from views import aller, app, essayer, page, reprise, request
from views.champs import Champ, lire
from views.entrees import lire_numero

PAGE = '/espace/admin/calendrier'
OUVERTURE = (
    Champ('ouvert_le', 'Service ouvert le', 'date', aide='Vide\u00a0: le jour n\'est pas encore fixé.', classe='court'),
)
BANDEAU = (
    Champ('bandeau', 'Texte', aide='Une phrase. Vide\u00a0: pas de bandeau.', max=300),
    Champ('bandeau_du', 'Du', 'date', aide='Vide\u00a0: dès aujourd\'hui.'),
    Champ('bandeau_au', 'Jusqu\'au', 'date', aide='Dernier jour, compris. À dire dès qu\'il y a un texte.'),
)
FERMETURE = (
    Champ('libelle', 'Motif', requis=True, max=100, aide='Par exemple\u00a0: fermeture d\'été. Les mairies le lisent.'),
    Champ('fermeture_du', 'Du', 'date', True, 'Premier jour.'),
    Champ('fermeture_au', 'Au', 'date', aide='Dernier jour\u00a0; vide\u00a0: un seul.'),
)
LIBELLES = {
    'ouvert_le': 'Service ouvert le',
    'bandeau': 'Bandeau, texte', 'bandeau_du': 'Bandeau, du', 'bandeau_au': 'Bandeau, jusqu\'au',
    'libelle': 'Fermeture, motif', 'fermeture_du': 'Fermeture, du', 'fermeture_au': 'Fermeture, au',
}
CACHES = ('ouvert_le_lu', 'bandeau_lu')                             # what the page said when it was read


@app.get(PAGE, qui='administrateur')
@app.get(PAGE + '/<formulaire:re:[a-z-]{1,30}>', qui='administrateur')
def montrer(formulaire='ouverture'):
    """A refused form is shown at its own address: reloaded, or reached after sign-in, it is the page too."""
    if formulaire not in ('ouverture', 'bandeau', 'fermeture', 'fermeture-retirer'):
        raise Refus('Cette page n\'existe pas. Revenez au calendrier.', 404)
    gardes = {nom: v for nom, v in reprise().items() if nom in (*LIBELLES, *CACHES)}
    return _page(200, gardes, {}, bool(gardes))


def _page(status, valeurs, fautes, repris=False):
    reglages = request.contexte['reglages']
    connus = {nom: reglages[nom] for nom in ('ouvert_le', *calendrier.BANDEAU)}
    lus = {'ouvert_le_lu': connus['ouvert_le'], 'bandeau_lu': calendrier.bandeau_lu(reglages)}
    return page(
        'calendrier/calendrier.html', status, ouverture=OUVERTURE, champs_du_bandeau=BANDEAU, fermeture=FERMETURE,
        valeurs=connus | lus | valeurs, fautes=fautes, libelles=LIBELLES, repris=repris,
        essais=calendrier.essais_restants(),
        fermetures=[(f.id, f.libelle, relais.dire_periode(f.du, f.au)) for f in calendrier.fermetures()])


def _enregistrer(champs, verbe):
    """Read a form, then do the verb; the page again, as typed, when it is refused."""
    valeurs, fautes = lire(champs)
    _, fautes, code = essayer(fautes, verbe, valeurs)
    if not fautes:
        aller(f'{PAGE}?fait=enregistre')
    lus = {nom: request.saisies.get(nom, '')[:400] for nom in CACHES if code != 409 and nom in request.saisies}
    return _page(code, valeurs | lus, fautes)


@app.post(f'{PAGE}/ouverture', qui='administrateur')
def fixer_ouverture():
    lu = request.saisies.get('ouvert_le_lu', '')
    return _enregistrer(OUVERTURE, lambda v: calendrier.fixer_ouverture(v['ouvert_le'], lu, request.agent))


@app.post(f'{PAGE}/bandeau', qui='administrateur')
def poser_bandeau():
    lu = request.saisies.get('bandeau_lu', '')
    return _enregistrer(BANDEAU, lambda v: calendrier.poser_bandeau(v, lu, request.agent))


@app.post(f'{PAGE}/fermeture', qui='administrateur')
def ajouter_fermeture():
    return _enregistrer(FERMETURE, lambda v: calendrier.ajouter_fermeture(**v, agent=request.agent))


@app.post(f'{PAGE}/fermeture-retirer', qui='administrateur')
def retirer_fermeture():
    numero = lire_numero(request.saisies.get('id', ''))
    calendrier.retirer_fermeture(calendrier.fermeture_connue(numero), request.agent)
    aller(f'{PAGE}?fait=enregistre')
