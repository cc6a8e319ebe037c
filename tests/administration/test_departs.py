"""Accounts that come and go: closing, what a leaver still holds, reopening, inviting all, the list (regles.md §17)."""
import csv
import io
import re

import pytest
from conftest import DEPART, changer_ligne, courriels, creer_ligne, en_ecriture, faits, relire_agent, se_connecter
from fichiers import ADMIN, CHEF, FICHIERS, HGI, fichier, lire, reussir
from serveur import lancer, par_http, servie
from test_commandes import une_phrase

import models
from models import Refus
from verbes import comptes, questions, relais
from verbes.administration import departs, personnes
from verbes.echanges.imports import importer


FERME = fichier('agents', {'actif': 'non'})


def fermer(agent):
    with models.ecriture():
        return departs.fermer(models.Agent.get_by_id(agent.id))


def test_ce_que_tient_un_agent_se_dit_par_role_avec_les_numeros(creer, monde):
    une, deux, close = creer('en_cours'), creer(message='Autre.'), creer('termine', message='Encore une autre.')
    creer_ligne(models.Delegation, pour=monde.chef, par=monde.autre)
    creer_ligne(models.Delegation, pour=monde.admin, par=monde.chef, du='2026-12-01', au='2026-12-05')
    creer_ligne(models.Delegation, pour=monde.cochef, par=monde.chef, au='2026-11-01')
    creer_ligne(models.Absence, agent=monde.referent, du='2026-11-20', au='2026-11-30', suppleant=monde.chef)
    creer_ligne(models.Absence, agent=monde.cochef, du='2026-01-20', au='2026-01-30', suppleant=monde.chef)
    with models.lecture():
        tenu = departs.ce_que_tient(monde.chef)
    assert close.numero not in tenu.demandes['Chef de file']
    assert tenu.demandes == {'Chef de file': [une.numero, deux.numero]}
    assert tenu.fiches == ['Conseil juridique', 'Contentieux', 'Revitalisation de bourg-centre']
    assert tenu.direction == 'Direction assistance juridique et financière'
    assert tenu.relais == [
        'délégation donnée à Dominique Autre, sans limite de durée',
        'délégation reçue de Maxime Exemple, du 01/12/2026 au 05/12/2026',
        'suppléance de Claude Temoin, du 20/11/2026 au 30/11/2026']
    dits = [phrase.replace('\xa0', ' ') for phrase in departs.dire_ce_que_tient(tenu)]
    assert dits[0] == f'chef de file de 2 demandes ouvertes : n° {une.numero}, {deux.numero}'
    assert dits[1] == 'pilote de 3 fiches : Conseil juridique, Contentieux, Revitalisation de bourg-centre'
    assert dits[2:] == [f'remplace les chefs de file absents de sa direction ({tenu.direction})']


def test_un_co_chef_un_referent_un_associe_et_une_absence_puis_qui_doit_agir_quand_ils_ferment(creer, monde):
    demande = creer('en_cours', associe=True)
    creer_ligne(models.Absence, agent=monde.referent, du='2026-12-20', suppleant=monde.autre)
    with models.lecture():
        tenus = [departs.ce_que_tient(a) for a in (monde.cochef, monde.referent, monde.associe, monde.autre)]
    roles = [tenu.demandes for tenu in tenus]
    assert roles == [{'Co-chef de file': [demande.numero]}, {'Expert référent': [demande.numero]},
                     {'Expert associé': [demande.numero]}, {}]
    assert tenus[1].relais == ['absence à partir du 20/12/2026, suppléant\xa0: Dominique Autre']
    assert tenus[3].relais == ['suppléance de Claude Temoin, à partir du 20/12/2026']
    assert departs.dire_ce_que_tient(tenus[3]) == []
    for partent, agissent in (([monde.referent], [monde.chef, monde.cochef]),
                              ([monde.chef, monde.cochef], [monde.admin])):
        for agent in partent:
            fermer(agent)
        with models.lecture():
            assert questions.qui_doit_agir(demande) == agissent


