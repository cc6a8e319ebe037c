"""The first opening: what a new base has, « Reste à régler » and its lines, the commitments, the dated lines."""
import re

import pytest
from conftest import (
    RACINE, REGLAGES, dits_maintenant, envoyer_demande, faits, fautes, fixer_tous, le_formulaire, limiter,
    modules, poster, se_connecter, sources)

import models
from verbes.exploitation import reste

ACCUEIL, OBLIGATIONS = '/espace/admin', '/espace/admin/obligations'


def lignes_de(page):
    """{title: (state, sentence)} of the page."""
    return {li.h3.text: (li.select_one('.etat').text.strip(), ' '.join(li.p.text.split()))
            for li in page.html.select('.travaux.reste > li')}


# ======================================================================================
# A new base says nothing of another département
# ======================================================================================

def test_une_base_neuve_n_a_de_valeur_d_aucun_departement(vide):
    with models.lecture():
        neuve = models.Reglage.tous()
    assert [cle for cle in REGLAGES if neuve[cle]] == []
    assert neuve['nom'] == 'Plateforme d\'appui aux territoires'


NOMS = re.compile(r'haute[- ]garonne|cd31|0534333807|05 34 33 38 07|boulevard de la marquette|\btoulouse\b', re.I)
SAUF = {'demonstration.py', 'exemples.py',                          # they set them
        'mots_de_passe.py', 'recherche.py'}                         # words that people type


def noms_dits(racine=RACINE):
    """{« file: line »} of what names a département."""
    fichiers = [*modules(racine), *sources('views', '*.html', racine), *sources('static', '*.js', racine)]
    return {f'{p.name}: {ligne.strip()}' for p in fichiers if p.name not in SAUF
            for ligne in p.read_text('utf-8').split('\n') if NOMS.search(ligne)}


def test_aucun_code_ne_nomme_un_departement():
    assert noms_dits() == set()


@pytest.mark.parametrize('fautif', ['verbes/demande/suites/x.py', 'views/demande/suites/x.html', 'static/js/x.js'])
def test_un_departement_nomme_se_voit_deux_etages_plus_bas(tmp_path, fautif):
    for chemin in ('verbes/x.py', 'views/x.py', 'views/x.html', 'static/x.js', fautif):
        (tmp_path / chemin).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / chemin).touch()
    assert noms_dits(tmp_path) == set()
    (tmp_path / fautif).write_text('rue de Toulouse')
    assert noms_dits(tmp_path) == {f'{fautif.split("/")[-1]}: rue de Toulouse'}


# ======================================================================================
# Where the first sign-in leads
# ======================================================================================

def test_avant_l_ouverture_un_administrateur_arrive_a_ce_qui_reste_a_regler(inscrits, site):
    fixer_tous(ouvert_le='')
    assert se_connecter(site, inscrits.admin.courriel).headers['Location'].endswith(ACCUEIL)


@pytest.mark.parametrize('ouvert_le, qui', [('2026-01-01', 'admin'), ('', 'chef')])
def test_apres_l_ouverture_ou_pour_un_autre_on_arrive_a_sa_journee(inscrits, site, ouvert_le, qui):
    fixer_tous(ouvert_le=ouvert_le)
    assert se_connecter(site, getattr(inscrits, qui).courriel).headers['Location'].endswith('/espace')


# ======================================================================================
# The lines
# ======================================================================================

def _regle(valeur, *cles):
    """The orders that give a value to settings."""
    return tuple(f"INSERT INTO reglage (cle, valeur) VALUES ('{cle}', '{valeur}') "
                 'ON CONFLICT (cle) DO UPDATE SET valeur = excluded.valeur' for cle in cles)


