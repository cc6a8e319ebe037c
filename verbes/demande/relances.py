"""What the platform writes by itself, once the service is open: the mail of the day, the question to the mairies.

On working days from 7 h. The mail is « Ma journée » as it is then (matin.py): one a person a day, none empty, none to
who is away. One that has not left is written again with what is true by then: there is never a second one beside it.
"""
from datetime import date, timedelta

import models
import langue
from models import Courriel, Demande, Rappel, Reglage, ecriture, lecture, lire_agents
from langue import a_paris, aujourdhui, dire_jour_long

from verbes import questions
from verbes.courriels import deja_ecrit, dire_l_attente, en_main, poster, prevenir_demandeur, rerediger
from verbes.journal import message_laisse_le
from verbes.regles import JOURS_AVANT_LA_DATE
from .matin import ce_matin
from .points import points_dus

PREMIERE_HEURE = 7                                                  # in Paris


def relances(l_heure_est_sure=lambda: True):
    """Write the mails of the day and, when the hour is sure as it writes them, the questions due now; returns how many
    mails. Run as often as wanted: an agent's day is asked once, a mairie too.
    """
    with lecture():
        ouvert_le = Reglage.tous()['ouvert_le']
        if not questions.est_ouvert(ouvert_le, aujourdhui()) or not _on_travaille():
            return 0
        attendent, servis = _en_attente(), _servis()
        points = points_dus(_suspendus(attendent))
        matins = [_demander_sa_journee(agent, attendent.pop(agent.id, ()), points.get(agent.id, ()))
                  for agent in _eveilles(attendent) if agent.id in attendent or agent.id not in servis]
        a_demander, a_redire = _questions_dues(ouvert_le), _attentes_dues()
    with ecriture():
        rappels = sum(_ecrire(*matin) for matin in matins)
        for courriels in attendent.values():                        # of who is away, or has left
            _oublier(courriels)
        if not l_heure_est_sure():
            return rappels
        return rappels + sum(map(_demander, a_demander)) + sum(map(redire, a_redire))


def _on_travaille():
    instant = a_paris(langue.maintenant())
    return instant.hour >= PREMIERE_HEURE and langue.ouvre(instant.date(), models.jours_fermes())


def _eveilles(attendent):
    """The agents who read their mail today: nobody who is away, nor who never opened their account, nor who does not
    work on this day of the week; theirs that has not left stays as it is, and goes out of attendent.
    """
    la, jour = questions.presence().presents, langue.SEMAINE[a_paris(aujourdhui()).weekday()]
    agents = [agent for agent in lire_agents('WHERE actif ORDER BY agent.id') if agent.id in la]
    for agent in agents:
        if agent.repos == jour:
            attendent.pop(agent.id, None)
    return [agent for agent in agents if agent.repos != jour]


def _jours_sans_courriel(agent):
    """The closing days, and those of the three weeks around today on which an agent does not work."""
    jour = date.fromisoformat(aujourdhui())
    autour = [jour + timedelta(days=n) for n in range(-10, 11)]
    return models.jours_fermes() | {le for le in autour if langue.SEMAINE[le.weekday()] == agent.repos}


def _servis():
    """The ids of those whose day was asked already, today."""
    lus = Rappel.select(Rappel.agent).where(Rappel.marque.startswith('jour:'), Rappel.fait_le >= langue.debut_du_jour(
        aujourdhui()))
    return {id_ for id_, in lus.tuples()}


def _demander_sa_journee(agent, attendent, points):
    """(agent, their mails that have not left, Matin, the marks to be told); what such a mail says is told to nobody."""
    perdus = {courriel.cree_le for courriel in attendent}
    faits = Rappel.select(Rappel.marque, Rappel.fait_le).where(Rappel.agent == agent.id).tuples()
    deja = {marque for marque, fait_le in faits if fait_le not in perdus}
    a_dire = [point for point in points if point.marque not in deja]
    matin = ce_matin(agent, deja, a_dire, _jours_sans_courriel(agent))
    return agent, attendent, matin, matin.marques - deja | {point.marque for point in a_dire}


def _ecrire(agent, attendent, matin, a_dire):
    """True when a new mail was written: its mark is unique, and all that it says is then told."""
    if any(map(en_main, attendent)):
        return False
    quand, marque = langue.maintenant(), f'jour:{aujourdhui()}:{agent.id}'
    Rappel.replace(marque=f'jour:{agent.id}', agent=agent, fait_le=quand).execute()
    Rappel.delete().where(Rappel.agent == agent.id, Rappel.marque.startswith('ligne:'),
                          Rappel.marque.not_in(list(matin.marques))).execute()
    *autres, ancien = attendent or [None]
    _oublier(autres if matin.part else attendent)
    reperes = {'compte': matin.objet, 'points': matin.corps, 'lien': f'{models.SITE["url"]}/espace'}
    if not matin.part or not (_recrire(ancien, marque, quand, agent, reperes) if ancien else poster(
            'relance', 'agent', agent.courriel, agent=agent, marque=marque, le=quand, **reperes)):
        return False
    for dite in a_dire:
        Rappel.replace(marque=dite, agent=agent, fait_le=quand).execute()
    return ancien is None


