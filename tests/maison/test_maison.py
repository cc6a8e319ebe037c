"""The house holds itself: what each floor may know, the order of the rooms, width, and a line for each verb."""
import ast
import functools
import importlib
import inspect
import itertools
import re
from collections import Counter

import pytest
from conftest import CONTACT, RACINE, appeler_en_vain, changer_ligne, modules, relire_ici, saisie_de, sources, une_etape

import models
import views
from verbes import comptes, invitations, journal, reglages, relais, textes, valeurs
from verbes.administration import calendrier, collectivites, departs, identite, personnes, structures
from verbes.pilotage import evaluation
from verbes.demande import a_confirmer, actes, conversation, cote, courrier, cycle, jalons, lettres, reponses, reunions
from verbes.contenus import contenus, groupes, projets, relectures, seances
from views.demande import sa_page
from views.demande.gestes import GESTES
from views.contenus import publication

# The rooms of verbes/: each may import those of the rows above its own; « '' », the ground, what all of them stand on.
ORDRE = ({''}, {'contenus'}, {'demande'}, {'pilotage', 'administration'}, {'echanges'}, {'catalogue'}, {'exploitation'})
ECRIRE = {'create', 'insert', 'insert_many', 'update', 'delete', 'replace', 'save', 'delete_instance', 'bulk_create'}
ECRIT_EN_SQL = re.compile(r'\b(INSERT\s+(OR\s+\w+\s+)?INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM)\b', re.I)
TITRES_DE_LIEN = {'Nouvelle invitation', 'Compte rouvert'}          # of the acts that lead to no redirection
NEUVE = {'nom': 'SIVOM des Coteaux', 'type': 'Syndicat', 'siren': '213100019', 'insee': None, 'codes_postaux': '',
         'population': 0, 'arrondissement': '', 'epci_id': None, 'courriel': '', 'telephone': '', 'sans_lettre': False}
COMMUNE_NOUVELLE = {'nom': 'Rieumes-Neuf', 'depuis': '2027-01-01', 'acte_le': '2026-10-05', 'siren': None, 'epci_id': 1}
# Any agent writes in the journal; the letters and the citations are the administrateurs' by their routes.
OUVERTS_A_TOUS = {'journal.ajouter_au_journal', 'courrier.imprimer', 'courrier.noter', 'courrier.annuler',
                  'courrier.reediter', 'evaluation.garder', 'evaluation.retirer'}
# What « jours » counts when it is not a promise: letters late, oriented too late, a search made again and again.
AUTRES_JOURS = re.compile('(plus de dix|moins de trois|laissait plus trois) jours ouvrés|trois jours ou plus')
UN_NOMBRE = r'(?<!\w)(3|10|trois|dix)'
JOURS_PROMIS = re.compile(
    rf'{UN_NOMBRE}(</b>)? (\{{+ ?)?jours|{UN_NOMBRE} (ou|et) {UN_NOMBRE}\b|'
    r'''delai\w*['"]?\]? *(==|!=|in) *\(?['"]?\d|promesse\(\d|['"]\d+['"] in delais|delai=['"]?\d''', re.I)


@functools.cache
def arbres(dossier):
    """{path under the root: tree} of the modules of a folder, at every level; « . »: those of the top alone."""
    chemins = sorted(RACINE.glob('*.py')) if dossier == '.' else sources(dossier)
    return {chemin.relative_to(RACINE): ast.parse(chemin.read_text('utf-8')) for chemin in chemins}


def nom_de(chemin):
    """« verbes.demande.cycle » of verbes/demande/cycle.py, « verbes.demande » of its __init__.py."""
    return '.'.join(chemin.with_suffix('').parts).removesuffix('.__init__')


def importes(arbre, chemin):
    """The modules that a file imports, in full: « verbes.journal », « models »; « from ..journal import x » too."""
    for noeud in ast.walk(arbre):
        if isinstance(noeud, ast.Import):
            yield from (alias.name for alias in noeud.names)
        elif isinstance(noeud, ast.ImportFrom):
            dessus = chemin.parent.parts[:len(chemin.parent.parts) - noeud.level + 1] if noeud.level else ()
            module = '.'.join((*dessus, *filter(None, [noeud.module])))
            yield from (module, *(f'{module}.{alias.name}' for alias in noeud.names))


def racines(arbre, chemin):
    """What a file imports, by its first word."""
    return {nom.split('.')[0] for nom in importes(arbre, chemin)}


def piece_de(nom):
    """« demande » of verbes.demande.cycle and of verbes.demande; '', the ground, of verbes.journal and of verbes."""
    morceaux = nom.split('.')
    return morceaux[1] if len(morceaux) > 2 else ''


def modules_lus(etage):
    """{module: the modules of the same floor that it imports}."""
    fichiers = {nom_de(chemin): (chemin, arbre) for chemin, arbre in arbres(etage).items()}
    return {nom: set(importes(arbre, chemin)) & set(fichiers) - {nom} for nom, (chemin, arbre) in fichiers.items()}


