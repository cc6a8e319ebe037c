"""What an agent has to do, demande by demande, in the order of a day: why each one is there, what is to be done of it,
since when it waits (regles.md §2, §5, §8). « Ma journée » and the page of a demande draw it.

MOTIFS says why, each reason once, with one act. `demande`, `d`: a Situation, the demande and one's place in it.
"""
from collections import namedtuple

import models
import langue

from verbes import questions, regles
from .situations import situations_de

BOUTONS = (
    {t.action: t.bouton for t in regles.TRANSITIONS}
    | {nom: acte.bouton for nom, acte in regles.ACTES.items()}
    | {'remplacer': 'Nommer la personne', 'rattacher': 'Rattacher la collectivité', '': 'Voir la demande'})


# ---- Whose turn it is, and which act is expected of them ----

def en_retard(demande):
    return questions.en_retard(demande.echeance, demande.premier_contact_le, demande.clos_le, demande.jour)


def _suit(demande):
    """Who is told of a message (regles.md §7): who must act;
    of a closed demande, its chefs and référent, else the administrateurs; of a rejected one, these too, who reopen it.
    """
    if not demande.clos_le:
        return demande.acteur
    return demande.conduit or (demande.administre and (not demande.equipe or demande.statut == 'rejete'))


def _attend(demande):
    """True while an answer of the collectivité is waited for: nothing else is to be done until its date (§12)."""
    return bool(demande.attente_au) and demande.attente_au >= demande.jour and not demande.clos_le


def _attendu(demande, *sauf):
    """The act expected of me now (questions.acte_attendu), '' when none is."""
    if not demande.acteur:
        return ''
    if _a_confier(demande):
        return regles.SANS_TITULAIRE[demande.role]
    return questions.acte_attendu(demande.statut, demande.premier_contact_le, sauf)


def _a_confier(demande):
    """Another must be named: the account is closed, or nobody is there to begin. An accompaniment under way waits for
    who is away; the one who stands in answers what comes.
    """
    return demande.orpheline and (demande.vacante or demande.statut != 'en_cours')


def _suite(demande):
    """What makes the demande go further, its reception aside: call, name the expert, orient, answer, start."""
    return _attendu(demande, 'receptionner')


def _appel(demande):
    """Where a call is written: the first contact, as long as there is none."""
    return 'journal' if demande.premier_contact_le or demande.clos_le else 'contact'


def _dire_appel(demande):
    """Its button: '', the name of the act, but for a line of the journal."""
    return 'Noter l\'appel' if _appel(demande) == 'journal' else ''


# ---- Why a demande is in a day ----

def _a_tenir(demande):
    return demande.date_a_tenir and demande.date_a_tenir >= demande.jour and not demande.clos_le


def _etape_proche(demande):
    etape_le = demande.prochaine_etape_le
    return etape_le and demande.en_equipe and not demande.clos_le and _cette_semaine(demande, etape_le)


def _etape_passee(demande):
    """Its day has passed, in the day of who holds it and of who leads the demande (regles.md §12)."""
    etape_le = demande.prochaine_etape_le
    return etape_le and etape_le < demande.jour and not demande.clos_le and (demande.tient or demande.conduit)


def _reunions(demande):
    """[(day, is it noted)] of its réunions, the first one first."""
    return sorted((une[:10], une[-1] == '1') for une in (demande.reunions or '').split())


def _reunion_proche(demande):
    """The day of its next réunion, of this week; None for none."""
    proches = [jour for jour, _ in _reunions(demande) if _cette_semaine(demande, jour)]
    return proches[0] if proches and demande.en_equipe and not demande.clos_le else None


def _a_noter(demande):
    """The day of the last réunion that took place, of which nothing was noted since; None for who does not lead."""
    passees = [jour for jour, notee in _reunions(demande) if jour < demande.jour and not notee]
    return passees[-1] if passees and (demande.conduit or demande.acteur) and not demande.clos_le else None


def _cette_semaine(demande, jour):
    return demande.jour <= jour <= langue.plus_jours(demande.jour, 7)


def _message_a_lire(demande):
    return demande.message_le and demande.message_le >= (demande.clos_le or '') and _suit(demande)


def _dire_message(demande):
    quoi = 'demande de réouverture du' if demande.rouvre else 'message après la clôture, du'
    quoi = quoi if demande.clos_le else 'à répondre\u00a0: message du'
    return f'{quoi} {langue.dire_jour(demande.message_le)}'


def _attente_finie(demande):
    return demande.acteur and not demande.clos_le and questions.attente_finie(
        demande.attente_au, demande.inconnue_le, demande.jour)


