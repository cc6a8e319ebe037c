"""The agents' day: « Ma journée », the list of the demandes and its CSV, the entry of a demande received directly (cas 2).

One demande is in dossier.py. Whatever is shown, counted or exported starts from `Demande.visibles_par` or from the agent's own team.
"""
import re
import secrets
from collections import namedtuple
from types import SimpleNamespace
from urllib.parse import urlencode

from peewee import SQL, Select, fn

import models
from models import Agent, Collectivite, Demande, Direction, Fiche, Journal, Membre, Refus, Structure
from views import (
    Champ,
    aller,
    app,
    csv_fichier,
    dire_nombre,
    journal,
    lire,
    noter,
    page,
    parametre,
    reprise,
    request,
)

# ======================================================================================
# « Ma journée »: one query for the demandes, one table for the sections
# ======================================================================================

# What « Ma journée » asks of each demande beside its own columns (« numero » is the demande's: no table below has one).
A_COTE = {
    'equipe': """SELECT group_concat(role || ':' || agent_id, ' ') FROM membre JOIN agent ON agent.id = agent_id
                 WHERE demande_id = numero AND actif""",
    'ligne_le': 'SELECT coalesce(max(cree_le), depose_le) FROM journal WHERE demande_id = numero',   # imported before its journal
    'message_le': """SELECT max(cree_le) FROM journal m WHERE demande_id = numero AND nature = 'message'
                     AND NOT EXISTS (SELECT 1 FROM journal s WHERE s.demande_id = m.demande_id AND s.agent_id IS NOT NULL
                                     AND (s.cree_le, s.id) > (m.cree_le, m.id)
                                     AND (s.nature IN ('statut', 'equipe', 'contact') OR s.pour_id IS NOT NULL
                                          OR s.agent_id IN (SELECT id FROM agent WHERE administrateur)
                                          OR s.agent_id IN (SELECT agent_id FROM membre WHERE demande_id = s.demande_id)))""",
    'echec_le': """SELECT max(echec_le) FROM courriel WHERE demande_id = numero AND pour = 'demandeur' AND echec_le IS NOT NULL
                   AND NOT EXISTS (SELECT 1 FROM journal s WHERE s.demande_id = numero AND s.cree_le >= echec_le
                                   AND s.nature IN ('appel', 'contact', 'visite', 'reunion'))""",
}
COLONNES_DU_JOUR = (
    Demande.numero, Demande.statut, Demande.delai, Demande.echeance, Demande.date_a_tenir, Demande.premier_contact_le, Demande.clos_le,
    Demande.prochaine_etape_le, Demande.restreinte, Demande.collectivite, Demande.collectivite_liee.alias('liee'), Demande.telephone, Fiche.titre,
    *(SQL(f'({sql}) AS {nom}') for nom, sql in A_COTE.items()),
)
BOUTONS = {t.action: t.bouton for t in models.TRANSITIONS} | {
    'contact': 'Noter le premier contact', 'remplacer': 'Nommer la personne', 'journal': 'Ajouter au journal',
    'rattacher': 'Rattacher la collectivité', '': 'Voir la demande'}
LIGNES_PAR_SECTION = 20


def _en_retard(d):
    return d.echeance and d.echeance < d.jour and not d.premier_contact_le and not d.clos_le


def _retard_a_voir(d):
    """Those told of it (domaine.md §8): who must act, the chefs and the référent; the administrateurs after two days."""
    return _en_retard(d) and (d.acteur or d.conduit or (d.administre and d.echeance <= models.plus_jours(d.jour, -2)))


def _a_rappeler(d):
    """No first contact yet and I must act; what an administrateur must orient first is not theirs to call back."""
    return d.acteur and not d.premier_contact_le and d.role != 'administrateur' and not _en_retard(d)


def _a_traiter(d):
    """For administrateurs; and an open demande whose chef or référent has no active account any more."""
    return d.orpheline or (d.administre and not d.clos_le and (d.statut in ('receptionne_admin', 'rejete') or d.liee is None))


def _message_a_lire(d):
    return d.message_le and d.message_le >= (d.clos_le or '') and _suit(d)


def _suit(d):
    """Who is told of a message (domaine.md §7): who must act; of a closed demande, its chefs and référent, else the administrateurs."""
    return d.acteur if not d.clos_le else d.conduit or (d.administre and not d.equipe)


def _silencieuse(d):
    if d.statut != 'en_cours' or not d.acteur or (d.prochaine_etape_le or '') >= d.jour:
        return False
    return models.jour_de(d.ligne_le) <= models.plus_jours(d.jour, -models.silence(d))


def _attendu(d):
    """The action expected of me now, '' when none is."""
    if not d.acteur:
        return ''
    if d.titulaire and d.statut.startswith('attribue_'):
        return 'receptionner'
    if not d.premier_contact_le or d.orpheline:
        return _appel(d)
    return 'journal' if d.statut == 'en_cours' else _demarrage(d)


