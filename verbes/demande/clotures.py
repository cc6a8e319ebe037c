"""How a demande ended, as the demandeur is told it: one table, read by the mail and by the tracking page (regles.md
§10); and the demande with which a duplicate goes on (§4).
"""
from collections import namedtuple

import models
import langue
from models import Courriel, Demande, Evaluation, Journal, Refus, db, lire_agents
from langue import (
    article, aujourdhui, avec_article, dire_jour_long, dire_telephone, enumerer, jour_de, maintenant, plus_jours)

from verbes import perimetre
from verbes.interlocuteurs import EQUIPE
from verbes.journal import dernier_avertissement, exiger, indexer, inscrire, reprise_depuis
from verbes.questions import demande_du_jeton, demandes_lisibles, rappel_attendu
from verbes.regles import AMPLEURS, ECARTS, EN_VAIN, ISSUES, JOURS_POUR_REPONDRE, SANS_REPONSE, TRANSMISSIONS

# ---- The words, never the agents' own ----

ROUVRIR = 'un message suffit à la rouvrir.'
# issue, or statut: the sentence, whose values are those of VALEURS; the second one when a value is not known, as in an
# imported demande.
PHRASES = {
    'realise':    ('L\'accompagnement est arrivé à son terme.',),
    'reponse':    ('Une réponse vous a été apportée le {jour} par {qui}.',),
    'redirige':   ('Votre demande relève {de_l_organisme}{telephone}. {transmission}',
                   'Votre demande a été redirigée vers un autre service.'),
    'sans_suite': (f'Comme convenu avec vous le {{jour}}, nous avons clos cette demande\u00a0; {ROUVRIR}',
                   f'Sans nouvelle suite de votre part, nous avons clos cette demande\u00a0; {ROUVRIR}',),
    'non_jointe': (f'Nous avons cherché à vous joindre {{jours}}, sans succès\u00a0; nous avons clos cette demande, '
                   f'{ROUVRIR}',
                   f'Nous avons cherché à vous joindre, sans succès\u00a0; nous avons clos cette demande, {ROUVRIR}'),
    'sans_nouvelles': (f'Sans réponse à notre message du {{jour}}, nous avons classé cette demande\u00a0; {ROUVRIR}',
                       f'Sans réponse de votre part, nous avons classé cette demande\u00a0; {ROUVRIR}'),
    'reorientee': ('Votre demande est réorientée {vers_l_organisme}{telephone}. {transmission}',
                   'Votre demande a été réorientée vers un autre service.'),
    'doublon':    ('Votre demande {est} suivie avec {autre}.',),
    'erreur':     ('Cette demande avait été enregistrée par erreur.',),
    'stock':      (f'Cette demande, reprise d\'un suivi antérieur, a été classée\u00a0; {ROUVRIR}',),
    'essai':      ('Cette demande était un essai, fait avant l\'ouverture\u00a0: elle est écartée.',),
    'abandonne':  (f'Cette demande a été abandonnée{{depuis}}\u00a0; {ROUVRIR}',),
}


def dire_fin(demande):
    """The sentence to the demandeur about how their demande ended; '' while it is open, or nothing is known of it."""
    cle = demande.issue or demande.statut
    if not demande.clos_le or cle not in PHRASES:
        return ''
    entiere, *sinon = PHRASES[cle]
    valeurs = VALEURS[cle](demande) if cle in VALEURS else {}
    return sinon[0] if valeurs is None else entiere.format(**valeurs).rstrip()


def dire_issue(issue, organisme=''):
    """The same in short, as the agents read it: « redirigé vers un autre service : le SDEHG »."""
    if issue == 'reorientee':
        return f'réorientée {avec_article(organisme, "vers")}'
    dite = ISSUES.get(issue) or ECARTS.get(issue, '')
    return f'{dite}\u00a0: {organisme}' if organisme else dite


def _valeurs_de_la_reponse(demande):
    qui, _ = qui_a_conclu(demande)
    return {'jour': dire_jour_long(demande.repondu_le or jour_de(demande.clos_le)),
            'qui': f'{qui.nom_complet}, {qui.direction.structure.nom}' if qui else EQUIPE}


