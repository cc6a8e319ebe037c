"""The audit on screen, « Journal des accès » of an account, of a restricted demande (regles.md §7, §13)."""
import ast
import re

from conftest import (
    changer_ligne, creer_ligne, en_ecriture, faits, fautes, fixer_tous, lire_csv, poster, sources, texte)
from fichiers import lire

import langue
import models
from verbes import audit, comptes, journal, notes, relais
from verbes.administration import conservation, personnes
from verbes.demande import actes
from verbes.echanges import reversibilite

PAGE = '/espace/admin/audit'
MOTIF = 'Connexions signalées par son chef de service'


def lignes(**filtres):
    """[(fact, who, on what, detail)] of the audit, notes included, oldest first."""
    notes.ecrire_notes()
    with models.lecture():
        return list(models.Audit.select(models.Audit.fait, models.Audit.agent, models.Audit.objet, models.Audit.detail)
                    .filter(**filtres).order_by(models.Audit.id).tuples())


def dites(page):
    """The rows of a page, as read."""
    return [' | '.join(' '.join(c.get_text(' ').split()) for c in tr.select('td, th'))
            for tr in page.html.select('table.audit tbody tr')]


# Of nothing in particular: what a term took away, what a stranger asked for or was refused, the hour of the machine.
SANS_OBJET = {'conservation', 'lien de suivi demandé', 'heure douteuse', 'heure confirmée'}


def test_chaque_ligne_d_audit_dit_sur_quoi_chaque_objet_a_un_genre_des_mots_chaque_filtre_son_index(base, monkeypatch):
    textes = [chemin.read_text('utf-8') for dossier in ('verbes', 'views') for chemin in sources(dossier)]
    appels = [noeud for lu in textes for noeud in ast.walk(ast.parse(lu))
              if isinstance(noeud, ast.Call) and getattr(noeud.func, 'id', '') == 'auditer']
    muets = [ast.unparse(a.args[0]) for a in appels if 'objet' not in {k.arg for k in a.keywords}]
    assert len(appels) > 60 and {m.strip('\'"') for m in muets} == SANS_OBJET | {'fait'}
    dits = {genre for lu in textes for genre in re.findall(r"objet=f?'([a-z]+)", lu)}
    assert len(dits) > 15 and dits <= set(audit.GENRES)
    with models.lecture():
        for nom in audit.GENRES:
            mots, _ = audit.dire_objet(f'{nom}:1')
            assert mots and '{' not in mots, nom
    demandees, vraie = [], models.db.execute_sql
    monkeypatch.setattr(models.db, 'execute_sql', lambda *dit: demandees.append(dit) or vraie(*dit))
    for conditions, index in (
            ({'genre': 'fiche', 'cle': '1'}, 'audit_objet'), ({'genre': 'fiche'}, 'audit_genre'),
            ({'fait': 'export'}, 'audit_fait'), ({}, 'audit_date'),
            ({'du': '2026-01-01', 'au': '2026-02-01'}, 'audit_date')):
        with models.lecture():
            list(audit.lire(audit.conditions(conditions), 50))
            sql, valeurs = demandees[-1]
            plan = ' / '.join(ligne[3] for ligne in vraie(f'EXPLAIN QUERY PLAN {sql}', valeurs).fetchall())
        assert index in plan and 'TEMP B-TREE' not in plan, plan