def cercles():
    """The modules that come back to themselves by what they import: a circle has no place to begin to read."""
    lus = {etage: modules_lus(etage) for etage in ('verbes', 'views')}
    finis, fautifs = set(), []

    def suivre(nom, chemin):
        if nom in chemin:
            fautifs.append(nom)
        elif nom not in finis:
            for autre in sorted(lus[nom.split('.')[0]][nom] - {'verbes', 'views'}):
                suivre(autre, (*chemin, nom))
            finis.add(nom)
    for etage in lus:
        for nom in lus[etage].keys() - {etage}:
            suivre(nom, ())
    return fautifs


def test_chaque_etage_et_chaque_piece_n_importe_que_ce_qui_est_plus_bas_sans_cercle():
    du_haut = {chemin.name: racines(arbre, chemin) for chemin, arbre in arbres('.').items()}
    ailleurs = {'verbes', 'views', 'plateforme'}
    assert not du_haut['models.py'] & {'bottle', 'jinja2', 'waitress', *ailleurs}
    assert not du_haut['langue.py'] & {'sqlite3', 'peewee', 'models', *ailleurs}
    de_http = {'bottle', 'jinja2', 'markupsafe', 'waitress', 'views', 'plateforme'}
    assert [str(chemin) for chemin, arbre in arbres('verbes').items() if racines(arbre, chemin) & de_http] == []
    rang = {piece: n for n, pieces in enumerate(ORDRE) for piece in pieces}
    lus = modules_lus('verbes')
    assert {piece_de(nom) for nom in lus} == set(rang)
    assert [nom for nom, autres in lus.items()
            if any(piece_de(autre) != piece_de(nom) and rang[piece_de(autre)] >= rang[piece_de(nom)]
                   for autre in autres)] == [], 'importent d\'au-dessus, ou d\'à côté'
    assert [nom for nom, autres in modules_lus('views').items()
            if any(piece_de(autre) not in ('', piece_de(nom)) for autre in autres)] == []
    assert cercles() == []
    # An area declares a route; the other pages, and views itself, are the floor of the request.
    declarent = (chemin for chemin in arbres('views')
                 if re.search(r'^(@app\.|formulaire\()', (RACINE / chemin).read_text('utf-8'), re.M))
    lieux = {nom_de(chemin) for chemin in declarent} - {'views'}
    assert {'dossier', 'espace', 'suivi'} <= {lieu.split('.')[-1] for lieu in lieux}
    assert [str(chemin) for chemin, arbre in arbres('views').items() if {*importes(arbre, chemin)} & lieux] == []


def ecrit(arbre):
    """Does a file write to a table: « Demande.update( », « models.Demande.create( », SQL, .save()?"""
    tables = {table.__name__ for table in models.TABLES}
    for noeud in ast.walk(arbre):
        if isinstance(noeud, ast.Constant) and isinstance(noeud.value, str) and ECRIT_EN_SQL.search(noeud.value):
            return True
        if isinstance(noeud, ast.Call) and isinstance(noeud.func, ast.Attribute) and noeud.func.attr in ECRIRE:
            qui = noeud.func.value
            nom = qui.attr if isinstance(qui, ast.Attribute) else getattr(qui, 'id', '')
            if nom in tables or noeud.func.attr in ('save', 'delete_instance'):
                return True
    return False


# Words that only pass; « vue », « tenue », « rangee », « faits », « donnees » are not of them: they are nouns here.
PASSAGERS = frozenset("""
    un une autre autres celui celle ceux celles ceci cela leur leurs mien mienne miens miennes sien sienne siens siennes
    choisi choisie choisis choisies concernes concernee concernees connu connue connus connues dit dite dits dites donne
    donnes donnee ecrit ecrite ecrits ecrites faite faites garde gardee gardes gardees lu lue lus lues montre montree
    montres montrees neuf neuve neufs neuves nouvelles offert offerte offerts offertes permis pris prise prises ranges
    recu recue recus recues tenu tenus trouve trouvee trouves trouvees voulu voulue voulus voulues vu vus""".split())
ENCORE = {'service.py': 1, 'views/consigne.py': 1}                  # the sockets « prises », a Garde of the consigne


def passagers(fonction):
    """(line, word) of each word of PASSAGERS that a function assigns, and reads beyond the next statement."""
    noms = [noeud for noeud in ast.walk(fonction) if isinstance(noeud, ast.Name) and noeud.id in PASSAGERS]
    fins = {n.id: n.lineno for n in sorted(noms, key=lambda n: n.lineno) if isinstance(n.ctx, ast.Load)}
    for noeud in ast.walk(fonction):
        for corps in (getattr(noeud, nom, None) for nom in ('body', 'orelse', 'finalbody')):
            for ligne, suivante in itertools.pairwise([*corps, None]) if isinstance(corps, list) else ():
                cibles = ligne.targets if isinstance(ligne, ast.Assign) else ()
                yield from ((n.lineno, n.id) for cible in cibles for n in ast.walk(cible)
                            if n in noms and fins.get(n.id, 0) > (suivante or ligne).end_lineno)


def redites():
    """[the places, « file: name »] of what three files of the tests do alike: their arguments and their lines."""
    places = {}
    for chemin in sorted(RACINE.glob('tests/**/*.py')):
        for noeud in ast.parse(chemin.read_text('utf-8')).body:
            if isinstance(noeud, ast.FunctionDef | ast.ClassDef) and not noeud.name.startswith('test_'):
                lignes = noeud.body[bool(ast.get_docstring(noeud)):]
                fait = ast.dump(ast.Module([*lignes], [])), ast.dump(getattr(noeud, 'args', ast.arguments()))
                places.setdefault(fait, []).append(f'{chemin.name}\u00a0: {noeud.name}')
    return [ou for ou in places.values() if len(ou) > 2]


