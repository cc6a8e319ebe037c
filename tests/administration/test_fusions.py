"""Mergers and changes of EPCI: entered ahead, in force at midnight, undone; demandes stay (regles.md §3)."""
import pytest
from conftest import (
    changer_ligne, corps_de, creer_ligne, derniere_demande, en_ecriture, envoyer_demande, limiter, numeros, relire)
from fichiers import lire
from test_communes_nouvelles import ENTETE, ICI, JOUR, MINUIT, VEILLE, deposer

import models
from verbes import perimetre
from verbes.echanges import revue
from verbes.administration import collectivites
from verbes.echanges.imports import importer
from views import choix

DIT = 'Rieumes fait partie de Rieumes-Savès depuis le 1er\xa0janvier 2027'


@pytest.fixture
def saves(base):
    """The commune nouvelle that Rieumes will be part of."""
    return creer_ligne(models.Collectivite, siren='200099935', insee='31999', type='Commune', nom='Rieumes-Savès',
                       cherche='rieumes saves', codes_postaux='31370', depuis=JOUR, epci=1)


def fusionner(monde, nouvelle, *anciennes, depuis=JOUR):
    with models.ecriture():
        anciennes = [models.relire(c) for c in anciennes or (monde.rieumes,)]
        collectivites.fusionner(anciennes, models.relire(nouvelle), depuis, monde.admin)


def reconnaitre(saisi):
    with models.lecture():
        return choix.choisir_collectivite(saisi, '', 'corrigez')


def test_une_fusion_prend_effet_a_minuit_a_paris_sans_rien_faire_et_l_ancien_nom_mene_au_nouveau(
        monde, saves, heure, site):
    limiter(secondes_minimum=0)
    fusionner(monde, saves)
    heure(VEILLE)
    assert reconnaitre('Rieumes')[0].nom == 'Rieumes'
    assert reconnaitre('Rieumes-Savès')[0] is None and 'Rieumes-Savès' not in site.get('/demande').text
    heure(MINUIT)
    choisie, phrase = reconnaitre('Rieumes')
    assert choisie is None and phrase.startswith(DIT.replace('Rieumes ', '«\xa0Rieumes\xa0» ', 1))
    assert reconnaitre('Rieumes-Savès')[0].nom == 'Rieumes-Savès'
    noms = {o['value']: o.text for o in site.get('/demande').html.select('#collectivite-choix option')}
    assert noms['Rieumes'] == DIT and 'Rieumes-Savès' in noms
    with models.lecture():
        assert choix.proches('Rieumes') == ((str(saves.id), f'Rieumes-Savès (31370, CC Cœur de Garonne). {DIT}'),)
    reponse = envoyer_demande(site, monde.fiche.id, collectivite='Rieumes')
    assert reponse.status_int == 422 and DIT in reponse
    formulaire = next(f for f in reponse.forms.values() if 'collectivite_choisie' in f.fields)
    formulaire['collectivite_choisie'] = str(saves.id)
    formulaire.submit('').follow()
    demande = derniere_demande()
    assert (demande.collectivite, demande.collectivite_id) == ('Rieumes-Savès', saves.id)
    changer_ligne(saves, nom='Rieumes', cherche='rieumes')          # two of the same name are one after the merger
    assert reconnaitre('Rieumes')[0].id == saves.id


def test_les_demandes_restent_a_l_ancien_nom_se_lisent_avec_le_nouveau(monde, saves, heure, site, entrer, creer):
    avant = creer('attribue_chef')
    fusionner(monde, saves)
    heure(MINUIT)
    assert relire(avant).collectivite_id == monde.rieumes.id and 'Rieumes' in site.get(f'/suivi/{avant.jeton}')
    apres = deposer(monde, saves, message='Encore la place.', lieu='')
    page = entrer(monde.chef).get(f'/espace/demandes/{apres.numero}')
    assert f'href="/espace/demandes/{avant.numero}"' in str(page.html.select('.etiquette'))
    assert DIT in entrer(monde.chef).get(f'/espace/demandes/{avant.numero}')
    assert str(avant.numero) in corps_de('accuse')                  # same fiche, same e-mail
    for filtre in (f'collectivite={monde.rieumes.id}', f'collectivite={saves.id}', 'q=Rieumes', 'q=Rieumes-Sav%C3%A8s'):
        page = entrer(monde.admin).get(f'/espace/demandes?{filtre}')
        assert numeros(page) == [apres.numero, avant.numero], filtre


