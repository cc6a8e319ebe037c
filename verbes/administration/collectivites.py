"""The list of the collectivités: corrected, added to, attached, merged, moved to another EPCI (domaine.md §3).

What is entered for a day takes effect that day (perimetre.py). Demandes keep the name under which they were deposited.
"""
import re

from models import Collectivite, Demande, Refus
from langue import (
    aujourdhui, de, debut_du_jour, dire_jour, dire_jour_long, enumerer, normaliser, plus_jours, siren_juste)

from verbes import regles
from verbes.demande import actes
from verbes.journal import auditer

EPCI = regles.TYPES_D_EPCI

# ======================================================================================
# One collectivité: what is typed of it
# ======================================================================================

# field: its name in a sentence.
CHAMPS = {
    'nom': 'nom', 'usuels': 'noms d\'usage', 'type': 'type', 'siren': 'SIREN', 'insee': 'code INSEE',
    'codes_postaux': 'codes postaux',
    'population': 'population', 'arrondissement': 'arrondissement', 'epci_id': 'intercommunalité',
    'canton': 'canton', 'petr': 'PETR', 'secteur': 'secteur',
    'courriel': 'courriel officiel', 'telephone': 'téléphone', 'sans_lettre': 'lettre d\'information',
    'depuis': 'premier jour',
}


def ajouter(saisie, agent):
    """Add one (a syndicat, a PETR, a CCAS…), from CHAMPS; returns it."""
    _controler(saisie, None)
    neuve = Collectivite.create(**saisie, cherche=normaliser(saisie['nom']))
    auditer('collectivité ajoutée', agent, _nommer(neuve))
    return neuve


def corriger(collectivite, saisie, agent):
    """Correct what differs, CHAMPS. The audit says which fields."""
    _controler(saisie, collectivite)
    avant = {nom: getattr(collectivite, nom) for nom in CHAMPS} | {'epci_id': epci_saisi(collectivite)}
    changes = [nom for nom in CHAMPS if nom in saisie and saisie[nom] != avant[nom]]
    if not changes:
        raise Refus('Rien n\'a changé\u00a0: modifiez un champ avant d\'enregistrer.')
    neuves = {nom: saisie[nom] for nom in changes}
    if 'epci_id' in neuves and _change_d_epci(collectivite):        # else it would come back
        neuves |= {'epci_suivant': None, 'epci_le': None}
    Collectivite.update(**neuves, cherche=normaliser(saisie['nom'])).where(Collectivite.id == collectivite.id).execute()
    auditer('collectivité corrigée', agent,
            f'{_nommer(collectivite)}\u00a0: {", ".join(CHAMPS[nom] for nom in changes)}',
            objet=f'collectivite:{collectivite.id}')


def epci_saisi(collectivite):
    """The id of the EPCI it was said to be of, for today, whatever that one has become."""
    return collectivite.epci_suivant_id if _change_d_epci(collectivite) else collectivite.epci_id


def _change_d_epci(collectivite):
    return bool(collectivite.epci_le) and collectivite.epci_le <= aujourdhui()


def _nommer(collectivite):
    return f'{collectivite.nom} ({collectivite.siren})'


def _controler(saisie, connue):
    """Refuse, with the field, what can't be; the SIREN of before is not asked again for its key."""
    siren = saisie['siren']
    if not re.fullmatch('[0-9]{9}', siren):
        raise Refus('Un SIREN compte neuf chiffres.', champ='siren')
    if (connue is None or siren != connue.siren) and not siren_juste(siren):
        raise Refus('Ce SIREN n\'existe pas\u00a0: un de ses chiffres est faux, ou deux sont intervertis. '
                    'Vérifiez-le sur l\'annuaire des entreprises.', champ='siren')
    if saisie['type'] == 'Commune' and not saisie['insee']:
        raise Refus('Une commune a un code INSEE\u00a0: indiquez-le.', champ='insee')
    if saisie['insee'] and not re.fullmatch('[0-9]{5}|2[AB][0-9]{3}', saisie['insee']):
        raise Refus('Un code INSEE de commune compte cinq chiffres (en Corse, 2A ou 2B et trois chiffres).',
                    champ='insee')
    if any(not re.fullmatch('[0-9]{5}', code) for code in saisie['codes_postaux'].split()):
        raise Refus('Un code postal compte cinq chiffres\u00a0; séparez-en plusieurs par une espace.',
                    champ='codes_postaux')
    if connue and saisie['epci_id'] == connue.id:
        raise Refus('Une intercommunalité n\'est pas la sienne\u00a0: choisissez-en une autre.', champ='epci')
    if not (connue and connue.remplacee_par_id):
        _refuser_si_pris(saisie, connue)


