"""The réunion de cadrage of a demande: invitations, changes, who reads it, what was agreed (regles.md §7, §12)."""
import email
from email import policy

import icalendar
import pytest
from conftest import agir, changer_demande, changer_ligne, en_ecriture, relire, statuer, tout_part
from peewee import fn
from test_conversation import formulaire

import models
import langue
from models import Courriel, Invitation, Refus, Reunion
from verbes.contenus import contenus
from verbes.demande import a_confirmer as confirmer
from verbes.demande import actes, conversation, reunions
from verbes.exploitation import porteur
from verbes.invitations import repondre as dire

MIDI, VEILLE, LENDEMAIN = '2026-11-24T11:00:00Z', '2026-12-07T11:00:00Z', '2026-12-09T08:00:00Z'
PAGE = '/espace/demandes/{}'
LE_8 = {'jour': '2026-12-08', 'debut_a': '10:00', 'fin_a': '11:30', 'lieu': 'Mairie de Rieumes'}
FIN = {'issue': 'realise', 'synthese': 'Fait.', 'texte_final': ''}
REGLAGES = {'nom': 'Plateforme', 'courriel': 'equipe@haute-garonne.example'}


class Configuration:
    expediteur, url = 'plateforme@haute-garonne.example', 'http://localhost:8080'


def dite(agents=(), collectivite=True, **autres):
    """What the form of a réunion says."""
    return LE_8 | {'agents': [agent.id for agent in agents], 'collectivite': collectivite} | autres


def proposer(demande, agent, *invites, **autres):
    return agir(reunions.proposer, demande, agent, dite(*invites, **autres))


def changer(reunion, agent, *invites, **autres):
    agir(reunions.changer, models.Demande(numero=reunion.demande_id), agent, reunion.id, dite(*invites, **autres))


def annuler(reunion, agent):
    agir(reunions.annuler, models.Demande(numero=reunion.demande_id), agent, reunion.id)


def lettres(depuis=0):
    """[(Courriel, its calendar, its VEVENT)] of those that wait, as they would leave now; the calendar None without."""
    dites = []
    with models.lecture():
        for courriel in Courriel.select().where(Courriel.id > depuis).order_by(Courriel.id):
            joint = porteur.rendez_vous.joint(courriel, REGLAGES['nom'], Configuration.expediteur, '')
            octets = porteur.message(courriel, REGLAGES, Configuration, joint=joint).as_bytes()
            lettre = email.message_from_bytes(octets, policy=policy.default)
            lu = evenement = None
            for partie in lettre.walk():
                if partie.get_content_type() == 'text/calendar':
                    assert lu is None and lettre.get_content_type() == 'multipart/alternative'
                    lu = icalendar.Calendar.from_ical(partie.get_content())
                    evenement, = lu.walk('VEVENT')
                    assert not lu.errors and not evenement.errors and partie.get_param('method') == lu['METHOD']
            dites.append((courriel, lu, evenement))
    return dites


def dernier():
    with models.lecture():
        return Courriel.select(fn.MAX(Courriel.id)).scalar() or 0


def nouvelles(acte, *arguments, **options):
    """What an act writes."""
    avant = dernier()
    acte(*arguments, **options)
    return lettres(avant)


def invitation(qui=None):
    """The last one of somebody; of the collectivité, without."""
    with models.lecture():
        sienne = Invitation.agent == qui if qui else Invitation.agent.is_null()
        return Invitation.select().where(sienne).order_by(Invitation.id.desc()).get()


@pytest.fixture
def accompagnee(accompagnee):
    en_ecriture(Courriel.delete().execute)
    return accompagnee


