"""The lines of the audit, wherever they are read: of the administration, of an account, of a restricted demande."""
from verbes import audit, notes
from views import request
from views.criteres import PAR_PAGE, page_voulue


def page_de_traces(conditions, lien):
    """What traces.html shows of those that answer: a page of them, without counting the others. lien: as une_page."""
    courante = page_voulue()
    traces = list(audit.lire(conditions, PAR_PAGE + 1, (courante - 1) * PAR_PAGE))
    lignes = traces[:PAR_PAGE]
    return {'lignes': lignes, 'objets': {ligne.objet: _dire_objet(ligne.objet) for ligne in lignes},
            'avant': lien(page=courante - 1 if courante > 2 else None) if courante > 1 else '',
            'apres': lien(page=courante + 1) if len(traces) > PAR_PAGE else '', 'voulue': courante}


def _dire_objet(objet):
    """(words, address) of what a line is about, as who reads it knows it: no page that would be refused to them."""
    moi = request.agent
    if objet == f'agent:{moi.id}':
        return 'Mon compte', '/espace/compte'
    mots, adresse = audit.dire_objet(objet)
    ouverte = moi.administre or (adresse.startswith('/espace/demandes/') and not moi.lecteur_au)
    return mots, adresse if ouverte else ''


def noter(objet, detail=''):
    """Who reads what others did leaves a line too."""
    notes.noter_lecture('journal des accès lu', request.agent.id, objet, detail)
