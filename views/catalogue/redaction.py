"""The catalogue as it is written: fiches, proposals, versions, documents, themes.

An administrateur writes; who pilots a fiche proposes, and reads its versions. A preview is the public page, of what is
typed.
"""
import functools
import re
from collections import namedtuple

from peewee import fn

import models
import langue
from models import Contenu, Direction, Document, Fiche, Refus, Theme, Version
from langue import ordre_alphabetique
from verbes import reglages, regles, textes, versions
from verbes.catalogue import campagne, catalogue
from verbes.catalogue.catalogue import CASES, CHAMPS, COUT, DITS, ETATS_SUIVANTS, LISTES, PROPOSABLES, TEXTES
from verbes.contenus import contenus, documents
from verbes.colonnes import ICONES
from verbes.echanges.colonnes import COLONNES
from verbes.echanges.references import Base
from verbes.etiquettes import PLACES, libelles
from verbes.questions import demandes_lisibles
from verbes.reglages import CHAMPS_DE_TEXTE
from views import aller, app, choix, essayer, page, propositions, request, vitrine
from views.champs import PIECES, RELU, Champ, fichiers
from views.criteres import adresse_de, criteres_remplis, une_page
from views.entrees import ID, lire_numero, trouver
from views.exports import csv_a_relire
from views.presentoir import de_la_fiche
from views.propositions import DECISION, REPONSE, comparer, tel_quel
from views.tenue import Tenue, forme, formulaire, lire, objet, page_tenue, tenir


# ---- The fields ----

AIDES = {
    'titre': 'Ce qu\'une mairie demanderait. Les demandes ouvertes gardent celui de leur dépôt.',
    'resume': 'Une ou deux phrases, 220\u00a0caractères au plus.',
    'actions': 'Un point par ligne.',
    'deroulement': 'Une étape par ligne, «\u00a0Titre\u00a0: phrase\u00a0».',
    'gratuit': '«\u00a0oui\u00a0», ou ce qui l\'est\u00a0: la première visite, le diagnostic…',
    'adherents_de': 'Le nom exact de la structure, ou son sigle, s\'il faut y adhérer.',
    'par_convention': '«\u00a0oui\u00a0», ou qui y a droit\u00a0: les communes rurales de moins de…',
    'payant': 'Par exemple\u00a0: de 2\u00a0000 à 8\u00a0000\u00a0€ selon le projet.',
    'conditions': f'Le reste. Tout vide, la fiche dit\u00a0: «\u00a0{vitrine.CONDITIONS}\u00a0»',
    'a_preparer': 'Un point par ligne.',
    'associees': 'Une par ligne, par son nom exact\u00a0: une structure, ou une direction.',
    'mots': 'Ceux qu\'une secrétaire taperait, séparés par des virgules\u00a0: la recherche les connaît, '
            'le public ne les voit pas.',
    'restreinte': 'Seules les personnes chargées d\'une demande de cette fiche la lisent.',
    'sans_texte': 'Proposé à qui écrit à la collectivité\u00a0: le courriel dit qu\'un message l\'attend.',
    'hors_guide': 'La fiche reste au catalogue en ligne.',
}
COCHEFS = 2                                                         # empty places, besides the co-chefs of the fiche
REQUIS = ('titre', 'resume', 'theme', 'promesse', 'direction')
GENRES = {**dict.fromkeys(('titre', 'mots', *COUT[:-1]), 'texte'), **dict.fromkeys(CASES, 'case'),
          **dict.fromkeys(('promesse', 'theme', 'direction'), 'choix')}
LIMITES = {c.nom: c.limite for c in COLONNES['catalogue'] if c.nom in DITS}      # what the import takes
POURQUOI = Champ('pourquoi', 'Pourquoi ce changement', requis=True, max=500,
                 aide='Gardé avec la version, lu par qui pilote la fiche.')
ACCORD = Champ('accord', 'Accord de la direction pilote obtenu le', 'date', classe='',
               aide='Si «\u00a0Coût et conditions\u00a0» change et que vous ne pilotez pas la fiche.')
FICHIER = PIECES._replace(libelle='Fichier', requis=True, aide='PDF, image, document ou plan, 10\u00a0Mo au plus.')
TITRE_DU_DOCUMENT = Champ('titre', 'Titre du document', requis=True, aide='Ce que le public lit.')


