"""The circuit in a real Chromium: with and without JavaScript, at 1280 and 320 px, by keyboard alone."""
import pkgutil
import re
import types

import pytest
from conftest import laisser_partir, relire
from navigateur import FORMULAIRE, MOT_DE_PASSE, RECOLORES, bouton, champ, deposer, entrer, se_connecter, verifier
from playwright.sync_api import expect

import models
import langue
import views
from verbes import comptes


def test_la_largeur_ne_recolore_que_les_tableaux_dont_le_contraste_est_lu_a_chaque_largeur():
    recolores = []
    for feuille in sorted({nom for noms in views.gabarits.FEUILLES.values() for nom in noms}):
        css = pkgutil.get_data('models', f'static/{feuille}').decode()
        for bloc in re.findall(r'@media [^{]*width[^{]*\{((?:[^{}]*\{[^{}]*\})*)', css):
            recolores += [selecteur.strip() for selecteur, regle in re.findall(r'([^{}]+)\{([^{}]*)\}', bloc)
                          if re.search(r'(?<![-\w])(color|background(-color)?|opacity|text-decoration)\s*:', regle)]
    assert len(recolores) > 9 and [s for s in recolores if not any(nom in s for nom in RECOLORES)] == []


@pytest.mark.parametrize('largeur, js', [(1280, True), (320, False)])
def test_le_circuit_d_une_demande_jusqu_a_termine(ouvrir, connus, largeur, js):
    mairie = ouvrir(largeur, js)
    numero = deposer(mairie)
    expect(mairie.locator('main')).to_contain_text('au plus tard le')

    designer(ouvrir(largeur, js), connus, numero)
    accompagner(ouvrir(largeur, js), connus, numero)

    mairie.reload()
    expect(mairie.locator('main')).to_contain_text('Terminée')
    assert 'Note remise' not in mairie.content() and 'Visite sur place' not in mairie.content()
    verifier(mairie)


def designer(chef, connus, numero):
    """The chef de file confirms the reception and names the expert."""
    se_connecter(chef, connus.chef)
    verifier(chef)
    chef.goto(f'/espace/demandes/{numero}')
    verifier(chef)
    bouton(chef, 'Confirmer la réception').click()
    expect(chef.locator('main')).to_contain_text('Réceptionné chef de file')
    chef.get_by_role('link', name="Désigner l’expert", exact=True).click()
    verifier(chef)
    champ(chef, 'Expert référent').select_option(str(connus.referent.id))
    bouton(chef, "Désigner l’expert").click()
    expect(chef.locator('main')).to_contain_text('Attribué expert(s)')
    verifier(chef)


def accompagner(expert, connus, numero):
    """The expert confirms, starts, writes in the journal and ends."""
    se_connecter(expert, connus.referent)
    verifier(expert)
    expert.goto(f'/espace/demandes/{numero}')
    bouton(expert, 'Confirmer la réception').click()
    expert.locator('.actes > summary').click()
    expert.get_by_role('link', name='Démarrer l’accompagnement').click()
    verifier(expert)
    bouton(expert, "Démarrer l'accompagnement").click()
    expert.wait_for_selector('#erreurs')
    assert expert.title().startswith('Erreur – ')
    verifier(expert)
    champ(expert, 'Date du contact').fill('2026-11-24')
    champ(expert, 'Moyen').select_option('appel')
    expert.get_by_label('joint', exact=True).check()
    bouton(expert, "Démarrer l'accompagnement").click()
    champ(expert, 'Note au journal').fill('Visite sur place faite avec le maire.')
    bouton(expert, 'Ajouter au journal').click()
    expect(expert.locator('main')).to_contain_text('Visite sur place faite avec le maire.')
    expert.get_by_role('link', name='Clore…', exact=True).click()
    champ(expert, "Issue de l'accompagnement").select_option('realise')
    champ(expert, 'Synthèse').fill('Note remise à la mairie.')
    expert.get_by_role('button', name='Clore et écrire à').click()
    expect(expert.get_by_role('group', name='Clôture en attente')).to_be_visible()
    laisser_partir()
    expert.goto(f'/espace/demandes/{numero}')
    expect(expert.locator('.tete-demande')).to_contain_text('Terminé')
    assert relire(types.SimpleNamespace(numero=numero)).statut == 'termine'
    verifier(expert)
    expert.goto('/espace/demandes')
    verifier(expert)


