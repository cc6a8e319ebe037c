"""Nothing chosen or typed is lost, in a real Chromium: drafts, files and consigne, with F5, Back, two tabs, a session
that ends, no script."""
import re

import pytest
from navigateur import FORMULAIRE, MOT_DE_PASSE, bouton, champ, entrer, verifier
from playwright.sync_api import expect
from serveur import attendre
from test_consigne import pieces

import models
from views import consigne

PLAN = {'name': 'plan.pdf', 'mimeType': 'application/pdf', 'buffer': b'%PDF un plan'}
PHOTO = {'name': 'photo.jpg', 'mimeType': 'image/jpeg', 'buffer': b'\xff\xd8\xff une photo'}
TEXTE = 'Un long texte que personne ne veut retaper.'
SANS_RESEAU = 'ERR_CACHE_MISS'


@pytest.fixture(autouse=True)
def consigne_vide():
    consigne._casiers.clear()


def onglet(page):
    """Another tab of the same browser."""
    return page.context.new_page()


def remplir(page, **autres):
    for libelle, valeur in {**FORMULAIRE, **autres}.items():
        champ(page, libelle).fill(valeur)


def envoyer(page):
    bouton(page, 'Envoyer la demande').click()


def mettre_en_faute(page, **autres):
    """The form sent with a telephone that is no number."""
    remplir(page, Téléphone='05', **autres)
    envoyer(page)
    page.wait_for_selector('#erreurs')


def corriger(page):
    champ(page, 'Téléphone').fill('05 36 49 00 12')
    envoyer(page)


def arriver(page):
    page.wait_for_url('**/suivi/**')
    with models.lecture():
        return models.Demande.select().order_by(models.Demande.numero.desc()).get()


def corrigee(ouvrir):
    """The page of a form that came back once with a fault, then left."""
    page = ouvrir()
    page.goto('/demande?fiche=1')
    mettre_en_faute(page)
    corriger(page)
    return page


def offre(page):
    return page.get_by_role('button', name=re.compile('^Reprendre le brouillon'))


def gardes(page):
    return [nom.inner_text() for nom in page.locator('.gardes:not([hidden]) [data-nom]').all()]


# --- the chosen fiche ---

@pytest.mark.parametrize('adresse', ['/demande?fiche=1', '/demande'])
def test_la_fiche_choisie_survit_a_une_erreur_a_f5_et_a_retour(ouvrir, connus, adresse):
    page = ouvrir()
    page.goto(adresse)
    page.locator('#fiche').select_option('1')
    mettre_en_faute(page)
    assert page.url.endswith(adresse) and page.locator('#fiche').input_value() == '1'
    page.reload()
    assert page.locator('#erreurs').count() == 0 and page.url.endswith(adresse)
    assert (page.locator('#fiche').input_value(), page.locator('#theme').input_value()) == ('1', '1')
    assert champ(page, 'Message').input_value() == FORMULAIRE['Message']
    page.get_by_role('link', name='Catalogue').first.click()
    page.wait_for_url('**/catalogue')
    page.go_back()
    assert page.locator('#fiche').input_value() == '1' and champ(page, 'Téléphone').input_value() == '05'
    corriger(page)
    assert arriver(page).fiche_id == 1


def test_la_fiche_choisie_se_retrouve_apres_avoir_ferme_l_onglet(ouvrir, connus):
    page = ouvrir()
    page.goto('/demande')
    page.locator('#fiche').select_option('1')
    champ(page, 'Message').fill(TEXTE)
    neuf = onglet(page)
    page.close()
    neuf.goto('/demande')
    assert champ(neuf, 'Message').input_value() == '' and neuf.locator('#fiche').input_value() == ''
    expect(neuf.locator('.brouillon.offert')).to_contain_text('Conseil juridique')
    verifier(neuf)
    offre(neuf).click()
    assert (champ(neuf, 'Message').input_value(), neuf.locator('#fiche').input_value()) == (TEXTE, '1')
    neuf.reload()
    assert neuf.locator('#fiche').input_value() == '1' and neuf.locator('#theme').input_value() == '1'


