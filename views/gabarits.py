"""The templates and what they may call; the files served beside them.

A template is compiled once: a process that starts finds it beside the compiled sources, when those may be written
(`installer` does it for the service, which may not); else it compiles what it shows, as ever.
"""
import contextlib
import functools
import hashlib
import os
import pkgutil
import re
import sys

import jinja2
from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

import langue
import models
from verbes import regles
from verbes.administration.identite import apparence

from .champs import suggestions, valeurs_de
from .menus import ADMINISTRATION, entree_de, ou_aider
from .mise_en_forme import graduations, markdown, temps

# What a compiled template owes to more than its own text: Jinja2, the filters and the settings it was compiled with.
MOULE = jinja2.__version__ + ''.join(
    hashlib.sha256(pkgutil.get_data(paquet, nom)).hexdigest()
    for paquet, nom in (('views', 'gabarits.py'), ('langue', 'langue.py')))


class Compiles(jinja2.FileSystemBytecodeCache):
    """Each knows of which text it was made: it is never older than its template."""

    def __init__(self):
        super().__init__(os.path.dirname(__spec__.cached), f'%s.{sys.implementation.cache_tag}.gabarit')

    def get_cache_key(self, name, filename=None):
        return super().get_cache_key(name)                          # wherever the program has been put

    def get_source_checksum(self, source):
        return super().get_source_checksum(MOULE + source)

    def load_bytecode(self, bucket):
        try:
            super().load_bytecode(bucket)
        except Exception:                                           # in a single file; cut by a power failure
            bucket.reset()

    def dump_bytecode(self, bucket):
        if not sys.dont_write_bytecode:
            with contextlib.suppress(OSError):
                super().dump_bytecode(bucket)


# ---- The files under /static/ ----

# name served under /static/: its type. Read through pkgutil, so that a zipapp serves them too.
STATIQUES = {
    'plateforme.css': 'text/css; charset=utf-8', 'publique.css': 'text/css; charset=utf-8',
    'plateforme.js': 'text/javascript; charset=utf-8',
    'brouillon.js': 'text/javascript; charset=utf-8', 'touches.js': 'text/javascript; charset=utf-8',
    'images.js': 'text/javascript; charset=utf-8',
    'icones.svg': 'image/svg+xml', 'favicon.svg': 'image/svg+xml', 'partage.png': 'image/png',
}


# A sheet is its files, one after the other: what comes after wins. A phone loads that of the public pages first.
FEUILLES = {
    'publique.css':   ('commun.css', 'impression.css'),
    'plateforme.css': ('commun.css', 'espace.css', 'impression.css'),
}


@functools.cache
def lire_statique(nom):
    """(its bytes, their mark)"""
    octets = b'\n'.join(pkgutil.get_data('models', f'static/{fichier}') for fichier in FEUILLES.get(nom, (nom,)))
    return octets, hashlib.sha256(octets).hexdigest()[:12]


def statique(nom):
    return f'/static/{nom}?v={lire_statique(nom)[1]}'


# ---- Jinja2 ----

SANS_JETON = '-'                                                    # in the place of the secret of a tracking link
FORMULAIRE = re.compile(r'<form\b.*?</form>', re.DOTALL)
LIEN_SECRET = re.compile(rf'<a\b[^>]*href="/suivi/{SANS_JETON}/[^>]*>(.*?)</a>', re.DOTALL)


def en_lecture(page, avant):
    """A tracking page without its forms, its files by the address that agents have; avant: what is said above it."""
    lue = FORMULAIRE.sub('', page).replace(f'/suivi/{SANS_JETON}/pieces/', '/pieces/')
    return Markup(LIEN_SECRET.sub(r'\1', lue).replace('<main', f'{avant}<main', 1))


