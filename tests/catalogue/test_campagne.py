"""« Revue annuelle »: opened, answered by who pilots, reminded once a week, closed; « Vérifiée le » is public."""
import re

import pytest
from conftest import changer_ligne, en_ecriture, faits, fautes, le_formulaire, lue, relire_ligne, texte

import models
from models import Refus
from verbes.catalogue import campagne, catalogue
from verbes.contenus import contenus
from verbes.demande import relances
from verbes.questions import attendus_a_la_revue

SIENNE, ADMIN = '/espace/redaction/campagne', '/espace/admin/campagne'
JOUR, FIN = '2026-12-01T09:00:00Z', '2027-01-29'


@pytest.fixture
def revue(monde, heure):
    """The revue annuelle of 2027: the three fiches of the world, a ressource of Claude."""
    heure(JOUR)
    with models.ecriture():
        id_ = contenus.creer('ressource', monde.referent, {
            'titre': 'Guide des marchés', 'resume': 'En bref.', 'corps': 'Le texte.', 'nature': 'guide',
            'structure': monde.referent.direction.structure_id, 'verifie_le': '2026-01-05',
            'a_revoir_le': '2027-01-05'})
        contenus.agir(models.Contenu.get_by_id(id_), 'publier', monde.admin)
        return models.Campagne.get_by_id(campagne.ouvrir(monde.admin, 2027, FIN))


def ligne(monde, revue, une, agent=None):
    with models.lecture():
        return next(x for x in campagne.lire(models.relire(revue), agent or monde.admin)
                    if (x.genre, x.objet) == ('fiche' if isinstance(une, models.Fiche) else 'contenu', une.id))


def repondre(monde, revue, une, agent, reponse='exacte', pourquoi=''):
    en_ecriture(campagne.repondre, revue, ligne(monde, revue, une), agent, reponse, pourquoi)


def boutons(page):
    return [f for f in page.forms.values() if f.action.endswith('/exacte')]


def remplir(page, status=303, **champs):
    formulaire = le_formulaire(page)
    for nom, valeur in champs.items():
        formulaire[nom] = valeur
    return formulaire.submit(status=status)


def rappels(agent=None):
    with models.lecture():
        lus = models.Courriel.select().where(models.Courriel.modele == 'relance').order_by(models.Courriel.id)
        return [c.corps for c in lus if agent is None or c.agent_id == agent.id]


def clore(revue, monde):
    en_ecriture(campagne.clore, revue, monde.admin)


def absenter(agent, suppleant=None):
    en_ecriture(models.Absence.create, agent=agent, du='2026-11-30', au='2027-02-01', suppleant=suppleant)


def attendus(revue):
    with models.lecture():
        noms = {a.id: a.prenom for a in models.Agent.select()}
        quoi = {r.id: (r.fiche or r.contenu).titre for r in revue.reponses}
        return {quoi[id_]: [noms[agent] for agent in ids] for id_, ids in attendus_a_la_revue().items()}


def test_une_revue_de_l_ouverture_au_rapport(monde, heure, entrer, site, base):
    heure(JOUR)
    admin = entrer(monde.admin)
    page = admin.get(ADMIN)
    assert le_formulaire(page)['ferme_le'].value == '2027-02-01'    # sixty days from now, then the first working one
    page = remplir(page, ferme_le=FIN).follow()
    assert page.request.path == f'{ADMIN}/2027' and '0 sur 3 fiches et ressources dites' in texte(page)
    page = entrer(monde.chef).get('/espace').click('à vérifier')
    assert 'Revue annuelle 2027 : 3 à vérifier' in texte(page)
    page = boutons(page)[0].submit().follow()
    assert 'Revue annuelle 2027 : 2 à vérifier' in texte(page)
    assert 'exacte, dit par Camille Exemple le 1er décembre' in texte(page)
    assert 'Vérifiée le 1er décembre 2026' in texte(site.get('/fiches/1-conseil-juridique'))
    assert '1 sur 3 fiches et ressources dites' in texte(admin.get(f'{ADMIN}/2027'))
    assert 'Clore la revue' not in texte(admin.get(f'{ADMIN}/2027'))
    heure('2027-02-01T09:00:00Z')
    admin, chef = entrer(monde.admin), entrer(monde.chef)
    page = admin.get('/espace').click('La revue annuelle 2027 est à clore')
    page = le_formulaire(page, f'{ADMIN}/2027/clore').submit().follow()
    dit = texte(page)
    assert 'Rapport de la revue annuelle 2027' in dit and 'close le 1er février' in dit
    assert 'Sans réponse Revitalisation de bourg-centre HGI et CAUE Contentieux HGI' in dit
    assert lue(base, "SELECT count(*) FROM fiche WHERE etat = 'publiee'") == [(3,)]       # none is suspended
    assert {'revue annuelle ouverte', 'revue annuelle répondue', 'revue annuelle close'} <= {f[0] for f in faits()}
    assert 'à vérifier' not in texte(chef.get('/espace'))
    assert 'Aucune revue n\'est ouverte' in texte(chef.get(SIENNE))
    assert 'Rapport de la revue annuelle 2027' in texte(admin.get(ADMIN))
    assert 'Ouvrir la revue annuelle 2028' in texte(admin.get(ADMIN))


