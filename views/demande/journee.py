"""« Ma journée »: what waits for an agent, each demande once, the most pressing first (regles.md §2, §5, §8)."""
import functools

from markupsafe import Markup

import models
import langue
from models import Refus
from verbes import interlocuteurs, questions, regles, relais, versions
from verbes.administration import ameliorations, structures
from verbes.catalogue import campagne
from verbes.contenus import contenus, relectures
from verbes.demande import listes
from verbes.demande.situations import dire_qui_agit, noms_de
from verbes.demande.taches import A_FAIRE, BOUTONS, a_faire, du_jour, en_retard
from verbes.exploitation import reste
from views import aller, app, page, rendu, request

LIGNES_PAR_SECTION = 20
SECTIONS = {                                                        # of what is to be done, and of what is with others
    'maintenant': 'À faire maintenant',
    'orienter':   'À orienter ou à traiter',
    'essais':     'Essais, avant l\'ouverture',
    'confiees':   'Confiées pendant votre absence',
}
# How each reason of taches.MOTIFS is drawn, its icon and its tone: but a date to keep and a deadline, as everywhere.
DESSINS = {
    'etape':         ('document', 'neutre'),
    'seance':        ('personnes', 'neutre'),
    'message':       ('courriel', 'pastel'),
    'inconnue':      ('courriel', 'attention'),
    'attente':       ('calendrier', 'attention'),
    'verifier':      ('tel', 'attention'),
    'telephoner':    ('alerte', 'erreur'),
    'revenu':        ('courriel', 'attention'),
    'receptionner':  ('coche', 'pastel'),
    'avancer':       ('personnes', 'pastel'),
    'reunion':       ('note', 'pastel'),
    'rappeler':      ('tel', 'pastel'),
    'rattacher':     ('lieu', 'pastel'),
    'interlocuteur': ('tel', 'attention'),
    'nommer':        ('personnes', 'pastel'),
    'accepter':      ('personnes', 'pastel'),
    'proposee':      ('personnes', 'pastel'),
    'etape_passee':  ('document', 'attention'),
    'silence':       ('note', 'pastel'),
}
EVENEMENTS = {
    'tenir': ('calendrier', 'Date à tenir'),
    'etape': ('document', 'Prochaine étape'),
    'reunion': ('personnes', 'Réunion de cadrage'),
    'rappel': ('tel', 'À rappeler au plus tard ce jour'),
}


@app.get('/espace', qui='lecteur')
def journee():
    if request.agent.lecteur_au:
        aller('/espace/pilotage')
    agent, jour = request.agent, langue.aujourdhui()
    taches = du_jour(agent)
    places = {place: [] for place in PLACES}
    for tache in taches:
        places[tache.place].append(tache)
    file = a_faire(taches)
    premiere = file[0] if file else None
    hors_demandes = _hors_demandes(agent) | {'reprises': len(places['reprises'])}
    ailleurs = any(hors_demandes.values())
    noms = noms_de(_a_nommer(agent, taches))
    chez = functools.partial(_chez, dire_qui_agit(noms, agent.id))
    sections = [_section(place, titre, places[place], premiere) for place, titre in SECTIONS.items()]
    corps = rendu.get_template('demande/journee/jour.html').render(
        agent=agent, jour=jour, structure=agent.direction.structure.nom,
        listes=[(une.nom, f'/espace/demandes?{une.criteres}') for une in listes.lister(agent)],
        total=len(taches) - len(places['essais']),
        chiffres=_chiffres(places, ailleurs), autres=ailleurs, premiere=premiere, a_faire=len(file),
        sections=sections, semaine=_semaine(places, sections, chez), places=places, noms=noms,
        chez=chez, absents=_absents(agent, taches),
        lignes=LIGNES_PAR_SECTION,
        cote=[langue.plus_jours(jour, n) for n in (1, regles.JOURS_DE_COTE)],
        peut_attendre=functools.partial(_peut_attendre, models.jours_fermes()),
        boutons=BOUTONS, dessins=DESSINS, **_relais_du_jour(agent),
        **hors_demandes)
    return page('demande/journee/journee.html', premiere=premiere, corps=Markup(corps.strip()))


@app.get('/espace/<reste:path>', qui='lecteur')
def adresse_inconnue(reste):
    """What no other page of the espace answers: said in the espace to who is signed in."""
    raise Refus('Cette page n\'existe pas ou n\'existe plus. Revenez à la page précédente, ou choisissez dans le menu.',
                404)


def _hors_demandes(agent):
    """What waits for an agent besides the demandes: what the top of the page says."""
    return {
        'propositions': sum(versions.a_relire('fiche').values()) if agent.administre else 0,
        'contenus': contenus.en_attente(agent),
        'a_lire': 0 if agent.id in questions.absences() else len(relectures.a_relire(agent)),
        'ameliorees': ameliorations.a_lire() if agent.administre else 0,
        'conventions': structures.conventions_a_renouveler() if agent.administre else (),
        'a_verifier': campagne.combien_m_attendent(agent),
        'a_clore': campagne.a_clore() if agent.administre else None,
        'a_regler': _a_regler(agent),
    }


