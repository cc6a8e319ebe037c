"""A promise has a name, its days are a setting; what a demande, a file, a base of before keeps (regles.md §5)."""
import sqlite3

import pytest
from conftest import (
    changer_demande, changer_ligne, corps_de, derniere_demande, envoyer_demande, fautes, fixer_tous, limiter, lire_csv,
    numeros, poster, relire, statuer, texte)
from fichiers import demande, fichier, lire, reussir
from test_migration import LIVREES, version  # noqa: F401
from test_reversibilite import D_ESSAI, exporter, importer, membres, neuve, refaire, sans_colonne  # noqa: F401

import models
from verbes.demande import cycle

REGLAGES = '/espace/admin/reglages'
# What each page says, {u} being the days of an « assistance urgente », {c} those of a « projet complexe ».
DU_PUBLIC = {'/': ('sous {u} ou {c} jours', '{u} jours Assistance urgente', '{c} jours Projet complexe'),
    '/catalogue': ('sous {u} ou {c} jours', 'Sous {u} jours (assistance urgente)', 'Sous {c} jours (projet complexe)',
                   'Rappel sous {u} jours', 'Rappel sous {c} jours'),
    '/catalogue?delai=urgente': ('Rappel : Sous {u} jours (assistance urgente)', '1 fiche'),
    '/catalogue?delai=3': ('Rappel : Sous {u} jours (assistance urgente)', '1 fiche'),
    '/fiches/1-conseil-juridique': ('sous {u} jours au plus tard', 'n\'assure pas d\'astreinte'),
    '/fiches/2-revitalisation-de-bourg-centre': ('sous {c} jours au plus tard',),
    '/recherche?q=conseil': ('Rappel sous {u} ou {c} jours', 'Rappel sous {u} jours'),
    '/recherche?q=zzzz': ('sous {c} jours au plus tard',),
    '/guide': ('sous {u} ou {c} jours', 'assistance urgente, rappel sous {u} jours',
               'sans lettre, rappel sous {c} jours', '{u} jours au plus tard', '{c} jours au plus tard'),
    '/demande': ('Sous {c} jours au plus tard', 'sous {u} jours pour une assistance urgente'),
    '/demande?fiche=1': ('Sous {u} jours au plus tard', 'n\'assure pas d\'astreinte'),
    '/donnees-ouvertes': ('Jours promis pour le premier rappel : {u} ou {c}',)}
DES_AGENTS = {'/espace/aide/piloter': ('sous {u} ou {c} jours',),
    '/espace/aide/demandes': ('sous {u} ou {c} jours', 'une demande libre, sous {c} jours'),
    '/espace/aide/administrer': ('Une fiche à {u} jours',), '/espace/redaction': ('{u} jours', '{c} jours'),
    '/espace/redaction/fiches/1': ('{u} jours, assistance urgente', '{c} jours, projet complexe'),
    '/espace/admin': ('les fiches de {u} jours', '{u} et {c} jours'),
    '/espace/demandes?toutes=oui&delai=complexe': ('Délai promis : {c} jours',),
    '/espace/demandes?toutes=oui&delai=10': ('Délai promis : {c} jours',),
    '/espace/demandes/1?action=orienter': ('Assistance urgente : rappel sous {u} jours',),
    '/espace/pilotage?chapitre=tout&periode=2026': ('{u} jours {c} jours Ensemble',)}
JOURS = ((3, 10), (5, 15), (13, 30))                                # « 3 » is within « 13 »


def promettre(urgente, complexe):
    """The days that a département has decided."""
    fixer_tous(delai_urgente=str(urgente), delai_complexe=str(complexe))


def lu(page):
    return texte(page).replace('\u00a0', ' ')


