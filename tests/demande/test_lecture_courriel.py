"""A mail, read whatever program wrote it, and however it is wrong (verbes/demande/lecture_courriel.py)."""
import base64
import random
import tracemalloc

import pytest
from lettres_recues import JPG, PDF, PNG, lettre, multi, partie

import langue
from verbes.demande.lecture_courriel import lire

A = 'plateforme+12.abcdefghij@reponses.example'
TEXTE = 'Voilà, l\'élu a signé : 12 € d\'œuvre.'
CITE = '\n\nLe mar. 24 nov. 2026 à 12:02, Plateforme <p@x.example> a écrit :\n> Pouvez-vous envoyer le plan ?\n> Merci.'
HTML = ('<html><head><style>p {{ color: red }}</style><title>Non</title></head><body><!-- rien --><p>{}</p>'
        '<p>Deux&nbsp;lignes<br>ici</p>{}</body></html>')
LOGO = '<img src="cid:logo1@x">'
ICI = 'image/png; name="image001.png"'


def html(texte=TEXTE, suite=''):
    return HTML.format(texte, suite)


def plat(texte=TEXTE + CITE, jeu='utf-8', codage='quoted-printable'):
    return partie(f'text/plain; charset="{jeu}"', texte.encode('cp1252' if jeu == 'iso-8859-1' else jeu), codage)


def riche(suite='', texte=TEXTE, jeu='utf-8', codage='quoted-printable'):
    octets = html(texte, suite).encode('cp1252' if jeu in ('iso-8859-1', 'Windows-1252') else jeu)
    return partie(f'text/html; charset="{jeu}"', octets, codage)


def joint(type_='application/pdf', nom='filename="plan.pdf"', contenu=PDF, disposition='attachment', **entetes):
    return partie(type_, contenu, 'base64', Content_Disposition=f'{disposition}; {nom}', **entetes)


def photo(disposition='attachment', nom='filename="IMG_0042.jpeg"', type_='image/jpeg', **entetes):
    return joint(type_, nom, JPG, disposition, **entetes)


def formee(forme, **entetes):
    return lettre(A, type_=forme[0], corps=forme[1], **entetes)


PLAN, PHOTO = ('plan.pdf', PDF), ('IMG_0042.jpeg', JPG)
RFC_2231 = "filename*=utf-8''plan%20de%20l%27%C3%A9cole.pdf"
RFC_2231_COUPE = "filename*0*=utf-8''plan%20de; filename*1*=%20l%27%C3%A9cole.pdf"
RFC_2047 = 'filename="=?utf-8?B?' + base64.b64encode('plan de l\'école.pdf'.encode()).decode() + '?="'
ECOLE = ('plan de l\'école.pdf', PDF)


def deux(*parties):
    """The usual pair: the text, then its HTML."""
    return partie(*multi('alternative', *parties, borne='alt'))


def avec(sorte, *parties, borne='dehors'):
    return multi(sorte, *parties, borne=borne)


def liee(*parties):
    return partie(*multi('related', *parties, borne='lie'))


