"""One demande for the agents: its page, and every act on it (regles.md §4 to §8).

One mechanism: GESTES holds each act, `?action=<name>` shows its form above the page, and a POST to
/espace/demandes/<numero>/<action> does it. Who may do what, and when, is said by regles.TRANSITIONS and regles.ACTES.
"""
import functools
import itertools
import json
import re

import models
import langue
from models import Agent, Collectivite, Demande, Fiche, MessageAPartir, Piece, Refus, Theme
from verbes import audit, journal, questions, regles
from verbes.catalogue import portes
from verbes.demande import proches
from verbes.demande.taches import suivante, tache_de
from verbes.questions import demandes_lisibles
from views import aller, app, consigne, erreur, page, parametre, reprise, request, tenter
from views.champs import lire
from views.cookies import cookie_de_session, garder_reprise
from views.criteres import adresse_de, de_la_journee, garder_la_liste, porte
from views.entrees import ID, NUMERO, trouver
from views.exports import telecharger
from views.lectures import (
    connue, lire_a_partir, lire_courriels, lire_equipe, lire_journal, lire_pieces)
from views.traces import noter, page_de_traces
from .actes.journal import ouvrir_un_courriel
from .geste import SELON, casier
from .gestes import (
    FICHIERS, GESTES, LIENS, avec_un_texte, champs_de, controler, dire_a_qui, faire, geste_de, textes_restants, utiles,
    valeurs_initiales)
from .panneaux import Vue, a_qui, avec_l_acte, montrer_les_panneaux
from .sa_page import page_lue_par_un_agent

# ---- Finding, and what may be done now ----

def visible(numero, agent, piece=None):
    """The demande an agent may read, with what it refers to; Refus 404, or 403 when its diffusion is restricted. Read
    from outside its team, it is noted, with the file that is read.
    """
    demandes = Demande.raw(f'{questions.SUIVIE} WHERE numero = ?', int(numero)).execute()[:1]
    if not demandes:
        raise Refus(
            f'La demande n°\u00a0{numero} n\'existe pas. Vérifiez le numéro, ou cherchez-la dans la liste.', 404)
    demande = demandes[0]
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


def actions_ouvertes(demande, agent, roles, places, a_partir):
    """{action: button} of what this agent may do now: the life cycle, unless a closing waits, then the acts."""
    attend = any(message['acte'] and not message['raison'] for message in a_partir)
    transitions = {} if attend else {t.action: t.bouton for t in questions.transitions_possibles(demande, agent, roles)}
    if any(place['role'] == 'referent' and place['actif'] for place in places):
        transitions |= {a: bouton for a, bouton in regles.AVEC_REFERENT.items() if a in transitions}
    boutons = {nom: regles.ACTES[nom].bouton for nom in questions.actes_possibles(demande, agent, roles)}
    selon_la_place = [nom for nom in boutons if GESTES[nom].a_nommer]
    if selon_la_place and questions.a_nommer(demande, agent):
        boutons |= {nom: GESTES[nom].a_nommer.bouton for nom in selon_la_place}
    return {nom: langue.mairie(bouton, demande.type) for nom, bouton in (transitions | boutons).items()}


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


# ---- The page ----

COURTS = ('texte', 'courriel', 'telephone', 'date', 'choix')        # two fields of these kinds share a line
# What helps to fill the form of an act, when it gives nothing of its own (Geste.autour).
AUTOUR = {'proches': (), 'faites': (), 'a_derouler': 0, 'legendes': {}}
SUR_LA_PAGE = {nom for nom, geste in GESTES.items() if geste.sur_la_page}


def montrer_demande(demande, action='', saisies=None, fautes=None, status=200, conflit='', lu=False):
    """The page of a demande, with an action's form (saisies) or a conflict; lu: a note is a mail just read."""
    vue, saisies = voir_la_demande(demande, action, saisies or {}), saisies or {}
    panneaux, formulaire = montrer_les_panneaux(vue), vue.formulaire
    faute, champs = panneaux['ecrire']['faute'], panneaux['ecrire']['a_ecrire'][panneaux['ecrire']['ecrit']]
    fermee = action and not formulaire and not conflit and action not in (*SUR_LA_PAGE, 'equipe')
    return page(
        'demande/dossier/page.html', status, **panneaux, demande=demande, action=action, ouvertes=vue.ouvertes,
        formulaire=formulaire, LIENS=LIENS, aide_de=GESTES[action].section if action in GESTES else '',
        fautes=(fautes or {}) | ({'pieces': faute} if faute else {}),
        libelles={c.nom: c.libelle for c in (formulaire['champs'] if formulaire else champs)},
        conflit=conflit, dernier=dernier_changement(action, vue.lignes), fermee=bool(fermee), lu=lu,
        restes=ce_qui_reste(action, saisies, formulaire, vue.ouvertes, bool(conflit)), notice=dire_la_suite(vue),
        porte=porte())


