"""La liste des demandes comme on y travaille : qui appelle se trouve, les vues sont les siennes, la liste se garde."""
import itertools

from conftest import changer_demande, collectivite, en_ecriture, lire_csv, numeros
from test_liste import onglets

import models
from verbes.demande import actes, liste

APPEL = {'nom': 'Valdor', 'prenom': 'Inès', 'rappel_nom': 'Lœmy', 'rappel_prenom': 'Zoé',
         'courriel': 'ines.valdor@orange.example', 'telephone': '0561112277'}


def venir(navigateur, numero, de, **options):
    return navigateur.get(f'/espace/demandes/{numero}', headers={'Referer': f'http://127.0.0.1:8080{de}'}, **options)


def test_qui_appelle_se_trouve_par_nom_courriel_ou_telephone_sauf_restreinte_ou_remplace(monde, creer, entrer):
    creer('attribue_chef', restreinte=True, **APPEL)
    for saisie in ('Valdor', '0561112277', 'ines.valdor@orange.example'):
        assert numeros(entrer(monde.autre).get('/espace/demandes', {'q': saisie})) == []
        assert numeros(entrer(monde.chef).get('/espace/demandes', {'q': saisie})) == [1]
    demande = creer('en_cours', **APPEL)
    en_ecriture(actes.changer_interlocuteur, demande, monde.chef, demande.version, {
            'nom': 'Neuf', 'prenom': 'Paul', 'civilite': 'Monsieur', 'rappel_nom': '', 'rappel_prenom': '',
            'rappel_fonction': '', 'courriel': 'paul.neuf@mairie.example', 'telephone': '0536490088'})
    navigateur = entrer(monde.autre)
    for avant in ('Valdor', 'Lœmy', '0561112277'):
        assert numeros(navigateur.get('/espace/demandes', {'q': avant})) == []
    for apres in ('Neuf', '05 36 49 00 88', 'paul.neuf@mairie.example'):
        assert numeros(navigateur.get('/espace/demandes', {'q': apres})) == [demande.numero]
    cherchee = creer('attribue_chef', message='Voirie.', **APPEL)
    for saisie in ('Valdor', 'valdor ines', 'loemy', 'LŒMY zoé', 'ines.valdor@orange.example', 'Ines.Valdor',
                   '05 61 11 22 77', '0561112277', '05.61.11.22.77', '+33 5 61 11 22 77', '+33 (0)5 61 11 22 77',
                   '0033561112277', '05-61-11-22-77', '05 61 11 22', '05611122', 'rieumes 05 61 11 22 77'):
        assert numeros(entrer(monde.autre).get('/espace/demandes', {'q': saisie})) == [cherchee.numero], saisie
    demande = creer('attribue_chef', message='Suite b.')
    en_ecriture(actes.message_du_demandeur, demande, 'Rappelez plutôt le 06 12 34 56 78.')
    assert numeros(entrer(monde.autre).get('/espace/demandes?q=0612345678')) == [demande.numero]


def test_ce_qui_attend_est_a_soi_et_de_qui_l_on_remplace_jamais_le_retard_d_un_autre(monde, creer, entrer):
    libre, demande = creer('attribue_admin', message='b'), creer('attribue_chef')   # its co-chef is of the CAUE
    page = entrer(monde.cochef).get('/espace/demandes')
    assert onglets(page)['Ma direction'] == 1
    page = page.click('Ma direction')
    assert numeros(page) == [demande.numero] and page.request.GET['direction'] == str(monde.cochef.direction_id)
    adresse = f'/espace/demandes?agent={monde.chef.id}&retard=oui'
    assert "Le retard d'une autre personne ne se cherche pas" in entrer(monde.autre).get(adresse, status=403).html.text
    assert entrer(monde.autre).get(adresse.replace('demandes?', 'demandes.csv?'), status=403)
    for qui in (monde.chef, monde.admin):
        entrer(qui).get(adresse, status=200)
    en_ecriture(models.Delegation.create, pour=monde.chef, par=monde.autre)
    entrer(monde.autre).get(adresse, status=200)
    for agent, sienne in ((monde.admin, libre), (monde.chef, demande), (monde.autre, demande)):
        assert numeros(entrer(agent).get('/espace/demandes?a_rappeler=oui&miennes=oui')) == [sienne.numero]
    assert numeros(entrer(monde.autre).get('/espace/demandes?miennes=oui')) == [demande.numero]


