"""A mail to send is a row, written in the same transaction as what it tells:
to whom, and what it may say (regles.md §8).
"""
import re
import secrets
from collections import namedtuple
from datetime import timedelta

import langue
from models import (
    SITE, Courriel, Membre, Rappel, Reglage, administrateurs, db, inserer, jours_fermes, lire_agents, nom_a_rappeler)
from langue import (
    REPERE, a_paris, abreger, aujourdhui, dire_echeance, dire_instant, dire_jour_long, dire_saisine, dire_telephone,
    en_utc, enumerer, maintenant, premiers_mots, sans_reperes_vides)

from . import rendez_vous, textes
from .discretion import secret_du_jeton
from .interlocuteurs import EQUIPE, dire_absence, interlocuteur, personne
from .questions import (
    a_accepter, accord_de, agents_qui_agissent, bandeau_du_jour, dire_a_faire, equipe, rappel_attendu, remplacants)
from .regles import DESTINATAIRES, MINUTES_POUR_REPRENDRE, QUI, URGENTE, SANS_TITULAIRE, dire_place

DEMONSTRATION = ('Site de démonstration\u00a0: aucune demande n\'est transmise au Département. '
                 'Agents, projets et chiffres sont fictifs.')
A_TOUS = 'à toutes et à tous'                                       # a direction's mailbox is nobody's

# While who follows a demande there is to be confirmed, they are told its number and whom to call (regles.md §7).
A_LA_MAIRIE = ('demandeur', 'collectivite')
DE_PLUSIEURS = 'passation_mairie'                                   # it says each of its demandes by dire_a_la_mairie()
# A line made of these alone says whom to call.
DE_QUI_APPELER = {'qui_appeler', 'interlocuteur', 'structure', 'telephone'}


# What the interlocuteur of today is told of one demande may be answered by e-mail, where the relay hands the answer
# over (PLATEFORME_REPONSES). The others say not to: their answers go to the human mailbox (regles.md §12).
A_REPONDRE = frozenset(
    'accuse accuse_direct echeance lettre designation_demandeur changement reponse cloture abandon_demandeur '
    'reouverture_mairie message_agent attente avertissement reunion_mairie reunion_annulee_mairie interlocuteur '
    'rappel_question'.split())
REPONDRE = 'Vous pouvez répondre à ce courriel\u00a0: votre réponse sera rangée dans votre demande.'
# {a mail that asks something: {the first line of its answer, alone: what it does}}
COMPRIS = {
    'rappel_question': {'oui': 'oui', 'non': 'pas_encore', 'pas encore': 'pas_encore'},
    'reunion_mairie': {'je viens': True, 'je ne peux pas': False},
}
NE_PAS_REPONDRE = 'Ne répondez pas à ce courriel\u00a0: '


def adresse_de_reponse(demande, modele):
    """Where a mail of a demande is answered; '' when it is at the human mailbox: a restricted demande has no such
    address, nor one whose interlocuteur is to be confirmed.
    """
    if not SITE['reponses'] or modele not in A_REPONDRE or demande.restreinte or demande.interlocuteur_depuis:
        return ''
    return SITE['reponses'].replace('{}', f'{demande.numero}.{secret_du_jeton(demande.jeton)}')


def _dire_comment_repondre(demande, modele, pour):
    """To a collectivité alone, at the end of its mail: may it be answered, or where to write instead."""
    if pour not in A_LA_MAIRIE:
        return ''
    suivie = bool(demande) and not demande.interlocuteur_depuis and pour == 'demandeur'
    return phrase_de_reponse(modele, bool(demande and demande.restreinte), suivie)


def phrase_de_reponse(modele, restreinte, suivie):
    """suivie: who reads it has the tracking page of the demande."""
    if suivie and restreinte:
        return f'{NE_PAS_REPONDRE}votre demande est confidentielle, écrivez depuis votre page de suivi.'
    if suivie and modele in A_REPONDRE and SITE['reponses']:
        mots = enumerer([f'«\u00a0{mot}\u00a0»' for mot in COMPRIS.get(modele, ())], 'ou')
        return f'{REPONDRE} Un mot suffit, seul sur la première ligne\u00a0: {mots}.' if mots else REPONDRE
    return f'{NE_PAS_REPONDRE}{"écrivez depuis votre page de suivi, ou " * suivie}téléphonez.'


