"""The images and the files of the demonstration (static/modeles/contenus/), made again from what stands beside this
file: drawings in SVG, texts in a few marks; and the picture of a shared link (static/partage.png).
By hand, when one of them changes:
    .venv/bin/python tests/atelier/fabriquer.py
"""
import base64
import html
import io
import pathlib
import re
import sys
import zipfile

from jinja2 import Environment, FileSystemLoader
from playwright.sync_api import sync_playwright

ICI = pathlib.Path(__file__).parent
RACINE = ICI.parents[1]
sys.path.insert(0, str(RACINE))
from verbes.contenus import formats  # noqa: E402

CIBLE = RACINE / 'static/modeles/contenus'
LARGEUR, HAUTEUR, QUALITE = 840, 560, 0.6                           # of a drawing; of WebP
AVEC_FOND = ('fond', 'place')                                       # what other drawings stand on

EN_WEBP = """async ([svg, largeur, hauteur, qualite]) => {
    const image = new Image(), toile = document.createElement('canvas');
    image.src = 'data:image/svg+xml;base64,' + svg;
    await image.decode();
    toile.width = largeur; toile.height = hauteur;
    toile.getContext('2d').drawImage(image, 0, 0, largeur, hauteur);
    return toile.toDataURL('image/webp', qualite).split(',')[1];
}"""
PARTAGE = """
    body { justify-content: end; background: #e3edf4; }
    .marque { margin: auto; }
    .marque svg { inline-size: 15rem; block-size: 15rem; }
    .paysage { block-size: 192px; shape-rendering: crispEdges; }
"""


def dessin(nom):
    corps, fond = lire(f'{nom}.svg'), lire('fond.svg')
    if corps.startswith('<!-- place -->'):
        fond += lire('place.svg')
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 600 400" width="{LARGEUR}" height="{HAUTEUR}">'
            f'<style>{lire("dessins.css")}</style>{fond}{corps}</svg>')


def lire(nom):
    return (ICI / nom).read_text('utf-8')


def dessiner(page):
    for source in sorted(ICI.glob('*.svg')):
        if source.stem not in AVEC_FOND:
            svg = base64.b64encode(dessin(source.stem).encode()).decode()
            octets = base64.b64decode(page.evaluate(EN_WEBP, [svg, LARGEUR, HAUTEUR, QUALITE]))
            ecrire(f'{source.stem}.webp', formats.nettoyer(octets).octets)      # without the profile of the browser


def partager(page):
    """What a link to a page without image shows elsewhere: the mark above the landscape, as the site draws them."""
    morceaux = Environment(loader=FileSystemLoader(RACINE / 'views')).get_template('morceaux.html').module
    feuille = (RACINE / 'static/commun.css').read_text('utf-8')
    page.set_viewport_size({'width': 1200, 'height': 630})
    page.set_content(f'<style>{feuille}{PARTAGE}</style><p class="marque">{morceaux.marque()}</p>{morceaux.paysage()}')
    ecrire('partage.png', page.screenshot(), RACINE / 'static')


def ecrire(nom, octets, ou=CIBLE):
    (ou / nom).write_bytes(octets)
    print(f'{len(octets):>7}  {nom}')


# The texts: « # » and « ## » titles, « - » items, « | » rows (the first one of titles), paragraphs
def blocs(texte):
    """[(sort, [lines])] of a text."""
    for bloc in re.split(r'\n{2,}', texte.strip()):
        lignes = bloc.split('\n')
        if lignes[0].startswith('#'):
            niveau, titre = re.match('(#+) (.*)', lignes[0]).groups()
            yield f'h{len(niveau)}', [titre]
        elif lignes[0].startswith('- '):
            yield 'ul', [ligne[2:] for ligne in lignes]
        elif lignes[0].startswith('| '):
            yield 'table', [[cellule.strip() for cellule in ligne.strip('| ').split(' | ')] for ligne in lignes]
        else:
            yield 'p', lignes


def en_html(texte):
    return ''.join(_bloc_html(*bloc) for bloc in blocs(texte))