def test_sans_script_la_fiche_survit_a_une_erreur_et_renvoyer_ne_fait_qu_une_demande(ouvrir, connus):
    page = ouvrir(js=False)
    page.goto('/demande?fiche=1')
    champ(page, 'Pièces jointes').set_input_files([PLAN])
    mettre_en_faute(page)
    assert page.url.endswith('/demande?fiche=1') and page.locator('#fiche').input_value() == '1'
    assert gardes(page) == ['plan.pdf']
    page.reload()                                                           # the browser sends it again
    assert gardes(page) == ['plan.pdf'] and page.locator('#fiche').input_value() == '1'
    corriger(page)
    demande = arriver(page)
    assert demande.fiche_id == 1 and [nom for nom, _ in pieces(demande)] == ['plan.pdf']
    with models.lecture():
        assert models.Demande.select().count() == 1


# --- whose draft ---

def test_deux_onglets_ont_chacun_leur_brouillon(ouvrir, connus):
    un = ouvrir()
    un.goto('/demande')
    champ(un, 'Message').fill('Texte A')
    deux = onglet(un)
    deux.goto('/demande')
    assert champ(deux, 'Message').input_value() == ''
    champ(deux, 'Message').fill('Texte B')
    un.reload()
    deux.reload()
    assert (champ(un, 'Message').input_value(), champ(deux, 'Message').input_value()) == ('Texte A', 'Texte B')
    un.close()
    deux.close()


def test_un_brouillon_est_celui_de_sa_fiche(ouvrir, connus):
    page = ouvrir()
    page.goto('/demande?fiche=1')
    champ(page, 'Communes concernées').fill('Rieumes')
    page.goto('/demande?fiche=2')
    assert offre(page).count() == 0 and champ(page, 'Communes concernées').input_value() == ''
    page.goto('/demande?fiche=1')
    assert champ(page, 'Communes concernées').input_value() == ''
    offre(page).click()
    assert champ(page, 'Communes concernées').input_value() == 'Rieumes'


def test_un_brouillon_offert_que_l_on_ne_reprend_pas_reste_offert_jusqu_a_ce_qu_on_l_efface(ouvrir, connus):
    page = ouvrir()
    page.goto('/demande')
    champ(page, 'Message').fill('Le premier')
    page.goto('/demande')
    champ(page, 'Message').fill('Le second')
    remplir(page)
    envoyer(page)
    arriver(page)
    page.goto('/demande')
    offre(page).click()
    assert champ(page, 'Message').input_value() == 'Le premier'
    page.goto('/demande')
    bouton(page, 'Effacer ce brouillon').click()
    page.goto('/demande')
    assert offre(page).count() == 0 and rien_n_est_garde(page)


def rien_n_est_garde(page, depots=('localStorage', 'sessionStorage')):
    return all(not page.evaluate(f'Object.keys({depot}).filter((cle) => cle.startsWith("brouillon:"))')
               for depot in depots)


def test_une_fiche_restreinte_ne_laisse_pas_son_texte_sur_l_appareil_meme_quittee(ouvrir, connus):
    page = ouvrir()
    page.goto(f'/demande?fiche={connus.contentieux.id}')
    champ(page, 'Message').fill(SECRET)
    assert rien_n_est_garde(page, ['localStorage'])
    page.locator('#fiche').select_option('')
    champ(page, 'Lieu de projet').fill('La mairie')
    l_appareil_est_vide(page)


SECRET = 'M. Untel, notre secrétaire, nous attaque : un contentieux nous oppose à lui.'


def l_appareil_est_vide(page):
    """Nothing of what was written is on the device, and another tab is offered nothing."""
    garde = page.evaluate('JSON.stringify(localStorage)')
    assert SECRET not in garde and 'brouillon:' not in garde, garde
    neuf = onglet(page)
    neuf.goto('/demande')
    assert offre(neuf).count() == 0 and champ(neuf, 'Message').input_value() == ''
    neuf.close()


