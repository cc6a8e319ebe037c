"""An act on a demande: its fields here and now, then the form read → the verb of the domain (regles.md §4 to §8)."""
import re

import models
import langue
from models import (
    Agent, Courriel, Direction, Fiche, Jalon, Journal, Membre, MessageAPartir, Refus, ReponseRecue, Structure)
from verbes import invitations, journal, questions, regles
from verbes.catalogue import portes
from verbes.catalogue.catalogue import associees_de
from verbes.demande import (
    a_confirmer, actes, clotures, conversation, cote, cycle, jalons, reponses, reunions, textes_types)
from verbes.demande.lecture_courriel import lire
from views import choix, consigne, parametre, request, tenter
from views.champs import Champ
from views.entrees import trouver, un
from views.lectures import lire_autres, lire_equipe, places_de
from .formulaires import (
    A_LA_COLLECTIVITE, BOUTONS, CHEFS, COLLECTIVITE, CONTACT, DEMARRER, FIN, FORMULAIRES, SELON_LA_PLACE)

# ======================================================================================
# The fields of an action, here and now
# ======================================================================================

def modele_de(action, demande, agent):
    if action in SELON_LA_PLACE and questions.a_nommer(demande, agent):
        return SELON_LA_PLACE[action]
    return FORMULAIRES[action]


def dire_a_qui(action, demande):
    """To which address an act mails the collectivité, and what its mail will keep quiet; '' when it mails it nothing.
    """
    if action not in A_LA_COLLECTIVITE:
        return ''
    if not demande.courriel:
        return 'Cette demande n\'a pas d\'adresse de courriel\u00a0: rien ne part à la collectivité, téléphonez-lui.'
    tait = ''
    if demande.interlocuteur_depuis:
        tait = ' Interlocuteur à confirmer\u00a0: le courriel ne donnera que le numéro et qui appeler.'
    if action in BOUTONS:
        tait += ' Rien ne part, ni ne s\'écrit, avant deux minutes.'
    return f'Adresse de la collectivité\u00a0: {demande.courriel}.{tait}'


def champs_de(action, demande, saisies):
    """The fields of an action for this demande, with their choices;
    an unclear name of collectivité adds the nearest ones.
    """
    champs = _champs_utiles(action, demande) + (_a_cocher(demande) if action in REUNIONS else [])
    lecteurs = {CHOIX[c.nom] for c in champs if c.nom in CHOIX}     # several fields may share one list
    listes = {lire_liste: lire_liste(demande) for lire_liste in lecteurs}
    champs = [c._replace(choix=listes[CHOIX[c.nom]]) if c.nom in CHOIX else c for c in champs]
    if COLLECTIVITE in champs and not saisies.get('siren'):
        proches = _collectivites_proches(demande, saisies)
        if proches:
            champs.insert(
                champs.index(COLLECTIVITE) + 1,
                Champ('collectivite_choix', 'Quelle collectivité', 'radio', True, choix=proches))
    return champs


def _champs_utiles(action, demande):
    """The fields of an action, less those that this demande has no use for."""
    sans, remplaces = set(), {}
    if action == 'contact':
        offert = demarrage(demande)
        sans, remplaces = (set(), {'demarrer': offert}) if offert else ({'demarrer'}, {})
    if action in REUNIONS and not demande.courriel:
        sans = {'mairie'}
    if action in ('demarrer', 'repondu') and demande.premier_contact_le:
        sans = {c.nom for c in CONTACT}
    if action == 'designer' and demande.statut != 'en_cours':
        sans = {'motif'}
    if action in ('terminer', 'repondu'):
        offertes = ('', *clotures.issues_de(action, demande.statut))
        remplaces = {'issue': FIN[0]._replace(choix=[c for c in FIN[0].choix if c[0] in offertes])}
    if action == 'terminer' and demande.statut != 'en_cours':
        sans = {c.nom for c in FIN if 'si-' in c.classe}
    # « à rattacher » is the administrateur's (regles.md §3)
    if action == 'corriger' and not demande.collectivite_id:
        sans.add('collectivite')
    if action == 'corriger' and not demande.premier_contact_le:     # noted by « contact », corrected here
        sans.add('premier_contact_le')
    return [remplaces.get(c.nom, c) for c in modele_de(action, demande, request.agent).champs if c.nom not in sans]