def test_chaque_acte_est_a_l_audit_sur_son_objet(monde, creer):
    demandes, attendus = [creer('en_cours', message=f'Message {n}') for n in range(3)], []
    avant = len(lignes())
    for agent in (monde.chef, monde.referent, monde.autre):
        with models.ecriture():
            lu = models.relire(agent)
            personnes.modifier(lu, personnes.en_textes(lu) | {'fonction': 'Autre'}, monde.admin)
            comptes.connecter(agent, adresse='192.0.2.7')
            relais.noter_absence(agent, '2027-01-01', '2027-01-02', '', par=monde.admin)
        attendus += [(fait, par.id, f'agent:{agent.id}') for fait, par in (
            ('compte modifié', monde.admin), ('connexion', agent), ('absence notée', monde.admin))]
    for demande in demandes:
        with models.ecriture():
            courriel = demande.courriels.order_by(models.Courriel.id).first()
            models.Courriel.update(echec_le=langue.maintenant()).where(models.Courriel.id == courriel.id).execute()
            actes.renvoyer(models.relire(courriel), monde.chef)
        notes.noter_lecture(journal.RESTREINTE_LUE, monde.admin.id, f'demande:{demande.numero}')
        notes.ecrire_notes()
        attendus += [('courriel renvoyé', monde.chef.id, f'demande:{demande.numero}'),
                     (journal.RESTREINTE_LUE, monde.admin.id, f'demande:{demande.numero}')]
    toutes = lignes()
    assert [ligne[:3] for ligne in toutes[avant:]] == attendus
    with models.lecture():
        for objet in {objet for _, _, objet in attendus}:
            genre, cle = objet.split(':')
            lues = [(une.fait, une.objet) for une in audit.lire(audit.conditions({'genre': genre, 'cle': cle}))]
            assert sorted(lues) == sorted((f, o) for f, _, o, _ in toutes if o == objet), objet


def test_l_audit_dit_quand_qui_quoi_sauf_les_heures_d_une_personne_se_filtre_page_apres_page_et_dit_un_filtre_faux(
        monde, maxime):
    en_ecriture(comptes.connecter, monde.chef, adresse='192.0.2.7')
    assert 'Connexion' not in texte(maxime.get(PAGE)).split('Afficher')[-1].replace('Les connexions', '')
    assert 'connexion' not in maxime.get(f'{PAGE}.csv?du=2020-01-01').text
    poster(maxime, f'/espace/admin/comptes/{monde.chef.id}', {'fonction': 'Directrice'})
    page = maxime.get(PAGE)
    assert any(all(mot in ligne for mot in ('24 novembre', 'Maxime Exemple', 'Compte modifié', 'Camille Exemple'))
               for ligne in dites(page))
    assert page.html.select_one(f'a[href="/espace/admin/comptes/{monde.chef.id}"]').text.strip() == 'Camille Exemple'
    peupler(('fiche modifiée', 'fiche:1', '2026-11-01'), ('fiche modifiée', 'fiche:12', '2026-11-02'),
            ('fiche créée', 'fiche:1', '2026-11-03'), ('thème écrit', 'theme:1', '2026-11-04'))
    for requete, trouvees in (
            ('genre=fiche&cle=1', ['Fiche créée', 'Fiche modifiée']),
            ('genre=fiche', ['Fiche créée', 'Fiche modifiée', 'Fiche modifiée']),
            ('fait=fiche+modifi%C3%A9e', ['Fiche modifiée', 'Fiche modifiée']),
            ('du=2026-11-02&au=2026-11-03', ['Fiche créée', 'Fiche modifiée']),
            ('du=2026-11-02&au=2026-11-03&fait=fiche+cr%C3%A9%C3%A9e&genre=fiche', ['Fiche créée'])):
        assert [ligne.split(' | ')[2] for ligne in dites(maxime.get(f'{PAGE}?{requete}'))] == trouvees, requete
    peupler(*[('thème écrit', f'theme:{n}', '2026-11-01') for n in range(2, 121)])
    lues, suivante = [], {'href': f'{PAGE}?genre=theme'}
    while suivante:
        page = maxime.get(suivante['href'])
        lues += dites(page)
        suivante = page.html.select_one('a[rel=next]')
    assert len(lues) == len(set(lues)) == 120 and page.html.select_one('a[rel=prev]')
    for requete in ('genre=fusée', 'cle=12', 'genre=fiche&cle=1%27', 'du=2026-02-30', 'au=hier', 'fait=connexion',
                    'du=2026-11-03&au=2026-11-01', 'page=0', 'page=x', 'genre=agent;&cle=%C3%A9'):
        for adresse in (PAGE, f'{PAGE}.csv') if 'page' not in requete else (PAGE,):
            reponse = maxime.get(f'{adresse}?{requete}', status=400)
            assert 'Revenez' in reponse.text or 'corrigez' in reponse.text, (adresse, requete)


