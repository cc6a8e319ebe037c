"""Handing over what an agent (succession.py), or a structure that leaves (convention.py), holds: `transferer` writes
all of it in one transaction or nothing, `annuler` puts back, within 24 hours, what has not moved since.

The account of who leaves is cut on its day; what opens it is erased, and what it gave ends, once nothing can be undone
any more (`mener_a_terme`, the carrier's). Nobody's lines are signed anew.
"""
import json
from collections import Counter, namedtuple
from datetime import timedelta

from peewee import JOIN, fn

import langue
from models import (
    SITE, Absence, Agent, Courriel, Delegation, Demande, Direction, Fiche, Journal, Membre, Passation, Refus, Session,
    Structure, db, ecriture, inserer, jours_fermes, lecture, lire_agents)
from langue import (
    aujourdhui, dire_instant, dire_jour, dire_jour_long, dire_nombre, en_utc, enumerer, jour_de, maintenant)

from verbes.contenus import logos

from verbes.courriels import alerter, dire_a_l_agent, dire_a_la_mairie, poster, poster_lettre, prevenir, rerediger
from verbes.interlocuteurs import EQUIPE, interlocuteur
from verbes.journal import auditer, auditer_pour, indexer
from verbes.questions import demandes_lisibles, dire_a_faire
from verbes.regles import QUI, ROLES
from verbes.relais import noter_absence, pas_finie, tout_rendre
from . import convention, repartition, succession
from .departs import ce_que_tient, dire_ce_que_tient, effacer, exiger_un_autre_administrateur
from .succession import (
    HEURES_POUR_ANNULER, NOMS, ce_que_refuse, fin_de_l_annulation, laissees, lire_agent, photographier, rangees,
    structure_de)

# ---- Writing it, all at once ----

A_BOUGE = ('Vos choix, ou ce qui est à transmettre, ont changé depuis l\'aperçu\u00a0: le voici refait. Rien n\'est '
           'encore écrit\u00a0: relisez-le, puis confirmez.')


def transferer(qui, par, choix, empreinte):
    """Write what was shown (its empreinte) of an Agent or a Structure: the Passation. Refus 422 for what is wrong, 409
    for what has moved.
    """
    d_un_agent = repartition if choix.genre == repartition.GENRE else succession
    plan = (convention if isinstance(qui, Structure) else d_un_agent).preparer(qui, par, choix)
    for champ, phrase in plan.fautes.items():
        raise Refus(phrase, champ=champ)
    if plan.empreinte != empreinte:
        raise Refus(A_BOUGE, 409)
    avant, fait = _photo(plan), {'demandes': {}, 'valeurs': [], 'mairies': {}, 'coupes': []}
    fait['lignes'] = dict(Counter(repreneur.id for _, repreneur in plan.passages))
    _passer_les_demandes(plan, fait)
    for ligne, repreneur in plan.passages:
        if not isinstance(ligne.objet, Membre):                     # the places of the teams are handed over already
            PASSER[ligne.quoi](plan, ligne, repreneur, fait)
    (_fermer_la_structure if isinstance(qui, Structure) else _changer_l_agent)(plan, fait)
    apres = _photo(plan, avant)
    fait['rangees'] = [[*cle, avant.get(cle, []), apres.get(cle, [])]
                       for cle in {**avant, **apres} if avant.get(cle, []) != apres.get(cle, [])]
    return _conclure(plan, fait)


def _photo(plan, aussi=()):
    if isinstance(plan.qui, Structure):
        return convention.photo(plan.qui, plan.agents, aussi)
    return photographier(plan.agents, aussi)


