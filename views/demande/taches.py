"""What waits for an agent, demande by demande, in the order of a day: « Ma journée » and the page of a demande read it
(regles.md §2, §5, §8).

One query for the demandes; MOTIFS says why each is there, each once, with one act.
"""
from collections import namedtuple

import models
import langue
from verbes import questions, regles
from verbes.demande import jalons
from verbes.demande.cote import REVEIL
from verbes.demande.reunions import NOTEE

# « _chef » of « receptionne_chef »: who holds a demande at a statut.
TENUE = "substr({0}.statut, instr({0}.statut, '_'))"
# What is asked of each demande beside its own columns; « ? » is the agent.
A_COTE = {
    'equipe': """SELECT group_concat(membre.role || ':' || membre.agent_id, ' ')
                 FROM membre WHERE membre.demande_id = demande.numero AND membre.agent_id IS NOT NULL""",
    # asked of an accompaniment alone; imported before its journal: the day of its deposit
    'ligne_le': """CASE WHEN demande.statut = 'en_cours' THEN coalesce(
                     (SELECT max(journal.cree_le) FROM journal
                      WHERE journal.demande_id = demande.numero AND journal.fait <> 'automatique'),
                     demande.depose_le) END""",
    # the last mail to the mairie that was not delivered, and that no call has replaced; one in vain tells them nothing
    'echec_le': f"""SELECT max(courriel.echec_le) FROM courriel
                   WHERE courriel.demande_id = demande.numero AND courriel.pour = 'demandeur'
                   AND courriel.echec_le IS NOT NULL
                   AND NOT EXISTS (SELECT 1 FROM journal s
                                   WHERE s.demande_id = demande.numero AND s.cree_le >= courriel.echec_le
                                   AND s.nature IN {regles.JOINDRE}
                                   AND s.fait <> 'injoignable')""",
    # since the mairie said « pas encore », the last line of an agent
    'acte_le': """SELECT max(journal.cree_le) FROM journal
                  WHERE demande.rappele = 'pas_encore' AND journal.demande_id = demande.numero
                  AND journal.agent_id IS NOT NULL
                  AND journal.fait <> 'passation'""",
    # before it: since when it is with who must act; attribue_chef and receptionne_chef are one wait
    'tenue_le': f"""CASE WHEN demande.statut <> 'en_cours' THEN (
                     SELECT coalesce(min(j.cree_le), demande.depose_le) FROM journal j
                     WHERE j.demande_id = demande.numero AND {TENUE.format('j')} = {TENUE.format('demande')}
                     AND j.cree_le >= coalesce((SELECT max(a.cree_le) FROM journal a WHERE a.demande_id = demande.numero
                                                AND {TENUE.format('a')} <> {TENUE.format('demande')}), '')) END""",
    'accord': f"CASE WHEN demande.statut = 'attribue_chef' THEN ({questions.ACCORD}) END",
    # once closed, did the mairie ask for a reopening on its page? An answer by e-mail does not
    'rouvre': """SELECT max(journal.id) FROM journal
                 WHERE demande.clos_le IS NOT NULL AND journal.demande_id = demande.numero
                 AND journal.nature = 'message' AND journal.fait = 'reouverture'
                 AND journal.cree_le >= demande.clos_le""",
    'tenant': f'CASE WHEN demande.prochaine_etape_le IS NOT NULL THEN ({jalons.TENANT}) END',
    'invites': jalons.INVITES,
    'proposee': jalons.PROPOSEE,
    # « 2026-12-08:0 » of each réunion, 1 once what was agreed is noted
    'reunions': f"""SELECT group_concat(reunion.jour || ':' || {NOTEE}, ' ') FROM reunion
                    WHERE reunion.demande_id = demande.numero AND reunion.annulee_le IS NULL""",
    # put aside by this agent: until when, since when, what has brought it back, why
    'mise_de_cote': f"""SELECT cote.jusqu_au || ' ' || cote.mis_le || ' ' || {REVEIL} || ' ' || cote.raison FROM cote
                        WHERE cote.agent_id = ? AND cote.demande_id = demande.numero""",
}
COLONNES = {'liee': 'demande.collectivite_id', 'direction': 'demande.direction_id', 'fiche': 'demande.fiche_id'}
LUES = (
    'numero', 'statut', 'depose_le', 'promesse', 'echeance', 'date_a_tenir', 'premier_contact_le', 'clos_le',
    'prochaine_etape_le', 'message_le', 'inconnue_le', 'attente_au', 'attente_de', 'restreinte', 'reprise', 'essai',
    'interlocuteur_depuis', 'rappele', 'rappele_le',
    'collectivite', 'liee', 'prenom', 'nom', 'rappel_prenom', 'rappel_nom', 'rappel_fonction', 'telephone',
    'quand_joindre', 'direction', 'fiche', *A_COTE, 'a_nommer')

