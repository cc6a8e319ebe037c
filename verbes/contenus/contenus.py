"""The contents: what the site shows, and what contributeurs share (regles.md §7; their kinds: regles.py).

Every agent proposes, an administrateur publishes; the animateur of a groupe de travail publishes its documents. Each
change of the words is a version (versions.py); of a content that is published, who may not publish proposes one. What
the public may read comes from `publies`, and from nowhere else.
"""
import re
from collections import namedtuple
from datetime import UTC, datetime

from models import (
    SITE, Contenu, ContenuCollectivite, ContenuFiche, ContenuStructure, Groupe, Refus, administrateurs, db, gardee,
    lire_agents, relire)
from langue import (
    PARIS, adresse, aujourdhui, dire_heure, dire_jour, dire_jour_long, enumerer, jour_de, maintenant, slug)

from verbes import invitations, versions
from verbes.courriels import dire_au_matin, prevenir
from verbes.etiquettes import libelles
from verbes.journal import auditer
from verbes.regles import (
    AUDIENCES, CLASSES_DE_DOCUMENT, ETATS_DE_CONTENU, GENRES_DE_CONTENU, NATURES_DE_DOCUMENT, NATURES_DE_RESSOURCE)
from . import documents, electorale, relectures
from .images import controler_images

# What a content says, in words, in the order of its form; of a kind, those of its own besides the common ones.
CHAMPS = {
    'titre': 'Titre', 'resume': 'Résumé', 'debut_le': 'Du', 'debut_a': 'À partir de', 'fin_le': 'Au',
    'fin_a': 'Jusqu\'à', 'lieu': 'Lieu', 'inscription': 'Inscription', 'inscription_au': 'Inscription jusqu\'au',
    'classe': 'Classe', 'groupe': 'Groupe de travail', 'nature': 'Nature', 'seance_le': 'Séance du',
    'a_qui': 'À qui le demander', 'collectivite': 'Collectivité', 'annee': 'Année', 'cout': 'Coût et financement',
    'corps': 'Texte', 'theme': 'Thème', 'structure': 'Structure auteur', 'verifie_le': 'Vérifié le',
    'a_revoir_le': 'À revoir le', 'audience': 'Qui le lit', 'publie_le': 'Publié à partir du',
    'expire_le': 'Publié jusqu\'au', 'fiches': 'Fiches liées', 'collectivites': 'Collectivités concernées',
    'structures': 'Structures nommées',
}
COMMUNS = ('titre', 'resume', 'corps', 'theme', 'structure', 'publie_le', 'expire_le', 'fiches', 'collectivites')
DE_PLUS = {'projet': ('structures',), 'evenement': ('audience',)}
CLES = ('theme', 'structure', 'groupe', 'collectivite')            # a row of another table: an id, or None
# Of these, the ids of rows: (table of the links, its column).
LIENS = {'fiches': (ContenuFiche, 'fiche'), 'collectivites': (ContenuCollectivite, 'collectivite'),
         'structures': (ContenuStructure, 'structure')}
JOURS = ('publie_le', 'expire_le', 'debut_le', 'fin_le', 'inscription_au', 'verifie_le', 'a_revoir_le', 'seance_le')
# Where it stands, and when it shows: no proposal and no older version says them.
PLACE = ('audience', 'classe', 'publie_le', 'expire_le')
AUDIENCE = {'document': 'contributeurs'}                            # of a kind that has but one; public for the others
PROPOSABLES = tuple(nom for nom in CHAMPS if nom not in (*CLES, *LIENS, *PLACE))
RETABLIS = (*PROPOSABLES, 'theme', 'structure')
L_ARTICLE = {'actualite': 'l\'actualité', 'ressource': 'la ressource', 'projet': 'le projet exemplaire',
             'evenement': 'l\'évènement', 'document': 'le document'}
CORPS_MAX = 40_000                                                  # characters of Markdown
COLLECTIVITES_MAX = 50                                              # of one content

# What must be said before it is published.
REQUIS = {
    'actualite': ('titre', 'resume', 'corps'),
    'ressource': ('titre', 'resume', 'nature', 'structure', 'verifie_le', 'a_revoir_le'),
    'projet':    ('titre', 'resume', 'collectivite', 'annee', 'cout', 'corps'),
    'evenement': ('titre', 'resume', 'debut_le', 'lieu'),
    'document':  ('titre', 'classe', 'nature'),
}
DE_SEANCE = ('ordre_du_jour', 'compte_rendu', 'decisions')          # natures that say of which meeting