def _a_verifier(demande):
    return demande.acteur and questions.a_verifier(demande.rappele, demande.rappele_le, demande.acte_le)


def _a_receptionner(demande):
    return demande.titulaire and questions.a_receptionner(demande.statut)


def _reception(demande):
    """A call that is late comes before its reception."""
    return 'contact' if en_retard(demande) and _suite(demande) == 'contact' else 'receptionner'


def _bouton_de_reception(demande):
    accepter = questions.a_accepter(demande.statut, demande.accord) and _reception(demande) == 'receptionner'
    return 'Accepter la demande' if accepter else ''


def _a_avancer(demande):
    """Once received. « journal » is what is expected of an accompaniment that goes on; one that was imported has been
    called, whatever the file says.
    """
    en_route = demande.reprise and demande.statut == 'en_cours'
    return _suite(demande) not in ('', 'journal') and not en_route and not _a_receptionner(demande)


def _avance_depuis(demande):
    return demande.ligne_le if demande.statut == 'en_cours' else demande.tenue_le


def _dire_avancer(demande):
    """What is left to say of it once its deadline is said: nothing, for a call."""
    suite = _suite(demande)
    if _a_confier(demande):
        pourquoi = 'compte fermé' if demande.vacante else ABSENTS[demande.role]
        return f'{pourquoi}\u00a0: {RESTE[suite]}'
    return '' if suite == 'contact' and demande.echeance else RESTE[suite]


ABSENTS = {'referent': 'expert absent', 'chef_de_file': 'chef de file absent'}
RESTE = {
    'contact':  'à rappeler',
    'designer': 'expert à désigner',
    'demarrer': 'contact pris\u00a0: accompagnement à démarrer',
    'orienter': 'à orienter',
    'repondre': 'à répondre',
}


def _a_faire_rappeler(demande):
    """A chef is told of the lateness of an expert since one working day: she has it called (regles.md §8)."""
    return (demande.conduit and not demande.acteur and en_retard(demande)
            and langue.jours_ouvres_entre(demande.echeance, demande.jour, demande.fermes) > 0)


def _a_rattacher(demande):
    return demande.administre and not demande.clos_le and demande.liee is None


def _confirmer(demande):
    return 'confirmer' if demande.acteur and not demande.clos_le else None


def _silencieuse(demande):
    suspendue = questions.suspendue_au(demande.prochaine_etape_le, demande.attente_au)
    return demande.acteur and not demande.reprise and questions.silencieuse(
        demande.statut, demande.ligne_le, demande.promesse, suspendue, demande.jour)


# retient: does it concern this demande; dire: its words, '' for none; acte: the action its button leads to ('' the page
# itself), None for what calls for none; the first that has one gives the button, and makes the demande wait for me;
# bouton: '' for the act's own; depuis: since when it waits, when that is known. The order of the words, and of the
# acts.
Motif = namedtuple('Motif', 'cle retient dire acte bouton depuis',
                   defaults=(lambda d: None, lambda d: '', lambda d: None))
