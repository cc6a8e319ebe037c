"""The public form: its fields, how what was typed is understood, the deposit (regles.md §3).

A refusal always gives the form back with everything that was typed: nothing is dropped in silence,
not even for a robot, since a browser may have filled the trap.
No answer may tell whether a collectivité has asked for something before.
"""
import math
import re
import secrets

from bottle import request, response

import models
import langue
from models import Collectivite, Demande, DemandeCommune, Fiche, Journal, Refus
from langue import normaliser
from verbes import appellations, courriels, perimetre, regles
from verbes.administration import calendrier
from verbes.colonnes import TAPEES, du_groupe, noms_du_groupe
from verbes.demande import actes, cycle
from views import Unique, aller, app, choix, consigne, envois, page, parametre, tenter
from views.adresses import a_proposer, trancher
from views.champs import PIECES, Champ, citer, lire
from views.entrees import lire_numero
from views.limites import combien, compter, compter_le_client, dire_secondes, heure_signee, limite, secondes_depuis
from views.vitrine import delais

def _tapes(groupe):
    """The fields that are drawn from the columns of a demande."""
    return [Champ(c.nom, c.mairie or c.libelle, c.saisie, aide=c.aide, classe='court' if c.saisie == 'date' else '')
            for c in du_groupe(groupe)]


# Labels: regles.md §14.
# « requis » of what a tick reveals counts once it is revealed (noms_caches).
CHAMPS = (
    Champ('theme', 'Thème', 'choix'),
    Champ('fiche', "Fiche d'accompagnement", 'choix',
          aide="Sans fiche, l'équipe de la Plateforme oriente votre demande vers la structure compétente."),
    Champ('message', 'Message', 'long', True,
          "Le contexte, ce que vous attendez, vos échéances. "
          "N'indiquez pas de données sensibles sur une personne (santé, situation sociale…).",
          vide='décrivez votre besoin'),
    *_tapes('projet'),
    PIECES,
    Champ('confidentielle', 'Ma demande est confidentielle (agent, contentieux, personne mise en cause)', 'case',
          aide="Seules l'équipe qui la suit et l'administration de la Plateforme peuvent la lire."),
    Champ('collectivite', 'Collectivité', 'texte', True,
          "Commune, communauté de communes, communauté d'agglomération, urbaine, ou métropole\u00a0: "
          "les premières lettres suffisent.", auto='organization',
          vide='indiquez le nom de votre commune ou de votre intercommunalité'),
    Champ('hors_liste', "Ma collectivité n'est pas dans la liste", 'case'),
    Champ('type', 'Type de collectivité', 'choix', True, choix=(('', 'Choisir'), *((t, t) for t in regles.TYPES)),
          vide='choisissez le type de votre collectivité'),
    Champ('nom_collectivite', 'Nom de la collectivité', requis=True, vide='indiquez le nom de votre collectivité'),
    Champ('communes', 'Communes concernées', 'long',
          aide='Pour une intercommunalité qui demande pour certaines de ses communes\u00a0: '
               'leurs noms, séparés par des virgules ou un par ligne.'),
    Champ('civilite', 'Civilité', 'choix',
          choix=(('', 'Non précisée'), *((c, c) for c in regles.CIVILITES)), classe='court'),
    Champ('nom', 'Nom', requis=True, vide='indiquez le nom du maire, de la présidente ou du président'),
    Champ('prenom', 'Prénom', requis=True, vide='indiquez le prénom du maire, de la présidente ou du président'),
    Champ('meme_personne', "C'est la même personne", 'case'),
    Champ('rappel_nom', 'Nom de la personne à rappeler', requis=True, auto='family-name',
          vide='indiquez le nom de la personne à rappeler'),
    Champ('rappel_prenom', 'Prénom de la personne à rappeler', requis=True, auto='given-name',
          vide='indiquez le prénom de la personne à rappeler'),
    Champ('rappel_fonction', 'Fonction',
          aide="Par exemple\u00a0: adjointe à l'urbanisme, secrétaire générale.", auto='organization-title'),
    Champ('courriel', 'Courriel', 'courriel', True, auto='email',
          aide='Choisissez une adresse que seules les personnes concernées consultent\u00a0: '
               'elle donne accès au suivi.'),
    Champ('telephone', 'Téléphone', 'telephone', True, auto='tel', classe='court',
          aide="L'expert rappelle à ce numéro, par exemple 05\u00a036\u00a049\u00a000\u00a000\u00a0: "
               'un seul numéro à dix chiffres\u00a0; indiquez un poste dans le message.'),
    *_tapes('coordonnees'),
    Champ('cle', '', 'cache'),                                      # the one-time key of this form
    Champ('ouvert', '', 'cache'),                                   # when it was first displayed, signed
)
LIBELLES = {c.nom: c.libelle for c in CHAMPS}
SIENS = {'nom': 'family-name', 'prenom': 'given-name'}              # plateforme.js follows the tick too
COMMUNES_MAX = 2000                                                 # characters
PIEGE = 'site_internet'                                             # a field nobody sees


