"""Administration, « Comptes »: the list and its CSV, an account created, changed, invited (regles.md §1, §7)."""
import re

import pytest
from conftest import (
    PHRASE, changer_ligne, courriels, creer_ligne, dernier_courriel, en_ecriture, faits, fautes, fixer_tous,
    le_formulaire, poster, relire_agent, se_connecter)
from fichiers import lire
from navigateur import verifier
from navigateur import entrer as entrer_au_navigateur
from playwright.sync_api import expect
from serveur import lancer

import models
from verbes import comptes
from verbes.exploitation import porteur
from verbes.echanges.imports import importer

PAGE = '/espace/admin/comptes'
NADIA = {'prenom': 'Nadia', 'nom': 'Fusain', 'courriel': 'Nadia.Fusain@caue.example', 'fonction': 'Paysagiste',
         'telephone_public': '05.36.49.00.77'}


@pytest.fixture
def maxime(inscrits, entrer):
    """The browser of the administrateur."""
    return entrer(inscrits.admin)


def lignes(page):
    """{name: the words of its row}."""
    return {tr.th.a.text: ' '.join(tr.text.split()) for tr in page.html.select('table.comptes tbody tr')}


def creer_compte(navigateur, monde, status=200, **autres):
    saisie = {**NADIA, 'direction': str(monde.cochef.direction_id), **autres}
    return poster(navigateur, f'{PAGE}/nouveau', saisie, status=status)


def acte(navigateur, agent, code, status=303):
    return navigateur.post(f'{PAGE}/{agent.id}/acte', {'acte': code}, status=status)


def lien_de(page):
    return page.html.select_one('#lien')['value'].partition('127.0.0.1:8080')[2]


def test_la_liste_dit_qui_peut_quoi_et_ou_en_est_chaque_compte_sans_compter_ses_demandes(maxime, inscrits, creer):
    creer_ligne(models.Delegation, pour=inscrits.chef, par=inscrits.referent)
    creer_ligne(models.Absence, agent=inscrits.autre, du='2026-11-20', au='2026-12-04', suppleant=inscrits.admin)
    changer_ligne(inscrits.cochef, ouvert_le=None, mot_de_passe=None)
    dites = lignes(maxime.get(PAGE))
    assert list(dites) == ['Alix Parti', 'Andrea Modele', 'Camille Exemple', 'Claude Temoin', 'Dominique Autre',
                           'Maxime Exemple', 'Sacha Essai']
    for nom, dits in (
            ('Camille Exemple', ('camille.exemple@hgi.example', 'Pilote de sa direction Pilote d\'une fiche')),
            ('Claude Temoin', ('Délégataire', 'délégataire de Camille Exemple')),
            ('Andrea Modele', ('jamais ouvert', 'aucune invitation en cours')),
            ('Dominique Autre', ('absent·e jusqu\'au 4 décembre', 'suppléant : Maxime Exemple')),
            ('Maxime Exemple', ('Administrateur', 'sans second facteur')), ('Alix Parti', ('fermé', 'Rouvrir'))):
        assert all(dit in dites[nom] for dit in dits), dites[nom]
    changer_ligne(inscrits.referent, second_facteur='A' * 32)
    page = maxime.get(PAGE)
    comptees = {a.contents[0].strip(): int(a.span.text) for a in page.html.select('nav[aria-label="Vues"] a')}
    assert comptees == {'Tous': 7, 'Ouverts': 5, 'Jamais ouverts': 1, 'Absents': 1, 'Inactifs depuis 12 mois': 0,
                        'Sans second facteur': 4, 'Fermés': 1}
    assert list(lignes(page.click('Jamais ouverts', index=0))) == ['Andrea Modele']
    assert list(lignes(maxime.get(f'{PAGE}?vue=fermes'))) == ['Alix Parti']
    assert 'Claude Temoin' not in lignes(maxime.get(f'{PAGE}?vue=sans_second_facteur'))
    assert 'Aucun compte dans cette vue' in maxime.get(f'{PAGE}?vue=inactifs').text
    numeros = [str(creer('en_cours', message=f'Besoin {n}').numero) for n in range(3)]
    for chemin in (PAGE, f'{PAGE}/{inscrits.referent.id}', f'{PAGE}/{inscrits.chef.id}'):
        texte = ' '.join(maxime.get(chemin).html.main.text.split())
        assert not re.search(r'\d+ demandes?', texte) and not any(f'n°\xa0{numero}' in texte for numero in numeros)


