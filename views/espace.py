"""The agents' day: « Ma journée », the list of the demandes and its CSV.

One demande is in dossier.py, the entry of one received directly in saisie.py.
Whatever is shown, counted or exported starts from `lisibles_par` or `visibles_par`, or from the agent's own team.
"""
import functools
import math
import re
from collections import namedtuple
from urllib.parse import urlencode

from markupsafe import Markup
from peewee import SQL, fn

import models
from models import Agent, Collectivite, Demande, Fiche, Journal, Membre, Refus, dire_nombre, ecriture, lecture
from verbes import liste
from verbes.journal import auditer
from views import aller, app, choix, log, morceau, page, parametre, rendu, request
from views.champs import Champ
from views.exports import csv_fichier
from views.refus import adresse_vue

# ======================================================================================
# « Ma journée »: one query for the demandes, one table for the sections
# ======================================================================================

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
        'espace/journee.html', sections=[s for s in sections if s['total']], jour=models.aujourdhui(),
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


# ======================================================================================
# What is asked of the list
# ======================================================================================


def _criteres():
    """The filters of the address, in the order of liste.CONDITIONS, empty ones left out; Refus 400 on a bad value."""
    saisis = {nom: parametre(nom).strip() for nom in liste.CONDITIONS}
    criteres = {nom: valeur for nom, valeur in saisis.items() if valeur}
    for nom, valeur in criteres.items():
        if not liste.CONDITIONS[nom].valable(valeur):
            raise Refus(
                f'Le filtre «\u00a0{nom}\u00a0» de cette adresse n\'est pas valable. '
                'Retirez-le, ou revenez à la liste des demandes.', 400)
    return criteres


# ======================================================================================
# One page of it
# ======================================================================================

PAR_PAGE = 50
COLONNES = (                                                        # title, name in liste.TRIS or ''
    ('Numéro', 'numero'), ('Thème', ''), ('Fiche', ''), ('Statut', 'statut'), ('Échéance', 'echeance'),
    ('Lieu', ''), ('Type', 'type'), ('Collectivité', 'collectivite'), ('Structure', ''), ('Direction', ''),
)
# The form, and the words of each filter in force; choix: no choice, in words.
FILTRES = (
    Champ('q', 'Rechercher une demande'),
    Champ('theme', 'Thème', 'choix', choix='Tous les thèmes'),
    Champ('statut', 'Statut', 'choix', choix='Tous les statuts'),
    Champ('type', 'Type', 'choix', choix='Tous les types'),
    Champ('structure', 'Structure', 'choix', choix='Toutes les structures'),
    Champ('depuis', 'Déposée depuis le', 'date'),
    Champ('fiche', 'Fiche', 'choix', choix='Toutes les fiches'),
    Champ('direction', 'Direction', 'choix', choix='Toutes les directions'),
    Champ('epci', 'Intercommunalité', 'choix', choix='Toutes'),
    Champ('agent', "Agent dans l'équipe", 'choix', choix='Tous les agents'),
    Champ('jusqua', "Déposée jusqu'au", 'date'),
    Champ('chef', 'Chef de file seulement', 'case'),
    Champ('ouvertes', 'Demandes ouvertes', 'case'),
    Champ('a_rappeler', 'À rappeler', 'case'),
    Champ('retard', 'En retard', 'case'),
    Champ('collectivite', 'Collectivité', 'cache'),
)
TOUJOURS_VUS = 6                                                    # of FILTRES; the others under « Plus de filtres »

# What a row of the list reads; « autres » are the structures of the co-chefs.
# The search index has columns of the same names.
LUES = (
    'numero', 'theme_id', 'fiche_id', 'statut', 'echeance', 'date_a_tenir', 'premier_contact_le', 'clos_le', 'lieu',
    'type', 'collectivite', 'structure_id', 'direction_id', 'restreinte')
AUTRES = """(SELECT group_concat(membre.structure_id, ' ') FROM membre
             WHERE membre.demande_id = demande.numero AND membre.role = 'chef_de_file'
             AND membre.structure_id <> demande.structure_id)"""
Ligne = namedtuple('Ligne', (*LUES, 'autres'))
Montree = namedtuple('Montree', (
    'numero theme fiche statut urgence echeance a_tenir lieu type collectivite structure direction restreinte'))


def _colonnes(noms, *de_plus):
    return ', '.join([*(f'demande.{nom}' for nom in noms), *de_plus])


def _adresse(criteres, chemin='/espace/demandes', **changes):
    """The address of the list with its criteria; a change of None or '' takes one away."""
    restes = {c: v for c, v in (criteres | changes).items() if v}
    return f'{chemin}?{urlencode(restes)}' if restes else chemin