def test_proposee_chacun_recoit_son_invitation_la_mairie_dit_oui_et_tous_le_lisent(accompagnee, monde, entrer, site):
    expert, adresse = entrer(monde.referent), PAGE.format(accompagnee.numero)
    form = formulaire(expert.get(adresse).click('Proposer une réunion'), '/reunion')
    assert form[f'agent_{monde.chef.id}'].checked and not form['mairie'].checked
    form['jour'], form['debut_a'], form['fin_a'], form['lieu'] = '08/12/2026', '10 h', '11h30', 'Mairie de Rieumes'
    form['mairie'], form[f'agent_{monde.cochef.id}'] = True, False
    form[f'agent_{monde.associe.id}'] = False
    page = form.submit().follow()
    panneau = page.html.select_one('section[aria-labelledby="reunions"]').text.replace('\xa0', ' ')
    assert 'Mardi 8 décembre' in panneau and 'de 10 h à 11 h 30' in panneau and 'Mairie de Rieumes' in panneau
    assert 'invités : la mairie, Camille Exemple, Claude Temoin (vient).' in panneau
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
    lue = next(f for f in lue.forms.values() if 'vient' in f.fields and 'mot' not in f.fields).submit('vient').follow()
    assert 'Vous avez dit que vous venez' in lue and 'Je viens' not in lue and 'Je ne peux pas' in lue
    assert 'la mairie (vient)' in expert.get(adresse)
    suivi = site.get(f'/suivi/{accompagnee.jeton}').text.replace('\xa0', ' ')
    assert 'Réunion : mardi 8 décembre 2026, de 10 h à 11 h 30' in suivi and 'Vous avez dit que vous venez' in suivi


def test_une_direction_sans_nom_l_apprend_par_sa_boite_le_jour_son_changement_et_son_annulation(
        accompagnee, monde, heure):
    direction = monde.autre.direction
    en_ecriture(models.Direction.update(courriel='pole@hgi.example').where(models.Direction.id == direction.id).execute)
    agir(actes.associer, accompagnee, monde.chef, models.Direction(id=direction.id, structure=direction.structure_id,
                                                                   nom=direction.nom))
    en_ecriture(Courriel.delete().execute)
    saisie = dite([monde.chef], False)
    for verbe, donne, dit in ((reunions.proposer, (saisie,), 'nommer qui vient à la réunion du mardi 8 décembre'),
                              (reunions.changer, (1, saisie | {'jour': '2026-12-09'}),
                               'nommer qui vient à la réunion, prévue le mardi 8'),
                              (reunions.annuler, (1,), 'rien, la réunion du mercredi 9 décembre 2026')):
        agir(verbe, accompagnee, monde.referent, *donne)
        with models.lecture():
            lettre = Courriel.select().where(Courriel.pour == 'direction').order_by(Courriel.id.desc()).get()
        assert lettre.destinataire == 'pole@hgi.example' and f'À faire : {dit}' in lettre.corps.replace('\xa0', ' ')
    with models.lecture():
        lignes = [j.texte for j in models.Journal.select().where(models.Journal.demande == accompagnee.numero)]
    assert any('la boîte de' in texte and 'Invités' in texte for texte in lignes)


PASSEE = 'Cette date est passée'


def test_une_saisie_impossible_se_dit_et_n_ecrit_rien(accompagnee, monde, entrer):
    avant = relire(accompagnee).version
    for saisie, dit in (
            ({'jour': '2026-11-23'}, PASSEE), ({'jour': '2026-11-24', 'debut_a': '11:59', 'fin_a': '13:00'}, PASSEE),
            ({'jour': '2028-01-03'}, 'dans l\'année'), ({'fin_a': '10:00'}, 'finit avant de commencer'),
            ({'debut_a': 'dix heures'}, 'Écrivez une heure'), ({'fin_a': '25:00'}, 'Écrivez une heure'),
            ({'collectivite': False, 'agents': []}, 'Cochez au moins une personne')):
        with pytest.raises(Refus, match=dit):
            agir(reunions.proposer, accompagnee, monde.referent, dite([monde.chef]) | saisie)
    with models.lecture():
        assert not (Reunion.select().exists() or Invitation.select().exists() or Courriel.select().exists())
    assert relire(accompagnee).version == avant
    for ecrite, lue in (('9', '09:00'), ('14', '14:00'), ('9 h', '09:00'), ('9h30', '09:30'), ('14:05', '14:05'),
                        ('neuf', 'neuf'), ('', '')):
        assert langue.lire_heure(ecrite) == lue
    expert, adresse = entrer(monde.referent), f'{PAGE.format(accompagnee.numero)}?action=reunion'
    form = formulaire(expert.get(adresse), '/reunion')                  # today, in an hour: too late, then not
    form['jour'], form['debut_a'], form['fin_a'], form['lieu'] = '2026-11-24', '11 h', '12 h', 'Salle des fêtes'
    form[f'agent_{monde.cochef.id}'] = False
    page = form.submit(status=422)
    form = formulaire(page, '/reunion')
    assert PASSEE in page and form['lieu'].value == 'Salle des fêtes' and not form[f'agent_{monde.cochef.id}'].checked
    form['debut_a'], form['fin_a'] = '13 h', '14 h'
    assert form.submit().status_int == 303
    changer_demande(accompagnee, courriel='')                           # nobody to invite there
    assert not expert.get(adresse).html.select('#mairie')
    with pytest.raises(Refus, match='par téléphone'):
        proposer(accompagnee, monde.referent, [monde.chef])


