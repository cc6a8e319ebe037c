"""The list of the demandes for the agents: its filters, its views, its pages (regles.md §9).

What is asked of it is read by criteres.py, its filters are said in filtres.py; its CSV is in extraction.py, one demande
in dossier.py.
"""
import functools
import math
from collections import namedtuple
from urllib.parse import urlencode

from markupsafe import Markup

import models
import langue
from models import Demande
from langue import dire_nombre
from verbes import appellations, etiquettes, perimetre, questions, regles
from verbes.administration import repartition
from verbes.demande import liste
from verbes.questions import demandes_lisibles
from views import aller, app, connecte_a_l_instant, morceau, page, parametre, rendu, request, tenter
from views.criteres import (
    AUTRES, LUES, OUVERTES, PAR_PAGE, REFERENT, TOUTES, adresse_de, colonnes_sql, ids_de, ignore, lire_criteres,
    nom_de, oter_les_vides, page_voulue, toute_la_base)
from views.mise_en_forme import temps
from .filtres import TOUJOURS_VUS, champs_filtres, filtres_actifs

COLONNES = (                                                        # title, name in liste.TRIS or ''
    ('Numéro', 'numero'), ('Thème', ''), ('Fiche', ''), ('Statut', 'statut'), ('Échéance', 'echeance'),
    ('Lieu', ''), ('Type', 'type'), ('Collectivité', 'collectivite'), ('Structure', ''), ('Direction', ''),
    ('Référent', ''), ('Depuis', ''),
)
# The views that are one's own, and how they are widened.
MIENNES, A_RAPPELER, EN_RETARD = {'miennes': 'oui'}, {'a_rappeler': 'oui'}, {'retard': 'oui'}
EN_ATTENTE = {'attente': 'oui'}                                     # of the collectivité (regles.md §12)

DEBUT = 'à rappeler '                                               # the column says it already

Ligne = namedtuple('Ligne', (*LUES, 'autres', 'referent'))
# theme, statut, type, direction, depuis: (short name, whole one); structures: several of them.
Montree = namedtuple('Montree', (
    'numero theme fiche statut urgence debut echeance le a_tenir lieu type collectivite structures direction '
    'referent depuis restreinte reprise a_confirmer essai'))


def _montrer_ligne(ligne, libelles, jour, fermes):
    """A row of the list as it is shown: labels instead of ids."""
    urgence, phrase, le = langue.dire_echeance(ligne.echeance, ligne.premier_contact_le, ligne.clos_le, jour, fermes)
    a_tenir = ''
    if ligne.date_a_tenir and not ligne.clos_le:
        a_tenir = temps(ligne.date_a_tenir, langue.dire_terme(ligne.date_a_tenir, jour))
    return Montree(
        numero=ligne.numero,
        theme=_abrege(libelles['theme'], ligne.theme_id),
        fiche=nom_de(libelles['fiche'], ligne.fiche_id, 'Demande libre'),
        statut=(ligne.statut, regles.STATUTS_COURTS.get(ligne.statut, '')),
        urgence=urgence,
        debut=DEBUT if phrase.startswith(DEBUT) else '',
        echeance=phrase.removeprefix(DEBUT),
        le=le,
        a_tenir=a_tenir,
        lieu=ligne.lieu or ligne.collectivite,
        type=(regles.TYPES_COURTS.get(ligne.type, ligne.type), ligne.type),
        collectivite=ligne.collectivite,
        structures=tuple(_abrege(libelles['structure'], cle) for cle in (ligne.structure_id, *ids_de(ligne.autres))),
        direction=_abrege(libelles['direction'], ligne.direction_id),
        referent=nom_de(libelles['agent'], ligne.referent),
        depuis=('', '') if ligne.clos_le else _anciennete(ligne.depose_le, jour),
        restreinte=ligne.restreinte,
        reprise=ligne.reprise,
        a_confirmer=bool(ligne.interlocuteur_depuis),
        essai=ligne.essai)


@functools.lru_cache(maxsize=500)
def _anciennete(depose_le, jour):
    """(short, whole): « 21 j », « auj. »."""
    dite = langue.dire_anciennete(depose_le, jour)
    return dite.replace('jours', 'j').replace('aujourd\'hui', 'auj.'), dite


def _abrege(table, cle):
    """(short name, whole one)."""
    return (table[cle].court, table[cle].nom) if cle else ('', '')


