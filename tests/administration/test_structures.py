"""Structures and directions on screen: made, corrected; a direction closed; their conventions; their CSV."""
import pytest
import webtest
from conftest import associer_a, dits_maintenant, fautes, le_formulaire, poster, relire

import models
import langue
from models import Agent, Direction, Fiche, Membre, Structure
from verbes.catalogue import catalogue
from verbes.echanges import imports
from verbes.etiquettes import dire_places
from verbes.administration import personnes, structures

PAGE = '/espace/admin/structures'


def direction(nom):
    with models.lecture():
        return Direction.get(Direction.nom == nom)


def enregistrer(page, status=303, **valeurs):
    form = le_formulaire(page)
    for nom, valeur in valeurs.items():
        form[nom] = valeur
    return form.submit(status=status)


def audits():
    with models.lecture():
        return [(fait, detail) for fait, detail in models.db.execute_sql('SELECT fait, detail FROM audit ORDER BY id')]


def fermer(maxime, nom, successeur=None, status=303):
    page = maxime.get(f'/espace/admin/directions/{direction(nom).id}/fermer')
    return enregistrer(page, status, successeur=str(direction(successeur).id) if successeur else '')


def nouvelle(structure_id=2, nom='Pôle juridique', **valeurs):
    with models.ecriture():
        return Direction.create(structure=structure_id, nom=nom, **valeurs)


# ======================================================================================
# List, search, CSV
# ======================================================================================

def test_la_liste_donne_chaque_structure_ses_directions_leurs_comptes_sans_aucune_charge(creer, maxime):
    creer('en_cours')
    page = maxime.get(PAGE)
    titres = [' '.join(th.text.split()) for th in page.html.select('th[scope=rowgroup]')]
    assert titres[0].startswith('Conseil départemental de la Haute-Garonne · CD31 · 1 direction · 2 comptes')
    rangee = page.html.find('a', string='Direction assistance juridique et financière').find_parent('tr')
    assert [td.text for td in rangee.select('td')] == ['05\xa036\xa049\xa000\xa020', 'dajf@hgi.example', '', '2']
    assert 'demandes' not in page.html.select_one('table').text


@pytest.mark.parametrize('q, trouvees', [
    ('juridique', 1), ('HGI', 1), ('05 36 49 00 40', 1), ('dajf@hgi', 1), ('haute garonne', 2), ('perdu', 0)])
def test_une_structure_se_cherche_par_nom_sigle_courriel_ou_telephone(maxime, q, trouvees):
    assert len(maxime.get(PAGE, {'q': q}).html.select('th[scope=row]')) == trouvees


def test_une_page_qui_n_existe_pas_se_dit(maxime):
    assert 's&#39;arrête à la page 1' in maxime.get(f'{PAGE}?page=9', status=404).text
    maxime.get(f'{PAGE}?page=x', status=400)


def test_le_csv_se_reimporte_sans_rien_changer_colonnes_nouvelles_comprises(maxime):
    with models.ecriture():
        Structure.update(convention_du='2024-01-02', convention_au='2027-01-31',
                         convention_referent='Cabinet').execute()
        Direction.create(structure=2, nom='Ancienne', fermee_le='2026-01-01')
    csv = maxime.get(f'{PAGE}.csv')
    assert csv.headers['Content-Disposition'] == 'attachment; filename="structures-2026-11-24.csv"'
    assert '2027-01-31;Cabinet;;2026-01-01' in csv.body.decode('utf-8-sig')
    assert ('export', 'structures\xa0: 4\xa0lignes, filtres\xa0: aucun') in audits()
    bilan = imports.importer('structures', csv.body)
    assert (bilan.ajoutes, bilan.modifies, bilan.inchanges, bilan.fautes) == (0, 0, 4, [])
    corrige = imports.importer('structures', csv.body.replace(b'2027-01-31', b'2028-01-31'))
    assert corrige.modifies == 3                                    # the structures, each once


def test_un_fichier_ne_ferme_pas_ce_dont_quelque_chose_depend(maxime, monde):
    csv = maxime.get(f'{PAGE}.csv').body.decode('utf-8-sig').splitlines()
    ferme = '\r\n'.join([csv[0], csv[1] + '2026-11-01', *csv[2:]]).encode()
    (faute,) = imports.importer('structures', ferme).fautes
    assert faute.colonne == 'fermee_le' and 'fermez-la à l\'écran' in faute.raison


# ======================================================================================
# Making, correcting
# ======================================================================================

