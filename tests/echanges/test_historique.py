"""An old follow-up enters as departments keep it (historiques/), is reviewed, written, and undone (regles.md §3)."""
import csv
import io
import itertools
import pathlib
from collections import Counter

import pytest
from conftest import en_ecriture, fixer_tous, texte
from fichiers import exemple, fichier, lire, reussir, tout
from webtest import Upload

import langue
import models
from verbes.journal import ajouter_au_journal
from verbes.echanges import historique, lecture, lots, reconnus, revue
from verbes.echanges.colonnes import COLONNES
from verbes.echanges.imports import importer
from verbes.echanges.titres import AUTRES, TITRES
from verbes.exploitation import horloge, porteur
from verbes.exploitation.environnement import Configuration
from views import consigne
from views.administration.revue import GENRES

DOSSIER = pathlib.Path(__file__).parent / 'historiques'
HISTOIRES = ('a-tableur.csv', 'b-access.csv', 'c-colle.txt')
SENS = {'Soldé': 'termine', 'Abandon commune': 'abandonne', 'Projet abandonné': 'abandonne',
        'Refusé': 'termine/sans_suite'}
PAGE = '/espace/admin/import'
SOIR = '2026-11-27T18:00:00Z'


@pytest.fixture
def modele_de_base(modele, vide_modele):
    def faire():
        for quoi in ('structures', 'agents', 'catalogue', 'collectivites'):
            reussir(quoi, exemple(quoi))
    return modele('departement', faire, vide_modele, SOIR)


@pytest.fixture
def departement(base, heure):
    heure(SOIR)
    return base


def repondre(lu):
    """What somebody says of a file: the columns that are not recognised are left aside, « Soldé » is « Terminé »…"""
    reponses = {f'colonne-{rang}': nom or revue.LAISSER for rang, nom in enumerate(lu.tableau.noms)}
    for question in lu.complet.questions:
        mot = question.phrase.partition('\xa0')[2].partition('\xa0')[0]
        if not question.choisie:
            reponses[question.cle] = SENS.get(mot, 'termine')
    return reponses


def ouvrir(quoi, octets):
    return revue.ouvrir(quoi, octets, repondre(revue.ouvrir(quoi, octets)))


def histoire(nom):
    return (DOSSIER / nom).read_bytes()


def verite(nom):
    with open(DOSSIER / f'{nom.partition(".")[0]}.verite.csv') as lu:
        return {int(ligne['ligne']): ligne for ligne in csv.DictReader(lu, delimiter=';')}


def vues_lues(lu):
    return {vue.ligne: vue for vue in revue.relire(lu).vues}


def ecrire(lu, faite=None):
    faite = faite or revue.relire(lu)
    ecrite, la_meme = revue.ecrire_la_revue(lu, faite.empreinte, None)
    assert la_meme and ecrite == faite
    return faite, lire("SELECT max(id) FROM audit WHERE fait = 'import'")[0][0]


def administrateur():
    with models.lecture():
        return models.lire_agents('WHERE administrateur')[0]


def annuler(lot):
    return en_ecriture(lots.annuler, lot, administrateur())


def index():
    return sorted(lire('SELECT rowid, * FROM recherche'))


def sans_trace(base):
    return {table: lignes for table, lignes in base.items()
            if table not in ('audit', 'sqlite_sequence', 'marque') and not table.startswith('recherche')}


@pytest.mark.parametrize('nom', HISTOIRES)
def test_une_histoire_de_trois_cents_lignes_entre_une_fois_et_s_en_va(departement, nom, heure):
    avant, mots = sans_trace(tout()), index()
    lu = ouvrir('demandes', histoire(nom))
    faite, lot = ecrire(lu)
    vues, vraies = {vue.ligne: vue for vue in faite.vues}, verite(nom)
    a_tort = [ligne for ligne, vraie in vraies.items() if not vraie['fautes'] and vues[ligne].sort == 'refuse'
              and 'déjà à la ligne' not in str(vues[ligne].fautes)]
    assert a_tort == []
    ecrites = {ligne: vue for ligne, vue in vues.items() if vue.sort == 'cree' and ligne in vraies}
    assert len(ecrites) > 270
    for ligne, vue in ecrites.items():
        if vraies[ligne]['fautes']:
            continue
        assert vue.apres.get('collectivite_siren', '') == vraies[ligne]['siren'], ligne
        if vraies[ligne]['date']:
            assert langue.jour_de(vue.apres['depose_le']) == vraies[ligne]['date'], ligne
    assert lire('SELECT count(*), min(importee), min(reprise) FROM demande') == [
        (sum(vue.sort == 'cree' for vue in faite.vues), 1, 1)]
    assert lire('SELECT count(*) FROM courriel') == [(0,)]
    titres, rangees = revue.lignes_refusees(lu, faite)                  # they come back in a file that is read again
    sortie = io.StringIO()
    csv.writer(sortie, delimiter=';').writerows([titres, *rangees])
    assert titres[-1] == 'refus' and len(rangees) == sum(vue.sort == 'refuse' for vue in faite.vues)
    relues = vues_lues(ouvrir('demandes', sortie.getvalue().encode()))
    assert {vue.sort for vue in relues.values()} <= {'refuse', 'cree', 'inchange'}
    ecrit = tout()
    heure('2026-11-28T09:00:00Z')
    encore, _ = ecrire(ouvrir('demandes', histoire(nom)))               # the same file twice
    assert {vue.sort for vue in encore.vues} == {'inchange', 'refuse'} and tout() == ecrit
    assert annuler(lot) == (len(faite.vues) - sum(vue.sort == 'refuse' for vue in faite.vues), [])
    assert (sans_trace(tout()), index()) == (avant, mots)


