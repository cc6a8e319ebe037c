"""What a projet exemplaire needs before it is published: the consent of its collectivité, and that each structure it
names has read it (regles.md §7).

A structure reads it, and says: nothing to correct, or a correction that it asks for. Its pilotes answer for it, or
everyone of it when it has none; an administrateur too, whom it told by telephone. One of them, by name, is asked. Who
changes the words makes the others read them again.
"""
import re

from models import (
    CONTRIBUE, SITE, ContenuStructure, Direction, Document, Refus, administrateurs, db, gardee, lire_agents,
    relire)
from langue import dire_jour, enumerer, maintenant

from verbes.courriels import dire_au_matin, poster, prevenir
from verbes.journal import auditer
from verbes.questions import agissent_pour, presence

TEXTES = ('titre', 'resume', 'corps', 'cout', 'collectivite', 'annee')
LUS = (*TEXTES, 'images', 'fichiers')                                           # what a reading is of
OUVERTS = ('a_valider', 'publie')                                   # the states in which a projet is read


# ---- Who answers, who has answered ----

@gardee
def lecteurs(structure_id):
    """The agents who answer for a structure: its pilotes, else all of it; those who have opened their account."""
    siens = lire_agents(
        f'WHERE structure_id = ? AND {CONTRIBUE} AND ouvert_le IS NOT NULL ORDER BY agent.id', structure_id)
    return [agent for agent in siens if agent.pilote] or siens


def lit_pour(structure_id, agent):
    """Does this agent, or who they act for, answer for a structure?"""
    return any(lecteur.id in agent.identites for lecteur in lecteurs(structure_id))


def peut_repondre(structure_id, agent):
    return agent.administre or lit_pour(structure_id, agent)


def lectures_de(contenu):
    """The ContenuStructures of a projet, by name of the structure."""
    lues = ContenuStructure.select().where(ContenuStructure.contenu == contenu.id)
    return sorted(lues, key=lambda lecture: lecture.structure.nom)


ROLES = ('referent', 'chef_de_file', 'associe')


def prie_de_relire(structure_id, demande_id):
    """The one Agent who is asked to read for a structure; None when nobody there has opened an account.

    Of those who answer for it: who is there or replaced, who was in the team of the demande, who is of a direction that
    was in it, whom the convention names.
    """
    membres = db.execute_sql('SELECT agent_id, role, direction_id FROM membre WHERE demande_id = ?', (demande_id,))
    places = [(agent_id, ROLES.index(role), direction_id) for agent_id, role, direction_id in membres]

    def rang(agent):
        siens = [role for agent_id, role, _ in places if agent_id == agent.id]
        return (agent.id not in presence().joignables, min(siens, default=len(ROLES)),
                agent.direction_id not in {direction_id for *_, direction_id in places},
                agent.nom_complet != agent.direction.structure.convention_referent, agent.id)
    return min(lecteurs(structure_id), key=rang, default=None)


def dire_prie(structure_id, demande_id):
    """« Andrea Modele, que remplace Sacha Essai »."""
    prie = prie_de_relire(structure_id, demande_id)
    par = prie and agissent_pour().get(prie.id)
    suppleant = f', que remplace {lire_agents("WHERE agent.id = ?", par)[0].nom_complet}' if par else ''
    return f'{prie.nom_complet}{suppleant}' if prie else ''


def a_relire(agent):
    """The ids of the projets that this agent is asked to read, or who they act for."""
    return {contenu_id for contenu_id, structure_id, demande_id in _attendues()
            if (prie := prie_de_relire(structure_id, demande_id)) and prie.id in agent.identites}


def a_relire_par_les_siens(agent):
    """The ids of the projets that wait for the answer of this agent's structure, or of who they act for."""
    attendues = _attendues()
    siennes = {structure_id for structure_id in {s for _, s, _ in attendues} if lit_pour(structure_id, agent)}
    return {contenu_id for contenu_id, structure_id, _ in attendues if structure_id in siennes}


@gardee
def _attendues():
    """[(projet, structure, its demande)] of the answers that are waited for."""
    return db.execute_sql(
        """SELECT contenu_id, contenu_structure.structure_id, demande_id FROM contenu_structure
           JOIN contenu ON contenu.id = contenu_id
           WHERE lu_le IS NULL AND genre = 'projet' AND etat IN ('a_valider', 'publie')""").fetchall()


