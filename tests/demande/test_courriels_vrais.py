"""Every mail of the circuit, word for word, in tests/demande/courriels: a change of wording shows in review.
COURRIELS=reecrire pytest tests/demande/test_courriels_vrais.py writes the files again."""
import email
import email.policy
import os
import re
import sys
import types
from functools import partial
from pathlib import Path

import conftest
import pytest
from conftest import CONTACT, DEPART, appeler_en_vain, au_matin, fixer, saisie_de, une_etape
from lettres_recues import JPG, lettre, multi, partie
from peewee import fn
from test_conversation import ATTENTE
from test_reglages_vides import TROU, vider

import models
import langue
from verbes import comptes, journal, questions, relais, textes
from verbes.exploitation import porteur, supervision
from verbes.exploitation.environnement import Configuration
from verbes.catalogue import catalogue
from verbes.administration import ameliorations, convention, inactifs, passation, personnes, succession
from verbes.courriels import adresse_de_reponse, alerter
from verbes.demande import (
    a_confirmer, actes, conversation, courrier, cycle, jalons, lettres, relances, reponses, reunions)
from verbes.demande.lecture_courriel import lire
from verbes.contenus import contenus, groupes, projets, relectures, seances
from views.administration import admin
from views.demande.gestes import GESTES

DOSSIER = Path(__file__).parent / 'courriels'
AUTRES = DOSSIER / 'autres.txt'
REECRIRE = os.environ.get('COURRIELS') == 'reecrire'
OBTENU = {'accord': 'obtenu', 'accord_le': '2026-11-24', 'accord_aupres': 'Camille Exemple'}
FIN = {'synthese': 'Fait.', 'texte_final': 'Le compte rendu est joint à votre page.'}
TITRE, COLLECTIVITE, JADIS = 'Revitalisation de bourg-centre', 'Rieumes', '2025-01-01T09:00:00Z'


def agir(action, qui, **saisie):
    return lambda m, d: cycle.changer_statut(d, action, getattr(m, qui), d.version, {
        nom: getattr(m, v) if nom in ('referent', 'fiche') else v for nom, v in saisie.items()})


def terminer(issue, **autres):
    return agir('terminer', 'referent', issue=issue, **FIN | autres)


def saisir(m, d, suivi, **autres):
    """Cas 2, entered by the chef, received the day before."""
    cycle.saisir_directe(saisie_de(m) | {
        'voie': 'téléphone', 'recue_le': '2026-11-23', 'suivi': suivi, 'referent': m.referent, **autres}, m.chef)


def deposer(**autres):
    return lambda m, d: cycle.deposer(saisie_de(m, **{n: getattr(m, v) if n == 'fiche' and v else v
                                                      for n, v in autres.items()}))


def suite(*faits):
    """One after the other, each on the demande as it is then."""
    def faire(m, d):
        for fait in faits:
            fait(m, d and models.Demande.get_by_id(d.numero))
    return faire


def oublier(**filtres):
    """The mails written so far, or those, are of another case."""
    ids = [c.id for c in models.Courriel.select().filter(**filtres)]
    models.Courriel.delete().where(models.Courriel.id.in_(ids)).execute()


def sans(*modeles):
    """What is forgotten before the last of a suite."""
    return lambda m, d: oublier(**{'modele__in': modeles} if modeles else {})


avertir = suite(lambda m, d: appeler_en_vain(d, m.referent),
                lambda m, d: actes.avertir_avant_cloture(d, m.referent, d.version, '2026-12-18'))


def envoyer_la_lettre(m, d):
    """The letter of the demande d, and of another of the same week unless it is restricted."""
    fixer('signataire_1', 'Le Président,')
    if not d.restreinte:
        autre, _ = cycle.deposer(saisie_de(m, fiche=m.urgente, message='Vite.'))
        oublier(demande=autre)
    vues = {p.cle: p.vue for siennes in lettres.a_preparer() for p in siennes}
    courrier.imprimer(vues, 'signataire_1', m.admin, '2026-11-24')
    for etape in ('signature', 'signee', 'envoyee'):
        vues = {s.lettre.id: s.marque for s in lettres.en_chemin()}
        courrier.noter(vues, etape, '2026-11-24', m.admin, voie='poste' if etape == 'envoyee' else '')


def ecarter_un_doublon(m, d):
    """Of the demande d, an urgent one: its date holds for d."""
    doublon, _ = cycle.deposer(saisie_de(m, fiche=m.urgente, message='Vite.', courriel='dgs@rieumes.example'))
    oublier(demande=doublon)
    cycle.changer_statut(doublon, 'ecarter', m.chef, doublon.version, {
        'ecart': 'doublon', 'doublon_de': d.numero, 'motif': 'La même.'})


def avec(agent, **colonnes):
    """This agent with these columns, as a request has it."""
    models.Agent.update(**colonnes).where(models.Agent.id == agent.id).execute()
    return models.Agent.get_by_id(agent.id)