def _montrer(ligne, libelles, jour):
    """A row of the list as it is shown: labels instead of ids."""
    urgence, dite = models.dire_echeance(ligne.echeance, ligne.premier_contact_le, ligne.clos_le, jour)
    a_tenir = ''
    if ligne.date_a_tenir and not ligne.clos_le:
        a_tenir = models.dire_jour(ligne.date_a_tenir, ce_jour=jour)
    return Montree(
        numero=ligne.numero,
        theme=_nom(libelles['theme'], ligne.theme_id),
        fiche=_nom(libelles['fiche'], ligne.fiche_id, 'Demande libre'),
        statut=ligne.statut,
        urgence=urgence,
        echeance=dite,
        a_tenir=a_tenir,
        lieu=ligne.lieu or ligne.collectivite,
        type=ligne.type,
        collectivite=ligne.collectivite,
        structure=_dire_structure(ligne.structure_id, ligne.autres, libelles['structure']),
        direction=_nom(libelles['direction'], ligne.direction_id),
        restreinte=ligne.restreinte)


def _nom(table, cle, sinon=''):
    return table[cle].nom if cle else sinon


def _dire_structure(premiere, autres, structures):
    """The structure of the first chef de file, then « + CAUE » (domaine.md §9)."""
    nom = _nom(structures, premiere)
    if not autres:
        return nom
    sigles = [structures[int(cle)].parent for cle in dict.fromkeys(autres.split())]
    return ' + '.join([nom, *sigles])


@app.get('/espace/demandes', qui='agent')
def demandes():
    agent = request.agent
    criteres = _criteres()
    tri = parametre('tri')
    voulue = _page_voulue()
    _aller_au_numero(agent, criteres)
    debut = (voulue - 1) * PAR_PAGE
    lues = liste.lister(agent, criteres, tri, _colonnes(LUES, AUTRES), PAR_PAGE, debut).fetchall()
    total = liste.compter(agent, criteres)
    pages = _nombre_de_pages(total, voulue, len(lues))
    libelles = models.libelles()
    lien = functools.partial(_adresse, criteres | {'tri': tri})     # what the page changes of its address: lien(page=2)

    def lien_page(numero):
        return lien(page=numero if numero > 1 else None)

    return page(
        'espace/demandes.html', 200 if voulue <= pages else 404,
        lignes=_lignes(lues, libelles), total=total, total_dit=_dire_total(total),
        debut=debut + 1, fin=debut + len(lues), voulue=voulue, pages=pages, lien=lien, lien_page=lien_page,
        criteres=criteres, colonnes=_entetes(tri), onglets=_onglets(agent, criteres),
        filtres=_filtres(tuple(criteres.items()), tri), actifs=_filtres_actifs(criteres, libelles, lien),
        export=lien(chemin='/espace/demandes.csv'))


def _nombre_de_pages(total, voulue, montrees):
    """Of a list too long to be counted: those that are sure, this one when it has rows, the next when it is full."""
    sures = max(1, math.ceil(min(total, liste.COMPTE_MAX) / PAR_PAGE))
    if total <= liste.COMPTE_MAX or not montrees:
        return sures
    derniere = voulue + 1 if montrees == PAR_PAGE else voulue
    return max(sures, derniere)


def _lignes(lues, libelles):
    """The rows of the table, each rendered once for all the pages that show it."""
    jour = models.aujourdhui()
    montrees = [_montrer(Ligne._make(lue), libelles, jour) for lue in lues]
    return Markup('\n'.join(morceau('espace/ligne.html', 'ligne', montree) for montree in montrees))


def _dire_total(total):
    return f'plus de {dire_nombre(liste.COMPTE_MAX)}' if total > liste.COMPTE_MAX else dire_nombre(total)


@models.gardee
def _filtres(paires, tri):
    """The form of the filters, with the criteria chosen:
    rendered here, so that its 200 options are not at each view.
    """
    champs = _champs_filtres(models.libelles())
    plus = [c for c in champs[TOUJOURS_VUS:] if c.genre != 'cache']
    caches = [c for c in champs if c.genre == 'cache']
    return Markup(rendu.get_template('espace/filtres.html').render(
        vus=champs[:TOUJOURS_VUS], plus=plus, caches=caches, criteres=dict(paires), tri=tri))


def _aller_au_numero(agent, criteres):
    """The quick search: « 1083 » or « n° 1083 », and nothing else, goes to that demande when the agent may read it."""
    numero = liste.numero_cherche(criteres.get('q', ''))
    if not numero or len(criteres) > 1:
        return
    if Demande.visibles_par(agent, Demande.numero).where(Demande.numero == numero).tuples().first():
        aller(f'/espace/demandes/{numero}')


def _page_voulue():
    voulue = parametre('page', '1')
    if not re.fullmatch(r'[1-9][0-9]{0,5}', voulue):
        raise Refus('Ce numéro de page n\'est pas valable. Revenez à la liste des demandes.', 400)
    return int(voulue)