def champ_de(nom):
    """The Champ of a field of a fiche, with its choices."""
    listes = {'promesse': lambda: (choix.A_CHOISIR, *_promesses()), 'theme': lambda: (choix.A_CHOISIR, *choix.themes()),
              'direction': lambda: (choix.A_CHOISIR, *choix.directions())}
    return Champ(nom, CHAMPS[nom], GENRES.get(nom, 'long'), nom in REQUIS, AIDES.get(nom, ''),
                 listes[nom]() if nom in listes else (), max=LIMITES.get(nom, 0))


def _promesses():
    return tuple((nom, f'{models.jours_promis(nom)} jours, {promesse.libelle}')
                 for nom, promesse in regles.PROMESSES.items())


def champs_de_fiche(fiche, administre):
    """The form of a fiche (None: a new one): who pilots it proposes its texts alone."""
    if not administre:
        return [*map(champ_de, PROPOSABLES), POURQUOI]
    chefs = catalogue.chefs_de(fiche) if fiche else []
    partis = tuple((str(c.id), f'{c.nom_complet} (compte fermé)') for c in chefs if not c.actif)
    agents = (choix.A_CHOISIR, *partis, *choix.agents(direction=fiche.direction_id if fiche else None))
    cochefs = [Champ(f'cochef_{rang}', f'Co-chef de file {rang}', 'choix', choix=agents)
               for rang in range(1, max(1, len(chefs)) + COCHEFS)]
    noms = (*DITS, *CASES, 'theme', 'promesse', 'direction')
    return [*map(champ_de, noms), Champ('chefs', 'Chef de file', 'choix', True, choix=agents), *cochefs,
            *([ACCORD] if fiche and fiche.id not in catalogue.fiches_pilotees(request.agent) else []),
            *([POURQUOI] if fiche else [])]


def valeurs_de_fiche(fiche):
    """What the form shows at first."""
    chefs = [chef.id for chef in catalogue.chefs_de(fiche)]
    return {nom: getattr(fiche, nom) for nom in (*TEXTES, 'promesse')} | {
        **{nom: catalogue.montrer(nom, codes) for nom, codes in catalogue.places_dites(fiche.id).items()},
        **{nom: getattr(fiche, nom) for nom in CASES}, 'theme': fiche.theme_id, 'direction': fiche.direction_id,
        'chefs': chefs[0] if chefs else '', **{f'cochef_{rang}': id_ for rang, id_ in enumerate(chefs) if rang}}


def comprendre(lues):
    """What the verbs take, of the fields read: those that are there."""
    valeurs = {nom: lues[nom] for nom in PROPOSABLES if nom in lues}
    for nom in LISTES:
        if nom in valeurs:
            valeurs[nom] = '\n'.join(filter(None, (ligne.strip() for ligne in valeurs[nom].split('\n'))))
    valeurs |= {nom: int(lues[nom]) for nom in ('theme', 'direction') if lues.get(nom)}
    if 'chefs' in lues:
        voulus = [lues['chefs'], *(v for nom, v in lues.items() if nom.startswith('cochef_'))]
        valeurs['chefs'] = [int(v) for v in voulus if v]
        valeurs |= {nom: bool(lues[nom]) for nom in CASES}
    return valeurs


# ---- The list ----

TONS = {'brouillon': 'neutre', 'publiee': 'succes', 'suspendue': 'attention', 'archivee': 'neutre'}
Rangee = namedtuple('Rangee', 'id titre theme etat direction chefs delai maj_le verifie_le a_relire')


def _criteres():
    return criteres_remplis(('q', 'theme', 'etat', 'a_relire', 'a_revoir'))


