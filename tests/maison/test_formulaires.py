"""Every form that changes what is already written, from one list, gone through as two persons do; the list is compared
with what the base sees while the whole site is filled in."""
import collections
import contextlib
import copy
import json
import re
import sqlite3
from itertools import chain
from urllib.parse import urlsplit

import bottle
import pytest
import webtest
from conftest import DEPART, PHRASE, copier, en_ecriture, en_meme_temps, fixer, lue, texte
from webtest.forms import Checkbox, File, Hidden, Radio, Select, Submit

import langue
import models
import views
from verbes import comptes, textes

HOTE = 'http://127.0.0.1:8080'
REMPLI = 'le formulaire est rempli comme avant'
# How B writes meanwhile: another way, on screen, in another tab of A; another way, and A's first sending is at fault.
RANGEE = ('base', 'ecran', 'onglet', 'faute')
# A form, of its page, sent to `envoi`. qui: A, who types `champ` (and why, where it is asked). faute: what is refused.
# autre: what B changes, on A's page or on `b`, or in the base: ligne, « table key », colonne. case: a box. fin: after
# which it is closed, or no more. propose: A's words wait to be read. caches: what A's page does not show. a_cote: of a
# form of several keys, what B may change without A's being refused. voisine: of its kind, if not the next number.
Formulaire = collections.namedtuple(
    'Formulaire', 'nom qui page champ autre faute ligne envoi colonne case fin b propose caches a_cote voisine',
    defaults=('', '', '', '', '', False, {}, None, ''))
SIENS = {'texte pret'}                                              # nobody but their author changes them
EXEMPLES = {'date': '2026-11-24', 'email': 'essai@exemple.fr', 'tel': '0536490000'}
ESSAIS = ['2026-11-25', '2026-11-23', '3', *EXEMPLES.values(), 'Rieumes']


def _f(nom, qui, page, champ, autre, faute, ligne, **reste):
    envoi, colonne = reste.get('envoi', page), 'valeur' if ligne.startswith('reglage') else autre[0]
    suivante, numerotee = re.subn('[0-9]+$', lambda n: str(int(n[0]) + 1), envoi)
    reste = {'envoi': envoi, 'colonne': colonne, 'voisine': suivante * numerotee} | reste
    return Formulaire(nom, qui, page, champ, autre, faute, ligne, **reste)


