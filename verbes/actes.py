"""What does not change the statut: the verbs of ACTES, and what the demandeur's link may do (domaine.md §4 end, §5, §7)."""
import re
import secrets

from models import (
    QUI, Agent, Collectivite, Courriel, Direction, Membre, Refus, administrateurs, aujourdhui, dire_jour,
    dire_jour_long, equipe, maintenant, normaliser, permettre, places_a_nommer, plus_jours, qui_doit_agir)

from .courriels import prevenir, prevenir_demandeur
from .cycle import dans_sa_structure, ecrire_contact, placer, porter_structure
from .journal import enregistrer, indexer, inscrire, joindre, verifier_version


def noter_contact(demande, agent, version, saisie):
    """The first contact: contact_le (day, not in the future), moyen, resultat; only « joint » stops the clock (domaine.md §5)."""
    pour_id = permettre(demande, 'contact', agent)
    verifier_version(demande, version)
    if demande.clos_le:
        raise Refus('Cette demande est close\u00a0: rouvrez-la avant de noter un contact.', 409)
    ecrire_contact(demande, agent, saisie, pour_id)
    enregistrer(demande, version)
    indexer(demande)


CORRIGEABLES = {
    'premier_contact_le': 'Premier contact',
    'theme': 'Thème', 'fiche': 'Fiche', 'collectivite': 'Collectivité', 'type': 'Type', 'lieu': 'Lieu', 'date_a_tenir': 'Date à tenir',
    'nom': 'Nom', 'prenom': 'Prénom', 'civilite': 'Civilité', 'rappel_nom': 'Nom de la personne à rappeler',
    'rappel_prenom': 'Prénom de la personne à rappeler', 'rappel_fonction': 'Fonction', 'telephone': 'Téléphone',
}
_SANS_VALEUR = ('nom', 'prenom', 'civilite', 'rappel_nom', 'rappel_prenom', 'rappel_fonction', 'telephone')   # personal data: only named


def _dire_valeur(demande, champ):
    valeur = getattr(demande, champ)
    if champ in ('date_a_tenir', 'premier_contact_le'):
        return dire_jour(valeur, True) if valeur else ''
    return {'theme': lambda v: v.nom, 'fiche': lambda v: v.titre}[champ](valeur) if valeur and champ in ('theme', 'fiche') else valeur or ''


def corriger(demande, agent, version, saisie):
    """Correct what a demande says; the journal tells each change, without the personal data."""
    pour_id = permettre(demande, 'corriger', agent)
    verifier_version(demande, version)
    restreinte, avant = demande.restreinte, {champ: _dire_valeur(demande, champ) for champ in CORRIGEABLES}
    liee, liste = saisie.pop('collectivite_liee', None), demande.collectivite_id
    if liee:
        demande.collectivite_liee, demande.collectivite, demande.type = liee, liee.nom, liee.type
    for champ, valeur in saisie.items():
        setattr(demande, champ, valeur)
    if demande.fiche_id:
        demande.theme = demande.fiche.theme_id
        demande.restreinte = demande.restreinte or demande.fiche.restreinte
    changes = []
    for champ, libelle in CORRIGEABLES.items():
        apres = _dire_valeur(demande, champ)
        if apres != avant[champ]:
            detail = f'\u00a0: «\u00a0{avant[champ] or "vide"}\u00a0» devient «\u00a0{apres or "vide"}\u00a0»'
            changes.append(libelle if champ in _SANS_VALEUR else libelle + detail)
    if liste is None and liee:
        changes.append('collectivité rattachée à la liste')
    if demande.restreinte and not restreinte:
        changes.append('diffusion restreinte, comme la fiche')
    if not changes:
        raise Refus('Rien n\'a changé\u00a0: modifiez un champ avant d\'enregistrer.')
    enregistrer(demande, version)
    inscrire(demande, 'equipe', 'Corrigé\u00a0: ' + '\u00a0; '.join(changes) + '.', agent, pour_id)
    indexer(demande)


def ajouter_a_la_liste(demande, siren):
    """The Collectivité of a SIREN, made from what the form says when the list has none (a syndicat, a CCAS…)."""
    if not re.fullmatch(r'[0-9]{9}', siren):
        raise Refus('Un SIREN compte neuf chiffres.', champ='siren')
    connue = Collectivite.get_or_none(Collectivite.siren == siren)
    return connue or Collectivite.create(siren=siren, type=demande.type, nom=demande.collectivite, cherche=normaliser(demande.collectivite))


