"""The feuille de route of a demande: ordered steps, each held by a place of its team, handed over from one structure to
the next (regles.md §7, §12). The first one not done is « prochaine étape »: triggers write it on the demande.

A step whose holder is of the team no more is the référent's.
"""
import models
import langue
from models import Agent, Jalon, Membre, Refus, db
from langue import aujourdhui, dire_jour, normaliser

from verbes import questions, regles
from verbes.courriels import dire_au_matin, prevenir
from verbes.journal import commencer, conclure, enregistrer
from .actes import associer, deja_la, nommer, personnes, place_de
from .cycle import structure_imposee

JALONS_MAX = 30                                                     # of one demande

# ---- Reading ----

# The place of the team that holds a step; none: it is the référent's.
TENUE = """membre.demande_id = jalon.demande_id AND membre.agent_id IS jalon.agent_id AND (
    jalon.agent_id IS NOT NULL OR (membre.structure_id = jalon.structure_id
                                   AND membre.direction_id IS jalon.direction_id))"""
# Of a demande, who holds its first step not done: an agent of the team, NULL when it is the référent's; and the agents
# who were invited with a step, and have not said that they take it.
TENANT = f"""SELECT (SELECT max(membre.agent_id) FROM membre WHERE {TENUE})
             FROM jalon WHERE jalon.demande_id = demande.numero AND jalon.fait_le IS NULL
             ORDER BY jalon.rang, jalon.id LIMIT 1"""
INVITES = """SELECT group_concat(jalon.agent_id, ' ') FROM jalon
             WHERE jalon.demande_id = demande.numero AND jalon.a_accepter = 1"""
PROPOSEE = """SELECT 1 FROM jalon WHERE jalon.demande_id = demande.numero AND jalon.propose <> ''
              AND jalon.fait_le IS NULL"""
DE_QUI = ('code', 'personne', 'place', 'structure')


def lire(numero):
    """[{step, code, personne, place, structure, par}] of a demande, in order. code: who holds it, or did it, as a form
    names them (choix.invites); the four are empty of one that is the référent's. par: who planned it, or None.
    """
    lues = models.lignes(f"""
        SELECT jalon.id, rang, quoi, jalon.agent_id, a_accepter, propose, pour_le, fait_le, dit, dit_jour, tenue,
               agent.prenom || ' ' || agent.nom AS personne, structure.nom AS structure,
               coalesce(direction.nom, structure.nom) AS place,
               CASE WHEN agent_id THEN 'a' || agent_id WHEN jalon.direction_id THEN 'd' || jalon.direction_id
                    ELSE 's' || jalon.structure_id END AS code, par.prenom || ' ' || par.nom AS par
        FROM (SELECT *, fait_le IS NOT NULL OR EXISTS (SELECT 1 FROM membre WHERE {TENUE}) AS tenue
              FROM jalon WHERE demande_id = ?) AS jalon
        LEFT JOIN agent ON agent.id = agent_id LEFT JOIN structure ON structure.id = jalon.structure_id
        LEFT JOIN direction ON direction.id = jalon.direction_id LEFT JOIN agent AS par ON par.id = par_id
        ORDER BY rang, jalon.id""", numero)
    return [une | {nom: une['tenue'] and une[nom] or '' for nom in DE_QUI} for une in lues]


def a_proposer(demande):
    """The steps of the « déroulement » of its fiche, but those that are there in these words, and a contact made."""
    deja = {normaliser(jalon.quoi) for jalon in demande.jalons}
    if demande.premier_contact_le:
        deja.add('premier contact')
    deroulement = demande.fiche.deroulement if demande.fiche_id else ''
    titres = [ligne.split(':', 1)[0].strip() for ligne in deroulement.split('\n')]
    return [titre for titre in titres if titre and normaliser(titre) not in deja]


def _en_cours(demande):
    """The first Jalon that is not done, or None."""
    return demande.jalons.where(Jalon.fait_le.is_null()).order_by(Jalon.rang, Jalon.id).first()


