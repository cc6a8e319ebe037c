"""The contents as they are written: the list, one content with its form and its acts, what is proposed of it.

Every agent writes one and proposes it; an administrateur publishes, and the animateur of a groupe de travail its
documents. A preview is the public page, of what is typed.
"""
import functools
import re
from collections import namedtuple

import models
import langue
from models import Collectivite, Contenu, Refus
from models import Version
from verbes import appellations, versions
from verbes.contenus import contenus, relectures
from verbes.contenus.contenus import ACTES, CHAMPS, CLES, JOURS, LIENS
from verbes.etiquettes import libelles
from verbes.regles import AUDIENCES, CLASSES_DE_DOCUMENT, ETATS_DE_CONTENU, GENRES_DE_CONTENU
from views import aller, annoncer, app, choix, espacer, page, presentoir, propositions, request, tenter
from views.champs import RELU, Champ
from views.cookies import saisies_gardees
from views.criteres import adresse_de, criteres_remplis, une_page
from views.entrees import ID, trouver
from views.propositions import DECISION, REPONSE
from views.tenue import Tenue, forme, lire, objet, tenir
from .consentement import presenter_projet
from .joints import joints_de

ICI = '/espace/redaction/contenus'

# ---- The fields ----

AIDES = {
    'titre': 'Ce que vous diriez à une mairie. Il fait partie de l\'adresse de la page.',
    'resume': 'Une ou deux phrases, 300\u00a0caractères au plus\u00a0: c\'est ce que montrent les listes, les flux et '
              'les aperçus de liens.',
    'debut_a': 'Par exemple 9\u00a0h 30. Sans heure\u00a0: journée entière.',
    'fin_le': 'Dernier jour\u00a0; vide\u00a0: un seul jour.',
    'inscription': 'Une adresse qui commence par https://, ou une adresse de courriel. Vide\u00a0: entrée libre.',
    'inscription_au': 'Dernier jour pour s\'inscrire.',
    'groupe': 'Pour un document de groupe de travail.',
    'seance_le': 'De l\'ordre du jour, du compte rendu ou des décisions.',
    'a_qui': 'Le service, et comment le joindre.',
    'collectivite': 'Son nom, ou son code postal.',
    'annee': 'Celle où le projet s\'est achevé.',
    'cout': 'Le montant, puis qui a financé, un financeur par ligne.',
    'structure': 'Qui l\'a écrit, et répond de son contenu.',
    'verifie_le': 'Le jour où son texte et ses fichiers ont été relus.',
    'a_revoir_le': 'Au plus tard douze mois après. Son auteur reçoit un rappel, et la page le dit une fois passé.',
    'publie_le': 'Vide\u00a0: le jour où il est publié.',
    'expire_le': 'Dernier jour où il est lu. Vide\u00a0: pas de fin.',
    'collectivites': 'Son nom, ou son code postal.',
}
AIDES_D_UN_DOCUMENT = {                                             # which no public page, nor feed, shows
    'titre': 'Ce que les contributeurs chercheront\u00a0: le sujet, avant la date.',
    'resume': 'Une ou deux phrases, 300\u00a0caractères au plus\u00a0: c\'est ce que montre la page '
              '«\u00a0Documents\u00a0».',
}
SORTES = {'resume': 'long', 'cout': 'long', 'corps': 'long', 'theme': 'choix',
          'structure': 'choix', 'groupe': 'choix', 'nature': 'choix', 'classe': 'choix', 'audience': 'radio'}
LIMITES = {'resume': 300, 'cout': 2000, 'corps': contenus.CORPS_MAX, 'inscription': 400}
COURTS = (*JOURS, 'debut_a', 'fin_a', 'annee')
AUCUN = {'theme': 'Aucun', 'structure': 'Aucune', 'groupe': 'Aucun'}
INCONNUS_MAX = 5                                                    # names of collectivités, said at once
PLACES_MAX = 30                                                     # of links, unless more are filled
VIDES = 2                                                           # empty places, besides those that are filled
UN_LIEN = {'fiches': 'Fiche liée', 'structures': 'Structure nommée', 'collectivites': 'Collectivité concernée'}
POURQUOI = Champ('pourquoi', 'Pourquoi ce changement', requis=True, max=500,
                 aide='Gardé avec la version, lu par qui écrit ce contenu.')
