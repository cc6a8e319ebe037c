"""Before the opening: what a mairie is refused and given back, essais, and the day itself (regles.md §8, §11)."""
import pytest
from conftest import (
    MAIRIE, SAISIE, courriels, derniere_demande, en_ecriture, envoyer_demande, faits, fixer_tous, limiter, lue,
    natures, numeros, poster, relire, remplir, saisie_de, texte)
from fichiers import lire
from serveur import lancer
from test_communes_nouvelles import ronde

import models
from models import Reglage
from verbes.exploitation import porteur
from verbes.administration import calendrier
from verbes.demande import cycle

OUVRE = '2027-01-04'                                                # a Monday
VEILLE, LE_JOUR = '2027-01-03T22:59:59Z', '2027-01-03T23:00:00Z'    # 23:59:59 and midnight in Paris
PUBLIQUES = ('/', '/catalogue', '/fiches/1-conseil-juridique', '/partenaires', '/contact', '/mentions-legales',
             '/plan-du-site', '/recherche?q=place', '/suivi', '/connexion', '/nulle-part')
CALENDRIER = '/espace/admin/calendrier'


def ouvrir_le(admin, jour, status=303, **confirme):
    return poster(admin, f'{CALENDRIER}/ouverture', {'ouvert_le': jour} | (confirme or {'confirme': 'oui'}),
                  status=status)


@pytest.fixture
def avant(monde):
    """The small world before the opening, its form ready to be sent at once."""
    fixer_tous(ouvert_le=OUVRE)
    limiter(secondes_minimum=0)
    return monde


@pytest.fixture
def essayer(avant):
    """essayer(agent, …): the essai of an agent."""
    def deposer(agent=None, **autres):
        demande, _ = en_ecriture(cycle.deposer, saisie_de(avant, **autres), agent=agent or avant.autre)
        return relire(demande)
    return deposer


def test_une_base_neuve_ouvre_bientot_et_la_demonstration_est_ouverte(vide, demonstration):
    with models.lecture():
        assert Reglage.tous()['ouvert_le'] == ''
        with pytest.raises(models.Refus, match='ouvre bientôt') as refus:
            cycle.exiger_ouverture(None)
    assert refus.value.code == 409
    assert lue(demonstration, "SELECT valeur FROM reglage WHERE cle = 'ouvert_le'") == [('2026-11-24',)]
    for jour, dit in (('', 'ni demande, ni rappel tant que'), ('2999-01-01', 'ni demande, ni rappel avant le'),
                      ('2026-01-01', 'service ouvert depuis le')):
        fixer_tous(ouvert_le=jour)
        assert dit in lancer('controler', base=vide).stdout, jour


def test_chaque_page_et_l_adresse_du_formulaire_disent_quand_la_plateforme_ouvre_a_minuit_a_paris(avant, site, heure):
    for adresse in ('/demande', '/demande?fiche=1', '/demande?q=une+place', '/demande?fiche=99'):
        page = site.get(adresse)
        assert page.html.h1.text == 'La Plateforme ouvre le lundi 4\u00a0janvier 2027', adresse
        assert not page.html.select('form') and page.html.select('main a[href="/catalogue"]'), adresse
        assert page.html.select_one('meta[name=robots]')['content'] == 'noindex', adresse
        connexion = site.get(page.html.select_one('main a[href^="/connexion"]')['href'])
        assert connexion.html.select_one('[name=retour]')['value'] == '/demande', adresse
    for adresse in ('/', '/contact', '/fiches/1-conseil-juridique'):
        for instant in (VEILLE, VEILLE, LE_JOUR, LE_JOUR, VEILLE):      # the last: a clock that is put back
            heure(instant)
            dite = site.get(adresse).html.select('aside[aria-label=Ouverture]')
            assert bool(dite) == (instant == VEILLE), (adresse, instant)
            assert not dite or 'ouvre le' in dite[0].text, (adresse, instant)
    for jour, dit in (('', 'ouvre bientôt'), (OUVRE, 'ouvre le lundi 4 janvier 2027')):
        for adresse in PUBLIQUES:
            fixer_tous(ouvert_le=jour)
            site.get('/contact')
            page = site.get(adresse, status='*')
            lu = ' '.join(page.html.select_one('aside[aria-label=Ouverture]').text.split())
            assert f'La Plateforme {dit}' in lu, (adresse, jour)
            fixer_tous(ouvert_le='2026-11-24')
            site.get('/contact')                                    # an error page says what was read last
            assert not site.get(adresse, status='*').html.select('aside[aria-label=Ouverture]'), adresse


