"""« Ma journée », la liste, son export et la saisie d'une demande reçue en direct (views/espace.py)."""
import csv
import io
import logging
import re

import pytest
from conftest import CHEMINS, CONTACT, courriels, natures

import models
import views

# --- reading the pages ---


def lignes(page, section):
    """[(number, words, address of the button)] of a section of « Ma journée »."""
    titre = page.html.find('h2', id=section)
    if titre is None:
        return []
    elements = titre.find_parent('section').select('ul.travaux > li')
    return [(int(li.select_one('.numero').text), ' '.join(li.select_one('.reperes').text.split()), li.select_one('.actions a')['href'])
            for li in elements]


def numeros_de(page, section):
    return [numero for numero, _, _ in lignes(page, section)]


def liens_de(page, section):
    return [(numero, lien) for numero, _, lien in lignes(page, section)]


def numeros(page):
    """The numbers of the list, in order."""
    return [int(a.text) for a in page.html.select('table.demandes tbody th a')]


def cellules(page, rang=0):
    """{column: text} of a line of the list."""
    return {c['data-libelle']: ' '.join(c.text.split()) for c in page.html.select('table.demandes tbody tr')[rang].select('[data-libelle]')}


def onglets(page):
    return {re.sub(r'\s+\S+$', '', ' '.join(a.text.split())): int(a.select_one('.compte').text) for a in page.html.select('.onglets a')}


def exporte(reponse):
    """The CSV as [{title: cell}]."""
    assert reponse.body.startswith(b'\xef\xbb\xbf')
    return list(csv.DictReader(io.StringIO(reponse.body.decode('utf-8-sig'), newline=''), delimiter=';'))


@pytest.fixture
def requetes(monkeypatch):
    """The SELECTs made since the last clear()."""
    faites, executer = [], models.db.execute_sql

    def compter(sql, params=None):
        if sql.lstrip().startswith('SELECT'):
            faites.append(sql)
        return executer(sql, params)
    monkeypatch.setattr(models.db, 'execute_sql', compter)
    return faites


# --- Ma journée ---

def test_une_journee_vide_le_dit_gentiment(monde, entrer):
    page = entrer(monde.autre).get('/espace')
    assert "Rien ne vous attend aujourd'hui" in page.html.select_one('.vide').text
    assert [' '.join(li.text.split()) for li in page.html.select('.chiffres li')] == ['0 accompagnement en cours']


def test_la_journee_donne_la_date_la_structure_et_mes_listes(monde, entrer):
    page = entrer(monde.chef).get('/espace')
    assert 'Mardi 24 novembre 2026' in page.html.select_one('main time').text.replace('\u00a0', ' ')
    liens = {a.text: a['href'] for a in page.html.select('aside .liste-simple a')}
    assert liens['Ma structure'] == f'/espace/demandes?structure={monde.chef.direction.structure_id}'
    assert liens['Mes demandes'] == f'/espace/demandes?agent={monde.chef.id}'


def test_une_reception_a_confirmer_attend_qui_doit_agir_et_lui_seul(monde, creer, entrer):
    chef, expert, admin = creer('attribue_chef'), creer('attribue_expert', message='b'), creer('attribue_admin', message='c')
    attendus = {'chef': [chef.numero], 'cochef': [chef.numero], 'referent': [expert.numero], 'admin': [admin.numero], 'autre': []}
    for qui, recus in attendus.items():
        assert numeros_de(entrer(getattr(monde, qui)).get('/espace'), 'receptionner') == recus
    (_, mots, lien), = lignes(entrer(monde.referent).get('/espace'), 'receptionner')
    assert lien == f'/espace/demandes/{expert.numero}?action=receptionner'
    assert 'Rieumes' in mots and 'Attribué expert(s)' in mots and 'à rappeler au plus tard le 04/12' in mots


@pytest.mark.parametrize('etat', [e for e in CHEMINS if e not in ('en_cours', 'termine', 'rejete_clos', 'abandonne')])
def test_une_demande_ouverte_est_dans_la_journee_de_qui_doit_agir(etat, monde, creer, entrer):
    demande = creer(etat)
    with models.lecture():
        attendus = {a.id for a in models.qui_doit_agir(demande)}
    assert attendus
    for qui in ('admin', 'chef', 'cochef', 'referent', 'associe', 'autre'):
        agent = getattr(monde, qui)
        page = entrer(agent).get('/espace')
        vue = any(numeros_de(page, s) for s in ('receptionner', 'rappeler', 'orienter'))
        assert vue == (agent.id in attendus), qui


@pytest.mark.parametrize('etat', ['termine', 'rejete_clos', 'abandonne'])
def test_une_demande_close_n_attend_personne(etat, monde, creer, entrer):
    creer(etat, date_a_tenir='2026-12-10')
    for qui in ('admin', 'chef', 'referent'):
        assert entrer(getattr(monde, qui)).get('/espace').html.select_one('.vide')


def test_les_chiffres_menent_aux_sections_affichees(monde, creer, entrer):
    creer('attribue_chef', date_a_tenir='2026-12-10')
    creer('receptionne_chef', message='b')
    page = entrer(monde.chef).get('/espace')
    chiffres = {a['href']: int(a.select_one('b').text) for a in page.html.select('.chiffres a')}
    assert chiffres.pop(f'/espace/demandes?statut=en_cours&agent={monde.chef.id}') == 0
    assert chiffres == {'#tenir': 1, '#receptionner': 1, '#rappeler': 2}
    assert all(page.html.find(id=ancre[1:]) for ancre in chiffres)


def test_le_chiffre_des_accompagnements_est_celui_de_la_liste(monde, creer, entrer):
    creer('en_cours'), creer('en_cours', message='b'), creer('attribue_chef', message='c')
    navigateur = entrer(monde.referent)
    lien = navigateur.get('/espace').html.select('.chiffres a')[-1]
    assert (int(lien.select_one('b').text), len(numeros(navigateur.get(lien['href'])))) == (2, 2)


def test_a_rappeler_mene_le_referent_au_contact_et_le_chef_a_la_designation(monde, creer, entrer):
    expert, chef = creer('receptionne_expert'), creer('receptionne_chef', message='b')
    assert lignes(entrer(monde.referent).get('/espace'), 'rappeler')[0][2] == f'/espace/demandes/{expert.numero}?action=contact'
    assert liens_de(entrer(monde.chef).get('/espace'), 'rappeler') == [
        (chef.numero, f'/espace/demandes/{chef.numero}?action=designer')]