def _appel(d):
    """What makes the collectivité be called back: the référent calls, the chef names one, the administrateur orients."""
    if not d.acteur:
        return ''
    if d.orpheline or d.role == 'administrateur':
        return _traitement(d)
    return 'designer' if d.role == 'chef_de_file' else 'contact'


def _demarrage(d):
    return 'designer' if d.role == 'chef_de_file' else 'demarrer'


def _traitement(d):
    if d.orpheline:
        return 'designer' if d.role == 'referent' else 'orienter'
    if d.role == 'administrateur':
        return 'repondre' if d.statut == 'rejete' else 'orienter'
    return 'rattacher'


# retient: does it concern this demande; acte: the action its button leads to; tri: the column that puts the most urgent first.
Section = namedtuple('Section', 'cle titre un plusieurs icone tri retient acte bouton', defaults=('',))
SECTIONS = (
    Section('tenir', 'Dates à tenir', 'date à tenir', 'dates à tenir', 'calendrier', 'date_a_tenir',
            lambda d: d.en_equipe and not d.clos_le and (d.date_a_tenir or '') >= d.jour, _attendu),
    Section('retard', 'En retard', 'en retard de rappel', 'en retard de rappel', 'alerte', 'echeance', _retard_a_voir, _appel),
    Section('receptionner', 'Réceptions à confirmer', 'réception à confirmer', 'réceptions à confirmer', '', 'echeance',
            lambda d: d.titulaire and d.statut.startswith('attribue_'), lambda d: 'receptionner'),
    Section('rappeler', 'À rappeler', 'à rappeler', 'à rappeler', '', 'echeance', _a_rappeler, _appel),
    Section('demarrer', 'Contact pris, accompagnement à démarrer', 'accompagnement à démarrer', 'accompagnements à démarrer', '', 'echeance',
            lambda d: d.titulaire and d.premier_contact_le and d.statut in ('receptionne_chef', 'receptionne_expert'), _demarrage),
    Section('orienter', 'À orienter ou à traiter', 'à orienter ou à traiter', 'à orienter ou à traiter', '', 'echeance', _a_traiter, _traitement),
    Section('nommer', 'Personnes à nommer', 'personne à nommer', 'personnes à nommer', 'personnes', 'echeance',
            lambda d: d.a_nommer and not d.clos_le, lambda d: 'remplacer'),
    Section('messages', 'Messages du demandeur', 'message du demandeur', 'messages du demandeur', 'courriel', 'message_le',
            _message_a_lire, lambda d: '' if d.clos_le else 'journal', 'Lire le message'),
    Section('telephoner', 'Courriels non remis\u00a0: téléphoner', 'courriel non remis', 'courriels non remis', 'tel', 'echec_le',
            lambda d: d.echec_le and _suit(d), lambda d: 'journal', 'Téléphoner'),
    Section('sans-ligne', 'Sans ligne au journal depuis 30 ou 90 jours', 'sans ligne au journal', 'sans ligne au journal', '', 'ligne_le',
            _silencieuse, lambda d: 'journal'),
)


@app.get('/espace', qui='agent')
def journee():
    agent = request.agent
    demandes = [_situer(d, agent) for d in _demandes_du_jour(agent).dicts().iterator()]
    noms = _noms([i for i in agent.identites if i != agent.id])
    sections = [s for s in (_remplir(section, demandes, noms) for section in SECTIONS) if s['total']]
    return page('espace/journee.html', sections=sections, en_cours=sum(d.statut == 'en_cours' and agent.id in d.membres for d in demandes),
                jour=models.aujourdhui(), structure=agent.direction.structure.nom, structure_id=agent.direction.structure_id,
                activite=_activite(agent), boutons=BOUTONS)


def _demandes_du_jour(agent):
    """Open demandes of my team or that wait for a person I name, and those an administrateur must see.

    Closed ones only for a message or a failed mail.
    """
    a_nommer = Demande.numero.in_(Membre.select(Membre.demande_id).where(models.places_a_nommer(agent)))
    voulues = Demande.numero.in_(_siennes(agent)) | a_nommer
    if agent.administre:
        voulues |= Demande.numero.in_(Demande.select(Demande.numero).where(Demande.clos_le.is_null(), SQL(
            """(statut IN ('attribue_admin', 'receptionne_admin', 'rejete') OR collectivite_id IS NULL
                OR (echeance < ? AND premier_contact_le IS NULL)
                OR NOT EXISTS (SELECT 1 FROM membre JOIN agent ON agent.id = agent_id WHERE demande_id = numero AND actif AND role <> 'associe'))""",
            (models.plus_jours(models.aujourdhui(), -1),))))
    vivantes = SQL("""(clos_le IS NULL OR EXISTS (SELECT 1 FROM journal WHERE demande_id = numero AND cree_le >= clos_le AND nature = 'message')
                       OR EXISTS (SELECT 1 FROM courriel WHERE demande_id = numero AND echec_le IS NOT NULL AND pour = 'demandeur'))""")
    return Demande.visibles_par(agent, *COLONNES_DU_JOUR, a_nommer.alias('a_nommer')).left_outer_join(Fiche).where(voulues, vivantes)


