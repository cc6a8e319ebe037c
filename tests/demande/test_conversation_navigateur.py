"""The conversation in a real Chromium: an expert in one window, a mairie in another; with and without JavaScript, at
1280 and 320 px, axe on every page."""
import pytest
from navigateur import entrer, verifier
from playwright.sync_api import expect

import models
from verbes.demande import conversation


def laisser_passer_deux_minutes():
    with models.ecriture():
        models.MessageAPartir.update(part_le='2026-01-01T00:00:00Z').execute()
    conversation.faire_partir()


@pytest.mark.parametrize('largeur, js', [(1280, True), (320, False)])
def test_demander_un_plan_et_le_recevoir_en_trois_gestes(ouvrir, connus, creer, largeur, js):
    demande = creer('en_cours')
    expert, mairie = ouvrir(largeur, js), ouvrir(largeur, js)
    entrer(expert, connus.referent, f'/espace/demandes/{demande.numero}')
    message = expert.get_by_label('Message à la mairie (obligatoire)')
    expect(message).to_be_hidden()                                  # the note is first, always
    expert.get_by_role('radio', name='Message à la mairie').check()
    expect(message).to_be_visible()
    expect(expert.get_by_label('Note au journal')).to_be_hidden()
    verifier(expert)
    message.fill('Pouvez-vous envoyer le plan ?')
    attendu = expert.get_by_label('Ce que nous attendons')
    expect(attendu).to_be_hidden()
    expert.get_by_label('Nous attendons une réponse').check()
    attendu.fill('le plan cadastral')
    expert.get_by_label('Réponse attendue avant le').fill('2026-12-09')
    expert.locator('.zone-message').get_by_role('button', name='Envoyer à Jeanne Exemplaire').last.click()
    expect(expert.get_by_role('group', name='Message à la mairie, part à')).to_contain_text('le plan ?')
    verifier(expert)
    laisser_passer_deux_minutes()
    mairie.goto(f'/suivi/{demande.jeton}')
    expect(mairie.locator('main')).to_contain_text('Nous attendons de vous\u00a0: le plan cadastral')
    expect(mairie.locator('.echanges')).to_contain_text('Pouvez-vous envoyer le plan ?')
    verifier(mairie)
    mairie.get_by_label('Message', exact=False).first.fill('Le voici, par la poste.')
    mairie.get_by_role('button', name='Envoyer le message').last.click()
    expect(mairie.locator('main')).not_to_contain_text('Nous attendons de vous')
    expert.goto(f'/espace/demandes/{demande.numero}')
    a_repondre = expert.get_by_role('group', name='À répondre')
    expect(a_repondre).to_contain_text('Le voici, par la poste.')
    verifier(expert)
    a_repondre.get_by_role('link', name='Répondre').click()
    expect(message).to_be_visible()
    message.fill('Merci.')
    expert.locator('.zone-message').get_by_role('button', name='Envoyer à Jeanne Exemplaire').last.click()
    laisser_passer_deux_minutes()
    expert.goto(f'/espace/demandes/{demande.numero}')
    expect(a_repondre).to_have_count(0)
    mairie.goto(f'/suivi/{demande.jeton}')
    expect(mairie.locator('.echanges')).to_contain_text('Merci.')


def test_ctrl_entree_n_envoie_qu_une_note_et_mes_textes_se_lisent(ouvrir, connus, creer):
    demande = creer('en_cours')
    page = ouvrir(1280)
    entrer(page, connus.referent, f'/espace/demandes/{demande.numero}?action=ecrire')
    message = page.get_by_label('Message à la mairie (obligatoire)')
    message.fill('Pas encore.')
    message.press('Control+Enter')
    with models.lecture():
        assert not models.MessageAPartir.select().exists()
    for adresse in ('/espace/textes', f'/espace/textes?demande={demande.numero}&action=ecrire'):
        page.goto(adresse)
        verifier(page)


@pytest.mark.parametrize('largeur, js', [(1280, True), (320, False)])
def test_clore_s_ecrit_motif_d_abord_se_reprend_depuis_l_annonce_et_rend_tout(ouvrir, connus, creer, largeur, js):
    demande = creer('en_cours')
    page = ouvrir(largeur, js)
    entrer(page, connus.referent, f'/espace/demandes/{demande.numero}?action=abandonner#action')
    motif, lu = page.get_by_label('Motif'), page.get_by_label('Ce que nous disons à la mairie')
    if js:
        expect(motif).to_be_focused()
    motif.fill('Le maire est de mauvaise foi.')
    lu.fill('Comme convenu, nous arrêtons.')
    page.get_by_role('button', name='Abandonner et écrire à Jeanne Exemplaire').click()
    expect(page.get_by_role('group', name='Clôture en attente, part à')).to_contain_text('nous arrêtons')
    verifier(page)
    page.locator('.annonce').get_by_role('button', name='Reprendre').click()
    expect(motif).to_have_value('Le maire est de mauvaise foi.')
    expect(lu).to_have_value('Comme convenu, nous arrêtons.')
    verifier(page)


@pytest.mark.parametrize('js, rendu', [
    (True, 'Bonjour,\n\nLe plan de Rieumes.\n\nMerci.'), (False, 'Bonjour, Merci.\n\nLe plan de Rieumes.')])
def test_un_texte_pret_se_met_ou_est_le_curseur_et_garde_ce_qui_est_ecrit(ouvrir, connus, creer, js, rendu):
    demande = creer('en_cours')
    with models.ecriture():
        models.TexteType.create(agent=connus.referent, titre='Plan', texte='Le plan de {collectivite}.',
                                modifie_le='2026-11-24T09:00:00Z')
    page = ouvrir(1280, js)
    entrer(page, connus.referent, f'/espace/demandes/{demande.numero}?action=ecrire')
    message = page.get_by_label('Message à la mairie (obligatoire)')
    message.fill('Bonjour, Merci.')
    for _ in 'Merci.':
        message.press('ArrowLeft')
    page.locator('.zone-message').get_by_text('Prendre un texte prêt').click()
    verifier(page)
    page.get_by_role('button', name='Plan', exact=True).click()
    expect(message).to_have_value(rendu)
    verifier(page)
    if js:
        page.go_back()
        expect(message).to_have_value(rendu)                        # the draft holds it


@pytest.mark.parametrize('etat', ['attribue_chef', 'attribue_expert', 'en_cours', 'rejete'])
def test_sur_un_telephone_ou_elle_en_est_puis_qui_appeler_sont_dans_le_premier_ecran(etat, ouvrir, service, creer):
    page = ouvrir(360)
    page.goto(f'{service}/suivi/{creer(etat).jeton}')
    ou, qui = page.locator('#ou'), page.locator('aside a[href^="tel:"]').first
    assert ou.bounding_box()['y'] + ou.bounding_box()['height'] <= 400
    assert qui.bounding_box()['y'] <= 800 and qui.bounding_box()['y'] < page.locator('.etapes').bounding_box()['y']
    page.set_viewport_size({'width': 1280, 'height': 800})
    assert qui.bounding_box()['x'] > 800 and qui.bounding_box()['y'] <= 700