LE_LOGO = joint(ICI, 'filename="image001.png"', PNG, 'inline', Content_ID='<logo1@x>')
COMMUNES = [                                                        # [(form, its files)]: what every program may send
    (multi('alternative', plat(), riche()), []),
    (multi('alternative', plat(codage='base64'), riche(codage='base64')), []),
    (multi('alternative', plat(jeu='iso-8859-1'), riche(jeu='iso-8859-1')), []),
    (avec('related', deux(plat(), riche(LOGO)), LE_LOGO), []),
    (avec('related', riche(LOGO), LE_LOGO), []),
    (avec('mixed', liee(deux(plat(), riche(LOGO)), LE_LOGO), joint()), [PLAN]),
    *((avec('mixed', deux(plat(), riche()), joint(nom=nom)), [ECOLE]) for nom in (RFC_2047, RFC_2231, RFC_2231_COUPE)),
    (avec('mixed', deux(plat(), riche()), joint()), [PLAN]),
    (avec('mixed', deux(plat(), riche()), photo()), [PHOTO]),
    (avec('mixed', plat(), joint()), [PLAN]),
    (avec('mixed', plat(), photo(nom='filename=IMG_0042.jpeg')), [PHOTO]),
    (avec('mixed', plat(), joint(), joint(nom=RFC_2231)), [PLAN, ECOLE]),
    (avec('mixed', riche(), joint(), photo()), [PLAN, PHOTO]),
    (('text/html; charset="Windows-1252"', html().encode('cp1252')), []),
    (('text/html; charset=utf-8', html().encode()), []),
    (('text/plain; charset="iso-8859-1"', (TEXTE + CITE).encode('cp1252')), []),
    (('text/plain; charset="UTF-8"', (TEXTE + CITE).encode()), []),
]
DE_L_IPHONE = {'type_': 'image/jpeg; name=IMG_0042.jpeg', 'nom': 'filename=IMG_0042.jpeg', 'disposition': 'inline'}
SIENNES = {                                                         # its headers, and what it alone does so
    'Outlook': (dict(X_Mailer='Microsoft Outlook 16.0', Thread_Index='AdN'), [
        (avec('mixed', plat(), joint('application/ms-tnef', 'filename="winmail.dat"', b'x\x9f>"')),
         [('winmail.dat', b'x\x9f>"')])]),
    'Exchange': (dict(X_MS_Has_Attach='', X_MS_Exchange_Organization_SCL='-1', X_Auto_Response_Suppress='DR, OOF'), [
        (avec('mixed', riche(), joint(), partie('text/html; name="ATT00001.htm"', b'<p></p>', 'base64',
                                                Content_Disposition='attachment; filename="ATT00001.htm"')), [PLAN]),
        (avec('mixed', plat(jeu='iso-8859-1'), joint('application/octet-stream')), [PLAN]),
        (avec('related', deux(plat(), riche('<img src="cid:photo@x">')), photo('inline', Content_ID='<photo@x>')),
         [PHOTO])]),
    'Zimbra': (dict(X_Mailer='Zimbra 8.8.15_GA_4304 (ZimbraWebClient)', Thread_Topic='Un message'), [
        (multi('alternative', plat(TEXTE + '\n\n----- Mail original -----\nDe: "P" <p@x.example>\nÀ: "M"\n'), riche()),
         []),
        (('text/plain; charset=utf-8; format=flowed', (TEXTE + CITE).encode()), [])]),
    'Gmail': (dict(X_Gm_Message_State='ABC', X_Google_Smtp_Source='DEF'), [
        (multi('alternative', plat(), riche('<div class="gmail_quote"><blockquote>Merci.</blockquote></div>')), []),
        (avec('mixed', deux(plat(), riche()), joint('application/pdf; name="plan.pdf"', X_Attachment_Id='f_1')),
         [PLAN]),
        (multi('alternative', plat(TEXTE + CITE.replace(', Plateforme <', ', Plateforme\n<')), riche()), [])]),
    'iPhone': (dict(X_Mailer='iPhone Mail (23B85)'), [
        (('text/plain; charset=utf-8', (TEXTE + '\n\nEnvoyé de mon iPhone' + CITE).encode()), []),
        (avec('mixed', plat(), photo(**DE_L_IPHONE), plat('')), [PHOTO]),
        (avec('alternative', plat(), partie(*multi(
            'mixed', riche(), photo(**DE_L_IPHONE, Content_Id='<A1B2>'), riche(), borne='im'))), [PHOTO]),
        (multi('alternative', plat(), riche('<blockquote type="cite">Merci.</blockquote>')), []),
        (avec('mixed', riche(), photo('inline'), riche('', 'Fin.')), [PHOTO]),
        (avec('mixed', plat(), joint('image/heic', 'filename=IMG_0042.HEIC', b'\0\0\0$ftypheic', 'inline')),
         [('IMG_0042.HEIC', b'\0\0\0$ftypheic')]),
        (avec('mixed', plat(), joint(disposition='inline')), [PLAN]),
        (avec('mixed', plat(), joint(nom=RFC_2231, disposition='inline')), [ECOLE])]),
}
PROGRAMMES = {programme: [(formee(forme, **entetes), fichiers) for forme, fichiers in siennes + COMMUNES]
              for programme, (entetes, siennes) in SIENNES.items()}