def test_aucun_fichier_de_la_maison_ne_rompt_une_de_ses_regles():
    """A page writes nothing; the door of a room says what is in there and where to begin; no line of a template is of
    more than 120 columns, no function of more than 40 lines; a word that passes does not outlive the next statement."""
    assert [str(chemin) for chemin, arbre in arbres('views').items() if ecrit(arbre)] == []
    ecrivent = {chemin.stem for chemin, arbre in arbres('verbes').items() if ecrit(arbre)}
    assert {'journal', 'cycle', 'actes', 'comptes', 'relais', 'departs', 'valeurs', 'imports', 'porteur'} <= ecrivent
    portes = {chemin: arbre for etage in ('verbes', 'views') for chemin, arbre in arbres(etage).items()
              if chemin.name == '__init__.py' and len(chemin.parts) > 2}
    assert [nom_de(chemin) for chemin, arbre in portes.items()
            if not ast.get_docstring(arbre) or len(arbre.body) > 1] == []
    assert [page for page in sources('views', '*.html')
            if any(len(ligne) > 120 for ligne in page.read_text('utf-8').split('\n'))] == []
    fonctions = [(str(chemin), noeud) for dossier in ('.', 'views', 'verbes')
                 for chemin, arbre in arbres(dossier).items() for noeud in ast.walk(arbre)
                 if isinstance(noeud, ast.FunctionDef | ast.AsyncFunctionDef)]
    assert [(ou, noeud.name) for ou, noeud in fonctions if noeud.end_lineno - noeud.lineno >= 40] == []
    mots = {(ou, *lieu) for ou, fonction in fonctions for lieu in passagers(fonction)}
    assert Counter(ou for ou, *_ in mots) == ENCORE, mots
    assert redites() == []


def faits_de(arbre):
    """The words « ?fait=… » that a page leads to: written in an address, or given to a function that writes it."""
    rangs = {n.name: [a.arg for a in n.args.args].index('fait') for n in ast.walk(arbre)
             if isinstance(n, ast.FunctionDef) and 'fait' in [a.arg for a in n.args.args]}
    for noeud in ast.walk(arbre):
        if isinstance(noeud, ast.Constant):
            yield from re.findall(r'fait=(\w+)', str(noeud.value))
        elif isinstance(noeud, ast.Call) and getattr(noeud.func, 'id', '') in rangs:
            yield from (c.value for c in ast.walk(noeud.args[rangs[noeud.func.id]]) if isinstance(c, ast.Constant))


def test_ce_qu_une_page_fait_s_annonce_une_fois_et_rien_d_autre_ne_s_annonce():
    pages = {chemin: arbre for chemin, arbre in arbres('views').items() if chemin.stem != '__init__'}
    actes_d_un_compte = {suite for _, suite in importlib.import_module('views.administration.personnes').ACTES.values()}
    d_une_demande = {geste.fait for geste in GESTES.values()}
    faits = {*d_une_demande, *publication.FAITS.values(), *actes_d_un_compte} - TITRES_DE_LIEN
    for chemin, arbre in pages.items():
        importlib.import_module(nom_de(chemin))                     # it announces
        faits.update(faits_de(arbre))
    du_demandeur = {*sa_page.RESULTATS, 'lien'}                       # said by his pages themselves
    assert faits - du_demandeur == set(views.reponses.ANNONCES) and not du_demandeur & set(views.reponses.ANNONCES)
    with pytest.raises(ValueError):
        views.annoncer('/espace/compte', enregistre='Le compte est enregistré.')
    assert views.reponses.ANNONCES['enregistre'] == ('/espace', 'Enregistré.')


LE = '2026-11-24T08:00:00Z'
A_LA_MAIRIE = {'jour': '2026-12-08', 'debut_a': '10:00', 'fin_a': '11:00', 'lieu': '', 'agents': (),
               'collectivite': True}
