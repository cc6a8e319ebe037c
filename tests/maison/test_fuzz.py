"""Two thousand ill-meant requests to a real server: every route and every form it shows, each role, then raw sockets.
The same seed sends the same: ESSAIS_GRAINE (printed), ESSAIS_FUZZ (how many times more, 1 by default)."""
import contextlib
import http.client
import io
import os
import random
import re
from collections import Counter
from urllib.parse import quote_plus, urlencode, urljoin, urlsplit

import pytest
from bs4 import BeautifulSoup
from conftest import MAIRIE, saisie_de
from serveur import brancher_prise, cookie_de, multipart, servie, tout_lire

import models
import views
from verbes import regles
from verbes.demande import cycle
from views import wsgi

GRAINE, FOIS = int(os.environ.get('ESSAIS_GRAINE', 20261124)), int(os.environ.get('ESSAIS_FUZZ', 1))
MARQUE = '<i7z '  # never to be seen as it is in a page
# What is put in the place of anything.
POISONS = (
    f'"\'>{MARQUE}onfocus=alert(1)>', f'</textarea>{MARQUE}>', f'javascript:alert("{MARQUE}")', '<!--', ']]>',
    '&#60;i7z >', "' OR 1=1 --", '"; DROP TABLE demande; --', '%', '_', '\\', '*', '"', "'", '" NEAR("', 'a OR b*',
    '\r\nX-I7z: 1', '\r\nSet-Cookie: session=1\r\n\r\n', 'a\nb', 'a\tb', '\u2028', '\x85', '\u202emoc.', 'é' * 300,
    'e\u0301' * 200, '\ufdfa' * 100, '\U0001f600', '\uffff', '٣', '²', '①', '１２', '0', '-1', '1e309', 'NaN',
    '00000001', '9223372036854775807', '9223372036854775808', '1' * 30, '1' * 5000, '0x1', '1.5', 'True', 'null',
    '2026-02-30', '0000-00-00', '9999-12-31', '2199-12-31', '1/1/1', '31/12/1899', '2026-11-24T10:00:00Z',
    '24 novembre', '٢٤/١١/٢٠٢٦', '../../../etc/passwd', '..\\..\\win.ini', '/etc/passwd', 'file:///etc/passwd',
    '//mal.example', 'https://mal.example/', '/\\mal.example', '{numero}', '{0.__class__}', '{{7*7}}', '${7*7}', '%s%n',
    '__proto__', '=cmd()', '+1', '@SUM(A1)', 'a@b.fr, c@d.fr', 'a@b.fr\nBcc: c@d.fr', '=?utf-8?q?=0a?=@b.fr',
    'a' * 64 + '@' + 'b.' * 90 + 'fr', '@', 'é@è.fr', 'x' * 20_001, ' ', '', 'oui', 'non', 'on', '1', '2', '3')
OCTETS = (b'%00', b'%ff', b'%ed%a0%80', b'%c0%ae', b'%', b'%zz', b'+', b'&', b';', b'=', b'%0d%0aX-I7z:1', b'%F0%9F',
          b'%E2%80%AE')
PARAMETRES = ('q statut theme fiche structure direction chef collectivite epci type agent retard ouvertes depuis '
              'jusqua delai').split()
METHODES = ('GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND', 'get', 'X')
ENTETES = (
    ('X-Forwarded-For', '1.2.3.4, <i7z >'), ('X-Forwarded-Host', 'mal.example'), ('X-Forwarded-Proto', 'https'),
    ('Forwarded', 'for=1;host=mal.example'), ('X-HTTP-Method-Override', 'DELETE'), ('X-Original-URL', '/espace/admin'),
    ('Cookie', 'a/b=1; <i7z >=2'), ('Cookie', 'session=' + 'A' * 4000), ('Cookie', '$Version=1; session="x'),
    ('Range', 'bytes=0-0,-1'), ('If-None-Match', '*'), ('If-Modified-Since', 'jamais'), ('Accept', '<i7z >'),
    ('Accept-Encoding', 'gzip;q=nan'), ('Referer', 'http://[mal'), ('Referer', 'http://%h/<i7z >?fait=x'),
    ('Origin', 'null'), ('Origin', 'http://[mal'), ('Content-Encoding', 'gzip'), ('Expect', '100-continue'),
    ('Authorization', 'Basic !!!'), ('Upgrade', 'h2c'), ('Connection', 'Upgrade'),
    ('User-Agent', '() { :; }; <i7z >\x7f\xff'), ('X-Long', 'x' * 30_000),
    ('Content-Type', 'text/plain; charset=utf-7'), ('Accept-Language', '*' * 500))
