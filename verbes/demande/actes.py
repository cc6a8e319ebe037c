"""What does not change the statut: the verbs of ACTES, and what the demandeur's link may do (regles.md §4, §5, §7)."""
import hashlib
import re
import secrets
from datetime import timedelta

from peewee import JOIN, fn

import models
import langue
from models import (
    SITE, Agent, Collectivite, Courriel, Demande, Direction, Fiche, Jalon, Journal, Membre, Piece, Refus, Structure,
    administrateurs)
from langue import (
    aujourdhui, dire_jour, dire_jour_long, en_utc, enumerer, maintenant, normaliser, siren_juste)

from verbes import invitations, questions
from verbes.colonnes import CORRIGEES
from verbes.comptes import exiger_contributeur, inviter_s_il_le_faut
from verbes.courriels import (
    dire_au_matin, dire_l_attente, dire_qui_joindre, envoyable, oublier, poster, prevenir, prevenir_demandeur,
    signaler_message)
from verbes.journal import auditer, commencer, conclure, enregistrer, indexer, inscrire, joindre
from verbes.questions import (
    a_verifier, demande_du_jeton, equipe, lien_expire, permettre, places_a_nommer, qui_doit_agir)
from verbes.regles import RAPPELE, dire_place
from .clotures import dire_jours, essais, exiger_sans_inconnue, exiger_un_essai, premiere_limite
from .cycle import (
    changer_statut, courriel_inconnu, dans_sa_structure, decharges, ligne_de_contact, placer, places_tenues,
    porter_structure, restreinte_d_office, retenir_contact)

# ---- What the demande says ----

def noter_contact(demande, agent, version, saisie):
    """The first contact: contact_le (day, not in the future), moyen, resultat; only « joint » stops the clock (§5).

    Whatever its result it confirms a reception that waited, signed by who noted it; demarrer: once « joint », the
    accompaniment starts in the same act (§4).
    """
    pour_id = commencer(demande, 'contact', agent, version)
    retenir_contact(demande, saisie)
    conclure(demande, version, 'contact', agent=agent, pour_id=pour_id, **ligne_de_contact(saisie))
    attendue = questions.reception(demande)
    if attendue:
        changer_statut(demande, 'receptionner', agent, demande.version, accordee=(attendue, pour_id))
    if saisie.get('demarrer'):
        changer_statut(demande, 'demarrer', agent, demande.version, saisie)


def corriger(demande, agent, version, saisie):
    """Correct what a demande says; the journal tells each change, without the personal data."""
    _corriger(demande, agent, version, saisie, commencer(demande, 'corriger', agent, version))


def rattacher(demande, agent, version, liee, siren=''):
    """Put a Collectivite of the list in the place of a name written by hand; with a siren, one added to the list."""
    pour_id = commencer(demande, 'rattacher', agent, version)
    liee = _ajouter_a_la_liste(demande, siren) if siren else liee
    _corriger(demande, agent, version, {'collectivite_liee': liee}, pour_id)


def _corriger(demande, agent, version, saisie, pour_id):
    restreinte, a_rattacher = demande.restreinte, demande.collectivite_id is None
    avant = {champ: _dire_valeur(demande, champ) for champ in CORRIGEES}
    liee = saisie.get('collectivite_liee')
    if liee:
        demande.collectivite_liee, demande.collectivite, demande.type = liee, liee.nom, liee.type
    for champ in CORRIGEES.keys() & saisie.keys():
        setattr(demande, champ, saisie[champ])
    if demande.fiche_id:
        demande.theme = demande.fiche.theme_id
        demande.restreinte = restreinte_d_office(demande.fiche, demande.restreinte)
    changes = _dire_changements(demande, avant)
    if a_rattacher and liee:
        changes.append('collectivité rattachée à la liste')
    if demande.restreinte and not restreinte:
        changes.append('diffusion restreinte, comme la fiche')
    if not changes:
        raise Refus('Rien n\'a changé\u00a0: modifiez un champ avant d\'enregistrer.')
    conclure(demande, version, 'equipe', 'Corrigé\u00a0: ' + '\u00a0; '.join(changes) + '.', agent, pour_id)


