"""What does not change the statut of a demande, through the web (regles.ACTES, verbes/demande/actes.py)."""
import re

import pytest
from conftest import (
    DEPART, agir, au_matin, changer_demande, changer_ligne, courriels, creer_ligne, lettres_du_modele, relire,
    relire_ici, texte)
from test_dossier import adresse, boutons, envoyer, fait, panneau, remplir, textes, tete, trace

import models
from verbes import questions, regles
from verbes.colonnes import CORRIGEES, TAPEES
from verbes.demande import actes
from views.demande import dossier
from views.demande.gestes import GESTES
from verbes.exploitation import porteur


def test_corriger_arrive_rempli_n_ecrit_que_ses_champs_possibles_et_n_efface_ni_la_fiche_ni_le_seul_moyen_de_joindre(
        creer, monde, entrer, heure):
    demande, nav = creer('en_cours'), entrer(monde.referent)
    champs = {'theme': 2, 'fiche': 2, 'lieu': 'École', 'date_a_tenir': '2026-12-10', 'collectivite': 'Rieumes',
              'civilite': 'Madame', 'nom': 'Exemplaire', 'prenom': 'Jeanne',
              'rappel_nom': 'Pareil', 'rappel_prenom': 'Alix', 'telephone': '+33 5 36 49 00 13'}
    intrus = {'statut': 'termine', 'restreinte': '1', 'jeton': 'x', 'courriel': 'pirate@exemple.fr', 'clos_le': DEPART,
              'message': 'Effacé.'}
    page, apres = fait(envoyer(nav, demande, 'corriger', **champs, **intrus), demande, 'corrige'), relire(demande)
    attendus = {c: getattr(demande, c) for c in intrus} | {
        'lieu': 'École', 'date_a_tenir': '2026-12-10', 'rappel_nom': 'Pareil', 'telephone': '0536490013'}
    assert {c: getattr(apres, c) for c in attendus} == attendus
    dit = ' '.join(page.html.select_one('.journal > li').text.split())
    assert 'Lieu : « Place de la Liberté » devient « École »' in dit and 'Pareil' not in dit and '49' not in dit
    demande = creer('en_cours', courriel='', message='b')
    page = remplir(nav, demande, 'corriger')
    assert page.status_int == 422 and 'Rien n\'a changé' in page.html.find(id='erreurs').text
    assert page.html.select_one('select#fiche option[selected]').text == 'Revitalisation de bourg-centre'
    for champ in ('telephone', 'fiche'):
        page = remplir(nav, demande, 'corriger', **{champ: ''})
        assert page.status_int == 422 and page.html.select_one(f'#erreurs a[href="#{champ}"]')
    assert relire(demande).fiche_id
    demande = creer('en_cours', date_a_tenir='2026-11-26', message='c')
    heure('2026-11-27T09:00:00Z')
    nav = entrer(monde.referent)
    for jour in ('2026-11-23', '2026-11-28'):
        page = remplir(nav, demande, 'corriger', premier_contact_le=jour)
        assert page.status_int == 422 and page.html.select_one('#erreurs a[href="#premier_contact_le"]')
    page = fait(remplir(nav, demande, 'corriger', premier_contact_le='2026-11-26'), demande, 'corrige')
    assert 'jointe le 26 novembre' in tete(page)
    assert 'Premier contact : « 24/11/2026 » devient « 26/11/2026 »' in textes(page, '.journal > li')[0]
    page = fait(remplir(nav, relire(demande), 'corriger', premier_contact_le=''), demande, 'corrige')
    assert 'à rappeler au plus tard le 4 décembre' in tete(page) and relire(demande).premier_contact_le is None
    assert not nav.get(adresse(demande, 'corriger')).html.find(id='premier_contact_le')
    page = remplir(nav, relire(demande), 'corriger', date_a_tenir='2026-11-23')
    assert page.status_int == 422 and page.html.select_one('#erreurs a[href="#date_a_tenir"]')
    fait(remplir(nav, relire(demande), 'corriger', lieu='École'), demande, 'corrige')
    assert (relire(demande).lieu, relire(demande).date_a_tenir) == ('École', '2026-11-26')


