"""The letter to a mairie whose interlocuteur changes by a hand-over: what it says, when it leaves."""
import pytest
from conftest import changer_demande, corps_de, courriels, en_ecriture, lettres_du_modele, relire_ici
from test_passation import DEMAIN, annuler, lu, transferer

import models
from verbes.exploitation import porteur
from verbes.administration import departs, succession
from verbes.demande import a_confirmer, actes, cycle


def test_une_mairie_recoit_un_courriel_pour_toutes_ses_demandes_une_fois_l_annulation_passee(monde, creer, heure):
    une = creer('en_cours')
    autre = creer('en_cours', message='Deux.', restreinte=True)
    ailleurs = creer('en_cours', message='Trois.', courriel='autre@mairie.example')
    with models.lecture():
        restreintes = {ligne.cle: monde.chef.id for ligne in succession.tenir(lu(monde.referent))
                       if succession.restreinte(ligne)}
    transferer(monde.referent, monde.admin, defaut=monde.chef.id, **restreintes)
    assert sorted(courriels(modele='passation_mairie')) == [
        ('passation_mairie', 'autre@mairie.example'), ('passation_mairie', 'mairie@rieumes.example')]
    lettre = next(c for c in lettres_du_modele('passation_mairie') if c.destinataire == 'mairie@rieumes.example')
    corps = lettre.corps.replace('\xa0', ' ')
    assert lettre.a_partir_de == lettre.cree_le == '2026-11-25T09:00:00Z'
    assert lettre.objet.replace('\xa0', ' ') == (
        f'Votre nouvel interlocuteur – demandes n° {une.numero} et {autre.numero}')
    assert 'Votre nouvel interlocuteur est Camille Exemple.' in corps and '05 36 49 00 30' in corps
    assert f'/suivi/{une.jeton}' in corps and f'/suivi/{autre.jeton}' in corps and ailleurs.jeton not in corps
    assert corps.count('Rieumes') == 1                              # the restricted one: number, dates, whom to call


def test_la_lettre_de_ce_que_l_annulation_laisse_part_aussitot_sans_lien_a_qui_reste_a_confirmer(monde, creer, heure):
    une, autre = creer('en_cours'), creer('en_cours', message='Deux.')
    faite = transferer(monde.referent, monde.admin, defaut=monde.chef.id)
    changer_demande(une, interlocuteur_depuis='2026-11-24')
    en_ecriture(models.db.execute_sql, 'UPDATE demande SET version = version + 1')
    annuler(faite, monde.admin)
    corps = prendre(heure, '2026-11-24T09:00:01Z').corps.replace('\xa0', ' ')
    assert f'\nn° {une.numero}\nQui appeler : Camille Exemple' in corps
    assert une.jeton not in corps and autre.jeton in corps and corps.count('Rieumes') == 1


def prendre(heure, instant):
    """The next mail to a mairie that leaves at this instant, or None."""
    heure(instant)
    porteur.mener_a_terme()
    while True:
        with models.ecriture():
            courriel = porteur.prendre_courriel()
            if courriel is None or courriel.modele == 'passation_mairie':
                return courriel
            porteur.marquer_envoye(courriel)


def test_une_lettre_attend_ses_24_heures_et_ne_dit_que_ce_qui_est_encore_vrai_quand_elle_part(monde, creer, heure):
    une, deux, trois = (creer('en_cours', message=m) for m in 'abc')
    seule = creer('en_cours', message='d', courriel='seule@mairie.example')
    transferer(monde.referent, monde.admin, defaut=monde.chef.id)
    for demande, action, donnees in (
            (deux, 'designer', {'referent': lu(monde.autre), 'motif': 'Spécialité.'}),
            (seule, 'designer', {'referent': lu(monde.autre), 'motif': 'Spécialité.'}),
            (trois, 'abandonner', {'motif': 'Fini.', 'texte_final': 'Dit.'})):
        with models.ecriture():
            demande = relire_ici(demande)
            cycle.changer_statut(demande, action, monde.admin, demande.version, donnees)
    porteur.ne_plus_attendre()                                      # the command sends all but these
    for instant in ('2026-11-24T09:00:01Z', '2026-11-25T08:59:59Z'):
        assert prendre(heure, instant) is None, instant
    lettre = prendre(heure, DEMAIN)
    assert lettre.destinataire == 'mairie@rieumes.example'
    assert lettre.objet.replace('\xa0', ' ').startswith(f'Votre nouvel interlocuteur – n° {une.numero} (Rev')
    assert trois.jeton not in lettre.corps and deux.jeton not in lettre.corps
    assert len(courriels(modele='passation_mairie')) == 1


@pytest.mark.parametrize('restreindre', [True, False])
def test_une_lettre_qui_part_deja_se_tait_sur_ce_qui_ne_se_dit_plus_et_garde_le_reste(monde, creer, restreindre):
    creer('en_cours')
    deux, trois = creer('en_cours', message='b'), creer('en_cours', message='c')
    en_ecriture(departs.fermer, lu(monde.referent))
    transferer(monde.referent, monde.admin, defaut=monde.chef.id)
    with models.ecriture():
        if restreindre:
            actes.restreindre(models.Demande.get_by_id(deux.numero), monde.admin, None, True)
        else:
            a_confirmer.demander(monde.admin, 'Élections.', 'Commune')
    corps = corps_de('passation_mairie')
    assert 'Votre nouvel interlocuteur est Camille Exemple.' in corps and corps.count('Qui appeler') == 3
    assert corps.count('Rieumes') == corps.count('Revitalisation') == (2 if restreindre else 0)
    assert (trois.jeton in corps) == restreindre