def test_deplacee_par_deux_la_seconde_se_refuse_et_annulee_plus_du_tout(accompagnee, creer, monde, entrer, heure, site):
    une = proposer(accompagnee, monde.referent, [monde.chef])
    adresse = f'{PAGE.format(accompagnee.numero)}?action=reunion_changer&reunion={une.id}'
    formes = [formulaire(entrer(qui).get(adresse), '/reunion_changer') for qui in (monde.referent, monde.chef)]
    for form, debut in zip(formes, ('9 h', '8 h')):
        assert form['debut_a'].value == '10\xa0h' and form['mairie'].checked
        form['debut_a'] = debut
    assert formes[0].submit().status_int == 303
    page = formes[1].submit(status=409)
    assert 'a changé pendant que vous la lisiez' in page.text and page.html.select('input[value="8 h"]')
    with models.lecture():
        assert Reunion.get().debut_a == '09:00'
    annuler(une, monde.chef)
    ou = f'Mairie de Rieumes. Invités : la collectivité, {monde.chef.nom_complet}.'
    assert journal(accompagnee)[-3:] == [f'Réunion de cadrage le mardi 8 décembre 2026, de 10 h à 11 h 30 ; {ou}',
        'Réunion déplacée, prévue le mardi 8 décembre 2026, de 10 h à 11 h 30, maintenant le mardi 8 décembre 2026, de '
        f'9 h à 11 h 30 ; {ou}', 'Réunion du mardi 8 décembre 2026, de 9 h à 11 h 30 annulée.']
    accompagnee = creer('en_cours', associe=True, message='Autre.')
    une = proposer(accompagnee, monde.referent, [monde.chef])
    tout_part()
    heure('2026-11-25T09:00:00Z')
    chef = entrer(monde.chef)
    page = chef.get(f'{PAGE.format(accompagnee.numero)}?action=reunion_annuler&reunion={une.id}')
    (courriel, lu, evenement), = nouvelles(formulaire(page, '/reunion_annuler').submit)
    assert courriel.destinataire == 'mairie@rieumes.example' and courriel.objet.startswith('Réunion annulée')
    assert (lu['METHOD'], evenement['STATUS']) == ('CANCEL', 'CANCELLED') and evenement['SEQUENCE'] > 0
    for verbe in (changer, annuler):
        with pytest.raises(Refus, match='annulée entre-temps'):
            verbe(une, monde.chef)
    assert 'annulé' in site.get(f'/rendez-vous/{invitation().jeton}')
    assert 'Réunion' not in site.get(f'/suivi/{accompagnee.jeton}') and 'à Mairie' not in chef.get('/espace/agenda')


