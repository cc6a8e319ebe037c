"""« Mes textes »: the texts that an agent keeps to write to collectivités, which the forms of a demande take."""
import re

from models import TexteType
from verbes.demande import textes_types
from views import aller, annoncer, app, parametre, request
from views.champs import Champ
from views.criteres import porte
from views.entrees import ID, NUMERO, trouver
from views.tenue import Tenue, formulaire, objet, page_tenue

PAGE = '/espace/textes'
CHAMPS = (
    Champ('titre', 'Titre', requis=True, max=100),
    Champ('texte', 'Texte', 'long', True, max=5000,
          aide=f'Repères, remplis avant l\'envoi\u00a0: {", ".join(f"{{{nom}}}" for nom in textes_types.REPERES)}.'),
    Champ('partage', 'Partager avec les agents de ma structure', 'case'),
)
annoncer(PAGE, texte_retire='Le texte est retiré.')


def _pour():
    """The address of the form that a text is written for, '' without one."""
    numero, action = parametre('demande'), parametre('action')
    if not (re.fullmatch(NUMERO, numero) and re.fullmatch('[a-z_]{1,40}', action)):
        return ''
    venue = porte()
    return f'/espace/demandes/{numero}?action={action}' + (f'&{venue}' if venue else '')


def _page(texte, *revenue):
    return page_tenue('demande/textes_types/textes.html', _tenue(texte), *revenue, texte=texte,
                      requete=_pour() and request.query_string, textes=textes_types.lisibles_par(request.agent))


def _tenue(texte):
    valeurs = {}
    if texte:
        valeurs = {'titre': texte.titre, 'texte': texte.texte, 'partage': bool(texte.structure_id)}
    return Tenue(objet('texte_type', texte), 'Ce texte', CHAMPS, valeurs)


def _le_sien(id):
    texte = trouver(TexteType, id, 'Ce texte n\'existe plus. Revenez à vos textes.')
    textes_types.exiger_le_sien(texte, request.agent)
    return texte,


def _vers(fait, texte):
    """One written from the form of a demande leads back there."""
    return _pour() or f'{PAGE}?fait=enregistre'


for adresse, chercher in ((PAGE, lambda: (None,)), (f'{PAGE}/{ID}', _le_sien)):
    formulaire(adresse, 'agent', chercher, _tenue, _page,
               lambda texte, valeurs: textes_types.ecrire(texte, valeurs, request.agent), _vers)


@app.post(f'{PAGE}/{ID}/retirer', qui='agent')
def retirer(id):
    textes_types.retirer(*_le_sien(id), request.agent)
    aller(f'{PAGE}?fait=texte_retire')