REUNIONS = ('reunion', 'reunion_changer')


def _a_cocher(demande):
    """A box for each person of the team."""
    absents = questions.absences()
    return [Champ(f'agent_{agent.id}', f'Inviter {agent.nom_complet} ({agent.direction.structure.sigle})', 'case',
                  aide='Absent·e ce jour\u00a0: son invitation ne va qu\'à sa boîte.' if agent.id in absents else '')
            for agent in questions.equipe(demande)]


def demarrage(demande):
    """The box « Démarrer l'accompagnement » of a contact noted « joint », as this agent reads it; None when it is not
    theirs to tick.
    """
    tenus = questions.roles(demande, request.agent)
    role = questions.demarre_par(demande, tenus)
    if not role:
        return None
    referent = next(iter(questions.equipe(demande, 'referent')), None)
    if role == 'chef_de_file' and not referent:
        return _le_chef_accompagne(tenus[role])
    qui = '' if role == 'referent' or not referent else f', par {referent.nom_complet}, son expert référent'
    return DEMARRER._replace(aide=f'La demande passe à «\u00a0En cours\u00a0»{qui}.')


def _le_chef_accompagne(chef_id):
    """Without a référent the chef becomes it, whoever acts for them (regles.md §4)."""
    if chef_id == request.agent.id:
        return DEMARRER._replace(libelle='Je l\'accompagne moi-même',
                                 aide='Vous devenez l\'expert référent, et la demande passe à «\u00a0En cours\u00a0».')
    chef = Agent.get_by_id(chef_id).nom_complet
    return DEMARRER._replace(aide=f'{chef} devient l\'expert référent, et la demande passe à «\u00a0En cours\u00a0».')


def _collectivites_proches(demande, saisies):
    """The nearest collectivités as choices; none when the name typed is the present one, is sure, or is unknown."""
    saisi = saisies.get('collectivite', '').strip()
    if _inchangee(demande, saisi):
        return ()
    return choix.proches(saisi)


def _inchangee(demande, saisi):
    """True when the name typed is the one the demande bears already."""
    return bool(demande.collectivite_id) and langue.normaliser(saisi) == langue.normaliser(demande.collectivite)


def choix_agents(demande):
    """A co-chef is offered only whom they may name."""
    return (choix.A_CHOISIR, *choix.agents(demande.structure_id, seule=_seule(demande)))


def choix_referents(demande):
    """The same, the expert by default of the chefs' directions first."""
    experts = models.db.execute_sql(
        """SELECT agent.id FROM agent WHERE expert AND actif AND direction_id IN (
             SELECT direction_id FROM membre WHERE demande_id = ? AND role = 'chef_de_file')""", (demande.numero,))
    return (choix.A_CHOISIR, *choix.agents(demande.structure_id, seule=_seule(demande),
                                           experts={expert for expert, in experts}))


def choix_invites(demande, *seule):
    """seule: the structure that alone is offered, if it is not the one that a co-chef names in; None for any."""
    nommees = associees_de(demande.fiche_id).split('\n') if demande.fiche_id else ()
    parmi = seule[0] if seule else _seule(demande)
    return (choix.A_CHOISIR, *choix.invites(request.agent.direction.structure_id, parmi, nommees))


def choix_associes(demande):
    seule = _seule(demande)
    associes = [p for p in places_de(lire_equipe(demande))
                if p['role'] == 'associe' and seule in (None, p['structure_id'])]
    return (choix.A_CHOISIR, *((str(p['id']), p['nom']) for p in associes))


def _seule(demande):
    return cycle.structure_imposee(demande, request.agent)


def choix_doublons(demande):
    """The other demandes of the collectivité that this agent may read, but those set aside: the open ones first."""
    groupes = {'Ouvertes': [], 'Closes': []}
    for autre in lire_autres(demande, request.agent):
        if autre['issue'] not in regles.ECARTS:
            titre = autre['titre'] or 'Demande libre'
            dite = f'n°\u00a0{autre["numero"]} du {langue.dire_jour(autre["depose_le"], True)}, {titre}'
            groupes['Closes' if autre['clos_le'] else 'Ouvertes'].append((str(autre['numero']), dite))
    return (choix.A_CHOISIR, *((nom, tuple(siennes)) for nom, siennes in groupes.items() if siennes))


