"""La liste des demandes, sa recherche, ses filtres et son export (views/demande/espace.py)."""
import itertools
import logging
import re

import pytest
from conftest import RACINE, agir, changer_ligne, en_ecriture, le_formulaire, lire_csv, numeros, remplir, statuer

import models
from verbes.demande import actes, liste
from views import exports
from views.demande import espace


def cellules(page, rang=0):
    """{column: text} of a line of the list."""
    return {c['data-libelle']: ' '.join(c.text.split())
            for c in page.html.select('table.demandes tbody tr')[rang].select('[data-libelle]')}


def onglets(page):
    """{view: how many}; '' of « Toutes », which says none."""
    return {a.contents[0].strip(): int(a.select_one('.compte').text) if a.select_one('.compte') else ''
            for a in page.html.select('.onglets a')}


def proposees(page):
    return {a.text: a['href'] for a in page.html.select('main p.rangee a') if '\u00a0: s' in a.text}


def test_la_liste_dit_ses_colonnes_qui_tient_quoi_et_depuis_quand(monde, creer, entrer, heure):
    demande, page = creer('attribue_chef', date_a_tenir='2026-12-10'), entrer(monde.autre).get('/espace/demandes')
    assert [th.text.strip() for th in page.html.select('thead th')] == [
        'Numéro', 'Thème', 'Fiche', 'Statut', 'Échéance', 'Lieu', 'Type', 'Collectivité', 'Structure', 'Direction',
        'Référent', 'Depuis']
    assert cellules(page) == {
        'Numéro': str(demande.numero), 'Thème': 'Aménagement', 'Fiche': 'Revitalisation de bourg-centre',
        'Statut': 'Attribué chef', 'Échéance': 'à tenir le 10 décembre à rappeler au plus tard le 4 décembre',
        'Lieu': 'Place de la Liberté', 'Type': 'Commune', 'Collectivité': 'Rieumes', 'Structure': 'HGI + CAUE',
        'Direction': 'Direction assistance juridique et financière', 'Référent': '', 'Depuis': 'auj.'}
    creer('attribue_admin', lieu='', message='Suite b.')
    trouve = cellules(entrer(monde.autre).get('/espace/demandes'))
    assert [trouve[nom] for nom in ('Fiche', 'Lieu', 'Structure', 'Thème')] == ['Demande libre', 'Rieumes', '', '']
    creer('en_cours', associe=True, message='c'), creer('termine', message='d')
    for instant, depuis in (('2026-11-25T09:00:00Z', 'hier'), ('2026-12-15T09:00:00Z', '21\u00a0j')):
        heure(instant)
        vues = {tr.th.text.strip(): [tr.select_one(f'[data-libelle="{nom}"]').text for nom in ('Référent', 'Depuis')]
                for tr in entrer(monde.chef).get('/espace/demandes?toutes=oui').html.select('tbody tr')}
        assert vues == {'1': ['', depuis], '2': ['', depuis], '3': ['Claude Temoin', depuis],
                        '4': ['Claude Temoin', '']}


