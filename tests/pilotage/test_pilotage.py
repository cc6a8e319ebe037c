"""« Pilotage »: each number of the page opens a list that counts the same; its filters, its words, who reads what."""
import itertools
import re
from urllib.parse import parse_qs, quote, urlsplit

from conftest import changer_demande, changer_ligne, creer_ligne, en_ecriture, fixer_tous, texte
from test_chiffres import deposee, variees  # noqa: F401 – a fixture

import models
from verbes.demande import liste

PAGE = '/espace/pilotage'
IGNORE = 'Un filtre de cette adresse ne correspond à rien : il est ignoré.'


def tout(requete=''):
    return f'{PAGE}?chapitre=tout&{requete.removeprefix("?")}'.rstrip('&')


def nombre(mots):
    return int(re.sub(r'\D', '', mots))


def longueur(agent, adresse):
    criteres = {nom: valeurs[0] for nom, valeurs in parse_qs(urlsplit(adresse).query).items()}
    with models.lecture():
        return len(liste.lister(agent, criteres, '', 'demande.numero').fetchall())


def test_chapitres_et_questions_du_comite_ont_leurs_tableaux_et_leur_csv(monde, variees, entrer):  # noqa: F811
    navigateur, vus = entrer(monde.admin), set()
    sur = navigateur.get(tout()).html.select('section[aria-labelledby=t-structures_delais] tbody td:nth-of-type(2)')
    assert len(sur) > 2 and all(int(case.text) == longueur(monde.admin, case.a['href']) for case in sur)
    entiere = navigateur.get(tout('periode=2026'))
    dit = texte(entiere)
    assert re.search(r'Dont \d+ à diffusion restreinte\.', dit) and 'que vous ne lisez pas' not in dit
    for lien in entiere.html.select('nav[aria-label=Chapitres] a')[:-1]:
        page = navigateur.get(lien['href'])
        assert page.html.select_one('nav[aria-label=Chapitres] [aria-current]').text == lien.text
        siens = {t['id'] for t in page.html.select('section.panneau')}
        assert siens and not siens & vus and len(page.body) < 60_000, lien.text
        vus |= siens
        assert page.html.find('select', id='periode').find('option', selected=True)['value'] == '2026'
    assert vus == {t['id'] for t in entiere.html.select('section.panneau')}
    for qui, requete in itertools.product((monde.admin, monde.autre), ('', '?theme=99', '?structure=2')):
        page = entrer(qui).get(tout(requete)).html
        ancres = page.find('nav', attrs={'aria-label': 'Sommaire des tableaux'}).find_all('a')
        assert len(ancres) >= 12, requete
        for ancre in ancres:
            panneau, = page.find_all(id=ancre['href'].removeprefix('#'))
            assert 'panneau' in panneau['class'] and panneau.h2.get_text(), (requete, ancre)
    annees = navigateur.get(f'{PAGE}?chapitre=annees&periode=2026-03')
    assert [tr.th.text for tr in annees.html.select('#annees tbody tr')] == ['2025', '2026']
    croises = navigateur.get(f'{PAGE}?chapitre=croises&periode=2026')
    for page, noms in ((annees, ('annees', 'annees_structures')), (croises, ('theme_epci', 'ensemble'))):
        for nom in noms:
            panneau = page.html.select_one(f'section[aria-labelledby=t-{nom}]')
            for lien in panneau.select('tbody a'):
                assert longueur(monde.admin, lien['href']) == nombre(lien.text), (nom, lien['href'])
            csv = navigateur.get(panneau.select_one('header a')['href']).body.decode('utf-8-sig').split('\r\n')
            assert len(csv) > len(panneau.select('tbody tr')), page
    rangs = croises.html.select('section[aria-labelledby=t-theme_epci] :is(tbody, tfoot) tr')
    nombres = [[nombre(td.text) for td in tr.select('td')] for tr in rangs]
    assert all(sum(rang[:-1]) == rang[-1] for rang in nombres)
    assert [sum(colonne) for colonne in zip(*nombres[:-1])] == nombres[-1]


