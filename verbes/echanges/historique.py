"""An old file made into the lines of an import: what a département kept of its demandes before the Plateforme
(regles.md §3, « Reprise »).

A row says what it can; the rest is found in the base (the collectivité, the person, the fiche), comes from a rule, or
is said once for all the rows that it concerns (Question, Nom). What comes out is a Tableau under the names of COLONNES,
which is then read and checked like any other. Nothing here writes.
"""
import hashlib
import re
from collections import Counter, namedtuple

import langue
from models import Refus, Reglage, db
from langue import dire_nombre, normaliser

from verbes.colonnes import TAPEES
from verbes.regles import ISSUES, NATURES, QUI, STATUTS, TYPES
from .colonnes import COLONNES, OBLIGATOIRE, Faute, proteger
from .lecture import Ligne, cle_de_titre, exacte, faute_de_cellules, fautes_d_entete, lire_lignes, nettoyer
from .reconnus import (
    SANS_ANNEE, SENS, adresses, chefs_des_fiches, completer_la_date, compte_de, dater_sans_annee, dit_une_fois, entier,
    fiches_de, jour_ecrit, par_code, personnes_de, reconnaitre, sens_du_statut, telephones, terme, terme_connu)
from .references import Base, dire_le_doute, dire_pris, sql
from .reprises import AUTRE, TEXTE_AU_TERME, premiere_ligne, retrouver
from .titres import MOTS_DE_TYPE

# What is said once for several rows: cle: of its field; choix: ((value, words), …); choisie: '' while it is not said.
Question = namedtuple('Question', 'cle phrase combien choix choisie')
# A name of collectivité that is not exact: proposees: the nearest; choisie: the id of one, as text, else AUCUNE.
Nom = namedtuple('Nom', 'cle ecrit combien proposees choisie')
# notes: {line: what its first line of journal adds, None for no such line}; dites: {line: [what its review says]};
# exacts: how many names of collectivités are exact; donnes: {line: the number that it is given}; doutes: {line: the
# number of the demande that it may be}; laissees: the lines that are no demande (a heading again, a total).
Complet = namedtuple('Complet', 'tableau notes dites questions noms exacts donnes doutes laissees fautes')
# A row on its way: v: {column: cell}, and what is not a column (« ecrit », its statut as the file writes it;
# « au_terme », past the retention; « …_a_dire », that a question concerns); note, dit: as above.
Ancienne = namedtuple('Ancienne', 'ligne v note dit')

AUCUNE = 'aucune'
AU_PLUS_TOT = '1980'                                                # older is the zero of a spreadsheet
# Of the demandeur: what does not come in once the retention is over.
PERSONNELLES = (*(colonne.nom for colonne in TAPEES if colonne.nom != 'message'), 'synthese', 'texte_final')
A_DIRE = '«\u00a0{}\u00a0» n\'est pas un statut connu\u00a0: dites ce qu\'il veut dire, ou écrivez «\u00a0En cours' \
         '\u00a0», «\u00a0Terminé\u00a0»…'
SANS_ISSUE = tuple((code, ISSUES[code]) for code in ('realise', 'reponse', 'sans_suite'))
SANS_JOUR = (('premier', 'Au premier jour de la semaine, du mois ou de l\'année'),
             ('refuser', 'À compléter\u00a0: les refuser'))
PRIS = (('refuser', 'Les refuser'), ('autres', 'En donner d\'autres, et garder ceux-ci comme références'))
ANCIENNES = (('sans', 'Entrent sans nom, contact, message ni journal'), ('refuser', 'Ne pas les reprendre'))
SANS_CLOTURE = (('depot', 'Tenues pour closes le jour de leur dépôt'), ('refuser', 'À compléter\u00a0: les refuser'))
TERMES = (('5', 'Après 5\u00a0ans, sans nom, contact, message ni journal'), ('10', 'Après 10\u00a0ans, de même'),
          ('0', 'Les garder telles quelles'))


