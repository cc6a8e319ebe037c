"""The outlines of the communes, brought in on screen: the verb is that of « importer contours », its sentences too.

A file is read outside any transaction; one that is refused changes nothing of the map.
"""
from models import Refus, lecture
from verbes.pilotage import carte
from views import aller, annoncer, app, page, reprise, request
from views.champs import Champ, fichiers

ADRESSE = '/espace/admin/import/contours'
FINS = ('.geojson', '.json')
SANS_INCONNUES = Champ('sans_inconnues', 'Laisser de côté les communes qui ne sont pas dans la liste', 'case')
CHOISISSEZ = 'Choisissez le fichier des contours des communes.'
ATTENDU = 'Un GeoJSON est attendu\u00a0: avec QGIS, «\u00a0Exporter\u00a0», format GeoJSON, WGS\u00a084 (EPSG:4326).'
annoncer(ADRESSE, contours='Les contours sont enregistrés.')


@app.get(ADRESSE, qui='administrateur')
def montrer():
    return _page_contours(reprise())


def _page_contours(saisies, status=200, fautes=None):
    return page('administration/contours/contours.html', status, champ=SANS_INCONNUES, valeurs=saisies,
                fautes=fautes or {}, dessinees=len(carte.formes().communes), sans=carte.sans_contour(),
                fins=','.join(FINS), attendu=ATTENDU, octets_max=carte.OCTETS_MAX)


@app.post(ADRESSE, qui='administrateur', fichiers=True, transaction=False)
def importer():
    saisies = request.saisies
    try:
        carte.importer(_recu(), sans_inconnues=bool(saisies.get(SANS_INCONNUES.nom)), par=request.agent)
    except Refus as refus:
        champ = refus.champ if refus.champ == SANS_INCONNUES.nom else 'fichier'
        with lecture():
            return _page_contours(saisies, 422, {champ: refus.phrase})
    return aller(f'{ADRESSE}?fait=contours')


def _recu():
    """The bytes of the file that was sent."""
    nom, octets = next(iter(fichiers('fichier')), ('', b''))
    if not nom:
        raise Refus(CHOISISSEZ)
    if not nom.lower().endswith(FINS):
        raise Refus(f'«\u00a0{nom[-80:]}\u00a0» n\'est pas un fichier de contours. {ATTENDU}')
    if not octets:
        raise Refus(f'«\u00a0{nom[-80:]}\u00a0» est vide. {CHOISISSEZ}')
    return octets
