"""« Avez-vous été rappelé·e ? »: asked once, answered on the tracking page, told to who must act (regles.md §8)."""
import pytest
import test_relances
from conftest import (
    CONTACT, agir, changer_demande, courriels, dernier_courriel, en_ecriture, fixer_tous, lettres_du_modele,
    lire_csv, natures, relire, relire_ici, texte, tout_part, une_etape)

import models
from verbes import journal, questions, regles
from verbes.exploitation import porteur
from verbes.demande import actes, jalons

relances_le = test_relances.relances_le
PASSEE = '2026-12-07T08:00:00Z'                                     # a Monday, three days after the deadline
PROMIS = 'Un expert devait vous rappeler au plus tard le vendredi 4\u00a0décembre 2026'


def repondre(site, demande, reponse, **options):
    return site.post(f'/suivi/{demande.jeton}/rappel', {'reponse': reponse}, **options)


def ecrire_une_ligne(demande, agent, nature, dit):
    en_ecriture(journal.ajouter_au_journal, relire(demande), agent, nature, dit)


@pytest.fixture
def tardive(creer, relances_le):
    """A demande whose deadline has passed without anybody called, its mairie asked."""
    demande = creer('receptionne_expert')
    relances_le(PASSEE)
    return relire(demande)


def test_la_question_part_une_fois_apres_la_date_jamais_a_qui_est_joint_ou_clos(creer, heure, relances_le):
    demande = creer('attribue_chef')
    heure(PASSEE)
    for ouvert_le, combien in (('', 0), ('2026-12-08', 0), ('2026-12-07', 2)):  # the date passed before the opening:
        fixer_tous(ouvert_le=ouvert_le)                                         # the reminders alone
        assert porteur.relances() == combien and courriels(modele='rappel_question') == [], ouvert_le
    fixer_tous(ouvert_le='2026-01-01')
    for instant, combien in (('2026-12-04T20:00:00Z', 0), ('2026-12-05T08:00:00Z', 0), ('2026-12-06T08:00:00Z', 0),
                             (PASSEE, 1), ('2026-12-07T09:00:00Z', 1), ('2026-12-08T08:00:00Z', 1)):
        relances_le(instant)
        assert len(courriels(modele='rappel_question')) == combien, instant
    assert relire(demande).question_le == PASSEE
    heure('2026-11-24T09:00:00Z')
    for n, (etat, colonnes) in enumerate((
            ('en_cours', {}), ('termine', {}), ('rejete_clos', {}),                 # reached, closed
            ('attribue_chef', {'reprise': True, 'echeance': None}),
            ('attribue_chef', {'origine': 'direct', 'echeance': None}), ('attribue_chef', {'courriel': ''}),
            ('attribue_chef', {'echeance': '2025-12-30'}),                          # before the opening
            ('attribue_chef', {'question_le': '2026-12-01T08:00:00Z'}))):
        demande = creer(etat, message=f'Un {n}.')
        if colonnes:
            changer_demande(demande, **colonnes)
    relances_le(PASSEE)
    assert len(courriels(modele='rappel_question')) == 1