def preparer(tableau, reponses, progres=None):
    """([Ligne], [Faute], Complet or None) of a file, outside any transaction but a reading.

    reponses: {field: what was said of it}. A file under the names of our own exports is taken as it is.
    """
    complet, fautes = None, []
    if tableau.quoi in COMPLETER and not exacte(tableau):
        complet = completer(tableau, reponses)
        tableau, fautes = complet.tableau, [*complet.fautes]
    elif fautes_d_entete(tableau):
        return [], fautes_d_entete(tableau), None
    autres_fautes = []
    lignes = lire_lignes(tableau, autres_fautes, progres)
    if not complet:
        return lignes, autres_fautes, None
    for ligne in lignes:
        ligne.v.update(note=complet.notes[ligne.numero], doute=ligne.numero in complet.doutes)
    cellules = {(faute.ligne, faute.colonne) for faute in fautes}
    lignes_fautives = {ligne for ligne, _ in cellules}
    fautes += [faute for faute in autres_fautes if (faute.ligne, faute.colonne) not in cellules
               and (faute.ligne not in lignes_fautives or faute.raison != OBLIGATOIRE)]
    coupees = lignes_fautives - {ligne.numero for ligne in lignes}
    return [*lignes, *(Ligne(numero, {}, {}) for numero in sorted(coupees))], fautes, complet


def completer(tableau, reponses):
    """The Complet of an old file."""
    if not tableau.rangees:
        raise Refus("Ce fichier n'a que sa ligne d'en-tête : ajoutez les lignes à importer.")
    anciennes, laissees, fautes = _anciennes(tableau)
    questions, noms, exacts, numeros, doutes, de_plus = COMPLETER[tableau.quoi](anciennes, reponses)
    nommees = [c.nom for c in COLONNES[tableau.quoi] if not c.nouvelle or any(c.nom in a.v for a in anciennes)]
    rangees = [(a.ligne, [proteger(a.v.get(nom, '')) for nom in nommees]) for a in anciennes]
    complet = tableau._replace(entete=nommees, noms=nommees, rangees=rangees)
    notes = {a.ligne: None if a.v.get('au_terme') else ' '.join(a.note) for a in anciennes}
    return Complet(complet, notes, {a.ligne: a.dit for a in anciennes}, questions, noms, exacts, numeros, doutes,
                   laissees, [*fautes, *de_plus])


def _anciennes(tableau):
    """([Ancienne], the lines that are none, [Faute] of those that can't be cut in cells)."""
    anciennes, laissees, fautes = [], [], []
    titres = {cle_de_titre(titre) for titre in tableau.entete}
    for ligne, cellules in tableau.rangees:
        v = _cellules(tableau, cellules)
        pleines = [cellule for cellule in v.values() if cellule]
        if len(cellules) != len(tableau.noms):
            fautes.append(faute_de_cellules(ligne, cellules, tableau.noms, tableau.forme))
        elif len(pleines) < min(2, len(v)) or all(cle_de_titre(cellule) in titres for cellule in pleines):
            laissees.append(ligne)
        else:
            anciennes.append(Ancienne(ligne, v, [], []))
    return anciennes, laissees, fautes


def _cellules(tableau, cellules):
    """{column: cell} of a row; of several headings for one column, each under its words (A_PLUSIEURS)."""
    v = {}
    for titre, nom, cellule in zip(tableau.entete, tableau.noms, map(nettoyer, cellules)):
        seule = tableau.noms.count(nom) == 1
        dite = cellule if seule or not cellule else f'{titre}\u00a0: {cellule}'
        v[nom] = '\n'.join(filter(None, [v.get(nom, ''), dite]))
    return v


MARQUES = (                                                         # what its review says of a line, of several
    ('sans nom, contact, message ni journal',
     'Au-delà de la durée de conservation, sans nom, contact, message ni journal'),
    ('à confirmer', 'La personne à joindre reste à vérifier au premier appel'),
    ('à rattacher', 'À rattacher à une collectivité'),
)


def dire_du_fichier(complet, lignes):
    """Sentences about a file as a whole, of which these lines (numbers) are to be written."""
    numeros = sorted(complet.donnes[ligne] for ligne in lignes if ligne in complet.donnes)
    phrases = []
    if numeros:
        etendue = f'{numeros[0]} à {numeros[-1]}' if len(numeros) > 1 else str(numeros[0])
        phrases.append(f'Sans numéro, {dire_nombre(len(numeros), "ligne")}\u00a0: {etendue}, dans l\'ordre de dépôt.')
    for mot, phrase in MARQUES:
        combien = sum(any(mot in dite for dite in complet.dites[ligne]) for ligne in lignes)
        if combien:
            phrases.append(f'{phrase}\u00a0: {dire_nombre(combien, "demande")}.')
    if complet.laissees:
        phrases.append(f'Laissées de côté, sans demande (titre répété, sous-titre, total)\u00a0: '
                       f'{langue.dire_suites(complet.laissees)}.')
    return phrases


