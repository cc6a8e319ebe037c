"""The département's own account in a real Chromium: its cookies and « form-action » decide what Apache can do."""
import pytest
from navigateur import verifier
from test_sso_chaine import CHEF, apache, sessions  # noqa: F401 – apache: a fixture


TEXTE = 'Un long texte, tapé avant que la session expire.'


@pytest.fixture(params=[(1280, True), (320, False)], ids=['1280', '320 sans script'])
def page(request, apache, contexte_de):  # noqa: F811
    return contexte_de(apache.url, *request.param, ignore_https_errors=True).new_page()


def test_le_circuit_du_compte_du_departement_dans_un_vrai_navigateur(page, apache):  # noqa: F811
    page.goto('/espace/compte')
    verifier(page)
    page.get_by_role('link', name='Se connecter avec le compte du Département').click()
    page.get_by_role('button', name='Confirmer').click()
    page.wait_for_url('**/connexion/sso?retour=/espace/compte')
    verifier(page)
    page.get_by_role('button', name=f'Continuer comme {CHEF}').click()
    page.wait_for_url('**/espace/compte')
    assert sessions(apache) == [(CHEF, 'sso', '127.0.0.1')]


def test_le_bouton_ne_reste_jamais_sans_effet_quand_la_session_du_serveur_web_est_finie(page, apache):  # noqa: F811
    page.goto('/connexion/sso?retour=/espace/compte')
    page.get_by_role('button', name='Confirmer').click()
    page.get_by_role('button', name=f'Continuer comme {CHEF}').wait_for()
    page.context.clear_cookies()
    page.get_by_role('button', name=f'Continuer comme {CHEF}').click()
    page.get_by_role('link', name='Se connecter avec le compte du Département').click()
    page.get_by_role('button', name='Confirmer').click()
    page.get_by_role('button', name=f'Continuer comme {CHEF}').click()
    page.wait_for_url('**/espace/compte')


def test_le_texte_d_une_session_expiree_revient_par_un_nouvel_onglet(page, apache):  # noqa: F811
    page.goto('/connexion/sso?retour=/espace/demandes/nouvelle')
    page.get_by_role('button', name='Confirmer').click()
    page.get_by_role('button', name=f'Continuer comme {CHEF}').click()
    page.get_by_label('Le besoin en une phrase').fill(TEXTE)
    page.context.clear_cookies()
    page.locator('main form button[type=submit]').last.click()
    verifier(page)
    with page.context.expect_page() as ouverte:
        page.get_by_role('link', name='ouvrez-le dans un nouvel onglet').click()
    ouverte.value.get_by_role('button', name='Confirmer').click()
    ouverte.value.get_by_role('button', name=f'Continuer comme {CHEF}').wait_for()
    page.get_by_role('button', name='Se connecter avec le compte du Département').click()
    page.wait_for_url('**/espace/demandes/nouvelle')
    assert page.get_by_label('Le besoin en une phrase').input_value() == TEXTE