def test_la_liste_s_ouvre_sur_ce_qui_est_ouvert_et_son_adresse_son_csv_ses_voisines_la_suivent(monde, creer, entrer):
    for n, etat in enumerate(('en_cours', 'termine', 'attribue_chef')):
        creer(etat, message=f'b{n}')
    navigateur = entrer(monde.autre)
    page = navigateur.get('/espace/demandes')
    assert numeros(page) == [3, 1] and not page.html.select('.filtres-actifs')
    assert page.html.select_one('.onglets [aria-current=page]').text.split() == ['Ouvertes', '2']
    toutes = page.click('Toutes')
    assert numeros(toutes) == [3, 2, 1] and not toutes.html.select('.filtres-actifs')
    assert toutes.html.select_one('.onglets [aria-current=page]').text.strip() == 'Toutes'
    assert numeros(navigateur.get('/espace/demandes?tri=numero')) == [1, 3]
    chef = entrer(monde.chef)
    for requete, attendus in (('type=Commune', [3, 2, 1]), ('statut=termine', [2]), ('miennes=oui', [3, 2, 1]),
                              ('structure=2', [3, 2, 1]), ('ouvertes=oui', [3, 1]), ('toutes=oui&statut=termine', [2])):
        assert numeros(chef.get(f'/espace/demandes?{requete}')) == attendus, requete
        assert [int(d['Numéro']) for d in lire_csv(chef.get(f'/espace/demandes.csv?{requete}'))] == attendus, requete
    formulaire = le_formulaire(page)
    formulaire['type'] = 'Commune'
    filtree = formulaire.submit(status=303).follow()
    assert numeros(filtree) == [3, 1] and dict(filtree.request.GET) == {'type': 'Commune', 'ouvertes': 'oui'}
    assert 'Demandes ouvertes' in filtree.html.select_one('.filtres-actifs').text
    formulaire['q'] = 'rieumes'
    cherchee = formulaire.submit(status=303).follow()
    assert numeros(cherchee) == [3, 2, 1] and dict(cherchee.request.GET) == {'type': 'Commune', 'q': 'rieumes'}
    for adresse in ('/espace/demandes', '/espace/demandes?toutes=oui', '/espace/demandes?q=b1'):
        page = navigateur.get(adresse, status='*')
        csv_ = (page.html.select_one('a[download]')['href'] if page.status_int == 200
                else adresse.replace('demandes?', 'demandes.csv?'))
        assert [int(d['Numéro']) for d in lire_csv(navigateur.get(csv_))] == numeros(page)
    for de, voisines in (('', ['1']), ('?tri=-numero', ['1']), ('?toutes=oui', ['2'])):
        page = navigateur.get('/espace/demandes/3', status=303, headers={
            'Referer': f'http://127.0.0.1:8080/espace/demandes{de}'}).follow()
        assert [a['href'].split('?')[0].split('/')[-1] for a in page.html.select('.voisines a')] == voisines, de


def test_une_liste_vide_offre_une_sortie_un_parametre_faux_est_refuse_trop_s_affine(monde, creer, entrer, monkeypatch):
    navigateur = entrer(monde.autre)
    page = navigateur.get('/espace/demandes')
    assert "Aucune demande pour l'instant" in page and not page.html.select('.filtres-actifs')
    creer('termine')
    page = navigateur.get('/espace/demandes')
    assert 'Aucune demande ouverte' in page and numeros(page.click('Voir toutes les demandes')) == [1]
    for requete in ('theme=abc', 'theme=-1', 'theme=99999999999999999999', 'statut=inconnu', 'type=Ville',
                    'depuis=2026-02-30', 'depuis=hier', 'retard=non', 'chef=1', 'tri=message', 'tri=numero;drop',
                    'page=0', 'page=-1', 'page=abc', 'page=1.5', 'page=9999999999999999999999', f'q={"x" * 201}'):
        assert 'evenez à la liste' in navigateur.get(f'/espace/demandes?{requete}', status=400), requete
    for requete in ('theme=99', 'agent=99', 'collectivite=99', 'q=%3F%3F%3F', 'q=%22+OR+1', 'q=*', 'statut=abandonne'):
        page = navigateur.get(f'/espace/demandes?{requete}')
        assert numeros(page) == [] and 'Aucune demande ne répond à ce filtre' in page.html.select_one('.vide').text
        assert len(numeros(page.click('Voir toutes les demandes'))) == 1, requete
    monkeypatch.setattr(espace, 'PAR_PAGE', 2)
    vues = []
    for n in range(10):                                             # the count says only what may be read
        creer('en_cours', message=f'Demande {n}.', restreinte=n < 3)
        for borne in (2, 4):
            monkeypatch.setattr(liste, 'COMPTE_MAX', borne)
            compte = navigateur.get('/espace/demandes').html.select_one('.onglets .compte').text
            assert compte == (f'plus de {borne}' if n - 2 > borne else str(max(0, n - 2))), (n, borne)
    page = navigateur.get('/espace/demandes')
    assert 'sur plus de 4' in page
    exporter = page.html.select_one('a[href^="/espace/demandes.csv"]')
    assert ' '.join(exporter.text.split()) == 'CSV : exporter plus de 4 demandes (une minute)'
    while True:
        vues += numeros(page)
        if 'Suivante' not in page:
            break
        page = page.click('Suivante')
    assert vues == [11, 10, 9, 8] and 'Pour voir les autres, affinez' in page
    page = navigateur.get('/espace/demandes?page=3', status=404)
    assert "s'arrête à la page 2\u00a0: affinez par un filtre" in page.html.select_one('.vide').text
    navigateur.get('/espace/demandes?page=5', status=404)


