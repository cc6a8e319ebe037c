"""« Collectivités » of the administration: the list, one of them, mergers, names typed by hand, interlocuteurs to be
confirmed, communes nouvelles; three CSV, the one that « importer collectivites » reads back, the one of the official
addresses, the one of a publipostage.
"""
import functools
import re
from collections import namedtuple

import models
import langue
from models import Adhesion, Collectivite, Structure, lecture
from langue import dire_nombre, normaliser
from verbes import appellations, perimetre
from verbes.administration import collectivites as verbe
from verbes.demande import a_confirmer, lettres, liste
from verbes.journal import CHANGE, empreinte
from verbes.pilotage import territoires
from verbes.regles import TYPES
from views import aller, annoncer, app, choix, essayer, page, parametre, reprise, request, tenter
from views.champs import Champ
from views.cookies import cookie_de_session, garder_reprise
from views.criteres import PAR_PAGE, adresse_de, criteres_remplis, oter_les_vides, une_page
from views.entrees import ID, trouver, un
from views.exports import csv_a_relire, csv_fichier, livrer
from views.tenue import Tenue, forme, formulaire, lire, objet, page_tenue, tenir

ICI = '/espace/admin/collectivites'
UNE = f'{ICI}/{ID}'
annoncer(ICI, retiree='La collectivité est retirée de la liste.')
ETATS = {
    'remplacees':   'Remplacées',
    'a-venir':      'Un changement à venir',
    'sans-adresse': 'Sans adresse officielle',
    'sans-lettre':  'Ne souhaitent pas de lettre',
    'sans-siren':   'SIREN à compléter',
    'sans-postale': 'Adresse postale à dire',
    'sans-demande': f'Sans demande depuis {territoires.MOIS} mois',
}

# ---- The list ----

Ligne = namedtuple('Ligne', 'c epci remplacement a_venir')


def _criteres():
    return criteres_remplis(('q', 'type', 'epci', 'arrondissement', 'etat'))


def _chercher(criteres):
    """[Ligne] that answer, by name: words in any order, without accents; else a SIREN, an INSEE or a postal code."""
    q, decoupage = normaliser(criteres.get('q', '')), perimetre.lire()
    par_nom = [*Collectivite.select().order_by(Collectivite.cherche, Collectivite.id)]
    toutes = {c.id: c for c in par_nom}
    epci = int(criteres['epci']) if re.fullmatch('[1-9][0-9]{0,8}', criteres.get('epci', '')) else None
    membres = set(perimetre.de_l_epci(epci)) if epci else ()
    conditions = {
        'q': lambda c: all(mot in c.cherche for mot in q.split()) or q in (c.siren, c.insee, *c.codes_postaux.split()),
        'type': lambda c: c.type == criteres['type'],
        'epci': lambda c: c.id in membres,
        'arrondissement': lambda c: c.arrondissement == criteres['arrondissement'],
        'etat': lambda c: _est(c, criteres['etat'], decoupage),
    }
    trouvees = [c for c in par_nom if all(conditions[nom](c) for nom in criteres)]
    return [Ligne(c, toutes.get(decoupage.epci[c.id]), perimetre.dire(c.id), verbe.dire_a_venir(c)) for c in trouvees]


def _est(c, etat, vu):
    if etat == 'remplacees':
        return vu.actuelles[c.id] != c.id
    if etat == 'a-venir':
        return bool(verbe.dire_a_venir(c))
    if etat == 'sans-adresse':
        return not c.courriel and vu.actuelles[c.id] == c.id
    if etat == 'sans-postale':
        return not lettres.lieu_postal(c) and vu.actuelles[c.id] == c.id
    if etat == 'sans-demande':
        connu = territoires.etats(territoires.vue(request.agent)).get(c.id)
        return bool(connu and territoires.sans_demande(connu))
    return {'sans-lettre': c.sans_lettre, 'sans-siren': c.siren is None}.get(etat, False)