ECRITURES = {                                                       # a line: what settles it
    'Téléphone d\'urgence': _regle('0536490099', 'telephone_urgence'),
    'Nom, adresse, téléphone, courriel': _regle('x', 'departement', 'adresse', 'telephone', 'courriel'),
    'Président·e, hébergeur, délégué à la protection des données': _regle('x', 'signataire', 'hebergeur', 'dpd'),
    'Logo et couleurs': (*_regle('#1f4e79', 'couleur', 'couleur_accent'), *_regle('iVBORw0KGgo=', 'logo')),
    'Saisine officielle': _regle('non', 'saisine'),
    'Délais de rappel': _regle('ouvres', 'jours'),
    'Diffusion restreinte d\'office': _regle('non', 'restreinte_d_office'),
    'Structures et directions': ("UPDATE direction SET telephone = '0', courriel = 'a@b.fr'",),
    'Comptes': ("UPDATE agent SET ouvert_le = '2026-11-01T09:00:00Z'",),
    'Catalogue': ("UPDATE fiche SET etat = 'publiee'",),
    'Collectivités': ("INSERT INTO collectivite (siren, type, nom, cherche) VALUES ('1', 'Syndicat', 'S', 's')",),
    'Première sauvegarde': _regle('2026-11-23T03:00:00Z', 'sauvegarde_le'),
    'Second facteur des administrateurs': ("UPDATE agent SET second_facteur = 'A'",),
    'Registre des traitements': ("INSERT INTO reglage (cle, valeur, regle_le) VALUES ('registre', '', '2026-11-12')",),
}


@pytest.fixture
def rien(monde):
    """Nothing is settled: every blankable setting is, the catalogue is a draft, nobody has entered their account."""
    with models.ecriture():
        for ordre in (
                f"DELETE FROM reglage WHERE cle IN ({', '.join(map(repr, REGLAGES))})",
                "UPDATE direction SET telephone = ''", "UPDATE fiche SET etat = 'brouillon'",
                'DELETE FROM collectivite', 'UPDATE agent SET ouvert_le = NULL WHERE id > 2'):
            models.db.execute_sql(ordre)


def toutes():
    with models.lecture():
        return {ligne.titre: ligne for *_, lignes in reste.groupes()[0] for ligne in lignes}


@pytest.mark.parametrize('titre', ECRITURES)
def test_une_ligne_se_regle_d_elle_meme_quand_la_chose_est_faite(rien, titre):
    avant = toutes()
    assert not reste.faite(avant[titre])
    with models.ecriture():
        for ordre in ECRITURES[titre]:
            models.db.execute_sql(ordre)
    apres = toutes()
    assert {t for t in apres if apres[t].etat != avant[t].etat} == {titre} and reste.faite(apres[titre])
    assert all(ligne.phrase.endswith(('.', '?')) and 'None' not in ligne.phrase for ligne in apres.values())


def test_le_relais_est_regle_quand_il_a_accepte_un_essai(monde, maxime, monkeypatch):
    assert lignes_de(maxime.get(ACCUEIL))['Envoi des courriels'] == (
        'à régler', 'Aucun relais. L\'informatique en indique un (PLATEFORME_SMTP).')
    monkeypatch.setitem(models.SITE, 'smtp', True)
    page = maxime.get(ACCUEIL)
    assert lignes_de(page)['Envoi des courriels'] == ('à régler', 'Relais jamais essayé.')
    assert page.html.select_one('form[action="/espace/admin/supervision/essai"] button').text == 'Envoyer un essai'
    with models.ecriture():
        models.Courriel.create(identifiant='<x@y>', pour='agent', destinataire='a@b.fr', modele='essai', objet='o',
                               corps='c', cree_le='2026-11-24T08:00:00Z', a_partir_de='2026-11-24T08:00:00Z',
                               envoye_le='2026-11-24T08:01:00Z')
    assert lignes_de(maxime.get(ACCUEIL))['Envoi des courriels'] == (
        'réglé', 'Le relais a accepté un courriel le 24 novembre 2026 à 9 h 01.')


@pytest.mark.parametrize('url, etat', [('http://127.0.0.1:8080', 'a_regler'), ('https://localhost', 'a_regler'),
                                       ('https://appui.exemple.fr', 'regle')])
def test_l_adresse_publique_est_en_https_et_n_est_pas_celle_de_la_machine(base, monkeypatch, url, etat):
    monkeypatch.setitem(models.SITE, 'url', url)
    assert toutes()['Adresse publique'].etat == etat


def test_avant_l_ouverture_tout_est_montre_et_compte(rien, maxime):
    page = maxime.get(ACCUEIL)
    lignes = lignes_de(page)
    assert len(lignes) == 16 + 11 and lignes['Saisine officielle'][0] == 'à décider'
    reglees = sum(etat == 'réglé' for etat, _ in lignes.values())
    assert f'{reglees} ligne réglée sur 16' in page.html.text and reglees == 1
    assert page.html.select_one('#ouvrir') and page.html.select_one('a[href="/espace/admin/calendrier"]')


