"""Every writer of a statut: the deposit, the entry of a demande received directly, the transitions (domaine.md §3 to §5).

`deposer` and `saisir_directe` insert the first statut; `changer_statut` alone writes it after that.
"""
import hashlib
import json
import secrets
from collections import namedtuple
from datetime import timedelta

import models
from models import (
    ISSUES, MOYENS, QUI, REPONSES, RESULTATS, Agent, Demande, DemandeCommune, Journal, Membre, Refus, Reglage,
    _transition, absents, administrateurs, aujourdhui, calculer_echeance, db, dire_jour, dire_jour_long, en_utc, equipe,
    inserer, lire_agents, maintenant, qui_doit_agir, roles)

from .courriels import poster, prevenir, prevenir_demandeur
from .journal import enregistrer, indexer, inscrire, joindre, verifier_version

# ======================================================================================
# Who is put in charge (domaine.md §3)
# ======================================================================================

def orienter_vers(fiche):
    """Who is put in charge of a demande on a fiche: ([Agent], why). An empty list means the administrateurs.

    The fiche's chef and co-chefs when one of them is active and present (or has a suppléant), else the pilotes of its direction.
    """
    chefs = lire_agents('JOIN pilotage ON agent_id = agent.id WHERE fiche_id = ? AND actif ORDER BY rang, agent.id', fiche.id)
    if presents(chefs):
        noms = ', '.join(a.nom_complet for a in chefs)
        return chefs, f'Fiche choisie au formulaire, chef{"s" if len(chefs) > 1 else ""} de file de la fiche\u00a0: {noms}.'
    pilotes = pilotes_presents(fiche.direction_id)
    if pilotes:
        noms = ', '.join(a.nom_complet for a in pilotes)
        return pilotes, f'Aucun chef de file de la fiche n\'est présent\u00a0: confiée à {noms}, pilote de la direction.'
    return [], 'Ni chef de file de la fiche, ni pilote de sa direction n\'est présent\u00a0: confiée à l\'administration de la Plateforme.'


def presents(agents):
    """Those of the agents who are active and not away today, or whose suppléant is."""
    partis = absents()
    actifs = {id_ for id_, in db.execute_sql('SELECT id FROM agent WHERE actif')}
    return [a for a in agents if a.actif and (a.id not in partis or (partis[a.id] in actifs and partis[a.id] not in partis))]


def pilotes_presents(direction_id):
    return presents(lire_agents('WHERE direction_id = ? AND pilote ORDER BY agent.id', direction_id))


def placer(demande, agents, role):
    """Put agents in the team under a role (chefs replace the chefs, a référent the référent)."""
    if role != 'associe':
        Membre.delete().where(Membre.demande == demande, Membre.role == role).execute()
    for rang, agent in enumerate(agents):
        inserer(Membre, demande=demande, role=role, rang=rang, agent=agent, direction=agent.direction_id,
                structure=agent.direction.structure_id, depuis_le=maintenant())


def porter_structure(demande):
    """Keep on the demande the structure and direction of its first chef de file (else its référent), for the list."""
    premier = Membre.select().where(Membre.demande == demande, Membre.role != 'associe').order_by(Membre.role, Membre.rang).first()
    demande.structure = premier.structure_id if premier else None
    demande.direction = premier.direction_id if premier else None


def _structure_de(agents):
    """The same for a new demande, from its team in order."""
    return {'structure': agents[0].direction.structure_id, 'direction': agents[0].direction_id} if agents else {}


# ======================================================================================
# Deposit (domaine.md §3)
# ======================================================================================

def empreinte(saisie, fichiers=()):
    """The sha256 of what was typed and joined: « same content » (domaine.md §3)."""
    contenu = json.dumps({c: str(v) for c, v in saisie.items()}, sort_keys=True).encode()
    return hashlib.sha256(contenu + b''.join(hashlib.sha256(f).digest() for _, f in fichiers)).hexdigest()


