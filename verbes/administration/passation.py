"""Handing over what an agent holds (succession.py): `transferer` writes all of it in one transaction or nothing,
`annuler` puts back, within 24 hours, what has not moved since.

The account of who leaves is cut on its day; what opens it is erased, and what it gave ends, once nothing can be undone
any more (`mener_a_terme`, the carrier's). Nobody's lines are signed anew.
"""
import json
from collections import Counter, namedtuple
from datetime import timedelta

from peewee import JOIN, fn

import langue
from models import (
    SITE, Absence, Agent, Courriel, Delegation, Demande, Fiche, Groupe, Journal, Membre, Passation, Refus, Session, db,
    ecriture, inserer, lecture, lire_agents)
from langue import aujourdhui, dire_instant, dire_jour_long, dire_nombre, en_utc, enumerer, maintenant

from verbes.courriels import alerter, dire_a_l_agent, dire_a_la_mairie, poster, poster_lettre, prevenir, rerediger
from verbes.journal import auditer, auditer_pour, indexer
from verbes.questions import demandes_lisibles, dire_a_faire
from verbes.regles import QUI, ROLES
from verbes.relais import noter_absence, pas_finie, tout_rendre
from .departs import ce_que_tient, dire_ce_que_tient, effacer, exiger_un_autre_administrateur
from .succession import (
    HEURES_POUR_ANNULER, NOMS, ce_que_refuse, change_d_interlocuteur, fin_de_l_annulation, lire_agent, photographier,
    preparer, rangees)

# ======================================================================================
# Writing it, all at once
# ======================================================================================

A_BOUGE = ('Vos choix, ou ce que tient cette personne, ont changé depuis l\'aperçu\u00a0: le voici refait. Rien n\'est '
           'encore écrit\u00a0: relisez-le, puis confirmez.')


def transferer(agent, par, choix, empreinte):
    """Write what was shown (its empreinte): the Passation. Refus 422 for what is wrong, 409 for what has moved."""
    plan = preparer(agent, par, choix)
    for champ, phrase in plan.fautes.items():
        raise Refus(phrase, champ=champ)
    if plan.empreinte != empreinte:
        raise Refus(A_BOUGE, 409)
    avant, fait = photographier(agent), {'demandes': {}, 'agents': [], 'mairies': {}, 'coupe': False}
    fait['lignes'] = dict(Counter(repreneur.id for _, repreneur in plan.passages))
    _passer_les_demandes(plan, fait)
    for ligne, repreneur in plan.passages:
        if not isinstance(ligne.objet, Membre):                     # the places of the teams are handed over already
            PASSER[ligne.quoi](plan, ligne, repreneur, fait)
    _changer_l_agent(plan, fait)
    apres = photographier(agent, avant)
    fait['rangees'] = [[*cle, avant.get(cle, []), apres.get(cle, [])]
                       for cle in {**avant, **apres} if avant.get(cle, []) != apres.get(cle, [])]
    return _conclure(plan, fait)


def _passer_les_demandes(plan, fait):
    """The teams, a line of the journal each, signed by who does it; who takes two roles in one has one line."""
    par_demande = {}
    for ligne, repreneur in plan.passages:
        if isinstance(ligne.objet, Membre):
            par_demande.setdefault(ligne.objet.demande_id, []).append((ligne, repreneur))
    for numero, passages in par_demande.items():
        demande = passages[0][0].objet.demande
        fait['demandes'][numero] = [demande.version + 1, demande.structure_id, demande.direction_id,
                                    rangees('membre', 'demande_id', numero)]
        dits = []
        for ligne, repreneur in passages:
            _prendre_la_place(ligne.objet, repreneur)
            dits.append(f'{repreneur.nom_complet} reprend le rôle de {_role(ligne)} de {plan.agent.nom_complet}')
            if change_d_interlocuteur(ligne) and demande.courriel:
                fait['mairies'].setdefault(demande.courriel, []).append([numero, repreneur.id])
        dit = '\u00a0; '.join(dits)
        _ecrire(demande, plan.par, PORTER, f'Passation ({NOMS[plan.choix.genre]})\u00a0: {dit}.')


