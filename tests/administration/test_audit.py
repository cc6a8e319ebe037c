"""The audit cannot be washed away: exports, refusals, what is taken away at the end of its retention."""
import contextlib
import logging
import os
import re
import sqlite3
import types

import peewee
import pytest
from chapitres import faits_de_l_audit, sans_code, section
from conftest import PHRASE, changer_ligne, courriels, en_ecriture, en_meme_temps, fixer_tous, lue, se_connecter
from fichiers import lire
from serveur import attendre, cookie_de, demander, par_http, servie
from test_acces import adresse, routes
from test_exploitation import servir_avec

import models
import plateforme
import views
from verbes import journal, notes
from verbes.exploitation import porteur
from verbes.administration import conservation
from verbes.demande import actes
from views import exports

EXPORTS = {'/espace/demandes.csv', '/espace/redaction.csv', '/espace/admin/structures.csv', '/espace/admin/comptes.csv',
           '/espace/admin/audit.csv', '/espace/admin/collectivites.csv', '/espace/admin/collectivites/adresses.csv',
           '/espace/admin/collectivites/publipostage.csv', '/espace/admin/lettres.csv', '/espace/pilotage/carte.csv',
           '/espace/pilotage/territoires.csv', '/espace/pilotage/<tableau:re:[a-z_]+>.csv', '/espace/pilotage/rapport',
           '/espace/collectivites/<id:re:[1-9][0-9]{0,17}>.csv'}
FINE = '\u202f'                                                     # between thousands


def audit(**filtres):
    """[(fact, account, address, how many, detail)] as written, oldest first."""
    with models.lecture():
        return list(models.Audit.select(models.Audit.fait, models.Audit.agent, models.Audit.adresse,
                                        models.Audit.nombre, models.Audit.detail)
                    .filter(**filtres).order_by(models.Audit.id).tuples())


def vieillir(jour, n=1, **valeurs):
    """Lines of audit of that day."""
    with models.ecriture():
        models.Audit.insert_many([{'fait_le': f'{jour}T12:00:00Z', 'fait': 'connexion', **valeurs}] * n).execute()


def purger(souffler=lambda: True):
    return conservation.purger_au_terme(souffler)


def commits():
    """A number that changes with every commit of another connection."""
    return models._branche['ancre'].execute('PRAGMA data_version').fetchone()[0]


def test_aucune_page_lue_n_ecrit_dans_la_base_sauf_un_export_et_pas_son_entete_seul(creer, maxime, monkeypatch):
    hors_transaction = {r.rule for r in views.app.routes if r.method == 'GET' and not r.config.get('transaction', True)}
    assert set(views.EXPORTS) == EXPORTS == hors_transaction
    assert {regle for _, regle, qui in routes('GET') if regle.endswith('.csv') and qui != 'public'} <= EXPORTS
    demande, codes, ecrivent = creer('en_cours'), {}, set()
    for regle in sorted(EXPORTS):
        avant = commits()
        reponse = maxime.head(adresse(regle), status='*')
        assert reponse.status_int < 500 and commits() == avant and not reponse.body, regle
    for _, regle, _ in routes('GET'):
        avant = commits()
        codes[regle] = maxime.get(adresse(regle, numero=demande.numero, jeton=demande.jeton), status='*').status_int
        ecrivent |= {regle} if commits() != avant else set()
    assert {regle: code for regle, code in codes.items() if code >= 500} == {}
    assert ecrivent == EXPORTS and len(codes) > 150
    app = views.Bottle()                                            # one that could prevents the start
    app.get('/autre.csv', qui='agent', transaction=False)(lambda: 'x')
    monkeypatch.setattr(views, 'app', app)
    with pytest.raises(ValueError, match='autre.csv'):
        views.verifier_routes()


