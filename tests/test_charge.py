"""The real server held by clients that do nothing, or little: the others are served meanwhile.

How fast is printed (pytest -s), and measured by `make bench`; what is tested is that they are served at all.
"""

import contextlib
import os
import re
import resource
import sqlite3
import statistics
import sys
import threading
import time

import pytest
from conftest import DEPOTS, FIXER, limiter, saisie_de
from serveur import UNITE, attendre, brancher_prise, cookie_de, demander, limites_d_ici, multipart, servie, tout_lire
from test_robustesse import un_envoi
from waitress.adjustments import Adjustments

import models
from verbes import valeurs
from verbes.demande import cycle
from views import wsgi

OISIVES, LENTES, ARRETES = 1000, 500, 8

# The server never gives up on who keeps it waiting (30 s otherwise): whoever is served is served in spite of them,
# and what they block would stay blocked.
PATIENTE = """
import sys, plateforme, waitress
from views import wsgi
wsgi.GROS_OCTETS = int(sys.argv[1])
creer = waitress.create_server
waitress.create_server = lambda application, **options: creer(application, **{**options, 'channel_timeout': 3600})
sys.exit(plateforme.main(['servir']))
"""


@pytest.fixture
def assiege(base, monde, request):
    """A server with a big file and so many demandes of 19 kB (300 make an export too big for the buffers of a socket),
    a process with `cookie`."""
    souple, dur = resource.getrlimit(resource.RLIMIT_NOFILE)
    if dur < 3000:
        pytest.skip(f'{dur} fichiers ouverts au plus ici\u00a0: il en faut 3000')
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(souple, 3000), dur))
    limiter(secondes_minimum=0, **dict.fromkeys(DEPOTS, 1000))
    valeurs.LIMITES['pieces_total'] = valeurs.Limite(900, 50)
    with models.ecriture():
        for n in range(request.param):
            cycle.deposer(saisie_de(monde, message=f'{n} ' + 'x' * 19_000))
        cycle.deposer(saisie_de(monde, message='Avec une pièce.'), [('plan.pdf', b'%PDF' + os.urandom(9_900_000))])
    cookie, prises = cookie_de(monde.admin), []
    octets = '5000000' if 'de_tous' in request.node.name else '400000000'
    commande = sys.executable, '-c', f'{limites_d_ici()}\n{PATIENTE}', octets
    with servie(base, commande, PLATEFORME_PROXY='127.0.0.1', **UNITE) as processus:
        processus.cookie, processus.prises = cookie, prises
        yield processus
        for prise in prises:
            prise.close()
    resource.setrlimit(resource.RLIMIT_NOFILE, (souple, dur))


def occuper(serveur, combien, brut='', tampon=None):
    """Open connections that have sent this and wait."""
    octets = brut.replace('%h', f'127.0.0.1:{serveur.port}').encode()
    nouvelles = [brancher_prise(serveur.port, octets, tampon) for _ in range(combien)]
    serveur.prises += nouvelles
    return nouvelles


def egrener(prises, fini):
    """One byte at a time to each, about every second: for the server they are all busy, for ever."""
    while not fini.is_set():
        for prise in prises:
            try:
                prise.send(b'a')
            except OSError:
                pass
        fini.wait(1)


def mesurer(serveur, fois=15):
    """[seconds] of pages of a visitor and of an agent, and of a demande sent with a file."""
    durees = []
    for n in range(fois):
        _, corps, type_, _ = un_envoi(n, 1)
        for chemin, methode, envoi, entetes in (('/', 'GET', None, {}),
                                                ('/espace', 'GET', None, {'Cookie': serveur.cookie}),
                                                ('/demande', 'POST', corps, {'Content_Type': type_})):
            debut = time.monotonic()
            assert demander(serveur.port, chemin, methode, envoi, **entetes)[0] in (200, 303)
            durees.append(time.monotonic() - debut)
    return durees


def memoire(serveur):
    """The most the process has held, in MB."""
    with open(f'/proc/{serveur.pid}/status') as etat:
        return int(re.search(r'VmHWM:\s+(\d+)', etat.read())[1]) // 1000


def dire(quoi, durees):
    print(f'\n{quoi}\u00a0: médiane {statistics.median(durees) * 1000:.0f} ms, au pire {max(durees) * 1000:.0f} ms')


