"""Every writer of a statut: deposit, entry of a demande received directly, transitions (regles.md §3 to §5).

`deposer` and `saisir_directe` insert the first statut; `changer_statut` alone writes it after that (and an import
that is played again, verbes/echanges/imports.py; and the opening, which sets the essais aside).
"""
import hashlib
import json
import secrets
from collections import namedtuple
from datetime import timedelta

import models
import langue
from models import (
    Agent, Demande, DemandeCommune, Membre, Refus, Reglage, administrateurs, creer, db, inserer, lire_agents, relire)
from langue import (
    aujourdhui, calculer_echeance, dire_jour, dire_jour_long, dire_ouverture, en_utc, enumerer, jour_de, maintenant)

from verbes import perimetre, questions
from verbes.colonnes import TAPEES
from verbes.comptes import exiger_contributeur, inviter_s_il_le_faut
from verbes.courriels import (
    dire_astreinte, dire_au_matin, dire_role, dire_vrai, en_attente, oublier, poster, prevenir, prevenir_demandeur)
from verbes.interlocuteurs import suppleant_present
from verbes.journal import (
    auditer, conclure, exiger, exiger_sans_cloture, indexer, inscrire, joindre, verifier_version)
from verbes.questions import absences, equipe, presence, qui_doit_agir, rappel_attendu, roles, transition
from verbes.regles import COMPLEXE, MOYENS, QUI, REPONSES, RESULTATS, URGENTE
from .clotures import (
    demander_evaluation, dire_doublon_ecarte, dire_ecart, dire_fin_par_courriel, dire_issue, doublon_choisi,
    inscrire_la_fin, issues_de, oublier_issue, retenir_ampleur, retenir_issue, tenir_la_plus_proche)

# ---- Who is put in charge (regles.md §3) ----

def orienter_vers(fiche):
    """Who is put in charge of a demande on a fiche: ([Agent], why). An empty list means the administrateurs.

    The fiche's chef and co-chefs when one of them is active and present (or has a suppléant), else the pilotes of its
    direction.
    """
    chefs = lire_agents('JOIN pilotage ON agent_id = agent.id WHERE fiche_id = ? AND actif ORDER BY rang, agent.id',
                        fiche.id)
    if presents(chefs):
        s, noms = 's' if len(chefs) > 1 else '', ', '.join(a.nom_complet for a in chefs)
        return chefs, f'Fiche choisie au formulaire, chef{s} de file de la fiche\u00a0: {noms}.'
    pilotes = pilotes_joignables(fiche.direction_id)
    if pilotes:
        noms = ', '.join(a.nom_complet for a in pilotes)
        return pilotes, ('Aucun chef de file de la fiche n\'est présent\u00a0: '
                         f'confiée à {noms}, pilote de la direction.')
    return [], ('Ni chef de file de la fiche, ni pilote de sa direction n\'est présent\u00a0: '
                'confiée à l\'administration de la Plateforme.')


def presents(agents):
    """Those of the agents one may count on today: active, opened, and there – or their suppléant is (regles.md §1)."""
    joignables = presence().joignables
    return [agent for agent in agents if agent.actif and agent.id in joignables]


def pilotes_joignables(direction_id):
    return presents(lire_agents('WHERE direction_id = ? AND pilote ORDER BY agent.id', direction_id))


def placer(demande, agents, role):
    """Put agents in the team under a role (chefs replace the chefs, a référent the référent).

    Who never opened their account is invited: the mail that puts them in charge would lead to a closed door.
    """
    for agent in agents:
        exiger_contributeur(agent)
    if role != 'associe':
        liberer(demande, role)
    for rang, agent in enumerate(agents):
        inserer(Membre, demande=demande, role=role, rang=rang, agent=agent, direction=agent.direction_id,
                structure=agent.direction.structure_id, depuis_le=maintenant())
    inviter_s_il_le_faut(agents)


def dire_present(agent, restreinte=False):
    """« Claude Témoin », and why one can't count on them today, as the journal says it (regles.md §1)."""
    if not agent.ouvert_le:
        return f'{agent.nom_complet} (n\'a pas encore ouvert son compte\u00a0; une invitation lui est envoyée)'
    absence = absences().get(agent.id)
    if not absence:
        return agent.nom_complet
    qui = suppleant_present(absence, restreinte)
    return f'{agent.nom_complet} (en son absence\u00a0: {qui.nom_complet if qui else "le chef de file"})'


def liberer(demande, role):
    """Nobody holds this role in the team any more."""
    db.execute_sql('DELETE FROM membre WHERE demande_id = ? AND role = ?', (demande.numero, role))