# ---- The form ----

@app.get('/demande', qui='public', gardee=('fiche', 'q'))
def demander():
    if request.contexte['bientot'] and not request.agent:
        return page('demande/bientot.html')
    valeurs = {'meme_personne': 'oui'}
    if parametre('fiche'):
        fiche = fiche_publiee(parametre('fiche'))
        if fiche is None:
            return page('demande/sans_fiche.html', 404)
        valeurs |= {'fiche': str(fiche.id), 'theme': str(fiche.theme_id)}
    if parametre('q').strip():                                      # the words of a search that found nothing near
        valeurs['message'] = parametre('q').strip()[:200] + '\n'
    return formulaire(valeurs, {})


@app.post('/demande', qui='public', transaction=False, fichiers=True)
def envoyer():
    """What was typed is understood in a reading; only the deposit itself holds the writers up."""
    with models.lecture():
        valeurs, fautes = lire(champs_du_jour())
        attente, phrase = sceller(valeurs)
        retenir_la_proche(valeurs, fautes)
        _, refus = tenter(cycle.exiger_ouverture, request.agent)
        if refus:
            compter_le_client('refus')
            return formulaire(valeurs, {'': refus.phrase}, refus.code)
        if request.saisies.get('proches') or request.saisies.get('retirer'):
            compter_le_client('refus')                              # read like a form that is refused, nothing recorded
        if request.saisies.get('proches'):
            return formulaire(valeurs, {}, proposees=choix.fiches_proches(valeurs['message']))
        if request.saisies.get('retirer'):
            return formulaire(valeurs, {})
        saisie = comprendre(valeurs, fautes)
    if request.saisies.get(PIEGE):
        fautes[''] = (
            'Un champ que vous ne voyez pas a été rempli, sans doute par votre navigateur. '
            'Il est de nouveau vide\u00a0: relisez vos réponses, puis envoyez la demande.')
    if fautes:
        return redonner(valeurs, fautes, 422)
    if attente:
        response.set_header('Retry-After', str(attente))
        return redonner(valeurs, {'': phrase.format(attente=dire_secondes(attente))}, 429)
    verbe = SUITES.get(request.saisies.get('suite'), deposer)
    try:
        with models.ecriture():
            demande, fait = verbe(saisie, valeurs['cle'])
    except Refus as refus:
        if refus.champ == 'pieces':
            consigne.oublier('demande', valeurs)
        return redonner(valeurs, {refus.champ: refus.phrase}, refus.code)
    aller(f'/suivi/{demande.jeton}?fait={fait}')


def retenir_la_proche(valeurs, fautes):
    """The fiche chosen among those proposed under the message, and its theme; one that has left the catalogue is no
    reason to refuse the demande.
    """
    choisie = fiche_publiee(request.saisies.get('fiche_proche', ''))
    if choisie:
        valeurs |= {'fiche': str(choisie.id), 'theme': str(choisie.theme_id)}
        for nom in ('fiche', 'theme'):
            fautes.pop(nom, None)


def redonner(valeurs, fautes, status):
    """The form again, with everything that was typed (outside any transaction)."""
    with models.lecture():
        return formulaire(valeurs, fautes, status)


