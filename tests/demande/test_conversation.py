"""The conversation with the collectivité: two minutes, then the line, the mail and what is waited for; what is to be
answered; what each side reads (regles.md §6, §7, §12)."""
import itertools
import threading

import pytest
import webtest
from conftest import CONTACT, corps_de, courriels, relire

import models
import langue
from models import Courriel, Journal, MessageAPartir, Piece, PieceAPartir, Refus
from verbes import questions, regles
from verbes.demande import a_confirmer, actes, clotures, conversation, cycle, relances
from verbes.echanges import imports
from verbes.journal import ajouter_au_journal
from views.cookies import garder_reprise

PDF = b'%PDF-1.4 plan'
MIDI, DEUX_MINUTES, LENDEMAIN = '2026-11-24T11:00:00Z', '2026-11-24T11:02:00Z', '2026-11-25T11:00:00Z'
PAGE = '/espace/demandes/{}'


def ecrire(demande, agent, texte='Pouvez-vous envoyer le plan ?', fichiers=(), **saisie):
    with models.ecriture():
        demande = models.Demande.get_by_id(demande.numero)
        return conversation.ecrire(demande, agent, demande.version, {
            'texte': texte, 'porte': 'echange', 'sans_texte': False, **saisie}, fichiers)


def envoyer(demande, agent, heure, *arguments, **saisie):
    """Write a message, and let it leave two minutes later."""
    heure(ecrire(demande, agent, *arguments, **saisie).part_le)
    conversation.faire_partir()


def lignes(demande, *natures):
    with models.lecture():
        return list(Journal.select().where(Journal.demande == demande.numero, Journal.nature.in_(natures))
                    .order_by(Journal.id))


def a_la_mairie(modele='message_agent'):
    with models.lecture():
        return [(c.destinataire, c.objet, c.corps) for c in
                Courriel.select().where(Courriel.modele == modele).order_by(Courriel.id)]


def un_message_de_la_mairie(demande, texte='Voici le plan.'):
    with models.ecriture():
        actes.message_du_demandeur(models.Demande.get_by_id(demande.numero), texte)


# --- The circuit, as an expert and a mairie live it ---

def formulaire(page, action):
    return next(f for f in page.forms.values() if f.action.split('?')[0].endswith(action))


def test_l_expert_ecrit_la_mairie_lit_et_repond_et_l_expert_le_voit_en_premier(accompagnee, monde, entrer, site, heure):
    expert, adresse = entrer(monde.referent), PAGE.format(accompagnee.numero)
    page = expert.get(adresse)
    assert page.html.select_one('#nature-note').has_attr('checked') and not page.html.select('#nature-message[checked]')
    form = formulaire(page, '/ecrire')
    assert 'mairie@rieumes.example' in page.html.select_one('.destinataire').text
    form['texte'], form['pieces'] = 'Pouvez-vous envoyer le plan ?', [('plan.pdf', PDF)]
    page = form.submit().follow()
    assert 'Envoyer à Jeanne Exemplaire' in page.text and 'part à 12 h 02' in page.text.replace('\xa0', ' ')
    assert page.html.select_one('#nature-note').has_attr('checked')     # again, after each sending
    suivi = f'/suivi/{accompagnee.jeton}'
    assert 'Pouvez-vous' not in site.get(suivi) and a_la_mairie() == []
    heure(DEUX_MINUTES)
    conversation.faire_partir()
    lue = site.get(suivi)
    bulle = lue.html.select('.echanges > li')[-1]
    assert 'Claude Temoin (Haute-Garonne Ingénierie – HGI)' in bulle.text and 'Pouvez-vous' in bulle.text
    assert site.get(bulle.select_one('.liens a')['href']).body == PDF
    (vers, objet, corps), = a_la_mairie()
    assert vers == 'mairie@rieumes.example' and objet.startswith('Un message pour vous')
    assert 'Pouvez-vous envoyer le plan ?' in corps and '1 fichier' in corps.replace('\xa0', ' ')
    form = formulaire(lue, '/message')
    form['texte'] = 'Voici, par la poste.'
    form.submit()
    page = expert.get(adresse)
    a_repondre = page.html.select_one('section[aria-labelledby="a-repondre"]')
    assert 'Voici, par la poste.' in a_repondre.text and 'À répondre' in a_repondre.text
    assert 'à répondre : message du' in expert.get('/espace').text.replace('\xa0', ' ')
    reponse = expert.get(a_repondre.select_one('a.bouton')['href'])
    assert reponse.html.select_one('#nature-message').has_attr('checked')
    heure(LENDEMAIN)
    envoyer(accompagnee, monde.referent, heure, 'Merci.')
    page = entrer(monde.referent).get(adresse)
    assert not page.html.select('section[aria-labelledby="a-repondre"]') and relire(accompagnee).message_le is None


def test_ce_qui_attend_de_partir_dit_ce_qu_il_porte_joint_et_attend(accompagnee, monde, entrer):
    ecrire(accompagnee, monde.referent, 'Voici.', [('plan.pdf', PDF)], porte='livrable', sans_texte=True, **ATTENTE)
    page = entrer(monde.chef).get(PAGE.format(accompagnee.numero))
    dit = page.html.select_one('.a-partir').text.replace('\xa0', ' ')
    for attendu in ('un livrable', 'plan.pdf', 'mercredi 9 décembre', 'le plan cadastral', 'pas dans le courriel'):
        assert attendu in dit


