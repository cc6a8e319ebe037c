"""An import on screen: the review of a file, line by line, is exactly what is then written."""
import io
import random
import re

import pytest
from conftest import PHRASE, creer_ligne, en_ecriture, texte
from webtest import Upload

import models
from verbes import comptes
from verbes.echanges import imports, revue
from verbes.echanges.colonnes import COLONNES
from verbes.echanges.exports import exporter, photographier
from views import consigne
from views.cookies import garder_reprise
from views.administration.revue import GENRES, libelle

PAGE = '/espace/admin/import'
ENTETE = ('courriel;prenom;nom;structure;direction;fonction;telephone_public;telephone;administrateur;pilote;actif')
HGI = 'Haute-Garonne Ingénierie – HGI;Direction assistance juridique et financière'
NEUF = f'awa.trame@hgi.example;Awa;Trame;{HGI};Cheffe de projet;;;non;non;oui'


@pytest.fixture(autouse=True)
def vider(base):
    def faire():
        for casier in consigne._casiers.values():
            casier.fermer()
        consigne._casiers.clear()
    faire()
    yield faire
    faire()


@pytest.fixture
def relire(entrer, monde):
    """relire(text or bytes, genre='agents') → the page of the review, for the administrateur."""
    site = entrer(monde.admin)

    def envoyer(contenu, genre='agents', nom='agents.csv', status=None):
        octets = contenu if isinstance(contenu, bytes) else contenu.encode()
        formulaire = site.get(f'{PAGE}?genre={genre}').forms['importer']
        formulaire['pieces'] = Upload(nom, octets, 'text/csv')
        return formulaire.submit(status=status)
    return envoyer


def csv_de(quoi):
    sortie = io.BytesIO()
    with models.lecture():
        exporter(quoi, sortie)
    return sortie.getvalue().decode('utf-8-sig')


def entiere(ligne, tete):
    """A line of ENTETE with the other columns of this header, empty."""
    return ligne + ';' * (tete.count(';') - ENTETE.count(';'))


def lignes(page):
    return [(int(tr.td.text), tr.select_one('.etat').text.strip()) for tr in page.html.select('table.revue tbody tr')]


def comptes_de(page):
    return tuple(int(b.text) for b in page.html.select('.chiffres b'))


def agents(**filtres):
    with models.lecture():
        return list(models.Agent.select().filter(**filtres))


def test_un_compte_est_relu_puis_ecrit_et_n_est_invite_que_si_on_le_demande_deux_d_un_meme_nom_sont_dits(relire, monde):
    page = relire(f'{ENTETE}\n{NEUF}\n{NEUF.replace("awa.trame@", "a.trame@").replace("Trame", "TRAME")}\n')
    assert comptes_de(page) == (2, 0, 0, 0)
    assert 'Plusieurs comptes ont le même nom, Awa TRAME : a.trame@hgi.example, awa.trame@hgi.example.' in texte(page)
    page = relire(f'{ENTETE}\n{NEUF}\n')
    assert 'Plusieurs comptes' not in texte(page)
    boutons = [re.sub(r'\s+', ' ', b.text).strip() for b in page.html.select('#ecrire button.bouton:not(.second)')]
    assert boutons == ['Ajouter le compte', 'Ajouter le compte et envoyer 1 invitation']
    assert 'Aucune invitation n\'est partie.' in texte(page.forms['ecrire'].submit().follow())
    assert agents(courriel='awa.trame@hgi.example')
    with models.lecture():
        assert not models.Courriel.select().exists()
    page = relire(f'{ENTETE}\n{NEUF}\n'.replace('awa', 'eva').replace('Awa', 'Eva'))
    assert page.status_code == 200 and comptes_de(page) == (1, 0, 0, 0) and lignes(page) == [(2, 'créé')]
    assert 'Eva Trame' in texte(page) and 'Fonction : Cheffe de projet' in texte(page)
    assert not agents(courriel='eva.trame@hgi.example') and 'Un lien d\'invitation vaut 14 jours.' in texte(page)
    suite = page.forms['ecrire'].submit('inviter')
    assert suite.status_code == 303
    assert 'Ce qui a été montré est écrit, et chaque compte créé ou rouvert reçoit son invitation.' in suite.follow()
    assert agents(courriel='eva.trame@hgi.example')
    with models.lecture():
        assert models.Courriel.select().where(models.Courriel.modele == 'invitation').count() == 1
        audit = models.Audit.select().where(models.Audit.fait == 'import').order_by(models.Audit.id.desc()).get()
        assert audit.agent_id == monde.admin.id and audit.detail == 'agents : 1 ajoutés, 0 modifiés'


