"""Mails to a real SMTP server, at least once with one Message-ID; the reminders of the morning (regles.md §8)."""
import email
import email.policy
import re
import socket
import threading
import types
from datetime import timedelta
from unittest import mock

import pytest
from aiosmtpd.controller import Controller
from conftest import (
    agir, changer_ligne, corps_de, courriels, creer_ligne, dernier_courriel, en_ecriture, fixer_tous,
    lettres_du_modele, natures, relire, relire_ligne, tout_part, une_etape)
from serveur import PATIENCE, port_libre

import models
import langue
import plateforme
from verbes import comptes, journal
from verbes.exploitation import porteur
from verbes.demande import actes, jalons
from verbes.courriels import DEMONSTRATION
from verbes.exploitation.environnement import Configuration


class Boite:
    """A relay that keeps what it accepts; `refuse` and `coupe` say how it misbehaves."""

    def __init__(self):
        self.recus, self.refuse, self.coupe = [], {}, False

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return '250 OK'

    async def handle_DATA(self, server, session, envelope):
        self.recus.append(envelope)
        if self.coupe:
            server.transport.close()
        return '250 Message accepted'

    def envoyer(self, *combien):
        return porteur.envoyer_courriels(self.configuration, *combien)


@pytest.fixture
def relais(base):
    boite = Boite()
    serveur = Controller(boite, hostname='127.0.0.1', port=port_libre(), ready_timeout=PATIENCE)
    serveur.start()
    boite.configuration, boite.base, boite.port = configurer(base, serveur.port), base, serveur.port
    yield boite
    serveur.stop()


def configurer(base, port):
    return Configuration({'PLATEFORME_BASE': base, 'PLATEFORME_SMTP': f'smtp://127.0.0.1:{port}',
                          'PLATEFORME_EXPEDITEUR': 'plateforme@haute-garonne.example'})


def etats():
    return [(c.destinataire, bool(c.envoye_le), bool(c.echec_le)) for c in models.Courriel.select()]


def test_tout_part_une_seule_fois_avec_son_identifiant_son_adresse_et_ses_accents(relais, base, creer, capsys):
    creer()
    assert porteur.envoyer_courriels(configurer(base, port_libre()))['reportes'] == 1
    assert relais.envoyer()['envoyes'] == 0
    plateforme._courriels(relais.configuration, types.SimpleNamespace(echecs=False))    # does not wait for its try
    assert capsys.readouterr().out.startswith('Courriels envoyés\u00a0: 3, reportés\u00a0: 0')
    assert len(relais.recus) == 3 and relais.envoyer() == {'envoyes': 0, 'echecs': 0, 'reportes': 0}
    assert relais.recus[0].rcpt_tos == ['mairie@rieumes.example'] and all(envoye for _, envoye, _ in etats())
    lettre = email.message_from_bytes(relais.recus[0].content, policy=email.policy.default)
    assert lettre['Subject'] == 'Demande enregistrée – n°\u00a01 (Revitalisation de bourg-centre)'
    assert lettre['Reply-To'] == 'plateforme.territoires@cd31.fr' and lettre['Auto-Submitted'] == 'auto-generated'
    assert 'plateforme@haute-garonne.example' in lettre['From'] and lettre['Message-ID'].startswith('<')
    assert 'accord, ni attribution d’une aide' in lettre.get_content() and '/suivi/' in lettre.get_content()


def test_un_refus_devient_la_tache_telephoner_et_se_renvoie(relais, creer, monde, capsys, monkeypatch):
    demande = creer()
    relais.refuse = {'mairie@rieumes.example': '550 5.2.2 boite pleine'}
    assert relais.envoyer() == {'envoyes': 2, 'echecs': 1, 'reportes': 0}
    echec = models.Courriel.get(models.Courriel.echec_le.is_null(False))
    ligne = models.Journal.get(models.Journal.nature == 'envoi')
    assert 'boite pleine' in echec.raison and 'téléphone' in ligne.texte and natures(demande)[-1] == ('envoi', None)
    en_ecriture(actes.renvoyer, echec, monde.chef)
    assert relais.envoyer()['echecs'] == 1
    relais.refuse = {}
    for nom, valeur in (('BASE', relais.base), ('SMTP', f'smtp://127.0.0.1:{relais.port}')):
        monkeypatch.setenv(f'PLATEFORME_{nom}', valeur)
    assert plateforme.main(['courriels', '--echecs']) == 0
    assert 'repris\u00a0: 1' in capsys.readouterr().out and not any(echec for *_, echec in etats())
    assert relire(demande).statut == 'attribue_chef'
    changer_ligne(echec, echec_le=langue.maintenant(), envoye_le=None)
    agir(actes.changer_interlocuteur, demande, monde.chef, {'courriel': 'dgs@rieumes.example'})
    with pytest.raises(models.Refus, match='a changé'):
        en_ecriture(actes.renvoyer, relire_ligne(echec), monde.chef)