def noter_pour_un_autre(m, d):
    """A pilote notes the absence of the référent of a restricted demande, with a colleague as suppléant."""
    suppleant = conftest.agent('Jonas', 'Croquis', m.referent.direction)
    relais.noter_absence(m.referent, '2026-11-24', '2026-12-04', suppleant.id, par=m.chef)
    return models.Absence.get()


def prevoir(qui='referent', par='chef'):
    return lambda m, d: jalons.prevoir_etape(d, getattr(m, par), d.version, une_etape(
        'Lever le plan', qui=getattr(m, qui), pour_le='2026-12-15'))


def proposer_une_fiche(m, d):
    fiche = m.fiche
    textes = {nom: getattr(fiche, nom, '') or '' for nom in catalogue.PROPOSABLES}
    textes['resume'] = 'De l\'état des lieux au plan d\'actions.'
    catalogue.proposer(fiche, m.chef, textes, 'Plus clair.')


def sur_un_contenu(m, d, *actes):
    """A content of the chef, then acts, [(name, who)]; the mails of the last one alone."""
    contenu = models.Contenu.get_by_id(contenus.creer('actualite', m.chef, {
        'titre': 'Des cours d\'école à l\'ombre', 'resume': 'Trois communes racontent.', 'corps': 'Un texte.'}))
    for nom, qui in actes:
        oublier()
        contenus.agir(contenu, nom, getattr(m, qui), 'Dites quand, et où.')
    return contenu


def proposer_un_changement(m, d):
    contenu = sur_un_contenu(m, d, ('publier', 'admin'))
    oublier()
    contenus.proposer(contenu, m.autre, {'resume': 'Trois communes.', 'corps': 'Un texte plus court.'}, 'Plus clair.')


def confier(m, d, qui='referent', a='chef', le='2026-11-24'):
    """Hand over all that one holds to another, the restricted ones too."""
    titulaire, choix = getattr(m, qui), succession.Choix('depart', le, '', '', str(getattr(m, a).id), {})
    choix = choix._replace(lignes={une.cle: choix.defaut for une in succession.tenir(titulaire) if une.candidats})
    plan = succession.preparer(titulaire, m.admin, choix)
    return passation.transferer(titulaire, m.admin, choix, plan.empreinte)


def quitter(m, d):
    """The structure of the chef leaves: the chef follows elsewhere, with their place, the rest is confided."""
    qui, places = m.chef.direction.structure, {}
    for ligne in convention.tenir(qui):
        places[ligne.cle] = str(m.chef.id if ligne.quoi == 'chef_de_file' else m.autre.id)
    choix = succession.Choix('convention', '', '', '', 'garder', places, {f'c{m.chef.id}': '3'})
    return passation.transferer(qui, m.admin, choix, convention.preparer(qui, m.admin, choix).empreinte)


def projet_de(m, d):
    """The projet of a demande, by its référent, proposed and agreed to."""
    soumettre_un_projet(m, d)
    oublier(modele='projet_a_relire')
    projets.noter_accord(models.Contenu.get(), m.referent, 'sa maire', '2026-11-20', [('accord.pdf', b'%PDF')])
    return models.Contenu.get()


def soumettre_un_projet(m, d):
    projet = models.Contenu.get_by_id(projets.rediger_depuis(d, m.referent))
    contenus.enregistrer(projet, m.referent, {
        'resume': 'Une halle.', 'cout': '210\u00a0000\u00a0€', 'corps': '## Le besoin\n\nUne place.'}, 'Écrit.')
    contenus.agir(models.relire(projet), 'soumettre', m.referent)


def relire_un_projet(m, d, correction=None):
    relectures.repondre(projet_de(m, d), m.cochef.direction.structure_id, m.cochef, correction)


def ecrire(m, d, qui='referent', ferme=False, **saisie):
    """A message to the collectivité, as it leaves; or does not, its demande closed meanwhile."""
    message = conversation.ecrire(d, getattr(m, qui), d.version, {
        'texte': 'Bonjour Madame,\n\nPouvez-vous nous envoyer le plan ?', 'porte': 'echange', 'sans_texte': False,
        **saisie}, [('plan.pdf', b'%PDF')])
    if ferme:
        suite(terminer('realise'), sans('cloture'))(m, d)
    conversation.partir(models.relire(message))


def reunion(m, **autres):
    """Of the référent, with the chef and the collectivité."""
    return {'jour': '2026-12-08', 'debut_a': '10:00', 'fin_a': '11:30', 'lieu': 'Mairie', 'agents': [m.chef.id],
            'collectivite': True} | autres


def reunir(m, d):
    reunions.proposer(d, m.referent, d.version, reunion(m))


def inviter_au_comite(m, d):
    communs = {'etat': 'publie', 'publie_le': '2026-11-20', 'audience': 'contributeurs', 'agent': m.admin,
               'cree_le': DEPART, 'modifie_le': DEPART}
    models.Contenu.create(genre='document', titre='Points à voir', nature='ordre_du_jour', seance_le='2026-12-15',
                          classe='comite', **communs)
    comite = models.Contenu.create(genre='evenement', titre='Comité de suivi', debut_le='2026-12-15', debut_a='14:00',
                                   fin_a='16:00', lieu='Salle 4', **communs)
    seances.inviter(comite, m.admin, f'a{m.chef.id}')
    return comite


