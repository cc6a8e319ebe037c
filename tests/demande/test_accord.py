"""« Orienter » says whether the chef de file agreed: obtained when and from whom, or to be asked (regles.md §4)."""
import re

import pytest
from conftest import courriels, relire, relire_ici
from test_dossier import adresse, boutons, envoyer, fait, remplir
from test_espace import lignes

import models
from models import Refus
from verbes import questions
from verbes.demande import actes, cycle

A_RECUEILLIR = {'accord': 'a_recueillir'}
OBTENU = {'accord': 'obtenu', 'accord_le': '2026-11-20', 'accord_aupres': 'Andrea Modele'}
A_ORIENTER = ('attribue_admin', 'receptionne_admin', 'attribue_chef', 'receptionne_chef', 'rejete')


def orienter(demande, monde, **saisie):
    with models.ecriture():
        cycle.changer_statut(relire_ici(demande), 'orienter', monde.admin, demande.version,
                             {'fiche': monde.fiche} | saisie)
    return relire(demande)


def derniere(demande):
    """(nature, statut, fait, text) of its last line."""
    with models.lecture():
        return models.db.execute_sql('SELECT nature, statut, fait, texte FROM journal WHERE demande_id = ? '
                                     'ORDER BY id DESC LIMIT 1', (demande.numero,)).fetchone()


def corps_de(modele='orientation'):
    with models.lecture():
        return models.Courriel.select().where(models.Courriel.modele == modele).order_by(
            models.Courriel.id.desc()).get().corps.replace('\xa0', ' ')


@pytest.mark.parametrize('etat', A_ORIENTER)
def test_chaque_orientation_demande_l_accord_sans_rien_choisir_a_la_place(creer, monde, entrer, etat):
    demande = creer(etat)
    page = entrer(monde.admin).get(adresse(demande, 'orienter'))
    form = next(f for f in page.forms.values() if page.html.select_one('form#forme, #action form[novalidate]') and
                'accord_aupres' in f.fields)
    assert form['accord'].value is None
    refuse = envoyer(entrer(monde.admin), demande, 'orienter', fiche=monde.fiche.id)
    assert refuse.status_int == 422
    assert "dites si l'accord du chef de file est obtenu, ou à recueillir" in refuse.html.select_one('#erreurs').text
    with pytest.raises(Refus) as refus:
        orienter(demande, monde)
    assert refus.value.champ == 'accord' and relire(demande).statut == etat


@pytest.mark.parametrize('etat', A_ORIENTER)
@pytest.mark.parametrize('saisie, code, dit', [
    (A_RECUEILLIR, 'a_recueillir', 'accord du chef de file à recueillir'),
    (OBTENU, 'accord', "accord du chef de file obtenu le 20/11/2026 auprès d'Andrea Modele")])
def test_la_ligne_du_journal_le_dit_aux_gens_et_aux_regles(creer, monde, etat, saisie, code, dit):
    demande = orienter(creer(etat), monde, **saisie)
    nature, statut, fait_, texte = derniere(demande)
    assert (nature, statut, fait_) == ('statut', 'attribue_chef', code) and texte.endswith(f'{dit}.')
    assert demande.accord == dit


@pytest.mark.parametrize('manque', ['accord_le', 'accord_aupres'])
def test_un_accord_obtenu_dit_quand_et_aupres_de_qui(creer, monde, entrer, manque):
    demande = creer('attribue_admin', message='Une.')
    champs = {'fiche': monde.fiche.id, **OBTENU, manque: ''}
    page = envoyer(entrer(monde.admin), demande, 'orienter', **champs)
    assert page.status_int == 422 and page.html.select_one(f'#erreurs a[href="#{manque}"]')
    with pytest.raises(Refus) as refus:
        orienter(demande, monde, **{**OBTENU, manque: ''})
    assert refus.value.champ == manque
    fait(remplir(entrer(monde.admin), demande, 'orienter', fiche=monde.fiche.id, **OBTENU), demande, 'statut')


def test_a_recueillir_le_courriel_demande_acceptez_vous_et_que_faire_sinon(creer, monde):
    orienter(creer('attribue_admin'), monde, **A_RECUEILLIR)
    corps = corps_de()
    assert 'Acceptez-vous cette demande ?' in corps and "« Rendre à l'administrateur »" in corps
    assert "À faire : accepter la demande, puis désigner l'expert." in corps
    assert "À faire : accepter la demande, puis désigner l'expert." in corps_de('direction')


def test_accord_obtenu_le_courriel_ne_le_redemande_pas(creer, monde):
    orienter(creer('attribue_admin'), monde, **OBTENU)
    assert 'Acceptez-vous' not in corps_de() and 'À faire : confirmer la réception' in corps_de()


