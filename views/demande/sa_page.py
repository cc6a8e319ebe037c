"""What the demandeur's page shows, built from plain columns: no journal, summary, motif, nor name of an agent but the
référent's (regles.md §6, §7). suivi.py has its addresses; an agent reads it too.
"""
from collections import namedtuple

from bottle import request

import models
import langue
from models import Courriel, Fiche, db
from verbes import etiquettes, questions, regles
from verbes.colonnes import du_groupe
from verbes.courriels import dire_titre
from verbes.demande import actes, clotures, jalons, lettres, reunions
from verbes.interlocuteurs import EQUIPE, dire_retour, interlocuteur, personne
from verbes.journal import message_laisse_le
from verbes.pilotage import evaluation
from views import consigne, page, parametre
from views.adresses import a_proposer
from views.champs import PIECES, Champ
from views.gabarits import SANS_JETON
from views.lectures import connue, dire_colonne, lire_communes

FORMULAIRES = {
    'message': (
        Champ('texte', 'Message', 'long', True, vide='écrivez votre message'),
        PIECES,
    ),
    'coordonnees': (
        Champ('courriel', 'Courriel', 'courriel', True, auto='email'),
        Champ('telephone', 'Téléphone', 'telephone', True, auto='tel', classe='court'),
    ),
    'abandonner': (
        Champ('numero', 'Numéro de la demande', requis=True,
              aide='Pour confirmer, recopiez le numéro de votre demande.', vide='recopiez le numéro de votre demande'),
        Champ('motif', 'Motif', requis=True, aide='Quelques mots\u00a0: projet reporté, question réglée…', max=1000,
              vide='dites en quelques mots pourquoi vous abandonnez cette demande'),
    ),
}
# What was just done, « ?fait=… »: (the sentence on the page, the beginning of its title).
# Shown here rather than announced (views.annoncer), to take the focus.
# {numero}; {a_qui}: who receives what was written.
RESULTATS = {
    'depot': ('Votre demande est enregistrée sous le n°\u00a0{numero}', 'Demande n°\u00a0{numero} enregistrée'),
    'ajout': ('Votre texte est ajouté à votre demande n°\u00a0{numero}', 'Texte ajouté à la demande n°\u00a0{numero}'),
    'message': ('Votre message est transmis {a_qui}\u00a0; la réponse vous viendra par téléphone, ou ici et par '
                'courriel.',
                'Message transmis, demande n°\u00a0{numero}'),
    'reouverture': ('Votre demande de réouverture est transmise {a_qui}\u00a0; '
                    'la réponse vous viendra par téléphone ou par courriel.',
                    'Réouverture demandée, demande n°\u00a0{numero}'),
    'coordonnees': ('Vos coordonnées sont enregistrées.', 'Coordonnées enregistrées pour la demande n°\u00a0{numero}'),
    'rappele': ('Votre réponse est enregistrée\u00a0: vous avez été rappelé·e.',
                'Réponse enregistrée, demande n°\u00a0{numero}'),
    'pas_rappele': ('Votre réponse est enregistrée\u00a0: la personne qui doit vous rappeler est prévenue.',
                    'Réponse enregistrée, demande n°\u00a0{numero}'),
    'evaluation': ('Merci\u00a0: votre avis est reçu.', 'Avis reçu, demande n°\u00a0{numero}'),
    'abandon': ('Votre demande est close.', 'Demande n°\u00a0{numero} close'),
}

# A contact, as the mairie reads it.
CONTACTS = {
    'joint': 'Votre collectivité a été jointe.',
    'message': 'Un message vous a été laissé.',
    'injoignable': 'Personne n\'a pu être joint.',
}

def page_a_confirmer(demande, status=200, valeurs=None, fautes=None):
    """While its interlocuteur is to be confirmed: number, step, whom to call; a message, no more (regles.md §7)."""
    etape = 'Close' if demande.clos_le else langue.dire_etape(demande.etape, demande.statut)
    fait = '' if fautes else ce_qui_est_fait(demande, ())
    return page(
        'demande/suivi/a_confirmer.html', status, demande=demande, etape=etape, contact=qui_appeler(demande),
        resultat=dire_resultat(fait, demande, equipe_de(demande)), champ=FORMULAIRES['message'][0],
        valeurs=valeurs or {}, fautes=fautes or {})


