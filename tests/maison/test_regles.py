"""The rules that need no base: deadlines, days, words, telephones, addresses, files (regles.md §5, §9)."""
import unicodedata

import pytest

import langue
from models import Refus
from verbes import journal
from verbes.echanges import colonnes
from views.adresses import suggestion


def test_l_echeance_passe_les_week_ends_les_feries_et_suit_l_heure_de_paris():
    for depot, delai, attendue in (
            ('2026-11-17T09:12:00Z', 10, '2026-11-27'),             # Tuesday + 10: a Friday
            ('2026-11-18T09:00:00Z', 10, '2026-11-30'),             # + 10 is a Saturday → Monday
            ('2026-11-19T09:00:00Z', 10, '2026-11-30'),             # + 10 is a Sunday → Monday
            ('2026-11-24T09:00:00Z', 3, '2026-11-27'),
            ('2026-11-26T09:00:00Z', 3, '2026-11-30'),              # + 3 is a Sunday
            ('2026-12-22T09:00:00Z', 3, '2026-12-28'),              # Christmas, a Friday, then the week-end
            ('2026-11-08T09:00:00Z', 3, '2026-11-12'),              # 11 November
            ('2026-04-03T09:00:00Z', 3, '2026-04-07'),              # Easter Monday
            ('2026-05-11T09:00:00Z', 3, '2026-05-15'),              # Ascension Day
            ('2026-11-24T22:59:59Z', 3, '2026-11-27'),              # 23:59:59 in Paris: still the 24th
            ('2026-11-24T23:00:00Z', 3, '2026-11-30'),              # midnight in Paris: the 25th, + 3 is a Saturday
            ('2026-07-14T22:30:00Z', 3, '2026-07-20'),              # 00:30 on the 15th in summer, + 3 is a Saturday
            ('2026-03-28T23:30:00Z', 3, '2026-04-01'),              # the night the hour changes: already the 29th
            ('2026-10-25T00:30:00Z', 3, '2026-10-28')):             # the hour that exists twice
        assert langue.calculer_echeance(depot, delai) == attendue, depot
    assert langue.calculer_echeance('2026-11-09T09:00:00Z', 3, ouvres=True) == '2026-11-13'
    for annee, lundi in ((2024, '2024-04-01'), (2025, '2025-04-21'), (2026, '2026-04-06'), (2038, '2038-04-26')):
        assert lundi in {j.isoformat() for j in langue.feries(annee)} and len(langue.feries(annee)) == 11, annee


def test_l_echeance_se_dit_avec_des_mots_et_les_dates_en_francais(heure):
    for echeance, contact, clos, dit in (
            ('2026-11-27', None, None, ('proche', 'à rappeler au plus tard vendredi', '2026-11-27')),
            ('2026-12-04', None, None, ('loin', 'à rappeler au plus tard le 4\u00a0décembre', '2026-12-04')),
            ('2026-11-24', None, None, ('proche', 'à rappeler aujourd\'hui', '2026-11-24')),
            ('2026-11-23', None, None, ('retard', 'en retard de 1\u00a0jour ouvré', '')),
            ('2026-11-20', None, None, ('retard', 'en retard de 2\u00a0jours ouvrés', '')),  # a Friday, said on Tuesday
            ('2026-11-22', '2026-11-20', None, ('tenue', 'jointe le 20\u00a0novembre', '2026-11-20')),
            ('2026-11-22', None, '2026-11-23T09:00:00Z', ('', '', '')), (None, None, None, ('', '', ''))):
        assert langue.dire_echeance(echeance, contact, clos) == dit, (echeance, contact, clos)
    assert langue.dire_jour_long('2026-11-27').replace('\u00a0', ' ') == 'vendredi 27 novembre 2026'
    assert langue.dire_jour_long('2026-12-01', annee=False).replace('\u00a0', ' ') == 'mardi 1er décembre'
    assert langue.dire_instant('2026-07-17T08:12:00Z').replace('\u00a0', ' ') == '17 juillet 2026 à 10 h 12'
    dits = [langue.dire_jour(jour).replace('\u00a0', ' ') for jour in ('2026-06-15', '2026-12-01', '2025-11-27')]
    assert dits == ['15 juin', '1er décembre', '27 novembre 2025']
    assert langue.dire_jour('2026-11-27', True) == '27/11/2026'
    termes = ('2026-11-23', '2026-11-24', '2026-11-25', '2026-11-30', '2026-12-01')
    assert [langue.dire_terme(jour).replace('\u00a0', ' ') for jour in termes] == [
        'le 23 novembre', 'aujourd\'hui', 'mercredi', 'lundi', 'le 1er décembre']