def test_un_refus_passager_attend_de_plus_en_plus_et_apres_120_essais_est_abandonne(relais, creer, heure, monkeypatch):
    creer()
    relais.refuse = {'mairie@rieumes.example': '450 greylisted'}
    for instant, reportes in (('09:00:00', 1), ('09:00:00', 0), ('09:01:01', 1), ('09:05:00', 0)):
        heure(f'2026-11-24T{instant}Z')
        assert relais.envoyer()['reportes'] == reportes, instant
    relais.refuse = {}
    heure('2026-11-24T09:06:10Z')
    assert relais.envoyer()['envoyes'] == 1
    en_ecriture(models.Courriel.delete().execute)
    creer(message='b')
    en_ecriture(models.Courriel.delete().where(models.Courriel.modele != 'accuse').execute)
    monkeypatch.setattr(porteur, '_envoyer', lambda *_: ('reportes', '450 greylisted'))
    bilans = []
    for _ in range(140):
        bilans.append(porteur.envoyer_courriels(configurer(relais.base, 1)))
        heure(str(langue.horloge() + timedelta(hours=1)))
    assert sum(b['reportes'] for b in bilans) == porteur.ESSAIS_MAX - 1 and sum(b['echecs'] for b in bilans) == 1
    assert etats() == [('mairie@rieumes.example', False, True)]
    assert next(n for n, b in enumerate(bilans) if b['echecs']) >= 120 and en_ecriture(porteur.abandonnes) == 1


def test_un_relais_arrete_ou_qui_raccroche_est_sonde_de_loin_en_loin_et_ne_coute_aucun_courriel(
        relais, creer, heure, plus_tard, monkeypatch):
    creer()
    absent, minutes = configurer(relais.base, port_libre()), []
    for minute in range(40):
        bilan = porteur.envoyer_courriels(absent)
        if bilan['reportes']:
            assert bilan == {'envoyes': 0, 'echecs': 0, 'reportes': 1}
            minutes.append(minute)
        plus_tard(60)
    assert minutes == [0, 1, 6, 21, 36]
    for _ in range(144):                                            # more than a week-end
        porteur.envoyer_courriels(absent)
        plus_tard(3600)
        heure(str(langue.horloge() + timedelta(hours=1)))
    assert {(c.essais, c.echec_le) for c in models.Courriel} == {(0, None)} and en_ecriture(porteur.abandonnes) == 0
    plus_tard(15 * 60)
    assert relais.envoyer() == {'envoyes': 3, 'echecs': 0, 'reportes': 0}
    heure('2026-11-24T09:00:00Z')
    creer(message='b')                                              # one that makes it hang up does not stop the others
    vrai, essayes = porteur._envoyer, []
    monkeypatch.setattr(porteur, '_envoyer', lambda courriel, *reste: (
        essayes.append(courriel.id), ('relais', '') if courriel.id == essayes[0] else vrai(courriel, *reste))[1])
    heure('2026-11-24T09:00:10Z')
    assert relais.envoyer()['reportes'] == 1
    plus_tard(60)
    assert relais.envoyer()['envoyes'] == 2


def test_ni_une_horloge_qui_saute_ni_un_processus_mort_ni_une_coupure_ne_le_retiennent(relais, creer, heure):
    for saut in ('2027-12-29T09:00:00Z', '2026-01-24T09:00:00Z'):
        heure(saut)
        creer(message=saut)
        heure('2026-11-24T09:00:00Z')
        assert relais.envoyer()['envoyes'] == 3, saut
    creer()
    en_ecriture(porteur.prendre_courriel)                           # by a process that died then
    assert relais.envoyer()['envoyes'] == 2
    heure('2026-11-24T09:10:01Z')
    relais.recus.clear()
    relais.coupe = True
    assert relais.envoyer(1)['reportes'] == 1
    relais.coupe = False
    porteur.ne_plus_attendre()
    assert relais.envoyer()['envoyes'] == 1
    assert [recu.rcpt_tos for recu in relais.recus] == [['mairie@rieumes.example']] * 2
    assert len({re.search(rb'^Message-ID.*$', recu.content, re.M)[0] for recu in relais.recus}) == 1


