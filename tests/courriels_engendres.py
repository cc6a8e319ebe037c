"""Mails made by rules that are not the reader's, hostile ones included: bytes, for `recevoir -` and its fuzz."""
import base64

FINS = (b'\r\n', b'\n', b'\r')
TYPES = ('text/plain', 'text/html', 'text/calendar; method=REPLY', 'multipart/mixed; boundary="b"', 'message/rfc822',
         'multipart/report; boundary=b', 'message/delivery-status', 'image/png', 'application/octet-stream', 'x', '')
JEUX = ('', '; charset=utf-8', '; charset=latin-1', '; charset=utf-16', '; charset=inconnu', '; charset="',
        '; charset=idna')
CODAGES = ('7bit', '8bit', 'base64', 'quoted-printable', 'uuencode', 'x')
ENTETES = ('Auto-Submitted: auto-replied', 'Precedence: junk', 'Return-Path: <>', 'In-Reply-To: <a@b>',
           'References: ' + '<a@b> ' * 99, 'Cc: ' + '(' * 3000, 'X-Long: ' + 'a' * 100_000,
           'Subject: =?utf-8?B?' + 'Zm9v' * 500, 'Date: hier', 'From: deux@b.example',
           'Authentication-Results: mx; dmarc=fail', 'Subject: =?inconnu?Q?=FF?=', 'sans deux points')
CITATIONS = ('', '\n> cité',
             '\nLe 1/1/2026, A a écrit :\n> cité', '\n-----Message d\'origine-----\nDe : A\nEnvoyé : mardi')
TEXTES = ('Bonjour, voici le plan.', 'oui', 'je viens', 'é' * 2000, '<b>gras</b><!-- ', '\x00\x07\u202e', '=\n=\n', '')


def engendrer(hasard, adresse, de):
    """One mail: to this address three times in four, from this one half of the time."""
    fin = hasard.choice(FINS)
    a = hasard.choice((*[adresse] * 9, adresse.upper(), 'a@b.example', '', adresse.replace('.', '..', 1)))
    expediteur = hasard.choice((*[de] * 4, 'x@y.example', '', f'{de}, {de}', f'"{de} <x@y.example>'))
    entetes = [f'To: {a}', f'From: {expediteur}', f'Message-ID: <{hasard.getrandbits(40)}@x>',
               *hasard.sample(ENTETES, hasard.randint(0, 3) if hasard.random() < .4 else 0)]
    hasard.shuffle(entetes)
    tete, corps = _partie(hasard, fin, hasard.randint(0, 6) if hasard.random() < .2 else 0)
    return fin.join(ligne.encode('utf-8', 'surrogatepass') for ligne in (*entetes, *tete)) + fin * 2 + corps


def _partie(hasard, fin, profondeur):
    """(lines of its header, its bytes)."""
    if profondeur:
        borne = f'b{profondeur}'
        parties = []
        for _ in range(hasard.randint(1, 3)):
            tete, corps = _partie(hasard, fin, profondeur - 1)
            parties.append(f'--{borne}'.encode() + fin + fin.join(map(str.encode, tete)) + fin * 2 + corps + fin)
        ferme = f'--{borne}--'.encode() if hasard.random() < .8 else b''
        return [f'Content-Type: multipart/{hasard.choice(("mixed", "alternative", "report"))}; boundary="{borne}"'], (
            b''.join(parties) + ferme)
    texte = (hasard.choice(TEXTES) + hasard.choice(CITATIONS)).encode('utf-8', 'surrogatepass')
    codage = hasard.choice(CODAGES) if hasard.random() < .5 else '8bit'
    octets = base64.encodebytes(texte) if codage == 'base64' else texte
    octets = octets if hasard.random() < .9 else hasard.randbytes(hasard.randint(0, 3000))
    type_ = (hasard.choice(TYPES) + hasard.choice(JEUX)) if hasard.random() < .5 else 'text/plain; charset=utf-8'
    nom = '; name="a.pdf"' if hasard.random() < .1 else ''
    return [f'Content-Type: {type_}{nom}', f'Content-Transfer-Encoding: {codage}'], octets.replace(b'\n', fin)