def test_une_invitation_dit_jusqu_a_quand_elle_vaut_ou_qu_elle_est_refusee_ou_expiree(inscrits, heure, entrer):
    nom = inscrits.associe.nom_complet

    def dite():
        return lignes(entrer(inscrits.admin).get(PAGE))[nom].replace('\xa0', ' ')

    def inviter():
        en_ecriture(comptes.envoyer_invitation, inscrits.associe, inscrits.admin)
        return dernier_courriel('invitation')
    changer_ligne(inscrits.associe, ouvert_le=None)
    courriel = inviter()
    creer_ligne(models.Passation, agent=inscrits.associe, par=inscrits.admin, genre='depart', ferme_le='2026-12-31',
                faite_le='2026-11-24T09:00:00Z')
    assert 'invitation du 24 novembre, valable jusqu\'au 8 décembre' in dite()
    assert 'départ prévu le 31 décembre' in dite()
    en_ecriture(porteur.marquer_echec, courriel, '550 no such user')
    dit = 'invitation du 24 novembre refusée par sa messagerie : corrigez l\'adresse, puis invitez de nouveau'
    assert dit in dite()
    heure('2026-11-24T09:30:00Z')
    inviter()
    assert 'invitation du 24 novembre, valable' in dite()
    heure('2026-12-08T09:30:01Z')
    assert 'invitation expirée le 8 décembre' in dite()


def test_la_recherche_et_les_filtres_se_combinent_dans_l_adresse_page_apres_page(maxime, inscrits):
    changer_ligne(inscrits.chef, fonction='Juriste en chef')
    for requete, attendus in (
            ('q=temoin', ['Claude Temoin']), ('q=CAMILLE+exemple', ['Camille Exemple']),
            ('q=caue.example', ['Andrea Modele', 'Sacha Essai']), ('q=juriste', ['Camille Exemple']),
            ('droits=administrateur', ['Maxime Exemple']), ('droits=pilote', ['Andrea Modele', 'Camille Exemple']),
            ('structure=3', ['Andrea Modele', 'Sacha Essai']),
            ('direction=2&vue=ouverts', ['Camille Exemple', 'Claude Temoin']), ('q=introuvable', [])):
        page = maxime.get(f'{PAGE}?{requete}')
        assert list(lignes(page)) == attendus, requete
    assert len(lignes(page.click('Voir tous les comptes'))) == 7
    changer_ligne(inscrits.chef, telephone='0536491234', fonction='=Juriste')     # the CSV, which the import reads back
    fichier = maxime.get(f'{PAGE}.csv')
    assert fichier.headers['Content-Disposition'] == 'attachment; filename="agents-2026-11-24.csv"'
    bilan = importer('agents', fichier.body)
    assert (bilan.ajoutes, bilan.modifies, bilan.inchanges, bilan.fautes) == (0, 0, 7, [])
    filtre = maxime.get(f'{PAGE}.csv?droits=pilote&q=camille').text
    assert filtre.count('\r\n') == 2 and 'camille.exemple@hgi.example' in filtre
    form = maxime.get('/espace/admin/import?genre=agents').forms['importer']
    form['cellules'] = filtre.replace('Camille', 'Cam').replace(';', '\t')
    assert form.submit().html.select_one('table.revue th small').text == 'camille.exemple@hgi.example'
    assert [f for f in faits() if f[0] == 'export'] == [
        ('export', inscrits.admin.courriel, 'agents\xa0: 7\xa0lignes, filtres\xa0: aucun'),
        ('export', inscrits.admin.courriel, 'agents\xa0: 1\xa0ligne, filtres\xa0: q, droits')]
    assert maxime.get(f'{PAGE}?q=&structure=&droits=pilote', status=303).headers['Location'].endswith('?droits=pilote')
    for requete in ('vue=x', 'droits=x', 'structure=99', 'direction=a', 'tri=id', 'page=0'):
        maxime.get(f'{PAGE}?{requete}', status=400)
    maxime.get(f'{PAGE}?page=2', status=404)
    with models.ecriture():
        for n in range(60):
            models.Agent.create(direction=inscrits.chef.direction, courriel=f'a{n}@hgi.example', prenom='Zoé',
                                nom=f'Numéro {n:02}', cree_le='2026-01-01T00:00:00Z')
    page = maxime.get(PAGE)
    assert len(lignes(page)) == 50 and '1 à 50 sur 67' in page.text.replace('\xa0', ' ')
    assert len(lignes(page.click('Suivante'))) == 17


