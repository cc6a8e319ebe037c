"""How a demande ended, as the mairie reads it: the sentence of each issue, in its mail, on its page (domaine §10)."""
import re

import conftest
import pytest
from conftest import (
    CONTACT, appeler_en_vain, changer_demande, changer_ligne, creer_ligne, en_ecriture, fixer_tous,
    lettres_du_modele, relire, relire_agent, relire_ici, statuer, texte)
from fichiers import EXPERT, fichier, reussir
from test_conversation import ACTES
from test_dossier import adresse, clos, envoyer, panneau, remplir

import models
import langue
from models import Journal, Refus
from verbes import journal
from verbes.demande import actes, clotures
from verbes.echanges.imports import importer

REDIRECTION = {'organisme': 'la préfecture', 'organisme_telephone': '0534453445', 'transmission': 'vous'}
ROUVRIR = ' ; un message suffit à la rouvrir.'
REPONSE = 'Une réponse vous a été apportée le mardi 24 novembre 2026 par {}.'


def agir(demande, action, agent, **saisie):
    return statuer(demande, action, agent, **{'synthese': 'SYNTHESE INTERNE', 'motif': 'MOTIF INTERNE'} | saisie)


def refuse(demande, action, agent, **saisie):
    """(field, sentence) of the refusal."""
    with pytest.raises(Refus) as refus:
        agir(demande, action, agent, **saisie)
    return refus.value.champ, refus.value.phrase.replace('\u00a0', ' ')


def noter(demande, agent, jour, resultat):
    conftest.agir(actes.noter_contact, demande, agent, CONTACT | {'contact_le': jour, 'resultat': resultat})


def avertir(demande, agent, limite):
    en_ecriture(appeler_en_vain, demande, agent)
    conftest.agir(actes.avertir_avant_cloture, demande, agent, limite)


def courriel(demande, modele='cloture'):
    """The last mail of a model to the demandeur."""
    return [lettre for lettre in lettres_du_modele(modele) if lettre.demande_id == demande.numero][-1]


def lignes(texte):
    return texte.replace('\u00a0', ' ').split('\n')


def suivi(site, demande):
    return ' '.join(site.get(f'/suivi/{demande.jeton}').html.find('main').get_text(' ').split())


def dite_partout(site, demande, phrase, modele='cloture'):
    """A line of the mail, and on the page."""
    return phrase in lignes(courriel(demande, modele).corps) and phrase in suivi(site, demande)


def relire_fin(demande):
    return en_ecriture(lambda: clotures.dire_fin(relire_ici(demande)))


def test_la_fin_se_dit_par_la_phrase_de_son_issue(site, creer, monde):
    for issue, saisie, phrase in (
            ('realise', {}, "L'accompagnement est arrivé à son terme."),
            ('reponse', {}, REPONSE.format('Claude Temoin, Haute-Garonne Ingénierie – HGI')),
            ('redirige', REDIRECTION, 'Votre demande relève de la préfecture (05 34 45 34 45). À vous de la saisir.'),
            ('redirige', REDIRECTION | {'organisme_telephone': '', 'transmission': 'nous',
                                        'transmise_le': '2026-11-23'},
             'Votre demande relève de la préfecture. '
             'Nous la lui avons transmise le lundi 23 novembre 2026 avec votre accord.'),
            ('sans_suite', {'convenu_le': '2026-11-24'},
             f'Comme convenu avec vous le mardi 24 novembre 2026, nous avons clos cette demande{ROUVRIR}')):
        demande = agir(creer('en_cours', message=phrase), 'terminer', monde.referent, issue=issue, **saisie)
        assert dite_partout(site, demande, phrase), phrase
        assert 'INTERNE' not in courriel(demande).corps + site.get(f'/suivi/{demande.jeton}').text, phrase
    demande = agir(creer('en_cours'), 'terminer', monde.chef, issue='realise', texte_final='À bientôt.')
    assert {'Clôture enregistrée le mardi 24 novembre 2026 par Camille Exemple.', 'Collectivité : Rieumes',
            'Accompagnement : Revitalisation de bourg-centre', f'http://127.0.0.1:8080/suivi/{demande.jeton}',
            'Qui appeler : Claude Temoin, Haute-Garonne Ingénierie – HGI, 05 36 49 00 31', 'À bientôt.',
            'Relire votre demande, ou nous écrire (un message suffit à la rouvrir) :'
            } <= {*lignes(courriel(demande).corps)}
    assert f'n°\u00a0{demande.numero}' in courriel(demande).objet
    for issue, phrase in (('redirige', 'Votre demande a été redirigée vers un autre service.'),     # imported so
                          ('non_jointe', 'Nous avons cherché à vous joindre, sans succès ;'),
                          ('sans_nouvelles', 'Sans réponse de votre part, nous avons classé cette demande ;')):
        changer_demande(demande, issue=issue)
        assert phrase in suivi(site, demande)


