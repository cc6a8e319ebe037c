"""The evaluation of an accompaniment: the two questions, by the link of the mairie; what the administrateurs quote."""
from bottle import request

import models
from models import Fiche
from verbes.demande import clotures
from verbes.pilotage import evaluation
from views import aller, annoncer, app, essayer, page, parametre
from views.champs import Champ, lire
from views.entrees import NUMERO, SUIVI, lire_numero
from views.lectures import connue
from views.limites import limiter
from views.tenue import Tenue, formulaire, page_tenue

# ---- The two questions (regles.md §11) ----

CHAMPS = (
    Champ('aide', evaluation.QUESTION, 'radio', True,
          choix=tuple((code, dit.capitalize()) for code, dit in evaluation.AIDES.items())),
    Champ('permis', evaluation.SUITE, 'radio', True, 'La réponse qui compte le plus pour vous.',
          tuple((code, dit[0].upper() + dit[1:]) for code, dit in evaluation.PERMIS.items()), classe='en-colonne'),
    Champ('texte', 'Ce que vous voulez en dire', 'long', max=evaluation.TEXTE_MAX,
          aide='Lu par l\'expert, son chef de file et l\'administrateur\u00a0; ne nommez personne. '
               '1\u00a0000 caractères au plus.'),
    Champ('citable', 'Ce texte peut être cité, sans nom', 'case'),
)
LIBELLES = {'aide': 'Première question', 'permis': 'Seconde question', 'texte': 'Ce que vous voulez en dire'}


@app.get(f'{SUIVI}/evaluation', qui='demandeur')
def demander(jeton):
    """Where the closing mail leads: looking at it answers nothing."""
    pourquoi = evaluation.fermee(request.demande, evaluation.lire(request.demande))
    if pourquoi in ('pas_posee', 'a_confirmer'):
        aller(f'/suivi/{jeton}')
    return _page(request.demande)


@app.post(f'{SUIVI}/evaluation', qui='demandeur')
def donner(jeton):
    valeurs, fautes = lire(CHAMPS)
    if evaluation.fermee(request.demande, evaluation.lire(request.demande)):    # it comes before any field
        fautes = {}
    _, fautes, code = essayer(fautes, _repondre, request.demande, valeurs)
    return _page(request.demande, code, valeurs, fautes) if fautes else aller(f'/suivi/{jeton}?fait=evaluation')


def _repondre(demande, valeurs):
    limiter('evaluation', demande.numero, 10, 3600,
            'Cet avis a été envoyé plusieurs fois en une heure\u00a0: réessayez {attente}, ou téléphonez.')
    evaluation.repondre(demande, valeurs['aide'], valeurs['permis'], valeurs['texte'], bool(valeurs['citable']))


def _page(demande, status=200, valeurs=None, fautes=None):
    """The questions; once they take no answer, why, what was answered, and what was just typed, to be copied."""
    posee = evaluation.lire(demande)
    if demande.fiche_id:
        models.lier(demande, 'fiche', connue(Fiche, demande.fiche_id))
    pourquoi = evaluation.fermee(demande, posee)
    return page(
        'pilotage/evaluation/questions.html', status, demande=demande, posee=posee, pourquoi=pourquoi,
        phrase=evaluation.FERMEES.get(pourquoi, ''), champs=CHAMPS, valeurs=valeurs or {}, fautes=fautes or {},
        libelles=LIBELLES, fin=clotures.dire_fin(demande),
        dites=evaluation.dire(posee) if pourquoi == 'recue' else ())


# ---- The verbatims: what an administrateur keeps to be quoted ----

VERBATIMS = '/espace/pilotage/verbatims'
annoncer(VERBATIMS, citation='C\'est enregistré.')
PAR_PAGE = 20
CITATION = Champ('citation', 'Ce qui sera cité', 'long', True, max=evaluation.TEXTE_MAX,
                 aide='Sans nom de personne ni de lieu, ni rien qui dirait qui parle.',
                 vide='écrivez ce qui sera cité')
VUES = {'a_lire': 'À lire', 'gardees': 'Gardés'}


@app.get(VERBATIMS, qui='agent')
def verbatims():
    """To choose from, for who administers; to the other contributeurs, what is kept, as it may be quoted."""
    if not request.agent.administre:
        return page('pilotage/evaluation/citations.html', citations=evaluation.citations_gardees())
    vue = parametre('vue') if parametre('vue') in VUES else 'a_lire'
    nombres = evaluation.combien_citables()
    pages = max(1, -(-nombres[vue] // PAR_PAGE))
    courante = min(lire_numero(parametre('page')) or 1, pages)
    return page(
        'pilotage/evaluation/verbatims.html', vue=vue, pages=pages, courante=courante,
        textes=evaluation.citables(vue, PAR_PAGE, PAR_PAGE * (courante - 1)),
        vues=[(cle, libelle, nombres[cle]) for cle, libelle in VUES.items()])


UN = f'{VERBATIMS}/<numero:re:{NUMERO}>'


def _tenue(texte):
    """What is quoted of a text; first, the text as it is, for its names to be taken away."""
    return Tenue(f'evaluation:{texte.demande_id}', 'Ce texte', (CITATION,), {'citation': texte.citation or texte.texte},
                 {'gardee_le': texte.gardee_le})


def _verbatim(texte, *revenue):
    """A text beside what is quoted of it."""
    demande = texte.demande
    return page_tenue(
        'pilotage/evaluation/verbatim.html', _tenue(texte), *revenue, texte=texte, numero=demande.numero,
        de=f'{demande.titre}, {demande.collectivite}', dites=evaluation.dire(texte),
        sans_nom=evaluation.sans_nom(demande.type))


def _lire_citation(champs, _):
    lues, fautes = lire(champs)
    return lues, {} if request.saisies.get('retirer') else fautes


def _choisir_citation(texte, lues):
    if request.saisies.get('retirer'):
        evaluation.retirer(texte, request.agent)
    else:
        evaluation.garder(texte, lues['citation'], request.agent)


formulaire(UN, 'administrateur', lambda numero: (evaluation.citable(int(numero)),), _tenue, _verbatim,
           _choisir_citation,
           lambda _, texte: f'{VERBATIMS}?fait=citation' + ('&vue=gardees' if texte.gardee_le else ''), _lire_citation)
