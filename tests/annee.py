"""`make annee`: a year of the Plateforme, the clock moved day by day. Mairies and agents do, at random, what the pages
offer them; the relay refuses mails, and is down for four days; the service stops for six. Each mail is read back as it
is written (matins.py), and each night the base is asked what must never be (nuits.py). ANNEE_DEBUT, ANNEE_JOURS,
ANNEE_DEMANDES, ANNEE_AGENTS, ANNEE_STOCK, ANNEE_GRAINE change the size of it."""
import contextlib
import csv
import io
import os
import pkgutil
import random
import re
import smtplib
import sqlite3
import sys
import tempfile
from collections import Counter
from datetime import date, datetime, time as instant, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import chemins  # noqa: F401 – first
import icalendar
import webtest
from lettres_recues import lettre
from nuits import Nuits

import langue
import models
import service  # noqa: F401 – for the routes
from verbes import comptes, questions, valeurs
from verbes.demande import reponses
from verbes.exploitation import porteur
from verbes.echanges import imports
from verbes.echanges.colonnes import COLONNES
from verbes.exploitation.demonstration import REGLAGES
from verbes.exploitation.environnement import Configuration
from views import limites, wsgi

PARIS = ZoneInfo('Europe/Paris')
DEBUT = date(2026, 11, 30)                                          # a Monday, after every date of the example files
FERMETURES = ((date(2026, 12, 10), date(2026, 12, 10), 3), (date(2026, 12, 28), date(2026, 12, 31), 60),
              (date(2027, 3, 15), date(2027, 3, 15), 4), (date(2027, 5, 7), date(2027, 5, 7), 60),
              (date(2027, 11, 12), date(2027, 11, 12), 3))
PAR_AN = 1500                                                       # demandes
DEPOTS = ('depots_adresse', 'depots_reseau', 'depots_courriel', 'depots_alerte')
PRENOMS = 'Ange Alix Camille Claude Dominique Eden Frédérique Gaël Joël Lou Maël Noa Paule Sacha Yaël'.split()
NOMS = 'Abricot Bouleau Cèdre Érable Frêne Genêt Houx If Jasmin Laurier Micocoulier Noyer Orme Peuplier Saule'.split()
BESOINS = ('Notre salle des fêtes prend l\'eau et nous ne savons pas par où commencer.',
           'Un riverain conteste la limite d\'un chemin rural et menace d\'aller au tribunal.',
           'Nous voudrions sécuriser la traversée du village devant l\'école.',
           'Le site internet de la mairie est en panne depuis hier soir.',
           'La chaudière de la mairie est à remplacer avant l\'hiver.')


def peupler(annee):
    valeurs.LIMITES.update(dict.fromkeys(DEPOTS, valeurs.Limite(1000, 1000)),     # one address sends all
                           secondes_minimum=valeurs.Limite(0, 0))
    for quoi in ('structures', 'agents', 'catalogue', 'collectivites'):
        _importer(quoi, pkgutil.get_data('models', f'static/modeles/{quoi}.csv'))
    _importer_des_lignes('agents', _plus_d_agents(annee))
    texte = pkgutil.get_data('models', 'static/modeles/demandes.csv').decode('utf-8-sig')
    anciennes = list(csv.DictReader(io.StringIO(texte), delimiter=';'))         # under other numbers
    _importer_des_lignes('demandes', [annee.hasard.choice(anciennes) | {'numero': str(n)}
                                      for n in range(1, annee.taille['stock'] + 1)])
    with models.ecriture():
        for cle, valeur in REGLAGES.items():                        # what an administrateur has settled before opening
            valeurs.ecrire(cle, valeur)
        valeurs.ecrire('ouvert_le', str(annee.jour))
        for agent in models.Agent.select():
            if agent.administrateur or annee.hasard.random() < 0.85:        # the others never open their account
                models.Agent.update(ouvert_le=langue.maintenant()).where(models.Agent.id == agent.id).execute()


def _importer(quoi, octets):
    bilan = imports.importer(quoi, octets)
    assert not bilan.fautes, (quoi, bilan.fautes[:3])


def _importer_des_lignes(quoi, lignes):
    sortie = io.StringIO()
    table = csv.DictWriter(sortie, [c.nom for c in COLONNES[quoi]], restval='', extrasaction='ignore', delimiter=';')
    table.writeheader()
    table.writerows(lignes)
    _importer(quoi, sortie.getvalue().encode())


