"""Absences and delegations: the forms, what they refuse, what they give (regles.md §1, §3)."""
import pytest
from conftest import PHRASE, corps_de, courriels, creer_ligne, en_ecriture, faits, fautes

import models
from verbes import relais
from verbes.demande import actes

PAGE = '/espace/compte'


ABSENCE = {'absence_du': '2026-12-21', 'absence_au': '24/12/2026', 'suppleant': ''}


def absenter(navigateur, status=303, **champs):
    return navigateur.post('/espace/compte/absence', ABSENCE | champs, status=status)


def absences():
    with models.lecture():
        return list(models.Absence.select(models.Absence.agent_id, models.Absence.du, models.Absence.au,
                                          models.Absence.suppleant_id).tuples())


def retirer(navigateur, quoi='absence'):
    """Click the button that ends what is first on the page."""
    page = navigateur.get(PAGE)
    next(f for f in page.forms.values() if f.action.endswith(f'{quoi}-retirer')).submit(status=303)


def test_une_absence_avec_suppleant_lui_donne_mes_droits_ces_jours_la(inscrits, entrer, heure):
    navigateur = entrer(inscrits.chef)
    absenter(navigateur, suppleant=str(inscrits.referent.id))
    assert absences() == [(inscrits.chef.id, '2026-12-21', '2026-12-24', inscrits.referent.id)]
    assert ('absence notée', inscrits.chef.courriel,
            'du 21/12/2026 au 24/12/2026, suppléant\xa0: Claude Temoin') in faits()
    assert 'Du 21/12/2026 au 24/12/2026' in navigateur.get(PAGE).text
    assert 'en son absence' in entrer(inscrits.referent).get(PAGE).text
    for instant, aussi in (('2026-12-20T22:59:59Z', False), ('2026-12-20T23:00:00Z', True),
                           ('2026-12-24T22:59:59Z', True), ('2026-12-24T23:00:00Z', False)):
        heure(instant)
        with models.lecture():
            assert set(models.Agent.get_by_id(inscrits.referent.id).identites) == (
                {inscrits.referent.id, inscrits.chef.id} if aussi else {inscrits.referent.id}), instant


def test_une_absence_refusee_revient_remplie_et_deux_ne_se_croisent_pas_ni_celle_du_suppleant(inscrits, entrer, site):
    ids = {'moi': str(inscrits.chef.id), 'parti': str(inscrits.parti.id), 'autre': str(inscrits.autre.id)}
    for saisie, champ in [
            ({'absence_du': '2026-12-25'}, 'absence_au'),
            ({'absence_du': '2026-11-01', 'absence_au': '2026-11-23'}, 'absence_au'),
            ({'absence_du': '31/02/2027'}, 'absence_du'), ({'absence_du': ''}, 'absence_du'),
            ({'absence_au': '9999-99-99'}, 'absence_au'), ({'suppleant': 'autre'}, 'suppleant'),
            ({'suppleant': 'moi'}, 'suppleant'), ({'suppleant': 'parti'}, 'suppleant'),
            ({'suppleant': '999999999999999999999'}, 'suppleant'), ({'suppleant': '1 OR 1'}, 'suppleant')]:
        saisie = {nom: ids.get(valeur, valeur) for nom, valeur in saisie.items()}
        reponse = absenter(entrer(inscrits.chef), status=422, **saisie)
        assert [a['href'] for a in reponse.html.select('#erreurs a')] == [f'#{champ}'], saisie
        assert reponse.html.select_one('#absence_du').get('value', '') == saisie.get('absence_du', '2026-12-21')
        assert absences() == []
    absenter(entrer(inscrits.referent), absence_du='2026-12-24', absence_au='2026-12-28')
    navigateur = entrer(inscrits.chef)
    reponse = absenter(navigateur, suppleant=str(inscrits.referent.id), status=422)
    assert 'cet agent est absent du 24/12/2026 au 28/12/2026' in fautes(reponse)[0].replace('\xa0', ' ')
    assert reponse.html.select_one('#erreurs a')['href'] == '#suppleant' and len(absences()) == 1
    absenter(navigateur, suppleant=str(inscrits.referent.id), absence_au='2026-12-23')
    for du, au in (('2026-12-23', '2026-12-26'), ('2026-12-01', '2026-12-21'), ('2026-12-22', '2026-12-22')):
        assert 'chevauche' in fautes(absenter(navigateur, absence_du=du, absence_au=au, status=422))[0], du
    for du, au in (('2026-12-24', '2026-12-26'), ('2026-12-01', '2026-12-20')):
        absenter(navigateur, absence_du=du, absence_au=au)
    assert len(absences()) == 4
    refuse = 'http://127.0.0.1:8080/espace/compte/absence'           # where a refused form is shown
    formulaire = site.post('/espace/compte/absence', ABSENCE, headers={'Referer': refuse}, status=401).forms[0]
    formulaire['courriel'], formulaire['mot_de_passe'] = inscrits.chef.courriel, PHRASE
    page = formulaire.submit(status=303).follow()
    assert (page.html.select_one('#absence_du')['value'] == ABSENCE['absence_du']
            and 'Votre saisie est revenue' in page.text)