def test_les_filtres_se_combinent(monde, creer, entrer):
    une, libre = creer('en_cours'), creer('attribue_admin', message='b')
    deux, navigateur = creer('attribue_chef', fiche=monde.urgente, associe=True), entrer(monde.autre)
    assert navigateur.get('/espace/demandes').html.select('select#epci')
    cd, hgi, caue = (a.direction.structure_id for a in (monde.admin, monde.chef, monde.cochef))
    for requete, attendus in (('', [deux, libre, une]), ('statut=en_cours', [une]), (f'theme={monde.theme.id}', [deux]),
            (f'fiche={monde.fiche.id}', [une]), (f'structure={caue}', [deux, une]), (f'structure={cd}', []),
            (f'structure={caue}&chef=oui', [une]), (f'structure={hgi}&chef=oui', [deux, une]),
            (f'direction={monde.chef.direction_id}&statut=attribue_chef', [deux]),
            (f'agent={monde.referent.id}', [une]), (f'epci={monde.epci.id}', [deux, libre, une]),
            (f'collectivite={monde.epci.id}', []), ('type=Commune', [deux, libre, une]), ('type=PETR', []),
            ('depuis=2026-11-24', [deux, libre, une]), ('depuis=2026-11-25', []), ('jusqua=2026-11-23', []),
            ('a_rappeler=oui', [deux, libre]), ('retard=oui', []), ('q=revitalisation', [une]),
            ('q=rieumes&statut=attribue_chef', [deux]), ('miennes=oui', []), ('reprise=oui', [])):
        assert numeros(navigateur.get(f'/espace/demandes?{requete}')) == [d.numero for d in attendus], requete


def test_la_recherche_rapide_va_a_la_demande_a_la_commune_a_un_collegue_sans_son_retard(monde, creer, entrer):
    demande, navigateur = creer('attribue_chef'), entrer(monde.autre)
    for saisie in (f'{demande.numero}', f' n° {demande.numero} ', f'N°{demande.numero}', f'no {demande.numero}'):
        trouvee = navigateur.get('/espace/demandes', {'q': saisie}, status=303)
        assert trouvee.location == f'/espace/demandes/{demande.numero}', saisie
    for requete in (f'q={demande.numero}&statut=en_cours', 'q=999'):
        assert numeros(navigateur.get(f'/espace/demandes?{requete}')) == [], requete
    for saisie in ('Rieumes', 'rieumes', 'mairie de Rieumes', 'commune de rieumes'):
        page = navigateur.get('/espace/demandes', {'q': saisie}, status=200)
        assert proposees(page) == {'Rieumes\u00a0: sa page': f'/espace/collectivites/{monde.rieumes.id}'}, saisie
        assert proposees(page.click('Rieumes\u00a0: sa page')) == {}, saisie
    creer('attribue_chef', message='b')
    for saisie in ('rieu', 'rieumes pont', 'commune', 'La', '31370', '?', 'x' * 200):
        assert proposees(navigateur.get('/espace/demandes', {'q': saisie}, status=200)) == {}, saisie
    page = navigateur.get('/espace/demandes', {'q': '"><script>alert(1)</script>'})
    assert '<script>alert' not in page and page.html.find('input', id='q')['value'] == '"><script>alert(1)</script>'
    une = creer('attribue_chef', message='Un pont.', lieu='Passerelle de la Mouline')
    assert navigateur.get('/espace/demandes?q=passerelle', status=303).location == f'/espace/demandes/{une.numero}'
    assert numeros(navigateur.get('/espace/demandes?q=passerelle&statut=attribue_chef', status=200)) == [une.numero]
    navigateur.get('/espace/demandes?q=passerelle&page=2', status=404)
    sienne = creer('en_cours', message='e')
    secrete, nom = creer('en_cours', restreinte=True, message='c'), f'{monde.referent.prenom} {monde.referent.nom}'
    for saisie in (nom, nom.lower(), f'{monde.referent.nom} {monde.referent.prenom}'):
        page = entrer(monde.autre).get('/espace/demandes', {'q': saisie}, status=200)
        assert sienne.numero in numeros(page) and secrete.numero not in numeros(page)
        assert proposees(page) == {f'{nom}\u00a0: ses demandes': f'/espace/demandes?agent={monde.referent.id}'}
    assert secrete.numero in numeros(entrer(monde.referent).get('/espace/demandes', {'q': nom}))
    changer_ligne(monde.referent, nom='Inédit')
    creer('attribue_expert', message='d')
    with models.ecriture():
        models.db.execute_sql("UPDATE recherche SET journal = ''")
        models.Demande.update(echeance='2026-11-02').execute()
    navigateur = entrer(monde.autre)            # with a lateness, these are words only: « Agent » would be refused
    assert len(numeros(navigateur.get('/espace/demandes?q=inedit', status=200))) == 2
    assert numeros(navigateur.get('/espace/demandes?q=inedit&retard=oui', status=200)) == []