def test_reprendre_ne_laisse_rien_et_rend_le_texte_au_champ(accompagnee, monde, entrer, heure):
    expert, adresse = entrer(monde.referent), PAGE.format(accompagnee.numero)
    form = formulaire(expert.get(adresse), '/ecrire')
    form['texte'], form['porte'], form['pieces'] = 'Trop vite.', 'livrable', [('plan.pdf', PDF)]
    page = form.submit().follow()
    page = formulaire(page, '/retenir').submit()
    assert formulaire(page, '/ecrire')['texte'].value == 'Trop vite.'
    assert formulaire(page, '/ecrire')['porte'].value == 'livrable'
    assert formulaire(page, '/journal')['texte'].value == ''        # never carried into the other
    assert 'plan.pdf' in str(page.html.select_one('form[action$="/ecrire"]'))
    assert 'plan.pdf' not in str(page.html.select_one('form[action$="/journal"]'))
    heure(DEUX_MINUTES)
    conversation.faire_partir()
    with models.lecture():
        assert not MessageAPartir.select().exists() and not PieceAPartir.select().exists()
        assert not Piece.select().exists()
    assert lignes(accompagnee, 'reponse') == [] == a_la_mairie()
    formulaire(page, '/ecrire').submit(status=303)
    with models.lecture():
        assert [(p.nom, p.contenu) for p in PieceAPartir.select()] == [('plan.pdf', PDF)]


def test_un_message_vide_ne_part_pas_ni_deux_fois_le_meme_sauf_d_un_fichier_de_plus(accompagnee, monde, entrer):
    expert, adresse = entrer(monde.referent), PAGE.format(accompagnee.numero)
    form = formulaire(expert.get(adresse), '/ecrire')
    assert 'Écrivez votre message' in form.submit(status=422)
    form['texte'] = 'Voici le plan.'
    form.submit(status=303)
    form.submit(status=303)
    with models.lecture():
        assert MessageAPartir.select().count() == 1
    form = formulaire(expert.get(adresse), '/ecrire')
    form['texte'], form['pieces'] = 'Voici le plan.', [('plan.pdf', PDF)]
    page = form.submit(status=422)
    assert 'reprenez-le' in page and 'plan.pdf' in str(page.html.select_one('form[action$="/ecrire"]'))
    with models.lecture():
        assert MessageAPartir.select().count() == 1


# --- What happens during the two minutes ---

def clore(demande, m):
    cycle.changer_statut(demande, 'terminer', m.referent, demande.version, {'issue': 'realise', 'synthese': 'Fait.'})


def confier(demande, m):
    cycle.changer_statut(demande, 'designer', m.chef, demande.version, {'referent': m.chef, 'motif': 'Charge.'})


def fermer_le_compte(demande, m):
    models.Agent.update(actif=False).where(models.Agent.id == m.referent.id).execute()


EMPECHENT = {clore: 'a été close', confier: 'Vous ne suivez plus', fermer_le_compte: 'compte de son auteur'}


@pytest.mark.parametrize('empecher', EMPECHENT)
def test_close_confiee_ou_compte_ferme_entre_temps_il_ne_part_pas_et_son_texte_est_garde(
        accompagnee, monde, entrer, heure, empecher):
    ecrire(accompagnee, monde.referent, 'Un plan.', [('plan.pdf', PDF)])
    with models.ecriture():
        empecher(models.Demande.get_by_id(accompagnee.numero), monde)
    heure(DEUX_MINUTES)
    conversation.faire_partir()
    conversation.faire_partir()                                     # told once
    assert lignes(accompagnee, 'reponse') == [] == a_la_mairie()
    with models.lecture():
        garde = MessageAPartir.get()
        assert garde.texte == 'Un plan.' and EMPECHENT[empecher] in garde.raison
    dits = [d for m, d in courriels() if m == 'message_retenu']
    assert dits == ([monde.chef.courriel, monde.cochef.courriel] if empecher is fermer_le_compte
                    else [monde.referent.courriel])
    page = entrer(monde.admin).get(PAGE.format(accompagnee.numero)).text
    assert EMPECHENT[empecher] in page and 'Un plan.' in page


def test_ce_qui_n_est_pas_parti_se_reprend_puis_s_oublie(accompagnee, monde, heure):
    message = ecrire(accompagnee, monde.referent)
    with models.ecriture():
        clore(models.Demande.get_by_id(accompagnee.numero), monde)
    heure(DEUX_MINUTES)
    conversation.faire_partir()
    with pytest.raises(Refus, match='Seul son auteur'), models.ecriture():
        conversation.reprendre(message, monde.chef)
    heure('2026-12-30T09:00:00Z')
    with models.ecriture():
        conversation.oublier()
        assert not MessageAPartir.select().exists()
    with pytest.raises(Refus, match='déjà parti'), models.ecriture():
        conversation.reprendre(message, monde.referent)


def restreindre(demande, m):
    actes.restreindre(demande, m.chef, demande.version, True)


def a_confirmer_(demande, m):
    a_confirmer.demander(m.admin, 'Élection.', collectivite=m.rieumes)


def changer_d_interlocuteur(demande, m):
    actes.changer_interlocuteur(demande, m.referent, demande.version, {
        'courriel': 'neuve@rieumes.example', 'telephone': '', 'quand_joindre': '', 'rappel_nom': 'Neuve',
        'rappel_prenom': 'Léa', 'rappel_fonction': ''})


@pytest.mark.parametrize('ordre', [
    *itertools.permutations((restreindre, a_confirmer_), 1), *itertools.permutations((restreindre, a_confirmer_), 2)])