def formulaire(valeurs, fautes, status=200, proposees=None):
    """The page of the form. proches, propose: the choices to make about the collectivité and the e-mail; proposees: the
    fiches near the message, None when they were not asked for.
    """
    sceller(valeurs)
    adresse = adresse_du_formulaire()
    valeurs['pieces'], faute = consigne.rendre('demande', request.saisies | {'cle': valeurs['cle']}, adresse)
    if faute:
        fautes = fautes | {'pieces': faute}
    proches = ()
    if 'collectivite' in fautes and not valeurs['hors_liste']:
        proches = choix.proches(valeurs['collectivite'])
    decision = request.saisies.get('courriel_choisi', '')
    champs = {c.nom: c for c in champs_du_jour()}
    champs['collectivite'] = champs['collectivite']._replace(choix=choix.noms_des_collectivites())
    if valeurs.get('meme_personne'):                                # theirs are the ones a browser knows (RGAA 11.13)
        champs |= {nom: champs[nom]._replace(auto=auto) for nom, auto in SIENS.items()}
    rappels, fermetures = rappels_du_jour()
    return page(
        'demande/formulaire.html', status, c=champs, du_groupe=noms_du_groupe, valeurs=valeurs,
        libelles=LIBELLES, piege=PIEGE, adresse=adresse,
        **uniques(valeurs), rempli=request.method == 'POST',
        fiche=fiche_publiee(valeurs.get('fiche', '')),
        propose=a_proposer(valeurs.get('courriel', ''), decision, 'courriel' in fautes), decision=decision,
        fautes={nom: fautes[nom] for nom in ('', 'suite', *LIBELLES) if nom in fautes},
        rappels=rappels, fermetures=fermetures, delais=delais(), conservees=models.duree_convenue(),
        proches=proches, proposees=proposees)


def uniques(valeurs):
    """The key and the signed time of a form: those it came with, or new ones each time its page is sent, were it kept.
    """
    if request.method == 'POST':
        return {'cle': valeurs['cle'], 'ouvert': valeurs['ouvert']}
    secret = request.contexte['reglages']['secret']
    return {'cle': Unique(lambda: consigne.cle_de('')), 'ouvert': Unique(lambda: heure_signee(secret))}


@models.gardee
def rappels_du_jour():
    """({promise: the date of a demande sent today}, the closings from here to there, in words)."""
    dates = {nom: cycle.echeance_depuis(langue.maintenant(), models.jours_promis(nom)) for nom in regles.PROMESSES}
    return dates, calendrier.fermetures_d_ici(max(dates.values()))


def adresse_du_formulaire():
    """Where the form is sent: to its own address, so that the chosen fiche outlives F5 and Back."""
    fiche = fiche_publiee(parametre('fiche'))
    return f'/demande?fiche={fiche.id}' if fiche else '/demande'


@models.gardee
def champs_du_jour():
    """CHAMPS with the themes and the published fiches, by theme (plateforme.js shortens the list by theme)."""
    listes = {'theme': (('', 'Je ne sais pas'), *choix.themes()),
              'fiche': (('', 'Aucune\u00a0: demande libre'), *choix.fiches())}
    return [c._replace(choix=listes.get(c.nom, c.choix)) for c in CHAMPS]


@models.gardee
def fiche_publiee(texte):
    """The published Fiche of a number as text, or None."""
    return next(iter(Fiche.raw("SELECT * FROM fiche WHERE id = ? AND etat = 'publiee'", lire_numero(texte))), None)


VALIDITE = 7 * 86400                                                # seconds; the draft of the device lives as long
TROP_VITE = 'Attendez {attente}, puis envoyez de nouveau.'
PERIME = (
    'Ce formulaire était ouvert depuis plus de sept jours. '
    'Relisez vos réponses, attendez {attente}, puis envoyez de nouveau.')


def sceller(valeurs):
    """Make the key and the signed time of a form that has none of ours, or too old a time.

    Returns (seconds to wait before it may be sent, the sentence that says so).
    """
    reglages = request.contexte['reglages']
    valeurs['cle'] = consigne.cle_de(valeurs.get('cle', ''))
    passees = secondes_depuis(valeurs.get('ouvert', ''), reglages['secret'])
    perime = passees > VALIDITE
    if perime or not passees:
        valeurs['ouvert'] = heure_signee(reglages['secret'])
        passees = 0
    attente = max(0, math.ceil(limite('secondes_minimum') - passees))
    if perime:
        return max(1, attente), PERIME
    return attente, TROP_VITE


# ---- Understanding what was typed ----

