"""Accounts: sign-in and its second step, lost password, invitation, « Sécurité »."""
import base64
import hmac
from collections import namedtuple
from urllib.parse import quote, urlencode, urlsplit

import models
import langue
from models import Agent, Refus, ecriture, lecture
from langue import aujourdhui
from verbes import audit, comptes, courriels, mots_de_passe
from verbes.guichet import SECONDES
from views import (
    ACTIVATION, CONNEXION, aller, annoncer, app, exige_second_facteur, page, page_connexion, parametre, request,
    response, role_exige_second_facteur)
from views.champs import Champ, lire
from views.cookies import cookie_de_session, retirer_session
from views.criteres import adresse_de
from views.entrees import MALFORME
from views.limites import (
    adresse_du_client, attente_apres_echecs, attente_du_client, combien, compter, compter_le_client, dire_attente,
    oublier, limite, prefixe, rendre, reseau_du_client, trop)
from views.refus import noter_refus
from views.traces import page_de_traces
from .etapes import (
    VERIFICATION, entrer, fermer, lire_preuve, ouvrir, page_verification, preuve_de, retour_demande, rouvrir, suite)

annoncer(
    '/connexion',
    mot_de_passe='Votre mot de passe est enregistré\u00a0: connectez-vous.',
    deconnecte='Vous êtes déconnecté.',
    deconnecte_sso='Vous êtes déconnecté de la Plateforme. La session du Département reste ouverte dans ce '
                   'navigateur\u00a0: fermez-la aussi si d\'autres s\'en servent.')
annoncer(
    '/espace/compte',
    sans_second_facteur='Le second facteur est désactivé\u00a0: le mot de passe seul ouvre votre compte.',
    session='La session est fermée.',
    sessions='Vos autres sessions sont fermées.')

# ---- A new password ----

# Every name holds « mot_de_passe »: such fields are never kept, nor given back to a page (views._demander_connexion).
NOUVEAU = (
    Champ('mot_de_passe', 'Mot de passe', 'mot_de_passe', True,
          f'{mots_de_passe.MINIMUM} caractères au moins, une phrase de quatre mots ou plus convient très bien.',
          auto='new-password'),
    Champ('confirmer_mot_de_passe', 'Confirmer le mot de passe', 'mot_de_passe', True, auto='new-password'),
)


def _lire_nouveau(champs, agent):
    """The fields of a new password, checked: ({name: text}, {name: sentence})."""
    valeurs, fautes = lire(champs)
    if not fautes and valeurs['mot_de_passe'] != valeurs['confirmer_mot_de_passe']:
        fautes['confirmer_mot_de_passe'] = 'Les deux mots de passe sont différents\u00a0: saisissez-les de nouveau.'
    if not fautes:
        try:
            mots_de_passe.refuser(valeurs['mot_de_passe'], agent, request.contexte['reglages']['departement'])
        except Refus as refus:
            fautes[refus.champ] = refus.phrase
    return valeurs, fautes


# ---- Sign-in, sign-out ----

# One sentence for an unknown account, an inactive one, one without password, a wrong password.
INCORRECT = ('Courriel ou mot de passe incorrect. Vérifiez votre saisie, '
             'ou choisissez un nouveau mot de passe avec «\u00a0Mot de passe oublié\u00a0».')
DEMONSTRATION_FERMEE = (
    'Les comptes de démonstration, dont le mot de passe est public, ne s\'ouvrent pas depuis cette adresse. '
    'Pour essayer l\'espace des agents, lancez la Plateforme sur votre poste.')


@app.get('/connexion', qui='public')
def montrer_connexion():
    retour = retour_demande()
    if request.agent:
        aller(retour or '/espace')
    return page_connexion(200, retour)


