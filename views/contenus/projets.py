"""A projet exemplaire, from the demande to what the collectivité and the structures say of it."""
from models import Contenu, Demande, Document, Refus
from langue import aujourdhui
from verbes.contenus import contenus, projets, relectures
from verbes.questions import demandes_lisibles
from views import aller, annoncer, app, presentoir, request, tenter
from views.champs import PIECES, Champ, fichiers
from views.entrees import ID, NUMERO, lire_numero, trouver
from views.tenue import Tenue, formulaire, lire, objet, page_tenue, tenir
from .consentement import presenter_projet

UN = f'/espace/redaction/projets/{ID}'
PAR = Champ('accord_par', 'Accord donné par', requis=True, max=120,
            aide='Sa fonction, que le public lit\u00a0: «\u00a0sa maire\u00a0», «\u00a0le conseil municipal\u00a0».')
LE = Champ('accord_le', 'Accord donné le', 'date', True, aide='Jour de la lettre, du courriel ou de la délibération.')
PREUVE = PIECES._replace(libelle='Document de l\'accord',
                         aide='La lettre, le courriel ou la délibération, 10\u00a0Mo au plus. Seuls l\'auteur du '
                              'projet et les administrateurs le lisent.')
CORRECTION = Champ('correction', 'Ce qui est à corriger', 'long', max=2000,
                   aide='Citez la phrase, puis ce qu\'il faudrait lire. L\'auteur et les administrateurs le reçoivent.')
RETRAIT = (
    Champ('le', 'Accord retiré le', 'date', True, aide='Le jour où la collectivité l\'a dit.'),
    Champ('motif', 'Ce qu\'elle a demandé', requis=True, max=200,
          aide='En quelques mots, gardés à l\'audit et lus par l\'auteur\u00a0: «\u00a0courriel de sa maire\u00a0».'),
)
annoncer(
    '/espace/redaction/contenus/',
    projet='Le brouillon du projet est prêt\u00a0: écrivez-le.',
    deja_projet='Cette demande a déjà son projet exemplaire\u00a0: le voici.',
    accord='L\'accord de la collectivité est noté.',
    accord_retire='L\'accord est retiré\u00a0: le projet n\'est plus en ligne.')
annoncer('/espace/redaction/projets/', relu='Votre réponse est enregistrée. Merci.')


def _projet(id):
    """The projet of an address, if this agent may read it; Refus 404, 403."""
    contenu = trouver(Contenu, id, 'Ce projet n\'existe pas. Cherchez-le dans la liste des contenus.',
                      Contenu.genre == 'projet')
    if not contenus.peut_lire(contenu, request.agent):
        raise Refus('Ce projet n\'est lu que de son auteur, des structures qu\'il nomme et des administrateurs.', 403)
    return contenu


def _retour(contenu, fait):
    aller(f'/espace/redaction/contenus/{contenu.id}?fait={fait}')


# ---- From a demande ----

@app.post(f'/espace/redaction/projets/depuis/<numero:re:{NUMERO}>', qui='agent')
def rediger(numero):
    """A draft; of a demande that has its projet already, this one."""
    demande = demandes_lisibles(request.agent).where(Demande.numero == int(numero)).first()
    if demande is None:
        raise Refus('Cette demande n\'existe pas, ou n\'est pas de celles que vous lisez.', 404)
    existant = projets.projet_de(demande)
    if existant:
        _retour(existant, 'deja_projet')
    numero, refus = tenter(projets.rediger_depuis, demande, request.agent)
    if refus:
        raise refus
    aller(f'/espace/redaction/contenus/{numero}?fait=projet')


# ---- The consent of the collectivité ----

def _a_ecrire(id):
    contenu = _projet(id)
    if not contenus.peut_ecrire(contenu, request.agent):
        raise Refus('L\'accord de la collectivité est tenu par l\'auteur du projet et les administrateurs.', 403)
    return contenu


def _tenue_de_l_accord(contenu):
    valeurs = projets.accord_lu(contenu)
    preuve = PREUVE._replace(requis=projets.document_attendu(contenu))
    return Tenue(f'{objet("contenu", contenu)}/accord', 'L\'accord de la collectivité', (PAR, LE, preuve),
                 {} if contenu.accord_retire_le else valeurs, valeurs)


def _page_de_l_accord(contenu, *revenue):
    return page_tenue('contenus/projets/accord.html', _tenue_de_l_accord(contenu), *revenue, contenu=contenu,
                      collectivite=relectures.collectivite(contenu), documents=projets.documents_d_accord(contenu),
                      note=projets.note_l_accord(contenu, request.agent))