DITS_PAR = {'theme': 'nom', 'fiche': 'titre'}                       # how a row is said


def _dire_valeur(demande, champ):
    valeur = getattr(demande, champ)
    if not valeur:
        return ''
    if CORRIGEES[champ].genre in ('jour', 'passe'):
        return dire_jour(valeur, True)
    return getattr(valeur, DITS_PAR[champ]) if champ in DITS_PAR else valeur


def _dire_changements(demande, avant):
    """[words] of what is not any more as it was, by field."""
    changes = []
    for champ, colonne in CORRIGEES.items():
        apres, libelle = _dire_valeur(demande, champ), colonne.corrigee
        if apres == avant[champ]:
            continue
        if not colonne.nommee:
            libelle += f'\u00a0: «\u00a0{avant[champ] or "vide"}\u00a0» devient «\u00a0{apres or "vide"}\u00a0»'
        changes.append(libelle)
    return changes


def _ajouter_a_la_liste(demande, siren):
    """The Collectivité of a SIREN, made from what the form says when the list has none (a syndicat, a CCAS…)."""
    if not re.fullmatch(r'[0-9]{9}', siren):
        raise Refus('Un SIREN compte neuf chiffres.', champ='siren')
    if not siren_juste(siren):
        raise Refus('Ce SIREN n\'existe pas\u00a0: un de ses chiffres est faux, ou deux sont intervertis. '
                    'Vérifiez-le sur l\'annuaire des entreprises.', champ='siren')
    connue = Collectivite.get_or_none(Collectivite.siren == siren, Collectivite.remplacee_par.is_null())
    return connue or Collectivite.create(siren=siren, type=demande.type, nom=demande.collectivite,
                                         cherche=normaliser(demande.collectivite))


# ---- Who may read it, who follows it at the collectivité ----

RESTREINTE = 'Diffusion restreinte à l\'équipe et à l\'administration.'


def restreindre(demande, agent, version, oui, motif=''):
    """Set « diffusion restreinte », or lift it with a motif (regles.md §7)."""
    pour_id = commencer(demande, 'restreindre' if oui else 'lever', agent, version)
    if not oui and not motif:
        raise Refus('Indiquez pourquoi la diffusion n\'est plus restreinte.', champ='motif')
    demande.restreinte = oui
    dit = RESTREINTE if oui else f'Diffusion ouverte à tous les agents. Motif\u00a0: {motif}'
    conclure(demande, version, 'equipe', dit, agent, pour_id)


DEMANDEE_AVANT = 'la réponse demandée à la personne qui suivait cette demande avant vous'


def changer_interlocuteur(demande, agent, version, saisie):
    """Another person follows it at the collectivité: the old link is dead, a new one goes to the new address (§7)."""
    pour_id = commencer(demande, 'interlocuteur', agent, version)
    for champ, valeur in saisie.items():
        setattr(demande, champ, valeur)
    demande.jeton, demande.interlocuteur_depuis = secrets.token_urlsafe(16), None
    if demande.attente_au:                                          # the words were for the one before (§12)
        demande.attente_de = DEMANDEE_AVANT
    demande.cle, demande.empreinte = None, None                     # the key of the form opened the link too
    conclure(demande, version, 'equipe', 'Interlocuteur changé à la collectivité\u00a0: nouveau lien de suivi envoyé, '
             'l\'ancien ne fonctionne plus.', agent, pour_id, fait='autre')
    oublier(demande, 'lettre')
    prevenir_demandeur(demande, 'interlocuteur')
    invitations.reinviter_la_mairie(demande, neuve=True)


def avertir_avant_cloture(demande, agent, version, limite):
    """The warning mail « sans réponse de votre part d'ici au … », after which it may be filed without news."""
    pour_id = commencer(demande, 'prevenir', agent, version)
    exiger_sans_inconnue(demande, 'limite')
    if not demande.attente_au:                                      # a message that waits for an answer is enough
        exiger_un_essai(demande, 'limite')
    premiere = premiere_limite(demande)
    if limite < premiere or limite != langue.ouvre_des(limite, models.jours_fermes()):
        raise Refus(f'Choisissez un jour ouvré, à partir du {dire_jour_long(premiere)}\u00a0: la collectivité a quinze '
                    'jours au moins, et jamais moins que la date de rappel annoncée.', champ='limite')
    conclure(demande, version, 'envoi', f'Courriel d\'avertissement\u00a0: sans réponse d\'ici au '
             f'{dire_jour(limite, True)}, la demande sera classée.', agent, pour_id, acte_le=limite)
    jours = essais(demande)
    prevenir_demandeur(demande, 'avertissement', appels=dire_jours(jours) if jours else '',
                       attente=dire_l_attente(demande), limite=dire_jour_long(limite))