def _cle(genre, texte):
    """The name of the field that says once what a text means."""
    return f'{genre}-{hashlib.sha256(texte.encode()).hexdigest()[:10]}'


def _appliquer(etapes, anciennes, contexte):
    """Do each step on each row: the Fautes of those that can't be done."""
    fautes = []
    for ancienne in anciennes:
        for colonne, etape in etapes:
            try:
                etape(ancienne, contexte)
            except Refus as refus:
                fautes.append(Faute(ancienne.ligne, colonne, refus.phrase))
    return fautes


# ---- What the base knows ----

# reponses: as preparer(); base: a Base; collectivites: {id: what an import calls it}; noms: {written name: Collectivite
# or None}; statuts: {written statut: (statut, issue) or None}; personnes: {name or e-mail: [Agent]}; fiches: {title:
# [(theme, title, id)]}; chefs: {id of a fiche: e-mails}; terme: closed before this day, a row comes in without anybody.
Contexte = namedtuple(
    'Contexte', 'reponses base collectivites noms statuts personnes fiches themes chefs terme elections')


# ---- Demandes: what is said once ----

def _demandes(anciennes, reponses):
    base = Base(lignes=())
    for a in anciennes:
        if sens_du_statut(a.v.get('clos_le', '')):                  # « fait », where a day is expected
            a.v['clos_le'] = ''
        a.v.update({'origine': a.v.get('origine') or 'plateforme', 'ecrit': _ecrit(a)})
    noms, collectivites = _noms(anciennes, reponses, base)
    statuts = _statuts(anciennes, reponses)
    contexte = Contexte(
        reponses, base, {c.id: repere for repere, c in base['collectivite'].items()}, collectivites, statuts,
        personnes_de(base), fiches_de(base), {normaliser(nom): nom for nom in base['theme']}, chefs_des_fiches(),
        terme(reponses), Reglage.tous()['elections_le'])
    fautes = _appliquer(ETAPES, anciennes, contexte)
    fautes += _repetees(_sans_faute(anciennes, fautes))
    saines = _sans_faute(anciennes, fautes)
    doutes, de_plus = _rendre_les_numeros(saines, contexte)
    numeros = _numeroter(anciennes, saines)
    fautes += de_plus + _suivies(anciennes, base['demande'], doutes)
    return _questions(anciennes, reponses, statuts), noms, len(collectivites) - len(noms), numeros, doutes, fautes


def _sans_faute(anciennes, fautes):
    refusees = {faute.ligne for faute in fautes}
    return [a for a in anciennes if a.ligne not in refusees]


def _noms(anciennes, reponses, base):
    """([Nom], {written name: Collectivite or None}) of the rows that no code of the base tells."""
    noms_ecrits = Counter(a.v.get('collectivite', '') for a in anciennes if not par_code(a.v, base))
    del noms_ecrits['']
    d_ailleurs = {a.v.get('collectivite') for a in anciennes if a.v.get('insee') or a.v.get('collectivite_siren')}
    noms, collectivites = [], {}
    for nom, combien in sorted(noms_ecrits.items(), key=lambda paire: (-paire[1], paire[0])):
        proches, certaine, nommee = reconnaitre(nom)
        if certaine:
            collectivites[nom] = proches[0]
            continue
        cle, defaut = _cle('nom', nom), nommee and len(proches) == 1 and nom not in d_ailleurs
        choix = reponses.get(cle, str(proches[0].id) if defaut else AUCUNE)
        noms.append(Nom(cle, nom, combien, proches, choix))
        collectivites[nom] = next((c for c in proches if str(c.id) == choix), None)
    return noms, collectivites


def _statuts(anciennes, reponses):
    """{written statut: (statut, issue), None while it is not said}, '' being that of a row that says none."""
    ecrits = {a.v['ecrit'] for a in anciennes}
    return {ecrit: sens_du_statut(ecrit) or dit_une_fois(reponses.get(_cle('statut', ecrit), '')) for ecrit in ecrits}