def test_une_absence_a_venir_se_retire_et_revenir_plus_tot_la_termine_la_veille(inscrits, entrer, heure):
    for instant, reste in (('2026-11-24T09:00:00Z', []), ('2026-12-21T08:00:00Z', []),
                           ('2026-12-23T08:00:00Z', [('2026-12-21', '2026-12-22')])):
        heure('2026-11-24T09:00:00Z')
        absenter(entrer(inscrits.chef))
        heure(instant)
        assert ('Je suis de retour' in entrer(inscrits.chef).get(PAGE).text) == (instant > '2026-12'), instant
        retirer(entrer(inscrits.chef))
        assert [(du, au) for _, du, au, _ in absences()] == reste, instant
    assert ('absence retirée', inscrits.chef.courriel, 'du 21/12/2026 au 24/12/2026') in faits()


def test_une_absence_passee_ou_d_un_autre_ne_se_retire_pas(inscrits, entrer, heure):
    absenter(entrer(inscrits.chef))
    with models.lecture():
        numero = models.Absence.get().id
    entrer(inscrits.autre).post('/espace/compte/absence-retirer', {'id': numero}, status=404)
    for faux in ('', '0', '-1', 'abc', '9' * 40, '1; DROP', '١', 'é'):
        for adresse in ('absence-retirer', 'delegation-retirer'):
            entrer(inscrits.chef).post(f'/espace/compte/{adresse}', {'id': faux}, status=404)
    heure('2026-12-25T08:00:00Z')
    entrer(inscrits.chef).post('/espace/compte/absence-retirer', {'id': numero}, status=404)
    assert 'Du 21/12' not in entrer(inscrits.chef).get(PAGE).text
    assert len(absences()) == 1


def deleguer(navigateur, a, du='', au='', status=303):
    return navigateur.post(
        '/espace/compte/delegation',
        {'delegataire': getattr(a, 'id', a), 'delegation_du': du, 'delegation_au': au}, status=status)


def delegations():
    with models.lecture():
        d = models.Delegation
        return list(d.select(d.pour_id, d.par_id, d.du, d.au).tuples())


def test_un_chef_de_file_et_un_administrateur_deleguent_et_y_mettent_fin_les_autres_et_le_delegataire_non(
        inscrits, entrer, creer, heure):
    navigateur = entrer(inscrits.chef)
    deleguer(navigateur, inscrits.referent)
    assert delegations() == [(inscrits.chef.id, inscrits.referent.id, None, None)]
    assert ('délégation donnée', inscrits.chef.courriel, 'à Claude Temoin, sans limite de durée') in faits()
    recue = entrer(inscrits.referent).get(PAGE)
    assert 'par délégation' in recue.text and 'Donner une délégation' not in recue.text
    retirer(navigateur, 'delegation')
    assert delegations() == [] and ('délégation retirée', inscrits.chef.courriel, 'à Claude Temoin') in faits()
    deleguer(entrer(inscrits.admin), inscrits.autre)
    deleguer(entrer(inscrits.autre), inscrits.admin, status=403)
    assert 'Mes délégations' not in entrer(inscrits.associe).get(PAGE).text
    deleguer(entrer(inscrits.associe), inscrits.cochef, status=403)
    demande = creer()
    en_ecriture(actes.changer_chef, demande, inscrits.admin, demande.version, [inscrits.associe], 'Départ.')
    deleguer(entrer(inscrits.associe), inscrits.cochef)
    assert len(delegations()) == 2
    en_ecriture(models.Delegation.delete().execute)
    deleguer(entrer(inscrits.admin), inscrits.autre, '2026-12-01', '02/12/2026')
    for instant, administre in (('2026-11-30T12:00:00Z', False), ('2026-12-01T12:00:00Z', True),
                                ('2026-12-03T12:00:00Z', False)):
        heure(instant)
        with models.lecture():
            assert models.Agent.get_by_id(inscrits.autre.id).administre is administre, instant


