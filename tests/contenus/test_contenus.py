"""Public contents: who sees them, on which day, at which address; the home page, the fiches, the links, the search."""
import re

import pytest
from conftest import changer_ligne, creer_ligne, fixer_tous, texte
from ecritures import en_lecture, un_contenu

import models
from models import Contenu, ContenuFiche, ContenuStructure, Document
from verbes import recherche
from views import presentoir

RUBRIQUES = {'actualite': '/actualites', 'ressource': '/ressources', 'projet': '/projets', 'evenement': '/agenda'}
IGNORE = 'Un filtre de cette adresse ne correspond à rien : il est ignoré.'
JOUR = '2026-11-24'                                                 # of the clock of the tests
PROPRES = {'evenement': {'debut_le': '2026-12-08', 'debut_a': '09:00', 'fin_le': '2026-12-08', 'fin_a': '16:30',
                         'lieu': 'Saint-Gaudens'},
           'ressource': {'nature': 'deliberation', 'verifie_le': '2026-11-02', 'a_revoir_le': '2027-11-02'}}


def ecrire(genre='actualite', fiches=(), structures=(), titre='Ombrager une cour', **valeurs):
    """A content that everyone reads, unless told otherwise."""
    dits = {'resume': 'Des arbres, de l\'eau.', 'corps': 'Un **texte**.'} | PROPRES.get(genre, {}) | valeurs
    contenu = un_contenu(titre, genre, '2026-11-01', **dits)
    for id_ in fiches:
        creer_ligne(ContenuFiche, contenu=contenu, fiche=id_)
    for id_ in structures:
        creer_ligne(ContenuStructure, contenu=contenu, structure=id_)
    return contenu


def joindre(contenu, genre='contenu', **valeurs):
    return creer_ligne(Document, **{
        'genre': genre, 'objet': str(contenu.id), 'titre': 'Délibération', 'nom': 'd.odt', 'taille': 22_528,
        'type': 'webp' if genre == 'image' else 'odt', 'sha256': 'x', 'ajoute_le': '2026-11-01T08:00:00Z',
        'contenu': b'x', **valeurs})


def adresse(contenu):
    return presentoir.adresse_de(contenu)


def texte_de(page):
    return re.sub(r'\s+', ' ', page.html.find('main').get_text(' ')).strip()


def lus(page, balise, classe=None, nom='main'):
    """What these elements of a part of a page say."""
    return [h.get_text() for h in page.html.find(nom, classe).find_all(balise)]


def test_chaque_genre_a_sa_liste_et_ses_pages_une_adresse_ancienne_ou_coupee_y_mene(site):
    for genre, rubrique in RUBRIQUES.items():
        contenu = ecrire(genre)
        liste = site.get(rubrique)
        assert f'href="{adresse(contenu)}"' in liste, genre
        page = liste.click('Ombrager une cour', index=0)
        assert page.request.path == f'{rubrique}/{contenu.id}-ombrager-une-cour'
        assert page.html.h1.get_text(strip=True) == 'Ombrager une cour' and '<strong>texte</strong>' in page, genre
        for fin in ('', '-', '-autre-titre'):
            suite = site.get(f'{rubrique}/{contenu.id}{fin}', status=303)
            assert suite.location.endswith(adresse(contenu)), (genre, fin)
        for faux in ('999', f'{contenu.id + 1}-ombrager-une-cour', '9' * 18):
            site.get(f'{rubrique}/{faux}', status=404)
        for ailleurs in set(RUBRIQUES.values()) - {rubrique}:       # it has an address in its rubrique alone
            site.get(f'{ailleurs}/{contenu.id}-ombrager-une-cour', status=404)
        changer_ligne(contenu, **RETIRE)                            # it has been public
        page = site.get(adresse(contenu), status=410)
        assert 'retirée' in page and liste.html.h1.text in page and 'Ombrager' not in page.html.find('main').text


# Where the public may look for what it may not read: {} is the number of the content.
PARTOUT = ('/', *RUBRIQUES.values(), '/agenda?annee=2026', '/agenda?page=1', '/plan-du-site', '/catalogue',
           '/fiches/1-conseil-juridique', '/actualites.atom', '/recherche?q=tresor')
