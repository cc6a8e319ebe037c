"""Absences seen, told, set for another; an account never opened counts as absent (regles.md §1, §3, §7, §8)."""
import itertools

import pytest
from conftest import (
    CONTACT, DEPART, appeler_en_vain, changer_ligne, courriels, creer_ligne, en_ecriture, faits, fautes,
    lettres_du_modele, relire, relire_ici)
from test_relais import PAGE, absenter, deleguer, retirer

import models
from verbes import interlocuteurs, questions, relais
from verbes.demande import actes, cycle, relances


def partir(agent, suppleant=None, au='2026-12-11', **champs):
    """Away since some days."""
    creer_ligne(models.Absence, agent=agent, du='2026-11-20', au=au, suppleant=suppleant, **champs)


def jamais_ouvert(*agents):
    en_ecriture(models.Agent.update(ouvert_le=None).where(models.Agent.id.in_([a.id for a in agents])).execute)
    for agent in agents:
        agent.ouvert_le = None


def piloter(*agents):
    en_ecriture(models.Agent.update(pilote=False).execute)
    en_ecriture(models.Agent.update(pilote=True).where(models.Agent.id.in_([a.id for a in agents])).execute)


def mots(texte):
    return ' '.join(texte.split())


def corps(modele):
    return [mots(lettre.corps) for lettre in lettres_du_modele(modele)]


def agissent(demande):
    with models.lecture():
        return [a.prenom for a in questions.qui_doit_agir(relire_ici(demande))]


def journee(navigateur):
    return {int(n.text) for n in navigateur.get('/espace').html.select('[data-motifs] .numero')}


ABSENCE_DITE = "En l'absence de Claude Temoin : Dominique Autre, 05 36 49 00 20"


@pytest.fixture
def suppleant(monde):
    """Dominique, moved to the direction of the référent, acts for them."""
    changer_ligne(monde.autre, direction=monde.referent.direction)
    partir(monde.referent, monde.autre)
    return monde.autre


def test_la_mairie_lit_qui_repond_en_l_absence_du_referent_et_le_retour_coche(creer, monde, suppleant, site, entrer):
    demande = creer('attribue_expert')
    (dit,) = corps('designation_demandeur')
    assert ABSENCE_DITE in dit and '05 36 49 00 31' not in dit and '11 décembre' not in dit
    page = mots(site.get(f'/suivi/{demande.jeton}').html.select_one('aside').text)
    assert ABSENCE_DITE in page and '05 36 49 00 31' not in page
    with models.ecriture():
        cycle.changer_statut(relire_ici(demande), 'demarrer', monde.referent, demande.version, CONTACT)
        fraiche = appeler_en_vain(demande, monde.referent)
        actes.avertir_avant_cloture(fraiche, monde.chef, fraiche.version, '2026-12-24')
    assert ABSENCE_DITE in corps('avertissement')[0]
    demande = creer('attribue_expert', message='b')
    adresses = (f'/suivi/{demande.jeton}', f'/espace/demandes/{demande.numero}', f'/espace/demandes/{demande.numero}'
                '?action=associer')

    def dites():
        pages = [mots(entrer(monde.chef).get(adresse).html.text) for adresse in adresses]
        return ['11 décembre' in page for page in pages]
    assert dites() == [False] * 3
    en_ecriture(models.Absence.update(retour_dit=True).execute)
    assert dites() == [True] * 3
    with models.lecture():
        qui = interlocuteurs.interlocuteur(relire_ici(demande))
    assert interlocuteurs.dire_absence(qui).replace('\xa0', ' ') == f"{ABSENCE_DITE} (jusqu'au 11 décembre 2026)"


