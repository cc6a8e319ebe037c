"""« Autres portes » and the hints at missing fiches (regles.md §4, §9)."""
import csv
import re
from pathlib import Path

from conftest import changer_demande, en_ecriture, le_formulaire, poster, texte

import models
from verbes import notes
from verbes.catalogue import besoins, portes

PAGE = '/espace/admin/portes'
PREFECTURE = {'organisme': 'la préfecture', 'objet': 'contrôle de légalité', 'service': 'Bureau des collectivités',
              'telephone': '05 36 49 90 01', 'texte': 'La préfecture vous répondra.', 'verifie_le': '2026-11-20'}


def test_une_porte_s_ajoute_se_corrige_se_retire_et_revient_mal_remplie_ou_pas_verifiee_se_dit(entrer, monde, heure):
    navigateur = entrer(monde.admin)
    assert 'Aucun organisme' in texte(navigateur.get(PAGE))
    page = poster(navigateur, f'{PAGE}/nouvelle', PREFECTURE).follow()
    assert 'la préfecture' in texte(page) and 'le 20 novembre' in texte(page)
    form = le_formulaire(page.click('la préfecture'))
    form['objet'] = 'dotations'
    assert 'dotations' in texte(form.submit(status=303).follow())
    page = navigateur.get(f'{PAGE}/1')
    assert page.html.find('button', attrs={'name': 'retirer'}).find_parent('details')      # it asks
    page = le_formulaire(page).submit('retirer', status=303).follow()
    assert 'Aucun organisme' in texte(page) and 'Retirés (1)' in texte(page)
    with models.lecture():
        assert portes.lister() == [] == portes.lister_pour('la dotation')[1] and portes.publiques() == {}
    page = le_formulaire(page.click('la préfecture')).submit('remettre', status=303).follow()
    assert 'Aucun organisme' not in texte(page) and 'Retirés' not in texte(page)
    for champ, valeur, phrase in (
            ('organisme', '', 'Organisme'), ('objet', '', 'Pour quoi'), ('verifie_le', '2026-12-25', 'à venir'),
            ('telephone', '12', 'Téléphone'), ('objet', 'Dotations', 'déjà là')):
        saisie = PREFECTURE | {'objet': 'élections', champ: valeur}
        page = poster(entrer(monde.admin), f'{PAGE}/nouvelle', saisie, status=422)
        assert phrase in texte(page) and page.html.title.text.startswith('Erreur – '), (champ, valeur, phrase)
        with models.lecture():
            assert models.Porte.select().count() == 1, (champ, valeur, phrase)
    heure('2027-11-20T09:00:00Z')
    assert 'à vérifier' not in texte(entrer(monde.admin).get(PAGE))
    heure('2027-11-21T09:00:00Z')
    assert 'à vérifier, le 20 novembre' in texte(entrer(monde.admin).get(PAGE))
    en_ecriture(lambda: portes.retirer(models.Porte.get(), monde.admin))
    en_ecriture(portes.ecrire, None, PREFECTURE | {'telephone': '0536499001', 'objet': 'dotations'}, monde.admin)
    page = le_formulaire(entrer(monde.admin).get(f'{PAGE}/1')).submit('remettre', status=422)
    assert 'déjà là' in texte(page)


def test_repondre_montre_les_portes_proches_du_message_et_en_propose_une_avec_son_texte(entrer, monde, creer):
    fibre = PREFECTURE | {'organisme': 'le syndicat numérique', 'objet': 'fibre et téléphone'}
    for porte in (PREFECTURE | {'telephone': '0536499001'}, fibre):
        en_ecriture(portes.ecrire, None, porte, monde.admin)
    maxime = entrer(monde.admin)

    def listes(message):
        demande = creer('rejete', message=message)
        proposees = maxime.get(f'/espace/demandes/{demande.numero}?action=repondre').html.select_one('.portes')
        autres = proposees.details.extract()
        return ([lien.text for lien in proposees.select('a')], autres.summary.get_text().strip(),
                [lien.text for lien in autres.select('a')])

    assert listes('Les habitants du hameau attendent la fibre.') == (
        ['le syndicat numérique'], 'Toutes les autres portes (1)', ['la préfecture'])
    assert listes('Un banc est cassé.') == ([], 'Toutes les portes (2)', ['la préfecture', 'le syndicat numérique'])
    for etat, qui, action, suite in (('rejete', 'admin', 'repondre', ('reponse', 'reorientee')),
                                     ('en_cours', 'referent', 'terminer', ('issue', 'redirige')),
                                     ('receptionne_expert', 'referent', 'repondu', ('issue', 'redirige'))):
        demande = creer(etat, message=action)
        page = entrer(getattr(monde, qui)).get(f'/espace/demandes/{demande.numero}?action={action}')
        form = next(f for f in page.click('la préfecture').forms.values() if 'organisme_telephone' in f.fields)
        assert (form[suite[0]].value, form['organisme'].value) == (suite[1], 'la préfecture')
        assert form['texte_final'].value == 'La préfecture vous répondra.', (etat, qui, action, suite)
        assert form['organisme_telephone'].value.replace('\xa0', ' ') == '05 36 49 90 01', (etat, qui, action, suite)
        page.goto(f'/espace/demandes/{demande.numero}?action={action}&porte=99', status=200)


