"""The list of the collectivités on screen: found, corrected, added, attached, exported, read back (regles.md §3)."""
import pytest
from conftest import PHRASE, changer_ligne, en_ecriture, fautes, le_formulaire, lire_csv, poster, relire, titres
from fichiers import lire

import models
from verbes import comptes
from verbes.administration import collectivites
from verbes.echanges.imports import importer

ICI = '/espace/admin/collectivites'
SIVOM = {'nom': 'SIVOM des Coteaux', 'type': 'Syndicat', 'siren': '213 100 019', 'insee': '', 'codes_postaux': '31370',
         'population': '', 'arrondissement': '', 'epci': '', 'courriel': '', 'telephone': ''}


def test_le_csv_se_relit_sans_rien_changer_la_liste_se_cherche_se_filtre_et_va_par_cinquante(monde, maxime):
    reponse = maxime.get(f'{ICI}.csv?q=rieum')
    assert [ligne['nom'] for ligne in lire_csv(reponse)] == ['Rieumes', 'Rieumajou']
    assert importer('collectivites', reponse.body)[:3] == (0, 0, 2)
    assert 'mairie@rieumes.example;Rieumes;Commune' in maxime.get(f'{ICI}/adresses.csv').body.decode()
    changer_ligne(monde.rieumes, sans_lettre=True)
    texte = maxime.get(f'{ICI}/adresses.csv?type=Commune').body.decode('utf-8-sig')
    assert 'mairie@rieumes.example' not in texte and texte.startswith('Courriel;Nom;Type;')
    assert [d for d, in lire("SELECT detail FROM audit WHERE fait = 'export' ORDER BY id")] == [
        'collectivites\xa0: 2\xa0lignes, filtres\xa0: q', 'adresses\xa0: 2\xa0lignes, filtres\xa0: aucun',
        'adresses\xa0: 0\xa0ligne, filtres\xa0: type']
    with models.ecriture():
        models.Collectivite.update(arrondissement='Muret').where(models.Collectivite.nom == 'Rieumes').execute()
        models.db.execute_sql("UPDATE collectivite SET remplacee_par_id = 2, jusqu_au = '2025-12-31' WHERE id = 5")
    for adresse, attendues in (
            ('q=saint+orens', ['Saint-Orens-de-Gameville']), ('q=ST-ORENS', ['Saint-Orens-de-Gameville']),
            ('q=213104540', ['Rieumes']), ('q=31454', ['Rieumes']), ('q=31370', ['Rieumes']), ('q=atlantide', []),
            ('type=Commune&q=rieum', ['Rieumajou', 'Rieumes']),
            ('epci=1', ['CC Cœur de Garonne', "L'Isle-en-Dodon", 'Rieumes']), ('arrondissement=Muret', ['Rieumes']),
            ('etat=sans-lettre', ['Rieumes']), ('etat=remplacees', ["L'Isle-en-Dodon"]),
            ('etat=sans-adresse', ['Rieumajou', 'Saint-Orens-de-Gameville']), ('etat=inconnu', []), ('epci=x', [])):
        assert titres(maxime.get(f'{ICI}?{adresse}')) == attendues, adresse
    with models.ecriture():
        for n in range(60):
            nom = f'Syndicat {n:02}'
            models.Collectivite.create(siren=f'3{n:08}', type='Syndicat', nom=nom, cherche=nom.lower())
    page = maxime.get(f'{ICI}?type=Syndicat')
    assert len(titres(page)) == 50 and len(titres(page.click('Suivante'))) == 10
    maxime.get(f'{ICI}?type=Syndicat&page=3', status=404)
    maxime.get(f'{ICI}?page=x', status=400)