def rendre_confidentielle(page, chemin, connus):
    """The message written, then the choice made by one of its paths."""
    champ(page, 'Message').fill(SECRET)
    assert SECRET in page.evaluate('JSON.stringify(localStorage)')
    if chemin == 'case':
        page.locator('#confidentielle').check()
    elif chemin == 'liste':
        page.locator('#fiche').select_option(str(connus.contentieux.id))
    elif chemin == 'clavier':
        page.locator('#fiche').focus()
        for _ in range(page.locator('#fiche option').count()):
            if page.locator('#fiche').input_value() != str(connus.contentieux.id):
                page.keyboard.press('ArrowDown')
    else:
        bouton(page, 'Voir les fiches proches').click()
        page.get_by_role('radio', name=re.compile('^Contentieux')).check()


@pytest.mark.parametrize('chemin', ['case', 'liste', 'clavier', 'proches'])
def test_un_choix_confidentiel_fait_quitter_l_appareil_au_brouillon_qui_reste_dans_l_onglet(ouvrir, connus, chemin):
    page = ouvrir()
    page.goto('/demande')
    rendre_confidentielle(page, chemin, connus)
    l_appareil_est_vide(page)
    expect(page.locator('.brouillon')).to_contain_text('dans cet onglet seulement')
    champ(page, 'Lieu de projet').fill('La mairie')
    l_appareil_est_vide(page)
    verifier(page)
    page.reload()
    le_choix_est_la(page, chemin, connus)
    l_appareil_est_vide(page)
    mettre_en_faute(page, Message=SECRET)
    l_appareil_est_vide(page)
    page.reload()
    assert page.locator('#erreurs').count() == 0
    le_choix_est_la(page, chemin, connus)
    l_appareil_est_vide(page)
    page.get_by_role('link', name='Catalogue').first.click()
    page.wait_for_url('**/catalogue')
    page.go_back()
    le_choix_est_la(page, chemin, connus)
    l_appareil_est_vide(page)
    corriger(page)
    assert arriver(page).restreinte


def le_choix_est_la(page, chemin, connus):
    assert champ(page, 'Message').input_value() == SECRET
    if chemin == 'case':
        assert page.locator('#confidentielle').is_checked()
    else:
        assert page.locator('#fiche').input_value() == str(connus.contentieux.id)
    expect(page.locator('.brouillon')).to_contain_text(re.compile('dans cet onglet seulement|Brouillon retrouvé'))


def test_une_fiche_proche_cochee_est_celle_de_la_liste_et_la_liste_celle_des_fiches_proches(ouvrir, connus):
    page = ouvrir()
    page.goto('/demande')
    page.locator('#theme').select_option(str(connus.theme.id))
    champ(page, 'Message').fill(SECRET)
    bouton(page, 'Voir les fiches proches').click()
    proche = page.get_by_role('radio', name=re.compile('^Contentieux'))
    proche.check()
    assert page.locator('#fiche').input_value() == str(connus.contentieux.id)
    assert page.locator('#theme').input_value() == str(connus.contentieux.theme_id)
    page.locator('#theme').select_option('')
    page.locator('#fiche').select_option(str(connus.fiche.id))
    assert not proche.is_checked() and page.get_by_role('radio', name=re.compile('^Aucune')).is_checked()
    proche.check()
    page.get_by_role('radio', name=re.compile('^Aucune')).check()
    assert page.locator('#fiche').input_value() == str(connus.fiche.id)


@pytest.mark.parametrize('chemin', ['case', 'liste', 'proches'])
def test_ce_qui_a_ete_confidentiel_ne_revient_pas_sur_l_appareil_une_fois_le_choix_defait(ouvrir, connus, chemin):
    page = ouvrir()
    page.goto('/demande')
    rendre_confidentielle(page, chemin, connus)
    page.locator('#confidentielle').uncheck()
    page.locator('#fiche').select_option('')
    champ(page, 'Lieu de projet').fill('La mairie')
    l_appareil_est_vide(page)
    expect(page.locator('.brouillon')).to_contain_text('dans cet onglet seulement')
    page.reload()
    assert champ(page, 'Message').input_value() == SECRET
    mettre_en_faute(page, Message=SECRET)
    l_appareil_est_vide(page)


