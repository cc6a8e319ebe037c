"""Importing a file, or cells that are pasted, on screen: kept an hour in the consigne, its columns recognised, read
again line by line, then written.

A review is a POST that answers 200; verbes/echanges/revue.py makes it, and writes it if it still says the same. What
was said of columns, values and names goes from page to page in the form.
"""
import re
from collections import Counter, namedtuple

import langue
from models import Audit, Refus, lecture
from langue import dire_nombre
from verbes.comptes import LIENS
from verbes.echanges import lots, revue
from verbes.echanges.colonnes import COLONNES
from verbes.echanges.lecture import modele as titres_du_modele
from verbes.echanges.titres import OFFERTES, libelle
from views import (
    aller, annoncer, app, choix, consigne, espacer, page, parametre, redemander, reprise, request)
from views.champs import fichiers
from views.criteres import PAR_PAGE
from views.entrees import lire_numero
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
    'demandes':      Genre('demandes reprises', 'reprise', '/espace/admin/reprise', ('collectivite',), ('numero',)),
    'journal':       Genre('lignes de journal', 'reprise', '/espace/admin/reprise', ('numero',), ('date',)),
}
# Of a line that is made, the columns that its review shows; all of them for the kinds that are not here.
MONTREES = {'demandes': ('depose_le', 'statut', 'issue', 'clos_le', 'fiche', 'titre_depose', 'message', 'referent',
                         'chefs_de_file', 'courriel', 'telephone', 'reference', 'theme', 'synthese')}
MONTRES_MAX = 160                                                   # characters of a cell
NOMS_MAX = 100                                                      # names to compare, on a page
REPONSE = re.compile('colonne-[0-9]{1,3}|(nom|statut)-[0-9a-f]{10}|laisser_le_reste|issue|cloture|date|pris|jour|'
                     'anciennes|terme|celle-[0-9]{1,6}')
# Of each sort: its tone, its word on a line, its tab.
Sort = namedtuple('Sort', 'ton mot onglet')
SORTS = {
    'refuse':   Sort('erreur', 'refusé', 'Refusés'),
    'a_dire':   Sort('attention', 'à dire', 'À dire'),
    'a_part':   Sort('attention', 'à part', 'À part'),
    'cree':     Sort('succes', 'créé', 'Créés'),
    'modifie':  Sort('pastel', 'modifié', 'Modifiés'),
    'inchange': Sort('neutre', 'inchangé', 'Inchangés'),
}
CHANGE = 'change'                                                   # the tab of all but the unchanged
PERDU = 'Le fichier n\'est plus gardé (une heure au plus, perdu quand le service redémarre)\u00a0: choisissez-le de ' \
        'nouveau. Rien n\'est écrit.'
ATTENDU = 'Dans le tableur, «\u00a0Enregistrer sous…\u00a0» CSV, puis choisissez ce fichier\u00a0; ou copiez ses '\
          'cellules, et collez-les ci-dessous.'
PAS_UN_CSV = '«\u00a0{}\u00a0» n\'est pas un CSV. ' + ATTENDU
annoncer(
    '/espace/admin/import',
    importe='Ce qui a été montré est écrit. Aucune invitation n\'est partie.',
    invite='Ce qui a été montré est écrit, et chaque compte créé ou rouvert reçoit son invitation.',
    ecrit='Ce qui a été montré est écrit.',
    annule='L\'import est annulé.')


@app.get('/espace/admin/import', qui='administrateur')
def choisir():
    saisies = reprise()
    quoi = parametre('genre') or saisies.get('genre', '')
    if quoi == 'contours':
        aller(f'{request.path}/contours')
    if not quoi:
        return page('administration/revue/genres.html', genres=GENRES)
    garde = consigne.rendre('import', saisies, request.path)[0] if saisies.get('consigne') else ''
    return _page_choix(quoi, garde=garde, saisies=saisies)


def _genre(quoi):
    if quoi not in GENRES:
        raise Refus('Cet import n\'existe pas. Choisissez-le depuis la liste à compléter\u00a0: comptes, structures, '
                    'catalogue, collectivités ou reprise.', 404)
    return GENRES[quoi]