def test_un_fichier_se_lit_comme_le_tableur_l_a_ecrit_plus_garde_il_se_redemande_rien_n_est_ecrit_si_la_base_change(
        relire, vider, monde):
    for codage, separateur, dit in (
            ('cp1252', ';', 'Windows-1252, séparateur « ; »'), ('cp1252', ',', 'Windows-1252, séparateur « , »'),
            ('utf-8', '\t', 'UTF-8, séparateur tabulation'), ('utf-8-sig', ',', 'UTF-8, séparateur « , »')):
        page = relire(f'{ENTETE}\n{NEUF.replace("Awa", "Inès")}\n'.replace(';', separateur).encode(codage))
        assert dit in texte(page) and comptes_de(page)[0] == 1 and 'Inès Trame' in texte(page), dit
    tete, *connus = csv_de('agents').splitlines()
    camille, sacha = (next(ligne for ligne in connus if ligne.startswith(qui)) for qui in ('camille', 'sacha'))
    page = relire('\n'.join([tete, sacha, camille.replace('0536490030', '0536490099'), entiere(NEUF, tete),
                             entiere(NEUF.replace('awa.trame@', ''), tete)]))
    assert comptes_de(page) == (1, 1, 1, 1) and lignes(page) == [(5, 'refusé'), (4, 'créé'), (3, 'modifié')]
    assert page.html.select_one('table.revue del').text == '05 36 49 00 30'.replace(' ', '\xa0')
    assert page.html.select_one('table.revue ins').text == '05 36 49 00 99'.replace(' ', '\xa0')
    assert '1 ligne sans changement' in texte(page) and 'Écrire les 2 bonnes lignes' in texte(page)
    page = relire('\n'.join([tete, *connus, entiere(NEUF, tete)]))
    onglets = page.html.select('form.onglets button')
    assert [re.sub(r'\s+', ' ', b.text) for b in onglets] == ['Ce qui change 1', 'Créés 1', 'Inchangés 7']
    montree = page.forms[[n for n in page.forms if isinstance(n, int) and page.forms[n].fields.get('voir')][0]]
    page = montree.submit('voir', value='inchange')
    assert {sort for _, sort in lignes(page)} == {'inchangé'} and len(lignes(page)) == 7
    page = relire(f'{ENTETE}\n{NEUF}\n')
    vider()
    assert 'plus gardé' in texte(page.forms['ecrire'].submit(status=422))
    page = relire(f'{ENTETE}\n{NEUF}\n')
    page.forms['ecrire'].action = f'{PAGE}/abandonner'
    assert 'Comptes' in page.forms['ecrire'].submit().follow() and not agents(nom='Trame') and not consigne._casiers
    page = relire(f'{ENTETE}\n{NEUF}\n')
    en_ecriture(models.Direction.update(telephone='').execute)         # elsewhere: what is shown is still true
    assert page.forms['ecrire'].submit().status_code == 303
    page = relire(f'{ENTETE}\n{NEUF.replace("Cheffe", "Chef")}\n')
    en_ecriture(models.Agent.update(telephone='0536490077').where(models.Agent.nom == 'Trame').execute)
    suite = page.forms['ecrire'].submit(status=409)
    assert 'ont changé depuis la page précédente' in texte(suite)
    assert agents(nom='Trame')[0].fonction == 'Cheffe de projet'
    assert suite.forms['ecrire'].submit().status_code == 303 and agents(nom='Trame')[0].fonction == 'Chef de projet'


MAUVAIS = [
    (f'{ENTETE}\n{NEUF.replace("Awa", "Inès Zoé")}\n'.encode().replace('é'.encode(), b'\xc3'), 'agents.csv',
     r'pas en UTF-8 \(ligne 2\)'),
    ('', 'agents.csv', 'est vide'), ('   \n', 'agents.csv', 'Ce fichier est vide'),
    (f'{ENTETE}\n', 'agents.csv', 'que sa ligne d\'en-tête'),
    ('courriel;prenom\na@b.fr;Awa\n', 'agents.csv', '« actif » : Colonne absente de l\'en-tête'),
    (b'PK\x03\x04' + b'0' * 40, 'agents.csv', 'ne correspond pas|classeur'),
    (b'PK\x03\x04' + b'0' * 40, 'agents.xlsx', 'n\'est pas un CSV'), ('x', 'agents', 'n\'est pas un CSV'),
    (ENTETE + '\n' + 'a;b\n' * 100_000, 'agents.csv', '100.001 lignes : 5.000 au plus'),
    (ENTETE + '\n' + 'a' * 10_500_000, 'agents.csv', 'dépasse 10.Mo'),
    (ENTETE + '\n' + '"a;b\n"c"d;e\n' * 60, 'agents.csv', 'Illisible à partir d\'ici')]


