"""The figures of the page, again: plain loops over the raw rows of the base, from the text of regles.md §1, §7, §11,
without the code of the service: days in Paris, who reads what, mergers, working days are all made again. A figure is
the set of the numbers it counts."""
import sqlite3
import statistics
import unicodedata
from collections import namedtuple
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

PARIS = ZoneInfo('Europe/Paris')
PAQUES = {2023: '2023-04-09', 2024: '2024-03-31', 2025: '2025-04-20', 2026: '2026-04-05', 2027: '2027-03-28'}
APPELS = ('appel', 'contact', 'visite', 'reunion')
ECARTEES = ('doublon', 'erreur', 'stock', 'essai')
EPCI = ('Communauté de communes', "Communauté d'agglomération", 'Communauté urbaine', 'Métropole')
# siens: the ids of oneself and of who one acts for; nommer: (direction, structure) that a pilote names for, or None.
Lecteur = namedtuple('Lecteur', 'admin siens structures nommer')
# A cell of a table: the numbers counted, those that the reader reads, those that are taken over from before.
Compte = namedtuple('Compte', 'toutes lues reprises')


def jour_de(instant):
    moment = datetime.fromisoformat(instant.replace('Z', '+00:00'))
    return instant if len(instant) == 10 else moment.astimezone(PARIS).date().isoformat()


def jour_de_la_ligne(ligne):
    return ligne['acte_le'] or jour_de(ligne['cree_le'])


def plus(jour, n):
    return (date.fromisoformat(jour) + timedelta(days=n)).isoformat()


def entre(debut, fin):
    return (date.fromisoformat(fin) - date.fromisoformat(debut)).days


def ouvre(jour):
    fetes = [f'{jour[:4]}-{fete}' for fete in ('01-01', '05-01', '05-08', '07-14', '08-15', '11-01', '11-11', '12-25')]
    fetes += [plus(PAQUES[int(jour[:4])], n) for n in (1, 39, 50)]
    return date.fromisoformat(jour).weekday() < 5 and jour not in fetes


def ouvres_entre(debut, fin):
    return sum(ouvre(plus(debut, n)) for n in range(1, entre(debut, fin) + 1))


def plus_mois(jour, n):
    mois = int(jour[:4]) * 12 + int(jour[5:7]) - 1 + n
    dernier = entre(f'{mois // 12}-{mois % 12 + 1:02}-01', f'{(mois + 1) // 12}-{(mois + 1) % 12 + 1:02}-01')
    return f'{mois // 12}-{mois % 12 + 1:02}-{min(int(jour[8:]), dernier):02}'


def fin_du_mois(jour):
    return plus(plus_mois(jour[:8] + '01', 1), -1)