def test_le_journal_s_en_va_avant_ses_demandes_ou_avec_apres_24_heures_rien_et_le_porteur_oublie_ce_qui_y_servait(
        departement, heure):
    _, des_demandes = ecrire(ouvrir('demandes', histoire('a-tableur.csv')))
    sans_journal, mots = sans_trace(tout()), index()
    faite, du_journal = ecrire(ouvrir('journal', histoire('a-journal.csv')))
    sorts = Counter(vue.sort for vue in faite.vues)
    assert sorts['cree'] > 200 and lire("SELECT count(*) FROM journal WHERE nature = 'message'") == [(0,)]
    encore, _ = ecrire(ouvrir('journal', histoire('a-journal.csv')))
    assert Counter(vue.sort for vue in encore.vues) == {'inchange': sorts['cree'], 'refuse': sorts['refuse']}
    assert annuler(du_journal)[1] == []
    apres = sans_trace(tout())
    assert {k: v for k, v in apres.items() if k not in ('demande', 'import_defaisable')} == {
        k: v for k, v in sans_journal.items() if k not in ('demande', 'import_defaisable')}
    assert index() == mots
    ecrire(ouvrir('journal', histoire('a-journal.csv')))
    assert annuler(des_demandes)[1] == []
    assert lire('SELECT count(*) FROM demande') == lire('SELECT count(*) FROM journal') == [(0,)]
    assert lire('SELECT count(*) FROM import_defaisable') == [(0,)]
    ecrire(ouvrir('demandes', plusieurs('7;03/02/2024;Rieumes;Lavoir;En cours')))
    _, lot = ecrire(ouvrir('demandes', plusieurs('7;03/02/2024;Rieumes;Lavoir des fées;En cours')))
    assert 'Lavoir' in lire('SELECT max(avant) FROM import_defaisable')[0][0]
    for quand, restent in (('2026-11-28T17:00:00Z', 2), ('2026-11-28T18:00:01Z', 0)):
        heure(quand)
        with models.lecture():
            assert len(lots.lots('demandes')) == restent
        if not restent:
            with pytest.raises(models.Refus, match='24'):
                annuler(lot)
        horloge.reference.clear()                                   # the hour has passed: nothing jumped
        porteur._faire_une_ronde(Configuration({'PLATEFORME_BASE': departement}), {
            'vues': 1e18, 'heure': 0.0, 'jour': langue.aujourdhui()})
        assert lire('SELECT count(*) FROM import_defaisable') == [(restent,)]


@pytest.fixture
def site(departement, entrer):
    consigne._casiers.clear()
    return entrer(administrateur())


@pytest.fixture
def ecran(site):
    """ecran(**fields of the form) → the page that follows « Relire le fichier »."""
    def envoyer(**champs):
        formulaire = site.get(f'{PAGE}?genre=demandes').forms['importer']
        for nom, valeur in champs.items():
            formulaire[nom] = valeur
        return formulaire.submit(status='*')
    return envoyer


def dire(page):
    while 'reconnaitre' in page.forms:
        formulaire = page.forms['reconnaitre']
        for champ in (champ for nom, champs in formulaire.fields.items() for champ in champs if nom):
            if getattr(champ, 'options', None) and champ.value == '':
                champ.value = champ.options[1][0]
        page = formulaire.submit()
    return page


def ligne_a_ligne(page):
    return Counter(etat.text.strip() for etat in page.html.select('table.revue .etat'))


@pytest.mark.parametrize('nom', HISTOIRES)
def test_une_histoire_se_relit_a_l_ecran_en_fichier_comme_collee(ecran, nom):
    octets, revues = histoire(nom), []
    codage = {'a': 'cp1252', 'b': 'utf-8-sig', 'c': 'utf-16'}[nom[0]]
    colle = ''.join(c for c in octets.decode(codage) if c in '\t\r\n' or c >= ' ')
    for envoi in ({'pieces': Upload(nom, octets, 'text/csv')}, {'cellules': colle}):
        page = ecran(**envoi)
        assert 'Nous avons reconnu' in texte(page) and len(page.body) < 150_000
        page = dire(page)
        assert 'Import à relire' in texte(page) and len(page.body) < 150_000
        revues.append([' '.join(rang.text.split()) for rang in page.html.select('table.revue tr')])
    assert len(revues[0]) > 10 and revues[0] == revues[1]
    suite = page.forms['ecrire'].submit().follow()
    assert 'Imports qui s\'annulent encore' in texte(suite)
    assert lire('SELECT count(*) > 270 FROM demande') == [(1,)]
    assert 'L\'import est annulé' in texte(next(f for f in suite.forms.values() if 'lot' in f.fields).submit().follow())
    assert lire('SELECT count(*) FROM demande') == [(0,)]