FILTRES_JINJA = {
    # On the screens of agents, short, whole in <time>: no attribute, option or title may hold them.
    'jour': lambda v: temps(langue.jour_de(v), langue.dire_jour(v)),
    'instant': lambda v: temps(v, f'{langue.dire_jour(v)}, {langue.dire_heure(v)}'),
    'terme': lambda v: temps(v, langue.dire_terme(v)),
    # Everywhere else.
    'jour_chiffre': lambda v: langue.dire_jour(v, True),
    'jour_long': langue.dire_jour_long,
    'instant_long': langue.dire_instant,
    'telephone': lambda v: langue.dire_telephone(langue.telephone(v) or v),
    'tel': lambda v: '+33' + t[1:] if (t := langue.telephone(v)) else re.sub(r'\s', '', v),
    'visible': langue.montrer_invisibles,
    'replie': langue.replier,
    'octets': langue.dire_octets,
    'nombre': langue.dire_nombre,
    'de': langue.de,
    'avec_article': langue.avec_article,
    'majuscule': langue.majuscule,
    'mairie': langue.mairie,
    'slug': langue.slug,
    'markdown': markdown,
    'en_lecture': en_lecture,
    'initiales': lambda v: ''.join(mot[0] for mot in v.split()[:2]).upper(),
}


class Gabarit(Template):
    def render(self, *valeurs, **nommees):
        """A macro of a template holds all that the template was given, the figures of ten years included, in a cycle:
        it is let go at once, not with the next collection.
        """
        contexte = self.new_context(dict(*valeurs, **nommees))
        try:
            return ''.join(self.root_render_func(contexte))
        except Exception:
            self.environment.handle_exception()
        finally:
            contexte.vars.clear()
            contexte.parent.clear()


class Atelier(Environment):
    def make_globals(self, d):
        """One dict for all the templates, none of which has a global of its own: to compare two of Jinja2's chains is
        a fifteenth of a page's time.
        """
        return self.globals


rendu = Atelier(
    loader=PackageLoader('views', ''), autoescape=True, undefined=StrictUndefined,
    trim_blocks=True, lstrip_blocks=True, bytecode_cache=Compiles(),
    auto_reload=False)                              # no look at the files at each view: restart to see a change
rendu.template_class = Gabarit
rendu.filters.update(FILTRES_JINJA)


def compiler():
    """Every template, kept beside the compiled sources when those may be written."""
    for nom in rendu.list_templates(['html']):
        rendu.get_template(nom)


@functools.lru_cache(maxsize=500)                                   # 4 kB each, or so
def morceau(gabarit, nom, *arguments):
    """A macro of a template, rendered once for the same plain values: a row of the list comes back many times a day."""
    return getattr(rendu.get_template(gabarit).module, nom)(*arguments)


def options_gardees(choix, valeur):
    """The <option>s of a list, the one of this value selected; long lists are rendered once."""
    try:
        hash(choix)
    except TypeError:                                               # a list somewhere in it
        choix = _en_tuples(choix)
    connue = str(valeur) in valeurs_de(choix)                      # anything typed would fill the memory
    return morceau('champs.html', 'options', choix, str(valeur) if connue else '')


def _en_tuples(choix):
    return tuple(_en_tuples(un) if isinstance(un, list | tuple) else un for un in choix)


class Morceaux:
    """The macros of a template, for all the others: read when the first is called, once every global is there."""

    def __init__(self, gabarit):
        self._gabarit = gabarit

    def __getattr__(self, nom):
        macro = getattr(rendu.get_template(self._gabarit).module, nom)
        setattr(self, nom, macro)
        return macro


rendu.globals.update(
    m=Morceaux('morceaux.html'), f=Morceaux('champs.html'), site=models.SITE,
    STATUTS=regles.STATUTS, ADMINISTRATION=ADMINISTRATION, entree_de=entree_de, ou_aider=ou_aider,
    statique=statique, date_iso=langue.jour_de, options_gardees=options_gardees,
    suggestions=suggestions,
    apparence=apparence, dire_saisine=langue.dire_saisine, du_signataire=langue.du_signataire, graduations=graduations)
