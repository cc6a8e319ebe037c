"""The loading of the demonstration data: the example files, their dates moved to today, absences, settings."""
import pkgutil
from datetime import date, timedelta

import models
import langue
from models import Agent, Demande, Evaluation, Journal, Refus

from . import journal, regles
from .demande.actes import REPONSE_AU_RAPPEL
from .demande.clotures import EVALUEES
from .echanges.colonnes import COLONNES, lire_fichier
from .echanges.imports import appliquer
from .exemples import charger_contenus
from .regles import AMPLEURS, URGENT

MOT_DE_PASSE = 'pastel brique garonne 31'
COMPTES = {
    'maxime.exemple@haute-garonne.example': 'administrateur Plateforme',
    'camille.exemple@hgi.example': 'chef de file, Haute-Garonne Ingénierie',
    'claude.temoin@hgi.example': 'expert référent, Haute-Garonne Ingénierie',
    'andrea.modele@caue.example': 'co-chef de file, CAUE',
}
# Days are counted from the Monday of the current week: (courriel, first day, last day, suppléant or None).
ABSENCES = (
    ('joelle.parcelle@haute-garonne.example',  -7, 18, 'eden.bouture@haute-garonne.example'),
    ('stephane.esquisse@haute-garonne.example', 0, 11, None),
    ('pascal.trace@haute-garonne.example',     21, 32, 'leila.jalon@haute-garonne.example'),
)
# Accounts that nobody has opened yet; all the others are.
JAMAIS_OUVERTS = ('lou.repere@haute-garonne.example',)
REGLAGES = {
    'departement':       'Département de la Haute-Garonne',
    'signataire':        'Président du Département',
    'horaires':          'du lundi au vendredi, de 9\u00a0h à 12\u00a0h et de 14\u00a0h à 17\u00a0h',
    'adresse':           '1 place de la Démonstration, 31000 Exemple',
    'hebergeur':         'Hébergeur de démonstration, 1 rue des Exemples, 31000 Exemple, 05 36 49 00 98',
    'saisine':           'oui',
    'jours':             'calendaires',
    'restreinte_d_office': 'oui',
    'telephone':         '0536490000',
    'courriel':          'plateforme@haute-garonne.example',
    'telephone_urgence': '0536490099',
    'dpd':               'dpd@haute-garonne.example',
}
GARDENT_LEURS_DATES = (368,)                                        # a demande of the guide, quoted with its dates
DATES = {c.nom: c.genre for quoi in ('demandes', 'journal') for c in COLONNES[quoi]
         if c.genre in ('jour', 'passe', 'instant')}


# « Autres portes »: organisme, for what, service, telephone, the text ready, days since it was verified.
PORTES = (
    ('la préfecture', 'contrôle de légalité, dotations de l\'État', 'Direction des relations avec les collectivités',
     '0536499001', 'Votre question relève de la préfecture, qui exerce le contrôle de légalité. Vous pouvez joindre le '
     'service en charge au numéro indiqué.', 40),
    ('le centre de gestion', 'carrière et situation d\'un agent, santé au travail', 'Accueil des employeurs',
     '0536499002', 'Le centre de gestion conseille les communes affiliées sur la situation de leurs agents.', 90),
    ('le syndicat d\'énergie', 'éclairage public, réseaux électriques, bornes de recharge', '', '0536499003',
     'L\'éclairage public et les réseaux électriques sont suivis par le syndicat d\'énergie.', 400),
    ('l\'agence de l\'eau', 'aides aux travaux d\'eau potable et d\'assainissement', '', '0536499004', '', 120),
)