# A demande and my place in it. equipe: {role: ids}; role: who is waited for; acteur: the id in whose name I must act,
# or None; agissent: the ids of all who must; titulaire: mine holds the role; orpheline: it stands in for one that
# nobody holds, or that is away; vacante: that nobody active holds any more; conduit: I am a chef or the référent;
# dirige: I am a chef; tient: the next step is mine; invite: I was associated with a step; au_nom: in whose name I see
# it; urgence: that of the deadline (langue.dire_echeance); cote: (until, why) when I have put it aside; confiee: I am
# away, what waits for me is with others; fermes: the closing days.
AFaire = namedtuple('AFaire', (*LUES, *(
    'titre', 'jour', 'role', 'membres', 'agissent', 'acteur', 'titulaire', 'orpheline', 'vacante', 'conduit',
    'administre', 'en_equipe', 'dirige', 'tient', 'invite', 'au_nom', 'urgence', 'echeance_dite', 'cote', 'confiee',
    'fermes')))

BOUTONS = (
    {t.action: t.bouton for t in regles.TRANSITIONS}
    | {nom: acte.bouton for nom, acte in regles.ACTES.items()}
    | {'remplacer': 'Nommer la personne', 'rattacher': 'Rattacher la collectivité', '': 'Voir la demande'})


def bouton_de(acte, avec_referent):
    """The button of an act, which may have another one once the demande has a référent."""
    return (regles.AVEC_REFERENT if avec_referent else {}).get(acte) or BOUTONS[acte]


# ======================================================================================
# Reading: the demandes that concern an agent, and their place in each
# ======================================================================================

# Open demandes that an administrateur must see, their own team aside.
A_VOIR_PAR_L_ADMINISTRATEUR = """(
    demande.statut IN ('attribue_admin', 'receptionne_admin', 'rejete') OR demande.collectivite_id IS NULL
    OR (demande.echeance <= ? AND demande.premier_contact_le IS NULL)
    OR NOT EXISTS (SELECT 1 FROM membre
                   WHERE membre.demande_id = demande.numero
                   AND membre.agent_id IN (SELECT value FROM json_each(?)) AND (
                     membre.role = 'chef_de_file'
                     OR (membre.role = 'referent' AND demande.statut NOT IN ('attribue_chef', 'receptionne_chef')))))"""
# Closed ones that only an administrateur may reopen, or that nobody follows: what comes there is theirs (_suit).
CLOSES_POUR_L_ADMINISTRATEUR = """(
    demande.clos_le IS NOT NULL AND (
      demande.statut = 'rejete' OR NOT EXISTS (SELECT 1 FROM membre WHERE membre.demande_id = demande.numero)))"""
# Open demandes whose chefs are all away: a pilote of the direction acts (questions.en_poste).
SANS_CHEF = """(
    demande.clos_le IS NULL AND demande.restreinte = 0 AND demande.direction_id = ?
    AND EXISTS (SELECT 1 FROM membre JOIN agent ON agent.id = membre.agent_id
                WHERE membre.demande_id = demande.numero AND membre.role = 'chef_de_file' AND agent.actif)
    AND NOT EXISTS (SELECT 1 FROM membre WHERE membre.demande_id = demande.numero AND membre.role = 'chef_de_file'
                    AND membre.agent_id IN (SELECT value FROM json_each(?))))"""
# The open ones; of the closed ones, those with a message since, an answer that waits apart, or a failed mail.
VIVANTES = """
    SELECT demande.numero FROM demande INDEXED BY demande_ouverte WHERE demande.clos_le IS NULL
    UNION SELECT demande.numero FROM demande INDEXED BY demande_relancee
          WHERE demande.clos_le IS NOT NULL AND demande.message_le >= demande.clos_le
    UNION SELECT demande.numero FROM demande INDEXED BY demande_inconnue WHERE demande.inconnue_le IS NOT NULL
    UNION SELECT courriel.demande_id FROM courriel
          WHERE courriel.echec_le IS NOT NULL AND courriel.pour = 'demandeur' AND courriel.demande_id IS NOT NULL"""