def test_changer_redemande_a_tous_et_qui_n_est_plus_invite_lit_le_jour_d_avant(accompagnee, creer, monde, site, heure):
    reunion = proposer(accompagnee, monde.referent, [monde.referent, monde.associe])
    tout_part()
    jeton = invitation().jeton
    dites = {c.destinataire: c.corps.replace('\xa0', ' ') for c, *_ in nouvelles(
        changer, reunion, monde.referent, [monde.referent, monde.chef], False, jour='2026-12-18', lieu='Ailleurs')}
    for qui in (accompagnee.courriel, monde.associe.courriel):
        assert '8 décembre' in dites[qui] and '18 décembre' not in dites[qui] and 'Ailleurs' not in dites[qui], qui
    assert '18 décembre' in dites[monde.chef.courriel]
    page = site.get(f'/rendez-vous/{jeton}').text
    assert '18' not in page.split('<h1>')[1].split('</main>')[0] and 'Ailleurs' not in page
    accompagnee = creer('en_cours', associe=True, message='Autre.')
    une = proposer(accompagnee, monde.referent, [monde.chef, monde.referent, monde.cochef])
    tout_part()
    en_ecriture(dire, invitation(monde.chef), True)
    heure('2026-11-25T09:00:00Z')
    ecrites = nouvelles(changer, une, monde.referent, [monde.chef, monde.referent, monde.associe], jour='2026-12-10')
    envoyes = {c.destinataire: (c, lu['METHOD'], e) for c, lu, e in ecrites}
    assert {a: m for a, (_, m, _) in envoyes.items()} == {
        'mairie@rieumes.example': 'REQUEST', monde.chef.courriel: 'REQUEST', monde.associe.courriel: 'REQUEST',
        monde.cochef.courriel: 'CANCEL'}
    courriel, _, evenement = envoyes[monde.chef.courriel]
    assert 'Elle était prévue le mardi 8 décembre' in courriel.corps.replace('\xa0', ' ')
    assert evenement['SEQUENCE'] == 79200 and evenement['UID'] == envoyes[monde.cochef.courriel][2]['UID']
    assert envoyes[monde.cochef.courriel][2]['STATUS'] == 'CANCELLED'
    assert invitation(monde.chef).oui_le is None and invitation(monde.referent).oui_le
    tous = [monde.chef, monde.referent, monde.associe]
    with pytest.raises(Refus, match='Rien n\'a changé'):
        changer(une, monde.referent, tous, jour='2026-12-10')
    (courriel, lu, _), = nouvelles(changer, une, monde.referent, [*tous, monde.cochef], jour='2026-12-10')
    assert (courriel.destinataire, lu['METHOD']) == (monde.cochef.courriel, 'REQUEST')


def dire_oui(site, jeton, status):
    return site.post(f'/rendez-vous/{jeton}', {}, status=status)


def test_une_reponse_en_double_tardive_ou_d_un_parti_se_dit_et_n_ecrit_rien(accompagnee, monde, site, heure):
    une = proposer(accompagnee, monde.referent, [monde.chef, monde.associe, monde.cochef])
    tout_part()
    with models.lecture():
        membre = models.Membre.get(role='associe')
    agir(actes.retirer, accompagnee, monde.chef, membre, 'Fini.')
    changer_ligne(monde.cochef, actif=False)
    for parti in (monde.associe, monde.cochef):
        assert 'Rieumes' not in site.get(f'/rendez-vous/{invitation(parti).jeton}', status=410).html.main.text
        dire_oui(site, invitation(parti).jeton, 410)
    heure('2026-11-25T09:00:00Z')
    ecrites = nouvelles(annuler, une, monde.chef)
    assert {c.destinataire for c, *_ in ecrites} == {'mairie@rieumes.example', monde.associe.courriel}
    heure(MIDI)
    proposer(accompagnee, monde.referent, [monde.chef])
    jeton = invitation().jeton
    site.get('/rendez-vous/' + 'x' * 22, status=404)
    assert 'n\'existe pas' in dire_oui(site, 'x' * 22, 404).html.text.replace('’', '\'')
    dire_oui(site, jeton, 303)
    premier = invitation().oui_le
    heure(VEILLE)
    assert 'Vous avez dit que vous venez' in dire_oui(site, jeton, 303).follow() and invitation().oui_le == premier
    heure('2026-12-08T09:00:00Z')                                       # 10 h in Paris: it begins
    autre = invitation(monde.chef).jeton
    dire_oui(site, autre, 303)
    heure('2026-12-08T09:01:00Z')
    assert 'déjà eu lieu' in dire_oui(site, jeton, 409) and 'déjà eu lieu' in site.get(f'/rendez-vous/{autre}')


