"""What the page of a demande reads: its team, files, journal, mails, neighbours; a query each, one more a suppléant."""
import json
from datetime import timedelta

import models
import langue
from models import Collectivite
from verbes import perimetre, questions, regles
from verbes.demande import clotures
from verbes.demande.cote import REVEIL
from verbes.demande.reunions import NOTEE
from verbes.interlocuteurs import en_l_absence, suppleant_present
from verbes.questions import demandes_lisibles
from verbes.regles import dire_place

TITRES = regles.NATURES | regles.NATURES_PLATEFORME | {'depot': 'Demande déposée', 'equipe': 'Suivi de la demande'}
DESTINATAIRES = {
    'demandeur': 'à la collectivité',
    'collectivite': 'à l\'adresse officielle',
    'direction': 'à la boîte de la direction',
    'agent': 'à un agent',
}
A_L_ANCIENNE = 'à l\'ancienne adresse'                            # of coordinates that the demandeur has changed
RANGS = {'chef_de_file': 0, 'referent': 1, 'associe': 2}


@models.gardee
def connue(table, cle):
    """A row that demandes refer to, shared by the requests."""
    ligne = table.get_by_id(cle)
    if table is Collectivite:                                       # its EPCI of today, kept with it
        ligne.epci = perimetre.epci(ligne.id) and Collectivite.get_by_id(perimetre.epci(ligne.id))
    return ligne


def lire_equipe(demande):
    """The places of the team, the chefs de file first."""
    places = models.lignes("""
        SELECT membre.id, role, rang, membre.agent_id, membre.structure_id, membre.direction_id, depuis_le, prenom,
               agent.nom, actif, ouvert_le,
               telephone_public, sienne.telephone, direction.telephone AS telephone_direction,
               direction.nom AS direction, structure.nom AS structure, structure.sigle
        FROM membre JOIN structure ON structure.id = membre.structure_id
        LEFT JOIN direction ON direction.id = membre.direction_id
        LEFT JOIN agent ON agent.id = membre.agent_id
        LEFT JOIN direction sienne ON sienne.id = agent.direction_id
        WHERE demande_id = ?""", demande.numero)
    places.sort(key=lambda p: (RANGS[p['role']], p['rang'], p['id']))
    for p in places:
        personne = f'{p["prenom"]} {p["nom"]}' if p['agent_id'] else ''
        p['libelle'] = dire_place(p['role'], p['rang'])
        p['personne'] = personne
        p['nom'] = personne or p['direction'] or p['structure']
        p['tel'] = p['telephone_public'] or p['telephone'] or p['telephone_direction'] or ''
    _dire_presences(demande, places)
    return places


def _dire_presences(demande, places):
    """Say of each place who acts meanwhile, and the telephone that answers; of a restricted demande, every delegataire
    too, since they read it.
    """
    partis = questions.absences()
    pour = ', '.join(str(p['agent_id']) for p in places if p['agent_id'])
    delegues = models.lignes(f"""
        SELECT pour_id, prenom || ' ' || nom AS par FROM delegation JOIN agent ON agent.id = par_id AND agent.actif
        WHERE pour_id IN ({pour}) AND {models.EN_COURS}
        ORDER BY delegation.id""", langue.aujourdhui()) if demande.restreinte else ()
    for p in places:
        absence = partis.get(p['agent_id']) if p['actif'] else None
        p['absence'] = ''
        if absence:
            qui = suppleant_present(absence, demande.restreinte)
            p['tel'] = qui.telephone_communique if qui else p['telephone_direction'] or ''
            repond = qui.nom_complet if qui else p['direction'] or p['structure']
            p['absence'] = en_l_absence(p['personne'], repond, absence.au if absence.retour_dit else '')
        p['delegataires'] = [d['par'] for d in delegues if d['pour_id'] == p['agent_id']]


def lire_pieces(demande):
    """The files, newest first, without their bytes."""
    return models.lignes("""
        SELECT piece.id, journal_id, piece.nom, taille, depose_le, prenom, agent.nom AS agent_nom
        FROM piece LEFT JOIN agent ON agent.id = agent_id
        WHERE demande_id = ? ORDER BY piece.id DESC""", demande.numero)