def lire_demandes(agent, numero=None):
    """The rows (LUES) of the demandes of one's team, that wait for a person one names, that an administrateur must see;
    of this number only, if it is given.
    """
    # of « vivante »: the demandes of others are not even opened
    equipe, nommer = questions.dans_son_equipe(agent, 'vivante.numero'), questions.places_a_nommer(agent)
    lisible = questions.lisibles_par(agent)
    voulues, valeurs = [equipe.sql], [*equipe.params]
    if agent.administre:
        trop_tard = langue.plus_jours(langue.aujourdhui(), -regles.JOURS_AVANT_ADMINISTRATEURS)
        voulues += [f'(demande.clos_le IS NULL AND {A_VOIR_PAR_L_ADMINISTRATEUR})', CLOSES_POUR_L_ADMINISTRATEUR]
        valeurs += [trop_tard, questions.presence().json]
    if agent.pilote:
        voulues.append(SANS_CHEF)
        valeurs += [agent.direction_id, questions.presence().json]
    a_nommer = f'EXISTS (SELECT 1 FROM membre WHERE membre.demande_id = demande.numero AND {nommer.sql})'
    sql = {nom: f'demande.{nom}' for nom in LUES} | COLONNES | A_COTE | {'a_nommer': a_nommer}
    parmi = 'SELECT ? AS numero' if numero else VIVANTES
    return models.db.execute_sql(
        f"""SELECT {', '.join(f'({sql[nom]})' for nom in LUES)}
            FROM ({parmi}) AS vivante CROSS JOIN demande ON demande.numero = vivante.numero
            WHERE ({' OR '.join(voulues)}) AND {lisible.sql}""",
        (*[agent.id] * ' '.join(A_COTE.values()).count('?'), *nommer.params, *([numero] if numero else ()), *valeurs,
         *lisible.params)).fetchall()


def _situer(lue, agent):
    """A row of lire_demandes as an AFaire: who must act is said by questions.qui_agit."""
    colonnes, fermes = dict(zip(LUES, lue)), models.jours_fermes()
    jour, clos_le, statut = langue.aujourdhui(), colonnes['clos_le'], colonnes['statut']
    par_role = colonnes['equipe'] = _par_role(colonnes['equipe'] or '')
    titre, promesse = _fiches().get(colonnes['fiche'], (None, None))
    colonnes['promesse'] = colonnes['promesse'] or promesse
    membres = {membre for ids in par_role.values() for membre in ids}
    conduisent = {*par_role.get('chef_de_file', ()), *par_role.get('referent', ())}
    relais = agent.identites.keys() - (agent.en_attente if colonnes['restreinte'] else ())
    siens = [i for i in agent.identites if i in membres and i in relais]
    admins = [i for i, administre in agent.identites.items() if administre]
    la = questions.en_poste(par_role, colonnes['direction'], colonnes['restreinte'])
    titulaires, repreneurs = questions.qui_agit(statut, clos_le, la, admins)
    agissent, role = titulaires or repreneurs, None if clos_le else regles.QUI[statut].qui
    acteur = next((i for i in agent.identites if i in agissent and i in relais), None)
    voient = [*siens, *admins, agent.id]
    urgence, dite = langue.dire_echeance(colonnes['echeance'], colonnes['premier_contact_le'], clos_le, jour, fermes)
    return AFaire(
        **colonnes, titre=titre, jour=jour, role=role, membres=membres, agissent=agissent, acteur=acteur,
        titulaire=acteur in titulaires, orpheline=acteur in repreneurs, vacante=not par_role.get(role),
        conduit=not conduisent.isdisjoint(siens), administre=bool(admins), en_equipe=bool(siens),
        dirige=not {*par_role.get('chef_de_file', ())}.isdisjoint(siens),
        tient=colonnes['tenant'] in siens if colonnes['tenant'] else acteur in titulaires,
        invite=not {*map(int, (colonnes['invites'] or '').split())}.isdisjoint(siens),
        au_nom=acteur or voient[0], urgence=urgence, echeance_dite=dite, cote=_de_cote(colonnes, jour, fermes),
        confiee=agent.id in questions.absences(), fermes=fermes)