def test_un_retard_quitte_a_rappeler_et_se_dit_en_jours(monde, creer, entrer, heure):
    demande = creer('receptionne_expert')
    heure('2026-12-05T09:00:00Z')
    page = entrer(monde.referent).get('/espace')
    (numero, mots, lien), = lignes(page, 'retard')
    assert (numero, lien) == (demande.numero, f'/espace/demandes/{demande.numero}?action=contact')
    assert 'en retard de 1 jour' in mots and not lignes(page, 'rappeler')
    assert page.html.select_one('.chiffres [data-etat="retard"] b').text == '1'


def test_le_retard_du_referent_est_dit_au_chef_puis_a_l_administrateur(monde, creer, entrer, heure):
    demande = creer('receptionne_expert')
    heure('2026-12-05T09:00:00Z')
    assert liens_de(entrer(monde.chef).get('/espace'), 'retard') == [(demande.numero, f'/espace/demandes/{demande.numero}')]
    assert not lignes(entrer(monde.admin).get('/espace'), 'retard')
    heure('2026-12-06T09:00:00Z')
    assert numeros_de(entrer(monde.admin).get('/espace'), 'retard') == [demande.numero]
    assert not lignes(entrer(monde.autre).get('/espace'), 'retard')


def test_un_contact_pris_reste_a_faire_avancer(monde, creer, entrer):
    demande = creer('receptionne_expert')
    with models.ecriture():
        models.noter_contact(demande, monde.referent, demande.version, CONTACT)
    page = entrer(monde.referent).get('/espace')
    assert liens_de(page, 'demarrer') == [(demande.numero, f'/espace/demandes/{demande.numero}?action=demarrer')]
    assert not lignes(page, 'rappeler')


def test_les_dates_a_tenir_viennent_dans_l_ordre_et_disparaissent_passees(monde, creer, entrer, heure):
    tard, tot = creer('en_cours', date_a_tenir='2026-12-10'), creer('en_cours', message='b', date_a_tenir='2026-12-04')
    assert numeros_de(entrer(monde.referent).get('/espace'), 'tenir') == [tot.numero, tard.numero]
    assert not lignes(entrer(monde.autre).get('/espace'), 'tenir')
    heure('2026-12-05T09:00:00Z')
    assert numeros_de(entrer(monde.referent).get('/espace'), 'tenir') == [tard.numero]


def test_l_associe_garde_la_date_a_tenir_sans_acte_attendu(monde, creer, entrer):
    demande = creer('en_cours', associe=True, date_a_tenir='2026-12-10')
    assert liens_de(entrer(monde.associe).get('/espace'), 'tenir') == [(demande.numero, f'/espace/demandes/{demande.numero}')]


def test_le_delegataire_agit_pour_qui_l_a_habilite(monde, creer, entrer):
    demande = creer('attribue_chef')
    with models.ecriture():
        models.Delegation.create(pour=monde.chef, par=monde.autre)
    (numero, mots, _), = lignes(entrer(monde.autre).get('/espace'), 'receptionner')
    assert numero == demande.numero and 'pour Camille Exemple' in mots
    assert 'pour' not in lignes(entrer(monde.chef).get('/espace'), 'receptionner')[0][1]


def test_la_delegation_finie_ne_montre_plus_rien(monde, creer, entrer):
    creer('attribue_chef')
    with models.ecriture():
        models.Delegation.create(pour=monde.chef, par=monde.autre, du='2026-11-01', au='2026-11-23')
    assert entrer(monde.autre).get('/espace').html.select_one('.vide')


def test_l_administrateur_oriente_repond_et_rattache(monde, creer, entrer):
    libre, rejetee = creer('receptionne_admin'), creer('rejete', message='b')
    with models.ecriture():
        syndicat, _ = models.deposer({
            'collectivite': None, 'type': 'Syndicat', 'nom_collectivite': 'SIVOM des Coteaux', 'fiche': monde.fiche, 'message': 'c', 'nom': 'X',
            'prenom': 'Y', 'courriel': 'sivom@coteaux.example', 'telephone': '0536490012'})
    trouvees = {n: (mots, lien) for n, mots, lien in lignes(entrer(monde.admin).get('/espace'), 'orienter')}
    assert trouvees[libre.numero][1].endswith('?action=orienter') and trouvees[rejetee.numero][1].endswith('?action=repondre')
    assert trouvees[syndicat.numero][1].endswith('?action=rattacher') and 'à rattacher' in trouvees[syndicat.numero][0]
    assert len(trouvees) == 3 and not lignes(entrer(monde.chef).get('/espace'), 'orienter')


def test_une_demande_dont_le_referent_est_parti_revient_au_chef(monde, creer, entrer):
    demande = creer('receptionne_expert')
    with models.ecriture():
        models.Agent.update(actif=False).where(models.Agent.id == monde.referent.id).execute()
    page = entrer(monde.chef).get('/espace')
    assert liens_de(page, 'orienter') == [(demande.numero, f'/espace/demandes/{demande.numero}?action=designer')]
    assert not lignes(page, 'receptionner')


def test_un_message_du_demandeur_attend_un_acte_de_l_equipe(monde, creer, entrer):
    demande = creer('en_cours')
    with models.ecriture():
        models.message_du_demandeur(demande, 'Voici un plan.')
    navigateur = entrer(monde.referent)
    (numero, _, lien), = lignes(navigateur.get('/espace'), 'messages')
    assert (numero, lien) == (demande.numero, f'/espace/demandes/{demande.numero}?action=journal')
    assert 'Voici un plan' not in navigateur.get('/espace')
    with models.ecriture():
        models.ajouter_au_journal(demande, monde.referent, 'appel', 'Rappelé.')
    assert not lignes(navigateur.get('/espace'), 'messages')


def test_la_note_d_un_agent_hors_de_l_equipe_n_efface_pas_le_message(monde, creer, entrer):
    demande = creer('en_cours', associe=True)
    with models.ecriture():
        models.message_du_demandeur(demande, 'Voici un plan.')
        models.ajouter_au_journal(demande, monde.autre, 'note', 'Je connais ce pont.')
    navigateur = entrer(monde.referent)
    assert numeros_de(navigateur.get('/espace'), 'messages') == [demande.numero]
    with models.ecriture():
        models.Delegation.create(pour=monde.chef, par=monde.autre)
        models.ajouter_au_journal(demande, models.Agent.get_by_id(monde.autre.id), 'appel', 'Rappelé pour Camille.')
    assert not lignes(navigateur.get('/espace'), 'messages')