def _bloc_html(sorte, lignes):
    if sorte == 'ul':
        return '<ul>' + ''.join(f'<li>{html.escape(ligne)}</li>' for ligne in lignes) + '</ul>'
    if sorte == 'table':
        tete, *rangees = lignes
        titres = ''.join(f'<th scope="col">{html.escape(c)}</th>' for c in tete)
        corps = ''.join('<tr>' + ''.join(f'<td>{html.escape(c)}</td>' for c in r) + '</tr>' for r in rangees)
        return f'<table><thead><tr>{titres}</tr></thead><tbody>{corps}</tbody></table>'
    return f'<{sorte}>' + '<br>'.join(map(html.escape, lignes)) + f'</{sorte}>'


# PDF, by the browser; tagged, so that a screen reader reads it
STYLE_PDF = """@page { size: A4; margin: 22mm 20mm; }
body { font: 11pt/1.5 "DejaVu Sans Condensed", sans-serif; color: #1f262d; }
h1, h2, th { font-weight: normal; color: #172d43; } h1 { font-size: 22pt; line-height: 1.2; }
h2 { font-size: 15pt; break-after: avoid; }
table { border-collapse: collapse; width: 100%; }
th, td { border: 1px solid #a3a3a3; padding: 4px 6px; text-align: left; vertical-align: top; }
th { background: #e3edf4; } li { margin-block: 2px; }"""


def imprimer(page, nom, titre, etiquete):
    page.set_content('<!doctype html><html lang="fr"><head><meta charset="utf-8">'
                     f'<title>{html.escape(titre)}</title><style>{STYLE_PDF}</style></head>'
                     f'<body>{en_html(lire(f"{nom}.txt"))}</body></html>')
    ecrire(f'{nom}.pdf', page.pdf(prefer_css_page_size=True, tagged=etiquete))


# ODT: a title, headings, lists and tables that are such, a language
ESPACES = ' '.join(f'xmlns:{nom}="urn:oasis:names:tc:opendocument:xmlns:{espace}:1.0"' for nom, espace in (
    ('office', 'office'), ('style', 'style'), ('text', 'text'), ('table', 'table'), ('fo', 'xsl-fo-compatible'),
    ('meta', 'meta'))) + ' xmlns:dc="http://purl.org/dc/elements/1.1/"'
STYLES = """<office:styles>
<style:default-style style:family="paragraph">
<style:paragraph-properties fo:margin-bottom="0.25cm" fo:line-height="130%"/>
<style:text-properties fo:font-family="Liberation Sans" fo:font-size="11pt" fo:language="fr" fo:country="FR"/>
</style:default-style>
<style:style style:name="Standard" style:family="paragraph" style:class="text"/>
<style:style style:name="Heading_20_1" style:display-name="Heading 1" style:family="paragraph"
 style:parent-style-name="Standard" style:default-outline-level="1"><style:paragraph-properties fo:margin-bottom="0.4cm"
 fo:keep-with-next="always"/><style:text-properties fo:font-size="18pt" fo:font-weight="bold"/></style:style>
<style:style style:name="Heading_20_2" style:display-name="Heading 2" style:family="paragraph"
 style:parent-style-name="Standard" style:default-outline-level="2"><style:paragraph-properties fo:margin-top="0.4cm"
 fo:keep-with-next="always"/><style:text-properties fo:font-size="13pt" fo:font-weight="bold"/></style:style>
<style:style style:name="Cellule" style:family="table-cell"><style:table-cell-properties fo:padding="0.12cm"
 fo:border="0.5pt solid #808080"/></style:style>
<text:list-style style:name="Puces"><text:list-level-style-bullet text:level="1" text:bullet-char="•">
<style:list-level-properties text:list-level-position-and-space-mode="label-alignment">
<style:list-level-label-alignment text:label-followed-by="listtab" fo:text-indent="-0.5cm" fo:margin-left="0.9cm"/>
</style:list-level-properties></text:list-level-style-bullet></text:list-style>
</office:styles>
<office:automatic-styles><style:page-layout style:name="A4"><style:page-layout-properties fo:page-width="21cm"
 fo:page-height="29.7cm" fo:margin="2.2cm"/></style:page-layout></office:automatic-styles>
<office:master-styles><style:master-page style:name="Standard" style:page-layout-name="A4"/></office:master-styles>"""
XML = '<?xml version="1.0" encoding="UTF-8"?>'
TYPE_ODT = 'application/vnd.oasis.opendocument.text'
MANIFESTE = ('<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" '
             f'manifest:version="1.3"><manifest:file-entry manifest:full-path="/" manifest:version="1.3" '
             f'manifest:media-type="{TYPE_ODT}"/>' + ''.join(
                 f'<manifest:file-entry manifest:full-path="{nom}" manifest:media-type="text/xml"/>'
                 for nom in ('content.xml', 'styles.xml', 'meta.xml')) + '</manifest:manifest>')


