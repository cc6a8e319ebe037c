"""One demande for the agents: its page, and every act on it (domaine.md §4 to §8).

One mechanism: FORMULAIRES says the fields of each action, `?action=<name>` shows its form above the page, and a POST to
/espace/demandes/<numero>/<action> does it. Who may do what, and when, is said by models.TRANSITIONS and models.ACTES.
"""
import itertools
import re
from datetime import timedelta

import models
from models import (
    Agent, Collectivite, Courriel, Demande, Direction, Fiche, Journal, Membre, Piece, Refus, Structure, Theme)
from verbes import actes, cycle, journal
from views import (
    aller, app, choix, cookie_de_session, erreur, garder_reprise, page, parametre, reprise, request, tenter)
from views.champs import Champ, fichiers, lire
from views.exports import telecharger
from views.formulaires import (
    CHEFS, COLLECTIVITE, CONTACT, COURTS, DANGER, FAITS, FORMULAIRES, JOURNAL, NOMMER, OPERATIONS, SANS_PAGE,
    SANS_VERSION, style_de, textes_restants)

# ======================================================================================
# Tables: the form of each action, what opens an act, what the page says
# ======================================================================================

TITRES = models.NATURES | models.NATURES_PLATEFORME | {'depot': 'Demande déposée', 'equipe': 'Suivi de la demande'}
DESTINATAIRES = {
    'demandeur': 'au demandeur',
    'collectivite': 'à l\'adresse officielle',
    'direction': 'à la boîte de la direction',
    'agent': 'à un agent',
}
RANGS = {'chef_de_file': 0, 'referent': 1, 'associe': 2}


# ======================================================================================
# Finding, and what may be done now
# ======================================================================================

def visible(numero, agent):
    """The demande an agent may read, with what it refers to; Refus 404, or 403 when its diffusion is restricted."""
    trouvees = Demande.raw('SELECT * FROM demande WHERE numero = ?', int(numero)).execute()[:1]
    if not trouvees:
        raise Refus(
            f'La demande n°\u00a0{numero} n\'existe pas. Vérifiez le numéro, ou cherchez-la dans la liste.', 404)
    demande = trouvees[0]
    if not lisible(demande, agent):
        raise Refus(
            'Cette demande est à diffusion restreinte\u00a0: '
            'seuls son équipe et les administrateurs de la Plateforme la lisent. '
            'Si elle vous concerne, demandez à son chef de file de vous y associer.', 403)
    for nom, (cle, table) in REFERENCES.items():                    # read once for all the requests, until a commit
        if getattr(demande, cle):
            models.lier(demande, nom, connue(table, getattr(demande, cle)))
    return demande


REFERENCES = {'theme': ('theme_id', Theme), 'fiche': ('fiche_id', Fiche), 'saisie_par': ('saisie_par_id', Agent),
              'collectivite_liee': ('collectivite_id', Collectivite)}


@models.gardee
def connue(table, cle):
    ligne = table.get_by_id(cle)
    if table is Collectivite and ligne.epci_id:
        models.lier(ligne, 'epci', Collectivite.get_by_id(ligne.epci_id))         # kept with it
    return ligne


def lisible(demande, agent):
    return not demande.restreinte or Demande.visibles_par(agent).where(Demande.numero == demande.numero).exists()


def actions_ouvertes(demande, agent, tenus):
    """{action: button} of what this agent may do now: the life cycle, then the acts."""
    transitions = {t.action: t.bouton for t in models.transitions_possibles(demande, agent, tenus)}
    permis = {nom: models.ACTES[nom].bouton for nom in models.actes_possibles(demande, agent, tenus)}
    if 'remplacer' in permis and models.a_nommer(demande, agent):
        permis['remplacer'] = NOMMER.bouton
    return transitions | permis


def modele_de(action, demande, agent):
    if action == 'remplacer' and models.a_nommer(demande, agent):
        return NOMMER
    return FORMULAIRES[action]


def verifier(demande, action, agent, version):
    """Rights, statut, version, before any field is looked at:
    nobody fills a form to be told it is not theirs. Refus.
    """
    if action in models.ACTIONS:
        models.transition(demande, action, agent)
    else:
        acte = 'journal' if action == 'journal-corriger' else action
        models.permettre(demande, acte, agent)
    if action not in SANS_VERSION:
        journal.verifier_version(demande, version)


