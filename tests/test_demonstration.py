"""The demonstration, opened by each of its accounts: every page of the space that it may open, and the help there."""
import re

import pytest
from test_acces import adresse, routes

import models
from verbes.pilotage import tableaux
from verbes.demande import liste
from verbes.exploitation.demonstration import COMPTES
from verbes.questions import demandes_lisibles
from views.menus import chapitres


@pytest.fixture
def base(demonstration, heure):
    models.brancher(demonstration)
    yield demonstration
    models.debrancher()


def une_demande_de_chaque_sorte():
    return [numero for numero, in models.db.execute_sql(
        """SELECT max(numero) FROM demande
           GROUP BY origine, statut, clos_le IS NULL, restreinte, delai, collectivite_id IS NULL, fiche_id IS NULL""")]


def pages(agent, numeros):
    """[(address, is it surely allowed)] of the space: each GET route, one demande of each sort, each form of it."""
    for _, regle, qui in routes('GET'):
        if qui == 'administrateur' and not agent.administre or not regle.startswith('/espace'):
            continue
        if '<numero' not in regle:
            yield adresse(regle), '<' not in regle
        elif regle.endswith('>'):
            yield from ((adresse(regle, numero=numero), False) for numero in numeros)
    for action in ('contact', 'corriger', 'designer'):
        yield from ((f'/espace/demandes/{numero}?action={action}', False) for numero in numeros)


PARFOIS = {'/espace/compte/second-facteur', '/espace/compte/second-facteur/activer', '/espace/admin/comptes/inviter',
           '/espace/aide', '/espace/aide/engagements', '/espace/admin/guide/edition'}


def aide_de(page):
    """[(chapter, section)] that the head of a page leads to for help; [] of a file."""
    if page.content_type != 'text/html' or page.status_int == 303:
        return []
    return re.findall('<a href="/espace/aide/([a-z]+)#([a-z-]+)"(?: aria-current="[a-z]+")?>Aide</a>', page.text)


def parties(navigateur, agent):
    """The (chapter, section) of the help that an account reads."""
    return {(c.cle, ancre) for c in chapitres(agent)
            for ancre in re.findall(' id="([a-z-]+)"', navigateur.get(f'/espace/aide/{c.cle}').text)}


AGENTS = 'WHERE actif AND lecteur_au IS NULL ORDER BY agent.id'


@pytest.mark.parametrize('rang', range(40))
def test_chaque_compte_de_la_demonstration_ouvre_chaque_page_de_l_espace(base, entrer, rang):
    with models.lecture():
        agents, numeros = models.lire_agents(AGENTS), une_demande_de_chaque_sorte()
        visibles = {numero for numero, in demandes_lisibles(agents[rang], models.Demande.numero).tuples()}
    assert len(agents) == 40 and len(numeros) > 20
    navigateur, agent = entrer(agents[rang]), agents[rang]
    codes, aides = {}, parties(navigateur, agent)
    for page, permise in pages(agent, numeros):
        ouverte = navigateur.get(page, status='*')
        codes[page] = code = ouverte.status_int
        assert len(aide_de(ouverte)) == (ouverte.content_type == 'text/html' and code != 303), page
        assert set(aide_de(ouverte)) <= aides, page
        attendus = (200,) if permise and page not in PARFOIS else (200, 303, 403, 404)
        assert code in attendus, f'{page} : {code}'
    for numero in numeros:
        code = codes[f'/espace/demandes/{numero}']
        assert code == (200 if numero in visibles else 403), f'demande n° {numero} : {code}'


def test_la_lectrice_de_la_demonstration_lit_les_chiffres_et_rien_d_autre(base, entrer):
    with models.lecture():
        lectrice, = models.lire_agents('WHERE actif AND lecteur_au IS NOT NULL')
    navigateur = entrer(lectrice)
    navigateur.get('/espace/pilotage')
    for page in ('/espace', '/espace/demandes', '/espace/demandes/1090', '/espace/annuaire'):
        assert navigateur.get(page, status='*').status_int in (303, 403), page
    aides = parties(navigateur, lectrice)
    for page in {adresse(regle) for _, regle, _ in routes('GET') if regle.startswith('/espace')}:
        assert set(aide_de(navigateur.get(page, status='*'))) <= aides, page


def test_les_comptes_annonces_sont_ceux_de_la_demonstration(base):
    with models.lecture():
        actifs = {a.courriel for a in models.lire_agents('WHERE actif')}
    assert set(COMPTES) <= actifs


def test_chaque_tableau_de_ses_chiffres_a_de_quoi_se_montrer(base):
    """But of what is outside the figures: nothing there is a duplicate, or taken over."""
    with models.lecture():
        admin, = models.lire_agents('WHERE agent.courriel = ?', next(iter(COMPTES)))
        lue = tableaux.periode()
        vue = tableaux.regarder(liste.lecteur(admin), {'depuis': lue.du, 'jusqua': lue.au},
                                tableaux.d_avant(lue.du, lue.au))
        tables = tableaux.dresser(vue)
    vides = {t.nom for t in tables.values() if not any(c.nombre for r in t.rangs for c in r.cases)}
    assert vides == {'a_part'}
    assert all(r.cases[0].dit.endswith('jours') for r in tables['delais'].rangs)
    confirmees = {r.libelle: r.cases[0].nombre for r in tables['confirme'].rangs}
    assert confirmees['Oui'] == 3 and confirmees['Pas encore'] == 2 and confirmees['Sans réponse'] >= 3


def test_une_mairie_n_y_est_interrogee_sur_son_rappel_qu_une_fois_la_promesse_passee_sans_etre_jointe(base):
    with models.lecture():
        posees = models.db.execute_sql(
            """SELECT numero, jour_de(question_le), echeance, premier_contact_le, jour_de(rappele_le),
                      (SELECT count(*) FROM journal WHERE demande_id = numero AND nature = 'equipe'
                       AND texte LIKE 'À «_Avez-vous%' AND journal.cree_le = rappele_le)
               FROM demande WHERE question_le IS NOT NULL""").fetchall()
    assert len(posees) >= 9
    for numero, question, echeance, contact, reponse, lignes in posees:
        assert echeance < question <= (contact or reponse or question), numero
        assert lignes == (1 if reponse else 0), numero


def test_la_page_des_chiffres_et_la_carte_restent_legeres(base, entrer):
    """Before they are compressed; a year of figures; the map, which is excepted, with the outlines of 586 communes."""
    with models.lecture():
        admin = models.lire_agents('WHERE agent.courriel = ?', 'maxime.exemple@haute-garonne.example')[0]
    navigateur = entrer(admin)
    assert len(navigateur.get('/espace/pilotage').body) < 142_000
    assert len(navigateur.get('/espace/pilotage/carte').body) < 150_000
