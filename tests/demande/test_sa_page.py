"""« Voir ce que lit la mairie »: her very page, read only, without a byte of its secret (regles.md §6)."""
import re

import pytest
from conftest import CHEMINS, en_ecriture, relire
from test_dossier import adresse, envoyer

import models


def lisible(page):
    return ' '.join(page.html.select_one('main').get_text(' ').split())


@pytest.mark.parametrize('restreinte', [False, True])
def test_un_agent_lit_la_page_de_la_mairie_sans_rien_de_son_secret(creer, monde, entrer, site, restreinte):
    for etat in CHEMINS:
        demande = creer(etat, restreinte=restreinte, message=f'{etat}, notre besoin.')
        envoyer(entrer(monde.admin), demande, 'journal', texte='Une note interne.', nature='note')
        jeton = relire(demande).jeton
        sienne = site.get(f'/suivi/{jeton}').html
        for formulaire in sienne.main.select('form'):
            formulaire.decompose()
        page = entrer(monde.admin).get(f'{adresse(demande)}/mairie')
        assert jeton not in page.text and not page.html.select('form, [href^="/suivi/"]:not(nav a)'), etat
        dite = ' '.join(sienne.main.get_text(' ').split())
        dite = re.sub(r'Page de suivi\s: \S+ ', '', dite)           # its address, on paper
        assert lisible(page) == dite, etat
        assert 'Une note interne' not in page.text
        statut = entrer(monde.autre).get(f'{adresse(demande)}/mairie', status='*').status_int
        assert statut == (403 if restreinte else 200), etat
    en_ecriture(models.Demande.update(interlocuteur_depuis='2026-11-20').execute)
    page = entrer(monde.admin).get(f'{adresse(demande)}/mairie')
    assert 'notre besoin' not in page.text and not re.search('<form', page.html.main.decode())