A_LUI = (*(f'{rubrique}/{{}}{fin}' for rubrique in RUBRIQUES.values() for fin in ('', '-secret-bien-garde')),
         '/agenda/{}.ics', '/agenda/{}-secret-bien-garde.ics')
RETIRE = {'etat': 'retire', 'retire_le': '2026-11-20T10:00:00Z'}


CACHES = ({'audience': 'contributeurs'}, {'etat': 'brouillon'}, {'etat': 'a_valider'}, {'publie_le': '2026-11-25'},
          {'expire_le': '2026-11-23'}, RETIRE | {'audience': 'contributeurs'}, RETIRE | {'publie_le': None},
          RETIRE | {'publie_le': '2026-12-01'})


@pytest.mark.parametrize('genre', [*RUBRIQUES, 'document'])
def test_ce_qui_n_est_pas_public_n_est_sur_aucune_page_meme_pour_un_agent(site, entrer, monde, genre):
    def cacher(**cache):
        contenu = ecrire(genre, **{
            'fiches': [1], 'titre': f'Secret bien gardé {cache}', 'resume': 'En secret.', 'corps': 'Secret, trésor.',
            'lieu': 'Un lieu secret', 'debut_le': '2026-12-08', 'inscription': 'secret@exemple.fr'} | cache)
        joindre(contenu, titre='Fichier secret')
        return contenu
    caches = [cacher(**cache) for cache in CACHES]
    if genre == 'document':
        caches.append(cacher(classe='supports'))                    # whatever its audience says
        assert {adresse(contenu) for contenu in caches} == {''}
    voisin = adresse(ecrire('actualite', fiches=[1], titre='Voisine'))
    for lecteur in (site, entrer(monde.admin)):
        for page in (*PARTOUT, '/agenda.ics', voisin):
            assert 'ecret' not in lecteur.get(page), page
        for contenu in caches:
            for page in A_LUI:
                assert 'ecret' not in lecteur.get(page.format(contenu.id), status=404), (page, contenu.titre)
    retire = cacher(**RETIRE)                                       # the calendar tells that it is cancelled
    for page in (*PARTOUT, voisin, *(page.format(retire.id) for page in A_LUI)):
        assert 'ecret' not in site.get(page, status='*'), page


def test_une_actualite_parait_et_expire_a_minuit_a_paris_un_evenement_passe_le_lendemain_du_dernier_jour(site, heure):
    contenu = ecrire(publie_le='2026-11-25', expire_le='2026-11-26')
    page = adresse(contenu)
    for instant, parue in (('2026-11-24T22:59:59Z', False), ('2026-11-24T23:00:00Z', True),
                           ('2026-11-26T22:59:59Z', True), ('2026-11-26T23:00:00Z', False)):
        heure(instant)
        for _ in range(2):                                          # read, then found in memory
            for liste in ('/', '/actualites', '/actualites.atom'):
                assert ('Ombrager' in site.get(liste)) == parue, (instant, liste)
            site.get(page, status=200 if parue else 404)
    changer_ligne(contenu, etat='brouillon')
    contenu = ecrire('evenement', debut_le='2027-03-12', fin_le='2027-03-13', debut_a='09:00', fin_a='13:00')
    heure('2027-03-13T22:59:00Z')
    assert 'est passé' not in texte_de(site.get(adresse(contenu))) and 'Ombrager' in site.get('/agenda')
    heure('2027-03-13T23:00:00Z')
    page = site.get(adresse(contenu))
    assert 'Cet évènement est passé' in texte_de(page) and '.ics' not in page.html.find('main').decode()
    assert 'Ombrager' not in site.get('/agenda') and 'Ombrager' in site.get('/agenda?annee=2027')
    assert 'Ombrager' not in site.get('/')


