"""Accounts: passwords, second factor, sessions, one-time links, invitations.

A password is hashed outside any transaction (a third of a second), never shown again, never logged.
"""
import base64
import hashlib
import hmac
import re
import secrets
import unicodedata
from collections import namedtuple
from datetime import timedelta

from peewee import fn

import langue
from models import (
    SITE, Agent, CodeSecours, Courriel, Direction, Lien, Rappel, Refus, Reglage, Reseau, Session,
    Structure,
    accord_des_lecteurs, administrateurs, db, gardee, inserer, lecteurs_suspendus, lire_session)
from langue import a_paris, dire_jour, en_utc, maintenant

from . import valeurs
from .courriels import poster, prevenir
from .guichet import Guichet
from .journal import auditer, auditer_pour
from .regles import LIENS

SANS_ACCORD = ('Aucun lecteur n\'entre tant que l\'accord du comité de suivi n\'est pas daté\u00a0: datez-le dans '
               '«\u00a0Reste à régler\u00a0».')

# ---- Passwords ----

SCRYPT = {'n': 2 ** 15, 'r': 8, 'p': 3}                             # OWASP Password Storage; 32 MiB a hash
guichet = Guichet()


def hacher(mot_de_passe, sel=None, n=SCRYPT['n'], r=SCRYPT['r'], p=SCRYPT['p'], connu=True):
    """« scrypt$n$r$p$salt$hash » of a password (NFC). Slow on purpose: never inside a transaction; two at once.

    connu: False for a stranger, who does not take the place of the others (guichet.py). Refus 503 when too many wait.
    """
    sel = sel or secrets.token_bytes(16)
    clair = unicodedata.normalize('NFC', mot_de_passe).encode()
    with guichet.passer(connu):
        hache = hashlib.scrypt(clair, salt=sel, n=n, r=r, p=p, maxmem=256 * 1024 * 1024, dklen=32)
    return f'scrypt${n}${r}${p}${base64.b64encode(sel).decode()}${base64.b64encode(hache).decode()}'


def verifier_mot_de_passe(mot_de_passe, hache, connu=True):
    """True when the password is this one. hache=None (unknown account, no password yet) takes the same time."""
    _, n, r, p, sel, _ = (hache or _HACHE_FACTICE).split('$')
    recalcule = hacher(mot_de_passe, base64.b64decode(sel), int(n), int(r), int(p), connu)
    return secrets.compare_digest(recalcule, hache or '')


_HACHE_FACTICE = f'scrypt${SCRYPT["n"]}${SCRYPT["r"]}${SCRYPT["p"]}$' + base64.b64encode(b'0' * 16).decode() + '$'


# ---- Second factor: the codes of a phone (RFC 6238: SHA-1, 6 digits, 30 s), the recovery codes ----

def code_du_pas(secret, pas):
    """The six digits of a 30-second step; secret in base32."""
    hache = hmac.digest(base64.b32decode(secret), pas.to_bytes(8, 'big'), 'sha1')
    debut = hache[-1] & 15
    nombre = int.from_bytes(hache[debut:debut + 4], 'big') & 0x7fffffff
    return f'{nombre % 1_000_000:06}'


def pas_du_code(secret, code, dernier=0):
    """The step whose code this is: now, the one before or the one after, but past the last one used; else None."""
    pas = int(langue.horloge().timestamp()) // 30
    justes = [p for p in (pas - 1, pas, pas + 1) if hmac.compare_digest(code_du_pas(secret, p).encode(), code.encode())]
    return max((p for p in justes if p > dernier), default=None)


def chiffres_du_code(code):
    """What was typed, without the spaces and hyphens that help to read it."""
    return re.sub(r'[\s-]', '', code)


def consommer_code(agent, code):
    """Use a code of the phone, or a recovery code, once; False when it is wrong or has served.

    In a write transaction.
    """
    code = chiffres_du_code(code)
    if len(code) == CHIFFRES_DE_SECOURS:
        return _consommer_secours(agent, code)
    pas = pas_du_code(agent.second_facteur, code, agent.dernier_pas)
    if pas:
        Agent.update(dernier_pas=pas).where(Agent.id == agent.id).execute()
    return bool(pas)