@pytest.mark.parametrize('adresse', ['/demande', '/demande?fiche=1'])
def test_ce_que_l_onglet_avait_laisse_avant_la_fiche_restreinte_quitte_aussi_l_appareil(ouvrir, connus, adresse):
    page = ouvrir()
    page.goto(adresse)
    champ(page, 'Message').fill(SECRET)
    assert SECRET in page.evaluate('JSON.stringify(localStorage)')
    page.goto(f'/demande?fiche={connus.contentieux.id}')
    champ(page, 'Message').fill('La suite.')
    l_appareil_est_vide(page)


def test_un_brouillon_dont_la_fiche_est_devenue_restreinte_quitte_l_appareil_sans_etre_offert(ouvrir, connus):
    page = ouvrir()
    page.goto('/demande')
    page.locator('#fiche').select_option(str(connus.urgente.id))
    champ(page, 'Message').fill(SECRET)
    with models.ecriture():
        models.Fiche.update(restreinte=True).where(models.Fiche.id == connus.urgente.id).execute()
    neuf = onglet(page)
    page.close()
    neuf.goto('/demande?fiche=2')
    l_appareil_est_vide(neuf)


def test_un_brouillon_confidentiel_dont_la_fiche_a_quitte_le_catalogue_reste_dans_l_onglet(ouvrir, connus):
    page = ouvrir()
    page.goto('/demande')
    rendre_confidentielle(page, 'liste', connus)
    with models.ecriture():
        models.Fiche.update(etat='suspendue').where(models.Fiche.id == connus.contentieux.id).execute()
    for _ in range(2):
        page.reload()
        assert champ(page, 'Message').input_value() == SECRET and page.locator('#fiche').input_value() == ''
        l_appareil_est_vide(page)
    champ(page, 'Lieu de projet').fill('La mairie')
    l_appareil_est_vide(page)


def test_le_brouillon_disparait_une_fois_envoye_et_sept_jours_apres(ouvrir, connus):
    page = corrigee(ouvrir)
    arriver(page)
    assert rien_n_est_garde(page)
    page.goto('/demande')
    champ(page, 'Message').fill(TEXTE)
    page.evaluate("""for (const cle of Object.keys(localStorage)) if (cle.startsWith('brouillon:'))
        localStorage.setItem(cle, JSON.stringify({ ...JSON.parse(localStorage[cle]), le: Date.now() - 8 * 86400000 }));
        sessionStorage.clear()""")
    page.goto('/demande')
    assert offre(page).count() == 0 and rien_n_est_garde(page)


def test_un_envoi_que_le_service_refuse_laisse_le_brouillon(ouvrir, connus):
    page = ouvrir()
    page.goto('/demande')
    remplir(page)
    page.route('**/demande', lambda route: route.fulfill(status=503, body='<p>Indisponible.</p>')
               if route.request.method == 'POST' else route.continue_())
    envoyer(page)
    page.wait_for_selector('text=Indisponible')
    page.go_back()
    assert champ(page, 'Message').input_value() == FORMULAIRE['Message']


def test_effacer_le_brouillon_dit_ce_qu_il_fait_et_garde_la_fiche_de_l_adresse(ouvrir, connus):
    page, questions = ouvrir(), []
    page.on('dialog', lambda question: (questions.append(question.message), question.accept()))
    page.goto('/demande?fiche=1')
    champ(page, 'Pièces jointes').set_input_files([PLAN])
    mettre_en_faute(page)
    expect(page.locator('.brouillon')).to_contain_text('Brouillon gardé 7 jours sur cet appareil')
    bouton(page, 'Effacer le brouillon').click()
    assert 'Rien n\'est envoyé' in questions[0] and rien_n_est_garde(page)
    assert champ(page, 'Message').input_value() == '' and gardes(page) == []
    assert page.locator('#fiche').input_value() == '1'