def voir_la_demande(demande, action, saisies):
    """What several panels read, read once (panneaux.Vue)."""
    agent, roles = request.agent, questions.roles(demande, request.agent)
    a_partir = [avec_l_acte(message) for message in lire_a_partir(demande)]
    places = lire_equipe(demande)
    ouvertes = actions_ouvertes(demande, agent, roles, places, a_partir)
    lignes = lire_journal(demande, agent, lire_pieces(demande))
    formulaire = ouvrir(action, demande, ouvertes, lignes, saisies)
    return Vue(demande, agent, action, {} if formulaire else saisies, roles, ouvertes, formulaire, places, lignes,
               lire_courriels(demande), a_partir, tache_de(agent, demande.numero))


def dire_la_suite(vue):
    """What the notice says, once an act is done: of a sending, message, which this agent may still take back; retenu,
    whether something of theirs did not leave; then what it led to, and the next demande of the day.
    """
    miens = [message for message in vue.a_partir if message['agent_id'] == vue.agent.id]
    return {'partira': parametre('fait') == 'partira', 'retenu': any(message['raison'] for message in miens),
            'message': next((message for message in miens if not message['raison']), None),
            'suites': dire_les_suites(vue.demande, vue.courriels),
            'prochaine': suivante(vue.agent, vue.demande.numero) if de_la_journee() and parametre('fait') else None}


def laisses(numero, agent):
    """{label: text} of what this agent wrote and did not leave, of a demande that they may not read any more."""
    messages = MessageAPartir.select().where(
        MessageAPartir.demande == int(numero), MessageAPartir.agent == agent.id, MessageAPartir.raison != '').dicts()
    textes = {}
    for message in messages:
        textes['Message à la collectivité'] = message['texte']
        textes |= dict(avec_l_acte(message)['internes'])
    return {libelle: texte for libelle, texte in textes.items() if texte}


def ce_qui_reste(action, saisies, formulaire, ouvertes, conflit):
    """What was typed in a form that the page does not show any more: after a conflict, or what was taken back and may
    not be sent now.
    """
    presente = action in FICHIERS and action in ouvertes
    if action not in GESTES or not conflit and (presente or formulaire):
        return []
    montres = formulaire['champs'] if formulaire else GESTES[action].champs if presente else ()
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
    adresse, nom = 'equipe' if geste.operation else action, ouvertes.get(action, '').removesuffix('…')
    return AUTOUR | {
        'titre': geste.titre or nom,
        'aide': geste.aide,
        'a_qui': dire_a_qui(geste, demande),
        'bouton': f'{geste.envoyer(demande)} {a_qui(demande)}' if demande.courriel and geste.envoyer else
                  geste.bouton or nom,
        'adresse': f'/espace/demandes/{demande.numero}/{adresse}' + (f'?{porte()}' if porte() else ''),
        'operation': action if geste.operation else '',
        'champs': champs,
        'rangs': _ranger(c for c in champs if c.nom not in geste.pli[1]),
        'plies': _ranger(c for c in champs if c.nom in geste.pli[1]),
        'pli': geste.pli[0],
        'valeurs': initiales | _dites(champs, saisies),
        'rempli': bool(saisies),
        'danger': geste.danger,
        'portes': _portes(demande) if any(c.nom == 'organisme' for c in champs) and not saisies else ((), ()),
    } | geste.autour(demande)


def _ranger(champs):
    """[(are they short, the fields of a line)]."""
    return [(court, list(groupe)) for (court, _), groupe in itertools.groupby(champs, _rang)]


def _portes(demande):
    """The portes near its message, then the others, each with whether it is to be verified again."""
    return [[(p, portes.a_verifier(p)) for p in rangees] for rangees in portes.lister_pour(demande.message)]


def _dites(champs, saisies):
    """What a form that comes back says of its fields: a browser sends nothing for an unticked box."""
    return {c.nom: saisies.get(c.nom, '') for c in champs if c.nom in saisies or (saisies and c.genre == 'case')}


def _rang(c):
    """What the fields that share a line have in common: short, and shown together (geste.SELON), of one step."""
    return c.genre in COURTS, [si for si in c.classe.split() if si in SELON or si.startswith('jalon-')]


def ligne_a_corriger(fil, saisies):
    """What the form of a correction shows at first; None when its line is not there, or not to be corrected."""
    voulue = saisies.get('ligne') or parametre('ligne')
    for ligne in fil:
        if ligne['corrigeable'] and str(ligne['id']) == voulue:
            return {'ligne': voulue, 'texte': ligne['texte']}
    return None


def dire_les_suites(demande, courriels):
    """What an act just done has led to: the statut now, and who was written to; '' after one that only adds."""
    fait, bornes = parametre('fait'), re.fullmatch('([0-9]{1,15})-([0-9]{1,15})', parametre('ecrits'))
    if fait not in {geste.fait for geste in GESTES.values() if not geste.ajoute} - {'partira'}:
        return ''
    de, a = map(int, bornes.groups()) if bornes else (0, 0)
    prevenus = list(dict.fromkeys(c['a'] for c in reversed(courriels) if de <= c['id'] <= a))
    phrase = f'{len(prevenus)} courriels partent\u00a0: ' + '\u00a0; '.join(prevenus)
    if len(prevenus) < 2:
        phrase = f'Un courriel part {prevenus[0]}' if prevenus else 'Aucun courriel ne part'
    return f'Statut\u00a0: {regles.STATUTS[demande.statut]}. {phrase}.'