def test_une_reponse_nomme_qui_l_a_apportee_et_le_dit_une_fois(site, creer, monde, entrer, heure):
    """Who closed it, not who was to: a suppléant, a chef, an administrateur; the team, when the journal is silent."""
    demande = creer('attribue_expert', message='Au premier contact.')
    heure('2026-11-27T09:00:00Z')
    demande = agir(demande, 'repondu', monde.referent, issue='reponse', **CONTACT)
    assert 'apportée le mardi 24 novembre 2026 par Claude Temoin' in suivi(site, demande)
    heure('2026-11-24T09:00:00Z')
    absence = creer_ligne(models.Absence, agent=monde.referent, du='2026-11-20', au='2026-12-11', suppleant=monde.chef)
    demande = agir(creer('en_cours'), 'terminer', monde.chef, issue='reponse')
    assert dite_partout(site, demande, REPONSE.format('Camille Exemple, Haute-Garonne Ingénierie – HGI'))
    assert 'Clôture enregistrée' not in courriel(demande).corps
    demande = agir(creer('attribue_expert', message='La veille.'), 'repondu', monde.chef, issue='reponse',
                   **CONTACT | {'contact_le': '2026-11-23'})
    assert 'Clôture enregistrée le mardi 24 novembre 2026 par Camille Exemple.' in lignes(courriel(demande).corps)
    demande = creer('rejete_clos', message='Autre.')
    assert REPONSE.format('Maxime Exemple, Conseil départemental de la Haute-Garonne') in suivi(site, demande)
    with models.ecriture(), journal.purger_permis():
        Journal.update(agent=None).where(Journal.demande == demande.numero).execute()
    assert REPONSE.format('l\'équipe de la Plateforme') in suivi(site, demande)
    changer_ligne(monde.autre, direction=monde.referent.direction)
    changer_ligne(absence, suppleant=monde.autre)
    demande = agir(creer('en_cours', message='Absent.'), 'terminer', relire_agent(monde.autre), issue='reponse')
    lue = panneau(entrer(monde.chef).get(adresse(demande)), 'journal')
    assert 'visible par la mairie par Dominique Autre (Haute-Garonne Ingénierie – HGI), pour Claude Temoin' in lue
    assert 'par Dominique Autre, Haute-Garonne Ingénierie – HGI.' in dites(demande)[0].texte


def test_une_demande_reorientee_nomme_l_organisme_accorde_et_dit_qui_le_saisit_ou_se_refuse(site, creer, monde, entrer):
    nous = {'transmission': 'nous', 'transmise_le': '2026-11-23'}
    for saisie, suite in ((nous, 'Nous la lui avons transmise le lundi 23 novembre 2026 avec votre accord.'),
                          ({'transmission': 'vous'}, 'À vous de la saisir.')):
        demande = agir(creer('rejete', message=suite), 'repondre', monde.admin, texte_final='Voyez la Région.',
                       reponse='reorientee', organisme='la DDT 31', organisme_telephone='0561101010', **saisie)
        phrase = f'Votre demande est réorientée vers la DDT 31 (05 61 10 10 10). {suite}'
        dit = lignes(courriel(demande, 'reponse').corps)
        assert phrase in dit and 'Voyez la Région.' in dit and phrase in suivi(site, demande), suite
        assert ' '.join(dit).count(f'Votre demande n° {demande.numero}') == 1, suite
    changer_demande(demande, transmission='', organisme_telephone='')                   # of before: who, nobody said
    assert relire_fin(demande) == 'Votre demande est réorientée vers la DDT 31.'
    changer_demande(demande, organisme='')
    assert relire_fin(demande) == 'Votre demande a été réorientée vers un autre service.'
    demande = agir(creer('en_cours', message='Une.'), 'terminer', monde.referent, issue='redirige', **REDIRECTION)
    changer_demande(demande, organisme_telephone='')
    for organisme, dit, la in (('le SDEHG', 'du SDEHG', 'le'), ('les services fiscaux', 'des services fiscaux', 'les'),
                               ("l'ADEME", "de l'ADEME", 'la'), ("Agence de l'eau", "de l'Agence de l'eau", 'la'),
                               ('Préfecture', 'de la Préfecture', 'la')):
        changer_demande(demande, organisme=organisme)
        assert f'relève {dit}. À vous de {la} saisir.' in relire_fin(demande), organisme
    demande, nav = creer('rejete'), entrer(monde.admin)                                 # not without saying it
    saisie = {'reponse': 'reorientee', 'organisme': 'la DDT 31', 'texte_final': 'Voyez-la.'}
    page = envoyer(nav, demande, 'repondre', **saisie)
    assert page.status_int == 422 and page.html.select_one('#erreurs a[href="#transmission"]')
    champ, phrase = refuse(demande, 'repondre', monde.admin, **saisie)
    assert (champ, relire(demande).clos_le) == ('transmission', None) and 'Choisissez qui saisit cet' in phrase
    assert nav.get(adresse(demande, 'repondre')).html.find(id='transmise_le')['value'] == '2026-11-24'
    page = clos(remplir(nav, demande, 'repondre', transmission='vous', **saisie), demande)
    assert 'À vous de la saisir.' in panneau(page, 'journal') and relire(demande).transmise_le is None