# ---- One that has not left: it says the day on which it leaves ----

def _en_attente():
    """{agent id: [Courriel]} of those that have not left; several, when one was given up for a while."""
    lus, attendent = Courriel.select().where(Courriel.modele == 'relance', Courriel.envoye_le.is_null(),
                                             Courriel.echec_le.is_null(), Courriel.marque.is_null(False)), {}
    for courriel in sorted(lus, key=lambda courriel: courriel.id):
        attendent.setdefault(courriel.agent_id, []).append(courriel)
    return attendent


def _suspendus(attendent):
    """The marks of the points that such a mail says: told, and not read."""
    ecrits = [courriel.cree_le for courriels in attendent.values() for courriel in courriels]
    return {marque for marque, in Rappel.select(Rappel.marque).where(Rappel.fait_le.in_(ecrits)).tuples()}


def _recrire(courriel, marque, quand, agent, dit):
    """True when it says today's day instead, under today's mark; the mail of today may have left."""
    if courriel.marque != marque and deja_ecrit(marque):
        return False
    rerediger(courriel, None, prenom=agent.prenom, **dit)
    Courriel.update(marque=marque, cree_le=quand, destinataire=agent.courriel).where(
        Courriel.id == courriel.id).execute()
    return True


def _oublier(courriels):
    """Nothing that they say is true any more; but those being sent."""
    for courriel in courriels:
        if not en_main(courriel):
            courriel.delete_instance()


# ---- « Avez-vous été rappelé·e ? »: once, the next working day (regles.md §8) ----

def _questions_dues(ouvert_le):
    """The numbers of the demandes whose mairie is to be asked."""
    jour = aujourdhui()
    ouvertes = Demande.select().where(
        Demande.clos_le.is_null(), Demande.echeance < jour, Demande.premier_contact_le.is_null(),
        Demande.question_le.is_null(), ~Demande.reprise, ~Demande.essai, Demande.courriel != '',
        Demande.interlocuteur_depuis.is_null())
    return [d.numero for d in ouvertes if questions.question_due(
        d.echeance, d.premier_contact_le, d.clos_le, ouvert_le, jour, models.jours_fermes())]


def _demander(numero):
    """True when the mail was written: nothing has changed since it was seen to be due."""
    demande = Demande.get_by_id(numero)
    if demande.question_le or demande.premier_contact_le or demande.clos_le:
        return False
    laisse_le = message_laisse_le(demande)
    prevenir_demandeur(
        demande, 'rappel_question', lien=f'{models.SITE["url"]}/suivi/{demande.jeton}/rappel',
        echeance=dire_jour_long(demande.echeance), message_laisse=dire_jour_long(laisse_le) if laisse_le else '')
    Demande.update(question_le=langue.maintenant()).where(Demande.numero == numero).execute()
    return True


# ---- An answer that is waited for: recalled once, seven days before (regles.md §12) ----

def _attentes_dues():
    """The numbers of the demandes whose mairie is to be reminded of what is waited for: asked before those seven days,
    told already once it has its mark.
    """
    jour = aujourdhui()
    proches = Demande.select().where(
        Demande.attente_au.is_null(False), Demande.attente_au > jour,
        Demande.attente_au <= langue.plus_jours(jour, JOURS_AVANT_LA_DATE), Demande.clos_le.is_null(),
        ~Demande.essai, Demande.courriel != '', Demande.interlocuteur_depuis.is_null(),
        Demande.inconnue_le.is_null())
    return [d.numero for d in proches
            if langue.jour_de(d.attente_depuis) < langue.plus_jours(d.attente_au, -JOURS_AVANT_LA_DATE)
            and not deja_ecrit(_marque_d_attente(d))]


def _marque_d_attente(demande):
    return f'attente:{demande.numero}:{demande.attente_au}:mairie'


def redire(numero):
    """True when the mail was written: it is still waited for."""
    demande = Demande.get_by_id(numero)
    if not demande.attente_au or demande.inconnue_le:
        return False
    return bool(prevenir_demandeur(
        demande, 'attente', attente=dire_l_attente(demande), marque=_marque_d_attente(demande)))