@app.post('/connexion', qui='public', transaction=False)
def se_connecter():
    """The password. An account with a second factor gets no session yet: a page that asks for the code."""
    valeurs, fautes = lire(CONNEXION)
    if fautes:
        return _redonner_connexion(422, valeurs, fautes)
    try:
        status, phrase, agent = _essayer(valeurs['courriel'], valeurs['mot_de_passe'])
    except Refus as occupe:                                         # the address comes back, never the password
        response.set_header('Retry-After', str(SECONDES))
        return _redonner_connexion(occupe.code, valeurs, {'': occupe.phrase})
    if not agent:
        return _redonner_connexion(status, valeurs, {'': phrase})
    if agent.second_facteur:
        return page_verification(200, preuve_de(agent, 'mot_de_passe'))
    with ecriture():
        cookie = _ouvrir(agent, 'mot_de_passe')
    if not cookie:                                                  # the account has just changed
        noter_refus('connexion refusée', agent.id)
        return _redonner_connexion(401, valeurs, {'': INCORRECT})
    return entrer(cookie, agent)


def _redonner_connexion(status, valeurs, fautes):
    """The sign-in page again, with the address as typed."""
    return page_connexion(status, *suite(), {'courriel': valeurs['courriel']}, fautes)


def _essayer(courriel, mot_de_passe):
    """One try of a password: (status, sentence, the Agent or None).

    It is counted before the password is hashed, so that tries sent together do not all pass;
    unknown accounts count too.
    """
    if (request.contexte['demonstration']
            and urlsplit(models.SITE['url']).hostname not in ('localhost', '127.0.0.1', '::1')):
        return 403, DEMONSTRATION_FERMEE, None
    with lecture():
        agent = comptes.qui_entre(courriel)
        familier = comptes.reseau_connu(agent, reseau_du_client())
    freins = _freins(courriel, familier)
    phrase = _attendre(freins, courriel)
    if phrase:
        noter_refus('connexion retardée', agent.id if agent else None)
        return 429, phrase, None
    if not _verifier(freins, mot_de_passe, agent.mot_de_passe if agent else None, familier):
        _compter_l_echec(agent)
        noter_refus('connexion refusée', agent.id if agent else None)
        return 401, INCORRECT, None
    return 200, '', agent


# What slows the tries down: a counter, its key, the setting that says how many failures are free, for how many seconds
# they count. Those of one account count all day: by the hour, whoever is patient would have 240 tries a day.
Frein = namedtuple('Frein', 'nom cle libres pendant', defaults=(86400,))


def _freins(courriel, connu):
    """The brakes of a password. Each account has its own from each network: a stranger elsewhere slows nobody down.

    connu: the account has signed in from this network lately. What others try from there, in an office or behind the
    address of a whole town hall, then does not count. (A cookie that would know the browsers of an account is not worth
    it: it would outlive sign-out on shared machines, and the site promises a single cookie.)
    """
    siens = (Frein('connexion', (courriel, reseau_du_client()), 'echecs_compte'),)
    return siens if connu else siens + _freins_du_client()


def _freins_du_client():
    return (Frein('echecs_adresse', adresse_du_client(), 'echecs_adresse', 3600),
            Frein('echecs_reseau', reseau_du_client(), 'echecs_reseau', 3600))


def _oublier_essais(courriel):
    """After a success, the tries of this account from here no longer count, nor what they made at this address.

    Those of other accounts stay: with one's own account, nobody may try theirs.
    Colleagues who mistyped then got in leave nothing behind.
    """
    oublier('connexion', (courriel, reseau_du_client()))
    for frein in _freins_du_client():
        oublier(frein.nom, frein.cle, courriel)


def _attendre(freins, de=''):
    """Count one try under each key, or the sentence that says when to come back. de: the account it is for."""
    minutes = limite('attente_connexion')
    attente = max(attente_apres_echecs(f.nom, f.cle, minutes, limite(f.libres), f.pendant) for f in freins)
    if attente:
        return _revenir(attente)
    for frein in freins:
        compter(frein.nom, frein.cle, de)
    return ''


def _verifier(freins, mot_de_passe, hache, connu=True):
    """Is it this password? When too many are being checked (Refus 503), the try is taken back from its counters:
    whoever keeps the service busy must not make others fail.
    """
    try:
        return comptes.verifier_mot_de_passe(mot_de_passe, hache, connu)
    except Refus:
        for frein in freins:
            rendre(frein.nom, frein.cle)
        raise


