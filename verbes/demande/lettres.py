"""The accusés de réception that the Président·e signs (regles.md §13): which are to be prepared, what each says.

A letter says what lasts, whatever becomes of the demande between the printing and the signature: its number, when it
was received, under what title, the telephone of the team; nobody who holds it, no call. The demandes of a collectivité
in a week are one letter; what keeps one apart says why. Nothing here writes (courrier.py does).
"""
import json
from collections import namedtuple

import models
from models import Collectivite, Document, Lettre, Reglage, lignes
from langue import (
    LIMITES, REPERE, aujourdhui, de, debut_du_jour, dire_jour_long, dire_telephone, enumerer, jour_de,
    jours_ouvres_entre, plus_jours, un_lundi)

from verbes import perimetre, textes
from verbes.journal import empreinte
from verbes.regles import CIVILITES, ECARTS, JOURS_POUR_LA_LETTRE, VOIES_DE_LETTRE
from verbes.valeurs import SIGNATAIRES

JOURS_D_UNE_CLOSE = 60                                              # without a letter: then it is shown no more

# Why a demande has no letter among the others: what is said of it apart; what is said once its letter is printed.
Raison = namedtuple('Raison', 'dite depuis')
RAISONS = {
    'essai':       Raison('Un essai d\'avant l\'ouverture.', 'c\'est un essai'),
    'reprise':     Raison('Reprise de l\'ancien suivi\u00a0: la Plateforme ne l\'a pas reçue.', 'reprise'),
    'ecartee':     Raison('Écartée\u00a0: doublon, ou déposée par erreur.', 'écartée depuis'),
    'rejetee':     Raison('Signalée hors compétence.', 'signalée hors compétence depuis'),
    'close':       Raison('Close avant la lettre.', 'close depuis'),
    'a_rattacher': Raison('Collectivité à rattacher\u00a0: son adresse n\'est pas connue.', 'à rattacher'),
    'adresse':     Raison('Aucune adresse postale, ou plusieurs codes postaux\u00a0: dites laquelle.',
                          'son adresse postale n\'est plus connue'),
    'restreinte':  Raison('Diffusion restreinte\u00a0: avec l\'accord de la personne à rappeler, numéro et date seuls, '
                          'sous pli personnel.', 'à diffusion restreinte depuis'),
    'a_confirmer': Raison('Au premier appel, vérifier qui a déposé.', 'déposant à vérifier'),
}
SEULES = ('restreinte', 'a_confirmer')                              # printed one by one, all the same

# How the Maire or Président·e is written to.
APPELS = {
    True:  {'Madame': 'Madame le Maire', 'Monsieur': 'Monsieur le Maire', '': 'Madame, Monsieur le Maire'},
    False: {'Madame': 'Madame la Présidente', 'Monsieur': 'Monsieur le Président',
            '': 'Madame, Monsieur le Président'},
}
QUALITES = {'Madame': 'Présidente', 'Monsieur': 'Président'}

# One to prepare. cle: its first number, as text; rangs: its demandes; c: the Collectivite of today, or None; tard: has
# it waited for more than ten working days? A letter printed: ecarts, why it is to be printed again; copie: the id of
# the signed one, or None; marque: what a form carries of its row.
APreparer = namedtuple('APreparer', 'cle rangs c semaine raison faits vue tard')
Suivie = namedtuple('Suivie', 'lettre numeros nom faits texte ecarts tard copie marque')


def signataires(jour=None):
    """{key: what is printed under the letter} of those whose delegation holds on a day."""
    reglages, jour = Reglage.tous(), jour or aujourdhui()
    return {cle: reglages[cle] for cle in SIGNATAIRES if reglages[cle]
            and reglages[f'{cle}_du'] <= jour <= (reglages[f'{cle}_au'] or jour)}


# ---- What the base says ----

LUES = """
    SELECT demande.numero, demande.depose_le, demande.statut, demande.clos_le, demande.restreinte, demande.issue,
           demande.essai, demande.importee, demande.theme_id, demande.titre_depose AS titre, demande.a_confirmer,
           demande.interlocuteur_depuis, demande.civilite, demande.prenom, demande.nom, demande.collectivite_id,
           demande.collectivite, lettre_demande.lettre_id
    FROM demande LEFT JOIN lettre_demande ON lettre_demande.demande_id = demande.numero"""