def test_une_collectivite_ambigue_revient_une_hors_liste_se_rattache_par_un_administrateur_seul(creer, monde, entrer):
    demande, nav = creer('en_cours'), entrer(monde.referent)
    page = remplir(nav, demande, 'corriger', collectivite='rieum')
    assert page.status_int == 422 and [c.strip() for c in textes(page, '[role=radiogroup] .choix')] == [
        'Rieumajou (31290)', 'Rieumes (31370, CC Cœur de Garonne)']
    for saisi, choix in (('Atlantide', ''), ('rieum', '1'), ('rieum', 'x' * 300), ('x' * 201, '')):
        page = envoyer(nav, demande, 'corriger', collectivite=saisi, collectivite_choix=choix, fiche=2, theme=2,
                       telephone='0536490012')
        assert page.status_int == 422 and relire(demande).collectivite == 'Rieumes', saisi
    admin, chef = entrer(monde.admin), entrer(monde.chef)
    demande = creer('attribue_chef', collectivite=None, type='Syndicat', nom_collectivite='SIVOM de la Lèze')
    assert envoyer(chef, demande, 'rattacher', collectivite='Rieumes').status_int == 403
    assert not chef.get(adresse(demande, 'corriger')).html.find(id='collectivite')
    page = fait(remplir(admin, demande, 'rattacher', collectivite='cc coeur de garonne'), demande, 'corrige')
    assert 'À rattacher' not in tete(page) and relire(demande).type == 'Communauté de communes'
    assert envoyer(admin, relire(demande), 'rattacher', collectivite='Rieumes').status_int == 409
    demande = creer(collectivite=None, type='Syndicat', nom_collectivite='SIVOM des Coteaux')
    page = envoyer(admin, demande, 'rattacher', collectivite='SIVOM des Coteaux', siren='12')
    assert page.status_int == 422 and 'neuf chiffres' in page.text
    envoyer(admin, demande, 'rattacher', collectivite='SIVOM des Coteaux', siren='253 100 002')
    with models.lecture():
        liee = relire_ici(demande).collectivite_liee
    assert (liee.nom, liee.type, liee.siren) == ('SIVOM des Coteaux', 'Syndicat', '253100002')


def test_changer_l_interlocuteur_tue_son_lien_la_diffusion_se_restreint_et_se_leve_avec_un_motif(creer, monde, entrer):
    demande, referent, chef = creer('en_cours'), entrer(monde.referent), entrer(monde.chef)
    fait(remplir(referent, demande, 'interlocuteur', courriel='nouvelle@rieumes.example', rappel_nom='Pareil',
                 rappel_prenom='Alix'), demande, 'interlocuteur')
    apres = relire(demande)
    assert (apres.courriel, apres.a_rappeler) == ('nouvelle@rieumes.example', 'Alix Pareil')
    assert apres.telephone == '0536490012' and apres.jeton != demande.jeton
    assert courriels()[-1] == ('interlocuteur', 'nouvelle@rieumes.example')
    assert envoyer(referent, apres, 'interlocuteur', courriel='a@b.fr, c@d.fr').status_int == 422
    fait(remplir(referent, apres, 'restreindre'), demande, 'enregistre')
    assert relire(demande).restreinte and entrer(monde.autre).get(adresse(demande), status=403)
    assert envoyer(referent, relire(demande), 'lever', motif='Fini.').status_int == 403
    assert envoyer(chef, relire(demande), 'lever').status_int == 422
    fait(remplir(chef, relire(demande), 'lever', motif='Le litige est clos.'), demande, 'enregistre')
    assert 'Le litige est clos.' in entrer(monde.autre).get(adresse(demande)).text
    assert envoyer(chef, relire(demande), 'lever', motif='Encore.').status_int == 409