@pytest.mark.parametrize('avant', [True, False])
def test_restreinte_ou_a_confirmer_avant_ou_apres_l_envoi_le_courriel_ne_dit_pas_le_texte(
        accompagnee, monde, heure, ordre, avant):
    """Before: it leaves so. After: the mail that waits is written again."""
    ecrire(accompagnee, monde.referent, 'LE TEXTE', attendre='oui', attente_de='LE PLAN', attente_au='2026-12-09')
    heure(DEUX_MINUTES)
    if not avant:
        conversation.faire_partir()
        assert 'LE TEXTE' in a_la_mairie()[0][2]
    for faire in ordre:
        with models.ecriture():
            demande = models.Demande.get_by_id(accompagnee.numero)
            faire(demande, monde)
    conversation.faire_partir()
    (vers, objet, corps), = a_la_mairie()
    dit = f'{objet}\n{corps}'
    assert 'LE TEXTE' not in dit and 'LE PLAN' not in dit and 'Rieumes' not in dit and 'Revitalisation' not in dit
    assert ('Un message vous attend' in corps) == (a_confirmer_ not in ordre)
    assert lignes(accompagnee, 'reponse')[0].texte == 'LE TEXTE'


def test_il_part_a_l_interlocuteur_de_ce_moment_la_qui_ne_lit_que_depuis_lui(accompagnee, monde, site, heure):
    un_message_de_la_mairie(accompagnee, 'Avant le changement.')
    ecrire(accompagnee, monde.referent, 'Le plan ?', [('note.pdf', PDF)])
    heure('2026-11-24T11:01:00Z')
    with models.ecriture():
        changer_d_interlocuteur(models.Demande.get_by_id(accompagnee.numero), monde)
    heure(DEUX_MINUTES)
    conversation.faire_partir()
    assert [vers for vers, *_ in a_la_mairie()] == ['neuve@rieumes.example']
    page = site.get(f'/suivi/{relire(accompagnee).jeton}')
    assert 'Le plan ?' in page and 'Avant le changement.' not in page
    assert 'Échanges antérieurs' in page and 'demandez-les à votre interlocuteur' in page
    site.get(f'/suivi/{accompagnee.jeton}', status=404)


def test_les_fichiers_d_avant_le_changement_ne_sont_plus_au_nouveau_lien(accompagnee, monde, site, heure):
    envoyer(accompagnee, monde.referent, heure, 'Le plan ?', [('note.pdf', PDF)])
    with models.lecture():
        piece = Piece.get()
    assert site.get(f'/suivi/{accompagnee.jeton}/pieces/{piece.id}').body == PDF
    with models.ecriture():
        changer_d_interlocuteur(models.Demande.get_by_id(accompagnee.numero), monde)
    neuf = relire(accompagnee).jeton
    site.get(f'/suivi/{neuf}/pieces/{piece.id}', status=404)
    assert 'note.pdf' not in site.get(f'/suivi/{neuf}')


def test_une_demande_changee_entre_la_page_et_l_envoi_garde_le_texte_et_n_ecrit_rien(accompagnee, monde, entrer):
    expert, adresse = entrer(monde.referent), PAGE.format(accompagnee.numero)
    form = formulaire(expert.get(adresse), '/ecrire')
    un_message_de_la_mairie(accompagnee)
    form['texte'] = 'Sans avoir lu.'
    page = form.submit(status=409)
    assert formulaire(page, '/ecrire')['texte'].value == 'Sans avoir lu.' and 'a changé pendant' in page
    with models.lecture():
        assert not MessageAPartir.select().exists()


def test_qui_prend_la_suite_a_la_mairie_ne_lit_ni_ce_qui_etait_attendu_ni_le_dernier_mot_d_avant(
        accompagnee, monde, heure, site):
    envoyer(accompagnee, monde.referent, heure, **ATTENTE | {'attente_de': 'le plan de Jeanne'})
    with models.ecriture():
        changer_d_interlocuteur(models.Demande.get_by_id(accompagnee.numero), monde)
    page = site.get(f'/suivi/{relire(accompagnee).jeton}').text
    assert 'plan de Jeanne' not in page and 'qui suivait cette demande avant vous' in page
    with models.ecriture():
        models.Demande.update(statut='termine', issue='reponse', clos_le='2026-11-24T11:30:00Z',
                              texte_final='Comme convenu, Jeanne.').execute()
    assert 'Comme convenu' in site.get(f'/suivi/{relire(accompagnee).jeton}').text
    heure('2026-11-25T09:00:00Z')
    with models.ecriture():
        changer_d_interlocuteur(models.Demande.get_by_id(accompagnee.numero), monde)
    assert 'Comme convenu' not in site.get(f'/suivi/{relire(accompagnee).jeton}').text


@pytest.mark.parametrize('empecher', [clore, confier, restreindre, changer_d_interlocuteur])
def test_ce_qui_change_entre_la_page_et_l_envoi_rend_le_texte(accompagnee, monde, entrer, empecher):
    form = formulaire(entrer(monde.referent).get(PAGE.format(accompagnee.numero)), '/ecrire')
    form['texte'] = 'Une page entière.'
    with models.ecriture():
        empecher(models.Demande.get_by_id(accompagnee.numero), monde)
    page = form.submit(status=403 if empecher is confier else 409)
    assert 'Une page entière.' in [champ.text.strip() for champ in page.html.select('textarea')]
    with models.lecture():
        assert not MessageAPartir.select().exists()


def test_la_mairie_ecrit_pendant_les_deux_minutes_le_message_attend_qu_elle_soit_lue(accompagnee, monde, heure):
    ecrire(accompagnee, monde.referent, 'Je passe demain.')
    heure('2026-11-24T11:01:00Z')
    un_message_de_la_mairie(accompagnee, 'Le mur est tombé.')
    heure(DEUX_MINUTES)
    conversation.faire_partir()
    assert relire(accompagnee).message_le and lignes(accompagnee, 'reponse') == [] == a_la_mairie()
    with models.lecture():
        assert 'La collectivité a écrit' in MessageAPartir.get().raison
    assert ('message_retenu', monde.referent.courriel) in courriels()


