"""A chef's table: the experts of their structure, what each holds, some of it handed to a colleague by the mechanism of
hand-overs (passation.py): the référent's places of the demandes that this chef leads, and their own (regles.md §7).
"""
from collections import namedtuple

import models
from models import Pilotage, Refus, lire_agents
from langue import aujourdhui

from verbes import questions
from . import succession

GENRE = 'repartition'
INFORMES = 'information_agents'                                     # the dated line on which it opens
FERMEE = ('La répartition entre experts s\'ouvre une fois les agents et leur instance informés\u00a0: un '
          'administrateur de la Plateforme en note la date dans «\u00a0Reste à régler\u00a0».')
PAS_CHEF = 'La répartition entre experts est aux chefs de file, dans leur structure, et aux administrateurs.'
D_AILLEURS = 'Choisissez quelqu\'un de la structure\u00a0: ailleurs, c\'est un administrateur qui confie.'

# ouvertes: how many demandes they follow, of those that the reader may read; absence: today's, or None.
Expert = namedtuple('Expert', 'agent ouvertes absence')


def exiger_la_table(chef):
    """Refus 403, unless this agent leads demandes and the agents have been told that this is done."""
    if not chef.administre and not _dirigees(chef) and not _dirige_une_fiche(chef):
        raise Refus(PAS_CHEF, 403)
    jour = models.jour_de_la_ligne(INFORMES)
    if not jour or jour > aujourdhui():
        raise Refus(FERMEE, 403)


def _dirigees(chef):
    """The numbers of the open demandes that an agent leads and may read, or somebody they act for."""
    ids, lisible = list(chef.identites), questions.lisibles_par(chef)
    return {numero for numero, in models.db.execute_sql(
        f"""SELECT numero FROM membre AS place JOIN demande ON numero = place.demande_id
            WHERE place.role = 'chef_de_file' AND place.agent_id IN ({', '.join('?' * len(ids))})
            AND clos_le IS NULL AND {lisible.sql}""",
        (*ids, *lisible.params))}


def _dirige_une_fiche(chef):
    """Who has just handed over all that they led may still undo it."""
    return Pilotage.select().where(Pilotage.agent.in_([*chef.identites])).exists()


def experts(chef):
    """[Expert] of the structure of a chef, by name: those who follow or lead demandes, or may."""
    lisible, absences = questions.lisibles_par(chef), questions.absences()
    suivies = dict(models.db.execute_sql(
        f"""SELECT membre.agent_id, count(DISTINCT demande_id) FROM membre JOIN demande ON demande.numero = demande_id
            WHERE membre.role <> 'associe' AND demande.clos_le IS NULL AND NOT demande.essai AND {lisible.sql}
            GROUP BY membre.agent_id""", lisible.params).fetchall())
    agents = lire_agents('WHERE actif AND structure.id = ? ORDER BY agent.nom, agent.prenom',
                         chef.direction.structure_id)
    return [Expert(agent, suivies.get(agent.id, 0), absences.get(agent.id)) for agent in agents
            if agent.id in suivies or agent.expert]


def tenir(expert, chef):
    """The Lignes that this chef may hand over, of what an expert of their structure holds."""
    if expert.direction.structure_id != chef.direction.structure_id:
        return []
    roles = ('referent', 'chef_de_file') if chef.administre or expert.id in chef.identites else ('referent',)
    dirigees = None if chef.administre else _dirigees(chef)
    return [ligne for ligne in succession.tenir(expert) if ligne.quoi in roles
            and (dirigees is None or ligne.objet.demande_id in dirigees)]


def preparer(expert, chef, choix):
    """The Plan of what is ticked; all the rest stays."""
    exiger_la_table(chef)
    lignes = tenir(expert, chef)
    siennes = {ligne.cle for ligne in lignes}
    cochees = {cle: choix.defaut for cle in choix.lignes if cle in siennes}
    restent = {ligne.cle: succession.GARDER for ligne in succession.tenir(expert)}
    plan = succession.preparer(expert, chef, choix._replace(lignes=restent | cochees))
    vers, fautes = succession.lire_agent(choix.defaut), plan.fautes
    if vers and vers.direction.structure_id != chef.direction.structure_id:
        fautes = fautes | {'defaut': D_AILLEURS}
    if not cochees:
        fautes = fautes | {'defaut': 'Cochez au moins une demande.'}
    return plan._replace(fautes=fautes, lignes=lignes)              # what the rest is, is not this chef's to count