# --- files ---

def test_les_fichiers_recus_survivent_a_une_erreur_puis_a_f5_et_se_retirent(ouvrir, connus):
    page = ouvrir()
    page.goto('/demande')
    champ(page, 'Pièces jointes').set_input_files([PLAN, PHOTO])
    mettre_en_faute(page)
    assert gardes(page) == ['plan.pdf', 'photo.jpg']
    verifier(page)
    page.reload()
    assert page.locator('#erreurs').count() == 0 and gardes(page) == ['plan.pdf', 'photo.jpg']
    verifier(page)
    page.get_by_role('button', name='Retirer plan.pdf').click()
    page.wait_for_url('**/demande*')
    expect(page.locator('.gardes [data-nom]')).to_have_text(['photo.jpg'])
    assert champ(page, 'Message').input_value() == FORMULAIRE['Message']
    corriger(page)
    assert [nom for nom, _ in pieces(arriver(page))] == ['photo.jpg']


def test_les_fichiers_perdus_par_un_redemarrage_sont_nommes(ouvrir, connus):
    page = ouvrir(320)
    page.goto('/demande')
    champ(page, 'Pièces jointes').set_input_files([PLAN])
    mettre_en_faute(page)
    consigne._casiers.clear()
    page.reload()
    corriger(page)
    page.wait_for_selector('#erreurs')
    expect(page.locator('#erreurs')).to_contain_text('plan.pdf')
    expect(page.locator('#erreurs')).to_contain_text('joignez-le de nouveau')
    verifier(page)


def test_la_page_en_faute_avec_des_fichiers_est_accessible_sans_script(ouvrir, connus):
    page = ouvrir(1280, js=False)
    page.goto('/demande')
    champ(page, 'Pièces jointes').set_input_files([PLAN, {**PHOTO, 'name': 'photo ' + 'x' * 100 + '.jpg'}])
    mettre_en_faute(page)
    verifier(page)
    page.get_by_role('button', name='Retirer plan.pdf').click()
    page.wait_for_url('**#pieces')
    assert len(gardes(page)) == 1


# --- Back ---

def test_retour_apres_une_erreur_ne_demande_jamais_de_renvoyer(ouvrir, connus):
    page = corrigee(ouvrir)
    demande = arriver(page)
    page.go_back()
    expect(page.locator('h1')).to_have_text('Faire une demande')
    assert champ(page, 'Message').input_value() == '' and page.locator('#fiche').input_value() == '1'
    page.goto(f'/suivi/{demande.jeton}')
    bouton(page, 'Envoyer le message').click()
    page.wait_for_selector('#erreurs')
    champ(page, 'Message').fill(TEXTE)
    bouton(page, 'Envoyer le message').click()
    page.wait_for_url('**?fait=message')
    page.go_back()
    expect(page.locator('h1')).to_have_text('Conseil juridique')
    page.get_by_text('Corriger mes coordonnées', exact=True).click()
    champ(page, 'Courriel').fill('faux')
    bouton(page, 'Enregistrer mes coordonnées').click()
    page.wait_for_selector('#erreurs')
    page.get_by_role('link', name='Catalogue').first.click()
    page.wait_for_url('**/catalogue')
    page.go_back()
    expect(page.locator('h1')).to_have_text('Conseil juridique')