def peupler(*suites):
    with models.ecriture():
        for fait, objet, jour in suites:
            models.Audit.create(fait_le=f'{jour}T09:00:00Z', fait=fait, objet=objet)


def test_le_csv_de_l_audit_suit_les_filtres_et_laisse_sa_ligne_comme_sa_lecture_une_par_minute(monde, maxime):
    peupler(('fiche modifiée', 'fiche:1', '2026-11-01'), ('=cmd', 'fiche:2', '2026-11-02'),
            ('vieux', 'fiche:1', '2026-01-02'))
    recu = lire_csv(maxime.get(f'{PAGE}.csv?genre=fiche&cle=1'))
    assert [ligne['Quoi'] for ligne in recu] == ['fiche modifiée', 'vieux'] and [*recu[0].values()][6] == 'fiche:1'
    assert "'=cmd" in maxime.get(f'{PAGE}.csv?genre=fiche').text     # the last 30 days
    assert 'vieux' not in maxime.get(f'{PAGE}.csv').text
    assert lignes(fait='export')[0] == ('export', monde.admin.id, 'export:admin/audit',
                                        'audit\u00a0: 2\u00a0lignes, filtres\u00a0: genre fiche, cle 1')
    for _ in range(3):
        maxime.get(f'{PAGE}?genre=fiche')
    assert lignes(fait='journal des accès lu') == [('journal des accès lu', monde.admin.id, 'audit', 'genre fiche')]


def test_chacun_lit_ce_qui_a_ete_fait_de_son_compte_laisse_une_ligne_par_jour_et_n_est_mene_a_aucune_page_refusee(
        monde, lecteur, entrer, heure, creer):
    en_ecriture(comptes.connecter, monde.chef, adresse='192.0.2.7')
    en_ecriture(comptes.connecter, monde.referent, adresse='192.0.2.8')
    poster(entrer(monde.admin), f'/espace/admin/comptes/{monde.chef.id}', {'fonction': 'Directrice'})
    lue = dites(entrer(monde.chef).get('/espace/compte/securite'))
    assert len(lue) == 2 and 'Maxime Exemple' in lue[0] + lue[1] and '192.0.2.7' in lue[0] + lue[1]
    assert '192.0.2.8' not in str(lue)
    siennes, sienne = {'agent': monde.chef.id, 'fait': journal.LE_SIEN_LU}, (
        'son journal des accès lu', monde.chef.id, f'agent:{monde.chef.id}', '')
    for _ in range(3):
        entrer(monde.chef).get('/espace/compte/securite?page=1')
        assert lignes(**siennes) == [sienne]
    heure('2026-11-24T23:00:00Z')                                   # the day after, in Paris
    assert 'Son journal des accès lu' in str(dites(entrer(monde.chef).get('/espace/compte/securite')))
    assert lignes(**siennes) == [sienne] * 2
    entrer(lecteur).get('/espace/compte/securite')
    assert [f for f, *_ in lignes(agent=lecteur.id)] == ['son journal des accès lu']
    entrer(monde.admin).get(PAGE)                                   # the others do not read it
    assert 'Son journal' not in str(dites(entrer(monde.admin).get(PAGE)))
    demande = creer('en_cours', restreinte=True)
    entrer(monde.admin).get(f'/espace/demandes/{demande.numero}')
    for agent in (monde.chef, lecteur, monde.admin):
        en_ecriture(comptes.connecter, agent)
        en_ecriture(journal.auditer, 'fiche modifiée', agent, objet='fiche:1')
        en_ecriture(journal.auditer, 'courriel renvoyé', agent, objet=f'demande:{demande.numero}')
        page = entrer(agent).get('/espace/compte/securite')
        assert 'Mon compte' in ' '.join(dites(page))
        for lien in page.html.select('table.audit a'):
            entrer(agent).get(lien['href'], status=200)
    with models.lecture():
        assert audit.dire_objet(f'agent:{lecteur.id}')[0] == lecteur.nom_complet