def renvoyer(courriel, agent):
    """Put a failed mail back in the queue, unless the demandeur's address or link has changed since."""
    demande = courriel.demande
    permettre(demande, 'renvoyer', agent)
    if not courriel.corps:
        raise Refus('Le texte de ce courriel a été effacé au terme de sa conservation\u00a0: il ne peut plus repartir. '
                    'Téléphonez à la collectivité.', 409)
    if not envoyable(courriel):
        raise Refus('L\'adresse ou le lien de suivi a changé depuis ce courriel\u00a0: il ne peut plus partir. '
                    'Téléphonez à la collectivité.', 409)
    (Courriel.update(echec_le=None, essais=0, raison='', a_partir_de=maintenant())
     .where(Courriel.id == courriel.id).execute())
    auditer('courriel renvoyé', agent, f'n°\u00a0{demande.numero}', objet=f'demande:{demande.numero}')


def marquer_revenu(courriel, agent):
    """« Ce courriel est revenu »: the relay took it, the mairie's did not. It becomes « téléphoner » like a failure."""
    demande = courriel.demande
    pour_id = permettre(demande, 'revenu', agent)
    if courriel.pour != 'demandeur':
        raise Refus('Seul un courriel adressé à la collectivité se marque comme revenu.', 409)
    if not courriel.envoye_le:
        raise Refus('Ce courriel n\'est pas parti, ou est déjà marqué comme revenu.', 409)
    (Courriel.update(envoye_le=None, echec_le=maintenant(), raison=f'revenu, signalé par {agent.nom_complet}')
     .where(Courriel.id == courriel.id).execute())
    inscrire(demande, 'envoi', f'Courriel «\u00a0{courriel.objet}\u00a0» revenu de {courriel.destinataire}\u00a0: '
             'à prévenir par téléphone.', agent, pour_id)
    indexer(demande)


# ---- The team ----

def associer(demande, agent, version, invite, etape=''):
    """Invite an Agent, a Direction or a Structure to the team as associé: its place. etape: the step that is theirs,
    which they are asked to accept (jalons.py).
    """
    pour_id = commencer(demande, 'associer', agent, version)
    if isinstance(invite, Agent) and not invite.actif:
        raise Refus(f'{invite.nom_complet} n\'a plus de compte actif. Choisissez quelqu\'un d\'autre.', champ='invite')
    place = place_de(demande, invite)
    dans_sa_structure(demande, agent, place.structure_id, 'invite')
    if deja_la(demande, place):
        raise Refus('Cet expert, cette direction ou cette structure est déjà dans l\'équipe.', champ='invite')
    place.rang = demande.membres.count()
    place.save(force_insert=True)
    inviter_s_il_le_faut([invite] if isinstance(invite, Agent) else [])
    dit = f'Associé·e\u00a0: {invite.nom_complet}.' if isinstance(invite, Agent) else f'Associée\u00a0: {invite.nom}.'
    conclure(demande, version, 'equipe', dit, agent, pour_id)
    if isinstance(invite, Agent):
        prevenir(demande, 'association', [invite], sauf=agent, boites=True, invite=INVITE, **_a_joindre(demande, etape))
    else:
        prevenir(demande, 'association', _joignables(invite), sauf=agent, boites=True,
                 invite=f'Votre {QUOI[type(invite)]} ({invite.nom}) est invitée',
                 a_faire='nommer la personne qui y participera' + (
                     f', pour l\'étape «\u00a0{etape}\u00a0»' if etape else ''))
    return place


def _a_joindre(demande, etape=''):
    dit = f'dire si vous acceptez l\'étape «\u00a0{etape}\u00a0»' if etape else dire_qui_joindre(demande)
    return {'a_faire': dit} if dit else {}