def _remplir(texte, valeurs):
    """Put the values in; a line whose placeholders are all empty disappears (« diffusion restreinte » leaves no gap),
    and one that needs a value nobody gives.
    """
    remplies = []
    for ligne in texte.split('\n'):
        reperes = REPERE.findall(ligne)
        if valeurs.get('absence') and {'qui_appeler', 'telephone'} & set(reperes) and DE_QUI_APPELER >= set(reperes):
            remplies.append(valeurs['absence'])                     # not the number of an empty office
        elif not reperes or (valeurs.keys() >= set(reperes) and any(valeurs[r] for r in reperes)):
            remplies.append(REPERE.sub(lambda m: str(valeurs[m[1]]), sans_reperes_vides(ligne, valeurs)))
    return re.sub(r'\n{3,}', '\n\n', '\n'.join(remplies)).strip()


def _valeurs(demande, pour):
    """What a mail may say of a demande: never the message, a piece or a journal text."""
    if demande is None:
        return {}
    contact = personne() if pour == 'collectivite' else interlocuteur(demande)
    valeurs = {
        'numero': demande.numero,
        'intitule': f'n°\u00a0{demande.numero}',
        'depot': dire_instant(demande.depose_le),
        'origine': _origine(demande),
        'lien': SITE['url'] + ADRESSES[pour].format(demande=demande) if pour in ADRESSES else '',
        'echeance': dire_jour_long(demande.echeance) if _rappel_a_venir(demande) else '',
        'a_rappeler': _dire_a_rappeler(demande),
        'rappel': _dire_rappel(demande),
        'presse': 'Urgent – ' if demande.promesse == URGENTE and rappel_du(demande) else '',
        'date_a_tenir': dire_jour_long(demande.date_a_tenir) if demande.date_a_tenir else '',
        'cloture': dire_jour_long(demande.clos_le) if demande.clos_le else '',
        'interlocuteur': contact.nom if contact.role else '',
        'telephone': dire_telephone(contact.telephone),
        'absence': dire_absence(contact) if contact.remplacant else '',
        **dict.fromkeys(('collectivite', 'fiche', 'structure'), ''),
    }
    if not demande.restreinte:
        valeurs |= _objet_de(demande, pour, contact)
    return valeurs | {'qui_appeler': _qui_appeler(valeurs)}


ADRESSES = {
    'demandeur': '/suivi/{demande.jeton}',
    'agent': '/espace/demandes/{demande.numero}',
    'direction': '/espace/demandes/{demande.numero}',
}


def _objet_de(demande, pour, contact):
    """What a restricted demande does not say."""
    # What anybody typed goes to an address nobody checked if it is short, and leads nowhere.
    connue = demande.collectivite_id or pour in ('agent', 'direction')
    return {
        'intitule': _dire_intitule(demande, pour),
        'collectivite': demande.collectivite if connue else premiers_mots(demande.collectivite, MOTS_D_UN_NOM),
        'fiche': dire_titre(demande, MOTS_DE_L_OBJET) if pour == 'demandeur' else demande.titre,
        'structure': contact.direction.structure.nom if contact.direction else '',
    }


MOTS_D_UN_NOM, MOTS_DE_L_OBJET = 70, 40                             # characters


def dire_titre(demande, longueur):
    """To who sent it: the fiche; a free request is told from another by its first words, unless it is restricted."""
    mots = '' if demande.fiche_id or demande.restreinte else premiers_mots(demande.message, longueur)
    return f'{demande.titre}\u00a0: {mots}' if mots else demande.titre


def _dire_intitule(demande, pour='demandeur'):
    """« n° 12 (Revitalisation de bourg-centre) », « n° 12 (« Question sur le cimetière ») », as in a subject."""
    libre = premiers_mots(demande.message, MOTS_DE_L_OBJET) if pour == 'demandeur' else ''
    titre = demande.titre if demande.fiche_id else f'«\u00a0{libre}\u00a0»' if libre else 'demande libre'
    return f'n°\u00a0{demande.numero} ({titre})'


DEBUT = 'Qui appeler\u00a0: '


