"""The structures and the directory in a real Chromium: axe, filled, empty and in error; a closing without script."""
import pytest
from navigateur import bouton, champ, entrer, verifier

import models

STRUCTURES = '/espace/admin/structures'


@pytest.fixture
def remplies(connus, creer):
    """A convention that ends, a closed direction, an expert, someone who says what they do, a demande without a name.
    """
    demande = creer('en_cours')
    with models.ecriture():
        models.Structure.update(convention_au='2026-12-31').where(models.Structure.id == 2).execute()
        models.Direction.create(structure=2, nom='Ancienne', fermee_le='2026-01-01')
        models.Agent.update(expert=True, presentation='Marchés publics, concessions.', territoire='Comminges').where(
            models.Agent.id == connus.referent.id).execute()
        models.Membre.create(demande=demande, role='associe', rang=9, structure=2, direction=2,
                             depuis_le='2026-11-24T09:00:00Z')
    return connus


def test_les_adresses_se_copient_d_un_bouton(ouvrir, remplies):
    page = ouvrir()
    page.context.grant_permissions(['clipboard-read', 'clipboard-write'])
    entrer(page, remplies.chef, '/espace/annuaire?structure=2')
    page.get_by_text('Copier les 2 adresses de cette liste').click()
    bouton(page, 'Copier').click()
    page.get_by_text('Copié.').wait_for()
    assert page.evaluate('navigator.clipboard.readText()') == 'camille.exemple@hgi.example; claude.temoin@hgi.example'
    verifier(page)


def test_une_direction_ferme_sans_script_et_sa_suite_prend_tout(ouvrir, remplies):
    with models.ecriture():
        models.Direction.create(structure=2, nom='Pôle juridique')
    page = ouvrir(js=False)
    entrer(page, remplies.admin, '/espace/admin/directions/2')
    page.get_by_role('link', name='Fermer la direction').click()
    bouton(page, 'Fermer la direction').click()
    assert page.get_by_role('alert').get_by_role('link').count() == 1
    verifier(page)
    champ(page, 'Direction qui prend la suite').select_option(label='Pôle juridique')
    bouton(page, 'Fermer la direction').click()
    assert page.get_by_text('ce qui devait continuer est transmis').is_visible()
    verifier(page)