# qui: « ecrire » (peut_ecrire), « publier » (peut_publier), « proposer » (writes, and does not publish). fait: what the
# audit says. dit: what its author reads when another does it, « … le document « Titre » ».
Acte = namedtuple('Acte', 'bouton de vers qui fait dit', defaults=('',))
ACTES = {
    'soumettre':  Acte('Proposer à la publication', ('brouillon',), 'a_valider', 'ecrire', 'contenu proposé'),
    'publier':    Acte('Publier', ('brouillon', 'a_valider', 'retire'), 'publie', 'publier', 'contenu publié'),
    'renvoyer':   Acte('Renvoyer à l\'auteur', ('a_valider',), 'brouillon', 'publier', 'contenu renvoyé',
                       'vous renvoie'),
    'retirer':    Acte('Retirer', ('brouillon', 'a_valider', 'publie'), 'retire', 'publier', 'contenu retiré',
                       'a retiré'),
    'abandonner': Acte('Abandonner', ('brouillon', 'a_valider'), 'retire', 'proposer', 'contenu abandonné'),
    'reprendre':  Acte('Reprendre en brouillon', ('retire',), 'brouillon', 'ecrire', 'contenu repris'),
}


# ---- Who reads, who writes ----

def publies(jour, contributeurs=False):
    """The contents that are published on a day (ISO, Europe/Paris): a query to which anything may be added. Without
    contributeurs, what everyone reads; with, what an agent reads too.
    """
    condition = (Contenu.etat == 'publie') & (Contenu.publie_le <= jour) & (
        Contenu.expire_le.is_null() | (Contenu.expire_le >= jour))
    if not contributeurs:
        condition &= Contenu.audience == 'public'
    return Contenu.select().where(condition)


def a_ete_publie(contenu):
    """Did it show before the day it was withdrawn? Of a projet whose collectivité took back its consent, whatever is
    being written of it since.
    """
    if contenu.accord_retire_le:
        return bool(contenu.publie_le)
    return bool(contenu.publie_le and contenu.retire_le and contenu.publie_le <= jour_de(contenu.retire_le))


def publie_pour(contenu, agent):
    """Does it show today, to this agent (None: the public)?"""
    return publies(aujourdhui(), bool(agent)).where(Contenu.id == contenu.id).exists()


def peut_publier(contenu, agent):
    """An administrateur; of a document of a groupe de travail that is open, its animateur too."""
    anime = contenu.groupe_id and not contenu.groupe.ferme_le and contenu.groupe.animateur_id in agent.identites
    return agent.administre or bool(anime)


def peut_ecrire(contenu, agent):
    """Who proposed it, and who may publish it."""
    return contenu.agent_id in agent.identites or peut_publier(contenu, agent)


def peut_lire(contenu, agent):
    """What is published, one's own, and what names one's structure, once it is proposed."""
    if publie_pour(contenu, agent) or peut_ecrire(contenu, agent):
        return True
    return contenu.etat in relectures.OUVERTS and ContenuStructure.select().where(
        ContenuStructure.contenu == contenu, ContenuStructure.structure == agent.direction.structure_id).exists()


def lisibles(agent):
    """peut_lire() of all of them at once: a query."""
    if agent.administre:
        return Contenu.select()
    identites = list(agent.identites)
    animes = Groupe.select(Groupe.id).where(Groupe.animateur.in_(identites), Groupe.ferme_le.is_null())
    nommes = ContenuStructure.select(ContenuStructure.contenu).where(
        ContenuStructure.structure == agent.direction.structure_id)
    vus = publies(aujourdhui(), True).select(Contenu.id)
    return Contenu.select().where(
        Contenu.agent.in_(identites) | Contenu.groupe.in_(animes) | Contenu.id.in_(vus)
        | (Contenu.id.in_(nommes) & Contenu.etat.in_(relectures.OUVERTS)))


def actes_possibles(contenu, agent):
    """{code: Acte} of what this agent may do to it now, in the order of the buttons."""
    ecrit, publie = peut_ecrire(contenu, agent), peut_publier(contenu, agent)
    droits = {'ecrire': ecrit, 'publier': publie, 'proposer': ecrit and not publie}
    return {nom: acte for nom, acte in ACTES.items() if contenu.etat in acte.de and droits[acte.qui]}


