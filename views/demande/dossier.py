"""One demande for the agents: its page, and every act on it (regles.md §4 to §8).

One mechanism: GESTES holds each act, `?action=<name>` shows its form above the page, and a POST to
/espace/demandes/<numero>/<action> does it. Who may do what, and when, is said by regles.TRANSITIONS and regles.ACTES.
"""
import functools
import itertools
import json
import re
from urllib.parse import urlencode

import models
import langue
from models import Agent, Collectivite, Demande, Fiche, MessageAPartir, Piece, Refus, Theme
from verbes import audit, journal, perimetre, questions, regles
from verbes.catalogue import portes
from verbes.contenus import contenus, projets
from verbes.demande import clotures, jalons, lettres, liste, proches, textes_types
from verbes.pilotage import evaluation
from verbes.questions import demandes_lisibles
from views import aller, app, consigne, erreur, page, parametre, reprise, request, tenter
from views.champs import lire
from views.cookies import cookie_de_session, garder_reprise
from views.criteres import adresse_de, de_la_journee, garder_la_liste, lire_liste, porte, suivre_la_liste
from views.entrees import ID, NUMERO, trouver
from views.exports import telecharger
from views.lectures import (
    connue, dire_issue, dire_origine, lire_a_partir, lire_adhesions, lire_autres, lire_communes, lire_cotes,
    lire_courriels, lire_doublons, lire_equipe, lire_inconnues, lire_journal, lire_non_remis, lire_pieces,
    lire_reunions, lire_suite, places_de)
from views.traces import noter, page_de_traces
from .actes.journal import ouvrir_un_courriel
from .geste import SELON, casier
from .gestes import (
    FICHIERS, GESTES, LIENS, avec_un_texte, champs_de, controler, dire_a_qui, faire, geste_de, textes_restants, utiles,
    valeurs_initiales)
from .taches import suivante, tache_de

# ======================================================================================
# Finding, and what may be done now
# ======================================================================================

def visible(numero, agent, piece=None):
    """The demande an agent may read, with what it refers to; Refus 404, or 403 when its diffusion is restricted. Read
    from outside its team, it is noted, with the file that is read.
    """
    trouvees = Demande.raw(f'{questions.SUIVIE} WHERE numero = ?', int(numero)).execute()[:1]
    if not trouvees:
        raise Refus(
            f'La demande n°\u00a0{numero} n\'existe pas. Vérifiez le numéro, ou cherchez-la dans la liste.', 404)
    demande = trouvees[0]
    if not lisible(demande, agent):
        raise Refus(
            'Cette demande est à diffusion restreinte\u00a0: '
            'seuls son équipe et les administrateurs de la Plateforme la lisent. '
            'Si elle vous concerne, demandez à son chef de file de vous y associer.', 403)
    audit.noter_la_lecture(demande, agent, piece)
    for nom, (cle, table) in REFERENCES.items():                    # read once for all the requests, until a commit
        if getattr(demande, cle):
            models.lier(demande, nom, connue(table, getattr(demande, cle)))
    return demande


REFERENCES = {'theme': ('theme_id', Theme), 'fiche': ('fiche_id', Fiche), 'saisie_par': ('saisie_par_id', Agent),
              'collectivite_liee': ('collectivite_id', Collectivite)}


def lisible(demande, agent):
    return not demande.restreinte or demandes_lisibles(agent).where(Demande.numero == demande.numero).exists()


def actions_ouvertes(demande, agent, tenus, places, a_partir):
    """{action: button} of what this agent may do now: the life cycle, unless a closing waits, then the acts."""
    attend = any(message['acte'] and not message['raison'] for message in a_partir)
    transitions = {} if attend else {t.action: t.bouton for t in questions.transitions_possibles(demande, agent, tenus)}
    if any(place['role'] == 'referent' and place['actif'] for place in places):
        transitions |= {a: bouton for a, bouton in regles.AVEC_REFERENT.items() if a in transitions}
    permis = {nom: regles.ACTES[nom].bouton for nom in questions.actes_possibles(demande, agent, tenus)}
    selon_la_place = [nom for nom in permis if GESTES[nom].a_nommer]
    if selon_la_place and questions.a_nommer(demande, agent):
        permis |= {nom: GESTES[nom].a_nommer.bouton for nom in selon_la_place}
    return transitions | permis


