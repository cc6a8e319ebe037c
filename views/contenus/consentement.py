"""What the page of a projet exemplaire says of its consent and of the structures that it names."""
from models import Demande
from langue import dire_jour
from verbes.contenus import contenus, projets, relectures
from verbes.questions import demandes_lisibles
from views import espacer, request


def presenter_projet(contenu):
    """Plain values for publication/projet.html; None of another kind."""
    if contenu.genre != 'projet':
        return None
    agent, peut_ecrire = request.agent, contenus.peut_ecrire(contenu, request.agent)
    lectures = relectures.lectures_de(contenu)
    ouvert = contenu.etat in relectures.OUVERTS
    return {
        'adresse': f'/espace/redaction/projets/{contenu.id}', 'ecrit': peut_ecrire, 'ouvert': ouvert,
        'manques': relectures.manques(contenu) if contenu.etat != 'publie' else [],
        'avertissements': projets.avertissements(contenu) if peut_ecrire else [],
        'documents': projets.documents_d_accord(contenu) if peut_ecrire else [],
        'accord': _dire_accord(contenu), 'noter': _bouton(contenu) if projets.note_l_accord(contenu, agent) else '',
        'retirable': agent.administre and projets.a_un_accord(contenu),
        'structures': [_dire_lecture(lecture, ouvert) for lecture in lectures],
        'a_relire': ouvert and any(relectures.peut_repondre(x.structure_id, agent) for x in lectures if not x.lu_le),
        'demande': demandes_lisibles(agent).select(Demande.numero).where(
            Demande.numero == contenu.demande_id).scalar()}


def _bouton(contenu):
    if contenu.accord_retire_le:
        return 'Noter un nouvel accord'
    return 'Changer l\'accord' if contenu.accord_le else 'Noter l\'accord'


def _dire_accord(contenu):
    """(tone, words)."""
    if contenu.accord_retire_le:
        return 'erreur', f'Retiré le {dire_jour(contenu.accord_retire_le)}'
    if contenu.accord_le:
        return 'succes', f'Donné par {contenu.accord_par} le {dire_jour(contenu.accord_le)}'
    return 'attention', 'Pas encore noté'


def _dire_lecture(lecture, ouvert):
    """{nom, ton, mot, par, correction} of what a structure has said, demande_a: of whom it is asked."""
    if lecture.lu_le and lecture.correction:
        ton, mot = 'erreur', 'Correction demandée'
    elif lecture.lu_le:
        ton, mot = 'succes', 'Rien à corriger'
    else:
        ton, mot = 'attention', 'À relire'
    attendue = ouvert and not lecture.lu_le
    prie = relectures.dire_prie(lecture.structure_id, lecture.contenu.demande_id) if attendue else ''
    par = lecture.lu_le and lecture.lu_par_id and (
        f'relu par {lecture.lu_par.nom_complet}, le {dire_jour(lecture.lu_le)}')
    return {'id': lecture.structure_id, 'nom': lecture.structure.nom, 'ton': ton, 'mot': mot, 'par': par or '',
            'demande_a': prie, 'correction': espacer(lecture.correction), 'avant': not lecture.lu_le}