def ecrit_sur_place(contenu, agent):
    """May this agent change its words at once? Else, of one that is published, they propose."""
    publie = contenu.etat == 'publie'
    return contenu.etat != 'retire' and (peut_publier if publie else peut_ecrire)(contenu, agent)


def groupes():
    """The groupes de travail that are open, by name."""
    return list(Groupe.select().where(Groupe.ferme_le.is_null()).order_by(Groupe.nom))


# ---- What it says ----

def champs_du_genre(genre):
    """The names of the fields of a kind, in the order of its form."""
    siens = {*COMMUNS, *GENRES_DE_CONTENU[genre].champs, *DE_PLUS.get(genre, ())}
    return [nom for nom in CHAMPS if nom in siens]


def proposables(genre):
    """Of these, what a proposal changes."""
    return [nom for nom in champs_du_genre(genre) if nom in PROPOSABLES]


def natures(genre):
    """{code: label} of the natures of a kind."""
    if genre == 'document':
        return NATURES_DE_DOCUMENT
    return {code: nom for code, (nom, _) in NATURES_DE_RESSOURCE.items()}


def lies(contenu, nom):
    """The ids that one of LIENS holds, in order."""
    table, colonne = LIENS[nom]
    return [id_ for id_, in table.select(getattr(table, colonne)).where(
        table.contenu == contenu.id).order_by(getattr(table, colonne)).tuples()]


def valeurs_de(contenu):
    """{field: value} of a content, as creer() takes them."""
    return {nom: lies(contenu, nom) if nom in LIENS else getattr(contenu, f'{nom}_id' if nom in CLES else nom)
            for nom in champs_du_genre(contenu.genre)}


def champs_de(contenu):
    """{field: text} of a content, as a version keeps it: words, since an id says nothing once the row has changed."""
    noms = libelles()
    return {nom: _dire_champ(contenu, nom, noms) for nom in champs_du_genre(contenu.genre)}


def a_lire(contenu):
    """What is read before an act: what it says, and what is joined to it."""
    return champs_de(contenu) | {'joints': relectures.joints_lus(contenu)}


def _dire_champ(contenu, nom, noms):
    if nom == 'fiches':
        return '\n'.join(noms['fiche'][id_].nom for id_ in lies(contenu, nom))
    if nom == 'structures':
        return '\n'.join(noms['structure'][id_].nom for id_ in lies(contenu, nom))
    if nom == 'collectivites':
        return '\n'.join(c.collectivite.nom for c in contenu.collectivites)
    valeur = getattr(contenu, nom)
    return valeur.nom if nom in CLES and valeur else '' if valeur is None else str(valeur)


def montrer(nom, texte):
    """A text of champs_de(), as a page shows it."""
    if nom in JOURS and texte:
        return dire_jour(texte, True)
    codes = {'audience': AUDIENCES, 'classe': CLASSES_DE_DOCUMENT,
             'nature': natures('ressource') | natures('document')}.get(nom, {})
    return codes.get(texte, texte)


def comprendre(dits):
    """The values of the texts of a version, or of a form: days, the year, the rest as it is."""
    valeurs = {nom: texte or None if nom in JOURS else texte for nom, texte in dits.items()}
    if 'annee' in valeurs:
        valeurs['annee'] = int(dits['annee']) if re.fullmatch('[0-9]{1,9}', dits['annee']) else None
    return valeurs


# ---- What holds together: at each writing, then when it is published ----

INSCRIPTION = re.compile(r'https://[\w-]+(\.[\w-]+)+(:\d{1,5})?([/?#][^\s"<>]{0,400})?', re.ASCII)
ANNEES = (1990, 10)                                                 # of a projet: from, and no later than this year
LOIN = 10                                                           # years: beyond, the year is a slip


def controler(genre, valeurs, publie=False):
    """Refus unless these values hold together; publie: for who reads what is published, they say all they must."""
    regles = [_communes, *REGLES.get(genre, ())] + ([_manques] if publie else [])
    for regle in regles:
        for champ, phrase in regle(genre, valeurs):
            raise Refus(phrase, champ=champ)


