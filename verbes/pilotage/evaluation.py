"""What the mairie says of an accompaniment that is over: answered once, read by a few, counted, sometimes quoted
(regles.md §11). It is asked for as the demande closes: clotures.demander_evaluation.

Its text is for the expert, the chef de file and the administrateurs. Others read counts, wide enough to tell nobody's
answer; and what an administrateur quotes, without names.
"""
import re
from collections import namedtuple

import langue
from models import Evaluation, Refus, db, lignes, une
from langue import dire_instant, maintenant, normaliser

from verbes.demande import liste
from verbes.demande.clotures import EVALUEES
from verbes.journal import auditer, indexer, inscrire
from verbes.regles import SUIVENT
from . import chiffres
from .chiffres import Chiffre

QUESTION, SUITE = 'Cet accompagnement vous a-t-il aidés\u00a0?', 'Qu\'a-t-il permis\u00a0?'
AIDES = {'oui': 'oui', 'en_partie': 'en partie', 'non': 'non'}
PERMIS = {
    'comprendre': 'comprendre ce que nous pouvons ou devons faire',
    'decider':    'décider, ou délibérer',
    'agir':       'engager le projet, les travaux ou le marché',
    'financer':   'trouver des financements',
    'eviter':     'éviter une erreur ou un contentieux',
    'orienter':   'trouver le bon interlocuteur',
    'autre':      'autre chose',
    'rien':       'rien de concret pour l\'instant',
}
TEXTE_MAX = 1000


# ---- The answer of the mairie, by its link: once ----

FERMEES = {
    'rouverte':   'Cette demande est rouverte\u00a0: nous vous demanderons votre avis à la fin de l\'accompagnement.',
    'restreinte': 'Cette demande est devenue confidentielle\u00a0: aucun avis n\'est plus demandé à son sujet.',
    'a_confirmer': 'Avant cela, nous confirmons avec votre collectivité qui suit désormais cette demande\u00a0: '
                   'téléphonez-nous.',
    'pas_posee':  'Aucun avis n\'est demandé pour cette demande.',
}


def lire(demande):
    """The Evaluation of a demande, or None when its mairie was not asked."""
    return une(Evaluation, 'demande_id = ?', demande.numero)


def fermee(demande, posee):
    """Why the questions take no answer, a code of FERMEES or « recue »; '' while they do. posee: lire()."""
    if demande.interlocuteur_depuis:
        return 'a_confirmer'
    if posee and posee.repondu_le:
        return 'recue'
    if not demande.clos_le:
        return 'rouverte'
    if posee is None or demande.issue not in EVALUEES:
        return 'pas_posee'
    return 'restreinte' if demande.restreinte else ''


def repondre(demande, aide, permis, texte='', citable=False):
    """Keep the answer of the mairie; Refus 409 when there is one already, or when none is asked for any more. Sent
    twice, the same one is received once.
    """
    reponse = {'aide': aide, 'permis': permis, 'texte': texte, 'citable': bool(citable and texte)}
    posee = lire(demande)
    pourquoi = fermee(demande, posee)
    if pourquoi == 'recue':
        if all(getattr(posee, nom) == valeur for nom, valeur in reponse.items()):
            return
        raise Refus(f'Votre avis est déjà reçu, le {dire_instant(posee.repondu_le)}\u00a0: il ne se donne qu\'une '
                    'fois, et rien n\'est changé.', 409)
    if pourquoi:
        raise Refus(f'{FERMEES[pourquoi]} Rien n\'est enregistré.', 409)
    for champ, valeur, codes in (('aide', aide, AIDES), ('permis', permis, PERMIS)):
        if valeur not in codes:
            raise Refus('Choisissez une des réponses.', champ=champ)
    Evaluation.update(repondu_le=maintenant(), **reponse).where(Evaluation.demande == demande.numero).execute()
    inscrire(demande, 'equipe', 'Le demandeur a donné son avis sur l\'accompagnement.',
             auteur=demande.a_rappeler, structure=demande.collectivite)
    indexer(demande)


def dire(posee):
    """[(question, answer)] of an answer, in words."""
    return ((QUESTION, AIDES.get(posee.aide, posee.aide)), (SUITE, PERMIS.get(posee.permis, posee.permis)))


def lisible(demande, tenus):
    """The Evaluation, to who holds one of these roles in the demande; None to the others, and when there is none."""
    return lire(demande) if set(tenus) & set(SUIVENT) else None


# ---- The figures: counts of answers, and how many answered ----

# « avis » is the criterion of the list behind.
POSEES = (
    Chiffre('avis_demandes', 'mairies interrogées', 'À la clôture d\'un accompagnement réalisé ou d\'une réponse '
            'apportée\u00a0; jamais à diffusion restreinte.', {'avis': 'demande'}),
    Chiffre('avis_recus', 'avis reçus', 'Un par demande, donné depuis le lien de suivi.', {'avis': 'recu'}),
)
REGLE = ('Demandé par le courriel de clôture d\'un accompagnement réalisé ou d\'une réponse apportée, jamais d\'une '
         'demande à diffusion restreinte ni reprise de l\'ancien suivi. Un taux n\'est dit qu\'à partir de dix mairies '
         'et de trois référents.')
