"""An act that closes waits two minutes: what stops it, what it gives back; the « rectificatif » (regles.md §12)."""
import itertools
import re
import sys

import pytest
from conftest import (
    CONTACT, agir, changer_demande, changer_ligne, corps_de, courriels, en_ecriture, en_meme_temps, laisser_partir,
    relire, relire_ici, statuer, texte)
from serveur import ICI
from test_conversation import ecrire, formulaire, lignes, soumettre, un_message_de_la_mairie

import models
from models import Courriel, Demande, Journal, MessageAPartir, Refus, Reunion
from verbes import regles
from verbes.demande import actes, conversation, cycle, reunions, stock
from verbes.exploitation import porteur
from verbes.exploitation.environnement import Configuration
from verbes.journal import ajouter_au_journal

MIDI, DEUX_MINUTES = '2026-11-24T11:00:00Z', '2026-11-24T11:02:00Z'
PAGE = '/espace/demandes/{}'
FIN = {'issue': 'realise', 'synthese': 'Plan-guide remis.', 'texte_final': 'Voici votre plan.'}
# act: (state it is done from, who does it, its fields, the statut reached).
ACTES = {
    'terminer':   ('en_cours', 'referent', FIN, 'termine'),
    'repondu':    ('receptionne_expert', 'referent', {**CONTACT, **FIN}, 'termine'),
    'repondre':   ('rejete', 'admin', {'reponse': 'reponse', 'texte_final': 'Voyez la Région.'}, 'rejete'),
    'abandonner': ('en_cours', 'chef', {'motif': 'Projet arrêté.', 'texte_final': 'Dit ensemble.'}, 'abandonne'),
    'ecarter':    ('attribue_chef', 'chef', {'motif': 'Erreur.', 'ecart': 'erreur', 'texte_final': 'Vu.'}, 'termine')}


def presser(demande, agent, action='terminer', champs=FIN):
    """Press the closing as its form does; returns what waits."""
    return agir(lambda lue, qui, vue: conversation.faire_attendre(lue, action, qui, vue, champs), demande, agent)


def ce_qui_est_ecrit():
    """Every row of what a closing writes."""
    with models.lecture():
        return [list(table.select().order_by(table._meta.primary_key).dicts())
                for table in (Demande, Journal, Courriel, Reunion, models.Evaluation, models.Membre)]


def attend():
    with models.lecture():
        return MessageAPartir.get_or_none()


@pytest.mark.parametrize('action', ACTES)
def test_un_acte_qui_clot_n_ecrit_rien_avant_deux_minutes_et_se_reprend_entier(creer, monde, entrer, heure, action):
    etat, role, champs, vers = ACTES[action]
    demande, nav = creer(etat), entrer(getattr(monde, role))
    adresse, lire = PAGE.format(demande.numero), entrer(monde.cochef)
    heure(MIDI)
    avant = ce_qui_est_ecrit()
    page = nav.get(f'{adresse}?action={action}')
    if action in ('abandonner', 'ecarter'):                         # the internal reason comes first
        assert [c['name'] for c in page.html.select('#action form textarea')] == ['motif', 'texte_final']
        assert 'zone-message' in page.html.find(id='texte_final').find_parent(class_='champ')['class']
        premier = page.html.select_one('#action form :is(textarea, select, input:not([type=hidden]))')
        assert premier['name'] == 'motif'
    bouton = page.html.select('#action button[type=submit]')[-1].text
    verbe = {'repondre': 'Répondre', 'abandonner': 'Abandonner et écrire', 'ecarter': 'Écarter et écrire'}
    assert bouton == f'{verbe.get(action, "Clore et écrire")} à Jeanne Exemplaire'
    form = formulaire(formulaire(soumettre(page, f'/{action}', **champs), '/retenir').submit(), f'/{action}')
    assert {nom: form[nom].value for nom in champs} == champs
    laisser_partir()
    assert ce_qui_est_ecrit() == avant and not attend()
    annonce = form.submit().follow().html.select_one('.annonce')    # sent again as it came back
    assert ce_qui_est_ecrit() == avant
    assert 'à 12 h 02' in annonce.text.replace('\xa0', ' ') and 'Reprendre' in annonce.find('button').text
    lue = lire.get(adresse)                                         # the team reads it, and may not move it
    assert 'Clôture en attente, part à 12 h 02' in texte(lue) and champs['texte_final'] in texte(lue)
    assert not any(b.text in {t.bouton for t in regles.TRANSITIONS} for b in lue.html.select('.barre-actions .bouton'))
    heure(DEUX_MINUTES)
    conversation.faire_partir()
    close = relire(demande)
    assert (close.statut, close.clos_le, close.texte_final) == (vers, MIDI, champs['texte_final'])
    assert not attend() and courriels(pour='demandeur')[-1][0] in ('cloture', 'reponse', 'abandon_demandeur')
    with open(f'{ICI}/static/doc/regles.md') as chapitre:           # those of the chapter, each tried here
        dits = re.search(r"Celles d'un agent qui closent, (.*?), attendent", chapitre.read(), re.S)[1]
    assert re.findall('`([a-z]+)`', dits) == list(regles.CLOSENT) and ACTES.keys() == set(regles.CLOSENT)


