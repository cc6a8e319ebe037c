"""« Lecteur »: an élu·e or the direction générale, who reads figures until a day, and nothing of a demande (§1)."""
import re

import pytest
from conftest import (CONTACT, PHRASE, changer_demande, changer_ligne, corps_de, courriels, creer_ligne, en_ecriture,
                      faits, fautes, fixer, le_formulaire, poster, saisie_de, se_connecter, texte, un_lecteur)
from test_acces import adresse, appeler, routes

import models
from models import Refus
from verbes import comptes, questions, relais
from verbes.catalogue import catalogue
from verbes.echanges import imports
from verbes.administration import personnes, structures
from verbes.demande import actes, cycle
from verbes.contenus import groupes, relectures
from views import choix
from verbes.questions import demandes_lisibles

SECRET = 'SECRET DE LA MAIRIE'


@pytest.fixture
def demande(monde):
    with models.ecriture():
        deposee, _ = cycle.deposer(saisie_de(monde, message=SECRET, lieu='Impasse Secrète'))
        actes.noter_contact(deposee, monde.chef, deposee.version, CONTACT)
        return models.Demande.get_by_id(deposee.numero)


@pytest.mark.parametrize('ou', ['', '/rapport', '/theme.csv'])
def test_il_lit_l_ensemble_un_epci_ou_un_canton_par_mois_entiers_et_rien_de_plus_fin(monde, lecteur, entrer, ou):
    creer_ligne(models.Collectivite, id=18, nom='CC', cherche='', type='Communauté de communes', siren='200099999')
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


def test_sur_un_territoire_il_ne_lit_ni_a_temps_ni_fiche_ni_issue_ni_l_autre(creer, monde, lecteur, entrer):
    """Where both meet there may be one commune."""
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
    en_ecriture(models.Collectivite.update(canton='Cazères').where(models.Collectivite.type == 'Commune').execute)
    ici, canton = '/espace/pilotage{}?periode=2026&{}', 'canton=Caz%C3%A8res'
    for qui, status in ((lecteur, 404), (monde.autre, 200)):
        for nom, filtre in (('canton', f'epci={monde.epci.id}'), ('epci', canton), ('theme_epci', canton)):
            entrer(qui).get(ici.format(f'/{nom}.csv', filtre), status=status)
    page = entrer(lecteur).get(ici.format('', f'{canton}&chapitre=tout'))
    assert monde.epci.nom not in ' '.join(t.text for t in page.html.select('main table'))
    assert 'Par intercommunalité' not in texte(entrer(lecteur).get(ici.format('/rapport', canton)))


@pytest.mark.parametrize('edition', ['', '&edition=comite'])
def test_les_delais_issues_et_avis_se_lisent_par_annees_civiles_finies(creer, monde, lecteur, entrer, heure, edition):
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


def test_l_accueil_le_mene_au_pilotage_l_invitation_et_l_aide_disent_ce_qu_il_ne_lit_pas(lecteur, entrer, monde):
    page = entrer(lecteur).get('/espace', status=303).follow(status=200)
    assert page.request.path == '/espace/pilotage'
    assert [' '.join(a.get_text().split()) for a in page.html.select('header nav a')] == [
        'Pilotage', 'Aide', 'Éloi Hemicycle : mon compte']
    assert page.html.select_one('header [name=q]') is None and 'touches.js' not in page.text
    page = entrer(lecteur).get('/espace/pilotage')
    assert page.html.find('select', id='periode').find('option', selected=True)['value'] == '2025'
    assert 'du 1er janvier 2025 au 31 décembre 2025' in texte(page)
    assert page.html.find(id='du') is None and '12 derniers mois' not in texte(page)
    assert {champ['name'] for champ in page.html.select('form.pilotage [name]')} <= {'periode', 'epci', 'canton'}
    for canton in ('', 'Cazères'):
        en_ecriture(models.Collectivite.update(canton=canton).where(models.Collectivite.type == 'Commune').execute)
        page = entrer(lecteur).get('/espace/pilotage')
        dit = texte(page)
        assert 'ou un canton, jusqu\'au 30 juin 2027' in dit and bool(page.html.find(id='canton')) == bool(canton)
        assert ('Les cantons ne sont pas encore renseignés' in dit) == (not canton)
    en_ecriture(comptes.envoyer_invitation, lecteur)
    corps = corps_de('invitation_lecteur').replace('\xa0', ' ')
    assert 'lire les chiffres' in corps and 'jusqu\'au 30 juin 2027' in corps and 'espace des agents' not in corps
    page = entrer(lecteur).get('/espace/aide').follow()
    assert 'Ce que vous ne lisez pas' in texte(page) and 'Douze questions' not in texte(page)
    assert 'Jusqu\'au 30 juin 2027' in texte(page)
    navigateur = entrer(lecteur)
    for lien in {a['href'] for a in page.html.select('main a') if a['href'].startswith('/espace')}:
        navigateur.get(lien, status='2*') if lien != '/espace' else None
    assert navigateur.get('/espace/pilotage').html.select_one('header a[href^="/espace/aide"]')
    changer_ligne(monde.urgente, etat='brouillon')
    creer_ligne(models.Document, genre='fiche', objet=str(monde.urgente.id), titre='Note', nom='note.pdf', type='pdf',
                taille=1, sha256='0', ajoute_le='2026-11-10T09:00:00Z', contenu=b'x')
    entrer(lecteur).get('/documents/1-note', status=404)


