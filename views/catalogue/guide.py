"""The editions of the printed guide: what an administrateur says before it is printed, the PDF that was, kept; the
public page of each, outside the search.
"""
import langue
from models import Document
from verbes import valeurs
from verbes.catalogue import guide
from views import aller, annoncer, app, page, request
from views.champs import PIECES, Champ, fichiers
from views.exports import telecharger
from views.tenue import Tenue, a_jour, forme, formulaire, lire, tenir

ADMIN, ANNEE = '/espace/admin/guide', '<annee:re:[12][0-9]{3}>'
annoncer(ADMIN, guide_garde='L\'édition est gardée, et publique.', guide_retire='L\'édition est retirée.')
FICHIER = PIECES._replace(libelle='Le PDF imprimé', requis=True, aide='Tel qu\'il est parti chez l\'imprimeur\u00a0: '
                          'il est gardé à l\'octet près. 10\u00a0Mo au plus.')


def _champ(cle):
    sorte = valeurs.REGLAGES[cle]
    long = cle != 'guide_editeur'
    return Champ(cle, sorte.libelle, 'long' if long else 'texte', aide=sorte.aide, max=2000 if long else 200)


def _tenue():
    cles, choisies = (*guide.MENTIONS, guide.EDITO), request.contexte['reglages']
    return Tenue('reglages/guide', '', [_champ(cle) for cle in cles], {cle: choisies[cle] for cle in cles}, par_cle=str)


def _tenue_de_l_edition():
    annee = Champ('annee', 'Année de l\'édition', requis=True, max=4, classe='court')
    proposee = guide.annees()[langue.aujourdhui()[5:] >= '09-01']
    return Tenue('guide:', '', (annee, FICHIER), {}, proposees={'annee': proposee})


def montrer_guide(nom, *revenue):
    tenues = {'mentions': _tenue(), 'edition': _tenue_de_l_edition()}
    formes = {un: forme(tenue, *(revenue if nom == un else ())) for un, tenue in tenues.items()}
    return page('catalogue/guide/admin.html', *revenue[:1], formes=formes, revenu=formes[nom],
                empreinte=guide.vue(), editions=guide.editions())


formulaire(ADMIN, 'administrateur', tuple, _tenue, lambda *revenue: montrer_guide('mentions', *revenue),
           lambda lues: guide.ecrire(a_jour(_tenue(), lues), request.agent), f'{ADMIN}?fait=enregistre')


@app.get(f'{ADMIN}/edition', qui='administrateur')
def revenir_au_guide():
    aller(ADMIN)


@app.post(f'{ADMIN}/edition', qui='administrateur', fichiers=True)
def garder():
    tenue = _tenue_de_l_edition()
    saisies, fautes = lire(tenue.champs)
    joints = [(nom, octets) for nom, octets in fichiers('pieces') if nom]
    _, fautes, code = tenir(tenue, saisies, fautes, guide.garder, saisies['annee'], request.agent, joints,
                            request.saisies.get('lue', ''))
    return montrer_guide('edition', code, saisies, fautes) if fautes else aller(f'{ADMIN}?fait=guide_garde')


@app.post(f'{ADMIN}/{ANNEE}/retirer', qui='administrateur')
def retirer_edition(annee):
    guide.retirer(annee, request.agent)
    aller(f'{ADMIN}?fait=guide_retire')


# ---- The public ----

@app.get(f'/guide/{ANNEE}', qui='public')
def montrer_edition(annee):
    edition = guide.edition(annee)
    themes = guide.fiches_de(edition)
    return page('catalogue/guide/edition.html', edition=edition, annee=annee, themes=themes,
                nombre=sum(len(fiches) for _, fiches in themes))


@app.get(f'/guide/{ANNEE}.pdf', qui='public')
def telecharger_edition(annee):
    reponse = telecharger(Document.get_by_id(guide.edition(annee).id))
    reponse.set_header('X-Robots-Tag', 'noindex')
    return reponse
