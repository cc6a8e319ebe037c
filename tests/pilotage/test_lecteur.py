"""« Lecteur »: an élu·e or the direction générale, who reads figures until a day, and nothing of a demande (§1)."""
import re

import pytest
from conftest import (
    CONTACT, PHRASE, changer_demande, courriels, faits, fautes, fixer, le_formulaire, poster, saisie_de,
    se_connecter, texte, un_lecteur)
from test_acces import adresse, appeler, routes

import models
from models import Refus
from verbes import comptes, questions, relais
from verbes.catalogue import catalogue
from verbes.echanges import imports
from verbes.administration import personnes, structures
from verbes.demande import actes, cycle
from verbes.contenus import groupes, relectures
from verbes.echanges.lecture import lire_fichier
from views import choix
from verbes.questions import demandes_lisibles

SECRET = 'SECRET DE LA MAIRIE'


def texte_de(balise):
    return ' '.join(balise.get_text().split())


@pytest.fixture
def demande(monde):
    """One that says all that a lecteur must not read."""
    with models.ecriture():
        deposee, _ = cycle.deposer(saisie_de(monde, message=SECRET, lieu='Impasse Secrète'))
        actes.noter_contact(deposee, monde.chef, deposee.version, CONTACT)
        return models.Demande.get_by_id(deposee.numero)


def test_ce_qui_est_ouvert_a_un_lecteur_est_dit_ici():
    ouvertes = {f'{methode} {regle}' for methode, regle, qui in routes(qui='lecteur')}
    compte = '/espace/compte'
    assert ouvertes >= {'GET /espace', 'GET /espace/pilotage', 'GET /espace/pilotage/rapport', 'POST /deconnexion',
                        f'GET {compte}', f'POST {compte}/mot-de-passe', f'GET {compte}/sessions',
                        f'POST {compte}/sessions', f'GET {compte}/second-facteur', f'POST {compte}/second-facteur'}
    # « <reste:path> » is a missing page, said in the espace.
    permises = r'\w+ (/deconnexion|/espace(/compte|/pilotage|/collectivites|/aide(/<cle:|$)|/<reste:path>$|$))'
    assert all(re.match(permises, une) for une in ouvertes)


def test_l_accueil_le_mene_au_pilotage_de_la_derniere_annee_finie_par_mois_entiers_avec_ou_sans_cantons(
        lecteur, entrer, monde):
    page = entrer(lecteur).get('/espace', status=303).follow(status=200)
    assert page.request.path == '/espace/pilotage'
    assert [texte_de(a) for a in page.html.select('header nav a')] == [
        'Pilotage', 'Aide', 'Éloi Hemicycle : mon compte']
    assert page.html.select_one('header [name=q]') is None and 'touches.js' not in page.text
    page = entrer(lecteur).get('/espace/pilotage')
    assert page.html.find('select', id='periode').find('option', selected=True)['value'] == '2025'
    assert 'du 1er janvier 2025 au 31 décembre 2025' in texte(page)
    assert page.html.find(id='du') is None and '12 derniers mois' not in texte(page)
    assert {champ['name'] for champ in page.html.select('form.pilotage [name]')} <= {'periode', 'epci', 'canton'}
    def dit():
        page = entrer(lecteur).get('/espace/pilotage')
        return 'ou un canton, jusqu\'au 30 juin 2027' in texte_de(page.html), (
            'Les cantons ne sont pas encore renseignés' in texte_de(page.html), bool(page.html.find(id='canton')))
    assert dit() == (True, (True, False))
    with models.ecriture():
        models.Collectivite.update(canton='Cazères').where(models.Collectivite.type == 'Commune').execute()
    assert dit() == (True, (False, True))