def _passer_les_demandes(plan, fait):
    """The teams, a line of the journal each, signed by who does it; who takes two roles in one has one line. Of a
    structure, what nobody takes is told too.
    """
    par_demande = {}
    rendues = laissees(plan) if isinstance(plan.qui, Structure) else []
    for ligne, repreneur in [*plan.passages, *((ligne, None) for ligne in rendues)]:
        if isinstance(ligne.objet, Membre):
            par_demande.setdefault(ligne.objet.demande_id, []).append((ligne, repreneur))
    for numero, passages in par_demande.items():
        demande = passages[0][0].objet.demande
        fait['demandes'][numero] = [demande.version + 1, demande.structure_id, demande.direction_id,
                                    rangees('membre', 'demande_id', numero)]
        phrase = '\u00a0; '.join([_passer_la_place(plan, ligne, repreneur) for ligne, repreneur in passages])
        if demande.courriel and any(ligne.repond for ligne, _ in passages):
            _, repond, _ = _qui_repond([numero])[numero]
            fait['mairies'].setdefault(demande.courriel, []).append([numero, repond])
        _ecrire_demande(demande, plan.par, PORTER, f'Passation ({NOMS[plan.choix.genre]})\u00a0: {phrase}.')


def _passer_la_place(plan, ligne, repreneur):
    """Of one Ligne of a team, handed over or given back: the sentence that the journal says."""
    role, tenait = _role(ligne), ligne.de or plan.qui.nom_complet
    if repreneur:
        _prendre_la_place(ligne.objet, repreneur)
        ailleurs = repreneur.direction.structure_id != structure_de(plan.qui).id
        qui = f'{repreneur.nom_complet} ({repreneur.direction.structure.sigle})' if ailleurs else repreneur.nom_complet
        accord = plan.choix.accords.get(ligne.cle)
        suite = f', avec l\'accord de la collectivité du {dire_jour(accord, True)}' if accord else ''
        return f'{qui} reprend le rôle {langue.de(role)} {langue.de(tenait)}{suite}'
    if ligne.quoi == 'associe' or (ligne.quoi == 'chef_de_file' and _un_autre_chef_reste(plan, ligne.objet)):
        db.execute_sql('DELETE FROM membre WHERE id = ?', (ligne.objet.id,))
        return f'{tenait} n\'est plus {role}'
    return f'{tenait} n\'est plus {role}, aux administrateurs de la confier'


def _un_autre_chef_reste(plan, place):
    """Has the demande a chef de file whose account does not close? The places handed over are so already."""
    ferment = [agent.id for agent in plan.agents if agent.id not in plan.suivis]
    return Membre.select().where(Membre.demande == place.demande_id, Membre.role == 'chef_de_file',
                                 Membre.agent.not_in(ferment)).exists()


def _role(ligne):
    return ligne.titres[:1].lower() + ligne.titres[1:]


def _prendre_la_place(place, repreneur):
    """Put someone in a place of the team; one who is there already under this role keeps the higher rank of the two.

    An associé who takes nothing more is not there twice.
    """
    doublon = db.execute_sql(
        """SELECT id, role, rang FROM membre WHERE demande_id = ? AND agent_id = ? AND id <> ?4
           AND (role = ?3 OR ?3 = 'associe')""",
        (place.demande_id, repreneur.id, place.role, place.id)).fetchone()
    if doublon is None:                                             # its steps go with it (triggers)
        db.execute_sql('UPDATE membre SET agent_id = ?, direction_id = ?, structure_id = ?, depuis_le = ? WHERE id = ?',
                       (repreneur.id, repreneur.direction_id, repreneur.direction.structure_id, maintenant(), place.id))
        return
    db.execute_sql(
        """UPDATE jalon SET agent_id = ?, direction_id = ?, structure_id = ?
           WHERE demande_id = ? AND agent_id = ? AND fait_le IS NULL""",
        (repreneur.id, repreneur.direction_id, repreneur.direction.structure_id, place.demande_id, place.agent_id))
    db.execute_sql('DELETE FROM membre WHERE id = ?', (place.id,))
    if doublon[1] == place.role and place.rang < doublon[2]:
        db.execute_sql('UPDATE membre SET rang = ? WHERE id = ?', (place.rang, doublon[0]))


# The structure and direction of a demande, of its first chef de file (cycle.porter_structure).
PORTER = """(SELECT structure_id, direction_id FROM membre WHERE demande_id = numero AND role <> 'associe'
             ORDER BY role, rang LIMIT 1)"""