def dire_a_la_mairie(demande):
    """A demande in a mail that tells of several: (which it is, then whom to call too, its dates, its link)."""
    v = _valeurs(demande, 'demandeur')
    if demande.interlocuteur_depuis:                                # to be confirmed
        return f'n°\u00a0{demande.numero}', f'n°\u00a0{demande.numero}\n{v["absence"] or DEBUT + v["qui_appeler"]}'
    dates = (('Rappel au plus tard le', v['echeance']), ('Date à tenir\u00a0:', v['date_a_tenir']))
    return v['intitule'], '\n'.join([
        ', '.join(filter(None, (v['intitule'], v['collectivite'], v['origine']))),
        v['absence'] or DEBUT + v['qui_appeler'],
        *(f'{debut} {jour}' for debut, jour in dates if jour), v['lien']])


def dire_a_l_agent(demande, roles, a_faire):
    """The same for who takes it, with their role and what is to be done; a restricted one by its number only."""
    adresse = SITE['url'] + ADRESSES['agent'].format(demande=demande)
    if demande.restreinte:
        return f'n°\u00a0{demande.numero}\n{adresse}'
    return '\n'.join(filter(None, [
        f'{"Essai – " * demande.essai}n°\u00a0{demande.numero}, {demande.titre}, {demande.collectivite}\u00a0: {roles}',
        '' if a_faire.startswith(RIEN) else _dire_a_rappeler(demande),
        f'À faire\u00a0: {a_faire}.', adresse]))


def _origine(demande):
    if demande.recue_le:
        return f'reçue en direct le {dire_jour_long(demande.recue_le, semaine=False)}'
    return f'déposée le {dire_instant(demande.depose_le)}'


def _qui_appeler(valeurs):
    """A name, a structure that does not say it again, a telephone."""
    nom, structure = valeurs['interlocuteur'] or EQUIPE, valeurs['structure']
    return ', '.join(filter(None, ('' if nom in structure else nom, structure, valeurs['telephone'])))


def dire_qui_joindre(demande):
    """What an associé is asked to do first: whom they call, who answers meanwhile; '' once it is closed."""
    if demande.clos_le:
        return ''
    contact = interlocuteur(demande, nommer_le_chef=True)
    if contact.remplacant:
        absence = dire_absence(contact)
        return f'prendre contact avec qui suit la demande ({absence[0].lower()}{absence[1:]})'
    nom = contact.nom if contact.role else EQUIPE
    return ', '.join(filter(None, (f'prendre contact avec {nom}', dire_telephone(contact.telephone))))


def _rappel_a_venir(demande):
    """A date that has passed is told to nobody as to come."""
    return rappel_du(demande) and rappel_du(demande) >= aujourdhui()


def rappel_du(demande):
    return rappel_attendu(demande.echeance, demande.premier_contact_le, demande.clos_le)


def _en_retard(demande):
    """« en retard de 2 jours ouvrés »; '' of a date to come."""
    etat, dit, _ = dire_echeance(rappel_du(demande), None, demande.clos_le, fermes=jours_fermes())
    return dit if etat == 'retard' else ''


def _dire_rappel(demande):
    """Of a subject: how pressed it is."""
    if not rappel_du(demande):
        return 'à prendre en charge'
    return _en_retard(demande) or f'rappel au plus tard {dire_jour_long(demande.echeance)}'


def _dire_a_rappeler(demande):
    """To an agent: « À rappeler au plus tard le … : Jeanne Exemplaire, maire, 05 36 49 00 12 », or how late it is; ''
    when no call is due. Nobody is named of a restricted demande, nor of one to be confirmed.
    """
    attendu, retard = rappel_du(demande), _en_retard(demande)
    if not attendu:
        return ''
    le = (f'À rappeler\u00a0: promis pour le {dire_jour_long(attendu)}, {retard}' if retard else
          f'À rappeler au plus tard le {dire_jour_long(attendu)}')
    if demande.restreinte or demande.interlocuteur_depuis:
        return le
    numero = dire_telephone(demande.telephone) if demande.telephone else ''
    return f'{le}\u00a0: {", ".join(filter(None, (nom_a_rappeler(demande), demande.rappel_fonction, numero)))}'