# (from, to): (the words, the times of both days). 28 March 2027: at 2:00 it is 3:00; 25 October 2026: at 3:00, 2:00.
HORAIRES = {
    ('2026-12-08', '09:00', '2026-12-08', '16:30'): ('De 9 h à 16 h 30', '09:00+01:00 16:30+01:00'),
    ('2027-03-12', '09:00', '2027-03-13', '13:00'): ('Du vendredi 9 h au samedi 13 h', '09:00+01:00 13:00+01:00'),
    ('2027-03-27', '14:00', '2027-03-28', '14:00'): ('Du samedi 14 h au dimanche 14 h', '14:00+01:00 14:00+02:00'),
    ('2027-03-28', '02:30', '2027-03-28', '04:00'): ('De 2 h 30 à 4 h', '03:30+02:00 04:00+02:00'),
    ('2026-10-25', '01:30', '2026-10-25', '04:00'): ('De 1 h 30 à 4 h', '01:30+02:00 04:00+01:00'),
    ('2026-12-08', '', '2026-12-08', ''): ('Toute la journée', ''),
    ('2026-12-08', '09:00', None, ''): ('À partir de 9 h', '09:00+01:00'),
    ('2026-12-08', '', '2026-12-08', '12:00'): ('Jusqu\'à 12 h', '12:00+01:00'),
    ('2026-12-01', '09:00', '2026-12-18', '18:00'): (
        'Du mardi 1er décembre, 9 h au vendredi 18 décembre, 18 h', '09:00+01:00 18:00+01:00'),
}


def test_un_evenement_dit_ses_heures_avec_le_decalage_de_paris_son_feuillet_et_comment_s_inscrire(site):
    for quand, (dit, instants) in HORAIRES.items():
        contenu = ecrire('evenement', **dict(zip(('debut_le', 'debut_a', 'fin_le', 'fin_a'), quand)))
        case = site.get(adresse(contenu)).html.find('dt', string='Horaires').find_next('dd')
        assert ' '.join(case.get_text().split()) == dit
        attendus = [f'{jour}T{instant}' for jour, instant in zip((quand[0], quand[2]), instants.split())]
        assert [t['datetime'] for t in case.find_all('time')] == attendus, quand
    contenu = ecrire('evenement', debut_le='2026-12-28', fin_le='2027-01-02', debut_a='', fin_a='')
    assert 'Du lundi au samedi' in texte_de(site.get('/agenda')).replace('\u00a0', ' ')
    page = texte_de(site.get(adresse(contenu)))
    assert 'Du lundi 28 décembre 2026 au samedi 2 janvier 2027' in page and 'Horaires' not in page
    for debut, fin, dits in (
            ('2026-12-08', None, ['mardi', '8', 'décembre']),
            ('2027-01-14', '2027-01-14', ['jeudi', '14', 'janvier', '2027']),
            ('2027-03-12', '2027-03-13', ['ven. – sam.', '12–13', 'mars', '2027']),
            ('2026-12-31', '2027-01-01', ['jeu. – ven.', '31–1', 'déc. – janv.', '2027'])):
        feuillet = site.get(adresse(ecrire('evenement', debut_le=debut, fin_le=fin))).html.find('time', 'jour')
        assert [morceau.get_text() for morceau in feuillet.find_all(True)] == dits and feuillet['datetime'] == debut
    for inscription, lien, bouton in (
            ('inscriptions@cd.example', 'mailto:inscriptions@cd.example?subject=Ombrager%20une%20cour',
             'S\'inscrire par courriel'),
            ('https://cd.example/salon', 'https://cd.example/salon', 'S\'inscrire en ligne')):
        contenu = ecrire('evenement', inscription=inscription, inscription_au='2026-12-03')
        page = site.get(adresse(contenu))
        assert page.html.find('a', 'accent')['href'] == lien and page.html.find('a', 'accent').text.strip() == bouton
        assert 'jusqu\'au jeudi 3 décembre' in texte_de(page).replace('\u00a0', ' ')
        assert page.html.find('a', href=f'/agenda/{contenu.id}.ics')
    page = site.get(adresse(ecrire('evenement', inscription='a@cd.example', inscription_au='2026-11-23')))
    assert 'Les inscriptions sont closes' in texte_de(page) and not page.html.find('a', 'accent')
    for inscription in ('javascript:alert(1)', 'data:text/html,x', 'par téléphone'):        # no address: never a link
        page = site.get(adresse(ecrire('evenement', inscription=inscription)))
        assert not page.html.find('a', 'accent') and inscription in texte_de(page)


