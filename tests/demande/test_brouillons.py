"""Nothing chosen or typed is lost, in a real Chromium: drafts, files, with F5, Back, two tabs, no script."""
import re

import pytest
from conftest import changer_ligne, derniere_demande, en_ecriture
from navigateur import FORMULAIRE, MOT_DE_PASSE, bouton, champ, entrer, verifier
from playwright.sync_api import expect
from serveur import attendre
from test_consigne import pieces

import models
from views import consigne

PLAN = {'name': 'plan.pdf', 'mimeType': 'application/pdf', 'buffer': b'%PDF un plan'}
LE_PLAN = [(PLAN['name'], PLAN['buffer'])]
PHOTO = {'name': 'photo.jpg', 'mimeType': 'image/jpeg', 'buffer': b'\xff\xd8\xff une photo'}
TEXTE = 'Un long texte que personne ne veut retaper.'
SECRET = 'M. Untel, notre secrétaire, nous attaque : un contentieux nous oppose à lui.'
ICI_SEULEMENT, AUCUN = 'dans cet onglet seulement', 'Aucun brouillon n’est gardé'
JOURNAL = 'Note au journal'


@pytest.fixture(autouse=True)
def consigne_vide():
    consigne._casiers.clear()


def demander(ouvrir, suite='', **options):
    """The form of a new browser."""
    page = ouvrir(**options)
    page.goto(f'/demande{suite}')
    return page


def travailler(ouvrir, agent, demande=None, suite=''):
    """A demande in a new browser of an agent; the entry of a new one, without."""
    page = ouvrir()
    entrer(page, agent, f'/espace/demandes/{demande.numero if demande else "nouvelle"}{suite}')
    return page


def onglet(page, adresse='/demande'):
    """Another tab of the same browser."""
    neuf = page.context.new_page()
    neuf.goto(adresse)
    return neuf


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
    return derniere_demande()


def lu(page, libelle='Message'):
    return champ(page, libelle).input_value()


def offre(page):
    return page.get_by_role('button', name=re.compile('^Reprendre le brouillon'))


def gardes(page):
    return [nom.inner_text() for nom in page.locator('.gardes:not([hidden]) [data-nom]').all()]


def partir_et_revenir(page):
    page.get_by_role('link', name='Catalogue').first.click()
    page.wait_for_url('**/catalogue')
    page.go_back()


def rien_n_est_garde(page, depots=('localStorage', 'sessionStorage')):
    return all(page.evaluate(f'!Object.keys({depot}).some((cle) => cle.startsWith("brouillon:"))') for depot in depots)


@pytest.mark.parametrize('suite', ['?fiche=1', ''])
def test_la_fiche_choisie_survit_a_une_erreur_a_f5_et_a_retour(ouvrir, connus, suite):
    page = demander(ouvrir, suite)
    page.locator('#fiche').select_option('1')
    mettre_en_faute(page)
    assert page.url.endswith(f'/demande{suite}') and page.locator('#fiche').input_value() == '1'
    page.reload()
    assert page.locator('#erreurs').count() == 0 and page.url.endswith(f'/demande{suite}')
    assert (page.locator('#fiche').input_value(), page.locator('#theme').input_value()) == ('1', '1')
    assert lu(page) == FORMULAIRE['Message']
    partir_et_revenir(page)
    assert page.locator('#fiche').input_value() == '1' and lu(page, 'Téléphone') == '05'
    corriger(page)
    assert arriver(page).fiche_id == 1


def test_sans_script_six_champs_suffisent_tout_survit_a_une_erreur_et_renvoyer_ne_fait_qu_une_demande(ouvrir, connus):
    page, longue = demander(ouvrir, '?fiche=1', js=False), {**PHOTO, 'name': 'photo ' + 'x' * 100 + '.jpg'}
    assert page.locator('form.formulaire [required]:visible').count() <= 6
    champ(page, 'Pièces jointes').set_input_files([PLAN, longue])
    mettre_en_faute(page)
    verifier(page)
    assert page.url.endswith('/demande?fiche=1') and page.locator('#fiche').input_value() == '1'
    page.reload()                                                           # the browser sends it again
    assert gardes(page) == ['plan.pdf', longue['name']] and page.locator('#fiche').input_value() == '1'
    page.get_by_role('button', name=f'Retirer {longue["name"]}').click()
    page.wait_for_url('**#pieces')
    assert gardes(page) == ['plan.pdf']
    corriger(page)
    demande = arriver(page)
    assert (demande.numero, demande.fiche_id, demande.message) == (1, 1, FORMULAIRE['Message'])
    assert pieces(demande) == LE_PLAN
    page.goto(f'/demande?fiche={connus.contentieux.id}')
    remplir(page, Message=SECRET)
    envoyer(page)
    arriver(page)
    page.go_back()
    expect(page.locator('h1')).to_have_text('Faire une demande')
    assert lu(page) == ''