def test_d_une_demande_restreinte_il_se_demande_aussi(creer, monde):
    orienter(creer('attribue_admin', restreinte=True), monde, **A_RECUEILLIR)
    assert 'Acceptez-vous cette demande ?' in corps_de() and 'Rieumes' not in corps_de()


def test_un_nouveau_chef_est_interroge_a_son_tour(creer, monde):
    demande = orienter(creer('attribue_admin'), monde, **A_RECUEILLIR)
    with models.ecriture():
        actes.changer_chef(relire_ici(demande), monde.admin, demande.version, [monde.autre], 'Congé.')
    assert 'Acceptez-vous cette demande ?' in corps_de()


@pytest.mark.parametrize('saisie, mots, bouton', [
    (A_RECUEILLIR, 'à accepter', 'Accepter la demande'),
    (OBTENU, 'réception à confirmer', 'Confirmer la réception')])
def test_la_journee_et_la_page_disent_a_accepter_et_c_est_le_meme_acte(creer, monde, entrer, saisie, mots, bouton):
    demande = orienter(creer('attribue_admin'), monde, **saisie)
    navigateur = entrer(monde.chef)
    (numero, dits, lien), = lignes(navigateur.get('/espace'), 'receptionner')
    assert numero == demande.numero and mots in dits and bouton in dits and lien.endswith('?action=receptionner')
    assert bouton in boutons(navigateur.get(adresse(demande)))
    page = fait(envoyer(navigateur, demande, 'receptionner'), demande, 'statut')
    assert relire(demande).statut == 'receptionne_chef'
    assert ('Demande acceptée.' in page) is (saisie == A_RECUEILLIR)
    assert ('donné le 24/11/2026 par Camille Exemple' in page) is (saisie == A_RECUEILLIR)
    assert not lignes(navigateur.get('/espace'), 'receptionner')


def test_en_retard_l_appel_passe_devant_et_garde_son_bouton(creer, monde, entrer, heure):
    demande = orienter(creer('attribue_admin'), monde, **A_RECUEILLIR)
    heure('2026-12-08T09:00:00Z')
    with models.ecriture():
        models.Membre.create(demande=demande, role='referent', agent=monde.referent, depuis_le='2026-11-24T09:00:00Z',
                             structure=monde.referent.direction.structure_id)
    (_, dits, lien), = lignes(entrer(monde.chef).get('/espace'), 'receptionner')
    assert 'à accepter' in dits and lien.endswith('?action=receptionner')


def test_designer_c_est_accepter(creer, monde):
    demande = orienter(creer('attribue_admin'), monde, **A_RECUEILLIR)
    with models.ecriture():
        cycle.changer_statut(relire_ici(demande), 'designer', monde.chef, demande.version,
                             {'referent': monde.referent})
    assert relire(demande).accord == 'accord du chef de file donné le 24/11/2026 par Camille Exemple'


def test_rendue_puis_orientee_c_est_le_dernier_accord_qui_compte(creer, monde, entrer):
    demande = orienter(creer('attribue_admin'), monde, **A_RECUEILLIR)
    with models.ecriture():
        cycle.changer_statut(relire_ici(demande), 'rendre', monde.chef, demande.version, {'motif': 'Non.'})
    demande = orienter(relire(demande), monde, **OBTENU)
    (_, dits, _), = lignes(entrer(monde.chef).get('/espace'), 'receptionner')
    assert 'réception à confirmer' in dits
    demande = orienter(demande, monde, **A_RECUEILLIR)              # from attribue_chef, whose statut does not change
    (_, dits, _), = lignes(entrer(monde.chef).get('/espace'), 'receptionner')
    assert 'à accepter' in dits


def test_la_fiche_proche_s_oriente_d_un_clic_qui_dit_a_recueillir(creer, monde, entrer):
    demande = creer('attribue_admin', fiche=None, message='Un recours contentieux au tribunal administratif.')
    page = entrer(monde.admin).get(adresse(demande, 'orienter'))
    clic = page.html.select_one('.proche button')
    assert re.match('Orienter, accord à recueillir', ' '.join(clic.text.split()))


@pytest.mark.parametrize('statut, accord, oui', [
    ('attribue_chef', 'a_recueillir', True), ('attribue_chef', 'accord', False), ('attribue_chef', None, False),
    ('receptionne_chef', 'a_recueillir', False), ('en_cours', 'a_recueillir', False)])
def test_la_regle(statut, accord, oui):
    assert questions.a_accepter(statut, accord) is oui


def test_qui_n_est_pas_concerne_n_en_recoit_rien(creer, monde):
    orienter(creer('rejete'), monde, **A_RECUEILLIR)
    assert monde.autre.courriel not in [destinataire for modele, destinataire in courriels()]
