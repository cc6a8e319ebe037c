"""« Ma journée »: what waits for an agent, each day (domaine.md §2, §5, §8)."""
from collections import namedtuple

from peewee import SQL, fn

import models
from models import Agent, Demande, Fiche, Journal, Membre
from views import app, page, request

# One query for the demandes, one table for the sections.

# What « Ma journée » asks of each demande beside its own columns.
A_COTE = {
    'equipe': """SELECT group_concat(membre.role || ':' || membre.agent_id, ' ')
                 FROM membre JOIN agent ON agent.id = membre.agent_id
                 WHERE membre.demande_id = demande.numero AND agent.actif""",
    # imported before its journal: the day of its deposit
    'ligne_le': """SELECT coalesce(max(journal.cree_le), demande.depose_le)
                   FROM journal WHERE journal.demande_id = demande.numero""",
    # the last message that no act of the team, of who acts for one of them or of an administrateur has answered
    'message_le': """SELECT max(m.cree_le) FROM journal m
                     WHERE m.demande_id = demande.numero AND m.nature = 'message'
                     AND NOT EXISTS (SELECT 1 FROM journal s
                                     WHERE s.demande_id = m.demande_id AND s.agent_id IS NOT NULL
                                     AND (s.cree_le, s.id) > (m.cree_le, m.id)
                                     AND (s.nature IN ('statut', 'equipe', 'contact') OR s.pour_id IS NOT NULL
                                          OR s.agent_id IN (SELECT id FROM agent WHERE administrateur)
                                          OR s.agent_id IN (SELECT membre.agent_id FROM membre
                                                            WHERE membre.demande_id = s.demande_id)))""",
    # the last mail to the mairie that was not delivered, and that no call has replaced
    'echec_le': """SELECT max(courriel.echec_le) FROM courriel
                   WHERE courriel.demande_id = demande.numero AND courriel.pour = 'demandeur'
                   AND courriel.echec_le IS NOT NULL
                   AND NOT EXISTS (SELECT 1 FROM journal s
                                   WHERE s.demande_id = demande.numero AND s.cree_le >= courriel.echec_le
                                   AND s.nature IN ('appel', 'contact', 'visite', 'reunion'))""",
}
COLONNES_DU_JOUR = (
    Demande.numero, Demande.statut, fn.COALESCE(Demande.delai, Fiche.delai).alias('delai'), Demande.echeance,
    Demande.date_a_tenir, Demande.premier_contact_le, Demande.clos_le, Demande.prochaine_etape_le, Demande.restreinte,
    Demande.collectivite, Demande.collectivite_liee.alias('liee'), Demande.telephone, Fiche.titre,
    *(SQL(f'({sql}) AS {nom}') for nom, sql in A_COTE.items()),
)
LUES_DU_JOUR = (
    'numero', 'statut', 'delai', 'echeance', 'date_a_tenir', 'premier_contact_le', 'clos_le', 'prochaine_etape_le',
    'restreinte', 'collectivite', 'liee', 'telephone', 'titre', *A_COTE, 'a_nommer')

# A demande and my place in it. role: who is waited for; acteur: the id in whose name I must act, or None;
# titulaire: that id holds the role; orpheline: it stands in for one that nobody active holds any more;
# conduit: I am a chef or the référent; au_nom: in whose name I see it;
# urgence: that of the deadline (models.dire_echeance).
AFaire = namedtuple('AFaire', (*LUES_DU_JOUR, *(
    'jour', 'role', 'membres', 'acteur', 'titulaire', 'orpheline', 'conduit', 'administre', 'en_equipe', 'au_nom',
    'urgence', 'echeance_dite')))

BOUTONS = (
    {t.action: t.bouton for t in models.TRANSITIONS}
    | {nom: acte.bouton for nom, acte in models.ACTES.items()}
    | {'remplacer': 'Nommer la personne', 'rattacher': 'Rattacher la collectivité', '': 'Voir la demande'})
LIGNES_PAR_SECTION = 20


def _en_retard(d):
    return models.en_retard(d.echeance, d.premier_contact_le, d.clos_le, d.jour)


def _retard_a_voir(d):
    """Those told of it (domaine.md §8): who must act, the chefs and the référent; the administrateurs later."""
    if not _en_retard(d):
        return False
    admin = d.administre and models.a_dire_aux_administrateurs(d.echeance, d.jour)
    return d.acteur or d.conduit or admin


def _a_rappeler(d):
    """No first contact yet and I must act; what an administrateur must orient first is not theirs to call back."""
    return d.acteur and not d.premier_contact_le and d.role != 'administrateur' and not _en_retard(d)


def _a_receptionner(d):
    return d.titulaire and models.a_receptionner(d.statut)


def _a_demarrer(d):
    return d.titulaire and d.premier_contact_le and d.statut in ('receptionne_chef', 'receptionne_expert')


