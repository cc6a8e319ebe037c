"""From a machine just installed to the first demande acknowledged, as the chapter « installer » says it: run there by
its own Python. premiere.py LINK: the one-time link of the first account."""
import http.cookiejar
import socketserver
import sys
import threading
import time
import urllib.error
import urllib.request
from html.parser import HTMLParser
from urllib.parse import urlencode, urljoin, urlsplit

LIEN = sys.argv[1]
SITE = '{0.scheme}://{0.netloc}'.format(urlsplit(LIEN))
RELAIS = ('127.0.0.1', 2525)
RECUS = []


class Relais(socketserver.StreamRequestHandler):
    def handle(self):
        self.wfile.write(b'220 relais\r\n')
        while ligne := self.rfile.readline():
            verbe = ligne[:4].upper()
            self.wfile.write({b'DATA': b'354 oui\r\n', b'QUIT': b'221 fin\r\n'}.get(verbe, b'250 oui\r\n'))
            if verbe == b'DATA':
                texte = b''
                while (ligne := self.rfile.readline()) != b'.\r\n':
                    texte += ligne
                RECUS.append(texte.decode(errors='replace'))
                self.wfile.write(b'250 pris\r\n')
            if verbe == b'QUIT':
                return


class Formulaires(HTMLParser):
    """The forms of a page: [(action, {name: value})], as a browser would send them untouched."""

    def __init__(self, page):
        super().__init__()
        self.trouves = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        dits = dict(attrs)
        if tag == 'form':
            self.trouves.append((dits.get('action') or '', {}))
        elif self.trouves and dits.get('name') and tag in ('input', 'textarea', 'select'):
            if dits.get('type') not in ('checkbox', 'radio') or 'checked' in dits:
                self.trouves[-1][1].setdefault(dits['name'], dits.get('value') or '')


class Navigateur:
    def __init__(self):
        self.ouvreur = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
        self.ouvreur.addheaders = [('Sec-Fetch-Site', 'same-origin'), ('Accept', 'text/html')]

    def aller(self, ou, champs=None):
        try:
            with self.ouvreur.open(ou, urlencode(champs).encode() if champs else None, timeout=60) as reponse:
                return reponse.status, reponse.read().decode(), reponse.url
        except urllib.error.HTTPError as refus:
            return refus.code, refus.read().decode(), refus.url

    def envoyer(self, ou, champ, **valeurs):
        code, page, ou = self.aller(ou)
        formes = [f for f in Formulaires(page).trouves if champ in f[1]]
        if not formes:
            sys.exit(f'FAUX {ou}\u00a0: aucun formulaire n\'a «\u00a0{champ}\u00a0» (code {code})')
        action, champs = formes[0]
        if champ == 'message':
            time.sleep(4)                                           # nobody fills it faster
        return self.aller(urljoin(ou, action or ou), champs | valeurs)


def exiger(vrai, sinon):
    if not vrai:
        sys.exit(f'FAUX {sinon}')
    print('ok', sinon, flush=True)


def parcourir():
    agent, mairie = Navigateur(), Navigateur()
    _, page, _ = mairie.aller(f'{SITE}/demande')
    exiger('ouvre bientôt' in page, 'avant l\'ouverture, le formulaire ne prend rien')
    phrase = 'garonne ardoise pastel brouette'
    code, page, ou = agent.envoyer(LIEN, 'mot_de_passe', mot_de_passe=phrase, confirmer_mot_de_passe=phrase)
    exiger(code == 200 and '/espace' in ou, f'le mot de passe choisi ouvre l\'espace ({code}, {ou})')
    code, page, ou = agent.envoyer(f'{SITE}/espace/admin/calendrier', 'ouvert_le', ouvert_le=time.strftime('%Y-%m-%d'))
    if 'name="confirme"' in page:
        ouvrir = '/espace/admin/calendrier/ouverture'
        champs = next(c for action, c in Formulaires(page).trouves if action == ouvrir)
        code, page, ou = agent.aller(SITE + ouvrir, champs | {'confirme': 'oui'})
    exiger(code == 200, f'le service est déclaré ouvert aujourd\'hui ({code}, {ou})')
    code, page, ou = mairie.envoyer(
        f'{SITE}/demande', 'message', message='Notre pont est à refaire.', hors_liste='oui', type='Commune',
        nom_collectivite='Montessai', civilite='Madame', nom='Exemplaire', prenom='Jeanne', meme_personne='oui',
        courriel='mairie@montessai.example', telephone='0536490012')
    exiger(code == 200 and '/suivi/' in ou, f'la demande est accusée à l\'écran ({code}, {ou})')
    fin = time.monotonic() + 60
    while not any('mairie@montessai.example' in recu for recu in RECUS) and time.monotonic() < fin:
        time.sleep(0.5)
    exiger(any('To: mairie@montessai.example' in recu for recu in RECUS), 'l\'accusé est parti par courriel')


if __name__ == '__main__':
    socketserver.ThreadingTCPServer.allow_reuse_address = True
    relais = socketserver.ThreadingTCPServer(RELAIS, Relais)
    threading.Thread(target=relais.serve_forever, daemon=True).start()
    parcourir()