def test_ce_qui_n_est_pas_dit_est_redemande_et_rien_n_est_ecrit_si_une_demande_prend_le_numero_montre(ecran):
    page = ecran(cellules='Date de la demande\tCommune\tObjet\tÉtat\tCouleur\n03/02/2023\tRieumes\tLavoir\tSoldé\tx\n')
    formulaire = page.forms['reconnaitre']
    assert 'Nous avons reconnu 4 colonnes sur 5' in texte(page)
    formulaire['colonne-2'] = 'message'
    revenue = formulaire.submit(status=422)
    assert revenue.html.title.text.startswith('Erreur')
    assert 'Dites ce qu\'est « Couleur », ou laissez-la de côté' in texte(revenue)
    assert '« Soldé » veut dire… choisissez' in texte(revenue)
    assert revenue.forms['reconnaitre']['colonne-2'].value == 'message'
    relue = dire(revenue)
    assert ligne_a_ligne(relue) == {'créé': 1}
    relue.forms['ecrire'].action = PAGE
    revenir = relue.forms['ecrire'].submit('revenir')
    assert revenir.forms['reconnaitre']['colonne-2'].value == 'message' and revenir.status_int == 200
    page = ecran(cellules='date;commune;objet;état\n03/02/2024;Rieumes;Lavoir;Soldé\n')
    assert 'Terminées sans issue' not in texte(page)
    formulaire = page.forms['reconnaitre']
    formulaire[next(nom for nom in formulaire.fields if nom and nom.startswith('statut'))] = 'termine'
    page = formulaire.submit()
    assert 'Vos réponses en amènent d\'autres' in texte(page) and 'Terminées sans issue dite' in texte(page)
    assert 'Closes, mais sans date de clôture' in texte(page)
    assert 'Import à relire' in texte(page.forms['reconnaitre'].submit())
    page = dire(ecran(cellules='date;commune;objet;statut\n03/02/2023;Rieumes;Lavoir;Terminé\n'))
    assert 'n° 1 numéro donné' in texte(page)
    reussir('demandes', fichier('demandes', {
        'numero': '1', 'fiche': '', 'theme': '', 'statut': 'attribue_admin', 'chefs_de_file': '', 'referent': '',
        'associes': '', 'premier_contact_le': ''}))
    suite = page.forms['ecrire'].submit(status=409)
    assert 'ont changé depuis la page précédente' in texte(suite)
    assert 'n° 2 numéro donné' in texte(suite) and lire('SELECT count(*) FROM demande') == [(1,)]
    suite.forms['ecrire'].submit()
    assert lire('SELECT numero FROM demande ORDER BY 1') == [(1,), (2,)]


def test_ce_qui_reste_se_laisse_de_cote_et_un_nom_se_choisit_parmi_les_proches(ecran):
    page = ecran(cellules='date;commune;objet;état;bleu;vert;rose\n03/02/2024;Rieumes;Lavoir;Terminé;1;2;3\n')
    page.forms['reconnaitre']['laisser_le_reste'] = True
    assert ligne_a_ligne(dire(page.forms['reconnaitre'].submit())) == {'créé': 1}
    page = ecran(cellules='date;commune\n', pieces=Upload('a.csv', b'date;commune;objet\n1;2;3\n', 'text/csv'))
    assert page.status_int == 422 and 'gardez l\'un des deux' in texte(page)
    page = ecran(cellules='date;commune;objet;état\n03/02/2024;Labastide;Lavoir;Terminé\n')
    premier = page.html.select_one('form#reconnaitre button:not([form])')
    assert 'Relire' in premier.text and not premier.has_attr('formaction')      # Enter does not give up
    formulaire = ecran(cellules='date;commune;commune;objet\n03/02/2023;Rieumes;Muret;Lavoir\n').forms['reconnaitre']
    formulaire['colonne-2'] = 'collectivite'
    assert 'ne peuvent devenir ensemble « Collectivité »' in texte(formulaire.submit(status=422))
    formulaire['colonne-2'] = revue.LAISSER
    page = formulaire.submit(status=422)                                # the statut is still to be said
    assert 'ne peuvent devenir' not in texte(page)
    page = ecran(cellules='date;commune;objet;statut\n03/02/2023;Labastide;Lavoir;Terminé\n'
                          '04/02/2023;Rieumes;Cour;Terminé\n')
    assert '1 nom exact, rattaché' in texte(page)
    radios = page.html.select('table input[type=radio]')
    assert len(radios) == 6 and radios[-1]['value'] == 'aucune' and radios[-1].has_attr('checked')
    formulaire = page.forms['reconnaitre']
    formulaire[radios[0]['name']] = radios[0]['value']
    page = dire(formulaire.submit())
    assert ligne_a_ligne(page) == {'créé': 2} and 'à rattacher' not in texte(page).lower()
    page.forms['ecrire'].submit()
    assert lire("SELECT count(*) FROM demande WHERE collectivite_id IS NULL") == [(0,)]


def une(reponses=None, **cellules):
    lu, (vue,) = relues([cellules], reponses)
    return lu, vue


def relues(rangees, reponses=None):
    donnees = [{'date': '03/02/2023', 'commune': 'Rieumes', 'objet': 'Lavoir', 'statut': 'Terminé'} | cellules
               for cellules in rangees]
    sortie = io.StringIO()
    csv.writer(sortie, delimiter=';').writerows([donnees[0].keys(), *(un.values() for un in donnees)])
    lu = revue.ouvrir('demandes', sortie.getvalue().encode(), reponses)
    return lu, revue.relire(lu).vues


