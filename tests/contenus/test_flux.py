"""The Atom feed and the calendars, read back by the libraries that readers use (flux.py, ical.py)."""
import uuid
from datetime import UTC, date, datetime, timedelta
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import feedparser
import icalendar
import pytest
from conftest import changer_ligne, creer_ligne, en_ecriture, fixer_tous, relire_ligne

import models
from verbes.contenus import contenus
from verbes.ical import calendrier, d_un_contenu

PARIS = ZoneInfo('Europe/Paris')
ATOM = '{http://www.w3.org/2005/Atom}'
PIEGE = 'Salon, des « maires » ; le \\ midi 🎪 – l\'élu·e, "là"'
URL = 'http://127.0.0.1:8080'
CREE = {'publie_le': '2026-11-17', 'cree_le': '2026-11-10T09:00:00Z', 'modifie_le': '2026-11-12T09:00:00Z'}


@pytest.fixture(autouse=True)
def aujourdhui(heure):
    heure('2026-11-17T10:00:00Z')


def contenu(genre='actualite', **autres):
    """A content that everyone reads since today, unless said otherwise."""
    valeurs = {'titre': 'Un titre', 'resume': 'En bref.', 'corps': 'Le texte.', 'etat': 'publie', **CREE} | autres
    if genre == 'evenement':
        valeurs = {'debut_le': '2026-12-08', 'debut_a': '09:00', 'fin_a': '16:30', 'lieu': 'Muret'} | valeurs
    return creer_ligne(models.Contenu, genre=genre, **valeurs)


def evenement(**autres):
    return contenu('evenement', **autres)


def fil(site):
    lu = feedparser.parse(site.get('/actualites.atom').body)
    assert not lu.bozo, lu.bozo_exception
    return lu


def agenda(site, adresse='/agenda.ics'):
    """The calendar and its évènements, its text garde to the letter of RFC 5545."""
    octets = site.get(adresse).body
    lignes = octets.split(b'\r\n')
    assert lignes.pop() == b'' and not any(b'\n' in ligne or b'\r' in ligne for ligne in lignes)
    assert max(map(len, lignes)) <= 75
    for ligne in lignes:
        ligne.decode()                                              # no character is cut
    lu = icalendar.Calendar.from_ical(octets)
    assert not lu.errors and not any(e.errors for e in lu.walk())
    return lu, lu.walk('VEVENT')


def un_seul(site, adresse='/agenda.ics'):
    _, (lu,) = agenda(site, adresse)
    return lu


def test_le_fil_porte_les_actualites_publiees_la_plus_recente_d_abord(site, monde, heure):
    ancienne = contenu(titre='Ancienne', publie_le='2026-11-02')
    contenu('ressource', titre='Interdite')
    contenu(titre=PIEGE, theme=monde.fiche.theme_id, structure=monde.chef.direction.structure_id,
            resume='Une phrase : la voilà.', corps='## Titre\n\n[La fiche](/fiches/1) & **gras** <b>x</b>')
    assert site.get('/actualites.atom').headers['Content-Type'] == 'application/atom+xml; charset=utf-8'
    lu = fil(site)
    assert (lu.version, lu.feed.language) == ('atom10', 'fr')
    assert lu.feed.title == 'Actualités – Plateforme d\'appui aux territoires'
    assert [(lien.rel, lien.href) for lien in lu.feed.links] == [
        ('self', f'{URL}/actualites.atom'), ('alternate', f'{URL}/actualites')]
    assert lu.feed.author and lu.feed.updated == '2026-11-16T23:00:00Z'
    une, autre = lu.entries
    assert une.title == PIEGE.replace(' »', '\u00a0»').replace('« ', '«\u00a0').replace(' ;', '\u00a0;')
    garde = uuid.uuid5(uuid.NAMESPACE_URL, f'contenu-{ancienne.id}-20261110T090000Z@plateforme-appui-territoires')
    assert (autre.title, autre.id) == ('Ancienne', f'urn:uuid:{garde}')
    assert (une.published, une.updated) == ('2026-11-16T23:00:00Z', '2026-11-16T23:00:00Z')
    assert autre.updated == '2026-11-12T09:00:00Z' and autre.published == '2026-11-01T23:00:00Z'
    assert une.summary == 'Une phrase\u00a0: la voilà.'
    assert une.author and [t.term for t in une.tags] == [monde.fiche.theme.nom]
    html = une.content[0]
    assert html.type == 'text/html' and '<h2>Titre</h2>' in html.value and '<b>' not in html.value
    assert f'<a href="{URL}/fiches/1">La fiche</a>' in html.value
    site.get(une.link.removeprefix(URL), status=200)                # the address it gives is the one of the page