@pytest.mark.parametrize('qui', ['admin', 'associe', 'chef'])
def test_la_ligne_de_l_equipe_ou_d_un_administrateur_repond_au_message(qui, monde, creer, entrer):
    demande = creer('en_cours', associe=True)
    with models.ecriture():
        models.message_du_demandeur(demande, 'Voici un plan.')
        models.ajouter_au_journal(demande, getattr(monde, qui), 'note', 'Vu.')
    assert not lignes(entrer(monde.referent).get('/espace'), 'messages')


@pytest.mark.parametrize('restreinte', [False, True])
def test_le_pilote_d_une_direction_associee_nomme_sa_personne(restreinte, monde, creer, entrer):
    demande = creer('en_cours', fiche=monde.urgente, restreinte=restreinte)
    with models.ecriture():
        models.associer(demande, monde.chef, demande.version, models.Direction.get_by_id(monde.cochef.direction_id))
    navigateur = entrer(monde.cochef)
    page = navigateur.get('/espace')
    assert liens_de(page, 'nommer') == [(demande.numero, f'/espace/demandes/{demande.numero}?action=remplacer')]
    assert not lignes(page, 'rappeler') and not lignes(page, 'tenir')
    assert not lignes(entrer(monde.associe).get('/espace'), 'nommer') and not lignes(entrer(monde.chef).get('/espace'), 'nommer')
    with models.ecriture():
        models.remplacer(demande, monde.cochef, demande.version, monde.associe)
    assert not lignes(navigateur.get('/espace'), 'nommer')


def test_une_demande_de_reouverture_est_montree_au_chef(monde, creer, entrer):
    demande = creer('termine')
    assert not lignes(entrer(monde.chef).get('/espace'), 'messages')
    with models.ecriture():
        models.message_du_demandeur(demande, 'Le projet reprend.')
    (numero, mots, lien), = lignes(entrer(monde.chef).get('/espace'), 'messages')
    assert (numero, lien) == (demande.numero, f'/espace/demandes/{demande.numero}') and 'demande de réouverture du 24/11' in mots
    assert not lignes(entrer(monde.autre).get('/espace'), 'messages')


def test_un_courriel_non_remis_a_la_mairie_devient_un_appel(monde, creer, entrer, heure):
    demande = creer('en_cours')
    heure('2026-11-24T09:30:00Z')
    with models.ecriture():
        models.Courriel.update(echec_le=models.maintenant()).where(models.Courriel.demande == demande, models.Courriel.modele == 'accuse').execute()
    heure('2026-11-24T10:00:00Z')
    navigateur = entrer(monde.referent)
    (numero, mots, lien), = lignes(navigateur.get('/espace'), 'telephoner')
    assert (numero, lien) == (demande.numero, f'/espace/demandes/{demande.numero}?action=journal')
    assert '05 36 49 00 12' in mots.replace('\u00a0', ' ')
    assert 'Téléphoner' in navigateur.get('/espace').html.find('h2', id='telephoner').find_parent('section').select_one('.actions').text
    with models.ecriture():
        models.Demande.update(telephone='').where(models.Demande.numero == demande.numero).execute()
    sans = navigateur.get('/espace').html.find('h2', id='telephoner').find_parent('section').select_one('li')
    assert 'pas de téléphone connu' in sans.text and 'Voir la demande' in sans.select_one('.actions').text and 'Téléphoner' not in sans.text
    with models.ecriture():
        models.ajouter_au_journal(demande, monde.referent, 'note', 'À appeler demain.')
    assert lignes(navigateur.get('/espace'), 'telephoner')
    with models.ecriture():
        models.ajouter_au_journal(demande, monde.referent, 'appel', 'Prévenu.')
    assert not lignes(navigateur.get('/espace'), 'telephoner')


@pytest.mark.parametrize('fiche,veille,jour', [('urgente', '2026-12-23', '2026-12-24'), ('fiche', '2027-02-21', '2027-02-22')])
def test_un_accompagnement_sans_ligne_est_rappele_apres_30_ou_90_jours(fiche, veille, jour, monde, creer, entrer, heure):
    demande = creer('en_cours', fiche=getattr(monde, fiche))
    heure(f'{veille}T09:00:00Z')
    assert not lignes(entrer(monde.referent).get('/espace'), 'sans-ligne')
    heure(f'{jour}T09:00:00Z')
    (numero, mots, lien), = lignes(entrer(monde.referent).get('/espace'), 'sans-ligne')
    assert numero == demande.numero and 'dernière ligne le 24/11' in mots and lien.endswith('?action=journal')
    assert not lignes(entrer(monde.chef).get('/espace'), 'sans-ligne')


def test_une_prochaine_etape_prevue_suspend_le_rappel_du_journal(monde, creer, entrer, heure):
    demande = creer('en_cours', fiche=monde.urgente)
    with models.ecriture():
        models.prevoir_etape(demande, monde.referent, demande.version, '2027-03-01')
    heure('2027-02-28T09:00:00Z')
    assert not lignes(entrer(monde.referent).get('/espace'), 'sans-ligne')
    heure('2027-03-02T09:00:00Z')
    assert lignes(entrer(monde.referent).get('/espace'), 'sans-ligne')


def test_l_activite_des_autres_est_rappelee_sans_leurs_textes(monde, creer, entrer):
    demande = creer('en_cours')
    with models.ecriture():
        models.ajouter_au_journal(demande, monde.chef, 'visite', 'Bâtiment en ruine.')
    page = entrer(monde.referent).get('/espace')
    assert 'Suivi de la demande, par' not in page
    with models.ecriture():
        models.associer(demande, monde.chef, models.Demande.get_by_id(demande.numero).version, monde.associe)
    assert 'Suivi de la demande, par Camille Exemple' in entrer(monde.referent).get('/espace')
    assert 'Visite sur site, par Camille Exemple' in page and 'Bâtiment en ruine' not in page
    assert 'Visite sur site' not in entrer(monde.autre).get('/espace')


def test_la_journee_ne_lit_pas_plus_quand_il_y_a_plus_de_demandes(monde, creer, entrer, requetes):
    navigateur = entrer(monde.chef)
    creer('attribue_chef')
    requetes.clear()
    navigateur.get('/espace')
    avant = len(requetes)
    for n in range(25):
        creer('attribue_chef', message=f'n{n}')
    requetes.clear()
    page = navigateur.get('/espace')
    assert len(requetes) == avant <= 6
    assert page.html.find('h2', id='receptionner').find_next('span').text == '26' and len(lignes(page, 'receptionner')) == 20