def test_apres_l_ouverture_ce_qui_est_regle_est_replie(maxime):
    html = maxime.get(ACCUEIL).html
    replies = {li.h3.text for li in html.select('details .travaux.reste > li')}
    assert 'Saisine officielle' in replies and 'Téléphone d\'urgence' not in replies
    assert not html.select_one('#ouvrir') and html.select_one('#aller')


def test_chaque_acte_mene_a_un_champ_qui_existe(rien, maxime):
    liens = {a['href'] for a in maxime.get(ACCUEIL).html.select('.travaux.reste a')}
    for lien in liens:
        adresse, _, ancre = lien.partition('#')
        html = maxime.get(adresse).html
        assert not ancre or html.select_one(f'[id="{ancre}"]'), lien


# ======================================================================================
# The commitments
# ======================================================================================

SAISINE = 'saisine officielle'
LIMITES = 'ne vaut ni accord, ni attribution d\'une aide'


def pages_et_courriels(site, monde):
    """What a mairie reads: the home, the form, the legal page, its tracking page, its acknowledgement."""
    limiter(secondes_minimum=0)
    suivi = envoyer_demande(site, monde.fiche.id).headers['Location']
    with models.lecture():
        accuse = models.Courriel.get(models.Courriel.modele == 'accuse').corps
    return [' '.join(site.get(adresse).html.text.split()) for adresse in (
        '/demande', '/mentions-legales', suivi, '/')] + [' '.join(accuse.split())]


@pytest.mark.parametrize('saisine', ['', 'non'])
def test_tant_qu_elle_n_est_pas_decidee_rien_ne_dit_la_saisine_officielle(site, monde, saisine):
    fixer_tous(saisine=saisine)
    *limitees, accueil, accuse = pages_et_courriels(site, monde)
    assert all(SAISINE not in texte for texte in (*limitees, accueil, accuse))
    assert all(LIMITES in texte for texte in (*limitees, accuse))


@pytest.mark.parametrize('signataire, dit', [
    ('Président du Département', 'du Président du Département'),
    ('Présidente du Département', 'de la Présidente du Département'),
    ('', 'du Président ou de la Présidente du Département')])
def test_decidee_elle_est_dite_partout_et_s_accorde(site, monde, signataire, dit):
    fixer_tous(saisine='oui', signataire=signataire)
    for texte in pages_et_courriels(site, monde):
        assert f'vaut {SAISINE} {dit}' in texte
    assert ('Direction de la publication ' + (signataire or 'Présidence du Département')
            in ' '.join(site.get('/mentions-legales').html.text.split()))


def test_une_decision_porte_son_jour(rien, maxime):
    page = maxime.get('/espace/admin/reglages')
    formulaire = next(f for f in page.forms.values() if 'saisine' in f.fields)
    formulaire['saisine'] = 'oui'
    formulaire.submit(status=303)
    assert lignes_de(maxime.get(ACCUEIL))['Saisine officielle'] == (
        'réglé', 'Une demande vaut saisine officielle, décidé le 24/11/2026.')
    assert [fait for fait, *_ in faits()] == ['réglages modifiés']


@pytest.mark.parametrize('decision, restreinte', [('', True), ('oui', True), ('non', False)])
def test_la_restriction_d_office_d_une_fiche_suit_la_decision(creer, monde, site, decision, restreinte):
    fixer_tous(restreinte_d_office=decision)
    assert creer(fiche=monde.contentieux).restreinte is restreinte
    assert creer(fiche=monde.contentieux, restreinte=True, message='Autre.').restreinte
    page = site.get(f'/fiches/{monde.contentieux.id}-contentieux')
    assert ('Diffusion restreinte' in page.text) is restreinte


# ======================================================================================
# Two administrateurs on one page of settings
# ======================================================================================

def test_deux_administrateurs_ne_s_effacent_pas(monde, entrer):
    with models.ecriture():
        models.Agent.update(administrateur=True).where(models.Agent.id == monde.autre.id).execute()
    un, deux = (le_formulaire(entrer(qui).get('/espace/admin/reglages')) for qui in (monde.admin, monde.autre))
    un['horaires'] = 'le mardi'
    un.submit(status=303)
    deux['adresse'] = '2 rue Neuve'
    deux.submit(status=303)
    with models.lecture():
        assert {cle: models.Reglage.tous()[cle] for cle in ('horaires', 'adresse')} == {
            'horaires': 'le mardi', 'adresse': '2 rue Neuve'}


