"""What readers and calendars follow: the last actualités (Atom, RFC 4287), the public agenda (iCalendar, RFC 5545)."""
import re
import uuid
from xml.etree import ElementTree

from bottle import HTTPResponse

import models
import langue
from models import Contenu, Refus
from langue import aujourdhui, slug
from verbes.contenus.contenus import a_ete_publie, publies
from verbes.etiquettes import libelles
from verbes.ical import DEMONSTRATION, calendrier, d_un_contenu, identifiant
from views import app, request
from views.entrees import ID
from views.mise_en_forme import espacer, markdown
from views.presentoir import adresse_de

ENTREES = 20
PASSES = 365                                                        # days: the calendar keeps what is over for a year
ANNULES = 30                                                        # days: it says what has been withdrawn
INTERDITS = re.compile('[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]')     # in XML 1.0


def _debut():
    return DEMONSTRATION if request.contexte['demonstration'] else ''


def _livrer(texte, type_, **entetes):
    return HTTPResponse(texte, headers={
        'Content-Type': f'{type_}; charset=utf-8', 'Cache-Control': 'no-cache', **entetes})


# ---- Actualités ----

@app.get('/actualites.atom', qui='public')
def atom():
    reglages = request.contexte['reglages']
    fil = _atom(reglages['nom'], reglages['departement'] or reglages['nom'], _debut())
    return _livrer(fil, 'application/atom+xml')


@models.gardee
def _atom(nom, auteur, debut):
    """The XML of the feed: the actualités that everyone reads, newest first."""
    url = models.SITE['url']
    actualites = list(publies(aujourdhui()).where(Contenu.genre == 'actualite')
                      .order_by(Contenu.publie_le.desc(), Contenu.id.desc()).limit(ENTREES))
    flux = ElementTree.Element('feed', {'xmlns': 'http://www.w3.org/2005/Atom', 'xml:lang': 'fr'})
    _dire_balise(flux, 'id', _identifiant('actualites'))
    _dire_balise(flux, 'title', f'{debut}Actualités – {nom}')
    _dire_balise(flux, 'updated', max([_change_le(contenu) for contenu in actualites], default=_minuit(aujourdhui())))
    _dire_balise(flux, 'link', rel='self', type='application/atom+xml', href=f'{url}/actualites.atom')
    _dire_balise(flux, 'link', rel='alternate', type='text/html', href=f'{url}/actualites')
    _dire_balise(_dire_balise(flux, 'author'), 'name', auteur)
    for contenu in actualites:
        _entree(flux, contenu, debut)
    return ElementTree.tostring(flux, encoding='utf-8', xml_declaration=True)


def _entree(flux, contenu, debut):
    noms, url = libelles(), models.SITE['url']
    entree = _dire_balise(flux, 'entry')
    _dire_balise(entree, 'id', _identifiant(identifiant(contenu)))
    _dire_balise(entree, 'title', debut + espacer(contenu.titre))
    _dire_balise(entree, 'published', _minuit(contenu.publie_le))
    _dire_balise(entree, 'updated', _change_le(contenu))
    _dire_balise(entree, 'link', rel='alternate', type='text/html', href=url + adresse_de(contenu))
    if contenu.structure_id:
        _dire_balise(_dire_balise(entree, 'author'), 'name', noms['structure'][contenu.structure_id].nom)
    if contenu.theme_id:
        _dire_balise(entree, 'category', term=noms['theme'][contenu.theme_id].nom)
    if contenu.resume:
        _dire_balise(entree, 'summary', espacer(contenu.resume))
    html = str(markdown(contenu.corps)).replace('<a href="/', f'<a href="{url}/')
    _dire_balise(entree, 'content', html, type='html')


def _dire_balise(parent, balise, texte='', **attributs):
    element = ElementTree.SubElement(parent, balise, {nom: INTERDITS.sub('', dit) for nom, dit in attributs.items()})
    element.text = INTERDITS.sub('', texte)
    return element


def _identifiant(quoi):
    """RFC 4122: the same for ever, whatever becomes of its title and of the address of the site."""
    return f'urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, quoi)}'


def _minuit(jour):
    """The first instant of a day in Paris."""
    return langue.en_utc(langue.a_paris(jour))


def _change_le(contenu):
    return max(contenu.modifie_le, _minuit(contenu.publie_le))


# ---- Agenda ----

@app.get('/agenda.ics', qui='public')
def agenda():
    nom = f'Agenda – {request.contexte["reglages"]["nom"]}'
    return _livrer(_agenda(nom, _debut()), 'text/calendar')


@models.gardee
def _agenda(nom, debut):
    depuis = langue.plus_jours(aujourdhui(), -PASSES)
    lus = list(_evenements().where((Contenu.debut_le >= depuis) | (Contenu.fin_le >= depuis))
               .order_by(Contenu.debut_le, Contenu.id))
    return calendrier([d_un_contenu(c, adresse_de(c)) for c in [*lus, *_annules()]], nom, debut).encode()


def _annules():
    """Those withdrawn lately that the public had read: a calendar that holds one strikes it out."""
    depuis = langue.plus_jours(aujourdhui(), -ANNULES)
    retires = Contenu.select().where(
        Contenu.genre == 'evenement', Contenu.etat == 'retire', Contenu.audience == 'public',
        Contenu.debut_le.is_null(False), Contenu.retire_le >= depuis).order_by(Contenu.id)
    return [contenu for contenu in retires if a_ete_publie(contenu)]


@app.get(f'/agenda/{ID}.ics', qui='public')
def un_evenement(id):
    evenement = _evenements().where(Contenu.id == int(id)).first()
    if evenement is None:
        raise _absent(int(id))
    fichier = f'{slug(evenement.titre)[:80] or "evenement"}.ics'
    entree = d_un_contenu(evenement, adresse_de(evenement))
    return _livrer(calendrier([entree], debut=_debut()).encode(), 'text/calendar',
                   **{'Content-Disposition': f'attachment; filename="{fichier}"'})


def _evenements():
    return publies(aujourdhui()).where(Contenu.genre == 'evenement', Contenu.debut_le.is_null(False))


def _absent(id):
    retire = Contenu.get_or_none(Contenu.id == id, Contenu.genre == 'evenement', Contenu.audience == 'public')
    if retire and a_ete_publie(retire):
        return Refus('Cet évènement a été retiré. Supprimez-le de votre calendrier, ou revenez à l\'agenda.', 410)
    return Refus('Cet évènement n\'existe pas, ou n\'est pas publié aujourd\'hui. Revenez à l\'agenda.', 404)
