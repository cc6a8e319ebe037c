"""« Demandes proches »: closed with an outcome, of the same fiche or in the same words, never restricted."""
import pytest
from conftest import changer_demande, relire, saisie_de, texte

import models
from verbes import regles
from verbes.demande import cycle, proches


@pytest.fixture
def poser(monde):
    """poser(message, issue='realise', …) → a demande of the small world, closed unless issue is ''."""
    def faire(message, issue='realise', fiche=None, **colonnes):
        with models.ecriture():
            demande, _ = cycle.deposer(saisie_de(monde, message=message, fiche=fiche))
            close = {'statut': 'termine', 'issue': issue, 'clos_le': '2026-11-01T09:00:00Z',
                     'synthese': f'Fait : {message}'} if issue else {}
            if close | colonnes:
                models.Demande.update(**close | colonnes).where(models.Demande.numero == demande.numero).execute()
            return models.Demande.get_by_id(demande.numero)
    return faire


def trouvees(demande):
    with models.lecture():
        return [proche.numero for proche in proches.proches(demande)]


def test_les_demandes_closes_des_memes_mots_ou_de_la_meme_fiche_dont_l_issue_apprend_se_trouvent(poser, monde):
    for message in ('', '?', '"OR" NOT * ( {fiche} : ^', 'a b c', "l'an 2026", 'é' * 19_000,
                    'NEAR(cimetière concession)', '-- ; DROP'):
        assert trouvees(poser(message or 'x', '')) == [], message
    ici = poser('Notre cimetière manque de place, faut-il reprendre des concessions ?', '')
    mots = poser('Reprise de concessions abandonnées au cimetière.')
    fiche = poser('Tout autre chose, une passerelle.', fiche=monde.fiche)
    autre = poser('Une passerelle sur le ruisseau.')
    assert trouvees(ici) == [mots.numero]
    changer_demande(ici, fiche=monde.fiche.id)
    ici = relire(ici)
    assert trouvees(ici) == [mots.numero, fiche.numero] and autre.numero not in trouvees(ici)
    ici, vues = poser('Reprise de concessions au cimetière.', '', fiche=monde.fiche), []
    with models.lecture():
        base = models.db.connection()
        base.set_trace_callback(vues.append)
        proches.proches(ici)
        base.set_trace_callback(None)
        lues = [requete for requete in vues if 'demande.synthese' in requete]
        plans = [' '.join(ligne[3] for ligne in base.execute(f'EXPLAIN QUERY PLAN {lue}')) for lue in lues]
    assert len(plans) == 2
    for plan in plans:
        assert 'SCAN demande' not in plan, plan


def test_la_fiche_et_un_mot_rare_passent_devant_des_mots_que_toutes_disent(poser, monde):
    ici = poser('Réfection de la toiture du gymnase, avec amiante.', '')
    communes = [poser(f'Réfection de la toiture du gymnase, lot {n}.') for n in range(8)]
    rare = poser('Amiante dans le gymnase.')
    fiche = poser('Passerelle.', fiche=monde.fiche)
    assert trouvees(ici)[0] == rare.numero
    changer_demande(ici, fiche=monde.fiche.id)
    assert trouvees(relire(ici))[:3] == [rare.numero, fiche.numero, communes[-1].numero]


def test_seules_celles_dont_l_issue_apprend_se_lisent_sur_la_page_et_sur_orienter(poser, monde, entrer):
    ici = poser('Cimetière et columbarium.', '')
    poser('Le chemin du cimetière est défoncé.')
    assert trouvees(ici) == []
    for issue in (*(regles.ISSUES | regles.REPONSES | regles.ECARTS), ''):
        ici = poser('Reprise de concessions au cimetière.', '')
        autre = poser('Concessions du cimetière : les reprendre.', issue)
        assert trouvees(ici) == ([autre.numero] if issue in proches.ABOUTIES else []), issue
    for colonnes in ({'restreinte': 1}, {'essai': 1}):
        ici = poser('Un columbarium pour les concessions échues.', '')
        autre = poser('SECRET columbarium des concessions échues.', **colonnes)
        assert trouvees(ici) == [], colonnes
        for qui in (monde.admin, monde.chef):
            lue = entrer(qui).get(f'/espace/demandes/{ici.numero}/proches').text
            assert 'SECRET' not in lue and f'/espace/demandes/{autre.numero}' not in lue, colonnes
    une, secrete = poser('Une passerelle.', ''), poser('Reprise de concessions au cimetière.', '', restreinte=1)
    page = entrer(monde.admin).get(f'/espace/demandes/{une.numero}/proches')
    assert 'Aucune demande close ne ressemble à celle-ci' in texte(page)
    entrer(monde.autre).get(f'/espace/demandes/{secrete.numero}/proches', status=403)
    ici = poser('Reprise de concessions au cimetière.', '')
    autre, navigateur = poser('Concessions du cimetière : les reprendre.'), entrer(monde.admin)
    page = navigateur.get(f'/espace/demandes/{ici.numero}').click('Demandes proches')
    assert f'N° {autre.numero}' in texte(page) and 'Accompagnement réalisé' in texte(page)
    assert 'Fait : Concessions du cimetière' in texte(page) and 'mots communs : ' in texte(page)
    orienter = navigateur.get(f'/espace/demandes/{ici.numero}?action=orienter')
    assert 'Ce qui a déjà été fait pour ce besoin' in texte(orienter)
    assert orienter.click('Toutes les demandes proches').request.path == f'/espace/demandes/{ici.numero}/proches'
    ici = poser('La revitalisation de notre bourg-centre.', '')
    autre = poser('Redonner vie au cœur du village.', fiche=monde.fiche)
    assert trouvees(ici) == [autre.numero]
    assert 'fiche proche' in texte(entrer(monde.admin).get(f'/espace/demandes/{ici.numero}/proches'))
