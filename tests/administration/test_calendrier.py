"""« Calendrier »: the dated banner on its days, the closing days that every count passes over (regles.md §5)."""
import random
from datetime import date, timedelta

import pytest
from conftest import (
    DEPART, changer_demande, corps_de, courriels, creer_ligne, en_ecriture, faits, fixer, poster, relire, relire_ici,
    remplir, saisie_de, texte)
from fichiers import lire

import models
import langue
from models import Demande, Fermeture, Reglage
from verbes.exploitation import porteur
from verbes.demande import cote, cycle
from verbes.echanges.colonnes import COLONNES
from verbes.echanges.imports import importer

CALENDRIER = '/espace/admin/calendrier'
BANDEAU = {'bandeau': 'Fermée du 3 au 21 août : <b>à bientôt</b>.',
           'bandeau_du': '2027-08-03', 'bandeau_au': '2027-08-21'}
PUBLIQUES = ('/', '/catalogue', '/fiches/1-conseil-juridique', '/partenaires', '/contact', '/accessibilite',
             '/plan-du-site', '/demande', '/recherche?q=place', '/suivi', '/connexion')
AVANT, DEBUT = '2027-08-02T21:59:59Z', '2027-08-02T22:00:00Z'       # midnight in Paris, in summer
FIN, APRES = '2027-08-21T21:59:59Z', '2027-08-21T22:00:00Z'


def fermer(du, au=None, libelle='Fermeture'):
    creer_ligne(Fermeture, du=du, au=au or du, libelle=libelle)


def bandeau(page):
    """What the banner of a page says, or ''."""
    trouve = page.html.select_one('aside[aria-label=Information]')
    return ' '.join(trouve.text.split()) if trouve else ''


def poser(maxime, status=303, **valeurs):
    return poster(maxime, f'{CALENDRIER}/bandeau', BANDEAU | valeurs, status=status)


def test_le_bandeau_se_lit_sur_chaque_page_et_l_accuse_ses_jours_seuls(maxime, site, heure, creer, monde, entrer):
    poser(maxime)
    dit = BANDEAU['bandeau']
    for adresse in (*PUBLIQUES, f'/suivi/{creer().jeton}'):
        for instant, attendu in ((AVANT, ''), (DEBUT, dit), (FIN, dit), (APRES, ''), (DEBUT, dit), (AVANT, '')):
            heure(instant)
            for _ in range(2):                                      # made, then kept
                assert bandeau(site.get(adresse)) == attendu, (adresse, instant)
    heure(DEBUT)
    site.get('/contact')
    assert bandeau(site.get('/nulle-part', status=404)) == dit
    maxime = entrer(monde.admin)
    assert bandeau(maxime.get('/espace/demandes')) == ''
    assert bandeau(maxime.get('/contact')) == dit                    # who is signed in too
    heure(DEPART)
    poser(maxime, bandeau='Panne du téléphone.', bandeau_du='', bandeau_au='24/11/2026')
    assert bandeau(site.get('/')) == bandeau(site.get('/')) == 'Panne du téléphone.'
    poser(maxime, bandeau='')                                       # taken away: a kept page says it no more
    assert bandeau(site.get('/')) == ''
    assert lire("SELECT valeur FROM reglage WHERE cle LIKE 'bandeau%' AND valeur != ''") == []
    assert [(fait, detail) for fait, _, detail in faits()][1:] == [
        ('bandeau affiché', 'le 24/11/2026'), ('bandeau retiré', '')]
    poser(maxime)
    for instant in (AVANT, DEBUT):
        heure(instant)
        en_ecriture(cycle.deposer, saisie_de(monde, message=instant))
        remplir(entrer(monde.referent).get('/espace/demandes/nouvelle'), message=instant, accuse=True,
                courriel='sec@rieumes.example', recue_le=langue.aujourdhui()).submit(status=303)
    _, *corps = [un for un, in lire(
        "SELECT corps FROM courriel WHERE modele IN ('accuse', 'accuse_direct') ORDER BY id")]
    assert [BANDEAU['bandeau'] in c for c in corps] == [False, False, True, True]
    assert 'vendredi 13\u00a0août 2027.\nFermée du 3' in corps[2] and '{bandeau}' not in ''.join(corps)