def par_courriel(m, d, de='mairie@rieumes.example'):
    """A mairie that never opens its page: a message, its answer by e-mail with a photograph, the closing."""
    photo = partie('image/jpeg', JPG, 'base64', Content_Disposition='inline; filename=IMG_0042.jpeg')
    dit = '<p>Voici la façade.</p><blockquote>Le plan ?</blockquote><p>Merci.</p>'
    type_, corps = multi('mixed', partie('text/html; charset=utf-8', dit.encode()), photo)
    models.SITE['reponses'] = 'plateforme+{}@reponses.example'
    try:
        ecrire(m, d, **ATTENTE)
        d = models.Demande.get_by_id(d.numero)
        adresse = adresse_de_reponse(d, 'message_agent')
        assert d.attente_au and bool(adresse) != d.restreinte
        if adresse:
            reponses.ranger_ou_compter(lire(lettre(adresse, type_=type_, corps=corps, de=de)))
    finally:
        models.SITE['reponses'] = ''
    d = models.Demande.get_by_id(d.numero)
    if not d.restreinte and not d.inconnue_le:
        assert not d.attente_au and d.message_le and [p.nom for p in models.Piece.select()][1:] == ['IMG_0042.jpeg']
        assert models.Journal.get(nature='message').texte == 'Voici la façade.\n\n> Le plan ?\n\nMerci.'
        terminer('realise')(m, d)


