"""Markdown: what is typed becomes titles, lists, tables and links, and nothing that runs (views/mise_en_forme.py)."""
import ast
import random
import re
import time

from bs4 import BeautifulSoup
from conftest import fixer_tous, modules, sources

from views.mise_en_forme import LONGUEUR_MAX, markdown

LONG = 40_000                                                       # characters: as many as a content may hold
PERMISES = 'p|br|hr|ul|ol|li|blockquote|footer|h[2-4]|strong|em|code|a|div|table|caption|thead|tbody|tr|th|td'


def html(texte):
    return str(markdown(texte)).replace('\n', '')


def lu(texte):
    return BeautifulSoup(str(markdown(texte)), 'html.parser')


def test_le_markdown_devient_titres_listes_citations_et_paragraphes():
    for texte, attendu in (
            ('Un **mot** et un *autre*', '<p>Un <strong>mot</strong> et un <em>autre</em></p>'),
            ('À la\nligne', '<p>À la<br>ligne</p>'), ('Un\n\n\nDeux', '<p>Un</p><p>Deux</p>'),
            ('- a\n- b', '<ul><li>a</li><li>b</li></ul>'), ('1. a\n2. b', '<ol><li>a</li><li>b</li></ol>'),
            ('Voici :\n- a', '<p>Voici\u00a0:</p><ul><li>a</li></ul>'), ('3. a', '<ol start="3"><li>a</li></ol>'),
            ('> dit', '<blockquote><p>dit</p></blockquote>'),
            ('> dit\n> — La **commune**',
             '<blockquote><p>dit</p><footer>La <strong>commune</strong></footer></blockquote>'),
            ('> dit\n>\n> – sa maire', '<blockquote><p>dit</p><footer>sa maire</footer></blockquote>'),
            ('> — seule', '<blockquote><p>— seule</p></blockquote>'),
            ('> dit — ici', '<blockquote><p>dit — ici</p></blockquote>'),
            ('---', '<hr>'), ('Un\n---\nDeux', '<p>Un</p><hr><p>Deux</p>'), ('##collé', '<p>##collé</p>'),
            ('    en retrait', '<p>en retrait</p>'), ('```\nx\n```', '<p><code>x</code></p>'),
            ('[mot]: https://a.fr', '<p>[mot]: <a href="https://a.fr">https://a.fr</a></p>'),
            ('C\'est 5 % « vrai » !', '<p>C\'est 5\u00a0% «\u00a0vrai\u00a0»\u00a0!</p>'),
            ('nom_du_fichier et 2 * 3 * 4', '<p>nom_du_fichier et 2 * 3 * 4</p>'),
            ('', ''), ('\r\n \t', ''), ('a\r\nb\rc', '<p>a<br>b<br>c</p>'),
            ('## \n\n## **Plein**', '<h2><strong>Plein</strong></h2>'),             # an empty title is none
            ('| a | b |\n|---|---|\n| 1 |', '<p>| a | b |<br>|---|---|<br>| 1 |</p>'),        # a table ill made
            ('![un titre](https://a.fr/x.png)', '<p>un titre</p>'),                 # an image comes by no text
            ('![un titre](data:image/png;base64,AA)', '<p>un titre</p>')):
        assert html(texte) == attendu, texte
    assert lu('1. **Demande, mai 2024.** Une visite.\n2. **Travaux :** un été.').ol['class'] == ['etapes']
    for texte in ('1. Une visite.\n2. Un été.', '- **Demande.** Une visite.', '1. **La visite** de la cour.',
                  '1. **Demande.** Une visite.\n2. Un été.', '3. **Demande.** Une visite.'):
        assert lu(texte).select('.etapes') == [], texte