def _rangees():
    """The fiches that this agent may read here: all, or those they pilot; with the filters of the address."""
    noms, attendues = libelles(), versions.a_relire('fiche')
    pilotees = None if request.agent.administre else catalogue.fiches_pilotees(request.agent)
    chefs = {}
    for fiche, agent in models.db.execute_sql('SELECT fiche_id, agent_id FROM pilotage ORDER BY fiche_id, rang'):
        if agent in noms['agent']:                                  # not a lecteur, whatever wrote it
            chefs.setdefault(fiche, []).append(noms['agent'][agent].nom)
    criteres = _criteres()
    mots = langue.normaliser(criteres.get('q', '')).split()
    for f in Fiche.select().order_by(Fiche.id):
        direction, theme = noms['direction'][f.direction_id], noms['theme'][f.theme_id]
        texte = langue.normaliser(' '.join((f.titre, f.mots, theme.nom, direction.nom, *chefs.get(f.id, ()))))
        if ((pilotees is None or f.id in pilotees) and all(mot in texte for mot in mots)
                and criteres.get('theme') in (None, str(f.theme_id)) and criteres.get('etat') in (None, f.etat)
                and ('a_relire' not in criteres or f.id in attendues)
                and ('a_revoir' not in criteres or campagne.a_revoir(f))):
            structure = noms['structure'][direction.parent].court
            yield Rangee(f.id, f.titre, theme, f.etat, (structure, direction), chefs.get(f.id, ()), f.delai, f.maj_le,
                         f.verifie_le, attendues.get(f.id, 0))


@app.get('/espace/redaction', qui='agent')
def liste():
    rangees = sorted(_rangees(), key=lambda r: (not r.a_relire, ordre_alphabetique(r.titre)))
    criteres = _criteres()
    extrait, pages = une_page(rangees, functools.partial(adresse_de, criteres, '/espace/redaction'))
    filtres = (
        Champ('q', 'Rechercher une fiche'),
        Champ('theme', 'Thème', 'choix', choix=(('', 'Tous'), *choix.themes())),
        Champ('etat', 'État', 'choix', choix=(('', 'Tous'), *regles.ETATS_DE_FICHE.items())),
        Champ('a_relire', 'À relire', 'case'), Champ('a_revoir', 'Fiches à revoir', 'case'))
    return page(
        'catalogue/redaction/liste.html', rangees=extrait, **pages, criteres=criteres, filtres=filtres, tons=TONS,
        brouillons=len(catalogue.brouillons()) if request.agent.administre else 0,
        etats=regles.ETATS_DE_FICHE, export=adresse_de(criteres, '/espace/redaction.csv'))


@app.get('/espace/redaction.csv', qui='administrateur', transaction=False)
def exporter():
    return csv_a_relire('catalogue', lambda: (_criteres(), {r.id for r in _rangees()}))


# ---- One fiche ----

def trouver_fiche(id):
    """The Fiche of an address, if this agent administers or pilots it; Refus 404, 403."""
    fiche = trouver(Fiche, id, 'Cette fiche n\'existe pas. Cherchez-la dans la liste du catalogue.')
    if not request.agent.administre and fiche.id not in catalogue.fiches_pilotees(request.agent):
        raise Refus('Cette page est réservée aux administrateurs et à qui pilote la fiche.', 403)
    return fiche


def _tenue(fiche):
    """Its form: None, of a new one."""
    champs = champs_de_fiche(fiche, request.agent.administre)
    if fiche is None:
        return Tenue(objet('fiche', None), '', champs, {}, proposees={'promesse': regles.COMPLEXE})
    return Tenue(objet('fiche', fiche), 'Cette fiche', champs, valeurs_de_fiche(fiche), {'etat': fiche.etat})


def _tenue_du_document(fiche):
    return Tenue(f'{objet("fiche", fiche)}/document', '', (TITRE_DU_DOCUMENT, FICHIER), {})


def _tenue_de_la_decision(v, courants):
    """Of a proposal: decided against what the fiche says. What it proposes may be touched up."""
    valeurs = versions.lire(v)
    valeurs |= {nom: catalogue.montrer(nom, valeurs[nom]) for nom in PLACES if nom in valeurs}
    champs = (DECISION, REPONSE, *([ACCORD] if {*COUT} & {*valeurs} else []), *map(champ_de, valeurs))
    return Tenue(f'fiche:{v.objet}/proposition-{v.id}', 'Cette fiche', champs, valeurs, courants)