def test_un_mot_frequent_de_plusieurs_collectivites_se_voit_ni_nom_ni_un_essai_ni_une_restreinte(creer, monde, heure):
    creer('attribue_chef', nom='Mediatheque', prenom='Jeanne')      # of a fiche: a name all the same
    for n, collectivite in enumerate(('Rieumes', 'Rieumajou', "L'Isle-en-Dodon", 'Rieumes', 'Rieumajou')):
        with models.lecture():
            liee = models.Collectivite.get(models.Collectivite.nom == collectivite)
        creer('attribue_admin', collectivite=liee, nom='Cimetiere',
              message=f'{n} columbarium, Rieumes, Cimetiere, Mediatheque.')
        creer('attribue_admin', collectivite=liee, restreinte=True, message='Un contentieux sur la fourrière.')
        creer('attribue_admin', message=f'{n} Agrandir la piscine.')          # always of the same one
        changer_demande(creer('attribue_admin', collectivite=liee, message=f'{n} gymnase.'), essai=True)
        with models.lecture():
            trouves = besoins.mots_frequents()
        assert [un[0] for un in trouves] == (['columbarium'] if n == 4 else [])
    assert trouves == [('columbarium', 5, 3)]
    for jour in ('24', '25', '26'):
        heure(f'2026-11-{jour}T09:00:00Z')
        notes._vaines |= {'cimetiere rieumes': 1, 'columbarium rieumes': 1}
        notes.ecrire_recherches()
    with models.lecture():
        assert [vaine[0] for vaine in besoins.recherches_vaines()] == ['columbarium']


DECI = {'organisme': 'le SDIS', 'objet': 'Défense incendie', 'competence': 'la commune ou son intercommunalité',
        'telephone': '05 36 49 90 05', 'publique': 'oui', 'mots': 'borne incendie, hydrant', 'service': 'Prévision',
        'texte': 'Texte réservé aux agents.', 'verifie_le': '2026-11-20'}


def trouver(site, q='borne incendie'):
    return site.get('/recherche', {'q': q})


def test_une_porte_publique_dit_au_public_de_qui_c_est_la_competence_et_qui_conseille(site, entrer, monde):
    poster(entrer(monde.admin), f'{PAGE}/nouvelle', DECI | {'publique': ''})
    assert 'le SDIS' not in texte(trouver(site))
    poster(entrer(monde.admin), f'{PAGE}/1', {'publique': True})
    page = trouver(site)
    dite = texte(page)
    assert 'Défense incendie' in dite and 'Compétence : la commune ou son intercommunalité.' in dite
    assert 'Conseil : le SDIS, 05 36 49 90 05' in dite
    assert 'Texte réservé' not in page.text and 'Prévision' not in page.text and 'hydrant' not in page.text
    assert page.html.find(id='resultats') is None and 'Faire une demande libre' in dite
    for change, phrase in (({'telephone': ''}, 'Conseil : le SDIS.'),
                           ({'conseil': 'la préfecture'}, 'À joindre : le SDIS, 05 36 49 90 05'),
                           ({'competence': ''}, 'À joindre : le SDIS, 05 36 49 90 05')):
        poster(entrer(monde.admin), f'{PAGE}/1', {'conseil': ''} | DECI | change)
        assert phrase in texte(trouver(site)), change
    poster(entrer(monde.admin), f'{PAGE}/1', {'mots': 'incendie, borne incendie, bâche incendie'})
    assert [h.text for h in trouver(site, 'incendie dans le bourg').html.select('main h2')][:2] == [
        'Hors du catalogue\xa0: à qui s\'adresser', 'Aucune fiche ne correspond vraiment\xa0; la plus proche\xa0:']


def test_la_demonstration_dit_la_loi_a_cote_de_chaque_porte():
    with open(Path(__file__).parents[2] / 'static/modeles/portes.csv', encoding='utf-8', newline='') as ouvert:
        portes_lues = list(csv.DictReader(ouvert, delimiter=';'))
    assert len([p for p in portes_lues if p['publique'] == 'oui']) >= 20
    for porte in portes_lues:
        assert porte['objet'] and porte['competence'], porte['objet']
        assert re.search(r'art\.\s|[Ll]oi\sn°|[Dd]écret', porte['source']), porte['objet']
        assert porte['publique'] == 'non' or 'lu\u00a0: ' in porte['source'], f'never read: {porte["objet"]}'
        assert porte['telephone'].startswith('053649'), 'fictitious'