def vues_de(colonne, ecrits, **cellules):
    """{what a cell says: the line of its row as a Vue}, of rows that are alike but in their object."""
    _, vues = relues([cellules | {colonne: ecrit, 'objet': f'Lavoir {n}'} for n, ecrit in enumerate(ecrits)])
    lignes = {vue.ligne: vue for vue in vues}
    return {ecrit: lignes[n] for n, ecrit in enumerate(ecrits, 2)}


DATES = {'03/02/2021': '2021-02-03', '3-2-21': '2021-02-03', '3.2.2021': '2021-02-03', '3 février 2021': '2021-02-03',
         '3 FEVR. 2021': '2021-02-03', 'mercredi 3 févr 2021': '2021-02-03', '1er août 2019': '2019-08-01',
         '2019-03-04 00:00:00': '2019-03-04', '44230': '2021-02-03', '44230,0': '2021-02-03',
         'févr. 2021': '2021-02-01', '02/2021': '2021-02-01', '2021': '2021-01-01', '12/10/98': '1998-10-12',
         'S11 2025': '2025-03-10', 'sem. 1/2026': '2025-12-29', 'Semaine 53 2020': '2020-12-28', 's53 2021': '',
         'S60 2021': '', '12/6': '', '12 juin': '', '03/02/2021 à': '', '31/02/2021': '', '02/03/2099': '',
         '1900-01-00': '', '00/01/1900': '', '01/01/1900': '', 'hier': '', '1er trim. 2019': '', 'jui 2021': '', '': ''}


SANS_ANNEE = [
    ('12/6', '03/09/2024', ('2024-06-12', '2024-09-03')), ('12/11', '03/09/2024', ('2023-11-12', '2024-09-03')),
    ('1er juin', '03/09/2024', ('2024-06-01', '2024-09-03')), ('03/02/2024', '12.6', ('2024-02-03', '2024-06-12')),
    ('03/11/2023', '12 janv.', ('2023-11-03', '2024-01-12')), ('29/02', '01/03/2024', ('2024-02-29', '2024-03-01')),
    ('29/2', '01/03/2022', None), ('12/6', '13/7', None), ('12/6', '', None), ('32/6', '03/09/2024', None)]


DES_STATUTS = [('En cours', 'receptionne_admin', ''), ('TERMINE', 'termine', 'realise'),
               ('termine ', 'termine', 'realise'), ('Terminé – réponse apportée', 'termine', 'reponse'),
               ('Terminé (sans suite donnée par la collectivité)', 'termine', 'sans_suite'),
               ('accompagnement réalisé', 'termine', 'realise'), ('sans suite', 'termine', 'sans_suite'),
               ('Clos', 'termine', 'realise'), ('abandonnée', 'abandonne', ''),
               ('Attribué expert(s)', 'receptionne_admin', ''), ('Réceptionné administrateur', 'receptionne_admin', ''),
               ('en cours (voir JP)', 'receptionne_admin', '')]


COLLECTIVITES = {'rieumes': 'Rieumes', 'Mairie de Rieumes': 'Rieumes', 'Commune de RIEUMES': 'Rieumes',
                 'Rieumes (31)': 'Rieumes', 'Rieumes - 31': 'Rieumes', 'M. le Maire de Rieumes': 'Rieumes',
                 'St Béat Lez': 'Saint-Béat-Lez', 'CC Frontonnais': 'CC du Frontonnais', 'Puymaurn': 'Puymaurin',
                 'CCF': 'CC du Frontonnais', 'Synd. eaux de la Hise': '', 'CCAS de Caraman': '', 'Labastide': ''}
# What is not in the list: its type is said by its name.
TYPES = {'Synd. eaux de la Hise': 'Syndicat', 'SIVOM du Nord': 'Syndicat', 'PETR du Sud': 'PETR',
         'CCAS de Caraman': 'Autre établissement public',
         'Communauté de communes du Saint-Gaudinois': 'Communauté de communes'}
CODES = ({'siren': '213 104 540'}, {'siret': '21310454000016'}, {'code insee': '31454'}, {'code insee': '31454.0'},
         {'siren': '21310454000016'})


def test_une_collectivite_et_une_fiche_se_reconnaissent_un_code_dit_mieux_que_le_nom(departement):
    vues = vues_de('commune', COLLECTIVITES)
    assert {ecrite: (vue.apres['collectivite'], bool(vue.apres.get('collectivite_siren')), 'à rattacher' in vue.dites)
            for ecrite, vue in vues.items()} == {
        ecrite: (nom or ecrite, bool(nom), not nom) for ecrite, nom in COLLECTIVITES.items()}
    assert {ecrite: vue.apres['type'] for ecrite, vue in vues_de('commune', TYPES).items()} == TYPES
    for cellules in CODES:
        reponses = {'colonne-4': revue.LAISSER} if 'siret' in cellules else None
        assert une(reponses, commune='Rieumes', **cellules)[1].apres['collectivite'] == 'Rieumes', cellules
    _, vue = une(commune='Muret', **{'code insee': '31454'})
    assert vue.sort == 'refuse' and 'est celui de Rieumes, pas de Muret' in vue.fautes[0].raison
    _, vue = une(commune='Rieumes', siren='213104541')
    assert vue.sort == 'cree' and 'code 213104541 inconnu, nom gardé' in vue.dites
    _, vue = une(commune='', siren='213104541')
    assert vue.sort == 'refuse' and 'aucune collectivité de la base' in vue.fautes[0].raison
    assert une(commune='Mazères')[1].apres['collectivite'] == 'Mazères-sur-Salat'
    _, vue = une(commune='Mazères', **{'code insee': '09185'})          # of elsewhere: not attached beforehand
    assert vue.apres['collectivite'] == 'Mazères' and 'à rattacher' in vue.dites
    fiche, theme, chef = lire('SELECT titre, theme.nom, courriel FROM fiche JOIN theme ON theme.id = theme_id '
                              'JOIN pilotage ON fiche_id = fiche.id JOIN agent ON agent.id = agent_id '
                              "WHERE rang = 0 AND etat = 'publiee' ORDER BY fiche.id")[0]
    _, vue = une(fiche=fiche.upper(), statut='Attribué chef de file')
    assert (vue.apres['fiche'], vue.apres['theme'], vue.apres['statut']) == (fiche, theme, 'attribue_chef')
    assert vue.apres['chefs_de_file'].startswith(chef)
    lu, vue = une(fiche='Fiche d\'autrefois', statut='Attribué chef de file')
    assert (vue.apres.get('fiche', ''), vue.apres['statut']) == ('', 'receptionne_admin')
    ecrire(lu)
    assert lire('SELECT fiche_id, titre_depose FROM demande') == [(None, 'Fiche d\'autrefois')]