@app.get(ICI, qui='administrateur')
def lister():
    oter_les_vides(ICI)
    criteres = _criteres()
    lien = functools.partial(adresse_de, criteres, chemin=ICI)
    lignes, pages = une_page(_chercher(criteres), lien)
    return page(
        'administration/collectivites/liste.html', lignes=lignes, **pages, criteres=criteres,
        export=lien(chemin=f'{ICI}.csv'),
        adresses=lien(chemin=f'{ICI}/adresses.csv'), publipostage=lien(chemin=f'{ICI}/publipostage.csv'),
        filtres=_filtres(), a_rattacher=len(_a_rattacher()),
        en_attente=models.Demande.select().where(models.Demande.interlocuteur_depuis.is_null(False)).count())


def _filtres():
    arrondissements = Collectivite.select(Collectivite.arrondissement).distinct().order_by(Collectivite.arrondissement)
    return (
        Champ('type', 'Type', 'choix', choix=(('', 'Tous'), *((t, t) for t in TYPES))),
        Champ('epci', 'Intercommunalité', 'choix', choix=(('', 'Toutes'), *_epcis())),
        Champ('arrondissement', 'Arrondissement', 'choix', choix=(
            ('', 'Tous'), *((c.arrondissement, c.arrondissement) for c in arrondissements if c.arrondissement))),
        Champ('etat', 'État', 'choix', choix=(('', 'Tous'), *ETATS.items())),
    )


def _epcis():
    """(id, name) of the intercommunalités, those replaced last."""
    lues = Collectivite.select().where(Collectivite.type.in_(verbe.EPCI)).order_by(Collectivite.cherche)
    dites = [(str(c.id), c.nom, bool(perimetre.dire(c.id))) for c in lues]
    return [(id_, nom) for id_, nom, partie in sorted(dites, key=lambda dite: dite[2])]


# ---- The three CSV ----

@app.get(f'{ICI}.csv', qui='administrateur', transaction=False)
def exporter():
    return csv_a_relire('collectivites', lambda: (_criteres(), {ligne.c.id for ligne in _chercher(_criteres())}))


@app.get(f'{ICI}/adresses.csv', qui='administrateur', transaction=False)
def exporter_adresses():
    """The official addresses of the filtered list, for the usual mailing tool: not of who wants no letter."""
    with lecture():
        lignes = [(c.courriel, c.nom, c.type, epci.nom if epci else '', c.codes_postaux.split(' ')[0], c.siren or '')
                  for c, epci, partie, _ in _chercher(_criteres()) if c.courriel and not c.sans_lettre and not partie]
    titres = ('Courriel', 'Nom', 'Type', 'Intercommunalité', 'Code postal', 'SIREN')
    fichier, nombre = csv_fichier(f'adresses-{langue.aujourdhui()}.csv', titres, lignes)
    return livrer(fichier, f'adresses\u00a0: {dire_nombre(nombre, "ligne")}', _criteres())


DU_PUBLIPOSTAGE = ('Collectivité', 'Type', 'Appel', *lettres.TITRES_D_ADRESSE, 'SIREN')


@app.get(f'{ICI}/publipostage.csv', qui='administrateur', transaction=False)
def exporter_publipostage():
    """To whom to write, and where, of the filtered list: not to who wants no letter."""
    with lecture():
        voulues = [c for c, _, partie, _ in _chercher(_criteres()) if not c.sans_lettre and not partie]
        lignes = [(c.nom, c.type, lettres.dire_appel(c),
                   *lettres.completer((*lettres.dire_a_qui(c), *lettres.lieu_postal(c))), c.siren or '')
                  for c in voulues]
    fichier, nombre = csv_fichier(f'publipostage-{langue.aujourdhui()}.csv', DU_PUBLIPOSTAGE, lignes)
    return livrer(fichier, f'publipostage\u00a0: {dire_nombre(nombre, "ligne")}', _criteres())


# ---- One collectivité ----