def test_ce_qui_n_est_pas_parti_laisse_la_place_et_qui_ne_suit_pas_ne_reunit_pas(accompagnee, monde, heure, entrer):
    une = proposer(accompagnee, monde.referent, [monde.chef, monde.referent])
    changer(une, monde.referent, [monde.chef, monde.referent], lieu='Salle des fêtes')
    assert sorted(c.destinataire for c, *_ in lettres()) == [monde.chef.courriel, 'mairie@rieumes.example']
    assert all('Salle des fêtes' in c.corps and e['LOCATION'] == 'Salle des fêtes' for c, _, e in lettres())
    invitait = {str(e['ORGANIZER']) for *_, e in lettres()}
    tout_part()
    changer_ligne(monde.referent, actif=False)                          # who organised it has left: another moves it
    heure('2026-11-25T09:00:00Z')
    (courriel, _, evenement), = nouvelles(changer, une, monde.chef, [monde.chef], debut_a='09:00')
    assert {str(evenement['ORGANIZER'])} == invitait and courriel.destinataire == 'mairie@rieumes.example'
    une, adresse = proposer(accompagnee, monde.chef, [monde.cochef]), PAGE.format(accompagnee.numero)
    champs = {'jour': '2026-12-10', 'debut_a': '9 h', 'fin_a': '10 h', 'mairie': 'oui', 'lieu': '', 'reunion': une.id}
    for role, status in (('associe', 403), ('autre', 403), ('cochef', 303), ('admin', 303)):
        nav = entrer(getattr(monde, role))
        for acte in ('reunion', 'reunion_changer', 'reunion_annuler', 'rien_a_noter')[:4 if status == 403 else 1]:
            nav.post(f'{adresse}/{acte}', champs | {'version': relire(accompagnee).version}, status=status)
        assert ('Proposer une réunion' in nav.get(adresse)) == (status == 303), role


def journal(demande):
    """What its lines say, oldest first, every space alike."""
    with models.lecture():
        lues = models.Journal.select(models.Journal.texte).where(models.Journal.demande == demande.numero)
        return [texte.replace('\xa0', ' ') for texte, in lues.order_by(models.Journal.id).tuples()]


def test_clore_la_demande_annule_ses_reunions_a_venir_seules_et_le_dit(accompagnee, creer, monde, heure, site):
    for quand in (LENDEMAIN, '2026-12-08T15:00:00Z'):                   # after it, the same day
        heure(MIDI)
        demande = creer('en_cours', message=quand)
        une = proposer(demande, monde.referent, [monde.chef])
        heure(quand)
        assert not any(lu for _, lu, _ in nouvelles(statuer, demande, 'terminer', monde.referent, **FIN)), quand
        assert 'annulée' not in journal(demande)[-1], quand
        with models.lecture():
            assert Reunion.get_by_id(une.id).annulee_le is None, quand
    heure(MIDI)
    proposer(accompagnee, monde.referent, [monde.chef, monde.referent])
    heure('2026-11-25T09:00:00Z')
    dites = {c.destinataire: lu['METHOD'] for c, lu, _ in nouvelles(
        statuer, accompagnee, 'terminer', monde.referent, **FIN) if lu}
    assert dites == {'mairie@rieumes.example': 'CANCEL', monde.chef.courriel: 'CANCEL'}
    assert journal(accompagnee)[-2] == (
        'Réunion du mardi 8 décembre 2026, de 10 h à 11 h 30 annulée : la demande est close.')
    assert 'annulé' in dire_oui(site, invitation().jeton, 409)
    with pytest.raises(Refus, match='n\'est plus possible'):
        proposer(accompagnee, monde.referent, [monde.chef])


TUS = ('Rieumes', 'Mairie', 'Revitalisation')


