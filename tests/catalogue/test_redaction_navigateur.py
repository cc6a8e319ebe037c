"""The catalogue written in a real browser: every page and state with axe at both widths, the way without script."""
from navigateur import champ, entrer, verifier
from playwright.sync_api import expect

import models

FICHE = '/espace/redaction/fiches/2'


def envoyer(page, bouton):
    page.get_by_role('button', name=bouton).first.click()
    page.wait_for_load_state()


def test_une_proposition_se_fait_se_lit_et_se_publie_chaque_page_accessible(ouvrir, connus):
    page = ouvrir()
    entrer(page, connus.chef, '/espace/redaction/contenus')
    page.get_by_role('link', name='Mes fiches').click()
    verifier(page)
    page.get_by_role('link', name='Revitalisation de bourg-centre').click()
    champ(page, 'Résumé').fill('Un résumé neuf, en bref.')
    champ(page, 'Coût et conditions').fill('Sans frais.')
    envoyer(page, 'Proposer')
    verifier(page)                                                  # a field at fault
    assert page.title().startswith('Erreur')
    champ(page, 'Pourquoi ce changement').fill('Plus clair.')
    envoyer(page, 'Proposer')
    expect(page.get_by_text('Votre proposition est envoyée')).to_be_visible()
    verifier(page)
    page.context.clear_cookies()

    entrer(page, connus.admin)
    page.get_by_role('link', name='1 proposition à relire au catalogue').click()
    page.get_by_role('link', name='Revitalisation de bourg-centre').click()
    verifier(page)
    assert page.locator('.face-a-face ins').first.inner_text().startswith('Un résumé neuf')
    envoyer(page, 'Enregistrer la décision')
    verifier(page)
    page.get_by_label('Publier', exact=True).check()
    envoyer(page, 'Enregistrer la décision')
    expect(page.get_by_text('Enregistré.')).to_be_visible()
    page.goto('/fiches/2')
    assert 'Un résumé neuf, en bref.' in page.inner_text('main')
    page.goto(FICHE)
    page.locator('.versions tbody a').last.click()
    verifier(page)
    assert page.get_by_role('button', name='Rétablir cette version').is_visible()


def test_deux_administrateurs_se_croisent_et_l_apercu_s_ouvre_a_cote(ouvrir, connus):
    un = ouvrir()
    entrer(un, connus.admin, FICHE)
    champ(un, 'Résumé').fill('Le second.')
    champ(un, 'Pourquoi ce changement').fill('Revue.')
    with un.context.expect_page() as autre:
        un.get_by_role('button', name='Aperçu').click()
    apercu = autre.value
    apercu.wait_for_load_state()
    assert apercu.title().startswith('Aperçu') and 'Le second.' in apercu.inner_text('main')
    verifier(apercu)
    with models.ecriture():
        models.Fiche.update(mots='halle').where(models.Fiche.id == 2).execute()
    envoyer(un, 'Enregistrer la version')
    verifier(un)
    assert champ(un, 'Résumé').input_value() == 'Le second.' and 'a changé' in un.inner_text('main [role=alert]')
