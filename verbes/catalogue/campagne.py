"""« Revue annuelle »: once a year, who pilots each fiche and who wrote each ressource says that it is still right.

One is open at a time. Its lines are there from the opening, so that its report says what was not answered; no answer
suspends nothing. The first answer holds (versions.repondre): a change that is proposed is one. Whom it is asked of, and
reminded, is of the day: questions.attendus_a_la_revue(), demande/points.py.
"""
from collections import defaultdict, namedtuple

from peewee import fn

from models import Agent, Campagne, CampagneReponse, Contenu, Demande, Fiche, Refus, db, gardee, jours_fermes, relire
from langue import aujourdhui, dire_jour, dire_nombre, jour_de, maintenant, ouvre_des, plus_jours, plus_mois

from verbes import recherche, versions
from verbes.contenus import contenus
from verbes.etiquettes import libelles
from verbes.journal import auditer
from verbes.questions import DE_LA_REVUE, attendus_a_la_revue, demandes_lisibles, repondants
from verbes.regles import DITES
from . import besoins, portes
from .catalogue import COUT, fiches_pilotees

DUREE, FIN_HABITUELLE = 60, '01-29'                                 # days that are proposed; not before this day
VALABLE = 12                                                        # months: then a fiche is « à revoir »
# genre: « fiche », « contenu »; structures: of who answers, short; ouvertes: demandes that the reader may read;
# la: is it still of the catalogue? attendus: ids of who is asked, none once it is answered.
Ligne = namedtuple('Ligne', 'id genre objet titre reponse pourquoi agent auteur repondu_le verifie_le direction la '
                            'structures ouvertes attendus')


# ---- Opening, closing ----

@gardee
def ouverte():
    return Campagne.get_or_none(Campagne.close_le.is_null())


def proposee():
    """(the year, the last day) of the one that would be opened now."""
    annee = int(plus_jours(aujourdhui(), DUREE)[:4])
    while Campagne.select().where(Campagne.annee == annee).exists():
        annee += 1
    return annee, ouvre_des(max(plus_jours(aujourdhui(), DUREE), f'{annee}-{FIN_HABITUELLE}'), jours_fermes())


# What it asks about: every fiche that the public reads, every ressource that is published.
A_REVOIR = """
    SELECT id AS fiche_id, NULL AS contenu_id, direction_id, NULL AS agent_id
    FROM fiche WHERE etat IN ('publiee', 'suspendue')
    UNION ALL SELECT NULL, id, NULL, agent_id FROM contenu WHERE genre = 'ressource' AND etat = 'publie'"""


def apercu():
    """(how many fiches, ressources, the names of who would be asked) of a revue that would be opened now."""
    lignes = db.execute_sql(f'SELECT fiche_id, contenu_id, direction_id, agent_id FROM ({A_REVOIR})').fetchall()
    demandes = repondants([((fiche, contenu), fiche, *suite) for fiche, contenu, *suite in lignes])
    fiches = sum(fiche is not None for fiche, *_ in lignes)
    return fiches, len(lignes) - fiches, noms_de({agent for ids in demandes.values() for agent in ids})


def ouvrir(agent, annee, ferme_le):
    """Ask about all that the public reads; returns the Campagne's id."""
    autre = ouverte()
    if autre:
        raise Refus(f'La revue annuelle {autre.annee} est déjà ouverte\u00a0: il n\'y en a qu\'une à la fois.', 409)
    if Campagne.select().where(Campagne.annee == annee).exists():
        raise Refus(f'La revue annuelle {annee} a déjà eu lieu\u00a0: relisez son rapport.', 409)
    _verifier_le_jour(annee, ferme_le)
    revue = Campagne.create(annee=annee, ferme_le=ferme_le, ouverte_le=maintenant(), ouverte_par=agent)
    db.execute_sql(f"""INSERT INTO campagne_reponse (campagne_id, fiche_id, contenu_id)
                       SELECT ?, fiche_id, contenu_id FROM ({A_REVOIR})
                       ORDER BY fiche_id IS NULL, fiche_id, contenu_id""", (revue.id,))
    if not revue.reponses.exists():
        raise Refus('Le catalogue n\'a ni fiche ni ressource publiée\u00a0: il n\'y a rien à revoir.', 409)
    auditer('revue annuelle ouverte', agent, f'{annee}, jusqu\'au {dire_jour(ferme_le, True)}',
            objet=f'campagne:{revue.id}')
    return revue.id


