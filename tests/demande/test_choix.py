"""Choosing a collectivité: a mairie and an agent are understood alike, wherever they type (views/choix.py)."""
import pytest
from conftest import associer_a, creer_ligne, derniere_demande, en_ecriture, envoyer_demande, limiter, relire, remplir
from test_conversation import formulaire, soumettre

import models

# What is typed: the collectivité it surely is, or the nearest ones to choose from.
SAISIES = {
    **dict.fromkeys(('Rieumes', 'RIEUMES', 'Rieumes (31370)', 'mairie de Rieumes', 'commune de rieumes'), 'Rieumes'),
    **dict.fromkeys(('ville de Saint Orens', 'St-Orens de Gameville'), 'Saint-Orens-de-Gameville'),
    'isle en dodon': "L'Isle-en-Dodon",
    **dict.fromkeys(('communauté de communes Cœur de Garonne', 'CC Coeur de Garonne'), 'CC Cœur de Garonne'),
    **dict.fromkeys(('31370', 'Rieumess', 'communauté de communes de Rieumes'), ['Rieumes']),
    'Rieum': ['Rieumajou', 'Rieumes'], 'Atlantide': []}


@pytest.mark.parametrize('porte', ['choisie', 'saisie', 'rattachement'])
@pytest.mark.parametrize('saisi', SAISIES)
def test_un_nom_de_collectivite_se_comprend_de_meme_partout(creer, monde, entrer, site, porte, saisi):
    if porte == 'choisie':                                          # by the mairie
        limiter(secondes_minimum=0)
        reponse = envoyer_demande(site, monde.fiche.id, collectivite=saisi)
    elif porte == 'saisie':
        reponse = remplir(entrer(monde.chef).get('/espace/demandes/nouvelle'), collectivite=saisi).submit(status='*')
    else:
        demande = creer('en_cours', collectivite=None, type='Syndicat', nom_collectivite='SIVOM des Coteaux')
        page = entrer(monde.admin).get(f'/espace/demandes/{demande.numero}?action=rattacher')
        reponse = soumettre(page, '/rattacher', '*', collectivite=saisi)
    if reponse.status_int == 422:
        choix = 'collectivite_choisie' if porte == 'choisie' else 'collectivite_choix'
        dits = [' '.join(c.text.split()).rpartition(' (')[0] for c in reponse.html.select(f'[name={choix}] + span')]
        assert sorted(dits) == SAISIES[saisi]
    else:
        demande = derniere_demande()
        with models.lecture():
            assert demande.collectivite == demande.collectivite_liee.nom == SAISIES[saisi]


def groupes_d_invites(page):
    """{group: [(value, words)]}, in order."""
    return {g['label']: [(o['value'], o.text) for o in g.select('option')]
            for g in page.html.select('select#invite optgroup')}


def test_un_agent_absent_se_dit_dans_toutes_les_listes_et_associer_met_d_abord_ceux_de_la_fiche(creer, monde, entrer):
    demande, libre = creer('en_cours'), creer('receptionne_admin')
    caue = monde.cochef.direction.structure.nom
    adresse, admin = f'/espace/demandes/{demande.numero}?action=associer', entrer(monde.admin)
    assert list(groupes_d_invites(admin.get(f'/espace/demandes/{libre.numero}?action=associer')))[0] == 'Structures'
    avant = groupes_d_invites(admin.get(adresse))
    for nommees in (['Haute-Garonne Ingénierie – HGI'], [], ['DDAT', caue]):          # in its order
        en_ecriture(associer_a, monde.fiche.id, *nommees)
        groupes = groupes_d_invites(admin.get(adresse))
        assert [dit for _, dit in groupes.pop('Nommées par la fiche', [])] == nommees
        assert list(groupes) == [nom for nom in avant if nom in groupes]
        tous = [choix for groupe in avant.values() for choix in groupe]
        restent = [choix for groupe in groupes.values() for choix in groupe]
        assert len(restent) == len(tous) - len(nommees) and set(restent) <= set(tous), nommees
    groupes = groupes_d_invites(entrer(monde.cochef).get(adresse))  # a co-chef: their structure alone
    assert [valeur for valeur, _ in groupes['Nommées par la fiche']] == [f's{monde.cochef.direction.structure_id}']
    page = entrer(monde.referent).get(f'/espace/demandes/{demande.numero}?action=corriger')
    page = soumettre(page, '/corriger', 422, collectivite='31650')
    choix = formulaire(page, '/corriger')['collectivite_choix'].options
    soumettre(page, '/corriger', collectivite_choix=choix[0][0])
    assert relire(demande).collectivite == 'Saint-Orens-de-Gameville'
    demande = creer('attribue_chef', message='Autre.')
    creer_ligne(models.Absence, agent=monde.referent, du='2026-11-20', au='2026-11-30')
    creer_ligne(models.Absence, agent=monde.autre, du='2026-11-20', au='2026-12-04', retour_dit=True)
    creer_ligne(models.Absence, agent=monde.associe, du='2026-11-25', au='2026-12-04')
    navigateur = entrer(monde.chef)
    for adresse in (f'/espace/demandes/{demande.numero}?action=designer', '/espace/demandes/nouvelle',
                    '/espace/compte', f'/espace/demandes/{demande.numero}?action=associer'):
        page = navigateur.get(adresse)
        assert 'Claude Temoin (absent·e)' in page.text, adresse
        groupes = {g['label'] for g in page.html.select('optgroup')}
        assert 'HGI – Direction assistance juridique et financière' in groupes, adresse
    choix = {' '.join(option.text.split()) for option in page.html.select('option')}
    assert "Dominique Autre (absent·e jusqu'au 4 décembre)" in choix and 'Sacha Essai' in choix