def test_ni_non_jointe_sans_essai_dont_les_jours_se_disent_ni_sans_suite_un_autre_jour(creer, monde, site, heure):
    demande = creer('en_cours')
    noter(demande, monde.referent, '2026-11-24', 'joint')
    for issue, jour, dit, champ in (
            ('non_jointe', None, 'notez d\'abord vos essais', 'issue'), ('sans_suite', None, 'avoir prévenu', 'issue'),
            *(('sans_suite', jour, 'a été jointe', 'convenu_le') for jour in ('2026-11-23', '2026-11-25'))):
        fautif, phrase = refuse(demande, 'terminer', monde.referent, issue=issue, convenu_le=jour)
        assert dit in phrase and fautif == champ and relire(demande).statut == 'en_cours', (issue, jour)
    for demande in creer('attribue_expert', message='Une.'), creer('en_cours', message='Autre.'):
        with pytest.raises(Refus, match='Aucun appel sans réponse'):
            conftest.agir(actes.avertir_avant_cloture, demande, monde.referent, '2026-12-24')
    demande = creer('attribue_expert', message='Essais.')
    noter(demande, monde.referent, '2026-11-24', 'injoignable')     # before it was reached
    demande = agir(demande, 'demarrer', monde.referent, **CONTACT)
    for jour, resultat in (('2026-11-30', 'message'), ('2026-12-02', 'injoignable'), ('2026-12-02', 'message')):
        heure(f'{jour}T09:00:00Z')
        noter(demande, monde.referent, jour, resultat)
    demande = agir(demande, 'terminer', monde.referent, issue='non_jointe')
    assert dite_partout(site, demande, 'Nous avons cherché à vous joindre les 30 novembre et 2 décembre 2026, sans '
                        f'succès ; nous avons clos cette demande,{ROUVRIR[2:]}')
    for jours, dit in (
            (['2026-11-20'], 'le 20 novembre 2026'), (['2026-11-01', '2026-11-23'], 'les 1er et 23 novembre 2026'),
            (['2026-12-30', '2027-01-04'], 'les 30 décembre 2026 et 4 janvier 2027'),
            ([f'2026-11-0{n}' for n in range(1, 8)], 'les 3, 4, 5, 6 et 7 novembre 2026')):
        assert clotures.dire_jours(jours).replace('\u00a0', ' ') == dit


def test_jamais_jointe_ou_sans_nouvelles_les_appels_et_notre_message_la_closent(site, creer, monde, entrer, heure):
    demande, nav = creer('attribue_expert'), entrer(monde.referent)
    noter(demande, monde.referent, '2026-11-24', 'injoignable')
    page = nav.get(adresse(demande, 'terminer'))
    assert page.html.select_one('#action h2').text == 'Classer sans réponse'
    assert [issue['value'] for issue in page.html.select('[name=issue] option')] == [
        '', 'non_jointe', 'sans_nouvelles'] and 'Organisme' not in texte(page)
    assert 'dans la liste' in refuse(demande, 'terminer', monde.referent, issue='realise')[1]
    demande = agir(demande, 'terminer', monde.referent, issue='non_jointe')
    assert (demande.statut, demande.premier_contact_le) == ('termine', None)
    assert 'cherché à vous joindre le 24 novembre 2026, sans succès' in suivi(site, demande)
    demande = creer('attribue_expert', message='Autre.')
    page = nav.get(adresse(demande, 'repondu'))
    assert [issue['value'] for issue in page.html.select('[name=issue] option')] == [
        '', 'realise', 'reponse', 'redirige', 'sans_suite']
    for issue, resultat, dit in (('non_jointe', 'joint', 'dans la liste'), ('sans_nouvelles', 'joint', 'dans la liste'),
                                 ('non_jointe', 'injoignable', 'une fois la collectivité jointe')):
        assert dit in refuse(demande, 'repondu', monde.referent, issue=issue, **CONTACT | {'resultat': resultat})[1]
    fin = agir(demande, 'repondu', monde.referent, issue='sans_suite', convenu_le='2026-11-24', **CONTACT)
    assert 'Comme convenu avec vous le mardi 24\xa0novembre 2026' in courriel(fin).corps
    demande = creer('en_cours', message='Revenu.')
    avertir(demande, monde.referent, '2026-12-09')
    changer_ligne(courriel(demande, 'avertissement'), echec_le=langue.maintenant())
    revenue, sans_suite = creer('en_cours', message='Une autre.'), creer('en_cours', message='Une de plus.')
    for une in revenue, sans_suite:
        avertir(une, monde.referent, '2026-12-09')
    heure('2026-12-10T09:00:00Z')
    assert 'parvenu' in refuse(demande, 'terminer', monde.referent, issue='sans_nouvelles')[1]
    heure('2026-11-24T10:00:00Z')                                   # it came back: it holds nothing
    assert agir(demande, 'terminer', monde.referent, issue='non_jointe').issue == 'non_jointe'
    heure('2026-12-10T09:00:00Z')
    for une, issue, phrase in (
            (revenue, 'sans_nouvelles', 'Sans réponse à notre message du mardi 24 novembre 2026, nous avons classé'),
            (sans_suite, 'sans_suite', 'Sans nouvelle suite de votre part, nous avons clos')):
        une = agir(une, 'terminer', monde.referent, issue=issue)
        assert dite_partout(site, une, f'{phrase} cette demande{ROUVRIR}'), issue