def lire_journal(demande, agent, pieces):
    """The lines of the journal, newest first, each with its files and its last correction in the place of its text."""
    lignes = models.lignes("""
        SELECT journal.id, journal.cree_le, nature, acte_le, statut, journal.agent_id, auteur, structure, texte,
               fait, corrige_id, prenom, nom
        FROM journal LEFT JOIN agent ON agent.id = pour_id
        WHERE demande_id = ? ORDER BY journal.cree_le DESC, journal.id DESC""", demande.numero)
    fil = [ligne for ligne in lignes if ligne['nature'] != 'correction']
    corrections = {ligne['corrige_id']: ligne['texte'] for ligne in reversed(lignes) if ligne['nature'] == 'correction'}
    recent = langue.en_utc(langue.horloge() - timedelta(minutes=regles.MINUTES_POUR_CORRIGER))
    for ligne in fil:
        a_moi = ligne['agent_id'] == agent.id and ligne['nature'] in regles.NATURES
        ligne |= {
            'titre': langue.mairie(_titre(ligne, demande.origine), demande.type),
            'plateforme': ligne['nature'] in regles.NATURES_PLATEFORME.keys() - {'reponse', 'cloture', 'reouverture'},
            'publique': ligne['nature'] in regles.PUBLIQUES,
            'pour': f'{ligne["prenom"]} {ligne["nom"]}' if ligne['prenom'] else '',
            'fait_le': _fait_le(ligne),
            'pieces': [p for p in pieces if p['journal_id'] == ligne['id']],
            'premier_texte': ligne['texte'] if ligne['id'] in corrections else None,
            'texte': corrections.get(ligne['id'], ligne['texte']),
            'corrigeable': a_moi and ligne['cree_le'] >= recent,
        }
    return fil


def _titre(ligne, origine):
    if ligne['nature'] == 'statut':
        return f'Statut\u00a0: {regles.STATUTS[ligne["statut"]]}'
    if ligne['nature'] == 'depot' and origine == 'direct':
        return 'Demande saisie'
    return 'Demande de réouverture' if ligne['fait'] == 'reouverture' else TITRES[ligne['nature']]


def _fait_le(ligne):
    """The day of the act, when it is not that of the line; the acte_le of an « envoi » is a day to come."""
    if ligne['nature'] == 'envoi' or ligne['acte_le'] == langue.jour_de(ligne['cree_le']):
        return None
    return ligne['acte_le']


def lire_a_partir(demande):
    """What waits to leave to the collectivité, or did not (raison), the last one first; acte: a closing's, '' else."""
    lus = models.lignes("""
        SELECT message_a_partir.id, agent_id, texte, porte, sans_texte, attente_au, attente_de, raison, ecrit_le,
               acte, champs, part_le, prenom || ' ' || agent.nom AS auteur,
               (SELECT group_concat(nom, ', ') FROM piece_a_partir WHERE message_id = message_a_partir.id) AS fichiers
        FROM message_a_partir JOIN agent ON agent.id = agent_id
        WHERE demande_id = ? ORDER BY message_a_partir.id DESC""", demande.numero)
    return [lu | {'part_a': langue.dire_heure(lu['part_le']), 'porte': regles.PORTES_PAR[lu['porte']]} for lu in lus]


def lire_inconnues(demande):
    """The answers from unknown addresses that wait apart, the first one first."""
    return models.lignes("""
        SELECT id, recue_le, de, texte,
               (SELECT group_concat(nom, ', ') FROM piece_recue WHERE reponse_id = reponse_recue.id) AS fichiers
        FROM reponse_recue WHERE demande_id = ? AND etat = 'inconnue' ORDER BY id""", demande.numero)


def lire_courriels(demande):
    """The mails of a demande, newest first, and to whom in words."""
    courriels = models.lignes("""
        SELECT courriel.id, pour, modele, destinataire, objet, courriel.cree_le, envoye_le, echec_le, essais, raison,
               prenom, nom
        FROM courriel LEFT JOIN agent ON agent.id = agent_id
        WHERE demande_id = ? ORDER BY courriel.id DESC""", demande.numero)
    for c in courriels:
        parti = c['envoye_le']
        a_qui = A_L_ANCIENNE if c['modele'] == 'coordonnees' else langue.mairie(DESTINATAIRES[c['pour']], demande.type)
        c['a'] = f'à {c["prenom"]} {c["nom"]}' if c['prenom'] else f'{a_qui}, {c["destinataire"]}'
        c['parti'] = f'{langue.dire_jour(parti)} à {langue.dire_heure(parti)}' if parti else ''
    return courriels