def test_un_suppleant_repond_pour_l_absent_pas_l_administrateur_la_revue_ne_se_clot_avant_son_jour_que_toute_dite(
        monde, revue, entrer, base):
    page = entrer(monde.referent).get(SIENNE)
    assert 'Guide des marchés' in texte(page)
    boutons(page)[0].submit()
    assert lue(base, 'SELECT verifie_le, a_revoir_le FROM contenu') == [('2026-12-01', '2027-12-01')]
    assert lue(base, "SELECT pourquoi FROM version WHERE genre = 'contenu' AND etat = 'publiee'") == [
        ('Revue annuelle 2027\u00a0: exacte.',)]
    absenter(monde.chef, monde.autre)
    page = entrer(monde.autre).get(SIENNE)
    assert 'Revue annuelle 2027 : 3 à vérifier' in texte(page)
    boutons(page)[0].submit()
    assert ligne(monde, revue, monde.urgente).auteur == 'Dominique Autre'
    en_ecriture(catalogue.enregistrer_fiche, monde.fiche, monde.admin, {'resume': 'Mieux.'}, 'Une faute.')
    assert ligne(monde, revue, monde.fiche).reponse == '' and relire_ligne(monde.fiche).verifie_le is None
    with models.ecriture():
        fiche = models.relire(monde.fiche)
        valeurs = {nom: catalogue.champs_de(fiche)[nom] for nom in catalogue.PROPOSABLES}
        catalogue.proposer(fiche, monde.chef, valeurs | {'resume': 'Encore mieux.'}, 'Plus clair.')
        assert models.relire(fiche).verifie_le is None
        catalogue.accepter(models.Version.get(etat='a_relire'), monde.admin, {'resume': 'Encore mieux.'})
    assert relire_ligne(monde.fiche).verifie_le == '2026-12-01'
    assert 'Ouvrir la revue' not in texte(entrer(monde.admin).get(ADMIN))
    assert refus_de(campagne.ouvrir, monde.admin, 2028, '2028-01-28').code == 409
    page = entrer(monde.admin).post(f'{ADMIN}/2027/clore', status=409)
    assert 'Il manque encore 1\u00a0réponse' in page.text and 'par Maxime Exemple' in page.text
    assert relire_ligne(revue).close_le is None
    repondre(monde, revue, monde.contentieux, monde.admin)
    clore(revue, monde)
    assert relire_ligne(revue).close_le
    assert 'a déjà eu lieu' in refus_de(campagne.ouvrir, monde.admin, 2027, '2027-03-01').phrase
    assert 'déjà close' in refus_de(campagne.clore, revue, monde.admin).phrase
    assert lue(base, 'SELECT count(*) FROM campagne') == [(1,)]


def test_elle_est_demandee_a_qui_pilote_absent_ou_jamais_venu_comme_une_demande(monde, revue):
    assert attendus(revue) == {
        'Conseil juridique': ['Camille'], 'Revitalisation de bourg-centre': ['Camille', 'Andrea'],
        'Contentieux': ['Camille'], 'Guide des marchés': ['Claude']}
    absenter(monde.chef)
    assert attendus(revue)['Revitalisation de bourg-centre'] == ['Andrea']
    assert attendus(revue)['Contentieux'] == ['Maxime']             # Camille is the one pilote there
    changer_ligne(monde.referent, pilote=True)
    assert attendus(revue)['Contentieux'] == ['Claude']
    changer_ligne(monde.referent, ouvert_le=None)
    assert attendus(revue)['Contentieux'] == attendus(revue)['Guide des marchés'] == ['Maxime']