def comprendre(valeurs, fautes):
    """What cycle.deposer() takes, from the fields read; the sentence of what can't be understood is added to fautes."""
    caches = noms_caches(valeurs)
    for nom in caches | {'cle', 'ouvert'}:
        fautes.pop(nom, None)
    comme_tapes = (*(colonne.nom for colonne in TAPEES), 'type', 'nom_collectivite', 'confidentielle')
    saisie = {nom: '' if nom in caches else valeurs[nom] for nom in comme_tapes}
    saisie['theme'] = int(valeurs['theme']) if valeurs['theme'] and 'theme' not in fautes else None
    saisie['fiche'] = fiche_publiee(valeurs['fiche'])
    for nom, controle in CONTROLES.items():
        saisie[nom] = None
        if nom not in fautes and nom not in caches:
            saisie[nom], phrase = controle(valeurs)
            if phrase:
                fautes[nom] = phrase
    if deux_collectivites(valeurs):
        fautes['collectivite'] = (
            'Est-ce cette collectivité, ou celle qui n\'est pas dans la liste\u00a0? '
            f'Videz ce champ, ou décochez «\u00a0{LIBELLES["hors_liste"]}\u00a0»')
    return saisie


def noms_caches(valeurs):
    """The fields that a tick hides, or does not reveal: whatever they hold is not read."""
    caches = {'type', 'nom_collectivite'}
    if valeurs['hors_liste']:
        caches = {'collectivite'}
    if valeurs['meme_personne']:
        caches |= {'rappel_nom', 'rappel_prenom', 'rappel_fonction'}
    return caches


def deux_collectivites(valeurs):
    """True when one is named in each of the two fields, and they are not the same."""
    dans_la_liste = valeurs['collectivite']
    if not valeurs['hors_liste'] or not dans_la_liste:
        return False
    return normaliser(dans_la_liste) != normaliser(valeurs['nom_collectivite'])


def _collectivite(valeurs):
    decision = request.saisies.get('collectivite_choisie')
    collectivite, phrase = choix.choisir_collectivite(
        valeurs['collectivite'], decision, f'corrigez le nom, ou cochez «\u00a0{LIBELLES["hors_liste"]}\u00a0»')
    if collectivite and str(collectivite.id) == decision:
        precision = choix.precision(collectivite.codes_postaux, collectivite.type)
        valeurs['collectivite'] = f'{collectivite.nom} ({precision})'
    return collectivite, phrase


def _communes(valeurs):
    """Exact names only here: a list of nearest choices for each of twenty names would help nobody."""
    texte = valeurs['communes']
    if not texte:
        return [], ''
    if len(texte) > COMMUNES_MAX:
        return None, f'{COMMUNES_MAX} caractères au plus\u00a0: écrivez les autres noms dans le message'
    noms = [nom.strip() for nom in re.split(r'[,;\n]|(?<!-)\bet\s', texte) if nom.strip()]
    communes, inconnues, doubles = _reconnaitre([appellations.decouper(nom) for nom in noms])
    if inconnues:
        return None, (
            f'Introuvable dans la liste\u00a0: {citer(inconnues[:10])}. '
            'Corrigez, ou écrivez ces noms dans le message')
    if doubles:
        return None, (
            f'Plusieurs communes portent ce nom\u00a0: {citer(doubles[:10])}. '
            'Ajoutez le code postal entre parenthèses après le nom')
    return communes, ''


def _reconnaitre(saisies):
    """[(name, postcode or '')] → (the communes as they are today, the unknown names, the names of several)."""
    cherches = [normaliser(nom) for nom, _ in saisies]
    candidates = list(
        Collectivite.select().where(Collectivite.type == 'Commune', Collectivite.cherche.in_(cherches)))
    communes = {}
    inconnues = []
    doubles = []
    for nom, code in saisies:
        homonymes = [c for c in candidates if c.cherche == normaliser(nom)]
        if code:
            homonymes = [c for c in homonymes if code in c.codes_postaux.split()]
        actuelles = {perimetre.actuelle(c.id) for c in homonymes}
        if not homonymes:
            inconnues.append(nom or code)
        elif len(actuelles) > 1:
            doubles.append(nom)
        communes |= dict.fromkeys(actuelles)
    return list(Collectivite.select().where(Collectivite.id.in_(list(communes)))), inconnues, doubles


def _date(valeurs):
    jour = valeurs['date_a_tenir']
    if jour and jour < langue.aujourdhui():
        return jour, 'Cette date est passée\u00a0: indiquez une date à venir'
    return jour, ''


def _pieces(valeurs):
    return consigne.trier('demande', request.saisies | {'cle': valeurs['cle']})


