"""An act that closes waits two minutes: nothing is written before, it leaves in one piece, dated of its press; what
stops it, and what it gives back; the « rectificatif » of a closed demande (regles.md §12)."""
import re
import signal
import subprocess
import sys
import threading

import pytest
from conftest import CONTACT, agir, corps_de, courriels, laisser_partir, relire, relire_ici, texte
from serveur import ICI
from test_conversation import ecrire, formulaire, lignes, un_message_de_la_mairie

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
    'ecarter':    ('attribue_chef', 'chef', {'motif': 'Envoyée par erreur.', 'ecart': 'erreur', 'texte_final': 'Vu.'},
                   'termine'),
}


def presser(demande, agent, action='terminer', champs=None):
    """Press the closing as its form does; returns what waits."""
    with models.ecriture():
        demande = Demande.get_by_id(demande.numero)
        return conversation.faire_attendre(demande, action, agent, demande.version, champs or FIN)


def ce_qui_est_ecrit():
    """Every row of what a closing writes."""
    with models.lecture():
        return [list(table.select().order_by(table._meta.primary_key).dicts())
                for table in (Demande, Journal, Courriel, Reunion, models.Evaluation, models.Membre)]


def attend():
    with models.lecture():
        return MessageAPartir.get_or_none()


# --- The circuit: pressed, waiting, left or taken back ---


@pytest.mark.parametrize('action', ACTES)
def test_un_acte_qui_clot_n_ecrit_rien_avant_deux_minutes_puis_tout(creer, monde, entrer, heure, action):
    etat, role, champs, vers = ACTES[action]
    demande, nav = creer(etat), entrer(getattr(monde, role))
    adresse = PAGE.format(demande.numero)
    heure(MIDI)
    avant = ce_qui_est_ecrit()
    page = nav.get(f'{adresse}?action={action}')
    form = next(f for f in page.forms.values() if f.action.split('?')[0].endswith(f'/{action}'))
    for nom, valeur in champs.items():
        form[nom] = valeur
    bouton = page.html.select('#action button[type=submit]')[-1].text
    assert bouton == f'{regles_du_bouton(action)} Jeanne Exemplaire'
    page = form.submit().follow()
    assert ce_qui_est_ecrit() == avant
    annonce = page.html.select_one('.annonce')
    assert 'à 12 h 02' in annonce.text.replace('\xa0', ' ') and 'Reprendre' in annonce.find('button').text
    lue = entrer(monde.cochef).get(adresse)                         # the team reads it, and may not move it
    assert 'Clôture en attente, part à 12 h 02' in texte(lue) and champs['texte_final'] in texte(lue)
    assert not any(b.text in {t.bouton for t in regles.TRANSITIONS} for b in lue.html.select('.barre-actions .bouton'))
    heure(DEUX_MINUTES)
    conversation.faire_partir()
    close = relire(demande)
    assert (close.statut, close.clos_le, close.texte_final) == (vers, MIDI, champs['texte_final'])
    assert not attend() and courriels(pour='demandeur')[-1][0] in ('cloture', 'reponse', 'abandon_demandeur')


def regles_du_bouton(action):
    return {'terminer': 'Terminer et écrire à', 'repondu': 'Terminer et écrire à', 'repondre': 'Répondre à',
            'abandonner': 'Abandonner et écrire à', 'ecarter': 'Écarter et écrire à'}[action]


@pytest.mark.parametrize('action', ['abandonner', 'ecarter'])
def test_le_motif_interne_vient_d_abord_et_ce_qui_est_lu_a_le_fond_d_un_message(accompagnee, monde, entrer, action):
    page = entrer(monde.chef).get(f'{PAGE.format(accompagnee.numero)}?action={action}')
    champs = page.html.select('#action form textarea')
    assert [c['name'] for c in champs] == ['motif', 'texte_final']
    assert 'zone-message' in page.html.find(id='texte_final').find_parent(class_='champ')['class']
    premier = page.html.select_one('#action form :is(textarea, select, input:not([type=hidden]))')
    assert premier['name'] == 'motif'


