"""Markdown: what an agent types, as the pages show it. Its output is the one Markup that is made of typed text."""
import re

import mistune
from markupsafe import Markup

# Where a link may lead: a page of this site, the web, an e-mail, a telephone.
LIEN = re.compile(r'(https?://|mailto:|tel:|/(?![/\\]))[^\s]*\Z', re.IGNORECASE)


class Rendu(mistune.HTMLRenderer):
    """HTML of a text that stands under the <h1> of its page: never raw HTML, no image, links that lead somewhere."""

    def __init__(self):
        super().__init__(escape=True)

    def heading(self, text, level, **attrs):
        """A text begins at <h2>, whatever was typed."""
        return super().heading(text, min(max(level, 2), 4))

    def link(self, text, url, title=None):
        return super().link(text, url) if LIEN.match(url) else text

    def image(self, text, url, title=None):
        return text                                                 # images are joined to a content, with their credit


_markdown = mistune.Markdown(renderer=Rendu())


def markdown(texte):
    """The HTML of a text in Markdown, as Markup: everything that was typed in it is escaped."""
    return Markup(_markdown(texte))