def verifier(demande, action, agent, version):
    """Rights, statut, version, before any field is looked at:
    nobody fills a form to be told it is not theirs. Refus.
    """
    if action in regles.ACTIONS:
        questions.transition(demande, action, agent)
    else:
        questions.permettre(demande, GESTES[action].loi or action, agent)
    if not GESTES[action].ajoute:
        journal.verifier_version(demande, version)


# ======================================================================================
# The page
# ======================================================================================

COURTS = ('texte', 'courriel', 'telephone', 'date', 'choix')        # two fields of these kinds share a line
AUTRES = 6                                                          # other demandes of the collectivité that are shown
SUR_LA_PAGE = {nom for nom, geste in GESTES.items() if geste.sur_la_page}
A_ECRIRE = {nom: geste.texte for nom, geste in GESTES.items() if geste.texte}


def montrer(demande, action='', saisies=None, fautes=None, status=200, conflit='', lu=False):
    """The page of a demande, with an action's form (saisies) or a conflict; lu: a note is a mail just read."""
    agent, saisies, a_partir = request.agent, saisies or {}, lire_a_partir(demande)
    tenus = questions.roles(demande, agent)
    avis = evaluation.lisible(demande, tenus)
    pieces = lire_pieces(demande)
    equipe = lire_equipe(demande)
    places = places_de(equipe)
    ouvertes = actions_ouvertes(demande, agent, tenus, places, a_partir)
    courriels = lire_courriels(demande)
    fil = lire_journal(demande, agent, pieces)
    formulaire = ouvrir(action, demande, ouvertes, fil, saisies)
    ecrites, faute = ce_qui_s_ecrit(demande, action, {} if formulaire else saisies)
    champs = formulaire['champs'] if formulaire else GESTES[ecrites['ecrit']].champs
    fautes = (fautes or {}) | ({'pieces': faute} if faute else {})
    fermee = action and not formulaire and not conflit and action not in (*SUR_LA_PAGE, 'equipe')
    return page(
        'demande/dossier/page.html', status, demande=demande, action=action, ouvertes=ouvertes, fermee=bool(fermee),
        formulaire=formulaire, fautes=fautes, libelles={c.nom: c.libelle for c in champs},
        LIENS=LIENS, aide_de=GESTES[action].section if action in GESTES else '',
        **ecrites, **conversation_de(demande, agent, tenus, places, fil, ouvertes), **ce_qui_attend(agent, a_partir),
        conflit=conflit, lu=lu, restes=ce_qui_reste(action, saisies, formulaire, ouvertes, bool(conflit)),
        dernier=dernier_changement(action, fil), imprime_le=langue.maintenant(),
        **barre(demande, ouvertes, formulaire or action == 'ecrire'), suites=dire_les_suites(demande, courriels),
        echeance=langue.dire_echeance(demande.echeance, demande.premier_contact_le, demande.clos_le,
                                      fermes=models.jours_fermes()),
        cotes=lire_cotes(demande) if set(tenus) - {'agent'} else [], porte=porte(),
        peut_attendre=not questions.promesse_proche(
            demande.echeance, demande.premier_contact_le, demande.date_a_tenir, langue.aujourdhui(),
            models.jours_fermes()),
        prochaine=suivante(agent, demande.numero) if de_la_journee() and parametre('fait') else None,
        origine=dire_origine(demande, places), issue=dire_issue(demande), fin=clotures.dire_fin(demande),
        ampleur=regles.AMPLEURS.get(demande.ampleur, ''), avis=avis, dites=evaluation.dire(avis) if avis else (),
        suite=lire_suite(demande, agent), non_remis=lire_non_remis(fil, courriels), communes=lire_communes(demande),
        remplacement=perimetre.dire(demande.collectivite_id), au_journal=clotures.ligne_de_cloture(fil),
        adhesions=lire_adhesions(demande.collectivite_id, {p['structure_id'] for p in places}),
        autres=lire_autres(demande, agent, AUTRES + 1), montrees=AUTRES,
        doublons=lire_doublons(demande, agent), place=situer(demande, agent), exemplaire=exemplaire(demande, agent),
        **etapes_de(demande, agent, tenus), lignes=fil, pieces=pieces,
        equipe=equipe, associes=[p for p in places if p['role'] == 'associe'], courriels=courriels)