def test_sans_demande_rien_ne_se_divise_ni_ne_se_compare_un_filtre_impossible_se_refuse(monde, creer, entrer, lecteur):
    for qui in (monde.admin, monde.autre):
        lu = texte(entrer(qui).get(tout()))
        assert 'nan' not in lu.lower().split() and 'None' not in lu and 'Aucune demande.' in lu, qui
    navigateur = entrer(monde.autre)
    for requete in ('periode=demain', 'theme=abc', 'epci=1,x', 'type=Ville', 'origine=ailleurs', 'perimetre=oui',
                    'chapitre=zut'):
        assert navigateur.get(f'{PAGE}?{requete}', status=400), requete
    assert navigateur.get(tout('agent=2')).html.select_one('.filtres-actifs') is None
    navigateur = entrer(monde.admin)
    assert len(navigateur.get(tout('periode=libre&du=1997-01-01&au=2026-12-31')).html.select('#mois tbody tr')) == 360
    navigateur.get(tout('periode=libre&du=1900-01-01&au=2199-12-31'), status=400)
    page = entrer(monde.autre).get(f'{PAGE}?periode=libre&du=2026-03-02&au=2026-03-01', status=400)
    assert (page.html.find(id='du')['value'], page.html.find(id='au')['value']) == ('2026-03-02', '2026-03-01')
    assert page.html.title.text.startswith('Erreur – ')
    assert 'indiquez deux dates dans l\'ordre, de 30 ans au plus.' in texte(page)
    assert page.html.select_one('[role=alert] a[href="#du"]') and page.html.select_one('details[open] #du')
    page = entrer(monde.autre).get(f'{PAGE}?periode=libre&du=zorglub&au=2026-01-01', status=400)
    assert page.html.find(id='du')['value'] == '' and 'zorglub' not in page.text
    entrer(lecteur).get(f'{PAGE}?periode=libre&du=2026-03-02&au=2026-03-01', status=400)
    # « +38 sur la période d'avant (0) » would say that it rises, of a service that was not there.
    changer_demande(creer('termine'), depose_le='2015-03-02T09:00:00Z')     # so that there is a period before
    for requete, dit in (
            ('', ''), ('?periode=2026', ''),
            ('?periode=libre&du=2025-11-01&au=2026-11-24',
             'octobre 2024 est en face de novembre 2025, et ainsi de suite.'),
            ('?periode=2026-T3', 'Période d\'avant : avril 2026 est en face de juillet 2026, et ainsi de suite.'),
            ('?periode=2026-11', 'Période d\'avant : octobre 2026 est en face de novembre 2026.')):
        lu = texte(entrer(monde.admin).get(tout(requete)))
        assert (dit in lu) if dit else ('en face' not in lu), requete
        assert requete or 'autant que la période d\'avant' in lu, requete
    fixer_tous(mandat_departemental='2020-07-01')
    for qui in (monde.admin, lecteur):
        for requete in ('periode=2016', 'periode=mandat-departemental', 'periode=2015-03'):
            page = entrer(qui).get(tout(requete))
            assert 'non comparée : avant la première demande connue' in texte(page), requete
            assert not {th.get_text() for th in page.html.select('th')} & {'Écart', 'Période d\'avant'}, qui
        for comparee in ('periode=2017', 'periode=2015-04'):        # the first demande is of the 2nd of March
            assert 'Écart' in texte(entrer(qui).get(tout(comparee))), qui