A, R, CAL, EFFACE = '/espace/admin', '/espace/redaction', '/espace/admin/calendrier', ('DELETE', None)
RETIRE, ARCHIVE, FERME = ('etat', 'retire'), ('etat', 'archivee'), '2026-11-24'
NOM, TITRE, RESUME = ('nom', ''), ('titre', ''), ('resume', 'Un mot.')
CORPS, POUR_QUI, CITATION = ('corps', 'Les mélèzes'), ('pour_qui', 'Les mélèzes'), ('citation', 'Les mélèzes')
FORMULAIRES = (
    _f('porte', 'admin', f'{A}/portes/1', ('service', 'Bureau deux'), ('objet', 'Un mélèze'), ('organisme', ''),
       'porte 1', fin=EFFACE),
    _f('groupe', 'admin', '/espace/documents/groupes/1', ('animateur', '2'), ('nom', 'Les mélèzes'),
       ('animateur', '999'), 'groupe 1', fin=('ferme_le', FERME)),
    _f('theme', 'admin', f'{R}/themes/3', ('court', 'Eau'), ('nom', 'Mélèzes'), ('ordre', 'x'), 'theme 3', fin=EFFACE),
    _f('collectivite', 'admin', f'{A}/collectivites/2', ('canton', 'Cazères'), ('petr', 'Pays des mélèzes'), NOM,
       'collectivite 2', case='sans_lettre'),
    _f('structure', 'admin', f'{A}/structures/2', ('sigle', 'ATD'), ('convention_referent', 'Le mélèze'), NOM,
       'structure 2', case='partenaire'),
    _f('direction', 'admin', f'{A}/directions/2', ('court', 'DJ'), ('courriel', 'melezes@hgi.example'), NOM,
       'direction 2', fin=('fermee_le', FERME)),
    _f('compte', 'admin', f'{A}/comptes/3', ('identifiant', 'c-7'), ('fonction', 'Gardien des mélèzes'), ('prenom', ''),
       'agent 3', case='pilote'),
    _f('fiche', 'admin', f'{R}/fiches/2', RESUME, POUR_QUI, TITRE, 'fiche 2', case='restreinte', fin=ARCHIVE),
    _f('fiche proposee', 'chef', f'{R}/fiches/2', RESUME, POUR_QUI, TITRE, 'fiche 2', propose=True, fin=ARCHIVE,
       caches={'theme': '1', 'direction': '1', 'chefs': '1', 'restreinte': '1'}),
    _f('contenu brouillon', 'chef', f'{R}/contenus/1', RESUME, CORPS, TITRE, 'contenu 1', fin=RETIRE),
    _f('contenu publie', 'admin', f'{R}/contenus/2', RESUME, CORPS, TITRE, 'contenu 2', fin=RETIRE),
    _f('contenu propose', 'referent', f'{R}/contenus/2', RESUME, CORPS, TITRE, 'contenu 2', propose=True,
       caches={'audience': 'contributeurs', 'publie_le': '2020-01-01'}),
    _f('image', 'chef', f'{R}/contenus/1/fichiers', ('legende', 'Une place'), ('credit', 'Les mélèzes'),
       ('alternative', ''), 'document 1', envoi=f'{R}/images/1', fin=('retire_le', DEPART)),
    _f('fichier', 'chef', f'{R}/contenus/1/fichiers', ('titre', 'Un guide'), ('a_qui', 'Les mélèzes'),
       ('accessible', 'x'), 'document 3', envoi=f'{R}/fichiers/3', fin=('retire_le', DEPART)),
    _f('accord', 'chef', f'{R}/projets/4/accord', ('accord_par', 'le conseil'), ('accord_le', '2026-11-02'),
       ('accord_par', ''), 'contenu 4'),
    _f('page legale', 'admin', f'{A}/textes/accessibilite', ('titre', 'Accès'), CORPS, ('pourquoi', ''),
       'texte_ecrit accessibilite', voisine=f'{A}/textes/mentions-legales'),
    _f('courriel', 'admin', f'{A}/courriels/accuse', ('titre', 'Reçu'), CORPS, ('titre', '{inconnu}'),
       'texte_ecrit accuse', voisine=f'{A}/courriels/cloture'),
    _f('verbatim', 'admin', '/espace/pilotage/verbatims/1', ('citation', 'Un appui.'), CITATION, ('citation', ''),
       'evaluation 1', fin=('citable', 0), voisine=''),
    _f('coordonnees', 'referent', '/espace/compte', ('territoire', 'Le Comminges'), ('fonction', 'Gardien des mélèzes'),
       ('telephone', '12'), 'agent 3', envoi='/espace/compte/coordonnees', b=f'{A}/comptes/3',
       caches={'administrateur': 'oui', 'pilote': 'oui', 'courriel': 'pirate@hgi.example', 'direction': '1'}),
    _f('texte pret', 'referent', '/espace/textes/1', ('titre', 'Un mélèze'), ('texte', 'Les mélèzes'), ('titre', ''),
       'texte_type 1', fin=EFFACE),
    _f('clavier', 'referent', '/espace/compte', None, ('touches', False), None, 'agent 3',       # a lone box: no fault
       envoi='/espace/compte/clavier', case='touches'),
    _f('ouverture', 'admin', CAL, ('ouvert_le', '2026-03-01'), ('ouvert_le', '2026-02-01'), ('ouvert_le', '31/02/2026'),
       'reglage ouvert_le', envoi=f'{CAL}/ouverture'),
    _f('bandeau', 'admin', CAL, ('bandeau', 'Travaux'), ('bandeau_au', '2026-12-20'), ('bandeau_du', '31/02/2026'),
       'reglage bandeau_au', envoi=f'{CAL}/bandeau'),
    _f('periode electorale', 'admin', CAL, ('electorale_du', '2027-01-11'), ('electorale_au', '2027-02-21'),
       ('electorale_du', '31/02/2027'), 'reglage electorale_au', envoi=f'{CAL}/electorale'),
    _f('mandats', 'admin', CAL, ('mandat_departemental', '2028-07-01'), ('elections_le', '2032-03-14'),
       ('elections_le', '31/02/2026'), 'reglage elections_le', envoi=f'{CAL}/mandats'),
    _f('signataires', 'admin', f'{A}/lettres', ('signataire_1', 'Le Président,'), ('lettres_lieu', 'Mélèzes'),
       ('signataire_1_du', '31/02/2026'), 'reglage lettres_lieu', envoi=f'{A}/lettres/signataires'),
    _f('reglages', 'admin', f'{A}/reglages', ('horaires', 'le lundi'), ('horaires', 'le jour des mélèzes'),
       ('conservation_audit', 'x'), 'reglage horaires', a_cote=('adresse', '2 rue des Mélèzes')),
    _f('obligations', 'admin', f'{A}/obligations', ('registre_reference', 'DPO-7'), ('registre_le', '2026-11-02'),
       ('archives_le', '31/02/2026'), 'reglage registre', colonne='regle_le', a_cote=('archives_le', '2026-11-03')),
    _f('identite', 'admin', f'{A}/identite', ('couleur', '#1f4e79'), ('couleur', '#5a2d0c'),
       ('couleur', 'rouge brique'), 'reglage couleur', a_cote=('couleur_accent', '#7a1f1f')),
    _f('guide imprime', 'admin', f'{A}/guide', ('guide_editeur', 'Le Département'), ('guide_editeur', 'Les mélèzes'),
       ('guide_mentions', 'x' * 3000), 'reglage guide_editeur', a_cote=('guide_edito', 'Nos mélèzes')),
)
CLES = {'reglage': 'cle', 'texte_ecrit': 'cle', 'evaluation': 'demande_id'}


@pytest.fixture(scope='session')
def modele_riche(modele, modele_depose):
    """One or two rows of each kind, two administrateurs, their passwords."""
    return modele('riche', lambda: en_ecriture(_enrichir), modele_depose)


@pytest.fixture
def modele_de_base(modele_riche):
    return modele_riche