def test_le_meme_champ_change_par_deux_est_dit_puis_se_remplace(monde, entrer):
    un, deux = (le_formulaire(entrer(monde.admin).get('/espace/admin/reglages')) for _ in range(2))
    un['horaires'] = 'le mardi'
    un.submit(status=303)
    deux['horaires'] = 'le jeudi'
    refus = deux.submit(status=409)
    assert 'le mardi' in fautes(refus)[0] and refus.html.select_one('#horaires')['value'] == 'le jeudi'
    assert dits_maintenant(refus) == {"Horaires de l'équipe": 'le mardi'}
    le_formulaire(refus).submit(status=303)
    with models.lecture():
        assert models.Reglage.tous()['horaires'] == 'le jeudi'


# ======================================================================================
# The lines that are only dated
# ======================================================================================

def envoyer(maxime, status=303, **champs):
    return poster(maxime, OBLIGATIONS, champs, status=status)


def test_une_ligne_se_date_avec_sa_reference_et_l_audit_le_dit(maxime):
    envoyer(maxime, registre_le='2026-11-12', registre_reference='2026-114', archives_le='2026-11-03')
    lignes = lignes_de(maxime.get(ACCUEIL))
    assert lignes['Registre des traitements'] == ('daté', 'Le 12/11/2026 : 2026-114.')
    assert lignes['Durée de conservation convenue avec les Archives'] == ('daté', 'Le 03/11/2026.')
    assert lignes['Analyse d\'impact'] == ('à dater', 'Sans date.')
    assert [(fait, detail) for fait, _, detail in faits()] == [('lignes datées', 'registre, archives')]
    envoyer(maxime, registre_le='', registre_reference='')
    assert lignes_de(maxime.get(ACCUEIL))['Registre des traitements'] == ('à dater', 'Sans date.')


@pytest.mark.parametrize('champs, dit', [
    ({'registre_le': '2026-11-25'}, 'n\'est pas encore passé'), ({'registre_reference': 'x'}, 'indiquez aussi la date'),
    ({'registre_le': '31/02/2026'}, 'date qui existe')])
def test_une_ligne_mal_datee_est_refusee_et_la_saisie_reste(maxime, champs, dit):
    reponse = envoyer(maxime, 422, archives_le='2026-11-03', **champs)
    assert dit in fautes(reponse)[0] and reponse.html.select_one('#archives_le')['value'] == '2026-11-03'
    assert reponse.html.select_one('#registre_le')['aria-invalid'] == 'true' and faits() == []


def test_deux_administrateurs_ne_se_prennent_pas_leurs_dates(monde, entrer):
    un, deux = (le_formulaire(entrer(monde.admin).get(OBLIGATIONS)) for _ in range(2))
    un['registre_le'] = '2026-11-12'
    un.submit(status=303)
    deux['archives_le'] = '2026-11-03'
    deux.submit(status=303)
    deux['registre_le'] = '2026-11-13'
    refus = deux.submit(status=409)
    assert '12/11/2026' in fautes(refus)[0] and refus.html.select_one('#registre_le')['value'] == '2026-11-13'
    assert dits_maintenant(refus) == {'Registre des traitements, fait le': '12/11/2026'}
    le_formulaire(refus).submit(status=303)
    with models.lecture():
        dates = dict(models.Reglage.select(models.Reglage.cle, models.Reglage.regle_le)
                     .where(models.Reglage.cle.in_(['registre', 'archives'])).tuples())
    assert dates == {'registre': '2026-11-13', 'archives': '2026-11-03'}


def test_une_base_neuve_dit_de_donner_son_vrai_nom_a_sa_premiere_structure(monde, maxime):
    assert 'nom d\'attente' not in lignes_de(maxime.get(ACCUEIL))['Structures et directions'][1]
    with models.ecriture():
        (models.Structure.update(nom='Conseil départemental')
         .where(models.Structure.id == monde.admin.direction.structure_id).execute())
        models.Direction.update(telephone='').where(models.Direction.id == monde.admin.direction_id).execute()
    assert 'nom d\'attente' in lignes_de(maxime.get(ACCUEIL))['Structures et directions'][1]
