"""A réunion in a real Chromium: an expert proposes it, a mairie says yes; with and without JavaScript, at 1280 and
320 px, axe on every page."""
import pytest
from navigateur import champ, entrer, verifier
from playwright.sync_api import expect

import models
import langue


@pytest.mark.parametrize('largeur, js', [(1280, True), (320, False)])
def test_proposer_une_reunion_y_dire_oui_et_la_deplacer(ouvrir, connus, creer, largeur, js):
    demande = creer('en_cours')
    expert, mairie = ouvrir(largeur, js), ouvrir(largeur, js)
    entrer(expert, connus.referent, f'/espace/demandes/{demande.numero}')
    panneau = proposer(expert)
    dire_oui(mairie, f'/suivi/{demande.jeton}')
    for page, ou, dit in (('/espace/agenda', expert.get_by_role('region', name='Réunions de cadrage'), 'Rieumes'),
                          ('/espace', expert.locator('main'), 'Réunion de cadrage')):
        expert.goto(page)
        expect(ou).to_contain_text(dit)
        verifier(expert)
    expert.goto(f'/espace/demandes/{demande.numero}')
    expect(panneau).to_contain_text('la mairie (vient)')
    panneau.get_by_role('link', name='Changer').click()
    expert.get_by_label('Heure de début').fill('9 h')
    verifier(expert)
    expert.get_by_role('button', name='Enregistrer').first.click()
    expect(panneau).to_contain_text('de 9\u00a0h à 11\u00a0h\u00a030')
    expect(panneau).not_to_contain_text('la mairie (vient)')
    with models.lecture():
        assert models.Reunion.get().debut_a == '09:00'


def proposer(expert):
    """A réunion, from the page of a demande, after a fault: where the page shows it."""
    expert.get_by_role('link', name='Proposer une réunion').click()
    jour = langue.plus_jours(langue.aujourdhui(), 5)
    champ(expert, 'Jour').fill(jour)
    for nom, dit in (('Heure de début', '10 h'), ('Heure de fin', '9 h'), ('Lieu', 'https://visio.example/salle-1')):
        expert.get_by_label(nom).fill(dit)
    expert.get_by_label('Inviter la mairie').check()
    verifier(expert)
    expert.get_by_role('button', name='Proposer la réunion').click()
    expect(expert.locator('#erreurs')).to_contain_text('finit avant de commencer')
    verifier(expert)
    expert.get_by_label('Heure de fin').fill('11h30')
    expert.get_by_role('button', name='Proposer la réunion').click()
    panneau = expert.get_by_role('region', name='Réunion')
    expect(panneau).to_contain_text('de 10\u00a0h à 11\u00a0h\u00a030')
    verifier(expert)
    return panneau


def dire_oui(mairie, suivi):
    mairie.goto(suivi)
    verifier(mairie)
    mairie.get_by_role('link', name='Dire si vous venez').click()
    verifier(mairie)
    mairie.get_by_role('button', name='Je viens').click()
    expect(mairie.locator('main')).to_contain_text('Vous avez dit que vous venez')
    verifier(mairie)


def test_un_administrateur_invite_a_un_comite(ouvrir, connus):
    with models.ecriture():
        comite = models.Contenu.create(
            genre='evenement', titre='Comité de suivi', resume='Le point.', etat='publie', audience='contributeurs',
            publie_le='2026-01-02', cree_le='2026-01-02T09:00:00Z', modifie_le='2026-01-02T09:00:00Z',
            debut_le=langue.plus_jours(langue.aujourdhui(), 9), debut_a='14:00', agent=connus.admin)
    page = ouvrir(320)
    entrer(page, connus.admin, f'/espace/agenda/{comite.id}')
    page.get_by_label('Qui inviter').select_option('tous')
    verifier(page)
    page.get_by_role('button', name='Inviter').click()
    expect(page.get_by_role('region', name='Invités')).to_contain_text('dont 1')
    verifier(page)
