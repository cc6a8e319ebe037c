"""The list of the collectivités: corrected, added to, attached, merged, moved to another EPCI, made into a commune
nouvelle (regles.md §3).

What is entered for a day takes effect that day (perimetre.py). Demandes keep the name under which they were deposited.
"""
import re

from models import (
    Adhesion, Collectivite, Contenu, ContenuCollectivite, Demande, DemandeCommune, Refus, Structure, db, lignes)
from langue import (
    aujourdhui, de, debut_du_jour, dire_ecarts, dire_jour, dire_jour_long, dire_nombre, enumerer, normaliser,
    plus_jours, siren_juste)

from verbes import perimetre, regles
from verbes.demande import a_confirmer, actes
from verbes.etiquettes import libelles
from verbes.journal import auditer

EPCI = regles.TYPES_D_EPCI

# ---- One collectivité: what is typed of it ----

# field: its name in a sentence.
CHAMPS = {
    'nom': 'nom', 'usuels': 'noms d\'usage', 'type': 'type', 'siren': 'SIREN', 'insee': 'code INSEE',
    'codes_postaux': 'codes postaux',
    'population': 'population', 'arrondissement': 'arrondissement', 'epci_id': 'intercommunalité',
    'canton': 'canton', 'petr': 'PETR', 'secteur': 'secteur',
    'courriel': 'courriel officiel', 'telephone': 'téléphone', 'adresse': 'adresse postale',
    'sans_lettre': 'lettre d\'information',
    'depuis': 'premier jour', 'acte_le': 'arrêté préfectoral',
}


def ajouter(saisie, agent):
    """Add one (a syndicat, a PETR, a CCAS…), from CHAMPS; returns it."""
    _controler(saisie, None)
    collectivite = Collectivite.create(**saisie, cherche=normaliser(saisie['nom']))
    auditer('collectivité ajoutée', agent, _nommer(collectivite), objet=f'collectivite:{collectivite.id}')
    return collectivite


def corriger(collectivite, saisie, agent):
    """Correct what differs, CHAMPS. The audit says which fields."""
    _controler(saisie, collectivite)
    avant = {nom: getattr(collectivite, nom) for nom in CHAMPS} | {'epci_id': epci_saisi(collectivite)}
    changes = [nom for nom in CHAMPS if nom in saisie and saisie[nom] != avant[nom]]
    if not changes:
        raise Refus('Rien n\'a changé\u00a0: modifiez un champ avant d\'enregistrer.')
    valeurs = {nom: saisie[nom] for nom in changes}
    if 'epci_id' in valeurs and _change_d_epci(collectivite):       # else it would come back
        valeurs |= {'epci_suivant': None, 'epci_le': None}
    valeurs |= {'cherche': normaliser(saisie['nom'])}
    Collectivite.update(**valeurs).where(Collectivite.id == collectivite.id).execute()
    auditer('collectivité corrigée', agent,
            f'{_nommer(collectivite)}\u00a0: {dire_ecarts(_ecart(nom, avant[nom], saisie[nom]) for nom in changes)}',
            objet=f'collectivite:{collectivite.id}')


def _ecart(nom, *valeurs):
    """(its name, before, after), in words."""
    return CHAMPS[nom], *(libelles()['epci'][v].nom if v and nom == 'epci_id' else v for v in valeurs)


# What may hold to one, and how it is counted in a sentence: all that names it in the base.
TENANTS = (
    ('demande', (Demande.collectivite_liee, DemandeCommune.collectivite)),
    ('contenu', (Contenu.collectivite, ContenuCollectivite.collectivite)), ('adhésion', (Adhesion.collectivite,)),
    ('collectivité', (Collectivite.epci, Collectivite.epci_suivant, Collectivite.remplacee_par)))


def ce_qui_tient(collectivite):
    """« 2 demandes et 1 adhésion », '' when nothing holds to it."""
    nombres = [(nom, sum(champ.model.select().where(champ == collectivite).count() for champ in champs))
               for nom, champs in TENANTS]
    return enumerer(dire_nombre(nombre, nom) for nom, nombre in nombres if nombre)


def retirer(collectivite, agent):
    """One that was added by mistake, out of the list: as long as nothing holds to it."""
    tient = ce_qui_tient(collectivite)
    if tient:
        raise Refus(f'{collectivite.nom} a {tient}\u00a0: elle ne se retire plus. Corrigez-la, ou faites-en une '
                    'fusion.', 409)
    collectivite.delete_instance()
    auditer('collectivité retirée', agent, _nommer(collectivite), objet=f'collectivite:{collectivite.id}')