def test_l_equipe_lit_qui_agit_et_le_journal_de_la_designation_le_dit(creer, monde, suppleant, entrer):
    def panneau(demande):
        page = entrer(monde.chef).get(f'/espace/demandes/{demande.numero}').html
        return mots(page.find('h2', id='equipe').find_parent('section').text), mots(page.text)
    dit, page = panneau(creer('attribue_expert'))
    assert "En l'absence de Claude Temoin : Dominique Autre" in dit and '05 36 49 00 20' in dit
    assert 'Référent : Claude Temoin (en son absence : Dominique Autre).' in page
    demande = creer('attribue_expert', restreinte=True)
    creer_ligne(models.Delegation, pour=monde.chef, par=monde.referent)
    dit, _ = panneau(demande)
    assert "En l'absence de Claude Temoin : Dominique Autre" in dit and 'Délégation : Claude Temoin' in dit


def test_sans_suppleant_present_ou_sans_designation_c_est_le_telephone_de_la_direction(creer, monde, site):
    def lu(demande):
        return mots(site.get(f'/suivi/{demande.jeton}').html.select_one('aside').text)
    page = lu(creer('attribue_chef'))
    for dit in ('Direction assistance juridique et financière', '05 36 49 00 20'):
        assert dit in page and dit in corps('accuse')[0]
    assert 'Camille' not in page and 'Camille' not in corps('accuse')[0]
    demande = creer('attribue_expert', message='b')
    dit = "En l'absence de Claude Temoin : Direction assistance juridique et financière, 05 36 49 00 20"
    partir(monde.referent)
    assert dit in lu(demande)
    en_ecriture(models.Absence.update(suppleant=monde.chef).execute)
    partir(monde.chef)
    assert dit in lu(demande)


@pytest.mark.parametrize('comment', [partir, jamais_ouvert])
def test_qui_n_est_pas_la_est_passe_par_le_chef_les_co_chefs_les_pilotes_puis_les_administrateurs(
        creer, monde, entrer, comment):
    piloter(monde.referent)
    demandes = {etat: creer(etat, message=etat) for etat in (
        'attribue_expert', 'en_cours', 'attribue_chef', 'attribue_admin')}
    navigateurs = {agent: entrer(agent) for agent in (monde.admin, monde.chef, monde.cochef, monde.referent)}
    for etat, absents, attendus in (
            ('attribue_expert', ('referent',),                  ['Camille', 'Andrea']),
            ('en_cours',        ('referent', 'chef'),           ['Andrea']),
            ('attribue_chef',   ('chef',),                      ['Andrea']),
            ('attribue_chef',   ('chef', 'cochef'),             ['Claude']),
            ('en_cours',        ('referent', 'chef', 'cochef'), ['Maxime']),
            ('attribue_admin',  (),                             ['Maxime']),
            ('attribue_admin',  ('admin',),                     ['Maxime'])):
        en_ecriture(models.Absence.delete().execute)
        en_ecriture(models.Agent.update(ouvert_le=DEPART).execute)
        for role in absents:
            comment(getattr(monde, role))
        assert agissent(demandes[etat]) == attendus, (etat, absents)
        for agent, navigateur in navigateurs.items():
            if etat != 'en_cours':                                  # nothing is due of an accompaniment that goes on
                assert (demandes[etat].numero in journee(navigateur)) >= (agent.prenom in attendus), (etat, agent)


def test_une_demande_ouverte_a_toujours_quelqu_un_d_eveille_qui_la_voit_dans_sa_journee(creer, monde, entrer):
    """The SQL that reads a day against questions.qui_doit_agir: every set of absences, chef, co-chef, référent."""
    demandes = [creer(etat, message=etat) for etat in ('attribue_chef', 'attribue_expert', 'attribue_admin')]
    navigateurs = {a.id: entrer(a) for a in (monde.admin, monde.chef, monde.cochef, monde.referent)}
    for absents in itertools.product((False, True), repeat=3):
        en_ecriture(models.Absence.delete().execute)
        for agent in itertools.compress((monde.chef, monde.cochef, monde.referent), absents):
            partir(agent)
        for demande in demandes:
            with models.lecture():
                attendus = {a.id for a in questions.qui_doit_agir(relire_ici(demande))}
                assert attendus and attendus <= questions.presence().joignables, (absents, demande.statut)
            vues = {id_ for id_, nav in navigateurs.items() if demande.numero in journee(nav)}
            assert attendus <= vues, (absents, demande.statut)