# case: (state of the demande, what it is made with, what is done); a state '' makes none.
CAS = {
    'depot':               ('', {}, deposer()),
    'depot-libre':         ('', {}, deposer(fiche=None)),
    'depot-urgent':        ('', {}, deposer(fiche='urgente', date_a_tenir='2026-12-01')),
    'depot-confidentiel':  ('', {}, deposer(confidentielle=True)),
    'depot-adresse-inconnue': ('', {}, deposer(courriel='jeanne@gmail.example')),
    'depot-hors-liste':    ('', {}, deposer(collectivite=None, type='Syndicat', nom_collectivite='SIVOM du Touch')),
    'depot-doublon':       ('attribue_chef', {}, deposer(message='Encore la place.')),
    'direct-autre':        ('', {}, partial(saisir, suivi='autre', accuse=True)),
    'direct-chef':         ('', {}, partial(saisir, suivi='chef')),
    'direct-sans-fiche':   ('', {}, partial(saisir, suivi='chef', fiche=None)),
    'a-confirmer':         ('en_cours', {}, suite(
        lambda m, d: a_confirmer.demander(m.admin, 'Élection.', collectivite=m.rieumes), terminer('realise'))),
    'orienter':            ('receptionne_admin', {}, agir('orienter', 'admin', fiche='fiche', **OBTENU)),
    'orienter-a-recueillir': ('receptionne_admin', {}, agir('orienter', 'admin', fiche='fiche', accord='a_recueillir')),
    'orienter-urgent':     ('receptionne_admin', {}, agir('orienter', 'admin', fiche='urgente', **OBTENU)),
    'orienter-apres-rejet': ('rejete', {}, agir('orienter', 'admin', fiche='urgente', accord='a_recueillir')),
    'designer':            ('receptionne_chef', {}, agir('designer', 'chef', referent='referent')),
    'designer-restreinte': ('receptionne_chef', {'restreinte': True}, agir('designer', 'chef', referent='referent')),
    'changer-de-referent': ('en_cours', {}, agir('designer', 'chef', referent='associe', motif='Départ.')),
    'rendre-au-chef':      ('attribue_expert', {}, agir('rendre', 'referent', motif='Pas pour moi.')),
    'rendre-a-l-administrateur': ('receptionne_chef', {}, agir('rendre', 'chef', motif='Pas pour nous.')),
    'rejeter-par-le-cochef': ('en_cours', {}, agir('rejeter', 'cochef', motif='Voir la région.')),
    'repondre':            ('rejete', {}, agir('repondre', 'admin', texte_final='Voyez la région.', reponse='reponse')),
    'reorienter':          ('rejete', {}, agir('repondre', 'admin', texte_final='Écrivez-lui.', reponse='reorientee',
                                               organisme='la DDT 31', transmission='vous')),
    'terminer':            ('en_cours', {}, terminer('realise')),
    'terminer-sans-texte': ('en_cours', {}, terminer('sans_suite', texte_final='', convenu_le='2026-11-24')),
    'terminer-par-une-reponse': ('en_cours', {}, terminer('reponse')),
    'terminer-redirige':   ('en_cours', {}, terminer('redirige', organisme='le SDEHG', organisme_telephone='0534453445',
                                                     transmission='nous', transmise_le='2026-11-23')),
    'terminer-non-jointe': ('attribue_expert', {}, suite(
        lambda m, d: appeler_en_vain(d, m.referent, 'injoignable'), terminer('non_jointe', texte_final=''))),
    'ecarter-erreur':      ('attribue_chef', {}, agir('ecarter', 'chef', ecart='erreur', motif='Un essai.',
                                                      texte_final='Votre demande était un essai.')),
    'ecarter-doublon':     ('attribue_chef', {}, ecarter_un_doublon),
    'terminer-restreinte': ('en_cours', {'restreinte': True}, terminer('realise')),
    'abandonner-par-un-agent': ('en_cours', {}, agir('abandonner', 'referent', motif='Projet arrêté.',
                                                          texte_final='Vous nous avez dit arrêter ce projet.')),
    'abandonner-par-le-lien': ('en_cours', {}, lambda m, d: cycle.changer_statut(
        d, 'abandonner', None, None, {'motif': 'Projet arrêté.'})),
    'rouvrir':             ('termine', {}, agir('rouvrir', 'chef', motif='Suite.')),
    'rouvrir-sans-referent': ('rejete_clos', {}, agir('rouvrir', 'admin', motif='Suite.')),
    **{f'changer-de-chef{suite}': (etat, {}, lambda m, d: actes.changer_chef(
        d, m.admin, d.version, [m.autre, m.cochef], 'Congé.'))
       for suite, etat in (('', 'attribue_chef'), ('-en-cours', 'en_cours'))},
    'associer':            ('en_cours', {}, lambda m, d: actes.associer(d, m.chef, d.version, m.associe)),
    'associer-une-direction': ('en_cours', {}, lambda m, d: actes.associer(d, m.chef, d.version, m.cochef.direction)),
    'se-retirer': ('en_cours', {'associe': True}, lambda m, d: actes.se_retirer(d, m.associe, d.version, 'Trop pris.')),
    'retirer':             ('en_cours', {'associe': True}, lambda m, d: actes.retirer(
        d, m.chef, d.version, models.Membre.get(role='associe'), 'Fini.')),
    'ecrire':              ('en_cours', {}, ecrire),
    'reunion':             ('en_cours', {}, reunir),
    'reunion-restreinte':  ('en_cours', {'restreinte': True}, reunir),
    'reunion-deplacee':    ('en_cours', {}, suite(reunir, lambda m, d: reunions.changer(
        d, m.referent, d.version, models.Reunion.get().id, reunion(m, jour='2026-12-10', lieu='')))),
    'reunion-annulee':     ('en_cours', {}, suite(reunir, lambda m, d: reunions.annuler(
        d, m.referent, d.version, models.Reunion.get().id))),
    'comite':              ('', {}, inviter_au_comite),
    'comite-annule': ('', {}, lambda m, d: contenus.agir(inviter_au_comite(m, d), 'retirer', m.admin, 'Reporté.')),
    'ecrire-et-attendre':  ('en_cours', {}, partial(ecrire, **ATTENTE)),
    'ecrire-sans-texte':   ('en_cours', {}, partial(ecrire, sans_texte=True)),
    'ecrire-restreinte':   ('en_cours', {'restreinte': True}, partial(ecrire, **ATTENTE)),
    'par-courriel':        ('en_cours', {}, par_courriel),
    'par-courriel-inconnue': ('en_cours', {}, partial(par_courriel, de='perso@orange.example')),
    'par-courriel-restreinte': ('en_cours', {'restreinte': True}, par_courriel),
    'ecrire-associe':      ('en_cours', {'associe': True}, partial(ecrire, qui='associe')),
    'ecrire-trop-tard':    ('en_cours', {}, partial(ecrire, ferme=True)),
    'redire-l-attente':    ('en_cours', {}, lambda m, d: (
        models.Demande.update(attente_depuis=DEPART, attente_au='2026-12-01', attente_de='le plan').execute(),
        relances.redire(d.numero))),
    'lettre':              ('attribue_chef', {}, envoyer_la_lettre),
    'lettre-restreinte':   ('attribue_chef', {'restreinte': True}, envoyer_la_lettre),
    'message':             ('en_cours', {}, lambda m, d: actes.message_du_demandeur(d, 'Un détail.')),
    'message-apres-cloture': ('termine', {}, lambda m, d: actes.message_du_demandeur(d, 'Encore un besoin.')),
    'coordonnees': ('attribue_chef', {}, lambda m, d: actes.changer_coordonnees(d, 'dgs@rieumes.example', d.telephone)),
    'lien-perdu':          ('en_cours', {}, lambda m, d: actes.renvoyer_lien(d.numero, d.courriel)),
    'liens-perdus':        ('en_cours', {}, lambda m, d: actes.renvoyer_liens(d.courriel)),
    'interlocuteur':       ('en_cours', {}, lambda m, d: actes.changer_interlocuteur(
        d, m.chef, d.version, {'courriel': 'dgs@rieumes.example'})),
    'avertir':             ('en_cours', {}, avertir),
    'journal-immediat':    ('en_cours', {}, lambda m, d: (
        avec(m.chef, avis_journal='immediat'), journal.ajouter_au_journal(d, m.referent, 'note', 'Vu.'))),
    'confier-une-etape':   ('en_cours', {}, prevoir()),
    'proposer-une-etape':  ('en_cours', {}, prevoir('associe', 'referent')),
    'changer-une-etape':   ('en_cours', {}, suite(prevoir(), sans('etape'), lambda m, d: jalons.changer(
        d, m.chef, d.version, models.Jalon.get(), une_etape('Lever le plan', qui=m.referent, pour_le='2027-01-12')))),
    'pas-encore':          ('attribue_expert', {}, suite(
        lambda m, d: models.Demande.update(echeance='2026-11-20').execute(),
        lambda m, d: actes.repondre_au_rappel(d, 'pas_encore'))),
    'suppleance': ('', {}, lambda m, d: relais.noter_absence(m.chef, '2026-11-24', '2026-11-28', m.referent.id)),
    'suppleance-d-un-administrateur': ('', {}, lambda m, d: avec(m.autre, administrateur=True) and relais.noter_absence(
        m.admin, '2026-11-24', '2026-12-04', conftest.agent('Jonas', 'Croquis', m.admin.direction).id)),
    'fin-de-suppleance':   ('', {}, lambda m, d: relais.retirer_absence(models.Absence.create(
        agent=m.referent, du='2026-11-20', au='2026-11-28', suppleant=m.autre), m.chef)),
    'restreintes-en-attente': ('en_cours', {'restreinte': True}, noter_pour_un_autre),
    'accord-restreintes':  ('en_cours', {'restreinte': True}, lambda m, d: relais.ouvrir_les_restreintes(
        noter_pour_un_autre(m, d), m.admin)),
    'designer-un-absent':  ('receptionne_chef', {}, lambda m, d: (
        relais.noter_absence(m.referent, '2026-11-20', '2026-11-28', m.chef.id, 'oui'),
        agir('designer', 'chef', referent='referent')(m, d))),
    'changer-une-fiche':   ('', {}, lambda m, d: catalogue.changer_etat(
        m.fiche, m.admin, 'suspendue', 'Trop de demandes.', 'Reprend en mars.')),
    'publier-des-fiches':  ('', {}, lambda m, d: (
        m.fiche.update(etat='brouillon').execute(), catalogue.publier_ensemble(catalogue.brouillons(), m.admin))),
    'proposer-une-fiche':  ('', {}, proposer_une_fiche),
    'refuser-une-fiche':   ('', {}, suite(proposer_une_fiche, sans(), lambda m, d: catalogue.refuser(
        models.Version.get(etat='a_relire'), m.admin, 'Les mairies disent « place ».'))),
    'proposer-un-contenu': ('', {}, lambda m, d: sur_un_contenu(m, d, ('soumettre', 'chef'))),
    'publier-un-contenu':  ('', {}, lambda m, d: sur_un_contenu(m, d, ('soumettre', 'chef'), ('publier', 'admin'))),
    'renvoyer-un-contenu': ('', {}, lambda m, d: sur_un_contenu(m, d, ('soumettre', 'chef'), ('renvoyer', 'admin'))),
    'retirer-un-contenu':  ('', {}, lambda m, d: sur_un_contenu(m, d, ('publier', 'admin'), ('retirer', 'admin'))),
    'proposer-un-changement': ('', {}, proposer_un_changement),
    'publier-un-changement': ('', {}, suite(proposer_un_changement, sans(), lambda m, d: contenus.accepter(
        models.Version.get(etat='a_relire'), m.admin, {'resume': 'Trois communes.'}))),
    'refuser-un-changement': ('', {}, suite(proposer_un_changement, sans(), lambda m, d: contenus.refuser(
        models.Version.get(etat='a_relire'), m.admin, 'Le résumé est juste.'))),
    'soumettre-un-projet': ('termine', {}, soumettre_un_projet),
    'corriger-un-projet':  ('termine', {}, partial(relire_un_projet, correction='La halle date de 1882, non de 1928.')),
    'relire-un-projet':    ('termine', {}, relire_un_projet),
    'changer-un-projet-lu': ('termine', {}, suite(
        relire_un_projet, lambda m, d: contenus.enregistrer(
            models.Contenu.get(), m.referent, {'resume': 'En bref.'}, 'Revu.'))),
    'retirer-un-projet':   ('termine', {}, lambda m, d: projets.retirer_accord(
        projet_de(m, d), m.admin, '2026-11-24', 'La nouvelle équipe municipale ne le souhaite plus.')),
    'confier-un-groupe':   ('', {}, lambda m, d: groupes.ecrire(
        None, {'nom': 'Bourgs-centres', 'animateur': str(m.referent.id)}, m.admin)),
    'passation':           ('en_cours', {}, confier),
    'passation-restreinte': ('en_cours', {'restreinte': True}, confier),
    'passation-a-venir':   ('receptionne_chef', {}, partial(confier, qui='chef', a='referent', le='2026-12-31')),
    'passation-annulee':   ('en_cours', {}, lambda m, d: passation.annuler(confier(m, d), m.admin)),
    'fin-de-convention':   ('en_cours', {}, quitter),
    'fin-de-convention-annulee': ('en_cours', {}, lambda m, d: passation.annuler(quitter(m, d), m.admin)),
    'ameliorer':           ('', {}, lambda m, d: ameliorations.proposer({'texte': 'Trier par date.'}, m.chef)),
    'alerte':              ('', {}, lambda m, d: alerter('L\'heure de la machine a sauté.', 'heure')),
    'essai':               ('', {}, lambda m, d: supervision.essayer(m.admin)),
    'adresse-changee':     ('', {}, lambda m, d: personnes.modifier(
        m.chef, personnes.en_textes(m.chef) | {'courriel': 'c@hgi.example'}, m.admin)),
    'nouveau-mot-de-passe': ('', {}, lambda m, d: comptes.changer_mot_de_passe(
        avec(m.chef, mot_de_passe='scrypt$'), 'scrypt$x')),
    'donner-des-droits':   ('', {}, lambda m, d: personnes.modifier(
        m.chef, personnes.en_textes(m.chef) | {'administrateur': 'oui'}, avec(m.autre, administrateur=True))),
    'second-facteur-annonce': ('', {}, lambda m, d: comptes.annoncer_le_second_facteur(
        avec(m.chef, mot_de_passe='scrypt$') and '2026-12-10')),
    'compte-inutilise':    ('', {}, lambda m, d: (avec(
        conftest.agent('Oscar', 'Oublie', m.chef.direction), cree_le=JADIS, ouvert_le=JADIS), inactifs.passer())),
    'reseau-inconnu':      ('', {}, lambda m, d: comptes.annoncer_le_reseau(m.chef, '192.0.2.7')),
    'activer-un-second-facteur': ('', {}, lambda m, d: comptes.activer_second_facteur(m.chef, 'A' * 32, 1)),
    'code-de-secours':     ('', {}, lambda m, d: comptes._consommer_secours(m.chef, comptes.nouveaux_codes(m.chef)[0])),
    'lever-un-second-facteur': ('', {}, lambda m, d: comptes.retirer_second_facteur(m.chef, m.admin)),
    'invitation':          ('', {}, lambda m, d: comptes.envoyer_invitation(m.chef)),
    'invitation-lecteur':  ('', {}, lambda m, d: comptes.envoyer_invitation(models.Agent.create(
        prenom='Éloi', nom='Hemicycle', courriel='eloi@haute-garonne.example', direction=m.admin.direction,
        cree_le=DEPART, lecteur_au='2027-06-30'))),
    'mot-de-passe':        ('', {}, lambda m, d: comptes.envoyer_lien(m.chef.courriel))}


