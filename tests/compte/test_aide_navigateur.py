"""The help, the commitments, « Autres portes » and the hints in a real Chromium: axe, filled, empty and in error."""
from navigateur import bouton, entrer, verifier
from test_papier import feuilles

import models
from views import menus

CHAPITRES = tuple(f'/espace/aide/{c.cle}' for c in menus.CHAPITRES)


def test_les_engagements_se_lisent_et_se_disent_sans_script(ouvrir, connus):
    page = ouvrir(320, js=False)
    entrer(page, connus.referent)
    page.get_by_role('link', name='Lisez ces engagements').click()
    bouton(page, "J’ai pris connaissance des engagements").click()
    page.get_by_text("c’est noté").wait_for()
    assert page.get_by_text('Avant de commencer').count() == 0


def test_chaque_chapitre_s_imprime_sur_deux_pages(ouvrir, connus, monkeypatch):
    page = ouvrir(1280)
    entrer(page, connus.admin)
    monkeypatch.setitem(models.SITE, 'reponses', 'plateforme+{}@hgi.example')
    for chapitre in CHAPITRES:
        page.emulate_media(media='screen')
        page.goto(chapitre)
        assert bouton(page, 'Imprimer ce chapitre').is_visible()
        combien, lu = feuilles(page, chapitre)
        assert combien <= 2 and 'dans toute l’aide' not in lu, chapitre
    _, lu = feuilles(page, CHAPITRES[0])
    assert 'La mairie me téléphone' in lu and 'Réceptionné chef de file' in lu and 'Lire une réponse arrivée' in lu


def arrive(page, partie):
    """A part is at the top of the screen, once the page has stopped sliding."""
    for _ in range(40):
        if -5 < page.locator(partie).bounding_box()['y'] < 200:
            return True
        page.wait_for_timeout(100)
    return False


def test_un_mot_cherche_mene_a_son_passage_sans_script(ouvrir, connus):
    page = ouvrir(1280, js=False)
    entrer(page, connus.referent, '/espace/aide/demandes')
    page.get_by_label('Un mot, dans toute l’aide').fill('ECARTER doublon')
    bouton(page, 'Rechercher').click()
    verifier(page)
    page.locator('[aria-labelledby=trouvees] li a').click()
    assert arrive(page, '#erreur')


def test_l_aide_se_lit_sans_script_et_s_ouvre_a_sa_partie(ouvrir, connus):
    page = ouvrir(1280, js=False)
    entrer(page, connus.referent, '/espace/annuaire')
    page.get_by_label('Menu principal').get_by_role('link', name='Aide').click()
    assert page.url.endswith('/espace/aide/demandes#associer')
    assert arrive(page, '#associer')
    assert not bouton(page, 'Imprimer ce chapitre').is_visible()
