"""The feuille de route of a demande, through the web: steps handed over from one structure to the next (§7, §12)."""
import contextlib
import json
import random

import pytest
from conftest import (
    au_matin, changer_demande, courriels, creer_ligne, en_ecriture, fautes, relire, relire_ici, texte, une_etape)
from fichiers import fichier, lire, reussir
from test_dossier import adresse, envoyer, fait, panneau, remplir, textes
from test_espace import lignes
from test_exports import exporter, rangees
from test_passation import annuler, transferer

import models
from models import Jalon
from verbes import journal
from verbes.courriels import prevenir_demandeur
from verbes.demande import actes, cycle, jalons
from verbes.echanges import lots
from verbes.exploitation import exploitation
from views.demande.actes.etapes import GESTES

PANNEAU = 'feuille-de-route'


def poser(demande, quoi='Diagnostic', qui=None, rang=1, **autres):
    """A step as the base has it; qui: an Agent of the team."""
    tenue = {'agent': qui, 'direction': qui.direction_id, 'structure': qui.direction.structure_id} if qui else {}
    return creer_ligne(Jalon, demande=demande.numero, rang=rang, quoi=quoi, **tenue, **autres)


def tenues(demande):
    """[(what, who holds it)] in order."""
    with models.lecture():
        return [(une['quoi'], une['personne'] or une['place']) for une in jalons.lire(demande.numero)]


def lettres(**filtres):
    with models.lecture():
        return list(models.Courriel.select().filter(**filtres).order_by(models.Courriel.id))


def prevoir(nav, demande, quoi, qui='', action='etape', **champs):
    """A step written by its form, entrusted to an agent or a direction: the page after."""
    if qui:
        champs['qui'] = f'{"a" if isinstance(qui, models.Agent) else "d"}{qui.id}'
    return fait(remplir(nav, demande, action, quoi=quoi, **champs), demande, 'etapes')


def valeurs(jalon, **autres):
    """The fields of every act on a step, good for each."""
    return {'jalon': jalon.id, 'quoi': 'Visite', 'qui': '', 'pour_le': '', 'dit': '', 'fait_le': '2026-11-24'} | autres


def a_ranger(places, **autres):
    """The fields of « Modifier les étapes »: {step: its place, 0 for one that goes}, the référent's, without a day."""
    return {f'{nom}_{jalon.id}': valeur for jalon, place in places.items()
            for nom, valeur in (('place', place), ('qui', ''), ('pour_le', ''))} | autres


@pytest.mark.parametrize('role', ['admin', 'chef', 'cochef', 'referent', 'associe', 'autre'])
def test_qui_suit_la_demande_ecrit_ses_etapes_qui_en_tient_une_dit_qu_elle_est_faite(creer, monde, entrer, role):
    demande, nav = creer('en_cours', associe=True), entrer(getattr(monde, role))
    suit = 303 if role in ('admin', 'chef', 'cochef', 'referent') else 403
    for action in GESTES:
        sienne, autre = poser(demande, 'La sienne', monde.associe, 1), poser(demande, 'Une autre', None, 2)
        attendu = 303 if action == 'jalon_fait' and role == 'associe' else suit
        if action == 'jalon_accepter':
            attendu = 409 if role == 'associe' else 403
        champs = a_ranger({sienne: 1, autre: 2}) if action == 'feuille_de_route' else valeurs(sienne)
        assert envoyer(nav, relire(demande), action, **champs).status_int == attendu, (role, action)
        en_ecriture(Jalon.delete().execute)
    autre = poser(demande, 'Une autre')
    assert envoyer(nav, relire(demande), 'jalon_fait', **valeurs(autre)).status_int == suit