def page_suivi(demande, status=200, en_faute='', valeurs=None, fautes=None):
    """The whole page; en_faute: the form (of FORMULAIRES) that comes back with its valeurs and fautes."""
    if demande.interlocuteur_depuis:
        return page_a_confirmer(demande, status, valeurs, fautes)
    if demande.fiche_id:
        models.lier(demande, 'fiche', connue(Fiche, demande.fiche_id))
    places = equipe_de(demande)
    lignes = lignes_publiques(demande)
    pieces = pieces_du_demandeur(demande)
    fils = echanges(demande, lignes, pieces)
    attendu = rappel_annonce(demande)
    cle = consigne.cle_de(request.saisies.get('cle', ''))
    if en_faute == 'message':
        valeurs['pieces'], faute = consigne.rendre(*casier(demande, cle), request.path)
        fautes = fautes | ({'pieces': faute} if faute else {})
    fait = '' if en_faute else ce_qui_est_fait(demande, fils)
    decision = request.saisies.get('courriel_choisi', '')
    return page(
        'demande/suivi/demande.html', status, demande=demande, titre=dire_titre(demande, 70),
        fait=fait, resultat=dire_resultat(fait, demande, places),
        accuse=fait == 'depot' and ecrit_a(demande, 'accuse'),
        lien_envoye=fait == 'coordonnees' and ecrit_a(demande, 'nouvelle_adresse'), imprime_le=langue.maintenant(),
        etapes=etapes(demande, lignes, places), ou=ou_en_est(demande, places), prevues=prevues(demande, places),
        copie=copie(demande), echanges=fils,
        pieces=[piece for piece in pieces if not piece['agent']],
        adresse=f'{models.SITE["url"]}/suivi',                      # on paper: never the secret of the link
        contact=qui_appeler(demande), **qui_accompagne(demande, places),
        reunions=ses_reunions(demande), rouvrir=clotures.ROUVRIR, fin=clotures.dire_fin(demande),
        suite=clotures.suite_des_memes(demande), avis=avis_attendu(demande),
        attendu=attendu, retard=attendu and demande.echeance < langue.aujourdhui(),
        lettre=lettre_envoyee(demande), anterieurs=anterieurs(demande, lignes),
        question=actes.question_ouverte(demande),
        laisse_le=message_laisse_le(demande), **avertissement(demande),
        modifiable=actes.coordonnees_modifiables(demande), decision=decision,
        propose=en_faute == 'coordonnees' and a_proposer(valeurs['courriel'], decision, 'courriel' in fautes),
        formulaires=FORMULAIRES, saisies=saisies_de(demande) | {en_faute: valeurs},
        en_faute=en_faute, fautes={en_faute: fautes}, cle=cle,
        libelles={c.nom: c.libelle for c in FORMULAIRES.get(en_faute, ())})


def page_lue_par_un_agent(demande):
    """Her very page, for who may read the demande: no form, and nothing of the secret of its link (regles.md §6)."""
    demande.jeton = SANS_JETON
    sienne = page_suivi(demande)
    return page('demande/dossier/sa_page.html', **sienne.valeurs, sa_page=sienne.gabarit)


def avertissement(demande):
    """{limite, appels}: until when a mairie that was warned may answer, '' when it was not, and when it was called."""
    limite = '' if demande.clos_le else clotures.reponse_attendue(demande)
    if limite < langue.aujourdhui():
        return {'limite': '', 'appels': ''}
    jours = clotures.essais(demande)
    return {'limite': limite, 'appels': clotures.dire_jours(jours) if jours else ''}


def avis_attendu(demande):
    """« Votre avis » on the page of a closed demande: '' while its mairie may give it, « recue », or None."""
    pourquoi = evaluation.fermee(demande, evaluation.lire(demande)) if demande.clos_le else None
    return pourquoi if pourquoi in ('', 'recue') else None


def casier(demande, cle=None):
    """Where the consigne keeps the files of the message: (the place, what the form claims)."""
    return f'suivi {demande.jeton}', request.saisies | {'cle': cle or consigne.cle_de(request.saisies.get('cle', ''))}


def ce_qui_est_fait(demande, fils):
    """« ?fait=… » of the address, but that of a bookmark on the deposit: what happened since comes first."""
    fait = parametre('fait')
    if fait == 'message' and demande.clos_le:
        return 'reouverture'
    if fait == 'depot' and (fils or not actes.coordonnees_modifiables(demande)):
        return ''
    return fait


