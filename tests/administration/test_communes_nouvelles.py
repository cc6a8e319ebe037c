"""A commune nouvelle: one form, previewed, undone; what it replaces stays recognised (regles.md §1, §3, §7)."""
import contextlib

import pytest
from conftest import (
    DEPART, agir, changer_ligne, creer_ligne, en_ecriture, en_meme_temps, numeros, poster, relire, saisie_de, texte)
from fichiers import fichier, lire

import models
from verbes import perimetre
from verbes.administration import collectivites
from verbes.demande import a_confirmer, cycle
from verbes.echanges import reconnus, references, revue
from verbes.echanges.imports import importer
from verbes.exploitation import horloge, porteur
from verbes.exploitation.environnement import Configuration
from views import choix

ICI = '/espace/admin/collectivites'
PAGE = f'{ICI}/commune-nouvelle'
VEILLE, MINUIT = '2026-12-31T22:59:59Z', '2026-12-31T23:00:00Z'
JOUR = '2027-01-01'
SIREN = '200099935'
SAISIE = {'nom': 'Rieumes-Savès', 'chef_lieu': 'Rieumes', 'anciennes': 'Rieumajou', 'depuis': JOUR,
          'acte_le': '2026-10-05', 'siren': '', 'epci': '1'}


def savoir(nom):
    """The collectivité of that name, as it is now."""
    dedans = not models.db.is_closed() and models.db.in_transaction()
    with contextlib.nullcontext() if dedans else models.lecture():
        return models.Collectivite.select().where(models.Collectivite.nom == nom).order_by(
            models.Collectivite.id.desc()).first()


@pytest.fixture
def creer_la_nouvelle(monde):
    def creer(depuis=JOUR, siren=None, nom='Rieumes-Savès'):
        with models.ecriture():
            return collectivites.creer_commune_nouvelle(savoir('Rieumes'), [savoir('Rieumajou')], {
                'nom': nom, 'depuis': depuis, 'acte_le': '2026-10-05', 'siren': siren, 'epci_id': 1}, monde.admin)
    return creer


@pytest.fixture
def envoyer(monde, entrer):
    """envoyer(status, **valeurs): the form is sent, seen, then confirmed: unless it is at fault."""
    def faire(status=303, **valeurs):
        navigateur = entrer(monde.admin)
        apercu = navigateur.post(PAGE, SAISIE | valeurs, status='*')
        if apercu.status_int != 200:
            assert apercu.status_int == status, texte(apercu)
            return apercu
        return confirmer(apercu).submit('confirmer', status=status)
    return faire


def confirmer(apercu):
    return next(f for f in apercu.forms.values() if 'confirmer' in f.fields)


def toutes():
    return lire('SELECT * FROM collectivite ORDER BY id')


def deposer(monde, collectivite, **autres):
    with models.ecriture():
        return cycle.deposer(saisie_de(monde, collectivite=models.Collectivite.get_by_id(collectivite.id), **autres))[0]


def reconnaitre(saisi):
    with models.lecture():
        choisie, phrase = choix.choisir_collectivite(saisi, '', 'corrigez')
        return choisie.nom if choisie else phrase


def test_une_commune_nouvelle_se_montre_puis_s_ecrit_avec_le_code_insee_de_son_chef_lieu(maxime, creer):
    creer('attribue_chef')
    avant = toutes()
    form = next(f for f in maxime.get(PAGE).forms.values() if 'chef_lieu' in f.fields)
    for nom, valeur in SAISIE.items():
        form[nom] = valeur
    apercu = form.submit()
    dit = texte(apercu)
    assert 'Rieumes (213104540, chef-lieu)' in dit and '1 demande, qui reste à son nom' in dit
    assert 'Code INSEE 31454' in dit and 'SIREN à compléter' in dit and 'CC Cœur de Garonne' in dit
    assert toutes() == avant
    page = texte(confirmer(apercu).submit('confirmer').follow())
    assert 'Commune nouvelle au 1er janvier 2027' in page and 'Arrêté préfectoral du 5 octobre ' in page
    assert 'Reste à régler : son SIREN' in page
    assert lire("SELECT siren, insee, type, depuis, acte_le, epci_id, canton FROM collectivite "
                "WHERE nom = 'Rieumes-Savès'") == [(None, '31454', 'Commune', JOUR, '2026-10-05', 1, '')]
    assert lire('SELECT nom, jusqu_au FROM collectivite WHERE remplacee_par_id IS NOT NULL ORDER BY nom') == [
        ('Rieumajou', '2026-12-31'), ('Rieumes', '2026-12-31')]
    assert lire("SELECT detail FROM audit WHERE fait = 'commune nouvelle'") == [(
        'Rieumes et Rieumajou, dans Rieumes-Savès (31454), le 01/01/2027, arrêté du 05/10/2026',)]