def qui_a_conclu(demande):
    """(the Agent who closed it, the id in whose name), of its journal; when it does not say (of a history), the
    référent who accompanied, even gone since; (None, None): the collectivité did, or nobody is known to have.
    """
    fin = _ligne_de_fin(demande)
    if fin and fin.agent_id:
        return lire_agents('WHERE agent.id = ?', fin.agent_id)[0], fin.pour_id
    referents = () if demande.statut in ('rejete', 'abandonne') else lire_agents(
        "JOIN membre ON membre.agent_id = agent.id WHERE membre.demande_id = ? AND membre.role = 'referent'",
        demande.numero)
    return referents[0] if referents else None, None


def _ligne_de_fin(demande):
    """The line of its journal by which a closed demande reached its statut, or None."""
    return (Journal.select(Journal.agent, Journal.pour, Journal.structure)
            .where(Journal.demande == demande.numero, Journal.statut == demande.statut)
            .order_by(Journal.cree_le.desc(), Journal.id.desc()).first())


# What stands for an organisme, by its article; « la » without one that says otherwise.
ACCORDS = {'le': ('de le saisir', 'lui'), 'les': ('de les saisir', 'leur')}


def _valeurs_de_la_redirection(demande):
    if not demande.organisme:
        return None
    saisir, lui = ACCORDS.get(article(demande.organisme), ('de la saisir', 'lui'))
    dites = {
        'nous': f'Nous la {lui} avons transmise{_le(demande.transmise_le)} avec votre accord.',
        'vous': f'À vous {saisir}.',
    }
    return {'de_l_organisme': avec_article(demande.organisme, 'de'),
            'vers_l_organisme': avec_article(demande.organisme, 'vers'),
            'telephone': entre_parentheses(demande.organisme_telephone),
            'transmission': dites.get(demande.transmission, '')}


def _le(jour):
    return f' le {dire_jour_long(jour)}' if jour else ''


def entre_parentheses(telephone):
    return f' ({dire_telephone(telephone)})' if telephone else ''


def _valeurs_de_l_accord(demande):
    return {'jour': dire_jour_long(demande.repondu_le)} if demande.repondu_le else None


def _valeurs_des_essais(demande):
    jours = essais(demande)
    return {'jours': dire_jours(jours)} if jours else None


def _valeurs_de_l_avertissement(demande):
    avis = dernier_avertissement(demande)
    return {'jour': dire_jour_long(jour_de(avis.cree_le))} if avis else None


def _valeurs_du_doublon(demande):
    suite = suivie_avec(demande)
    nommee = 'une autre demande de votre collectivité'
    if suite and not suite.restreinte:
        nommee = f'la demande n°\u00a0{suite.numero}'
    return {'est': 'a été' if suite and suite.clos_le else 'est', 'autre': nommee}


def _valeurs_de_l_abandon(demande):
    """Never a name: the link may be in several hands (regles.md §10)."""
    return {'depuis': ' depuis votre lien de suivi' if qui_a_abandonne(demande).par_le_lien else ''}


Abandon = namedtuple('Abandon', 'structure par_le_lien')


def qui_a_abandonne(demande):
    """The structure of the agent who recorded it, or that it came by the tracking link; neither, of an end that was
    imported without its author.
    """
    fin = _ligne_de_fin(demande)
    if fin is None or fin.agent_id:
        return Abandon(fin.structure if fin else '', False)
    return Abandon('', fin.structure == demande.collectivite or not demande.importee)


VALEURS = {
    'reponse': _valeurs_de_la_reponse,
    'redirige': _valeurs_de_la_redirection,
    'sans_suite': _valeurs_de_l_accord,
    'non_jointe': _valeurs_des_essais,
    'sans_nouvelles': _valeurs_de_l_avertissement,
    'reorientee': _valeurs_de_la_redirection,
    'doublon': _valeurs_du_doublon,
    'abandonne': _valeurs_de_l_abandon,
}


# ---- What an issue asks for, so that its sentence is true ----

ESSAIS_DITS = 5


def essais(demande):
    """The days on which the collectivité was called in vain, since it was reached last; in order, each once."""
    lus = db.execute_sql(
        f"""SELECT DISTINCT coalesce(acte_le, substr(cree_le, 1, 10)) AS jour FROM journal
            WHERE demande_id = ?1 AND fait IN {EN_VAIN}
            AND id > coalesce((SELECT max(id) FROM journal WHERE demande_id = ?1 AND fait = 'joint' AND ?2 <> ''), 0)
            AND jour >= ?2 ORDER BY jour""", (demande.numero, demande.premier_contact_le or ''))
    return [jour for jour, in lus]


