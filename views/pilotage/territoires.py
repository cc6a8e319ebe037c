"""« Territoires »: the page of a collectivité; those that have asked for nothing for 24 months, a list for visits."""
import functools
from collections import namedtuple

import langue
from models import Collectivite, Refus, jours_fermes, lecture
from langue import dire_jour, dire_nombre
from verbes import appellations, etiquettes, perimetre, regles
from verbes.administration import collectivites
from verbes.demande import liste
from verbes.demande.clotures import dire_issue
from verbes.pilotage import tableaux, territoires, visite
from views import aller, app, choix, page, parametre, request
from views.champs import Champ
from views.criteres import adresse_de, ignore, nom_de, oter_les_vides, refuser_les_doubles
from views.entrees import ID, lire_numero, trouver
from views.exports import csv_fichier, livrer
from views.lectures import lire_adhesions
from .mesures import (
    PERIODE, TERRITOIRES, champs_des_lieux, choix_des_territoires, lire_lieux, periodes, premiere_annee)

UNE = f'/espace/collectivites/{ID}'
MONTREES = 30                                                       # demandes, on the page; the CSV has them all
FRISE = 14                                                          # of these, on the line of time
NATURES = regles.NATURES | {'contact': 'Premier contact'}

# ---- One collectivité ----

# A row of « ses demandes »: what is shown of it, whatever the role.
# theme, structures: (short name, name).
Ligne = namedtuple('Ligne', 'd theme titre structures sorti sienne')


def _trouver_collectivite(id_):
    return trouver(Collectivite, id_, 'Cette collectivité n\'existe pas. Cherchez-la sur la carte ou dans la liste des '
                                      'demandes.')


@app.get(UNE, qui='lecteur')
def montrer(id):
    c = _trouver_collectivite(id)
    la = perimetre.actuelle(c.id)
    if la != c.id:                                                  # the page of what it is today says what it was
        aller(f'/espace/collectivites/{la}?ancienne={c.id}')
    agent = request.agent
    lecteur, reduit = territoires.vue(agent), bool(agent.lecteur_au)
    etats = territoires.etats(lecteur)
    demandes = territoires.demandes_de(lecteur, c.id)
    propres = [demande for demande in demandes if demande['sienne']]
    return page(
        'pilotage/territoires/collectivite.html', c=c, etat=etats.get(c.id), reduit=reduit, lien=adresse_de,
        etape=langue.dire_etape,
        depuis=territoires.depuis(), lignes=[_ligne(d, reduit) for d in demandes[:MONTREES]], total=len(demandes),
        siennes=propres, concernees_ouvertes=sum(not d['clos_le'] for d in demandes if not d['sienne']),
        themes=_themes(demandes), premiere=demandes[-1]['depose_le'][:4] if demandes else '',
        frise=None if reduit else _frise(demandes[:FRISE]), **_noms(c), **_contacts(lecteur, c, reduit),
        groupe=_groupe(lecteur, etats, c), mots=territoires.dire_sans(lecteur),
        echeance=_echeance(propres), direct=territoires.DIRECT,
        visite=not reduit and visite.peut_preparer(agent, c.id),
        adhesions=lire_adhesions(c.id), saisir=_saisir(c), tri=_tri())


def _noms(c):
    """What it was, what it will be."""
    noms = [perimetre.lire().noms[id_][0] for id_ in perimetre.famille(c.id) if id_ != c.id]
    ancienne = lire_numero(parametre('ancienne'))
    venue = perimetre.dire(ancienne) if ancienne in perimetre.famille(c.id) else ''
    return {'anciens': noms, 'venue': venue, 'a_venir': collectivites.dire_a_venir(c)}


def _saisir(c):
    """The address of the entry of a demande received in direct, for it."""
    nom = next((nom for nom, _ in choix.noms_des_collectivites() if appellations.decouper(nom)[0] == c.nom and (
        '(' not in nom or choix.precision(c.codes_postaux, c.type) in nom)), c.nom)
    return adresse_de({'collectivite': nom}, '/espace/demandes/nouvelle')


def _ligne(lue, reduit):
    """Of a « lecteur »: year, theme, structure, step (regles.md §1)."""
    libelles = etiquettes.libelles()
    sorti = ''
    if lue['clos_le'] and lue['issue']:
        sorti = dire_issue(lue['issue'], '' if reduit else lue['organisme'])
    elif lue['proposition_le'] and not reduit:
        sorti = f'proposition du {dire_jour(lue["proposition_le"], True)}'
    structures = [lue['structure_id'], *map(int, filter(None, (lue['autres'] or '').split(',')))]
    return Ligne(lue, _theme(lue['theme_id']), nom_de(libelles['fiche'], lue['fiche_id'], 'Demande libre'),
                 [(libelles['structure'][cle].court, libelles['structure'][cle].nom) for cle in structures if cle],
                 langue.majuscule(sorti), lue['sienne'])