MOTIFS = (
    Motif('tenir', _a_tenir,
          lambda d: f'à tenir {langue.dire_terme(d.date_a_tenir, d.jour)}'),
    Motif('etape', _etape_proche,
          lambda d: f'prochaine étape {langue.dire_terme(d.prochaine_etape_le, d.jour)}'),
    Motif('seance', _reunion_proche,
          lambda d: f'réunion {langue.dire_terme(_reunion_proche(d), d.jour)}'),
    Motif('echeance', lambda d: d.urgence in ('loin', 'proche', 'retard'),
          lambda d: d.echeance_dite),
    Motif('message', _message_a_lire,
          _dire_message,
          lambda d: '',
          lambda d: 'Lire le message' if d.clos_le else 'Lire et répondre',
          lambda d: d.message_le),
    Motif('inconnue', lambda d: d.inconnue_le and _suit(d),
          lambda d: f'réponse d\'une adresse inconnue le {langue.dire_jour(d.inconnue_le)}',
          lambda d: '',
          lambda d: 'Lire la réponse',
          lambda d: d.inconnue_le),
    Motif('attente', _attente_finie,
          lambda d: f'réponse attendue avant le {langue.dire_jour(d.attente_au)}, pas reçue',
          lambda d: 'ecrire',
          lambda d: 'Relancer la collectivité',
          lambda d: d.attente_au),
    Motif('verifier', _a_verifier,
          lambda d: f'la collectivité dit «\u00a0pas encore rappelée\u00a0» le {langue.dire_jour(d.rappele_le)}',
          _appel,
          _dire_appel,
          lambda d: d.rappele_le),
    Motif('telephoner', lambda d: d.echec_le and _suit(d),
          lambda d: f'courriel non remis le {langue.dire_jour(d.echec_le)}\u00a0:',
          lambda d: _appel(d) if d.telephone else '',
          lambda d: _dire_appel(d) if d.telephone else '',
          lambda d: d.echec_le),
    Motif('revenu', lambda d: d.revenu and not d.echec_le and _suit(d),
          lambda d: f'un courriel est revenu, dit la messagerie le {langue.dire_jour(d.revenu[:20])}\u00a0: '
                    f'«\u00a0{d.revenu[21:]}\u00a0»',
          lambda d: '',
          lambda d: 'Voir les courriels',
          lambda d: d.revenu[:20]),
    Motif('receptionner', _a_receptionner,
          lambda d: questions.dire_reception(d.statut, d.accord),
          _reception,
          _bouton_de_reception,
          lambda d: d.tenue_le),
    Motif('avancer', _a_avancer,
          _dire_avancer,
          _suite,
          depuis=_avance_depuis),
    Motif('reunion', _a_noter,
          lambda d: f'réunion du {langue.dire_jour(_a_noter(d))}\u00a0: notez ce qui a été convenu',
          lambda d: 'journal',
          lambda d: 'Noter la réunion',
          _a_noter),
    Motif('rappeler', _a_faire_rappeler,
          lambda d: 'à faire rappeler',
          lambda d: 'contact'),
    Motif('rattacher', _a_rattacher,
          lambda d: 'collectivité à rattacher',
          lambda d: 'rattacher',
          depuis=lambda d: d.depose_le),
    Motif('interlocuteur', lambda d: d.interlocuteur_depuis,
          lambda d: 'interlocuteur à confirmer',
          _confirmer,
          depuis=lambda d: d.interlocuteur_depuis),
    Motif('nommer', lambda d: d.a_nommer and not d.clos_le,
          lambda d: 'personne à nommer',
          lambda d: 'remplacer'),
    Motif('accepter', lambda d: d.invite and not d.clos_le,
          lambda d: 'une étape vous est confiée',
          lambda d: 'jalon_accepter',
          lambda d: 'Répondre'),
    Motif('proposee', lambda d: d.proposee and d.dirige and not d.clos_le,
          lambda d: 'un expert proposé pour une étape',
          lambda d: ''),
    Motif('etape_passee', _etape_passee,
          lambda d: f'étape à faire depuis le {langue.dire_jour(d.prochaine_etape_le)}',
          lambda d: 'jalon_fait' if d.tient else '',
          depuis=lambda d: d.prochaine_etape_le),
    Motif('silence', _silencieuse,
          lambda d: f'dernière ligne le {langue.dire_jour(d.ligne_le)}',
          lambda d: 'journal',
          depuis=lambda d: d.ligne_le),
)


# ---- A day: each demande once, in one place, the most pressing first ----

A_FAIRE = ('maintenant', 'orienter', 'essais')                      # the places of what is to be done, in their order
# A demande (d) as a day has it. place: _placer(); raisons: [(cle, words)]; acte: None, nothing waits; motif: the cle of
# the one that gives it; depuis: since when it waits, in words; appeler: whom to call, when it is the name to say: the
# number comes first.
Tache = namedtuple('Tache', 'd place raisons acte bouton evenements rang motif depuis appeler')


def du_jour(agent):
    """[Tache] of an agent, each demande once, the most pressing first."""
    taches = map(_tache, situations_de(agent))
    return sorted((tache for tache in taches if tache.place), key=lambda tache: (tache.rang, tache.d.numero))


def a_faire(taches):
    """Those of du_jour() that are to be done, as the page shows them: the next act, then a place after the other."""
    siennes = [tache for tache in taches if tache.place in A_FAIRE]
    return siennes[:1] + sorted(siennes[1:], key=lambda tache: A_FAIRE.index(tache.place))


def tache_de(agent, numero):
    """The Tache of one demande: its page asks for the act that the day asks for. None when it is not in their day."""
    return next(map(_tache, situations_de(agent, numero)), None)


def suivante(agent, sauf):
    """The next Tache of an agent, another than the demande of this number, or None."""
    return next((tache for tache in du_jour(agent) if tache.place in A_FAIRE and tache.d.numero != sauf), None)