def test_un_administrateur_lit_un_compte_avec_un_motif_garde_ni_vide_ni_d_un_autre_compte(monde, maxime, entrer, heure):
    compte = f'/espace/admin/comptes/{monde.chef.id}/acces'
    for motif in ('', ' ', '   ', 'vu', '\u00a0', '\u200b' * 8, 'x' * 201):
        assert len(fautes(maxime.post(compte, {'motif': motif}, status=422))) == 1, motif
        assert 'journal d\'un compte lu' not in [f for f, *_ in faits()], motif
    changer_ligne(monde.autre, administrateur=True)
    with models.ecriture():
        sien = audit.motiver(monde.chef, MOTIF, models.relire(monde.autre))
        autre = audit.motiver(monde.referent, MOTIF, monde.admin)
        faux = journal.auditer('compte modifié', monde.admin, MOTIF, objet=f'agent:{monde.chef.id}').id
    for numero in (sien, autre, faux, 999, 'x', ''):
        page = maxime.get(f'{compte}?lecture={numero}')
        assert page.html.select_one('#motif') and not page.html.select('table.audit'), numero
        maxime.get(f'{PAGE}.csv?genre=agent&cle={monde.chef.id}&lecture={numero}', status=403)
    en_ecriture(comptes.connecter, monde.chef, adresse='192.0.2.7')
    navigateur, adresse = entrer(monde.admin), compte
    assert navigateur.get(f'{PAGE}?genre=agent&cle={monde.chef.id}').headers['Location'].endswith(adresse)
    assert '192.0.2.7' not in navigateur.get(adresse).text
    ouverte = navigateur.post(adresse, {'motif': MOTIF}, status=303).headers['Location']
    page = navigateur.get(ouverte)
    assert '192.0.2.7' in page.text and MOTIF in page.text
    export = page.html.select_one('a[download]')['href']
    assert 'connexion' in navigateur.get(export).text
    assert ('journal d\'un compte lu', monde.admin.id, f'agent:{monde.chef.id}', MOTIF) in lignes()
    assert MOTIF in str(dites(entrer(monde.chef).get('/espace/compte/securite')))    # who is read knows why
    heure('2026-11-25T09:00:00Z')
    assert '192.0.2.7' not in entrer(monde.admin).get(ouverte).text and entrer(monde.admin).get(export, status=403)


def test_le_journal_d_une_demande_restreinte_dit_ses_exports_a_son_equipe_et_aux_administrateurs(
        creer, monde, entrer, maxime, base, tmp_path, lecteur):
    restreinte, ordinaire = creer('en_cours', restreinte=True, associe=True), creer('en_cours', message='Autre')
    maxime.get('/espace/demandes.csv')
    entrer(monde.autre).get('/espace/demandes.csv')
    maxime.get(f'/espace/collectivites/{monde.rieumes.id}.csv')
    sienne = f'demande:{restreinte.numero}'
    assert [agent for _, agent, *_ in lignes(fait='export', objet=sienne)] == [monde.admin.id] * 2
    assert lignes(objet=f'demande:{ordinaire.numero}') == []
    assert len(dites(entrer(monde.chef).get(f'/espace/demandes/{restreinte.numero}/acces'))) == 2
    avant = len(lignes(fait='export'))
    for quoi in ('tout', 'demandes', 'agents'):                     # by the command
        reversibilite.exporter_vers(base, quoi, str(tmp_path / quoi))
    assert [o for _, _, o, _ in lignes(fait='export')][avant:] == [
        'export:tout', sienne, 'export:demandes', sienne, 'export:agents']
    monde.lecteur = lecteur
    for role in ('admin', 'chef', 'cochef', 'referent', 'associe', 'autre', 'lecteur'):
        code = 403 if role in ('autre', 'lecteur') else 200
        entrer(getattr(monde, role)).get(f'/espace/demandes/{restreinte.numero}/acces', status=code)


