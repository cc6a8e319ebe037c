"""The report of a period, and each table of figures as a CSV: what the page says, and what it does not (§7, §11)."""
import csv
import io
import re

import pytest
from bs4 import BeautifulSoup
from conftest import changer_demande, derniere_demande, en_ecriture, faits, texte, un_lecteur
from test_carte import importer
from test_chiffres import deposee

import models
from verbes.pilotage import tableaux
from verbes.demande import liste
from views import rendu

RAPPORT = '/espace/pilotage/rapport'


@pytest.fixture
def annee(creer):
    for n, etat in enumerate(('attribue_chef', 'en_cours', 'en_cours', 'termine', 'rejete', 'abandonne')):
        demande = creer(etat, message=f'N° {n}', courriel=f'm{n}@rieumes.example', restreinte=n == 2)
        deposee(demande, f'2026-0{n + 1}-10')


def cases_de(page, titre):
    """[[text of a cell]] of the rows of a table of the report, by its title."""
    tableau = next(t for t in page.html.select('.rapport table') if t.caption.text.startswith(titre))
    return [[' '.join(c.get_text(' ').split()) for c in rang.select('th, td')] for rang in tableau.select('tbody tr')]


def lire(reponse):
    titres, *lignes = csv.reader(io.StringIO(reponse.body.decode('utf-8-sig')), delimiter=';')
    assert all(len(ligne) == len(titres) for ligne in lignes)
    return titres, lignes


def test_le_rapport_dit_les_chiffres_son_perimetre_ses_filtres_sans_delais_d_autrui(annee, monde, entrer, maxime):
    importer()
    page, rapport = (maxime.get(f'{ou}?periode=2026') for ou in ('/espace/pilotage', RAPPORT))
    en_tete = [[' '.join(b.get_text().split()) for b in p.html.select(f'{ou} > li b')]
               for p, ou in ((page, '.chiffres'), (rapport, '.rapport-chiffres'))]
    assert en_tete[0] == en_tete[1] and en_tete[0][0] == '6'
    assert [rang[:2] for rang in cases_de(rapport, 'Par thème')] == [['Aménagement', '6']]
    assert len(rapport.html.select('.rapport svg.graphique[role=img] rect')) == 24
    assert rapport.html.select('.rapport table a') == []            # its numbers open nothing
    assert len(rapport.html.select('.rapport-carte svg path')) >= 4
    page = entrer(monde.chef).get(f'{RAPPORT}?periode=2026-T2&structure=2&theme=2')
    dits = ' '.join(page.html.select_one('.rapport-tete').get_text(' ').split())
    assert 'Du 1er avril 2026 au 30 juin 2026' in dits and 'Haute-Garonne Ingénierie – HGI' in dits
    assert 'Thème : Aménagement' in dits and 'Document de travail interne' in dits
    assert 'Établi le 24 novembre 2026' in dits
    assert page.html.select_one('.sans-impression a[href*="periode=libre"]')['href'].startswith('/espace/pilotage?')
    ailleurs = entrer(monde.autre).get(f'{RAPPORT}?periode=2026&structure=2')
    assert liste.DELAIS_D_AUTRUI in texte(ailleurs).replace(' :', '\xa0:') and 'Jointe à temps' not in texte(ailleurs)
    assert 'Jointe à temps' in texte(entrer(monde.chef).get(f'{RAPPORT}?periode=2026&structure=2'))
    filtres = 'periode=2026&structure=2'
    for nom in ('temps', 'delais', 'confirme'):
        _, lignes = lire(entrer(monde.autre).get(f'/espace/pilotage/{nom}.csv?{filtres}'))
        assert [ligne[0] for ligne in lignes] == [f'Note\xa0: {liste.DELAIS_D_AUTRUI}'], nom
        assert lire(entrer(monde.chef).get(f'/espace/pilotage/{nom}.csv?{filtres}'))[1] != lignes, nom
    entrer(monde.autre).get(f'/espace/pilotage/structures_delais.csv?{filtres}', status=404)
    entrer(monde.admin).get('/espace/pilotage/inconnu.csv', status=404)