INVITE, QUOI = 'Vous êtes invité·e', {Direction: 'direction', Structure: 'structure'}


def place_de(demande, invite):
    """The Membre, not saved yet, of an Agent, a Direction or a Structure invited."""
    place = Membre(demande=demande, role='associe', depuis_le=maintenant())
    if isinstance(invite, Agent):
        exiger_contributeur(invite, 'invite')
        place.agent, place.direction, place.structure = invite, invite.direction_id, invite.direction.structure_id
    elif isinstance(invite, Direction):
        place.direction, place.structure = invite, invite.structure_id
    else:
        place.structure = invite
    return place


def deja_la(demande, place):
    """The Membre of the team that such a place is already, or None."""
    return next((autre for autre in demande.membres if _qui_est_la(autre) == _qui_est_la(place)), None)


def _qui_est_la(place):
    """An agent counts once, wherever they sit; a direction or a structure, once without its person."""
    return place.agent_id, place.agent_id or place.direction_id, place.agent_id or place.structure_id


def _joignables(invite):
    """The pilotes of a direction, or of the directions of a structure, who will name the person."""
    ou = Agent.direction == invite if isinstance(invite, Direction) else Agent.direction.in_(invite.directions)
    return list(Agent.select().where(ou, Agent.pilote, Agent.actif))


def personnes(place):
    """Who is there for an associé: the agent, else the pilotes of the direction or structure not named yet."""
    if place.agent_id:
        return [place.agent] if place.agent.actif else []
    return _joignables(place.direction or place.structure)


def nommer(place):
    return place.agent.nom_complet if place.agent_id else (place.direction or place.structure).nom


def _dire_retire(place):
    """How who leaves reads it; the pilotes, of their direction or structure whose person was not named."""
    if place.agent_id:
        return 'vous ne faites plus partie'
    parti = place.direction or place.structure
    return f'votre {QUOI[type(parti)]} ({parti.nom}) ne fait plus partie'


def retirer(demande, agent, version, place, motif):
    """Take an associé out of the team; who leaves is told, but where the motif is, not what it says."""
    pour_id = commencer(demande, 'retirer', agent, version)
    if place.demande_id != demande.numero or place.role != 'associe':
        raise Refus('Cette personne n\'est pas associée à la demande.', 404)
    dans_sa_structure(demande, agent, place.structure_id, 'place')
    if not motif:
        raise Refus('Indiquez pourquoi cette personne quitte l\'équipe.', champ='motif')
    nom, partent, laissees = nommer(place), personnes(place), _etapes_laissees(place)
    retire = f'{_dire_retire(place)} de l\'équipe, le motif est au journal'
    place.delete_instance()
    conclure(demande, version, 'equipe', f'Retiré de l\'équipe\u00a0: {nom}. Motif\u00a0: {motif}{laissees}', agent,
             pour_id)
    dire_au_matin(partent, f'retrait {place.id}', retire, demande, sauf=agent)


def _etapes_laissees(place):
    """« À l'expert référent, ce qui n'est pas fait : le diagnostic. », as a line; '' when the place holds no step."""
    siennes = Jalon.select().where(
        Jalon.demande == place.demande_id, Jalon.fait_le.is_null(), Jalon.structure == place.structure_id,
        Jalon.agent == place.agent_id if place.agent_id else Jalon.agent.is_null()).order_by(Jalon.rang)
    quoi = '\u00a0; '.join(jalon.quoi for jalon in siennes)
    return f'\nÀ l\'expert référent, ce qui n\'est pas fait\u00a0: {quoi}.' if quoi else ''


def _associes(demande):
    return Membre.select().where(Membre.demande == demande, Membre.role == 'associe')


def _sienne(demande, agent, pour_id):
    """The place of an associé, or that of the direction or structure whose person this pilote names."""
    siennes = (Membre.agent == pour_id) | places_a_nommer(agent)
    return _associes(demande).where(siennes).order_by(Membre.agent.is_null().desc()).get()


