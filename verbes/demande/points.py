"""What is due, and to whom: the points of the reminders, told already or not (regles.md §5, §8).

A point is a phrase for one person or one mailbox, under a mark that is the same as long as it is the same point; who is
away or never opened their account is gone past. Which of them are said, and when, is relances.py.
"""
from collections import Counter, namedtuple
from datetime import date

import models
import langue
from models import Absence, Campagne, Contenu, Demande, Fiche, Journal, Reglage, administrateurs, lire_agents
from langue import aujourdhui, dire_jour, dire_jour_long, jour_de, plus_jours

from verbes import questions, regles
from verbes.contenus import contenus, electorale
from verbes.courriels import avec_remplacants, roles_dits
from verbes.questions import equipe, presence, qui_doit_agir
from verbes.relais import marque_suppleance
from .clotures import dire_issue
from .cycle import presents
from .situations import dire_qui_agit

# Who is reminded. pour: « agent », or « direction » for its mailbox; agent: by whom its marks are told apart.
Rappele = namedtuple('Rappele', 'adresse agent pour')
# What they are told. marque: unique, its first word is the rule; demande: None for a content; qualite: in what role.
Point = namedtuple('Point', 'marque demande phrase qualite')
AU_JOURNAL = 'du nouveau au journal par '
# Since when a demande is at its statut.
STATUT_LE = """coalesce((SELECT max(journal.cree_le) FROM journal WHERE journal.demande_id = demande.numero
                               AND journal.nature = 'statut'), demande.depose_le)"""


def points_dus(suspendus):
    """[(Rappele, [Point])] of all that is due: one of each person, of each mailbox. suspendus: the marks of the points
    that a mail says which has not left.
    """
    points = {}
    for rappele, siens in [*_journaux_dus(suspendus), *_contenus_dus(), *_revue_due(), *_suppleances_dues()]:
        points.setdefault(qui_le_lit(rappele), (rappele, []))[1].extend(siens)
    fiches = {fiche.id: fiche for fiche in Fiche.select()}          # each is asked for by several
    for demande in Demande.select().where(Demande.clos_le.is_null(), ~Demande.reprise, ~Demande.essai):
        models.lier(demande, 'fiche', fiches.get(demande.fiche_id))
        dus = [*_echeances_dues(demande, suspendus), *_receptions_dues(demande), *_silences_dus(demande),
               *_attentes_finies(demande)]
        for agents, marque, phrase in dus:
            for rappele, qualite in _a_relancer(demande, agents).items():
                boite = '' if rappele.pour == 'agent' else ':boite'
                point = Point(f'{marque}:{rappele.agent.id}{boite}', demande, phrase, qualite)
                points.setdefault(qui_le_lit(rappele), (rappele, []))[1].append(point)
    return list(points.values())


def qui_le_lit(rappele):
    """What the mark of a mail of the day names: the agent, or the address of a mailbox."""
    return str(rappele.agent.id) if rappele.pour == 'agent' else rappele.adresse


def urgente(demande):
    return demande is not None and demande.promesse == regles.URGENTE


# ======================================================================================
# To whom
# ======================================================================================

def _a_relancer(demande, agents):
    """{Rappele: by what role}: the agents and who acts for them, past those who are away without a suppléant and the
    accounts that nobody ever opened.

    When none is left: who must act instead, else the mailboxes of their directions. Nobody reads what an account never
    opened is sent, and its first mail must be its invitation (regles.md §1, §8).
    """
    if not agents:
        return {}
    roles, passe, agissent = roles_dits(demande), _passe(demande), _agissent(demande)
    a_sa_place = passe + _a_faire_a_sa_place(demande) if passe else ''
    la = {agent: titulaire for agent, titulaire in avec_remplacants(agents, demande).items()
          if _est_la(agent, demande)}
    if la:
        return {_rappele(agent): ', '.join(filter(None, (
            _qualite(agent, titulaire, roles), a_sa_place if agent in agissent else '')))
            for agent, titulaire in la.items()}
    boites = {a.direction.courriel: Rappele(a.direction.courriel, a, 'direction')
              for a in agents if a.direction.courriel and not a.ouvert_le}
    if boites and all(agent.administrateur and agent.id not in roles for agent in agissent):
        return dict.fromkeys(boites.values(), passe)
    return dict.fromkeys(map(_rappele, agissent), a_sa_place)


