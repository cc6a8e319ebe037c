"""January in a real browser: forty letters in twelve clicks, on A4, two to print again; axe at both widths."""
import re

import pytest
from conftest import fixer, saisie_de
from navigateur import bouton, entrer, verifier
from playwright.sync_api import expect

import models
from verbes.demande import courrier, cycle, lettres

PAGE = '/espace/admin/lettres'
A4 = (595, 842)                                                     # points
COMBIEN = 40


@pytest.fixture
def janvier(monde):
    """Forty communes that have asked for something this week; one more, restricted."""
    with models.ecriture():
        fixer('signataire_1', 'Le Président du Conseil départemental,\nDominique Exemple')
        for n in range(COMBIEN):
            commune = models.Collectivite.create(
                nom=f'Commune {n}', cherche=f'commune {n}', type='Commune', siren=f'3100000{n:02}', insee=f'319{n:02}',
                codes_postaux='31370', courriel=f'mairie{n}@commune.example')
            cycle.deposer(saisie_de(monde, collectivite=commune, message=f'Besoin {n}.', courriel=commune.courriel,
                                    civilite=('Madame', 'Monsieur', '')[n % 3]))
        cycle.deposer(saisie_de(monde, message='Confidentiel.', confidentielle=True))


def feuilles(page):
    """(the sizes of the pages of its PDF, in points, how many there are)."""
    pdf = page.pdf(prefer_css_page_size=True)
    tailles = {tuple(round(float(n)) for n in lue.split()[2:])
               for lue in re.findall(rb'/MediaBox \[([\d. ]+)\]', pdf)}
    return tailles, len(re.findall(rb'/Type\s*/Page[^s]', pdf))


def test_quarante_lettres_en_dix_clics_et_deux_a_refaire(ouvrir, connus, janvier):
    page, clics = ouvrir(), []

    def cliquer(quoi):
        clics.append(quoi)
        quoi.click()
    entrer(page, connus.admin)
    cliquer(page.get_by_role('navigation', name='Menu principal').get_by_role('link', name='Administration'))
    cliquer(page.get_by_role('link', name='Lettres à signer'))
    cliquer(bouton(page, f'Imprimer {COMBIEN} lettres'))
    assert feuilles(page) == ({A4}, COMBIEN + 1)                    # the bordereau holds on one
    clics += ['« Imprimer », then the window of the browser'] * 2
    cliquer(bouton(page, 'Noter la mise à la signature'))
    cliquer(page.get_by_role('navigation', name='Menu principal').get_by_role('link', name='Administration'))
    cliquer(page.get_by_role('link', name='Lettres à signer'))
    cliquer(bouton(page, 'Noter la signature'))
    cliquer(bouton(page, 'Noter l’envoi'))
    expect(page.get_by_role('heading', name=f'Envoyées en 2026 : {COMBIEN} lettres')).to_be_visible()
    assert len(clics) == 10


def test_une_longue_lettre_garde_sa_signature_et_le_bordereau_tient_dans_la_feuille(ouvrir, connus, janvier):
    page = ouvrir(794)
    entrer(page, connus.admin, '/espace/admin/lettres')
    bouton(page, f'Imprimer {COMBIEN} lettres').click()
    page.emulate_media(media='print')
    assert page.evaluate("""Math.max(...[...document.querySelectorAll('.feuille, .feuille *')]
                                     .map(un => un.getBoundingClientRect().right))""") <= 794
    page.evaluate("""() => { const corps = document.querySelector('.lettre-corps');
                             for (let n = 0; n < 12; n++) corps.append(corps.firstElementChild.cloneNode(true),
                                                                       corps.children[1].cloneNode(true)) }""")
    assert page.evaluate("""() => { const une = document.querySelector('.lettre');
      return une.getBoundingClientRect().bottom - une.querySelector('.lettre-pied').getBoundingClientRect().bottom
    }""") >= 0
    assert feuilles(page) == ({A4}, COMBIEN + 2)


def test_deux_lettres_a_reediter_se_reimpriment_ensemble(ouvrir, connus, janvier):
    page = ouvrir()
    entrer(page, connus.admin, PAGE)
    bouton(page, f'Imprimer {COMBIEN} lettres').click()
    with models.ecriture():
        models.Demande.update(prenom='Odile').where(models.Demande.numero <= 2).execute()
    page.goto(PAGE)
    verifier(page)
    bouton(page, 'Rééditer').click()
    assert feuilles(page) == ({A4}, 3)
    page.goto(f'{PAGE}/bordereau')
    assert feuilles(page) == ({A4}, 1)


def test_chaque_page_des_lettres_se_lit_a_l_ecran(ouvrir, connus, janvier):
    page = ouvrir()
    entrer(page, connus.admin, PAGE)
    verifier(page)
    page.locator('[name=seule]').first.check()
    page.locator('#restreinte-accord_le').fill('2027-01-01')
    bouton(page, 'Imprimer cette lettre').click()
    expect(page.get_by_role('alert')).to_contain_text('pas encore passé')
    verifier(page)
    page.locator('#restreinte-accord_le').fill('2026-11-24')
    bouton(page, 'Imprimer cette lettre').click()
    expect(page.locator('.lettre-adresse')).to_contain_text('Sous pli personnel')
    verifier(page)
    bouton(page, 'Noter la mise à la signature').click()
    verifier(page)
    for chemin in (f'{PAGE}/bordereau?lettres=1', '/espace/admin/textes/accuse', '/espace/aide/administrer'):
        page.goto(chemin)
        verifier(page)


def test_la_page_de_suivi_et_la_demande_montrent_la_lettre(ouvrir, connus, janvier):
    with models.ecriture():
        basket, _ = lettres.a_preparer()
        courrier.imprimer({p.cle: p.vue for p in basket[:1]}, 'signataire_1', connus.admin)
        for etape in ('signature', 'signee', 'envoyee'):
            vues = {s.lettre.id: s.marque for s in lettres.en_chemin()}
            courrier.noter(vues, etape, '2026-11-24', connus.admin, voie='poste' if etape == 'envoyee' else '',
                           fichiers=[('1.pdf', b'%PDF-1.7')] if etape == 'signee' else ())
        jeton = models.Demande.get_by_id(1).jeton
    page = ouvrir()
    page.goto(f'/suivi/{jeton}')
    page.get_by_text('Lettre d’accusé de réception envoyée le 24 novembre 2026').click()
    expect(page.get_by_role('link', name='Télécharger la lettre signée (PDF)')).to_be_visible()
    verifier(page)
    entrer(page, connus.chef, '/espace/demandes/1')
    page.locator('summary', has_text='Lettre d’accusé de réception').click()
    verifier(page)