def test_le_tri_suit_l_en_tete_les_filtres_actifs_se_retirent_et_le_formulaire_garde_les_autres(monde, creer, entrer):
    creer('attribue_chef'), creer('en_cours', message='b')
    page = entrer(monde.autre).get('/espace/demandes?q=rieumes&statut=en_cours&depuis=2026-11-01'
                                   f'&collectivite={monde.rieumes.id}&tri=-statut')
    assert page.html.select_one('.filtres-actifs strong').text == '4 filtres actifs'
    mots = [' '.join(a.text.split()) for a in page.html.select('.filtre-actif')]
    assert mots == [f'Retirer le filtre {filtre}' for filtre in (
        'Recherche : « rieumes »', 'Statut : En cours', 'Déposée depuis le 1er novembre', 'Collectivité : Rieumes')]
    suite = page.goto(page.html.select('.filtre-actif')[1]['href'])
    restent = {'q': 'rieumes', 'depuis': '2026-11-01', 'collectivite': '2', 'tri': '-statut'}
    assert len(numeros(suite)) == 2 and dict(suite.request.GET) == restent
    assert not page.click('Tout effacer').html.select('.filtre-actif')
    page = entrer(monde.autre).get(f'/espace/demandes?collectivite={monde.rieumes.id}&a_rappeler=oui'
                                   f'&fiche={monde.fiche.id}&tri=statut')
    formulaire = next(f for f in page.forms.values() if 'theme' in f.fields)
    assert page.html.find('label', attrs={'for': 'q'}).text == 'Rechercher une demande'
    assert (formulaire['fiche'].value == str(monde.fiche.id)
            and formulaire['a_rappeler'].value == 'oui' and 'retard' not in formulaire.fields)
    formulaire['statut'] = 'attribue_chef'
    suite = formulaire.submit(status=303).follow()
    assert numeros(suite) == [1]
    assert dict(suite.request.GET) == {'statut': 'attribue_chef', 'fiche': str(monde.fiche.id),
                                       'a_rappeler': 'oui', 'collectivite': str(monde.rieumes.id), 'tri': 'statut'}
    creer('attribue_chef', collectivite=monde.epci)
    page = entrer(monde.autre).get('/espace/demandes?statut=attribue_chef')
    trie = page.html.select_one('th[aria-sort]')
    assert (trie.text.strip(), trie['aria-sort']) == ('Numéro', 'descending')
    for ordre, sens in (([3, 1], 'ascending'), ([1, 3], 'descending')):
        page = page.click('Collectivité')
        assert numeros(page) == ordre and page.request.GET['statut'] == 'attribue_chef', sens
        assert page.html.select_one('th[aria-sort]')['aria-sort'] == sens


def test_les_onglets_comptent_ce_qu_ils_montrent(monde, creer, entrer, heure):
    creer('en_cours'), creer('attribue_chef', message='b'), creer('attribue_admin', message='c')
    heure('2026-12-05T09:00:00Z')
    navigateur = entrer(monde.referent)
    page = navigateur.get('/espace/demandes')
    assert onglets(page) == {'Ouvertes': 3, 'Toutes': '', 'Mes demandes': 1,
                             'À rappeler': 0, 'En retard': 0, 'En attente': 0, 'Ma direction': 2, 'Ma structure': 2}
    for lien in page.html.select('.onglets a'):
        vue = navigateur.get(lien['href'])
        assert len(numeros(vue)) == int(lien.select_one('.compte').text) if lien.select_one('.compte') else 3
        assert vue.html.select_one('.onglets [aria-current]').text == lien.text