def test_les_actes_essayes_ici_sont_ceux_qui_closent_et_que_le_chapitre_dit():
    assert ACTES.keys() == set(regles.CLOSENT)
    with open(f'{ICI}/static/doc/regles.md') as chapitre:
        dits = re.search(r"Celles d'un agent qui closent, (.*?), attendent", chapitre.read(), re.S)[1]
    assert re.findall('`([a-z]+)`', dits) == list(regles.CLOSENT)


@pytest.mark.parametrize('action', ACTES)
def test_reprendre_ne_laisse_rien_et_rend_chaque_champ(creer, monde, entrer, action):
    etat, role, champs, _ = ACTES[action]
    demande, nav = creer(etat), entrer(getattr(monde, role))
    avant = ce_qui_est_ecrit()
    reponse = nav.post(f'{PAGE.format(demande.numero)}/{action}', {'version': demande.version, **champs})
    page = formulaire(reponse.follow(), '/retenir').submit()
    form = formulaire(page, f'/{action}')
    assert {nom: form[nom].value for nom in champs} == champs
    laisser_partir()
    assert ce_qui_est_ecrit() == avant and not attend()
    form.submit(status=303)                                         # sent again as it came back


def test_un_incident_la_garde_et_son_auteur_en_est_averti(accompagnee, monde):
    presser(accompagnee, monde.referent)
    with models.ecriture():
        MessageAPartir.update(champs='{').execute()
    laisser_partir()
    assert 'incident' in attend().raison and ('message_retenu', monde.referent.courriel) in courriels()
    assert relire(accompagnee).clos_le is None


def test_ce_qui_serait_refuse_au_depart_l_est_tout_de_suite_et_envoyee_deux_fois_elle_attend_une_fois(
        accompagnee, monde, entrer):
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


def test_aucune_reunion_n_est_annulee_avant_le_depart(accompagnee, monde, heure):
    with models.ecriture():
        reunions.proposer(relire_ici(accompagnee), monde.referent, relire_ici(accompagnee).version, {
            'jour': '2026-12-01', 'debut_a': '10:00', 'fin_a': '11:00', 'lieu': '', 'agents': [monde.chef.id],
            'collectivite': True})
    presser(accompagnee, monde.referent)
    with models.lecture():
        assert Reunion.get().annulee_le is None
    laisser_partir()
    with models.lecture():
        assert Reunion.get().annulee_le


def test_le_service_arrete_elle_part_au_demarrage_datee_de_son_envoi(creer, monde, heure, base):
    demande = creer('receptionne_expert')
    heure('2026-12-04T15:30:00Z')                                   # the day told, at 16 h 30
    presser(demande, monde.referent, 'repondu', {**CONTACT, 'contact_le': '2026-12-04', **FIN, 'issue': 'reponse'})
    heure('2026-12-09T08:00:00Z')
    porteur.envoyer_courriels(Configuration({'PLATEFORME_BASE': base, 'PLATEFORME_SMTP': 'smtp://localhost:9'}), 0)
    close = relire(demande)
    assert (close.clos_le, close.premier_contact_le, close.repondu_le) == (
        '2026-12-04T15:30:00Z', '2026-12-04', '2026-12-04')
    assert {ligne.cree_le for ligne in lignes(demande, 'contact')} == {'2026-12-04T15:30:00Z'}


# --- What stops it: the collectivité first, then a colleague ---

def coordonnees(demande, m):
    actes.changer_coordonnees(demande, 'nouvelle@rieumes.example', '')


def abandon(demande, m):
    cycle.changer_statut(demande, 'abandonner', None, None, {'motif': 'Fini.'})


def message(demande, m):
    actes.message_du_demandeur(demande, 'Attendez.')


def note(demande, m):
    ajouter_au_journal(demande, m.chef, 'note', 'Ne pas clore.')


def appel(demande, m):
    ajouter_au_journal(demande, m.cochef, 'appel', 'Le maire rappelle.')


def contact(demande, m):
    actes.noter_contact(demande, m.chef, demande.version, CONTACT | {'demarrer': 'oui'})


def message_d_un_collegue(demande, m):
    conversation.ecrire(demande, m.chef, demande.version, {'texte': 'Bonjour.', 'porte': 'echange',
                                                           'sans_texte': False})


def autre_interlocuteur(demande, m):
    actes.changer_interlocuteur(demande, m.referent, demande.version, {'courriel': 'maire@rieumes.example'})