def test_un_changement_d_epci_annonce_survit_aux_fichiers_d_avant_et_d_apres_et_se_lit_le_jour_venu(
        monde, heure, entrer, creer):
    demande = creer('attribue_chef')
    autre = creer_ligne(models.Collectivite, siren='200099927', type='Communauté de communes', nom='CC Autre',
                        cherche='cc autre')
    en_ecriture(collectivites.changer_epci, models.relire(monde.rieumes), autre, JOUR, monde.admin)
    for siren in ('200068815', '200099927'):
        fichier = ENTETE + f'213104540;31454;Commune;Rieumes;31370;;;{siren};mairie@rieumes.example;\n'
        assert importer('collectivites', fichier.encode()).fautes == [], siren
    for instant, epci in ((VEILLE, monde.epci.id), (MINUIT, autre.id)):
        heure(instant)
        with models.lecture():
            assert perimetre.epci(monde.rieumes.id) == epci
        navigateur = entrer(monde.admin)
        for un in (monde.epci.id, autre.id):
            trouvees = numeros(navigateur.get(f'/espace/demandes?epci={un}'))
            assert trouvees == ([demande.numero] if un == epci else []), (instant, un)
    assert 'CC Autre' in navigateur.get(f'/espace/demandes/{demande.numero}')
    assert 'CC Autre' in navigateur.get('/espace/demandes.csv').text


def test_des_epci_fusionnent_avec_leurs_communes_et_une_chaine_mene_au_bout(monde, saves, heure, entrer, creer):
    demande = creer('attribue_chef')
    grande = creer_ligne(models.Collectivite, siren='200099919', type='Communauté de communes', nom='CC Grande',
                         cherche='cc grande')
    fusionner(monde, grande, monde.epci)
    heure(MINUIT)
    for epci in (grande, monde.epci):
        assert numeros(entrer(monde.admin).get(f'/espace/demandes?epci={epci.id}')) == [demande.numero]
    with models.lecture():
        assert perimetre.epci(monde.rieumes.id) == grande.id
    pays = creer_ligne(models.Collectivite, siren='200099901', insee='31998', type='Commune', nom='Pays de Savès',
                       cherche='pays de saves')
    fusionner(monde, saves)
    fusionner(monde, pays, saves, depuis='2028-01-01')
    heure('2028-06-01T10:00:00Z')
    with models.lecture():
        assert perimetre.dire(monde.rieumes.id) == 'Rieumes fait partie du Pays de Savès depuis le 1er\xa0janvier 2028'
        assert sorted(perimetre.famille(pays.id)) == sorted([monde.rieumes.id, saves.id, pays.id])


def refusee(monde, nouvelle, *anciennes, depuis=JOUR):
    with pytest.raises(models.Refus) as refus:
        fusionner(monde, nouvelle, *anciennes, depuis=depuis)
    assert lire('SELECT count(*) FROM audit WHERE fait = ?', 'fusion')[0][0] <= 2
    return refus.value.phrase


def test_une_fusion_impossible_est_refusee_par_une_phrase(monde, saves, creer):
    with models.lecture():
        autre = models.Collectivite.get(nom='Rieumajou')
    assert 'ne se remplace pas elle-même' in refusee(monde, monde.rieumes)
    assert 'une commune fusionne avec des communes' in refusee(monde, monde.epci)
    assert 'existe depuis le 01/01/2027' in refusee(monde, saves, depuis='2026-06-01')
    demande = creer('attribue_chef')
    assert f'la demande n°\xa0{demande.numero} le 24/11/2026' in refusee(monde, autre, depuis='2026-11-24')
    fusionner(monde, saves)
    assert 'est déjà remplacée par Rieumes-Savès' in refusee(monde, autre)
    assert 'Ce serait tourner en rond' in refusee(monde, monde.rieumes, saves)
    assert 'est elle-même remplacée par Rieumes-Savès' in refusee(monde, monde.rieumes, autre)
    fusionner(monde, autre, saves, depuis='2028-01-01')
    assert 'Ce serait tourner en rond' in refusee(monde, monde.rieumes, autre)


def test_une_fusion_s_annule_jusqu_a_un_code_repris_ou_la_premiere_demande_du_nouveau_nom(monde, saves, heure, creer):
    def annuler():
        en_ecriture(collectivites.annuler_fusion, models.relire(monde.rieumes), monde.admin)
    creer('attribue_chef')
    fusionner(monde, saves)
    heure(MINUIT)
    annuler()
    assert reconnaitre('Rieumes')[0].id == monde.rieumes.id
    fusionner(monde, saves)
    for insee, refus in (('31454', 'a repris le code INSEE'), ('31999', 'n°\xa02 a été déposée')):
        changer_ligne(saves, insee=insee)
        assert insee == '31454' or deposer(monde, saves).numero == 2
        with pytest.raises(models.Refus, match=refus):
            annuler()


DE_L_AN_PASSE = ENTETE + '''\
200068815;;Communauté de communes;CC Cœur de Garonne;;;;;;
213104540;31454;Commune;Rieumes;31370;9999;Muret;200068815;autre@rieumes.example;
213104532;31453;Commune;Rieumajou;31290;120;;;;
213105067;31506;Commune;Saint-Orens-de-Gameville;31650;;;;;
'''


