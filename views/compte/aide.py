"""The help of the agents: roles, statuts, circuits, delays, journal, and what the convention commits to, in plain words
(the guide of the département; domaine.md §1 to §8). Each page of the space opens it at the right place."""
from models import SITE
from verbes import comptes, questions, regles
from views import aller, annoncer, app, page, request

ENGAGEMENTS = '/espace/aide/engagements'
QUI_AGIT = {
    'administrateur': 'les administrateurs', 'chef_de_file': 'les chefs de file', 'referent': 'l\'expert référent',
}
annoncer('/espace', engagements='Merci\u00a0: c\'est noté.')


@app.get('/espace/aide', qui='lecteur')
def aide():
    if request.agent.lecteur_au:
        return page('compte/aide/lecteur.html', delais=regles.DELAIS)
    statuts = [(code, QUI_AGIT.get(attente.qui, 'personne'), questions.dire_a_faire(code, None, None))
               for code, attente in regles.QUI.items()]
    return page('compte/aide/aide.html', statuts=statuts, delais=regles.DELAIS, reponses=bool(SITE['reponses']))


@app.get(ENGAGEMENTS, qui='agent')
def revenir():
    aller('/espace/aide#engagements')


@app.post(ENGAGEMENTS, qui='agent')
def prendre_connaissance():
    comptes.prendre_connaissance(request.agent)
    aller('/espace?fait=engagements')