def se_retirer(demande, agent, version, motif):
    """An associé leaves the team, or a pilote says that it is not for their direction: why, to who leads it (§12)."""
    pour_id = commencer(demande, 'se_retirer', agent, version)
    if not motif:
        raise Refus('Indiquez pourquoi\u00a0: qui conduit la demande doit savoir à qui s\'adresser.', champ='motif')
    place = _sienne(demande, agent, pour_id)
    nom, laissees = nommer(place), _etapes_laissees(place)
    place.delete_instance()
    conclure(demande, version, 'equipe', f'S\'est retiré·e de l\'équipe\u00a0: {nom}. Motif\u00a0: {motif}{laissees}',
             agent, pour_id)
    menent = [*equipe(demande, 'chef_de_file'), *equipe(demande, 'referent')] or administrateurs()
    dire_au_matin(dict.fromkeys(menent), f'retrait {place.id}',
                  f'un associé se retire\u00a0: {nom}, le motif est au journal', demande, sauf=agent)


def remplacer(demande, agent, version, remplacant):
    """An associé names who replaces them in their direction; the pilote of an invited direction, its person (§7)."""
    pour_id = commencer(demande, 'remplacer', agent, version)
    associes, place = _associes(demande), _sienne(demande, agent, pour_id)
    direction_id = place.direction_id or agent.direction_id
    exiger_contributeur(remplacant, 'remplacant')
    if not remplacant.actif or remplacant.direction_id != direction_id or remplacant.id == place.agent_id:
        raise Refus('Choisissez un autre agent actif de votre direction.', champ='remplacant')
    if associes.where(Membre.agent == remplacant).exists():
        raise Refus(f'{remplacant.nom_complet} est déjà associé à la demande.', champ='remplacant')
    phrase = f'{remplacant.nom_complet} est associé·e pour {nommer(place)}.'
    if place.agent_id:
        phrase = f'{remplacant.nom_complet} remplace {nommer(place)} parmi les associés.'
    place.agent, place.direction = remplacant, remplacant.direction_id
    place.save()
    conclure(demande, version, 'equipe', phrase, agent, pour_id)
    inviter_s_il_le_faut([remplacant])
    prevenir(demande, 'association', [remplacant], sauf=agent, invite=INVITE, **_a_joindre(demande))


def changer_chef(demande, agent, version, chefs, motif):
    """An administrateur names the chef(s) de file anew, without changing the statut. Who takes a role is told what is
    to be done at this statut, who leaves it that they do; who keeps theirs, nothing.
    """
    pour_id = commencer(demande, 'changer_chef', agent, version)
    if not chefs or any(not chef.actif for chef in chefs):
        raise Refus('Choisissez au moins un chef de file dont le compte est actif.', champ='chefs')
    if chefs == equipe(demande, 'chef_de_file'):
        raise Refus('Ces chefs de file sont déjà ceux de la demande.', champ='chefs')
    if not motif:
        raise Refus('Indiquez pourquoi le chef de file change.', champ='motif')
    avant = {place.agent: dire_place(place.role, place.rang) for place in places_tenues(demande, 'chef_de_file')}
    partent = [place for place in places_tenues(demande, 'chef_de_file') if place.agent not in chefs]
    placer(demande, chefs, 'chef_de_file')
    porter_structure(demande)
    noms = ', '.join(chef.nom_complet for chef in chefs)
    conclure(demande, version, 'equipe', f'Chef de file\u00a0: {noms}. Motif\u00a0: {motif}', agent, pour_id)
    prennent = [place.agent for place in places_tenues(demande, 'chef_de_file')
                if avant.get(place.agent) != dire_place(place.role, place.rang)]
    prevenir(demande, 'orientation', prennent, sauf=agent, boites=True)
    for modele, ancien, options in decharges(demande, partent, enumerer(chef.nom_complet for chef in chefs)):
        prevenir(demande, modele, ancien, sauf=agent, **options)


# ---- By the demandeur's link (regles.md §7) ----

def _demandeur(demande):
    """How the demandeur signs a line of the journal."""
    return {'auteur': demande.a_rappeler, 'structure': demande.collectivite}


SANS_FICHIER = ('Aucun fichier n\'est pris avant que nous ayons confirmé qui suit cette demande\u00a0: envoyez le '
                'message seul.')


