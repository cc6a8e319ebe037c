"""A projet exemplaire, from the demande to what the collectivité and the structures say of it."""
from models import Contenu, Demande, Document, Refus
from langue import aujourdhui
from verbes import contenus, projets, relectures
from verbes.journal import empreinte
from views import aller, annoncer, app, espacer, essayer, page, presentoir, reprise, request, tenter
from views.champs import PIECES, Champ, fichiers, lire
from views.consentement import presenter_projet
from views.entrees import ID, NUMERO, lire_numero, trouver

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


# ======================================================================================
# From a demande
# ======================================================================================

@app.post(f'/espace/redaction/projets/depuis/<numero:re:{NUMERO}>', qui='agent')
def rediger(numero):
    """A draft; of a demande that has its projet already, this one."""
    demande = Demande.visibles_par(request.agent).where(Demande.numero == int(numero)).first()
    if demande is None:
        raise Refus('Cette demande n\'existe pas, ou n\'est pas de celles que vous lisez.', 404)
    existant = projets.projet_de(demande)
    if existant:
        _retour(existant, 'deja_projet')
    numero, refus = tenter(projets.rediger_depuis, demande, request.agent)
    if refus:
        raise refus
    aller(f'/espace/redaction/contenus/{numero}?fait=projet')


# ======================================================================================
# The consent of the collectivité
# ======================================================================================

def _a_ecrire(id):
    contenu = _projet(id)
    if not contenus.peut_ecrire(contenu, request.agent):
        raise Refus('L\'accord de la collectivité est tenu par l\'auteur du projet et les administrateurs.', 403)
    return contenu


def _page_de_l_accord(contenu, status=200, valeurs=None, fautes=None, conflit=''):
    documents = projets.documents_d_accord(contenu)
    valeurs = valeurs or reprise() or ({} if contenu.accord_retire_le else {
        'accord_par': contenu.accord_par, 'accord_le': contenu.accord_le or ''})
    preuve = PREUVE._replace(requis=projets.document_attendu(contenu))
    return page('projets/accord.html', status, contenu=contenu, collectivite=relectures.collectivite(contenu),
                champs=(PAR, LE), note=projets.note_l_accord(contenu, request.agent),
                preuve=preuve, documents=documents, valeurs=valeurs, fautes=fautes or {},
                conflit=conflit, vue=empreinte(projets.accord_lu(contenu)),
                repris=bool(reprise()) and status == 200,
                libelles={c.nom: c.libelle for c in (PAR, LE, preuve)})


@app.get(f'{UN}/accord', qui='agent')
def accord(id):
    return _page_de_l_accord(_a_ecrire(id))


@app.post(f'{UN}/accord', qui='agent', fichiers=True)
def noter_accord(id):
    contenu = _a_ecrire(id)
    lues, fautes = lire((PAR, LE))
    joints = [(nom, octets) for nom, octets in fichiers('pieces') if nom]
    if fautes and not joints and projets.document_attendu(contenu):
        fautes['pieces'] = projets.DOCUMENT_ATTENDU
    _, fautes, code = essayer(fautes, projets.noter_accord, contenu, request.agent, request.saisies.get('vue', ''),
                              lues['accord_par'], lues['accord_le'], joints)
    if not fautes:
        _retour(contenu, 'accord')
    return _revenir(_page_de_l_accord, contenu, code, fautes)


def _revenir(montrer, contenu, code, fautes):
    """The page of a form again, with what was typed: its faults (422), or what changed meanwhile (409)."""
    if code not in (409, 422):
        raise Refus(*fautes.values(), code)
    fautes = {champ: espacer(phrase) for champ, phrase in fautes.items()}
    conflit = fautes.popitem()[1] if code == 409 else ''
    return montrer(contenu, code, request.saisies, fautes, conflit)


@app.post(f'/espace/redaction/accords/{ID}/retirer', qui='agent')
def oter(id):
    document = Document.select(Document.id, Document.genre, Document.objet, Document.nom).where(
        Document.id == int(id), Document.genre == 'accord', Document.retire_le.is_null()).first()
    if document is None:
        raise Refus('Ce document est déjà retiré. Revenez au projet.', 404)
    contenu = _a_ecrire(document.objet)
    _, fautes, code = essayer({}, projets.oter_document, document, request.agent)
    if fautes:
        return _page_de_l_accord(contenu, code, None, {}, *fautes.values())
    aller(f'/espace/redaction/projets/{contenu.id}/accord?fait=enregistre')


def _page_du_retrait(contenu, status=200, valeurs=None, fautes=None, conflit=''):
    return page('projets/retrait.html', status, contenu=contenu, champs=RETRAIT, fautes=fautes or {}, conflit=conflit,
                valeurs=valeurs or reprise() or {'le': aujourdhui()}, possible=projets.a_un_accord(contenu),
                libelles={c.nom: c.libelle for c in RETRAIT})


@app.get(f'{UN}/retrait', qui='administrateur')
def retrait(id):
    return _page_du_retrait(_projet(id))


@app.post(f'{UN}/retrait', qui='administrateur')
def retirer(id):
    contenu = _projet(id)
    lues, fautes = lire(RETRAIT)
    _, fautes, code = essayer(fautes, projets.retirer_accord, contenu, request.agent, lues['le'], lues['motif'])
    if not fautes:
        _retour(contenu, 'accord_retire')
    return _revenir(_page_du_retrait, contenu, code, fautes)


# ======================================================================================
# What the structures say
# ======================================================================================

def _page_de_lecture(contenu, status=200, valeurs=None, fautes=None, conflit=''):
    lues = relectures.lectures_de(contenu) if contenu.etat in relectures.OUVERTS else []
    siennes = [x.structure for x in lues if relectures.peut_repondre(x.structure_id, request.agent)]
    attendues = [x.structure_id for x in lues if not x.lu_le and relectures.lit_pour(x.structure_id, request.agent)]
    champ = Champ('structure', 'Pour quelle structure', 'choix', True,
                  choix=tuple((str(s.id), s.nom) for s in siennes))
    valeurs = valeurs or reprise() or {'structure': str(next(iter(attendues), ''))}
    return page('projets/lecture.html', status, contenu=contenu, lu=presentoir.presenter(contenu), champ=champ,
                correction=CORRECTION, valeurs=valeurs, fautes=fautes or {}, conflit=conflit,
                vue=empreinte(relectures.texte_lu(contenu)), siennes=siennes,
                projet=presenter_projet(contenu), libelles={c.nom: c.libelle for c in (champ, CORRECTION)})


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
    lues, fautes = lire((CORRECTION,))
    structure = lire_numero(saisies.get('structure', '')) or 0
    correction = lues['correction'] if saisies.get('reponse') != 'rien' else None
    fautes = {} if correction is None else fautes
    _, fautes, code = essayer(fautes, relectures.repondre, contenu, structure, request.agent,
                              saisies.get('vue', ''), correction)
    if not fautes:
        aller(f'/espace/redaction/projets/{contenu.id}/lecture?fait=relu')
    return _revenir(_page_de_lecture, contenu, code, fautes)
