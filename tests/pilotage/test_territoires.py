"""The page of a collectivité, those without demande for 24 months, where a collectivité is: each by a plain loop."""
import itertools
import random
import re

from conftest import agir, changer_demande, changer_ligne, collectivite, en_ecriture, fixer_tous, lire_csv
from conftest import numeros as dans_la_liste
from fichiers import lire

import models
import langue
from verbes import journal, perimetre
from verbes.echanges import colonnes
from verbes.administration import collectivites
from verbes.pilotage import territoires
from verbes.demande import a_confirmer, actes
from verbes.echanges.imports import importer
from views import choix

PAGE = '/espace/pilotage/territoires'


def la_page(navigateur, c, suite=''):
    return navigateur.get(f'/espace/collectivites/{c.id}{suite}')


def texte(page, ou='main'):
    return re.sub(r'[\s\xa0]+', ' ', page.html.select_one(ou).text)


def a_qui_parler(page):
    return texte(page, 'section[aria-labelledby=contact]')


def rieumajou():
    with models.lecture():
        return models.Collectivite.get(nom='Rieumajou')


def numeros(page):
    return [int(a.span.text) for a in page.html.select('#demandes tbody th a')]


def test_la_page_montre_ses_demandes_celles_qui_la_concernent_une_restreinte_a_qui_la_lit(creer, monde, entrer):
    sienne = creer('en_cours')
    concernee = creer(collectivite=monde.epci, communes=[monde.rieumes])
    creer(collectivite=rieumajou())
    page = la_page(entrer(monde.autre), monde.rieumes)
    dit = texte(page)
    assert numeros(page) == [concernee.numero, sienne.numero]
    assert 'déposée par CC Cœur de Garonne, la concerne' in dit and "et 1 d'une autre, qui la concerne" in dit
    assert 'Accompagnée aujourd\'hui' in dit and 'Les demandes reçues en direct et non transmises' in dit
    assert f'n° {sienne.numero}, jointe le 24 novembre' in dit
    lues = lire_csv(la_page(entrer(monde.autre), monde.rieumes, '.csv'))
    assert [(lue['Numéro'], lue['La concerne']) for lue in lues] == [
        (str(concernee.numero), 'oui'), (str(sienne.numero), 'non')]
    assert set(lues[1]) == {'Numéro', 'Collectivité', 'La concerne', 'Thème', 'Fiche', 'Statut', 'Déposée', 'Structure',
                            'Issue', 'Diffusion restreinte', 'Reprise'}
    assert not {'Jeanne', 'Exemplaire', 'mairie@rieumes.example'} & set(' '.join(lues[1].values()).split())
    assert 'export' in [fait for fait, in lire('SELECT fait FROM audit')]
    page = entrer(monde.chef).get(f'/espace/demandes/{sienne.numero}').click('Rieumes', href='/espace/collectivites/')
    assert page.html.h1.text == 'Rieumes'
    homonymes = [en_ecriture(collectivite, 'Le Pin', 'Commune', f'21310{n}000', f'3190{n}', codes_postaux=f'3137{n}')
                 for n in (1, 2)]
    for c in (monde.rieumes, *homonymes):
        nom = la_page(entrer(monde.chef), c).click('Saisir une demande').html.select_one('[name=collectivite]')['value']
        assert nom.startswith(c.nom)
        with models.lecture():
            assert choix.choisir_collectivite(nom, '', '')[0] == c
    changer_demande(sienne, restreinte=True)
    page = la_page(entrer(monde.chef), monde.rieumes)
    assert sienne.numero in numeros(page) and 'Diffusion restreinte' in page.text and 'Jeanne Exemplaire' in page.text
    assert 'Exemplaire, maire' not in a_qui_parler(la_page(entrer(monde.autre), monde.rieumes))
    lue, = lire_csv(la_page(entrer(monde.autre), monde.rieumes, '.csv'))
    assert lue['Numéro'] == str(concernee.numero)