def ce_qui_s_ecrit(demande, action, saisies):
    """(what the page shows of its two forms, the note and the message, what is said of the files of the one that comes
    back). ecrit: the one that is shown.
    """
    ecrit = action if action in FICHIERS else FICHIERS[0]
    lues = {nom: valeurs_ecrites(demande, nom, saisies if nom == ecrit else {}) for nom in FICHIERS}
    return {'ecrit': ecrit, 'a_ecrire': {nom: GESTES[nom].champs for nom in FICHIERS},
            'ecrites': {nom: valeurs for nom, (valeurs, _) in lues.items()}}, lues[ecrit][1]


def valeurs_ecrites(demande, nom, saisies):
    """What the form of the journal, or of a message, shows, its files that the consigne keeps; and what to say of the
    others. saisies: what was sent with this form, {} when it was not: neither text nor file goes from one to the other.
    """
    lieu, lues = casier(demande, request.agent, saisies or GESTES[nom].initiales(demande), nom)
    valeurs = {c.nom: lues.get(c.nom, '') for c in GESTES[nom].champs} | {'cle': lues['cle'], 'pieces': ''}
    if not saisies:
        return valeurs, ''
    valeurs['pieces'], faute = consigne.rendre(lieu, lues, f'/espace/demandes/{demande.numero}/{nom}')
    return valeurs, faute


def conversation_de(demande, agent, tenus, places, fil, ouvertes):
    """What the page says of the conversation: the messages to answer, those about to leave, whom they go to; the texts
    kept ready to write them.
    """
    return {
        'a_repondre': [ligne for ligne in fil if ligne['nature'] == 'message' and _attend_reponse(ligne, demande, fil)],
        'contacts': [ligne for ligne in fil if ligne['nature'] == 'contact'],
        'inconnues': lire_inconnues(demande) if demande.inconnue_le else (),
        'a_qui': a_qui(demande),
        'signe': f'{agent.nom_complet}, {agent.direction.structure.nom}',
        'referent_averti': not tenus.keys() & {'administrateur', 'chef_de_file', 'referent'}
                           and any(place['role'] == 'referent' for place in places),
        'textes_pour': A_ECRIRE,
        'textes': textes_types.lisibles_par(agent) if A_ECRIRE.keys() & ouvertes.keys() else (),
    }


def ce_qui_attend(agent, a_partir):
    """What the notice of a sending says, once it is sent: partira; attend, what this agent may still take back;
    retenu, whether something of theirs did not leave.
    """
    a_partir = [message | (dire_l_acte(message) if message['acte'] else {'internes': ()}) for message in a_partir]
    miens = [message for message in a_partir if message['agent_id'] == agent.id]
    return {'a_partir': a_partir, 'partira': parametre('fait') == 'partira', 'retenu': any(m['raison'] for m in miens),
            'attend': next((message for message in miens if not message['raison']), None)}


FINS = {'issue': regles.ISSUES, 'reponse': regles.REPONSES, 'ecart': regles.ECARTS}


def dire_l_acte(message):
    """Of a closing that waits, or did not leave: quoi, which it is; internes, what its form says to agents alone."""
    champs = json.loads(message['champs'])
    fin = next((dites[champs[nom]] for nom, dites in FINS.items() if champs.get(nom)), '')
    bouton = next(t.bouton for t in regles.TRANSITIONS if t.action == message['acte'])
    return {'quoi': f'{bouton}\u00a0: {fin}' if fin else bouton,
            'internes': textes_restants(message['acte'], champs, ('texte_final',))}


