"""The collectivités as the agents see them: who has asked, who has not for 24 months, one of them in detail.

A collectivité is what it is today with what it has replaced (perimetre.py). « Received » and « open » are counted by
the conditions of the list that they open (liste.somme); the last demande is of those taken over from before too, which
no figure counts: a commune that asked last spring is not « sans demande ». All is of what the reader reads (regles.md
§7): restricted demandes, that a map would betray, are for their team and the administrateurs.
"""
import json
from collections import defaultdict, namedtuple

import models
from models import Reglage, db
from langue import aujourdhui, jour_de, ordre_alphabetique, plus_mois

from verbes import perimetre
from verbes.demande import liste
from verbes.regles import ECARTS, JOINDRE

MOIS = 24
DIRECT = 'Les demandes reçues en direct et non transmises ne sont pas connues de la Plateforme.'
REELLE = f'demande.essai = 0 AND demande.issue NOT IN {tuple(ECARTS)}'
# Where a collectivité is, besides its EPCI; the filters of the pages.
FILTRES = ('epci', 'arrondissement', 'canton', 'petr', 'secteur')

# A collectivité today. recues: in 24 months; mesurees: of these, those that a rate may be of (not taken over from
# before); ouvertes, en_cours: now; derniere: the day of the last demande, or None;
# accompagnee: the day on which the last accompaniment ended, or None.
Etat = namedtuple('Etat', 'id nom type population epci insee courriel telephone arrondissement canton petr secteur '
                          'recues mesurees ouvertes en_cours derniere accompagnee')


def depuis(mois=MOIS):
    """The first day of the last months, the first one whole: who looks two days running has no day of a deposit."""
    return plus_mois(f'{aujourdhui()[:8]}01', -mois)


def vue(agent):
    """What an agent reads, as the Lecteur that is kept for: the same one for all those who read the same demandes."""
    if isinstance(agent, liste.Lecteur):
        return agent
    if agent.administre and not agent.lecteur_au:
        return liste.Lecteur(True, (), ('1', ()))
    return liste.Lecteur(False, (), _libres(() if agent.lecteur_au else _reservees(liste.lecteur(agent).lisible)))


def _reservees(lisible):
    """The restricted demandes that an agent reads (Lecteur.lisible)."""
    condition, valeurs = lisible
    return db.execute_sql(f"""SELECT numero FROM demande INDEXED BY demande_restreinte
                              WHERE restreinte = 1 AND {condition} ORDER BY numero""", valeurs).fetchall()


def _libres(reservees):
    if not reservees:
        return 'demande.restreinte = 0', ()
    return ('(demande.restreinte = 0 OR demande.numero IN (SELECT value FROM json_each(?)))',
            (json.dumps([numero for numero, in reservees]),))


# What the comité and the « lecteurs » read: nothing that is restricted, no demande, no structure of theirs.
DU_COMITE = liste.Lecteur(False, (), _libres(()))


# ---- All of them ----

@models.une_fois
def etats(lecteur, paires=()):
    """{id today: its Etat}, by name. paires: criteria of the demandes (a period, else the last 24 months; a theme, a
    type).
    """
    decoupage, comptes = perimetre.lire(), _comptes(lecteur, dict(paires))
    par_collectivite = defaultdict(list)
    for id_, compte in comptes.items():
        par_collectivite[decoupage.actuelles[id_]].append(compte)
    lignes = db.execute_sql("""SELECT id, nom, type, population, coalesce(insee, ''), courriel, telephone,
                               arrondissement, canton, petr, secteur FROM collectivite""").fetchall()
    cantons = liste.cantons()
    situations = [
        Etat(id_, nom, type_, population, decoupage.epci[id_], *reste, *_ajouter(par_collectivite[id_]))._replace(
            canton=cantons.get(id_, ''))
        for id_, nom, type_, population, *reste in lignes
        if decoupage.actuelles[id_] == id_ and id_ not in decoupage.a_venir]
    return {etat.id: etat for etat in sorted(situations, key=lambda etat: ordre_alphabetique(etat.nom))}


def _comptes(lecteur, criteres):
    """{id of a collectivité: (received in the period, of which measured, open, under way, last demande, last
    accompaniment ended)}.
    """
    ici = {'depuis': depuis()} | criteres
    toujours = {nom: valeur for nom, valeur in criteres.items() if nom not in ('depuis', 'jusqua')}
    passee, valeurs = liste.marque_de({'recues': 'oui'} | {n: v for n, v in criteres.items() if n != 'depuis'})
    colonnes = [
        liste.somme({'recues': 'oui'} | ici), liste.somme({'comptees': 'oui'} | ici),
        liste.somme({'ouvertes': 'oui'} | toujours),
        liste.somme({'statut': 'en_cours'}), (f'max(iif({passee}, demande.depose_le, NULL))', valeurs),
        (f"max(iif({REELLE} AND demande.statut = 'termine' AND demande.issue = 'realise', demande.clos_le, NULL))", ()),
    ]
    lues = liste.agreger(lecteur, {}, colonnes, groupe='demande.collectivite_id')
    return {id_: compte for id_, *compte in lues if id_ is not None}