def test_une_etape_faite_previent_qui_tient_la_suivante_et_une_close_n_en_change_plus(creer, monde, entrer):
    demande, nav = creer('termine'), entrer(monde.chef)
    etape = poser(demande, pour_le='2026-12-01')
    for action in GESTES:
        page = envoyer(nav, demande, action, **valeurs(etape))
        assert page.status_int in (403, 409) and tenues(demande) == [('Diagnostic', '')], action
    assert 'Diagnostic' in panneau(nav.get(adresse(demande)), PANNEAU)
    demande = creer('en_cours', associe=True, message='Suite b.')
    for quoi, qui in (('Diagnostic', monde.associe), ('Financement', ''), ('Travaux', monde.cochef)):
        prevoir(nav, demande, quoi, qui, pour_le='2026-12-15')
    assert tenues(demande) == [('Diagnostic', 'Sacha Essai'), ('Financement', ''), ('Travaux', 'Andrea Modele')]
    assert courriels(modele='etape') == [('etape', monde.associe.courriel), ('etape', monde.cochef.courriel)]
    avant = relire(demande)
    page = fait(remplir(entrer(monde.associe), demande, 'jalon_fait', mot='Voir la charpente.'), demande, 'etape_faite')
    assert '1 étape faite sur 3' in panneau(page, PANNEAU)
    ligne = textes(page, '.journal > li')[0]
    assert 'Étape faite le 24/11/2026 : Diagnostic, par Sacha Essai.' in ligne and 'Voir la charpente.' in ligne
    apres = relire(demande)
    assert (apres.statut, apres.echeance, apres.direction_id) == (avant.statut, avant.echeance, avant.direction_id)
    lettre = lettres()[-1]
    assert lettre.destinataire == monde.referent.courriel
    assert "Étape d'avant, faite : Diagnostic" in lettre.corps.replace('\xa0', ' ')
    assert 'À vous : Financement, par Claude Temoin, pour le 15/12/2026' in lettre.corps.replace('\xa0', ' ')


def test_une_etape_faite_hors_de_son_tour_ou_avant_le_oui_et_celle_que_le_referent_propose(creer, monde, entrer):
    demande, chef = creer('en_cours', associe=True), entrer(monde.chef)
    poser(demande, 'Une', None, 1)
    deux = poser(demande, 'Deux', monde.associe, 2)
    fait(envoyer(entrer(monde.associe), demande, 'jalon_fait', **valeurs(deux)), demande, 'etape_faite')
    assert not courriels(modele='etape')
    demande = creer('en_cours', message='Suite b.')
    prevoir(chef, demande, 'Plan', monde.associe)
    fait(remplir(entrer(monde.referent), demande, 'jalon_fait'), demande, 'etape_faite')
    assert tenues(demande) == [('Plan', 'Claude Temoin')]
    demande, caue = creer('en_cours', message='Suite c.'), monde.associe.direction
    prevoir(chef, demande, 'Diagnostic', caue)
    assert tenues(demande) == [('Diagnostic', caue.nom)]
    fait(envoyer(entrer(monde.cochef), relire(demande), 'equipe', operation='remplacer', remplacant=monde.associe.id),
         demande, 'equipe')
    assert tenues(demande) == [('Diagnostic', 'Sacha Essai')]
    demande, referent = creer('en_cours', message='Suite d.'), entrer(monde.referent)
    page = prevoir(referent, demande, 'Plan', monde.autre)
    assert 'proposé au chef de file : Dominique Autre' in panneau(page, PANNEAU) and tenues(demande) == [('Plan', '')]
    prevoir(referent, demande, 'Plan local', action='jalon_changer')
    fait(remplir(chef, demande, 'jalon_changer'), demande, 'etapes')                        # a word put right
    assert tenues(demande) == [('Plan local', '')]
    for role, voit in (('chef', True), ('cochef', True), ('referent', False), ('autre', False)):
        assert bool(lignes(entrer(getattr(monde, role)).get('/espace'), 'proposee')) == voit, role
    page = chef.get(adresse(demande)).click('Associer.*Plan local')
    assert page.html.select_one('select#qui option[selected]')['value'] == f'a{monde.autre.id}'
    fait(next(f for f in page.forms.values() if f.action.endswith('/jalon_changer')).submit(), demande, 'etapes')
    assert not lignes(chef.get('/espace'), 'proposee') and tenues(demande) == [('Plan local', 'Dominique Autre')]