# ======================================================================================
# The fields of an action, here and now
# ======================================================================================

def champs_de(action, demande, saisies):
    """The fields of an action for this demande, with their choices;
    an unclear name of collectivité adds the nearest ones.
    """
    champs = _champs_utiles(action, demande)
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
    sans = set()
    if action in ('demarrer', 'repondu') and demande.premier_contact_le:
        sans = {c.nom for c in CONTACT}
    if action == 'designer' and demande.statut != 'en_cours':
        sans = {'motif'}
    # « à rattacher » is the administrateur's (domaine.md §3)
    if action == 'corriger' and not demande.collectivite_id:
        sans.add('collectivite')
    if action == 'corriger' and not demande.premier_contact_le:     # noted by « contact », corrected here
        sans.add('premier_contact_le')
    return [c for c in modele_de(action, demande, request.agent).champs if c.nom not in sans]


def _collectivites_proches(demande, saisies):
    """The nearest collectivités as choices; none when the name typed is the present one, is sure, or is unknown."""
    saisi = saisies.get('collectivite', '').strip()
    if _inchangee(demande, saisi):
        return ()
    return choix.proches(saisi)


def _inchangee(demande, saisi):
    """True when the name typed is the one the demande bears already."""
    return bool(demande.collectivite_id) and models.normaliser(saisi) == models.normaliser(demande.collectivite)


def choix_agents(demande):
    return (choix.A_CHOISIR, *choix.agents(demande.structure_id))


def choix_associes(demande):
    associes = [p for p in places_de(lire_equipe(demande)) if p['role'] == 'associe']
    return (choix.A_CHOISIR, *((str(p['id']), p['nom']) for p in associes))


def choix_remplacants(demande):
    """The agents of the direction of the associé one is, or stands for; of one's own, when a person is to be named."""
    agent = request.agent
    associes = Membre.select().where(Membre.demande == demande.numero, Membre.role == 'associe')
    if models.a_nommer(demande, agent):
        sauf = {p.agent_id for p in associes}
        dans = {agent.direction_id}
    else:
        sauf = list(agent.identites)
        dans = {p.direction_id for p in associes if p.agent_id in sauf}
    return (choix.A_CHOISIR, *choix.agents(sauf=sauf, dans=dans))


CHOIX = {
    'fiche': lambda d: (('', 'Aucune (demande libre)'), *choix.fiches(d.fiche_id)),
    'theme': lambda d: (('', 'Aucun'), *choix.themes()),
    'direction': lambda d: (choix.A_CHOISIR, *choix.directions()),
    'invite': lambda d: (choix.A_CHOISIR, *choix.invites()),
    'place': choix_associes,
    'remplacant': choix_remplacants,
    **dict.fromkeys(['referent', *(c.nom for c in CHEFS)], choix_agents),
}


def valeurs_initiales(action, demande):
    """What the form of an action shows at first."""
    if action == 'corriger':
        noms = [c.nom for c in FORMULAIRES[action].champs if c.nom not in ('theme', 'fiche')]
        valeurs = {nom: getattr(demande, nom) or '' for nom in noms}
        return valeurs | {'theme': demande.theme_id or '', 'fiche': demande.fiche_id or ''}
    if action == 'changer_chef':
        chefs = (
            Membre.select(Membre.agent_id)
            .where(Membre.demande == demande.numero, Membre.role == 'chef_de_file').order_by(Membre.rang))
        return {c.nom: id for c, (id,) in zip(CHEFS, chefs.tuples())}
    jour = {'contact_le': models.aujourdhui()}
    initiales = {
        'contact': jour,
        'demarrer': jour,
        'repondu': jour,
        'orienter': {'fiche': demande.fiche_id or ''},
        'rattacher': {'collectivite': demande.collectivite},
        'interlocuteur': {'telephone': demande.telephone},
        'etape': {'prochaine_etape_le': demande.prochaine_etape_le or ''},
        'prevenir': {'limite': models.plus_jours(models.aujourdhui(), 14)},
    }
    return initiales.get(action, {})