def test_un_rapport_vide_se_lit_une_adresse_fausse_est_refusee_les_projets_parus_dans_la_periode_y_sont(monde, entrer):
    for adresse in ('?periode=2019', '?periode=libre&du=2026-11-24&au=2026-11-24', '?theme=aucune', ''):
        page = entrer(monde.admin).get(RAPPORT + adresse)
        assert not re.search(r'\b(NaN|None|inf)\b', texte(page)), adresse
        assert 'Aucun projet exemplaire n\'est paru' in texte(page) and 'carte' not in texte(page).lower(), adresse
    for mauvaise in ('periode=2026-T5', 'periode=libre&du=2026-02-30&au=2026-03-01', 'structure=x', 'epci=0'):
        entrer(monde.admin).get(f'{RAPPORT}?{mauvaise}', status=400)
    with models.ecriture():
        for titre, paru, etat in (('La halle', '2026-03-02', 'publie'), ('Le lavoir', '2025-03-02', 'publie'),
                                  ('Le préau', '2026-03-02', 'brouillon')):
            un = models.Contenu.create(
                genre='projet', titre=titre, resume='En bref.', etat=etat, publie_le=paru, theme=monde.theme.id,
                collectivite=monde.rieumes, cree_le='2026-03-01T09:00:00Z', modifie_le='2026-03-01T09:00:00Z')
            models.ContenuStructure.create(contenu=un, structure=2)
    for adresse, titres in (('periode=2026', ['La halle']), ('periode=2025', ['Le lavoir']), ('periode=2024', []),
                            ('periode=2026&structure=2', ['La halle']), ('periode=2026&structure=3', []),
                            ('periode=2026&theme=1', ['La halle']), ('periode=2026&theme=2', [])):
        page = entrer(monde.admin).get(f'{RAPPORT}?{adresse}')
        assert [h3.text.strip() for h3 in page.html.select('.rapport-projets h3')] == titres, adresse


def test_l_edition_pour_le_comite_est_celle_que_lit_un_lecteur_qui_que_ce_soit_qui_l_imprime(annee, monde, entrer):
    page = entrer(un_lecteur(monde)).get(f'{RAPPORT}?periode=2026')
    assert [rang[:2] for rang in cases_de(page, 'Par thème')] == [['Aménagement', '5']]
    assert not any(a['href'].startswith('/espace/demandes') for a in page.html.select('main a'))
    lue = page.html.select_one('.rapport').decode()
    for qui in (monde.admin, monde.chef, monde.autre):
        page = entrer(qui).get(f'{RAPPORT}?periode=2026&edition=comite')
        assert page.html.select_one('.rapport').decode() == lue, qui.prenom
    dit = ' '.join(page.html.select_one('.rapport').get_text(' ').split())
    assert 'Édition pour le comité de suivi technique' in dit and 'interne' not in dit
    assert page.html.select_one('.rapport-chiffres b').text == '5' and 'hors diffusion restreinte' in dit
    assert 'Délais par structure' not in dit and monde.fiche.titre not in dit
    interne = entrer(monde.admin).get(f'{RAPPORT}?periode=2026')
    assert 'Document de travail interne' in texte(interne) and 'Délais par structure' in texte(interne)
    assert interne.html.select_one('.rapport-chiffres b').text == '6'
    admin = entrer(monde.admin)
    for requete in ('periode=libre&du=2026-11-02&au=2026-11-30', 'structure=2', 'fiche=1', 'theme=1'):
        assert 'le comité' in texte(admin.get(f'{RAPPORT}?edition=comite&{requete}', status=403)), requete
    assert 'Du 1er janvier 2025 au 31 décembre 2025' in texte(admin.get(f'{RAPPORT}?edition=comite'))
    admin.get(f'{RAPPORT}?edition=autre', status=400)
    for requete, attendu in (('periode=2026', 'du=2026-01-01'), ('periode=2026&structure=2', '')):
        lien = admin.get(f'/espace/pilotage?{requete}').html.find('a', href=re.compile('edition=comite'))['href']
        assert (attendu in lien) if attendu else 'structure' not in lien, requete
        admin.get(lien, status=200)


