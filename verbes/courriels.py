"""A mail to send is a row, written in the same transaction as what it tells:
to whom, and what it may say (domaine.md §8).
"""
import re
import secrets

from models import (
    SITE, Courriel, Reglage, absents, aujourdhui, db, dire_instant, dire_jour_long, dire_telephone, equipe, inserer,
    lignes, lire_agents, maintenant)

DEMONSTRATION = ('Site de démonstration\u00a0: aucune demande n\'est transmise au Département. '
                 'Agents, projets et chiffres sont fictifs.')


def _remplir(texte, valeurs):
    """Put the values in; a line whose placeholders are all empty disappears
    (« diffusion restreinte » leaves no gap).
    """
    lignes = []
    for ligne in texte.split('\n'):
        reperes = re.findall(r'\{(\w+)\}', ligne)
        if not reperes or any(valeurs.get(r) for r in reperes):
            lignes.append(re.sub(r'\{(\w+)\}', lambda m: str(valeurs.get(m[1], '')), ligne))
    return re.sub(r'\n{3,}', '\n\n', '\n'.join(lignes)).strip()


def _valeurs(demande, pour):
    """What a mail may say of a demande: never the message, a piece or a journal text."""
    if demande is None:
        return {}
    lien = f'/suivi/{demande.jeton}' if pour == 'demandeur' else f'/espace/demandes/{demande.numero}'
    contact = next(iter(equipe(demande, 'referent') or equipe(demande, 'chef_de_file')), None)
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


def _echeance_a_dire(demande, pour):
    """A mail tells the date while the call is awaited; to the demandeur, never one that is past already."""
    return (demande.echeance and not demande.premier_contact_le
            and (pour != 'demandeur' or demande.echeance >= aujourdhui()))


def _preparer(modele, pour, demande):
    """(the Modele, the values of its placeholders): what a mail says whoever receives it."""
    reglages, (texte,) = Reglage.tous(), lignes('SELECT objet, corps FROM modele WHERE cle = ?', modele)
    return texte, {
        'plateforme': reglages['nom'],
        'departement': reglages['departement'],
        'signataire': reglages['signataire'],
        'contact_telephone': dire_telephone(reglages['telephone']),
        'contact_courriel': reglages['courriel'],
        'fin': f'\n\n{DEMONSTRATION}' if reglages.get('demonstration') else '',
        **_valeurs(demande, pour),
    }


def poster(modele, pour, destinataire, demande=None, agent=None, secret=False, marque=None, prepare=None, **valeurs):
    """Write one mail to send; False when there is nobody to send it to, or when this mark was used already.

    agent: the Agent it is for, if any; marque: a reminder's unique mark;
    prepare: _preparer() done once for several recipients.
    """
    if not destinataire or (marque and db.execute_sql('SELECT 1 FROM courriel WHERE marque = ?', (marque,)).fetchone()):
        return False
    texte, communes = prepare or _preparer(modele, pour, demande)
    tout = {**communes, 'prenom': agent.prenom if agent else '', **valeurs}
    # Number, dates and whom to call, nothing else (domaine.md §7).
    if demande and demande.restreinte:
        tout |= {'texte': '', 'suite': ''}
    domaine = (SITE['url'].split('//')[1].split(':')[0] or 'localhost')
    inserer(
        Courriel, identifiant=f'<{secrets.token_hex(16)}@{domaine}>', demande=demande, agent=agent,
        pour=pour, destinataire=destinataire, modele=modele,
        objet=re.sub(r'[^\S\xa0\u202f]+', ' ', _remplir(texte['objet'], tout)),
        corps=_remplir(texte['corps'], tout) + tout['fin'],
        secret=secret, cree_le=maintenant(), a_partir_de=maintenant(), marque=marque)
    return True


def avec_remplacants(agents):
    """{Agent: None}, then who acts for them today {Agent: for whom}:
    « same rights, same mails » (delegataires, suppléants).
    """
    jour, connus = aujourdhui(), {a.id: a for a in agents}
    pour = {par: a for a, par in absents(jour).items() if a in connus and par}
    pour |= {
        par: a
        for par, a in db.execute_sql(
            'SELECT par_id, pour_id FROM delegation '
            'WHERE coalesce(du, ?1) <= ?1 AND coalesce(au, ?1) >= ?1', (jour,))
        if a in connus
    }
    autres = [par for par in pour if par not in connus]
    if autres:
        autres = lire_agents(f'WHERE actif AND agent.id IN ({", ".join("?" * len(autres))})', *autres)
    return dict.fromkeys(agents) | {autre: connus[pour[autre.id]] for autre in autres}


def prevenir(demande, modele, agents, sauf=None, boites=False, **valeurs):
    """Mail a model to agents and who acts for them; nobody for their own act (sauf);
    boites: their directions' mailboxes too.
    """
    prepare = _preparer(modele, 'agent', demande)
    for agent, titulaire in avec_remplacants(agents).items():
        if sauf is None or agent.id != sauf.id:
            nom = {'prenom': f'{agent.prenom} (pour {titulaire.nom_complet})'} if titulaire else {}
            poster(modele, 'agent', agent.courriel, demande, agent, prepare=prepare, **nom, **valeurs)
    if boites:
        for boite in dict.fromkeys(a.direction.courriel for a in agents if a.direction.courriel):
            poster(modele, 'direction', boite, demande, prepare=prepare, **valeurs)


def prevenir_demandeur(demande, modele, **valeurs):
    poster(modele, 'demandeur', demande.courriel, demande, **valeurs)


def taire(demande):
    """A demande just restricted: the mails that still wait are written again,
    with what such a mail may say (domaine.md §7).
    """
    for courriel in Courriel.select().where(Courriel.demande == demande, Courriel.envoye_le.is_null()):
        texte, tout = _preparer(courriel.modele, courriel.pour, demande)
        tout |= ({'prenom': courriel.agent.prenom if courriel.agent_id else ''}
                 | ({'lien': ''} if courriel.pour == 'collectivite' else {}))
        Courriel.update(
            objet=_remplir(texte['objet'], tout), corps=_remplir(texte['corps'], tout) + tout['fin'],
        ).where(Courriel.id == courriel.id).execute()
