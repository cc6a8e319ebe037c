"""The catalogue, written on screen: its themes, its fiches, what is proposed of them (regles.md §7).

An administrateur writes; who pilots a fiche proposes. Each change is a version (versions.py), and who pilots a fiche is
mailed both texts when another changes it. « Coût et conditions » changes with the agreement of who pilots.
"""
from models import (
    Agent, Associable, Contenu, Demande, Direction, Fiche, Pilotage, Refus, Theme, administrateurs, db, inserer,
    jours_promis, lire_agents, relire)
from langue import aujourdhui, dire_jour, dire_nombre, enumerer, normaliser

from verbes import versions
from verbes.comptes import exiger_contributeur
from verbes.courriels import SITE, dire_au_matin, prevenir
from verbes.echanges.colonnes import COLONNES, lire_cellule, reunir
from verbes.echanges.references import LIENS, Base, coder_les_places
from verbes.etiquettes import PLACES, dire_places, libelles, lire_place, places
from verbes.journal import auditer
from verbes.regles import ETATS_DE_FICHE

# What a fiche says, in words, in the order of its form. A proposal changes those of PROPOSABLES, an older version gives
# back those of RETABLIS: who pilots a fiche, and its state, are of today.
CHAMPS = {
    'titre': 'Titre', 'theme': 'Thème', 'resume': 'Résumé', 'pour_qui': 'Pour qui', 'actions': 'Ce que nous faisons',
    'deroulement': 'Déroulement', 'gratuit': 'Gratuit', 'adherents_de': 'Réservé aux adhérents de',
    'par_convention': 'Sous condition d\'éligibilité, par convention', 'payant': 'Payant, ordre de grandeur',
    'conditions': 'Coût et conditions', 'a_preparer': 'À préparer',
    'associees': 'Structures associées', 'mots': 'Mots des mairies', 'promesse': 'Rappel promis',
    'restreinte': 'Diffusion restreinte', 'sans_texte': 'Courriels sans le texte des messages',
    'hors_guide': 'Hors du guide imprimé',
    'direction': 'Direction pilote', 'chef_de_file': 'Chef de file',
    'co_chefs': 'Co-chefs de file', 'etat': 'État', 'explication': 'Explication au public',
    'remplacee_par': 'Remplacée par',
}
LISTES = ('actions', 'deroulement', 'a_preparer', 'associees')      # one value a line; of PLACES, a code
COUT = ('gratuit', 'adherents_de', 'par_convention', 'payant', 'conditions')
DITS = ('titre', 'resume', 'pour_qui', 'actions', 'deroulement', *COUT, 'a_preparer', 'associees', 'mots')
TEXTES = tuple(nom for nom in DITS if nom not in PLACES)
PROPOSABLES = (*DITS, 'promesse')
CASES = ('restreinte', 'sans_texte', 'hors_guide')                  # yes or no
RETABLIS = (*PROPOSABLES, 'theme', *CASES)
# In a query of fiche, as codes of places (etiquettes.places()): the structure whose members it is kept for; who may be
# associated to its demandes, one a line.
ADHERENTS = "coalesce('s' || fiche.adherents_de_id, '')"
ASSOCIEES = """
    (SELECT coalesce(group_concat(code, char(10)), '') FROM (
       SELECT iif(direction_id, 'd' || direction_id, 's' || structure_id) AS code
       FROM associable WHERE associable.fiche_id = fiche.id ORDER BY rang, structure_id, direction_id))"""
# state: those it may become, as a button says it.
ETATS_SUIVANTS = {
    'brouillon': {'publiee': 'Publier', 'archivee': 'Archiver'},
    'publiee':   {'suspendue': 'Suspendre', 'archivee': 'Archiver'},
    'suspendue': {'publiee': 'Publier de nouveau', 'suspendue': 'Changer l\'explication', 'archivee': 'Archiver'},
    'archivee':  {'publiee': 'Publier de nouveau', 'brouillon': 'Reprendre en brouillon',
                  'archivee': 'Changer la fiche qui la remplace'},
}


# ---- What a fiche says; who pilots it ----