def dire_resultat(fait, demande, places):
    """(the sentence, the beginning of the title) of what was just done, or None."""
    if fait not in RESULTATS:
        return None
    mots = {'numero': demande.numero, 'a_qui': a_qui(demande, places)}
    return [texte.format(**mots) for texte in RESULTATS[fait]]


def ecrit_a(demande, modele):
    """False when this mail to the address of the demande was kept back: it had had enough of them that day."""
    return Courriel.select().where(
        Courriel.demande == demande.numero, Courriel.modele == modele, Courriel.destinataire == demande.courriel,
    ).exists()


def saisies_de(demande):
    """{form: what its fields hold at first}."""
    return {
        'message': {},
        'abandonner': {},
        'coordonnees': {'courriel': demande.courriel, 'telephone': langue.dire_telephone(demande.telephone)},
    }


def qui_accompagne(demande, places):
    """{chefs, associees}: names of structures, none of them twice."""
    chefs = structures(places, 'chef_de_file')
    if demande.statut == 'rejete':
        chefs = []
    return {'chefs': chefs, 'associees': [nom for nom in structures(places, 'associe') if nom not in chefs]}


# A place of the team. actif, direction: of its agent, None without one.
Place = namedtuple('Place', 'role structure sigle actif direction')


def equipe_de(demande):
    """The Places of the team, in order: who is invited is there once they said yes, or named somebody."""
    return [Place(*lue) for lue in db.execute_sql(
        """SELECT role, structure.nom, sigle, agent.actif, direction.nom
           FROM membre JOIN structure ON structure.id = membre.structure_id
           LEFT JOIN agent ON agent.id = membre.agent_id LEFT JOIN direction ON direction.id = agent.direction_id
           WHERE demande_id = ? AND (role <> 'associe' OR membre.agent_id IS NOT NULL AND NOT EXISTS (
             SELECT 1 FROM jalon WHERE jalon.demande_id = membre.demande_id AND a_accepter
             AND jalon.agent_id = membre.agent_id))
           ORDER BY rang, membre.id""", (demande.numero,))]


def lignes_publiques(demande):
    """Of the journal, the dates of the statuts, what the collectivité wrote or was told (regles.PUBLIQUES), and of each
    contact its day, how it was made and how it ended: nothing else leaves the base. a_un_autre: of who followed it
    there before, and who does now does not read it (regles.md §12).
    """
    return models.lignes(
        f"""SELECT id, cree_le, nature, statut, iif(nature IN {regles.PUBLIQUES}, texte, '') AS texte,
                   iif(nature IN {regles.PUBLIQUES}, CASE WHEN agent_id THEN auteur || ' (' || structure || ')'
                                                          WHEN auteur LIKE '%@%' THEN auteur END, '') AS signe,
                   EXISTS (SELECT 1 FROM journal autre WHERE autre.demande_id = journal.demande_id
                           AND autre.fait = 'autre' AND (autre.id > journal.id OR journal.nature = 'cloture'
                                                         AND autre.cree_le > journal.cree_le)) AS a_un_autre,
                   acte_le, fait, moyen FROM journal
            WHERE demande_id = ? AND nature IN {('statut', 'contact', *regles.PUBLIQUES)} ORDER BY cree_le, id""",
        demande.numero)


# A file is the collectivité's by the nature of its line: what it sent, what was sent to it (regles.md §6).
A_ELLE = f"""(piece.agent_id IS NULL OR EXISTS (SELECT 1 FROM journal
              WHERE journal.id = piece.journal_id AND journal.nature IN {regles.PUBLIQUES}))"""


def depuis_cet_interlocuteur(demande):
    """The last line of the journal before who follows it there today: they read the exchanges since (regles.md §12).
    """
    return db.execute_sql("SELECT coalesce(max(id), 0) FROM journal WHERE demande_id = ? AND fait = 'autre'",
                          (demande.numero,)).fetchone()[0]


def pieces_du_demandeur(demande):
    """Without the bytes."""
    return models.lignes(
        f"""SELECT id, nom, taille, journal_id AS journal, agent_id AS agent FROM piece
            WHERE demande_id = ? AND {A_ELLE} AND {DEPUIS_ELLE} ORDER BY id""", demande.numero)