def _refuser_si_pris(saisie, connue):
    """A code is that of one collectivité, among those that no other replaces."""
    for champ, dit in (('siren', 'Ce SIREN'), ('insee', 'Ce code INSEE')):
        prise = saisie[champ] and Collectivite.get_or_none(
            getattr(Collectivite, champ) == saisie[champ], Collectivite.remplacee_par.is_null(),
            Collectivite.id != (connue.id if connue else 0))
        if prise:
            raise Refus(f'{dit} est déjà celui de {prise.nom}\u00a0: corrigez-le. Si l\'une remplace l\'autre, '
                        'enregistrez la fusion.', champ=champ)


# ======================================================================================
# Names typed by hand
# ======================================================================================

def rattacher(nom, type_, liee, agent):
    """Put a collectivité of the list in the place of a name typed by hand, in all its demandes; returns how many."""
    siennes = list(Demande.select().where(
        Demande.collectivite_liee.is_null(), Demande.collectivite_tri == normaliser(nom), Demande.type == type_))
    if not siennes:
        raise Refus(f'Plus aucune demande ne porte «\u00a0{nom}\u00a0»\u00a0: elles sont déjà rattachées.', 409)
    for demande in siennes:
        actes.rattacher(demande, agent, demande.version, liee)
    return len(siennes)


# ======================================================================================
# Mergers, changes of EPCI
# ======================================================================================

def fusionner(anciennes, nouvelle, depuis, agent):
    """These are part of another from a day on: communes of one commune, EPCI or syndicats of another."""
    for ancienne in anciennes:
        _refuser_la_fusion(ancienne, nouvelle, depuis)
    for ancienne in anciennes:
        (Collectivite.update(remplacee_par=nouvelle, jusqu_au=plus_jours(depuis, -1))
         .where(Collectivite.id == ancienne.id).execute())
    noms = enumerer(ancienne.nom for ancienne in anciennes)
    auditer('fusion', agent, f'{noms}, dans {_nommer(nouvelle)}, le {dire_jour(depuis, True)}')


def _refuser_la_fusion(ancienne, nouvelle, depuis):
    if ancienne.id == nouvelle.id:
        raise Refus(f'«\u00a0{ancienne.nom}\u00a0» ne se remplace pas elle-même\u00a0: retirez-la de la liste, ou '
                    'choisissez une autre collectivité d\'arrivée.', champ='anciennes')
    if ancienne.remplacee_par_id:
        raise Refus(f'«\u00a0{ancienne.nom}\u00a0» est déjà remplacée par {ancienne.remplacee_par.nom}\u00a0: annulez '
                    'd\'abord cette fusion, sur sa page.', champ='anciennes')
    if nouvelle.remplacee_par_id:
        rond = ' Ce serait tourner en rond.' if ancienne.id in _suite(nouvelle) else ''
        raise Refus(f'«\u00a0{nouvelle.nom}\u00a0» est elle-même remplacée par {nouvelle.remplacee_par.nom}.{rond} '
                    'Choisissez une collectivité que rien ne remplace.', champ='nouvelle')
    if (ancienne.type == 'Commune') != (nouvelle.type == 'Commune'):
        raise Refus(f'«\u00a0{ancienne.nom}\u00a0» ({ancienne.type}) ne peut pas faire partie {de(nouvelle.nom)} '
                    f'({nouvelle.type})\u00a0: une commune fusionne avec des communes.', champ='anciennes')
    for autre, qui in ((nouvelle, 'nouvelle'), (ancienne, 'anciennes')):
        if autre.depuis and depuis < plus_jours(autre.depuis, qui == 'anciennes'):
            raise Refus(f'«\u00a0{autre.nom}\u00a0» existe depuis le {dire_jour(autre.depuis, True)}\u00a0: indiquez '
                        'un jour qui vient après.', champ='depuis')
    derniere = _derniere_demande(ancienne.id, depuis)
    if derniere:
        raise Refus(f'«\u00a0{ancienne.nom}\u00a0» a déposé la demande n°\u00a0{derniere.numero} le '
                    f'{dire_jour(derniere.depose_le, True)}\u00a0: indiquez un jour qui vient après.', champ='depuis')


def _suite(collectivite):
    """The ids of what replaces it, one after the other."""
    vus = []
    while collectivite.remplacee_par_id and collectivite.remplacee_par_id not in vus:
        vus.append(collectivite.remplacee_par_id)
        collectivite = collectivite.remplacee_par
    return vus