def test_avertie_elle_a_quinze_jours_un_jour_ouvre_apres_l_echeance_et_la_date_qu_elle_a_lue(creer, monde, site, heure):
    demande = creer('en_cours')
    for limite in ('2026-12-08', '2026-12-12', '2026-12-13'):
        with pytest.raises(Refus, match=r'à partir du mercredi 9\sdécembre 2026') as refus:
            avertir(demande, monde.referent, limite)
        assert refus.value.champ == 'limite', limite
    demande = creer('receptionne_expert', message='Autre.')
    changer_demande(demande, echeance='2026-12-24')
    creer_ligne(models.Fermeture, du='2026-12-24', au='2027-01-01', libelle='Noël')
    with pytest.raises(Refus, match=r'à partir du lundi 4\sjanvier 2027'):
        avertir(demande, monde.referent, '2026-12-24')
    avertir(demande, monde.referent, '2027-01-04')
    for issue in ('non_jointe', 'sans_nouvelles', 'sans_suite'):
        heure('2026-11-24T09:00:00Z')
        demande = creer('en_cours', message=issue)
        avertir(demande, monde.referent, '2026-12-09')
        page = suivi(site, demande)
        for dit in ('réponse est attendue d\'ici au mercredi 9 décembre 2026 Nous', 'Un message vous a été laissé.',
                    'cherché à vous joindre le 24 novembre 2026, sans succès.', 'un message suffit à la rouvrir.'):
            assert dit in page, issue
        for instant in ('2026-11-24T10:00:00Z', '2026-12-09T22:00:00Z'):
            heure(instant)
            champ, phrase = refuse(demande, 'terminer', monde.referent, issue=issue)
            assert champ == 'issue' and 'jusqu\'au mercredi 9 décembre 2026' in phrase, issue
        heure('2026-12-10T06:00:00Z')
        assert 'Votre réponse est attendue' not in suivi(site, demande)
        assert agir(demande, 'terminer', monde.referent, issue=issue).issue == issue


def test_la_page_de_suivi_dit_chaque_appel_par_son_jour_et_une_reponse_leve_l_avertissement(site, creer, monde, heure):
    demande = creer('attribue_expert')
    for resultat, autres, dit in (
            ('injoignable', {'contact_le': '2026-11-20', 'suite': 'Secret interne.'},
             'Appel · vendredi 20 novembre 2026 Personne n\'a pu être joint.'),
            ('message', {'moyen': 'courriel'}, 'Courriel · mardi 24 novembre 2026 Un message vous a été laissé.'),
            ('joint', {'moyen': 'visite'}, 'Visite · mardi 24 novembre 2026 Votre collectivité a été jointe.')):
        en_ecriture(appeler_en_vain, demande, monde.referent, resultat, **autres)
        page = suivi(site, demande)
        assert dit in page and 'Secret interne' not in page and 'Aucun message' not in page, resultat
    changer_demande(demande, importee=True)                         # a history: its mairie did not read it then
    assert 'Aucun message pour l\'instant.' in suivi(site, demande)
    for suite in ('message', 'contact', 'interlocuteur'):
        heure('2026-11-24T09:00:00Z')
        demande = creer('en_cours', message=suite)
        avertir(demande, monde.referent, '2026-12-09')
        ACTES[suite](demande, monde)
        assert 'Votre réponse est attendue' not in suivi(site, relire(demande)), suite
        heure('2026-12-10T06:00:00Z')
        assert 'avoir prévenu' in refuse(demande, 'terminer', monde.referent, issue='sans_nouvelles')[1], suite


MEMOIRE = {'texte_final': 'Voici le mémoire.'}
CLOTURES = {                                                        # act: (from, by whom, what it is given)
    'terminer':   ('en_cours', 'referent', {'issue': 'realise', **MEMOIRE}),
    'repondu':    ('attribue_expert', 'referent', {'issue': 'reponse', **MEMOIRE, **CONTACT}),
    'repondre':   ('rejete', 'admin', {'reponse': 'reponse', **MEMOIRE}),
    'abandonner': ('en_cours', 'chef', MEMOIRE),
    'ecarter':    ('en_cours', 'chef', {'ecart': 'erreur', **MEMOIRE})}


