"""The page of a hand-over, whoever leaves: an agent (depart.py), a structure (convention.py).

A preview first, a POST that answers 200; then the same form, sent with the empreinte of what was shown, writes it.
"""
import re
from collections import namedtuple

import langue
from models import Membre, Refus, Structure, ecriture, lecture
from langue import aujourdhui, dire_instant, jour_de
from verbes import relais
from verbes.administration import passation, succession
from views import aller, page, request, tenter
from views.champs import designer

OPTIONS_MAX = 1_000                                                 # of all the lists of a page

# A line as it is shown; options: None when nobody takes it; de: who holds it, accord: a Champ, of a structure.
Rangee = namedtuple('Rangee', 'cle numero titre ou titres depend statut echeance options valeur de accord',
                    defaults=('', None))


# ---- What is sent ----

def soumettre(chercher, lire, preparer, montrer):
    """Preview a hand-over, or write what was previewed.

    chercher: who leaves, now; lire: (what was typed, faults of form, Choix); preparer: a Plan; montrer: the page.
    """
    with lecture():
        qui = chercher()
        valeurs, fautes, saisi = lire(qui)
        plan = None if fautes else preparer(qui, request.agent, saisi)
        fautes = fautes or plan.fautes
        if fautes or request.saisies.get('acte') != 'transferer':
            return montrer(qui, valeurs, 422 if fautes else 200, fautes, plan)
    with ecriture():
        _, refus = tenter(passation.transferer, chercher(), request.agent, saisi, request.saisies.get('vue'))
    if refus is None:
        aller(request.path)                                         # the page says what was done
    with lecture():
        qui = chercher()
        if refus.code == 409:                                       # it has moved since: shown again
            plan = preparer(qui, request.agent, saisi)
            return montrer(qui, valeurs, 409, plan.fautes, plan, refus.phrase)
        champ = succession.CHAMPS.get(refus.champ, refus.champ)
        return montrer(qui, valeurs, 422, {champ: refus.phrase})


def lire_lignes(motif, options):
    """({name: who takes it}, {name: fault}) of the fields of this pattern; options: whom they offer, all of them."""
    lues = {nom: designer(saisi, options) for nom, saisi in request.saisies.items() if re.fullmatch(motif, nom)}
    return {nom: valeur for nom, (valeur, _) in lues.items()}, {nom: faute for nom, (_, faute) in lues.items() if faute}


def annuler(qui):
    derniere = passation.derniere(qui)
    if derniere is None:
        raise Refus('Il n\'y a ici rien à annuler.', 409)
    passation.annuler(derniere, request.agent)
    aller(passation.adresse(qui))


# ---- What is shown ----

def montrer(gabarit, qui, ouvert, lignes, champs, status, fautes, plan, bouge, dire_suite, bouton, ferme=None, aussi=(),
            adresse='', **siens):
    """The page of who leaves. dire_suite, bouton: of a plan that is previewed, its Apercu; aussi: more Champs, that a
    fault names; siens: what else is shown.
    """
    apercu = None if fautes or plan is None else succession.apercu(plan)
    a_confier = [ligne for ligne in lignes if ligne.quoi != 'fin']
    libelles = {c.nom: c.libelle for c in [*champs, *aussi]} | {ligne.cle: _dire_ligne(ligne) for ligne in a_confier}
    return page(
        gabarit, status, qui=qui, ouvert=ouvert, est_structure=isinstance(qui, Structure),
        sienne=succession.structure_de(qui).nom, adresse=adresse or passation.adresse(qui), champs=champs,
        fautes=fautes, libelles=libelles, nombre=len(a_confier), apercu=apercu,
        empreinte=plan.empreinte if apercu else '', suite=dire_suite(plan) if apercu else '', bouge=bouge,
        bouton=bouton(plan, apercu) if apercu else '', aujourdhui=aujourdhui(), faite=_faite(qui, ferme), **siens)


def _dire_ligne(ligne):
    return f'Demande n°\u00a0{ligne.objet.demande_id}' if isinstance(ligne.objet, Membre) else ligne.titre


def rangee(ligne, options, valeur, fermes, accord=None):
    if not isinstance(ligne.objet, Membre):
        return Rangee(ligne.cle, None, ligne.titre, '', ligne.titres, ligne.depend, '', None, options, valeur, ligne.de)
    demande = ligne.objet.demande
    echeance = langue.dire_echeance(demande.echeance, demande.premier_contact_le, demande.clos_le,
                                      fermes=fermes)
    return Rangee(ligne.cle, demande.numero, ligne.titre, demande.collectivite, ligne.titres, '', demande.statut,
                  echeance, options, valeur, ligne.de, accord)


def section(ligne):
    """The key of its section."""
    if not isinstance(ligne.objet, Membre):
        return 'autre'
    return 'restreinte' if succession.restreinte(ligne) else ligne.quoi


# Of the last hand-over. dit: who is told; jusqu_a: until when it may be undone; ferme: the day the account will close.
Faite = namedtuple('Faite', 'titre dit jusqu_a bougees ferme laissees')


def _faite(qui, ferme):
    derniere = passation.derniere(qui)
    if derniere is None:
        return None
    bilan, jusqu_a, annulee = passation.bilan(derniere), passation.annulable(derniere), derniere.annulee_le
    if not jusqu_a and not ferme and jour_de(annulee or derniere.faite_le) != aujourdhui():
        return None
    absence = None if annulee else passation.absence_en_vue(derniere)
    fait = ('Passation annulée' if annulee else 'Absence notée' if absence
            else langue.dire_nombre(bilan.lignes, 'ligne', 'transférée'))
    if derniere.structure_id and not annulee:
        fait = f'Structure fermée, {fait}'
    par = '' if annulee else f', par {derniere.par.nom_complet}'
    dits = [] if annulee else [_dire_absence(absence, bilan), _dire_prevenus(bilan, jusqu_a, derniere)]
    return Faite(f'{fait} le {dire_instant(annulee or derniere.faite_le)}{par}',
                 ' '.join(filter(None, dits)), jusqu_a,
                 passation.bougees(derniere) if jusqu_a else [], ferme, bilan.laissees)


def _dire_absence(absence, bilan):
    """Who acts, for whom, until when."""
    if not absence:
        return ''
    jours = relais.dire_periode(absence.du, absence.au) + ('' if absence.au else ', jusqu\'à son retour')
    qui = (f'{absence.suppleant.nom_complet} agit pour {absence.agent.nom_complet}' if absence.suppleant
           else f'Personne n\'agit pour {absence.agent.nom_complet}, sans suppléant')
    lignes = f' {langue.dire_nombre(bilan.lignes, "ligne", "transférée")}.' if bilan.lignes else ''
    return f'{qui}, {jours}.{lignes}'


def _dire_prevenus(bilan, jusqu_a, derniere):
    """Who is told: those who take over, then the mairies, when."""
    phrases = []
    if bilan.repreneurs:
        phrases.append(f'Prévenu{"s" if len(bilan.repreneurs) > 1 else ""}\u00a0: {langue.enumerer(bilan.repreneurs)}.')
    if bilan.mairies:
        quand = f'le {dire_instant(passation.depart_des_lettres(derniere.faite_le))}' if jusqu_a else 'un jour ouvré'
        qui = 'Une mairie est prévenue' if bilan.mairies == 1 else f'{bilan.mairies} mairies sont prévenues'
        phrases.append(f'{qui} {quand if bilan.attendent else "déjà"}.')
    return ' '.join(phrases)
