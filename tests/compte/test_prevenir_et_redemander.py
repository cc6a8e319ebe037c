"""People are told of what matters most, and asked again before it: rights, second factor, the whole export (§1, §7)."""
import csv
import io

import pytest
from conftest import PHRASE, changer_ligne, chemin, corps_de, courriels, en_ecriture, faits, poster, relire_agent, texte

import models
from verbes import comptes
from verbes.administration import personnes
from verbes.echanges import exports, imports

COMPTES = '/espace/admin/comptes'


def droits(monde):
    return relire_agent(monde.chef).administrateur


@pytest.fixture
def second(monde):
    """Another administrateur."""
    changer_ligne(monde.autre, administrateur=True)
    return monde.autre


def test_des_droits_donnes_puis_retires_se_disent_au_compte_et_aux_autres_le_reste_a_personne(monde, second, entrer):
    navigateur = entrer(monde.admin)
    poster(navigateur, f'{COMPTES}/{monde.chef.id}', {'fonction': 'Directrice', 'pilote': False})
    assert courriels() == []
    for coche, mot in ((True, 'donnés'), (False, 'retirés')):
        avant = len(courriels())
        poster(navigateur, f'{COMPTES}/{monde.chef.id}', {'administrateur': coche})
        assert courriels()[avant:] == [('droits_changes', monde.chef.courriel), ('droits_d_un_autre', second.courriel)]
        assert f'ils sont {mot}' in corps_de('droits_changes') and 'Prévenez aussitôt' in corps_de('droits_changes')
        dit = corps_de('droits_d_un_autre')
        assert 'Maxime Exemple a changé les droits d\'administrateur de Camille Exemple' in dit
    poster(navigateur, f'{COMPTES}/nouveau', {
        'prenom': 'Jo', 'nom': 'Neuf', 'courriel': 'jo.neuf@haute-garonne.example',
        'direction': str(monde.admin.direction_id), 'administrateur': True}, status=200)
    assert ('droits_d_un_autre', second.courriel) in courriels()
    avant = len(courriels())
    poster(navigateur, f'{COMPTES}/{monde.admin.id}', {'administrateur': False})
    assert courriels()[avant:avant + 1] == [('droits_d_un_autre', second.courriel)]
    with models.ecriture():                                         # the rule that asks again is of pages
        lu = models.Agent.get_by_id(monde.chef.id)
        personnes.modifier(lu, personnes.en_textes(lu) | {'administrateur': 'oui'}, monde.admin)
    assert droits(monde)


def test_la_commande_et_l_import_des_agents_le_disent_aussi(monde, second):
    en_ecriture(comptes.inviter, monde.chef.courriel, monde.chef.direction, '', '', administrateur=True)
    assert ('droits_changes', monde.chef.courriel) in courriels() and 'par la commande' in corps_de('droits_changes')
    avant = len(courriels())
    brut = io.BytesIO()
    with models.lecture():
        exports.exporter('agents', brut)
    lues = list(csv.DictReader(io.StringIO(brut.getvalue().decode('utf-8-sig')), delimiter=';'))
    next(lue for lue in lues if lue['courriel'] == monde.referent.courriel)['administrateur'] = 'oui'
    fichier = io.StringIO()
    sortie = csv.DictWriter(fichier, lues[0], delimiter=';')
    sortie.writeheader()
    sortie.writerows(lues)
    bilan = imports.importer('agents', fichier.getvalue().encode())
    assert not bilan.fautes, bilan.fautes
    assert ('droits_changes', monde.referent.courriel) in courriels()[avant:]


