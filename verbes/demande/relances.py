"""What the platform writes by itself, once the service is open: reminders to the agents, the question to the mairies.

On working days from 7 h. Reminders: what is due (points.py) and not sent yet, one mail a person a day, none empty, one
line a demande, the most pressing first (regles.md §5, §8); the reception of an assistance urgente has a mail of its
own. One that has not left is written again with what is due now: there is never a second one beside it.
"""
import re

import models
import langue
from models import Courriel, Demande, Rappel, Reglage, ecriture, lecture
from langue import a_paris, aujourdhui, dire_jour_long, dire_nombre, dire_telephone

from verbes import questions
from verbes.courriels import A_TOUS, deja_ecrit, dire_l_attente, en_main, poster, prevenir_demandeur, rerediger
from verbes.journal import message_laisse_le
from verbes.regles import JOURS_AVANT_LA_DATE
from .points import AU_JOURNAL, points_dus, qui_le_lit, urgente

PAR_URGENCE = ('retard2', 'retard', 'veille', 'reception3', 'reception', 'suppleance', 'attente', 'silence', 'revoir',
               'campagne', 'dite', 'electorale', 'journal', 'ailleurs')
A_APPELER = ('retard2', 'retard', 'veille', 'reception3', 'reception')
PREMIERE_HEURE = 7                                                  # in Paris
LIGNES_MAX = 40                                                     # of a mail; the others are in the list
LIEU_LU = 24                                                        # characters, before what a subject counts


def relances(l_heure_est_sure=lambda: True):
    """Write the reminders and, when the hour is sure as it writes them, the questions due now; returns how many mails.
    Run as often as wanted: each point of a reminder carries a unique mark, and a mairie is asked once.

    A person's new points go in one mail, whose mark is the day and the person.
    """
    with lecture():
        ouvert_le = Reglage.tous()['ouvert_le']
        if not questions.est_ouvert(ouvert_le, aujourdhui()) or not _on_travaille():
            return 0
        dus = points_dus(_suspendus())
        a_demander, a_redire = _questions_dues(ouvert_le), _attentes_dues()
    with ecriture():
        attendent = _en_attente()
        rappels = sum(_relancer(rappele, siens, attendent) for rappele, siens in dus)
        _oublier(attendent)
        if not l_heure_est_sure():
            return rappels
        return rappels + sum(map(_demander, a_demander)) + sum(map(redire, a_redire))


def _on_travaille():
    instant = a_paris(langue.maintenant())
    return instant.hour >= PREMIERE_HEURE and langue.ouvre(instant.date(), models.jours_fermes())


def _relancer(rappele, points, attendent):
    """Mail the points due, 3-day receptions at once and alone. Returns how many mails are new."""
    marques = [point.marque for point in points]
    rappels = dict(Rappel.select(Rappel.marque, Rappel.fait_le).where(Rappel.marque.in_(marques)).tuples())
    seuls = [point for point in points if _regle(point) == 'reception3']
    ensemble = [point for point in points if point not in seuls]
    groupes = [([point], point.marque) for point in seuls] + [(ensemble, f'jour:{aujourdhui()}:{qui_le_lit(rappele)}')]
    return sum(_ecrire_relance(rappele, groupe, marque, attendent.pop(_cle(marque), ()), rappels)
               for groupe, marque in groupes)


def _ecrire_relance(rappele, points, marque, attendent, rappels):
    """Say the points not told yet, and those of a mail that waits, which is written again. True for a new mail."""
    if any(map(en_main, attendent)):
        return False
    perdus = {courriel.cree_le for courriel in attendent}
    a_dire = [point for point in points if point.marque not in rappels or rappels[point.marque] in perdus]
    *autres, ancien = attendent or [None]
    _oublier({marque: autres if a_dire else attendent})
    return bool(a_dire) and _poster_relance(rappele, a_dire, marque, ancien)


def _poster_relance(rappele, points, marque, ancien):
    """True when a new mail was written: its mark is unique, and each point that it says is then told."""
    lignes, quand = _lignes(points), langue.maintenant()
    premieres = lignes[:LIGNES_MAX]
    agent = rappele.agent if rappele.pour == 'agent' else None
    reperes = {'compte': _compter(lignes), 'points': _rediger(premieres, len(lignes) - len(premieres)),
               'lien': f'{models.SITE["url"]}/espace'}
    if ancien is None and not poster('relance', rappele.pour, rappele.adresse, agent=agent, marque=marque, le=quand,
                                     **reperes):
        return False
    if ancien and not _recrire(ancien, marque, quand, rappele.adresse, prenom=agent.prenom if agent else A_TOUS,
                               **reperes):
        return False
    Rappel.delete().where(Rappel.marque.in_([point.marque for point in points])).execute()
    for ligne in premieres:
        for point in ligne:
            models.inserer(Rappel, marque=point.marque, agent=rappele.agent, fait_le=quand)
    return ancien is None


# ======================================================================================
# A reminder that has not left: it says what is due when it leaves
# ======================================================================================

def _en_attente():
    """{what it is: [Courriel]} of the reminders that have not left: « jour:12 », whatever the day, or a 3-day
    reception; several, when one was given up for a while.
    """
    attendent = {}
    for courriel in sorted(_non_partis(), key=lambda courriel: courriel.id):
        attendent.setdefault(_cle(courriel.marque), []).append(courriel)
    return attendent


def _non_partis():
    return Courriel.select().where(Courriel.modele == 'relance', Courriel.envoye_le.is_null(),
                                   Courriel.echec_le.is_null(), Courriel.marque.is_null(False))


def _cle(marque):
    """The mark of a mail without its day."""
    return re.sub('^jour:[0-9-]+:', 'jour:', marque)