def test_la_premiere_lecture_hors_de_l_equipe_est_dite_a_l_equipe_pour_chaque_piece_aussi(creer, monde, entrer):
    ordinaire, demande = creer('en_cours'), creer('en_cours', restreinte=True, message='Autre')
    une = f'/espace/demandes/{demande.numero}'
    for agent in (monde.admin, monde.autre):
        entrer(agent).get(f'/espace/demandes/{ordinaire.numero}')
    assert lignes() == []
    for agent in (monde.chef, monde.cochef, monde.referent):
        entrer(agent).get(une)
    assert lignes(fait=journal.RESTREINTE_LUE) == []
    for _ in range(3):
        entrer(monde.admin).get(une)
        lignes()
    assert lignes(fait=journal.RESTREINTE_LUE) == [
        (journal.RESTREINTE_LUE, monde.admin.id, f'demande:{demande.numero}', '')]
    lue = dites(entrer(monde.chef).get(f'{une}/acces'))
    assert len(lue) == 1 and 'Maxime Exemple' in lue[0] and 'Demande restreinte lue' in lue[0]
    assert f'{une}/acces' in entrer(monde.chef).get(une).text
    en_ecriture(journal.joindre, demande, [('a.txt', b'a'), ('b.txt', b'b')])
    ids = [p.id for p in demande.pieces]
    for id_ in (*ids, ids[0]):
        entrer(monde.admin).get(f'/pieces/{id_}')
        entrer(monde.chef).get(f'/pieces/{id_}')
        lignes()
    assert [d for *_, d in lignes(fait=journal.PIECE_LUE)] == [f'fichier {id_}' for id_ in ids]
    creer_ligne(models.Delegation, pour=monde.chef, par=monde.autre)
    entrer(monde.autre).get(une)
    assert lignes(fait=journal.RESTREINTE_LUE)[1:] == [
        (journal.RESTREINTE_LUE, monde.autre.id, f'demande:{demande.numero}', 'pour Camille Exemple')]


def test_ce_qui_est_garde_un_numero_ne_revient_jamais_une_adresse_s_efface_a_son_terme(monde, maxime):
    with models.ecriture():
        audit.motiver(monde.chef, MOTIF, monde.admin)
        comptes.connecter(monde.chef)
        journal.auditer(journal.LE_SIEN_LU, monde.chef, objet=f'agent:{monde.chef.id}')
        dernier = journal.auditer('connexion').id
    with models.lecture():
        assert journal.changee_par(f'agent:{monde.chef.id}', 0) == []
    with models.ecriture(), journal.purger_permis():
        models.Audit.delete().execute()
    fixer_tous(conservation_adresses='2')                           # the address of the machines, the line stays
    with models.ecriture():
        assert journal.auditer('connexion').id == dernier + 1
        for jour in ('2026-09-23', '2026-09-24'):
            models.Audit.create(fait_le=f'{jour}T12:00:00Z', fait='vieux', adresse='192.0.2.7')
    assert conservation.purger_au_terme(lambda: True) == ['1 adresse effacée à l\'audit, d\'avant le 24/09/2026']
    assert lire("SELECT adresse FROM audit WHERE fait = 'vieux' ORDER BY id") == [('',), ('192.0.2.7',)]
    for mois, motif, passe in (('12', '', True), ('13', '', False), ('13', '  ', False), ('6', '', True),
                               ('36', 'Contentieux en cours', True)):     # more than twelve months asks why
        reponse = poster(maxime, '/espace/admin/reglages', {'conservation_audit': mois, 'conservation_motif': motif},
                         status=303 if passe else 422)
        assert passe or 'dites pourquoi, ou revenez à douze' in fautes(reponse)[0], mois