MOTS = Champ('mots', 'Pourquoi, à son auteur', 'long', max=2000,
             aide='Il le reçoit par courriel. Obligatoire pour renvoyer ou retirer ce qu\'un autre a écrit.')
# Of the form: (its title, its fields). Those of a kind alone are shown.
PARTIES = (
    ('Le contenu', ('titre', 'resume', 'classe', 'groupe', 'nature', 'seance_le', 'debut_le', 'debut_a', 'fin_le',
                    'fin_a', 'lieu', 'inscription', 'inscription_au', 'collectivite', 'annee', 'cout', 'corps',
                    'a_qui')),
    ('Qui en répond', ('structure', 'structures', 'verifie_le', 'a_revoir_le')),
    ('À quoi il se rapporte', ('theme', 'fiches', 'collectivites')),
    ('Qui le lit, et quand', ('audience', 'publie_le', 'expire_le')),
)
EN_LIGNE = (('debut_le', 'debut_a'), ('fin_le', 'fin_a'), ('publie_le', 'expire_le'), ('verifie_le', 'a_revoir_le'),
            ('inscription', 'inscription_au'), ('collectivite', 'annee'), ('classe', 'groupe'),
            ('nature', 'seance_le'))                                # side by side


def champ_de(nom, genre, contenu=None):
    """The Champ of a field of a content, with its choices."""
    listes = {
        'theme': choix.themes, 'structure': lambda: choix.options(choix.ouvertes('structure')),
        'groupe': lambda: _groupes(contenu), 'nature': lambda: tuple(contenus.natures(genre).items()),
        'classe': lambda: tuple(CLASSES_DE_DOCUMENT.items()), 'audience': lambda: tuple(AUDIENCES.items()),
        'collectivite': choix.noms_des_collectivites}
    liste = listes[nom]() if nom in listes else ()
    sorte = 'date' if nom in JOURS else SORTES.get(nom, 'texte')
    if sorte == 'choix':
        vide = ('', AUCUN[nom]) if nom in AUCUN and nom not in contenus.REQUIS[genre] else choix.A_CHOISIR
        liste = (vide, *liste)
    # What must be said before it is published is asked once it is.
    aides = AIDES | AIDES_D_UN_DOCUMENT if genre == 'document' else AIDES
    exige, aide, publie = nom in contenus.REQUIS[genre], aides.get(nom, ''), contenu and contenu.etat == 'publie'
    requis = nom in ('titre', 'audience') or bool(publie and (exige or nom == 'publie_le'))
    if publie and nom == 'publie_le':
        aide = 'Le premier jour où il est lu.'
    if exige and not requis:
        aide = f'{aide} Nécessaire pour proposer et publier.'.strip()
    return Champ(nom, CHAMPS[nom], sorte, requis, aide, liste, max=LIMITES.get(nom, 0),
                 classe='court' if nom in COURTS else '')


def _groupes(contenu):
    ouverts = contenus.groupes()
    if contenu and contenu.groupe_id and contenu.groupe_id not in [g.id for g in ouverts]:
        ouverts.append(contenu.groupe)
    return tuple((str(g.id), g.nom) for g in ouverts)


def champs_de_contenu(genre, contenu=None, saisies=None):
    """{field: [its Champs]} of a kind, in the order of its form: a list of links has several."""
    return {nom: _places(nom, genre, contenu, saisies) if nom in UN_LIEN else [champ_de(nom, genre, contenu)]
            for nom in contenus.champs_du_genre(genre)}