# The files of the deposit are with its copy; those of an exchange, with the exchanges since.
DEPUIS_ELLE = """coalesce(piece.journal_id, 0) NOT IN (
    SELECT id FROM journal WHERE journal.demande_id = piece.demande_id AND journal.nature <> 'depot' AND journal.id < (
      SELECT coalesce(max(id), 0) FROM journal autre
      WHERE autre.demande_id = piece.demande_id AND autre.fait = 'autre'))"""


def prevues(demande, places):
    """[{words, structure, date in words, done}] of the steps shown to the collectivité, never with a person, nor with a
    structure that has not said yes; a day that has passed is not told, nor what was left to do of a closed demande, or
    of one for which another structure is looked for (regles.md §12).
    """
    if demande.statut == 'rejete' and not demande.clos_le or not demande.a_jalons:
        return []
    menent = structures(places, 'referent') or structures(places, 'chef_de_file')
    return [{'dit': etape['dit'], 'quand': _dire_quand(etape), 'faite': bool(etape['fait_le']),
             'structure': '' if etape['a_accepter'] or etape['propose'] else etape['structure'] or ''.join(menent[:1])}
            for etape in jalons.lire(demande.numero) if etape['dit'] and (etape['fait_le'] or not demande.clos_le)]


def _dire_quand(etape):
    jour = etape['fait_le'] or etape['pour_le']
    if not jour or not etape['fait_le'] and jour < langue.aujourdhui():
        return 'date à préciser'
    dit = f'le {langue.dire_jour_long(jour, semaine=False)}' if etape['dit_jour'] else f'en {langue.dire_mois(jour)}'
    return f'fait {dit}' if etape['fait_le'] else dit


def structures(places, role):
    return list(dict.fromkeys(p.structure for p in places if p.role == role))


def rappel_annonce(demande):
    """True while a call is promised: no clock for a cas 2, none after the contact or the closing,
    nor while nobody competent is found.
    """
    attendu = questions.rappel_attendu(demande.echeance, demande.premier_contact_le, demande.clos_le)
    return bool(attendu) and demande.statut != 'rejete'


def a_qui(demande, places):
    """« à Claude Témoin », « à la Direction … »: who receives a message; once it is closed, its chef de file."""
    chefs = [p for p in places if p.role == 'chef_de_file' and p.actif]
    if demande.clos_le and chefs:
        return langue.avec_article(chefs[0].direction, 'à')
    qui = interlocuteur(demande)
    if not qui.role:
        return f'à {EQUIPE}'
    nom = qui.remplacant or qui.nom
    return langue.avec_article(nom, 'à')


def qui_appeler(demande):
    """Whom to call: the référent or, in their absence, who answers; else a direction, or the team of the Plateforme."""
    qui = interlocuteur(demande)
    structure = qui.direction.structure.nom if qui.direction else request.contexte['reglages']['departement']
    qualite = f'Expert référent, {structure}' if qui.role == 'referent' else structure
    return {
        'nom': qui.nom,
        'qualite': '' if qui.role == 'chef_de_file' and qui.nom in structure else qualite,
        'referent': qui.role == 'referent',
        'telephone': qui.telephone,
        'remplacant': qui.remplacant,
        'retour': dire_retour(qui.au),
    }


def echanges(demande, lignes, pieces):
    """The messages of both sides since the interlocuteur is the same, how it ended and opened again, the contacts (but
    those of an imported history), and the text of the end that heads the page, oldest first.
    """
    en_tete = demande.clos_le and clotures.ligne_de_cloture(lignes[::-1])
    lignes = [ligne for ligne in lignes if not ligne['a_un_autre']]
    fils = [
        {'moi': ligne['nature'] == 'message', 'quand': ligne['cree_le'], 'texte': ligne['texte'],
         'nom': dire_de_qui(ligne),
         'reouverture': ligne['fait'] == 'reouverture', 'pieces': [p for p in pieces if p['journal'] == ligne['id']]}
        for ligne in lignes if ligne['nature'] in regles.PUBLIQUES and ligne is not en_tete
    ]
    fils += [
        {'moi': False, 'nom': regles.MOYENS[ligne['moyen']].capitalize(), 'quand': ligne['acte_le'],
         'reouverture': False, 'texte': CONTACTS[ligne['fait']], 'pieces': []}
        for ligne in lignes
        if ligne['moyen'] and ligne['fait'] in CONTACTS and ligne['acte_le'] and not demande.importee
    ]
    if demande.texte_final and demande.clos_le and not _change_depuis(demande, demande.clos_le):
        qui, _ = clotures.qui_a_conclu(demande)
        fils.append({'moi': False, 'nom': qui.nom_complet if qui else personne().nom, 'quand': demande.clos_le,
                     'reouverture': False, 'texte': demande.texte_final, 'pieces': []})
    return sorted(fils, key=lambda fil: fil['quand'])