def _ecrire_demande(demande, par, porter, texte, *valeurs):
    """Save a demande whose team changed, with its line. SQL text, since hundreds pass under the lock. Nothing is done
    for the mairie: a demande taken over from before the service stays so.
    """
    ecrites = db.execute_sql(
        f'UPDATE demande SET version = version + 1, (structure_id, direction_id) = {porter} '
        'WHERE numero = ? AND version = ?', (*valeurs, demande.numero, demande.version)).rowcount
    if not ecrites:
        raise Refus(A_BOUGE, 409)
    pour = next((identite for identite, administre in par.identites.items() if administre), par.id)
    inserer(Journal, demande=demande, cree_le=maintenant(), nature='equipe', texte=texte, fait='passation',
            agent=par, pour=pour if pour != par.id else None, auteur=par.nom_complet,
            structure=par.direction.structure.nom)
    indexer(demande)


def _passer_la_fiche(plan, ligne, repreneur, fait):
    partent = tuple(agent.id for agent in plan.agents)
    parmi = f'fiche_id = ? AND agent_id IN ({", ".join("?" * len(partent))})'
    rang, = db.execute_sql(f'SELECT coalesce(min(rang), 0) FROM pilotage WHERE {parmi}',
                           (ligne.objet, *partent)).fetchone()
    db.execute_sql(f'DELETE FROM pilotage WHERE {parmi}', (ligne.objet, *partent))
    db.execute_sql('INSERT INTO pilotage (fiche_id, agent_id, rang) VALUES (?, ?, ?) '
                   'ON CONFLICT DO UPDATE SET rang = min(rang, excluded.rang)', (ligne.objet, repreneur.id, rang))
    if isinstance(plan.qui, Structure) and ligne.quoi == 'fiche':
        _poser_valeur(fait, 'fiche', ligne.objet, 'direction_id', repreneur.direction_id)


def _passer_le_groupe(plan, ligne, repreneur, fait):
    _poser_valeur(fait, 'groupe', ligne.objet, 'animateur_id', repreneur.id)


def _passer_le_contenu(plan, ligne, repreneur, fait):
    _poser_valeur(fait, 'contenu', ligne.objet, 'agent_id', repreneur.id)
    _poser_valeur(fait, 'contenu', ligne.objet, 'structure_id', repreneur.direction.structure_id)


def _passer_le_pilotage(plan, ligne, repreneur, fait):
    _poser_valeur(fait, 'agent', plan.qui.id, 'pilote', False)
    _poser_valeur(fait, 'agent', repreneur.id, 'pilote', True)


def _passer_la_delegation(plan, ligne, repreneur, fait):
    deja = Delegation.get_or_none(Delegation.pour == ligne.objet.pour, Delegation.par == repreneur)
    if deja:
        ligne.objet.delete_instance()
    else:
        Delegation.update(par=repreneur).where(Delegation.id == ligne.objet.id).execute()


def _passer_la_suppleance(plan, ligne, repreneur, fait):
    Absence.update(suppleant=repreneur).where(Absence.id == ligne.objet.id).execute()


PASSER = {
    'fiche': _passer_la_fiche, 'copilotee': _passer_la_fiche, 'groupe': _passer_le_groupe,
    'pilote': _passer_le_pilotage, 'delegation': _passer_la_delegation, 'absence': _passer_la_suppleance,
    'reunion': _passer_le_contenu, 'document': _passer_le_contenu}


def _poser_valeur(fait, table, numero, colonne, apres):
    """Change one value of a row, remembered."""
    avant, = db.execute_sql(f'SELECT {colonne} FROM {table} WHERE id = ?', (numero,)).fetchone()
    if avant != apres:
        fait.setdefault('valeurs', []).append([table, numero, colonne, avant, apres])
        db.execute_sql(f'UPDATE {table} SET {colonne} = ? WHERE id = ?', (apres, numero))


def _changer_l_agent(plan, fait):
    """The account itself: the absence noted, the direction changed, or the account cut when it closes today."""
    agent, choix = plan.qui, plan.choix
    if plan.absence:
        suppleant = int(choix.defaut) if choix.defaut.isdecimal() else ''
        noter_absence(agent, choix.date, choix.retour, suppleant, par=plan.par)
        fait['suppleant'] = choix.defaut if suppleant else ''
    if plan.direction:
        _demenager(agent, plan.direction, fait, plan.par)
    if agent.actif and choix.genre == 'depart' and choix.date <= aujourdhui():
        _couper(agent, fait, plan.par)


