"""What the platform writes by itself, once the service is open: reminders to the agents, the question to the mairies.

Reminders: due and not sent yet, one mail a person a day, none empty (domaine.md §8).
"""
from collections import namedtuple

from peewee import fn

import models
import langue
from models import Contenu, Demande, Journal, Rappel, Reglage, administrateurs, ecriture, lecture, lire_agents
from langue import aujourdhui, dire_jour, dire_jour_long, plus_jours

from verbes import questions, regles
from verbes.contenus import contenus, electorale
from verbes.courriels import avec_remplacants, poster, prevenir_demandeur, roles_dits
from verbes.journal import message_laisse_le
from verbes.questions import equipe, presence, qui_doit_agir
from .cycle import presents

# Who is reminded. pour: « agent », or « direction » for its mailbox; agent: by whom its marks are told apart.
Rappele = namedtuple('Rappele', 'adresse agent pour')


def relances():
    """Write the reminders and questions due now; returns how many mails. Run as often as wanted: each point of a
    reminder carries a unique mark, and a mairie is asked once.

    Each rule gives (Agent, mark, sentence) points; a person's new points go in one mail, whose mark is the day and the
    person.
    """
    with lecture():
        ouvert_le = Reglage.tous()['ouvert_le']
        if not questions.est_ouvert(ouvert_le, aujourdhui()):
            return 0
        points, a_demander = _points_dus(), _questions_dues(ouvert_le)
    with ecriture():
        rappels = sum(_relancer(rappele, lignes) for rappele, lignes in points.items())
        return rappels + sum(_demander(numero) for numero in a_demander)


def _points_dus():
    """{Rappele: [(mark, sentence)]} of all that is due, told already or not."""
    points = _journaux_dus()
    for rappele, siens in _contenus_dus():
        points.setdefault(rappele, []).extend(siens)
    for demande in Demande.select().where(Demande.clos_le.is_null(), ~Demande.reprise, ~Demande.essai):
        for agents, marque, phrase in [*_echeances_dues(demande), *_receptions_dues(demande), *_silences_dus(demande)]:
            for rappele, qualite in _a_relancer(demande, agents).items():
                boite = '' if rappele.pour == 'agent' else ':boite'
                point = f'{marque}:{rappele.agent.id}{boite}', f'{_dire_demande(demande)}\u00a0: {phrase} ({qualite})'
                points.setdefault(rappele, []).append(point)
    return points


def _dire_demande(demande):
    """« n° 12, Rieumes, Revitalisation de bourg-centre »; a restricted one by its number alone."""
    objet = () if demande.restreinte else (demande.collectivite, demande.titre)
    return ', '.join((f'n°\u00a0{demande.numero}', *objet))


def _a_relancer(demande, agents):
    """{Rappele: by what role}: the agents and who acts for them, past those who are away without a suppléant and the
    accounts that nobody ever opened.

    When none is left: who must act instead, else the mailboxes of their directions. Nobody reads what an account never
    opened is sent, and its first mail must be its invitation (domaine.md §1, §8).
    """
    if not agents:
        return {}
    roles, passe, agissent = roles_dits(demande), _passe(demande), _agissent(demande)
    a_sa_place = passe + _a_faire_a_sa_place(demande) if passe else ''
    la = {agent: titulaire for agent, titulaire in avec_remplacants(agents).items() if _est_la(agent)}
    if la:
        return {_rappele(agent): ', '.join(filter(None, (
            _qualite(agent, titulaire, roles), a_sa_place if agent in agissent else '')))
            for agent, titulaire in la.items()}
    boites = {a.direction.courriel: Rappele(a.direction.courriel, a, 'direction')
              for a in agents if a.direction.courriel and not a.ouvert_le}
    if boites and all(agent.administrateur and agent.id not in roles for agent in agissent):
        return dict.fromkeys(boites.values(), passe)
    return dict.fromkeys(map(_rappele, agissent), a_sa_place)


def _est_la(agent):
    """A reminder is read: by who opened their account, and is there or has someone to act meanwhile."""
    return agent.ouvert_le and agent.id in presence().joignables


def _agissent(demande):
    return [agent for agent in qui_doit_agir(demande) if _est_la(agent)]


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


def _relancer(rappele, lignes):
    """Mail the points not told yet, 3-day receptions at once and alone. Returns how many mails."""
    connues = {marque for marque, in Rappel.select(Rappel.marque).where(Rappel.agent == rappele.agent).tuples()}
    nouvelles = [ligne for ligne in lignes if ligne[0] not in connues]
    seules = [ligne for ligne in nouvelles if ligne[0].startswith('reception3:')]
    ensemble = [ligne for ligne in nouvelles if ligne not in seules]
    groupes = [([ligne], ligne[0]) for ligne in seules]
    if ensemble:
        qui = rappele.agent.id if rappele.pour == 'agent' else rappele.adresse
        groupes.append((ensemble, f'jour:{aujourdhui()}:{qui}'))
    return sum(_poster_relance(rappele, groupe, marque) for groupe, marque in groupes)