def test_la_reponse_de_chaque_programme_est_lue_avec_ses_fichiers_et_sans_sa_signature():
    for programme, lettres in PROGRAMMES.items():
        for n, (octets, fichiers) in enumerate(lettres):
            ou, lu = (programme, n), lire(octets)
            neuf, cite = langue.replier(lu.texte)
            assert neuf.startswith(TEXTE) and 'Pouvez-vous' not in neuf and 'color' not in lu.texte, ou
            assert (lu.pour[0], lu.de, lu.automatique, lu.lourde) == (A, 'mairie@rieumes.example', False, False), ou
            assert [(nom, contenu) for nom, contenu in lu.fichiers if nom != 'ATT00001.htm'] == fichiers, ou
            assert lu.ecrit_le == '2026-11-24T11:30:00Z' and lu.objet == 'RE: Un message pour vous', ou
            assert cite or not (b'Mail original' in octets or b'Pouvez-vous' in octets), ou
            assert not cite or any(mots in cite for mots in ('Plateforme', 'Mail original', '> Merci')), ou
    dedans = partie('message/rfc822', lettre(A, 'Ce que la préfecture a répondu.', objet='Avis de la préfecture'))
    lu = lire(formee(multi('mixed', plat(), joint(), dedans)))      # named, not read
    assert lu.texte.startswith(TEXTE) and 'préfecture' not in lu.texte
    assert [nom for nom, _ in lu.fichiers] == ['plan.pdf'] and lu.nommes == ['Avis de la préfecture.eml']


ACCUSE = multi('report', partie('text/plain', b'Lu.'), partie('message/disposition-notification', b'Disposition: x'))
INVITATION = multi('alternative', plat('A accepté.'), partie('text/calendar; method=REPLY', b'BEGIN:VCALENDAR'))
AUTOMATES = {'Exchange, absence': dict(Auto_Submitted='auto-generated', X_Auto_Response_Suppress='All'),
    'Exchange, sans en-tête': dict(objet='Réponse automatique : Un message'),
    'Gmail, absence': dict(Auto_Submitted='auto-replied', Precedence='bulk', X_Autoreply='yes'),
    'Zimbra, absence': dict(Auto_Submitted='auto-replied (zimbra; vacation)', Precedence='bulk'),
    'Dovecot, absence': dict(Auto_Submitted='auto-replied (vacation)'), 'vacation(1)': dict(Precedence='junk'),
    'cPanel, absence': dict(X_Autorespond='absence'),
    'Postfix, non remis': dict(Return_Path='<>', type_=multi('report', plat('x'))[0]),
    'Outlook, accusé de lecture': dict(type_=ACCUSE[0], corps=ACCUSE[1]),
    'Exchange, invitation acceptée': dict(type_=INVITATION[0], corps=INVITATION[1]),
    'notre propre courriel, qui revient': dict(Auto_Submitted='auto-generated')}