def laisses(numero, agent):
    """{label: text} of what this agent wrote and did not leave, of a demande that they may not read any more."""
    siens = MessageAPartir.select().where(
        MessageAPartir.demande == int(numero), MessageAPartir.agent == agent.id, MessageAPartir.raison != '').dicts()
    textes = {}
    for message in siens:
        textes['Message à la collectivité'] = message['texte']
        textes |= dict(dire_l_acte(message)['internes']) if message['acte'] else {}
    return {libelle: texte for libelle, texte in textes.items() if texte}


def a_qui(demande):
    return demande.a_rappeler or 'la collectivité'


def etapes_de(demande, agent, tenus):
    """What the page says of who comes when: the steps, late or not, and which of them this agent holds (the one just
    moved keeps the focus), the réunions; and its letter. What holds nothing is not asked (questions.SUIVIE).
    """
    suivent, jour = not tenus.keys().isdisjoint(regles.SUIVENT), langue.aujourdhui()
    etapes = jalons.lire(demande.numero) if demande.a_jalons else []
    for une in etapes:
        une['a_moi'] = suivent or une['agent_id'] in agent.identites
        une['passee'] = not une['fait_le'] and bool(une['pour_le']) and une['pour_le'] < jour
    fiche = demande.fiche if demande.fiche_id and not demande.clos_le else None
    return {'reunions': lire_reunions(demande) if demande.a_reunions else (),
            'lettre': lettres.envoyee(demande, a_elle=False) if demande.a_lettre else None,
            'etapes': etapes, 'en_equipe': not tenus.keys().isdisjoint(regles.ROLES.keys() - {'administrateur'}),
            'deplacee': parametre('jalon'), 'sens': parametre('sens'),
            'a_derouler': jalons.a_proposer(fiche, [une['quoi'] for une in etapes])}


def _attend_reponse(ligne, demande, fil):
    """Is it one of the messages since the last answer? The base says whether there is any (demande.message_le)."""
    repondu = max((une['cree_le'] for une in fil if une['agent_id'] and (
        une['nature'] in regles.REPONDENT or une['fait'] == 'sans_reponse')), default='')
    return bool(demande.message_le) and repondu <= ligne['cree_le']


def situer(demande, agent):
    """The list that the demande was opened from: its address, the numbers before and after; None without one."""
    suivie = '' if de_la_journee() else suivre_la_liste()
    lue = lire_liste(suivie) if suivie else None
    if lue is None:
        return None
    adresse, criteres, tri = lue
    voisines, refus = tenter(liste.voisines, agent, criteres, tri, demande.numero)
    if refus:                                                       # a right that was theirs when they saw the list
        return None
    avant, apres = (voisine and f'/espace/demandes/{voisine}?{urlencode({"liste": suivie})}' for voisine in voisines)
    return {'adresse': adresse, 'avant': avant, 'apres': apres}


def exemplaire(demande, agent):
    """The projet exemplaire of a demande: {contenu: it, if there is one, lisible: may this agent open it}; None when
    there is none, and this agent may not make one.
    """
    contenu = projets.projet_de(demande) if demande.clos_le else None
    if contenu:
        return {'contenu': contenu, 'etat': regles.ETATS_DE_CONTENU[contenu.etat],
                'lisible': contenus.peut_lire(contenu, agent)}
    return {'contenu': None} if projets.peut_rediger(demande, agent) else None


def ce_qui_reste(action, saisies, formulaire, ouvertes, conflit):
    """What was typed in a form that the page does not show any more: after a conflict, or what was taken back and may
    not be sent now.
    """
    montree = action in FICHIERS and action in ouvertes
    if action not in GESTES or not conflit and (montree or formulaire):
        return []
    montres = formulaire['champs'] if formulaire else GESTES[action].champs if montree else ()
    return textes_restants(action, saisies, [c.nom for c in montres])