def test_nommer_quelqu_un_d_ailleurs_l_associe_et_la_mairie_ne_lit_pas_qui(creer, monde, entrer, site, heure):
    demande, associe, cochef = creer('en_cours'), entrer(monde.associe), entrer(monde.cochef)
    page = prevoir(entrer(monde.chef), demande, 'Diagnostic', monde.associe)
    assert 'Invitation sans réponse' in panneau(page, PANNEAU)
    lettre, = lettres(destinataire=monde.associe.courriel)
    assert lettre.modele == 'association' and 'dire si vous acceptez l\'étape' in lettre.corps
    (_, mots, acte), = lignes(associe.get('/espace'), 'accepter')
    assert 'une étape vous est confiée' in mots and acte.endswith('?action=jalon_accepter')
    page = fait(envoyer(associe, relire(demande), 'jalon_accepter'), demande, 'etapes')
    assert 'sans réponse' not in panneau(page, PANNEAU)
    assert 'Étape acceptée : Diagnostic' in textes(page, '.journal > li')[0]
    assert envoyer(associe, relire(demande), 'jalon_accepter').status_int == 409
    fait(envoyer(associe, relire(demande), 'equipe', operation='se_retirer', motif='Trop loin.'), demande, 'equipe')
    assert tenues(demande) == [('Diagnostic', '')] and au_matin('retrait')
    demande = creer('en_cours', message='Suite b.')
    page = prevoir(cochef, demande, 'Voirie', monde.autre)
    assert 'proposé au chef de file : Dominique Autre' in panneau(page, PANNEAU)
    prevoir(cochef, demande, 'Croquis', monde.associe)
    assert ('Croquis', 'Sacha Essai') in tenues(demande)
    demande = creer('en_cours', associe=True, message='Suite c.')
    poser(demande, 'Diag bâti', monde.associe, 1, dit='un diagnostic', pour_le='2026-12-15')
    poser(demande, 'Plan', None, 2, dit='le plan de financement', pour_le='2027-02-01', dit_jour=True)
    poser(demande, 'Note interne', None, 3, pour_le='2027-02-01')
    lu_ = texte(site.get(f'/suivi/{demande.jeton}'))
    assert "Un diagnostic Conseil d'architecture, d'urbanisme et de l'environnement – CAUE, en décembre 2026" in lu_
    assert 'Le plan de financement Haute-Garonne Ingénierie – HGI, le 1er février 2027' in lu_
    assert "Dates prévisionnelles, sans valeur d'engagement." in lu_
    assert not any(mot in lu_ for mot in ('Diag bâti', 'Note interne', 'Sacha'))
    heure('2027-01-10T09:00:00Z')
    assert 'CAUE, date à préciser' in texte(site.get(f'/suivi/{demande.jeton}'))
    with models.ecriture():
        Jalon.update(fait_le='2026-12-20').where(Jalon.rang == 1).execute()
        models.Demande.update(statut='termine', clos_le='2027-01-09T09:00:00Z', issue='realise').execute()
    lu_ = texte(site.get(f'/suivi/{demande.jeton}'))
    assert 'CAUE, fait en décembre 2026' in lu_ and 'plan de financement' not in lu_ and 'prévisionnelles' not in lu_
    en_ecriture(models.Demande.update(interlocuteur_depuis='2027-01-09').execute)
    assert 'diagnostic' not in texte(site.get(f'/suivi/{demande.jeton}'))


def test_qui_tenait_une_etape_apprend_ce_qu_elle_devient_et_laissee_revient_au_referent(creer, monde, entrer):
    demande, chef = creer('en_cours', associe=True), entrer(monde.chef)
    prevoir(chef, demande, 'Diagnostic', monde.associe)
    prevoir(chef, demande, 'Diagnostic', action='jalon_changer', pour_le='2026-12-20')
    prevoir(chef, demande, 'Diagnostic', monde.cochef, action='jalon_changer')
    with models.lecture():
        jalon = Jalon.get()
    fait(envoyer(chef, relire(demande), 'feuille_de_route', **a_ranger({jalon: 0})), demande, 'etapes')
    assert sorted(au_matin('etape')) == [                                   # of two changes of a day, the last one
        (monde.cochef.courriel, 'une de vos étapes a changé : Diagnostic, par Andrea Modele, pour le 20/12/2026 → '
                                'retirée de la feuille de route'),
        (monde.associe.courriel, 'une de vos étapes a changé : Diagnostic, par Sacha Essai, pour le 20/12/2026 → '
                                 'Diagnostic, par Andrea Modele, pour le 20/12/2026')]
    demande = creer('en_cours', message='Suite b.')
    prevoir(chef, demande, 'Diagnostic', monde.associe.direction)
    lettre = next(c for c in lettres(modele='association') if c.destinataire == monde.cochef.courriel)
    assert 'nommer la personne qui y participera, pour l\'étape «\xa0Diagnostic\xa0»' in lettre.corps
    page = envoyer(entrer(monde.cochef), relire(demande), 'equipe', operation='se_retirer', motif='Non.').follow()
    assert "À l'expert référent, ce qui n'est pas fait : Diagnostic." in textes(page, '.journal > li')[0]
    assert au_matin('retrait')