def test_une_premiere_connexion_d_un_reseau_jamais_vu_se_dit_une_fois_par_semaine(inscrits, naviguer, heure):
    def depuis(ip):
        naviguer().post('/connexion', {'courriel': inscrits.chef.courriel, 'mot_de_passe': PHRASE}, status=303,
                        extra_environ={'REMOTE_ADDR': ip})
    for ip in ('192.0.2.7', '192.0.2.7', '198.51.100.9'):           # again, then another one, the same week
        depuis(ip)
        assert courriels() == [('reseau_inconnu', inscrits.chef.courriel)], ip
    assert '24 novembre 2026' in corps_de('reseau_inconnu').replace('\xa0', ' ')
    heure('2026-12-02T09:00:00Z')
    depuis('192.0.2.7')                                             # known
    assert len(courriels()) == 1
    depuis('203.0.113.4')
    assert len(courriels()) == 2
    with models.ecriture():
        for n in range(1_000):
            agent, reseau = models.Agent.get_by_id(inscrits.chef.id), f'192.0.{n // 250}.{n % 250}'
            comptes.annoncer_le_reseau(agent, reseau)
            comptes.connaitre_reseau(agent, reseau)
            comptes.connecter(agent, adresse=reseau)
    assert [modele for modele, _ in courriels()] == ['reseau_inconnu'] * 2
    assert [f for f, *_ in faits()] == ['connexion'] * 1_005


def test_un_nouveau_mot_de_passe_se_dit_a_son_compte_pas_le_premier(monde, naviguer, hachage_rapide, inscrits, entrer):
    en_ecriture(models.Agent.update(ouvert_le=None, mot_de_passe=None).where(models.Agent.id == monde.chef.id).execute)
    jeton = en_ecriture(comptes.nouveau_lien, monde.chef, 'invitation')
    naviguer().post(f'/invitation/{jeton}', {'mot_de_passe': PHRASE, 'confirmer_mot_de_passe': PHRASE}, status=303)
    assert courriels() == []
    entrer(inscrits.chef).post('/espace/compte/mot-de-passe', {
        'ancien_mot_de_passe': PHRASE, 'mot_de_passe': 'une toute autre phrase 27',
        'confirmer_mot_de_passe': 'une toute autre phrase 27'}, status=303)
    assert courriels() == [('mot_de_passe_change', inscrits.chef.courriel)]
    assert 'Mot de passe oublié' in corps_de('mot_de_passe_change') and 'phrase' not in corps_de('mot_de_passe_change')
    with models.ecriture():
        comptes.changer_mot_de_passe(models.Agent.get_by_id(inscrits.cochef.id), 'scrypt$x')
    assert len(courriels()) == 1


def test_dix_minutes_apres_la_connexion_des_droits_se_redemandent(inscrits, entrer, heure):
    navigateur = entrer(inscrits.admin)
    heure('2026-11-24T09:09:59Z')
    poster(navigateur, f'{COMPTES}/{inscrits.chef.id}', {'administrateur': True})
    assert droits(inscrits)
    heure('2026-11-24T09:10:01Z')
    page = poster(navigateur, f'{COMPTES}/{inscrits.chef.id}', {'administrateur': False, 'fonction': 'Autre'},
                  status=401)
    assert droits(inscrits) and 'montrez de nouveau que c\'est vous' in texte(page)
    formulaire = page.forms[0]
    assert formulaire['courriel'].value == inscrits.admin.courriel
    formulaire['mot_de_passe'] = PHRASE
    suite = formulaire.submit(status=303)
    assert chemin(suite).endswith(f'{COMPTES}/{inscrits.chef.id}')
    revenu = suite.follow()
    assert 'votre texte n\'est pas encore enregistré' in texte(revenu).lower()
    rempli = next(f for f in revenu.forms.values() if 'fonction' in f.fields)
    assert rempli['fonction'].value == 'Autre' and not rempli['administrateur'].checked
    rempli.submit(status=303)
    assert not droits(inscrits)