def dernier_changement(action, fil):
    """The last line of the platform, which a conflict names; a line of the journal may always be added."""
    changements = [ligne for ligne in fil if ligne['plateforme']]
    if action in GESTES and GESTES[action].ajoute or not changements:
        return None
    return changements[0]


def ouvrir(action, demande, ouvertes, fil, saisies):
    """What the template needs to show the form of an action; None when it has none, or is not open now."""
    initiales = None
    if action == 'journal-corriger':
        initiales = ligne_a_corriger(fil, saisies)
    elif action in ouvertes and action not in SUR_LA_PAGE:
        initiales = valeurs_initiales(action, demande)
    if initiales is None:
        return None
    geste, champs = geste_de(action, demande, request.agent), champs_de(action, demande, saisies)
    adresse = 'equipe' if geste.operation else action
    return {
        'titre': geste.titre or ouvertes[action],
        'aide': geste.aide,
        'a_qui': dire_a_qui(geste, demande),
        'bouton': f'{geste.envoyer(demande)} {a_qui(demande)}' if demande.courriel and geste.envoyer else
                  geste.bouton or ouvertes[action],
        'adresse': f'/espace/demandes/{demande.numero}/{adresse}' + (f'?{porte()}' if porte() else ''),
        'operation': action if geste.operation else '',
        'champs': champs,
        'rangs': [(court, list(groupe)) for (court, _), groupe in itertools.groupby(champs, _rang)],
        'valeurs': initiales | _dites(champs, saisies),
        'rempli': bool(saisies),
        'danger': geste.danger,
        'portes': _portes(demande) if any(c.nom == 'organisme' for c in champs) and not saisies else ((), ()),
        **geste.autour(demande),
    }


def _portes(demande):
    """The portes near its message, then the others, each with whether it is to be verified again."""
    return [[(p, portes.a_verifier(p)) for p in rangees] for rangees in portes.lister_pour(demande.message)]


def _dites(champs, saisies):
    """What a form that comes back says of its fields: a browser sends nothing for an unticked box."""
    return {c.nom: saisies.get(c.nom, '') for c in champs if c.nom in saisies or (saisies and c.genre == 'case')}


def _rang(c):
    """What the fields that share a line have in common: short, and shown together (geste.SELON)."""
    return c.genre in COURTS, [si for si in c.classe.split() if si in SELON]


def ligne_a_corriger(fil, saisies):
    """What the form of a correction shows at first; None when its line is not there, or not to be corrected."""
    voulue = saisies.get('ligne') or parametre('ligne')
    for ligne in fil:
        if ligne['corrigeable'] and str(ligne['id']) == voulue:
            return {'ligne': voulue, 'texte': ligne['texte']}
    return None


def barre(demande, ouvertes, formulaire):
    """boutons: [(action, text, style)] of the bar, the act that the day of this person asks for first and full, unless
    a form is open; appel_plein: it is the call that replaces a mail, whose button is beside what failed.
    """
    tache = tache_de(request.agent, demande.numero)
    a_telephoner = bool(tache) and tache.motif == 'telephoner'
    offertes = [a for a in ouvertes if a in regles.ACTIONS]
    if 'contact' in ouvertes and not demande.premier_contact_le:
        rang = 1 if offertes[:1] == ['receptionner'] else 0
        offertes.insert(rang, 'contact')
    attendu = tache.acte if tache and tache.acte in ouvertes and not a_telephoner else ''
    if attendu:
        offertes = [attendu, *(a for a in offertes if a != attendu)]
    plein = '' if formulaire else attendu
    boutons = [(a, tache.bouton if a == attendu else ouvertes[a], _style(a, plein)) for a in offertes]
    return {'boutons': boutons, 'appel_plein': a_telephoner and not formulaire}


def _style(action, plein):
    if GESTES[action].danger:
        return 'danger'
    return '' if action == plein else 'second'