def sans_lettre():
    """The rows of the demandes received since the opening that have no letter yet."""
    ouvert_le = Reglage.tous()['ouvert_le']
    if not ouvert_le or ouvert_le > aujourdhui():
        return []
    recentes = debut_du_jour(plus_jours(aujourdhui(), -JOURS_D_UNE_CLOSE))
    return lignes(
        f"""{LUES} WHERE demande.origine = 'plateforme' AND demande.depose_le >= ? AND lettre_demande.lettre_id IS NULL
            AND (demande.clos_le IS NULL OR demande.clos_le >= ?) ORDER BY demande.numero""",
        debut_du_jour(ouvert_le), recentes)


def _collectivites(rangs):
    """{id said in a row: the Collectivite it is today}."""
    ids = {id_: perimetre.actuelle(id_) for id_ in {d['collectivite_id'] for d in rangs} - {None}}
    vraies = {c.id: c for c in Collectivite.select().where(Collectivite.id.in_(set(ids.values())))}
    return {id_: vraies[actuelle] for id_, actuelle in ids.items()}


def lieu_postal(c):
    """The lines of the postal address of a Collectivite, below its name; () when it is to be said."""
    if c.adresse:
        return tuple(c.adresse.split('\n'))
    codes = c.codes_postaux.split()
    return (f'{codes[0]} {c.nom}',) if c.type == 'Commune' and len(codes) == 1 else ()


TITRES_D_ADRESSE = tuple(f'Adresse {n}' for n in range(1, 8))        # the columns of a publipostage


def completer(lieu):
    """The lines of an address, as many as a publipostage has columns of them."""
    vides = [''] * len(TITRES_D_ADRESSE)
    return [*lieu, *vides][:len(vides)]


def raison(d, c):
    """Why a demande has no letter among the others, of RAISONS; '' when it has."""
    vraies = {
        'essai':       d['essai'],
        'reprise':     d['importee'],
        'ecartee':     d['issue'] in ECARTS,
        'rejetee':     d['statut'] == 'rejete',
        'close':       d['clos_le'],
        'a_rattacher': c is None,
        'adresse':     c and not lieu_postal(c),
        'restreinte':  d['restreinte'],
        'a_confirmer': d['a_confirmer'],
    }
    return next((code for code, vraie in vraies.items() if vraie), '')


def raison_depuis(d, c):
    """The same of one that is printed: answered or accompanied since, a demande was received all the same."""
    servie = d['statut'] == 'termine' and d['issue'] in ('realise', 'reponse')
    return raison(d | {'clos_le': None} if servie else d, c)


# ---- To prepare ----

def a_preparer():
    """([APreparer] for the basket, [APreparer] apart): the oldest first."""
    rangs = sans_lettre()
    lieux, groupes, a_part = _collectivites(rangs), {}, []
    for d in rangs:
        c = lieux.get(d['collectivite_id'])
        pourquoi = raison(d, c)
        if pourquoi:
            a_part.append(_a_preparer([d], c, pourquoi))
        else:
            groupes.setdefault((c.id, un_lundi(jour_de(d['depose_le']))), []).append(d)
    return [_a_preparer(siennes, lieux[siennes[0]['collectivite_id']], '') for siennes in groupes.values()], a_part


def _a_preparer(rangs, c, pourquoi):
    possible = pourquoi in ('', *SEULES)
    faits = dire_les_faits(rangs, c, '', pourquoi) if possible else None
    return APreparer(str(rangs[0]['numero']), rangs, c, un_lundi(jour_de(rangs[0]['depose_le'])), pourquoi, faits,
                     empreinte(faits) if possible else '', a_trop_attendu(rangs))


def a_trop_attendu(rangs):
    """More than ten working days since the first deposit."""
    return jours_ouvres_entre(jour_de(rangs[0]['depose_le']), aujourdhui(),
                              models.jours_fermes()) > JOURS_POUR_LA_LETTRE


# ---- What a letter says ----

def dire_les_faits(rangs, c, bloc, permis=''):
    """What a letter says of these demandes, as JSON keeps it. permis: of SEULES, what it is printed in spite of; bloc:
    of the signatory.
    """
    qui = _a_qui(rangs)
    return {'permis': permis, 'appel': dire_appel(c, qui[0]), 'signataire': bloc,
            'adresse': [*dire_a_qui(c, *qui), *lieu_postal(c)],
            'demandes': {str(d['numero']): _faits_d_une(d, permis) for d in rangs}}


def dire_appel(c, civilite=''):
    """« Madame le Maire », « Madame, Monsieur le Président » when it is not known who."""
    return APPELS[c.type == 'Commune'][civilite]