def _ecrit(ancienne):
    """Its statut as the file writes it: a row that says none, but how or when it ended, is « Terminé »."""
    v = ancienne.v
    if v.get('statut') or not v.get('issue'):
        return v.get('statut', '') or (STATUTS['termine'] if v.get('clos_le') else '')
    return v['issue']


def _questions(anciennes, reponses, statuts):
    """What is to be said once, before the rows are read."""
    questions = []
    for statut, combien in Counter(a.v['ecrit'] for a in anciennes).most_common():
        cle = _cle('statut', statut)
        if sens_du_statut(statut) is None:
            phrase = f'«\u00a0{statut}\u00a0» veut dire' if statut else 'Les lignes sans statut sont'
            questions.append(Question(cle, phrase, combien, SENS, reponses.get(cle, '') if statuts[statut] else ''))
    for cle, marque, phrase, choix in (
            ('issue', 'issue_a_dire', 'Terminées sans issue dite', SANS_ISSUE),
            ('cloture', 'cloture_a_dire', 'Closes, mais sans date de clôture', SANS_CLOTURE),
            ('date', 'date_a_dire', 'Sans date de dépôt', _sans_date()),
            ('pris', 'pris_a_dire', 'Numéros qu\'a déjà une autre demande', PRIS),
            ('jour', 'jour_a_dire', 'Dates sans jour («\u00a0juin 2021\u00a0», «\u00a0S11 2021\u00a0»)', SANS_JOUR),
            ('annee', 'annee_a_dire', 'Dates sans année («\u00a012/6\u00a0», «\u00a012 juin\u00a0»)', _sans_annee()),
            ('anciennes', 'terme_a_dire', 'Closes depuis plus que la durée de conservation', ANCIENNES)):
        combien = sum(a.v.get(marque, False) for a in anciennes)
        if combien:
            questions.append(Question(cle, phrase, combien, choix, _parmi(reponses, cle, choix)))
    closes = sum(bool(a.v.get('clos_le')) for a in anciennes)
    if closes and terme_connu() is None:
        questions.append(Question('terme', 'Les demandes closes', closes, TERMES, reponses.get('terme', '')))
    return questions


def _parmi(reponses, cle, choix):
    """What was chosen, else the first."""
    dite = reponses.get(cle, '')
    return dite if dite in dict(choix) else choix[0][0]


# ---- Demandes: one row ----

def _dater(a, contexte):
    """Before the other steps: the two days that they compare, which may lack a day or be a word (« fait »)."""
    annee = contexte.reponses.get('date', '')
    if not a.v.get('depose_le'):
        dite = annee.isdecimal() and annee in dict(_sans_date())
        a.v.update({'date_a_dire': True, 'depose_le': f'01/01/{annee}' if dite else ''})
    _dire_l_annee(a, contexte)
    for colonne in ('depose_le', 'clos_le'):
        entiere = completer_la_date(a.v.get(colonne, ''))
        if entiere:
            refusee = _parmi(contexte.reponses, 'jour', SANS_JOUR) == 'refuser'
            a.v.update({'jour_a_dire': True, colonne: a.v[colonne] if refusee else entiere})
        lue = jour_ecrit(a.v.get(colonne, ''))
        if lue and lue < AU_PLUS_TOT:
            raise Refus(f'«\u00a0{a.v[colonne]}\u00a0» est trop ancien pour une demande\u00a0: corrigez la date.')


def _dire_l_annee(a, contexte):
    """« 12/6 »: of the year that was chosen, else the nearest to the other day of its row, that it follows or precedes.
    """
    choix = _parmi(contexte.reponses, 'annee', _sans_annee())
    for colonne, autre in (('depose_le', 'clos_le'), ('clos_le', 'depose_le')):
        cellule, repere = a.v.get(colonne, ''), jour_ecrit(a.v.get(autre, ''))
        if not SANS_ANNEE.fullmatch(cellule):
            continue
        a.v['annee_a_dire'] = True
        jours = dater_sans_annee(cellule, [choix]) if choix.isdecimal() else []
        if choix == 'ligne' and repere:
            annees = range(int(repere[:4]) - 1, int(repere[:4]) + 2)
            jours = [jour for jour in dater_sans_annee(cellule, annees)
                     if (jour <= repere if colonne == 'depose_le' else jour >= repere)]
        if jours:
            lu = max(jours) if colonne == 'depose_le' else min(jours)
            a.v[colonne] = langue.dire_jour(lu, True)
            a.dit.append(f'«\u00a0{cellule}\u00a0» lu {a.v[colonne]}')


