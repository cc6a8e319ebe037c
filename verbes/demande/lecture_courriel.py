"""A mail read into plain values, whatever program wrote it: whom it is for, who sent it, what it says, its files.

No base here: nothing is locked while a mail is read.

Hostile ones are bounded before they are parsed: bytes, lines, parts, depth. Their headers alone are read then.
"""
import codecs
import contextlib
import email
import hashlib
import html
import logging
import mimetypes
import re
from collections import namedtuple
from email import errors, header, policy, utils

import langue
from langue import MO

log = logging.getLogger('plateforme')

OCTETS_MAX, LIGNES_MAX, PARTIES_MAX, PROFONDEUR_MAX = 10 * MO, 250_000, 50, 20
ENTETES_OCTETS = 256 * 1024
TEXTE_MAX = 20_000                                                  # characters, as of a form
ICONE_OCTETS = 50_000                                               # an image of the text that is no bigger is a logo

# pour: the addresses it was sent to, those the relay names first; de: the one it comes from, '' when it is not one;
# de_dit: as it is signed; ecrit_le: its instant, '' when its date can't be; fichiers: [(name, bytes)]; nommes: what it
# joins that is no file; automatique: nobody wrote it; lourde: past the bounds, its text and files are not read;
# refuse_par: the servers that say that its sender is not who it says (DMARC, RFC 8601); suit: the Message-IDs that it
# answers; agenda: (UID, PARTSTAT) of a calendar that answers an invitation; echec: why it says that a mail came back.
Lu = namedtuple('Lu', 'pour de de_dit identifiant ecrit_le objet texte fichiers nommes automatique lourde refuse_par '
                'suit agenda echec')


class _Lourde(Exception):
    """Past the bounds."""


class _Brutes(policy.Compat32):
    """Headers as they came: the bytes of one that says no charset are not replaced."""

    def header_fetch_parse(self, name, value):
        return value


LECTURE = _Brutes()


ILLISIBLE = Lu(pour=[], de='', de_dit='', identifiant='', ecrit_le='', objet='', texte='', fichiers=[], nommes=[],
               automatique=False, lourde=True, refuse_par=[], suit=[], agenda=None, echec='')


def lire(octets):
    """The Lu of the bytes of a mail: never an exception, whatever they are; one that can't be read at all says nothing.
    """
    entete = lire_la_tete(octets)
    try:
        corps = _lire_le_corps(octets)
    except _Lourde:
        return entete
    except Exception as incident:                                   # what nobody thought of: it is in the mailbox too
        log.error('courriel illisible : %s', type(incident).__name__, exc_info=incident)
        return entete
    return entete._replace(lourde=False, automatique=entete.automatique or bool(corps['agenda']), **corps)


def lire_la_tete(octets):
    """The same of its headers alone: what it says is not read, as of one past the bounds."""
    try:
        return _lire_la_tete(octets)
    except Exception as incident:
        log.error('courriel illisible : %s', type(incident).__name__, exc_info=incident)
        return ILLISIBLE._replace(identifiant=empreinte(octets))


def _lire_la_tete(octets):
    tete = _entetes(octets)
    return ILLISIBLE._replace(
        pour=_destinataires(tete), de=_expediteur(tete), de_dit=_dire_entete(tete, 'From'),
        identifiant=_identifiant(tete, octets), ecrit_le=_date(tete), objet=_dire_entete(tete, 'Subject'),
        automatique=_sans_auteur(tete), refuse_par=_refuse_par(tete), suit=_suit(tete))


def empreinte(octets):
    """What tells a mail that has no Message-ID from another."""
    return hashlib.sha256(octets).hexdigest()


# ---- The headers ----

A_QUI = ('X-Original-To', 'Delivered-To', 'Envelope-To', 'To', 'Cc')    # the relay's own first
REPONDEURS = re.compile(r'auto-?(?:reply|respond)|failed-recipients', re.IGNORECASE)     # in the name of a header
OBJETS = re.compile(r'(?:réponse automatique|automatic reply|absence du bureau|out of office)\s?:', re.IGNORECASE)
EN_NOMBRE = ('auto_reply', 'junk')