# ---- What is missing ----

VIDE = re.compile(r'^## (.+)\n\s*(?=## |\Z)', re.M)                # a heading that has nothing under it


def manques(contenu):
    """What a projet still lacks before it is published, in sentences."""
    phrases = [] if contenu.collectivite_id else ['Choisissez la collectivité dont c\'est le projet.']
    phrases += filter(None, [titre_vide(contenu)])
    if contenu.accord_retire_le:
        phrases.append(f'La collectivité a retiré son accord le {dire_jour(contenu.accord_retire_le, True)}\u00a0: il '
                       'en faut un nouveau.')
    elif not (contenu.accord_par and contenu.accord_le and accord_joint(contenu)):
        phrases.append('Notez l\'accord de la collectivité\u00a0: par qui, quel jour, et son document.')
    return phrases + _lectures_attendues(contenu)


def titre_vide(contenu):
    """What to write under the first heading that has nothing under it, '' when each has something."""
    vide = VIDE.search(f'{contenu.corps}\n')
    return f'Écrivez ce qui vient sous «\u00a0{vide[1].strip()}\u00a0», ou retirez ce titre.' if vide else ''


def accord_joint(contenu):
    return Document.select().where(
        Document.genre == 'accord', Document.objet == str(contenu.id), Document.retire_le.is_null()).exists()


def _lectures_attendues(contenu):
    lectures = lectures_de(contenu)
    if not lectures:
        return ['Nommez les structures qui ont accompagné la collectivité\u00a0: chacune le relit.']
    lots = (([x for x in lectures if not x.lu_le], ' doit encore le relire.', ' doivent encore le relire.'),
            ([x for x in lectures if x.lu_le and x.correction],
             ' demande une correction\u00a0: changez le texte, ou recueillez son accord.',
             ' demandent une correction\u00a0: changez le texte, ou recueillez leur accord.'))
    return [enumerer(x.structure.nom for x in lot) + (une if len(lot) == 1 else plusieurs)
            for lot, une, plusieurs in lots if lot]


# ---- Asking, answering ----

def texte_lu(contenu):
    """What is read to answer: the words, the images and the files."""
    return {nom: contenu.__data__[nom] for nom in TEXTES} | {'joints': joints_lus(contenu)}


def joints_lus(contenu):
    """What everyone will read of the images and the files of a content, besides their bytes."""
    return list(Document.select(Document.id, Document.titre, Document.legende, Document.credit, Document.moment,
                                Document.accessible, Document.a_qui)
                .where(Document.genre.in_(('image', 'contenu')), Document.objet == str(contenu.id),
                       Document.retire_le.is_null()).order_by(Document.id).tuples())


def demander(contenu, agent):
    """A projet is proposed by this agent, whose structure has read it thereby: the others are asked to."""
    _compter_la_sienne(contenu, agent)
    _prevenir(contenu, agent, [x for x in lectures_de(contenu) if not x.lu_le])


def suivre(contenu, agent, changes, nommees=None):
    """A projet has been written anew: of what was read, the readings fall, but that of who wrote it.

    changes: names of the fields, « images » or « fichiers »; nommees: the ids of the structures that it named before,
    if they may have changed.
    """
    tombees = []
    if set(changes) & set(LUS):
        sienne = agent.direction.structure_id
        tombees = [x for x in lectures_de(contenu) if x.lu_le and (x.structure_id != sienne or x.correction)]
        for lecture in tombees:
            _ecrire_lecture(lecture, lu_le=None, lu_par=None)
    if contenu.etat in OUVERTS:
        _compter_la_sienne(contenu, agent)
        prevenues = {x.structure_id for x in tombees}
        _prevenir(contenu, agent, [x for x in lectures_de(contenu) if not x.lu_le and (
            x.structure_id in prevenues or nommees is not None and x.structure_id not in nommees)], change=prevenues)