def _est_la(agent, demande=None):
    """A reminder is read: by who opened their account, and is there or has someone to act meanwhile, in that one."""
    restreinte = bool(demande and demande.restreinte)
    return agent.ouvert_le and agent.id in presence(None, restreinte).joignables


def _agissent(demande):
    return [agent for agent in qui_doit_agir(demande) if _est_la(agent, demande)]


def _tenants(demande):
    """Who holds the role waited for, there or not; who must act, when nobody does."""
    role = regles.QUI[demande.statut].qui
    return (equipe(demande, role) if role in regles.SANS_TITULAIRE else []) or qui_doit_agir(demande)


def _passe(demande):
    """Whom a reminder goes past, « pour Claude Témoin, en son absence »; '' when who must act is there."""
    tenants = _tenants(demande)
    if presents(tenants) or not tenants:
        return ''
    pourquoi = 'en son absence' if tenants[0].ouvert_le else 'qui n\'a pas encore ouvert son compte'
    return f'pour {tenants[0].nom_complet}, {pourquoi}'


def _a_faire_a_sa_place(demande):
    """« : désigner l'expert », for those who stand in: the act that is late may be one that they cannot do. An
    accompaniment under way waits for who is away.
    """
    repreneurs = questions.agents_qui_agissent(demande)[1]
    if not repreneurs or demande.statut == 'en_cours':
        return ''
    return f'\u00a0: {questions.dire_a_faire(demande.statut, demande.clos_le, demande.premier_contact_le, True)}'


def _rappele(agent):
    return Rappele(agent.courriel, agent, 'agent')


def _qualite(agent, titulaire, roles):
    """« vous êtes chef de file », « pour Claude Témoin, expert référent »: the role they really have."""
    role = roles.get((titulaire or agent).id)
    if titulaire:
        return ', '.join(filter(None, (f'pour {titulaire.nom_complet}', role)))
    return f'vous êtes {role}' if role else 'vous administrez la Plateforme'


# ======================================================================================
# What
# ======================================================================================

def _echeances_dues(demande, suspendus=()):
    """Deadline on the next working day → référent or chef; passed since one → + chef; since two → + administrateurs."""
    echeance = questions.rappel_attendu(demande.echeance, demande.premier_contact_le, demande.clos_le)
    if not echeance:
        return
    jour, fermes, qui = aujourdhui(), models.jours_fermes(), equipe(demande, 'referent') or _tenants(demande)
    de_la_demande, veille = f'{demande.numero}:{echeance}', langue.ouvre_avant(echeance, fermes)
    avec_chefs = list(dict.fromkeys((*qui, *equipe(demande, 'chef_de_file'))))
    _, retard, _ = langue.dire_echeance(echeance, None, None, jour, fermes)
    if questions.a_dire_aux_administrateurs(echeance, jour, fermes):
        yield avec_chefs, f'retard2:{de_la_demande}', f'rappel {retard}'
        ailleurs = f'ailleurs:{de_la_demande}:{_lundi(jour)}'
        du = urgente(demande) or _premier_jour_ouvre(jour, fermes)
        if du or any(marque.startswith(ailleurs) for marque in suspendus):
            yield [a for a in administrateurs() if a not in avec_chefs and _est_la(a)], ailleurs, (
                f'rappel {retard}, chez {langue.enumerer(dire_qui_agit(a.id for a in qui).values())}')
    elif questions.en_retard(echeance, demande.premier_contact_le, demande.clos_le, jour):
        yield avec_chefs, f'retard:{de_la_demande}', f'rappel {retard}'
    elif veille <= jour:
        le = 'aujourd\'hui' if jour == echeance else dire_jour_long(echeance)
        phrase = (f'à rappeler {le}' if langue.ouvre(date.fromisoformat(echeance), fermes) else
                  f'{le} est fermé\u00a0: à rappeler aujourd\'hui')     # closed since it was promised
        yield _prevenus_avant(demande, qui, veille), f'veille:{de_la_demande}', phrase