@pytest.mark.parametrize('largeur, js', [(1280, True), (320, False)])
def test_les_fiches_proches_se_choisissent_au_clavier_sans_rien_perdre(ouvrir, connus, largeur, js):
    page = ouvrir(largeur, js)
    page.goto('/demande')
    champ(page, 'Lieu de projet').fill('Salle du conseil')
    champ(page, 'Nom').fill('Exemplaire')
    champ(page, 'Message').fill('Un contentieux nous oppose à une entreprise.')
    page.keyboard.press('Tab')
    page.keyboard.press('Enter')
    proches = page.get_by_role('group', name='La fiche proche de votre message')
    expect(proches).to_be_in_viewport()
    verifier(page)
    proches.get_by_label('Aucune').focus()
    page.keyboard.press('ArrowUp')
    expect(proches.get_by_label('Contentieux')).to_be_checked()
    if js:                                                          # the list and the side card say the same at once
        expect(page.locator('#fiche')).to_have_value(str(connus.contentieux.id))
        expect(page.locator('aside .etapes')).to_contain_text('pour la fiche «\xa0Contentieux\xa0»')
    champ(page, 'Téléphone').press('Enter')                         # sends: the fiche is kept through the error
    expect(page.locator('#erreurs')).to_contain_text('Courriel')
    expect(page.locator('#fiche')).to_have_value(str(connus.contentieux.id))
    expect(champ(page, 'Lieu de projet')).to_have_value('Salle du conseil')
    expect(champ(page, 'Nom')).to_have_value('Exemplaire')


def test_ce_que_le_formulaire_dit_du_delai_suit_la_fiche_choisie(ouvrir, connus):
    with models.ecriture():
        models.Fiche.update(promesse='urgente').where(models.Fiche.id == connus.contentieux.id).execute()
    page = ouvrir(1280, True)
    page.goto('/demande')
    cote = page.locator('aside .etapes')
    expect(cote).to_contain_text('Sous 10\xa0jours')
    for fiche, jours, astreinte in ((connus.contentieux, 3, 1), (connus.fiche, 10, 0), (connus.contentieux, 3, 1)):
        page.locator('#theme').select_option('')                    # the list holds them all
        page.locator('#fiche').select_option(str(fiche.id))
        expect(cote).to_contain_text(f'Sous {jours}\xa0jours au plus tard')
        expect(cote).to_contain_text(fiche.titre)
        expect(page.get_by_text('n’assure pas d’astreinte')).to_have_count(astreinte)
    page.locator('#fiche').select_option('')
    expect(cote).to_contain_text('pour une assistance urgente')
    verifier(page)