def _places(nom, genre, contenu, saisies):
    """One place for each link, those that are there and a few more; saisies: as many as came back."""
    liens = contenus.lies(contenu, nom) if contenu else []
    revenues = sum(bool(re.fullmatch(f'{nom}_[0-9]+', cle)) for cle in saisies or ())
    places = max(len(liens) + VIDES, min(revenues, PLACES_MAX))
    if nom == 'collectivites':
        return _places_des_collectivites(genre, places)
    if nom == 'fiches':
        liste = choix.groupees({cle: libelle for cle, libelle in libelles()['fiche'].items()
                                if cle in liens or cle in _publiees()}, libelles()['theme'])
    else:
        liste = choix.options({cle: libelle for cle, libelle in libelles()['structure'].items()
                               if cle in liens or not libelle.fermee_le})
    return [Champ(f'{nom}_{rang}', f'{UN_LIEN[nom]} {rang}', 'choix', choix=(('', 'Aucune'), *liste))
            for rang in range(1, places + 1)]


def _places_des_collectivites(genre, places):
    """Texts: one list of suggestions is enough, that of the first one, or of the collectivité of a projet."""
    premiere = 'collectivite' if 'collectivite' in contenus.champs_du_genre(genre) else 'collectivites_1'
    noms = choix.noms_des_collectivites()
    return [Champ(nom, f'{UN_LIEN["collectivites"]} {rang}', aide=AIDES['collectivites'],
                  choix=noms if nom == premiere else noms and f'{premiere}-choix')
            for rang in range(1, places + 1) for nom in [f'collectivites_{rang}']]


@models.gardee
def _publiees():
    return {id_ for id_, in models.Fiche.select(models.Fiche.id).where(models.Fiche.etat == 'publiee').tuples()}


def a_plat(champs):
    return [c for siens in champs.values() for c in siens]


# ---- What is typed, what the verbs take ----

def valeurs_du_formulaire(contenu):
    """What the form shows at first."""
    lues, valeurs = contenus.valeurs_de(contenu), {}
    for nom, valeur in lues.items():
        if nom == 'collectivites':
            liees = Collectivite.select().where(Collectivite.id.in_(valeur)).order_by(Collectivite.cherche)
            valeurs |= {f'{nom}_{rang}': _nommer(liee) for rang, liee in enumerate(liees, 1)}
        elif nom in UN_LIEN:
            valeurs |= {f'{nom}_{rang}': str(id_) for rang, id_ in enumerate(valeur, 1)}
        elif nom == 'collectivite':
            valeurs[nom] = _nommer(contenu.collectivite) if valeur else ''
        else:
            valeurs[nom] = '' if valeur is None else str(valeur)
    return valeurs


def _nommer(collectivite):
    """Its name as the field takes it back: with what tells it from its homonyms, when it has some."""
    _, sure = appellations.reconnaitre(collectivite.nom)
    precise = choix.precision(collectivite.codes_postaux, collectivite.type)
    return collectivite.nom if sure else f'{collectivite.nom} ({precise})'


def comprendre(lues, fautes, genre):
    """What the verbs take, of the fields read: those that are there; faults are added."""
    valeurs = contenus.comprendre({nom: lues[nom] for nom in lues if nom in CHAMPS and nom not in (*CLES, *LIENS)})
    for nom in ('debut_a', 'fin_a'):
        if nom in valeurs:
            valeurs[nom] = langue.lire_heure(valeurs[nom])
    valeurs |= {nom: int(lues[nom]) if lues[nom] else None for nom in ('theme', 'structure', 'groupe') if nom in lues}
    for nom in UN_LIEN:
        siens = {cle: v for cle, v in lues.items() if v and re.fullmatch(f'{nom}_[0-9]+', cle)}
        if nom in contenus.champs_du_genre(genre) and f'{nom}_1' in lues:
            ids = _lire_collectivites(siens, fautes) if nom == 'collectivites' else map(int, siens.values())
            valeurs[nom] = sorted(set(ids))
    if valeurs.get('groupe') and valeurs.get('classe') == '':       # the groupe says it
        valeurs['classe'] = 'groupe'
    if lues.get('annee') and valeurs['annee'] is None:
        fautes.setdefault('annee', 'Écrivez une année, par exemple 2025.')
    if 'collectivite' in lues:
        valeurs['collectivite'] = _lire_collectivite('collectivite', lues['collectivite'], fautes)
    return valeurs


