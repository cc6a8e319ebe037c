"""Holes that an attacker's reading found (others: test_acces.py, test_pieges.py, test_regles.py, test_compte.py)."""
import contextlib
import logging
import re
import time

import pytest
from conftest import PHRASE, RACINE, agir, courriels, limiter, poster, relire, relire_ici, saisie_de, se_connecter
from test_demande import PDF, recu, refuse, remplir                         # noqa: F401 (remplir is a fixture)
from test_portes import AILLEURS, BUREAU, deposer

import models
from models import Refus
from verbes import comptes, guichet, notes, recherche
from verbes.exploitation import porteur
from verbes.administration import departs
from verbes.demande import actes, cycle
from verbes.exploitation.environnement import Configuration
from views import consigne, limites


def test_un_courriel_impossible_a_ecrire_est_un_echec_et_n_arrete_pas_les_autres(base, creer):
    creer()
    with models.ecriture():
        models.Courriel.update(objet='Deux\nlignes').where(models.Courriel.id == 1).execute()
    configuration = Configuration({'PLATEFORME_BASE': base, 'PLATEFORME_SMTP': 'smtp://127.0.0.1:1'})
    assert porteur.envoyer_courriels(configuration) == {'envoyes': 0, 'echecs': 1, 'reportes': 1}


def test_apres_un_changement_d_interlocuteur_la_cle_du_formulaire_ne_mene_plus_au_lien(monde):
    with models.ecriture():
        demande, _ = cycle.deposer(saisie_de(monde), (), 'c' * 22)
    agir(actes.changer_interlocuteur, demande, monde.chef, {'courriel': 'dgs@rieumes.example'})
    with models.ecriture():
        encore, neuve = cycle.deposer(saisie_de(monde), (), 'c' * 22)
    assert neuve and encore.numero != demande.numero


def test_la_sante_ne_bouge_pas_d_un_courriel(site, creer):
    d_ailleurs = {'X-Forwarded-For': '192.0.2.7'}                   # through nginx: the machine itself has the figures
    avant = site.get('/sante', headers=d_ailleurs).json
    creer()
    assert site.get('/sante', headers=d_ailleurs).json == avant


def test_un_formulaire_demesure_est_refuse_avant_d_etre_analyse_et_un_texte_enorme_n_est_pas_rendu(site):
    for corps, code in ((b'a&' * 2000, 400), (b'a=' + b'x' * 1_100_000, 413)):
        site.post('/demande', corps, content_type='application/x-www-form-urlencoded', status=code)
    assert len(site.post('/espace/demandes/1/journal', {'texte': 'x' * 900_000}, status=401).text) < 50_000


def test_changer_ses_coordonnees_previent_l_ancienne_adresse_et_restreindre_fait_taire_ce_qui_attend(monde, creer):
    demande = creer()
    neuves = 'pirate@ailleurs.example', '0536490099'
    with models.ecriture():
        actes.changer_coordonnees(relire_ici(demande), *neuves)
    assert relire(demande).a_confirmer and ('coordonnees', 'mairie@rieumes.example') in courriels()
    with pytest.raises(Refus), models.ecriture():
        actes.changer_coordonnees(relire_ici(demande), *neuves)
    agir(actes.restreindre, demande, monde.chef, True)
    with models.lecture():
        assert all('Rieumes' not in c.corps and monde.fiche.titre not in c.corps for c in models.Courriel.select())


def test_un_compte_ferme_rouvert_n_a_plus_son_ancien_mot_de_passe(monde):
    with models.ecriture():
        models.Agent.update(mot_de_passe='scrypt$x', actif=False).where(models.Agent.id == monde.autre.id).execute()
        comptes.ouvrir_session(monde.autre)
        departs.rouvrir(models.Agent.get_by_id(monde.autre.id))
    with models.lecture():
        assert models.Agent.get_by_id(monde.autre.id).mot_de_passe is None and not models.Session.select().exists()


def test_qui_occupe_la_connexion_ne_fait_echouer_personne_et_n_est_pas_un_incident(inscrits, monkeypatch, site, caplog):
    """A busy refusal is no failure: three are free for an account, thirty for a place; after forty, one enters. Nor is
    it an error of the log, where a true one would be lost; journald keeps those of each level apart."""
    monkeypatch.setattr(guichet, 'A_LA_FOIS', guichet.PLACES)
    with contextlib.ExitStack() as occupants, caplog.at_level(logging.INFO, logger='plateforme'):
        for _ in range(guichet.PLACES):
            occupants.enter_context(comptes.guichet.passer(True))
        for _ in range(40):
            reponse = se_connecter(site, inscrits.autre.courriel, status=503)
            assert reponse.form['courriel'].value == inscrits.autre.courriel and PHRASE not in reponse.text
            assert 'Recommencez dans quelques secondes' in reponse.text and reponse.headers['Retry-After'] == '3'
        assert {r.levelname for r in caplog.records} <= {'INFO'}
        with pytest.raises(Refus) as refus:
            comptes.hacher('une phrase quelconque')
        assert refus.value.code == 503
    unite = (RACINE / 'static/exemples/plateforme.service').read_text('utf-8')
    assert re.search('^LogRateLimitIntervalSec=30$\nLogRateLimitBurst=1000$', unite, re.M)
    se_connecter(site, inscrits.autre.courriel)