def dire_jours(jours):
    """« le 20 novembre 2026 », « les 20 et 23 novembre 2026 », « les 30 novembre et 2 décembre 2026 »."""
    *avant, dernier = jours[-ESSAIS_DITS:]
    dits = [*(_dire_sans(jour, dernier) for jour in avant), dire_jour_long(dernier, semaine=False)]
    return f'{"les" if avant else "le"} {enumerer(dits)}'


def _dire_sans(jour, autre):
    """A day, without the month and the year that it shares with the last one."""
    dit = dire_jour_long(jour, annee=jour[:4] != autre[:4], semaine=False)
    return dit.split('\u00a0')[0] if jour[:7] == autre[:7] else dit


def reponse_attendue(demande):
    """The day by which the last warning asks for an answer, past or to come; '' without one, once the mairie answered
    it, or when its mail was given up, which cannot be answered.
    """
    avis = dernier_avertissement(demande)
    if not avis or reprise_depuis(avis):
        return ''
    dernier = (Courriel.select(Courriel.echec_le)
               .where(Courriel.demande == demande.numero, Courriel.modele == 'avertissement')
               .order_by(Courriel.id.desc()).first())
    return '' if dernier and dernier.echec_le else avis.acte_le


def premiere_limite(demande):
    """The first day that a warning may give: 15 days, a working one, not before the échéance (regles.md §4)."""
    attendu = rappel_attendu(demande.echeance, demande.premier_contact_le, demande.clos_le) or ''
    return langue.ouvre_des(max(plus_jours(aujourdhui(), JOURS_POUR_REPONDRE), attendu), models.jours_fermes())


def exiger_un_essai(demande, champ, sinon=''):
    """Refus, which ends by these words, unless a call in vain is noted since the mairie was reached last."""
    if not essais(demande):
        depuis = ' depuis que la collectivité a été jointe' if demande.premier_contact_le else ''
        raise Refus(f'Aucun appel sans réponse n\'est noté{depuis}\u00a0: notez d\'abord vos essais '
                    f'(«\u00a0Noter le premier contact\u00a0»), dont les dates seront dites à la collectivité{sinon}.',
                    champ=champ)


INCONNUE = ('Une réponse est arrivée par courriel, d\'une adresse inconnue\u00a0: lisez-la, puis rangez-la dans la '
            'demande ou non, avant de dire que la collectivité ne répond pas.')


def exiger_sans_inconnue(demande, champ):
    """Refus while an answer from an unknown address waits apart (regles.md §12)."""
    if demande.inconnue_le:
        raise Refus(INCONNUE, champ=champ)


def _attendre_la_date(demande):
    """Until the day it was given, a mairie that was warned is not filed; nor while an answer waits, of which nobody has
    said whose it is: Refus.
    """
    exiger_sans_inconnue(demande, 'issue')
    limite = reponse_attendue(demande)
    if limite >= aujourdhui():
        raise Refus(f'La collectivité a jusqu\'au {dire_jour_long(limite)} pour répondre à votre avertissement\u00a0: '
                    'attendez cette date, ou choisissez une autre issue.', champ='issue')


def _exiger_avertissement(demande, saisie):
    _attendre_la_date(demande)
    if not reponse_attendue(demande):
        raise Refus('Classer sans nouvelles, ou sans suite dont on soit convenu, demande d\'avoir prévenu la '
                    'collectivité, par un courriel qui lui est parvenu, et attendu la date annoncée\u00a0: utilisez '
                    '«\u00a0Relancer une dernière fois…\u00a0».', champ='issue')


def _exiger_essais(demande, saisie):
    _attendre_la_date(demande)
    exiger_un_essai(demande, 'issue', ', ou choisissez une autre issue')
    if _a_ecrit_depuis(demande):
        raise Refus('La collectivité a écrit depuis votre dernier appel sans réponse\u00a0: répondez-lui, rappelez-la, '
                    'ou choisissez une autre issue.', champ='issue')


def _a_ecrit_depuis(demande):
    """Has the mairie written since it was called in vain last? Whoever answered was joined (regles.md §4)."""
    ecrit, appelee = db.execute_sql(
        f"""SELECT max(iif(nature = 'message', id, 0)), max(iif(fait IN {EN_VAIN}, id, 0)) FROM journal
            WHERE demande_id = ?""", (demande.numero,)).fetchone()
    return ecrit > appelee