@pytest.mark.parametrize('empecher', [clore, confier])
def test_reprendre_ce_qui_n_est_pas_parti_rend_le_texte_meme_quand_on_n_ecrit_plus(
        accompagnee, monde, entrer, heure, empecher):
    ecrire(accompagnee, monde.referent, 'Une page entière.')
    with models.ecriture():
        empecher(models.Demande.get_by_id(accompagnee.numero), monde)
    heure(DEUX_MINUTES)
    conversation.faire_partir()
    page = formulaire(entrer(monde.referent).get(PAGE.format(accompagnee.numero)), '/retenir').submit()
    assert 'Une page entière.' in [champ.text.strip() for champ in page.html.select('textarea')]


@pytest.mark.parametrize('ecrit, autre', [('journal', 'ecrire'), ('ecrire', 'journal')])
def test_apres_une_session_expiree_le_texte_d_une_note_ne_passe_pas_au_message(
        accompagnee, monde, entrer, ecrit, autre):
    expert, adresse = entrer(monde.referent), PAGE.format(accompagnee.numero)
    garder_reprise(expert.cookies['session'].strip('"'), f'{adresse}/{ecrit}', {'texte': 'Pour un seul.'})
    page = expert.get(f'{adresse}/{ecrit}').follow()
    assert formulaire(page, f'/{ecrit}')['texte'].value == 'Pour un seul.'
    page = expert.get(f'{adresse}?action={autre}')                  # « Répondre », « Noter un appel »
    assert formulaire(page, f'/{autre}')['texte'].value == ''


def test_deux_porteurs_et_une_reprise_en_meme_temps_n_envoient_qu_une_fois_ou_pas(accompagnee, monde, heure):
    for _ in range(5):
        message = ecrire(accompagnee, monde.referent)
        heure(DEUX_MINUTES)
        repris = []

        def reprendre(message=message, repris=repris):
            with models.ecriture():
                try:
                    repris.append(conversation.reprendre(message, monde.referent))
                except Refus as refus:
                    assert 'déjà parti' in refus.phrase
        avant = len(lignes(accompagnee, 'reponse'))
        fils = [threading.Thread(target=f) for f in (conversation.faire_partir, reprendre, conversation.faire_partir)]
        for fil in fils:
            fil.start()
        for fil in fils:
            fil.join()
        partis = len(lignes(accompagnee, 'reponse')) - avant
        assert partis + len(repris) == 1
        heure(MIDI)


# --- Who, what it carries ---

def test_qui_suit_ecrit_un_autre_agent_non(accompagnee, monde, entrer):
    for qui in ('referent', 'chef', 'cochef', 'admin', 'associe'):
        page = entrer(getattr(monde, qui)).get(PAGE.format(accompagnee.numero))
        assert page.html.select('#nature-message'), qui
        assert ecrire(accompagnee, getattr(monde, qui), qui).agent_id == getattr(monde, qui).id
    assert not entrer(monde.autre).get(PAGE.format(accompagnee.numero)).html.select('#nature-message')
    with pytest.raises(Refus, match='pas ouverte'):
        ecrire(accompagnee, monde.autre)


def test_ce_qu_ecrit_un_associe_est_signe_de_sa_structure_et_dit_une_fois_au_referent_prevenu(
        accompagnee, monde, entrer, heure, site):
    for qui, prevenu in ((monde.associe, True), (monde.referent, False), (monde.chef, False), (monde.admin, False)):
        dit = entrer(qui).get(PAGE.format(accompagnee.numero)).html.select_one('.destinataire').text
        assert ('référent en est prévenu' in dit) == prevenu, qui
    envoyer(accompagnee, monde.referent, heure, 'Un mot.')
    assert not courriels(modele='message_associe')
    with models.ecriture():
        models.Agent.update(avis_journal='immediat').execute()
    heure('2026-11-24T11:05:00Z')
    envoyer(accompagnee, monde.associe, heure, 'Nous passons mardi.')
    ligne = lignes(accompagnee, 'reponse')[-1]
    assert (ligne.auteur, ligne.structure) == (monde.associe.nom_complet, monde.associe.direction.structure.nom)
    assert ligne.structure in site.get(f'/suivi/{accompagnee.jeton}').html.text
    assert [d for m, d in courriels() if m == 'message_associe'] == [monde.referent.courriel]
    immediats = [d for m, d in courriels() if m == 'journal_immediat']
    assert monde.referent.courriel not in immediats and monde.chef.courriel in immediats


@pytest.mark.parametrize('courriel, a_confirmer_le, dit', [
    ('mairie@rieumes.example', None, 'Adresse de la collectivité : mairie@rieumes.example.'),
    ('mairie@rieumes.example', '2026-11-23', 'ne donnera que le numéro'), ('', None, 'rien ne part à la collectivité')])
def test_un_acte_qui_ecrit_a_la_collectivite_dit_avant_a_quelle_adresse(
        accompagnee, monde, entrer, courriel, a_confirmer_le, dit):
    with models.ecriture():
        models.Demande.update(courriel=courriel, interlocuteur_depuis=a_confirmer_le).execute()
    chef = entrer(monde.chef)
    for action in ('terminer', 'abandonner', 'ecarter', *(['prevenir'] if courriel else [])):
        page = chef.get(PAGE.format(accompagnee.numero) + f'?action={action}')
        assert dit in page.html.select_one('#action').text.replace('\xa0', ' '), action


def test_l_equipe_l_apprend_aussitot_ou_dans_le_courriel_du_jour(accompagnee, monde, heure):
    with models.ecriture():
        models.Agent.update(avis_journal='immediat').where(models.Agent.id == monde.chef.id).execute()
    envoyer(accompagnee, monde.referent, heure)
    assert [d for m, d in courriels() if m == 'journal_immediat'] == [monde.chef.courriel]
    heure('2026-11-25T09:00:00Z')
    relances.relances()
    with models.lecture():
        dits = {c.destinataire: c.corps for c in Courriel.select().where(Courriel.modele == 'relance')}
    assert 'du nouveau au journal par Claude Temoin' in dits[monde.cochef.courriel]
    assert monde.referent.courriel not in dits


