"""« Orienter » says whether the chef de file agreed: obtained when and from whom, or to be asked (regles.md §4)."""
import re

import conftest
import pytest
from conftest import agir, creer_ligne, en_ecriture, relire, statuer
from test_dossier import adresse, boutons, envoyer, fait
from test_espace import lignes

import models
from models import Refus
from verbes import questions
from verbes.demande import actes

A_RECUEILLIR = {'accord': 'a_recueillir'}
OBTENU = {'accord': 'obtenu', 'accord_le': '2026-11-20', 'accord_aupres': 'Andrea Modele'}


def orienter(demande, monde, **saisie):
    return statuer(demande, 'orienter', monde.admin, fiche=monde.fiche, **saisie)


def corps_de(modele='orientation'):
    return conftest.corps_de(modele).replace('\xa0', ' ')


@pytest.mark.parametrize('etat', ['attribue_admin', 'receptionne_admin', 'attribue_chef', 'receptionne_chef', 'rejete'])
def test_chaque_orientation_demande_l_accord_que_le_journal_dit_aux_gens_et_aux_regles(creer, monde, entrer, etat):
    demande, nav = creer(etat), entrer(monde.admin)
    page = nav.get(adresse(demande, 'orienter'))
    form = next(f for f in page.forms.values() if 'accord_aupres' in f.fields)
    assert form['accord'].value is None
    refuse = envoyer(nav, demande, 'orienter', fiche=monde.fiche.id)
    assert refuse.status_int == 422
    assert "dites si l'accord du chef de file est obtenu, ou à recueillir" in refuse.html.select_one('#erreurs').text
    for saisie, manque in (({}, 'accord'), (OBTENU, 'accord_le'), (OBTENU, 'accord_aupres')):
        page = envoyer(nav, demande, 'orienter', fiche=monde.fiche.id, **saisie | {manque: ''})
        assert page.status_int == 422 and page.html.select_one(f'#erreurs a[href="#{manque}"]'), manque
        with pytest.raises(Refus) as refus:
            orienter(demande, monde, **saisie | {manque: ''})
        assert refus.value.champ == manque and relire(demande).statut == etat, manque
    for saisie, code, dit in (
            (A_RECUEILLIR, 'a_recueillir', 'accord du chef de file à recueillir'),
            (OBTENU, 'accord', "accord du chef de file obtenu le 20/11/2026 auprès d'Andrea Modele")):
        orientee = orienter(creer(etat, message=code), monde, **saisie)
        with models.lecture():
            *_, ligne = models.Journal.select().where(models.Journal.demande == orientee).order_by(models.Journal.id)
        assert (ligne.nature, ligne.statut, ligne.fait) == ('statut', 'attribue_chef', code)
        assert ligne.texte.endswith(f'{dit}.') and orientee.accord == dit
    for nom, valeur in (OBTENU | {'fiche': monde.fiche.id}).items():
        form[nom] = valeur
    fait(form.submit(), demande, 'statut')


def test_a_recueillir_le_courriel_demande_acceptez_vous_au_chef_et_au_suivant_obtenu_il_ne_le_demande_pas(creer, monde):
    demande = orienter(creer('attribue_admin'), monde, **A_RECUEILLIR)
    assert 'Acceptez-vous cette demande ?' in corps_de() and "« Rendre à l'administrateur »" in corps_de()
    for modele in ('orientation', 'direction'):
        assert "À faire : accepter la demande, puis désigner l'expert." in corps_de(modele)
    en_ecriture(models.Courriel.delete().execute)
    agir(actes.changer_chef, demande, monde.admin, [monde.autre], 'Congé.')
    assert 'Acceptez-vous cette demande ?' in corps_de()
    orienter(creer('attribue_admin', restreinte=True), monde, **A_RECUEILLIR)
    assert 'Acceptez-vous cette demande ?' in corps_de() and 'Rieumes' not in corps_de()
    orienter(creer('attribue_admin', message='Une autre.'), monde, **OBTENU)
    assert 'Acceptez-vous' not in corps_de() and 'À faire : confirmer la réception' in corps_de()


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
    assert relire(demande).statut == 'receptionne_chef' and ('Demande acceptée.' in page) is (saisie == A_RECUEILLIR)
    assert ('donné le 24/11/2026 par Camille Exemple' in page) is (saisie == A_RECUEILLIR)
    assert not lignes(navigateur.get('/espace'), 'receptionner')


def test_seul_le_dernier_accord_compte_et_en_retard_l_appel_passe_devant(creer, monde, entrer, heure):
    nav = entrer(monde.chef)
    demande = statuer(orienter(creer('attribue_admin'), monde, **A_RECUEILLIR), 'rendre', monde.chef, motif='Non.')
    for saisie, dit in ((OBTENU, 'réception à confirmer'), (A_RECUEILLIR, 'à accepter')):  # the statut does not change
        orienter(demande, monde, **saisie)
        (_, dits, _), = lignes(nav.get('/espace'), 'receptionner')
        assert dit in dits
    demande = creer('attribue_admin', fiche=None, message='Un recours contentieux au tribunal administratif.')
    page = entrer(monde.admin).get(adresse(demande, 'orienter'))    # the close fiche, in a click
    assert re.match('Confier à HGI', ' '.join(page.html.select_one('.proche button').text.split()))
    demande = orienter(creer('attribue_admin'), monde, **A_RECUEILLIR)
    heure('2026-12-08T09:00:00Z')
    membre = creer_ligne(models.Membre, demande=demande, role='referent', agent=monde.referent,
                         depuis_le='2026-11-24T09:00:00Z', structure=monde.referent.direction.structure_id)
    (_, dits, lien), = lignes(entrer(monde.chef).get('/espace'), 'receptionner')
    assert 'à accepter' in dits and lien.endswith('?action=receptionner')
    en_ecriture(membre.delete_instance)
    demande = statuer(demande, 'designer', monde.chef, referent=monde.referent)
    assert demande.accord == 'accord du chef de file donné le 08/12/2026 par Camille Exemple'
    for statut, accord, oui in (('attribue_chef', 'a_recueillir', True), ('attribue_chef', 'accord', False),
                                ('attribue_chef', None, False), ('receptionne_chef', 'a_recueillir', False),
                                ('en_cours', 'a_recueillir', False)):
        assert questions.a_accepter(statut, accord) is oui, (statut, accord)