def porter_structure(demande):
    """Keep on the demande the structure and direction of its first chef de file (else its référent), for the list."""
    premier = (Membre.select().where(Membre.demande == demande, Membre.role != 'associe')
               .order_by(Membre.role, Membre.rang).first())
    demande.structure = premier.structure_id if premier else None
    demande.direction = premier.direction_id if premier else None


def structure_imposee(demande, agent):
    """The id of the structure whose agents alone a co-chef names, their own (regles.md §7); None for the chef de file
    and the administrateurs, who name anyone.
    """
    place = (Membre.select().where(Membre.demande == demande.numero, Membre.role == 'chef_de_file',
                                   Membre.agent.in_(list(agent.identites))).order_by(Membre.rang).first())
    return None if agent.administre or place is None or place.rang == 0 else place.structure_id


def dans_sa_structure(demande, agent, structure_id, champ):
    if structure_imposee(demande, agent) in (None, structure_id):
        return
    raise Refus('Un co-chef de file nomme les agents de sa propre structure.', champ=champ)


# ---- What a new demande takes from its form and from its fiche ----

def promesse_de(fiche):
    """That of the fiche, the longer one for a free request until it is oriented (regles.md §5)."""
    return fiche.promesse if fiche else COMPLEXE


def restreinte_d_office(fiche, demandee=False):
    """True when its fiche, or who sends it, restricts the diffusion of a demande (regles.md §7); that of a fiche
    counts unless the département has decided otherwise.
    """
    return bool(demandee or (fiche and fiche.restreinte and Reglage.tous()['restreinte_d_office'] != 'non'))


def courriel_inconnu(courriel, liee):
    """True when the e-mail is not the one known for the collectivité: « déposant à confirmer » (regles.md §3)."""
    return courriel != (liee.courriel if liee else '')


def echeance_depuis(instant, delai):
    """calculer_echeance with the setting « calendar or working days », past the closing days."""
    return calculer_echeance(instant, delai, Reglage.tous()['jours'] == 'ouvres', models.jours_fermes())


def _creer(saisie, fiche, statut, responsables, **propres):
    """The row of a new demande: what the form says, its fiche, its first statut, the structure of who is in charge."""
    liee = saisie.get('collectivite')
    return creer(
        Demande, jeton=secrets.token_urlsafe(16), statut=statut, etape=QUI[statut].etape, fiche=fiche,
        theme=fiche.theme_id if fiche else saisie.get('theme'),
        restreinte=restreinte_d_office(fiche, saisie.get('confidentielle')),
        collectivite_liee=liee, collectivite=liee.nom if liee else saisie['nom_collectivite'],
        type=liee.type if liee else saisie['type'], **_structure_de(responsables), **propres,
        **{c.nom: saisie.get(c.nom) or (None if c.saisie == 'date' else '') for c in TAPEES})


def _structure_de(agents):
    """porter_structure for a new demande, from its team in order."""
    return {'structure': agents[0].direction.structure_id, 'direction': agents[0].direction_id} if agents else {}


# ---- Deposit: cas 1 (regles.md §3) ----

def empreinte(saisie, fichiers=()):
    """The sha256 of what was typed and joined: « same content » (regles.md §3)."""
    contenu = json.dumps({c: str(v) for c, v in saisie.items()}, sort_keys=True).encode()
    return hashlib.sha256(contenu + b''.join(hashlib.sha256(f).digest() for _, f in fichiers)).hexdigest()


def deja_envoyee(cle, marque, courriel, essai=False):
    """The demande this sending repeats, or None; Refus 409 (« suite ») when the key was used for another content.

    An essai of yesterday is not what is sent today.
    """
    meme_cle = db.execute_sql('SELECT numero, empreinte FROM demande WHERE cle = ?', (cle,)).fetchone()
    if meme_cle and meme_cle[1] != marque:
        raise Refus(f'Ce formulaire a déjà été envoyé\u00a0: votre demande n°\u00a0{meme_cle[0]} est enregistrée. '
                    'Le texte ci-dessous est différent.', 409, 'suite')
    hier = en_utc(langue.horloge() - timedelta(hours=24))
    deja = meme_cle or db.execute_sql(
        'SELECT numero FROM demande WHERE courriel = ? AND depose_le > ? AND empreinte = ? AND essai = ?',
        (courriel, hier, marque, essai)).fetchone()
    return Demande.get_by_id(deja[0]) if deja else None


def exiger_ouverture(agent):
    """True before the opening: what this agent sends is an essai; Refus 409 then to whoever is not signed in."""
    ouvert_le = Reglage.tous()['ouvert_le']
    if questions.est_ouvert(ouvert_le, aujourdhui()):
        return False
    if agent is None:
        quand = f'à partir du {dire_jour_long(ouvert_le)}' if ouvert_le else 'une fois le service ouvert'
        raise Refus(f'La Plateforme {dire_ouverture(ouvert_le)}\u00a0: votre demande n\'est pas enregistrée. '
                    f'Gardez-en le texte, conservé ci-dessous, et envoyez-la {quand}.', 409)
    return True