def _demenager(agent, direction, fait, par):
    """To another direction, without the rights held in the one that is left."""
    if direction.structure_id != agent.direction.structure_id:
        tout_rendre(agent)                                          # a suppléant is of the same structure
    if not any(valeur[:3] == ['agent', agent.id, 'pilote'] for valeur in fait['valeurs']):
        _poser_valeur(fait, 'agent', agent.id, 'pilote', False)
    _poser_valeur(fait, 'agent', agent.id, 'expert', False)
    _poser_valeur(fait, 'agent', agent.id, 'direction_id', direction.id)
    auditer_pour('direction changée', agent, par, direction.nom)


def _couper(agent, fait, par=None):
    """The account opens nothing any more; what would open it again is kept until nothing can be undone."""
    fait.setdefault('coupes', []).append(agent.id)
    _poser_valeur(fait, 'agent', agent.id, 'actif', False)
    Session.delete().where(Session.agent == agent).execute()
    auditer_pour('compte fermé', agent, par)


def _fermer_la_structure(plan, fait):
    """Its accounts follow or close, its fiches that nobody takes are suspended, its meetings cancelled, its adhésions
    over, its directions closed; no fiche says any more that it may be associated.
    """
    for agent in plan.agents:
        if agent.id in plan.suivis:
            _demenager(agent, plan.suivis[agent.id], fait, plan.par)
        elif agent.actif:
            _poser_valeur(fait, 'agent', agent.id, 'pilote', False)
            _couper(agent, fait, plan.par)
    tues = laissees(plan)
    for ligne in convention.a_suspendre(tues):
        _poser_valeur(fait, 'fiche', ligne.objet, 'etat', 'suspendue')
        _poser_valeur(fait, 'fiche', ligne.objet, 'explication', plan.choix.explication.strip())
        auditer('fiche suspendue', plan.par, f'{ligne.objet}\u00a0: {NOMS["convention"]}', objet=f'fiche:{ligne.objet}')
    for ligne in tues:
        if ligne.quoi == 'reunion':
            _poser_valeur(fait, 'contenu', ligne.objet, 'etat', 'retire')
            _poser_valeur(fait, 'contenu', ligne.objet, 'retire_le', maintenant())
    jour, structure = aujourdhui(), plan.qui
    db.execute_sql('DELETE FROM adhesion WHERE structure_id = ? AND depuis > ?', (structure.id, jour))
    db.execute_sql("UPDATE adhesion SET jusqu_au = ?2 WHERE structure_id = ?1 AND coalesce(jusqu_au, '9') > ?2",
                   (structure.id, jour))
    db.execute_sql(f'DELETE FROM associable WHERE {convention.ASSOCIABLE}', (structure.id,))
    for direction in structure.directions.where(Direction.fermee_le.is_null()):
        _poser_valeur(fait, 'direction', direction.id, 'fermee_le', jour)


def _conclure(plan, fait):
    qui, par, choix, quand = plan.qui, plan.par, plan.choix, maintenant()
    ferme = choix.date if choix.genre == 'depart' and qui.actif else None
    if isinstance(qui, Structure):
        sujet, ferme, objet = {'structure': qui}, aujourdhui(), f'structure:{qui.id}'
    else:
        sujet, objet = {'agent': qui}, f'agent:{qui.id}'
    if ferme and sujet.get('agent'):                                # in place of the closing planned before, if any
        Passation.update(ferme_le=None).where(Passation.agent == qui).execute()
    passation = Passation.create(**sujet, par=par, genre=choix.genre, faite_le=quand, ferme_le=ferme,
                                 fait=json.dumps(fait))
    auditer('passation', par, f'{qui.nom_complet}, {NOMS[choix.genre]}\u00a0: '
            f'{dire_nombre(len(plan.passages), "ligne")}', objet=objet)
    _prevenir(plan, passation, fait)
    return passation


# ---- Who is told ----

LETTRE = 'passation_mairie'                                         # the mail that waits until nothing can be undone


def depart_des_lettres(faite_le):
    """The instant at which a hand-over can't be undone any more, on a working day."""
    fin = fin_de_l_annulation(faite_le)
    ouvre = langue.ouvre_des(jour_de(fin), jours_fermes())
    return fin if ouvre == jour_de(fin) else en_utc(langue.a_paris(langue.debut_du_jour(ouvre)) + MATIN)