COORDONNEES = {'courriel': 'neuf@rieumes.example', 'telephone': '0536490099'}
# On a demande: (state it needs, what the verb is called with).
SUR_UNE_DEMANDE = {
    'journal.ajouter_au_journal': ('en_cours', lambda m, d: (d, m.referent, 'note', 'Vu.')),
    'journal.corriger_ligne': ('en_cours', lambda m, d: (
        models.Journal.get_by_id(journal.ajouter_au_journal(d, m.referent, 'note', 'Vu.')), m.referent, 'Revu.')),
    'actes.noter_contact': ('receptionne_chef', lambda m, d: (d, m.chef, d.version, CONTACT)),
    'actes.corriger': ('en_cours', lambda m, d: (d, m.chef, d.version, {'lieu': 'Ailleurs'})),
    'actes.rattacher': ('hors_liste', lambda m, d: (d, m.admin, d.version, m.rieumes)),
    'jalons.prevoir_etape': ('en_cours', lambda m, d: (d, m.chef, d.version, une_etape())),
    'jalons.derouler': ('en_cours', lambda m, d: (
        mise(d.fiche, deroulement='Diagnostic\u00a0: sur place') and relire_ici(d), m.chef, d.version)),
    'jalons.changer': ('en_cours', lambda m, d: (d, m.chef, d.version, jalon(d), une_etape('Visite'))),
    'jalons.faire': ('en_cours', lambda m, d: (d, m.chef, d.version, jalon(d), '2026-11-24')),
    'jalons.accepter': ('associee', lambda m, d: (d, m.associe, jalon(d, agent=m.associe, a_accepter=1) and d.version)),
    'jalons.ranger': ('en_cours', lambda m, d: (d, m.chef, d.version, [(jalon(d), 0, {})])),
    'actes.restreindre': ('en_cours', lambda m, d: (d, m.chef, d.version, True)),
    'actes.changer_interlocuteur': ('en_cours', lambda m, d: (d, m.chef, d.version, COORDONNEES)),
    'actes.avertir_avant_cloture': ('en_cours', lambda m, d: (
        d := appeler_en_vain(d, m.chef), m.chef, d.version, '2026-12-24')),
    'actes.renvoyer': ('en_cours', lambda m, d: (d.courriels.order_by(models.Courriel.id).first(), m.chef)),
    'actes.marquer_revenu': ('en_cours', lambda m, d: (
        mise(d.courriels.where(models.Courriel.pour == 'demandeur').get(), envoye_le=LE), m.chef)),
    'actes.associer': ('en_cours', lambda m, d: (d, m.chef, d.version, m.associe)),
    'actes.retirer': ('associee', lambda m, d: (d, m.chef, d.version, models.Membre.get(role='associe'), 'Fini.')),
    'actes.remplacer': ('associee', lambda m, d: (d, m.associe, d.version, m.cochef)),
    'actes.se_retirer': ('associee', lambda m, d: (d, m.associe, d.version, 'Ce n\'est pas mon métier.')),
    'actes.changer_chef': ('en_cours', lambda m, d: (d, m.admin, d.version, [m.autre], 'Départ.')),
    'actes.message_du_demandeur': ('en_cours', lambda m, d: (d, 'Bonjour.')),
    'actes.restreindre_par_le_demandeur': ('en_cours', lambda m, d: (d,)),
    'actes.changer_coordonnees': ('attribue_chef', lambda m, d: (d, *COORDONNEES.values())),
    'actes.repondre_au_rappel': ('en_retard', lambda m, d: (d, 'oui')),
    'actes.renvoyer_lien': ('en_cours', lambda m, d: (d.numero, d.courriel)),
    'evaluation.repondre': ('termine', lambda m, d: (d, 'oui', 'agir', 'Utile.', True)),
    'evaluation.garder': ('termine', lambda m, d: (avis(d), 'Utile.', m.admin)),
    'evaluation.retirer': ('termine', lambda m, d: (
        avis(d, citation='Utile.', gardee_le=LE, gardee_par=m.admin), m.admin)),
    'conversation.sans_reponse': ('en_cours', lambda m, d: (
        d := apres(actes.message_du_demandeur, d, 'Bonjour.'), m.chef, d.version)),
    'conversation.ne_plus_attendre': ('en_cours', lambda m, d: (
        mise(d, attente_depuis=LE, attente_au='2026-12-09', attente_de='le plan'), m.chef, d.version)),
    'reponses.ne_pas_ranger': ('en_cours', lambda m, d: (apres(lambda d: models.ReponseRecue.create(
        demande=d, identifiant='<a@b>', recue_le=LE, etat='inconnue', de='a@b.example'), d),
        m.chef, d.version, models.ReponseRecue.get())),
    'reunions.proposer': ('en_cours', lambda m, d: (d, m.chef, d.version, A_LA_MAIRIE)),
    'reunions.changer': ('en_cours', lambda m, d: (
        d := reunie(m, d), m.chef, d.version, models.Reunion.get().id, A_LA_MAIRIE | {'debut_a': '09:00'})),
    'reunions.annuler': ('en_cours', lambda m, d: (d := reunie(m, d), m.chef, d.version, models.Reunion.get().id)),
    'reunions.rien_a_noter': ('en_cours', lambda m, d: (models.Reunion.create(
        demande=d, agent=m.chef, jour='2026-11-02', debut_a='10:00', fin_a='11:00', cree_le=LE, modifie_le=LE) and d,
        m.chef, d.version)),
    'cote.mettre_de_cote': ('en_cours', lambda m, d: (d, m.chef, '2026-12-01', 'Avis attendu.')),
    'cote.reprendre': ('en_cours', lambda m, d: (
        apres(cote.mettre_de_cote, d, m.chef, '2026-12-01', 'Avis attendu.'), m.chef)),
    'a_confirmer.confirmer': ('en_cours', lambda m, d: (
        apres(lambda d: a_confirmer.demander(m.admin, 'Élection.', collectivite=d.collectivite_liee), d),
        m.chef, d.version)),
    'actes.renvoyer_liens': ('en_cours', lambda m, d: (d.courriel,)),
    'courrier.imprimer': ('en_cours', lambda m, d: a_imprimer(m)),
    'courrier.noter': ('en_cours', lambda m, d: (imprimee(m), 'signature', '2026-11-24', m.admin)),
    'courrier.annuler': ('en_cours', lambda m, d: (imprimee(m), m.admin)),
    'courrier.reediter': ('en_cours', lambda m, d: (imprimee(m), 'signataire_1', m.admin))}