def _par_role(equipe):
    """{role: [ids]} of « referent:12 associe:7 » (A_COTE), without the accounts that are closed."""
    par_role, agents = {}, _agents()
    for place in equipe.split():
        role, _, membre = place.partition(':')
        if agents[int(membre)][1]:
            par_role.setdefault(role, []).append(int(membre))
    return par_role


def _de_cote(lues, jour, fermes):
    """(until, why) of what is still put aside, else None."""
    if not lues['mise_de_cote'] or lues['clos_le']:
        return None
    jusqu_au, mis_le, reveil_le, raison = lues['mise_de_cote'].split(' ', 3)
    promise = questions.promesse_proche(
        lues['echeance'], lues['premier_contact_le'], lues['date_a_tenir'], jour, fermes)
    return (jusqu_au, raison) if questions.de_cote(jusqu_au, mis_le, reveil_le, promise, jour) else None


# ======================================================================================
# Why a demande is in a day, and what is to be done: the order of the words, and of the acts
# ======================================================================================

def en_retard(d):
    return questions.en_retard(d.echeance, d.premier_contact_le, d.clos_le, d.jour)


def _message_a_lire(d):
    return d.message_le and d.message_le >= (d.clos_le or '') and _suit(d)


def _attend(d):
    """True while an answer of the collectivité is waited for: nothing else is to be done until its date (§12)."""
    return bool(d.attente_au) and d.attente_au >= d.jour and not d.clos_le


def _attente_finie(d):
    return d.acteur and d.attente_au and d.attente_au < d.jour and not d.clos_le and not d.inconnue_le


def _suit(d):
    """Who is told of a message (regles.md §7): who must act;
    of a closed demande, its chefs and référent, else the administrateurs; of a rejected one, these too, who reopen it.
    """
    if not d.clos_le:
        return d.acteur
    return d.conduit or (d.administre and (not d.equipe or d.statut == 'rejete'))


def _a_verifier(d):
    return d.acteur and questions.a_verifier(d.rappele, d.rappele_le, d.acte_le)


def _non_remis(d):
    return d.echec_le and _suit(d)


def _a_receptionner(d):
    return d.titulaire and questions.a_receptionner(d.statut)


def _attendu(d, *sauf):
    """The act expected of me now (questions.acte_attendu), '' when none is."""
    if not d.acteur:
        return ''
    if _a_confier(d):
        return regles.SANS_TITULAIRE[d.role]
    return questions.acte_attendu(d.statut, d.premier_contact_le, sauf)


def _a_confier(d):
    """Another must be named: the account is closed, or nobody is there to begin. An accompaniment under way waits for
    who is away; the one who stands in answers what comes.
    """
    return d.orpheline and (d.vacante or d.statut != 'en_cours')


def _suite(d):
    """What makes the demande go further, its reception aside: call, name the expert, orient, answer, start."""
    return _attendu(d, 'receptionner')


def _a_avancer(d):
    """Once received. « journal » is what is expected of an accompaniment that goes on; one that was imported has been
    called, whatever the file says.
    """
    en_route = d.reprise and d.statut == 'en_cours'
    return _suite(d) not in ('', 'journal') and not en_route and not _a_receptionner(d)


def _appel(d):
    """Where a call is written: the first contact, as long as there is none."""
    return 'journal' if d.premier_contact_le or d.clos_le else 'contact'


def _dire_appel(d):
    """Its button: '', the name of the act, but for a line of the journal."""
    return 'Noter l\'appel' if _appel(d) == 'journal' else ''


def _a_faire_rappeler(d):
    """A chef is told of the lateness of an expert since one working day: she has it called (regles.md §8)."""
    return (d.conduit and not d.acteur and en_retard(d)
            and langue.jours_ouvres_entre(d.echeance, d.jour, d.fermes) > 0)


def _a_accepter(d):
    return questions.a_accepter(d.statut, d.accord)


# A call that is late comes before its reception.
def _reception(d):
    return 'contact' if en_retard(d) and _suite(d) == 'contact' else 'receptionner'


def _reunions(d):
    """[(day, is it noted)] of its réunions, the first one first."""
    return sorted((une[:10], une[-1] == '1') for une in (d.reunions or '').split())


def _reunion_proche(d):
    """The day of its next réunion, of this week; None for none."""
    proches = [jour for jour, _ in _reunions(d) if _cette_semaine(d, jour)]
    return proches[0] if proches and d.en_equipe and not d.clos_le else None