def test_un_seul_cas_ouvre_sa_liste_et_garde_ses_filtres_sans_taux_ni_mediane(creer, maxime, monde, entrer, heure):
    creer('en_cours')
    page = maxime.get(tout('periode=2026'))
    temps = next(a for a in page.html.select('main .tableau a[href*="temps=jointe"]') if 'delai=complexe' in a['href'])
    suite = maxime.get(temps['href'])
    dits = ' '.join(suite.html.select_one('.filtres-actifs').text.split())
    for mots in ('Comptées dans les chiffres', 'Délai promis : 10 jours', 'Échéance depuis le 1er janvier',
                 'Rappel : jointe à temps'):
        assert mots in dits.replace('\u00a0', ' '), mots
    encore = next(f for f in suite.forms.values() if 'theme' in f.fields).submit(status='*')
    assert 'temps=jointe' in (encore.headers.get('Location') or encore.request.url)
    csv = maxime.get(temps['href'].replace('/demandes?', '/demandes.csv?'))
    assert len(csv.body.decode('utf-8-sig').strip().split('\r\n')) == 2
    page = entrer(monde.admin).get(tout('periode=2026'))
    assert '%' not in page.html.select_one('main').text
    assert 'Pas de pourcentage' in texte(page) and '1 sur 1' in texte(page)
    for requete, mois in (('periode=2026', 'janv.'), ('periode=libre&du=2021-07-01&au=2026-11-30', 'juil. 21')):
        page = entrer(monde.admin).get(tout(requete))
        dits = [t.text.replace('\xa0', ' ') for t in page.html.select('#mois svg.graphique[role] text')]
        mots = [dit for dit in dits if not dit.isdigit()]
        assert mots[0] == mois and len(mots) <= 13 - 4 * (len(mois) > 5)    # wider words, fewer of them
    heure('2027-01-05T12:00:00Z')
    lu = texte(entrer(monde.autre).get(tout('periode=2026')))
    assert 'Diffusion restreinte : 0.' in lu and 'Dont 0' not in lu


def test_les_chiffres_d_une_structure_disent_qui_travaille_avec_ses_delais_a_ses_agents_seuls(monde, creer, entrer):
    creer('en_cours', fiche=monde.urgente)
    for requete in ('', '?structure=2', '?fiche=1', '?theme=1', '?type=Commune', '?epci=1', '?direction=2'):
        page = entrer(monde.autre).get(tout(requete))
        for nom in ('temps', 'delais', 'confirme'):
            section = page.html.select_one(f'section[aria-labelledby=t-{nom}]')
            assert not section.select('td') and 'ses agents et aux administrateurs' in section.text, requete
        assert 'non montré' in page.html.select_one('.chiffres').text, requete
        assert 'temps=' not in page.html.select_one('main').decode(), requete
        assert 'temps=jointe' in entrer(monde.chef).get(tout(requete)).html.select_one('main').decode(), requete
    for qui, dits in ((monde.autre, ['reçues']), (monde.admin, ['reçues', 'jointes à temps'])):
        page = entrer(qui).get('/espace/pilotage').html
        assert [li.text.strip() for li in page.select('#mois .legende li')] == dits, qui
    creer('en_cours')                                               # HGI and CAUE
    page = entrer(monde.chef).get(f'{PAGE}?chapitre=croises&periode=2026&structure=2')
    rang, = page.html.select('section[aria-labelledby=t-ensemble] tbody tr')
    titres = [th.text for th in page.html.select('section[aria-labelledby=t-ensemble] thead th')]
    dits = dict(zip(titres[1:], [td.text for td in rang.select('td')]))
    assert rang.th.text.startswith('Haute-Garonne Ingénierie') and dits == {'CAUE': '1', 'HGI': '1'}
    lien = rang.select('a')[0]['href']
    suite = entrer(monde.chef).get(lien)
    assert 'Travaillée avec : Conseil d\'architecture' in texte(suite)
    assert len(suite.html.select('table.demandes tbody tr')) == 1

    def structures(qui):
        page = entrer(qui).get(tout('periode=2026'))
        return [th.text for th in page.html.select('section[aria-labelledby=t-structures_delais] tbody th')]
    assert [nom[:13] for nom in structures(monde.chef)] == ['Haute-Garonne', 'Ensemble']
    assert len(structures(monde.admin)) == 3
    en_ecriture(models.Direction.update(fermee_le='2026-11-20').where(models.Direction.id == 3).execute)
    page = entrer(monde.admin).get(tout())
    rang = next(r for r in page.html.select('section[aria-labelledby=t-structure] tbody tr') if 'CAUE' in r.th.text)
    assert '(fermée le 20/11/2026)' in rang.th.text and rang.td.text == '1'