def choix_remplacants(demande):
    """The agents of the direction of the associé one is, or stands for; of one's own, when a person is to be named."""
    agent = request.agent
    associes = Membre.select().where(Membre.demande == demande.numero, Membre.role == 'associe')
    if questions.a_nommer(demande, agent):
        sauf = {p.agent_id for p in associes}
        dans = {agent.direction_id}
    else:
        sauf = list(agent.identites)
        dans = {p.direction_id for p in associes if p.agent_id in sauf}
    return (choix.A_CHOISIR, *choix.agents(sauf=sauf, dans=dans))


def choix_tenants(demande):
    """Who may hold a step: the team; then, unless it is restricted, who may be associated with it, or proposed."""
    places = [p for p in places_de(lire_equipe(demande)) if p['role'] != 'referent']
    equipe = {f'a{p["agent_id"]}' if p['agent_id'] else f'd{p["direction_id"]}' if p['direction_id'] else
              f's{p["structure_id"]}': p['nom'] for p in places if p['agent_id'] or not demande.restreinte}
    dehors = () if demande.restreinte else choix_invites(demande, None)[1:]
    autres = [(groupe, tuple(c for c in siens if c[0] not in equipe)) for groupe, siens in dehors]
    return (('', 'L\'expert référent'), *([('L\'équipe', tuple(equipe.items()))] if equipe else ()),
            *((groupe, siens) for groupe, siens in autres if siens))


def _a_plat(choix_dits):
    return [un for groupe in choix_dits for un in ([groupe] if isinstance(groupe[1], str) else groupe[1])]


def choix_etapes(demande):
    """Of the « déroulement » of its fiche, what is not in the feuille de route."""
    fiche = demande.fiche if demande.fiche_id else None
    return [(quoi, quoi) for quoi in jalons.a_proposer(fiche, [une['quoi'] for une in jalons.lire(demande.numero)])]


CHOIX = {
    'qui': choix_tenants,
    'quoi': choix_etapes,
    'fiche': lambda d: (('', 'Aucune (demande libre)'), *choix.fiches(d.fiche_id)),
    'theme': lambda d: (('', 'Aucun'), *choix.themes()),
    'direction': lambda d: (choix.A_CHOISIR, *choix.directions()),
    'invite': choix_invites,
    'doublon_de': choix_doublons,
    'place': choix_associes,
    'remplacant': choix_remplacants,
    'referent': choix_referents,
    **dict.fromkeys([c.nom for c in CHEFS], choix_agents),
}


def valeurs_initiales(action, demande):
    """What the form of an action shows at first; None when what it is about is there no more."""
    if action in ('reunion_changer', 'reunion_annuler'):
        return _d_une_reunion(demande)
    if action == 'reunion':
        return {champ.nom: 'oui' for champ in _a_cocher(demande)}
    if action == 'corriger':
        noms = [c.nom for c in FORMULAIRES[action].champs if c.nom not in ('theme', 'fiche')]
        valeurs = {nom: getattr(demande, nom) or '' for nom in noms}
        return valeurs | {'theme': demande.theme_id or '', 'fiche': demande.fiche_id or ''}
    if action == 'changer_chef':
        chefs = (
            Membre.select(Membre.agent_id)
            .where(Membre.demande == demande.numero, Membre.role == 'chef_de_file').order_by(Membre.rang))
        return {c.nom: id for c, (id,) in zip(CHEFS, chefs.tuples())}
    if action == 'ecarter' and parametre('doublon'):
        return {'ecart': 'doublon', 'doublon_de': parametre('doublon')}
    jour = {'contact_le': langue.aujourdhui()}
    if action.startswith('jalon_'):
        return _une_etape(action, demande)
    if action in PORTES and parametre('porte'):
        return _par_une_porte(action, parametre('porte'))
    coche = 'oui' if questions.demarre_par(demande, questions.roles(demande, request.agent)) == 'referent' else ''
    initiales = {
        'contact': jour | {'demarrer': coche},
        'demarrer': jour,
        'repondu': jour | {'transmise_le': langue.aujourdhui()},
        **dict.fromkeys(('terminer', 'repondre'), {'transmise_le': langue.aujourdhui()}),
        'orienter': {'fiche': demande.fiche_id or ''},
        'rattacher': {'collectivite': demande.collectivite},
        'interlocuteur': {'telephone': demande.telephone},
        'prevenir': {'limite': clotures.premiere_limite(demande)},
    }
    return initiales.get(action, {})