@app.get('/espace/demandes', qui='agent')
def demandes():
    agent = request.agent
    _rester_dans_les_ouvertes()
    oter_les_vides(champs=champs_filtres(etiquettes.libelles()))
    criteres = lire_criteres() or OUVERTES
    tri = parametre('tri')
    courante = page_voulue()
    _aller_au_numero(agent, criteres)
    debut = (courante - 1) * PAR_PAGE
    total = liste.compter(agent, criteres)
    pages = max(1, math.ceil(min(total, liste.COMPTE_MAX) / PAR_PAGE))
    lignes = ()
    if courante <= pages:                                           # further, it is to be narrowed, not leafed through
        lignes = liste.lister(agent, criteres, tri, colonnes_sql(LUES, AUTRES, REFERENT), PAR_PAGE, debut).fetchall()
    libelles = etiquettes.libelles()
    pages_proches = _pages_proches(criteres['q'], libelles) if 'q' in criteres else []
    if len(lignes) == total == 1 and list(criteres) == ['q'] and not pages_proches:
        aller(f'/espace/demandes/{lignes[0][0]}')
    onglets = _onglets(agent, criteres)
    en_vue = any(courant for *_, courant in onglets)                # the view says its filters
    lien = functools.partial(adresse_de, criteres | {'tri': tri})   # what the page changes of its address: lien(page=2)

    def lien_page(numero):
        return lien(page=numero if numero > 1 else None)

    return page(
        'demande/espace/demandes.html', 200 if courante <= pages else 404,
        lignes=_lignes(lignes), total=total,
        aucune=en_vue and not (total or liste.compter(agent, TOUTES)), total_dit=_dire_total(total),
        debut=debut + 1, fin=debut + len(lignes), voulue=courante, pages=pages, lien=lien, lien_page=lien_page,
        criteres=criteres, ignore=ignore(*liste.CONDITIONS, 'tri', 'page'), colonnes=_entetes(tri), onglets=onglets,
        par_expert=_a_la_table(agent, criteres), portee=_portee(agent, criteres), sigles=_sigles(),
        pages_proches=pages_proches,
        filtres=_filtres(criteres, tri, en_vue),
        actifs=[] if en_vue else filtres_actifs(criteres, libelles, lien),
        export=lien(chemin='/espace/demandes.csv'), export_long=total > liste.COMPTE_MAX,
        a_garder='/espace/listes?' + urlencode({'liste': lien(chemin='').removeprefix('?')}),
        redemande=toute_la_base(agent, criteres) and not connecte_a_l_instant())


def _rester_dans_les_ouvertes():
    """The form of what the list opens on, « vue », narrows what is open; but words are looked for in what is closed
    too: a mairie calls again.
    """
    if parametre('vue'):
        a_part = {'vue', 'ouvertes'} if parametre('q').strip() else {'vue'}
        remplis = {nom: valeur for nom, valeur in request.parametres.items() if valeur.strip() and nom not in a_part}
        aller(adresse_de(remplis or TOUTES))


def _lignes(lignes):
    """The rows of the table, as they were read; each is rendered once for all the tables that show it."""
    lignes, jour, libelles = [Ligne._make(lue) for lue in lignes], langue.aujourdhui(), etiquettes.libelles()
    en_retard = any(questions.en_retard(li.echeance, li.premier_contact_le, li.clos_le, jour) for li in lignes)
    fermes = models.jours_fermes() if en_retard else ()             # only a lateness counts them
    montrees = [_montrer_ligne(ligne, libelles, jour, fermes) for ligne in lignes]
    return Markup('\n'.join(morceau('demande/espace/ligne.html', 'ligne', montree) for montree in montrees))


def _dire_total(total):
    return f'plus de {dire_nombre(liste.COMPTE_MAX)}' if total > liste.COMPTE_MAX else dire_nombre(total)


def _filtres(criteres, tri, en_vue):
    """The form of the filters, with the criteria chosen."""
    champs = champs_filtres(etiquettes.libelles())
    if ',' in criteres.get('epci', ''):                             # several of them, which a list cannot show
        champs = [c._replace(genre='cache') if c.nom == 'epci' else c for c in champs]
    plus = [c for c in champs[TOUJOURS_VUS:] if c.genre != 'cache']
    ouvert = not en_vue and any(c.nom in criteres for c in plus)
    caches = [c for c in champs if c.genre == 'cache']
    return Markup(rendu.get_template('demande/espace/filtres.html').render(
        vus=champs[:TOUJOURS_VUS], plus=plus, ouvert=ouvert, caches=caches, criteres=criteres, tri=tri,
        vue=criteres == OUVERTES))


def _aller_au_numero(agent, criteres):
    """The quick search: « 1083 » or « n° 1083 », and nothing else, goes to that demande when the agent may read it."""
    numero = liste.numero_cherche(criteres.get('q', ''))
    if not numero or len(criteres) > 1:
        return
    if demandes_lisibles(agent, Demande.numero).where(Demande.numero == numero).tuples().first():
        aller(f'/espace/demandes/{numero}')


