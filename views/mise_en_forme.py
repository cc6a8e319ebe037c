"""Markdown: what an agent types, as the pages show it, the one Markup that is made of typed text; a day, as <time>."""
import re

import mistune
from markupsafe import Markup
from mistune.plugins.table import TABLE_PATTERN, parse_table

LONGUEUR_MAX = 100_000                                              # characters: past them, a text is shown as typed
NIVEAUX_MAX = 6                                                     # of a list in a quotation in a list…

# Where a link may lead: the web, an e-mail, a telephone, a page of this site.
CIBLE = re.compile(r'(https?://[^/\\]|mailto:[^?]|tel:|/(?![/\\]))[^\s\\]*\Z', re.IGNORECASE)
# An address that is typed bare is a link too.
NUE = (r'https?://[^\s<>«»"|\[\]]*[^\s<>«»"|\[\].,;:!?)*_`\'’…]'
       r'|[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}')
# What is never read as Markdown: raw HTML, code by accident (a text indented), titles that are underlined, references.
ABSENTES = ('indent_code', 'fenced_code', 'setex_heading', 'ref_link', 'raw_html', 'block_html')


def espacer(texte):
    """French typography of what was typed: a no-break space before : ; ? ! » % and after «."""
    return re.sub(r'(?<=«) | (?=[:;?!»%])', '\u00a0', texte)


ETAPE = re.compile(r'<li><strong>[^<]*[.:!?]</strong>')
SIGNATURE = re.compile(r'(?:<br>\n|</p>\n<p>)[—–] ((?:(?!<br>|<p>).)+)</p>\n\Z')


class Rendu(mistune.HTMLRenderer):
    """HTML of a text that stands under the <h1> of its page: never raw HTML, no image, links that lead somewhere."""

    def text(self, text):
        return super().text(espacer(text))

    def heading(self, text, level, **attrs):
        return super().heading(text, level) if text.strip() else ''

    def link(self, text, url, title=None):
        if not CIBLE.match(url):
            return text
        return super().link(text if text.strip() else self.text(url), url)

    def image(self, text, url, title=None):
        return text                                                 # images are joined to a content, with their credit

    def block_quote(self, text):
        """Who says it, after a dash on its last line, stands under it."""
        qui = SIGNATURE.search(text)
        if qui:
            text = f'{text[:qui.start()]}</p>\n<footer>{qui[1]}</footer>\n'
        return super().block_quote(text)

    def list(self, text, ordered, **attrs):
        """Numbered, each item beginning in bold: steps, drawn as those of a fiche."""
        html = super().list(text, ordered, **attrs)
        etapes = ordered and 'start' not in attrs and text.count('<li>') == len(ETAPE.findall(text))
        return html.replace('<ol', '<ol class="etapes"', 1) if etapes else html

    def linebreak(self):
        return '<br>\n'

    def thematic_break(self):
        return '<hr>\n'

    def table(self, text, nom):
        """In a region that the keyboard scrolls, since a phone is narrower than a table."""
        return (f'<div class="defilable" role="region"{self.render_attrs({"aria-label": nom})} tabindex="0">'
                f'<table class="tableau"><caption class="hors-ecran">{mistune.escape(nom)}</caption>\n'
                f'{text}</table></div>\n')

    def table_head(self, text):
        return f'<thead>\n<tr>\n{text}</tr>\n</thead>\n'

    def table_body(self, text):
        return f'<tbody>\n{text}</tbody>\n'

    def table_row(self, text):
        return f'<tr>\n{text}</tr>\n'

    def table_cell(self, text, align=None, head=False):
        droite = ' class="nombre"' if align == 'right' else ''
        if head and text.strip():
            return f'<th scope="col"{droite}>{text}</th>\n'
        return f'<td{droite}>{text}</td>\n'


def _lier(inline, trouve, etat):
    """A bare address: a link, unless it stands in one."""
    texte = trouve[0]
    if etat.depth >= inline.max_nested_level:
        inline.process_text(texte, etat)
    else:
        url = texte if texte.startswith('http') else f'mailto:{texte}'
        etat.append_token({'type': 'link', 'children': [{'type': 'text', 'raw': texte}],
                           'attrs': {'url': mistune.escape_url(url)}, '_autolink': texte})
    return trouve.end()


def _ordonner(_, etat):
    """Titles from <h2> without a step missed; a table is called after the title that it stands under."""
    niveau, titre, tableaux = 1, '', 0
    for jeton in _jetons(etat.tokens):
        if jeton['type'] == 'heading':
            niveau = min(max(jeton['attrs']['level'], 2), niveau + 1, 4)
            jeton['attrs']['level'] = niveau
            titre = re.sub(r'[*_`\[\]]', '', jeton['text'])
        elif jeton['type'] == 'table':
            tableaux += 1
            jeton['attrs'] = {'nom': f'Tableau {tableaux}' + (f'\u00a0: {titre}' if titre else '')}


def _jetons(jetons):
    for jeton in jetons:
        yield jeton
        yield from _jetons(jeton.get('children', ()))


def _analyseur():
    blocs = mistune.BlockParser(max_nested_level=NIVEAUX_MAX)
    ligne = mistune.InlineParser(hard_wrap=True, max_nested_level=NIVEAUX_MAX)
    blocs.register('table', TABLE_PATTERN, parse_table)
    ligne.register('nue', NUE, _lier, before='emphasis')
    for regles in (blocs.rules, blocs.block_quote_rules, blocs.list_rules):
        regles[:] = [regle for regle in regles if regle not in ABSENTES]
    ligne.rules.remove('inline_html')
    blocs.specification |= dict.fromkeys(ABSENTES, '(?!)')          # a list looks for them by itself
    ligne.specification['linebreak'] = r'\n\s*'                     # its lines have no space at their end
    lecteur = mistune.Markdown(renderer=Rendu(escape=True), block=blocs, inline=ligne)
    lecteur.before_render_hooks.append(_ordonner)
    return lecteur


_markdown = _analyseur()


def markdown(texte):
    """The HTML of a text in Markdown, as Markup: everything that was typed in it is escaped."""
    lignes = [ligne.rstrip() for ligne in texte.replace('\r\n', '\n').replace('\r', '\n').split('\n')]
    if len(texte) > LONGUEUR_MAX:
        return Markup('<p>') + '\n'.join(lignes) + Markup('</p>')
    return Markup(_markdown('\n'.join(lignes)))


def temps(quand, mots):
    """A day or an instant, ISO text, whole behind the words that say it."""
    return Markup('<time datetime="{}">{}</time>').format(quand, mots)


def graduations(maximum, autres=()):
    """The marks of an axis, from 0 to a round number that is not below the numbers shown: five at most."""
    haut, pas = max([maximum, *autres, 1]), 1
    while pas * 4 < haut:
        pas = pas * 5 // 2 if str(pas)[0] == '2' else pas * 2
    return [pas * n for n in range(-(-haut // pas) + 1)]
