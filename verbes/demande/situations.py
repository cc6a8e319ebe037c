"""The demandes that concern an agent, and the agent's place in each: who is waited for there, in whose name, since when
(regles.md §1, §3, §7). What is to be done of them is taches.py.

One query for all; who must act is said by questions.qui_agit.
"""
from collections import namedtuple

import models
import langue

from verbes import questions, regles
from .cote import REVEIL
from .jalons import INVITES, PROPOSEE, TENANT
from .reunions import NOTEE

# « _chef » of « receptionne_chef »: who holds a demande at a statut.
TENUE = "substr({0}.statut, instr({0}.statut, '_'))"
MOTS_DU_TITRE = 70                                                  # characters of a free request, in its name
# What is asked of each demande beside its own columns; « ? » is the agent.
A_COTE = {
    'equipe': """SELECT group_concat(membre.role || ':' || membre.agent_id, ' ')
                 FROM membre WHERE membre.demande_id = demande.numero AND membre.agent_id IS NOT NULL""",
    'ligne_le': f"CASE WHEN demande.statut = 'en_cours' THEN {questions.LIGNE_LE} END",
    # the last mail to the mairie that was not delivered, and that no call has replaced; one in vain tells them nothing
    'echec_le': f"""SELECT max(courriel.echec_le) FROM courriel
                   WHERE courriel.demande_id = demande.numero AND courriel.pour = 'demandeur'
                   AND courriel.echec_le IS NOT NULL
                   AND NOT EXISTS (SELECT 1 FROM journal s
                                   WHERE s.demande_id = demande.numero AND s.cree_le >= courriel.echec_le
                                   AND s.nature IN {regles.JOINDRE}
                                   AND s.fait <> 'injoignable')""",
    # a machine says that a mail to the mairie came back, and nobody has acted since: « 2026-12-08T… raison »
    'revenu': """SELECT max(r.recue_le || ' ' || r.texte) FROM reponse_recue r
                 WHERE r.demande_id = demande.numero AND r.etat = 'automatique' AND r.texte <> ''
                 AND NOT EXISTS (SELECT 1 FROM journal s WHERE s.demande_id = demande.numero
                                 AND s.agent_id IS NOT NULL AND s.cree_le >= r.recue_le)""",
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
    'tenant': f'CASE WHEN demande.prochaine_etape_le IS NOT NULL THEN ({TENANT}) END',
    'invites': INVITES,
    'proposee': PROPOSEE,
    # « 2026-12-08:0 » of each réunion, 1 once what was agreed is noted
    'reunions': f"""SELECT group_concat(reunion.jour || ':' || {NOTEE}, ' ') FROM reunion
                    WHERE reunion.demande_id = demande.numero AND reunion.annulee_le IS NULL""",
    # put aside by this agent: until when, since when, what has brought it back, why
    'mise_de_cote': f"""SELECT cote.jusqu_au || ' ' || cote.mis_le || ' ' || {REVEIL} || ' ' || cote.raison FROM cote
                        WHERE cote.agent_id = ? AND cote.demande_id = demande.numero""",
}
COLONNES = {'liee': 'demande.collectivite_id', 'direction': 'demande.direction_id', 'fiche': 'demande.fiche_id',
            'debut': f'CASE WHEN demande.fiche_id IS NULL THEN substr(demande.message, 1, {4 * MOTS_DU_TITRE}) END'}
CHAMPS = (
    'numero', 'statut', 'depose_le', 'promesse', 'echeance', 'date_a_tenir', 'premier_contact_le', 'clos_le',
    'prochaine_etape_le', 'message_le', 'inconnue_le', 'attente_au', 'attente_de', 'restreinte', 'reprise', 'essai',
    'interlocuteur_depuis', 'rappele', 'rappele_le',
    'collectivite', 'type', 'liee', 'prenom', 'nom', 'rappel_prenom', 'rappel_nom', 'rappel_fonction', 'telephone',
    'quand_joindre', 'direction', 'fiche', 'debut', *A_COTE, 'a_nommer')

# A demande and my place in it. equipe: {role: ids}; role: who is waited for; acteur: the id in whose name I must act,
# or None; agissent: the ids of all who must; titulaire: mine holds the role; orpheline: it stands in for one that
# nobody holds, or that is away; vacante: that nobody active holds any more; conduit: I am a chef or the référent;
# dirige: I am a chef; tient: the next step is mine; invite: I was associated with a step; au_nom: in whose name I see
# it; urgence: that of the deadline (langue.dire_echeance); cote: (until, why) when I have put it aside; confiee: I am
# away, what waits for me is with others; fermes: the closing days.
Situation = namedtuple('Situation', (*CHAMPS, *(
    'titre', 'jour', 'role', 'membres', 'agissent', 'acteur', 'titulaire', 'orpheline', 'vacante', 'conduit',
    'administre', 'en_equipe', 'dirige', 'tient', 'invite', 'au_nom', 'urgence', 'echeance_dite', 'cote', 'confiee',
    'fermes')))


