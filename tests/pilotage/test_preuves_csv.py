"""Plain Python over our own CSV, as an administrateur downloads them, gives the figures of the page."""
import statistics
from collections import Counter
from datetime import date

from conftest import lire_csv
from semis import JOUR
from test_preuves import au_hasard, lire_agent, seme, semis  # noqa: F401 – fixtures

import models
from verbes import etiquettes
from verbes.pilotage import chiffres

EPCI = ('Communauté de communes', "Communauté d'agglomération", 'Communauté urbaine', 'Métropole')
SANS = ('doublon', 'déposée par erreur', 'classée à la reprise', "essai d'avant l'ouverture")     # in no figure


def jour(dit):
    return '-'.join(reversed(dit.split('/'))) if dit else ''


def entre(debut, fin):
    return (date.fromisoformat(fin) - date.fromisoformat(debut)).days


class Fichiers:
    def __init__(self, navigateur):
        self.lieux = lire_csv(navigateur.get('/espace/admin/collectivites.csv'))
        self.par_siren = {c['siren']: c for c in self.lieux}
        self.par_nom = {(c['nom'], c['type']): c for c in self.lieux}
        self.demandes = [self.lire(ligne) for ligne in lire_csv(navigateur.get('/espace/demandes.csv'))]

    def aujourdhui(self, c):
        while c['remplacee_par'] and (not c['jusqu_au'] or jour(c['jusqu_au']) < JOUR):
            c = self.par_siren[c['remplacee_par']]
        return c

    def lire(self, ligne):
        c = self.par_nom.get((ligne['Collectivité'], ligne['Type']))
        autres = {'epci': set(), 'arrondissement': set(), 'canton': {'aucune'}, 'petr': set(), 'secteur': set()}
        return ligne | {
            'depot': jour(ligne['Date de dépôt']), 'clos': jour(ligne['Date de clôture']),
            'echeance': jour(ligne['Échéance']), 'contact': jour(ligne['Date du premier contact']),
            'proposition': jour(ligne['Date de la proposition']),
            'directions': set(filter(None, ligne['Directions'].split(' | '))),
            'ici': autres if c is None else self.placer(ligne, c), 'avant': autres if c is None else self.avant(c),
            'recue': ligne['Essai'] == 'non' and ligne['Issue'] not in SANS}

    def placer(self, ligne, c):
        """Where it is today; what the new commune does not say, those that it has replaced said."""
        la = self.aujourdhui(c)
        lieux = {'epci': {ligne['Intercommunalité']} - {''}, 'canton': self.canton(la)}
        for quoi in ('arrondissement', 'petr', 'secteur'):
            dits = {la[quoi]} if la[quoi] else {un[quoi] for un in self.lieux if self.aujourdhui(un) is la}
            lieux[quoi] = dits - {''}
        return lieux

    def canton(self, c):
        return {'plusieurs cantons' if ',' in c['canton'] else c['canton'] or 'aucune'}

    def avant(self, c):
        epci = c['nom'] if c['type'] in EPCI else c['epci_siren'] and self.par_siren[c['epci_siren']]['nom']
        return {'epci': {epci} - {''}, 'canton': self.canton(c)} | {
            quoi: {c[quoi]} - {''} for quoi in ('arrondissement', 'petr', 'secteur')}

    def trier(self, filtres, noms):
        """The lines of some filters; noms: {filter: {id: its name}}, as the page offers them."""
        ou = 'avant' if 'perimetre' in filtres else 'ici'
        gardees = [d for d in self.demandes if d['recue']]
        for filtre, valeur in filtres.items():
            dits = {noms[filtre][int(v)] for v in valeur.split(',')} if filtre in noms and valeur != 'aucune' else set()
            if filtre == 'epci' and ou == 'ici':
                dits = {self.aujourdhui(c)['nom'] for c in self.lieux if c['nom'] in dits and c['type'] in EPCI}
            repondent = {
                'structure': lambda d, dits: [
                    n for n in dits if d['Structure'].split(' + ')[0] == n or n in d['Autres structures']],
                'direction': lambda d, dits: d['directions'] & dits,
                'theme': lambda d, dits: d['Thème'] in (dits or {''}),
                'fiche': lambda d, dits: d['Fiche'] in (dits or {'Demande libre'}),
                'type': lambda d, valeur: d['Type'] == valeur, 'perimetre': lambda d, _: True,
                'origine': lambda d, valeur: (d['Origine'] == 'Plateforme') == (valeur == 'plateforme'),
                'epci': lambda d, dits: d[ou]['epci'] & dits or not (dits or d[ou]['epci'])}
            repond = repondent.get(filtre, lambda d, valeur, filtre=filtre: valeur in d[ou][filtre])
            gardees = [d for d in gardees if repond(d, dits if filtre in noms else valeur)]
        return gardees


STATUTS = {'attribue_admin': 'Attribué administrateur Plateforme',
           'receptionne_admin': 'Réceptionné administrateur Plateforme', 'attribue_chef': 'Attribué chef de file',
           'receptionne_chef': 'Réceptionné chef de file', 'attribue_expert': 'Attribué expert(s)',
           'receptionne_expert': 'Réceptionné expert', 'en_cours': 'En cours', 'rejete': 'Rejeté'}
ISSUES = {'realise': 'accompagnement réalisé', 'reponse': 'réponse apportée', 'redirige': 'redirigé',
          'sans_suite': 'sans suite', 'non_jointe': 'collectivité non jointe', 'classees': 'classée sans nouvelles'}
TEMPS = {'jointe': 'jointe à temps', 'appelee': 'appelée à temps, pas encore jointe',
         'aucun': 'aucun appel dans le délai', 'tardive': 'orientée à moins de trois jours ouvrés de l\'échéance',
         'a_venir': 'échéance à venir, pas encore appelée', 'close': 'close avant l\'échéance, sans appel'}