TYPES = (
    'application/x-www-form-urlencoded', 'multipart/form-data', 'multipart/form-data; boundary=',
    'multipart/form-data; boundary="a;b"', 'multipart/mixed; boundary=frontiere-de-test', 'application/json',
    'text/xml', '', 'multipart/form-data; boundary=' + 'x' * 300, 'application/x-www-form-urlencoded; charset=utf-16',
    'multipart/form-data; boundary=frontiere-de-test; charset=rien')
# What only SQLite, or what speaks to it, says of itself.
MOTS_SQL = re.compile(rb'OperationalError|IntegrityError|sqlite3?\.|no such (table|column|function)|constraint failed|'
                      rb'near .{1,12}: syntax error|unrecognized token|datatype mismatch|fts5: |peewee', re.I)
PLAUSIBLES = MAIRIE | {'texte': 'Une ligne.', 'motif': 'Un motif.', 'meme_personne': 'oui'}


def viser(processus, roles, jetons, dehors):
    """Make a server a target: roles {name: [cookie header]}; dehors: the cookies that may read no « SECRET »."""
    processus.roles, processus.jetons, processus.dehors = roles, jetons, set(dehors)
    processus.hasard, processus.vus, processus.fautes, processus.echappees = random.Random(GRAINE), Counter(), [], 0
    return processus


@pytest.fixture
def attaque(base, monde, creer):
    """A server with demandes in several states, and sessions of each role: its process."""
    for etat in ('attribue_chef', 'attribue_admin', 'en_cours', 'rejete', 'termine'):
        creer(etat, message=etat)
    with models.ecriture():
        secrete, _ = cycle.deposer(saisie_de(monde, message='SECRET', confidentielle=True), [('plan.txt', b'SECRET')])
        cycle.deposer(saisie_de(monde, message='Avec une piece'), [('plan.txt', b'un plan')])
        jetons = [d.jeton for d in models.Demande.select() if d.numero != secrete.numero]
    personnes = {'personne': None, 'autre': monde.autre, 'chef': monde.chef, 'admin': monde.admin}
    roles = {nom: [cookie_de(agent) for _ in range(40)] if agent else [''] for nom, agent in personnes.items()}
    with servie(base) as processus:
        print(f'\ngraine {GRAINE}')
        yield viser(processus, roles, jetons, ('', *roles['autre']))


def envoyer(attaque, methode, cible, corps=b'', entetes=(), cookie='', origine=True):
    """Send and judge one request: (code, page). Headers and target go as they are, however odd."""
    hote = f'127.0.0.1:{attaque.port}'
    entetes = [e for e in entetes if corps or e[0] != 'Expect']  # waitress then waits for a body, until its 30 s
    lignes = [('Host', hote), *[('Sec-Fetch-Site', 'same-origin')] * origine, *[('Cookie', cookie)] * bool(cookie),
              *((nom, valeur.replace('%h', hote)) for nom, valeur in entetes), ('Content-Length', str(len(corps))),
              ('Connection', 'close')]
    brut = (b'%s %s HTTP/1.1\r\n' % (methode.encode(), cible)
            + b''.join(f'{n}: {v}\r\n'.encode('latin1', 'replace') for n, v in lignes) + b'\r\n')
    with contextlib.closing(brancher_prise(attaque.port, brut + corps)) as prise:
        try:
            reponse = http.client.HTTPResponse(prise, method=methode)
            reponse.begin()
            juger(attaque, (methode, cible[:200], corps[:300], entetes), reponse.status, reponse.headers,
                  page := reponse.read(), cookie in attaque.dehors)
            return reponse.status, page.decode(errors='replace')
        except (OSError, http.client.HTTPException) as coupure:
            attaque.fautes.append(('coupure', methode, cible, corps[:300], entetes, coupure))
            return 0, ''


