"""What must be true each night of a simulated year, asked of the base by queries of their own (regles.md §1 to §8):
the rules, written a second time, in SQL, on purpose. A fault is a sentence in `fautes`; `vues` counts."""
import random
import re
from collections import Counter
from datetime import date, timedelta

import langue
import models
from verbes.demande import taches
from matins import REMPLACANTS, Matin, aplanir, a_paris, en_toutes_lettres

AUSSITOT = {
    'une affectation': 'nouvelle_chef nouvelle_admin orientation designation decharge association '
                       'direction rendu rejet reouverture abandon_equipe etape',
    'une passation': 'passation_successeur passation_titulaire passation_annulee',
    'la collectivité': 'message_demandeur demande_reouverture rappel_pas_encore reponse_inconnue',
    'le journal, à qui l\'a choisi': 'journal_immediat', 'la conversation': 'message_associe message_retenu',
    'une réunion, que l\'agenda range': 'reunion reunion_annulee evenement evenement_annulee',
    'le compte': 'invitation relais_confie relais_fini relais_administrateur absence_notee alerte'}
ROLE = """CASE WHEN d.statut IN ('attribue_chef', 'receptionne_chef') THEN 'chef_de_file'
               WHEN d.statut IN ('attribue_expert', 'receptionne_expert', 'en_cours') THEN 'referent' END"""
# On a day (?1): who is there, an account that somebody opened.
EVEILLES = """SELECT id FROM agent WHERE actif AND ouvert_le IS NOT NULL AND id NOT IN (
                SELECT agent_id FROM absence WHERE du <= ?1 AND coalesce(au, ?1) >= ?1)"""