def test_un_lecteur_parcourt_toutes_les_routes_dites_ici_sans_lire_une_demande(monde, demande, lecteur, entrer):
    """Whatever the role of a route: no name of an agent or of a mairie, no contact, message, place, nor number."""
    ouvertes = [regle for _, regle, _ in routes(qui='lecteur')]         # « <reste:path> » is a missing page
    permises = r'/deconnexion|/espace(/compte|/pilotage|/collectivites|/aide(/<cle:|$)|/<reste:path>$|$)'
    assert len(ouvertes) > 20 and all(re.match(permises, une) for une in ouvertes)
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
            assert reponse.status_int == 403 and 'réservée aux agents' in texte(reponse), (methode, regle)
    assert lues > 200


def test_ni_carte_ni_commune_ne_lui_dit_un_jour_ni_ses_chiffres_une_restreinte_avant_la_fin_de_l_annee(
        monde, creer, lecteur, entrer, heure):
    """6, 12 and 24 months are counted from the first of a month: seen two days running, a class would tell the day."""
    une, navigateur = creer('en_cours'), entrer(lecteur)

    def lues(jour):
        changer_demande(une, depose_le=f'{jour}T09:00:00Z')
        return [navigateur.get(f'/espace/{ou}').text for ou in (
            'pilotage/carte.csv', 'pilotage/carte.csv?vue=epci', 'pilotage/territoires.csv',
            f'collectivites/{une.collectivite_id}', f'collectivites/{monde.epci.id}')]
    for mois in ('2026-05', '2025-11', '2024-11'):
        assert lues(f'{mois}-02') == lues(f'{mois}-28'), mois
    changer_demande(une, depose_le='2026-11-24T09:00:00Z')
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


def importer(**cellules):
    colonnes = {'courriel': 'neuf@haute-garonne.example', 'prenom': 'Neuve', 'nom': 'Personne', 'fonction': '',
                'structure': 'Conseil départemental de la Haute-Garonne', 'direction': 'DDAT', 'telephone_public': '',
                'telephone': '', 'administrateur': 'non', 'pilote': 'non', 'actif': 'oui', 'lecteur_au': '30/06/2027'}
    colonnes |= cellules
    octets = f'{";".join(colonnes)}\r\n{";".join(colonnes.values())}\r\n'.encode()
    return [faute.raison for faute in imports.importer('agents', octets).fautes]


NEUF = {'prenom': 'Éloi', 'nom': 'Hemicycle', 'courriel': 'eloi@haute-garonne.example', 'direction': '1',
        'lecteur_au': '2027-06-30'}
NOUVEAU = '/espace/admin/comptes/nouveau'