def _compter_l_echec(agent):
    """From anywhere: past so many in a day on one account, or in an hour on all of them, the administrateurs are told.

    Known or not: who tries a few passwords on many accounts, from many networks, passes under every other figure.
    """
    compter('echecs', '')
    if combien('echecs', '', 3600) >= limite('echecs_reseau'):
        _alerter('essais', _dire_les_essais)
    if agent is None:
        return
    compter('echecs', agent.id)
    if combien('echecs', agent.id, 86400) >= limite('echecs_alerte'):
        _alerter('echecs', _dire_les_comptes)


def _alerter(quoi, dire):
    """One mail a day (its mark says so); looked at once an hour: failures by the thousand write nothing more."""
    if not trop('alertes', quoi, 1, 3600):
        compter('alertes', quoi)
        with ecriture():
            courriels.alerter(dire(), quoi)


SUITE_A_L_AUDIT = 'Un seul courriel par jour le dit\u00a0: l\'audit garde chaque connexion refusée.'


def _dire_les_comptes():
    maximum = limite('echecs_alerte')
    vises = [a.nom_complet for a in Agent.select().where(Agent.actif).order_by(Agent.nom, Agent.prenom)
             if combien('echecs', a.id, 86400) >= maximum]
    return (f'{maximum} mots de passe faux ou plus ont été essayés en un jour pour\u00a0: {", ".join(vises)}. '
            f'Prévenez qui est nommé ici\u00a0; le second facteur protège un compte. {SUITE_A_L_AUDIT}')


def _dire_les_essais():
    return (f'Il y a eu {limite("echecs_reseau")} mots de passe faux en une heure, tous comptes et réseaux réunis. '
            f'Si rien ne l\'explique, quelqu\'un essaie peut-être beaucoup de comptes à la fois. {SUITE_A_L_AUDIT}')


def _revenir(secondes):
    response.set_header('Retry-After', str(secondes))
    return f'Trop d\'essais\u00a0: recommencez {dire_attente(secondes)}.'


def _ouvrir(agent, origine):
    """The cookie of a new session, or None: the account may have changed since it was read,
    its password was being hashed.
    """
    if not _relu(agent):
        return None
    _oublier_essais(agent.courriel)
    return ouvrir(agent, origine)


def _relu(agent):
    """The Agent as the base has it now, or None when closed,
    or when its password or second factor is not the one that was read.
    """
    return Agent.get_or_none(
        Agent.id == agent.id, Agent.actif,
        Agent.mot_de_passe == agent.mot_de_passe, Agent.second_facteur == agent.second_facteur)


@app.post('/deconnexion', qui='lecteur')
def se_deconnecter():
    fermer()
    retirer_session()
    aller('/connexion?fait=deconnecte_sso' if request.origine == 'sso' else '/connexion?fait=deconnecte')


# ---- Sign-in, second step ----

MOT_DE_PASSE_CONNU = (' Ces codes faux ne sont pas de vous\u00a0? Quelqu\'un connaît votre mot de passe\u00a0: '
                      'choisissez-en un nouveau avec «\u00a0Mot de passe oublié\u00a0» '
                      'et prévenez l\'équipe de la Plateforme.')
CODE_FAUX = 'Ce code n\'est pas le bon, ou il a déjà servi. Attendez le suivant sur votre téléphone, puis saisissez-le.'
PREUVE_PERIMEE = ('Le temps de saisir le code est passé (cinq minutes), ou votre compte a changé\u00a0: '
                  'connectez-vous de nouveau.')


@app.get('/connexion/code', qui='public')
def recommencer_connexion():
    """Reloaded, the page of the code has nothing to go on: back to the first step."""
    aller('/connexion')