def test_une_rubrique_se_filtre_par_theme_ou_par_annee_un_filtre_qui_ne_correspond_a_rien_est_dit_et_jamais_repete(
        site, monde):
    for genre in ('actualite', 'projet', 'ressource'):
        contenu = ecrire(genre, titre='Un titre')
        for requete in ('?theme=zorglub', '?theme=99', '?annee=1999', '?annee=zorglub', '?theme=1&annee=zorglub'):
            page = site.get(f'{RUBRIQUES[genre]}{requete}')
            assert IGNORE in texte(page) and 'zorglub' not in page and 'Un titre' in page, (genre, requete)
        for requete in ('', '?theme=&annee=', '?annee=2026', '?utm_source=lettre'):
            assert IGNORE not in texte(site.get(f'{RUBRIQUES[genre]}{requete}')), (genre, requete)
        changer_ligne(contenu, etat='brouillon')
    ecrire(titre='Une', theme=1)
    ecrire(titre='Deux', theme=2, publie_le='2025-03-01')
    ecrire(titre='Trois', publie_le='2025-02-01')
    for requete, titres in (
            ('', ['Une', 'Deux', 'Trois']), ('?theme=1', ['Une']), ('?annee=2025', ['Deux', 'Trois']),
            ('?theme=2&annee=2025', ['Deux']), ('?theme=zzz&annee=1999&page=-1', ['Une', 'Deux', 'Trois'])):
        assert lus(site.get(f'/actualites{requete}'), 'h3') == titres, requete
    vide = site.get('/actualites?theme=1&annee=2025')
    assert 'Rien ne réunit ces deux filtres' in vide and vide.forms.get('annee') is None
    assert site.get('/actualites?theme=1').html.find('option', selected=True)['value'] == '1'
    ecrire('ressource', titre='Modèle', theme=1)
    ecrire('ressource', titre='Guide', nature='guide')
    page = site.get('/ressources')
    assert '2\u00a0ressources' in page and page.html.find('li', 'ressource').h3.get_text() == 'Guide'
    assert [li.h3.get_text() for li in page.click(monde.theme.nom).html.find_all('li', 'ressource')] == ['Modèle']
    ecrire('projet', titre='Ancien', annee=2023)
    ecrire('projet', titre='Neuf', annee=2026)
    assert lus(site.get('/projets?annee=2023'), 'h3') == ['Ancien']


def test_une_rubrique_vide_le_dit_une_longue_liste_a_des_pages_l_agenda_des_mois_et_des_annees(site):
    for rubrique, phrase in (
            ('/actualites', 'Aucune actualité n\'est publiée'), ('/ressources', 'Aucune ressource n\'est publiée'),
            ('/projets', 'Aucun projet exemplaire n\'est publié'), ('/agenda', 'Aucun rendez-vous n\'est annoncé')):
        page = site.get(rubrique).html
        assert phrase in page.find('main').text and not page.find('form', 'barre-filtres')
        assert rubrique == '/agenda' or page.find('main').find('div', 'vide').find('a'), rubrique
    for n in range(23):
        ecrire(titre=f'Actualité {n}')
    premiere = site.get('/actualites')
    assert len(premiere.html.find('ul', 'articles').find_all('li', recursive=False)) == 10
    derniere = premiere.click(href='page=3')
    assert 'Actualité 0<' in derniere and 'page 3 sur 3' in derniere.html.title.text
    assert site.get('/actualites?page=99').html.find('ul', 'articles').text == derniere.html.find('ul', 'articles').text
    for debut in ('2026-12-08', '2027-01-14', '2027-01-20', '2026-03-02', '2025-05-05'):
        ecrire('evenement', titre=f'Le {debut}', debut_le=debut, fin_le=debut)
    a_venir = site.get('/agenda')
    assert lus(a_venir, 'h2')[:2] == ['Décembre 2026', 'Janvier 2027']
    assert lus(a_venir, 'h3', 'agenda', 'ul') == ['Le 2026-12-08'] and 'Le 2026-03-02' not in a_venir.html.text
    passes, faux = site.get('/agenda?annee=2025'), site.get('/agenda?annee=1999')
    assert 'Le 2025-05-05' in passes and 'Le 2026-03-02' not in passes
    assert 'Décembre 2026' in faux and IGNORE in texte(faux) and IGNORE not in texte(passes)
    ecrire('evenement', debut_le='2026-10-01', fin_le='2026-12-31')
    assert lus(site.get('/agenda'), 'h2')[0] == 'Novembre 2026'


