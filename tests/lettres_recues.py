"""Answers by e-mail, as the programs of mairies write them: bytes, for `recevoir -`, written by hand."""
import base64
import quopri

PDF, JPG, PNG = b'%PDF-1.4 plan', b'\xff\xd8\xff\xe0' + b'photo' * 20_000, b'\x89PNG\r\n\x1a\n' + b'logo' * 200
DE, IDENTIFIANT = 'mairie@rieumes.example', '<un@rieumes.example>'


def lettre(a, corps='Voici le plan.', de=DE, identifiant=IDENTIFIANT, objet='RE: Un message pour vous',
           type_='text/plain; charset=utf-8', codage='8bit', **entetes):
    """One message; entetes: Auto_Submitted='…'; corps: text, or bytes as they are."""
    dites = {'Return-Path': f'<{de}>', 'Delivered-To': a, 'From': f'Mairie <{de}>', 'To': a, 'Subject': objet,
             'Date': 'Tue, 24 Nov 2026 12:30:00 +0100', 'Message-ID': identifiant, 'MIME-Version': '1.0',
             'Content-Type': type_, 'Content-Transfer-Encoding': codage}
    dites |= {nom.replace('_', '-'): valeur for nom, valeur in entetes.items()}
    tete = ''.join(f'{nom}: {valeur}\r\n' for nom, valeur in dites.items() if valeur is not None)
    octets = corps.replace('\n', '\r\n').encode() if isinstance(corps, str) else corps
    return tete.encode() + b'\r\n' + octets


def partie(type_, contenu, codage='8bit', **entetes):
    """One part of a multipart."""
    if codage == 'base64':
        contenu = base64.encodebytes(contenu)
    if codage == 'quoted-printable':
        contenu = quopri.encodestring(contenu)
    dites = {'Content-Type': type_, 'Content-Transfer-Encoding': codage}
    dites |= {nom.replace('_', '-'): valeur for nom, valeur in entetes.items()}
    return ''.join(f'{nom}: {valeur}\r\n' for nom, valeur in dites.items()).encode() + b'\r\n' + contenu + b'\r\n'


def multi(sorte, *parties, borne='b1'):
    """(type, body) of a multipart: the first two arguments of a part, or of a message."""
    corps = b''.join(f'--{borne}\r\n'.encode() + une for une in parties) + f'--{borne}--\r\n'.encode()
    return f'multipart/{sorte}; boundary="{borne}"', corps
