"""The groupes de travail of the contributeurs: kept by the administrateurs, each led by an animateur, who publishes its
documents (contenus.py). One that is closed keeps its documents; its animateur publishes nothing there any more.
"""
from models import SITE, Agent, Groupe, Refus, lire_agents
from langue import aujourdhui, normaliser, ordre_alphabetique

from verbes.comptes import exiger_contributeur
from verbes.courriels import dire_au_matin
from verbes.journal import auditer


def lister():
    """Every Groupe, the open ones first, by name."""
    return sorted(Groupe.select(), key=lambda g: (bool(g.ferme_le), ordre_alphabetique(g.nom)))


def menes_par(agent):
    """The open ones that this agent leads, or that are led by who they act for."""
    return [g for g in lister() if not g.ferme_le and g.animateur_id in agent.identites]


def ecrire(groupe, valeurs, agent):
    """Create one (groupe None) or change it, from its nom and the id of its animateur, '' for none; returns its id. A
    new animateur is mailed. Refus.
    """
    nom, animateur = valeurs['nom'], valeurs['animateur'] or None
    if any(normaliser(g.nom) == normaliser(nom) for g in lister() if groupe is None or g.id != groupe.id):
        raise Refus('Un groupe de travail porte déjà ce nom\u00a0: prenez-en un autre, ou rouvrez-le.', champ='nom')
    if animateur:
        exiger_contributeur(Agent.get_by_id(int(animateur)), 'animateur')
    inchange = groupe and groupe.animateur_id == (animateur and int(animateur))
    if animateur and not inchange and not lire_agents('WHERE actif AND agent.id = ?', int(animateur)):
        raise Refus('Le compte de cet agent est fermé\u00a0: choisissez un autre animateur.', champ='animateur')
    if groupe is None:
        numero = Groupe.create(nom=nom, animateur=animateur).id
    else:
        numero = groupe.id
        Groupe.update(nom=nom, animateur=animateur).where(Groupe.id == numero).execute()
    auditer('groupe écrit' if groupe else 'groupe créé', agent, nom, objet=f'groupe:{numero}')
    if animateur and not inchange:
        _dire_a_l_animateur(Groupe.get_by_id(numero), agent)
    return numero


def _dire_a_l_animateur(groupe, agent):
    suite = ('il est fermé, vous publierez ses documents quand un administrateur l\'aura rouvert,' if groupe.ferme_le
             else 'vous publiez vous-même ses documents, ordres du jour, comptes rendus et décisions,')
    dire_au_matin(lire_agents('WHERE agent.id = ?', groupe.animateur_id), f'groupe {groupe.id}', sauf=agent, phrase=(
        f'vous animez le groupe «\u00a0{groupe.nom}\u00a0»\u00a0: {suite} '
        f'{SITE["url"]}/espace/documents?groupe={groupe.id}'))


def fermer(groupe, agent):
    """Nobody adds a document to it any more but an administrateur; those it has stay where they are."""
    if groupe.ferme_le:
        raise Refus('Ce groupe est déjà fermé.', 409)
    Groupe.update(ferme_le=aujourdhui()).where(Groupe.id == groupe.id).execute()
    auditer('groupe fermé', agent, groupe.nom, objet=f'groupe:{groupe.id}')


def rouvrir(groupe, agent):
    if not groupe.ferme_le:
        raise Refus('Ce groupe est déjà ouvert.', 409)
    Groupe.update(ferme_le=None).where(Groupe.id == groupe.id).execute()
    auditer('groupe rouvert', agent, groupe.nom, objet=f'groupe:{groupe.id}')