def _lire_collectivite(nom, saisie, fautes):
    """The id of what was typed in a field, or chosen beside it among the nearest; a fault when it is not sure."""
    if not saisie:
        return None
    liee, phrase = choix.choisir_collectivite(saisie, request.saisies.get(f'{nom}_choix', ''), 'corrigez le nom')
    if phrase:
        fautes[f'{nom}_choix' if choix.proches(saisie) else nom] = phrase
    elif f'{nom}_choix' in request.saisies:
        request.saisies[nom] = _nommer(liee)                        # the choice stays, if the form comes back
    return liee.id if liee else None


def _lire_collectivites(saisies, fautes):
    """The ids of {field: name}; the search stops at the fifth that is not sure, being long."""
    ids, avant = [], len(fautes)
    for nom, saisie in saisies.items():
        if len(fautes) - avant < INCONNUS_MAX:
            ids.append(_lire_collectivite(nom, saisie, fautes))
    return filter(None, ids)


def lire_tout(champs, genre):
    """(values for the verbs, faults, what was read) of the form that came."""
    saisies, fautes = lire(champs)
    valeurs = comprendre({nom: v for nom, v in saisies.items() if nom not in fautes}, fautes, genre)
    return valeurs, fautes, saisies


# ---- The list ----

TONS = {'brouillon': 'neutre', 'a_valider': 'attention', 'publie': 'succes', 'retire': 'neutre'}
Rangee = namedtuple('Rangee', 'id titre genre etat note theme auteur structure modifie_le propositions a_lire attend')


def _rangees(criteres):
    """What this agent may read here, with the filters of the address: what waits for them first, then the newest."""
    agent, noms, changes = request.agent, libelles(), versions.a_relire('contenu')
    a_lire, des_siens = relectures.a_relire(agent), relectures.a_relire_par_les_siens(agent)
    mots, identites = langue.normaliser(criteres.get('q', '')).split(), set(agent.identites)
    animes = {g.id for g in contenus.groupes() if g.animateur_id in identites}
    rangees = []
    lignes = contenus.lisibles(agent).select(*presentoir.SANS_CORPS)
    for c in lignes.order_by(Contenu.modifie_le.desc(), Contenu.id.desc()):
        auteur = noms['agent'].get(c.agent_id)
        theme, structure = noms['theme'].get(c.theme_id), noms['structure'].get(c.structure_id)
        texte = langue.normaliser(' '.join((c.titre, c.resume, *(n.nom for n in (auteur, theme, structure) if n))))
        decide = agent.administre or c.groupe_id in animes
        attend = c.id in a_lire or decide and (c.etat == 'a_valider' or c.id in changes)
        if (all(mot in texte for mot in mots) and criteres.get('genre') in (None, c.genre)
                and criteres.get('etat') in (None, c.etat) and ('a_moi' not in criteres or c.agent_id in identites)
                and ('a_relire' not in criteres or attend)
                and ('ma_structure' not in criteres or c.id in des_siens)):
            rangees.append(Rangee(
                c.id, espacer(c.titre), GENRES_DE_CONTENU[c.genre].libelle, c.etat, _note(c), theme, auteur, structure,
                langue.jour_de(c.modifie_le), changes.get(c.id, 0) if decide else 0,
                c.id in des_siens, attend))
    return sorted(rangees, key=lambda r: not r.attend)


def _note(contenu):
    """What its state does not say: it is to come, over, or to be revised."""
    jour = langue.aujourdhui()
    if contenu.etat == 'publie' and contenu.publie_le > jour:
        return f'à partir du {langue.dire_jour(contenu.publie_le)}'
    if contenu.etat == 'publie' and contenu.expire_le and contenu.expire_le < jour:
        return f'jusqu\'au {langue.dire_jour(contenu.expire_le)}, passé'
    if contenu.etat == 'publie' and contenu.a_revoir_le and contenu.a_revoir_le < jour:
        return f'à revoir depuis le {langue.dire_jour(contenu.a_revoir_le)}'
    return ''