def epci_saisi(collectivite):
    """The id of the EPCI it was said to be of, for today, whatever that one has become."""
    return collectivite.epci_suivant_id if _change_d_epci(collectivite) else collectivite.epci_id


def _change_d_epci(collectivite):
    return bool(collectivite.epci_le) and collectivite.epci_le <= aujourdhui()


def _nommer(collectivite):
    return f'{collectivite.nom} ({code(collectivite)})'


def code(collectivite):
    """Its SIREN; of a commune nouvelle that has none yet, its INSEE code."""
    return collectivite.siren or collectivite.insee


def _controler(saisie, connue):
    """Refuse, with the field, what can't be; the SIREN of before is not asked again for its key."""
    if saisie['siren'] or not (connue and connue.siren is None):
        _controler_siren(saisie['siren'] or '', connue)
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


def _controler_siren(siren, connue=None):
    if not re.fullmatch('[0-9]{9}', siren):
        raise Refus('Un SIREN compte neuf chiffres.', champ='siren')
    if (connue is None or siren != connue.siren) and not siren_juste(siren):
        raise Refus('Ce SIREN n\'existe pas\u00a0: un de ses chiffres est faux, ou deux sont intervertis. '
                    'Vérifiez-le sur l\'annuaire des entreprises.', champ='siren')


def _refuser_si_pris(saisie, connue):
    """A code is that of one collectivité, among those that no other replaces."""
    for champ, dit in (('siren', 'Ce SIREN'), ('insee', 'Ce code INSEE')):
        prise = saisie[champ] and Collectivite.get_or_none(
            getattr(Collectivite, champ) == saisie[champ], Collectivite.remplacee_par.is_null(),
            Collectivite.id != (connue.id if connue else 0))
        if prise:
            raise Refus(f'{dit} est déjà celui de {prise.nom}\u00a0: corrigez-le. Si l\'une remplace l\'autre, '
                        'enregistrez la fusion, ou la commune nouvelle.', champ=champ)


# ---- Names typed by hand ----

def rattacher(nom, type_, liee, agent):
    """Put a collectivité of the list in the place of a name typed by hand, in all its demandes; returns how many."""
    demandes = list(Demande.select().where(
        Demande.collectivite_liee.is_null(), Demande.collectivite_tri == normaliser(nom), Demande.type == type_))
    if not demandes:
        raise Refus(f'Plus aucune demande ne porte «\u00a0{nom}\u00a0»\u00a0: elles sont déjà rattachées.', 409)
    for demande in demandes:
        actes.rattacher(demande, agent, demande.version, liee)
    return len(demandes)


# ---- Mergers ----

def fusionner(anciennes, nouvelle, depuis, agent):
    """These are part of another from a day on: communes of one commune, EPCI or syndicats of another."""
    auditer('fusion', agent, _reunir(anciennes, nouvelle, depuis), objet=f'collectivite:{nouvelle.id}')


def _reunir(anciennes, nouvelle, depuis):
    """What is written of a merger; how the audit says it."""
    for ancienne in anciennes:
        _refuser_la_fusion(ancienne, nouvelle, depuis)
    for ancienne in anciennes:
        (Collectivite.update(remplacee_par=nouvelle, jusqu_au=plus_jours(depuis, -1))
         .where(Collectivite.id == ancienne.id).execute())
    noms = enumerer(ancienne.nom for ancienne in anciennes)
    return f'{noms}, dans {_nommer(nouvelle)}, le {dire_jour(depuis, True)}'


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
    ids = []
    while collectivite.remplacee_par_id and collectivite.remplacee_par_id not in ids:
        ids.append(collectivite.remplacee_par_id)
        collectivite = collectivite.remplacee_par
    return ids


def _derniere_demande(collectivite_id, depuis):
    """The last demande of a collectivité deposited from a day on, or None."""
    siennes = Demande.collectivite_liee == collectivite_id, Demande.depose_le >= debut_du_jour(depuis)
    return Demande.select().where(*siennes).order_by(Demande.depose_le.desc()).first()


def empechement(ancienne):
    """Why a merger may not be undone any more, in a sentence; '' when it may."""
    if nees_avec(ancienne):
        return _empechement_de_la_nouvelle(ancienne.remplacee_par)
    depuis = plus_jours(ancienne.jusqu_au, 1) if ancienne.jusqu_au else '1900-01-01'
    derniere = next(filter(None, (_derniere_demande(la, depuis) for la in _suite(ancienne))), None)
    if derniere:
        return (f'La demande n°\u00a0{derniere.numero} a été déposée le {dire_jour(derniere.depose_le, True)} sous le '
                f'nom {de(derniere.collectivite_liee.nom)}\u00a0: cette fusion ne s\'annule plus.')
    return _code_repris(ancienne)