def restreindre(demande, agent, version, oui, motif=''):
    """Set « diffusion restreinte », or lift it with a motif (domaine.md §7)."""
    pour_id = permettre(demande, 'restreindre' if oui else 'lever', agent)
    verifier_version(demande, version)
    if demande.restreinte == oui:
        raise Refus('La diffusion de cette demande est déjà celle que vous demandez.', 409)
    if not oui and not motif:
        raise Refus('Indiquez pourquoi la diffusion n\'est plus restreinte.', champ='motif')
    demande.restreinte = oui
    enregistrer(demande, version)
    dit = 'Diffusion restreinte à l\'équipe et à l\'administration.' if oui else f'Diffusion ouverte à tous les agents. Motif\u00a0: {motif}'
    inscrire(demande, 'equipe', dit, agent, pour_id)
    indexer(demande)


def changer_interlocuteur(demande, agent, version, saisie):
    """Another person follows it at the collectivité: the old link is dead, a new one goes to the new address (domaine.md §7)."""
    pour_id = permettre(demande, 'interlocuteur', agent)
    verifier_version(demande, version)
    for champ, valeur in saisie.items():
        setattr(demande, champ, valeur)
    demande.jeton, demande.cle, demande.empreinte = secrets.token_urlsafe(16), None, None       # the key of the form opened the link too
    enregistrer(demande, version)
    inscrire(demande, 'equipe', 'Interlocuteur changé à la collectivité\u00a0: nouveau lien de suivi envoyé, l\'ancien ne fonctionne plus.',
             agent, pour_id)
    indexer(demande)
    prevenir_demandeur(demande, 'interlocuteur')


def associer(demande, agent, version, invite):
    """Invite an Agent, a Direction or a Structure to the team as associé."""
    pour_id = permettre(demande, 'associer', agent)
    verifier_version(demande, version)
    if isinstance(invite, Agent):
        qui = {'agent': invite, 'direction': invite.direction_id, 'structure': invite.direction.structure_id}
    elif isinstance(invite, Direction):
        qui = {'agent': None, 'direction': invite, 'structure': invite.structure_id}
    else:
        qui = {'agent': None, 'direction': None, 'structure': invite}
    place = Membre(demande=demande, role='associe', depuis_le=maintenant(), **qui)
    dans_sa_structure(demande, agent, place.structure_id, 'invite')
    places = {(p.agent_id, p.agent_id or p.direction_id, p.agent_id or p.structure_id) for p in Membre.select().where(Membre.demande == demande)}
    place.rang = len(places)
    if (place.agent_id, place.agent_id or place.direction_id, place.agent_id or place.structure_id) in places:
        raise Refus('Cet expert, cette direction ou cette structure est déjà dans l\'équipe.', champ='invite')
    place.save(force_insert=True)
    nom = invite.nom_complet if isinstance(invite, Agent) else invite.nom
    _noter_equipe(demande, agent, version, pour_id, f'Associé\u00a0: {nom}.')
    prevenir(demande, 'association', [invite] if isinstance(invite, Agent) else _joignables(invite), sauf=agent, boites=True)


def _joignables(invite):
    """The pilotes of a direction, or of the directions of a structure, who will name the person."""
    ou = Agent.direction == invite if isinstance(invite, Direction) else Agent.direction.in_(invite.directions)
    return list(Agent.select().where(ou, Agent.pilote, Agent.actif))


def _noter_equipe(demande, agent, version, pour_id, texte):
    porter_structure(demande)
    enregistrer(demande, version)
    inscrire(demande, 'equipe', texte, agent, pour_id)
    indexer(demande)


def retirer(demande, agent, version, place):
    """Take an associé out of the team."""
    pour_id = permettre(demande, 'retirer', agent)
    verifier_version(demande, version)
    if place.demande_id != demande.numero or place.role != 'associe':
        raise Refus('Cette personne n\'est pas associée à la demande.', 404)
    dans_sa_structure(demande, agent, place.structure_id, 'place')
    nom = place.agent.nom_complet if place.agent_id else (place.direction or place.structure).nom
    place.delete_instance()
    _noter_equipe(demande, agent, version, pour_id, f'Retiré de l\'équipe\u00a0: {nom}.')