def _enrichir():
    models.Agent.update(mot_de_passe=comptes.hacher(PHRASE, n=16)).execute()
    models.Agent.update(administrateur=True).where(models.Agent.nom == 'Autre').execute()
    for n in (1, 2):
        models.Theme.create(nom=f'Rivières {n}', icone='grue', ordre=3)
        models.Porte.create(organisme=f'la préfecture {n}', objet='Un titre', service='Bureau', verifie_le='2026-10-01')
        models.Groupe.create(nom=f'Groupe {n}')
        models.TexteType.create(agent=3, titre=f'Un titre {n}', texte='Bonjour.', modifie_le=DEPART)
    for n, (genre, etat) in enumerate(
            (('actualite', 'brouillon'), ('actualite', 'publie'), ('actualite', 'publie'), ('projet', 'brouillon')), 1):
        models.Contenu.create(
            genre=genre, titre=f'Un titre {n}', resume='En bref.', corps='Une palombe.', etat=etat, agent=2, annee=2025,
            publie_le='2026-11-10' if etat == 'publie' else None, cree_le=DEPART, modifie_le=DEPART, cout='Rien.',
            collectivite=2, accord_par='sa maire', accord_le='2026-11-01')
    for genre, objet in (('image', 1), ('image', 1), ('contenu', 1), ('contenu', 1), ('accord', 4)):
        joindre(genre, objet)
    models.Evaluation.create(demande=1, demandee_le=DEPART, repondu_le=DEPART, aide='oui', permis='agir',
                             texte='Bien aidés.', citable=True, citation='Bien.', gardee_le=DEPART, gardee_par=1)
    _regler()


def _regler(**autres):
    for genre, cle in (('page', 'accessibilite'), ('courriel', 'accuse')):
        textes.ecrire(genre, cle, textes.origine(genre, cle)[0], 'Un texte à nous.')
    for cle, valeur in (autres | {
            'bandeau': 'Fermé', 'bandeau_du': '2026-11-24', 'bandeau_au': '2026-12-31', 'registre': 'DPO-1',
            'electorale_du': '2027-01-04', 'electorale_au': '2027-02-28'}).items():
        fixer(cle, valeur, '2026-10-01')


def joindre(genre, objet):
    titre = f'Un titre {models.Document.select().count()}'
    models.Document.create(genre=genre, objet=str(objet), titre=titre, nom='x.png', type='png', taille=1, sha256='0',
                           credit='CD', accessible='oui', largeur=1, hauteur=1, ajoute_le=DEPART, contenu=b'x')


def proposer(genre, objet):
    models.Version.create(genre=genre, objet=str(objet), etat='a_relire', champs='{"resume": "Un mot."}', agent=3,
                          changes='resume', pourquoi='Parce que.', auteur='Claude Temoin', cree_le=DEPART)


@pytest.fixture
def ouvrir(monde, entrer):
    """(A's browser, the form as A reads it)."""
    def lire_la_page(f):
        return (navigateur := entrer(getattr(monde, f.qui))), formulaire_de(navigateur.get(f.page), f)
    return lire_la_page


@pytest.fixture
def changer(monde, entrer, heure):
    """B writes at 10:41 in Paris, as RANGEE says; then it is 10:45."""
    def ecrire(f, comment, navigateur=None):
        heure('2026-11-24T09:41:00Z')
        if comment == 'base':
            mettre(f, f.colonne, f.autre[1])
        else:
            f = f._replace(page=f.b, envoi=f.b) if f.b and comment == 'ecran' else f
            navigateur = navigateur if comment == 'onglet' else entrer(monde.autre)
            envoyer(saisir(formulaire_de(navigateur.get(f.page), f), f.autre), 303)
        heure('2026-11-24T09:45:00Z')
    return ecrire


@pytest.fixture
def rien_d_ecrit(base):
    """Nothing that the base holds changes in the block, but who is there."""
    def lire():
        return {nom: lue(base, f'SELECT * FROM {nom}')
                for nom, in lue(base, "SELECT name FROM sqlite_master WHERE type = 'table'")
                if not nom.startswith(('sqlite_', 'recherche', 'session', 'reseau', 'marque'))}

    @contextlib.contextmanager
    def comparer():
        avant = lire()
        yield
        assert lire() == avant, 'quelque chose est écrit'
    return comparer


def formulaire_de(page, f):
    """The form of a page; None when it is not there any more."""
    siens = [page.forms[rang] for rang, lu in page.forms.textes.items() if f'name="{f.autre[0]}"' in lu]
    return next((form for form in siens if form.method.lower() == 'post'
                 and urlsplit(form.action).path in (f.envoi, '')), None)


def remplir(champ, valeur):
    if isinstance(champ, Checkbox):
        champ.checked = valeur
    else:
        champ.force_value(valeur)


def saisir(form, *valeurs):
    """Type these, and why where it is asked."""
    for nom, valeur in filter(None, (('pourquoi' in form.fields and ('pourquoi', 'Parce que.')), *valeurs)):
        remplir(form[nom], valeur)
    return form


def valeur_de(form, nom):
    return form[nom].checked if isinstance(form[nom], Checkbox) else form[nom].value


def mettre(f, colonne, valeur):
    """Write in the row of a form, or take it away, without the screen."""
    table, cle = f.ligne.split()
    quoi = f'DELETE FROM {table}' if colonne == 'DELETE' else f'UPDATE {table} SET {colonne} = ?2'
    with models.ecriture():
        if table == 'reglage':                                      # it has no row until it is changed
            models.db.execute_sql("INSERT OR IGNORE INTO reglage (cle, valeur) VALUES (?, '')", (cle,))
        models.db.execute_sql(f'{quoi} WHERE {CLES.get(table, "id")} = ?1 AND ?2 IS ?2', (cle, valeur))


def envoyer(form, status, page='/'):
    reponse = form.submit(status='*', headers={'Referer': HOTE + page})
    assert reponse.status_int == status, f'{reponse.status_int} et non {status} : {dit(reponse)}'
    return reponse


def dit(reponse):
    """What a page says of a refusal."""
    return ' '.join(' '.join(un.get_text(' ') for un in reponse.html.select('#erreurs, [role=alert]')).split())