def test_fermer_un_compte_ne_laisse_rien_qui_l_ouvre_et_rouvrir_invite_sans_rien_rendre(inscrits, entrer, site):
    navigateur = entrer(inscrits.chef)
    en_ecriture(comptes.activer_second_facteur, inscrits.chef, 'A' * 32, 1)
    en_ecriture(comptes.ouvrir_session, inscrits.chef)
    jeton = en_ecriture(comptes.nouveau_lien, inscrits.chef, 'mot_de_passe')
    creer_ligne(models.Reseau, agent=inscrits.chef, adresse='192.0.2.7', vu_le=DEPART)
    en_ecriture(relais.donner_delegation, inscrits.chef, inscrits.referent.id, '', '')
    fermer(inscrits.chef)
    navigateur.get('/espace', status=401)
    site.get(f'/invitation/{jeton}', status=404)
    se_connecter(site, inscrits.chef.courriel, status=401)
    ferme = relire_agent(inscrits.chef)
    assert (ferme.actif, ferme.mot_de_passe, ferme.second_facteur, ferme.dernier_pas, ferme.ouvert_le) == (
        False, None, None, 0, None)
    for table in ('session', 'lien', 'code_secours', 'reseau'):
        assert lire(f'SELECT * FROM {table} WHERE agent_id = ?', inscrits.chef.id) == [], table
    assert ('compte fermé', inscrits.chef.courriel, '') in faits()
    with pytest.raises(Refus, match='déjà fermé'):
        fermer(inscrits.chef)
    with pytest.raises(Refus, match='--rouvrir'), models.ecriture():     # no invitation reopens it
        comptes.inviter(inscrits.chef.courriel, inscrits.chef.direction, '', '')
    assert not relire_agent(inscrits.chef).actif and courriels(modele='invitation') == []
    with models.ecriture():
        jeton = departs.rouvrir(models.Agent.get_by_id(inscrits.chef.id))
    with pytest.raises(Refus, match='est ouvert'), models.ecriture():
        departs.rouvrir(inscrits.referent)
    rouvert = relire_agent(inscrits.chef)
    assert rouvert.actif and rouvert.mot_de_passe is None and rouvert.ouvert_le is None and rouvert.pilote
    site.get(f'/invitation/{jeton}', status=200)
    se_connecter(site, inscrits.chef.courriel, status=401)
    assert courriels()[-1] == ('invitation', inscrits.chef.courriel)
    assert ('compte rouvert', inscrits.chef.courriel, '') in faits()
    with models.lecture():
        assert set(inscrits.referent.identites) == {inscrits.referent.id}


def test_fermer_un_compte_met_fin_a_ses_relais_donnes_et_recus_et_le_dernier_administrateur_ne_se_ferme_pas(monde):
    chef, admin, autre, referent = (agent.id for agent in (monde.chef, monde.admin, monde.autre, monde.referent))
    with models.ecriture():
        for pour, par in ((chef, autre), (admin, chef), (admin, autre)):
            models.Delegation.create(pour=pour, par=par)
        for absent, suppleant in ((chef, autre), (referent, chef)):
            models.Absence.create(agent=absent, du='2026-11-20', au='2026-11-30', suppleant=suppleant)
    fermer(monde.chef)
    assert lire('SELECT pour_id, par_id FROM delegation') == [(admin, autre)]
    assert lire('SELECT agent_id, au, suppleant_id FROM absence ORDER BY id') == [
        (chef, '2026-11-23', autre), (referent, '2026-11-30', None)]
    assert ('suppléant retiré', monde.referent.courriel, 'Camille Exemple, du 20/11/2026 au 30/11/2026') in faits()
    for autre, ouvert_le in ((monde.admin, DEPART), (monde.parti, DEPART), (monde.autre, None)):
        changer_ligne(autre, administrateur=True, ouvert_le=ouvert_le)     # oneself, a closed one, one never entered
        with pytest.raises(Refus, match='dernier administrateur'):
            fermer(monde.admin)
        assert relire_agent(monde.admin).actif
    en_ecriture(comptes.changer_mot_de_passe, monde.autre, 'scrypt$x')
    fermer(monde.admin)
    assert not relire_agent(monde.admin).actif


