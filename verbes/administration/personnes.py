"""The accounts as the administration sees them: the list, its views and filters; what an administrateur changes of one.

Neither how many demandes a person follows, nor who is there now (regles.md §7).
"""
from collections import namedtuple

from models import EN_COURS, Agent, Lien, Refus, Reglage, accord_des_lecteurs, db
from langue import aujourdhui, dire_jour, normaliser, ordre_alphabetique

from verbes import questions
from verbes.comptes import (
    SANS_ACCORD, dire_les_droits, envoyer_invitation, refuser_adresse_prise, retirer_second_facteur)
from verbes.courriels import poster
from verbes.journal import auditer_pour
from .conservation import il_y_a
from .departs import ce_que_tient, exiger_un_autre_administrateur, fermer

# ---- The list: one reading for the page, its CSV and the command ----

# fiche: pilots one; delegue: for whom they act by delegation today; delegue_admin, supplee_admin: of an administrateur,
# to come too; lecteur_au: the last day of a lecteur; double: has a second factor; connexion_le: as the audit remembers;
# expire_le: of the invitation not used yet; refusee_le: when the last of those that were refused was written; part_le:
# the day a departure closes it; a_confier: closed, holds something still; absence: today's; inactif: nobody signed in
# for INACTIF months.
Compte = namedtuple('Compte', (
    'id courriel prenom nom fonction structure_id structure direction_id direction administrateur pilote fiche delegue '
    'delegue_admin supplee_admin lecteur_au actif double connexion_le cree_le ouvert_le expire_le refusee_le part_le '
    'a_confier absence inactif'))
_COMPTES = f"""
    SELECT agent.id, agent.courriel, agent.prenom, agent.nom, agent.fonction, structure.id, structure.nom,
           direction.id, direction.nom, agent.administrateur, agent.pilote,
           EXISTS (SELECT 1 FROM pilotage JOIN fiche ON fiche.id = fiche_id
                   WHERE pilotage.agent_id = agent.id AND fiche.etat <> 'archivee'),
           (SELECT group_concat(autre.prenom || ' ' || autre.nom, ', ')
            FROM delegation JOIN agent AS autre ON autre.id = pour_id
            WHERE par_id = agent.id AND autre.actif AND {EN_COURS}),
           EXISTS (SELECT 1 FROM delegation JOIN agent AS autre ON autre.id = pour_id
                   WHERE par_id = agent.id AND autre.actif AND autre.administrateur AND coalesce(au, ?1) >= ?1),
           EXISTS (SELECT 1 FROM absence JOIN agent AS autre ON autre.id = absence.agent_id
                   WHERE suppleant_id = agent.id AND autre.actif AND autre.administrateur AND coalesce(au, ?1) >= ?1),
           agent.lecteur_au, agent.actif, agent.second_facteur IS NOT NULL,
           (SELECT max(fait_le) FROM audit WHERE audit.agent_id = agent.id AND fait = 'connexion'),
           agent.cree_le, agent.ouvert_le,
           (SELECT expire_le FROM lien
            WHERE lien.agent_id = agent.id AND usage = 'invitation' AND utilise_le IS NULL),
           (SELECT max(courriel.cree_le) FROM courriel WHERE courriel.agent_id = agent.id AND demande_id IS NULL
              AND echec_le IS NOT NULL AND modele IN ('invitation', 'invitation_lecteur')),
           (SELECT max(ferme_le) FROM passation
            WHERE passation.agent_id = agent.id AND annulee_le IS NULL AND ferme_le > ?1),
           NOT agent.actif AND (
             EXISTS (SELECT 1 FROM membre JOIN demande ON demande.numero = demande_id
                     WHERE membre.agent_id = agent.id AND clos_le IS NULL)
             OR EXISTS (SELECT 1 FROM groupe WHERE animateur_id = agent.id AND groupe.ferme_le IS NULL))
    FROM agent JOIN direction ON direction.id = agent.direction_id
               JOIN structure ON structure.id = direction.structure_id"""
INACTIF = 12                                                        # months, or what the audit keeps when it is less


def lire_comptes():
    """Every Compte, closed ones too, by name as it is said."""
    absents, limite = questions.absences(), il_y_a(mois_inactif())
    comptes = [_compte(lu, absents, limite) for lu in db.execute_sql(_COMPTES, (aujourdhui(),))]
    return sorted(comptes, key=lambda c: (ordre_alphabetique(f'{c.prenom} {c.nom}'), c.courriel))


def _compte(lu, absents, limite):
    compte = Compte(*lu, absents.get(lu[0]), False)
    ancien = compte.ouvert_le and compte.ouvert_le < limite and (compte.connexion_le or '') < limite
    return compte._replace(inactif=bool(compte.actif and ancien))


def mois_inactif():
    return min(INACTIF, int(Reglage.tous()['conservation_audit']))