def test_un_compte_inactif_est_ouvert_depuis_douze_mois_et_personne_ne_s_y_est_connecte(maxime, inscrits):
    for agent in (inscrits.chef, inscrits.referent, inscrits.autre):
        changer_ligne(agent, ouvert_le='2025-06-01T09:00:00Z', cree_le='2025-06-01T09:00:00Z')
    creer_ligne(models.Audit, fait_le='2026-01-10T09:00:00Z', agent=inscrits.chef, fait='connexion')
    creer_ligne(models.Audit, fait_le='2025-07-10T09:00:00Z', agent=inscrits.referent, fait='connexion')
    dites = lignes(maxime.get(f'{PAGE}?vue=inactifs'))
    assert list(dites) == ['Claude Temoin', 'Dominique Autre'] and '10/07/2025' in dites['Claude Temoin']
    assert 'aucune depuis 12 mois' in dites['Dominique Autre']
    tries = list(lignes(maxime.get(f'{PAGE}?tri=-connexion')))
    assert tries[:2] == ['Camille Exemple', 'Claude Temoin']
    changer_ligne(inscrits.autre, ouvert_le='2026-03-01T09:00:00Z')
    assert 'Dominique Autre' not in lignes(maxime.get(f'{PAGE}?vue=inactifs'))
    fixer_tous(conservation_audit='6')                              # who keeps the audit six months says no more of it
    page = maxime.get(f'{PAGE}?vue=inactifs')
    assert 'Dominique Autre' in lignes(page) and 'Inactifs depuis 6 mois' in page.text


def test_une_saisie_fausse_ne_cree_rien_une_juste_invite_et_montre_le_lien_qui_ouvre_le_compte(maxime, inscrits, site):
    for nom, valeur, dit in (
            ('courriel', 'CAMILLE.Exemple@HGI.example', 'Le compte de Camille Exemple a déjà cette adresse'),
            ('courriel', 'alix.parti@hgi.example', 'Le compte fermé de Alix Parti a cette adresse'),
            ('courriel', 'a@caue.example, b@caue.example', 'Indiquez une seule adresse'),
            ('courriel', 'nadia.fusaïn@caue.example', 'une lettre accentuée'),
            ('courriel', 'nadia\u200b@caue.example', 'un caractère invisible'),
            ('prenom', 'Nad\u200bia', 'un caractère invisible'), ('prenom', ' ', 'Remplissez le champ'),
            ('direction', '99', 'Choisissez dans la liste'), ('direction', '', 'Choisissez dans la liste'),
            ('telephone', '12', 'dix chiffres'), ('identifiant', 'a b', 'Un identifiant est fait')):
        page = creer_compte(maxime, inscrits, status='*', **{nom: valeur})
        assert page.status_int in (409, 422) and len(fautes(page)) == 1, valeur
        assert dit in page.html.select_one('.faute').text, valeur
        assert le_formulaire(page)['fonction'].value == 'Paysagiste', valeur
        assert nom == 'direction' or le_formulaire(page)[nom].value in (valeur.strip().lower(), valeur.strip())
        assert len(lire('SELECT * FROM agent')) == 7 and courriels() == [], valeur
    page = creer_compte(maxime, inscrits, pilote='oui')
    with models.lecture():
        cree = models.Agent.get(models.Agent.courriel == 'nadia.fusain@caue.example')
    assert (cree.nom_complet, cree.fonction, cree.telephone_public, cree.direction_id) == (
        'Nadia Fusain', 'Paysagiste', '0536490077', inscrits.cochef.direction_id)
    assert (cree.pilote, cree.administrateur, cree.actif, cree.ouvert_le) == (True, False, True, None)
    assert 'Compte créé\xa0: Nadia Fusain' in page.text and 'mardi 8\xa0décembre 2026' in page.text
    lien = lien_de(page)
    assert lien in dernier_courriel('invitation').corps and 'attend dans la base' in page.text
    assert lien not in maxime.get(PAGE).text and lien not in maxime.get(f'{PAGE}/{cree.id}').text
    site.post(lien, {'mot_de_passe': PHRASE, 'confirmer_mot_de_passe': PHRASE}, status=303)
    se_connecter(site, cree.courriel)
    assert [f for f in faits() if f[1] == inscrits.admin.courriel] == [
        ('compte créé', inscrits.admin.courriel, 'pour Nadia Fusain'),
        ('invitation', inscrits.admin.courriel, 'pour Nadia Fusain')]