def test_les_titres_commencent_a_h2_sans_sauter_de_rang_et_un_tableau_defile_au_clavier_et_a_le_nom_du_sien():
    for types, attendus in (('# a', 'h2'), ('## a|### b|## c', 'h2 h3 h2'), ('##### a|###### b', 'h2 h3'),
                            ('## a|##### b|###### c', 'h2 h3 h4'), ('> # a|- # b', 'h2 h2')):
        page = lu(types.replace('|', '\n\n'))
        assert ' '.join(t.name for t in page.find_all(re.compile('h[1-6]'))) == attendus, types
    tableau = '| Poste | Coût | |\n| :--- | ---: | - |\n| Étude | 8 000 € | **a** |\n'
    page = lu(f'{tableau}\n## Plan de *financement*\n\n{tableau}')
    regions = page.select('div.defilable[role=region][tabindex="0"]')
    assert [r['aria-label'] for r in regions] == ['Tableau 1', 'Tableau 2\u00a0: Plan de financement']
    assert [r.table.caption.text for r in regions] == [r['aria-label'] for r in regions]
    assert [(c.name, c.get('scope'), c.get('class'), c.text) for c in regions[0].select('table.tableau tr > *')] == [
        ('th', 'col', None, 'Poste'), ('th', 'col', ['nombre'], 'Coût'), ('td', None, None, ''),
        ('td', None, None, 'Étude'), ('td', None, ['nombre'], '8 000 €'), ('td', None, None, 'a')]
    assert not page.select('[style]')                               # the CSP would refuse it


def test_une_adresse_devient_un_lien_et_celle_qui_n_est_pas_sure_n_est_que_ses_mots():
    for ligne, liens in (
            ('Voir https://a.fr/b?c=d.', {'https://a.fr/b?c=d': 'https://a.fr/b?c=d'}),
            ('Écrire à a.b@c-d.fr, merci', {'mailto:a.b@c-d.fr': 'a.b@c-d.fr'}),
            ('**https://a.fr/x_y_z**', {'https://a.fr/x_y_z': 'https://a.fr/x_y_z'}),
            ('prenom_nom@mairie.fr', {'mailto:prenom_nom@mairie.fr': 'prenom_nom@mairie.fr'}),
            ('(http://x.fr)', {'http://x.fr': 'http://x.fr'}), ('« https://x.fr »', {'https://x.fr': 'https://x.fr'}),
            ('<https://x.fr>', {'https://x.fr': 'https://x.fr'}),
            ('[le guide](https://x.fr/a%20b)', {'https://x.fr/a%20b': 'le guide'}),
            ('[https://x.fr](https://y.fr)', {'https://y.fr': 'https://x.fr'}),
            ('[](https://x.fr)', {'https://x.fr': 'https://x.fr'}), ('[x](/\\\\ailleurs.fr)', {'/%5Cailleurs.fr': 'x'}),
            ('[la fiche](/fiches/1 "titre")', {'/fiches/1': 'la fiche'}),
            ('[appeler](tel:+33534333131)', {'tel:+33534333131': 'appeler'}),
            ('[écrire](MAILTO:a@b.fr)', {'MAILTO:a@b.fr': 'écrire'}), ('javascript:alert(1) http:// @x a@b', {})):
        assert {a['href']: a.text for a in lu(ligne).select('a')} == liens, ligne
    for cible in (
            'javascript:alert(1)', 'JaVaScRiPt:alert(1)', 'java&#115;cript:alert(1)', '&#x6A;avascript&colon;alert(1)',
            'javascript&colon;alert(1)', '<java script:alert(1)>', '<\tjavascript:alert(1)>', '\x01javascript:alert(1)',
            'data:text/html;base64,PHN2Zz4=', 'vbscript:msgbox(1)', '//ailleurs.fr', '/\t/ailleurs.fr',
            '<//ailleurs.fr>', '&#47;&#47;ailleurs.fr', 'https:ailleurs', 'http:/\\ailleurs.fr', 'https:///ailleurs.fr',
            'file:///etc/passwd', 'ailleurs', '#ancre', '?x=1', '', 'blob:x', 'view-source:x', 'ftp://x'):
        page = lu(f'[des mots]({cible})')
        assert not page.select('[href]') and 'des mots' in page.text, cible
        assert not lu(f'<{cible}>').select('[href^="j" i], [href^="d" i], [href^="v" i]'), cible