def test_chaque_nombre_ouvre_la_liste_qui_compte_autant_ce_qui_est_hors_des_chiffres_n_est_pas_la_derniere(
        creer, monde, entrer):
    def etat():
        with models.lecture():
            return territoires.etats(territoires.vue(monde.admin))[monde.rieumes.id]
    vraie = creer()
    changer_demande(vraie, reprise=True)
    assert (etat().recues, etat().mesurees) == (1, 0) and not territoires.sans_demande(etat())
    changer_demande(vraie, depose_le='2024-01-10T12:00:00Z')
    changer_demande(creer(message='Deux.'), issue='doublon', statut='termine', clos_le='2026-11-20T12:00:00Z',
                    doublon_de=vraie.numero)
    changer_demande(creer(message='Trois.'), essai=True)
    assert (etat().derniere, etat().recues, etat().mesurees) == ('2024-01-10', 0, 0)
    assert '10 janvier 2024 dernière demande' in texte(la_page(entrer(monde.admin), monde.rieumes))
    creer('en_cours', message='Un.')
    creer('termine', message='Bis.')
    creer(collectivite=monde.epci, message='Ter.')
    changer_demande(creer(message='Quatre.'), depose_le='2024-10-31T12:00:00Z')
    changer_demande(creer(message='Cinq.'), reprise=True)
    changer_demande(creer(message='Six.'), issue='erreur', statut='termine', clos_le='2026-11-20T12:00:00Z')
    creer(restreinte=True, message='Sept.')
    vus = 0
    for qui, c in itertools.product((monde.admin, monde.chef, monde.autre), (monde.rieumes, monde.epci)):
        navigateur = entrer(qui)
        for lien in la_page(navigateur, c).html.select('.chiffres a.lien-etendu'):
            assert len(dans_la_liste(navigateur.get(lien['href']))) == int(lien.b.text), lien
            vus += 1
    assert vus >= 15


def test_le_dernier_contact_est_le_dernier_ou_quelqu_un_a_repondu_depuis_l_election(creer, monde, entrer, heure):
    demande = creer('en_cours')                                     # reached on the 24th

    def dit():
        return texte(la_page(entrer(monde.autre), monde.rieumes))

    def noter(nature, le, mots, qui=monde.referent):
        en_ecriture(journal.inscrire, demande, nature, mots, agent=qui, acte_le=le)
    for nature, le, mots in (('visite', '2026-10-01', 'Sur place.'), ('note', '2026-11-24', 'Une note.'),
                             ('contact', '2026-11-30', 'Injoignable, par appel.'),
                             ('contact', '2026-11-29', 'Message laissé, par appel.')):
        noter(nature, le, mots)
    heure('2026-11-25T12:00:00Z')
    for elections, montre in (('2026-11-25', False), ('2026-11-24', True), ('', True), ('2026-03-22', True)):
        fixer_tous(elections_le=elections)
        page = la_page(entrer(monde.autre), monde.epci)
        assert page.html.select('#epci tbody td')[-1].text.strip() == ('24\u00a0novembre' if montre else ''), elections
        assert bool(re.search('Dernier contact le 24 novembre, [^,.]+ avec Claude Temoin', dit())) is montre, elections
        assert ('aucun dernier contact depuis les élections du 25 novembre' in dit()) is not montre, elections
    noter('reunion', '2026-11-25', 'Vue.', monde.chef)
    assert 'Dernier contact le 25 novembre, réunion de cadrage avec Camille Exemple' in dit()
    heure('2026-11-26T23:30:00Z')
    en_ecriture(journal.ajouter_au_journal, demande, monde.chef, 'appel', 'Écrit sans date, après minuit à Paris.')
    with models.lecture():
        assert dict(territoires.contacts(territoires.vue(monde.autre), [monde.rieumes.id])) == {
            monde.rieumes.id: '2026-11-27'}
    assert 'Dernier contact le 27 novembre, appel avec Camille Exemple' in dit()
    changer_demande(demande, restreinte=True)
    assert 'Aucun contact noté depuis les élections du 22 mars.' in dit()


