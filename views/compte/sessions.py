"""My sessions: each one open, since when, from where and how, ended one by one. The third page of « Mon compte »."""
from models import Refus
from verbes import comptes
from views import aller, annoncer, app, cookie_de_session, page, request
from views.limites import prefixe

PAGE = '/espace/compte/sessions'
ORIGINES = {'mot_de_passe': 'par mot de passe', 'sso': 'par le compte du Département'}
annoncer(PAGE, session='La session est fermée.', sessions='Vos autres sessions sont fermées.')


@app.get(PAGE, qui='lecteur')
def montrer_sessions():
    """An address is what an agent may recognize: of an IPv6 one, the /64 (a device changes the rest each day)."""
    ouvertes = comptes.sessions_de(request.agent, cookie_de_session())
    return page(
        'compte/sessions/sessions.html', sessions=[s._replace(adresse=prefixe(s.adresse, 64)) for s in ouvertes],
        origines=ORIGINES, oisive=comptes.SESSION_INACTIVE.seconds // 3600,
        totale=comptes.SESSION_TOTALE.total_seconds() // 3600)


@app.post(PAGE, qui='lecteur')
def fermer_sessions():
    """session: what the page calls the one to end, or « autres »: all but this one."""
    laquelle = request.saisies.get('session', '')
    if laquelle == 'autres':
        comptes.terminer_autres_sessions(request.agent, cookie_de_session())
        aller(f'{PAGE}?fait=sessions')
    if not comptes.terminer_session(request.agent, laquelle):
        raise Refus('Cette session n\'existe plus\u00a0: elle est déjà fermée. '
                    'Revenez à «\u00a0Mes sessions\u00a0».', 404)
    aller(f'{PAGE}?fait=session')