def montrer(fiche, formulaire='', *revenue):
    """The page of a fiche. formulaire: the form that comes back (champs, document, or the id of a proposal), as forme()
    takes it.
    """
    administre, fil = request.agent.administre, versions.versions_de('fiche', fiche.id)
    courants = catalogue.champs_de(fiche)
    actuelle, attendent = propositions.en_vigueur(fil), [v for v in fil if v.etat == 'a_relire']
    tenues = {'champs': _tenue(fiche), 'document': _tenue_du_document(fiche)} | {
        str(v.id): _tenue_de_la_decision(v, courants) for v in attendent}
    formes = {nom: forme(tenue, *(revenue if nom == formulaire else ())) for nom, tenue in tenues.items()}
    ouvertes = demandes_lisibles(request.agent).where(
        models.Demande.fiche == fiche, models.Demande.clos_le.is_null()).count()
    return page(
        'catalogue/redaction/fiche.html', *revenue[:1], fiche=fiche, fil=fil, ton=TONS[fiche.etat], noms=CHAMPS,
        courants=courants, formes=formes, **propositions.revenir(formes, formulaire, fil, CHAMPS, *revenue),
        propositions=[_proposition(v, courants, actuelle, formes[str(v.id)]) for v in attendent],
        derniere=_ce_que_change(actuelle) if revenue[:1] == (409,) and actuelle else None, actuelle=actuelle,
        decision=(DECISION, REPONSE, ACCORD), ouvertes=ouvertes, chefs=catalogue.chefs_de(fiche),
        suivants=ETATS_SUIVANTS[fiche.etat] if administre else {}, etats=regles.ETATS_DE_FICHE,
        associees=catalogue.montrer('associees', courants['associees']),
        documents=documents.documents_de('fiche', fiche.id),
        publique=vitrine.adresse('/fiches', fiche.id, fiche.titre) if fiche.etat in ('publiee', 'suspendue') else '')


def _ce_que_change(v):
    """[(field, its label, the lines of before, those of after)] of what a version changes."""
    sorte = VERSIONNES[v.genre]
    return comparer(propositions.d_avant(v), versions.lire(v), sorte.noms, sorte.montrer)


def _proposition(v, courants, actuelle, sa_forme):
    """What the page shows of a proposal, and whether its author pilots the fiche."""
    valeurs = versions.lire(v)
    comparee = comparer(courants, valeurs, CHAMPS, catalogue.montrer)
    montree = propositions.presenter(v, {nom: champ_de(nom) for nom in valeurs}, comparee, actuelle, sa_forme)
    return montree | {'cout': COUT, 'pilote': v.agent_id and int(v.objet) in catalogue.fiches_pilotees(v.agent),
                      'restent': len(PROPOSABLES) - len(valeurs)}


def _nouvelle(*revenue):
    return page_tenue('catalogue/redaction/nouvelle.html', _tenue(None), *revenue)


formulaire('/espace/redaction/fiches/nouvelle', 'administrateur', tuple, lambda: _tenue(None), _nouvelle,
           lambda lues: catalogue.creer_fiche(request.agent, comprendre(lues), 'Fiche écrite.'),
           lambda numero: f'/espace/redaction/fiches/{numero}?fait=enregistre')


@app.get(f'/espace/redaction/fiches/{ID}', qui='agent')
def fiche(id):
    return montrer(trouver_fiche(id))


@app.post(f'/espace/redaction/fiches/{ID}', qui='agent')
def enregistrer(id):
    """An administrateur writes a version; who pilots the fiche, and does not administer, proposes one."""
    fiche, agent = trouver_fiche(id), request.agent
    tenue = _tenue(fiche)
    saisies, fautes = lire(tenue.champs)
    if agent.administre:
        return _faire(fiche, 'champs', 'enregistre', tenue, saisies, fautes, lambda v: catalogue.enregistrer_fiche(
            fiche, agent, comprendre(v), v['pourquoi'], v.get('accord', '')))
    return _faire(fiche, 'champs', 'propose', tenue, saisies, fautes, lambda v: catalogue.proposer(
        fiche, agent, comprendre(v), v['pourquoi']))


def _faire(fiche, formulaire, fait, tenue, lues, fautes, verbe):
    """Call a verb with what was typed of a fiche, then its page; or the page again, with it."""
    _, fautes, code = tenir(tenue, lues, fautes, verbe, lues)
    if fautes:
        return montrer(models.relire(fiche), formulaire, code, lues, fautes)
    aller(f'/espace/redaction/fiches/{fiche.id}?fait={fait}')