def _courriel(valeurs):
    retenue, phrase = trancher(valeurs['courriel'], request.saisies.get('courriel_choisi'))
    if retenue:
        valeurs['courriel'] = retenue
    return retenue, phrase


# field: (what is understood, sentence or '').
CONTROLES = {
    'date_a_tenir': _date, 'pieces': _pieces, 'collectivite': _collectivite, 'communes': _communes,
    'courriel': _courriel,
}


# ---- The deposit ----

def deposer(saisie, cle):
    """Record the demande, or find the one this sending repeats: (Demande, what to announce).
    Refus 409 (same key, other content), 429.
    """
    pieces = saisie.pop('pieces')
    courriel = saisie['courriel']
    try:
        envois.exiger_la_place(pieces)
    except Refus:
        essai = bool(request.contexte['bientot'])
        if cycle.deja_envoyee(cle, cycle.empreinte(saisie, pieces), courriel, essai) is None:
            raise
    # A stranger who takes the address of a mairie must not keep it from sending, nor fill its mailbox.
    accuse = envois.courriel_permis(courriel)
    demande, nouvelle = cycle.deposer(saisie, pieces, cle, accuse, request.agent)
    if nouvelle:
        envois.compter_un_envoi(pieces)
        _compter_en_tout()
    if nouvelle and accuse:
        envois.compter_courriel(courriel)
    return demande, 'depot'


def _compter_en_tout():
    """Above so many in an hour, from anywhere, the administrateurs are told, once a day."""
    compter('depots', '')
    maximum = limite('depots_alerte')
    if combien('depots', '', 3600) >= maximum:
        courriels.alerter(
            f'{maximum} demandes ont été enregistrées en une heure. Si rien ne l\'explique, regardez les '
            'dernières\u00a0: quelqu\'un en dépose peut-être en masse.', 'depots')


def deposer_une_autre(saisie, cle):
    return deposer(saisie, secrets.token_urlsafe(16))


def ajouter(saisie, cle):
    """« Ajouter ce texte à la demande »:
    what differs from the demande this key has recorded becomes a message of the demandeur.
    """
    demande = Demande.get_or_none(Demande.cle == cle)
    pieces = saisie['pieces']
    champs = {c: v for c, v in saisie.items() if c != 'pieces'}
    if demande is None or demande.empreinte == cycle.empreinte(champs, pieces):
        return deposer(saisie, cle)
    if saisie['confidentielle']:                                    # before the text is there to be read
        actes.restreindre_par_le_demandeur(demande)
    texte = ce_qui_change(demande, saisie)
    deja = (
        Journal.select()
        .where(Journal.demande == demande.numero, Journal.nature == 'message', Journal.texte == texte)
        .exists())
    if pieces or not deja:                                          # the button may be pressed twice
        envois.admettre_message(demande, pieces)
        actes.message_du_demandeur(demande, texte, pieces)
        envois.compter_un_envoi(pieces)
    return demande, 'ajout'


SUITES = {'ajouter': ajouter, 'nouvelle': deposer_une_autre}


def ce_qui_change(demande, saisie):
    """The new text, then « Libellé : valeur » for each field that differs: nothing typed is lost."""
    collectivite = saisie['collectivite']
    fiche = saisie['fiche']
    liees = Collectivite.select().join(DemandeCommune).where(DemandeCommune.demande == demande.numero)
    directs = [colonne.nom for colonne in TAPEES if colonne.nom != 'message']
    avant = {c: getattr(demande, c) or '' for c in directs} | {
        'fiche': demande.fiche.titre if demande.fiche_id else '',
        'collectivite': demande.collectivite,
        'communes': _noms_tries(liees),
    }
    apres = {c: saisie[c] for c in directs} | {
        'fiche': fiche.titre if fiche else '',
        'collectivite': collectivite.nom if collectivite else saisie['nom_collectivite'],
        'communes': _noms_tries(saisie['communes']),
    }
    changes = [c for c in LIBELLES if c in avant and avant[c] != apres[c]]
    lignes = [f'{LIBELLES[c]}\u00a0: {apres[c] or "à retirer"}' for c in changes]
    if saisie['message'] != demande.message:
        lignes.insert(0, saisie['message'])
    return '\n'.join(lignes) or 'Pièces jointes ajoutées.'


def _noms_tries(collectivites):
    return ', '.join(sorted((c.nom for c in collectivites), key=langue.ordre_alphabetique))