def test_l_adresse_d_un_compte_ferme_propose_de_le_rouvrir_hors_d_une_direction_fermee(maxime, inscrits):
    parti = inscrits.parti
    changer_ligne(parti, administrateur=True)
    changer_ligne(parti.direction, fermee_le='2026-10-01')
    assert 'est fermée' in acte(maxime, parti, 'rouvrir', 409).text and not relire_agent(parti).actif
    modifier(maxime, parti, fonction='Juriste')                     # the closed one may stay, as long as it is not used
    modifier(maxime, parti, direction=str(inscrits.autre.direction_id))
    assert 'fermée le' not in maxime.get(f'{PAGE}/nouveau').html.select_one('#direction').text
    page = creer_compte(maxime, inscrits, status=409, courriel=parti.courriel)
    assert 'Voir le compte d\'Alix Parti' in page.html.text
    rouvert = next(f for f in page.forms.values() if f.action.endswith(f'{parti.id}/acte')).submit('acte')
    assert 'Compte rouvert\xa0: Alix Parti' in rouvert.text and relire_agent(parti).actif
    assert lien_de(rouvert) in dernier_courriel('invitation').corps
    assert ('compte rouvert', inscrits.admin.courriel, 'pour Alix Parti') in faits()
    assert 'une nouvelle invitation suffit' in acte(maxime, parti, 'rouvrir', 409).text


def test_la_commande_cree_le_compte_par_le_meme_verbe(base, monde):
    models.debrancher()
    for arguments in (('--prenom', 'Lou', '--nom', 'Neuf', '--direction', 'DDAT'), ('--administrateur',)):
        sortie = lancer('agent', 'lou@hgi.example', *arguments, base=base)
        assert sortie.returncode == 0, sortie.stderr
    models.brancher(base)
    assert [f for f in faits() if f[1] == 'lou@hgi.example'] == [
        ('compte créé', 'lou@hgi.example', ''), ('invitation', 'lou@hgi.example', ''),
        ('compte modifié', 'lou@hgi.example', 'administrateur donné'), ('invitation', 'lou@hgi.example', '')]


def modifier(navigateur, agent, status=303, **valeurs):
    return poster(navigateur, f'{PAGE}/{agent.id}', valeurs, status=status)


def test_un_compte_se_modifie_et_l_audit_dit_quoi_et_pour_qui(maxime, inscrits, creer):
    modifier(maxime, inscrits.chef, nom='Exemple-Durand', telephone='+33 5 36 49 12 34', pilote=False)
    change = relire_agent(inscrits.chef)
    assert (change.nom, change.telephone, change.pilote) == ('Exemple-Durand', '0536491234', False)
    assert faits()[-1] == (
        'compte modifié', inscrits.admin.courriel, 'pour Camille Exemple, nom, téléphone interne, pilote retiré')
    avant = faits()
    modifier(maxime, inscrits.chef)
    assert faits() == avant                                         # nothing was changed, nothing is said
    modifier(maxime, inscrits.chef, identifiant='A-12')             # of an import: it serves once
    assert 'a déjà cet identifiant' in fautes(modifier(maxime, inscrits.referent, 422, identifiant='A-12'))[0]
    modifier(maxime, inscrits.chef, identifiant='')
    assert relire_agent(inscrits.chef).identifiant is None
    changer_ligne(inscrits.autre, expert=True)                      # who holds nothing changes of direction at once
    modifier(maxime, inscrits.autre, direction=str(inscrits.chef.direction_id))
    change = relire_agent(inscrits.autre)
    assert change.direction_id == inscrits.chef.direction_id and not change.expert
    assert faits()[-1][2] == 'pour Dominique Autre, direction'
    creer('en_cours')                                               # who holds something goes through their departure
    suite = modifier(maxime, inscrits.referent, direction='1', fonction='Expert')
    assert suite.headers['Location'] == f'{PAGE}/{inscrits.referent.id}/depart?direction=1'
    assert 'Nouvelle direction' in suite.follow().text
    change = relire_agent(inscrits.referent)
    assert (change.direction_id, change.fonction) == (inscrits.referent.direction_id, 'Expert')
    assert faits()[-1][2] == 'pour Claude Temoin, fonction'