def test_une_valeur_qui_n_existe_pas_une_periode_vide_se_disent_un_filtre_inconnu_se_tait(monde, creer, entrer):
    creer()
    navigateur = entrer(monde.admin)
    for filtre, dit in (('theme=99', 'Thème : inconnu'), ('structure=99', 'Structure : inconnue'),
                        ('arrondissement=Appelez+le+0899', 'Arrondissement : inconnu')):
        for page in (f'{PAGE}?{filtre}', f'{PAGE}/rapport?{filtre}'):
            vue = navigateur.get(page)
            assert dit.replace('Structure : ', '' if 'rapport' in page else 'Structure : ') in texte(vue), filtre
            assert '0899' not in texte(vue) and re.search(r' 0 demandes reçues ', texte(vue)), filtre
        if filtre.startswith('arr'):
            vue = navigateur.get(f'{PAGE}/territoires?{filtre}')
            assert vue.html.h1.get_text().lower().endswith(dit.lower().replace(' : ', ' ')) and '0899' not in texte(vue)
            assert 'Aucune commune ne répond à ces filtres.' in texte(vue), filtre
    for code, dit in (('1999', 'L\'année 1999'), ('2019-T2', '2e trimestre 2019'), ('2027-02', 'Février 2027')):
        page = navigateur.get(tout(f'periode={code}'))
        assert 'Aucune demande n\'a été déposée dans cette période, avec ces filtres.' in texte(page), code
        choisie = page.html.find('select', id='periode').find('option', selected=True)
        assert choisie['value'] == code and choisie.get_text() == dit, code
        assert 'Rien à dessiner : tout est à zéro.' in texte(page) and not page.html.select('#mois svg.graphique[role]')
        dit = 'autant que la période d\'avant' if code > '2026' else 'avant la première demande connue'
        assert 'sur 0' not in texte(page) and dit in texte(page), code
    page = navigateur.get(tout('periode=libre&du=2026-11-24&au=2026-11-24'))
    assert 'Demandes déposées le 24 novembre 2026.' in texte(page) and 'Aucune demande n\'a' not in texte(page)
    navigateur = entrer(monde.chef)
    for page, compris in (
            (PAGE, '?periode=2026&theme=1'), (f'{PAGE}/carte', '?vue=epci&tri=-population'),
    (f'{PAGE}/territoires', '?epci=1&arrondissement=Muret'), ('/espace/demandes', '?tri=-statut&page=1&ouvertes=oui')):
        for requete in ('?annee=1999', f'{compris}&mois=zorglub', '?zorglub=oui'):
            vue = navigateur.get(page + requete)
            assert IGNORE in texte(vue) and 'zorglub' not in vue.html.find('main').get_text(), requete
        for requete in ('', compris, f'{compris}&fait=enregistre'):
            assert IGNORE not in texte(navigateur.get(page + requete)), requete


def test_un_filtre_des_chiffres_se_dit_et_se_retire_l_intercommunalite_en_est_une_et_se_coche(monde, entrer):
    creer_ligne(models.Collectivite, id=18, nom='CC Autre', cherche='', type='Métropole', siren='200099999')
    for filtre, mots in (
            ('issue=realise', 'Issue : accompagnement réalisé'), ('ampleur=jours', 'Ampleur : quelques jours'),
            ('age=30', 'Ouverte depuis : 30 jours au plus'), ('sans_nouvelles=oui', 'Sans nouvelles'),
            ('confirme=pas_encore', 'Rappel confirmé par la mairie : pas encore'),
            ('contact=attendu', 'Premier contact : pas encore'), ('temps=calcul', 'Rappel : jointe ou appelée à temps'),
            ('signalee=oui', 'Hors compétence : signalée'), ('fiche=aucune', 'Fiche : Demande libre'),
            ('theme=aucune', 'Thème : Sans thème'), ('epci=1,18', 'CC Cœur de Garonne et CC Autre'),
            ('epci=aucune', 'Sans intercommunalité'),
            ('perimetre=avant', 'Périmètre : d\'avant les fusions'), ('canton=Auterive', 'Canton : inconnu'),
            ('origine=direct', 'Origine : reçue en direct'), ('restreinte=oui', 'À diffusion restreinte')):
        actif = entrer(monde.admin).get(f'/espace/demandes?{filtre}&statut=en_cours').html.select('.filtre-actif')
        assert mots in ' '.join(' '.join(a.text for a in actif).split()).replace('\u00a0', ' '), filtre
        assert any(a['href'] == '/espace/demandes?statut=en_cours' for a in actif), filtre
    pages = [f'{PAGE}{ou}' for ou in ('', '/rapport', '/theme.csv', '/territoires', '/territoires.csv')]
    for ou, qui in itertools.product([*pages, '/espace/demandes.csv'], (monde.admin, monde.autre)):
        for ids in ('1', '1,18', 'aucune'):
            entrer(qui).get(f'{ou}?epci={ids}', status=200)
        for ids in (monde.rieumes.id, f'1,{monde.rieumes.id}', 99, '1,99'):
            entrer(qui).get(f'{ou}?epci={ids}', status=400)
    for ou in (*pages[1:], '/espace/demandes', '/espace/demandes.csv'):
        refus = texte(entrer(monde.autre).get(f'{ou}?epci=1&epci=18', status=400))
        assert '« epci » est deux fois' in refus and 'epci=5,6' in refus, ou
    page = entrer(monde.autre).get(f'{PAGE}?epci=1&epci=18&theme=', status=303).follow()
    while page.status_int == 303:
        page = page.follow()
    assert parse_qs(urlsplit(page.request.url).query) == {'epci': ['1,18']}
    assert page.html.select_one('input[name=epci][value="1"]').has_attr('checked')


