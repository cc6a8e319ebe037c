"""What a stranger may try on the public pages: the words they carry, the files they keep, the links they send again."""
import time

from conftest import courriels, limiter
from test_demande import PDF, recu, refuse, remplir                         # noqa: F401 (remplir is a fixture)
from test_portes import AILLEURS, BUREAU, deposer

import models
from verbes import notes, recherche
from views import consigne

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
        assert time.process_time() - debut < 1
        assert recherche.racine.cache_info().currsize == connues
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
