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


def de_nouveau(saisie):
    return saisie.test_app.get('/espace/demandes/nouvelle')


def erreurs(page):
    return [a['href'] for a in page.html.select('#erreurs a')]


def test_moi_ouvre_un_accompagnement_en_cours_un_autre_est_prevenu_et_l_accuse_part_si_on_le_demande(saisie, monde):
    assert ("Facultatif\u00a0: transmettre une demande reçue en direct reste à l'appréciation de votre structure."
            in saisie.html.text)
    formulaire = remplir(saisie)
    assert (formulaire['recue_le'].value, formulaire['suivi'].value, formulaire['contact_le'].value) == (
        '2026-11-24', 'moi', '')
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
    assert [nature for nature, _ in natures(demande)] == ['depot', 'contact', 'statut'] and demande.version == 1
    remplir(de_nouveau(saisie), suivi='autre', referent=str(monde.referent.id),
            recue_le='2026-11-20', contact_le='2026-11-23').submit(status=303)
    demande = derniere_demande()
    assert (demande.statut, demande.premier_contact_le) == ('en_cours', '2026-11-23')
    assert ('designation', monde.referent.courriel) in courriels()
    remplir(de_nouveau(saisie), suivi='chef', fiche=str(monde.urgente.id)).submit(status=303)
    assert (derniere_demande().statut, derniere_demande().premier_contact_le) == ('attribue_chef', None)
    assert ('nouvelle_chef', monde.chef.courriel) in courriels()
    assert not [modele for modele, _ in courriels() if modele.startswith('accuse')]
    remplir(de_nouveau(saisie), suivi='chef', courriel='dgs@rieumes.example', accuse=True).submit(status=303)
    assert derniere_demande().statut == 'attribue_admin'            # without a fiche
    assert ('accuse_direct', 'dgs@rieumes.example') in courriels()


def test_une_saisie_vide_fautive_ou_interrompue_revient_une_confidentielle_se_referme(saisie, creer, monde):
    page = remplir(saisie, collectivite='', message='', nom='', telephone='', recue_le='').submit(status=422)
    assert page.html.title.text.startswith('Erreur – ')
    assert erreurs(page) == ['#collectivite', '#message', '#recue_le', '#nom', '#courriel']
    assert all(page.html.find(id=lien[1:]) for lien in erreurs(page))
    page = remplir(de_nouveau(saisie), accuse=True, suivi='autre').submit(status=422)
    assert erreurs(page) == ['#courriel', '#referent'] and nombre() == 0 and not courriels()
    for champ, valeur in FAUTIVES:
        page = remplir(de_nouveau(saisie), **{champ: valeur}).submit(status=422)
        assert erreurs(page) == [f'#{champ}'], (champ, valeur)
        formulaire = formulaire_de(page)
        assert formulaire[champ].value == valeur and formulaire['message'].value, (champ, valeur)
    for nom, valeur in HORS_LISTE:
        formulaire = remplir(de_nouveau(saisie), suivi='autre')
        formulaire[nom].force_value(valeur)
        assert f'#{nom}' in erreurs(formulaire.submit(status=422)), (nom, valeur)
    for corps in (b'message=%ff%fe&nom=x', {'message': 'a\x00b'}):
        saisie.test_app.post('/espace/demandes/nouvelle', corps, status=400)
    saisie.test_app.get('/espace/demandes?q=%ff', status=400)
    assert nombre() == 0
    tard, tot = creer('attribue_chef'), creer('attribue_chef', fiche=monde.urgente)
    remplir(de_nouveau(saisie)).submit(status=303)
    page = saisie.test_app.get('/espace/demandes?tri=echeance')
    assert numeros(page) == [tot.numero, tard.numero, derniere_demande().numero]
    assert numeros(page.click('Échéance')) == [tard.numero, tot.numero, derniere_demande().numero]
    garder_reprise(saisie.test_app.cookies['session'].strip('"'), '/espace/demandes/nouvelle',
                   SAISIE | {'suivi': 'chef', 'intrus': 'x'})
    formulaire = formulaire_de(de_nouveau(saisie))
    assert (formulaire['message'].value, formulaire['suivi'].value, formulaire['nom'].value) == (
        'Réparer le pont.', 'chef', 'Secrétaire')
    formulaire['recue_le'] = '2026-11-24'
    formulaire.submit(status=303)
    assert formulaire_de(de_nouveau(saisie))['message'].value == ''
    formulaire = remplir(de_nouveau(saisie), confidentielle=True, suivi='autre', referent=str(monde.referent.id))
    suite = formulaire.submit(status=303)
    assert derniere_demande().restreinte and suite.headers['Location'] == '/espace/demandes?fait=saisie'
    liste = suite.follow()
    assert numeros(liste) == [4, 3, 2, 1] and 'La demande est saisie.' in liste    # without it