# ---- Routes ----

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
    return montrer_demande(demande, action, reprise(lambda garde: garde.get('action', action) == action))


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


@app.get(f'{UNE}/mairie', qui='agent')
def montrer_sa_page(numero):
    """« Voir ce que lit la mairie »."""
    return page_lue_par_un_agent(visible(numero, request.agent))


@app.get(f'{UNE}/<action:re:[a-z_-]{{1,40}}>', qui='agent')
def revenir(numero, action):
    """Where the sign-in page leads back to after an expired session: the kept fields follow to the page that shows the
    form, and to no other form of it: a note never comes back as a message.
    """
    champs = reprise()
    if action == 'equipe' and champs.get('operation') in GESTES:
        action = champs['operation']
    if champs:
        garder_reprise(cookie_de_session(), f'/espace/demandes/{numero}', champs | {'action': action})
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
        fautes, status = ({'pieces': faute}, 422) if faute else ({}, 200)
        return montrer_demande(demande, nom, request.saisies, fautes, status, lu=lu)
    valeurs, fautes = lire(utiles(champs_de(nom, demande, request.saisies), request.saisies))
    if nom in FICHIERS and request.saisies.get('retirer'):
        return montrer_demande(demande, nom, request.saisies)
    suite = next((acte for champ, acte in GESTES[nom].mene.items() if valeurs.get(champ)), '')
    if suite:
        return montrer_demande(demande, suite, request.saisies)
    if GESTES[nom].texte and request.saisies.get('texte_type'):
        return montrer_demande(demande, nom, avec_un_texte(nom, demande))
    fautes = controler(demande, valeurs) | fautes
    if nom in FICHIERS:                                 # both faults at once: a missing text, a refused file
        _, faute = consigne.trier(*casier(demande, agent, request.saisies, nom))
        fautes |= {'pieces': faute} if faute else {}
    if fautes:
        return montrer_demande(demande, nom, request.saisies, fautes, 422)
    avant = dernier_courriel()
    fait, refus = tenter(faire, demande, nom, agent, version, valeurs)
    if refus:
        return refuser(refus, numero, nom)
    if nom == 'retenir':                                            # its text, its files, in the form they came from
        return montrer_demande(visible(numero, agent), *dire_repris(demande, agent, *fait))
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
    return f'/espace/demandes/{demande.numero}?{fait}' + (f'&{porte()}' if porte() else '')


def dire_repris(demande, agent, message, fichiers):
    """(the act, what its form shows) of what was taken back; the files of a message wait in the consigne."""
    if message.acte:
        return message.acte, {nom: str(saisie) for nom, saisie in json.loads(message.champs).items()}
    if demande.clos_le:
        return 'rectifier', {'texte': message.texte}
    saisie = {'texte': message.texte, 'porte': message.porte, 'sans_texte': 'oui' if message.sans_texte else '',
              'attendre': 'oui' if message.attente_au else '', 'attente_de': message.attente_de,
              'attente_au': message.attente_au or ''}
    lieu, saisie = casier(demande, agent, saisie, 'ecrire')
    garde = consigne.garder(lieu, saisie, fichiers, '')
    return 'ecrire', saisie | {'consigne': garde.consigne if garde else ''}


def ce_qui_l_a_pris(numero):
    """What was done last, which may be what took a right away; '' of a demande that they may not read."""
    demande, refus = tenter(visible, numero, request.agent)
    dernier = None if refus else dernier_changement('', lire_journal(demande, request.agent, ()))
    return f' Dernier changement\u00a0: «\u00a0{dernier["titre"]}\u00a0», par {dernier["auteur"]}.' if dernier else ''


def lire_version():
    """The version that was looked at; -1, that of no demande, when the form does not say it."""
    texte = request.saisies.get('version', '')
    return int(texte) if re.fullmatch('[0-9]{1,9}', texte) else -1


def refuser(refus, numero, action):
    """The page again, fresh, with what was typed (409, 422); the error page for what is not theirs (any more), which
    says what was done last and gives the text back, or not there.
    """
    if refus.code == 403:
        typees = dict(textes_restants(action, request.saisies, ()))
        return erreur(refus.code, refus.phrase + ce_qui_l_a_pris(numero), texte=typees)
    if refus.code not in (409, 422):
        raise refus
    demande = visible(numero, request.agent)
    phrase = langue.mairie(refus.phrase, demande.type)
    if refus.code == 409:
        return montrer_demande(demande, action, request.saisies, status=409, conflit=phrase)
    noms = [c.nom for c in champs_de(action, demande, request.saisies)]
    champ = refus.champ if refus.champ in noms else ''
    return montrer_demande(demande, action, request.saisies, {champ: phrase}, 422)


@app.get(f'/pieces/{ID}', qui='agent')
def piece(id):
    fichier = trouver(Piece, id, 'Ce fichier n\'existe pas.')
    visible(fichier.demande_id, request.agent, fichier)
    return telecharger(fichier)