def deposer(saisie, fichiers=(), cle=None, accuse=True, agent=None):
    """Cas 1: record a demande, its journal, its pieces and its mails; returns (Demande, new).

    saisie: the checked form – collectivite (Collectivite or None, then type and nom_collectivite), fiche, theme,
    what is taken as typed (colonnes.TAPEES), confidentielle, communes. The same sending twice gives the same demande,
    new=False. accuse: False when this e-mail has had enough mails today (regles.md §3); agent: who is signed in, if
    anyone: before the opening, their demande is an essai, and there is no other.
    """
    marque, essai = empreinte(saisie, fichiers), exiger_ouverture(agent)
    connue = deja_envoyee(cle, marque, saisie['courriel'], essai)
    if connue:
        return connue, False
    fiche, liee = (saisi and relire(saisi) for saisi in (saisie.get('fiche'), saisie.get('collectivite')))
    libre = 'Demande libre\u00a0: à orienter par l\'administration de la Plateforme.'
    chefs, raison = orienter_vers(fiche) if fiche else ([], libre)
    statut, promesse, quand = 'attribue_chef' if chefs else 'attribue_admin', promesse_de(fiche), maintenant()
    delai = models.jours_promis(promesse)
    demande = _creer(
        saisie | {'collectivite': liee}, fiche, statut, chefs, cle=cle, empreinte=marque, origine='plateforme',
        titre_depose=fiche.titre if fiche else '', depose_le=quand, promesse=promesse, delai=delai,
        echeance=echeance_depuis(quand, delai), a_confirmer=courriel_inconnu(saisie['courriel'], liee), essai=essai)
    for commune in saisie.get('communes', ()):
        DemandeCommune.create(demande=demande, collectivite=commune)
    placer(demande, chefs, 'chef_de_file')
    dit = f'Essai d\'avant l\'ouverture, fait par {agent.nom_complet}.' if essai else ''
    depot = inscrire(demande, 'depot', dit, auteur=f'{demande.prenom} {demande.nom}', structure=demande.collectivite)
    joindre(demande, fichiers, depot)
    inscrire(demande, 'statut', raison, statut=statut)
    indexer(demande)
    _annoncer_depot(demande, chefs, accuse)
    return demande, True


def _annoncer_depot(demande, chefs, accuse):
    """The mails of a deposit: accusé d'enregistrement, avis de dépôt, and who is in charge (regles.md §3, §8)."""
    siens = db.execute_sql(
        """SELECT numero FROM demande INDEXED BY demande_courriel
           WHERE courriel = ? AND collectivite_id IN (SELECT value FROM json_each(?)) AND fiche_id = ?
           AND clos_le IS NULL AND numero <> ? ORDER BY numero""",
        (demande.courriel, json.dumps(perimetre.famille(demande.collectivite_id)), demande.fiche_id, demande.numero))
    if accuse:
        prevenir_demandeur(demande, 'accuse', doublon=', n°\u00a0'.join(str(n) for n, in siens),
                           astreinte=dire_astreinte(Reglage.tous()) if demande.promesse == URGENTE else '')
    if _avis_a_donner(demande):
        poster('avis_depot', 'collectivite', demande.collectivite_liee.courriel, demande)
    if chefs:
        # The others read it in the mail of the day; of an assistance urgente, at once.
        prevenir(demande, 'nouvelle_chef', chefs if demande.promesse == URGENTE else presents(chefs)[:1], boites=True)
    else:
        prevenir(demande, 'nouvelle_admin', administrateurs())


AVIS_PAR_JOUR = 3                                                   # to one official address (regles.md §3)


def _avis_a_donner(demande):
    """Must the official address of the collectivité hear of this deposit? It does when the sender is not one it knows,
    unless the demande is confidential: its object may be a colleague who opens that mailbox. Nor of an essai.
    """
    liee = demande.collectivite_liee
    if demande.restreinte or demande.essai or not (liee and liee.courriel and courriel_inconnu(demande.courriel, liee)):
        return False
    (recents,) = db.execute_sql(
        "SELECT count(*) FROM courriel WHERE modele = 'avis_depot' AND destinataire = ? AND cree_le > ?",
        (liee.courriel, en_utc(langue.horloge() - timedelta(days=1)))).fetchone()
    return recents < AVIS_PAR_JOUR


# ---- Entry of a demande received directly: cas 2 (regles.md §3) ----

