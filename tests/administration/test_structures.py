"""Structures and directions on screen: made, corrected; a direction closed; their conventions; their CSV."""
import pytest
import webtest
from conftest import (
    associer_a, changer_ligne, creer_ligne, en_ecriture, fautes, le_formulaire, poster, relire, relire_ligne)
from fichiers import lire

import models
import langue
from models import Direction, Membre, Structure
from verbes.catalogue import catalogue
from verbes.echanges import imports
from verbes.etiquettes import dire_places
from verbes.administration import structures

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
    return lire('SELECT fait, detail FROM audit ORDER BY id')


def fermer(maxime, nom, successeur=None, status=303):
    page = maxime.get(f'/espace/admin/directions/{direction(nom).id}/fermer')
    return enregistrer(page, status, successeur=str(direction(successeur).id) if successeur else '')


def nouvelle(structure_id=2, nom='Pôle juridique', **valeurs):
    return creer_ligne(Direction, structure=structure_id, nom=nom, **valeurs)


def test_la_liste_donne_chaque_structure_ses_directions_leurs_comptes_sans_aucune_charge_et_se_cherche(creer, maxime):
    creer('en_cours')
    page = maxime.get(PAGE)
    titres = [' '.join(th.text.split()) for th in page.html.select('th[scope=rowgroup]')]
    assert titres[0].startswith('Conseil départemental de la Haute-Garonne · CD31 · 1 direction · 2 comptes')
    rangee = page.html.find('a', string='Direction assistance juridique et financière').find_parent('tr')
    assert [td.text for td in rangee.select('td')] == ['05\xa036\xa049\xa000\xa020', 'dajf@hgi.example', '', '2']
    assert 'demandes' not in page.html.select_one('table').text
    for q, trouvees in (('juridique', 1), ('HGI', 1), ('05 36 49 00 40', 1), ('dajf@hgi', 1), ('haute garonne', 2),
                        ('perdu', 0)):
        assert len(maxime.get(PAGE, {'q': q}).html.select('th[scope=row]')) == trouvees, q
    assert 's\'arrête à la page 1' in maxime.get(f'{PAGE}?page=9', status=404).text
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
    lignes = maxime.get(f'{PAGE}.csv').body.decode('utf-8-sig').splitlines()     # something depends on the first one
    (faute,) = imports.importer('structures', '\r\n'.join(
        [lignes[0], lignes[1] + '2026-11-01', *lignes[2:]]).encode()).fautes
    assert faute.colonne == 'fermee_le' and 'fermez-la à l\'écran' in faute.raison
    ligne = 'neuf@hgi.example;Lou;Neuf;Haute-Garonne Ingénierie – HGI;Ancienne;;;;non;non;oui'     # in a closed one
    entete = 'courriel;prenom;nom;structure;direction;fonction;telephone_public;telephone;administrateur;pilote;actif'
    (faute,) = imports.importer('agents', f'{entete}\r\n{ligne}\r\n'.encode()).fautes
    assert 'a fermé' in faute.raison