def rien_de_trop(courriel, evenement, demande):
    dit = courriel.objet + courriel.corps + str(evenement.to_ical(), 'utf-8')
    assert not [mot for mot in TUS if mot in dit] and f'n°\xa0{demande.numero}' in dit
    assert evenement['CLASS'] == 'PRIVATE' and 'LOCATION' not in evenement and 'DESCRIPTION' not in evenement
    assert evenement['SUMMARY'] == f'Réunion – demande n°\xa0{demande.numero}'
    assert '8 décembre' in courriel.corps.replace('\xa0', ' ')


def test_restreinte_ce_qui_attend_se_tait_et_ce_qui_est_parti_se_corrige(accompagnee, monde, creer, heure, site):
    annuler(proposer(accompagnee, monde.referent, [monde.associe]), monde.chef)
    agir(actes.restreindre, accompagnee, monde.chef, True)
    assert len(lettres()) == 2
    for courriel, lu, evenement in lettres():
        rien_de_trop(courriel, evenement, accompagnee)
        assert lu['METHOD'] == 'CANCEL'
    for partis in (False, True):
        heure(MIDI)
        demande = creer('en_cours', associe=True, message=f'Partis : {partis}')
        avant = dernier()
        proposer(demande, monde.referent, [monde.chef, monde.associe])
        if partis:
            tout_part()
            avant = dernier()
        heure('2026-11-25T09:00:00Z')
        agir(actes.restreindre, demande, monde.chef, True)
        siens = {c.destinataire: (c, e) for c, _, e in lettres(avant)}
        assert siens.keys() == {'mairie@rieumes.example', monde.associe.courriel} | (
            set() if partis else {monde.chef.courriel})                 # whose act it is
        for courriel, evenement in siens.values():
            rien_de_trop(courriel, evenement, demande)
            assert evenement['SEQUENCE'] == 79200
    demande = creer('en_cours', restreinte=True, message='Autre.')
    ecrites = nouvelles(proposer, demande, monde.referent, [monde.chef])
    assert len(ecrites) == 2
    for courriel, _, evenement in ecrites:
        rien_de_trop(courriel, evenement, demande)
    assert not [mot for mot in TUS if mot in site.get(f'/rendez-vous/{invitation().jeton}').html.main.text]


def test_l_agenda_la_montre_restreinte_a_son_equipe_et_a_confirmer_le_numero(accompagnee, creer, monde, site, entrer):
    une = proposer(accompagnee, monde.referent, [monde.chef])
    en_ecriture(confirmer.demander, monde.admin, 'Élection.', collectivite=monde.rieumes)
    dits = {c.destinataire: (c.corps, lu) for c, lu, _ in lettres()}
    corps, lu = dits['mairie@rieumes.example']
    assert lu is None and '8 décembre' not in corps and '/rendez-vous/' not in corps and '05' in corps
    assert dits[monde.chef.courriel][1]
    page = site.get(f'/rendez-vous/{invitation().jeton}').html.main.text
    assert 'décembre' not in page and 'Rieumes' not in page and 'téléphonez' in page
    dire_oui(site, invitation().jeton, 409)
    ecrites = nouvelles(changer, une, monde.referent, [monde.chef], debut_a='09:00')
    assert [lu is None for c, lu, _ in ecrites if c.pour == 'demandeur'] == [True]
    jeton, ecrites = invitation().jeton, nouvelles(agir, confirmer.confirmer, accompagnee, monde.chef)
    (_, lu, _), = [dit for dit in ecrites if dit[0].modele == 'reunion_mairie']
    assert lu and invitation().jeton == jeton and 'Je viens' in site.get(f'/rendez-vous/{jeton}')
    annuler(une, monde.chef)
    accompagnee = creer('en_cours', associe=True, message='Autre.')
    une = proposer(accompagnee, monde.referent, [monde.chef])
    for qui in (monde.autre, monde.admin, monde.associe):
        page = entrer(qui).get('/espace/agenda')
        assert 'Rieumes' in page.html.select_one('section[aria-labelledby="reunions"]').text
        lu, = icalendar.Calendar.from_ical(entrer(qui).get(f'/espace/agenda/reunion-{une.id}.ics').body).walk('VEVENT')
        assert str(lu['LOCATION']) == 'Mairie de Rieumes' and 'ATTENDEE' not in lu
        assert str(lu['UID']) in entrer(qui).get('/espace/agenda.ics').text
    agir(actes.restreindre, accompagnee, monde.chef, True)
    for qui, lit in ((monde.autre, False), (monde.admin, False), (monde.associe, True), (monde.referent, True)):
        page = entrer(qui).get('/espace/agenda')
        assert bool(page.html.select('section[aria-labelledby="reunions"]')) == lit
        assert ('Réunion – demande' in entrer(qui).get('/espace/agenda.ics')) == lit
        assert entrer(qui).get(f'/espace/agenda/reunion-{une.id}.ics', status='*').status_int == (200 if lit else 404)
        assert 'Mairie de Rieumes' not in page
    assert 'Réunion' not in site.get('/agenda.ics') and 'Réunion – ' not in site.get('/agenda')