def saisir_directe(saisie, agent, cle=None):
    """Cas 2: an agent enters a demande received directly; returns it, or the one this one-time key made already.

    saisie: as deposer, plus voie, recue_le (day), contact_le (day), suivi ('moi', 'autre', 'chef'), referent (Agent)
    and accuse. « moi » and « autre » are the first contact already; « chef » leaves it to the chef de file. No clock.
    """
    deja = Demande.get_or_none(Demande.cle == cle) if cle else None
    if deja:
        return deja
    fiche, referent = saisie.get('fiche'), {'moi': agent, 'autre': saisie.get('referent')}.get(saisie['suivi'])
    chefs, raison = orienter_vers(fiche) if fiche else ([], 'Reçue en direct, sans fiche.')
    statut = 'en_cours' if referent else 'attribue_chef' if chefs else 'attribue_admin'
    demande = _creer(
        saisie, fiche, statut, [*chefs, referent] if referent else chefs, cle=cle, origine='direct',
        depose_le=maintenant(), saisie_par=agent, recue_le=saisie['recue_le'], voie=saisie['voie'],
        premier_contact_le=(saisie.get('contact_le') or saisie['recue_le']) if referent else None,
        essai=exiger_ouverture(agent))
    placer(demande, chefs, 'chef_de_file')
    recue = dire_jour(demande.recue_le, True)
    inscrire(demande, 'depot', f'Demande reçue en direct ({demande.voie}) le {recue}.', agent)
    if referent:
        placer(demande, [referent], 'referent')
        inscrire(demande, 'contact', f'Joint, par {demande.voie}.', agent, acte_le=demande.premier_contact_le,
                 fait='joint')
        inscrire(demande, 'statut', f'Référent\u00a0: {referent.nom_complet}.', agent, statut=statut)
    else:
        inscrire(demande, 'statut', raison, statut=statut)
    indexer(demande)
    _annoncer_saisie(demande, agent, chefs, referent)
    if saisie.get('accuse'):
        prevenir_demandeur(demande, 'accuse_direct', recue=dire_jour_long(demande.recue_le))
    return demande


def _annoncer_saisie(demande, agent, chefs, referent):
    """Tell who is in charge, but who enters it: they know."""
    if referent:
        prevenir(demande, 'designation', [referent], sauf=agent)
        autres = [chef for chef in chefs if chef.id != referent.id]
        dire_au_matin(autres, 'directe', f'reçue en direct\u00a0: {referent.nom_complet} la suit', demande, sauf=agent)
    elif chefs:
        prevenir(demande, 'nouvelle_chef', chefs, sauf=agent, boites=True)
    else:
        prevenir(demande, 'nouvelle_admin', administrateurs(), sauf=agent)


# ---- The life cycle (regles.md §4): a table of effects, one function each ----

# An effect takes the demande, the agent, the id in whose name, what the action is given, and the Transition, whose
# « vers » it may change (a référent who names oneself, a chef who left). It gives back: the statut reached, the text of
# its journal line, the mails as (modele, recipients, options), what the line says to the rules (regles.FAITS).
# recipients: 'demandeur', 'administrateurs', 'equipe', 'a_agir', or a list of Agent.
Suite = namedtuple('Suite', 'vers texte courriels fait', defaults=('',))


def changer_statut(demande, action, agent, version, saisie=None, accordee=None):
    """Make one transition: demande, journal lines and mails together (inside ecriture()).

    agent: None for the demandeur; version: the one that was looked at (None: not checked, for the demandeur's page);
    saisie: what the action must be given (§4), already checked for form; accordee: (Transition, id in whose name) of
    the one that another act grants by itself. Raises Refus 403, 404, 409 or 422: nothing is written.
    """
    passage, pour_id = accordee or transition(demande, action, agent)
    verifier_version(demande, version)
    if agent and not accordee:                                      # who has the link never meets it
        exiger_sans_cloture(demande)
    close = demande.clos_le
    suite = EFFETS[action](demande, agent, pour_id, saisie or {}, passage)
    signature = {'agent': agent, 'pour_id': pour_id}
    if agent is None:
        signature = {'auteur': demande.a_rappeler, 'structure': demande.collectivite}
    if action == 'repondu':                                         # the journal gets En cours, then Terminé (§4)
        inscrire(demande, 'statut', statut='en_cours', **signature)
        demande.etape = max(demande.etape, QUI['en_cours'].etape)
    change = suite.vers != demande.statut or action in ('repondre', 'orienter')
    demande.statut, demande.etape = suite.vers, max(demande.etape, QUI[suite.vers].etape)
    porter_structure(demande)
    conclure(demande, version, 'statut' if change else 'equipe', suite.texte, statut=suite.vers if change else None,
             fait=suite.fait, **signature)
    if close != demande.clos_le:
        inscrire_la_fin(demande, **signature)
    for modele, cible, options in suite.courriels:
        _envoyer_suite(demande, modele, cible, agent, options)
    if demande.clos_le:
        oublier(demande, 'echeance')
    sans_suite = demande.clos_le or not equipe(demande, 'referent')
    if sans_suite and oublier(demande, 'designation_demandeur'):    # it names nobody who left, after no end
        Demande.update(referent_dit=None).where(Demande.numero == demande.numero).execute()