def montre_les_deux(page, f, comment=''):
    """A page refused because another has written: what A typed, what the base says now, who wrote it and when; it is
    read, without any space, besides what is typed or chosen."""
    form, html = formulaire_de(page, f), copy.copy(page.html)
    assert form, 'le formulaire n\'est plus sur la page'
    for balise in html.select('textarea, select, datalist, script'):
        balise.decompose()
    lu = ''.join(html.get_text(' ').split())
    if f.champ:
        jour = f.autre[1] if langue.un_jour(f.autre[1]) else ''
        dires = [f.autre[1], *((langue.dire_jour(jour, True), langue.dire_jour_long(jour)) if jour else ())]
        assert valeur_de(form, f.champ[0]) == f.champ[1], 'ce que A a écrit n\'est plus là'
        assert any(''.join(dire.split()) in lu for dire in dires), 'ce que B a écrit ne se lit pas'
    if f.a_cote:
        assert page.html.select(f'[id^="{f.champ[0].split("_")[0]}"][id$="-faute"]'), 'la faute n\'est pas au champ'
    else:
        assert 'ditmaintenant' in lu, '« dit maintenant » ne se lit pas'
        if comment == 'ecran':
            assert 'DominiqueAutre' in lu and re.search('10h41|10:41', lu), 'qui l\'a écrit, et quand, ne se lit pas'


def tout_y_est(navigateur, f):
    """What A typed is written (or proposed, alone), and what B has changed is still there."""
    form = formulaire_de(navigateur.get(f.page), f)
    if f.propose:
        with models.lecture():
            derniere = models.Version.select().where(models.Version.etat == 'a_relire').get()
        assert json.loads(derniere.champs) == dict([f.champ]), 'ce qui est proposé'
    elif f.champ:
        assert valeur_de(form, f.champ[0]) == f.champ[1], 'ce que A a écrit'
    if not f.champ or f.champ[0] != f.autre[0]:
        assert valeur_de(form, f.autre[0]) == f.autre[1], 'ce que B a changé est effacé'


def nommer(valeur):
    return valeur.nom if isinstance(valeur, Formulaire) else None


def tous(*, sauf=lambda f: False):
    return pytest.mark.parametrize('f', [f for f in FORMULAIRES if not sauf(f)], ids=nommer)


# Who proposes changes nothing; nobody but oneself has one's keyboard.
@pytest.mark.parametrize('f, comment', [
    (f, comment) for f in FORMULAIRES for comment in RANGEE if not (f.propose and comment == 'onglet')
    and not ((f.champ is None or f.nom in SIENS) and comment == 'ecran') and (comment != 'faute' or f.faute)],
    ids=nommer)
def test_une_page_perimee_est_refusee_dit_ce_qui_a_change_puis_s_enregistre_sans_rien_effacer(
        ouvrir, changer, rien_d_ecrit, f, comment):
    navigateur, form = ouvrir(f)
    saisir(form, f.champ)
    juste = f.faute and (f.faute[0], valeur_de(form, f.faute[0]))
    changer(f, 'base' if comment == 'faute' else comment, navigateur)
    with rien_d_ecrit():
        if comment == 'faute':
            form = saisir(formulaire_de(envoyer(saisir(form, f.faute), 422), f), juste)
        page = envoyer(form, 409)
    montre_les_deux(page, f, comment)
    envoyer(formulaire_de(page, f), 303)
    tout_y_est(navigateur, f)


@pytest.mark.parametrize('genre, dossier', [('fiche', 'fiches'), ('contenu', 'contenus')])
def test_une_decision_corrigee_n_efface_pas_ce_qu_un_autre_a_ecrit(ouvrir, changer, rien_d_ecrit, genre, dossier):
    """The proposal, touched up, would replace it."""
    en_ecriture(proposer, genre, 2)
    envoi = f'{R}/contenus/propositions/1' if genre == 'contenu' else f'{R}/propositions/1'
    _, form = ouvrir(f := _f('', 'admin', f'{R}/{dossier}/2', ('resume', 'Un mot.'), ('resume', 'Les mélèzes'),
                             ('resume', ''), f'{genre} 2', envoi=envoi))
    changer(f, 'base')
    with rien_d_ecrit():
        page = envoyer(saisir(form, f.faute, ('decision', 'publier')), 422)
        envoyer(saisir(formulaire_de(page, f), f.champ), 409)


@tous(sauf=lambda f: not f.a_cote)
@pytest.mark.parametrize('faute', [False, True], ids=['', 'après une faute'])
def test_une_cle_qu_un_autre_a_changee_ne_refuse_pas_les_autres(ouvrir, changer, f, faute):
    f = f._replace(autre=f.a_cote)
    navigateur, form = ouvrir(f)
    juste = f.faute[0], valeur_de(saisir(form, f.champ), f.faute[0])
    changer(f, 'ecran')
    if faute:
        form = formulaire_de(envoyer(saisir(form, f.faute), 422), f)
    envoyer(saisir(form, juste), 303)
    tout_y_est(navigateur, f)


@tous(sauf=lambda f: f.propose or not f.champ)
def test_deux_envois_a_la_fois_de_la_meme_page_l_un_est_refuse(ouvrir, f):
    """What is proposed is kept twice; a box alone has no second change."""
    envois = [saisir(ouvrir(f)[1], un) for un in (f.champ, f.autre)]
    codes = [0, 0]

    def envoyer_un(n):
        codes[n] = envois[n].submit(status='*').status_int
    assert en_meme_temps(2, envoyer_un) == [] and sorted(codes) == [303, 409]
    form = ouvrir(f)[1]
    (nom, valeur), (perdu, autre) = (f.champ, f.autre) if codes[0] == 303 else (f.autre, f.champ)
    assert valeur_de(form, nom) == valeur and valeur_de(form, perdu) != autre