class Raw:
    def __init__(self, chemin, jour):
        self.jour = jour
        base = sqlite3.connect(chemin)
        base.row_factory = sqlite3.Row
        for table in ('demande membre journal collectivite agent direction structure fiche theme delegation absence '
                      'evaluation').split():
            setattr(self, table, [dict(ligne) for ligne in base.execute(f'SELECT * FROM {table}')])
        base.close()
        self.structure_de = {d['id']: d['structure_id'] for d in self.direction}
        self.promesse_de = {f['id']: f['promesse'] for f in self.fiche}
        self.avis_de = {e['demande_id']: e for e in self.evaluation}
        self.communes = {c['id']: c for c in self.collectivite}
        self.par_id = {c: self.aujourdhui(c) for c in self.communes}
        for d in self.demande:
            self._completer(d)

    def aujourdhui(self, id_):
        c = self.communes[id_]
        passee = c['remplacee_par_id'] and (c['jusqu_au'] or '') < self.jour
        return self.aujourdhui(c['remplacee_par_id']) if passee else id_

    def epci_de(self, id_, avant):
        """The EPCI that a demande of this collectivité is counted in; itself, when it is one."""
        if id_ is None:
            return None
        c = self.communes[id_ if avant else self.par_id[id_]]
        if c['type'] in EPCI or avant:
            return c['id'] if c['type'] in EPCI else c['epci_id']
        epci = c['epci_suivant_id'] if c['epci_le'] and c['epci_le'] <= self.jour else c['epci_id']
        return epci and self.par_id[epci]

    def territoire_de(self, id_, quoi, avant):
        """The cantons (arrondissements…) of a collectivité: today's; while the new one says none, those it was of."""
        if quoi == 'canton' or id_ is None:
            return {self.canton_de(id_, avant) or 'aucune'} if quoi == 'canton' else set()
        la = id_ if avant else self.par_id[id_]
        if avant or self.communes[la][quoi]:
            return {self.communes[la][quoi]}
        return {c[quoi] for c in self.collectivite if self.par_id[c['id']] == la and c[quoi]}

    def canton_de(self, id_, avant):
        """§7: one line for each canton, one for several, none of a new commune until it is said."""
        if id_ is None:
            return None
        dit = self.communes[id_ if avant else self.par_id[id_]]['canton']
        return 'plusieurs cantons' if ',' in dit else dit or None

    def _completer(self, d):
        equipe = [m for m in self.membre if m['demande_id'] == d['numero']]
        journal = sorted((j for j in self.journal if j['demande_id'] == d['numero']), key=lambda j: j['id'])
        d['jour'], d['clos'] = jour_de(d['depose_le']), d['clos_le'] and jour_de(d['clos_le'])
        d['places'], d['structures'] = equipe, {m['structure_id'] for m in equipe}
        d['directions'] = {m['direction_id'] for m in equipe} - {None}
        d['referent'] = next((m['agent_id'] for m in equipe if m['role'] == 'referent' and m['agent_id']), None)
        d['recue'] = not d['essai'] and d['issue'] not in ECARTEES
        d['comptee'] = d['recue'] and not d['reprise']
        d['age'] = entre(d['jour'], self.jour)
        d['propose'] = min((jour_de_la_ligne(j) for j in journal if j['nature'] == 'proposition'), default=None)
        d['temps'] = self._temps(d, journal)
        d['avis'] = self.avis_de.get(d['numero']) if not d['restreinte'] else None
        d['confirme'] = d['rappele'] or ('sans' if d['question_le'] else 'non_demande')
        d['rejets'] = [j for j in journal if j['nature'] == 'statut' and j['statut'] == 'rejete']
        d['silence'] = self._silence(d, journal)
        for par, lire in (('epci', self.epci_de), ('canton', self.canton_de)):
            d[par] = [lire(d['collectivite_id'], avant) for avant in (False, True)]

    def _temps(self, d, journal):
        """§11: what was kept of the promise."""
        if d['origine'] != 'plateforme' or not d['echeance']:
            return ''
        orientee = max((j['cree_le'] for j in journal if j['nature'] == 'statut' and j['agent_id']
                        and j['statut'] == 'attribue_chef'), default='')
        if orientee and ouvres_entre(jour_de(orientee), d['echeance']) < 3:
            return 'tardive'
        if d['premier_contact_le'] and d['premier_contact_le'] <= d['echeance']:
            return 'jointe'
        if any(j['nature'] in APPELS and jour_de_la_ligne(j) <= d['echeance'] for j in journal):
            return 'appelee'
        if d['clos'] and d['clos'] <= d['echeance']:
            return 'close'
        return 'aucun' if d['echeance'] < self.jour else 'a_venir'

    def _silence(self, d, journal):
        if d['statut'] != 'en_cours' or max(d['prochaine_etape_le'] or '', d['attente_au'] or '') >= self.jour:
            return False
        seuil = 30 if (d['promesse'] or self.promesse_de.get(d['fiche_id'])) == 'urgente' else 90
        lignes = [j['cree_le'] for j in journal if j['fait'] != 'automatique']
        return entre(jour_de(max(lignes, default=d['depose_le'])), self.jour) >= seuil

    def lecteur(self, id_):
        agent = {a['id']: a for a in self.agent}
        siens = {id_}
        for ligne, pour, par in [(d, d['pour_id'], d['par_id']) for d in self.delegation] + [
                (a, a['agent_id'], a['suppleant_id']) for a in self.absence]:
            la = (ligne['du'] or '') <= self.jour <= (ligne['au'] or '9')
            if par == id_ and la and agent[pour]['actif']:
                siens.add(pour)
        moi = agent[id_]
        structures = set() if moi['lecteur_au'] else {self.structure_de[agent[i]['direction_id']] for i in siens}
        nommer = (moi['direction_id'], self.structure_de[moi['direction_id']]) if moi['pilote'] else None
        return Lecteur(any(agent[i]['administrateur'] for i in siens), siens, structures, nommer)

    def lit(self, lecteur, d):
        nomme = lecteur.nommer
        return lecteur.admin or not d['restreinte'] or any(
            m['agent_id'] in lecteur.siens or (nomme and not m['agent_id'] and (
                m['direction_id'] == nomme[0] or (not m['direction_id'] and m['structure_id'] == nomme[1])))
            for m in d['places'])

    def repond(self, d, filtres):
        return all(self._juste(d, nom, valeur, 'perimetre' in filtres) for nom, valeur in filtres.items())

    def _juste(self, d, nom, valeur, avant):
        if nom in ('structure', 'direction'):
            return int(valeur) in d[f'{nom}s']
        if nom in ('theme', 'fiche'):
            return d[f'{nom}_id'] == (None if valeur == 'aucune' else int(valeur))
        if nom in ('type', 'origine'):
            return d[nom] == valeur
        if nom == 'epci':
            voulus = valeur.split(',') if valeur != 'aucune' else []
            return d['epci'][avant] in ([int(v) if avant else self.par_id[int(v)] for v in voulus] or [None])
        return nom == 'perimetre' or valeur in self.territoire_de(d['collectivite_id'], nom, avant)