# --- la liste ---

def test_la_liste_a_les_dix_colonnes_dans_l_ordre(monde, creer, entrer):
    demande = creer('attribue_chef', date_a_tenir='2026-12-10')
    page = entrer(monde.autre).get('/espace/demandes')
    assert [th.text.strip() for th in page.html.select('thead th')] == [
        'Numéro', 'Thème', 'Fiche', 'Statut', 'Échéance', 'Lieu', 'Type', 'Collectivité', 'Structure', 'Direction']
    assert cellules(page) == {
        'Numéro': str(demande.numero), 'Thème': 'Aménagement', 'Fiche': 'Revitalisation de bourg-centre', 'Statut': 'Attribué chef de file',
        'Échéance': 'à tenir le 10/12 à rappeler au plus tard le 04/12', 'Lieu': 'Place de la Liberté', 'Type': 'Commune', 'Collectivité': 'Rieumes',
        'Structure': 'Haute-Garonne Ingénierie – HGI + CAUE', 'Direction': 'Direction assistance juridique et financière'}


def test_une_demande_libre_le_dit_et_un_lieu_vide_est_la_collectivite(monde, creer, entrer):
    creer('attribue_admin', lieu='')
    trouve = cellules(entrer(monde.autre).get('/espace/demandes'))
    assert (trouve['Fiche'], trouve['Lieu'], trouve['Structure'], trouve['Thème']) == ('Demande libre', 'Rieumes', '', '')


def test_les_filtres_se_combinent(monde, creer, entrer):
    une, deux, libre = creer('en_cours'), creer('attribue_chef', fiche=monde.urgente), creer('attribue_admin')
    navigateur = entrer(monde.autre)
    cd, hgi, caue = (a.direction.structure_id for a in (monde.admin, monde.chef, monde.cochef))
    for requete, attendus in (
            ('', [libre, deux, une]), ('statut=en_cours', [une]), (f'theme={monde.theme.id}', [deux]), (f'fiche={monde.fiche.id}', [une]),
            (f'structure={caue}', [une]), (f'structure={hgi}&chef=oui', [deux, une]), (f'structure={cd}', []),
            (f'direction={monde.chef.direction_id}&statut=attribue_chef', [deux]), (f'agent={monde.referent.id}', [une]),
            (f'epci={monde.epci.id}', [libre, deux, une]), (f'collectivite={monde.epci.id}', []),
            ('type=Commune', [libre, deux, une]), ('type=PETR', []),
            ('depuis=2026-11-24', [libre, deux, une]), ('depuis=2026-11-25', []), ('jusqua=2026-11-23', []), ('a_rappeler=oui', [libre, deux]),
            ('retard=oui', []), ('q=revitalisation', [une]), ('q=rieumes&statut=attribue_chef', [deux]), ('statut=&q=&theme=', [libre, deux, une])):
        assert numeros(navigateur.get(f'/espace/demandes?{requete}')) == [d.numero for d in attendus], requete


def test_chef_de_file_seulement_ecarte_les_structures_associees(monde, creer, entrer):
    creer('attribue_chef', fiche=monde.urgente, associe=True)
    navigateur, caue = entrer(monde.autre), monde.associe.direction.structure_id
    assert len(numeros(navigateur.get(f'/espace/demandes?structure={caue}'))) == 1
    assert numeros(navigateur.get(f'/espace/demandes?structure={caue}&chef=oui')) == []


def test_le_tri_suit_l_en_tete_et_le_dit(monde, creer, entrer):
    une, deux = creer('attribue_chef', collectivite=monde.epci), creer('attribue_chef')
    navigateur = entrer(monde.autre)
    page = navigateur.get('/espace/demandes?statut=attribue_chef')
    assert page.html.select_one('th[aria-sort]').text.strip() == 'Numéro' and page.html.select_one('th[aria-sort]')['aria-sort'] == 'descending'
    page = page.click('Collectivité')
    assert page.request.GET['statut'] == 'attribue_chef'
    assert numeros(page) == [une.numero, deux.numero] and page.html.select_one('th[aria-sort]')['aria-sort'] == 'ascending'
    page = page.click('Collectivité')
    assert numeros(page) == [deux.numero, une.numero] and page.html.select_one('th[aria-sort]')['aria-sort'] == 'descending'
    assert numeros(page.click('Numéro')) == [une.numero, deux.numero] or page.request.GET['tri'] == '-collectivite'


@pytest.mark.parametrize('requete', [
    'theme=abc', 'theme=-1', 'theme=99999999999999999999', 'statut=inconnu', 'type=Ville', 'depuis=2026-02-30', 'depuis=hier', 'retard=non', 'chef=1',
    'tri=message', 'tri=numero;drop', 'page=0', 'page=-1', 'page=abc', 'page=1.5', 'page=9999999999999999999999', f'q={"x" * 201}'])
def test_un_parametre_mal_forme_est_refuse_en_clair(requete, monde, creer, entrer):
    creer('attribue_chef')
    page = entrer(monde.autre).get(f'/espace/demandes?{requete}', status=400)
    assert 'evenez à la liste' in page


@pytest.mark.parametrize('requete', ['theme=999999', 'agent=999999', 'collectivite=999999', 'q=%3F%3F%3F', 'q=%22+OR+1', 'q=*', 'statut=abandonne'])
def test_un_resultat_vide_offre_une_sortie(requete, monde, creer, entrer):
    creer('attribue_chef')
    page = entrer(monde.autre).get(f'/espace/demandes?{requete}')
    assert numeros(page) == [] and 'Aucune demande ne répond à ce filtre' in page.html.select_one('.vide').text
    assert len(numeros(page.click('Voir toutes les demandes'))) == 1


def test_une_liste_sans_demande_ne_parle_pas_de_filtre(monde, entrer):
    page = entrer(monde.autre).get('/espace/demandes')
    assert "Aucune demande pour l'instant" in page and not page.html.select('.filtres-actifs')


def test_la_recherche_rapide_va_a_la_demande(monde, creer, entrer):
    demande = creer('attribue_chef')
    navigateur = entrer(monde.autre)
    for saisie in (f'{demande.numero}', f' n° {demande.numero} ', f'N°{demande.numero}', f'no {demande.numero}'):
        assert navigateur.get('/espace/demandes', {'q': saisie}, status=303).headers['Location'] == f'/espace/demandes/{demande.numero}'
    assert numeros(navigateur.get(f'/espace/demandes?q={demande.numero}&statut=en_cours')) == []
    assert numeros(navigateur.get('/espace/demandes?q=999')) == []