def test_une_structure_nait_avec_sa_premiere_direction_et_une_ligne_d_audit(maxime):
    page = enregistrer(maxime.get(f'{PAGE}/nouvelle'), nom='Agence de l\'eau', sigle='AE', site='https://ae.example',
                       convention_du='2026-01-01', convention_au='2026-12-31', direction_nom='Délégation',
                       direction_telephone='05 36 49 00 50', direction_courriel='ae@ae.example').follow()
    assert 'Agence de l&#39;eau' in page and 'Délégation' in page and 'Enregistré.' in page
    assert direction('Délégation').structure.partenaire
    assert ('structure créée', 'Agence de l\'eau, direction Délégation') in audits()


@pytest.mark.parametrize('faux, champ, dit', [
    ({'nom': ''}, 'nom', 'Remplissez'),
    ({'nom': 'HAUTE GARONNE ingenierie HGI'}, 'nom', 'déjà le nom'),
    ({'sigle': 'X' * 21}, 'sigle', '20 au plus'),
    ({'site': 'javascript:alert(1)'}, 'site', 'https://'),
    ({'presentation': 'x' * 2001}, 'presentation', '2\u202f000 au plus'),
    ({'convention_du': '2026-12-01', 'convention_au': '2026-01-01'}, 'convention_au', 'avant sa signature'),
    ({'convention_au': '2026-02-30'}, 'convention_au', 'date qui existe'),
    ({'direction_nom': ''}, 'direction_nom', 'Remplissez'),
    ({'direction_courriel': 'a@b.fr, c@d.fr'}, 'direction_courriel', 'adresse')])
def test_une_saisie_fausse_revient_avec_sa_phrase_et_rien_n_est_ecrit(maxime, faux, champ, dit):
    valeurs = {'nom': 'Agence', 'sigle': 'AG', 'direction_nom': 'Siège'} | faux
    page = enregistrer(maxime.get(f'{PAGE}/nouvelle'), 422, **valeurs)
    assert dit in page.html.select_one(f'#{champ}-faute').text
    assert page.html.title.text.startswith('Erreur – ')
    with models.lecture():
        assert Structure.select().count() == Direction.select().count() == 3


def test_renommer_suit_les_fiches_et_laisse_au_journal_le_nom_du_jour(creer, maxime, monde):
    demande = creer('en_cours')
    ancien = 'Haute-Garonne Ingénierie – HGI'
    with models.ecriture():
        associer_a(1, ancien, f'{ancien} / Direction assistance juridique et financière', 'DDAT')
        avant = catalogue.associees_de(1)
    enregistrer(maxime.get(f'{PAGE}/2'), nom='Agence technique', sigle='ATD')
    enregistrer(maxime.get(f'/espace/admin/directions/{direction("DDAT").id}'), nom='DDAT neuve', court='DN')
    with models.lecture():
        apres, dites = catalogue.associees_de(1), dire_places(avant).split('\n')
        lignes = {ligne.structure for ligne in demande.journal}
    assert apres == avant
    assert dites == ['Agence technique', 'Direction assistance juridique et financière', 'DDAT neuve']
    assert ancien in lignes and 'Agence technique' not in lignes
    assert (f'{ancien}, devient «\xa0Agence technique\xa0»\xa0: nom, sigle') in [detail for _, detail in audits()]


def test_deux_administrateurs_sur_une_meme_direction_le_second_lit_ce_qui_a_change(maxime):
    chemin = f'/espace/admin/directions/{direction("DDAT").id}'
    premier, second = maxime.get(chemin), maxime.get(chemin)
    enregistrer(premier, telephone='05 36 49 00 77')
    page = enregistrer(second, 409, court='D.')
    assert 'a changé pendant' in page and dits_maintenant(page) == {'Téléphone': '05\xa036\xa049\xa000\xa077'}
    assert 'Changé par Maxime Exemple' in page.html.text
    assert le_formulaire(page)['court'].value == 'D.' and direction('DDAT').court == ''
    enregistrer(page)
    assert (direction('DDAT').court, direction('DDAT').telephone) == ('D.', '0536490077')


def test_l_expert_par_defaut_est_propose_en_premier_par_designer(creer, maxime, monde, entrer):
    juridique = direction('Direction assistance juridique et financière')
    page = enregistrer(maxime.get(f'/espace/admin/directions/{juridique.id}'), expert=str(monde.referent.id)).follow()
    assert le_formulaire(page)['expert'].value == str(monde.referent.id)
    demande = creer('attribue_chef')
    liste = entrer(monde.chef).get(f'/espace/demandes/{demande.numero}?action=designer').html.select_one('#referent')
    premier = liste.select_one('optgroup')
    assert premier['label'] == 'Expert par défaut de la direction' and 'Claude Temoin' in premier.text
    assert liste.text.count('Claude Temoin') == 1
    enregistrer(maxime.get(f'/espace/admin/directions/{juridique.id}'), expert='')
    assert [fait for fait, _ in audits()].count('expert par défaut') == 2


