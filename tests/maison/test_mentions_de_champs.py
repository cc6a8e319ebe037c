"""A form marks the fewer of its fields, compulsory or not (RGAA 11.10, regles.md §14)."""
import pytest

from views.mentions import SAUF, TOUS, alleger


def champs(*mentions):
    return ''.join(f'<label>Champ <span class="requis">({mot})</span></label>' for mot in mentions)


@pytest.mark.parametrize('dites, restent, phrase', [
    (('obligatoire',), ['(obligatoire)'], ''), (('facultatif',), [], ''),
    (('obligatoire', 'facultatif'), ['(obligatoire)'], ''),
    (('obligatoire', 'obligatoire', 'facultatif'), ['(facultatif)'], SAUF), (('obligatoire',) * 3, [], TOUS),
    (('obligatoire', 'facultatif', 'facultatif'), ['(obligatoire)'], '')])
def test_un_formulaire_marque_les_champs_les_moins_nombreux_et_dit_alors_ce_que_sont_les_autres(dites, restent, phrase):
    page = alleger(f'<p>avant</p><form action="/x">{champs(*dites)}</form><form>{champs("obligatoire")}</form>')
    premier = page.partition('</form>')[0]
    assert [mot for mot in premier.replace('<', ' ').replace('>', ' ').split() if mot[0] == '('] == restent
    assert (phrase or 'sauf mention') in premier or not phrase
    assert page.startswith('<p>avant</p><form action="/x">') and page.count('(obligatoire)') == restent.count(
        '(obligatoire)') + 1


def test_un_pli_ne_marque_pas_ce_qui_est_facultatif_et_ne_compte_que_ce_qu_il_exige():
    page = alleger(f'<form>{champs("obligatoire")}<details>{champs("facultatif", "facultatif")}</details></form>')
    assert page.count('class="requis"') == 1 and SAUF not in page
    assert alleger('<p>rien</p>') == '<p>rien</p>'


def test_le_formulaire_public_dit_ce_qui_est_facultatif_la_connexion_que_tout_est_obligatoire(site, monde):
    page = site.get('/demande')
    assert page.text.count('(facultatif)') > 5 and SAUF in page and '(obligatoire)' not in page
    vu = site.get('/connexion').html.select_one('form[action="/connexion"]')
    assert TOUS in vu.text and not vu.select('.requis')
