"""What the mail of the day says besides « Ma journée »: the journal, a suppléance that begins, the contents, the revue
annuelle; each once, under a mark that is the same as long as it is the same point (regles.md §8).
"""
from collections import Counter, namedtuple

from peewee import SQL

import models
import langue
from models import Absence, Campagne, Contenu, Demande, Journal, Rappel, Reglage, administrateurs, lire_agents
from langue import aujourdhui, dire_jour, dire_jour_long, plus_jours

from verbes import questions, regles
from verbes.contenus import contenus, electorale
from verbes.courriels import avec_remplacants
from verbes.questions import equipe, presence
from verbes.relais import marque_suppleance
from .clotures import dire_issue

# marque: unique; demande: the one that it is about, or None.
Point = namedtuple('Point', 'marque demande phrase')
AU_JOURNAL = 'du nouveau au journal par '


def points_dus(suspendus):
    """{agent id: [Point]} of all that is due. suspendus: the marks of those that a mail says which has not left."""
    points = {}
    dus = *_suppleances_dues(), *_contenus_dus(), *_revue_due(), *_laissees(), *_journaux_dus(suspendus)
    for agent, point in dus:
        points.setdefault(agent.id, []).append(point)
    return points


def _lundi(jour):
    return plus_jours(jour, -langue.a_paris(jour).weekday())


def _journaux_dus(suspendus):
    """(Agent, Point) of what the journal took since the last working day but one, and of what was to be read in a
    mail that has not left: to the team but its author.
    """
    debut = langue.debut_du_jour(langue.ouvre_avant(aujourdhui(), models.jours_fermes(), 2))
    fin = langue.debut_du_jour(aujourdhui())
    deja = [int(marque.split(':')[1]) for marque in suspendus if marque.startswith('journal:')]
    ecrites = Journal.select().where(                               # [0]: without a number, the whole journal is read
        ((Journal.cree_le >= debut) & (Journal.cree_le < fin)) | Journal.id.in_(deja or [0]),
        Journal.nature.in_([*regles.NATURES, 'reponse', 'statut']), Journal.agent.is_null(False))
    for ligne in ecrites:
        phrase, roles, avis = _dire_du_journal(ligne)
        for agent in avec_remplacants(equipe(ligne.demande, *roles), ligne.demande) if phrase else ():
            if agent.avis_journal in avis and agent.ouvert_le and agent.id != ligne.agent_id:
                yield agent, Point(f'journal:{ligne.id}:{agent.id}', ligne.demande, phrase)


def _dire_du_journal(ligne):
    """(words, roles in the team, choices of avis_journal) of a line that the team reads in the mail of the day; '' when
    it reads nothing, or the act wrote to it at once.

    The end of a demande, and of a « hors compétence », is read too by who wants the lines of agents « aussitôt ».
    """
    demande, par = ligne.demande, f'par {ligne.auteur}'
    if demande.essai:
        return '', (), ()
    if ligne.nature != 'statut':
        return f'{AU_JOURNAL}{ligne.auteur}', (), ('quotidien',)
    avis, avant = ('quotidien', 'immediat'), _statut_avant(ligne)
    if (avant, ligne.statut) == ('rejete', 'attribue_chef'):
        return f'orientée de nouveau {par}', ('associe',), avis     # the others were written to
    if not demande.clos_le or demande.issue in regles.ECARTS:
        return '', (), ()
    if ligne.statut == 'termine':
        return f'close {par}', (), avis
    if (avant, ligne.statut) == ('rejete', 'rejete'):
        repondu = 'réponse envoyée' if demande.restreinte else dire_issue(demande.issue, demande.organisme)
        return f'{repondu} {par}', (), avis
    return '', (), ()


def _statut_avant(ligne):
    """The statut that a line changed, or None."""
    avant = Journal.select(Journal.statut).where(
        Journal.demande == ligne.demande_id, Journal.nature == 'statut', Journal.id < ligne.id)
    return avant.order_by(Journal.id.desc()).limit(1).scalar()


def _laissees():
    """(Agent, Point) of what the acts have left for the mail of the day (dire_au_matin)."""
    for ligne in Rappel.select().where(SQL("phrase <> ''")).order_by(Rappel.fait_le):
        numero = ligne.marque.split(':')[1]
        demande = Demande.get_or_none(Demande.numero == int(numero)) if numero else None
        phrase = ligne.phrase.partition('\u00a0: ')[0] if demande and demande.restreinte else ligne.phrase
        if not numero or demande and not demande.essai:
            yield from _points_de([ligne.agent], f'{ligne.fait_le}:{ligne.marque}', phrase, demande)


