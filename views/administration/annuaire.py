"""The directory of the contributeurs, for each agent: who does what, how to reach them, who answers
for who is away. No load, nobody « online »."""
import functools
from collections import namedtuple

import models
import langue
from models import Refus
from verbes import comptes, interlocuteurs
from views import app, choix, page, parametre
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
# pilotees: [(id of the fiche, title, is one its chef de file)]; mots, lieu: what is searched.
Personne = namedtuple('Personne', (
    'id nom fonction structure direction telephone de_la_direction courriel presentation territoire pilotees mots lieu '
    'ids'))


@app.get(PAGE, qui='agent')
def annuaire():
    criteres = {c.nom: parametre(c.nom).strip()[:200] for c in FILTRES}
    for c in FILTRES:
        if c.genre == 'choix' and criteres[c.nom] and not lire_numero(criteres[c.nom]):
            raise Refus('Un filtre de cette adresse n\'est pas valable. Revenez à l\'annuaire.', 400)
    trouvees = [p for p in personnes() if _repond(p, criteres)]
    montrees, pages = une_page(trouvees, functools.partial(adresse_de, criteres, PAGE))
    return page('administration/annuaire/annuaire.html', personnes=montrees, criteres=criteres, filtres=_filtres(),
                territoires=_territoires(), adresses='; '.join(p.courriel for p in trouvees),
                lecteurs=comptes.lecteurs(), absences=interlocuteurs.dire_absences(), **pages)


def _repond(p, criteres):
    """True when a person answers every filter."""
    q, lieu = criteres['q'], langue.normaliser(criteres['territoire']).split()
    telephone = langue.telephone(q)
    trouvee = telephone == p.telephone if telephone else all(mot in p.mots for mot in langue.normaliser(q).split())
    return trouvee and all(mot in p.lieu for mot in lieu) and all(
        not criteres[genre] or int(criteres[genre]) in siens for genre, siens in p.ids.items())


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
    sien = agent.telephone or agent.telephone_public
    dits = (agent.nom_complet, agent.fonction, agent.courriel, direction.nom, direction.court, structure.nom,
            structure.sigle, agent.presentation, agent.territoire, *(titre for _, titre, _, _ in pilotees))
    return Personne(
        id=agent.id, nom=agent.nom_complet, fonction=agent.fonction, structure=(structure.sigle, structure.nom),
        direction=(direction.court or direction.nom, direction.nom), telephone=sien or direction.telephone,
        de_la_direction=not sien, courriel=agent.courriel, presentation=agent.presentation,
        territoire=agent.territoire, pilotees=[fiche[:3] for fiche in pilotees],
        mots=langue.normaliser(' '.join(dits)), lieu=langue.normaliser(agent.territoire),
        ids={'structure': {structure.id}, 'direction': {direction.id}, 'theme': {fiche[3] for fiche in pilotees},
             'fiche': {fiche[0] for fiche in pilotees}})


def _filtres():
    """FILTRES with their choices."""
    ouvertes = choix.ouvertes('structure')
    listes = {'structure': choix.options(ouvertes), 'direction': choix.directions(), 'theme': choix.themes(),
              'fiche': choix.fiches()}
    return choix.remplir(FILTRES, listes)


def _territoires():
    """What the agents call their territory, each once: the suggestions of the filter."""
    return sorted({p.territoire for p in personnes()} - {''}, key=langue.ordre_alphabetique)
