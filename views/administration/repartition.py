"""A chef's table: the experts of their structure, and what one of them hands to a colleague (regles.md §7)."""
from models import Refus, jours_fermes
from langue import dire_nombre
from verbes.administration import passation, repartition, succession
from verbes.demande import liste
from views import aller, app, choix, page, request
from views.champs import Champ, lire
from views.criteres import lire_criteres
from views.entrees import NUMERO, trouver_agent

from . import passations

ADRESSE = '/espace/demandes/experts'
UN = f'{ADRESSE}/<numero:re:{NUMERO}>'
VERS = Champ('defaut', 'Confier à', 'choix', True, 'Les experts de votre structure.')


@app.get(ADRESSE, qui='agent')
def montrer_les_experts():
    repartition.exiger_la_table(request.agent)
    return page('administration/repartition/experts.html', experts=repartition.experts(request.agent),
                structure=request.agent.direction.structure.nom)


@app.get(UN, qui='agent')
def montrer_un_expert(numero):
    """The filters of the list that led here tick their rows."""
    expert, criteres = _expert(numero), lire_criteres()
    vues = {vue for vue, in liste.lister(request.agent, criteres, '', 'demande.numero')} if criteres else ()
    lignes = repartition.tenir(expert, request.agent)
    return _page(expert, {ligne.cle: 'oui' for ligne in lignes if ligne.objet.demande_id in vues})


@app.post(UN, qui='agent', transaction=False)
def repartir(numero):
    return passations.soumettre(lambda: _expert(numero), _lire_choix, repartition.preparer, _page)


@app.post(f'{UN}/annuler', qui='agent')
def annuler_la_repartition(numero):
    if not _est_sienne(_expert(numero)):
        raise Refus('Il n\'y a ici rien à annuler.', 409)
    passation.annuler(passation.derniere(_expert(numero)), request.agent)
    aller(f'{ADRESSE}/{numero}')


def _est_sienne(expert):
    """Is the last hand-over of an expert one that this chef has done here?"""
    derniere, agent = passation.derniere(expert), request.agent
    return derniere and derniere.genre == repartition.GENRE and (derniere.par_id == agent.id or agent.administre)


def _expert(numero):
    """The Agent of a number, of the structure of this chef; Refus 403, 404."""
    repartition.exiger_la_table(request.agent)
    expert = trouver_agent(numero)
    if expert.direction.structure_id != request.agent.direction.structure_id:
        raise Refus(repartition.PAS_CHEF, 403)
    return expert


def _champs(expert):
    return [VERS._replace(choix=(choix.A_CHOISIR, *choix.agents(
        expert.direction.structure_id, seule=expert.direction.structure_id, sauf={expert.id})))]


def _lire_choix(expert):
    """(what was typed, faults of form, Choix): the lines are those that are ticked."""
    valeurs, fautes = lire(_champs(expert))
    cochees = {ligne.cle: 'oui' for ligne in repartition.tenir(expert, request.agent) if ligne.cle in request.saisies}
    saisi = succession.Choix(repartition.GENRE, '', '', '', valeurs['defaut'], cochees)
    return valeurs | cochees, fautes, saisi


def _page(expert, valeurs, status=200, fautes=None, plan=None, bouge=''):
    lignes, fermes = repartition.tenir(expert, request.agent), jours_fermes()
    return passations.montrer(
        'administration/repartition/expert.html', expert, True, lignes, _champs(expert), status, fautes or {}, plan,
        bouge, dire_suite=lambda plan: '', adresse=f'{ADRESSE}/{expert.id}', valeurs=valeurs,
        bouton=lambda plan, apercu: f'Confier {dire_nombre(apercu.lignes, "demande")} à {apercu.repris[0][0]}',
        rangees=[passations.rangee(ligne, 'case', valeurs.get(ligne.cle, ''), fermes) for ligne in lignes],
        repartie=_est_sienne(expert))
