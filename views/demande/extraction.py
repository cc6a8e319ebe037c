"""The CSV of the list: exactly the filtered list, all its pages (domaine.md §7, §9)."""
import functools
from collections import namedtuple

import langue
from models import lecture
from langue import dire_nombre
from verbes import etiquettes, perimetre, regles
from verbes.demande import liste
from verbes.demande.clotures import dire_issue
from verbes.regles import dire_place
from views import app, parametre, redemander, request
from views.criteres import LUES, colonnes_sql, dire_structure, lire_criteres, nom_de, toute_la_base
from views.exports import csv_fichier, livrer


EXPORTEES = (
    *LUES, 'origine', 'civilite', 'nom', 'prenom', 'rappel_nom', 'rappel_prenom', 'courriel',
    'telephone', 'issue', 'organisme', 'message', 'delai', 'rappel_fonction', 'synthese', 'rappele', 'question_le',
    'ampleur', 'attente_au', 'attente_de')
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
# A team as one agent exports it: the places, whether all is said of it, and the cells that hang on it alone.
Equipe = namedtuple('Equipe', 'places entiere referent associes role directions')
# Who exports, the structures of who they act for, the labels; {id of a collectivité: the name of its EPCI}.
Lecteur = namedtuple('Lecteur', 'agent structures libelles intercommunalites')


def _reserve(lire_cellule):
    """A cell left empty outside the demandes of one's own structure (domaine.md §7, §11): contact, message, synthèse;
    and what would measure the others: échéance, first contact, closing.
    """
    return lambda d, equipe, pour: lire_cellule(d) if equipe.entiere else ''


def _a_tous(lire_cellule):
    return lambda d, equipe, pour: lire_cellule(d)


def _entiere(places, pour):
    if pour.agent.administre:
        return True
    return any(p.structure in pour.structures or p.agent in pour.agent.identites for p in places)


def _libelle(genre, colonne, sinon=''):
    rang = EXPORTEES.index(colonne)
    return lambda d, equipe, pour: nom_de(pour.libelles[genre], d[rang], sinon)


def _jour(colonne):
    """A day as a cell says it; of a column of EXPORTEES."""
    rang = EXPORTEES.index(colonne)
    return lambda d: langue.dire_jour(d[rang], True) if d[rang] else ''


def _noms_de(role, places, libelles):
    return ', '.join(_nommer(p, libelles) for p in places if p.role == role)


def _nommer(place, libelles):
    """The agent of a place; else the direction or the structure invited, its person not named yet."""
    if place.agent:
        return libelles['agent'][place.agent].nom
    if place.direction:
        return libelles['direction'][place.direction].nom
    return libelles['structure'][place.structure].nom


def _structures(d, equipe, pour):
    chefs = [p.structure for p in equipe.places if p.role == 'chef_de_file']
    autres = ' '.join(str(structure) for structure in chefs if structure != d.structure_id)
    return dire_structure(d.structure_id, autres, pour.libelles['structure'])


def _origine(d, equipe, pour):
    return 'Reçue en direct' if d.origine == 'direct' else 'Plateforme'


def _maire(d):
    return ' '.join(filter(None, (d.civilite, d.prenom, d.nom)))


def _rappele(d):
    """Who is to be called back: the Maire when nobody else was named."""
    autre = f'{d.rappel_prenom} {d.rappel_nom}'.strip()
    return autre or f'{d.prenom} {d.nom}'.strip()


def _telephone(d):
    return langue.dire_telephone(d.telephone).replace('\u00a0', ' ')


def _delai(d):
    """« 3 jours »: what was promised; a demande received in direct, or taken over, has no clock."""
    return f'{d.delai} jours' if d.delai and d.origine != 'direct' and not d.reprise else ''


def _communes(d):
    return ', '.join(sorted((d.communes or '').split('|'), key=langue.ordre_alphabetique))


def _issue(d, equipe, pour):
    """How it ended, in words; a demande that was reopened has not ended."""
    if not d.issue or not d.clos_le:
        return ''
    dite = dire_issue(d.issue, d.organisme)
    return langue.majuscule(dite) if d.statut == 'rejete' else dite


def _role_de_la_structure(places, pour):
    siennes = [p for p in places if p.structure in pour.structures]
    return ', '.join(dict.fromkeys(dire_place(p.role, p.rang) for p in siennes))


def _autres_structures(d, equipe, pour):
    autres = dict.fromkeys(p.structure for p in equipe.places if p.structure != d.structure_id)
    return ', '.join(pour.libelles['structure'][structure].nom for structure in autres)


def _intercommunalites(noms):
    """{id of a collectivité: the name of its EPCI of today}, as the figures count it: an EPCI is its own."""
    return {id_: noms[epci].nom for epci, siens in perimetre.par_epci().items() if epci in noms for id_ in siens}


def _directions(places, noms):
    return ' | '.join(sorted({noms[p.direction].nom for p in places if p.direction}, key=langue.ordre_alphabetique))


def _oui_non(colonne):
    return lambda d: 'oui' if getattr(d, colonne) else 'non'


def _temps(d):
    """« jointe à temps »: what was kept of the promise."""
    return liste.TEMPS[d.temps][0] if d.temps else ''