def test_une_delegation_refusee_ou_en_double_reste_saisie_et_ne_se_retire_que_de_son_auteur(inscrits, entrer, heure):
    for a, du, au, champ in [
            ('chef', '', '', 'delegataire'), ('parti', '', '', 'delegataire'), ('', '', '', 'delegataire'),
            ('12345', '', '', 'delegataire'),
            ('referent', '2026-12-02', '2026-12-01', 'delegation_au'), ('referent', '', '2026-11-23', 'delegation_au'),
            ('referent', 'demain', '', 'delegation_du'), ('autre', '', '', 'delegataire')]:
        reponse = deleguer(entrer(inscrits.chef), getattr(inscrits, a, a), du, au, status=422)
        assert [lien['href'] for lien in reponse.html.select('#erreurs a')] == [f'#{champ}'], (a, du, au)
        assert reponse.html.select_one('#delegation_au').get('value', '') == au
        assert delegations() == []
    deleguer(entrer(inscrits.chef), inscrits.referent, '', '2026-12-01')
    with models.lecture():
        numero = models.Delegation.get().id
    for qui in (inscrits.referent, inscrits.admin):
        entrer(qui).post('/espace/compte/delegation-retirer', {'id': numero}, status=404)
    assert len(delegations()) == 1
    assert 'jusqu\'au 01/12/2026' in fautes(deleguer(entrer(inscrits.chef), inscrits.referent, status=422))[0]
    heure('2026-12-02T08:00:00Z')
    deleguer(entrer(inscrits.chef), inscrits.referent, '2027-01-04')
    assert delegations() == [(inscrits.chef.id, inscrits.referent.id, '2027-01-04', None)]


def test_la_page_lit_peu_quel_que_soit_le_nombre_d_agents(inscrits, entrer, requetes):
    navigateur = entrer(inscrits.chef)

    def compter():
        requetes.clear()
        navigateur.get(PAGE)
        return len(requetes)
    avant = compter()
    with models.ecriture():
        for n in range(20):
            autre = models.Agent.create(prenom='Agent', nom=f'N{n}', direction=inscrits.autre.direction,
                                        courriel=f'n{n}@essai.example', cree_le='x')
            models.Delegation.create(pour=inscrits.chef, par=autre)
            models.Absence.create(agent=inscrits.chef, du=f'2027-01-{n + 1:02}', au=f'2027-01-{n + 1:02}',
                                  suppleant=autre)
    assert compter() == avant <= 14


@pytest.fixture
def second(inscrits):
    """A second administrateur, of the same structure, and a third whose account is closed."""
    with models.ecriture():
        models.Agent.update(administrateur=True).where(
            models.Agent.id.in_([inscrits.associe.id, inscrits.parti.id])).execute()
        models.Agent.update(direction=inscrits.admin.direction).where(models.Agent.id == inscrits.associe.id).execute()
    return inscrits.associe


def test_le_relais_d_un_administrateur_est_dit_a_qui_le_recoit_et_aux_autres_celui_d_un_autre_agent_a_qui_le_recoit(
        inscrits, second, entrer):
    absenter(entrer(inscrits.admin))
    assert courriels() == []
    absenter(entrer(inscrits.admin), absence_du='2027-01-04', absence_au='2027-01-05', suppleant=str(inscrits.autre.id))
    dits = [('relais_confie', inscrits.autre.courriel), ('relais_administrateur', second.courriel)]
    assert courriels() == dits
    dit = corps_de('relais_administrateur')
    assert 'absence du 04/01/2027 au 05/01/2027, suppléant\xa0: Dominique Autre' in dit
    deleguer(entrer(inscrits.admin), inscrits.autre)
    assert courriels() == dits * 2
    dit = corps_de('relais_administrateur')
    assert 'Maxime Exemple' in dit and 'délégation à Dominique Autre, sans limite de durée' in dit
    assert 'Maxime Exemple' in corps_de('relais_confie')
    deleguer(entrer(inscrits.admin), second)
    deleguer(entrer(inscrits.chef), inscrits.referent)
    absenter(entrer(inscrits.referent), suppleant=str(inscrits.chef.id))
    assert courriels()[4:] == [('relais_confie', a.courriel) for a in (second, inscrits.referent, inscrits.chef)]


def test_un_relais_refuse_n_est_dit_a_personne_un_relais_retire_l_est_a_qui_l_avait_et_a_qui_remplace_un_autre(
        inscrits, second, entrer):
    navigateur = entrer(inscrits.admin)
    deleguer(navigateur, inscrits.autre)
    avant = courriels()
    deleguer(navigateur, inscrits.autre, status=422)
    assert courriels() == avant
    retirer(navigateur, 'delegation')
    assert courriels() == [*avant, ('relais_fini', inscrits.autre.courriel)]
    assert "Vous n'agissez plus pour Maxime Exemple : délégation sans limite de durée, retirée" in (
        corps_de('relais_fini'))
    creer_ligne(models.Absence, agent=second, du='2026-11-01', au='2026-12-31', suppleant=inscrits.referent)
    deleguer(navigateur, inscrits.autre)
    assert {('relais_administrateur', second.courriel), ('relais_administrateur', inscrits.referent.courriel)} <= {
        *courriels()[len(avant) + 1:]}
    for au, dits in (('2026-11-23', 0), ('2026-11-24', 1)):         # of one that is over, nobody is told
        donnee = creer_ligne(models.Delegation, pour=inscrits.chef, par=inscrits.referent, au=au)
        en_ecriture(relais.retirer_delegation, donnee)
        assert courriels().count(('relais_fini', inscrits.referent.courriel)) == dits, au