def test_un_brouillon_est_celui_de_son_onglet_de_sa_fiche_et_reste_offert_jusqu_a_ce_qu_on_l_efface(ouvrir, connus):
    un = demander(ouvrir)
    champ(un, 'Message').fill('Texte A')
    deux = onglet(un)
    assert lu(deux) == ''
    champ(deux, 'Message').fill('Texte B')
    un.reload()
    deux.reload()
    assert (lu(un), lu(deux)) == ('Texte A', 'Texte B')
    page, communes = demander(ouvrir, '?fiche=1'), 'Communes concernées'
    champ(page, communes).fill('Rieumes')
    page.goto('/demande?fiche=2')
    assert offre(page).count() == 0 and lu(page, communes) == ''
    page.goto('/demande?fiche=1')
    assert lu(page, communes) == ''
    offre(page).click()
    assert lu(page, communes) == 'Rieumes'
    page = demander(ouvrir)
    champ(page, 'Message').fill('Le premier')
    page.goto('/demande')
    remplir(page, Message='Le second')
    envoyer(page)
    arriver(page)
    page.goto('/demande')
    offre(page).click()
    assert lu(page) == 'Le premier'
    page.goto('/demande')
    bouton(page, 'Effacer ce brouillon').click()
    page.goto('/demande')
    assert offre(page).count() == 0 and rien_n_est_garde(page)


def l_appareil_est_vide(page):
    """Nothing of what was written is on the device, and another tab is offered nothing."""
    assert not re.search(f'{SECRET}|brouillon:', page.evaluate('JSON.stringify(localStorage)'))
    neuf = onglet(page)
    assert offre(neuf).count() == 0 and lu(neuf) == ''
    neuf.close()


def ajouter_un_lieu(page):
    """Typed after the choice: the device has still nothing."""
    champ(page, 'Lieu de projet').fill('La mairie')
    l_appareil_est_vide(page)


def rendre_confidentielle(page, chemin, connus):
    """The message written, then the choice made by one of its paths."""
    champ(page, 'Message').fill(SECRET)
    assert SECRET in page.evaluate('JSON.stringify(localStorage)')
    fiche = page.locator('#fiche')
    if chemin == 'case':
        page.locator('#confidentielle').check()
    elif chemin == 'liste':
        fiche.select_option(str(connus.contentieux.id))
    elif chemin == 'clavier':
        fiche.press_sequentially('Contentieux')
    else:
        bouton(page, 'Voir les fiches proches').click()
        page.get_by_role('radio', name=re.compile('^Contentieux')).check()


@pytest.mark.parametrize('chemin', ['case', 'liste', 'clavier', 'proches'])
def test_un_choix_confidentiel_fait_quitter_l_appareil_au_brouillon_qui_reste_dans_l_onglet(ouvrir, connus, chemin):
    page = demander(ouvrir)
    rendre_confidentielle(page, chemin, connus)
    l_appareil_est_vide(page)
    expect(page.locator('.brouillon')).to_contain_text(ICI_SEULEMENT)
    ajouter_un_lieu(page)
    verifier(page)
    page.reload()
    le_choix_est_la(page, chemin, connus)
    mettre_en_faute(page, Message=SECRET)
    l_appareil_est_vide(page)
    page.reload()
    assert page.locator('#erreurs').count() == 0
    le_choix_est_la(page, chemin, connus)
    partir_et_revenir(page)
    le_choix_est_la(page, chemin, connus)
    corriger(page)
    assert arriver(page).restreinte