def test_jusqu_a_la_veille_les_anciennes_deposent_puis_tous_les_noms_menent_a_la_nouvelle(
        monde, creer_la_nouvelle, heure, site, entrer):
    siennes = [deposer(monde, savoir(nom), message=nom, lieu='') for nom in ('Rieumes', 'Rieumajou')]
    nouvelle = creer_la_nouvelle()
    heure(VEILLE)
    assert reconnaitre('Rieumes') == 'Rieumes' and reconnaitre('Rieumajou') == 'Rieumajou'
    assert 'n\'est pas dans la liste' in reconnaitre('Rieumes-Savès')
    assert 'Rieumes-Savès' not in site.get('/demande')
    heure(MINUIT)
    for ancien in ('Rieumes', 'Rieumajou'):
        dit = f'«\xa0{ancien}\xa0», commune déléguée de Rieumes-Savès depuis le 1er\xa0janvier 2027'
        assert reconnaitre(ancien).startswith(dit)
        assert reconnaitre(f'{ancien}, commune déléguée de Rieumes-Savès').startswith(dit)
        assert reconnaitre(f'{ancien} (commune deleguee)').startswith(dit)
    assert reconnaitre('Rieumes-Savès') == 'Rieumes-Savès'
    siennes.append(deposer(monde, nouvelle, message='La nouvelle.', lieu=''))
    for filtre in (f'collectivite={savoir("Rieumajou").id}', f'collectivite={nouvelle.id}', 'q=Rieumes', 'q=Rieumajou',
                   'q=Rieumes-Sav%C3%A8s'):
        page = entrer(monde.admin).get(f'/espace/demandes?{filtre}')
        assert numeros(page) == [demande.numero for demande in reversed(siennes)], filtre
    with models.lecture():                                          # in an old spreadsheet too
        for ecrit in ('Rieumajou, commune déléguée de Rieumes-Savès', 'Rieumajou', 'Rieumes-Savès'):
            assert [c.id for c in reconnus.reconnaitre(ecrit)[0]] == [nouvelle.id], ecrit


def test_ce_qu_elle_prend_de_chacune_et_le_nom_de_son_chef_lieu_si_l_on_veut(monde, creer_la_nouvelle, heure):
    en_ecriture(models.db.execute_sql, "UPDATE collectivite SET canton = 'Cazères', population = 100 * id, "
                                       "petr = 'Pays Sud', arrondissement = 'Muret'")
    nouvelle = creer_la_nouvelle(nom='Rieumes')
    assert nouvelle.population == 100 * (2 + savoir('Rieumajou').id)
    assert nouvelle.codes_postaux == '31290 31370' and nouvelle.courriel == 'mairie@rieumes.example'
    assert (nouvelle.canton, nouvelle.petr, nouvelle.arrondissement) == ('', 'Pays Sud', 'Muret')
    heure(MINUIT)
    with models.lecture():
        assert 'son canton' in collectivites.reste_a_dire(nouvelle)
        assert choix.choisir_collectivite('Rieumes', '', 'x')[0].id == nouvelle.id