def _entetes(octets):
    """The headers alone: nothing of the body is parsed to know whose it is."""
    tete = re.split(rb'(?>\r\n|\r|\n){2}', octets[:ENTETES_OCTETS], maxsplit=1)[0]
    return email.message_from_bytes(tete + b'\n\n', policy=LECTURE)


def _destinataires(tete):
    brutes = [_propre(valeur[:5000]) for nom in A_QUI for valeur in tete.get_all(nom, ())[:20]]
    return [adresse for brute in brutes for adresse in _adresses(brute)][:200]


IMBRIQUES_MAX = 50                                                  # « ( », in which the parser of Python goes down


def _adresses(brute):
    if brute.count('(') > IMBRIQUES_MAX:
        return []
    return [adresse for _, adresse in utils.getaddresses([brute]) if adresse]


def _expediteur(tete):
    """The address of « From »; '' of none, of several, of what is no address, of a comment or a quote not ended."""
    entetes = [_propre(valeur[:2000]) for valeur in tete.get_all('From', ())]
    if len(entetes) != 1 or entetes[0].count('(') != entetes[0].count(')') or entetes[0].count('"') % 2:
        return ''
    adresses = _adresses(entetes[0])
    return (langue.adresse(adresses[0]) or '') if len(adresses) == 1 else ''


def _refuse_par(tete):
    """The names of the servers that found « dmarc=fail »: who believes one of them must know its name."""
    avis = [_propre(valeur[:2000]).lower() for valeur in tete.get_all('Authentication-Results', ())[:20]]
    return [avis_.split(';')[0].split()[0] for avis_ in avis if re.match(r'\s*[^\s;]', avis_) and DMARC.search(avis_)]


def _suit(tete):
    dits = ' '.join(_propre(tete.get(nom, '')[:5000]) for nom in ('In-Reply-To', 'References'))
    return re.findall(r'<[^<>\s]{1,300}>', dits)[:50]


DMARC = re.compile(r';\s*dmarc\s*=\s*fail\b')


def _identifiant(tete, octets):
    """Its Message-ID; of a mail without any, its sha256."""
    dit = _une_ligne(tete.get('Message-ID', ''))[:300]
    return dit or empreinte(octets)


def _date(tete):
    try:
        return langue.en_utc(utils.parsedate_to_datetime(tete.get('Date', '')[:100]).astimezone())
    except (ValueError, TypeError, OverflowError, IndexError, AttributeError):
        return ''


def _sans_auteur(tete):
    """Did a machine write it: an absence, a refusal, a receipt (RFC 3834, 3464)?"""
    automate = re.split('[;( ]', tete.get('Auto-Submitted', 'no').strip().lower())[0]
    return (automate not in ('no', '')
            or tete.get('Return-Path', '').strip() == '<>'
            or tete.get('Precedence', '').strip().lower() in EN_NOMBRE
            or tete.get_content_type() == 'multipart/report'
            or any(map(REPONDEURS.search, tete.keys()))
            or bool(OBJETS.match(_dire_entete(tete, 'Subject'))))


def _dire_entete(tete, nom):
    return _une_ligne(_decoder(tete.get(nom, '')))[:200]


def _decoder(valeur):
    """« =?…?= » and bytes that say no charset, read as they were meant; as they are when they can't be."""
    brut = str(valeur)[:4000]
    try:
        texte = str(header.make_header(header.decode_header(brut)))
    except (LookupError, ValueError, errors.MessageError):
        texte = brut
    return _propre(texte)


def _une_ligne(texte):
    return ' '.join(_propre(texte).split())


CONTROLES = '\x00-\x08\x0b\x0c\x0e-\x1f\x7f'
SANS_LARGEUR = '\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff'     # the joiner of an emoji has its use


def _propre(texte):
    """Without what a form would refuse: controls, halves of characters, what turns a line round or has no width; what a
    header held as bytes is decoded.
    """
    if re.search('[\udc80-\udcff]', texte):
        texte = _en_texte(texte.encode('utf-8', 'surrogateescape'), '')
    texte = texte.replace('\r\n', '\n').replace('\r', '\n')
    return re.sub(f'[{CONTROLES}{SANS_LARGEUR}\ud800-\udfff]', '', texte)