def test_le_texte_d_un_lien_a_usage_unique_n_est_pas_garde_et_expire_il_est_abandonne(relais, monde, heure):
    _, jeton = en_ecriture(comptes.inviter, 'neuf@haute-garonne.example', monde.admin.direction, 'Neuf', 'Essai')
    relais.envoyer()
    assert jeton.encode() in relais.recus[0].content.replace(b'=\r\n', b'')
    assert jeton not in models.Courriel.get().corps
    en_ecriture(comptes.inviter, 'lou@hgi.example', monde.chef.direction, 'Lou', 'Neuf')
    heure('2026-12-09T09:00:00Z')
    assert relais.envoyer() == {'envoyes': 0, 'echecs': 1, 'reportes': 0}
    assert 'expiré' in dernier_courriel('invitation').raison
    assert porteur.reprendre_les_echecs() == (0, 1) and len(relais.recus) == 1


def test_un_relais_lent_reporte_apres_le_delai(base, creer, monkeypatch):
    creer()
    monkeypatch.setattr(porteur.connexion_smtp, '__defaults__', (0.2,))
    with socket.socket() as muet:
        muet.bind(('127.0.0.1', 0))
        muet.listen(10)
        secours = threading.Timer(PATIENCE, muet.close)         # only a hang lasts until then
        secours.start()
        assert porteur.envoyer_courriels(configurer(base, muet.getsockname()[1]), 2)['reportes'] == 1
        assert secours.is_alive()
        secours.cancel()


def test_l_envoi_ne_tient_aucun_verrou_une_demonstration_n_ecrit_qu_aux_exemples(relais, creer, monkeypatch):
    def envoyer_en_ecrivant(*_):                                    # another thread writes meanwhile
        fil = threading.Thread(target=en_ecriture, args=(journal.auditer, "pendant l'envoi"))
        fil.start()
        fil.join(PATIENCE)
        return ('reportes', 'verrou tenu') if fil.is_alive() else ('envoyes', '')
    creer()
    with monkeypatch.context() as ecrit:
        ecrit.setattr(porteur, '_envoyer', envoyer_en_ecrivant)
        assert relais.envoyer()['envoyes'] == 3
    fixer_tous(demonstration='1')
    creer(courriel='maire@vraie-commune.fr')
    assert relais.envoyer()['echecs'] == 1 and all('vraie-commune' not in str(e.rcpt_tos) for e in relais.recus)
    assert all(DEMONSTRATION[:20].encode() in e.content.replace(b'=\r\n', b'')
               or b'base64' in e.content or b'Site de d' in e.content for e in relais.recus)


def relancer():
    tout_part()                                                     # what was written before has left
    return porteur.relances()


def rappels():
    return lettres_du_modele('relance')


def points():
    return {(c.destinataire, c.corps.count('- n°')) for c in rappels()}


def test_le_journal_est_dit_une_fois_par_jour_sauf_a_son_auteur_son_silence_par_mois_sauf_etape(creer, monde, heure):
    demande = creer('en_cours')
    changer_ligne(monde.cochef, avis_journal='jamais')
    for qui, texte in ((monde.referent, 'Appel.'), (monde.referent, 'Visite.'), (monde.admin, 'Note.')):
        en_ecriture(journal.ajouter_au_journal, relire(demande), qui, 'note', texte)
    heure('2026-11-25T07:00:00Z')                                   # three lines of one demande: said once
    assert relancer() == 2 and points() == {(monde.chef.courriel, 1), (monde.referent.courriel, 1)}
    corps = next(c.corps for c in rappels() if c.corps.startswith('Bonjour Camille'))
    assert ': du nouveau au journal par Claude Temoin et Maxime Exemple\n' in corps.replace('\u00a0', ' ')
    assert 'Appel.' not in corps
    heure('2027-02-22T09:00:00Z')                                   # no line for three months
    assert relancer() == 1 and relancer() == 0
    heure('2027-03-01T09:00:00Z')
    agir(jalons.prevoir_etape, demande, monde.referent, une_etape(pour_le='2027-03-15'))
    agir(jalons.changer, demande, monde.referent, models.Jalon.get(), une_etape('Revenir', pour_le='2027-04-01'))
    assert models.Journal.select().order_by(models.Journal.id.desc()).get().texte.replace('\u00a0', ' ') == (
        'Étape changée : Faire le point, par Claude Temoin, pour le 15/03/2027 → Revenir, par Claude Temoin, '
        'pour le 01/04/2027.')
    assert relancer() == 0