def _pages_proches(q, libelles):
    """[(words, address)] of what a search names, whole: the page of a collectivité, the demandes of a colleague."""
    cherche, annuaire = appellations.noyau(langue.normaliser(q)), perimetre.lire()
    # As it is today, once: what another has replaced leads to the page of that one.
    nommees = {annuaire.actuelles[id_]: None for id_, (_, nom) in annuaire.noms.items()
               if cherche and cherche in nom and appellations.noyau(nom) == cherche and id_ not in annuaire.a_venir}
    return [*((f'{annuaire.noms[id_][0]}\u00a0: sa page', f'/espace/collectivites/{id_}') for id_ in nommees),
            *((f'{libelles["agent"][id_].nom}\u00a0: ses demandes', adresse_de({'agent': str(id_)}))
              for id_ in liste.agents_nommes(q))]


def _entetes(tri):
    """[(title, aria-sort or '', the sort a click asks for or '')]; without a sort the newest number comes first."""
    courant = tri.removeprefix('-') or 'numero'
    sens_courant = 'descending' if not tri or tri[0] == '-' else 'ascending'
    entetes = []
    for titre, nom in COLONNES:
        sens = sens_courant if nom == courant else ''
        suivant = f'-{nom}' if sens == 'ascending' else nom
        entetes.append((titre, sens, suivant))
    return entetes


def _onglets(agent, criteres):
    """[(label, address, how many, aria-current)] of the saved views; nobody acts on how many there ever were."""
    vues = (
        ('Ouvertes', OUVERTES),
        ('Toutes', TOUTES),
        ('Mes demandes', MIENNES),
        ('À rappeler', A_RAPPELER | MIENNES),
        ('En retard', EN_RETARD | MIENNES),
        ('En attente', EN_ATTENTE | MIENNES),
        ('Ma direction', {'direction': str(agent.direction_id)}),
        ('Ma structure', {'structure': str(agent.direction.structure_id)}),
    )
    return [(nom, adresse_de(vue), '' if vue == TOUTES else _dire_total(liste.compter(agent, vue)),
             _courant(vue, criteres)) for nom, vue in vues]


def _a_la_table(agent, criteres):
    """(words, address) of the chef's table, on what their structure or one of its agents holds; None elsewhere."""
    structure, nomme = agent.direction.structure_id, etiquettes.libelles()['agent'].get(int(criteres.get('agent') or 0))
    suivi = nomme if nomme and nomme.parent == structure else None
    if not (suivi or criteres.get('structure') == str(structure)) or tenter(repartition.exiger_la_table, agent)[1]:
        return None
    if not suivi:
        return 'Par expert\u00a0: qui suit quoi, confier à un collègue', '/espace/demandes/experts'
    adresse = adresse_de(criteres, f'/espace/demandes/experts/{criteres["agent"]}')
    return f'Confier celles-ci, {langue.de(suivi.nom)}, à un collègue', adresse


def _courant(vue, criteres):
    """« page » for the view that is shown, « true » for one that is shown widened."""
    if vue == criteres:
        return 'page'
    return 'true' if criteres in (A_RAPPELER, EN_RETARD, EN_ATTENTE) and vue == criteres | MIENNES else ''


def _portee(agent, criteres):
    """[(words, address or '' for the one shown)] of a view that is one's own, widened on demand; None for others."""
    seule = {nom: valeur for nom, valeur in criteres.items() if nom not in MIENNES}
    if seule not in (A_RAPPELER, EN_RETARD, EN_ATTENTE):
        return None
    portees = []
    for mots, vue in (('Les vôtres', seule | MIENNES), ('Toute la Plateforme', seule)):
        courante = vue == criteres
        compte = '' if courante else f' ({_dire_total(liste.compter(agent, vue))})'
        portees.append((mots + compte, '' if courante else adresse_de(vue)))
    return portees


@models.gardee
def _sigles():
    """The short names of the list, by kind, whole: for the keyboard, the finger and paper."""
    libelles = etiquettes.libelles()
    groupes = [(titre, [(un.court, un.nom) for un in libelles[genre].values()]) for titre, genre in (
        ('Structures', 'structure'), ('Directions', 'direction'), ('Thèmes', 'theme'))]
    groupes.append(('Types', [(court, nom) for nom, court in regles.TYPES_COURTS.items()]))
    groupes.append(('Statuts', [(court, regles.STATUTS[code]) for code, court in regles.STATUTS_COURTS.items()]))
    groupes.append(('Collectivités', [('à confirmer', 'interlocuteur à confirmer')]))
    abreges = [(titre, [paire for paire in paires if paire[0] != paire[1]]) for titre, paires in groupes]
    return Markup(rendu.get_template('demande/espace/sigles.html').render(groupes=[g for g in abreges if g[1]]))