def _page_choix(quoi, status=200, fautes=(), garde='', saisies=None, laissees=()):
    """fautes: sentences about the file that was sent; garde: the one that the consigne still has; laissees: the numbers
    of the demandes that the undoing of an import has left as they are.
    """
    genre, saisies = _genre(quoi), saisies or {}
    connues = {c.nom: c for c in COLONNES[quoi]}
    return page('administration/revue/fichier.html', status, quoi=quoi, genre=genre, fautes=fautes, garde=garde,
                derniers=_derniers(quoi) if status == 200 else (), cle=consigne.cle_de(saisies.get('cle', '')),
                lots=_lots(quoi) if status == 200 else (),
                laissees=laissees, attendu=ATTENDU, cellules=saisies.get('cellules', ''),
                limite=dire_nombre(revue.LIGNES_MAX),
                colonnes=[(libelle(nom), nom in connues and connues[nom].requis, dit, _acceptees(connues.get(nom)))
                          for nom, dit in revue.noms_de(quoi).items() if not _cachee(connues.get(nom))])


def _lots(quoi):
    """[(Lot, until when it is undone)]."""
    return [(lot, lots.jusqu_a(lot)) for lot in lots.lots(quoi)] if quoi in lots.DEFAISABLES else []


def _acceptees(colonne):
    """What a cell of it may say, in words; '' when it is free."""
    if not colonne or colonne.genre not in ('code', 'code_vide'):
        return ''
    codes = colonne.limite
    dits = [codes[code] if isinstance(codes, dict) and isinstance(codes[code], str) else code for code in codes]
    return ', '.join(f'«\u00a0{dit}\u00a0»' for dit in dits)


def _cachee(colonne):
    """What an export alone writes."""
    return bool(colonne and colonne.nom in revue.JAMAIS_MONTREES)


@app.get('/espace/admin/import/modele', qui='administrateur')
def modele():
    """An empty file whose headings are recognised."""
    quoi = parametre('genre') or 'demandes'
    _genre(quoi)
    return csv_fichier(f'{quoi}-modele.csv', titres_du_modele(quoi), [])[0]


def _derniers(quoi):
    """[(instant, who or '', what)] of the last imports of a kind."""
    faits = (Audit.select().where(Audit.fait == 'import', Audit.detail.startswith(f'{quoi} :'))
             .order_by(Audit.id.desc()).limit(5))
    annules = {fait.detail.partition('\u00a0')[0].removeprefix('lot ')
               for fait in Audit.select().where(Audit.fait == 'import annulé')}
    return [(fait.fait_le, fait.agent.nom_complet if fait.agent_id else '',
             re.sub(r'\b([01] \w+)s', r'\1', fait.detail.partition(' : ')[2])
             + (', puis annulé' if str(fait.id) in annules else '')) for fait in faits]


# ---- The file, the review ----

@app.post('/espace/admin/import', qui='administrateur', fichiers=True, transaction=False)
def relire():
    quoi = request.saisies.get('genre', '')
    fichier, saisies, fautes = _recevoir(quoi)
    if fautes:
        return _page_choix(quoi, 422, fautes, saisies=saisies)
    revient = saisies.get('revenir') or (fichier.complet and saisies.get('reconnu', '') != _marque(fichier))
    if revient or fichier.a_dire or _a_repondre(fichier):
        with lecture():
            return _page_reconnaissance(quoi, fichier, saisies)
    return _page_revue(quoi, fichier, saisies, revue.relire(fichier))


@app.post('/espace/admin/import/ecrire', qui='administrateur', transaction=False)
def ecrire():
    quoi = request.saisies.get('genre', '')
    if quoi == 'agents' and (encore := redemander('importer des comptes, et leurs droits')):
        return encore
    fichier, saisies, fautes = _recevoir(quoi)
    if fautes:
        return _page_choix(quoi, 422, fautes)
    inviter = bool(saisies.get('inviter'))
    examen, ecrite = revue.ecrire_la_revue(fichier, saisies.get('vue', ''), request.agent, inviter)
    if not ecrite:
        return _page_revue(quoi, fichier, saisies, examen, 409)
    consigne.oublier('import', saisies)
    if not examen.arrives:
        return aller(f'/espace/admin/import?genre={quoi}&fait=ecrit')
    return aller(f'/espace/admin/import?genre={quoi}&fait=invite' if inviter else
                 f'/espace/admin/import?genre={quoi}&fait=importe')