ARRETENT = {
    message: 'La collectivité a écrit', abandon: 'abandonné sa demande', coordonnees: 'changé quelque chose',
    note: 'Camille Exemple a écrit au journal', appel: '(appel)', message_d_un_collegue: 'écrit à la collectivité',
    autre_interlocuteur: 'L\'interlocuteur',
}


@pytest.mark.parametrize('arreter', ARRETENT)
def test_la_mairie_et_un_collegue_l_arretent_et_son_auteur_en_est_averti(creer, monde, entrer, arreter):
    demande = creer('attribue_chef' if arreter is coordonnees else 'en_cours')
    auteur, action = (monde.cochef, 'abandonner') if arreter is coordonnees else (monde.referent, 'terminer')
    presser(demande, auteur, action, ACTES[action][2])
    with models.ecriture():
        arreter(relire_ici(demande), monde)
    with models.lecture():
        retenue = MessageAPartir.get(MessageAPartir.acte != '')
        assert ARRETENT[arreter] in retenue.raison
    assert ('message_retenu', auteur.courriel) in courriels()
    laisser_partir()
    assert relire(demande).statut == ('abandonne' if arreter is abandon else demande.statut)
    page = entrer(auteur).get(PAGE.format(demande.numero))
    assert "Clôture qui n'est pas faite" in texte(page) and ARRETENT[arreter] in texte(page)
    page = formulaire(page, '/retenir').submit()                    # even when it can't be done any more
    rendus = [zone.text.strip() for zone in page.html.select('textarea')]
    assert ACTES[action][2]['texte_final'] in rendus


def test_un_appel_note_par_un_collegue_l_arrete_et_demarre(creer, monde):
    demande = creer('receptionne_expert')
    presser(demande, monde.referent, 'abandonner', ACTES['abandonner'][2])
    with models.ecriture():
        contact(relire_ici(demande), monde)
    assert relire(demande).statut == 'en_cours' and attend().raison


def test_ses_propres_notes_ne_l_arretent_pas_son_message_est_refuse(accompagnee, monde):
    presser(accompagnee, monde.referent)
    with models.ecriture():
        ajouter_au_journal(relire_ici(accompagnee), monde.referent, 'note', 'Pour mémoire.')
    with pytest.raises(Refus, match='attend de partir'):
        ecrire(accompagnee, monde.referent)
    laisser_partir()
    assert relire(accompagnee).statut == 'termine'


@pytest.mark.parametrize('porte', regles.PORTES_PAR)
def test_ce_qui_attendait_deja_ne_l_arrete_pas(accompagnee, monde, heure, porte):
    ecrire(accompagnee, monde.chef, 'Un mot.', porte=porte)
    heure('2026-11-24T11:01:00Z')
    presser(accompagnee, monde.referent)
    heure(DEUX_MINUTES)
    conversation.faire_partir()
    assert [ligne.texte for ligne in lignes(accompagnee, 'reponse')] == ['Un mot.'] and not attend().raison
    heure('2026-11-24T11:03:00Z')
    conversation.faire_partir()
    assert relire(accompagnee).statut == 'termine'


@pytest.mark.parametrize('action', sorted({t.action for t in regles.TRANSITIONS if 'en_cours' in t.de} - regles.EN_LOT))
def test_une_autre_transition_est_un_409_qui_rend_le_texte(accompagnee, monde, entrer, action):
    presser(accompagnee, monde.referent)
    champs = {'motif': 'Un motif.', 'referent': monde.cochef.id, **FIN, 'ecart': 'erreur'}
    reponse = entrer(monde.chef).post(f'{PAGE.format(accompagnee.numero)}/{action}', {
        'version': accompagnee.version, **champs}, status=409)
    assert 'Claude Temoin peut la reprendre' in texte(reponse)
    assert 'Un motif.' in reponse.text or action == 'terminer'
    assert relire(accompagnee).statut == 'en_cours' and not attend().raison


def test_la_mairie_ne_rencontre_jamais_de_409(accompagnee, monde, site):
    presser(accompagnee, monde.referent)
    page = site.get(f'/suivi/{accompagnee.jeton}')
    assert 'Voici votre plan.' not in page.text                     # nor reads it before it leaves
    form = formulaire(page, '/abandonner')
    form['motif'], form['numero'] = 'Nous arrêtons.', str(accompagnee.numero)
    assert form.submit().status_int in (200, 303)
    assert relire(accompagnee).statut == 'abandonne' and 'abandonné sa demande' in attend().raison


