"""The manner of the house: what the written pages keep to."""

from pathlib import Path


def test_aucune_ligne_d_une_page_ne_depasse_120_colonnes():
    pages = Path(__file__).parent.parent.joinpath('views').rglob('*.html')
    lignes = ((page, n, ligne) for page in pages for n, ligne in enumerate(page.read_text('utf-8').split('\n'), 1))
    assert [f'{page}:{n}' for page, n, ligne in lignes if len(ligne) > 120] == []