def clore(creer, monde, action='terminer', **autres):
    etat, qui, saisie = CLOTURES[action]
    return agir(creer(etat, **autres), action, getattr(monde, qui), **saisie)


def dites(demande):
    """[Journal] of the lines that tell the mairie of an end, or of a reopening."""
    with models.lecture():
        lues = Journal.select().where(Journal.demande == demande.numero, Journal.nature << ('cloture', 'reouverture'))
        return list(lues.order_by(Journal.cree_le, Journal.id))


def comme_avant(demande):
    """As it was closed before there were such lines."""
    with models.ecriture(), journal.purger_permis():
        Journal.delete().where(Journal.demande == demande.numero, Journal.nature == 'cloture').execute()


def echanges(site, demande):
    lus = site.get(f'/suivi/{demande.jeton}').html.select('.echanges li')
    return [' '.join(li.get_text(' ').split()) for li in lus]


@pytest.mark.parametrize('action', CLOTURES)
def test_chaque_cloture_laisse_une_ligne_signee_que_rien_n_efface(site, creer, monde, entrer, heure, action):
    demande = clore(creer, monde, action)
    ligne, = dites(demande)
    phrase, auteur = relire_fin(demande), getattr(monde, CLOTURES[action][1])
    assert (ligne.texte, ligne.agent_id) == (f'{phrase}\n\nVoici le mémoire.', auteur.id)
    assert entrer(monde.admin).get(adresse(demande)).text.count('Voici le mémoire.') == 1
    page = site.get(f'/suivi/{demande.jeton}').html.find('main').text
    assert page.count('Voici le mémoire.') == page.count(phrase) == 1
    avant = clore(creer, monde, action, message='Avant ces lignes.')                    # read from its columns
    comme_avant(avant)
    assert echanges(site, avant)[-1].endswith('10 h Voici le mémoire.')
    dit = panneau(entrer(monde.admin).get(adresse(avant)), 'fin')
    assert 'Dit à la mairie' in dit and 'Texte envoyé à la mairie Voici le mémoire.' in dit
    heure('2026-12-01T09:00:00Z')
    demande = agir(demande, 'rouvrir', monde.admin)
    assert demande.texte_final == '' and [ligne.nature for ligne in dites(demande)] == ['cloture', 'reouverture']
    fin, rouverte = echanges(site, demande)[-2:]
    assert fin.startswith(f'{ligne.auteur} ({ligne.structure}) · 24 novembre 2026')
    assert fin.endswith(' '.join(f'{phrase} Voici le mémoire.'.split()))
    assert rouverte == ('Maxime Exemple (Conseil départemental de la Haute-Garonne) · 1er décembre 2026 à 10 h '
                        'Votre demande est rouverte.')
    lues = panneau(entrer(monde.admin).get(adresse(demande)), 'journal')
    assert lues.count('visible par la mairie') == 2 and 'Voici le mémoire.' in lues
    assert 'INTERNE' not in site.get(f'/suivi/{demande.jeton}').text
    fin, rouverte = dites(agir(avant, 'rouvrir', monde.admin))
    assert (fin.nature, fin.cree_le, fin.agent_id) == ('cloture', '2026-11-24T09:00:00Z', auteur.id)
    assert fin.texte.endswith('\n\nVoici le mémoire.') and 'Voici le mémoire.' in echanges(site, avant)[-2]