def d_avant(du, au, jour):
    """The period before: as many months, or days; stopped at the same day when it goes on."""
    if du[8:] == '01' and au == fin_du_mois(au):
        mois = (int(au[:4]) - int(du[:4])) * 12 + int(au[5:7]) - int(du[5:7]) + 1
        debut, fin, ici = plus_mois(du, -mois), fin_du_mois(plus_mois(au[:8] + '01', -mois)), plus_mois(jour, -mois)
    else:
        jours = entre(du, au) + 1
        debut, fin, ici = plus(du, -jours), plus(au, -jours), plus(jour, -jours)
    return debut, min(fin, ici) if du <= jour < au else fin


STATUTS = {
    'Attribué administrateur Plateforme': 'attribue_admin',
    'Réceptionné administrateur Plateforme': 'receptionne_admin', 'Attribué chef de file': 'attribue_chef',
    'Réceptionné chef de file': 'receptionne_chef', 'Attribué expert(s)': 'attribue_expert',
    'Réceptionné expert': 'receptionne_expert', 'En cours': 'en_cours', 'Rejeté': 'rejete'}
ISSUES = {'Accompagnement réalisé': 'realise', 'Réponse apportée': 'reponse',
          'Redirigé vers un autre service': 'redirige', 'Sans suite donnée par la collectivité': 'sans_suite',
          'Collectivité non jointe': 'non_jointe', 'Classées sans nouvelles': 'sans_nouvelles'}
AGES = {'30 jours au plus': (0, 30), 'De 31 à 90 jours': (31, 90), 'De 91 à 180 jours': (91, 180),
        'Plus de 180 jours': (181, 10 ** 6)}
TEMPS = {'Jointe à temps': 'jointe', 'Appelée à temps, pas encore jointe': 'appelee',
         'Aucun appel dans le délai': 'aucun', 'Orientée à moins de trois jours ouvrés de l\'échéance': 'tardive',
         'Échéance à venir, pas encore appelée': 'a_venir', 'Close avant l\'échéance, sans appel': 'close'}
CALCUL = ('jointe', 'appelee', 'aucun')


def _est(champ, valeur):
    return lambda d: d[champ] == valeur