def _tenue_par(jalon, acceptee=False):
    """The Membre who holds a step (who has said that they take it, if acceptee); without one the référent; None when
    there is none either.
    """
    if acceptee and jalon.a_accepter:
        return Membre.get_or_none(Membre.demande == jalon.demande_id, Membre.role == 'referent')
    tenants = Membre.raw(f'SELECT membre.* FROM membre JOIN jalon ON {TENUE} WHERE jalon.id = ?', jalon.id)
    return (next(iter(tenants), None)
            or Membre.get_or_none(Membre.demande == jalon.demande_id, Membre.role == 'referent'))


def _dire_jalon(jalon):
    """« Diagnostic, par Jonas Croquis, pour le 15/01/2027 », as its demande says it to agents."""
    place = _tenue_par(jalon)
    par = f'par {nommer(place)}' if place and not jalon.propose else f'proposée à {jalon.propose}' * bool(jalon.propose)
    return ', '.join(filter(None, (jalon.quoi, par,
                                   f'pour le {dire_jour(jalon.pour_le, True)}' if jalon.pour_le else '')))


# ---- Writing ----

def prevoir_etape(demande, agent, version, saisie):
    """Write a step, after the others: quoi, pour_le (day or ''), qui (Agent, Direction, Structure or None), dit,
    dit_jour. No reminder about a silent journal before its day, once it is the first (regles.md §8).
    """
    pour_id = commencer(demande, 'etape', agent, version)
    jalon = _ajouter(demande, saisie['quoi'], agent)
    _ecrire_jalon(demande, agent, jalon, saisie)
    conclure(demande, None, 'equipe', f'Étape prévue\u00a0: {_dire_jalon(jalon)}.', agent, pour_id)


def derouler(demande, agent, version):
    """Write the steps of the « déroulement » of its fiche that are not there yet, for the référent, without a day."""
    pour_id = commencer(demande, 'derouler', agent, version)
    titres = a_proposer(demande)
    if not titres:
        raise Refus('La feuille de route a déjà toutes les étapes de la fiche.', 409)
    for titre in titres:
        _ajouter(demande, titre, agent)
    dits = '\u00a0; '.join(titres)
    conclure(demande, None, 'equipe', f'Étapes prévues, de la fiche\u00a0: {dits}.', agent, pour_id)


def changer(demande, agent, version, jalon, saisie):
    """The same fields of a step, and fait_le: '' when it is not done, or not any more."""
    pour_id = commencer(demande, 'jalon_changer', agent, version)
    jalon.fait_le = _jour_fait(demande, saisie['fait_le'])
    dit = '\u00a0→\u00a0'.join(dict.fromkeys(_reprendre(demande, agent, jalon, saisie)))
    conclure(demande, None, 'equipe', f'Étape changée\u00a0: {dit}.', agent, pour_id)


def ranger(demande, agent, version, rangees):
    """The order, the days and the holders of the steps that are not done, at once. rangees: [(Jalon, its place from 1,
    0 for one that goes, {qui, pour_le})], as they stand. An order says nothing that the journal should keep.
    """
    pour_id = commencer(demande, 'feuille_de_route', agent, version)
    changements = [f'retirée\u00a0: {_retirer(demande, agent, jalon)}' for jalon, place, _ in rangees if not place]
    for jalon, _, saisie in [une for une in rangees if une[1]]:
        gardes = {'quoi': jalon.quoi, 'dit': jalon.dit, 'dit_jour': jalon.dit_jour}
        try:
            avant, apres = _reprendre(demande, agent, jalon, gardes | saisie)
        except Refus as refus:                                      # of that step's field
            raise Refus(refus.phrase, refus.code, f'{refus.champ}_{jalon.id}') from refus
        changements += [f'{avant}\u00a0→\u00a0{apres}'] * (apres != avant)
    _ordonner(demande, [(jalon, place) for jalon, place, _ in rangees if place])
    if not changements:
        return enregistrer(demande, version)
    dit = '\u00a0; '.join(changements)
    return conclure(demande, version, 'equipe', f'Feuille de route changée, {dit}.', agent, pour_id)


def _reprendre(demande, agent, jalon, saisie):
    """Write these fields of a step: what it was, what it is. Who held it is told of a change."""
    avant, tenait = _dire_jalon(jalon), _tenue_par(jalon)
    jalon.quoi = saisie['quoi']
    _ecrire_jalon(demande, agent, jalon, saisie)
    apres = _dire_jalon(jalon)
    if apres != avant:
        _dire_change(demande, agent, jalon.id, tenait, avant, apres)
    return avant, apres