def _plus_d_agents(annee):
    with models.lecture():
        directions = [(d.structure.nom, d.nom) for d in models.Direction.select()]
        manquent = annee.taille['agents'] - models.Agent.select().count()
    for n in range(max(1, manquent)):
        structure, direction = annee.hasard.choice(directions)
        yield {'courriel': f'agent{n}@annee.example', 'prenom': annee.hasard.choice(PRENOMS),
               'nom': annee.hasard.choice(NOMS), 'structure': structure, 'direction': direction,
               'telephone_public': f'05 36 50 {n // 100:02} {n % 100:02}', 'administrateur': 'non',
               'pilote': 'oui' if n % 8 == 0 else 'non', 'actif': 'oui'}


def remettre(annee, lettre, to_addrs):
    """What the relay does of a mail: smtplib.SMTP.send_message, for the carrier."""
    if annee.jour in annee.coupures:
        raise OSError('relais coupé')
    sort = annee.hasard.random()
    if sort < 0.04:
        code = (550, b'no such user') if sort < 0.02 else (451, b'try again later')
        raise smtplib.SMTPRecipientsRefused({to_addrs[0]: code})
    annee.bilan['courriels remis'] += 1
    for partie in lettre.walk():
        if partie.get_content_type() == 'text/calendar':
            annee.bilan[f'invitations {partie.get_param("method")}'] += 1
            assert not icalendar.Calendar.from_ical(partie.get_content()).walk('VEVENT')[0].errors
    if '+' in (lettre['Reply-To'] or '') and annee.hasard.random() < 0.4:
        recu = lettre.get_body(('plain',)).get_content()
        annee.a_repondre.append((lettre['Reply-To'], to_addrs[0], lettre['Message-ID'], recu))


def parcourir(annee, agent_id=None):
    """A browser; signed in when agent_id is given: a session does not outlive an idle hour of this clock."""
    site = webtest.TestApp(annee.application, extra_environ={
        'HTTP_HOST': '127.0.0.1:8080', 'REMOTE_ADDR': '127.0.0.1', 'HTTP_SEC_FETCH_SITE': 'same-origin'})
    if agent_id:
        with models.ecriture():
            site.set_cookie('session', comptes.ouvrir_session(models.Agent.get_by_id(agent_id)))
    return site


def envoyer(annee, site, quoi, adresse, champs, codes=(303, 409, 422, 403)):
    """Post a form; what came of it is counted, what was written is read back. The answer."""
    reponse = site.post(adresse, champs, status='*')
    annee.bilan[f'{quoi} {reponse.status_code}'] += 1
    assert reponse.status_code in codes, (quoi, adresse, champs, reponse.status, reponse.text[:2000])
    annee.nuits.relire_les_courriels(quoi)
    return reponse


def _une(annee, lignes):
    return [annee.hasard.choice(lignes)] if lignes else []


def _un(annee, sql, *valeurs):
    return ''.join(str(ident) for ident, in _une(annee, annee.lire(sql, *valeurs)))


def deposer(annee):
    hasard = annee.hasard
    nom, courriel = hasard.choice(annee.collectivites)
    fiche = hasard.choice(annee.fiches) if hasard.random() < 0.8 else ''
    annee.site.reset()
    page = annee.site.get(f'/demande?fiche={fiche}' if fiche else '/demande').text
    saisis = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page)) | {
        'message': f'{hasard.choice(BESOINS)} ({annee.maintenant:%d/%m %H:%M:%S})', 'fiche': fiche,
        'collectivite': nom, 'nom': hasard.choice(NOMS), 'prenom': hasard.choice(PRENOMS), 'courriel': courriel,
        'telephone': f'05 37 {hasard.randint(0, 99):02} {hasard.randint(0, 99):02} 00', 'meme_personne': 'oui'}
    if hasard.random() < 0.1:
        saisis['date_a_tenir'] = str(annee.jour + timedelta(days=hasard.randint(2, 40)))
    if hasard.random() < 0.05:
        saisis['confidentielle'] = 'oui'
    reponse = envoyer(annee, annee.site, 'dépôt', '/demande', saisis)
    assert reponse.status_code == 303, reponse.html.find(id='erreurs') or reponse.text[:2000]