def juger(attaque, quoi, code, entetes, page, dehors=False):
    """501 is what RFC 9112 wants for a transfer coding that nobody knows; no route gives it."""
    attaque.vus[code] += 1
    attaque.echappees += b'&lt;i7z ' in page
    html = 'html' in (entetes.get('Content-Type') or '')
    raisons = [raison for raison, vrai in (
        ('incident', code >= 500 and code not in (503, 501 if quoi[0] == 'brut' else 503)),
        ('entêtes', not all(entetes.get(nom) for nom, _ in wsgi.ENTETES)),
        ('sans Cache-Control', not entetes.get('Cache-Control')), ('marque', html and MARQUE.encode() in page),
        ('trace', b'Traceback' in page), ('entête ajouté', entetes.get('X-I7z')),
        ('cookie', 'session=1' in (entetes.get('Set-Cookie') or '').split(';')),
        ('sortie', not re.match(r'/(?![/\\])', entetes.get('Location') or '/')), ('sqlite', MOTS_SQL.search(page)),
        ('secret', b'SECRET' in page and dehors)) if vrai]
    if raisons:
        attaque.fautes.append((raisons, code, *quoi, page[-600:] if 'incident' in raisons else ''))


def conclure(attaque, minimum):
    """The server is alive, wrote no traceback, and enough was sent."""
    print(f'{sum(attaque.vus.values())} requêtes\u00a0: {dict(sorted(attaque.vus.items()))}')
    assert not attaque.fautes, attaque.fautes[:5]
    ecrits = attaque.journal()
    assert not re.search('Traceback|incident|uncaptured', ecrits), ecrits[-3000:]
    assert attaque.poll() is None and sum(attaque.vus.values()) >= minimum
    assert envoyer(attaque, 'GET', b'/contact')[0] == 200


def adresse_au_hasard(attaque, regle):
    """A rule with its places filled with something right, or something poisonous, then a query string: bytes."""
    hasard = attaque.hasard
    justes = {'numero': '12345678', 'id': '12345678', 'jeton': attaque.jetons, 'nom': list(views.STATIQUES),
              'reste': ['x'], 'cle': ['accuse', 'accessibilite']}

    def remplir(place):
        if hasard.random() < 0.7:
            return hasard.choice(justes.get(place[1], 'x1')).encode()
        return hasard.choice(OCTETS) if hasard.random() < 0.3 else quote_plus(hasard.choice(POISONS)[:4000]).encode()

    chemin = b''.join(remplir(re.match('<(\\w+)', p)) if p.startswith('<') else p.encode()
                      for p in re.split(r'(<(?:[^<>]|\\.)*>)', regle) if p)
    noms = (*PARAMETRES, 'tri', 'page', 'fait', 'action', 'retour', 'envoye', 'v', f'{MARQUE}>', '')
    paires = [(hasard.choice(noms), hasard.choice(POISONS)[:4000]) for _ in range(hasard.choice((0, 0, 1, 2, 6)))]
    requete = (urlencode(paires, errors='surrogatepass').encode()
               + (hasard.choice(OCTETS) if hasard.random() < 0.1 else b''))
    return chemin + (b'?' + requete if requete else b'')


def corps_au_hasard(attaque, champs):
    """(body, content type) of fields {name: text}: as it should be, in another shape, or broken."""
    hasard, forme = attaque.hasard, attaque.hasard.random()
    if forme < 0.55:
        return urlencode(champs, errors='surrogatepass').encode(), TYPES[0]
    fichiers = [('pieces', hasard.choice(POISONS)[:200].replace('"', '%22'),
                 hasard.choice((b'', b'x', b'%PDF-1.7', bytes(300)))) for _ in range(hasard.choice((0, 1, 3)))]
    corps, type_ = multipart(champs, fichiers)
    if forme < 0.8:
        return corps, type_
    if forme < 0.9:  # cut, mangled or stuffed
        milieu = hasard.randrange(len(corps))
        return (corps[:milieu] + hasard.choice((b'', b'\0\xff', b'--frontiere-de-test\r\n\r\n', b'\r\n' * 50))
                + corps[milieu + 3:], type_)
    return hasard.choice((corps, bytes(hasard.randrange(256) for _ in range(200)))), hasard.choice(TYPES)


