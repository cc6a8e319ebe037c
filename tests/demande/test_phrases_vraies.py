"""Sentences that were right for the usual case: what they say is true of the others too (regles.md §8, §12)."""
from conftest import (
    agir, changer_demande, changer_ligne, corps_de, dernier_courriel, en_ecriture, lettres_du_modele, relire,
    relire_ligne, statuer, texte, une_etape)
from test_clotures import lignes
from test_conversation import un_message_de_la_mairie as ecrire

import models
from verbes import textes
from verbes.courriels import dire_a_l_agent
from verbes.demande import actes, jalons


def mobilise(site, demande):
    return texte(site.get(f'/suivi/{demande.jeton}')).partition('Également mobilisé ')[2]


def test_une_direction_nommee_est_mobilisee_un_message_dit_ce_qui_est_a_faire(site, creer, monde):
    demande = creer('en_cours')
    changer_ligne(monde.autre, pilote=True)
    agir(actes.associer, demande, monde.chef, monde.autre.direction)
    assert mobilise(site, demande) == ''
    dit = dernier_courriel('direction')
    assert dit.destinataire == monde.autre.direction.courriel
    assert 'votre direction : Dominique Autre, qui nommera la personne invitée.' in ' '.join(lignes(dit.corps))
    agir(actes.remplacer, demande, relire_ligne(monde.autre), monde.admin)
    assert mobilise(site, demande).startswith('Conseil départemental de la Haute-Garonne')
    demande = creer('en_cours', message='Autre.')
    agir(jalons.prevoir_etape, demande, monde.chef, une_etape('Diagnostic', qui=monde.autre))
    assert mobilise(site, demande) == ''
    agir(jalons.accepter, demande, monde.autre)
    assert mobilise(site, demande).startswith('Conseil départemental de la Haute-Garonne')
    demande = creer('en_cours', message='Suite.')
    ecrire(demande, 'Personne ne nous a rappelés, est-ce normal ?')
    dit = lignes(corps_de('message_demandeur'))
    assert f'La collectivité a écrit au sujet de sa demande n° {demande.numero}. Son message est au journal.' in dit
    assert 'À faire : lui répondre, ou dire qu\'aucune réponse n\'est nécessaire.' in dit
    assert not any(ligne.startswith('Nous attendions') for ligne in dit)
    autre = creer('en_cours', message='Une autre.')
    changer_demande(autre, attente_depuis='2026-11-24T08:00:00Z', attente_au='2026-12-09', attente_de='la délibération')
    ecrire(autre, 'La voici.')
    assert 'Nous attendions sa réponse : la délibération (avant le mercredi 9 décembre 2026)' in lignes(
        corps_de('message_demandeur'))
    assert not relire(autre).attente_au
    closes = [creer(etat, message=etat) for etat in ('termine', 'rejete_clos', 'abandonne')]
    for close in closes:
        ecrire(close, 'Il reste un point.')
    lettres = lettres_du_modele('demande_reouverture')
    assert {lettre.demande_id for lettre in lettres} == {close.numero for close in closes}
    assert all('À faire : rouvrir la demande, ou rappeler la collectivité.' in lignes(c.corps) for c in lettres)


EN_RETARD = ('À rappeler : promis pour le vendredi 4 décembre 2026, en retard de 14 jours ouvrés : Jeanne Exemplaire, '
             '05 36 49 00 12.')


def test_une_date_passee_se_dit_en_retard_et_qui_n_a_rien_a_faire_n_en_lit_aucune(creer, monde, heure):
    statuer(creer('attribue_chef'), 'designer', monde.chef, referent=monde.referent)
    assert ('À rappeler au plus tard le vendredi 4 décembre 2026 : Jeanne Exemplaire, 05 36 49 00 12.'
            in lignes(corps_de('designation')))
    demande, changee = creer('attribue_chef', message='Autre.'), creer('attribue_chef', message='Une de plus.')
    heure('2026-12-24T09:00:00Z')
    with models.lecture():
        for a_faire, dit in (('désigner l\'expert', [EN_RETARD.rstrip('.')]), ('rien pour l\'instant', [])):
            lues = lignes(dire_a_l_agent(demande, 'chef de file', a_faire))     # what a hand-over says
            assert [ligne for ligne in lues if 'rappeler' in ligne] == dit
    statuer(demande, 'designer', monde.chef, referent=monde.referent)
    for modele in 'designation', 'direction':                       # to who takes the demande, and to its box
        assert EN_RETARD in lignes(corps_de(modele)) and 'au plus tard' not in corps_de(modele)
    en_ecriture(textes.ecrire, 'courriel', 'designation', 'Vous', 'Avant le {echeance}.\n{lien}')
    statuer(changee, 'designer', monde.chef, referent=monde.referent)
    assert corps_de('designation').strip() == f'http://127.0.0.1:8080/espace/demandes/{changee.numero}'   # no date
    heure('2026-11-24T09:00:00Z')
    demandes = [creer('attribue_expert', message=message) for message in ('Rejetée tôt.', 'Tard.')]
    for demande, instant in zip(demandes, ('2026-11-24T09:00:00Z', '2026-12-24T09:00:00Z')):
        heure(instant)
        statuer(demande, 'rejeter', monde.chef, motif='Hors sujet.')
    for lettre in lettres_du_modele('rejet'):
        rien = 'À faire\u00a0: rien' in lettre.corps
        assert rien == (lettre.destinataire != monde.admin.courriel) == ('4\u00a0décembre' not in lettre.corps)
    for etat, dit in (('receptionne_chef', 'Direction assistance juridique et financière'),
                      ('receptionne_expert', 'Claude Temoin')):
        agir(actes.associer, creer(etat, message=etat), monde.chef, monde.autre)
        assert f'Interlocuteur de la collectivité : {dit}' in lignes(corps_de('association')), etat