# ---- The body ----

def _lire_le_corps(octets):
    """{texte, fichiers, nommes, agenda, echec} of a Lu; _Lourde."""
    if len(octets) > OCTETS_MAX or octets.count(b'\n') + octets.count(b'\r') > 2 * LIGNES_MAX:
        raise _Lourde
    if len(re.findall(rb'(?im)(?:^|\r)content-type:\s*(?:multipart|message)/', octets)) > PARTIES_MAX:
        raise _Lourde                                               # before it is parsed: each is a level, at worst
    feuilles, htmls = [], []
    texte = _texte_de(email.message_from_bytes(octets, policy=LECTURE), feuilles, htmls)
    dans_le_texte = set(re.findall(r'cid:([^"\'\s>)]+)', ''.join(htmls)))
    fichiers, nommes = [], []
    for partie in feuilles:
        if partie.get_content_type() in SANS_OBJET:
            continue
        nom, contenu = _nom(partie), _octets_de(partie)
        if contenu is None:
            nommes.append(nom)
        elif not _logo(partie, contenu, dans_le_texte):
            fichiers.append((nom, contenu))
    agenda = next(filter(None, map(_reponse_d_agenda, feuilles)), None)
    echec = next(filter(None, map(_pourquoi, feuilles)), '')
    return {'texte': _borner(_propre(texte).strip()), 'fichiers': fichiers, 'nommes': nommes, 'agenda': agenda,
            'echec': echec}


def _pourquoi(partie):
    """What a report of non-delivery gives as a reason (RFC 3464): « smtp; 552 5.2.2 mailbox full »; ''."""
    if partie.get_content_type() != 'message/delivery-status':
        return ''
    ratees = [une for une in partie.get_payload() if str(une.get('Action', '')).strip().lower() == 'failed']
    raisons = (_une_ligne(str(une.get('Diagnostic-Code', '')).rpartition(';')[2])[:200] for une in ratees)
    return next(filter(None, raisons), 'sans raison dite' * bool(ratees))


DE_REPONSE = (r'^METHOD:(REPLY)\s*$', r'^UID:(\S{1,200})\s*$', r'^ATTENDEE[^:]{0,500};PARTSTAT=([A-Z-]{1,20})')


def _reponse_d_agenda(partie):
    """(UID, PARTSTAT) of the answer of a calendar to an invitation (RFC 5546), empty when it does not say; None of
    anything else.
    """
    if partie.get_content_type() != 'text/calendar':
        return None
    texte = re.sub(r'\r?\n[ \t]', '', _en_texte(_octets_de(partie) or b'', partie.get_content_charset()))
    lignes = [re.search(motif, texte, re.IGNORECASE | re.MULTILINE) for motif in DE_REPONSE]
    if all(lignes):
        return lignes[1][1], lignes[2][1].upper()
    return ('', '') if str(partie.get_param('method', '')).upper() == 'REPLY' else None


# Signatures of programs, receipts: neither text nor file.
SANS_OBJET = ('application/pgp-signature', 'application/pkcs7-signature', 'application/x-pkcs7-signature',
              'message/delivery-status', 'message/disposition-notification')


def _texte_de(partie, feuilles, htmls, profondeur=1):
    """The text of a part, as a reader would see it; its files go to feuilles, its HTML to htmls. _Lourde."""
    if profondeur > PROFONDEUR_MAX or len(feuilles) > PARTIES_MAX:
        raise _Lourde
    if partie.get_content_maintype() == 'multipart' and partie.is_multipart():
        if len(partie.get_payload()) > PARTIES_MAX:
            raise _Lourde
        textes = [_texte_de(une, feuilles, htmls, profondeur + 1) for une in partie.get_payload()]
        textes = [texte for texte in textes if texte.strip()]
        seul = partie.get_content_type() == 'multipart/alternative'
        return '\n'.join(textes[:1] if seul else textes)
    if _est_un_fichier(partie):
        feuilles.append(partie)
        return ''
    texte = _en_texte(_octets_de(partie) or b'', partie.get_content_charset())
    if partie.get_content_type() != 'text/html':
        return texte
    htmls.append(texte)
    return texte_de_html(texte)