FICHE = (
    Champ('nom', 'Nom', requis=True),
    Champ('usuels', 'Noms d\'usage', aide='Ce que les mairies écrivent à sa place, séparé par «\u00a0|\u00a0»\u00a0: '
                                          'le formulaire et les imports la reconnaissent.'),
    Champ('type', 'Type', 'choix', True, choix=(choix.A_CHOISIR, *((t, t) for t in TYPES))),
    Champ('siren', 'SIREN', requis=True, aide='Neuf chiffres\u00a0; sa clé est vérifiée.', classe='court'),
    Champ('insee', 'Code INSEE', aide='D\'une commune.', classe='court'),
    Champ('codes_postaux', 'Codes postaux', aide='Séparés par une espace.'),
    Champ('population', 'Population', aide='En chiffres.', classe='court'),
    Champ('arrondissement', 'Arrondissement'),
    Champ('canton', 'Canton', aide='Plusieurs, séparés par une virgule\u00a0: les chiffres les comptent à part, une '
                                   'fois.'),
    Champ('petr', 'PETR ou pays'),
    Champ('secteur', 'Secteur du Département'),
    Champ('epci', 'Intercommunalité', 'choix'),
    Champ('courriel', 'Courriel officiel', 'courriel', aide='Il reçoit un avis des dépôts faits d\'une autre adresse.'),
    Champ('telephone', 'Téléphone', 'telephone'),
    Champ('adresse', 'Adresse postale', 'long', max=300,
          aide='Sans son nom, une ligne par ligne, le code postal et la ville à la fin. Vide\u00a0: «\u00a0Mairie de '
               '…\u00a0» et le code postal, si la commune n\'en a qu\'un.'),
    Champ('sans_lettre', 'Ne souhaite pas de lettre d\'information', 'case'),
)
ARRETE = Champ('acte_le', 'Arrêté préfectoral du', 'date', True)
DEPUIS = Champ('depuis', 'Existe à partir du', 'date', aide='Si elle est à venir\u00a0: elle est proposée ce jour-là.')
CHANGEMENT = (Champ('epci', 'Nouvelle intercommunalité', 'choix', classe='court'),
              Champ('le', 'À partir du', 'date', True))


def _la(id_):
    return trouver(Collectivite, id_, 'Cette collectivité n\'existe pas. Cherchez-la dans la liste.')


def _champs(champs, aucune='Aucune'):
    return [c._replace(choix=(('', aucune), *_epcis())) if c.nom == 'epci' else c for c in champs]


def _fiche(c):
    """Of a commune nouvelle, its arrêté too, and a SIREN that may wait."""
    champs = [champ._replace(requis=bool(c.siren)) if champ.nom == 'siren' else champ for champ in FICHE]
    return [*champs, ARRETE] if c.acte_le else champs


def _lire_fiche(champs):
    """(as typed, {field: sentence})."""
    valeurs, fautes = lire(_champs(champs))
    if not re.fullmatch('[0-9]{0,9}', _serrer(valeurs['population'])):
        fautes['population'] = 'Indiquez un nombre entier, en chiffres.'
    return valeurs, fautes


def _comprendre(valeurs):
    """What the verbs take of a fiche without a fault."""
    saisie = valeurs | {
        'siren': _serrer(valeurs['siren']) or None, 'insee': (valeurs['insee'] or '').upper() or None,
        'codes_postaux': ' '.join(re.split(r'[\s,;|]+', valeurs['codes_postaux'])).strip(),
        'population': int(_serrer(valeurs['population']) or 0),
        'epci_id': int(valeurs['epci']) if valeurs['epci'] else None,
        'sans_lettre': valeurs['sans_lettre'] in ('oui', True)}
    saisie.pop('epci')
    if 'depuis' in saisie:
        saisie['depuis'] = saisie['depuis'] or None
    return saisie


def _serrer(texte):
    """A number without its spaces."""
    return re.sub(r'\s', '', str(texte or ''))


@app.get(f'{ICI}/ajouter', qui='administrateur')
def montrer_ajout():
    return _page_ajout()


