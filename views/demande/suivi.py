"""The demandeur's addresses, behind the secret tracking link, and « Lien perdu » (regles.md §7)."""
import re

from bottle import request, response
from peewee import SQL

from models import Document, Piece, Refus
from verbes import questions, regles
from verbes.demande import actes, cycle
from verbes.journal import message_laisse_le
from views import aller, app, consigne, envois, page, parametre, tenter
from views.adresses import trancher
from views.champs import Champ, lire
from views.entrees import ID, SUIVI, lire_numero, trouver
from views.exports import telecharger
from views.limites import attente_du_client, compter, compter_le_client, dire_attente, limiter, limite, trop

from .sa_page import (
    A_ELLE, DEPUIS_ELLE, FORMULAIRES, casier, lettre_envoyee, page_a_confirmer, page_suivi, qui_appeler)

PERDU = (
    Champ('courriel', 'Courriel', 'courriel', True, "L'adresse indiquée dans la demande.", auto='email'),
    Champ('numero', 'Numéro de la demande',
          aide="Sans numéro, vous recevez le lien de toutes vos demandes, sauf celui des demandes confidentielles. "
               "Le numéro figure dans l'objet de l'accusé d'enregistrement."),
)


@app.get(SUIVI, qui='public')
def suivre(jeton):
    """Public: the token is the right, and a dead one deserves « Lien perdu » rather than the bare error page."""
    demande = questions.demande_du_jeton(jeton)
    return page_suivi(demande) if demande else page_lien_perdu(404, mort=True)


RETENU = ('Avant cela, nous confirmons avec votre collectivité qui suit désormais cette demande\u00a0: '
          'téléphonez, ou écrivez un message.')


@app.get(SUIVI + '/<nom:re:message|coordonnees|abandonner>', qui='demandeur')
def revenir(jeton, nom):
    """The address of a form that came back at fault, reloaded or kept as a bookmark."""
    aller(f'/suivi/{jeton}')


# ---- What the demandeur may do (regles.md §7) ----

def agir(nom, verbe, fait):
    """One form of the page: read it, do it, come back; a refusal gives the page again with what was typed."""
    valeurs, fautes = lire(FORMULAIRES[nom])
    code = 422
    if request.demande.interlocuteur_depuis and nom != 'message':
        return page_a_confirmer(request.demande, 409, {}, {'': RETENU})
    if request.saisies.get('retirer'):
        return page_suivi(request.demande, 200, nom, valeurs, {})
    if not fautes:
        _, refus = tenter(verbe, request.demande, valeurs)
        if refus is None:
            aller(f'/suivi/{request.demande.jeton}?fait={fait}')
        fautes, code = {refus.champ: refus.phrase}, refus.code
    return page_suivi(request.demande, code, nom, valeurs, fautes)


@app.post(f'{SUIVI}/message', qui='demandeur', fichiers=True)
def ecrire(jeton):
    return agir('message', _ecrire_message, 'message')


def _ecrire_message(demande, valeurs):
    joints, phrase = consigne.trier(*casier(demande))
    if joints and demande.interlocuteur_depuis:
        consigne.oublier(*casier(demande))
        raise Refus(actes.SANS_FICHIER, 409)
    if phrase:
        raise Refus(phrase, champ='pieces')
    if actes.deja_ecrit(demande, valeurs['texte'], joints):
        return
    try:
        envois.admettre_message(demande, joints)
    except Refus as refus:
        if refus.champ == 'pieces':                                 # it says to send the text without them
            consigne.oublier(*casier(demande))
        raise
    actes.message_du_demandeur(demande, valeurs['texte'], joints)
    envois.compter_un_envoi(joints)


@app.post(f'{SUIVI}/coordonnees', qui='demandeur')
def corriger_coordonnees(jeton):
    return agir('coordonnees', _corriger_coordonnees, 'coordonnees')


def _corriger_coordonnees(demande, valeurs):
    courriel, phrase = trancher(valeurs['courriel'], request.saisies.get('courriel_choisi'))
    if phrase:
        raise Refus(phrase, champ='courriel')
    limiter(
        'coordonnees', demande.numero, 5, 3600,
        'Ces coordonnées ont changé plusieurs fois en une heure\u00a0: réessayez {attente}.')
    for adresse in actes.changer_coordonnees(demande, courriel, valeurs['telephone'], envois.courriel_permis):
        envois.compter_courriel(adresse)


@app.post(f'{SUIVI}/abandonner', qui='demandeur')
def abandonner(jeton):
    return agir('abandonner', _abandonner, 'abandon')


def _abandonner(demande, valeurs):
    if chiffres(valeurs['numero']) != str(demande.numero):
        raise Refus(f'Recopiez le numéro {demande.numero}.', champ='numero')
    cycle.changer_statut(demande, 'abandonner', None, None, {'motif': valeurs['motif']})


def chiffres(saisi):
    """« n° 1 104 » → « 1104 »."""
    return re.sub('[^0-9]', '', saisi)


