"""What an import brings back from before: no clock, a title of its own; and who is invited (regles.md §3)."""
import pytest
from fichiers import FICHIERS, demande, fichier, lire, reussir
from serveur import lancer

import models

REPRISE = {'reprise': '', 'statut': 'attribue_chef', 'referent': '', 'premier_contact_le': '', 'associes': ''}


@pytest.mark.parametrize('echeance', ['', '20/11/2026'])
def test_une_demande_reprise_n_a_pas_d_echeance(petite, echeance):
    reussir('demandes', fichier('demandes', REPRISE | {'echeance': echeance}))
    assert (demande().reprise, demande().delai, demande().echeance) == (True, 3, None)


def test_une_demande_reprise_le_reste_au_second_import_et_ne_l_est_plus_si_le_fichier_le_dit(petite):
    reussir('demandes', fichier('demandes', REPRISE))
    assert reussir('demandes', fichier('demandes', REPRISE)) == (0, 0, 1)
    reussir('demandes', fichier('demandes', REPRISE | {'reprise': 'non'}))
    assert (demande().reprise, demande().echeance) == (False, '2026-11-05')
    reussir('demandes', fichier('demandes', REPRISE | {'lieu': 'Ailleurs'}))
    assert not demande().reprise


def test_la_page_d_une_reprise_ne_dit_aucun_delai(creer, entrer, monde):
    d = creer('attribue_chef')
    with models.ecriture():
        models.Demande.update(reprise=True, echeance=None).where(models.Demande.numero == d.numero).execute()
    page = entrer(monde.chef).get(f'/espace/demandes/{d.numero}')
    assert 'Reprise de l\'historique' in page.text.replace('&#39;', '\'') and 'à rappeler au plus tard' not in page.text


def test_une_demande_garde_le_titre_sous_lequel_elle_est_envoyee(creer, entrer, monde, site):
    d = creer('attribue_chef')
    titre = d.fiche.titre
    pages = entrer(monde.chef), f'/espace/demandes/{d.numero}'
    assert 'envoyée sous le titre' not in pages[0].get(pages[1]).text
    with models.ecriture():
        models.Fiche.update(titre='Loger les aînés').where(models.Fiche.id == d.fiche_id).execute()
    assert f'envoyée sous le titre «\xa0{titre}\xa0»' in pages[0].get(pages[1]).html.text
    suivi = site.get(f'/suivi/{d.jeton}').html
    assert [dd.text for dt, dd in zip(suivi.select('dt'), suivi.select('dd'))
            if dt.text == 'Envoyée sous le titre'] == [titre]


# --- Who is invited ---
def test_importer_des_agents_peut_les_inviter(vide, tmp_path):
    reussir('structures', FICHIERS['structures'])
    models.debrancher()
    agents = tmp_path / 'agents.csv'
    agents.write_bytes(FICHIERS['agents'])
    faite = lancer('importer', 'agents', str(agents), '--inviter', base=vide, PLATEFORME_SMTP='')
    ajoutes = FICHIERS['agents'].count(b'\n') - 1
    assert faite.returncode == 0 and f'Invitations écrites\u00a0: {ajoutes}.' in faite.stdout, faite
    models.brancher(vide)
    assert lire("SELECT count(*) FROM courriel WHERE modele = 'invitation'") == [(ajoutes,)]


@pytest.mark.parametrize('arguments, phrase', [
    (('structures', 'x.csv', '--inviter'), '--inviter va avec'),
    (('agents', 'x.csv', '--inviter', '--essai'), 'ne vont pas ensemble'),
])
def test_inviter_ne_va_qu_avec_un_vrai_import_d_agents(vide, arguments, phrase):
    refusee = lancer('importer', *arguments, base=vide)
    assert refusee.returncode == 2 and phrase in refusee.stderr