@pytest.mark.parametrize('ou', ['', '/rapport', '/theme.csv'])
def test_il_lit_l_ensemble_une_intercommunalite_ou_un_canton_par_mois_entiers_et_rien_de_plus_fin(
        monde, lecteur, entrer, ou):
    with models.ecriture():
        models.Collectivite.create(id=18, nom='CC Autre', cherche='cc autre', type='Communauté de communes',
                                   siren='200099999')
    navigateur, autre = entrer(lecteur), entrer(monde.autre)
    for filtre in ('structure=2', 'direction=2', 'fiche=1', 'theme=1', 'type=Commune', 'origine=direct',
                   'arrondissement=Muret', 'petr=A', 'secteur=A', 'perimetre=avant', 'epci=1&canton=A', 'epci=1,18'):
        page = navigateur.get(f'/espace/pilotage{ou}?{filtre}', status=403)
        assert 'pas ceux d\'une structure ou d\'une direction' in texte(page).replace('\n', ' '), filtre
        autre.get(f'/espace/pilotage{ou}?{filtre}', status=200)
    for permis in ('epci=1', 'epci=aucune', 'canton=A', 'periode=2026-11', 'periode=2026-T1', 'periode=2024',
                   'periode=libre&du=2025-02-01&au=2025-03-31'):
        navigateur.get(f'/espace/pilotage{ou}?{permis}', status=200)
    for du, au in (('2026-11-20', '2026-11-20'), ('2026-11-01', '2026-11-29'), ('2026-11-02', '2026-11-30')):
        page = navigateur.get(f'/espace/pilotage{ou}?periode=libre&du={du}&au={au}', status=403)
        assert 'par mois, trimestres ou années entiers' in texte(page), du


def test_sur_un_territoire_il_ne_lit_ni_a_temps_ni_fiche_ni_issue(creer, monde, lecteur, entrer):
    creer('termine')
    navigateur = entrer(lecteur)
    page = navigateur.get(f'/espace/pilotage?chapitre=tout&periode=2026&epci={monde.epci.id}')
    assert {t['id'] for t in page.html.select('section.panneau')} == {
        'mois', 'par-theme', 'par-structure', 'par-type', 'par-epci', 'annees', 'annees_structures', 'par-theme_epci',
        'ensemble'}
    assert [' '.join(b.next_sibling.split()) for b in page.html.select('.chiffres b')] == [
        'demandes reçues', 'ouvertes aujourd\'hui']
    assert 'à temps' not in page.html.select_one('.chiffres').text and monde.fiche.titre not in page.text
    assert [a.text for a in page.html.select('nav[aria-label=Chapitres] a')] == [
        'L\'essentiel', 'Qui demande quoi', 'Par année', 'Qui avec qui', 'Tout']
    for nom in ('temps', 'delais', 'fiche', 'issues', 'avis', 'statuts', 'ouvertes', 'direction', 'origines'):
        navigateur.get(f'/espace/pilotage/{nom}.csv?periode=2026&epci={monde.epci.id}', status=404)
    navigateur.get('/espace/pilotage/fiche.csv?periode=2026', status=404)
    assert monde.fiche.titre not in navigateur.get('/espace/pilotage?chapitre=tout&periode=2026').text
    assert monde.fiche.titre not in navigateur.get('/espace/pilotage/rapport?periode=2026').text


def test_d_un_canton_il_ne_lit_pas_les_intercommunalites_ni_d_une_intercommunalite_les_cantons(
        creer, monde, lecteur, entrer):
    """Where both meet there may be one commune."""
    with models.ecriture():
        models.Collectivite.update(canton='Cazères').where(models.Collectivite.type == 'Commune').execute()
    creer('en_cours')
    ici, canton = '/espace/pilotage{}?periode=2026&{}', 'canton=Caz%C3%A8res'
    for qui, status in ((lecteur, 404), (monde.autre, 200)):
        for nom, filtre in (('canton', f'epci={monde.epci.id}'), ('epci', canton), ('theme_epci', canton)):
            entrer(qui).get(ici.format(f'/{nom}.csv', filtre), status=status)
    page = entrer(lecteur).get(ici.format('', f'{canton}&chapitre=tout'))
    assert monde.epci.nom not in ' '.join(t.text for t in page.html.select('main table'))
    assert 'Par intercommunalité' not in texte(entrer(lecteur).get(ici.format('/rapport', canton)))


@pytest.mark.parametrize('edition', ['', '&edition=comite'])
def test_les_delais_les_issues_et_les_avis_se_lisent_par_annees_civiles_finies(
        creer, monde, lecteur, entrer, heure, edition):
    """Two periods that differ by a month, subtracted, said whether its one demande was reached in time."""
    creer('en_cours')
    heure('2027-02-10T09:00:00Z')
    qui = monde.admin if edition else lecteur
    navigateur, jamais = entrer(qui), ('temps', 'delais', 'confirme', 'issues', 'statuts')
    for periode, dite in (('2026', True), ('2026-11', False), ('2026-T4', False), ('2027', False),
                          ('libre&du=2025-01-01&au=2026-12-31', True), ('libre&du=2026-01-01&au=2026-11-30', False)):
        rapport = texte(navigateur.get(f'/espace/pilotage/rapport?periode={periode}{edition}'))
        assert ('jusqu\'au premier contact' in rapport) == dite, periode
        for nom in () if edition else jamais:
            navigateur.get(f'/espace/pilotage/{nom}.csv?periode={periode}', status=200 if dite else 404)
        if not edition:
            assert 'par années civiles finies' in texte(navigateur.get(f'/espace/pilotage?periode={periode}')), periode
            mois = navigateur.get(f'/espace/pilotage/mois.csv?periode={periode}').text
            assert 'non montré' in mois                             # of a month, never
            assert '2027;0;0;non montré' in navigateur.get(f'/espace/pilotage/annees.csv?periode={periode}').text