def test_une_collectivite_se_corrige_ou_s_ajoute_et_une_correction_impossible_revient(monde, maxime, site):
    avant = lire('SELECT * FROM collectivite')
    for champs, phrase in (
            ({'siren': '12'}, 'neuf chiffres'), ({'siren': '213100018'}, 'Ce SIREN n\'existe pas'),
            ({'siren': '200068815'}, 'est déjà celui de CC Cœur de Garonne'), ({}, 'Rien n\'a changé'),
            ({'insee': '31453'}, 'déjà celui de Rieumajou'), ({'insee': ''}, 'Une commune a un code INSEE'),
            ({'insee': '3x'}, 'cinq chiffres'), ({'codes_postaux': '3137'}, 'cinq chiffres'),
            ({'population': 'mille'}, 'nombre entier'), ({'courriel': 'x@'}, 'adresse'),
            ({'telephone': '12'}, 'dix chiffres'), ({'nom': ''}, 'remplissez le champ')):
        page = poster(maxime, f'{ICI}/{monde.rieumes.id}', champs, status=422)
        assert phrase in page and page.html.title.text.strip().startswith('Erreur – '), champs
        for nom, valeur in champs.items():
            assert le_formulaire(page)[nom].value == valeur
        assert lire('SELECT * FROM collectivite') == avant, champs
    assert 'Rieumes-le-Bourg' in poster(maxime, f'{ICI}/{monde.rieumes.id}', {
        'telephone': '05 36 49 00 77', 'population': '3 600', 'sans_lettre': True, 'nom': 'Rieumes-le-Bourg'}).follow()
    assert lire('SELECT nom, cherche, telephone, population, sans_lettre, epci_id FROM collectivite WHERE id = ?',
                monde.rieumes.id) == [('Rieumes-le-Bourg', 'rieumes le bourg', '0536490077', 3600, 1, 1)]
    assert lire("SELECT detail FROM audit WHERE fait = 'collectivité corrigée'") == [(
        "Rieumes (213104540)\xa0: nom Rieumes → Rieumes-le-Bourg\xa0; population vide → 3600\xa0; téléphone vide → "
        "0536490077\xa0; lettre d'information non → oui",)]
    assert 'SIVOM des Coteaux' in poster(maxime, f'{ICI}/ajouter', SIVOM).follow()
    assert lire("SELECT siren, codes_postaux FROM collectivite WHERE type = 'Syndicat'") == [('213100019', '31370')]
    assert 'SIVOM des Coteaux' in site.get('/demande')              # it is proposed to the mairies
    assert 'est déjà celui de SIVOM' in poster(maxime, f'{ICI}/ajouter', SIVOM, status=422)


def test_une_collectivite_ajoutee_par_erreur_se_retire_tant_que_rien_ne_tient_a_elle(monde, maxime, creer):
    tout = {*models.Collectivite._meta.backrefs}
    assert {champ for _, champs in collectivites.TENANTS for champ in champs} == tout
    creer()
    for une, tient in ((monde.epci, '1 collectivité'), (monde.rieumes, '1 demande')):
        assert 'Retirer cette collectivité' not in maxime.get(f'{ICI}/{une.id}').text
        page = maxime.post(f'{ICI}/{une.id}/retirer', {'': 'x'}, status=409)
        assert f'{une.nom} a {tient}' in fautes(page)[0]
    ajoutee = poster(maxime, f'{ICI}/ajouter', SIVOM).follow()
    page = le_formulaire(ajoutee, f'{ajoutee.request.path}/retirer').submit(status=303).follow()
    assert 'La collectivité est retirée de la liste.' in page.text and not titres(maxime.get(f'{ICI}?q=coteaux'))
    assert lire('SELECT fait, detail FROM audit ORDER BY id DESC LIMIT 1')[0][0] == 'collectivité retirée'


def test_un_changement_d_epci_s_enregistre_s_annule_et_revient_apres_une_session_expiree(
        monde, entrer, naviguer, hachage_rapide):
    navigateur, adresse = entrer(monde.admin), f'{ICI}/{monde.rieumes.id}'

    def changer(status=303, **valeurs):
        return poster(navigateur, f'{adresse}/epci', valeurs, adresse, status)
    assert 'déjà son intercommunalité' in changer(422, epci='1', le='2027-01-01')
    assert 'Indiquez une date' in changer(422, epci='', le='demain')
    page = changer(epci='', le='01/01/2027').follow()
    assert 'Changera d\'intercommunalité le 1er\xa0janvier 2027' in page
    assert titres(navigateur.get(f'{ICI}?etat=a-venir')) == ['Rieumes']
    navigateur.post(f'{adresse}/annuler-epci').follow()
    assert lire('SELECT epci_id, epci_le FROM collectivite WHERE id = ?', monde.rieumes.id) == [(1, None)]
    page = changer(epci='', le='24/11/2026').follow()               # today, it is done
    assert 'Changera' not in page and le_formulaire(page, adresse)['epci'].value == ''
    navigateur.post(f'{adresse}/annuler-epci', status=409)
    en_ecriture(models.Agent.update(mot_de_passe=comptes.hacher(PHRASE)).execute)
    navigateur = naviguer()
    page = poster(navigateur, f'{adresse}/epci', {'epci': '', 'le': '2027-01-01'}, adresse, 401,
                  lu_par=entrer(monde.admin))
    formulaire = next(f for f in page.forms.values() if 'mot_de_passe' in f.fields)
    formulaire['courriel'], formulaire['mot_de_passe'] = monde.admin.courriel, PHRASE
    page = formulaire.submit().follow()
    assert page.request.path == adresse and 'Votre saisie est revenue' in page
    assert le_formulaire(page, f'{adresse}/epci')['le'].value == '2027-01-01'