@pytest.mark.parametrize('porte, natures', [
    ('echange', ['reponse']), ('proposition', ['reponse', 'proposition']), ('livrable', ['reponse', 'livrable'])])
def test_une_proposition_ecrit_aussi_sa_ligne_interne_que_les_chiffres_comptent(
        accompagnee, monde, heure, site, porte, natures):
    envoyer(accompagnee, monde.referent, heure, 'Voici.', porte=porte)
    ecrites = lignes(accompagnee, 'reponse', 'proposition', 'livrable')
    assert [ligne.nature for ligne in ecrites] == natures
    assert [ligne.texte for ligne in ecrites[1:]] == ['Envoyée à la collectivité.'] * (len(natures) - 1)
    assert 'Envoyée à la collectivité' not in site.get(f'/suivi/{accompagnee.jeton}')


def test_sans_son_texte_le_courriel_dit_qu_un_message_attend(accompagnee, monde, heure):
    envoyer(accompagnee, monde.referent, heure, 'LE TEXTE', sans_texte=True, attendre='oui', attente_de='LE PLAN',
            attente_au='2026-12-09')
    _, _, corps = a_la_mairie()[0]
    assert 'LE PLAN' not in corps and 'une réponse (avant le mercredi 9' in corps
    assert 'LE TEXTE' not in corps and 'Un message vous attend sur votre page de suivi.' in corps
    heure('2026-12-02T09:00:00Z')
    relances.relances()
    _, _, rappel = a_la_mairie('attente')[0]
    assert 'LE PLAN' not in rappel and 'une réponse (avant le mercredi 9' in rappel


def test_d_une_demande_restreinte_l_attente_se_dit_par_sa_date_seule_et_se_redit_une_fois(creer, monde, heure):
    demande = creer('en_cours', restreinte=True)
    envoyer(demande, monde.referent, heure, 'LE TEXTE', attendre='oui', attente_de='LE PLAN', attente_au='2026-12-14')
    dit = 'Nous attendons de vous\u00a0: une réponse (avant le lundi 14\u00a0décembre 2026)'
    _, _, corps = a_la_mairie()[0]
    assert dit in corps.split('\n') and 'LE PLAN' not in corps
    for jour in ('2026-12-04', '2026-12-07', '2026-12-08'):
        heure(f'{jour}T09:00:00Z')
        relances.relances()
        assert len(a_la_mairie('attente')) == (jour >= '2026-12-07')
    _, objet, rappel = a_la_mairie('attente')[0]
    assert 'une réponse (avant le lundi 14' in rappel and 'Ne répondez pas à ce courriel' in rappel
    assert not any(secret in objet + rappel for secret in ('LE PLAN', 'LE TEXTE', 'Rieumes', 'Revitalisation'))
    un_message_de_la_mairie(demande)
    corps = corps_de('message_demandeur')
    assert 'Nous attendions sa réponse\u00a0: une réponse (avant' in corps and 'LE PLAN' not in corps


def test_sans_courriel_ou_close_on_n_ecrit_pas(creer, monde, entrer):
    close = creer('termine')
    assert not entrer(monde.referent).get(PAGE.format(close.numero)).html.select('#nature-message')
    sans = creer('en_cours', message='b')
    with models.ecriture():
        models.Demande.update(courriel='').where(models.Demande.numero == sans.numero).execute()
    assert not entrer(monde.referent).get(PAGE.format(sans.numero)).html.select('#nature-message')
    with pytest.raises(Refus, match='n\'est plus possible'):
        ecrire(sans, monde.referent)


def test_un_message_a_la_collectivite_ne_se_corrige_pas(accompagnee, monde, entrer, heure):
    envoyer(accompagnee, monde.referent, heure)
    page = entrer(monde.referent).get(PAGE.format(accompagnee.numero))
    entree = next(li for li in page.html.select('.journal > li') if li['data-type'] == 'reponse')
    assert 'Corriger' not in entree.text and 'visible par la collectivité' in entree.text


def test_l_import_du_journal_n_ecrit_rien_qu_une_collectivite_lirait(accompagnee):
    tete = 'numero;date;nature;statut;acte_le;auteur;structure;texte\r\n'
    for nature in regles.PUBLIQUES:
        ligne = f'{accompagnee.numero};2026-11-24T08:00:00Z;{nature};;;Claude;HGI;Bonjour.\r\n'
        bilan = imports.importer('journal', (tete + ligne).encode())
        assert bilan.ajoutes == 0 and bilan.fautes, nature


# --- To be answered ---

REPOND = {nature: nature in regles.REPONDENT for nature in regles.NATURES}


@pytest.mark.parametrize('nature', REPOND)
def test_ce_qui_repond_a_un_message_parmi_les_natures_du_journal(accompagnee, monde, heure, nature):
    un_message_de_la_mairie(accompagnee)
    heure(LENDEMAIN)
    with models.ecriture():
        ajouter_au_journal(models.Demande.get_by_id(accompagnee.numero), monde.referent, nature, 'Fait.')
    assert (relire(accompagnee).message_le is None) == REPOND[nature]


def noter_un_contact(d, m):
    actes.noter_contact(d, m.referent, d.version, CONTACT)


def dire_sans_reponse(d, m):
    conversation.sans_reponse(d, m.referent, d.version)


def recevoir(d, m):
    actes.restreindre(d, m.chef, d.version, True)


@pytest.mark.parametrize('faire, repond', [
    (noter_un_contact, True), (dire_sans_reponse, True), (clore, True), (confier, False), (recevoir, False)])