def _code_repris(ancienne, sauf=0):
    """The sentence about who bears a code of one that is replaced; sauf: the id of one that may."""
    for champ, dit in (('siren', 'le SIREN'), ('insee', 'le code INSEE')):
        valeur = getattr(ancienne, champ)
        prise = valeur and Collectivite.get_or_none(
            getattr(Collectivite, champ) == valeur, Collectivite.remplacee_par.is_null(), Collectivite.id != sauf)
        if prise:
            return f'{prise.nom} a repris {dit} de {ancienne.nom}\u00a0: corrigez-le d\'abord, sur sa page.'
    return ''


def annuler_fusion(ancienne, agent):
    """Undo a merger, as long as no demande was deposited under the new name; of a commune nouvelle, all of it."""
    if not ancienne.remplacee_par_id:
        raise Refus(f'{ancienne.nom} n\'est remplacée par aucune autre\u00a0: il n\'y a rien à annuler.', 409)
    if empechement(ancienne):
        raise Refus(empechement(ancienne), 409)
    avec, entiere = ancienne.remplacee_par, nees_avec(ancienne)
    toutes = entiere or [ancienne]
    if entiere:                                                     # the codes go back to those that had them
        Collectivite.update(siren=None, insee=None).where(Collectivite.id == avec.id).execute()
    (Collectivite.update(remplacee_par=None, jusqu_au=None)
     .where(Collectivite.id.in_([une.id for une in toutes])).execute())
    adhesions = adhesions_de(avec) if entiere else ''
    if entiere:
        Adhesion.delete().where(Adhesion.collectivite == avec).execute()
        avec.delete_instance()
    auditer('commune nouvelle annulée' if entiere else 'fusion annulée', agent,
            f'{enumerer(_nommer(une) for une in toutes)}, dans {avec.nom}'
            + (f'\u00a0; adhésions effacées\u00a0: {adhesions}' if adhesions else ''),
            objet=f'collectivite:{ancienne.id}')


def adhesions_de(nouvelle):
    """To whom it adheres under its own name, in words, '' for nobody: this goes with it when it is undone."""
    siennes = Structure.select().join(Adhesion).where(Adhesion.collectivite == nouvelle).distinct()
    return enumerer(structure.nom for structure in siennes.order_by(Structure.nom))


# ---- A commune nouvelle: a creation and its mergers ----

LOI = '2010-12-18'                                                  # the day of the law that makes them, in force
# What of the chef-lieu is of the commune nouvelle too; its canton is said later.
DU_CHEF_LIEU = ('arrondissement', 'petr', 'secteur', 'courriel', 'telephone', 'adresse', 'sans_lettre')


def creer_commune_nouvelle(chef_lieu, autres, saisie, agent):
    """Make one commune of several from a day on, under the INSEE code of its chef-lieu; returns it. Once its day has
    come, their interlocuteurs are to be confirmed.

    saisie: nom, depuis, acte_le (of the arrêté), siren (None: not given yet), epci_id (None: the one that they have).
    """
    anciennes = [chef_lieu, *autres]
    _controler_la_nouvelle(chef_lieu, autres, saisie)
    commune = Collectivite.create(**{nom: getattr(chef_lieu, nom) for nom in DU_CHEF_LIEU} | saisie | {
        'type': 'Commune', 'siren': None, 'cherche': normaliser(saisie['nom']),
        'epci_id': _epci_de_la_nouvelle(anciennes, saisie), 'population': sum(c.population for c in anciennes),
        'codes_postaux': ' '.join(sorted({cp for c in anciennes for cp in c.codes_postaux.split()}))})
    commune.insee = chef_lieu.insee                                 # which is written once nobody else bears it
    phrase = _reunir(anciennes, commune, saisie['depuis'])
    commune.siren = saisie['siren']
    if commune.siren:
        _controler_siren(commune.siren)
    _refuser_si_pris({'siren': commune.siren, 'insee': commune.insee}, commune)
    commune.save()
    auditer('commune nouvelle', agent, f'{phrase}, arrêté du {dire_jour(commune.acte_le, True)}',
            objet=f'collectivite:{commune.id}')
    if commune.depuis <= aujourdhui():
        a_confirmer.demander_a_la_nouvelle(commune, agent)
    return commune