def test_la_liste_se_lit_en_seize_requetes_par_cinquante_et_s_exporte_dans_son_ordre(monde, entrer, requetes, creer):
    un = {'origine': 'plateforme', 'statut': 'termine', 'depose_le': '2026-11-01T08:00:00Z', 'type': 'Commune',
          'clos_le': '2026-11-02T08:00:00Z', 'collectivite_liee': monde.rieumes, 'collectivite': 'Rieumes',
          'collectivite_tri': 'rieumes', 'message': 'm'}
    with models.ecriture():
        for n in range(1, 104):
            models.Demande.create(jeton=f'j{n}', **un)
    navigateur = entrer(monde.autre)
    for combien in (16, 13):                                        # those of the labels are kept
        requetes.clear()
        navigateur.get(f'/espace/demandes?q=rieumes&collectivite={monde.rieumes.id}&structure=2&page=1')
        assert 0 < len(requetes) <= combien
    page = navigateur.get('/espace/demandes?toutes=oui')
    assert numeros(page) == list(range(103, 53, -1)) and '1 à 50 sur 103' in page
    page = page.click('Suivante')
    assert numeros(page) == list(range(53, 3, -1)) and '51 à 100 sur 103' in page
    page = page.click('Suivante')
    assert numeros(page) == [3, 2, 1] and '101 à 103 sur 103' in page and 'Suivante' not in page
    page = navigateur.get('/espace/demandes?statut=termine&page=4', status=404)
    assert "Il n'y a pas de page 4" in page and numeros(page.click('Aller à la page 3')) == [3, 2, 1]
    creer('attribue_chef', collectivite=monde.epci)
    for requete, attendus in (('tri=numero', range(1, 105)), ('statut=attribue_chef', [104]),
                              ('tri=collectivite&page=3', [104, *range(103, 0, -1)])):
        dits = lire_csv(navigateur.get(f'/espace/demandes.csv?{requete}'))
        assert [int(d['Numéro']) for d in dits] == [*attendus], requete
    lien = navigateur.get('/espace/demandes?tri=collectivite&type=Commune').html.find('a', attrs={'download': True})
    assert lien['href'] == '/espace/demandes.csv?type=Commune&tri=collectivite'


def test_une_demande_restreinte_n_existe_que_pour_son_equipe_et_l_administration(monde, creer, entrer):
    secrete = creer('attribue_chef', restreinte=True, message='Un agent mis en cause.', date_a_tenir='2026-12-10')
    ouverte = creer('attribue_chef')
    en_ecriture(actes.message_du_demandeur, secrete, 'Précision.')
    autre = entrer(monde.autre)
    assert onglets(autre.get('/espace/demandes')) == {
        'Ouvertes': 1, 'Toutes': '', 'Mes demandes': 0, 'À rappeler': 0, 'En retard': 0, 'En attente': 0,
        'Ma direction': 0, 'Ma structure': 0}
    for requete, vues in (('', [ouverte]), ('q=cause', []), (f'q={secrete.numero}', []),
                          (f'collectivite={monde.rieumes.id}&agent={monde.chef.id}', [ouverte])):
        assert numeros(autre.get(f'/espace/demandes?{requete}')) == [d.numero for d in vues], requete
    assert [d['Numéro'] for d in lire_csv(autre.get('/espace/demandes.csv'))] == [str(ouverte.numero)]
    assert autre.get('/espace').html.select_one('.vide')
    collegue = entrer(monde.referent)                               # same structure as the chef, not in the team
    sa_structure = f'/espace/demandes?structure={monde.referent.direction.structure_id}'
    assert numeros(collegue.get(sa_structure)) == [ouverte.numero]
    assert [d['Numéro'] for d in lire_csv(collegue.get('/espace/demandes.csv'))] == [str(ouverte.numero)]
    for qui in ('chef', 'cochef', 'admin'):
        page = entrer(getattr(monde, qui)).get('/espace/demandes')
        assert numeros(page) == [ouverte.numero, secrete.numero] and 'Diffusion restreinte' in page