def test_le_html_type_s_affiche_comme_il_est_ecrit_et_rien_de_type_ne_sort_de_son_attribut():
    permises = {'p', 'br', 'ul', 'li', 'blockquote', 'h2', 'strong', 'code', 'div', 'table', 'caption', 'thead',
                'tbody', 'tr', 'th', 'td'}
    for texte in (
            '<script>alert(1)</script>', '<img src=x onerror=alert(1)>', '<b>gras</b>', '<!-- x -->', '<![CDATA[x]]>',
            '<?x ?>', '<svg/onload=alert(1)>', '<a href="javascript:x">y</a>', '<style>*{}</style>',
            '<iframe src="//x">', '- a\n<div onclick=x>\n</div>', '> <script>\n> x', '`<script>`', '## <i>x</i>',
            '| <b> |\n|---|\n| <i> |', '<details open ontoggle=alert(1)>\n\n**x**\n\n</details>',
            '</div></main><form action=//x>'):
        page = lu(texte)
        assert {balise.name for balise in page.find_all(True)} <= permises, texte
        assert [signe for signe in re.findall(r'<[a-z/!?]+', texte) if signe not in page.text] == [], texte
    for texte in (
            '[x](https://a.fr"onclick="alert(1))', '[x](https://a.fr "t" onclick="alert(1)")', 'a@b.fr"onclick="x',
            '[x](https://a.fr/\'onclick=\'x)', '[x](https://a.fr/`"<script>)', 'https://a.fr/"onclick="alert(1)',
            '## x" onclick="alert(1)\n\n| a |\n|---|\n| b |', '1" onclick="x. a',
            '[&quot; onclick=x](https://a.fr/&quot;onclick=x)'):
        for balise in lu(texte).find_all(True):
            assert {*balise.attrs} <= {'href', 'class', 'scope', 'start', 'role', 'tabindex', 'aria-label'}, texte


def test_au_hasard_aucune_balise_ni_adresse_imprevue():
    """Pieces of Markdown and of HTML glued at random; ten thousand of them, the same each time."""
    hasard = random.Random(31)
    bouts = ['[', ']', '(', ')', '![', '*', '**', '_', '`', '``', '<', '>', '"', "'", '\\', '&', '&#', 'x', ' ', '\n',
             '\n\n', '# ', '## ', '- ', '1. ', '> ', '|', '|-|', ':', '/', '//', 'javascript:', 'data:', 'https://a.fr',
             'a@b.fr', '<script>', '</script>', '<img src=x onerror=y>', 'onclick=', '&#106;', '&colon;', '\t', '    ',
             '<!--', '-->']
    for _ in range(10_000):
        texte = ''.join(hasard.choices(bouts, k=12))
        rendu = str(markdown(texte))
        assert not re.search(rf'<(?!/?({PERMISES})[ >])', rendu), texte
        for adresse in re.findall(r'<a href="([^"]*)">', rendu):
            assert re.match(r'(https?://[^/]|mailto:|/(?!/))', adresse, re.I), texte
        assert rendu.count('<a ') == len(re.findall(r'<a href="[^"<>]*">', rendu)) == rendu.count('</a>'), texte


RETRAITS = '\n'.join(f'{"  " * n}- a' for n in range(200))
MOTIFS = ('[', '![', '*a **b', '> ', '>', '<', '[a](', '[a](<', '`', '`` ` ', '- ', '- a\n', '- a\n\n', '> - ',
          '- > a\n', '999999999. a\n', '***', '_a', '**a_b', '*a_b*c_', 'a.', 'a@', 'a@b.', 'http://', 'http://.,',
          '&#', '\\', '\n', 'a\n', ' ', '\t', '# a\n', '#', '~', '```\n', '<a ', '<!--', '|', '|a|\n|-|\n',
          'a|b\n-|-\n', '> a\nb\n', '<ab:', ']', '](', '[a]:')
