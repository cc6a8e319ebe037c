"""Importing a CSV on screen: the file is kept an hour in the consigne, read again line by line, then written.

A review is a POST that answers 200; verbes/echanges/revue.py makes it, and writes it if it still says the same.
"""
import re
from collections import Counter, namedtuple

import langue
from models import Audit, Refus
from langue import dire_nombre
from verbes.echanges import revue
from verbes.echanges.colonnes import COLONNES
from views import aller, annoncer, app, consigne, espacer, page, parametre, reprise, request
from views.champs import fichiers
from views.criteres import PAR_PAGE
from views.exports import csv_fichier

# noms: one and several of what is imported; onglet, liste: where it is shown; titre: the columns that name a line, then
# those that tell it apart.
Genre = namedtuple('Genre', 'noms onglet liste titre detail')
GENRES = {
    'structures':    Genre('structures et directions', 'structures', '/espace/admin/structures',
                           ('direction',), ('structure',)),
    'agents':        Genre('comptes', 'comptes', '/espace/admin/comptes', ('prenom', 'nom'), ('courriel',)),
    'catalogue':     Genre('fiches du catalogue', 'redaction', '/espace/redaction', ('titre',), ('theme',)),
    'collectivites': Genre('collectivités', 'collectivites', '/espace/admin/collectivites', ('nom',), ('siren',)),
    'adhesions':     Genre('adhésions', 'collectivites', '/espace/admin/collectivites', ('siren',), ('structure',)),
}
# The columns whose name is not said by taking « _ » away.
LIBELLES = {
    'telephone': 'Téléphone', 'telephone_public': 'Téléphone communiqué', 'presentation': 'Présentation',
    'court': 'Nom court', 'prenom': 'Prénom', 'actif': 'Compte ouvert', 'avis_journal': 'Avis du journal',
    'theme': 'Thème', 'theme_court': 'Nom court du thème', 'icone': 'Dessin du thème', 'resume': 'Résumé',
    'deroulement': 'Déroulement', 'a_preparer': 'À préparer', 'delai': 'Délai', 'associees': 'Associées',
    'restreinte': 'Diffusion restreinte', 'etat': 'État', 'mise_a_jour': 'Mise à jour', 'mots': 'Mots des mairies',
    'conditions': 'Coût et conditions', 'adherents_de': 'Réservé aux adhérents de',
    'par_convention': 'Sous condition d\'éligibilité, par convention',
    'co_chefs': 'Co-chefs de file', 'siren': 'SIREN', 'insee': 'Code INSEE',
    'convention_du': 'Convention signée le', 'convention_au': 'Convention jusqu\'au',
    'convention_referent': 'Convention suivie par', 'fermee_le': 'Fermée le', 'expert': 'Expert par défaut',
    'epci_suivant_siren': 'SIREN de l\'intercommunalité à venir', 'epci_le': 'Change d\'intercommunalité le',
    'epci_siren': 'SIREN de l\'intercommunalité', 'remplacee_par': 'Remplacée par', 'jusqu_au': 'Jusqu\'au',
}
# Of each sort: its tone, its word on a line, its tab.
Sort = namedtuple('Sort', 'ton mot onglet')
SORTS = {
    'refuse':   Sort('erreur', 'refusé', 'Refusés'),
    'a_part':   Sort('attention', 'à part', 'À part'),
    'cree':     Sort('succes', 'créé', 'Créés'),
    'modifie':  Sort('pastel', 'modifié', 'Modifiés'),
    'inchange': Sort('neutre', 'inchangé', 'Inchangés'),
}
CHANGE = 'change'                                                   # the tab of all but the unchanged
DITES = 12                                                          # runs of line numbers, in a sentence
PERDU = 'Le fichier n\'est plus gardé (une heure au plus, perdu quand le service redémarre)\u00a0: choisissez-le de ' \
        'nouveau. Rien n\'est écrit.'
PAS_UN_CSV = '«\u00a0{}\u00a0» n\'est pas un CSV\u00a0: enregistrez-le au format «\u00a0CSV\u00a0» depuis le tableur, '\
             'puis choisissez ce fichier.'
annoncer('/espace/admin/import', importe='Ce qui a été montré est écrit.')


def libelle(colonne):
    return LIBELLES.get(colonne) or colonne.replace('_', ' ').capitalize()


@app.get('/espace/admin/import', qui='administrateur')
def choisir():
    saisies = reprise()
    quoi = parametre('genre') or saisies.get('genre', '')
    if not quoi:
        return page('administration/revue/genres.html', genres=GENRES)
    garde = consigne.rendre('import', saisies, request.path)[0] if saisies.get('consigne') else ''
    return _page_choix(quoi, garde=garde, saisies=saisies)