def test_une_structure_nait_avec_sa_premiere_direction_et_une_saisie_fausse_revient_avec_sa_phrase(maxime, monde):
    for champ, faux, dit in (
            ('nom', '', 'Remplissez'), ('nom', 'HAUTE GARONNE ingenierie HGI', 'déjà le nom'),
            ('sigle', 'X' * 21, '20 au plus'), ('site', 'javascript:alert(1)', 'https://'),
            ('presentation', 'x' * 2001, '2\u202f000 au plus'),
            ('convention_au', '2026-01-01', 'avant sa signature'), ('convention_au', '2026-02-30', 'date qui existe'),
            ('direction_nom', '', 'Remplissez'), ('direction_courriel', 'a@b.fr, c@d.fr', 'adresse')):
        page = enregistrer(maxime.get(f'{PAGE}/nouvelle'), 422, **{
            'nom': 'Agence', 'sigle': 'AG', 'direction_nom': 'Siège', 'convention_du': '2026-01-02', champ: faux})
        assert dit in page.html.select_one(f'#{champ}-faute').text, (champ, faux)
        assert page.html.title.text.startswith('Erreur – ')
        assert len(lire('SELECT * FROM structure')) == len(lire('SELECT * FROM direction')) == 3, (champ, faux)
    form = le_formulaire(maxime.get(f'/espace/admin/directions/{direction("DDAT").id}'))
    form['expert'].force_value(str(monde.chef.id))                  # of another direction
    form.submit(status=422)
    page = enregistrer(maxime.get(f'{PAGE}/nouvelle'), nom='Agence de l\'eau', sigle='AE', site='https://ae.example',
                       convention_du='2026-01-01', convention_au='2026-12-31', direction_nom='Délégation',
                       direction_telephone='05 36 49 00 50', direction_courriel='ae@ae.example').follow()
    assert 'Agence de l\'eau' in page and 'Délégation' in page and 'Enregistré.' in page
    assert direction('Délégation').structure.partenaire
    assert ('structure créée', 'Agence de l\'eau, direction Délégation') in audits()


def test_renommer_suit_les_fiches_et_laisse_au_journal_le_nom_du_jour(creer, maxime, monde, site):
    demande = creer('en_cours')
    ancien = 'Haute-Garonne Ingénierie – HGI'
    en_ecriture(associer_a, 1, ancien, f'{ancien} / Direction assistance juridique et financière', 'DDAT')
    changer_ligne(monde.urgente, adherents_de=2)
    avant = en_ecriture(catalogue.places_dites, 1)['associees']
    lues = ('/fiches/1-conseil-juridique', '/guide', '/donnees-ouvertes/catalogue.csv')
    assert all(ancien in site.get(adresse).text for adresse in lues)
    enregistrer(maxime.get(f'{PAGE}/2'), nom='Agence technique', sigle='ATD')
    enregistrer(maxime.get(f'/espace/admin/directions/{direction("DDAT").id}'), nom='DDAT neuve', court='DN')
    with models.lecture():
        apres, dites = catalogue.places_dites(1)['associees'], dire_places(avant).split('\n')
        lignes = {ligne.structure for ligne in demande.journal}
    assert apres == avant
    assert dites == ['Agence technique', 'Direction assistance juridique et financière', 'DDAT neuve']
    assert ancien in lignes and 'Agence technique' not in lignes
    for adresse in lues:
        dit = site.get(adresse).text
        assert 'Agence technique' in dit and ancien not in dit, adresse
    assert ';Agence technique;' in maxime.get('/espace/redaction.csv').text
    assert (f'{ancien}\xa0: Nom {ancien} → Agence technique\xa0; Sigle HGI → ATD') in [detail for _, detail in audits()]


def test_l_expert_par_defaut_est_propose_en_premier_par_designer(creer, maxime, monde, entrer):
    juridique = direction('Direction assistance juridique et financière')
    page = enregistrer(maxime.get(f'/espace/admin/directions/{juridique.id}'), expert=str(monde.referent.id)).follow()
    assert le_formulaire(page)['expert'].value == str(monde.referent.id)
    demande = creer('attribue_chef')
    liste = entrer(monde.chef).get(f'/espace/demandes/{demande.numero}?action=designer').html.select_one('#referent')
    premier = liste.select_one('optgroup')
    assert premier['label'] == 'Expert par défaut de la direction' and 'Claude Temoin' in premier.text
    assert liste.text.count('Claude Temoin') == 1
    for expert, seuls in ((monde.chef.id, [(monde.chef.id,)]), ('', [])):
        enregistrer(maxime.get(f'/espace/admin/directions/{juridique.id}'), expert=str(expert))
        assert lire('SELECT id FROM agent WHERE expert') == seuls
    assert [fait for fait, _ in audits()].count('expert par défaut') == 3


