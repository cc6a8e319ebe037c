"""« Autres portes »: the register of the organismes outside the Plateforme, kept by the administrateurs."""
import langue
from models import Porte
from verbes import portes
from verbes.journal import empreinte
from views import aller, app, essayer, page, request
from views.champs import Champ, lire
from views.entrees import ID, trouver

PAGE = '/espace/admin/portes'
CHAMPS = (
    Champ('organisme', 'Organisme', requis=True, aide='Avec son article\u00a0: la préfecture, le centre de gestion…'),
    Champ('objet', 'Pour quoi', requis=True, aide='Ce qu\'une mairie y demande, en quelques mots.'),
    Champ('service', 'Quel service'),
    Champ('telephone', 'Téléphone', 'telephone'),
    Champ('texte', 'Texte prêt pour la mairie', 'long',
          aide='Repris, à adapter, dans «\u00a0Texte pour le demandeur\u00a0».'),
    Champ('verifie_le', 'Vérifié le', 'date', requis=True, aide='Signalé après un an.'),
)


@app.get(PAGE, qui='administrateur')
def liste():
    return page('portes/liste.html', portes=[(p, portes.a_verifier(p)) for p in portes.lister()])


@app.get(f'{PAGE}/nouvelle', qui='administrateur')
def nouvelle():
    return _page(None, {'verifie_le': langue.aujourdhui()})


@app.get(f'{PAGE}/{ID}', qui='administrateur')
def montrer(id):
    porte = _connue(id)
    return _page(porte, {c.nom: getattr(porte, c.nom) for c in CHAMPS})


@app.post(f'{PAGE}/nouvelle', qui='administrateur')
def ajouter():
    return _enregistrer(None)


@app.post(f'{PAGE}/{ID}', qui='administrateur')
def corriger(id):
    porte = _connue(id)
    if request.saisies.get('retirer'):
        _, fautes, code = essayer({}, portes.retirer, porte, request.saisies.get('lu', ''), request.agent)
        return _page(porte, request.saisies, fautes, code) if fautes else aller(f'{PAGE}?fait=enregistre')
    return _enregistrer(porte)


def _connue(id):
    return trouver(Porte, id, 'Cet organisme n\'est plus au répertoire. Revenez à la liste des autres portes.')


def _enregistrer(porte):
    valeurs, fautes = lire(CHAMPS)
    _, fautes, code = essayer(fautes, portes.ecrire, porte, valeurs, request.saisies.get('lu', ''), request.agent)
    return _page(porte, valeurs, fautes, code) if fautes else aller(f'{PAGE}?fait=enregistre')


def _page(porte, valeurs, fautes=None, status=200):
    valeurs = valeurs | {'telephone': langue.dire_telephone(valeurs.get('telephone', ''))}
    return page('portes/une.html', status, porte=porte, champs=CHAMPS, valeurs=valeurs, fautes=fautes or {},
                libelles={c.nom: c.libelle for c in CHAMPS}, lu=empreinte(porte) if porte else '')
