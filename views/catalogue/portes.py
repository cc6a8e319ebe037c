"""« Autres portes »: the register of the organismes outside the Plateforme, kept by the administrateurs."""
import langue
from models import Porte
from verbes.catalogue import portes
from views import app, page, request
from views.champs import Champ
from views.entrees import ID, trouver
from views.tenue import Tenue, formulaire, lire, objet, page_tenue

PAGE = '/espace/admin/portes'
CHAMPS = (
    Champ('organisme', 'Organisme', requis=True, aide='Avec son article\u00a0: la préfecture, le centre de gestion…'),
    Champ('objet', 'Pour quoi', requis=True, aide='Ce qu\'une mairie y demande, en quelques mots.'),
    Champ('competence', 'Compétence de', aide='La commune, l\'intercommunalité, l\'État… avec son article.'),
    Champ('conseil', 'Qui peut conseiller', aide='Vide\u00a0: l\'organisme lui-même.'),
    Champ('telephone', 'Téléphone', 'telephone'),
    Champ('publique', 'Dire au public qui cherche ce sujet', 'case',
          aide='L\'organisme, pour quoi, de qui c\'est la compétence, qui conseille et le téléphone. '
               'Le service et le texte restent aux agents.'),
    Champ('mots', 'Mots des mairies', max=2000,
          aide='Ceux qu\'une secrétaire taperait, séparés par des virgules\u00a0: la recherche les connaît.'),
    Champ('service', 'Quel service'),
    Champ('texte', 'Texte prêt pour la mairie', 'long',
          aide='Repris, à adapter, dans «\u00a0Texte pour la collectivité\u00a0».'),
    Champ('verifie_le', 'Vérifié le', 'date', requis=True, aide='Signalé après un an.'),
)
ACTES = {'retirer': portes.retirer, 'remettre': portes.remettre}


@app.get(PAGE, qui='administrateur')
def liste():
    return page('catalogue/portes/liste.html', portes=[(p, portes.a_verifier(p)) for p in portes.lister()],
                retirees=portes.lister(retirees=True))


def _connue(id=None):
    return id and trouver(Porte, id, 'Cet organisme n\'est plus au répertoire. Revenez à la liste des autres portes.'),


def _acte(porte):
    """« Retirer », « Remettre »: what another button of the form does; None when it is to be written."""
    return next((acte for nom, acte in ACTES.items() if porte and request.saisies.get(nom)), None)


def _lire_porte(champs, porte):
    valeurs, fautes = lire(champs)
    return valeurs, {} if _acte(porte) else fautes


def _ecrire_porte(porte, valeurs):
    acte = _acte(porte)
    if acte:
        acte(porte, request.agent)
    else:
        portes.ecrire(porte, valeurs, request.agent)


def _tenue(porte):
    connues = {c.nom: getattr(porte, c.nom) for c in CHAMPS} if porte else {}
    return Tenue(objet('porte', porte), 'Cette porte', CHAMPS, connues, proposees={'verifie_le': langue.aujourdhui()})


def _page(porte, *revenue):
    return page_tenue('catalogue/portes/une.html', _tenue(porte), *revenue, porte=porte)


for adresse in (f'{PAGE}/nouvelle', f'{PAGE}/{ID}'):
    formulaire(adresse, 'administrateur', _connue, _tenue, _page, _ecrire_porte, f'{PAGE}?fait=enregistre', _lire_porte)
