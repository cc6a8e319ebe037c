"""The forms that close a demande, in a real Chromium: a field shows with the answer it belongs to, without JavaScript
too; a failed mail leads to noting the call.
"""
import pytest
from conftest import laisser_partir, relire
from navigateur import entrer, verifier
from playwright.sync_api import expect

import models
from verbes.exploitation import porteur

ORGANISME, TELEPHONE = 'Organisme dont relève la demande', 'Téléphone de cet organisme'


@pytest.mark.parametrize('largeur, js', [(1280, True), (320, False)])
def test_un_champ_ne_parait_qu_avec_la_reponse_a_laquelle_il_sert(ouvrir, connus, creer, largeur, js):
    demande = creer('en_cours')
    page = ouvrir(largeur, js)
    entrer(page, connus.referent, f'/espace/demandes/{demande.numero}?action=terminer')
    organisme, jour = page.get_by_label(ORGANISME), page.get_by_label('Transmise le')
    expect(organisme).to_be_hidden()
    page.get_by_label("Issue de l’accompagnement").select_option('Redirigé vers un autre service')
    expect(organisme).to_be_visible()
    expect(page.get_by_label(TELEPHONE)).to_be_visible()
    expect(jour).to_be_hidden()
    page.get_by_label('Nous la lui avons transmise').check()
    expect(jour).to_be_visible()
    verifier(page)
    convenu = page.get_by_label('Convenu avec la mairie le')
    expect(convenu).to_be_hidden()
    page.get_by_label("Issue de l’accompagnement").select_option('Sans suite donnée par la collectivité')
    expect(convenu).to_be_visible()
    page.get_by_label("Issue de l’accompagnement").select_option('Redirigé vers un autre service')
    page.get_by_label('Synthèse').fill('Vu ensemble.')
    page.locator('#action').get_by_role('button', name='Clore').click()
    expect(page.locator('#erreurs')).to_contain_text(ORGANISME)
    expect(organisme).to_be_visible()                               # what was chosen stays, and its fields with it
    verifier(page)
    organisme.fill('le SDEHG')
    page.locator('#action').get_by_role('button', name='Clore').click()
    expect(page.locator('main')).to_contain_text('Clôture en attente')
    laisser_partir()
    page.reload()
    expect(page.locator('main')).to_contain_text('Votre demande relève du SDEHG.')
    assert relire(demande).transmission == 'nous'


def test_l_appel_qui_remplace_un_courriel_se_note_en_un_bouton(ouvrir, connus, creer):
    demande = creer('attribue_expert')
    with models.ecriture():
        porteur.marquer_echec(models.Courriel.get(models.Courriel.modele == 'accuse'), '550 No such user')
    page = ouvrir(320)
    entrer(page, connus.referent, f'/espace/demandes/{demande.numero}')
    alerte = page.get_by_role('group', name='Courriel non remis')
    expect(alerte).to_contain_text('550 No such user')
    verifier(page)
    alerte.get_by_role('link', name='Noter le premier contact').click()
    page.get_by_label('Moyen').select_option('appel')
    page.get_by_label('message laissé').check()
    page.locator('#action').get_by_role('button', name='Noter le premier contact').click()
    expect(page.locator('main')).to_contain_text('Message laissé, par appel.')
    expect(alerte).to_have_count(0)
