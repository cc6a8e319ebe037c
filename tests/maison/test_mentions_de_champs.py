"""A form marks the fewer of its fields, compulsory or not (RGAA 11.10, regles.md §14)."""
import re

from views.mentions import SAUF, TOUS, alleger

OUI, NON = 'obligatoire', 'facultatif'


def champs(*mentions):
    return ''.join(f'<label>Champ <span class="requis">({mot})</span></label>' for mot in mentions)


def test_un_formulaire_marque_les_champs_les_moins_nombreux_et_dit_alors_ce_que_sont_les_autres(site, monde):
    """A fold marks nothing of what is optional, and counts only what it asks for."""
    for dites, restent, phrase in (
            ((OUI,), [OUI], ''), ((NON,), [], ''), ((OUI, NON), [OUI], ''), ((OUI, OUI, NON), [NON], SAUF),
            ((OUI,) * 3, [], TOUS), ((OUI, NON, NON), [OUI], '')):
        page = alleger(f'<p>avant</p><form action="/x">{champs(*dites)}</form><form>{champs(OUI)}</form>')
        premier = page.partition('</form>')[0]
        assert re.findall(r'\((\w+)\)', premier) == restent and phrase in premier, dites
        assert page.startswith('<p>avant</p><form action="/x">'), dites
        assert page.count(f'({OUI})') == restent.count(OUI) + 1, dites
    page = alleger(f'<form>{champs(OUI)}<details>{champs(NON, NON)}</details></form>')
    assert page.count('class="requis"') == 1 and SAUF not in page and alleger('<p>rien</p>') == '<p>rien</p>'
    page = site.get('/demande')
    assert page.text.count(f'({NON})') > 5 and SAUF in page and f'({OUI})' not in page
    vu = site.get('/connexion').html.select_one('form[action="/connexion"]')
    assert TOUS in vu.text and not vu.select('.requis')