def _consommer_secours(agent, code):
    juste = (
        CodeSecours.delete()
        .where(CodeSecours.empreinte == _sha256(code), CodeSecours.agent == agent)
        .execute()
    )
    if juste:
        auditer_pour('code de secours utilisé', agent)
        _avertir('code_secours_utilise', agent, reste=str(codes_restants(agent)))
    return bool(juste)


CODES_DE_SECOURS = 10
CHIFFRES_DE_SECOURS = 16                                            # 53 random bits, and a phone's keypad has digits


def renouveler_codes(agent):
    """New recovery codes at the agent's own asking."""
    auditer_pour('codes de secours renouvelés', agent)
    return nouveaux_codes(agent)


def nouveaux_codes(agent):
    """Ten recovery codes, given back this once: the base keeps their sha256. The earlier ones are dead."""
    CodeSecours.delete().where(CodeSecours.agent == agent).execute()
    codes = [f'{secrets.randbelow(10 ** CHIFFRES_DE_SECOURS):0{CHIFFRES_DE_SECOURS}}' for _ in range(CODES_DE_SECOURS)]
    for code in codes:
        CodeSecours.create(empreinte=_sha256(code), agent=agent)
    return codes


def _sha256(texte):
    """All that the base keeps of a code, a cookie or the token of a link."""
    return hashlib.sha256(texte.encode()).hexdigest()


def codes_restants(agent):
    return CodeSecours.select().where(CodeSecours.agent == agent).count()


def activer_second_facteur(agent, secret, pas):
    """Set a secret whose first code is right, in place of the earlier one if any: the recovery codes.

    Every session is closed.
    """
    Agent.update(second_facteur=secret, dernier_pas=pas).where(Agent.id == agent.id).execute()
    Session.delete().where(Session.agent == agent).execute()
    auditer_pour('second facteur activé', agent, detail='nouveau téléphone' if agent.second_facteur else '')
    _avertir('second_facteur_active', agent)
    return nouveaux_codes(agent)


def dire_les_droits(agent, donnes, par=None):
    """Tell that an administrateur's rights are given or taken: the account, and the other administrateurs.

    par: who does it, None from the command line; nobody is told of their own act.
    """
    auteur = par.nom_complet if par else 'L\'exploitant du service, par la commande'
    reperes = {'par': auteur, 'quoi': 'donnés' if donnes else 'retirés'}
    if not par or par.id != agent.id:
        _avertir('droits_changes', agent, **reperes)
    autres = [autre for autre in administrateurs() if autre.id not in (agent.id, par and par.id)]
    prevenir(None, 'droits_d_un_autre', autres, sauf=par, titulaire=agent.nom_complet,
             lien=f'{SITE["url"]}/espace/admin/comptes/{agent.id}', **reperes)


def retirer_second_facteur(agent, par=None):
    """Remove it with its recovery codes; every session is closed. par: who did, when it is not the agent."""
    Agent.update(second_facteur=None, dernier_pas=0).where(Agent.id == agent.id).execute()
    CodeSecours.delete().where(CodeSecours.agent == agent).execute()
    Session.delete().where(Session.agent == agent).execute()
    auditer_pour('second facteur retiré', agent, par)
    _avertir('second_facteur_retire', agent)


def sans_second_facteur():
    """The accounts that a password alone opens today."""
    ouverts = Agent.select().where(Agent.actif, Agent.mot_de_passe.is_null(False), Agent.second_facteur.is_null())
    return [agent for agent in ouverts.order_by(Agent.id) if agent.entre]


def annoncer_le_second_facteur(le):
    """Mail, to each whom it will be asked of from that day on, how to be ready."""
    for agent in sans_second_facteur():
        _avertir('second_facteur_annonce', agent, echeance=langue.dire_jour_long(le))


def rappeler_le_second_facteur():
    """The same, a week before, once."""
    reglages = Reglage.tous()
    le = reglages['second_facteur_le']
    if reglages['second_facteur_exige'] != 'tous_les_comptes' or not le or not (
            langue.plus_jours(le, -7) <= langue.aujourdhui() < le):
        return
    for agent in sans_second_facteur():
        if Rappel.get_or_none(Rappel.marque == f'second_facteur:{le}:{agent.id}') is None:
            Rappel.create(marque=f'second_facteur:{le}:{agent.id}', agent=agent, fait_le=maintenant())
            _avertir('second_facteur_annonce', agent, echeance=langue.dire_jour_long(le))