def _date_a_venir(d):
    return d.en_equipe and not d.clos_le and d.date_a_tenir and d.date_a_tenir >= d.jour


def _a_traiter(d):
    """For administrateurs; and an open demande whose chef or référent has no active account any more."""
    a_moi = d.statut in ('receptionne_admin', 'rejete') or d.liee is None
    return d.orpheline or (d.administre and not d.clos_le and a_moi)


def _message_a_lire(d):
    return d.message_le and d.message_le >= (d.clos_le or '') and _suit(d)


def _suit(d):
    """Who is told of a message (domaine.md §7): who must act;
    of a closed demande, its chefs and référent, else the administrateurs.
    """
    if not d.clos_le:
        return d.acteur
    return d.conduit or (d.administre and not d.equipe)


def _silencieuse(d):
    return d.acteur and models.silencieuse(d.statut, d.ligne_le, d.delai, d.prochaine_etape_le, d.jour)


def _attendu(d, *sauf):
    """The act expected of me now (models.acte_attendu), '' when none is."""
    if not d.acteur:
        return ''
    if d.orpheline:
        return models.SANS_TITULAIRE[d.role]
    return models.acte_attendu(d.statut, d.premier_contact_le, sauf)


def _suite(d):
    """What makes the demande go further, its reception aside: call, name the expert, orient, answer, start."""
    return _attendu(d, 'receptionner')


def _traitement(d):
    if d.orpheline or d.role == 'administrateur':
        return _suite(d)
    return 'rattacher'


# retient: does it concern this demande; acte: the action its button leads to; tri: the column that puts the most urgent
# first.
Section = namedtuple('Section', 'cle titre un plusieurs icone tri retient acte bouton', defaults=('',))
SECTIONS = (
    Section('tenir', 'Dates à tenir', 'date à tenir', 'dates à tenir', 'calendrier', 'date_a_tenir',
            _date_a_venir, _attendu),
    Section('retard', 'En retard', 'en retard de rappel', 'en retard de rappel', 'alerte', 'echeance',
            _retard_a_voir, _suite),
    Section('receptionner', 'Réceptions à confirmer', 'réception à confirmer', 'réceptions à confirmer', '', 'echeance',
            _a_receptionner, lambda d: 'receptionner'),
    Section('rappeler', 'À rappeler', 'à rappeler', 'à rappeler', '', 'echeance', _a_rappeler, _suite),
    Section('demarrer', 'Contact pris, accompagnement à démarrer', 'accompagnement à démarrer',
            'accompagnements à démarrer', '', 'echeance', _a_demarrer, _suite),
    Section('orienter', 'À orienter ou à traiter', 'à orienter ou à traiter', 'à orienter ou à traiter', '', 'echeance',
            _a_traiter, _traitement),
    Section('nommer', 'Personnes à nommer', 'personne à nommer', 'personnes à nommer', 'personnes', 'echeance',
            lambda d: d.a_nommer and not d.clos_le, lambda d: 'remplacer'),
    Section('messages', 'Messages du demandeur', 'message du demandeur', 'messages du demandeur', 'courriel',
            'message_le', _message_a_lire, lambda d: '' if d.clos_le else 'journal', 'Lire le message'),
    Section('telephoner', 'Courriels non remis\u00a0: téléphoner', 'courriel non remis', 'courriels non remis', 'tel',
            'echec_le', lambda d: d.echec_le and _suit(d), lambda d: 'journal', 'Téléphoner'),
    Section('sans-ligne', 'Sans ligne au journal depuis 30 ou 90 jours', 'sans ligne au journal',
            'sans ligne au journal', '', 'ligne_le', _silencieuse, lambda d: 'journal'),
)


@app.get('/espace', qui='agent')
def journee():
    agent = request.agent
    demandes = [_situer(lue, agent) for lue in _demandes_du_jour(agent).tuples().iterator()]
    noms = _noms([i for i in agent.identites if i != agent.id])
    sections = [_remplir(section, demandes, noms) for section in SECTIONS]
    en_cours = [d for d in demandes if d.statut == 'en_cours' and agent.id in d.membres]
    return page(
        'journee/journee.html', sections=[s for s in sections if s['total']], jour=models.aujourdhui(),
        en_cours=len(en_cours), activite=_activite(agent), boutons=BOUTONS,
        structure=agent.direction.structure.nom, structure_id=agent.direction.structure_id)


# Open demandes that an administrateur must see, their own team aside.
A_VOIR_PAR_L_ADMINISTRATEUR = """(
    demande.statut IN ('attribue_admin', 'receptionne_admin', 'rejete') OR demande.collectivite_id IS NULL
    OR (demande.echeance <= ? AND demande.premier_contact_le IS NULL)
    OR NOT EXISTS (SELECT 1 FROM membre JOIN agent ON agent.id = membre.agent_id
                   WHERE membre.demande_id = demande.numero AND agent.actif AND membre.role <> 'associe'))"""
