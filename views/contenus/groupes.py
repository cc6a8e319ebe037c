"""The groupes de travail, for the administrateurs: create, rename, name the animateur, close, reopen."""
from peewee import fn

from models import Contenu, Groupe
from verbes.contenus import groupes
from views import aller, app, choix, page, request
from views.champs import Champ
from views.entrees import ID, trouver
from views.tenue import Tenue, formulaire, objet, page_tenue

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
    return page('contenus/groupes/liste.html', groupes=[(g, documents.get(g.id, 0)) for g in groupes.lister()])


@app.post(f'{PAGE}/{ID}/<acte:re:fermer|rouvrir>', qui='administrateur')
def changer(id, acte):
    ACTES[acte](*_connu(id), request.agent)
    aller(f'{PAGE}?fait=enregistre')


def _connu(id=None):
    return id and trouver(Groupe, id, 'Ce groupe de travail n\'existe pas. Revenez à la liste des groupes.'),


def _tenue(groupe):
    """The one who leads it stays in the list, account closed or not: nothing is changed by a name corrected."""
    actifs = choix.agents()
    parti = groupe and groupe.animateur_id and not groupe.animateur.actif
    aussi = [(str(groupe.animateur_id), f'{groupe.animateur.nom_complet} (compte fermé)')] if parti else []
    champs = (NOM, ANIMATEUR._replace(choix=(('', 'Personne'), *aussi, *actifs)))
    connues = {'nom': groupe.nom, 'animateur': groupe.animateur_id} if groupe else {}
    return Tenue(objet('groupe', groupe), 'Ce groupe', champs, connues, {'ferme_le': groupe.ferme_le} if groupe else {})


def _page(groupe, *revenue):
    return page_tenue('contenus/groupes/un.html', _tenue(groupe), *revenue, groupe=groupe)


for adresse in (f'{PAGE}/nouveau', f'{PAGE}/{ID}'):
    formulaire(adresse, 'administrateur', _connu, _tenue, _page,
               lambda groupe, valeurs: groupes.ecrire(groupe, valeurs, request.agent), f'{PAGE}?fait=enregistre')
