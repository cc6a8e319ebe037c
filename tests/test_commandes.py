"""The command line and the real server:
one clear sentence, exit codes, SIGTERM, one process a base (regles.md §17)."""

import os
import re
import shutil
import signal
import socket
import subprocess

import peewee
import pytest
from serveur import ICI, PATIENCE, PLATEFORME, arreter, demander, demarrer, lancer, lire, servie, tout_lire

import models
import plateforme
from models import Refus
from verbes import comptes
from verbes.exploitation.environnement import Configuration
from verbes.exploitation.exploitation import lire_exemple


def une_phrase(resultat, code=1):
    assert resultat.returncode == code, resultat
    assert 'Traceback' not in resultat.stderr and len(resultat.stderr.strip().splitlines()) == 1, resultat.stderr
    return resultat.stderr.strip()


@pytest.mark.parametrize('arguments', [
    ('inconnu',), ('importer',), ('importer', 'agents'), ('importer', 'rien', 'x.csv'),
    ('agent',), ('agent', 'a@b.fr', '--admin'),
    ('restaurer', 'x.db', '--apres', '-5'), ('restaurer', 'x.db', '--apres', '0'), ('servir', 'en', 'trop')])
def test_une_commande_mal_ecrite_sort_avec_2(tmp_path, arguments):
    resultat = lancer(*arguments, base=tmp_path / 'x.db')
    assert resultat.returncode == 2 and 'Commande mal écrite' in resultat.stderr and not os.listdir(tmp_path)
    assert not re.search(r'usage|required|invalid|unrecognized', resultat.stderr)


@pytest.mark.parametrize('arguments, dit', [
    (['inconnu'], '«\u00a0inconnu\u00a0» n\'est pas un choix'),
    (['servir', 'en', 'trop'], '«\u00a0en trop\u00a0» n\'y est pas'),
    (['agent'], 'il manque COURRIEL'), (['importer', 'agents'], 'il manque FICHIER'),
    (['agent', 'a@b.fr', '--nom'], '--nom attend une valeur'), (['agent', 'a@b.fr', '--admin'], '--admin'),
    (['restaurer', 'x.db', '--apres', 'z'], '--apres ne peut pas être «\u00a0z\u00a0»')])
def test_une_commande_mal_ecrite_dit_quel_mot(capsys, arguments, dit):
    with pytest.raises(SystemExit):
        plateforme.analyser(arguments)
    assert dit in capsys.readouterr().err


@pytest.mark.parametrize('mots', [
    ('tout', '--essai', 'f.zip'), ('--essai', 'tout', 'f.zip'), ('tout', 'f.zip', '--essai'), ('tout', '--essai', '-')])
def test_les_options_d_un_import_se_tapent_ou_l_on_veut(mots):
    options = plateforme.analyser(['importer', *mots])
    assert (options.quoi, options.essai, options.fichier) == ('tout', True, '-' if '-' in mots else 'f.zip')


@pytest.mark.parametrize('mots', [('tout', '--essai', 'f.zip', 'g.zip'), ('tout', 'f.zip', '--essai', 'g.zip'),
                                  ('tout', '--essai', '--aie')])
def test_un_mot_de_trop_dans_un_import_est_refuse(capsys, mots):
    with pytest.raises(SystemExit):
        plateforme.analyser(['importer', *mots])
    assert f'{mots[-1]}\u00a0»' in capsys.readouterr().err


@pytest.mark.parametrize('mots', [('verifier',), ('agent', '--liste'), ('exemples', 'sbom'), ('exemples', 'nginx')])
def test_une_commande_dont_la_sortie_est_coupee_le_dit_d_une_phrase(ouverte, mots):
    """« controler | head -1 »: nobody reads what follows."""
    lit, ecrit = os.pipe()
    os.close(lit)
    with open(ecrit, 'wb') as sortie:
        fini = subprocess.run([*PLATEFORME, *mots], cwd=ICI, stdout=sortie, stderr=subprocess.PIPE, text=True,
                              env={**os.environ, 'PLATEFORME_BASE': str(ouverte), 'PYTHONUNBUFFERED': ''})
    assert "ce qui lisait la sortie s'est arrêté" in une_phrase(fini)