def _sans_annee():
    return (('ligne', 'Celle de l\'autre date de leur ligne\u00a0; sans elle, les refuser'),
            ('refuser', 'À compléter\u00a0: les refuser'), *((annee, f'En {annee}') for annee in _annees()))


def _sans_date():
    return (('refuser', 'À compléter\u00a0: les refuser'),
            *((annee, f'Au 1er janvier {annee}') for annee in _annees()))


def _annees():
    an = int(langue.aujourdhui()[:4])
    return map(str, range(an, an - 20, -1))


def _trouver_la_collectivite(a, contexte):
    v, nom = a.v, a.v.get('collectivite', '')
    cible = par_code(v, contexte.base)
    codes = [code for code in (v.get('collectivite_siren'), v.pop('insee', '')) if code]
    v['collectivite_siren'], type_ = '', v.pop('type', '')
    if cible and nom:
        proches, certaine, _ = reconnaitre(nom)
        if certaine and proches[0].id != cible.id:
            raise Refus(f'Le code {codes[0]} est celui de {cible.nom}, pas de {proches[0].nom}\u00a0: corrigez.')
    if not cible and not nom:
        raise Refus('Indiquez le nom d\'une commune ou d\'une intercommunalité.' if not codes else
                    f'«\u00a0{codes[0]}\u00a0» n\'est le code d\'aucune collectivité de la base\u00a0: corrigez-le.')
    if not cible and codes:
        a.dit.append(f'code {codes[0]} inconnu, nom gardé')
    cible = cible or contexte.noms[nom]
    if cible:
        siren = contexte.collectivites[cible.id]
        v.update({'collectivite_siren': siren, 'collectivite': cible.nom, 'type': cible.type})
        return
    types = {normaliser(dit): dit for dit in TYPES}
    v['type'] = types.get(normaliser(type_)) or next(
        dit for mots, dit in MOTS_DE_TYPE if re.search(mots, normaliser(nom)))
    a.dit.append('à rattacher')


def _trouver_la_fiche(a, contexte):
    """The fiche of a title, which a fiche that is gone leaves to the demande; and the text, which says the object too.
    """
    v = a.v
    titre, objet = v.get('fiche', ''), v.pop('objet', '')
    fiches = contexte.fiches.get(normaliser(titre or objet), ())
    theme = contexte.themes.get(normaliser(v.get('theme', '')), '')
    fiche = next((f for f in fiches if f[1] == theme), fiches[0] if fiches else None)
    if fiche:
        _, v['theme'], v['fiche'], v['fiche_id'] = fiche
        v.setdefault('chefs_de_file', '')
        v['chefs_de_file'] = v['chefs_de_file'] or ' | '.join(contexte.chefs.get(v['fiche_id'], ()))
    else:
        v |= {'theme': theme, 'fiche': '', 'titre_depose': titre[:200]}
    message = v.get('message', '')
    dits = [objet] if objet and normaliser(objet) not in normaliser(message) else []
    v['message'] = '\n\n'.join(filter(None, [*dits, message])) or titre or v.get('lieu', '')
    if not v['message']:
        raise Refus('Rien ne dit ce que la collectivité demande\u00a0: complétez l\'objet ou le texte.')


_ISSUES = {normaliser(dit): code for code, dit in ISSUES.items()} | {code: code for code in ISSUES}


def _lire_le_statut(a, contexte):
    statut, fin = a.v['ecrit'], a.v.get('issue', '')                # as they are written
    if contexte.statuts[statut] is None:
        raise Refus(A_DIRE.format(statut or '(vide)'))
    a.v['statut'], issue = contexte.statuts[statut]
    for mots, inconnus in {statut: sens_du_statut(statut) is None, fin: normaliser(fin) not in _ISSUES}.items():
        if mots and inconnus and mots not in a.v.get('synthese', ''):  # its own words are not lost
            a.v['synthese'] = '\n'.join(filter(None, [a.v.get('synthese', ''), mots]))
    a.v['issue'] = _ISSUES.get(normaliser(fin), issue) if a.v['statut'] == 'termine' else issue