def test_l_expert_par_defaut_est_de_la_direction(maxime, monde):
    page = maxime.get(f'/espace/admin/directions/{direction("DDAT").id}')
    form = le_formulaire(page)
    form['expert'].force_value(str(monde.chef.id))
    form.submit(status=422)


# ======================================================================================
# Closing
# ======================================================================================

def test_ce_qui_depend_d_une_direction_est_montre_avant_qu_elle_ferme(creer, maxime, monde):
    demande = creer('en_cours')
    nouvelle()
    page = maxime.get(f'/espace/admin/directions/{monde.chef.direction_id}/fermer').text
    assert 'Camille Exemple (pilote)' in page and 'Conseil juridique' in page and f'n°&nbsp;{demande.numero}' in page
    assert 'Alix Parti' not in page


def test_fermer_transmet_comptes_fiches_et_demandes_ouvertes_le_reste_garde_le_nom_d_alors(creer, maxime, monde):
    close, ouverte, fermee = creer('termine'), creer('en_cours', message='b'), monde.chef.direction_id
    nouvelle()
    versions = ouverte.version
    fermer(maxime, 'Direction assistance juridique et financière', 'Pôle juridique')
    suite = direction('Pôle juridique')
    close, ouverte = relire(close), relire(ouverte)
    with models.lecture():
        directions = {a.prenom: a.direction_id for a in Agent.select()}
        fiches = {f.direction_id for f in Fiche.select()}
        places = {(p.demande_id, p.direction_id) for p in Membre.select().where(Membre.agent == monde.chef)}
        derniere = ouverte.journal.order_by(models.Journal.id.desc()).first()
    assert directions['Camille'] == directions['Claude'] == suite.id and directions['Alix'] == fermee
    assert fiches == {suite.id}
    assert (close.direction_id, ouverte.direction_id) == (fermee, suite.id)
    assert places == {(close.numero, fermee), (ouverte.numero, suite.id)}
    assert ouverte.version == versions + 1 and (derniere.auteur, derniere.nature) == ('La Plateforme', 'equipe')
    assert derniere.texte == ('Fermeture\xa0: Direction assistance juridique et financière. Pôle juridique (HGI) '
                              'prend la suite.')
    assert audits()[-1] == ('direction fermée', 'Direction assistance juridique et financière\xa0: suite à '
                            'Pôle juridique (HGI)\xa0; 2\xa0comptes, 3\xa0fiches, 1\xa0demande ouverte')


def test_une_place_sans_personne_passe_a_qui_prend_la_suite_une_seule_fois(creer, maxime, monde):
    demande = creer('en_cours')
    suite = nouvelle(3, 'Atelier')
    with models.ecriture():
        for structure, sienne in ((3, 3), (3, None), (3, suite.id)):
            Membre.create(demande=demande, role='associe', rang=9, structure=structure, direction=sienne,
                          depuis_le='2026-11-24T09:00:00Z')
    page = maxime.get('/espace/admin/directions/3/fermer').text
    assert 'Sans personne nommée' in page
    fermer(maxime, 'CAUE', 'Atelier')
    with models.lecture():
        places = [(p.structure_id, p.direction_id) for p in Membre.select().where(Membre.agent.is_null())]
    assert sorted(places, key=str) == [(3, suite.id), (3, None)]


def test_fermer_une_direction_dont_quelque_chose_depend_sans_suite_est_refuse(creer, maxime, monde):
    creer('en_cours')
    nouvelle()
    page = enregistrer(maxime.get(f'/espace/admin/directions/{monde.chef.direction_id}/fermer'), 422, successeur='')
    assert 'Choisissez la direction qui prend la suite' in page
    assert '2 comptes, 3 fiches et 1 demande ouverte en dépendent' in page.text.replace('\xa0', ' ')
    with models.lecture():
        assert not Direction.select().where(Direction.fermee_le.is_null(False)).exists()


def test_la_derniere_direction_d_une_structure_ne_ferme_qu_avec_son_depart(maxime, monde):
    page = maxime.get(f'/espace/admin/directions/{monde.chef.direction_id}/fermer', status=303)
    assert page.headers['Location'] == f'{PAGE}/2/depart'
    with pytest.raises(models.Refus, match='préparez plutôt le départ'), models.ecriture():
        structures.fermer(Direction.get_by_id(monde.chef.direction_id), Direction.get_by_id(3), monde.admin)