def dire_a_qui(c, civilite='', prenom='', nom=''):
    """The lines above the postal address: who is written to, where."""
    mairie = c.type == 'Commune'
    if not civilite:
        return dire_appel(c), f'Mairie {de(c.nom)}' if mairie else c.nom
    titre = (f'Maire {de(c.nom)}', 'Mairie') if mairie else (QUALITES[civilite], c.nom)
    return f'{civilite} {prenom} {nom}', *titre


def _a_qui(rangs):
    """(civilité, prénom, nom) of the Maire or Président·e; three '' when it is not said, or to be confirmed."""
    elus = {(d['civilite'], d['prenom'], d['nom']) for d in rangs}
    douteux = any(d['a_confirmer'] or d['interlocuteur_depuis'] or d['civilite'] not in CIVILITES for d in rangs)
    return ('', '', '') if douteux or len(elus) > 1 else elus.pop()


def _faits_d_une(d, permis):
    """Nothing that moves: the title is that of the deposit."""
    recue = {'recue': jour_de(d['depose_le'])}
    return recue if permis == 'restreinte' else recue | {'titre': d['titre']}


def rediger(faits):
    """{part: its words} of a letter, as it is printed and kept."""
    reglages = Reglage.tous()
    texte = textes.lire('lettre', 'accuse-restreint' if faits['permis'] == 'restreinte' else 'accuse')
    nombre = len(faits['demandes'])
    valeurs = {'appel': faits['appel'], 'demandes': _dire_les_demandes(faits),
               'de_quoi': 'Votre demande' if nombre == 1 else f'Vos {nombre} demandes',
               'numeros': f'n°\u00a0{enumerer(faits["demandes"])}',
               'departement': reglages['departement'], 'plateforme': reglages['nom']}
    objet, corps = (REPERE.sub(lambda m: valeurs[m[1]], dit) for dit in (texte.titre, texte.corps))
    lieu = f'{reglages["lettres_lieu"]}, le' if reglages['lettres_lieu'] else 'Le'
    de_quoi = 'votre demande' if nombre == 1 else 'vos demandes'
    return {'pli': 'Sous pli personnel' if faits['permis'] == 'restreinte' else '', 'adresse': faits['adresse'],
            'lieu': lieu, 'objet': objet, 'references': valeurs['numeros'], 'corps': corps,
            'signature': faits['signataire'].split('\n'), 'departement': reglages['departement'],
            'pied': f'Cette lettre constate la réception de {de_quoi}. Elle {LIMITES}'}


def _dire_les_demandes(faits):
    """What was received; then, but of a restricted one, whom to call."""
    recues = {f'n°\u00a0{numero}': d for numero, d in faits['demandes'].items()}
    if len(recues) > 1:
        dites = [f'– {numero}, reçue le {_jour(d["recue"])}{_titre(", ", d)}' for numero, d in recues.items()]
        texte = f'J\'ai bien reçu vos {len(dites)} demandes\u00a0:\n' + '\u00a0;\n'.join(dites) + '.'
    else:
        (numero, d), = recues.items()
        titre = _titre('\u00a0: ', d)
        texte = f'J\'ai bien reçu, le {_jour(d["recue"])}, votre demande enregistrée sous le {numero}{titre}.'
    telephone = Reglage.tous()['telephone']
    if faits['permis'] == 'restreinte' or not telephone:
        return texte
    return (f'{texte}\n\nPour toute question, vous pouvez joindre l\'équipe de la Plateforme au '
            f'{dire_telephone(telephone)}.')


def _titre(avant, d):
    return f'{avant}«\u00a0{d["titre"]}\u00a0»' if d.get('titre') else ''


def _jour(jour):
    return dire_jour_long(jour, semaine=False)


# ---- Printed, and on its way ----

def suivies(condition, *valeurs):
    """[Suivie] of the letters of a condition in SQL, the oldest first."""
    lettres = list(Lettre.raw(f'SELECT * FROM lettre WHERE {condition} ORDER BY id', *valeurs))
    rangs = rangs_de(lettres)
    lieux = _collectivites([d for siens in rangs.values() for d in siens])
    copies = _copies(lettres)
    return [_suivre(lettre, rangs[lettre.id], lieux, copies.get(lettre.id)) for lettre in lettres]


def en_chemin():
    """[Suivie] of those that are printed and not sent."""
    return suivies('envoyee_le IS NULL')


