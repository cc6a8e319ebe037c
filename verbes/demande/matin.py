"""The mail of the day: « Ma journée », asked at that hour, its rows in its order, what is new marked (regles.md §8)."""
from collections import namedtuple

import models
import langue
from langue import dire_nombre, dire_telephone

from verbes import regles
from . import clotures
from .points import AU_JOURNAL
from .situations import dire_qui_agit, dire_une_libre, noms_de
from .taches import A_FAIRE, a_faire, du_jour, en_retard, rappel_attendu

LIGNES_MAX = 12                                                     # rows of a mail; the others are on the page
LIEU_LU = 24                                                        # characters, before what a subject counts

# What the mail of an agent says. marques: of its rows, told already or not; part: is it to leave today.
Matin = namedtuple('Matin', 'objet corps marques part')


def ce_matin(agent, deja, points, fermes):
    """The Matin of an agent. deja: the marks of the rows that a mail has told them; points: [Point] to be told."""
    taches = du_jour(agent)
    lignes, ailleurs = a_faire(taches), [t for t in taches if t.place == 'ailleurs']
    dates = [t for t in taches if t.place not in (*A_FAIRE, 'confiees', 'essais') and _a_une_date(t, fermes)]
    marques = {t.d.numero: f'ligne:{agent.id}:{t.d.numero}:{t.motif}' for t in (*lignes, *ailleurs)}
    nouveau = {numero for numero, marque in marques.items() if marque not in deja}
    urgentes = [t for t in ailleurs if t.d.numero in nouveau and urgente(t.d)]
    lundi = _premier_jour_ouvre(fermes)
    part = bool(points or dates or urgentes or any(t.d.numero in nouveau or _a_redire(t, fermes) for t in lignes)
                or lundi and (lignes or ailleurs))
    corps = [*_dire_lignes(agent, lignes, nouveau, lundi, fermes), *(_dire(agent, t) for t in (*dates, *urgentes)),
             *_dire_ailleurs(ailleurs), *_dire_points(points)]
    return Matin(_objet(lignes, dates, points, ailleurs), '\n'.join(corps), set(marques.values()), part)


def urgente(demande):
    return demande.promesse == regles.URGENTE


# ---- When it leaves ----

def _a_une_date(tache, fermes):
    """Has it a réunion, a step, a date to keep on this day, or on a closed one that follows?"""
    return any(le < _prochain(tache.d.jour, fermes) for le, _ in tache.evenements)


def _prochain(jour, fermes):
    """The next day on which a mail of the day leaves."""
    return langue.ouvre_des(langue.plus_jours(jour, 1), fermes)


def _premier_jour_ouvre(fermes):
    """True on the first working day of a week: it then says all that is late."""
    jour = langue.aujourdhui()
    return langue.ouvre_avant(jour, fermes) < langue.plus_jours(jour, -langue.a_paris(jour).weekday())


def _a_redire(tache, fermes):
    """Told already, it is told again: a mairie waits for an answer; its day is today, or has passed since the last
    working day; today is the last working one before it.
    """
    d = tache.d
    demain, attendu = _prochain(d.jour, fermes), rappel_attendu(d)
    due = attendu and langue.ouvre_avant(d.jour, fermes) <= attendu < demain
    dates = filter(None, (d.date_a_tenir, d.prochaine_etape_le))
    a_repondre = tache.motif == 'message' and not d.clos_le
    return bool(a_repondre or due or any(d.jour <= le < demain for le in dates) or _a_une_date(tache, fermes))


# ---- What it says ----

def _objet(lignes, dates, points, ailleurs):
    """« 18 en retard, 6 autres », « Rieumes : à rappeler aujourd'hui », « Urgent, Azas – 3 en retard »."""
    retards = sum(en_retard(t.d) for t in lignes)
    premiere = (lignes or dates or [None])[0]
    if premiere is None:
        return (dire_nombre(len(points), 'nouvelle') if points
                else f'{dire_nombre(len(ailleurs))}\u00a0en retard chez d\'autres')
    presse = bool(lignes) and urgente(premiere.d) and bool(rappel_attendu(premiere.d))
    if len(lignes or dates) == 1:
        pourquoi = next((mots for _, mots in premiere.raisons), premiere.bouton)
        return f'{"Urgent – " * presse}{_lieu(premiere.d)}\u00a0: {pourquoi}'
    if not lignes:
        aujourdhui = all(t.evenements[0][0] == t.d.jour for t in dates)
        return dire_nombre(len(dates), 'date') + (' aujourd\'hui' if aujourdhui else ' d\'ici à votre retour')
    autres = len(lignes) - retards
    parties = filter(None, (f'{retards}\u00a0en retard' * bool(retards),
                            dire_nombre(autres, 'autre' if retards else 'demande') * bool(autres)))
    return (f'Urgent, {_lieu(premiere.d)} – ' * presse) + ', '.join(parties)