def dire_de_qui(ligne):
    """Who wrote a public line. Of the mairie no name is said: its link may be in several hands."""
    if ligne['nature'] != 'message':
        return ligne['signe'] or personne().nom
    return f'Par courriel, de {ligne["signe"]}' if ligne['signe'] else 'Par courriel' if ligne['moyen'] else 'Vous'


def _change_depuis(demande, instant):
    """Has another person followed it there since? What was said to the one before is not theirs."""
    return db.execute_sql("SELECT 1 FROM journal WHERE demande_id = ? AND fait = 'autre' AND cree_le > ?",
                          (demande.numero, instant)).fetchone() is not None


def anterieurs(demande, lignes):
    """True when there were exchanges with who followed it there before."""
    return any(ligne['nature'] in regles.PUBLIQUES and ligne['a_un_autre'] for ligne in lignes)


def ses_reunions(demande):
    return reunions.pour_la_mairie(demande) if demande.a_reunions else ()


def lettre_envoyee(demande):
    """Its accusé de réception, sent while the interlocuteur was who it is today; or None."""
    envoyee = lettres.envoyee(demande) if demande.a_lettre else None
    return envoyee if envoyee and envoyee.ligne > depuis_cet_interlocuteur(demande) else None


def copie(demande):
    """[(label, value)] of what was sent, without what is empty."""
    theme = etiquettes.libelles()['theme'].get(demande.theme_id)
    lignes = (
        ('Numéro', str(demande.numero)),
        ('Reçue en direct le', langue.dire_jour_long(demande.recue_le) if demande.recue_le else ''),
        ('Envoyée le', langue.dire_instant(demande.depose_le) if demande.origine == 'plateforme' else ''),
        ('Thème', theme.nom if theme else ''),
        ('Fiche', demande.titre),
        ('Envoyée sous le titre', demande.envoyee_sous),
        *_dites(demande, 'projet'),
        ('Collectivité', f'{demande.collectivite} ({demande.type})'),
        ('Communes concernées', ', '.join(lire_communes(demande))),
        ('Maire ou président·e', ' '.join(filter(None, (demande.civilite, demande.prenom, demande.nom)))),
        ('Personne à rappeler', personne_a_rappeler(demande)),
        ('Courriel', demande.courriel),
        ('Téléphone', langue.dire_telephone(demande.telephone)),
        *_dites(demande, 'coordonnees'),
    )
    return [ligne for ligne in lignes if ligne[1]]


def _dites(demande, groupe):
    """[(label, value)] of what is drawn from the columns of a demande: those alone that the mairie may read."""
    colonnes = [c for c in du_groupe(groupe) if c.vue == 'demandeur']
    return [(c.mairie or c.libelle, dire_colonne(c, demande)) for c in colonnes]


def personne_a_rappeler(demande):
    if not demande.rappel_nom:
        return ''
    return ', '.join(filter(None, (demande.a_rappeler, demande.rappel_fonction)))


# ---- The steps (regles.md §2): what is shown never goes back, except to « En cours de réorientation » ----

def etapes(demande, lignes, places):
    """[{titre, texte, etat}]: four steps, or those reached and how it ended. etat: faite, courante or ''."""
    dates = dates_des_etapes(demande, lignes)
    fin = fin_de(demande)
    suite = []
    for n, (titre, attente) in enumerate(titres_des_etapes(demande, places), 1):
        quand = dates.get(n, '')
        if n == demande.etape and not fin:
            texte = '. '.join(filter(None, (quand, en_ce_moment(demande))))
            suite.append({'titre': titre, 'etat': 'courante', 'texte': texte})
        elif n <= demande.etape:
            suite.append({'titre': titre, 'etat': 'faite', 'texte': quand})
        elif not fin:
            suite.append({'titre': titre, 'etat': '', 'texte': attente})
    if fin:
        suite.append(fin)
    return suite