def test_fermer_transmet_comptes_fiches_et_demandes_ouvertes_le_reste_garde_le_nom_d_alors(creer, maxime, monde):
    close, ouverte, fermee = creer('termine'), creer('en_cours', message='b'), monde.chef.direction_id
    nouvelle()
    versions = ouverte.version
    fermer(maxime, 'Direction assistance juridique et financière', 'Pôle juridique')
    suite = direction('Pôle juridique')
    close, ouverte = relire(close), relire(ouverte)
    directions = dict(lire('SELECT prenom, direction_id FROM agent'))
    places = {*lire('SELECT demande_id, direction_id FROM membre WHERE agent_id = ?', monde.chef.id)}
    with models.lecture():
        derniere = ouverte.journal.order_by(models.Journal.id.desc()).first()
    assert directions['Camille'] == directions['Claude'] == suite.id and directions['Alix'] == fermee
    assert {*lire('SELECT direction_id FROM fiche')} == {(suite.id,)}
    assert (close.direction_id, ouverte.direction_id) == (fermee, suite.id)
    assert places == {(close.numero, fermee), (ouverte.numero, suite.id)}
    assert ouverte.version == versions + 1 and (derniere.auteur, derniere.nature) == ('La Plateforme', 'equipe')
    assert derniere.texte == ('Fermeture\xa0: Direction assistance juridique et financière. Pôle juridique (HGI) '
                              'prend la suite.')
    assert audits()[-1] == ('direction fermée', 'Direction assistance juridique et financière\xa0: suite à '
                            'Pôle juridique (HGI)\xa0; 2\xa0comptes, 3\xa0fiches, 1\xa0demande ouverte')


def test_une_direction_fermee_ne_publie_rien_et_rouvre_vide_une_place_sans_personne_passe_a_qui_prend_la_suite(
        maxime, monde, creer):
    ancienne = nouvelle(nom='Ancienne', fermee_le='2026-01-01')
    changer_ligne(monde.fiche, etat='archivee', direction=ancienne)
    with models.ecriture(), pytest.raises(models.Refus, match='pilote cette fiche est fermée'):
        catalogue.changer_etat(models.relire(monde.fiche), monde.admin, 'publiee', 'Elle sert encore.')
    adresse = f'/espace/admin/directions/{ancienne.id}'
    page = next(f for f in maxime.get(adresse).forms.values() if f.action.endswith('/rouvrir')).submit().follow()
    assert 'La direction est rouverte.' in page and direction('Ancienne').fermee_le is None
    maxime.post(f'{adresse}/rouvrir', status=409)
    demande = creer('en_cours')
    suite = nouvelle(3, 'Atelier')
    with models.ecriture():
        for structure, sienne in ((3, 3), (3, None), (3, suite.id)):
            Membre.create(demande=demande, role='associe', rang=9, structure=structure, direction=sienne,
                          depuis_le='2026-11-24T09:00:00Z')
    page = maxime.get('/espace/admin/directions/3/fermer').text
    assert 'Sans personne nommée' in page
    fermer(maxime, 'CAUE', 'Atelier')
    assert sorted(lire('SELECT structure_id, direction_id FROM membre WHERE agent_id IS NULL'), key=str) == [
        (3, suite.id), (3, None)]