def test_ses_chiffres_sont_ceux_de_l_ensemble_sans_liens_une_restreinte_n_y_est_qu_une_fois_l_annee_finie(
        creer, monde, lecteur, entrer, heure):
    creer('en_cours')
    creer('en_cours', restreinte=True, message='Autre', courriel='b@rieumes.example')

    def dits(qui):
        page = entrer(qui).get('/espace/pilotage?periode=2026')
        return (page.html.select_one('.chiffres li b').text.strip(),
                ['hors diffusion restreinte' in li.text for li in page.html.select('.chiffres li')])
    assert dits(lecteur) == ('1', [True, True])                     # of a year that goes on, volumes alone
    assert dits(monde.admin) == ('2', [False] * 5)
    page = entrer(lecteur).get('/espace/pilotage?chapitre=tout&periode=2026')
    liens = {a['href'].partition('?')[0] for a in page.html.select('main a')}
    assert not any(lien.startswith('/espace/demandes') for lien in liens), liens
    assert page.html.find(id='structures_delais') is None
    assert {s['name'] for s in page.html.select('form.pilotage select')}.isdisjoint({'structure', 'direction'})
    heure('2027-01-10T09:00:00Z')
    assert dits(lecteur) == ('2', [False, False, False, False, True])
    assert 'dont 1 à diffusion restreinte, 1 que vous ne lisez pas' in texte(
        entrer(lecteur).get('/espace/pilotage?periode=2026'))


def test_son_invitation_dit_pour_quoi_l_aide_ce_qu_il_ne_lit_pas_sur_le_site_public_il_est_n_importe_qui(
        monde, lecteur, entrer):
    with models.ecriture():
        comptes.envoyer_invitation(lecteur)
    corps = models.Courriel.get(models.Courriel.modele == 'invitation_lecteur').corps.replace('\xa0', ' ')
    assert 'lire les chiffres' in corps and 'jusqu\'au 30 juin 2027' in corps and 'espace des agents' not in corps
    page = entrer(lecteur).get('/espace/aide').follow()
    assert 'Ce que vous ne lisez pas' in texte(page) and 'Douze questions' not in texte(page)
    assert 'Jusqu\'au 30 juin 2027' in texte(page)
    navigateur = entrer(lecteur)
    for lien in {a['href'] for a in page.html.select('main a') if a['href'].startswith('/espace')}:
        navigateur.get(lien, status='2*') if lien != '/espace' else None
    assert navigateur.get('/espace/pilotage').html.select_one('header a[href^="/espace/aide"]')
    with models.ecriture():
        models.Fiche.update(etat='brouillon').where(models.Fiche.id == 1).execute()
        models.Document.create(genre='fiche', objet='1', titre='Note', nom='note.pdf', type='pdf', taille=1, sha256='0',
                               ajoute_le='2026-11-10T09:00:00Z', contenu=b'x')
    entrer(lecteur).get('/documents/1-note', status=404)


def test_un_lecteur_parcourt_toutes_les_routes_sans_lire_une_demande(monde, demande, lecteur, entrer):
    """Whatever the role of a route: no name of an agent or of a mairie, no contact, message, place, nor number."""
    secrets = [SECRET, 'Impasse Secrète', 'Jeanne', 'Exemplaire', 'mairie@rieumes.example', '05 36 49 00 12',
               '0536490012', 'Camille', 'Claude', 'Temoin', '@hgi.example', f'/espace/demandes/{demande.numero}']
    lues = 0
    for methode, regle, qui in routes():
        if qui == 'demandeur' or '/suivi/' in regle:                # open to who holds the link, whoever they are
            continue
        reponse = appeler(entrer(lecteur), methode, adresse(regle, numero=demande.numero))
        assert reponse.status_int < 500, (methode, regle)
        dits = reponse.body.decode('utf-8', 'replace')
        assert [mot for mot in secrets if mot in dits] == [], (methode, regle)
        lues += 1
        if qui in ('agent', 'administrateur'):
            assert reponse.status_int == 403, (methode, regle)
            assert 'réservée aux agents' in texte(reponse)
    assert lues > 200