@app.get(f'{UN}/accord', qui='agent')
def accord(id):
    return _page_de_l_accord(_a_ecrire(id))


@app.post(f'{UN}/accord', qui='agent', fichiers=True)
def noter_accord(id):
    contenu = _a_ecrire(id)
    tenue = _tenue_de_l_accord(contenu)
    saisies, fautes = lire(tenue.champs)
    joints = [(nom, octets) for nom, octets in fichiers('pieces') if nom]
    if fautes and not joints and projets.document_attendu(contenu):
        fautes['pieces'] = projets.DOCUMENT_ATTENDU
    _, fautes, code = tenir(tenue, saisies, fautes, lambda v: projets.noter_accord(
        contenu, request.agent, v['accord_par'], v['accord_le'], joints), saisies)
    return _page_de_l_accord(_projet(id), code, saisies, fautes) if fautes else _retour(contenu, 'accord')


@app.post(f'/espace/redaction/accords/{ID}/retirer', qui='agent')
def oter(id):
    document = Document.select(Document.id, Document.genre, Document.objet, Document.nom).where(
        Document.id == int(id), Document.genre == 'accord', Document.retire_le.is_null()).first()
    if document is None:
        raise Refus('Ce document est déjà retiré. Revenez au projet.', 404)
    contenu = _a_ecrire(document.objet)
    _, refus = tenter(projets.oter_document, document, request.agent)
    if refus:
        return _page_de_l_accord(contenu, refus.code, {}, {'': refus.phrase})
    aller(f'/espace/redaction/projets/{contenu.id}/accord?fait=enregistre')


def _tenue_du_retrait(contenu):
    """Withdrawn at once, whatever has changed: the collectivité does not wait."""
    return Tenue(f'{objet("contenu", contenu)}/retrait', '', RETRAIT, {}, proposees={'le': aujourdhui()})


def _page_du_retrait(contenu, *revenue):
    return page_tenue('contenus/projets/retrait.html', _tenue_du_retrait(contenu), *revenue, contenu=contenu,
                      possible=projets.a_un_accord(contenu))


formulaire(f'{UN}/retrait', 'administrateur', lambda id: (_projet(id),), _tenue_du_retrait, _page_du_retrait,
           lambda contenu, lues: projets.retirer_accord(contenu, request.agent, lues['le'], lues['motif']),
           lambda _, contenu: f'/espace/redaction/contenus/{contenu.id}?fait=accord_retire')


# ---- What the structures say ----

def _tenue_de_la_lecture(contenu):
    """For which structure, of those that this agent answers for; of what was read."""
    lectures = relectures.lectures_de(contenu) if contenu.etat in relectures.OUVERTS else []
    structures = [x.structure for x in lectures if relectures.peut_repondre(x.structure_id, request.agent)]
    attendues = [x.structure_id for x in lectures if not x.lu_le and relectures.lit_pour(x.structure_id, request.agent)]
    champ = Champ('structure', 'Pour quelle structure', 'choix', True,
                  choix=tuple((str(s.id), s.nom) for s in structures))
    return Tenue(f'{objet("contenu", contenu)}/lecture', 'Ce projet', (champ, CORRECTION),
                 {}, relectures.texte_lu(contenu), {'structure': next(iter(attendues), '')})


def _page_de_lecture(contenu, *revenue):
    return page_tenue('contenus/projets/lecture.html', _tenue_de_la_lecture(contenu), *revenue, contenu=contenu,
                      lu=presentoir.presenter(contenu), projet=presenter_projet(contenu))


@app.get(f'{UN}/lecture', qui='agent')
def lecture(id):
    return _page_de_lecture(_projet(id))


@app.get(f'{UN}/apercu', qui='agent')
def apercu(id):
    """The whole page, as the public will read it."""
    return presentoir.page_de_contenu(_projet(id), apercu=True)


@app.post(f'{UN}/lecture', qui='agent')
def repondre(id):
    contenu, saisies = _projet(id), request.saisies
    tenue = _tenue_de_la_lecture(contenu)
    valeurs, fautes = lire((CORRECTION,))
    structure = lire_numero(saisies.get('structure', '')) or 0
    correction = valeurs['correction'] if saisies.get('reponse') != 'rien' else None
    fautes = {} if correction is None else fautes
    _, fautes, code = tenir(tenue, saisies, fautes, relectures.repondre, contenu, structure, request.agent, correction)
    if fautes:
        return _page_de_lecture(_projet(id), code, saisies, fautes)
    aller(f'/espace/redaction/projets/{contenu.id}/lecture?fait=relu')