def _entetes(tri):
    """[(title, aria-sort or '', the sort a click asks for or '')]; without a sort the newest number comes first."""
    courant = tri.removeprefix('-') or 'numero'
    sens_courant = 'descending' if not tri or tri[0] == '-' else 'ascending'
    entetes = []
    for titre, nom in COLONNES:
        sens = sens_courant if nom == courant else ''
        suivant = f'-{nom}' if sens == 'ascending' else nom
        entetes.append((titre, sens, suivant))
    return entetes


def _onglets(agent, criteres):
    """[(label, address, how many, current)] of the saved views."""
    vues = (
        ('Toutes', {}),
        ('Mes demandes', {'agent': str(agent.id)}),
        ('À rappeler', {'a_rappeler': 'oui'}),
        ('En retard', {'retard': 'oui'}),
        ('Ma structure', {'structure': str(agent.direction.structure_id)}),
    )
    return [(nom, _adresse(vue), _dire_total(liste.compter(agent, vue)), vue == criteres) for nom, vue in vues]


def _champs_filtres(libelles):
    """FILTRES with their choices: « Tous… » first."""
    listes = {
        'theme': choix.themes(),
        'statut': tuple(models.STATUTS.items()),
        'type': tuple((t, t) for t in models.TYPES),
        'structure': choix.options(libelles['structure']),
        'direction': choix.directions(),
        'fiche': choix.groupees(libelles['fiche'], libelles['theme'], True),          # those of old demandes too
        'agent': choix.groupees(libelles['agent'], libelles['structure']),
        'epci': choix.options(libelles['epci']),
    }
    return [c._replace(choix=(('', c.choix), *listes[c.nom])) if c.nom in listes else c for c in FILTRES]


def _filtres_actifs(criteres, libelles, lien):
    """[(words, address without it)] of each filter in force."""
    actifs = []
    for c in FILTRES:
        valeur = criteres.get(c.nom)
        if valeur:
            actifs.append((_dire_filtre(c, valeur, libelles), lien(**{c.nom: None})))
    return actifs


def _dire_filtre(c, valeur, libelles):
    if c.genre == 'case':
        return c.libelle
    if c.genre == 'date':
        return f'{c.libelle} {models.dire_jour(valeur, True)}'
    if c.nom == 'q':
        return f'Recherche\u00a0: «\u00a0{valeur}\u00a0»'
    if c.nom == 'collectivite':
        trouvee = Collectivite.get_or_none(Collectivite.id == int(valeur))
        valeur = trouvee.nom if trouvee else 'inconnue'
    elif c.nom in libelles:
        connu = libelles[c.nom].get(int(valeur))
        valeur = connu.nom if connu else 'inconnu'
    return f'{c.libelle}\u00a0: {models.STATUTS.get(valeur, valeur)}'


# ======================================================================================
# The CSV: exactly the filtered list, all its pages (domaine.md §7, §9)
# ======================================================================================

EXPORTEES = (
    *LUES, 'depose_le', 'origine', 'civilite', 'nom', 'prenom', 'rappel_nom', 'rappel_prenom', 'courriel',
    'telephone', 'issue', 'organisme', 'message')
EQUIPE = """(SELECT group_concat(membre.role || ' ' || membre.rang || ' ' || coalesce(membre.agent_id, 0) || ' '
                                 || membre.structure_id || ' ' || coalesce(membre.direction_id, 0), ';')
             FROM membre WHERE membre.demande_id = demande.numero)"""
Exportee = namedtuple('Exportee', (*EXPORTEES, 'equipe'))
Place = namedtuple('Place', 'role rang agent structure direction')
# Who exports, the structures of who they act for, the labels.
Lecteur = namedtuple('Lecteur', 'agent structures libelles')


def _reserve(lire_cellule):
    """A cell left empty outside the demandes of one's own structure: contact and message."""
    return lambda d, places, pour: lire_cellule(d) if _entiere(places, pour) else ''


def _entiere(places, pour):
    if pour.agent.administre:
        return True
    return any(p.structure in pour.structures or p.agent in pour.agent.identites for p in places)


def _libelle(genre, colonne, sinon=''):
    rang = EXPORTEES.index(colonne)
    return lambda d, places, pour: _nom(pour.libelles[genre], d[rang], sinon)


def _jour(colonne):
    rang = EXPORTEES.index(colonne)
    return lambda d, places, pour: models.dire_jour(d[rang], True) if d[rang] else ''


def _nom_de(role):
    return lambda d, places, pour: ', '.join(_nommer(p, pour.libelles) for p in places if p.role == role)


def _nommer(place, libelles):
    """The agent of a place; else the direction or the structure invited, its person not named yet."""
    if place.agent:
        return libelles['agent'][place.agent].nom
    if place.direction:
        return libelles['direction'][place.direction].nom
    return libelles['structure'][place.structure].nom


