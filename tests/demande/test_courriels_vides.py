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
        textes = [(modele, texte) for modele, lus in ecrits(apres).items() for texte in lus]
    for modele, texte in textes:
        corps = re.sub(r'[ \xa0]+', ' ', texte)
        assert not TROU.search(corps), (modele, texte)
        assert not re.search(r'^(?!Bonjour).*, *\n\n|[:,]\s*\Z', corps, re.M), (modele, texte)


def test_sans_adresse_d_equipe_un_courriel_part_du_site_et_son_objet_garde_ses_espaces_quand_il_se_plie(creer):
    creer()
    vider(sauf=('ouvert_le',))
    configuration = Configuration({'PLATEFORME_URL': 'https://appui.exemple.fr'})
    with models.lecture():
        courriel, reglages = models.Courriel.get(models.Courriel.modele == 'accuse'), models.Reglage.tous()
    lettre = porteur.message(courriel, reglages, configuration)
    assert lettre['From'].endswith('<ne-pas-repondre@appui.exemple.fr>') and lettre['Reply-To'] is None
    for place in range(70):
        objet = f'Votre expert est désigné – n°\u00a03 ({"x" * place} Sécuriser un captage d\'eau potable)'
        courriel = types.SimpleNamespace(objet=objet, destinataire='mairie@sees.example', identifiant='<x@y>',
                                         corps='.', cree_le='2026-11-26T11:00:00Z')
        octets = porteur.message(courriel, reglages, configuration).as_bytes()
        assert max(map(len, octets.splitlines())) <= 78, place
        assert email.message_from_bytes(octets, policy=email.policy.default)['Subject'] == objet, place