# tu: why nothing of it is said here, in a sentence, else ''; taux: « 45 % », or ''; aides, permis: [(words, how many)],
# empty when they would tell the answer of one mairie (detail says why).
Resume = namedtuple('Resume', 'tu demandees repondues taux aides permis detail')
D_AUTRUI = 'L\'avis des mairies sur une structure n\'est montré qu\'à ses agents et aux administrateurs.'
DETAIL = ('Les réponses se lisent par année civile finie, une à la fois, pour l\'ensemble ou votre structure, à partir '
          'de dix avis sur les accompagnements de trois experts au moins, et s\'il en reste autant aux autres.')
TU = Resume(D_AUTRUI, 0, 0, '', (), (), '')
# None of them is restricted: everyone counts the same.
DEMANDEES = {'comptees': 'oui', 'avis': 'demande'}
DE_L_EVALUATION = 'JOIN evaluation ON evaluation.demande_id = demande.numero'
PLACES = """JOIN (SELECT DISTINCT demande_id, structure_id FROM membre) AS place
            ON place.demande_id = demande.numero"""
# A demande has one référent at most.
REFERENT = """(SELECT tenu.agent_id FROM membre AS tenu
               WHERE tenu.demande_id = demande.numero AND tenu.role = 'referent' LIMIT 1)"""
COLONNES = (
    ('count(*)', []),
    ('count(evaluation.repondu_le)', []),
    (f'count(DISTINCT {REFERENT})', []),
    (f'count(DISTINCT iif(evaluation.repondu_le IS NULL, NULL, {REFERENT}))', []),
    *(('count(iif(evaluation.aide = ?, 1, NULL))', [code]) for code in AIDES),
    *(('count(iif(evaluation.permis = ?, 1, NULL))', [code]) for code in PERMIS),
)


def resumer(agent, criteres):
    """The Resume of the demandes of these criteria (regles.md §7: a structure's is read by its own agents)."""
    if chiffres.delais_dits(agent, DEMANDEES | criteres):
        return TU
    lue, = liste.agreger(agent, DEMANDEES | criteres, COLONNES, jointure=DE_L_EVALUATION, tout=True)
    return _resumer(agent, criteres, lue)


def _resumer(agent, criteres, lue):
    demandees, repondues, referents, leurs_referents, *comptes = lue
    taux = chiffres.taux(repondues, demandees, referents)
    if not (agent.administre or _assez_large(agent, criteres, repondues, leurs_referents)):
        return Resume('', demandees, repondues, taux, (), (), DETAIL)
    aides, permis = comptes[:len(AIDES)], comptes[len(AIDES):]
    return Resume('', demandees, repondues, taux, tuple(zip(AIDES.values(), aides)),
                  tuple(zip(PERMIS.values(), permis)), '')


def _assez_large(agent, criteres, repondues, referents):
    """May the answers be told apart without telling the one of a mairie, by subtraction either: of two periods, of a
    structure in the whole?
    """
    if repondues < chiffres.MINIMUM or referents < chiffres.REFERENTS:
        return False
    if not chiffres.toutes_comptees(agent, {'comptees': 'oui'} | criteres):
        return False
    return criteres['depuis'][:4] == criteres['jusqua'][:4] and _le_reste_aussi(agent, criteres, repondues)


def _le_reste_aussi(agent, criteres, repondues):
    """Are the answers of the whole that are not of this structure none, or as many?"""
    tous = {nom: valeur for nom, valeur in criteres.items() if nom != 'structure'}
    (total,), = liste.agreger(agent, DEMANDEES | tous, COLONNES[1:2], jointure=DE_L_EVALUATION, tout=True)
    return total == repondues or total - repondues >= chiffres.MINIMUM


def par_structure(agent, criteres):
    """{structure id: Resume} of the structures whose evaluation this agent may read: all of them, or their own."""
    structures = liste.lecteur(agent).structures
    lues = liste.agreger(agent, DEMANDEES | criteres, COLONNES, 'place.structure_id', f'{DE_L_EVALUATION} {PLACES}',
                         tout=True)
    return {structure: _resumer(agent, criteres | {'structure': str(structure)}, comptes)
            for structure, *comptes in lues if agent.administre or structure in structures}


# ---- What is quoted: chosen by an administrateur, its names taken away, the original beside it ----

CITABLES = """FROM evaluation JOIN demande ON demande.numero = evaluation.demande_id
              LEFT JOIN fiche ON fiche.id = demande.fiche_id LEFT JOIN agent ON agent.id = evaluation.gardee_par_id
              WHERE evaluation.citable = 1 AND demande.restreinte = 0 AND demande.essai = 0"""
A_LIRE = "evaluation.gardee_le IS NULL AND evaluation.texte <> ''"
GARDEES = 'evaluation.gardee_le IS NOT NULL'
VUES = {'a_lire': A_LIRE, 'gardees': GARDEES}


def combien_citables():
    """{view: how many}."""
    return {vue: db.execute_sql(f'SELECT count(*) {CITABLES} AND {sql}').fetchone()[0] for vue, sql in VUES.items()}