def message_du_demandeur(demande, texte, fichiers=(), de='', rangee=False):
    """The demandeur adds to their demande; who must act is told at once, then once an hour. On a closed one it asks for
    a reopening, but by e-mail: who answers a mail asks for nothing more than to be read. An agent who was reading it
    reads it again: what they do next is at its new version.

    de: the address of one that came by e-mail, which signs it when it is not that of the demande; rangee: an agent
    files it, and the team was told as it came.
    """
    if fichiers and demande.interlocuteur_depuis and not rangee:
        raise Refus(SANS_FICHIER, 409, 'pieces')
    rouvre, attendue, signe = demande.clos_le and not de, dire_l_attente(demande), _demandeur(demande)
    if de and de != demande.courriel:
        signe['auteur'] = de
    ligne = inscrire(demande, 'message', texte, fait='reouverture' if rouvre else '', moyen='courriel' if de else '',
                     **signe)
    joindre(demande, fichiers, ligne)
    enregistrer(demande)
    indexer(demande)
    oublier(demande, 'attente')
    if not rangee:
        signaler_message(demande, 'demande_reouverture' if rouvre else 'message_demandeur',
                         suivent_une_close(demande) if demande.clos_le else qui_doit_agir(demande), attente=attendue)


def suivent_une_close(demande):
    """Who is told of what comes to a closed demande: its chefs de file; of a rejected one, who alone may reopen it."""
    chefs = equipe(demande, 'chef_de_file')
    return chefs if chefs and demande.statut != 'rejete' else administrateurs()


def deja_ecrit(demande, texte, fichiers=()):
    """True when the last message, less than ten minutes ago, is the same and has these files: it was sent twice."""
    recent = en_utc(langue.horloge() - timedelta(minutes=10))
    dernier = (Journal.select(Journal.id, Journal.texte)
               .where(Journal.demande == demande.numero, Journal.nature == 'message', Journal.cree_le > recent)
               .order_by(Journal.id.desc()).first())
    if dernier is None or langue.replier(dernier.texte)[0] != langue.replier(texte)[0]:
        return False
    joints = {piece.sha256 for piece in Piece.select(Piece.sha256).where(Piece.journal == dernier.id)}
    return {hashlib.sha256(contenu).hexdigest() for _, contenu in fichiers} <= joints


def restreindre_par_le_demandeur(demande):
    """« Ma demande est confidentielle », said when a text is added to a demande already sent."""
    if not demande.restreinte:
        demande.restreinte = True
        conclure(demande, None, 'equipe', RESTREINTE, **_demandeur(demande))


def coordonnees_modifiables(demande):
    """The demandeur may correct their own coordinates until reception is confirmed (regles.md §7)."""
    return demande.statut in ('attribue_admin', 'attribue_chef')


def changer_coordonnees(demande, courriel, telephone, permis=lambda adresse: True):
    """Correct them: the addresses that are written to. The new one is given the link; whoever took it can't turn a
    demande away unseen: the earlier one is told, once a day. permis: may this address have one more mail today?
    """
    if not coordonnees_modifiables(demande):
        raise Refus('La réception de votre demande est confirmée\u00a0: pour changer vos coordonnées, '
                    'téléphonez à votre interlocuteur.', 409)
    ancien = demande.courriel
    if (ancien, demande.telephone) == (courriel, telephone):
        raise Refus('Ces coordonnées sont déjà celles de votre demande.', champ='courriel')
    demande.courriel, demande.telephone = courriel, telephone
    demande.a_confirmer = demande.a_confirmer or courriel_inconnu(courriel, demande.collectivite_liee)
    conclure(demande, None, 'equipe', 'Coordonnées corrigées par le demandeur.', **_demandeur(demande))
    adresses = []
    if ancien != courriel and permis(courriel):
        adresses.append(courriel)
        prevenir_demandeur(demande, 'nouvelle_adresse')
    if ancien != courriel and permis(ancien) and not _deja_avertie(demande, ancien):
        adresses.append(ancien)
        poster('coordonnees', 'collectivite', ancien, demande)
    return adresses


def _deja_avertie(demande, adresse):
    hier = en_utc(langue.horloge() - timedelta(days=1))
    return demande.courriels.where(
        Courriel.modele == 'coordonnees', Courriel.destinataire == adresse, Courriel.cree_le > hier).exists()


