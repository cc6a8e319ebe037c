"""Administration, « Calendrier »: the day of the opening, the dated banner, the période électorale, the closing days.

Four forms on one page, each field with a name of its own, so that one error summary serves them all.
"""
from models import Refus
from langue import aujourdhui
from verbes import calendrier, electorale, relais
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
ELECTORALE = (
    Champ('electorale_du', 'Du', 'date', aide='Premier jour, compris.'),
    Champ('electorale_au', 'Au', 'date', aide='Dernier jour, compris\u00a0: celui du scrutin, ou du second tour.'),
)
FERMETURE = (
    Champ('libelle', 'Motif', requis=True, max=100, aide='Par exemple\u00a0: fermeture d\'été. Les mairies le lisent.'),
    Champ('fermeture_du', 'Du', 'date', True, 'Premier jour.'),
    Champ('fermeture_au', 'Au', 'date', aide='Dernier jour\u00a0; vide\u00a0: un seul.'),
)
LIBELLES = {
    'ouvert_le': 'Service ouvert le',
    'bandeau': 'Bandeau, texte', 'bandeau_du': 'Bandeau, du', 'bandeau_au': 'Bandeau, jusqu\'au',
    'electorale_du': 'Période électorale, du', 'electorale_au': 'Période électorale, au',
    'libelle': 'Fermeture, motif', 'fermeture_du': 'Fermeture, du', 'fermeture_au': 'Fermeture, au',
}
CACHES = ('ouvert_le_lu', 'bandeau_lu', 'electorale_lue')           # what the page said when it was read


@app.get(PAGE, qui='administrateur')
@app.get(PAGE + '/<formulaire:re:[a-z-]{1,30}>', qui='administrateur')
def montrer(formulaire='ouverture'):
    """A refused form is shown at its own address: reloaded, or reached after sign-in, it is the page too."""
    if formulaire not in ('ouverture', 'bandeau', 'electorale', 'fermeture', 'fermeture-retirer'):
        raise Refus('Cette page n\'existe pas. Revenez au calendrier.', 404)
    gardes = {nom: v for nom, v in reprise().items() if nom in (*LIBELLES, *CACHES)}
    return _page(200, gardes, {}, bool(gardes))


def _page(status, valeurs, fautes, repris=False):
    reglages = request.contexte['reglages']
    connus = {nom: reglages[nom] for nom in ('ouvert_le', *calendrier.BANDEAU, *electorale.REGLAGES)}
    lus = {'ouvert_le_lu': connus['ouvert_le'], 'bandeau_lu': calendrier.bandeau_lu(reglages),
           'electorale_lue': calendrier.electorale_lue(reglages)}
    return page(
        'calendrier/calendrier.html', status, ouverture=OUVERTURE, champs_du_bandeau=BANDEAU, fermeture=FERMETURE,
        valeurs=connus | lus | valeurs, fautes=fautes, libelles=LIBELLES, repris=repris,
        champs_electoraux=ELECTORALE, **_dire_la_periode(reglages), essais=calendrier.essais_restants(),
        fermetures=[(f.id, f.libelle, relais.dire_periode(f.du, f.au)) for f in calendrier.fermetures()])


def _dire_la_periode(reglages):
    """Where the période électorale stands today: en_cours, passee, a_venir, or aucune; the day of its mail, while it is
    to come.
    """
    du, jour = reglages['electorale_du'], aujourdhui()
    if not du:
        return {'periode': 'aucune', 'averti_le': ''}
    passee = reglages['electorale_au'] < jour
    periode = 'passee' if passee else 'en_cours' if electorale.en_cours(reglages, jour) else 'a_venir'
    averti_le = electorale.avertir_le(du)
    return {'periode': periode, 'averti_le': averti_le if averti_le >= jour else ''}


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


@app.post(f'{PAGE}/electorale', qui='administrateur')
def poser_electorale():
    lu = request.saisies.get('electorale_lue', '')
    return _enregistrer(ELECTORALE, lambda v: calendrier.poser_electorale(v, lu, request.agent))


@app.post(f'{PAGE}/fermeture', qui='administrateur')
def ajouter_fermeture():
    return _enregistrer(FERMETURE, lambda v: calendrier.ajouter_fermeture(**v, agent=request.agent))


@app.post(f'{PAGE}/fermeture-retirer', qui='administrateur')
def retirer_fermeture():
    numero = lire_numero(request.saisies.get('id', ''))
    calendrier.retirer_fermeture(calendrier.fermeture_connue(numero), request.agent)
    aller(f'{PAGE}?fait=enregistre')
