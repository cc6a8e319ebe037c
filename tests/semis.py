"""A base sown at random, always the same: demandes of every kind, written as rows, for the proofs of the figures: what
a service may hold after years. The clock stands at MAINTENANT."""
import random

import models
from langue import plus_jours as _plus
from verbes import regles, valeurs

MAINTENANT, JOUR = '2026-12-09T09:00:00Z', '2026-12-09'
FIN = '2026-12-08'                                                  # nothing is deposited later
# One second on each side of midnight in Paris: of a year, a quarter, a month, of the two changes of hour.
BORDS = ('2024-12-31T22:59:59Z', '2024-12-31T23:00:00Z', '2025-12-31T22:59:59Z', '2025-12-31T23:00:00Z',
         '2025-03-31T21:59:59Z', '2025-03-31T22:00:00Z', '2025-06-30T21:59:59Z', '2025-06-30T22:00:00Z',
         '2025-03-30T00:59:59Z', '2025-03-30T01:00:00Z', '2025-10-25T21:59:59Z', '2025-10-25T22:00:00Z',
         '2025-10-26T00:30:00Z', '2025-10-26T01:30:00Z', '2026-10-31T22:59:59Z', '2026-10-31T23:00:00Z',
         '2026-02-28T22:59:59Z', '2026-02-28T23:00:00Z', '2024-02-29T12:00:00Z', '2026-09-08T22:30:00Z')
DIRECTIONS = (  # id, structure, name, the day it has closed
    (4, 4, 'Agence – projets', '2026-03-31'), (5, 1, 'Direction des Routes', None),
    (6, 2, 'Direction Ingénierie et expérimentation territoriale', None))
AGENTS = (('Remplace', 1, 0), ('Delegue', 5, 0), ('Elu', 1, 0), ('Routes', 5, 1), ('Ingenieur', 6, 0),
          ('Architecte', 3, 1), ('Juriste', 2, 0), ('Agence', 4, 0), ('Seconde', 6, 0))
REMPLACE, DELEGUE, ELU, ROUTES, ARCHITECTE = 8, 9, 10, 11, 13
FICHES = (  # id, theme, direction, title, promise, restreinte
    (4, 2, 5, 'Voirie communale', 'complexe', 0), (5, 1, 6, 'Écoles', 'urgente', 0),
    (6, 2, 4, 'Observation', 'complexe', 0))
# id, type, name, EPCI, replaced by, its last day, next EPCI, since, arrondissement, canton, petr, secteur
COLLECTIVITES = (
    (6, 'Communauté de communes', 'CC Comminges', None, None, None, None, None, '', '', 'Comminges', ''),
    (7, 'Communauté de communes', 'CC Vallées', None, 6, '2025-06-30', None, None, '', '', '', ''),
    (8, 'Commune', 'Aspet', 6, None, None, None, None, 'Saint-Gaudens', 'Bagnères', 'Comminges', 'Sud'),
    (9, 'Commune', 'Encausse', 7, None, None, None, None, 'Saint-Gaudens', 'Bagnères, Cazères', 'Comminges', 'Sud'),
    (10, 'Commune', 'Neuve', 1, None, None, None, None, 'Muret', 'Cazères', '', 'Centre'),
    (11, 'Commune', 'Vieille', 6, 10, '2025-12-31', None, None, 'Saint-Gaudens', 'Bagnères', 'Comminges', 'Sud'),
    (12, 'Commune', 'Demain', 1, 10, '2027-01-01', None, None, 'Muret', 'Auterive', '', 'Centre'),
    (13, 'Commune', 'Mobile', 1, None, None, 6, '2026-01-01', 'Muret', 'Cazères', '', ''),
    (14, 'Commune', 'Bientôt', 6, None, None, 1, '2027-01-01', 'Saint-Gaudens', '', 'Comminges', ''),
    (15, 'Syndicat', 'Syndicat des eaux', None, None, None, None, None, '', '', '', ''),
    (16, 'Commune', 'Nouvelle', 6, None, None, None, None, '', '', '', ''),
    (17, 'Commune', 'Ancienne', 6, 16, '2025-03-15', None, None, 'Saint-Gaudens', 'Cazères', 'Comminges', 'Sud'),
    (18, 'Communauté de communes', 'CC Déserte', None, None, None, None, None, '', '', '', ''))
DIRECTION_DE = {1: 1, 2: 2, 3: 2, 4: 3, 5: 3, 6: 1}                 # of the agents of the small world