def _retenir_l_accord(demande, saisie):
    """Without what comes next: the mairie said so, the day it was reached or later; else its silence does."""
    convenu_le = saisie.get('convenu_le')
    if not convenu_le:
        return _exiger_avertissement(demande, saisie)
    _attendre_la_date(demande)
    if not demande.premier_contact_le or not demande.premier_contact_le <= convenu_le <= aujourdhui():
        raise Refus('Indiquez un jour entre celui où la collectivité a été jointe et aujourd\'hui.', champ='convenu_le')
    demande.repondu_le = convenu_le


def _retenir_organisme(demande, saisie):
    demande.organisme = exiger(saisie, 'organisme', 'Indiquez l\'organisme dont relève la demande.')
    demande.organisme_telephone = saisie.get('organisme_telephone', '')
    demande.transmission = exiger(saisie, 'transmission', 'Choisissez qui saisit cet organisme.')
    if demande.transmission not in TRANSMISSIONS:
        raise Refus('Choisissez une des réponses.', champ='transmission')
    if demande.transmission == 'nous':
        demande.transmise_le = exiger(saisie, 'transmise_le', 'Indiquez le jour où vous la lui avez transmise.')
        if demande.transmise_le > aujourdhui():
            raise Refus('Indiquez un jour passé\u00a0: la collectivité lira que c\'est fait.', champ='transmise_le')


def _retenir_jour(demande, saisie):
    """An answer given at the first contact is of that day, not of the day it is noted."""
    demande.repondu_le = saisie.get('contact_le') or jour_de(maintenant())


CONTROLES = {'sans_nouvelles': _exiger_avertissement, 'non_jointe': _exiger_essais, 'sans_suite': _retenir_l_accord,
             'redirige': _retenir_organisme, 'reorientee': _retenir_organisme, 'reponse': _retenir_jour}


def issues_de(action, statut):
    """Those that an act may say: who answered the first call is not silent; who never did is nothing else."""
    if action == 'terminer' and statut == 'en_cours':
        return ISSUES
    return [issue for issue in ISSUES if (issue in SANS_REPONSE) == (action == 'terminer')]


def retenir_issue(demande, issue, saisie):
    """Keep how the demande ended, with what its sentence names; Refus when that would not be true."""
    if issue in CONTROLES:
        CONTROLES[issue](demande, saisie)
    demande.issue = issue


def retenir_ampleur(demande, saisie):
    """How much it took, when who closes says it: optional, and said to agents alone (regles.md §11)."""
    ampleur = saisie.get('ampleur', '')
    if ampleur and ampleur not in AMPLEURS:
        raise Refus('Choisissez une des réponses, ou aucune.', champ='ampleur')
    demande.ampleur = ampleur


def oublier_issue(demande):
    """A demande that is open again did not end: its ampleur will be said when it does, its mairie asked then, unless it
    has answered already. What its mairie was told stays in the journal.
    """
    _garder_la_fin(demande)
    demande.clos_le = demande.transmise_le = demande.repondu_le = demande.doublon_de = None
    demande.issue = demande.organisme = demande.organisme_telephone = demande.transmission = demande.texte_final = ''
    demande.ampleur = ''
    Evaluation.delete().where(Evaluation.demande == demande.numero, Evaluation.repondu_le.is_null()).execute()


# ---- What the collectivité was told stays: two lines of the journal, which it reads (regles.md §12) ----

ROUVERTE = 'Votre demande est rouverte.'


def inscrire_la_fin(demande, **ligne):
    """How a demande has just ended, or that it is open again; ligne: who signs, as inscrire() takes it."""
    nature, texte = ('cloture', _tout_dire(demande)) if demande.clos_le else ('reouverture', ROUVERTE)
    inscrire(demande, nature, texte, **ligne)
    indexer(demande)


def _tout_dire(demande):
    """The sentence, a blank line, what the agent wrote."""
    return '\n\n'.join(filter(None, (dire_fin(demande), demande.texte_final)))


def ligne_de_cloture(lignes):
    """The line that says how a closed demande ended; None when its columns alone do, of a history, of a batch, of one
    closed before there were such lines. lignes: of its journal, the last one first.
    """
    derniere = next((ligne for ligne in lignes if ligne['nature'] in ('statut', 'cloture')), None)
    return derniere if derniere and derniere['nature'] == 'cloture' else None


def _garder_la_fin(demande):
    """Write at its day, before they are emptied, the line of an end that the columns alone say."""
    lignes = models.lignes('SELECT nature FROM journal WHERE demande_id = ? ORDER BY cree_le DESC, id DESC',
                           demande.numero)
    dite = _tout_dire(demande)
    if dite and not ligne_de_cloture(lignes):
        inscrire(demande, 'cloture', dite, *qui_a_conclu(demande), le=demande.clos_le)