NOMS = ('Zoé Zinc', 'Ada Zinc', 'Léa Équerre', 'Luc Bitume', 'Luc Bitume')


def test_plus_de_vingt_cinq_personnes_se_choisissent_par_leur_nom_ecrit_ou_par_le_numero_d_une_page_d_avant(
        monde, entrer):
    directions = [monde.chef.direction, monde.autre.direction]
    for rang, nom in enumerate((*NOMS, *(f'Agent Numéro{n}' for n in range(25)))):
        prenom, _, nom = nom.partition(' ')
        creer_ligne(models.Agent, prenom=prenom, nom=nom, courriel=f'a{rang}@x.example', ouvert_le='x', cree_le='x',
                    direction=directions[rang == 4])
    with models.lecture():
        ids = {agent.nom_complet: agent.id for agent in models.Agent.select().order_by(models.Agent.id.desc())}
    moi, admin, delegations = entrer(monde.chef), entrer(monde.admin), models.Delegation
    page = moi.get('/espace/compte').html
    assert page.select_one('#delegataire')['list'] == 'delegataire-choix' and not page.select('select#delegataire')
    for saisi in ('Zoé Zinc', 'zoe zinc', 'Zinc Zoé', 'Équerre', str(ids['Léa Équerre'])):
        en_ecriture(delegations.delete().execute)
        moi.post('/espace/compte/delegation', {'delegataire': saisi}, status=303)
        with models.lecture():
            assert delegations.get().par_id == ids['Zoé Zinc' if 'z' in saisi.lower() else 'Léa Équerre'], saisi
    for saisi, dit in (('Zinc', 'peut désigner « Ada Zinc » ou « Zoé Zinc »'), ('Zoé Zinq', 'peut-être « Zoé Zinc »'),
                       ('Agent', 'peut désigner 25 choix'), ('Inconnue', 'n\'est pas dans la liste : vérifiez-le'),
                       (str(monde.chef.id), 'n\'est pas dans la liste')):
        page = moi.post('/espace/compte/delegation', {'delegataire': saisi}, status=422).html
        assert dit in page.select_one('#erreurs').text.replace('\xa0', ' '), saisi
        assert page.select_one('#delegataire')['value'] == saisi
    invite = [o['value'] for o in admin.get('/espace/compte').html.select('#pour-choix option')]
    assert {'Luc Bitume (HGI – Direction assistance juridique et financière)'} < {*invite} and 'Moi-même' in invite
    assert admin.get('/espace/compte', {'pour': 'léa équerre'}).html.h1.text == 'Absences de Léa Équerre'
    page = admin.get('/espace/compte', {'pour': 'Inconnue'}, status=422).html
    assert page.select_one('#erreurs a')['href'] == '#pour' and page.select_one('#pour')['value'] == 'Inconnue'
    liste = admin.get('/espace/demandes', {'agent': 'Léa Équerre'}, status=303).headers['Location']
    assert liste == f'/espace/demandes?agent={ids["Léa Équerre"]}'
    assert admin.get(liste).html.select_one('#agent')['value'] == 'Léa Équerre'
    assert '« Zoé Zinq »' in admin.get('/espace/demandes', {'agent': 'Zoé Zinq'}, status=400).text.replace('\xa0', ' ')
    depart = f'/espace/admin/comptes/{monde.chef.id}/depart'
    saisies = {'genre': 'depart', 'date': '2026-12-24', 'defaut': 'Léa Equerre', 'f1': 'Ne pas transférer'}
    page = admin.post(depart, saisies, status=200).html
    assert page.select_one('#defaut')['value'] == 'Léa Équerre' and page.select_one('[name=vue]')
    page = admin.post(depart, saisies | {'defaut': 'Zinc'}, status=422).html
    assert page.select_one('#erreurs a')['href'] == '#defaut' and page.select_one('#defaut')['value'] == 'Zinc'