@app.post('/espace/redaction/apercu', qui='agent')
def apercu():
    """What is typed, as the public will read it; nothing is written."""
    numero = request.saisies.get('fiche', '')
    fiche = trouver_fiche(numero) if lire_numero(numero) else None
    if fiche is None and not request.agent.administre:
        raise Refus('Choisissez une fiche que vous pilotez.', 403)
    champs = [c for c in champs_de_fiche(fiche, request.agent.administre) if c.nom not in ('pourquoi', 'accord')]
    saisies, fautes = lire(champs)
    if fautes:
        return montrer(fiche, 'champs', 422, saisies, fautes) if fiche else _nouvelle(422, saisies, fautes)
    ligne = fiche.__data__ if fiche else {
        'id': 0, 'etat': 'brouillon', 'explication': '', 'verifie_le': None}
    valeurs = {**ligne, 'maj_le': langue.aujourdhui(), **catalogue.coder(comprendre(saisies), Base())}
    valeurs['adherents'] = valeurs['adherents_de']
    return vitrine.page_de_fiche(vitrine.completer(_nommer(valeurs, fiche), _places(valeurs, fiche)),
                                 vitrine.fiches_publiees(), de_la_fiche(valeurs['id']), apercu=True)


def _nommer(dite, fiche):
    """The row of a fiche, with what else the public page reads."""
    theme = Theme.get_by_id(dite['theme'])
    return dite | {'theme_nom': theme.nom, 'icone': theme.icone, 'ordre': theme.ordre}


def _places(dite, fiche):
    """(structure id, structure, direction, its telephone) of those who would receive a demande."""
    chefs = dite.get('chefs') or [chef.id for chef in catalogue.chefs_de(fiche)]
    directions = [a.direction for a in models.lire_agents(
        f'WHERE agent.actif AND agent.id IN ({", ".join("?" * len(chefs))})', *chefs)]
    return [(d.structure_id, d.structure.nom, d.nom, d.telephone)
            for d in directions or [Direction.get_by_id(dite['direction'])]]


# ---- Its state ----

def _champs_d_etat(fiche, etat):
    publiees = tuple((groupe, tuple((v, nom) for v, nom, *_ in choix_ if v != str(fiche.id)))
                     for groupe, choix_ in choix.fiches())
    aussi = {
        'suspendue': [Champ('explication', 'Explication au public', 'long', True,
                            'Lue sur la page de la fiche\u00a0: pourquoi, jusqu\'à quand, qui appeler.', max=2000)],
        'archivee': [Champ('remplacee_par', 'Remplacée par', 'choix', choix=(('', 'Aucune'), *publiees),
                           aide='L\'ancienne adresse mène à cette fiche.')],
    }
    premiere = _premiere_publication(fiche, etat)
    return [*aussi.get(etat, ()), POURQUOI._replace(requis=False) if premiere else POURQUOI]


def _premiere_publication(fiche, etat):
    """Of what nobody has read yet, there is no change to explain."""
    ecrites = versions.versions_de('fiche', fiche.id)
    return (fiche.etat, etat) == ('brouillon', 'publiee') and not any(
        versions.lire(v).get('etat') == 'publiee' for v in ecrites)


def _tenue_de_l_etat(fiche, etat):
    connues = {'explication': fiche.explication, 'remplacee_par': fiche.remplacee_par_id}
    return Tenue(f'{objet("fiche", fiche)}/{etat}', 'Cette fiche', _champs_d_etat(fiche, etat), connues,
                 catalogue.champs_de(fiche))


def _page_d_etat(fiche, etat, *revenue):
    change = revenue[:1] == (409,)
    if etat not in ETATS_SUIVANTS[fiche.etat] and not change:
        raise Refus('Cet acte n\'est pas possible sur cette fiche. Revenez à sa page.', 404)
    return page_tenue('catalogue/redaction/etat.html', _tenue_de_l_etat(fiche, etat), *revenue, fiche=fiche, etat=etat,
                      bouton=ETATS_SUIVANTS[fiche.etat].get(etat, ''), change=change)


