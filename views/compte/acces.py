"""My own « Journal des accès »: what my account did, what was done to it, its sign-ins. A page of « Mon compte »."""
import functools

from verbes import audit
from views import app, page, request
from views.criteres import adresse_de
from views.traces import page_de_traces

PAGE = '/espace/compte/acces'


@app.get(PAGE, qui='lecteur')
def montrer_acces():
    audit.noter_le_sien(request.agent)
    return page('compte/acces/acces.html', mois=request.contexte['reglages']['conservation_audit'],
                **page_de_traces(audit.d_un_compte(request.agent), functools.partial(adresse_de, {}, chemin=PAGE)))