def test_seuls_les_droits_l_adresse_et_un_second_facteur_leve_se_redemandent_au_departement_pour_qui_en_vient(
        monde, entrer, heure, monkeypatch, naviguer):
    navigateur = entrer(monde.admin)
    heure('2026-11-24T10:00:00Z')
    for valeurs, redemande in [
            ({'administrateur': True}, True), ({'pilote': False}, True), ({'courriel': 'neuf@hgi.example'}, True),
            ({'fonction': 'Directrice'}, False), ({'nom': 'Autre'}, False)]:
        poster(navigateur, f'{COMPTES}/{monde.chef.id}', valeurs, status=401 if redemande else 303)
    neuf = {'prenom': 'Jo', 'nom': 'Neuf', 'courriel': 'jo.neuf@haute-garonne.example',
            'direction': str(monde.admin.direction_id)}
    poster(navigateur, f'{COMPTES}/nouveau', neuf | {'administrateur': True}, status=401)
    poster(navigateur, f'{COMPTES}/nouveau', neuf, status=200)
    changer_ligne(monde.chef, second_facteur='A' * 32)
    navigateur.post(f'{COMPTES}/{monde.chef.id}/acte', {'acte': 'second_facteur'}, status=401)
    assert relire_agent(monde.chef).second_facteur
    navigateur.post(f'{COMPTES}/{monde.chef.id}/acte', {'acte': 'sessions'}, status=303)
    monkeypatch.setitem(models.SITE, 'entete_agent', 'X-Agent')
    navigateur = naviguer()
    navigateur.set_cookie('session', en_ecriture(comptes.ouvrir_session, monde.admin, 'sso'))
    heure('2026-11-24T11:00:00Z')
    page = poster(navigateur, f'{COMPTES}/{monde.chef.id}', {'administrateur': True}, status=401)
    assert next(f for f in page.forms.values() if f.action == '/connexion/sso')['garde:administrateur'].value == 'oui'


def test_confier_les_droits_d_un_administrateur_se_redemande_et_la_saisie_revient(inscrits, second, entrer, heure):
    for formulaire, nommer, champ in (
            ('delegation', {'delegataire': str(second.id)}, 'delegataire'),
            ('absence', {'absence_du': '2026-11-25', 'suppleant': str(second.id)}, 'suppleant')):
        heure('2026-11-24T09:00:00Z')
        navigateur = entrer(inscrits.admin)
        heure('2026-11-24T10:00:00Z')
        page = navigateur.post(f'/espace/compte/{formulaire}', nommer, status=401,
                               headers={'Referer': 'http://127.0.0.1:8080/espace/compte'})
        assert 'Pour confier des droits d\'administrateur' in texte(page)
        page.forms[0]['mot_de_passe'] = PHRASE
        revenu = page.forms[0].submit(status=303).follow(status=200)
        rempli = next(f for f in revenu.forms.values() if f.action == f'/espace/compte/{formulaire}')
        assert rempli[champ].value == str(second.id)
        rempli.submit(status=303)
    heure('2026-11-24T12:00:00Z')
    entrer(inscrits.chef).post('/espace/compte/delegation', {'delegataire': str(inscrits.referent.id)}, status=303)


def test_la_page_qui_redemande_dit_pourquoi_et_au_retour_que_rien_n_est_encore_fait(inscrits, entrer, heure):
    navigateur = entrer(inscrits.admin)
    heure('2026-11-24T10:00:00Z')
    page = poster(navigateur, f'{COMPTES}/{inscrits.chef.id}', {'fonction': 'Autre', 'pilote': False}, status=401)
    assert 'Pour changer des droits ou une adresse' in texte(page)
    for _ in range(2):
        assert page.html.h1.text == 'Confirmez que c\'est vous' and page.html.title.text.count('Confirmez') == 1
        assert 'une connexion de moins de dix minutes' in texte(page) and 'Rien n\'est encore fait' in texte(page)
        assert 'Pas encore de compte' not in page.text and 'Vous êtes une mairie' not in page.text
        assert page.forms[0]['garde:fonction'].value == 'Autre'
        page.forms[0]['mot_de_passe'] = 'un autre mot de passe'
        page = page.forms[0].submit(status=401)
    assert 'Le texte que vous aviez saisi est conservé' in texte(page)
    changer_ligne(inscrits.chef, second_facteur='A' * 32)
    adresse = f'{COMPTES}/{inscrits.chef.id}'
    page = navigateur.post(f'{adresse}/acte', {'acte': 'second_facteur'}, status=401,
                           headers={'Referer': f'http://127.0.0.1:8080{adresse}'})
    page.forms[0]['mot_de_passe'] = PHRASE
    revenu = page.forms[0].submit(status=303).follow(status=200)
    assert 'rien n\'est encore fait : choisissez de nouveau' in texte(revenu)
    assert 'n\'est pas encore enregistré' not in texte(revenu)
    fait = navigateur.post(f'{adresse}/acte', {'acte': 'second_facteur'}, status=303).follow(status=200)
    assert 'Le second facteur est levé' in texte(fait) and 'encore fait' not in texte(navigateur.get(adresse))