def test_ce_qui_repond_a_un_message_parmi_les_actes(accompagnee, monde, heure, faire, repond):
    un_message_de_la_mairie(accompagnee)
    heure(LENDEMAIN)
    with models.ecriture():
        faire(models.Demande.get_by_id(accompagnee.numero), monde)
    assert (relire(accompagnee).message_le is None) == repond


def test_un_message_apres_la_cloture_reste_a_repondre_jusqu_a_ce_qu_on_y_reponde(creer, monde, entrer, heure):
    close = creer('termine')
    heure(LENDEMAIN)
    un_message_de_la_mairie(close, 'Cela recommence.')
    heure('2026-11-25T12:00:00Z')
    with models.ecriture():
        ouverte = models.Demande.get_by_id(close.numero)
        cycle.changer_statut(ouverte, 'rouvrir', monde.chef, ouverte.version, {'motif': 'Cela recommence.'})
    assert relire(close).message_le
    assert 'Cela recommence.' in entrer(monde.referent).get(PAGE.format(close.numero)).html.select_one(
        'section[aria-labelledby="a-repondre"]').text
    with models.ecriture():
        dire_sans_reponse(models.Demande.get_by_id(close.numero), monde)
    assert relire(close).message_le is None
    assert lignes(close, 'equipe')[-1].fait == 'sans_reponse'


# --- Waiting for an answer ---

ATTENTE = {'attendre': 'oui', 'attente_de': 'le plan cadastral', 'attente_au': '2026-12-09'}


def test_une_attente_mal_dite_est_refusee_par_une_phrase(accompagnee, monde, entrer):
    expert = entrer(monde.referent)
    for change, dit in (
            ({'attente_au': '2026-12-05'}, 'lundi 7 décembre 2026'), ({'attente_au': '2026-11-24'}, 'à venir'),
            ({'attente_au': '2027-04-01'}, 'au plus tard'), ({'attente_au': ''}, 'Indiquez le jour'),
            ({'attente_de': ''}, 'Écrivez ce que vous attendez')):
        form = formulaire(expert.get(PAGE.format(accompagnee.numero)), '/ecrire')
        for nom, valeur in (ATTENTE | change | {'texte': 'Le plan ?', 'attendre': True}).items():
            form[nom] = valeur
        page = form.submit(status=422)
        assert dit in page.text.replace('\xa0', ' '), change
        assert formulaire(page, '/ecrire')['texte'].value == 'Le plan ?'
    with models.lecture():
        assert not MessageAPartir.select().exists()


def test_on_n_attend_rien_d_une_collectivite_pas_encore_jointe(creer, monde, entrer):
    demande = creer('receptionne_expert')
    page = entrer(monde.referent).get(PAGE.format(demande.numero))
    assert 'Nous attendons une réponse' not in page
    with pytest.raises(Refus, match='une fois la collectivité jointe'):
        ecrire(demande, monde.referent, **ATTENTE)


def test_une_attente_se_lit_partout_et_met_la_demande_hors_de_ce_qui_est_a_faire(
        accompagnee, monde, entrer, site, heure):
    envoyer(accompagnee, monde.referent, heure, **ATTENTE)
    expert = entrer(monde.referent)
    lue = site.get(f'/suivi/{accompagnee.jeton}').text.replace('\xa0', ' ')
    assert 'Nous attendons de vous : le plan cadastral' in lue and 'mercredi 9 décembre' in lue
    assert 'le plan cadastral (avant le mercredi 9 décembre 2026)' in a_la_mairie()[0][2].replace('\xa0', ' ')
    page = expert.get(PAGE.format(accompagnee.numero)).text
    assert 'Réponse attendue de la collectivité avant le' in page
    jour = expert.get('/espace').html.select_one('section[aria-labelledby="attente"]')
    assert 'le plan cadastral' in jour.text
    liste = expert.get('/espace/demandes?attente=oui&miennes=oui')
    assert f'/espace/demandes/{accompagnee.numero}' in liste
    csv = expert.get('/espace/demandes.csv?attente=oui').body.decode('utf-8-sig')
    assert '09/12/2026' in csv and 'le plan cadastral' in csv


def test_l_attente_suspend_le_rappel_du_journal_silencieux_puis_demande_de_relancer(accompagnee, monde, heure):
    envoyer(accompagnee, monde.referent, heure, **ATTENTE | {'attente_au': '2027-03-24'})
    vieille = '2026-08-01T08:00:00Z'
    d = relire(accompagnee)
    for attente, dite in ((d.attente_au, False), (None, True)):
        suspendue = questions.suspendue_au(None, attente)
        assert questions.silencieuse('en_cours', vieille, 'complexe', suspendue, '2026-12-01') == dite


@pytest.mark.parametrize('asked, jours', [('2026-12-09', ['2026-12-02']), ('2026-11-30', [])])
def test_la_mairie_est_relancee_une_fois_sept_jours_avant_si_elle_en_avait_plus(
        accompagnee, monde, heure, asked, jours):
    envoyer(accompagnee, monde.referent, heure, **ATTENTE | {'attente_au': asked})
    partis = []
    for jour in range(25, 31):
        heure(f'2026-11-{jour}T09:00:00Z')
        relances.relances()
        partis += [f'2026-11-{jour}'] * (len(a_la_mairie('attente')) - len(partis))
    for jour in range(1, 9):
        heure(f'2026-12-{jour:02}T09:00:00Z')
        relances.relances()
        partis += [f'2026-12-{jour:02}'] * (len(a_la_mairie('attente')) - len(partis))
    assert partis == jours


def test_la_relance_qui_n_est_pas_partie_ne_part_plus_quand_la_mairie_repond(accompagnee, monde, heure):
    envoyer(accompagnee, monde.referent, heure, **ATTENTE | {'attente_au': '2026-12-09'})
    heure('2026-12-02T09:00:00Z')
    relances.relances()
    assert len(a_la_mairie('attente')) == 1
    un_message_de_la_mairie(accompagnee)
    assert a_la_mairie('attente') == [] and len(a_la_mairie()) == 1