def test_une_ressource_dit_ses_fichiers_leur_poids_a_qui_demander_et_des_le_lendemain_qu_elle_est_a_revoir(site, heure):
    contenu = ecrire('ressource', structure=2)
    joindre(contenu, accessible='oui')
    joindre(contenu, titre='Planche', type='pdf', taille=310 * 1024, accessible='non', a_qui='acces@cd.example')
    joindre(contenu, titre='Fichier retiré', retire_le='2026-11-02T08:00:00Z')
    for page in (site.get(adresse(contenu)), site.get('/ressources')):
        dits = [' '.join(li.get_text().split()) for li in page.html.find('ul', 'fichiers').find_all('li')]
        assert dits == ['Délibération (ODT, 22 ko)Fichier accessible.',
                        'Planche (PDF, 310 ko)Pas encore accessible : demandez une version adaptée à acces@cd.example.']
        texte = texte_de(page)
        assert 'Modèle de délibération Modèle à adapter' in texte and 'ne remplace pas un conseil' in texte
        assert 'Vérifié le 2 novembre 2026 , à revoir le 2 novembre 2027' in texte and 'HGI' in texte
        assert 'À revoir depuis' not in texte
    changer_ligne(contenu, nature='guide', a_revoir_le=JOUR)
    page = texte_de(site.get(adresse(contenu)))
    assert 'À revoir depuis' not in page and 'Modèle à adapter' not in page and 'conseil' not in page
    heure('2026-11-24T23:00:00Z')
    for lieu in (adresse(contenu), '/ressources'):
        page = texte_de(site.get(lieu))
        assert 'À revoir depuis le 24 novembre 2026' in page and 'vérifiez les références' in page


def test_un_projet_dit_ou_combien_l_avant_l_apres_et_l_accord_une_fiche_montre_ses_contenus(site, monde):
    changer_ligne(monde.rieumes, population=1140)
    contenu = ecrire('projet', fiches=[2], structures=[2, 3], collectivite=monde.rieumes, annee=2026,
                     cout='1 286 000 € HT\nétudes et travaux', accord_par='sa maire', accord_le='2026-10-12')
    joindre(contenu, 'image', titre='Cour plantée', moment='apres', legende='Septembre 2026. Ombre.',
            credit='Photo : la commune', largeur=1200, hauteur=800)
    joindre(contenu, 'image', titre='Cour goudronnée', moment='avant', legende='Enrobé.', credit='Photo : la commune')
    joindre(contenu, 'image', titre='Retirée', moment='avant', retire_le='2026-11-02T08:00:00Z')
    page = site.get(adresse(contenu))
    figures = page.html.find('div', 'avant-apres').find_all('figure')
    assert [f.img['alt'] for f in figures] == ['Cour goudronnée', 'Cour plantée']
    assert [f.strong.text for f in figures] == ['Avant.', 'Après, septembre 2026.']
    assert (figures[1].img['width'], figures[1].img['height']) == ('1200', '800') and 'Photo' in figures[0].text
    texte = texte_de(page)
    assert page.html.find('p', 'sur-titre').text == 'Rieumes · 1\u202f140\u00a0habitants · CC Cœur de Garonne'
    assert 'Publié avec l\'accord de la commune de Rieumes , donné par sa maire le 12 octobre 2026 .' in texte
    assert 'Relu par les 2 structures citées' in texte and 'faire retirer cette page' in texte
    assert '1 286 000 € HT' in texte and 'études et travaux' in texte
    assert page.html.find('a', 'accent')['href'] == '/demande?fiche=2'
    joindre(ecrire('ressource', fiches=[1], titre='Modèle lié'))
    ecrire('projet', fiches=[1, 2], titre='Projet lié')
    ecrire('ressource', fiches=[2], titre='Ailleurs')
    page = site.get('/fiches/1-conseil-juridique')
    assert 'Modèle lié' in page and 'Délibération' in page and 'Projet lié' in page and 'Ailleurs' not in page
    assert {'Ressources', 'Un projet exemplaire'} <= set(lus(page, 'h2'))
    assert 'Ressources' not in lus(site.get('/fiches/3').follow(), 'h2')
    contenu = ecrire(fiches=[1, 2])
    changer_ligne(models.Fiche(id=1), etat='archivee')
    page = site.get(adresse(contenu))
    assert '/demande?fiche=2' in page and 'fiche=1"' not in page and '/fiches/1-' not in page