STRUCTURE = {'nom': 'Agence', 'sigle': 'AG', 'convention_du': None, 'convention_au': None}
# On anything else.
AILLEURS = dict.fromkeys("""comptes.envoyer_invitation comptes.retirer_second_facteur comptes.renouveler_codes
    comptes.connecter comptes.prendre_connaissance departs.fermer""".split(), lambda m: (m.chef,)) | {
    'cycle.deposer': lambda m: (saisie_de(m),),                     # it says who is in charge too
    'comptes.poser_mot_de_passe': lambda m: (comptes.nouveau_lien(m.chef, 'invitation'), 'scrypt$x'),
    'comptes.changer_mot_de_passe': lambda m: (m.chef, 'scrypt$x'),
    'comptes.envoyer_lien': lambda m: (m.chef.courriel,),
    'comptes.inviter': lambda m: (m.chef.courriel, m.chef.direction, 'Camille', 'Exemple'),
    'comptes.activer_second_facteur': lambda m: (m.chef, 'A' * 32, 1),
    'comptes.terminer_session': lambda m: (
        m.chef, comptes.sessions_de(m.chef, comptes.ouvrir_session(m.chef))[0].numero),
    'comptes.terminer_autres_sessions': lambda m: (
        m.chef, comptes.sessions_de(m.chef, comptes.ouvrir_session(m.chef))[0].numero),
    'comptes.inviter_de_nouveau': lambda m: (mise(m.chef, ouvert_le=None), m.admin),
    'comptes.revoquer_invitation': lambda m: (comptes.nouveau_lien(m.chef, 'invitation') and m.chef, m.admin),
    'comptes.terminer_sessions': lambda m: (m.chef, m.admin),
    'comptes.changer_coordonnees': lambda m: (m.chef, {'fonction': 'Directrice'}),
    'relais.noter_absence': lambda m: (m.chef, '2026-12-01', '2026-12-05', ''),
    'relais.ouvrir_les_restreintes': lambda m: (
        models.Absence.create(agent=m.chef, du='2026-12-01', suppleant=m.referent, restreintes=False), m.admin),
    'relais.retirer_absence': lambda m: (models.Absence.create(agent=m.chef, du='2026-12-01', au='2026-12-05'),),
    'relais.donner_delegation': lambda m: (m.chef, m.referent.id, '', ''),
    'relais.retirer_delegation': lambda m: (models.Delegation.create(pour=m.chef, par=m.autre),),
    'relais.tout_rendre': lambda m: (models.Delegation.create(pour=m.chef, par=m.autre).pour,),
    'seances.inviter': lambda m: (models.Contenu.create(
        genre='evenement', audience='contributeurs', titre='Comité', etat='publie', publie_le='2026-11-02', cree_le=LE,
        modifie_le=LE, debut_le='2026-12-15'), m.admin, 'tous'),
    'structures.creer_structure': lambda m: (STRUCTURE, {'nom': 'Siège'}, m.admin),
    'structures.creer_direction': lambda m: (m.chef.direction.structure, {'nom': 'Siège'}, m.admin),
    'structures.modifier_structure': lambda m: (m.chef.direction.structure, STRUCTURE, m.admin),
    'structures.modifier_direction': lambda m: (m.chef.direction, {'nom': 'Siège'}, None, m.admin),
    'structures.fermer': lambda m: (models.Direction.create(structure=2, nom='Vide'), None, m.admin),
    'structures.joindre_convention': lambda m: (m.chef.direction.structure, m.admin, [('signee.pdf', b'%PDF-1.7')]),
    'structures.rouvrir': lambda m: (
        models.Direction.create(structure=2, nom='Vide', fermee_le='2026-01-01'), m.admin),
    'personnes.modifier': lambda m: (m.chef, personnes.en_textes(m.chef) | {'nom': 'Autre'}, m.admin),
    'personnes.lever_second_facteur': lambda m: (mise(m.chef, second_facteur='A' * 32), m.admin),
    'personnes.clore_lecteur': lambda m: (mise(m.referent, lecteur_au='2027-06-30'), m.admin),
    'departs.effacer': lambda m: (models.Delegation.create(pour=m.chef, par=m.autre).pour,),
    'collectivites.ajouter': lambda m: (NEUVE, m.admin),
    'collectivites.retirer': lambda m: (
        models.Collectivite.create(nom='Seule', type='Syndicat', cherche='seule'), m.admin),
    'collectivites.corriger': lambda m: (m.rieumes, NEUVE | {'nom': 'Rieumes-le-Bourg'}, m.admin),
    'collectivites.fusionner': lambda m: ([m.rieumes], models.Collectivite.get_by_id(3), '2027-01-01', m.admin),
    'collectivites.annuler_fusion': lambda m: (
        collectivites.fusionner([m.rieumes], models.Collectivite.get_by_id(3), '2027-01-01', m.admin)
        or models.Collectivite.get_by_id(2), m.admin),
    'collectivites.creer_commune_nouvelle': lambda m: (
        m.rieumes, [models.Collectivite.get_by_id(3)], COMMUNE_NOUVELLE, m.admin),
    'collectivites.changer_epci': lambda m: (m.rieumes, None, '2027-01-01', m.admin),
    'collectivites.annuler_changement': lambda m: (
        apres(collectivites.changer_epci, m.rieumes, None, '2027-01-01', m.admin), m.admin),
    'calendrier.fixer_ouverture': lambda m: ('2026-02-02', m.admin),
    'calendrier.poser_bandeau': lambda m: ({'bandeau': 'Non.', 'bandeau_du': '', 'bandeau_au': '2026-12-01'}, m.admin),
    'calendrier.poser_electorale': lambda m: (
        {'electorale_du': '2026-12-01', 'electorale_au': '2027-03-21', 'electorale_lecteurs': ''}, m.admin),
    'groupes.ecrire': lambda m: (None, {'nom': 'Bourgs-centres', 'animateur': str(m.chef.id)}, m.admin),
    'groupes.fermer': lambda m: (models.Groupe.create(nom='Bourgs-centres'), m.admin),
    'groupes.rouvrir': lambda m: (models.Groupe.create(nom='Bourgs-centres', ferme_le='2026-01-05'), m.admin),
    'calendrier.ajouter_fermeture': lambda m: ('2026-12-24', '', 'Noël', m.admin),
    'calendrier.retirer_fermeture': lambda m: (
        models.Fermeture.create(du='2026-12-24', au='2026-12-24', libelle='Noël'), m.admin),
    'reglages.regler': lambda m: ({'nom': 'Autre nom'}, m.admin),
    'reglages.ecrire_texte': lambda m: (textes.lire('page', 'accessibilite'), {'titre': 'Autre'}, m.admin, 'Revue.'),
    'reglages.revenir': lambda m: (
        textes.ecrire('courriel', 'accuse', 'Autre', 'Autre') or textes.lire('courriel', 'accuse'), m.admin),
    'contenus.creer': lambda m: ('actualite', m.chef, {'titre': 'Neuf'}),
    'contenus.enregistrer': lambda m: (un_contenu(m), m.chef, {'titre': 'Autre'}),
    'contenus.agir': lambda m: (un_contenu(m), 'publier', m.admin),
    'contenus.proposer': lambda m: (un_contenu(m, 'publie'), m.chef, {'titre': 'Autre'}, 'Mieux.'),
    'contenus.accepter': lambda m: (proposition_de_contenu(m), m.admin, {'titre': 'Autre'}),
    'contenus.refuser': lambda m: (proposition_de_contenu(m), m.admin, 'Non.'),
    'contenus.retablir': lambda m: (contenus.enregistrer(un_contenu(m), m.chef, {'titre': 'Autre'})
                                    or models.Version.get(models.Version.numero == 1), m.chef, 'Mieux avant.'),
    'projets.rediger_depuis': lambda m: (mise(
        cycle.deposer(saisie_de(m))[0], statut='termine', issue='realise', clos_le=LE), m.admin),
    'projets.noter_accord': lambda m: (un_projet(m), m.chef, 'sa maire', '2026-11-21'),
    'projets.oter_document': lambda m: (un_projet(m) and models.Document.get(), m.chef),
    'projets.retirer_accord': lambda m: (un_projet(m), m.admin, '2026-11-24', 'Courriel de sa maire.'),
    'relectures.repondre': lambda m: (un_projet(m), m.chef.direction.structure_id, m.chef),
    'identite.habiller': lambda m: ({'couleur': '#1f4e79', 'couleur_accent': '', 'paysage': 'ville'}, m.admin),
    'reglages.dater': lambda m: ({'registre': ('2026-11-02', '2026-114')}, m.admin),
}
# Those that tell more than one thing (a line in each demande; two for « a_confirmer.demander »), judged by the tests of
# the life cycle; then what a verb is made of, and the questions: they leave nothing by themselves.
PLUSIEURS = {'a_confirmer.demander', 'a_confirmer.demander_a_la_nouvelle', 'collectivites.confirmer_au_jour',
             'reponses.ranger', 'collectivites.rattacher', 'cycle.saisir_directe',
             'cycle.changer_statut', 'comptes.creer', 'departs.rouvrir', 'departs.inviter_tous'}