def citables(vue, limite, debut):
    """The texts that may be quoted, as dicts, the newest answer first; of one of VUES."""
    return lignes(f"""
        SELECT evaluation.*, demande.collectivite, demande.type, coalesce(fiche.titre, 'Demande libre') AS titre,
               agent.prenom || ' ' || agent.nom AS gardee_par
        {CITABLES} AND {VUES[vue]}
        ORDER BY evaluation.repondu_le DESC, evaluation.demande_id DESC LIMIT ? OFFSET ?""", limite, debut)


def citations_gardees():
    """[(text, « une commune »)] of all that is kept, the last one first: nothing else of the demande."""
    lues = db.execute_sql(f'SELECT evaluation.citation, demande.type {CITABLES} AND {GARDEES} '
                          'ORDER BY evaluation.gardee_le DESC, evaluation.demande_id').fetchall()
    return [(texte, sans_nom(type_)) for texte, type_ in lues]


def citable(numero):
    """The Evaluation of this demande whose text may be quoted; Refus 404: a text without its tick is none."""
    trouvee = db.execute_sql(f'SELECT demande_id {CITABLES} AND demande.numero = ?', (numero,)).fetchone()
    if not trouvee:
        raise Refus('Ce texte n\'est pas de ceux qui peuvent être cités. Revenez aux avis.', 404)
    return Evaluation.get(Evaluation.demande == numero)


def garder(evaluation, citation, agent):
    """Keep a text (citable) to be quoted, as an administrateur has written it; the original stays."""
    if not citation:
        raise Refus('Écrivez ce qui sera cité, ou ne gardez pas ce texte.', champ='citation')
    nommes = noms_restants(evaluation.demande, citation)
    if nommes:
        raise Refus(f'Retirez {langue.enumerer(nommes)}, car ce texte se cite sans nom.', champ='citation')
    _ecrire_citation(evaluation, citation, maintenant(), agent)
    auditer('citation gardée', agent, f'demande n°\u00a0{evaluation.demande_id}',
            objet=f'evaluation:{evaluation.demande_id}')


def retirer(evaluation, agent):
    """A text kept is not quoted any more."""
    if evaluation.gardee_le:
        _ecrire_citation(evaluation, '', None, None)
        auditer('citation retirée', agent, f'demande n°\u00a0{evaluation.demande_id}',
                objet=f'evaluation:{evaluation.demande_id}')


def _ecrire_citation(evaluation, citation, gardee_le, gardee_par):
    Evaluation.update(citation=citation, gardee_le=gardee_le, gardee_par=gardee_par).where(
        Evaluation.demande == evaluation.demande_id).execute()


def noms_restants(demande, citation):
    """The names that a text still says, « … »: of the collectivité, of who asked, of who helped. A name of a person is
    told from a common word by the capital of its last word.
    """
    lieu = [demande.collectivite] if f' {normaliser(demande.collectivite)} ' in f' {normaliser(citation)} ' else []
    equipe = db.execute_sql('SELECT agent.nom FROM membre JOIN agent ON agent.id = membre.agent_id '
                            'WHERE membre.demande_id = ? ORDER BY membre.id', (demande.numero,))
    mots = [(mot, brut[0].isupper()) for brut in re.findall(r'[^\W_]+', citation) for mot in normaliser(brut).split()]
    personnes = [nom for nom in (demande.nom, demande.rappel_nom, *(nom for nom, in equipe)) if _nomme(nom, mots)]
    return [f'«\u00a0{nom}\u00a0»' for nom in dict.fromkeys([*lieu, *personnes])]


def _nomme(nom, mots):
    """Is a name among words, [(the word as normaliser() makes it, has it a capital?)]?"""
    cherches = normaliser(nom).split()
    suites = (mots[rang:rang + len(cherches)] for rang in range(len(mots)))
    return bool(cherches) and any(suite[-1][1] and [mot for mot, _ in suite] == cherches for suite in suites)


SANS_NOM = {
    'Commune': 'une commune', 'Syndicat': 'un syndicat', 'Autre établissement public': 'un établissement public',
}


def sans_nom(type_):
    """Who is quoted, by the type of the collectivité alone."""
    return SANS_NOM.get(type_, 'une intercommunalité')


def citations(agent, criteres):
    """[(text, « une commune »)] of what is quoted, the last kept first, for a report; [] of a structure whose
    evaluation this agent does not read. Of a period, of all or of one structure: finer criteria would tell who speaks,
    and are not looked at.
    """
    larges = DEMANDEES | {nom: criteres[nom] for nom in ('depuis', 'jusqua', 'structure') if nom in criteres}
    if 'structure' in larges and chiffres.delais_dits(agent, larges):
        return []
    jointure = f'{DE_L_EVALUATION} AND evaluation.citable = 1 AND {GARDEES}'
    colonnes = [('evaluation.gardee_le', []), ('evaluation.citation', []), ('demande.type', [])]
    lues = liste.agreger(agent, larges, colonnes, jointure=jointure, tout=True)
    return [(texte, sans_nom(type_)) for _, texte, type_ in sorted(lues, reverse=True)]