def semer(combien=320):
    hasard = random.Random(1311)
    with models.ecriture():
        _semer_le_monde()
        for numero in range(1, combien + 1):
            _semer_une_demande(hasard, numero)


def _executer(ordre, *valeurs):
    models.db.execute_sql(ordre, valeurs)


def _inserer(table, valeurs):
    noms = ', '.join(valeurs)
    _executer(f'INSERT INTO {table} ({noms}) VALUES ({", ".join("?" * len(valeurs))})', *valeurs.values())


def _semer_le_monde():
    _inserer('structure', {'id': 4, 'nom': 'Agence des territoires', 'sigle': 'ADT', 'partenaire': 1})
    for id_, structure, nom, fermee in DIRECTIONS:
        _inserer('direction', {'id': id_, 'structure_id': structure, 'nom': nom, 'telephone': '0536490099',
                               'courriel': f'd{id_}@exemple.example', 'fermee_le': fermee})
    for rang, (prenom, direction, pilote) in enumerate(AGENTS):
        _inserer('agent', {'id': 8 + rang, 'prenom': prenom, 'nom': 'Semis', 'direction_id': direction,
                           'courriel': f'{prenom}.semis@exemple.example'.lower(), 'pilote': pilote,
                           'cree_le': '2023-01-01T09:00:00Z', 'ouvert_le': '2023-01-01T09:00:00Z'})
    _inserer('delegation', {'pour_id': 2, 'par_id': DELEGUE, 'du': '2026-12-01', 'au': '2026-12-31'})
    _inserer('delegation', {'pour_id': 4, 'par_id': ROUTES, 'du': '2026-01-01', 'au': '2026-06-30'})    # over
    _executer("UPDATE agent SET lecteur_au = '2027-06-30' WHERE id = ?", ELU)
    valeurs.ecrire('accord_lecteurs', '2026-01-15', '2026-01-15')
    for id_, theme, direction, titre, promesse, restreinte in FICHES:
        _inserer('fiche', {'id': id_, 'theme_id': theme, 'direction_id': direction, 'titre': titre,
                           'promesse': promesse, 'restreinte': restreinte, 'resume': titre, 'maj_le': '2026-09-14'})
    _inserer('theme', {'id': 3, 'nom': 'Observation des territoires', 'icone': 'carte', 'ordre': 3})
    for id_, type_, nom, epci, *_, arrondissement, canton, petr, secteur in COLLECTIVITES:
        _inserer('collectivite', {
            'id': id_, 'type': type_, 'nom': nom, 'siren': f'2990000{id_:02}', 'cherche': nom.lower(),
            'insee': f'319{id_:02}' if type_ == 'Commune' else None, 'epci_id': epci, 'population': 100 * id_,
            'arrondissement': arrondissement, 'canton': canton, 'petr': petr, 'secteur': secteur})
    for id_, _, _, _, par, fin, suivant, le, *_ in COLLECTIVITES:   # once all are there
        _executer('UPDATE collectivite SET remplacee_par_id = ?, jusqu_au = ?, epci_suivant_id = ?, epci_le = ? '
                  'WHERE id = ?', par, fin, suivant, le, id_)
    _executer("UPDATE collectivite SET arrondissement = 'Muret', canton = 'Cazères' WHERE id = 2")


def _instant(hasard, jour):
    return f'{jour}T{hasard.choice((5, 9, 11, 14, 17, 21, 22, 23)):02}:{hasard.randint(0, 59):02}:07Z'


def _depot(hasard):
    jour = _plus('2024-01-01', hasard.randint(0, 1070) if hasard.random() < 0.9 else hasard.randint(900, 1070))
    return _instant(hasard, min(jour, '2026-12-07'))


