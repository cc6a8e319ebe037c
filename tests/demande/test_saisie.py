"""La saisie d'une demande reçue en direct (views/demande/saisie.py)."""

import pytest
from conftest import SAISIE, courriels, derniere_demande, formulaire_de, natures, numeros, remplir

import models
from views.cookies import garder_reprise


def nombre():
    with models.lecture():
        return models.Demande.select().count()


@pytest.fixture
def saisie(monde, entrer):
    """The form, opened by Dominique (another structure)."""
    return entrer(monde.autre).get('/espace/demandes/nouvelle')


def test_la_saisie_dit_qu_elle_est_facultative_et_propose_le_jour(saisie):
    assert ("Facultatif\u00a0: transmettre une demande reçue en direct reste à l'appréciation de votre structure."
            in saisie.html.text)
    formulaire = remplir(saisie)
    assert (formulaire['recue_le'].value, formulaire['suivi'].value, formulaire['contact_le'].value) == (
        '2026-11-24', 'moi', '')


def test_moi_ouvre_un_accompagnement_en_cours(saisie, monde):
    suite = remplir(saisie, fiche=str(monde.fiche.id), recue_le='2026-11-20', lieu='Le pont',
                    date_a_tenir='2026-12-10').submit(status=303)
    demande = derniere_demande()
    assert suite.headers['Location'] == f'/espace/demandes/{demande.numero}?fait=saisie'
    assert (demande.statut, demande.origine, demande.saisie_par_id, demande.voie) == (
        'en_cours', 'direct', monde.autre.id, 'téléphone')
    assert (demande.recue_le, demande.premier_contact_le, demande.echeance, demande.date_a_tenir) == (
        '2026-11-20', '2026-11-20', None, '2026-12-10')
    assert (demande.a_rappeler, demande.rappel_fonction, demande.telephone, demande.lieu) == (
        'Jo Secrétaire', 'DGS', '0536490099', 'Le pont')
    assert demande.collectivite_id == monde.rieumes.id and demande.theme_id == monde.fiche.theme_id
    assert not [modele for modele, _ in courriels() if modele.startswith('accuse')]


def test_un_autre_agent_suit_la_demande(saisie, monde):
    remplir(saisie, suivi='autre', referent=str(monde.referent.id),
            recue_le='2026-11-20', contact_le='2026-11-23').submit(status=303)
    demande = derniere_demande()
    assert (demande.statut, demande.premier_contact_le) == ('en_cours', '2026-11-23')
    assert ('designation', monde.referent.courriel) in courriels()


def test_le_chef_de_file_designera(saisie, monde):
    remplir(saisie, suivi='chef', fiche=str(monde.urgente.id)).submit(status=303)
    assert (derniere_demande().statut, derniere_demande().premier_contact_le) == ('attribue_chef', None)
    assert ('nouvelle_chef', monde.chef.courriel) in courriels()


def test_sans_fiche_le_chef_de_file_est_a_trouver_par_l_administration(saisie):
    remplir(saisie, suivi='chef').submit(status=303)
    assert derniere_demande().statut == 'attribue_admin'


def test_l_accuse_part_si_on_le_demande(saisie):
    remplir(saisie, courriel='dgs@rieumes.example', accuse=True).submit(status=303)
    assert ('accuse_direct', 'dgs@rieumes.example') in courriels()


def test_rien_de_rempli_tout_est_dit_et_rien_n_est_ecrit(saisie):
    page = remplir(saisie, collectivite='', message='', nom='', telephone='', recue_le='').submit(status=422)
    assert page.html.title.text.startswith('Erreur – ')
    assert [a['href'] for a in page.html.select('#erreurs a')] == [
        '#collectivite', '#message', '#recue_le', '#nom', '#courriel']
    assert all(page.html.find(id=a['href'][1:]) for a in page.html.select('#erreurs a'))
    assert nombre() == 0 and not courriels()


