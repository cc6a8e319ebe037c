"""A mail to send is a row, written in the same transaction as what it tells:
to whom, and what it may say (domaine.md §8).
"""
import re
import secrets
from datetime import timedelta

from models import (
    SITE, Courriel, Reglage, a_paris, absents, administrateurs, aujourdhui, db, dire_instant, dire_jour_long,
    dire_telephone, en_utc, equipe, inserer, lignes, lire_agents, maintenant)

DEMONSTRATION = ('Site de démonstration\u00a0: aucune demande n\'est transmise au Département. '
                 'Agents, projets et chiffres sont fictifs.')
_REPERE = re.compile(r'\{(\w+)\}')                                  # « {numero} » in the text of a model


def _remplir(texte, valeurs):
    """Put the values in; a line whose placeholders are all empty disappears
    (« diffusion restreinte » leaves no gap).
    """
    remplies = []
    for ligne in texte.split('\n'):
        reperes = _REPERE.findall(ligne)
        if not reperes or any(valeurs.get(r) for r in reperes):
            remplies.append(_REPERE.sub(lambda m: str(valeurs.get(m[1], '')), ligne))
    return re.sub(r'\n{3,}', '\n\n', '\n'.join(remplies)).strip()


def _valeurs(demande, pour):
    """What a mail may say of a demande: never the message, a piece or a journal text."""
    if demande is None:
        return {}
    lien = f'/suivi/{demande.jeton}' if pour == 'demandeur' else f'/espace/demandes/{demande.numero}'
    contact = _contact(demande)
    valeurs = {
        'numero': demande.numero,
        'depot': dire_instant(demande.depose_le),
        'lien': SITE['url'] + lien,
        'echeance': dire_jour_long(demande.echeance) if _echeance_a_dire(demande, pour) else '',
        'date_a_tenir': dire_jour_long(demande.date_a_tenir) if demande.date_a_tenir else '',
        'interlocuteur': contact.nom_complet if contact else '',
        'telephone': dire_telephone(contact.telephone_communique) if contact else '',
    }
    if not demande.restreinte:
        structure = contact.direction.structure.nom if contact else ''
        # No free text to an address nobody checked.
        nom = demande.collectivite if demande.collectivite_id or pour != 'demandeur' else ''
        valeurs |= {'collectivite': nom, 'fiche': demande.titre, 'structure': structure}
    return valeurs


def _contact(demande):
    """Whom to call: the référent, else the first chef de file; None when nobody is there."""
    agents = equipe(demande, 'referent') or equipe(demande, 'chef_de_file')
    return agents[0] if agents else None


def _echeance_a_dire(demande, pour):
    """A mail tells the date while the call is awaited; to the demandeur, never one that is past already."""
    if not demande.echeance or demande.premier_contact_le:
        return False
    return pour != 'demandeur' or demande.echeance >= aujourdhui()


def _preparer(modele, pour, demande):
    """(the Modele, the values of its placeholders): what a mail says whoever receives it."""
    reglages = Reglage.tous()
    (texte,) = lignes('SELECT objet, corps FROM modele WHERE cle = ?', modele)
    return texte, {
        'plateforme': reglages['nom'],
        'departement': reglages['departement'],
        'signataire': reglages['signataire'],
        'contact_telephone': dire_telephone(reglages['telephone']),
        'contact_courriel': reglages['courriel'],
        'fin': f'\n\n{DEMONSTRATION}' if reglages.get('demonstration') else '',
        **_valeurs(demande, pour),
    }


def poster(modele, pour, destinataire, demande=None, agent=None, secret=False, marque=None, prepare=None, le=None,
           **valeurs):
    """Write one mail to send: its id; False when there is nobody to send it to, or when this mark was used already.

    agent: the Agent it is for, if any; marque: a reminder's unique mark; le: the instant it is for, now by default;
    prepare: _preparer() done once for several recipients.
    """
    if not destinataire or _deja_ecrit(marque):
        return False
    texte, communes = prepare or _preparer(modele, pour, demande)
    tout = {**communes, 'prenom': agent.prenom if agent else '', **valeurs}
    # Number, dates and whom to call, nothing else (domaine.md §7).
    if demande and demande.restreinte:
        tout |= {'texte': '', 'suite': ''}
    return inserer(
        Courriel, identifiant=_identifiant(), demande=demande, agent=agent,
        pour=pour, destinataire=destinataire, modele=modele,
        objet=_sur_une_ligne(_remplir(texte['objet'], tout)), corps=_remplir(texte['corps'], tout) + tout['fin'],
        secret=secret, cree_le=le or maintenant(), a_partir_de=le or maintenant(), marque=marque)


def _deja_ecrit(marque):
    return marque and db.execute_sql('SELECT 1 FROM courriel WHERE marque = ?', (marque,)).fetchone()