def _avertir(modele, agent, **valeurs):
    poster(modele, 'agent', agent.courriel, agent=agent, lien=f'{SITE["url"]}/espace/compte/securite', **valeurs)


# ---- Sessions, one-time links, invitations ----

SESSION_INACTIVE = timedelta(hours=4)
SESSION_TOTALE = timedelta(hours=24)


ORIGINES = {'mot_de_passe': '', 'sso': 'SSO'}                       # how a session was opened: what the audit adds


def connecter(agent, origine='mot_de_passe', adresse=''):
    """A sign-in: the cookie of a new session. origine: of ORIGINES; adresse: the client's, whole."""
    Agent.update(ouvert_le=maintenant()).where(Agent.id == agent.id, Agent.ouvert_le.is_null()).execute()
    auditer('connexion', agent, ORIGINES[origine], adresse=adresse, objet=f'agent:{agent.id}')
    return ouvrir_session(agent, origine, adresse)


def ouvrir_session(agent, origine='mot_de_passe', adresse=''):
    """A new session of an agent: the random value for the cookie (only its sha256 is kept)."""
    cookie = secrets.token_urlsafe(32)
    inserer(Session, empreinte=_sha256(cookie), agent=agent, cree_le=maintenant(), vu_le=maintenant(), origine=origine,
            adresse=adresse)
    return cookie


def session_ouverte(cookie):
    """The Session of a cookie, with its active Agent, or None when unknown or expired (idle 4 h, absolute 24 h)."""
    session = lire_session(_sha256(cookie))
    return session if session and session.agent.entre and not _perimee(session) else None


def _perimee(session):
    maintenant = langue.horloge()
    return (maintenant - a_paris(session.cree_le) > SESSION_TOTALE
            or maintenant - a_paris(session.vu_le) > SESSION_INACTIVE)


def vue_de_session(cookie, quand):
    """Write the last activity of a session (from a note, never from a GET)."""
    Session.update(vu_le=quand).where(Session.empreinte == _sha256(cookie), Session.vu_le < quand).execute()


def fermer_session(cookie):
    Session.delete().where(Session.empreinte == _sha256(cookie)).execute()


# numero: what a page calls it by. ici: the one that asks.
Ouverte = namedtuple('Ouverte', 'numero ici cree_le vu_le origine adresse')


def sessions_de(agent, cookie):
    """The sessions of an agent that are still good, as Ouverte: the one of this cookie, then the last seen first."""
    lues = Session.select().where(Session.agent == agent).order_by(Session.vu_le.desc(), Session.cree_le.desc())
    ouvertes = [Ouverte(_numero(s), s.empreinte == _sha256(cookie), s.cree_le, s.vu_le, s.origine, s.adresse)
                for s in lues if not _perimee(s)]
    return sorted(ouvertes, key=lambda ouverte: not ouverte.ici)


def _numero(session):
    """One-way from the empreinte, itself one-way from the cookie: read on a page, it opens and finds nothing else."""
    return _sha256(f'session {session.empreinte}')[:32]


def terminer_session(agent, numero):
    """End one session of an agent; False when it is not theirs, or is over."""
    for session in Session.select().where(Session.agent == agent):
        if _numero(session) == numero:
            session.delete_instance()
            auditer_pour('session fermée', agent, detail=f'ouverte le {dire_jour(session.cree_le, True)}')
            return True
    return False


def terminer_autres_sessions(agent, cookie):
    """End all the sessions of an agent but the one of this cookie."""
    autres = Session.delete().where(Session.agent == agent, Session.empreinte != _sha256(cookie)).execute()
    if autres:
        auditer_pour('autres sessions fermées', agent, detail=str(autres))


def terminer_sessions(agent, par):
    """End all the sessions of another's account."""
    nombre = Session.delete().where(Session.agent == agent).execute()
    auditer_pour('sessions fermées', agent, par, str(nombre))


RESEAU_INCONNU = timedelta(days=7)                                  # one such mail at most meanwhile