def test_qui_agit_aussi_pour_un_absent_lit_les_deux_rappels_dans_un_courriel(monde, revue):
    absenter(monde.chef, monde.cochef)
    repondre(monde, revue, monde.fiche, monde.admin)                # told to both chefs
    en_ecriture(models.Pilotage.create, fiche=monde.urgente, agent=monde.cochef, rang=1)
    relances.relances()
    (lu,) = rappels(monde.cochef)
    assert '\u00a0: 1 fiche ou ressource à vérifier, jusqu\'au 29/01/2027\n' in lu
    assert '2 fiches ou ressources à vérifier, jusqu\'au 29/01/2027 (pour Camille Exemple)' in lu
    assert lu.count('dit par Maxime Exemple') == 2


def test_de_deux_chefs_la_premiere_reponse_vaut_et_l_autre_l_apprend(monde, revue, entrer):
    page = entrer(monde.cochef).get(SIENNE)
    assert 'HGI et CAUE : la première réponse vaut' in texte(page)
    repondre(monde, revue, monde.fiche, monde.chef)
    refus = boutons(page)[0].submit(status=409)
    assert 'Camille Exemple a déjà répondu le 1er décembre : exacte.' in texte(refus)
    with pytest.raises(Refus, match='La première réponse vaut'):
        repondre(monde, revue, monde.fiche, monde.cochef, 'retrait', 'Non.')
    assert ligne(monde, revue, monde.fiche).auteur == 'Camille Exemple'
    relances.relances()
    (lu,) = rappels(monde.cochef)
    assert ('revue annuelle 2027, «\u00a0Revitalisation de bourg-centre\u00a0»\u00a0: exacte, dit par Camille Exemple'
            in lu)


def test_le_courriel_du_jour_la_rappelle_par_semaine_dit_un_retrait_aux_administrateurs_puis_qu_elle_est_a_clore(
        monde, revue, heure):
    dits = []
    for jour in ('2026-12-01', '2026-12-02', '2026-12-04', '2026-12-07', '2026-12-08'):
        heure(f'{jour}T09:00:00Z')
        avant = len(rappels(monde.chef))
        relances.relances()
        dits += [jour] * (len(rappels(monde.chef)) - avant)
        en_ecriture(models.Courriel.update(envoye_le=f'{jour}T10:00:00Z').execute)
    assert dits == ['2026-12-01', '2026-12-07']
    assert '2027\u00a0: 3 fiches ou ressources à vérifier, jusqu\'au 29/01/2027' in rappels(monde.chef)[0]
    assert rappels(monde.admin) == []
    repondre(monde, revue, monde.urgente, monde.chef, 'retrait', 'Fermé.')
    heure('2026-12-09T09:00:00Z')
    relances.relances()
    assert 'à retirer du catalogue, dit par Camille Exemple' in rappels(monde.admin)[0]
    avant = len(rappels())
    heure('2027-02-01T09:00:00Z')
    relances.relances()
    assert 'finie le 29/01/2027, à clore' in rappels(monde.admin)[-1]
    assert not any('à vérifier' in lu for lu in rappels()[avant:])


def refus_de(verbe, *arguments):
    with pytest.raises(Refus) as refus, models.ecriture():
        verbe(*arguments)
    return refus.value


def test_une_fiche_archivee_une_revue_close_entre_temps_le_disent_et_rien_n_est_ecrit(monde, revue, heure, entrer):
    heure('2027-01-29T09:00:00Z')
    page = entrer(monde.chef).get(SIENNE)
    retrait = page.click('À retirer du catalogue', index=1)
    en_ecriture(catalogue.changer_etat, monde.urgente, monde.admin, 'archivee', 'Fini.')
    assert 'Conseil juridique' not in attendus(revue)
    assert 'n\'est plus au catalogue' in texte(boutons(page)[0].submit(status=409))
    clore(revue, monde)
    assert ligne(monde, revue, monde.urgente).reponse == 'sortie'
    assert 'Retirées du catalogue avant la réponse Conseil juridique' in texte(entrer(monde.admin).get(f'{ADMIN}/2027'))
    assert 'est close depuis le 29/01/2027' in texte(boutons(page)[1].submit(status=409))
    refus = remplir(retrait, pourquoi='Fini.', status=409)
    assert 'est close depuis le 29/01/2027' in texte(refus) and le_formulaire(refus)['pourquoi'].value == 'Fini.'
    assert ligne(monde, revue, monde.fiche).reponse == '' and relire_ligne(monde.fiche).verifie_le is None