def test_aucun_nom_d_avant_la_derniere_election_ni_a_confirmer_sauf_confirme_depuis(creer, monde, entrer):
    demande = creer()
    for depot, elections, electorale_au, montre in (
            ('2026-03-21', '2026-03-22', '', False), ('2026-03-22', '2026-03-22', '', True),
            ('2026-03-21', '', '', True), ('2026-06-20', '2026-03-22', '2026-06-21', False),
            ('2026-06-20', '2026-03-22', '2027-06-21', True), ('2026-06-20', '2027-03-22', '', True)):
        changer_demande(demande, depose_le=f'{depot}T12:00:00Z')
        fixer_tous(elections_le=elections, electorale_au=electorale_au)
        page = la_page(entrer(monde.admin), monde.rieumes)
        assert ('Jeanne Exemplaire' in page.text) is montre, depot
        assert 'mairie@rieumes.example' in a_qui_parler(page)            # the official address stays
        assert ('ne sont pas montrés' in a_qui_parler(page)) is not montre, depot
    fixer_tous(elections_le='2026-03-22', electorale_au='')
    changer_demande(demande, depose_le='2026-01-10T12:00:00Z', interlocuteur_depuis='2026-03-23')
    agir(actes.changer_interlocuteur, demande, monde.chef, {
        'courriel': 'neuf@rieumes.example', 'telephone': '0536490099', 'rappel_nom': 'Nouveau', 'rappel_prenom': 'Lou',
        'rappel_fonction': 'DGS'})
    dit = a_qui_parler(la_page(entrer(monde.chef), monde.rieumes))
    assert 'Lou Nouveau, DGS05 36 49 00 99neuf@rieumes.example' in dit
    ancienne = creer('termine', nom='Ancien', prenom='Paul')        # closed long ago: it is not marked
    changer_demande(ancienne, depose_le='2025-04-01T12:00:00Z', clos_le='2025-05-01T12:00:00Z')
    demande = creer()
    fixer_tous(elections_le='')
    en_ecriture(a_confirmer.demander, monde.admin, 'Démission.', collectivite=monde.rieumes)
    page = la_page(entrer(monde.chef), monde.rieumes)
    dit = a_qui_parler(page)
    assert 'Interlocuteur à confirmer.' in dit and 'Exemplaire' not in dit and 'Ancien' not in dit
    assert 'Interlocuteur à confirmer depuis le 24 novembre' in texte(page)
    agir(a_confirmer.confirmer, demande, monde.chef)
    dit = a_qui_parler(la_page(entrer(monde.chef), monde.rieumes))
    assert 'Jeanne Exemplaire, maire' in dit and 'Ancien' not in dit
    demande = creer(collectivite=monde.epci)
    for civilite, fonction in (('Madame', 'présidente'), ('Monsieur', 'président'), ('', 'président ou présidente')):
        changer_demande(demande, civilite=civilite)
        dit = texte(la_page(entrer(monde.chef), monde.epci), '.interlocuteur')
        assert f'Jeanne Exemplaire, {fonction}' in dit.replace(f'{fonction}05', fonction), civilite


def test_un_lecteur_lit_annee_theme_structure_etape_en_mots_et_rien_d_autre(creer, monde, entrer, lecteur):
    demande = creer('en_cours', communes=(), message='Une place.')
    creer(restreinte=True, fiche=monde.urgente)
    changer_demande(demande, depose_le='2026-02-03T12:00:00Z')
    navigateur = entrer(lecteur)
    page = la_page(navigateur, monde.rieumes)
    html, dit = page.html.select_one('main'), texte(page)
    for secret in ('Jeanne', 'Exemplaire', '05 36', 'Camille', 'Claude', '03/02/2026', '24/11/2026', 'À qui parler',
                   'Saisir une demande', '/espace/demandes', monde.fiche.titre, 'Conseil juridique', 'contact'):
        assert secret not in str(html), secret
    assert [case.text.strip() for case in html.select('#demandes tbody :is(th, td)')] == [
        'Aménagement', 'Accompagnement en cours', '2026', 'HGI + CAUE']
    assert '1 demande ouverte' in dit and '2026 dernière demande' in dit
    carte = navigateur.get('/espace/pilotage/carte')
    assert '/espace/demandes?' not in str(carte.html.select_one('main')) and '03/02/2026' not in carte.text
    assert '@' not in navigateur.get(f'{PAGE}.csv').text
    assert navigateur.get(f'{PAGE}?epci={monde.epci.id}').status_int == 200
    for statut, etape, dite in (
            ('en_cours', 4, 'Accompagnement en cours'), ('receptionne_admin', 1, 'Reçue'),
            ('attribue_chef', 2, 'Transmise à la structure compétente'), ('attribue_expert', 3, 'Confiée à un expert'),
            ('rejete', 2, 'En cours de réorientation'), ('termine', 4, 'Terminé')):
        clos = {'issue': 'realise', 'clos_le': '2026-05-03T12:00:00Z'} if statut == 'termine' else {}
        changer_demande(demande, statut=statut, etape=etape, **clos)
        lue, = lire_csv(la_page(navigateur, monde.rieumes, '.csv'))
        assert (lue['Numéro'], lue['Déposée'], lue['Statut']) == ('', '2026', dite), statut
        assert monde.fiche.titre not in lue.values(), statut
        if not clos:
            assert la_page(navigateur, monde.rieumes).html.select('#demandes tbody td')[0].text.strip() == dite, statut
    changer_demande(demande, depose_le='2023-02-03T12:00:00Z', clos_le='2023-05-03T12:00:00Z')
    cases = [td.text.strip() for td in la_page(entrer(lecteur), monde.epci).html.select('#epci tbody td')]
    assert cases[3].endswith('la dernière en 2023') and cases[4].startswith('jusqu\'en 20'), cases