def test_ce_qui_serait_refuse_au_depart_l_est_tout_de_suite_et_un_incident_la_garde(accompagnee, creer, monde, entrer):
    avant = ce_qui_est_ecrit()
    for champs, champ in (({'issue': 'realise'}, 'synthese'), (FIN | {'issue': 'non_jointe'}, 'issue'),
                          (FIN | {'issue': 'redirige'}, 'organisme'), (FIN | {'ampleur': 'énorme'}, 'ampleur')):
        with pytest.raises(Refus) as non:
            presser(accompagnee, monde.referent, champs=champs)
        assert non.value.champ == champ and ce_qui_est_ecrit() == avant and not attend(), champ
    assert presser(accompagnee, monde.referent) == presser(accompagnee, monde.referent)
    with pytest.raises(Refus, match='attend de partir') as non:
        presser(accompagnee, monde.referent, champs=FIN | {'synthese': 'Autre.'})
    assert non.value.code == 409
    laisser_partir()
    page = entrer(monde.referent).get(f'{PAGE.format(accompagnee.numero)}?fait=partira')
    assert "c'est parti, ou repris" in texte(page) and not page.html.select('.annonce button')
    demande = creer('en_cours', associe=True, message='Autre.')
    agir(reunions.proposer, demande, monde.referent, {'jour': '2026-12-01', 'debut_a': '10:00', 'fin_a': '11:00',
                                                      'lieu': '', 'agents': [monde.chef.id], 'collectivite': True})
    attendue = presser(demande, monde.referent)
    changer_ligne(attendue, champs='{')
    laisser_partir()
    assert 'incident' in attend().raison and ('message_retenu', monde.referent.courriel) in courriels()
    with models.lecture():
        assert Reunion.get().annulee_le is None and relire_ici(demande).clos_le is None
    changer_ligne(attendue, champs=attendue.champs, raison='')
    laisser_partir()
    with models.lecture():
        assert Reunion.get().annulee_le


UN_MOT = {'texte': 'Bonjour.', 'porte': 'echange', 'sans_texte': False}
# what is done meanwhile, with the people of the small world: what its author reads of it
ARRETENT = {
    'message': (lambda d, m: actes.message_du_demandeur(d, 'Attendez.'), 'La collectivité a écrit'),
    'abandon': (lambda d, m: cycle.changer_statut(d, 'abandonner', None, None, {'motif': 'Fini.'}),
                'abandonné sa demande'),
    'coordonnees': (lambda d, m: actes.changer_coordonnees(d, 'nouvelle@rieumes.example', ''), 'changé quelque chose'),
    'note': (lambda d, m: ajouter_au_journal(d, m.chef, 'note', 'Ne pas clore.'), 'Camille Exemple a écrit au journal'),
    'appel': (lambda d, m: ajouter_au_journal(d, m.cochef, 'appel', 'Le maire rappelle.'), '(appel)'),
    'collègue': (lambda d, m: conversation.ecrire(d, m.chef, d.version, UN_MOT), 'écrit à la collectivité'),
    'interlocuteur': (lambda d, m: actes.changer_interlocuteur(
        d, m.referent, d.version, {'courriel': 'maire@rieumes.example'}), 'L\'interlocuteur')}


