"""The agenda of the contributeurs: what is to come, what is over, its iCalendar."""
import pytest
from conftest import fixer_tous, texte
from ecritures import un_contenu

PAGE = '/espace/agenda'
INTERNE = 'Réunion confidentielle des chefs de file'


def creer(titre, debut_le, audience='public', **autres):
    return un_contenu(titre, 'evenement', debut_le=debut_le, audience=audience, **autres)


@pytest.fixture
def rendez_vous(monde):
    """To come and over, for everyone and for contributeurs: the one that must stay inside."""
    creer('Journée publique', '2026-12-08', debut_a='09:00', fin_a='16:30', lieu='Muret')
    creer('Atelier passé', '2026-09-10', 'contributeurs')
    creer('Salon', '2027-03-12', fin_le='2027-03-13')
    creer('En ce moment', '2026-11-20', fin_le='2026-11-24')
    creer('Brouillon', '2026-12-09', etat='brouillon')
    return creer(INTERNE, '2026-12-15', 'contributeurs', debut_a='14:00', fin_a='16:00', lieu='Salle 4',
                 resume='Ordre du jour interne.', inscription='equipe@haute-garonne.example', agent=monde.admin)


def titres(page):
    return [a.text for a in page.html.select('.agenda h3 a')]


def en_ical(reponse):
    icalendar = pytest.importorskip('icalendar')
    return list(icalendar.Calendar.from_ical(reponse.body).walk('VEVENT'))


def test_l_agenda_des_agents_montre_ce_qui_vient_puis_ce_qui_est_passe_a_minuit_a_paris(
        rendez_vous, monde, entrer, heure):
    page = entrer(monde.autre).get(PAGE)
    assert titres(page) == ['En ce moment', 'Journée publique', INTERNE, 'Salon', 'Atelier passé']
    assert [h2.text for h2 in page.html.select('.large > section h2')][:4] == [
        'Novembre 2026', 'Décembre 2026', 'Mars 2027', 'Rendez-vous passés']
    etiquettes = {li.h3.text: li.select_one('.etiquette').text for li in page.html.select('.agenda > li')}
    assert etiquettes[INTERNE] == 'Contributeurs seulement' and etiquettes['Salon'] == 'Public'
    page = entrer(monde.autre).get(PAGE).click(INTERNE)
    vu = texte(page)
    assert 'mardi 15 décembre 2026 De 14 h à 16 h' in vu and 'Salle 4' in vu and 'Contributeurs seulement' in vu
    assert page.html.select_one('main a[href^="mailto:equipe@"]') and 'Sa page publique' not in vu
    assert page.html.select_one('time[datetime="2026-12-15T14:00+01:00"]')
    assert 'Modifier' not in vu and 'Modifier' in texte(entrer(monde.admin).get(f'{PAGE}/{rendez_vous.id}'))
    reponse = entrer(monde.autre).get(f'{PAGE}.ics')
    assert reponse.content_type == 'text/calendar' and 'no-store' in reponse.headers['Cache-Control']
    assert reponse.headers['Content-Disposition'] == 'attachment; filename="agenda.ics"'
    lus = {str(e['SUMMARY']): e for e in en_ical(reponse)}
    assert set(lus) == {'Atelier passé', 'En ce moment', 'Journée publique', INTERNE, 'Salon'}
    interne = lus[INTERNE]
    assert interne.decoded('DTSTART').isoformat() == '2026-12-15T14:00:00+01:00'
    assert interne['URL'].endswith(f'{PAGE}/{rendez_vous.id}') and interne['LOCATION'] == 'Salle 4'
    assert lus['Salon'].decoded('DTEND').isoformat() == '2027-03-14'
    site = entrer(monde.autre)
    reponse = site.get(f'{PAGE}/{rendez_vous.id}').click('Ajouter à mon agenda')
    assert [str(e['SUMMARY']) for e in en_ical(reponse)] == [INTERNE]
    for instant, premier in (('2026-11-24T22:59:59Z', 'En ce moment'), ('2026-11-24T23:00:00Z', 'Journée publique')):
        heure(instant)
        assert titres(entrer(monde.autre).get(PAGE))[0] == premier


def test_un_agenda_vide_dit_quoi_faire_les_rendez_vous_passes_se_feuillettent(monde, entrer):
    page = entrer(monde.autre).get(PAGE)
    assert 'Aucun rendez-vous à venir' in texte(page)
    assert page.html.select_one('.vide a')['href'] == '/espace/redaction/contenus/nouveau/evenement'
    for jour in range(1, 61):
        creer(f'Passé {jour}', f'2026-0{jour // 28 + 1}-{jour % 28 + 1:02}')
    site = entrer(monde.autre)
    page = site.get(PAGE)
    assert len(titres(page)) == 50 and titres(page)[0] == 'Passé 60'
    assert titres(site.get(f'{PAGE}?page=2'))[-1] == 'Passé 1'
    site.get(f'{PAGE}?page=3', status=404)


def test_la_demonstration_se_dit_dans_le_calendrier_ce_qui_n_est_pas_publie_ne_s_ouvre_ni_ne_se_telecharge(
        rendez_vous, monde, entrer):
    fixer_tous(demonstration='oui')
    site = entrer(monde.autre)
    reponse = site.get(f'{PAGE}.ics')
    assert all(str(e['SUMMARY']).startswith('Démonstration – ') for e in en_ical(reponse))
    for change, code in (
            ({'etat': 'brouillon'}, 404), ({'publie_le': '2026-11-25'}, 404), ({'expire_le': '2026-11-23'}, 404),
            ({'etat': 'retire', 'retire_le': '2026-11-24T09:00:00Z'}, 410)):
        un = creer('Caché', '2026-12-15', 'contributeurs', **change)
        for adresse in (f'{PAGE}/{un.id}', f'{PAGE}/{un.id}.ics'):
            assert 'Caché' not in texte(site.get(adresse, status=code)), change
        for adresse in (PAGE, f'{PAGE}.ics'):
            assert 'Caché' not in site.get(adresse).text, change
