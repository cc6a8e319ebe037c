"""The contents written in a real browser: each page, kind and state with axe at both widths; without script too."""
import re

from navigateur import champ, entrer, verifier
from playwright.sync_api import expect
from test_publication import VALEURS, agir, ecrire, groupe, proposer, publier  # noqa: F401 – fixtures

import models

ICI = '/espace/redaction/contenus'


def envoyer(page, bouton):
    page.get_by_role('button', name=re.compile(f'^{bouton}')).first.click()
    page.wait_for_load_state()


def ecrire_un_evenement(page):
    """From nothing to what is proposed: without a title, then over before it begins, then right."""
    page.goto(ICI)
    verifier(page)                                                  # nothing yet
    page.get_by_role('link', name='Évènement').click()
    verifier(page)
    envoyer(page, 'Enregistrer le brouillon')
    verifier(page)                                                  # without a title
    assert page.title().startswith('Erreur')
    champ(page, 'Titre').fill('Salon des maires')
    champ(page, 'Du').fill('2026-12-08')
    champ(page, 'À partir de').fill('14h')
    champ(page, 'Jusqu\'à').fill('9h')
    envoyer(page, 'Enregistrer le brouillon')
    verifier(page)                                                  # it ends before it begins
    assert champ(page, 'Titre').input_value() == 'Salon des maires'
    champ(page, 'Jusqu\'à').fill('16h30')
    envoyer(page, 'Enregistrer le brouillon')
    expect(page.get_by_text('Enregistré.')).to_be_visible()
    verifier(page)
    envoyer(page, 'Proposer à la publication')
    verifier(page)                                                  # what it lacks, beside its field
    champ(page, 'Résumé').fill('Une journée.')
    champ(page, 'Lieu').fill('Toulouse')
    envoyer(page, 'Enregistrer la version')
    envoyer(page, 'Proposer à la publication')
    expect(page.get_by_text('Votre proposition est envoyée')).to_be_visible()


def relire_et_publier(page):
    page.get_by_role('link', name='1 contenu à relire').click()
    verifier(page)
    page.get_by_role('link', name='Salon des maires').click()
    verifier(page)
    envoyer(page, 'Publier')
    expect(page.get_by_text('Le contenu est publié.')).to_be_visible()
    verifier(page)
    page.get_by_role('link', name='Voir la page publique').click()
    verifier(page)
    assert page.get_by_role('heading', level=1).inner_text() == 'Salon des maires'


def proposer_un_changement(page):
    page.goto(ICI)
    page.get_by_role('link', name='Salon des maires').click()
    verifier(page)
    champ(page, 'Résumé').fill('Une journée, à Toulouse.')
    champ(page, 'Pourquoi ce changement').fill('Dire où.')
    envoyer(page, 'Proposer')
    verifier(page)


def l_accepter(page):
    page.goto(f'{ICI}/1')
    verifier(page)
    page.get_by_label('Publier', exact=True).check()
    envoyer(page, 'Enregistrer la décision')
    expect(page.get_by_text('Enregistré.')).to_be_visible()
    page.locator('.versions tbody a').last.click()
    verifier(page)
    assert page.get_by_role('button', name='Rétablir cette version').is_visible()


def test_un_contenu_s_ecrit_se_propose_se_publie_et_se_change(ouvrir, connus):
    page = ouvrir()
    for agent, faire in ((connus.chef, ecrire_un_evenement), (connus.admin, relire_et_publier),
                         (connus.autre, proposer_un_changement), (connus.admin, l_accepter)):
        entrer(page, agent)
        faire(page)
        page.context.clear_cookies()


def test_deux_administrateurs_se_croisent_et_l_apercu_s_ouvre_a_cote(ouvrir, connus, ecrire):  # noqa: F811
    contenu = ecrire()
    un = ouvrir()
    entrer(un, connus.admin, f'{ICI}/{contenu.id}')
    champ(un, 'Résumé').fill('Le second.')
    with un.context.expect_page() as autre:
        un.get_by_role('button', name='Aperçu').click()
    apercu = autre.value
    apercu.wait_for_load_state()
    assert apercu.title().startswith('Aperçu') and 'Le second.' in apercu.inner_text('main')
    verifier(apercu)
    with models.ecriture():
        models.Contenu.update(titre='Le premier').execute()
    envoyer(un, 'Enregistrer la version')
    verifier(un)
    assert champ(un, 'Résumé').input_value() == 'Le second.' and 'a changé' in un.inner_text('main [role=alert]')


def test_un_formulaire_recharge_se_retrouve_et_s_oublie_une_fois_enregistre(ouvrir, connus):
    page = ouvrir()
    entrer(page, connus.chef, f'{ICI}/nouveau/actualite')
    champ(page, 'Titre').fill('À moitié écrit')
    page.reload()
    expect(page.get_by_text('Brouillon retrouvé')).to_be_visible()
    assert champ(page, 'Titre').input_value() == 'À moitié écrit'
    envoyer(page, 'Enregistrer le brouillon')
    page.goto(f'{ICI}/nouveau/actualite')
    expect(page.get_by_text('Reprendre le brouillon')).to_have_count(0)
    assert champ(page, 'Titre').input_value() == ''


def test_le_menu_des_agents_tient_sur_une_ligne_a_1280(ouvrir, connus):
    page = ouvrir()
    entrer(page, connus.admin)
    hauts = page.eval_on_selector_all(
        'header nav li', 'tous => tous.map((un) => Math.round(un.getBoundingClientRect().top / 30))')
    assert len(set(hauts)) == 1 and page.locator('header .cadre').bounding_box()['height'] < 80