def _a_noter(d):
    """The day of the last réunion that took place, of which nothing was noted since; None for who does not
    lead."""
    passees = [jour for jour, notee in _reunions(d) if jour < d.jour and not notee]
    return passees[-1] if passees and (d.conduit or d.acteur) and not d.clos_le else None


def _etape_proche(d):
    return d.prochaine_etape_le and d.en_equipe and not d.clos_le and _cette_semaine(d, d.prochaine_etape_le)


def _etape_passee(d):
    """Its day has passed, in the day of who holds it and of who leads the demande (regles.md §12)."""
    return d.prochaine_etape_le and d.prochaine_etape_le < d.jour and not d.clos_le and (d.tient or d.conduit)


def _cette_semaine(d, jour):
    return d.jour <= jour <= langue.plus_jours(d.jour, 7)


def _avance_depuis(d):
    return d.ligne_le if d.statut == 'en_cours' else d.tenue_le


def _a_rattacher(d):
    return d.administre and not d.clos_le and d.liee is None


def _silencieuse(d):
    silencieuse = questions.silencieuse(
        d.statut, d.ligne_le, d.promesse, questions.suspendue_au(d.prochaine_etape_le, d.attente_au), d.jour)
    return d.acteur and silencieuse and not d.reprise


def _dire_avancer(d):
    """What is left to say of it once its deadline is said: nothing, for a call."""
    if _a_confier(d):
        pourquoi = 'compte fermé' if d.vacante else ABSENTS[d.role]
        return f'{pourquoi}\u00a0: {RESTE[_suite(d)]}'
    return '' if _suite(d) == 'contact' and d.echeance else RESTE[_suite(d)]


ABSENTS = {'referent': 'expert absent', 'chef_de_file': 'chef de file absent'}
RESTE = {
    'contact':  'à rappeler',
    'designer': 'expert à désigner',
    'demarrer': 'contact pris\u00a0: accompagnement à démarrer',
    'orienter': 'à orienter',
    'repondre': 'à répondre',
}


def _jour_court(jour):
    """« jeudi 10/12 »."""
    return f'{langue.SEMAINE[langue.a_paris(jour).weekday()]} {langue.dire_jour(jour)}'


def _dire_message(d):
    dit = 'demande de réouverture du' if d.rouvre else 'à répondre\u00a0: message du'
    return f'{dit} {langue.dire_jour(d.message_le)}'


# retient: does it concern this demande; dire: its words, '' for none; acte: the action its button leads to ('' the page
# itself), None for what calls for none; the first that has one gives the button, and makes the demande wait for me;
# depuis: since when it waits, when that is known.
Motif = namedtuple('Motif', 'cle icone ton retient dire acte bouton depuis',
                   defaults=(lambda d: None, lambda d: '', lambda d: None))