MATIN = timedelta(hours=7)


def _prevenir(plan, passation, fait):
    """Each successor at once, who leaves too while their account is open; the mairies once nothing can be undone, or at
    once when nobody answers them any more.
    """
    par, titulaire = plan.par, plan.qui.nom_complet
    par_repreneur = {}
    for ligne, repreneur in plan.passages:
        par_repreneur.setdefault(repreneur.id, (repreneur, []))[1].append(ligne)
    for repreneur, lignes in par_repreneur.values():
        demandes, autres = _dire_repris(lignes)
        prevenir(None, 'passation_successeur', [repreneur], sauf=par, titulaire=titulaire,
                 par=par.nom_complet, demandes=demandes, autres=autres, lien=f'{SITE["url"]}/espace')
    for agent, fermeture in a_prevenir(plan, passation.ferme_le):
        _prevenir_le_titulaire(agent, plan, par_repreneur, fermeture)
    deja_ferme = isinstance(plan.qui, Agent) and not plan.qui.actif
    quand = passation.faite_le if deja_ferme else depart_des_lettres(passation.faite_le)
    toutes = {demande.numero: demande for demande in _demandes_de(
        [numero for passees in fait['mairies'].values() for numero, _ in passees])}
    for adresse, passees in fait['mairies'].items():
        demandes = [toutes[numero] for numero in sorted(numero for numero, _ in passees)]
        poster_lettre(LETTRE, adresse, demandes, le=quand, marque=_marque(passation, adresse), **_lettre(demandes))


def a_prevenir(plan, ferme_le=None):
    """[(Agent, what becomes of their account, a sentence)] of those who leave, but who does it. One agent is told while
    their account is open; those of a structure that leaves, as it closes.
    """
    agent, choix = plan.qui, plan.choix
    if isinstance(agent, Structure):
        partants = [(un, _dire_le_compte(un, plan)) for un in plan.agents if un.actif and un.ouvert_le]
    else:
        reste = agent.actif and not (choix.genre == 'depart' and choix.date <= aujourdhui())
        fermeture = f'Votre compte se ferme le {dire_jour_long(ferme_le)}.' if ferme_le else ''
        partants = [(agent, fermeture)] if reste and (plan.passages or choix.genre == 'depart') else []
    return [(partant, phrase) for partant, phrase in partants if partant.id != plan.par.id]


def _dire_le_compte(agent, plan):
    vers = plan.suivis.get(agent.id)
    return f'Vous rejoignez\u00a0: {vers.nom} ({vers.structure.sigle}).' if vers else 'Votre compte est fermé.'


def _prevenir_le_titulaire(agent, plan, siens, fermeture):
    repris = [f'{repreneur.nom_complet}\u00a0: {_dire_court(tenues)}' for repreneur, lignes in siens.values()
              if repreneur.id != agent.id
              and (tenues := [x for x in lignes if not x.de or agent.nom_complet in x.de.split(', ')])]
    poster('passation_titulaire', 'agent', agent.courriel, agent=agent, par=plan.par.nom_complet,
           repris='\n'.join(repris) or 'rien pour l\'instant.', fermeture=fermeture, lien=f'{SITE["url"]}/espace')


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
    qui = [interlocuteur(demande) for demande in demandes]
    noms = enumerer(dict.fromkeys(un.nom if un.role else EQUIPE for un in qui))
    intitules, paragraphes = zip(*map(dire_a_la_mairie, demandes))
    objet = intitules[0]
    if len(demandes) > 1:
        objet = f'demandes n°\u00a0{enumerer(str(demande.numero) for demande in demandes)}'
    plusieurs = ' et ' in noms
    debut = 'Vos nouveaux interlocuteurs sont' if plusieurs else 'Votre nouvel interlocuteur est'
    return {'objet_des_demandes': objet, 'interlocuteurs': f'{debut} {noms}.',
            'demandes': '\n\n'.join(paragraphes)}