LIGNES = {
    'confirme': {'Oui': _est('confirme', 'oui'), 'Pas encore': _est('confirme', 'pas_encore'),
                 'Sans réponse': _est('confirme', 'sans'), 'Non demandé': _est('confirme', 'non_demande')},
    'ouvertes': {
        'Ouvertes aujourd\'hui': lambda d: not d['clos'],
        **{mots: lambda d, de=de, a=a: not d['clos'] and de <= d['age'] <= a for mots, (de, a) in AGES.items()},
        'En attente de la collectivité': lambda d: bool(d['attente_au']),
        'Sans nouvelles': lambda d: d['silence']},
    'statuts': {mots: lambda d, code=code: not d['clos'] and d['statut'] == code for mots, code in STATUTS.items()},
    'issues': {**{mots: lambda d, code=code: d['statut'] == 'termine' and d['issue'] == code
                  for mots, code in ISSUES.items()}, 'Abandonnées': _est('statut', 'abandonne')},
    'ampleurs': {mots: lambda d, code=code: d['statut'] == 'termine' and d['ampleur'] == code for mots, code in (
        ('Un échange', 'echange'), ('Quelques jours', 'jours'), ('Un projet suivi', 'projet'))},
    'rejets': {
        'Signalées hors compétence': lambda d: bool(d['rejets']),
        'Attendent une réponse': lambda d: d['statut'] == 'rejete' and not d['clos'],
        'Réponse apportée': lambda d: d['statut'] == 'rejete' and d['issue'] == 'reponse',
        'Réorientées ailleurs': lambda d: d['statut'] == 'rejete' and d['issue'] == 'reorientee',
        'Reprises par une équipe': lambda d: bool(d['rejets']) and d['statut'] != 'rejete'},
    'origines': {'Par le formulaire': _est('origine', 'plateforme'), 'Reçues en direct': _est('origine', 'direct')}}
AIDES = {'oui': 'Oui', 'en_partie': 'En partie', 'non': 'Non'}
PERMIS = {
    'comprendre': 'Comprendre ce que nous pouvons ou devons faire', 'decider': 'Décider, ou délibérer',
    'agir': 'Engager le projet, les travaux ou le marché', 'financer': 'Trouver des financements',
    'eviter': 'Éviter une erreur ou un contentieux', 'orienter': 'Trouver le bon interlocuteur',
    'autre': 'Autre chose', 'rien': 'Rien de concret pour l\'instant'}
LUES_SEULES = {*AGES, 'En attente de la collectivité', 'Sans nouvelles'}
PARTS = ('issues', 'ampleurs', 'origines')
SANS_AVANT = ('ouvertes', 'statuts')                                # they have had as long again to be closed
DELAIS = {'Jusqu\'au premier contact': 'premier_contact_le', 'Jusqu\'à la proposition d\'accompagnement': 'propose'}


def peut_tout_compter(lecteur, filtres, du, au, jour):
    """§7: restricted ones too, of the whole or of one structure, over whole years; ended, so as not to tell the day."""
    seuls = not filtres.keys() - {'structure', 'perimetre'}
    return lecteur.admin or (seuls and du[5:] == '01-01' and au[5:] == '12-31' and au < jour)


def tus(raw, lecteur, filtres, demandes):
    """§7: are the delays of these demandes those of another structure?"""
    visees = {int(filtres['structure'])} if 'structure' in filtres else set()
    visees |= {raw.structure_de[int(filtres['direction'])]} if 'direction' in filtres else set()
    if lecteur.admin or visees:
        return not lecteur.admin and bool(visees - lecteur.structures)
    autres = [d['structures'] for d in demandes if d['structures'] and not d['structures'] & lecteur.structures]
    return bool(autres) and bool(set.intersection(*autres))


def dicible(demandes):
    """§11: ten demandes, three référents."""
    return len(demandes) >= 10 and len({d['referent'] for d in demandes} - {None}) >= 3


def part(retenues, total):
    if not dicible(total):
        return ''
    if 0 < 200 * len(retenues) <= len(total):
        return '<\u00a01\u00a0%'
    if 0 < 200 * (len(total) - len(retenues)) <= len(total):
        return '>\u00a099\u00a0%'
    return f'{round(100 * len(retenues) / len(total))}\u00a0%'