def _preparer(modele, pour, demande):
    """(the Texte, the values of its placeholders): what a mail says whoever receives it."""
    if demande and demande.interlocuteur_depuis and pour in A_LA_MAIRIE and modele != DE_PLUSIEURS:
        modele = 'a_confirmer'
    return textes.lire('courriel', modele), {
        **de_la_plateforme(Reglage.tous()),
        **_valeurs(demande, pour),
        'repondre': _dire_comment_repondre(demande, modele, pour),
        **(ESSAI if demande and demande.essai else {}),
    }


def de_la_plateforme(reglages):
    """What any mail may say, of the settings."""
    return {
        'essai': '',
        'plateforme': reglages['nom'],
        'departement': reglages['departement'],
        'signataire': reglages['signataire'],
        'saisine': dire_saisine(reglages),
        'contact_telephone': dire_telephone(reglages['telephone']),
        'contact_courriel': reglages['courriel'],
        'bandeau': bandeau_du_jour(aujourdhui(), reglages),
        'fin': f'\n\n{DEMONSTRATION}' if reglages.get('demonstration') else '',
    }


def dire_astreinte(reglages):
    """What a mairie that has an emergency reads: nobody is on call, whom to call and when, as on its pages."""
    numero = dire_telephone(reglages['telephone_urgence'] or reglages['telephone'])
    quand = reglages['urgence_horaires'] or reglages['horaires']
    appeler = f'Urgence immédiate\u00a0: téléphonez au {numero}{f" ({quand})" if quand else ""}.' if numero else ''
    return ' '.join(filter(None, (
        'La Plateforme n\'assure pas d\'astreinte\u00a0: votre demande n\'est lue ni le soir, ni la nuit, ni le '
        'week-end, ni les jours fériés.', appeler, 'Danger pour des personnes\u00a0: appelez le 112.')))


# Of a restricted demande: number, dates, whom to call and what is to be done, nothing else (regles.md §7). What a new
# mail says is unsaid until it is written here.
DITS_SI_RESTREINTE = frozenset(
    'numero intitule depot origine echeance a_rappeler rappel presse date_a_tenir recue envoyee limite appels '
    'message_laisse promesse contact ecrit quand avant cloture interlocuteur telephone absence qui_appeler ancien '
    'auteur par invite successeur agents agents_et_roles prenom role ancien_role a_faire acceptation '
    'raison venir lien repondre plateforme departement signataire saisine contact_telephone contact_courriel '
    'astreinte bandeau debut essai fin objet_des_demandes interlocuteurs demandes non_parti'.split())
ATTEND = 'Ce que nous vous répondons se lit sur votre page de suivi.'    # in place of such a text
UN_MESSAGE = 'Un message vous attend sur votre page de suivi.'           # the same, of what an agent has written
QUI_VOUS_ECRIT = 'L\'équipe qui suit votre demande'
DE_UN_MESSAGE = {'auteur': QUI_VOUS_ECRIT, 'texte': UN_MESSAGE}
# Of a demande made before the opening, to learn: it is not a referral to anyone.
ESSAI = {
    'essai': 'Essai – ', 'signataire': '', 'saisine': '',
    'fin': '\n\nCeci est un essai, fait avant l\'ouverture de la Plateforme\u00a0: aucune suite n\'y sera donnée.'}


def rediger(texte, tout):
    """{objet, corps} of a mail, of its Texte; without what its subject says, the number of the demande is one."""
    if tout.get('a_faire', '').startswith(RIEN):
        tout = tout | {'a_rappeler': '', 'echeance': ''}
    objet = _dire_objet(texte.titre, tout) or f'Demande n°\u00a0{tout["numero"]}'
    corps, titulaire = _remplir(texte.corps, tout), tout.get('au_nom_de')
    if titulaire:                                                   # « vous êtes… » is said of whom they act for
        objet = f'Pour {titulaire} – {objet}'.replace(' – Vous ', ', vous ', 1)
        corps = corps.replace('\n\n', f'\n\n{POUR.format(titulaire)}\n\n', 1)
    repondre = '' if '{repondre}' in texte.corps else tout.get('repondre', '')
    fin = (f'\n\n{repondre}' if repondre else '') + tout['fin']
    return {'objet': tout['essai'] + _sur_une_ligne(objet), 'corps': corps + fin}


