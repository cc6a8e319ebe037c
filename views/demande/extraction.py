"""The CSV of the list: exactly the filtered list, all its pages (regles.md §7, §9)."""
import functools
from collections import namedtuple

import langue
from models import lecture
from langue import dire_nombre
from verbes import etiquettes, perimetre, regles
from verbes.colonnes import DEMANDE
from verbes.demande import liste
from verbes.demande.clotures import dire_issue
from verbes.regles import dire_place
from views import app, parametre, redemander, request
from views.criteres import LUES, colonnes_sql, dire_structure, lire_criteres, nom_de, toute_la_base
from views.exports import csv_fichier, livrer


DITES = [colonne for colonne in DEMANDE if colonne.csv]               # as they are
EXPORTEES = (
    *LUES, 'origine', 'civilite', 'nom', 'prenom', 'rappel_nom', 'rappel_prenom', 'courriel',
    'telephone', 'issue', 'organisme', 'message', 'delai', 'rappel_fonction', 'synthese', 'rappele', 'question_le',
    'ampleur', *(colonne.nom for colonne in DITES))
EQUIPE = """(SELECT group_concat(membre.role || ' ' || membre.rang || ' ' || coalesce(membre.agent_id, 0) || ' '
                                 || membre.structure_id || ' ' || coalesce(membre.direction_id, 0), ';')
             FROM membre WHERE membre.demande_id = demande.numero)"""
COMMUNES = """(SELECT group_concat(collectivite.nom, '|') FROM demande_commune
                JOIN collectivite ON collectivite.id = demande_commune.collectivite_id
                WHERE demande_commune.demande_id = demande.numero)"""
# What the figures say of a demande (verbes/pilotage/chiffres.py), besides its columns.
DES_CHIFFRES = ('temps', 'proposition_le', 'signalee', 'sans_nouvelles')
Exportee = namedtuple('Exportee', (*EXPORTEES, 'equipe', 'liee', 'communes', *DES_CHIFFRES))
Place = namedtuple('Place', 'role rang agent structure direction')
# A team as one agent exports it: whether all is said of it, and the cells that hang on it and on the structure that
# the demande is of.
Equipe = namedtuple('Equipe', 'entiere structures referent associes role autres directions')
# Who exports, the structures of who they act for, the labels; {id of a collectivité: the name of its EPCI}.
Lecteur = namedtuple('Lecteur', 'agent structures libelles intercommunalites')


# Is a cell left empty outside the demandes of one's own structure (regles.md §7, §11)? Contact, message, synthèse; and
# what would measure the others: échéance, first contact, closing.
A_TOUS, RESERVEE = False, True


def _entiere(places, pour):
    if pour.agent.administre:
        return True
    return any(p.structure in pour.structures or p.agent in pour.agent.identites for p in places)


def _libelle(genre, colonne, sinon=''):
    rang = EXPORTEES.index(colonne)
    return lambda d, equipe, pour: nom_de(pour.libelles[genre], d[rang], sinon)


@functools.lru_cache(maxsize=5000)
def _dire_jour(jour):
    return langue.dire_jour(jour, True) if jour else ''


def _jour(colonne):
    """A day as a cell says it; of a column of EXPORTEES."""
    rang = EXPORTEES.index(colonne)
    return lambda d, equipe, pour: _dire_jour(d[rang])


def _texte(colonne):
    rang = EXPORTEES.index(colonne)
    return lambda d, equipe, pour: d[rang]


def _noms_de(role, places, libelles):
    return ', '.join(_nommer(p, libelles) for p in places if p.role == role)


def _nommer(place, libelles):
    """The agent of a place; else the direction or the structure invited, its person not named yet."""
    if place.agent:
        return libelles['agent'][place.agent].nom
    if place.direction:
        return libelles['direction'][place.direction].nom
    return libelles['structure'][place.structure].nom


def _structures(premiere, places, libelles):
    chefs = [p.structure for p in places if p.role == 'chef_de_file']
    autres = ' '.join(str(structure) for structure in chefs if structure != premiere)
    return dire_structure(premiere, autres, libelles['structure'])


def _origine(d, equipe, pour):
    return 'Reçue en direct' if d.origine == 'direct' else 'Plateforme'


def _maire(d, equipe, pour):
    return ' '.join(filter(None, (d.civilite, d.prenom, d.nom)))