@pytest.mark.parametrize('chemin', ['case', 'liste'])
@pytest.mark.parametrize('fautive', [False, True])
def test_retour_apres_un_envoi_confidentiel_montre_un_formulaire_vide(ouvrir, connus, chemin, fautive):
    page = ouvrir()
    page.goto('/demande')
    rendre_confidentielle(page, chemin, connus)
    if fautive:
        mettre_en_faute(page, Message=SECRET)
    remplir(page, Message=SECRET)
    envoyer(page)
    assert arriver(page).restreinte
    for _ in range(2 if fautive else 1):
        page.go_back()
        expect(page.locator('.brouillon')).to_contain_text('Demande envoyée\u00a0: le formulaire est vidé.')
        vus = [champ(page, nom).input_value() for nom in ('Message', 'Nom', 'Courriel', 'Téléphone')]
        assert vus == [''] * 4 and not page.locator('#confidentielle').is_checked()
        assert SECRET not in page.content() and rien_n_est_garde(page)
    remplir(page, Message='Une tout autre demande.')
    page.reload()
    assert champ(page, 'Message').input_value() == 'Une tout autre demande.'
    envoyer(page)
    assert not arriver(page).restreinte
    with models.lecture():
        assert models.Demande.select().count() == 2


def test_sans_script_une_fiche_restreinte_ne_laisse_pas_son_message_au_navigateur(ouvrir, connus):
    page = ouvrir(js=False)
    page.goto(f'/demande?fiche={connus.contentieux.id}')
    remplir(page, Message=SECRET)
    envoyer(page)
    arriver(page)
    page.go_back()
    expect(page.locator('h1')).to_have_text('Faire une demande')
    assert champ(page, 'Message').input_value() == ''


# --- the tracking page ---

def test_le_message_du_suivi_survit_a_f5_et_s_offre_dans_un_autre_onglet(ouvrir, connus, creer):
    demande = creer('en_cours')
    page = ouvrir(320)
    page.goto(f'/suivi/{demande.jeton}')
    champ(page, 'Message').fill(TEXTE)
    page.reload()
    assert champ(page, 'Message').input_value() == TEXTE
    assert demande.jeton not in page.evaluate('JSON.stringify(localStorage)')
    neuf = onglet(page)
    neuf.goto(f'/suivi/{demande.jeton}')
    assert champ(neuf, 'Message').input_value() == ''
    offre(neuf).click()
    verifier(neuf)
    bouton(neuf, 'Envoyer le message').click()
    neuf.wait_for_url('**?fait=message')
    neuf.goto(f'/suivi/{demande.jeton}')
    assert offre(neuf).count() == 0 and champ(neuf, 'Message').input_value() == ''


def test_les_fichiers_du_message_survivent_a_une_erreur_et_a_f5(ouvrir, connus, creer):
    demande = creer('en_cours')
    page = ouvrir()
    page.goto(f'/suivi/{demande.jeton}')
    champ(page, 'Pièces jointes').set_input_files([PLAN])
    bouton(page, 'Envoyer le message').click()
    page.wait_for_selector('#erreurs')
    assert gardes(page) == ['plan.pdf']
    verifier(page)
    page.reload()
    assert page.locator('#erreurs').count() == 0 and gardes(page) == ['plan.pdf']
    champ(page, 'Message').fill(TEXTE)
    bouton(page, 'Envoyer le message').click()
    page.wait_for_url('**?fait=message')
    assert [nom for nom, _ in pieces(demande)] == ['plan.pdf']


def test_le_message_d_une_demande_restreinte_reste_dans_l_onglet(ouvrir, connus, creer):
    demande = creer('en_cours', restreinte=True)
    page = ouvrir()
    page.goto(f'/suivi/{demande.jeton}')
    champ(page, 'Message').fill(TEXTE)
    assert rien_n_est_garde(page, ['localStorage'])
    page.reload()
    assert champ(page, 'Message').input_value() == TEXTE


# --- agents ---

JOURNAL = 'Note au journal'


def test_le_journal_et_la_synthese_survivent_a_f5_dans_l_onglet_seul_jusqu_a_la_deconnexion(ouvrir, connus, creer):
    demande = creer('en_cours')
    page = ouvrir()
    entrer(page, connus.referent, f'/espace/demandes/{demande.numero}?action=terminer')
    champ(page, JOURNAL).fill(TEXTE)
    champ(page, 'Synthèse').fill('Une synthèse.')
    assert rien_n_est_garde(page, ['localStorage'])
    page.reload()
    assert champ(page, JOURNAL).input_value() == TEXTE and champ(page, 'Synthèse').input_value() == 'Une synthèse.'
    verifier(page)
    neuf = onglet(page)
    neuf.goto(f'/espace/demandes/{demande.numero}')
    assert champ(neuf, JOURNAL).input_value() == '' and offre(neuf).count() == 0
    bouton(neuf, 'Se déconnecter').click()
    neuf.wait_for_url('**/connexion*')
    assert rien_n_est_garde(neuf)
    attendre(lambda: page.evaluate('!Object.keys(sessionStorage).some((cle) => cle.startsWith("brouillon:"))'))