def _tenue_d_ajout():
    """nom_ecrit, type_ecrit: of the demandes it was typed by hand in."""
    origine = [Champ(nom, '', 'cache') for nom in ('nom_ecrit', 'type_ecrit')]
    dites = {nom: parametre(nom)[:200] for nom in ('nom', 'type', 'nom_ecrit', 'type_ecrit')}
    return Tenue(objet('collectivite', None), '', (*_champs((*FICHE, DEPUIS)), *origine), {}, proposees=dites)


def _page_ajout(*revenue):
    return page_tenue('administration/collectivites/ajouter.html', _tenue_d_ajout(), *revenue)


@app.post(f'{ICI}/ajouter', qui='administrateur')
def ajouter():
    """What it was typed as, by hand, is attached to it at once."""
    valeurs, fautes = _lire_fiche((*FICHE, DEPUIS))
    origine = {nom: request.saisies.get(nom, '') for nom in ('nom_ecrit', 'type_ecrit')}
    collectivite, fautes, code = tenir(_tenue_d_ajout(), valeurs, fautes,
                                       lambda v: verbe.ajouter(_comprendre(v), request.agent), valeurs)
    if fautes:
        return _page_ajout(code, valeurs | origine, fautes)
    if origine['nom_ecrit']:
        tenter(verbe.rattacher, origine['nom_ecrit'], origine['type_ecrit'], collectivite, request.agent)
    aller(f'{ICI}/a-rattacher?fait=enregistre' if origine['nom_ecrit'] else f'{ICI}/{collectivite.id}?fait=enregistre')


@app.get(f'{UNE}/epci', qui='administrateur')
@app.get(f'{UNE}/annuler-epci', qui='administrateur')
@app.get(f'{UNE}/annuler-fusion', qui='administrateur')
def revenir(id):
    """Where the sign-in leads back to after an expired session: what was typed follows to the page of the form."""
    garde = reprise()
    if garde:
        garder_reprise(cookie_de_session(), f'{ICI}/{id}', garde)
    aller(f'{ICI}/{id}')


def _tenue(c):
    champs = _fiche(c)
    valeurs = {champ.nom: getattr(c, champ.nom) for champ in champs if champ.nom != 'epci'}
    valeurs |= {'epci': verbe.epci_saisi(c), 'population': c.population or ''}
    return Tenue(objet('collectivite', c), 'Cette collectivité', _champs(champs), valeurs)


def _tenue_de_l_epci(c):
    """Changing it at a date is said of the EPCI that was read."""
    return Tenue(f'{objet("collectivite", c)}/epci', 'Cette collectivité', _champs(CHANGEMENT), {},
                 {'epci': [c.epci_id, c.epci_suivant_id, c.epci_le]})


def _page_une(c, *revenue, formulaire='fiche'):
    """formulaire: « fiche » or « epci », the one that comes back."""
    fiche = forme(_tenue(c), *(revenue if formulaire == 'fiche' else ()))
    epci = forme(_tenue_de_l_epci(c), *(revenue if formulaire == 'epci' else ()))
    famille = perimetre.famille(c.id)
    anciennes = list(Collectivite.select().where(Collectivite.remplacee_par == c).order_by(Collectivite.cherche))
    defaite = c if c.remplacee_par_id else next(filter(verbe.nees_avec, anciennes), None)     # from which it is undone
    return page(
        'administration/collectivites/une.html', *revenue[:1], c=c, fiche=fiche, epci=epci,
        revenue=epci if formulaire == 'epci' or epci['repris'] else fiche,
        prefixe='epci-' if formulaire == 'epci' else '',
        remplacement=perimetre.dire(c.id), a_venir=verbe.dire_a_venir(c), code=verbe.code(c),
        reste=verbe.reste_a_dire(c),
        empechement=verbe.empechement(defaite) if defaite else '', defaite=defaite, entiere=verbe.nees_avec(c),
        effacees=verbe.adhesions_de(defaite.remplacee_par) if defaite and verbe.nees_avec(defaite) else '',
        par=c.remplacee_par_id and c.remplacee_par,
        anciennes=anciennes, intercommunale=c.type in verbe.EPCI, adhesions=_adhesions(famille),
        retirable=not (c.remplacee_par_id or defaite or verbe.ce_qui_tient(c)),
        demandes=liste.compter(request.agent, {'collectivite': str(c.id)}))


