"""« Ma journée » and its keys in a real Chromium: how many to the first act, how many lines, never while one writes."""
import itertools
import re

import pytest
from navigateur import entrer, verifier
from playwright.sync_api import expect

import models
from verbes.demande import actes

ACTIF = 'document.activeElement.id || document.activeElement.href || document.activeElement.tagName'


def presser(page, *touches):
    for touche in touches:
        page.keyboard.press(touche)
    return page.evaluate(ACTIF)


@pytest.fixture
def quarante(creer, monde, heure):
    """Forty demandes for the chef de file, of which some have three reasons; late ones among them."""
    demandes = []
    for n in range(40):
        etat = ('attribue_chef', 'receptionne_chef', 'receptionne_expert', 'en_cours')[n % 4]
        demandes.append(creer(etat, message=f'{n}', date_a_tenir='2026-12-10' if n % 5 == 0 else None))
        if n % 8 == 0:
            with models.ecriture():
                actes.message_du_demandeur(models.Demande.get_by_id(demandes[-1].numero), 'Bonjour.')
    heure('2026-12-05T09:00:00Z')
    return demandes


def test_le_premier_acte_est_a_trois_touches_et_chaque_demande_sur_une_ligne(ouvrir, connus, quarante):
    page = ouvrir()
    entrer(page, connus.chef)
    assert presser(page, 'Tab', 'Tab', 'Enter') == 'acte'
    numeros = page.locator('ul.travaux .numero').all_text_contents()
    assert len(numeros) == len(set(numeros)) <= 41
    assert page.evaluate('document.documentElement.scrollHeight') < 3400
    page.keyboard.press('Enter')
    page.wait_for_url(re.compile('suite=journee#'))
    assert page.locator('h1').inner_text().startswith('Rieumes')


def test_une_reception_se_confirme_en_trois_touches_depuis_ma_journee(ouvrir, connus, creer):
    demande = creer('attribue_chef')
    page = ouvrir()
    entrer(page, connus.chef)
    page.keyboard.press('n')
    page.keyboard.press('Enter')
    page.wait_for_url(re.compile('action=receptionner'))
    expect(page.get_by_role('button', name='Confirmer la réception')).to_be_focused()
    expect(page.locator('h1')).to_be_in_viewport()
    page.keyboard.press('Enter')
    page.wait_for_url(re.compile('fait=statut'))
    with models.lecture():
        assert models.Demande.get_by_id(demande.numero).statut == 'receptionne_chef'


@pytest.mark.parametrize('js', [True, False], ids=['avec-script', 'sans-script'])
def test_mettre_de_cote_et_reprendre_se_font_sans_script(ouvrir, connus, creer, js):
    creer('receptionne_chef'), creer('en_cours', message='b', date_a_tenir='2026-11-27')
    page = ouvrir(1280, js)
    entrer(page, connus.chef)
    verifier(page)
    page.locator('details.cote summary').first.click()
    verifier(page)
    page.get_by_label('Pourquoi, lu par l’équipe').first.fill('Avis attendu.')
    page.get_by_role('button', name='Mettre de côté').first.click()
    expect(page.locator('#erreurs')).to_contain_text('Jusqu’au')
    assert page.get_by_label('Pourquoi, lu par l’équipe').input_value() == 'Avis attendu.'
    verifier(page)
    page.get_by_label('Jusqu’au').fill('2026-12-01')
    page.get_by_role('button', name='Mettre de côté').click()
    expect(page.locator('section:has(#cote)')).to_contain_text('Avis attendu.')
    expect(page.locator('.annonce')).to_contain_text('mise de côté')
    verifier(page)
    page.get_by_role('button', name='Reprendre').click()
    expect(page.locator('.annonce')).to_contain_text('reprise')


def test_les_quatre_touches_menent_d_une_demande_a_l_autre_au_journal_et_a_la_recherche(ouvrir, connus, quarante):
    page = ouvrir()
    entrer(page, connus.chef)
    actes_vus = [a.get_attribute('href') for a in page.locator('.travaux .actions a').all()]
    assert presser(page, 'n') == 'acte'
    assert presser(page, 'n').endswith(actes_vus[1]) and presser(page, 'n').endswith(actes_vus[2])
    assert presser(page, 'p').endswith(actes_vus[1])
    presser(page, 'r')
    assert presser(page, 'n', 'p', 'j') == 'q-globale' and page.locator('#q-globale').input_value() == 'npj'
    page.locator('#q-globale').fill('')
    page.locator('h1').click()
    assert presser(page, 'Control+n', 'Alt+p', 'Meta+j') == 'BODY'
    presser(page, 'n')
    page.keyboard.press('j')
    page.wait_for_url('**#journal-texte')
    assert page.evaluate(ACTIF) == 'journal-texte'
    page.keyboard.type('jnpr')
    assert page.locator('#journal-texte').input_value() == 'jnpr'
    page.get_by_role('button', name='Ajouter au journal').click()
    expect(page.locator('.annonce')).to_contain_text('Suivante')
    suivante = page.locator('#suivante').get_attribute('href')
    page.keyboard.press('n')
    page.wait_for_url(f'**{suivante}')
    page.keyboard.press('Escape')                                   # the field of the act is left, the keys work again
    page.keyboard.press('j')
    page.wait_for_function("document.activeElement.id === 'journal-texte'")