def test_le_journal_en_faute_survit_a_f5_avec_ses_fichiers_puis_part(ouvrir, connus, creer):
    demande = creer('en_cours')
    page = ouvrir(320)
    entrer(page, connus.referent, f'/espace/demandes/{demande.numero}')
    page.locator('#journal-pieces').set_input_files([PLAN])
    bouton(page, 'Ajouter au journal').click()
    page.wait_for_selector('#erreurs')
    assert gardes(page) == ['plan.pdf']
    verifier(page)
    champ(page, JOURNAL).fill(TEXTE)
    page.reload()
    assert champ(page, JOURNAL).input_value() == TEXTE and gardes(page) == ['plan.pdf']
    bouton(page, 'Ajouter au journal').click()
    page.wait_for_url('**?fait=journal')
    assert rien_n_est_garde(page) and [nom for nom, _ in pieces(demande)] == ['plan.pdf']


def test_une_demande_restreinte_n_a_pas_de_brouillon_chez_les_agents(ouvrir, connus, creer):
    demande = creer('en_cours', restreinte=True)
    page = ouvrir()
    entrer(page, connus.referent, f'/espace/demandes/{demande.numero}')
    champ(page, JOURNAL).fill(TEXTE)
    assert rien_n_est_garde(page)


def test_la_saisie_d_une_demande_recue_en_direct_survit_a_f5_sauf_confidentielle(ouvrir, connus):
    page = ouvrir(320)
    entrer(page, connus.referent, '/espace/demandes/nouvelle')
    page.locator('#message').fill(TEXTE)
    page.reload()
    assert page.locator('#message').input_value() == TEXTE and rien_n_est_garde(page, ['localStorage'])
    verifier(page)
    page.locator('#confidentielle').check()
    assert rien_n_est_garde(page)
    expect(page.locator('.brouillon')).to_contain_text('Aucun brouillon n’est gardé')


def test_la_saisie_en_direct_d_une_fiche_restreinte_n_est_gardee_nulle_part(ouvrir, connus):
    page = ouvrir()
    entrer(page, connus.referent, '/espace/demandes/nouvelle')
    page.locator('#message').fill(SECRET)
    assert not rien_n_est_garde(page)
    page.locator('#fiche').select_option(str(connus.contentieux.id))
    assert rien_n_est_garde(page) and SECRET not in page.evaluate('JSON.stringify({...sessionStorage})')
    expect(page.locator('.brouillon')).to_contain_text('Aucun brouillon n’est gardé')
    bouton(page, 'Enregistrer la demande').click()
    page.wait_for_selector('#erreurs')
    assert page.locator('#message').input_value() == SECRET and rien_n_est_garde(page)
    page.reload()
    assert rien_n_est_garde(page)


def test_effacer_le_brouillon_d_une_correction_rend_le_texte_qui_etait_la(ouvrir, connus, creer):
    demande = creer('en_cours')
    page = ouvrir()
    page.on('dialog', lambda question: question.accept())
    entrer(page, connus.referent, f'/espace/demandes/{demande.numero}')
    champ(page, JOURNAL).fill('Vu le maire.')
    bouton(page, 'Ajouter au journal').click()
    page.wait_for_url('**?fait=journal')
    page.get_by_role('link', name='Corriger cette ligne').last.click()
    correction = page.locator('#action textarea')
    correction.fill('Vu la maire.')
    page.reload()
    assert correction.input_value() == 'Vu la maire.'
    page.locator('#action').get_by_role('button', name='Effacer le brouillon').click()
    assert correction.input_value() == 'Vu le maire.' and rien_n_est_garde(page)


