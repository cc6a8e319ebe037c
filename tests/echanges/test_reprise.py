"""What an import brings back from before: no clock, a title of its own; and who is invited (regles.md §3)."""
from conftest import changer_demande, changer_ligne
from fichiers import FICHIERS, demande, fichier, lire, reussir
from serveur import lancer

import models

REPRISE = {'reprise': '', 'statut': 'attribue_chef', 'referent': '', 'premier_contact_le': '', 'associes': ''}


def test_une_demande_reprise_n_a_pas_d_echeance_et_le_reste_jusqu_a_ce_que_le_fichier_dise_non(petite):
    for echeance, bilan in (('', (1, 0, 0)), ('20/11/2026', (0, 0, 1)), ('', (0, 0, 1))):
        assert reussir('demandes', fichier('demandes', REPRISE | {'echeance': echeance})) == bilan
        assert (demande().reprise, demande().delai, demande().echeance) == (True, 3, None), echeance
    reussir('demandes', fichier('demandes', REPRISE | {'reprise': 'non'}))
    assert (demande().reprise, demande().echeance) == (False, '2026-11-05')
    reussir('demandes', fichier('demandes', REPRISE | {'lieu': 'Ailleurs'}))
    assert not demande().reprise


def test_la_page_d_une_reprise_ne_dit_aucun_delai_et_garde_son_titre_d_envoi(creer, entrer, monde, site):
    d = creer('attribue_chef')
    changer_demande(d, reprise=True, echeance=None)
    chef, adresse, titre = entrer(monde.chef), f'/espace/demandes/{d.numero}', d.fiche.titre
    page = chef.get(adresse)
    assert 'Reprise de l\'historique' in page.html.text and 'à rappeler au plus tard' not in page.text
    assert 'envoyée sous le titre' not in page.text
    changer_ligne(d.fiche, titre='Loger les aînés')
    assert f'envoyée sous le titre «\xa0{titre}\xa0»' in chef.get(adresse).html.text
    suivi = site.get(f'/suivi/{d.jeton}').html
    assert [dd.text for dt, dd in zip(suivi.select('dt'), suivi.select('dd'))
            if dt.text == 'Envoyée sous le titre'] == [titre]


def test_importer_des_agents_peut_les_inviter_mais_rien_d_autre_ni_a_l_essai(vide, tmp_path):
    reussir('structures', FICHIERS['structures'])
    models.debrancher()
    for arguments, phrase in ((('structures', 'x.csv', '--inviter'), '--inviter va avec'),
                              (('agents', 'x.csv', '--inviter', '--essai'), 'ne vont pas ensemble')):
        refusee = lancer('importer', *arguments, base=vide)
        assert refusee.returncode == 2 and phrase in refusee.stderr, arguments
    agents = tmp_path / 'agents.csv'
    agents.write_bytes(FICHIERS['agents'])
    faite = lancer('importer', 'agents', str(agents), '--inviter', base=vide, PLATEFORME_SMTP='')
    ajoutes = FICHIERS['agents'].count(b'\n') - 1
    assert faite.returncode == 0 and f'Invitations écrites\u00a0: {ajoutes}.' in faite.stdout, faite
    models.brancher(vide)
    assert lire("SELECT count(*) FROM courriel WHERE modele = 'invitation'") == [(ajoutes,)]