def test_ni_la_carte_ni_la_page_d_une_commune_ne_lui_disent_un_jour(monde, creer, lecteur, entrer):
    """6, 12 and 24 months are counted from the first of a month: seen two days running, a class would tell the day."""
    une, navigateur = creer('termine'), entrer(lecteur)

    def lues(jour):
        changer_demande(une, depose_le=f'{jour}T09:00:00Z')
        return [navigateur.get(f'/espace/{ou}').text for ou in (
            'pilotage/carte.csv', 'pilotage/carte.csv?vue=epci', 'pilotage/territoires.csv',
            f'collectivites/{une.collectivite_id}', f'collectivites/{monde.epci.id}')]
    for mois in ('2026-05', '2025-11', '2024-11'):
        assert lues(f'{mois}-02') == lues(f'{mois}-28'), mois


def test_passe_son_dernier_jour_il_n_entre_plus(monde, entrer, site, heure, hachage_rapide):
    lecteur = un_lecteur(monde, '2026-11-24', mot_de_passe=comptes.hacher(PHRASE))
    se_connecter(site, lecteur.courriel)
    with models.ecriture():
        jeton = comptes.nouveau_lien(lecteur, 'mot_de_passe')
    site.get('/espace/pilotage', status=200)
    heure('2026-11-24T22:59:00Z')                                   # 23 h 59 in Paris
    entrer(lecteur).get('/espace/pilotage', status=200)
    heure('2026-11-24T23:00:00Z')
    entrer(lecteur).get('/espace/pilotage', status=401)
    page = se_connecter(site, lecteur.courriel, status=401)
    inconnu = se_connecter(site, 'personne@haute-garonne.example', status=401)
    assert fautes(page) == fautes(inconnu)
    site.get(f'/invitation/{jeton}', status=404)
    with models.ecriture():
        comptes.envoyer_lien(lecteur.courriel)
    assert courriels(modele='mot_de_passe') == []


NEUF = {'prenom': 'Éloi', 'nom': 'Hemicycle', 'courriel': 'eloi@haute-garonne.example', 'direction': '1',
        'lecteur_au': '2027-06-30'}
NOUVEAU = '/espace/admin/comptes/nouveau'


def test_un_administrateur_cree_un_lecteur_avec_son_dernier_jour(monde, entrer):
    admin = entrer(monde.admin)
    refusee = poster(admin, NOUVEAU, NEUF, status=422)
    assert 'aucun lecteur n\'entre tant que l\'accord du comité de suivi n\'est pas daté' in fautes(refusee)[0]
    with models.ecriture():
        fixer('accord_lecteurs', '', '2026-11-20')
    poster(admin, NOUVEAU, NEUF, status=200)
    with models.lecture():
        cree = models.Agent.get(models.Agent.courriel == NEUF['courriel'])
    assert cree.lecteur_au == '2027-06-30' and not cree.administrateur
    assert ('compte créé', monde.admin.courriel, 'pour Éloi Hemicycle, lecteur jusqu\'au 30/06/2027') in faits()
    assert courriels() == [('invitation_lecteur', NEUF['courriel'])]
    ligne = texte(admin.get('/espace/admin/comptes?droits=lecteur'))
    assert 'lecteur jusqu\'au 30/06/2027' in ligne and 'Lecteur des chiffres' in ligne


def test_un_lecteur_n_a_aucun_droit_un_dernier_jour_a_venir_et_ne_devient_pas_agent_ni_l_inverse(monde, lecteur,
        entrer):
    for autres, phrase in (
    ({'administrateur': True}, 'un lecteur ne fait que lire'), ({'pilote': True}, 'un lecteur ne fait que lire'),
                    ({'lecteur_au': '2026-11-23'}, 'ce jour est déjà passé')):
        assert phrase in fautes(poster(entrer(monde.admin), NOUVEAU, NEUF | autres, status=422))[0], autres
    admin, sienne = entrer(monde.admin), f'/espace/admin/comptes/{lecteur.id}'
    page = admin.get(sienne)
    assert 'administrateur' not in le_formulaire(page).fields and 'Préparer' not in texte(page)
    poster(admin, sienne, {'lecteur_au': '2027-12-31'})
    assert ('compte modifié', monde.admin.courriel, 'pour Éloi Hemicycle, lecteur jusqu\'au 31/12/2027') in faits()
    assert 'un lecteur a toujours un dernier jour' in fautes(poster(admin, sienne, {'lecteur_au': ''}, status=422))[0]
    assert 'lecteur_au' not in le_formulaire(entrer(monde.admin).get(f'/espace/admin/comptes/{monde.autre.id}')).fields
    textes = personnes.en_textes(monde.autre)
    with models.ecriture(), pytest.raises(Refus, match='créez-en un autre'):
        personnes.modifier(monde.autre, textes | {'lecteur_au': '2027-06-30'}, monde.admin)