def _rappele(d, equipe, pour):
    """Who is to be called back: the Maire when nobody else was named."""
    autre = f'{d.rappel_prenom} {d.rappel_nom}'.strip()
    return autre or f'{d.prenom} {d.nom}'.strip()


def _telephone(d, equipe, pour):
    return langue.dire_telephone(d.telephone).replace('\u00a0', ' ')


def _delai(d, equipe, pour):
    """« 3 jours »: what was promised; a demande received in direct, or taken over, has no clock."""
    return f'{d.delai} jours' if d.delai and d.origine != 'direct' and not d.reprise else ''


def _communes(d, equipe, pour):
    return ', '.join(sorted(d.communes.split('|'), key=langue.ordre_alphabetique)) if d.communes else ''


def _issue(d, equipe, pour):
    """How it ended, in words; a demande that was reopened has not ended."""
    if not d.issue or not d.clos_le:
        return ''
    dite = dire_issue(d.issue, d.organisme)
    return langue.majuscule(dite) if d.statut == 'rejete' else dite


def _role_de_la_structure(places, pour):
    siennes = [p for p in places if p.structure in pour.structures]
    return ', '.join(dict.fromkeys(dire_place(p.role, p.rang) for p in siennes))


def _autres_structures(premiere, places, libelles):
    autres = dict.fromkeys(p.structure for p in places if p.structure != premiere)
    return ', '.join(libelles['structure'][structure].nom for structure in autres)


def _intercommunalites(noms):
    """{id of a collectivité: the name of its EPCI of today}, as the figures count it: an EPCI is its own."""
    return {id_: noms[epci].nom for epci, siens in perimetre.par_epci().items() if epci in noms for id_ in siens}


def _directions(places, noms):
    return ' | '.join(sorted({noms[p.direction].nom for p in places if p.direction}, key=langue.ordre_alphabetique))


def _oui_non(colonne):
    rang = Exportee._fields.index(colonne)
    return lambda d, equipe, pour: 'oui' if d[rang] else 'non'


def _temps(d, equipe, pour):
    """« jointe à temps »: what was kept of the promise."""
    return liste.TEMPS[d.temps][0] if d.temps else ''


def _confirme(d, equipe, pour):
    """What the mairie answered to « Avez-vous été rappelé·e ? »."""
    if d.rappele:
        return regles.RAPPELE[d.rappele]
    return 'sans réponse' if d.question_le else 'non demandé'


def _proposition(d, equipe, pour):
    return _dire_jour(d.proposition_le)


# (title, to whom, what the cell says of a demande, its team, to whom)
EXPORT = (
    ('Numéro',                   A_TOUS,   lambda d, equipe, pour: d.numero),
    ('Thème',                    A_TOUS,   _libelle('theme', 'theme_id')),
    ('Fiche',                    A_TOUS,   _libelle('fiche', 'fiche_id', 'Demande libre')),
    ('Statut',                   A_TOUS,   lambda d, equipe, pour: regles.STATUTS[d.statut]),
    ('Échéance',                 RESERVEE, _jour('echeance')),
    ('Lieu',                     A_TOUS,   lambda d, equipe, pour: d.lieu or d.collectivite),
    ('Type',                     A_TOUS,   lambda d, equipe, pour: d.type),
    ('Collectivité',             A_TOUS,   lambda d, equipe, pour: d.collectivite),
    ('Structure',                A_TOUS,   lambda d, equipe, pour: equipe.structures),
    ('Direction',                A_TOUS,   _libelle('direction', 'direction_id')),
    ('Date de dépôt',            A_TOUS,   _jour('depose_le')),
    ('Date du premier contact',  RESERVEE, _jour('premier_contact_le')),
    ('Date de clôture',          RESERVEE, _jour('clos_le')),
    ('Origine',                  A_TOUS,   _origine),
    ('Maire ou président·e',     RESERVEE, _maire),
    ('Personne à rappeler',      RESERVEE, _rappele),
    ('Courriel',                 RESERVEE, lambda d, equipe, pour: d.courriel),
    ('Téléphone',                RESERVEE, _telephone),
    ('Référent',                 A_TOUS,   lambda d, equipe, pour: equipe.referent),
    ('Associés',                 A_TOUS,   lambda d, equipe, pour: equipe.associes),
    ('Rôle de la structure',     A_TOUS,   lambda d, equipe, pour: equipe.role),
    ('Autres structures',        A_TOUS,   lambda d, equipe, pour: equipe.autres),
    ('Issue',                    A_TOUS,   _issue),
    ('Message',                  RESERVEE, lambda d, equipe, pour: d.message),
    ('Date à tenir',             A_TOUS,   _jour('date_a_tenir')),
    ('Délai promis',             A_TOUS,   _delai),
    ('Intercommunalité',         A_TOUS,   lambda d, equipe, pour: pour.intercommunalites.get(d.liee, '')),
    ('Communes concernées',      A_TOUS,   _communes),
    ('Fonction',                 RESERVEE, lambda d, equipe, pour: d.rappel_fonction),
    ('Synthèse',                 RESERVEE, lambda d, equipe, pour: d.synthese),
    ('Essai',                    A_TOUS,   _oui_non('essai')),
    ('Ampleur',                  RESERVEE, lambda d, equipe, pour: regles.AMPLEURS.get(d.ampleur, '')),
    *((c.libelle, c.csv == 'structure', _jour(c.nom) if c.genre == 'jour' else _texte(c.nom)) for c in DITES),
    # What the figures count besides, so that they can be counted again from this file alone (regles.md §11).
    ('Reprise',                  A_TOUS,   _oui_non('reprise')),
    ('Diffusion restreinte',     A_TOUS,   _oui_non('restreinte')),
    ('Directions',               A_TOUS,   lambda d, equipe, pour: equipe.directions),
    ('Rappel',                   RESERVEE, _temps),
    ('Rappel confirmé',          RESERVEE, _confirme),
    ('Date de la proposition',   RESERVEE, _proposition),
    ('Sans nouvelles',           RESERVEE, _oui_non('sans_nouvelles')),
    ('Hors compétence',          A_TOUS,   _oui_non('signalee')),
)