@app.get(f'/espace/redaction/fiches/{ID}/etat/<etat>', qui='administrateur')
def montrer_etat(id, etat):
    return _page_d_etat(trouver_fiche(id), etat)


@app.post(f'/espace/redaction/fiches/{ID}/etat/<etat>', qui='administrateur')
def changer_etat(id, etat):
    fiche = trouver_fiche(id)
    if etat not in regles.ETATS_DE_FICHE:
        return _page_d_etat(fiche, etat)
    tenue = _tenue_de_l_etat(fiche, etat)
    saisies, fautes = lire(tenue.champs)
    remplacante = Fiche.get_or_none(Fiche.id == int(saisies.get('remplacee_par') or 0)) if not fautes else None
    pourquoi = saisies['pourquoi'] or catalogue.PREMIERE            # elsewhere, it is required
    _, fautes, code = tenir(tenue, saisies, fautes, catalogue.changer_etat, fiche, request.agent, etat, pourquoi,
                            saisies.get('explication', ''), remplacante)
    if not fautes:
        aller(f'/espace/redaction/fiches/{fiche.id}?fait=enregistre')
    # Of a field that is on the page of the fiche (who pilots it), no link here.
    fautes = {champ if champ in saisies else '': phrase for champ, phrase in fautes.items()}
    return _page_d_etat(models.relire(fiche), etat, code, saisies, fautes)


# ---- Proposals and versions ----

@app.post(f'/espace/redaction/propositions/{ID}', qui='administrateur')
def decider(id):
    proposition = trouver(Version, id, 'Cette proposition n\'existe pas. Revenez à la fiche.', Version.genre == 'fiche')
    fiche = Fiche.get_by_id(int(proposition.objet))
    tenue = _tenue_de_la_decision(proposition, catalogue.champs_de(fiche))
    saisies, fautes = lire(tenue.champs)
    if proposition.etat != 'a_relire':
        return montrer(fiche, id, 409, saisies, {'': versions.DECIDEE})
    if saisies['decision'] == 'refuser':
        return _faire(fiche, id, 'enregistre', tenue, saisies, {}, lambda v: catalogue.refuser(
            proposition, request.agent, v['reponse']))
    return _faire(fiche, id, 'enregistre', tenue, saisies, fautes, lambda v: catalogue.accepter(
        proposition, request.agent, comprendre(v), v.get('accord', '')))


# Of each kind of version: what its object is in a sentence, the labels of its fields, how one is read, what its object
# says now, the fields that an older one gives back, where it is written (of its key), and the list it is found in.
Versionne = namedtuple('Versionne', 'quoi noms montrer champs_de retablis page liste')
VERSIONNES = {
    'fiche': Versionne('Cette fiche', CHAMPS, catalogue.montrer, catalogue.champs_de, catalogue.RETABLIS,
                       '/espace/redaction/fiches/{}', ('Catalogue', '/espace/redaction')),
    'page': Versionne('Ce texte', CHAMPS_DE_TEXTE['page'], tel_quel, reglages.champs_de_texte, CHAMPS_DE_TEXTE['page'],
                      '/espace/admin/textes/{}', ('Textes', '/espace/admin/textes')),
    'lettre': Versionne('Cette lettre', CHAMPS_DE_TEXTE['lettre'], tel_quel, reglages.champs_de_texte,
                        CHAMPS_DE_TEXTE['lettre'], '/espace/admin/textes/{}',
                        ('Textes', '/espace/admin/textes')),
    'courriel': Versionne('Ce courriel', CHAMPS_DE_TEXTE['courriel'], tel_quel, reglages.champs_de_texte,
                          CHAMPS_DE_TEXTE['courriel'], '/espace/admin/courriels/{}',
                          ('Textes', '/espace/admin/textes')),
    'contenu': Versionne('Ce contenu', contenus.CHAMPS, contenus.montrer, contenus.champs_de, contenus.RETABLIS,
                         '/espace/redaction/contenus/{}', ('Contenus', '/espace/redaction/contenus')),
}