def _ordonner(demande, places):
    """Give the steps not done these places among them, those done staying where they are: what is moved up comes before
    the one whose place it takes, what is moved down after it.
    """
    suite = iter(sorted(enumerate(places, 1), key=lambda une: (une[1][1], une[1][1] - une[0])))
    for rang, une in enumerate(list(demande.jalons.order_by(Jalon.rang, Jalon.id)), 1):
        jalon = une if une.fait_le else next(suite)[1][0]
        Jalon.update(rang=rang).where(Jalon.id == jalon.id, Jalon.rang != rang).execute()


def _dire_change(demande, agent, jalon_id, tenait, avant, apres):
    """Who held a step reads what it has become."""
    if tenait:
        dire_au_matin(personnes(tenait), f'etape {jalon_id}', f'une de vos étapes a changé\u00a0: {avant} → {apres}',
                      demande, sauf=agent)


def _ajouter(demande, quoi, agent):
    rangs = [jalon.rang for jalon in demande.jalons]
    if len(rangs) >= JALONS_MAX:
        raise Refus(f'La feuille de route compte déjà {JALONS_MAX} étapes\u00a0: réunissez-en, ou retirez-en.', 409)
    return Jalon.create(demande=demande, rang=max(rangs, default=0) + 1, quoi=quoi, par=agent)


def _ecrire_jalon(demande, agent, jalon, saisie):
    """The fields that both forms have; who is handed a step is told, unless their invitation says it."""
    if saisie['pour_le'] and saisie['pour_le'] != jalon.pour_le and saisie['pour_le'] < aujourdhui():
        raise Refus('Indiquez une date à venir.', champ='pour_le')
    nommes = [nom for nom in map(nommer, demande.membres) if normaliser(nom) in normaliser(saisie['dit'])]
    if nommes:
        raise Refus(f'La collectivité lit une structure, jamais une personne\u00a0: ôtez «\u00a0{nommes[0]}\u00a0».',
                    champ='dit')
    jalon.pour_le = saisie['pour_le'] or None
    jalon.dit, jalon.dit_jour = saisie['dit'], bool(saisie['dit_jour'])
    confiee = _confier(demande, agent, jalon, saisie['qui'])
    jalon.save()
    if confiee:
        prevenir(demande, 'etape', personnes(confiee), sauf=agent, etape=_dire_jalon(jalon))


def _confier(demande, agent, jalon, qui):
    """Say who holds a step (an Agent, a Direction, a Structure, None): the place of the team that is to be told of it.
    Who is not of the team is associated with it by a chef or an administrateur, proposed to them by a référent (§7).
    """
    place = deja_la(demande, place_de(demande, qui)) if qui else None
    if place and _porte(jalon) == _porte(place):
        return None
    dehors = qui is not None and place is None
    if dehors and demande.restreinte:
        raise Refus('Diffusion restreinte\u00a0: confiez l\'étape à une personne de l\'équipe.', champ='qui')
    conduit = not questions.roles(demande, agent).keys().isdisjoint(regles.CONDUISENT)
    if conduit and dehors:                                          # a co-chef names those of their own structure
        conduit = structure_imposee(demande, agent) in (None, place_de(demande, qui).structure_id)
    if qui is not None:                                             # what is proposed waits for somebody to be named
        jalon.propose = _proposer(demande, agent, jalon, qui) if dehors and not conduit else ''
    jalon.a_accepter = dehors and conduit
    invitee = associer(demande, agent, demande.version, qui, jalon.quoi) if jalon.a_accepter else None
    _confier_a(jalon, place or invitee)
    return place


def _porte(place):
    return place.agent_id, place.structure_id, place.direction_id


def _confier_a(jalon, place):
    jalon.agent, jalon.structure, jalon.direction = _porte(place) if place else (None, None, None)


def _proposer(demande, agent, jalon, qui):
    """The words for who is proposed: the chefs read them in their day."""
    return qui.nom_complet if isinstance(qui, Agent) else qui.nom