def _ajouter(comptes):
    """The same six of several names of one collectivité, instants as days."""
    sommes = [sum(compte[rang] for compte in comptes) for rang in range(4)]
    derniers = [max((compte[rang] for compte in comptes if compte[rang]), default=None) for rang in (4, 5)]
    return [*sommes, *(instant and jour_de(instant) for instant in derniers)]


def sans_demande(etat, du=''):
    """True of one that has asked for nothing since a day, else since depuis()."""
    return etat.derniere is None or etat.derniere < (du or depuis())


def dire_sans(lecteur):
    """« sans demande », or what may be said of it to who does not read all of them (regles.md §7)."""
    return 'sans demande' if lecteur.administre else 'sans demande consultable'


def communes(lecteur, filtres=None, paires=()):
    """The Etat of the communes of some filters (FILTRES, as the list of the demandes takes them), by name; paires: as
    etats() takes them.
    """
    voulus = {nom: valeur.split(',') if nom == 'epci' else [valeur] for nom, valeur in (filtres or {}).items()}
    return [etat for etat in etats(lecteur, *[paires] * bool(paires)).values() if etat.type == 'Commune' and all(
        str(getattr(etat, nom) or liste.AUCUNE) in parmi for nom, parmi in voulus.items())]


# An EPCI: how many communes it has, those without demande, the inhabitants of both.
Groupe = namedtuple('Groupe', 'id nom communes population sans population_sans')


def par_epci(trouvees, noms, du=''):
    """[Groupe] of communes, those of no EPCI last; noms: {id: Libelle}; du: as sans_demande() takes it."""
    groupes = defaultdict(list)
    for etat in trouvees:
        groupes[etat.epci].append(etat)
    lots = []
    for id_, membres in groupes.items():
        sans = [etat for etat in membres if sans_demande(etat, du)]
        lots.append(Groupe(id_, noms[id_].nom if id_ in noms else 'Sans intercommunalité', len(membres),
                           sum(etat.population for etat in membres), len(sans), sum(etat.population for etat in sans)))
    return sorted(lots, key=lambda groupe: (groupe.id is None, ordre_alphabetique(groupe.nom)))


# ---- One of them ----

SIENNES = 'demande.collectivite_id IN (SELECT value FROM json_each(?))'
CONCERNEES = """demande.numero IN (SELECT demande_id FROM demande_commune
                                   WHERE collectivite_id IN (SELECT value FROM json_each(?)))"""
DEMANDES = f"""
    SELECT demande.numero, demande.statut, demande.etape, demande.depose_le, demande.clos_le, demande.theme_id,
           demande.fiche_id, demande.structure_id, demande.issue, demande.organisme, demande.premier_contact_le,
           demande.collectivite, demande.collectivite_id, demande.restreinte, demande.reprise, demande.echeance,
           {liste.PROPOSITION_LE} AS proposition_le,
           (SELECT group_concat(DISTINCT membre.structure_id) FROM membre
            WHERE membre.demande_id = demande.numero AND membre.role = 'chef_de_file'
              AND membre.structure_id <> demande.structure_id) AS autres,
           coalesce({SIENNES}, 0) AS sienne
    FROM demande WHERE ({SIENNES} OR {CONCERNEES}) AND {REELLE} AND """


def demandes_de(lecteur, id_):
    """Its demandes and those that concern it, as dicts, newest first."""
    return _demandes(lecteur, perimetre.famille(id_))


def ouvertes_des_communes(lecteur, id_):
    """The same of the communes of an EPCI, those that are open and not its own; none of a commune."""
    communes = set(perimetre.de_l_epci(id_)) - set(perimetre.famille(id_))
    siennes = {demande['numero'] for demande in demandes_de(lecteur, id_)}
    return [demande for demande in _demandes(lecteur, list(communes))
            if not demande['clos_le'] and demande['numero'] not in siennes]


def _demandes(lecteur, ids):
    siennes, (lisible, valeurs) = json.dumps(ids), lecteur.lisible
    return models.lignes(f'{DEMANDES} {lisible} ORDER BY demande.depose_le DESC, demande.numero DESC',
                         siennes, siennes, siennes, *valeurs)


def compter_par_theme(demandes):
    """[(id of a theme or None, how many)], the most asked for first."""
    comptes = defaultdict(int)
    for demande in demandes:
        comptes[demande['theme_id']] += 1
    return sorted(comptes.items(), key=lambda compte: (-compte[1], compte[0] or 0))


# Who was reached, of the lines that say it.
JOINTS = f"""journal.nature IN {JOINDRE}
             AND (journal.nature <> 'contact' OR journal.fait = 'joint')"""