def _verifier_le_jour(annee, ferme_le):
    if ferme_le <= aujourdhui() or ferme_le[:4] != str(annee):
        raise Refus(f'Choisissez un jour à venir de {annee}.', champ='ferme_le')
    if ouvre_des(ferme_le, jours_fermes()) != ferme_le:
        raise Refus(f'Le {dire_jour(ferme_le, True)} n\'est pas un jour ouvré\u00a0: choisissez-en un autre.',
                    champ='ferme_le')


def changer_le_jour(revue, agent, ferme_le):
    """Another last day, sooner or later: the reminders say it from then on."""
    revue = _encore_ouverte(revue)
    _verifier_le_jour(revue.annee, ferme_le)
    if ferme_le == revue.ferme_le:
        return
    Campagne.update(ferme_le=ferme_le).where(Campagne.id == revue.id).execute()
    auditer('revue annuelle changée', agent, f'{revue.annee}, jusqu\'au {dire_jour(revue.ferme_le, True)} → '
            f'{dire_jour(ferme_le, True)}', objet=f'campagne:{revue.id}')


def s_annule(revue):
    """Opened by mistake: nobody has answered yet."""
    return not revue.close_le and not revue.reponses.where(CampagneReponse.reponse != '').exists()


def annuler(revue, agent):
    """As if it had never been opened: nobody is asked any more. A first answer holds it."""
    revue = _encore_ouverte(revue)
    if not s_annule(revue):
        raise Refus(f'Des réponses sont déjà données à la revue annuelle {revue.annee}\u00a0: elle ne s\'annule plus. '
                    'Changez son dernier jour, et vous la clorez ce jour-là.', 409)
    CampagneReponse.delete().where(CampagneReponse.campagne == revue).execute()
    revue.delete_instance()
    auditer('revue annuelle annulée', agent, str(revue.annee), objet=f'campagne:{revue.id}')


def _relue(revue):
    """As it is now: another may have cancelled it."""
    relue = relire(revue)
    if relue is None:
        raise Refus(f'La revue annuelle {revue.annee} vient d\'être annulée\u00a0: elle ne demande plus rien.', 409)
    return relue


def _encore_ouverte(revue):
    revue = _relue(revue)
    if revue.close_le:
        raise Refus(f'Cette revue annuelle est déjà close, depuis le {dire_jour(revue.close_le, True)}.', 409)
    return revue


def clore(revue, agent):
    """End it: on its last day or after; before, once all is answered. What left the catalogue unanswered is said so."""
    revue = _encore_ouverte(revue)
    restent = len(attendus_a_la_revue())
    if not se_clot(revue):
        raise Refus(f'Il manque encore {dire_nombre(restent, "réponse")}, et la revue court jusqu\'au '
                    f'{dire_jour(revue.ferme_le, True)}\u00a0: vous la clorez ce jour-là.', 409)
    db.execute_sql(f"""UPDATE campagne_reponse SET reponse = 'sortie' WHERE reponse = '' AND campagne_id = ?
                       AND id NOT IN (SELECT une.id {DE_LA_REVUE})""", (revue.id,))
    Campagne.update(close_le=maintenant()).where(Campagne.id == revue.id).execute()
    auditer('revue annuelle close', agent, f'{revue.annee}, {restent} sans réponse', objet=f'campagne:{revue.id}')


def se_clot(revue):
    return not revue.close_le and (aujourdhui() >= revue.ferme_le or not attendus_a_la_revue())


# ---- Answering ----

def peut_repondre(ligne, agent):
    """Who pilots the fiche, who wrote the ressource; an administrateur for all."""
    if agent.administre:
        return True
    return ligne.objet in fiches_pilotees(agent) if ligne.genre == 'fiche' else bool(
        Contenu.select().where(Contenu.id == ligne.objet, Contenu.agent.in_(list(agent.identites))).exists())