def _suspendus():
    """The marks of the points that such a mail says: told, and not read."""
    ecrits = [courriel.cree_le for courriel in _non_partis()]
    return {marque for marque, in Rappel.select(Rappel.marque).where(Rappel.fait_le.in_(ecrits)).tuples()}


def _recrire(courriel, marque, quand, adresse, **dit):
    """True when it says today's points instead, under today's mark; the mail of today may have left."""
    if courriel.marque != marque and deja_ecrit(marque):
        return False
    rerediger(courriel, None, **dit)
    Courriel.update(marque=marque, cree_le=quand, destinataire=adresse).where(Courriel.id == courriel.id).execute()
    return True


def _oublier(attendent):
    """Nothing that they say is due any more; but those being sent."""
    for courriels in attendent.values():
        for courriel in courriels:
            if not en_main(courriel):
                courriel.delete_instance()


# ======================================================================================
# The mail of the day
# ======================================================================================

def _regle(point):
    return point.marque.partition(':')[0]


def _lignes(points):
    """[[Point]]: one list a demande or content, its reasons and the lines by how pressing they are; the latenesses of
    others come last.
    """
    lignes = {}
    for point in sorted(points, key=_pression):
        lignes.setdefault((_ailleurs(point), point.demande.numero if point.demande else point.marque), []).append(point)
    return list(lignes.values())


def _pression(point):
    regle, demande = _regle(point), point.demande
    return (_ailleurs(point), not (urgente(demande) and regle in A_APPELER), PAR_URGENCE.index(regle),
            demande.echeance or '' if demande else '', demande.numero if demande else 0)


def _ailleurs(point):
    return _regle(point) == 'ailleurs'


def _compter(lignes):
    """« 2 en retard, 5 autres : ce qui vous attend », an assistance urgente first, with its commune."""
    attentes = [ligne for ligne in lignes if not _ailleurs(ligne[0])]
    if not attentes:
        return f'{len(lignes)}\u00a0en retard chez d\'autres'
    retards = sum(_regle(ligne[0]) in ('retard2', 'retard') for ligne in attentes)
    autres, mot = len(attentes) - retards, 'demande' if all(ligne[0].demande for ligne in attentes) else 'point'
    parties = filter(None, (f'{retards}\u00a0en retard' if retards else '',
                            dire_nombre(autres, 'autre' if retards else mot) if autres else ''))
    premier = attentes[0][0]
    urgent = urgente(premier.demande) and _regle(premier) in A_APPELER
    debut = f'Urgent, {_lieu(premier.demande)} – ' if urgent else ''
    return f'{debut}{", ".join(parties)}\u00a0: ce qui vous attend'


def _lieu(demande):
    return f'n°\u00a0{demande.numero}' if demande.restreinte else langue.abreger(demande.collectivite, LIEU_LU)


def _rediger(lignes, restent):
    """The lines of the mail, those of others apart, and how many are not said."""
    attentes = [_dire_ligne(ligne) for ligne in lignes if not _ailleurs(ligne[0])]
    ailleurs = [_dire_ligne(ligne) for ligne in lignes if _ailleurs(ligne[0])]
    if ailleurs:
        ailleurs.insert(0, 'En retard chez d\'autres, rien n\'est attendu de vous\u00a0:')
    if restent:
        liste = f'{models.SITE["url"]}/espace/demandes'
        ailleurs.append(f'Et {dire_nombre(restent, "autre")}, dans la liste\u00a0: {liste}')
    return '\n\n'.join(filter(None, ('\n'.join(attentes), '\n'.join(ailleurs))))


def _dire_ligne(points):
    """« - n° 12, Rieumes, Fiche : reason, reason (role) », then whom to call and its own link."""
    demande, phrases = points[0].demande, ', '.join(_joindre([point.phrase for point in points]))
    if not demande:
        return f'- {phrases}'
    qualite = next((f' ({point.qualite})' for point in points if point.qualite and not _ailleurs(point)), '')
    appeler = _dire_qui_appeler(demande) if _regle(points[0]) in A_APPELER else ''
    lien = f'{models.SITE["url"]}/espace/demandes/{demande.numero}'
    return '\n  '.join(filter(None, (f'- {_dire_demande(demande)}\u00a0: {phrases}{qualite}', appeler, lien)))


def _dire_demande(demande):
    """« n° 12, Rieumes, Revitalisation de bourg-centre »; a restricted one by its number alone."""
    objet = () if demande.restreinte else (demande.collectivite, demande.titre)
    return ', '.join((f'n°\u00a0{demande.numero}', *objet))


def _joindre(phrases):
    """The reasons of a line, each once; who wrote in the journal, together."""
    noms = dict.fromkeys(phrase.removeprefix(AU_JOURNAL) for phrase in phrases if phrase.startswith(AU_JOURNAL))
    autres = dict.fromkeys(phrase for phrase in phrases if not phrase.startswith(AU_JOURNAL))
    return [*autres, *([AU_JOURNAL + langue.enumerer(noms)] if noms else [])]


def _dire_qui_appeler(demande):
    """« À appeler : Jean Martin, 05 61 00 00 00 »; nothing of a restricted demande, nor of a person to be confirmed."""
    if demande.restreinte or demande.interlocuteur_depuis:
        return ''
    numero = dire_telephone(demande.telephone) if demande.telephone else ''
    return f'À appeler\u00a0: {", ".join(filter(None, (models.nom_a_rappeler(demande), numero)))}'


# ======================================================================================
# « Avez-vous été rappelé·e ? »: once, the next working day (regles.md §8)
# ======================================================================================

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


# ======================================================================================
# An answer that is waited for: recalled once, seven days before (regles.md §12)
# ======================================================================================

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
