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
LE = r'(?:1er|\d+) \w+(?: \d{4})?'                                   # « 3 décembre », of this year
TERME = rf"(?:aujourd'hui|(?:{'|'.join(SEMAINE)})|le {LE})"
A_CONFIER = '(?:(?:expert|chef de file) absent : |compte fermé : )?'
# What a line may say: {the words: are they true (matin, demande, *what they quote)?}
RAISONS = {
    r'en retard de (\d+) jours? ouvrés?': lambda m, d, jours: m.retard(d, jours),
    rf'en retard depuis le ({LE})': lambda m, d, dit: m.retard(d, '0') and m.est_le(dit, d['echeance']),
    rf"à rappeler aujourd'hui : ({TERME}) est fermé": lambda m, d, dit: m.ferme(d, dit),
    rf'à rappeler (?:au plus tard )?({TERME})': lambda m, d, dit: m.attendue(d) and m.terme(dit, d['echeance']),
    rf'à tenir ({TERME})': lambda m, d, dit: m.terme(dit, d['date_a_tenir']),
    rf'prochaine étape ({TERME})': lambda m, d, dit: m.terme(dit, d['prochaine_etape_le']),
    rf'étape à faire depuis le ({LE})': lambda m, d, dit: (
        m.est_le(dit, d['prochaine_etape_le']) and d['prochaine_etape_le'] < m.jour),
    rf'réunion ({TERME})': lambda m, d, dit: any(m.terme(dit, jour) for jour in m.reunions(d)),
    rf'réunion du ({LE}) : notez ce qui a été convenu': lambda m, d, dit: any(
        m.est_le(dit, jour) and jour < m.jour for jour in m.reunions(d)),
    rf'à répondre : message du ({LE})': lambda m, d, dit: not d['clos_le'] and m.est_le(dit, a_paris(d['message_le'])),
    rf'(?:demande de réouverture|message après la clôture,) du ({LE})': lambda m, d, dit: (
        d['clos_le'] and m.est_le(dit, a_paris(d['message_le']))),
    rf"réponse d'une adresse inconnue le ({LE})": lambda m, d, dit: m.est_le(dit, a_paris(d['inconnue_le'])),
    rf'réponse attendue avant le ({LE}), pas reçue': lambda m, d, dit: (
        d['attente_au'] < m.jour and m.est_le(dit, d['attente_au'])),
    rf'la \w+ dit « pas encore rappelée » le ({LE})': lambda m, d, dit: (
        d['rappele'] == 'pas_encore' and m.est_le(dit, a_paris(d['rappele_le']))),
    rf'courriel non remis le ({LE})': lambda m, d, dit: any(m.est_le(dit, a_paris(le)) for le, in m.lire(
        "SELECT echec_le FROM courriel WHERE demande_id = ? AND pour = 'demandeur' AND echec_le > ''", d['numero'])),
    rf'un courriel est revenu, dit la messagerie le ({LE})': lambda m, d, dit: any(
        m.est_le(dit, a_paris(le)) for le, in m.lire(
            "SELECT recue_le FROM reponse_recue WHERE demande_id = ? AND texte <> ''", d['numero'])),
    'réception à confirmer': lambda m, d: d['statut'].startswith('attribue_'),
    'à accepter': lambda m, d: d['statut'] == 'attribue_chef',
    'contact pris : accompagnement à démarrer': lambda m, d: d['premier_contact_le'] and d['statut'] in AVANT,
    f'{A_CONFIER}à rappeler': lambda m, d: not d['premier_contact_le'] and d['statut'] in AVANT,
    f'{A_CONFIER}expert à désigner': lambda m, d: d['statut'] in (*AVANT, 'en_cours'),
    f'{A_CONFIER}à orienter': lambda m, d: d['statut'] in ('attribue_admin', 'receptionne_admin', *AVANT),
    f'{A_CONFIER}à répondre': lambda m, d: d['statut'] == 'rejete' and not d['clos_le'],
    'à faire rappeler': lambda m, d: m.attendue(d) and d['echeance'] < m.jour,
    rf'chez ({NOM}(?:, pour {NOM})?(?: et {NOM}(?:, pour {NOM})?)*)': lambda m, d, qui: all(
        m.a_en_charge(d, *nomme.partition(', pour ')[::2]) for nomme in re.split(' et ', qui)),
    r'appel sans réponse les? (.+)': lambda m, d, jours: m.lire(
        "SELECT 1 FROM journal WHERE demande_id = ? AND fait IN ('message', 'injoignable')", d['numero']),
    'collectivité à rattacher': lambda m, d: d['collectivite_id'] is None,
    'interlocuteur à confirmer': lambda m, d: d['interlocuteur_depuis'],
    'personne à nommer': lambda m, d: m.lire('SELECT 1 FROM membre WHERE demande_id = ? AND agent_id IS NULL',
                                              d['numero']),
    'une étape vous est confiée': lambda m, d: m.lire('SELECT 1 FROM jalon WHERE demande_id = ? AND a_accepter',
                                                       d['numero']),
    'un expert proposé pour une étape': lambda m, d: m.lire("SELECT 1 FROM jalon WHERE demande_id = ? AND propose > ''",
                                                             d['numero']),
    rf'dernière ligne le ({LE})': lambda m, d, dit: m.silence(d, dit),
    r'du nouveau au journal par (.+)': lambda m, d, auteurs: all(       # the last one of a line
        m.ecrit(d, auteur, PAR_UN_AGENT) for auteur in re.split(', | et ', auteurs)),
    rf'close par ({NOM})': lambda m, d, auteur: d['clos_le'] and m.ecrit(d, auteur, "statut = 'termine'"),
    rf'orientée de nouveau par ({NOM})': lambda m, d, auteur: m.ecrit(d, auteur, "statut = 'attribue_chef'"),
    rf'(?:réponse (?:apportée|envoyée)|réorientée vers {NOM}) par ({NOM})': lambda m, d, auteur: (
        d['clos_le'] and m.ecrit(d, auteur, "statut = 'rejete'")),
    'écartée, le motif est au journal': lambda m, d: d['issue'] in ('doublon', 'erreur'),
    rf"un associé se retire : ({NOM}), le motif est au journal": lambda m, d, qui: m.dit_au_journal(
        d, f"S'est retiré·e de l'équipe%{qui}%"),
    r"v.+ fait?e?s? plus partie de l'équipe, le motif est au journal": lambda m, d: m.dit_au_journal(d, 'Retiré de%'),
    'une de vos étapes a changé(?: : .+ → .+)?': lambda m, d: m.dit_au_journal(d, '%tape% %changée%') or (
        m.dit_au_journal(d, 'Feuille de route changée%')),
    rf'reçue en direct : ({NOM}) la suit': lambda m, d, qui: d['saisie_par_id']}