def test_un_bandeau_faux_se_dit_et_revient_comme_il_etait_saisi_et_les_mandats_se_datent(maxime):
    for valeurs, champ, dit in (
            ({'bandeau_au': ''}, 'bandeau_au', 'dernier jour'),
            ({'bandeau_au': '2027-08-02'}, 'bandeau_au', 'avant le premier (03/08/2027)'),
            ({'bandeau_du': '', 'bandeau_au': '2026-11-23'}, 'bandeau_au', 'avant le premier (24/11/2026)'),
            ({'bandeau_du': '2026-11-01', 'bandeau_au': '2026-11-23'}, 'bandeau_au', 'jour est passé'),
            ({'bandeau_du': '32/08/2027'}, 'bandeau_du', 'date qui existe'),
            ({'bandeau': 'x' * 301}, 'bandeau', '300 au plus'), ({'bandeau': 'un\ndeux'}, 'bandeau', 'une seule ligne'),
            ({'bandeau': 'à \u202e l\'envers'}, 'bandeau', 'invisible')):
        page = poser(maxime, 422, **valeurs)
        assert dit in texte(page) and page.html.select_one(f'#{champ}')['aria-invalid'] == 'true', valeurs
        assert page.html.title.text.startswith('Erreur') and 'Erreur' not in page.html.select_one('.fil-ariane').text
        assert page.html.select_one(f'#{champ}').get('value', '') == (BANDEAU | valeurs)[champ].replace('\r', '')
        assert faits() == [], valeurs
    poster(maxime, f'{CALENDRIER}/mandats', {'mandat_departemental': '2028-07-01', 'elections_le': ''})
    assert dict(lire("SELECT cle, valeur FROM reglage WHERE cle IN ('mandat_departemental', 'elections_le')")) == {
        'mandat_departemental': '2028-07-01', 'elections_le': ''}
    assert [detail for _, _, detail in faits()] == [
        'Début du mandat départemental 01/07/2021 → 01/07/2028\xa0; Dernières élections municipales 22/03/2026 → vide']
    assert poster(maxime, f'{CALENDRIER}/mandats', {'elections_le': '31/02/2028'}, status=422).html.select_one(
        '#elections_le')['aria-invalid'] == 'true'


def echeance_naive(depot, delai, ouvres, fermes):
    """The rule, a day at a time, without the functions of langue.py."""
    def ouvert(jour):
        return jour.weekday() < 5 and jour not in langue.feries(jour.year) and jour not in fermes
    jour, comptes = depot, 0
    while comptes < delai:
        jour += timedelta(1)
        comptes += ouvert(jour) if ouvres else 1
    while not ouvert(jour):
        jour += timedelta(1)
    return jour.isoformat()


@pytest.mark.parametrize('graine', range(8))
def test_l_echeance_passe_les_fermetures_comme_une_boucle_toute_simple(base, graine):
    sort = random.Random(graine)
    with models.ecriture():
        jour = date(2027, 1, 1)
        for _ in range(sort.randrange(12)):
            jour += timedelta(sort.randrange(1, 60))
            fin = jour + timedelta(sort.randrange(25))
            Fermeture.create(du=jour.isoformat(), au=fin.isoformat(), libelle='x')
            jour = fin
        fixer('jours', sort.choice(['ouvres', 'calendaires']))
    with models.lecture():
        fermes, ouvres = models.jours_fermes(), Reglage.tous()['jours'] == 'ouvres'
        periodes = [(f.du, f.au) for f in Fermeture]
        assert fermes == {j for n in range(900) if any(
            du <= (j := date(2027, 1, 1) + timedelta(n)).isoformat() <= au for du, au in periodes)}
        for _ in range(300):
            depot = date(2026, 12, 20) + timedelta(sort.randrange(400))
            instant = f'{depot}T{sort.randrange(6, 20):02}:00:00Z'
            for delai in (3, 10):
                assert cycle.echeance_depuis(instant, delai) == echeance_naive(depot, delai, ouvres, fermes)
            fin = depot + timedelta(sort.randrange(60))
            jours = (depot + timedelta(n) for n in range(1, (fin - depot).days + 1))
            assert langue.jours_ouvres_entre(depot.isoformat(), fin.isoformat(), fermes) == sum(
                j.weekday() < 5 and j not in langue.feries(j.year) and j not in fermes for j in jours)