def test_deux_intercommunalites_se_demandent_et_une_meme_non(monde, envoyer):
    with models.ecriture():
        for rang, nom in enumerate(('CC Autre', 'CC Troisième')):
            models.Collectivite.create(siren=f'20009992{rang}', type='Communauté de communes', nom=nom,
                                       cherche=nom.lower())
        models.Collectivite.update(epci=savoir('CC Autre')).where(models.Collectivite.nom == 'Rieumajou').execute()
    avant, autre, troisieme = toutes(), savoir('CC Autre').id, savoir('CC Troisième').id
    phrase = 'Choisissez son intercommunalité parmi celles de ces communes\xa0: CC Autre et CC Cœur de Garonne'
    for epci in ('', str(troisieme)):
        assert phrase in envoyer(422, epci=epci) and toutes() == avant, epci
    envoyer(epci=str(autre))
    assert savoir('Rieumes-Savès').epci_id == autre
    with models.ecriture():                                         # undone, it joins that of the other on the same day
        collectivites.annuler_fusion(savoir('Rieumes'), monde.admin)
        collectivites.changer_epci(savoir('Rieumajou'), savoir('CC Cœur de Garonne'), JOUR, monde.admin)
    envoyer(epci='')
    assert savoir('Rieumes-Savès').epci_id == monde.epci.id


def test_le_siren_le_canton_et_les_adhesions_restent_a_regler_et_l_annuler_efface_ces_dernieres(
        monde, creer_la_nouvelle, heure, entrer):
    en_ecriture(models.Collectivite.update(canton='Cazères').where(models.Collectivite.nom == 'Rieumes').execute)
    creer_ligne(models.Adhesion, collectivite=monde.rieumes, structure=2)
    avant = toutes(), lire('SELECT * FROM adhesion')
    nouvelle = creer_la_nouvelle()
    hgi = 'Haute-Garonne Ingénierie – HGI'
    for instant in (DEPART, MINUIT):
        heure(instant)
        maxime = entrer(monde.admin)
        assert f'Il reste : son SIREN, son canton, ses adhésions à redemander ({hgi}).' in texte(
            maxime.get('/espace/admin'))
    for structure in (2, 3):
        creer_ligne(models.Adhesion, collectivite=nouvelle, structure=structure)
    siennes = f'Conseil d\'architecture, d\'urbanisme et de l\'environnement – CAUE et {hgi}'
    page = poster(maxime, f'{ICI}/{nouvelle.id}', {'siren': SIREN, 'canton': 'Cazères'}).follow()
    assert 'Plus rien à régler' in texte(page) and savoir('Rieumes-Savès').siren == SIREN
    assert 'Commune nouvelle' not in texte(maxime.get('/espace/admin'))
    assert f'efface aussi ce qu\'elle a d\'adhésions à son nom ({siennes})' in texte(page)
    next(f for f in page.forms.values() if f.action.endswith('annuler-fusion')).submit(status=303)
    assert (toutes(), lire('SELECT * FROM adhesion')) == avant
    assert f'adhésions effacées\xa0: {siennes}' in lire(
        "SELECT detail FROM audit WHERE fait = 'commune nouvelle annulée'")[0][0]


def test_un_jour_deja_venu_met_aussitot_les_interlocuteurs_a_confirmer_une_fois(monde, envoyer, creer, entrer, heure):
    demande = creer('en_cours')
    heure('2027-01-04T09:00:00Z')
    apercu = entrer(monde.admin).post(PAGE, SAISIE)
    assert 'Leurs interlocuteurs deviennent aussitôt à confirmer' in texte(apercu)
    assert relire(demande).interlocuteur_depuis is None
    envoyer()
    assert relire(demande).interlocuteur_depuis == '2027-01-04'
    assert lire("SELECT count(*) FROM journal WHERE texte LIKE '%Motif%Commune nouvelle Rieumes-Savès%'") == [(1,)]
    agir(a_confirmer.confirmer, demande, monde.referent)
    with models.ecriture():
        nouvelle = savoir('Rieumes-Savès')
        deposee = cycle.deposer(saisie_de(monde, collectivite=nouvelle, message='Autre'))[0]
        assert a_confirmer.jamais_dites(nouvelle) == [] and deposee.collectivite == 'Rieumes-Savès'


