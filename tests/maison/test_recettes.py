"""The recipes of the chapter « changer », played on a copy of the sources: with all its steps, within so many files of
the product, the thing is there and the house in order; with one forgotten, a test says so and names what lacks."""
import os
import shutil
import subprocess
import sys
from collections import namedtuple

import pytest
from conftest import RACINE

# plafond: how many files; etapes: {step: (the test that fails without it, the word that it names, [(file, after what,
# '' if it is new, what is put)])}; verts: other tests to pass.
Recette = namedtuple('Recette', 'plafond etapes verts')
ACTES, LETTRES = 'tests/demande/test_actes.py', 'tests/demande/test_courriels_vrais.py'
BASE, ARCHIVE = 'tests/exploitation/test_base.py', 'tests/echanges/test_reversibilite.py'
TEXTES, MAISON = 'tests/administration/test_textes.py', 'tests/maison/test_maison.py'
PREUVES, LE_CSV = 'tests/pilotage/test_preuves.py', 'tests/pilotage/test_preuves_csv.py'
SCHEMA = (f'{BASE}::test_le_schema_est_celui_de_peewee_strict_ses_cles_tenues_et_chaque_table_chaque_colonne_dit_'
          'ce_qu_elle_est')
LUE = f'{ACTES}::test_ce_que_la_mairie_a_tape_se_lit_chez_les_agents_et_sur_sa_copie'
LIVRES = f'{TEXTES}::test_les_fichiers_livres_sont_ceux_qu_il_faut'
CAS = (f'{LETTRES}::test_chaque_courriel_du_circuit_est_celui_de_son_fichier_et_dit_ce_qu_il_doit_et_rien_d_autre'
       '[corriger]')
RECOMPTE = f'{PREUVES}::test_chaque_chiffre_recompte_sur_les_lignes_brutes_est_celui_du_tableau_et_de_sa_liste[admin]'
EXPORTEE = f'{ARCHIVE}::test_ce_que_le_registre_dit_exporte_a_ici_une_valeur_change_l_archive_et_rien_d_autre'
MILLE = f'{LE_CSV}::test_mille_filtres_au_hasard_donnent_les_memes_chiffres_sur_notre_csv'
TRACE = f'{MAISON}::test_chaque_acte_laisse_une_ligne[actes.demander_du_soutien]'
CORRIGEES = TABLE = (f'{ACTES}::test_chaque_action_a_sa_table_et_son_verbe_ce_que_la_mairie_tape_se_corrige_et_se_vide'
                     '_ou_dit_pourquoi_non')
BUDGET = '''
from conftest import derniere_demande, envoyer_demande, limiter, lire_csv, texte
from fichiers import lire, reussir
from test_dossier import adresse, fait, panneau, remplir
from test_exports import exporter
from test_reversibilite import neuve

def test_le_budget_se_tape_se_lit_se_corrige_s_exporte_et_revient(site, monde, entrer, neuve):
    limiter(secondes_minimum=0)
    envoyer_demande(site, 2, budget='40 000 €')
    demande, chef = derniere_demande(), entrer(monde.chef)
    assert 'Budget envisagé 40 000 €' in texte(site.get(f'/suivi/{demande.jeton}'))
    assert 'Budget envisagé 40 000 €' in panneau(chef.get(adresse(demande)), 'besoin')
    fait(remplir(chef, demande, 'corriger', budget='50 000 €'), demande, 'corrige')
    assert lire_csv(chef.get('/espace/demandes.csv'))[0]['Budget envisagé'] == '50 000 €'
    ecrits = {quoi: exporter(quoi) for quoi in ('structures', 'agents', 'catalogue', 'collectivites', 'demandes')}
    with neuve():
        for quoi, ecrit in ecrits.items():
            reussir(quoi, ecrit)
        assert lire('SELECT budget FROM demande') == [('50 000 €',)]
'''
CORRECTION = '''Demande corrigée – {intitule}

Demande n° {numero}, {origine}
Collectivité : {collectivite}, accompagnement : {fiche}
Qui appeler : {qui_appeler}
{lien}
'''
CORRIGEE = 'À : mairie@rieumes.example\nObjet : ' + CORRECTION.format(
    intitule='n°\u00a01 (Revitalisation de bourg-centre)', origine='déposée le 24\u00a0novembre 2026 à 10\u00a0h',
    numero=1, collectivite='Rieumes', fiche='Revitalisation de bourg-centre', lien='http://127.0.0.1:8080/suivi/JETON',
    qui_appeler='Claude Temoin, Haute-Garonne Ingénierie – HGI, 05\u00a036\u00a049\u00a000\u00a031') + (
    '\nNe répondez pas à ce courriel\u00a0: écrivez depuis votre page de suivi, ou téléphonez.\n')
