"""The feuille de route: what is to be done, by whom, for when (regles.md §12)."""
import langue
from models import Jalon
from verbes.demande import jalons
from views import annoncer, parametre
from views.champs import Champ
from views.entrees import trouver
from views.lectures import lire_equipe

from ..geste import Geste
from .equipe import choix_invites, invite

annoncer('/espace/demandes/', etapes='La feuille de route est à jour.', etape_faite='L\'étape est faite.')

ETAPE = (
    Champ('quoi', 'Étape', requis=True, aide='Entre agents\u00a0: le diagnostic, le plan de financement…'),
    Champ('qui', 'Qui la tient', 'choix'),
    Champ('pour_le', 'Pour le', 'date'),
    Champ('dit', 'Montrée à la collectivité, dans ces mots',
          aide='Sans nom de personne. Elle lit aussi la structure et le mois. Vide\u00a0: elle n\'est pas montrée.'),
    Champ('dit_jour', 'Lui donner la date, et non le seul mois', 'case'),
)
LAQUELLE = Champ('jalon', '', 'cache', True)


def choix_tenants(demande):
    """Who may hold a step: the team; then, unless it is restricted, who may be associated with it, or proposed."""
    places = [p for p in lire_equipe(demande) if p['role'] != 'referent']
    equipe = {f'a{p["agent_id"]}' if p['agent_id'] else f'd{p["direction_id"]}' if p['direction_id'] else
              f's{p["structure_id"]}': p['nom'] for p in places if p['agent_id'] or not demande.restreinte}
    dehors = () if demande.restreinte else choix_invites(demande, None)[1:]
    autres = [(groupe, tuple(c for c in offerts if c[0] not in equipe)) for groupe, offerts in dehors]
    return (('', 'L\'expert référent'), *([('L\'équipe', tuple(equipe.items()))] if equipe else ()),
            *((groupe, offerts) for groupe, offerts in autres if offerts))


def _a_plat(choix_dits):
    return [un for groupe in choix_dits for un in ([groupe] if isinstance(groupe[1], str) else groupe[1])]


def choix_etapes(demande):
    """Of the « déroulement » of its fiche, what is not in the feuille de route."""
    return [(quoi, quoi) for quoi in jalons.a_proposer(demande)]


def _actuelle(demande):
    """Of the step that the address names, else of the current one; « Associer » chooses who is proposed for it."""
    jalon, etapes = parametre('jalon'), jalons.lire(demande.numero)
    courantes = [etape for etape in etapes if str(etape['id']) == jalon or not jalon and not etape['fait_le']]
    if not courantes:
        return {'jalon': jalon}
    etape = courantes[0]
    tenant = etape['code']
    if parametre('associer'):
        tenant = next((code for code, nom in _a_plat(choix_tenants(demande)) if nom == etape['propose']), '')
    return {nom: etape[nom] or '' for nom in ('quoi', 'pour_le', 'dit', 'fait_le')} | {
        'jalon': etape['id'], 'qui': tenant, 'dit_jour': 'oui' if etape['dit_jour'] else ''}


def _faite_aujourdhui(demande):
    etape = _actuelle(demande)
    return etape | {'fait_le': langue.aujourdhui()} if 'quoi' in etape else etape


def _dire_qui_l_a_prevue(champs, demande, saisies):
    par = {str(etape['id']): etape['par'] for etape in jalons.lire(demande.numero)}.get(str(saisies.get('jalon')))
    return [c._replace(aide=f'Prévue par {par}.') if par and c.nom == 'quoi' else c for c in champs]


def _saisie(valeurs):
    return valeurs | {'qui': invite(valeurs['qui'])}


def _jalon(demande, valeurs):
    return trouver(Jalon, valeurs['jalon'], 'Cette étape n\'est plus dans la feuille de route.',
                   Jalon.demande == demande.numero)


def _prevoir(demande, agent, version, valeurs):
    jalons.prevoir_etape(demande, agent, version, _saisie(valeurs))


def _changer(demande, agent, version, valeurs):
    jalons.changer(demande, agent, version, _jalon(demande, valeurs), _saisie(valeurs))


def _faire(demande, agent, version, valeurs):
    jalons.faire(demande, agent, version, _jalon(demande, valeurs), valeurs['fait_le'], valeurs['mot'])


# ---- Order, days and holders, of all those that are not done ----

