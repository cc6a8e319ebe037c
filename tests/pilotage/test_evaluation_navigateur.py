"""The two questions, the opinion in the demande and the verbatims, in a real Chromium: axe, 320 px, without script, on
paper."""
import pytest
from conftest import laisser_partir
from navigateur import bouton, champ, entrer, verifier
from playwright.sync_api import expect
from test_evaluation import clore, posee

import models
from verbes.pilotage import evaluation

TEXTE = 'La note nous a servi au conseil municipal, merci à Claude Temoin.'


@pytest.fixture
def close(creer, connus):
    return clore(connus, creer('en_cours'))


def terminer(page, demande):
    page.goto(f'/espace/demandes/{demande.numero}?action=terminer')
    page.get_by_label("Issue de l’accompagnement").select_option('Accompagnement réalisé')
    champ(page, 'Synthèse').fill('Fait.')
    champ(page, "Ampleur de l'accompagnement").select_option('Quelques jours')
    verifier(page)
    page.locator('#action').get_by_role('button', name='Clore et écrire à').click()
    expect(page.get_by_role('group', name='Clôture en attente')).to_be_visible()
    laisser_partir()
    page.goto(f'/espace/demandes/{demande.numero}')
    expect(page.get_by_role('region', name='Clôture')).to_contain_text('Quelques jours')
    expect(page.get_by_role('region', name='Avis de la mairie')).to_contain_text('Pas encore de réponse')
    verifier(page)


def donner_son_avis(page, demande):
    """Of the mairie: sent without the first answer, then with it, then read again."""
    page.goto(f'/suivi/{demande.jeton}')
    verifier(page)
    page.get_by_role('link', name='Donner votre avis').click()
    verifier(page)
    champ(page, 'Ce que vous voulez en dire').fill(TEXTE)
    bouton(page, 'Envoyer mon avis').click()
    page.wait_for_selector('#erreurs')
    verifier(page)
    assert page.title().startswith('Erreur') and champ(page, 'Ce que vous voulez en dire').input_value() == TEXTE
    page.locator('#erreurs').get_by_role('link', name='Première question').click()
    assert page.evaluate('document.activeElement.name') == 'aide'
    page.keyboard.press('Space')
    page.get_by_label('Engager le projet').check()
    page.get_by_label('Ce texte peut être cité, sans nom').check()
    bouton(page, 'Envoyer mon avis').click()
    expect(page.locator('#resultat')).to_contain_text('Merci\u00a0: votre avis est reçu.')
    verifier(page)
    page.get_by_role('link', name='Le relire').click()
    expect(page.locator('main')).to_contain_text(TEXTE)
    verifier(page)


def citer_puis_ne_plus_citer(page):
    """Of an administrateur: refused with a name in it, kept without, then no more."""
    page.goto('/espace/pilotage/verbatims?vue=gardees')
    verifier(page)
    page.goto('/espace/pilotage/verbatims')
    verifier(page)
    page.get_by_role('link', name='La note nous a servi').click()
    verifier(page)
    bouton(page, 'Garder pour citation').click()
    expect(page.locator('#erreurs')).to_contain_text('Temoin')
    verifier(page)
    champ(page, 'Ce qui sera cité').fill('La note nous a servi au conseil municipal.')
    bouton(page, 'Garder pour citation').click()
    expect(page.get_by_text('C’est enregistré.')).to_be_visible()
    page.goto('/espace/pilotage/verbatims?vue=gardees')
    verifier(page)
    page.get_by_role('link', name='La note nous a servi').click()
    bouton(page, 'Ne plus citer').click()
    page.wait_for_load_state()


@pytest.mark.parametrize('largeur, js', [(1280, True), (320, False)])
def test_de_la_cloture_a_la_citation(ouvrir, connus, creer, largeur, js):
    demande = creer('en_cours')
    page = ouvrir(largeur, js)
    entrer(page, connus.referent)
    terminer(page, demande)
    page.context.clear_cookies()
    donner_son_avis(page, demande)

    entrer(page, connus.admin, f'/espace/demandes/{demande.numero}')
    expect(page.get_by_role('region', name='Avis de la mairie')).to_contain_text('Peut être cité, sans nom.')
    verifier(page)
    citer_puis_ne_plus_citer(page)
    lue = posee(demande)
    assert lue.texte == TEXTE and not lue.citation


def test_la_seconde_reponse_dit_que_la_premiere_est_recue(ouvrir, close):
    pages = [ouvrir(320), ouvrir(320)]
    for rang, page in enumerate(pages):
        page.goto(f'/suivi/{close.jeton}/evaluation')
        page.get_by_label(['Oui', 'Non'][rang], exact=True).check()
        page.get_by_label('Autre chose').check()
        champ(page, 'Ce que vous voulez en dire').fill(f'Texte {rang}.')
    for page in pages:
        bouton(page, 'Envoyer mon avis').click()
        page.wait_for_load_state()
        verifier(page)
    expect(pages[1].locator('#erreurs')).to_contain_text('déjà reçu')
    assert pages[1].get_by_label('Votre texte, à copier').input_value() == 'Texte 1.'


def test_le_brouillon_du_texte_revient_apres_un_rechargement(ouvrir, close):
    page = ouvrir()
    page.goto(f'/suivi/{close.jeton}/evaluation')
    champ(page, 'Ce que vous voulez en dire').fill('Un début.')
    page.reload()
    expect(champ(page, 'Ce que vous voulez en dire')).to_have_value('Un début.')
    verifier(page)


def test_l_avis_ne_s_imprime_pas_avec_la_demande(ouvrir, connus, close):
    with models.ecriture():
        evaluation.repondre(models.Demande.get_by_id(close.numero), 'oui', 'agir', 'Entre nous.')
    page = ouvrir()
    entrer(page, connus.referent, f'/espace/demandes/{close.numero}')
    expect(page.get_by_text('Entre nous.')).to_be_visible()
    page.emulate_media(media='print')
    expect(page.get_by_text('Entre nous.')).to_be_hidden()
    expect(page.get_by_role('region', name='Clôture')).to_be_visible()
    page.goto(f'/suivi/{close.jeton}/evaluation')                   # what the mairie has said, it may print
    expect(page.get_by_text('Entre nous.')).to_be_visible()