def _une_etape(action, demande):
    """Of the step that the address names, else of the current one; « Associer » chooses who is proposed for it."""
    voulue, etapes = parametre('jalon'), jalons.lire(demande.numero)
    courante = [une for une in etapes if str(une['id']) == voulue or not voulue and not une['fait_le']]
    if not courante:
        return {'jalon': voulue}
    une = courante[0]
    choisi = une['code']
    if parametre('associer'):
        choisi = next((code for code, nom in _a_plat(choix_tenants(demande)) if nom == une['propose']), '')
    lue = {nom: une[nom] or '' for nom in ('quoi', 'pour_le', 'dit', 'fait_le')}
    fait_le = langue.aujourdhui() if action == 'jalon_fait' else lue['fait_le']
    return lue | {'jalon': une['id'], 'qui': choisi, 'dit_jour': 'oui' if une['dit_jour'] else '', 'fait_le': fait_le}


def _d_une_reunion(demande):
    numero = request.saisies.get('reunion') or parametre('reunion')
    une, refus = tenter(reunions.trouver, demande, numero if re.fullmatch('[0-9]{1,15}', numero) else 0)
    if refus:
        return None
    invites = {f'agent_{i.agent_id}' if i.agent_id else 'mairie': 'oui' for i in invitations.de(une)}
    heures = {nom: langue.dire_heure_ecrite(getattr(une, nom)) for nom in ('debut_a', 'fin_a')}
    return {'reunion': une.id, 'jour': une.jour, 'lieu': une.lieu} | heures | invites


def initiales_de_page(nom, demande):
    """The same, of the two forms that are always on the page: few requests. A link may propose the nature of a note."""
    if nom == 'journal':
        return {'nature': parametre('nature')}
    return {'sans_texte': 'oui' if demande.fiche_id and demande.fiche.sans_texte else ''}


# The field that a text kept by the agent fills, of the acts that write to the collectivité.
A_ECRIRE = {'ecrire': 'texte', 'rectifier': 'texte', **dict.fromkeys(regles.CLOSENT, 'texte_final')}


def avec_un_texte(action, demande):
    """What was typed in a form, and the text that its button asks for: « 3 » after it, « 3:120 » where the cursor was.
    """
    (numero, _, ou), dit = request.saisies['texte_type'].partition(':'), request.saisies.get(A_ECRIRE[action], '')
    choisi = next((t for t in textes_types.lisibles_par(request.agent) if str(t.id) == numero), None)
    if choisi is None:
        return request.saisies
    curseur = int(ou) if re.fullmatch('[0-9]{1,6}', ou) else len(dit)
    pret = textes_types.remplir(choisi.texte, demande, request.agent)
    suite = (dit[:curseur].strip(), pret, dit[curseur:].strip())
    return request.saisies | {A_ECRIRE[action]: '\n\n'.join(filter(None, suite))}


# « Autres portes »: the acts that send a mairie elsewhere, and the answer that says so.
PORTES = {
    'repondre': {'reponse': 'reorientee'},
    'terminer': {'issue': 'redirige'},
    'repondu':  {'issue': 'redirige'},
}


def _par_une_porte(action, numero):
    """The form filled from an organisme of the register; as it was, when it is there no more."""
    choisie = next((p for p in portes.lister() if str(p.id) == numero), None)
    if choisie is None:
        return {}
    return PORTES[action] | {
        'contact_le': langue.aujourdhui(), 'organisme': choisie.organisme,
        'organisme_telephone': langue.dire_telephone(choisie.telephone), 'texte_final': choisie.texte}


