"""What was done before, a kept view, the sheets of a visit, a year in the open: in a real Chromium, with and without
JavaScript, at 1280 and 320 px, axe on every page."""
from conftest import fixer
from navigateur import entrer, verifier
from playwright.sync_api import expect

import models
from verbes import journal


def test_une_liste_filtree_se_garde_et_s_ouvre_de_la_journee(ouvrir, connus, creer):
    creer('en_cours')
    page = ouvrir()
    entrer(page, connus.referent, '/espace/listes')
    verifier(page)                                                  # empty
    page.goto('/espace/demandes?statut=en_cours&type=Commune')
    page.get_by_role('link', name='Garder cette liste').click()
    page.get_by_role('button', name='Garder').click()
    expect(page.get_by_role('alert')).to_contain_text('Nom de la liste')
    verifier(page)
    page.get_by_label('Nom de la liste').fill('Communes en cours')
    page.get_by_role('button', name='Garder').click()
    verifier(page)
    page.goto('/espace')
    page.get_by_role('link', name='Communes en cours').click()
    expect(page).to_have_url('/espace/demandes?statut=en_cours&type=Commune')


def test_les_demandes_proches_et_se_retirer(ouvrir, connus, creer):
    close = creer('termine', message='Une place à refaire.')
    demande = creer('en_cours', associe=True)
    page = ouvrir()
    entrer(page, connus.associe, f'/espace/demandes/{demande.numero}')
    page.locator('.actes > summary').click()
    page.get_by_role('link', name='Demandes proches').click()
    expect(page.get_by_role('main')).to_contain_text(f'N°\u00a0{close.numero}')
    verifier(page)
    page.goto(f'/espace/demandes/{demande.numero}')
    page.locator('.actes > summary').click()
    page.get_by_role('link', name='Me retirer de l’équipe').click()
    page.get_by_role('button', name='Me retirer de l’équipe').click()
    verifier(page)                                                  # without a reason
    page.get_by_label('Motif').fill('Ce n\'est pas mon métier.')
    page.get_by_role('button', name='Me retirer de l’équipe').click()
    expect(page.get_by_role('region', name='Équipe')).not_to_contain_text('Sacha')


def test_une_visite_se_prepare_et_s_imprime_en_deux_feuilles(ouvrir, connus, monde, creer):
    for n in range(39):
        demande = creer('en_cours' if n % 3 else 'termine', message=f'Besoin {n}',
                        collectivite=monde.epci if n % 3 < 2 else monde.rieumes)
        with models.ecriture():
            for nature in ('proposition', 'livrable'):
                journal.ajouter_au_journal(demande, models.Agent.get_by_id(connus.referent.id), nature, 'Un texte.')
    page = ouvrir()
    entrer(page, connus.admin, f'/espace/collectivites/{monde.epci.id}/visite')
    verifier(page)
    page.get_by_role('button', name='Préparer les feuilles').click()
    verifier(page)                                                  # nothing said
    page.get_by_label('Le Président ou la Présidente').check()
    page.get_by_label('Pourquoi').fill('Visite du 12 janvier')
    page.get_by_role('button', name='Préparer les feuilles').click()
    expect(page.get_by_role('heading', level=1)).to_have_text('Visite, CC Cœur de Garonne')
    assert [table.locator('tbody tr').count() for table in page.get_by_role('table').all()] == [7, 10, 5]
    verifier(page)
    assert page.pdf(format='A4').count(b'/Type /Page\n') <= 2


def test_une_annee_se_relit_se_diffuse_et_se_lit(ouvrir, connus, creer):
    creer('en_cours')
    with models.ecriture():
        models.Demande.update(depose_le='2025-03-10T09:00:00Z').execute()
    page, chacun = ouvrir(), ouvrir()
    entrer(page, connus.admin, '/espace/admin/donnees-ouvertes')
    verifier(page)                                                  # without the agreement
    with models.ecriture():
        fixer('accord_ouvertes', 'Relevé du comité', '2026-11-20')
        fixer('electorale_du', '2026-01-01')
        fixer('electorale_au', '2099-01-01')
    page.goto('/espace/admin/donnees-ouvertes')
    page.get_by_role('link', name='Relire l’année 2025').click()
    verifier(page)
    page.get_by_role('button', name='Diffuser l’année 2025').click()
    expect(page.get_by_role('alert')).to_contain_text('écrivez qui l’a relu')
    verifier(page)
    page.get_by_label('Relu au regard').fill('Alix Témoin, service juridique')
    page.get_by_role('button', name='Diffuser l’année 2025').click()
    verifier(page)
    chacun.goto('/donnees-ouvertes')
    expect(chacun.get_by_role('heading', name='Demandes des collectivités, par année')).to_be_visible()
    verifier(chacun)