def test_le_rapport_suit_chaque_depot_est_celui_de_chacun_en_21_requetes_une_longue_table_y_est_coupee(
        monde, creer, entrer, requetes):
    navigateur = entrer(monde.autre)
    for n in range(3):
        assert navigateur.get(RAPPORT).html.select_one('.rapport-chiffres b').text == str(n)
        creer('en_cours', message=f'n° {n}', courriel=f'm{n}@rieumes.example')
    page = navigateur.get(RAPPORT)
    requetes.clear()
    assert navigateur.get(RAPPORT).body == page.body and len(requetes) <= 21    # with its line of audit
    changer_demande(derniere_demande(), restreinte=True)
    for qui, attendu in ((monde.admin, '3'), (monde.autre, '2'), (monde.chef, '3'), (monde.autre, '2')):
        page = entrer(qui).get(f'{RAPPORT}?theme=2&periode=2026')
        assert page.html.select_one('.rapport-chiffres b').text == attendu, qui
    # A drawing laid by each commune made a PDF of 10 MB; those without one are told by their colour.
    deux = [('/a', 'A', 'M0 0h1v1z'), ('/b', 'B', 'M2 0h1v1z')]
    dessin = rendu.get_template('graphiques.html').module.carte([(1, 'un', deux), (4, 'rien', deux)], 9, 9, 'Carte')
    un, rien = BeautifulSoup(dessin, 'html.parser').select('g')
    assert [p['d'] for p in un.find_all('path', recursive=False)] == ['M0 0h1v1z M2 0h1v1z']
    assert [len(g.select('a path')) for g in (un, rien)] == [2, 2] and not rien.find_all('path', recursive=False)
    with models.ecriture():
        for n in range(25):
            models.Fiche.create(theme=monde.theme, direction=monde.chef.direction, titre=f'Fiche {n}', resume='.',
                                promesse='complexe', maj_le='2026-01-01')
        fiches = list(models.Fiche.select())
    for n, fiche in enumerate(fiches):
        creer('attribue_admin', message=f'{n}', courriel=f'm{n}@rieumes.example', fiche=fiche)
    page = entrer(monde.admin).get(RAPPORT)
    assert len(cases_de(page, 'Par fiche')) == 20 and 'Les 20 premières lignes ; 8 autres' in texte(page)