def ecrire_de_la_mairie(annee):
    recentes = 'SELECT numero, jeton, clos_le FROM demande WHERE reprise = 0 AND depose_le > ? ORDER BY numero'
    for numero, jeton, clos_le in _une(annee, annee.lire(recentes, str(annee.jour - timedelta(days=60)))):
        quoi = annee.hasard.choices(('message', 'abandonner', 'rappel'), (80, 6, 40))[0]
        if clos_le and quoi != 'message':
            return
        champs = {'message': {'texte': f'Avez-vous des nouvelles ? {annee.maintenant:%H:%M:%S}'},
                  'abandonner': {'numero': str(numero), 'motif': 'Projet reporté.'},
                  'rappel': {'reponse': annee.hasard.choice(('oui', 'pas_encore'))}}[quoi]
        envoyer(annee, annee.site, f'mairie : {quoi}', f'/suivi/{jeton}/{quoi}', champs)


def venir(annee):
    for jeton, in _une(annee, annee.lire('SELECT jeton FROM invitation ORDER BY id DESC LIMIT 40')):
        envoyer(annee, annee.site, 'venir', f'/rendez-vous/{jeton}', {}, (303, 409, 410))


# What a form is given: {action: fields}, from the demande (numero, statut, structure_id) and the chance of the day.
def _contact(annee, d):
    return {'contact_le': str(annee.jour), 'moyen': 'appel', 'resultat': 'joint', 'besoin_reformule': 'Revoir le bail.'}


def _fin(annee, d):
    issue = annee.hasard.choice(('realise', 'reponse', 'redirige', 'sans_suite', 'non_jointe', 'sans_nouvelles'))
    return {'issue': issue, 'synthese': 'Fait.', 'texte_final': '', 'organisme': 'La Région Occitanie',
            'organisme_telephone': '05 61 33 50 50', 'transmission': annee.hasard.choice(('nous', 'vous')),
            'transmise_le': str(annee.jour), 'convenu_le': str(annee.jour) if d.numero % 2 else ''}


def _jumelle(annee, d):
    """A demande of the same collectivité, or none: then it was sent by mistake."""
    lignes = annee.lire('SELECT a.numero FROM demande a JOIN demande b ON a.collectivite_id = b.collectivite_id '
                        'WHERE b.numero = ? AND a.numero <> b.numero AND a.reprise = 0 LIMIT 1', d.numero)
    if lignes:
        return {'ecart': 'doublon', 'doublon_de': str(lignes[0][0]), 'motif': 'La même.'}
    return {'ecart': 'erreur', 'doublon_de': '', 'motif': 'Essai.'} | DIT


def _message(annee, d):
    """To the collectivité; now and then an answer is waited for, on a day that may be refused."""
    attend = annee.hasard.random() < 0.4
    jour = annee.jour + timedelta(days=annee.hasard.choice((3, 9, 20, 60)))
    return {'texte': f'Où en êtes-vous ? {annee.maintenant:%d/%m %H:%M:%S}',
            'porte': annee.hasard.choice(('echange', 'echange', 'proposition', 'livrable')), 'cle': '',
            'sans_texte': annee.hasard.choice(('', '', 'oui')), 'attendre': 'oui' if attend else '',
            'attente_de': 'le plan' if attend else '', 'attente_au': str(_ouvre_des(annee, jour)) if attend else ''}


def _reunion(annee, d):
    """With some of the team, and the collectivité most often; now and then on a day that is refused."""
    equipe = annee.lire('SELECT agent_id FROM membre JOIN agent ON agent.id = agent_id AND actif '
                        'WHERE demande_id = ? ORDER BY membre.id', d.numero)
    debut = annee.hasard.randint(8, 17)
    return {'jour': str(annee.jour + timedelta(days=annee.hasard.choice((-1, 2, 5, 12, 30)))), 'debut_a': f'{debut} h',
            'fin_a': f'{debut + 1} h 30', 'lieu': annee.hasard.choice(('', 'Mairie', 'https://visio.example/1')),
            'mairie': annee.hasard.choice(('', 'oui', 'oui')), **{f'agent_{ident}': 'oui' for ident, in equipe}}


def _laquelle(annee, d):
    ((ident,),) = annee.lire('SELECT coalesce(max(id), 0) FROM reunion WHERE demande_id = ?', d.numero)
    return {'reunion': str(ident or '')}