# « Avez-vous été rappelé·e ? »: what some mairies answered, how many hours after they were asked, by demande.
RAPPELS = {844: ('pas_encore', 3), 925: ('oui', 25), 975: ('oui', 10), 1070: ('oui', 3), 1074: ('pas_encore', 6)}
# What mairies said last: was it of help, what it made possible, the text, what becomes of it.
PAS_CITE, A_LIRE, GARDE = range(3)
AVIS = (
    ('oui', 'decider', 'La visite sur place a levé nos doutes\u00a0: le conseil a délibéré le mois suivant.', GARDE),
    ('oui', 'eviter', 'La note tient en deux pages et dit quoi faire. Nous l\'avons jointe à la délibération.', GARDE),
    ('en_partie', 'comprendre', 'Réponse claire, mais arrivée après notre conseil municipal.', A_LIRE),
    ('oui', 'agir', 'Le cahier des charges proposé nous a fait gagner plusieurs semaines.', GARDE),
    ('oui', 'orienter', 'Une personne qui rappelle\u00a0: nous ne savions pas à quelle porte frapper.', A_LIRE),
    ('non', 'rien', 'Nous attendions un appui sur place, nous avons reçu un modèle.', PAS_CITE),
    ('oui', 'financer', 'Deux financements trouvés, que nous ne connaissions pas.', A_LIRE),
    ('en_partie', 'decider', 'Bon accompagnement. Le dossier reste lourd pour une petite commune.', PAS_CITE),
)


def charger_demonstration(progres=None, mots_de_passe=None):
    """Load the example files into a base without demande: {import: Bilan}, or a Refus.

    mots_de_passe: {courriel: hash} of who signs in.
    """
    lues = {quoi: lire_fichier(quoi, pkgutil.get_data('models', f'static/modeles/{quoi}.csv')) for quoi in COLONNES}
    _rapprocher([*lues['demandes'][0], *lues['journal'][0]])
    bilans = {}
    with models.ecriture():
        if Demande.select().exists():
            raise Refus('Cette base contient déjà des demandes : la démonstration se charge dans une base neuve. '
                        "Rien n'a été modifié.", 409)
        for i, (quoi, lue) in enumerate(lues.items(), 1):
            bilans[quoi] = appliquer(quoi, *lue, reprise=False)
            if bilans[quoi].fautes:
                faute = bilans[quoi].fautes[0]
                raise Refus(f"Fichier d'exemple {quoi}.csv, ligne {faute.ligne}, {faute.colonne} : {faute.raison} "
                            "Rien n'a été modifié.")
            if progres:
                progres(i, len(lues))
        _regler_demonstration(mots_de_passe or {})
        _demander_si_rappelees()
        _recueillir_des_avis()
        charger_contenus()
    return bilans


def _rapprocher(lignes):
    """Move the dates by whole weeks: the newest deposit falls in last week, in Paris,
    at the same day and hour of the week.
    """
    mobiles = [ligne.v for ligne in lignes if ligne.v.get('numero') not in GARDENT_LEURS_DATES]
    dernier = max(langue.jour_de(v['depose_le']) for v in mobiles if v.get('depose_le'))
    semaines = (_lundi(langue.aujourdhui()) - _lundi(dernier)).days // 7 - 1
    for v in mobiles:
        v.update({c: _avancer(v[c], semaines, genre) for c, genre in DATES.items() if v.get(c)})


def _avancer(valeur, semaines, genre):
    """A date moved by whole weeks; what would come after now, and may not, is brought back to now."""
    if genre == 'instant':
        return min(langue.en_utc(langue.a_paris(valeur) + timedelta(weeks=semaines)), langue.maintenant())
    jour = langue.plus_jours(valeur, 7 * semaines)
    return jour if genre == 'jour' else min(jour, langue.aujourdhui())


def _lundi(jour):
    jour = date.fromisoformat(jour)
    return jour - timedelta(days=jour.weekday())


