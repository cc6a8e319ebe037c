"""« Lettres à signer »: the accusés de réception of the Président·e, prepared, printed, put to the signature, signed,
sent (regles.md §13); who signs them. Several at once: each form says what was seen of each letter.
"""
import re
from collections import namedtuple

import langue
from models import Document, Refus, lecture
from langue import aujourdhui, dire_nombre
from verbes import regles
from verbes.demande import courrier, lettres
from verbes.reglages import regler
from verbes.valeurs import REGLAGES, SIGNATAIRES
from views import aller, annoncer, app, choix, essayer, page, parametre, reprise, request
from views.champs import Champ, fichiers, lire
from views.criteres import criteres_remplis
from views.entrees import ID, NUMERO, trouver
from views.exports import csv_fichier, livrer, telecharger
from views.tenue import Tenue, forme, formulaire

PAGE = '/espace/admin/lettres'
MONTREES = 50                                                       # of those apart, of those sent
COPIES = Champ('pieces', 'Lettres signées', 'fichiers', choix=(('accept', '.pdf'),),
               aide='Numérisées, ou PDF signés électroniquement, gardés tels quels. Nommez chaque fichier du numéro de '
                    'sa demande\u00a0: «\u00a01086.pdf\u00a0».')
VOIE = Champ('voie', 'Comment', 'radio', True, vide='dites comment ces lettres sont parties',
             choix=tuple((code, langue.majuscule(dit)) for code, dit in regles.VOIES_DE_LETTRE.items()))
ACCORD = Champ('accord_le', 'Accord donné le', 'date', True, classe='court')
# Of each step to note: that of the letters it is of, the title of their panel, its button, its fields.
Etape = namedtuple('Etape', 'avant titre bouton champs')
ETAPES = {
    'signature': Etape('imprimee', 'Imprimées', 'Noter la mise à la signature', (
        Champ('le', 'Mises à la signature le', 'date', True),)),
    'signee':    Etape('signature', 'À la signature', 'Noter la signature', (
        Champ('le', 'Signées le', 'date', True), COPIES)),
    'envoyee':   Etape('signee', 'Signées, à envoyer', 'Noter l\'envoi', (
        Champ('le', 'Envoyées le', 'date', True), VOIE, COPIES)),
}


def _champ_de(cle, sorte):
    genre = 'date' if cle[-2:] in ('du', 'au') else 'long' if cle in SIGNATAIRES else 'texte'
    return Champ(cle, sorte.libelle, genre, aide=sorte.aide, max=300 if genre == 'long' else 0)


SIGNATURE = tuple(_champ_de(cle, sorte) for cle, sorte in REGLAGES.items() if sorte.groupe == 'lettres')
annoncer(PAGE, lettres_notees='C\'est noté\u00a0: cela s\'annule aujourd\'hui.',
         lettres_annulees='Annulé.',
         lettres_retirees='Ces lettres sont retirées\u00a0: elles n\'avaient plus rien à dire.')


@app.get(PAGE, qui='administrateur')
@app.get(f'{PAGE}/<acte:re:signature|signee|envoyee|annuler|reediter>', qui='administrateur')
def montrer(acte=''):
    repris = reprise()
    return _page(acte or repris.get('groupe', ''), valeurs=repris)


# ---- The page ----

def _page(acte='', status=200, valeurs=None, fautes=None, revenue=()):
    """acte: the form that comes back: « imprimer », one of SEULES, a step, « annuler », « reediter »."""
    _exiger_de_signer()
    valeurs, annee = valeurs or {}, aujourdhui()[:4]
    (pretes, a_part), chemin = lettres.a_preparer(), lettres.en_chemin()
    envoyees = lettres.suivies('envoyee_le >= ?', f'{annee}-01-01')
    return page(
        'administration/lettres/liste.html', revenue[0] if revenue else status, acte=acte, valeurs=valeurs,
        fautes=fautes or {}, signataires=forme(_tenue(), *revenue),
        cochees=_vues(valeurs), jour=aujourdhui(), annee=annee,
        pretes=pretes, montrees=[p for p in pretes if _repond(p)], max=courrier.MAX, a_part=_par_raison(a_part),
        par_etape={nom: [s for s in chemin if s.lettre.etat == etape.avant and not s.ecarts]
                   for nom, etape in ETAPES.items()},
        a_reediter=[s for s in chemin if s.ecarts], envoyees=envoyees[::-1][:MONTREES], combien_envoyees=len(envoyees),
        tardives=sum(un.tard for un in (*pretes, *chemin)), annulables=_annulables((*chemin, *envoyees)),
        raisons=lettres.RAISONS, seules=lettres.SEULES, filtres=_filtres(pretes),
        criteres=_criteres(), etapes=ETAPES, accord=ACCORD, signataire=_signataire(), libelles=_libelles(acte),
        saisies={nom: {'le': aujourdhui(), 'voie': 'poste'} | (valeurs if nom == acte else {}) for nom in ETAPES})