def test_un_suppleant_ou_un_delegataire_suffit_sinon_le_pilote_agit_comme_chef_sauf_d_une_demande_restreinte(
        creer, monde, entrer):
    piloter(monde.referent)
    demande, restreinte = (creer('attribue_chef', fiche=monde.urgente, message=m, restreinte=m == 'b') for m in 'ab')
    nav, accuser = entrer(monde.referent), f'/espace/demandes/{demande.numero}/receptionner'
    nav.post(accuser, {'version': demande.version}, status=403)
    partir(monde.chef, monde.referent)
    assert agissent(demande) == ['Camille']
    en_ecriture(models.Absence.update(suppleant=None).execute)
    creer_ligne(models.Delegation, pour=monde.chef, par=monde.referent)
    assert agissent(demande) == ['Camille']
    en_ecriture(models.Delegation.delete().execute)
    assert agissent(demande) == ['Claude'] and agissent(restreinte) == ['Maxime']
    nav.get(f'/espace/demandes/{restreinte.numero}', status=403)
    nav.post(accuser, {'version': demande.version}, status=303)
    assert relire(demande).statut == 'receptionne_chef'
    creer_ligne(models.Delegation, pour=monde.chef, par=monde.referent)
    jamais_ouvert(monde.referent)
    assert agissent(demande) == ['Maxime']


@pytest.mark.parametrize('suppleant', [False, True])
def test_les_rappels_d_un_referent_absent_vont_au_chef_qui_le_lit_sinon_a_son_suppleant(creer, monde, heure, suppleant):
    demande = creer('receptionne_expert')
    changer_ligne(monde.autre, direction=monde.referent.direction)
    partir(monde.referent, monde.autre if suppleant else None)
    heure('2026-12-03T08:00:00Z')
    relances.relances()
    assert {a for _, a in courriels(modele='relance')} == (
        {monde.autre.courriel} if suppleant else {monde.chef.courriel, monde.cochef.courriel})
    assert suppleant or 'expert absent : expert à désigner' in corps('relance')[0], demande


def test_un_chef_qui_n_a_jamais_ouvert_son_compte_est_passe_au_depot(creer, monde):
    piloter(monde.referent)
    jamais_ouvert(monde.chef)
    demande = creer('attribue_chef', fiche=monde.urgente)
    with models.lecture():
        assert [a.prenom for a in questions.equipe(demande, 'chef_de_file')] == ['Claude']
    jamais_ouvert(monde.referent)
    assert creer(fiche=monde.urgente, message='b').statut == 'attribue_admin'


def test_designer_un_compte_jamais_ouvert_le_dit_et_part_avec_une_invitation_fraiche_un_associe_la_recoit_aussi(
        creer, monde, entrer, heure):
    demande, nav = creer('receptionne_chef'), entrer(monde.chef)
    jamais_ouvert(monde.referent)
    choix = nav.get(f'/espace/demandes/{demande.numero}?action=designer').html
    assert "Claude Temoin (n'a pas encore ouvert son compte)" in [o.text for o in choix.select('#referent option')]
    page = nav.post(f'/espace/demandes/{demande.numero}/designer',
                    {'version': demande.version, 'referent': monde.referent.id}, status=303).follow()
    assert "n'a pas encore ouvert son compte" in mots(page.html.find('h2', id='equipe').find_parent('section').text)
    assert 'une invitation lui est envoyée' in mots(page.html.text)
    siens = [modele for modele, a in courriels() if a == monde.referent.courriel]
    assert siens == ['invitation', 'designation']
    assert '/invitation/' in corps('invitation')[0]
    assert ('À faire : ouvrir le compte par l\'invitation reçue, puis confirmer la réception, puis rappeler la '
            'collectivité et noter le premier contact ; d\'ici là, Camille Exemple et Andrea Modele s\'en occupent.'
            in corps('designation')[0])
    assert agissent(demande) == ['Camille', 'Andrea']
    creer('attribue_expert', message='a'), creer('attribue_expert', message='b')     # that of the day is not replaced
    assert len(courriels(modele='invitation')) == 1 and len(courriels(modele='designation')) >= 2
    heure('2026-11-25T10:00:00Z')
    creer('attribue_expert', message='c')
    assert len(courriels(modele='invitation')) == 2
    jamais_ouvert(monde.associe)
    creer('en_cours', associe=True, message='d')
    assert ('invitation', monde.associe.courriel) in courriels()