@app.post('/connexion/code', qui='public')
def verifier_code():
    preuve = request.saisies.get('preuve', '')
    agent, origine = lire_preuve(preuve)
    if agent is None:
        return _refuser_preuve()
    valeurs, fautes = lire(VERIFICATION)
    status = 422
    if not fautes:
        status, fautes = _essayer_code(agent, valeurs['verification'], 401)
    if status == 429:
        noter_refus('connexion retardée', agent.id)
    if fautes:
        return page_verification(status, preuve, fautes)
    return entrer(_ouvrir(agent, origine), agent)


def _refuser_preuve():
    """Expired, or forged: counted like a wrong password, of nobody in particular."""
    phrase = _attendre(_freins_du_client())
    noter_refus('connexion retardée' if phrase else 'connexion refusée au second facteur')
    return page_connexion(429 if phrase else 401, *suite(), fautes={'': phrase or PREUVE_PERIMEE})


# What the audit says of a wrong code, at sign-in or from who is signed in: the status it is answered with.
CODE_REFUSE = {401: 'connexion refusée au second facteur', 422: 'code de vérification refusé'}


def _essayer_code(agent, code, si_faux=422):
    """(status, faults) of one code, which is used.

    In a write transaction: tries sent together are judged one after the other.
    """
    # Cleared by a new password alone: delays would leave 400 tries a day. By account, wherever they come from: who gets
    # here knows the password, and six digits are few.
    attente = trop('codes faux', agent.id, limite('codes_faux'), 86400)
    if attente:
        return 429, {'': _revenir(attente) + MOT_DE_PASSE_CONNU}
    connu = comptes.reseau_connu(agent, reseau_du_client())
    freins = (Frein('code', agent.id, 'echecs_compte'), *(() if connu else _freins_du_client()))
    phrase = _attendre(freins, agent.courriel)
    if phrase:
        return 429, {'': phrase}
    if not comptes.consommer_code(agent, code):
        compter('codes faux', agent.id)
        noter_refus(CODE_REFUSE[si_faux], agent.id)
        return si_faux, {'verification': CODE_FAUX}
    oublier('code', agent.id)
    for frein in _freins_du_client():
        oublier(frein.nom, frein.cle, agent.courriel)
    return 200, {}


# ---- Lost password, invitation: one-time links ----

OUBLI = (Champ('courriel', 'Courriel', 'courriel', True, 'L\'adresse de votre compte.', auto='username'),)


@app.get('/mot-de-passe', qui='public')
def montrer_oubli():
    return _page_oubli(200, {}, {}, bool(parametre('envoye')))


def _page_oubli(status, valeurs, fautes, envoye=False):
    return page(
        'compte/mot_de_passe.html', status, champs=OUBLI, valeurs=valeurs, fautes=fautes,
        envoye=envoye)


@app.post('/mot-de-passe', qui='public')
def demander_lien():
    valeurs, fautes = lire(OUBLI)
    if fautes:
        return _page_oubli(422, valeurs, fautes)
    courriel = valeurs['courriel']
    attente = attente_du_client('liens')
    if attente:
        return _page_oubli(429, valeurs, {'': _revenir(attente)})
    compter_le_client('liens')
    # The same page, whether a mail leaves or not: neither who has an account nor who asked for a link is said.
    if not trop('oubli', courriel, limite('liens_heure'), 3600):
        compter('oubli', courriel)
        comptes.envoyer_lien(courriel)
    aller('/mot-de-passe?envoye=oui')


@app.get('/invitation/<jeton>', qui='public')
def montrer_invitation(jeton):
    """The form; the link is used by the POST only: mail filters open every link they see."""
    lien = comptes.lien_valable(jeton)
    if not lien:
        return _page_lien_mort()
    return _page_invitation(lien.agent.courriel, lien.usage)