def _communes(genre, v):
    if not (v.get('titre') or '').strip():
        yield 'titre', 'Écrivez un titre.'
    if len(v.get('corps') or '') > CORPS_MAX:
        yield 'corps', (f'Ce texte dépasse {CORPS_MAX // 1000}\u00a0000 caractères\u00a0: raccourcissez-le, ou joignez '
                        'un fichier.')
    if len(v.get('collectivites') or ()) > COLLECTIVITES_MAX:
        yield '', f'{COLLECTIVITES_MAX}\u00a0collectivités concernées au plus\u00a0: nommez leur intercommunalité.'
    for nom in JOURS:
        if v.get(nom) and not '2000' <= v[nom][:4] <= str(int(aujourdhui()[:4]) + LOIN):
            yield nom, f'Vérifiez l\'année de ce jour\u00a0: {dire_jour(v[nom], True)}.'
    publie, expire = v.get('publie_le'), v.get('expire_le')
    if publie and expire and expire < publie:
        yield 'expire_le', 'Le dernier jour vient avant la publication\u00a0: corrigez l\'un des deux.'
    if v.get('audience') and genre != 'evenement' and v['audience'] != AUDIENCE.get(genre, 'public'):
        yield '', ('Un document est toujours pour les contributeurs.' if genre == 'document' else
                   'Ce contenu est toujours public\u00a0: ce qui ne l\'est pas est un document.')


def _manques(genre, v):
    vides = [nom for nom in REQUIS[genre] if not v.get(nom)]
    if vides:
        quoi = enumerer(f'«\u00a0{CHAMPS[nom]}\u00a0»' for nom in vides)
        yield vides[0], (f'Pour être publié, il lui manque {quoi}\u00a0: '
                         f'remplissez {"ces champs" if vides[1:] else "ce champ"}.')
    if v.get('classe') == 'supports' and not v.get('a_qui'):
        yield 'a_qui', 'Dites à qui demander ce support de communication.'
    if v.get('nature') in DE_SEANCE and not v.get('seance_le'):
        yield 'seance_le', 'Dites de quelle séance il s\'agit.'


def _evenement(genre, v):
    """Days and hours as they are read in Paris, compared in UTC: an hour is missing in March, another comes twice in
    October.
    """
    debut, fin = v.get('debut_le'), v.get('fin_le') or v.get('debut_le')
    for nom, jour in (('debut_a', debut), ('fin_a', fin)):
        if v.get(nom):
            yield from _heure(nom, jour, v[nom])
    if v.get('fin_le') and not debut:
        yield 'debut_le', 'Dites le premier jour de l\'évènement.'
    if v.get('fin_a') and not v.get('debut_a'):
        yield 'debut_a', 'Dites l\'heure à laquelle il commence, ou retirez l\'heure de fin\u00a0: journée entière.'
    if debut and fin < debut:
        yield 'fin_le', (f'L\'évènement finit avant de commencer ({dire_jour(debut, True)})\u00a0: '
                         'corrigez l\'un des deux jours.')
    if debut and v.get('debut_a') and v.get('fin_a') and instant_de(fin, v['fin_a']) <= instant_de(debut, v['debut_a']):
        heure = dire_heure(instant_de(debut, v['debut_a']).isoformat())
        yield 'fin_a', f'L\'évènement finit avant de commencer ({heure})\u00a0: corrigez l\'une des deux heures.'
    if debut and fin > debut and v.get('debut_a') and not v.get('fin_a'):
        yield 'fin_a', 'Dites aussi l\'heure de fin, ou retirez celle du début\u00a0: journées entières.'
    yield from _inscription(v, fin)
    if debut and v.get('expire_le') and v['expire_le'] < fin:
        yield 'expire_le', 'Il ne serait plus lu avant la fin de l\'évènement\u00a0: choisissez un jour plus tard.'


def _heure(nom, jour, heure):
    if not re.fullmatch('([01][0-9]|2[0-3]):[0-5][0-9]', heure):
        yield nom, 'Écrivez une heure, par exemple 9\u00a0h ou 14\u00a0h\u00a030.'
    elif not jour:
        yield 'debut_le', 'Dites aussi le jour\u00a0: une heure seule ne suffit pas.'
    elif instant_de(jour, heure).astimezone(PARIS).strftime('%H:%M') != heure:
        yield nom, (f'Cette heure n\'existe pas le {dire_jour(jour, True)}\u00a0: les horloges avancent d\'une heure '
                    'cette nuit-là.')


def instant_de(jour, heure):
    """The instant of a day and an hour of Paris (when it comes twice, the first one)."""
    return datetime.fromisoformat(f'{jour}T{heure}').replace(tzinfo=PARIS).astimezone(UTC)