def champs_de(fiche):
    """{field: text} of a fiche, as a version keeps it: words, since an id says nothing once the row has changed; of
    PLACES, the codes, since they stay what they are under another name.
    """
    noms, chefs = libelles(), [chef.nom_complet for chef in chefs_de(fiche)]
    direction = noms['direction'][fiche.direction_id]
    structure = noms['structure'][direction.parent].nom
    return {nom: getattr(fiche, nom) if nom in TEXTES else '' for nom in CHAMPS} | {
        'theme': noms['theme'][fiche.theme_id].nom, 'promesse': fiche.promesse,
        **places_dites(fiche.id),
        **{nom: 'oui' if getattr(fiche, nom) else 'non' for nom in CASES},
        'direction': structure if direction.nom == structure else f'{structure} / {direction.nom}',
        'chef_de_file': ''.join(chefs[:1]), 'co_chefs': '\n'.join(chefs[1:]),
        'etat': ETATS_DE_FICHE[fiche.etat], 'explication': fiche.explication,
        'remplacee_par': noms['fiche'][fiche.remplacee_par_id].nom if fiche.remplacee_par_id else ''}


def montrer(nom, texte):
    """A text of champs_de(), as a page shows it."""
    if nom == 'promesse' and texte:
        return str(jours_promis(texte))
    return dire_places(texte) if nom in PLACES else texte


def places_dites(fiche_id):
    """{field: codes, one a line, in order} of PLACES."""
    lues = db.execute_sql(f'SELECT {ASSOCIEES}, {ADHERENTS} FROM fiche WHERE id = ?', (fiche_id,))
    return dict(zip(PLACES, lues.fetchone(), strict=True))


def chefs_de(fiche):
    """The chef de file and the co-chefs of a fiche, in order, those who left too."""
    return lire_agents('JOIN pilotage ON pilotage.agent_id = agent.id WHERE pilotage.fiche_id = ? '
                       'ORDER BY pilotage.rang, agent.id', fiche.id)


def qui_pilote(fiche):
    """The active agents who pilot a fiche: chef de file, co-chefs, pilotes of its direction."""
    return lire_agents(
        'WHERE agent.actif AND (agent.id IN (SELECT agent_id FROM pilotage WHERE fiche_id = ?) '
        'OR (agent.pilote AND agent.direction_id = ?)) ORDER BY agent.id', fiche.id, fiche.direction_id)


def fiches_pilotees(agent):
    """The ids of the fiches that an agent, or who they act for, pilots."""
    identites = list(agent.identites)
    parmi = ', '.join('?' * len(identites))
    return {id_ for id_, in db.execute_sql(
        f'SELECT fiche_id FROM pilotage WHERE agent_id IN ({parmi}) UNION SELECT fiche.id FROM fiche '
        f'JOIN agent ON agent.direction_id = fiche.direction_id WHERE agent.pilote AND agent.id IN ({parmi})',
        (*identites, *identites))}


def _exiger_de_piloter(fiche, agent):
    if fiche.id not in fiches_pilotees(agent):
        raise Refus('Seuls l\'administrateur et qui pilote cette fiche la modifient.', 403)


# ---- Writing a fiche ----

def creer_fiche(agent, valeurs, pourquoi):
    """A new fiche, a brouillon that the public does not see; returns its id. valeurs: as enregistrer_fiche."""
    valeurs = _controler(valeurs)
    fiche = Fiche.get_by_id(inserer(
        Fiche, theme=valeurs['theme'], direction=valeurs['direction'], promesse=valeurs['promesse'], etat='brouillon',
        maj_le=aujourdhui(), **{nom: valeurs[nom] for nom in TEXTES}))
    return _conclure(fiche, valeurs, agent, {}, pourquoi, 'fiche créée').id