RIEN = 'rien'                                                       # to be done: no date then
POUR = 'Vous agissez pour {0}\u00a0: ce qui suit s\'adresse à {0}, et vous revient.'


OBJET_LU, NOM_LU = 60, 16                                           # characters of a subject that are read; of a name


def _dire_objet(titre, tout):
    """The subject of a mail; a long name of a collectivité gives way to what happens there."""
    objet, nom = _remplir(titre, tout), tout.get('collectivite', '')
    tient = max(NOM_LU, len(nom) - max(0, len(objet) - OBJET_LU))
    return _remplir(titre, tout | {'collectivite': abreger(nom, tient)}) if len(nom) > tient else objet


def poster(modele, pour, destinataire, demande=None, agent=None, secret=False, marque=None, prepare=None, le=None,
           invitation=None, **valeurs):
    """Write one mail to send: its id; False when there is nobody to send it to, or when this mark was used already.

    agent: the Agent it is for, if any; marque: a reminder's unique mark; le: the instant it is for, now by default;
    prepare: _preparer() done once for several recipients; invitation: what goes with it for a calendar.
    """
    if not destinataire or deja_ecrit(marque):
        return False
    texte, communes = prepare or _preparer(modele, pour, demande)
    tout = {**communes, 'prenom': agent.prenom if agent else A_TOUS, **valeurs}
    if demande and demande.restreinte:
        tout = _si_restreinte(modele, tout, demande)
    return inserer(
        Courriel, identifiant=_identifiant(), demande=demande, agent=agent, invitation=invitation,
        pour=pour, destinataire=destinataire, modele=modele, **rediger(texte, tout),
        secret=secret, cree_le=le or maintenant(), a_partir_de=le or maintenant(), marque=marque)


def _si_restreinte(modele, tout, demande):
    """Of all this, what the mail of a restricted demande says; that an answer is waited for, and until when."""
    valeurs = {nom: valeur if nom in DITS_SI_RESTREINTE else '' for nom, valeur in tout.items()}
    a_lire = ATTEND if tout.get('texte') and demande.texte_final else ''
    return valeurs | {'attente': dire_l_attente(demande), 'texte': a_lire} | (
        DE_UN_MESSAGE if modele == 'message_agent' else {})


def dire_l_attente(demande):
    """Of a mail: « le plan cadastral (avant le mercredi 9 décembre 2026) », « une réponse (avant…) » when its message
    was to stay on the tracking page; '' when nothing is waited for (regles.md §12).
    """
    dite = 'une réponse' if demande.attente_tue or demande.restreinte else demande.attente_de
    return f'{dite} (avant le {dire_jour_long(demande.attente_au)})' if demande.attente_au else ''


def deja_ecrit(marque):
    return marque and db.execute_sql('SELECT 1 FROM courriel WHERE marque = ?', (marque,)).fetchone()


def _identifiant():
    """A new Message-ID."""
    domaine = SITE['url'].split('//')[1].split(':')[0] or 'localhost'
    return f'<{secrets.token_hex(16)}@{domaine}>'


def _sur_une_ligne(texte):
    """White space is one space; a no-break space stays."""
    return re.sub(r'[^\S\xa0\u202f]+', ' ', texte)


def avec_remplacants(agents, demande=None):
    """{Agent: None}, then who acts for them today, in this demande, {Agent: for whom}:
    « same rights, same mails » (delegataires, suppléants).
    """
    par_id = {a.id: a for a in agents}
    pour = {par: a for par, a in remplacants(None, bool(demande and demande.restreinte)) if a in par_id}
    ids = [par for par in pour if par not in par_id]
    de_plus = lire_agents(f'WHERE actif AND agent.id IN ({", ".join("?" * len(ids))})', *ids) if ids else ()
    return dict.fromkeys(agents) | {agent: par_id[pour[agent.id]] for agent in de_plus}


def prevenir(demande, modele, agents, sauf=None, boites=False, **valeurs):
    """Mail a model to agents and who acts for them; nobody for their own act (sauf);
    boites: tell their directions' mailboxes too, whom it is for.
    """
    prepare, attente = _preparer(modele, 'agent', demande), demande and _attente(demande)
    for agent, titulaire in avec_remplacants(agents, demande).items():
        if sauf is None or agent.id != sauf.id:
            poster(modele, 'agent', agent.courriel, demande, agent, prepare=prepare,
                   **_pour_qui(agent, titulaire, attente) | valeurs)
    if boites:
        _prevenir_les_boites(demande, agents, attente, valeurs)