def tordre(attaque, route, cookie):
    """One request to a route, nothing of it being right: its code."""
    hasard = attaque.hasard
    methode = route.method if hasard.random() < 0.8 else hasard.choice(METHODES)
    champs = {hasard.choice(('message', 'courriel', 'numero', 'texte', 'version', 'garde:texte', 'cle',
                             f'{MARQUE}>')): hasard.choice(POISONS) for _ in range(4)}
    corps, type_ = corps_au_hasard(attaque, champs) if methode not in ('GET', 'HEAD') else (b'', '')
    entetes = [('Content-Type', type_)] * bool(type_) + [hasard.choice(ENTETES)] * (hasard.random() < 0.3)
    return envoyer(attaque, methode, adresse_au_hasard(attaque, route.rule), corps, entetes, cookie,
                   hasard.random() < 0.9)[0]


def test_aucune_route_ne_cede_a_plus_de_mille_requetes_tordues(attaque):
    for _ in range(FOIS):                                           # `make securite` sends eight times as many
        for route in views.app.routes:
            for cookies in attaque.roles.values():
                tordre(attaque, route, attaque.hasard.choice(cookies))
    conclure(attaque, 1000 * FOIS)


def parcourir(attaque, role, depart, maximum=70):
    """Follow the links of a role: ({(method, address of a form): {field: [values it offers]}}, addresses seen)."""
    a_voir, vus, formulaires = list(depart), set(), {}
    while a_voir and len(vus) < maximum:
        chemin = a_voir.pop(0)
        if chemin in vus:
            continue
        vus.add(chemin)
        code, page = envoyer(attaque, 'GET', chemin.encode(), cookie=attaque.roles[role][0])
        if code != 200 or '<html' not in page:
            continue
        soupe = BeautifulSoup(page, 'html.parser')
        a_voir += [lien for a in soupe.find_all('a', href=True) if (lien := interne(chemin, a['href']))]
        for formulaire in soupe.find_all('form'):
            cle = (formulaire.get('method', 'get').upper(), interne(chemin, formulaire.get('action') or chemin))
            formulaires.setdefault(cle, champs_de(formulaire))
    return formulaires, vus


def interne(base, lien):
    cible = urlsplit(urljoin(f'http://ici{base}', lien))
    return (quote_plus(cible.path, safe='/-_.~%') + (f'?{cible.query}' if cible.query else '')
            if cible.netloc == 'ici' and cible.scheme == 'http' else '')


def champs_de(formulaire):
    champs = {}
    for champ in formulaire.find_all(['input', 'textarea', 'select', 'button']):
        if champ.get('name'):
            offerts = ([o.get('value', o.text) for o in champ.find_all('option')]
                       or [champ.get('value', champ.text if champ.name == 'textarea' else 'oui')])
            champs.setdefault(champ['name'], []).extend(offerts)
    return champs


def mal_remplir(attaque, methode, adresse, champs, cookie):
    """Send a form of a page, some of its fields poisoned: its code."""
    hasard = attaque.hasard
    saisie = {nom: hasard.choice(offerts) or PLAUSIBLES.get(nom, '') for nom, offerts in champs.items()}
    for nom in hasard.sample(sorted(saisie), min(len(saisie), hasard.choice((0, 1, 1, 2, 5)))):
        saisie[nom] = hasard.choice(POISONS if hasard.random() < 0.7 else POISONS[:2])
    saisie |= {'statut': 'termine', 'numero': '1', 'agent_id': '1'} if hasard.random() < 0.1 else {}
    if methode == 'GET':
        requete = urlencode(saisie, errors='surrogatepass').encode()[:8000]
        return envoyer(attaque, 'GET', adresse.encode() + b'?' + requete, cookie=cookie)[0]
    corps, type_ = corps_au_hasard(attaque, saisie)
    return envoyer(attaque, 'POST', adresse.encode(), corps, [('Content-Type', type_)], cookie)[0]


