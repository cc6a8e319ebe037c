"""« Préparation de visite » (regles.md §7): by whom, for whom, and nothing restricted in it, not even a count."""
import pytest
from conftest import (
    agir, changer_demande, changer_ligne, creer_ligne, en_ecriture, faits, fautes, poster, texte, une_etape)

import models
from verbes import journal
from verbes.demande import actes, jalons

PAGE = '/espace/collectivites/{}/visite'


@pytest.fixture
def accompagnee(creer, monde):
    demande = creer('en_cours')
    en_ecriture(journal.ajouter_au_journal, demande, monde.referent, 'proposition', 'TEXTE DU JOURNAL', '2026-11-10')
    agir(jalons.prevoir_etape, demande, monde.referent, une_etape(pour_le='2027-01-15'))
    return demande


def preparer(navigateur, collectivite, pour='president', motif='Visite du 12 janvier', status=200):
    adresse = PAGE.format(collectivite)
    return poster(navigateur, adresse, {'pour': pour, 'motif': motif}, status=status)


def test_un_administrateur_ou_un_chef_la_prepare_pour_quelqu_un_et_un_motif_sans_rien_de_restreint(
        accompagnee, monde, entrer, maxime):
    for pour, motif, phrase in (('', 'Visite', 'Dites pour qui'), ('elu', 'Visite', 'choisissez une des réponses'),
                                ('president', ' ', 'Dites pourquoi'), ('president', 'x' * 201, '200 au plus')):
        page = maxime.post(PAGE.format(monde.rieumes.id), {'pour': pour, 'motif': motif}, status=422)
        assert phrase.lower() in ' '.join(fautes(page)).lower(), pour
    assert 'visite préparée' not in [fait for fait, *_ in faits()]
    page = maxime.get(f'/espace/collectivites/{monde.rieumes.id}').click('Préparer une visite')
    assert 'pas même un nombre' in texte(page)
    feuilles = texte(preparer(maxime, monde.rieumes.id))
    for dit in ('Visite, Rieumes', 'Document de travail interne', 'le Président ou la Présidente du Département',
                'Visite du 12 janvier', 'Revitalisation de bourg-centre', 'En cours', 'Claude Temoin',
                'Proposition d\'accompagnement, 10/11/2026', '15/01/2027', 'Jeanne Exemplaire'):
        assert dit in feuilles, dit
    assert 'TEXTE DU JOURNAL' not in feuilles
    assert ('visite préparée', monde.admin.courriel,
            'Rieumes, pour le Président ou la Présidente du Département\u00a0: Visite du 12 janvier') in faits()
    assert 'Visite, Rieumes' in texte(preparer(entrer(monde.chef), monde.rieumes.id))
    for qui in (monde.referent, monde.associe, monde.autre):
        navigateur = entrer(qui)
        assert 'Préparer une visite' not in texte(navigateur.get(f'/espace/collectivites/{monde.rieumes.id}')), qui
        assert 'chef de file' in texte(navigateur.get(PAGE.format(monde.rieumes.id), status=403)), qui
        navigateur.post(PAGE.format(monde.rieumes.id), {'pour': 'president', 'motif': 'x'}, status=403)
    assert [fait for fait, *_ in faits()].count('visite préparée') == 2
    agir(actes.restreindre, accompagnee, monde.chef, True)
    feuilles = texte(preparer(maxime, monde.rieumes.id))
    assert 'Ce qui est en cours (0)' in feuilles and 'Ce qui a été fait (0)' in feuilles
    assert 'Claude' not in feuilles and 'restreinte' not in feuilles and 'Jeanne' not in feuilles
    entrer(monde.chef).get(PAGE.format(monde.rieumes.id), status=403)


def test_seul_qui_a_ete_joint_ou_saisi_par_un_agent_est_nomme_chaque_nom_dit_depuis_quand_et_par_quelle_demande(
        creer, monde, entrer, heure):
    connue = creer('en_cours', rappel_nom='Rappel', rappel_prenom='Ali', rappel_fonction='secrétaire')
    heure('2026-11-26T09:00:00Z')
    autre = creer(message='Une autre, sans contact.', nom='Inconnue', prenom='Une')
    en_ecriture(journal.ajouter_au_journal, autre, monde.referent, 'appel', 'Rappel tenté.', '2026-11-26')
    lus = preparer(entrer(monde.admin), monde.rieumes.id).html.select('[aria-labelledby=rencontrer] p')
    assert [' '.join(p.text.split()) for p in lus] == [
        f'Jeanne Exemplaire, maire, nom connu depuis le 24/11/2026, n° {connue.numero}',
        f'Ali Rappel, secrétaire, 05 36 49 00 12, nom connu depuis le 24/11/2026, n° {connue.numero}',
        f'Dernier contact avec la collectivité : le 26/11/2026, demande n° {autre.numero}.']
    sans = {'rappel_nom': '', 'premier_contact_le': None, 'origine': 'plateforme', 'a_confirmer': False,
            'interlocuteur_depuis': None}
    for confirmee, sue in ((False, {}), (False, {'origine': 'direct', 'a_confirmer': True}),
                           (False, {'premier_contact_le': '2026-11-24', 'interlocuteur_depuis': '2026-11-24'}),
                           (True, {'premier_contact_le': '2026-11-24'}), (True, {'origine': 'direct'})):
        changer_demande(connue, **sans | sue)
        feuilles = texte(preparer(entrer(monde.admin), monde.rieumes.id))
        assert ('Jeanne' in feuilles) == ('Aucun nom confirmé' not in feuilles) == confirmee, sue
        assert 'Inconnue' not in feuilles, sue