def test_une_restreinte_ne_confie_qu_a_son_equipe_une_saisie_impossible_est_refusee(creer, monde, entrer, base):
    demande, chef = creer('en_cours', restreinte=True, associe=True), entrer(monde.chef)
    assert not chef.get(adresse(demande, 'etape')).html.select(f'#qui option[value=a{monde.autre.id}]')
    assert envoyer(chef, demande, 'etape', quoi='Litige', qui=f'a{monde.autre.id}').status_int == 422
    assert tenues(demande) == []
    prevoir(chef, demande, 'Litige', monde.associe)
    lettre, = lettres(modele='etape')
    assert f'n°\xa0{demande.numero}' in lettre.corps
    assert not [mot for mot in ('Litige', 'Rieumes') if mot in lettre.corps + lettre.objet]
    demande = creer('en_cours', associe=True, message='Suite b.')
    prevoir(chef, demande, 'Litige', monde.associe)
    fait(envoyer(chef, relire(demande), 'restreindre'), demande, 'enregistre')
    assert all('Litige' not in c.corps for c in lettres())
    demande = creer('en_cours', message='Suite c.')
    with models.ecriture():
        ici = relire_ici(demande)
        prevenir_demandeur(ici, 'lien_perdu')
        actes.changer_interlocuteur(ici, monde.chef, ici.version, {'courriel': 'neuf@rieumes.example'})
        actes.restreindre(ici, monde.chef, ici.version, True)
    apres = relire(demande)
    assert apres.jeton != demande.jeton
    assert not [c for c in lettres() if apres.jeton in c.corps and c.destinataire != 'neuf@rieumes.example']
    demande, controle = creer('en_cours', message='d'), 'prochaine étape, de la feuille de route'
    poser(demande, pour_le='2026-12-01')
    assert dict(exploitation.verifier(base))[controle] == ''
    changer_demande(demande, prochaine_etape_le='2027-01-01')
    assert str(demande.numero) in dict(exploitation.verifier(base))[controle]
    demande = creer('en_cours', message='Suite e.')
    jalon = poser(demande)
    for action, champs, dit in (('etape', {'quoi': ''}, 'Étape'), ('etape', {'pour_le': '2026-11-20'}, 'à venir'),
            ('etape', {'pour_le': '31/02/2027'}, 'existe'), ('etape', {'qui': 'a999'}, 'liste'),
            ('jalon_fait', {'fait_le': '2026-11-20'}, 'jour de la demande'),
            ('jalon_fait', {'fait_le': '2026-11-25'}, 'jour de la demande'),
            ('jalon_changer', {'fait_le': '2025-01-01'}, 'jour de la demande')):
        page = envoyer(chef, demande, action, **valeurs(jalon, **champs))
        assert page.status_int == 422 and dit in ' '.join(fautes(page)) and relire(demande).version == demande.version
    ailleurs = poser(creer('en_cours', message='Autre.'))
    for action in ('jalon_fait', 'jalon_changer'):
        assert envoyer(chef, demande, action, **valeurs(ailleurs)).status_int == 404


