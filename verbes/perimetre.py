"""What each collectivité is today: part of another since a day, of an EPCI since a day (regles.md §3).

A merger or a change of EPCI is entered ahead and takes effect at midnight in Paris: it is computed by day, no job moves
anything, and what is kept in memory is kept for a day (models.moment). Demandes are never re-pointed: whoever asks for
those of a collectivité asks for its family. Nothing here writes.
"""
from collections import Counter, namedtuple

import models
from langue import aujourdhui, de, dire_jour_long, plus_jours

from . import regles

# actuelles: {id: id today}; familles: {id today: ids}; epci: {id: id of its EPCI today, or None}; depuis: {id: since
# when it is part of another, '' when unknown}; noms: {id: (name, as the search reads it)}; a_venir: ids not there yet;
# avant: {id: id of its EPCI before any merger or change}; intercommunales: the ids of the EPCI themselves;
# nouvelles: of the communes nouvelles.
Perimetre = namedtuple('Perimetre', 'actuelles familles epci depuis noms a_venir avant intercommunales nouvelles')


def remplacee(remplacee_par_id, jusqu_au, jour):
    """True from the day after its last one on; without that day, at once."""
    return bool(remplacee_par_id) and (jusqu_au or '') < jour


@models.gardee
def lire():
    """The Perimetre of today."""
    jour = aujourdhui()
    collectivites = models.db.execute_sql(
        """SELECT id, nom, cherche, remplacee_par_id, jusqu_au, depuis, acte_le, epci_id, epci_suivant_id,
                  epci_le, type FROM collectivite""").fetchall()
    vers = {id_: (par, plus_jours(fin, 1) if fin else '') for id_, _, _, par, fin, *_ in collectivites
            if remplacee(par, fin, jour)}
    actuelles, depuis, familles = {}, {}, {}
    for id_, *_ in collectivites:
        actuelles[id_], depuis[id_] = _suivre(id_, vers)
        familles.setdefault(actuelles[id_], []).append(id_)
    epcis = {id_: suivant if le and le <= jour else epci for id_, *_, epci, suivant, le, _ in collectivites}
    epci = {id_: actuelles.get(epcis[actuelles[id_]]) for id_ in actuelles}
    noms = {id_: (nom, cherche) for id_, nom, cherche, *_ in collectivites}
    return Perimetre(actuelles, familles, epci, depuis, noms,
                     {id_ for id_, _, _, _, _, premier, *_ in collectivites if premier and premier > jour},
                     {id_: avant for id_, *_, avant, _, _, _ in collectivites},
                     {id_ for id_, *_, type_ in collectivites if type_ in regles.TYPES_D_EPCI},
                     {id_ for id_, _, _, _, _, _, acte, *_ in collectivites if acte})


def _suivre(id_, vers):
    """(what it is at the end of the chain, since when); a circle, which only a file can hold, is not followed twice."""
    vus, depuis = set(), ''
    while id_ in vers and id_ not in vus:
        vus.add(id_)
        id_, depuis = vers[id_]
    return id_, depuis


def actuelle(id_):
    """The id of what a collectivité is today: its own, as a rule."""
    return lire().actuelles.get(id_, id_)


def famille(id_):
    """The ids that are one collectivité today, this one's."""
    perimetre = lire()
    return perimetre.familles.get(perimetre.actuelles.get(id_, id_), [id_])


def de_l_epci(id_, avant=False):
    """The ids of an EPCI and of whatever is in it today; avant: before the mergers and the changes of EPCI."""
    perimetre = lire()
    if avant:
        return [id_, *(sien for sien, epci in perimetre.avant.items() if epci == id_)]
    la = perimetre.actuelles.get(id_, id_)
    return [*perimetre.familles.get(la, [id_]), *(sien for sien, epci in perimetre.epci.items() if epci == la)]


@models.gardee
def par_epci(avant=False):
    """{id of each EPCI: de_l_epci() of it}."""
    perimetre = lire()
    tous = {*perimetre.intercommunales, *(perimetre.avant if avant else perimetre.epci).values()} - {None}
    return {id_: de_l_epci(id_, avant) for id_ in sorted(tous if avant else {perimetre.actuelles[id_] for id_ in tous})}


def epci(id_):
    """The id of the EPCI of today, or None."""
    return lire().epci.get(id_)


def dire(id_):
    """« Rieumes fait partie de Rieumes-Savès depuis le 1er janvier 2027 », of a commune nouvelle « Rieumes, commune
    déléguée de … »; '' of one that is itself.
    """
    perimetre = lire()
    la = perimetre.actuelles.get(id_, id_)
    if la == id_:
        return ''
    depuis = perimetre.depuis[id_]
    quand = f' depuis le {dire_jour_long(depuis, semaine=False)}' if depuis else ''
    lien = ', commune déléguée' if la in perimetre.nouvelles else ' fait partie'
    return f'{perimetre.noms[id_][0]}{lien} {de(perimetre.noms[la][0])}{quand}'


def autres_noms(cherche):
    """The other names (normalised) of the collectivité that bears exactly this one, before or today."""
    perimetre = lire()
    siens = {la for la, ids in perimetre.familles.items()
             if len(ids) > 1 and any(perimetre.noms[i][1] == cherche for i in ids)}
    return sorted({perimetre.noms[i][1] for la in siens for i in perimetre.familles[la]} - {cherche})


# ---- A reference file of the year, beside what was entered ----

def laissee(v, collectivite):
    """True when a line is of a collectivité that another replaces today: the file does not know of it, it stays so."""
    return bool(collectivite and not v.get('remplacee_par')
                and remplacee(collectivite.remplacee_par_id, collectivite.jusqu_au, aujourdhui()))


def dire_fusions(lignes):
    """What a file of collectivités lets guess, in sentences: those replaced, left alone; those that are missing from a
    file which names half of their type, likely merged.

    lignes: {column: value} of each.
    """
    jour, nommees = aujourdhui(), {code for v in lignes for code in (v['siren'], v['insee']) if code}
    collectivites = models.db.execute_sql(
        'SELECT coalesce(siren, insee), nom, type, remplacee_par_id, jusqu_au, depuis FROM collectivite').fetchall()
    la = [(siren, nom, type_) for siren, nom, type_, par, _, premier in collectivites
          if not par and (premier or '') <= jour]
    parties = {siren: nom for siren, nom, _, par, fin, _ in collectivites if remplacee(par, fin, jour)}
    laissees = [parties[siren] for siren in (nommees & parties.keys()) - {siren for siren, *_ in la}]
    total = Counter(type_ for *_, type_ in la)
    presentes = Counter(type_ for siren, _, type_ in la if siren in nommees)
    absentes = [nom for siren, nom, type_ in la if siren not in nommees and 2 * presentes[type_] >= total[type_]]
    dites = ((laissees, 'Laissées comme elles sont, puisqu\'une autre les remplace : {}.'),
             (absentes, 'Absentes de ce fichier : {}. Est-ce une fusion ? Elle s\'enregistre à l\'écran '
                        '(Administration, Collectivités, « Enregistrer une fusion »).'))
    return tuple(dit.format(_citer(sorted(noms))) for noms, dit in dites if noms)


def _citer(noms):
    return ', '.join(noms[:20]) + (f' et {len(noms) - 20} autres' if len(noms) > 20 else '')