@app.post('/invitation/<jeton>', qui='public', transaction=False)
def choisir_mot_de_passe(jeton):
    with lecture():
        lien = comptes.lien_valable(jeton)                           # it has read the account
    if not lien:
        return _page_lien_mort()
    valeurs, fautes = _lire_nouveau(NOUVEAU, lien.agent)
    if fautes:
        return _page_invitation(lien.agent.courriel, lien.usage, 422, fautes)
    hache = comptes.hacher(valeurs['mot_de_passe'])
    try:
        with ecriture():
            agent = comptes.poser_mot_de_passe(jeton, hache)
            comptes.connaitre_reseau(agent, reseau_du_client())
            fermer()                                                # whoever is signed in here may be someone else
            cookie = _entrer_la_premiere_fois(lien)
    except Refus:
        return _page_lien_mort()
    _oublier_essais(lien.agent.courriel)
    oublier('oubli', lien.agent.courriel)               # this link is used: another may be asked for at once
    for nom in ('code', 'codes faux'):                  # whoever knew the old password knows this one no more
        oublier(nom, lien.agent.id)
    if cookie:
        entrer(cookie, lien.agent)
    retirer_session()
    aller('/connexion?fait=mot_de_passe')


def _entrer_la_premiere_fois(lien):
    """The cookie of who has just chosen their first password; None for another one, which may have a second factor."""
    if lien.usage != 'invitation' or lien.agent.mot_de_passe or lien.agent.second_facteur:
        return None
    agent = comptes.qui_entre(lien.agent.courriel)
    return agent and ouvrir(agent, 'mot_de_passe')


def _page_invitation(courriel, usage, status=200, fautes=None):
    return page('compte/invitation.html', status, champs=NOUVEAU, courriel=courriel, usage=usage, fautes=fautes or {})


def _page_lien_mort():
    return page('compte/lien_mort.html', 404)


# ---- « Sécurité »: my password, my second factor, my sessions, my « Journal des accès » ----

SECURITE = '/espace/compte/securite'
ORIGINES = {'mot_de_passe': 'par mot de passe', 'sso': 'par le compte du Département'}
MOT_DE_PASSE = (
    Champ('ancien_mot_de_passe', 'Mot de passe actuel', 'mot_de_passe', True, auto='current-password'),
    NOUVEAU[0]._replace(libelle='Nouveau mot de passe'),
    NOUVEAU[1]._replace(libelle='Confirmer le nouveau mot de passe'),
)
PROUVER = (MOT_DE_PASSE[0], VERIFICATION[0])


@app.get(SECURITE, qui='lecteur')
def montrer_securite():
    """Whoever reads the journal leaves a line: a refused form, which leaves none, does not show it."""
    moi = request.agent
    audit.noter_le_sien(moi)
    return _page_securite(mois=request.contexte['reglages']['conservation_audit'], **page_de_traces(
        audit.d_un_compte(moi), lambda **suite: f'{adresse_de({}, SECURITE, **suite)}#titre-acces'))


@app.get('/espace/compte/<avant:re:acces|mot-de-passe|second-facteur|sessions>', qui='lecteur')
def securite_d_avant(avant):
    """Each was a page of its own, or is where a form is sent: reloaded, it is the page."""
    aller(f'{SECURITE}#titre-{avant}', 301)


def _page_securite(formulaire='', status=200, fautes=None, **journal):
    """formulaire: the one that comes back. Of an IPv6 address, the /64: a device changes the rest each day."""
    moi = request.agent
    ouvertes = comptes.sessions_de(moi, cookie_de_session())
    return page(
        'compte/securite.html', status, mot_de_passe=MOT_DE_PASSE, preuve=PROUVER,
        libelles={c.nom: c.libelle for c in (*MOT_DE_PASSE, *PROUVER)},
        fautes={nom: fautes or {} if nom == formulaire else {} for nom in ('mot_de_passe', 'second_facteur')},
        codes=comptes.codes_restants(moi), total=comptes.CODES_DE_SECOURS, exige=role_exige_second_facteur(),
        sessions=[s._replace(adresse=prefixe(s.adresse, 64)) for s in ouvertes], origines=ORIGINES,
        oisive=comptes.SESSION_INACTIVE.seconds // 3600, totale=comptes.SESSION_TOTALE.total_seconds() // 3600,
        **journal)