def _semer_une_demande(hasard, numero):
    d = {
        'numero': numero, 'jeton': f'{numero:022}', 'etape': 1, 'restreinte': 0, 'message': f'Message {numero}.',
        'nom': f'Nom {numero}', 'courriel': f'm{numero}@mairie.example', 'issue': '', 'organisme': '', 'importee': 0,
        'reprise': 0, 'essai': 0, 'rappele': '', 'ampleur': '', 'voie': '', 'attente_de': '', 'attente_tue': 0}
    d['depose_le'] = BORDS[numero - 1] if numero <= len(BORDS) else _depot(hasard)
    depot = d['depose_le'][:10]
    _ou(hasard, d)
    _quoi(hasard, d)
    equipe, journal = _equipe(hasard, d), [('depot', d['depose_le'], depot, None, None)]
    _promesse(hasard, d, depot, journal, equipe)
    _statut(hasard, d, depot, journal, equipe)
    _ecarter(hasard, d, depot)
    if d['statut'] == 'en_cours' and numero % 3 == 0:               # an answer that is waited for, its day come or not
        d |= {'attente_depuis': d['depose_le'], 'attente_au': _plus(JOUR, numero % 40 - 20), 'attente_de': 'le plan'}
    _inserer('demande', d)
    if d.get('prochaine_etape_le'):
        _inserer('jalon', {'demande_id': d['numero'], 'rang': 1, 'quoi': 'Étape', 'pour_le': d['prochaine_etape_le']})
    for role, rang, agent, structure, direction in equipe:
        _inserer('membre', {'demande_id': numero, 'role': role, 'rang': rang, 'agent_id': agent,
                            'structure_id': structure, 'direction_id': direction, 'depuis_le': d['depose_le']})
    for nature, le, acte, statut, agent in sorted(journal, key=lambda ligne: ligne[1]):
        if nature not in ('statut', 'contact') and numero % 2:      # its day is the one it was written on
            acte = None
        _inserer('journal', {'demande_id': numero, 'cree_le': le, 'nature': nature, 'acte_le': acte, 'statut': statut,
                             'agent_id': agent, 'auteur': 'Quelqu\'un', 'texte': nature})
    _interroger(hasard, d)


def _interroger(hasard, d):
    posee = d['statut'] == 'termine' and d['issue'] in ('realise', 'reponse') and not d['reprise'] and not d['essai']
    if not posee or (d['restreinte'] and hasard.random() < 0.7):
        return
    repondue = hasard.random() < 0.8
    _inserer('evaluation', {
        'demande_id': d['numero'], 'demandee_le': d['clos_le'], 'repondu_le': d['clos_le'] if repondue else None,
        'aide': hasard.choice(('oui', 'oui', 'en_partie', 'non')) if repondue else '',
        'permis': hasard.choice(('decider', 'agir', 'rien')) if repondue else ''})


def _ou(hasard, d):
    lues = models.db.execute_sql('SELECT id, nom, type FROM collectivite WHERE id <> 18 ORDER BY id').fetchall()
    id_, nom, type_ = hasard.choice(lues)
    if hasard.random() < 0.04:
        id_, nom, type_ = None, 'CCAS écrit à la main', 'Autre établissement public'
    d |= {'collectivite_id': id_, 'collectivite': nom, 'type': type_, 'collectivite_tri': nom.lower()}


def _quoi(hasard, d):
    fiche, theme, delai = hasard.choice(
        ((1, 1, 3), (2, 2, 10), (2, 2, 10), (3, 1, 10), (4, 2, 10), (5, 1, 3), (6, 2, 10), (None, None, 10)))
    if hasard.random() < 0.05:
        theme = 2                                                   # corrected since
    d |= {'fiche_id': fiche, 'theme_id': theme, 'promesse': 'urgente' if delai == 3 else 'complexe', 'delai': delai,
          'restreinte': int(fiche == 3 or hasard.random() < 0.12)}
    d['origine'] = 'direct' if hasard.random() < 0.2 else 'plateforme'


def _place(hasard, role, rang=0):
    agent = hasard.choice((1, 2, 3, 4, 5, 6, 11, 12, 13, 14, 15, 16))
    direction = DIRECTION_DE.get(agent) or AGENTS[agent - 8][1]
    structure = {1: 1, 2: 2, 3: 3, **{id_: structure for id_, structure, *_ in DIRECTIONS}}[direction]
    return role, rang, agent, structure, direction


def _equipe(hasard, d):
    """Chefs de file, référent, associated; now and then a structure or a direction whose person is not named."""
    if d['fiche_id'] is None and hasard.random() < 0.5:
        return []
    places = [_place(hasard, 'chef_de_file', rang) for rang in range(hasard.choice((1, 1, 2)))]
    places += [_place(hasard, 'referent')] if hasard.random() < 0.7 else []
    places += [_place(hasard, 'associe') for _ in range(hasard.choice((0, 0, 0, 1, 2)))]
    if hasard.random() < 0.08:
        places.append(hasard.choice((('associe', 0, None, 3, None), ('associe', 0, None, 1, 5))))
    d |= {'structure_id': places[0][3], 'direction_id': places[0][4]}
    vues = {}
    for place in places:                                            # nobody twice
        vues.setdefault(place[2] or place, place)
    return list(vues.values())