def mediane(demandes, champ):
    """« 4,5 jours » from the deposit to a day of each, '' when it may not be said."""
    faites = [d for d in demandes if d[champ]]
    if not dicible(faites):
        return ''
    jours = statistics.median(max(0, entre(d['jour'], d[champ])) for d in faites)
    return f'{jours:g}\u00a0jour{"s" if jours >= 2 else ""}'.replace('.', ',')


class Attendu:
    def __init__(self, raw, lecteur, filtres, du, au):
        self.raw, self.lecteur, self.filtres = raw, lecteur, filtres
        self.tout = peut_tout_compter(lecteur, filtres, du, au, raw.jour)
        self.bornes, self.avant = (du, au), d_avant(du, au, raw.jour)
        siennes = self.siennes = [d for d in raw.demande if d['recue'] and raw.repond(d, filtres)]
        for d in siennes:
            d['lue'] = raw.lit(lecteur, d)
        lues = [d for d in siennes if d['lue'] and d['comptee']]
        self.recues, self.recues_avant = (
            [d for d in siennes if (d['lue'] or self.tout) and a <= d['jour'] <= b]
            for a, b in (self.bornes, self.avant))
        self.depot, self.depot_avant = ([d for d in lot if d['comptee']] for lot in (self.recues, self.recues_avant))
        # §11: the reprise is never a period before
        self.comparable = not any(d['reprise'] for d in (*self.recues, *self.recues_avant)) and (
            self.avant[0][:7] >= min(d['jour'][:7] for d in raw.demande))
        self.echues, self.echues_avant = (
            [d for d in lues if d['temps'] and a <= d['echeance'] <= b] for a, b in (self.bornes, self.avant))
        self.lues = [d for d in self.depot if d['lue']]

    def _tus(self, demandes):
        return tus(self.raw, self.lecteur, self.filtres, [d for d in demandes if d['lue']])

    def _tus_a_temps(self, demandes):
        """Of those that are apart too, and of those that a rate is of."""
        return self._tus(demandes) or self._tus([d for d in demandes if d['temps'] in CALCUL])

    def tableaux(self):
        """{(table, row): [cells]}: a Compte, a text, or None for what is not compared."""
        lus = {} if self._tus(self.lues) else self._d_une_table('confirme')
        if self._tus(self.depot_avant):
            lus = {rang: [cases[0], *['non montré', ''] * self.comparable] for rang, cases in lus.items()}
        for nom in LIGNES.keys() - {'confirme'}:
            lus |= self._d_une_table(nom)
        lus |= self._temps() | self._delais() | self._mois() | self._avis()
        for par in ('theme', 'fiche', 'structure', 'direction', 'type', 'epci', 'canton'):
            lus |= self._par(par)
        lus |= self._annees() | self._theme_et_epci() | self._ensemble()
        return lus if self.lecteur.structures or self.lecteur.admin else self._d_un_elu(lus)

    def _d_un_elu(self, lus):
        """§1: no fiche; « à temps » of the whole, of calendar years that have ended, alone; else volumes."""
        du, au = self.bornes
        finies = du[4:] == '-01-01' and au[4:] == '-12-31' and au < self.raw.jour
        seuls = bool(self.filtres) or not finies

        def taire(rang, cases):
            if rang[0] == 'temps':                                  # by delay promised
                return ['non montré', 'non montré', *cases[2:]]
            if rang[0] == 'annees' and (seuls or rang[1] == self.raw.jour[:4]):
                return [*cases[:2], 'non montré', 'non montré', '']
            return [cases[0], 'non montré', *cases[2:]] if rang[0] == 'mois' else cases
        permis = {t for t, _ in lus} - {'fiche'}
        if seuls:
            permis = {'mois', 'theme', 'structure', 'type', 'epci', 'canton', 'annees', 'annees_structures',
                      'theme_epci', 'ensemble'}
        permis -= {'epci': {'canton'}, 'canton': {'epci', 'theme_epci'}}.get(*self.filtres, set()) if (
            self.filtres) else set()
        return {rang: taire(rang, cases) for rang, cases in lus.items() if rang[0] in permis}

    def _d_une_table(self, nom):
        lignes, lus = LIGNES[nom], {}
        total = [d for d in self.depot if nom == 'origines' or any(juste(d) for juste in lignes.values())]
        for mots, juste in lignes.items():
            ici, avant = ([d for d in demandes if juste(d) and (d['lue'] or mots not in LUES_SEULES)]
                          for demandes in (self.depot, self.depot_avant))
            parts = [part(ici, total)] if nom in PARTS else []
            suite = [] if nom in SANS_AVANT or not self.comparable else [compte(avant), ecart(ici, avant)]
            lus[nom, mots] = [compte(ici), *parts, *suite]
        return lus

    def _temps(self):
        if self._tus_a_temps(self.echues):
            return {}
        lots = [[d for d in self.echues if d['promesse'] == promesse] for promesse in ('urgente', 'complexe')]
        muets = any(self._tus_a_temps(lot) for lot in lots)
        dans = [d for d in self.echues if d['temps'] in CALCUL]
        lus = {}
        for mots, code in TEMPS.items():
            ici, avant = ([d for d in demandes if d['temps'] == code] for demandes in (self.echues, self.echues_avant))
            cases = ['non montré' if muets else compte([d for d in lot if d['temps'] == code]) for lot in lots]
            dite = part(ici, dans) if code in CALCUL else ''
            fin = ['non montré', ''] if self._tus_a_temps(self.echues_avant) else [compte(avant), ecart(ici, avant)]
            lus['temps', mots] = [*cases, compte(ici), dite, *fin * self.comparable]
        return lus

    def _delais(self):
        recues, avant = ([d for d in demandes if d['origine'] == 'plateforme' and d['lue']]
                         for demandes in (self.depot, self.depot_avant))
        if self._tus(recues):
            return {}
        lus = {}
        for mots, champ in DELAIS.items():
            dites = ['' if self._tus(lot) or self._tus([d for d in lot if d[champ]]) else mediane(lot, champ)
                     for lot in (recues, avant)]
            lus['delais', mots] = [dites[0] or '–', compte([d for d in recues if d[champ]]),
                                   compte([d for d in recues if not d[champ] and not d['clos']]), dites[1] or '–']
        return lus

    def _avis(self):
        """What the mairies say of it: counts; their answers, when no subtraction tells the one of a mairie."""
        demandees = [d for d in self.depot if d['avis']]
        recus = [d for d in demandees if d['avis']['repondu_le']]
        if self._tus(demandees):
            return {}
        lus = {('avis', 'Mairies interrogées'): [compte(demandees), ''],
               ('avis', 'Avis reçus'): [compte(recus), part(recus, demandees) or '–']}
        if recus and (self.lecteur.admin or self._assez(recus)):
            for nom, champ, codes in (('avis_aide', 'aide', AIDES), ('avis_permis', 'permis', PERMIS)):
                lus |= {(nom, mots): [sum(d['avis'][champ] == code for d in recus)] for code, mots in codes.items()}
        return lus | self._avis_par_structure(demandees)

    def _assez(self, recus):
        """In one year that has ended; of a structure, when those of the others are as many, or none."""
        du, au = self.bornes
        tous = [d for d in self.raw.demande if d['comptee'] and d['avis'] and d['avis']['repondu_le']
                and du <= d['jour'] <= au]
        return (self.tout and du[:4] == au[:4] and dicible(recus)
                and ('structure' not in self.filtres or not 0 < len(tous) - len(recus) < 10))

    def _avis_par_structure(self, demandees):
        if {'structure', 'direction'} & self.filtres.keys():
            return {}
        lus = {}
        for valeur, siennes in grouper('structure', demandees, False).items():
            if self.lecteur.admin or valeur in self.lecteur.structures:
                recus = [d for d in siennes if d['avis']['repondu_le']]
                lus['avis_structures', self._nom('structure', valeur)] = [
                    compte(siennes), compte(recus), part(recus, siennes) or '–']
        return lus

    def _mois(self):
        lus = {}
        ici, avant = (mois_de(*bornes) for bornes in (self.bornes, self.avant))
        echues = [[d for d in self.echues if du <= d['echeance'] <= au] for _, du, au in ici]
        muets = any(self._tus_a_temps(lot) for lot in (self.echues, *echues))
        for rang, (mots, du, au) in enumerate(ici):
            d_avant = [compte([d for d in self.depot_avant if d['lue'] and a <= d['jour'] <= b])
                       for _, a, b in avant[rang:rang + 1]] or ['–']
            lus['mois', mots] = [compte([d for d in self.recues if d['lue'] and du <= d['jour'] <= au]),
                                 'non montré' if muets else compte([d for d in echues[rang] if d['temps'] == 'jointe']),
                                 *d_avant * self.comparable]
        return lus

    def _annees(self):
        par_an, temps = {}, [d for d in self.siennes if d['lue'] and d['comptee'] and d['temps']]
        for an in range(int(min(d['jour'] for d in self.raw.demande)[:4]), int(self.raw.jour[:4]) + 1):
            tout = peut_tout_compter(self.lecteur, self.filtres, f'{an}-01-01', f'{an}-12-31', self.raw.jour)
            par_an[str(an)] = [d for d in self.siennes if d['jour'][:4] == str(an) and (d['lue'] or tout)]
        muets = any(self._tus_a_temps(lot) for lot in (
            temps, *([d for d in temps if d['echeance'][:4] == an] for an in par_an)))
        structures = self._tries('structure', {s for lot in par_an.values() for d in lot for s in d['structures']})
        lus = {}
        for an, recues in par_an.items():
            dans = [d for d in temps if d['echeance'][:4] == an and d['temps'] in CALCUL]
            jointes = [d for d in dans if d['temps'] == 'jointe']
            cases = ['non montré', 'non montré', ''] if muets else [compte(jointes), compte(dans), part(jointes, dans)]
            lus['annees', an] = [compte(recues), compte([d for d in recues if d['comptee'] and not d['clos']]), *cases]
            if 'structure' not in self.filtres:
                lus['annees_structures', an] = [
                    *(compte([d for d in recues if s in d['structures']]) for s in structures), compte(recues)]
        return lus

    def _tries(self, par, valeurs):
        def cle(valeur):
            nom = unicodedata.normalize('NFD', self._nom(par, valeur).lower())
            return valeur is None, ''.join(c if c.isalnum() else ' ' for c in nom if not unicodedata.combining(c))
        return sorted(valeurs, key=cle)

    def _theme_et_epci(self):
        lues = [d for d in self.recues if d['lue']]
        groupes = grouper('epci', lues, 'perimetre' in self.filtres)
        themes = self._tries('theme', {d['theme_id'] for d in lues})
        lus = {('theme_epci', self._nom('epci', epci)): [
            *(compte([d for d in lot if d['theme_id'] == theme]) for theme in themes), compte(lot)]
            for epci, lot in groupes.items()}
        if lus:
            lus['theme_epci', 'Ensemble'] = [
                *(compte([d for d in lues if d['theme_id'] == theme]) for theme in themes), compte(lues)]
        return lus

    def _ensemble(self):
        lues, lus = [d for d in self.recues if d['lue']], {}
        structures = self._tries('structure', {s for d in lues for s in d['structures']})
        for une in structures:
            if str(une) == self.filtres.get('structure', str(une)):
                seules = [d for d in lues if d['structures'] == {une}]
                lus['ensemble', self._nom('structure', une)] = [
                    compte(seules if une == autre else [d for d in lues if {une, autre} <= d['structures']])
                    for autre in structures]
        return lus

    def _par(self, par):
        total = self.depot if par == 'structure' else self.lues
        lus = {}
        groupes = [grouper(par, [d for d in demandes if d['lue'] or par == 'structure'], 'perimetre' in self.filtres)
                   for demandes in (self.recues, self.recues_avant)]
        if par in self.filtres:
            voulues = [None if v == 'aucune' else v if par in ('type', 'canton') else int(v)
                       for v in self.filtres[par].split(',')]
            groupes = [{v: lot for v, lot in groupe.items() if v in voulues} for groupe in groupes]
        for valeur in {*groupes[0], *groupes[1]}:
            ici, avant = (groupe.get(valeur, []) for groupe in groupes)
            lus[par, self._nom(par, valeur)] = self._d_un_groupe(ici, avant, total)
        if lus:
            lus[par, 'Ensemble'] = self._d_un_groupe(self.recues, self.recues_avant, self.depot)
        return lus

    def _d_un_groupe(self, ici, avant, total):
        mesurees = [d for d in ici if d['comptee']]
        ouvertes = [d for d in mesurees if not d['clos']]
        return [compte(ici), part(mesurees, total), compte(ouvertes),
                *[compte(avant), ecart(ici, avant)] * self.comparable]

    def _nom(self, par, valeur):
        if valeur is None or par in ('type', 'canton'):
            return valeur or {'theme': 'Sans thème', 'fiche': 'Demande libre', 'epci': 'Sans intercommunalité',
                              'canton': 'Sans canton'}[par]
        table = self.raw.collectivite if par == 'epci' else getattr(self.raw, par)
        ligne = next(ligne for ligne in table if ligne['id'] == valeur)
        nom = ligne.get('titre') or ligne['nom']
        fermees = [d['fermee_le'] for d in self.raw.direction
                   if d['id' if par == 'direction' else 'structure_id'] == valeur]
        if par in ('structure', 'direction') and all(fermees):
            nom += f' (fermée le {"/".join(reversed(max(fermees).split("-")))})'
        return nom

    def delais_par_structure(self):
        """{row: [in time, of, part, median]} of one's own structures, of each for who administers; of the whole."""
        if {'structure', 'direction'} & self.filtres.keys():
            return {}
        dans = [d for d in self.echues if d['temps'] in CALCUL]
        recues = [d for d in self.lues if d['origine'] == 'plateforme']
        lus = {}
        for ligne in self.raw.structure:
            siennes = [d for d in dans if ligne['id'] in d['structures']]
            if siennes and (self.lecteur.admin or ligne['id'] in self.lecteur.structures):
                lus[ligne['nom']] = self._delais_de(siennes, [d for d in recues if ligne['id'] in d['structures']])
        if lus and not self._tus_a_temps(self.echues):
            cases = self._delais_de(dans, recues)
            if self._tus(recues) or self._tus([d for d in recues if d['premier_contact_le']]):
                cases[3] = '–'
            lus['Ensemble'] = cases
        return lus

    def _delais_de(self, dans, recues):
        jointes = [d for d in dans if d['temps'] == 'jointe']
        return [compte(jointes), compte(dans), part(jointes, dans) or '–', mediane(recues, 'premier_contact_le') or '–']


def compte(demandes):
    return Compte({d['numero'] for d in demandes}, {d['numero'] for d in demandes if d['lue']},
                  {d['numero'] for d in demandes if d['reprise']})


def ecart(ici, avant):
    n = len(ici) - len(avant)
    dit = f'{abs(n):,}'.replace(',', '\u202f')
    return f'+{dit}' if n > 0 else f'−{dit}' if n else '='


def mois_de(du, au):
    noms = 'janvier février mars avril mai juin juillet août septembre octobre novembre décembre'.split()
    lus, premier = [], du[:8] + '01'
    while premier <= au:
        lus.append((f'{noms[int(premier[5:7]) - 1]} {premier[:4]}', max(du, premier), min(au, fin_du_mois(premier))))
        premier = plus_mois(premier, 1)
    return lus


def grouper(par, demandes, avant):
    groupes = {}
    for d in demandes:
        if par in ('structure', 'direction'):
            valeurs = d[f'{par}s']
        elif par in ('epci', 'canton'):
            valeurs = [d[par][avant]]
        else:
            valeurs = [d['type'] if par == 'type' else d[f'{par}_id']]
        for valeur in valeurs:
            groupes.setdefault(valeur, []).append(d)
    return groupes