CONTACTS = [('telephone', '05.36.49.00.10', '0536490010'), ('telephone', '536490010', '0536490010'),
            ('telephone', '05 36 49 00 10 / 06 39 98 00 10', '0536490010'),
            ('telephone', '05 36 49 00 10 (le matin)', '0536490010'),
            ('courriel', 'a@rieumes.example ; b@rieumes.example', 'a@rieumes.example'),
            ('courriel', 'a @ rieumes.example', 'a@rieumes.example')]


def test_de_plusieurs_contacts_le_premier_se_lit_sans_contact_une_demande_ouverte_attend_un_appel(departement):
    for colonne, ecrit, lu in CONTACTS:
        ouvert, vue = une(statut='En cours', **{colonne: ecrit})
        assert vue.apres[colonne] == lu, ecrit
        _, lot = ecrire(ouvert)
        if any(autre in ecrit for autre in ('/', ';', '(')):
            assert ecrit in lire('SELECT texte FROM journal')[0][0]
        annuler(lot)
    vues = vues_de('date', ['21/03/2026', '22/03/2026', '02/11/2026'], statut='En cours', courriel='x@rieumes.example')
    assert [bool(vue.apres.get('interlocuteur_depuis')) for vue in vues.values()] == [True, False, False]
    officielle = lire('SELECT courriel FROM collectivite WHERE nom = ?', 'Rieumes')[0][0]
    lu, vue = une(date='01/11/2026', statut='En cours')
    assert officielle and vue.apres['courriel'] == officielle and 'à l\'adresse officielle, à confirmer' in vue.dites
    ecrire(lu)
    assert lire('SELECT interlocuteur_depuis FROM demande') == [(langue.aujourdhui(),)]


def test_close_depuis_plus_que_la_conservation_elle_entre_sans_personne_sans_duree_on_la_demande(departement):
    fixer_tous(conservation='5\xa0ans')
    for n, (clos, entiere) in enumerate((('28/11/2021', True), ('20/11/2021', False)), 1):
        lu, _ = une(date='01/02/2015', nom='Exemplaire', courriel='jeanne@rieumes.example',
                    remarques='Appelée par Mme Exemplaire', message='Mme Exemplaire voudrait un lavoir.',
                    **{'Date de clôture': clos, 'Suivi par': 'M. Ancien'})
        _, lot = ecrire(lu)
        ligne, = lire('SELECT nom, courriel, synthese, message, (SELECT count(*) FROM journal) FROM demande')
        journal = f'numéro;date;par;texte\n{n};02/11/2015;M. Ancien;Appelée\n'.encode()
        du_journal, = revue.relire(revue.ouvrir('journal', journal)).vues
        if entiere:
            assert ligne[:2] == ('Exemplaire', 'jeanne@rieumes.example') and ligne[4] == 1 and du_journal.sort == 'cree'
            annuler(lot)
    assert ligne == ('', '', '', historique.TEXTE_AU_TERME, 0)
    assert lu.complet.dites[2] == ['sans nom, contact, message ni journal', 'numéro donné']
    assert 'Exemplaire' not in str(tout()) and 'Ancien' not in str(tout()['journal'])
    assert du_journal.sort == 'refuse' and 'son journal n\'entre pas' in du_journal.fautes[0].raison
    fixer_tous(conservation='à convenir')
    cellules = {'date': '01/11/2015', 'Date de clôture': '20/11/2015'}
    question = next(q for q in une(**cellules)[0].complet.questions if q.cle == 'terme')
    assert not question.choisie and question.combien == 1
    assert une({'terme': '5'}, **cellules)[1].apres['message'] == historique.TEXTE_AU_TERME
    assert une({'terme': '0'}, **cellules)[1].apres['message'] == 'Lavoir'