def repondre(revue, ligne, agent, reponse, pourquoi=''):
    """« Exacte, rien à changer », or « À retirer du catalogue », which an administrateur then does, or does not."""
    revue = _relue(revue)
    ligne, = lire(revue, agent, ligne.id)
    quoi = 'Cette fiche' if ligne.genre == 'fiche' else 'Cette ressource'
    if not peut_repondre(ligne, agent):
        raise Refus(f'{quoi} n\'est pas des vôtres\u00a0: qui la pilote répond.', 403)
    if revue.close_le:
        raise Refus(f'La revue annuelle {revue.annee} est close depuis le {dire_jour(revue.close_le, True)}\u00a0: '
                    'votre réponse n\'est pas enregistrée. Proposez un changement à tout moment.', 409)
    if not ligne.la:
        raise Refus(f'{quoi} n\'est plus au catalogue\u00a0: la revue ne la demande plus.', 409)
    if reponse == 'retrait' and not pourquoi:
        raise Refus('Dites pourquoi la retirer\u00a0: un administrateur décide.', champ='pourquoi')
    if not versions.repondre(ligne.genre, ligne.objet, reponse, agent, pourquoi):
        raise Refus(f'{ligne.auteur} a déjà répondu le {dire_jour(ligne.repondu_le)}\u00a0: '
                    f'{DITES[ligne.reponse]}. La première réponse vaut\u00a0; proposez un changement si elle est '
                    'fausse.', 409)
    if reponse == 'exacte':
        (_verifier_fiche if ligne.genre == 'fiche' else _verifier_ressource)(revue, ligne, agent)
    auditer('revue annuelle répondue', agent, f'{ligne.titre}\u00a0: {DITES[reponse]}',
            objet=f'{ligne.genre}:{ligne.objet}')


def _verifier_fiche(revue, ligne, agent):
    Fiche.update(verifie_le=aujourdhui()).where(Fiche.id == ligne.objet).execute()


def _verifier_ressource(revue, ligne, agent):
    """Its two days are words of it, in its versions."""
    contenu, jour = Contenu.get_by_id(ligne.objet), aujourdhui()
    jours, avant = {'verifie_le': jour, 'a_revoir_le': plus_mois(jour, VALABLE)}, contenus.champs_de(contenu)
    if avant | jours != avant:
        Contenu.update(**jours).where(Contenu.id == contenu.id).execute()
        versions.publier('contenu', contenu.id, avant, avant | jours, f'Revue annuelle {revue.annee}\u00a0: exacte.',
                         agent)


# ---- Reading ----

LIGNES = """
    SELECT une.id, fiche.id, contenu.id, coalesce(fiche.titre, contenu.titre), reponse, pourquoi, une.agent_id,
           auteur.prenom || ' ' || auteur.nom, repondu_le, coalesce(fiche.verifie_le, contenu.verifie_le),
           coalesce(fiche.direction_id, ecrit.direction_id),
           coalesce(fiche.etat IN ('publiee', 'suspendue'), contenu.etat = 'publie')
    FROM campagne_reponse AS une LEFT JOIN fiche ON fiche.id = fiche_id LEFT JOIN contenu ON contenu.id = contenu_id
    LEFT JOIN agent AS auteur ON auteur.id = une.agent_id LEFT JOIN agent AS ecrit ON ecrit.id = contenu.agent_id
    WHERE campagne_id = ?1 AND (?2 IS NULL OR une.id = ?2) ORDER BY fiche.id IS NULL, fiche.id, contenu.id"""


def lire(revue, agent, seule=None):
    """[Ligne] of a revue annuelle, fiches first; seule: the id of one of them."""
    attendus = attendus_a_la_revue() if not revue.close_le else {}
    ouvertes = dict(demandes_lisibles(agent).select(Demande.fiche, fn.count()).where(
        Demande.clos_le.is_null(), Demande.fiche.is_null(False)).group_by(Demande.fiche).tuples())
    lignes, structures = [], _structures()
    for id_, fiche, contenu, *dits, la in db.execute_sql(LIGNES, (revue.id, seule)).fetchall():
        lignes.append(Ligne(id_, 'fiche' if fiche else 'contenu', fiche or contenu, *dits, bool(la),
                            structures.get(fiche, ()), ouvertes.get(fiche, 0) if fiche else 0, attendus.get(id_, ())))
    return lignes


