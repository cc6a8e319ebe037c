"""The subjects: what happens is read within the first sixty characters, whatever the names (regles.md §8)."""
import functools

import pytest

import models
import langue
from verbes import courriels, regles, textes

LU = 60
LONGS = ("Communauté d'agglomération du Pays des Trois Vallées et des Coteaux de la Haute-Bure", 'Constitution' * 6)
DITS = {'prenom': 'Claude', 'agents': 'Claude Témoin', 'limite': 'mercredi 30 septembre 2026',
        'echeance': 'mercredi 30 septembre 2026', 'debut': 'mercredi 30 septembre, 10 h',
        'auteur': 'Sacha Essai', 'non_parti': 'un message n\'est pas parti'}
AUX_AGENTS = [cle for cle in textes.COURRIELS if textes.origine('courriel', cle)[0].startswith('{collectivite}')]
A_LA_MAIRIE = [cle for cle, sorte in textes.COURRIELS.items() if sorte.groupe == 'collectivite'
               and cle not in ('liens_perdus', 'passation_mairie', 'avis_depot', 'a_confirmer')]
PLACES = (('chef_de_file', 0), ('chef_de_file', 1), ('referent', 0), ('associe', 2))


@pytest.fixture
def modele_de_base(demonstration):
    return demonstration


def objets(modeles, pour):
    """(template, demande, a function: its subject, this being said), of each and each; whom to call is read once."""
    lus = {modele: textes.lire('courriel', modele)._replace(corps='') for modele in modeles}
    assert not any('{repondre}' in lu.titre for lu in lus.values())       # the one value that is of the template too
    for demande in demandes():
        _, communes = courriels._preparer(modeles[0], pour, demande)
        for modele, lu in lus.items():
            yield modele, demande, functools.partial(_objet, lu, communes | DITS)


def _objet(lu, communes, **dits):
    return courriels.rediger(lu, communes | dits)['objet']


def demandes():
    """Those of the demonstration, and the same in places of the longest names."""
    lues = list(models.Demande.select().where(models.Demande.interlocuteur_depuis.is_null()))
    assert len(lues) > 200
    yield from lues
    for nom in LONGS:
        for demande in lues[::40]:
            demande.collectivite = nom
            yield demande


def test_ce_qui_se_passe_se_lit_dans_les_soixante_premiers_signes_d_un_courriel_a_un_agent(base):
    fins = {modele: textes.origine('courriel', modele)[0].partition('\u00a0: ')[2] for modele in AUX_AGENTS}
    with models.lecture():
        for modele, demande, dire in objets(AUX_AGENTS, 'agent'):
            for place in PLACES if 'role}' in fins[modele] else PLACES[:1]:
                role = regles.dire_place(*place).lower()
                dits = {'role': role, 'ancien_role': role}
                attendu = fins[modele].format(**DITS | dits).split(', ')[0]
                dit = dire(**dits)
                debut = dit[:LU]
                assert f'n°\u00a0{demande.numero}\u00a0: ' in debut and attendu in debut, (modele, dit)
                ou = dit.partition('n°')[0].rstrip(', ')
                assert ou == ('' if demande.restreinte else demande.collectivite) or (
                    ou.endswith('…') and demande.collectivite.startswith(ou[:-1]) and len(ou) >= 15), (modele, dit)


def test_ce_qui_se_passe_et_le_numero_se_lisent_d_abord_d_un_courriel_deux_demandes_libres_se_distinguent(base):
    with models.lecture():
        for modele, demande, dire in objets(A_LA_MAIRIE, 'demandeur'):
            dit = dire()
            evenement, _, reste = dit.partition(' – ')
            assert evenement and 'n°' in dit[:LU] and reste.startswith(f'n°\u00a0{demande.numero}'), (modele, dit)
            if demande.restreinte:
                assert reste == f'n°\u00a0{demande.numero}', (modele, dit)
            elif not demande.fiche_id:
                assert langue.premiers_mots(demande.message, 40) in reste, (modele, dit)
                assert 'demande libre' not in reste, (modele, dit)
        libres = list(models.Demande.select().where(models.Demande.fiche.is_null(), ~models.Demande.restreinte))
        assert len(libres) >= 2
        titres = {courriels.dire_titre(demande, 40) for demande in libres}
        assert len(titres) == len({demande.message for demande in libres})