def reprendre(demande, jour):
    changer_demande(demande, reprise=True, importee=True, echeance=None, depose_le=f'{jour}T09:00:00Z')


def tenir(tenant, *conditions):
    """This référent in the place of another."""
    en_ecriture(models.Membre.update(agent=tenant).where(models.Membre.role == 'referent', *conditions).execute)


def test_tout_a_temps_fait_cent_pour_cent_sans_la_reprise_deux_referents_rien(monde, creer, entrer, requetes, maxime):
    for n in range(12):
        demande = creer('en_cours', message=f'n° {n}', courriel=f'm{n}@rieumes.example')
        tenir((monde.referent, monde.chef, monde.cochef)[n % 3], models.Membre.demande == demande.numero)
    avant = entrer(monde.admin).get(tout('periode=2026'))
    assert '100\u00a0%' in avant.html.select_one('.chiffres').text
    rangs = {r.th.text: r.text for r in avant.html.select('section[aria-labelledby=t-temps] tbody tr')}
    assert '0\u00a0%' in rangs['Aucun appel dans le délai'] and '100\u00a0%' in rangs['Jointe à temps']
    for n in range(6):
        reprendre(creer('termine', message=f'r{n}', courriel=f'r{n}@rieumes.example'), f'2026-0{n + 1}-10')
    apres = entrer(monde.admin).get(tout('periode=2026'))
    for nom in ('temps', 'delais', 'confirme', 'issues', 'ouvertes'):
        lus = [[[td.text for td in tr.select('td:not(.dessin)')][:1] for tr in page.html.select(
            f'section[aria-labelledby=t-{nom}] tbody tr')] for page in (avant, apres)]
        assert lus[0] == lus[1], nom
    assert [' '.join(td.text.split()) for td in apres.html.select('#par-theme tbody tr')[0].select('td')][:2] == [
        '18 dont 6 reprises', '100 %']
    assert 'Hors demandes reprises de l\'ancien suivi (6).' in texte(apres)
    with models.ecriture():
        for numero, (statut, jour) in itertools.product(range(1, 13), (('rejete', '20'), ('attribue_chef', '24'))):
            models.Journal.create(demande=numero, nature='statut', statut=statut, auteur='x',
                                  cree_le=f'2026-11-{jour}T09:00:00Z')
    assert 'jusqu\'à la réponse ou la réorientation : 4 jours, sur 12.' in texte(maxime.get(tout('periode=2026')))
    tenir(monde.chef, models.Membre.agent == monde.cochef)
    requetes.clear()
    assert '%' not in maxime.get(tout('periode=2026')).html.select_one('.chiffres').text and len(requetes) <= 13


