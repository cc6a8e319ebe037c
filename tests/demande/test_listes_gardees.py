"""« Mes listes »: the views of the list that an agent keeps under a name (regles.md §9)."""
from urllib.parse import urlencode

from conftest import courriels, en_ecriture, fautes, poster, texte

import models
from verbes.demande import liste, listes

PAGE = '/espace/listes'


def garder(navigateur, nom, filtres='statut=en_cours&tri=-echeance', status=303):
    return poster(navigateur, PAGE, {'nom': nom}, page=f'{PAGE}?{urlencode({"liste": filtres})}', status=status)


def siennes(agent):
    with models.lecture():
        return [(une.nom, une.criteres) for une in listes.lister(agent)]


def test_une_liste_se_garde_sous_un_nom_qui_la_remplace_pour_soi_seul_vingt_au_plus(monde, entrer):
    navigateur = entrer(monde.referent)
    filtree = navigateur.get('/espace/demandes?statut=en_cours&type=Commune&tri=-echeance&page=1')
    page = filtree.click('Garder cette liste')
    assert 'Statut : En cours · Type : Commune' in texte(page)
    form = next(f for f in page.forms.values() if 'nom' in f.fields)
    form['nom'] = 'Mes urgences de Comminges'
    form.submit(status=303).follow()
    journee = navigateur.get('/espace')
    suivie = journee.click('Mes urgences de Comminges')
    assert suivie.request.query_string == 'statut=en_cours&type=Commune&tri=-echeance'
    assert 'Gérer' in texte(journee) and courriels() == []
    for adresse in ('/espace/demandes', '/espace/demandes?toutes=oui', '/espace/demandes?miennes=oui'):
        assert 'Garder cette liste' not in texte(navigateur.get(adresse))
    en_ecriture(listes.garder, monde.referent, 'Ancienne', 'filtre_d_avant=1')     # that is no more
    assert 'Ancienne' in texte(navigateur.get(PAGE))
    navigateur.get('/espace').click('Ancienne')
    navigateur = entrer(monde.cochef)
    garder(navigateur, 'À voir')
    garder(navigateur, 'À voir', 'theme=1')
    assert siennes(monde.cochef) == [('À voir', 'theme=1')] and siennes(monde.chef) == []
    assert 'À voir' not in texte(entrer(monde.chef).get('/espace'))
    with models.lecture():
        (une,) = listes.lister(monde.cochef)
    entrer(monde.chef).post(f'{PAGE}/{une.id}/retirer', status=404)
    poster(navigateur, f'{PAGE}/{une.id}/retirer', {}, page=PAGE)
    assert siennes(monde.cochef) == []
    navigateur.post(f'{PAGE}/{une.id}/retirer', status=404)
    with models.ecriture():
        for n in range(listes.LISTES_MAX):
            listes.garder(monde.cochef, f'Liste {n}', f'numero={n}')
    assert 'retirez-en une d\'abord' in fautes(garder(navigateur, 'De trop', status=422))[0]
    garder(navigateur, 'Liste 3')
    assert len(siennes(monde.cochef)) == listes.LISTES_MAX


def test_chaque_filtre_se_garde_mais_ni_un_nom_impossible_ni_des_filtres_inconnus(monde, entrer):
    navigateur = entrer(monde.referent)
    for nom, filtres, phrase in (
            ('', 'statut=en_cours', 'Nom de la liste'), ('x' * 61, 'statut=en_cours', '60 au plus'),
            ('a\u200bb', 'statut=en_cours', 'invisible')):
        page = garder(navigateur, nom, filtres, status=422)
        assert phrase in fautes(page)[0] and 'Statut : En cours' in texte(page), (nom, filtres, phrase)
        assert siennes(monde.referent) == [], (nom, filtres, phrase)
    for filtres in ('statut=nimporte', 'tri=nimporte', 'page=abc', 'structure=-1'):
        page = navigateur.post(PAGE, {'nom': 'À voir', 'liste': filtres}, status=422)
        assert 'Cette liste n\'existe pas' in texte(page) and siennes(monde.referent) == [], filtres
        navigateur.get(f'{PAGE}?{urlencode({"liste": filtres})}', status=200)
    essayees = ('oui', '1', '2026-01-01', 'en_cours', 'Commune', '3', 'place', 'plateforme', 'jointe', 'realise', '30',
                'recu', 'orientee', 'avant', 'attendu', 'jours', 'Muret')
    navigateur = entrer(monde.admin)
    for nom in sorted(liste.CONDITIONS.keys() - {'toutes'}):        # a view of the page already
        with models.lecture():
            valeurs = [v for v in essayees if liste.CONDITIONS[nom].valable(v)]
        assert valeurs, nom
        garder(navigateur, 'Une', urlencode({nom: valeurs[0]}))
        assert siennes(monde.admin) == [('Une', urlencode({nom: valeurs[0]}))], nom
        navigateur.get('/espace').click('Une', verbose=False)