def ecrits(apres):
    """{modele: [texts]} of the mails written since an id; what changes at each run is left out."""
    textes = {}
    for c in models.Courriel.select().where(models.Courriel.id > apres).order_by(models.Courriel.id):
        texte = re.sub(r'/(suivi|invitation|rendez-vous)/[\w-]{20,}', r'/\1/JETON', c.corps)
        textes.setdefault(c.modele, []).append(f'À : {c.destinataire}\nObjet : {c.objet}\n\n{texte}\n')
    return textes


def en_bref(texte):
    """To whom, the subject, the first paragraph, what there is to do."""
    tete, _bonjour, premier, *_ = texte.strip().split('\n\n')
    a_faire = [ligne for ligne in texte.split('\n') if ligne.startswith('À faire') and ligne not in premier]
    return ' | '.join(morceau.replace('\n', ' | ') for morceau in (tete, premier, *a_faire))


def jouer(creer, monde, cas, faits=()):
    """Do it; the id of the last mail before. faits: takes the acts done, without those that led there."""
    etat, options, faire = CAS[cas]
    demande = creer(etat, **options) if etat else None
    if faits:
        faits.clear()
    with models.ecriture():
        apres = models.Courriel.select(fn.MAX(models.Courriel.id)).scalar() or 0
        if cas in ('changer-de-referent', 'ecrire-trop-tard'):      # the mail that names the expert has left
            models.Courriel.update(envoye_le=langue.maintenant()).execute()
        faire(monde, demande and models.Demande.get_by_id(demande.numero))
        return apres