def _themes(lues):
    """[((short name, name), how many)]."""
    return [(_theme(theme), combien) for theme, combien in territoires.compter_par_theme(lues)]


def _theme(cle):
    theme = etiquettes.libelles()['theme'].get(cle)
    return (theme.court, theme.nom) if theme else ('Sans thème', 'Sans thème')


def _echeance(siennes):
    """(number, state, words) of the last demande, when it waits for a call."""
    derniere = siennes[0] if siennes else None
    if not derniere:
        return None
    dite = langue.dire_echeance(derniere['echeance'], derniere['premier_contact_le'], derniere['clos_le'],
                                fermes=jours_fermes())
    return derniere['numero'], *dite


def _contacts(lecteur, c, reduit):
    """The last contact, whom to call: nothing for a « lecteur »."""
    if reduit:
        return {'contact': None, 'personne': None, 'tus': False, 'a_confirmer': '', 'elections': ''}
    contact = territoires.dernier_contact(lecteur, c.id)
    personne, tus = territoires.personnes(lecteur, c.id)
    return {'contact': contact and contact | {'dit': NATURES[contact['nature']].lower()}, 'personne': personne,
            'tus': tus, 'a_confirmer': territoires.a_confirmer_depuis(c.id), 'elections': territoires.elections()}


# ---- The line of time ----

# x of the years, of the day, of the elections (None out of sight); barres: one for each demande.
Frise = namedtuple('Frise', 'annees fin election barres')
Barre = namedtuple('Barre', 'numero dit debut largeur contact ouverte')
GAUCHE, LARGE = 214, 582                                            # where the days begin, how wide they are


def _frise(lues):
    """The Frise of some demandes; None without any."""
    if not lues:
        return None
    jour = langue.aujourdhui()
    depart = f'{min(langue.jour_de(lue["depose_le"]) for lue in lues)[:4]}-01-01'
    jours = max(1, langue.jours_entre(depart, jour))

    def place(quand):
        return round(GAUCHE + LARGE * min(max(0, langue.jours_entre(depart, quand)), jours) / jours, 1)

    elections = territoires.elections()
    return Frise([(place(f'{annee}-01-01'), annee) for annee in range(int(depart[:4]), int(jour[:4]) + 1)],
                 place(jour), place(elections) if elections > depart else None,
                 [_barre(lue, place, jour) for lue in lues])


def _barre(demande, place, jour):
    debut = place(langue.jour_de(demande['depose_le']))
    fin = place(langue.jour_de(demande['clos_le']) if demande['clos_le'] else jour)
    mots = _theme(demande['theme_id'])[0] + ('' if demande['sienne'] else ' (la concerne)')
    contact = demande['premier_contact_le'] and place(demande['premier_contact_le'])
    return Barre(demande['numero'], mots if len(mots) < 30 else f'{mots[:28]}…', debut,
                 max(6, round(fin - debut, 1)), contact or None, not demande['clos_le'])


# ---- The EPCI and its communes ----

# The EPCI of the page, or the page itself: its numbers; communes: (Etat, day of the last contact), sorted.
Epci = namedtuple('Epci', 'id nom lui communes population recues siennes ouvertes sans population_sans')
TRIS = {'nom': 'Commune', 'population': 'Habitants', 'ouvertes': 'Ouvertes', 'recues': 'En 24\u00a0mois',
        'derniere': 'Dernière demande'}


def _tri():
    tri = parametre('tri').strip() or 'nom'
    if tri.removeprefix('-') not in TRIS:
        raise Refus('Ce tri n\'existe pas. Revenez à la page de la collectivité.', 400)
    return tri