def composer(nom, titre):
    corps = ''.join(_bloc_odt(*bloc) for bloc in blocs(lire(f'{nom}.txt')))
    membres = {
        'mimetype': TYPE_ODT, 'META-INF/manifest.xml': MANIFESTE,
        'content.xml': _document('content', f'<office:body><office:text>{corps}</office:text></office:body>'),
        'styles.xml': _document('styles', STYLES),
        'meta.xml': _document('meta', f'<office:meta><dc:title>{html.escape(titre)}</dc:title>'
                                      '<dc:language>fr-FR</dc:language></office:meta>')}
    sortie = io.BytesIO()
    with zipfile.ZipFile(sortie, 'w') as archive:
        for membre, contenu in membres.items():                     # the type first, as it is
            entree = zipfile.ZipInfo(membre)
            entree.compress_type = zipfile.ZIP_STORED if membre == 'mimetype' else zipfile.ZIP_DEFLATED
            archive.writestr(entree, contenu if membre == 'mimetype' else f'{XML}{contenu}')
    ecrire(f'{nom}.odt', sortie.getvalue())


def _document(sorte, dedans):
    racine = f'office:document-{sorte}'
    return f'<{racine} {ESPACES} office:version="1.3">{dedans}</{racine}>'


def _bloc_odt(sorte, lignes):
    if sorte in ('h1', 'h2'):
        return (f'<text:h text:style-name="Heading_20_{sorte[1]}" text:outline-level="{sorte[1]}">'
                f'{html.escape(lignes[0])}</text:h>')
    if sorte == 'ul':
        points = ''.join(f'<text:list-item>{_paragraphe([ligne])}</text:list-item>' for ligne in lignes)
        return f'<text:list text:style-name="Puces">{points}</text:list>'
    if sorte == 'table':
        tete, *rangees = ['<table:table-row>' + ''.join(
            f'<table:table-cell table:style-name="Cellule" office:value-type="string">{_paragraphe([c])}'
            '</table:table-cell>' for c in rangee) + '</table:table-row>' for rangee in lignes]
        return (f'<table:table><table:table-column table:number-columns-repeated="{len(lignes[0])}"/>'
                f'<table:table-header-rows>{tete}</table:table-header-rows>{"".join(rangees)}</table:table>')
    return _paragraphe(lignes)


def _paragraphe(lignes):
    return f'<text:p text:style-name="Standard">{"<text:line-break/>".join(map(html.escape, lignes))}</text:p>'


PDF = {'guide-ecole': True, 'dix-essences': False}                  # is it tagged?


def main():
    CIBLE.mkdir(exist_ok=True)
    with sync_playwright() as jeu:
        navigateur = jeu.chromium.launch(executable_path='/usr/bin/chromium', args=['--no-sandbox'])
        page = navigateur.new_page()
        dessiner(page)
        partager(page)
        for source in sorted(ICI.glob('*.txt')):
            titre = lire(source.name).split('\n')[0].lstrip('# ')
            if source.stem in PDF:
                imprimer(page, source.stem, titre, PDF[source.stem])
            else:
                composer(source.stem, titre)
        navigateur.close()


if __name__ == '__main__':
    main()