def comparer(cas, lettres, laissees=()):
    """Each mail of a case is kept whole in <modele>-<cas>.txt, or, when it is much like one that is, on a line of
    autres.txt, as the lines left for the mail of the day; no more, no less. Written again, the first mail of a model
    is kept whole.
    """
    gardes = {nom for nom in (f'{modele}-{cas}.txt' for modele in MODELES) if DOSSIER.joinpath(nom).exists()}
    if REECRIRE:
        gardes |= {f'{modele}-{cas}.txt' for modele in lettres if not [*DOSSIER.glob(f'{modele}-*.txt')]}
    ecrites = [(f'{modele}-{cas}.txt', modele, lues) for modele, lues in lettres.items()]
    entiers = {nom: f'\n{"=" * 72}\n\n'.join(lues) for nom, _, lues in ecrites if nom in gardes}
    brefs = [f'{cas} | {modele} | {en_bref(lue)}' for nom, modele, lues in ecrites if nom not in gardes for lue in lues]
    brefs += [f'{cas} | du jour | {dit}' for _, dit in laissees]
    autres = AUTRES.read_text('utf-8').splitlines()
    siens = [ligne for ligne in autres if ligne.startswith(f'{cas} | ')]
    if REECRIRE:
        for nom in gardes - entiers.keys():
            DOSSIER.joinpath(nom).unlink()
        for nom, texte in entiers.items():
            DOSSIER.joinpath(nom).write_text(texte, 'utf-8')
        lignes = sorted([ligne for ligne in autres if ligne not in siens] + brefs, key=lambda dit: dit.split(' | ')[0])
        AUTRES.write_text(''.join(f'{ligne}\n' for ligne in lignes), 'utf-8')
        return
    assert entiers == {nom: DOSSIER.joinpath(nom).read_text('utf-8') for nom in gardes}
    assert brefs == siens


