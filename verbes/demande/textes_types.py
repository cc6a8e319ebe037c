"""The texts that an agent keeps to write to collectivités, theirs alone or shared with their structure (regles.md
§12).

A text is filled for one demande before it is read over and sent: nothing leaves from here. It goes with who wrote it:
a departure leaves what was shared to the structure, an export takes them all.
"""
import re

from models import Refus, TexteType
from langue import dire_telephone, maintenant, normaliser

REPERE = re.compile(r'\{(\w+)\}')
# What a text may say of a demande, of who writes.
REPERES = {
    'numero':       'Numéro de la demande',
    'collectivite': 'Collectivité',
    'fiche':        'Fiche d\'accompagnement',
    'personne':     'Personne à qui l\'on écrit',
    'agent':        'Votre nom',
    'structure':    'Votre structure',
    'telephone':    'Votre téléphone, tel que vous le communiquez',
}


def lisibles_par(agent):
    """Those of an agent, then those that their structure shares, by title."""
    personnels = TexteType.agent == agent.id
    partages = TexteType.structure == agent.direction.structure_id
    textes = list(TexteType.select().where(personnels | partages))
    return sorted(textes, key=lambda t: (t.agent_id != agent.id, normaliser(t.titre), t.id))


def ecrire(texte, valeurs, agent):
    """Keep a text (None: a new one). valeurs: titre, texte, partage (« oui »: with the structure); Refus."""
    inconnus = sorted(set(REPERE.findall(valeurs['texte'])) - REPERES.keys())
    if inconnus:
        raise Refus(f'«\u00a0{{{inconnus[0]}}}\u00a0» n\'est pas un repère\u00a0: écrivez '
                    f'{", ".join(f"{{{nom}}}" for nom in REPERES)}.', champ='texte')
    colonnes = {'titre': valeurs['titre'], 'texte': valeurs['texte'], 'modifie_le': maintenant(),
                'structure': agent.direction.structure_id if valeurs['partage'] else None}
    if texte is None:
        return TexteType.create(agent=agent, **colonnes)
    exiger_le_sien(texte, agent)
    TexteType.update(**colonnes).where(TexteType.id == texte.id).execute()
    return texte


def retirer(texte, agent):
    exiger_le_sien(texte, agent)
    texte.delete_instance()


def exiger_le_sien(texte, agent):
    if texte.agent_id != agent.id:
        raise Refus('Seul son auteur change ce texte\u00a0: copiez-le dans un des vôtres.', 403)


def remplir(texte, demande, agent):
    """A text, its repères filled for a demande, as its author reads it over before sending."""
    dits = {
        'numero': str(demande.numero), 'collectivite': demande.collectivite, 'fiche': demande.titre,
        'personne': demande.a_rappeler, 'agent': agent.nom_complet, 'structure': agent.direction.structure.nom,
        'telephone': dire_telephone(agent.telephone_communique)}
    return REPERE.sub(lambda m: dits.get(m[1], m[0]), texte)