def _tache(demande):
    motifs = [motif for motif in MOTIFS if motif.retient(demande)]
    actes = [(motif, acte) for motif in motifs if (acte := motif.acte(demande)) is not None]
    premier, acte = actes[0] if actes else (None, None)
    cle, depuis = premier and premier.cle, premier and premier.depuis(demande)
    evenements = _evenements(demande)
    place = _placer(demande, cle, evenements)
    return Tache(
        demande, place, [(motif.cle, langue.mairie(mots, demande.type)) for motif in motifs
                         if (mots := motif.dire(demande))],
        acte, langue.mairie((premier and premier.bouton(demande)) or _bouton_de(acte or '', demande), demande.type),
        evenements, _rang(demande, cle, depuis), cle, _dire_depuis(depuis, demande.jour),
        _a_appeler(demande, cle, acte, place))


def _bouton_de(acte, demande):
    """The button of an act, which may have another one once the demande has a référent."""
    return (regles.AVEC_REFERENT if 'referent' in demande.equipe else {}).get(acte) or BOUTONS[acte]


def _dire_depuis(depuis, jour):
    if not depuis or langue.jour_de(depuis) >= jour:
        return ''
    return f'attend depuis {langue.dire_anciennete(depuis, jour)}'


def _a_appeler(demande, cle, acte, place):
    appelee = cle != 'telephoner' and place != 'confiees' and 'contact' in (acte, _suite(demande))
    return models.nom_a_rappeler(demande) if appelee else ''


SIGNALES = ('message', 'inconnue', 'verifier', 'telephoner', 'revenu')        # somebody waits for a word
MALGRE_L_ATTENTE = (*SIGNALES, 'interlocuteur', 'nommer')           # not put off by an answer that is waited for


def _rang(demande, cle, depuis):
    """Who attaches a collectivité does nothing for the promise of others; what waits for an administrateur as such is
    a mairie that waits. Nothing of one's own stands behind the lateness of others.
    """
    if cle == 'rappeler':
        return 4, demande.echeance
    if cle == 'rattacher':
        return questions.ordre_du_jour(None, None, None, demande.jour)
    if cle == 'message' and not demande.clos_le:                    # before all: somebody waits for an answer
        return -1, depuis
    signale = cle in SIGNALES or (cle and _en_administrateur(demande, cle))
    return questions.ordre_du_jour(
        rappel_attendu(demande), demande.date_a_tenir, depuis if signale else None, demande.jour)


def rappel_attendu(demande):
    return questions.rappel_attendu(demande.echeance, demande.premier_contact_le, demande.clos_le)


def _placer(demande, cle, evenements):
    """The one place of a demande in a day; '' for none. An essai is outside every figure but its own (§11)."""
    if demande.essai:
        return 'essais' if cle and not demande.cote and not demande.confiee else ''
    if demande.cote:
        return 'cote'
    if cle and demande.confiee:
        return 'confiees'                                           # what waits for who is away: with others
    if _attend(demande) and cle not in MALGRE_L_ATTENTE:
        return 'attente'
    if demande.reprise and cle and cle not in SIGNALES:             # of years: handed over, or filed, together
        if _en_administrateur(demande, cle):
            return 'reprises'
        return ('semaine' if evenements else 'suivies') if demande.en_equipe else ''
    if cle:
        return 'orienter' if _en_administrateur(demande, cle) else 'maintenant'
    if _retard_a_voir(demande):
        return 'ailleurs'
    if evenements:
        return 'semaine'
    return 'suivies' if demande.en_equipe and not demande.clos_le else ''


def _en_administrateur(demande, cle):
    """What waits for an administrateur as such: to orient, to answer, to attach, or left by those who held it."""
    return cle == 'rattacher' or demande.role == 'administrateur' or (demande.orpheline and not demande.conduit)


def _retard_a_voir(demande):
    """The administrateurs are told of an old lateness, of which nothing is asked of them (regles.md §8)."""
    return en_retard(demande) and demande.administre and questions.a_dire_aux_administrateurs(
        demande.echeance, demande.jour, demande.fermes)


def _evenements(demande):
    """[(day, what)] of the seven days to come, in my team."""
    if demande.clos_le or not demande.en_equipe:
        return []
    rappel_le = rappel_attendu(demande) if demande.conduit else None
    dates = ((demande.date_a_tenir, 'tenir'), (demande.prochaine_etape_le, 'etape'), (rappel_le, 'rappel'),
             *((jour, 'reunion') for jour, _ in _reunions(demande)))
    return sorted((jour, quoi) for jour, quoi in dates if jour and _cette_semaine(demande, jour))