def test_un_export_dit_qui_d_ou_combien_et_un_refus_dit_la_page_sans_le_lien(creer, monde, entrer, monkeypatch, site):
    def refuser(*_, **__):
        raise models.BaseIndisponible('le disque est plein')

    demande, chef = creer('en_cours'), entrer(monde.chef)
    chef.get('/espace/demandes.csv?statut=en_cours')
    tracee = [('export', monde.chef.id, '127.0.0.1', 1, '1\xa0demande, filtres\xa0: statut')]
    assert audit() == tracee
    monkeypatch.setattr(exports, 'auditer_l_export', refuser)
    assert demande.message not in chef.get('/espace/demandes.csv', status=503).text and audit() == tracee
    demande, autre = creer(restreinte=True), entrer(monde.autre)
    autre.get(f'/espace/demandes/{demande.numero}', status=403)
    autre.get('/espace/admin/reglages', status=403)
    site.get('/suivi/' + 'x' * 22, status=404)
    site.get(f'/suivi/{demande.jeton}/pieces/999', status=404)
    site.get('/invitation/' + 'y' * 43, status=404)
    site.post('/invitation/' + 'y' * 43, {'mot_de_passe': PHRASE, 'confirmer_mot_de_passe': PHRASE}, status=404)
    refuses = [une for une in refus() if une[0] != 'export']
    assert refuses == [(fait, qui, '127.0.0.1', 1, detail) for fait, qui, detail in (
        ('accès refusé', monde.autre.id, f'GET /espace/demandes/{demande.numero}'),
        ('accès refusé', monde.autre.id, 'GET /espace/admin/reglages'),
        ('lien de suivi refusé', None, 'GET /suivi/<jeton>'),
        ('lien de suivi refusé', None, 'GET /suivi/<jeton>/pieces/<id>'),
        ('lien à usage unique refusé', None, 'GET /invitation/<jeton>'),
        ('lien à usage unique refusé', None, 'POST /invitation/<jeton>'))]


def refus():
    notes.ecrire_refus()
    return audit()


def test_des_connexions_refusees_sont_une_ligne_par_compte_adresse_et_minute(inscrits, naviguer, heure, caplog):
    with caplog.at_level(logging.INFO, logger='plateforme'):
        for courriel, ip in ((inscrits.chef.courriel, '192.0.2.7'), (inscrits.chef.courriel, '192.0.2.7'),
                             (inscrits.chef.courriel, '2001:db8:1:2:3::9'), ('inconnu@exemple.example', '192.0.2.7')):
            naviguer().post('/connexion', {'courriel': courriel, 'mot_de_passe': 'un faux'}, status=401,
                            extra_environ={'REMOTE_ADDR': ip})
    # The log of the server says the account by its number, and never the address that was typed.
    lignes = [plateforme._Ligne('%(name)s %(message)s').format(r) for r in caplog.records if 'refusée' in r.message]
    assert lignes == [*[f'INFO plateforme connexion refusée, agent {inscrits.chef.id}'] * 3,
                      'INFO plateforme connexion refusée, compte inconnu'] and '@' not in caplog.text
    assert refus() == [('connexion refusée', inscrits.chef.id, '192.0.2.7', 2, ''),
                       ('connexion refusée', inscrits.chef.id, '2001:db8:1:2:3::9', 1, ''),
                       ('connexion refusée', None, '192.0.2.7', 1, '')]
    assert refus() == audit()                                       # written once
    heure('2026-11-24T09:01:00Z')
    notes.noter_refus('connexion refusée', None, '192.0.2.7')
    assert len(refus()) == 4


def test_un_mot_de_passe_et_un_code_faux_disent_le_compte_et_l_adresse_puis_attendent(inscrits, site, naviguer, entrer):
    chef, autre = inscrits.chef, inscrits.autre
    changer_ligne(chef, second_facteur='A' * 32)
    navigateur = entrer(chef)                                       # who finds a session open tries there
    for ancien in ('un faux', PHRASE):
        navigateur.post('/espace/compte/second-facteur', {
            'geste': 'codes', 'ancien_mot_de_passe': ancien, 'verification': '000000'}, status=422)
    page = se_connecter(site, chef.courriel, status=200)
    page.forms[0]['verification'] = '000000'
    page.forms[0].submit(status=401)
    site.post('/connexion/code', {'preuve': '2.1.' + 'a' * 32, 'verification': '000000'}, status=401)
    assert refus() == [(fait, qui, '127.0.0.1', 1, '') for fait, qui in (
        ('mot de passe actuel refusé', chef.id), ('code de vérification refusé', chef.id),
        ('connexion refusée au second facteur', chef.id), ('connexion refusée au second facteur', None))]
    codes = [page.forms[0].submit(status='*').status_int for _ in range(5)]
    assert codes.count(429) and refus()[-1] == ('connexion retardée', chef.id, '127.0.0.1', codes.count(429), '')
    codes = [se_connecter(naviguer(), autre.courriel, 'un faux', '*').status_int for _ in range(6)]
    assert codes.count(429) and {*refus()} >= {
        ('connexion refusée', autre.id, '127.0.0.1', codes.count(401), ''),
        ('connexion retardée', autre.id, '127.0.0.1', codes.count(429), '')}