# form: other faults that may be made of it, each refused alone; those of the verb among them.
IMPOSSIBLE, PASSE, LOIN = '31/02/2026', '2020-01-01', '2199-01-01'
AUSSI = {
    'porte': {'verifie_le': LOIN, 'telephone': '12'}, 'groupe': {'nom': 'Groupe 2'}, 'theme': {'nom': 'Rivières 2'},
    'collectivite': {'siren': '213104531', 'insee': '12', 'codes_postaux': '3', 'population': 'x', 'epci': '999'},
    'structure': {'site': 'x', 'convention_au': PASSE}, 'direction': {'telephone': '12', 'expert': '999'},
    'compte': {'courriel': 'dominique.autre@haute-garonne.example', 'identifiant': 'à moi', 'direction': '999'},
    'fiche': {'associees': 'Les mélèzes', 'deroulement': 'x' * 5000, 'theme': 'x', 'chefs': '999', 'pourquoi': ''},
    'fiche proposee': {'associees': 'Les mélèzes', 'pourquoi': ''},
    'contenu brouillon': {'expire_le': PASSE, 'fiches_1': 'x'}, 'contenu publie': {'expire_le': PASSE, 'pourquoi': ''},
    'contenu propose': {'pourquoi': ''}, 'image': {'accords_par': ''}, 'fichier': {'titre': ''},
    'accord': {'accord_le': LOIN}, 'page legale': {'corps': '{inconnu}'}, 'courriel': {'corps': '{inconnu}'},
    'coordonnees': {'telephone_public': '12'}, 'texte pret': {'texte': '{inconnu}'}, 'bandeau': {'bandeau_au': PASSE},
    'periode electorale': {'electorale_au': PASSE}, 'mandats': {'mandat_departemental': IMPOSSIBLE},
    'signataires': {'signataire_2': 'x' * 400}, 'reglages': {'dpd': 'x', 'conservation_courriels': '99'},
    'obligations': {'registre_le': LOIN, 'accord_lecteurs_le': LOIN}, 'identite': {'couleur_accent': '#ffffff'},
    'guide imprime': {'guide_mentions': 'x' * 3000}}
# form: what its row says already, of which a fault comes.
AVANT = {'structure': {'convention_du': '2026-01-01'}, 'contenu brouillon': {'publie_le': '2026-11-10'},
         'image': {'personnes': 'accords', 'accords_par': 'ses parents'}}
SEULE = {'clavier', 'verbatim', 'ouverture'}                        # one field, or one that may not be wrong


def en_faute(form):
    """The fields that a refused form says are at fault."""
    page = form.submit(status='*')
    assert page.status_int in (409, 422)
    dites = [un['id'].removesuffix('-faute') for un in page.html.select('[id$="-faute"]')]
    return {max((nom for nom in form.fields if nom and dit.endswith(nom)), key=len) for dit in dites}


@tous(sauf=lambda f: f.nom in SEULE)        # each of the others has faults in AUSSI, or fails
def test_toutes_les_fautes_d_un_formulaire_se_disent_a_la_fois(ouvrir, rien_d_ecrit, f):
    fautives = [f.faute, *AUSSI[f.nom].items()]
    for colonne, valeur in AVANT.get(f.nom, {}).items():
        mettre(f, colonne, valeur)
    with rien_d_ecrit():
        seules = {faute[0]: en_faute(saisir(ouvrir(f)[1], faute)) for faute in fautives}
        assert {nom: dites for nom, dites in seules.items() if dites != {nom}} == {}
        ensemble = en_faute(saisir(ouvrir(f)[1], *fautives))
    assert ensemble == {*seules}


@tous()
@pytest.mark.parametrize('change', [False, True], ids=['seul', 'avec un autre'])
def test_une_session_qui_finit_ne_perd_ni_ce_qui_est_ecrit_ni_ce_qu_un_autre_ecrit(
        ouvrir, changer, monde, rien_d_ecrit, hachage_rapide, f, change):
    if f.case:
        mettre(f, f.case, 1)
    navigateur, form = ouvrir(f)
    en_ecriture(models.Session.delete().execute)
    page = envoyer(saisir(form, f.champ, f.case and (f.case, False)), 401, f.page)
    assert not f.champ or f.champ[1] in [un['value'] for un in page.html.select('input[type=hidden]')]
    if change:
        changer(f, 'ecran' if f.champ and f.nom not in SIENS else 'base')
    navigateur.cookiejar.clear()
    form = next(form for form in page.forms.values() if 'mot_de_passe' in form.fields)
    form['courriel'], form['mot_de_passe'] = getattr(monde, f.qui).courriel, PHRASE
    page = form.submit(status=303).follow(status=200)
    assert page.request.path == f.page and REMPLI in texte(page)
    form = formulaire_de(page, f)
    _revenu(form, f)
    if change:
        with rien_d_ecrit():
            envoyer(form, 409)
    else:
        envoyer(form, 303)
        _revenu(formulaire_de(navigateur.get(f.page), f), f if not f.propose else f._replace(champ=None))