DEMANDER = '''
def demander_du_soutien(demande, agent, version, motif):
    pour_id = commencer(demande, 'soutien', agent, version)
    conclure(demande, version, 'equipe', f'Soutien demandé\u00a0: {motif}', agent, pour_id)
'''
SOUTIEN = '''
from test_dossier import adresse, fait, remplir

def test_le_soutien_se_demande_de_la_page_et_se_lit_au_journal(creer, monde, entrer):
    demande, referent = creer('en_cours'), entrer(monde.referent)
    assert 'Demander du soutien' in referent.get(adresse(demande)).text
    page = fait(remplir(referent, demande, 'soutien', motif='Un avis.'), demande, 'enregistre')
    assert 'Soutien demandé\u00a0: Un avis.' in page.text
'''
RECETTES = {
    'un-champ': Recette(4, {
        'le test': ('', '', [('tests/demande/test_budget.py', '', BUDGET)]),
        'le schema': (SCHEMA, 'budget', [(
            'migrations.sql', 'ALTER TABLE demande RENAME COLUMN promis TO delai;\n',
            "ALTER TABLE demande ADD COLUMN budget TEXT NOT NULL DEFAULT '';  -- in words, told by the mairie\n")]),
        'le nom': (SCHEMA, 'budget', [('models.py', '    accord = _texte()\n', '    budget = _texte()\n')]),
        'la colonne': ('tests/maison/test_registre.py', 'budget', [(
            'verbes/colonnes.py', "dépôt de dossier, fin d'un délai…\"),\n",
            "    _nouvelle('budget', 'mot', 'budget envisagé', libelle='Budget envisagé', saisie='texte',\n"
            "        groupe='projet', csv='tous'),\n")]),
        'la correction': (CORRIGEES, 'budget', [('verbes/colonnes.py', ', csv=\'tous\'', ", corrigee='Budget'")]),
        'la copie': (LUE, 'budget', [('verbes/colonnes.py', "'budget envisagé',", " vue='demandeur',")]),
        'les faits': (LUE, 'budget', [('verbes/colonnes.py', "libelle='Budget envisagé',", ' montree=True,')]),
        'l_archive': (EXPORTEE, 'budget', [(ARCHIVE, " ampleur = 'jours',", " budget = '=1 €',")]),
    }, ('tests/demande/test_budget.py',
        f'{ARCHIVE}::test_tout_revient_a_l_octet_pres_et_dit_la_meme_chose_dans_une_base_neuve')),
    'un-courriel': Recette(4, {
        'le texte': (LIVRES, 'correction.txt', [('static/textes/courriels/correction.txt', '', CORRECTION)]),
        'sa ligne': (LIVRES, 'correction.txt', [(
            'verbes/textes.py', "'Demande rouverte, à la collectivité', MAIRIE),\n",
            "    'correction': Sorte('collectivite', 'Demande corrigée, au demandeur', MAIRIE),\n")]),
        'l_envoi': (CAS, 'correction-corriger.txt', [(
            'verbes/demande/actes.py', "saisie, commencer(demande, 'corriger', agent, version))\n",
            "    prevenir_demandeur(demande, 'correction')\n")]),
        'le formulaire': (CAS, 'ecrit=True', [
            ('views/demande/actes/corrections.py', "fait='corrige', liens={'besoin': 'Corriger'}", ', ecrit=True')]),
        'son cas': (f'{LETTRES}::test_chaque_courriel_a_un_cas', 'correction', [
            (LETTRES, "    'avertir':             ('en_cours', {}, avertir),\n",
             "    'corriger': ('en_cours', {}, lambda m, d: actes.corriger(d, m.chef, d.version, {'lieu': 'Ici'})),\n"),
            ('tests/demande/courriels/correction-corriger.txt', '', CORRIGEE)]),
    }, (f'{TEXTES}::test_l_apercu_de_chaque_courriel_est_entier_pour_trois_demandes',
        'tests/maison/test_courriels_restreints.py::'
        'test_aucun_courriel_ne_dit_ce_que_contient_une_demande_restreinte[correction]')),
    'un-chiffre': Recette(1, {
        'le chiffre': (RECOMPTE, 'Assistances urgentes', [(
            'verbes/pilotage/chiffres.py', "ni réponse attendue.', {'sans_nouvelles': 'oui'}, lues=True),\n",
            "    Chiffre('urgentes', 'assistances urgentes', '…', {'ouvertes': 'oui', 'delai': 'urgente'}),\n")]),
        'le recompte': (RECOMPTE, 'Assistances urgentes', [(
            'tests/recompte.py', "        'Sans nouvelles': lambda d: d['silence']",
            ",\n        'Assistances urgentes': lambda d: not d['clos'] and d['promesse'] == 'urgente'")]),
        'celui du CSV': (MILLE, 'urgentes', [(
            LE_CSV, "        'attente': sum(bool(d['Réponse attendue avant le']) for d in recues),\n",
            "        'urgentes': sum(d['Délai promis'] == '3 jours' for d in ouvertes),\n")]),
    }, (f'{PREUVES}::test_chaque_chiffre_recompte_sur_les_lignes_brutes_est_celui_du_tableau_et_de_sa_liste[admin]',)),
    'un-acte': Recette(3, {
        'le test': ('', '', [('tests/demande/test_soutien.py', '', SOUTIEN)]),
        'la loi': (TABLE, 'soutien', [(
            'verbes/regles.py', "    'revenu':        Acte('Ce courriel est revenu', SUIVENT),\n",
            "    'soutien':       Acte('Demander du soutien', SUIVENT, OUVERTE),\n")]),
        'le verbe': (TRACE, 'demander_du_soutien', [(
            'verbes/demande/actes.py', 'qui suivait cette demande avant vous\'\n', DEMANDER)]),
        'le geste': (TABLE, 'soutien', [('views/demande/actes/equipe.py', 'GESTES = {\n',
            "    'soutien': Geste('associer', lambda demande, agent, version, v: actes.demander_du_soutien(\n"
            "        demande, agent, version, v['motif']), titre='Demander du soutien', champs=(MOTIF,)),\n")]),
        'le lien': (f'{ACTES}::test_chaque_acte_ouvert_est_offert_sur_la_page_a_chacun_qui_le_peut', 'soutien', [(
            'views/demande/actes/equipe.py', "titre='Demander du soutien', champs=(MOTIF,)",
            ", groupe='equipe', dit='Écrit au chef de file'")]),
        'sa trace': (f'{MAISON}::test_chaque_verbe_public_est_connu_de_ce_controle', 'demander_du_soutien', [(
            MAISON, "    'actes.restreindre': ('en_cours', lambda m, d: (d, m.chef, d.version, True)),\n",
            "    'actes.demander_du_soutien': ('en_cours', lambda m, d: (d, m.chef, d.version, 'Un avis.')),\n")]),
    }, ('tests/demande/test_soutien.py',)),
}
OUBLIS = [(nom, etape) for nom, recette in RECETTES.items() for etape in recette.etapes if etape != 'le test']