def test_aucun_formulaire_ne_cede_a_ce_qu_on_y_ecrit(attaque):
    hasard, sans_compte, vues = attaque.hasard, Counter(), {}
    suivis = [f'/suivi/{jeton}' for jeton in attaque.jetons]
    demandes = [f'/espace/demandes/{n}?action={a}' for n in range(1, 8)
                for a in ('', *regles.ACTIONS, 'journal', 'contact', 'corriger', 'associer')]
    departs = {'personne': ['/', '/demande', '/suivi', '/connexion', '/mot-de-passe', *suivis],
               'autre': ['/espace', *demandes[::3]], 'chef': ['/espace', *demandes],
               'admin': ['/espace', '/espace/admin', *demandes]}
    for role, depart in departs.items():
        formulaires, vues[role] = parcourir(attaque, role, depart)
        assert len(formulaires) > 5, role
        for (methode, adresse), champs in sorted(formulaires.items()):
            if adresse == '/deconnexion':
                continue
            for _ in range(2 * FOIS):
                code = mal_remplir(attaque, methode, adresse, champs, hasard.choice(attaque.roles[role]))
                sans_compte[role, code == 401] += 1
    # What was written comes back on the pages: nothing there is markup.
    for role, adresses in vues.items():
        for adresse in sorted(adresses):
            envoyer(attaque, 'GET', adresse.encode(), cookie=attaque.roles[role][0])
    conclure(attaque, 500)
    assert attaque.echappees > 20  # the markup does come back, as text
    assert all(sans_compte[role, False] > 2 * sans_compte[role, True] for role in departs), sans_compte


POSTE, LIRE = b'POST /demande HTTP/1.1\r\nHost: %h\r\n', b'GET / HTTP/1.1\r\nHost: %h\r\n'
# sent as they are (%h: the host); then what may be answered: codes, or nothing at all.
BRUTS = (
    b'\0' * 100, b'\r\n' * 1000, b'GET', b'GET /\r\n', b'GET / HTTP/0.9\r\n\r\n', b'GET / HTTP/2.0\r\nHost: %h\r\n\r\n',
    b'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', b'\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03' + b'x' * 200,
    b'GET  /  HTTP/1.1\r\nHost: %h\r\n\r\n', b'GET /\0 HTTP/1.1\r\nHost: %h\r\n\r\n',
    b'GET http://mal.example/ HTTP/1.1\r\nHost: %h\r\n\r\n', b'GET * HTTP/1.1\r\nHost: %h\r\n\r\n',
    b'CONNECT mal.example:80 HTTP/1.1\r\nHost: %h\r\n\r\n', LIRE + b'X: a\0b\r\n\r\n',
    b'GET / HTTP/1.1\r\nHost : %h\r\n\r\n', b'GET / HTTP/1.1\r\n Host: %h\r\n\r\n', LIRE + b'X: 1\r\n folded\r\n\r\n',
    b'GET / HTTP/1.1\nHost: %h\n\n', b'GET / HTTP/1.1\r\nHost: %h\rX: 1\r\n\r\n', LIRE + b': vide\r\n\r\n',
    LIRE + b'sans deux-points\r\n\r\n', b'GET /%00 HTTP/1.1\r\nHost: %h\r\n\r\n', LIRE + b'X: 1\r\n' * 20_000 + b'\r\n',
    b'GET /?' + b'a' * 250_000 + b' HTTP/1.1\r\nHost: %h\r\n\r\n', POSTE + b'Content-Length: -1\r\n\r\n',
    POSTE + b'Content-Length: +5\r\n\r\nabcde', POSTE + b'Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef',
    POSTE + b'Content-Length: 0x5\r\n\r\nabcde', POSTE + b'Content-Length: \xb2\r\n\r\nab',
    POSTE + b'Content-Length: 4,4\r\n\r\nabcd', POSTE + b'Transfer-Encoding: chunked\r\n\r\nZZ\r\n',
    POSTE + b'Transfer-Encoding: chunked\r\n\r\n-1\r\nx\r\n0\r\n\r\n',
    POSTE + b'Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nx',
    POSTE + b'Transfer-Encoding: chunked\r\n\r\n5;x=' + b'y' * 100_000 + b'\r\nabcde\r\n0\r\n\r\n',
    POSTE + b'Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n',
    POSTE + b'Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n', POSTE + b'Content-Length: ' + b'9' * 5000 + b'\r\n\r\n',
    b'GET http://[/ HTTP/1.1\r\nHost: %h\r\n\r\n', b'GET //[ HTTP/1.1\r\nHost: %h\r\n\r\n',
    POSTE + b'Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n',
    b'POST /demande HTTP/1.0\r\nHost: %h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n')
