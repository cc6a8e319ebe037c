"""A stranger fills neither the disk nor a mailbox: messages, files, and every mail a stranger can cause."""
from conftest import PHRASE, courriels
from test_portes import AILLEURS

import models
from verbes import comptes


# --- sign-in ---

def test_un_lien_qui_a_servi_laisse_en_demander_un_autre_aussitot(inscrits, depuis):
    chef = inscrits.chef
    depuis(AILLEURS).post('/mot-de-passe', {'courriel': chef.courriel}, status=303)
    with models.ecriture():
        jeton = comptes.nouveau_lien(chef, 'mot_de_passe')
    depuis(AILLEURS).post(f'/invitation/{jeton}', {'mot_de_passe': PHRASE, 'confirmer_mot_de_passe': PHRASE},
                          status=303)
    for _ in range(2):
        depuis(AILLEURS).post('/mot-de-passe', {'courriel': chef.courriel}, status=303)
    assert len(courriels(modele='mot_de_passe')) == 2