def _exiger_de_signer():
    if request.contexte['reglages']['lettres'] != 'oui':
        raise Refus('Le Département ne signe pas de lettre d\'accusé de réception, dit «\u00a0Réglages\u00a0»\u00a0: '
                    'changez-y ce choix pour ouvrir cette page.', 404)


def _annulables(suivies):
    """The ids of those whose last step is undone today; one that is only printed goes back to be prepared."""
    return {s.lettre.id for s in suivies if not s.lettre.notees or s.lettre.notees.endswith(aujourdhui())}


def _libelles(acte):
    """{field: how the error summary names it}."""
    champs = ETAPES[acte].champs if acte in ETAPES else (ACCORD, _signataire())
    return {c.nom: c.libelle for c in champs}


def _criteres():
    return criteres_remplis(('semaine', 'theme', 'type'))


def _repond(p):
    criteres = _criteres()
    vrais = {'semaine': p.semaine == criteres.get('semaine'), 'type': p.c.type == criteres.get('type'),
             'theme': criteres.get('theme') in {str(d['theme_id']) for d in p.rangs}}
    return all(vrais[nom] for nom in criteres)


def _filtres(pretes):
    semaines = sorted({p.semaine for p in pretes}, reverse=True)
    listes = {'semaine': tuple((s, f'du {langue.dire_jour(s)}') for s in semaines),
              'theme': choix.themes(), 'type': tuple((t, t) for t in regles.TYPES)}
    return choix.remplir((Champ('semaine', 'Semaine', 'choix', choix='Toutes'),
                          Champ('theme', 'Thème', 'choix', choix='Tous'),
                          Champ('type', 'Type', 'choix', choix='Tous')), listes)


def _signataire():
    """Who may sign today: the first line and the name of each."""
    blocs = lettres.signataires().items()
    return Champ('signataire', 'Signataire', 'choix', True,
                 choix=tuple((cle, ' '.join(bloc.split('\n'))) for cle, bloc in blocs))


def _par_raison(a_part):
    """[(code, [APreparer], how many more)] of those that are apart, in the order of RAISONS."""
    groupes = {code: [p for p in a_part if p.raison == code] for code in lettres.RAISONS}
    return [(code, siennes[:MONTREES], max(0, len(siennes) - MONTREES)) for code, siennes in groupes.items() if siennes]


def _tenue():
    reglages = request.contexte['reglages']
    return Tenue('reglages/signataires', 'Un des signataires', SIGNATURE, {c.nom: reglages[c.nom] for c in SIGNATURE})


def _vues(saisies):
    """{the end of its name: what was seen} of the boxes that are ticked, « l-… »; of one alone, « seule »."""
    cle, _, vue = saisies.get('seule', '').partition(' ')
    seule = {cle: vue} if re.fullmatch(NUMERO, cle) else {}
    return seule or {nom[2:]: vue for nom, vue in saisies.items() if re.fullmatch(f'l-{NUMERO}', nom)}


def _lettres_vues():
    return {int(id_): vue for id_, vue in _vues(request.saisies).items()}


# ---- What is done ----

@app.post(PAGE, qui='administrateur')
def imprimer():
    """What is printed is kept, then shown, ready to print; a restricted one has the day of its agreement."""
    valeurs, fautes = lire([ACCORD._replace(requis=False)])
    ids, fautes, code = essayer(fautes, courrier.imprimer, _vues(request.saisies),
                                request.saisies.get('signataire', ''), request.agent, valeurs['accord_le'])
    if fautes:
        groupe = request.saisies.get('groupe')
        return _page(groupe if groupe in lettres.SEULES else 'imprimer', code, request.saisies | valeurs, fautes)
    aller(f'{PAGE}/imprimer?lettres={",".join(map(str, ids))}')