def test_une_adresse_ne_garde_rien_de_vide_et_sans_liste_connue_la_demande_s_ouvre_telle_quelle(monde, creer, entrer):
    creer('attribue_chef')
    navigateur = entrer(monde.autre)
    for dite, gardee in (('?q=&theme=&statut=attribue_chef&depuis=&tri=', '?statut=attribue_chef'), ('?q=&page=', '')):
        assert navigateur.get(f'/espace/demandes{dite}', status=303).location == f'/espace/demandes{gardee}'
    with models.ecriture():
        lieux = [collectivite(nom, 'Commune', f'21310000{n}', f'3190{n}') for n, nom in enumerate(
            ('Zède', 'Éoux', 'Estadens', 'Œuilly', 'Ozenne'))]
    for lieu in lieux:
        creer('attribue_chef', collectivite=lieu, message=lieu.nom)
    page = navigateur.get('/espace/demandes?tri=collectivite')          # the accents do not change the order
    noms = [td.text for td in page.html.select('[data-libelle="Collectivité"]')]
    assert noms == ['Éoux', 'Estadens', 'Œuilly', 'Ozenne', 'Rieumes', 'Zède']
    for de in ('/espace', '/espace/demandes.csv', '/espace/demandes?statut=faux', '/espace/demandes?tri=message',
               '/espace/demandes/2', '/espace/demandes/nouvelle'):
        page = venir(navigateur, 1, de, status=200)
        assert page.html.select('.fil-ariane a')[0]['href'] == '/espace/demandes', de
        assert not page.html.select('.voisines'), de
    for liste_ in ('statut%3Dfaux', 'x' * 3000, '%3D%26', 'retard%3Doui%26agent%3D1', 'page%3D0', ''):
        navigateur.get(f'/espace/demandes/1?liste={liste_}', status=200)
    navigateur.get('/espace/demandes/1', status=200, headers={
        'Referer': 'https://ailleurs.example/espace/demandes?statut=attribue_chef'})


def test_la_demande_et_ses_actes_gardent_la_liste_d_ou_l_on_vient_et_ses_voisines(monde, creer, entrer):
    une, deux, trois = creer('attribue_chef'), creer('en_cours', message='b'), creer('attribue_chef', message='c')
    navigateur = entrer(monde.autre)
    page = venir(navigateur, une.numero, '/espace/demandes?statut=attribue_chef&tri=-collectivite', status=303).follow()
    assert page.html.select('.fil-ariane a')[0]['href'] == '/espace/demandes?statut=attribue_chef&tri=-collectivite'
    assert not page.html.select('a[rel=next]')
    avant = navigateur.get(page.html.select_one('a[rel=prev]')['href'])
    assert f'n°\xa0{trois.numero}' in avant.html.select_one('.fil-ariane').text and not avant.html.select('a[rel=prev]')
    assert navigateur.get(avant.html.select_one('a[rel=next]')['href']).request.path.endswith(f'/{une.numero}')
    entiere = venir(navigateur, deux.numero, '/espace/demandes', status=303).follow()
    assert [a['href'].split('?')[0].split('/')[-1] for a in entiere.html.select('.voisines a')] == ['3', '1']
    demande = creer('attribue_chef', message='Suite b.')
    creer('attribue_chef', message='b 2')
    page = venir(entrer(monde.chef), demande.numero, '/espace/demandes?statut=attribue_chef', status=303).follow()
    suivie = page.request.query_string
    page = next(f for f in page.forms.values() if '/receptionner' in f.action).submit(status=303).follow()
    assert suivie in page.request.query_string and suivie in page.html.select_one('a[rel=prev]')['href']
    page = page.click("Désigner l'expert")
    faute = next(f for f in page.forms.values() if '/designer' in f.action).submit(status=422)
    assert suivie in faute.html.select_one('a[rel=prev]')['href']
    for n, etat in enumerate(('attribue_chef', 'en_cours', 'attribue_admin', 'termine', 'rejete', 'attribue_chef')):
        creer(etat, message=f'Place {n}', collectivite=(monde.rieumes, monde.epci)[n % 2], restreinte=n == 1)
    en_ecriture(models.Demande.update(echeance=None).where(models.Demande.numero << [2, 5]).execute)
    tris = ['', *(sens + nom for nom in liste.TRIS for sens in ('', '-'))]
    for agent, criteres, tri in itertools.product((monde.autre, monde.chef), (
            {}, {'q': 'place'}, {'miennes': 'oui'}, {'type': 'Commune'}), tris):
        with models.lecture():
            ordre = [n for n, in liste.lister(agent, criteres, tri, 'demande.numero')]
            trouvees = [liste.voisines(agent, criteres, tri, n) for n in ordre]
        attendues = [[avant, apres] for avant, apres in zip([None, *ordre][:-1], [*ordre[1:], None])] if ordre else []
        assert trouvees == attendues, (agent.prenom, criteres, tri)