def test_une_collectivite_de_plusieurs_cantons_est_une_ligne_a_part_et_les_lignes_s_additionnent(monde, creer, entrer):
    with models.lecture():
        autre = models.Collectivite.get(models.Collectivite.nom == 'Rieumajou')
    changer_ligne(monde.rieumes, canton='Cazères')
    changer_ligne(autre, canton='Cazères, Muret')
    for n, c in enumerate((monde.rieumes, monde.rieumes, autre, monde.epci)):
        creer('en_cours', collectivite=c, message=f'{n}', courriel=f'm{n}@rieumes.example')
    navigateur = entrer(monde.admin)
    page = navigateur.get(f'{PAGE}?chapitre=demandes&periode=2026')
    lues = {tr.th.text: nombre(tr.td.text) for tr in page.html.select('section[aria-labelledby=t-canton] tbody tr')}
    assert lues == {'Cazères': 2, 'plusieurs cantons': 1, 'Sans canton': 1}
    for lien in page.html.select('section[aria-labelledby=t-canton] tbody a'):
        assert longueur(monde.admin, lien['href']) == nombre(lien.text)
    assert [o.text for o in page.html.select('select#canton option')] == ['Tous', 'Cazères', 'plusieurs cantons']
    for canton, combien in (('Cazères', 2), ('plusieurs cantons', 1), ('aucune', 1), ('Muret', 0)):
        une = navigateur.get(f'{PAGE}?periode=2026&canton={quote(canton)}')
        assert une.html.select_one('.chiffres b').text == str(combien), canton
        liste_ = navigateur.get(f'/espace/demandes?canton={quote(canton)}')
        assert len(liste_.html.select('table.demandes tbody tr')) == combien, canton
    page = navigateur.get(f'{PAGE}/territoires?canton=plusieurs+cantons')
    assert '0 communes' not in texte(page) and page.html.select('select#canton option[selected]')
    changer_ligne(monde.rieumes, canton='Volvestre')                # a canton renamed
    assert 'Canton : inconnu' in texte(navigateur.get(f'{PAGE}?canton={quote("Cazères")}'))
    changer_ligne(monde.rieumes, canton='Cazères')
    for vue in ('carte', 'carte.csv'):
        page = navigateur.get(f'{PAGE}/{vue}?canton={quote("Cazères")}')
        assert 'Rieumes' in page.text and 'Rieumajou' not in page.text, vue
        navigateur.get(f'{PAGE}/{vue}?vue=epci&canton={quote("Cazères")}', status=400)


def test_un_mandat_est_une_periode_dont_le_premier_jour_est_un_reglage_une_annee_reprise_ne_se_compare_pas(
        monde, creer, entrer, lecteur, heure):
    for n, jour in enumerate(('2021-06-30', '2021-07-01', '2026-03-21', '2026-03-22', '2026-04-01')):
        deposee(creer('en_cours', message=jour, courriel=f'm{n}@rieumes.example'), jour)
    for qui, attendus in ((monde.admin, (4, 2)), (lecteur, (4, 1))):    # a « lecteur »: whole months
        page = entrer(qui).get(PAGE)
        assert [o['value'] for o in page.html.select('#periode optgroup[label=Mandats] option')] == [
            'mandat-departemental', 'mandat-municipal']
        for code, attendu in zip(('mandat-departemental', 'mandat-municipal'), attendus):
            lue = entrer(qui).get(f'{PAGE}?periode={code}')
            assert lue.html.select_one('.chiffres b').text == str(attendu), (qui.prenom, code)
            assert lue.html.find('select', id='periode').find('option', selected=True)['value'] == code, qui
    fixer_tous(mandat_departemental='')
    entrer(monde.admin).get(f'{PAGE}?periode=mandat-departemental', status=400)
    heure('2026-10-01T09:00:00Z')                                   # the quarter that begins today
    assert entrer(monde.admin).get(PAGE).html.select('#periode option[value="2026-T4"]')
    heure('2026-11-24T09:00:00Z')
    for n in range(4):
        reprendre(creer('termine', message=f'{n}', courriel=f'r{n}@rieumes.example'), f'2025-0{n + 1}-10')
    creer('en_cours')
    for qui in (monde.admin, monde.autre, lecteur):
        navigateur = entrer(qui)
        page = navigateur.get(tout('periode=2025'))
        tete = page.html.select_one('.chiffres li')
        assert tete.b.text == '4' and 'dont 4\u00a0reprises de l\'ancien suivi' in tete.text, qui
        assert len(page.html.select('#mois rect.reprise')) == 5         # four months, and the legend
        assert 'dont reprises de l\'ancien suivi' in page.html.select_one('#mois .legende').text, qui
        rang = page.html.select_one('#par-theme tbody tr')
        assert 'dont 4 reprises' in ' '.join(rang.td.text.split()) and rang.select('rect.reprise'), qui
        assert '%' not in page.html.select_one('main').text and page.html.select('pattern#hachures'), qui
        apres = navigateur.get(tout('periode=2026'))
        for lue in (page, apres):
            assert 'non comparée : reprise' in texte(lue) and '+1' not in texte(lue), qui
            assert not {'Écart', 'Période d\'avant'} & {th.text for th in lue.html.select('thead th')}, qui
        assert not apres.html.select('#mois rect.reprise') and apres.html.select('#annees rect.reprise'), qui
        assert navigateur.get(f'{PAGE}?chapitre=annees&periode=2026').html.select('pattern#hachures'), qui
        lignes = navigateur.get(f'{PAGE}/theme.csv?periode=2025').body.decode('utf-8-sig').split('\r\n')
        assert 'Dont reprises de l\'historique' in lignes[0] and 'Écart' not in lignes[0] and ';4;' in lignes[1], qui
        rapport = navigateur.get(f'{PAGE}/rapport?periode=2025')
        assert rapport.html.select('rect.reprise') and 'dont 4 reprises' in texte(rapport), qui