def deja_envoyee(cle, marque, courriel):
    """The demande this sending repeats, or None; Refus 409 when the key was used for another content."""
    meme_cle = db.execute_sql('SELECT numero, empreinte FROM demande WHERE cle = ?', (cle,)).fetchone()
    if meme_cle and meme_cle[1] != marque:
        raise Refus(f'Ce formulaire a déjà été envoyé\u00a0: votre demande n°\u00a0{meme_cle[0]} est enregistrée. '
                    'Le texte ci-dessous est différent.', 409)
    hier = en_utc(models.horloge() - timedelta(hours=24))
    deja = meme_cle or db.execute_sql('SELECT numero FROM demande WHERE courriel = ? AND depose_le > ? AND empreinte = ?',
                                      (courriel, hier, marque)).fetchone()
    return Demande.get_by_id(deja[0]) if deja else None


COORDONNEES = ('civilite', 'nom', 'prenom', 'rappel_nom', 'rappel_prenom', 'rappel_fonction', 'courriel', 'telephone')


def _lieu_et_qui(saisie):
    """The columns of a demande that come from a form as they are, and its collectivité."""
    liee = saisie.get('collectivite')
    return {'collectivite_liee': liee, 'collectivite': liee.nom if liee else saisie['nom_collectivite'],
        'type': liee.type if liee else saisie['type'], 'lieu': saisie.get('lieu', ''), 'message': saisie['message'],
        'date_a_tenir': saisie.get('date_a_tenir') or None, **{c: saisie.get(c, '') for c in COORDONNEES},
    }


def deposer(saisie, fichiers=(), cle=None):
    """Cas 1: record a demande, its journal, its pieces and its mails; returns (Demande, new).

    saisie: the checked form – collectivite (Collectivite or None, then type and nom_collectivite), fiche, theme, message, lieu,
    date_a_tenir, confidentielle, communes, COORDONNEES. The same sending twice gives the same demande, new=False.
    """
    marque = empreinte(saisie, fichiers)
    connue = deja_envoyee(cle, marque, saisie['courriel'])
    if connue:
        return connue, False
    fiche, quand = _fraiche(saisie.get('fiche')), maintenant()
    saisie = saisie | {'collectivite': _fraiche(saisie.get('collectivite'))}
    delai = fiche.delai if fiche else 10
    chefs, raison = orienter_vers(fiche) if fiche else ([], 'Demande libre\u00a0: à orienter par l\'administration de la Plateforme.')
    statut = 'attribue_chef' if chefs else 'attribue_admin'
    connu = saisie['collectivite'].courriel if saisie.get('collectivite') else ''
    demande = Demande.create(
        jeton=secrets.token_urlsafe(16), cle=cle, empreinte=marque, origine='plateforme', statut=statut, etape=QUI[statut][1],
        depose_le=quand, delai=delai, echeance=echeance_depuis(quand, delai), fiche=fiche, theme=fiche.theme_id if fiche else saisie.get('theme'),
        restreinte=bool(saisie.get('confidentielle') or (fiche and fiche.restreinte)),
        a_confirmer=saisie['courriel'] != connu, **_lieu_et_qui(saisie), **_structure_de(chefs))
    _relier_communes(demande, saisie.get('communes', ()))
    placer(demande, chefs, 'chef_de_file')
    depot = inscrire(demande, 'depot', auteur=f'{demande.prenom} {demande.nom}', structure=demande.collectivite)
    joindre(demande, fichiers, depot)
    inscrire(demande, 'statut', raison, statut=statut)
    indexer(demande)
    _annoncer_depot(demande, chefs)
    return demande, True


def _fraiche(ligne):
    """A Fiche or a Collectivite as it is now: it was read before this transaction, and an import may have changed it (restricted, 3 days…)."""
    return ligne and next(iter(type(ligne).raw(f'SELECT * FROM {ligne._meta.table_name} WHERE id = ?', ligne.id)), None)


def echeance_depuis(instant, delai):
    """calculer_echeance with the setting « calendar or working days »."""
    return calculer_echeance(instant, delai, Reglage.tous()['jours'] == 'ouvres')


def _relier_communes(demande, communes):
    for commune in communes:
        DemandeCommune.create(demande=demande, collectivite=commune)