def test_les_deux_noms_d_une_fusion_sont_lus_sur_24_mois(creer, monde, entrer):
    autre = rieumajou()
    une, deux = creer(), creer(collectivite=autre)
    with models.ecriture():
        collectivites.fusionner([autre], monde.rieumes, '2026-11-25', monde.admin)
        assert territoires.etats(territoires.vue(monde.admin))[autre.id].recues == 1        # until the day comes
    changer_ligne(autre, jusqu_au='2026-11-22')
    page = la_page(entrer(monde.autre), monde.rieumes)
    assert numeros(page) == [deux.numero, une.numero] and '2 en 24 mois' in texte(page)
    assert 'par : Rieumajou' in texte(page) and 'déposée par Rieumajou' in texte(page)
    with models.lecture():
        etats = territoires.etats(territoires.vue(monde.autre))
        assert autre.id not in etats and etats[monde.rieumes.id].recues == 2
    reponse = la_page(entrer(monde.autre), autre, '')
    assert reponse.status_int == 303
    page = reponse.follow()
    assert page.request.path == f'/espace/collectivites/{monde.rieumes.id}'
    assert 'Rieumajou fait partie de Rieumes depuis le 23 novembre 2026.' in texte(page)
    assert 'Rieumajou' in {lue['Collectivité'] for lue in lire_csv(la_page(entrer(monde.autre), autre, '.csv'))}
    for faux in ('x', str(monde.epci.id), '9' * 30, '9' * 5000):
        assert 'fait partie' not in la_page(entrer(monde.autre), monde.rieumes, f'?ancienne={faux}').text, faux
    neuve = en_ecriture(collectivite, 'Commune Neuve', 'Commune', '200099999', '31999', depuis='2027-01-01')
    assert "à partir du 1er janvier 2027" in texte(la_page(entrer(monde.autre), neuve))
    assert entrer(monde.autre).get('/espace/collectivites/9999', status='*').status_int == 404