def test_un_lecteur_se_ferme_depuis_son_compte_et_se_rouvre_avec_une_date_a_venir(monde, lecteur, entrer, heure):
    admin, sienne = entrer(monde.admin), f'/espace/admin/comptes/{lecteur.id}'
    navigateur = entrer(lecteur)
    admin.post(f'{sienne}/acte', {'acte': 'clore'}, status=303)
    navigateur.get('/espace/pilotage', status=401)
    assert 'compte fermé' in {fait for fait, _, _ in faits()}
    assert 'préparez son départ' in texte(
        admin.post(f'/espace/admin/comptes/{monde.autre.id}/acte', {'acte': 'clore'}, status=409))
    heure('2027-07-01T09:00:00Z')
    admin = entrer(monde.admin)
    assert 'donnez-lui d\'abord une autre date' in texte(admin.post(f'{sienne}/acte', {'acte': 'rouvrir'}, status=409))
    poster(admin, sienne, {'lecteur_au': '2027-12-31'})
    admin.post(f'{sienne}/acte', {'acte': 'rouvrir'}, status=200)


def test_chaque_contributeur_voit_qui_lit_ces_chiffres_aucun_courriel_de_demande_ne_lui_est_ecrit(
        monde, lecteur, entrer, creer):
    un_lecteur(monde, '2026-01-31', courriel='ancien@x.example', nom='Ancienne')
    for ou in ('/espace/annuaire', '/espace/pilotage'):
        page = texte(entrer(monde.autre).get(ou))
        assert 'Éloi Hemicycle, Vice-président (jusqu\'au 30/06/2027)' in page and 'Ancienne' not in page, ou
    for etat in ('attribue_admin', 'rejete', 'en_cours', 'termine', 'abandonne'):
        creer(etat, message=etat, courriel=f'{etat}@rieumes.example')
    assert courriels() and lecteur.courriel not in {destinataire for _, destinataire in courriels()}


def test_un_lecteur_n_est_dans_aucune_liste_ou_l_on_choisit_un_agent(creer, monde, lecteur, entrer):
    demande = creer('receptionne_chef', associe=True)
    admin = entrer(monde.admin)
    pages = (f'/espace/demandes/{demande.numero}/designer', f'/espace/demandes/{demande.numero}/orienter',
             f'/espace/demandes/{demande.numero}/changer_chef', f'/espace/demandes/{demande.numero}/associer',
             '/espace/demandes/nouvelle', '/espace/demandes', '/espace/compte/absences', '/espace/redaction/fiches/1',
             '/espace/documents/groupes', f'/espace/admin/comptes/{monde.chef.id}/depart',
             f'/espace/admin/directions/{monde.admin.direction_id}')
    for page in pages:
        lue = admin.get(page, status='*')
        lue = lue.follow() if lue.status_int == 303 else lue
        assert lue.status_int in (200, 404) and 'Hemicycle' not in lue.text, page
    with models.lecture():
        assert str(lecteur.id) not in {id_ for _, groupe in choix.agents() for id_, _ in groupe}
        assert lecteur.id not in questions.presence().joignables
        assert lecteur not in relectures.lecteurs(monde.admin.direction.structure_id)


def qui_refusent(monde, demande, lecteur):
    """Each verb that puts an agent in charge of something."""
    texte_du_groupe = {'nom': 'Bourgs', 'animateur': str(lecteur.id)}
    direction = monde.admin.direction
    return (
        lambda: cycle.changer_statut(demande, 'designer', monde.admin, demande.version, {'referent': lecteur}),
        lambda: actes.associer(demande, monde.admin, demande.version, lecteur),
        lambda: actes.changer_chef(demande, monde.admin, demande.version, [lecteur], 'Départ.'),
        lambda: relais.noter_absence(monde.admin, '2026-12-01', '2026-12-02', str(lecteur.id)),
        lambda: relais.noter_absence(lecteur, '2026-12-01', '2026-12-02', '', par=monde.admin),
        lambda: relais.donner_delegation(monde.admin, str(lecteur.id), '', ''),
        lambda: groupes.ecrire(None, texte_du_groupe, monde.admin),
        lambda: structures.modifier_direction(direction, {'nom': direction.nom}, lecteur.id, monde.admin),
        lambda: catalogue._controler_les_chefs({'chefs': [lecteur.id]}, None),
        lambda: comptes.inviter(lecteur.courriel, direction, 'É', 'H', administrateur=True),
    )