def test_une_limite_dit_quand_revenir(site, creer):
    demande = creer()
    for n in range(6):
        saisie = {'courriel': f'm{n}@rieumes.example', 'telephone': '0536490012'}
        reponse = site.post(f'/suivi/{demande.jeton}/coordonnees', saisie, status=303 if n < 5 else 429)
    assert reponse.headers['Retry-After'] and 'réessayez dans' in reponse.text and 'm5@rieumes.example' in reponse.text
    assert limites.trop('coordonnees', demande.numero, 5, 3600) > 0


def test_un_choix_forge_est_refuse_par_une_phrase(maxime):
    for adresse, champ in (
            ('collectivites/2', 'epci'), ('collectivites/ajouter', 'epci'), ('collectivites/2/epci', 'epci'),
            ('directions/2', 'expert'), ('comptes/2', 'direction'), ('comptes/2', 'vue'),
            ('comptes/2/depart', 'defaut'), ('comptes/2/depart', 'direction'), ('structures/2/depart', 'defaut'),
            ('structures/2/depart', 'c2'), ('structures/2/depart', 'explication')):
        page = f'/espace/admin/{adresse.removesuffix("/epci")}'
        for forge in ('²', '9' * 5000, f'{{"direction": "{"9" * 5000}"}}'):
            refus = poster(maxime, f'/espace/admin/{adresse}', {champ: forge}, page, '4*')
            assert refus.status_int == (409 if champ == 'vue' else 422), (adresse, champ, forge[:20])
            assert refus.html.select_one('[role=alert]').text, (adresse, champ, forge[:20])


# What a stranger may try on the public pages.
LETTRES = 'abcdefghijklmnopqrstuvwxyz'


def test_un_mot_demesure_ne_coute_ni_temps_ni_memoire_et_n_empeche_pas_de_comprendre_les_autres(monde):
    """A word of the whole message was stemmed, and kept: 20,000 of them would have been gigabytes."""
    recherche.racine.cache_clear()
    with models.lecture():
        recherche.proposer('place')
        connues = recherche.racine.cache_info().currsize
        debut = time.process_time()
        for lettre in LETTRES[:10]:
            assert recherche.proposer(lettre * 190_000) == []
        assert time.process_time() - debut < 1 and recherche.racine.cache_info().currsize == connues
        assert recherche.proposer('x' * 5_000 + ' contentieux') == recherche.proposer('contentieux') != []


def test_qui_ne_connait_que_l_adresse_d_une_mairie_ne_prend_pas_tous_ses_courriels_du_jour(creer, depuis, plus_tard):
    """The address of a mairie is on its door: ten lists a day would have kept back the accusé of its next demande."""
    demande = creer()
    for n in range(12):
        depuis(f'198.51.100.{n}').post('/suivi', {'courriel': demande.courriel}, status=303)
        plus_tard(3700)
    assert len(courriels(modele='liens_perdus')) == 3
    depuis(AILLEURS).post('/suivi', {'courriel': demande.courriel, 'numero': demande.numero}, status=303)
    assert len(courriels(modele='lien_perdu')) == 1
    limiter(secondes_minimum=0)
    deposer(depuis(BUREAU), 'La vraie.', courriel=demande.courriel)
    assert len(courriels(modele='accuse')) == 2                      # hers, and this one


def test_un_formulaire_lu_sans_rien_enregistrer_compte_comme_un_refus_qui_rend_ce_qui_est_tape(depuis, monde):
    """It costs as much to read (27 MB), and asks for a search too."""
    limiter(refus_adresse=3)
    for bouton, adresse in (('proches', AILLEURS), ('retirer', BUREAU)):
        codes = [depuis(adresse).post('/demande', {'message': 'Une place.', bouton: 'oui'}, status='*').status_int
                 for _ in range(4)]
        assert codes == [200, 200, 200, 429], bouton
    saisie = {'message': 'Un texte assez long pour être rendu.', 'rappel_fonction': 'Adjointe au patrimoine bâti',
              'cle': 'A' * 22, 'ouvert': '1764060000.' + '0' * 32, 'consigne': 'f' * 32 + '/0:plan.pdf'}
    page = depuis(AILLEURS).post('/demande', saisie, status=429)
    assert [label.text for label in page.html.select('main label[for^=texte]')] == ['Message', 'Rappel fonction']


def test_un_seul_reseau_ne_remplit_pas_la_liste_des_recherches_sans_reponse(depuis, monde):
    for n in range(70):
        depuis(AILLEURS).get('/recherche', {'q': 'zzz' + LETTRES[n // 26] + LETTRES[n % 26]})
    depuis(BUREAU).get('/recherche', {'q': 'cimetière'})
    assert notes.ecrire_recherches() == 61
    with models.lecture():
        mots = [mot for mot, in models.db.execute_sql('SELECT mots FROM sans_reponse')]
    assert 'cimetiere' in mots and len(mots) == 61


def test_un_fichier_perdu_mais_joint_de_nouveau_n_est_pas_dit_perdu(remplir):           # noqa: F811
    page = refuse(remplir(nom='', pieces=PDF))
    consigne._casiers.clear()                                       # a restart
    page.form['nom'] = 'Exemplaire'
    page.form['pieces'] = [PDF]                                     # as Chromium does after « Retour »
    demande = recu(page.form.submit())
    with models.lecture():
        assert [p.nom for p in models.Piece.select().where(models.Piece.demande == demande.numero)] == [PDF.filename]