SANS_LIGNE = {module: set(noms.split()) for module, noms in {
    'journal': """commencer verifier_version exiger conclure enregistrer indexer ecrire_index inscrire joindre
        ecrire_octets avertir_aussitot auditer auditer_pour purger_permis dernier_avertissement reprise_depuis
        fait_d_apres message_laisse_le nom_de_piece controler_pieces empreinte changee_par dernier_fait
        cloture_en_attente exiger_sans_cloture garder""",
    'comptes': """hacher verifier_mot_de_passe code_du_pas pas_du_code chiffres_du_code consommer_code nouveaux_codes
        codes_restants ouvrir_session session_ouverte vue_de_session fermer_session sessions_de nouveau_lien
        lien_valable inviter_s_il_le_faut direction_nommee purger reseau_connu connaitre_reseau refuser_adresse_prise
        qui_entre lecteurs exiger_contributeur exiger_un_compte_qui_ouvre dire_les_droits annoncer_le_reseau
        sans_second_facteur annoncer_le_second_facteur rappeler_le_second_facteur""",
    'cycle': """orienter_vers presents pilotes_joignables placer dire_present liberer porter_structure structure_imposee
        dans_sa_structure decharges promesse_de places_tenues restreinte_d_office courriel_inconnu echeance_depuis
        exiger_ouverture ecarter_les_essais empreinte deja_envoyee ligne_de_contact retenir_contact""",
    'evaluation': """lire fermee dire lisible resumer par_structure combien_citables citables citable noms_restants
        sans_nom citations citations_gardees""",
    'reunions': 'trouver a_noter pour_la_mairie a_venir_pour repondre',
    'invitations': """nouvelle de ecrire retirer suivre redire redire_un_evenement reinviter_la_mairie du_jeton fermee
        dire_la_reponse repondre oublier_la_reponse""",
    'seances': 'ouverte invites documents_de_seance',
    'reponses': """recevoir ranger_ou_compter comptees comptees_par_jour de_la_semaine marque_de_controle en_note
        oublier""",
    'actes': 'place_de deja_la personnes nommer suivent_une_close deja_ecrit coordonnees_modifiables question_ouverte',
    'jalons': 'lire a_proposer suivre_la_colonne',
    'conversation': """ecrire rectifier faire_attendre reprendre faire_partir partir clore oublier
        exiger_un_jour_d_attente""",
    'relais': """dire_periode pas_finie peut_deleguer peut_noter agit_pour absence_entre controler_absence
        marque_suppleance peut_ouvrir""",
    'departs': 'ce_que_tient dire_ce_que_tient exiger_un_autre_administrateur reste_un_administrateur',
    'personnes': 'lire_comptes mois_inactif filtrer lister dire_connexion en_textes en_colonnes controler',
    'a_confirmer': 'concernees jamais_dites',
    'collectivites': """ce_qui_tient epci_saisi empechement dire_a_venir code nees_avec reste_a_dire nouvelles_a_regler
        adhesions_de""",
    'reglages': 'champs_de_texte poser',
    'calendrier': 'essais_restants fermetures fermeture_connue fermetures_d_ici rappels_promis',
    'contenus': """publies a_ete_publie publie_pour peut_publier peut_ecrire peut_lire lisibles actes_possibles
        ecrit_sur_place groupes champs_du_genre proposables natures lies valeurs_de champs_de a_lire montrer comprendre
        controler instant_de a_relire en_attente adresse_interne""",
    'groupes': 'lister menes_par',
    'projets': """projet_de est_exemplaire peut_rediger avertissements a_un_accord accord_lu documents_d_accord
        document_attendu note_l_accord""",
    'relectures': """lecteurs lit_pour peut_repondre lectures_de a_relire manques texte_lu accord_joint joints_lus
        demander suivre auteur collectivite adresse titre_vide prie_de_relire dire_prie a_relire_par_les_siens""",
    'identite': 'apparence comprendre contraste dire_contraste jetons melanger pire_contraste',
    'structures': """ce_qui_en_depend est_la_derniere en_nombres dire_ce_qui_continue etat_de_convention
        conventions_a_renouveler"""}.items()}
