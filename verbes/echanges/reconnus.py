"""What an old file writes, understood: a collectivité by its name or its code, a person, a fiche, a statut, a date
(historique.py makes demandes of it). Nothing here writes.
"""
import functools
import re
from datetime import date

import langue
from models import Refus, Reglage
from langue import normaliser

from verbes import appellations
from verbes.regles import ISSUES, STATUTS
from .colonnes import COLONNES, lire_cellule
from .references import sql
from .titres import MOTS_DE_STATUT

DEPARTEMENT = re.compile(r'\s*[-–(]\s*\d[\dAB]\d?\s*\)?$')          # after a name: « Péguilhan - 31 »
PROPOSEES_MAX = 6
SENS = (
    ('termine', 'Terminé'), *((f'termine/{code}', f'Terminé, {dit}') for code, dit in ISSUES.items()),
    ('en_cours', 'En cours'), ('receptionne_admin', 'Ouverte, à orienter'), ('rejete', 'Rejeté, à répondre'),
    ('rejete/reponse', 'Rejeté, réponse apportée'), ('abandonne', 'Abandonné'),
)


# ---- In the base ----

def par_code(v, base):
    """The Collectivite that the SIREN (or the SIRET), else the INSEE code, of a row tells, or None."""
    siren, insee = (re.sub(r'\s|[.,]0$', '', v.get(nom, '')) for nom in ('collectivite_siren', 'insee'))
    return base['collectivite'].get(siren[:9]) or base['insee'].get(insee.upper().zfill(5))


def reconnaitre(ecrit):
    """([Collectivite], is the first one certain?, is it what the name says?) of a name.

    Certain: its own, formulas and articles aside, and not its beginning. A CCAS is not the commune that its name says.
    """
    nom = DEPARTEMENT.sub('', ecrit)
    collectivites, sure = appellations.reconnaitre(nom)
    proches = collectivites or appellations.evoquees(nom)
    actuelles = list({c.id: c for c in appellations.actuelles(proches[:PROPOSEES_MAX])}.values())
    coeur = appellations.noyau(normaliser(appellations.decouper(nom)[0]))
    return actuelles, sure and appellations.noyau(actuelles[0].cherche) == coeur, bool(collectivites)


def personnes_de(base):
    """{e-mail or name, as people write it: the accounts}."""
    personnes = {}
    for agent in base['agent'].values():
        prenom, nom = normaliser(agent.prenom), normaliser(agent.nom)
        for dit in {agent.courriel, f'{prenom} {nom}', f'{nom} {prenom}', nom, f'{prenom[:1]} {nom}',
                    f'{nom} {prenom[:1]}'}:
            personnes.setdefault(dit, []).append(agent)
    return personnes


def compte_de(ecrit, personnes):
    """The one account of an e-mail or of a name, « Mme Croquis », « CROQUIS Jonas »; None when there are none or two.
    """
    adresse = langue.adresse(ecrit)
    dit = re.sub('^(m|mr|mme|mlle|monsieur|madame) ', '', normaliser(ecrit))
    trouves = personnes.get(adresse or dit, ())
    return trouves[0] if len(trouves) == 1 else None


def fiches_de(base):
    fiches = {}
    for theme, siennes in base['fiche'].items():
        for repere, fiche in siennes.items():
            fiches.setdefault(normaliser(fiche.titre), []).append((not fiche.publiee, theme, repere, fiche.id))
    return {titre: sorted(siennes) for titre, siennes in fiches.items()}


def chefs_des_fiches():
    chefs = {}
    for fiche, courriel in sql('SELECT fiche_id, courriel FROM pilotage JOIN agent ON agent.id = agent_id '
                               'WHERE actif AND lecteur_au IS NULL ORDER BY fiche_id, rang'):
        chefs.setdefault(fiche, []).append(courriel)
    return chefs


# ---- In words ----

_ISSUES_DITES = {normaliser(dit): ('termine', code) for code, dit in ISSUES.items()}
_STATUTS_DITS = {normaliser(mot): (code, '') for code, dit in STATUTS.items() for mot in (dit, code)} | (
    MOTS_DE_STATUT | _ISSUES_DITES)