def _structures():
    """{fiche id: the short names of the structures of its chefs}: of two, both are said."""
    noms, par_fiche = libelles(), defaultdict(dict)
    for fiche, agent in db.execute_sql('SELECT fiche_id, agent_id FROM pilotage ORDER BY fiche_id, rang, agent_id'):
        if agent in noms['agent']:
            par_fiche[fiche][noms['structure'][noms['agent'][agent].parent].court] = None
    return {fiche: tuple(structures) for fiche, structures in par_fiche.items()}


def les_miennes(agent):
    """([Ligne] asked of an agent, or of whom they act for; those of theirs that are answered), of the one that is open.
    """
    revue, identites = ouverte(), {*agent.identites}
    lignes = lire(revue, agent) if revue else []
    return ([ligne for ligne in lignes if identites.intersection(ligne.attendus)],
            [ligne for ligne in lignes if ligne.reponse and (ligne.agent in identites or (
                not agent.administre and peut_repondre(ligne, agent)))])


def combien_m_attendent(agent):
    siens = {*agent.identites}
    return sum(bool(siens.intersection(ids)) for ids in attendus_a_la_revue().values())


def a_clore():
    """The year of the one whose last day has passed, or None."""
    passee = db.execute_sql('SELECT annee FROM campagne WHERE close_le IS NULL AND ferme_le < ?', (aujourdhui(),))
    return next((annee for annee, in passee), None)


def par_direction(lignes):
    """[(direction id or None, {answer: how many}, ids of who is asked)], in the order of the labels."""
    rangees = {id_: (defaultdict(int), {}) for id_ in (*libelles()['direction'], None)}
    for ligne in lignes:
        nombres, attendus = rangees[ligne.direction]
        nombres[etat_de(ligne)] += 1
        attendus.update(dict.fromkeys(ligne.attendus))
    return [(id_, nombres, list(attendus)) for id_, (nombres, attendus) in rangees.items() if nombres]


def etat_de(ligne):
    """What is said of a line: its answer, « sortie » once it has left the catalogue without one, '' as none."""
    return ligne.reponse or ('' if ligne.la else 'sortie')


def noms_de(ids):
    return [a.nom_complet for a in Agent.select().where(Agent.id.in_(list(ids))).order_by(Agent.nom, Agent.id)]


# ---- What ages ----

def a_revoir(fiche):
    """Neither verified nor changed for twelve months: « Fiches à revoir », between two revues."""
    return fiche.etat in ('publiee', 'suspendue') and max(fiche.verifie_le or '', fiche.maj_le) < plus_mois(
        aujourdhui(), -VALABLE)


def inchanges_depuis(fiche):
    """{« cout », « mots »: the day since which these words of a fiche are the same}, as far as is known."""
    jours = {}
    for version in reversed(versions.versions_de('fiche', fiche.id)):
        for quoi, noms in (('cout', COUT), ('mots', ('mots',))):
            if version.numero and {*noms} & {*version.changes.split()}:
                jours[quoi] = jour_de(version.decide_le or version.cree_le)
    return dict.fromkeys(('cout', 'mots'), fiche.maj_le) | jours


def portes_a_verifier(fiche):
    """The « autres portes » near to what a fiche is about that nobody has verified for a year."""
    proches, _ = portes.lister_pour(f'{fiche.titre} {fiche.mots}')
    return [porte for porte in proches if portes.a_verifier(porte)]


def mots_cherches():
    """{fiche id: [(words, how many times)]} of what was searched in vain, under the fiche that is the nearest to it."""
    cherches = defaultdict(list)
    for mots, nombre, *_ in besoins.recherches_vaines():
        trouvees = [t for t in recherche.proches(mots) if not recherche.est_une_porte(t)]
        if trouvees:
            cherches[trouvees[0].id].append((mots, nombre))
    return cherches