@app.get(f'{SUIVI}/rappel', qui='demandeur')
def demander_si_rappele(jeton):
    """Where the mail « Avez-vous été rappelé·e ? » leads: the question alone; looking at it answers nothing."""
    demande = request.demande
    if demande.interlocuteur_depuis or not actes.question_ouverte(demande):
        aller(f'/suivi/{jeton}')
    contact = qui_appeler(demande)
    return page('demande/suivi/rappel.html', demande=demande, contact=contact, laisse_le=message_laisse_le(demande))


@app.post(f'{SUIVI}/rappel', qui='demandeur')
def dire_si_rappele(jeton):
    reponse = request.saisies.get('reponse')
    if request.demande.interlocuteur_depuis:
        raise Refus(RETENU, 409)
    if reponse not in regles.RAPPELE:
        raise Refus('Répondez par «\u00a0Oui\u00a0» ou par «\u00a0Pas encore\u00a0».')
    limiter('rappel', request.demande.numero, 10, 3600,
            'Cette réponse a changé plusieurs fois en une heure\u00a0: réessayez {attente}, ou téléphonez.')
    actes.repondre_au_rappel(request.demande, reponse)
    aller(f'/suivi/{jeton}?fait={"rappele" if reponse == "oui" else "pas_rappele"}')


@app.get(f'{SUIVI}/pieces/{ID}', qui='demandeur')
def piece(jeton, id):
    if request.demande.interlocuteur_depuis:
        raise Refus(RETENU, 409)
    return telecharger(trouver(Piece, id, 'Ce fichier n\'existe pas, ou n\'est pas l\'un des vôtres.',
                               Piece.demande == request.demande.numero, SQL(A_ELLE), SQL(DEPUIS_ELLE)))


@app.get(f'{SUIVI}/lettre', qui='demandeur')
def lettre_signee(jeton):
    if request.demande.interlocuteur_depuis:
        raise Refus(RETENU, 409)
    envoyee = lettre_envoyee(request.demande)
    return telecharger(trouver(Document, str(envoyee.copie if envoyee else ''), 'Ce fichier n\'existe pas.',
                               Document.genre == 'lettre'))


# ---- « Lien perdu »: the same answer whether the demande exists or not ----

@app.get('/suivi', qui='public')
def retrouver():
    numero = chiffres(parametre('numero'))[:18]                     # a duplicate's page leads here with the other's
    return page_lien_perdu(valeurs={'numero': numero}, parti=parametre('fait') == 'lien')


@app.route('/suivi/<reste:path>', method=['GET', 'POST'], qui='public')
def adresse_inconnue(reste):
    """What is not a link: badly copied, often with the full stop of its sentence, which is taken away."""
    exacte = re.fullmatch(r'([A-Za-z0-9_-]{22})[^A-Za-z0-9_/-]+', reste)
    if exacte:
        aller(f'/suivi/{exacte[1]}')
    return page_lien_perdu(404, mort=True)


def page_lien_perdu(status=200, valeurs=None, fautes=None, parti=False, mort=False):
    """mort: asked for at an address that opens no demande."""
    return page(
        'demande/suivi/lien_perdu.html', status, champs=PERDU, valeurs=valeurs or {}, fautes=fautes or {},
        parti=parti, mort=mort)


@app.post('/suivi', qui='public')
def renvoyer():
    valeurs, fautes = lire(PERDU)
    numero = chiffres(valeurs['numero']).lstrip('0')
    if 'numero' not in fautes and valeurs['numero'] and not lire_numero(numero):
        fautes['numero'] = (
            'Indiquez le numéro tel qu\'il figure dans l\'accusé d\'enregistrement, en chiffres, '
            'ou laissez ce champ vide')
    if fautes:
        return page_lien_perdu(422, valeurs, fautes)
    attente = attente_du_client('liens')
    if attente:
        response.set_header('Retry-After', str(attente))
        return page_lien_perdu(429, valeurs, {
            '': 'Trop de liens ont été demandés depuis cette connexion\u00a0: '
                f'réessayez {dire_attente(attente)}, ou téléphonez.',
        })
    compter_le_client('liens')
    # By number and e-mail: who knows only one of them takes nothing from who has the right to the link.
    qui = numero, valeurs['courriel']
    if not trop('lien_perdu', qui, limite('liens_heure'), 3600):
        compter('lien_perdu', qui)
        _renvoyer(numero, valeurs['courriel'])
    aller('/suivi?fait=lien')


LISTES_PAR_JOUR = 3                                                 # to one mailbox: its address alone is no secret


def _renvoyer(numero, courriel):
    """What is asked in vain takes nothing from anyone; who knows the address alone, not all the mails of its day."""
    permis = envois.courriel_permis(courriel)
    if numero:
        parti = actes.renvoyer_lien(int(numero), courriel, permis)
    else:
        parti = actes.renvoyer_liens(courriel, permis and not trop('listes', courriel, LISTES_PAR_JOUR, 86400))
    if parti:
        envois.compter_courriel(courriel)
    if parti and not numero:
        compter('listes', courriel)