# ---- The demandes that concern an agent ----

# Open demandes that an administrateur must see, their own team aside.
A_VOIR_PAR_L_ADMINISTRATEUR = """(
    demande.statut IN ('attribue_admin', 'receptionne_admin', 'rejete') OR demande.collectivite_id IS NULL
    OR (demande.echeance <= ? AND demande.premier_contact_le IS NULL)
    OR NOT EXISTS (SELECT 1 FROM membre
                   WHERE membre.demande_id = demande.numero
                   AND membre.agent_id IN (SELECT value FROM json_each(?)) AND (
                     membre.role = 'chef_de_file'
                     OR (membre.role = 'referent' AND demande.statut NOT IN ('attribue_chef', 'receptionne_chef')))))"""
# Closed ones that only an administrateur may reopen, or that nobody follows: what comes there is theirs (taches._suit).
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
# The open ones; of the closed ones, those with a message since, an answer that waits apart, a mail that failed, or that
# a machine says came back.
VIVANTES = """
    SELECT demande.numero FROM demande INDEXED BY demande_ouverte WHERE demande.clos_le IS NULL
    UNION SELECT demande.numero FROM demande INDEXED BY demande_relancee
          WHERE demande.clos_le IS NOT NULL AND demande.message_le >= demande.clos_le
    UNION SELECT demande.numero FROM demande INDEXED BY demande_inconnue WHERE demande.inconnue_le IS NOT NULL
    UNION SELECT courriel.demande_id FROM courriel
          WHERE courriel.echec_le IS NOT NULL AND courriel.pour = 'demandeur' AND courriel.demande_id IS NOT NULL
    UNION SELECT demande_id FROM reponse_recue WHERE etat = 'automatique' AND texte <> ''"""


def situations_de(agent, numero=None):
    """[Situation] of an agent; of this number only, if it is given."""
    return [_situer(ligne, agent) for ligne in lire_demandes(agent, numero)]


def lire_demandes(agent, numero=None):
    """The rows (CHAMPS) of the demandes of one's team, that wait for a person one names, that an administrateur must
    see; of this number only, if it is given.
    """
    # of « vivante »: the demandes of others are not even opened
    equipe, nommer = questions.dans_son_equipe(agent, 'vivante.numero'), questions.places_a_nommer(agent)
    lisible = questions.lisibles_par(agent)
    conditions, valeurs = [equipe.sql], [*equipe.params]
    if agent.administre:
        trop_tard = langue.plus_jours(langue.aujourdhui(), -regles.JOURS_AVANT_ADMINISTRATEURS)
        conditions += [f'(demande.clos_le IS NULL AND {A_VOIR_PAR_L_ADMINISTRATEUR})', CLOSES_POUR_L_ADMINISTRATEUR]
        valeurs += [trop_tard, questions.presence().json]
    if agent.pilote:
        conditions.append(SANS_CHEF)
        valeurs += [agent.direction_id, questions.presence().json]
    a_nommer = f'EXISTS (SELECT 1 FROM membre WHERE membre.demande_id = demande.numero AND {nommer.sql})'
    sql = {nom: f'demande.{nom}' for nom in CHAMPS} | COLONNES | A_COTE | {'a_nommer': a_nommer}
    parmi = 'SELECT ? AS numero' if numero else VIVANTES
    return models.db.execute_sql(
        f"""SELECT {', '.join(f'({sql[nom]})' for nom in CHAMPS)}
            FROM ({parmi}) AS vivante CROSS JOIN demande ON demande.numero = vivante.numero
            WHERE ({' OR '.join(conditions)}) AND {lisible.sql}""",
        (*[agent.id] * ' '.join(A_COTE.values()).count('?'), *nommer.params, *([numero] if numero else ()), *valeurs,
         *lisible.params)).fetchall()


# ---- The place of the agent in one of them ----