def test_l_export_a_ses_colonnes_dit_une_reorientee_une_saisie_directe_et_aucune_formule(monde, creer, entrer):
    demande = creer('termine', associe=True, rappel_nom='Rappel', rappel_prenom='Paul', message='Un\nDeux ; "suite"')
    reponse = entrer(monde.admin).get('/espace/demandes.csv')
    assert reponse.content_type == 'text/csv' and reponse.body.startswith(b'\xef\xbb\xbf')
    assert 'demandes-2026-11-24.csv' in reponse.headers['Content-Disposition']
    assert b'Autres structures;Issue;Message;Date \xc3\xa0 tenir;' in reponse.body
    assert lire_csv(reponse) == [
        {'Numéro': str(demande.numero), 'Thème': 'Aménagement', 'Fiche': 'Revitalisation de bourg-centre',
         'Statut': 'Terminé', 'Échéance': '04/12/2026', 'Lieu': 'Place de la Liberté',
         'Type': 'Commune', 'Collectivité': 'Rieumes', 'Structure': 'Haute-Garonne Ingénierie – HGI + CAUE',
         'Direction': 'Direction assistance juridique et financière',
         'Date de dépôt': '24/11/2026', 'Date du premier contact': '24/11/2026',
         'Date de clôture': '24/11/2026', 'Origine': 'Plateforme', 'Maire ou président·e': 'Madame Jeanne Exemplaire',
         'Personne à rappeler': 'Paul Rappel', 'Courriel': 'mairie@rieumes.example', 'Téléphone': '05 36 49 00 12',
         'Référent': 'Claude Temoin', 'Associés': 'Sacha Essai', 'Rôle de la structure': '',
         'Autres structures': "Conseil d'architecture, d'urbanisme et de l'environnement – CAUE",
         'Issue': 'accompagnement réalisé', 'Message': 'Un\nDeux ; "suite"',
         'Date à tenir': '', 'Délai promis': '10 jours', 'Intercommunalité': demande.collectivite_liee.epci.nom,
         'Communes concernées': '', 'Fonction': '', 'Synthèse': demande.synthese,
         'Essai': 'non', 'Ampleur': '', 'Réponse attendue avant le': '', 'Réponse attendue': '', 'Reprise': 'non',
         'Diffusion restreinte': 'non', 'Directions': 'CAUE | Direction assistance juridique et financière',
         'Rappel': 'jointe à temps', 'Rappel confirmé': 'non demandé',
         'Date de la proposition': '', 'Sans nouvelles': 'non', 'Hors compétence': 'non'}]
    rejetee = creer('rejete')
    statuer(rejetee, 'repondre', monde.admin, texte_final='Voyez la Région.', reponse='reorientee',
            organisme='Région Occitanie', transmission='vous')
    remplir(entrer(monde.autre).get('/espace/demandes/nouvelle')).submit(status=303)
    creer('attribue_chef', lieu='=1+1', message='@SUM(A1)')
    formule, dit, ligne, _ = lire_csv(entrer(monde.admin).get('/espace/demandes.csv'))
    assert ligne['Issue'] == 'Réorientée vers la Région Occitanie'
    assert (dit['Origine'], dit['Personne à rappeler'], dit['Échéance']) == ('Reçue en direct', 'Jo Secrétaire', '')
    assert (formule['Lieu'], formule['Message']) == ("'=1+1", "'@SUM(A1)") and exports.cellule(0) == 0
    for debut in '=+-@\t\r\n＝＋－＠':
        assert (exports.cellule(f'{debut}1'), exports.cellule(f'1{debut}')) == (f"'{debut}1", f'1{debut}'), debut


