"""What mairies ask that no fiche says: hints for the catalogue. Words alone, never of a restricted demande, nor a name;
enough requests of enough collectivités that nobody is recognised."""
from collections import Counter, defaultdict

from models import SansReponse, db
from langue import aujourdhui, debut_du_jour, normaliser, plus_jours

from verbes.recherche import COURANTS, INTENTIONS, mots_de, racine

DEMANDES, COLLECTIVITES, JOURS = 5, 3, 3                            # at least, for a word of requests; of a search
DEPUIS = 365                                                        # days
MOTS_MAX = 40

_LIBRES = """
    SELECT message, coalesce('c' || collectivite_id, collectivite) FROM demande
    WHERE fiche_id IS NULL AND origine = 'plateforme' AND restreinte = 0 AND importee = 0 AND essai = 0
      AND depose_le >= ?"""
_LIEUX = 'SELECT collectivite || \' \' || lieu FROM demande WHERE fiche_id IS NULL AND depose_le >= ?'
_NOMS = """
    SELECT prenom || ' ' || nom || ' ' || rappel_prenom || ' ' || rappel_nom FROM demande WHERE depose_le >= ?
    UNION ALL SELECT prenom || ' ' || nom FROM agent UNION ALL SELECT nom FROM collectivite"""


def _mots(*lectures):
    """(the day since which, every word of what these say)."""
    debut = debut_du_jour(plus_jours(aujourdhui(), -DEPUIS))
    return debut, {mot for sql in lectures for dit, in db.execute_sql(sql, (debut,)) for mot in normaliser(dit).split()}


def mots_frequents():
    """[(word, how many free requests, of how many collectivités)] of these last twelve months, most frequent first."""
    debut, noms = _mots(_NOMS, _LIEUX)
    ecartes = {*INTENTIONS, *COURANTS, *noms}
    formes, demandes, communes = defaultdict(Counter), Counter(), defaultdict(set)
    for message, collectivite in db.execute_sql(_LIBRES, (debut,)):
        dits = {racine(mot): mot for mot in mots_de(message) if mot not in ecartes}
        for stem, mot in dits.items():
            formes[stem][mot] += 1
            demandes[stem] += 1
            communes[stem].add(collectivite)
    trouves = [(formes[stem].most_common(1)[0][0], nombre, len(communes[stem])) for stem, nombre in demandes.items()
               if nombre >= DEMANDES and len(communes[stem]) >= COLLECTIVITES]
    return sorted(trouves, key=lambda un: (-un[1], un[0]))[:MOTS_MAX]


def recherches_vaines():
    """[(words, how many times, on how many days, the last)] that no fiche answered, on several days; not the names."""
    _, noms = _mots(_NOMS)
    lues = (SansReponse.select(SansReponse.mots, SansReponse.nombre, SansReponse.jours, SansReponse.vu_le)
            .where(SansReponse.jours >= JOURS)
            .order_by(SansReponse.nombre.desc(), SansReponse.vu_le.desc(), SansReponse.mots).tuples())
    sans_noms = ((' '.join(mot for mot in mots.split() if mot not in noms), *suite) for mots, *suite in lues)
    return [vaine for vaine in sans_noms if vaine[0]]