MOTIFS = (
    Motif('tenir', 'calendrier', '', lambda d: d.date_a_tenir and d.date_a_tenir >= d.jour and not d.clos_le,
          lambda d: f'à tenir le {_jour_court(d.date_a_tenir)}'),
    Motif('etape', 'document', 'neutre', _etape_proche,
          lambda d: f'prochaine étape le {_jour_court(d.prochaine_etape_le)}'),
    Motif('seance', 'personnes', 'neutre', _reunion_proche, lambda d: f'réunion le {_jour_court(_reunion_proche(d))}'),
    Motif('echeance', '', '', lambda d: d.urgence in ('loin', 'proche', 'retard'), lambda d: d.echeance_dite),
    Motif('message', 'courriel', 'pastel', _message_a_lire, _dire_message,
          lambda d: '', lambda d: 'Lire le message' if d.clos_le else 'Lire et répondre', lambda d: d.message_le),
    Motif('inconnue', 'courriel', 'attention', lambda d: d.inconnue_le and _suit(d),
          lambda d: f'réponse d\'une adresse inconnue le {langue.dire_jour(d.inconnue_le)}', lambda d: '',
          lambda d: 'Lire la réponse', lambda d: d.inconnue_le),
    Motif('attente', 'calendrier', 'attention', _attente_finie,
          lambda d: f'réponse attendue avant le {_jour_court(d.attente_au)}, pas reçue', lambda d: 'ecrire',
          lambda d: 'Relancer la collectivité', lambda d: d.attente_au),
    Motif('verifier', 'tel', 'attention', _a_verifier,
          lambda d: f'la collectivité dit «\u00a0pas encore rappelée\u00a0» le {langue.dire_jour(d.rappele_le)}',
          _appel, _dire_appel, lambda d: d.rappele_le),
    Motif('telephoner', 'alerte', 'erreur', _non_remis,
          lambda d: f'courriel non remis le {langue.dire_jour(d.echec_le)}\u00a0:',
          lambda d: _appel(d) if d.telephone else '', lambda d: _dire_appel(d) if d.telephone else '',
          lambda d: d.echec_le),
    Motif('receptionner', 'coche', 'pastel', _a_receptionner,
          lambda d: 'à accepter' if _a_accepter(d) else 'réception à confirmer', _reception,
          lambda d: 'Accepter la demande' if _a_accepter(d) and _reception(d) == 'receptionner' else '',
          lambda d: d.tenue_le),
    Motif('avancer', 'personnes', 'pastel', _a_avancer, _dire_avancer, _suite, depuis=_avance_depuis),
    Motif('reunion', 'note', 'pastel', _a_noter,
          lambda d: f'réunion du {langue.dire_jour(_a_noter(d))}\u00a0: notez ce qui a été convenu',
          lambda d: 'journal', lambda d: 'Noter la réunion', _a_noter),
    Motif('rappeler', 'tel', 'pastel', _a_faire_rappeler, lambda d: 'à faire rappeler', lambda d: 'contact'),
    Motif('rattacher', 'lieu', 'pastel', _a_rattacher, lambda d: 'collectivité à rattacher', lambda d: 'rattacher',
          depuis=lambda d: d.depose_le),
    Motif('interlocuteur', 'tel', 'attention', lambda d: d.interlocuteur_depuis, lambda d: 'interlocuteur à confirmer',
          lambda d: 'confirmer' if d.acteur and not d.clos_le else None, depuis=lambda d: d.interlocuteur_depuis),
    Motif('nommer', 'personnes', 'pastel', lambda d: d.a_nommer and not d.clos_le, lambda d: 'personne à nommer',
          lambda d: 'remplacer'),
    Motif('accepter', 'personnes', 'pastel', lambda d: d.invite and not d.clos_le,
          lambda d: 'une étape vous est confiée', lambda d: 'jalon_accepter', lambda d: 'Répondre'),
    Motif('proposee', 'personnes', 'pastel', lambda d: d.proposee and d.dirige and not d.clos_le,
          lambda d: 'un expert proposé pour une étape', lambda d: ''),
    Motif('etape_passee', 'document', 'attention', _etape_passee,
          lambda d: f'étape à faire depuis le {_jour_court(d.prochaine_etape_le)}',
          lambda d: 'jalon_fait' if d.tient else '', depuis=lambda d: d.prochaine_etape_le),
    Motif('silence', 'note', 'pastel', _silencieuse, lambda d: f'dernière ligne le {langue.dire_jour(d.ligne_le)}',
          lambda d: 'journal', depuis=lambda d: d.ligne_le),
)

# The places of what is to be done, and their titles.
A_FAIRE = {'maintenant': 'À faire maintenant', 'orienter': 'À orienter ou à traiter',
           'essais': 'Essais, avant l\'ouverture'}
CONFIEES = {'confiees': 'Confiées pendant votre absence'}           # what waits for who is away: with others
# A demande as a day shows it. ou: its place (_placer); dits: [(cle, icone, ton, words)]; acte: None, nothing waits;
# motif: the cle of the one that gives it; depuis: since when it waits, in words; appeler: whom to call, when it is the
# name to say: the number comes first.
Tache = namedtuple('Tache', 'd ou dits acte bouton evenements rang motif depuis appeler')


def taches(agent):
    """[Tache] of an agent, each demande once, the most pressing first."""
    rangees = [_tache(_situer(lue, agent)) for lue in lire_demandes(agent)]
    return sorted((t for t in rangees if t.ou), key=lambda t: (t.rang, t.d.numero))