@app.post('/espace/admin/import/annuler', qui='administrateur')
def annuler():
    """Undo a batch of demandes, or of journal."""
    quoi, lot = request.saisies.get('genre', ''), lire_numero(request.saisies.get('lot', ''))
    _genre(quoi)
    if lot is None:
        raise Refus('Cet import n\'existe pas. Revenez à la page de l\'import.', 404)
    _, laissees = lots.annuler(lot, request.agent)
    if laissees:
        return _page_choix(quoi, laissees=laissees)
    return aller(f'/espace/admin/import?genre={quoi}&fait=annule')


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
    if pieces and saisies.get('cellules', '').strip():
        return None, saisies, ['Vous avez choisi un fichier et collé des cellules\u00a0: gardez l\'un des deux.']
    if not pieces and saisies.get('cellules', '').strip():
        pieces = [('cellules-collees.txt', saisies['cellules'].encode())]
    if not pieces:
        attendu = PERDU if saisies.get('consigne') else phrase or 'Choisissez le fichier à importer, ou collez ses ' \
            'cellules.'
        return None, saisies, [attendu]
    depot = consigne.garder('import', saisies, pieces[-1:], request.path)
    if not depot.consigne:
        return None, saisies, ['Ce fichier n\'a pas pu être gardé le temps de le relire, trop d\'autres le sont\u00a0: '
                               'recommencez dans une heure. Rien n\'est écrit.']
    try:
        fichier = revue.ouvrir(quoi, bytes(pieces[-1][1]), _reponses(saisies))
    except Refus as refus:
        return None, saisies, [refus.phrase]
    illisible = [_dire_faute(faute) for faute in revue.illisible(fichier)]
    return fichier, saisies | {'consigne': depot.consigne, 'garde': depot}, illisible


def _reponses(saisies):
    """What was said of the columns, values and names of a file."""
    return {nom: valeur for nom, valeur in saisies.items() if REPONSE.fullmatch(nom)}


def _dire_faute(faute):
    """A file that cannot be read: its columns are named as they are to be written in it."""
    ou = f'«\u00a0{faute.colonne}\u00a0»\u00a0: ' if faute.colonne else ''
    return f'Ligne {faute.ligne}\u00a0: {ou}{espacer(faute.raison)}'


# ---- What the columns, the values and the names of a file are ----

# rang: of its field; titre: its heading; lues: three of its values; choisie: a column, revue.LAISSER, '' to be said.
Titre = namedtuple('Titre', 'rang titre lues choisie')


def _a_repondre(fichier):
    return [q for q in fichier.complet.questions if not q.choisie] if fichier.complet else []


def _marque(fichier):
    """What tells whether every question has been shown, with how many lines it concerns: an answer may bring others.
    """
    return 'oui ' + ' '.join(f'{q.cle}:{q.combien}' for q in fichier.complet.questions) if fichier.complet else 'oui'


def _page_reconnaissance(quoi, fichier, saisies):
    """Each column with three of its values; said again, with what is missing, when it was sent."""
    reponses, complet = _reponses(saisies), fichier.complet
    noms = complet.noms if complet else ()
    titres = _titres(fichier.tableau, reponses)
    fautes = [*fichier.a_dire, *(f'{q.phrase}\u2026 choisissez.' for q in _a_repondre(fichier))]
    envoye = bool(saisies.get('reconnu')) and not saisies.get('revenir')
    changement = envoye and not fautes and saisies['reconnu'] != _marque(fichier)
    champs = OFFERTES.get(quoi) or [nom for nom in revue.noms_de(quoi) if nom not in revue.JAMAIS_MONTREES]
    champs = {*champs, *(titre.choisie for titre in titres)} - {'', revue.LAISSER}
    options = sorted(((nom, libelle(nom)) for nom in champs),
                     key=lambda option: langue.ordre_alphabetique(option[1]))
    return page(
        'administration/revue/reconnaissance.html', 422 if envoye and fautes else 200, quoi=quoi, genre=GENRES[quoi],
        marque=_marque(fichier), nouvelles=changement, a_dire=len(fichier.a_dire),
        titres=sorted(titres, key=lambda titre: bool(titre.choisie)), options=options, fautes=fautes if envoye else [],
        reconnues=sum(titre.choisie not in ('', revue.LAISSER) for titre in titres), garde=saisies['garde'],
        saisies=saisies, questions=complet.questions if complet else (), noms=noms[:NOMS_MAX],
        autres_noms=max(0, len(noms) - NOMS_MAX), exacts=complet.exacts if complet else 0,
        etiquettes=_etiqueter(noms[:NOMS_MAX]), nombre=len(fichier.tableau.rangees),
        forme=revue.dire_forme(fichier.tableau.forme), laisser=revue.LAISSER)


def _titres(tableau, reponses):
    titres = []
    for rang, titre in enumerate(tableau.entete):
        valeurs = [cellules[rang].strip() for _, cellules in tableau.rangees if len(cellules) > rang]
        pleines = list(dict.fromkeys(valeur for valeur in valeurs if valeur))[:3] or ['(vide)']
        choisie = reponses.get(f'colonne-{rang}', tableau.noms[rang])
        titres.append(Titre(rang, titre or '(sans titre)', [_couper(valeur, 40) for valeur in pleines], choisie))
    return titres