def test_un_administrateur_cree_un_lecteur_avec_son_dernier_jour_un_import_de_meme(monde, maxime):
    for faute in (*importer(), *fautes(poster(maxime, NOUVEAU, NEUF, status=422))):
        assert 'accord du comité de suivi n\'est pas daté' in faute
    en_ecriture(fixer, 'accord_lecteurs', '', '2026-11-20')
    poster(maxime, NOUVEAU, NEUF, status=200)
    with models.lecture():
        cree = models.Agent.get(models.Agent.courriel == NEUF['courriel'])
    assert cree.lecteur_au == '2027-06-30' and not cree.administrateur
    for cellules, phrase in (({'administrateur': 'oui'}, 'ne fait que lire'),
                             ({'courriel': monde.autre.courriel}, 'ne devient pas'),
                             ({'courriel': cree.courriel, 'lecteur_au': ''}, 'ne devient pas')):
        assert phrase in importer(**cellules)[0], cellules
    assert importer() == []
    with models.lecture():
        assert models.Agent.get(models.Agent.courriel == 'neuf@haute-garonne.example').lecteur_au == '2027-06-30'
    assert ('compte créé', monde.admin.courriel, 'pour Éloi Hemicycle, lecteur jusqu\'au 30/06/2027') in faits()
    assert courriels() == [('invitation_lecteur', NEUF['courriel'])]
    ligne = texte(maxime.get('/espace/admin/comptes?droits=lecteur'))
    assert 'lecteur jusqu\'au 30 juin 2027' in ligne and 'Lecteur des chiffres' in ligne