def _siennes(agent):
    return Membre.select(Membre.demande_id).where(Membre.agent.in_(list(agent.identites)))


def _situer(colonnes, agent):
    """A demande and my place in it: acteur is the id in whose name I must act, as models.qui_doit_agir says, or None."""
    d, par_role = SimpleNamespace(**colonnes, jour=models.aujourdhui()), {}
    for place in (d.equipe or '').split():
        role, _, membre = place.partition(':')
        par_role.setdefault(role, set()).add(int(membre))
    d.membres, chefs = set().union(*par_role.values()), par_role.get('chef_de_file', set())
    siens, admins = [i for i in agent.identites if i in d.membres], [i for i, administre in agent.identites.items() if administre]
    d.role = models.QUI[d.statut][0] if not d.clos_le else None
    tenants = admins if d.role == 'administrateur' else par_role.get(d.role, ())
    charges = tenants if tenants or d.role in (None, 'administrateur') else chefs or admins
    d.acteur = next((i for i in agent.identites if i in charges), None)
    d.titulaire, d.orpheline = d.acteur in tenants, bool(d.acteur and not tenants)
    d.conduit = not chefs.union(par_role.get('referent', ())).isdisjoint(siens)
    d.administre, d.en_equipe, d.au_nom = bool(admins), bool(siens), d.acteur or next(iter([*siens, *admins]), agent.id)
    d.etat, d.echeance_dite = models.dire_echeance(d.echeance, d.premier_contact_le, d.clos_le, d.jour)
    return d


def _remplir(section, demandes, noms):
    """What the page shows of a section: the most urgent lines, and how many there are."""
    retenues = sorted((d for d in demandes if section.retient(d)), key=lambda d: (getattr(d, section.tri) or '9', d.numero))
    lignes = [(d, section.acte(d), noms.get(d.au_nom)) for d in retenues[:LIGNES_PAR_SECTION]]
    return {'section': section, 'total': len(retenues), 'lignes': lignes}


def _noms(ids):
    return {a.id: a.nom_complet for a in Agent.select(Agent.id, Agent.prenom, Agent.nom).where(Agent.id.in_(ids))} if ids else {}


def _activite(agent):
    """What others wrote these last two weeks in the demandes of my team, newest first."""
    lignes = (Journal.select(Journal.demande_id, Journal.nature, Journal.statut, Journal.auteur, Journal.cree_le, Demande.collectivite).join(Demande)
              .where(Journal.demande.in_(_siennes(agent)), Journal.agent.is_null() | (Journal.agent != agent.id),
                     Journal.cree_le >= models.plus_jours(models.aujourdhui(), -14))
              .order_by(Journal.cree_le.desc(), Journal.id.desc()).limit(6).tuples())
    natures = models.NATURES | models.NATURES_PLATEFORME | {'equipe': 'Suivi de la demande'}
    return [(numero, nature, models.STATUTS[statut] if statut else natures[nature], auteur, quand, collectivite)
            for numero, nature, statut, auteur, quand, collectivite in lignes]


# ======================================================================================
# The list: criteria, labels, one page of it (domaine.md §9)
# ======================================================================================

PAR_PAGE = 50
COLONNES = (                                                        # title, name in models.TRIS or ''
    ('Numéro', 'numero'), ('Thème', ''), ('Fiche', ''), ('Statut', 'statut'), ('Échéance', 'echeance'), ('Lieu', ''), ('Type', 'type'),
    ('Collectivité', 'collectivite'), ('Structure', ''), ('Direction', ''),
)
FILTRES = (                                                         # the form, and the words of each filter in force; choix: no choice, in words
    Champ('q', 'Rechercher une demande'),
    Champ('theme', 'Thème', 'choix', choix='Tous les thèmes'),
    Champ('statut', 'Statut', 'choix', choix='Tous les statuts'),
    Champ('type', 'Type', 'choix', choix='Tous les types'),
    Champ('structure', 'Structure', 'choix', choix='Toutes les structures'),
    Champ('depuis', 'Déposée depuis le', 'date'),
    Champ('fiche', 'Fiche', 'choix', choix='Toutes les fiches'),
    Champ('direction', 'Direction', 'choix', choix='Toutes les directions'),
    Champ('epci', 'Intercommunalité', 'choix', choix='Toutes'),
    Champ('agent', "Agent dans l'équipe", 'choix', choix='Tous les agents'),
    Champ('jusqua', "Déposée jusqu'au", 'date'),
    Champ('chef', 'Chef de file seulement', 'case'),
    Champ('ouvertes', 'Demandes ouvertes', 'case'),
    Champ('a_rappeler', 'À rappeler', 'case'),
    Champ('retard', 'En retard', 'case'),
    Champ('collectivite', 'Collectivité', 'cache'),
)
TOUJOURS_VUS = 6                                                    # of FILTRES; the others under « Plus de filtres »