def confirmer_au_jour():
    """The carrier, each day: the interlocuteurs of the communes nouvelles whose day has come are to be confirmed."""
    venues = Collectivite.acte_le.is_null(False), Collectivite.depuis <= aujourdhui()
    for nouvelle in Collectivite.select().where(*venues, Collectivite.remplacee_par.is_null()):
        a_confirmer.demander_a_la_nouvelle(nouvelle)


def _controler_la_nouvelle(chef_lieu, autres, saisie):
    if chef_lieu.type != 'Commune' or not chef_lieu.insee:
        raise Refus(f'«\u00a0{chef_lieu.nom}\u00a0» n\'est pas une commune qui ait un code INSEE\u00a0: choisissez une '
                    'commune.', champ='chef_lieu')
    if chef_lieu.remplacee_par_id:
        raise Refus(f'«\u00a0{chef_lieu.nom}\u00a0» fait ou fera partie {de(chef_lieu.remplacee_par.nom)}\u00a0: '
                    'choisissez une commune que rien ne remplace.', champ='chef_lieu')
    if chef_lieu in autres:
        raise Refus(f'«\u00a0{chef_lieu.nom}\u00a0» est déjà le chef-lieu\u00a0: ne la répétez pas dans les communes '
                    'regroupées.', champ='anciennes')
    if saisie['acte_le'] > aujourdhui() or saisie['acte_le'] < LOI:
        raise Refus(f'L\'arrêté est signé, et depuis la loi du 16 décembre 2010\u00a0: indiquez un jour du '
                    f'{dire_jour(LOI, True)} à aujourd\'hui.', champ='acte_le')
    if not saisie['acte_le'] <= saisie['depuis'] <= plus_jours(saisie['acte_le'], 800):
        raise Refus('La commune nouvelle existe à partir d\'un jour qui suit l\'arrêté, dans les deux ans\u00a0: '
                    'vérifiez les deux dates.', champ='depuis')
    pareille = Collectivite.get_or_none(
        Collectivite.cherche == normaliser(saisie['nom']), Collectivite.type == 'Commune',
        Collectivite.remplacee_par.is_null(), Collectivite.id.not_in([c.id for c in (chef_lieu, *autres)]))
    if pareille:
        raise Refus(f'«\u00a0{pareille.nom}\u00a0» est déjà le nom d\'une commune ({code(pareille)})\u00a0: '
                    'vérifiez-le, ou ajoutez-la aux communes regroupées.', champ='nom')


def _epci_de_la_nouvelle(anciennes, saisie):
    """The id of its EPCI: the one that all have on that day, else the one that was chosen among theirs."""
    ids = {id_ and perimetre.actuelle(id_) for id_ in (
        c.epci_suivant_id if c.epci_le and c.epci_le <= saisie['depuis'] else c.epci_id for c in anciennes)}
    choix = saisie['epci_id'] and perimetre.actuelle(saisie['epci_id'])
    if not choix and len(ids) == 1:
        return ids.pop()
    if choix not in ids - {None} and ids != {None}:
        noms = enumerer(sorted(perimetre.lire().noms[id_][0] for id_ in ids - {None}))
        raise Refus(f'Choisissez son intercommunalité parmi celles de ces communes\u00a0: {noms}.', champ='epci')
    return choix


def nees_avec(ancienne):
    """The communes that a commune nouvelle was made of, if this one is among them."""
    nouvelle = ancienne.remplacee_par
    if not (nouvelle and nouvelle.acte_le and ancienne.jusqu_au == plus_jours(nouvelle.depuis, -1)):
        return []
    return list(Collectivite.select().where(
        Collectivite.remplacee_par == nouvelle, Collectivite.jusqu_au == ancienne.jusqu_au).order_by(Collectivite.id))


# What keeps a commune nouvelle from being undone: who names it (its id), and what is said of it.
NOMMENT = (
    ('SELECT numero FROM demande WHERE collectivite_id = ? ORDER BY numero DESC',
     'La demande n°\u00a0{} a été déposée sous son nom'),
    ('SELECT demande_id FROM demande_commune WHERE collectivite_id = ?',
     'La demande n°\u00a0{} la nomme parmi les communes concernées'),
    ('SELECT titre FROM contenu_collectivite JOIN contenu ON contenu.id = contenu_id '
     'WHERE contenu_collectivite.collectivite_id = ?',
     'Le contenu «\u00a0{}\u00a0» la nomme'),
    ('SELECT nouvelle.nom FROM collectivite JOIN collectivite nouvelle ON nouvelle.id = collectivite.remplacee_par_id '
     'WHERE collectivite.id = ?', 'Elle fait ou fera partie d\'une autre ({})'),
    ('SELECT autre.nom FROM collectivite JOIN collectivite autre ON autre.remplacee_par_id = collectivite.id '
     'AND autre.jusqu_au <> date(collectivite.depuis, \'-1 day\') WHERE collectivite.id = ?',
     'Une autre commune y est venue ensuite ({}, dont la fusion s\'annule d\'abord)'),
)