def test_un_envoi_d_avant_est_refuse_et_tout_ce_qui_etait_saisi_revient(avant, site, entrer, heure):
    heure(LE_JOUR)
    formulaire = next(f for f in site.get('/demande?fiche=2').forms.values() if 'message' in f.fields)
    heure('2026-11-24T09:00:00Z')                                   # the day has been moved since the form was shown
    for nom, valeur in MAIRIE.items():
        formulaire[nom] = valeur
    formulaire['pieces'] = [('plan.pdf', b'%PDF-1.4 plan')]
    page = formulaire.submit(upload_files=[('pieces', 'plan.pdf', b'%PDF-1.4 plan')], status=409)
    assert page.html.title.text.startswith('Erreur – ') and 'envoyez-la à partir du lundi 4' in texte(page)
    assert 'Votre demande n\'est pas encore envoyée' in texte(page)
    revenu = next(f for f in page.forms.values() if 'message' in f.fields)
    assert {nom: revenu[nom].value.replace('\u00a0', '') for nom in MAIRIE} == MAIRIE and revenu['fiche'].value == '2'
    assert [li.text.split()[0] for li in page.html.select('.gardes li')] == ['plan.pdf']
    assert lire('SELECT 1 FROM demande UNION SELECT 1 FROM courriel') == []
    heure(LE_JOUR)                                                  # the same page, sent on the day
    suite = revenu.submit(status=303).follow()
    assert 'Votre demande est enregistrée' in texte(suite) and 'plan.pdf' in suite


def test_aucun_chemin_ne_depose_avant_la_minute_de_l_ouverture_a_paris_sans_etre_connecte(avant, site, heure, essayer):
    for suite in ({}, {'suite': 'ajouter'}, {'suite': 'nouvelle'}, {'proches': 'oui'}, {'retirer': 'x'}):
        site.post('/demande', MAIRIE | {'meme_personne': 'oui', 'cle': 'k' * 22} | suite, status=409)
    heure(VEILLE)
    with pytest.raises(models.Refus) as refus, models.ecriture():
        cycle.deposer(saisie_de(avant))
    assert refus.value.code == 409
    assert lire('SELECT * FROM demande') == []
    essai = essayer()
    heure(LE_JOUR)
    with models.ecriture():                                         # the same words, not the essai of the day before
        vraie, neuve = cycle.deposer(saisie_de(avant))
    assert neuve and vraie.numero == essai.numero + 1 and not relire(vraie).essai
    assert relire(vraie).echeance == '2027-01-14'