# Every label the list, the filters and the CSV need, read once: genre, id, label, what it hangs on, order.
LIBELLES = """
SELECT 'theme', id, nom, '', ordre FROM theme
UNION ALL SELECT 'fiche', fiche.id, titre, theme_id, theme.ordre FROM fiche JOIN theme ON theme.id = theme_id
UNION ALL SELECT 'structure', id, nom, sigle, partenaire FROM structure
UNION ALL SELECT 'direction', direction.id, direction.nom, structure_id, partenaire FROM direction JOIN structure ON structure.id = structure_id
UNION ALL SELECT 'epci', id, nom, '', 0 FROM collectivite WHERE type <> 'Commune'
UNION ALL SELECT 'agent', agent.id, prenom || ' ' || agent.nom, structure_id, 0 FROM agent JOIN direction ON direction.id = direction_id
"""
EQUIPE = SQL("""(SELECT group_concat(role || ' ' || rang || ' ' || coalesce(agent_id, 0) || ' ' || structure_id || ' ' || coalesce(direction_id, 0),
                                     ';') FROM membre WHERE demande_id = numero) AS equipe""")
COLONNES_LUES = (
    Demande.numero, Demande.theme, Demande.fiche, Demande.statut, Demande.echeance, Demande.date_a_tenir, Demande.premier_contact_le,
    Demande.clos_le, Demande.lieu, Demande.type, Demande.collectivite, Demande.structure, Demande.direction, Demande.restreinte, EQUIPE,
)
Libelle = namedtuple('Libelle', 'nom parent')
Place = namedtuple('Place', 'role rang agent structure direction')


def _libelles():
    """{genre: {id: Libelle}}, each in the order to show it."""
    genres = {genre: {} for genre in ('theme', 'fiche', 'structure', 'direction', 'epci', 'agent')}
    lignes = models.db.execute_sql(LIBELLES).fetchall()
    for genre, cle, nom, parent, _ in sorted(lignes, key=lambda ligne: (ligne[4], models.normaliser(ligne[2]))):
        genres[genre][cle] = Libelle(nom, parent)
    return genres


def _criteres():
    """The filters of the address, in the order of models.FILTRES, empty ones left out."""
    return {nom: parametre(nom).strip() for nom in models.FILTRES if parametre(nom).strip()}


def _adresse(criteres, chemin='/espace/demandes', **changes):
    """The address of the list with its criteria; a change of None or '' takes one away."""
    restes = {c: v for c, v in (criteres | changes).items() if v}
    return f'{chemin}?{urlencode(restes)}' if restes else chemin


def _completer(ligne, libelles, jour):
    """A row of the list as it is shown: labels instead of ids."""
    d = SimpleNamespace(**ligne)
    d.places = [Place(role, *map(int, reste)) for role, *reste in (p.split(' ') for p in (d.equipe or '').split(';') if p)]
    d.theme = libelles['theme'][d.theme].nom if d.theme else ''
    d.fiche = libelles['fiche'][d.fiche].nom if d.fiche else 'Demande libre'
    d.etat, d.echeance_dite = models.dire_echeance(d.echeance, d.premier_contact_le, d.clos_le, jour)
    d.lieu = d.lieu or d.collectivite
    d.structure_id = d.structure
    chefs = sorted((p for p in d.places if p.role == 'chef_de_file'), key=lambda p: p.rang)
    autres = dict.fromkeys(p.structure for p in chefs if p.structure != d.structure)
    d.structure = ' + '.join([*([libelles['structure'][d.structure].nom] if d.structure else []), *(libelles['structure'][s].parent for s in autres)])
    d.direction = libelles['direction'][d.direction].nom if d.direction else ''
    return d


