"""The réunion de cadrage of a demande: proposed, one invitation a person, its yes, changed, called off; who reads it,
restricted or not; what was agreed, the day after (domaine.md §7, §12)."""
import email
from email import policy

import icalendar
import pytest
from conftest import relire

import models
from peewee import fn
from models import Courriel, Invitation, Refus, Reunion
from verbes.demande import actes, cycle, reunions
from verbes.exploitation import porteur
from verbes.invitations import accepter, du_jeton

MIDI, VEILLE, LENDEMAIN = '2026-11-24T11:00:00Z', '2026-12-07T11:00:00Z', '2026-12-09T08:00:00Z'
PAGE = '/espace/demandes/{}'
LE_8 = {'jour': '2026-12-08', 'debut_a': '10:00', 'fin_a': '11:30', 'lieu': 'Mairie de Rieumes'}
REGLAGES = {'nom': 'Plateforme', 'courriel': 'equipe@haute-garonne.example'}


class Configuration:
    expediteur, url = 'plateforme@haute-garonne.example', 'http://localhost:8080'


def proposer(demande, agent, agents=(), collectivite=True, **autres):
    with models.ecriture():
        demande = models.Demande.get_by_id(demande.numero)
        return reunions.proposer(demande, agent, demande.version, LE_8 | {
            'agents': [a.id for a in agents], 'collectivite': collectivite} | autres)


def changer(reunion, agent, agents=(), collectivite=True, **autres):
    with models.ecriture():
        demande = models.Demande.get_by_id(reunion.demande_id)
        reunions.changer(demande, agent, demande.version, reunion.id, LE_8 | {
            'agents': [a.id for a in agents], 'collectivite': collectivite} | autres)


def annuler(reunion, agent):
    with models.ecriture():
        demande = models.Demande.get_by_id(reunion.demande_id)
        reunions.annuler(demande, agent, demande.version, reunion.id)


def lettres(depuis=0):
    """[(Courriel, its calendar, its VEVENT)] of those that wait, as they would leave now; the calendar None without."""
    dites = []
    with models.lecture():
        for courriel in Courriel.select().where(Courriel.id > depuis).order_by(Courriel.id):
            joint = porteur.rendez_vous.joint(courriel, REGLAGES['nom'], Configuration.expediteur, '')
            octets = porteur.message(courriel, REGLAGES, Configuration, joint=joint).as_bytes()
            lettre = email.message_from_bytes(octets, policy=policy.default)
            parties = [p for p in lettre.walk() if p.get_content_type() == 'text/calendar']
            lu = evenement = None
            if parties:
                partie, = parties
                lu = icalendar.Calendar.from_ical(partie.get_content())
                evenement, = lu.walk('VEVENT')
                assert not lu.errors and not evenement.errors
                assert partie.get_param('method') == lu['METHOD'] and lettre.get_content_type() == 'multipart/alternative'
            dites.append((courriel, lu, evenement))
    return dites


def dernier():
    with models.lecture():
        return Courriel.select(fn.MAX(Courriel.id)).scalar() or 0


def invitation(qui=None):
    with models.lecture():
        return Invitation.get(Invitation.agent == qui if qui else Invitation.agent.is_null())


@pytest.fixture
def accompagnee(creer, heure):
    demande = creer('en_cours', associe=True)
    heure(MIDI)
    with models.ecriture():
        Courriel.delete().execute()
    return demande


# ======================================================================================
# The circuit
# ======================================================================================

def formulaire(page, action):
    return next(f for f in page.forms.values() if f.action.split('?')[0].endswith(action))


def test_le_referent_propose_chacun_recoit_son_invitation_la_mairie_dit_oui_et_tous_le_lisent(
        accompagnee, monde, entrer, site):
    expert, adresse = entrer(monde.referent), PAGE.format(accompagnee.numero)
    form = formulaire(expert.get(adresse).click('Proposer une réunion'), '/reunion')
    assert form[f'agent_{monde.chef.id}'].checked and not form['mairie'].checked
    form['jour'], form['debut_a'], form['fin_a'], form['lieu'] = '08/12/2026', '10 h', '11h30', 'Mairie de Rieumes'
    form['mairie'], form[f'agent_{monde.cochef.id}'] = True, False
    form[f'agent_{monde.associe.id}'] = False
    page = form.submit().follow()
    panneau = page.html.select_one('section[aria-labelledby="reunions"]').text.replace('\xa0', ' ')
    assert 'Mardi 8 décembre' in panneau and 'de 10 h à 11 h 30' in panneau and 'Mairie de Rieumes' in panneau
    assert 'invités : la collectivité, Camille Exemple, Claude Temoin (vient).' in panneau
    assert {c.destinataire for c, *_ in lettres()} == {monde.chef.courriel, 'mairie@rieumes.example'}
    for courriel, calendrier, evenement in lettres():
        assert calendrier['METHOD'] == 'REQUEST' and evenement['SEQUENCE'] == 0
        invite, = [evenement['ATTENDEE']]
        assert invite == f'mailto:{courriel.destinataire}' and invite.params['RSVP'] == 'FALSE'
        assert evenement['ORGANIZER'] == f'mailto:{Configuration.expediteur}'
        assert evenement['DTSTART'].dt.isoformat() == '2026-12-08T10:00:00+01:00'
        assert evenement['DTEND'].dt.isoformat() == '2026-12-08T11:30:00+01:00'
        assert 'Rieumes' in evenement['SUMMARY'] and evenement['LOCATION'] == 'Mairie de Rieumes'
        assert accompagnee.jeton not in str(evenement) and 'rendez-vous/' not in str(evenement)
        assert 'mardi 8 décembre 2026, de 10 h à 11 h 30' in courriel.corps.replace('\xa0', ' ')
        assert courriel.corps.count('/rendez-vous/') == 1
    jeton = invitation().jeton
    lue = site.get(f'/rendez-vous/{jeton}')
    assert 'Mairie de Rieumes' in lue and invitation().oui_le is None       # looking at it answers nothing
    lue = lue.forms[max(lue.forms)].submit().follow()
    assert 'Vous avez dit que vous venez' in lue.text.replace('\xa0', ' ') and not lue.html.select('form[method="post"]')
    assert 'la collectivité (vient)' in expert.get(adresse)
    suivi = site.get(f'/suivi/{accompagnee.jeton}').text.replace('\xa0', ' ')
    assert 'Réunion : mardi 8 décembre 2026, de 10 h à 11 h 30' in suivi and 'Vous avez dit que vous venez' in suivi


def test_chaque_acte_laisse_une_ligne_de_la_plateforme(accompagnee, monde):
    une = proposer(accompagnee, monde.referent, [monde.chef])
    changer(une, monde.chef, [monde.chef], debut_a='14:00', fin_a='15:00')
    annuler(une, monde.chef)
    with models.lecture():
        lues = [ligne.texte.replace('\xa0', ' ') for ligne in models.Journal.select().where(
            models.Journal.nature == 'equipe').order_by(models.Journal.id)][-3:]
    assert lues == [
        'Réunion de cadrage le mardi 8 décembre 2026, de 10 h à 11 h 30 ; Mairie de Rieumes. Invités : '
        f'{noms(monde)}.',
        'Réunion déplacée, prévue le mardi 8 décembre 2026, de 10 h à 11 h 30, maintenant le mardi 8 décembre 2026, de '
        f'14 h à 15 h ; Mairie de Rieumes. Invités : {noms(monde)}.',
        'Réunion du mardi 8 décembre 2026, de 14 h à 15 h annulée.']


def noms(monde):
    return f'la collectivité, {monde.chef.nom_complet}'