def _role(ligne):
    return ligne.titres[:1].lower() + ligne.titres[1:]


def _prendre_la_place(place, repreneur):
    """Put someone in a place of the team; one who is there already under this role keeps the higher rank of the two.

    An associé who takes nothing more is not there twice.
    """
    sienne = db.execute_sql(
        'SELECT id, role, rang FROM membre WHERE demande_id = ? AND agent_id = ? AND (role = ?3 OR ?3 = \'associe\')',
        (place.demande_id, repreneur.id, place.role)).fetchone()
    if sienne is None:
        db.execute_sql('UPDATE membre SET agent_id = ?, direction_id = ?, structure_id = ?, depuis_le = ? WHERE id = ?',
                       (repreneur.id, repreneur.direction_id, repreneur.direction.structure_id, maintenant(), place.id))
        return
    db.execute_sql('DELETE FROM membre WHERE id = ?', (place.id,))
    if sienne[1] == place.role and place.rang < sienne[2]:
        db.execute_sql('UPDATE membre SET rang = ? WHERE id = ?', (place.rang, sienne[0]))


# The structure and direction of a demande, of its first chef de file (cycle.porter_structure).
PORTER = """(SELECT structure_id, direction_id FROM membre WHERE demande_id = numero AND role <> 'associe'
             ORDER BY role, rang LIMIT 1)"""


def _ecrire(demande, par, porter, texte, *valeurs):
    """Save a demande whose team changed, with its line. SQL text, since hundreds pass under the lock. Nothing is done
    for the mairie: a demande taken over from before the service stays so.
    """
    ecrites = db.execute_sql(
        f'UPDATE demande SET version = version + 1, (structure_id, direction_id) = {porter} '
        'WHERE numero = ? AND version = ?', (*valeurs, demande.numero, demande.version)).rowcount
    if not ecrites:
        raise Refus(A_BOUGE, 409)
    pour = next(identite for identite, administre in par.identites.items() if administre)
    inserer(Journal, demande=demande, cree_le=maintenant(), nature='equipe', texte=texte, fait='passation',
            agent=par, pour=pour if pour != par.id else None, auteur=par.nom_complet,
            structure=par.direction.structure.nom)
    indexer(demande)


def _passer_la_fiche(plan, ligne, repreneur, fait):
    (rang,) = db.execute_sql('SELECT rang FROM pilotage WHERE fiche_id = ? AND agent_id = ?',
                             (ligne.objet, plan.agent.id)).fetchone()
    db.execute_sql('DELETE FROM pilotage WHERE fiche_id = ? AND agent_id = ?', (ligne.objet, plan.agent.id))
    db.execute_sql('INSERT INTO pilotage (fiche_id, agent_id, rang) VALUES (?, ?, ?) '
                   'ON CONFLICT DO UPDATE SET rang = min(rang, excluded.rang)', (ligne.objet, repreneur.id, rang))


def _passer_le_groupe(plan, ligne, repreneur, fait):
    fait.setdefault('groupes', []).append([ligne.objet, plan.agent.id, repreneur.id])
    Groupe.update(animateur=repreneur).where(Groupe.id == ligne.objet).execute()


def _passer_le_pilotage(plan, ligne, repreneur, fait):
    _poser(fait, plan.agent.id, 'pilote', plan.agent.pilote, False)
    _poser(fait, repreneur.id, 'pilote', repreneur.pilote, True)


def _passer_la_delegation(plan, ligne, repreneur, fait):
    deja = Delegation.get_or_none(Delegation.pour == ligne.objet.pour, Delegation.par == repreneur)
    if deja:
        ligne.objet.delete_instance()
    else:
        Delegation.update(par=repreneur).where(Delegation.id == ligne.objet.id).execute()