def _version(id):
    """(a Version, the object it is of: Fiche, Texte or Contenu), if this agent may read it."""
    version = trouver(Version, id, 'Cette version n\'existe pas. Revenez à la fiche, à la page ou au contenu.')
    if version.genre == 'fiche':
        return version, trouver_fiche(version.objet)
    if version.genre == 'contenu':
        contenu = Contenu.get_by_id(int(version.objet))
        if not contenus.peut_ecrire(contenu, request.agent) and version.agent_id not in request.agent.identites:
            raise Refus('Les versions d\'un contenu sont lues de son auteur et de qui le publie.', 403)
        return version, contenu
    _exiger_d_administrer()
    if version.objet not in textes.TEXTES[version.genre]:           # of before an update
        raise Refus('Ce texte n\'existe plus. Revenez à l\'administration.', 404)
    return version, textes.lire(version.genre, version.objet)


def _exiger_d_administrer():
    if not request.agent.administre:
        raise Refus('Cette page est réservée aux administrateurs de la Plateforme.', 403)


def _peut_retablir(version, objet):
    if version.genre == 'contenu':
        return contenus.ecrit_sur_place(objet, request.agent)
    return request.agent.administre


def _a_rendre(version, objet):
    """[(field, its label, its lines now, those that it had)] of what a version of before gives back."""
    sorte = VERSIONNES[version.genre]
    courants, dits = sorte.champs_de(objet), versions.lire(version)
    rendus = {nom: dits.get(nom, '') for nom in sorte.retablis if nom in courants}
    retablit = version.etat == 'remplacee' and _peut_retablir(version, objet)
    return comparer(courants, rendus, sorte.noms, sorte.montrer) if retablit else []


def _tenue_de_la_version(version, objet):
    relu = version.genre == 'contenu' and objet.etat == 'publie' and contenus.a_relire(objet)
    pourquoi = POURQUOI if version.genre == 'fiche' else POURQUOI._replace(aide='Gardé avec la version.')
    accord = bool({*COUT} & {nom for nom, *_ in _a_rendre(version, objet)})
    champs = [pourquoi, *([ACCORD] if accord else []), *([RELU] if relu else [])]
    sorte = VERSIONNES[version.genre]
    return Tenue(f'{version.genre}:{version.objet}/version-{version.id}', sorte.quoi, champs, {},
                 sorte.champs_de(objet))


def _page_de_version(version, objet, *revenue):
    sorte, dits = VERSIONNES[version.genre], versions.lire(version)
    return page_tenue(
        'catalogue/redaction/version.html', _tenue_de_la_version(version, objet), *revenue, version=version,
        objet=objet, genre=version.genre, liste=sorte.liste, nomme=_titre_de(version, objet),
        change=revenue[:1] == (409,),
        cadre='contenus/publication/gabarit.html' if version.genre == 'contenu' else 'catalogue/redaction/gabarit.html',
        publiee=_est_publie(version, objet),
        retour=sorte.page.format(version.objet), comparee=_ce_que_change(version),
        dits=[(sorte.noms.get(nom, nom), sorte.montrer(nom, texte)) for nom, texte in dits.items() if texte],
        a_rendre=_a_rendre(version, objet))


def _est_publie(version, objet):
    if version.genre in textes.TEXTES:
        return True
    return objet.publiee if version.genre == 'fiche' else objet.etat == 'publie'


def _titre_de(version, objet):
    return textes.libelle(objet) if version.genre in textes.TEXTES else objet.titre


@app.get(f'/espace/redaction/versions/{ID}', qui='agent')
def montrer_version(id):
    return _page_de_version(*_version(id))


@app.post(f'/espace/redaction/versions/{ID}', qui='agent')
def retablir(id):
    """An administrateur; of a content, who may write it."""
    version, objet = _version(id)
    if version.genre != 'contenu':
        _exiger_d_administrer()
    if version.etat != 'remplacee':
        raise Refus('Seule une version remplacée se rétablit. Revenez à la liste des versions.', 409)
    tenue = _tenue_de_la_version(version, objet)
    saisies, fautes = lire(tenue.champs)
    pourquoi = saisies['pourquoi']
    faire = {
        'fiche': (catalogue.retablir, version, request.agent, pourquoi, saisies.get('accord', '')),
        'contenu': (contenus.retablir, version, request.agent, pourquoi, saisies.get('relu_par', '')),
    }.get(version.genre) or (reglages.ecrire_texte, objet, versions.lire(version), request.agent,
                             f'Version {version.numero} rétablie. {pourquoi}')
    _, fautes, code = tenir(tenue, saisies, fautes, *faire)
    if not fautes:
        aller(f'{VERSIONNES[version.genre].page.format(version.objet)}?fait=enregistre')
    # Of a field that is not here, no link.
    fautes = {champ if champ in saisies else '': phrase for champ, phrase in fautes.items()}
    return _page_de_version(*_version(id), code, saisies, fautes)


