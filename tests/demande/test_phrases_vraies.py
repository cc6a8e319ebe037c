"""Sentences that were right for the usual case: what they say is true of the others too (regles.md §8, §12)."""
import pytest
from conftest import corps_de, dernier_courriel, lettres_du_modele, relire, relire_ici, texte, une_etape

import models
from verbes import textes
from verbes.courriels import dire_a_l_agent
from verbes.demande import actes, cycle, jalons


def lignes(corps):
    return corps.replace('\u00a0', ' ').split('\n')


def associer(demande, monde, invite):
    with models.ecriture():
        fraiche = relire_ici(demande)
        actes.associer(fraiche, monde.chef, fraiche.version, invite)


def ecrire(demande, texte, **autres):
    """The collectivité writes."""
    with models.ecriture():
        actes.message_du_demandeur(relire_ici(demande), texte, **autres)


# --- Who is there ---
def mobilise(site, demande):
    return texte(site.get(f'/suivi/{demande.jeton}')).partition('Également mobilisé ')[2]


def test_une_direction_invitee_n_est_mobilisee_qu_une_fois_sa_personne_nommee(site, creer, monde):
    demande = creer('en_cours')
    associer(demande, monde, monde.autre.direction)
    assert mobilise(site, demande) == ''
    with models.ecriture():
        models.Agent.update(pilote=True).where(models.Agent.id == monde.autre.id).execute()
        pilote, fraiche = models.Agent.get_by_id(monde.autre.id), relire_ici(demande)
        actes.remplacer(fraiche, pilote, fraiche.version, monde.admin)
    assert mobilise(site, demande).startswith('Conseil départemental de la Haute-Garonne')


def test_qui_est_invite_pour_une_etape_n_est_mobilise_qu_une_fois_l_etape_acceptee(site, creer, monde):
    demande = creer('en_cours')
    with models.ecriture():
        fraiche = relire_ici(demande)
        jalons.prevoir_etape(fraiche, monde.chef, fraiche.version, une_etape('Diagnostic', qui=monde.autre))
    assert mobilise(site, demande) == ''
    with models.ecriture():
        jalons.accepter(relire_ici(demande), monde.autre, relire_ici(demande).version)
    assert mobilise(site, demande).startswith('Conseil départemental de la Haute-Garonne')


def test_la_boite_d_une_direction_invitee_apprend_que_son_pilote_a_quelqu_un_a_nommer(creer, monde):
    with models.ecriture():
        models.Agent.update(pilote=True).where(models.Agent.id == monde.autre.id).execute()
    associer(creer('en_cours'), monde, monde.autre.direction)
    dit = dernier_courriel('direction')
    assert dit.destinataire == monde.autre.direction.courriel
    assert 'votre direction : Dominique Autre, qui nommera la personne invitée.' in ' '.join(lignes(dit.corps))


def test_aucun_interlocuteur_n_est_nomme_que_la_mairie_ne_connaisse(creer, monde):
    associer(creer('receptionne_chef'), monde, monde.autre)
    assert 'Interlocuteur de la collectivité : Direction assistance juridique et financière' in lignes(
        corps_de('association'))
    associer(creer('receptionne_expert', message='Autre.'), monde, monde.autre)
    assert 'Interlocuteur de la collectivité : Claude Temoin' in lignes(corps_de('association'))


# --- What happened, and what is to be done ---
def test_un_message_de_la_mairie_se_dit_avec_ce_qui_etait_attendu_et_ce_qui_est_a_faire(creer, monde):
    demande = creer('en_cours')
    ecrire(demande, 'Personne ne nous a rappelés, est-ce normal ?')
    dit = lignes(corps_de('message_demandeur'))
    assert 'La collectivité a écrit au sujet de sa demande n° 1. Son message est au journal.' in dit
    assert 'À faire : lui répondre, ou dire qu\'aucune réponse n\'est nécessaire.' in dit
    assert not any(ligne.startswith('Nous attendions') for ligne in dit)


def test_une_reponse_de_la_mairie_dit_ce_que_nous_attendions_d_elle(creer, monde):
    demande = creer('en_cours')
    with models.ecriture():
        models.Demande.update(attente_depuis='2026-11-24T08:00:00Z', attente_au='2026-12-09',
                              attente_de='la délibération').execute()
    ecrire(demande, 'La voici.')
    assert 'Nous attendions sa réponse : la délibération (avant le mercredi 9 décembre 2026)' in lignes(
        corps_de('message_demandeur'))
    assert not relire(demande).attente_au


@pytest.mark.parametrize('etat', ['termine', 'rejete_clos', 'abandonne'])
def test_une_demande_de_reouverture_dit_ce_qui_est_a_faire(creer, monde, etat):
    ecrire(creer(etat), 'Il reste un point.')
    assert 'À faire : rouvrir la demande, ou rappeler la collectivité.' in lignes(corps_de('demande_reouverture'))


# --- A date that has passed is not to come ---
EN_RETARD = 'À rappeler : promis pour le vendredi 4 décembre 2026, en retard de 14 jours ouvrés.'
BIEN_APRES = '2026-12-24T09:00:00Z'


@pytest.fixture
def tardive(creer, heure):
    def construire(etat, **autres):
        demande = creer(etat, **autres)
        heure(BIEN_APRES)
        return demande
    return construire


def changer(demande, action, agent, **saisie):
    with models.ecriture():
        fraiche = relire_ici(demande)
        cycle.changer_statut(fraiche, action, agent, fraiche.version, saisie)


def test_une_date_passee_se_dit_en_retard_a_qui_prend_la_demande_et_a_sa_boite(tardive, monde):
    changer(tardive('attribue_chef'), 'designer', monde.chef, referent=monde.referent)
    for modele in 'designation', 'direction':
        assert EN_RETARD in lignes(corps_de(modele)) and 'au plus tard' not in corps_de(modele)


def test_une_date_a_venir_se_dit_comme_avant(creer, monde):
    changer(creer('attribue_chef'), 'designer', monde.chef, referent=monde.referent)
    assert 'À rappeler au plus tard le vendredi 4 décembre 2026.' in lignes(corps_de('designation'))


def test_qui_n_a_rien_a_faire_ne_lit_aucune_date(tardive, creer, monde):
    for demande in creer('attribue_expert'), tardive('attribue_expert', message='Autre.'):
        changer(demande, 'rejeter', monde.chef, motif='Hors sujet.')
    for lettre in lettres_du_modele('rejet'):
        rien = 'À faire\u00a0: rien' in lettre.corps
        assert rien == (lettre.destinataire != monde.admin.courriel) == ('4\u00a0décembre' not in lettre.corps)


@pytest.mark.parametrize('a_faire, dit', [
    ('désigner l\'expert', [EN_RETARD.rstrip('.')]), ('rien pour l\'instant', [])])
def test_une_passation_dit_de_meme_la_date_passee(tardive, a_faire, dit):
    demande = tardive('attribue_chef')
    with models.lecture():
        lues = lignes(dire_a_l_agent(demande, 'chef de file', a_faire))
    assert [ligne for ligne in lues if 'rappeler' in ligne] == dit


def test_un_texte_change_a_l_ecran_ne_dit_pas_non_plus_une_date_passee(tardive, monde):
    with models.ecriture():
        textes.ecrire('courriel', 'designation', 'Vous', 'Avant le {echeance}.\n{lien}')
    changer(tardive('attribue_chef'), 'designer', monde.chef, referent=monde.referent)
    assert 'Avant' not in corps_de('designation')