def dire_au_matin(agents, marque, phrase, demande=None, sauf=None):
    """A line of the next mail of the day of agents, or of who acts for them then (regles.md §8): once; under the same
    mark, its last words. Of a restricted demande, what stands before « : ». Nobody reads of their own act (sauf).
    """
    for agent in agents:
        if sauf is None or agent.id != sauf.id:
            Rappel.replace(marque=f'a dire:{demande.numero if demande else ""}:{marque}:{agent.id}', agent=agent,
                           phrase=phrase, fait_le=maintenant()).execute()


def _prevenir_les_boites(demande, agents, attente, valeurs):
    """One mail for each mailbox, which names its agents: nobody is « vous » there. None to that of who is alone in
    their direction, and reads theirs.
    """
    seuls = {id_ for id_, in db.execute_sql('SELECT max(id) FROM agent WHERE actif GROUP BY direction_id '
                                            'HAVING count(*) = 1 AND max(ouvert_le) IS NOT NULL')}
    for boite in dict.fromkeys(a.direction.courriel for a in agents if a.direction.courriel and a.id not in seuls):
        destinataires = [a for a in agents if a.direction.courriel == boite]
        agissent = [a for a in destinataires if a.id in attente.agissent]
        poster('direction', 'direction', boite, demande,
               agents=enumerer(a.nom_complet for a in destinataires),
               agents_et_roles='\u00a0; '.join(_dire_avec_role(a, attente) for a in destinataires),
               **{'a_faire': _dire_a_faire((agissent or destinataires)[0], attente)} | valeurs)


def _dire_avec_role(agent, attente):
    return f'{agent.nom_complet}, {attente.roles.get(agent.id, "qui nommera la personne invitée")}'


# Who is who in a demande now. roles: {agent id: « chef de file »…}; agissent: ids of who must act; a_faire: what they
# must do; acceptation: whether they accept it, when they are asked; sinon: what is said to the others; a_ouvrir: to
# those who must open their account before they act.
Attente = namedtuple('Attente', 'roles agissent a_faire acceptation sinon a_ouvrir')
ACCEPTATION = ('Acceptez-vous cette demande\u00a0? Si oui, «\u00a0Accepter la demande\u00a0» sur sa page\u00a0; sinon, '
               '«\u00a0Rendre à l\'administrateur\u00a0», en disant pourquoi.')


def _attente(demande):
    titulaires, repreneurs = agents_qui_agissent(demande)
    agissent, accord = titulaires or repreneurs, accord_de(demande)
    return Attente(
        roles_dits(demande), {a.id for a in agissent},
        dire_a_faire(demande.statut, demande.clos_le, demande.premier_contact_le, bool(repreneurs), accord),
        ACCEPTATION if titulaires and a_accepter(demande.statut, accord) else '',
        _dire_sinon(demande, agissent), _dire_a_ouvrir(demande, agissent))


def roles_dits(demande):
    """{agent id: « chef de file et expert référent »} of the team."""
    roles = {}
    places = 'SELECT * FROM membre WHERE demande_id = ? AND agent_id IS NOT NULL ORDER BY role'
    for place in Membre.raw(places, demande.numero):
        roles.setdefault(place.agent_id, []).append(dire_role(place))
    return {agent_id: enumerer(dits) for agent_id, dits in roles.items()}


def dire_role(place):
    """The role of a Membre inside a sentence."""
    dite = dire_place(place.role, place.rang)
    return dite[:1].lower() + dite[1:]


def _dire_sinon(demande, agissent):
    if demande.clos_le:
        return 'rien, la demande est close'
    if QUI[demande.statut].qui == 'administrateur':
        return 'rien pour l\'instant, l\'administration de la Plateforme s\'en occupe'
    noms = enumerer(a.nom_complet for a in agissent)
    return f'rien pour l\'instant, {noms} s\'en occupe{"nt" if len(agissent) > 1 else ""}' if noms else ''