def controler(demande, valeurs):
    """The faults that one field alone can't show: {name: sentence}."""
    fautes = {}
    jour = langue.aujourdhui()
    debut = demande.recue_le or langue.jour_de(demande.depose_le)
    entre = f'Indiquez un jour entre le {langue.dire_jour(debut, True)}, jour de la demande, et aujourd\'hui.'
    for nom in ('contact_le', 'transmise_le', 'convenu_le'):
        if valeurs.get(nom) and not debut <= valeurs[nom] <= jour:
            fautes[nom] = entre
    premier = valeurs.get('premier_contact_le')
    if premier and premier != demande.premier_contact_le and not debut <= premier <= jour:
        fautes['premier_contact_le'] = entre
    a_tenir = valeurs.get('date_a_tenir')
    if a_tenir and a_tenir != demande.date_a_tenir and a_tenir < jour:
        fautes['date_a_tenir'] = 'Cette date est passée\u00a0: indiquez une date à venir.'
    if valeurs.get('acte_le') and valeurs['acte_le'] > jour:
        fautes['acte_le'] = 'Indiquez le jour où l\'acte a eu lieu, au plus tard aujourd\'hui.'
    if valeurs.get('accord_le') and valeurs['accord_le'] > jour:
        fautes['accord_le'] = 'Indiquez le jour de l\'accord, au plus tard aujourd\'hui.'
    if valeurs.get('telephone') == '' and not (valeurs.get('courriel') or demande.courriel):
        fautes['telephone'] = 'Gardez un téléphone\u00a0: cette demande n\'a pas de courriel.'
    return fautes


# ======================================================================================
# Doing: the form read → the verb of the domain
# ======================================================================================

def faire(demande, action, agent, version, valeurs):
    """Do one action with the checked fields of its form, and nothing else of what was sent."""
    if action in regles.ACTIONS:
        preparer = SAISIES.get(action, dict)
        changer = conversation.faire_attendre if action in regles.CLOSENT else cycle.changer_statut
        return changer(demande, action, agent, version, preparer(valeurs))
    return VERBES[action](demande, agent, version, valeurs)


def _chefs(valeurs):
    choisis = dict.fromkeys(valeurs[c.nom] for c in CHEFS)          # named twice, one chef all the same
    return [Agent.get_by_id(int(id)) for id in choisis if id]


def _saisie_orienter(valeurs):
    return valeurs | {
        'fiche': un(Fiche, valeurs['fiche']),
        'direction': un(Direction, valeurs['direction']),
        'chefs': _chefs(valeurs),
    }


def _saisie_designer(valeurs):
    return valeurs | {'referent': un(Agent, valeurs['referent'])}


def _saisie_ecarter(valeurs):
    return valeurs | {'doublon_de': int(valeurs.get('doublon_de') or 0)}


SAISIES = {'orienter': _saisie_orienter, 'designer': _saisie_designer, 'ecarter': _saisie_ecarter}


def casier(demande, agent, saisies, nom='journal'):
    """Where the consigne keeps the files of a form of the page: (the place, what the form claims)."""
    return f'{nom} {agent.id} {demande.numero}', saisies | {'cle': consigne.cle_de(saisies.get('cle', ''))}


def _journal(demande, agent, version, valeurs):
    pieces, _ = consigne.trier(*casier(demande, agent, request.saisies))
    journal.ajouter_au_journal(
        demande, agent, valeurs['nature'], valeurs['texte'], valeurs['acte_le'] or None, pieces)


A_ENREGISTRER = (
    '«\u00a0{}\u00a0» est au format d\'Outlook (.msg), que la Plateforme ne lit pas. Dans Outlook sur le web ou le '
    'nouvel Outlook, ouvrez ce message, puis «\u00a0…\u00a0» et «\u00a0Enregistrer sous\u00a0»\u00a0: joignez le '
    'fichier .eml. Dans un Outlook plus ancien, copiez ici son texte.')
UN_A_LA_FOIS = 'Joignez un seul courriel (.eml) à la fois\u00a0: chacun devient une note, à sa date.'


def ouvrir_un_courriel():
    """request.courriel: (whether a mail was among the files of a note, what is at fault). The note becomes what it
    says, « courriel important » of its date, its files those of the note: it is shown before it is kept.
    """
    request.courriel = _lire_un_courriel() if request.path.endswith('/journal') else (False, '')