def annoncer_le_reseau(agent, reseau):
    """Tell an account already opened that it is signed in from a network where it never was, or long ago."""
    depuis = en_utc(langue.horloge() - RESEAU_INCONNU)
    dits = Courriel.select().where(Courriel.agent == agent, Courriel.modele == 'reseau_inconnu')
    if agent.ouvert_le and not reseau_connu(agent, reseau) and not dits.where(Courriel.cree_le > depuis).exists():
        _avertir('reseau_inconnu', agent, depot=langue.dire_instant(maintenant()))


def reseau_connu(agent, reseau):
    """True when this account signed in from this network within the days of the limit « reseau_connu ».

    agent: None for an unknown account, which takes the same time.
    """
    depuis = en_utc(langue.horloge() - timedelta(days=valeurs.limite('reseau_connu', Reglage.tous()['protection'])))
    return db.execute_sql('SELECT 1 FROM reseau WHERE agent_id = ? AND adresse = ? AND vu_le > ?',
                          (agent.id if agent else 0, reseau, depuis)).fetchone() is not None


def connaitre_reseau(agent, reseau):
    """Remember that who holds this account was there: with the right password, or with a one-time link."""
    db.execute_sql('INSERT INTO reseau (agent_id, adresse, vu_le) VALUES (?, ?, ?) '
                   'ON CONFLICT (agent_id, adresse) DO UPDATE SET vu_le = excluded.vu_le',
                   (agent.id, reseau, maintenant()))


def nouveau_lien(agent, usage):
    """A one-time link (a code of LIENS): its token. A new invitation kills the earlier ones; a new link for a lost
    password does not: anybody may ask for it.
    """
    if usage == 'invitation':
        Lien.delete().where(Lien.agent == agent, Lien.usage == usage).execute()
    jeton = secrets.token_urlsafe(32)
    Lien.create(empreinte=_sha256(jeton), agent=agent, usage=usage, expire_le=en_utc(langue.horloge() + LIENS[usage]))
    return jeton


def lien_valable(jeton):
    """The Lien of a token, unused and not expired, its account active; or None."""
    lien = Lien.get_or_none(Lien.empreinte == _sha256(jeton), Lien.utilise_le.is_null(), Lien.expire_le > maintenant())
    return lien if lien and lien.agent.entre else None


def poser_mot_de_passe(jeton, hache):
    """Use a one-time link: the password is set, every session of the agent is closed, every link dead.

    Returns the Agent.
    """
    lien = lien_valable(jeton)
    if not lien:
        raise Refus(
            'Ce lien a déjà servi ou a expiré. Demandez-en un nouveau avec «\u00a0Mot de passe oublié\u00a0».', 404)
    agent = lien.agent
    changer_mot_de_passe(agent, hache)
    return agent


def changer_mot_de_passe(agent, hache):
    """Set the password (a hash); every session and one-time link of the agent is dead. Told, but of the first one."""
    Lien.update(utilise_le=maintenant()).where(Lien.agent == agent, Lien.utilise_le.is_null()).execute()
    ouvert_le = fn.coalesce(Agent.ouvert_le, maintenant())
    Agent.update(mot_de_passe=hache, ouvert_le=ouvert_le).where(Agent.id == agent.id).execute()
    Session.delete().where(Session.agent == agent).execute()
    auditer_pour('mot de passe changé', agent)
    if agent.mot_de_passe:
        _avertir('mot_de_passe_change', agent)


def qui_entre(courriel):
    """The Agent of this address, whose account opens; or None."""
    agent = Agent.get_or_none(Agent.courriel == courriel, Agent.actif)
    return agent if agent and agent.entre else None


@gardee
def lecteurs():
    """The lecteurs who come in today: [(name, function, last day)], by name."""
    agents = [agent for agent in Agent.select().where(Agent.lecteur_au.is_null(False)) if agent.entre]
    agents.sort(key=lambda agent: langue.ordre_alphabetique(agent.nom_complet))
    return [(agent.nom_complet, agent.fonction, agent.lecteur_au) for agent in agents]


def envoyer_lien(courriel):
    """Mail a link when an active account has this address; else the same orders for another, undone: no time tells."""
    temoin = Agent.get_or_none(Agent.actif)
    agent = qui_entre(courriel)
    auditer('mot de passe oublié', agent, objet=f'agent:{agent.id}' if agent else '')
    pour = agent or temoin
    if not pour:
        return
    jeton = nouveau_lien(pour, 'mot_de_passe')
    courriel_id = poster('mot_de_passe', 'agent', pour.courriel, agent=pour, secret=True,
                         lien=f'{SITE["url"]}/invitation/{jeton}')
    Lien.delete().where(Lien.empreinte == ('' if agent else _sha256(jeton))).execute()
    Courriel.delete().where(Courriel.id == (0 if agent else courriel_id)).execute()