def test_les_filtres_actifs_se_retirent_un_a_un_ou_ensemble(monde, creer, entrer):
    creer('attribue_chef'), creer('en_cours', message='b')
    page = entrer(monde.autre).get(f'/espace/demandes?q=rieumes&statut=en_cours&depuis=2026-11-01&collectivite={monde.rieumes.id}&tri=-statut')
    assert page.html.select_one('.filtres-actifs strong').text == '4 filtres actifs'
    mots = [' '.join(a.text.split()) for a in page.html.select('.filtre-actif')]
    assert mots == [f'Retirer le filtre {filtre}' for filtre in (
        'Recherche : « rieumes »', 'Statut : En cours', 'Déposée depuis le 01/11/2026', 'Collectivité : Rieumes')]
    suite = page.goto(page.html.select('.filtre-actif')[1]['href'])
    assert len(numeros(suite)) == 2 and dict(suite.request.GET) == {'q': 'rieumes', 'depuis': '2026-11-01', 'collectivite': '2', 'tri': '-statut'}
    assert not page.click('Tout effacer').html.select('.filtre-actif')


def test_le_formulaire_garde_les_filtres_en_place(monde, creer, entrer):
    creer('attribue_chef')
    page = entrer(monde.autre).get(f'/espace/demandes?collectivite={monde.rieumes.id}&retard=&a_rappeler=oui&fiche={monde.fiche.id}&tri=statut')
    formulaire = next(f for f in page.forms.values() if 'theme' in f.fields)
    assert page.html.find('label', attrs={'for': 'q'}).text == 'Rechercher une demande'
    assert formulaire['fiche'].value == str(monde.fiche.id) and formulaire['a_rappeler'].checked and not formulaire['retard'].checked
    formulaire['statut'] = 'attribue_chef'
    suite = formulaire.submit()
    assert numeros(suite) == [1]
    assert {c: v for c, v in suite.request.GET.items() if v} == {
        'statut': 'attribue_chef', 'fiche': str(monde.fiche.id), 'a_rappeler': 'oui', 'collectivite': str(monde.rieumes.id), 'tri': 'statut'}


def test_les_onglets_comptent_ce_qu_ils_montrent(monde, creer, entrer, heure):
    creer('en_cours'), creer('attribue_chef', message='b'), creer('attribue_admin', message='c')
    heure('2026-12-05T09:00:00Z')
    navigateur = entrer(monde.referent)
    page = navigateur.get('/espace/demandes')
    assert onglets(page) == {'Toutes': 3, 'Mes demandes': 1, 'À rappeler': 2, 'En retard': 2, 'Ma structure': 2}
    for lien in page.html.select('.onglets a'):
        vue = navigateur.get(lien['href'])
        assert len(numeros(vue)) == int(lien.select_one('.compte').text)
        assert vue.html.select_one('.onglets [aria-current]').text == lien.text


@pytest.fixture
def centaine(monde):
    """103 demandes."""
    with models.ecriture():
        for n in range(1, 104):
            models.Demande.create(jeton=f'j{n}', origine='plateforme', statut='termine', depose_le='2026-11-01T08:00:00Z',
                                  clos_le='2026-11-02T08:00:00Z', collectivite_liee=monde.rieumes, collectivite='Rieumes',
                                  type='Commune', message='m')


def test_cinquante_demandes_par_page(centaine, monde, entrer):
    page = entrer(monde.autre).get('/espace/demandes')
    assert numeros(page) == list(range(103, 53, -1)) and '1 à 50 sur 103' in page
    page = page.click('Suivante')
    assert numeros(page) == list(range(53, 3, -1)) and '51 à 100 sur 103' in page
    page = page.click('Suivante')
    assert numeros(page) == [3, 2, 1] and '101 à 103 sur 103' in page and 'Suivante' not in page


def test_une_page_apres_la_fin_renvoie_a_la_derniere(centaine, monde, entrer):
    page = entrer(monde.autre).get('/espace/demandes?statut=termine&page=4', status=404)
    assert "Il n'y a pas de page 4" in page
    assert numeros(page.click('Aller à la page 3')) == [3, 2, 1]


def test_la_liste_se_lit_en_treize_requetes_au_plus_puis_en_trois_tant_que_rien_ne_change(centaine, monde, entrer, requetes):
    navigateur, adresse = entrer(monde.autre), f'/espace/demandes?q=rieumes&collectivite={monde.rieumes.id}&structure=2&page=1'
    requetes.clear()
    navigateur.get(adresse)
    assert 0 < len(requetes) <= 13
    requetes.clear()
    navigateur.get(adresse)
    assert 0 < len(requetes) <= 3


def test_la_recherche_est_reaffichee_sans_danger(monde, creer, entrer):
    page = entrer(monde.autre).get('/espace/demandes', {'q': '"><script>alert(1)</script>'})
    assert '<script>alert' not in page and page.html.find('input', id='q')['value'] == '"><script>alert(1)</script>'


def test_sans_compte_ni_liste_ni_export(site):
    for adresse in ('/espace', '/espace/demandes', '/espace/demandes.csv', '/espace/demandes/nouvelle'):
        site.get(adresse, status=401)


# --- diffusion restreinte ---

def test_une_demande_restreinte_n_existe_pas_pour_les_autres(monde, creer, entrer):
    secrete, ouverte = creer('attribue_chef', restreinte=True, message='Un agent mis en cause.', date_a_tenir='2026-12-10'), creer('attribue_chef')
    with models.ecriture():
        models.message_du_demandeur(secrete, 'Précision.')
    autre = entrer(monde.autre)
    assert numeros(autre.get('/espace/demandes')) == [ouverte.numero]
    assert onglets(autre.get('/espace/demandes')) == {'Toutes': 1, 'Mes demandes': 0, 'À rappeler': 1, 'En retard': 0, 'Ma structure': 0}
    assert numeros(autre.get('/espace/demandes?q=cause')) == [] and numeros(autre.get(f'/espace/demandes?q={secrete.numero}')) == []
    assert numeros(autre.get(f'/espace/demandes?collectivite={monde.rieumes.id}&agent={monde.chef.id}')) == [ouverte.numero]
    assert [d['Numéro'] for d in exporte(autre.get('/espace/demandes.csv'))] == [str(ouverte.numero)]
    assert autre.get('/espace').html.select_one('.vide')