def test_un_refus_est_ecrit_sans_attendre_la_ronde_et_survit_comme_un_export_a_la_coupure(creer, monde, base):
    creer('en_cours')
    cookie = cookie_de(monde.chef)
    with servie(base, servir_avec('porteur.RONDE = 3600')) as processus:
        par_http(processus.url).post('/connexion', {'courriel': 'inconnu@exemple.example',
                                                    'mot_de_passe': 'rien de bon'}, status=401)
        attendre(lambda: lue(base, "SELECT 1 FROM audit WHERE fait = 'connexion refusée'"), processus)
        assert 'connexion refusée, compte inconnu' in processus.journal()
        code, _, octets = demander(processus.port, '/espace/demandes.csv', Cookie=cookie)
        assert code == 200 and b'Rieumes' in octets
        processus.kill()                                            # at once
        processus.wait()
    assert lue(base, 'SELECT fait, agent_id, adresse, nombre FROM audit ORDER BY id')[-2:] == [
        ('connexion refusée', None, '127.0.0.1', 1), ('export', monde.chef.id, '127.0.0.1', 1)]


def porter(monkeypatch, base, secondes):
    """Its rounds, for so many seconds that do not pass."""
    tops, vus = iter([False] * secondes + [True]), []
    monkeypatch.setitem(porteur.etat, 'arret', types.SimpleNamespace(
        wait=lambda _: vus.append(next(tops)) or vus[-1], is_set=lambda: vus[-1:] == [True]))
    porteur.porter(types.SimpleNamespace(base=base, smtp=None))


def test_sans_refus_le_porteur_ne_touche_pas_la_base_entre_deux_rondes_absente_ne_les_perd(base, monkeypatch, caplog):
    ouvertes, ouvrir = [], models._ouvrir
    monkeypatch.setattr(models, '_ouvrir', lambda query_only: (ouvertes.append(1), ouvrir(query_only)))
    porter(monkeypatch, base, 9)
    assert ouvertes == []
    porter(monkeypatch, base, 10)
    assert ouvertes
    ouvertes.clear()
    notes.noter_refus('premier', None, '192.0.2.7')
    porter(monkeypatch, base, 3)
    assert ouvertes == [1]                                          # once, at the first second
    notes.noter_refus('second', None, '192.0.2.7')
    os.rename(base, f'{base}.ailleurs')
    porter(monkeypatch, base, 39)                                   # absent, it speaks of it at its rounds only
    assert len([r for r in caplog.records if r.levelno == logging.ERROR]) == 4
    os.rename(f'{base}.ailleurs', base)
    assert [ligne[0] for ligne in refus()] == ['premier', 'second']


def test_mille_lectures_sont_une_note_et_une_venue_entre_temps_n_est_pas_perdue(monde, entrer, heure, monkeypatch):
    navigateur = entrer(monde.chef)
    heure('2026-11-24T10:00:00Z')
    for _ in range(50):
        navigateur.get('/espace/compte')
    (cookie,) = notes._vues
    assert notes.ecrire_vues() == 1 and not notes._vues
    ecrire = notes.vue_de_session

    def ecrire_pendant(cookie, instant):
        ecrire(cookie, instant)
        notes.noter_vue(cookie, '2026-11-24T11:00:00Z')

    monkeypatch.setattr(notes, 'vue_de_session', ecrire_pendant)
    notes.noter_vue(cookie, '2026-11-24T10:00:00Z')
    notes.ecrire_vues()
    assert notes._vues == {cookie: '2026-11-24T11:00:00Z'}