def _poster_relance(rappele, groupe, marque):
    """True when the mail was written: its mark is unique, and each of its points is then told."""
    textes = '\n'.join(f'- {texte}' for _, texte in groupe)
    agent = rappele.agent if rappele.pour == 'agent' else None
    if not poster('relance', rappele.pour, rappele.adresse, agent=agent, marque=marque, points=textes,
                  lien=f'{models.SITE["url"]}/espace'):
        return False
    for marque_du_point, _ in groupe:
        Rappel.create(marque=marque_du_point, agent=rappele.agent, fait_le=langue.maintenant())
    return True


# ======================================================================================
# What is due
# ======================================================================================

def _echeances_dues(demande):
    """Deadline tomorrow → référent or chef; passed → + chef; passed by 2 days → + administrateurs."""
    echeance = questions.rappel_attendu(demande.echeance, demande.premier_contact_le, demande.clos_le)
    if not echeance:
        return
    jour, qui = aujourdhui(), equipe(demande, 'referent') or _tenants(demande)
    de_la_demande = f'{demande.numero}:{echeance}'
    avec_chefs = [*qui, *equipe(demande, 'chef_de_file')]
    _, retard = langue.dire_echeance(echeance, None, None, jour)
    if questions.a_dire_aux_administrateurs(echeance, jour):
        tous = [*avec_chefs, *administrateurs()]
        yield list(dict.fromkeys(tous)), f'retard2:{de_la_demande}', f'rappel {retard}'
    elif questions.en_retard(echeance, demande.premier_contact_le, demande.clos_le, jour):
        yield list(dict.fromkeys(avec_chefs)), f'retard:{de_la_demande}', f'rappel {retard}'
    elif plus_jours(jour, 1) == echeance:
        yield qui, f'demain:{de_la_demande}', 'à rappeler demain au plus tard'


def _receptions_dues(demande):
    """Not received after 1 working day (3-day fiche) or 2: who must act."""
    if not questions.a_receptionner(demande.statut):
        return
    depuis = _derniere_ligne(demande, Journal.nature == 'statut') or demande.depose_le
    if questions.reception_tardive(demande.statut, depuis, demande.delai, aujourdhui(), models.jours_fermes()):
        marque = 'reception3' if demande.delai == regles.URGENT else 'reception'
        phrase = f'réception à confirmer depuis le {dire_jour(depuis)}'
        yield _tenants(demande), f'{marque}:{demande.numero}:{demande.statut}', phrase


def _silences_dus(demande):
    """en_cours without a journal line for 30 or 90 days, unless a next step is set: once a month."""
    if demande.statut != 'en_cours':
        return
    derniere, jour = _derniere_ligne(demande) or demande.depose_le, aujourdhui()
    delai = demande.delai or (demande.fiche.delai if demande.fiche_id else None)
    if questions.silencieuse(demande.statut, derniere, delai, demande.prochaine_etape_le, jour):
        phrase = f'sans ligne au journal depuis le {dire_jour(derniere)}'
        yield _tenants(demande), f'silence:{demande.numero}:{jour[:7]}', phrase


def _derniere_ligne(demande, *conditions):
    """The instant of the last journal line that answers the conditions, or None."""
    return Journal.select(fn.MAX(Journal.cree_le)).where(Journal.demande == demande, *conditions).scalar()


def _journaux_dus():
    """Journal entries of the last two days, for the team but their author, once a day: {Rappele: [(mark, text)]}."""
    debut, fin = langue.debut_du_jour(plus_jours(aujourdhui(), -2)), langue.debut_du_jour(aujourdhui())
    ecrites = Journal.select().where(Journal.cree_le >= debut, Journal.cree_le < fin,
                                     Journal.nature.in_(list(regles.NATURES)))
    points = {}
    for ligne in ecrites:
        if ligne.demande.essai:
            continue
        texte = f'{_dire_demande(ligne.demande)}\u00a0: une ligne ajoutée au journal par {ligne.auteur}'
        for agent in avec_remplacants(equipe(ligne.demande)):
            if agent.avis_journal == 'quotidien' and agent.ouvert_le and agent.id != ligne.agent_id:
                points.setdefault(_rappele(agent), []).append((f'journal:{ligne.id}:{agent.id}', texte))
    return points


def _contenus_dus():
    """(Rappele, [(mark, sentence)]) of the contents: the période électorale, a month before it, to the administrateurs;
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


def _points_de(agents, marque, phrase):
    """[(Rappele, [(mark, sentence)])] of the agents who are there, or who act for them."""
    return [(_rappele(agent), [(f'{marque}:{agent.id}', _au_nom_de(phrase, titulaire))])
            for agent, titulaire in avec_remplacants(agents).items() if _est_la(agent)]


def _au_nom_de(phrase, titulaire):
    return f'{phrase} (pour {titulaire.nom_complet})' if titulaire else phrase


# ======================================================================================
# « Avez-vous été rappelé·e ? »: once, the next working day (domaine.md §8)
# ======================================================================================

def _questions_dues(ouvert_le):
    """The numbers of the demandes whose mairie is to be asked."""
    jour = aujourdhui()
    ouvertes = Demande.select().where(
        Demande.clos_le.is_null(), Demande.echeance < jour, Demande.premier_contact_le.is_null(),
        Demande.question_le.is_null(), ~Demande.reprise, ~Demande.essai, Demande.courriel != '',
        Demande.interlocuteur_depuis.is_null())
    return [d.numero for d in ouvertes if questions.question_due(
        d.echeance, d.premier_contact_le, d.clos_le, d.statut, ouvert_le, jour, models.jours_fermes())]


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