def test_une_machine_qui_ne_sait_pas_l_heure_de_paris_dit_le_paquet_qui_manque(tmp_path):
    (tmp_path / 'tzdata').mkdir()                                   # in front of the one that the tests bring
    (tmp_path / 'tzdata' / '__init__.py').touch()
    assert 'apt install tzdata' in une_phrase(lancer(
        '--version', base=tmp_path / 'x.db', PYTHONTZPATH='/nulle/part', PYTHONPATH=str(tmp_path)))


def test_l_aide_est_en_francais(tmp_path):
    resultat = lancer('--help', base=tmp_path / 'x.db')
    assert resultat.returncode == 0 and all(verbe in resultat.stdout for verbe in plateforme.VERBES)
    assert not re.search(r'usage|positional|show this',
                         resultat.stdout + lancer('agent', '--help', base=tmp_path / 'x.db').stdout)


@pytest.mark.parametrize('arguments', [
    ('servir',), ('migrer',), ('courriels',), ('relances',), ('agent', 'a@b.fr', '--prenom', 'A', '--nom', 'B')])
def test_un_verbe_sur_une_base_absente_le_dit_sans_la_creer(tmp_path, arguments):
    assert "n'existe pas" in une_phrase(lancer(*arguments, base=tmp_path / 'absente.db'))
    assert not os.listdir(tmp_path)


def test_initialiser_puis_ouvrir_un_compte_donne_un_lien_qui_sert(tmp_path):
    base = tmp_path / 'x.db'
    assert lancer('initialiser', base=base).returncode == 0
    assert 'existe déjà' in une_phrase(lancer('initialiser', base=base))
    resultat = lancer('agent', 'Chef@Exemple.fr', '--administrateur', '--prenom', 'Ada', '--nom', 'Exemple', base=base)
    jeton = re.search(r'/invitation/(\S+)', resultat.stdout)[1]
    models.brancher(str(base))
    with models.lecture():
        agent = comptes.lien_valable(jeton).agent
        assert (agent.courriel, agent.administrateur, agent.actif) == ('chef@exemple.fr', True, True)
    models.debrancher()


def test_une_direction_qui_n_est_pas_celle_du_compte_est_refusee_et_la_sienne_acceptee(tmp_path):
    base = tmp_path / 'x.db'
    lancer('initialiser', base=base)
    lancer('agent', 'a@exemple.fr', '--prenom', 'Ada', '--nom', 'Exemple', base=base)
    assert '--direction' in une_phrase(lancer('agent', 'a@exemple.fr', '--direction', 'Inconnue', base=base))
    assert lancer('agent', 'a@exemple.fr', '--direction', 'Équipe de la Plateforme', base=base).returncode == 0


def test_un_compte_inconnu_demande_nom_et_prenom(tmp_path):
    base = tmp_path / 'x.db'
    lancer('initialiser', base=base)
    assert '--prenom' in une_phrase(lancer('agent', 'a@exemple.fr', base=base))


def test_importer_liste_les_erreurs_et_n_ecrit_rien(tmp_path):
    base, fichier = tmp_path / 'x.db', tmp_path / 'agents.csv'
    lancer('initialiser', base=base)
    fichier.write_text('courriel;prenom\npas une adresse;X\n')
    resultat = lancer('importer', 'agents', str(fichier), base=base)
    assert resultat.returncode == 1 and 'ligne' in resultat.stderr and "rien n'a été importé" in resultat.stderr
    assert 'absent.csv\u00a0: n\'existe pas' in une_phrase(
        lancer('importer', 'agents', str(tmp_path / 'absent.csv'), base=base))
    assert 'courriel' in lancer('importer', 'agents', '--colonnes', base=base).stdout


