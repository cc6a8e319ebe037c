"""The mails of the morning, read back sentence by sentence against the base (regles.md §5, §8), without the code under
test; a sentence that is not known here is a fault."""
import re
from datetime import date, timedelta

import langue

MOIS = 'janvier février mars avril mai juin juillet août septembre octobre novembre décembre'.split()
SEMAINE = 'lundi mardi mercredi jeudi vendredi samedi dimanche'.split()
REMPLACANTS = """SELECT agent_id, suppleant_id FROM absence
                 WHERE du <= ?1 AND coalesce(au, ?1) >= ?1 AND suppleant_id IS NOT NULL
                 UNION SELECT pour_id, par_id FROM delegation WHERE coalesce(du, ?1) <= ?1 AND coalesce(au, ?1) >= ?1"""
NOM = r'[^,()]+'
JOUR = r'\d\d/\d\d/\d{4}'
# What a line may say: {the words: are they true (matin, demande, *what they quote)?}
RAISONS = {
    r'rappel en retard de (\d+) jours? ouvrés?, chez (.+)': lambda m, d, jours, chez: m.ailleurs(d, jours, chez),
    r'rappel en retard de (\d+) jours? ouvrés?': lambda m, d, jours: m.retard(d, jours),
    r'à rappeler (aujourd\'hui|\w+ \w+ \w+ \d{4})': lambda m, d, dit: m.du_jour(d, dit),
    r'(\w+ \w+ \w+ \d{4}) est fermé : à rappeler aujourd\'hui': lambda m, d, dit: m.ferme(d, dit),
    rf'(?:réception à confirmer|à accepter) depuis le ({JOUR})': lambda m, d, depuis: (
        d['statut'].startswith('attribue_') and depuis == court(m.derniere(d, "nature = 'statut'"))),
    rf'sans ligne au journal depuis le ({JOUR})': lambda m, d, depuis: m.silence(d, depuis),
    r'du nouveau au journal par (.+)': lambda m, d, auteurs: all(       # the last one of a line
        m.ecrit(d, auteur, PAR_UN_AGENT) for auteur in re.split(', | et ', auteurs)),
    rf'close par ({NOM})': lambda m, d, auteur: d['clos_le'] and m.ecrit(d, auteur, "statut = 'termine'"),
    rf'orientée de nouveau par ({NOM})': lambda m, d, auteur: m.ecrit(d, auteur, "statut = 'attribue_chef'"),
    rf'réponse attendue avant le ({JOUR}), pas reçue : à relancer': lambda m, d, jour: (
        d['attente_au'] and d['attente_au'] < m.jour and jour == court(d['attente_au'])),
    rf'(?:réponse (?:apportée|envoyée)|réorientée vers {NOM}) par ({NOM})': lambda m, d, auteur: (
        d['clos_le'] and m.ecrit(d, auteur, "statut = 'rejete'"))}
PAR_UN_AGENT = "nature NOT IN ('statut', 'depot', 'equipe', 'contact', 'envoi', 'correction')"
ROLES = {'chef de file': 'chef_de_file', 'co-chef de file': 'co_chef', 'expert référent': 'referent',
         'expert associé': 'associe'}
AUTRES = (
    r'vous agissez pour (?P<absent>[^,]+?) à partir (?:d\'aujourd\'hui|du [\w ]+)(?:, jusqu\'au [\w ]+)?',
    r'ressource « (?P<ressource>.+) » : à revoir depuis le \d\d/\d\d/\d{4}(?: \(pour .+\))?', r'période électorale .+',
    r'revue annuelle \d{4} : \d+ fiches? ou ressources? à vérifier, jusqu\'au \d\d/\d\d/\d{4}(?: \(pour .+\))?',
    r'revue annuelle \d{4} : finie le \d\d/\d\d/\d{4}, à clore(?: \(pour .+\))?',
    r'revue annuelle \d{4}, « .+ » : (?:exacte|changement proposé|à retirer du catalogue), dit par .+')
AILLEURS = 'En retard chez d\'autres, rien n\'est attendu de vous :'
CONNUES = r'Bonjour .+,|http\S+/espace|Et \d+ autres?, dans la liste : \S+|Ma journée :'


def aplanir(texte):
    return ' '.join(texte.replace('\xa0', ' ').replace('\u202f', ' ').split())