def _clore(a, contexte):
    """A closed demande has a day and an issue; one that its file leaves without takes what was said for all."""
    v = a.v
    if v.get('statut') == 'rejete' and (v.get('clos_le') or v['issue']):
        v['issue'] = 'reponse'
    elif v.get('statut') not in ('termine', 'abandonne'):
        return
    if not v['issue'] and v['statut'] == 'termine':
        v |= {'issue': _parmi(contexte.reponses, 'issue', SANS_ISSUE), 'issue_a_dire': True}
    if not v.get('clos_le'):
        v['cloture_a_dire'] = True
        if _parmi(contexte.reponses, 'cloture', SANS_CLOTURE) == 'refuser':
            raise Refus('Cette demande est close\u00a0: indiquez quand.')
        depose = jour_ecrit(v.get('depose_le', ''))
        v['clos_le'] = v['depose_le'] if depose and depose <= langue.aujourdhui() else ''


def _trouver_la_personne(a, contexte):
    """Who followed it: an account, else a name that its journal keeps. Nobody is left in charge who can't act."""
    v, nom, ouverte = a.v, a.v.pop('suivi_par', ''), a.v.get('statut') not in ('termine', 'abandonne')
    compte = compte_de(nom, contexte.personnes) if nom else None
    if compte and (compte.actif or not ouverte) and not compte.lecteur_au:
        v['referent'] = v.get('referent') or compte.courriel
    elif nom:
        a.note.append(f'Suivie par {nom.rstrip(".")}.')
        a.dit.append(f'suivie par «\u00a0{nom}\u00a0», sans compte ouvert')
    qui = QUI.get(v.get('statut'))
    tenus = {'referent': v.get('referent'), 'chef_de_file': v.get('chefs_de_file')}
    if ouverte and qui and not tenus.get(qui.qui, True):
        v['statut'] = 'receptionne_chef' if v.get('chefs_de_file') else 'receptionne_admin'
        a.dit.append(f'personne n\'y est expert\u00a0: {STATUTS[v["statut"]]}')


def _joindre(a, contexte):
    """An open demande is reached at the official address, for lack of its own; then, or if an election has passed
    since, nothing is written to it before somebody has called (regles.md §3, §7).
    """
    v, demande = a.v, contexte.base['demande'].get(entier(a.v.get('numero', '')))
    if v.get('clos_le') or v.get('statut') == 'rejete':
        return
    cible = contexte.base['collectivite'].get(v.get('collectivite_siren', ''))
    officielle = cible and not v.get('courriel') and not v.get('telephone')
    if officielle:
        v |= {'courriel': cible.courriel, 'telephone': cible.telephone}
    depose = jour_ecrit(v.get('depose_le', ''))
    a_confirmer = officielle or bool(depose and contexte.elections and depose < contexte.elections)
    v['interlocuteur_depuis'] = langue.aujourdhui() if a_confirmer and not demande else ''
    if demande:
        v['interlocuteur_depuis'] = demande.interlocuteur_depuis or ''
    if a_confirmer:
        a.dit.append('à l\'adresse officielle, à confirmer' if officielle else 'interlocuteur à confirmer')


def _demeler(a, contexte):
    """Of several e-mails or telephones in a cell, the first; a telephone whose zero a spreadsheet has lost; a number
    that is none is a reference.
    """
    v = a.v
    for colonne, trouver, lire in (('courriel', adresses, langue.adresse), ('telephone', telephones, langue.telephone)):
        cellule = v.get(colonne, '')
        contacts = trouver(cellule)
        if contacts and (len(contacts) > 1 or lire(cellule) is None):
            a.note.append(f'Contact, tel qu\'écrit\u00a0: {cellule}.')
            v[colonne] = contacts[0]
    if re.fullmatch('[1-9][0-9]{8}', v.get('telephone', '')):
        v['telephone'] = f'0{v["telephone"]}'
    if v.get('rappel_fonction') and not v.get('rappel_nom') and not re.search(ELU, normaliser(v['rappel_fonction'])):
        v.update({'rappel_nom': v.pop('nom', ''), 'rappel_prenom': v.pop('prenom', ''), 'civilite': ''})
    if not v.get('rappel_nom') and (v.get('rappel_fonction') or v.get('rappel_prenom')):
        dit = ' '.join(filter(None, [v.pop('rappel_prenom', ''), v.pop('rappel_fonction', '')]))
        a.note.append(f'Contact, tel qu\'écrit\u00a0: {dit}.')
    _demeler_le_numero(a, contexte)


