"""A training room: many sign-ins at their moments, by who comes back when asked to, and a public page meanwhile."""
import http.client
import random
import threading
import time
from urllib.parse import urlencode

PATIENCE = 120


def entrer(port, courriel, mot_de_passe, debut, quand, siennes):
    """One sign-in at its moment, again when it is asked to: [(seconds since its moment, code)] of each try."""
    time.sleep(max(0, debut + quand - time.monotonic()))
    while not siennes or siennes[-1][1] == 503:
        connexion = http.client.HTTPConnection('127.0.0.1', port, timeout=PATIENCE)
        connexion.request('POST', '/connexion', urlencode({'courriel': courriel, 'mot_de_passe': mot_de_passe}),
                          {'Content-Type': 'application/x-www-form-urlencoded', 'Sec-Fetch-Site': 'same-origin'})
        reponse = connexion.getresponse()
        corps = reponse.read().decode()
        connexion.close()
        siennes.append((time.monotonic() - debut, reponse.status))
        if reponse.status == 503:                                   # what is kept, and what is not
            assert f'value="{courriel}"' in corps and mot_de_passe not in corps and 'quelques secondes' in corps
            time.sleep(int(reponse.headers['Retry-After']) + random.random())


def remplir(port, courriels, mot_de_passe, secondes):
    """These accounts sign in within so many seconds, a public page read meanwhile: {e-mail: its tries}."""
    debut, reponses = time.monotonic(), {courriel: [] for courriel in courriels}
    fils = [threading.Thread(target=entrer, args=(port, courriel, mot_de_passe, debut, secondes * n / len(courriels),
                                                  reponses[courriel])) for n, courriel in enumerate(courriels)]
    for fil in fils:
        fil.start()
    while any(fil.is_alive() for fil in fils):
        connexion = http.client.HTTPConnection('127.0.0.1', port, timeout=PATIENCE)
        connexion.request('GET', '/catalogue')
        assert connexion.getresponse().read()
        connexion.close()
        time.sleep(.1)
    return reponses