def test_un_mauvais_fichier_est_refuse_les_lignes_refusees_reviennent_et_se_reimportent(relire, maxime):
    for contenu, nom, dit in MAUVAIS:
        page = relire(contenu, nom=nom, status=422)
        assert re.search(dit, texte(page)), (dit, texte(page)[:900])
        assert page.html.title.text.startswith('Erreur') and not agents(nom='Trame'), dit
    page = maxime.get(f'{PAGE}?genre=agents').forms['importer'].submit(status=422)
    assert 'Choisissez le fichier à importer' in texte(page)
    maxime.get(f'{PAGE}?genre=pieces', status=404)
    maxime.post(PAGE, {'genre': 'tout'}, status=404)
    assert 'Des comptes' in texte(maxime.get(PAGE)) and 'Des demandes reprises' in texte(maxime.get(PAGE))
    faux = NEUF.replace('oui', 'peut-être').replace('Cheffe', '=cmd()')
    double = NEUF.replace('Awa', 'Ava')
    page = relire(f'{ENTETE}\n{NEUF}\n{double}\n{faux.replace("awa", "eva")}\n')
    assert lignes(page) == [(3, 'refusé'), (4, 'refusé'), (2, 'créé')]
    assert 'déjà à la ligne 2' in texte(page) and 'écrivez oui ou non' in texte(page)
    formulaire = page.forms['ecrire']
    formulaire.action = f'{PAGE}/refuses'
    recu = formulaire.submit()
    assert recu.content_type == 'text/csv'
    rendu = recu.body.decode('utf-8-sig')
    assert rendu.splitlines()[0] == f'{ENTETE};refus' and "'=cmd()" in rendu and 'écrivez oui ou non' in rendu
    assert not agents(nom='Trame')
    page = relire(rendu.replace('peut-être', 'oui').replace('awa.trame', 'ava.trame'))
    assert comptes_de(page) == (2, 0, 0, 0) and page.forms['ecrire'].submit().status_code == 303
    assert {a.fonction for a in agents(nom='Trame')} == {'Cheffe de projet', '=cmd() de projet'}


def test_des_droits_donnes_par_un_fichier_se_redemandent_et_apres_une_session_expiree_le_fichier_est_encore_la(
        relire, inscrits, heure, maxime):
    page = relire(f'{ENTETE}\n{NEUF.replace("non;non;oui", "oui;non;oui")}\n')
    heure('2026-11-24T10:00:00Z')
    page = page.forms['ecrire'].submit(status=401, headers={'Referer': f'http://127.0.0.1:8080{PAGE}'})
    assert 'Pour importer des comptes' in texte(page) and not agents(courriel='awa.trame@hgi.example')
    page.forms[0]['mot_de_passe'] = PHRASE
    revenue = page.forms[0].submit(status=303).follow(status=200)
    assert 'agents.csv' in texte(revenue) and not agents(courriel='awa.trame@hgi.example')
    relue = next(f for f in revenue.forms.values() if 'consigne' in f.fields).submit(status=200)
    relue.forms['ecrire'].submit(status=303)
    assert agents(courriel='awa.trame@hgi.example')[0].administrateur
    page = relire(f'{ENTETE}\n{NEUF}\n'.replace('awa', 'eva').replace('Awa', 'Eva'))
    en_ecriture(models.Session.delete().execute)
    assert 'Votre session a expiré' in page.forms['ecrire'].submit(status=401)
    gardes = {nom: valeur for nom, valeur in page.forms['ecrire'].submit_fields() if nom}
    cookie = en_ecriture(comptes.ouvrir_session, inscrits.admin)
    maxime.set_cookie('session', cookie)
    garder_reprise(cookie, PAGE, gardes)
    revenue = maxime.get(PAGE)
    assert 'agents.csv' in texte(revenue) and 'rien n\'est encore écrit' in texte(revenue)
    encore = next(f for f in revenue.forms.values() if 'consigne' in f.fields).submit()
    assert comptes_de(encore) == (1, 0, 0, 0) and encore.forms['ecrire'].submit().status_code == 303