def sens_du_statut(ecrit):
    """(statut, issue) of what a file writes of a statut, None for a word that is to be said once.

    « En cours (voir JP) » is « En cours »; « Terminé – réponse apportée » says its issue.
    """
    parties = [partie for partie in map(normaliser, re.split(r'\s[-–—:]\s|[(,;/]', ecrit)) if partie]
    debuts = {sens for dit, sens in _STATUTS_DITS.items() if parties and dit.startswith(f'{parties[0]} ')}
    sens = _STATUTS_DITS.get(normaliser(ecrit)) or _STATUTS_DITS.get(parties[0] if parties else '')
    if not sens and len(debuts) != 1:
        return None
    statut, issue = sens or debuts.pop()
    dites = [_ISSUES_DITES[partie][1] for partie in parties[1:] if partie in _ISSUES_DITES]
    return statut, issue or (dites[0] if dites and statut == 'termine' else '')


def dit_une_fois(reponse):
    statut, _, issue = reponse.partition('/')
    return (statut, issue) if reponse in dict(SENS) else None


SEMAINE = re.compile(r'(?:s|sem\.?|semaine) ?0?([1-9]\d?)[ /.-]+((?:19|20)\d\d)', re.IGNORECASE)
SANS_ANNEE = re.compile(r'\d\d?(?:[/.-]\d\d?|(?:er)? [^\W\d]{3,}\.?)')


def completer_la_date(cellule):
    """« 01/02/2021 » of « févr. 2021 », « 01/01/2021 » of « 2021 », the Monday of « S11 2025 »; '' of what lacks more,
    or nothing.
    """
    semaine = SEMAINE.fullmatch(cellule)
    if semaine:
        try:
            return langue.dire_jour(date.fromisocalendar(int(semaine[2]), int(semaine[1]), 1).isoformat(), True)
        except ValueError:                                          # of 52 weeks, a 53rd
            return ''
    annee = re.fullmatch(r'((?:[^\W\d]+\.?|\d\d?)[ /.-])?((?:19|20)\d\d)([.,]0+)?', cellule)
    if not annee:
        return ''
    jour = f'1/{annee[1] or "1/"}{annee[2]}' if not annee[1] or annee[1][0].isdigit() else f'1 {annee[1]}{annee[2]}'
    lu = jour_ecrit(jour)
    return langue.dire_jour(lu, True) if lu else ''


def dater_sans_annee(cellule, annees):
    """The days of « 12/6 », « 12 juin », in these years, those that exist."""
    suite = ' ' if ' ' in cellule else '/'
    return list(filter(None, (jour_ecrit(f'{cellule}{suite}{annee}') for annee in annees)))


@functools.lru_cache(maxsize=4096)
def jour_ecrit(cellule):
    """The Paris day of a date as it is written, '' of what is none, which its own reading says."""
    try:
        return langue.jour_de(lire_cellule(DATE, cellule) or '') if cellule else ''
    except Refus:
        return ''


DATE = next(c for c in COLONNES['demandes'] if c.nom == 'clos_le')


def entier(cellule):
    trouve = re.fullmatch(r'([1-9][0-9]{0,5})([.,]0{1,2})?', cellule.strip())
    return int(trouve[1]) if trouve else None


def adresses(cellule):
    """The e-mails of a cell that may say more, « a @ b.fr ; c@d.fr »."""
    collee = '@'.join(partie.strip() for partie in cellule.split('@'))
    return [lue for lue in map(langue.adresse, re.split(r'[\s;,<>()/]+', collee)) if lue]


def telephones(cellule):
    """The telephones of a cell that may say more, « 05 36 49 00 10 (le matin) »."""
    return [lu for lu in map(langue.telephone, TELEPHONE.findall(cellule)) if lu]


TELEPHONE = re.compile(r'(?:\+33|0)\s?[1-9](?:[\s.\-/]?\d\d){4}(?!\d)')


# ---- The retention ----

def terme_connu():
    """The years that the département keeps a demande once closed (setting « conservation »), None if it says none."""
    ecrit = re.search(r'\b(\d{1,3})\s?ans?\b', Reglage.tous()['conservation'])
    return int(ecrit[1]) if ecrit else None


def terme(reponses):
    """The day before which a closing is past its retention; '' when all is kept."""
    ans = terme_connu()
    ans = int(reponses.get('terme') or 0) if ans is None else ans
    return langue.plus_mois(langue.aujourdhui(), -12 * ans) if ans else ''