def _relire_les_lettres(passation, fait):
    """Write again the letters that wait: a demande that has closed, or whose interlocuteur or address has changed
    since, is not in them any more; one that tells of none does not leave.
    """
    lettres = {_marque(passation, adresse): (adresse, passees) for adresse, passees in fait.get('mairies', {}).items()}
    attendent = list(Courriel.select().where(
        Courriel.marque.in_(list(lettres)), Courriel.envoye_le.is_null(), Courriel.echec_le.is_null(),
        Courriel.pris_le.is_null(), Courriel.raison == ''))
    numeros = [numero for courriel in attendent for numero, _ in lettres[courriel.marque][1]]
    ouvertes = {demande.numero: demande for demande in _demandes_de(numeros) if not demande.clos_le}
    repondent = _qui_repond(numeros)
    for courriel in attendent:
        adresse, passees = lettres[courriel.marque]
        vraies = [ouvertes[numero] for numero, repreneur in sorted(passees)
                  if numero in ouvertes and repondent[numero][1] == repreneur and ouvertes[numero].courriel == adresse]
        if vraies:
            rerediger(courriel, vraies[0], **_lettre(vraies))
            for demande in vraies:
                role, qui, actif = repondent[demande.numero]
                if role == 'referent' and actif:
                    Demande.update(referent_dit=qui).where(Demande.numero == demande.numero).execute()
        else:
            db.execute_sql('DELETE FROM courriel WHERE id = ?', (courriel.id,))


def _qui_repond(numeros):
    """{numero: (role, agent, is their account open)} of the référent, else of the first chef de file."""
    lus = db.execute_sql(
        f"""SELECT demande_id, role, agent_id, actif FROM membre JOIN agent ON agent.id = agent_id
            WHERE role <> 'associe' AND demande_id IN ({', '.join('?' * len(numeros))})
            ORDER BY role = 'referent', rang DESC""", numeros)
    return {numero: qui for numero, *qui in lus}


# ---- Undoing it ----

def derniere(qui):
    """The last Passation of an Agent or a Structure, or None."""
    de_qui = Passation.structure == qui.id if isinstance(qui, Structure) else Passation.agent == qui.id
    return Passation.select().where(de_qui).order_by(Passation.id.desc()).first()


def parti(passation):
    """The Agent, or the Structure, whose hand-over it is."""
    return passation.structure or lire_agents('WHERE agent.id = ?', passation.agent_id)[0]


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
    """What has moved since a hand-over, as Bougees: demandes, then fiches, delegations and absences, then the rest."""
    fait = json.loads(passation.fait)
    demandes = fait.get('demandes', {})
    valeurs = dict.fromkeys(_dire_valeur(table, numero) for table, numero, colonne, _, apres in fait.get('valeurs', ())
                            if table in NOMMEES and _lire_valeur(table, numero, colonne) != apres)
    return [*(_dire_bougee(demande, passation) for demande in _demandes_de(list(map(int, demandes)))
              if demande.version != demandes[str(demande.numero)][0]),
            *(Bougee(None, _dire_rangee(table, valeur), '') for table, colonne, valeur, _, apres
              in fait.get('rangees', ()) if rangees(table, colonne, valeur) != apres),
            *(Bougee(None, dit, '') for dit in valeurs)]


def _lire_valeur(table, numero, colonne):
    return db.execute_sql(f'SELECT {colonne} FROM {table} WHERE id = ?', (numero,)).fetchone()[0]


# What is said of a row whose value has moved: its word, the column that names it. Of an account, nothing is.
NOMMEES = {'groupe': ('groupe de travail', 'nom'), 'fiche': ('fiche', 'titre'), 'contenu': ('contenu', 'titre'),
           'direction': ('direction', 'nom')}


def _dire_valeur(table, numero):
    mot, colonne = NOMMEES[table]
    return f'{mot} «\u00a0{_lire_valeur(table, numero, colonne)}\u00a0»'


def _dire_bougee(demande, passation):
    derniere_ligne = (Journal.select().where(Journal.demande == demande, Journal.cree_le >= passation.faite_le)
                      .order_by(Journal.id.desc()).first())
    objet = '' if demande.restreinte else f', {demande.titre}, {demande.collectivite}'
    dit = f'{derniere_ligne.auteur}, {dire_instant(derniere_ligne.cree_le)}' if derniere_ligne else ''
    return Bougee(demande.numero, f'n°\u00a0{demande.numero}{objet}', dit)