def ronde(base):
    """One round of the carrier, whose clock has not jumped."""
    horloge.reference.clear()
    porteur._faire_une_ronde(Configuration({'PLATEFORME_BASE': base}), {'vues': 1e18, 'heure': 1e18, 'jour': ''})


def test_le_jour_venu_les_interlocuteurs_sont_d_eux_memes_a_confirmer(monde, base, creer_la_nouvelle, creer, heure):
    demande, close = creer('en_cours'), creer('termine', issue='realise', synthese='Fait.')
    nouvelle = creer_la_nouvelle()
    heure(VEILLE)
    ronde(base)
    assert relire(demande).interlocuteur_depuis is None
    heure(MINUIT)
    with models.lecture():
        assert a_confirmer.jamais_dites(nouvelle) == [demande.numero, close.numero]
    ronde(base)
    assert {relire(une).interlocuteur_depuis for une in (demande, close)} == {JOUR}
    assert lire("SELECT auteur, structure FROM journal WHERE texte LIKE '%Motif%Commune nouvelle Rieumes-Savès%'") == [
        ('La Plateforme', '')] * 2
    agir(a_confirmer.confirmer, demande, monde.referent)
    heure('2027-01-05T09:00:00Z')
    ronde(base)
    assert relire(demande).interlocuteur_depuis is None
    assert lire("SELECT count(*) FROM audit WHERE fait = 'interlocuteurs à confirmer'") == [(1,)]


def test_sans_siren_la_liste_la_montre_et_sa_page_se_corrige(creer_la_nouvelle, maxime):
    adresse = f'{ICI}/{creer_la_nouvelle().id}'
    page = texte(maxime.get(f'{ICI}?etat=sans-siren'))
    assert 'SIREN à compléter' in page and 'Rieumes-Savès' in page
    for valeurs, status, phrase, siren in (
            ({'telephone': '05 36 49 00 77'}, 303, '', None), ({'siren': '12'}, 422, 'neuf chiffres', None),
            ({'siren': '213100018'}, 422, 'existe pas', None),
            ({'siren': '213104532'}, 303, '', '213104532'),         # that of a commune it replaces, as some keep
            ({'siren': ''}, 422, '', '213104532')):
        assert phrase in poster(maxime, adresse, valeurs, status=status), valeurs
        assert savoir('Rieumes-Savès').siren == siren, valeurs


def test_elle_s_annule_d_un_coup_depuis_sa_page_et_celle_de_ses_communes(monde, creer_la_nouvelle, heure, entrer):
    avant = toutes()
    for d_ou in ('Rieumes-Savès', 'Rieumes', 'Rieumajou'):
        heure(DEPART)
        creer_la_nouvelle(siren=SIREN)
        heure(MINUIT)
        page = entrer(monde.admin).get(f'{ICI}/{savoir(d_ou).id}')
        assert 'Annuler cette commune nouvelle' in page
        next(f for f in page.forms.values() if f.action.endswith('annuler-fusion')).submit().follow()
        assert toutes() == avant and reconnaitre('Rieumes') == 'Rieumes', d_ou
    assert [detail for detail, in lire("SELECT detail FROM audit WHERE fait = 'commune nouvelle annulée'")] == [
        'Rieumes (213104540) et Rieumajou (213104532), dans Rieumes-Savès'] * 3
    heure(DEPART)
    nouvelle = creer_la_nouvelle(siren='213104540')                 # the codes that it has taken do not hold it back
    with models.ecriture():                                         # but another one that it is part of
        collectivites.creer_commune_nouvelle(nouvelle, [savoir('Saint-Orens-de-Gameville')], {
            'nom': 'Grand-Savès', 'depuis': '2028-01-01', 'acte_le': '2026-11-20', 'siren': None, 'epci_id': 1},
            monde.admin)
    assert lire("SELECT insee, siren FROM collectivite WHERE nom = 'Grand-Savès'") == [('31454', None)]
    with pytest.raises(models.Refus, match='fait ou fera partie d\'une autre .Grand-Savès'), models.ecriture():
        collectivites.annuler_fusion(savoir('Rieumes'), monde.admin)
    for nom in ('Rieumes-Savès', 'Rieumes'):
        en_ecriture(collectivites.annuler_fusion, savoir(nom), monde.admin)
    assert toutes() == avant