def _lire_un_courriel():
    recus = request.fichiers.get('pieces', [])
    lettres, autres = [], []
    for nom, contenu in recus:
        if nom.lower().endswith('.msg'):
            request.fichiers['pieces'] = [recu for recu in recus if not recu[0].lower().endswith(('.msg', '.eml'))]
            return False, A_ENREGISTRER.format(journal.nom_de_piece(nom))
        (lettres if nom.lower().endswith('.eml') else autres).append((nom, contenu))
    if not lettres:
        return False, ''
    if len(lettres) > 1:
        request.fichiers['pieces'] = autres
        return False, UN_A_LA_FOIS
    lu = lire(bytes(lettres[0][1]))
    request.fichiers['pieces'] = [*autres, *lu.fichiers]
    jour = langue.jour_de(lu.ecrit_le) if lu.ecrit_le else ''
    request.saisies.update({
        'texte': '\n\n'.join(filter(None, (request.saisies.get('texte', '').strip(), reponses.en_note(lu)))),
        'nature': 'courriel', 'acte_le': jour if '2000' < jour <= langue.aujourdhui() else ''})
    return True, ''


def _ecrire(demande, agent, version, valeurs):
    pieces, _ = consigne.trier(*casier(demande, agent, request.saisies, 'ecrire'))
    conversation.ecrire(demande, agent, version, valeurs | {'sans_texte': bool(valeurs['sans_texte'])}, pieces)


def message_de(demande, numero):
    """The MessageAPartir of a demande; Refus 404 when it has left, or is another's."""
    return trouver(MessageAPartir, numero, 'Ce message est déjà parti, ou a été repris.',
                   MessageAPartir.demande == demande.numero)


def reponse_de(demande, numero):
    """The answer of a demande that waits apart; Refus 404 when it does not, or is another's."""
    return trouver(ReponseRecue, numero, 'Cette réponse n\'attend plus\u00a0: quelqu\'un a choisi.',
                   ReponseRecue.demande == demande.numero, ReponseRecue.etat == 'inconnue')


def _journal_corriger(demande, agent, version, valeurs):
    ligne = trouver(Journal, valeurs['ligne'], 'Cette ligne n\'est pas au journal de la demande.',
                    Journal.demande == demande.numero)
    journal.corriger_ligne(ligne, agent, valeurs['texte'])


def _corriger(demande, agent, version, valeurs):
    saisie = {c: v for c, v in valeurs.items() if c not in ('collectivite', 'collectivite_choix')}
    for nom in ('theme', 'fiche', 'date_a_tenir', 'premier_contact_le'):
        if nom in saisie:
            saisie[nom] = saisie[nom] or None
    if 'fiche' in saisie and demande.fiche_id and not saisie['fiche']:
        raise Refus(
            'Choisissez une autre fiche\u00a0: une demande orientée ne redevient pas une demande libre.',
            champ='fiche')
    actes.corriger(demande, agent, version, saisie | {'collectivite_liee': _collectivite(demande, valeurs)})


def _rattacher(demande, agent, version, valeurs):
    siren = re.sub(r'\s', '', valeurs['siren'])
    liee = None if siren else _collectivite(demande, valeurs)
    actes.rattacher(demande, agent, version, liee, siren)


def _collectivite(demande, valeurs):
    """The collectivité chosen among the nearest, or sure from its name; None when it stays as it is."""
    saisi = valeurs.get('collectivite', '')
    if not saisi or _inchangee(demande, saisi):
        return None
    choisie, phrase = choix.choisir_collectivite(saisi, valeurs.get('collectivite_choix'), 'vérifiez le nom.')
    if choisie is None:
        raise Refus(phrase, champ='collectivite')
    return choisie


def _invite(code):
    """The row of « s12 », « d3 », « a45 » (choix.invites); None of ''."""
    return un({'s': Structure, 'd': Direction, 'a': Agent}[code[0]], code[1:]) if code else None


def _jalon(demande, valeurs):
    return trouver(Jalon, valeurs['jalon'], 'Cette étape n\'est plus dans la feuille de route.',
                   Jalon.demande == demande.numero)


def _etape(valeurs):
    return valeurs | {'qui': _invite(valeurs['qui'])}


def _courriel(demande, valeurs):
    return trouver(Courriel, valeurs['courriel'], 'Ce courriel n\'existe pas dans cette demande.',
                   Courriel.demande == demande.numero)


def _renvoyer(demande, agent, version, valeurs):
    courriel = _courriel(demande, valeurs)
    if not courriel.echec_le:
        raise Refus('Ce courriel n\'est plus en échec\u00a0: il est parti, ou attend de partir.', 409)
    actes.renvoyer(courriel, agent)