@pytest.mark.parametrize('largeur, js', [(1280, True), (320, False)])
def test_le_second_facteur_s_active_puis_s_emploie(ouvrir, connus, largeur, js):
    """Every page and error of it."""
    CODE = 'Code affiché par l\'application'

    def valider(*saisies):
        for libelle, valeur in saisies:
            champ(page, libelle).fill(valeur)
        page.locator('main form button').first.click()
        verifier(page)

    page = ouvrir(largeur, js)
    entrer(page, connus.chef, '/espace/compte/securite')
    page.get_by_role('link', name='Activer le second facteur').click()
    secret = page.locator('.cle').inner_text().replace(' ', '')
    valider((CODE, '000000'), ('Mot de passe actuel', MOT_DE_PASSE))
    assert (page.title().startswith('Erreur – ')
            and page.locator('.cle').inner_text().replace(' ', '') == secret)
    pas = int(langue.horloge().timestamp()) // 30
    valider((CODE, comptes.code_du_pas(secret, pas)), ('Mot de passe actuel', MOT_DE_PASSE))
    codes = page.locator('.codes li').all_inner_texts()
    assert len(codes) == 10
    for adresse in ('/espace/compte', '/espace/compte/securite', '/espace/compte/second-facteur/activer'):
        page.goto(adresse)
        verifier(page)
    page.context.clear_cookies()
    page.goto('/connexion')
    valider(('Courriel', connus.chef.courriel), ('Mot de passe', MOT_DE_PASSE))
    valider(('Code de vérification', '000000'))
    assert page.title().startswith('Erreur – ')
    champ(page, 'Code de vérification').fill(codes[0])
    page.get_by_role('button', name='Vérifier').click()
    page.wait_for_url('**/espace')


def test_le_formulaire_se_remplit_et_s_envoie_au_clavier_seul(ouvrir, connus):
    page = ouvrir()
    page.goto('/demande?fiche=2')
    for libelle, valeur in FORMULAIRE.items():
        tabuler_jusqu_a(page, libelle)
        page.keyboard.type(valeur)
    tabuler_jusqu_a(page, 'Envoyer la demande')
    page.keyboard.press('Enter')
    page.wait_for_url('**/suivi/**')
    assert page.locator('h1').count() == 1


def test_les_autres_sessions_se_ferment_au_clavier_seul(ouvrir, connus):
    ailleurs, page = ouvrir(), ouvrir(320)
    for appareil in (ailleurs, page):
        entrer(appareil, connus.chef)
    page.goto('/espace/compte/securite')
    verifier(page)
    expect(page.locator('#sessions li')).to_have_count(2)
    tabuler_jusqu_a(page, 'Fermer toutes les autres')
    page.keyboard.press('Enter')
    expect(page.locator('main')).to_contain_text('Vos autres sessions sont fermées.')
    expect(page.locator('#sessions li')).to_have_count(1)
    verifier(page)
    ailleurs.reload()
    expect(ailleurs.locator('h1')).to_contain_text('Se connecter')


def tabuler_jusqu_a(page, libelle):
    """Press Tab until the field (or button) of this label has the focus, which must be visible."""
    for _ in range(60):
        page.keyboard.press('Tab')
        nom = page.evaluate('(document.activeElement.labels?.[0] || document.activeElement).innerText || ""')
        if nom.split('(')[0].strip() == libelle:
            assert page.evaluate('document.activeElement.matches(":focus-visible")')
            return
    raise AssertionError(f"« {libelle} » n'est pas atteint au clavier")


def test_le_brouillon_survit_au_rechargement_et_s_efface(ouvrir, connus):
    page = ouvrir()
    page.goto('/demande')
    champ(page, 'Message').fill('Un brouillon à ne pas perdre.')
    page.reload()
    assert champ(page, 'Message').input_value() == 'Un brouillon à ne pas perdre.'
    page.on('dialog', lambda question: question.accept())
    bouton(page, 'Effacer le brouillon').click()
    page.reload()
    assert champ(page, 'Message').input_value() == ''


def test_le_brouillon_disparait_une_fois_la_demande_envoyee(ouvrir, connus):
    page = ouvrir()
    deposer(page)
    page.goto('/demande')
    assert champ(page, 'Message').input_value() == ''