@pytest.mark.parametrize('rang', range(10))
def test_aucun_verbe_ne_lui_confie_quoi_que_ce_soit(creer, monde, lecteur, rang):
    demande = creer('receptionne_chef')
    with pytest.raises(Refus), models.ecriture():
        qui_refusent(monde, demande, lecteur)[rang]()


def test_meme_si_la_base_le_disait_il_n_agit_pour_personne(monde, creer, lecteur, entrer):
    demande = creer('en_cours', restreinte=True)
    with models.ecriture():
        models.Delegation.create(pour=monde.admin, par=lecteur)
        models.Agent.update(administrateur=True).where(models.Agent.id == lecteur.id).execute()
        models.Membre.create(demande=demande, role='associe', agent=lecteur, structure=1, direction=1,
                             depuis_le='2026-11-24T09:00:00Z')
    entrer(lecteur).get('/espace/admin', status=403)
    with models.lecture():
        assert not models.Agent.get_by_id(lecteur.id).administre
        assert not demandes_lisibles(models.Agent.get_by_id(lecteur.id)).exists()


def importer(quoi, **cellules):
    colonnes = {'courriel': 'neuf@haute-garonne.example', 'prenom': 'Neuve', 'nom': 'Personne', 'fonction': '',
                'structure': 'Conseil départemental de la Haute-Garonne', 'direction': 'DDAT', 'telephone_public': '',
                'telephone': '', 'administrateur': 'non', 'pilote': 'non', 'actif': 'oui', **cellules}
    octets = '\ufeff{}\r\n{}\r\n'.format(';'.join(colonnes), ';'.join(colonnes.values())).encode()
    lignes, lues = lire_fichier(quoi, octets)
    with models.ecriture():
        return [faute.raison for faute in imports.appliquer(quoi, lignes, lues).fautes]


def test_l_import_tient_les_memes_regles(monde):
    sans_accord = importer('agents', lecteur_au='30/06/2027')
    assert len(sans_accord) == 1 and 'n\'est pas daté' in sans_accord[0]
    lecteur = un_lecteur(monde)
    assert 'ne fait que lire' in importer('agents', lecteur_au='30/06/2027', administrateur='oui')[0]
    assert 'ne devient pas' in importer('agents', lecteur_au='30/06/2027', courriel=monde.autre.courriel)[0]
    assert 'ne devient pas' in importer('agents', lecteur_au='', courriel=lecteur.courriel)[0]
    assert importer('agents', lecteur_au='30/06/2027') == []
    with models.lecture():
        assert models.Agent.get(models.Agent.courriel == 'neuf@haute-garonne.example').lecteur_au == '2027-06-30'


def test_sans_la_date_de_l_accord_aucun_lecteur_n_entre_un_formulaire_vide_ne_l_efface_pas(monde, lecteur, entrer):
    """A field that does not come is not an emptied one: every lecteur would be out at once."""
    assert 'Rien' in entrer(monde.admin).post('/espace/admin/obligations', {}, status=422).text
    with models.lecture():
        assert models.accord_des_lecteurs() == '2026-11-02'
    navigateur = entrer(lecteur)
    navigateur.get('/espace/pilotage', status=200)
    with models.ecriture():
        fixer('accord_lecteurs', '', None)
    navigateur.get('/espace/pilotage', status=401)
    admin = entrer(monde.admin)
    assert 'Sans date : aucun lecteur n\'entre.' in texte(admin.get('/espace/admin'))
    form = next(f for f in admin.get('/espace/admin/obligations').forms.values() if 'accord_lecteurs_le' in f.fields)
    form['accord_lecteurs_le'] = '2026-11-20'
    form['accord_lecteurs_reference'] = 'Relevé du comité'
    form.submit(status=303)
    with models.lecture():
        assert models.accord_des_lecteurs() == '2026-11-20'
    assert ('lignes datées', monde.admin.courriel, 'accord_lecteurs') in faits()