def test_le_fil_et_l_agenda_vides_se_lisent_le_fil_garde_vingt_entrees_l_agenda_douze_mois_et_ce_qui_vient(site):
    lu = fil(site)
    assert lu.entries == [] and lu.feed.updated_parsed and lu.feed.id
    lu, lus = agenda(site)
    assert not lus and lu.walk('VTIMEZONE')                         # at least one component, says the RFC
    une = contenu()
    assert [e.title for e in fil(site).entries] == ['Un titre']
    changer_ligne(une, titre='Un autre', modifie_le='2026-11-18T09:00:00Z')
    assert [(e.title, e.updated) for e in fil(site).entries] == [('Un autre', '2026-11-18T09:00:00Z')]
    changer_ligne(une, etat='retire')
    assert fil(site).entries == []
    contenu(titre='a\x0bb\x00c\x1f\ufffe\uffffd]]>', corps='x\x08y <![CDATA[', resume='\x02r')
    ElementTree.fromstring(site.get('/actualites.atom').body)
    assert fil(site).entries[0].title == 'abcd]]>'
    for n in range(23):
        contenu(titre=f'Actualité {n}')
    assert [e.title for e in fil(site).entries] == [f'Actualité {n}' for n in range(22, 2, -1)]
    for titre, debut_le, fin_le in (
            ('Trop ancien', '2025-11-16', None), ('Un an', '2025-11-17', None),
            ('Fini il y a un an', '2025-11-01', '2025-11-20'), ('Hier', '2026-11-16', None),
            ('Loin', '2028-01-01', None)):
        evenement(titre=titre, debut_le=debut_le, fin_le=fin_le)
    _, lus = agenda(site)
    assert [lu['SUMMARY'] for lu in lus] == ['Fini il y a un an', 'Un an', 'Hier', 'Loin']


def test_l_agenda_public_dit_chaque_evenement(site):
    un = evenement(titre=PIEGE, lieu='Salle des fêtes, 1 rue ; Muret', resume='Ligne 1\nLigne 2', theme=None,
                   inscription='https://exemple.fr/inscription?a=1;b=2')
    assert site.get('/agenda.ics').headers['Content-Type'] == 'text/calendar; charset=utf-8'
    lu, (lus,) = agenda(site)
    assert (lu['VERSION'], lu['METHOD'], lu['CALSCALE']) == ('2.0', 'PUBLISH', 'GREGORIAN')
    assert lu['X-WR-CALNAME'] == 'Agenda – Plateforme d\'appui aux territoires' and 'PRODID' in lu
    assert (lus['SUMMARY'], lus['LOCATION'], lus['UID']) == (
        PIEGE, 'Salle des fêtes, 1 rue ; Muret', f'contenu-{un.id}-20261110T090000Z@plateforme-appui-territoires')
    assert (lus['DTSTART'].dt, lus['DTEND'].dt) == (
        datetime(2026, 12, 8, 9, tzinfo=PARIS), datetime(2026, 12, 8, 16, 30, tzinfo=PARIS))
    assert lus['DTSTAMP'].dt == lus['LAST-MODIFIED'].dt == datetime.fromisoformat('2026-11-12T09:00:00Z')
    assert lus['DESCRIPTION'] == (f'Ligne 1\nLigne 2\n\nInscription\u00a0: https://exemple.fr/inscription?a=1;b=2\n\n'
                                  f'{lus["URL"]}')
    site.get(lus['URL'].removeprefix(URL), status=200)