def _envoyer_suite(demande, modele, cible, agent, options):
    auteur = f'par {agent.nom_complet}' if agent else ''
    if cible == 'demandeur':
        fin = {'suite': dire_fin_par_courriel(demande), 'texte': demande.texte_final}
        return prevenir_demandeur(demande, modele, **fin | {'par': auteur or 'depuis votre lien de suivi'} | options)
    agents = cible
    if cible == 'administrateurs':
        agents = administrateurs()
    elif cible == 'equipe':
        agents = equipe(demande)
    elif cible == 'a_agir':
        agents = qui_doit_agir(demande)
    options = {'par': auteur or 'depuis le lien de suivi de la collectivité'} | options
    return prevenir(demande, modele, agents, sauf=agent, **options)


def decharges(demande, anciens, successeur):
    """The mails to those who leave the team, each by the role they had: anciens are Membres, read before the change."""
    restent = {agent.id for agent in equipe(demande)}
    ou = {'lien': ''} if demande.restreinte else {}                 # they can't read it any more
    return tuple(('decharge', [place.agent], {'ancien_role': dire_role(place), 'successeur': successeur} |
                  (ou if place.agent_id not in restent else {}))
                 for place in anciens if place.agent.actif)


def places_tenues(demande, *roles_tenus):
    """The Membres who hold these roles, in order; those without their person aside."""
    return list(Membre.select().where(Membre.demande == demande, Membre.role.in_(roles_tenus),
                                      Membre.agent.is_null(False)).order_by(Membre.role, Membre.rang))


def _receptionner(demande, agent, pour_id, saisie, passage):
    return Suite(passage.vers, 'Demande acceptée.' if _accepter(demande, agent) else '', ())


def _accepter(demande, agent):
    """A chef who takes a demande whose accord was to be asked gives it thereby; True when it was."""
    if not questions.a_accepter(demande.statut, questions.accord_de(demande)):
        return False
    if 'chef_de_file' not in roles(demande, agent):
        return False
    demande.accord = f'accord du chef de file donné le {dire_jour(aujourdhui(), True)} par {agent.nom_complet}'
    return True


def _orienter(demande, agent, pour_id, saisie, passage):
    fiche, chefs = saisie.get('fiche'), _chefs_choisis(saisie)
    fait, demande.accord = _accord_du_chef(saisie)
    demande.fiche = fiche
    if fiche:
        demande.theme = fiche.theme_id
        demande.restreinte = restreinte_d_office(fiche, demande.restreinte)
    avancee = _avancer_echeance(demande, URGENTE if saisie.get('urgent') else promesse_de(fiche))
    partent = [place for place in places_tenues(demande, 'chef_de_file', 'referent')
               if place.role == 'referent' or place.agent not in chefs]
    liberer(demande, 'referent')
    placer(demande, chefs, 'chef_de_file')
    noms = ', '.join(f'{c.nom_complet} ({c.direction.structure.sigle})' for c in chefs)
    return Suite(passage.vers, f'Orientée vers {noms}\u00a0; {demande.accord}.', (
        ('orientation', chefs, {'boites': True}),
        *decharges(demande, partent, enumerer(chef.nom_complet for chef in chefs)),
        *((('echeance', 'demandeur', {}),) if avancee else ())), fait)


def _accord_du_chef(saisie):
    """(its code in regles.FAITS, its words): obtained when and from whom, or to be asked; nothing by default (§4)."""
    dit = exiger(saisie, 'accord', 'Dites si l\'accord du chef de file est obtenu, ou à recueillir.')
    if dit == 'a_recueillir':
        return dit, 'accord du chef de file à recueillir'
    le = exiger(saisie, 'accord_le', 'Indiquez le jour de l\'accord du chef de file.')
    if le > aujourdhui():
        raise Refus('Indiquez un jour passé, ou «\u00a0à recueillir\u00a0».', champ='accord_le')
    aupres = exiger(saisie, 'accord_aupres', 'Indiquez auprès de qui l\'accord est obtenu.')
    return 'accord', f'accord du chef de file obtenu le {dire_jour(le, True)} auprès {langue.de(aupres)}'


