"""Évènements as iCalendar (RFC 5545), for the calendars that read them: Outlook, Thunderbird, a phone."""
import re

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


def calendrier(evenements, nom, adresse_de, debut=''):
    """The text of a calendar of évènements (Contenu rows). nom: '' when it is one évènement, to be added to a calendar,
    and no calendar to follow; adresse_de: contenu → the path of its page, '' for none; debut: what each title and the
    name begin with, « Démonstration – ».
    """
    lignes = ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//Plateforme d\'appui aux territoires//FR',
              'CALSCALE:GREGORIAN', 'METHOD:PUBLISH']
    if nom:
        lignes += [f'X-WR-CALNAME:{_texte(debut + nom)}', 'X-WR-TIMEZONE:Europe/Paris',
                   'REFRESH-INTERVAL;VALUE=DURATION:PT6H', 'X-PUBLISHED-TTL:PT6H']
    lignes += FUSEAU
    for contenu in evenements:
        lignes += _evenement(contenu, adresse_de(contenu), debut)
    return ''.join(f'{_plier(ligne)}\r\n' for ligne in [*lignes, 'END:VCALENDAR'])


def _evenement(contenu, chemin, debut):
    adresse = chemin and models.SITE['url'] + chemin
    modifie = _chiffres(_change_le(contenu))
    dits = [contenu.resume, contenu.inscription and f'Inscription\u00a0: {contenu.inscription}', adresse]
    lignes = {
        'SUMMARY': _texte(debut + contenu.titre),
        'LOCATION': _texte(contenu.lieu),
        'DESCRIPTION': _texte('\n\n'.join(filter(None, dits))),
        'URL': adresse,
    }
    return ['BEGIN:VEVENT', f'UID:{identifiant(contenu)}', f'DTSTAMP:{modifie}', f'LAST-MODIFIED:{modifie}',
            f'SEQUENCE:{_suite(contenu)}', *_quand(contenu),
            *(['STATUS:CANCELLED'] if contenu.etat == 'retire' else []),
            *(f'{nom}:{valeur}' for nom, valeur in lignes.items() if valeur), 'END:VEVENT']


def identifiant(contenu):
    """The UID of a content: the same in each calendar and feed, for ever, whatever the address of the site."""
    return f'contenu-{contenu.id}-{_chiffres(contenu.cree_le)}@plateforme-appui-territoires'


def _change_le(contenu):
    return max(contenu.modifie_le, contenu.retire_le or '')


def _suite(contenu):
    """A number that grows with each change of its words: the seconds since it was created."""
    return int((langue.a_paris(_change_le(contenu)) - langue.a_paris(contenu.cree_le)).total_seconds())


def _quand(contenu):
    """DTSTART and DTEND. A whole day ends the day after; without an hour of end, the one of the start says it all, or
    the last day is whole.
    """
    fin_le = contenu.fin_le or contenu.debut_le
    lendemain = langue.plus_jours(fin_le, 1)
    if not contenu.debut_a:
        return [f'DTSTART;VALUE=DATE:{_chiffres(contenu.debut_le)}', f'DTEND;VALUE=DATE:{_chiffres(lendemain)}']
    debut, fin = _heure(contenu.debut_le, contenu.debut_a), ''
    if contenu.fin_a:
        fin = _heure(fin_le, contenu.fin_a)
    elif fin_le > contenu.debut_le:
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