def _groupe(lecteur, etats, c):
    """The Epci of a collectivité; None out of any."""
    id_ = c.id if c.type in regles.TYPES_D_EPCI else perimetre.epci(c.id)
    if id_ not in etats:
        return None
    decoupage = perimetre.lire()
    membres = [etats[cle] for cle in {decoupage.actuelles[i] for i in perimetre.de_l_epci(id_)} if cle in etats]
    communes = [etat for etat in membres if etat.type == 'Commune']
    sans = [etat for etat in communes if territoires.sans_demande(etat)]
    joints = {} if request.agent.lecteur_au else territoires.contacts(lecteur, [etat.id for etat in communes])
    return Epci(id_, etats[id_].nom, id_ == c.id, [(etat, joints.get(etat.id, '')) for etat in trier(communes, _tri())],
                sum(etat.population for etat in communes) or etats[id_].population,
                sum(etat.recues for etat in membres), etats[id_].recues,
                sum(etat.ouvertes for etat in membres), len(sans), sum(etat.population for etat in sans))


def trier(etats, tri):
    """So sorted, by name in any case of equality; those that have no such day last."""
    nom = tri.removeprefix('-')
    par_nom = sorted(etats, key=lambda etat: langue.ordre_alphabetique(etat.nom))
    if nom == 'nom':
        return par_nom[::-1] if tri.startswith('-') else par_nom
    avec = [etat for etat in par_nom if getattr(etat, nom) is not None]
    return (sorted(avec, key=lambda etat: getattr(etat, nom), reverse=tri.startswith('-'))
            + [etat for etat in par_nom if getattr(etat, nom) is None])


# ---- The CSV of its demandes ----

TITRES = ('Numéro', 'Collectivité', 'La concerne', 'Thème', 'Fiche', 'Statut', 'Déposée', 'Structure', 'Issue',
          'Diffusion restreinte', 'Reprise')


@app.get(f'{UNE}.csv', qui='lecteur', transaction=False)
def exporter(id):
    """Without contact, message nor what would measure a structure (regles.md §11)."""
    with lecture():
        c, reduit = _trouver_collectivite(id), bool(request.agent.lecteur_au)
        demandes = territoires.demandes_de(territoires.vue(request.agent), perimetre.actuelle(c.id))
        lignes = [_cellules(_ligne(demande, True), reduit) for demande in demandes]
        restreintes = [demande['numero'] for demande in demandes if demande['restreinte']]
    fichier, nombre = csv_fichier(f'{langue.slug(c.nom)}-{langue.aujourdhui()}.csv', TITRES, lignes)
    return livrer(fichier, f'{c.nom}\u00a0: {dire_nombre(nombre, "demande")}', {}, restreintes)


def _cellules(ligne, reduit):
    d = ligne.d
    depose = langue.jour_de(d['depose_le'])
    statut = regles.STATUTS[d['statut']]
    if reduit and not d['clos_le']:
        statut = langue.dire_etape(d['etape'], d['statut'])
    return ('' if reduit else d['numero'], d['collectivite'], 'non' if ligne.sienne else 'oui', ligne.theme[1],
            '' if reduit else ligne.titre, statut, depose[:4] if reduit else dire_jour(depose, True),
            ', '.join(nom for _, nom in ligne.structures), '' if reduit else ligne.sorti,
            'oui' if d['restreinte'] else 'non', 'oui' if d['reprise'] else 'non')


# ---- Without demande for 24 months ----

PAGE = '/espace/pilotage/territoires'
CHAMPS = (Champ('epci', 'Intercommunalité', 'choix', choix='Toutes'), *TERRITOIRES)
SON_FILTRE = (*territoires.FILTRES, *PERIODE, 'theme', 'type')


@app.get(PAGE, qui='lecteur')
def lister():
    oter_les_vides(PAGE)
    agent, filtres = request.agent, _filtres()
    lecteur = territoires.vue(agent)
    lieux = lire_lieux()
    communes, adresse = territoires.communes(lecteur, filtres, lieux.paires), lieux.adresse | filtres
    noms = etiquettes.libelles()['epci']
    sans = [etat for etat in communes if territoires.sans_demande(etat, lieux.du)]
    champs = [c for c in choix.remplir(CHAMPS, choix_des_territoires()) if len(c.choix) > 1 or c.nom in filtres]
    return page('pilotage/territoires/territoires.html', champs=champs, filtres=filtres, dits=_dire_filtres(filtres),
                ignore=ignore(*SON_FILTRE), demandees=champs_des_lieux(), adresse=adresse,
                periodes=periodes(parametre('periode'), premiere_annee(), bool(agent.lecteur_au)), quand=lieux.quand,
                groupes=territoires.par_epci(communes, noms, lieux.du), total=len(communes),
                population=sum(etat.population for etat in communes), sans=_par_epci(sans, noms) if filtres else (),
                combien=len(sans), population_sans=sum(etat.population for etat in sans), depuis=territoires.depuis(),
                lien=functools.partial(adresse_de, adresse, PAGE), export=adresse_de(adresse, f'{PAGE}.csv'),
                reduit=bool(agent.lecteur_au), administre=lecteur.administre, direct=territoires.DIRECT,
                mots=territoires.dire_sans(lecteur), **_dits(lecteur, lieux.quand))