def test_l_equipe_s_associe_se_retire_se_remplace_sans_que_personne_d_impossible_n_y_soit(creer, monde, entrer):
    demande, nav = creer('en_cours'), entrer(monde.chef)
    groupes = [g['label'] for g in nav.get(adresse(demande, 'associer')).html.select('#invite optgroup')]
    assert groupes[:2] == ['Structures', 'Directions'] and len(groupes) == 5
    for invite in (f's{monde.autre.direction.structure_id}', f'd{monde.autre.direction_id}', f'a{monde.associe.id}'):
        page = fait(remplir(nav, relire(demande), 'associer', invite=invite), demande, 'equipe')
    for dit in ('Personne à nommer Expert associé', 'Sacha Essai Expert associé'):
        assert dit in panneau(page, 'equipe')
    assert envoyer(nav, relire(demande), 'equipe', operation='associer', invite=invite).status_int == 422
    changer_ligne(monde.autre, pilote=True)
    place = nav.get(adresse(demande, 'retirer')).html.find('option', string=re.compile('DDAT'))['value']
    with pytest.raises(models.Refus, match='quitte l\'équipe'):
        agir(actes.retirer, demande, monde.chef, models.Membre.get_by_id(place), '')
    page = fait(remplir(nav, relire(demande), 'retirer', place=place, motif='Fini.'), demande, 'equipe')
    assert 'Retiré de l\'équipe' in panneau(page, 'journal') and 'Motif : Fini.' in panneau(page, 'journal')
    assert dict(au_matin('retrait'))[monde.autre.courriel].startswith(
        'votre direction (DDAT) ne fait plus partie de l\'équipe')
    associe = entrer(monde.associe)
    assert boutons(associe.get(adresse(demande))).keys() == {
        'Noter un appel', 'Mettre de côté', 'Me faire remplacer', 'Me retirer de l\'équipe'}
    page = fait(remplir(associe, relire(demande), 'remplacer', remplacant=monde.cochef.id), demande, 'equipe')
    assert 'Andrea Modele Co-chef de file, expert associé' in panneau(page, 'equipe')
    place = nav.get(adresse(demande, 'retirer')).html.find('option', string='Andrea Modele')['value']
    page = fait(remplir(nav, relire(demande), 'retirer', place=place, motif='Fini.'), demande, 'equipe')
    assert 'expert associé' not in panneau(page, 'equipe')
    demande = creer('en_cours', associe=True, message='b')
    avant = trace(demande)
    for qui, operation, champ, valeurs in (
            (nav, 'associer', 'invite', ('', 'a', 'x1', 'a999', 'a7', 's-1', 'a' + '9' * 30)),
            (nav, 'retirer', 'place', ('', '1', '999', 'abc')), (associe, 'remplacer', 'remplacant', ('', '2', '999'))):
        for valeur in valeurs:
            reponse = envoyer(qui, demande, 'equipe', **{'operation': operation, champ: valeur})
            assert reponse.status_int == 422 and trace(demande) == avant, (operation, valeur)


@pytest.mark.parametrize('invite', ['d', 's'])
def test_le_pilote_nomme_la_personne_d_une_direction_ou_structure_associee_ou_dit_que_non(creer, monde, entrer, invite):
    direction = monde.cochef.direction
    invitee = f'{invite}{direction.id if invite == "d" else direction.structure_id}'
    demande = creer('en_cours', fiche=monde.urgente)
    fait(remplir(entrer(monde.chef), demande, 'associer', invite=invitee), demande, 'equipe')
    demande = relire(demande)
    avant = trace(demande)
    # of the direction but no pilote; pilote or administrateur elsewhere
    for role in ('associe', 'autre', 'chef', 'admin'):
        nav = entrer(getattr(monde, role))
        assert 'Nommer la personne' not in nav.get(adresse(demande)).html.text
        assert envoyer(nav, demande, 'equipe', operation='remplacer', remplacant=monde.associe.id).status_int == 403
    nav = entrer(monde.cochef)
    assert {'Nommer la personne', 'Ce n\'est pas pour nous'} <= boutons(nav.get(adresse(demande))).keys()
    page = nav.get(adresse(demande, 'remplacer'))
    assert textes(page, '#titre-action') == ['Nommer la personne']
    assert textes(page, '#remplacant option')[1:] == ['Sacha Essai', 'Andrea Modele']
    assert (envoyer(nav, demande, 'equipe', operation='remplacer', remplacant=monde.autre.id).status_int == 422
            and trace(demande) == avant)
    page = fait(remplir(nav, demande, 'remplacer', remplacant=monde.associe.id), demande, 'equipe')
    assert 'Sacha Essai Expert associé' in panneau(page, 'equipe') and 'Nommer la personne' not in page.html.text
    demande = creer('en_cours', fiche=monde.urgente, message='Une autre.')
    fait(remplir(entrer(monde.chef), demande, 'associer', invite=invitee), demande, 'equipe')
    demande = relire(demande)
    assert textes(nav.get(adresse(demande, 'se_retirer')), '#titre-action') == ['Ce n\'est pas pour nous']
    page = fait(remplir(nav, demande, 'se_retirer', motif='Les routes départementales seulement.'), demande, 'equipe')
    assert 'Personne à nommer' not in page.html.text and au_matin('retrait')