def test_la_liste_dit_les_droits_meme_recus_et_la_derniere_connexion(monde, heure):
    changer_ligne(monde.cochef, cree_le='2025-01-01T00:00:00Z')
    changer_ligne(monde.associe, nom='Éssai')
    changer_ligne(monde.admin, second_facteur='A' * 32)
    creer_ligne(models.Delegation, pour=monde.admin, par=monde.autre)
    en_ecriture(comptes.connecter, monde.chef)
    heure('2026-12-24T23:30:00Z')
    en_ecriture(comptes.connecter, monde.chef)
    with models.lecture():
        lignes = {ligne[2]: ligne for ligne in personnes.lister()}
    assert list(lignes) == ['Dominique', 'Sacha', 'Camille', 'Maxime', 'Andrea', 'Alix', 'Claude']     # by their names
    assert lignes['Camille'] == (
        monde.chef.courriel, 'Exemple', 'Camille', 'Haute-Garonne Ingénierie – HGI',
        'Direction assistance juridique et financière', 'pilote, chef de file', 'oui', 'non', '25/12/2026')
    assert lignes['Maxime'][5:] == ('administrateur', 'oui', 'oui', 'jamais')
    assert lignes['Dominique'][5] == 'délégataire d\'un administrateur' and lignes['Alix'][6] == 'non'
    assert lignes['Andrea'][8] == 'aucune depuis 12 mois' and len(personnes.LISTE) == len(lignes['Camille'])


def test_un_import_qui_ferme_un_compte_dit_ce_qu_il_tient_et_ne_laisse_rien_qui_l_ouvre(pleine):
    chef = en_ecriture(models.Agent.get, models.Agent.courriel == CHEF)
    en_ecriture(comptes.changer_mot_de_passe, chef, 'scrypt$x')
    cookie = en_ecriture(comptes.ouvrir_session, chef)
    essai = importer('agents', FERME, essai=True)
    assert relire_agent(chef).actif and essai.departs
    bilan = importer('agents', FERME)
    assert bilan.departs == essai.departs and bilan[:3] == (0, 1, 0)
    dit = bilan.departs[0].replace('\xa0', ' ')
    assert dit == ('Camille Exemple (chef@hgi.example), dont le compte se ferme, tient encore : '
                   'chef de file de 2 demandes ouvertes : n° 1083, 1084 ; '
                   'pilote de 2 fiches : Conseil juridique, Contentieux ; '
                   'remplace les chefs de file absents de sa direction (Direction juridique).')
    with models.lecture():
        assert comptes.session_ouverte(cookie) is None
    assert relire_agent(chef).mot_de_passe is None and lire('SELECT * FROM session') == []
    assert ('compte fermé', CHEF, '') in faits()
    assert importer('agents', FERME).departs == ()
    reussir('agents', FICHIERS['agents'])
    assert relire_agent(chef).actif and relire_agent(chef).mot_de_passe is None


def test_un_import_ne_ferme_pas_le_dernier_administrateur_mais_le_remplace(petite):
    seul = {'courriel': ADMIN, 'prenom': 'Maxime', 'structure': HGI, 'direction': 'Direction juridique',
            'administrateur': 'oui', 'actif': 'non'}
    with pytest.raises(Refus, match='dernier administrateur'):
        importer('agents', fichier('agents', seul))
    with pytest.raises(Refus, match='dernier administrateur'):
        importer('agents', fichier('agents', seul | {'administrateur': 'non', 'actif': 'oui'}))
    assert not [f for f, _, _ in faits() if f == 'compte fermé']
    nouveau = {'courriel': 'nouveau@hgi.example', 'prenom': 'Lou', 'administrateur': 'oui'}
    assert reussir('agents', fichier('agents', seul, nouveau)) == (1, 1, 0)


@pytest.fixture
def agent_(base):
    """agent_(arguments…): the command « agent » on the base of the small world, which is not plugged meanwhile."""
    def taper(*arguments, **environnement):
        models.debrancher()
        try:
            return lancer('agent', *arguments, base=base, **environnement)
        finally:
            models.brancher(base)
    return taper


def test_une_commande_agent_mal_ecrite_dit_ce_qui_ne_va_pas(tmp_path):
    for arguments, dit in (
            ('', 'COURRIEL'), ('--fermer', 'COURRIEL'), ('--rouvrir', 'COURRIEL'), ('--administrateur', 'COURRIEL'),
            ('--sans-second-facteur', 'COURRIEL'), ('a@b.fr --liste', '--liste se tape sans COURRIEL'),
            ('a@b.fr --inviter', 'sans COURRIEL'), ('--liste --inviter', '--liste et --inviter ne vont pas ensemble'),
            ('a@b.fr --fermer --rouvrir', '--fermer et --rouvrir ne vont pas ensemble'),
            ('a@b.fr --fermer --administrateur', '--fermer et --administrateur ne vont pas ensemble'),
            ('a@b.fr --rouvrir --nom X', '--rouvrir et --nom ne vont pas ensemble'),
            ('a@b.fr --sans-second-facteur --fermer', 'ne vont pas ensemble')):
        resultat = lancer('agent', *arguments.split(), base=tmp_path / 'x.db')
        assert resultat.returncode == 2 and resultat.stdout == '', arguments
        phrase = resultat.stderr.splitlines()[0]
        assert phrase.startswith('Commande mal écrite\u00a0: ') and dit in phrase and phrase.endswith('.'), arguments