def controler(demande, valeurs):
    """The faults that one field alone can't show: {name: sentence}."""
    fautes = {}
    jour = models.aujourdhui()
    debut = demande.recue_le or models.jour_de(demande.depose_le)
    entre = f'Indiquez un jour entre le {models.dire_jour(debut, True)}, jour de la demande, et aujourd\'hui.'
    contact = valeurs.get('contact_le')
    if contact and not debut <= contact <= jour:
        fautes['contact_le'] = entre
    premier = valeurs.get('premier_contact_le')
    if premier and premier != demande.premier_contact_le and not debut <= premier <= jour:
        fautes['premier_contact_le'] = entre
    a_tenir = valeurs.get('date_a_tenir')
    if a_tenir and a_tenir != demande.date_a_tenir and a_tenir < jour:
        fautes['date_a_tenir'] = 'Cette date est passée\u00a0: indiquez une date à venir.'
    if valeurs.get('acte_le') and valeurs['acte_le'] > jour:
        fautes['acte_le'] = 'Indiquez le jour où l\'acte a eu lieu, au plus tard aujourd\'hui.'
    if valeurs.get('accord') == 'obtenu' and not '' < valeurs['accord_le'] <= jour:
        fautes['accord_le'] = 'Indiquez le jour de l\'accord, au plus tard aujourd\'hui.'
    if valeurs.get('telephone') == '' and not (valeurs.get('courriel') or demande.courriel):
        fautes['telephone'] = 'Gardez un téléphone\u00a0: cette demande n\'a pas de courriel.'
    return fautes


# ======================================================================================
# Doing: the form read → the verb of the domain
# ======================================================================================

def faire(demande, action, agent, version, valeurs):
    """Do one action with the checked fields of its form, and nothing else of what was sent."""
    if action in models.ACTIONS:
        preparer = SAISIES.get(action, dict)
        return cycle.changer_statut(demande, action, agent, version, preparer(valeurs))
    return VERBES[action](demande, agent, version, valeurs)


def _chefs(valeurs):
    choisis = dict.fromkeys(valeurs[c.nom] for c in CHEFS)          # named twice, one chef all the same
    return [Agent.get_by_id(int(id)) for id in choisis if id]


def _saisie_orienter(valeurs):
    accord = ''
    if valeurs['accord'] == 'obtenu':
        accord = f'accord du chef de file obtenu le {models.dire_jour(valeurs["accord_le"], True)}'
    return {
        'fiche': _un(Fiche, valeurs['fiche']),
        'direction': _un(Direction, valeurs['direction']),
        'chefs': _chefs(valeurs),
        'accord': accord,
        'urgent': valeurs['urgent'],
    }


def _saisie_designer(valeurs):
    return valeurs | {'referent': _un(Agent, valeurs['referent'])}


def _un(table, id):
    """The row of a number as text, or None."""
    if not re.fullmatch('[1-9][0-9]{0,17}', id):
        return None
    return table.get_or_none(table.id == int(id))


SAISIES = {'orienter': _saisie_orienter, 'designer': _saisie_designer}


def _journal(demande, agent, version, valeurs):
    journal.ajouter_au_journal(
        demande, agent, valeurs['nature'], valeurs['texte'], valeurs['acte_le'] or None, fichiers('pieces'))


def _journal_corriger(demande, agent, version, valeurs):
    ligne = _un(Journal, valeurs['ligne'])
    if ligne is None or ligne.demande_id != demande.numero:
        raise Refus('Cette ligne n\'est pas au journal de la demande.', 404)
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


def _associer(demande, agent, version, valeurs):
    invite = valeurs['invite']                                      # « s12 », « d3 », « a45 » (choix.invites)
    table = {'s': Structure, 'd': Direction, 'a': Agent}[invite[0]]
    actes.associer(demande, agent, version, _un(table, invite[1:]))


def _renvoyer(demande, agent, version, valeurs):
    courriel = _un(Courriel, valeurs['courriel'])
    if courriel is None or courriel.demande_id != demande.numero:
        raise Refus('Ce courriel n\'existe pas dans cette demande.', 404)
    if not courriel.echec_le:
        raise Refus('Ce courriel n\'est plus en échec\u00a0: il est parti, ou attend de partir.', 409)
    actes.renvoyer(courriel, agent)