# Closed ones only for a message or a failed mail.
VIVANTES = """(
    demande.clos_le IS NULL
    OR EXISTS (SELECT 1 FROM journal WHERE journal.demande_id = demande.numero
               AND journal.cree_le >= demande.clos_le AND journal.nature = 'message')
    OR EXISTS (SELECT 1 FROM courriel WHERE courriel.demande_id = demande.numero
               AND courriel.echec_le IS NOT NULL AND courriel.pour = 'demandeur'))"""


def _demandes_du_jour(agent):
    """The demandes of my team or that wait for a person I name, and those an administrateur must see."""
    a_nommer = Demande.numero.in_(Membre.select(Membre.demande_id).where(models.places_a_nommer(agent)))
    voulues = Demande.numero.in_(_siennes(agent)) | a_nommer
    if agent.administre:
        trop_tard = models.plus_jours(models.aujourdhui(), -models.JOURS_AVANT_ADMINISTRATEURS)
        ouvertes = Demande.select(Demande.numero).where(Demande.clos_le.is_null())
        voulues |= Demande.numero.in_(ouvertes.where(SQL(A_VOIR_PAR_L_ADMINISTRATEUR, (trop_tard,))))
    lues = Demande.visibles_par(agent, *COLONNES_DU_JOUR, a_nommer.alias('a_nommer'))
    return lues.left_outer_join(Fiche).where(voulues, SQL(VIVANTES))


def _siennes(agent):
    return Membre.select(Membre.demande_id).where(Membre.agent.in_(list(agent.identites)))


def _situer(lue, agent):
    """A row of _demandes_du_jour as an AFaire: who must act is said by models.qui_agit."""
    colonnes = dict(zip(LUES_DU_JOUR, lue))
    jour = models.aujourdhui()
    statut = colonnes['statut']
    clos_le = colonnes['clos_le']
    par_role = _par_role(colonnes['equipe'] or '')
    membres = {membre for ids in par_role.values() for membre in ids}
    conduisent = {*par_role.get('chef_de_file', ()), *par_role.get('referent', ())}
    siens = [i for i in agent.identites if i in membres]
    admins = [i for i, administre in agent.identites.items() if administre]
    titulaires, repreneurs = models.qui_agit(statut, clos_le, par_role, admins)
    agissent = titulaires or repreneurs
    acteur = next((i for i in agent.identites if i in agissent), None)
    voient = [*siens, *admins, agent.id]
    urgence, dite = models.dire_echeance(colonnes['echeance'], colonnes['premier_contact_le'], clos_le, jour)
    return AFaire(
        **colonnes, jour=jour, role=None if clos_le else models.QUI[statut].qui, membres=membres, acteur=acteur,
        titulaire=acteur in titulaires, orpheline=acteur in repreneurs,
        conduit=not conduisent.isdisjoint(siens), administre=bool(admins), en_equipe=bool(siens),
        au_nom=acteur or voient[0], urgence=urgence, echeance_dite=dite)


def _par_role(equipe):
    """{role: [ids]} of « referent:12 associe:7 » (A_COTE)."""
    par_role = {}
    for place in equipe.split():
        role, _, membre = place.partition(':')
        par_role.setdefault(role, []).append(int(membre))
    return par_role


def _remplir(section, demandes, noms):
    """What the page shows of a section: the most urgent lines, and how many there are."""
    retenues = [d for d in demandes if section.retient(d)]
    retenues.sort(key=lambda d: (getattr(d, section.tri) or '9', d.numero))
    lignes = [(d, section.acte(d), noms.get(d.au_nom)) for d in retenues[:LIGNES_PAR_SECTION]]
    return {'section': section, 'total': len(retenues), 'lignes': lignes}


def _noms(ids):
    if not ids:
        return {}
    agents = Agent.select(Agent.id, Agent.prenom, Agent.nom).where(Agent.id.in_(ids))
    return {agent.id: agent.nom_complet for agent in agents}


def _activite(agent):
    """What others wrote these last two weeks in the demandes of my team, newest first."""
    colonnes = (
        Journal.demande_id, Journal.nature, Journal.statut, Journal.auteur, Journal.cree_le, Demande.collectivite)
    lignes = (
        Journal.select(*colonnes).join(Demande)
        .where(
            Journal.demande.in_(_siennes(agent)),
            Journal.agent.is_null() | (Journal.agent != agent.id),
            Journal.cree_le >= models.plus_jours(models.aujourdhui(), -14))
        .order_by(Journal.cree_le.desc(), Journal.id.desc()).limit(6).tuples())
    natures = models.NATURES | models.NATURES_PLATEFORME | {'equipe': 'Suivi de la demande'}
    return [
        (numero, nature, models.STATUTS[statut] if statut else natures[nature], auteur, quand, collectivite)
        for numero, nature, statut, auteur, quand, collectivite in lignes
    ]