# ---- Documents ----

@app.post(f'/espace/redaction/fiches/{ID}/documents', qui='administrateur', fichiers=True)
def joindre(id):
    fiche = trouver_fiche(id)
    tenue = _tenue_du_document(fiche)
    saisies, fautes = lire(tenue.champs)
    return _faire(fiche, 'document', 'enregistre', tenue, saisies, fautes, lambda v: documents.ajouter_document(
        'fiche', fiche.id, v['titre'], [(nom, octets) for nom, octets in fichiers('pieces') if nom], request.agent))


@app.post(f'/espace/redaction/documents/{ID}/retirer', qui='administrateur')
def retirer(id):
    document = Document.select(Document.id, Document.genre, Document.objet, Document.nom).where(
        Document.id == int(id), Document.genre == 'fiche').first()
    if document is None:
        raise Refus('Ce document est déjà retiré.', 404)
    documents.retirer_document(document, request.agent)
    aller(f'/espace/redaction/fiches/{document.objet}?fait=enregistre')


# ---- Themes ----

THEME = (
    Champ('nom', 'Nom', requis=True),
    Champ('court', 'Nom court', max=30, aide='Dans les listes\u00a0; vide\u00a0: le nom entier.'),
    Champ('icone', 'Dessin', 'choix', True,
          choix=tuple((nom, nom.capitalize().replace('Ecran', 'Écran')) for nom in ICONES)),
    Champ('ordre', 'Place dans le catalogue', requis=True, aide='Un nombre\u00a0: le plus petit d\'abord.', max=3),
)


def _tenue_du_theme(theme):
    valeurs = {c.nom: getattr(theme, c.nom) for c in THEME} if theme else {}
    suivant = (Theme.select(fn.MAX(Theme.ordre)).scalar() or 0) + 1
    return Tenue(objet('theme', theme), 'Ce thème', THEME, valeurs, proposees={'ordre': suivant})


def _page_des_themes(theme, *revenue):
    nombres = dict(models.db.execute_sql('SELECT theme_id, count(*) FROM fiche GROUP BY theme_id'))
    themes = [(t, nombres.get(t.id, 0)) for t in Theme.select().order_by(Theme.ordre, Theme.id)]
    return page_tenue('catalogue/redaction/themes.html', _tenue_du_theme(theme), *revenue, themes=themes, theme=theme,
                      vide=not (theme and nombres.get(theme.id)))


def _theme(id=None):
    return id and trouver(Theme, id, 'Ce thème n\'existe pas, ou plus. Revenez à la liste des thèmes.'),


def _lire_theme(champs, _):
    valeurs, fautes = lire(champs)
    if not re.fullmatch('[0-9]{1,18}', valeurs['ordre']):
        fautes['ordre'] = 'Écrivez un nombre, par exemple 3.'
    return valeurs, fautes


for adresse in ('/espace/redaction/themes', f'/espace/redaction/themes/{ID}'):
    formulaire(adresse, 'administrateur', _theme, _tenue_du_theme, _page_des_themes,
               lambda theme, lues: catalogue.ecrire_theme(theme, request.agent, lues | {'ordre': int(lues['ordre'])}),
               '/espace/redaction/themes?fait=enregistre', _lire_theme)


@app.post(f'/espace/redaction/themes/{ID}/supprimer', qui='administrateur')
def supprimer_theme(id):
    theme, = _theme(id)
    _, fautes, code = essayer({}, catalogue.supprimer_theme, theme, request.agent)
    if fautes:
        return _page_des_themes(theme, code, {}, fautes)
    aller('/espace/redaction/themes?fait=enregistre')