def test_une_demande_restreinte_est_aux_collegues_ce_qu_elle_est_aux_autres(monde, creer, entrer):
    secrete = creer('attribue_chef', restreinte=True)
    collegue = entrer(monde.referent)                               # same structure as the chef, not in the team
    assert numeros(collegue.get(f'/espace/demandes?structure={monde.referent.direction.structure_id}')) == []
    assert exporte(collegue.get('/espace/demandes.csv')) == []
    for qui in ('chef', 'cochef', 'admin'):
        page = entrer(getattr(monde, qui)).get('/espace/demandes')
        assert numeros(page) == [secrete.numero] and 'Diffusion restreinte' in page


# --- l'export ---

def test_l_export_est_la_liste_filtree_dans_son_ordre(centaine, monde, creer, entrer):
    demande = creer('attribue_chef', collectivite=monde.epci)
    navigateur = entrer(monde.autre)
    assert [int(d['Numéro']) for d in exporte(navigateur.get('/espace/demandes.csv?tri=numero'))] == list(range(1, 105))
    assert [int(d['Numéro']) for d in exporte(navigateur.get('/espace/demandes.csv?statut=attribue_chef'))] == [demande.numero]
    assert [int(d['Numéro']) for d in exporte(navigateur.get('/espace/demandes.csv?tri=collectivite&page=3'))] == [104, *range(103, 0, -1)]
    assert navigateur.get('/espace/demandes?tri=collectivite&type=Commune').html.find('a', attrs={'download': True})['href'] == (
        '/espace/demandes.csv?type=Commune&tri=collectivite')


def test_les_colonnes_de_l_export(monde, creer, entrer):
    demande = creer('termine', associe=True, rappel_nom='Rappel', rappel_prenom='Paul', message='Ligne 1\nLigne 2 ; "suite"')
    reponse = entrer(monde.admin).get('/espace/demandes.csv')
    assert reponse.content_type == 'text/csv' and 'demandes-2026-11-24.csv' in reponse.headers['Content-Disposition']
    assert b'Autres structures;Issue;Message\r\n' in reponse.body
    assert exporte(reponse) == [{
        'Numéro': str(demande.numero), 'Thème': 'Aménagement', 'Fiche': 'Revitalisation de bourg-centre', 'Statut': 'Terminé',
        'Échéance': '04/12/2026', 'Lieu': 'Place de la Liberté', 'Type': 'Commune', 'Collectivité': 'Rieumes',
        'Structure': 'Haute-Garonne Ingénierie – HGI + CAUE', 'Direction': 'Direction assistance juridique et financière',
        'Date de dépôt': '24/11/2026', 'Date du premier contact': '24/11/2026', 'Date de clôture': '24/11/2026',
        'Origine': 'Plateforme', 'Maire ou président·e': 'Madame Jeanne Exemplaire', 'Personne à rappeler': 'Paul Rappel',
        'Courriel': 'mairie@rieumes.example', 'Téléphone': '05 36 49 00 12', 'Référent': 'Claude Temoin', 'Associés': 'Sacha Essai',
        'Rôle de la structure': '', 'Autres structures': "Conseil d'architecture, d'urbanisme et de l'environnement – CAUE",
        'Issue': 'accompagnement réalisé', 'Message': 'Ligne 1\nLigne 2 ; "suite"'}]


def test_le_contact_et_le_message_ne_sortent_que_pour_la_structure_de_l_equipe(monde, creer, entrer):
    creer('attribue_chef', fiche=monde.urgente, message='Besoin.')
    reserves = ('Maire ou président·e', 'Personne à rappeler', 'Courriel', 'Téléphone', 'Message')
    for qui, role, plein in (('chef', 'Chef de file', True), ('referent', 'Chef de file', True), ('admin', '', True), ('autre', '', False),
                             ('associe', '', False)):
        ligne, = exporte(entrer(getattr(monde, qui)).get('/espace/demandes.csv'))
        assert [bool(ligne[c]) for c in reserves] == [plein] * 5, qui
        assert ligne['Rôle de la structure'] == role and ligne['Collectivité'] == 'Rieumes'


def test_une_structure_associee_sans_personne_nommee_exporte_tout(monde, creer, entrer):
    demande = creer('attribue_chef', fiche=monde.urgente)
    with models.ecriture():
        models.associer(demande, monde.chef, demande.version, models.Structure.get_by_id(monde.associe.direction.structure_id))
    ligne, = exporte(entrer(monde.associe).get('/espace/demandes.csv'))
    assert ligne['Message'] and ligne['Rôle de la structure'] == 'Expert associé' and ligne['Associés'] == ligne['Autres structures'] != ''


def test_le_delegataire_exporte_comme_qui_l_a_habilite(monde, creer, entrer):
    creer('attribue_chef', fiche=monde.urgente)
    with models.ecriture():
        models.Delegation.create(pour=monde.chef, par=monde.autre)
    ligne, = exporte(entrer(monde.autre).get('/espace/demandes.csv'))
    assert ligne['Message'] and ligne['Rôle de la structure'] == 'Chef de file'


def test_une_demande_reorientee_et_une_saisie_directe_se_disent_dans_l_export(monde, creer, entrer):
    rejetee = creer('rejete')
    with models.ecriture():
        models.changer_statut(rejetee, 'repondre', monde.admin, rejetee.version, {
            'texte_final': 'Voyez la Région.', 'reponse': 'reorientee', 'organisme': 'Région Occitanie'})
    remplir(entrer(monde.autre).get('/espace/demandes/nouvelle')).submit(status=303)
    directe, ligne = exporte(entrer(monde.admin).get('/espace/demandes.csv'))
    assert ligne['Issue'] == 'Réorientée vers Région Occitanie'
    assert (directe['Origine'], directe['Personne à rappeler'], directe['Échéance']) == ('Reçue en direct', 'Jo Secrétaire', '')


def test_une_cellule_ne_devient_jamais_une_formule(monde, creer, entrer):
    creer('attribue_chef', lieu='=1+1', message='@SUM(A1)')
    ligne, = exporte(entrer(monde.admin).get('/espace/demandes.csv'))
    assert (ligne['Lieu'], ligne['Message']) == ("'=1+1", "'@SUM(A1)")