# --- The rights and the state of the moment it leaves ---

def confier(demande, m):
    cycle.changer_statut(demande, 'designer', m.chef, demande.version, {'referent': m.associe, 'motif': 'Charge.'},
                         accordee=(next(t for t in regles.TRANSITIONS if t.action == 'designer'
                                        and 'en_cours' in t.de), m.chef.id))


def fermer_le_compte(demande, m):
    models.Agent.update(actif=False).where(models.Agent.id == m.referent.id).execute()


@pytest.mark.parametrize('perdre, dit', [(confier, 'pas ouverte à votre rôle'), (fermer_le_compte, 'compte de son')])
def test_les_droits_perdus_entre_temps_elle_ne_part_pas(accompagnee, monde, perdre, dit):
    presser(accompagnee, monde.referent)
    with models.ecriture():
        perdre(relire_ici(accompagnee), monde)
    avant = [natures.nature for natures in lignes(accompagnee, *regles.NATURES_PLATEFORME)]
    laisser_partir()
    assert relire(accompagnee).clos_le is None and dit in attend().raison and attend().texte == FIN['texte_final']
    assert [natures.nature for natures in lignes(accompagnee, *regles.NATURES_PLATEFORME)] == avant


def test_qui_ne_lit_plus_la_demande_restreinte_relit_ce_qu_il_avait_ecrit(accompagnee, monde, entrer):
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


def test_l_heure_en_doute_elle_attend_et_restreinte_entre_temps_elle_part_mais_son_courriel_se_tait(accompagnee, monde):
    presser(accompagnee, monde.referent)
    agir(actes.restreindre, accompagnee, monde.chef, True)
    with models.ecriture():
        models.MessageAPartir.update(part_le=MIDI).execute()
    conversation.faire_partir(juste=False)
    assert relire(accompagnee).statut == 'en_cours' and not attend().raison
    conversation.faire_partir(juste=True)
    assert relire(accompagnee).statut == 'termine' and 'Voici votre plan' not in corps_de('cloture')


def test_pressee_sous_une_horloge_en_avance_elle_n_attend_pas_ce_jour_la(accompagnee, monde, heure):
    heure('2028-01-05T09:00:00Z')
    presser(accompagnee, monde.referent)
    heure(MIDI)
    conversation.faire_partir()
    assert relire(accompagnee).clos_le == MIDI


def test_un_lot_classe_laisse_la_demande_et_le_dit(creer, monde, entrer):
    demande = creer('en_cours')
    with models.ecriture():
        Demande.update(reprise=True, importee=True, echeance=None).execute()
    presser(demande, monde.referent, 'abandonner', ACTES['abandonner'][2])
    page = entrer(monde.admin).get('/espace/admin/reprise')
    form = next(f for f in page.forms.values() if 'motif' in f.fields)
    form['motif'] = 'Ancienne.'
    apercu = form.submit()
    assert f'n° {demande.numero}' in texte(apercu) and 'Une clôture attend de partir' in texte(apercu)
    with models.lecture():
        assert stock.apercevoir([demande.numero]).demandes == []


# --- Two at once, killed ---

@pytest.mark.parametrize('tour', range(4))
def test_reprise_au_dernier_instant_elle_part_ou_se_reprend_jamais_les_deux(creer, monde, heure, tour):
    demande = creer('en_cours')
    heure(MIDI)
    attendue, reprises = presser(demande, monde.referent), []
    heure(DEUX_MINUTES)

    def reprendre():
        with models.ecriture():
            try:
                reprises.append(conversation.reprendre(attendue, monde.referent))
            except Refus as refus:
                assert 'déjà parti' in refus.phrase
    fils = [threading.Thread(target=f) for f in (conversation.faire_partir, reprendre, conversation.faire_partir)]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join()
    assert (relire(demande).statut == 'termine') + len(reprises) == 1
    assert len([m for m, _ in courriels() if m == 'cloture']) == (not reprises)