LECTURES = (
    (langue.normaliser, (
        ('Saint-Orens', 'saint orens'), ("L'Isle-en-Dodon", 'l isle en dodon'), ('St Béat', 'saint beat'),
        ('STE FOY', 'sainte foy'), ('Cœur de Garonne', 'coeur de garonne'), ('Val’Aïgo', 'val aigo'),
        ('ex æquo', 'ex aequo'), ('Ÿ ß', 'y ss'), ('…', ''))),
    (langue.telephone, (
        ('05 36 49 00 12', '0536490012'), ('05.36.49.00.12', '0536490012'), ('+33 5 36 49 00 12', '0536490012'),
        ('0033536490012', '0536490012'), ('+33 (0)5 36 49 00 12', '0536490012'), ('05-36-49-00-12', '0536490012'),
        ('05\u00a036\u202f49 0012', '0536490012'), ('0536', None), ('0036490012', None), ('05364900123', None),
        ('05 36 49 00 1x', None), ('', None), ('+44 5 36 49 00 12', None))),
    (langue.adresse, (
        (' Mairie@Rieumes.FR ', 'mairie@rieumes.fr'), ("o'neil+x@a-b.example", "o'neil+x@a-b.example"),
        ('a@b.fr, c@d.fr', None), ('a@b.fr;c@d.fr', None), ('a@b', None), ('a b@c.fr', None), ('a@b..fr', None),
        ('<a@b.fr>', None), ('a@b.fr\nBcc: x@y.fr', None), ('é@b.fr', None), ('a' * 65 + '@b.fr', None),
        ('a@' + 'b' * 64 + '.fr', None), ('', None), ('@b.fr', None), ('=?utf-8?q?=0d=0a?=@c.example', None),
        ('=?us-ascii?q?x=40evil.fr=2c?=@c.fr', None))),
    (suggestion, (
        ('m@ornage.fr', 'm@orange.fr'), ('m@gmial.com', 'm@gmail.com'), ('m@gmail.fr', 'm@gmail.com'),
        ('m@wanado.fr', 'm@wanadoo.fr'), ('m@orange.fr', None), ('m@rieumes.fr', None),
        ('m@laposte.ne', 'm@laposte.net'))),
    (journal.nom_de_piece, (
        ('délibération n°3.pdf', 'délibération n°3.pdf'), ('../../etc/passwd.txt', 'passwd.txt'),
        ('C:\\Users\\x\\plan.pdf', 'plan.pdf'), ('e\u0301te\u0301.pdf', 'été.pdf'), ('a\x00b\u202ec.pdf', 'abc.pdf'),
        ('x' * 300 + '.pdf', 'x' * 140 + '.pdf'))),
    (langue.de, (
        ('Anne Lefèvre', 'd\'Anne Lefèvre'), ('Œuvray', 'd\'Œuvray'), ('Écouché', 'd\'Écouché'), ('Sées', 'de Sées'),
        ('Le Fousseret', 'du Fousseret'), ('Les Ventes', 'des Ventes'), ('La Magdelaine', 'de La Magdelaine'),
        ('', 'de '))))


def test_un_nom_un_telephone_une_adresse_une_piece_se_lisent_sous_leurs_ecritures_un_fichier_refuse_dit_pourquoi():
    for lire, cas in LECTURES:
        assert {ecrit: lire(ecrit) for ecrit, _ in cas} == dict(cas), lire.__name__
    for fichiers, dit in (
            ([('a.exe', b'MZ')], '«\u00a0a.exe\u00a0»'), ([('a.pdf', b'')], 'vide'),
            ([('a.pdf', b'%PNG')], 'ne correspond pas'), ([('sans', b'x')], '«\u00a0sans\u00a0»'),
            ([('a.html', b'<script>')], '«\u00a0a.html\u00a0»'), ([('a.svg', b'<svg/>')], '«\u00a0a.svg\u00a0»'),
            ([('a.docm', b'PK')], '«\u00a0a.docm\u00a0»'), ([(f'{i}.txt', b'x') for i in range(11)], '11 fichiers'),
            ([('gros.pdf', b'%PDF' + b'0' * 10 * langue.MO)], '10\u00a0Mo'),
            ([(f'{i}.txt', b'0' * 9_000_000) for i in range(3)], '25\u00a0Mo')):
        with pytest.raises(Refus) as refus:
            journal.controler_pieces(fichiers)
        assert dit in refus.value.phrase and refus.value.champ == 'pieces', dit


