"""Every mail of the circuit, with every setting that may be empty left so."""
import email
import email.policy
import re
import types

import pytest
from test_courriels_vrais import CAS, ecrits, jouer
from test_reglages_vides import TROU, vider

import models
from verbes.exploitation import porteur
from verbes.exploitation.environnement import Configuration


@pytest.mark.parametrize('cas', CAS)
def test_aucun_courriel_n_a_de_trou(creer, monde, cas):
    vider(sauf=('ouvert_le',))
    apres = jouer(creer, monde, cas)
    with models.lecture():
        textes = ecrits(apres)
    for modele, texte in textes.items():
        corps = re.sub(r'[ \xa0]+', ' ', texte)
        assert not TROU.search(corps), (modele, texte)
        assert not re.search(r'^(?!Bonjour).*, *\n\n|[:,]\s*\Z', corps, re.M), (modele, texte)


def test_sans_adresse_d_equipe_un_courriel_part_d_une_adresse_du_site(creer):
    creer()
    vider(sauf=('ouvert_le',))
    with models.lecture():
        courriel, reglages = models.Courriel.get(models.Courriel.modele == 'accuse'), models.Reglage.tous()
    lettre = porteur.message(courriel, reglages, Configuration({'PLATEFORME_URL': 'https://appui.exemple.fr'}))
    assert lettre['From'].endswith('<ne-pas-repondre@appui.exemple.fr>') and lettre['Reply-To'] is None


@pytest.mark.parametrize('place', range(0, 70))
def test_l_objet_garde_ses_espaces_quand_il_se_plie(base, place):
    objet = f'Votre expert est désigné – n°\u00a03 ({"x" * place} Sécuriser un captage d\'eau potable)'
    courriel = types.SimpleNamespace(objet=objet, destinataire='mairie@sees.example', identifiant='<x@y>', corps='.',
                                     cree_le='2026-11-26T11:00:00Z')
    reglages = dict.fromkeys(('nom', 'courriel'), '')
    lettre = porteur.message(courriel, reglages, Configuration({'PLATEFORME_URL': 'https://appui.exemple.fr'}))
    octets = lettre.as_bytes()
    assert max(map(len, octets.splitlines())) <= 78
    assert email.message_from_bytes(octets, policy=email.policy.default)['Subject'] == objet
