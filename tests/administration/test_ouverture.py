"""The first opening: what a new base has, « Reste à régler » and its lines, the commitments, the dated lines."""
import re

import pytest
from conftest import (
    REGLAGES, changer_ligne, corps_de, creer_ligne, envoyer_demande, faits, fautes, fixer_tous, limiter, modules,
    poster, se_connecter, sources, texte)

import models
from verbes.exploitation import reste

ACCUEIL, OBLIGATIONS = '/espace/admin', '/espace/admin/obligations'


def lignes_de(page):
    """{title: (state, sentence)} of the page."""
    return {li.h3.text: (li.select_one('.etat').text.strip(), ' '.join(li.p.text.split()))
            for li in page.html.select('.travaux.reste > li')}


def test_ni_une_base_neuve_ni_aucun_code_n_a_de_valeur_d_aucun_departement(vide):
    with models.lecture():
        neuve = models.Reglage.tous()
    assert [cle for cle in REGLAGES if neuve[cle]] == [] and neuve['nom'] == 'Plateforme d\'appui aux territoires'
    fichiers = [*modules(), *sources('views', '*.html'), *sources('static', '*.js')]
    assert {f'{p.name}: {ligne.strip()}' for p in fichiers if p.name not in SAUF
            for ligne in p.read_text('utf-8').split('\n') if NOMS.search(ligne)} == set()


NOMS = re.compile(r'haute[- ]garonne|cd31|0534333807|05 34 33 38 07|boulevard de la marquette|\btoulouse\b', re.I)
SAUF = {'demonstration.py', 'exemples.py',                          # they set them
        'mots_de_passe.py', 'recherche.py'}                         # words that people type


def test_avant_l_ouverture_un_administrateur_arrive_a_ce_qui_reste_a_regler_un_autre_a_sa_journee(inscrits, naviguer):
    for ouvert_le, qui, ou in (('', inscrits.admin, ACCUEIL), ('2026-01-01', inscrits.admin, '/espace'),
                               ('', inscrits.chef, '/espace')):
        fixer_tous(ouvert_le=ouvert_le)
        assert se_connecter(naviguer(), qui.courriel).headers['Location'].endswith(ou), (ouvert_le, ou)


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


def test_le_relais_est_regle_s_il_a_accepte_un_essai_l_adresse_si_elle_est_en_https(monde, maxime, monkeypatch):
    assert lignes_de(maxime.get(ACCUEIL))['Envoi des courriels'] == (
        'aujourd\'hui', 'Aucun relais. L\'informatique en indique un (PLATEFORME_SMTP).')
    monkeypatch.setitem(models.SITE, 'smtp', True)
    page = maxime.get(ACCUEIL)
    assert lignes_de(page)['Envoi des courriels'] == ('à régler', 'Relais jamais essayé.')
    assert page.html.select_one('form[action="/espace/admin/supervision/essai"] button').text == 'Envoyer un essai'
    creer_ligne(models.Courriel, identifiant='<x@y>', pour='agent', destinataire='a@b.fr', modele='essai', objet='o',
                corps='c', cree_le='2026-11-24T08:00:00Z', a_partir_de='2026-11-24T08:00:00Z',
                envoye_le='2026-11-24T08:01:00Z')
    assert lignes_de(maxime.get(ACCUEIL))['Envoi des courriels'] == (
        'réglé', 'Le relais a accepté un courriel le 24 novembre 2026 à 9 h 01.')
    for url, etat in (('http://127.0.0.1:8080', 'a_regler'), ('https://localhost', 'a_regler'),
                      ('https://appui.exemple.fr', 'regle')):
        monkeypatch.setitem(models.SITE, 'url', url)
        assert toutes()['Adresse publique'].etat == etat, url


def test_avant_l_ouverture_tout_est_montre_compte_et_mene_a_un_champ_qui_existe(rien, maxime):
    page = maxime.get(ACCUEIL)
    lignes = lignes_de(page)
    assert len(lignes) == 16 + 11 and lignes['Saisine officielle'][0] == 'à décider'
    reglees = sum(etat == 'réglé' for etat, _ in lignes.values())
    assert f'{reglees} réglée sur 16' in page.html.text and reglees == 1
    assert page.html.select_one('#presse') and 'Fixer le jour' in page
    for lien in {a['href'] for a in page.html.select('.travaux.reste a')}:
        adresse, _, ancre = lien.partition('#')
        html = maxime.get(adresse).html
        assert not ancre or html.select_one(f'[id="{ancre}"]'), lien
    poster(maxime, '/espace/admin/reglages', {'saisine': 'oui'})     # a decision bears its day
    assert lignes_de(maxime.get(ACCUEIL))['Saisine officielle'] == (
        'réglé', 'Une demande vaut saisine officielle, décidé le 24/11/2026.')
    assert 'réglages modifiés' in [fait for fait, *_ in faits()]