def _chefs_choisis(saisie):
    """The chefs de file an orientation names, else those of its fiche or the pilotes of its direction, or Refus."""
    fiche, direction, chefs = saisie.get('fiche'), saisie.get('direction'), list(saisie.get('chefs') or ())
    if not fiche and not direction:
        raise Refus('Choisissez la fiche, ou à défaut la direction qui prend la demande en charge.', champ='fiche')
    if not chefs:
        chefs = orienter_vers(fiche)[0] if fiche else pilotes_joignables(direction.id)
    if not chefs:
        raise Refus('Indiquez le chef de file\u00a0: aucun n\'est présent pour ce choix.', champ='chefs')
    if any(not chef.actif for chef in chefs):
        raise Refus('Un chef de file choisi n\'a plus de compte actif. Choisissez-en un autre.', champ='chefs')
    return chefs


def _avancer_echeance(demande, promesse):
    """At the orientation: an « assistance urgente » brings the date told forward, nothing moves it later; a demande
    whose promise stays keeps its days. True when it moves.
    """
    if not rappel_attendu(demande.echeance, demande.premier_contact_le, demande.clos_le):
        return False
    if promesse != demande.promesse:
        demande.promesse, demande.delai = promesse, models.jours_promis(promesse)
    nouvelle = echeance_depuis(maintenant(), demande.delai)
    if promesse != URGENTE or nouvelle >= demande.echeance:
        return False
    demande.echeance = nouvelle
    return True


def _designer(demande, agent, pour_id, saisie, passage):
    referent = exiger(saisie, 'referent', 'Choisissez l\'expert référent.')
    if not referent.actif:
        raise Refus(f'{referent.nom_complet} n\'a plus de compte actif. Choisissez quelqu\'un d\'autre.',
                    champ='referent')
    dans_sa_structure(demande, agent, referent.direction.structure_id, 'referent')
    anciens = equipe(demande, 'referent')
    if [referent] == anciens:
        raise Refus(f'{referent.nom_complet} est déjà le référent de cette demande.', champ='referent')
    change = demande.statut == 'en_cours'
    _accepter(demande, agent)
    motif = exiger(saisie, 'motif', 'Indiquez pourquoi le référent change.') if change else ''
    partent = places_tenues(demande, 'referent')
    placer(demande, [referent], 'referent')
    courriels = (('designation', [referent], {'boites': True}),
                 *decharges(demande, partent, referent.nom_complet),
                 *_dire_au_demandeur(demande, referent, anciens if change else []))
    nom = dire_present(referent, demande.restreinte)
    if change:
        return Suite('en_cours', f'Nouveau référent\u00a0: {nom}. Motif\u00a0: {motif}', courriels)
    vers = 'receptionne_expert' if agent.id == referent.id else passage.vers
    return Suite(vers, f'Référent\u00a0: {nom}.', courriels)


def _dire_au_demandeur(demande, referent, anciens):
    """The mail that tells the mairie who its expert is, and whom they replace; none when it was told of the same. What
    has not left told of nobody.
    """
    dit = () if en_attente(demande, 'designation_demandeur') else (demande.referent_dit, *anciens)
    ancien = next(filter(None, dit), None)
    demande.referent_dit = referent
    if ancien is None:
        return (('designation_demandeur', 'demandeur', {}),)
    if ancien.id == referent.id:
        return ()
    return (('changement', 'demandeur', {'ancien': langue.de(ancien.nom_complet)}),)


def _demarrer(demande, agent, pour_id, saisie, passage):
    _joindre_premier_contact(demande, agent, pour_id, saisie)
    _referent_par_defaut(demande, agent)
    return Suite(passage.vers, f'Référent\u00a0: {equipe(demande, "referent")[0].nom_complet}.', ())


def _referent_par_defaut(demande, agent):
    """Without a référent, the chef who starts (not who acts for the chef) becomes it (regles.md §4)."""
    if not equipe(demande, 'referent'):
        placer(demande, [Agent.get_by_id(roles(demande, agent)['chef_de_file'])], 'referent')


def _joindre_premier_contact(demande, agent, pour_id, saisie):
    """The first contact an action must be given when none is recorded: it must be « joint »."""
    if demande.premier_contact_le:
        return
    exiger(saisie, 'contact_le', 'Indiquez la date du premier contact.')
    if saisie.get('resultat') != 'joint':
        raise Refus('L\'accompagnement démarre une fois la collectivité jointe. Notez d\'abord le contact, '
                    'ou choisissez «\u00a0joint\u00a0».', champ='resultat')
    retenir_contact(demande, saisie)
    inscrire(demande, 'contact', agent=agent, pour_id=pour_id, **ligne_de_contact(saisie))