def _dire_rangee(table, valeur):
    if table in ('pilotage', 'associable'):
        return f'fiche «\u00a0{Fiche.get_by_id(valeur).titre}\u00a0»'
    if table == 'jalon':
        return f'feuille de route de la demande n°\u00a0{valeur}'
    return {'delegation': 'une délégation', 'absence': 'une absence', 'adhesion': 'ses adhésions'}[table]


def annuler(passation, par):
    """Put back what was handed over, but what has moved since: it, as Bougees."""
    if not annulable(passation):
        raise Refus('Cette passation ne s\'annule plus\u00a0: faites-en une autre, dans l\'autre sens.', 409)
    fait, qui = json.loads(passation.fait), parti(passation)
    if isinstance(qui, Agent) and qui.direction.fermee_le:
        raise Refus(f'{qui.direction.nom} a fermé depuis\u00a0: rouvrez-la, ou annulez d\'abord le départ de sa '
                    'structure.', 409)
    restent = bougees(passation)
    for demande in _demandes_de([int(numero) for numero in fait['demandes']]):
        if demande.numero not in [bougee.numero for bougee in restent]:
            _rendre_la_demande(demande, qui, par, *fait['demandes'][str(demande.numero)][1:])
    for table, colonne, valeur, avant, apres in fait['rangees']:
        if rangees(table, colonne, valeur) == apres:
            db.execute_sql(f'DELETE FROM {table} WHERE {colonne} = ?', (valeur,))
            _remettre(table, avant)
    for table, numero, colonne, avant, apres in reversed(fait['valeurs']):
        db.execute_sql(f'UPDATE OR IGNORE {table} SET {colonne} = ? WHERE id = ? AND {colonne} IS ?',
                       (avant, numero, apres))
    quand, fait['laissees'] = maintenant(), [bougee.titre for bougee in restent]
    (Passation.update(annulee_le=quand, close_le=quand, ferme_le=None, fait=json.dumps(fait))
     .where(Passation.id == passation.id).execute())
    _relire_les_lettres(passation, fait)
    auditer('passation annulée', par, qui.nom_complet,
            objet=f'{"structure" if isinstance(qui, Structure) else "agent"}:{qui.id}')
    _dire_l_annulation(fait, qui, par, restent)
    return restent


def _rendre_la_demande(demande, qui, par, structure_id, direction_id, membres):
    db.execute_sql('DELETE FROM membre WHERE demande_id = ?', (demande.numero,))
    _remettre('membre', membres)
    roles = enumerer(ROLES[role].lower() for _, _, role, _, agent_id, *_ in membres if agent_id == qui.id)
    dit = (f'{qui.nom} reprend sa place dans l\'équipe' if isinstance(qui, Structure)
           else f'{qui.nom_complet} reprend son rôle ({roles})')
    _ecrire_demande(demande, par, '(?, ?)', f'Passation annulée\u00a0: {dit}.', structure_id, direction_id)


def _remettre(table, rangees):
    for rangee in rangees:
        db.execute_sql(f'INSERT INTO {table} VALUES ({", ".join("?" * len(rangee))})', rangee)


def _dire_l_annulation(fait, qui, par, laissees):
    """Each is told of what does not come back; who had taken over, of what they may read alone."""
    valeurs = {'titulaire': qui.nom_complet, 'par': par.nom_complet, 'lien': f'{SITE["url"]}/espace'}
    partis = _ceux_de(qui, fait)
    repreneurs = {*fait['lignes'], fait.get('suppleant')} - {'', None, *(str(agent.id) for agent in partis)}
    for repreneur in map(lire_agent, sorted(repreneurs, key=int)):
        lisibles = {demande.numero for demande in demandes_lisibles(repreneur).where(
            Demande.numero.in_([bougee.numero for bougee in laissees if bougee.numero]))}
        prevenir(None, 'passation_annulee', [repreneur], sauf=par, suite='ce qui vous avait été confié lui revient',
                 restent=_dire_restent(bougee for bougee in laissees if bougee.numero in {None, *lisibles}), **valeurs)
    for agent in partis:
        if agent.actif and agent.ouvert_le and agent.id != par.id:
            poster('passation_annulee', 'agent', agent.courriel, agent=agent, suite='ce que vous teniez vous revient',
                   restent=_dire_restent(x for x in laissees if not x.numero or isinstance(qui, Agent)), **valeurs)