def _jour_fait(demande, jour):
    """The day a step was done on, None when it is not."""
    debut = demande.recue_le or langue.jour_de(demande.depose_le)
    if jour and not debut <= jour <= aujourdhui():
        raise Refus(f'Indiquez un jour entre le {dire_jour(debut, True)}, jour de la demande, et aujourd\'hui.',
                    champ='fait_le')
    return jour or None


def suivre_la_colonne(numero=None):
    """An import has given « prochaine étape » to a demande (to all of them, when none is named): what no step says is
    one, before the others; a cell left empty takes nothing away.
    """
    premiere = questions.PREMIERE_ETAPE
    parmi, cle = ('AND numero = ?', (numero,)) if numero else ('', ())
    db.execute_sql(f"""
        INSERT INTO jalon (demande_id, rang, quoi, pour_le)
        SELECT numero, coalesce((SELECT min(rang) FROM jalon WHERE demande_id = numero), 2) - 1, 'Prochaine étape',
               prochaine_etape_le
        FROM demande
        WHERE prochaine_etape_le IS NOT NULL AND prochaine_etape_le IS NOT ({premiere}) {parmi}""", cle)
    db.execute_sql(f"""UPDATE demande SET prochaine_etape_le = ({premiere})
                       WHERE prochaine_etape_le IS NULL AND ({premiere}) IS NOT NULL {parmi}""", cle)


# ---- Its life ----

def faire(demande, agent, version, jalon, jour, mot=''):
    """« Étape faite : prévenir l'intervenant suivant »: statut, référent and échéance stay as they are (§12)."""
    pour_id = commencer(demande, 'jalon_fait', agent, version)
    _exiger_la_sienne(demande, agent, jalon)
    if jalon.fait_le:
        raise Refus('Cette étape est déjà faite.', 409)
    courante, place = _en_cours(demande).id == jalon.id, _tenue_par(jalon, acceptee=True)
    _confier_a(jalon, place)                                        # who did it, whoever leaves the team then
    jalon.fait_le, jalon.a_accepter = _jour_fait(demande, jour), False
    jalon.save()
    suite = _en_cours(demande) if courante else None
    par = f', par {nommer(place)}' if place else ''
    phrases = [f'Étape faite le {dire_jour(jour, True)}\u00a0: {jalon.quoi}{par}.']
    phrases += [f'Ensuite\u00a0: {_dire_jalon(suite)}.'] if suite else []
    conclure(demande, version, 'equipe', '\n'.join([*phrases, *filter(None, [mot])]), agent, pour_id)
    if suite and (suivant := _tenue_par(suite)):
        prevenir(demande, 'etape', personnes(suivant), sauf=agent, etape=_dire_jalon(suite), faite=jalon.quoi)


def _exiger_la_sienne(demande, agent, jalon):
    """An associé says that their own steps are done; who follows the demande, any."""
    suivent = not questions.roles(demande, agent).keys().isdisjoint(regles.SUIVENT)
    if not suivent and jalon.agent_id not in agent.identites:
        raise Refus('Cette étape est celle de quelqu\'un d\'autre\u00a0: qui la tient, ou qui suit la demande, dit '
                    'qu\'elle est faite.', 403)


def accepter(demande, agent, version):
    """« J'accepte », of who was associated with a step: each of theirs here."""
    pour_id = commencer(demande, 'jalon_accepter', agent, version)
    jalons = demande.jalons.where(Jalon.a_accepter, Jalon.agent.in_(list(agent.identites)))
    quoi = '\u00a0; '.join(jalon.quoi for jalon in jalons)
    if not quoi:
        raise Refus('Aucune étape de cette demande n\'attend votre réponse.', 409)
    Jalon.update(a_accepter=False).where(Jalon.id.in_([jalon.id for jalon in jalons])).execute()
    conclure(demande, version, 'equipe', f'Étape acceptée\u00a0: {quoi}.', agent, pour_id)


def _retirer(demande, agent, jalon):
    etape, tenait = _dire_jalon(jalon), _tenue_par(jalon)
    jalon.delete_instance()
    _dire_change(demande, agent, jalon.id, tenait, etape, 'retirée de la feuille de route')
    return etape