def test_un_import_se_donne_aussi_par_l_entree_standard(tmp_path):
    base = tmp_path / 'x.db'
    lancer('initialiser', base=base)
    with open(f'{ICI}/static/modeles/structures.csv', encoding='utf-8') as fichier:
        ajoutes = lancer('importer', 'structures', '-', base=base, entree=fichier.read())
    assert ajoutes.returncode == 0 and not ajoutes.stdout.startswith('0 '), ajoutes


def test_la_version_se_lit_sans_base_ni_reglage_dans_le_log_et_la_documentation(base):
    dite = lancer('--version', base='/nulle/part.db', PLATEFORME_URL='faux')
    assert dite.returncode == 0 and dite.stdout.startswith(f'plateforme {plateforme.VERSION} (Python 3'), dite
    with servie(base) as processus:
        assert f'service démarré, version {plateforme.VERSION}' in processus.journal()
        assert demander(processus.port, '/sante')[2].count(f'"version": "{plateforme.VERSION}"'.encode()) == 1
    assert f'\n- **{plateforme.VERSION}**' in lire_exemple('doc/versions.md')


def test_courriels_sans_relais_dit_combien_attendent(tmp_path):
    base = tmp_path / 'x.db'
    lancer('initialiser', base=base)
    assert 'PLATEFORME_SMTP' in une_phrase(lancer('courriels', base=base))
    assert lancer('relances', base=base).stdout.endswith(': 0.\n')


@pytest.mark.parametrize('environ, dit', [
    ({'PLATEFORME_ECOUTE': '8080'}, 'hôte:port'),
    ({'PLATEFORME_ECOUTE': '127.0.0.1:abc'}, 'hôte:port'),
    ({'PLATEFORME_ECOUTE': '127.0.0.1:99999'}, 'hôte:port'),
    ({'PLATEFORME_ECOUTE': '0.0.0.0:8080'}, 'PLATEFORME_URL'),
    ({'PLATEFORME_URL': 'http://exemple.fr'}, 'https://'),
    ({'PLATEFORME_URL': 'exemple.fr'}, 'adresse complète'),
    ({'PLATEFORME_URL': 'https://exemple.fr/chemin'}, 'sans chemin'),
    ({'PLATEFORME_URL': 'https://exemple.fr?x'}, 'adresse complète'),
    ({'PLATEFORME_URL': 'https://exemple.fr#x'}, 'adresse complète'),
    ({'PLATEFORME_URL': 'https://moi@exemple.fr'}, 'adresse complète'),
    ({'PLATEFORME_URL': 'https://exemple.fr:abc'}, 'adresse complète'),
    ({'PLATEFORME_URL': 'https://exemple.fr:443:443'}, 'adresse complète'),
    ({'PLATEFORME_URL': 'https://[x'}, 'adresse complète'),
    ({'PLATEFORME_SMTP': 'relais'}, 'smtp://'),
    ({'PLATEFORME_SMTP': 'smtp://h:x'}, 'smtp://'),
    ({'PLATEFORME_SMTP': 'smtp://[x'}, 'smtp://'),
    ({'PLATEFORME_SMTP': 'smtp://c:s@relais.fr'}, 'en clair'),
    ({'PLATEFORME_SMTP': 'smtp://c:s@relais.fr:587?starttls=true'}, 'starttls=1'),
    ({'PLATEFORME_SMTP': 'smtp://c:s@relais.fr:587?startls=1'}, 'starttls=1'),
    ({'PLATEFORME_SMTP': 'smtp://c:s@relais.fr:587?STARTTLS=1'}, 'starttls=1'),
    ({'PLATEFORME_SMTP': 'smtp://c:s@relais.fr:587?starttls=1&x=1'}, 'starttls=1'),
    ({'PLATEFORME_SMTP': 'smtp://c:s@relais.fr:587?'}, 'starttls=1'),
    ({'PLATEFORME_SMTP': 'smtps://c:s@relais.fr?starttls=1'}, 'pour smtp://'),
    ({'PLATEFORME_SMTP': 'smtp://c:p@ss#1/2@relais.fr:587?starttls=1'}, '%23'),
    ({'PLATEFORME_SMTP': 'smtp://c:12/3@relais.fr:587?starttls=1'}, '%2F'),
    ({'PLATEFORME_SMTP': 'smtp://c:12?3@relais.fr:587?starttls=1'}, '%3F'),
    ({'PLATEFORME_SMPT': 'smtp://relais.fr'}, "PLATEFORME_SMPT n'existe pas"),
    ({'PLATEFORME_': ''}, "n'existe pas"),
    ({'PLATEFORME_EXPEDITEUR': 'moi'}, 'courriel')])