def _adhesions(siennes):
    return list(Adhesion.select(Adhesion, Structure, Collectivite).join(Structure).switch(Adhesion).join(Collectivite)
                .where(Adhesion.collectivite.in_(siennes)).order_by(Structure.nom))


formulaire(UNE, 'administrateur', lambda id: (_la(id),), _tenue, _page_une,
           lambda c, lues: verbe.corriger(c, _comprendre(lues), request.agent),
           lambda _, c: f'{ICI}/{c.id}?fait=enregistre', lambda _, c: _lire_fiche(_fiche(c)))


@app.post(f'{UNE}/epci', qui='administrateur')
def changer_epci(id):
    c, tenue = _la(id), _tenue_de_l_epci(_la(id))
    valeurs, fautes = lire(tenue.champs)
    vers = _la(valeurs['epci']) if valeurs['epci'] and not fautes else None
    _, fautes, code = tenir(tenue, valeurs, fautes, verbe.changer_epci, c, vers, valeurs['le'], request.agent)
    if fautes:
        return _page_une(_la(id), code, valeurs, fautes, formulaire='epci')
    aller(f'{ICI}/{c.id}?fait=enregistre')


@app.post(f'{UNE}/retirer', qui='administrateur')
def retirer(id):
    return _annuler(verbe.retirer, id, f'{ICI}?fait=retiree')


@app.post(f'{UNE}/annuler-epci', qui='administrateur')
def annuler_epci(id):
    return _annuler(verbe.annuler_changement, id)


@app.post(f'{UNE}/annuler-fusion', qui='administrateur')
def annuler_fusion(id):
    return _annuler(verbe.annuler_fusion, id)


def _annuler(annuler, id_, vers=''):
    _, fautes, code = essayer({}, annuler, _la(id_), request.agent)
    if fautes:
        return _page_une(_la(id_), code, {}, fautes)
    aller(vers or f'{ICI}/{id_}?fait=enregistre')


# ---- Mergers ----

FUSION = (
    Champ('nouvelle', 'Collectivité d\'arrivée', requis=True,
          aide='Une collectivité de la liste. Une commune nouvelle a son formulaire.'),
    Champ('anciennes', 'Collectivités qui en feront partie', 'long', True, 'Un nom par ligne.'),
    Champ('depuis', 'À partir du', 'date', True, 'Elles gardent leur nom jusqu\'à la veille, minuit.'),
)


@app.get(f'{ICI}/fusion', qui='administrateur')
def montrer_fusion():
    return _page_fusion(FUSION, {'nouvelle': parametre('nouvelle')[:200], 'anciennes': parametre('anciennes')[:200]}
                        | reprise())


def _page_fusion(champs, valeurs, fautes=None, status=200, apercu=None, gabarit='fusion'):
    noms = choix.noms_des_collectivites()
    champs = [c._replace(choix=noms) if c.nom in ('nouvelle', 'chef_lieu') else c for c in champs]
    return page(f'administration/collectivites/{gabarit}.html', status, champs=champs, valeurs=valeurs,
                fautes=fautes or {}, apercu=apercu, libelles={c.nom: c.libelle for c in champs})