@pytest.mark.parametrize('champ,valeur', [
    ('recue_le', '2026-11-25'), ('recue_le', '2026-02-30'), ('recue_le', 'hier'), ('recue_le', '2024-11-23'),
    ('contact_le', '2026-11-25'), ('contact_le', '2026-11-23'),
    ('date_a_tenir', '2026-11-23'), ('telephone', '12'), ('courriel', 'a@b.fr, c@d.fr'),
    ('message', 'x' * 20_001), ('nom', 'x' * 201),
    ('collectivite', 'Zzyzx'), ('collectivite', '???'), ('collectivite', 'x' * 201)])
def test_une_saisie_fautive_revient_avec_ce_qui_a_ete_tape(champ, valeur, saisie):
    page = remplir(saisie, **{champ: valeur}).submit(status=422)
    assert [a['href'] for a in page.html.select('#erreurs a')] == [f'#{champ}']
    formulaire = formulaire_de(page)
    assert formulaire[champ].value == valeur and formulaire['message'].value and nombre() == 0


def test_un_accuse_veut_un_courriel_et_un_autre_agent_veut_un_nom(saisie):
    page = remplir(saisie, accuse=True, suivi='autre').submit(status=422)
    assert [a['href'] for a in page.html.select('#erreurs a')] == ['#courriel', '#referent'] and nombre() == 0


@pytest.mark.parametrize('nom,valeur', [
    ('fiche', '999'), ('fiche', "1' OR 1"), ('referent', '7'), ('referent', 'x'), ('voie', 'pigeon'),
    ('suivi', 'personne')])
def test_un_choix_hors_de_la_liste_est_refuse(nom, valeur, saisie):
    formulaire = remplir(saisie, suivi='autre')
    formulaire[nom].force_value(valeur)
    assert f'#{nom}' in [a['href'] for a in formulaire.submit(status=422).html.select('#erreurs a')]
    assert nombre() == 0


def test_un_nom_ambigu_revient_avec_des_choix(saisie, monde):
    page = remplir(saisie, collectivite='rieum').submit(status=422)
    formulaire = formulaire_de(page)
    assert ([a['href'] for a in page.html.select('#erreurs a')] == ['#collectivite_choix']
            and page.html.find(id='collectivite_choix'))
    formulaire['collectivite_choix'] = str(monde.rieumes.id)
    formulaire.submit(status=303)
    assert derniere_demande().collectivite == 'Rieumes'


def test_une_faute_de_frappe_est_proposee_sans_etre_devinee(saisie):
    page = remplir(saisie, collectivite='Rieumess').submit(status=422)
    assert 'Rieumes (31370, CC Cœur de Garonne)' in page and nombre() == 0


def test_accents_et_tirets_ne_comptent_pas(saisie):
    remplir(saisie, collectivite='ST ORENS DE GAMEVILLE').submit(status=303)
    assert derniere_demande().collectivite == 'Saint-Orens-de-Gameville'


def test_une_collectivite_hors_liste_est_a_rattacher(saisie):
    page = remplir(saisie, collectivite='', hors_liste=True).submit(status=422)
    assert [a['href'] for a in page.html.select('#erreurs a')] == ['#type', '#nom_collectivite']
    remplir(page, collectivite='', type='Syndicat', nom_collectivite='SIVOM des Coteaux').submit(status=303)
    assert (derniere_demande().collectivite, derniere_demande().type, derniere_demande().collectivite_id) == (
        'SIVOM des Coteaux', 'Syndicat', None)


def test_un_double_clic_ne_saisit_qu_une_demande(saisie):
    formulaire = remplir(saisie)
    premiere, seconde = formulaire.submit(status=303), formulaire.submit(status=303)
    assert premiere.headers['Location'] == seconde.headers['Location'] and nombre() == 1
    # Back, another entry: the key has served already
    page = remplir(saisie, message='Un autre besoin.').submit(status=409)
    assert 'a déjà enregistré la demande n° 1' in page.html.find(id='erreurs').text.replace('\xa0', ' ')
    assert formulaire_de(page)['message'].value == 'Un autre besoin.' and nombre() == 1
    formulaire_de(page).submit(status=303)
    assert nombre() == 2 and derniere_demande().message == 'Un autre besoin.'