def test_un_autre_interlocuteur_recoit_son_invitation_et_l_ancienne_ne_sert_plus(accompagnee, monde, site, heure):
    proposer(accompagnee, monde.referent, [monde.chef])
    ancien = invitation().jeton
    dire_oui(site, ancien, 303)
    agir(actes.changer_interlocuteur, accompagnee, monde.chef, {'courriel': 'dgs@rieumes.example'})
    assert {c.destinataire for c, lu, _ in lettres() if lu and c.pour == 'demandeur'} == {'dgs@rieumes.example'}
    site.get(f'/rendez-vous/{ancien}', status=404)
    assert invitation().oui_le is None and 'Je viens' in site.get(f'/rendez-vous/{invitation().jeton}')
    ancien = invitation().jeton
    heure('2026-12-08T15:00:00Z')                                       # not invited to what has begun
    autre = {'courriel': 'autre@rieumes.example'}
    assert not any(lu for _, lu, _ in nouvelles(agir, actes.changer_interlocuteur, accompagnee, monde.chef, autre))
    site.get(f'/rendez-vous/{ancien}', status=404)


def test_cette_semaine_la_dit_et_le_lendemain_demande_la_note_ou_qu_il_n_y_ait_rien(accompagnee, monde, entrer, heure):
    proposer(accompagnee, monde.referent, [monde.chef])
    assert 'Réunion de cadrage' not in entrer(monde.associe).get('/espace')
    heure(VEILLE)
    assert 'Réunion de cadrage' in entrer(monde.associe).get('/espace').html.select_one('.semaine').text
    en_ecriture(actes.message_du_demandeur, relire(accompagnee), 'Nous serons trois.')
    jour = entrer(monde.referent).get('/espace').text.replace('\xa0', ' ')
    assert 'à répondre : message du' in jour and 'réunion mardi' in jour    # its line says it
    agir(conversation.sans_reponse, accompagnee, monde.referent)
    heure(LENDEMAIN)
    jour = entrer(monde.referent).get('/espace')
    assert 'réunion du 8 décembre : notez ce qui a été convenu' in jour.text.replace('\xa0', ' ')
    associe = entrer(monde.associe)
    assert 'notez ce qui a été convenu' not in associe.get('/espace')
    assert '/rien_a_noter' not in associe.get(PAGE.format(accompagnee.numero))
    page = jour.click('Noter la réunion')
    form = formulaire(page, '/journal')
    assert form['nature'].value == 'reunion'
    form['texte'] = 'Le CAUE fait le diagnostic.'
    form.submit()
    expert, dossier = entrer(monde.referent), PAGE.format(accompagnee.numero)
    assert 'notez ce qui' not in expert.get('/espace') and 'notez ce qui' not in expert.get(dossier)
    proposer(accompagnee, monde.referent, [monde.chef], jour='2026-12-10')
    heure('2026-12-11T08:00:00Z')
    expert = entrer(monde.referent)
    assert 'notez ce qui' in expert.get('/espace')
    formulaire(expert.get(dossier), '/rien_a_noter').submit().follow()
    assert 'notez ce qui' not in expert.get('/espace')
    with pytest.raises(Refus, match='Aucune réunion n\'attend'):
        agir(reunions.rien_a_noter, accompagnee, monde.chef)