def _etape(annee):
    """A step, now and then shown to the collectivité, on a day that may be refused, or none."""
    pour_le = annee.hasard.choice(('', *(str(annee.jour + timedelta(days=n)) for n in (-1, 1, 5, 20, 60))))
    return {'quoi': f'Visite du {annee.maintenant:%d/%m %H:%M}', 'pour_le': pour_le, 'qui': '', 'fait_le': '',
            'dit': annee.hasard.choice(('', 'une visite'))}


def _jalon(annee, d):
    pas_faites = 'SELECT id FROM jalon WHERE demande_id = ? AND fait_le IS NULL ORDER BY rang, id'
    return {'jalon': _un(annee, pas_faites, d.numero)}


def _ranger_les_etapes(annee, d):
    """An order at random, now and then a step that goes."""
    a_faire = annee.lire('SELECT id, pour_le FROM jalon WHERE demande_id = ? AND fait_le IS NULL', d.numero)
    return {f'{nom}_{numero}': valeur for numero, pour_le in a_faire for nom, valeur in (
        ('place', str(annee.hasard.randint(0, len(a_faire)))), ('qui', ''), ('pour_le', pour_le or ''))}


DIT = {'texte_final': 'Vous nous l\'avez dit au téléphone.'}
MOTIF = {'motif': 'Cela ne relève pas de nous.'}
SAISIES = {
    **dict.fromkeys(('receptionner', 'sans_reponse', 'ne_plus_attendre', 'jalon_accepter', 'rien_a_noter',
                     'restreindre'), lambda a, d: {}),
    **dict.fromkeys(('rendre', 'rejeter', 'rouvrir', 'lever'), lambda a, d: MOTIF),
    **dict.fromkeys(('ranger', 'ne_pas_ranger'), lambda a, d: {'reponse': str(a.lire(
        "SELECT min(id) FROM reponse_recue WHERE demande_id = ? AND etat = 'inconnue'", d.numero)[0][0])}),
    'orienter': lambda a, d: {'fiche': a.hasard.choice(a.fiches), 'accord': 'a_recueillir'},
    'designer': lambda a, d: {'motif': 'Plan de charge.', 'referent': _un(a, """
        SELECT agent.id FROM agent JOIN direction ON direction.id = direction_id
        WHERE agent.actif AND structure_id = ? ORDER BY agent.id""", d.structure_id or 1)},
    'changer_chef': lambda a, d: {'operation': 'changer_chef', 'motif': 'Mutation.', 'chefs': _un(
        a, 'SELECT DISTINCT agent_id FROM pilotage ORDER BY agent_id')},
    'demarrer': _contact, 'terminer': _fin, 'ecarter': _jumelle, 'ecrire': _message, 'reunion': _reunion,
    'reunion_annuler': _laquelle,
    'repondu': lambda a, d: _contact(a, d) | _fin(a, d),
    'repondre': lambda a, d: {'reponse': a.hasard.choice(('reponse', 'reorientee')), 'organisme': 'La Région',
                              'transmission': 'vous', 'texte_final': 'Voyez la Région.'},
    'abandonner': lambda a, d: MOTIF | DIT,
    'contact': lambda a, d: _contact(a, d) | {'resultat': a.hasard.choice(('joint', 'message', 'injoignable'))},
    'journal': lambda a, d: {'texte': f'Échange du {a.maintenant:%d/%m %H:%M}.',
                             'nature': a.hasard.choice(('note', 'note', 'reunion'))},
    'rectifier': lambda a, d: {'texte': f'Lisez plutôt {a.maintenant:%d/%m %H:%M}.'},
    'etape': lambda a, d: _etape(a) | {'qui': a.hasard.choice(('', '', f'a{a.hasard.choice(a.agents)}'))},
    'jalon_changer': lambda a, d: _etape(a) | _jalon(a, d), 'feuille_de_route': _ranger_les_etapes,
    'jalon_fait': lambda a, d: _jalon(a, d) | {'fait_le': str(a.jour)},
    'reunion_changer': lambda a, d: _reunion(a, d) | _laquelle(a, d),
    'prevenir': lambda a, d: {'limite': str(_ouvre_des(a, a.jour + timedelta(days=a.hasard.choice((3, 16, 25)))))},
    'associer': lambda a, d: {'operation': 'associer', 'invite': f'a{a.hasard.choice(a.agents)}'},
}