# two requests in one for a proxy that reads the other length: the second must never be answered as one of its own
CACHEE = b'GET /espace/cachee HTTP/1.1\r\nHost: %h\r\n\r\n'
CONTREBANDE = (
    POSTE + b'Content-Length: %d\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n' % (len(CACHEE) + 5) + CACHEE,
    POSTE + b'Content-Length: 0\r\nContent-Length: 44\r\n\r\n' + CACHEE,
    POSTE + b'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n' + CACHEE,
    POSTE + b'Transfer-Encoding : chunked\r\nContent-Length: 44\r\n\r\n' + CACHEE,
    LIRE + b'X: y\nTransfer-Encoding: chunked\r\n\r\n' + CACHEE,
    POSTE.replace(b'1.1', b'1.0') + b'Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n' + CACHEE)


def brut_envoye(attaque, brut):
    """Everything answered to these bytes, once we have said that nothing more comes."""
    prise = brancher_prise(attaque.port)
    with contextlib.suppress(OSError):                              # refused before we had finished
        prise.sendall(brut.replace(b'%h', f'127.0.0.1:{attaque.port}'.encode()))
        prise.shutdown(1)
    recu = tout_lire(prise)
    prise.close()
    return recu


def test_des_octets_qui_ne_sont_pas_de_l_http_n_arretent_rien(attaque):
    hasard = attaque.hasard
    bonne = (b'POST /demande HTTP/1.1\r\nHost: %h\r\nContent-Type: application/x-www-form-urlencoded\r\n'
             b'Content-Length: 9\r\n\r\nmessage=x')
    abimees = []
    for _ in range(500 * FOIS):
        octets = bytearray(hasard.choice((bonne, *BRUTS[:12])))
        for _ in range(hasard.randint(1, 6)):
            octets[hasard.randrange(len(octets))] = hasard.choice(b'\0\r\n :;,%/\xff\x80\x0b019AZ')
        abimees.append(bytes(octets))
    for brut in (*BRUTS, *abimees):
        recu = brut_envoye(attaque, brut)
        for entete in re.findall(rb'HTTP/1\.[01] \d{3}.*?\r\n\r\n', recu, re.S):
            reponse = http.client.parse_headers(io.BytesIO(entete.split(b'\r\n', 1)[1]))
            juger(attaque, ('brut', brut[:200], b'', ()), int(entete[9:12]), reponse, recu)
    conclure(attaque, 200)


def test_une_requete_cachee_dans_une_autre_n_est_pas_servie_celles_a_la_file_le_sont_dans_l_ordre(serveur):
    _, processus = serveur
    for brut in CONTREBANDE:                                        # the lengths contradict each other
        recu = brut_envoye(processus, brut)
        assert b'401' not in re.findall(rb'HTTP/1\.[01] (\d{3})', recu), (brut, recu[:500])
        assert recu.count(b'HTTP/1.') == 1 and b'Content-Security-Policy' in recu, (brut, recu[:500])
    une = b'GET %s HTTP/1.1\r\nHost: %%h\r\n\r\n'
    recu = brut_envoye(processus, une % b'/contact' + une % b'/nulle-part' + une % b'/espace' + une % b'/contact')
    assert re.findall(rb'HTTP/1\.1 (\d{3})', recu) == [b'200', b'404', b'401', b'200']
    for longueur in (b'', b'Content-Length: 0\r\n'):               # no body, one is announced: served at once
        brut = b'GET /contact HTTP/1.1\r\nHost: %h\r\nExpect: 100-continue\r\n' + longueur + b'\r\n'
        recu = brut_envoye(processus, brut)
        assert recu.startswith(b'HTTP/1.1 200 OK'), recu[:100]
    assert processus.poll() is None