def test_l_accueil_montre_trois_rendez_vous_trois_actualites_et_un_projet_ou_rien(site, monde, heure):
    titres = lus(site.get('/'), 'h2')
    assert titres[:2] == ['Trouver un accompagnement', 'Comment ça marche'] and len(titres) == 3
    for n in range(5):
        actualite = ecrire(titre=f'Actualité {n}', publie_le=f'2026-11-0{n + 1}', modifie_le='2026-11-20T09:00:00Z')
        ecrire('evenement', titre=f'Rendez-vous {n}', debut_le=f'2026-12-0{n + 1}', fin_le=None)
        projet = ecrire('projet', titre=f'Projet {n}', publie_le=f'2026-11-0{n + 1}', collectivite=monde.rieumes.id)
    ecrire('evenement', titre='Passé', debut_le='2026-11-23', fin_le=None)
    page = site.get('/')
    assert lus(page, 'h3', 'articles', 'ul') == ['Actualité 4', 'Actualité 3', 'Actualité 2']
    assert lus(page, 'h3', 'agenda', 'ul') == ['Rendez-vous 0', 'Rendez-vous 1', 'Rendez-vous 2']
    assert lus(page, 'h3', 'vedette', 'article') == ['Projet 4'] and not page.html.find('main').find('img')
    ecrire(titre='Suivante', publie_le='2026-11-06')                # an actualité leads to the one before and after
    page = site.get(adresse(actualite))
    assert 'Publié le 5 novembre 2026' in texte_de(page) and 'Mis à jour le 20 novembre 2026' in texte_de(page)
    voisins = page.html.find('nav', 'voisins')
    assert [(a['rel'][0], a.get_text(strip=True)) for a in voisins.find_all('a')] == [
        ('prev', 'Actualité 3'), ('next', 'Suivante')]
    fixer_tous(electorale_du='2026-12-01', electorale_au='2026-12-15')
    for jour, montre in (('2026-11-30', True), ('2026-12-01', False), ('2026-12-15', False), ('2026-12-16', True)):
        heure(f'{jour}T10:00:00Z')
        page = site.get('/')
        assert ('Projet 4' in page) == montre and 'Suivante' in page, jour
        site.get(adresse(projet), status=200)                       # its page stays


def meta(page):
    return {balise.get('property') or balise.get('name'): balise['content']
            for balise in page.html.find_all('meta') if balise.get('content')}


