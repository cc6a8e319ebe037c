"""The departure of a structure in a real Chromium: axe, filled, empty, in error, previewed, done, undone; no script."""
from navigateur import bouton, champ, entrer, verifier
from test_convention import HGI, PAGE, cles, garnie  # noqa: F401 – a fixture

import models


def test_une_structure_part_de_l_apercu_a_l_annulation(ouvrir, connus, garnie, creer):  # noqa: F811
    creer('en_cours', message='Trois.', restreinte=True)
    page = ouvrir()
    entrer(page, connus.admin, f'/espace/admin/structures/{HGI}')
    verifier(page)
    page.get_by_role('link', name='Préparer son départ').click()
    verifier(page)
    bouton(page, 'Voir ce qui sera fait').click()                   # nobody by default, the restricted ones unsaid
    assert page.title().startswith('Erreur – ')
    verifier(page)
    champ(page, 'Qui reprend, par défaut').select_option(str(connus.autre.id))
    page.locator(f'[name=c{connus.chef.id}]').select_option('3')
    restreintes = [*cles('chef_de_file', True), *cles('referent', True)]
    for cle in restreintes:
        page.locator(f'[name={cle}]').select_option(str(connus.autre.id))
    bouton(page, 'Voir ce qui sera fait').click()                   # without the agreement of the collectivité
    verifier(page)
    assert page.locator('#erreurs li').count() == 2
    for cle in restreintes:
        page.locator(f'[name=accord_{cle}]').fill('2026-11-20')
    bouton(page, 'Voir ce qui sera fait').click()
    page.get_by_role('heading', name='Ce qui sera fait').wait_for()
    verifier(page)
    bouton(page, 'Fermer la structure').click()
    page.get_by_text('lignes transférées').wait_for()
    verifier(page)
    bouton(page, 'Annuler la passation').click()
    page.get_by_text('Passation annulée').wait_for()
    verifier(page)
    with models.lecture():
        assert models.Agent.get_by_id(connus.chef.id).actif and connus.chef.direction_id == 2


def test_une_structure_vide_et_une_structure_partie(ouvrir, connus):
    with models.ecriture():
        vide = models.Structure.create(nom='Agence de l\'eau', sigle='AE', partenaire=True)
        models.Direction.create(structure=vide, nom='Siège')
    page = ouvrir()
    entrer(page, connus.admin, PAGE.replace(str(HGI), str(vide.id)))
    verifier(page)
    bouton(page, 'Fermer la structure aujourd’hui').click()
    page.get_by_text('il ne reste rien à reprendre').wait_for()
    verifier(page)