def _ouvre_des(annee, jour):
    while not annee.nuits.ouvre(jour):
        jour += timedelta(days=1)
    return jour


POIDS = {
    'receptionner': 60, 'orienter': 60, 'designer': 40, 'contact': 40, 'demarrer': 40, 'repondre': 40, 'ranger': 30,
    'journal': 25, 'ecrire': 20, 'terminer': 12, 'ne_pas_ranger': 10, 'etape': 10, 'repondu': 8, 'jalon_accepter': 8,
    'jalon_fait': 6, 'reunion': 6, 'associer': 3, 'rectifier': 3,
    **dict.fromkeys(('sans_reponse', 'jalon_changer', 'rendre', 'rejeter', 'rien_a_noter', 'prevenir'), 2),
    **dict.fromkeys(('ne_plus_attendre', 'feuille_de_route', 'reunion_changer', 'reunion_annuler',
                     'abandonner', 'changer_chef', 'ecarter', 'restreindre', 'lever', 'rouvrir'), 1)}


def agir(annee, agent_id):
    """One act of an agent on a demande of theirs (any that they may see, for an administrateur)."""
    hasard, administre = annee.hasard, agent_id in annee.administrateurs
    parmi = '' if administre else 'AND numero IN (SELECT demande_id FROM membre WHERE agent_id = :moi)'
    lesquelles = hasard.choices(('clos_le IS NULL AND reprise = 0', 'clos_le IS NULL', 'clos_le'), (90, 10, 2))[0]
    lignes = annee.lire(f'SELECT numero, structure_id, version FROM demande WHERE {lesquelles} {parmi} ORDER BY numero',
                        moi=agent_id)
    for numero, structure_id, version in _une(annee, lignes):
        with models.lecture():
            agent, demande = models.Agent.get_by_id(agent_id), models.Demande.get_by_id(numero)
            permis = [t.action for t in questions.transitions_possibles(demande, agent)]
            permis += questions.actes_possibles(demande, agent)
        etapes = annee.lire('SELECT 1 FROM jalon WHERE demande_id = ? AND fait_le IS NULL', numero)
        permis = [action for action in dict.fromkeys(permis)
                  if action in POIDS and (etapes or not action.startswith('jalon_'))]
        action = hasard.choices(permis, [POIDS[a] for a in permis])[0] if permis else ''
        if action:
            champs = SAISIES[action](annee, SimpleNamespace(numero=numero, structure_id=structure_id))
            adresse = 'equipe' if 'operation' in champs else action
            envoyer(annee, parcourir(annee, agent_id), action, f'/espace/demandes/{numero}/{adresse}',
                    champs | {'version': str(version)})


def repondre_par_courriel(annee, adresse, de, identifiant, recu):
    annee.bilan['réponses'] += 1
    n, sort = annee.bilan['réponses'], annee.hasard.random()
    entetes = {'Auto_Submitted': 'auto-replied'} if sort < 0.1 else {}
    qui = de if sort < 0.85 else f'perso{n}@orange.example'
    cite = '\n'.join(f'> {ligne}' for ligne in recu.splitlines())
    dit = ('Oui', 'non', 'Pas encore.', 'je viens', 'Je ne peux pas\nPlutôt le 9.', *[f'Réponse n° {n}.'] * 5)[n % 10]
    texte = f'{dit}\n\nLe {annee.maintenant:%d/%m}, la Plateforme a écrit :\n{cite}'
    octets = lettre(adresse, texte, qui, f'<{n}@annee.example>', In_Reply_To=identifiant, **entetes)
    annee.bilan[f'réponse par courriel {reponses.recevoir(octets)}'] += 1
    annee.nuits.relire_les_courriels('réponse par courriel')


def partir(annee):
    hasard, agent_id = annee.hasard, annee.hasard.choice(annee.agents)
    collegues = [str(ident) for ident, in annee.lire(
        'SELECT a.id FROM agent a JOIN direction da ON da.id = a.direction_id WHERE a.actif AND a.id <> ?1 AND '
        'da.structure_id = (SELECT structure_id FROM direction JOIN agent m ON m.direction_id = direction.id '
        'WHERE m.id = ?1)', agent_id)]
    suppleant = hasard.choice(collegues) if collegues and hasard.random() < 0.6 else ''
    du = annee.jour + timedelta(days=hasard.randint(0, 5))
    au = '' if hasard.random() < 0.1 else str(du + timedelta(days=hasard.randint(0, 21)))
    envoyer(annee, parcourir(annee, agent_id), 'absence', '/espace/compte/absence', {
        'absence_du': str(du), 'absence_au': au, 'suppleant': suppleant})