def test_une_reponse_automatique_se_reconnait_une_date_impossible_un_expediteur_double_ne_se_lisent_pas():
    for cas, entetes in AUTOMATES.items():
        assert lire(lettre(A, **entetes)).automatique, cas
    for entetes in ({'Auto_Submitted': 'no'}, {'Precedence': 'bulk'}, {'X_Auto_Response_Suppress': 'OOF'},
                    {'objet': 'RE: Réponse automatique : absence'}, {'Return_Path': None}):
        assert not lire(lettre(A, **entetes)).automatique, entetes
    for dite, attendu in (('Thu, 01 Jan 1970 00:00:00 +0000', '1970-01-01T00:00:00Z'), ('hier', ''),
                          ('Tue, 99 Nov 99999 12:30:00 +9999', ''), (None, '')):
        assert lire(lettre(A, Date=dite)).ecrit_le == attendu, dite
    for de, attendue in (('"mairie@rieumes.example" <autre@x.example>', 'autre@x.example'),
            ('mairie@rieumes.example, autre@x.example', ''), ('', ''), ('EX:/O=MAIRIE/CN=DUPONT', ''),
            ('Mairie <mairie@rieumes.example>\r\nBcc: autre@x.example', 'mairie@rieumes.example'),
            ('=?utf-8?q?Mairie_=C3=A9?= <MAIRIE@rieumes.example>', 'mairie@rieumes.example')):
        assert lire(lettre(A, From=de)).de == attendue, de
    assert lire(lettre(A, objet='=?utf-8?q?Un=0D=0ABcc:_x=00?=')).objet == 'Un Bcc: x'


def niveaux(n):
    corps = plat()
    for i in range(n):
        corps = partie(*multi('mixed', corps, borne=f'n{i}'))
    return lettre(A, corps.split(b'\r\n\r\n', 1)[1], type_=f'multipart/mixed; boundary="n{n - 1}"')


HOSTILES = {'mille niveaux': lambda: niveaux(1000), 'trente niveaux': lambda: niveaux(30),
    'mille messages emboîtés': lambda: lettre(
        A, b'Content-Type: message/rfc822\r\n\r\n' * 1000 + b'Fin.', type_='message/rfc822'),
    'cinq cents fichiers': lambda: formee(avec('mixed', *[joint()] * 500)),
    'onze mégaoctets': lambda: lettre(A, b'x' * 76 * 150_000),
    'cinq millions de lignes': lambda: lettre(A, b'a\n' * 5_000_000),
    'un en-tête de dix mégaoctets': lambda: b'Subject: ' + b'x' * 11_000_000 + b'\r\n' + lettre(A)}
LISIBLES = {'sans jeu de caractères': lambda: lettre(A, TEXTE.encode('cp1252'), type_='text/plain'),
    'jeu inconnu': lambda: lettre(A, TEXTE.encode(), type_='text/plain; charset=x-klingon'),
    'punycode': lambda: lettre(A, TEXTE.encode(), type_='text/plain; charset=punycode'),
    'une bombe': lambda: lettre(A, TEXTE.encode(), type_='text/plain; charset=zlib'),
    'base64 faux': lambda: formee(avec('mixed', plat(TEXTE), joint(contenu=b'').replace(b'\r\n\r\n', b'\r\n\r\n####'))),
    'sans fin': lambda: formee(avec('mixed', plat(TEXTE))).replace(b'--dehors--', b''),
    'commentaires sans fin': lambda: lettre(A, html(TEXTE, '<!--' * 100_000), type_='text/html; charset=utf-8'),
    'balises sans fin': lambda: lettre(A, html(TEXTE, '<' * 500_000), type_='text/html; charset=utf-8'),
    'octets nuls': lambda: lettre(A, TEXTE + '\0\x1b[31m\u202e', type_='text/plain; charset=utf-8')}
PIEGES = {'des parenthèses par milliers': b'From: a@b.example\r\nTo: ' + b'(' * 5000 + b'\r\nSubject: x\r\n\r\nhello',
    'un expéditeur en parenthèses': b'From: ' + b'(' * 1500 + b'\r\n\r\nhello',
    'des lignes finies par CR': b'From: a@b.example\r' + b'\r'.join(
        b'Content-Type: multipart/mixed; boundary=b%d\r\r--b%d' % (n, n) for n in range(3000)),
    'des courriels dans des courriels': b'From: a@b.example\n' + b'Content-Type: message/rfc822\n\n' * 5000,
    'un en-tête sans fin': b'From: ' + b'x' * 400_000,
    'un mégaoctet de lignes': b'From: a@b.example\rContent-Type: multipart/mixed; boundary=a0\r' + b''.join(
        b'\r--a%d\rContent-Type: multipart/mixed; boundary=a%d\r' % (n, n + 1) for n in range(450)) + b'y\r' * 480_000}