def _demeler_le_numero(a, contexte):
    v, cellule = a.v, a.v.get('numero', '')
    numero = re.fullmatch(r'(?:n|n°|no|nº|#)\.?\s*(\d+)', cellule, re.IGNORECASE)
    v['numero'] = numero[1] if numero else cellule
    if v['numero'] and (entier(v['numero']) or NUMERO_MAX) >= NUMERO_MAX:
        v.update({'reference': v.get('reference') or cellule, 'numero': ''})


ELU = r'^(?!.*\b(adjointe?|deleguee?|vice|secretaire|conseillere?|dgs)\b).*\b(maire|presidente?)\b'
NUMERO_MAX = 100_000                                                # the next demande would have the one after


def _remarquer(a, contexte):
    """What is said of an open demande is no synthesis: its journal says it."""
    if not a.v.get('clos_le') and a.v.get('synthese'):
        a.note.append(f'Remarques\u00a0: {a.v.pop("synthese")}')
    if a.note:
        dit = ' '.join(a.note)
        a.dit.append(f'au journal\u00a0: {dit if len(dit) <= 200 else dit[:199] + "…"}')


def _oublier(a, contexte):
    """Closed for longer than the retention: nobody, no text, no journal (regles.md §3)."""
    clos = jour_ecrit(a.v.get('clos_le', ''))
    if not (clos and contexte.terme and clos < contexte.terme):
        return
    a.v['terme_a_dire'] = True
    if _parmi(contexte.reponses, 'anciennes', ANCIENNES) == 'refuser':
        raise Refus('Close depuis plus longtemps que la durée de conservation\u00a0: vous avez choisi de ne pas la '
                    'reprendre.')
    for colonne in PERSONNELLES:
        a.v.pop(colonne, None)
    a.v.update({'texte': a.v['message'], 'message': TEXTE_AU_TERME, 'au_terme': True})
    a.dit[:] = [dit for dit in a.dit if not dit.startswith(('suivie par', 'au journal'))] + [
        'sans nom, contact, message ni journal']


ETAPES = (
    ('numero', _demeler), ('depose_le', _dater), ('collectivite', _trouver_la_collectivite),
    ('fiche', _trouver_la_fiche),
    ('statut', _lire_le_statut), ('clos_le', _clore), ('suivi_par', _trouver_la_personne), ('courriel', _joindre),
    ('synthese', _remarquer), ('clos_le', _oublier),
)


# ---- Demandes: their numbers ----

def _repetees(anciennes):
    """The Fautes of the rows without number that are twice in the file."""
    premieres, fautes = {}, []
    for a in anciennes:
        premiere = premieres.setdefault(tuple(sorted(a.v.items())), a) if not a.v.get('numero') else a
        if premiere is not a and not a.v.get('au_terme'):
            fautes.append(Faute(a.ligne, 'numero', f'La même ligne que la {premiere.ligne}\u00a0: gardez-en une.'))
    return fautes


def _rendre_les_numeros(anciennes, contexte):
    """Give each row the number of the demande that it is, or may be: ({line: number} of the doubts, [Faute] of those
    that can't be that one as they are, and of the numbers that another has).
    """
    reprises, doutes, fautes = retrouver(anciennes, contexte.collectivites, contexte.reponses), {}, []
    for a in anciennes:
        reprise, sure = reprises.get(a.ligne, (None, False))
        if not reprise:
            fautes += _liberer(a, contexte)
            continue
        if entier(a.v.get('numero', '')) not in (None, reprise.numero):
            _garder_le_numero(a)
        a.v['numero'] = str(reprise.numero)
        if not sure:
            doutes[a.ligne] = numero = reprise.numero
            if reprise.note != premiere_ligne(a):
                fautes.append(Faute(a.ligne, 'numero', dire_le_doute(numero, contexte.base['demande'][numero])))
        elif a.v['collectivite_siren'] in ('', *reprise.reperes):
            a.v.update(reprise.ou)                                  # attached since, or part of another by now
    return doutes, fautes