def lire_reunions(demande):
    """The réunions to come, then the last one of which what was agreed is to be noted (a_noter); qui: the guests, and
    who has said yes.
    """
    reunions = models.lignes(f"""
        SELECT reunion.id, jour, debut_a, fin_a, lieu, prenom || ' ' || nom AS par, {NOTEE} AS notee,
               (SELECT coalesce(group_concat(coalesce(i.prenom || ' ' || i.nom, ?)
                                             || CASE WHEN oui_le IS NOT NULL THEN ' (vient)'
                                                     WHEN non_le IS NOT NULL THEN ' (ne peut pas)' ELSE '' END, ', '),
                                'personne')
                FROM invitation LEFT JOIN agent i ON i.id = invitation.agent_id
                WHERE reunion_id = reunion.id AND retiree_le IS NULL AND (agent_id IS NULL OR i.actif AND EXISTS (
                  SELECT 1 FROM membre WHERE membre.agent_id = i.id AND membre.demande_id = reunion.demande_id))) AS qui
        FROM reunion JOIN agent ON agent.id = reunion.agent_id
        WHERE reunion.demande_id = ? AND annulee_le IS NULL ORDER BY jour, debut_a""",
        langue.mairie('la collectivité', demande.type), demande.numero)
    jour = langue.aujourdhui()
    for reunion in reunions:
        reunion['passee'] = reunion['jour'] < jour
        heures = [langue.dire_heure_ecrite(reunion[nom]) for nom in ('debut_a', 'fin_a')]
        reunion['heures'] = 'de {} à {}'.format(*heures)
    passees = [reunion for reunion in reunions if reunion['passee'] and not reunion['notee']]
    return [] if demande.clos_le else [*(reunion for reunion in reunions if not reunion['passee']), *passees[-1:]]


def lire_autres(demande, agent, limite=-1):
    """The other demandes of the collectivité, of what it has replaced too, that this agent may read, newest first."""
    if not demande.collectivite_id:
        return []
    lisible, famille = questions.lisibles_par(agent), perimetre.famille(demande.collectivite_id)
    # Written « = ? » when it is alone, as nearly always: the index gives the newest first.
    return models.lignes(f"""
        SELECT demande.numero, demande.statut, demande.depose_le, demande.clos_le, demande.issue, fiche.titre
        FROM demande LEFT JOIN fiche ON fiche.id = demande.fiche_id
        WHERE demande.collectivite_id IN ({', '.join('?' * len(famille))}) AND demande.numero <> ? AND {lisible.sql}
        ORDER BY demande.numero DESC LIMIT ?""",
        *famille, demande.numero, *lisible.params, limite)


def lire_doublons(demande, agent):
    """The numbers of the open demandes of the collectivité on the same fiche, while this one is open."""
    if demande.clos_le:
        return []
    lisible = questions.lisibles_par(agent)
    lus = models.db.execute_sql(f"""
        SELECT demande.numero FROM demande INDEXED BY demande_doublable
        WHERE demande.collectivite_id IN (SELECT value FROM json_each(?)) AND demande.fiche_id = ?
        AND demande.clos_le IS NULL AND demande.numero <> ? AND {lisible.sql} ORDER BY demande.numero DESC""",
        (json.dumps(perimetre.famille(demande.collectivite_id)), demande.fiche_id, demande.numero, *lisible.params))
    return [numero for numero, in lus]


def lire_communes(demande):
    """The names of the communes concerned."""
    communes = models.lignes("""
        SELECT nom FROM demande_commune JOIN collectivite ON id = collectivite_id
        WHERE demande_id = ?""", demande.numero)
    return sorted((c['nom'] for c in communes), key=langue.ordre_alphabetique)


def lire_adhesions(collectivite_id, structures=None):
    """[(structure, « oui », « non » or « à vérifier »)] of the structures (None: all) that have memberships. To check:
    a name typed by hand (no collectivité); one that came to the collectivité by a merger.
    """
    jour = langue.aujourdhui()
    famille = perimetre.famille(collectivite_id) if collectivite_id else []
    lignes = models.lignes("""
        SELECT structure.id, sigle, adhesion.collectivite_id AS liee,
               collectivite_id IS NOT NULL AND coalesce(depuis, '') <= ? AND coalesce(jusqu_au, '9') >= ? AS en_cours
        FROM structure LEFT JOIN adhesion
             ON structure_id = structure.id AND collectivite_id IN (SELECT value FROM json_each(?))
        WHERE EXISTS (SELECT 1 FROM adhesion WHERE structure_id = structure.id)
        ORDER BY partenaire, structure.nom""", jour, jour, json.dumps(famille))
    adhesions = {}
    for ligne in lignes:
        if structures is None or ligne['id'] in structures:
            adhesions.setdefault(ligne['sigle'], {})[ligne['liee']] = ligne['en_cours']
    la = perimetre.actuelle(collectivite_id) if famille else None
    return [(sigle, _dire_adhesion(la, liens)) for sigle, liens in adhesions.items()]


