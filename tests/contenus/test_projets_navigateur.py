"""A projet exemplaire in a real browser, from the demande to its withdrawal: each page with axe, at both widths, with
script and without.
"""
from navigateur import champ, entrer, verifier
from playwright.sync_api import expect

import langue

PDF = {'name': 'délibération.pdf', 'mimeType': 'application/pdf', 'buffer': b'%PDF-1.7 accord'}
CORPS = '## Le besoin\n\nUne place à rouvrir.\n\n## Le résultat\n\n- une halle ;\n- un marché.'


def envoyer(page, bouton):
    page.get_by_role('button', name=langue.courber(bouton), exact=True).first.click()
    page.wait_for_load_state()


def changer_de_compte(page, agent):
    page.context.clear_cookies()
    entrer(page, agent)


def rediger(page):
    envoyer(page, 'En faire un projet exemplaire')
    expect(page.get_by_text('Le brouillon du projet est prêt')).to_be_visible()
    verifier(page)
    champ(page, 'Résumé').fill('Une halle rouverte sur la place.')
    champ(page, 'Coût et financement').fill('210 000 €')
    champ(page, 'Texte').fill(CORPS)
    envoyer(page, 'Enregistrer la version 2')
    envoyer(page, 'Proposer à la publication')
    verifier(page)


def test_de_la_demande_a_la_page_publique_puis_au_retrait(ouvrir, connus, creer):
    demande = creer('termine')
    page = ouvrir()
    entrer(page, connus.referent, f'/espace/demandes/{demande.numero}')
    verifier(page)
    rediger(page)
    accorder(page)

    changer_de_compte(page, connus.cochef)
    page.get_by_role('link', name='1 projet exemplaire à relire').click()
    verifier(page)
    page.get_by_role('link', name='l’exemple de Rieumes').click()
    verifier(page)
    page.get_by_role('link', name='Relire et répondre').click()
    repondre(page)

    changer_de_compte(page, connus.admin)
    page.goto('/espace/redaction/projets/1/lecture')                # of several structures, to choose
    verifier(page)
    page.goto('/espace/redaction/contenus/1')
    verifier(page)
    envoyer(page, 'Publier')
    page.get_by_role('link', name='Voir la page publique').click()
    page.wait_for_load_state()
    assert 'Publié avec l’accord de la commune de Rieumes, donné par sa maire' in ' '.join(
        page.inner_text('main').split())
    verifier(page)
    publique = page.url
    retirer(page)
    assert page.goto(publique).status == 410
    verifier(page)


def accorder(page):
    page.get_by_role('link', name='Noter l’accord').click()
    verifier(page)
    envoyer(page, 'Enregistrer l\'accord')
    assert page.locator('#erreurs li').count() == 3
    verifier(page)
    champ(page, 'Accord donné par').fill('sa maire')
    champ(page, 'Accord donné le').fill('2026-11-20')
    page.locator('#pieces').set_input_files(PDF)
    envoyer(page, 'Enregistrer l\'accord')
    expect(page.get_by_text('L’accord de la collectivité est noté')).to_be_visible()
    page.get_by_role('link', name='Changer l’accord').click()
    assert page.get_by_role('link', name='délibération.pdf').is_visible()
    verifier(page)


def repondre(page):
    verifier(page)
    envoyer(page, 'Demander une correction')
    assert page.title().startswith('Erreur')
    verifier(page)
    champ(page, 'Ce qui est à corriger').fill('La halle date de 1882.')
    envoyer(page, 'Demander une correction')
    expect(page.get_by_text('Correction demandée')).to_be_visible()
    verifier(page)
    envoyer(page, 'Rien à corriger')
    expect(page.get_by_text('Votre réponse est enregistrée')).to_be_visible()
    verifier(page)


def retirer(page):
    page.goto('/espace/redaction/contenus/1')
    page.get_by_role('link', name='La collectivité le retire').click()
    verifier(page)
    envoyer(page, 'Retirer l\'accord et le projet')
    assert page.title().startswith('Erreur')
    verifier(page)
    champ(page, 'Ce qu\'elle a demandé').fill('Courriel de sa maire.')
    envoyer(page, 'Retirer l\'accord et le projet')
    expect(page.get_by_text('le projet n’est plus en ligne')).to_be_visible()
    verifier(page)
