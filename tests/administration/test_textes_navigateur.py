"""The texts in a real browser: a mail that was written, with axe at both widths; its preview in another tab."""
from navigateur import entrer, verifier

import models
from verbes import textes

ACCUSE = '/espace/admin/courriels/accuse'


def test_un_courriel_reecrit_se_compare_s_essaie_et_revient_chaque_page_accessible(ouvrir, connus):
    with models.ecriture():
        textes.ecrire('courriel', 'accuse', 'Reçu {numero}', 'Bonjour,\n\nVotre demande est la nôtre, {intitule}.')
        models.TexteEcrit.update(corps_origine='Bonjour,\n\nCe que disait l\'ancien texte.').execute()
    page = ouvrir()
    entrer(page, connus.admin, None)
    for adresse in ('/espace/admin', '/espace/admin/courriels', '/espace/admin/textes', ACCUSE):
        page.goto(adresse)
        verifier(page)
    with page.expect_popup() as autre:
        page.get_by_role('button', name='Aperçu').click()
    assert autre.value.get_by_text('Votre demande est la nôtre').count() == 3
    verifier(autre.value)
    page.get_by_role('button', name='Revenir au texte d’origine').click()
    page.wait_for_load_state()
    verifier(page)
    assert page.get_by_role('button', name='Revenir au texte d’origine').count() == 0
