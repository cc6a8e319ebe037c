"""A chef's table: what each expert follows, some of it handed to a colleague, undone within a day (regles.md §7)."""
import pytest
from conftest import (
    DEPART, changer_ligne, courriels, creer_ligne, en_ecriture, fautes, fixer, relire, texte)
from fichiers import lire

import models

TABLE = '/espace/demandes/experts'


@pytest.fixture
def jonas(monde):
    """Another expert of the structure of the chef."""
    en_ecriture(fixer, 'information_agents', '', '2026-11-01')
    changer_ligne(monde.referent, expert=True)
    return creer_ligne(models.Agent, prenom='Jonas', nom='Croquis', courriel='jonas@hgi.example', cree_le=DEPART,
                       ouvert_le=DEPART, direction=monde.referent.direction_id, expert=True)


def referents():
    return dict(lire("SELECT demande_id, agent_id FROM membre WHERE role = 'referent' ORDER BY demande_id"))


def cocher(page, vers, *demandes):
    """The form of the page of an expert, these rows ticked; no demande: all of them."""
    formulaire = page.forms[next(cle for cle in page.forms if 'vue' in page.forms[cle].fields)]
    cases = page.html.select('input[type=checkbox]')
    for case in cases:
        numero = int(case.find_parent('tr').select_one('.numero').text)
        formulaire[case['name']].checked = not demandes or numero in [d.numero for d in demandes]
    formulaire['defaut'] = str(vers.id)
    return formulaire


def test_un_chef_confie_douze_demandes_d_un_coup_un_courriel_par_personne_et_l_annule(creer, monde, jonas, entrer):
    demandes = [creer('en_cours', message=str(n)) for n in range(13)]
    nav = entrer(monde.chef)
    page = nav.get(f'/espace/demandes?structure={monde.chef.direction.structure_id}').click('Par expert')
    assert 'Claude Temoin' in texte(page) and '13' in texte(page)
    avant, deja = referents(), len(courriels())
    apercu = cocher(page.click('Claude Temoin'), jonas, *demandes[:12]).submit('acte', value='apercu', status='*')
    assert 'Confier 12 demandes à Jonas Croquis' in texte(apercu) and referents() == avant
    formulaire = next(f for f in apercu.forms.values() if 'vue' in f.fields)
    page = formulaire.submit('acte', value='transferer').follow()
    assert '12 lignes transférées' in texte(page) and [*referents().values()].count(jonas.id) == 12
    assert [une for une in courriels()[deja:] if une[0].startswith('passation_s')] == [
        ('passation_successeur', jonas.courriel)]
    (dit,), = lire('SELECT texte FROM journal WHERE demande_id = ? ORDER BY id DESC LIMIT 1', demandes[0].numero)
    assert 'répartition entre experts' in dit
    nav.get(f'/espace/demandes/{demandes[0].numero}')
    page = next(f for f in page.forms.values() if f.action.endswith('/annuler')).submit().follow()
    assert 'Passation annulée' in texte(page) and referents() == avant


def test_ni_hors_de_sa_structure_ni_de_ce_qu_on_ne_dirige_pas_ni_avant_que_les_agents_soient_informes(
        creer, monde, jonas, entrer):
    demande, autre = creer('en_cours'), creer('en_cours', fiche=monde.urgente, message='b')
    nav, adresse = entrer(monde.chef), f'{TABLE}/{monde.referent.id}'
    for qui in (monde.referent, monde.autre, monde.associe):
        entrer(qui).get(TABLE, status=403)
    nav.get(f'{TABLE}/{monde.autre.id}', status=403)
    page = nav.get(adresse)
    formulaire = cocher(page, jonas)
    formulaire['defaut'].force_value(str(monde.autre.id))
    page = formulaire.submit('acte', value='apercu', status='*')
    assert page.status_int == 422 and fautes(page)
    page = cocher(nav.get(adresse), jonas, relire(demande)).submit('acte', value='apercu', status='*')
    assert page.status_int == 200
    vide = next(f for f in nav.get(adresse).forms.values() if 'vue' in f.fields)
    vide['defaut'] = str(jonas.id)
    assert 'ochez au moins une demande' in ' '.join(fautes(vide.submit('acte', value='apercu', status='*')))
    en_ecriture(fixer, 'information_agents', '', None)
    assert 'agents et leur instance informés' in texte(nav.get(TABLE, status=403))
    nav.post(adresse, {'acte': 'transferer', 'defaut': jonas.id}, status=403)
    assert set(referents().values()) == {monde.referent.id} and autre


