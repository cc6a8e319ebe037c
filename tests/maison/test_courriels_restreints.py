"""Every mail of a demande, sent of a restricted one: what it contains is in none, whoever adds one (regles.md §7)."""
import pytest
from conftest import changer_demande, relire_ici

import models
from verbes import courriels, textes
from verbes.demande import actes

SECRET, PERMIS = 'LICENCIEMENT', 'permis'
MODELES = [cle for cle, sorte in textes.COURRIELS.items() if sorte.groupe in ('collectivite', 'agents')]
DE_LA_DEMANDE = ('lien', 'prenom', 'numero', 'intitule')              # what each mail has of it
POUR = {'collectivite': 'demandeur', 'agents': 'agent'}
# Written here a second time: what a mail may never say of a restricted demande, whatever the list of the code.
JAMAIS = {'collectivite', 'fiche', 'structure', 'texte', 'suite', 'attente', 'etape', 'faite', 'devient', 'joints',
          'lieu', 'doublon', 'motif', 'evaluation', 'au_nom_de', 'points'}


def secrete(creer):
    """A demande each of whose words is distinctive, not yet restricted."""
    demande = creer('en_cours', message=f'{SECRET} message', lieu=f'{SECRET} lieu')
    with models.ecriture():
        models.Fiche.update(titre=f'{SECRET} fiche').where(models.Fiche.id == demande.fiche_id).execute()
    changer_demande(demande, collectivite=f'{SECRET} commune', texte_final=f'{SECRET} final',
                    attente_depuis='2026-11-24T08:00:00Z', attente_au='2026-12-14', attente_de=f'{SECRET} attente')
    return demande


def poster(demande, modele, agent):
    """The mail of a model, each marker filled: of what is permitted, with a harmless word."""
    dits = [repere for repere in textes.reperes('courriel', modele) if repere not in DE_LA_DEMANDE]
    valeurs = {repere: PERMIS if repere in courriels.DITS_SI_RESTREINTE else f'{SECRET} {repere}' for repere in dits}
    pour = 'direction' if modele == 'direction' else POUR[textes.COURRIELS[modele].groupe]
    return courriels.poster(modele, pour, demande.courriel, relire_ici(demande), agent if pour == 'agent' else None,
                            au_nom_de=f'{SECRET} nom' if pour == 'agent' else '', **valeurs)


def lu(courriel_id):
    lettre = models.Courriel.get_by_id(courriel_id)
    return f'{lettre.objet}\n{lettre.corps}'


@pytest.mark.parametrize('modele', MODELES)
def test_aucun_courriel_ne_dit_ce_que_contient_une_demande_restreinte(creer, monde, modele):
    """Written of one that is, or waiting when it becomes so."""
    demande = secrete(creer)
    with models.ecriture():
        courriel_id = poster(demande, modele, monde.referent)
        assert SECRET in lu(courriel_id) or 'fiche' not in textes.reperes('courriel', modele)
        fraiche = relire_ici(demande)
        actes.restreindre(fraiche, monde.chef, fraiche.version, True)
        assert SECRET not in lu(courriel_id)
        dit = lu(poster(demande, modele, monde.referent))
    assert SECRET not in dit and len(dit) > 40, dit


def test_la_liste_de_ce_qui_se_dit_ne_prend_rien_de_ce_que_contient_une_demande():
    assert not courriels.DITS_SI_RESTREINTE & JAMAIS
    reperes = {repere for cle in MODELES for repere in textes.reperes('courriel', cle)}
    assert courriels.DITS_SI_RESTREINTE <= reperes | {'essai', 'fin', 'absence'}