def test_un_nom_ecrit_a_la_main_se_rattache_d_un_clic_dans_ses_demandes_ou_s_ajoute_a_la_liste(monde, creer, entrer):
    siennes = [creer('en_cours', collectivite=None, type='Commune', nom_collectivite=nom, message=nom, restreinte=r)
               for nom, r in (('Rieume', False), ('RIEUME', True))]
    autre = creer('attribue_chef', collectivite=None, type='Syndicat', nom_collectivite='SIVOM inconnu')
    navigateur = entrer(monde.admin)
    page = navigateur.get(f'{ICI}/a-rattacher')
    assert 'Noms à rattacher (2)' in navigateur.get(ICI) and '2 demandes' in ' '.join(page.html.text.split())
    formulaire = next(f for f in page.forms.values() if 'collectivite' in f.fields)
    assert 'Rattacher à Rieumes (31370, CC Cœur de Garonne)' in ' '.join(page.html.text.split())
    formulaire.submit('collectivite').follow()
    assert [relire(d).collectivite for d in siennes] == ['Rieumes', 'Rieumes']
    assert relire(autre).collectivite_id is None
    assert lire("SELECT count(*) FROM journal WHERE texte LIKE '%rattachée à la liste%'") == [(2,)]
    page = navigateur.get(f'{ICI}/a-rattacher').click('ajouter à la liste')
    formulaire = next(f for f in page.forms.values() if 'siren' in f.fields)
    assert formulaire['nom'].value == 'SIVOM inconnu' and formulaire['type'].value == 'Syndicat'
    page = formulaire.submit(status=422)                            # a SIREN is wanted: what was typed comes back
    formulaire = next(f for f in page.forms.values() if 'siren' in f.fields)
    formulaire['siren'] = '213100019'
    assert 'Toutes les demandes sont rattachées' in formulaire.submit().follow()
    assert relire(autre).collectivite_liee.siren == '213100019'


def test_les_noms_exacts_se_rattachent_d_un_coup_et_eux_seuls(creer, maxime):
    def formulaire(page):
        return next(f for f in page.forms.values() if 'exacts' in f.fields)

    assert 'Toutes les demandes sont rattachées' in maxime.get(f'{ICI}/a-rattacher')
    exactes = [creer('en_cours', collectivite=None, type='Commune', nom_collectivite=nom, message=nom)
               for nom in ('RIEUMES', 'St Orens de Gameville')]
    autres = [creer('en_cours', collectivite=None, type=type_, nom_collectivite=nom, message=nom)
              for nom, type_ in (('Rieume', 'Commune'), ('Rieumes', 'Syndicat'))]
    page = maxime.get(f'{ICI}/a-rattacher')
    assert '2 noms exacts' in ' '.join(page.html.text.split())
    rieume = {'nom': 'Rieume', 'type': 'Commune'}
    for champs, code, phrase in (                                   # what cannot be attached is said
            ({'nom': 'SIVOM', 'type': 'Syndicat', 'collectivite': '2'}, 409, 'déjà rattachées'),
            (rieume, 422, 'Choisissez la collectivité'),
            ({**rieume, 'collectivite': '999'}, 422, 'Choisissez la collectivité'),
            ({**rieume, 'saisie': 'Atlantide'}, 422, 'dans la liste')):
        assert phrase in maxime.post(f'{ICI}/a-rattacher', champs, status=code), champs
    creer('en_cours', collectivite=None, type='Commune', nom_collectivite='L\'Isle-en-Dodon', message='Autre')
    assert 'La liste a changé' in formulaire(page).submit('exacts', status=409)
    assert relire(exactes[0]).collectivite_id is None
    formulaire(maxime.get(f'{ICI}/a-rattacher')).submit('exacts', status=303)
    assert [relire(d).collectivite for d in exactes] == ['Rieumes', 'Saint-Orens-de-Gameville']
    assert [relire(d).collectivite_id for d in autres] == [None, None]


@pytest.mark.parametrize('fin, saisis', [
    ('', {'nom': 'Rieumes-le-Bourg'}), ('/epci', {'epci': '', 'le': '2027-01-01'})])
def test_une_ligne_lue_avant_un_changement_est_refusee(monde, maxime, fin, saisis):
    adresse = f'{ICI}/{monde.rieumes.id}'
    form = le_formulaire(maxime.get(adresse), adresse + fin)
    for nom, valeur in saisis.items():
        form[nom] = valeur
    en_ecriture(collectivites.changer_epci, monde.rieumes, None, '2026-12-01', monde.admin)
    en_ecriture(models.Collectivite.update(population=3600).where(models.Collectivite.id == monde.rieumes.id).execute)
    avant = lire('SELECT * FROM collectivite')
    page = form.submit(status=409)
    assert 'Cette collectivité a changé' in page and all(
        le_formulaire(page, adresse + fin)[nom].value == valeur for nom, valeur in saisis.items())
    assert lire('SELECT * FROM collectivite') == avant