def test_chaque_page_dit_les_jours_decides_et_celles_du_public_aucun_autre(monde, creer, site, maxime):
    for adresse in DU_PUBLIC:
        site.get(adresse)                                           # kept, with those of before
    creer('attribue_admin')
    for jours in JOURS:
        promettre(*jours)
        for adresse, phrases in (DU_PUBLIC | DES_AGENTS).items():
            page = lu((maxime if adresse in DES_AGENTS else site).get(adresse))
            for phrase in phrases:
                assert phrase.format(u=jours[0], c=jours[1]) in page, (adresse, phrase)
            autres = {3, 5, 10, 13, 15, 30} - {*jours} if adresse in DU_PUBLIC else ()
            assert [autre for autre in autres if f' {autre} jours' in page] == [], adresse
        dits = {str(n) for n in jours}
        assert {ligne['delai_jours'] for ligne in lire_csv(site.get('/donnees-ouvertes/catalogue.csv'))} == dits
        assert '{} ou {}, reporté'.format(*jours) in site.get('/donnees-ouvertes/dictionnaire.csv').body.decode()
    promettre(1, 21)
    with models.ecriture():
        models.Fiche.update(promesse='complexe').execute()          # no fiche is urgent
    for adresse in ('/', '/catalogue', '/guide', '/demande'):
        assert 'sous 21 jours' in lu(site.get(adresse)).lower() and '1 ou' not in lu(site.get(adresse)), adresse
    recue = creer('en_cours', message='Autre.')
    changer_ligne(monde.chef, nom='{x}')                            # no days, between these braces
    assert '{x}' in lu(maxime.get(f'/espace/demandes/{recue.numero}?action=reunion'))


@pytest.mark.parametrize('jours', JOURS)
def test_une_demande_suit_la_promesse_du_depot_a_l_export(monde, site, maxime, jours):
    limiter(secondes_minimum=0)
    poster(maxime, REGLAGES, {'delai_urgente': str(jours[0]), 'delai_complexe': str(jours[1])})
    for fiche, promesse, dits in ((1, 'urgente', jours[0]), (2, 'complexe', jours[1])):
        assert envoyer_demande(site, fiche).status_int == 303
        recue = derniere_demande()
        with models.lecture():
            attendue = cycle.echeance_depuis(recue.depose_le, dits)
        assert (recue.promesse, recue.delai, recue.echeance) == (promesse, dits, attendue)
        assert ('astreinte' in corps_de('accuse')) == (promesse == 'urgente')
        dossier = lu(maxime.get(f'/espace/demandes/{recue.numero}'))
        nature = 'assistance urgente' if promesse == 'urgente' else 'projet complexe'
        assert f'{nature}, rappel sous {dits} jours' in dossier
        liste = f'/espace/demandes?toutes=oui&delai={promesse}'
        assert numeros(maxime.get(liste)) == [recue.numero]
        extrait, = lire_csv(maxime.get(liste.replace('?', '.csv?')))
        assert extrait['Délai promis'] == f'{dits} jours'