def test_le_contact_ne_sort_que_pour_la_structure_de_l_equipe_un_export_laisse_une_trace(monde, creer, entrer, caplog):
    demande = creer('attribue_chef', fiche=monde.urgente, message='Besoin.')
    reserves = ('Maire ou président·e', 'Personne à rappeler', 'Courriel', 'Téléphone', 'Message')
    for qui, role, plein in (('chef', 'Chef de file', True), ('referent', 'Chef de file', True),
                             ('admin', '', True), ('autre', '', False), ('associe', '', False)):
        ligne, = lire_csv(entrer(getattr(monde, qui)).get('/espace/demandes.csv'))
        assert [bool(ligne[c]) for c in reserves] == [plein] * 5, qui
        assert ligne['Rôle de la structure'] == role and ligne['Collectivité'] == 'Rieumes', qui
    en_ecriture(models.Delegation.create, pour=monde.chef, par=monde.autre)
    ligne, = lire_csv(entrer(monde.autre).get('/espace/demandes.csv'))
    assert ligne['Message'] and ligne['Rôle de la structure'] == 'Chef de file'
    agir(actes.associer, demande, monde.chef, monde.associe.direction.structure)    # nobody of it is named
    ligne, = lire_csv(entrer(monde.associe).get('/espace/demandes.csv'))
    assert ligne['Message'] and ligne['Rôle de la structure'] == 'Expert associé'
    assert ligne['Associés'] == ligne['Autres structures'] != ''
    cochef = entrer(monde.cochef)
    cochef.get('/espace/demandes.csv?theme=abc', status=400)         # no trace of it
    with caplog.at_level(logging.INFO, logger='plateforme'):
        cochef.get('/espace/demandes.csv?q=introuvable&statut=attribue_chef')
    with models.lecture():
        trace, = models.Audit.select().where(models.Audit.fait == 'export', models.Audit.agent == monde.cochef)
    assert trace.fait_le == '2026-11-24T09:00:00Z'
    assert (trace.detail == '0\xa0demande, filtres\xa0: q, statut' and trace.detail in caplog.text
            and 'introuvable' not in caplog.text)


EXEMPLES = {'q': 'place', 'statut': 'termine', 'theme': '1', 'fiche': '2', 'structure': '2',
            'direction': '3', 'collectivite': '2', 'epci': '1', 'type': 'Commune', 'agent': '5', 'retard': 'oui',
            'a_rappeler': 'oui', 'ouvertes': 'oui', 'miennes': 'oui', 'reprise': 'oui', 'a_confirmer': 'oui',
            'essai': 'oui', 'attente': 'oui', 'a_repondre': 'oui', 'depuis': '2020-01-01', 'jusqua': '2026-01-01'}


def plans(monkeypatch, agent, criteres, tri):
    """What SQLite says it does for the list, then for its count: [[words of a step]]. The bounds of a period are read
    before, once for both, from their index alone.
    """
    vues, executer = [], models.db.execute_sql
    with models.lecture(), monkeypatch.context() as m:
        m.setattr(models.db, 'execute_sql', lambda sql, v=None: vues.append((sql, v)) or executer(sql, v))
        agent.identites                                             # noqa: B018 – read now
        for nom in liste.DATES.keys() & criteres.keys():
            liste._borne(nom, liste.CONDITIONS[nom].valeur(criteres[nom]))
        bornes = [etape for sql, valeurs in vues for *_, etape in executer(f'EXPLAIN QUERY PLAN {sql}', valeurs)
                  if 'demande_depot' in sql]
        assert all(etape.startswith('SEARCH demande USING COVERING INDEX demande_depot ') for etape in bornes), bornes
        vues.clear()
        liste.lister(agent, criteres, tri, 'demande.numero', 50)
        liste.compter(agent, criteres)
        return [[etape for *_, etape in executer(f'EXPLAIN QUERY PLAN {sql}', valeurs)] for sql, valeurs in vues]


# They only narrow what a period, a structure or a territory has found (verbes/pilotage/chiffres.py).
DES_CHIFFRES = {'comptees', 'recues', 'avec', 'origine', 'restreinte', 'delai', 'echue_depuis',
                'echue_jusqua', 'temps', 'confirme', 'age', 'issue', 'ampleur', 'avis', 'sans_nouvelles',
                'arrondissement', 'canton', 'petr', 'secteur', 'contact', 'proposition', 'signalee', 'perimetre'}


# The indexes of a part of the demandes: all of one may be read.
PARTIELS = re.findall(r'INDEX (demande_\w+) ON demande [^;]* WHERE', (RACINE / 'migrations.sql').read_text('utf-8'))


def parcourt_tout(etape):
    return etape.startswith('SCAN demande') and etape.rpartition(' ')[2] not in PARTIELS