def _dire_a_ouvrir(demande, agissent):
    """{agent id: words} of those who hold the role waited for and never opened their account: « rien » would let it
    wait for ever. Meanwhile others act.
    """
    role = None if demande.clos_le else QUI[demande.statut].qui
    if role not in SANS_TITULAIRE:
        return {}
    a_faire = dire_a_faire(demande.statut, demande.clos_le, demande.premier_contact_le)
    d_ici_la = _dire_sinon(demande, agissent).replace('rien pour l\'instant', 'd\'ici là')
    dit = f'ouvrir le compte par l\'invitation reçue, puis {a_faire}\u00a0; {d_ici_la}'
    return {agent.id: dit for agent in equipe(demande, role) if not agent.ouvert_le}


def _dire_a_faire(agent, attente):
    """To who must act, what is to be done at the statut the demande really has; to another, who has it in hand."""
    return (agent.id in attente.agissent and attente.a_faire) or attente.a_ouvrir.get(agent.id) or attente.sinon


def signaler_message(demande, modele, agents, **valeurs):
    """prevenir() of what the demandeur writes: at most one mail an hour to each. What comes within the hour is told by
    one mail at its end, dated so: it waits, it is not late.
    """
    prepare, attente = _preparer(modele, 'agent', demande), _attente(demande)
    for agent, titulaire in avec_remplacants(agents, demande).items():
        dernier = _dernier(demande, modele, agent)
        if not dernier or dernier.envoye_le:                        # else the one that waits tells this message too
            le = max(maintenant(), en_utc(a_paris(dernier.envoye_le) + UNE_HEURE)) if dernier else None
            poster(modele, 'agent', agent.courriel, demande, agent, prepare=prepare, le=le,
                   **_pour_qui(agent, titulaire, attente) | valeurs)


UNE_HEURE = timedelta(hours=1)


def _dernier(demande, modele, agent):
    """The last mail of this model to this agent that was not given up, or None."""
    return demande.courriels.where(
        Courriel.modele == modele, Courriel.agent == agent, Courriel.echec_le.is_null(),
    ).order_by(Courriel.id.desc()).first()


def _pour_qui(agent, titulaire, attente=None):
    """What a mail says to one person: a greeting, which names for whom they act, their role, what they must do."""
    qui = titulaire or agent
    valeurs = {}
    if titulaire:
        valeurs = {'prenom': f'{agent.prenom} (pour {titulaire.nom_complet})', 'au_nom_de': titulaire.nom_complet}
    if attente:
        valeurs |= {'role': attente.roles.get(qui.id, ''), 'a_faire': _dire_a_faire(qui, attente),
                    'acceptation': attente.acceptation if qui.id in attente.agissent else ''}
    return valeurs


def alerter(phrase, quoi):
    """Warn the administrateurs, once a day of one thing (quoi)."""
    for admin in administrateurs():
        poster('alerte', 'agent', admin.courriel, agent=admin, alerte=phrase,
               marque=f'alerte:{quoi}:{aujourdhui()}:{admin.id}')


# Who will call, and when: it waits as a message does, and another takes its place until then (regles.md §4).
SE_REPRENNENT = ('echeance', 'designation_demandeur')


def prevenir_demandeur(demande, modele, **valeurs):
    avant = en_attente(demande, modele) if modele in SE_REPRENNENT else []
    courriel_id = poster(modele, 'demandeur', demande.courriel, demande, **valeurs)
    if modele in SE_REPRENNENT:
        part_le = en_utc(langue.horloge() + timedelta(minutes=MINUTES_POUR_REPRENDRE))
        Courriel.update(a_partir_de=part_le).where(Courriel.id == courriel_id).execute()
        Courriel.delete().where(Courriel.id.in_(avant)).execute()
    return courriel_id


def en_attente(demande, modele):
    """The ids of the mails of a model that have not left."""
    lus = Courriel.select(Courriel.id).where(Courriel.demande == demande.numero, Courriel.modele == modele,
                                             Courriel.envoye_le.is_null(), Courriel.pris_le.is_null())
    return [une for une, in lus.tuples()]


def oublier(demande, modele):
    """Take back what has not left, and would be false: what recalls an answer that has come, what tells of a letter to
    who does not follow it any more, of an expert who has given it back. True when there was one.
    """
    return bool(Courriel.delete().where(Courriel.id.in_(en_attente(demande, modele))).execute())