def test_un_role_vaut_a_la_requete_suivante_il_reste_un_administrateur_entre_dans_son_compte(maxime, inscrits, entrer):
    autre = entrer(inscrits.autre)
    autre.get(PAGE, status=403)
    delegation = creer_ligne(models.Delegation, pour=inscrits.admin, par=inscrits.autre, au='2026-11-30')
    assert 'par délégation' in fautes(modifier(autre, inscrits.autre, 422, administrateur=True))[0]
    saisie = {'pour': str(inscrits.admin.id), 'delegataire': str(inscrits.autre.id)}
    for navigateur in (autre, entrer(inscrits.chef)):               # nor gives one in their name, nor a pilote
        navigateur.post('/espace/compte/delegation', saisie, status=403)
    autre.post('/espace/compte/delegation-retirer', {'pour': saisie['pour'], 'id': str(delegation.id)}, status=404)
    assert not relire_agent(inscrits.autre).administrateur
    with models.ecriture():
        assert models.Delegation.delete().execute() == 1
    modifier(maxime, inscrits.autre, administrateur=True)
    autre.get(PAGE, status=200)
    assert ('compte modifié', inscrits.admin.courriel, 'pour Dominique Autre, administrateur donné') in faits()
    assert modifier(autre, inscrits.admin, administrateur=False).headers['Location'].endswith('?fait=enregistre')
    maxime.get(PAGE, status=403)
    changer_ligne(inscrits.admin, administrateur=True, ouvert_le=None)     # nobody has entered that one
    assert 'dernier administrateur' in fautes(modifier(autre, inscrits.autre, 422, administrateur=False))[0]
    assert relire_agent(inscrits.autre).administrateur
    changer_ligne(inscrits.admin, ouvert_le='2026-11-01T09:00:00Z')
    assert modifier(autre, inscrits.autre, administrateur=False).headers['Location'] == '/espace?fait=enregistre'


def test_une_adresse_changee_est_celle_ou_l_on_se_connecte_et_eteint_les_liens(maxime, inscrits, site):
    jeton = en_ecriture(comptes.nouveau_lien, inscrits.chef, 'mot_de_passe')
    modifier(maxime, inscrits.chef, courriel='Camille.Durand@hgi.example')
    site.get(f'/invitation/{jeton}', status=404)
    se_connecter(site, inscrits.chef.courriel, status=401)
    se_connecter(site, 'camille.durand@hgi.example')
    assert courriels() == [('adresse_changee', 'camille.exemple@hgi.example'),      # the former one is told
                           ('reseau_inconnu', 'camille.durand@hgi.example')]
    assert ('compte modifié', inscrits.admin.courriel,
            'pour Camille Exemple, courriel (avant\xa0: camille.exemple@hgi.example)') in faits()
    pris = modifier(maxime, inscrits.chef, 409, courriel=inscrits.referent.courriel.upper())
    assert 'Le compte de Claude Temoin a déjà cette adresse' in pris.html.select_one('.faute').text