def test_un_associe_se_retire_en_disant_pourquoi_et_ne_lit_plus_une_restreinte(creer, monde, entrer):
    demande, nav = creer('en_cours', associe=True), entrer(monde.associe)
    creer_ligne(models.Jalon, demande=demande.numero, rang=1, quoi='Plan', agent=monde.associe, structure=3)
    assert 'Me retirer de l\'équipe' in boutons(nav.get(adresse(demande)))
    avant = trace(demande)
    for qui in ('chef', 'referent', 'autre', 'admin'):              # a place that is not theirs
        page = envoyer(entrer(getattr(monde, qui)), demande, 'equipe', operation='se_retirer', motif='x')
        assert page.status_int == 403, qui
    assert envoyer(nav, demande, 'equipe', operation='se_retirer', motif=' ').status_int == 422
    assert trace(demande) == avant
    page = fait(remplir(nav, demande, 'se_retirer', motif='Ce n\'est pas mon métier.'), demande, 'equipe')
    assert 'Sacha Essai' not in panneau(page, 'equipe') and 'Ce n\'est pas mon métier.' in panneau(page, 'journal')
    assert 'À l\'expert référent, ce qui n\'est pas fait : Plan.' in panneau(page, 'journal')
    assert dict(au_matin('retrait')) == dict.fromkeys(
        (monde.chef.courriel, monde.cochef.courriel, monde.referent.courriel),
        'un associé se retire : Sacha Essai, le motif est au journal')
    demande = creer('en_cours', associe=True, message='b')
    agir(actes.restreindre, demande, monde.chef, True)
    page = envoyer(entrer(monde.autre), demande, 'journal', texte='Mon avis sur ce pont.', nature='note')
    assert page.status_int == 403 and textes(page, 'textarea') == ['Mon avis sur ce pont.']
    assert 'place du bourg' not in page.text
    reponse = remplir(nav, relire(demande), 'se_retirer', motif='Pas pour moi.')
    assert reponse.location.endswith('/espace?fait=equipe') or '/espace?' in reponse.location
    assert nav.get(adresse(demande), status='*').status_int == 403
    assert len(au_matin('retrait')) == 6


def test_un_acte_montre_six_champs_au_plus_le_reste_se_deplie():
    for nom, geste in GESTES.items():
        champs = {c.nom: c for c in geste.champs}
        assert champs.keys() >= set(geste.pli[1]) and bool(geste.pli[0]) == bool(geste.pli[1]), nom
        montres = [c for c in geste.champs if c.genre != 'cache' and 'si-' not in c.classe]
        assert len([c for c in montres if c.nom not in geste.pli[1]]) <= 6, nom


# Beside what they act on: a step, a réunion, a mail, a message that waits, an associé; « derouler », in a step's form.
DE_SA_LIGNE = {'derouler', 'feuille_de_route', 'jalon_accepter', 'jalon_changer', 'jalon_fait', 'renvoyer', 'reprendre',
               'retenir', 'retirer', 'reunion_annuler', 'reunion_changer', 'revenu', 'rien_a_noter'}