def pour(navigateur, agent, status=303, **champs):
    return absenter(navigateur, status=status, pour=str(agent.id), **champs)


def absences():
    with models.lecture():
        a = models.Absence
        return list(a.select(a.agent_id, a.du, a.au, a.retour_dit).tuples())


def test_un_pilote_note_et_termine_l_absence_d_un_agent_de_sa_direction_et_c_est_dit(inscrits, entrer):
    nav = entrer(inscrits.chef)
    page = nav.get(PAGE)
    assert [o.text for o in page.html.select('#pour option')] == ['Moi-même', 'Claude Temoin']
    formulaire = page.html.select_one('form[action="/espace/compte/absence"]')
    assert formulaire.h3.text == formulaire.select_one('button').text == 'Noter mon absence'
    creer_ligne(models.Delegation, pour=inscrits.referent, par=inscrits.chef)
    page = nav.get(f'{PAGE}?pour={inscrits.referent.id}')
    assert 'Absences de Claude Temoin' in page.html.text and not page.html.find(id='titre-delegations')
    formulaire = page.html.select_one('form[action="/espace/compte/absence"]')
    assert formulaire.h3.text == formulaire.select_one('button').text == "Noter l'absence de Claude Temoin"
    collegue = creer_ligne(models.Agent, prenom='Jonas', nom='Croquis', courriel='jonas@hgi.example',
                           direction=inscrits.chef.direction, cree_le='2026-01-01T09:00:00Z',
                           ouvert_le='2026-01-01T09:00:00Z')
    reponse = pour(nav, inscrits.referent, suppleant=str(collegue.id))
    assert reponse.headers['Location'].endswith(f'pour={inscrits.referent.id}')
    assert ('absence notée', inscrits.chef.courriel,
            'pour Claude Temoin, du 21/12/2026 au 24/12/2026, suppléant\xa0: Jonas Croquis') in faits()
    assert courriels() == [('relais_confie', 'jonas@hgi.example'), ('absence_notee', inscrits.referent.courriel)]
    assert 'Camille Exemple a enregistré pour vous : absence du 21/12/2026' in corps('absence_notee')[0]
    page = nav.get(PAGE)
    assert 'Claude Temoin' in page.html.find('h2', string='Absences de ma direction').find_parent('section').text
    retirer(nav)
    assert absences() == []
    assert ('absence retirée', inscrits.chef.courriel, 'pour Claude Temoin, du 21/12/2026 au 24/12/2026') in faits()


def test_seuls_un_pilote_de_la_direction_et_un_administrateur_notent_pour_un_autre_sans_ses_droits_d_administrateur(
        inscrits, entrer):
    for qui, de_qui, status in [
            ('chef', 'autre', 403), ('chef', 'cochef', 403), ('referent', 'chef', 403), ('cochef', 'associe', 303),
            ('admin', 'chef', 303), ('admin', 'autre', 303), ('chef', 'parti', 404)]:
        nav, agent = entrer(getattr(inscrits, qui)), getattr(inscrits, de_qui)
        nav.get(f'{PAGE}?pour={agent.id}', status=200 if status == 303 else status)
        pour(nav, agent, status)
        assert len(absences()) == (status == 303), (qui, de_qui)
        en_ecriture(models.Absence.delete().execute)
    for saisi in ['0', '-1', 'x', '999999', '9' * 40, "1' OR 1"]:
        entrer(inscrits.admin).get(f'{PAGE}?pour={saisi}', status=404)
    piloter(inscrits.autre)
    nav = entrer(inscrits.autre)
    pour(nav, inscrits.admin, 403, suppleant=str(inscrits.autre.id))
    partir(inscrits.admin)
    with models.lecture():
        numero = models.Absence.get().id
    nav.post('/espace/compte/absence-retirer', {'id': numero}, status=404)