def _reunion(valeurs):
    """What the verbs take of a réunion."""
    return {
        'jour': valeurs['jour'], 'lieu': valeurs['lieu'], 'collectivite': bool(valeurs.get('mairie')),
        'agents': [int(nom[6:]) for nom, dit in valeurs.items() if dit and nom.startswith('agent_')],
        **{nom: langue.lire_heure(valeurs[nom]) for nom in ('debut_a', 'fin_a')}}


def _laquelle(valeurs):
    return valeurs['reunion'] if re.fullmatch('[0-9]{1,15}', valeurs['reunion']) else 0


VERBES = {
    'contact':          actes.noter_contact,
    'journal':          _journal,
    'journal-corriger': _journal_corriger,
    'ecrire':           _ecrire,
    'rectifier':        lambda d, a, version, v: conversation.rectifier(d, a, version, v['texte']),
    'retenir':          lambda d, a, version, v: conversation.reprendre(message_de(d, v['message']), a),
    'sans_reponse':     lambda d, a, version, v: conversation.sans_reponse(d, a, version),
    'ranger':           lambda d, a, version, v: reponses.ranger(d, a, version, reponse_de(d, v['reponse'])),
    'ne_pas_ranger':    lambda d, a, version, v: reponses.ne_pas_ranger(d, a, version, reponse_de(d, v['reponse'])),
    'ne_plus_attendre': lambda d, a, version, v: conversation.ne_plus_attendre(d, a, version),
    'corriger':         _corriger,
    'rattacher':        _rattacher,
    'interlocuteur':    actes.changer_interlocuteur,
    'confirmer':        lambda d, a, version, v: a_confirmer.confirmer(d, a, version),
    'restreindre':      lambda d, a, version, v: actes.restreindre(d, a, version, True),
    'lever':            lambda d, a, version, v: actes.restreindre(d, a, version, False, v['motif']),
    'associer':         lambda d, a, version, v: actes.associer(d, a, version, _invite(v['invite'])),
    'retirer':          lambda d, a, version, v: actes.retirer(d, a, version, un(Membre, v['place']), v['motif']),
    'remplacer':        lambda d, a, version, v: actes.remplacer(d, a, version, un(Agent, v['remplacant'])),
    'se_retirer':       lambda d, a, version, v: actes.se_retirer(d, a, version, v['motif']),
    'changer_chef':     lambda d, a, version, v: actes.changer_chef(d, a, version, _chefs(v), v['motif']),
    'prevenir':         lambda d, a, version, v: actes.avertir_avant_cloture(d, a, version, v['limite']),
    'etape':            lambda d, a, version, v: jalons.prevoir_etape(d, a, version, _etape(v)),
    'derouler':         lambda d, a, version, v: jalons.derouler(d, a, version),
    'jalon_changer':    lambda d, a, version, v: jalons.changer(d, a, version, _jalon(d, v), _etape(v)),
    'jalon_fait':       lambda d, a, version, v: jalons.faire(d, a, version, _jalon(d, v), v['fait_le'], v['mot']),
    'jalon_accepter':   lambda d, a, version, v: jalons.accepter(d, a, version),
    'jalon_monter':     lambda d, a, version, v: jalons.deplacer(d, a, version, _jalon(d, v), -1),
    'jalon_descendre':  lambda d, a, version, v: jalons.deplacer(d, a, version, _jalon(d, v), 1),
    'jalon_retirer':    lambda d, a, version, v: jalons.retirer(d, a, version, _jalon(d, v)),
    'reunion':          lambda d, a, version, v: reunions.proposer(d, a, version, _reunion(v)),
    'reunion_changer':  lambda d, a, version, v: reunions.changer(d, a, version, _laquelle(v), _reunion(v)),
    'reunion_annuler':  lambda d, a, version, v: reunions.annuler(d, a, version, _laquelle(v)),
    'rien_a_noter':     lambda d, a, version, v: reunions.rien_a_noter(d, a, version),
    'renvoyer':         _renvoyer,
    'cote':             lambda d, a, version, v: cote.mettre_de_cote(d, a, v['jusqu_au'], v['raison']),
    'reprendre':        lambda d, a, version, v: cote.reprendre(d, a),
    'revenu':           lambda d, a, version, v: actes.marquer_revenu(_courriel(d, v), a),
}