@pytest.mark.parametrize('quoi', ARRETENT)
def test_la_mairie_et_un_collegue_l_arretent_et_son_auteur_en_est_averti(creer, monde, entrer, quoi):
    demande, (arreter, dit) = creer('attribue_chef' if quoi == 'coordonnees' else 'en_cours'), ARRETENT[quoi]
    auteur, action = (monde.cochef, 'abandonner') if quoi == 'coordonnees' else (monde.referent, 'terminer')
    presser(demande, auteur, action, ACTES[action][2])
    en_ecriture(arreter, relire(demande), monde)
    with models.lecture():
        assert dit in MessageAPartir.get(MessageAPartir.acte != '').raison
    assert ('message_retenu', auteur.courriel) in courriels()
    laisser_partir()
    assert relire(demande).statut == ('abandonne' if quoi == 'abandon' else demande.statut)
    page = entrer(auteur).get(PAGE.format(demande.numero))
    assert "Clôture qui n'est pas faite" in texte(page) and dit in texte(page)
    page = formulaire(page, '/retenir').submit()                    # even when it can't be done any more
    assert ACTES[action][2]['texte_final'] in [zone.text.strip() for zone in page.html.select('textarea')]


def test_un_appel_note_par_un_collegue_l_arrete_et_demarre_ses_propres_notes_non(creer, accompagnee, monde, heure):
    presser(accompagnee, monde.referent)
    en_ecriture(ajouter_au_journal, relire(accompagnee), monde.referent, 'note', 'Pour mémoire.')
    with pytest.raises(Refus, match='attend de partir'):
        ecrire(accompagnee, monde.referent)
    laisser_partir()
    assert relire(accompagnee).statut == 'termine'
    demande = creer('receptionne_expert', message='Autre.')
    presser(demande, monde.referent, 'abandonner', ACTES['abandonner'][2])
    agir(actes.noter_contact, demande, monde.chef, CONTACT | {'demarrer': 'oui'})
    assert relire(demande).statut == 'en_cours' and attend().raison
    en_ecriture(conversation.reprendre, attend(), monde.referent)
    for porte in regles.PORTES_PAR:                                 # what waited already does not
        heure(MIDI)
        demande = creer('en_cours', associe=True, message=porte)
        ecrire(demande, monde.chef, 'Un mot.', porte=porte)
        heure('2026-11-24T11:01:00Z')
        presser(demande, monde.referent)
        heure(DEUX_MINUTES)
        conversation.faire_partir()
        assert [ligne.texte for ligne in lignes(demande, 'reponse')] == ['Un mot.'] and not attend().raison, porte
        heure('2026-11-24T11:03:00Z')
        conversation.faire_partir()
        assert relire(demande).statut == 'termine', porte


def test_une_autre_transition_est_un_409_qui_rend_le_texte_jamais_pour_la_mairie(accompagnee, monde, entrer, site):
    presser(accompagnee, monde.referent)
    champs = FIN | {'version': accompagnee.version, 'motif': 'Un mot.', 'referent': monde.cochef.id, 'ecart': 'erreur'}
    nav, autres = entrer(monde.chef), {t.action for t in regles.TRANSITIONS if 'en_cours' in t.de} - regles.EN_LOT
    for action in sorted(autres):
        reponse = nav.post(f'{PAGE.format(accompagnee.numero)}/{action}', champs, status=409)
        assert 'Claude Temoin peut la reprendre' in texte(reponse), action
        assert 'Un mot.' in reponse.text or action == 'terminer'
        assert relire(accompagnee).statut == 'en_cours' and not attend().raison, action
    page = site.get(f'/suivi/{accompagnee.jeton}')
    assert 'Voici votre plan.' not in page.text                     # nor reads it before it leaves
    soumettre(page, '/abandonner', motif='Nous arrêtons.', numero=str(accompagnee.numero))
    assert relire(accompagnee).statut == 'abandonne' and 'abandonné sa demande' in attend().raison