def question_ouverte(demande):
    """True while the mairie may say whether it was called back."""
    return questions.question_ouverte(demande.echeance, demande.premier_contact_le, demande.clos_le,
                                      demande.question_le, aujourdhui())


REPONSE_AU_RAPPEL = 'À «\u00a0Avez-vous été rappelé·e\u00a0?\u00a0», le demandeur répond\u00a0: {}.'


def repondre_au_rappel(demande, reponse, mots=''):
    """« Avez-vous été rappelé·e ? »: the answer, a code of RAPPELE, kept beside what the team declared, never in its
    place. « pas encore » is told at once to who must act, at most once an hour. mots: those of an answer by e-mail.
    """
    if not question_ouverte(demande):
        raise Refus('Cette question n\'est plus posée pour votre demande\u00a0: ouvrez votre page de suivi.', 409)
    dernier_acte = Journal.select(fn.MAX(Journal.cree_le)).where(
        Journal.demande == demande.numero, Journal.agent.is_null(False))
    attendue = reponse == 'oui' or a_verifier(demande.rappele, demande.rappele_le, dernier_acte.scalar())
    if reponse == demande.rappele and attendue:                     # said already, and nothing was done since
        return
    Demande.update(rappele=reponse, rappele_le=maintenant()).where(Demande.numero == demande.numero).execute()
    dit = f'{RAPPELE[reponse]}, par courriel («\u00a0{mots}\u00a0»)' if mots else RAPPELE[reponse]
    inscrire(demande, 'equipe', REPONSE_AU_RAPPEL.format(dit), **_demandeur(demande))
    indexer(demande)
    if reponse == 'pas_encore':
        contact = demande.premier_contact_le
        signaler_message(demande, 'rappel_pas_encore', qui_doit_agir(demande),
                         promesse=dire_jour_long(demande.echeance), contact=dire_jour_long(contact) if contact else '')


def renvoyer_lien(numero, courriel, permis=True):
    """« Lien perdu »: mail the link again when number and e-mail agree; else, or when this address has had enough mails
    today (permis), the same orders on another, undone: no time tells. True when it leaves.
    """
    auditer('lien de suivi demandé')
    temoin = Demande.select().order_by(Demande.numero.desc()).first()
    trouvee = Demande.get_or_none(Demande.numero == numero, Demande.courriel == courriel)
    demande, juste = trouvee or temoin, trouvee and permis
    if demande and demande_du_jeton(demande.jeton):
        courriel_id = prevenir_demandeur(demande, 'lien_perdu')
        Courriel.delete().where(Courriel.id == (0 if juste else courriel_id)).execute()
    return bool(juste)


LIENS_MAX = 30                                                      # in one mail, newest first


def renvoyer_liens(courriel, permis=True):
    """« Lien perdu » by the address alone: one mail with each link that still opens, but those of restricted demandes,
    which want their number too (shared mailboxes), and of those whose interlocuteur is to be confirmed. Nobody there,
    or not permis: the same orders, undone, as above.
    """
    auditer('lien de suivi demandé')
    siennes = (Demande.select(Demande, Fiche).join(Fiche, JOIN.LEFT_OUTER)
               .where(Demande.courriel == courriel, ~Demande.restreinte, Demande.interlocuteur_depuis.is_null())
               .order_by(Demande.numero.desc()))
    vivantes = [demande for demande in siennes if not lien_expire(demande.clos_le)][:LIENS_MAX]
    courriel_id = poster('liens_perdus', 'demandeur', courriel, liens='\n\n'.join(map(_dire_lien, vivantes)))
    juste = bool(vivantes and permis)
    Courriel.delete().where(Courriel.id == (0 if juste else courriel_id)).execute()
    return juste


def _dire_lien(demande):
    """No free text to an address nobody checked: the collectivité only when it is one of the list."""
    ou = f', {demande.collectivite}' if demande.collectivite_id else ''
    titre = f'{demande.titre} (essai)' if demande.essai else demande.titre
    return f'n°\u00a0{demande.numero}{ou}, {titre}\u00a0:\n{SITE["url"]}/suivi/{demande.jeton}'