def dernier_contact(lecteur, id_):
    """{le, nature, auteur, numero} of the last time that it was reached, or None: none from before the last election,
    when those who answered may have left.
    """
    famille, seuil = json.dumps(perimetre.famille(id_)), elections()
    lisible, valeurs = lecteur.lisible
    lignes = models.lignes(f"""
        SELECT {liste.ACTE_LE} AS le, journal.nature, journal.auteur, demande.numero
        FROM demande JOIN journal ON journal.demande_id = demande.numero
        WHERE {SIENNES} AND {JOINTS} AND {REELLE} AND {lisible}
        UNION ALL
        SELECT demande.premier_contact_le, 'contact', '', demande.numero FROM demande
        WHERE {SIENNES} AND demande.premier_contact_le IS NOT NULL AND {REELLE} AND {lisible}""",
        famille, *valeurs, famille, *valeurs)
    depuis = [lu for lu in lignes if lu['le'] >= seuil]
    return max(depuis, key=lambda lu: (lu['le'], bool(lu['auteur']), lu['numero']), default=None)


def contacts(lecteur, ids):
    """{id today: day of the last contact} of some collectivités, of those that were reached since the last election."""
    decoupage, (lisible, valeurs), seuil = perimetre.lire(), lecteur.lisible, elections()
    familles = json.dumps([sien for id_ in ids for sien in perimetre.famille(id_)])
    lignes = db.execute_sql(f"""
        SELECT demande.collectivite_id, max(coalesce(demande.premier_contact_le, ''), coalesce((
                 SELECT max({liste.ACTE_LE}) FROM journal
                 WHERE journal.demande_id = demande.numero AND {JOINTS}), ''))
        FROM demande WHERE {SIENNES} AND {REELLE} AND {lisible} GROUP BY demande.collectivite_id""",
        (familles, *valeurs)).fetchall()
    derniers = defaultdict(str)
    for id_, le in lignes:
        la = decoupage.actuelles[id_]
        derniers[la] = max(derniers[la], le)
    return {id_: le for id_, le in derniers.items() if le >= seuil}


# ---- Whom to speak to ----

# de: the number of the demande that names them; connu_le: the day since which it is known.
Personne = namedtuple('Personne', 'nom fonction telephone courriel de connu_le')
PRESIDENTS = {'Madame': 'présidente', 'Monsieur': 'président'}


def elections():
    """The day of the last election that the base knows of, '' without any: names of before it are not shown."""
    reglages, jour = Reglage.tous(), aujourdhui()
    return max((reglages[cle] for cle in ('elections_le', 'electorale_au') if reglages[cle] <= jour), default='')


def a_confirmer_depuis(id_):
    """The last day since which the interlocuteurs of a collectivité are to be confirmed, '' when they are not."""
    return db.execute_sql(f'SELECT max(demande.interlocuteur_depuis) FROM demande WHERE {SIENNES}',
                          (json.dumps(perimetre.famille(id_)),)).fetchone()[0] or ''


def personnes(lecteur, id_, sures=False):
    """(the Personne to call, or None; are there names that are not shown?): the last one that a demande has named, or
    that was confirmed; none from before the last election, or before they were all to be confirmed. sures: nor any that
    a public form alone has named.
    """
    (lisible, valeurs), seuil = lecteur.lisible, max(elections(), a_confirmer_depuis(id_))
    lues = models.lignes(f"""
        SELECT demande.*, (SELECT max(journal.cree_le) FROM journal WHERE journal.demande_id = demande.numero
                           AND journal.fait IN ('interlocuteur', 'autre')) AS revu_le
        FROM demande WHERE {SIENNES} AND demande.essai = 0 AND {lisible}
          AND (demande.nom <> '' OR demande.rappel_nom <> '')""", json.dumps(perimetre.famille(id_)), *valeurs)
    demandes = sorted(((jour_de(max(lue['depose_le'], lue['revu_le'] or '')), lue['numero'], lue) for lue in lues),
                      key=lambda connue: connue[:2], reverse=True)
    dites = [(le, lue) for le, _, lue in demandes
             if not lue['interlocuteur_depuis'] and le >= seuil and (_sure(lue) or not sures)]
    return _personne(*dites[0]) if dites else None, len(dites) < len(demandes)


def _sure(lue):
    """Was the collectivité reached, or its interlocuteur confirmed, or did an agent write what it told them?"""
    return lue['premier_contact_le'] or lue['revu_le'] or lue['origine'] == 'direct' and not lue['a_confirmer']


def _personne(le, lue):
    rappel = lue['rappel_nom']
    nom = ' '.join(filter(None, (lue['rappel_prenom'], rappel) if rappel else (lue['prenom'], lue['nom'])))
    elu = 'maire' if lue['type'] == 'Commune' else PRESIDENTS.get(lue['civilite'], 'président ou présidente')
    fonction = lue['rappel_fonction'] if rappel else elu
    return Personne(nom, fonction, lue['telephone'], lue['courriel'], lue['numero'], le)