def _dits(lecteur, quand):
    """What the page and its file call what they list."""
    if lecteur.administre:
        return {'titre': f'Communes sans demande {quand}', 'derniere': 'Dernière demande'}
    return {'titre': f'Aucune demande consultable {quand}', 'derniere': 'Dernière demande consultable'}


def _filtres():
    """{filter: value} of the address; Refus 400 of a value that cannot be."""
    refuser_les_doubles(territoires.FILTRES)
    filtres = {nom: parametre(nom).strip() for nom in territoires.FILTRES if parametre(nom).strip()}
    if any(not liste.CONDITIONS[nom].valable(valeur) for nom, valeur in filtres.items()):
        raise Refus('Un filtre de cette adresse n\'est pas valable. Revenez à la liste des territoires.', 400)
    if 'epci' in filtres and filtres['epci'].isdecimal():
        filtres['epci'] = str(perimetre.actuelle(int(filtres['epci'])))
    return filtres


def _dire_filtres(filtres):
    """« arrondissement de Saint-Gaudens », in words."""
    libelles = []
    for champ in CHAMPS:
        valeur = filtres.get(champ.nom)
        if valeur and champ.nom == 'epci':
            noms = [tableaux.dire_valeur('epci', liste.lire_valeur('epci', v)) for v in valeur.split(',')]
            libelles += ['intercommunalité inconnue' if nom == 'inconnue' else nom for nom in noms]
        elif valeur:
            libelles.append(_dire_territoire(champ, valeur))
    return ', '.join(libelles)


def _dire_territoire(champ, valeur):
    libelle = champ.libelle if champ.nom == 'petr' else champ.libelle.lower()
    connu = tableaux.dire_valeur(champ.nom, valeur) == valeur
    return f'{libelle} {langue.de(valeur) if connu else tableaux.INCONNU}'


def _par_epci(sans, noms):
    """[(id, name, [Etat])] of communes, in the order of the names of their EPCI."""
    groupes = {}
    for etat in sans:
        groupes.setdefault(etat.epci, []).append(etat)
    dits = [(id_, noms[id_].nom if id_ in noms else 'Sans intercommunalité', siens) for id_, siens in groupes.items()]
    return sorted(dits, key=lambda dit: (dit[0] is None, langue.ordre_alphabetique(dit[1])))


DES_VISITES = ('Commune', 'Code INSEE', 'Intercommunalité', 'Arrondissement', 'Canton', 'PETR', 'Secteur', 'Habitants',
               'Dernière demande', 'Courriel officiel', 'Téléphone')


@app.get(f'{PAGE}.csv', qui='lecteur', transaction=False)
def exporter_visites():
    """The communes to visit: those without demande for 24 months, of the filters; whom to write to, to who prints the
    list for a tour (regles.md §7).
    """
    with lecture():
        filtres, reduit, lecteur = _filtres(), bool(request.agent.lecteur_au), territoires.vue(request.agent)
        lieux = lire_lieux()
        sans = [etat for etat in territoires.communes(lecteur, filtres, lieux.paires)
                if territoires.sans_demande(etat, lieux.du)]
        mots = _dits(lecteur, lieux.quand)
        titres = [mots['derniere'] if titre == 'Dernière demande' else titre for titre in DES_VISITES]
        noms = etiquettes.libelles()['epci']
        lignes = [(etat.nom, etat.insee, nom_de(noms, etat.epci), etat.arrondissement, etat.canton, etat.petr,
                   etat.secteur, etat.population, etat.derniere and (
                       etat.derniere[:4] if reduit else dire_jour(etat.derniere, True)),
                   *((etat.courriel, _telephone(etat.telephone)) if lecteur.administre else ())) for etat in sans]
    fichier, nombre = csv_fichier(f'{langue.slug(mots["titre"])}-{langue.aujourdhui()}.csv',
                                  titres if lecteur.administre else titres[:-2], lignes)
    return livrer(fichier, f'{mots["titre"]}\u00a0: {dire_nombre(nombre, "ligne")}', [*lieux.adresse, *filtres])


def _telephone(numero):
    return langue.dire_telephone(numero).replace('\u00a0', ' ')