@app.get(ICI, qui='agent')
def liste():
    criteres = criteres_remplis(('q', 'genre', 'etat', 'a_moi', 'a_relire', 'ma_structure'))
    extrait, pages = une_page(_rangees(criteres), functools.partial(adresse_de, criteres, ICI))
    filtres = (
        Champ('q', 'Rechercher un contenu'),
        Champ('genre', 'Genre', 'choix',
              choix=(('', 'Tous'), *((code, genre.libelle) for code, genre in GENRES_DE_CONTENU.items()))),
        Champ('etat', 'État', 'choix', choix=(('', 'Tous'), *ETATS_DE_CONTENU.items())),
        Champ('a_moi', 'Mes contenus', 'case'),
        Champ('a_relire', 'À relire', 'case'),
        Champ('ma_structure', 'À relire par ma structure', 'case'))
    return page('contenus/publication/liste.html', rangees=extrait, **pages, criteres=criteres, filtres=filtres,
                tons=TONS,
                etats=ETATS_DE_CONTENU, genres=GENRES_DE_CONTENU)


# ---- A new one ----

def _genre(genre):
    if genre not in GENRES_DE_CONTENU:
        raise Refus('Ce genre de contenu n\'existe pas. Choisissez-le dans la liste des contenus.', 404)
    return genre


def _saisies():
    """What came, or what an expired session had typed: a list of links has as many places."""
    return request.saisies or saisies_gardees()


def _tenue_d_un_nouveau(genre):
    jour = langue.aujourdhui()
    valeurs = {'audience': 'public', 'structure': request.agent.direction.structure_id}
    if genre == 'ressource':
        valeurs |= {'verifie_le': jour, 'a_revoir_le': f'{int(jour[:4]) + 1}{jour[4:].replace("02-29", "02-28")}'}
    return Tenue(f'contenu/{genre}', '', a_plat(champs_de_contenu(genre, saisies=_saisies())), {}, proposees=valeurs)


@app.get(f'{ICI}/nouveau/<genre:re:[a-z]+>', qui='agent')
def nouveau(genre):
    return _page_nouveau(_genre(genre))


def _page_nouveau(genre, *revenue):
    saisie = forme(_tenue_d_un_nouveau(genre), *revenue)
    dits = _formulaire(champs_de_contenu(genre, saisies=_saisies()), saisie['fautes'], saisie['valeurs'])
    return page('contenus/publication/nouveau.html', *revenue[:1], genre=genre, dit=GENRES_DE_CONTENU[genre],
                **saisie | dits)


def _formulaire(champs, fautes, saisies):
    """What the template of a form takes: its parts, its faults with their labels."""
    champs = {nom: [un for c in siens for un in (c, *_a_preciser(c.nom, fautes, saisies))]
              for nom, siens in champs.items()}
    parties = [(titre, [(nom, champs[nom]) for nom in noms if nom in champs]) for titre, noms in PARTIES]
    return {'parties': [(titre, siens) for titre, siens in parties if siens], 'fautes': fautes, 'en_ligne': EN_LIGNE,
            'libelles': {c.nom: c.libelle for c in (*a_plat(champs), POURQUOI, MOTS, RELU)}}


def _a_preciser(nom, fautes, saisies):
    """What comes after a field whose name may be that of several collectivités: which one."""
    if f'{nom}_choix' not in fautes:
        return []
    proches = choix.proches(saisies.get(nom, ''))
    return [Champ(f'{nom}_choix', 'Quelle collectivité', 'radio', True, choix=proches, classe='entiere')]


@app.post(f'{ICI}/nouveau/<genre:re:[a-z]+>', qui='agent')
def creer(genre):
    tenue = _tenue_d_un_nouveau(_genre(genre))
    _, fautes, saisies = lire_tout(tenue.champs, genre)
    numero, fautes, code = tenir(tenue, saisies, fautes, lambda v: contenus.creer(
        genre, request.agent, comprendre(v, {}, genre)), saisies)
    if fautes:
        return _page_nouveau(genre, code, request.saisies, fautes)
    aller(f'{ICI}/{numero}?fait=enregistre')


# ---- One content ----