def test_fermer_pendant_le_service_deconnecte_aussitot_et_dit_ce_qui_reste_tenu(inscrits, creer, base):
    demande = creer('en_cours')
    with servie(base) as processus:
        navigateur = par_http(processus.url)
        se_connecter(navigateur, inscrits.chef.courriel)
        navigateur.get('/espace/compte/securite', status=200)
        resultat = lancer('agent', inscrits.chef.courriel, '--fermer', base=base)
        assert resultat.returncode == 0 and resultat.stderr == '', resultat
        navigateur.get('/espace/compte/securite', status=401)
    dit = resultat.stdout.replace('\xa0', ' ')
    assert dit.startswith('Le compte de Camille Exemple est fermé')
    assert f'- chef de file de 1 demande ouverte : n° {demande.numero}\n' in dit and 'À confier' in dit
    assert 'déjà fermé' in une_phrase(lancer('agent', inscrits.chef.courriel, '--fermer', base=base))


def test_la_commande_rouvre_invite_tous_liste_et_ferme_en_disant_les_relais_qui_prennent_fin(monde, agent_):
    assert '--rouvrir' in une_phrase(agent_(monde.parti.courriel))
    resultat = agent_(monde.parti.courriel, '--rouvrir')
    assert resultat.returncode == 0 and re.search(r'/invitation/\S{40,}', resultat.stdout), resultat
    assert 'sans droits d\'administrateur' in resultat.stdout
    assert 'est ouvert' in une_phrase(agent_(monde.parti.courriel, '--rouvrir'))
    en_ecriture(models.Agent.update(ouvert_le=None).where(models.Agent.id != monde.admin.id).execute)
    en_ecriture(models.Agent.update(actif=False, nom='=cmd|x').where(models.Agent.id == monde.parti.id).execute)
    resultat = agent_('--inviter', PLATEFORME_SMTP='')
    assert resultat.returncode == 0 and 'Invitations écrites\u00a0: 5.' in resultat.stdout, resultat
    assert 'PLATEFORME_SMTP' in resultat.stdout and 'attendent' in resultat.stdout
    assert '/invitation/' not in resultat.stdout
    deux = agent_('--inviter', PLATEFORME_SMTP='smtp://127.0.0.1:1')
    assert 'Invitations écrites\u00a0: 0.' in deux.stdout and '5' in deux.stdout and 'SMTP' not in deux.stdout
    resultat = agent_('--liste')
    assert resultat.returncode == 0 and resultat.stderr == ''
    lues = list(csv.DictReader(io.StringIO(resultat.stdout.removeprefix('\ufeff')), delimiter=';'))
    assert list(lues[0]) == list(personnes.LISTE) and len(lues) == 7
    assert [ligne['Nom'] for ligne in lues if ligne['Courriel'] == monde.parti.courriel] == ["'=cmd|x"]     # no formula
    assert {ligne['Actif'] for ligne in lues} == {'oui', 'non'} and DEPART not in resultat.stdout
    creer_ligne(models.Delegation, pour=monde.admin, par=monde.autre)
    dit = agent_(monde.autre.courriel, '--fermer').stdout
    assert 'Ont pris fin' in dit and '- délégation reçue de Maxime Exemple, sans limite de durée\n' in dit
    dit = agent_(monde.associe.courriel, '--fermer').stdout
    assert dit.count('\n') == 2 and 'ne tenait rien' in dit
    assert 'dernier administrateur' in une_phrase(agent_(monde.admin.courriel, '--fermer'))
    for geste in ('--fermer', '--rouvrir'):
        assert "agent --liste" in une_phrase(agent_('inconnu@hgi.example', geste))
        assert 'adresse de courriel complète' in une_phrase(agent_('inconnu', geste))