def revoir(annee, eveilles):
    qui = [ident for ident in annee.administrateurs if ident in eveilles]
    revues = annee.lire('SELECT annee, ferme_le, close_le FROM campagne')
    if not qui or any(close_le for *_, close_le in revues) or annee.jour < annee.premier + timedelta(days=7):
        return
    site = parcourir(annee, qui[0])
    if not revues:
        (formulaire,) = (f for f in site.get('/espace/admin/campagne').forms.values() if 'ferme_le' in f.fields)
        envoyer(annee, site, 'ouvrir la revue', '/espace/admin/campagne', dict(formulaire.submit_fields()))
    elif str(annee.jour) > revues[0][1]:
        envoyer(annee, site, 'clore la revue', f'/espace/admin/campagne/{revues[0][0]}/clore', {})
    else:
        restent = annee.lire("SELECT id, fiche_id FROM campagne_reponse WHERE reponse = ''")
        for ligne, fiche in annee.hasard.sample(restent, min(3, len(restent))):
            chefs = [a for a, in annee.lire('SELECT agent_id FROM pilotage WHERE fiche_id = ?', fiche) if a in eveilles]
            sort = annee.hasard.choice(('/exacte', '/exacte', ''))
            envoyer(annee, parcourir(annee, annee.hasard.choice(chefs or qui)), f'revue{sort}',
                    f'/espace/redaction/campagne/{ligne}{sort}', {'pourquoi': 'Plus demandée.'})


def regler(annee, heure, minute=0, seconde=0):
    moment = annee.maintenant = datetime.combine(annee.jour, instant(heure, minute, seconde), PARIS)
    langue.horloge = lambda: moment
    limites.time = SimpleNamespace(monotonic=moment.timestamp)      # its hours are those of this year