def trouver_contenu(id):
    """The Contenu of an address, if this agent may read it; Refus 404, 403."""
    contenu = trouver(Contenu, id, 'Ce contenu n\'existe pas. Cherchez-le dans la liste des contenus.')
    if not contenus.peut_lire(contenu, request.agent):
        raise Refus('Ce contenu n\'est pas publié\u00a0: son auteur et les administrateurs le lisent.', 403)
    return contenu


def champs_ecrits(contenu, saisies=None):
    """The fields that this agent may send: all of them, or those of a proposal; none of what is withdrawn, unless they
    have just come back (saisies).
    """
    champs = champs_de_contenu(contenu.genre, contenu, saisies)
    revenus = saisies and contenu.etat == 'retire' and contenus.peut_ecrire(contenu, request.agent)
    if revenus or contenus.ecrit_sur_place(contenu, request.agent):
        return champs
    proposes = contenus.proposables(contenu.genre) if contenu.etat == 'publie' else ()
    return {nom: champs[nom] for nom in proposes}


def _tenue(contenu, champs, relu):
    """The form of its fields (champs_ecrits); relu: with the field that says who read it."""
    publie, ecrit = contenu.etat == 'publie', contenus.ecrit_sur_place(contenu, request.agent)
    siens = (*a_plat(champs), *([POURQUOI] if publie else []), *([relu] if publie and ecrit and relu else []))
    return Tenue(objet('contenu', contenu), 'Ce contenu', siens, valeurs_du_formulaire(contenu),
                 {'etat': contenu.etat})


def _tenue_de_l_acte(contenu, relu):
    """The buttons of its life, and what they ask, are of the content as it was read."""
    actes = contenus.actes_possibles(contenu, request.agent)
    d_un_autre = contenu.agent_id and contenu.agent_id != request.agent.id
    champs = (*([relu] if relu and 'publier' in actes else []),
              *([MOTS] if d_un_autre and {'renvoyer', 'retirer'} & set(actes) else []))
    return Tenue(f'{objet("contenu", contenu)}/acte', 'Ce contenu', champs, {}, contenus.a_lire(contenu))


def _tenue_de_la_decision(v, contenu, relu):
    """Of a proposal: decided against what the content says. What it proposes may be touched up."""
    valeurs = versions.lire(v)
    champs = (DECISION, REPONSE, *([relu] if relu else []), *(champ_de(nom, contenu.genre, contenu) for nom in valeurs))
    return Tenue(f'contenu:{v.objet}/proposition-{v.id}', 'Ce contenu', champs, valeurs, contenus.champs_de(contenu))


def montrer(contenu, formulaire='', *revenue):
    """The page of a content. formulaire: the form that comes back (champs, acte, or the id of a proposal), as forme()
    takes it.
    """
    _, saisies, fautes = revenue or (200, {}, {})
    relu, fil = _relu(contenu, fautes), versions.versions_de('contenu', contenu.id)
    visibles = [v for v in fil if contenus.peut_ecrire(contenu, request.agent) or v.agent_id in request.agent.identites]
    attendent = [v for v in visibles if v.etat == 'a_relire']
    champs = champs_ecrits(contenu, _saisies() if formulaire in ('', 'champs') else {})
    tenues = {'champs': _tenue(contenu, champs, relu), 'acte': _tenue_de_l_acte(contenu, relu)} | {
        str(v.id): _tenue_de_la_decision(v, contenu, relu) for v in attendent}
    formes = {nom: forme(tenue, *(revenue if nom == formulaire else ())) for nom, tenue in tenues.items()}
    if formulaire == 'acte':                                        # what an act lacks is said where it is written
        formes['champs']['fautes'] = fautes
    affichage = _formulaire(champs, formes['champs']['fautes'], formes['champs']['valeurs'])
    formes['champs']['libelles'] = formes['acte']['libelles'] = affichage.pop('libelles')
    return page(
        'contenus/publication/contenu.html', *revenue[:1],
        **_dire_contenu(contenu, fil, visibles, revenue[:1] == (409,)), **affichage,
        formes=formes, **propositions.revenir(formes, formulaire, fil, CHAMPS, *revenue),
        propositions=[_proposition(v, contenu, fil, formes[str(v.id)]) for v in attendent],
        mots=MOTS, relu=relu, pourquoi=POURQUOI if contenu.etat == 'publie' else None, decision=(DECISION, REPONSE))