def _dire_adhesion(la, liens):
    """liens: {id of a collectivité of the family, None without any: is it a member today}."""
    if la is None or (la not in liens and any(liens.values())):
        return 'à vérifier'
    return 'oui' if liens.get(la) else 'non'


def lire_cotes(demande):
    """[{agent_id, nom, jusqu_au, raison}] of the agents who have put it aside."""
    jour = langue.aujourdhui()
    promise = questions.promesse_proche(demande.echeance, demande.premier_contact_le, demande.date_a_tenir, jour,
                                     models.jours_fermes())
    lues = models.lignes(f"""
        SELECT agent_id, prenom || ' ' || nom AS nom, jusqu_au, raison, mis_le, {REVEIL} AS reveil_le
        FROM cote JOIN agent ON agent.id = cote.agent_id WHERE demande_id = ? AND actif
        ORDER BY jusqu_au, agent_id""",
        demande.numero)
    return [c for c in lues if not demande.clos_le
            and questions.de_cote(c['jusqu_au'], c['mis_le'], c['reveil_le'], promise, jour)]


def dire_origine(demande, places):
    """« Déposée le … », « Reçue en direct … », « Créée le … par X, pour Y »
    (the guide's words when entered for another).
    """
    jour = langue.dire_jour(demande.depose_le)
    if demande.essai:
        return f'Essai d\'avant l\'ouverture, hors des chiffres · du {jour}'
    if demande.reprise:
        return f'Reprise de l\'ancien suivi · reçue le {jour}, sans délai de rappel'
    if demande.origine != 'direct':
        return f'Déposée le {jour}{_dire_delai(demande)}'
    phrase = f'Reçue en direct ({demande.voie})' if demande.voie else 'Reçue en direct'
    if demande.recue_le:
        phrase += f' le {langue.dire_jour(demande.recue_le)}'
    if not demande.saisie_par_id:
        return phrase
    par = demande.saisie_par.nom_complet
    premier = _premier_referent(demande, places)
    if premier and premier['agent_id'] != demande.saisie_par_id:
        return f'{phrase} · Créée le {jour} par {par}, pour {premier["nom"]}'
    return f'{phrase}, saisie par {par}'


def _dire_delai(demande):
    """The promise, by the name of its fiche's; a free request is neither urgent nor complex before it is oriented."""
    if not demande.delai:
        return ''
    libelle = f'{regles.PROMESSES[demande.promesse].libelle}, ' if demande.fiche_id else ''
    return f' · {libelle}rappel sous {demande.delai}\u00a0jours'


def _premier_referent(demande, places):
    """The place of the référent of the first day: one who came later is not who it was entered for."""
    jour = langue.jour_de(demande.depose_le)
    for p in places:
        if p['role'] == 'referent' and langue.jour_de(p['depuis_le']) == jour:
            return p
    return None


def lire_non_remis(fil, courriels):
    """The mails to the mairie that were not delivered, and that no call has replaced since: who reads it telephones. A
    call in vain tells the mairie nothing (the same as A_COTE of verbes/demande/situations.py).
    """
    joints = [ligne['cree_le'] for ligne in fil if ligne['nature'] in regles.JOINDRE
              and ligne['fait'] != 'injoignable']
    return [c for c in courriels if c['pour'] == 'demandeur' and c['echec_le']
            and not any(joint >= c['echec_le'] for joint in joints)]


def dire_colonne(colonne, demande):
    """What a demande holds, as a page says it (verbes/colonnes.py); '' when it holds nothing."""
    valeur = getattr(demande, colonne.nom)
    return langue.dire_jour_long(valeur) if valeur and colonne.genre == 'jour' else valeur or ''


def dire_issue(demande):
    """How it ended, the telephone of the organisme that it names, and who tells it."""
    dite = clotures.dire_issue(demande.issue, demande.organisme)
    return dite + clotures.entre_parentheses(demande.organisme_telephone) + _transmission(demande)


def _transmission(demande):
    if demande.transmission == 'vous':
        return ', que la collectivité saisit elle-même'
    return f', transmise le {langue.dire_jour(demande.transmise_le)}' if demande.transmise_le else ''


def lire_suite(demande, agent):
    """Of a duplicate, the number of the demande with which it goes on, when this agent may read it; else None."""
    suite = clotures.suivie_avec(demande)
    lisible = suite and demandes_lisibles(agent).where(models.Demande.numero == suite.numero).exists()
    return suite.numero if lisible else None
