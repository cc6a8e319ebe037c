"""« Retour » of the browser, which fills a form by itself after the scripts: the latest of what was typed wins."""
from navigateur import FORMULAIRE, champ
from test_brouillons import TEXTE, arriver, envoyer, mettre_en_faute


def test_ce_qui_est_corrige_sur_la_page_en_erreur_reste_apres_retour(ouvrir, connus):
    page = ouvrir()
    page.goto('/contact')
    page.goto('/demande')
    mettre_en_faute(page)
    champ(page, 'Message').fill(TEXTE)
    champ(page, 'Téléphone').fill('05 36 49 00 12')
    page.locator('#fiche').select_option('1')
    page.locator('#confidentielle').check()
    page.go_back()
    page.wait_for_load_state()
    assert champ(page, 'Message').input_value() == TEXTE
    assert champ(page, 'Téléphone').input_value() == '05 36 49 00 12'
    assert page.locator('#fiche').input_value() == '1' and page.locator('#confidentielle').is_checked()
    champ(page, 'Lieu de projet').fill('Le bourg')                          # noted: nothing old comes back over it
    page.reload()
    assert champ(page, 'Message').input_value() == TEXTE
    envoyer(page)
    demande = arriver(page)
    assert (demande.message, demande.fiche_id, demande.lieu) == (TEXTE, 1, 'Le bourg')
    assert demande.nom == FORMULAIRE['Nom']