def _annoncer_depot(demande, chefs):
    """The mails of a deposit: accusé d'enregistrement, avis de dépôt, and who is in charge (domaine.md §3, §8)."""
    siens = db.execute_sql(
        """SELECT numero FROM demande INDEXED BY demande_courriel WHERE courriel = ? AND collectivite_id = ? AND fiche_id = ? AND clos_le IS NULL
           AND numero <> ? ORDER BY numero""", (demande.courriel, demande.collectivite_id, demande.fiche_id, demande.numero))
    prevenir_demandeur(demande, 'accuse', doublon=', n°\u00a0'.join(str(n) for n, in siens))
    liee = demande.collectivite_liee
    if liee and liee.courriel and liee.courriel != demande.courriel:
        poster('avis_depot', 'collectivite', liee.courriel, demande, lien='', fiche='', interlocuteur='', telephone='', structure='')
    if chefs:
        prevenir(demande, 'nouvelle_chef', chefs, boites=True)
    else:
        prevenir(demande, 'nouvelle_admin', administrateurs())


def saisir_directe(saisie, agent, cle=None):
    """Cas 2: an agent enters a demande received directly; returns it, or the one this one-time key made already.

    saisie: as deposer, plus voie, recue_le (day), contact_le (day), suivi ('moi', 'autre', 'chef'), referent (Agent) and accuse.
    « moi » and « autre » are the first contact already; « chef » leaves it to the chef de file. No clock (domaine.md §3).
    """
    deja = Demande.get_or_none(Demande.cle == cle) if cle else None
    if deja:
        return deja
    fiche, quand, suivi = saisie.get('fiche'), maintenant(), saisie['suivi']
    referent = agent if suivi == 'moi' else saisie.get('referent') if suivi == 'autre' else None
    chefs, raison = orienter_vers(fiche) if fiche else ([], 'Reçue en direct, sans fiche.')
    statut = 'en_cours' if referent else 'attribue_chef' if chefs else 'attribue_admin'
    demande = Demande.create(
        jeton=secrets.token_urlsafe(16), cle=cle, origine='direct', statut=statut, etape=QUI[statut][1], depose_le=quand, fiche=fiche,
        theme=fiche.theme_id if fiche else saisie.get('theme'), restreinte=bool(saisie.get('confidentielle') or (fiche and fiche.restreinte)),
        saisie_par=agent, recue_le=saisie['recue_le'], voie=saisie['voie'],
        premier_contact_le=(saisie.get('contact_le') or saisie['recue_le']) if referent else None, **_lieu_et_qui(saisie),
        **_structure_de([*chefs, *([referent] if referent else [])]))
    placer(demande, chefs, 'chef_de_file')
    if referent:
        placer(demande, [referent], 'referent')
    inscrire(demande, 'depot', f'Demande reçue en direct ({demande.voie}) le {dire_jour(demande.recue_le, True)}.', agent)
    if referent:
        inscrire(demande, 'contact', f'Joint, par {demande.voie}.', agent, acte_le=demande.premier_contact_le)
        inscrire(demande, 'statut', f'Référent\u00a0: {referent.nom_complet}.', agent, statut=statut)
        prevenir(demande, 'designation', [referent], sauf=agent)
    else:
        inscrire(demande, 'statut', raison, statut=statut)
    autres = [c for c in chefs if not referent or c.id != referent.id]
    if chefs:
        prevenir(demande, 'recue_en_direct' if referent else 'nouvelle_chef', autres, sauf=agent, boites=True)
    elif not referent:
        prevenir(demande, 'nouvelle_admin', qui_doit_agir(demande), sauf=agent)
    if saisie.get('accuse'):
        prevenir_demandeur(demande, 'accuse_direct', recue=dire_jour_long(demande.recue_le))
    indexer(demande)
    return demande


# ======================================================================================
# The life cycle (domaine.md §4): a table of effects, one function each
# ======================================================================================

# What an action gives back: the statut reached, the text of its journal line, the mails as (modele, recipients, options).
# recipients: 'demandeur', 'administrateurs', 'equipe', 'a_agir', or a list of Agent.
Suite = namedtuple('Suite', 'vers texte courriels')