def test_la_question_ne_dit_ni_les_echanges_ni_une_restreinte_mais_qui_appeler(creer, monde, heure, relances_le, site):
    """A message, a visit, a call noted as a line are on her page: to say that there was none would be false."""
    demande, rejetee = creer('receptionne_expert'), creer('rejete', message='Hors sujet.')
    ecrire_une_ligne(demande, monde.referent, 'appel', 'Nous en avons parlé.')
    en_ecriture(actes.message_du_demandeur, relire(demande), 'Merci de votre appel.')
    relances_le(PASSEE)
    corps = {lettre.demande_id: lettre.corps for lettre in lettres_du_modele('rappel_question')}
    assert f'{PROMIS}. Avez-vous été rappelé·e\u00a0?' in corps[demande.numero].split('\n')
    dit = corps[rejetee.numero]
    assert PROMIS in dit and 'Claude Temoin' not in dit and 'Camille' not in dit
    assert 'Qui appeler\u00a0: l\'équipe de la Plateforme, 05\u00a034\u00a033\u00a038\u00a007' in dit
    assert site.get(f'/suivi/{rejetee.jeton}/rappel').html.h1.text == 'Avez-vous été rappelé·e\u00a0?'
    repondre(site, rejetee, 'pas_encore', status=303)
    assert courriels(modele='rappel_pas_encore') == [('rappel_pas_encore', monde.admin.courriel)]
    heure('2026-11-24T09:00:00Z')
    demande = creer('receptionne_expert', restreinte=True, message='Autre.')
    agir(actes.noter_contact, demande, monde.referent, CONTACT | {'resultat': 'message'})
    adresse, boutons = f'/suivi/{demande.jeton}', 'button[name=reponse]'
    assert not site.get(adresse).html.select(boutons)
    heure('2026-12-05T08:00:00Z')                                   # a Saturday: the page asks before the mail does
    page = site.get(adresse)
    assert len(page.html.select(boutons)) == 2 and 'Un message vous a été laissé le mardi 24 novembre' in texte(page)
    relances_le(PASSEE)
    lettre = dernier_courriel('rappel_question')
    assert 'Un message vous a été laissé le mardi 24\u00a0novembre' in lettre.corps
    assert 'Revitalisation' not in lettre.objet + lettre.corps and 'Rieumes' not in lettre.corps


def test_pas_encore_previent_aussitot_qui_doit_agir_et_se_lit_des_deux_cotes(tardive, monde, site, entrer):
    assert f'/suivi/{tardive.jeton}/rappel' in dernier_courriel('rappel_question').corps
    page = site.get(f'/suivi/{tardive.jeton}/rappel')
    assert page.html.h1.text == 'Avez-vous été rappelé·e\u00a0?' and 'vendredi 4\u00a0décembre 2026' in page.text
    assert 'Claude Temoin' in texte(page) and '05\u00a036\u00a049\u00a000\u00a031' in page.text
    assert [b['value'] for b in page.html.select('button[name=reponse]')] == ['oui', 'pas_encore']
    assert page.html.select_one('meta[name=robots]')['content'] == 'noindex'
    assert relire(tardive).rappele == ''                            # looking at it answers nothing
    csv = '/espace/demandes.csv'
    assert lire_csv(entrer(monde.chef).get(csv))[0]['Rappel confirmé'] == 'sans réponse'
    page = repondre(site, tardive, 'pas_encore', status=303).follow()
    assert 'la personne qui doit vous rappeler est prévenue' in texte(page)
    assert courriels(modele='rappel_pas_encore') == [('rappel_pas_encore', monde.referent.courriel)]
    apres = relire(tardive)
    assert (apres.rappele, apres.rappele_le, apres.version) == ('pas_encore', PASSEE, tardive.version)
    assert (apres.premier_contact_le, apres.statut, apres.echeance) == (None, 'receptionne_expert', tardive.echeance)
    agent = entrer(monde.chef).get(f'/espace/demandes/{tardive.numero}')
    assert lire_csv(entrer(monde.chef).get(csv))[0]['Rappel confirmé'] == regles.RAPPELE['pas_encore']
    assert 'La mairie répond : pas encore' in texte(agent) and natures(tardive)[-1] == ('equipe', None)
    assert questions.a_verifier(apres.rappele, apres.rappele_le, '2026-12-07T07:59:59Z')
    assert not questions.a_verifier(apres.rappele, apres.rappele_le, '2026-12-07T08:00:01Z')