def ligne_de_contact(saisie):
    """What the line of a contact says: « Joint, par appel. », then what was learnt; and for the rules, its columns."""
    details = (('besoin_reformule', 'Besoin reformulé'), ('calendrier', 'Calendrier de la collectivité'),
               ('suite', 'Suite prévue'))
    entete = f'{RESULTATS[saisie["resultat"]].capitalize()}, par {MOYENS[saisie["moyen"]]}.'
    appris = [f'{libelle}\u00a0: {saisie[c]}' for c, libelle in details if saisie.get(c)]
    return {'texte': '\n'.join([entete, *appris]), 'acte_le': saisie['contact_le'], 'fait': saisie['resultat'],
            'moyen': saisie['moyen']}


def retenir_contact(demande, saisie):
    """« Joint » stops the clock, and nothing else does (regles.md §5)."""
    if saisie['resultat'] == 'joint' and not demande.premier_contact_le:
        demande.premier_contact_le = saisie['contact_le']
        dire_vrai(demande)


def _repondu(demande, agent, pour_id, saisie, passage):
    reprise = demande.reprise                                       # until this contact
    _joindre_premier_contact(demande, agent, pour_id, saisie)
    _referent_par_defaut(demande, agent)
    return _finir(demande, agent, saisie, passage, reprise)


def _terminer(demande, agent, pour_id, saisie, passage):
    return _finir(demande, agent, saisie, passage, demande.reprise)


def _finir(demande, agent, saisie, passage, reprise):
    issue = exiger(saisie, 'issue', 'Choisissez comment l\'accompagnement se termine.')
    synthese = exiger(saisie, 'synthese',
                      'Résumez en quelques mots ce qui a été fait\u00a0: cette synthèse reste interne.')
    if issue not in issues_de(passage.action, demande.statut):
        raise Refus('Choisissez une fin dans la liste.', champ='issue')
    retenir_issue(demande, issue, saisie)
    retenir_ampleur(demande, saisie)
    demande.synthese, demande.texte_final = synthese, saisie.get('texte_final', '')
    reperes = _sans_le_redire(demande) | {'evaluation': demander_evaluation(demande, reprise)}
    return Suite(passage.vers, f'{_dire_issue(demande)}. {synthese}', (_clore(demande, 'cloture', reperes),))


def _sans_le_redire(demande):
    """« Une réponse vous a été apportée le … par … » says the name already, and the day when it is the same."""
    redit = demande.issue == 'reponse' and demande.repondu_le == jour_de(maintenant())
    return {'cloture': '', 'par': ''} if redit else {}


def _dire_issue(demande):
    """How the journal says it: a sentence begins."""
    return langue.majuscule(dire_issue(demande.issue, demande.organisme))


def _clore(demande, modele, reperes=()):
    """Close a demande, its issue kept: the mail that says it to the demandeur, once its journal says who closed it."""
    demande.clos_le = maintenant()
    return modele, 'demandeur', dict(reperes)


RENDUE = 'Rendre à l\'administrateur'


def _rendre(demande, agent, pour_id, saisie, passage):
    motif = exiger(saisie, 'motif', 'Indiquez pourquoi vous rendez cette demande.')
    role = 'referent' if passage.vers == 'receptionne_chef' else 'chef_de_file'
    partent = places_tenues(demande, role)
    liberer(demande, role)
    vers, fait, repreneur = passage.vers, passage.bouton, 'le chef de file'
    if not equipe(demande, 'chef_de_file'):                         # given back, or its chef has no account any more
        vers, fait, repreneur = 'receptionne_admin', RENDUE, 'l\'administration de la Plateforme'
    return Suite(vers, f'{fait}. Motif\u00a0: {motif}', (
        ('rendu', 'a_agir', {}), *decharges(demande, partent, repreneur)))


def _rejeter(demande, agent, pour_id, saisie, passage):
    motif = exiger(saisie, 'motif', 'Indiquez pourquoi la demande n\'est pas de votre compétence.')
    autre = f' Structure suggérée\u00a0: {saisie["structure_suggeree"]}.' if saisie.get('structure_suggeree') else ''
    return Suite(passage.vers, f'Hors compétence. Motif\u00a0: {motif}{autre}', (
        ('rejet', [*administrateurs(), *equipe(demande, 'chef_de_file'), *equipe(demande, 'referent')], {}),))


def _repondre(demande, agent, pour_id, saisie, passage):
    texte = exiger(saisie, 'texte_final', 'Écrivez la réponse à adresser à la collectivité.')
    sens = exiger(saisie, 'reponse', 'Choisissez «\u00a0Réponse apportée\u00a0» ou «\u00a0Réorientée vers\u00a0».')
    if sens not in REPONSES:
        raise Refus('Choisissez une des réponses.', champ='reponse')
    retenir_issue(demande, sens, saisie)
    demande.texte_final, demande.repondu_le = texte, jour_de(maintenant())
    return Suite(passage.vers, f'{_dire_issue(demande)}.', (_clore(demande, 'reponse', _sans_le_redire(demande)),))