def test_un_lien_partage_s_annonce_et_dit_la_demonstration_un_contenu_non_ecrit_se_presente_avec_ses_liens(site, base):
    for genre, rubrique in RUBRIQUES.items():
        contenu = ecrire(genre, titre='L\'école & la cour « à l\'ombre »')
        image = joindre(contenu, 'image', titre='Cour', type='jpg', largeur=12, hauteur=8)
        dits = meta(site.get(adresse(contenu)))
        assert dits['og:title'].startswith('L\'école & la cour « à l\'ombre »'), genre
        assert dits['og:description'] == dits['description'] and 'Des arbres, de l\'eau.' in dits['description']
        assert dits['og:type'] == 'article' and dits['og:url'] == f'http://127.0.0.1:8080{adresse(contenu)}'
        assert dits['og:image'] == f'http://127.0.0.1:8080/images/{image.id}', genre
        plan = site.get('/plan-du-site').html.find('main')
        assert plan.find('a', href=rubrique) and plan.find('a', href=adresse(contenu)), genre
        liste = meta(site.get(rubrique))
        assert liste['og:type'] == 'website' and '/static/partage.png?v=' in liste['og:image'], genre
    assert meta(site.get('/'))['og:title'] == 'Plateforme d\'appui aux territoires'
    fixer_tous(demonstration='oui')
    for page in (adresse(contenu), '/', '/agenda'):
        assert meta(site.get(page))['og:title'].startswith('Démonstration – '), page
    for page in ('/', '/actualites', '/catalogue'):
        lien = site.get(page).html.find('link', rel='alternate')
        assert (lien['type'], lien['href']) == ('application/atom+xml', '/actualites.atom'), page
    assert not site.get('/nulle-part', status=404).html.find('link', rel='alternate')
    contenu = Contenu(genre='projet', titre='Brouillon : deux cours', cout='')
    contenu.liens = {'fiches': [2], 'structures': [3]}
    presente = en_lecture(presentoir.presenter, contenu)
    assert presente['titre'] == 'Brouillon\u00a0: deux cours' and presente['id'] == 0
    assert [f['id'] for f in presente['fiches']] == [2] and [s.court for s in presente['structures']] == ['CAUE']
    assert presente['collectivites'] == presente['fichiers'] == presente['images'] == []


def test_une_page_se_relit_sans_la_base_et_change_aussitot_requetes_et_poids_ne_dependent_pas_du_nombre_de_contenus(
        site, requetes):
    for page in ('/', *RUBRIQUES.values(), '{}', '/fiches/1-conseil-juridique'):
        models._gardees.clear()
        contenu = ecrire('ressource', fiches=[1], titre='Avant')
        ici = page.format(adresse(contenu))
        premiere = site.get(ici)
        requetes.clear()
        assert site.get(ici).text == premiere.text and requetes == [], page
        joint = joindre(contenu, titre='Fichier neuf')
        if page in ('/ressources', '{}', '/fiches/1-conseil-juridique'):
            assert 'Fichier neuf' in site.get(ici), page
            changer_ligne(joint, titre='Fichier renommé')
            assert 'Fichier renommé' in site.get(ici) and 'Fichier neuf' not in site.get(ici), page
        changer_ligne(contenu, etat='retire', retire_le='2026-11-24T08:00:00Z')
        assert 'Avant' not in site.get(ici, status='*'), page
    pages, nombres = ('/', *RUBRIQUES.values(), '/plan-du-site', '/recherche?q=ombrager'), []
    for _ in range(2):
        for genre in RUBRIQUES:
            for n in range(4):
                joindre(ecrire(genre, fiches=[1, 2], structures=[1], titre=f'{genre} {n}'))
        nombres.append({})
        for page in pages:
            models._gardees.clear()
            requetes.clear()
            site.get(page)
            nombres[-1][page] = len(requetes)
    assert nombres[0] == nombres[1] and max(nombres[0].values()) < 25
    for genre in RUBRIQUES:
        for n in range(40):
            contenu = ecrire(genre, fiches=[1, 2, 3], structures=[1, 2, 3], titre='Un titre assez long ' * 5,
                             resume='Un résumé de deux lignes. ' * 12, corps='Un paragraphe.\n\n' * 200)
            for _ in range(3 if n % 2 else 0):
                joindre(contenu)
    for page in (*pages, adresse(contenu), '/fiches/1-conseil-juridique'):
        assert len(site.get(page).body) < 150_000, page


def chercher(site, q):
    return site.get('/recherche', {'q': q}).html


def trouves(page):
    return [lien.text for lien in page.select('[aria-labelledby=a-lire] li a')]