def test_une_demande_garde_ses_jours_des_jours_faux_sont_refuses_par_une_phrase(monde, creer, maxime, heure):
    avant = [creer('en_cours', fiche=monde.urgente), *(creer('en_cours', message=mot) for mot in 'ab')]
    changer_demande(avant[2], delai=8, echeance='2026-12-02')
    garde = 'une demande garde ceux qui lui ont été promis'
    assert garde not in lu(maxime.get('/espace/pilotage?chapitre=tout&periode=2026'))
    promettre(5, 15)
    page = maxime.get('/espace/pilotage?chapitre=tout&periode=2026')
    rang = next(tr for tr in page.html.select('tr') if 'Jointe à temps' in tr.text)
    assert [int(td.get_text(' ').split()[0]) for td in rang.select('td')[:3]] == [1, 2, 3] and garde in lu(page)
    recente = creer()
    for une, jours, date in zip(avant, (3, 10, 8), (avant[0].echeance, avant[1].echeance, '2026-12-02')):
        assert (relire(une).delai, relire(une).echeance) == (jours, date)
        assert f'rappel sous {jours} jours' in lu(maxime.get(f'/espace/demandes/{une.numero}'))
    assert recente.delai == 15
    tout_csv = lire_csv(maxime.get('/espace/demandes.csv?toutes=oui'))
    assert sorted(ligne['Délai promis'] for ligne in tout_csv) == ['10 jours', '15 jours', '3 jours', '8 jours']
    complexes = numeros(maxime.get('/espace/demandes?toutes=oui&delai=complexe'))
    assert sorted(complexes) == [avant[1].numero, avant[2].numero, recente.numero]
    promettre(3, 10)
    libre = creer('attribue_admin', message='Libre.')
    promettre(2, 15)
    for fiche, dits in ((monde.fiche, ('complexe', 10, libre.echeance)), (monde.urgente, ('urgente', 2, '2026-11-26'))):
        orientee = statuer(libre, 'orienter', monde.admin, accord='a_recueillir', fiche=fiche)
        assert (orientee.promesse, orientee.delai, orientee.echeance) == dits
    promettre(3, 10)
    for dits, phrase in (
            ({'delai_urgente': '0'}, ENTIER), ({'delai_complexe': '400'}, ENTIER), ({'delai_complexe': 'dix'}, ENTIER),
            ({'delai_complexe': '-10'}, ENTIER), ({'delai_complexe': ''}, 'remplissez le champ'),
            ({'delai_urgente': '10'}, AVANT), ({'delai_urgente': '12'}, AVANT), ({'delai_complexe': '3'}, AVANT)):
        reponse = poster(maxime, REGLAGES, dits, status='*')
        assert reponse.status_int in (409, 422) and phrase.replace('\u00a0', ' ') in fautes(reponse)[0], dits
        with models.lecture():
            assert (models.jours_promis('urgente'), models.jours_promis('complexe')) == (3, 10), dits
    heure('2026-11-24T11:00:00Z')
    poster(maxime, REGLAGES, {'delai_urgente': '5', 'delai_complexe': '15'})
    assert '5 et 15 jours calendaires, décidé le 24/11/2026.' in lu(maxime.get('/espace/admin'))


ENTIER = 'indiquez un nombre entier, de 1 à 365.'
AVANT = 'une assistance urgente se rappelle avant un projet complexe\u00a0: donnez-lui moins de jours.'


def test_une_demande_importee_a_sa_promesse_et_ses_jours_et_les_garde_comme_un_catalogue_d_avant(petite):
    for n, (cellules, attendus) in enumerate((
            ({'delai': '3'}, ('urgente', 3, '2026-11-05')), ({'delai': '10'}, ('complexe', 10, '2026-11-12')),
            ({'promesse': 'projet complexe', 'delai': '8'}, ('complexe', 8, '2026-11-10')),
            ({'theme': '', 'fiche': '', 'delai': '8'}, ('complexe', 8, '2026-11-10')),
            ({}, ('urgente', 5, '2026-11-09')), ({'promesse': 'complexe'}, ('complexe', 15, '2026-11-17'))), 2000):
        promettre(5, 15)
        octets = fichier('demandes', cellules | {'numero': str(n)})
        reussir('demandes', octets)
        assert (demande(n).promesse, demande(n).delai, demande(n).echeance) == attendus, cellules
        promettre(6, 16)
        assert reussir('demandes', octets) == (0, 0, 1) and demande(n).delai == attendus[1], cellules
    octets = fichier('catalogue', {'promesse': '10'}).replace(b'promesse', b'delai')
    assert b'delai' in octets and reussir('catalogue', octets) == (0, 1, 0)
    assert lire('SELECT promesse FROM fiche WHERE id = 1') == [('complexe',)]


TENUS = {'fiche': 'id, promesse', 'demande': 'numero, promesse, delai', 'version': 'id, champs, changes'}


def d_avant(contenu):
    """A CSV of an archive up to base 12: the days alone."""
    for nom, jours in ((b'urgente', b'3'), (b'complexe', b'10')):
        contenu = contenu.replace(b'promesse"": ""%s' % nom, b'delai"": ""%s' % jours)
        contenu = contenu.replace(b';%s;' % nom, b';%s;' % jours)
    return contenu.replace(b'promesse', b'delai')


