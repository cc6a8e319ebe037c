"""Handing over what an agent holds: the screen, what it writes, what it refuses, what undoing puts back."""

import pytest
from conftest import (
    DEPART, agir, changer_ligne, corps_de, courriels, creer_ligne, dernier_courriel, en_ecriture, faits, fautes,
    lettres_du_modele, relire, saisie_de)
from fichiers import lire

import models
from models import Refus
from verbes import relais
from verbes.exploitation import porteur
from verbes.administration import departs, passation, succession
from verbes.demande import actes, cycle

DEMAIN = '2026-11-25T09:00:01Z'                                     # 24 hours and one second later


def choisir(genre='depart', date='2026-11-24', retour='', direction='', defaut='', **lignes):
    return succession.Choix(genre, date, retour, direction, str(defaut), {c: str(v) for c, v in lignes.items()})


def transferer(agent, par, **choix):
    """Prepare, then write what was prepared."""
    choix = choisir(**choix)
    with models.lecture():
        plan = succession.preparer(lu(agent), par, choix)
    return en_ecriture(passation.transferer, lu(agent), par, choix, plan.empreinte)


def refuser(agent, par, **choix):
    """The one fault of these choices: (field, sentence); and the verb itself writes nothing of it."""
    with models.lecture():
        plan = succession.preparer(lu(agent), par, choisir(**choix))
    avant = etat()
    with pytest.raises(Refus) as refus, models.ecriture():
        passation.transferer(lu(agent), par, choisir(**choix), plan.empreinte)
    assert etat() == avant and list(plan.fautes.items())[0] == (refus.value.champ, refus.value.phrase)
    return refus.value.champ, refus.value.phrase.replace('\xa0', ' ')


def lu(agent):
    return models.lire_agents('WHERE agent.id = ?', agent.id)[0]


def annuler(faite, par):
    with models.ecriture():
        return passation.annuler(models.Passation.get_by_id(faite.id), par)


def equipe(demande):
    """[(role, rank, first name)] of a team."""
    return lire('SELECT role, rang, prenom FROM membre LEFT JOIN agent ON agent.id = agent_id WHERE demande_id = ? '
                'ORDER BY role, rang', demande.numero)


def cles(agent):
    with models.lecture():
        return {ligne.quoi: ligne.cle for ligne in succession.tenir(lu(agent))}


def derniere_ligne(demande):
    """Of its journal."""
    with models.lecture():
        return demande.journal.order_by(models.Journal.id.desc()).first()


def pilotages():
    return lire('SELECT titre, prenom, rang FROM pilotage JOIN fiche ON fiche.id = fiche_id '
                'JOIN agent ON agent.id = agent_id ORDER BY titre, rang')


# What a hand-over and its undoing leave behind: who did what, what was mailed, and how many times a row changed.
TRACES = ('journal', 'audit', 'courriel', 'passation', 'marque', 'sqlite_sequence')