def enregistrer_fiche(fiche, agent, valeurs, pourquoi, accord='', proposition=None):
    """Change what a fiche says.

    valeurs: DITS, promesse, restreinte, theme, direction (ids), chefs (ids, the chef de file first); those that change,
    or all. accord: the day the pilot direction agreed to the change of « Coût et conditions ».
    """
    fiche = relire(fiche)
    avant = champs_de(fiche)
    valeurs = _controler(valeurs, fiche)
    propose = versions.lire(proposition) if proposition else {}
    changent = [nom for nom in COUT if valeurs.get(nom, avant[nom]) != avant[nom]]
    if any(valeurs[nom] != propose.get(nom) for nom in changent):
        pourquoi = _dire_accord(fiche, agent, accord, pourquoi)
    fiche = _conclure(fiche, valeurs, agent, avant, pourquoi, 'fiche modifiée', proposition)
    if proposition or fiche.id in fiches_pilotees(agent):           # who pilots it has read what it says
        Fiche.update(verifie_le=aujourdhui()).where(Fiche.id == fiche.id).execute()
    if not proposition and fiche.id in fiches_pilotees(agent):
        versions.repondre('fiche', fiche.id, 'changement', agent)
    return fiche


def _dire_accord(fiche, agent, accord, pourquoi):
    if fiche.id in fiches_pilotees(agent):
        return pourquoi
    if not accord or accord > aujourdhui():
        raise Refus('«\u00a0Coût et conditions\u00a0» ne change qu\'avec l\'accord de qui pilote la fiche\u00a0: '
                    'indiquez le jour où vous l\'avez obtenu, au plus tard aujourd\'hui.', champ='accord')
    return f'{pourquoi} Accord de la direction pilote obtenu le {dire_jour(accord, True)}.'


def _controler(valeurs, fiche=None):
    """The values, those of PLACES by their codes; Refus unless the import of the catalogue would take them as well: its
    CSV is read back.
    """
    base = Base()
    valeurs = coder(valeurs, base)
    for colonne in COLONNES['catalogue']:
        if colonne.nom in DITS and colonne.nom in valeurs:
            try:
                texte = montrer(colonne.nom, valeurs[colonne.nom])
                lire_cellule(colonne, reunir(texte.split('\n')) if colonne.nom in LISTES and texte else texte)
                for nom in filter(None, texte.split('\n')) if colonne.nom in PLACES else ():
                    LIENS[colonne.genre](nom, {}, base)
            except Refus as refus:
                raise Refus(_dire_a_l_ecran(refus.phrase), champ=colonne.nom) from None
    _controler_les_chefs(valeurs, fiche)
    etat, theme, titre, direction = (
        valeurs.get(nom) or getattr(fiche, attribut, None)
        for nom, attribut in (('etat', 'etat'), ('theme', 'theme_id'), ('titre', 'titre'),
                              ('direction', 'direction_id')))
    if etat == 'publiee' and Direction.get_by_id(direction).fermee_le:
        raise Refus('La direction qui pilote cette fiche est fermée\u00a0: choisissez-en une autre avant de la '
                    'publier.', champ='direction')
    if etat == 'publiee' and Fiche.select().where(
            Fiche.etat == 'publiee', Fiche.theme == theme, Fiche.titre == titre,
            Fiche.id != (fiche.id if fiche else None)).exists():
        raise Refus('Une fiche publiée de ce thème porte déjà ce titre\u00a0: choisissez-en un autre.', champ='titre')
    return valeurs


def coder(valeurs, base):
    """The values, those of PLACES by their codes; what names none stays as it is."""
    return valeurs | {nom: '\n'.join(coder_les_places(valeurs[nom].split('\n'), base)) for nom in PLACES
                      if nom in valeurs}


def _dire_a_l_ecran(phrase):
    """What an import says of a cell, of a field."""
    phrase = phrase.replace('ette cellule', 'e champ').replace('retapez-la', 'retapez-le')
    return phrase.replace(' :', '\u00a0:').replace('« ', '«\u00a0').replace(' »', '\u00a0»')


def _controler_les_chefs(valeurs, fiche):
    """Who leaves may stay named until a successor is; who comes is there. Of a published fiche the chef is one who
    reads what it brings.
    """
    if 'chefs' not in valeurs:
        return
    avant = [chef.id for chef in chefs_de(fiche)] if fiche else []
    chefs = list(valeurs['chefs'])
    if not chefs:
        raise Refus('Choisissez le chef de file de cette fiche.', champ='chefs')
    partis = {a.id for a in Agent.select().where(Agent.id.in_(chefs), ~Agent.actif)}
    for agent in Agent.select().where(Agent.id.in_(chefs)):
        exiger_contributeur(agent, 'chefs')
    if partis - set(avant):
        raise Refus('Un des agents choisis n\'a plus de compte\u00a0: choisissez-en un autre.', champ='chefs')
    if fiche and fiche.publiee and chefs[0] != (avant or [None])[0]:
        _exiger_un_chef(chefs[0])