def _genre(quoi):
    if quoi not in GENRES:
        raise Refus('Cet import n\'existe pas. Choisissez-le depuis la liste à compléter\u00a0: comptes, structures, '
                    'catalogue ou collectivités.', 404)
    return GENRES[quoi]


def _page_choix(quoi, status=200, fautes=(), garde='', saisies=None):
    """fautes: sentences about the file that was sent; garde: the one that the consigne still has."""
    genre = _genre(quoi)
    return page('administration/revue/fichier.html', status, quoi=quoi, genre=genre, fautes=fautes, garde=garde,
                derniers=_derniers(quoi) if status == 200 else (), cle=consigne.cle_de((saisies or {}).get('cle', '')),
                limite=dire_nombre(revue.LIGNES_MAX),
                colonnes=[(c.nom, c.requis, c.dit, c.nouvelle) for c in COLONNES[quoi]])


def _derniers(quoi):
    """[(instant, who or '', what)] of the last imports of a kind."""
    faits = (Audit.select().where(Audit.fait == 'import', Audit.detail.startswith(f'{quoi} :'))
             .order_by(Audit.id.desc()).limit(5))
    return [(fait.fait_le, fait.agent.nom_complet if fait.agent_id else '',
             re.sub(r'\b([01] \w+)s', r'\1', fait.detail.partition(' : ')[2])) for fait in faits]


# ======================================================================================
# The file, the review
# ======================================================================================

@app.post('/espace/admin/import', qui='administrateur', fichiers=True, transaction=False)
def relire():
    quoi = request.saisies.get('genre', '')
    fichier, saisies, fautes = _recevoir(quoi)
    if fautes:
        return _page_choix(quoi, 422, fautes)
    return _page_revue(quoi, fichier, saisies, revue.relire(fichier))


@app.post('/espace/admin/import/ecrire', qui='administrateur', transaction=False)
def ecrire():
    quoi = request.saisies.get('genre', '')
    fichier, saisies, fautes = _recevoir(quoi)
    if fautes:
        return _page_choix(quoi, 422, fautes)
    faite, ecrite = revue.ecrire_la_revue(fichier, saisies.get('vue', ''), request.agent,
                                          bool(saisies.get('inviter')))
    if not ecrite:
        return _page_revue(quoi, fichier, saisies, faite, 409)
    consigne.oublier('import', saisies)
    return aller(f'/espace/admin/import?genre={quoi}&fait=importe')


@app.post('/espace/admin/import/refuses', qui='administrateur', transaction=False)
def refuses():
    quoi = request.saisies.get('genre', '')
    fichier, _, fautes = _recevoir(quoi)
    if fautes:
        return _page_choix(quoi, 422, fautes)
    titres, lignes = revue.lignes_refusees(fichier, revue.relire(fichier))
    return csv_fichier(f'{quoi}-lignes-refusees.csv', titres, lignes)[0]


@app.post('/espace/admin/import/abandonner', qui='administrateur')
def abandonner():
    genre = _genre(request.saisies.get('genre', ''))
    consigne.oublier('import', request.saisies | {'cle': consigne.cle_de(request.saisies.get('cle', ''))})
    aller(genre.liste)


def _recevoir(quoi):
    """(Fichier, fields, []) of the file that a form sends or has left here; (None, fields, sentences) when there is
    nothing to read again. fields: with what claims the file (consigne) and until when it is kept (garde).
    """
    _genre(quoi)
    saisies = request.saisies | {'cle': consigne.cle_de(request.saisies.get('cle', ''))}
    envoyes = [nom for nom, contenu in fichiers('pieces') if contenu]
    if envoyes and not envoyes[0].lower().endswith(('.csv', '.txt')):
        return None, saisies, [PAS_UN_CSV.format(envoyes[0][-80:])]
    pieces, phrase = consigne.trier('import', saisies)
    if not pieces:
        attendu = PERDU if saisies.get('consigne') else phrase or 'Choisissez le fichier à importer.'
        return None, saisies, [attendu]
    garde = consigne.garder('import', saisies, pieces[-1:], request.path)
    if not garde.consigne:
        return None, saisies, ['Ce fichier n\'a pas pu être gardé le temps de le relire, trop d\'autres le sont\u00a0: '
                               'recommencez dans une heure. Rien n\'est écrit.']
    try:
        fichier = revue.ouvrir(quoi, bytes(pieces[-1][1]))
    except Refus as refus:
        return None, saisies, [refus.phrase]
    illisible = [_dire_faute(faute) for faute in revue.illisible(fichier)]
    return fichier, saisies | {'consigne': garde.consigne, 'garde': garde}, illisible