REFUSEE, LIEN, PAGES = 'connexion refusée', 'lien de suivi refusé', 'GET /espace/admin/textes'
DELUGES = {                      # what is noted in a minute, how many lines it makes, some of them
    'un agent essaie mille pages, et ne cache ni lui ni les autres': (
        [*(('accès refusé', 3, '192.0.2.7', f'{PAGES}/x{n}') for n in range(2_113)),
         ('accès refusé', 4, '192.0.2.8', PAGES)], notes.CLES_COMPTE + 2,
        {('accès refusé', 3, '192.0.2.7', 2_113 - notes.CLES_COMPTE, notes.AU_DELA),
         ('accès refusé', 4, '192.0.2.8', 1, PAGES)}),
    'un compte attaqué de mille adresses garde son nom': (
        [(REFUSEE, 3, f'10.0.{n // 250}.{n % 250}') for n in range(1_000)], 2 * notes.CLES_COMPTE + 1,
        {(REFUSEE, 3, '', 1_000 - 2 * notes.CLES_COMPTE, notes.AU_DELA)}),
    'un réseau ne coûte rien à un autre ni à un compte': (
        [*((LIEN, None, f'2001:db8:1:{n:x}::{n:x}', 'GET /suivi/<jeton>') for n in range(5_000)),
         (LIEN, None, '2001:db8:2::1', 'GET /suivi/<jeton>'), (REFUSEE, 3, '2001:db8:1::1')], notes.CLES_RESEAU + 3,
        {(LIEN, None, '2001:db8:1::/48', 5_000 - notes.CLES_RESEAU, notes.AU_DELA),
         (LIEN, None, '2001:db8:2::1', 1, 'GET /suivi/<jeton>'), (REFUSEE, 3, '2001:db8:1::1', 1, '')}),
    'des liens morts de mille réseaux font cinquante lignes et une qui les compte': (
        [(LIEN, None, f'198.51.{n // 250}.{n % 250}', 'GET /suivi/<jeton>') for n in range(1_326)],
        notes.RESEAUX_DES_LIENS + 1, {(LIEN, None, '', 1_276, notes.AU_DELA)}),
    'mille réseaux : borné, compté en entier, leur nom laissé aux comptes': (
        [*((REFUSEE, None, f'2001:db8:{n:x}::1') for n in range(notes.RESEAUX_MAX + 500)), (REFUSEE, 3, '192.0.2.7')],
        notes.RESEAUX_MAX + 2, {(REFUSEE, None, '', 500, notes.AU_DELA), (REFUSEE, 3, '192.0.2.7', 1, '')}),
    'sans adresse, la page encore': ([('accès refusé', 3, '', PAGES)], 1, {('accès refusé', 3, '', 1, PAGES)}),
    'une machine qui change d\'adresse dans son /64': (
        [(LIEN, None, f'2001:db8:1:2::{n:x}') for n in range(300)], 1, {(LIEN, None, '2001:db8:1:2::/64', 300, '')}),
}


@pytest.mark.parametrize('deluge', DELUGES)
def test_un_deluge_de_refus_est_borne_compte_en_entier_et_n_en_cache_pas_d_autres(base, deluge):
    notees, nombre, dedans = DELUGES[deluge]
    for un in notees:
        notes.noter_refus(*un)
    lignes = refus()
    assert len(lignes) == nombre and sum(ligne[3] for ligne in lignes) == len(notees) and dedans <= {*lignes}
    assert {ligne[1] for ligne in lignes} == {un[1] for un in notees}


def test_un_acharnement_est_ecrit_aussitot_puis_une_fois_par_minute_ou_a_l_arret(base, heure):
    def insister():                                                 # thirty seconds
        for _ in range(30):
            notes.noter_refus('connexion refusée', None, '192.0.2.7')
            notes.ecrire_refus()
    insister()
    assert [ligne[3] for ligne in audit()] == [1] * notes.LIGNES_AUSSITOT
    heure('2026-11-24T09:01:00Z')
    assert [ligne[3] for ligne in refus()] == [1] * notes.LIGNES_AUSSITOT + [20]
    notes.ecrire_refus()
    assert notes._refus == {}
    insister()
    notes.ecrire_notes()                                            # the service stops
    assert sum(ligne[3] for ligne in audit()) == 60
    for n in range(4_000):                                          # A9: a /64 that insists, forty seconds
        notes.noter_refus('lien de suivi refusé', None, f'2001:db8:1:{n % 100:x}::1')
        if n % 100 == 99:
            notes.ecrire_refus()
    heure('2026-11-24T09:02:00Z')
    lignes = [ligne for ligne in refus() if ligne[2].startswith('2001')]
    assert sum(ligne[3] for ligne in lignes) == 4_000 and len(lignes) <= 50
    for n in range(200):                                            # four threads do not write them twice
        notes.noter_refus('premier', None, f'192.0.2.{n}')
    assert en_meme_temps(4, lambda _: notes.ecrire_refus()) == [] and len(audit(fait='premier')) == 200