def _revenu(form, f):
    assert not f.champ or valeur_de(form, f.champ[0]) == f.champ[1], 'dit rempli, et ne l\'est pas'
    assert not f.case or not valeur_de(form, f.case), 'la case est cochée de nouveau'


def champs(form):
    return [(nom, valeur) for nom, valeur in form.submit_fields() if not isinstance(form.fields[nom][0], File)]


def marques(ouvrir, f, vraie):
    """Marks that are not those of this form."""
    yield from (('tronquée', vraie[:len(vraie) // 2]), ('allongée', f'{vraie}x'), ('énorme', 'a' * 100_000),
                ('profonde', '[' * 5_000), ('absente', None), ('vide', ''))
    autres = [g for g in FORMULAIRES if g.nom in ('theme', 'structure') or g.ligne == f.ligne]
    voisine = f._replace(page=f.voisine if f.page == f.envoi else f.page, envoi=f.voisine)
    for autre in [g for g in (*autres, voisine) if g.envoi not in ('', f.envoi)]:
        yield f'de {autre.envoi}', ouvrir(autre)[1]['vue'].value


@tous()
def test_un_formulaire_a_une_marque_et_refuse_toute_autre_ou_un_champ_qui_manque(ouvrir, rien_d_ecrit, f):
    """A radio of which nothing is chosen is not sent by a browser: it may be missing, as a box."""
    navigateur, form = ouvrir(f)
    caches = [nom for nom, leurs in form.fields.items() for champ in leurs if isinstance(champ, Hidden)]
    assert [nom for nom in caches if nom not in ('formulaire', 'fiche', 'contenu')] == ['vue']
    vraie, envois = form['vue'].value, champs(saisir(form, f.champ))
    assert vraie
    typees = [nom for nom, _ in envois if not isinstance(form.fields[nom][0], Hidden | Checkbox | Radio)]
    sans_marque = [un for un in envois if un[0] != 'vue']
    with rien_d_ecrit():
        obtenus = {nom: navigateur.post(f.envoi, [un for un in envois if un[0] != nom], status='*').status_int
                   for nom in typees}
        assert {nom: code for nom, code in obtenus.items() if code != 422} == {}
        assert navigateur.post(f.envoi, {}, status='*').status_int in (409, 422)
        for quoi, marque in marques(ouvrir, f, vraie):
            page = navigateur.post(f.envoi, sans_marque + [('vue', marque)] * (marque is not None), status='*')
            assert page.status_int in (409, 422), f'{quoi} : {page.status_int}'
            assert len(dit(page)) > 20, f'{quoi} : sans une phrase'


@tous(sauf=lambda f: not f.fin)
def test_ce_qui_est_ferme_ou_n_est_plus_le_dit(ouvrir, rien_d_ecrit, f):
    form = ouvrir(f)[1]
    mettre(f, *f.fin)
    with rien_d_ecrit():
        page = saisir(form, f.champ).submit(status='*')
    assert page.status_int in (404, 409) and len(dit(page) or texte(page)) > 20


@tous(sauf=lambda f: not f.caches)
@pytest.mark.parametrize('voit', [False, True], ids=['sa marque', 'celle de qui les voit'])
def test_un_champ_que_la_page_ne_montre_pas_est_ignore(ouvrir, base, f, voit):
    """Of the row, only what A typed changes; of a proposal, nothing: it says what A typed, alone."""
    def cellules():
        return [cellule for table in (f.ligne.split()[0], 'pilotage') for rangee in lue(base, f'SELECT * FROM {table}')
                for cellule in rangee]
    navigateur, form = ouvrir(f)
    envois = dict(champs(saisir(form, f.champ))) | f.caches
    if voit:
        envois['vue'] = ouvrir(next(g for g in FORMULAIRES if g.ligne == f.ligne and g.qui == 'admin'))[1]['vue'].value
    avant = cellules()
    code = navigateur.post(f.envoi, envois, status='*').status_int
    changees = [neuf for ancien, neuf in zip(avant, cellules(), strict=True) if ancien != neuf]
    assert code == 303 or voit and code in (409, 422)
    assert changees == ([f.champ[1]] if code == 303 and not f.propose else [])
    if f.propose and code == 303:
        tout_y_est(navigateur, f._replace(autre=(f.autre[0], valeur_de(form, f.autre[0]))))


# The other POST routes, by why they carry no mark of what was first read. Those of the first two change no row that
# existed. The third alone comes filled: the decision on a proposal has the mark of what it replaces.
NAISSANCE, RIEN, DECISION = 'une ligne naît', 'rien n\'est écrit de ce que l\'on nomme', 'une proposition se décide'
EXCEPTIONS = {
    NAISSANCE: f"""/demande /espace/demandes/nouvelle /espace/compte/absence /espace/compte/delegation
        {A}/collectivites/ajouter {A}/comptes/nouveau {A}/portes/nouvelle {A}/structures/nouvelle
        {A}/structures/<id>/direction {A}/calendrier/fermeture /espace/documents/groupes/nouveau {R}/themes
        {R}/fiches/nouvelle {R}/fiches/<id>/documents {R}/contenus/nouveau/<genre> {R}/contenus/<id>/images
        {R}/projets/depuis/<numero> {A}/campagne {A}/guide/edition /espace/ameliorations /espace/textes /espace/listes
        {A}/comptes/<id>/acces /espace/agenda/<id>/inviter""",
    RIEN: f"""/connexion /connexion/code /connexion/sso /deconnexion /mot-de-passe /suivi /suivi/<reste:path>
        /espace/compte/sessions {R}/apercu {R}/contenus/apercu {A}/courriels/<cle>/apercu {A}/comptes/inviter
        {A}/supervision/essai {A}/supervision/heure {A}/supervision/renvoyer {A}/import {A}/import/abandonner
        {A}/import/refuses {A}/reprise /espace/collectivites/<id>/visite""",
    DECISION: f'{R}/propositions/<id> {R}/contenus/propositions/<id>',
    'une demande a sa version': """/espace/demandes/<numero>/<action> /suivi/<jeton>/abandonner
        /suivi/<jeton>/coordonnees /suivi/<jeton>/evaluation /suivi/<jeton>/message /suivi/<jeton>/rappel""",
    'un secret se prouve et se remplace, il ne se montre pas': """/invitation/<jeton> /espace/compte/mot-de-passe
        /espace/compte/second-facteur /espace/compte/second-facteur/activer""",
    'un fichier remplace tout ce qu\'il dit': f'{A}/import/contours',
    'un lot se montre avant de s\'écrire': f"""{A}/import/ecrire {A}/reprise/classer {A}/reprise/annuler
        {A}/collectivites/fusion {A}/collectivites/commune-nouvelle {A}/collectivites/a-confirmer
        {A}/comptes/<numero>/depart {A}/structures/<id>/depart /espace/demandes/experts/<numero> {R}/brouillons
        {A}/donnees-ouvertes/<annee>
        {A}/lettres""",
    'un acte écrit ce qui se décide, non ce qui était lu': f"""{A}/collectivites/<id>/epci {A}/collectivites/a-rattacher
        {A}/directions/<id>/fermer {A}/structures/<id>/logo {A}/structures/<id>/convention {R}/contenus/<id>/acte
        {R}/contenus/<id>/fichiers {R}/fiches/<id>/etat/<etat> {R}/campagne/<id> {A}/ameliorations/<id>
        {R}/versions/<id> {R}/projets/<id>/lecture {R}/projets/<id>/retrait""",
    'chaque lettre dit ce qui en était lu': f'{A}/lettres/<etape> {A}/lettres/annuler {A}/lettres/reediter',
    'un jour seul, lu avec sa page, que suit test_campagne': f'{A}/campagne/<annee>',
    'un bouton seul': f"""/rendez-vous/<jeton> /espace/aide/engagements /espace/compte/absence-retirer
        /espace/compte/absence-restreintes /espace/compte/delegation-retirer {A}/calendrier/fermeture-retirer
        {A}/collectivites/<id>/annuler-epci {A}/collectivites/<id>/annuler-fusion {A}/collectivites/<id>/retirer
        {A}/comptes/<id>/acte {A}/campagne/<annee>/annuler
        /espace/demandes/experts/<numero>/annuler
        {A}/comptes/<numero>/depart/annuler {A}/comptes/<numero>/depart/garder {A}/structures/<id>/depart/annuler
        {A}/courriels/<cle>/origine {A}/textes/<cle>/origine {A}/directions/<id>/rouvrir
        {A}/structures/<id>/logo/retirer {A}/structures/conventions/<id>/retirer {A}/donnees-ouvertes/<annee>/retirer
        /espace/documents/groupes/<id>/<acte> {A}/import/annuler {R}/accords/<id>/retirer {R}/documents/<id>/retirer
        {R}/fichiers/<id>/retirer {R}/images/<id>/retirer {R}/campagne/<id>/exacte {A}/campagne/<annee>/clore
        {A}/guide/<annee>/retirer {R}/themes/<id>/supprimer /espace/textes/<id>/retirer /espace/listes/<id>/retirer"""}
EXCEPTIONS = {pourquoi: {*regles.split()} for pourquoi, regles in EXCEPTIONS.items()}
DERRIERE = ('session', 'marque', 'version', 'lien', 'courriel', 'rappel', 'recherche')    # not what a user names


def sans_motifs(rule):
    return re.sub(r':re:[^>]*', '', rule)


def regle(methode, chemin):
    """The rule of an address, without its patterns, or None."""
    with contextlib.suppress(bottle.HTTPError):
        return sans_motifs(views.app.match({'REQUEST_METHOD': methode, 'PATH_INFO': chemin})[0].rule)


@pytest.fixture
def rempli(base, naviguer, demonstration, tmp_path, monkeypatch):
    """([the browser of an administrateur, that of a pilote], the tables of which a form that is accepted changes a row
    that existed). Of the demonstration, which nothing changes: what would be committed is looked at, then undone."""
    mises_a_jour, changees, modele = set(), set(), copier(demonstration, tmp_path / 'demonstration.db')
    init, crochets, navigateurs = models.db.init, models.db._add_conn_hooks, [naviguer(), naviguer()]

    def noter(action, table, colonne, base, declencheur):           # what a trigger updates is not what a route does
        if action == sqlite3.SQLITE_UPDATE and not declencheur and not table.startswith(DERRIERE):
            mises_a_jour.add(table)
        return sqlite3.SQLITE_OK

    def defaire():
        for lire in [f'SELECT * FROM {table}' for table in mises_a_jour]:
            changees.update([lire] if set(lue(modele, lire)) - set(models.db.execute_sql(lire)) else [])
        mises_a_jour.clear()
        models.db.rollback()
    models.debrancher()
    models.brancher(modele)
    with models.ecriture():
        contenu = models.Contenu.get(models.Contenu.genre == 'actualite').id      # what it has none of, so that each
        for genre in ('image', 'contenu'):                                        # form is there, filled
            joindre(genre, contenu)
        proposer('fiche', 1)
        proposer('contenu', contenu)
        models.TexteType.create(agent=1, titre='Un titre', texte='Bonjour.', modifie_le=DEPART)
        _regler(couleur='#1f4e79', guide_editeur='Le Département', elections_le='2026-03-15')
        for navigateur, agent in zip(navigateurs, (1, 5)):          # not in the jar: « Se déconnecter » is tried too
            cookie = comptes.ouvrir_session(models.Agent.get_by_id(agent))
            navigateur.extra_environ['HTTP_COOKIE'] = f'session={cookie}'
    models.debrancher()
    monkeypatch.setattr(models.db, 'init', lambda *a, **o: init(*a, cached_statements=0, **o))     # each time prepared
    monkeypatch.setattr(models.db, '_add_conn_hooks', lambda c: (crochets(c), c.set_authorizer(noter)))
    monkeypatch.setattr(models.db, 'commit', defaire)
    models.brancher(modele)
    return navigateurs, changees


def parcourir(navigateur, graines):
    """{rule of a POST: [(form, its button)]}, of three pages at most of each GET."""
    file, vues, formes = list(graines), collections.Counter(), collections.defaultdict(list)
    for adresse in file:
        quoi = regle('GET', urlsplit(adresse).path)
        traces = quoi and quoi.endswith(('.csv', '/audit', '/acces', '/securite'))      # they lead everywhere
        if quoi is None or traces or vues[quoi] == 3:
            continue
        vues[quoi] += 1
        page = navigateur.get(adresse, status='*')
        if page.status_int != 200 or 'html' not in page.content_type:
            continue
        liens = re.findall(r'href="(/[^"#]*)', page.text.replace('&amp;', '&'))
        file += [lien for lien in dict.fromkeys(liens) if lien not in file]
        for balise, dedans in re.findall(r'(<form\b[^>]*method="post"[^>]*>)(.*?</form>)', page.text, re.DOTALL):
            vers = re.search('action="([^"]*)', balise)
            leurs = formes[regle('POST', urlsplit(vers[1] if vers else adresse).path)]
            if len(leurs) < 6:                                      # the page whole would be long to read
                form = webtest.Form(page, balise + dedans)
                boutons = [(), *((nom, rang) for nom, dits in form.fields.items() if nom
                                 for rang, champ in enumerate(dits) if isinstance(champ, Submit))]
                leurs += [(form, bouton) for bouton in boutons[:4]]
    return formes


def essais(champ):
    """What a field is given, try after try: another text, another day, a box the other way; of a list, what it says."""
    dit, genre, exige = champ.value, champ.attrs.get('type'), 'required' in champ.attrs
    if isinstance(champ, Checkbox):
        return [not champ.checked, champ.checked]
    if isinstance(champ, Select | Radio):
        options = [valeur for valeur, *_ in champ.options if valeur]
        return ([dit] if dit or not exige and isinstance(champ, Select) else []) + options or [dit]
    if isinstance(champ, File):
        return [webtest.Upload('x.pdf', b'%PDF-1.4 x')] if exige else [None]
    if not dit:
        return [EXEMPLES.get(genre, 'Essai') if exige else '', *ESSAIS]
    autre = dit[:-1] + ('1' if dit.endswith('0') else '0') if dit[-1].isdigit() else f'{dit} x'
    return ESSAIS if genre == 'date' else [dit] if genre in EXEMPLES else [autre, dit]


def soumettre(form, bouton, changees):
    """Is a row that existed changed by a form, once it is accepted? Each fault gets another try."""
    suites = {champ: essais(champ) for leurs in form.fields.values() for champ in leurs
              if not isinstance(champ, Hidden | Submit)}
    rangs = collections.Counter()
    for _ in range(10):
        for champ, suite in suites.items():
            remplir(champ, suite[rangs[champ.id] % len(suite)])
        changees.clear()
        page = form.submit(*bouton, status='*')
        rangs.update(re.findall('href="#([^"]*)', page.text.partition('id="erreurs"')[2].partition('</ul>')[0]))
        if page.status_int != 422 or not rangs:
            return page.status_int < 400 and bool(changees)
    return False


def test_la_liste_des_formulaires_est_celle_que_la_base_voit(rempli):
    """Each POST route is in the list, or in the exceptions with its reason; what the base sees says the same."""
    navigateurs, changees = rempli
    changent, remplis = set(), set()
    graines = [route.rule for route in views.app.routes if route.method == 'GET' and '<' not in route.rule]
    for navigateur in navigateurs:
        for quoi, formes in parcourir(navigateur, graines).items():
            for form, bouton in formes:
                dit = [champ for leurs in form.fields.values() for champ in leurs if champ.value
                       and not isinstance(champ, Hidden | Submit | Checkbox | Radio | Select | File)]
                if quoi not in changent and soumettre(form, bouton, changees):
                    changent.add(quoi)
                    remplis |= {quoi} if dit else set()
    leurs = {regle('POST', f.envoi) for f in FORMULAIRES}
    toutes = {sans_motifs(route.rule) for route in views.app.routes if route.method == 'POST'}
    assert sorted(chain(leurs, *EXCEPTIONS.values())) == sorted(toutes)      # each once
    assert leurs - changent == set(), 'jamais vus changer une ligne'
    assert changent & (EXCEPTIONS[NAISSANCE] | EXCEPTIONS[RIEN]) == set(), 'changent une ligne qui existait'
    assert remplis - leurs == EXCEPTIONS[DECISION], 'viennent remplis, et changent une ligne'