def test_ce_qui_depend_d_une_direction_est_montre_et_demande_une_suite_de_la_meme_structure(creer, maxime, monde):
    sienne = monde.chef.direction
    adresse = f'/espace/admin/directions/{sienne.id}/fermer'
    assert maxime.get(adresse, status=303).headers['Location'] == f'{PAGE}/2/depart'     # the last one of its structure
    with pytest.raises(models.Refus, match='préparez plutôt le départ'), models.ecriture():
        structures.fermer(sienne, Direction.get_by_id(3), monde.admin)
    demande, suite = creer('en_cours'), str(nouvelle().id)
    assert 'Rien n\'en dépend' in maxime.get(f'/espace/admin/directions/{suite}/fermer').text
    page = maxime.get(adresse)
    assert 'Camille Exemple (pilote)' in page and 'Conseil juridique' in page and f'n°&nbsp;{demande.numero}' in page
    assert 'Alix Parti' not in page
    assert [option.text for option in page.html.select('#successeur option')][1:] == ['Pôle juridique']
    with pytest.raises(models.Refus, match='de la même structure'), models.ecriture():
        structures.fermer(sienne, Direction.get_by_id(3), monde.admin)
    for successeur in ('', '999', 'x', str(sienne.id), '3'):
        form = le_formulaire(maxime.get(adresse))
        form['successeur'].force_value(successeur)
        refus = form.submit(status=422)
        assert 'hoisissez' in refus and relire_ligne(sienne).fermee_le is None, successeur
        assert successeur or 'Choisissez la direction qui prend la suite' in refus
        assert '2 comptes, 3 fiches et 1 demande ouverte en dépendent' in refus.text.replace('\xa0', ' ')
    creer('en_cours', message='b')                                  # meanwhile: it stops
    page = enregistrer(page, 409, successeur=suite)
    assert 'a changé pendant' in page and 'n°&nbsp;2' in page
    enregistrer(page, successeur=suite)


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
    assert 'fermée le 24\u00a0novembre' in maxime.get(f'{PAGE}?etat=fermees').html.text


def test_la_fin_d_une_convention_se_dit_trois_mois_avant_aux_administrateurs_puis_se_reconduit(maxime, monde, entrer):
    def dite():
        return 'Conventions à renouveler' in maxime.get(PAGE).text
    caue = monde.associe.direction
    for au, etat in ((None, ''), ('2027-03-01', ''), ('2027-02-24', 'proche'), ('2026-11-24', 'proche'),
                     ('2026-11-23', 'finie')):
        changer_ligne(caue.structure, convention_au=au)
        assert structures.etat_de_convention(au, langue.aujourdhui()) == etat
        assert dite() == bool(etat), au
        assert ('Convention à renouveler' in maxime.get('/espace').text) == bool(etat), au
        assert ('Conventions à renouveler' in maxime.get('/espace/admin').text) == bool(etat), au
        with models.lecture():
            assert bool(structures.conventions_a_renouveler()) == bool(etat), au
        assert len(maxime.get(f'{PAGE}?convention=fin').html.select('th[scope=row]')) == bool(etat), au
    assert 'Convention' not in entrer(monde.chef).get('/espace').text
    changer_ligne(caue, fermee_le='2026-11-01')                     # a closed structure has none
    assert not dite()
    page = enregistrer(maxime.get(f'{PAGE}/2'), 422, convention_reconduite_le='2026-11-20', convention_au='')
    assert 'jusqu\'à quand elle est reconduite' in page.html.select_one('#convention_au-faute').text
    enregistrer(page, convention_au='2029-12-31')
    dit = ' '.join(maxime.get(f'{PAGE}/2').html.text.split())
    assert 'Reconduite le 20 novembre, jusqu\'au 31 décembre 2029.' in dit
    assert 'Reconduite le vide → 20/11/2026' in audits()[-1][1]
    assert '2029-12-31;;2026-11-20' in maxime.get(f'{PAGE}.csv').text


def test_la_convention_signee_se_garde_en_pdf_hors_des_documents_publics(maxime, site):
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
    for ailleurs in (f'/documents/{numero}-convention', f'/images/{numero}'):
        site.get(ailleurs, status=404)
    assert ('document ajouté', 'convention 2\xa0: Convention signée.pdf') in audits()
    maxime.post(f'{adresse}/retirer', status=303)
    assert 'Convention signée.pdf' not in maxime.get(f'{PAGE}/2').text
    maxime.get(adresse, status=404)