def test_les_feuilles_disent_qu_il_n_y_a_rien_celles_des_communes_d_un_epci_et_comptent_les_plus_anciennes(
        monde, entrer, creer):
    admin = entrer(monde.admin)
    feuilles = texte(preparer(admin, monde.rieumes.id))
    assert 'Rien en cours.' in feuilles and 'Aucune demande terminée.' in feuilles and 'Aucun nom confirmé' in feuilles
    admin.get(PAGE.format(999_999), status=404)
    autre = models.Collectivite.get(nom='Rieumajou')
    changer_ligne(autre, remplacee_par=monde.rieumes, jusqu_au='2026-01-01')
    assert 'Rieumes' in texte(admin.get(PAGE.format(autre.id)))
    ouverte = creer('en_cours', message='Ouverte.')
    creer('termine', message='Close.'), creer('en_cours', message='Tue.', restreinte=True)
    sienne = creer('en_cours', message='La sienne.', collectivite=monde.epci)
    creer_ligne(models.DemandeCommune, demande=sienne.numero, collectivite=monde.rieumes)       # concerned: once
    page = preparer(admin, monde.epci.id)
    assert 'Ce qui est en cours (1)' in texte(page) and 'En cours dans ses communes (1)' in texte(page)
    assert 'Ce qui a été fait (0)' in texte(page)
    lignes = [' '.join(tr.th.text.split()) for tr in page.html.select('[aria-labelledby=communes] tbody tr')]
    assert lignes == [f'{ouverte.numero} Revitalisation de bourg-centreRieumes']
    assert 'dans ses communes' not in texte(preparer(admin, monde.rieumes.id))
    for n in range(12):
        creer('en_cours', message=f'Besoin n° {n}')
    feuilles = preparer(admin, monde.rieumes.id)
    assert 'Ce qui est en cours (14)' in texte(feuilles) and 'Et 2 autres, plus anciennes' in texte(feuilles)
    assert len(feuilles.html.select('table tbody tr')) == 13              # twelve, and what is done


def test_tout_ce_qui_a_ete_fait_se_lit_du_plus_recent_sans_restreinte_ni_texte(accompagnee, creer, monde, entrer):
    restreinte = creer('termine', restreinte=True, message='Secrète.')
    close = creer('termine', message='Close.')
    with models.ecriture():
        for demande, quoi in ((accompagnee, 'Diagnostic'), (restreinte, 'Tue')):
            models.Jalon.create(demande=demande.numero, rang=0, quoi=quoi, fait_le='2026-11-23')
        for nature, dit, nom in (('reponse', 'TEXTE ENVOYÉ', 'plan.pdf'), ('note', 'TEXTE INTERNE', 'interne.pdf')):
            ligne = journal.inscrire(accompagnee, nature, dit, monde.referent)
            journal.joindre(accompagnee, [(nom, b'%PDF-1.7')], ligne, monde.referent)
    for role in ('admin', 'chef', 'autre'):
        page = entrer(getattr(monde, role)).get(f'/espace/collectivites/{monde.rieumes.id}').click('Tout ce qui')
        dits = [' '.join(li.text.split()) for li in page.html.select('.liste-simple > li')]
        assert [d.split(' · ')[0] for d in dits] == ['24 novembre', '24 novembre', '23 novembre', '10 novembre'], role
        assert any('Accompagnement réalisé' in d and f'n° {close.numero}' in d for d in dits), role
        assert any('plan.pdf' in d for d in dits) and 'Étape faite : Diagnostic' in dits[2], role
        assert not any(mot in texte(page) for mot in ('TEXTE', 'interne.pdf', 'Tue', f'n° {restreinte.numero}')), role
    assert "Rien n'a encore été envoyé" in texte(entrer(monde.autre).get(f'/espace/collectivites/{monde.epci.id}/fait'))