def _passer_la_suppleance(plan, ligne, repreneur, fait):
    Absence.update(suppleant=repreneur).where(Absence.id == ligne.objet.id).execute()


PASSER = {'fiche': _passer_la_fiche, 'groupe': _passer_le_groupe, 'pilote': _passer_le_pilotage,
          'delegation': _passer_la_delegation, 'absence': _passer_la_suppleance}


def _poser(fait, agent_id, champ, avant, apres):
    """Change one value of an account, remembered."""
    if avant != apres:
        fait['agents'].append([agent_id, champ, avant, apres])
        Agent.update(**{champ: apres}).where(Agent.id == agent_id).execute()


def _changer_l_agent(plan, fait):
    """The account itself: the absence noted, the direction changed, or the account cut when it closes today."""
    agent, choix = plan.agent, plan.choix
    if plan.absence:
        suppleant = int(choix.defaut) if choix.defaut.isdecimal() else ''
        noter_absence(agent, choix.date, choix.retour, suppleant, par=plan.par)
        fait['suppleant'] = choix.defaut if suppleant else ''
    if plan.direction:
        if plan.direction.structure_id != agent.direction.structure_id:
            tout_rendre(agent)                                      # a suppléant is of the same structure
        if not any(champ == 'pilote' for _, champ, *_ in fait['agents']):
            _poser(fait, agent.id, 'pilote', agent.pilote, False)   # of the direction that is left
        _poser(fait, agent.id, 'expert', agent.expert, False)
        _poser(fait, agent.id, 'direction', agent.direction_id, plan.direction.id)
        auditer_pour('direction changée', agent, plan.par, plan.direction.nom)
    if agent.actif and choix.genre == 'depart' and choix.date <= aujourdhui():
        _couper(agent, fait, plan.par)


def _couper(agent, fait, par=None):
    """The account opens nothing any more; what would open it again is kept until nothing can be undone."""
    fait['coupe'] = True
    _poser(fait, agent.id, 'actif', True, False)
    Session.delete().where(Session.agent == agent).execute()
    auditer_pour('compte fermé', agent, par)


def _conclure(plan, fait):
    agent, par, choix, quand = plan.agent, plan.par, plan.choix, maintenant()
    ferme = choix.date if choix.genre == 'depart' and agent.actif else None
    if ferme:                                                       # in place of the closing planned before, if any
        Passation.update(ferme_le=None).where(Passation.agent == agent).execute()
    passation = Passation.create(agent=agent, par=par, genre=choix.genre, faite_le=quand, ferme_le=ferme,
                                 fait=json.dumps(fait))
    auditer('passation', par,
            f'{agent.nom_complet}, {NOMS[choix.genre]}\u00a0: {dire_nombre(len(plan.passages), "ligne")}')
    _prevenir(plan, passation, fait)
    return passation


# ======================================================================================
# Who is told
# ======================================================================================

LETTRE = 'passation_mairie'                                         # the mail that waits until nothing can be undone


def _prevenir(plan, passation, fait):
    """Each successor at once, who leaves too while their account is open; the mairies once nothing can be undone, or at
    once when nobody answers them any more.
    """
    agent, par = plan.agent, plan.par
    siens = {}
    for ligne, repreneur in plan.passages:
        siens.setdefault(repreneur.id, (repreneur, []))[1].append(ligne)
    for repreneur, lignes in siens.values():
        demandes, autres = _dire_repris(lignes)
        prevenir(None, 'passation_successeur', [repreneur], sauf=par, titulaire=agent.nom_complet,
                 par=par.nom_complet, demandes=demandes, autres=autres, lien=f'{SITE["url"]}/espace')
    if previent_le_titulaire(plan):
        _prevenir_le_titulaire(agent, par, siens, passation.ferme_le)
    quand = fin_de_l_annulation(passation.faite_le) if agent.actif else passation.faite_le
    toutes = {demande.numero: demande for demande in _demandes_de(
        [numero for passees in fait['mairies'].values() for numero, _ in passees])}
    for adresse, passees in fait['mairies'].items():
        demandes = [toutes[numero] for numero in sorted(numero for numero, _ in passees)]
        poster_lettre(LETTRE, adresse, demandes, le=quand, marque=_marque(passation, adresse), **_lettre(demandes))