@app.post(f'{ICI}/fusion', qui='administrateur')
def fusionner():
    """Look at it first, then do it: the same form, « confirmer »."""
    valeurs, fautes = lire(FUSION)
    nouvelle = anciennes = None
    if not fautes:
        nouvelle, fautes = _nommee(valeurs['nouvelle'], 'nouvelle')
    if not fautes:
        noms = [nom.strip() for nom in valeurs['anciennes'].split('\n') if nom.strip()]
        resultats = [_nommee(nom, 'anciennes') for nom in noms]
        anciennes = list({c.id: c for c, faute in resultats if not faute}.values())
        fautes = next((faute for _, faute in resultats if faute), {})
    with models.db.atomic() as essai:
        _, fautes, code = essayer(fautes, verbe.fusionner, anciennes, nouvelle, valeurs['depuis'], request.agent)
        sans_retour = '' if fautes else next(filter(None, (
            verbe.empechement(Collectivite.get_by_id(c.id)) for c in anciennes)), '')
        if not request.saisies.get('confirmer'):
            essai.rollback()
    if fautes:
        return _page_fusion(FUSION, valeurs, fautes, code)
    if request.saisies.get('confirmer'):
        aller(f'{ICI}/{nouvelle.id}?fait=enregistre')
    comptes = [(c, liste.compter(request.agent, {'collectivite': str(c.id)})) for c in anciennes]
    return _page_fusion(FUSION, valeurs, apercu={'nouvelle': nouvelle, 'anciennes': comptes,
                                                'sans_retour': sans_retour})


def _nommee(saisi, champ):
    """(the Collectivité of a name, one to come and one replaced too, {}); or (None, {field: what to do})."""
    code = re.search(r'\b\d{9}\b', saisi) or re.fullmatch('[0-9AB]{5}', saisi)
    nom, precise = appellations.decouper(saisi[:200])
    toutes = Collectivite.select().where(
        (Collectivite.siren == code[0]) | (Collectivite.siren.is_null() & (Collectivite.insee == code[0])) if code
        else Collectivite.cherche == normaliser(nom))
    candidates = [c for c in toutes if not precise or code or precise in (c.type, *c.codes_postaux.split())]
    candidates = [c for c in candidates if not c.remplacee_par_id] or candidates
    if len(candidates) == 1:
        return candidates[0], {}
    if len(candidates) > 1:
        return None, {champ: f'«\u00a0{saisi}\u00a0» est le nom de {len(candidates)} collectivités\u00a0: écrivez '
                             f'plutôt son SIREN ({" ou ".join(map(verbe.code, candidates))}).'}
    proches = ', '.join(libelle for _, libelle in choix.proches(saisi)[:3])
    suite = f'Voulez-vous dire\u00a0: {proches}\u00a0?' if proches else 'Ajoutez-la d\'abord, ou corrigez le nom.'
    return None, {champ: f'«\u00a0{saisi}\u00a0» n\'est pas dans la liste. {suite}'}


# ---- Communes nouvelles ----

NOUVELLE = (
    Champ('nom', 'Nom de la commune nouvelle', requis=True),
    Champ('chef_lieu', 'Chef-lieu', requis=True,
          aide='Une commune de la liste\u00a0: la commune nouvelle en reprend le code INSEE.'),
    Champ('anciennes', 'Communes regroupées', 'long', True,
          'Un nom par ligne, sans le chef-lieu. Celle d\'un autre département s\'ajoute d\'abord à la liste.'),
    Champ('depuis', 'Date d\'effet', 'date', True,
          'Jusqu\'à la veille, minuit, les anciennes communes déposent à leur nom.'),
    ARRETE,
    Champ('siren', 'SIREN', aide='S\'il est connu\u00a0; sinon, il reste à compléter.', classe='court'),
    Champ('epci', 'Intercommunalité', 'choix', aide='À choisir si ces communes n\'ont pas la même.', classe='court'),
)


@app.get(f'{ICI}/commune-nouvelle', qui='administrateur')
def montrer_commune_nouvelle():
    return _page_nouvelle(reprise())


def _page_nouvelle(valeurs, *revenue, **apercu):
    return _page_fusion(_champs(NOUVELLE, 'Celle de ces communes'), valeurs, *revenue, **apercu,
                        gabarit='commune_nouvelle')