def test_deux_agents_pressent_a_la_fois_une_seule_attend(accompagnee, monde):
    faits = []

    def presser_une(agent):
        try:
            faits.append(presser(accompagnee, agent, 'abandonner', ACTES['abandonner'][2]).agent_id)
        except Refus as refus:
            assert refus.code == 409
    fils = [threading.Thread(target=presser_une, args=(agent,)) for agent in (monde.chef, monde.cochef, monde.referent)]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join()
    with models.lecture():
        assert len(faits) == 1 == MessageAPartir.select().count()


def test_un_autre_ne_la_reprend_pas_et_deux_fois_est_une_phrase(accompagnee, monde):
    attendue = presser(accompagnee, monde.referent)
    for agent in (monde.chef, monde.cochef):
        with pytest.raises(Refus, match='Seul son auteur'), models.ecriture():
            conversation.reprendre(attendue, agent)
    with models.ecriture():
        conversation.reprendre(attendue, monde.referent)
    with pytest.raises(Refus, match='déjà parti'), models.ecriture():
        conversation.reprendre(attendue, monde.referent)


TUE = """
import itertools, os, signal, sys
import models
from verbes.demande import conversation, cycle
from verbes import journal
models.brancher(sys.argv[1])
mort, fois, vraie = int(sys.argv[2]), itertools.count(1), models.db.execute_sql
def executer(*arguments, **options):
    if next(fois) == mort:
        os.kill(os.getpid(), signal.SIGKILL)
    return vraie(*arguments, **options)
models.db.execute_sql = executer
conversation.faire_partir()
"""


@pytest.mark.parametrize('ordre', [4, 11, 18, 25, 32])
def test_tuee_pendant_son_depart_elle_attend_encore_entiere(accompagnee, monde, base, heure, ordre):
    presser(accompagnee, monde.referent)
    with models.ecriture():
        MessageAPartir.update(part_le='2026-01-01T09:00:00Z').execute()
    avant = ce_qui_est_ecrit()
    models.debrancher()
    tue = subprocess.run([sys.executable, '-c', TUE, base, str(ordre)], cwd=ICI, capture_output=True, text=True)
    assert tue.returncode == -signal.SIGKILL, tue.stderr
    models.brancher(base)
    assert ce_qui_est_ecrit() == avant and not attend().raison
    laisser_partir()
    assert relire(accompagnee).statut == 'termine' and not attend()


# --- The « rectificatif » of a closed demande ---

def test_un_rectificatif_part_d_une_demande_close_qui_le_reste(creer, monde, entrer, site, heure):
    demande = creer('termine')
    heure(MIDI)
    nav = entrer(monde.referent)
    page = nav.get(PAGE.format(demande.numero)).click('Ajouter un rectificatif')
    form = formulaire(page, '/rectifier')
    form['texte'] = 'Le plafond est de 80 000 €.'
    page = form.submit().follow()
    assert formulaire(formulaire(page, '/retenir').submit(), '/rectifier')['texte'].value == form['texte'].value
    form.submit(status=303)
    assert '80 000' not in site.get(f'/suivi/{demande.jeton}').text
    heure(DEUX_MINUTES)
    conversation.faire_partir()
    assert relire(demande).statut == 'termine' and '80 000' in site.get(f'/suivi/{demande.jeton}').text
    with models.lecture():
        assert '80 000' in Courriel.get(Courriel.modele == 'message_agent').corps


def test_qui_suit_rectifie_un_autre_non(creer, monde, entrer):
    demande = creer('en_cours', associe=True)
    with models.ecriture():
        cycle.changer_statut(relire_ici(demande), 'terminer', monde.referent, None, FIN)
    for role in ('admin', 'chef', 'cochef', 'referent', 'associe', 'autre'):
        page = entrer(getattr(monde, role)).get(PAGE.format(demande.numero))
        assert ('Ajouter un rectificatif' in page.text) == (role not in ('associe', 'autre')), role


def test_un_message_de_la_mairie_entre_temps_retient_le_rectificatif(creer, monde, heure):
    demande = creer('termine')
    heure(MIDI)
    with models.ecriture():
        conversation.rectifier(relire_ici(demande), monde.referent, relire_ici(demande).version, 'Plutôt mardi.')
    heure('2026-11-24T11:01:00Z')
    un_message_de_la_mairie(demande, 'Ne venez pas.')
    heure(DEUX_MINUTES)
    conversation.faire_partir()
    assert 'La collectivité a écrit' in attend().raison
