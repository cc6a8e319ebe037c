"""How a demande starts: routing with absences, double sending, duplicates, mails (regles.md §3, §8)."""

import pytest
from conftest import agir, changer_ligne, courriels, dernier_courriel, en_ecriture, relire, saisie_de, statuer

import models
from models import Refus
from verbes import journal, questions
from verbes.demande import actes, cycle, liste


def deposer(monde, fichiers=(), cle=None, **autres):
    with models.ecriture():
        demande, neuve = cycle.deposer(saisie_de(monde, **autres), fichiers, cle)
    return relire(demande), neuve


def equipe(demande, role='chef_de_file'):
    with models.lecture():
        return [a.prenom for a in questions.equipe(demande, role)]


def absent(agent, suppleant=None, du='2026-11-20', au='2026-11-30'):
    en_ecriture(models.Absence.create, agent=agent, du=du, au=au, suppleant=suppleant)


def raison(demande):
    with models.lecture():
        return models.Journal.get(models.Journal.demande == demande.numero, models.Journal.nature == 'statut').texte


def test_une_demande_va_aux_chefs_de_sa_fiche_a_leur_suppleant_au_pilote_puis_a_l_administrateur(monde):
    absent(monde.chef, du='2026-11-01', au='2026-11-23')
    absent(monde.chef, du='2026-11-25', au='2026-11-30')
    assert equipe(deposer(monde, fiche=monde.urgente)[0]) == ['Camille']
    absent(monde.chef)
    changer_ligne(monde.referent, pilote=True)
    demande, _ = deposer(monde, fiche=monde.urgente, message='Sans suppléant.')
    assert (demande.statut, equipe(demande)) == ('attribue_chef', ['Claude'])
    assert 'pilote de la direction' in raison(demande)
    changer_ligne(monde.referent, pilote=False)
    absent(monde.chef, monde.autre)
    assert equipe(deposer(monde, fiche=monde.urgente, message='Remplacée.')[0]) == ['Camille']
    assert ('nouvelle_chef', monde.autre.courriel) in courriels()
    absent(monde.autre)
    assert deposer(monde, fiche=monde.urgente, message='Nul.')[0].statut == 'attribue_admin'
    en_ecriture(models.Absence.delete().execute)
    demande, _ = deposer(monde)
    assert demande.statut == 'attribue_chef' and equipe(demande) == ['Camille', 'Andrea']
    assert demande.structure_id == monde.chef.direction.structure_id and demande.echeance == '2026-12-04'
    demande, _ = deposer(monde, fiche=None)
    assert (demande.statut, demande.delai, equipe(demande)) == ('attribue_admin', 10, [])
    assert ('nouvelle_admin', 'maxime.exemple@haute-garonne.example') in courriels()
    absent(monde.chef)                                              # a co-chef is there
    assert equipe(deposer(monde, message='Absent.')[0]) == ['Camille', 'Andrea']
    changer_ligne(monde.chef, actif=False)
    assert equipe(deposer(monde, message='Inactif.')[0]) == ['Andrea']
    demande, _ = deposer(monde, fiche=monde.urgente, message='Ni chef.')
    assert demande.statut == 'attribue_admin' and 'Ni chef de file' in raison(demande)


def test_la_meme_cle_ou_le_meme_contenu_du_jour_donne_le_meme_numero_un_doublon_possible_se_dit(monde, heure):
    deposer(monde, message='Une place.')
    deposer(monde, message='Relance.')
    deposer(monde, message='Un autre.', courriel='autre@ailleurs.example')
    with models.lecture():
        accuses = [c.corps for c in models.Courriel.select().where(
            models.Courriel.modele == 'accuse').order_by(models.Courriel.id)]
    assert ['déjà' in corps for corps in accuses] == [False, True, False]
    premiere, neuve = deposer(monde, cle='a' * 22)
    seconde, encore = deposer(monde, cle='a' * 22)
    assert (neuve, encore, seconde.numero) == (True, False, premiere.numero)
    with pytest.raises(Refus) as refus:
        deposer(monde, cle='a' * 22, message='Autre texte.')
    assert refus.value.code == 409 and str(premiere.numero) in refus.value.phrase
    assert deposer(monde, cle='b' * 22)[0].numero == premiere.numero
    assert deposer(monde, [('a.txt', b'un')])[0].numero == premiere.numero + 1
    assert deposer(monde, [('a.txt', b'deux')])[0].numero == premiere.numero + 2
    with pytest.raises(ZeroDivisionError), models.ecriture():
        cycle.deposer(saisie_de(monde, message='Perdue.'))
        raise ZeroDivisionError
    heure('2026-11-25T09:00:01Z')
    assert deposer(monde, cle='c' * 22)[0].numero == premiere.numero + 3            # no number is lost