def _identifiant():
    """A new Message-ID."""
    domaine = SITE['url'].split('//')[1].split(':')[0] or 'localhost'
    return f'<{secrets.token_hex(16)}@{domaine}>'


def _sur_une_ligne(texte):
    """White space is one space; a no-break space stays."""
    return re.sub(r'[^\S\xa0\u202f]+', ' ', texte)


def avec_remplacants(agents):
    """{Agent: None}, then who acts for them today {Agent: for whom}:
    « same rights, same mails » (delegataires, suppléants).
    """
    connus = {a.id: a for a in agents}
    pour = {par: a for par, a in _remplacants() if a in connus}
    autres = [par for par in pour if par not in connus]
    if autres:
        autres = lire_agents(f'WHERE actif AND agent.id IN ({", ".join("?" * len(autres))})', *autres)
    return dict.fromkeys(agents) | {autre: connus[pour[autre.id]] for autre in autres}


def _remplacants():
    """[(id of who acts, id of whom for)] today: the suppléants of the absent, then the delegataires."""
    jour = aujourdhui()
    suppleants = [(par, a) for a, par in absents(jour).items() if par]
    delegataires = db.execute_sql(
        'SELECT par_id, pour_id FROM delegation '
        'WHERE coalesce(du, ?1) <= ?1 AND coalesce(au, ?1) >= ?1', (jour,))
    return [*suppleants, *delegataires]


def prevenir(demande, modele, agents, sauf=None, boites=False, **valeurs):
    """Mail a model to agents and who acts for them; nobody for their own act (sauf);
    boites: their directions' mailboxes too.
    """
    prepare = _preparer(modele, 'agent', demande)
    for agent, titulaire in avec_remplacants(agents).items():
        if sauf is None or agent.id != sauf.id:
            poster(modele, 'agent', agent.courriel, demande, agent, prepare=prepare, **_pour_qui(agent, titulaire),
                   **valeurs)
    if boites:
        for boite in dict.fromkeys(a.direction.courriel for a in agents if a.direction.courriel):
            poster(modele, 'direction', boite, demande, prepare=prepare, **valeurs)


def signaler_message(demande, modele, agents):
    """prevenir() of what the demandeur writes: at most one mail an hour to each. What comes within the hour is told by
    one mail at its end, dated so: it waits, it is not late.
    """
    prepare = _preparer(modele, 'agent', demande)
    for agent, titulaire in avec_remplacants(agents).items():
        dernier = _dernier(demande, modele, agent)
        if not dernier or dernier.envoye_le:                        # else the one that waits tells this message too
            le = max(maintenant(), en_utc(a_paris(dernier.envoye_le) + UNE_HEURE)) if dernier else None
            poster(modele, 'agent', agent.courriel, demande, agent, prepare=prepare, le=le,
                   **_pour_qui(agent, titulaire))


UNE_HEURE = timedelta(hours=1)


def _dernier(demande, modele, agent):
    """The last mail of this model to this agent that was not given up, or None."""
    return demande.courriels.where(
        Courriel.modele == modele, Courriel.agent == agent, Courriel.echec_le.is_null(),
    ).order_by(Courriel.id.desc()).first()


def _pour_qui(agent, titulaire):
    """How a mail greets who acts for another."""
    return {'prenom': f'{agent.prenom} (pour {titulaire.nom_complet})'} if titulaire else {}


def alerter(phrase, quoi):
    """Warn the administrateurs, once a day of one thing (quoi)."""
    for admin in administrateurs():
        poster('alerte', 'agent', admin.courriel, agent=admin, alerte=phrase,
               marque=f'alerte:{quoi}:{aujourdhui()}:{admin.id}')


def prevenir_demandeur(demande, modele, **valeurs):
    return poster(modele, 'demandeur', demande.courriel, demande, **valeurs)


def envoyable(courriel):
    """May a mail given up still leave? Not to a demandeur whose address or link has changed since."""
    if courriel.pour != 'demandeur':
        return True
    demande = courriel.demande
    return courriel.destinataire == demande.courriel and demande.jeton in courriel.corps


def taire(demande):
    """A demande just restricted: the mails that still wait are written again,
    with what such a mail may say (domaine.md §7).
    """
    for courriel in Courriel.select().where(Courriel.demande == demande, Courriel.envoye_le.is_null()):
        texte, tout = _preparer(courriel.modele, courriel.pour, demande)
        tout['prenom'] = courriel.agent.prenom if courriel.agent_id else ''
        if courriel.pour == 'collectivite':
            tout['lien'] = ''
        Courriel.update(
            objet=_sur_une_ligne(_remplir(texte['objet'], tout)), corps=_remplir(texte['corps'], tout) + tout['fin'],
        ).where(Courriel.id == courriel.id).execute()