# Named blanks: letters, marks and a symbol, which no category tells apart from those that show.
BLANCS = '\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0\ufe00\U000e0100'


def test_aucun_caractere_qui_cache_n_entre_dans_une_ligne_le_francais_et_les_dessins_restent_un_texte_le_montre():
    """A19. The categories are those of this Python: a version of Unicode to come may add some to the literal."""
    caches = [c for c in map(chr, range(0x110000))
              if unicodedata.category(c) in ('Cc', 'Cf', 'Co') and c not in '\t\n\r']
    neants = [chr(plan + n) for plan in range(0, 0x110000, 0x10000) for n in (0xfffe, 0xffff)] + ['\ufdd0', '\ufdef']
    for motif in (langue.INVISIBLES, colonnes._CONTROLE):
        assert [hex(ord(c)) for c in [*caches, *neants, *BLANCS] if not motif.fullmatch(c)] == []
    for texte in ('L’été à Saint-Béat\u00a0: «\u202fœuvre\u202f», n°\u00a03 – 12\u202f000\u00a0€', 'e\u0301te\u0301',
                  '❤\ufe0f 👍🏽 ☎\ufe0e', 'Łódź, Ðorđe, Nguyễn', 'Γιώργος Борис 山田 이영희 محمد'):
        assert not langue.INVISIBLES.search(texte) and langue.montrer_invisibles(texte) == texte
    assert langue.montrer_invisibles('a\u2800b\u3164c\x85d\U000e0041e\ufff9') == (
        'a[U+2800]b[U+3164]c[U+0085]d[U+E0041]e[U+FFF9]')
    for garde in ('ligne\n\tsuite', 'cœur\u00adde\u00adville', '👩\u200d🔧', 'نامه\u200cها', '\uf0b7 puce de Word'):
        assert langue.montrer_invisibles(garde) == garde


def test_une_enumeration_finit_par_et_un_organisme_a_son_article_dans_une_phrase():
    for mots, dits in ([], ''), (['A'], 'A'), (['A', 'B'], 'A et B'), (['A', 'B', 'C'], 'A, B et C'):
        assert langue.enumerer(iter(mots)) == dits
    for nom, article, *dits in (
            ('la préfecture', 'la', 'la préfecture', 'de la préfecture', 'à la préfecture'),
            ('Préfecture', 'la', 'la Préfecture', 'de la Préfecture', 'à la Préfecture'),
            ('le SDEHG', 'le', 'le SDEHG', 'du SDEHG', 'au SDEHG'), ('SDIS', 'le', 'le SDIS', 'du SDIS', 'au SDIS'),
            ('les services de l\'État', 'les', 'les services de l\'État', 'des services de l\'État',
             'aux services de l\'État'),
            ('Agence régionale de santé', 'la', 'l\'Agence régionale de santé', 'de l\'Agence régionale de santé',
             'à l\'Agence régionale de santé'),
            ('l\'ARS', 'l\'', 'l\'ARS', 'de l\'ARS', 'à l\'ARS'),
            ('Office de l\'eau', 'le', 'l\'Office de l\'eau', 'de l\'Office de l\'eau', 'à l\'Office de l\'eau'),
            ('Haute-Garonne Ingénierie', '', 'Haute-Garonne Ingénierie', 'de Haute-Garonne Ingénierie',
             'à Haute-Garonne Ingénierie'),
            ('Enedis', '', 'Enedis', 'd\'Enedis', 'à Enedis'), ('La', '', 'La', 'de La', 'à La'),
            ('Le', '', 'Le', 'de Le', 'à Le')):
        assert langue.article(nom) == article, nom
        assert [langue.avec_article(nom, apres) for apres in ('', 'de', 'à', 'vers')] == [*dits, f'vers {dits[0]}']