def test_une_adresse_inconnue_fait_prevenir_la_collectivite_trois_fois_par_jour_au_plus(monde, heure):
    heure('2026-11-23T09:00:00Z')
    demande, _ = deposer(monde)
    assert not demande.a_confirmer
    demandes = [deposer(monde, courriel='inconnue@ailleurs.example', confidentielle=True)[0]]
    changer_ligne(monde.fiche, restreinte=True)
    demandes += [deposer(monde, courriel='inconnue@ailleurs.example', message='Fiche restreinte.')[0]]
    assert [(d.restreinte, d.a_confirmer) for d in demandes] == [(True, True)] * 2
    changer_ligne(monde.fiche, restreinte=False)
    demande, _ = deposer(monde, collectivite=None, type='Syndicat', nom_collectivite='SIVOM des Coteaux')
    assert (demande.collectivite_id, demande.collectivite, demande.type, demande.statut) == (
        None, 'SIVOM des Coteaux', 'Syndicat', 'attribue_chef')
    assert courriels(modele='avis_depot') == []
    for n in range(5):
        demande, _ = deposer(monde, courriel=f'inconnue{n}@ailleurs.example', message=f'SECRET, le {n}.')
        assert demande.a_confirmer and len(courriels(modele='avis_depot')) == min(n + 1, 3)
    avis = dernier_courriel('avis_depot')
    assert avis.destinataire == 'mairie@rieumes.example'
    assert 'SECRET' not in avis.corps and '/suivi/' not in avis.corps and monde.fiche.titre not in avis.corps
    heure('2026-11-24T09:00:01Z')
    deposer(monde, courriel='inconnue@ailleurs.example', message='Un projet, le lendemain.')
    assert len(courriels(modele='avis_depot')) == 4


def test_la_recherche_ne_trouve_ni_syntaxe_ni_restreinte_qui_fait_taire_les_courriels(monde, creer):
    deposer(monde)
    trouvent = ('rieumes', 'RIEUMES liberté', 'réaménager', 'reamen', 'bourg centre', 'revitalisation', 'n° 1', '1')
    vains = ('"', 'AND zzz', 'rieumes OR zzz', 'NEAR(a b)', 'place inconnue', "l'école", '*', 'col:x')
    for mots in (*trouvent, *vains):
        with models.lecture():
            vues = liste.lister(monde.autre, {'q': mots}, '', 'demande.numero').fetchall()
        assert bool(vues) is (mots in trouvent), mots
    ouverte = creer('en_cours', message='Ouverte.')
    secrete = creer('en_cours', message='Confidentielle.', restreinte=True)
    for demande in (ouverte, secrete):
        en_ecriture(journal.ajouter_au_journal, demande, monde.referent, 'note', 'Vu le géomètre.')
    with models.lecture():
        vues = {nom: {n for n, in liste.lister(getattr(monde, nom), {'q': 'geometre'}, '', 'demande.numero')}
                for nom in ('autre', 'referent', 'admin')}
    assert vues == {'autre': {ouverte.numero}, 'referent': {ouverte.numero, secrete.numero},
                    'admin': {ouverte.numero, secrete.numero}}
    saisie = saisie_de(monde, message='c')     # understood before the transaction; an import has changed the fiche
    changer_ligne(monde.fiche, restreinte=True, promesse='urgente')
    demande, _ = en_ecriture(cycle.deposer, saisie)
    assert demande.restreinte and demande.delai == 3 and demande.echeance == '2026-11-27'
    changer_ligne(monde.fiche, restreinte=False, promesse='complexe')
    statuer(demande, 'designer', monde.chef, referent=monde.chef)
    assert ('designation', monde.chef.courriel) not in courriels()  # nobody writes to oneself
    demande = creer('en_cours', message='b')
    statuer(demande, 'terminer', monde.chef, issue='realise', synthese='s', texte_final='Mme Durand est mise en cause.')
    agir(actes.restreindre, demande, monde.chef, True)
    with models.lecture():
        textes = [f'{c.objet} {c.corps}' for c in models.Courriel.select().where(models.Courriel.demande == demande)]
    assert len(textes) > 5 and all(f'n°\u00a0{demande.numero}' in texte for texte in textes)
    for mot in ('Rieumes', 'bourg', 'Durand', 'Ingénierie'):
        assert not [texte for texte in textes if mot in texte], mot