def test_une_date_un_statut_et_une_issue_se_lisent_comme_on_les_ecrit(departement):
    assert {ecrite: langue.jour_de(vue.apres['depose_le']) if vue.sort == 'cree' else ''
            for ecrite, vue in vues_de('date', DATES).items()} == DATES
    for date, fin, jours in SANS_ANNEE:
        lu, vue = une(date=date, fin=fin)
        assert (vue.sort == 'cree') == bool(jours), vue
        if jours:
            assert tuple(langue.jour_de(vue.apres[nom]) for nom in ('depose_le', 'clos_le')) == jours
            assert any('\xa0» lu ' in dite for dite in vue.dites), vue
        (question,) = [q for q in lu.complet.questions if q.cle == 'annee']
        assert 'sans année' in question.phrase and question.combien == 1
    _, vue = une({'annee': '2022'}, date='12/6', fin='13/7')
    assert [langue.jour_de(vue.apres[nom]) for nom in ('depose_le', 'clos_le')] == ['2022-06-12', '2022-07-13']
    _, vue = une({'annee': 'refuser'}, date='12/6', fin='03/09/2024')
    assert vue.sort == 'refuse' and 'JJ/MM/AAAA' in vue.fautes[0].raison
    vues = vues_de('statut', [ecrit for ecrit, *_ in DES_STATUTS])
    assert [(ecrit, vue.apres['statut'], vue.apres.get('issue', '')) for ecrit, vue in vues.items()] == DES_STATUTS
    for statut, libelle in reconnus.STATUTS.items():
        lus = [reconnus.sens_du_statut(dit)[0] for dit in (statut, libelle, langue.sans_accents(libelle).upper())]
        assert lus == [statut] * 3, lus
    assert {libelle: reconnus.sens_du_statut(libelle) for libelle in reconnus.ISSUES.values()} == {
        libelle: ('termine', issue) for issue, libelle in reconnus.ISSUES.items()}
    dites = {libelle.capitalize(): issue for issue, libelle in reconnus.ISSUES.items()}
    assert {dit: vue.apres['issue'] for dit, vue in vues_de('Suite donnée', dites).items()} == dites
    lu = ouvrir('demandes', plusieurs('03/02/2024;Rieumes;Lavoir;Sans suite', '03/02/2024;Muret;Cour;Le maire renonce',
                                      titres='date;commune;objet;suite donnée'))
    vues = vues_lues(lu)
    assert [q.phrase for q in lu.complet.questions if q.cle.startswith('statut')] == [
        '«\xa0Le maire renonce\xa0» veut dire']
    assert (vues[2].apres['statut'], vues[2].apres['issue']) == ('termine', 'sans_suite')
    assert vues[3].apres['synthese'] == 'Le maire renonce'


FONCTIONS = {'Maire': True, 'Président de la CC': True, 'DGS': False, 'Adjoint au maire': False, 'Secrétaire': False,
             'maire adjointe': False}


def test_qui_n_est_pas_le_maire_est_a_rappeler_un_statut_reste_rien_de_ce_que_dit_une_ligne_n_est_perdu(departement):
    vues = vues_de('Qualité', FONCTIONS, statut='En cours', Civilité='Mme', Nom='Bordes', Prénom='Hélène',
                   courriel='a@rieumes.example')
    assert {fonction: (vue.apres.get('nom'), vue.apres.get('rappel_nom')) for fonction, vue in vues.items()} == {
        fonction: ('Bordes', None) if maire else (None, 'Bordes') for fonction, maire in FONCTIONS.items()}
    lu, vue = une(statut='En cours', Remarques='Visite prévue', thème='Habitat et logement')
    assert vue.apres['theme'] == 'Habitat et logement' and 'au journal\xa0: Remarques\xa0: Visite prévue' in vue.dites
    _, lot = ecrire(lu)
    assert lire('SELECT texte, theme.nom FROM journal JOIN demande ON numero = demande_id '
                'JOIN theme ON theme.id = theme_id') == [
        ('Reprise de l\'historique. Remarques\xa0: Visite prévue', 'Habitat et logement')]
    _, vue = une(Remarques='Rapport rendu', **{'Montant HT': '12 400', 'Suite donnée': 'Rapport remis au maire'})
    assert vue.apres['synthese'] == 'Rapport rendu\nRapport remis au maire'
    reponses = {f'colonne-{rang}': nom for rang, nom in enumerate(
        ('depose_le', 'collectivite', 'objet', 'statut', 'synthese', 'synthese'))}
    _, vue = une(reponses, Remarques='Rapport rendu', **{'Montant HT': '12 400'})
    assert vue.apres['synthese'] == 'Remarques\xa0: Rapport rendu\nMontant HT\xa0: 12 400'
    annuler(lot)
    lu, _ = une(statut='Réponse faite par HGI')
    _, vue = une({lu.complet.questions[0].cle: 'termine/reponse'}, statut='Réponse faite par HGI')
    finie = {'statut': 'termine', 'issue': 'reponse', 'synthese': 'Réponse faite par HGI'}
    assert vue.apres | finie == vue.apres
    lues = {vue.ligne: vue for vue in relues([{}, {}])[1]}
    assert lues[2].sort == 'cree' and 'La même ligne que la 2' in lues[3].fautes[0].raison
    for dite, _ in reconnus.SENS:
        lu, _ = une(statut='Bleu', courriel='a@rieumes.example')
        lu, vue = une({lu.complet.questions[0].cle: dite}, statut='Bleu', courriel='a@rieumes.example')
        assert vue.sort == 'cree', (dite, vue.fautes)
        statut, _, issue = dite.partition('/')
        assert vue.apres['statut'] == ('receptionne_admin' if statut == 'en_cours' else statut)
        assert not issue or vue.apres['issue'] == issue
        annuler(ecrire(lu)[1])