def dire_vrai(demande):
    """The call was made, or none is due: what waits to say who calls, and when, says no date any more."""
    oublier(demande, 'echeance')
    for courriel in Courriel.select().where(Courriel.id.in_(en_attente(demande, 'designation_demandeur'))):
        _recrire(courriel, demande)


def envoyable(courriel):
    """May a mail given up still leave? Not to a demandeur whose address or link has changed since."""
    if courriel.pour != 'demandeur':
        return True
    demande = courriel.demande
    if demande is None or courriel.destinataire != demande.courriel:
        return False
    return demande.jeton in courriel.corps or '/suivi/' not in courriel.corps


def poster_lettre(modele, adresse, demandes_dites, **valeurs):
    """Write a mail that tells a mairie of several demandes, kept with the first of them."""
    return poster(modele, 'demandeur', adresse, demandes_dites[0], prepare=_preparer(modele, 'demandeur', None),
                  **(ESSAI if demandes_dites[0].essai else {}) | valeurs)


def rerediger(courriel, demande, **valeurs):
    """Write again a mail that waits, which tells of several demandes (demande: the first, or None), to leave now."""
    texte, communes = _preparer(courriel.modele, courriel.pour, None)
    communes |= ESSAI if demande and demande.essai else {}
    redigee = rediger(texte, communes | {'prenom': A_TOUS} | valeurs)
    Courriel.update(demande=demande, a_partir_de=maintenant(), **redigee).where(Courriel.id == courriel.id).execute()


MINUTES_EN_MAIN = 10                                                # a take expires: a mail is sent at least once


def en_main(courriel):
    """True while the carrier may be sending it."""
    perime = en_utc(langue.horloge() - timedelta(minutes=MINUTES_EN_MAIN))
    return bool(courriel.pris_le and courriel.pris_le >= perime)


def taire(demande, pour=DESTINATAIRES):
    """A demande just restricted, or whose interlocuteur is to be confirmed: the mails that still wait are written
    again, with what such a mail may say (regles.md §7). Its link is in none that gives links for an address alone.
    """
    (Courriel.delete()
     .where(Courriel.modele == 'liens_perdus', Courriel.envoye_le.is_null(), Courriel.corps.contains(demande.jeton))
     .execute())
    for courriel in Courriel.select().where(Courriel.modele == DE_PLUSIEURS, Courriel.envoye_le.is_null(),
                                            Courriel.corps.contains(demande.jeton)):
        _taire_parmi(courriel, demande)
    attendent = Courriel.select().where(
        Courriel.demande == demande, Courriel.envoye_le.is_null(), Courriel.modele != DE_PLUSIEURS)
    # Who followed it there before is told nothing more of it, above all not its link.
    (Courriel.delete().where(Courriel.id.in_([c.id for c in attendent]), Courriel.pour == 'demandeur',
                             Courriel.destinataire != demande.courriel).execute())
    for courriel in attendent.where(Courriel.pour.in_(pour)):
        _recrire(courriel, demande)


def _recrire(courriel, demande):
    if courriel.modele not in textes.COURRIELS:                    # of an earlier version: a line of the day, now
        return courriel.delete_instance()
    texte, tout = _preparer(courriel.modele, courriel.pour, demande)
    tout['prenom'] = courriel.agent.prenom if courriel.agent_id else A_TOUS
    tout |= rendez_vous.dites(courriel.invitation) if courriel.invitation_id else {}
    tout = _si_restreinte(courriel.modele, tout, demande) if demande.restreinte else tout
    Courriel.update(**rediger(texte, tout)).where(Courriel.id == courriel.id).execute()


def _taire_parmi(courriel, demande):
    """Of a mail that tells of several: the paragraph of this one alone is written again, and its name in the subject.
    """
    intitule, dite = dire_a_la_mairie(demande)
    paragraphes = [dite if demande.jeton in paragraphe else paragraphe
                   for paragraphe in courriel.corps.split('\n\n')]
    objet = courriel.objet.replace(_dire_intitule(demande), intitule)
    Courriel.update(objet=objet, corps='\n\n'.join(paragraphes)).where(Courriel.id == courriel.id).execute()