def test_une_reouverture_se_dit_sans_son_motif_ni_nommer_qui_abandonne_et_garde_la_premiere_fin(site, creer, monde):
    for restreinte in (True, False):
        demande = clore(creer, monde, restreinte=restreinte, message=f'Restreinte : {restreinte}.')
        demande = agir(demande, 'rouvrir', monde.chef)
        dit = lignes(courriel(demande, 'reouverture_mairie').corps)
        assert f'Votre demande n° {demande.numero} est rouverte.' in dit and 'INTERNE' not in ' '.join(dit)
        assert f'http://127.0.0.1:8080/suivi/{demande.jeton}' in dit and ('Collectivité : Rieumes' in dit) != restreinte
        assert 'Qui appeler : Claude Temoin' in ' '.join(dit)
    demande = agir(demande, 'terminer', monde.chef, issue='realise', texte_final='Et le plan.')
    *_, premiere, rouverte, seconde = echanges(site, demande)
    assert premiere.endswith('L\'accompagnement est arrivé à son terme. Voici le mémoire.')
    assert rouverte.endswith('rouverte.') and seconde.endswith('10 h Et le plan.')
    demande = agir(creer('en_cours'), 'terminer', monde.referent, issue='realise')      # without a text: on top alone
    assert 'terme' not in ' '.join(echanges(site, demande)) and 'arrivé à son terme' in suivi(site, demande)
    assert 'arrivé à son terme' in echanges(site, agir(demande, 'rouvrir', monde.chef))[-2]
    demande = agir(creer('en_cours', message='Redirigée.'), 'terminer', monde.referent, issue='redirige',
                   **REDIRECTION | {'transmission': 'nous', 'transmise_le': '2026-11-24'})
    demande = agir(demande, 'rouvrir', monde.chef)
    assert (demande.issue, demande.organisme, demande.organisme_telephone, demande.transmission,
            demande.transmise_le, demande.repondu_le) == ('', '', '', '', None, None)
    assert 'Nous avons clos votre demande' not in suivi(site, demande)
    demande = agir(creer('en_cours', message='Lien.'), 'abandonner', None)
    phrase = f'Cette demande a été abandonnée depuis votre lien de suivi{ROUVRIR}'
    assert phrase in suivi(site, demande)
    demande = agir(demande, 'rouvrir', monde.chef)
    assert echanges(site, demande)[-2] == (f'L\'équipe de la Plateforme · 24 novembre 2026 à 10 h {phrase}')
    assert 'Jeanne' in dites(demande)[0].auteur and 'Jeanne' not in ' '.join(echanges(site, demande))
    demande = agir(creer(message='Reporté.'), 'abandonner', monde.chef, texte_final='Projet reporté.')
    assert f'Cette demande a été abandonnée{ROUVRIR}' in suivi(site, demande)


def test_un_nouvel_interlocuteur_ne_lit_pas_la_fin_dite_ni_une_nouvelle_de_plus(site, creer, monde, heure):
    demande = creer('en_cours')
    en_ecriture(actes.message_du_demandeur, demande, 'Où en est-on ?')
    en_ecriture(journal.inscrire, demande, 'cloture', 'Close.', monde.referent)
    assert relire(demande).message_le
    assert agir(demande, 'terminer', monde.referent, issue='realise').message_le is None
    for avant in (False, True):
        heure('2026-11-24T09:00:00Z')
        demande = clore(creer, monde, message=f'Avant ces lignes : {avant}.')
        if avant:
            comme_avant(demande)
        heure('2026-11-30T09:00:00Z')
        conftest.agir(actes.changer_interlocuteur, demande, monde.referent, {'courriel': 'dgs@rieumes.example'})
        assert 'mémoire' not in suivi(site, relire(demande))
        heure('2026-12-01T09:00:00Z')
        page = suivi(site, agir(demande, 'rouvrir', monde.chef))
        assert 'mémoire' not in page and 'Votre demande est rouverte.' in page and 'Échanges antérieurs' in page


def test_une_redirection_incomplete_montre_le_champ_en_faute_qu_une_autre_issue_ne_lit_pas(creer, monde, entrer):
    demande, nav = creer('en_cours'), entrer(monde.referent)
    nous = {'organisme': 'la préfecture', 'transmission': 'nous'}
    for champs, faute in (
            ({'transmission': 'vous'}, 'organisme'), ({'organisme': 'la préfecture'}, 'transmission'),
            (nous | {'transmise_le': ''}, 'transmise_le'), (nous | {'transmise_le': '2026-11-25'}, 'transmise_le'),
            (nous | {'transmission': 'vous', 'organisme_telephone': '12'}, 'organisme_telephone')):
        page = envoyer(nav, demande, 'terminer', issue='redirige', synthese='Vu ensemble.', **champs)
        assert page.status_int == 422 and page.html.select_one(f'#erreurs a[href="#{faute}"]'), champs
        assert page.html.find(id=faute) and 'Vu ensemble.' in page.html.find(id='synthese').text
        assert relire(demande).statut == 'en_cours', champs
    clos(envoyer(nav, demande, 'terminer', issue='realise', synthese='Fait.', organisme='la DDT',
                 organisme_telephone='12', transmission='nous', transmise_le=''), demande)
    assert relire(demande).organisme == ''
    page = envoyer(nav, demande, 'terminer', issue='redirige', synthese='Une longue synthèse.', **REDIRECTION)
    restes = {zone.text for zone in page.html.select('textarea[readonly]')}             # closed meanwhile
    assert page.status_int == 409 and {'la préfecture', 'Une longue synthèse.'} <= restes
    nav = entrer(monde.chef)
    for action in ('terminer', 'ecarter', 'abandonner'):              # a message has come meanwhile
        demande = creer('en_cours', message=action)
        en_ecriture(actes.message_du_demandeur, relire(demande), 'Attendez, nous avons du neuf.')
        page = envoyer(nav, demande, action, issue='realise', synthese='Fini, je crois.', ecart='erreur',
                       motif='Fini, je crois.', texte_final='Bonne suite.')
        assert page.status_int == 409 and 'Fini, je crois.' in page and 'a changé pendant que vous la lisiez' in page
        assert relire(demande).statut == 'en_cours' and relire(demande).clos_le is None