PIEGES = {motif: (motif * LONG)[:LONG] for motif in MOTIFS} | {
    'retraits': RETRAITS, 'un grand trou': f'a{" " * LONG}b', 'tableau large': f'|{"a|" * 10_000}\n|{"-|" * 10_000}',
    'tableau large et haut': f'|{"a|" * 4_000}\n|{"-|" * 4_000}\n' + '|a|\n' * 6_000,
    'tableau rompu': '|a|\n|-|\n' * 4_000 + '|a|b|\n', 'retraits sans fin': ' - a\n'.join(' ' * n for n in range(270)),
    'un mégaoctet': '**<b>**\n' * 130_000}


def test_un_texte_piege_se_lit_en_moins_d_une_seconde_et_ce_qui_s_emboite_trop_reste_un_texte():
    rendus = {}
    for nom, texte in PIEGES.items():
        debut = time.process_time()
        rendus[nom] = str(markdown(texte))
        assert time.process_time() - debut < 1, nom
    assert rendus['un mégaoctet'].startswith('<p>**&lt;b&gt;**\n')   # without its layout
    assert '<strong>' in markdown('**a** ' + 'b' * (LONGUEUR_MAX - 10))
    emboite = lu('> ' * 30 + 'x')
    assert len(emboite.select('blockquote')) <= 6 and 'x' in emboite.text and len(lu(RETRAITS).select('ul')) <= 6
    assert 'x' in lu('**' * 50 + 'x' + '**' * 50).text


def test_le_filtre_markdown_est_le_seul_markup_fait_d_un_texte_type():
    """The others are pieces that a template has rendered, with its own escaping; and a day, escaped as it is put in."""
    rendus = {('espace.py', '_lignes'), ('espace.py', '_filtres'), ('espace.py', '_sigles'), ('carte.py', '_dessiner'),
              ('carte.py', '_tabler'), ('pilotage.py', '_filtres'), ('pilotage.py', '_chiffres'),
              ('rapport.py', '_feuille'), ('annuaire.py', 'annuaire'), ('journee.py', 'journee')}
    arbres = [(chemin.name, ast.parse(chemin.read_text('utf-8'))) for chemin in modules()]
    markups = {(nom, getattr(fonction, 'name', 'lambda')) for nom, arbre in arbres
               for fonction in ast.walk(arbre) if isinstance(fonction, ast.FunctionDef | ast.Lambda)
               for noeud in ast.walk(fonction) if isinstance(noeud, ast.Call) and 'Markup' in ast.dump(noeud.func)}
    assert markups == rendus | {                                    # of a page that is rendered already, one
        ('mise_en_forme.py', 'markdown'), ('mise_en_forme.py', 'temps'), ('gabarits.py', 'en_lecture')}
    assert [gabarit.name for gabarit in sources('views', '*.html')
            if re.search(r'\|\s*safe\b|autoescape|Markup', gabarit.read_text('utf-8'))] == []


def test_la_valeur_d_un_reglage_n_est_jamais_du_html_et_l_aide_est_a_cote_du_champ(site, maxime):
    fixer_tous(departement='<img src=x onerror=alert(1)> & fils')
    page = site.get('/mentions-legales')
    assert not page.html.select('.redaction img') and '<img src=x onerror=alert(1)> & fils' in page.html.text
    aide = maxime.get('/espace/admin/textes/accessibilite').html.select_one('aside [aria-labelledby=mise-en-forme]')
    dits = [code.text for code in aide.select('code')]
    assert {'## Un titre', '- un point', '**important**', '| --- | ---: |'} <= set(dits)
    exemple = '\n'.join(dit for dit in dits if dit.startswith('|'))
    assert lu(exemple).select_one('table td.nombre')                # what it shows is what it makes