def dire_les_suites(demande, courriels):
    """What an act just done has led to: the statut now, and who was written to; '' after one that only adds."""
    fait, ecrits = parametre('fait'), re.fullmatch('([0-9]{1,15})-([0-9]{1,15})', parametre('ecrits'))
    if fait not in {geste.fait for geste in GESTES.values() if not geste.ajoute} - {'partira'}:
        return ''
    de, a = map(int, ecrits.groups()) if ecrits else (0, 0)
    prevenus = list(dict.fromkeys(c['a'] for c in reversed(courriels) if de <= c['id'] <= a))
    dits = f'{len(prevenus)} courriels partent\u00a0: ' + '\u00a0; '.join(prevenus)
    if len(prevenus) < 2:
        dits = f'Un courriel part {prevenus[0]}' if prevenus else 'Aucun courriel ne part'
    return f'Statut\u00a0: {regles.STATUTS[demande.statut]}. {dits}.'


# ======================================================================================
# Routes
# ======================================================================================

UNE = f'/espace/demandes/<numero:re:{NUMERO}>'


@app.get(UNE, qui='agent')
def voir(numero):
    garder_la_liste()
    action = parametre('action')
    demande, refus = tenter(visible, numero, request.agent)
    if refus:
        textes = laisses(numero, request.agent) if refus.code == 403 else {}
        if textes:
            return erreur(refus.code, refus.phrase, texte=textes)
        raise refus
    return montrer(demande, action, reprise(lambda garde: garde.get('action', action) == action))


@app.get(f'{UNE}/acces', qui='agent')
def montrer_acces(numero):
    """« Journal des accès », for its team: who read it from outside while restricted, what left with it."""
    demande = visible(numero, request.agent)
    if not questions.roles(demande, request.agent).keys() - {'agent'}:
        raise Refus('Le journal des accès d\'une demande se lit par son équipe et les administrateurs de la '
                    'Plateforme.', 403)
    noter(f'demande:{demande.numero}')
    lien = functools.partial(adresse_de, {}, chemin=f'/espace/demandes/{numero}/acces')
    return page('demande/dossier/acces.html', demande=demande, **page_de_traces(audit.d_une_demande(demande), lien))


@app.get(f'{UNE}/proches', qui='agent')
def montrer_proches(numero):
    demande = visible(numero, request.agent)
    return page('demande/dossier/proches.html', demande=demande, faites=proches.proches(demande))


@app.get(f'{UNE}/<action:re:[a-z_-]{{1,40}}>', qui='agent')
def revenir(numero, action):
    """Where the sign-in page leads back to after an expired session: the kept fields follow to the page that shows the
    form, and to no other form of it: a note never comes back as a message.
    """
    garde = reprise()
    if action == 'equipe' and garde.get('operation') in GESTES:
        action = garde['operation']
    if garde:
        garder_reprise(cookie_de_session(), f'/espace/demandes/{numero}', garde | {'action': action})
    aller(f'/espace/demandes/{numero}?action={action}')


@app.post(f'{UNE}/<action:re:[a-z_-]{{1,40}}>', qui='agent', fichiers=True, avant=ouvrir_un_courriel)
def agir(numero, action):
    """Every act on a demande: rights, statut and version, then the fields, then the verb of the domain."""
    nom = request.saisies.get('operation', '') if action == 'equipe' else action
    if nom not in GESTES or GESTES[nom].operation != (action == 'equipe'):
        raise Refus(questions.INCONNUE, 404)
    agent = request.agent
    try:
        demande = visible(numero, agent)
    except Refus as refus:                                          # its diffusion was restricted while they wrote
        return erreur(refus.code, refus.phrase, texte=dict(textes_restants(nom, request.saisies, ())))
    version = lire_version()
    _, refus = tenter(verifier, demande, nom, agent, version)
    if refus:
        return refuser(refus, numero, nom)
    lu, faute = request.courriel
    if lu or faute:
        return montrer(demande, nom, request.saisies, {'pieces': faute} if faute else {}, 422 if faute else 200, lu=lu)
    valeurs, fautes = lire(utiles(champs_de(nom, demande, request.saisies), request.saisies))
    if nom in FICHIERS and request.saisies.get('retirer'):
        return montrer(demande, nom, request.saisies)
    if GESTES[nom].texte and request.saisies.get('texte_type'):
        return montrer(demande, nom, avec_un_texte(nom, demande))
    fautes = controler(demande, valeurs) | fautes
    if nom in FICHIERS:                                 # both faults at once: a missing text, a refused file
        _, faute = consigne.trier(*casier(demande, agent, request.saisies, nom))
        fautes |= {'pieces': faute} if faute else {}
    if fautes:
        return montrer(demande, nom, request.saisies, fautes, 422)
    avant = dernier_courriel()
    fait, refus = tenter(faire, demande, nom, agent, version, valeurs)
    if refus:
        return refuser(refus, numero, nom)
    if nom == 'retenir':                                            # its text, its files, in the form they came from
        return montrer(visible(numero, agent), *dire_repris(demande, agent, *fait))
    aller(apres(demande, nom, agent, avant))