@pytest.mark.parametrize('graine', range(6))
def test_la_prochaine_etape_est_celle_d_une_lecture_naive_quoi_qu_il_arrive(creer, monde, graine):
    hasard, demande = random.Random(graine), creer('en_cours', associe=True)
    for _ in range(60):
        with models.ecriture(), contextlib.suppress(models.Refus):  # done twice, at the end already, one too many
            ici, tous = relire_ici(demande), list(Jalon.select())
            jour = hasard.choice(('', '2026-12-01', '2026-12-24', '2027-03-01'))
            suites, jalon = [(jalons.prevoir_etape, une_etape(pour_le=jour))] * 2, hasard.choice(tous or [None])
            if jalon:
                restent = [j for j in sorted(tous, key=lambda j: (j.rang, j.id)) if not j.fait_le]
                voulues = [(j, hasard.choice(range(len(restent) + 1)), {'qui': None, 'pour_le': j.pour_le or jour})
                           for j in restent]
                suites += [(jalons.faire, jalon, '2026-11-24'), (jalons.ranger, voulues),
                           (jalons.changer, jalon, une_etape(
                               pour_le=jour, fait_le=hasard.choice(('', '2026-11-24'))))]
            verbe, *donne = hasard.choice(suites)
            verbe(ici, monde.chef, ici.version, *donne)
        with models.lecture():
            restent = sorted((j.rang, j.id, j.pour_le) for j in Jalon.select() if not j.fait_le)
            assert relire_ici(demande).prochaine_etape_le == (restent[0][2] if restent else None)


def test_l_etape_en_retard_est_dans_la_journee_de_qui_la_tient_et_se_passe_au_depart(creer, monde, entrer, heure):
    poser(creer('en_cours', associe=True, message='c'), 'Diagnostic', monde.associe, pour_le='2026-12-01')
    heure('2026-12-03T09:00:00Z')
    for role in ('associe', 'chef', 'cochef', 'referent'):
        (numero, mots, acte), = lignes(entrer(getattr(monde, role)).get('/espace'), 'etape_passee')
        assert 'étape à faire depuis le 1er décembre' in mots, role
        assert ('jalon_fait' in acte) == (role == 'associe')
    for role in ('admin', 'autre'):
        assert not lignes(entrer(getattr(monde, role)).get('/espace'), 'etape_passee')
    en_ecriture(models.Absence.create, agent=monde.associe, du='2026-12-03', au='2026-12-09', suppleant=monde.cochef)
    (_, _, acte), = lignes(entrer(monde.cochef).get('/espace'), 'etape_passee')
    assert 'jalon_fait' in acte
    heure('2026-11-24T09:00:00Z')
    demande = creer('en_cours', associe=True)
    poser(demande, 'Diagnostic', monde.associe)
    poser(demande, 'Visite', monde.associe, 2, fait_le='2026-11-24')
    avec, faite = tenues(demande), transferer(monde.associe, monde.admin, defaut=monde.cochef.id)
    assert tenues(demande) == [('Diagnostic', 'Andrea Modele'), ('Visite', 'Sacha Essai')]
    annuler(faite, monde.admin)
    assert tenues(demande) == avec
    demande = creer('en_cours', associe=True, message='Suite b.')
    poser(demande, 'Diagnostic', monde.referent, pour_le='2026-11-24')
    fait(envoyer(entrer(monde.chef), demande, 'designer', referent=monde.associe.id, motif='Congé.'), demande, 'statut')
    assert tenues(demande) == [('Diagnostic', '')]
    page = entrer(monde.associe).get(adresse(demande))
    assert 'jalon_fait' in str(page.html.find('section', {'aria-labelledby': PANNEAU}))


