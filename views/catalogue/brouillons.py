"""The brouillons of the catalogue, published together: read first, then all or none."""
from collections import namedtuple

from verbes.catalogue import catalogue
from verbes.journal import CHANGE, empreinte
from views import aller, annoncer, app, page, request

PAGE = '/espace/redaction/brouillons'
MANQUE = 'Cochez au moins une fiche\u00a0: rien n\'est publié.'
# refus: why it may not be published, ''; dits: [(label, text)] of what the public will read.
Brouillon = namedtuple('Brouillon', 'fiche theme chef refus dits')
annoncer('/espace/redaction', publiees='Les fiches sont publiées.')


@app.get(PAGE, qui='administrateur')
def choisir():
    return _page()


@app.post(PAGE, qui='administrateur')
def publier():
    """Read them first, then do it: the same form, « confirmer », as long as they say what was read."""
    fiches = [f for f in catalogue.brouillons() if request.saisies.get(f'fiche_{f.id}')]
    if not fiches:
        return _page(422, faute=MANQUE)
    if request.saisies.get('confirmer') and request.saisies.get('vu') != _marque(fiches):
        return _page(409, fiches, faute=f'Une de ces fiches {CHANGE}')
    if request.saisies.get('confirmer') and not catalogue.publier_ensemble(fiches, request.agent):
        aller('/espace/redaction?fait=publiees')
    return _page(409 if request.saisies.get('confirmer') else 200, fiches)


def _page(status=200, choisies=(), faute=''):
    """The list to choose from; or, once chosen, what each says, and why some may not be published."""
    refusees = catalogue.publier_ensemble(choisies, request.agent, essai=True) if choisies else {}
    retenues = [f for f in choisies if f.id not in refusees]
    vues = [_presenter(f, refusees.get(f.id, '') if choisies else catalogue.empechement(f))
            for f in choisies or catalogue.brouillons()]
    return page('catalogue/brouillons/brouillons.html', status, brouillons=vues, faute=faute, relit=bool(choisies),
                vu=_marque(retenues), combien=len(retenues))


def _presenter(fiche, refus):
    champs = catalogue.champs_de(fiche)
    lus = [(catalogue.CHAMPS[nom], catalogue.montrer(nom, champs[nom]))
           for nom in (*catalogue.RETABLIS, 'direction') if champs[nom]]
    return Brouillon(fiche, champs['theme'], champs['chef_de_file'] or 'aucun chef de file', refus, lus)


def _marque(fiches):
    return empreinte([(f.id, catalogue.champs_de(f)) for f in fiches])