def _promesse(hasard, d, depot, journal, equipe):
    if d['origine'] == 'direct':
        d |= {'promesse': None, 'delai': None, 'premier_contact_le': depot, 'recue_le': depot, 'voie': 'téléphone'}
        return
    d['echeance'] = _plus(depot, d['delai'] + hasard.choice((0, 0, 1, 2)))
    contact = hasard.choice(('joint', 'joint', 'joint', 'tard', 'message', 'rien', 'rien'))
    jour = _plus(depot, hasard.randint(0, d['delai'] + (30 if contact == 'tard' else 0)))
    if contact == 'joint' and hasard.random() < 0.2:
        jour = hasard.choice((d['echeance'], _plus(d['echeance'], 1)))          # the very last day, the next one
    if jour > FIN or not equipe:
        contact = 'rien'
    qui = equipe[0][2] if equipe else None
    if contact in ('joint', 'tard'):
        d['premier_contact_le'] = jour
        journal.append(('contact', f'{jour}T10:00:00Z', jour, None, qui))
    elif contact == 'message':
        journal.append((hasard.choice(('appel', 'contact', 'visite', 'courriel', 'note')),
                        f'{jour}T10:00:00Z', jour, None, qui))
    if equipe and hasard.random() < 0.15:                           # oriented again, in time or too late
        le = _plus(depot, hasard.randint(0, d['delai']))
        if le <= FIN:
            journal.append(('statut', _instant(hasard, le), le, 'attribue_chef', hasard.choice((1, None))))
    if d['echeance'] < JOUR and hasard.random() < 0.6:
        d |= {'question_le': f'{_plus(d["echeance"], 1)}T06:00:00Z',
              'rappele': hasard.choice(('', '', 'oui', 'pas_encore'))}
        d['rappele_le'] = d['question_le'] if d['rappele'] else None


def _statut(hasard, d, depot, journal, equipe):
    ouverts = (['attribue_chef', 'receptionne_chef', 'attribue_expert', 'receptionne_expert', 'en_cours', 'en_cours']
               if equipe else ['attribue_admin', 'receptionne_admin'])
    etat = hasard.choice([*ouverts, *('termine',) * 6, 'rejete', 'rejete_clos', 'abandonne'])
    d['statut'] = etat.removesuffix('_clos')
    qui = equipe[0][2] if equipe else 1
    fin = min(FIN, _plus(depot, hasard.choice((0, 1, 2, 5, 12, 40, 90, 200, 400))))
    milieu = min(fin, _plus(depot, hasard.randint(0, 20)))
    if hasard.random() < 0.35:
        journal.append(('proposition', f'{milieu}T15:00:00Z', milieu, None, qui))
    if d['statut'] == 'rejete' or hasard.random() < 0.08:           # said out of competence, once, or twice
        journal.append(('statut', f'{milieu}T16:00:00Z', milieu, 'rejete', qui))
        if d['statut'] != 'rejete' or hasard.random() < 0.2:
            journal.append(('statut', f'{milieu}T17:00:00Z', milieu, 'attribue_chef', 1))
            journal += [('statut', f'{milieu}T18:00:00Z', milieu, 'rejete', qui)] * (d['statut'] == 'rejete')
    if etat in ('termine', 'rejete_clos', 'abandonne'):
        d['clos_le'] = max(d['depose_le'], _instant(hasard, fin))
        journal.append(('statut', d['clos_le'], fin, d['statut'], qui))
    if etat == 'termine':
        d['issue'] = hasard.choice(tuple(regles.ISSUES))
        d['ampleur'] = hasard.choice(('', '', *regles.AMPLEURS))
    elif etat == 'rejete_clos':
        d['issue'] = hasard.choice(tuple(regles.REPONSES))
    elif etat == 'en_cours' and hasard.random() < 0.6:
        d['prochaine_etape_le'] = _plus(JOUR, hasard.randint(-30, 30))
        recente = hasard.choice((_plus(JOUR, -30), _plus(JOUR, -29), _plus(JOUR, -31), _plus(JOUR, -90)))
        if recente > depot:
            journal.append(('note', f'{recente}T10:00:00Z', recente, None, qui))


def _ecarter(hasard, d, depot):
    tirage = hasard.random()
    if tirage < 0.06:
        d |= {'importee': 1, 'reprise': 1, 'echeance': None, 'question_le': None, 'rappele': '', 'rappele_le': None}
    elif tirage < 0.09:
        d |= {'essai': 1}
    elif tirage < 0.16:
        d |= {'statut': 'termine', 'issue': hasard.choice(('doublon', 'erreur', 'stock')),
              'clos_le': max(d['depose_le'], f'{min(FIN, _plus(depot, 3))}T09:00:00Z')}