def le_choix_est_la(page, chemin, connus):
    """In the tab, and not on the device."""
    assert lu(page) == SECRET
    assert (page.locator('#confidentielle').is_checked() if chemin == 'case'
            else page.locator('#fiche').input_value() == str(connus.contentieux.id)), chemin
    expect(page.locator('.brouillon')).to_contain_text(re.compile(f'{ICI_SEULEMENT}|Brouillon retrouvé'))
    l_appareil_est_vide(page)


@pytest.mark.parametrize('chemin', ['case', 'liste', 'proches'])
def test_ce_qui_a_ete_confidentiel_ne_revient_pas_sur_l_appareil_une_fois_le_choix_defait(ouvrir, connus, chemin):
    page = demander(ouvrir)
    rendre_confidentielle(page, chemin, connus)
    page.locator('#confidentielle').uncheck()
    page.locator('#fiche').select_option('')
    ajouter_un_lieu(page)
    expect(page.locator('.brouillon')).to_contain_text(ICI_SEULEMENT)
    page.reload()
    assert lu(page) == SECRET
    mettre_en_faute(page, Message=SECRET)
    l_appareil_est_vide(page)


def test_la_fiche_choisie_se_retrouve_l_onglet_ferme_et_une_proche_cochee_est_celle_de_la_liste(ouvrir, connus):
    page = demander(ouvrir)
    page.locator('#theme').select_option(str(connus.theme.id))
    champ(page, 'Message').fill(SECRET)
    bouton(page, 'Voir les fiches proches').click()
    proche, aucune = (page.get_by_role('radio', name=re.compile(nom)) for nom in ('^Contentieux', '^Aucune'))
    proche.check()
    assert page.locator('#fiche').input_value() == str(connus.contentieux.id)
    assert page.locator('#theme').input_value() == str(connus.contentieux.theme_id)
    page.locator('#theme').select_option('')
    page.locator('#fiche').select_option(str(connus.fiche.id))
    assert not proche.is_checked() and aucune.is_checked()
    proche.check()
    aucune.check()
    assert page.locator('#fiche').input_value() == str(connus.fiche.id)
    page = demander(ouvrir)
    page.locator('#fiche').select_option('1')
    champ(page, 'Message').fill(TEXTE)
    neuf = onglet(page)
    page.close()
    assert lu(neuf) == '' and neuf.locator('#fiche').input_value() == ''
    expect(neuf.locator('.brouillon.offert')).to_contain_text('Conseil juridique')
    verifier(neuf)
    offre(neuf).click()
    assert (lu(neuf), neuf.locator('#fiche').input_value()) == (TEXTE, '1')
    neuf.reload()
    assert neuf.locator('#fiche').input_value() == '1' and neuf.locator('#theme').input_value() == '1'
    changer_ligne(connus.urgente, etat='suspendue')
    neuf.reload()
    expect(neuf.locator('.brouillon')).to_contain_text('La fiche choisie n’est plus au catalogue')


def test_une_fiche_restreinte_ne_laisse_rien_sur_l_appareil_pas_meme_ce_que_l_onglet_y_avait_laisse(ouvrir, connus):
    page = demander(ouvrir, f'?fiche={connus.contentieux.id}')
    champ(page, 'Message').fill(SECRET)
    assert rien_n_est_garde(page, ['localStorage'])
    page.locator('#fiche').select_option('')
    ajouter_un_lieu(page)
    for suite in ('', '?fiche=1'):
        page = demander(ouvrir, suite)
        champ(page, 'Message').fill(SECRET)
        assert SECRET in page.evaluate('JSON.stringify(localStorage)'), suite
        page.goto(f'/demande?fiche={connus.contentieux.id}')
        champ(page, 'Message').fill('La suite.')
        l_appareil_est_vide(page)
    page = demander(ouvrir)
    page.locator('#fiche').select_option(str(connus.urgente.id))
    champ(page, 'Message').fill(SECRET)
    changer_ligne(connus.urgente, restreinte=True)                          # become so after
    neuf = onglet(page, '/demande?fiche=2')
    page.close()
    l_appareil_est_vide(neuf)
    page = demander(ouvrir)
    rendre_confidentielle(page, 'liste', connus)
    changer_ligne(connus.contentieux, etat='suspendue')                     # out of the catalogue
    for _ in range(2):
        page.reload()
        assert lu(page) == SECRET and page.locator('#fiche').input_value() == ''
        l_appareil_est_vide(page)
    ajouter_un_lieu(page)