VERBES = {
    'contact':          actes.noter_contact,
    'journal':          _journal,
    'journal-corriger': _journal_corriger,
    'corriger':         _corriger,
    'rattacher':        _rattacher,
    'interlocuteur':    actes.changer_interlocuteur,
    'restreindre':      lambda d, a, version, v: actes.restreindre(d, a, version, True),
    'lever':            lambda d, a, version, v: actes.restreindre(d, a, version, False, v['motif']),
    'associer':         _associer,
    'retirer':          lambda d, a, version, v: actes.retirer(d, a, version, _un(Membre, v['place'])),
    'remplacer':        lambda d, a, version, v: actes.remplacer(d, a, version, _un(Agent, v['remplacant'])),
    'changer_chef':     lambda d, a, version, v: actes.changer_chef(d, a, version, _chefs(v)),
    'prevenir':         lambda d, a, version, v: actes.avertir_avant_cloture(d, a, version, v['limite']),
    'etape':            lambda d, a, version, v: actes.prevoir_etape(d, a, version, v['prochaine_etape_le']),
    'renvoyer':         _renvoyer,
}


# ======================================================================================
# Reading: one query each
# ======================================================================================

def lire_equipe(demande):
    """[(structure, [(direction, [places])])], the chef de file's structure first."""
    places = models.lignes("""
        SELECT membre.id, role, rang, membre.agent_id, depuis_le, prenom, agent.nom, actif,
               telephone_public, sienne.telephone, direction.telephone AS telephone_direction,
               direction.nom AS direction, structure.nom AS structure
        FROM membre JOIN structure ON structure.id = membre.structure_id
        LEFT JOIN direction ON direction.id = membre.direction_id
        LEFT JOIN agent ON agent.id = membre.agent_id
        LEFT JOIN direction sienne ON sienne.id = agent.direction_id
        WHERE demande_id = ?""", demande.numero)
    places.sort(key=lambda p: (RANGS[p['role']], p['rang'], p['id']))
    structures = {}
    for p in places:
        personne = f'{p["prenom"]} {p["nom"]}' if p['agent_id'] else ''
        p['libelle'] = Membre(role=p['role'], rang=p['rang']).libelle
        p['personne'] = personne
        p['nom'] = personne or p['direction'] or p['structure']
        p['tel'] = p['telephone_public'] or p['telephone'] or p['telephone_direction'] or ''
        directions = structures.setdefault(p['structure'], {})
        directions.setdefault(p['direction'] or '', []).append(p)
    return [(structure, list(directions.items())) for structure, directions in structures.items()]


def places_de(equipe):
    """The places of lire_equipe, one after the other."""
    return [p for _, directions in equipe for _, places in directions for p in places]


def lire_pieces(demande):
    """The files, newest first, without their bytes."""
    return models.lignes("""
        SELECT piece.id, journal_id, piece.nom, taille, depose_le, prenom, agent.nom AS agent_nom
        FROM piece LEFT JOIN agent ON agent.id = agent_id
        WHERE demande_id = ? ORDER BY piece.id DESC""", demande.numero)