# {code: (label, condition)}; « inactifs » says its months.
VUES = {
    'tous':                ('Tous', lambda c: True),
    'ouverts':             ('Ouverts', lambda c: c.actif and c.ouvert_le),
    'jamais_ouverts':      ('Jamais ouverts', lambda c: c.actif and not c.ouvert_le),
    'absents':             ('Absents', lambda c: c.actif and c.absence),
    'inactifs':            ('Inactifs depuis {} mois', lambda c: c.inactif),
    'sans_second_facteur': ('Sans second facteur', lambda c: c.actif and c.ouvert_le and not c.double),
    'fermes':              ('Fermés', lambda c: not c.actif),
}
DROITS = {
    'administrateur': ('Administrateur', lambda c: c.administrateur),
    'pilote':         ('Pilote de sa direction', lambda c: c.pilote),
    'delegataire':    ('Délégataire', lambda c: c.delegue),
    'fiche':          ('Pilote d\'une fiche', lambda c: c.fiche),
    'lecteur':        ('Lecteur des chiffres', lambda c: c.lecteur_au),
}
# {filter: does an account answer the text asked for?}
FILTRES = {
    'vue':       lambda c, valeur: VUES[valeur][1](c),
    'q':         lambda c, valeur: _contient(f'{c.prenom} {c.nom} {c.courriel} {c.fonction}', valeur),
    'structure': lambda c, valeur: str(c.structure_id) == valeur,
    'direction': lambda c, valeur: str(c.direction_id) == valeur,
    'droits':    lambda c, valeur: DROITS[valeur][1](c),
}


def _contient(texte, cherche):
    texte = normaliser(texte)
    return all(mot in texte for mot in normaliser(cherche).split())


def filtrer(comptes, criteres):
    """Those that answer every criterion, {filter: text}."""
    return [c for c in comptes if all(FILTRES[nom](c, valeur) for nom, valeur in criteres.items())]


LISTE = ('Courriel', 'Nom', 'Prénom', 'Structure', 'Direction', 'Rôles', 'Actif', 'Second facteur',
         'Dernière connexion')
ROLES = (('administrateur', 'administrateur'), ('pilote', 'pilote'), ('fiche', 'chef de file'),
         ('lecteur_au', 'lecteur'), ('delegue_admin', 'délégataire d\'un administrateur'),
         ('supplee_admin', 'suppléant d\'un administrateur'))


def lister():
    """Every account in the columns of LISTE, for a review: who may do what, and who still comes."""
    mois = int(Reglage.tous()['conservation_audit'])
    for c in sorted(lire_comptes(), key=lambda c: (normaliser(c.nom), normaliser(c.prenom), c.courriel)):
        roles = ', '.join(role for tenu, role in ROLES if getattr(c, tenu))
        yield (c.courriel, c.nom, c.prenom, c.structure, c.direction, roles, _oui(c.actif), _oui(c.double),
               dire_connexion(c, mois))


def _oui(vrai):
    return 'oui' if vrai else 'non'


def dire_connexion(compte, mois):
    """The last sign-in; what is true without one in the audit, which forgets after some months."""
    if compte.connexion_le:
        return dire_jour(compte.connexion_le, True)
    return 'jamais' if compte.cree_le > il_y_a(mois) else f'aucune depuis {mois} mois'


# ---- One account, changed by an administrateur ----

# As a form says them: texts, « oui » or '' for a right, the id of a direction.
MODIFIABLES = ('prenom', 'nom', 'courriel', 'fonction', 'direction', 'telephone_public', 'telephone',
               'administrateur', 'pilote', 'lecteur_au', 'identifiant')
DROITS_DONNES = ('administrateur', 'pilote')
NOMS = {'prenom': 'prénom', 'telephone_public': 'téléphone communiqué', 'telephone': 'téléphone interne'}


def en_textes(agent):
    """{name: text} of what may be changed."""
    champs = {nom: getattr(agent, nom) or '' for nom in MODIFIABLES if nom not in ('direction', *DROITS_DONNES)}
    droits = {nom: 'oui' if getattr(agent, nom) else '' for nom in DROITS_DONNES}
    textes = champs | droits | {'direction': str(agent.direction_id)}
    return {nom: textes[nom] for nom in MODIFIABLES}


def en_colonnes(textes):
    """The same as a row holds it."""
    conversions = {'direction': int, 'administrateur': bool, 'pilote': bool, 'identifiant': _ou_rien,
                   'lecteur_au': _ou_rien}
    return {nom: conversions.get(nom, str)(texte) for nom, texte in textes.items()}


def _ou_rien(texte):
    return texte or None