def test_le_suppleant_et_le_delegataire_sont_de_la_meme_structure_et_le_dernier_administrateur_present_en_nomme_un(
        inscrits, entrer):
    ddat = inscrits.admin.direction
    routes = creer_ligne(models.Direction, structure=ddat.structure, nom='Direction des Routes')
    for prenom, nom, direction in (('Zoé', 'Zinc', ddat), ('Léa', 'Équerre', ddat), ('Éric', 'Tracé', ddat),
                                   ('Ada', 'Bitume', routes), ('Luc', 'Témoin', ddat)):
        creer_ligne(models.Agent, prenom=prenom, nom=nom, direction=direction, courriel=f'{nom}@x.example',
                    cree_le='x', ouvert_le='x')
    page = entrer(inscrits.autre).get(PAGE).html
    assert [o.text for o in page.select('#suppleant option')] == [
        'Personne', 'Léa Équerre', 'Maxime Exemple', 'Luc Témoin', 'Éric Tracé', 'Zoé Zinc', 'Ada Bitume']
    for reponse in (absenter(entrer(inscrits.autre), status=422, suppleant=str(inscrits.chef.id)),
                    deleguer(entrer(inscrits.admin), inscrits.chef, status=422)):
        assert 'choisissez dans la liste' in fautes(reponse)[0]
    jamais_ouvert(inscrits.referent)
    for qui, dit in ((inscrits.autre, 'même structure'), (inscrits.referent, 'pas encore ouvert son compte')):
        with pytest.raises(models.Refus, match=dit) as refus, models.ecriture():
            relais.noter_absence(inscrits.chef, '2026-12-01', '', str(qui.id))
        assert refus.value.champ == 'suppleant' and absences() == []
    nav = entrer(inscrits.admin)
    reponse = absenter(nav, status=422)
    assert 'le 21/12/2026, vous êtes le dernier administrateur présent : nommez un suppléant' in mots(
        fautes(reponse)[0]).lower() and absences() == []
    absenter(nav, suppleant=str(inscrits.autre.id))
    assert len(absences()) == 1
    reponse = absenter(entrer(inscrits.autre), status=422, absence_du='2026-12-22')
    assert 'remplace le dernier administrateur présent' in mots(fautes(reponse)[0])
    en_ecriture(models.Absence.delete().execute)
    changer_ligne(inscrits.associe, administrateur=True)
    absenter(nav)
    reponse = absenter(entrer(inscrits.associe), status=422, absence_du='2026-12-01', absence_au='2026-12-31')
    assert 'le 21/12/2026' in fautes(reponse)[0].lower()
    absenter(entrer(inscrits.associe), absence_du='2026-12-01', absence_au='2026-12-20')


def test_la_fin_d_une_absence_peut_rester_inconnue_et_qui_agit_apprend_la_fin_avancee(inscrits, entrer, heure):
    nav = entrer(inscrits.chef)
    page = nav.get(PAGE).html
    assert [f.has_attr('novalidate') for f in page.select('[action$=absence], [action$=delegation]')] == [True, True]
    assert 'motif' in page.text and 'Aucun motif' in page.text
    absenter(nav, suppleant=str(inscrits.referent.id))
    heure('2026-12-22T08:00:00Z')
    nav = entrer(inscrits.chef)
    retirer(nav)
    assert courriels()[-1] == ('relais_fini', inscrits.referent.courriel)
    assert 'absence du 21/12/2026 au 24/12/2026, terminée' in corps('relais_fini')[0]
    en_ecriture(models.Absence.delete().execute)
    absenter(nav, absence_du='2026-12-22', absence_au='', suppleant=str(inscrits.referent.id))
    assert absences() == [(inscrits.chef.id, '2026-12-22', None, False)]
    assert 'à partir du 22/12/2026' in corps('relais_confie')[-1]
    assert 'chevauche' in fautes(absenter(nav, absence_du='2026-12-27', absence_au='', status=422))[0]
    heure('2027-06-01T08:00:00Z')
    with models.lecture():
        assert inscrits.chef.id in questions.absences()