@app.post(f'{ICI}/commune-nouvelle', qui='administrateur')
def creer_commune_nouvelle():
    """Look at it first, then do it: the same form, « confirmer », as long as the communes are those that were shown."""
    valeurs, fautes = lire(_champs(NOUVELLE))
    chef_lieu, membres, fautes = _regroupees(valeurs, fautes)
    marque = empreinte([c.__data__ for c in (chef_lieu, *membres)]) if not fautes else ''
    confirme = request.saisies.get('confirmer')
    if marque and confirme and marque != request.saisies.get('vu'):
        return _page_nouvelle(valeurs, {'': f'Une de ces communes {CHANGE}'}, 409)
    saisie = {nom: valeurs[nom] for nom in ('nom', 'depuis', 'acte_le')} | {
        'siren': re.sub(r'\s', '', valeurs['siren']) or None,
        'epci_id': int(valeurs['epci']) if valeurs['epci'] and not fautes else None}
    with models.db.atomic() as essai:
        commune, fautes, code = essayer(fautes, verbe.creer_commune_nouvelle, chef_lieu, membres, saisie, request.agent)
        reste, epci = (verbe.reste_a_dire(commune), commune.epci and commune.epci.nom) if commune else ((), '')
        if not confirme:
            essai.rollback()
    if fautes:
        return _page_nouvelle(valeurs, fautes, code)
    if confirme:
        aller(f'{ICI}/{commune.id}?fait=enregistre')
    comptes = [(c, liste.compter(request.agent, {'collectivite': str(c.id)})) for c in (chef_lieu, *membres)]
    return _page_nouvelle(valeurs, apercu={'neuve': commune, 'vu': marque, 'anciennes': comptes, 'epci': epci,
                                           'reste': reste, 'venue': commune.depuis <= langue.aujourdhui()})


def _regroupees(valeurs, fautes):
    """(the chef-lieu, the others, {field: what to do}) of what was typed."""
    if fautes:
        return None, (), fautes
    (chef_lieu, fautes), membres = _nommee(valeurs['chef_lieu'], 'chef_lieu'), []
    for nom in filter(None, map(str.strip, valeurs['anciennes'].split('\n'))):
        commune, faute = _nommee(nom, 'anciennes')
        if commune in membres:
            faute = {'anciennes': f'«\u00a0{commune.nom}\u00a0» est deux fois dans la liste\u00a0: '
                                  'gardez-la une seule fois.'}
        if faute:
            return chef_lieu, (), fautes | faute
        membres.append(commune)
    return chef_lieu, membres, fautes


# ---- Names typed by hand ----

# A name, its type, its demandes (numbers), the nearest collectivités (choix.etiqueter).
Nom = namedtuple('Nom', 'nom type numeros proches')


def _a_rattacher():
    """[(name, type, numbers)] of the demandes without a collectivité, the most frequent name first."""
    lues = models.db.execute_sql(
        """SELECT max(collectivite), type, group_concat(numero, ' ') FROM demande INDEXED BY demande_a_rattacher
           WHERE collectivite_id IS NULL GROUP BY collectivite_tri, type ORDER BY count(*) DESC, collectivite_tri""")
    return [(nom, type_, sorted(map(int, numeros.split()), reverse=True)) for nom, type_, numeros in lues]


@app.get(f'{ICI}/a-rattacher', qui='administrateur')
def montrer_a_rattacher():
    return _page_a_rattacher()


def _page_a_rattacher(status=200, faute=''):
    lignes = _a_rattacher()[:PAR_PAGE]
    proposees = [(appellations.reconnaitre(nom)[0] or appellations.evoquees(nom))[:3] for nom, _, _ in lignes]
    noms = [Nom(*ligne, choix.etiqueter(siennes)) for ligne, siennes in zip(lignes, proposees)]
    exacts = list(_exacts(lignes))
    return page('administration/collectivites/a_rattacher.html', status, noms=noms, faute=faute, exacts=exacts,
                vu=_marquer(exacts))


def _exacts(lus):
    """[(name, type, Collectivite)] of the names that are, letter for letter, that of one collectivité of their type."""
    for nom, type_, _ in lus:
        trouvees, sure = appellations.reconnaitre(nom)
        if sure and trouvees[0].type == type_ and trouvees[0].cherche == normaliser(nom):
            yield nom, type_, trouvees[0]


def _marquer(exacts):
    return empreinte([(nom, type_, liee.id) for nom, type_, liee in exacts])