def test_tout_ce_qui_peut_nommer_une_collectivite_est_relu_empeche_d_annuler_et_le_dit(monde, creer_la_nouvelle, creer):
    creer('en_cours')
    creer_la_nouvelle()
    avant, elle = toutes(), "(SELECT id FROM collectivite WHERE nom = 'Rieumes-Savès')"
    for sql, phrase in (
            (f'UPDATE demande SET collectivite_id = {elle} WHERE numero = 1', 'La demande n°\xa01 a été déposée sous'),
            (f'INSERT INTO demande_commune SELECT 1, {elle}', 'communes concernées'),
            (f'INSERT INTO contenu_collectivite (contenu_id, collectivite_id) SELECT 1, {elle}',
             'Le contenu «\xa0Un titre\xa0» la nomme'),
            (f"UPDATE collectivite SET remplacee_par_id = {elle}, jusqu_au = '2027-06-30' "
             "WHERE nom = 'Saint-Orens-de-Gameville'",
             'Une autre commune y est venue ensuite (Saint-Orens-de-Gameville')):
        with pytest.raises(models.Refus) as refus, models.ecriture():
            models.db.execute_sql("INSERT INTO contenu (id, genre, titre, agent_id, cree_le, modifie_le) VALUES "
                                  "(1, 'actualite', 'Un titre', 1, '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z')")
            models.db.execute_sql(sql)
            collectivites.annuler_fusion(savoir('Rieumes'), monde.admin)
        assert phrase in refus.value.phrase and refus.value.code == 409 and toutes() == avant, sql
    """From the schema: no reference would be found by SQLite only, as an error. An adhésion goes with it."""
    liees = {nom for nom, in lire("SELECT name FROM sqlite_master WHERE type = 'table'")
             for ligne in lire(f'PRAGMA foreign_key_list({nom})') if ligne[2] == 'collectivite'}
    assert liees - {'adhesion'} == {
        nom for nom in liees if any(f'{nom} ' in f'{requete} ' for requete, _ in collectivites.NOMMENT)}


def test_une_saisie_impossible_revient_avec_une_phrase_et_rien_n_est_ecrit(maxime, creer, monde):
    avant = toutes()
    absente = 'n\'est pas dans la liste'
    for champ, valeur, phrase in (
            ('anciennes', 'Rieumes', 'est déjà le chef-lieu'),
            ('anciennes', 'Rieumajou\nRieumes (31370)', 'est déjà le chef-lieu'),
            ('anciennes', 'Rieumajou\nRIEUMAJOU', 'est deux fois dans la liste'),
            ('anciennes', 'Rabastens', f'{absente}. Ajoutez-la d\'abord'), ('anciennes', 'Rieumes-Savès', absente),
            ('anciennes', 'x\n' * 9000, absente), ('anciennes', '', 'Remplissez le champ'),
            ('anciennes', 'CC Cœur de Garonne', 'une commune fusionne avec des communes'),
            ('chef_lieu', 'CC Cœur de Garonne', 'n\'est pas une commune'), ('chef_lieu', 'Rabastens', absente),
            ('depuis', '1900-01-01', 'un jour qui suit l\'arrêté'), ('depuis', '31/02/2027', 'une date qui existe'),
            ('depuis', '2199-01-01', 'un jour qui suit l\'arrêté, dans les deux ans'),
            ('acte_le', '1900-01-01', 'indiquez un jour du 18/12/2010 à aujourd\'hui'),
            ('acte_le', '2027-01-01', 'indiquez un jour du 18/12/2010 à aujourd\'hui'),
            ('nom', 'Saint-Orens-de-Gameville', 'est déjà le nom d\'une commune (213105067)'),
            ('nom', '', 'Remplissez le champ'), ('siren', '12', 'neuf chiffres'),
            ('siren', '213105067', 'déjà celui de Saint-Orens-de-Gameville'),
            ('siren', '200099936', 'Ce SIREN n\'existe pas'),
            ('epci', '2', 'hoisissez'), ('epci', '9' * 30, 'hoisissez'), ('epci', 'x', 'hoisissez')):
        for suite in ({}, {'confirmer': 'oui', 'vu': 'x'}):
            page = maxime.post(PAGE, {**SAISIE, champ: valeur, **suite}, status='*')
            if page.status_int == 409 and suite:                    # what was not shown first is not written
                continue
            assert page.status_int == 422 and phrase in texte(page), (champ, valeur[:40], texte(page))
            assert page.html.select_one(f'#{champ}')['aria-invalid'] == 'true', (champ, valeur[:40])
            assert page.html.title.text.strip().startswith('Erreur – ')
    assert toutes() == avant and lire("SELECT count(*) FROM audit WHERE fait LIKE 'commune%'") == [(0,)]
    demande = creer('attribue_chef')
    page = maxime.post(PAGE, SAISIE | {'depuis': '2026-11-24'}, status=422)
    assert f'a déposé la demande n° {demande.numero} le 24/11/2026' in texte(page)
    with models.ecriture():                                         # one that has gone
        collectivites.fusionner([savoir('Rieumajou')], savoir('Saint-Orens-de-Gameville'), '2026-12-01', monde.admin)
    avant = toutes()
    assert 'est déjà remplacée par Saint-Orens' in texte(maxime.post(PAGE, SAISIE, status=422))
    page = maxime.post(PAGE, SAISIE | {'chef_lieu': 'Rieumajou', 'anciennes': 'Rieumes'}, status=422)
    assert 'fait ou fera partie de Saint-Orens' in texte(page) and toutes() == avant