def _inscription(v, fin):
    moyen = v.get('inscription')
    if moyen and not INSCRIPTION.fullmatch(moyen) and not adresse(moyen):
        yield 'inscription', ('Écrivez une adresse qui commence par https://, ou une adresse de courriel, '
                              'sans espace ni accent.')
    if v.get('inscription_au') and not moyen:
        yield 'inscription', 'Dites comment s\'inscrire\u00a0: une adresse https:// ou un courriel.'
    if v.get('inscription_au') and fin and v['inscription_au'] > fin:
        yield 'inscription_au', (f'Les inscriptions finiraient après l\'évènement ({dire_jour(fin, True)})\u00a0: '
                                 'corrigez l\'un des deux jours.')


def _ressource(genre, v):
    verifie, a_revoir = v.get('verifie_le'), v.get('a_revoir_le')
    if verifie and verifie > aujourdhui():
        yield 'verifie_le', 'Ce jour est à venir\u00a0: dites quand la ressource a été vérifiée.'
    if a_revoir and not verifie:
        yield 'verifie_le', 'Dites d\'abord quand elle a été vérifiée.'
    if verifie and a_revoir and a_revoir <= verifie:
        yield 'a_revoir_le', 'Elle serait à revoir avant d\'être vérifiée\u00a0: corrigez l\'un des deux jours.'
    if verifie and a_revoir and a_revoir > f'{int(verifie[:4]) + 1}{verifie[4:]}':
        yield 'a_revoir_le', 'Une ressource se revoit dans les douze mois\u00a0: choisissez un jour plus proche.'
    yield from _nature(genre, v)


def _nature(genre, v):
    if v.get('nature') and v['nature'] not in natures(genre):
        yield 'nature', 'Choisissez dans la liste.'


def _projet(genre, v):
    annee, depuis = v.get('annee'), ANNEES[0]
    if annee and not depuis <= annee <= int(aujourdhui()[:4]) + 1:
        yield 'annee', f'Écrivez une année entre {depuis} et {int(aujourdhui()[:4]) + 1}.'


def _document(genre, v):
    if v.get('classe') and v['classe'] not in CLASSES_DE_DOCUMENT:
        yield 'classe', 'Choisissez dans la liste.'
    if v.get('classe') == 'groupe' and not v.get('groupe'):
        yield 'groupe', 'Choisissez le groupe de travail.'
    if v.get('groupe') and v.get('classe') != 'groupe':
        yield 'classe', 'Un document d\'un groupe de travail se range dans «\u00a0Groupes de travail\u00a0».'
    yield from _nature(genre, v)


REGLES = {'evenement': (_evenement,), 'ressource': (_ressource,), 'projet': (_projet,), 'document': (_document,)}


# ---- Writing ----

def creer(genre, agent, valeurs, **aussi):
    """A new content, a brouillon; returns its id. valeurs: of champs_du_genre, ids for CLES and LIENS, days in ISO."""
    valeurs = {'audience': AUDIENCE.get(genre, 'public')} | valeurs
    controler(genre, valeurs)
    colonnes = {nom: v for nom, v in valeurs.items() if nom not in LIENS}
    contenu = Contenu.create(genre=genre, agent=agent, cree_le=maintenant(), modifie_le=maintenant(),
                             **colonnes, **aussi)
    _lier(contenu, valeurs)
    _versionner(contenu, agent, {}, 'Première version.', 'contenu créé')
    return contenu.id


def enregistrer(contenu, agent, valeurs, pourquoi='', proposition=None, relu_par=''):
    """Change what a content says (valeurs: what changes, or all).

    relu_par: of what is published, who read this change with the période électorale in mind.
    """
    contenu = relire(contenu)
    avant, publie, nommees = champs_de(contenu), contenu.etat == 'publie', lies(contenu, 'structures')
    if contenu.etat == 'retire':
        raise Refus('Ce contenu est retiré\u00a0: reprenez-le en brouillon. Votre texte est conservé ici.', 409)
    if not ecrit_sur_place(contenu, agent):
        raise Refus('Seul un administrateur change un contenu publié\u00a0: proposez votre changement.' if publie else
                    'Seuls son auteur et les administrateurs changent ce brouillon.', 403)
    controler(contenu.genre, valeurs_de(contenu) | valeurs, publie)
    if publie and not valeurs.get('publie_le', contenu.publie_le):
        raise Refus('Dites à partir de quel jour ce contenu est publié.', champ='publie_le')
    _garder_la_collectivite(contenu, valeurs)
    colonnes = {nom: v for nom, v in valeurs.items() if nom not in LIENS}
    Contenu.update(modifie_le=maintenant(), **colonnes).where(Contenu.id == contenu.id).execute()
    _lier(contenu, valeurs)
    if publie:
        _controler_le_public(relire(contenu), agent, relu_par)
    changes = _versionner(contenu, agent, avant, pourquoi, 'contenu modifié', proposition)
    if publie and not proposition:                                  # who publishes answers for who wrote it
        versions.repondre('contenu', contenu.id, 'changement', agent)
    if contenu.genre == 'projet':
        relectures.suivre(relire(contenu), agent, changes, nommees)
    if publie and contenu.genre == 'evenement' and invitations.CHANGENT.intersection(changes):
        invitations.redire_un_evenement(relire(contenu), agent)