def test_qui_est_connecte_depose_un_essai_dit_partout(avant, entrer, site):
    agent = entrer(avant.autre)
    assert 'Votre demande sera un essai' in texte(agent.get('/demande')) and 'saisine' not in agent.get('/demande')
    reponse = envoyer_demande(agent, 2)
    demande, lettres = derniere_demande(), lire('SELECT objet, corps FROM courriel')
    assert demande.essai and demande.statut == 'attribue_chef'
    suivi = reponse.follow()
    assert 'Ceci est un essai' in texte(suivi) and 'saisine' not in suivi.text
    assert lettres and all(objet.startswith('Essai – ') for objet, _ in lettres)
    assert all('Ceci est un essai' in corps and 'saisine' not in corps for _, corps in lettres)
    chef = entrer(avant.chef)
    page = chef.get(f'/espace/demandes/{demande.numero}')
    assert 'Essai' in [e.text.strip() for e in page.html.select('.etiquette')] and 'Essai d\'avant' in texte(page)
    assert 'fait par Dominique Autre' in texte(page)
    ligne = chef.get('/espace/demandes').html.select_one('table.demandes tbody tr')
    assert [e.text for e in ligne.select('.etiquette')] == ['Essai']
    assert numeros(chef.get('/espace/demandes?essai=oui')) == [demande.numero]
    titres, ligne, _ = entrer(avant.admin).get('/espace/demandes.csv').body.decode('utf-8-sig').split('\r\n')
    assert ligne.split(';')[titres.split(';').index('Essai')] == 'oui' and ligne.startswith(f'{demande.numero};')
    page = chef.get('/espace/demandes/nouvelle')                    # one that is entered directly
    assert 'Votre demande sera un essai' in texte(page)
    remplir(page, **SAISIE).submit(status=303)
    directe = derniere_demande()
    assert directe.essai and directe.origine == 'direct' and directe.statut == 'en_cours'


def test_un_essai_n_est_dans_aucun_chiffre_et_se_fait_comme_une_vraie_demande(essayer, avant, entrer, heure):
    demande = essayer(courriel='dominique@haute-garonne.example')
    assert 'avis_depot' not in {modele for modele, _ in courriels()}     # the official address learns nothing
    page = entrer(avant.chef).get('/espace')
    chiffres = [' '.join(li.text.split()) for li in page.html.select('.chiffres li')]
    assert chiffres == ['1 essai hors des chiffres'] and not page.html.select('.total')
    assert page.html.select_one('#suivant') and f'/espace/demandes/{demande.numero}?action=receptionner' in page
    en_ecriture(cycle.changer_statut, demande, 'receptionner', avant.chef, demande.version)
    assert 'action=designer' in entrer(avant.chef).get('/espace')
    heure('2026-12-20T09:00:00Z')
    assert porteur.relances() == 0


def test_le_jour_de_l_ouverture_les_essais_sont_ecartes_sans_courriel_tous_ou_aucun(
        essayer, avant, base, heure, entrer, site, monkeypatch):
    essais = [essayer(message=f'Essai {n}') for n in range(3)]
    en_ecriture(cycle.changer_statut, essais[0], 'abandonner', avant.chef, essais[0].version,
                {'motif': 'Vu.', 'texte_final': 'Vu ensemble.'})
    closes_le = relire(essais[0]).clos_le
    partis = len(courriels())
    heure(VEILLE)
    ronde(base)
    assert not relire(essais[1]).clos_le
    heure(LE_JOUR)
    vrai = cycle.conclure

    def conclure(demande, *arguments, **options):
        if demande.numero == essais[2].numero:
            raise models.Refus('panne')
        vrai(demande, *arguments, **options)
    with monkeypatch.context() as panne, pytest.raises(models.Refus):
        panne.setattr(cycle, 'conclure', conclure)
        ronde(base)
    assert not relire(essais[1]).clos_le and faits() == []
    ronde(base)
    for demande in map(relire, essais):
        assert (demande.statut, demande.issue, demande.etat) == ('termine', 'essai', 'essai_clos')
        assert natures(demande)[-1] == ('statut', 'termine')
    assert relire(essais[0]).clos_le == closes_le and relire(essais[1]).clos_le == LE_JOUR
    assert len(courriels()) == partis
    assert [(fait, detail) for fait, _, detail in faits()] == [('essais écartés à l\'ouverture', '3\xa0demandes')]
    ronde(base)
    assert len(faits()) == 1                                        # once
    assert 'était un essai' in texte(site.get(f'/suivi/{essais[1].jeton}'))
    page, ecarte = entrer(avant.chef).get(f'/espace/demandes/{essais[1].numero}'), relire(essais[1])
    with pytest.raises(models.Refus) as refus, models.ecriture():
        cycle.changer_statut(ecarte, 'rouvrir', avant.admin, ecarte.version, {'motif': 'x'})
    assert refus.value.code == 409 and 'Rouvrir' not in page
    assert not entrer(avant.chef).get('/espace').html.select('li[data-motifs]')