def test_le_brouillon_disparait_une_fois_envoye_sept_jours_apres_ou_efface_non_d_un_envoi_refuse(ouvrir, connus):
    page, questions = demander(ouvrir, '?fiche=1'), []
    mettre_en_faute(page)
    corriger(page)
    arriver(page)
    assert rien_n_est_garde(page)
    page.goto('/demande')
    champ(page, 'Message').fill(TEXTE)
    page.evaluate("""for (const cle of Object.keys(localStorage)) if (cle.startsWith('brouillon:'))
        localStorage.setItem(cle, JSON.stringify({ ...JSON.parse(localStorage[cle]), le: Date.now() - 8 * 86400000 }));
        sessionStorage.clear()""")
    page.goto('/demande')
    assert offre(page).count() == 0 and rien_n_est_garde(page)
    page.on('dialog', lambda question: (questions.append(question.message), question.accept()))
    page.goto('/demande?fiche=1')
    champ(page, 'Pièces jointes').set_input_files([PLAN])
    mettre_en_faute(page)
    expect(page.locator('.brouillon')).to_contain_text('Brouillon gardé 7 jours sur cet appareil')
    bouton(page, 'Effacer le brouillon').click()
    assert 'Rien n’est envoyé' in questions[0] and rien_n_est_garde(page)
    assert lu(page) == '' and gardes(page) == [] and page.locator('#fiche').input_value() == '1'
    page.goto('/demande')
    remplir(page)
    page.route('**/demande', lambda route: route.fulfill(status=503, body='<p>Indisponible.</p>')
               if route.request.method == 'POST' else route.continue_())
    envoyer(page)
    page.wait_for_selector('text=Indisponible')
    page.go_back()
    assert lu(page) == FORMULAIRE['Message']


def test_les_fichiers_recus_survivent_a_une_erreur_puis_a_f5_se_retirent_et_perdus_sont_nommes(ouvrir, connus):
    page = demander(ouvrir)
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
    assert lu(page) == FORMULAIRE['Message']
    consigne._casiers.clear()                                               # a new start of the service
    page.reload()
    corriger(page)
    page.wait_for_selector('#erreurs')
    expect(page.locator('#erreurs')).to_contain_text(re.compile('photo.jpg.*joignez-le de nouveau'))
    verifier(page)
    champ(page, 'Pièces jointes').set_input_files([PHOTO])
    envoyer(page)
    assert pieces(arriver(page)) == [(PHOTO['name'], PHOTO['buffer'])]


def test_retour_apres_une_erreur_ne_demande_jamais_de_renvoyer(ouvrir, connus):
    page = demander(ouvrir, '?fiche=1')
    mettre_en_faute(page)
    corriger(page)
    demande = arriver(page)
    page.go_back()
    expect(page.locator('h1')).to_have_text('Faire une demande')
    assert lu(page) == '' and page.locator('#fiche').input_value() == '1'
    page.goto(f'/suivi/{demande.jeton}')
    bouton(page, 'Envoyer le message').click()
    page.wait_for_selector('#erreurs')
    ecrire(page)
    page.go_back()
    expect(page.locator('h1')).to_have_text('Conseil juridique')
    page.get_by_text('Corriger mes coordonnées', exact=True).click()
    champ(page, 'Courriel').fill('faux')
    bouton(page, 'Enregistrer mes coordonnées').click()
    page.wait_for_selector('#erreurs')
    partir_et_revenir(page)
    expect(page.locator('h1')).to_have_text('Conseil juridique')