MODULES = {m.__name__.split('.')[-1]: m for m in (
    journal, comptes, cycle, actes, conversation, cote, jalons, evaluation, relais, departs, identite, personnes,
    reglages, structures, a_confirmer, calendrier, collectivites, contenus, courrier, groupes, projets, relectures,
    reponses, reunions, invitations, seances)}


def mise(ligne, **colonnes):
    """A row as it is once these columns are written."""
    type(ligne).update(**colonnes).where(type(ligne)._meta.primary_key == ligne.get_id()).execute()
    return type(ligne).get_by_id(ligne.get_id())


def apres(verbe, ligne, *arguments):
    """A row as it is once a verb has acted on it."""
    verbe(ligne, *arguments)
    return type(ligne).get_by_id(ligne.get_id())


def avis(demande, **colonnes):
    return mise(models.Evaluation.get_by_id(demande.numero), repondu_le=LE, texte='Utile.', citable=True, **colonnes)


def jalon(demande, **autres):
    return models.Jalon.create(demande=demande, rang=1, quoi='Diagnostic', **autres)


def un_contenu(monde, etat='brouillon'):
    creation = contenus.creer('actualite', monde.chef, {'titre': 'Neuf', 'resume': 'En bref.', 'corps': 'Un texte.'})
    return mise(models.Contenu.get_by_id(creation), etat=etat, publie_le='2026-11-02')


def un_projet(monde):
    """A projet that a structure reads, to which its collectivité has agreed."""
    contenu = models.Contenu.get_by_id(contenus.creer('projet', monde.chef, {
        'titre': 'Une halle', 'structures': [monde.chef.direction.structure_id]}))
    projets.noter_accord(contenu, monde.chef, 'sa maire', '2026-11-20', [('accord.pdf', b'%PDF')])
    return mise(contenu, etat='a_valider')


def proposition_de_contenu(monde):
    contenus.proposer(un_contenu(monde, 'publie'), monde.chef, {'titre': 'Autre'}, 'Mieux.')
    return models.Version.get(etat='a_relire')