def test_la_page_d_un_epci_liste_et_trie_ses_communes_et_leurs_habitants_une_commune_la_sienne(creer, monde, entrer):
    creer('en_cours')
    page = la_page(entrer(monde.autre), monde.epci)
    assert [a.text for a in page.html.select('#epci tbody th a')] == ['Rieumes']
    assert [td.text.strip() for td in page.html.select('#epci tbody td')] == [
        '0', '1', '1', '24\u00a0novembre', 'en cours', '24\u00a0novembre']
    assert re.search("1 demande en 24 mois ?dont 0 de l'intercommunalité", texte(page))
    assert 'Son intercommunalité' not in la_page(entrer(monde.autre), rieumajou()).text
    changer_ligne(monde.epci, population=44_243)
    changer_ligne(monde.rieumes, population=2_512)
    page = la_page(entrer(monde.autre), monde.epci)
    panneau, dit = page.html.select_one('#epci').text, texte(page).replace('\u202f', ' ')
    assert '2\u202f512 habitants' in panneau and '44\u202f243' not in panneau
    assert '44 243 habitants selon sa propre ligne' in dit and '2 512 en additionnant' in dit
    with models.ecriture():
        for c, structure in ((monde.rieumes, 2), (monde.epci, 3)):
            models.Adhesion.create(collectivite=c, structure=structure, depuis='2019-01-01')
    page = la_page(entrer(monde.autre), monde.rieumes)
    assert f'/espace/collectivites/{monde.epci.id}' in page.text and 'cette page' in page.text
    dit = texte(page, 'section[aria-labelledby=adhesions]')
    assert 'HGI oui' in dit and 'CAUE non' in dit and 'selon sa propre ligne' not in texte(page)
    with models.ecriture():
        for rang, c in enumerate(models.Collectivite.select().where(models.Collectivite.type == 'Commune')):
            models.Collectivite.update(epci=monde.epci, population=rang * 7 % 5).where(
                models.Collectivite.id == c.id).execute()
    changer_demande(creer(collectivite=rieumajou()), depose_le='2025-01-01T12:00:00Z')
    noms = ('nom', 'population', 'ouvertes', 'recues', 'derniere')
    for (colonne, nom), signe in itertools.product(enumerate(noms), ('', '-')):
        rangs = la_page(entrer(monde.autre), monde.epci, f'?tri={signe}{nom}').html.select('#epci tbody tr')
        valeurs = [tr.find_all(['th', 'td'])[colonne].text.strip() for tr in rangs]
        if nom == 'derniere':
            valeurs = ['/'.join(v.split('/')[::-1]) for v in valeurs if v[0].isdigit()]
            assert 'aucune demande consultable' in rangs[-1].text
        cles = [langue.normaliser(v) if nom == 'nom' else v for v in valeurs]
        assert cles == sorted(cles, reverse=bool(signe)) and len(rangs) == 4, (signe, nom)


def semer(creer, monde):
    """Thirty communes more, and twenty-five demandes of any of them; the other EPCI."""
    hasard = random.Random(24)
    with models.ecriture():
        autre_epci = collectivite('CC Autre', 'Communauté de communes', '200099999', None)
        for rang in range(30):
            collectivite(f'Commune {rang:02}', 'Commune', f'9{rang:08}', f'33{rang:03}', population=rang * 11,
                         epci=hasard.choice((monde.epci, autre_epci, None)), arrondissement=hasard.choice('AB'),
                         canton=hasard.choice(('Nord', 'Sud', '')), petr=hasard.choice(('Pays', '')))
    communes = list(models.Collectivite.select().where(models.Collectivite.type == 'Commune'))
    for rang in range(25):
        demande = creer(collectivite=hasard.choice(communes), message=f'Demande {rang}.')
        jour = hasard.choice(('2023-01-01', '2024-10-31', '2024-11-01', '2026-01-01'))
        changer_demande(demande, depose_le=f'{jour}T12:00:00Z', restreinte=hasard.random() < .2,
                        reprise=hasard.random() < .2, issue='erreur' if hasard.random() < .1 else '')
    return autre_epci


def verifier_la_liste(navigateur, filtres, garde, attendues):
    """The file, the page, its totals and its table by EPCI say those that are expected: {name: inhabitants}."""
    lues = lire_csv(navigateur.get(f'{PAGE}.csv', filtres))
    assert {lue['Commune']: int(lue['Habitants']) for lue in lues} == attendues
    page = navigateur.get(PAGE, filtres)
    montrees = page.html.select('section[aria-labelledby=t-visites] tbody th')
    assert sorted(th.text for th in montrees) == (sorted(attendues) if filtres else [])
    nombres = [int(re.sub(r'\D', '', b.text)) for b in page.html.select('.chiffres b')]
    assert nombres == [len(attendues), sum(attendues.values())]
    groupes = [[int(re.sub(r'\D', '', td.text)) for td in tr.select('td.nombre')]
               for tr in page.html.select('section[aria-labelledby=t-epci] tbody tr') if tr.th]
    if groupes:
        assert [sum(g) for g in zip(*groupes)] == [len(garde), sum(c[3] for c in garde), *nombres]