def test_ce_qui_a_change_entre_l_apercu_et_l_acte_ne_s_ecrit_pas(monde, maxime, creer_la_nouvelle):
    form, rieumajou = confirmer(maxime.post(PAGE, SAISIE)), savoir('Rieumajou')

    def refusee(quoi, status=409):
        avant = toutes()
        page = form.submit('confirmer', status=status)
        assert page.html.select_one('#nom')['value'] == 'Rieumes-Savès' and toutes() == avant, quoi
        assert status == 422 or 'a changé pendant que vous lisiez' in texte(page), quoi
    changer_ligne(rieumajou, siren='200099943')
    refusee('un SIREN corrigé')
    changer_ligne(rieumajou, siren=rieumajou.siren, nom='Ailleurs', cherche='ailleurs')
    refusee('supprimée ailleurs', 422)
    changer_ligne(rieumajou, nom=rieumajou.nom, cherche=rieumajou.cherche)
    creer_la_nouvelle(nom='Savès')
    refusee('elle aussi')
    en_ecriture(collectivites.annuler_fusion, savoir('Rieumes'), monde.admin)
    en_ecriture(collectivites.fusionner, [rieumajou], savoir('Saint-Orens-de-Gameville'), JOUR, monde.admin)
    refusee('une fusion')


def test_un_incident_au_milieu_ne_laisse_rien_a_demi_et_deux_a_la_fois_n_en_ecrivent_qu_une(monde, maxime, monkeypatch):
    forms, codes = [confirmer(maxime.post(PAGE, SAISIE | {'nom': nom})) for nom in ('Savès', 'Grand-Savès')], []

    def tomber(*_, **__):
        raise RuntimeError('coupé')

    def en_panne(faire):
        avant = toutes()
        with monkeypatch.context() as panne:
            panne.setattr(collectivites, 'auditer', tomber)         # all is written by then, but the audit
            faire()
        assert toutes() == avant
    en_panne(lambda: forms[0].submit('confirmer', expect_errors=True))
    assert en_meme_temps(2, lambda n: codes.append(forms[n].submit('confirmer', status='*').status_int)) == []
    assert sorted(codes) == [303, 409]
    assert lire('SELECT count(acte_le), count(remplacee_par_id) FROM collectivite') == [(1, 2)]

    def annuler():
        with pytest.raises(RuntimeError), models.ecriture():
            collectivites.annuler_fusion(savoir('Rieumes'), monde.admin)
    en_panne(annuler)