def reunie(monde, demande):
    return apres(reunions.proposer, demande, monde.chef, demande.version, A_LA_MAIRIE)


def a_imprimer(monde):
    valeurs.ecrire('signataire_1', 'Le Président,')
    return {p.cle: p.vue for p in lettres.a_preparer()[0]}, 'signataire_1', monde.admin


def imprimee(monde):
    courrier.imprimer(*a_imprimer(monde))
    return {s.lettre.id: s.marque for s in lettres.en_chemin()}


def lignes_de(verbe, arguments):
    """How many lines a verb leaves, called with what `arguments()` gives, which may leave some first."""
    module, _, nom = verbe.partition('.')
    def compter():
        return models.Journal.select().count() + models.Audit.select().count()
    with models.ecriture():
        donnes, avant = arguments(), compter()
        getattr(MODULES[module], nom)(*donnes)
        return compter() - avant


@pytest.mark.parametrize('verbe', SUR_UNE_DEMANDE)
def test_chaque_acte_laisse_une_ligne(creer, monde, verbe):
    """And refuses, of itself, who is not of the équipe: a page asks first, a command and another verb do not."""
    (etat, donner), (module, nom) = SUR_UNE_DEMANDE[verbe], verbe.split('.')
    depot = {'collectivite': None, 'type': 'Syndicat', 'nom_collectivite': 'SIVOM'} if etat == 'hors_liste' else {}
    statut = {'hors_liste': 'en_cours', 'associee': 'en_cours', 'en_retard': 'attribue_chef'}.get(etat, etat)
    demande = creer(statut, associe=etat == 'associee', **depot)
    if etat == 'en_retard':
        changer_ligne(demande, echeance='2026-11-20')
    if verbe == 'actes.remplacer':
        changer_ligne(monde.cochef, direction=monde.associe.direction)
    parametres = list(inspect.signature(getattr(MODULES[module], nom)).parameters)
    if verbe not in OUVERTS_A_TOUS and 'agent' in parametres:
        with pytest.raises(models.Refus) as refus, models.ecriture():           # what comes before is undone
            donnes, rang = donner(monde, relire_ici(demande)), parametres.index('agent')
            getattr(MODULES[module], nom)(*donnes[:rang], monde.autre, *donnes[rang + 1:])
        assert refus.value.code == 403
    assert lignes_de(verbe, lambda: donner(monde, relire_ici(demande))) == 1


@pytest.mark.parametrize('verbe', AILLEURS)
def test_chaque_verbe_laisse_une_ligne(monde, verbe):
    assert lignes_de(verbe, lambda: AILLEURS[verbe](monde)) == (2 if verbe == 'cycle.deposer' else 1)


def test_chaque_verbe_public_est_connu_de_ce_controle():
    connus = {*SUR_UNE_DEMANDE, *AILLEURS, *PLUSIEURS}
    for nom, module in MODULES.items():
        publics = {f for f, quoi in inspect.getmembers(module, inspect.isfunction)
                   if inspect.unwrap(quoi).__module__ == module.__name__ and not f.startswith('_')}
        assert publics - SANS_LIGNE.get(nom, set()) == {v.split('.')[1] for v in connus if v.startswith(f'{nom}.')}, nom
        assert SANS_LIGNE.get(nom, set()) <= publics, nom


def test_aucune_regle_ne_lit_le_texte_d_une_ligne_du_journal():
    """Its columns say what it did; an older one is read once, where it comes in (journal.fait_d_apres)."""
    lit = re.compile(r"texte (NOT )?(LIKE|GLOB)|instr\((\w+\.)?texte|texte'\]\.|\.texte\.(starts|remove)")
    assert [(fichier, ligne) for fichier in [*sources('verbes'), *sources('views')]
            for ligne in fichier.read_text('utf-8').splitlines() if lit.search(ligne)] == []


def jours_ecrits(texte):
    """The days of a promise that are written in a text, and not said from the setting."""
    nu = re.sub(r'\{#.*?#\}|&nbsp;|\s+', ' ', texte, flags=re.S)
    return [trouve[0] for trouve in JOURS_PROMIS.finditer(AUTRES_JOURS.sub('', nu))]


def phrases(chemin):
    """The strings of a module, without its docstrings."""
    arbre = ast.parse(chemin.read_text('utf-8'))
    dits = {id(noeud.value) for noeud in ast.walk(arbre) if isinstance(noeud, ast.Expr)}
    return '\n'.join(noeud.value for noeud in ast.walk(arbre)
                     if isinstance(noeud, ast.Constant) and isinstance(noeud.value, str) and id(noeud) not in dits)


def test_aucune_page_ni_aucun_courriel_n_ecrit_les_jours_d_une_promesse():
    """They are a setting (models.jours_promis)."""
    lus = {chemin: chemin.read_text('utf-8') for chemin in (
        *sources('views', '*.html'), *sources('static', '*.js'), *RACINE.glob('static/aide/*.md'),
        *RACINE.glob('static/textes/**/*.*'))} | {chemin: phrases(chemin) for chemin in modules()}
    assert len(lus) > 300 and [(chemin, jours) for chemin, texte in lus.items() if (jours := jours_ecrits(texte))] == []