def test_qui_suivait_se_reconnait_par_son_adresse_ou_son_nom_et_sans_compte_se_dit(departement):
    ecrits = ['claude.temoin@hgi.example', 'Claude Témoin', 'TEMOIN Claude', 'C. Témoin']
    vues = vues_de('Suivi par', ecrits, statut='En cours')
    assert {ecrit: (vue.apres['referent'], vue.apres['statut']) for ecrit, vue in vues.items()} == dict.fromkeys(
        ecrits, ('claude.temoin@hgi.example', 'en_cours'))
    lu, vue = une(statut='En cours', **{'Suivi par': 'M. Ancien'})
    assert vue.apres['statut'] == 'receptionne_admin' and 'referent' not in vue.apres
    assert 'suivie par «\xa0M. Ancien\xa0», sans compte ouvert' in vue.dites
    ecrire(lu)
    assert lire('SELECT texte FROM journal') == [('Reprise de l\'historique. Suivie par M. Ancien.',)]


def plusieurs(*lignes, titres='numéro;date;commune;objet;statut'):
    return '\n'.join([titres, *lignes]).encode()


def test_un_numero_illisible_devient_la_reference_sans_numero_ils_suivent_l_ordre_de_depot(departement):
    _, lot = ecrire(ouvrir('demandes', plusieurs('999999;03/02/2024;Rieumes;Lavoir;En cours',
                                                 '7;03/02/2024;Muret;Cour;En cours')))
    assert lire('SELECT numero, reference FROM demande ORDER BY numero') == [(7, ''), (8, '999999')]
    annuler(lot)
    lu = ouvrir('demandes', plusieurs('2021-034;03/02/2021;Rieumes;Lavoir;En cours',
                                      '7;03/02/2021;Rieumes;Cour;En cours', '6;01/02/2021;Rieumes;Toit;En cours',
                                      'n° 8;03/02/2021;Rieumes;Halle;En cours'))
    ecrire(lu)
    assert lire('SELECT numero, reference FROM demande ORDER BY numero') == [(6, ''), (7, ''), (8, ''), (9, '2021-034')]
    assert lire("SELECT rowid FROM recherche WHERE recherche MATCH 'contact : \"034\"'") == [(9,)]
    ecrire(revue.ouvrir('journal', 'référence;date;par;texte\n2021-034;04/02/2021;M. Ancien;Appelée\n'.encode()))
    assert lire("SELECT demande_id FROM journal WHERE texte = 'Appelée'") == [(9,)]
    ecrits = ('n° 7', 'N°7', '#7', '7', '7.0')
    for ecrit in ecrits:
        ligne = f'{ecrit};04/02/2024, 12:36:27;M. Ancien;Vu {ecrit}'
        ecrire(revue.ouvrir('journal', f'dossier;date;par;texte\n{ligne}\n'.encode()))
    assert lire("SELECT demande_id, texte, cree_le FROM journal WHERE texte LIKE 'Vu%' ORDER BY id") == [
        (7, f'Vu {ecrit}', '2024-02-04T11:36:27Z') for ecrit in ecrits]
    lu = ouvrir('demandes', plusieurs(';03/02/2025;Rieumes;Trois;Terminé', '12;01/02/2022;Rieumes;Douze;Terminé',
                                      ';01/02/2023;Muret;Une;Terminé', ';02/02/2024;Muret;Deux;Terminé'))
    faite, lot = ecrire(lu)
    assert lire("SELECT numero, message FROM demande WHERE numero > 12 ORDER BY numero") == [
        (13, 'Une'), (14, 'Deux'), (15, 'Trois')]
    assert 'Sans numéro, 3\xa0lignes\xa0: 13 à 15, dans l\'ordre de dépôt.' in faite.avis
    annuler(lot)
    ecrire(ouvrir('demandes', plusieurs(';03/02/2023;Rieumes;Trois;Terminé')))
    assert lire('SELECT max(numero) FROM demande') == [(16,)]