def test_chaque_mot_d_un_contenu_se_trouve_apres_les_fiches_sans_rien_y_changer_avec_son_genre_et_son_jour(site):
    ecrire('ressource', titre='Lancer une étude de programmation', nature='deliberation')
    ecrire('ressource', titre='Choisir un bureau d\'étude', nature='guide')
    for q in ('modèle de délibération', 'deliberations', 'délibérer'):
        assert trouves(chercher(site, q)) == ['Lancer une étude de programmation'], q
    for champs in ({'titre': 'Salon des pangolins'}, {'resume': 'Un pangolin.'},
                   {'corps': '## Titre\n\n- des **pangolins**'}, {'lieu': 'Salle du Pangolin'}):
        un = ecrire('evenement', **{'titre': 'Un titre', 'debut_le': '2026-12-08'} | champs)
        for etat, combien in (('publie', 1), ('retire', 0), ('publie', 1), ('brouillon', 0)):       # at once
            changer_ligne(un, etat=etat)
            assert len(trouves(chercher(site, 'pangolin'))) == combien, (champs, etat)
    ecrire('ressource', titre='Délibération : revitaliser un centre-bourg', nature='deliberation', resume='Un modèle.')
    ecrire('evenement', titre='Rencontre : revitaliser le bourg', debut_le='2026-12-08', debut_a='09:00')
    page = chercher(site, 'revitalisation de bourg')
    assert page.select('[aria-labelledby=resultats] .resultats') and page.select_one('aside #a-lire')
    titres_lus = [h2.text.strip() for h2 in page.select('main h2')]
    assert titres_lus.index('Ressources, projets et actualités') > titres_lus.index('La fiche la plus proche')
    lus = {li.a.text: ' '.join(li.p.text.split()) for li in page.select('[aria-labelledby=a-lire] li')}
    assert lus == {
        'Délibération\u00a0: revitaliser un centre-bourg': 'Ressource · Modèle de délibération · 1er novembre 2026',
        'Rencontre\u00a0: revitaliser le bourg': 'Évènement · mardi 8 décembre 2026'}
    site.get(page.select_one('[aria-labelledby=a-lire] a')['href'], status=200)
    lien = page.select_one('.tete-page a[href="#a-lire"]')
    assert lien.text == 'ressources, projets et actualités (2)'
    assert not chercher(site, 'conseil juridique').select('a[href="#a-lire"]')
    with models.lecture():
        avant = [recherche.proches(q) for q in ('conseil juridique', 'bourg', 'delibération', 'écoles')]
    for n in range(30):
        ecrire(titre=f'Le bourg, le conseil juridique, l\'école {n}', corps='bourg conseil délibération ' * 20)
    with models.lecture():
        assert [recherche.proches(q) for q in ('conseil juridique', 'bourg', 'delibération', 'écoles')] == avant


def test_une_recherche_sans_fiche_propose_trois_contenus_au_plus_de_chaque_genre_et_la_demande_libre_et_reste_notee(
        site, monkeypatch):
    notees = []
    monkeypatch.setattr('views.catalogue.catalogue.notes.noter_recherche', notees.append)
    ecrire('ressource', titre='Le pangolin', nature='guide')
    page = chercher(site, 'pangolin')
    assert '(aucune fiche, 1 autre page)' in page.title.text
    assert trouves(page) == ['Le pangolin'] and page.select('a.bouton[href="/demande?q=pangolin"]')
    assert 'Aucune fiche n\'est assez proche' in page.text and notees == ['pangolin']
    assert not chercher(site, 'ornithorynque').select('[aria-labelledby=a-lire]') and notees[1:] == ['ornithorynque']
    ecrire(titre='Le pangolin encore')
    assert '(aucune fiche, 2 autres pages)' in chercher(site, 'pangolin').title.text
    for n in range(5):
        ecrire(titre=f'Le zorglub, actualité {n}')
        ecrire('projet', titre=f'Le zorglub, projet {n}')
    lus_ = trouves(chercher(site, 'zorglub'))
    assert len(lus_) == 6 and sum('actualité' in titre for titre in lus_) == 3
    ecrire(titre='<b>oryctérope</b> & co')
    page = chercher(site, 'oryctérope')
    assert trouves(page) == ['<b>oryctérope</b> & co'] and not page.select('main b')