def _rattacher_les_exacts(vu):
    exacts = list(_exacts(_a_rattacher()[:PAR_PAGE]))
    if vu != _marquer(exacts):
        return _page_a_rattacher(409, f'La liste {CHANGE}')
    for nom, type_, liee in exacts:
        verbe.rattacher(nom, type_, liee, request.agent)
    aller(f'{ICI}/a-rattacher?fait=enregistre')


@app.post(f'{ICI}/a-rattacher', qui='administrateur')
def rattacher():
    saisies = request.saisies
    if 'exacts' in saisies:
        return _rattacher_les_exacts(saisies['exacts'])
    liee = un(Collectivite, saisies.get('collectivite', ''))
    if liee is None and saisies.get('saisie', '').strip():
        liee, phrase = choix.choisir_collectivite(saisies['saisie'].strip(), '', 'vérifiez-le, ou ajoutez-la')
        if phrase:
            return _page_a_rattacher(422, f'{phrase}.')
    if liee is None:
        return _page_a_rattacher(422, 'Choisissez la collectivité à laquelle rattacher ce nom.')
    _, refus = tenter(verbe.rattacher, saisies.get('nom', ''), saisies.get('type', ''), liee, request.agent)
    if refus:
        return _page_a_rattacher(refus.code, refus.phrase)
    aller(f'{ICI}/a-rattacher?fait=enregistre')


# ---- Interlocuteurs to be confirmed ----

DE_QUI = (
    Champ('type', 'Type de collectivité', 'choix', choix=(('', 'Une seule collectivité'), *((t, t) for t in TYPES)),
          aide='Après une élection\u00a0: toutes celles d\'un type.'),
    Champ('collectivite', 'Collectivité', aide='Après une démission ou une fusion\u00a0: une seule.'),
    Champ('motif', 'Motif', requis=True, aide='Il est écrit au journal de chaque demande\u00a0: restez factuel.'),
)


@app.get(f'{ICI}/a-confirmer', qui='administrateur')
def montrer_a_confirmer():
    return _page_a_confirmer({'collectivite': parametre('collectivite')[:200]} | reprise())


def _page_a_confirmer(valeurs, fautes=None, status=200, apercu=None):
    noms = choix.noms_des_collectivites()
    champs = [c._replace(choix=noms) if c.nom == 'collectivite' else c for c in DE_QUI]
    return page('administration/collectivites/a_confirmer.html', status, champs=champs, valeurs=valeurs,
                fautes=fautes or {},
                apercu=apercu, libelles={c.nom: c.libelle for c in champs},
                en_attente=models.Demande.select().where(models.Demande.interlocuteur_depuis.is_null(False)).count())


@app.post(f'{ICI}/a-confirmer', qui='administrateur')
def demander_confirmation():
    """Look at it first, in numbers, then do it: the same form, « confirmer »."""
    valeurs, fautes = lire(DE_QUI)
    collectivite, code = None, 422
    if bool(valeurs['type']) == bool(valeurs['collectivite']) and not fautes:
        fautes = {'type': 'Choisissez un type de collectivité, ou nommez-en une seule.'}
    if not fautes and valeurs['collectivite']:
        collectivite, fautes = _nommee(valeurs['collectivite'], 'collectivite')
    if request.saisies.get('confirmer'):
        _, fautes, code = essayer(
            fautes, a_confirmer.demander, request.agent, valeurs['motif'], valeurs['type'], collectivite)
    if fautes:
        return _page_a_confirmer(valeurs, fautes, code)
    if request.saisies.get('confirmer'):
        aller(f'{ICI}?fait=enregistre')
    demandes = a_confirmer.concernees(valeurs['type'], collectivite)
    ouvertes = [d for d in demandes if not d.clos_le]
    return _page_a_confirmer(valeurs, apercu={
        'qui': collectivite.nom if collectivite else valeurs['type'], 'total': len(demandes), 'ouvertes': len(ouvertes),
        'restreintes': sum(d.restreinte for d in demandes), 'collectivites': len({d.collectivite for d in demandes})})