MODELES = set(textes.COURRIELS)
# Its form says to which address in another way; the mail leaves only when the promise comes sooner.
ANNONCES_AUTREMENT = {'ecrire', 'interlocuteur', 'orienter'}
TUS_ENSUITE = ('designer', 'changer-de-chef', 'rendre-a-l-administrateur', 'terminer', 'reorienter')


@pytest.fixture
def faits(monkeypatch):
    """The acts and transitions, in their order, as the law is asked for them."""
    demandes = []
    for nom in ('permettre', 'transition'):
        loi = getattr(questions, nom)

        def suivre(demande, acte, agent, loi=loi):
            demandes.append(acte)
            return loi(demande, acte, agent)
        for module in [module for module in sys.modules.values() if getattr(module, nom, None) is loi]:
            monkeypatch.setattr(module, nom, suivre)
    return demandes


@pytest.mark.parametrize('cas', CAS)
def test_chaque_courriel_du_circuit_est_celui_de_son_fichier_et_dit_ce_qu_il_doit_et_rien_d_autre(
        creer, monde, faits, cas):
    """Each case is played once, then read in every way."""
    apres = jouer(creer, monde, cas, faits)
    laissees = au_matin()
    with models.lecture():
        comparer(cas, ecrits(apres), laissees)
        for c in models.Courriel.select():
            if c.pour == 'demandeur' and c.id > apres and cas not in SANS_TOUT_DIRE:
                _dit_de_quoi_il_parle_et_qui_appeler(c)
            if c.pour == 'direction':
                assert 'vous êtes' not in f'{c.objet}\n{c.corps}'.lower()
                assert re.search(r' : pour \w+ \w+', c.objet.replace('\xa0', ' '))
            if c.pour == 'demandeur' and c.id > apres and faits:
                assert GESTES[faits[-1]].ecrit or faits[-1] in ANNONCES_AUTREMENT, (faits[-1], 'ecrit=True')
            _ne_porte_ni_le_message_ni_le_motif_ni_un_trou(c)
    if cas in TUS_ENSUITE:                                          # restricted then: what waits says no more
        with models.ecriture():
            demande = models.Demande.get()
            demande.restreinte = True
            journal.enregistrer(demande)
        for c in models.Courriel.select():
            tout = f'{c.objet}\n{c.corps}'
            assert not re.search(f'{TITRE}|{COLLECTIVITE}|DDT|Haute-Garonne Ingénierie|compte rendu', tout), c.modele
            assert 'n°\u00a01' in c.objet and not re.search(r'\{|  | [,.]|[:,]$', c.objet), c.objet


# The reminders of one morning: (case, state, instant).
RAPPELS = (('la-veille', 'receptionne_expert', '2026-12-03'), ('restreinte', 'receptionne_expert', '2026-12-08'),
           ('en-retard-de-deux-jours-ouvres', 'attribue_chef', '2026-12-08'), ('sans-ligne', 'en_cours', '2027-02-26'))


@pytest.mark.parametrize('cas, etat, jour', RAPPELS)
def test_chaque_rappel_est_celui_de_son_fichier(creer, monde, heure, cas, etat, jour):
    demande = creer(etat, restreinte=cas == 'restreinte')
    if cas == 'en-retard-de-deux-jours-ouvres':
        conftest.agir(actes.noter_contact, demande, monde.chef, CONTACT | {'resultat': 'message'})
    apres = models.Courriel.select(fn.MAX(models.Courriel.id)).scalar()
    heure(f'{jour}T08:00:00Z')
    porteur.relances()
    comparer(cas, ecrits(apres))