def jouer(copie, etapes, tests):
    """What pytest says of these tests, on a copy where these steps are done."""
    for dossier in ('verbes', 'views', 'static', 'tests'):
        shutil.copytree(RACINE / dossier, copie / dossier, ignore=shutil.ignore_patterns('captures', 'atelier'))
    for chemin in (*RACINE.glob('*.py'), RACINE / 'migrations.sql', RACINE / 'pyproject.toml'):
        shutil.copy2(chemin, copie)
    for fichier, ancre, texte in [edition for *_, editions in etapes for edition in editions]:
        source = (copie / fichier).read_text('utf-8') if ancre else ''
        assert source.count(ancre) == 1, (fichier, ancre)
        (copie / fichier).parent.mkdir(exist_ok=True)
        (copie / fichier).write_text(source.replace(ancre, ancre + texte), 'utf-8')
    ordre = [sys.executable, '-m', 'pytest', '-q', '-x', '--tb=short', '-p', 'no:cacheprovider', *dict.fromkeys(tests)]
    return subprocess.run(ordre, cwd=copie, capture_output=True, text=True,
                          env=os.environ | {'PYTEST_ADDOPTS': '', 'PYTHONDONTWRITEBYTECODE': ''})


@pytest.mark.parametrize('nom', RECETTES)
def test_une_recette_suivie_laisse_la_maison_en_ordre(nom, tmp_path):
    plafond, etapes, verts = RECETTES[nom]
    touches = {fichier for *_, editions in etapes.values() for fichier, *_ in editions}
    assert len([fichier for fichier in touches if not fichier.startswith('tests/')]) <= plafond, touches
    joue = jouer(tmp_path, etapes.values(), [*(oubli for oubli, *_ in etapes.values() if oubli), *verts])
    assert joue.returncode == 0, joue.stdout + joue.stderr


@pytest.mark.parametrize('nom, oubliee', OUBLIS)
def test_une_etape_oubliee_est_nommee(nom, oubliee, tmp_path):
    oubli, mot, textes = RECETTES[nom].etapes[oubliee]
    la = ''.join(texte for *_, texte in textes)                     # what stands within it is not there either
    autres = [etape for etape in RECETTES[nom].etapes.values()
              if etape[2] != textes and not any(ancre and ancre in la for _, ancre, _ in etape[2])]
    joue = jouer(tmp_path, autres, [oubli])
    dits = [ligne for ligne in (joue.stdout + joue.stderr).splitlines() if ligne.startswith('E ')]
    assert joue.returncode and mot in '\n'.join(dits), joue.stdout + joue.stderr