def test_apres_l_ouverture_ce_qui_est_regle_est_replie_et_une_structure_d_attente_se_nomme(monde, maxime):
    html = maxime.get(ACCUEIL).html
    replies = {li.h3.text for li in html.select('details .travaux.reste > li')}
    assert 'Saisine officielle' in replies and 'Téléphone d\'urgence' not in replies
    assert 'Fixer le jour' not in str(html)
    assert 'nom d\'attente' not in lignes_de(maxime.get(ACCUEIL))['Structures et directions'][1]
    changer_ligne(monde.admin.direction.structure, nom='Conseil départemental')
    changer_ligne(monde.admin.direction, telephone='')
    assert 'nom d\'attente' in lignes_de(maxime.get(ACCUEIL))['Structures et directions'][1]


SAISINE = 'saisine officielle'
LIMITES = 'ne vaut ni accord, ni attribution d\'une aide'


def pages_et_courriels(site, monde, message):
    """What a mairie reads: the form, the legal page, its tracking page, the home, its acknowledgement."""
    limiter(secondes_minimum=0)
    suivi = envoyer_demande(site, monde.fiche.id, message=message).headers['Location']
    pages = [texte(site.get(adresse)) for adresse in ('/demande', '/mentions-legales', suivi, '/')]
    return [*pages, ' '.join(corps_de('accuse').split())]


def test_la_saisine_officielle_se_dit_partout_si_est_decidee_et_une_fiche_est_restreinte_d_office(site, monde, creer):
    for saisine in ('', 'non'):
        fixer_tous(saisine=saisine)
        *limitees, accueil, accuse = pages_et_courriels(site, monde, f'Décidée : {saisine}.')
        assert all(SAISINE not in dit for dit in (*limitees, accueil, accuse)), saisine
        assert all(LIMITES in dit for dit in (*limitees, accuse)), saisine
    for signataire, accord in (('Président du Département', 'du Président du Département'),
                               ('Présidente du Département', 'de la Présidente du Département'),
                               ('', 'du Président ou de la Présidente du Département')):
        fixer_tous(saisine='oui', signataire=signataire)
        for dit in pages_et_courriels(site, monde, accord):
            assert f'vaut {SAISINE} {accord}' in dit, signataire
        assert ('Direction de la publication ' + (signataire or 'Présidence du Département')
                in texte(site.get('/mentions-legales')))
    for decision, restreinte in (('', True), ('oui', True), ('non', False)):     # that of a fiche, as it is decided
        fixer_tous(restreinte_d_office=decision)
        assert creer(fiche=monde.contentieux, message=decision).restreinte is restreinte, decision
        assert creer(fiche=monde.contentieux, restreinte=True, message=f'{decision}, autre.').restreinte, decision
        page = site.get(f'/fiches/{monde.contentieux.id}-contentieux')
        assert ('Diffusion restreinte' in page.text) is restreinte, decision


def envoyer(maxime, status=303, **champs):
    return poster(maxime, OBLIGATIONS, champs, status=status)


def test_une_ligne_se_date_avec_sa_reference_et_l_audit_le_dit(maxime):
    for champs, dit in (({'registre_le': '2026-11-25'}, 'n\'est pas encore passé'),
                        ({'registre_reference': 'x'}, 'indiquez aussi la date'),
                        ({'registre_le': '31/02/2026'}, 'date qui existe')):
        reponse = envoyer(maxime, 422, archives_le='2026-11-03', **champs)
        assert dit in fautes(reponse)[0] and reponse.html.select_one('#archives_le')['value'] == '2026-11-03', dit
        assert reponse.html.select_one('#registre_le')['aria-invalid'] == 'true' and faits() == [], dit
    envoyer(maxime, registre_le='2026-11-12', registre_reference='2026-114', archives_le='2026-11-03')
    lignes = lignes_de(maxime.get(ACCUEIL))
    assert lignes['Registre des traitements'] == ('daté', 'Le 12/11/2026 : 2026-114.')
    assert lignes['Durée de conservation convenue avec les Archives'] == ('daté', 'Le 03/11/2026.')
    assert lignes['Analyse d\'impact'] == ('à dater', 'Sans date.')
    assert [(fait, detail) for fait, _, detail in faits()] == [(
        'lignes datées', 'Registre des traitements vide → 12/11/2026\xa0; Durée de conservation convenue avec les '
        'Archives vide → 03/11/2026')]
    envoyer(maxime, registre_le='', registre_reference='')
    assert lignes_de(maxime.get(ACCUEIL))['Registre des traitements'] == ('à dater', 'Sans date.')