def test_la_promesse_du_formulaire_l_accuse_un_import_disent_la_vraie_date_et_ne_se_met_pas_de_cote(monde, site, creer):
    fermer('2026-12-03', '2026-12-11', 'Pont de décembre')
    page = site.get('/demande?fiche=2')
    assert 'Envoyée aujourd\'hui : au plus tard le lundi 14 décembre' in texte(page)
    assert 'Pont de décembre, du 03/12/2026 au 11/12/2026' in texte(page)
    demande, _ = en_ecriture(cycle.deposer, saisie_de(monde))
    assert relire(demande).echeance == '2026-12-14'
    assert 'au plus tard le lundi 14\u00a0décembre 2026' in corps_de('accuse')
    assert 'lundi 14 décembre' in texte(site.get(f'/suivi/{demande.jeton}'))
    assert 'Pont de décembre' not in texte(site.get('/demande?fiche=99', status=404))
    valeurs = {
        'numero': '12', 'origine': 'plateforme', 'statut': 'attribue_chef', 'depose_le': '24/11/2026',
        'theme': 'Aménagement', 'fiche': 'Revitalisation de bourg-centre', 'collectivite': 'Rieumes', 'type': 'Commune',
        'message': 'Place', 'chefs_de_file': monde.chef.courriel, 'courriel': 'a@rieumes.example'}
    noms = [*(c.nom for c in COLONNES['demandes'] if not c.nouvelle), 'importee', 'reprise']
    lignes = (noms, [valeurs.get(nom, 'non' if nom in noms[-2:] else '') for nom in noms])
    bilan = importer('demandes', ''.join(';'.join(ligne) + '\r\n' for ligne in lignes).encode())
    assert bilan.fautes == [] and bilan.ajoutes == 1                # of one that is imported too
    assert lire('SELECT echeance FROM demande WHERE numero = 12') == [('2026-12-14',)]
    demande = creer('attribue_chef', message='z')
    changer_demande(demande, echeance='2026-11-27')
    with models.ecriture():
        cote.mettre_de_cote(relire_ici(demande), monde.chef, '2026-11-26', 'Avis.')
    fermer('2026-11-25', '2026-11-26')                              # the next working day is the 27th
    with pytest.raises(models.Refus), models.ecriture():
        cote.mettre_de_cote(relire_ici(demande), monde.chef, '2026-11-26', 'Avis.')


def test_une_fermeture_ne_change_aucune_date_deja_dite_et_nomme_les_rappels_promis_ces_jours_la(creer, maxime):
    def fermer_a_l_ecran(du, au):
        saisie = {'libelle': 'Pont', 'fermeture_du': du, 'fermeture_au': au}
        return maxime.post(f'{CALENDRIER}/fermeture', saisie, status=303).follow()

    def rouvrir():
        maxime.post(f'{CALENDRIER}/fermeture-retirer', {'id': '1'}, status=303)
    demande = creer(message='x')
    fermer_a_l_ecran('2026-12-03', '2026-12-11')
    assert relire(demande).echeance == demande.echeance == '2026-12-04'
    assert creer(message='y').echeance == '2026-12-14'
    rouvrir()
    changer_demande(demande, clos_le='2026-11-24T09:00:00Z')
    promises = [creer(message=f'n° {n}') for n in range(6)]         # by 4 December
    sauf = ({'clos_le': '2026-11-24T09:00:00Z'}, {'premier_contact_le': '2026-11-24'}, {'reprise': True})
    with models.ecriture():
        Demande.update(restreinte=True).where(Demande.numero == promises[1].numero).execute()
        Demande.update(echeance='2026-12-07').where(Demande.numero == promises[2].numero).execute()
        for demande, valeurs in zip(promises[3:], sauf):
            Demande.update(valeurs).where(Demande.numero == demande.numero).execute()
    un, deux, lundi = (str(demande.numero) for demande in promises[:3])
    for du, au, dits in (('2026-12-01', '2026-12-03', ''),
                         ('2026-12-04', '', f'2 rappels promis ce jour-là : n° {un}, {deux}'),
                         ('2026-12-07', '2026-12-09', f'1 rappel promis ces jours-là : n° {lundi}'),
                         ('2026-12-03', '2026-12-07', f'3 rappels promis ces jours-là : n° {un}, {deux}, {lundi}')):
        page = fermer_a_l_ecran(du, au)
        ligne = page.html.select_one('li.rangee > span')
        assert 'Enregistré' in texte(page) and ' '.join(ligne.text.split()).endswith(dits)
        assert ('rappel' in ligne.text) == bool(dits)
        rouvrir()
    assert [a['href'] for a in ligne.select('a')] == [f'/espace/demandes/{n}' for n in (un, deux, lundi)]