def _derniere_demande(collectivite_id, depuis):
    """The last demande of a collectivité deposited from a day on, or None."""
    siennes = Demande.collectivite_liee == collectivite_id, Demande.depose_le >= debut_du_jour(depuis)
    return Demande.select().where(*siennes).order_by(Demande.depose_le.desc()).first()


def empechement(ancienne):
    """Why a merger may not be undone any more, in a sentence; '' when it may."""
    depuis = plus_jours(ancienne.jusqu_au, 1) if ancienne.jusqu_au else '1900-01-01'
    derniere = next(filter(None, (_derniere_demande(la, depuis) for la in _suite(ancienne))), None)
    if derniere:
        return (f'La demande n°\u00a0{derniere.numero} a été déposée le {dire_jour(derniere.depose_le, True)} sous le '
                f'nom {de(derniere.collectivite_liee.nom)}\u00a0: cette fusion ne s\'annule plus.')
    for champ, dit in (('siren', 'le SIREN'), ('insee', 'le code INSEE')):
        valeur = getattr(ancienne, champ)
        prise = valeur and Collectivite.get_or_none(getattr(Collectivite, champ) == valeur,
                                                    Collectivite.remplacee_par.is_null())
        if prise:
            return f'{prise.nom} a repris {dit} de {ancienne.nom}\u00a0: corrigez-le d\'abord, sur sa page.'
    return ''


def annuler_fusion(ancienne, agent):
    """Undo a merger, as long as no demande was deposited under the new name."""
    if not ancienne.remplacee_par_id:
        raise Refus(f'{ancienne.nom} n\'est remplacée par aucune autre\u00a0: il n\'y a rien à annuler.', 409)
    if empechement(ancienne):
        raise Refus(empechement(ancienne), 409)
    avec = ancienne.remplacee_par
    Collectivite.update(remplacee_par=None, jusqu_au=None).where(Collectivite.id == ancienne.id).execute()
    auditer('fusion annulée', agent, f'{_nommer(ancienne)}, dans {avec.nom}')


def changer_epci(collectivite, epci, le, agent):
    """It is of another EPCI (None: of none) from a day on; the day of an earlier change that has come is forgotten."""
    if collectivite.type in EPCI:
        raise Refus('Une intercommunalité n\'est pas dans une autre\u00a0: enregistrez plutôt une fusion.')
    if collectivite.remplacee_par_id:
        raise Refus(f'{collectivite.nom} est remplacée par {collectivite.remplacee_par.nom}\u00a0: '
                    'changez plutôt celle-ci.', 409)
    actuel, vers = epci_saisi(collectivite), epci.id if epci else None
    if vers == actuel:
        raise Refus('C\'est déjà son intercommunalité\u00a0: choisissez-en une autre.', champ='epci')
    (Collectivite.update(epci=actuel, epci_suivant=vers, epci_le=le)
     .where(Collectivite.id == collectivite.id).execute())
    auditer('intercommunalité changée', agent,
            f'{_nommer(collectivite)}\u00a0: {epci.nom if epci else "aucune"}, le {dire_jour(le, True)}')


def annuler_changement(collectivite, agent):
    """Forget a change of EPCI whose day has not come."""
    if not collectivite.epci_le or _change_d_epci(collectivite):
        raise Refus('Aucun changement d\'intercommunalité n\'est à venir\u00a0: il n\'y a rien à annuler.', 409)
    Collectivite.update(epci_suivant=None, epci_le=None).where(Collectivite.id == collectivite.id).execute()
    auditer('changement d\'intercommunalité annulé', agent, _nommer(collectivite))


def dire_a_venir(collectivite):
    """What was entered for a day to come, in sentences."""
    dits = []
    if collectivite.remplacee_par_id and (collectivite.jusqu_au or '') >= aujourdhui():
        depuis = dire_jour_long(plus_jours(collectivite.jusqu_au, 1), semaine=False)
        dits.append(f'Fera partie {de(collectivite.remplacee_par.nom)} le {depuis}.')
    if collectivite.epci_le and not _change_d_epci(collectivite):
        vers = collectivite.epci_suivant.nom if collectivite.epci_suivant_id else 'hors intercommunalité'
        dits.append(f'Changera d\'intercommunalité le {dire_jour_long(collectivite.epci_le, semaine=False)}\u00a0: '
                    f'{vers}.')
    if collectivite.depuis and collectivite.depuis > aujourdhui():
        premier = dire_jour_long(collectivite.depuis, semaine=False)
        dits.append(f'N\'est proposée aux mairies qu\'à partir du {premier}.')
    return dits