def rangs_de(lettres):
    """{id of a letter: the rows of its demandes}."""
    rangs = {lettre.id: [] for lettre in lettres}
    for d in lignes(f"""{LUES} WHERE lettre_demande.lettre_id IN (SELECT value FROM json_each(?))
                        ORDER BY demande.numero""", json.dumps(list(rangs))):
        rangs[d['lettre_id']].append(d)
    return rangs


def _copies(lettres):
    """{id of a letter: the id of its signed copy}."""
    objets = [str(lettre.id) for lettre in lettres]
    return {int(objet): id_ for objet, id_ in Document.select(Document.objet, Document.id).where(
        Document.genre == 'lettre', Document.retire_le.is_null(), Document.objet.in_(objets)).tuples()}


def _suivre(lettre, rangs, lieux, copie):
    faits, texte = json.loads(lettre.faits), json.loads(lettre.texte)
    envoyee = lettre.etat == 'envoyee'
    ecarts = [] if envoyee else _ecarts(lettre, faits, rangs, lieux)
    nom = next((c.nom for c in map(lieux.get, (d['collectivite_id'] for d in rangs)) if c), rangs[0]['collectivite'])
    return Suivie(lettre, [d['numero'] for d in rangs], nom, faits, texte, ecarts,
                  not envoyee and a_trop_attendu(rangs), copie, empreinte(lettre)[:8])


def a_redire(lettre, rangs, lieux=None, bloc=''):
    """(the rows that its letter may still say, its facts as they are now, or None without any)."""
    lieux = lieux or _collectivites(rangs)
    motif = json.loads(lettre.faits)['permis']
    bons = [d for d in rangs if raison_depuis(d, lieux.get(d['collectivite_id'])) in ('', motif)]
    faits = dire_les_faits(bons, lieux[bons[0]['collectivite_id']], bloc, motif) if bons else None
    return bons, faits


def _ecarts(lettre, avant, rangs, lieux):
    """Why a letter is to be printed again, in words: who may not be written to so any more, or of what; a signed one
    has its signatory for good. What an older one also told, who held it and a call, is not compared.
    """
    bloc = avant['signataire'] if lettre.signee_le else signataires().get(lettre.signataire, '')
    bons, apres = a_redire(lettre, rangs, lieux, bloc)
    ecarts = [f'n°\u00a0{d["numero"]}, {RAISONS[raison_depuis(d, lieux.get(d["collectivite_id"]))].depuis}'
              for d in rangs if d not in bons]
    if apres is None:
        return ecarts
    if (avant['appel'], avant['adresse']) != (apres['appel'], apres['adresse']):
        ecarts.append('à qui l\'écrire, ou à quelle adresse, a changé')
    if avant['signataire'] != bloc:
        ecarts.append('son signataire n\'est plus en fonction' if not bloc else 'le bloc de son signataire a changé')
    return ecarts


# ---- Sent: what the collectivité and its team read ----

# texte: its parts; copie: the id of the signed one, or None; ligne: of the journal, which says so.
Envoyee = namedtuple('Envoyee', 'le voie texte copie ligne')


def envoyee(demande, a_elle=True):
    """The Envoyee of a demande, or None. When it also says another that the reader may not read, it is shown as if it
    were of this one alone: a restricted one (nothing may tell that there is one), or, a_elle, of another address there.
    """
    lettre = models.une(Lettre, 'id IN (SELECT lettre_id FROM lettre_demande WHERE demande_id = ?) '
                        'AND envoyee_le IS NOT NULL', demande.numero)
    if lettre is None:
        return None
    demandes = lignes("""SELECT numero, courriel, restreinte, journal_id FROM lettre_demande
                         JOIN demande ON numero = demande_id WHERE lettre_id = ?""", lettre.id)
    ligne = next(d['journal_id'] for d in demandes if d['numero'] == demande.numero)
    autres = [d for d in demandes if d['numero'] != demande.numero]
    tue = any(d['restreinte'] or (a_elle and d['courriel'] != demande.courriel) for d in autres)
    texte = _dire_celle_ci(lettre, demande.numero) if tue else json.loads(lettre.texte)
    return Envoyee(lettre.envoyee_le, VOIES_DE_LETTRE[lettre.voie], texte,
                   None if tue else _copies([lettre]).get(lettre.id), ligne or 0)


def _dire_celle_ci(lettre, numero):
    faits = json.loads(lettre.faits)
    return rediger(faits | {'demandes': {str(numero): faits['demandes'][str(numero)]}})