ETATS = ('attribue_admin', 'receptionne_admin', 'attribue_chef', 'receptionne_chef', 'attribue_expert',
         'receptionne_expert', 'en_cours', 'rejete', 'termine', 'abandonne')


@pytest.mark.parametrize('etat', ETATS)
def test_chaque_acte_ouvert_se_trouve_en_deux_clics_au_plus(creer, monde, entrer, monkeypatch, etat):
    ouverts, vrai = {}, dossier.actions_ouvertes

    def noter(*arguments):
        ouverts.clear()
        ouverts.update(vrai(*arguments))
        return ouverts
    monkeypatch.setattr(dossier, 'actions_ouvertes', noter)
    demande = creer(etat, associe=etat == 'en_cours')
    for role in ('admin', 'chef', 'cochef', 'referent', 'associe'):
        page = entrer(getattr(monde, role)).get(adresse(demande))
        for acte in ouverts:                                        # « Plus », then it; or it, on the page
            la = page.html.select(f'a[href*="action={acte}"], form[action*="/{acte}"], input[value="{acte}"]')
            assert la or acte in DE_SA_LIGNE or acte == 'contact' and demande.premier_contact_le, (etat, role, acte)


def test_un_courriel_d_une_version_d_avant_part_ou_s_oublie_si_la_demande_devient_restreinte(creer, monde):
    demande = creer('en_cours')
    for autre in (demande, creer('en_cours', message='b')):
        creer_ligne(models.Courriel, demande=autre.numero, agent=monde.referent, pour='agent', modele='etape_changee',
                    identifiant=f'<{autre.numero}@x>', destinataire=monde.referent.courriel, objet='Rieumes', corps='x',
                    cree_le=DEPART, a_partir_de=DEPART)
    agir(actes.restreindre, demande, monde.chef, True)
    assert [lettre.demande_id for lettre in lettres_du_modele('etape_changee')] == [demande.numero + 1]


def test_un_administrateur_change_le_chef_de_file_sans_le_statut_un_courriel_en_echec_se_renvoie(creer, monde, entrer):
    demande = creer('en_cours')
    with models.ecriture():
        au_demandeur = models.Courriel.select().where(models.Courriel.pour == 'demandeur').first()
        porteur.marquer_echec(au_demandeur, 'boîte pleine')
    page = entrer(monde.referent).get(adresse(demande))
    dit = panneau(page, 'courriels')
    assert 'échec le 24 novembre : boîte pleine' in dit and 'Téléphoner au 05 36 49 00 12' in dit
    assert 'ils attendent dans la base' in dit
    assert 'Renvoyer' not in panneau(entrer(monde.autre).get(adresse(demande)), 'courriels')
    page = fait(next(f for f in page.forms.values() if f.action.endswith('/renvoyer')).submit(), demande, 'renvoye')
    assert 'échec' not in panneau(page, 'courriels')
    assert envoyer(entrer(monde.referent), demande, 'renvoyer', courriel=au_demandeur.id).status_int == 409
    autre = creer('en_cours', message='Une autre.')
    assert envoyer(entrer(monde.referent), autre, 'renvoyer', courriel=au_demandeur.id).status_int == 404
    assert envoyer(entrer(monde.referent), autre, 'renvoyer', courriel='abc').status_int == 404
    demande, nav = creer('en_cours', message='b'), entrer(monde.admin)
    page = nav.get(adresse(demande, 'changer_chef'))
    assert [s.select_one('option[selected]').text for s in page.html.select('#action select')[:2]] == [
        'Camille Exemple', 'Andrea Modele']
    with pytest.raises(models.Refus) as refus:
        agir(actes.changer_chef, demande, monde.admin, [monde.associe], '')
    assert refus.value.champ == 'motif'
    page = fait(remplir(nav, demande, 'changer_chef', chefs=monde.associe.id, cochef_1='', motif='Départ.'), demande,
                'equipe')
    assert 'Sacha Essai Chef de file' in panneau(page, 'equipe') and 'Camille' not in panneau(page, 'equipe')
    assert relire(demande).statut == 'en_cours' and 'Motif : Départ.' in panneau(page, 'journal')
    close = creer('termine', message='Close.')
    assert envoyer(nav, close, 'equipe', operation='changer_chef', chefs=2).status_int == 409


