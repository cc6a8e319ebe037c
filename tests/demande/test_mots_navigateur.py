"""The form and the tracking page of a mairie in a real Chromium: what their script adds, what axe finds when they come
back at fault, closed or late."""
from navigateur import verifier
from playwright.sync_api import expect

import models


def test_d_une_fiche_toujours_confidentielle_une_phrase_tient_lieu_de_la_case(ouvrir, service, monde):
    with models.lecture():
        fiche = models.Fiche.get(models.Fiche.titre == 'Contentieux').id
    for js in (True, False):
        page = ouvrir(js=js)
        case, phrase = page.locator('#confidentielle'), page.get_by_text('Votre demande sera confidentielle')
        page.goto(f'/demande?fiche={fiche}')
        expect(phrase).to_be_visible()
        expect(case).to_be_hidden()
        verifier(page)
        page.goto('/demande')
        expect(case).to_be_visible()
        expect(phrase).to_be_hidden()
        page.locator('#fiche').select_option(str(fiche))
        expect(phrase).to_be_visible()


def test_le_nom_propose_par_le_navigateur_suit_la_case_meme_personne(ouvrir, service, monde):
    page = ouvrir()
    page.goto('/demande')
    nom, case = page.locator('#nom'), page.locator('#meme_personne')
    expect(nom).to_have_attribute('autocomplete', 'family-name')
    case.uncheck()
    assert nom.get_attribute('autocomplete') is None
    expect(page.locator('#rappel_nom')).to_have_attribute('autocomplete', 'family-name')
    case.check()
    expect(page.locator('#prenom')).to_have_attribute('autocomplete', 'given-name')


def test_une_mairie_corrige_son_adresse_puis_retrouve_ses_liens(ouvrir, service, creer):
    demande = creer()
    page = ouvrir(320)
    page.goto(f'/suivi/{demande.jeton}')
    page.get_by_text('Corriger mes coordonnées').click()
    page.locator('#coordonnees-courriel').fill('mairie@ornage.fr')
    page.get_by_role('button', name='Enregistrer mes coordonnées').click()
    verifier(page)
    page.get_by_text('Corriger en mairie@orange.fr').click()
    page.get_by_role('button', name='Enregistrer mes coordonnées').click()
    expect(page.locator('#resultat')).to_contain_text('mairie@orange.fr')
    verifier(page)
    page.goto('/suivi')
    page.get_by_label('Courriel').fill('mairie@orange.fr')
    page.get_by_role('button', name='Recevoir mon lien de suivi').click()
    expect(page.locator('#resultat')).to_be_focused()
    verifier(page)
    with models.lecture():
        assert models.Courriel.select().where(models.Courriel.modele == 'liens_perdus').count() == 1


def test_une_demande_close_se_rouvre_par_un_message(ouvrir, service, creer):
    demande = creer('abandonne')
    page = ouvrir(320)
    page.goto(f'/suivi/{demande.jeton}')
    verifier(page)
    page.get_by_text('Écrire, ou demander la réouverture').click()
    page.get_by_label('Message').fill('Le projet reprend.')
    page.get_by_role('button', name='Envoyer le message').click()
    expect(page.locator('#resultat')).to_contain_text('Votre demande de réouverture est transmise')
    verifier(page)