def test_un_export_laisse_une_trace_sans_ce_qui_a_ete_cherche(monde, creer, entrer, caplog):
    creer('attribue_chef')
    with caplog.at_level(logging.INFO, logger='plateforme'):
        entrer(monde.chef).get('/espace/demandes.csv?q=exemplaire&statut=attribue_chef')
    views.ecrire_notes()
    with models.lecture():
        trace = models.Audit.get(models.Audit.fait == 'export')
    assert (trace.agent_id, trace.fait_le) == (monde.chef.id, '2026-11-24T09:00:00Z')
    assert trace.detail == '0 demandes, filtres : q, statut' and trace.detail in caplog.text and 'exemplaire' not in caplog.text


def test_un_filtre_mal_forme_n_exporte_rien(monde, creer, entrer):
    creer('attribue_chef')
    entrer(monde.admin).get('/espace/demandes.csv?theme=abc', status=400)
    views.ecrire_notes()
    with models.lecture():
        assert not models.Audit.select().where(models.Audit.fait == 'export').exists()


# --- saisir une demande reçue en direct ---

SAISIE = {'collectivite': 'Rieumes', 'message': 'Réparer le pont.', 'voie': 'téléphone', 'nom': 'Secrétaire', 'prenom': 'Jo', 'fonction': 'DGS',
          'telephone': '05 36 49 00 99'}


def formulaire_de(page):
    return next(f for f in page.forms.values() if 'recue_le' in f.fields)


def remplir(page, **autres):
    formulaire = formulaire_de(page)
    for nom, valeur in (SAISIE | autres).items():
        formulaire[nom] = valeur
    return formulaire


def nombre():
    with models.lecture():
        return models.Demande.select().count()


def derniere():
    with models.lecture():
        return models.Demande.select().order_by(models.Demande.numero.desc()).first()


@pytest.fixture
def saisie(monde, entrer):
    """The form, opened by Dominique (another structure)."""
    return entrer(monde.autre).get('/espace/demandes/nouvelle')


def test_la_saisie_dit_qu_elle_est_facultative_et_propose_le_jour(saisie):
    assert "Facultatif\u00a0: transmettre une demande reçue en direct reste à l'appréciation de votre structure." in saisie.html.text
    formulaire = remplir(saisie)
    assert (formulaire['recue_le'].value, formulaire['suivi'].value, formulaire['contact_le'].value) == ('2026-11-24', 'moi', '')


def test_moi_ouvre_un_accompagnement_en_cours(saisie, monde):
    suite = remplir(saisie, fiche=str(monde.fiche.id), recue_le='2026-11-20', lieu='Le pont', date_a_tenir='2026-12-10').submit(status=303)
    demande = derniere()
    assert suite.headers['Location'] == f'/espace/demandes/{demande.numero}?fait=saisie'
    assert (demande.statut, demande.origine, demande.saisie_par_id, demande.voie) == ('en_cours', 'direct', monde.autre.id, 'téléphone')
    assert (demande.recue_le, demande.premier_contact_le, demande.echeance, demande.date_a_tenir) == ('2026-11-20', '2026-11-20', None, '2026-12-10')
    assert (demande.a_rappeler, demande.rappel_fonction, demande.telephone, demande.lieu) == ('Jo Secrétaire', 'DGS', '0536490099', 'Le pont')
    assert demande.collectivite_id == monde.rieumes.id and demande.theme_id == monde.fiche.theme_id
    assert not [modele for modele, _ in courriels() if modele.startswith('accuse')]


def test_un_autre_agent_suit_la_demande(saisie, monde):
    remplir(saisie, suivi='autre', referent=str(monde.referent.id), recue_le='2026-11-20', contact_le='2026-11-23').submit(status=303)
    demande = derniere()
    assert (demande.statut, demande.premier_contact_le) == ('en_cours', '2026-11-23')
    assert ('designation', monde.referent.courriel) in courriels()


def test_le_chef_de_file_designera(saisie, monde):
    remplir(saisie, suivi='chef', fiche=str(monde.urgente.id)).submit(status=303)
    assert (derniere().statut, derniere().premier_contact_le) == ('attribue_chef', None)
    assert ('nouvelle_chef', monde.chef.courriel) in courriels()


def test_sans_fiche_le_chef_de_file_est_a_trouver_par_l_administration(saisie):
    remplir(saisie, suivi='chef').submit(status=303)
    assert derniere().statut == 'attribue_admin'


def test_l_accuse_part_si_on_le_demande(saisie):
    remplir(saisie, courriel='dgs@rieumes.example', accuse=True).submit(status=303)
    assert ('accuse_direct', 'dgs@rieumes.example') in courriels()


def test_rien_de_rempli_tout_est_dit_et_rien_n_est_ecrit(saisie):
    page = remplir(saisie, collectivite='', message='', nom='', telephone='', recue_le='').submit(status=422)
    assert page.html.title.text.startswith('Erreur – ')
    assert [a['href'] for a in page.html.select('#erreurs a')] == ['#collectivite', '#message', '#recue_le', '#nom', '#courriel']
    assert all(page.html.find(id=a['href'][1:]) for a in page.html.select('#erreurs a'))
    assert nombre() == 0 and not courriels()


@pytest.mark.parametrize('champ,valeur', [
    ('recue_le', '2026-11-25'), ('recue_le', '2026-02-30'), ('recue_le', 'hier'), ('recue_le', '2024-11-23'),
    ('contact_le', '2026-11-25'), ('contact_le', '2026-11-23'),
    ('date_a_tenir', '2026-11-23'), ('telephone', '12'), ('courriel', 'a@b.fr, c@d.fr'), ('message', 'x' * 20_001), ('nom', 'x' * 201),
    ('collectivite', 'Zzyzx'), ('collectivite', '???'), ('collectivite', 'x' * 201)])
def test_une_saisie_fautive_revient_avec_ce_qui_a_ete_tape(champ, valeur, saisie):
    page = remplir(saisie, **{champ: valeur}).submit(status=422)
    assert [a['href'] for a in page.html.select('#erreurs a')] == [f'#{champ}']
    formulaire = formulaire_de(page)
    assert formulaire[champ].value == valeur and formulaire['message'].value and nombre() == 0


def test_un_accuse_veut_un_courriel_et_un_autre_agent_veut_un_nom(saisie):
    page = remplir(saisie, accuse=True, suivi='autre').submit(status=422)
    assert [a['href'] for a in page.html.select('#erreurs a')] == ['#courriel', '#referent'] and nombre() == 0


