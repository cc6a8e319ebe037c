"""Administration, « Calendrier »: the day of the opening, the dated banner, the mandates, the période électorale, the
closing days.

Five forms on one page, each field with a name of its own, so that one error summary serves them all.
"""
from models import Refus, en_periode_electorale
from langue import aujourdhui
from verbes import relais, valeurs
from verbes.administration import calendrier
from verbes.contenus import electorale
from verbes.exploitation import reste
from verbes.questions import est_ouvert
from verbes.reglages import regler
from views import aller, app, page, request
from views.champs import Champ
from views.entrees import lire_numero
from views.tenue import Tenue, forme, lire, tenir

PAGE = '/espace/admin/calendrier'
OUVERTURE = (
    Champ('ouvert_le', 'Service ouvert le', 'date', aide='Vide\u00a0: le jour n\'est pas encore fixé.', classe='court'),
)
BANDEAU = (
    Champ('bandeau', 'Texte', aide='Une phrase. Vide\u00a0: pas de bandeau.', max=300),
    Champ('bandeau_du', 'Du', 'date', aide='Vide\u00a0: dès aujourd\'hui.'),
    Champ('bandeau_au', 'Jusqu\'au', 'date', aide='Dernier jour, compris. À dire dès qu\'il y a un texte.'),
)
MANDATS = tuple(Champ(cle, valeurs.REGLAGES[cle].libelle, 'date', aide=valeurs.REGLAGES[cle].aide)
                for cle in ('mandat_departemental', 'elections_le'))
ELECTORALE = (
    Champ('electorale_du', 'Du', 'date', aide='Premier jour, compris.'),
    Champ('electorale_au', 'Au', 'date', aide='Dernier jour, compris\u00a0: celui du scrutin, ou du second tour.'),
    Champ('electorale_lecteurs', 'Suspendre les lecteurs des chiffres ces jours-là', 'case',
          aide='Ils ne se connectent plus, jusqu\'au dernier jour compris\u00a0; la page de connexion le leur dit.'),
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
    'electorale_lecteurs': 'Période électorale, lecteurs suspendus',
    'libelle': 'Fermeture, motif', 'fermeture_du': 'Fermeture, du', 'fermeture_au': 'Fermeture, au',
}
# Each form: what it is in a sentence, its fields.
FORMULAIRES = {
    'ouverture':  ('Le jour de l\'ouverture', OUVERTURE),
    'bandeau':    ('Le bandeau', BANDEAU),
    'mandats':    ('Un de ces jours', MANDATS),
    'electorale': ('La période électorale', ELECTORALE),
    'fermeture':  ('', FERMETURE),
}


@app.get(PAGE, qui='administrateur')
@app.get(PAGE + '/<formulaire:re:[a-z-]{1,30}>', qui='administrateur')
def montrer(formulaire='ouverture'):
    """A refused form is shown at its own address: reloaded, or reached after sign-in, it is the page too."""
    if formulaire not in (*FORMULAIRES, 'fermeture-retirer'):
        raise Refus('Cette page n\'existe pas. Revenez au calendrier.', 404)
    return _page()


def _tenue(nom):
    quoi, champs = FORMULAIRES[nom]
    reglages = request.contexte['reglages']
    connues = {c.nom: reglages[c.nom] for c in champs if c.nom in reglages}
    return Tenue(f'reglages/{nom}', quoi, champs, connues, libelles=LIBELLES)


def _page(formulaire='', *revenue):
    reglages = request.contexte['reglages']
    formes = {nom: forme(_tenue(nom), *(revenue if nom == formulaire else ())) for nom in FORMULAIRES}
    revenu = formulaire or next((nom for nom, une in formes.items() if une['repris']), 'ouverture')
    return page(
        'administration/calendrier/calendrier.html', *revenue[:1], formes=formes,
        revenu=formes[revenu],
        **_dire_la_periode(reglages), essais=calendrier.essais_restants(), fermetures=_fermetures())


def _fermetures():
    """[(id, why, days in words, the numbers of what was promised then, whether of one day alone)]."""
    promis = list(calendrier.rappels_promis())
    return [(f.id, f.libelle, relais.dire_periode(f.du, f.au), [n for id_, n in promis if id_ == f.id], f.du == f.au)
            for f in calendrier.fermetures()]


def _dire_la_periode(reglages):
    """Where the période électorale stands today: en_cours, passee, a_venir, or aucune; the day of its mail, while it is
    to come.
    """
    du, jour = reglages['electorale_du'], aujourdhui()
    if not du:
        return {'periode': 'aucune', 'averti_le': ''}
    passee = reglages['electorale_au'] < jour
    periode = 'passee' if passee else 'en_cours' if en_periode_electorale(reglages, jour) else 'a_venir'
    averti_le = electorale.avertir_le(du)
    return {'periode': periode, 'averti_le': averti_le if averti_le >= jour else ''}


def _enregistrer(nom, verbe, puis=lambda: aller(f'{PAGE}?fait=enregistre')):
    """Read a form, then do the verb; the page again, as typed, when it is refused."""
    tenue = _tenue(nom)
    valeurs, fautes = lire(tenue.champs)
    _, fautes, code = tenir(tenue, valeurs, fautes, verbe, valeurs)
    return _page(nom, code, valeurs, fautes) if fautes else puis()


@app.post(f'{PAGE}/ouverture', qui='administrateur')
def fixer_ouverture():
    """Opening is asked twice: first what remains to be settled, and what cannot be taken back."""
    saisies, fautes = lire(OUVERTURE)
    if not fautes and _ouvrirait(saisies['ouvert_le']) and not request.saisies.get('confirme'):
        return _enregistrer('ouverture', lambda v: None, lambda: _page_ouvrir(saisies['ouvert_le']))
    return _enregistrer('ouverture', lambda v: calendrier.fixer_ouverture(v['ouvert_le'], request.agent))


def _ouvrirait(jour):
    connu = request.contexte['reglages']['ouvert_le']
    return jour and jour != connu and not est_ouvert(connu, aujourdhui())


def _page_ouvrir(jour):
    return page('administration/calendrier/ouvrir.html', jour=jour, vue=request.saisies.get('vue', ''),
                aussitot=est_ouvert(jour, aujourdhui()), restent=reste.avant_d_ouvrir(),
                etats=reste.ETATS, essais=calendrier.essais_restants())


@app.post(f'{PAGE}/bandeau', qui='administrateur')
def poser_bandeau():
    return _enregistrer('bandeau', lambda v: calendrier.poser_bandeau(v, request.agent))


@app.post(f'{PAGE}/mandats', qui='administrateur')
def dater_les_mandats():
    return _enregistrer('mandats', lambda v: regler(v, request.agent))


@app.post(f'{PAGE}/electorale', qui='administrateur')
def poser_electorale():
    return _enregistrer('electorale', lambda v: calendrier.poser_electorale(v, request.agent))


@app.post(f'{PAGE}/fermeture', qui='administrateur')
def ajouter_fermeture():
    return _enregistrer('fermeture', lambda v: calendrier.ajouter_fermeture(**v, agent=request.agent))


@app.post(f'{PAGE}/fermeture-retirer', qui='administrateur')
def retirer_fermeture():
    numero = lire_numero(request.saisies.get('id', ''))
    calendrier.retirer_fermeture(calendrier.fermeture_connue(numero), request.agent)
    aller(f'{PAGE}?fait=enregistre')