def test_un_lecteur_n_a_aucun_droit_ne_devient_pas_agent_se_ferme_et_se_rouvre(monde, lecteur, entrer, heure):
    for autres, phrase in (
            ({'administrateur': True}, 'ne fait que lire'), ({'pilote': True}, 'un lecteur ne fait que lire'),
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
    navigateur = entrer(lecteur)
    admin.post(f'{sienne}/acte', {'acte': 'clore'}, status=303)
    navigateur.get('/espace/pilotage', status=401)
    assert 'compte fermé' in {fait for fait, _, _ in faits()}
    assert 'préparez son départ' in texte(
        admin.post(f'/espace/admin/comptes/{monde.autre.id}/acte', {'acte': 'clore'}, status=409))
    heure('2028-01-05T09:00:00Z')
    admin = entrer(monde.admin)
    assert 'donnez-lui d\'abord une autre date' in texte(admin.post(f'{sienne}/acte', {'acte': 'rouvrir'}, status=409))
    poster(admin, sienne, {'lecteur_au': '2028-06-30'})
    admin.post(f'{sienne}/acte', {'acte': 'rouvrir'}, status=200)


def test_chaque_contributeur_voit_qui_lit_ces_chiffres_et_ne_peut_le_choisir(monde, lecteur, entrer, creer, maxime):
    un_lecteur(monde, '2026-01-31', courriel='ancien@x.example', nom='Ancienne')
    for ou in ('/espace/annuaire', '/espace/pilotage'):
        page = texte(entrer(monde.autre).get(ou))
        assert 'Éloi Hemicycle, Vice-président (jusqu\'au 30 juin 2027 )' in page and 'Ancienne' not in page, ou
    for etat in ('attribue_admin', 'rejete', 'en_cours', 'termine', 'abandonne'):
        creer(etat, message=etat, courriel=f'{etat}@rieumes.example')
    assert courriels() and lecteur.courriel not in {destinataire for _, destinataire in courriels()}
    demande = creer('receptionne_chef', associe=True)
    pages = (f'/espace/demandes/{demande.numero}/designer', f'/espace/demandes/{demande.numero}/orienter',
             f'/espace/demandes/{demande.numero}/changer_chef', f'/espace/demandes/{demande.numero}/associer',
             '/espace/demandes/nouvelle', '/espace/demandes', '/espace/compte', '/espace/redaction/fiches/1',
             '/espace/documents/groupes', f'/espace/admin/comptes/{monde.chef.id}/depart',
             f'/espace/admin/directions/{monde.admin.direction_id}')
    for page in pages:
        lue = maxime.get(page, status='*')
        lue = lue.follow() if lue.status_int == 303 else lue
        assert lue.status_int in (200, 404) and 'Hemicycle' not in lue.text, page
    with models.lecture():
        assert str(lecteur.id) not in {id_ for _, groupe in choix.agents() for id_, _ in groupe}
        assert lecteur.id not in questions.presence().joignables
        assert lecteur not in relectures.lecteurs(monde.admin.direction.structure_id)


def test_aucun_verbe_ne_lui_confie_rien_et_quoi_que_dise_la_base_il_n_agit_pas(monde, creer, lecteur, entrer):
    demande, direction, jours = creer('receptionne_chef'), monde.admin.direction, ('2026-12-01', '2026-12-02')
    for verbe, *arguments in (                                      # each that puts an agent in charge of something
            (cycle.changer_statut, demande, 'designer', monde.admin, demande.version, {'referent': lecteur}),
            (actes.associer, demande, monde.admin, demande.version, lecteur),
            (actes.changer_chef, demande, monde.admin, demande.version, [lecteur], 'Départ.'),
            (relais.noter_absence, monde.admin, *jours, str(lecteur.id)),
            (relais.noter_absence, lecteur, *jours, '', monde.admin),
            (relais.donner_delegation, monde.admin, str(lecteur.id), '', ''),
            (groupes.ecrire, None, {'nom': 'Bourgs', 'animateur': str(lecteur.id)}, monde.admin),
            (structures.modifier_direction, direction, {'nom': direction.nom}, lecteur.id, monde.admin),
            (catalogue._controler_les_chefs, {'chefs': [lecteur.id]}, None),
            (comptes.inviter, lecteur.courriel, direction, 'É', 'H', True)):
        with pytest.raises(Refus):
            en_ecriture(verbe, *arguments)
    creer_ligne(models.Delegation, pour=monde.admin, par=lecteur)
    changer_ligne(lecteur, administrateur=True)
    changer_demande(demande, restreinte=True)
    creer_ligne(models.Membre, demande=demande, role='associe', agent=lecteur, structure=1, direction=1,
                depuis_le='2026-11-24T09:00:00Z')
    entrer(lecteur).get('/espace/admin', status=403)
    with models.lecture():
        assert not models.Agent.get_by_id(lecteur.id).administre
        assert not demandes_lisibles(models.Agent.get_by_id(lecteur.id)).exists()


def test_sans_la_date_de_l_accord_que_n_efface_pas_un_formulaire_vide_ou_passe_son_dernier_jour_il_n_entre_plus(
        monde, entrer, site, heure, hachage_rapide):
    lecteur = un_lecteur(monde, '2026-11-24', mot_de_passe=comptes.hacher(PHRASE))
    # A field that does not come is not an emptied one: every lecteur would be out at once.
    assert 'Rien' in entrer(monde.admin).post('/espace/admin/obligations', {}, status=422).text
    with models.lecture():
        assert models.accord_des_lecteurs() == '2026-11-02'
    navigateur = entrer(lecteur)
    navigateur.get('/espace/pilotage', status=200)
    en_ecriture(fixer, 'accord_lecteurs', '', None)
    navigateur.get('/espace/pilotage', status=401)
    admin = entrer(monde.admin)
    assert 'Sans date : aucun lecteur n\'entre.' in texte(admin.get('/espace/admin'))
    poster(admin, '/espace/admin/obligations', {
        'accord_lecteurs_le': '2026-11-20', 'accord_lecteurs_reference': 'Relevé du comité'})
    with models.lecture():
        assert models.accord_des_lecteurs() == '2026-11-20'
    assert 'Lecteurs\xa0: accord du comité de suivi vide → 20/11/2026' in [detail for *_, detail in faits()]
    se_connecter(site, lecteur.courriel)
    jeton = en_ecriture(comptes.nouveau_lien, lecteur, 'mot_de_passe')
    site.get('/espace/pilotage', status=200)
    heure('2026-11-24T22:59:00Z')                                   # 23 h 59 in Paris
    entrer(lecteur).get('/espace/pilotage', status=200)
    heure('2026-11-24T23:00:00Z')
    entrer(lecteur).get('/espace/pilotage', status=401)
    assert fautes(se_connecter(site, lecteur.courriel, status=401)) == fautes(
        se_connecter(site, 'personne@haute-garonne.example', status=401))
    site.get(f'/invitation/{jeton}', status=404)
    en_ecriture(comptes.envoyer_lien, lecteur.courriel)
    assert courriels(modele='mot_de_passe') == []