@app.get('/espace/demandes.csv', qui='agent', transaction=False)
def exporter():
    agent = request.agent
    with lecture():
        criteres = lire_criteres()
        if toute_la_base(agent, criteres) and (encore := redemander('exporter toutes les demandes')):
            return encore
        calculees = (liste.etat_du_temps(), (liste.PROPOSITION_LE, ()), liste.marque_de({'signalee': 'oui'}),
                     liste.marque_de({'sans_nouvelles': 'oui'}))
        colonnes = colonnes_sql(EXPORTEES, EQUIPE, 'demande.collectivite_id', COMMUNES, *(sql for sql, _ in calculees))
        lignes = liste.lister(agent, criteres, parametre('tri'), colonnes,
                              donnees=[v for _, valeurs in calculees for v in valeurs])
        titres = [titre for titre, *_ in EXPORT]
        restreintes = []
        fichier, nombre = csv_fichier(f'demandes-{langue.aujourdhui()}.csv', titres,
                                      _lignes_csv(lignes, agent, restreintes))
    return livrer(fichier, dire_nombre(nombre, 'demande'), criteres, restreintes)


def _lignes_csv(lignes, agent, restreintes):
    """The rows, one at a time: 20,000 demandes never stand in memory together. restreintes: takes the numbers of those
    that are.
    """
    libelles = etiquettes.libelles()
    structures = {libelles['agent'][i].parent for i in agent.identites}
    pour = Lecteur(agent, structures, libelles, _intercommunalites(libelles['epci']))
    lire_equipe = functools.lru_cache(maxsize=1000)(lambda *equipe: _lire_equipe(*equipe, pour))
    entieres = [dire for *_, dire in EXPORT]
    reduites = [_rien if reservee else dire for _, reservee, dire in EXPORT]
    for d in map(Exportee._make, lignes):
        equipe = lire_equipe(d.equipe, d.structure_id)
        if d.restreinte:
            restreintes.append(d.numero)
        yield [dire(d, equipe, pour) for dire in (entieres if equipe.entiere else reduites)]


def _rien(d, equipe, pour):
    return ''


def _lire_equipe(texte, premiere, pour):
    """What EQUIPE says of a team, as an Equipe; the same few teams come back all along an export."""
    places = []
    for place in (texte or '').split(';'):
        if place:
            role, *nombres = place.split(' ')
            places.append(Place(role, *map(int, nombres)))
    return Equipe(
        _entiere(places, pour), _structures(premiere, places, pour.libelles),
        _noms_de('referent', places, pour.libelles), _noms_de('associe', places, pour.libelles),
        _role_de_la_structure(places, pour), _autres_structures(premiere, places, pour.libelles),
        _directions(places, pour.libelles['direction']))
