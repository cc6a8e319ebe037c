"""The groupes de travail, for the administrateurs: create, rename, name the animateur, close, reopen."""
from models import Contenu, Groupe
from peewee import fn
from verbes import groupes
from verbes.journal import empreinte
from views import aller, app, choix, essayer, page, request
from views.champs import Champ, lire
from views.entrees import ID, trouver

PAGE = '/espace/documents/groupes'
NOM = Champ('nom', 'Nom du groupe', requis=True, max=100, aide='Par exemple\u00a0: Revitalisation des bourgs-centres.')
ANIMATEUR = Champ('animateur', 'Animateur', 'choix',
                  aide='Il l\'apprend par courriel, et publie lui-même les documents de ce groupe. Sans animateur, un '
                       'administrateur le fait.')
ACTES = {'fermer': groupes.fermer, 'rouvrir': groupes.rouvrir}


@app.get(PAGE, qui='administrateur')
def lister():
    documents = dict(Contenu.select(Contenu.groupe, fn.COUNT()).where(
        Contenu.groupe.is_null(False), Contenu.etat == 'publie').group_by(Contenu.groupe).tuples())
    return page('groupes/liste.html', groupes=[(g, documents.get(g.id, 0)) for g in groupes.lister()])


@app.get(f'{PAGE}/nouveau', qui='administrateur')
def nouveau():
    return _page(None, {})


@app.get(f'{PAGE}/{ID}', qui='administrateur')
def montrer(id):
    groupe = _connu(id)
    return _page(groupe, {'nom': groupe.nom, 'animateur': str(groupe.animateur_id or '')})


@app.post(f'{PAGE}/nouveau', qui='administrateur')
def ajouter():
    return _enregistrer(None)


@app.post(f'{PAGE}/{ID}', qui='administrateur')
def corriger(id):
    return _enregistrer(_connu(id))


@app.post(f'{PAGE}/{ID}/<acte:re:fermer|rouvrir>', qui='administrateur')
def changer(id, acte):
    ACTES[acte](_connu(id), request.saisies.get('lu', ''), request.agent)
    aller(f'{PAGE}?fait=enregistre')


def _connu(id):
    return trouver(Groupe, id, 'Ce groupe de travail n\'existe pas. Revenez à la liste des groupes.')


def _champs(groupe):
    """The one who leads it stays in the list, account closed or not: nothing is changed by a name corrected."""
    actifs = choix.agents()
    parti = groupe and groupe.animateur_id and not groupe.animateur.actif
    aussi = [(str(groupe.animateur_id), f'{groupe.animateur.nom_complet} (compte fermé)')] if parti else []
    return NOM, ANIMATEUR._replace(choix=(('', 'Personne'), *aussi, *actifs))


def _enregistrer(groupe):
    valeurs, fautes = lire(_champs(groupe))
    _, fautes, code = essayer(fautes, groupes.ecrire, groupe, valeurs, request.saisies.get('lu', ''), request.agent)
    return _page(groupe, valeurs, fautes, code) if fautes else aller(f'{PAGE}?fait=enregistre')


def _page(groupe, valeurs, fautes=None, status=200):
    champs = _champs(groupe)
    return page('groupes/un.html', status, groupe=groupe, champs=champs, valeurs=valeurs, fautes=fautes or {},
                libelles={c.nom: c.libelle for c in champs}, lu=empreinte(groupe) if groupe else '')