def _garder_la_collectivite(contenu, valeurs):
    """The consent that is joined is that of its collectivité: it says nothing of another one."""
    autre = contenu.collectivite_id and contenu.collectivite_id != valeurs.get('collectivite', contenu.collectivite_id)
    if autre and relectures.accord_joint(contenu):
        raise Refus(f'L\'accord joint est celui de cette collectivité\u00a0: {contenu.collectivite.nom}. '
                    'Retirez d\'abord son document, ou faites un autre projet.', champ='collectivite')


def _controler_le_public(apres, agent, relu_par):
    """Of what is published: it stays where this agent publishes, and what the public comes to read of it during a
    période électorale is read again first.
    """
    if not peut_publier(apres, agent):                              # an animateur, out of their own groupe
        raise Refus('Vous ne publiez que les documents des groupes que vous animez.', champ='groupe')
    electorale.noter_la_relecture(apres, agent, relu_par)


def _lier(contenu, valeurs):
    for nom in LIENS:
        if nom in valeurs and valeurs[nom] != lies(contenu, nom):
            table, colonne = LIENS[nom]
            restants = [id_ for id_ in lies(contenu, nom) if id_ in valeurs[nom]]
            table.delete().where(table.contenu == contenu.id, getattr(table, colonne).not_in(restants)).execute()
            for id_ in dict.fromkeys(valeurs[nom]):
                if id_ not in restants:
                    table.create(contenu=contenu.id, **{colonne: id_})


def _noms(lesquels):
    return ', '.join(CHAMPS[nom] for nom in lesquels)


def _versionner(contenu, agent, avant, pourquoi, fait, proposition=None):
    """Its version and its line of audit: the names of what changes; Refus when nothing does."""
    apres = champs_de(relire(contenu))
    lesquels = versions.changes(avant, apres)
    if not lesquels:
        raise Refus('Rien n\'a changé\u00a0: modifiez un champ avant d\'enregistrer.')
    numero = versions.publier('contenu', contenu.id, avant, apres, pourquoi, agent, proposition)
    auditer(fait, agent, f'{contenu.id}, version {numero}\u00a0: {_noms(lesquels)}',
            objet=f'contenu:{contenu.id}')
    return lesquels


# ---- Its life: brouillon, à valider, publié, retiré ----

def agir(contenu, nom, agent, mots='', relu_par=''):
    """Do one of ACTES; Refus 403, 409 (it is in another state) or 422. mots: why, to its author;
    relu_par: who read it with the période électorale in mind.
    """
    contenu, acte = relire(contenu), ACTES[nom]
    if contenu.etat not in acte.de:
        raise Refus(f'Ce contenu est {ETATS_DE_CONTENU[contenu.etat]}\u00a0: cet acte n\'est plus possible.', 409)
    if nom not in actes_possibles(contenu, agent):
        raise Refus('Seul un administrateur publie, renvoie ou retire un contenu.', 403)
    if acte.dit and not mots and contenu.agent_id != agent.id:
        raise Refus('Dites pourquoi à son auteur\u00a0: il le reçoit par courriel.', champ='mots')
    changes = {'etat': acte.vers, 'retire_le': maintenant() if acte.vers == 'retire' else None}
    if nom == 'soumettre':
        _controler_ce_qui_se_lit(contenu)
    if nom == 'publier':
        changes |= _publier(contenu, agent, relu_par.strip())
    Contenu.update(**changes).where(Contenu.id == contenu.id).execute()
    auditer(acte.fait, agent, f'{contenu.id}\u00a0: {mots or contenu.titre}', objet=f'contenu:{contenu.id}')
    if nom == 'soumettre' and contenu.genre == 'projet':
        relectures.demander(contenu, agent)
    if nom in ('publier', 'retirer') and contenu.genre == 'evenement':
        invitations.redire_un_evenement(relire(contenu), agent)
    _prevenir_de_l_acte(relire(contenu), nom, agent, mots)