@app.post(f'{PAGE}/<etape:re:signature|signee|envoyee>', qui='administrateur', fichiers=True)
def noter(etape):
    champs = ETAPES[etape].champs
    valeurs, fautes = lire(champs)
    joints = [(nom, octets) for nom, octets in fichiers('pieces') if nom] if COPIES in champs else []
    _, fautes, code = essayer(fautes, courrier.noter, _lettres_vues(), etape, valeurs['le'], request.agent,
                              valeurs.get('voie', ''), joints)
    if fautes:
        return _page(etape, code, request.saisies | valeurs, fautes)
    aller(f'{PAGE}?fait=lettres_notees')


@app.post(f'{PAGE}/annuler', qui='administrateur', fichiers=True)
def annuler():
    _, fautes, code = essayer({}, courrier.annuler, _lettres_vues(), request.agent)
    if fautes:
        return _page('annuler', code, request.saisies, fautes)
    aller(f'{PAGE}?fait=lettres_annulees')


@app.post(f'{PAGE}/reediter', qui='administrateur')
def reediter():
    ids, fautes, code = essayer({}, courrier.reediter, _lettres_vues(), request.saisies.get('signataire', ''),
                                request.agent)
    if fautes:
        return _page('reediter', code, request.saisies, fautes)
    if not ids:
        aller(f'{PAGE}?fait=lettres_retirees')
    aller(f'{PAGE}/imprimer?lettres={",".join(map(str, ids))}')


formulaire(f'{PAGE}/signataires', 'administrateur', tuple, _tenue, lambda *revenue: _page(revenue=revenue),
           lambda saisies: regler(saisies, request.agent), f'{PAGE}?fait=enregistre')


# ---- Paper: the letters, the « bordereau », the CSV of the same, the signed copy ----

def _demandees():
    """The Suivies of « ?lettres=3,4 », else those that are printed and not put to the signature."""
    numeros = parametre('lettres')
    if not numeros:
        return lettres.suivies('signature_le IS NULL')
    if not re.fullmatch(f'{NUMERO}(,{NUMERO}){{0,{courrier.MAX - 1}}}', numeros):
        raise Refus('Cette adresse ne dit pas quelles lettres. Revenez aux lettres à signer.', 400)
    return lettres.suivies(f'id IN ({numeros})')


def _suite(trouvees):
    return ','.join(str(s.lettre.id) for s in trouvees)


@app.get(f'{PAGE}/imprimer', qui='administrateur')
def feuilles():
    suivies = _demandees()
    a_noter = [s for s in suivies if s.lettre.etat == 'imprimee' and not s.ecarts]
    return page('administration/lettres/feuilles.html', lettres=suivies, suite=_suite(suivies), a_noter=a_noter,
                etape=ETAPES['signature'], jour=aujourdhui())


@app.get(f'{PAGE}/bordereau', qui='administrateur')
def bordereau():
    trouvees = _demandees()
    return page('administration/lettres/bordereau.html', lettres=trouvees, suite=_suite(trouvees), jour=aujourdhui())


DU_PUBLIPOSTAGE = ('Numéros', 'Collectivité', 'Pli', 'Appel', *lettres.TITRES_D_ADRESSE, 'Objet', 'Texte', 'Signature',
                   'Mention')


@app.get(f'{PAGE}.csv', qui='administrateur', transaction=False)
def publipostage():
    """The same letters, for who prints them with their own tool."""
    with lecture():
        suivies, filtres = _demandees(), [parametre('lettres')] if parametre('lettres') else []
        lignes = [(', '.join(map(str, s.numeros)), s.nom, s.texte['pli'], s.faits['appel'],
                   *lettres.completer(s.texte['adresse']), s.texte['objet'], s.texte['corps'],
                   '\n'.join(s.texte['signature']), s.texte['pied']) for s in suivies]
        restreintes = [n for s in suivies if s.faits['permis'] == 'restreinte' for n in s.numeros]
    fichier, nombre = csv_fichier(f'lettres-{aujourdhui()}.csv', DU_PUBLIPOSTAGE, lignes)
    return livrer(fichier, f'lettres\u00a0: {dire_nombre(nombre, "ligne")}', filtres, restreintes)


@app.get(f'{PAGE}/copies/{ID}', qui='administrateur')
def copie(id):
    return telecharger(trouver(Document, id, 'Cette copie n\'existe pas, ou a été retirée. Revenez aux lettres.',
                               Document.genre == 'lettre', Document.retire_le.is_null()))