ENTETE = 'siren;insee;type;nom;codes_postaux;population;arrondissement;epci_siren;courriel;telephone\n'
NEUVE = ENTETE + '{};31454;Commune;Rieumes-Savès;31370;4100;Muret;200068815;;\n'


@pytest.mark.parametrize('quand', [VEILLE, MINUIT])
def test_le_fichier_de_l_annee_suivante_apporte_son_siren_et_celui_d_avant_laisse_ce_qui_est_remplace(
        monde, creer_la_nouvelle, heure, entrer, quand):
    (faute,) = importer('collectivites', fichier('collectivites', {'siren': '', 'insee': '31999'})).fautes
    assert faute.colonne == 'siren' and 'obligatoire' in faute.raison and 'commune nouvelle' in faute.raison
    nouvelle = creer_la_nouvelle()
    avant = toutes()                                                # its export is read back without a SIREN
    assert importer('collectivites', entrer(monde.admin).get(f'{ICI}.csv').body)[:2] == (0, 0) and toutes() == avant
    assert importer('adhesions', fichier('adhesions', {'siren': '31454'})).fautes == []
    assert lire('SELECT collectivite_id FROM adhesion') == [(nouvelle.id,)]
    heure(quand)
    with models.lecture():                                          # of a demande that is imported by its code
        assert references.Base(lignes=[])['insee']['31454'].id == (monde.rieumes.id if quand == VEILLE else nouvelle.id)
    du_jour = NEUVE.format(SIREN).encode()
    relue = revue.relire(revue.ouvrir('collectivites', du_jour))     # on screen
    assert [(vue.sort, vue.apres['siren']) for vue in relue.vues] == [('modifie', SIREN)]
    bilan = importer('collectivites', du_jour)
    assert bilan.fautes == [] and bilan[:2] == (0, 1)
    lue = savoir('Rieumes-Savès')
    assert (lue.id, lue.siren, lue.insee, lue.population, lue.acte_le, lue.depuis) == (
        nouvelle.id, SIREN, '31454', 4100, '2026-10-05', JOUR)
    assert importer('collectivites', du_jour)[:3] == (0, 0, 1)
    if quand == MINUIT:
        avant = toutes()
        bilan = importer('collectivites', fichier('collectivites', {}))
        assert bilan.fautes == [] and toutes() == avant and 'Laissées comme elles sont' in bilan.avis[0]
        assert not any('Rieumes-Savès' in avis for avis in bilan.avis)
    else:
        (faute,) = importer('collectivites', NEUVE.format('200099943').encode()).fautes
        assert 'commune nouvelle' in faute.raison


def test_les_chiffres_et_les_listes_d_une_annee_close_ne_changent_pas(monde, creer, creer_la_nouvelle, heure, entrer):
    creer('termine', issue='realise', synthese='Fait.')
    deposer(monde, savoir('Rieumajou'), message='Autre')
    changer_ligne(savoir('Rieumajou'), epci=1)
    periode = 'depuis=2026-01-01&jusqua=2026-12-31'

    def lues():
        heure('2027-01-11T09:00:00Z')
        lire_page = entrer(monde.admin).get
        chiffres = [[un.get_text(' ', strip=True) for un in lire_page(f'/espace/pilotage?{suite}').html.select(
            'main td, main dd')] for suite in (periode, f'{periode}&avant=oui')]
        return chiffres + [numeros(lire_page(f'/espace/demandes?{suite}'))
                           for suite in (periode, f'{periode}&epci={monde.epci.id}')]
    avant = lues()
    assert avant[2]
    heure('2026-12-15T09:00:00Z')
    creer_la_nouvelle()
    assert lues() == avant
    with models.lecture():
        assert perimetre.epci(monde.rieumes.id) == monde.epci.id
    en_ecriture(collectivites.annuler_fusion, savoir('Rieumes'), monde.admin)
    assert lues() == avant