def test_le_jour_passe_l_expert_est_rappele_et_relance_ou_previent(accompagnee, monde, entrer, heure):
    envoyer(accompagnee, monde.referent, heure, **ATTENTE)
    heure('2026-12-10T09:00:00Z')
    relances.relances()
    with models.lecture():
        corps = [c.corps for c in Courriel.select().where(Courriel.modele == 'relance',
                                                          Courriel.agent == monde.referent)]
    assert any('réponse attendue avant le' in dit for dit in corps)
    page = entrer(monde.referent).get('/espace').text.replace('\xa0', ' ')
    assert 'réponse attendue avant le mercredi 09/12, pas reçue' in page and 'Relancer la collectivité' in page
    with models.ecriture():
        d = models.Demande.get_by_id(accompagnee.numero)
        actes.avertir_avant_cloture(d, monde.referent, d.version, clotures.premiere_limite(d))
    assert 'Nous attendions votre réponse' in a_la_mairie('avertissement')[0][2]


def lever(d, m):
    conversation.ne_plus_attendre(d, m.referent, d.version)


@pytest.mark.parametrize('faire, leve', [
    (lambda d, m: actes.message_du_demandeur(d, 'Voici.'), True), (lever, True), (clore, True), (confier, False),
    (restreindre, False)])
def test_ce_qui_leve_une_attente_et_ce_qui_la_garde(accompagnee, monde, heure, faire, leve):
    envoyer(accompagnee, monde.referent, heure, **ATTENTE)
    heure(LENDEMAIN)
    with models.ecriture():
        faire(models.Demande.get_by_id(accompagnee.numero), monde)
    d = relire(accompagnee)
    assert ((d.attente_depuis, d.attente_au, d.attente_de) == (None, None, '')) == leve


def test_un_jour_ferme_depuis_recule_l_attente_au_premier_jour_ouvre(accompagnee, monde, heure):
    ecrire(accompagnee, monde.referent, **ATTENTE)
    with models.ecriture():
        models.Fermeture.create(du='2026-12-09', au='2026-12-09', libelle='Pont')
    heure(DEUX_MINUTES)
    conversation.faire_partir()
    assert relire(accompagnee).attente_au == '2026-12-10'


# --- One sown text of each nature: what a collectivité can get ---

@pytest.mark.parametrize('nature', [*regles.NATURES, *regles.NATURES_PLATEFORME])
def test_de_chaque_nature_la_collectivite_ne_lit_que_les_publiques(accompagnee, monde, site, heure, nature):
    with models.ecriture():
        ligne = Journal.create(
            demande=accompagnee.numero, cree_le=langue.maintenant(), nature=nature, texte='SEMÉ', auteur='AUTEUR',
            statut='en_cours' if nature == 'statut' else None, agent=monde.referent if nature != 'message' else None)
        Piece.create(demande=accompagnee.numero, journal=ligne, nom='semee.pdf', taille=1, sha256='0' * 64,
                     agent=monde.referent if nature != 'message' else None, depose_le=MIDI, contenu=b'x')
        piece = Piece.get(nom='semee.pdf')
    page = site.get(f'/suivi/{accompagnee.jeton}')
    lue = nature in regles.PUBLIQUES
    assert ('SEMÉ' in page) == lue and ('semee.pdf' in page) == lue
    site.get(f'/suivi/{accompagnee.jeton}/pieces/{piece.id}', status=200 if lue else 404)
    with models.lecture():
        corps = ' '.join(c.corps for c in Courriel.select().where(Courriel.pour != 'agent'))
    assert 'SEMÉ' not in corps


def test_une_fiche_qui_le_dit_coche_d_avance_de_ne_pas_mettre_le_texte(accompagnee, monde, entrer):
    adresse = PAGE.format(accompagnee.numero)
    assert not formulaire(entrer(monde.referent).get(adresse), '/ecrire')['sans_texte'].checked
    with models.ecriture():
        models.Fiche.update(sans_texte=True).where(models.Fiche.id == accompagnee.fiche_id).execute()
    assert formulaire(entrer(monde.referent).get(adresse), '/ecrire')['sans_texte'].checked


# --- Texts kept ready ---

def un_texte(navigateur, **champs):
    form = formulaire(navigateur.get('/espace/textes'), '/espace/textes')
    dits = {'titre': 'Plan', 'texte': 'Bonjour {personne}, pour {collectivite} : {agent}.'} | champs
    for nom, valeur in dits.items():
        form[nom] = valeur
    return form.submit(expect_errors=True)


PRET = 'Bonjour Jeanne Exemplaire, pour Rieumes : Claude Temoin.'


def prendre(page, ou, titre='Plan'):
    """The page of a demande, a text kept ready taken in this form."""
    form = formulaire(page, ou)
    (bouton,) = page.html.select(f'form[action*="{ou}"] button[name=texte_type]')
    assert bouton.text == titre
    return form.submit('texte_type', value=bouton['value'], status=200)


def test_un_texte_pret_se_prend_ses_reperes_remplis_et_se_relit_avant_l_envoi(accompagnee, monde, entrer):
    expert = entrer(monde.referent)
    un_texte(expert).follow()
    page = prendre(expert.get(PAGE.format(accompagnee.numero) + '?action=ecrire'), '/ecrire')
    assert formulaire(page, '/ecrire')['texte'].value == PRET
    assert formulaire(page, '/journal')['texte'].value == ''
    fin = prendre(expert.get(PAGE.format(accompagnee.numero) + '?action=terminer'), '/terminer')
    assert formulaire(fin, '/terminer')['texte_final'].value == PRET and not fin.html.select('#erreurs')
    with models.lecture():
        assert not MessageAPartir.select().exists()