def previent_le_titulaire(plan):
    """Is who leaves told? While their account is open, of what changes for them."""
    reste = plan.agent.actif and not (plan.choix.genre == 'depart' and plan.choix.date <= aujourdhui())
    return reste and plan.agent.id != plan.par.id and bool(plan.passages or plan.choix.genre == 'depart')


def _prevenir_le_titulaire(agent, par, siens, ferme_le):
    repris = '\n'.join(f'{repreneur.nom_complet}\u00a0: {_dire_court(lignes)}' for repreneur, lignes in siens.values())
    fermeture = f'Votre compte se ferme le {dire_jour_long(ferme_le)}.' if ferme_le else ''
    poster('passation_titulaire', 'agent', agent.courriel, agent=agent, par=par.nom_complet,
           repris=repris or 'rien pour l\'instant.', fermeture=fermeture, lien=f'{SITE["url"]}/espace')


def _dire_repris(lignes):
    """(the demandes that someone takes, a paragraph each; the rest, a line each)."""
    par_demande = {}
    for ligne in lignes:
        if isinstance(ligne.objet, Membre):
            par_demande.setdefault(ligne.objet.demande_id, []).append(ligne)
    demandes = [dire_a_l_agent(siennes[0].objet.demande, enumerer(_role(une) for une in siennes), _a_faire(siennes))
                for siennes in par_demande.values()]
    autres = [f'{ligne.titre}\u00a0: {ligne.titres}' for ligne in lignes if not isinstance(ligne.objet, Membre)]
    return '\n\n'.join(demandes), '\n'.join(autres)


def _a_faire(lignes):
    demande = lignes[0].objet.demande
    if QUI[demande.statut].qui in [ligne.quoi for ligne in lignes]:
        return dire_a_faire(demande.statut, demande.clos_le, demande.premier_contact_le)
    return 'rien pour l\'instant'


def _dire_court(lignes):
    numeros = sorted({ligne.objet.demande_id for ligne in lignes if isinstance(ligne.objet, Membre)})
    dits = [f'demande{"s" if len(numeros) > 1 else ""} n°\u00a0{enumerer(map(str, numeros))}'] if numeros else []
    return '\u00a0; '.join([*dits, *(ligne.titre for ligne in lignes if not isinstance(ligne.objet, Membre))])


def _marque(passation, adresse):
    return f'passation:{passation.id}:{adresse}'


def _demandes_de(numeros):
    return list(Demande.select(Demande, Fiche).join(Fiche, JOIN.LEFT_OUTER)
                .where(Demande.numero.in_(numeros)).order_by(Demande.numero))


def _lettre(demandes):
    """What a mairie reads of its demandes: of the base as it is now."""
    noms = enumerer(dict.fromkeys(referent.nom_complet for referent in lire_agents(
        f"""JOIN membre ON membre.agent_id = agent.id WHERE role = 'referent'
            AND demande_id IN ({', '.join('?' * len(demandes))}) ORDER BY demande_id""",
        *(demande.numero for demande in demandes))))
    intitules, paragraphes = zip(*map(dire_a_la_mairie, demandes))
    objet = intitules[0]
    if len(demandes) > 1:
        objet = f'demandes n°\u00a0{enumerer(str(demande.numero) for demande in demandes)}'
    plusieurs = ' et ' in noms
    debut = 'Vos nouveaux interlocuteurs sont' if plusieurs else 'Votre nouvel interlocuteur est'
    return {'objet_des_demandes': objet, 'interlocuteurs': f'{debut} {noms}.',
            'demandes': '\n\n'.join(paragraphes)}