def test_inviter_de_nouveau_ou_a_une_nouvelle_adresse_eteint_le_lien_d_avant(maxime, inscrits, site):
    changer_ligne(inscrits.cochef, ouvert_le=None)
    with models.ecriture():
        liens = [f'/invitation/{comptes.envoyer_invitation(inscrits.cochef)}']
    page = acte(maxime, inscrits.cochef, 'inviter', 200)
    assert [b.text for b in page.html.select('[role="status"] button[value=revoquer]')] == ['Révoquer ce lien']
    liens.append(lien_de(page))
    site.get(liens[0], status=404)
    site.get(liens[1], status=200)
    modifier(maxime, inscrits.cochef, courriel='a.modele@caue.example')
    assert courriels()[-1] == ('invitation', 'a.modele@caue.example')
    site.get(liens[1], status=404)
    site.get(re.search('/invitation/[^\\s]+', dernier_courriel('invitation').corps)[0], status=200)
    refus = acte(maxime, inscrits.chef, 'inviter', 409).text
    assert 'a déjà ouvert son compte' in refus and len(courriels(modele='invitation')) == 3
    assert 'révoqué' in acte(maxime, inscrits.cochef, 'revoquer').follow().text
    courriel = dernier_courriel('invitation')                       # it opens nothing, and does not leave
    site.get(re.search('/invitation/[^\\s]+', courriel.corps)[0], status=404)
    with models.lecture():
        assert porteur._lien_mort(courriel)
    assert 'il n\'y a rien à révoquer' in acte(maxime, inscrits.cochef, 'revoquer', 409).text.replace('&#39;', '\'')
    assert ('invitation révoquée', inscrits.admin.courriel, 'pour Andrea Modele') in faits()


def test_inviter_tous_ceux_qui_n_ont_jamais_ouvert_laisse_les_invites_du_jour(maxime, inscrits, heure, entrer):
    def inviter_tous(page):
        page = next(f for f in page.forms.values() if f.action == f'{PAGE}/inviter').submit()
        return ' '.join(page.html.select_one('[role="status"]').text.split())
    for agent in (inscrits.cochef, inscrits.associe, inscrits.autre, inscrits.parti):
        changer_ligne(agent, ouvert_le=None, mot_de_passe=None)
    acte(maxime, inscrits.cochef, 'inviter', 200)
    page = maxime.get(PAGE)
    assert 'Inviter les 3 jamais ouverts' in page.text
    dit = inviter_tous(page)
    assert dit.startswith('2 invitations parties') and '1 personne, invitée depuis moins d\'un jour' in dit
    assert ('invitation', inscrits.admin.courriel, 'pour Dominique Autre') in faits()
    heure('2026-11-25T12:00:00Z')
    en_ecriture(comptes.connecter, inscrits.autre, 'sso')
    maxime = entrer(inscrits.admin)
    assert '2 invitations parties' in inviter_tous(maxime.get(PAGE))
    assert [qui for _, qui in courriels(modele='invitation')[3:]] == [
        inscrits.cochef.courriel, inscrits.associe.courriel]
    assert 'Comptes' in maxime.get(f'{PAGE}/inviter').html.h1.text


def test_un_administrateur_donne_une_delegation_pour_un_autre_leve_son_second_facteur_et_le_deconnecte_partout(
        maxime, inscrits, entrer):
    page = maxime.get(f'{PAGE}/{inscrits.chef.id}').click('Noter une absence')
    form = next(f for f in page.forms.values() if 'delegataire' in f.fields)
    form['delegataire'] = str(inscrits.referent.id)
    form.submit(status=303)
    quand = 'à Claude Temoin, sans limite de durée'
    assert ('délégation donnée', inscrits.admin.courriel, f'pour Camille Exemple, {quand}') in faits()
    assert courriels() == [('relais_confie', inscrits.referent.courriel), ('absence_notee', inscrits.chef.courriel)]
    assert f'Maxime Exemple a enregistré pour vous : délégation {quand}' in dernier_courriel('absence_notee').corps
    assert 'Délégation donnée à Claude Temoin' in maxime.get(f'{PAGE}/{inscrits.chef.id}').text
    page = maxime.get(f'/espace/compte?pour={inscrits.chef.id}')
    next(f for f in page.forms.values() if f.action.endswith('delegation-retirer')).submit(status=303)
    assert lire('SELECT * FROM delegation') == []
    assert ('délégation retirée', inscrits.admin.courriel, 'pour Camille Exemple, à Claude Temoin') in faits()
    en_ecriture(comptes.activer_second_facteur, inscrits.chef, 'A' * 32, 1)
    for code, fait in (('second_facteur', ('second facteur retiré', 'pour Camille Exemple')),
                       ('sessions', ('sessions fermées', 'pour Camille Exemple, 2'))):
        siens = [entrer(inscrits.chef), entrer(inscrits.chef)]
        acte(maxime, inscrits.chef, code)
        for sien in siens:
            sien.get('/espace', status=401)
        maxime.get(PAGE, status=200)
        assert faits()[-1] == (fait[0], inscrits.admin.courriel, fait[1])
    assert relire_agent(inscrits.chef).second_facteur is None
    assert courriels()[-1] == ('second_facteur_retire', inscrits.chef.courriel)
    acte(maxime, inscrits.chef, 'second_facteur', 409)
    changer_ligne(inscrits.admin, second_facteur='A' * 32)
    assert 'depuis «\xa0Sécurité\xa0»' in acte(maxime, inscrits.admin, 'second_facteur', 409).text
    assert relire_agent(inscrits.admin).second_facteur