def test_une_absence_du_jour_retiree_se_renote_et_ma_journee_dit_pour_qui_j_agis_et_jusqu_a_quand(monde, entrer):
    for _ in range(2):
        with models.ecriture():
            relais.noter_absence(monde.chef, '2026-11-24', '', monde.referent.id)
            relais.retirer_absence(models.Absence.get())
    assert en_ecriture(models.Absence.select().count) == 0
    partir(monde.referent, monde.chef)
    creer_ligne(models.Delegation, pour=monde.cochef, par=monde.chef)
    texte = mots(entrer(monde.chef).get('/espace').html.text)
    assert ('Vous agissez aussi pour Claude Temoin, en son absence jusqu\'au 11 décembre ; '
            'Andrea Modele, par délégation.') in texte
    assert "Vous êtes noté·e absent·e jusqu'au 11 décembre" in mots(entrer(monde.referent).get('/espace').html.text)
    assert 'Vous agissez' not in entrer(monde.autre).get('/espace')


def absences_du_jour(page):
    panneau = page.html.find(id='absences')
    return [mots(li.text) for li in panneau.find_parent('section').select('li')] if panneau else []


def semaine_et_ailleurs(page):
    return mots(' '.join(s.get_text(' ') for s in page.html.select('.semaine, .liste-pliee')))


def test_la_journee_du_chef_et_de_son_delegataire_dit_qui_agit_pour_l_absent_a_ceux_qui_comptent_sur_lui(
        creer, monde, suppleant, entrer, heure):
    creer('attribue_expert', associe=True)
    creer('attribue_expert', restreinte=True, message='b')
    for agent in (monde.referent, monde.associe, suppleant, monde.admin):
        assert absences_du_jour(entrer(agent).get('/espace')) == [], agent.prenom
    creer_ligne(models.Delegation, pour=monde.chef, par=monde.associe)
    dit = 'Dominique Autre, pour Claude Temoin'
    for instant, retard in (('2026-12-01T09:00:00Z', False), ('2026-12-08T09:00:00Z', True)):
        heure(instant)
        for qui in (monde.chef, monde.associe):
            page = entrer(qui).get('/espace')
            assert (f'chez {dit}' in mots(page.html.find('main').get_text(' ')) if retard
                    else f'À rappeler au plus tard ce jour, par {dit}' in semaine_et_ailleurs(page)), (instant, qui)
            assert absences_du_jour(page) == [ABSENCE_DITE], (instant, qui)


def test_le_retour_d_un_absent_n_est_dit_que_s_il_le_veut_sans_suppleant_la_direction_repond(creer, monde, entrer):
    restreinte = creer('attribue_expert', restreinte=True)
    partir(monde.referent)
    page = entrer(monde.chef).get('/espace')
    assert absences_du_jour(page) == [
        'En l\'absence de Claude Temoin : Direction assistance juridique et financière, 05 36 49 00 20']
    assert 'pour Claude' not in semaine_et_ailleurs(page)
    assert str(restreinte.numero) not in ' '.join(absences_du_jour(page))
    for dit in [True, False]:
        en_ecriture(models.Absence.delete().execute)
        partir(monde.referent, monde.chef, retour_dit=dit)
        attendu = ('En l\'absence de Claude Temoin : Camille Exemple, 05 36 49 00 30'
                   + ' (jusqu\'au 11 décembre 2026)' * dit)
        assert absences_du_jour(entrer(monde.cochef).get('/espace')) == [attendu]
        annuaire = entrer(monde.autre).get('/espace/annuaire')
        assert [mots(s.text) for s in annuaire.html.select('.absence')] == [attendu]