def _relire_les_lettres(passation, fait):
    """Write again the letters that wait: a demande that has closed, or whose référent or address has changed since, is
    not in them any more; one that tells of none does not leave.
    """
    lettres = {_marque(passation, adresse): (adresse, passees) for adresse, passees in fait.get('mairies', {}).items()}
    attendent = list(Courriel.select().where(
        Courriel.marque.in_(list(lettres)), Courriel.envoye_le.is_null(), Courriel.echec_le.is_null(),
        Courriel.pris_le.is_null(), Courriel.raison == ''))
    numeros = [numero for courriel in attendent for numero, _ in lettres[courriel.marque][1]]
    ouvertes = {demande.numero: demande for demande in _demandes_de(numeros) if not demande.clos_le}
    referents = dict(Membre.select(Membre.demande, Membre.agent).where(
        Membre.role == 'referent', Membre.demande.in_(numeros)).tuples())
    for courriel in attendent:
        adresse, passees = lettres[courriel.marque]
        vraies = [ouvertes[numero] for numero, repreneur in sorted(passees)
                  if numero in ouvertes and referents.get(numero) == repreneur and ouvertes[numero].courriel == adresse]
        if vraies:
            rerediger(courriel, vraies[0], **_lettre(vraies))
            for demande in vraies:
                Demande.update(referent_dit=referents[demande.numero]).where(Demande.numero == demande.numero).execute()
        else:
            db.execute_sql('DELETE FROM courriel WHERE id = ?', (courriel.id,))


# ======================================================================================
# Undoing it
# ======================================================================================

def derniere(agent):
    """The last Passation of an agent, or None."""
    return Passation.select().where(Passation.agent == agent).order_by(Passation.id.desc()).first()


def absence_en_vue(passation):
    """The absence that a hand-over has noted, or found noted, while it is not over; None of another kind."""
    if passation.genre != 'absence':
        return None
    return Absence.select().where(Absence.agent == passation.agent, pas_finie(Absence)).order_by(Absence.du).first()


# Of a hand-over: how many lines, to whom, how many letters to mairies and do they wait, what undoing has left.
Bilan = namedtuple('Bilan', 'lignes repreneurs mairies attendent laissees')


def bilan(passation):
    fait = json.loads(passation.fait)
    lignes, lettres = fait.get('lignes', {}), [_marque(passation, adresse) for adresse in fait.get('mairies', {})]
    attendent = Courriel.select().where(Courriel.marque.in_(lettres), Courriel.envoye_le.is_null()).exists()
    return Bilan(sum(lignes.values()), [lire_agent(cle).nom_complet for cle in lignes], len(lettres), attendent,
                 fait.get('laissees', []))


def annulable(passation):
    """Until when it may be undone, or ''."""
    fin = fin_de_l_annulation(passation.faite_le)
    vive = passation.close_le is None and passation.annulee_le is None and passation.fait != '{}'
    return fin if vive and maintenant() < fin else ''


# What undoing would leave where it is. numero: of a demande, None for the rest; dit: who moved it, when.
Bougee = namedtuple('Bougee', 'numero titre dit')


def bougees(passation):
    """What has moved since a hand-over, as Bougees: demandes, then fiches, delegations and absences."""
    fait = json.loads(passation.fait)
    demandes = fait.get('demandes', {})
    return [*(_dire_bougee(demande, passation) for demande in _demandes_de(list(map(int, demandes)))
              if demande.version != demandes[str(demande.numero)][0]),
            *(Bougee(None, _dire_rangee(table, valeur), '') for table, colonne, valeur, _, apres
              in fait.get('rangees', ()) if rangees(table, colonne, valeur) != apres),
            *(Bougee(None, f'groupe de travail «\u00a0{groupe.nom}\u00a0»', '') for groupe, _, apres
              in _groupes(fait) if groupe.animateur_id != apres)]