def controler(textes, agent=None):
    """Refus when another account has this address or this identifiant. agent: whose they are, None for a new one."""
    id_ = agent.id if agent else 0
    refuser_adresse_prise(textes['courriel'], id_)
    autre = textes['identifiant'] and Agent.get_or_none(Agent.identifiant == textes['identifiant'], Agent.id != id_)
    if autre:
        raise Refus(f'Le compte de {autre.nom_complet} a déjà cet identifiant\u00a0: indiquez-en un autre.',
                    champ='identifiant')
    _controler_lecteur(textes, agent)


def _controler_lecteur(textes, agent):
    """An account is a lecteur's from its first day to its last one: what an agent held would stay in the teams."""
    avant, au = agent.lecteur_au or '' if agent else '', textes['lecteur_au']
    if agent and bool(au) != bool(avant):
        raise Refus('Un lecteur a toujours un dernier jour\u00a0: indiquez-le.' if avant else
                    'Un compte d\'agent ne devient pas celui d\'un lecteur\u00a0: créez-en un autre, à une autre '
                    'adresse.', champ='lecteur_au')
    if au and any(textes[droit] for droit in DROITS_DONNES):
        raise Refus('Un lecteur ne fait que lire\u00a0: ni administrateur, ni pilote. Décochez, ou videz cette date.',
                    champ='lecteur_au')
    if au and not avant and not accord_des_lecteurs():
        raise Refus(SANS_ACCORD, champ='lecteur_au')
    if au != avant and au < aujourdhui():
        raise Refus('Ce jour est déjà passé\u00a0: pour arrêter tout de suite, fermez le compte.', champ='lecteur_au')


def clore_lecteur(agent, par):
    """Close a lecteur's account at once: it holds nothing that anybody should take over."""
    if not agent.lecteur_au:
        raise Refus(f'{agent.nom_complet} est un agent\u00a0: préparez son départ.', 409)
    fermer(agent, par)


def modifier(agent, textes, par):
    """Write what differs.

    A direction is not left with what one holds there: then all but it is written, and its id given back for the
    departure to be prepared; else None.
    """
    avant = en_textes(agent)
    controler(textes, agent)
    changes = {nom: texte for nom, texte in textes.items() if texte != avant[nom]}
    if 'administrateur' in changes:
        _changer_d_administrateur(agent, changes['administrateur'], par)
    vers = changes.pop('direction', None)
    _ecrire_compte(agent, changes)
    tient = vers and agent.actif and any(ce_que_tient(Agent.get_by_id(agent.id)))
    if vers and not tient:
        changes |= {'direction': vers}
        _ecrire_compte(agent, {'direction': vers})
    if changes:
        auditer_pour('compte modifié', agent, par, ', '.join(_dire_champ(nom, avant, changes) for nom in changes))
    if 'courriel' in changes:
        _eteindre_les_liens(agent, par)
        if par.id != agent.id and agent.ouvert_le:
            poster('adresse_changee', 'agent', avant['courriel'], agent=agent, par=par.nom_complet)
    return int(vers) if tient else None


def _ecrire_compte(agent, textes):
    """Elsewhere, one is not proposed first any more as the expert of one's direction."""
    if textes:
        ailleurs = {'expert': False} if 'direction' in textes else {}
        Agent.update(**en_colonnes(textes), **ailleurs).where(Agent.id == agent.id).execute()


def _changer_d_administrateur(agent, donne, par):
    """Given, it is by another in their own name or not; never to oneself, by a delegation that may end."""
    if not donne:
        exiger_un_autre_administrateur(agent)
    elif par.id == agent.id:
        raise Refus('Vous administrez ici par délégation\u00a0: un administrateur peut vous donner ce droit, pas vous.',
                    champ='administrateur')
    dire_les_droits(agent, bool(donne), par)


def _dire_champ(nom, avant, changes):
    """What the audit says: which field; a right, given or taken away; an address, the one before (it names the account
    in what was written until then).
    """
    if nom in DROITS_DONNES:
        return f'{nom} {"donné" if changes[nom] else "retiré"}'
    if nom == 'lecteur_au':
        return f'lecteur jusqu\'au {dire_jour(changes[nom], True)}'
    return f'courriel (avant\u00a0: {avant[nom]})' if nom == 'courriel' else NOMS.get(nom, nom)


def _eteindre_les_liens(agent, par):
    """What was sent to the former address opens nothing; who never came in is invited at the new one."""
    Lien.delete().where(Lien.agent == agent, Lien.utilise_le.is_null()).execute()
    agent = Agent.get_by_id(agent.id)
    if agent.actif and not agent.ouvert_le:
        envoyer_invitation(agent, par)


def lever_second_facteur(agent, par):
    """For another who lost their telephone: they are told by mail."""
    if par.id == agent.id:
        raise Refus('Votre propre second facteur se retire depuis «\u00a0Sécurité\u00a0».', 409)
    if not agent.second_facteur:
        raise Refus(f'Le compte de {agent.nom_complet} n\'a pas de second facteur\u00a0: il n\'y a rien à lever.', 409)
    retirer_second_facteur(agent, par)