def test_le_brouillon_d_une_page_en_erreur_garde_les_cases_et_s_efface_vraiment(ouvrir, connus):
    page = ouvrir()
    page.on('dialog', lambda question: question.accept())
    page.goto('/demande?fiche=2')
    champ(page, 'Message').fill('Un brouillon à ne pas perdre.')
    page.locator('#confidentielle').check()
    page.locator('#meme_personne').uncheck()
    bouton(page, 'Envoyer la demande').click()
    page.wait_for_selector('#erreurs')
    champ(page, 'Lieu de projet').fill('La place')
    page.reload()
    assert (champ(page, 'Lieu de projet').input_value() == 'La place'
            and page.locator('#fiche').input_value() == '2')
    assert page.locator('#confidentielle').is_checked() and not page.locator('#meme_personne').is_checked()
    bouton(page, 'Envoyer la demande').click()
    page.wait_for_selector('#erreurs')
    bouton(page, 'Effacer le brouillon').click()
    assert champ(page, 'Message').input_value() == '' and not page.locator('#confidentielle').is_checked()
    page.goto('/demande')
    assert champ(page, 'Message').input_value() == '' and page.locator('#meme_personne').is_checked()


def test_revenir_corriger_et_renvoyer_laisse_le_choix_et_entree_n_envoie_rien(ouvrir, connus):
    page = ouvrir()
    deposer(page)
    assert page.evaluate('document.activeElement.id') == 'resultat'
    page.goto('/demande')
    for libelle, valeur in {**FORMULAIRE, 'Message': 'Une autre demande.'}.items():
        champ(page, libelle).fill(valeur)
    bouton(page, 'Envoyer la demande').click()
    page.wait_for_url('**/suivi/**')
    page.go_back()
    for libelle, valeur in {**FORMULAIRE, 'Message': 'Une autre demande, corrigée.'}.items():
        champ(page, libelle).fill(valeur)
    bouton(page, 'Envoyer la demande').click()
    page.wait_for_selector('#suite')
    verifier(page)
    champ(page, 'Nom').press('Enter')
    expect(page.locator('#suite')).to_be_visible()
    with models.lecture():
        assert models.Demande.select().count() == 2


def test_la_fiche_choisie_entraine_son_theme_et_reste_dans_la_liste(ouvrir, connus):
    page = ouvrir()
    page.goto('/demande')
    theme, fiche, etat = page.locator('#theme'), page.locator('#fiche'), page.locator('#fiche ~ [role=status]')
    fiche.select_option('2')
    assert theme.input_value() == '2'
    expect(etat).to_contain_text('Thème choisi avec la fiche')
    theme.select_option('1')
    assert fiche.input_value() == '2'
    expect(etat).to_contain_text('qui reste choisie')
    page.locator('#hors_liste').check()
    assert page.locator('#collectivite').get_attribute('required') is None


def test_un_texte_ecrit_pendant_que_la_session_expire_revient_apres_la_connexion(ouvrir, connus, creer):
    demande = creer('en_cours')
    page = ouvrir()
    entrer(page, connus.referent, f'/espace/demandes/{demande.numero}')
    champ(page, 'Note au journal').fill('Un long texte que personne ne veut retaper.')
    with models.ecriture():
        models.Session.delete().execute()
    bouton(page, 'Ajouter au journal').click()
    verifier(page)
    page.get_by_label('Courriel').fill(connus.referent.courriel)
    page.get_by_label('Mot de passe').fill(MOT_DE_PASSE)
    bouton(page, 'Se connecter').click()
    page.wait_for_url(f'**/espace/demandes/{demande.numero}*')
    assert champ(page, 'Note au journal').input_value() == 'Un long texte que personne ne veut retaper.'


def test_aucune_page_ne_depasse_150_ko_ni_ne_sort_du_site(ouvrir, connus, service):
    page, poids = ouvrir(), {}
    page.on('response',
            lambda r: poids.setdefault(page.url, []).append((r.url, len(r.body()) if r.status == 200 else 0)))
    for chemin in ('/', '/catalogue', '/demande', '/fiches/1-conseil-juridique', '/connexion'):
        page.goto(chemin, wait_until='networkidle')
    assert poids
    for url, recus in poids.items():
        assert all(u.startswith(service) or u.startswith('data:') for u, _ in recus), url
        assert sum(n for _, n in recus) < 150_000, (url, recus)