def test_chaque_courriel_a_un_cas(base):
    """« a_confirmer » is written in the place of another one: cloture-a-confirmer.txt. None is of a case of before.
    Each marker that a mail uses is permitted, and explained."""
    joues = {modele for modele in MODELES if [*DOSSIER.glob(f'{modele}-*.txt')]}
    assert MODELES - joues == {'a_confirmer'}
    connus = {*CAS, *(cas for cas, *_ in RAPPELS)}
    assert {p.name for p in DOSSIER.iterdir()} - {AUTRES.name} <= {f'{m}-{cas}.txt' for m in MODELES for cas in connus}
    assert {ligne.split(' | ')[0] for ligne in AUTRES.read_text('utf-8').splitlines()} <= connus
    for cle in MODELES:
        permis = {*textes.reperes('courriel', cle)}
        assert set(re.findall(r'\{(\w+)\}', ''.join(textes.origine('courriel', cle)))) <= permis, cle
        assert permis <= admin.SENS.keys(), (cle, permis - admin.SENS.keys())


# To a mairie, each carries it all (regles.md §8) but these: its number alone; of all their demandes at once.
SANS_TOUT_DIRE = ('direct-chef', 'direct-sans-fiche', 'suppleance', 'fin-de-suppleance', 'invitation',
                  'invitation-lecteur', 'a-confirmer', 'liens-perdus')
DEBUT_DU_BESOIN = 'Nous souhaitons réaménager la place du…'


def _dit_de_quoi_il_parle_et_qui_appeler(c):
    d, tout = c.demande, f'{c.objet}\n{c.corps}'
    assert f'n°\u00a0{d.numero}' in c.objet
    assert re.search(r'(Qui appeler|En l.absence de).*(\d\d\s){4}\d\d', c.corps)
    assert f'/suivi/{d.jeton}' in c.corps and '2026' in c.corps
    if d.restreinte:
        assert not re.search(f'{TITRE}|{COLLECTIVITE}|HGI|Bonjour.*rendu', tout)
    else:
        titre = d.titre if d.fiche_id else f'«\u00a0{DEBUT_DU_BESOIN}\u00a0»'
        assert f'({titre})' in c.objet and d.collectivite in c.corps
        assert d.titre in c.corps or c.modele == 'accuse'
        assert d.fiche_id or f'Demande libre\u00a0: {DEBUT_DU_BESOIN}\n' in c.corps


def _ne_porte_ni_le_message_ni_le_motif_ni_un_trou(c):
    tout = f'{c.objet}\n{c.corps}'
    if c.pour == 'demandeur' and c.demande_id and not c.demande.titre_depose:
        tout = tout.replace(DEBUT_DU_BESOIN, '')                    # a free request has no other name
    for interdit in ('réaménager la place', 'bourg.', 'Fait.', 'Un détail', 'Départ.', 'Congé.', 'Pas pour', 'Fini.',
                     'Projet arrêté', '{', ' , ', '()', ': .', '  '):
        assert interdit not in tout, (c.modele, interdit)
    assert c.objet.strip() and not re.search(r'[:,] *$', c.objet)
    if c.demande_id and c.demande.restreinte:
        assert TITRE not in tout and COLLECTIVITE not in tout


@pytest.mark.parametrize('cas', CAS)
def test_aucun_courriel_n_a_de_trou_quand_rien_n_est_regle(creer, monde, cas):
    vider(sauf=('ouvert_le',))
    apres = jouer(creer, monde, cas)
    for modele, texte in ((modele, texte) for modele, lus in ecrits(apres).items() for texte in lus):
        corps = re.sub(r'[ \xa0]+', ' ', texte)
        assert not TROU.search(corps), (modele, texte)
        assert not re.search(r'^(?!Bonjour).*, *\n\n|[:,]\s*\Z', corps, re.M), (modele, texte)


def test_sans_adresse_d_equipe_un_courriel_part_du_site_et_son_objet_garde_ses_espaces_quand_il_se_plie(creer):
    creer()
    vider(sauf=('ouvert_le',))
    configuration = Configuration({'PLATEFORME_URL': 'https://appui.exemple.fr'})
    with models.lecture():
        courriel, reglages = models.Courriel.get(models.Courriel.modele == 'accuse'), models.Reglage.tous()
    vu = porteur.message(courriel, reglages, configuration)
    assert vu['From'].endswith('<ne-pas-repondre@appui.exemple.fr>') and vu['Reply-To'] is None
    for place in range(70):
        objet = f'Votre expert est désigné – n°\u00a03 ({"x" * place} Sécuriser un captage d’eau potable)'
        courriel = types.SimpleNamespace(objet=objet, destinataire='mairie@sees.example', identifiant='<x@y>',
                                         corps='.', cree_le='2026-11-26T11:00:00Z')
        octets = porteur.message(courriel, reglages, configuration).as_bytes()
        assert max(map(len, octets.splitlines())) <= 78, place
        assert email.message_from_bytes(octets, policy=email.policy.default)['Subject'] == objet, place