def _est_un_fichier(partie):
    """What is not the text of the message; « ATT00001.htm » is, by which Exchange goes on after an image."""
    if partie.get_content_type() not in ('text/plain', 'text/html'):
        return True
    nom = partie.get_filename()
    joint = str(partie.get('Content-Disposition', '')).strip().lower().startswith('attachment')
    return bool(joint or nom) and not re.match(r'ATT\d+\.', str(nom or ''), re.IGNORECASE)


def _octets_de(partie):
    """The bytes of a leaf; None of a mail within the mail."""
    return None if partie.is_multipart() else partie.get_payload(decode=True)


def _nom(partie):
    """The name of a file, whatever way it is written (RFC 2231, or « =?…?= » as Outlook does); one of its type."""
    dit = _une_ligne(_decoder(partie.get_filename() or ''))
    if dit:
        return dit[-200:]
    if partie.get_content_maintype() == 'message':
        objet = partie.get_payload()[0].get('Subject', '') if partie.is_multipart() else ''
        return f'{_une_ligne(_decoder(objet))[:100] or "message"}.eml'
    return 'fichier' + (mimetypes.guess_extension(partie.get_content_type()) or '')


def _logo(partie, contenu, dans_le_texte):
    """An image of a signature: small, and shown by the text itself."""
    cid = str(partie.get('Content-ID', '')).strip(' <>')
    image = partie.get_content_maintype() == 'image'
    return image and cid in dans_le_texte and len(contenu) <= ICONE_OCTETS


def _en_texte(octets, jeu):
    """Bytes in the charset that they claim, else in the one that fits; « latin-1 » is Windows' everywhere."""
    latin = (jeu or '').lower() in ('iso-8859-1', 'latin-1', 'latin1', 'iso_8859-1', 'us-ascii', 'ascii')
    for candidat in ('utf-8', 'cp1252') if latin else (jeu or 'utf-8', 'utf-8'):
        with contextlib.suppress(LookupError, ValueError):
            if codecs.lookup(candidat).name not in SANS_TEXTE_DEDANS:
                return octets.decode(candidat)
    return octets.decode('cp1252', 'replace')


SANS_TEXTE_DEDANS = ('punycode', 'idna', 'unicode-escape', 'raw-unicode-escape', 'undefined')   # no charset of a mail


def _borner(texte):
    """What is past the length of a form is in the mailbox."""
    return texte if len(texte) <= TEXTE_MAX else f'{texte[:TEXTE_MAX].rstrip()}\n[…]'


# ---- HTML alone: its text ----

A_LA_LIGNE = ('br', 'p', 'div', 'tr', 'li', 'h1', 'h2', 'h3', 'h4', 'ul', 'ol', 'table', 'blockquote', 'hr', 'pre')
SANS_TEXTE = ('head', 'style', 'script', 'title', 'xml')


def texte_de_html(source):
    """The text of an HTML message, what it quotes after « > »: in one pass, whatever it holds."""
    source = _sans_commentaires(source)
    textes, muet, cites = [], '', 0
    for morceau in re.split('(<[^<>]*>)', source):
        balise = re.match(r'<(/?)([a-zA-Z][\w:]*)', morceau)
        nom = balise[2].lower() if balise else ''
        if muet:
            muet = '' if balise and balise[1] and nom == muet else muet
        elif not morceau.startswith('<'):
            textes.append(re.sub(r'\s+', ' ', morceau))
        elif nom in SANS_TEXTE and not balise[1]:
            muet = nom
        elif nom in A_LA_LIGNE:
            cites += (-1 if balise[1] else 1) if nom == 'blockquote' else 0
            textes.append('\n' + '> ' * min(max(cites, 0), 5))
    return _aerer(html.unescape(''.join(textes)).replace('\u00a0', ' '))


def _sans_commentaires(source):
    debut, *autres = source.split('<!--')
    return debut + ''.join(autre.partition('-->')[2] for autre in autres)


def _aerer(texte):
    lignes = [ligne.strip() for ligne in texte.split('\n')]
    lignes = ['' if re.fullmatch('[> ]*', ligne) else ligne for ligne in lignes]
    return re.sub(r'\n{3,}', '\n\n', '\n'.join(lignes)).strip()