def _publier(contenu, agent, relu_par):
    """What publishing writes besides the state; Refus when something is missing."""
    publie_le = contenu.publie_le or aujourdhui()
    _controler_ce_qui_se_lit(contenu)
    electorale.noter_la_relecture(contenu, agent, relu_par)
    _controler_projet(contenu)
    if contenu.expire_le and contenu.expire_le < max(publie_le, aujourdhui()):
        raise Refus('Son dernier jour de publication est déjà passé\u00a0: changez-le d\'abord.', champ='expire_le')
    controler_images(contenu)
    if publie_le != contenu.publie_le:
        avant = champs_de(contenu)
        versions.publier('contenu', contenu.id, avant, avant | {'publie_le': publie_le}, 'Publication.', agent)
    return {'publie_le': publie_le, 'relu_par': relu_par}


def _controler_ce_qui_se_lit(contenu):
    """Refus unless it says all that its kind must: to publish it, and before anybody is asked to read it."""
    controler(contenu.genre, valeurs_de(contenu), True)
    if not contenu.corps and not documents.documents_de('contenu', contenu.id) and contenu.genre != 'evenement':
        raise Refus('Il n\'y a rien à lire\u00a0: écrivez un texte, ou joignez un fichier.', champ='corps')
    vide = relectures.titre_vide(contenu) if contenu.genre == 'projet' else ''
    if vide:
        raise Refus(vide, champ='corps')


def a_relire(contenu):
    """Must somebody have read it with the période électorale in mind, to publish it now?"""
    return electorale.a_relire(contenu.genre, contenu.audience, contenu.publie_le)


def _controler_projet(contenu):
    """Refus unless the collectivité of a projet agreed to it, in writing, and each structure it names has read it."""
    manques = relectures.manques(contenu) if contenu.genre == 'projet' else []
    if manques:
        raise Refus(' '.join(['Ce projet ne peut pas encore être publié.', *manques]))


# ---- Proposals on what is published, older versions ----

def proposer(contenu, agent, valeurs, pourquoi):
    """Keep what an agent would have a published content say (proposables); who publishes it is told."""
    contenu = relire(contenu)
    if contenu.etat != 'publie' or not peut_lire(contenu, agent):
        raise Refus('Ce contenu n\'est plus publié\u00a0: aucun changement ne s\'y propose.', 409)
    avant = champs_de(contenu)
    valeurs = {nom: valeurs[nom] for nom in proposables(contenu.genre) if nom in valeurs}
    controler(contenu.genre, valeurs_de(contenu) | valeurs, True)
    apres = avant | {nom: '' if valeur is None else str(valeur) for nom, valeur in valeurs.items()}
    lesquels = versions.changes(avant, apres)
    if not lesquels:
        raise Refus('Rien n\'a changé\u00a0: modifiez un champ avant de proposer.')
    versions.proposer('contenu', contenu.id, avant, apres, pourquoi, agent)
    if contenu.agent_id in agent.identites:
        versions.repondre('contenu', contenu.id, 'changement', agent)
    auditer('changement de contenu proposé', agent, f'{contenu.id}\u00a0: {_noms(lesquels)}',
            objet=f'contenu:{contenu.id}')
    _ecrire_a('contenu_propose', _qui_publie(contenu), contenu, agent, 'de changer', pourquoi=pourquoi,
              changements=_noms(lesquels))


def accepter(proposition, agent, valeurs, relu_par=''):
    """Publish a proposal, as it is or touched up (valeurs)."""
    contenu = _contenu_a_decider(proposition, agent)
    enregistrer(contenu, agent, valeurs, proposition.pourquoi, proposition, relu_par)
    contenu = relire(contenu)
    _dire_a_l_auteur(proposition, contenu, agent, 'a publié votre changement pour', f'\u00a0: {_adresse(contenu)}')


def refuser(proposition, agent, reponse):
    """Do not keep a proposal: its author is mailed why."""
    contenu = _contenu_a_decider(proposition, agent)
    if not reponse:
        raise Refus('Dites pourquoi à l\'auteur de la proposition.', champ='reponse')
    versions.refuser(proposition, reponse, agent)
    auditer('changement de contenu refusé', agent, str(contenu.id), objet=f'contenu:{contenu.id}')
    _dire_a_l_auteur(proposition, contenu, agent, 'ne retient pas votre changement pour', _pourquoi(contenu, reponse))