def test_une_purge_permise_modifie_l_audit_et_se_referme_et_se_fait_au_terme_que_dit_le_reglage_et_le_dit_une_fois(
        base, creer, heure):
    creer()
    vieillir('2020-01-01')
    with pytest.raises(peewee.IntegrityError, match='FOREIGN KEY'), models.ecriture():
        models.Purge.create()                                       # left open by mistake
        models.Audit.delete().execute()
    with pytest.raises(peewee.IntegrityError, match='FOREIGN KEY'), models.ecriture():
        with contextlib.suppress(ZeroDivisionError), journal.purger_permis():
            models.Audit.delete().execute()
            raise ZeroDivisionError                                 # even if one goes on
    assert len(audit()) == 1
    with models.ecriture(), journal.purger_permis():
        models.Audit.delete().where(models.Audit.fait == 'connexion').execute()
        models.Journal.update(texte='').execute()
    assert audit() == []
    with pytest.raises(peewee.DatabaseError, match='ne se modifie pas'), models.ecriture():
        models.Journal.update(texte='x').execute()
    for jour in ('2025-11-22', '2025-11-23', '2025-11-24', '2026-05-20', '2026-06-01'):
        vieillir(jour)
    assert purger() == ['2 lignes d\'audit supprimées, d\'avant le 24/11/2025']
    assert [jour for jour, in lire('SELECT substr(fait_le, 1, 10) FROM audit ORDER BY id')] == [
        '2025-11-24', '2026-05-20', '2026-06-01', '2026-11-24']
    assert audit(fait='conservation') == [
        ('conservation', None, '', 1, '2 lignes d\'audit supprimées, d\'avant le 24/11/2025')]
    assert purger() == [] and len(audit(fait='conservation')) == 1
    fixer_tous(conservation_audit='6')
    assert purger() == ['2 lignes d\'audit supprimées, d\'avant le 24/05/2026']
    for aujourd_hui, mois, avant in (                               # in months of the calendar
            ('2026-11-24', 12, '2025-11-23T23:00:00Z'), ('2026-03-31', 1, '2026-02-27T23:00:00Z'),
            ('2026-01-15', 1, '2025-12-14T23:00:00Z'), ('2024-02-29', 12, '2023-02-27T23:00:00Z'),
            ('2026-12-31', 6, '2026-06-29T22:00:00Z'), ('2026-07-01', 60, '2021-06-30T22:00:00Z')):
        heure(f'{aujourd_hui}T09:00:00Z')
        assert conservation.il_y_a(mois) == avant, aujourd_hui


def test_une_purge_se_fait_par_lots_entre_lesquels_les_autres_ecrivent_et_un_arret_l_interrompt(base):
    vieillir('2020-01-01', 2_500)
    dits = []

    def souffler():
        en_ecriture(journal.auditer, 'connexion')
        dits.append(audit(fait='conservation')[0][4].split(' lignes')[0])
        return True

    assert purger(souffler) == [f'2{FINE}500 lignes d\'audit supprimées, d\'avant le 24/11/2025']
    assert dits == [f'1{FINE}000', f'2{FINE}000']
    assert len(audit(fait='conservation')) == 1 and len(audit()) == 3
    vieillir('2020-01-01', 2_500)
    assert len(purger(lambda: False)) == 1                          # a stop interrupts what the next day ends
    assert len(audit(fait='connexion')) == 1_500 + 2
    purger()
    assert len(audit(fait='connexion')) == 2


ANCIEN = '2025-01-01T09:00:00Z'


@pytest.fixture
def anciens(creer):
    """Four mails to the mairie written long ago: {sent, sent lately, given up, waiting: id}."""
    demande = creer('en_cours')
    etats = {'envoye': {'envoye_le': ANCIEN}, 'recent': {'envoye_le': '2026-11-01T09:00:00Z'},
             'abandonne': {'echec_le': ANCIEN, 'raison': '550'}, 'attend': {}}
    with models.ecriture():
        models.Courriel.delete().execute()
        for n, (_, dates) in enumerate(etats.items(), 1):
            models.Courriel.create(id=n, identifiant=f'<{n}@x>', demande=demande, pour='demandeur', modele='accuse',
                                   destinataire=demande.courriel, objet='Accusé', corps=f'/suivi/{demande.jeton}',
                                   cree_le=ANCIEN, a_partir_de=ANCIEN, **dates)
    return dict(zip(etats, range(1, 5), strict=True))