def dernier_courriel():
    """The id of the last mail written, 0 before the first one."""
    return models.db.execute_sql('SELECT coalesce(max(id), 0) FROM courriel').fetchone()[0]


def apres(demande, nom, agent, avant):
    """The address that follows an act done: the demande, unless it is put aside, or not theirs to read any more.

    avant: the last mail before it; the address names those that it has written, which nobody else wrote meanwhile.
    """
    fait, dernier = f'fait={GESTES[nom].fait}', dernier_courriel()
    if de_la_journee() and nom in ('cote', 'reprendre') or not lisible(demande, agent):
        return f'/espace?{fait}'
    if dernier > avant:
        fait += f'&ecrits={avant + 1}-{dernier}'
    if nom in ('jalon_monter', 'jalon_descendre'):
        fait += f'&jalon={int(request.saisies["jalon"])}&sens={nom}'
    return f'/espace/demandes/{demande.numero}?{fait}' + (f'&{porte()}' if porte() else '')


def dire_repris(demande, agent, message, fichiers):
    """(the act, what its form shows) of what was taken back; the files of a message wait in the consigne."""
    if message.acte:
        return message.acte, {nom: str(dit) for nom, dit in json.loads(message.champs).items()}
    if demande.clos_le:
        return 'rectifier', {'texte': message.texte}
    dit = {'texte': message.texte, 'porte': message.porte, 'sans_texte': 'oui' if message.sans_texte else '',
           'attendre': 'oui' if message.attente_au else '', 'attente_de': message.attente_de,
           'attente_au': message.attente_au or ''}
    lieu, dit = casier(demande, agent, dit, 'ecrire')
    garde = consigne.garder(lieu, dit, fichiers, '')
    return 'ecrire', dit | {'consigne': garde.consigne if garde else ''}


def lire_version():
    """The version that was looked at; -1, that of no demande, when the form does not say it."""
    texte = request.saisies.get('version', '')
    return int(texte) if re.fullmatch('[0-9]{1,9}', texte) else -1


def refuser(refus, numero, action):
    """The page again, fresh, with what was typed (409, 422); the error page for what is not theirs (any more), which
    gives the text back, or not there.
    """
    if refus.code == 403:
        return erreur(refus.code, refus.phrase, texte=dict(textes_restants(action, request.saisies, ())))
    if refus.code not in (409, 422):
        raise refus
    demande = visible(numero, request.agent)
    if refus.code == 409:
        return montrer(demande, action, request.saisies, status=409, conflit=refus.phrase)
    noms = [c.nom for c in GESTES[action].champs]
    champ = refus.champ if refus.champ in noms else ''
    return montrer(demande, action, request.saisies, {champ: refus.phrase}, 422)


@app.get(f'/pieces/{ID}', qui='agent')
def piece(id):
    trouvee = trouver(Piece, id, 'Ce fichier n\'existe pas.')
    visible(trouvee.demande_id, request.agent, trouvee)
    return telecharger(trouvee)