def test_l_export_entier_se_redemande_et_part_ensuite_un_filtre_qui_ne_laisse_rien_de_cote_est_encore_l_entier(
        inscrits, creer, entrer, heure):
    creer('en_cours')
    creer(message='Une autre demande.')
    navigateur = entrer(inscrits.admin)
    heure('2026-11-24T10:00:00Z')
    for requete in ('depuis=2020-01-01', 'toutes=oui&jusqua=2026-12-31', 'type=Commune', 'structure=2'):
        assert not navigateur.get(f'/espace/demandes?{requete}').html.select_one('a[download][href*=csv]'), requete
        navigateur.get(f'/espace/demandes.csv?{requete}', status=401)
        navigateur.get(f'/espace/demandes.csv?{requete}&delai=3', status=200)
    assert [detail[0] for f, _, detail in faits() if f == 'export'] == ['0'] * 4
    lien = navigateur.get('/espace/demandes?toutes=oui').html.select_one('a[href^="/espace/demandes.csv"]')
    assert not lien.has_attr('download')                            # the browser shows the page that asks again
    formulaire = navigateur.get(lien['href'], status=401).forms[0]
    assert len([f for f, *_ in faits() if f == 'export']) == 4
    formulaire['mot_de_passe'] = PHRASE
    assert 'Rieumes' in formulaire.submit(status=303).follow(status=200).text
    for role, requete in (('admin', 'statut=en_cours'), ('chef', 'toutes=oui')):
        navigateur = entrer(getattr(inscrits, role))
        heure('2026-11-24T12:00:00Z')
        navigateur.get(f'/espace/demandes.csv?{requete}', status=200)
        assert navigateur.get(f'/espace/demandes?{requete}').html.select_one('a[download]')


def test_un_autre_qui_se_connecte_a_la_place_n_a_que_ses_droits_et_un_code_qui_expire_au_milieu_garde_le_texte(
        inscrits, entrer, heure):
    def redemande():
        navigateur = entrer(inscrits.admin)
        heure('2026-11-24T10:00:00Z')
        formulaire = poster(navigateur, f'{COMPTES}/{inscrits.chef.id}', {'administrateur': True, 'fonction': 'Autre'},
                            status=401).forms[0]
        formulaire['mot_de_passe'] = PHRASE
        return formulaire
    formulaire = redemande()
    formulaire['courriel'] = inscrits.chef.courriel
    formulaire.submit(status=303).follow(status=403)
    assert not droits(inscrits)
    changer_ligne(inscrits.admin, second_facteur='A' * 32)
    heure('2026-11-24T09:00:00Z')
    code = redemande().submit(status=200).forms[0]
    heure('2026-11-24T10:05:01Z')
    code['verification'] = comptes.code_du_pas('A' * 32, 1)
    page = code.submit(status=401)
    assert 'Le temps de saisir le code est passé' in page.text
    assert page.forms[0]['garde:fonction'].value == 'Autre' and not droits(inscrits)