def bousculer(quoi, contenu, hasard):
    """A file of the base, with cells of other lines, doubles, faults, new lines."""
    tete, *corps = [ligne.split(';') for ligne in contenu.splitlines()]
    for _ in range(hasard.randrange(1, 9)):
        ligne = list(hasard.choice(corps))
        rang = hasard.randrange(len(tete))
        ligne[rang] = hasard.choice([hasard.choice(corps)[rang], '', 'oui', 'non', f'Neuf {hasard.randrange(9)}',
                                     f'neuf{hasard.randrange(9)}@hgi.example', f'21310{hasard.randrange(1000, 9999)}'])
        geste = hasard.choice(['change', 'ajoute', 'retire'])
        if geste == 'retire' and len(corps) > 1:
            corps.pop(hasard.randrange(len(corps)))
        elif geste == 'ajoute':
            corps.append(ligne)
        else:
            corps[hasard.randrange(len(corps))] = ligne
    return '\n'.join(';'.join(ligne) for ligne in [tete, *corps])


@pytest.mark.parametrize('graine', range(40))
def test_la_revue_dit_exactement_ce_qui_est_ecrit(monde, creer, graine):
    hasard = random.Random(graine)
    creer('en_cours')
    creer_ligne(models.Adhesion, collectivite=monde.rieumes, depuis='2024-01-01', structure=2)
    quoi = hasard.choice(sorted(GENRES))
    fichier = revue.ouvrir(quoi, bousculer(quoi, csv_de(quoi), hasard).encode())
    if not fichier.lignes or revue.illisible(fichier):
        return
    with models.lecture():
        avant = photographier(quoi)
    lue = revue.relire(fichier)
    with models.lecture():
        assert photographier(quoi) == avant                             # the review writes nothing
    ecrite, la_meme = revue.ecrire_la_revue(fichier, lue.empreinte, monde.admin)
    assert la_meme and ecrite == lue
    with models.lecture():
        apres = photographier(quoi)
    changees = {(nom, apres[id_][nom]) for id_ in apres for nom in apres[id_]
                if avant.get(id_, {}).get(nom, '') != apres[id_][nom] and nom not in revue.JAMAIS_MONTREES}
    assert changees == {paire for vue in lue.vues for paire in vue.apres.items()}
    assert len(apres) - len(avant) == sum(vue.sort == 'cree' for vue in lue.vues)
    encore = revue.relire(revue.ouvrir(quoi, fichier.octets))
    assert {vue.sort for vue in encore.vues} <= {'inchange', 'refuse', 'a_part'}
    if all(vue.sort in ('cree', 'modifie', 'inchange') for vue in lue.vues):
        assert imports.importer(quoi, fichier.octets, essai=True)[:3] == (0, 0, len(lue.vues))


def test_qui_tient_une_demande_ne_part_que_par_son_ecran_et_l_essai_de_la_commande_dit_de_meme(relire, creer, monde):
    creer('en_cours')
    page = relire(csv_de('agents').replace(
        'claude.temoin@hgi.example;Claude;Temoin;' + HGI, 'claude.temoin@hgi.example;Claude;Temoin;'
        "Conseil d'architecture, d'urbanisme et de l'environnement – CAUE;CAUE"))
    assert [sort for _, sort in lignes(page)] == ['à part'] and comptes_de(page) == (0, 0, 6, 0)
    lien, caue = page.html.select_one('table.revue td a')['href'], monde.cochef.direction_id
    assert lien == f'/espace/admin/comptes/{monde.referent.id}/depart?direction={caue}'
    assert 'Tient encore : expert référent de 1 demande ouverte' in texte(page)
    assert 'Il n\'y a rien à écrire' in texte(page)
    page = relire(csv_de('agents').replace('non;non;oui', 'non;non;non'))
    assert {sort for _, sort in lignes(page)} == {'à part', 'modifié'}
    page = relire(csv_de('agents').replace(';oui;non;oui', ';non;non;oui'))
    assert [sort for _, sort in lignes(page)] == ['refusé'] and 'dernier administrateur' in texte(page)
    creer_ligne(models.Adhesion, collectivite=monde.rieumes, depuis='2024-01-01', structure=2)
    en_ecriture(models.Demande.update(importee=True).execute)
    for quoi in GENRES:
        octets = csv_de(quoi).replace('0536', '0537').replace('Conseil juridique', 'Conseil en droit').encode()
        bilan = imports.importer(quoi, octets, essai=True)
        sorts = [vue.sort for vue in revue.relire(revue.ouvrir(quoi, octets)).vues]
        assert not bilan.fautes and bilan[:3] == tuple(map(sorts.count, ('cree', 'modifie', 'inchange'))), quoi
    page = relire('\n'.join(ligne for ligne in csv_de('collectivites').splitlines() if 'Rieumajou' not in ligne),
                  genre='collectivites')
    assert 'Absentes de ce fichier : Rieumajou' in texte(page)
    assert all(libelle(c.nom) and '_' not in libelle(c.nom) for quoi in GENRES for c in COLONNES[quoi])