def test_un_rapport_et_chaque_csv_vont_a_l_audit_et_seuls_les_textes_gardes_sont_cites(annee, monde, entrer, maxime):
    entrer(monde.autre).get(f'{RAPPORT}?periode=2026&type=Commune')
    entrer(monde.admin).get(f'{RAPPORT}?periode=2025&edition=comite')
    reponse = entrer(monde.autre).get('/espace/pilotage/theme.csv?periode=2026&type=Commune')
    assert reponse.headers['Content-Disposition'] == 'attachment; filename="theme-2026-01-01-2026-12-31.csv"'
    dits = [(qui, detail) for fait, qui, detail in faits() if fait == 'export']
    for (qui, detail), agent, debut, annee_dite in zip(dits, (monde.autre, monde.admin, monde.autre), (
            'rapport, document de travail interne, filtres', 'rapport, édition pour le comité de suivi technique, filt',
            'tableau «\xa0Par thème\xa0»'), ('2026', '2025', '2026'), strict=True):
        assert qui == agent.courriel and detail.startswith(debut), detail
        assert f'du {annee_dite}-01-01 au {annee_dite}-12-31' in detail, detail
        assert ('Commune' in detail) == (agent == monde.autre), detail
    with models.ecriture():
        demande = models.Demande.get(models.Demande.statut == 'termine')
        valeurs = {'demandee_le': '2026-11-20T09:00:00Z', 'repondu_le': '2026-11-21T09:00:00Z', 'aide': 'oui',
                   'permis': 'agir', 'texte': 'Merci à Camille.', 'citable': True}
        models.Evaluation.insert(demande=demande, **valeurs).on_conflict_replace().execute()
    assert 'Merci' not in texte(maxime.get(f'{RAPPORT}?periode=2026'))
    en_ecriture(models.Evaluation.update(citation='Merci à toute l\'équipe.', gardee_le='2026-11-22T09:00:00Z').execute)
    for agent, adresse, lue in ((monde.admin, '', True), (monde.chef, '&structure=2', True), (monde.autre, '', True),
                                (monde.autre, '&structure=2', False), (monde.admin, '&theme=1', True)):
        page = entrer(agent).get(f'{RAPPORT}?periode=2026{adresse}')
        assert ('« Merci à toute l\'équipe. »' in texte(page)) == lue, (agent.prenom, adresse)
        assert 'Merci à Camille' not in texte(page), agent
    assert 'Merci' not in texte(maxime.get(f'{RAPPORT}?periode=2025'))


@pytest.mark.parametrize('qui', ['admin', 'chef', 'autre', 'lecteur'])
def test_chaque_csv_dit_les_nombres_de_son_tableau(annee, monde, entrer, qui):
    agent = un_lecteur(monde) if qui == 'lecteur' else getattr(monde, qui)
    navigateur = entrer(agent)
    for filtres in ('periode=2026', f'periode=2026-T1&{"epci=1" if qui == "lecteur" else "theme=2"}', 'periode=2020'):
        page = navigateur.get(f'/espace/pilotage?chapitre=tout&{filtres}')
        liens = {s.h2['id'].removeprefix('t-'): s.select_one('header a')['href']
                 for s in page.html.select('section.panneau') if s.select('header a[download]')}
        assert {'mois', 'structure'} <= set(liens) or '2020' in filtres, filtres
        assert qui == 'lecteur' and '2020' not in filtres or {'mois', 'statuts', 'issues', 'origines'} <= set(liens)
        for nom, lien in liens.items():
            titres, lignes = lire(navigateur.get(lien))
            tableau = page.html.find(id=f't-{nom}').find_parent('section').table
            lues = [[' '.join(c.get_text(' ').split()) for c in rang.select('th, td:not(.dessin)')]
                    for rang in tableau.select('tbody tr, tfoot tr')]
            rangs = [ligne for ligne in lignes if not ligne[0].startswith('Note')]
            assert [ligne[0] for ligne in rangs] == [lue[0] for lue in lues], nom
            for ligne, lue in zip(rangs, lues):
                for dit, vu in zip(ligne[1:], lue[1:len(tableau.select('thead th:not(.dessin)'))]):
                    vu = re.sub(r' (jours?|dont .*)$', '', vu)
                    assert dit == {'=': '0', '–': ''}.get(vu, vu.lstrip('+').replace('−', '-')), (nom, ligne, lue)
        assert len(liens) > (12 if filtres == 'periode=2026' and agent.administre else 3 if 'epci' in filtres else 6)
    for dit, cellule in (('+12', 12), ('−1\u202f234', -1234), ('=', 0), ('–', ''), ('92\xa0%', '92 %'),
                         ('4,5\xa0jours', '4,5'), ('1\xa0jour', '1'), ('non montré', 'non montré')):
        assert tableaux.en_cellule(tableaux.Case(None, dit)) == cellule, dit
        assert tableaux.en_cellule(tableaux.Case(7, dit)) == 7, dit