def _prevenus_avant(demande, agents, veille):
    """Those put in charge before the day of the reminder: to the others, the mail that told them said the date."""
    depuis = {m.agent_id: m.depuis_le for m in demande.membres if m.agent_id}
    return [a for a in agents if jour_de(depuis.get(a.id, demande.depose_le)) < veille]


def _premier_jour_ouvre(jour, fermes):
    """True on the first working day of a week."""
    return langue.ouvre_avant(jour, fermes) < _lundi(jour)


def _lundi(jour):
    return plus_jours(jour, -langue.a_paris(jour).weekday())


def _receptions_dues(demande):
    """Not received after 1 working day (assistance urgente) or 2: who must act."""
    if not questions.a_receptionner(demande.statut):
        return
    depuis = _instant(demande, STATUT_LE)
    if questions.reception_tardive(demande.statut, depuis, demande.promesse, aujourdhui(), models.jours_fermes()):
        marque = 'reception3' if urgente(demande) else 'reception'
        quoi = questions.dire_reception(demande.statut, questions.accord_de(demande))
        phrase = f'{quoi} depuis le {dire_jour(depuis, True)}'
        yield _tenants(demande), f'{marque}:{demande.numero}:{demande.statut}:{jour_de(depuis)}', phrase


def _silences_dus(demande):
    """en_cours without a journal line for 30 or 90 days, unless a next step is set: once a month."""
    if demande.statut != 'en_cours':
        return
    derniere, jour = _instant(demande, questions.LIGNE_LE), aujourdhui()
    promesse = demande.promesse or (demande.fiche.promesse if demande.fiche_id else None)
    suspendue = questions.suspendue_au(demande.prochaine_etape_le, demande.attente_au)
    if questions.silencieuse(demande.statut, derniere, promesse, suspendue, jour):
        depuis, phrase = jour_de(derniere), f'sans ligne au journal depuis le {dire_jour(derniere, True)}'
        mois = (date.fromisoformat(jour) - date.fromisoformat(depuis)).days // 30
        yield _tenants(demande), f'silence:{demande.numero}:{depuis}:{mois}', phrase


def _attentes_finies(demande):
    """The day before which the collectivité was to answer has come, and it did not (regles.md §12)."""
    if questions.attente_finie(demande.attente_au, demande.inconnue_le, aujourdhui()):
        phrase = f'réponse attendue avant le {dire_jour(demande.attente_au, True)}, pas reçue\u00a0: à relancer'
        yield _tenants(demande), f'attente:{demande.numero}:{demande.attente_au}', phrase


def _instant(demande, sql):
    return models.db.execute_sql(f'SELECT {sql} FROM demande WHERE numero = ?', (demande.numero,)).fetchone()[0]


def _journaux_dus(suspendus):
    """(Rappele, [Point]) of what the journal took since the last working day but one, and of what was to be read in a
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
                yield _rappele(agent), [Point(f'journal:{ligne.id}:{agent.id}', ligne.demande, phrase, '')]


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


def _suppleances_dues():
    """(Rappele, [Point]) of the first working day on which one acts for another: noted before, it was told once already
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
            yield _rappele(qui[0]), [Point(marque_suppleance(absence), None, phrase, '')]


def _contenus_dus():
    """(Rappele, [Point]) of the contents: the période électorale, a month before it, to the administrateurs;
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
    """(Rappele, [Point]) of the revue annuelle that is open: what is asked of each once a week, until its last day;
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
    """(Rappele, [Point]) of what is answered of a fiche, once: to its other chefs; of a retrait, to the administrateurs
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
        for rappele, points in _points_de(lire_agents('WHERE agent.id = ?', autre), marque, phrase):
            if rappele.agent.id != auteur:
                yield rappele, points


def _points_de(agents, marque, phrase):
    """[(Rappele, [Point])] of the agents who are there, or who act for them."""
    return [(_rappele(agent), [Point(f'{marque}:{agent.id}', None, _au_nom_de(phrase, titulaire), '')])
            for agent, titulaire in avec_remplacants(agents).items() if _est_la(agent)]


def _au_nom_de(phrase, titulaire):
    return f'{phrase} (pour {titulaire.nom_complet})' if titulaire else phrase