@pytest.mark.parametrize('nom,valeur', [('fiche', '999'), ('fiche', "1' OR 1"), ('referent', '7'), ('referent', 'x'), ('voie', 'pigeon'),
                                        ('suivi', 'personne')])
def test_un_choix_hors_de_la_liste_est_refuse(nom, valeur, saisie):
    formulaire = remplir(saisie, suivi='autre')
    formulaire[nom].force_value(valeur)
    assert f'#{nom}' in [a['href'] for a in formulaire.submit(status=422).html.select('#erreurs a')]
    assert nombre() == 0


def test_un_nom_ambigu_revient_avec_des_choix(saisie, monde):
    page = remplir(saisie, collectivite='rieum').submit(status=422)
    formulaire = formulaire_de(page)
    assert [a['href'] for a in page.html.select('#erreurs a')] == ['#collectivite_choix'] and page.html.find(id='collectivite_choix')
    formulaire['collectivite_choix'] = str(monde.rieumes.id)
    formulaire.submit(status=303)
    assert derniere().collectivite == 'Rieumes'


def test_une_faute_de_frappe_est_proposee_sans_etre_devinee(saisie):
    page = remplir(saisie, collectivite='Rieumess').submit(status=422)
    assert 'Rieumes (Commune, 31370)' in page and nombre() == 0


def test_accents_et_tirets_ne_comptent_pas(saisie):
    remplir(saisie, collectivite='ST ORENS DE GAMEVILLE').submit(status=303)
    assert derniere().collectivite == 'Saint-Orens-de-Gameville'


def test_une_collectivite_hors_liste_est_a_rattacher(saisie):
    page = remplir(saisie, collectivite='', hors_liste=True).submit(status=422)
    assert [a['href'] for a in page.html.select('#erreurs a')] == ['#type', '#nom_collectivite']
    remplir(page, collectivite='', type='Syndicat', nom_collectivite='SIVOM des Coteaux').submit(status=303)
    assert (derniere().collectivite, derniere().type, derniere().collectivite_id) == ('SIVOM des Coteaux', 'Syndicat', None)


def test_un_double_clic_ne_saisit_qu_une_demande(saisie):
    formulaire = remplir(saisie)
    premiere, seconde = formulaire.submit(status=303), formulaire.submit(status=303)
    assert premiere.headers['Location'] == seconde.headers['Location'] and nombre() == 1
    page = remplir(saisie, message='Un autre besoin.').submit(status=409)      # Back, another entry: the key has served already
    assert 'a déjà enregistré la demande n° 1' in page.html.find(id='erreurs').text.replace('\xa0', ' ')
    assert formulaire_de(page)['message'].value == 'Un autre besoin.' and nombre() == 1
    formulaire_de(page).submit(status=303)
    assert nombre() == 2 and derniere().message == 'Un autre besoin.'


def test_deux_besoins_semblables_le_meme_jour_sont_deux_demandes(saisie, monde):
    remplir(saisie, fiche=str(monde.fiche.id)).submit(status=303)
    remplir(saisie.test_app.get('/espace/demandes/nouvelle'), lieu='Le moulin').submit(status=303)
    assert nombre() == 2


def test_la_cle_du_formulaire_traverse_les_fautes_et_une_fausse_est_remplacee(saisie):
    cle = formulaire_de(saisie)['cle'].value
    page = remplir(saisie, nom='').submit(status=422)
    assert formulaire_de(page)['cle'].value == cle and len(cle) == 22
    for fausse in ('', 'x', 'é' * 22, 'x' * 300):
        formulaire = remplir(saisie, nom='')
        formulaire['cle'] = fausse
        page = formulaire.submit(status=422)
        assert formulaire_de(page)['cle'].value not in (cle, fausse) and len(page.html.select('#erreurs a')) == 1


def test_une_demande_confidentielle_suivie_par_d_autres_se_referme(saisie, monde):
    suite = remplir(saisie, confidentielle=True, suivi='autre', referent=str(monde.referent.id)).submit(status=303)
    assert derniere().restreinte and suite.headers['Location'] == '/espace/demandes?fait=saisie'
    liste = suite.follow()
    assert numeros(liste) == [] and 'La demande est saisie.' in liste


def test_le_texte_revient_apres_une_session_expiree(monde, entrer):
    navigateur = entrer(monde.autre)
    views.garder_reprise(navigateur.cookies['session'].strip('"'), '/espace/demandes/nouvelle', SAISIE | {'suivi': 'chef', 'intrus': 'x'})
    page = navigateur.get('/espace/demandes/nouvelle')
    formulaire = formulaire_de(page)
    assert (formulaire['message'].value, formulaire['suivi'].value, formulaire['nom'].value) == ('Réparer le pont.', 'chef', 'Secrétaire')
    formulaire['recue_le'] = '2026-11-24'
    formulaire.submit(status=303)
    assert formulaire_de(navigateur.get('/espace/demandes/nouvelle'))['message'].value == ''


def test_des_octets_ou_un_controle_dans_la_saisie_sont_refuses(saisie):
    navigateur = saisie.test_app
    navigateur.post('/espace/demandes/nouvelle', b'message=%ff%fe&nom=x', status=400)
    navigateur.post('/espace/demandes/nouvelle', {'message': 'a\x00b'}, status=400)
    navigateur.get('/espace/demandes?q=%ff', status=400)
    assert nombre() == 0


def test_la_saisie_ecrit_son_journal_une_fois(saisie):
    remplir(saisie).submit(status=303)
    demande = derniere()
    assert [nature for nature, _ in natures(demande)] == ['depot', 'contact', 'statut'] and demande.version == 1


def test_le_tri_par_echeance_met_en_dernier_les_demandes_sans_delai(saisie, creer, monde):
    tard, tot = creer('attribue_chef'), creer('attribue_chef', fiche=monde.urgente)
    remplir(saisie).submit(status=303)
    page = saisie.test_app.get('/espace/demandes?tri=echeance')
    assert numeros(page) == [tot.numero, tard.numero, derniere().numero]
    assert numeros(page.click('Échéance')) == [tard.numero, tot.numero, derniere().numero]


def test_une_demande_importee_sans_journal_ne_derange_pas_la_journee(entrer, monde, creer):
    demande = creer('en_cours')
    with models.ecriture():
        models.db.execute_sql('DROP TRIGGER journal_sans_suppression')
        models.db.execute_sql('DELETE FROM journal WHERE demande_id = ?', (demande.numero,))
    assert entrer(monde.referent).get('/espace', status=200)