LIEUX = (('periode=2025', {'depuis': '2025-01-01', 'jusqua': '2025-12-31'}), ('theme=1', {'theme': '1'}),
         ('periode=2026&theme=1&type=Commune', {'depuis': '2026-01-01', 'jusqua': '2026-12-31', 'theme': '1',
                                                 'type': 'Commune'}))


def test_la_carte_prend_les_filtres_des_chiffres_par_annees_a_un_lecteur(monde, variees, entrer, lecteur):  # noqa: F811
    for agent, (requete, criteres) in itertools.product((monde.admin, monde.autre), LIEUX):
        navigateur = entrer(agent)
        siennes = [d for d in variees if (agent == monde.admin or not d.restreinte)
                   and d.issue not in ('doublon', 'erreur', 'stock') and not d.essai
                   and ('theme' not in criteres or d.theme_id == int(criteres['theme']))
                   and ('type' not in criteres or d.type == criteres['type'])]
        du, au = criteres.get('depuis', '2024-11-24'), criteres.get('jusqua', '9')
        ici = [d for d in siennes if du <= d.depose_le[:10] <= au]
        for vue, colonne in (('communes', 'collectivite'), ('epci', 'epci')):
            page = navigateur.get(f'{PAGE}/carte?vue={vue}&{requete}')
            liens = page.html.select('#tableau td a[href*="recues=oui"]')
            assert sum(nombre(a.text) for a in liens) == len(
                [d for d in ici if vue == 'epci' or d.collectivite_id != monde.epci.id])
            for a in page.html.select('#tableau td a'):
                assert longueur(agent, a['href']) == nombre(a.text), a['href']
                assert colonne in a['href'], vue
        toutes = navigateur.get(f'{PAGE}/territoires?{requete}')
        communes = 4 - len({d.collectivite_id for d in siennes if d.depose_le[:10] >= du} - {monde.epci.id})
        if au > '2026-11-24':
            assert nombre(toutes.html.select_one('.chiffres b').text) == communes
        assert ('depuis 24' in toutes.html.h1.text) == ('periode' not in requete)
    navigateur = entrer(lecteur)
    for ou in ('carte', 'carte.csv', 'territoires', 'territoires.csv'):
        navigateur.get(f'{PAGE}/{ou}?periode=2025&theme=1', status=200)
        for fine in ('periode=2026-03', 'periode=2026-T1', 'periode=mandat-municipal',
                     'periode=libre&du=2026-03-01&au=2026-03-31'):
            assert 'par années civiles' in texte(navigateur.get(f'{PAGE}/{ou}?{fine}', status=403)), ou
    offertes = navigateur.get(f'{PAGE}/carte').html.select('#periode optgroup')
    assert [o['label'] for o in offertes] == ['Années']