def vivre(annee, en_panne):
    ouvre = annee.nuits.ouvre(annee.jour)
    for du, au, avance in FERMETURES:
        if max(du - timedelta(days=avance), annee.premier) == annee.jour <= du:
            with models.ecriture():
                models.Fermeture.create(du=str(du), au=str(au), libelle='Fermeture')
    if not en_panne:
        for heure in (1, 6, 7, 7):                                  # every hour: nothing before 7, nothing twice
            regler(annee, heure)
            rappeler(annee, heure)
        actes = _actes_du_jour(annee, ouvre)
        actes.insert(len(actes) // 2, lambda: rappeler(annee, 13))
        for n, acte in enumerate(actes):
            regler(annee, 8 + n * 10 // max(1, len(actes)), n * 600 // max(1, len(actes)) % 60, n % 60)
            acte()
            if n % 10 == 9:
                porteur.envoyer_courriels(annee.configuration, 1000)
        porteur.ne_plus_attendre()
        porteur.envoyer_courriels(annee.configuration, 1000)
        regler(annee, 22)
        annee.nuits.verifier_la_nuit(annee.jour, lambda ident=None: parcourir(annee, ident))
    annee.jour += timedelta(days=1)


def rappeler(annee, heure):
    annee.bilan['rappels'] += porteur.relances()
    annee.nuits.verifier_les_rappels(annee.jour, heure)
    annee.nuits.relire_les_courriels('rappels')
    porteur.envoyer_courriels(annee.configuration, 1000)


def _actes_du_jour(annee, ouvre):
    hasard, moyenne = annee.hasard, annee.taille['demandes'] / annee.taille['jours']
    eveilles = annee.nuits.eveilles(annee.jour)
    actes = [lambda: deposer(annee)] * hasard.randint(0, round(moyenne * (2.6 if ouvre else 0.6)))
    actes += [lambda r=r: repondre_par_courriel(annee, *r) for r in annee.a_repondre]
    annee.a_repondre = []
    actes += [lambda: ecrire_de_la_mairie(annee)] * (3 if ouvre else 1)
    actes += [lambda: venir(annee)] * (2 if ouvre else 0)
    if ouvre:
        actes += [lambda i=i: agir(annee, i) for i in hasard.choices(eveilles, k=round(len(eveilles) * 0.5))]
        actes += [lambda i=i: agir(annee, i) for i in annee.administrateurs if i in eveilles for _ in range(4)]
        actes += [lambda: partir(annee)] * hasard.choice((0, 1, 1, 2))
    hasard.shuffle(actes)
    return [*actes, lambda: revoir(annee, eveilles)] if ouvre else actes


def preparer(dossier, graine, debut=DEBUT, **taille):
    chemin = os.path.join(dossier, 'annee.db')
    vendredi = debut + timedelta(days=(4 - debut.weekday()) % 7 + 7 * (taille['jours'] // 28))
    annee = SimpleNamespace(jour=debut, premier=debut, hasard=random.Random(graine), taille=taille, bilan=Counter(),
                            a_repondre=[], coupures={vendredi + timedelta(days=n) for n in range(4)})
    regler(annee, 6)
    models.initialiser(chemin)
    models.brancher(chemin)
    annee.configuration = Configuration({'PLATEFORME_BASE': chemin, 'PLATEFORME_SMTP': 'smtp://127.0.0.1:1',
                                         'PLATEFORME_REPONSES': 'plateforme+{}@reponses.example'})
    models.SITE.update(url='http://127.0.0.1:8080', smtp=True, reponses=annee.configuration.reponses)
    porteur.connexion_smtp = lambda smtp, delai=0: contextlib.nullcontext(
        SimpleNamespace(send_message=lambda lettre, to_addrs: remettre(annee, lettre, to_addrs)))
    peupler(annee)
    annee.application = wsgi.assembler(annee.configuration)
    annee.site, brute = parcourir(annee), sqlite3.connect(f'file:{chemin}?mode=ro', uri=True, isolation_level=None)
    annee.lire = lambda sql, *valeurs, **nommees: brute.execute(sql, nommees or valeurs).fetchall()
    annee.nuits = Nuits(annee.lire)
    annee.fiches = [str(n) for n, in annee.lire("SELECT id FROM fiche WHERE etat = 'publiee'")]
    annee.agents = [n for n, in annee.lire('SELECT id FROM agent WHERE actif AND ouvert_le IS NOT NULL')]
    annee.administrateurs = [n for n, in annee.lire('SELECT id FROM agent WHERE actif AND administrateur')]
    annee.collectivites = annee.lire(
        "SELECT min(nom), lower(replace(min(siren), ' ', '')) || '@mairie.example' FROM collectivite "
        "WHERE type = 'Commune' GROUP BY cherche HAVING count(*) = 1")
    return annee


def simuler(dossier, graine=31, debut=DEBUT, **taille):
    """Live that many days; yields each night what is known: bilan (a Counter), nuits (with faults), jour (to come)."""
    annee, milieu = preparer(dossier, graine, debut, **taille), taille['jours'] // 2
    for n in range(taille['jours']):
        vivre(annee, en_panne=milieu <= n < milieu + 6)
        yield annee
    models.debrancher()


def main():
    taille = {nom: int(os.environ.get(f'ANNEE_{nom.upper()}', defaut)) for nom, defaut in (
        ('graine', 31), ('jours', 365), ('demandes', 0), ('agents', 250), ('stock', 1000))}
    taille['demandes'] = taille['demandes'] or PAR_AN * taille['jours'] // 365
    debut = date.fromisoformat(os.environ.get('ANNEE_DEBUT', str(DEBUT)))
    init = models.db.init                                           # nothing here need outlive a power cut
    models.db.init = lambda chemin, pragmas, **o: init(chemin, pragmas={**pragmas, 'synchronous': 'OFF'}, **o)
    with tempfile.TemporaryDirectory() as dossier:
        for n, annee in enumerate(simuler(dossier, debut=debut, **taille), 1):
            bilan, nuits = annee.bilan, annee.nuits
            if n % 30 == 0:
                print(f'{annee.jour} : {bilan["dépôt 303"]} demandes, {len(nuits.fautes)} fautes', flush=True)
    for titre, compte in (('', bilan), ('vérifiés : ', nuits.vues)):
        print(*(f'{nombre:7} {titre}{quoi}' for quoi, nombre in sorted(compte.items())), sep='\n')
    print(*nuits.fautes[:40], f'{len(nuits.fautes)} fautes', sep='\n')
    return 1 if nuits.fautes else 0


if __name__ == '__main__':
    sys.exit(main())