@app.post('/espace/compte/sessions', qui='lecteur')
def fermer_sessions():
    """session: what the page calls the one to end, or « autres »: all but this one."""
    laquelle = request.saisies.get('session', '')
    if laquelle == 'autres':
        comptes.terminer_autres_sessions(request.agent, cookie_de_session())
        aller(f'{SECURITE}?fait=sessions')
    if not comptes.terminer_session(request.agent, laquelle):
        raise Refus('Cette session n\'existe plus\u00a0: elle est déjà fermée. '
                    'Revenez à «\u00a0Sécurité\u00a0».', 404)
    aller(f'{SECURITE}?fait=session')


@app.post('/espace/compte/mot-de-passe', qui='lecteur', transaction=False)
def remplacer_mot_de_passe():
    """The old password is asked: an unattended session must not be enough.

    Every session is closed but a new one, here.
    """
    moi = request.agent
    status = 422
    valeurs, fautes = _lire_nouveau(MOT_DE_PASSE, moi)
    if not fautes:
        status, fautes = _verifier_ancien(moi, valeurs['ancien_mot_de_passe'])
    if fautes:
        with lecture():
            return _page_securite('mot_de_passe', status, fautes)
    hache = comptes.hacher(valeurs['mot_de_passe'])
    with ecriture():
        comptes.changer_mot_de_passe(_relire(moi), hache)
        rouvrir(moi)
    aller(f'{SECURITE}?fait=enregistre')


def _relire(moi):
    relu = _relu(moi)
    if relu is None:
        raise Refus('Votre compte vient d\'être changé ailleurs. Connectez-vous de nouveau.', 409)
    return relu


def _verifier_ancien(agent, ancien):
    """(status, faults) of the old password; failures slow down as at sign-in."""
    freins = (Frein('ancien', agent.id, 'echecs_compte'),)
    phrase = _attendre(freins)
    if phrase:
        return 429, {'': phrase}
    if not _verifier(freins, ancien, agent.mot_de_passe):
        noter_refus('mot de passe actuel refusé', agent.id)
        return 422, {'ancien_mot_de_passe': 'Ce n\'est pas votre mot de passe actuel.'}
    oublier('ancien', agent.id)
    return 200, {}


# ---- My second factor: activate, change of phone, new recovery codes, deactivate ----

PREMIER_CODE = Champ('premiere_verification', 'Code affiché par l\'application', 'code', True,
                     'Six chiffres, qui changent toutes les trente secondes.', auto='one-time-code')
PREMIER_FAUX = 'Ce code n\'est pas celui de ce QR code. Attendez le suivant, et vérifiez l\'heure de votre téléphone.'
ANCIEN_TELEPHONE = VERIFICATION[0]._replace(
    libelle='Code de l\'ancien téléphone', aide='Ou les seize chiffres d\'un code de secours.')
SANS_MOT_DE_PASSE = ('Vous n\'en avez pas encore\u00a0: choisissez-en un avec «\u00a0Mot de passe oublié\u00a0», '
                     'sur la page de connexion, puis revenez ici.')


@app.get(ACTIVATION, qui='lecteur')
def montrer_activation():
    return _page_activation()


def _page_activation(status=200, fautes=None):
    secret = _secret_propose()
    adresse = _adresse_otpauth(request.agent, secret)
    import segno                                                    # for this page alone
    qr = segno.make(adresse, error='l', micro=False)
    return page(
        'compte/activation.html', status, champs=_champs_activation(request.agent), fautes=fautes or {},
        adresse=adresse, qr=qr.svg_data_uri(scale=1, light='#fff'),
        groupes=[secret[n:n + 4] for n in range(0, len(secret), 4)],
        exige=exige_second_facteur())


def _page_codes(codes, suite):
    """The one answer to a POST that is not a redirection: the codes are nowhere to be read again."""
    return page('compte/codes.html', codes=codes, suite=suite, date=langue.dire_jour_long(aujourdhui()))