def en_toutes_lettres(jour):
    j = date.fromisoformat(jour)
    return f'{SEMAINE[j.weekday()]} {"1er" if j.day == 1 else j.day} {MOIS[j.month - 1]} {j.year}'


def a_paris(instant):
    return langue.a_paris(instant).date().isoformat()


def court(jour):
    return '/'.join(reversed(jour.split('-')))


class Matin:
    """Reads the reminders of one morning; base: the Nuits of the year, whose questions and faults these are."""

    def __init__(self, base):
        self.base, self.lire, self.jour = base, base.lire, base.jour

    def relire(self, agent_id, objet, corps):
        objet, ailleurs, comptes, courante = aplanir(objet), False, {'siennes': 0, 'retards': 0, 'autres': 0}, None
        for brute in corps.split('\n'):
            ligne = aplanir(brute)
            if ligne.startswith('- n° '):
                courante = self.base.demande(int(re.match(r'- n° (\d+)', ligne)[1]))
                comptes['autres' if ailleurs else 'siennes'] += 1
                comptes['retards'] += not ailleurs and 'rappel en retard' in ligne
                yield from self._ligne(courante, ligne, agent_id, ailleurs)
            elif ligne.startswith('- '):
                comptes['siennes'] += 1
                yield from self._autre(ligne[2:], agent_id)
            elif ligne.startswith('À appeler : '):
                yield from self._appeler(courante, ligne[12:])
            elif '/espace/demandes/' in ligne:
                if not courante or not ligne.endswith(f'/espace/demandes/{courante["numero"]}'):
                    yield f'le lien d\'une autre demande : {ligne}'
            elif ligne == AILLEURS:
                ailleurs = True
            elif ligne and not re.fullmatch(CONNUES, ligne):
                yield f'une phrase que personne ne relit : {ligne}'
        if ', dans la liste\u00a0: ' not in corps:
            yield from self._objet(objet, **comptes)

    def _ligne(self, d, ligne, agent_id, ailleurs):
        objet = '' if d['restreinte'] else f', {aplanir(d["collectivite"])}, {aplanir(d["titre"] or "Demande libre")}'
        debut = f'- n° {d["numero"]}{objet} : '
        if not ligne.startswith(debut):
            yield f'« {ligne} » ne commence pas par « {debut} »'
            return
        reste, _, qualite = ligne[len(debut):-1].rpartition(' (') if ligne[-1] == ')' else (ligne[len(debut):], '', '')
        while reste:
            trouve, vrai = next(((t, vrai) for motif, vrai in RAISONS.items()
                                 if (t := re.match(f'{motif}(?:, |$)', reste))), (None, None))
            if not trouve:
                yield f'une raison que personne ne relit : {reste}'
                return
            if not vrai(self, d, *trouve.groups()):
                yield f'« {trouve[0]} » est faux : n° {d["numero"]}, {d["statut"]}, échéance {d["echeance"]}'
            if (', chez ' in trouve[0]) != ailleurs:
                yield f'« {trouve[0]} » n\'est pas à sa place'
            reste = reste[trouve.end():]
        yield from self._qualite(d, qualite, agent_id)

    def _attendue(self, d):
        return d['echeance'] and not d['premier_contact_le'] and not d['clos_le']

    def retard(self, d, jours):
        return self._attendue(d) and int(jours) == self.base.jours_ouvres(d['echeance'], self.jour)

    def ailleurs(self, d, jours, chez):
        return self.retard(d, jours) and int(jours) >= 2 and all(
            self._a_en_charge(d, *nomme.partition(', pour ')[::2]) for nomme in re.split(r' et |, (?!pour )', chez))

    def _a_en_charge(self, d, nom, pour):
        """He holds the role waited for, or administers; pour: who does, and is away today."""
        tient = self.lire("""SELECT agent.id FROM agent WHERE prenom || ' ' || nom = ?1 AND (administrateur OR pilote
                             OR id IN (SELECT agent_id FROM membre WHERE demande_id = ?2))""", pour or nom, d['numero'])
        absents = dict(self._remplacants())
        return any(self._nom(absents.get(id_)) == nom for id_, in tient) if pour else bool(tient)

    def du_jour(self, d, dit):
        attendu = "aujourd'hui" if d['echeance'] == self.jour else en_toutes_lettres(d['echeance'] or self.jour)
        return self._attendue(d) and d['echeance'] >= self.jour and dit == attendu and self.base.ouvre(
            date.fromisoformat(d['echeance']))

    def ferme(self, d, dit):
        """From today to it, nobody works any more."""
        return (self._attendue(d) and d['echeance'] > self.jour and dit == en_toutes_lettres(d['echeance'])
                and not self.base.jours_ouvres(self.jour, d['echeance']))

    def silence(self, d, depuis):
        derniere = self.derniere(d, "texte NOT LIKE 'Réponse automatique%'")
        jours = (date.fromisoformat(self.jour) - date.fromisoformat(derniere)).days
        return d['statut'] == 'en_cours' and jours >= 30 and depuis == court(derniere)

    def derniere(self, d, quoi):
        ((derniere,),) = self.lire(f'SELECT max(cree_le) FROM journal WHERE demande_id = ? AND {quoi}', d['numero'])
        return a_paris(derniere)

    def ecrit(self, d, auteur, quoi):
        """A line of this author, of no more than the two working days before (six more when the relay was down)."""
        depuis = str(date.fromisoformat(self.jour) - timedelta(days=20))
        return self.lire(f"SELECT 1 FROM journal WHERE demande_id = ? AND auteur = ? AND cree_le > ? AND {quoi}",
                         d['numero'], auteur, depuis)

    def _remplacants(self):
        return self.lire(REMPLACANTS, self.jour)

    def _nom(self, agent_id):
        lus = self.lire("SELECT prenom || ' ' || nom FROM agent WHERE id = ?", agent_id)
        return aplanir(lus[0][0]) if lus else None

    def _qualite(self, d, qualite, agent_id):
        """« vous êtes chef de file et expert référent », « pour Claude Témoin, en son absence »."""
        if not qualite or agent_id is None:
            return
        siens = {role if role != 'chef_de_file' or not rang else 'co_chef' for role, rang in self.lire(
            'SELECT role, rang FROM membre WHERE demande_id = ? AND agent_id = ?', d['numero'], agent_id)}
        dits = re.match(r'vous êtes (.+?)(?:, |$)', qualite)
        if dits and {ROLES.get(dit) for dit in dits[1].split(' et ')} != siens:
            yield f'« {qualite} », et il est {siens or "sans rôle"}'
        administre = self.lire('SELECT 1 FROM agent WHERE id = ? AND administrateur', agent_id)
        if 'vous administrez' in qualite and not administre:
            yield f'« {qualite} », et il n\'administre pas'
        la = set(self.base.eveilles(self.jour)) - {absent for absent, _ in self._remplacants()}
        for nom in re.findall(rf'pour ({NOM})', qualite):
            nommes = self.lire("SELECT id FROM agent WHERE prenom || ' ' || nom = ? AND id IN (SELECT agent_id FROM "
                               'membre WHERE demande_id = ?)', nom, d['numero'])
            if nommes and all(id_ in la for id_, in nommes):
                yield f'« {qualite} », et {nom} est là'

    def _appeler(self, d, dit):
        if d['restreinte'] or d['interlocuteur_depuis']:
            yield f'« À appeler » d\'une demande qui le tait : n° {d["numero"]}'
        nom = (f'{d["rappel_prenom"]} {d["rappel_nom"]}' if d['rappel_nom'] else f'{d["prenom"]} {d["nom"]}').strip()
        if not dit.startswith(aplanir(nom)) or re.sub(r'\D', '', dit) != re.sub(r'\D', '', d['telephone']):
            yield f'« À appeler : {dit} » au lieu de {nom}, {d["telephone"]}'

    def _autre(self, dit, agent_id):
        trouve = next((t for motif in AUTRES if (t := re.fullmatch(motif, dit))), None)
        if not trouve:
            yield f'une ligne que personne ne relit : {dit}'
            return
        nomme = trouve.groupdict().get('absent')
        if nomme and (nomme, agent_id) not in {(self._nom(absent), par) for absent, par in self._remplacants()}:
            yield f'« {dit} », et ce n\'est pas aujourd\'hui'

    def _objet(self, objet, siennes, retards, autres):
        dits = {mot: int(n) for n, mot in re.findall(r'(\d+) (en retard|autre|demande|point)', objet)}
        if 'chez d\'autres' in objet:
            if siennes or dits['en retard'] != autres:
                yield f'« {objet} » : {siennes} siennes, {autres} chez d\'autres'
        elif (dits.get('en retard', 0), sum(dits.values())) != (retards, siennes):
            yield f'« {objet} » : {retards} en retard, {siennes} en tout'