def test_les_rappels_et_les_questions_passent_les_jours_fermes(creer, heure):
    creer('attribue_chef')                                          # Tuesday 24 November, 10 days: two working days
    fermer('2026-11-25', '2026-11-30')
    fermer('2026-12-07')
    for jour, partis in (('2026-11-27', 0), ('2026-11-30', 0), ('2026-12-01', 2)):     # the chefs
        heure(f'{jour}T08:00:00Z')
        assert porteur.relances() == partis, jour
    for jour, demande in (('2026-12-07', False), ('2026-12-08', True)):     # the day after the deadline is closed
        heure(f'{jour}T08:00:00Z')
        porteur.relances()
        assert ('rappel_question' in {modele for modele, _ in courriels()}) == demande, jour


def test_une_fermeture_fausse_se_dit_et_rien_n_est_ecrit(maxime):
    fermer('2027-01-04', '2027-01-06', 'Inventaire')
    for du, au, libelle, champ, dit in (
            ('2026-11-23', '', 'Noël', 'fermeture_du', 'jour est passé'),
            ('2026-12-24', '2026-12-23', 'Noël', 'fermeture_au', 'avant le premier (24/12/2026)'),
            ('2026-12-24', '2027-12-26', 'Noël', 'fermeture_au', '62 jours au plus'),
            ('2027-01-05', '2027-01-08', 'Noël', 'fermeture_du', 'chevauche'),
            ('2027-01-01', '2027-01-05', 'Noël', 'fermeture_du', 'chevauche'),
            ('2026-12-20', '2027-01-30', 'Noël', 'fermeture_du', 'du 04/01/2027 au 06/01/2027'),
            ('', '', 'Noël', 'fermeture_du', 'date qui existe'), ('2026-12-24', '', '', 'libelle', 'Motif'),
            ('30/02/2027', '', 'Noël', 'fermeture_du', 'date qui existe'),
            ('2026-12-24', '', 'x' * 101, 'libelle', '100 au')):
        page = maxime.post(f'{CALENDRIER}/fermeture', {'libelle': libelle, 'fermeture_du': du, 'fermeture_au': au},
                           status=422)
        assert dit in texte(page) and page.html.select_one(f'#erreurs a[href="#{champ}"]'), (du, au, libelle)
        assert page.html.select_one('#libelle').get('value', '') == libelle
        assert len(lire('SELECT * FROM fermeture')) == 1 and faits() == [], (du, au, libelle)


def test_les_fermetures_se_lisent_dans_l_ordre_et_se_retirent_sauf_leurs_jours_passes(maxime, heure, monde, entrer):
    def retirer(id_, status):
        return maxime.post(f'{CALENDRIER}/fermeture-retirer', {'id': id_}, status=status)
    for du, au in (('2027-08-02', '2027-08-20'), ('2026-12-24', ''), ('2026-11-24', '2026-11-27')):
        saisie = {'libelle': f'F {du}', 'fermeture_du': du, 'fermeture_au': au}
        maxime.post(f'{CALENDRIER}/fermeture', saisie, status=303)
    page = maxime.get(CALENDRIER)
    assert [li.span.text.split() for li in page.html.select('li.rangee')] == [
        ['F', '2026-11-24Du', '24/11/2026', 'au', '27/11/2026'], ['F', '2026-12-24Le', '24/12/2026'],
        ['F', '2027-08-02Du', '02/08/2027', 'au', '20/08/2027']]
    retirer('2', 303)
    for absente in ('2', '', '0', '-1', '99', 'x', '1' * 19, '٣'):
        assert 'n\'existe plus' in texte(retirer(absente, 404)), absente
    assert [fait for fait, _, _ in faits()] == [*['fermeture ajoutée'] * 3, 'fermeture retirée']
    heure('2026-11-26T08:00:00Z')
    maxime = entrer(monde.admin)
    retirer('3', 303)                                               # begun: it keeps its days that are past
    assert lire('SELECT du, au FROM fermeture WHERE id = 3') == [('2026-11-24', '2026-11-25')]
    retirer('3', 404)