def _dire_faute(faute):
    """A file that cannot be read: its columns are named as they are to be written in it."""
    ou = f'«\u00a0{faute.colonne}\u00a0»\u00a0: ' if faute.colonne else ''
    return f'Ligne {faute.ligne}\u00a0: {ou}{espacer(faute.raison)}'


# ======================================================================================
# The page of a review
# ======================================================================================

Montree = namedtuple('Montree', 'numero sort titre detail avant apres phrases depart')


def _page_revue(quoi, fichier, saisies, faite, status=200):
    """status 409: the base or the file said something else when it was to be written."""
    comptes = Counter(vue.sort for vue in faite.vues)
    voir = saisies.get('voir') if saisies.get('voir') in SORTS else CHANGE
    vues = [vue for vue in faite.vues if voir == vue.sort or (voir == CHANGE and vue.sort != 'inchange')]
    debut = _debut(saisies, len(vues))
    return page(
        'administration/revue/revue.html', status, conflit=status == 409, quoi=quoi, genre=GENRES[quoi], sorts=SORTS,
        comptes=comptes, voir=voir,
        onglets=[(CHANGE, 'Ce qui change', len(faite.vues) - comptes['inchange']),
                 *((sort, SORTS[sort].onglet, comptes[sort]) for sort in SORTS if comptes[sort])],
        lignes=[_montrer(vue, GENRES[quoi]) for vue in vues[debut:debut + PAR_PAGE]], debut=debut, total=len(vues),
        dites={sort: dire_lignes(vue.ligne for vue in faite.vues if vue.sort == sort) for sort in SORTS},
        par_page=PAR_PAGE, garde=saisies['garde'], saisies=saisies, empreinte=faite.empreinte,
        a_part=[_montrer(vue, GENRES[quoi]) for vue in faite.vues if vue.sort == 'a_part'],
        avis=[espacer(avis) for avis in faite.avis], a_ecrire=comptes['cree'] + comptes['modifie'],
        arrives=len(faite.arrives), nombre=len(faite.vues),
        valeurs=sum(len(vue.apres) for vue in faite.vues if vue.sort == 'modifie'),
        forme=revue.dire_forme(fichier.forme))


def _debut(saisies, total):
    """The place of the first line that is shown."""
    debut = saisies.get('debut', '')
    return int(debut) if debut.isdecimal() and len(debut) < 7 and int(debut) < total else 0


def _montrer(vue, genre):
    titre, detail = (' '.join(vue.cellules.get(nom, '') for nom in noms).strip()
                     for noms in (genre.titre, genre.detail))
    caches = (*genre.titre, *genre.detail) if vue.sort == 'cree' else ()
    apres = [(libelle(nom), _dire(nom, cellule)) for nom, cellule in vue.apres.items()
             if nom not in caches and (vue.sort == 'modifie' or cellule not in ('', 'non'))]
    return Montree(
        vue.ligne, vue.sort, titre or f'Ligne {vue.ligne}', detail,
        [(libelle(nom), _dire(nom, cellule)) for nom, cellule in vue.avant.items()], apres,
        [espacer(faute.raison) if vue.depart else _dire_raison(faute) for faute in vue.fautes], _adresse(vue.depart))


def _dire(nom, cellule):
    if re.fullmatch(r'\d{4}-\d\d-\d\d', cellule):
        return langue.dire_jour(cellule, True)
    return langue.dire_telephone(cellule) if nom.startswith('telephone') else cellule


def _dire_raison(faute):
    """What is wrong in a line: its column, then why, which may name the columns of a key itself."""
    raison = re.sub('^.* : (?=déjà à la ligne)', '', faute.raison)
    return espacer(f'{libelle(faute.colonne)} : {raison}' if faute.colonne else raison)


def _adresse(depart):
    """Of the screen of departures, for an account that is closed or moved."""
    if not depart:
        return ''
    vers = f'?direction={depart.direction}' if depart.direction else ''
    return f'/espace/admin/comptes/{depart.agent}/depart{vers}'


def dire_lignes(numeros):
    """« lignes 3, 12 à 14 », in order."""
    suites = []
    for numero in sorted(numeros):
        if suites and suites[-1][1] == numero - 1:
            suites[-1][1] = numero
        else:
            suites.append([numero, numero])
    dites = [str(debut) if debut == fin else f'{debut}\u00a0à\u00a0{fin}' for debut, fin in suites[:DITES]]
    if not dites:
        return ''
    suite = ', …' if len(suites) > DITES else ''
    return f'ligne{"s" if suites[0][0] < suites[-1][1] else ""}\u00a0{", ".join(dites)}{suite}'