def _situer(ligne, agent):
    """A row of lire_demandes as a Situation."""
    demande = dict(zip(CHAMPS, ligne))
    jour, fermes = langue.aujourdhui(), models.jours_fermes()
    statut, clos_le, restreinte = demande['statut'], demande['clos_le'], demande['restreinte']
    titre, promesse = _fiches().get(demande['fiche']) or (dire_une_libre(demande['debut']), None)
    equipe = _par_role(demande['equipe'] or '')
    role = None if clos_le else regles.QUI[statut].qui
    membres = {membre for ids in equipe.values() for membre in ids}
    relais = agent.identites.keys() - (agent.en_attente if restreinte else ())
    identites = [identite for identite in agent.identites if identite in membres & relais]
    mes_roles = {tenu for tenu, ids in equipe.items() if not {*ids}.isdisjoint(identites)}
    administrateurs = [identite for identite, administre in agent.identites.items() if administre]
    en_poste = questions.en_poste(equipe, demande['direction'], restreinte)
    titulaires, repreneurs = questions.qui_agit(statut, clos_le, en_poste, administrateurs)
    agissent = titulaires or repreneurs
    acteur = next((identite for identite in agent.identites if identite in agissent and identite in relais), None)
    urgence, echeance_dite, _ = langue.dire_echeance(
        demande['echeance'], demande['premier_contact_le'], clos_le, jour, fermes)
    return Situation(**demande | {
        'equipe': equipe, 'promesse': demande['promesse'] or promesse, 'titre': titre, 'jour': jour, 'fermes': fermes,
        'membres': membres, 'role': role, 'agissent': agissent, 'acteur': acteur,
        'titulaire': acteur in titulaires, 'orpheline': acteur in repreneurs, 'vacante': not equipe.get(role),
        'administre': bool(administrateurs), 'en_equipe': bool(identites), 'dirige': 'chef_de_file' in mes_roles,
        'conduit': not mes_roles.isdisjoint(('chef_de_file', 'referent')),
        'tient': demande['tenant'] in identites if demande['tenant'] else acteur in titulaires,
        'invite': not {*map(int, (demande['invites'] or '').split())}.isdisjoint(identites),
        'au_nom': acteur or [*identites, *administrateurs, agent.id][0],
        'urgence': urgence, 'echeance_dite': echeance_dite, 'cote': _de_cote(demande, jour, fermes),
        'confiee': agent.id in questions.absences()})


def dire_une_libre(debut):
    """« Notre pont ferme… »: the first words of a free request."""
    mots = langue.premiers_mots(debut or '', MOTS_DU_TITRE)
    return f'«\u00a0{mots}\u00a0»' if mots else 'demande libre'


def _par_role(equipe):
    """{role: [ids]} of « referent:12 associe:7 » (A_COTE), without the accounts that are closed."""
    par_role, agents = {}, _agents()
    for place in equipe.split():
        role, _, membre = place.partition(':')
        if agents[int(membre)][1]:
            par_role.setdefault(role, []).append(int(membre))
    return par_role


def _de_cote(demande, jour, fermes):
    """(until, why) of what is still put aside, else None."""
    if not demande['mise_de_cote'] or demande['clos_le']:
        return None
    jusqu_au, mis_le, reveil_le, raison = demande['mise_de_cote'].split(' ', 3)
    promise = questions.promesse_proche(
        demande['echeance'], demande['premier_contact_le'], demande['date_a_tenir'], jour, fermes)
    return (jusqu_au, raison) if questions.de_cote(jusqu_au, mis_le, reveil_le, promise, jour) else None


@models.gardee
def _fiches():
    """{id: (title, promise)} of all."""
    fiches = models.db.execute_sql('SELECT id, titre, promesse FROM fiche')
    return {id_: (titre, promesse) for id_, titre, promesse in fiches}


# ---- Who they are ----

@models.gardee
def _agents():
    """{id: (name, is the account open)} of all."""
    agents = models.db.execute_sql("SELECT id, prenom || ' ' || nom, actif FROM agent")
    return {id_: (nom, actif) for id_, nom, actif in agents}


def noms_de(ids):
    """{id: name} of agents."""
    return {id_: _agents()[id_][0] for id_ in ids}


def dire_qui_agit(ids, lecteur=None):
    """{id: « Claude Témoin », « Jonas Croquis, pour Claude Témoin » when they are away} of agents; « vous, pour Claude
    Témoin » to the reader of this id.
    """
    noms, agissent = noms_de(ids), questions.agissent_pour()
    par = noms_de({agissent[id_] for id_ in noms if id_ in agissent}) | {lecteur: 'vous'}
    return {id_: f'{par[agissent[id_]]}, pour {nom}' if id_ in agissent else nom for id_, nom in noms.items()}
