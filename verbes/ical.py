"""Évènements and réunions as iCalendar (RFC 5545, 5546), for what reads them: Outlook, Thunderbird, a phone."""
import re
from collections import namedtuple

import models
import langue

DEMONSTRATION = 'Démonstration – '                                  # what is read away from the site says it too
# The hour of Paris, as every calendar must be told it.
FUSEAU = """BEGIN:VTIMEZONE
TZID:Europe/Paris
BEGIN:DAYLIGHT
TZNAME:CEST
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
DTSTART:19810329T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
END:DAYLIGHT
BEGIN:STANDARD
TZNAME:CET
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
DTSTART:19961027T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
END:STANDARD
END:VTIMEZONE""".split('\n')


# What a calendar is told. change_le: the instant of its last change; texte, adresse: « DESCRIPTION »,
# « URL »; prive: what others who see the calendar must not read; annule: it does not take place.
RendezVous = namedtuple('RendezVous', 'uid cree_le change_le titre debut_le debut_a fin_le fin_a lieu texte adresse '
                        'annule prive', defaults=(False, False))
# Of an invitation: what is done (REQUEST, CANCEL), who invites (name, address), the address of the only guest, whether
# the answer of their calendar is read.
Invite = namedtuple('Invite', 'methode nom organisateur convive attendu', defaults=(False,))


def calendrier(rendez_vous, nom='', debut='', invite=None):
    """The text of a calendar of RendezVous. nom: '' when it is one, to be added to a calendar, and no calendar to
    follow; debut: what each title and the name begin with, « Démonstration – »; invite: an Invite to one of them.
    """
    lignes = ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//Plateforme d\'appui aux territoires//FR',
              'CALSCALE:GREGORIAN', f'METHOD:{invite.methode if invite else "PUBLISH"}']
    if nom:
        lignes += [f'X-WR-CALNAME:{_texte(debut + nom)}', 'X-WR-TIMEZONE:Europe/Paris',
                   'REFRESH-INTERVAL;VALUE=DURATION:PT6H', 'X-PUBLISHED-TTL:PT6H']
    lignes += FUSEAU
    for rencontre in rendez_vous:
        lignes += _evenement(rencontre, debut, invite)
    return ''.join(f'{_plier(ligne)}\r\n' for ligne in [*lignes, 'END:VCALENDAR'])


def _evenement(rencontre, debut, invite):
    modifie = _chiffres(rencontre.change_le)
    annule = rencontre.annule or invite and invite.methode == 'CANCEL'
    lignes = {
        'SUMMARY': _texte(debut + rencontre.titre),
        'LOCATION': _texte(rencontre.lieu),
        'DESCRIPTION': _texte(rencontre.texte),
        'URL': rencontre.adresse,
        'CLASS': 'PRIVATE' if rencontre.prive else '',
    }
    return ['BEGIN:VEVENT', f'UID:{rencontre.uid}', f'DTSTAMP:{modifie}', f'LAST-MODIFIED:{modifie}',
            f'SEQUENCE:{_suite(rencontre)}', *_quand(rencontre),
            *(['STATUS:CANCELLED'] if annule else []),
            *(f'{nom}:{valeur}' for nom, valeur in lignes.items() if valeur),
            *(_invites(invite) if invite else []), 'END:VEVENT']


def _invites(invite):
    """The yes is a button of ours: no answer is asked of the calendar (RSVP) where nobody would read it."""
    nom = re.sub(r'[\x00-\x1f"]', '', invite.nom)
    return [f'ORGANIZER;CN="{nom}":mailto:{invite.organisateur}',
            f'ATTENDEE;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP={str(invite.attendu).upper()}:mailto:'
            f'{invite.convive}']


def d_un_contenu(contenu, chemin=''):
    """An évènement (a Contenu) as a RendezVous. chemin: the path of its page, '' for none."""
    adresse = chemin and models.SITE['url'] + chemin
    dits = [contenu.resume, contenu.inscription and f'Inscription\u00a0: {contenu.inscription}', adresse]
    return RendezVous(
        identifiant(contenu), contenu.cree_le, max(contenu.modifie_le, contenu.retire_le or ''), contenu.titre,
        contenu.debut_le, contenu.debut_a, contenu.fin_le or contenu.debut_le, contenu.fin_a, contenu.lieu,
        '\n\n'.join(filter(None, dits)), adresse, contenu.etat == 'retire')


def identifiant(objet, quoi='contenu'):
    """The UID of a content, or of a réunion: the same in each calendar and feed, for ever, whatever the address of the
    site.
    """
    return f'{quoi}-{objet.id}-{_chiffres(objet.cree_le)}@plateforme-appui-territoires'


def _suite(rencontre):
    """A number that grows with each change of its words: the seconds since it was created."""
    return int((langue.a_paris(rencontre.change_le) - langue.a_paris(rencontre.cree_le)).total_seconds())


def _quand(rencontre):
    """DTSTART and DTEND. A whole day ends the day after; without an hour of end, the one of the start says it all, or
    the last day is whole.
    """
    lendemain = langue.plus_jours(rencontre.fin_le, 1)
    if not rencontre.debut_a:
        return [f'DTSTART;VALUE=DATE:{_chiffres(rencontre.debut_le)}', f'DTEND;VALUE=DATE:{_chiffres(lendemain)}']
    debut, fin = _heure(rencontre.debut_le, rencontre.debut_a), ''
    if rencontre.fin_a:
        fin = _heure(rencontre.fin_le, rencontre.fin_a)
    elif rencontre.fin_le > rencontre.debut_le:
        fin = _heure(lendemain, '00:00')
    return [f'DTSTART;TZID=Europe/Paris:{debut}', *([f'DTEND;TZID=Europe/Paris:{fin}'] if fin > debut else [])]


def _heure(jour, heure):
    return f'{_chiffres(jour)}T{_chiffres(heure)}00'


def _chiffres(texte):
    return re.sub('[-:]', '', texte)


def _texte(valeur):
    """A value of the type TEXT: its separators escaped, no control character but the line break."""
    valeur = re.sub(r'[\x00-\x08\x0b-\x1f\x7f]', '', valeur.replace('\r\n', '\n').strip())
    return re.sub(r'[\\;,]', r'\\\g<0>', valeur).replace('\n', '\\n')


def _plier(ligne):
    """Lines of 75 bytes at most, the next ones after a space; a character is never cut."""
    pliees, reste = [], ligne
    while len(reste.encode()) > 75 - bool(pliees):
        bout = reste.encode()[:75 - bool(pliees)].decode(errors='ignore')
        pliees.append(bout)
        reste = reste[len(bout):]
    return '\r\n '.join([*pliees, reste])