CONFIRME = {'oui': 'oui', 'pas_encore': 'pas encore', 'sans': 'sans réponse', 'non_demande': 'non demandé'}
AMPLEURS = {'echange': 'un échange', 'jours': 'quelques jours', 'projet': 'un projet suivi'}


def compter(lignes, du, au):
    """{figure: how many} of the lines of some filters, for a period."""
    volume = [d for d in lignes if du <= d['depot'] <= au]
    lignes = [d for d in lignes if d['Reprise'] == 'non']
    recues = [d for d in lignes if du <= d['depot'] <= au]
    echues = [d for d in lignes if d['echeance'] and du <= d['echeance'] <= au]
    ouvertes = [d for d in recues if not d['clos']]
    ages = [entre(d['depot'], JOUR) for d in ouvertes]
    finies = [d for d in recues if d['Statut'] == 'Terminé']
    rejets = [d for d in recues if d['Statut'] == 'Rejeté']
    form = [d for d in recues if d['Origine'] == 'Plateforme']
    signalees = [d for d in recues if d['Hors compétence'] == 'oui']
    return {
        'recues': len(volume), 'plateforme': len(form), 'direct': len(recues) - len(form),
        'restreintes': sum(d['Diffusion restreinte'] == 'oui' for d in recues), 'ouvertes': len(ouvertes),
        'age_30': sum(a <= 30 for a in ages), 'age_90': sum(31 <= a <= 90 for a in ages),
        'age_180': sum(91 <= a <= 180 for a in ages), 'age_plus': sum(a > 180 for a in ages),
        'attente': sum(bool(d['Réponse attendue avant le']) for d in recues),
        'sans_nouvelles': sum(d['Sans nouvelles'] == 'oui' for d in recues), 'terminees': len(finies),
        'abandonnees': sum(d['Statut'] == 'Abandonné' for d in recues), 'rejetees': len(signalees),
        'rejetees_ouvertes': sum(not d['clos'] for d in rejets),
        'repondues': sum(d['Issue'].startswith('Réponse') for d in rejets),
        'reorientee': sum(d['Issue'].startswith('Réorientée') for d in rejets),
        'reorientees_ici': sum(d['Statut'] != 'Rejeté' for d in signalees),
        'contactees': sum(bool(d['contact']) for d in form),
        'contact_attendu': sum(not d['contact'] and not d['clos'] for d in form),
        'proposees': sum(bool(d['proposition']) for d in form),
        'proposition_attendue': sum(not d['proposition'] and not d['clos'] for d in form),
        **{f's:{code}': sum(d['Statut'] == dit for d in ouvertes) for code, dit in STATUTS.items()},
        **{f'i:{code}': sum(d['Issue'].startswith(dit) for d in finies) for code, dit in ISSUES.items()},
        **{f'c:{code}': sum(d['Rappel confirmé'] == dit for d in recues) for code, dit in CONFIRME.items()},
        **{f'a:{code}': sum(d['Ampleur'] == dit for d in finies) for code, dit in AMPLEURS.items()},
        **{f't:{code}': sum(d['Rappel'] == dit for d in echues) for code, dit in TEMPS.items()},
        'mediane': mediane(form)}


def mediane(lignes):
    """Days to the first contact; None under ten demandes, or for fewer than three référents."""
    faites = [d for d in lignes if d['contact']]
    if len(faites) < 10 or len({d['Référent'] for d in faites} - {''}) < 3:
        return None
    return statistics.median(max(0, entre(d['depot'], d['contact'])) for d in faites)


LOTS = {'s:': chiffres.STATUTS, 'i:': chiffres.FINIES, 'c:': chiffres.CONFIRME, 'a:': chiffres.AMPLEURS,
        't:': chiffres.TEMPS}
SEULS = (*chiffres.RECUES, *chiffres.OUVERTES, chiffres.TERMINEES, *chiffres.REJETEES, *chiffres.CONTACTS)


def nos_chiffres(agent, criteres):
    """{figure: how many} as the service counts them."""
    lues = {echu: chiffres.lire(agent, criteres, tous) for echu, tous in (
        (False, chiffres.DU_DEPOT), (True, chiffres.TEMPS))}
    dits = {c.nom: len(chiffres.qui_repondent(lues[False], c)) for c in SEULS}
    for debut, lot in LOTS.items():
        for c in lot:
            nom = c.nom if c.nom == 'abandonnees' else debut + c.nom
            dits[nom] = len(chiffres.qui_repondent(lues[c.echu], c))
    contactees = chiffres.qui_repondent(lues[False], chiffres.CONTACTS[0])
    return dits | {'mediane': chiffres.mediane(contactees, 'contact')[0]}


def test_mille_filtres_au_hasard_donnent_les_memes_chiffres_sur_notre_csv(seme, entrer):  # noqa: F811
    agent, vus = lire_agent(1), Counter()
    fichiers = Fichiers(entrer(agent))
    with models.lecture():
        noms = {nom: {id_: dit.nom for id_, dit in etiquettes.libelles()[nom].items()}
                for nom in ('structure', 'direction', 'theme', 'fiche', 'epci')}
        for filtres, du, au in au_hasard('mille', 1000):
            sur_le_csv = compter(fichiers.trier(filtres, noms), du, au)
            assert sur_le_csv == nos_chiffres(agent, filtres | {'depuis': du, 'jusqua': au}), (filtres, du, au)
            vus.update({nom: bool(combien) for nom, combien in sur_le_csv.items()})
    assert vus.total() > 5000 and [nom for nom, fois in vus.items() if not fois] == []