def test_une_restreinte_ne_passe_qu_a_son_equipe_et_ce_qui_a_bouge_refait_l_apercu(creer, monde, jonas, entrer):
    secrete, demande = creer('en_cours', restreinte=True), creer('en_cours', message='b')
    nav, adresse = entrer(monde.chef), f'{TABLE}/{monde.referent.id}'
    page = cocher(nav.get(adresse), jonas).submit('acte', value='apercu', status='*')
    assert page.status_int == 422 and 'diffusion restreinte' in ' '.join(fautes(page))
    apercu = cocher(nav.get(adresse), jonas, demande).submit('acte', value='apercu', status='*')
    formulaire = next(f for f in apercu.forms.values() if 'vue' in f.fields)
    changer_ligne(monde.referent, pilote=True)
    assert formulaire.submit('acte', value='transferer', status='*').status_int == 409
    assert set(referents().values()) == {monde.referent.id} and secrete


def test_un_suppleant_sans_accord_n_y_lit_pas_une_restreinte_et_un_autre_chef_n_annule_pas(creer, monde, jonas, entrer):
    secrete, demande = creer('en_cours', restreinte=True, message='SECRET'), creer('en_cours', message='b')
    creer_ligne(models.Absence, agent=monde.chef, du='2026-11-20', au='2026-12-20', suppleant=jonas, restreintes=False)
    adresse = f'{TABLE}/{monde.referent.id}'
    page = entrer(jonas).get(adresse)
    assert [int(n.text) for n in page.html.select('main .numero')] == [demande.numero]
    page = entrer(monde.chef).get(adresse)
    assert {int(n.text) for n in page.html.select('main .numero')} == {demande.numero, secrete.numero}
    apercu = cocher(page, jonas, demande).submit('acte', value='apercu', status='*')
    assert '1 ligne transférée' in texte(apercu) and '1 non transférée' in texte(apercu)
    next(f for f in apercu.forms.values() if 'vue' in f.fields).submit('acte', value='transferer')
    entrer(jonas).post(f'{adresse}/annuler', status=409)
    assert referents()[demande.numero] == jonas.id


def test_les_filtres_de_la_liste_cochent_leurs_lignes_et_toutes_se_cochent_d_un_lien(creer, monde, jonas, entrer):
    tard, autre = creer('en_cours', message='a', lieu='Muret'), creer('en_cours', message='b', lieu='Bruguières')
    nav = entrer(monde.chef)
    page = nav.get(f'/espace/demandes?q=Muret&agent={monde.referent.id}').click('Confier celles-ci, de Claude Temoin')
    cochees = [case.find_parent('tr').select_one('.numero').text for case in page.html.select('main input[checked]')]
    assert cochees == [str(tard.numero)]
    assert len(page.click('Cocher les 2 lignes').html.select('main input[checked]')) == 2 and autre
    assert 'Confier celles-ci' not in texte(nav.get(f'/espace/demandes?agent={monde.autre.id}'))
    nav.get(f'{TABLE}/{monde.referent.id}?statut=inconnu', status=400)


def test_un_chef_confie_ses_propres_places_de_chef_jamais_celles_d_un_co_chef_et_l_annule(creer, monde, jonas, entrer):
    demande = creer('en_cours')
    chefs = "SELECT agent_id FROM membre WHERE role = 'chef_de_file' AND demande_id = ? ORDER BY rang"
    (_, co_chef) = avant = [*lire(chefs, demande.numero)]
    nav = entrer(monde.chef)
    page = nav.get(f'{TABLE}/{monde.chef.id}')
    assert avant[0] == (monde.chef.id,) and page.html.select_one('main tbody small').text == 'chef de file'
    apercu = cocher(page, jonas).submit('acte', value='apercu', status='*')
    page = next(f for f in apercu.forms.values() if 'vue' in f.fields).submit('acte', value='transferer').follow()
    assert [*lire(chefs, demande.numero)] == [(jonas.id,), co_chef]
    assert referents()[demande.numero] == monde.referent.id
    nav.get(f'{TABLE}/{jonas.id}')                                  # a fiche is still theirs: the table stays open
    assert not nav.get(f'{TABLE}/{jonas.id}').html.select('main input[type=checkbox]')
    next(f for f in page.forms.values() if f.action.endswith('/annuler')).submit()
    assert [*lire(chefs, demande.numero)] == avant