def test_une_mauvaise_configuration_est_refusee_par_une_phrase(environ, dit):
    with pytest.raises(Refus, match=dit):
        Configuration(environ)


@pytest.mark.parametrize('adresse', [
    'smtp://relais.fr', 'smtp://relais.fr:25', 'smtp://relais.fr?starttls=1', 'smtps://c:s@relais.fr',
    'smtp://c:s@127.0.0.1', 'smtp://c:s@localhost:1025', 'smtp://c:s@[::1]:25',
    'smtp://c:p%40ss%231%2F2%3F@relais.fr?starttls=1'])
def test_un_relais_sans_compte_ou_chiffre_ou_sur_la_machine_est_accepte(adresse):
    assert Configuration({'PLATEFORME_SMTP': adresse}).smtp['hote'] in adresse


def test_une_adresse_de_relais_refusee_ne_montre_pas_son_mot_de_passe():
    for adresse in ('smtp://c:tres-secret@relais.fr', 'smtp://c:tres-secret#@relais.fr', 'smtps://c:tres-secret@[x'):
        with pytest.raises(Refus) as refus:
            Configuration({'PLATEFORME_SMTP': adresse})
        assert 'secret' not in str(refus.value)


@pytest.mark.parametrize('url, hote', [
    ('https://exemple.fr:443/', 'https://exemple.fr'), ('https://exemple.fr:8443', 'https://exemple.fr:8443'),
    ('HTTPS://Exemple.FR', 'https://exemple.fr'), ('http://127.0.0.1:80', 'http://127.0.0.1'),
    ('http://[::1]:80', 'http://[::1]'), ('http://127.0.0.1:8080', 'http://127.0.0.1:8080')])
def test_le_port_d_usage_n_est_pas_dans_l_adresse_car_les_navigateurs_ne_le_disent_pas(url, hote):
    assert Configuration({'PLATEFORME_URL': url}).url == hote


def test_la_configuration_lit_le_relais_et_ses_secrets():
    configuration = Configuration(
        {'PLATEFORME_SMTP': 'smtp://moi:mot%20de%20passe@relais.fr:587?starttls=1'})
    assert configuration.smtp == {'hote': 'relais.fr', 'port': 587, 'ssl': False, 'starttls': True,
                                  'compte': 'moi', 'secret': 'mot de passe'}
    assert configuration.url == 'http://127.0.0.1:8080'


@pytest.mark.parametrize('ecoute, dit', [
    ('192.0.2.1:8080', "n'a pas cette adresse"), ('nulle-part.invalid:8080', "n'a pas d'adresse"),
    (None, 'un autre programme y écoute déjà')])
def test_une_ecoute_impossible_se_dit_et_nomme_le_reglage(tmp_path, ecoute, dit):
    lancer('initialiser', base=tmp_path / 'x.db')
    with socket.create_server(('127.0.0.1', 0)) as prise:
        ecoute = ecoute or f'127.0.0.1:{prise.getsockname()[1]}'
        phrase = une_phrase(lancer('servir', base=tmp_path / 'x.db',
                                   PLATEFORME_ECOUTE=ecoute, PLATEFORME_URL='https://exemple.fr'))
    assert dit in phrase and ecoute in phrase and 'PLATEFORME_ECOUTE' in phrase