def test_chaque_action_a_sa_table_et_son_verbe_ce_que_la_mairie_tape_se_corrige_et_se_vide_ou_dit_pourquoi_non():
    assert {geste.loi or nom for nom, geste in GESTES.items()} == regles.ACTIONS | set(regles.ACTES)
    assert {nom for nom, geste in GESTES.items() if not geste.verbe} == regles.ACTIONS
    for nom, geste in GESTES.items():
        assert set(geste.choix) <= {c.nom for c in geste.champs}, nom
    # the words of a mairie stay its own; another address is another person (« Changer l'interlocuteur »)
    assert {colonne.nom for colonne in TAPEES} - set(CORRIGEES) == {'message', 'courriel'}
    champs = {champ.nom for champ in GESTES['corriger'].champs}
    assert set(CORRIGEES) - champs == {'type'}                      # it follows the collectivité
    assert champs <= set(CORRIGEES)
    assert 'date_a_tenir' in {colonne.nom for colonne in TAPEES if colonne.fin != 'vider'}


# {kind of a field: as the base has it, as a page says it}; any other is a word of its own.
TAPES = {'date': ('2026-12-18', '18 décembre'), 'choix': ('Madame', 'Madame'),
         'courriel': ('tape@rieumes.example',) * 2, 'telephone': ('0536490077', '05 36 49 00 77')}


def test_ce_que_la_mairie_a_tape_se_lit_chez_les_agents_et_sur_sa_copie(site, creer, monde, entrer):
    demande, dits = creer('en_cours'), {c.nom: TAPES.get(c.saisie, (f'Mot {c.nom}',) * 2) for c in TAPEES}
    changer_demande(demande, **{nom: dans_la_base for nom, (dans_la_base, _) in dits.items()})
    pages = entrer(monde.referent).get(adresse(demande)), site.get(f'/suivi/{demande.jeton}')
    lues = [texte(page).replace('\u200b', '').replace('\u00a0', ' ').lower() for page in pages]
    assert [nom for nom, (_, dit) in dits.items() if not all(dit.lower() in lue for lue in lues)] == []


# A link or a form that leads to an act.
VERS_UN_ACTE = re.compile('[?;]action=([a-z_-]+)|action="/espace/demandes/[0-9]+/([a-z_-]+)')


def ou_tout_arrive(demande, monde):
    """All that a demande in course may wait for, at once."""
    with models.ecriture():
        ensemble = {'demande': demande, 'agent': monde.chef, 'debut_a': '10:00', 'fin_a': '11:00', 'cree_le': DEPART,
                    'modifie_le': DEPART}
        models.Reunion.create(jour='2026-11-02', **ensemble)
        models.Reunion.create(jour='2026-12-08', **ensemble)
        for rang in (1, 2):
            models.Jalon.create(demande=demande, rang=rang, quoi='Plan', agent=monde.associe, a_accepter=True)
        models.ReponseRecue.create(demande=demande, identifiant='<a@b>', recue_le=DEPART, etat='inconnue',
                                   de='a@b.example', texte='Bonjour')
        models.Fiche.update(deroulement='Diagnostic : sur place').where(models.Fiche.id == demande.fiche_id).execute()
        courriels = models.Courriel.update(echec_le=DEPART, raison='boîte pleine').where(
            models.Courriel.pour == 'demandeur', models.Courriel.demande == demande)
        courriels.where(models.Courriel.id % 2 == 0).execute()
        models.Courriel.update(envoye_le=DEPART).where(models.Courriel.echec_le.is_null()).execute()
        actes.message_du_demandeur(models.Demande.get_by_id(demande.numero), 'Encore un mot.')
    changer_demande(demande, inconnue_le=DEPART, attente_depuis=DEPART, attente_de='Le plan', attente_au='2026-12-10',
                    interlocuteur_depuis='2026-11-24')
    return relire(demande)