def _contenu_a_decider(proposition, agent):
    """The Contenu of a proposal; Refus 409 when it is decided already, 403."""
    contenu = Contenu.get_by_id(versions.objet_a_decider(proposition))
    if not peut_publier(contenu, agent):
        raise Refus('Seul un administrateur décide d\'une proposition.', 403)
    return contenu


def retablir(version, agent, pourquoi, relu_par=''):
    """Make a content say again what one of its versions said, in a new version: its texts, its theme and its structure
    while they are still there.
    """
    contenu, champs, noms = Contenu.get_by_id(int(version.objet)), versions.lire(version), libelles()
    valeurs = comprendre({nom: champs.get(nom, '') for nom in proposables(contenu.genre)})
    for nom in ('theme', 'structure'):
        trouves = [cle for cle, libelle in noms[nom].items() if libelle.nom == champs.get(nom)]
        if trouves or not champs.get(nom):
            valeurs[nom] = trouves[0] if trouves else None
    enregistrer(contenu, agent, valeurs, f'Version {version.numero} rétablie. {pourquoi}', relu_par=relu_par)


def en_attente(agent):
    """How many contents wait for this agent to decide: those to be published, those of which a change is proposed."""
    return sum(agent.administre or animateur in agent.identites for animateur in _a_decider())


@gardee
def _a_decider():
    """Of each content that waits, the animateur of its groupe de travail, or None."""
    lus = db.execute_sql(
        """SELECT groupe.animateur_id FROM contenu LEFT JOIN groupe ON groupe.id = groupe_id
           WHERE etat = 'a_valider' OR contenu.id IN (
             SELECT CAST(objet AS INTEGER) FROM version WHERE version.genre = 'contenu' AND version.etat = 'a_relire')
           ORDER BY contenu.id""")
    return [animateur for animateur, in lus]


# ---- Mails ----

def _qui_publie(contenu):
    """The administrateurs; of a document of a groupe de travail, its animateur too."""
    animateur = contenu.groupe.animateur_id if contenu.groupe_id else None
    anime = lire_agents('WHERE agent.actif AND NOT agent.administrateur AND agent.id = ?', animateur)
    return [*administrateurs(), *anime]


def _adresse(contenu):
    """Where it is read, in full: by everyone, or by contributeurs in the espace."""
    dossier = GENRES_DE_CONTENU[contenu.genre].adresse
    public = dossier and contenu.audience == 'public'
    return SITE['url'] + (f'{dossier}/{contenu.id}-{slug(contenu.titre)}' if public else adresse_interne(contenu))


def adresse_interne(contenu):
    """The path where agents read an évènement or a document in the espace."""
    return f'{"/espace/agenda" if contenu.genre == "evenement" else "/espace/documents"}/{contenu.id}'


def _ecrire_a(modele, agents, contenu, agent, fait, **mots):
    prevenir(None, modele, agents, sauf=agent, par=agent.nom_complet, titre=contenu.titre,
             quoi=f'{fait} {L_ARTICLE[contenu.genre]}',
             lien=relectures.adresse(contenu), **mots)


def _dire_a_l_auteur(ligne, contenu, agent, fait, suite):
    dire_au_matin(relectures.auteur(ligne), f'contenu {contenu.id} {fait}', sauf=agent, phrase=(
        f'{agent.nom_complet} {fait} {L_ARTICLE[contenu.genre]} «\u00a0{contenu.titre}\u00a0»{suite}'))


def _pourquoi(contenu, mots):
    return f', «\u00a0{mots}\u00a0»\u00a0: {relectures.adresse(contenu)}'


def _prevenir_de_l_acte(contenu, nom, agent, mots):
    acte = ACTES[nom]
    if nom == 'soumettre':
        _ecrire_a('contenu_propose', _qui_publie(contenu), contenu, agent, 'de publier', pourquoi=mots, changements='')
    elif nom == 'publier':
        _dire_a_l_auteur(contenu, contenu, agent, 'a publié',
                         f', le {dire_jour_long(contenu.publie_le)}\u00a0: {_adresse(contenu)}')
    elif acte.dit:
        _dire_a_l_auteur(contenu, contenu, agent, acte.dit, _pourquoi(contenu, mots))