def changer_statut(demande, action, agent, version, saisie=None):
    """Make one transition: demande, journal lines and mails together (inside ecriture()).

    agent: None for the demandeur; version: the one that was looked at (None: not checked, for the demandeur's page);
    saisie: what the action must be given (§4), already checked for form. Raises Refus 403, 404, 409 or 422: nothing is written.
    """
    transition, pour_id = _transition(demande, action, agent)
    verifier_version(demande, version)
    avant = demande.statut
    suite = EFFETS[action](demande, agent, saisie or {}, transition)
    signature = {'agent': agent, 'pour_id': pour_id} if agent else {'auteur': demande.a_rappeler, 'structure': demande.collectivite}
    if action == 'repondu':
        inscrire(demande, 'statut', statut='en_cours', **signature)
    inscrire(demande, 'statut' if suite.vers != avant or action == 'repondre' else 'equipe', suite.texte,
             statut=suite.vers if suite.vers != avant or action == 'repondre' else None, **signature)
    demande.statut = suite.vers
    demande.etape = max(demande.etape, QUI[suite.vers][1], 4 if action == 'repondu' else 0)
    porter_structure(demande)
    enregistrer(demande, version)
    indexer(demande)
    for modele, cible, options in suite.courriels:
        _envoyer_suite(demande, modele, cible, agent, options)


def _envoyer_suite(demande, modele, cible, agent, options):
    if cible == 'demandeur':
        return prevenir_demandeur(demande, modele, **options)
    agents = cible
    if cible == 'administrateurs':
        agents = administrateurs()
    elif cible == 'equipe':
        agents = equipe(demande)
    elif cible == 'a_agir':
        agents = qui_doit_agir(demande)
    return prevenir(demande, modele, agents, sauf=agent, **options)


def exiger(saisie, nom, phrase):
    """The value of a field an action must be given; Refus with this sentence when it is missing."""
    valeur = saisie.get(nom)
    if not valeur:
        raise Refus(phrase, champ=nom)
    return valeur


def _receptionner(demande, agent, saisie, transition):
    return Suite(transition.vers, '', ())


def _orienter(demande, agent, saisie, transition):
    fiche, direction, chefs = saisie.get('fiche'), saisie.get('direction'), list(saisie.get('chefs') or ())
    if not fiche and not direction:
        raise Refus('Choisissez la fiche, ou à défaut la direction qui prend la demande en charge.', champ='fiche')
    if not chefs:
        chefs = orienter_vers(fiche)[0] if fiche else pilotes_presents(direction.id)
    if not chefs:
        raise Refus('Indiquez le chef de file\u00a0: aucun n\'est présent pour ce choix.', champ='chefs')
    if any(not chef.actif for chef in chefs):
        raise Refus('Un chef de file choisi n\'a plus de compte actif. Choisissez-en un autre.', champ='chefs')
    demande.fiche = fiche
    if fiche:
        demande.theme, demande.restreinte = fiche.theme_id, demande.restreinte or fiche.restreinte
    accord = saisie.get('accord') or 'accord du chef de file non recueilli'
    demande.accord = accord
    courriels = [('orientation', chefs, {'boites': True})]
    if _avancer_echeance(demande, 3 if saisie.get('urgent') else fiche.delai if fiche else 10):
        courriels.append(('echeance', 'demandeur', {}))
    Membre.delete().where(Membre.demande == demande, Membre.role == 'referent').execute()
    placer(demande, chefs, 'chef_de_file')
    noms = ', '.join(f'{c.nom_complet} ({c.direction.structure.sigle})' for c in chefs)
    return Suite(transition.vers, f'Orientée vers {noms}\u00a0; {accord}.', courriels)


def _avancer_echeance(demande, delai):
    """At the orientation: the earlier of the date told and delai days from now; a date told never moves later. True when told anew."""
    if not demande.echeance or demande.premier_contact_le:
        return False
    demande.delai = delai
    nouvelle = echeance_depuis(maintenant(), delai)
    if delai == 10 or nouvelle >= demande.echeance:
        return False
    demande.echeance = nouvelle
    return True