def test_la_reponse_se_change_et_se_redit_une_fois_par_heure_ou_apres_un_geste(tardive, monde, site, heure, entrer):
    for instant, reponse in (('08:01', 'pas_encore'), ('08:02', 'pas_encore'), ('08:03', 'oui'),
                             ('08:04', 'pas_encore'), ('08:05', 'oui')):
        heure(f'2026-12-07T{instant}:00Z')
        repondre(site, tardive, reponse, status=303)
    assert len(courriels(modele='rappel_pas_encore')) == 1 and relire(tardive).rappele == 'oui'
    page = site.get(f'/suivi/{tardive.jeton}')
    assert 'Oui, rappelé·e' in texte(page) and 'Changer ma réponse' in texte(page)
    assert not page.html.select('button[name=reponse]')             # « oui » is said: the page asks no more
    assert len([n for n in natures(tardive) if n[0] == 'equipe']) == 4
    repondre(site, tardive, 'pas_encore', status=303)
    heure('2026-12-08T08:00:00Z')
    ecrire_une_ligne(tardive, monde.referent, 'appel', 'Occupé.')
    tout_part()
    heure('2026-12-09T08:00:00Z')
    repondre(site, tardive, 'pas_encore', status=303)
    assert relire(tardive).rappele_le == '2026-12-09T08:00:00Z' and len(courriels(modele='rappel_pas_encore')) == 2
    agir(actes.noter_contact, tardive, monde.referent, CONTACT | {'contact_le': '2026-12-04'})
    page = site.get(f'/suivi/{tardive.jeton}/rappel')
    assert 'Un échange avec vous est noté le vendredi 4 décembre 2026' in texte(page)
    page = repondre(site, tardive, 'pas_encore', status=303).follow()
    assert 'Pas encore rappelé·e' in texte(page) and 'Premier contact' in texte(page)
    agent = texte(entrer(monde.referent).get(f'/espace/demandes/{tardive.numero}'))
    assert 'jointe le 4 décembre' in agent and 'pas encore' in agent
    assert relire(tardive).premier_contact_le == '2026-12-04'


def test_on_ne_repond_ni_autre_chose_ni_d_ailleurs_ni_trop_souvent_ni_trop_tard_ni_sans_retard(tardive, creer, site):
    sans_retard = creer('receptionne_expert', message='Un autre besoin.')
    assert site.get(f'/suivi/{sans_retard.jeton}/rappel', status=303) and repondre(site, sans_retard, 'oui', status=409)
    assert site.post('/suivi/AAAAAAAAAAAAAAAAAAAAAA/rappel', {'reponse': 'oui'}, status=404)
    site.extra_environ['HTTP_SEC_FETCH_SITE'] = 'cross-site'
    assert repondre(site, tardive, 'oui', status=403) and relire(tardive).rappele == ''
    site.extra_environ['HTTP_SEC_FETCH_SITE'] = 'same-origin'
    assert repondre(site, tardive, 'peut-être', status=422) and relire(tardive).rappele == ''
    for _ in range(10):
        repondre(site, tardive, 'oui', status=303)
    assert 'Retry-After' in repondre(site, tardive, 'oui', status=429).headers
    changer_demande(tardive, clos_le='2026-12-07T08:00:00Z', statut='abandonne')
    with pytest.raises(models.Refus) as refus, models.ecriture():
        actes.repondre_au_rappel(relire_ici(tardive), 'oui')
    assert refus.value.code == 409
    assert site.get(f'/suivi/{tardive.jeton}/rappel', status=303).headers['Location'] == f'/suivi/{tardive.jeton}'


def test_une_reprise_n_a_ni_rappel_ni_question_et_cesse_quand_un_agent_agit(creer, monde, heure, relances_le):
    demande = creer('en_cours')
    changer_demande(demande, reprise=True, echeance=None, importee=True)
    assert relances_le('2027-03-30T08:00:00Z') == 0
    heure('2026-11-24T09:00:00Z')
    for ouvert_le, reste in (('', True), ('2026-12-01', True), ('2026-11-24', False)):
        fixer_tous(ouvert_le=ouvert_le)
        en_ecriture(actes.message_du_demandeur, relire(demande), f'Bonjour {ouvert_le}.')
        assert relire(demande).reprise
        ecrire_une_ligne(demande, monde.referent, 'note', 'Vu.')
        assert relire(demande).reprise == reste, ouvert_le
    changer_demande(demande, reprise=True)
    avant = relire(demande)
    agir(jalons.prevoir_etape, demande, monde.referent, une_etape(pour_le='2026-12-24'))
    apres = relire(demande)
    assert not apres.reprise and apres.prochaine_etape_le == '2026-12-24' and apres.version == avant.version + 1