def _confirme(d):
    """What the mairie answered to « Avez-vous été rappelé·e ? »."""
    if d.rappele:
        return regles.RAPPELE[d.rappele]
    return 'sans réponse' if d.question_le else 'non demandé'


def _proposition(d):
    return langue.dire_jour(d.proposition_le, True) if d.proposition_le else ''


# (title, what the cell says of a demande, its team, to whom)
EXPORT = (
    ('Numéro',                  lambda d, equipe, pour: d.numero),
    ('Thème',                   _libelle('theme', 'theme_id')),
    ('Fiche',                   _libelle('fiche', 'fiche_id', 'Demande libre')),
    ('Statut',                  lambda d, equipe, pour: regles.STATUTS[d.statut]),
    ('Échéance',                _reserve(_jour('echeance'))),
    ('Lieu',                    lambda d, equipe, pour: d.lieu or d.collectivite),
    ('Type',                    lambda d, equipe, pour: d.type),
    ('Collectivité',            lambda d, equipe, pour: d.collectivite),
    ('Structure',               _structures),
    ('Direction',               _libelle('direction', 'direction_id')),
    ('Date de dépôt',           _a_tous(_jour('depose_le'))),
    ('Date du premier contact', _reserve(_jour('premier_contact_le'))),
    ('Date de clôture',         _reserve(_jour('clos_le'))),
    ('Origine',                 _origine),
    ('Maire ou président·e',    _reserve(_maire)),
    ('Personne à rappeler',     _reserve(_rappele)),
    ('Courriel',                _reserve(lambda d: d.courriel)),
    ('Téléphone',               _reserve(_telephone)),
    ('Référent',                lambda d, equipe, pour: equipe.referent),
    ('Associés',                lambda d, equipe, pour: equipe.associes),
    ('Rôle de la structure',    lambda d, equipe, pour: equipe.role),
    ('Autres structures',       _autres_structures),
    ('Issue',                   _issue),
    ('Message',                 _reserve(lambda d: d.message)),
    ('Date à tenir',            _a_tous(_jour('date_a_tenir'))),
    ('Délai promis',            _a_tous(_delai)),
    ('Intercommunalité',        lambda d, equipe, pour: pour.intercommunalites.get(d.liee, '')),
    ('Communes concernées',     _a_tous(_communes)),
    ('Fonction',                _reserve(lambda d: d.rappel_fonction)),
    ('Synthèse',                _reserve(lambda d: d.synthese)),
    ('Essai',                   lambda d, places, pour: 'oui' if d.essai else 'non'),
    ('Ampleur',                 _reserve(lambda d: regles.AMPLEURS.get(d.ampleur, ''))),
    ('Réponse attendue avant le', _reserve(_jour('attente_au'))),
    ('Réponse attendue',        _reserve(lambda d: d.attente_de)),
    # What the figures count besides, so that they can be counted again from this file alone (domaine.md §11).
    ('Reprise',                 _a_tous(_oui_non('reprise'))),
    ('Diffusion restreinte',    _a_tous(_oui_non('restreinte'))),
    ('Directions',              lambda d, equipe, pour: equipe.directions),
    ('Rappel',                  _reserve(_temps)),
    ('Rappel confirmé',         _reserve(_confirme)),
    ('Date de la proposition',  _reserve(_proposition)),
    ('Sans nouvelles',          _reserve(_oui_non('sans_nouvelles'))),
    ('Hors compétence',         _a_tous(_oui_non('signalee'))),
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
        lues = liste.lister(agent, criteres, parametre('tri'), colonnes,
                            donnees=[v for _, valeurs in calculees for v in valeurs])
        titres = [titre for titre, _ in EXPORT]
        restreintes = []
        fichier, nombre = csv_fichier(f'demandes-{langue.aujourdhui()}.csv', titres,
                                      _lignes_csv(lues, agent, restreintes))
    return livrer(fichier, dire_nombre(nombre, 'demande'), criteres, restreintes)


def _lignes_csv(lues, agent, restreintes):
    """The rows, one at a time: 20,000 demandes never stand in memory together. restreintes: takes the numbers of those
    that are.
    """
    libelles = etiquettes.libelles()
    structures = {libelles['agent'][i].parent for i in agent.identites}
    pour = Lecteur(agent, structures, libelles, _intercommunalites(libelles['epci']))
    lire_equipe = functools.lru_cache(maxsize=1000)(lambda equipe: _lire_equipe(equipe or '', pour))
    cellules = [dire for _, dire in EXPORT]
    for ligne in lues:
        d = Exportee._make(ligne)
        equipe = lire_equipe(d.equipe)
        if d.restreinte:
            restreintes.append(d.numero)
        yield [dire(d, equipe, pour) for dire in cellules]


def _lire_equipe(texte, pour):
    """What EQUIPE says of a team, as an Equipe; the same few teams come back all along an export."""
    places = []
    for place in texte.split(';'):
        if place:
            role, *nombres = place.split(' ')
            places.append(Place(role, *map(int, nombres)))
    return Equipe(
        places, _entiere(places, pour), _noms_de('referent', places, pour.libelles),
        _noms_de('associe', places, pour.libelles), _role_de_la_structure(places, pour),
        _directions(places, pour.libelles['direction']))