def _groupes(fait):
    """[(Groupe, id of who led it, of who leads it now)] of a hand-over."""
    return [(Groupe.get_by_id(numero), avant, apres) for numero, avant, apres in fait.get('groupes', ())]


def _dire_bougee(demande, passation):
    derniere_ligne = (Journal.select().where(Journal.demande == demande, Journal.cree_le >= passation.faite_le)
                      .order_by(Journal.id.desc()).first())
    objet = '' if demande.restreinte else f', {demande.titre}, {demande.collectivite}'
    dit = f'{derniere_ligne.auteur}, {dire_instant(derniere_ligne.cree_le)}' if derniere_ligne else ''
    return Bougee(demande.numero, f'n°\u00a0{demande.numero}{objet}', dit)


def _dire_rangee(table, valeur):
    if table == 'pilotage':
        return f'fiche «\u00a0{Fiche.get_by_id(valeur).titre}\u00a0»'
    return {'delegation': 'une délégation', 'absence': 'une absence'}[table]


def annuler(passation, par):
    """Put back what was handed over, but what has moved since: it, as Bougees."""
    if not annulable(passation):
        raise Refus('Cette passation ne s\'annule plus\u00a0: faites-en une autre, dans l\'autre sens.', 409)
    fait, agent = json.loads(passation.fait), lire_agents('WHERE agent.id = ?', passation.agent_id)[0]
    laissees = bougees(passation)
    for demande in _demandes_de([int(numero) for numero in fait['demandes']]):
        if demande.numero not in [bougee.numero for bougee in laissees]:
            _rendre_la_demande(demande, agent, par, *fait['demandes'][str(demande.numero)][1:])
    for table, colonne, valeur, avant, apres in fait['rangees']:
        if rangees(table, colonne, valeur) == apres:
            db.execute_sql(f'DELETE FROM {table} WHERE {colonne} = ?', (valeur,))
            _remettre(table, avant)
    for groupe, avant, apres in _groupes(fait):
        Groupe.update(animateur=avant).where(Groupe.id == groupe.id, Groupe.animateur == apres).execute()
    for agent_id, champ, avant, apres in fait['agents']:
        colonne = getattr(Agent, champ)
        Agent.update({colonne: avant}).where(Agent.id == agent_id, colonne == apres).execute()
    quand, fait['laissees'] = maintenant(), [bougee.titre for bougee in laissees]
    (Passation.update(annulee_le=quand, close_le=quand, ferme_le=None, fait=json.dumps(fait))
     .where(Passation.id == passation.id).execute())
    _relire_les_lettres(passation, fait)
    auditer('passation annulée', par, agent.nom_complet)
    _dire_l_annulation(fait, agent, par, laissees)
    return laissees


def _rendre_la_demande(demande, agent, par, structure_id, direction_id, membres):
    db.execute_sql('DELETE FROM membre WHERE demande_id = ?', (demande.numero,))
    _remettre('membre', membres)
    roles = enumerer(ROLES[role].lower() for _, _, role, _, agent_id, *_ in membres if agent_id == agent.id)
    _ecrire(demande, par, '(?, ?)', f'Passation annulée\u00a0: {agent.nom_complet} reprend son rôle ({roles}).',
            structure_id, direction_id)


def _remettre(table, rangees):
    for rangee in rangees:
        db.execute_sql(f'INSERT INTO {table} VALUES ({", ".join("?" * len(rangee))})', rangee)


def _dire_l_annulation(fait, agent, par, laissees):
    """Each is told of what does not come back; who had taken over, of what they may read alone."""
    dits = {'titulaire': agent.nom_complet, 'par': par.nom_complet, 'lien': f'{SITE["url"]}/espace'}
    for repreneur in (lire_agent(agent_id) for agent_id in {*fait['lignes'], fait.get('suppleant')} - {'', None}):
        lisibles = {demande.numero for demande in demandes_lisibles(repreneur).where(
            Demande.numero.in_([bougee.numero for bougee in laissees if bougee.numero]))}
        prevenir(None, 'passation_annulee', [repreneur], sauf=par, suite='ce qui vous avait été confié lui revient',
                 restent=_dire_restent(bougee for bougee in laissees if bougee.numero in {None, *lisibles}), **dits)
    (actif,) = db.execute_sql('SELECT actif FROM agent WHERE id = ?', (agent.id,)).fetchone()
    if actif and agent.id != par.id:
        poster('passation_annulee', 'agent', agent.courriel, agent=agent, suite='ce que vous teniez vous revient',
               restent=_dire_restent(laissees), **dits)