@app.get('/espace/demandes', qui='agent')
def demandes():
    agent, criteres, tri, voulue = request.agent, _criteres(), parametre('tri'), _page_voulue()
    _aller_au_numero(agent, criteres)
    requete = models.filtrer(agent, criteres)
    triee = models.trier(requete.select(*COLONNES_LUES), tri).paginate(voulue, PAR_PAGE)
    onglets, libelles, jour = _onglets(agent, criteres), _libelles(), models.aujourdhui()
    total = next((nombre for _, _, nombre, courant in onglets if courant), None)
    total = requete.count() if total is None else total
    lignes = [_completer(ligne, libelles, jour) for ligne in triee.dicts()]
    pages, debut = max(1, -(-total // PAR_PAGE)), (voulue - 1) * PAR_PAGE

    def lien(**changes):
        return _adresse(criteres | {'tri': tri}, **changes)
    return page('espace/demandes.html', 200 if voulue <= pages else 404, lignes=lignes, total=total, debut=debut + 1, fin=debut + len(lignes),
                voulue=voulue, pages=pages, lien=lien, lien_page=lambda n: lien(page=n if n > 1 else None), tri=tri, criteres=criteres,
                colonnes=_entetes(tri), onglets=onglets, champs=_champs_filtres(libelles), vus=TOUJOURS_VUS,
                actifs=_filtres_actifs(criteres, libelles, lien), export=_adresse(criteres | {'tri': tri}, '/espace/demandes.csv'))


def _aller_au_numero(agent, criteres):
    """The quick search: « 1083 » or « n° 1083 », and nothing else, goes to that demande when the agent may read it."""
    numero = re.fullmatch(r'(?:n\s*[°o]\s*)?([1-9][0-9]{0,17})', criteres.get('q', '').lower())
    if numero and len(criteres) == 1 and Demande.visibles_par(agent, Demande.numero).where(Demande.numero == int(numero[1])).tuples().first():
        aller(f'/espace/demandes/{numero[1]}')


def _page_voulue():
    voulue = parametre('page', '1')
    if not re.fullmatch(r'[1-9][0-9]{0,5}', voulue):
        raise Refus('Ce numéro de page n\'est pas valable. Revenez à la liste des demandes.', 400)
    return int(voulue)


def _entetes(tri):
    """[(title, aria-sort or '', the sort a click asks for or '')]; without a sort the newest number comes first."""
    courant, descendant = (tri.lstrip('-') or 'numero'), tri[:1] == '-' or not tri
    entetes = []
    for titre, nom in COLONNES:
        ici = nom and nom == courant
        sens = ('descending' if descendant else 'ascending') if ici else ''
        entetes.append((titre, sens, (nom if sens != 'ascending' else f'-{nom}') if nom else ''))
    return entetes


def _onglets(agent, criteres):
    """[(label, address, how many, current)] of the saved views; their counts in one query."""
    vues = (('Toutes', {}), ('Mes demandes', {'agent': str(agent.id)}), ('À rappeler', {'a_rappeler': 'oui'}), ('En retard', {'retard': 'oui'}),
            ('Ma structure', {'structure': str(agent.direction.structure_id)}))
    comptes = Select(columns=[models.filtrer(agent, vue).select(fn.COUNT(SQL('*'))) for _, vue in vues]).tuples().execute(models.db)[0]
    return [(nom, _adresse(vue), n, vue == criteres) for (nom, vue), n in zip(vues, comptes, strict=True)]


def _champs_filtres(libelles):
    """FILTRES with their choices: « Tous… » first."""
    choix = {
        'theme': _options(libelles['theme']), 'statut': tuple(models.STATUTS.items()), 'type': tuple((t, t) for t in models.TYPES),
        'structure': _options(libelles['structure']), 'fiche': _groupees(libelles['fiche'], libelles['theme'], True),
        'direction': _groupees(libelles['direction'], libelles['structure']), 'epci': _options(libelles['epci']),
        'agent': _groupees(libelles['agent'], libelles['structure']),
    }
    return [c._replace(choix=(('', c.choix), *choix[c.nom])) if c.nom in choix else c for c in FILTRES]


def _options(genre):
    return tuple((cle, libelle.nom) for cle, libelle in genre.items())


def _groupees(genre, parents, avec_parent=False):
    """Options grouped under what they hang on; avec_parent: its id goes along, plateforme.js shortens the list with it."""
    groupes = {cle: [] for cle in parents}
    for cle, libelle in genre.items():
        groupes[libelle.parent].append((cle, libelle.nom, libelle.parent) if avec_parent else (cle, libelle.nom))
    return tuple((parents[cle].nom, tuple(options)) for cle, options in groupes.items() if options)


def _filtres_actifs(criteres, libelles, lien):
    """[(words, address without it)] of each filter in force."""
    actifs = []
    for c in FILTRES:
        valeur = criteres.get(c.nom)
        if valeur:
            actifs.append((_dire_filtre(c, valeur, libelles), lien(**{c.nom: None})))
    return actifs


def _dire_filtre(c, valeur, libelles):
    if c.genre == 'case':
        return c.libelle
    if c.genre == 'date':
        return f'{c.libelle} {models.dire_jour(valeur, True)}'
    if c.nom == 'q':
        return f'Recherche\u00a0: «\u00a0{valeur}\u00a0»'
    if c.nom == 'collectivite':
        trouvee = Collectivite.get_or_none(Collectivite.id == int(valeur))
        valeur = trouvee.nom if trouvee else 'inconnue'
    elif c.nom in libelles:
        connu = libelles[c.nom].get(int(valeur))
        valeur = connu.nom if connu else 'inconnu'
    return f'{c.libelle}\u00a0: {models.STATUTS.get(valeur, valeur)}'


# ======================================================================================
# The CSV: exactly the filtered list, all its pages (domaine.md §7, §9)
# ======================================================================================

def _reserve(lire_cellule):
    """A cell left empty outside the demandes of one's own structure: contact and message."""
    return lambda d: lire_cellule(d) if d.entiere else ''


def _jour(instant):
    return models.dire_jour(instant, True) if instant else ''


def _nom_de(role):
    return lambda d: ', '.join(_nommer(p, d.libelles) for p in d.places if p.role == role)


def _nommer(place, libelles):
    """The agent of a place; else the direction or the structure invited, its person not named yet."""
    genre = 'agent' if place.agent else 'direction' if place.direction else 'structure'
    return libelles[genre][getattr(place, genre)].nom


def _issue(d):
    if d.statut == 'rejete' and d.issue:
        return f'{models.REPONSES.get(d.issue, d.issue)} {d.organisme}'.strip()
    return models.ISSUES.get(d.issue, d.issue)


def _role_de_la_structure(d):
    siennes = [p for p in d.places if p.structure in d.miennes]
    return ', '.join(dict.fromkeys('Co-chef de file' if p.role == 'chef_de_file' and p.rang else models.ROLES[p.role] for p in siennes))


EXPORT = (                                                          # (title, what the cell says of a demande)
    ('Numéro',                 lambda d: d.numero),
    ('Thème',                  lambda d: d.theme),
    ('Fiche',                  lambda d: d.fiche),
    ('Statut',                 lambda d: models.STATUTS[d.statut]),
    ('Échéance',               lambda d: _jour(d.echeance)),
    ('Lieu',                   lambda d: d.lieu),
    ('Type',                   lambda d: d.type),
    ('Collectivité',           lambda d: d.collectivite),
    ('Structure',              lambda d: d.structure),
    ('Direction',              lambda d: d.direction),
    ('Date de dépôt',          lambda d: _jour(d.depose_le)),
    ('Date du premier contact', lambda d: _jour(d.premier_contact_le)),
    ('Date de clôture',        lambda d: _jour(d.clos_le)),
    ('Origine',                lambda d: 'Reçue en direct' if d.origine == 'direct' else 'Plateforme'),
    ('Maire ou président·e',   _reserve(lambda d: ' '.join(filter(None, (d.civilite, d.prenom, d.nom))))),
    ('Personne à rappeler',    _reserve(lambda d: f'{d.rappel_prenom} {d.rappel_nom}'.strip() or f'{d.prenom} {d.nom}'.strip())),
    ('Courriel',               _reserve(lambda d: d.courriel)),
    ('Téléphone',              _reserve(lambda d: models.dire_telephone(d.telephone).replace('\u00a0', ' '))),
    ('Référent',               _nom_de('referent')),
    ('Associés',               _nom_de('associe')),
    ('Rôle de la structure',   _role_de_la_structure),
    ('Autres structures',      lambda d: ', '.join(d.autres)),
    ('Issue',                  _issue),
    ('Message',                _reserve(lambda d: d.message)),
)
COLONNES_EXPORTEES = (
    *COLONNES_LUES, Demande.depose_le, Demande.origine, Demande.civilite, Demande.nom, Demande.prenom, Demande.rappel_nom, Demande.rappel_prenom,
    Demande.courriel, Demande.telephone, Demande.issue, Demande.organisme, Demande.message,
)


@app.get('/espace/demandes.csv', qui='agent')
def exporter():
    agent, criteres = request.agent, _criteres()
    requete = models.filtrer(agent, criteres)
    triee = models.trier(requete.select(*COLONNES_EXPORTEES), parametre('tri'))
    fichier = csv_fichier(f'demandes-{models.aujourdhui()}.csv', _lignes_csv(triee, agent))
    detail = f'{dire_nombre(requete.count())} demandes, filtres : {", ".join(criteres) or "aucun"}'
    noter('audit', 'export', agent.id, detail, models.maintenant())
    journal.info('export par agent %s : %s', agent.id, detail)
    return fichier


def _lignes_csv(requete, agent):
    """Title and rows, one at a time: 20,000 demandes never stand in memory together."""
    libelles, jour = _libelles(), models.aujourdhui()
    miennes = {libelles['agent'][i].parent for i in agent.identites}
    yield [titre for titre, _ in EXPORT]
    for ligne in requete.dicts().iterator():
        d = _completer(ligne, libelles, jour)
        d.libelles, d.miennes = libelles, miennes
        d.entiere = agent.administre or any(p.structure in miennes or p.agent in agent.identites for p in d.places)
        autres = dict.fromkeys(p.structure for p in d.places if p.structure != d.structure_id)
        d.autres = [libelles['structure'][s].nom for s in autres]
        yield [cellule(d) for _, cellule in EXPORT]


# ======================================================================================
# Cas 2: a demande received directly, entered in half a minute (domaine.md §3)
# ======================================================================================

SUIVI = (('moi', 'Moi'), ('autre', 'Un autre agent'), ('chef', 'À désigner par le chef de file'))
SAISIE = (                                                          # in the order of the page
    Champ('cle', '', 'cache'),                                      # the one-time key of this form
    Champ('collectivite', 'Collectivité'),
    Champ('hors_liste', "La collectivité n'est pas dans la liste", 'case'),
    Champ('type', 'Type de collectivité', 'choix', choix=(('', 'Choisir'), *((t, t) for t in models.TYPES))),
    Champ('nom_collectivite', 'Nom de la collectivité'),
    Champ('fiche', "Fiche d'accompagnement", 'choix'),
    Champ('message', 'Le besoin en une phrase', 'long', True),
    Champ('lieu', 'Lieu de projet'),
    Champ('date_a_tenir', 'Date à tenir', 'date'),
    Champ('voie', 'Comment la demande est-elle arrivée\u00a0?', 'radio', True, choix=tuple((v, v.capitalize()) for v in models.VOIES)),
    Champ('recue_le', 'Date de réception', 'date', True, classe='court'),
    Champ('confidentielle', 'La demande est confidentielle (agent, contentieux, personne mise en cause)', 'case',
          aide="Seules l'équipe de la demande et l'administration de la Plateforme pourront la lire."),
    Champ('nom', 'Nom', requis=True), Champ('prenom', 'Prénom'), Champ('fonction', 'Fonction'),
    Champ('courriel', 'Courriel', 'courriel', aide='Celui-ci ou le téléphone.'),
    Champ('telephone', 'Téléphone', 'telephone', aide='Celui-ci ou le courriel.'),
    Champ('accuse', "Envoyer un accusé d'enregistrement au demandeur", 'case'),
    Champ('suivi', 'Qui suit cette demande\u00a0?', 'radio', True, "Sans fiche, l'administration de la Plateforme désigne le chef de file.", SUIVI),
    Champ('referent', 'Autre agent', 'choix', aide='Seulement si un autre agent suit la demande.'),
    Champ('contact_le', 'Date du premier contact', 'date', aide='Si vous la laissez vide\u00a0: la date de réception.'),
)
INCONNUE = 'Ce nom n\'est pas dans la liste\u00a0: vérifiez-le, ou cochez «\u00a0La collectivité n\'est pas dans la liste\u00a0»'
REQUIS_SELON = ('collectivite', 'type', 'nom_collectivite')         # said « (obligatoire) », checked by _lire_collectivite


def _champs_saisie():
    """SAISIE with its choices: {name: Champ}."""
    agent, libelles = request.agent, _libelles()
    actifs = {a for (a,) in Agent.select(Agent.id).where(Agent.actif, Agent.id != agent.id).tuples()}
    publiees = {f for (f,) in Fiche.select(Fiche.id).where(Fiche.publiee).tuples()}
    agents = {cle: libelle for cle, libelle in libelles['agent'].items() if cle in actifs}
    fiches = {cle: libelle for cle, libelle in libelles['fiche'].items() if cle in publiees}
    choix = {
        'collectivite': tuple(Collectivite.select(Collectivite.nom, Collectivite.type).order_by(Collectivite.cherche).tuples()),
        'fiche': (('', 'Aucune fiche'), *_groupees(fiches, libelles['theme'])),
        'referent': (('', 'Choisir'), *_groupees(agents, libelles['structure'])),
    }
    return {c.nom: c._replace(choix=choix[c.nom]) if c.nom in choix else c for c in SAISIE}


@app.get('/espace/demandes/nouvelle', qui='agent')
def nouvelle():
    gardes = reprise()
    valeurs = {c.nom: gardes[c.nom] for c in SAISIE if c.nom in gardes} if gardes else {
        'recue_le': models.aujourdhui(), 'voie': models.VOIES[0], 'suivi': 'moi'}
    return _page_saisie(_champs_saisie(), valeurs, {})


@app.post('/espace/demandes/nouvelle', qui='agent')
def saisir():
    champs = _champs_saisie()
    valeurs, fautes = lire(champs.values())
    fautes.pop('cle', None)
    _sceller(valeurs)
    liee, proches = _lire_collectivite(valeurs, fautes)
    _verifier_saisie(valeurs, fautes)
    if fautes:
        return _page_saisie(champs, valeurs, fautes, proches, 422)
    saisie = _saisie(valeurs, liee)
    demande = Demande.get_or_none(Demande.cle == valeurs['cle'])
    if demande and not _la_meme(demande, saisie):                   # sent, Back, another entry, sent
        dit = f'Ce formulaire a déjà enregistré la demande n°\u00a0{demande.numero}. Pour en saisir une autre, enregistrez de nouveau.'
        return _page_saisie(champs, valeurs | {'cle': ''}, {'': dit}, status=409)
    demande = models.saisir_directe(saisie, request.agent, valeurs['cle'])
    lisible = models.roles(demande, request.agent)                  # not when confidential and followed by others
    aller(f'/espace/demandes/{demande.numero}?fait=saisie' if lisible else '/espace/demandes?fait=saisie')


def _page_saisie(champs, valeurs, fautes, proches=(), status=200):
    """proches: the collectivités to choose from, when the name typed may mean several."""
    _sceller(valeurs)
    affiches = {nom: c._replace(requis=c.requis or nom in REQUIS_SELON) for nom, c in champs.items()}
    if proches:
        choix = tuple((c.id, f'{c.nom} ({", ".join(filter(None, (c.type, c.codes_postaux)))})') for c in proches)
        affiches = {'collectivite_choix': Champ('collectivite_choix', 'Quelle collectivité', 'radio', True, choix=choix)} | affiches
    return page('espace/nouvelle.html', status, champs=affiches, valeurs=valeurs, fautes={n: fautes[n] for n in ('', *affiches) if n in fautes},
                libelles={nom: c.libelle for nom, c in affiches.items()})


def _sceller(valeurs):
    """A one-time key for a form that has none of ours: a double click enters one demande."""
    if not re.fullmatch('[A-Za-z0-9_-]{22}', valeurs.get('cle', '')):
        valeurs['cle'] = secrets.token_urlsafe(16)


def _lire_collectivite(valeurs, fautes):
    """(Collectivite or None, the nearest to choose from); a fault when there is none, or several."""
    if valeurs['hors_liste']:
        for nom, phrase in (('type', 'Choisissez le type de la collectivité'), ('nom_collectivite', 'Indiquez le nom de la collectivité')):
            if not valeurs[nom]:
                fautes.setdefault(nom, phrase)
        return None, ()
    saisi = models.normaliser(valeurs['collectivite'])
    proches = [] if 'collectivite' in fautes else Collectivite.trouver(valeurs['collectivite'])
    choisies = [c for c in proches if str(c.id) == request.saisies.get('collectivite_choix')] or proches
    if len(choisies) == 1 and (choisies is not proches or choisies[0].cherche.startswith(saisi)):
        return choisies[0], ()
    if proches:
        fautes['collectivite_choix'] = 'Choisissez la collectivité parmi les noms proches'
    else:
        fautes.setdefault('collectivite', INCONNUE if saisi else 'Indiquez la collectivité')
    return None, proches


def _verifier_saisie(valeurs, fautes):
    """What depends on several fields, or on the day."""
    jour = models.aujourdhui()
    for nom in ('recue_le', 'contact_le'):
        if valeurs[nom] > jour and nom not in fautes:
            fautes[nom] = 'Indiquez une date passée, ou celle du jour'
    if valeurs['recue_le'] and valeurs['recue_le'] < f'{int(jour[:4]) - 2}{jour[4:]}':
        fautes.setdefault('recue_le', 'Cette date remonte à plus de deux ans\u00a0: vérifiez-la')
    if valeurs['contact_le'] and valeurs['contact_le'] < valeurs['recue_le']:
        fautes.setdefault('contact_le', 'Le premier contact ne peut pas précéder la réception')
    if valeurs['date_a_tenir'] and valeurs['date_a_tenir'] < jour:
        fautes.setdefault('date_a_tenir', 'Cette date est passée\u00a0: indiquez une date à venir')
    if valeurs['suivi'] == 'autre' and not valeurs['referent']:
        fautes.setdefault('referent', 'Choisissez l\'agent qui suit la demande')
    if not valeurs['courriel'] and not valeurs['telephone']:
        fautes['courriel'] = 'Indiquez un courriel ou un téléphone'
    elif valeurs['accuse'] and not valeurs['courriel']:
        fautes['courriel'] = 'Indiquez le courriel auquel envoyer l\'accusé d\'enregistrement'


def _saisie(valeurs, liee):
    """The checked form as models.saisir_directe takes it: who called is the person to call back, not the Maire."""
    fiche, referent = valeurs['fiche'], valeurs['referent']
    return valeurs | {
        'collectivite': liee, 'fiche': Fiche.get_by_id(fiche) if fiche else None, 'nom': '', 'prenom': '', 'rappel_nom': valeurs['nom'],
        'rappel_prenom': valeurs['prenom'], 'rappel_fonction': valeurs['fonction'],
        'referent': Agent.select(Agent, Direction, Structure).join(Direction).join(Structure).where(Agent.id == referent).get() if referent else None,
    }


def _la_meme(demande, saisie):
    """Is this the entry that the key of the form made already?"""
    nom = saisie['collectivite'].nom if saisie['collectivite'] else saisie['nom_collectivite']
    champs = ('message', 'lieu', 'courriel', 'telephone', 'rappel_nom', 'fiche', 'recue_le')
    return demande.collectivite == nom and all(getattr(demande, c) == saisie[c] for c in champs)