def _a_regler(agent):
    """How many lines are to be settled before the opening: they read the machine, not the base alone."""
    ouvert = questions.est_ouvert(request.contexte['reglages']['ouvert_le'], langue.aujourdhui())
    return len(reste.avant_d_ouvrir()) if agent.administre and not ouvert else 0


def _relais_du_jour(agent):
    """For whom the agent acts today, [(name, why, last day)]; until when they are away themselves, if they are, and who
    acts for them.
    """
    absence, par = questions.absences().get(agent.id), questions.agissent_pour().get(agent.id)
    return {'agit_pour': relais.agit_pour(agent) if len(agent.identites) > 1 else (), 'absence': absence,
            'confie_a': noms_de((par,))[par] if par else ''}


# Where a demande of the day is shown: its figure, one and several; each demande has one place, so that they add up.
PLACES = {
    'maintenant': ('à faire maintenant', 'à faire maintenant'),
    'orienter':   ('à orienter ou à traiter', 'à orienter ou à traiter'),
    'confiees':   ('confiée', 'confiées'),
    'semaine':    ('cette semaine', 'cette semaine'),
    'ailleurs':   ('en retard chez d\'autres', 'en retard chez d\'autres'),
    'suivies':    ('suivie', 'suivies'),
    'attente':    ('en attente de la collectivité', 'en attente de la collectivité'),
    'cote':       ('mise de côté', 'mises de côté'),
    'reprises':   ('reprise à confier', 'reprises à confier'),
    'essais':     ('essai', 'essais'),                              # apart: the total does not count it
}


def _chiffres(places, ailleurs):
    """[(place, how many, words, what more)] of the places that are not empty; « 0 à faire maintenant » when all are,
    and nothing else waits (ailleurs).
    """
    occupees = [place for place in PLACES if places[place]] or ([] if ailleurs else ['maintenant'])
    return [(place, len(places[place]), PLACES[place][len(places[place]) > 1], _precision(place, places[place]))
            for place in occupees]


def _precision(place, taches):
    if place == 'essais':
        return 'hors des chiffres'
    if place in A_FAIRE:
        retards = sum(en_retard(tache.d) for tache in taches)
        return f'dont {retards} en retard' if retards else ''
    if place == 'semaine':
        dates = sum(any(quoi == 'tenir' for _, quoi in tache.evenements) for tache in taches)
        return f'dont {langue.dire_nombre(dates, "date")} à tenir' if dates else ''
    if place == 'suivies':
        return 'rien à faire aujourd\'hui'
    if place == 'cote' and taches:
        return f'la première revient le {langue.dire_jour(min(tache.d.cote[0] for tache in taches))}'
    return ''


def _section(place, titre, taches, premiere):
    """What the page shows of what is to be done, its first act apart."""
    autres = [tache for tache in taches if tache is not premiere]
    return {'cle': place, 'titre': titre, 'total': len(autres), 'montrees': autres[:LIGNES_PAR_SECTION],
            'cachees': autres[LIGNES_PAR_SECTION:], 'entamee': len(autres) < len(taches)}


def _semaine(places, sections, chez):
    """[(day, [(icone, words, Situation)])] of the seven days to come: of what has no line that says it, and of what its
    section has no line left for.
    """
    jours = {}
    for t in [*places['semaine'], *places['cote'], *(t for s in sections for t in s['cachees'])]:
        for jour, quoi in t.evenements:
            jours.setdefault(jour, []).append((*_dire_evenement(quoi, t.d, chez), t.d))
    return sorted(jours.items())


def _dire_evenement(quoi, d, chez):
    icone, mots = EVENEMENTS[quoi]
    qui = chez(d) if quoi == 'rappel' else ''
    return icone, f'{mots}, par {qui}' if qui else mots


def _a_nommer(agent, taches):
    """The ids of whom the page names: in whose name one sees a demande, who is late, who must call."""
    ids = {tache.d.au_nom for tache in taches}
    for tache in taches:
        if tache.place in ('ailleurs', 'confiees', 'semaine') or tache.motif == 'rappeler':
            ids.update(tache.d.agissent)
    return (ids | {par for id_, par in questions.agissent_pour().items() if id_ in ids}) - {agent.id}


def _chez(noms, d):
    """Who must act on a demande, as another reads it; '' when it is only oneself."""
    qui = [noms[i] for i in d.agissent if i in noms]
    return ('\u00a0; ' if any(', pour ' in dit for dit in qui) else ', ').join(qui)


def _absents(agent, taches):
    """Who is away in the demandes that one conducts, and who answers: read by who relies on them (regles.md §1)."""
    equipiers = {membre for tache in taches if tache.d.conduit and not tache.d.clos_le
                 for membre in tache.d.membres}
    dites = interlocuteurs.dire_absences()
    return [dites[id_] for id_ in sorted((equipiers & dites.keys()) - agent.identites.keys())]


def _peut_attendre(fermes, d):
    """True when « Mettre de côté » is offered: no promise is due. fermes: a page that is drawn reads nothing."""
    return not d.clos_le and not questions.promesse_proche(
        d.echeance, d.premier_contact_le, d.date_a_tenir, d.jour, fermes)