def repondre(contenu, structure_id, agent, correction=None):
    """What a structure says of a projet: nothing to correct (None), or what it asks to have corrected."""
    contenu = relire(contenu)
    lecture = ContenuStructure.get_or_none(
        ContenuStructure.contenu == contenu.id, ContenuStructure.structure == structure_id)
    if lecture is None or contenu.etat not in OUVERTS:
        raise Refus('Ce projet n\'attend pas de réponse de cette structure\u00a0: rien n\'est enregistré.', 409)
    if not peut_repondre(structure_id, agent):
        raise Refus('Seuls les pilotes de cette structure, ou un administrateur, répondent pour elle.', 403)
    if correction is not None and not correction.strip():
        raise Refus('Écrivez ce qui est à corriger, et ce qu\'il faudrait lire.', champ='correction')
    _ecrire_lecture(lecture, lu_le=maintenant(), lu_par=agent, correction=correction or '')
    if correction:
        auditer('correction demandée', agent, f'{contenu.id}, {lecture.structure.nom}', objet=f'contenu:{contenu.id}')
        _dire_aux_auteurs('projet_correction', contenu, agent, structure=lecture.structure.nom, correction=correction)
    else:
        auditer('projet relu', agent, f'{contenu.id}, {lecture.structure.nom}', objet=f'contenu:{contenu.id}')
        if contenu.etat == 'a_valider' and not _lectures_attendues(contenu):
            dire_au_matin(_auteurs(contenu), f'projet {contenu.id} relu', sauf=agent, phrase=(
                f'projet «\u00a0{contenu.titre}\u00a0» relu par toutes les structures\u00a0: {adresse(contenu)}'))


def _ecrire_lecture(lecture, **valeurs):
    ContenuStructure.update(**valeurs).where(
        ContenuStructure.contenu == lecture.contenu_id, ContenuStructure.structure == lecture.structure_id).execute()


def _compter_la_sienne(contenu, agent):
    """The structure of who writes has read what it proposes, unless one of its own asks for a correction."""
    ContenuStructure.update(lu_le=maintenant(), lu_par=agent).where(
        ContenuStructure.contenu == contenu.id, ContenuStructure.structure == agent.direction.structure_id,
        ContenuStructure.lu_le.is_null(), ContenuStructure.correction == '').execute()


# ---- Mails ----

def _prevenir(contenu, agent, lectures, change=()):
    """Ask one of each structure; when nobody there has opened an account, the mailboxes of its directions."""
    for lecture in lectures:
        fait = ' en a changé le texte depuis que votre structure l\'a lu.' if (
            lecture.structure_id in change or lecture.correction) else ' propose de le publier.'
        valeurs = {'structure': lecture.structure.nom, 'titre': contenu.titre, 'suite': agent.nom_complet + fait,
                   'collectivite': collectivite(contenu),
                   'lien': f'{SITE["url"]}/espace/redaction/projets/{contenu.id}/lecture'}
        prie = prie_de_relire(lecture.structure_id, contenu.demande_id)
        for boite in [] if prie else _boites(lecture.structure_id):
            poster('projet_a_relire', 'direction', boite, **valeurs)
        if prie:
            prevenir(None, 'projet_a_relire', [prie], sauf=agent, **valeurs)


def _boites(structure_id):
    """The mailboxes of the directions of a structure that are open, each once."""
    lues = Direction.select(Direction.courriel).where(
        Direction.structure == structure_id, Direction.fermee_le.is_null(), Direction.courriel != '')
    return sorted({courriel for courriel, in lues.tuples()})


def _dire_aux_auteurs(modele, contenu, agent, **valeurs):
    """To who proposed it and to the administrateurs."""
    prevenir(None, modele, _auteurs(contenu), sauf=agent, par=agent.nom_complet, titre=contenu.titre,
             lien=adresse(contenu), **valeurs)


def _auteurs(contenu):
    return {a.id: a for a in (*auteur(contenu), *administrateurs())}.values()


def auteur(ligne):
    """[the Agent who proposed a content or a change of it], without those who left."""
    return lire_agents('WHERE agent.actif AND agent.id = ?', ligne.agent_id)


def collectivite(contenu):
    return contenu.collectivite.nom if contenu.collectivite_id else ''


def adresse(contenu):
    """Where a content is written, in full."""
    return f'{SITE["url"]}/espace/redaction/contenus/{contenu.id}'