def confier(demande, m):
    passage = next(t for t in regles.TRANSITIONS if t.action == 'designer' and 'en_cours' in t.de)
    cycle.changer_statut(demande, 'designer', m.chef, demande.version, {'referent': m.associe, 'motif': 'Charge.'},
                         accordee=(passage, m.chef.id))


def test_les_droits_perdus_entre_temps_elle_ne_part_pas(creer, monde):
    for perdre, dit in ((lambda lue: en_ecriture(confier, lue, monde), 'pas ouverte à votre rôle'),
                        (lambda lue: changer_ligne(monde.referent, actif=False), 'compte de son')):
        demande = creer('en_cours', message=dit)
        presser(demande, monde.referent)
        perdre(relire(demande))
        avant = lignes(demande, *regles.NATURES_PLATEFORME)
        laisser_partir()
        assert relire(demande).clos_le is None and dit in attend().raison and attend().texte == FIN['texte_final']
        assert lignes(demande, *regles.NATURES_PLATEFORME) == avant
        en_ecriture(MessageAPartir.delete().execute)


def test_restreinte_elle_part_et_se_tait_l_heure_en_doute_ou_arrete_elle_attend(accompagnee, creer, monde, heure, base):
    attendue = presser(accompagnee, monde.referent)
    agir(actes.restreindre, accompagnee, monde.chef, True)
    changer_ligne(attendue, part_le=MIDI)
    conversation.faire_partir(juste=False)
    assert relire(accompagnee).statut == 'en_cours' and not attend().raison
    conversation.faire_partir(juste=True)
    assert relire(accompagnee).statut == 'termine' and 'Voici votre plan' not in corps_de('cloture')
    demande = creer('en_cours', message='Autre.')
    heure('2028-01-05T09:00:00Z')
    presser(demande, monde.referent)
    heure(MIDI)
    conversation.faire_partir()
    assert relire(demande).clos_le == MIDI
    heure('2026-11-24T09:00:00Z')
    demande = creer('receptionne_expert', message='Une de plus.')
    heure('2026-12-04T15:30:00Z')                                   # the day told, at 16 h 30
    presser(demande, monde.referent, 'repondu', {**CONTACT, 'contact_le': '2026-12-04', **FIN, 'issue': 'reponse'})
    heure('2026-12-09T08:00:00Z')
    porteur.envoyer_courriels(Configuration({'PLATEFORME_BASE': base, 'PLATEFORME_SMTP': 'smtp://localhost:9'}), 0)
    close = relire(demande)
    assert close.clos_le == '2026-12-04T15:30:00Z' and close.premier_contact_le == close.repondu_le == '2026-12-04'
    assert {ligne.cree_le for ligne in lignes(demande, 'contact')} == {'2026-12-04T15:30:00Z'}


def test_un_lot_classe_la_laisse_et_qui_ne_la_lit_plus_relit_ce_qu_il_ecrivait(creer, monde, entrer, accompagnee):
    demande = creer('en_cours', message='Ancienne.')
    changer_demande(demande, reprise=True, importee=True, echeance=None)
    presser(demande, monde.referent, 'abandonner', ACTES['abandonner'][2])
    form = next(f for f in entrer(monde.admin).get('/espace/admin/reprise').forms.values() if 'motif' in f.fields)
    form['motif'] = 'Ancienne.'
    apercu = texte(form.submit())
    assert f'n° {demande.numero}' in apercu and 'Une clôture attend de partir' in apercu
    with models.lecture():
        assert stock.apercevoir([demande.numero]).demandes == []
    presser(accompagnee, monde.referent)
    with models.ecriture():
        actes.restreindre(relire_ici(accompagnee), monde.chef, relire_ici(accompagnee).version, True)
        confier(relire_ici(accompagnee), monde)
    laisser_partir()
    page = entrer(monde.referent).get(PAGE.format(accompagnee.numero), status=403)
    rendus = [zone.text.strip() for zone in page.html.select('textarea')]
    assert {FIN['synthese'], FIN['texte_final']} <= set(rendus)
    entrer(monde.autre).get(PAGE.format(accompagnee.numero), status=403)
    assert FIN['synthese'] in texte(entrer(monde.chef).get(PAGE.format(accompagnee.numero)))