# ---- The evaluation that the closing mail leads to (regles.md §11; verbes/pilotage/evaluation.py) ----

EVALUEES = ('realise', 'reponse')


def demander_evaluation(demande, reprise):
    """Ask for the evaluation of a demande just closed: the address that its mail gives, '' when it is not asked for.

    Never of a restricted one, of one taken over from before on which nobody had acted (reprise), of an essai, nor of a
    mairie that would not read the question: it has no e-mail, or who follows it there is to be confirmed. It answers
    once: an answer given before a reopening holds.
    """
    sans = demande.restreinte or reprise or demande.essai or demande.interlocuteur_depuis or not demande.courriel
    if demande.issue not in EVALUEES or sans or Evaluation.get_or_none(Evaluation.demande == demande.numero):
        return ''
    Evaluation.create(demande=demande, demandee_le=maintenant())
    return f'{models.SITE["url"]}/suivi/{demande.jeton}/evaluation'


# ---- A duplicate, and the demande it goes on with ----

def doublon_choisi(demande, agent, numero):
    """The Demande of which this one is a duplicate; Refus. One that the agent may not read is not told from none."""
    lisibles = demandes_lisibles(agent).where(Demande.numero == numero, Demande.numero != demande.numero)
    originale = lisibles.first()
    famille = perimetre.famille(demande.collectivite_id) if demande.collectivite_id else ()
    if originale is None or originale.collectivite_id not in famille:
        raise Refus(f'Le n°\u00a0{numero} n\'est pas celui d\'une autre demande de cette collectivité.',
                    champ='doublon_de')
    if originale.issue in ECARTS:
        avec = suivie_avec(originale)
        ici = avec and avec.numero != demande.numero and demandes_lisibles(agent).where(
            Demande.numero == avec.numero).exists()
        suite = f'\u00a0: choisissez le n°\u00a0{avec.numero}' if ici else ''
        raise Refus(f'La demande n°\u00a0{originale.numero} est elle-même écartée{suite}.', champ='doublon_de')
    return originale


def suivie_avec(demande):
    """The demande with which a duplicate goes on, at the end of the chain; None when it is no duplicate."""
    numeros = set()
    while demande and demande.issue == 'doublon' and demande.numero not in numeros:
        numeros.add(demande.numero)
        demande = Demande.get_or_none(Demande.numero == demande.doublon_de_id)
    return demande if numeros else None


def suite_des_memes(demande):
    """The demande with which a duplicate goes on, when both have one address and its link still opens; else None.

    Never a restricted one, whose number even is unsaid (regles.md §4).
    """
    suite = suivie_avec(demande)
    a_eux = suite and not suite.restreinte and suite.courriel and suite.courriel == demande.courriel
    return suite if a_eux and demande_du_jeton(suite.jeton) else None


def dire_fin_par_courriel(demande):
    """dire_fin, with the link of the demande that a duplicate goes on with.

    The mail alone has it: whoever typed the address of a mairie to send a duplicate reads its page, not that mailbox.
    """
    autre = suite_des_memes(demande)
    lien = f'\nSon lien de suivi\u00a0: {models.SITE["url"]}/suivi/{autre.jeton}' if autre else ''
    return dire_fin(demande) + lien


def tenir_la_plus_proche(demande, originale):
    """The earlier of the two dates told holds for the one that goes on, while nobody has been reached: a date told
    never moves later. True when that brings its date forward.
    """
    jointe_le = demande.premier_contact_le or originale.premier_contact_le
    if not rappel_attendu(demande.echeance, jointe_le, originale.clos_le):
        return False
    if originale.echeance and originale.echeance <= demande.echeance:
        return False
    originale.echeance = demande.echeance
    return True


def dire_ecart(originale):
    """How the team reads it, in the journal of the demande that is set aside; a restricted number stays unsaid."""
    if originale is None:
        return 'Écartée\u00a0: déposée par erreur.'
    return f'Écartée\u00a0: doublon de {_nommer(originale)}.'


def dire_doublon_ecarte(demande, originale, avancee):
    """The same, in the journal of the one that goes on."""
    suite = f' Sa date de rappel tient\u00a0: au plus tard le {dire_jour_long(originale.echeance)}.' if avancee else ''
    return f'Doublon écarté\u00a0: {_nommer(demande)}.{suite}'


def _nommer(demande):
    return 'une demande à diffusion restreinte' if demande.restreinte else f'n°\u00a0{demande.numero}'
