"""« Proposer une amélioration »: what an agent asks of the tool, and what an administrateur does with it."""
from conftest import au_matin, faits_dits, texte

PROPOSER, LIRE = '/espace/ameliorations', '/espace/admin/ameliorations'


def proposer(nav, dit='Un filtre par canton.'):
    form = next(f for f in nav.get(PROPOSER).forms.values() if f.action == PROPOSER)
    form['texte'] = dit
    return form.submit(expect_errors=True)


def test_une_proposition_est_transmise_aux_administrateurs_puis_lue(entrer, monde, lecteur):
    nav = entrer(monde.referent)
    for page in ('/espace', '/espace/demandes', '/espace/aide/demandes'):     # each leads there, but of a lecteur
        assert nav.get(page).html.select_one(f'a[href="{PROPOSER}"]'), page
    assert entrer(lecteur).get('/espace/pilotage').html.select_one(f'a[href="{PROPOSER}"]') is None
    vide = proposer(nav, '  ')
    assert vide.status_int == 422 and 'écrivez ce qui serait mieux' in texte(vide)
    page = proposer(nav).follow()
    assert 'transmise aux administrateurs' in texte(page) and 'pas encore lue' in texte(page)
    assert 'canton' not in texte(entrer(monde.chef).get(PROPOSER)), 'each reads one\'s own'
    (pour, dit), = au_matin('amelioration')
    assert pour == monde.admin.courriel and dit.startswith('amélioration proposée par Claude Temoin : http')
    admin = entrer(monde.admin)
    assert '1 amélioration proposée' in texte(admin.get('/espace'))
    liste = admin.get(LIRE)
    assert 'Un filtre par canton.' in texte(liste) and 'Claude Temoin' in texte(liste)
    form = next(f for f in liste.forms.values() if f.action == f'{LIRE}/1')     # the first: the empty one was not kept
    assert 'lue le' in texte(form.submit(status=303).follow())
    assert 'amélioration proposée' not in texte(admin.get('/espace'))
    form.submit(status=303)                                         # twice: nothing more
    assert faits_dits().count('amélioration lue') == 1
    assert 'lue le' in texte(nav.get(PROPOSER))