def test_les_communes_sans_demande_sont_celles_d_une_boucle_la_page_dit_ce_qu_elle_ne_sait_pas(creer, monde, entrer):
    autre_epci = semer(creer, monde)
    siennes = {numero for numero, in lire(f'SELECT demande_id FROM membre WHERE agent_id = {monde.chef.id}')}
    demandes = lire('SELECT numero, collectivite_id, depose_le, restreinte, issue FROM demande')
    toutes = lire("""SELECT id, nom, epci_id, population, arrondissement, canton, petr FROM collectivite
                     WHERE type = 'Commune'""")
    for qui in (monde.admin, monde.chef, monde.autre):
        vues = [d for d in demandes if not d[4] and (
            qui.administrateur or not d[3] or (qui.id == monde.chef.id and d[0] in siennes))]
        recentes = {d[1] for d in vues if d[2] >= '2024-10-31T23:00:00Z'}
        for filtres in ({}, {'epci': str(autre_epci.id)}, {'arrondissement': 'A'}, {'canton': 'Nord', 'petr': 'Pays'},
                        {'epci': 'aucune'}, {'epci': f'{autre_epci.id},{monde.epci.id}', 'arrondissement': 'B'}):
            garde = [c for c in toutes
                     if ('epci' not in filtres or str(c[2] or 'aucune') in filtres['epci'].split(','))
                     and c[4] == filtres.get('arrondissement', c[4])
                     and (c[5], c[6]) == (filtres.get('canton', c[5]), filtres.get('petr', c[6]))]
            attendues = {c[1]: c[3] for c in garde if c[0] not in recentes}
            verifier_la_liste(entrer(qui), filtres, garde, attendues)
    with models.lecture():
        assert set(territoires.etats(territoires.vue(monde.admin))) == set(perimetre.lire().familles)
    page = entrer(monde.autre).get(PAGE)
    assert 'Les demandes reçues en direct et non transmises ne sont pas connues' in texte(page)
    assert 'silencieuse' not in page.text and 'Aucune demande consultable depuis 24 mois' in texte(page)
    assert 'sans demande depuis' not in texte(page) and 'consultable' not in texte(entrer(monde.admin).get(PAGE))
    for faux in (f'{PAGE}?epci=x', f'/espace/collectivites/{monde.epci.id}?tri=siren'):
        assert entrer(monde.autre).get(faux, status='*').status_int == 400, faux
    assert 'Aucune commune ne répond' in texte(entrer(monde.autre).get(f'{PAGE}?canton=Nulle-part'))
    with models.ecriture():
        models.Collectivite.update(remplacee_par=monde.epci, jusqu_au='2025-12-31', arrondissement='').where(
            models.Collectivite.type == 'Commune').execute()
    page = entrer(monde.autre).get(PAGE)
    assert 'La liste des collectivités est vide.' in texte(page) and 'ces filtres' not in texte(page)
    assert not page.html.select('main a[download]')


def test_la_liste_des_visites_dit_qui_appeler_aux_seuls_administrateurs(creer, monde, entrer, lecteur):
    """A commune whose only demande is restricted is greeted by no one with « vous n'avez jamais demandé »."""
    ici = f'{PAGE}?epci={monde.epci.id}'
    lues = lire_csv(entrer(monde.admin).get(ici.replace('?', '.csv?')))
    assert [(lue['Commune'], lue['Courriel officiel'], lue['Intercommunalité']) for lue in lues] == [
        ('Rieumes', 'mairie@rieumes.example', 'CC Cœur de Garonne')]
    assert lire("SELECT detail FROM audit WHERE fait = 'export'") == [
        ('Communes sans demande depuis 24\xa0mois\xa0: 1\xa0ligne, filtres\xa0: epci',)]
    changer_ligne(monde.rieumes, canton='Cazères', telephone='0536490012')
    visites = entrer(monde.admin).get(ici).html.select_one('section[aria-labelledby=t-visites]')
    assert [th.text for th in visites.select('thead th')] == [
        'Commune', 'Habitants', 'Canton', 'Dernière demande', 'Mairie']
    assert [td.text.strip().replace('\xa0', ' ') for td in visites.select('tbody td')] == [
        '0', 'Cazères', 'aucune connue', '05 36 49 00 12']
    creer('en_cours', restreinte=True)
    for navigateur in (entrer(monde.autre), entrer(lecteur)):
        reponse = navigateur.get(ici.replace('?', '.csv?'))
        assert 'aucune-demande-consultable' in reponse.headers['Content-Disposition'], navigateur
        lue, = lire_csv(reponse)
        assert (lue['Commune'], lue['Dernière demande consultable']) == ('Rieumes', ''), navigateur
        assert 'Courriel officiel' not in lue and 'mairie@' not in reponse.text, navigateur
        page = navigateur.get(ici)
        dit = texte(page)
        assert page.html.select('[data-imprimer]') == [] and 'sans demande depuis' not in dit and 'tournée' in dit
        assert '1 commune sans demande consultable depuis 24 mois' in dit, navigateur
        for carte in ('carte', 'carte.csv'):
            dits = navigateur.get(f'/espace/pilotage/{carte}').text
            assert 'aucune demande consultable' in dits and 'aucune demande connue' not in dits, carte
        for c in (monde.rieumes, monde.epci):
            dit = texte(la_page(navigateur, c))
            assert 'sans demande depuis' not in dit and 'consultable' in dit, navigateur
    assert not lire_csv(entrer(monde.admin).get(ici.replace('?', '.csv?')))