def _dire_restent(laissees):
    return enumerer(f'n°\u00a0{bougee.numero}' if bougee.numero else bougee.titre for bougee in laissees)


# ======================================================================================
# What comes in its time: the carrier's
# ======================================================================================

_DUES = """
    SELECT passation.id FROM passation JOIN agent ON agent.id = agent_id
    WHERE (close_le IS NULL AND faite_le <= ?)
       OR (ferme_le <= ? AND (agent.actif OR close_le IS NOT NULL)) ORDER BY passation.id"""


def mener_a_terme():
    """Cut the accounts whose day has come, make the letters of the mairies true before they leave, erase what opened an
    account once nothing can be undone any more. Outside any transaction; played twice, it does nothing more.
    """
    limite = en_utc(langue.horloge() - timedelta(hours=HEURES_POUR_ANNULER))
    with lecture():
        dues = db.execute_sql(_DUES, (limite, aujourdhui())).fetchall()
    for numero, in dues:
        with ecriture():
            _mener(Passation.get_by_id(numero), limite)


def _mener(passation, limite):
    fait, agent = json.loads(passation.fait), lire_agents('WHERE agent.id = ?', passation.agent_id)[0]
    echue = bool(passation.ferme_le) and passation.ferme_le <= aujourdhui()
    ferme_le, close_le = passation.ferme_le, passation.close_le
    if echue and agent.actif and fait.get('coupe'):
        ferme_le, echue = None, False                               # reopened since
    elif echue and agent.actif:
        echue = _fermer_le_jour_dit(agent, fait)
    if close_le is None and passation.faite_le <= limite:
        _relire_les_lettres(passation, fait)
        close_le = maintenant()
    if echue and close_le:
        effacer(agent)
        ferme_le = None
    (Passation.update(ferme_le=ferme_le, close_le=close_le, fait=json.dumps(fait))
     .where(Passation.id == passation.id).execute())


def _fermer_le_jour_dit(agent, fait):
    """Cut an account on its day, and say what it still holds; the last administrateur stays: False, and it is said."""
    refus = ce_que_refuse(exiger_un_autre_administrateur, agent)
    if refus:
        alerter(f'Le compte de {agent.nom_complet} devait se fermer. {refus["genre"]}', f'passation:{agent.id}')
        return False
    restent = dire_ce_que_tient(ce_que_tient(agent))
    _couper(agent, fait)
    if restent:
        alerter(f'Le compte de {agent.nom_complet} est fermé, et tient encore\u00a0: ' + '\u00a0; '.join(restent)
                + f'.\n{SITE["url"]}{adresse(agent)}', f'passation:{agent.id}')
    return True


def adresse(agent):
    """Of the screen that hands over what an agent holds."""
    return f'/espace/admin/comptes/{agent.id}/depart'


def fermeture_prevue(agent):
    """The day an open account is to close, or None."""
    prevue = Passation.select(fn.MAX(Passation.ferme_le)).where(Passation.agent == agent).scalar()
    return prevue if agent.actif else None


def ne_plus_fermer(agent, par):
    """The account that was to close stays open; what was handed over stays so."""
    if not fermeture_prevue(agent):
        raise Refus(f'Aucune fermeture n\'est prévue pour le compte de {agent.nom_complet}.', 409)
    Passation.update(ferme_le=None).where(Passation.agent == agent).execute()
    auditer('fermeture annulée', par, agent.nom_complet)