def test_l_archive_garde_les_promesses_meme_une_d_avant_qui_ne_dit_que_jours(monde, creer, maxime, neuve):  # noqa: F811
    creer(fiche=monde.urgente), creer(message='Un.')
    poster(maxime, '/espace/redaction/fiches/1', {'promesse': 'complexe', 'pourquoi': 'Revue.'})
    attendus = [lire(f'SELECT {colonnes} FROM {table} ORDER BY 1') for table, colonnes in TENUS.items()]
    changes = {'catalogue.csv': d_avant, 'demandes.csv': sans_colonne('promesse'), 'versions.csv': d_avant}
    octets = refaire(exporter(), **{'version.txt': D_ESSAI}, **changes)
    assert b'promesse' not in b''.join(membres(octets)[nom] for nom in changes)
    changer_demande(creer(message='Deux.'), delai=8)
    promettre(5, 15)
    creer()
    ecrit = exporter()
    with neuve():
        importer(ecrit)
        assert lire('SELECT promesse, delai FROM demande ORDER BY numero') == [
            ('urgente', 3), ('complexe', 10), ('complexe', 8), ('complexe', 15)]
        with models.lecture():
            assert (models.jours_promis('urgente'), models.jours_promis('complexe')) == (5, 15)
        assert membres(exporter()) == membres(ecrit)
    with neuve('avant.db'):
        importer(octets)
        assert [lire(f'SELECT {colonnes} FROM {table} ORDER BY 1') for table, colonnes in TENUS.items()] == attendus


def test_une_base_de_2027_03_nomme_ses_promesses_et_ne_tient_plus_a_3_et_10(version, tmp_path):  # noqa: F811
    chemin = str(tmp_path / 'x.db')
    version(12, LIVREES)
    models.initialiser(chemin)
    brute = sqlite3.connect(chemin, isolation_level=None)
    brute.executescript("""
INSERT INTO structure (id, nom, sigle) VALUES (1, 'A', 'A');
INSERT INTO direction (id, structure_id, nom) VALUES (1, 1, 'A');
INSERT INTO theme (id, nom) VALUES (1, 'T');
INSERT INTO fiche (id, theme_id, direction_id, titre, resume, delai, maj_le) VALUES
  (1, 1, 1, 'Vite', '', 3, ''), (2, 1, 1, 'Loin', '', 10, '');
INSERT INTO version (genre, objet, numero, etat, champs, changes, pourquoi, auteur, cree_le) VALUES
  ('fiche', '1', 1, 'publiee', '{"mots": "le \\"delai\\": 3", "delai": "3"}', 'mots delai', '', '', ''),
  ('page', '1', 1, 'publiee', '{"corps": "delai"}', 'corps', '', '', '');
INSERT INTO demande (numero, jeton, origine, statut, depose_le, delai, echeance, collectivite, type, message)
  VALUES (1, 'a', 'plateforme', 'en_cours', '', 3, '2026-11-27', '', '', ''),
         (2, 'b', 'plateforme', 'en_cours', '', 10, '2026-12-04', '', '', ''),
         (3, 'c', 'direct', 'en_cours', '', NULL, NULL, '', '', '');
""")
    version(13, LIVREES)
    models.migrer(chemin)
    assert brute.execute('SELECT promesse FROM fiche ORDER BY id').fetchall() == [('urgente',), ('complexe',)]
    assert brute.execute('SELECT promesse, delai, echeance FROM demande ORDER BY numero').fetchall() == [
        ('urgente', 3, '2026-11-27'), ('complexe', 10, '2026-12-04'), (None, None, None)]
    assert brute.execute('SELECT champs, changes FROM version ORDER BY id').fetchall() == [
        ('{"mots": "le \\"delai\\": 3", "promesse": "urgente"}', 'mots promesse'), ('{"corps": "delai"}', 'corps')]
    brute.execute('UPDATE demande SET delai = 8 WHERE numero = 2')
    for faux in ("demande SET promesse = 'autre'", "fiche SET promesse = '3'", 'demande SET delai = 0'):
        with pytest.raises(sqlite3.IntegrityError, match='CHECK'):
            brute.execute(f'UPDATE {faux}')
    brute.close()
