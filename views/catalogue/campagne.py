"""« Revue annuelle »: to who pilots fiches or wrote ressources, one page with theirs; to the administrateurs, its
opening, how far it is, its report, its closing.
"""
import models
from models import Campagne, CampagneReponse, Fiche, Refus
from verbes.catalogue import campagne
from verbes.etiquettes import libelles
from verbes.regles import DITES
from views import aller, annoncer, app, essayer, page, request, vitrine
from views.champs import Champ
from views.entrees import ID, trouver
from views.tenue import Tenue, formulaire, page_tenue

SIENNE, ADMIN = '/espace/redaction/campagne', '/espace/admin/campagne'
UNE = f'{ADMIN}/<annee:re:[12][0-9]{{3}}>'
annoncer(SIENNE, dite='Votre réponse est enregistrée.')
annoncer(ADMIN, revue_ouverte='La revue est ouverte\u00a0: chacun trouve ses fiches dans sa journée.',
         revue_close='La revue est close.', jour_change='Le dernier jour est changé\u00a0: les rappels le disent.',
         revue_annulee='La revue est annulée\u00a0: plus rien n\'est demandé à personne.')
POURQUOI = Champ('pourquoi', 'Pourquoi la retirer', 'long', True, 'Lu par les administrateurs, qui décident\u00a0: '
                 'le service n\'existe plus, une autre fiche dit la même chose…', max=500)


# ---- Who pilots fiches ----

@app.get(SIENNE, qui='agent')
def miennes(status=200, faute=''):
    """What is asked of this agent, then what is answered of theirs."""
    attendues, dites = campagne.les_miennes(request.agent)
    return page('catalogue/campagne/miennes.html', status, revue=campagne.ouverte(), attendues=attendues, dites=dites,
                agees=_agees(attendues), faute=faute, reponses=DITES, mon_id=request.agent.id)


def _agees(lignes):
    """{id of a Ligne of a fiche: what ages in it}."""
    par_fiche = {ligne.objet: ligne.id for ligne in lignes if ligne.genre == 'fiche'}
    cherches = campagne.mots_cherches() if par_fiche else {}
    fiches = {f['id']: f for f in vitrine.lire_fiches(Fiche.id.in_(list(par_fiche)))} if par_fiche else {}
    return {par_fiche[fiche.id]: {
        'fiche': fiches[fiche.id], 'mots': fiche.mots, 'depuis': campagne.inchanges_depuis(fiche),
        'portes': campagne.portes_a_verifier(fiche), 'cherches': cherches.get(fiche.id, ())}
        for fiche in Fiche.select().where(Fiche.id.in_(list(par_fiche)))}


def _ligne(id):
    """(the Campagne, its Ligne) of an address; Refus 404, 403."""
    demandee = trouver(CampagneReponse, id, 'La revue annuelle ne demande rien sous ce numéro. Revenez à vos fiches.')
    ligne, = campagne.lire(demandee.campagne, request.agent, demandee.id)
    if not campagne.peut_repondre(ligne, request.agent):
        raise Refus('Cette page est réservée aux administrateurs et à qui pilote la fiche.', 403)
    return demandee.campagne, ligne


@app.post(f'{SIENNE}/{ID}/exacte', qui='agent')
def dire_exacte(id):
    _, fautes, code = essayer({}, campagne.repondre, *_ligne(id), request.agent, 'exacte')
    return miennes(code, fautes['']) if fautes else aller(f'{SIENNE}?fait=dite')


def _tenue(revue, ligne):
    return Tenue(f'{ligne.genre}:{ligne.objet}/retrait', '', (POURQUOI,), {})


def _page_de_retrait(revue, ligne, *revenue):
    return page_tenue('catalogue/campagne/retrait.html', _tenue(revue, ligne), *revenue, revue=revue, ligne=ligne)


formulaire(f'{SIENNE}/{ID}', 'agent', _ligne, _tenue, _page_de_retrait, lambda revue, ligne, lues: campagne.repondre(
    revue, ligne, request.agent, 'retrait', lues['pourquoi']), f'{SIENNE}?fait=dite')


# ---- The administrateurs ----

def _dernier_jour(annee):
    return Champ('ferme_le', 'Réponses jusqu\'au', 'date', True, f'Un jour ouvré de {annee}.', classe='court')


def _tenue_d_ouverture():
    annee, jour = campagne.proposee()
    return Tenue('campagne:', '', (_dernier_jour(annee),), {}, proposees={'ferme_le': jour})


def _revues(*revenue):
    ouverte = campagne.ouverte()
    return page_tenue('catalogue/campagne/liste.html', _tenue_d_ouverture(), *revenue, annee=campagne.proposee()[0],
                      ouverte=ouverte, apercu=None if ouverte else campagne.apercu(),
                      toutes=list(Campagne.select().order_by(Campagne.annee.desc())))


def _ouvrir(lues):
    annee, _ = campagne.proposee()
    campagne.ouvrir(request.agent, annee, lues['ferme_le'])
    return annee


formulaire(ADMIN, 'administrateur', tuple, _tenue_d_ouverture, _revues, _ouvrir,
           lambda annee: f'{ADMIN}/{annee}?fait=revue_ouverte')


def _revue(annee):
    revue = Campagne.get_or_none(Campagne.annee == int(annee))
    if revue is None:
        raise Refus('Il n\'y a pas de revue annuelle de cette année-là. Revenez à la liste.', 404)
    if revue.ouverte_par_id:                                        # the page is made once the base is closed
        models.lier(revue, 'ouverte_par', models.lire_agents('WHERE agent.id = ?', revue.ouverte_par_id)[0])
    return revue,


def _tenue_du_jour(revue):
    return Tenue(f'campagne:{revue.id}', 'Cette revue annuelle', (_dernier_jour(revue.annee),),
                 {'ferme_le': revue.ferme_le})


def _suivre(revue, status=200, saisies=None, fautes=None, faute=''):
    """How far it is; once it is closed, its report."""
    lignes = campagne.lire(revue, request.agent)
    par_etat = {etat: [ligne for ligne in lignes if campagne.etat_de(ligne) == etat] for etat in (
        *DITES, '', 'sortie')}
    directions = [(id_, nombres, campagne.noms_de(attendus)) for id_, nombres, attendus in
                  campagne.par_direction(lignes)]
    return page_tenue('catalogue/campagne/suivi.html', _tenue_du_jour(revue), status, saisies, fautes, revue=revue,
                      total=len(lignes), par_etat=par_etat, directions=directions, faute=faute, noms=libelles(),
                      ferme=campagne.se_clot(revue), annulable=campagne.s_annule(revue))


formulaire(UNE, 'administrateur', _revue, _tenue_du_jour, _suivre, lambda revue, lues: campagne.changer_le_jour(
    revue, request.agent, lues['ferme_le']), lambda _, revue: f'{ADMIN}/{revue.annee}?fait=jour_change')


@app.post(f'{UNE}/clore', qui='administrateur')
def clore(annee):
    return _finir(annee, campagne.clore, f'{ADMIN}/{annee}?fait=revue_close')


@app.post(f'{UNE}/annuler', qui='administrateur')
def annuler(annee):
    return _finir(annee, campagne.annuler, f'{ADMIN}?fait=revue_annulee')


def _finir(annee, verbe, vers):
    _, fautes, code = essayer({}, verbe, *_revue(annee), request.agent)
    return _suivre(*_revue(annee), code, faute=fautes['']) if fautes else aller(vers)