AVANT = ('attribue_chef', 'receptionne_chef', 'attribue_expert', 'receptionne_expert')
PAR_UN_AGENT = "nature NOT IN ('statut', 'depot', 'equipe', 'contact', 'envoi', 'correction')"
AUTRES = (
    r'vous agissez pour (?P<absent>[^,]+?) à partir (?:d\'aujourd\'hui|du [\w ]+)(?:, jusqu\'au [\w ]+)?',
    r'ressource « (?P<ressource>.+) » : à revoir depuis le \d\d/\d\d/\d{4}(?: \(pour .+\))?', r'période électorale .+',
    r'revue annuelle \d{4} : \d+ fiches? ou ressources? à vérifier, jusqu\'au \d\d/\d\d/\d{4}(?: \(pour .+\))?',
    r'revue annuelle \d{4} : finie le \d\d/\d\d/\d{4}, à clore(?: \(pour .+\))?',
    r'fiche « .+ » : (?:publiée|suspendue|archivée|changée|votre proposition n\'est pas retenue) .+',
    r'.+ (?:a publié|vous renvoie|a retiré|ne retient pas) .+',
    r'projet « .+ » ?(?:relu|: la collectivité a retiré) .+',
    r'vous animez le groupe « .+ » : .+', r'amélioration proposée par .+',
    r'revue annuelle \d{4}, « .+ » : (?:exacte|changement proposé|à retirer du catalogue), dit par .+')
CONNUES = (r'Bonjour .+,|http\S+/espace|Et \d+ autres?(?:, dont \d+ nouvelles?)? : \S+|Ma journée :|'
           r"En retard chez d'autres, rien n'est attendu de vous : \d+ demandes?, \S+")


def aplanir(texte):
    return ' '.join(texte.replace('\xa0', ' ').replace('\u202f', ' ').split())


def en_toutes_lettres(jour):
    j = date.fromisoformat(jour)
    return f'{SEMAINE[j.weekday()]} {"1er" if j.day == 1 else j.day} {MOIS[j.month - 1]} {j.year}'


def a_paris(instant):
    return langue.a_paris(instant).date().isoformat()


