"""Import, supervision and reprise in a real Chromium: every page and state at both widths, without JavaScript too."""
from navigateur import entrer, verifier
from playwright.sync_api import expect
from test_revue import ENTETE, NEUF, agents
from test_stock import reprendre  # noqa: F401

import models
from verbes.courriels import poster


def envoyer(page, contenu, nom='agents.csv'):
    page.get_by_label('Fichier CSV').set_input_files(
        {'name': nom, 'mimeType': 'text/csv', 'buffer': contenu.encode('cp1252')})
    page.get_by_role('button', name='Relire le fichier').click()


def test_un_fichier_se_choisit_se_relit_et_s_ecrit(ouvrir, connus):
    page = ouvrir()
    entrer(page, connus.admin, '/espace/admin/import')
    verifier(page)
    page.get_by_role('link', name='Des comptes').click()
    verifier(page)
    page.get_by_role('button', name='Relire le fichier').click()
    expect(page.locator('#erreurs')).to_contain_text('Choisissez le fichier')
    verifier(page)
    envoyer(page, 'courriel;prenom\na@b.fr;Awa\n')
    expect(page.locator('main')).to_contain_text('Colonne absente')
    verifier(page)
    faux = NEUF.replace('awa', 'eva').replace('oui', 'peut-être')
    envoyer(page, f'{ENTETE}\n{NEUF}\n{faux}\n')
    expect(page.locator('table.revue')).to_contain_text('refusé')
    verifier(page)
    page.get_by_role('button', name='Refusés').click()
    expect(page.locator('table.revue')).not_to_contain_text('créé')
    verifier(page)
    page.get_by_role('button', name='Ajouter le compte', exact=True).click()
    expect(page.locator('main')).to_contain_text('Derniers imports')
    verifier(page)
    assert agents(courriel='awa.trame@hgi.example') and not agents(courriel='eva.trame@hgi.example')


def test_un_historique_se_colle_se_reconnait_se_relit_et_s_annule(ouvrir, connus):
    page = ouvrir()
    entrer(page, connus.admin, '/espace/admin/reprise')
    page.get_by_role('link', name='Importer des demandes').click()
    verifier(page)
    page.get_by_text('Les colonnes, et les valeurs acceptées').click()
    verifier(page)
    page.get_by_label('Ou des cellules copiées').fill(
        'Date\tCommune\tObjet\tÉtat\tTeinte\n3 février 2023\tRieumes\tLavoir\tSoldé\tbleu\n'
        'hier\tRieumes\tHalle\tTerminé\t\n04/02/2023\tInconnue-sur-Lèze\tCour\tEn cours\t\n')
    page.get_by_role('button', name='Relire le fichier').click()
    expect(page.locator('h1')).to_contain_text('4 colonnes sur 5')
    verifier(page)
    page.get_by_role('button', name='Relire les 3').click()
    expect(page.locator('main')).to_contain_text('Dites ce qu')
    verifier(page)
    page.get_by_label('Teinte devient').select_option('Laissée de côté')
    page.get_by_label('veut dire').select_option('Terminé')
    page.get_by_role('button', name='Relire les 3').click()
    expect(page.locator('main')).to_contain_text('Vos réponses en amènent d’autres')
    verifier(page)
    page.get_by_role('button', name='Relire les 3').click()
    expect(page.locator('table.revue')).to_contain_text('refusé')
    verifier(page)
    page.get_by_role('button', name='Écrire la demande').click()
    expect(page.locator('main')).to_contain_text('Imports qui s’annulent encore')
    verifier(page)
    page.get_by_role('button', name='Annuler cet import').click()
    expect(page.locator('main')).to_contain_text('L’import est annulé')
    verifier(page)


def test_une_ligne_qui_ressemble_a_une_demande_reprise_se_dit_d_un_bouton(ouvrir, connus):
    page = ouvrir()
    entrer(page, connus.admin, '/espace/admin/import?genre=demandes')
    for commune, mot in (('Rieumes', 'créé'), ('MT DE MARSAN', 'à dire')):
        page.get_by_label('Ou des cellules copiées').fill(
            f'Date\tCommune\tObjet\tÉtat\n03/02/2023\t{commune}\tPLU\tTerminé\n')
        for bouton in ('Relire le fichier', 'Relire la ligne'):
            page.get_by_role('button', name=bouton).click()
        expect(page.locator('table.revue')).to_contain_text(mot)
        verifier(page)
        if mot == 'créé':
            page.get_by_role('button', name='Écrire la demande').click()
    page.get_by_role('button', name='C’en est une autre').click()
    expect(page.locator('table.revue')).to_contain_text('créé')
    page.get_by_role('button', name='Écrire la demande').click()
    expect(page.locator('main')).to_contain_text('Imports qui s’annulent encore')


def test_un_classeur_choisi_dit_comment_l_enregistrer_des_le_navigateur(ouvrir, connus):
    page = ouvrir(1280, True)
    entrer(page, connus.admin, '/espace/admin/import?genre=demandes')
    page.get_by_label('Fichier CSV').set_input_files(
        {'name': 'suivi.xlsx', 'mimeType': 'application/zip', 'buffer': b'PK\x03\x04'})
    expect(page.locator('#pieces-controle')).to_contain_text('« Enregistrer sous… » CSV')
    expect(page.locator('#pieces-controle')).not_to_contain_text('photo')


def test_la_supervision_se_lit_et_renvoie(ouvrir, connus):
    page = ouvrir()
    entrer(page, connus.admin, '/espace/admin/supervision')
    verifier(page)
    with models.ecriture():
        numero = poster('alerte', 'agent', connus.chef.courriel, agent=connus.chef, alerte='Le contenu.')
        models.Courriel.update(echec_le='2026-11-24T08:00:00Z', raison='550 non').where(
            models.Courriel.id == numero).execute()
    page.goto('/espace/admin/supervision')
    page.get_by_role('button', name='Envoyer un essai').click()
    expect(page.locator('main')).to_contain_text('en attente')
    verifier(page)
    page.get_by_role('button', name='Tout renvoyer').click()
    expect(page.locator('table')).to_contain_text("Courriel d’essai")
    verifier(page)


def test_la_reprise_s_apercoit_se_classe_et_s_annule(ouvrir, connus, reprendre):  # noqa: F811
    page = ouvrir()
    entrer(page, connus.admin, '/espace/admin/reprise')
    verifier(page)
    reprendre('en_cours', 'attribue_chef')
    page.goto('/espace/admin/reprise')
    verifier(page)
    page.get_by_role('button', name='Voir ce qui serait classé').click()
    page.get_by_role('button', name='Classer ces demandes').click()
    expect(page.locator('#erreurs')).to_contain_text('Dites-le en une phrase', ignore_case=True)
    verifier(page)
    page.get_by_label('Pourquoi ces demandes').fill('Sans suite.')
    page.get_by_role('button', name='Classer ces demandes').click()
    expect(page.locator('main')).to_contain_text('Lots classés')
    verifier(page)
    page.get_by_role('button', name='Annuler ce lot').click()
    expect(page.locator('table')).to_contain_text('Rieumes')