def test_une_date_a_venir_se_fixe_se_change_et_s_oublie_tant_que_rien_n_est_recu(essayer, avant, entrer):
    demande = essayer()
    admin, chef = entrer(avant.admin), entrer(avant.chef)
    assert 'à régler avant d\'ouvrir' in texte(admin.get('/espace'))
    assert 'Rien ne vous attend' not in texte(admin.get('/espace'))
    assert 'à régler avant d\'ouvrir' not in texte(chef.get('/espace'))
    ouvrir_le(admin, '2027-02-01')
    ouvrir_le(admin, '', 303, confirme='')                          # to forget it, nothing is asked
    ouvrir_le(admin, OUVRE)
    assert not relire(demande).clos_le
    assert [detail for _, _, detail in faits()] == ['01/02/2027', 'jour non fixé', '04/01/2027']
    for saisi in ('31/02/2027', 'lundi', '2027-1-4x', '0001-01-01'):
        champ = ouvrir_le(admin, saisi, 422).html.select_one('#ouvert_le')
        assert champ['aria-invalid'] == 'true' and champ['value'] == saisi
    fixer_tous(ouvert_le='2026-11-02')
    assert 'à régler avant d\'ouvrir' not in texte(admin.get('/espace'))


def test_ouvrir_dit_ce_qui_reste_a_regler_et_demande_puis_ecarte_les_essais_aussitot(essayer, avant, entrer):
    essais, admin = [essayer(message=f'Essai {n}') for n in range(6)], entrer(avant.admin)
    avant_tout = admin.get('/espace/admin').html.select('.travaux.reste > li')
    restent = {li.h3.text for li in avant_tout if li.select_one('.etat')['data-ton'] in ('attention', 'erreur')}
    assert 'Adresse publique' in restent
    for jour, titre, bouton in (('2026-11-24', 'Ouvrir le service aujourd\'hui ?', 'Ouvrir le service'),
                                ('2026-11-23', 'Ouvrir le service aujourd\'hui ?', 'Ouvrir le service'),
                                ('2027-02-01', 'Ouvrir le service le lundi 1er février 2027 ?', 'Fixer ce jour')):
        page = ouvrir_le(admin, jour, 200, confirme='')
        assert ' '.join(page.html.h1.text.split()) == titre, jour
        assert page.html.select_one('[name=confirme]').text == bouton, jour
        assert {li.h3.text for li in page.html.select('.travaux.reste > li')} == restent, jour
        dit = texte(page)
        assert 'l\'ouverture ne s\'annule plus' in dit and 'sans courriel : cela ne s\'annule pas' in dit, jour
        assert lire("SELECT valeur FROM reglage WHERE cle = 'ouvert_le'") == [(OUVRE,)]
        assert faits() == [] and not relire(essais[0]).clos_le, jour
    with models.lecture():
        assert calendrier.essais_restants() == 6
    assert 'les 6 demandes « Essai » sont alors écartées, sans courriel' in texte(admin.get(CALENDRIER))
    suite = ouvrir_le(admin, '24/11/2026').follow()
    assert 'Essai' not in suite.html.main.text and 'ouvert' in texte(suite)
    assert {relire(demande).issue for demande in essais} == {'essai'}
    assert [fait for fait, _, _ in faits()] == ['ouverture fixée', 'essais écartés à l\'ouverture']
    en_ecriture(cycle.deposer, saisie_de(avant))
    for jour in ('', OUVRE):                                        # it has received demandes: it stays open
        assert 'a déjà reçu des demandes' in texte(ouvrir_le(admin, jour, 422)) and len(faits()) == 2, jour
    ouvrir_le(admin, '2026-03-02')