def _structures(d, places, pour):
    chefs = [p.structure for p in places if p.role == 'chef_de_file']
    autres = ' '.join(str(structure) for structure in chefs if structure != d.structure_id)
    return _dire_structure(d.structure_id, autres, pour.libelles['structure'])


def _origine(d, places, pour):
    return 'Reçue en direct' if d.origine == 'direct' else 'Plateforme'


def _maire(d):
    return ' '.join(filter(None, (d.civilite, d.prenom, d.nom)))


def _rappele(d):
    """Who is to be called back: the Maire when nobody else was named."""
    autre = f'{d.rappel_prenom} {d.rappel_nom}'.strip()
    return autre or f'{d.prenom} {d.nom}'.strip()


def _telephone(d):
    return models.dire_telephone(d.telephone).replace('\u00a0', ' ')


def _issue(d, places, pour):
    if d.statut == 'rejete' and d.issue:
        return f'{models.REPONSES.get(d.issue, d.issue)} {d.organisme}'.strip()
    return models.ISSUES.get(d.issue, d.issue)


def _role_de_la_structure(d, places, pour):
    siennes = [p for p in places if p.structure in pour.structures]
    return ', '.join(dict.fromkeys(_role(p) for p in siennes))


def _role(place):
    if place.role == 'chef_de_file' and place.rang:
        return 'Co-chef de file'
    return models.ROLES[place.role]


def _autres_structures(d, places, pour):
    autres = dict.fromkeys(p.structure for p in places if p.structure != d.structure_id)
    return ', '.join(pour.libelles['structure'][structure].nom for structure in autres)


# (title, what the cell says of a demande, its team, to whom)
EXPORT = (
    ('Numéro',                  lambda d, places, pour: d.numero),
    ('Thème',                   _libelle('theme', 'theme_id')),
    ('Fiche',                   _libelle('fiche', 'fiche_id', 'Demande libre')),
    ('Statut',                  lambda d, places, pour: models.STATUTS[d.statut]),
    ('Échéance',                _jour('echeance')),
    ('Lieu',                    lambda d, places, pour: d.lieu or d.collectivite),
    ('Type',                    lambda d, places, pour: d.type),
    ('Collectivité',            lambda d, places, pour: d.collectivite),
    ('Structure',               _structures),
    ('Direction',               _libelle('direction', 'direction_id')),
    ('Date de dépôt',           _jour('depose_le')),
    ('Date du premier contact', _jour('premier_contact_le')),
    ('Date de clôture',         _jour('clos_le')),
    ('Origine',                 _origine),
    ('Maire ou président·e',    _reserve(_maire)),
    ('Personne à rappeler',     _reserve(_rappele)),
    ('Courriel',                _reserve(lambda d: d.courriel)),
    ('Téléphone',               _reserve(_telephone)),
    ('Référent',                _nom_de('referent')),
    ('Associés',                _nom_de('associe')),
    ('Rôle de la structure',    _role_de_la_structure),
    ('Autres structures',       _autres_structures),
    ('Issue',                   _issue),
    ('Message',                 _reserve(lambda d: d.message)),
)


@app.get('/espace/demandes.csv', qui='agent', transaction=False)
def exporter():
    """Its line of audit is committed before it answers: no export without one (views.EXPORTS)."""
    agent = request.agent
    with lecture():
        criteres = _criteres()
        lues = liste.lister(agent, criteres, parametre('tri'), _colonnes(EXPORTEES, EQUIPE))
        titres = [titre for titre, _ in EXPORT]
        fichier, nombre = csv_fichier(f'demandes-{models.aujourdhui()}.csv', titres, _lignes_csv(lues, agent))
    detail = f'{dire_nombre(nombre)} demandes, filtres : {", ".join(criteres) or "aucun"}'
    with ecriture():
        auditer('export', agent, detail, adresse=adresse_vue())
    log.info('export par agent %s : %s', agent.id, detail)
    return fichier


def _lignes_csv(lues, agent):
    """The rows, one at a time: 20,000 demandes never stand in memory together."""
    libelles = models.libelles()
    structures = {libelles['agent'][i].parent for i in agent.identites}
    pour = Lecteur(agent, structures, libelles)
    for ligne in lues:
        d = Exportee._make(ligne)
        places = _places(d.equipe or '')
        yield [dire(d, places, pour) for _, dire in EXPORT]


@functools.lru_cache(maxsize=1000)
def _places(equipe):
    """What EQUIPE says of a team; the same few teams come back all along an export."""
    places = []
    for place in equipe.split(';'):
        if place:
            role, *nombres = place.split(' ')
            places.append(Place(role, *map(int, nombres)))
    return places