def _empechement_de_la_nouvelle(nouvelle):
    for requete, phrase in NOMMENT:
        nomme = db.execute_sql(requete, (nouvelle.id,)).fetchone()
        if nomme:
            return f'{phrase.format(*nomme)}\u00a0: {nouvelle.nom} ne s\'annule plus.'
    siennes = Collectivite.select().where(Collectivite.remplacee_par == nouvelle)
    return next(filter(None, (_code_repris(ancienne, nouvelle.id) for ancienne in siennes)), '')


def reste_a_dire(nouvelle):
    """What is still to be settled of a commune nouvelle, in words: [] of any other, or of one that is replaced."""
    if not nouvelle.acte_le or nouvelle.remplacee_par_id:
        return []
    (lu,) = lignes(RESTE, nouvelle.id, aujourdhui())
    dits = (
        (nouvelle.siren is None, 'son SIREN'), (lu['cantons'] and not nouvelle.canton, 'son canton'),
        (lu['adhesions'], f'ses adhésions à redemander ({lu["adhesions"]})'))
    return [dit for reste, dit in dits if reste]


# Of a commune nouvelle (?1): how many of its communes had a canton; to whom they adhere today (?2), and not yet itself.
RESTE = """SELECT
  (SELECT count(*) FROM collectivite WHERE remplacee_par_id = ?1 AND canton <> '') AS cantons,
  (SELECT group_concat(nom, ', ') FROM structure WHERE id IN (
     SELECT structure_id FROM adhesion JOIN collectivite ON collectivite.id = collectivite_id
     WHERE remplacee_par_id = ?1 AND coalesce(adhesion.jusqu_au, '9') >= ?2)
   AND id NOT IN (SELECT structure_id FROM adhesion WHERE collectivite_id = ?1)) AS adhesions"""


def nouvelles_a_regler():
    """[(Collectivite, what is still to be settled)] of the communes nouvelles."""
    dites = [(c, reste_a_dire(c)) for c in Collectivite.select().where(Collectivite.acte_le.is_null(False))]
    return [(c, reste) for c, reste in dites if reste]


# ---- Changes of EPCI ----

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
            f'{_nommer(collectivite)}\u00a0: {epci.nom if epci else "aucune"}, le {dire_jour(le, True)}',
            objet=f'collectivite:{collectivite.id}')


def annuler_changement(collectivite, agent):
    """Forget a change of EPCI whose day has not come."""
    if not collectivite.epci_le or _change_d_epci(collectivite):
        raise Refus('Aucun changement d\'intercommunalité n\'est à venir\u00a0: il n\'y a rien à annuler.', 409)
    Collectivite.update(epci_suivant=None, epci_le=None).where(Collectivite.id == collectivite.id).execute()
    auditer('changement d\'intercommunalité annulé', agent, _nommer(collectivite),
            objet=f'collectivite:{collectivite.id}')


def dire_a_venir(collectivite):
    """What was entered for a day to come, in sentences."""
    phrases = []
    if collectivite.remplacee_par_id and (collectivite.jusqu_au or '') >= aujourdhui():
        depuis = dire_jour_long(plus_jours(collectivite.jusqu_au, 1), semaine=False)
        phrases.append(f'Fera partie {de(collectivite.remplacee_par.nom)} le {depuis}.')
    if collectivite.epci_le and not _change_d_epci(collectivite):
        vers = collectivite.epci_suivant.nom if collectivite.epci_suivant_id else 'hors intercommunalité'
        phrases.append(f'Changera d\'intercommunalité le {dire_jour_long(collectivite.epci_le, semaine=False)}\u00a0: '
                       f'{vers}.')
    if collectivite.depuis and collectivite.depuis > aujourdhui():
        premier = dire_jour_long(collectivite.depuis, semaine=False)
        phrases.append(f'N\'est proposée aux mairies qu\'à partir du {premier}.')
    return phrases