def lire_journal(demande, agent, pieces):
    """The lines of the journal, newest first, each with its files and its last correction in the place of its text."""
    lues = models.lignes("""
        SELECT journal.id, journal.cree_le, nature, acte_le, statut, journal.agent_id, auteur, structure, texte,
               corrige_id, prenom, nom
        FROM journal LEFT JOIN agent ON agent.id = pour_id
        WHERE demande_id = ? ORDER BY journal.cree_le DESC, journal.id DESC""", demande.numero)
    fil = [ligne for ligne in lues if ligne['nature'] != 'correction']
    corrections = {ligne['corrige_id']: ligne['texte'] for ligne in reversed(lues) if ligne['nature'] == 'correction'}
    recent = models.en_utc(models.horloge() - timedelta(minutes=models.MINUTES_POUR_CORRIGER))
    for ligne in fil:
        a_moi = ligne['agent_id'] == agent.id and ligne['nature'] in models.NATURES
        ligne |= {
            'titre': _titre(ligne, demande.origine),
            'plateforme': ligne['nature'] in models.NATURES_PLATEFORME,
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
        return f'Statut\u00a0: {models.STATUTS[ligne["statut"]]}'
    if ligne['nature'] == 'depot' and origine == 'direct':
        return 'Demande saisie'
    return TITRES[ligne['nature']]


def _fait_le(ligne):
    """The day of the act, when it is not that of the line; the acte_le of an « envoi » is a day to come."""
    if ligne['nature'] == 'envoi' or ligne['acte_le'] == models.jour_de(ligne['cree_le']):
        return None
    return ligne['acte_le']


def lire_courriels(demande):
    """The mails of a demande, newest first, and to whom in words."""
    courriels = models.lignes("""
        SELECT courriel.id, pour, destinataire, objet, courriel.cree_le, envoye_le, echec_le, essais, raison,
               prenom, nom
        FROM courriel LEFT JOIN agent ON agent.id = agent_id
        WHERE demande_id = ? ORDER BY courriel.id DESC""", demande.numero)
    for c in courriels:
        parti = c['envoye_le']
        c['a'] = f'à {c["prenom"]} {c["nom"]}' if c['prenom'] else f'{DESTINATAIRES[c["pour"]]}, {c["destinataire"]}'
        c['parti'] = f'{models.dire_jour(parti)} à {models.dire_heure(parti)}' if parti else ''
    return courriels


def lire_autres(demande, agent):
    """The other demandes of the collectivité that this agent may read, newest first."""
    if not demande.collectivite_id:
        return []
    lisible = models.lisibles_par(agent)
    return models.lignes(f"""
        SELECT demande.numero, demande.statut, demande.clos_le, demande.fiche_id, fiche.titre
        FROM demande LEFT JOIN fiche ON fiche.id = demande.fiche_id
        WHERE demande.collectivite_id = ? AND demande.numero <> ? AND {lisible.sql}
        ORDER BY demande.numero DESC""", demande.collectivite_id, demande.numero, *lisible.params)


def lire_communes(demande):
    """The names of the communes concerned."""
    communes = models.lignes("""
        SELECT nom FROM demande_commune JOIN collectivite ON id = collectivite_id
        WHERE demande_id = ? ORDER BY nom""", demande.numero)
    return [c['nom'] for c in communes]


def dire_origine(demande, places):
    """« Déposée le … », « Reçue en direct … », « Créée le … par X, pour Y »
    (the guide's words when entered for another).
    """
    jour = models.dire_jour(demande.depose_le, True)
    if demande.origine != 'direct':
        return f'Déposée le {jour}{_dire_delai(demande.delai)}'
    recue = f'Reçue en direct ({demande.voie})' if demande.voie else 'Reçue en direct'
    if demande.recue_le:
        recue += f' le {models.dire_jour(demande.recue_le, True)}'
    if not demande.saisie_par_id:
        return recue
    par = demande.saisie_par.nom_complet
    premier = _premier_referent(demande, places)
    if premier and premier['agent_id'] != demande.saisie_par_id:
        return f'{recue} · Créée le {jour} par {par}, pour {premier["nom"]}'
    return f'{recue}, saisie par {par}'


def _dire_delai(delai):
    return f' · {models.DELAIS[delai].libelle}, {delai}\u00a0jours' if delai else ''


def _premier_referent(demande, places):
    """The place of the référent of the first day: one who came later is not who it was entered for."""
    jour = models.jour_de(demande.depose_le)
    for p in places:
        if p['role'] == 'referent' and models.jour_de(p['depuis_le']) == jour:
            return p
    return None


def dire_issue(demande):
    if demande.issue == 'reorientee':
        return f'réorientée vers {demande.organisme}'
    return models.ISSUES.get(demande.issue, '')


# ======================================================================================
# The page
# ======================================================================================

def montrer(demande, action='', saisies=None, fautes=None, status=200, conflit=''):
    """The page of a demande, with the form of an action (saisies: its fields) or what a conflict says."""
    agent = request.agent
    saisies = saisies or {}
    tenus = models.roles(demande, agent)
    ouvertes = actions_ouvertes(demande, agent, tenus)
    pieces = lire_pieces(demande)
    equipe = lire_equipe(demande)
    places = places_de(equipe)
    autres = lire_autres(demande, agent)
    fil = lire_journal(demande, agent, pieces)
    formulaire = ouvrir(action, demande, ouvertes, fil, saisies)
    champs = formulaire['champs'] if formulaire else JOURNAL
    fermee = action and not formulaire and not conflit and action not in (*SANS_PAGE, 'equipe')
    return page(
        'dossier/page.html', status, demande=demande, action=action, ouvertes=ouvertes, fermee=bool(fermee),
        formulaire=formulaire, fautes=fautes or {}, libelles={c.nom: c.libelle for c in champs}, danger=DANGER,
        journal=JOURNAL, valeurs_journal={} if formulaire else {c.nom: saisies.get(c.nom, '') for c in JOURNAL},
        conflit=conflit, restes=restes_du_conflit(action, saisies, formulaire) if conflit else [],
        dernier=dernier_changement(action, fil),
        boutons=boutons(demande, tenus, places, ouvertes, formulaire),
        echeance=models.dire_echeance(demande.echeance, demande.premier_contact_le, demande.clos_le),
        origine=dire_origine(demande, places), issue=dire_issue(demande), communes=lire_communes(demande),
        autres=autres, doublons=doublons(demande, autres),
        lignes=fil, contacts=[ligne for ligne in fil if ligne['nature'] == 'contact'], pieces=pieces,
        equipe=equipe, associes=[p for p in places if p['role'] == 'associe'], courriels=lire_courriels(demande))


def restes_du_conflit(action, saisies, formulaire):
    """What was typed in a form that the page does not show any more."""
    montres = ()
    if formulaire:
        montres = formulaire['champs']
    elif action == 'journal':
        montres = JOURNAL
    return textes_restants(action, saisies, [c.nom for c in montres])


def dernier_changement(action, fil):
    """The last line of the platform, which a conflict names; a line of the journal may always be added."""
    changements = [ligne for ligne in fil if ligne['plateforme']]
    if action in SANS_VERSION or not changements:
        return None
    return changements[0]


def doublons(demande, autres):
    """The numbers of the open demandes of the collectivité on the same fiche, while this one is open."""
    if demande.clos_le or not demande.fiche_id:
        return []
    return [a['numero'] for a in autres if a['fiche_id'] == demande.fiche_id and not a['clos_le']]


def ouvrir(action, demande, ouvertes, fil, saisies):
    """What the template needs to show the form of an action; None when it has none, or is not open now."""
    initiales = None
    if action == 'journal-corriger':
        initiales = ligne_a_corriger(fil, saisies)
    elif action in ouvertes and action not in SANS_PAGE:
        initiales = valeurs_initiales(action, demande)
    if initiales is None:
        return None
    modele = modele_de(action, demande, request.agent)
    champs = champs_de(action, demande, saisies)
    adresse = 'equipe' if action in OPERATIONS else action
    return {
        'titre': ouvertes[action] if action == 'rendre' else modele.titre,
        'aide': modele.aide,
        'bouton': modele.bouton or ouvertes[action],
        'adresse': f'/espace/demandes/{demande.numero}/{adresse}',
        'operation': action if action in OPERATIONS else '',
        'champs': champs,
        'rangs': [(court, list(groupe)) for court, groupe in itertools.groupby(champs, lambda c: c.genre in COURTS)],
        'valeurs': initiales | {c.nom: saisies[c.nom] for c in champs if c.nom in saisies},
        'danger': action in DANGER,
        'proches': choix.fiches_proches(demande.message, demande.fiche_id) if action == 'orienter' else (),
    }


def ligne_a_corriger(fil, saisies):
    """What the form of a correction shows at first; None when its line is not there, or not to be corrected."""
    voulue = saisies.get('ligne') or parametre('ligne')
    for ligne in fil:
        if ligne['corrigeable'] and str(ligne['id']) == voulue:
            return {'ligne': voulue, 'texte': ligne['texte']}
    return None


def boutons(demande, tenus, places, ouvertes, formulaire):
    """[(action, text, style)] of the bar: the act expected of this person first and full, unless a form is open."""
    offertes = [a for a in ouvertes if a in models.ACTIONS]
    if 'contact' in ouvertes and not demande.premier_contact_le:
        rang = 1 if offertes[:1] == ['receptionner'] else 0
        offertes.insert(rang, 'contact')
    attendu = attendu_de(demande, tenus, places)
    offertes.sort(key=lambda a: a != attendu)
    plein = '' if formulaire else attendu
    return [(a, ouvertes[a], style_de(a, plein)) for a in offertes]


def attendu_de(demande, tenus, places):
    """The act expected of who has these roles; of who stands in for a role that nobody active holds, to name one."""
    par_role, siens = {}, set(tenus.values())
    for place in places:
        if place['agent_id'] and place['actif']:
            par_role.setdefault(place['role'], []).append(place['agent_id'])
    admins = [tenus['administrateur']] if 'administrateur' in tenus else []
    titulaires, repreneurs = models.qui_agit(demande.statut, demande.clos_le, par_role, admins)
    if siens.intersection(titulaires):
        return models.acte_attendu(demande.statut, demande.premier_contact_le)
    return models.SANS_TITULAIRE[models.QUI[demande.statut].qui] if siens.intersection(repreneurs) else ''


# ======================================================================================
# Routes
# ======================================================================================

@app.get('/espace/demandes/<numero:re:[1-9][0-9]{0,17}>', qui='agent')
def voir(numero):
    return montrer(visible(numero, request.agent), parametre('action'), reprise())


@app.get('/espace/demandes/<numero:re:[1-9][0-9]{0,17}>/<action:re:[a-z_-]{1,40}>', qui='agent')
def revenir(numero, action):
    """Where the sign-in page leads back to after an expired session:
    the kept fields follow to the page that shows the form.
    """
    garde = reprise()
    if garde:
        garder_reprise(cookie_de_session(), f'/espace/demandes/{numero}', garde)
    if action == 'equipe' and garde.get('operation') in FORMULAIRES:
        action = garde['operation']
    aller(f'/espace/demandes/{numero}?action={action}')


@app.post('/espace/demandes/<numero:re:[1-9][0-9]{0,17}>/<action:re:[a-z_-]{1,40}>', qui='agent', fichiers=True)
def agir(numero, action):
    """Every act on a demande: rights, statut and version, then the fields, then the verb of the domain."""
    nom = request.saisies.get('operation', '') if action == 'equipe' else action
    if nom not in FORMULAIRES or (nom in OPERATIONS) != (action == 'equipe'):
        raise Refus(models.INCONNUE, 404)
    agent = request.agent
    try:
        demande = visible(numero, agent)
    except Refus as refus:                                          # its diffusion was restricted while they wrote
        return erreur(refus.code, refus.phrase, texte=dict(textes_restants(nom, request.saisies, ())))
    version = lire_version()
    _, refus = tenter(verifier, demande, nom, agent, version)
    if refus:
        return refuser(refus, numero, nom)
    valeurs, fautes = lire(champs_de(nom, demande, request.saisies))
    fautes = controler(demande, valeurs) | fautes
    if nom == 'journal':                                # both faults at once: a missing text, a refused file
        _, refus = tenter(journal.controler_pieces, fichiers('pieces'))
        if refus:
            fautes[refus.champ] = refus.phrase
    if fautes:
        return montrer(demande, nom, request.saisies, fautes, 422)
    _, refus = tenter(faire, demande, nom, agent, version, valeurs)
    if refus:
        return refuser(refus, numero, nom)
    suite = f'/espace/demandes/{numero}' if lisible(demande, agent) else '/espace'
    aller(f'{suite}?fait={FAITS.get(nom, "enregistre")}')


def lire_version():
    """The version that was looked at; -1, that of no demande, when the form does not say it."""
    texte = request.saisies.get('version', '')
    return int(texte) if re.fullmatch('[0-9]{1,9}', texte) else -1


def refuser(refus, numero, action):
    """The page again, fresh, with what was typed (409, 422); the error page for what is not theirs or not there."""
    if refus.code not in (409, 422):
        raise refus
    demande = visible(numero, request.agent)
    if refus.code == 409:
        return montrer(demande, action, request.saisies, status=409, conflit=refus.phrase)
    noms = [c.nom for c in FORMULAIRES[action].champs]
    champ = refus.champ if refus.champ in noms else ''
    return montrer(demande, action, request.saisies, {champ: refus.phrase}, 422)


@app.get('/pieces/<id:re:[1-9][0-9]{0,17}>', qui='agent')
def piece(id):
    trouvee = Piece.get_or_none(Piece.id == int(id))
    if trouvee is None:
        raise Refus('Ce fichier n\'existe pas.', 404)
    visible(trouvee.demande_id, request.agent)
    return telecharger(trouvee)