def test_l_export_tait_les_jours_des_autres_structures_et_dit_communes_date_a_tenir_et_issue(monde, creer, entrer):
    creer('termine', fiche=monde.urgente)
    jours = ('Échéance', 'Date du premier contact', 'Date de clôture', 'Synthèse', 'Rappel', 'Rappel confirmé')
    for qui, plein in (('chef', True), ('admin', True), ('autre', False), ('associe', False)):
        ligne, = lire_csv(entrer(getattr(monde, qui)).get('/espace/demandes.csv'))
        assert [bool(ligne[c]) for c in jours] == [plein] * len(jours), qui
        assert ligne['Date de dépôt'] and ligne['Délai promis'] == '3 jours'
    demande = creer('attribue_chef', collectivite=monde.epci, date_a_tenir='2026-12-10', rappel_nom='Rappel',
                    rappel_fonction='secrétaire')
    with models.ecriture():
        for lieu in models.Collectivite.select().where(models.Collectivite.type == 'Commune'):
            models.DemandeCommune.get_or_create(demande=demande, collectivite=lieu)
    creer('attribue_chef', message='b')
    changer_demande(creer('en_cours', message='c'), issue='realise')
    rouverte, commune, epci, _ = lire_csv(entrer(monde.chef).get('/espace/demandes.csv'))
    assert rouverte['Issue'] == '' and commune['Intercommunalité'] == epci['Intercommunalité'] == 'CC Cœur de Garonne'
    assert epci['Communes concernées'] == "L'Isle-en-Dodon, Rieumajou, Rieumes, Saint-Orens-de-Gameville"
    assert (epci['Date à tenir'], epci['Fonction']) == ('10/12/2026', 'secrétaire')


def test_a_rappeler_et_en_retard_sont_les_siennes_s_elargissent_et_se_disent_vides(creer, monde, entrer, heure):
    creer('termine', message='close')
    for vue, dit in (('retard=oui&miennes=oui', 'Aucune de vos demandes n\'est en retard'),
                     ('retard=oui', 'Aucune demande n\'est en retard'),
                     ('a_rappeler=oui&miennes=oui', 'Aucune de vos demandes n\'est à rappeler'),
                     ('miennes=oui', 'Aucune demande dans cette vue')):
        vide = entrer(monde.autre).get(f'/espace/demandes?{vue}').html.select_one('.vide').text
        assert dit in vide and 'pour l\'instant' not in vide, (vue, dit)
    miennes, autre = creer('attribue_chef', fiche=monde.urgente), creer('attribue_admin', message='b')
    heure('2026-12-10T09:00:00Z')
    chef = entrer(monde.chef)
    for nom, filtre in (('À rappeler', 'a_rappeler'), ('En retard', 'retard')):
        page = chef.get('/espace/demandes').click(nom)
        assert numeros(page) == [miennes.numero] and page.html.select_one('.portee strong').text == 'Les vôtres'
        assert not page.html.select('.filtres-actifs')              # the view says them
        large = page.click('Toute la Plateforme')
        assert numeros(large) == [autre.numero, miennes.numero]
        assert dict(large.request.GET) == {filtre: 'oui'}           # the address of before
        assert nom in large.html.select_one('.onglets [aria-current=true]').text
        assert '(2)' in page.html.select_one('.portee').text and '(1)' in large.html.select_one('.portee').text