def test_la_suite_d_une_direction_est_de_la_meme_structure(creer, maxime, monde):
    nouvelle()
    choix = maxime.get(f'/espace/admin/directions/{monde.chef.direction_id}/fermer').html.select_one('#successeur')
    assert [option.text for option in choix.select('option')][1:] == ['Pôle juridique']
    with pytest.raises(models.Refus, match='de la même structure'), models.ecriture():
        structures.fermer(Direction.get_by_id(monde.chef.direction_id), Direction.get_by_id(3), monde.admin)


def test_ce_qui_a_change_depuis_la_page_arrete_la_fermeture(creer, maxime, monde):
    creer('en_cours')
    suite = str(nouvelle().id)
    page = maxime.get(f'/espace/admin/directions/{monde.chef.direction_id}/fermer')
    creer('en_cours', message='b')
    page = enregistrer(page, 409, successeur=suite)
    assert 'a changé pendant' in page and 'n°&nbsp;2' in page
    enregistrer(page, successeur=suite)


@pytest.mark.parametrize('successeur', ['999', 'x', 'soi', '3'])
def test_une_suite_qui_n_en_est_pas_une_est_refusee(creer, maxime, monde, successeur):
    creer('en_cours')
    nouvelle()
    sienne = str(monde.chef.direction_id)
    form = le_formulaire(maxime.get(f'/espace/admin/directions/{sienne}/fermer'))
    form['successeur'].force_value(sienne if successeur == 'soi' else successeur)
    assert 'hoisissez' in form.submit(status=422)
    assert direction('Direction assistance juridique et financière').fermee_le is None


def test_fermee_elle_ne_se_choisit_plus_et_les_filtres_disent_depuis_quand(creer, maxime, monde, entrer, site):
    demande = creer('attribue_chef')
    nouvelle()
    fermer(maxime, 'Direction assistance juridique et financière', 'Pôle juridique')
    chef = entrer(monde.chef)
    for action in ('orienter', 'associer'):
        choix = maxime.get(f'/espace/demandes/{demande.numero}?action={action}').html.select('main select')
        page = ' '.join(liste.text for liste in choix)
        assert 'Pôle juridique' in page and 'Direction assistance juridique et financière' not in page
    liste = chef.get('/espace/demandes').html.select_one('#direction').text
    assert 'Direction assistance juridique et financière (fermée le 24/11/2026)' in liste
    assert 'fermée le 24/11/2026' in chef.get(f'/espace/demandes?direction={2}').html.select_one('.filtres-actifs').text
    assert 'Direction assistance' not in site.get('/partenaires').text
    assert 'Direction assistance' not in maxime.get(PAGE).html.select_one('table').text
    assert 'fermée le 24/11/2026' in maxime.get(f'{PAGE}?etat=fermees').text


def test_un_import_ne_met_ni_compte_ni_fiche_dans_une_direction_fermee(maxime, monde):
    nouvelle(nom='Ancienne', fermee_le='2026-01-01')
    ligne = 'neuf@hgi.example;Lou;Neuf;Haute-Garonne Ingénierie – HGI;Ancienne;;;;non;non;oui'
    entete = 'courriel;prenom;nom;structure;direction;fonction;telephone_public;telephone;administrateur;pilote;actif'
    (faute,) = imports.importer('agents', f'{entete}\r\n{ligne}\r\n'.encode()).fautes
    assert 'a fermé' in faute.raison


def test_une_fiche_ne_se_publie_pas_au_nom_d_une_direction_fermee(maxime, monde):
    ancienne = nouvelle(nom='Ancienne', fermee_le='2026-01-01')
    with models.ecriture():
        Fiche.update(etat='archivee', direction=ancienne).where(Fiche.id == 2).execute()
    with models.ecriture(), pytest.raises(models.Refus, match='pilote cette fiche est fermée'):
        fiche = Fiche.get_by_id(2)
        catalogue.changer_etat(fiche, monde.admin, 'publiee', 'Elle sert encore.')


def test_l_expert_par_defaut_ne_l_est_plus_dans_une_autre_direction(maxime, monde):
    suite = nouvelle()
    with models.ecriture():
        Agent.update(expert=True).where(Agent.id == monde.associe.id).execute()
        lu = personnes.en_textes(Agent.get_by_id(monde.associe.id))
        personnes.modifier(Agent.get_by_id(monde.associe.id), lu | {'direction': str(suite.id)}, monde.admin)
        change = Agent.get_by_id(monde.associe.id)
    assert (change.direction_id, change.expert) == (suite.id, False)