class Nuits:
    """Looks at a base through `lire` (SQL → rows), day after day; keeps what it found and what it has read already."""

    def __init__(self, lire):
        self.lire, self.fautes, self.vues, self.jour = lire, [], Counter(), ''
        ((self.dernier_courriel,),) = lire('SELECT coalesce(max(id), 0) FROM courriel')
        self.dites, self.relus, self.hasard = Counter(), {}, random.Random(7)

    def _faute(self, phrase):
        self.fautes.append(f'{self.jour} {phrase}')

    def eveilles(self, jour):
        return [ident for ident, in self.lire(EVEILLES, str(jour))]

    def relire_les_courriels(self, quoi):
        lus = self.lire('SELECT id, demande_id, agent_id, pour, destinataire, modele, objet, corps, cree_le '
                        'FROM courriel WHERE id > ? ORDER BY id', self.dernier_courriel)
        for self.dernier_courriel, numero, agent_id, pour, destinataire, modele, objet, corps, cree_le in lus:
            self.vues['courriels relus'] += 1
            for dit in (*self._relire(numero, agent_id, pour, destinataire, modele, aplanir(objet), corps),
                        *(self._dates(numero, modele, aplanir(corps), cree_le) if numero else ())):
                self._faute(f'{quoi}, courriel {modele} pour {destinataire} (n° {numero}) : {dit}')

    def _relire(self, numero, agent_id, pour, destinataire, modele, objet, corps):
        texte = aplanir(corps)
        if pour in ('agent', 'direction') and modele not in {'relance', *' '.join(AUSSITOT.values()).split()}:
            yield 'un courriel à part, au lieu d\'une ligne dans celui du jour'
        if re.search(r'\{\w+\}|None|\bNULL\b', objet + texte):
            yield f'un repère ou un vide : {objet} / {texte[:200]}'
        if re.search(r'\b(le|par|est|n°|tard) ?[.,]( |$)| : *[.,]|,,|\(\)', texte):
            yield f'une phrase à trou : {texte[:300]}'
        if numero is None:
            return
        demande = self.demande(numero)
        if str(numero) not in re.findall(r'n° (\d+)', objet):
            yield f'l\'objet ne porte pas son numéro : {objet}'
        if demande['restreinte']:
            for quoi in (demande['titre'], demande['lieu'], f'Collectivité : {demande["collectivite"]}'):
                if len(quoi) > 5 and quoi in objet + texte:
                    yield f'diffusion restreinte, et pourtant « {quoi} »'
        elif pour == 'demandeur':
            yield from self._pour_la_mairie(demande, modele, objet, texte)
        if demande['message'][:60] and aplanir(demande['message'])[:60] in texte:
            yield 'le message de la mairie y est'
        if '/suivi/' in texte and (pour != 'demandeur' or f'/suivi/{demande["jeton"]}' not in texte):
            yield 'un lien de suivi qui n\'est pas pour lui'
        if pour == 'demandeur' and ('/espace' in texte or f'/suivi/{demande["jeton"]}' not in texte):
            yield 'sans son lien de suivi'
        yield from self._echeance(demande, modele, texte)
        if agent_id:
            yield from self._role(demande, agent_id, objet + ' ' + texte)

    def _dates(self, numero, modele, texte, cree_le):
        jour, demande = a_paris(cree_le), self.demande(numero)
        for dite, retard in re.findall(r'promis pour le (\w+ \w+ \w+ \d{4}), en retard de (\d+)', texte):
            vrai = self.jours_ouvres(demande['echeance'], jour)
            if dite != en_toutes_lettres(demande['echeance']) or int(retard) != vrai:
                yield f'{retard} jours de retard, et non {vrai}'
        if re.search('aucun (échange|appel)', texte) and self.lire(
                "SELECT 1 FROM journal WHERE demande_id = ? AND cree_le < ? "
                "AND nature IN ('reponse', 'appel', 'visite', 'reunion', 'contact')", numero, cree_le):
            yield '« aucun », et il y en a eu'
        if modele in CLOTURES and 'votre lien de suivi' not in texte:
            yield from self._cloture(demande, texte, cree_le)
        if demande['restreinte']:
            for ecrit, in self.lire(
                    "SELECT texte FROM journal WHERE demande_id = ? AND nature IN ('reponse', 'cloture')", numero):
                if aplanir(ecrit)[:200] in texte:
                    yield 'diffusion restreinte, et pourtant ce qui lui est écrit'

    def _cloture(self, demande, texte, cree_le):
        lignes = self.lire("SELECT texte, auteur FROM journal WHERE nature = 'cloture' AND demande_id = ? "
                           'AND cree_le = ?', demande['numero'], cree_le)
        if not lignes:
            yield 'la clôture dite à la mairie n\'a pas sa ligne'
            return
        (dite, auteur), = lignes
        tu = demande['restreinte'] or demande['interlocuteur_depuis']
        if not tu and not any(aplanir(paragraphe).split('. ')[0] in texte for paragraphe in dite.split('\n\n')):
            yield f'autre chose que sa ligne : {dite}'
        for qui in re.findall(r'(?:apportée|enregistrée) le \w+ \w+ \w+ \d{4} par ([^,.]+)', texte):
            if qui != aplanir(auteur):
                yield f'« par {qui} », et c\'est {auteur}'
        for dite in re.findall(r'convenu avec vous le (\w+ \w+ \w+ \d{4})', texte):
            jour, premier = date.fromisoformat(a_paris(cree_le)), demande['premier_contact_le'] or '9999-01-01'
            jours = (str(jour - timedelta(days=n)) for n in range(366))
            if dite not in {en_toutes_lettres(un) for un in jours if un >= premier}:
                yield f'« convenu le {dite} », et la mairie n\'était pas jointe'

    def demande(self, numero):
        noms = [ligne[1] for ligne in self.lire('PRAGMA table_info(demande)')]
        (ligne,) = self.lire("SELECT demande.*, coalesce(titre, '') FROM demande "
                             'LEFT JOIN fiche ON fiche.id = fiche_id WHERE numero = ?', numero)
        return dict(zip((*noms, 'titre'), ligne))

    def _pour_la_mairie(self, demande, modele, objet, texte):
        fiche = aplanir(demande['titre']) or aplanir(demande['message'])[:25]
        if fiche not in objet:
            yield f'l\'objet ne porte pas la fiche : {objet}'
        if fiche not in texte or aplanir(demande['collectivite']) not in texte:
            yield f'ni fiche ni collectivité : {texte[:300]}'
        if not re.search(r'0\d \d\d \d\d \d\d \d\d', texte):
            yield f'pas de téléphone : {texte[:300]}'

    def _echeance(self, demande, modele, texte):
        for dite in re.findall(r'(?:rappel\w*) au plus tard le (\w+ \w+ \w+ \d{4})', texte):
            if not demande['echeance'] or dite != en_toutes_lettres(demande['echeance']):
                yield f'« {dite} » au lieu de {demande["echeance"]}'
            if demande['reprise']:
                yield f'« {dite} » pour une reprise'
            if modele != 'rappel_question' and (demande['echeance'] or '9') < langue.aujourdhui():
                yield f'« {dite} », qui est passé'

    def _role(self, demande, agent_id, texte):
        siens = {agent_id} | {pour for pour, par in self.lire(REMPLACANTS, self.jour) if par == agent_id}
        roles = {role for role, membre in self.lire('SELECT role, agent_id FROM membre WHERE demande_id = ?',
                                                    demande['numero']) if membre in siens}
        for dit, role in (('vous êtes l.expert référent', 'referent'), ('vous êtes chef de file', 'chef_de_file')):
            if re.search(dit, texte) and role not in roles:
                yield f'« {dit} », et il est {roles or "sans rôle"}'
        if 'Confirmer la réception' in texte and not demande['statut'].startswith('attribue_'):
            yield f'« Confirmer la réception » au statut {demande["statut"]}'
        if re.search(r'n.en êtes plus le référent', texte) and 'referent' in roles:
            yield '« vous n\'en êtes plus le référent », et il l\'est'

    def verifier_les_rappels(self, jour, heure=7):
        """To be called just after they were written, before anybody acts; what waited was written again."""
        self.jour = str(jour)
        lus = self.lire('SELECT id, agent_id, destinataire, objet, corps, marque FROM courriel '
                        "WHERE modele = 'relance' AND cree_le >= ?", langue.debut_du_jour(self.jour))
        remplacants, matin, la = self.lire(REMPLACANTS, self.jour), Matin(self), self.eveilles(self.jour)
        for ident, agent_id, _, objet, corps, _ in lus:
            if self.relus.get(ident) == corps:
                continue
            self.relus[ident] = corps
            if agent_id not in la:
                self._faute(f'rappel {ident} à qui est absent, ou n\'a pas ouvert son compte ({agent_id})')
            for ligne, numero in re.findall(r'^(- n°\s(\d+).*)', corps, re.M):
                self._un_rappel(ident, int(numero), agent_id, aplanir(ligne), remplacants)
            for faute in (*matin.relire(agent_id, corps), *self._est_sa_journee(agent_id, aplanir(objet), corps)):
                self._faute(f'rappel {ident} à {agent_id} : {faute}')
        self._un_seul_par_personne(lus)
        ouvre = self.ouvre(date.fromisoformat(self.jour))
        if lus and (heure < 7 or not ouvre):
            self._faute(f'{len(lus)} rappels un jour où personne ne travaille, ou avant 7 h')
        if heure == 7 and ouvre:
            self._rappels_manques({int(n) for *_, corps, _ in lus for n in re.findall(r'- n°\s(\d+)', corps)})

    def _est_sa_journee(self, agent_id, objet, corps):
        """The same rows, in the same order, the same counts as the day asked at this instant."""
        with models.lecture():
            file = taches.a_faire(taches.du_jour(models.lire_agents('WHERE agent.id = ?', agent_id)[0]))
        numeros, (tues,) = [t.d.numero for t in file], re.findall(r'^Et (\d+)', corps, re.M) or ['0']
        lignes = [int(n) for n in re.findall(r'^- n°\s(\d+)(?!.*(?:journal|close|réponse \w+|de nouveau) par)', corps,
                                             re.M)]
        dits = [n for n in lignes if n in numeros]
        if dits != [n for n in numeros if n in dits] or len(dits) + int(tues) != len(numeros):
            yield f'{dits} et {tues} autres, quand sa journée est {numeros}'
        retards = sum(bool(t.d.echeance and not t.d.premier_contact_le and not t.d.clos_le
                           and t.d.echeance < self.jour) for t in file)
        comptes = {mot: int(n) for n, mot in re.findall(r'(\d+) (en retard(?! chez| de)|autre|demande)', objet)}
        if len(file) > 1 and (sum(comptes.values()), comptes.get('en retard', 0)) != (len(file), retards):
            yield f'« {objet} » : {len(file)} à faire, {retards} en retard'

    def _un_seul_par_personne(self, lus):
        combien = Counter(destinataire for _, _, destinataire, *_ in lus)
        for destinataire in (qui for qui, n in combien.items() if n > 1):
            self._faute(f'{combien[destinataire]} courriels du jour à {destinataire}')
        for destinataire, n in self.lire(
                """SELECT destinataire, count(*) FROM courriel WHERE modele = 'relance' AND envoye_le IS NULL
                   AND echec_le IS NULL GROUP BY destinataire HAVING count(*) > 1"""):
            self._faute(f'{n} rappels attendent ensemble pour {destinataire}')

    def _ouvre_des(self, pas):
        """The working day after this one (pas: 1), or before (-1)."""
        jour = date.fromisoformat(self.jour) + timedelta(days=pas)
        while not self.ouvre(jour):
            jour += timedelta(days=pas)
        return str(jour)

    def ouvre(self, jour):
        fermes = self.lire('SELECT 1 FROM fermeture WHERE ? BETWEEN du AND au', str(jour))
        return jour.weekday() < 5 and jour not in langue.feries(jour.year) and not fermes

    def jours_ouvres(self, debut, fin):
        """Working days after a day, up to another (ISO)."""
        debut, fin = date.fromisoformat(debut), date.fromisoformat(fin)
        return sum(self.ouvre(debut + timedelta(days=n)) for n in range(1, (fin - debut).days + 1))

    def _un_rappel(self, ident, numero, agent_id, ligne, remplacants):
        self.vues['lignes de rappel'] += 1
        deja = (self.jour, numero, agent_id, ligne)
        if self.dites[deja] and self.dites[deja] != ident:
            self._faute(f'rappel dit deux fois le même jour à {agent_id} : {ligne}')
        self.dites[deja] = ident
        demande = self.demande(numero)
        permis = {i for i, in self.lire("""
            SELECT agent_id FROM membre WHERE demande_id = ?1 UNION SELECT id FROM agent
            WHERE administrateur OR (pilote AND direction_id = ?2)""", numero, demande['direction_id'])}
        permis |= {par for pour, par in remplacants if pour in permis}
        if agent_id and agent_id not in permis and not re.search('plus partie|vos étapes', ligne):
            self._faute(f'rappel à quelqu\'un qui n\'y est pour rien ({agent_id}) : {ligne}')
        if agent_id and not self.lire('SELECT 1 FROM agent WHERE id = ? AND ouvert_le IS NOT NULL', agent_id):
            self._faute(f'rappel à un compte jamais ouvert ({agent_id}) : {ligne}')
        if demande['reprise'] and not re.search('message|inconnue|remis|revenu|tenir|étape|réunion|journal', ligne):
            self._faute(f'rappel d\'une reprise : {ligne}')
        if demande['clos_le'] and not re.search('(journal|close|réponse (apportée|envoyée)) par|réorientée|réouverture|'
                                                'après la clôture|inconnue|remis|revenu|'
                                                'écartée|partie|vos étapes', ligne):
            self._faute(f'rappel d\'une demande close : {ligne}')

    def _rappels_manques(self, dits):
        """Each day, what is due on it and each message to answer; on the first of a week, all that is late."""
        lundi = date.fromisoformat(self.jour) - timedelta(days=date.fromisoformat(self.jour).weekday())
        premier = self._ouvre_des(-1) < str(lundi)
        for numero, echeance, message in self.lire(
                """SELECT numero, coalesce(iif(premier_contact_le IS NULL, echeance, ''), ''), coalesce(message_le, '')
                   FROM demande WHERE clos_le IS NULL AND essai = 0 AND (reprise = 0 OR message_le IS NOT NULL)"""):
            retard = premier and '' < echeance < self.jour
            if numero not in dits and (echeance == self.jour or retard or message):
                self._faute(f'dite à personne ce matin : n° {numero}, échéance {echeance}, message {message}')

    def verifier_la_nuit(self, jour, parcourir):
        self.jour = str(jour)
        eveilles = set(self.eveilles(jour))
        agissent = self._qui_agit(eveilles, self.lire(REMPLACANTS, self.jour))
        for numero, qui in agissent.items():
            if not qui:
                self._faute(f'n° {numero} : personne d\'éveillé ne doit agir')
        for phrase, requete in JAMAIS.items():
            for ligne in self.lire(requete, *([self.jour] if '?' in requete else ())):
                self._faute(f'{phrase} : {ligne}')
        for ident, parti in self.lire("SELECT id, envoye_le FROM courriel WHERE modele = 'relance' AND envoye_le >= ?",
                                      langue.debut_du_jour(self.jour)):
            if not self.ouvre(date.fromisoformat(self.jour)) or langue.a_paris(parti).hour < 7:
                self._faute(f'le rappel {ident} est parti le {parti}')
        self._avertissements()
        self._etapes(eveilles)
        ouvertes = [(n, sorted(qui)) for n, qui in agissent.items() if qui]
        for numero, qui in self.hasard.sample(ouvertes, min(3, len(ouvertes))):
            self._page_de_l_agent(numero, self.hasard.choice(qui), parcourir)
        for numero, _ in self.hasard.sample(ouvertes, min(3, len(ouvertes))):
            self._pages_d_accord(numero, parcourir)
        self._note_demandee(parcourir)

    def _qui_agit(self, eveilles, remplacants):
        """{numero: those awake who must act}: who holds the role; else the chefs, the pilotes, the administrateurs."""
        equipes, agissent = {}, {}
        for numero, role, agent_id in self.lire(
                'SELECT demande_id, role, agent_id FROM membre JOIN demande ON numero = demande_id '
                'WHERE clos_le IS NULL AND agent_id IS NOT NULL'):
            equipes.setdefault(numero, []).append((role, agent_id))
        agents = self.lire('SELECT id, administrateur, pilote, direction_id FROM agent WHERE actif')
        actifs, admins = {i for i, *_ in agents}, {i for i, administrateur, *_ in agents if administrateur}

        def presents(voulus):
            la = {i for i in voulus if i in eveilles}
            return la | {par for pour, par in remplacants if pour in voulus & actifs and par in eveilles}
        for numero, role, direction in self.lire(
                f'SELECT numero, {ROLE}, CASE WHEN NOT restreinte THEN direction_id END FROM demande d '
                'WHERE clos_le IS NULL'):
            equipe = equipes.get(numero, ())
            pilotes = {i for i, _, pilote, sienne in agents if pilote and sienne == direction}
            tenus = [{i for r, i in equipe if r == un} for un in (role, 'chef_de_file')]
            rangs = [*tenus, pilotes, admins] if role else [admins]
            agissent[numero] = next((qui for qui in map(presents, rangs) if qui), set())
        return agissent

    def _page_de_l_agent(self, numero, agent_id, parcourir):
        """Who must act finds it in « Ma journée », unless nothing is asked at this hour or its lists are full."""
        liees = set(re.findall(r'/espace/demandes/(\d+)', parcourir(agent_id).get('/espace').text))
        tranquille = self.lire(
            "SELECT 1 FROM demande WHERE numero = ? AND (reprise = 1 OR statut = 'en_cours')", numero)
        if str(numero) not in liees and not tranquille and len(liees) < 20:
            self._faute(f'n° {numero} n\'est pas dans « Ma journée » de {agent_id}, qui doit agir')

    def _pages_d_accord(self, numero, parcourir):
        demande = self.demande(numero)
        mairie = aplanir(parcourir().get(f'/suivi/{demande["jeton"]}').html.text)
        (admin,) = self.lire('SELECT id FROM agent WHERE actif AND administrateur AND ouvert_le IS NOT NULL LIMIT 1')
        page = parcourir(admin[0]).get(f'/espace/demandes/{numero}').html
        agent, dits = aplanir(page.text), {dit['datetime'] for dit in page.select('.tete-demande time')}
        if demande['statut'] == 'rejete':                           # being redirected: by whom is not known yet
            return
        for nom, in self.lire("SELECT prenom || ' ' || nom FROM agent JOIN membre ON agent_id = agent.id "
                              "WHERE demande_id = ? AND role = 'referent' AND actif", numero):
            if aplanir(nom) not in mairie or aplanir(nom) not in agent:
                self._faute(f'n° {numero} ({demande["statut"]}) : {nom}, référent, n\'est pas sur les deux pages')
        attendue = demande['echeance'] and not demande['premier_contact_le'] and not demande['reprise']
        if attendue and demande['echeance'] >= self.jour:
            if en_toutes_lettres(demande['echeance'])[:-5] not in mairie or demande['echeance'] not in dits:
                self._faute(f'n° {numero} ({demande["statut"]}) : l\'échéance {demande["echeance"]} n\'est pas sur '
                            'les deux pages')
        if demande['reprise'] and 'au plus tard le' in mairie:
            self._faute(f'n° {numero} : une échéance pour une reprise')
        for ligne, in self.lire("SELECT texte FROM journal WHERE demande_id = ? AND nature IN ('note', 'appel') "
                                'AND length(texte) > 15', numero):
            if aplanir(ligne) in mairie:
                self._faute(f'n° {numero} : le journal est sur la page de la mairie')

    def _avertissements(self):
        """« Sans réponse de votre part » only after a call in vain, for fifteen days; no closing so without one."""
        depuis = langue.debut_du_jour(self.jour)
        for numero, ident, cree_le, limite in self.lire(
                "SELECT demande_id, id, cree_le, acte_le FROM journal WHERE nature = 'envoi' AND acte_le IS NOT NULL "
                'AND cree_le >= ?', depuis):
            d, jours = self.demande(numero), (date.fromisoformat(limite) - date.fromisoformat(a_paris(cree_le))).days
            tot = d['echeance'] and not d['premier_contact_le'] and limite < d['echeance']
            if not self._essaye(numero, ident) or jours < 15 or tot or not self.ouvre(date.fromisoformat(limite)):
                self._faute(f'avertissement n° {numero} pour le {limite}, écrit le {cree_le}')
        for numero, issue in self.lire("SELECT numero, issue FROM demande WHERE clos_le >= ? AND importee = 0 "
                                       "AND (issue IN ('non_jointe', 'sans_nouvelles') "
                                       "OR issue = 'sans_suite' AND repondu_le IS NULL)", depuis):
            averti = self.lire("SELECT 1 FROM journal WHERE demande_id = ? AND nature = 'envoi' AND acte_le < ?",
                               numero, self.jour)
            if not self._essaye(numero, 2 ** 62) or (issue != 'non_jointe' and not averti):
                self._faute(f'n° {numero} close « {issue} » sans essai ni avertissement')

    def _essaye(self, numero, avant):
        return self.lire('SELECT 1 FROM journal WHERE demande_id = ? AND id < ? '
                         "AND (fait IN ('message', 'injoignable') OR nature = 'reponse')", numero, avant)

    def _note_demandee(self, parcourir):
        """Of a réunion that took place and of which nothing is noted, who conducts the demande reads it."""
        lues = self.lire("""
            SELECT DISTINCT numero, membre.agent_id FROM reunion JOIN demande ON numero = reunion.demande_id
            JOIN membre ON membre.demande_id = numero AND membre.role <> 'associe'
            JOIN agent ON agent.id = membre.agent_id AND agent.actif AND agent.ouvert_le IS NOT NULL
            WHERE jour < ? AND annulee_le IS NULL AND clos_le IS NULL AND NOT EXISTS (
              SELECT 1 FROM journal j WHERE j.demande_id = numero AND j.cree_le >= jour
              AND (j.nature = 'reunion' OR j.texte LIKE 'Rien à noter de la réunion%'))""", self.jour)
        for numero, agent_id in self.hasard.sample(lues, min(2, len(lues))):
            page = aplanir(parcourir(agent_id).get(f'/espace/demandes/{numero}').html.text)
            if 'notez ce qui a été convenu' not in page:
                self._faute(f'n° {numero} : personne ne demande ce qui a été convenu à la réunion')

    def _etapes(self, eveilles):
        """The first step not done is « prochaine étape »; late, it is in the day of who holds it and of the chefs."""
        dites = dict(self.lire('SELECT numero, prochaine_etape_le FROM demande WHERE prochaine_etape_le IS NOT NULL'))
        premieres = {}
        for numero, agent_id, pour_le in self.lire(
                'SELECT demande_id, agent_id, pour_le FROM jalon WHERE fait_le IS NULL ORDER BY demande_id, rang, id'):
            premieres.setdefault(numero, (agent_id, pour_le))
        for numero in dites.keys() | premieres.keys():
            if dites.get(numero) != premieres.get(numero, (None, None))[1]:
                self._faute(f'n° {numero} : la prochaine étape n\'est pas celle de la feuille de route')
        ouvertes = {n for n, in self.lire('SELECT numero FROM demande WHERE clos_le IS NULL')}
        tard = sorted(n for n, (_, pour_le) in premieres.items() if n in ouvertes and (pour_le or '9') < self.jour)
        for numero in self.hasard.sample(tard, min(3, len(tard))):
            voient = {i for i, role in self.lire('SELECT agent_id, role FROM membre WHERE demande_id = ?', numero)
                      if role == 'chef_de_file' or i == premieres[numero][0]}
            for agent_id in voient & eveilles:
                with models.lecture():
                    tache = taches.tache_de(models.lire_agents('WHERE agent.id = ?', agent_id)[0], numero)
                if not tache or not tache.place or 'etape_passee' not in [cle for cle, *_ in tache.raisons]:
                    self._faute(f'n° {numero} : l\'étape en retard n\'est pas dans la journée de l\'agent {agent_id}')