@pytest.fixture
def comite(monde, heure):
    heure(MIDI)
    with models.ecriture():
        communs = {'etat': 'publie', 'publie_le': '2026-11-20', 'audience': 'contributeurs', 'agent': monde.admin,
                   'cree_le': '2026-11-20T09:00:00Z', 'modifie_le': '2026-11-20T09:00:00Z'}
        for titre, nature in (('Relevé', 'decisions'), ('Points à voir', 'ordre_du_jour')):
            models.Contenu.create(genre='document', titre=titre, nature=nature, classe='comite', corps='Un texte.',
                                  seance_le='2026-12-15', **communs)
        return models.Contenu.create(genre='evenement', titre='Comité de suivi', debut_le='2026-12-15', lieu='Salle 4',
                                     resume='Le point de fin d\'année.', debut_a='14:00', fin_a='16:00', **communs)


def test_un_comite_invite_chacun_avec_son_ordre_du_jour_se_deplace_et_s_annule(comite, monde, entrer, site, heure):
    admin, adresse = entrer(monde.admin), f'/espace/agenda/{comite.id}'
    page = admin.get(adresse)
    seance = page.html.select_one('section[aria-labelledby="seance"]')
    assert [a.text for a in seance.select('a')] == ['Points à voir', 'Relevé'] and 'Décisions' in seance.text
    form = formulaire(page, '/inviter')
    form['qui'] = f's{monde.chef.direction.structure_id}'
    form.submit().follow()
    attendus = {monde.chef.courriel, monde.referent.courriel}
    assert attendus <= {c.destinataire for c, *_ in lettres()} and 'autre' not in str(lettres())
    for courriel, lu, evenement in lettres():
        assert (lu['METHOD'], evenement['SUMMARY']) == ('REQUEST', 'Comité de suivi')
        assert evenement['ATTENDEE'] == f'mailto:{courriel.destinataire}'
        assert '/espace/documents/' in courriel.corps and evenement['LOCATION'] == 'Salle 4'
    combien = len(lettres())
    form['qui'] = f's{monde.chef.direction.structure_id}'
    assert 'Tous sont déjà invités' in form.submit(status=422) and len(lettres()) == combien
    jeton = invitation(monde.chef).jeton
    dire_oui(site, jeton, 303)
    assert 'dont 1' in ' '.join(admin.get(adresse).html.select_one('section[aria-labelledby="invites"]').text.split())
    heure('2026-11-25T09:00:00Z')
    ecrites = nouvelles(en_ecriture, contenus.enregistrer, comite, monde.admin, {'debut_a': '15:00'}, 'Salle prise.')
    assert {lu['METHOD'] for _, lu, _ in ecrites if lu} == {'REQUEST'} and invitation(monde.chef).oui_le is None
    heure('2026-11-26T09:00:00Z')
    ecrites = nouvelles(en_ecriture, contenus.agir, comite, 'retirer', monde.admin, 'Reporté.')
    assert {(lu['METHOD'], str(e['STATUS'])) for _, lu, e in ecrites if lu} == {('CANCEL', 'CANCELLED')}
    assert 'annulé' in site.get(f'/rendez-vous/{jeton}')


def test_seul_qui_publie_invite_et_seulement_a_un_rendez_vous_des_contributeurs_a_venir(comite, monde, entrer, heure):
    adresse, chef, admin = f'/espace/agenda/{comite.id}', entrer(monde.chef), entrer(monde.admin)
    assert not chef.get(adresse).html.select('#qui')
    chef.post(f'{adresse}/inviter', {'qui': 'tous'}, status=403)
    changer_ligne(comite, audience='public')
    assert not admin.get(adresse).html.select('#qui')
    admin.post(f'{adresse}/inviter', {'qui': 'tous'}, status=409)
    changer_ligne(comite, audience='contributeurs')
    heure('2026-12-16T09:00:00Z')
    for qui, status in (('tous', 409), ('x9', 422)):
        entrer(monde.admin).post(f'{adresse}/inviter', {'qui': qui}, status=status)
    assert lettres() == []