def inviter(courriel, direction, prenom, nom, administrateur=None):
    """Create an account or renew its invitation; mails it. Returns (Agent, token). A closed one stays closed."""
    agent = Agent.get_or_none(Agent.courriel == courriel)
    if not agent:
        return creer(dict(courriel=courriel, direction=direction, prenom=prenom, nom=nom,
                          administrateur=bool(administrateur)))
    if not agent.actif:
        raise Refus(f'Le compte de {agent.nom_complet} est fermé\u00a0: '
                    f'«\u00a0agent {courriel} --rouvrir\u00a0» le rouvre.')
    if administrateur:
        exiger_contributeur(agent)
    if administrateur is not None and administrateur != agent.administrateur:
        Agent.update(administrateur=administrateur).where(Agent.id == agent.id).execute()
        auditer_pour('compte modifié', agent, detail=f'administrateur {"donné" if administrateur else "retiré"}')
        dire_les_droits(agent, administrateur)
    return agent, envoyer_invitation(agent)


def creer(valeurs, par=None):
    """A new account, its fields by name, invited: (Agent, token). par: who creates it, None from the command line."""
    refuser_adresse_prise(valeurs['courriel'])
    agent = Agent.create(**valeurs, cree_le=maintenant())
    dit = f'lecteur jusqu\'au {dire_jour(agent.lecteur_au, True)}' if agent.lecteur_au else ''
    auditer_pour('compte créé', agent, par, dit)
    if agent.administrateur:
        dire_les_droits(agent, True, par)
    return agent, envoyer_invitation(agent, par)


def refuser_adresse_prise(courriel, sauf=0):
    """Refus when an account has this address, open or closed. sauf: the id of the one it is for."""
    titulaire = Agent.get_or_none(Agent.courriel == courriel, Agent.id != sauf)
    if titulaire and not titulaire.actif:
        raise Refus(f'Le compte fermé de {titulaire.nom_complet} a cette adresse\u00a0: rouvrez-le plutôt.',
                    409, 'courriel')
    if titulaire:
        raise Refus(f'Le compte de {titulaire.nom_complet} a déjà cette adresse\u00a0: '
                    'indiquez-en une autre, ou modifiez ce compte.', 409, 'courriel')


def exiger_contributeur(agent, champ=''):
    """Refus for a « lecteur »: never in a team, nor in charge of anything (regles.md §1)."""
    if agent.lecteur_au:
        raise Refus(f'{agent.nom_complet} lit les chiffres de la Plateforme, sans rien y suivre\u00a0: choisissez '
                    'quelqu\'un d\'autre.', champ=champ)


def exiger_un_compte_qui_ouvre(agent):
    """Refus for a lecteur that a link would not let in."""
    if agent.lecteur_au and not accord_des_lecteurs():
        raise Refus(SANS_ACCORD, 409)
    if agent.lecteur_au and (au := lecteurs_suspendus()):
        raise Refus(f'Les lecteurs sont suspendus jusqu\'au {langue.dire_jour_long(au, semaine=False)}, pendant la '
                    'période électorale\u00a0: invitez-le après, ou levez la suspension au calendrier.', 409)
    if agent.lecteur_au and agent.lecteur_au < langue.aujourdhui():
        raise Refus(f'Le dernier jour de {agent.nom_complet} est passé\u00a0: donnez-lui d\'abord une autre date.',
                    409)


def envoyer_invitation(agent, par=None):
    """Mail a new invitation to an account: its token. par: who asks, when it is not from the command line."""
    jeton = nouveau_lien(agent, 'invitation')
    reperes = {'lien': f'{SITE["url"]}/invitation/{jeton}'}
    if agent.lecteur_au:
        reperes['dernier_jour'] = langue.dire_jour_long(agent.lecteur_au, semaine=False)
    poster('invitation_lecteur' if agent.lecteur_au else 'invitation', 'agent', agent.courriel, agent=agent,
           secret=True, **reperes)
    auditer_pour('invitation', agent, par)
    return jeton