def _regler_demonstration(mots_de_passe):
    models.Reglage.insert(
        cle='demonstration', valeur='1', libelle='Site de démonstration', ordre=0).on_conflict_replace().execute()
    for cle, valeur in (REGLAGES | {'ouvert_le': langue.aujourdhui()}).items():
        models.Reglage.update(valeur=valeur, regle_le=langue.aujourdhui()).where(models.Reglage.cle == cle).execute()
    for courriel, hache in mots_de_passe.items():
        compte = Agent.update(mot_de_passe=hache, ouvert_le=langue.maintenant(), engage_le=langue.maintenant()).where(
            Agent.courriel == courriel)
        if not compte.execute():
            raise Refus(f"Le compte de démonstration {courriel} n'est pas dans agents.csv. Rien n'a été modifié.")
    Agent.update(ouvert_le=langue.maintenant(), engage_le=langue.maintenant()).where(
        Agent.actif, Agent.ouvert_le.is_null(), Agent.courriel.not_in(JAMAIS_OUVERTS)).execute()
    for organisme, objet, service, telephone, texte, jours in PORTES:
        models.Porte.create(organisme=organisme, objet=objet, service=service, telephone=telephone, texte=texte,
                            verifie_le=langue.plus_jours(langue.aujourdhui(), -jours))
    ids = dict(Agent.select(Agent.courriel, Agent.id).tuples())
    lundi = _lundi(langue.aujourdhui()).isoformat()
    for courriel, du, au, suppleant in ABSENCES:
        models.Absence.create(
            agent=ids[courriel],
            du=langue.plus_jours(lundi, du),
            au=langue.plus_jours(lundi, au),
            suppleant=ids.get(suppleant))
    models.Delegation.create(pour=ids['mireille.ossature@hgi.example'], par=ids['jonas.croquis@hgi.example'])


def _demander_si_rappelees():
    """The mairies that were not reached by the day promised were asked on the next working day, as relances.py does."""
    tardives = Demande.select().where(
        Demande.origine == 'plateforme', Demande.statut != 'rejete', Demande.courriel != '',
        Demande.premier_contact_le.is_null() | (Demande.premier_contact_le > Demande.echeance))
    for demande in tardives:
        le = date.fromisoformat(demande.echeance) + timedelta(days=1)
        while not langue.ouvre(le, models.jours_fermes()):
            le += timedelta(days=1)
        fin = demande.premier_contact_le or langue.jour_de(demande.clos_le or langue.maintenant())
        if le.isoformat() <= fin:
            _demander_si_rappelee(demande, langue.a_paris(le.isoformat()) + timedelta(hours=8))


def _demander_si_rappelee(demande, quand):
    reponse, heures = RAPPELS.get(demande.numero, ('', 0))
    le = langue.en_utc(quand + timedelta(hours=heures)) if reponse else None
    Demande.update(question_le=min(langue.en_utc(quand), langue.maintenant()), rappele=reponse, rappele_le=le).where(
        Demande.numero == demande.numero).execute()
    if reponse:
        models.inserer(Journal, demande=demande, cree_le=le, nature='equipe', auteur=demande.a_rappeler,
                       structure=demande.collectivite, texte=REPONSE_AU_RAPPEL.format(regles.RAPPELE[reponse]))
        journal.indexer(demande)


def _recueillir_des_avis():
    """One mairie in three answered, the last ones in words; two closings in three said how much it took."""
    closes = list(Demande.select().where(
        Demande.statut == 'termine', Demande.issue.in_(EVALUEES), ~Demande.restreinte, Demande.courriel != '',
    ).order_by(Demande.clos_le.desc(), Demande.numero.desc()))
    admin = Agent.get(Agent.courriel == next(iter(COMPTES)))
    for rang, demande in enumerate(closes):
        dit = {}
        if rang % 3 == 0:
            dit = _un_avis(rang // 3, _deux_jours_apres(demande.clos_le), admin)
        Evaluation.create(demande=demande, demandee_le=demande.clos_le, **dit)
        if rang % 3:
            ampleur = 'echange' if demande.delai == URGENT else list(AMPLEURS)[rang % 2 + 1]
            Demande.update(ampleur=ampleur).where(Demande.numero == demande.numero).execute()


def _deux_jours_apres(instant):
    return min(langue.en_utc(langue.a_paris(instant) + timedelta(days=2)), langue.maintenant())


def _un_avis(rang, le, admin):
    aide, permis, texte, sort = AVIS[rang % len(AVIS)]
    dit = {'repondu_le': le, 'aide': aide, 'permis': permis}
    if rang < len(AVIS):
        dit |= {'texte': texte, 'citable': sort != PAS_CITE}
        if sort == GARDE:
            dit |= {'citation': texte, 'gardee_le': langue.maintenant(), 'gardee_par': admin}
    return dit
