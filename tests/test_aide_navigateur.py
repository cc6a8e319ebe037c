"""The help, the commitments, « Autres portes » and the hints in a real Chromium: axe, filled, empty and in error."""
import pytest
from test_autres_portes import PREFECTURE
from test_navigateur import bouton, chromium, connus, entrer, ouvrir, service, verifier  # noqa: F401 – fixtures
from test_papier import feuilles

import models
from verbes.catalogue import portes

VIDES = ('/espace/aide', '/espace/admin/portes', '/espace/admin/portes/nouvelle', '/espace/admin/recherches', '/espace')


@pytest.mark.parametrize('largeur', [1280, 320])
def test_chaque_page_est_accessible_vide_remplie_et_en_erreur(ouvrir, connus, creer, largeur):  # noqa: F811
    page = ouvrir(largeur)
    entrer(page, connus.admin)
    for adresse in VIDES:
        page.goto(adresse)
        verifier(page)
    page.goto('/espace/admin/portes/nouvelle')
    bouton(page, 'Enregistrer').click()
    assert page.title().startswith('Erreur – ')
    verifier(page)
    with models.ecriture():
        portes.ecrire(None, PREFECTURE | {'telephone': '0536499001'}, connus.admin)
        models.Porte.update(verifie_le='2024-01-01').execute()
        models.SansReponse.create(mots='columbarium', nombre=8, vu_le='2026-11-24', jours=3)
    demande = creer('rejete')
    for adresse in ('/espace/admin/portes', '/espace/admin/portes/1', '/espace/admin/recherches',
                    f'/espace/demandes/{demande.numero}?action=repondre'):
        page.goto(adresse)
        verifier(page)
    page.goto('/espace/admin/portes/1')
    with models.ecriture():                                         # another administrateur, meanwhile
        portes.ecrire(models.Porte.get(), models.Porte.get().__data__ | {'service': 'Accueil'}, connus.chef)
    page.get_by_label('Pour quoi').fill('dotations')
    bouton(page, 'Enregistrer').click()
    page.get_by_text('Ce que la base dit maintenant').wait_for()
    assert page.get_by_label('Service').input_value() == 'Accueil'
    verifier(page)


def test_les_engagements_se_lisent_et_se_disent_sans_script(ouvrir, connus):  # noqa: F811
    page = ouvrir(320, js=False)
    entrer(page, connus.referent)
    page.get_by_role('link', name='Lisez ces engagements').click()
    bouton(page, "J'ai pris connaissance des engagements").click()
    page.get_by_text("c'est noté").wait_for()
    assert page.get_by_text('Avant de commencer').count() == 0


def test_les_douze_questions_s_impriment_seules_sur_deux_pages(ouvrir, connus):  # noqa: F811
    page = ouvrir(1280)
    entrer(page, connus.referent)
    page.goto('/espace/aide')
    assert bouton(page, 'Imprimer les douze questions').is_visible()
    combien, lu = feuilles(page, '/espace/aide')
    assert combien <= 2 and 'La mairie me téléphone' in lu and 'Les dix statuts' not in lu