def _tache(d):
    motifs = [m for m in MOTIFS if m.retient(d)]
    actes = [(m, acte) for m in motifs if (acte := m.acte(d)) is not None]
    premier, acte = actes[0] if actes else (None, None)
    bouton = (premier.bouton(d) if premier else '') or bouton_de(acte or '', 'referent' in d.equipe)
    dits = [(m.cle, m.icone, m.ton, mots) for m in motifs if (mots := m.dire(d))]
    evenements = _evenements(d)
    ou, cle, depuis = _placer(d, premier, evenements), premier and premier.cle, premier and premier.depuis(d)
    a_dire = depuis and langue.jour_de(depuis) < d.jour
    depuis_dit = f'attend depuis {langue.dire_anciennete(depuis, d.jour)}' if a_dire else ''
    appeler = ''
    if cle != 'telephoner' and ou != 'confiees' and 'contact' in (acte, _suite(d)):
        appeler = models.nom_a_rappeler(d)
    return Tache(d, ou, dits, acte, bouton, evenements, _rang(d, cle, depuis), cle, depuis_dit, appeler)


SIGNALES = ('message', 'inconnue', 'verifier', 'telephoner')        # somebody waits for a word
MALGRE_L_ATTENTE = (*SIGNALES, 'interlocuteur', 'nommer')           # not put off by an answer that is waited for


def _rang(d, cle, depuis):
    """Who attaches a collectivité does nothing for the promise of others; what waits for an administrateur as such is
    a mairie that waits.
    """
    if cle == 'rattacher':
        return questions.ordre_du_jour(None, None, None, d.jour)
    if cle == 'message' and not d.clos_le:                          # before all: somebody waits for an answer
        return -1, depuis
    echeance = questions.rappel_attendu(d.echeance, d.premier_contact_le, d.clos_le)
    signale = cle in SIGNALES or (cle and _en_administrateur(d, cle))
    return questions.ordre_du_jour(echeance, d.date_a_tenir, depuis if signale else None, d.jour)


def _placer(d, premier, evenements):
    """The one place of a demande in a day; '' for none. An essai is outside every figure but its own (§11)."""
    if d.essai:
        return 'essais' if premier and not d.cote and not d.confiee else ''
    if d.cote:
        return 'cote'
    if premier and d.confiee:
        return 'confiees'
    if _attend(d) and (not premier or premier.cle not in MALGRE_L_ATTENTE):
        return 'attente'
    if premier:
        return 'orienter' if _en_administrateur(d, premier.cle) else 'maintenant'
    if _retard_a_voir(d):
        return 'ailleurs'
    if evenements:
        return 'semaine'
    return 'suivies' if d.en_equipe and not d.clos_le else ''


def _en_administrateur(d, cle):
    """What waits for an administrateur as such: to orient, to answer, to attach, or left by those who held it."""
    return cle == 'rattacher' or d.role == 'administrateur' or (d.orpheline and not d.conduit)


def _retard_a_voir(d):
    """The administrateurs are told of an old lateness, of which nothing is asked of them (regles.md §8)."""
    return en_retard(d) and d.administre and questions.a_dire_aux_administrateurs(d.echeance, d.jour, d.fermes)


def _evenements(d):
    """[(day, what)] of the seven days to come, in my team."""
    if d.clos_le or not d.en_equipe:
        return []
    echeance = questions.rappel_attendu(d.echeance, d.premier_contact_le, d.clos_le) if d.conduit else None
    dates = ((d.date_a_tenir, 'tenir'), (d.prochaine_etape_le, 'etape'), (echeance, 'rappel'),
             *((jour, 'reunion') for jour, _ in _reunions(d)))
    return sorted((jour, quoi) for jour, quoi in dates if jour and _cette_semaine(d, jour))


def tache_de(agent, numero):
    """The Tache of one demande: its page asks for the act that the day asks for. None when it is not in their day."""
    return next((_tache(_situer(lue, agent)) for lue in lire_demandes(agent, numero)), None)


def suivante(agent, sauf):
    """The next Tache of an agent, another than the demande of this number, or None."""
    return next((t for t in taches(agent) if t.ou in A_FAIRE and t.d.numero != sauf), None)


@models.gardee
def _agents():
    """{id: (name, is the account open)} of all."""
    lus = models.db.execute_sql("SELECT id, prenom || ' ' || nom, actif FROM agent")
    return {id_: (nom, actif) for id_, nom, actif in lus}


@models.gardee
def _fiches():
    """{id: (title, promise)} of all."""
    return {id_: sienne for id_, *sienne in models.db.execute_sql('SELECT id, titre, promesse FROM fiche')}


def noms_de(ids):
    """{id: name} of agents."""
    return {id_: _agents()[id_][0] for id_ in ids}