def _ceux_de(qui, fait):
    """The Agents who had left, as they are now: oneself, or those of the structure whose account has changed."""
    changes = {numero for table, numero, *_ in fait.get('valeurs', ()) if table == 'agent'}
    numeros = [qui.id] if isinstance(qui, Agent) else sorted(changes)
    return lire_agents(f'WHERE agent.id IN ({", ".join("?" * len(numeros))}) ORDER BY agent.id', *numeros)


def _dire_restent(laissees):
    return enumerer(f'n°\u00a0{bougee.numero}' if bougee.numero else bougee.titre for bougee in laissees)


# ---- What comes in its time: the carrier's ----

_DUES = """
    SELECT passation.id, faite_le, coalesce(ferme_le <= ?2 AND (agent.actif OR close_le IS NOT NULL), 0)
    FROM passation LEFT JOIN agent ON agent.id = agent_id
    WHERE (close_le IS NULL OR ferme_le IS NOT NULL)                -- as its index says
      AND ((close_le IS NULL AND faite_le <= ?1)
           OR (ferme_le <= ?2 AND (agent.actif OR close_le IS NOT NULL))) ORDER BY +passation.id"""


def mener_a_terme():
    """Cut the accounts whose day has come, make the letters of the mairies true before they leave, erase what opened an
    account once nothing can be undone any more. Outside any transaction; played twice, it does nothing more.
    """
    limite = en_utc(langue.horloge() - timedelta(hours=HEURES_POUR_ANNULER))
    with lecture():
        dues = [numero for numero, faite_le, echue in db.execute_sql(_DUES, (limite, aujourdhui()))
                if echue or depart_des_lettres(faite_le) <= maintenant()]
    for numero in dues:
        with ecriture():
            _mener(Passation.get_by_id(numero))


def _mener(passation):
    fait, qui = json.loads(passation.fait), parti(passation)
    echue = bool(passation.ferme_le) and passation.ferme_le <= aujourdhui()
    ferme_le, close_le = passation.ferme_le, passation.close_le
    if echue and isinstance(qui, Agent) and qui.actif:
        rouvert = bool(fait.get('coupes'))
        echue = not rouvert and _fermer_le_jour_dit(qui, fait)
        ferme_le = None if rouvert else ferme_le
    if close_le is None and depart_des_lettres(passation.faite_le) <= maintenant():
        _relire_les_lettres(passation, fait)
        close_le = maintenant()
    if echue and close_le:
        _effacer_ce_qui_part(qui, fait, passation.par)
        ferme_le = None
    (Passation.update(ferme_le=ferme_le, close_le=close_le, fait=json.dumps(fait))
     .where(Passation.id == passation.id).execute())


def _effacer_ce_qui_part(qui, fait, par):
    """What opened the accounts; the logo of a structure that has not come back."""
    if isinstance(qui, Agent):
        effacer(qui)
        return
    for agent in _ceux_de(qui, fait):
        if not agent.actif:
            effacer(agent)
    if not convention.est_ouverte(qui):
        logos.retirer(qui, par)


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


def adresse(qui):
    """Of the screen that hands over what an Agent, or a Structure, holds."""
    return f'/espace/admin/{"structures" if isinstance(qui, Structure) else "comptes"}/{qui.id}/depart'


def fermeture_prevue(agent):
    """The day an open account is to close, or None."""
    prevue = Passation.select(fn.MAX(Passation.ferme_le)).where(Passation.agent == agent).scalar()
    return prevue if agent.actif else None


def ne_plus_fermer(agent, par):
    """The account that was to close stays open; what was handed over stays so."""
    if not fermeture_prevue(agent):
        raise Refus(f'Aucune fermeture n\'est prévue pour le compte de {agent.nom_complet}.', 409)
    Passation.update(ferme_le=None).where(Passation.agent == agent).execute()
    auditer('fermeture annulée', par, agent.nom_complet, objet=f'agent:{agent.id}')