def remplacer(demande, agent, version, remplacant):
    """An associé names who replaces them in their own direction; the pilote of an invited direction, its person (domaine.md §1, §7)."""
    titulaire = permettre(demande, 'remplacer', agent)
    verifier_version(demande, version)
    siennes = (Membre.agent == titulaire) | places_a_nommer(agent)
    place = Membre.select().where(Membre.demande == demande, Membre.role == 'associe', siennes).order_by(Membre.agent.is_null().desc()).get()
    if not remplacant.actif or remplacant.direction_id != (place.direction_id or agent.direction_id) or remplacant.id == place.agent_id:
        raise Refus('Choisissez un autre agent actif de votre direction.', champ='remplacant')
    if Membre.select().where(Membre.demande == demande, Membre.role == 'associe', Membre.agent == remplacant).exists():
        raise Refus(f'{remplacant.nom_complet} est déjà associé à la demande.', champ='remplacant')
    ancien = place.agent.nom_complet if place.agent_id else (place.direction or place.structure).nom
    dit = f'{remplacant.nom_complet} remplace {ancien}, associé.' if place.agent_id else f'{remplacant.nom_complet} est associé pour {ancien}.'
    place.agent, place.direction = remplacant, remplacant.direction_id
    place.save()
    _noter_equipe(demande, agent, version, titulaire, dit)
    prevenir(demande, 'association', [remplacant], sauf=agent)


def changer_chef(demande, agent, version, chefs):
    """An administrateur names the chef(s) de file anew, without changing the statut."""
    pour_id = permettre(demande, 'changer_chef', agent)
    verifier_version(demande, version)
    if QUI[demande.statut][0] == 'administrateur' or demande.clos_le:
        raise Refus('À ce statut, utilisez «\u00a0Orienter\u00a0» ou «\u00a0Rouvrir\u00a0».', 409)
    if not chefs or any(not chef.actif for chef in chefs):
        raise Refus('Choisissez au moins un chef de file dont le compte est actif.', champ='chefs')
    if chefs == equipe(demande, 'chef_de_file'):
        raise Refus('Ces chefs de file sont déjà ceux de la demande.', champ='chefs')
    placer(demande, chefs, 'chef_de_file')
    _noter_equipe(demande, agent, version, pour_id, f'Chef de file\u00a0: {", ".join(c.nom_complet for c in chefs)}.')
    prevenir(demande, 'orientation', chefs, sauf=agent, boites=True)


def avertir_avant_cloture(demande, agent, version, limite):
    """The warning mail « sans réponse de votre part d'ici au … », after which it may be filed without news."""
    pour_id = permettre(demande, 'prevenir', agent)
    verifier_version(demande, version)
    if demande.clos_le or not demande.courriel:
        raise Refus('Cette demande est close ou n\'a pas d\'adresse de courriel.', 409)
    if limite < plus_jours(aujourdhui(), 7):
        raise Refus('Laissez au moins sept jours à la collectivité pour répondre.', champ='limite')
    enregistrer(demande, version)
    inscrire(demande, 'envoi', f'Courriel d\'avertissement\u00a0: sans réponse d\'ici au {dire_jour(limite, True)}, la demande sera classée.',
             agent, pour_id, acte_le=limite)
    indexer(demande)
    prevenir_demandeur(demande, 'avertissement', limite=dire_jour_long(limite))


def prevoir_etape(demande, agent, version, jour):
    """« Prochaine étape le … »: no reminder about a silent journal before it (domaine.md §8)."""
    pour_id = permettre(demande, 'etape', agent)
    verifier_version(demande, version)
    if demande.clos_le or jour < aujourdhui():
        raise Refus('Indiquez une date à venir, sur une demande ouverte.', champ='prochaine_etape_le')
    demande.prochaine_etape_le = jour
    enregistrer(demande, version)
    inscrire(demande, 'equipe', f'Prochaine étape le {dire_jour(jour, True)}.', agent, pour_id)
    indexer(demande)


def renvoyer(courriel, agent):
    """Put a failed mail back in the queue, unless the demandeur's address or link has changed since."""
    demande = courriel.demande
    permettre(demande, 'renvoyer', agent)
    if courriel.pour == 'demandeur' and (courriel.destinataire != demande.courriel or demande.jeton not in courriel.corps):
        raise Refus('L\'adresse ou le lien de suivi a changé depuis ce courriel\u00a0: il ne peut plus partir. Téléphonez à la collectivité.', 409)
    Courriel.update(echec_le=None, essais=0, raison='', a_partir_de=maintenant()).where(Courriel.id == courriel.id).execute()


def message_du_demandeur(demande, texte, fichiers=()):
    """The demandeur adds to their demande; who must act is told at once. On a closed one it asks for a reopening (domaine.md §7)."""
    titre = 'Demande de réouverture.\n' if demande.clos_le else ''
    ligne = inscrire(demande, 'message', titre + texte, auteur=demande.a_rappeler, structure=demande.collectivite)
    joindre(demande, fichiers, ligne)
    indexer(demande)
    if demande.clos_le:
        chefs = equipe(demande, 'chef_de_file') or administrateurs()
        prevenir(demande, 'demande_reouverture', chefs)
    else:
        prevenir(demande, 'message_demandeur', qui_doit_agir(demande))
    return ligne