def inviter_de_nouveau(agent, par):
    """A new link for who never opened their account, the earlier one dead: its token."""
    exiger_un_compte_qui_ouvre(agent)
    if not agent.actif or agent.ouvert_le:
        pourquoi = 'a déjà ouvert son compte' if agent.actif else 'a un compte fermé'
        raise Refus(f'{agent.nom_complet} {pourquoi}\u00a0: aucune invitation n\'est partie.', 409)
    return envoyer_invitation(agent, par)


def revoquer_invitation(agent, par):
    """The link sent opens nothing any more; its mail, if it waits, will not leave (porteur)."""
    if not Lien.delete().where(Lien.agent == agent, Lien.usage == 'invitation', Lien.utilise_le.is_null()).execute():
        raise Refus(f'{agent.nom_complet} n\'a pas d\'invitation en cours\u00a0: il n\'y a rien à révoquer.', 409)
    auditer_pour('invitation révoquée', agent, par)


def inviter_s_il_le_faut(agents, par=None):
    """A fresh invitation to those who never opened their account, unless one less than a day old is good: who is put
    in charge must be able to come in (regles.md §1). Returns those invited.
    """
    attendus = [agent for agent in agents if agent.actif and not agent.ouvert_le]
    if not attendus:
        return []
    depuis = en_utc(langue.horloge() + LIENS['invitation'] - timedelta(days=1))
    frais = {agent_id for agent_id, in Lien.select(Lien.agent).where(
        Lien.usage == 'invitation', Lien.expire_le > depuis, Lien.utilise_le.is_null()).tuples()}
    invites = [agent for agent in attendus if agent.id not in frais]
    for agent in invites:
        envoyer_invitation(agent, par)
    return invites


COORDONNEES = {'telephone_public': 'téléphone communiqué', 'telephone': 'téléphone interne', 'fonction': 'fonction',
               'territoire': 'territoire', 'presentation': 'présentation', 'avis_journal': 'courriels du journal',
               'repos': 'jour non travaillé', 'touches': 'raccourcis du clavier'}


def changer_coordonnees(agent, valeurs):
    """What an agent says of themselves, in « Mon compte »; the audit says which fields, never what they say."""
    changes = [nom for nom, valeur in valeurs.items() if getattr(agent, nom) != valeur]
    if changes:
        Agent.update(**valeurs).where(Agent.id == agent.id).execute()
        auditer_pour('coordonnées modifiées', agent, detail=', '.join(COORDONNEES[nom] for nom in changes))


def prendre_connaissance(agent):
    """« J'ai pris connaissance des engagements »: the first time counts."""
    if not agent.engage_le:
        Agent.update(engage_le=maintenant()).where(Agent.id == agent.id).execute()
        auditer_pour('engagements lus', agent)


def direction_nommee(nom):
    """The Direction named, or the only one there is; a first one is created on an empty base."""
    directions = Direction.select().where(Direction.fermee_le.is_null())
    if nom:
        directions = directions.where(Direction.nom == nom)
    directions = list(directions)
    if not nom and not directions:
        structure = Structure.create(nom=Reglage.tous()['departement'] or 'Conseil départemental', sigle='CD')
        return Direction.create(structure=structure, nom='Équipe de la Plateforme')
    if len(directions) != 1:
        raise Refus('Indiquez la direction du compte avec --direction, par son nom exact.')
    return directions[0]


def purger():
    """Forget what has expired: sessions, one-time links, lines for a mail of the day, networks from which an account
    has not signed in for long.
    """
    vieille = en_utc(langue.horloge() - SESSION_TOTALE)
    oisive = en_utc(langue.horloge() - SESSION_INACTIVE)
    Session.delete().where((Session.cree_le < vieille) | (Session.vu_le < oisive)).execute()
    un_mois = en_utc(langue.horloge() - timedelta(days=30))
    Lien.delete().where(Lien.expire_le < un_mois).execute()
    Rappel.delete().where(Rappel.phrase != '', Rappel.fait_le < un_mois).execute()
    connus = timedelta(days=valeurs.limite('reseau_connu', Reglage.tous()['protection']))
    Reseau.delete().where(Reseau.vu_le < en_utc(langue.horloge() - connus)).execute()
