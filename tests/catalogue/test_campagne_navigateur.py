"""The revue annuelle and the printed guide in a real Chromium: axe on every page and state, 1280 and 320 px, without
script, on paper: the PDF that it prints is the one that is kept."""
import re

from navigateur import entrer, verifier

import models

ADMIN, SIENNE = '/espace/admin/campagne', '/espace/redaction/campagne'


def lire(page, mots):
    """axe, and what the page says."""
    verifier(page)
    assert mots in page.title() + page.inner_text('main').replace('\u00a0', ' ')


def presser(page, bouton):
    page.get_by_role('button', name=bouton).first.click()
    page.wait_for_load_state()


def test_une_revue_s_ouvre_se_dit_et_se_clot_chaque_page_accessible(ouvrir, connus):
    page, chef = ouvrir(), ouvrir()
    entrer(page, connus.admin)
    entrer(chef, connus.chef, SIENNE)
    lire(chef, 'Aucune revue n’est ouverte')
    page.goto(ADMIN)
    lire(page, 'Ouvrir la revue annuelle')
    page.locator('[name=ferme_le]').fill('2020-01-01')
    presser(page, 'Ouvrir la revue annuelle')
    lire(page, 'Erreur')
    page.goto(ADMIN)
    presser(page, 'Ouvrir la revue annuelle')
    lire(page, '0 sur 3 fiches et ressources dites')
    chef.goto(SIENNE)
    lire(chef, '3 à vérifier')
    presser(chef, 'Exacte, rien à changer')
    chef.get_by_role('link', name='À retirer du catalogue').first.click()
    lire(chef, 'Aucune demande ouverte')
    presser(chef, 'Proposer de la retirer')
    lire(chef, 'Erreur')
    chef.get_by_label('Pourquoi la retirer').fill('Le service a fermé.')
    presser(chef, 'Proposer de la retirer')
    lire(chef, 'Déjà dites')
    with models.ecriture():
        models.CampagneReponse.update(reponse='exacte', agent=connus.admin.id, repondu_le='2026-12-01T09:00:00Z').where(
            models.CampagneReponse.reponse == '').execute()
    page.goto(page.url)
    page.emulate_media(media='print')
    assert not page.get_by_role('navigation').first.is_visible()
    assert not page.get_by_role('button', name='Clore').is_visible()
    page.emulate_media(media='screen')
    presser(page, 'Clore la revue annuelle')
    lire(page, 'Rapport de la revue annuelle')


def test_le_guide_s_imprime_et_se_garde(ouvrir, connus, tmp_path):
    page = ouvrir()
    entrer(page, connus.admin, '/espace/admin/guide')
    lire(page, 'Guide imprimé')
    presser(page, 'Garder et publier cette édition')
    lire(page, 'Erreur')
    for libelle in ('Éditeur', 'Mentions du guide', 'Édito'):
        page.get_by_label(libelle).fill('Le Département')
    presser(page, 'Enregistrer')
    lire(page, 'Guide imprimé')
    imprime = ouvrir()
    imprime.goto('/guide')
    lire(imprime, 'Le Département')
    octets = imprime.pdf(path=tmp_path / 'guide.pdf', format='A4')
    assert len(re.findall(rb'/Type\s*/Page[^s]', octets)) == 7        # cover, édito, summary, three fiches, mentions
    page.set_input_files('[name=pieces]', tmp_path / 'guide.pdf')
    presser(page, 'Garder et publier cette édition')
    lire(page, 'Éditions gardées')
    imprime.goto('/guide')
    imprime.get_by_role('link', name=re.compile('^20')).click()
    lire(imprime, 'fiches en vigueur')
    assert imprime.request.get(imprime.url + '.pdf').body() == octets