def etat(sauf=TRACES):
    """{table: rows} of the whole base but what only tells it; of a demande, not its version."""
    with models.lecture():
        tables = [nom for nom, in models.db.execute_sql(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'recherche%'")]
        lues = {}
        for table in set(tables) - set(sauf):
            curseur = models.db.execute_sql(f'SELECT * FROM {table}')
            noms = [colonne[0] for colonne in curseur.description]
            lues[table] = sorted(repr({n: v for n, v in zip(noms, ligne) if n != 'version'}) for ligne in curseur)
        return lues


def test_un_depart_passe_les_equipes_les_fiches_et_la_direction_puis_ferme_le_compte(monde, creer):
    suivie, deposee = creer('en_cours'), creer('attribue_chef', message='Autre.')
    faite = transferer(monde.chef, monde.admin, defaut=monde.referent.id)
    assert equipe(suivie) == [('chef_de_file', 0, 'Claude'), ('chef_de_file', 1, 'Andrea'), ('referent', 0, 'Claude')]
    assert equipe(deposee) == [('chef_de_file', 0, 'Claude'), ('chef_de_file', 1, 'Andrea')]
    assert pilotages() == [('Conseil juridique', 'Claude', 0), ('Contentieux', 'Claude', 0),
                           ('Revitalisation de bourg-centre', 'Claude', 0),
                           ('Revitalisation de bourg-centre', 'Andrea', 1)]
    assert lu(monde.referent).pilote and not lu(monde.chef).pilote and not lu(monde.chef).actif
    ligne = derniere_ligne(suivie)
    assert (ligne.auteur, ligne.agent_id, ligne.nature) == ('Maxime Exemple', monde.admin.id, 'equipe')
    assert ligne.texte.replace('\xa0', ' ') == (
        'Passation (départ) : Claude Temoin reprend le rôle de chef de file de Camille Exemple.')
    assert ('passation', monde.admin.courriel, 'Camille Exemple, départ\xa0: 6\xa0lignes') in faits()
    assert relire(suivie).version == suivie.version + 1 and faite.ferme_le == '2026-11-24'
    en_ecriture(models.db.execute_sql, 'UPDATE pilotage SET rang = 3 WHERE fiche_id = ?', (monde.contentieux.id,))
    assert [bougee.titre for bougee in annuler(faite, monde.admin)] == ['fiche «\xa0Contentieux\xa0»']
    assert [prenom for _, prenom, _ in pilotages()] == ['Camille', 'Claude', 'Camille', 'Andrea']
    assert 'fiche «\xa0Contentieux\xa0»' in corps_de('passation_annulee')


def test_deux_cents_demandes_passent_d_un_ecran_leger_et_reviennent_a_l_identique(monde, maxime):
    with models.ecriture():                                         # one in two with them as référent, of ten mairies
        for n in range(200):
            demande, _ = cycle.deposer(saisie_de(monde, message=f'Demande {n}.',
                                                 courriel=f'mairie{n // 2 % 10}@rieumes.example'))
            if n % 2:
                cycle.changer_statut(demande, 'designer', monde.chef, demande.version, {'referent': lu(monde.chef)})
    page = maxime.get(passation.adresse(monde.chef), status=200)
    assert len(page.html.select('select')) > 300 and len(page.body) < 200_000
    for pour, par in ((monde.chef, monde.referent), (monde.autre, monde.chef)):     # what comes from others passes too
        creer_ligne(models.Delegation, pour=pour, par=par)
    creer_ligne(models.Absence, agent=monde.cochef, du='2026-11-20', au='2026-12-30', suppleant=monde.chef)
    avant = etat()
    faite = transferer(monde.chef, monde.admin, defaut=monde.referent.id)
    assert lire('SELECT par_id FROM delegation WHERE pour_id = ?', monde.autre.id) == [(monde.referent.id,)]
    assert lire('SELECT suppleant_id FROM absence') == [(monde.referent.id,)]
    assert courriels(modele='passation_successeur') == [('passation_successeur', monde.referent.courriel)]
    assert len(courriels(modele='passation_mairie')) == 10
    assert annuler(faite, monde.admin) == []
    assert etat() == avant and courriels(modele='passation_mairie') == []
    assert lire("SELECT count(*) FROM journal WHERE texte LIKE 'Passation annulée%'") == [(200,)]
    assert ('passation annulée', monde.admin.courriel, 'Camille Exemple') in faits()
    assert [qui for _, qui in courriels(modele='passation_annulee')] == [monde.referent.courriel, monde.chef.courriel]


def test_qui_est_deja_dans_l_equipe_prend_le_rang_sans_doublon_et_le_message_que_personne_n_a_lu(monde, creer, entrer):
    changer_ligne(monde.cochef, direction=monde.chef.direction)
    demande = creer('en_cours', associe=True)
    with models.ecriture():
        actes.message_du_demandeur(models.Demande.get_by_id(demande.numero), 'La mairie attend un plan.')
    avant = etat()
    un = transferer(monde.chef, monde.admin, defaut=monde.cochef.id)
    assert equipe(demande) == [('associe', 3, 'Sacha'), ('chef_de_file', 0, 'Andrea'), ('referent', 0, 'Claude')]
    annuler(un, monde.admin)
    deux = transferer(monde.referent, monde.admin, defaut='chef')
    assert ('referent', 0, 'Camille') in equipe(demande) and 'Claude' not in str(equipe(demande))
    attend = entrer(monde.chef)
    assert 'message du' in attend.get('/espace').text
    annuler(deux, monde.admin)
    attend.post('/deconnexion')
    assert etat() == avant
    changer_ligne(monde.cochef, direction=monde.associe.direction)
    champ, phrase = refuser(monde.chef, monde.admin, defaut='chef')
    assert champ[0] in 'mfp' and phrase.startswith('Aucun autre chef de file')


def test_chaque_ligne_peut_avoir_son_successeur_ou_rester_et_l_acces_s_efface_quand_meme(inscrits, creer, heure):
    creer('attribue_chef')
    neuf = creer_ligne(models.Agent, prenom='Lou', nom='Neuf', courriel='lou@hgi.example', cree_le=DEPART,
                       direction=inscrits.chef.direction, ouvert_le=DEPART)
    siennes = cles(inscrits.chef)
    transferer(inscrits.chef, inscrits.admin, defaut=inscrits.referent.id,
               **{siennes['chef_de_file']: neuf.id, siennes['fiche']: 'garder'})
    assert lire('SELECT count(*) FROM membre WHERE agent_id = ?', neuf.id) == [(1,)]
    assert [prenom for _, prenom, _ in pilotages()].count('Camille') == 1
    transferer(inscrits.chef, inscrits.admin, defaut=inscrits.referent.id)     # what stayed, then
    heure(DEMAIN)
    porteur.mener_a_terme()
    assert lu(inscrits.chef).mot_de_passe is None and succession.tenir(lu(inscrits.chef)) == []


def test_le_compte_ferme_garde_de_quoi_revenir_un_jour_puis_plus_rien(inscrits, heure, entrer):
    en_ecriture(relais.donner_delegation, inscrits.chef, inscrits.referent.id, '', '')
    session = entrer(inscrits.chef)
    transferer(inscrits.chef, inscrits.admin, defaut=inscrits.referent.id)
    session.get('/espace', status=401)
    porteur.mener_a_terme()
    assert lu(inscrits.chef).mot_de_passe and len(lire('SELECT * FROM delegation')) == 1
    with models.lecture():
        assert set(lu(inscrits.referent).identites) == {inscrits.referent.id}
    heure(DEMAIN)
    porteur.mener_a_terme()
    ferme = lu(inscrits.chef)
    assert (ferme.actif, ferme.mot_de_passe, ferme.ouvert_le) == (False, None, None)
    assert lire('SELECT * FROM delegation') == [] and lire('SELECT ferme_le FROM passation') == [(None,)]
    avant = etat(sauf=())
    porteur.mener_a_terme()
    assert etat(sauf=()) == avant


def test_un_depart_a_venir_ferme_le_compte_ce_jour_la_et_dit_ce_qui_lui_a_ete_confie_entre_temps(
        monde, heure, entrer, creer):
    session = entrer(monde.chef)
    transferer(monde.chef, monde.admin, date='2026-11-30', defaut=monde.referent.id)
    assert courriels(modele='passation_titulaire') == [('passation_titulaire', monde.chef.courriel)]
    demande = creer('attribue_admin', message='Nouvelle.')
    en_ecriture(cycle.changer_statut, demande, 'orienter', monde.admin, demande.version,
                {'direction': monde.chef.direction, 'chefs': [lu(monde.chef)], 'accord': 'a_recueillir'})
    heure('2026-11-29T22:59:00Z')
    porteur.mener_a_terme()
    assert lu(monde.chef).actif
    heure('2026-11-29T23:00:01Z')                                   # midnight in Paris
    porteur.mener_a_terme()
    assert not lu(monde.chef).actif
    session.get('/espace', status=401)
    assert faits().count(('compte fermé', monde.chef.courriel, '')) == 1
    corps = corps_de('alerte').replace('\xa0', ' ')
    assert f'chef de file de 1 demande ouverte : n° {demande.numero}' in corps
    assert passation.adresse(monde.chef) in corps


def test_ni_un_compte_rouvert_ni_le_dernier_administrateur_du_jour_dit_ne_se_ferment(monde, heure):
    changer_ligne(monde.autre, administrateur=True)
    transferer(monde.chef, monde.admin, defaut=monde.referent.id)
    transferer(monde.admin, monde.autre, date='2026-11-30', defaut='garder')
    with models.ecriture():
        departs.rouvrir(lu(monde.chef))
        departs.fermer(lu(monde.autre))
    for instant, alertes in ((DEMAIN, 0), ('2026-11-30T00:00:01Z', 1), ('2026-11-30T00:00:02Z', 1)):
        heure(instant)
        porteur.mener_a_terme()
        assert lu(monde.chef).actif and lu(monde.admin).actif, instant
        assert len(courriels(modele='alerte')) == alertes, instant      # it is said, once
    assert lire('SELECT ferme_le FROM passation WHERE agent_id = ?', monde.chef.id) == [(None,)]


def test_la_fermeture_prevue_s_annule_seule_et_une_absence_d_avant_ne_l_empeche_pas(monde, entrer, heure):
    def partir(qui):
        transferer(qui, monde.admin, date='2026-12-30', defaut='garder')
    partir(monde.chef), partir(monde.cochef)
    transferer(monde.cochef, monde.admin, genre='absence', date='2026-12-20', retour='2026-12-22')
    heure('2026-12-01T09:00:00Z')
    porteur.mener_a_terme()
    page = entrer(monde.admin).get(passation.adresse(monde.chef), status=200)
    assert 'Annuler la passation' in page.text and not [f for f in page.forms.values() if f.action.endswith('annuler')]
    next(f for f in page.forms.values() if f.action.endswith('garder')).submit(status=303)
    heure('2026-12-30T09:00:00Z')
    porteur.mener_a_terme()
    assert lu(monde.chef).actif and ('fermeture annulée', monde.admin.courriel, 'Camille Exemple') in faits()
    assert not lu(monde.cochef).actif


def test_une_longue_absence_note_un_suppleant_ne_passe_que_ce_qui_est_choisi_et_dit_qui_agit(monde, creer, maxime):
    demande, claude = creer('en_cours'), 'Claude Temoin agit pour Camille Exemple,'
    avant, absence = etat(), {'genre': 'absence', 'date': '2026-12-01'}
    for retour, suppleant, dit in (
            ('', monde.referent.id, f'{claude} à partir du 01/12/2026, jusqu\'à son retour.'),
            ('2026-12-20', monde.referent.id, f'{claude} du 01/12/2026 au 20/12/2026.'),
            ('2026-12-20', '', 'Personne n\'agit pour Camille Exemple, sans suppléant, du 01/12/2026 au 20/12/2026.')):
        faite = transferer(monde.chef, monde.admin, retour=retour, defaut=suppleant, **absence)
        page = maxime.get(passation.adresse(monde.chef))
        message = ' '.join(page.html.select_one('.message').get_text(' ').split())
        assert message.startswith('Absence notée le') and dit in message.replace('\xa0', ' '), dit
        assert '0 ligne' not in message
        annuler(faite, monde.admin)
    faite = transferer(monde.chef, monde.admin, defaut=monde.referent.id, **absence,
                       **{cles(monde.chef)['chef_de_file']: monde.referent.id})
    assert equipe(demande)[0] == ('chef_de_file', 0, 'Claude') and pilotages()[0][1] == 'Camille'
    assert lire('SELECT agent_id, du, au, suppleant_id FROM absence') == [
        (monde.chef.id, '2026-12-01', None, monde.referent.id)]
    assert lu(monde.chef).actif
    annuler(faite, monde.admin)
    assert etat() == avant
    assert ('passation_annulee', monde.referent.courriel) in courriels()
    creer_ligne(models.Absence, agent=monde.chef, du='2026-11-20', au=None)     # noted already, it stays as it is
    transferer(monde.chef, monde.admin, genre='absence', **{cles(monde.chef)['chef_de_file']: monde.referent.id})
    assert len(lire('SELECT * FROM absence')) == 1 and equipe(demande)[0][2] == 'Claude'


def test_un_changement_de_direction_passe_tout_et_change_la_direction(monde, maxime, creer):
    demande, vers = creer('attribue_chef'), monde.admin.direction
    creer_ligne(models.Delegation, pour=monde.chef, par=monde.referent)
    form = formulaire(maxime.get(f'{passation.adresse(monde.chef)}?direction={vers.id}', status=200))
    assert (form['genre'].value, form['direction'].value) == ('direction', str(vers.id))
    form['defaut'] = str(monde.referent.id)
    avant = etat()
    formulaire(form.submit('acte', status=200)).submit('acte', index=1, status=303)
    change = lu(monde.chef)
    assert (change.direction_id, change.pilote, change.actif) == (vers.id, False, True)
    assert equipe(demande)[0][2] == 'Claude' and lire('SELECT * FROM delegation') == []     # of another structure
    assert ('direction changée', monde.admin.courriel, 'pour Camille Exemple, DDAT') in faits()
    with models.lecture():
        faite = models.Passation.get()
    annuler(faite, monde.admin)
    assert etat() == avant


def test_une_demande_restreinte_ne_passe_qu_a_son_equipe_et_ne_se_dit_que_par_son_numero(monde, creer, maxime):
    demande = creer('en_cours', restreinte=True)
    page = maxime.get(passation.adresse(monde.chef), status=200)
    panneau = page.html.select_one('#s-restreinte').find_parent('section')
    assert f'n°\xa0{demande.numero}' in panneau.text and 'Rieumes' not in page.text
    assert [o.text.strip() for o in panneau.select('option')] == [
        'Choisir dans l\'équipe', 'Ne pas transférer', 'Andrea Modele', 'Claude Temoin']
    cle = cles(monde.chef)['chef_de_file']
    champ, phrase = refuser(monde.chef, monde.admin, defaut=monde.referent.id)
    assert champ == cle and 'Choisissez dans l\'équipe' in phrase
    hors = refuser(monde.chef, monde.admin, defaut=monde.referent.id, **{cle: monde.autre.id})
    assert hors[0] == cle and 'qu\'à quelqu\'un de son équipe' in hors[1]
    transferer(monde.chef, monde.admin, defaut=monde.referent.id, **{cle: monde.referent.id})
    assert equipe(demande)[0] == ('chef_de_file', 0, 'Claude')
    corps = corps_de('passation_successeur').replace('\xa0', ' ')
    assert f'n° {demande.numero}\n' in corps and 'Rieumes' not in corps


def test_un_compte_deja_ferme_previent_les_mairies_aussitot_un_vide_se_ferme_d_une_page_courte(monde, creer, maxime):
    creer('en_cours')
    en_ecriture(departs.fermer, lu(monde.referent))
    form = formulaire(maxime.get(passation.adresse(monde.referent), status=200))
    assert 'date' not in form.fields
    form['defaut'] = str(monde.chef.id)
    apercu = form.submit('acte', status=200)
    assert 'Le compte est déjà fermé' in apercu.text
    formulaire(apercu).submit('acte', index=1, status=303)
    assert dernier_courriel('passation_mairie').a_partir_de == DEPART
    page = maxime.get(f'/espace/admin/comptes/{monde.associe.id}/depart', status=200)
    assert 'Rien à reprendre' in page.text
    courte = next(f for f in page.forms.values() if 'date' in f.fields and 'defaut' not in f.fields)
    apercu = courte.submit('acte', status=200)                      # it asks first
    assert 'Le compte se ferme aussitôt, et ses sessions avec lui.' in apercu.text and lu(monde.associe).actif
    formulaire(apercu).submit('acte', index=1, status=303)
    assert not lu(monde.associe).actif and ('compte fermé', monde.admin.courriel, 'pour Sacha Essai') in faits()


def test_annuler_laisse_et_nomme_ce_qui_a_bouge_depuis(monde, creer, entrer):
    reste, revient = creer('en_cours'), creer('en_cours', message='Deux.')
    transferer(monde.referent, monde.admin, defaut=monde.chef.id)
    agir(actes.corriger, reste, monde.chef, {'lieu': 'Ailleurs'})
    navigateur = entrer(monde.admin)
    page = navigateur.get(passation.adresse(monde.referent), status=200)
    panneau = page.html.select_one('#annuler').find_parent('section')
    assert f'n°\xa0{reste.numero}' in panneau.text and 'Camille Exemple, ' in panneau.text
    assert f'n°\xa0{revient.numero}' not in panneau.text
    suite = next(f for f in page.forms.values() if f.action.endswith('annuler')).submit(status=303).follow()
    assert ('referent', 0, 'Camille') in equipe(reste) and ('referent', 0, 'Claude') in equipe(revient)
    assert 'restent où elles sont' in suite.text and str(reste.numero) in suite.text
    corps = corps_de('passation_mairie')
    assert reste.jeton in corps and revient.jeton not in corps and lu(monde.referent).actif


def test_l_annulation_ne_dit_pas_a_qui_n_est_pas_de_l_equipe_qu_une_demande_restreinte_a_bouge(monde, creer):
    tue, dite = creer('en_cours', restreinte=True), creer('en_cours', message='b')
    changer_ligne(monde.autre, direction=monde.chef.direction_id)   # of their structure, not of its team
    with models.lecture():
        places = {ligne.objet.demande_id: ligne.cle for ligne in succession.tenir(lu(monde.referent))}
    faite = transferer(monde.referent, monde.admin, genre='absence',
                       **{places[tue.numero]: monde.chef.id, places[dite.numero]: monde.autre.id})
    en_ecriture(models.db.execute_sql, 'UPDATE demande SET version = version + 1')
    annuler(faite, monde.admin)
    corps = {c.destinataire: c.corps.replace('\xa0', ' ').split(' : ')[2].split('.')[0]
             for c in lettres_du_modele('passation_annulee')}
    tout = f'n° {tue.numero} et n° {dite.numero}'
    assert corps == {monde.autre.courriel: f'n° {dite.numero}', monde.chef.courriel: tout,
                     monde.referent.courriel: tout}


def test_apres_24_heures_la_collectivite_connait_le_repreneur_et_rien_ne_s_annule(monde, creer, heure, entrer):
    demande = creer('en_cours')
    faite = transferer(monde.referent, monde.admin, defaut=monde.chef.id)
    assert relire(demande).referent_dit_id == monde.referent.id
    heure(DEMAIN)
    with pytest.raises(Refus, match='ne s\'annule plus'):
        annuler(faite, monde.admin)
    entrer(monde.admin).post(f'{passation.adresse(monde.referent)}/annuler', status=409)
    porteur.mener_a_terme()
    assert relire(demande).referent_dit_id == monde.chef.id


def test_un_depart_peut_confier_a_une_autre_structure_et_le_dit(monde, creer, maxime):
    demande = creer('en_cours')
    creer_ligne(models.Absence, agent=monde.referent, du='2026-12-01', au='2026-12-30', suppleant=monde.chef)
    form = formulaire(maxime.get(passation.adresse(monde.chef), status=200))
    form['defaut'] = str(monde.autre.id)
    page = form.submit('acte', status=200)
    assert 'Passe à une autre structure que Haute-Garonne Ingénierie' in page.text
    assert 'Conseil départemental de la Haute-Garonne (4 lignes)' in page.html.text.replace('\xa0', ' ')
    formulaire(page).submit('acte', index=1, status=303)
    assert lire('SELECT suppleant_id FROM absence') == [(monde.chef.id,)]     # a suppléant is of the same structure
    assert 'Dominique Autre (CD31) reprend le rôle de chef de file' in derniere_ligne(demande).texte
    assert relire(demande).structure_id == 1


def test_chaque_refus_est_une_phrase_et_n_ecrit_rien(monde, creer, maxime):
    maxime.get('/espace/admin/comptes/999999/depart', status=404)
    creer('attribue_chef')
    form, cle = formulaire(maxime.get(passation.adresse(monde.chef), status=200)), cles(monde.chef)['fiche']
    form['date'], form['defaut'], form[cle] = '2026-11-20', str(monde.referent.id), 'garder'
    page = form.submit('acte', status=422)                          # on screen, what was chosen comes back
    assert fautes(page) == ['À compter du : un compte ne se ferme pas dans le passé : indiquez aujourd\'hui, '
                            'ou un jour à venir.']
    assert formulaire(page)[cle].value == 'garder' and formulaire(page)['date'].value == '2026-11-20'
    page = maxime.post(passation.adresse(monde.chef), {'acte': 'transferer', '': 'x'}, status=422)
    assert len(fautes(page)) == 2 and lire('SELECT * FROM passation') == []
    chef, referent, liste = monde.chef.id, {'defaut': monde.referent.id}, 'Choisissez dans la liste'
    for choix, champ, dit in (
            ({'defaut': chef}, 'defaut', 'ne peut pas se succéder'),
            ({'defaut': monde.parti.id}, 'defaut', 'est fermé'),
            ({'defaut': monde.autre.id, 'genre': 'absence'}, 'defaut', 'est d\'une autre structure (CD31)'),
            ({'defaut': '999999'}, 'defaut', liste), ({'defaut': 'abc'}, 'defaut', liste),
            ({'defaut': '999999', 'genre': 'absence'}, 'defaut', liste),
            ({'defaut': '9' * 30, 'genre': 'absence'}, 'defaut', liste),
            ({'defaut': ''}, 'defaut', 'Choisissez qui reprend par défaut'),
            ({**referent, 'date': '2026-11-23'}, 'date', 'ne se ferme pas dans le passé'),
            ({**referent, 'date': '31 février'}, 'date', 'à compter de quel jour'),
            ({**referent, 'genre': 'vacances'}, 'genre', liste),
            ({**referent, 'genre': 'direction'}, 'direction', 'nouvelle direction'),
            ({**referent, 'genre': 'absence', 'retour': '2026-11-23'}, 'retour', 'La fin est avant le début'),
            ({**referent, 'p': monde.cochef.id}, 'p', 'de la même direction')):
        ou, phrase = refuser(monde.chef, monde.admin, **choix)
        assert ou == champ and dit in phrase and phrase.endswith('.'), choix
    absence = creer_ligne(models.Absence, agent=monde.referent, du='2026-11-20', au=None)
    assert 'absent·e et sans suppléant' in refuser(monde.chef, monde.admin, **referent)[1]
    en_ecriture(absence.delete_instance)
    changer_ligne(monde.referent, ouvert_le=None)
    assert 'pas encore ouvert son compte' in refuser(monde.chef, monde.admin, **referent)[1]
    champ, phrase = refuser(monde.admin, monde.admin, defaut='garder')
    assert champ == 'genre' and 'dernier administrateur' in phrase
    with pytest.raises(Refus, match='dernier administrateur présent'):
        transferer(monde.admin, monde.admin, genre='absence', defaut='')


def formulaire(page):
    """The form of the whole screen."""
    return next(f for f in page.forms.values() if 'defaut' in f.fields)


def test_ce_qui_a_change_depuis_l_apercu_refait_la_page_et_le_dit(monde, creer, maxime):
    demande = creer('attribue_chef')
    form = formulaire(maxime.get(passation.adresse(monde.chef), status=200))
    form['defaut'] = str(monde.referent.id)
    form = formulaire(form.submit('acte', status=200))
    for bouger in ('demande', 'nouvelle', 'choix'):
        if bouger == 'demande':
            agir(actes.corriger, demande, monde.chef, {'lieu': 'Ailleurs'})
        elif bouger == 'nouvelle':
            creer('attribue_chef', message='Autre.')
        else:
            form[cles(monde.chef)['fiche']] = 'garder'
        refait = form.submit('acte', index=1, status=409)
        assert 'Aperçu refait' in refait.text and lu(monde.chef).actif and equipe(demande)[0][2] == 'Camille', bouger
        form = formulaire(refait)
    form.submit('acte', index=1, status=303)
    assert equipe(demande)[0][2] == 'Claude'


def test_un_incident_au_milieu_ne_laisse_rien_d_ecrit(monde, creer, maxime, monkeypatch):
    for n in range(3):
        creer('en_cours', message=str(n))
    form = formulaire(maxime.get(passation.adresse(monde.referent)))
    form['defaut'] = str(monde.chef.id)
    form = formulaire(form.submit('acte', status=200))
    avant, vrai, combien = etat(sauf=()), passation.indexer, iter((1, 0))
    monkeypatch.setattr(passation, 'indexer', lambda demande: 1 / next(combien) and vrai(demande))
    form.submit('acte', index=1, expect_errors=True)
    assert etat(sauf=()) == avant


def test_la_passation_d_un_essai_se_dit_un_essai_et_un_delegataire_signe_pour_un_administrateur(monde, creer):
    demande = creer('en_cours')
    en_ecriture(models.Demande.update(essai=True).execute)
    creer_ligne(models.Delegation, pour=monde.admin, par=monde.autre)
    transferer(monde.referent, lu(monde.autre), defaut=monde.chef.id)
    ligne = derniere_ligne(demande)
    assert (ligne.agent_id, ligne.pour_id) == (monde.autre.id, monde.admin.id)
    lettre, repris = dernier_courriel('passation_mairie'), corps_de('passation_successeur')
    assert lettre.objet.startswith('Essai – Votre nouvel interlocuteur') and 'Ceci est un essai' in lettre.corps
    assert 'Essai – n°' in repris