def test_une_direction_fermee_rouvre_vide(maxime, monde):
    nouvelle(nom='Ancienne', fermee_le='2026-01-01')
    page = maxime.get(f'/espace/admin/directions/{direction("Ancienne").id}')
    page = page.forms[next(n for n, f in page.forms.items() if f.action.endswith('/rouvrir'))].submit().follow()
    assert 'La direction est rouverte.' in page and direction('Ancienne').fermee_le is None
    maxime.post(f'/espace/admin/directions/{direction("Ancienne").id}/rouvrir', status=409)


# ======================================================================================
# Conventions
# ======================================================================================

@pytest.mark.parametrize('au, etat', [
    (None, ''), ('2027-03-01', ''), ('2027-02-24', 'proche'), ('2026-11-24', 'proche'), ('2026-11-23', 'finie')])
def test_la_fin_d_une_convention_se_dit_trois_mois_avant(maxime, au, etat):
    with models.ecriture():
        Structure.update(convention_au=au).where(Structure.id == 3).execute()
    assert structures.etat_de_convention(au, langue.aujourdhui()) == etat
    page = maxime.get(PAGE).text
    assert ('Conventions à renouveler' in page) == bool(etat)
    assert ('Convention à renouveler' in maxime.get('/espace').text) == bool(etat)
    assert ('Conventions à renouveler' in maxime.get('/espace/admin').text) == bool(etat)
    with models.lecture():
        assert bool(structures.conventions_a_renouveler()) == bool(etat)
    assert len(maxime.get(f'{PAGE}?convention=fin').html.select('th[scope=row]')) == bool(etat)


def test_seuls_les_administrateurs_lisent_la_fin_d_une_convention(monde, entrer):
    with models.ecriture():
        Structure.update(convention_au='2026-12-01').execute()
    assert 'Convention' not in entrer(monde.chef).get('/espace').text


def test_une_structure_fermee_n_a_plus_de_convention_a_renouveler(maxime):
    with models.ecriture():
        Structure.update(convention_au='2026-12-01').where(Structure.id == 3).execute()
        Direction.update(fermee_le='2026-11-01').where(Direction.id == 3).execute()
    assert 'Conventions à renouveler' not in maxime.get(PAGE).text


def test_une_convention_se_reconduit_avec_sa_nouvelle_fin(maxime):
    page = enregistrer(maxime.get(f'{PAGE}/2'), 422, convention_reconduite_le='2026-11-20', convention_au='')
    assert 'jusqu\'à quand elle est reconduite' in page.html.select_one('#convention_au-faute').text
    enregistrer(page, convention_au='2029-12-31')
    assert 'Reconduite le 20/11/2026, jusqu\'au 31/12/2029.' in ' '.join(maxime.get(f'{PAGE}/2').html.text.split())
    assert 'convention_reconduite_le' in audits()[-1][1]
    assert '2029-12-31;;2026-11-20' in maxime.get(f'{PAGE}.csv').text


def test_la_convention_signee_se_garde_en_pdf_pour_les_seuls_administrateurs(maxime, monde, entrer, site):
    def joindre(nom, octets, status=303):
        return poster(maxime, f'{PAGE}/2/convention', {'pieces': webtest.Upload(nom, octets) if nom else ''},
                      f'{PAGE}/2', status)
    for nom, octets, dit in (('signee.docx', b'PK', 'en PDF'), ('', b'', 'choisissez un fichier'),
                             ('signee.pdf', b'rien', 'ne correspond pas')):
        assert dit in fautes(joindre(nom, octets, 422))[0].replace('\xa0', ' ')
    joindre('Convention signée.pdf', b'%PDF-1.7 octets')
    adresse = maxime.get(f'{PAGE}/2').html.find('a', string='Convention signée.pdf')['href']
    assert maxime.get(adresse).body == b'%PDF-1.7 octets'
    numero = adresse.rsplit('/', 1)[1]
    entrer(monde.chef).get(adresse, status=403)
    site.get(adresse, status=401)
    for ailleurs in (f'/documents/{numero}-convention', f'/images/{numero}'):
        site.get(ailleurs, status=404)
    assert ('document ajouté', 'convention 2\xa0: Convention signée.pdf') in audits()
    maxime.post(f'{adresse}/retirer', status=303)
    assert 'Convention signée.pdf' not in maxime.get(f'{PAGE}/2').text
    maxime.get(adresse, status=404)