def test_ce_qui_s_offre_depend_de_l_etat_du_compte_et_un_ferme_garde_a_confier(maxime, inscrits, creer):
    changer_ligne(inscrits.cochef, ouvert_le=None)
    for agent, actes in ((inscrits.chef, {'sessions'}), (inscrits.cochef, {'inviter'}), (inscrits.parti, {'rouvrir'}),
                         (inscrits.admin, set())):
        page = maxime.get(f'{PAGE}/{agent.id}')
        assert {b['value'] for b in page.html.select('button[name=acte]')} == actes, agent
        assert bool(page.html.select(f'a[href="{PAGE}/{agent.id}/depart"]')) == (agent is not inscrits.parti), agent
    for code in ('effacer', ''):
        acte(maxime, inscrits.chef, code, 404)
    maxime.get(f'{PAGE}/999', status=404)
    maxime.get(f'{PAGE}/{inscrits.chef.id}/acte', status=200)
    creer('en_cours')
    changer_ligne(inscrits.referent, actif=False)
    dites = lignes(maxime.get(PAGE))
    assert 'fermé' in dites['Claude Temoin'] and 'ce qui lui était confié reste à confier' in dites['Claude Temoin']
    assert dites['Claude Temoin'].endswith('Préparer le départ ou l\'absence de Claude Temoin')
    page = maxime.get(f'{PAGE}/{inscrits.referent.id}')
    assert page.html.select(f'a[href="{PAGE}/{inscrits.referent.id}/depart"]')
    assert 'à confier' not in dites['Alix Parti']


@pytest.mark.parametrize('largeur, js', [(1280, True), (320, False)])
def test_creer_un_compte_se_fait_dans_un_navigateur(ouvrir, connus, largeur, js):
    changer_ligne(connus.cochef, ouvert_le=None)
    page = ouvrir(largeur, js)

    def creer_et_inviter(**champs):
        for nom, valeur in champs.items():
            page.locator(f'#{nom}').fill(valeur)
        page.get_by_role('button', name='Ajouter et inviter').click()
    entrer_au_navigateur(page, connus.admin)
    for chemin in (f'{PAGE}?vue=absents', f'{PAGE}?q=introuvable', f'{PAGE}/{connus.chef.id}',
                   f'{PAGE}/{connus.cochef.id}', f'{PAGE}/{connus.parti.id}',
                   f'/espace/compte?pour={connus.chef.id}', PAGE):
        page.goto(chemin)
        verifier(page)
    page.get_by_role('link', name='Ajouter un compte').click()
    creer_et_inviter(courriel=connus.parti.courriel)
    expect(page.locator('#erreurs')).to_contain_text('Prénom')
    verifier(page)
    page.locator('#direction').select_option('DDAT')
    creer_et_inviter(prenom='Nadia', nom='Fusain')
    expect(page.get_by_role('button', name='Rouvrir le compte d’Alix Parti')).to_be_visible()
    verifier(page)
    creer_et_inviter(courriel='nadia.fusain@cd.example')
    expect(page.get_by_label('Lien d’invitation')).to_have_value(re.compile('/invitation/'))
    verifier(page)