@pytest.mark.parametrize('assiege', [300], indirect=True)
def test_les_pages_repondent_malgre_mille_connexions_oisives_cinq_cents_lentes_et_huit_lecteurs_arretes(assiege, base):
    dire('sans attaque', mesurer(assiege, 5))
    occuper(assiege, OISIVES)
    lentes = occuper(assiege, LENTES // 2, 'GET /contact HTTP/1.1\r\nHost: %h\r\nX-Lent: ')
    lentes += occuper(assiege, LENTES // 2, 'POST /demande HTTP/1.1\r\nHost: %h\r\n'
                                            'Content-Type: text/plain\r\nContent-Length: 100000\r\n\r\n')
    for chemin in ('/espace/demandes.csv', '/pieces/1'):
        lire = f'GET {chemin} HTTP/1.1\r\nHost: %h\r\nCookie: {assiege.cookie}\r\n\r\n'
        arretes = occuper(assiege, ARRETES // 2, lire, tampon=4096)
        assert all(prise.recv(15) == b'HTTP/1.1 200 OK' for prise in arretes)
    fini = threading.Event()
    fil = threading.Thread(target=egrener, args=(lentes, fini))
    fil.start()
    try:
        durees = mesurer(assiege)
    finally:
        fini.set()
        fil.join()
    dire(f'{len(assiege.prises)} connexions tenues', durees)
    assert assiege.poll() is None and 'Traceback' not in assiege.journal()


def gros_depot(message='Gros.'):
    """The body and the type of a demande with 25 MB of files."""
    champs = {'message': message, 'fiche': '2', 'collectivite': 'Rieumes', 'nom': 'Exemplaire', 'prenom': 'Jeanne',
              'meme_personne': 'oui', 'courriel': 'mairie@rieumes.example', 'telephone': '0536490012'}
    return multipart(champs, [('pieces', f'{n}.pdf', b'%PDF' + os.urandom(8_200_000)) for n in range(3)])


@pytest.mark.parametrize('assiege', [0], indirect=True)
def test_huit_gros_envois_ensemble_puis_vingt_a_la_suite_tiennent_dans_la_meme_memoire(assiege, base):
    """Demandes with 25 MB of files: two are read at a time, three wait for their turn, the others are told to come
    back. What is then sent one by one, accepted or not, adds nothing."""
    def envoyer(client='192.0.2.100'):
        with contextlib.suppress(ConnectionError):
            codes.append(demander(assiege.port, '/demande', 'POST', corps, Content_Type=type_,
                                  X_Forwarded_For=client)[0])

    codes, (corps, type_) = [], gros_depot()
    fils = [threading.Thread(target=envoyer, args=(f'192.0.2.{n}',)) for n in range(8)]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join()
    print(f'\ncodes {sorted(codes)}, {memoire(assiege)} Mo au plus haut')
    assert set(codes) <= {303, 503} and codes.count(303) >= 2 and memoire(assiege) <= 250
    for _ in range(20):
        envoyer()
    print(f'{codes[8:].count(303)} acceptées sur 20 à la suite, {memoire(assiege)} Mo au plus haut')
    assert memoire(assiege) <= 250
    with contextlib.closing(sqlite3.connect(base)) as brute, brute:
        brute.execute(FIXER, ('protection', 'renforcee'))
    avant = len(codes)
    for n in range(15):                                             # refused, their files held nowhere
        corps, type_ = gros_depot(f'Autre {n}')
        envoyer()
    print(f'{codes[avant:].count(429)} refusées sur 15 de plus, {memoire(assiege)} Mo au plus haut')
    assert codes[avant:].count(429) >= 10 and memoire(assiege) <= 250


@pytest.mark.parametrize('assiege', [0], indirect=True)
def test_des_corps_commences_et_jamais_finis_ne_remplissent_pas_la_memoire(assiege):
    """500 senders of 500 kB that stop there: what is received waits on the disk, not in memory (250 MB before)."""
    avant = memoire(assiege)
    debut = 'POST /demande HTTP/1.1\r\nHost: %h\r\nContent-Type: text/plain\r\nContent-Length: 900000\r\n\r\n'
    occuper(assiege, LENTES, debut + 'x' * 500_000)
    mesurer(assiege, 1)
    print(f'\n{memoire(assiege) - avant} Mo de plus pour {LENTES} corps inachevés')
    assert memoire(assiege) - avant < 120


# The beginning of a body of 25 MB, from a client that the proxy of this machine names.
GROS = ('POST /demande HTTP/1.1\r\nHost: %h\r\nX-Forwarded-For: {}\r\nContent-Type: text/plain\r\n'
        'Content-Length: 25000000\r\n\r\n')
PETIT = GROS.replace('25000000', '20') + 'x' * 20


def reponse(prise):
    """The status of what was answered to a raw request."""
    return int(prise.recv(12).split()[1])


def repond(serveur, brut):
    [prise] = occuper(serveur, 1, brut)
    return reponse(prise)


@pytest.mark.parametrize('assiege', [0], indirect=True)
@pytest.mark.parametrize('meme, autre', [('192.0.2.1', '192.0.2.2'), ('2001:db8:1:2::3', '2001:db8:2::1')])
def test_un_client_n_envoie_que_quatre_gros_corps_a_la_fois_et_les_autres_passent(assiege, meme, autre):
    siens = occuper(assiege, 4, GROS.format(meme) + 'x' * 100)
    assert repond(assiege, GROS.format(meme)) == 503
    assert repond(assiege, PETIT.format(meme)) != 503               # a small body is never refused for it
    [suivant] = occuper(assiege, 1, GROS.format(autre))
    suivant.settimeout(1)
    with pytest.raises(TimeoutError):                               # it is awaited
        suivant.recv(1)
    siens.pop().close()                                             # cut off in the middle: counted no more
    attendre(lambda: not refuse_a_l_entete(assiege, GROS.format(meme)))


def refuse_a_l_entete(serveur, brut):
    with contextlib.closing(occuper(serveur, 1, brut)[0]) as prise:
        prise.settimeout(1)
        try:
            return reponse(prise) == 503
        except TimeoutError:
            return False


@pytest.mark.parametrize('assiege', [0], indirect=True)
def test_les_gros_corps_de_tous_se_comptent_par_ce_qui_est_recu(assiege):
    """The limit of 400 MB, lowered to 5: what is announced and does not come counts for nothing; when it is reached,
    who holds the most gives way, and the door is not closed to who arrives.
    """
    for n in range(10):
        occuper(assiege, 1, GROS.format(f'192.0.2.{n}'))
    assert not refuse_a_l_entete(assiege, GROS.format('192.0.2.50'))
    [gourmand] = occuper(assiege, 1, GROS.format('192.0.2.60') + 'x' * 4_500_000)
    [suivant] = occuper(assiege, 1, GROS.format('192.0.2.51') + 'x' * 1_000_000)
    assert tout_lire(gourmand)[:12] in (b'', b'HTTP/1.1 503')       # cut by the other, or refused by itself
    suivant.settimeout(1)
    with pytest.raises(TimeoutError):                               # it is awaited
        suivant.recv(1)
    occuper(assiege, 1, GROS.format('192.0.2.52') + 'x' * 1_900_000)
    [trop] = occuper(assiege, 1, GROS.format('192.0.2.53') + 'x' * 3_000_000)
    assert tout_lire(trop)[:12] in (b'', b'HTTP/1.1 503')           # now the one who holds the most
    assert repond(assiege, PETIT.format('192.0.2.54')) != 503


def test_un_gros_corps_refuse_rend_sa_place_avant_que_la_reponse_soit_partie(monkeypatch):
    """The refused one still waits for a thread: who came after it was refused for it."""
    monkeypatch.setattr(wsgi, 'GROS_OCTETS', 5_000_000)
    canaux, reglages = {}, Adjustments()
    for n in (1, 2):
        canal = canaux[n] = object.__new__(wsgi.Canal)
        canal._map, canal.addr, canal.requests = canaux, (f'192.0.2.{n}', 4000), []
        canal.request = canal.parser_class(reglages)
        canal.request.received(GROS.replace('%h', 'localhost').format('').encode())
    gourmand, suivant = canaux[1].request, canaux[2].request
    for lecteur, octets in ((gourmand, 4_200_000), (suivant, 700_000), (gourmand, 200_000)):
        lecteur.received(b'x' * octets)
    assert gourmand.completed and gourmand.error.code == 503
    canaux[1].requests, canaux[1].request = [gourmand], None        # what waitress does with it (channel.received)
    suivant.received(b'x' * 100_000)
    assert not suivant.error and not suivant.completed


@pytest.mark.parametrize('assiege', [0], indirect=True)
def test_un_gros_corps_coupe_en_chemin_ne_reste_pas_sur_le_disque(assiege):
    """Its temporary file has no name: it is looked for among the descriptors of the process."""
    def temporaires():
        tailles = [os.stat(f'/proc/{assiege.pid}/fd/{n}').st_size for n in os.listdir(f'/proc/{assiege.pid}/fd')
                   if '(deleted)' in os.readlink(f'/proc/{assiege.pid}/fd/{n}')]
        return sum(taille for taille in tailles if taille > 1_000_000)      # not what the process says

    prises = [occuper(assiege, 1, GROS.format(f'192.0.2.{n}') + 'x' * 2_000_000)[0] for n in range(5)]
    attendre(lambda: temporaires() >= 9_000_000)
    for prise in prises:
        prise.close()
    attendre(lambda: temporaires() == 0)


@pytest.mark.parametrize('assiege', [0], indirect=True)
def test_un_corps_par_morceaux_est_refuse(assiege):
    brut = PETIT.format('192.0.2.1').replace('Content-Length: 20', 'Transfer-Encoding: chunked')
    assert repond(assiege, brut) == 400