def _etiqueter(noms):
    """{id: « Rieumes (31370, CC Cœur de Garonne) »} of the collectivités that are proposed."""
    return dict(choix.etiqueter([c for nom in noms for c in nom.proposees]))


def _couper(texte, combien):
    return texte if len(texte) <= combien else f'{texte[:combien - 1]}…'


# ---- The page of a review ----

Montree = namedtuple('Montree', 'numero sort titre detail avant apres phrases depart dites doute')


def _page_revue(quoi, fichier, saisies, examen, status=200):
    """status 409: the base or the file said something else when it was to be written."""
    comptes = Counter(vue.sort for vue in examen.vues)
    voir = saisies.get('voir') if saisies.get('voir') in SORTS else CHANGE
    vues = [vue for vue in examen.vues if voir == vue.sort or (voir == CHANGE and vue.sort != 'inchange')]
    debut = _debut(saisies, len(vues))
    return page(
        'administration/revue/revue.html', status, conflit=status == 409, quoi=quoi, genre=GENRES[quoi], sorts=SORTS,
        comptes=comptes, voir=voir,
        onglets=[(CHANGE, 'Ce qui change', len(examen.vues) - comptes['inchange']),
                 *((sort, SORTS[sort].onglet, comptes[sort]) for sort in SORTS if comptes[sort])],
        lignes=[_montrer_vue(vue, quoi) for vue in vues[debut:debut + PAR_PAGE]], debut=debut, total=len(vues),
        dites={sort: langue.dire_suites(vue.ligne for vue in examen.vues if vue.sort == sort) for sort in SORTS},
        par_page=PAR_PAGE, garde=saisies['garde'], saisies=saisies, empreinte=examen.empreinte,
        reponses=_reponses(saisies), reconnue=_marque(fichier) if fichier.complet else '', validite=_validite(examen),
        a_part=[_montrer_vue(vue, quoi) for vue in examen.vues if vue.sort == 'a_part'],
        avis=[espacer(avis) for avis in examen.avis], a_ecrire=comptes['cree'] + comptes['modifie'],
        arrives=len(examen.arrives), nombre=len(examen.vues),
        valeurs=sum(len(vue.apres) for vue in examen.vues if vue.sort == 'modifie'),
        forme=revue.dire_forme(fichier.tableau.forme))


def _validite(faite):
    """(days, the day of the opening or '') of the invitations that would leave."""
    ouverture = request.contexte['reglages']['ouvert_le'] if faite.arrives else ''
    return (LIENS['invitation'].days, ouverture if ouverture > langue.aujourdhui() else '')


def _debut(saisies, total):
    """The place of the first line that is shown."""
    debut = saisies.get('debut', '')
    return int(debut) if debut.isdecimal() and len(debut) < 7 and int(debut) < total else 0


def _montrer_vue(vue, quoi):
    genre, visibles = GENRES[quoi], MONTREES.get(quoi, ())
    titre, detail = (' '.join(vue.cellules.get(nom, '') for nom in noms).strip()
                     for noms in (genre.titre, genre.detail))
    caches = (*genre.titre, *genre.detail) if vue.sort == 'cree' else ()
    apres = [(libelle(nom), _dire_cellule(nom, cellule)) for nom, cellule in vue.apres.items()
             if nom not in caches and (vue.sort == 'modifie' or cellule not in ('', 'non')
                                       and (not visibles or nom in visibles))]
    return Montree(
        vue.ligne, vue.sort, titre or f'Ligne {vue.ligne}',
        f'n°\u00a0{detail}' if quoi == 'demandes' and detail else detail,
        [(libelle(nom), _dire_cellule(nom, cellule)) for nom, cellule in vue.avant.items()], apres,
        [espacer(faute.raison if vue.depart else revue.dire_faute(faute)) for faute in vue.fautes],
        _adresse(vue.depart), vue.dites, vue.doute)


def _dire_cellule(nom, cellule):
    if re.fullmatch(r'\d{4}-\d\d-\d\d(T[\d:]{8}Z)?', cellule):
        return langue.dire_jour(cellule, True)
    codes = next((c.limite for c in COLONNES['demandes'] if c.nom == nom), ())
    if isinstance(codes, dict) and isinstance(codes.get(cellule), str):
        return codes[cellule]
    return langue.dire_telephone(cellule) if nom.startswith('telephone') else _couper(cellule, MONTRES_MAX)


def _adresse(depart):
    """Of the screen of departures, for an account that is closed or moved."""
    if not depart:
        return ''
    vers = f'?direction={depart.direction}' if depart.direction else ''
    return f'/espace/admin/comptes/{depart.agent}/depart{vers}'