def test_une_fiche_retiree_du_catalogue_depuis_le_brouillon_est_dite(ouvrir, connus):
    page = ouvrir()
    page.goto('/demande')
    page.locator('#fiche').select_option('1')
    champ(page, 'Message').fill(TEXTE)
    with models.ecriture():
        models.Fiche.update(etat='suspendue').where(models.Fiche.id == 1).execute()
    page.reload()
    expect(page.locator('.brouillon')).to_contain_text('La fiche choisie n’est plus au catalogue')


def test_une_session_expiree_rend_le_texte_et_ne_laisse_pas_de_brouillon_derriere_elle(ouvrir, connus, creer):
    demande = creer('en_cours')
    page = ouvrir()
    entrer(page, connus.referent, f'/espace/demandes/{demande.numero}')
    champ(page, JOURNAL).fill(TEXTE)
    with models.ecriture():
        models.Session.delete().execute()
    bouton(page, 'Ajouter au journal').click()
    page.get_by_label('Courriel').fill(connus.referent.courriel)
    page.get_by_label('Mot de passe').fill(MOT_DE_PASSE)
    bouton(page, 'Se connecter').click()
    page.wait_for_url(f'**/espace/demandes/{demande.numero}*')
    assert champ(page, JOURNAL).input_value() == TEXTE and offre(page).count() == 0
    page.reload()
    assert champ(page, JOURNAL).input_value() == TEXTE
    bouton(page, 'Ajouter au journal').click()
    page.wait_for_url('**?fait=journal')
    assert rien_n_est_garde(page)


def test_le_brouillon_d_un_agent_ne_s_offre_pas_a_un_autre(ouvrir, connus, creer):
    demande = creer('en_cours')
    page = ouvrir()
    entrer(page, connus.referent, f'/espace/demandes/{demande.numero}')
    champ(page, JOURNAL).fill(TEXTE)
    page.context.clear_cookies()
    entrer(page, connus.chef, f'/espace/demandes/{demande.numero}')
    assert offre(page).count() == 0 and rien_n_est_garde(page)


# --- sending ---

@pytest.mark.parametrize('adresse', ['/demande?fiche=1', 'suivi'])
def test_un_envoi_lent_se_dit_et_ne_part_qu_une_fois(ouvrir, connus, creer, adresse):
    page = ouvrir()
    if adresse == 'suivi':
        page.goto(f'/suivi/{creer("en_cours").jeton}')
        champ(page, 'Message').fill(TEXTE)
        texte = 'Envoyer le message'
    else:
        page.goto(adresse)
        remplir(page)
        texte = 'Envoyer la demande'
    page.evaluate("""window.partis = 0;
        addEventListener('submit', (e) => { if (!e.defaultPrevented) partis += 1; e.preventDefault(); })""")
    bouton(page, texte).click()
    envoi = page.get_by_role('button', name='Envoi en cours…')
    expect(envoi).to_have_attribute('aria-disabled', 'true')
    expect(page.locator('body > [role=status]')).to_have_text('Envoi en cours… Gardez cette page ouverte.')
    envoi.click(force=True)
    page.evaluate('document.querySelector("form[data-brouillon]").requestSubmit()')
    assert page.evaluate('partis') == 1
    page.evaluate('window.dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }))')
    expect(bouton(page, texte).last).not_to_have_attribute('aria-disabled', 'true')
    bouton(page, texte).last.click()
    assert page.evaluate('partis') == 2


# --- the course of a mairie ---

def test_de_l_accueil_au_suivi_sans_script_six_champs_suffisent(ouvrir, connus):
    page = ouvrir(js=False)
    page.goto('/demande')
    exiges = page.locator('form.formulaire [required]:visible')
    assert exiges.count() <= 6
    remplir(page)
    envoyer(page)
    assert arriver(page).message == FORMULAIRE['Message']