def _exiger_un_chef(agent_id):
    chef = Agent.get_or_none(Agent.id == agent_id)
    if not chef or not chef.actif:
        raise Refus('Cette fiche n\'a pas de chef de file dont le compte soit ouvert\u00a0: choisissez-en un '
                    'avant de la publier.', champ='chefs')
    if not chef.ouvert_le:
        raise Refus(f'{chef.nom_complet} n\'a pas encore ouvert son compte\u00a0: renvoyez-lui son invitation, '
                    'ou choisissez un autre chef de file.', champ='chefs')


def _poser_champs(fiche, valeurs):
    """Write the values in the rows of a fiche; what differs is seen by comparing what it says."""
    colonnes = {nom: valeurs[nom] for nom in (*TEXTES, *CASES, 'promesse', 'etat', 'explication') if nom in valeurs}
    colonnes |= {f'{nom}_id': valeurs[nom] for nom in ('theme', 'direction', 'remplacee_par') if nom in valeurs}
    if 'adherents_de' in valeurs:
        colonnes['adherents_de_id'] = lire_place(code)[0] if (code := valeurs['adherents_de']) else None
    if colonnes:
        poses = ', '.join(f'{nom} = ?' for nom in colonnes)
        db.execute_sql(f'UPDATE fiche SET {poses} WHERE id = ?', (*colonnes.values(), fiche.id))
    if 'associees' in valeurs:
        Associable.delete().where(Associable.fiche == fiche).execute()
        for rang, code in enumerate(filter(None, valeurs['associees'].split('\n'))):
            structure, direction = lire_place(code)
            inserer(Associable, fiche=fiche, rang=rang, structure=structure, direction=direction)
    if 'chefs' in valeurs:
        Pilotage.delete().where(Pilotage.fiche == fiche).execute()
        for rang, agent_id in enumerate(dict.fromkeys(valeurs['chefs'])):
            inserer(Pilotage, fiche=fiche, agent=agent_id, rang=rang)


def _conclure(fiche, valeurs, agent, avant, pourquoi, fait, proposition=None, ecrire=True):
    """Write, with its version, its audit, the index of the search, the mails (ecrire); Refus when nothing changes."""
    pilotaient = qui_pilote(fiche)
    _poser_champs(fiche, valeurs)
    fiche = relire(fiche)
    apres = champs_de(fiche)
    lesquels = versions.changes(avant, apres)
    if not lesquels:
        raise Refus('Rien n\'a changé\u00a0: modifiez un champ avant d\'enregistrer.')
    Fiche.update(maj_le=aujourdhui()).where(Fiche.id == fiche.id).execute()
    numero = versions.publier('fiche', fiche.id, avant, apres, pourquoi, agent, proposition)
    auditer(fait, agent, f'{fiche.id}, version {numero}\u00a0: {_noms(lesquels)}', objet=f'fiche:{fiche.id}')
    if 'titre' in lesquels:
        db.execute_sql('UPDATE recherche SET fiche = ? WHERE rowid IN (SELECT numero FROM demande WHERE fiche_id = ?)',
                       (normaliser(fiche.titre), fiche.id))
    if avant and ecrire:
        agents = {a.id: a for a in (*pilotaient, *qui_pilote(fiche))}
        if proposition and proposition.agent_id:
            agents |= {a.id: a for a in lire_agents('WHERE agent.actif AND agent.id = ?', proposition.agent_id)}
        quoi = apres['etat'] if 'etat' in lesquels else f'changée ({_noms(lesquels)})'
        _dire_la_fiche(agents.values(), fiche, agent, f'{quoi} par {agent.nom_complet}, «\u00a0{pourquoi}\u00a0»')
    return fiche