CLOTURES = ('cloture', 'reponse', 'abandon_demandeur')
# What answers a message of the collectivité, of the line r after the line m.
REPONSE = """(r.agent_id IS NOT NULL AND (r.nature IN ('reponse', 'contact', 'appel', 'visite', 'reunion')
              OR (r.nature = 'equipe' AND r.texte LIKE 'Pas de réponse nécessaire%')))
             OR (r.nature = 'statut' AND r.statut IN ('termine', 'abandonne'))"""
# What no night may show: {sentence: the rows that would be at fault}.
JAMAIS = {
    'close sans avoir attendu deux minutes': """
        SELECT demande_id, cree_le, envoye_le FROM courriel WHERE modele IN ('cloture', 'reponse', 'abandon_demandeur')
        AND corps NOT LIKE '%votre lien de suivi%' AND unixepoch(envoye_le) - unixepoch(cree_le) < 120""",
    'rouverte sans que la mairie le lise': """
        SELECT demande_id FROM journal j WHERE nature = 'reouverture' AND NOT EXISTS (SELECT 1 FROM courriel c
          WHERE c.demande_id = j.demande_id AND modele = 'reouverture_mairie' AND c.cree_le >= j.cree_le)""",
    'associé à une demande close': """
        SELECT demande_id, agent_id FROM membre JOIN demande ON numero = demande_id
        WHERE role = 'associe' AND clos_le < depuis_le AND importee = 0""",
    'fiche dite exacte, pas vérifiée ce jour-là': """
        SELECT fiche_id FROM campagne_reponse JOIN fiche ON fiche.id = fiche_id WHERE reponse = 'exacte'
        AND coalesce(verifie_le, '') < substr(repondu_le, 1, 10)""",
    'revue annuelle rappelée deux fois la même semaine': """
        SELECT agent_id, strftime('%Y-%W', cree_le) AS semaine FROM courriel WHERE modele = 'relance'
        AND corps LIKE '%vérifier, jusqu_au __/__/____' || char(10) || '%' AND echec_le IS NULL
        AND agent_id IS NOT NULL GROUP BY 1, 2 HAVING count(*) > 1""",
    'close sans date, ou ouverte avec une': """
        SELECT numero, statut, clos_le FROM demande WHERE (statut IN ('termine', 'abandonne')) <> (clos_le IS NOT NULL)
        AND statut <> 'rejete'""",
    'statut sans sa ligne au journal': """
        SELECT numero, statut FROM demande d WHERE reprise = 0 AND importee = 0 AND statut <> (
          SELECT statut FROM journal WHERE demande_id = numero AND nature = 'statut' ORDER BY id DESC LIMIT 1)""",
    'une échéance pour une reprise': 'SELECT numero FROM demande WHERE reprise = 1 AND echeance IS NOT NULL',
    'confiée à un chef sans chef': """
        SELECT numero FROM demande WHERE statut IN ('attribue_chef', 'receptionne_chef') AND numero NOT IN (
          SELECT demande_id FROM membre WHERE role = 'chef_de_file')""",
    'une reprise reçoit un courriel de la Plateforme': """
        SELECT courriel.id, numero FROM courriel JOIN demande ON numero = demande_id
        WHERE reprise = 1 AND pour = 'demandeur' AND modele NOT IN ('lien_perdu')""",
    'une réunion à venir d\'une demande close': """
        SELECT reunion.id, numero FROM reunion JOIN demande ON numero = demande_id
        WHERE annulee_le IS NULL AND jour > ? AND clos_le IS NOT NULL""",
    'un invité à qui rien n\'est écrit': """
        SELECT invitation.id, reunion_id FROM invitation WHERE oui_le IS NULL AND retiree_le IS NULL
        AND id NOT IN (SELECT invitation_id FROM courriel WHERE invitation_id IS NOT NULL)""",
    'deux courriels qui attendent pour un invité': """
        SELECT invitation_id FROM courriel WHERE invitation_id IS NOT NULL AND envoye_le IS NULL AND echec_le IS NULL
        AND pris_le IS NULL GROUP BY 1 HAVING count(*) > 1""",
    'qui quitte l\'équipe est encore prévenu d\'une réunion': """
        SELECT courriel.id FROM courriel JOIN invitation i ON i.id = invitation_id
        WHERE courriel.modele = 'reunion' AND i.agent_id IS NOT NULL AND i.retiree_le < courriel.cree_le""",
    'un message sans réponse que la demande ne dit plus à répondre': f"""
        SELECT m.demande_id, m.id FROM journal m JOIN demande d ON d.numero = m.demande_id
        WHERE m.nature = 'message' AND d.message_le IS NULL AND d.statut <> 'rejete'
          AND NOT EXISTS (SELECT 1 FROM journal r WHERE r.demande_id = m.demande_id AND r.cree_le >= m.cree_le
                          AND ({REPONSE}))""",
    'une demande dite à répondre sans message depuis la dernière réponse': f"""
        SELECT d.numero FROM demande d WHERE d.message_le IS NOT NULL AND NOT EXISTS (
          SELECT 1 FROM journal m WHERE m.demande_id = d.numero AND m.nature = 'message'
          AND NOT EXISTS (SELECT 1 FROM journal r
                          WHERE r.demande_id = m.demande_id AND r.id > m.id AND ({REPONSE})))""",
    'une attente sans fin, ou d\'une demande close': """
        SELECT numero FROM demande WHERE (attente_au IS NULL) <> (attente_depuis IS NULL)
          OR (attente_au IS NULL) <> (attente_de = '') OR (attente_au IS NOT NULL AND clos_le IS NOT NULL)
          OR julianday(attente_au) - julianday(substr(attente_depuis, 1, 10)) > 130""",
    'une attente alors que la mairie a écrit depuis': """
        SELECT d.numero FROM demande d JOIN journal m ON m.demande_id = d.numero
        WHERE d.attente_au IS NOT NULL AND m.nature = 'message' AND m.cree_le >= d.attente_depuis""",
    'une relance de ce qui est attendu, à qui avait répondu': """
        SELECT c.demande_id, c.id FROM courriel c WHERE c.modele = 'attente' AND EXISTS (
          SELECT 1 FROM journal m WHERE m.demande_id = c.demande_id AND m.nature = 'message' AND m.cree_le < c.cree_le
          AND m.cree_le > (SELECT max(r.cree_le) FROM journal r WHERE r.demande_id = c.demande_id
                           AND r.nature = 'reponse' AND r.cree_le < c.cree_le))""",
    'une mairie dite sans réponse, qui a répondu par courriel depuis qu\'elle est prévenue, ou appelée': """
        SELECT d.numero FROM demande d JOIN reponse_recue r ON r.demande_id = d.numero
        WHERE d.issue IN ('sans_nouvelles', 'non_jointe') AND r.etat IN ('rangee', 'inconnue')
          AND r.recue_le < d.clos_le AND r.recue_le > (
            SELECT max(j.cree_le) FROM journal j WHERE j.demande_id = d.numero AND j.cree_le < d.clos_le
            AND iif(d.issue = 'sans_nouvelles', j.nature = 'envoi' AND j.acte_le IS NOT NULL,
                    j.fait IN ('message', 'injoignable')))""",
    'un rappel à la mairie alors qu\'une réponse d\'une adresse inconnue attend': """
        SELECT c.demande_id, c.id FROM courriel c JOIN reponse_recue r ON r.demande_id = c.demande_id
        WHERE c.modele IN ('attente', 'avertissement') AND r.etat = 'inconnue' AND r.recue_le < c.cree_le""",
    'une réponse inconnue que la demande ne dit pas': """
        SELECT d.numero FROM demande d WHERE (d.inconnue_le IS NOT NULL) <> EXISTS (
          SELECT 1 FROM reponse_recue r WHERE r.demande_id = d.numero AND r.etat = 'inconnue')""",
    'un message qui attend depuis la veille': """
        SELECT id FROM message_a_partir WHERE raison = '' AND part_le < ?"""}