@pytest.mark.parametrize('valeur, rendu', [
    ('1', f'Bonjour, merci.\n\n{PRET}'),
    ('1:8', f'Bonjour,\n\n{PRET}\n\nmerci.'), ('1:0', f'{PRET}\n\nBonjour, merci.'),
    *((autre, f'Bonjour, merci.\n\n{PRET}') for autre in ('1:', '1:x', '1:99', '1:-3')),
    *((autre, 'Bonjour, merci.') for autre in ('2', 'x', ':3'))])
def test_un_texte_pret_s_ajoute_a_ce_qui_est_ecrit(accompagnee, monde, entrer, valeur, rendu):
    expert = entrer(monde.referent)
    un_texte(expert)
    form = formulaire(expert.get(PAGE.format(accompagnee.numero) + '?action=ecrire'), '/ecrire')
    form['texte'], form['attendre'], form['attente_de'] = 'Bonjour, merci.', True, 'le plan'
    form['pieces'] = [webtest.Upload('plan.pdf', PDF, 'application/pdf')]
    form.fields['texte_type'][0]._value = valeur
    page = form.submit('texte_type', value=valeur, status=200)
    form = formulaire(page, '/ecrire')
    assert form['texte'].value.strip() == rendu
    assert form['attendre'].checked and form['attente_de'].value == 'le plan' and 'plan.pdf' in page
    with models.lecture():
        assert not MessageAPartir.select().exists()


def test_le_premier_de_mes_textes_ecrit_depuis_une_demande_y_revient(accompagnee, monde, entrer):
    expert = entrer(monde.referent)
    page = expert.get(PAGE.format(accompagnee.numero) + '?action=terminer')
    lien = next(a['href'] for a in page.html.select('section#action a') if 'Écrire le premier' in a.text)
    form = formulaire(expert.get(lien), '/espace/textes')
    form['titre'], form['texte'] = 'Fin', 'Au revoir {prenom}.'
    form = formulaire(form.submit(status=422), '/espace/textes')
    form['texte'] = 'Au revoir.'
    page = form.submit(status=303).follow()
    page = prendre(page, '/terminer', 'Fin')
    assert formulaire(page, '/terminer')['texte_final'].value == 'Au revoir.'


@pytest.mark.parametrize('envoye, autre', [('/journal', '/ecrire'), ('/ecrire', '/journal')])
def test_ni_texte_ni_fichier_ne_passe_d_une_note_a_un_message(accompagnee, entrer, monde, envoye, autre):
    page = entrer(monde.referent).get(PAGE.format(accompagnee.numero))
    form = formulaire(page, envoye)
    form['texte'] = 'Ne pas lui dire.'
    form['pieces'] = [webtest.Upload('interne.pdf', PDF, 'application/pdf'), webtest.Upload('virus.exe', b'MZ')]
    page = form.submit(status=422)
    assert formulaire(page, envoye)['texte'].value == 'Ne pas lui dire.' and 'type accepté' in page
    rendu = {lieu: str(page.html.select_one(f'form[action$="{lieu}"]')) for lieu in (envoye, autre)}
    assert 'interne.pdf' in rendu[envoye]
    assert 'interne.pdf' not in rendu[autre] and 'Ne pas lui dire' not in rendu[autre]


def test_un_repere_inconnu_est_refuse_et_le_texte_garde(monde, entrer):
    page = un_texte(entrer(monde.referent), texte='Bonjour {prenom}.')
    assert page.status_int == 422 and '{prenom}' in page.html.select_one('#texte-faute').text
    assert formulaire(page, '/espace/textes')['texte'].value == 'Bonjour {prenom}.'


def test_un_texte_n_est_lu_que_de_son_auteur_ou_de_sa_structure_et_change_de_lui_seul(monde, entrer):
    expert = entrer(monde.referent)
    un_texte(expert, titre='À moi')
    un_texte(expert, titre='À nous', partage=True)
    lus = {qui: {nom: nom in entrer(getattr(monde, qui)).get('/espace/textes').text for nom in ('À moi', 'À nous')}
           for qui in ('referent', 'chef', 'cochef', 'admin')}
    assert lus == {'referent': {'À moi': True, 'À nous': True}, 'chef': {'À moi': False, 'À nous': True},
                   'cochef': {'À moi': False, 'À nous': False}, 'admin': {'À moi': False, 'À nous': False}}
    chef = entrer(monde.chef)
    chef.get('/espace/textes/2', status=403)
    chef.post('/espace/textes/2/retirer', status=403)
    chef.post('/espace/textes/2', {'titre': 'x', 'texte': 'x'}, status=403)
    expert.post('/espace/textes/2/retirer', status=303)
    assert 'À nous' not in chef.get('/espace/textes')


def test_un_message_qu_un_incident_retient_n_en_retient_aucun_autre(accompagnee, creer, monde, heure, monkeypatch):
    autre = creer('en_cours', message='Une autre.')
    heure(MIDI)
    ecrire(accompagnee, monde.referent, 'Le premier.')
    heure(ecrire(autre, monde.referent, 'Le second.').part_le)
    vrai = conversation.conclure

    def conclure(demande, *arguments):
        if demande.numero == accompagnee.numero:
            raise KeyError('incident')
        return vrai(demande, *arguments)
    monkeypatch.setattr(conversation, 'conclure', conclure)
    conversation.faire_partir()
    assert [ligne.texte for ligne in lignes(autre, 'reponse')] == ['Le second.'] and not lignes(accompagnee, 'reponse')
    with models.lecture():
        (retenu,) = MessageAPartir.select()
    assert (retenu.texte, retenu.raison) == ('Le premier.', conversation.INCIDENT)
