"""The directory of the contributeurs, for each agent: who does what, how to reach them, who answers
for who is away. No load, nobody « online »."""
import functools
from collections import namedtuple

from markupsafe import Markup

import models
import langue
from models import Refus
from verbes import comptes, interlocuteurs
from views import app, choix, espacer, morceau, page, parametre
from views.champs import Champ
from views.criteres import adresse_de, une_page
from views.entrees import lire_numero

PAGE = '/espace/annuaire'
FILTRES = (
    Champ('q', 'Nom, fonction ou mot'),
    Champ('structure', 'Structure', 'choix', choix='Toutes'),
    Champ('direction', 'Direction', 'choix', choix='Toutes'),
    Champ('theme', 'Thème piloté', 'choix', choix='Tous'),
    Champ('fiche', 'Fiche pilotée', 'choix', choix='Toutes'),
    Champ('territoire', 'Territoire'),
)
# telephone: the internal one, else the one given to the collectivités, else the direction's (de_la_direction);
# pilotees: [(id of the fiche, title, is one its chef de file)]; mots, lieu: what is searched;
# ids: {(filter, number)} of the lists they are in.
Personne = namedtuple('Personne', (
    'id nom fonction structure direction telephone de_la_direction courriel presentation territoire pilotees mots lieu '
    'ids'))


@app.get(PAGE, qui='agent')
def annuaire():
    criteres = {c.nom: parametre(c.nom).strip()[:200] for c in FILTRES}
    for c in FILTRES:
        if c.genre == 'choix' and criteres[c.nom] and not lire_numero(criteres[c.nom]):
            raise Refus('Un filtre de cette adresse n\'est pas valable. Revenez à l\'annuaire.', 400)
    contacts = _repondent(criteres)
    extrait, pages = une_page(contacts, functools.partial(adresse_de, criteres, PAGE))
    absences = interlocuteurs.dire_absences()
    lignes = [morceau('administration/annuaire/ligne.html', 'ligne', p, absences.get(p.id, '')) for p in extrait]
    return page('administration/annuaire/annuaire.html', lignes=Markup('\n').join(lignes), criteres=criteres,
                filtres=_filtres(), territoires=_territoires(), adresses='; '.join(p.courriel for p in contacts),
                lecteurs=comptes.lecteurs(), **pages)


def _repondent(criteres):
    """Those who answer every filter."""
    if not any(criteres.values()):
        return personnes()
    q, lieu = criteres['q'], langue.normaliser(criteres['territoire']).split()
    telephone, mots = langue.telephone(q), langue.normaliser(q).split()
    voulus = {(c.nom, int(criteres[c.nom])) for c in FILTRES if c.genre == 'choix' and criteres[c.nom]}
    return [p for p in personnes()
            if (p.telephone == telephone if telephone else all(mot in p.mots for mot in mots))
            and all(mot in p.lieu for mot in lieu) and voulus <= p.ids]


@models.gardee
def personnes():
    """The Personnes whose account is not closed, in the order of their names."""
    pilotees = {}
    for agent, rang, fiche, titre, theme in models.db.execute_sql(
            """SELECT agent_id, rang, fiche.id, titre, theme_id FROM pilotage JOIN fiche ON fiche.id = fiche_id
               WHERE etat = 'publiee' ORDER BY rang > 0, titre"""):
        pilotees.setdefault(agent, []).append((fiche, titre, not rang, theme))
    agents = models.lire_agents(f'WHERE {models.CONTRIBUE}')
    agents.sort(key=lambda a: (langue.ordre_alphabetique(a.nom), langue.ordre_alphabetique(a.prenom), a.id))
    return [_personne(agent, pilotees.get(agent.id, ())) for agent in agents]


def _personne(agent, pilotees):
    direction, structure = agent.direction, agent.direction.structure
    telephone = agent.telephone or agent.telephone_public
    dits = (agent.nom_complet, agent.fonction, agent.courriel, direction.nom, direction.court, structure.nom,
            structure.sigle, agent.presentation, agent.territoire, *(titre for _, titre, _, _ in pilotees))
    return Personne(
        id=agent.id, nom=agent.nom_complet, fonction=agent.fonction, structure=(structure.sigle, structure.nom),
        direction=(direction.court or direction.nom, direction.nom), telephone=telephone or direction.telephone,
        de_la_direction=not telephone, courriel=agent.courriel, presentation=espacer(agent.presentation),
        territoire=agent.territoire, pilotees=tuple(fiche[:3] for fiche in pilotees),
        mots=langue.normaliser(' '.join(dits)), lieu=langue.normaliser(agent.territoire),
        ids=frozenset([('structure', structure.id), ('direction', direction.id),
                       *(('theme', theme) for _, _, _, theme in pilotees),
                       *(('fiche', fiche) for fiche, _, _, _ in pilotees)]))


def _filtres():
    """FILTRES with their choices."""
    ouvertes = choix.ouvertes('structure')
    listes = {'structure': choix.options(ouvertes), 'direction': choix.directions(), 'theme': choix.themes(),
              'fiche': choix.fiches()}
    return choix.remplir(FILTRES, listes)


@models.gardee
def _territoires():
    """What the agents call their territory, each once: the suggestions of the filter."""
    return sorted({p.territoire for p in personnes()} - {''}, key=langue.ordre_alphabetique)