def test_le_texte_d_un_courriel_parti_s_efface_a_son_terme_celui_d_un_abandonne_attend(anciens, monde, entrer):
    def montres():
        return entrer(monde.chef).get('/espace/demandes/1').html.find(id='courriels').parent.parent.text
    avant = montres()
    assert purger() == ['1 texte de courriel effacé, d\'avant le 24/11/2025']
    assert dict(lire("SELECT id, corps != '' FROM courriel")) == {n: quoi != 'envoye' for quoi, n in anciens.items()}
    assert audit(fait='conservation') == [
        ('conservation', None, '', 1, '1 texte de courriel effacé, d\'avant le 24/11/2025')]
    assert montres() == avant and 'envoyé le 1er\u00a0janvier' in avant        # the page shows them still
    with pytest.raises(models.Refus, match='effacé au terme de sa conservation'), models.ecriture():
        models.Courriel.update(corps='').where(models.Courriel.id == anciens['abandonne']).execute()
        actes.renvoyer(models.Courriel.get_by_id(anciens['abandonne']), monde.chef)
    with models.ecriture():
        actes.renvoyer(models.Courriel.get_by_id(anciens['abandonne']), monde.chef)
    with models.ecriture():
        repris = porteur.prendre_courriel()
        assert repris.id in (anciens['abandonne'], anciens['attend']) and '/suivi/' in repris.corps
        models.Courriel.update(envoye_le=ANCIEN).where(models.Courriel.id == anciens['abandonne']).execute()
    assert purger() and lire('SELECT corps FROM courriel WHERE id = ?', anciens['abandonne']) == [('',)]


def test_une_purge_ne_fait_repartir_aucun_rappel(creer, heure):
    creer('attribue_chef')
    heure('2026-11-27T08:00:00Z')
    assert porteur.relances() > 0
    partis = len(courriels(modele='relance'))
    heure('2026-11-27T09:00:00Z')
    with models.ecriture(), journal.purger_permis():                # whatever the setting
        models.Audit.delete().execute()
    en_ecriture(models.Courriel.update(envoye_le=ANCIEN).execute)
    assert purger()
    assert porteur.relances() == 0 and len(courriels(modele='relance')) == partis


def test_le_porteur_purge_une_fois_par_jour_et_le_dit_au_journal_du_serveur(monde, base, monkeypatch, caplog):
    vieillir('2020-01-01', 3)
    with models.ecriture():                                         # networks too, where one has not signed in lately
        for ip, jour in (('192.0.2.1', '2026-08-25'), ('192.0.2.2', '2026-08-27')):
            models.Reseau.create(agent=monde.chef, adresse=ip, vu_le=f'{jour}T09:00:00Z')
    monkeypatch.setattr(porteur, 'RONDE', 1)
    monkeypatch.setattr(porteur.time, 'monotonic', iter(range(0, 10_000_000, 7200)).__next__)   # an hour at each look
    with caplog.at_level(logging.INFO, logger='plateforme'):
        porter(monkeypatch, base, 1)
    assert lue(base, 'SELECT adresse FROM reseau') == [('192.0.2.2',)]
    assert audit(fait='connexion') == [] and 'conservation : 3 lignes d\'audit supprimées' in caplog.text
    faites = []
    monkeypatch.setattr(porteur, 'purger_au_terme', lambda souffler: faites.append(1) or [])
    vue = iter(['2026-11-24'] * 8 + ['2026-11-25'] * 60)
    monkeypatch.setattr(porteur, 'aujourdhui', lambda: next(vue))
    porter(monkeypatch, base, 20)
    assert len(faites) == 2


def test_la_documentation_nomme_chaque_fait_de_l_audit_et_une_base_qui_a_vecu_n_en_a_pas_d_autre(demonstration):
    """A SIEM reads these words: they are said, and stable."""
    dits = set(re.findall(r'`([^`]+)`', sans_code(section('securite', '## L\'audit'))))
    assert len(faits_de_l_audit()) > 100 and faits_de_l_audit() - dits == set()
    with contextlib.closing(sqlite3.connect(demonstration)) as base:
        vus = {fait for fait, in base.execute('SELECT DISTINCT fait FROM audit')}
    assert len(vus) > 3 and vus <= faits_de_l_audit()