def test_terminer_par_le_formulaire_redirige_et_chaque_role_relit_ce_qui_a_ete_dit(creer, monde, entrer):
    demande, nav = creer('en_cours', associe=True), entrer(monde.referent)
    page = clos(remplir(nav, demande, 'terminer', issue='redirige', synthese='Hors ressort.', **REDIRECTION), demande)
    dit, lu = panneau(page, 'fin'), panneau(page, 'journal')
    assert 'Redirigé vers un autre service : la préfecture (05 34 45 34 45), que la collectivité saisit' in dit
    assert 'Clôture visible par la mairie Claude Temoin' in lu and 'relève' not in dit
    assert 'Redirigé vers un autre service : la préfecture. Hors ressort.' in lu
    for role in ('admin', 'chef', 'cochef', 'referent', 'associe', 'autre'):
        lu = panneau(entrer(getattr(monde, role)).get(adresse(demande)), 'journal')
        assert 'Votre demande relève de la préfecture (05 34 45 34 45).' in lu, role
    csv = entrer(monde.autre).get('/espace/demandes.csv').body.decode('utf-8-sig')
    assert re.search('redirigé vers un autre service\u00a0: la préfecture', csv)
    demande = creer('receptionne_expert', message='Au premier contact.')
    page = clos(remplir(nav, demande, 'repondu', **CONTACT, issue='redirige', synthese='Vu.',
                        **REDIRECTION | {'transmission': 'nous'}), demande)
    assert relire(demande).transmise_le == '2026-11-24'             # today, as the form proposes
    assert 'transmise le mardi 24 novembre 2026 avec votre accord' in panneau(page, 'journal')


def test_une_cloture_importee_est_coherente_se_dit_et_se_signe_de_son_referent(site, petite):
    close = {'statut': 'termine', 'clos_le': '20/11/2026 10:00'}
    doublon, redirigee = close | {'numero': '1090', 'issue': 'doublon'}, close | {'issue': 'redirige'}
    ddt = {'organisme': 'la DDT', 'transmission': 'vous'}
    for cellules, colonne in (
            (close | {'issue': 'realise', 'organisme': 'la DDT'}, 'organisme'),
            (close | {'issue': 'realise', 'transmission': 'vous'}, 'transmission'),
            (redirigee | ddt | {'transmise_le': '20/11/2026'}, 'transmise_le'), (doublon, 'doublon_de'),
            *((doublon | {'doublon_de': numero}, 'doublon_de') for numero in ('1090', '5')),
            (close | {'issue': 'erreur', 'doublon_de': '1090'}, 'doublon_de')):
        bilan = importer('demandes', fichier('demandes', cellules))
        assert {faute[:2] for faute in bilan.fautes} == {(2, colonne)}, cellules
    reussir('demandes', fichier('demandes', doublon | {'doublon_de': '1091'}, {'numero': '1091'}))
    nous = {'numero': '1092', 'organisme_telephone': '05 61 10 10 10', 'transmission': 'nous'}
    finie = {'numero': '1093', 'issue': 'realise', 'referent': EXPERT}
    reussir('demandes', fichier('demandes', redirigee | ddt | nous | {'transmise_le': '19/11/2026'}))
    reussir('demandes', fichier('demandes', close | MEMOIRE | finie))
    with models.lecture():
        importees = [models.Demande.get_by_id(numero) for numero in (1090, 1092, 1093)]
        dits = [clotures.dire_fin(demande).replace('\u00a0', ' ') for demande in importees]
        admin = models.lire_agents('WHERE administrateur')[0]
    assert dits == ['Votre demande est suivie avec la demande n° 1091.',
                    'Votre demande relève de la DDT (05 61 10 10 10). Nous la lui avons transmise le jeudi '
                    '19 novembre 2026 avec votre accord.', 'L\'accompagnement est arrivé à son terme.']
    demande = importees[-1]
    assert echanges(site, demande)[-1].startswith('Claude Témoin') and dites(demande) == []
    fin, _ = dites(agir(demande, 'rouvrir', admin))
    assert (fin.cree_le, fin.auteur) == ('2026-11-20T09:00:00Z', 'Claude Témoin')
    assert fin.texte == 'L\'accompagnement est arrivé à son terme.\n\nVoici le mémoire.'