def _designer(demande, agent, saisie, transition):
    referent = exiger(saisie, 'referent', 'Choisissez l\'expert référent.')
    if not referent.actif:
        raise Refus(f'{referent.nom_complet} n\'a plus de compte actif. Choisissez quelqu\'un d\'autre.', champ='referent')
    dans_sa_structure(demande, agent, referent.direction.structure_id, 'referent')
    anciens = equipe(demande, 'referent')
    if [referent] == anciens:
        raise Refus(f'{referent.nom_complet} est déjà le référent de cette demande.', champ='referent')
    if demande.statut == 'en_cours':
        motif = exiger(saisie, 'motif', 'Indiquez pourquoi le référent change.')
        placer(demande, [referent], 'referent')
        return Suite('en_cours', f'Nouveau référent\u00a0: {referent.nom_complet}. Motif\u00a0: {motif}', (
            ('designation', [referent], {'boites': True}), ('decharge', anciens, {'successeur': referent.nom_complet}),
            ('changement', 'demandeur', {})))
    placer(demande, [referent], 'referent')
    vers = 'receptionne_expert' if agent.id == referent.id else transition.vers
    return Suite(vers, f'Référent\u00a0: {referent.nom_complet}.', (
        ('designation', [referent], {'boites': True}), ('decharge', anciens, {'successeur': referent.nom_complet}),
        ('designation_demandeur', 'demandeur', {})))


def dans_sa_structure(demande, agent, structure_id, champ):
    """Each co-chef names those of their own structure (domaine.md §7); the chef de file and administrateurs, anyone."""
    place = Membre.get_or_none(Membre.demande == demande, Membre.role == 'chef_de_file', Membre.agent.in_(list(agent.identites)))
    if agent.administre or place is None or place.rang == 0 or structure_id == place.structure_id:
        return
    raise Refus('Un co-chef de file nomme les agents de sa propre structure.', champ=champ)


def _demarrer(demande, agent, saisie, transition):
    if not demande.premier_contact_le:
        _joindre_premier_contact(demande, agent, saisie)
    _referent_par_defaut(demande, agent)
    return Suite(transition.vers, f'Référent\u00a0: {equipe(demande, "referent")[0].nom_complet}.', ())


def _referent_par_defaut(demande, agent):
    """Without a référent, the chef who starts (not who acts for the chef) becomes it (domaine.md §4)."""
    if not equipe(demande, 'referent'):
        placer(demande, [Agent.get_by_id(roles(demande, agent)['chef_de_file'])], 'referent')


def _joindre_premier_contact(demande, agent, saisie):
    """The first contact an action must be given when none is recorded: it must be « joint »."""
    exiger(saisie, 'contact_le', 'Indiquez la date du premier contact.')
    if saisie.get('resultat') != 'joint':
        raise Refus('L\'accompagnement démarre une fois la collectivité jointe. Notez d\'abord le contact, ou choisissez «\u00a0joint\u00a0».',
                    champ='resultat')
    ecrire_contact(demande, agent, saisie, roles(demande, agent)['agent'])


def _repondu(demande, agent, saisie, transition):
    if not demande.premier_contact_le:
        _joindre_premier_contact(demande, agent, saisie)
    _referent_par_defaut(demande, agent)
    return _terminer(demande, agent, saisie, transition)


def _terminer(demande, agent, saisie, transition):
    issue = exiger(saisie, 'issue', 'Choisissez comment l\'accompagnement se termine.')
    synthese = exiger(saisie, 'synthese', 'Résumez en quelques mots ce qui a été fait\u00a0: cette synthèse reste interne.')
    if issue not in ISSUES:
        raise Refus('Choisissez une fin dans la liste.', champ='issue')
    if issue == 'sans_nouvelles' and not _averti(demande):
        raise Refus('Classer sans nouvelles demande d\'avoir prévenu la collectivité et attendu la date annoncée\u00a0: '
                    'utilisez «\u00a0Prévenir avant de classer\u00a0».', champ='issue')
    demande.issue, demande.synthese, demande.texte_final = issue, synthese, saisie.get('texte_final', '')
    demande.clos_le = maintenant()
    return Suite(transition.vers, f'{ISSUES[issue].capitalize()}. {synthese}', (('cloture', 'demandeur', {'texte': demande.texte_final}),))


def _averti(demande):
    """True when the warning mail's date has passed without a message from the demandeur since."""
    avis = Journal.select().where(Journal.demande == demande, Journal.nature == 'envoi', Journal.acte_le.is_null(False)).order_by(
        Journal.id.desc()).first()
    if not avis or avis.acte_le >= aujourdhui():
        return False
    return not Journal.select().where(Journal.demande == demande, Journal.nature == 'message', Journal.id > avis.id).exists()