def _relu(contenu, fautes):
    """The field that says who read it, when what is published now is read again; or when it has just been asked."""
    demande = contenus.a_relire(contenu) or 'relu_par' in fautes or 'relu_par' in request.saisies
    return RELU._replace(requis=contenu.etat == 'publie') if demande else None


def _dire_contenu(contenu, fil, visibles, en_conflit):
    """What the page says of a content, whatever its forms hold."""
    agent, actuelle = request.agent, propositions.en_vigueur(fil)
    change = en_conflit and actuelle
    return {
        'contenu': contenu, 'dit': GENRES_DE_CONTENU[contenu.genre], 'ton': TONS[contenu.etat],
        'etat': ETATS_DE_CONTENU[contenu.etat], 'note': _note(contenu), 'auteur': contenu.agent,
        'siens': contenus.peut_ecrire(contenu, agent),
        'ecrit': contenus.ecrit_sur_place(contenu, agent), 'publie': contenus.peut_publier(contenu, agent),
        'actes': contenus.actes_possibles(contenu, agent), 'dits': _dits(contenus.champs_de(contenu)),
        'joints': joints_de(contenu), 'projet': presenter_projet(contenu),
        'fil': visibles, 'noms': CHAMPS, 'actuelle': actuelle,
        'derniere': _comparer(propositions.d_avant(actuelle), versions.lire(actuelle)) if change else None,
        'publique': presentoir.adresse_de(contenu) if contenus.publie_pour(contenu, None) else '',
        'interne': contenus.adresse_interne(contenu) if _est_interne(contenu) else ''}


def _est_interne(contenu):
    return contenu.audience == 'contributeurs' and contenus.publie_pour(contenu, request.agent)


def _dits(courants):
    """[(label, text)] of what it says, for who may not change it."""
    return [(CHAMPS[nom], contenus.montrer(nom, texte)) for nom, texte in courants.items() if texte]


def _comparer(avant, apres):
    return propositions.comparer(avant, apres, CHAMPS, contenus.montrer)


def _proposition(v, contenu, fil, sa_forme):
    valeurs = versions.lire(v)
    champs = {nom: champ_de(nom, contenu.genre, contenu) for nom in valeurs}
    return propositions.presenter(v, champs, _comparer(contenus.champs_de(contenu), valeurs),
                                  propositions.en_vigueur(fil), sa_forme)


@app.get(f'{ICI}/{ID}', qui='agent')
def un_contenu(id):
    return montrer(trouver_contenu(id))


@app.post(f'{ICI}/{ID}', qui='agent')
def enregistrer(id):
    """Who may write it writes a version; another agent proposes one of what is published."""
    contenu, agent = trouver_contenu(id), request.agent
    tenue = _tenue(contenu, champs_ecrits(contenu, request.saisies), _relu(contenu, {}))
    _, fautes, saisies = lire_tout(_relu_sans_faute(tenue.champs), contenu.genre)
    pourquoi = saisies.get('pourquoi') or 'Brouillon revu.'
    if contenu.etat == 'publie' and not contenus.ecrit_sur_place(contenu, agent):
        return _faire(contenu, 'champs', 'propose', tenue, saisies, fautes, lambda v: contenus.proposer(
            contenu, agent, comprendre(v, {}, contenu.genre), pourquoi))
    return _faire(contenu, 'champs', 'enregistre', tenue, saisies, fautes, lambda v: contenus.enregistrer(
        contenu, agent, comprendre(v, {}, contenu.genre), pourquoi, None, v.get('relu_par', '')))


def _relu_sans_faute(champs):
    """Who read it: the verb says why it is asked."""
    return [c._replace(requis=False) if c.nom == RELU.nom else c for c in champs]


def _faire(contenu, formulaire, fait, tenue, lues, fautes, verbe):
    """Call a verb with what was typed of a content, then its page; or the page again, with it."""
    _, fautes, code = tenir(tenue, lues, fautes, verbe, lues)
    if fautes:
        return montrer(models.relire(contenu), formulaire, code, request.saisies, fautes)
    aller(f'{ICI}/{contenu.id}?fait={fait}')