def _dire_la_fiche(agents, fiche, agent, fait):
    dire_au_matin(agents, f'fiche {fiche.id} {fait.split()[0]}', sauf=agent,
                  phrase=f'fiche «\u00a0{fiche.titre}\u00a0»\u00a0: {fait} – {_adresse(fiche)}')


def _adresse(fiche):
    return f'{SITE["url"]}/espace/redaction/fiches/{fiche.id}'


def _noms(lesquels):
    return ', '.join(CHAMPS[nom] for nom in lesquels)


def dire_changements(avant, apres):
    """Both texts of each field that changes, as a mail says them."""
    return '\n\n'.join(f'{CHAMPS[nom].upper()}\nAvant\u00a0: {montrer(nom, avant.get(nom, "")) or "(vide)"}\n'
                       f'Après\u00a0: {montrer(nom, apres[nom]) or "(vide)"}' for nom in versions.changes(avant, apres))


# ---- Its state: brouillon, publiée, suspendue, archivée ----

PREMIERE = 'Première publication.'


def brouillons():
    """The fiches that the public has not read, or reads no more, and that somebody writes."""
    return list(Fiche.select().where(Fiche.etat == 'brouillon').order_by(Fiche.theme, Fiche.titre, Fiche.id))


def empechement(fiche):
    """Why a fiche may not be published now, '' when it may."""
    try:
        _exiger_de_pouvoir_publier(fiche)
    except Refus as refus:
        return refus.phrase
    return ''


def _exiger_de_pouvoir_publier(fiche):
    _controler({'etat': 'publiee'}, fiche)
    _exiger_un_chef(next((chef.id for chef in chefs_de(fiche)), None))


def publier_ensemble(fiches, agent, essai=False):
    """Publish brouillons, all or none (essai: none); returns {fiche id: why it may not be}. Who pilots some is told of
    theirs in one mail.
    """
    refusees = {}
    with db.atomic() as tout:
        for fiche in fiches:
            try:
                changer_etat(fiche, agent, 'publiee', PREMIERE, ecrire=False)
            except Refus as refus:
                refusees[fiche.id] = refus.phrase
        if refusees or essai:
            tout.rollback()
            return refusees
    for fiche in fiches:
        _dire_la_fiche(qui_pilote(fiche), fiche, agent, f'publiée par {agent.nom_complet}')
    return {}


def changer_etat(fiche, agent, etat, pourquoi, explication='', remplacante=None, ecrire=True):
    """Publish, suspend (with what the public reads of it), archive (remplacante: the Fiche its address leads on to).
    ecrire: who pilots it is mailed.
    """
    fiche = relire(fiche)
    avant = champs_de(fiche)
    if etat not in ETATS_SUIVANTS[fiche.etat]:
        raise Refus(f'Cette fiche est {ETATS_DE_FICHE[fiche.etat]}\u00a0: cet acte n\'est plus possible.', 409)
    if etat == 'publiee':
        _exiger_de_pouvoir_publier(fiche)
    if etat == 'suspendue' and not explication:
        raise Refus('Écrivez ce que le public lira de cette suspension.', champ='explication')
    if remplacante and fiche.id in _menent_a(relire(remplacante)):
        raise Refus('Cette fiche mène déjà à celle que vous archivez\u00a0: choisissez-en une autre.',
                    champ='remplacee_par')
    valeurs = {'etat': etat, 'explication': explication if etat == 'suspendue' else '',
               'remplacee_par': remplacante.id if remplacante and etat == 'archivee' else None}
    return _conclure(fiche, valeurs, agent, avant, pourquoi, f'fiche {ETATS_DE_FICHE[etat]}', ecrire=ecrire)


def _menent_a(fiche):
    """The ids of a fiche and of those to which its address leads on: never in a circle."""
    ids = []
    while fiche and fiche.id not in ids:
        ids.append(fiche.id)
        fiche = fiche.remplacee_par
    return ids


# ---- Proposals, older versions ----