def _rendre(demande, agent, saisie, transition):
    motif = exiger(saisie, 'motif', 'Indiquez pourquoi vous rendez cette demande.')
    role = 'referent' if transition.vers == 'receptionne_chef' else 'chef_de_file'
    anciens = equipe(demande, role)
    Membre.delete().where(Membre.demande == demande, Membre.role == role).execute()
    vers = transition.vers
    if vers == 'receptionne_chef' and not equipe(demande, 'chef_de_file'):
        vers = 'receptionne_admin'
    repreneur = 'l\'administration de la Plateforme' if vers == 'receptionne_admin' else 'le chef de file'
    return Suite(vers, f'{transition.bouton}. Motif\u00a0: {motif}', (
        ('rendu', 'a_agir', {}), ('decharge', anciens, {'successeur': repreneur})))


def _rejeter(demande, agent, saisie, transition):
    motif = exiger(saisie, 'motif', 'Indiquez pourquoi la demande n\'est pas de votre compétence.')
    autre = f' Structure suggérée\u00a0: {saisie["structure_suggeree"]}.' if saisie.get('structure_suggeree') else ''
    return Suite(transition.vers, f'Hors compétence. Motif\u00a0: {motif}{autre}', (('rejet', 'administrateurs', {}),))


def _repondre(demande, agent, saisie, transition):
    texte = exiger(saisie, 'texte_final', 'Écrivez la réponse à adresser au demandeur.')
    sens = exiger(saisie, 'reponse', 'Choisissez «\u00a0Réponse apportée\u00a0» ou «\u00a0Réorientée vers\u00a0».')
    organisme = exiger(saisie, 'organisme', 'Indiquez vers quel organisme la demande est réorientée.') if sens == 'reorientee' else ''
    demande.issue, demande.texte_final, demande.organisme, demande.clos_le = sens, texte, organisme, maintenant()
    dit = f'Réorientée vers {organisme}' if organisme else REPONSES['reponse']
    return Suite(transition.vers, f'{dit}. {texte}', (('reponse', 'demandeur', {'texte': texte, 'suite': dit}),))


def _abandonner(demande, agent, saisie, transition):
    motif = exiger(saisie, 'motif', 'Indiquez le motif de l\'abandon.')
    demande.clos_le = maintenant()
    courriels = [('abandon_equipe', equipe(demande) or 'administrateurs', {})]
    if agent:
        courriels.append(('abandon_demandeur', 'demandeur', {}))
    return Suite(transition.vers, f'Motif\u00a0: {motif}', courriels)


def _rouvrir(demande, agent, saisie, transition):
    motif = exiger(saisie, 'motif', 'Indiquez pourquoi la demande est rouverte.')
    demande.clos_le, demande.issue, demande.organisme, demande.texte_final = None, '', '', ''
    vers = 'en_cours' if equipe(demande, 'referent') else 'receptionne_admin'
    return Suite(vers, f'Rouverte. Motif\u00a0: {motif}', (('reouverture', 'a_agir', {}),))


EFFETS = {
    'receptionner': _receptionner, 'orienter': _orienter, 'designer': _designer, 'demarrer': _demarrer, 'repondu': _repondu,
    'terminer': _terminer, 'rendre': _rendre, 'rejeter': _rejeter, 'repondre': _repondre, 'abandonner': _abandonner, 'rouvrir': _rouvrir,
}


def ecrire_contact(demande, agent, saisie, pour_id=None):
    details = [f'{libelle}\u00a0: {saisie[c]}' for c, libelle in (
        ('besoin_reformule', 'Besoin reformulé'), ('calendrier', 'Calendrier de la collectivité'), ('suite', 'Suite prévue')) if saisie.get(c)]
    entete = f'{RESULTATS[saisie["resultat"]].capitalize()}, par {MOYENS[saisie["moyen"]]}.'
    inscrire(demande, 'contact', '\n'.join([entete, *details]), agent, pour_id, acte_le=saisie['contact_le'])
    if saisie['resultat'] == 'joint' and not demande.premier_contact_le:
        demande.premier_contact_le = saisie['contact_le']