def _abandonner(demande, agent, pour_id, saisie, passage):
    motif = exiger(saisie, 'motif', 'Indiquez le motif de l\'abandon.')
    if agent:
        demande.texte_final = exiger(saisie, 'texte_final', f'{A_DIRE} sa demande est abandonnée.')
    return Suite(passage.vers, f'Motif\u00a0: {motif}', (
        ('abandon_equipe', equipe(demande) or 'administrateurs', {}), _clore(demande, 'abandon_demandeur')))


A_DIRE = 'Écrivez à la collectivité pourquoi'


def _ecarter(demande, agent, pour_id, saisie, passage):
    """A duplicate, or one sent by mistake: no accompaniment ends, what was promised goes on with the other one."""
    ecart = exiger(saisie, 'ecart', 'Choisissez pourquoi la demande est écartée.')
    if ecart not in ('doublon', 'erreur'):                          # the others are nobody's choice
        raise Refus('Choisissez une des réponses.', champ='ecart')
    originale = None
    if ecart == 'erreur':
        demande.texte_final = exiger(saisie, 'texte_final', f'{A_DIRE} sa demande est écartée.')
    else:
        numero = exiger(saisie, 'doublon_de', 'Indiquez de quelle demande celle-ci est le doublon.')
        originale = doublon_choisi(demande, agent, int(numero))
    motif = exiger(saisie, 'motif', 'Indiquez pourquoi la demande est écartée.')
    demande.issue, demande.doublon_de = ecart, originale
    rappel = _transmettre_la_promesse(demande, originale, agent, pour_id) if originale else ''
    dire_au_matin(equipe(demande) or administrateurs(), 'ecart', 'écartée, le motif est au journal', demande, agent)
    return Suite(passage.vers, f'{dire_ecart(originale)} Motif\u00a0: {motif}', (
        _clore(demande, 'cloture', {'texte': rappel} if originale else {}),))


def _transmettre_la_promesse(demande, originale, agent, pour_id):
    """The one that goes on says so in its journal, and keeps the earlier date; what the demandeur is told of it."""
    avancee = tenir_la_plus_proche(demande, originale)
    conclure(originale, None, 'equipe', dire_doublon_ecarte(demande, originale, avancee), agent, pour_id)
    attendu = rappel_attendu(originale.echeance, originale.premier_contact_le, originale.clos_le)
    if not attendu or attendu < aujourdhui():
        return ''
    if avancee:                                                     # a day to come: a past one is no news
        prevenir_demandeur(originale, 'echeance')
    return f'Le rappel annoncé tient\u00a0: au plus tard le {dire_jour_long(originale.echeance)}.'


def _rouvrir(demande, agent, pour_id, saisie, passage):
    motif = exiger(saisie, 'motif', 'Indiquez pourquoi la demande est rouverte.')
    oublier_issue(demande)
    vers = 'en_cours' if equipe(demande, 'referent') else 'receptionne_admin'
    return Suite(vers, f'Rouverte. Motif\u00a0: {motif}', (
        ('reouverture', 'a_agir', {}), ('reouverture_mairie', 'demandeur', {})))


EFFETS = {
    'receptionner': _receptionner, 'orienter': _orienter, 'designer': _designer, 'demarrer': _demarrer,
    'repondu': _repondu, 'terminer': _terminer, 'rendre': _rendre, 'rejeter': _rejeter, 'repondre': _repondre,
    'abandonner': _abandonner, 'ecarter': _ecarter, 'rouvrir': _rouvrir,
}


# ---- The opening: what was made before it, to learn, is set aside (regles.md §11) ----

def ecarter_les_essais(agent=None):
    """Once the service is open, set aside every essai, without a mail; returns how many. The carrier does it as soon as
    the day comes, and who says that the day has come: nobody has to think of it.
    """
    essais = list(Demande.raw("SELECT * FROM demande WHERE essai = 1 AND issue <> 'essai' ORDER BY numero"))
    if not essais or not questions.est_ouvert(Reglage.tous()['ouvert_le'], aujourdhui()):
        return 0
    for demande in essais:
        demande.statut, demande.issue, demande.clos_le = 'termine', 'essai', demande.clos_le or maintenant()
        conclure(demande, None, 'statut', 'Écartée à l\'ouverture\u00a0: essai.', statut='termine')
    auditer('essais écartés à l\'ouverture', agent, langue.dire_nombre(len(essais), 'demande'), objet='reprise')
    return len(essais)