def ou_en_est(demande, places):
    """(where it is, what is going on) before the dots of two sentences; None of a closed one, whose end heads the page.
    """
    if demande.clos_le:
        return None
    fin = fin_de(demande)
    return (fin['titre'], fin['texte']) if fin else (
        titres_des_etapes(demande, places)[demande.etape - 1][0], en_ce_moment(demande))


def titres_des_etapes(demande, places):
    """The four steps: (title, what is said of it while it is to come)."""
    chefs = dict.fromkeys(a_la(p.structure, p.sigle) for p in places if p.role == 'chef_de_file')
    chez_qui = langue.enumerer(chefs) or 'à la structure compétente'
    debut = 'Commence après le premier contact'
    if demande.premier_contact_le:
        debut = f'Fait suite au premier contact, le {langue.dire_jour_long(demande.premier_contact_le, semaine=False)}'
    return (
        ('Reçue',                   ''),
        (f'Transmise {chez_qui}',   'La structure désigne ensuite votre expert'),
        ('Confiée à un expert',     'Vous saurez qui, et comment le joindre'),
        ('Accompagnement en cours', debut),
    )


def dates_des_etapes(demande, lignes):
    """{step: words}. A step entered twice (a new orientation, a new expert) carries the last date, but
    an accompaniment that goes on again.
    """
    if demande.recue_le:
        dates = {1: langue.dire_jour_long(demande.recue_le, semaine=False)}
    else:
        dates = {1: langue.dire_instant(demande.depose_le)}
    avant = 1
    for ligne in lignes:
        if ligne['nature'] == 'statut':
            etape = regles.QUI[ligne['statut']].etape
            rouverte = ligne['statut'] == 'en_cours' and etape in dates
            if etape > 1 and not rouverte and (etape != avant or ligne['statut'].startswith('attribue_')):
                dates[etape] = langue.dire_jour_long(ligne['cree_le'], semaine=False)
            avant = etape
    return dates


def en_ce_moment(demande):
    """What is going on, in words: it may be behind the step shown, when a demande was handed back."""
    etape = regles.QUI[demande.statut].etape
    if etape == 1:
        return "L'équipe de la Plateforme l'oriente vers la structure compétente"
    if etape == 2:
        return 'Votre expert est en cours de désignation'
    if etape == 3 and rappel_annonce(demande) and demande.rappele != 'oui':
        annonce = 'annoncé ' * (demande.echeance < langue.aujourdhui())
        return f'Rappel {annonce}au plus tard le {langue.dire_jour_long(demande.echeance)}'
    return ''


def fin_de(demande):
    """The last step of a demande that goes no further, or None."""
    jour = langue.dire_jour_long(demande.clos_le, semaine=False) if demande.clos_le else ''
    if demande.statut == 'rejete' and not demande.clos_le:
        return {'titre': 'En cours de réorientation', 'etat': 'courante',
                'texte': "L'équipe de la Plateforme cherche qui peut vous répondre"}
    if demande.statut == 'rejete':
        vers = langue.avec_article(demande.organisme, 'vers')
        titre = f'Réorientée {vers}' if demande.organisme else regles.REPONSES['reponse']
        return {'titre': titre, 'etat': 'faite', 'texte': jour}
    if demande.statut == 'termine':
        return {'titre': TERMINEES.get(demande.issue, 'Terminée'), 'etat': 'faite', 'texte': jour}
    if demande.statut == 'abandonne':
        texte = ', '.join(filter(None, (jour, dire_l_abandon(demande))))
        return {'titre': 'Abandonnée', 'etat': 'faite', 'texte': texte}
    return None


TERMINEES = {'doublon': 'Suivie avec une autre demande', 'erreur': 'Enregistrée par erreur', 'essai': 'Essai écarté'}


def dire_l_abandon(demande):
    """No name of a person: the link may be in several hands, and only the référent is named on this page."""
    qui = clotures.qui_a_abandonne(demande)
    if qui.structure:
        return f'enregistrée {langue.avec_article(qui.structure, "par")}'
    return 'depuis votre lien de suivi' if qui.par_le_lien else ''


def a_la(structure, sigle):
    """« à l'Agence technique », « au CAUE »: the short name fits in a step."""
    court = structure.removesuffix(f' – {sigle}')
    return langue.avec_article(court, 'à', court if len(court) <= 45 else sigle)
