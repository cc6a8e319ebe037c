"""« Audit »: who did what, when, on what; the CSV of an object or of a period; what an account did, with a motif."""
import functools
import re

import langue
from models import Refus, lecture
from verbes import audit
from views import aller, app, essayer, page, parametre, request
from views.champs import Champ, lire
from views.criteres import adresse_de, criteres_remplis, oter_les_vides
from views.entrees import ID, lire_numero, trouver_agent
from views.exports import csv_fichier, livrer
from views.traces import noter, page_de_traces

PAGE = '/espace/admin/audit'
D_UN_COMPTE = f'/espace/admin/comptes/{ID}/acces'
FILTRES = (
    Champ('du', 'Du', 'date'),
    Champ('au', 'Au', 'date'),
    Champ('fait', 'Quoi', 'choix'),
    Champ('genre', 'Sur quoi', 'choix',
          choix=(('', 'Tout'), *((code, genre.nom) for code, genre in audit.GENRES.items()))),
    Champ('cle', 'Son numéro'),
)


@app.get(PAGE, qui='administrateur')
def montrer():
    oter_les_vides(PAGE, _filtres())
    criteres = _criteres()
    if criteres.get('genre') == 'agent' and 'cle' in criteres:
        aller(f'/espace/admin/comptes/{criteres["cle"]}/acces')
    noter('audit', ', '.join(f'{nom} {valeur}' for nom, valeur in criteres.items()))
    lien = functools.partial(adresse_de, criteres, chemin=PAGE)
    return page('administration/audit/audit.html', criteres=criteres, filtres=_filtres(), lien=lien,
                export=adresse_de(_limiter(criteres), f'{PAGE}.csv'), limite='' if _se_limite(criteres) else MOIS,
                **page_de_traces(audit.de_tous(criteres), lien))


def _criteres():
    """{filter: text} of the address; Refus 400 of a value that cannot be."""
    criteres = criteres_remplis([c.nom for c in FILTRES])
    valables = {'du': langue.un_jour, 'au': langue.un_jour, 'genre': audit.GENRES.__contains__,
                'fait': lambda v: v not in audit.D_UNE_PERSONNE,
                'cle': lambda v: 'genre' in criteres and re.fullmatch('[a-zA-Z0-9_/-]{1,60}', v)}
    if not all(valables[nom](valeur) for nom, valeur in criteres.items()):
        raise Refus('Un filtre de cette adresse n\'est pas valable\u00a0: un numéro se cherche avec '
                    '«\u00a0Sur quoi\u00a0», une date existe. Revenez à l\'audit.', 400)
    if criteres.get('du', '') > criteres.get('au', '9999'):
        raise Refus('Cette période finit avant de commencer\u00a0: corrigez l\'une des deux dates.', 400)
    return criteres


def _filtres():
    return [c._replace(choix=(('', 'Tout'), *((f, langue.majuscule(f)) for f in audit.faits())))
            if c.nom == 'fait' else c for c in FILTRES]


MOIS = 30                                                           # days


def _se_limite(criteres):
    """To one object, or a period: the whole is not taken away at once."""
    return 'cle' in criteres or 'du' in criteres


def _limiter(criteres):
    return criteres if _se_limite(criteres) else criteres | {'du': langue.plus_jours(langue.aujourdhui(), -MOIS)}


COLONNES = ('Numéro', 'Date et heure (UTC)', 'Qui', 'Quoi', 'Détail', 'Sur quoi', 'Objet', 'Adresse', 'Nombre')


@app.get(f'{PAGE}.csv', qui='administrateur', transaction=False)
def exporter():
    with lecture():
        criteres = _limiter(_criteres())
        if criteres.get('genre') == 'agent' and 'cle' in criteres:
            parmi = audit.d_un_compte(_compte_motive(criteres['cle']))
        else:
            parmi = audit.de_tous(criteres)
        fichier, nombre = csv_fichier(f'audit-{langue.aujourdhui()}.csv', COLONNES, map(_cellules, audit.lire(parmi)))
    return livrer(fichier, f'audit\u00a0: {langue.dire_nombre(nombre, "ligne")}',
                  [f'{nom} {valeur}' for nom, valeur in criteres.items()])


def _cellules(ligne):
    *dits, adresse, nombre, objet = ligne
    return (*dits, audit.dire_objet(objet)[0], objet, adresse, nombre)


# ---- One account: with a motif, for the day ----

MOTIF = (Champ('motif', 'Pourquoi', requis=True, max=200,
               aide='Gardé à l\'audit, et lu par la personne dans son journal des accès.'),)


def _compte_motive(id):
    """The Agent of this number, whose journal the address opens today; Refus 403 otherwise."""
    agent = trouver_agent(id)
    if not audit.motif_du_jour(agent, lire_numero(parametre('lecture')), request.agent):
        raise Refus('Le journal d\'une personne se lit avec un motif, donné le jour même\u00a0: ouvrez-le depuis la '
                    'page de son compte.', 403)
    return agent


@app.get(D_UN_COMPTE, qui='administrateur')
def montrer_un_compte(id):
    agent = trouver_agent(id)
    if agent.id == request.agent.id:
        aller('/espace/compte/securite#titre-acces')
    motif = audit.motif_du_jour(agent, lire_numero(parametre('lecture')), request.agent)
    return _page_d_un_compte(agent, motif)


@app.post(D_UN_COMPTE, qui='administrateur')
def ouvrir_un_compte(id):
    agent = trouver_agent(id)
    valeurs, fautes = lire(MOTIF)
    numero, fautes, code = essayer(fautes, audit.motiver, agent, valeurs['motif'], request.agent)
    if fautes:
        return _page_d_un_compte(agent, '', code, valeurs, fautes)
    aller(f'/espace/admin/comptes/{id}/acces?lecture={numero}')


def _page_d_un_compte(agent, motif, status=200, valeurs=None, fautes=None):
    """motif: why it is open; the form that asks for one, without."""
    criteres = {'lecture': parametre('lecture')} if motif else {}
    lien = functools.partial(adresse_de, criteres, chemin=f'/espace/admin/comptes/{agent.id}/acces')
    traces = page_de_traces(audit.d_un_compte(agent), lien) if motif else {}
    return page('administration/audit/compte.html', status, qui=agent, motif=motif, champs=MOTIF, valeurs=valeurs or {},
                fautes=fautes or {}, traces=traces,
                export=adresse_de(criteres | {'genre': 'agent', 'cle': str(agent.id)}, f'{PAGE}.csv'))