def test_un_chef_parti_entre_temps_n_est_plus_demande_et_ne_repond_plus(monde, revue, entrer):
    page = entrer(monde.cochef).get(SIENNE)
    en_ecriture(models.Pilotage.delete().where(models.Pilotage.agent == monde.cochef).execute)
    en_ecriture(models.Agent.update(pilote=False).where(models.Agent.id == monde.cochef.id).execute)
    en_ecriture(models.Agent.update(actif=False).where(models.Agent.id == monde.chef.id).execute)
    assert attendus(revue)['Revitalisation de bourg-centre'] == attendus(revue)['Contentieux'] == ['Maxime']
    assert 'réservée aux administrateurs et à qui pilote' in texte(boutons(page)[0].submit(status=403))
    assert ligne(monde, revue, monde.fiche).reponse == ''
    relances.relances()
    assert '4 fiches ou ressources' not in ''.join(rappels(monde.chef))
    assert '3 fiches ou ressources à vérifier' in rappels(monde.admin)[0]


def test_la_page_montre_ce_qui_vieillit_un_changement_propose_repond_et_un_retrait_est_lu_de_l_administrateur(
        monde, revue, entrer, creer):
    autre, sienne = entrer(monde.cochef), ligne(monde, revue, monde.urgente).id
    for page in (autre.post(f'{SIENNE}/{sienne}/exacte', status=403), autre.get(f'{SIENNE}/{sienne}', status=403),
                 autre.post(f'{SIENNE}/{sienne}', {'pourquoi': 'x'}, status=403)):
        assert 'réservée aux administrateurs et à qui pilote' in texte(page)
    assert entrer(monde.chef).get(f'{SIENNE}/999', status=404)
    assert entrer(monde.admin).get(f'{ADMIN}/2020', status=404)
    with models.ecriture():
        models.Fiche.update(mots='avocat, recours', payant='2 000 €').where(
            models.Fiche.id == monde.urgente.id).execute()
        models.Porte.create(organisme='le barreau', objet='Recours, avocat', mots='avocat', telephone='0536490001',
                            verifie_le='2025-01-05')
        models.Porte.create(organisme='la préfecture', objet='Recours contre un acte', mots='recours',
                            verifie_le='2026-11-05')
        models.SansReponse.create(mots='conseil avocat', nombre=9, vu_le='2026-11-20', jours=4)
    dit = texte(entrer(monde.chef).get(SIENNE))
    assert 'Payant, ordre de grandeur : 2 000 €' in dit and 'inchangé depuis le 14 septembre' in dit
    assert '05 36 49 00 20' in dit and 'avocat, recours' in dit
    assert 'le barreau, Recours, avocat, 05 36 49 00 01 vue le 5 janvier 2025' in dit and 'la préfecture' not in dit
    assert '« conseil avocat », cherché 9 fois, n\'est pas dans la fiche' in dit
    creer('attribue_chef', fiche=monde.urgente)
    chef = entrer(monde.chef)
    page = chef.get(SIENNE).click('Je propose un changement', index=1)
    remplir(page, resume='Mieux dit.', pourquoi='Plus clair.')
    assert ligne(monde, revue, monde.fiche).reponse == 'changement'
    page = chef.get(SIENNE).click('À retirer du catalogue', index=0)
    assert '1 demande ouverte' in texte(page)
    assert 'Pourquoi la retirer' in fautes(remplir(page, status=422))[0]
    remplir(page, pourquoi='Le service a fermé.').follow()
    dit = texte(entrer(monde.admin).get(f'{ADMIN}/2027'))
    assert 'dit par Camille Exemple le 1er décembre : Le service a fermé. – 1 demande ouverte – Archiver' in dit
    assert relire_ligne(monde.urgente).publiee
    page = boutons(chef.get(SIENNE))[-1].submit().follow()          # « Revenir sur cette réponse »
    assert 'exacte, dit par Camille' in texte(page) and relire_ligne(monde.urgente).verifie_le == '2026-12-01'