def test_un_evenement_dit_ses_jours_et_ses_heures_de_paris(site):
    def de_nuit(debut_le, fin_le):
        return {'debut_le': debut_le, 'debut_a': '22:00', 'fin_le': fin_le, 'fin_a': '04:00'}

    def en_jours(**dit):
        return {'debut_a': '', 'fin_a': ''} | dit
    for dit, debut, fin, heures in (
            (en_jours(), date(2026, 12, 8), date(2026, 12, 9), None),
            (en_jours(fin_le='2026-12-10'), date(2026, 12, 8), date(2026, 12, 11), None),
            (en_jours(debut_le='2026-12-31'), date(2026, 12, 31), date(2027, 1, 1), None),
            (en_jours(debut_le='2026-10-24', fin_le='2026-10-25'), date(2026, 10, 24), date(2026, 10, 26), None),
            ({'fin_le': '2026-12-09', 'fin_a': '13:00'}, datetime(2026, 12, 8, 9), datetime(2026, 12, 9, 13), 28),
            ({'fin_le': '2026-12-09', 'fin_a': ''}, datetime(2026, 12, 8, 9), datetime(2026, 12, 10), 39),
            ({'fin_a': ''}, datetime(2026, 12, 8, 9), None, None),
            # All night long, the hour changes; or does not.
            (de_nuit('2026-10-24', '2026-10-25'), datetime(2026, 10, 24, 22), datetime(2026, 10, 25, 4), 7),
            (de_nuit('2027-03-27', '2027-03-28'), datetime(2027, 3, 27, 22), datetime(2027, 3, 28, 4), 5),
            (de_nuit('2026-11-07', '2026-11-08'), datetime(2026, 11, 7, 22), datetime(2026, 11, 8, 4), 6)):
        lu = un_seul(site, f'/agenda/{evenement(**dit).id}.ics')
        a_paris = [jour.replace(tzinfo=PARIS) if isinstance(jour, datetime) else jour for jour in (debut, fin)]
        lus = [lu[nom].dt if nom in lu else None for nom in ('DTSTART', 'DTEND')]
        assert lus == a_paris and [type(jour) for jour in lus] == [type(jour) for jour in (debut, fin)], dit
        if heures:
            assert lus[1].astimezone(UTC) - lus[0].astimezone(UTC) == timedelta(hours=heures), dit


def test_un_evenement_change_garde_son_identite_et_avance_son_numero_retire_il_est_annule_un_mois(site, monde, heure):
    valeurs = {'titre': 'Salon', 'debut_le': '2026-12-08', 'debut_a': '', 'fin_le': None, 'fin_a': '', 'corps': 'x',
               'resume': 'y', 'lieu': 'Muret', 'audience': 'public'}
    un = models.Contenu(id=en_ecriture(contenus.creer, 'evenement', monde.admin, valeurs))
    changer_ligne(un, etat='publie', publie_le='2026-11-17')
    avant = un_seul(site)
    heure('2026-11-17T10:00:05Z')
    en_ecriture(contenus.enregistrer, relire_ligne(un), monde.admin, valeurs | {'lieu': 'Colomiers'}, 'Changé.')
    apres = un_seul(site)
    assert apres['UID'] == avant['UID'] and apres['LOCATION'] == 'Colomiers'
    assert (avant['SEQUENCE'], apres['SEQUENCE']) == (0, 5) and apres['LAST-MODIFIED'].dt > avant['LAST-MODIFIED'].dt
    changer_ligne(un, etat='retire', retire_le='2026-11-17T10:00:30Z')
    assert 'a été retiré' in site.get(f'/agenda/{un.id}.ics', status=410).text
    for adresse in ('/agenda/999.ics', '/agenda/0.ics'):
        site.get(adresse, status=404)
    for jour, combien in (('2026-11-17', 1), ('2026-12-17', 1), ('2026-12-18', 0)):
        heure(f'{jour}T10:00:00Z')
        lus = agenda(site)[1]
        assert len(lus) == combien, jour
        for lu in lus:
            assert lu['STATUS'] == 'CANCELLED' and lu['UID'] == avant['UID'] and lu['SEQUENCE'] > apres['SEQUENCE']