def test_les_touches_vont_de_ligne_en_ligne_dans_la_liste(ouvrir, connus, quarante):
    page = ouvrir()
    entrer(page, connus.chef, '/espace/demandes')
    lignes = [a.get_attribute('href') for a in page.locator('table.demandes tbody th a').all()]
    assert presser(page, 'n').endswith(lignes[0]) and presser(page, 'n').endswith(lignes[1])
    page.keyboard.press('j')
    page.wait_for_url(re.compile(f'{lignes[1]}([?].*)?#journal-texte'))


def test_les_touches_decochees_ne_font_plus_rien(ouvrir, connus, creer):
    creer('attribue_chef')
    page = ouvrir()
    entrer(page, connus.chef, '/espace/compte')
    verifier(page)
    page.get_by_label('Prendre les touches N, P, J et R').uncheck()
    page.get_by_role('button', name='Enregistrer ce choix').click()
    page.wait_for_url('**fait=enregistre')
    page.goto('/espace')
    assert presser(page, 'n', 'r') == 'BODY' and page.locator('[data-touches]').count() == 0
    assert presser(page, 'Tab', 'Tab', 'Enter') == 'acte'           # the order of the page stays


def test_le_premier_champ_d_un_acte_ouvert_par_son_adresse_a_le_focus(ouvrir, connus, creer):
    demande, page = creer('en_cours'), ouvrir()
    entrer(page, connus.referent, None)
    for ancre, (action, champ) in itertools.product(
            ('', '#action'), (('contact', 'contact_le'), ('terminer', 'issue'), ('cote', 'jusqu_au'))):
        page.goto(f'/espace/demandes/{demande.numero}?action={action}{ancre}')
        expect(page.locator(f'#action #{champ}')).to_be_focused()
        expect(page.locator('#titre-action')).to_be_in_viewport()
        verifier(page)


def test_apres_une_erreur_le_focus_va_a_ce_qui_est_a_corriger(ouvrir, connus, creer):
    demande = creer('en_cours')
    page = ouvrir()
    entrer(page, connus.referent, f'/espace/demandes/{demande.numero}?action=terminer#action')
    page.locator('#action').get_by_role('button', name='Clore').click()
    expect(page.locator('#erreurs')).to_be_focused()


def test_orienter_passe_les_fiches_proches_et_va_au_premier_champ(ouvrir, connus, creer):
    demande = creer('attribue_admin', message='Un conseil juridique sur un contentieux.')
    page = ouvrir()
    entrer(page, connus.admin, f'/espace/demandes/{demande.numero}?action=orienter#action')
    expect(page.locator('#action #fiche')).to_be_focused()


@pytest.mark.parametrize('touches', [True, False], ids=['touches', 'sans-touches'])
def test_ctrl_entree_envoie_une_note_une_fois_et_le_dit_pres_du_bouton(ouvrir, connus, creer, touches):
    demande = creer('en_cours')
    with models.ecriture():
        models.Agent.update(touches=touches).execute()
    page = ouvrir()
    entrer(page, connus.referent, f'/espace/demandes/{demande.numero}')
    expect(page.locator('.outils:has-text("Ajouter au journal")')).to_contain_text('ou Ctrl + Entrée')
    texte = page.locator('#journal-texte')
    texte.fill('Vu le maire.')
    page.keyboard.press('Enter')
    page.keyboard.type('Il est d\'accord.')
    page.keyboard.press('Control+Enter')
    page.wait_for_url('**fait=journal*')
    with models.lecture():
        textes = [ligne.texte for ligne in models.Journal.select().where(models.Journal.nature == 'note')]
    assert textes == ['Vu le maire.\nIl est d\'accord.']


def test_sans_script_rien_ne_promet_ctrl_entree(ouvrir, connus, creer):
    demande = creer('en_cours')
    page = ouvrir(js=False)
    entrer(page, connus.referent, f'/espace/demandes/{demande.numero}')
    expect(page.get_by_text('Ctrl')).not_to_be_visible()