class Matin:
    """Reads the reminders of one morning; base: the Nuits of the year, whose questions and faults these are."""

    def __init__(self, base):
        self.base, self.lire, self.jour = base, base.lire, base.jour

    def relire(self, agent_id, corps):
        courante = None
        for brute in corps.split('\n'):
            ligne = aplanir(brute)
            if ligne.startswith('- n° '):
                courante = self.base.demande(int(re.match(r'- n° (\d+)', ligne)[1]))
                yield from self._ligne(courante, ligne, agent_id)
            elif ligne.startswith('- '):
                yield from self._autre(ligne[2:], agent_id)
            elif ligne.startswith('À appeler : '):
                yield from self._appeler(courante, ligne[12:])
            elif '/espace/demandes/' in ligne:
                if not courante or not ligne.endswith(f'/espace/demandes/{courante["numero"]}'):
                    yield f'le lien d\'une autre demande : {ligne}'
            elif ligne and not re.fullmatch(CONNUES, ligne):
                yield f'une phrase que personne ne relit : {ligne}'

    def _ligne(self, d, ligne, agent_id):
        titre = d['titre'] or (f'« {langue.premiers_mots(d["message"][:280], 70)} »' if langue.premiers_mots(
            d['message'][:280], 70) else 'demande libre')
        objet = '' if d['restreinte'] else f', {aplanir(d["collectivite"])}, {aplanir(titre)}'
        debut = f'- n° {d["numero"]}{objet} : '
        if not ligne.startswith(debut):
            yield f'« {ligne} » ne commence pas par « {debut} »'
            return
        reste, pour = re.match(rf'(.+?)(?: \(pour ({NOM})\))?(?: · nouveau)?$', ligne[len(debut):]).groups()
        while reste:
            trouve, vrai = next(((t, vrai) for motif, vrai in RAISONS.items()
                                 if (t := re.match(f'{motif}(?:, |$)', reste))), (None, None))
            if not trouve:
                yield f'une raison que personne ne relit : {reste}'
                return
            if not vrai(self, d, *trouve.groups()):
                yield f'« {trouve[0]} » est faux : n° {d["numero"]}, {d["statut"]}, échéance {d["echeance"]}'
            reste = reste[trouve.end():]
        if pour and (pour, agent_id) not in self._pour_qui():
            yield f'« pour {pour} » : il n\'agit pas pour lui ({agent_id})'

    def _pour_qui(self):
        return {(self._nom(absent), par) for absent, par in self._remplacants()}

    def attendue(self, d):
        return d['echeance'] and not d['premier_contact_le'] and not d['clos_le']

    def retard(self, d, jours):
        return (self.attendue(d) and d['echeance'] < self.jour
                and int(jours) == self.base.jours_ouvres(d['echeance'], self.jour))

    def est_le(self, dit, jour):
        """« 3 décembre », « 1er mars 2027 »: this day (ISO)?"""
        combien, mois, *annee = dit.split()
        j = date.fromisoformat(jour)
        return (combien.removesuffix('er'), mois) == (str(j.day), MOIS[j.month - 1]) and (
            [str(j.year)] == annee if annee else jour[:4] == self.jour[:4])

    def terme(self, dit, jour):
        """« aujourd'hui », « jeudi » of the six days to come, « le 3 décembre »."""
        if dit.startswith('le '):
            return bool(jour) and self.est_le(dit[3:], jour)
        reste = (date.fromisoformat(jour) - date.fromisoformat(self.jour)).days if jour else -1
        return 0 <= reste < 7 and dit == (SEMAINE[date.fromisoformat(jour).weekday()] if reste else "aujourd'hui")

    def reunions(self, d):
        return [jour for jour, in self.lire('SELECT jour FROM reunion WHERE demande_id = ? AND annulee_le IS NULL',
                                            d['numero'])]

    def a_en_charge(self, d, nom, pour):
        """He holds the role waited for, or administers; pour: who does, and is away today."""
        tient = self.lire("""SELECT agent.id FROM agent WHERE prenom || ' ' || nom = ?1 AND (administrateur OR pilote
                             OR id IN (SELECT agent_id FROM membre WHERE demande_id = ?2))""", pour or nom, d['numero'])
        absents = dict(self._remplacants())
        return nom == 'vous' or (
            any(self._nom(absents.get(id_)) == nom for id_, in tient) if pour else bool(tient))

    def ferme(self, d, dit):
        """From today to it, nobody works any more."""
        return self.attendue(d) and self.terme(dit, d['echeance']) and not self.base.jours_ouvres(
            self.jour, d['echeance'])

    def silence(self, d, dit):
        ((derniere,),) = self.lire("SELECT max(cree_le) FROM journal WHERE demande_id = ? AND "
                                   "texte NOT LIKE 'Réponse automatique%'", d['numero'])
        jours = (date.fromisoformat(self.jour) - date.fromisoformat(a_paris(derniere))).days
        return d['statut'] == 'en_cours' and jours >= 30 and self.est_le(dit, a_paris(derniere))

    def ecrit(self, d, auteur, quoi):
        """A line of this author, of no more than the two working days before (six more when the relay was down)."""
        depuis = str(date.fromisoformat(self.jour) - timedelta(days=20))
        return self.lire(f"SELECT 1 FROM journal WHERE demande_id = ? AND auteur = ? AND cree_le > ? AND {quoi}",
                         d['numero'], auteur, depuis)

    def dit_au_journal(self, d, debut):
        return self.lire("SELECT 1 FROM journal WHERE demande_id = ? AND nature = 'equipe' AND texte LIKE ?",
                         d['numero'], debut)

    def _remplacants(self):
        return self.lire(REMPLACANTS, self.jour)

    def _nom(self, agent_id):
        lus = self.lire("SELECT prenom || ' ' || nom FROM agent WHERE id = ?", agent_id)
        return aplanir(lus[0][0]) if lus else None

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
        if nomme and (nomme, agent_id) not in self._pour_qui():
            yield f'« {dit} », et ce n\'est pas aujourd\'hui'