def _suppleances_dues():
    """(Agent, Point) of the first working day on which one acts for another: noted before, it was told once already
    (relais.py).
    """
    jour = aujourdhui()
    debuts = Absence.select().where(Absence.suppleant.is_null(False), Absence.du <= jour,
                                    Absence.au.is_null() | (Absence.au >= jour)).order_by(Absence.id)
    for absence in debuts:
        qui = lire_agents('WHERE actif AND agent.id = ?', absence.suppleant_id)
        depuis = 'd\'aujourd\'hui' if absence.du == jour else f'du {dire_jour_long(absence.du)}'
        fin = f', jusqu\'au {dire_jour_long(absence.au)}' if absence.au else ''
        phrase = f'vous agissez pour {absence.agent.nom_complet} à partir {depuis}{fin}'
        if qui and absence.agent.actif and qui[0].id in presence().presents:
            yield qui[0], Point(marque_suppleance(absence), None, phrase)


def _contenus_dus():
    """(Agent, Point) of the contents: the période électorale, a month before it, to the administrateurs;
    a ressource whose day of revision has come, to its author, or to them when nobody reads in the author's place.
    """
    reglages, jour = Reglage.tous(), aujourdhui()
    if electorale.a_annoncer(reglages, jour):
        phrase = (f'période électorale {electorale.dire(reglages)}\u00a0: aucun projet en page d\'accueil, '
                  'une relecture demandée avant de publier')
        yield from _points_de(administrateurs(), f'electorale:{reglages["electorale_du"]}', phrase)
    revues = contenus.publies(jour, contributeurs=True).where(
        Contenu.genre == 'ressource', Contenu.a_revoir_le <= jour).order_by(Contenu.id)
    for ressource in revues:
        auteur = lire_agents('WHERE actif AND agent.id = ?', ressource.agent_id)
        le = ressource.a_revoir_le
        phrase = f'ressource «\u00a0{ressource.titre}\u00a0»\u00a0: à revoir depuis le {dire_jour(le, True)}'
        marque = f'revoir:{ressource.id}:{le}'
        yield from _points_de(auteur, marque, phrase) or _points_de(administrateurs(), marque, phrase)


def _revue_due():
    """(Agent, Point) of the revue annuelle that is open: what is asked of each once a week, until its last day;
    then, of the administrateurs, to close it.
    """
    revue, jour = Campagne.get_or_none(Campagne.close_le.is_null()), aujourdhui()
    if revue is None:
        return
    marque, fin = f'campagne:{revue.annee}:{_lundi(jour)}', dire_jour(revue.ferme_le, True)
    yield from _reponses_a_dire(revue)
    if jour > revue.ferme_le:
        yield from _points_de(administrateurs(), marque, f'revue annuelle {revue.annee}\u00a0: finie le {fin}, à clore')
        return
    combien = Counter(id_ for ids in questions.attendus_a_la_revue().values() for id_ in ids)
    for agent in lire_agents('WHERE agent.actif ORDER BY agent.id') if combien else ():
        if n := combien[agent.id]:
            quoi = 'fiches ou ressources' if n > 1 else 'fiche ou ressource'
            phrase = f'revue annuelle {revue.annee}\u00a0: {n} {quoi} à vérifier, jusqu\'au {fin}'
            yield from _points_de([agent], f'{marque}:{agent.id}', phrase)


def _reponses_a_dire(revue):
    """(Agent, Point) of what is answered of a fiche, once: to its other chefs; of a retrait, to the administrateurs
    too.
    """
    lues = models.db.execute_sql(
        """SELECT une.id, reponse, titre, une.agent_id, auteur.prenom || ' ' || auteur.nom, autre.id
           FROM campagne_reponse AS une JOIN fiche ON fiche.id = fiche_id JOIN agent AS auteur ON auteur.id = agent_id
           JOIN agent AS autre ON autre.actif AND autre.id <> une.agent_id AND (autre.id IN (
             SELECT agent_id FROM pilotage WHERE fiche_id = fiche.id) OR reponse = 'retrait' AND autre.administrateur)
           WHERE campagne_id = ? ORDER BY une.id, autre.id""", (revue.id,)).fetchall()
    for ligne, reponse, titre, auteur, nom, autre in lues:
        phrase = (f'revue annuelle {revue.annee}, «\u00a0{titre}\u00a0»\u00a0: {regles.DITES[reponse]}, '
                  f'dit par {nom}')
        marque = f'dite:{ligne}:{reponse}:{autre}'
        for agent, point in _points_de(lire_agents('WHERE agent.id = ?', autre), marque, phrase):
            if agent.id != auteur:
                yield agent, point


def _points_de(agents, marque, phrase, demande=None):
    """[(Agent, Point)] of the agents who are there, or who act for them."""
    return [(agent, Point(f'{marque}:{agent.id}', demande,
                          f'{phrase} (pour {titulaire.nom_complet})' if titulaire else phrase))
            for agent, titulaire in avec_remplacants(agents, demande).items()
            if agent.ouvert_le and agent.id in presence().joignables]