def test_la_mairie_lit_une_structure_apres_son_oui_la_fiche_donne_ses_etapes(creer, monde, site, entrer):
    demande, chef = creer('en_cours'), entrer(monde.chef)
    prevoir(chef, demande, 'D', monde.associe, dit='un diagnostic', pour_le='2026-12-15')
    assert 'Un diagnostic en décembre 2026' in texte(site.get(f'/suivi/{demande.jeton}'))
    fait(envoyer(entrer(monde.associe), relire(demande), 'jalon_accepter'), demande, 'etapes')
    assert 'CAUE, en décembre 2026' in texte(site.get(f'/suivi/{demande.jeton}'))
    page = envoyer(chef, relire(demande), 'jalon_changer', **valeurs(
        Jalon(id=1), dit='un diagnostic de Sacha Essai', qui=f'a{monde.associe.id}'))
    assert page.status_int == 422 and 'jamais une personne' in ' '.join(fautes(page))
    fait(envoyer(chef, relire(demande), 'rejeter', motif='Pas pour nous.'), demande, 'statut')
    assert 'diagnostic' not in texte(site.get(f'/suivi/{demande.jeton}'))
    demande = creer('en_cours', associe=True, message='Suite b.')
    poser(demande, 'Diag bâti', monde.associe, 1, dit='un diagnostic', fait_le='2026-11-23')
    for action, qui, saisie in (('rejeter', monde.chef, {'motif': 'Pas pour nous.'}),
                                ('repondre', monde.admin, {'reponse': 'reponse', 'texte_final': 'Voyez la région.'})):
        assert ('Un diagnostic' in texte(site.get(f'/suivi/{demande.jeton}'))) == (action == 'rejeter')
        en_ecriture(cycle.changer_statut, relire(demande), action, qui, None, saisie)
    assert 'CAUE, fait en novembre 2026' in texte(site.get(f'/suivi/{demande.jeton}'))
    demande = creer('en_cours', message='d')
    deroulement = 'Premier contact\nAppel\u00a0: nous rappelons.\nVisite : sur place.\n\nNote'  # the contact was made
    en_ecriture(models.Fiche.update(deroulement=deroulement).execute)
    nav, formulaire = entrer(monde.referent), adresse(demande, 'etape')
    proposees = nav.get(formulaire).html.select('datalist#quoi-choix option')
    assert [(o['value'], o.text) for o in proposees] == [('Appel', 'Appel'), ('Visite', 'Visite'), ('Note', 'Note')]
    assert 'Ajouter les étapes de la fiche' in nav.get(formulaire).text
    fait(envoyer(nav, demande, 'derouler'), demande, 'etapes')
    assert tenues(demande) == [('Appel', ''), ('Visite', ''), ('Note', '')]
    assert 'Ajouter les étapes de la fiche' not in nav.get(formulaire).text
    assert envoyer(nav, relire(demande), 'derouler').status_int == 409
    assert not nav.get(formulaire).html.select('datalist#quoi-choix option')
    demande = creer('en_cours', message='Suite e.')
    poser(demande, 'Diagnostic', monde.cochef, pour_le='2026-12-15', dit='un diagnostic')
    etapes = 'SELECT rang, quoi, agent_id, pour_le, dit FROM jalon'
    avant = lire(etapes)
    with models.lecture():
        photo = lots.photographier([demande.numero])
    poser(demande, 'Autre', None, 0, pour_le='2026-12-01')
    with models.ecriture(), journal.purger_permis():
        lots._rendre(demande.numero, json.loads(json.dumps(photo[demande.numero])))
    assert lire(etapes) == avant and relire(demande).prochaine_etape_le == '2026-12-15'


def test_la_colonne_d_un_import_ecrit_une_etape_et_l_export_n_en_ajoute_pas(pleine):
    octets, etapes = exporter('demandes'), 'SELECT quoi, pour_le FROM jalon WHERE demande_id = 1083 ORDER BY rang'
    premiere, suivante = (fichier('demandes', *(rangee | {'prochaine_etape_le': jour} for rangee in rangees(octets)))
                          for jour in ('2027-01-15', '2027-03-01'))
    reussir('demandes', premiere)
    assert lire(etapes) == [('Prochaine étape', '2027-01-15')]
    assert reussir('demandes', exporter('demandes'))[:2] == (0, 0)
    reussir('demandes', suivante)
    reussir('demandes', octets)                                     # a cell left empty takes nothing away
    assert lire(etapes) == [('Prochaine étape', '2027-03-01'), ('Prochaine étape', '2027-01-15')]
    assert lire('SELECT DISTINCT prochaine_etape_le FROM demande') == [('2027-03-01',)]