FAUTIVES = [('recue_le', '2026-11-25'), ('recue_le', '2026-02-30'), ('recue_le', 'hier'), ('recue_le', '2024-11-23'),
            ('contact_le', '2026-11-25'), ('contact_le', '2026-11-23'), ('date_a_tenir', '2026-11-23'),
            ('telephone', '12'), ('courriel', 'a@b.fr, c@d.fr'), ('message', 'x' * 20_001), ('nom', 'x' * 201),
            ('collectivite', 'Zzyzx'), ('collectivite', '???'), ('collectivite', 'x' * 201)]
HORS_LISTE = [('fiche', '999'), ('fiche', "1' OR 1"), ('referent', '7'), ('referent', 'x'), ('voie', 'pigeon'),
              ('suivi', 'personne')]


def test_un_double_clic_ne_saisit_qu_une_demande_un_nom_ambigu_revient_avec_des_choix(saisie, monde):
    formulaire = remplir(saisie)
    premiere, seconde = formulaire.submit(status=303), formulaire.submit(status=303)
    assert premiere.headers['Location'] == seconde.headers['Location'] and nombre() == 1
    # Back, another entry: the key has served already
    page = remplir(saisie, message='Un autre besoin.').submit(status=409)
    assert 'a déjà enregistré la demande n° 1' in page.html.find(id='erreurs').text.replace('\xa0', ' ')
    assert formulaire_de(page)['message'].value == 'Un autre besoin.' and nombre() == 1
    formulaire_de(page).submit(status=303)
    assert nombre() == 2 and derniere_demande().message == 'Un autre besoin.'
    saisie = de_nouveau(saisie)                                     # a key goes through faults, not a false one
    cle = formulaire_de(saisie)['cle'].value
    assert formulaire_de(remplir(saisie, nom='').submit(status=422))['cle'].value == cle and len(cle) == 22
    for fausse in ('', 'x', 'é' * 22, 'x' * 300):
        formulaire = remplir(saisie, nom='')
        formulaire['cle'] = fausse
        page = formulaire.submit(status=422)
        assert formulaire_de(page)['cle'].value not in (cle, fausse) and len(page.html.select('#erreurs a')) == 1
    page = remplir(de_nouveau(saisie), collectivite='Rieumess').submit(status=422)
    assert 'Rieumes (31370, CC Cœur de Garonne)' in page and nombre() == 2
    page = remplir(de_nouveau(saisie), collectivite='rieum').submit(status=422)
    assert erreurs(page) == ['#collectivite_choix'] and page.html.find(id='collectivite_choix')
    formulaire_de(page)['collectivite_choix'] = str(monde.rieumes.id)
    formulaire_de(page).submit(status=303)
    assert derniere_demande().collectivite == 'Rieumes'
    remplir(de_nouveau(saisie), collectivite='ST ORENS DE GAMEVILLE').submit(status=303)
    assert derniere_demande().collectivite == 'Saint-Orens-de-Gameville'
    page = remplir(de_nouveau(saisie), collectivite='', hors_liste=True).submit(status=422)
    assert erreurs(page) == ['#type', '#nom_collectivite']
    remplir(page, collectivite='', type='Syndicat', nom_collectivite='SIVOM des Coteaux').submit(status=303)
    assert (derniere_demande().collectivite, derniere_demande().type, derniere_demande().collectivite_id) == (
        'SIVOM des Coteaux', 'Syndicat', None)