def test_les_identifiants_ne_dependent_pas_de_l_adresse_du_site_la_demonstration_se_dit(site, monkeypatch):
    un = evenement()
    contenu('actualite', titre='Une')
    avant = un_seul(site)['UID'], fil(site).feed.id, fil(site).entries[0].id
    monkeypatch.setitem(models.SITE, 'url', 'http://autre.example')
    changer_ligne(un, resume='Autre.')                              # so that what is kept is made again
    assert (un_seul(site)['UID'], fil(site).feed.id, fil(site).entries[0].id) == avant
    fixer_tous(demonstration='1')
    lu = fil(site)
    titres = [lu.feed.title, lu.entries[0].title]
    for adresse in ('/agenda.ics', f'/agenda/{un.id}.ics'):
        calendrier_lu, (seul,) = agenda(site, adresse)
        titres += [calendrier_lu.get('X-WR-CALNAME', titres[0]), seul['SUMMARY']]
    assert all(str(titre).startswith('Démonstration – ') for titre in titres)


def test_l_agenda_s_ouvre_en_abonnement_et_un_evenement_se_telecharge_seul(site):
    """The component itself, and not only its name, which a library may know by itself."""
    un = evenement(titre='Salon des maires, 2026 : « ouvert » à tous')
    evenement(titre='Un autre')
    reponse = site.get(f'/agenda/{un.id}.ics')
    assert reponse.headers['Content-Disposition'] == 'attachment; filename="salon-des-maires-2026-ouvert-a-tous.ics"'
    lu, (seul,) = agenda(site, f'/agenda/{un.id}.ics')
    assert seul['SUMMARY'] == un.titre and 'X-WR-CALNAME' not in lu  # Outlook adds it, and opens no other calendar
    assert seul['UID'] == next(e['UID'] for e in agenda(site)[1] if e['SUMMARY'] == un.titre)
    aside = site.get('/agenda').html.select_one('aside [aria-labelledby=ics]')
    assert aside.select_one('a.bouton')['href'] == f'webcal{URL.removeprefix("http")}/agenda.ics'
    assert aside.select_one('a[href="/agenda.ics"]').text == f'{URL}/agenda.ics'
    lu, _ = agenda(site)
    fuseau = lu.walk('VTIMEZONE')[0].to_tz(lookup_tzid=False)
    for jour in ('2026-01-15', '2026-03-28', '2026-03-29', '2026-07-14', '2026-10-24', '2026-10-25', '2031-12-31'):
        midi = datetime.fromisoformat(f'{jour}T12:00:00')
        assert midi.replace(tzinfo=fuseau).utcoffset() == midi.replace(tzinfo=PARIS).utcoffset(), jour


def test_les_lignes_se_plient_sans_couper_un_caractere_un_texte_n_en_fait_pas_une_de_plus_ni_une_adresse(site):
    un = evenement(titre='a\r\nATTACH:http://x\nb', lieu='c\rURL:x\x00\x1b', resume='\\n;\\,')
    lu = un_seul(site)
    assert 'ATTACH' not in lu and (lu['SUMMARY'], lu['LOCATION']) == ('a\nATTACH:http://x\nb', 'cURL:x')
    assert lu['DESCRIPTION'].startswith('\\n;\\,\n\n')
    changer_ligne(un, etat='brouillon')
    for decalage in range(4):
        evenement(titre='é🎪' * 60 + 'x' * decalage, lieu='x' * decalage + '€' * 100)
    titres = [lu['SUMMARY'] for lu in agenda(site)[1]]
    assert sorted(map(len, titres)) == [120, 121, 122, 123] and all('🎪' in titre for titre in titres)
    with models.lecture():
        sien = models.Contenu(id=3, titre='x', debut_le='2026-12-08', modifie_le='2026-11-12T09:00:00Z',
                              cree_le='2026-11-12T09:00:00Z')
        lignes = calendrier([d_un_contenu(sien)], 'Interne').split('\r\n')
    assert not [ligne for ligne in lignes if ligne.startswith(('URL', 'LOCATION', 'DESCRIPTION'))]