RIEUMES = {'siren': '213104540', 'insee': '31454', 'type': 'Commune', 'nom': 'Rieumes', 'epci_siren': '200068815',
           'population': '3500', 'arrondissement': 'Muret', 'codes_postaux': '31370'}


def importer_rieumes(canton, petr, secteur, essai=False, **autres):
    noms = [c.nom for c in colonnes.COLONNES['collectivites']]
    valeurs = RIEUMES | {'canton': canton, 'petr': petr, 'secteur': secteur} | autres
    fichier = ';'.join(noms) + '\n' + ';'.join(valeurs.get(nom, '') for nom in noms) + '\n'
    return importer('collectivites', fichier.encode(), essai)


def test_ou_elle_est_et_ses_noms_d_usage_s_importent_se_corrigent_et_s_exportent(monde, entrer):
    def rieumes():
        return lire("SELECT canton, petr, secteur, usuels FROM collectivite WHERE nom = 'Rieumes'")[0]

    def exportee():
        lues = lire_csv(entrer(monde.admin).get('/espace/admin/collectivites.csv'))
        lue = next(lue for lue in lues if lue['nom'] == 'Rieumes')
        return lue['canton'], lue['petr'], lue['secteur'], lue['usuels']
    ici = 'Cazères', 'Pays Sud Toulousain', 'Sud'
    bilan = importer_rieumes(*ici, usuels='Rieumes-en-Savès|La Bastide')
    assert bilan.fautes == [] and bilan.modifies == 1
    assert rieumes() == exportee() == (*ici, 'Rieumes-en-Savès|La Bastide')
    assert importer_rieumes(*ici, usuels='Rieumes-en-Savès|La Bastide').inchanges == 1
    page = la_page(entrer(monde.autre), monde.rieumes)
    assert 'canton de Cazères · Pays Sud Toulousain · secteur de Sud' in texte(page)
    importer_rieumes('Muret', '', '', essai=True)
    valeurs = RIEUMES | {'population': '3600', 'courriel': '', 'telephone': ''}         # without these columns
    assert importer('collectivites', f'{";".join(valeurs)}\n{";".join(valeurs.values())}\n'.encode()).fautes == []
    assert rieumes() == (*ici, 'Rieumes-en-Savès|La Bastide')
    for changes in ({'canton': 'Volvestre', 'petr': 'Pays', 'secteur': 'Nord'}, {'usuels': 'La Vieille Bastide'}):
        formulaire = entrer(monde.admin).get(f'/espace/admin/collectivites/{monde.rieumes.id}').forms[2]
        assert formulaire['usuels'].value == 'Rieumes-en-Savès|La Bastide'
        for nom, valeur in changes.items():
            formulaire[nom] = valeur
        formulaire.submit(status=303)
    assert rieumes() == ('Volvestre', 'Pays', 'Nord', 'La Vieille Bastide')
    assert [dit for dit, in lire("SELECT detail FROM audit WHERE fait = 'collectivité corrigée'")] == [
        'Rieumes (213104540)\xa0: canton Cazères → Volvestre\xa0; PETR Pays Sud Toulousain → Pays\xa0; secteur Sud → '
        'Nord',
        "Rieumes (213104540)\xa0: noms d'usage Rieumes-en-Savès|La Bastide → La Vieille Bastide"]
    importer_rieumes('Muret', '', '')                               # the columns are there, empty
    assert rieumes() == ('Muret', '', '', '')