def _champs_activation(moi):
    """Whoever signs in by the département's account may have no password: they are told how to choose one."""
    actuel = MOT_DE_PASSE[0]
    if not moi.mot_de_passe:
        actuel = actuel._replace(aide=SANS_MOT_DE_PASSE)
    if moi.second_facteur:
        return PREMIER_CODE, ANCIEN_TELEPHONE, actuel
    return PREMIER_CODE, actuel


def _secret_propose():
    """The secret offered to this session, derived: a GET writes nothing,
    and the page shows again what the phone has already read.

    It is known to nobody without the cookie, which the base does not have,
    and dies with the session: activating opens another one.
    """
    cle = request.contexte['reglages']['secret'].encode()
    octets = hmac.digest(cle, f'second facteur:{request.agent.id}:{cookie_de_session()}'.encode(), 'sha1')
    return base64.b32encode(octets).decode()


def _adresse_otpauth(agent, secret):
    """What the QR code says, as authenticator applications read it (Key URI Format)."""
    nom = request.contexte['reglages']['nom'].replace(':', ' ')[:60]    # beyond, a QR code might not hold it
    compte = quote(f'{nom}:{agent.courriel}', safe='@:')
    suite = urlencode({'secret': secret, 'issuer': nom}, quote_via=quote)
    return f'otpauth://totp/{compte}?{suite}'


@app.post(ACTIVATION, qui='lecteur', transaction=False)
def activer():
    """The password is asked, here and below, as for its own change: an unattended session must not be enough."""
    moi = request.agent
    status = 422
    valeurs, fautes = lire(_champs_activation(moi))
    if not fautes:
        status, fautes = _verifier_ancien(moi, valeurs['ancien_mot_de_passe'])
    if not fautes:
        with ecriture():
            status, fautes, codes = _activer(_relire(moi), valeurs)
    if fautes:
        with lecture():
            return _page_activation(status, fautes)
    return _page_codes(codes, '/espace')


def _activer(moi, valeurs):
    """(status, faults, recovery codes); a new session is opened here."""
    secret = _secret_propose()
    pas = comptes.pas_du_code(secret, comptes.chiffres_du_code(valeurs['premiere_verification']))
    if not pas:
        return 422, {'premiere_verification': PREMIER_FAUX}, None
    if moi.second_facteur:                                          # a change of phone: a code of the earlier one
        status, fautes = _essayer_code(moi, valeurs['verification'])
        if fautes:
            return status, fautes, None
    codes = comptes.activer_second_facteur(moi, secret, pas)
    rouvrir(moi)
    return 200, {}, codes


@app.post('/espace/compte/second-facteur', qui='lecteur', transaction=False)
def changer_second_facteur():
    """geste: « codes » (new recovery codes) or « desactiver »."""
    moi = request.agent
    geste = request.saisies.get('geste')
    if geste not in ('codes', 'desactiver'):
        raise Refus(MALFORME, 400)
    if not moi.second_facteur:
        aller(ACTIVATION)
    status = 422
    valeurs, fautes = lire(PROUVER)
    if not fautes:
        status, fautes = _verifier_ancien(moi, valeurs['ancien_mot_de_passe'])
    if not fautes:
        with ecriture():
            status, fautes, codes = _changer(_relire(moi), geste, valeurs['verification'])
    if fautes:
        with lecture():
            return _page_securite('second_facteur', status, fautes)
    if not codes:
        aller(f'{SECURITE}?fait=sans_second_facteur')
    return _page_codes(codes, SECURITE)


def _changer(moi, geste, code):
    """(status, faults, recovery codes or None)."""
    if geste == 'desactiver' and role_exige_second_facteur():
        raise Refus(
            'Un réglage exige un second facteur de votre rôle\u00a0: il ne se désactive pas. '
            'Pour un nouveau téléphone, choisissez «\u00a0Changer de téléphone\u00a0».', 403)
    status, fautes = _essayer_code(moi, code)
    if fautes:
        return status, fautes, None
    if geste == 'codes':
        return 200, {}, comptes.renouveler_codes(moi)
    comptes.retirer_second_facteur(moi)
    rouvrir(moi)
    return 200, {}, None