def test_un_import_laisse_ce_qui_est_remplace_et_propose_les_fusions(monde, saves, heure):
    fichier = ENTETE + '200099943;31454;Commune;Rieumes Nouvelle;31370;;;;;\n'     # a new SIREN, its code INSEE
    (faute,) = importer('collectivites', fichier.encode()).fautes
    assert 'enregistrez d\'abord la fusion' in faute.raison
    fusionner(monde, saves)
    importer('collectivites', DE_L_AN_PASSE.encode())               # before the day
    assert lire('SELECT population, remplacee_par_id, jusqu_au FROM collectivite WHERE id = ?', monde.rieumes.id) == [
        (9999, saves.id, '2026-12-31')]
    changer_ligne(monde.rieumes, population=120)
    heure(MINUIT)
    avant = lire('SELECT * FROM collectivite WHERE id = ?', monde.rieumes.id)
    relue = revue.relire(revue.ouvrir('collectivites', DE_L_AN_PASSE.encode()))
    assert {vue.cellules['nom']: vue.sort for vue in relue.vues}['Rieumes'] == 'inchange'
    bilan = importer('collectivites', DE_L_AN_PASSE.encode())
    assert bilan.fautes == [] and relue.avis == bilan.avis          # said on screen before it is written
    assert lire('SELECT * FROM collectivite WHERE id = ?', monde.rieumes.id) == avant
    laissees, absentes = bilan.avis
    assert 'Rieumes.' in laissees and "L'Isle-en-Dodon, Rieumes-Savès" in absentes and 'Est-ce une fusion' in absentes
    assert importer('collectivites', DE_L_AN_PASSE.encode()).modifies == 0


def test_la_fusion_se_montre_avant_de_s_ecrire(monde, saves, entrer, creer):
    creer('attribue_chef')
    navigateur = entrer(monde.admin)
    page = navigateur.get(f'{ICI}/fusion')
    formulaire = next(f for f in page.forms.values() if 'anciennes' in f.fields)
    formulaire['nouvelle'], formulaire['anciennes'], formulaire['depuis'] = 'Rieumes-Savès', 'Rieumes\nRieumajou', JOUR
    apercu = formulaire.submit()
    assert apercu.status_int == 200 and '1 demande, qui reste à son nom' in ' '.join(apercu.html.text.split())
    assert lire('SELECT count(*) FROM collectivite WHERE remplacee_par_id IS NOT NULL') == [(0,)]
    confirmer = next(f for f in apercu.forms.values() if 'confirmer' in f.fields)
    page = confirmer.submit('confirmer').follow()
    assert 'Rieumajou' in page and lire(
        'SELECT nom, jusqu_au FROM collectivite WHERE remplacee_par_id IS NOT NULL ORDER BY nom') == [
        ('Rieumajou', '2026-12-31'), ('Rieumes', '2026-12-31')]
    page = navigateur.get(f'{ICI}/{monde.rieumes.id}')
    assert 'Fera partie de Rieumes-Savès le 1er\xa0janvier 2027' in page
    page = next(f for f in page.forms.values() if f.action.endswith('annuler-fusion')).submit().follow()
    assert lire('SELECT nom FROM collectivite WHERE remplacee_par_id IS NOT NULL') == [('Rieumajou',)]


def test_une_fusion_mal_saisie_revient_et_une_qui_ne_s_annulera_pas_le_dit_avant_d_ecrire(monde, saves, entrer, heure):
    heure(MINUIT)
    demande, maxime = deposer(monde, saves), entrer(monde.admin)
    saisie = {'nouvelle': 'Rieumes-Savès', 'anciennes': 'Rieumes', 'depuis': JOUR}
    page = ' '.join(maxime.post(f'{ICI}/fusion', saisie | {'anciennes': '213104540'}).html.text.split())
    assert f'La demande n° {demande.numero} a été déposée' in page and 'cette fusion ne s\'annule plus' in page
    assert 'Cela s\'annule tant' not in page
    for n, type_ in enumerate(('Commune', 'Syndicat')):
        creer_ligne(models.Collectivite, siren=f'20009995{n}', type=type_, nom='Savès', cherche='saves')
    for champs, phrase in (
            ({'anciennes': 'Rieumes-Savès'}, 'ne se remplace pas elle-même'),
            ({'anciennes': 'Rieume'}, 'Voulez-vous dire'), ({'anciennes': 'Savès'}, 'est le nom de 2 collectivités'),
            ({'depuis': '2027-02-30'}, 'indiquez une date qui existe'), ({'nouvelle': ''}, 'remplissez le champ')):
        page = maxime.post(f'{ICI}/fusion', {**saisie, 'confirmer': 'oui', **champs}, status=422)
        assert phrase in page and 'Erreur – ' in page.html.title.text, champs
    assert lire('SELECT count(*) FROM collectivite WHERE remplacee_par_id IS NOT NULL') == [(0,)]