# What the page says once an act is done, else « enregistre ».
FAITS = {'soumettre': 'propose', 'publier': 'publie', 'renvoyer': 'renvoye_contenu', 'retirer': 'retire',
         'abandonner': 'retire'}
annoncer(
    f'{ICI}/',
    publie='Le contenu est publié.',
    renvoye_contenu='Le contenu est renvoyé à son auteur.',
    retire='Le contenu est retiré\u00a0: personne ne le lit plus.')


@app.post(f'{ICI}/{ID}/acte', qui='agent')
def agir(id):
    """The button says which act; what it lacks is a fault of the form of the fields, or of this one."""
    contenu, nom = trouver_contenu(id), request.saisies.get('acte', '')
    if nom not in ACTES:
        raise Refus('Cet acte n\'existe pas. Revenez à la page du contenu.', 404)
    tenue = _tenue_de_l_acte(contenu, _relu(contenu, {}))
    saisies, fautes = lire(_relu_sans_faute(tenue.champs))
    return _faire(contenu, 'acte', FAITS.get(nom, 'enregistre'), tenue, saisies, fautes, lambda v: contenus.agir(
        contenu, nom, request.agent, v.get('mots', ''), v.get('relu_par', '')))


@app.post(f'{ICI}/propositions/{ID}', qui='agent')
def decider(id):
    proposition = trouver(Version, id, 'Cette proposition n\'existe pas. Revenez au contenu.',
                          Version.genre == 'contenu')
    contenu = trouver_contenu(proposition.objet)
    if not contenus.peut_publier(contenu, request.agent):
        raise Refus('Seul un administrateur décide d\'une proposition.', 403)
    if proposition.etat != 'a_relire':
        return montrer(contenu, id, 409, request.saisies, {'': versions.DECIDEE})
    tenue = _tenue_de_la_decision(proposition, contenu, _relu(contenu, {}))
    _, fautes, saisies = lire_tout(_relu_sans_faute(tenue.champs), contenu.genre)
    if saisies['decision'] == 'refuser':
        return _faire(contenu, id, 'enregistre', tenue, saisies, {}, lambda v: contenus.refuser(
            proposition, request.agent, v['reponse']))
    return _faire(contenu, id, 'enregistre', tenue, saisies, fautes, lambda v: contenus.accepter(
        proposition, request.agent, comprendre(v, {}, contenu.genre), v.get('relu_par', '')))


# ---- The preview ----

@app.post(f'{ICI}/apercu', qui='agent')
def apercu():
    """What is typed, as the public will read it; nothing is written."""
    numero = request.saisies.get('contenu', '')
    contenu = trouver_contenu(numero) if numero else None
    genre = contenu.genre if contenu else _genre(request.saisies.get('genre', ''))
    champs = champs_ecrits(contenu, request.saisies) if contenu else champs_de_contenu(genre, saisies=request.saisies)
    valeurs, fautes, _ = lire_tout(a_plat(champs), genre)
    ensemble = (contenus.valeurs_de(contenu) if contenu else {}) | valeurs
    if not fautes:
        _, refus = tenter(contenus.controler, genre, ensemble)
        fautes = {refus.champ: espacer(refus.phrase)} if refus else {}
    if fautes:
        revenue = 422, request.saisies, fautes
        return montrer(contenu, 'champs', *revenue) if contenu else _page_nouveau(genre, *revenue)
    return presentoir.page_de_contenu(_dite(contenu, genre, ensemble), apercu=True)


def _dite(contenu, genre, valeurs):
    """A Contenu that is not written, which says these values; its links beside it."""
    ligne = dict(contenu.__data__) if contenu else {
        'id': 0, 'genre': genre, 'agent': request.agent.id, 'modifie_le': langue.maintenant(),
        'audience': contenus.AUDIENCE.get(genre, 'public')}
    brouillon = Contenu(**ligne | {nom: v for nom, v in valeurs.items() if nom not in LIENS})
    brouillon.liens = {nom: valeurs.get(nom, []) for nom in LIENS}
    return brouillon