def _lieu(d):
    return f'n°\u00a0{d.numero}' if d.restreinte else langue.abreger(d.collectivite, LIEU_LU)


def _dire_lignes(agent, lignes, nouveau, lundi, fermes):
    """The first LIGNES_MAX, and what is due today; on the first working day of a week, all the late ones; then how many
    the page has more.
    """
    premieres = [t for rang, t in enumerate(lignes)
                 if rang < LIGNES_MAX or _a_redire(t, fermes) or lundi and en_retard(t.d)]
    numeros = {t.d.numero for t in premieres}
    yield from (_dire(agent, t, t.d.numero in nouveau) for t in premieres)
    tues = [t.d.numero for t in lignes if t.d.numero not in numeros]
    if tues:
        combien = len(nouveau.intersection(tues))
        dont = f', dont {dire_nombre(combien, "nouvelle")}' * bool(combien)
        yield f'Et {dire_nombre(len(tues), "autre")}{dont}\u00a0: {models.SITE["url"]}/espace'


def _dire(agent, tache, nouvelle=False):
    """« - n° 12, Rieumes, Fiche : reason, reason · nouveau », then whom to call and its own link."""
    d = tache.d
    quoi = [mots.partition('\u00a0: «')[0].removesuffix('\u00a0:') for _, mots in tache.raisons]      # no quotation
    if rappel_attendu(d) and not d.acteur:                          # the call of another
        chez = langue.enumerer(dire_qui_agit(d.agissent, agent.id).values())
        quoi += [f'chez {chez}{_appelee_en_vain(d)}'] * bool(chez)
    pour = f' (pour {noms_de((d.au_nom,))[d.au_nom]})' if d.au_nom != agent.id else ''
    dite = f'- {_nommer(d, d.titre)}\u00a0: {", ".join(quoi)}{pour}{" · nouveau" * nouvelle}'
    return '\n  '.join(filter(None, (dite, _a_appeler(tache), f'{models.SITE["url"]}/espace/demandes/{d.numero}')))


def _nommer(d, titre):
    """« n° 12, Rieumes, Revitalisation de bourg-centre »; a restricted one by its number alone."""
    objet = () if d.restreinte else (d.collectivite, titre)
    return ', '.join((f'n°\u00a0{d.numero}', *objet))


def _nommer_une(demande):
    """The same, of a Demande."""
    return _nommer(demande, demande.titre if demande.fiche_id else dire_une_libre(demande.message))


def _appelee_en_vain(d):
    jours = clotures.essais(d)
    return f', appel sans réponse {clotures.dire_jours(jours)}' if jours else ''


def _a_appeler(tache):
    """« À appeler : Jean Martin, 05 61 00 00 00 »; nothing of a restricted demande, of a person to be confirmed, nor to
    who has another call.
    """
    d = tache.d
    if not tache.appeler or d.restreinte or d.interlocuteur_depuis or not d.acteur:
        return ''
    return f'À appeler\u00a0: {", ".join(filter(None, (tache.appeler, d.telephone and dire_telephone(d.telephone))))}'


def _dire_ailleurs(ailleurs):
    if ailleurs:
        combien = dire_nombre(len(ailleurs), 'demande')
        yield (f'\nEn retard chez d\'autres, rien n\'est attendu de vous\u00a0: {combien}, '
               f'{models.SITE["url"]}/espace/demandes?retard=oui')


def _dire_points(points):
    """The other lines: those of a demande together, who wrote in its journal each once."""
    par_demande = {}
    for point in points:
        par_demande.setdefault(point.demande.numero if point.demande else point.marque, []).append(point)
    for siens in par_demande.values():
        phrases = dict.fromkeys(point.phrase for point in siens)
        noms = [phrase.removeprefix(AU_JOURNAL) for phrase in phrases if phrase.startswith(AU_JOURNAL)]
        autres = [phrase for phrase in phrases if not phrase.startswith(AU_JOURNAL)]
        dite = ', '.join([*autres, *([AU_JOURNAL + langue.enumerer(noms)] if noms else [])])
        yield f'- {_nommer_une(siens[0].demande)}\u00a0: {dite}' if siens[0].demande else f'- {dite}'
