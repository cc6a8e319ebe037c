"""A stranger closes no door: sign-in, lost password, lost link, deposits, refused forms (regles.md §3, §8)."""
import contextlib
import re
import threading

import pytest
from conftest import LIVREES, PHRASE, courriels, en_ecriture, envoyer_demande, fixer, limiter, poster, se_connecter
from serveur import attendre

import models
from models import Refus
from verbes import comptes, guichet, valeurs
from verbes.echanges import rechargement
from views import limites, wsgi

BUREAU, AILLEURS = '192.0.2.10', '198.51.100.7'
A_L_ENVERS = {'secondes_minimum', 'attente_connexion'}             # of which more is stricter


def alertes_ecrites():
    with models.lecture():
        return [corps for corps, in models.Courriel.select(models.Courriel.corps)
                .where(models.Courriel.modele == 'alerte').tuples()]


def deposer(site, message, **autres):
    return envoyer_demande(site, 2, message=message, **autres)


def test_la_protection_renforcee_est_deux_fois_plus_stricte_et_une_adresse_bornee_plus_bas_que_son_reseau(base):
    for nom, (ordinaire, renforcee, _) in LIVREES.items():
        if nom in A_L_ENVERS:
            assert renforcee == 2 * ordinaire, nom
        else:
            assert 1 <= renforcee <= max(1, ordinaire // 2), nom
        with models.ecriture():                                     # of an archive, or of a base, of before
            rechargement.ECRITS['reglages']({'cle': nom, 'valeur': '7', 'regle_le': '2026-11-02', 'origine': '30'})
            assert not models.Reglage.select().where(models.Reglage.cle == nom).exists(), nom
            fixer(nom, '7')
            assert valeurs.limite(nom, 'ordinaire') == ordinaire, nom
    for nom in ('depots', 'liens', 'refus', 'echecs'):
        for adresse, reseau in zip(LIVREES[f'{nom}_adresse'][:2], LIVREES[f'{nom}_reseau'][:2], strict=True):
            assert adresse < reseau, nom


def test_aucune_limite_n_est_un_reglage_et_la_protection_choisie_a_l_ecran_vaut_aussitot(monde, maxime, site):
    assert len(LIVREES) == 20 and not LIVREES.keys() & (valeurs.REGLAGES.keys() | models.DEFAUTS.keys())
    champs = {c['name'] for c in maxime.get('/espace/admin/reglages').html.select('main [name]')}
    assert 'protection' in champs and not champs & LIVREES.keys()
    limiter(secondes_minimum=0)
    valeurs.LIMITES['depots_adresse'] = valeurs.Limite(2, 1)
    assert deposer(site, 'Un.').status_int == 303
    for protection, code in (('renforcee', 429), ('ordinaire', 303)):
        poster(maxime, '/espace/admin/reglages', {'protection': protection})
        assert deposer(site, 'Deux.').status_int == code, protection


def test_qui_essaie_d_ailleurs_ne_retarde_pas_l_agent_au_bureau_en_ipv6_un_48_compte(inscrits, depuis, monkeypatch):
    for _ in range(3):
        se_connecter(depuis(AILLEURS), inscrits.chef.courriel, 'raté', status=401)
    se_connecter(depuis(AILLEURS), inscrits.chef.courriel, 'raté', status=429)
    se_connecter(depuis(BUREAU), inscrits.chef.courriel)
    for n in range(3):
        se_connecter(depuis(f'2001:db8:9:{n}::1'), inscrits.chef.courriel, 'raté', status=401)
    se_connecter(depuis('2001:db8:9:ffff::1'), inscrits.chef.courriel, status=429)
    se_connecter(depuis('2001:db8:8::1'), inscrits.chef.courriel)
    monkeypatch.setattr(comptes, 'verifier_mot_de_passe', lambda *_: False)
    for n in range(120):
        se_connecter(depuis(f'2001:db8:1:{n:x}::1'), f'x{n}@hgi.example', 'raté', status=401)
    se_connecter(depuis('2001:db8:1:fff::1'), 'y@hgi.example', 'raté', status=429)
    se_connecter(depuis('2001:db8:2::1'), 'y@hgi.example', 'raté', status=401)


def test_depuis_un_reseau_connu_quatre_vingt_dix_jours_les_essais_des_autres_ne_comptent_pas(inscrits, depuis, heure):
    def connus():
        with models.lecture():
            return [comptes.reseau_connu(qui, BUREAU) for qui in (inscrits.chef, inscrits.autre, None)]
    se_connecter(depuis(BUREAU), inscrits.chef.courriel)
    for n in range(30):
        se_connecter(depuis(BUREAU), f'x{n}@hgi.example', 'raté', status=401)
    se_connecter(depuis(BUREAU), inscrits.autre.courriel, status=429)
    se_connecter(depuis(BUREAU), inscrits.chef.courriel)
    for instant, connu in (('2027-02-22T08:59:00Z', True), ('2027-02-22T09:01:00Z', False)):
        heure(instant)
        assert connus() == [connu, False, False]
    jeton = en_ecriture(comptes.nouveau_lien, inscrits.chef, 'mot_de_passe')
    depuis(BUREAU).post(f'/invitation/{jeton}', {'mot_de_passe': PHRASE, 'confirmer_mot_de_passe': PHRASE}, status=303)
    assert connus() == [True, False, False]                         # who chooses a password by a link is known there


def test_une_place_de_verification_est_gardee_aux_reseaux_connus(inscrits, depuis):
    se_connecter(depuis(BUREAU), inscrits.chef.courriel)
    with contextlib.ExitStack() as occupants:
        occupants.enter_context(comptes.guichet.passer(False))
        occupants.enter_context(comptes.guichet.passer(False))
        etrangers = [threading.Thread(target=occuper) for _ in range(guichet.PLACES - guichet.A_LA_FOIS)]
        for etranger in etrangers:
            etranger.start()
        attendre(lambda: len(comptes.guichet.attendent[False]) == len(etrangers))
        se_connecter(depuis(AILLEURS), inscrits.chef.courriel, status=503)
        with pytest.raises(Refus):
            comptes.hacher(PHRASE, connu=False)
        connu = threading.Thread(target=se_connecter, args=(depuis(BUREAU), inscrits.chef.courriel))
        connu.start()
        attendre(lambda: len(comptes.guichet.attendent[True]) == 1)
        assert len(comptes.guichet.attendent[False]) == len(etrangers) - 1      # one gave its place up
    for fil in (connu, *etrangers):
        fil.join()
    se_connecter(depuis(AILLEURS), inscrits.chef.courriel)


def occuper():
    with contextlib.suppress(Refus), comptes.guichet.passer(False):
        pass


def test_a_cinquante_echecs_sur_un_compte_ou_sur_beaucoup_les_administrateurs_sont_avertis_une_fois(inscrits, depuis):
    limiter(echecs_alerte=4, echecs_reseau=10)
    for n in range(6):
        se_connecter(depuis(f'198.51.100.{n}'), inscrits.chef.courriel, 'raté', status=401)
        se_connecter(depuis(f'198.51.100.{n}'), f'inconnu{n}@hgi.example', 'raté', status=401)
    du_compte, du_reseau = alertes_ecrites()
    assert inscrits.chef.nom_complet in du_compte and '4 mots de passe faux' in du_compte
    assert '10 mots de passe faux en une heure' in du_reseau


def test_des_etapes_de_connexion_forgees_sont_freinees_comme_des_mots_de_passe(inscrits, depuis):
    """A8: 2,100 in a few seconds, each a transaction and a line of log; a colleague elsewhere waits for nothing."""
    limiter(echecs_adresse=4)
    forgee = {'preuve': f'2.1.{"a" * 32}', 'verification': '000000'}
    reponses = [depuis(f'2001:db8:1:2::{n:x}').post('/connexion/code', forgee, status='*') for n in range(8)]
    assert [r.status_int for r in reponses] == [401] * 4 + [429] * 4
    assert 'recommencez dans' in reponses[-1].text and reponses[-1].headers['Retry-After']
    depuis(AILLEURS).post('/connexion/code', forgee, status=401)


def test_qui_demande_des_liens_ou_depose_pour_une_mairie_ne_lui_prend_rien_et_un_48_n_en_a_que_quarante(creer, depuis):
    demande = creer()
    for n in range(5):
        depuis(AILLEURS).post('/suivi', {'numero': demande.numero, 'courriel': f'x{n}@b.fr'}, status=303)
    for _ in range(2):
        depuis(BUREAU).post('/suivi', {'numero': demande.numero, 'courriel': demande.courriel}, status=303)
    assert len(courriels(modele='lien_perdu')) == 1
    for rang, adresse in enumerate(('/suivi', '/mot-de-passe')):
        for n in range(40):
            depuis(f'2001:db8:{rang}:{n:x}::1').post(adresse, {'numero': n + 1, 'courriel': f'x{n}@b.fr'}, status=303)
        depuis(f'2001:db8:{rang}:fff::1').post(adresse, {'numero': 99, 'courriel': 'x@b.fr'}, status=429)
        depuis(f'2001:db8:a{rang}::1').post(adresse, {'numero': 99, 'courriel': 'x@b.fr'}, status=303)


def test_qui_prend_le_courriel_d_une_mairie_ne_l_empeche_pas_d_envoyer_ni_ne_remplit_sa_boite(monde, depuis):
    limiter(secondes_minimum=0)
    for n in range(12):
        assert deposer(depuis(AILLEURS), f'Fausse demande {n}').status_int == 303
    assert deposer(depuis(BUREAU), 'La vraie demande.').status_int == 303
    assert len(courriels(modele='accuse')) == 10 and len(courriels(modele='avis_depot')) <= 3


def test_un_48_depose_cent_vingt_demandes_par_heure_au_plus_et_au_dela_de_deux_cents_les_administrateurs_sont_avertis(
        monde, depuis):
    limiter(secondes_minimum=0, depots_reseau=4, depots_alerte=3)
    codes = [deposer(depuis(f'2001:db8:1:{n}::1'), f'Demande {n}', courriel=f'm{n}@rieumes.example').status_int
             for n in range(5)]
    assert codes == [303] * 4 + [429]
    assert deposer(depuis('2001:db8:2::1'), 'Demande', courriel='m@rieumes.example').status_int == 303
    [corps] = alertes_ecrites()                                     # once
    assert '3 demandes ont été enregistrées en une heure' in corps


def test_les_formulaires_refuses_comptent_et_le_texte_tape_est_rendu_mais_un_gros_envoi_n_est_pas_meme_lu(
        monde, depuis, monkeypatch):
    limiter(refus_adresse=3)
    for _ in range(3):
        depuis(AILLEURS).post('/demande', {'message': 'Bonjour.'}, status=422)
    texte = 'Un texte assez long pour être rendu.'
    refus = depuis(AILLEURS).post('/demande', {'message': texte}, status=429)
    assert texte in refus.text and int(refus.headers['Retry-After']) > 3000
    depuis(BUREAU).post('/demande', {'message': texte}, status=422)
    depuis(AILLEURS).get('/demande', status=200)
    monkeypatch.setattr('views.lire_corps', lambda config: pytest.fail('lu'))
    depuis(AILLEURS).post('/demande', {'message': 'x'}, upload_files=[('pieces', 'a.pdf', b'%PDF' + b'x' * 1_100_000)],
                          status=429)


def test_les_fichiers_refuses_et_sans_session_un_formulaire_des_agents_comptent_aussi(inscrits, creer, depuis):
    limiter(refus_adresse=2)
    codes = [depuis(BUREAU).post('/connexion', {'courriel': 'a@b.fr'}, upload_files=[('f', 'a', b'x' * 1_100_000)],
                                 status='*').status_int for _ in range(3)]
    assert codes == [413, 413, 429]
    journal = f'/espace/demandes/{creer("en_cours").numero}/journal'
    codes = [depuis(AILLEURS).post(journal, {'texte': 'x'}, status='*').status_int for _ in range(3)]
    assert codes == [401, 401, 429]
    site = depuis(AILLEURS)                                         # the same network, signed in
    site.set_cookie('session', 'x' * 43)
    site.post(journal, {'texte': 'x'}, status=429)                  # a cookie of ours, or not
    site.set_cookie('session', en_ecriture(comptes.ouvrir_session, inscrits.referent))
    site.post(journal, {'nature': 'note', 'texte': 'Vu.'}, status=303)


def test_un_essai_rendu_ne_prend_la_place_d_aucun_autre_et_un_port_ne_fait_pas_un_autre_client(base):
    """Busy refusals left empty counters, which pushed out those of real failures."""
    limites.compter('connexion', 'victime')
    for n in range(limites.CLES_MAX + 10):
        limites.compter('connexion', n)
        limites.rendre('connexion', n)
    assert limites.combien('connexion', 'victime', 3600) == 1
    for transmis, client in (('192.0.2.1', '192.0.2.1'), ('1.1.1.1, 192.0.2.1:4711', '192.0.2.1'),
                             ('[2001:db8::1]:4711', '2001:db8::1')):
        assert wsgi.dernier_transmis(transmis) == client
    assert re.fullmatch('2001:db8:1::/48', limites.prefixe('2001:db8:1:2::3', 48))