def test_un_numero_pris_est_refuse_ou_devient_reference_la_commande_lit_de_meme_un_faux_fichier_est_refuse(departement):
    ecrire(ouvrir('demandes', plusieurs('7;03/02/2021;Muret;Cour;Terminé')))
    en_ecriture(models.Demande.update(importee=False).execute)
    vues = []
    for reponses in (None, {'pris': 'autres'}):
        lu = revue.ouvrir('demandes', plusieurs('7;05/06/2022;Rieumes;Lavoir;Terminé'), reponses)
        vues += revue.relire(lu).vues
        assert [q.combien for q in lu.complet.questions if q.cle == 'pris'] == [1]
    assert [vue.sort for vue in vues] == ['refuse', 'cree'] and vues[1].apres['reference'] == '7'
    assert '« Muret » le 03/02/2021' in vues[0].fautes[0].raison

    octets = plusieurs('7;03/02/2021;Muret;Cour;Terminé')
    en_ecriture(models.Demande.update(message='Écrit par la mairie.').execute)
    avant = sans_trace(tout())
    vue, = revue.relire(revue.ouvrir('demandes', octets)).vues
    assert vue.sort == 'refuse' and 'n\'a pas été importée' in vue.fautes[0].raison
    assert importer('demandes', octets).fautes and sans_trace(tout()) == avant
    journal = 'numéro;date;par;texte\n7;04/02/2021;M. Ancien;Appelée\n'.encode()
    vue, = revue.relire(revue.ouvrir('journal', journal)).vues
    assert vue.sort == 'refuse' and importer('journal', journal).fautes and sans_trace(tout()) == avant
    octets = 'Date de la demande;Commune;Objet;État\n3 février 2023;St Béat Lez;Lavoir;En cours\n'.encode('cp1252')
    avant = lire('SELECT count(*) FROM demande')
    assert importer('demandes', octets, essai=True)[:3] == (1, 0, 0) and lire('SELECT count(*) FROM demande') == avant
    bilan = importer('demandes', octets)
    assert bilan[:3] == (1, 0, 0) and 'Sans numéro' in bilan.avis[0] and importer('demandes', octets)[:3] == (0, 0, 1)
    inconnues = importer('demandes', octets.replace(b'Objet', b'Couleur'))
    assert any(faute.colonne == 'Couleur' and 'inconnue' in faute.raison for faute in inconnues.fautes)
    soldees = importer('demandes', octets.replace(b'En cours', b'Sold\xe9'))
    assert 'dites ce qu\'il veut dire' in soldees.fautes[0].raison
    for octets, dit in (
            (b'a;b\n' * 5_100, '5.000 au plus'),
            ((';'.join(f'colonne {n}' for n in range(300)) + '\n').encode() + b';' * 299 + b'\n', '300 colonnes'),
            (b'date;commune;objet' + b';c' * 300 + b'\n1;2;3' + b';x' * 300 + b'\n', '303 colonnes'),
            (b'PK\x03\x04classeur', 'classeur'), (b'', 'vide'), (b'date;commune;objet\n', 'que sa ligne'),
            (b'Bonjour, voici le fichier.\nMerci\n', 'titre de colonne|Aucun')):
        with pytest.raises(models.Refus, match=dit):
            revue.ouvrir('demandes', octets)


def test_un_import_s_annule_et_tout_revient_sauf_ou_quelqu_un_a_agi_depuis_que_rien_ne_recouvre(departement):
    ecrire(ouvrir('demandes', plusieurs('7;03/02/2021;Rieumes;Cour;En cours')))
    avant, mots = sans_trace(tout()), index()
    _, lot = ecrire(ouvrir('demandes', plusieurs('7;03/02/2021;Rieumes;La cour de l\'école;À traiter')))
    assert lire('SELECT statut, message FROM demande') == [('attribue_admin', 'La cour de l\'école')]
    assert annuler(lot) == (1, [])
    apres = sans_trace(tout())
    assert index() == mots
    version = [colonne[1] for colonne in lire('PRAGMA table_info(demande)')].index('version')
    assert apres['demande'][0][version] > avant['demande'][0][version]
    for etat in (avant, apres):
        etat['demande'] = [ligne[:version] + ligne[version + 1:] for ligne in etat['demande']]
        etat.pop('import_defaisable')
        etat['membre'] = sorted(membre[1:] for membre in etat['membre'])
    assert apres == avant
    octets = plusieurs('17;03/02/2021;Rieumes;Halle;En cours', '18;03/02/2021;Muret;Halle;Terminé')
    _, lot = ecrire(ouvrir('demandes', octets))
    en_ecriture(ajouter_au_journal, models.Demande.get_by_id(17), administrateur(), 'note', 'Vu.')
    en_ecriture(models.Demande.update(reprise=False).where(models.Demande.numero == 17).execute)
    vues = vues_lues(revue.ouvrir('demandes', octets))
    assert (vues[2].sort, vues[3].sort) == ('refuse', 'inchange') and 'suivie depuis' in vues[2].fautes[0].raison
    assert annuler(lot) == (1, [17]) and lire('SELECT numero FROM demande') == [(7,), (17,)]
    assert lire("SELECT detail FROM audit WHERE fait = 'import annulé'")[-1:] == [(f'lot {lot}\xa0: 1 demandes',)]
    with pytest.raises(models.Refus, match='ne s\'annule plus'):
        annuler(lot)


def test_chaque_import_a_un_modele_et_chaque_titre_connu_mene_a_une_colonne_et_une_seule(site):
    for quoi in GENRES:
        assert f'/modele?genre={quoi}' in site.get(f'{PAGE}?genre={quoi}')
        titres = site.get(f'{PAGE}/modele?genre={quoi}').body.decode('utf-8-sig').strip().split(';')
        noms = lecture.reconnaitre(quoi, titres)
        assert '' not in noms and len(set(noms)) == len(titres), quoi
        assert quoi in historique.COMPLETER or {c.nom for c in COLONNES[quoi] if c.requis} <= set(noms), quoi
    page = texte(site.get(f'{PAGE}?genre=demandes'))
    assert '« Attribué expert(s) », « Réceptionné expert », « En cours », « Terminé »' in page
    for quoi, titres in TITRES.items():
        assert set(titres) <= {c.nom for c in COLONNES[quoi]} | set(AUTRES.get(quoi, ())), quoi
        dits = [(dit, nom) for nom, ecrits in titres.items() for dit in ecrits.split(', ')]
        cles = [(lecture.cle_de_titre(dit), nom) for dit, nom in dits]
        assert {cle for (cle, un), (autre, deux) in itertools.combinations(cles, 2)
                if cle == autre and un != deux} == set(), quoi
        for dit, nom in dits:
            assert lecture.reconnaitre(quoi, [dit.upper()]) == [nom], dit