@pytest.mark.parametrize('chemin', ['case', 'liste'])
@pytest.mark.parametrize('fautive', [False, True])
def test_retour_apres_un_envoi_confidentiel_montre_un_formulaire_vide(ouvrir, connus, chemin, fautive):
    page = demander(ouvrir)
    rendre_confidentielle(page, chemin, connus)
    if fautive:
        mettre_en_faute(page, Message=SECRET)
    remplir(page, Message=SECRET)
    envoyer(page)
    assert arriver(page).restreinte
    for _ in range(2 if fautive else 1):
        page.go_back()
        expect(page.locator('.brouillon')).to_contain_text('Demande envoyée\u00a0: le formulaire est vidé.')
        assert [lu(page, nom) for nom in ('Message', 'Nom', 'Courriel', 'Téléphone')] == [''] * 4
        assert not page.locator('#confidentielle').is_checked()
        assert SECRET not in page.content() and rien_n_est_garde(page)
    remplir(page, Message='Une tout autre demande.')
    page.reload()
    assert lu(page) == 'Une tout autre demande.'
    envoyer(page)
    demande = arriver(page)
    assert not demande.restreinte and demande.numero == 2


def ecrire(page, texte=TEXTE):
    """The message of the tracking page, sent; None: as it is."""
    if texte:
        champ(page, 'Message').fill(texte)
    bouton(page, 'Envoyer le message').click()
    page.wait_for_url('**?fait=message')


def test_le_message_du_suivi_et_ses_fichiers_survivent_a_f5_restreint_dans_l_onglet_seul(ouvrir, connus, creer):
    demande, page = creer('en_cours'), ouvrir()
    adresse = f'/suivi/{demande.jeton}'
    page.goto(adresse)
    champ(page, 'Message').fill(TEXTE)
    page.reload()
    assert lu(page) == TEXTE and demande.jeton not in page.evaluate('JSON.stringify(localStorage)')
    neuf = onglet(page, adresse)
    assert lu(neuf) == ''
    offre(neuf).click()
    verifier(neuf)
    ecrire(neuf, None)
    neuf.goto(adresse)
    assert offre(neuf).count() == 0 and lu(neuf) == ''
    champ(neuf, 'Pièces jointes').set_input_files([PLAN])
    bouton(neuf, 'Envoyer le message').click()
    neuf.wait_for_selector('#erreurs')
    assert gardes(neuf) == ['plan.pdf']
    verifier(neuf)
    neuf.reload()
    assert neuf.locator('#erreurs').count() == 0 and gardes(neuf) == ['plan.pdf']
    ecrire(neuf, 'Voici le plan.')
    assert pieces(demande) == LE_PLAN
    page = ouvrir()
    page.goto(f'/suivi/{creer("en_cours", restreinte=True, message=SECRET).jeton}')
    champ(page, 'Message').fill(TEXTE)
    assert rien_n_est_garde(page, ['localStorage'])
    page.reload()
    assert lu(page) == TEXTE


def test_le_journal_et_la_synthese_survivent_a_f5_dans_l_onglet_seul_avec_leurs_fichiers(ouvrir, connus, creer):
    demande = creer('en_cours')
    page = travailler(ouvrir, connus.referent, demande)
    page.locator('#journal-pieces').set_input_files([PLAN])
    bouton(page, 'Ajouter au journal').click()
    page.wait_for_selector('#erreurs')
    assert gardes(page) == ['plan.pdf']
    verifier(page)
    champ(page, JOURNAL).fill('Vu le maire.')
    page.reload()
    assert lu(page, JOURNAL) == 'Vu le maire.' and gardes(page) == ['plan.pdf']
    bouton(page, 'Ajouter au journal').click()
    page.wait_for_url('**?fait=journal')
    assert rien_n_est_garde(page) and pieces(demande) == LE_PLAN
    page.on('dialog', lambda question: question.accept())
    page.get_by_role('link', name='Corriger cette ligne').last.click()
    correction = page.locator('#action textarea')
    correction.fill('Vu la maire.')
    page.reload()
    assert correction.input_value() == 'Vu la maire.'
    page.locator('#action').get_by_role('button', name='Effacer le brouillon').click()
    assert correction.input_value() == 'Vu le maire.' and rien_n_est_garde(page)
    page = travailler(ouvrir, connus.referent, demande, '?action=terminer')
    champ(page, 'Synthèse').fill('Une synthèse.')
    assert rien_n_est_garde(page, ['localStorage'])
    page.reload()
    assert lu(page, 'Synthèse') == 'Une synthèse.'
    verifier(page)
    neuf = onglet(page, f'/espace/demandes/{demande.numero}')
    assert lu(neuf, JOURNAL) == '' and offre(neuf).count() == 0
    bouton(neuf, 'Se déconnecter').click()
    neuf.wait_for_url('**/connexion*')
    assert rien_n_est_garde(neuf)
    attendre(lambda: page.evaluate('!Object.keys(sessionStorage).some((cle) => cle.startsWith("brouillon:"))'))