def test_deux_besoins_semblables_le_meme_jour_sont_deux_demandes(saisie, monde):
    remplir(saisie, fiche=str(monde.fiche.id)).submit(status=303)
    remplir(saisie.test_app.get('/espace/demandes/nouvelle'), lieu='Le moulin').submit(status=303)
    assert nombre() == 2


def test_la_cle_du_formulaire_traverse_les_fautes_et_une_fausse_est_remplacee(saisie):
    cle = formulaire_de(saisie)['cle'].value
    page = remplir(saisie, nom='').submit(status=422)
    assert formulaire_de(page)['cle'].value == cle and len(cle) == 22
    for fausse in ('', 'x', 'é' * 22, 'x' * 300):
        formulaire = remplir(saisie, nom='')
        formulaire['cle'] = fausse
        page = formulaire.submit(status=422)
        assert formulaire_de(page)['cle'].value not in (cle, fausse) and len(page.html.select('#erreurs a')) == 1


def test_une_demande_confidentielle_suivie_par_d_autres_se_referme(saisie, monde):
    suite = remplir(saisie, confidentielle=True, suivi='autre', referent=str(monde.referent.id)).submit(status=303)
    assert derniere_demande().restreinte and suite.headers['Location'] == '/espace/demandes?fait=saisie'
    liste = suite.follow()
    assert numeros(liste) == [] and 'La demande est saisie.' in liste


def test_le_texte_revient_apres_une_session_expiree(monde, entrer):
    navigateur = entrer(monde.autre)
    garder_reprise(navigateur.cookies['session'].strip('"'), '/espace/demandes/nouvelle',
                         SAISIE | {'suivi': 'chef', 'intrus': 'x'})
    page = navigateur.get('/espace/demandes/nouvelle')
    formulaire = formulaire_de(page)
    assert (formulaire['message'].value, formulaire['suivi'].value, formulaire['nom'].value) == (
        'Réparer le pont.', 'chef', 'Secrétaire')
    formulaire['recue_le'] = '2026-11-24'
    formulaire.submit(status=303)
    assert formulaire_de(navigateur.get('/espace/demandes/nouvelle'))['message'].value == ''


def test_des_octets_ou_un_controle_dans_la_saisie_sont_refuses(saisie):
    navigateur = saisie.test_app
    navigateur.post('/espace/demandes/nouvelle', b'message=%ff%fe&nom=x', status=400)
    navigateur.post('/espace/demandes/nouvelle', {'message': 'a\x00b'}, status=400)
    navigateur.get('/espace/demandes?q=%ff', status=400)
    assert nombre() == 0


def test_la_saisie_ecrit_son_journal_une_fois(saisie):
    remplir(saisie).submit(status=303)
    demande = derniere_demande()
    assert [nature for nature, _ in natures(demande)] == ['depot', 'contact', 'statut'] and demande.version == 1


def test_le_tri_par_echeance_met_en_dernier_les_demandes_sans_delai(saisie, creer, monde):
    tard, tot = creer('attribue_chef'), creer('attribue_chef', fiche=monde.urgente)
    remplir(saisie).submit(status=303)
    page = saisie.test_app.get('/espace/demandes?tri=echeance')
    assert numeros(page) == [tot.numero, tard.numero, derniere_demande().numero]
    assert numeros(page.click('Échéance')) == [tard.numero, tot.numero, derniere_demande().numero]


def test_une_demande_importee_sans_journal_ne_derange_pas_la_journee(entrer, monde, creer):
    demande = creer('en_cours')
    with models.ecriture():
        models.db.execute_sql('DROP TRIGGER journal_sans_suppression')
        models.db.execute_sql('DELETE FROM journal WHERE demande_id = ?', (demande.numero,))
    assert entrer(monde.referent).get('/espace', status=200)