def test_trente_etapes_au_plus_rangees_une_fois_en_gardant_le_focus_et_en_une_lecture(creer, monde, entrer, requetes):
    demande, nav, combien = creer('en_cours', associe=True), entrer(monde.referent), {}
    for etapes in (0, 1, jalons.JALONS_MAX):
        en_ecriture(Jalon.delete().execute)
        for rang in range(etapes):
            poser(demande, f'Étape {rang}', monde.associe, rang, pour_le='2026-12-01')
        for chemin in (adresse(demande), '/espace', '/espace/demandes', f'/suivi/{demande.jeton}'):
            nav.get(chemin)
            requetes.clear()
            nav.get(chemin)
            combien.setdefault(chemin, []).append(len(requetes))
    assert all(une == trente <= aucune + (chemin not in ('/espace', '/espace/demandes'))
               for chemin, (aucune, une, trente) in combien.items()), combien
    en_ecriture(Jalon.delete().execute)
    demande, nav = creer('en_cours', message='Suite a.'), entrer(monde.chef)
    for rang in range(jalons.JALONS_MAX):
        dernier = poser(demande, f'Étape {rang}', None, rang)
    page = envoyer(nav, demande, 'etape', **valeurs(dernier))
    assert page.status_int == 409 and '30 étapes' in texte(page) and len(tenues(demande)) == 30
    fait(envoyer(nav, demande, 'jalon_fait', **valeurs(dernier)), demande, 'etape_faite')
    assert envoyer(nav, relire(demande), 'jalon_fait', **valeurs(dernier)).status_int == 409


def test_un_seul_formulaire_donne_l_ordre_les_jours_et_qui_tient_chaque_etape(creer, monde, entrer):
    demande, nav = creer('en_cours', associe=True), entrer(monde.chef)
    faite = poser(demande, 'Faite', None, 1, fait_le='2026-11-23')
    une, deux, trois = (poser(demande, f'Étape {n}', None, n + 1) for n in (1, 2, 3))
    page = nav.get(adresse(demande)).click('Modifier les étapes')
    formulaire = next(f for f in page.forms.values() if f.action.endswith('/feuille_de_route'))
    assert f'place_{faite.id}' not in formulaire.fields and page.html.select('[role=group][aria-label="Étape 2"]')
    formulaire[f'place_{trois.id}'], formulaire[f'pour_le_{une.id}'] = '1', '2026-12-20'
    formulaire[f'qui_{deux.id}'] = f'a{monde.associe.id}'
    page = fait(formulaire.submit(), demande, 'etapes')
    assert tenues(demande) == [('Faite', ''), ('Étape 3', ''), ('Étape 1', ''), ('Étape 2', 'Sacha Essai')]
    assert courriels(modele='etape') == [('etape', monde.associe.courriel)]
    dit = textes(page, '.journal > li')[0]
    assert 'Étape 1, par Claude Temoin → Étape 1, par Claude Temoin, pour le 20/12/2026' in dit and 'Étape 3' not in dit
    for places, attendu in (({trois: 3, une: 2, deux: 1}, '213'), ({deux: 2, une: 2, trois: 3}, '123'),
                            ({une: 3, deux: 2, trois: 3}, '231'), ({deux: 0, trois: 2, une: 3}, '31')):
        fait(envoyer(nav, relire(demande), 'feuille_de_route', **a_ranger(places)), demande, 'etapes')
        assert [quoi[-1] for quoi, _ in tenues(demande)[1:]] == list(attendu), places
    avant = relire(demande)
    for champs, dit in (({f'pour_le_{une.id}': '2026-11-20'}, 'à venir'), ({f'place_{une.id}': '9'}, 'liste'),
                        ({f'qui_{une.id}': 'a999'}, 'liste')):
        page = envoyer(nav, avant, 'feuille_de_route', **a_ranger({trois: 2, une: 1}, **champs))
        assert page.status_int == 422 and dit in ' '.join(fautes(page)), champs
        assert page.html.select_one(f'#{next(iter(champs))}[aria-invalid=true]'), champs
    assert relire(demande).version == avant.version


def test_une_etape_de_qui_devient_referent_ou_d_une_direction_se_range_comme_les_autres(creer, monde, entrer):
    demande, nav = creer('en_cours', associe=True), entrer(monde.chef)
    poser(demande, 'La sienne', monde.referent, 1)
    prevoir(nav, demande, 'Diagnostic', monde.autre.direction)
    prevoir(nav, demande, 'Visite', monde.associe)
    avant, etapes = relire(demande), tenues(demande)
    page = nav.get(adresse(demande, 'feuille_de_route'))
    formulaire = next(f for f in page.forms.values() if f.action.endswith('/feuille_de_route'))
    fait(formulaire.submit(), demande, 'etapes')
    assert tenues(demande) == etapes and relire(demande).version == avant.version + 1