A_RETIRER = ('0', 'À retirer')
LIGNE = (
    Champ('place', 'Place', 'choix', True), Champ('pour_le', 'Pour le', 'date'), Champ('qui', 'Qui la tient', 'choix'))


def _a_faire(demande):
    return [etape for etape in jalons.lire(demande.numero) if not etape['fait_le']]


def _une_ligne_chacune(champs, demande, saisies):
    """The fields of LIGNE for each step not done, its number in their names."""
    etapes = _a_faire(demande)
    choix = {'place': [*((str(n), str(n)) for n, _ in enumerate(etapes, 1)), A_RETIRER], 'qui': choix_tenants(demande)}
    return [c._replace(nom=f'{c.nom}_{etape["id"]}', classe=f'jalon-{etape["id"]}', choix=choix.get(c.nom, ()))
            for etape in etapes for c in LIGNE]


def _comme_elles_sont(demande):
    valeurs = {}
    for place, etape in enumerate(_a_faire(demande), 1):
        dits = {'place': place, 'qui': etape['code'], 'pour_le': etape['pour_le'] or ''}
        valeurs |= {f'{nom}_{etape["id"]}': dit for nom, dit in dits.items()}
    return valeurs or None


def _ranger(demande, agent, version, valeurs):
    rangees = []
    for etape in _a_faire(demande):
        place, pour_le, qui = (valeurs[f'{c.nom}_{etape["id"]}'] for c in LIGNE)
        jalon = _jalon(demande, {'jalon': str(etape['id'])})
        rangees.append((jalon, int(place), {'qui': invite(qui), 'pour_le': pour_le}))
    jalons.ranger(demande, agent, version, rangees)


CHOIX = {'qui': choix_tenants, 'quoi': choix_etapes}
UNE_ETAPE = Geste('feuille-de-route', fait='etapes')
GESTES = {
    'etape': UNE_ETAPE._replace(
        verbe=_prevoir, titre='Ajouter une étape',
        aide='Jusqu\'à la date de la prochaine étape, la Plateforme ne relance pas pour un journal silencieux.',
        champs=ETAPE, choix=CHOIX, autour=lambda demande: {'a_derouler': len(choix_etapes(demande))},
        liens={'a_venir': 'Ajouter une étape'}),
    'derouler': UNE_ETAPE._replace(
        verbe=lambda demande, agent, version, v: jalons.derouler(demande, agent, version), sur_la_page=True),
    'jalon_fait': UNE_ETAPE._replace(
        verbe=_faire, titre='Dire qu\'une étape est faite',
        aide='La personne qui tient l\'étape suivante est prévenue par courriel. Le statut, l\'expert référent et les '
             'dates promises ne changent pas.',
        champs=(LAQUELLE, Champ('fait_le', 'Faite le', 'date', True),
                Champ('mot', 'Un mot pour la suite', 'long', aide='Il est écrit au journal.')),
        bouton='Étape faite\u00a0: prévenir l\'intervenant suivant',
        initiales=_faite_aujourdhui, fait='etape_faite', liens={'une_etape': 'Étape faite'}),
    'jalon_changer': UNE_ETAPE._replace(
        verbe=_changer, titre='Changer une étape',
        champs=(LAQUELLE, *ETAPE, Champ('fait_le', 'Faite le', 'date', aide='Vide\u00a0: elle n\'est pas faite.')),
        choix=CHOIX, ajuster=_dire_qui_l_a_prevue, initiales=_actuelle, liens={'une_etape': 'Changer'}),
    'feuille_de_route': UNE_ETAPE._replace(
        verbe=_ranger, titre='Modifier les étapes',
        aide='Une étape montée passe avant celle dont elle prend la place. Qui tenait une étape apprend ce qu\'elle '
             'devient\u00a0; qui en reçoit une est prévenu.',
        ajuster=_une_ligne_chacune, initiales=_comme_elles_sont,
        autour=lambda demande: {'legendes': {f'place_{une["id"]}': une['quoi'] for une in _a_faire(demande)}},
        liens={'etapes': 'Modifier les étapes'}),
    'jalon_accepter': UNE_ETAPE._replace(
        verbe=lambda demande, agent, version, v: jalons.accepter(demande, agent, version), titre='Accepter l\'étape',
        aide='Vous participez à cet accompagnement, pour l\'étape qui vous est confiée. Si ce n\'est pas pour vous, '
             'dites-le\u00a0: le chef de file cherchera quelqu\'un d\'autre.',
        initiales=_actuelle, liens={'invitation': 'Accepter l\'étape'}),
}