def jamais_ouverts(*agents):
    """Nobody has ever entered these accounts."""
    for agent in agents:
        changer_ligne(agent, ouvert_le=None)


def test_un_compte_jamais_ouvert_laisse_ses_rappels_a_son_chef_et_les_retrouve_meme_par_le_sso(creer, monde, heure):
    creer('receptionne_expert')
    jamais_ouverts(monde.referent, monde.cochef)
    heure('2026-12-03T08:00:00Z')
    assert relancer() == 1 and relancer() == 0 and points() == {(monde.chef.courriel, 1)}
    assert 'expert absent\u00a0: expert à désigner' in corps_de('relance')
    en_ecriture(comptes.connecter, monde.referent, 'sso')
    assert relancer() == 1 and (monde.referent.courriel, 1) in points()


def test_qui_remplace_un_compte_jamais_ouvert_sans_journal_ou_agit_pour_un_autre_a_ses_rappels(creer, monde, heure):
    en_ecriture(journal.ajouter_au_journal, creer('en_cours'), monde.referent, 'note', 'Appel.')
    jamais_ouverts(monde.chef)
    heure('2026-11-25T07:00:00Z')
    assert relancer() == 1 and points() == {(monde.cochef.courriel, 1)}
    heure('2026-11-24T09:00:00Z')
    creer('receptionne_expert', message='b')
    jamais_ouverts(monde.referent)
    creer_ligne(models.Absence, agent=monde.referent, du='2026-12-01', au='2026-12-31', suppleant=monde.autre)
    heure('2026-12-03T08:00:00Z')
    assert relancer() == 1 and points() == {(monde.cochef.courriel, 1), (monde.autre.courriel, 1)}
    creer_ligne(models.Delegation, pour=monde.cochef, par=monde.autre)
    creer(message='c')
    assert 'ddat@haute-garonne.example' not in {destinataire for _, destinataire in courriels()}
    (recu,) = (c for c in lettres_du_modele('nouvelle_chef') if c.destinataire == monde.autre.courriel)
    assert '(pour Andrea Modele)' in recu.corps and recu.objet.startswith('Pour Andrea Modele – Rieumes, n°\u00a0')
    assert 'Vous agissez pour Andrea Modele\u00a0: ce qui suit s\'adresse à Andrea Modele, et vous re' in recu.corps


def test_ni_autorites_en_clair_ni_nom_de_machine_a_chaque_courriel(monkeypatch):
    """Without an address, it is the DNS that is asked, and lets wait; the authorities are 5 ms of processor a mail, and
    150 certificates in the memory that the carrier leaves behind it."""
    monkeypatch.setattr(porteur.ssl, 'create_default_context', lambda: pytest.fail('lu'))
    for machine, adresse, dite in (('mairie.example.fr', ['10.0.0.5'], 'mairie.example.fr'),
                                   ('mairie', ['10.0.0.5'], '[10.0.0.5]'), ('mairie', OSError, '[127.0.0.1]')):
        nom, smtp = mock.Mock(return_value=machine), mock.Mock()
        monkeypatch.setattr(porteur.socket, 'gethostbyname', mock.Mock(side_effect=adresse))
        monkeypatch.setattr(porteur.socket, 'getfqdn', nom)
        monkeypatch.setattr(porteur.smtplib, 'SMTP', smtp)
        porteur._nom_d_ici.cache_clear()
        for _ in range(3):
            porteur.connexion_smtp(Configuration({'PLATEFORME_SMTP': 'smtp://relais.example:25'}).smtp)
        assert nom.call_count == 1, dite
        assert [appel.args for appel in smtp.call_args_list] == [('relais.example', 25, dite)] * 3
    porteur._nom_d_ici.cache_clear()
