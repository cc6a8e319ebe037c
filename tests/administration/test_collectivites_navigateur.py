"""The pages of the collectivités in a real Chromium: empty, filled, at fault, merged; without JavaScript too."""
from navigateur import entrer, verifier
from playwright.sync_api import expect

import models

ICI = '/espace/admin/collectivites'


def test_chaque_page_des_collectivites_est_accessible(ouvrir, connus, creer):
    creer('en_cours', collectivite=None, type='Commune', nom_collectivite='Rieume')
    demande = creer('en_cours', message='b')
    page = ouvrir()
    entrer(page, connus.admin, None)
    for chemin in (ICI, f'{ICI}?q=introuvable', f'{ICI}/{connus.rieumes.id}', f'{ICI}/ajouter', f'{ICI}/fusion',
                   f'{ICI}/commune-nouvelle', f'{ICI}/a-rattacher', f'{ICI}/a-confirmer'):
        page.goto(chemin)
        verifier(page)
    for chemin, bouton in ((f'{ICI}/ajouter', 'Ajouter la collectivité'), (f'{ICI}/fusion', 'Voir ce qui sera écrit'),
                           (f'{ICI}/commune-nouvelle', 'Voir ce qui sera écrit'),
                           (f'{ICI}/a-confirmer', 'Voir les demandes concernées'),
                           (f'{ICI}/{connus.rieumes.id}', 'Enregistrer le changement')):
        page.goto(chemin)
        page.get_by_role('button', name=bouton).click()
        expect(page.locator('#erreurs')).to_be_visible()
        verifier(page)
    page.goto(f'{ICI}/a-rattacher')
    page.get_by_role('button', name='Rattacher à Rieumes').click()
    expect(page.locator('main')).to_contain_text('Toutes les demandes sont rattachées')
    verifier(page)
    fusionner(page)
    confirmer(page)
    page.goto(f'/espace/demandes/{demande.numero}?action=confirmer')
    verifier(page)
    page.goto(f'/suivi/{demande.jeton}')
    verifier(page)
    page.get_by_role('button', name='Envoyer le message').click()
    expect(page.locator('#erreurs')).to_be_visible()
    verifier(page)


def fusionner(page):
    page.goto(f'{ICI}/fusion')
    page.get_by_label("Collectivité d’arrivée").fill('Rieumajou')
    page.get_by_label('Collectivités qui en feront partie').fill('Saint-Orens-de-Gameville')
    page.get_by_label('À partir du').fill('2026-11-24')
    page.get_by_role('button', name='Voir ce qui sera écrit').click()
    verifier(page)
    page.get_by_role('button', name='Enregistrer la fusion').click()
    expect(page.locator('main')).to_contain_text('Saint-Orens-de-Gameville')
    with models.lecture():
        ancienne = models.Collectivite.get(nom='Saint-Orens-de-Gameville')
    page.goto(f'{ICI}/{ancienne.id}')
    expect(page.locator('main')).to_contain_text('fait partie de Rieumajou depuis le')
    verifier(page)


def test_une_commune_nouvelle_s_enregistre_et_s_annule(ouvrir, connus, creer):
    creer('en_cours')
    page = ouvrir()
    entrer(page, connus.admin, ICI)
    page.get_by_role('link', name='Commune nouvelle').click()
    champs = {'Nom de la commune nouvelle': 'Rieumes-Savès', 'Chef-lieu': 'Rieumes', 'Communes regroupées': 'Rieumajou',
              'Date d’effet': '2027-01-01', 'Arrêté préfectoral du': '2026-10-05'}
    for libelle, valeur in champs.items():
        page.get_by_label(libelle).fill(valeur)
    page.get_by_role('button', name='Voir ce qui sera écrit').click()
    expect(page.locator('#erreurs')).to_contain_text('choisissez son intercommunalité')
    verifier(page)
    page.get_by_label('Intercommunalité').select_option('CC Cœur de Garonne')
    page.get_by_role('button', name='Voir ce qui sera écrit').click()
    expect(page.locator('main')).to_contain_text('à compléter')
    verifier(page)
    page.get_by_role('button', name='Enregistrer la commune nouvelle').click()
    expect(page.locator('main')).to_contain_text('Commune nouvelle au 1er janvier 2027')
    verifier(page)
    page.goto('/espace/admin')
    expect(page.locator('main')).to_contain_text('Il reste : son SIREN')
    verifier(page)
    page.get_by_role('link', name='Compléter').click()
    page.get_by_role('button', name='Annuler cette commune nouvelle').click()
    page.wait_for_url('**?fait=enregistre')
    verifier(page)
    with models.lecture():
        assert models.Collectivite.get_or_none(models.Collectivite.acte_le.is_null(False)) is None


def confirmer(page):
    page.goto(f'{ICI}/a-confirmer')
    page.get_by_label('Type de collectivité').select_option('Commune')
    page.get_by_label('Motif').fill('Élections')
    page.get_by_role('button', name='Voir les demandes concernées').click()
    verifier(page)
    page.get_by_role('button', name='Demander la confirmation').click()
    page.wait_for_url(f'**{ICI}?fait=enregistre')