def _liberer(a, contexte):
    """The number that another demande has is kept as a reference, if that was said; [Faute] otherwise."""
    numero, distincte = entier(a.v.get('numero', '')), contexte.reponses.get(f'celle-{a.ligne}') == AUTRE
    demande = contexte.base['demande'].get(numero)
    a.v['pris_a_dire'] = bool(demande) and not distincte
    if demande and (distincte or _parmi(contexte.reponses, 'pris', PRIS) == 'autres'):
        _garder_le_numero(a)
    elif demande and demande.importee:
        return [Faute(a.ligne, 'numero', dire_pris(numero, demande))]
    return []


def _garder_le_numero(a):
    a.v.update({'reference': a.v.get('reference') or a.v['numero'], 'numero': ''})


def _numeroter(anciennes, saines):
    """Give the next numbers to the rows that have none, in order of deposit: {line: number} of these."""
    sans_numero = [a for a in saines if not a.v.get('numero')]
    depart = max([db.execute_sql("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'demande'")
                  .fetchone()[0], *(entier(a.v.get('numero', '')) or 0 for a in anciennes)])
    sans_numero.sort(key=lambda a: (jour_ecrit(a.v.get('depose_le', '')), a.ligne))
    for numero, a in enumerate(sans_numero, depart + 1):
        a.v['numero'] = str(numero)
        a.dit.append('numéro donné')
    return {a.ligne: int(a.v['numero']) for a in sans_numero}


def _suivies(anciennes, demandes, doutes):
    """The Fautes of the rows whose demande agents have followed since."""
    return [Faute(a.ligne, 'numero', SUIVIE) for a in anciennes if a.ligne not in doutes
            and (connue := demandes.get(entier(a.v.get('numero', '')))) and connue.importee and not connue.reprise]


SUIVIE = 'Cette demande a été reprise, et suivie depuis par des agents\u00a0: son fichier n\'y change plus rien.'


# ---- The journal ----

def _journal(anciennes, reponses):
    base = Base(lignes=())
    personnes, references = personnes_de(base), {}
    for reference, numero in sql("SELECT reference, numero FROM demande WHERE reference <> ''"):
        references.setdefault(reference, []).append(numero)
    closes = dict(sql('SELECT numero, clos_le FROM demande WHERE clos_le IS NOT NULL'))
    contexte = (personnes, references, closes, terme(reponses))
    return [], [], 0, {}, {}, _appliquer(ETAPES_DU_JOURNAL, anciennes, contexte)


def _rattacher(a, contexte):
    reference, (_, references, closes, limite) = a.v.pop('reference', ''), contexte
    if reference and not a.v.get('numero'):
        numeros = references.get(reference, ())
        if len(numeros) != 1:
            qui = 'Plusieurs demandes ont' if numeros else 'Aucune demande reprise n\'a'
            raise Refus(f'{qui} la référence «\u00a0{reference}\u00a0»\u00a0: '
                        'indiquez son numéro, ou importez d\'abord les demandes.')
        a.v['numero'] = str(numeros[0])
    close = closes.get(entier(a.v.get('numero', '')))
    if close and limite and langue.jour_de(close) < limite:
        raise Refus('Cette demande est close depuis plus longtemps que la durée de conservation\u00a0: '
                    'son journal n\'entre pas.')


def _signer(a, contexte):
    nom, (personnes, *_) = a.v.get('auteur', ''), contexte
    compte = compte_de(nom, personnes) if nom else None
    a.v['auteur'] = compte.courriel if compte else nom or 'Auteur non indiqué'
    if not compte and '@' in nom:
        a.v['signature'] = nom


def _qualifier(a, contexte):
    """Its nature: a note, but what it names is one of those that agents write."""
    natures = {normaliser(nature): code for code, nature in NATURES.items()} | {code: code for code in NATURES}
    cellule = normaliser(a.v.get('nature', ''))
    codes = [code for nature, code in natures.items() if cellule and (cellule == nature or nature in cellule.split())]
    a.v['nature'] = codes[0] if codes else 'note'


ETAPES_DU_JOURNAL = (
    ('numero', _demeler_le_numero), ('numero', _rattacher), ('auteur', _signer), ('nature', _qualifier),
)
COMPLETER = {'demandes': _demandes, 'journal': _journal}