def test_chaque_acte_ouvert_est_offert_sur_la_page_a_chacun_qui_le_peut(creer, monde, entrer):
    """From the list of the code: an act that who may do it cannot reach is no act."""
    chef, demandes = entrer(monde.chef), [creer(etat, etat == 'termine', message=etat) for etat in (
        'attribue_admin', 'attribue_chef', 'attribue_expert', 'rejete', 'termine')]
    demandes.append(creer(collectivite=None, type='Syndicat', nom_collectivite='SIVOM', message='Hors liste.'))
    demandes += [ou_tout_arrive(creer('en_cours', True, restreinte, message=f'Tout {restreinte}.'), monde)
                 for restreinte in (False, True)]
    demandes.append(creer('en_cours', True, message='De côté.'))
    envoyer(chef, demandes[2], 'ecrire', texte='Bientôt.', porte='echange')
    envoyer(chef, demandes[2], 'journal', texte='Vu.', nature='note')
    offerts = {}
    for role, agent in (('administrateur', monde.admin), ('chef_de_file', monde.chef), ('referent', monde.referent),
                        ('associe', monde.associe)):
        with models.ecriture():                                     # since its référent came
            models.Cote.create(agent=agent, demande=demandes[-1], jusqu_au='2026-12-01', raison='', mis_le='2026-11-25')
        nav = entrer(agent)
        lus = ''.join(nav.get(adresse(demande, acte), expect_errors=True).text for demande in demandes
                      for acte in ('', 'etape'))                    # the steps of the fiche are offered with it
        offerts[role] = {action or envoi for action, envoi in VERS_UN_ACTE.findall(lus)}
    assert set(GESTES) - set().union(*offerts.values()) == set()
    assert {(nom, role) for nom, acte in regles.ACTES.items() for role in acte.qui
            if role in offerts and nom not in offerts[role]} == set()


# By hand, of each condition of regles.md §7: an act that has it, a demande where it is open, one where it is not.
OUVERTE = {'statut': 'en_cours', 'courriel': 'mairie@exemple.fr', 'fiche_id': 1, 'collectivite_id': 1}
CLOSE = OUVERTE | {'statut': 'termine', 'clos_le': DEPART}
OUVERTS = [
    ('reunion', OUVERTE, CLOSE), ('ecrire', OUVERTE, CLOSE), ('ecrire', OUVERTE, OUVERTE | {'courriel': ''}),
    ('rectifier', CLOSE, OUVERTE), ('rectifier', CLOSE, CLOSE | {'courriel': ''}), ('derouler', OUVERTE, CLOSE),
    ('derouler', OUVERTE, OUVERTE | {'fiche_id': None}), ('changer_chef', OUVERTE, OUVERTE | {'clos_le': DEPART}),
    *(('changer_chef', OUVERTE, OUVERTE | {'statut': s}) for s in ('attribue_admin', 'receptionne_admin', 'rejete')),
    ('confirmer', CLOSE | {'interlocuteur_depuis': '2026-03-22'}, OUVERTE),
    ('sans_reponse', OUVERTE | {'message_le': DEPART}, OUVERTE), ('ranger', CLOSE | {'inconnue_le': DEPART}, OUVERTE),
    ('ne_plus_attendre', OUVERTE | {'attente_au': '2026-12-10'}, OUVERTE),
    ('restreindre', OUVERTE, OUVERTE | {'restreinte': True}), ('lever', CLOSE | {'restreinte': True}, OUVERTE),
    ('rattacher', OUVERTE | {'collectivite_id': None}, OUVERTE)]


def test_un_acte_n_est_ouvert_que_sur_la_demande_qu_il_faut_et_chaque_condition_est_essayee():
    tenus = dict.fromkeys(regles.ROLES)
    for acte, ouvert, ferme in OUVERTS:
        assert acte in questions.actes_possibles(models.Demande(**ouvert), None, tenus), (acte, ouvert)
        assert acte not in questions.actes_possibles(models.Demande(**ferme), None, tenus), (acte, ferme)
    essayees = {regles.ACTES[acte].quand for acte, *_ in OUVERTS}
    assert essayees | {regles.TOUJOURS} == {acte.quand for acte in regles.ACTES.values()}