# A whole team or a whole period made into a list, to look each demande up in it.
TOUT_LU = ('SEARCH membre USING COVERING INDEX membre_structure (structure_id=?)',
           'SEARCH membre USING COVERING INDEX membre_direction (direction_id=?)',
           'SEARCH demande USING COVERING INDEX demande_depot')
SANS_TRI = ('q', 'statut', 'theme', 'fiche', 'structure', 'agent', 'type', 'retard')
TRIS = [sens + nom for nom in liste.TRIS for sens in ('', '-')]


@pytest.mark.parametrize('qui', ['autre', 'admin'])
def test_aucun_filtre_aucune_paire_aucun_tri_ne_lit_toute_une_table_une_equipe_ou_une_periode(monde, monkeypatch, qui):
    assert {*EXEMPLES, *DES_CHIFFRES, 'chef', 'toutes'} == set(liste.CONDITIONS)
    agent = getattr(monde, qui)
    for nom, valeur in EXEMPLES.items():
        for plan in plans(monkeypatch, agent, {nom: valeur}, ''):
            assert not [etape for etape in plan if parcourt_tout(etape)], (nom, plan)
    exemples = EXEMPLES | {'agent': str(agent.id)}                  # nobody else's lateness is looked for
    for paire in itertools.combinations(exemples, 2):
        for plan in plans(monkeypatch, agent, {nom: exemples[nom] for nom in paire}, ''):
            assert not [etape for etape in plan if etape.startswith(TOUT_LU) or parcourt_tout(etape)], (paire, plan)
    for criteres in ({}, *({nom: EXEMPLES[nom]} for nom in SANS_TRI)):       # the latest first: nothing to sort
        plan, *_ = plans(monkeypatch, agent, criteres, '')
        assert not [etape for etape in plan if 'ORDER BY' in etape], (criteres, plan)
    for tri in TRIS:
        plan, *_ = plans(monkeypatch, agent, {}, tri)               # « LAST TERM »: within equal values only
        assert not [etape for etape in plan if etape.endswith('FOR ORDER BY')], (tri, plan)
    for criteres in ({'structure': '2'}, {'direction': '3'}, {'agent': '5', 'chef': 'oui'}):
        for plan in plans(monkeypatch, monde.admin, criteres, ''):
            assert [etape for etape in plan if etape.startswith('SEARCH place USING')], (criteres, plan)
            assert not [etape for etape in plan if 'TEMP B-TREE' in etape or 'SCAN demande' in etape], (criteres, plan)


def test_une_equipe_se_lit_par_ses_places_et_une_recherche_se_trie_par_toutes_les_colonnes(creer, monde, entrer):
    creer('en_cours')
    navigateur = entrer(monde.autre)
    for tri, q in itertools.product(TRIS, ('place', 'n° 1', '?', 'la place du')):
        page = navigateur.get('/espace/demandes', {'q': q, 'tri': tri, 'type': 'Commune'})
        assert numeros(page) == ([] if q == '?' else [1]), (tri, q)
    # several places, hidden demandes: each row once, and the count is that of the rows
    for n, etat in enumerate(('en_cours', 'attribue_chef', 'termine', 'en_cours')):
        creer(etat, message=f'Place {n}.', restreinte=n == 3, associe=n == 0)
    for qui, criteres in itertools.product(('autre', 'chef', 'admin'), (
            {'structure': '2'}, {'structure': '2', 'chef': 'oui'}, {'direction': '2', 'statut': 'en_cours'},
            {'agent': '3', 'structure': '2'}, {'agent': '4', 'chef': 'oui', 'ouvertes': 'oui'},
            {'structure': '3', 'q': 'place'})):
        agent, tries = getattr(monde, qui), {}
        with models.lecture():
            for tri in ('', 'numero', '-numero', 'statut'):         # « statut » is sorted, without the places
                tries[tri] = [n for n, in liste.lister(agent, criteres, tri, 'demande.numero')]
            compte = liste.compter(agent, criteres)
            voisines = [liste.voisines(agent, criteres, '', n) for n in tries['']]
        assert tries[''] == tries['-numero'] == sorted(tries['statut'], reverse=True) == tries['numero'][::-1], criteres
        assert compte == len(tries['']) and [v[1] for v in voisines] == [*tries[''], None][1:], (qui, criteres)