def proposer(fiche, agent, valeurs, pourquoi):
    """Keep what who pilots a fiche would have it say (PROPOSABLES); the administrateurs are told."""
    fiche = relire(fiche)
    _exiger_de_piloter(fiche, agent)
    avant = champs_de(fiche)
    valeurs = {nom: valeurs[nom] for nom in PROPOSABLES}
    valeurs = _controler(valeurs, fiche)
    apres = avant | {nom: str(valeur) for nom, valeur in valeurs.items()}
    if apres == avant:
        raise Refus('Rien n\'a changé\u00a0: modifiez un champ avant de proposer.')
    versions.proposer('fiche', fiche.id, avant, apres, pourquoi, agent)
    versions.repondre('fiche', fiche.id, 'changement', agent)
    auditer('fiche proposée', agent, f'{fiche.id}\u00a0: {_noms(versions.changes(avant, apres))}',
            objet=f'fiche:{fiche.id}')
    prevenir(None, 'fiche_proposee', administrateurs(), sauf=agent, par=agent.nom_complet, titre=fiche.titre,
             lien=_adresse(fiche), changements=dire_changements(avant, apres), pourquoi=pourquoi)


def accepter(proposition, agent, valeurs, accord=''):
    """Publish a proposal, as it is or touched up (valeurs)."""
    fiche = Fiche.get_by_id(versions.objet_a_decider(proposition))
    return enregistrer_fiche(fiche, agent, valeurs, proposition.pourquoi, accord, proposition)


def refuser(proposition, agent, reponse):
    """Do not keep a proposal: its author is mailed why."""
    fiche = Fiche.get_by_id(versions.objet_a_decider(proposition))
    if not reponse:
        raise Refus('Dites pourquoi à l\'auteur de la proposition.', champ='reponse')
    versions.refuser(proposition, reponse, agent)
    auditer('proposition refusée', agent, str(fiche.id), objet=f'fiche:{fiche.id}')
    _dire_la_fiche(lire_agents('WHERE agent.actif AND agent.id = ?', proposition.agent_id), fiche, agent,
                   f'votre proposition n\'est pas retenue par {agent.nom_complet}, «\u00a0{reponse}\u00a0»')


def retablir(version, agent, pourquoi, accord=''):
    """Make a fiche say again what one of its versions said: its texts (RETABLIS), in a new version."""
    textes, themes = versions.lire(version), {theme.nom: cle for cle, theme in libelles()['theme'].items()}
    valeurs = {nom: textes.get(nom, '') for nom in RETABLIS}
    valeurs |= {**{nom: valeurs[nom] == 'oui' for nom in CASES}, 'theme': themes.get(textes['theme']),
                **{nom: '\n'.join(code for code in valeurs[nom].split('\n') if code in places()) for nom in PLACES}}
    if not valeurs['theme']:                                        # it has been taken away, or has another name
        del valeurs['theme']
    return enregistrer_fiche(Fiche.get_by_id(int(version.objet)), agent, valeurs,
                             f'Version {version.numero} rétablie. {pourquoi}', accord)


# ---- Themes ----

def ecrire_theme(theme, agent, valeurs):
    """Write a Theme, a new one when it is None: nom, court, icone, ordre. Renaming is renaming."""
    autre = Theme.get_or_none(Theme.nom == valeurs['nom'])
    if autre and (theme is None or autre.id != theme.id):
        raise Refus('Un thème porte déjà ce nom\u00a0: choisissez-en un autre.', champ='nom')
    if theme:
        Theme.update(**valeurs).where(Theme.id == theme.id).execute()
    else:
        theme = Theme.create(**valeurs)
    auditer('thème écrit', agent, valeurs['nom'], objet=f'theme:{theme.id}')
    return theme.id


def supprimer_theme(theme, agent):
    """Only an empty one: neither fiche nor content, whatever its state, nor demande."""
    combien = {nom: table.select().where(table.theme == theme).count()
               for nom, table in (('fiche', Fiche), ('demande', Demande), ('contenu', Contenu))}
    if any(combien.values()):
        dits = enumerer([dire_nombre(nombre, nom) for nom, nombre in combien.items() if nombre])
        raise Refus(f'Ce thème a encore {dits}\u00a0: il ne se supprime que vide. Changez d\'abord le thème de ses '
                    'fiches et de ses contenus, ou renommez-le.', 409)
    Theme.delete().where(Theme.id == theme.id).execute()
    auditer('thème supprimé', agent, theme.nom, objet=f'theme:{theme.id}')