def test_les_fiches_a_revoir_ont_plus_de_douze_mois_le_dernier_jour_d_une_revue_est_ouvre_et_de_l_annee(
        monde, heure, entrer, base):
    heure('2027-09-14T09:00:00Z')

    def a_revoir():
        page = entrer(monde.admin).get('/espace/redaction?a_revoir=oui')
        return re.findall(r'/espace/redaction/fiches/(\d+)"', page.text)
    assert a_revoir() == []
    heure('2027-09-15T09:00:00Z')
    assert sorted(a_revoir()) == ['1', '2', '3']
    en_ecriture(models.Fiche.update(verifie_le='2027-01-05').where(models.Fiche.id == 2).execute)
    assert sorted(a_revoir()) == ['1', '3']
    heure(JOUR)
    navigateur = entrer(monde.admin)
    for jour, phrase in (
            ('2027-01-30', 'n\'est pas un jour ouvré'), ('2026-12-31', 'hoisissez un jour à venir de 2027'),
            ('2028-01-28', 'hoisissez un jour à venir de 2027'), ('2027-01-01', 'n\'est pas un jour ouvré')):
        page = remplir(navigateur.get(ADMIN), ferme_le=jour, status=422)
        assert phrase in fautes(page)[0] and le_formulaire(page)['ferme_le'].value == jour, jour
    assert lue(base, 'SELECT 1 FROM campagne') == []
    en_ecriture(models.Fiche.update(etat='archivee').execute)       # an empty catalogue
    assert 'il n\'y a rien à revoir' in refus_de(campagne.ouvrir, monde.admin, 2027, FIN).phrase


def test_son_ouverture_dit_d_abord_a_qui_elle_demande_puis_son_jour_change_et_sans_reponse_elle_s_annule(
        monde, heure, entrer, base):
    heure(JOUR)
    admin = entrer(monde.admin)
    dit = texte(admin.get(ADMIN))
    assert 'Elle demandera aujourd\'hui 3 fiches que le public lit et 0 ressource publiée, à 2 personnes.' in dit
    assert 'À qui Camille Exemple, Andrea Modele' in dit, dit
    page = remplir(admin.get(ADMIN), ferme_le=FIN).follow()
    jour = admin.get(page.request.path)
    page = remplir(jour, ferme_le='2027-01-30', status=422)
    assert 'n\'est pas un jour ouvré' in fautes(page)[0]
    assert 'choisissez un jour à venir de 2027' in fautes(remplir(jour, ferme_le='2026-11-30', status=422))[0]
    page = remplir(jour, ferme_le='2027-02-05').follow()
    assert 'jusqu\'au 5 février 2027' in texte(page) and 'Le dernier jour est changé' in texte(page)
    remplir(jour, ferme_le='2027-03-05', status=409)                # read before the change
    page = le_formulaire(page, f'{ADMIN}/2027/annuler').submit().follow()
    assert 'La revue est annulée' in texte(page) and 'Ouvrir la revue annuelle 2027' in texte(page)
    assert lue(base, 'SELECT (SELECT count(*) FROM campagne), (SELECT count(*) FROM campagne_reponse)') == [(0, 0)]
    assert 'revue annuelle' not in texte(entrer(monde.chef).get('/espace'))
    assert [f[0] for f in faits() if 'annuelle' in f[0]] == [
        'revue annuelle ouverte', 'revue annuelle changée', 'revue annuelle annulée']


def test_une_revue_qui_a_une_reponse_ou_annulee_par_un_autre_ne_s_annule_plus(monde, revue, entrer):
    admin, chef = entrer(monde.admin), entrer(monde.chef)
    suivi, siennes = admin.get(f'{ADMIN}/2027'), chef.get(SIENNE)
    repondre(monde, revue, monde.urgente, monde.chef)
    page = le_formulaire(suivi, f'{ADMIN}/2027/annuler').submit(status=409)
    assert 'elle ne s\'annule plus' in texte(page) and 'Annuler la revue' not in texte(page)
    with models.ecriture():
        models.CampagneReponse.update(reponse='', agent=None, repondu_le=None).execute()
        campagne.annuler(revue, monde.admin)
    boutons(siennes)[0].submit(status=404)
    with pytest.raises(Refus, match='vient d\'être annulée'):
        en_ecriture(campagne.clore, revue, monde.admin)