def test_la_saisie_d_une_demande_recue_en_direct_survit_a_f5_sauf_confidentielle(ouvrir, connus):
    page = travailler(ouvrir, connus.referent)
    page.locator('#message').fill(SECRET)
    page.reload()
    assert page.locator('#message').input_value() == SECRET and rien_n_est_garde(page, ['localStorage'])
    verifier(page)
    page.locator('#confidentielle').check()
    assert rien_n_est_garde(page)
    expect(page.locator('.brouillon')).to_contain_text(AUCUN)
    page = travailler(ouvrir, connus.referent)
    page.locator('#message').fill(SECRET)
    assert not rien_n_est_garde(page)
    page.locator('#fiche').select_option(str(connus.contentieux.id))
    assert rien_n_est_garde(page) and SECRET not in page.evaluate('JSON.stringify({...sessionStorage})')
    expect(page.locator('.brouillon')).to_contain_text(AUCUN)
    bouton(page, 'Enregistrer la demande').click()
    page.wait_for_selector('#erreurs')
    assert page.locator('#message').input_value() == SECRET and rien_n_est_garde(page)
    page.reload()
    assert rien_n_est_garde(page)


def test_une_session_expiree_rend_le_texte_qui_ne_s_offre_a_nul_autre_ni_restreint_ne_reste(ouvrir, connus, creer):
    demande = creer('en_cours')
    page = travailler(ouvrir, connus.referent, demande)
    champ(page, JOURNAL).fill(TEXTE)
    en_ecriture(models.Session.delete().execute)
    bouton(page, 'Ajouter au journal').click()
    page.get_by_label('Courriel').fill(connus.referent.courriel)
    page.get_by_label('Mot de passe').fill(MOT_DE_PASSE)
    bouton(page, 'Se connecter').click()
    page.wait_for_url(f'**/espace/demandes/{demande.numero}*')
    assert lu(page, JOURNAL) == TEXTE and offre(page).count() == 0
    page.reload()
    assert lu(page, JOURNAL) == TEXTE
    bouton(page, 'Ajouter au journal').click()
    page.wait_for_url('**?fait=journal')
    assert rien_n_est_garde(page)
    champ(page, JOURNAL).fill(TEXTE)
    page.context.clear_cookies()
    entrer(page, connus.chef, f'/espace/demandes/{demande.numero}')
    assert offre(page).count() == 0 and rien_n_est_garde(page)
    page = travailler(ouvrir, connus.referent, creer('en_cours', restreinte=True, message=SECRET))
    champ(page, JOURNAL).fill(TEXTE)
    assert rien_n_est_garde(page)


def test_un_envoi_lent_se_dit_et_ne_part_qu_une_fois(ouvrir, connus, creer):
    for adresse, texte in (('/demande?fiche=1', 'Envoyer la demande'),
                           (f'/suivi/{creer("en_cours").jeton}', 'Envoyer le message')):
        page = demander(ouvrir)
        page.goto(adresse)
        for libelle, valeur in FORMULAIRE.items() if 'demande' in texte else [('Message', TEXTE)]:
            champ(page, libelle).fill(valeur)
        page.evaluate("""window.partis = 0;
            addEventListener('submit', (e) => { if (!e.defaultPrevented) partis += 1; e.preventDefault(); })""")
        bouton(page, texte).click()
        envoi = page.get_by_role('button', name='Envoi en cours…')
        expect(envoi).to_have_attribute('aria-disabled', 'true')
        expect(page.locator('body > [role=status]')).to_have_text('Envoi en cours… Gardez cette page ouverte.')
        envoi.click(force=True)
        page.evaluate('document.querySelector("form[data-brouillon]").requestSubmit()')
        assert page.evaluate('partis') == 1, adresse
        page.evaluate('window.dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }))')
        expect(bouton(page, texte).last).not_to_have_attribute('aria-disabled', 'true')
        bouton(page, texte).last.click()
        assert page.evaluate('partis') == 2, adresse