def test_ce_qui_passe_les_bornes_est_trop_lourd_un_mal_ecrit_se_lit_un_piege_ne_fait_rien_tomber_en_peu_de_memoire():
    for cas, faire in HOSTILES.items():
        lu = lire(faire())
        assert lu.lourde and not lu.texte and not lu.fichiers, cas
        assert cas.startswith('un en-tête') or (lu.pour[0], lu.de) == (A, 'mairie@rieumes.example'), cas
    for cas, faire in LISIBLES.items():
        lu = lire(faire())
        assert lu.texte.startswith(TEXTE) and not lu.lourde and '\0' not in lu.texte, cas
        lu.texte.encode()
    for cas, octets in PIEGES.items():
        assert lire(octets).identifiant and not lire(octets).fichiers, cas
    cinquante = [joint()] * 50
    for dedans, au_dela in ((formee(avec('mixed', *cinquante)), formee(avec('mixed', plat(), *cinquante))),
            (formee(avec('mixed', partie(*multi('mixed', *[joint()] * 25)), *[joint()] * 25)),
             formee(avec('mixed', partie(*multi('mixed', *[joint()] * 26)), *[joint()] * 25, plat()))),
            (fourrees(1), fourrees(2)), (niveaux(19), niveaux(20))):
        assert not lire(dedans).lourde and lire(au_dela).lourde, dedans[-200:]
    a_qui = b''.join(b'To: a%d@x.example\r\n' % n for n in range(21))
    assert len(lire(a_qui + lettre('', To=None)).pour) == 20
    for longueur, lu in ((20_000, 'x' * 20_000), (20_001, 'x' * 20_000 + '\n[…]')):
        assert lire(lettre(A, 'x' * longueur)).texte == lu
    octets = formee(avec('mixed', plat(), *[joint(contenu=PDF + b'x' * 700_000)] * 8))
    tracemalloc.start()
    lire(octets)
    _, plus_haut = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert plus_haut < 12 * len(octets) and len(octets) > 7_000_000


def fourrees(n):
    """n times two levels, one beside the other: few parts in each."""
    return formee(avec('mixed', *[partie(*multi('mixed', *[deux(plat())] * 24, borne=f'f{i}')) for i in range(n)]))


MORCEAUX = (b'=?utf-8?q?', b'=?utf-8?B?x?=', b'\r\n', b'\0', b'\xff\xfe', b'boundary=', b'"', b'filename*0*=', b';',
            b'<', b'(' * 50, b'Content-Type: message/rfc822\r\n', b'charset=idna', b'@', b'\xed\xa0\x80', b'From: ',
            b',' * 200)


@pytest.mark.parametrize('graine', range(5))
def test_aucun_octet_abime_ne_le_fait_tomber(graine):
    hasard = random.Random(graine)
    entiers = [octets for lettres in PROGRAMMES.values() for octets, _ in lettres if len(octets) < 20_000]
    for _ in range(200):
        octets = bytearray(hasard.choice(entiers))
        for _ in range(hasard.randint(1, 12)):
            ou = hasard.randrange(len(octets) if hasard.random() < 0.5 else 400)
            octets[ou:ou + hasard.choice((0, 1, 5))] = hasard.choice((hasard.choice(MORCEAUX), hasard.randbytes(3)))
        lu = lire(bytes(octets))
        for dit in (*lu.pour, lu.de, lu.de_dit, lu.identifiant, lu.objet, lu.texte, *lu.nommes):
            dit.encode()
        for nom, contenu in lu.fichiers:
            assert nom.encode() and isinstance(contenu, bytes)