def test_deux_pressent_a_la_fois_une_attend_son_auteur_seul_la_reprend_tuee_attend(accompagnee, monde, monkeypatch):
    agents, faits = (monde.chef, monde.cochef, monde.referent), []

    def presser_une(n):
        try:
            faits.append(presser(accompagnee, agents[n], 'abandonner', ACTES['abandonner'][2]))
        except Refus as refus:
            assert refus.code == 409
    assert en_meme_temps(3, presser_une) == []
    with models.lecture():
        assert len(faits) == 1 == MessageAPartir.select().count()
    attendue, = faits
    auteur = next(agent for agent in agents if agent.id == attendue.agent_id)
    for agent in agents:
        if agent is not auteur:
            with pytest.raises(Refus, match='Seul son auteur'):
                en_ecriture(conversation.reprendre, attendue, agent)
    en_ecriture(conversation.reprendre, attendue, auteur)
    with pytest.raises(Refus, match='déjà parti'):
        en_ecriture(conversation.reprendre, attendue, auteur)
    changer_ligne(presser(accompagnee, monde.referent), part_le='2026-01-01T09:00:00Z')
    avant, vraie = ce_qui_est_ecrit(), models.db.execute_sql
    for ordre in (4, 11, 18, 25, 32):                               # the process leaves at this statement
        fois = itertools.count(1)
        with monkeypatch.context() as mort, pytest.raises(SystemExit):
            mort.setattr(models.db, 'execute_sql', lambda *dit, n=ordre, fois=fois, **options: (
                sys.exit() if next(fois) == n else vraie(*dit, **options)))
            conversation.faire_partir()
        assert ce_qui_est_ecrit() == avant and not attend().raison, ordre
    laisser_partir()
    assert relire(accompagnee).statut == 'termine' and not attend()


def test_un_rectificatif_part_d_une_close_qui_le_reste_sauf_si_la_mairie_ecrit(creer, monde, entrer, site, heure):
    demande = creer('termine')
    heure(MIDI)
    page = entrer(monde.referent).get(PAGE.format(demande.numero)).click('Ajouter un rectificatif')
    page = formulaire(soumettre(page, '/rectifier', texte='Le plafond est de 80 000 €.'), '/retenir').submit()
    assert formulaire(page, '/rectifier')['texte'].value == 'Le plafond est de 80 000 €.'
    soumettre(page, '/rectifier')
    assert '80 000' not in site.get(f'/suivi/{demande.jeton}').text
    heure(DEUX_MINUTES)
    conversation.faire_partir()
    assert relire(demande).statut == 'termine' and '80 000' in site.get(f'/suivi/{demande.jeton}').text
    assert '80 000' in corps_de('message_agent')
    agir(conversation.rectifier, demande, monde.referent, 'Plutôt mardi.')
    heure('2026-11-24T11:03:00Z')
    un_message_de_la_mairie(demande, 'Ne venez pas.')
    heure('2026-11-24T11:05:00Z')
    conversation.faire_partir()
    assert 'La collectivité a écrit' in attend().raison
    demande = creer('en_cours', associe=True, message='Autre.')
    statuer(demande, 'terminer', monde.referent, **FIN)
    for role in ('admin', 'chef', 'cochef', 'referent', 'associe', 'autre'):
        page = entrer(getattr(monde, role)).get(PAGE.format(demande.numero))
        assert ('Ajouter un rectificatif' in page.text) == (role not in ('associe', 'autre')), role