def test_une_erreur_du_systeme_ou_de_sqlite_se_dit_en_francais_meme_enveloppee(tmp_path):
    assert (models.dire_incident(PermissionError(13, 'Permission denied', '/x'))
            == '/x\u00a0: ce compte n\'en a pas le droit')
    (tmp_path / 'x.db').write_bytes(b'pas une base' * 100)
    with pytest.raises(peewee.DatabaseError) as incident:
        peewee.SqliteDatabase(str(tmp_path / 'x.db')).execute_sql('SELECT * FROM x')
    assert models.dire_incident(incident.value) == 'ce fichier n\'est pas une base, ou est abîmé'
    assert models.dire_incident(OSError(5, 'autre')) == '[Errno 5] autre'


def test_une_sauvegarde_sans_nom_ou_dans_un_dossier_absent_se_dit_sans_nom_de_fichier_cache(tmp_path):
    lancer('initialiser', base=tmp_path / 'x.db')
    assert une_phrase(lancer('sauvegarder', '', base=tmp_path / 'x.db')) == 'Indiquez le nom du fichier à écrire.'
    refus = une_phrase(lancer('sauvegarder', str(tmp_path / 'absent' / 's.db'), base=tmp_path / 'x.db'))
    assert refus == f"Rien ne peut être écrit dans {tmp_path / 'absent'} (n'existe pas)."
    (tmp_path / 't.txt').write_text('du texte ' * 500)
    for fichier in (tmp_path / 't.txt', tmp_path):
        assert not re.search('database|disk|unable',
                             une_phrase(lancer('restaurer', str(fichier), base=tmp_path / 'x.db')))


# --- the real server ---


@pytest.fixture(scope='module')
def adresse(base_modele, tmp_path_factory):
    """(host, port) of one server for all who only send it requests."""
    processus = demarrer(shutil.copy(base_modele, tmp_path_factory.mktemp('servie')))
    yield '127.0.0.1', processus.port
    assert processus.poll() is None
    arreter(processus)


def test_le_serveur_sert_s_arrete_proprement_et_refuse_un_second(serveur, base):
    url, processus = serveur
    assert lire(url + '/')[0] == 200
    assert 'déjà servie' in une_phrase(lancer('servir', base=base, PLATEFORME_ECOUTE='127.0.0.1:1'))
    processus.send_signal(signal.SIGTERM)
    assert processus.wait(PATIENCE) == 0 and url in processus.stdout.read()


@pytest.mark.parametrize('brut', [
    b'GET /\xff HTTP/1.1\r\nHost: %s\r\n\r\n',
    b'BOUH\r\n\r\n',
    b'GET /' + b'a' * 300_000 + b' HTTP/1.1\r\n\r\n',
    b'POST /demande HTTP/1.1\r\nHost: %s\r\nContent-Length: abc\r\n\r\n',
    b'POST /demande HTTP/1.1\r\nHost: %s\r\nContent-Length: 99999999999\r\n\r\n',
    b'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n',
    b'GET / HTTP/1.0\r\n\r\n',
    b'GET //mal.example/.. HTTP/1.1\r\nHost: %s\r\n\r\n'])
def test_une_requete_brute_mal_formee_recoit_une_page_avec_ses_entetes(adresse, brut):
    with socket.create_connection(adresse, timeout=PATIENCE) as prise:
        prise.sendall(brut.replace(b'%s', '{}:{}'.format(*adresse).encode()))
        recu = b''
        while b'</html>' not in recu and (morceau := prise.recv(65536)):
            recu += morceau
    code = int(recu.split(b' ')[1])
    assert 400 <= code < 500 and b'Content-Security-Policy' in recu and b'lang="fr"' in recu
    assert lire('http://{}:{}/contact'.format(*adresse))[0] == 200


def test_derriere_un_relais_http_1_0_une_redirection_reste_303(adresse):
    with socket.create_connection(adresse, timeout=PATIENCE) as prise:
        prise.sendall('GET /catalogue/1-faux HTTP/1.0\r\nHost: {}:{}\r\n\r\n'.format(*adresse).encode())
        recu = tout_lire(prise)
    assert b' 303 ' in recu.split(b'\r\n')[0] and b'\r\nLocation: /catalogue/1-' in recu