def test_la_raison_d_un_agent_s_ecrit_a_la_collectivite_et_restreinte_se_lit_sur_sa_seule_page(site, creer, monde):
    for action, modele in (('abandonner', 'abandon_demandeur'), ('ecarter', 'cloture')):
        demande = creer('attribue_chef', message=action)
        champ, phrase = refuse(demande, action, monde.chef, ecart='erreur')
        assert (champ, relire(demande).clos_le) == ('texte_final', None), action
        assert 'Écrivez à la collectivité pourquoi' in phrase, action
        demande = agir(demande, action, monde.chef, texte_final='Vous nous avez dit y renoncer.', ecart='erreur')
        page, corps = suivi(site, demande), courriel(demande, modele).corps
        assert all('Vous nous avez dit y renoncer.' in dit and 'MOTIF INTERNE' not in dit for dit in (page, corps))
    autre = creer('attribue_chef')
    assert agir(creer('attribue_chef', message='Encore.'), 'ecarter', monde.chef, ecart='doublon',
                doublon_de=autre.numero).texte_final == ''
    assert agir(autre, 'abandonner', None).texte_final == ''
    for issue, saisie, dite, attend in (
            ('redirige', REDIRECTION, 'relève de la préfecture', False),
            ('reponse', MEMOIRE, 'Voici le mémoire.', True), ('realise', {}, 'arrivé à son terme', False)):
        demande = creer('en_cours', restreinte=True, message=issue)
        demande = agir(demande, 'terminer', monde.referent, issue=issue, **saisie)
        corps = courriel(demande).corps
        assert dite in suivi(site, demande) and not re.search('préfecture|Rieumes|mémoire', corps)
        assert f'Nous avons clos votre demande n° {demande.numero}.' in lignes(corps), issue
        assert ('Ce que nous vous répondons se lit sur votre page de suivi.' in corps) == attend, issue
        assert ('se lit sur votre page' in corps) == attend, issue


def partir():
    """Every mail leaves."""
    en_ecriture(models.Courriel.update(envoye_le='2026-11-24T09:05:00Z').execute)


def test_l_expert_et_la_date_se_disent_apres_deux_minutes_ce_qui_a_change_remplace_ou_se_tait(creer, monde, heure):
    heure('2026-11-24T09:00:00Z')
    demande = creer('attribue_chef')
    for qui in (monde.referent, monde.chef):                        # named, given back, another one named
        demande = agir(demande, 'designer', monde.chef, referent=qui)
        lettre, = lettres_du_modele('designation_demandeur')
        assert qui.nom_complet in lettre.corps and lettre.a_partir_de == '2026-11-24T09:02:00Z'
    agir(demande, 'rendre', monde.chef)
    assert not lettres_du_modele('designation_demandeur') and relire(demande).referent_dit is None
    demande = creer('attribue_admin', message='Suite b.')
    for _ in range(2):
        demande = agir(demande, 'orienter', monde.admin, fiche=monde.urgente, accord='a_recueillir', urgent='oui')
        demande = agir(demande, 'rendre', monde.chef)
    lettre, = lettres_du_modele('echeance')
    assert lettre.a_partir_de == '2026-11-24T09:02:00Z'


def test_jointe_ou_close_entre_temps_elle_ne_lit_pas_qu_on_la_rappellera(creer, monde):
    demande = agir(creer('attribue_chef'), 'designer', monde.chef, referent=monde.referent)
    lettre, = lettres_du_modele('designation_demandeur')
    assert 'vous rappelle au plus tard' in lettre.corps
    noter(demande, monde.referent, '2026-11-24', 'joint')
    lettre, = lettres_du_modele('designation_demandeur')
    assert 'Claude Temoin' in lettre.corps and 'vous rappelle' not in lettre.corps
    demande = agir(creer('attribue_chef', message='Suite b.'), 'designer', monde.chef, referent=monde.referent)
    agir(demande, 'abandonner', monde.chef, texte_final='Comme convenu.')
    assert [c.demande_id for c in lettres_du_modele('designation_demandeur')] == [demande.numero - 1]


def test_un_expert_designe_n_est_dit_qu_une_fois_puis_qui_il_remplace_et_d_une_urgence_qui_repond(creer, monde):
    demande, dit = creer('attribue_expert'), 'Votre expert vous rappelle au plus tard le'
    assert dit in courriel(demande, 'designation_demandeur').corps
    partir()
    agir(agir(demande, 'rendre', monde.referent), 'designer', monde.chef, referent=monde.referent)     # no news
    assert len(lettres_du_modele('designation_demandeur')) == 1 and not lettres_du_modele('changement')
    agir(agir(demande, 'rendre', monde.referent), 'designer', monde.chef, referent=monde.chef)
    corps = courriel(demande, 'changement').corps
    assert 'est Camille Exemple, à la place de Claude Temoin.' in corps and dit in corps
    assert len(lettres_du_modele('designation_demandeur')) == 1
    fixer_tous(telephone_urgence='0536490099', urgence_horaires='standard, de 8 h à 18 h')
    dit = courriel(creer(fiche=monde.urgente), 'accuse').corps
    assert 'n\'assure pas d\'astreinte' in dit and '05\xa036\xa049\xa000\xa099 (standard, de 8 h à 18 h).' in dit
    assert 'astreinte' not in courriel(creer(message='Autre.'), 'accuse').corps
