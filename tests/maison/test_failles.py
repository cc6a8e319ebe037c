"""One test for each class of hole that tools of this kind have had (GLPI, Decidim, OTRS and Znuny, Redmine, osTicket),
when no other file has it (test_acces.py, test_attaques.py, test_fuzz.py, test_dossier.py, test_compte.py)."""
import ast
import contextlib
import itertools
import logging
import re
import time

import peewee
import pytest
import webtest
from conftest import (
    MAIRIE, PHRASE, courriels, en_ecriture, limiter, modules, poster, relire, relire_agent, saisie_de, se_connecter)
from serveur import multipart
from test_acces import adresse, routes

import models
from models import Demande
from verbes import comptes, journal, regles
from verbes.exploitation import porteur
from verbes.demande import actes, cycle
from verbes.exploitation.environnement import Configuration
from views import cookies, limites, wsgi
from views.demande import demande

BALISE = '"\'><i7z onfocus=alert(1)>'
# columns whose text is a code, a date, a secret or an address: the program writes them, or a table of values holds them
PAS_DU_TEXTE = set(
    'cle jeton empreinte sha256 identifiant courriel destinataire mot_de_passe icone siren insee telephone '
    'telephone_public statut role nature usage modele marque codes_postaux cherche echeance date_a_tenir du au'.split())
INTERDITS = {'statut': 'termine', 'numero': '999', 'jeton': 'j' * 22, 'restreinte': '1', 'origine': 'direct',
             'depose_le': '2020-01-01', 'delai': '3', 'a_confirmer': '', 'agent_id': '1', 'structure': '1',
             'version': '9', 'premier_contact_le': '2026-11-01', 'echeance': '2030-01-01'}
# How each function goes over a text; a compiled one is tried in the ways that go from one place to the end.
PARCOURS = {'search': ('search',), 'match': ('match',), 'fullmatch': ('fullmatch',), 'sub': ('sub',),
            'split': ('split',), 'findall': ('findall',), 'finditer': ('findall',), 'compile': ('match', 'fullmatch')}
BRIQUES = ('a', '0', ' ', '\n', '-', '.', ',', ';', '&', '=', '/', '"', '@', '{', '{a', 'a.', 'a-', ' a', '; ',
           ';session=', 'n o ', ' et', '«', '« ', 'fait=', '&fait=', 'boundary=', '--', '\\', 'é', '+33', '(',
           'mairie ')


def empoisonner():
    """Put markup at the end of every text column that takes it; returns how many took it."""
    prises = 0
    for declencheur in ('journal_sans_modification', 'audit_sans_modification'):
        models.db.execute_sql(f'DROP TRIGGER {declencheur}')
    for table, champ in [(une, champ) for une in models.TABLES for champ in une._meta.sorted_fields]:
        if isinstance(champ, peewee.TextField) and champ.name not in PAS_DU_TEXTE and not champ.name.endswith('_le'):
            with contextlib.suppress(peewee.IntegrityError), models.db.atomic():        # a code under CHECK
                table.update({champ: champ.concat(BALISE)}).where(
                    table.cle == 'nom' if table is models.Reglage else True).execute()
                prises += 1
    return prises


def test_aucune_page_ne_rend_du_html_venu_de_la_base(creer, monde, entrer, site):
    etats = [creer(etat, message=etat, associe=etat == 'en_cours')
             for etat in ('attribue_chef', 'en_cours', 'rejete_clos', 'termine')]
    with models.ecriture():
        piecee, _ = cycle.deposer(saisie_de(monde, message='Avec une pièce.'), [('plan.txt', b'un plan')])
        actes.message_du_demandeur(piecee, 'Un message.', [('suite.txt', b'la suite')])
        porteur.marquer_echec(models.Courriel.get(models.Courriel.demande == etats[1].numero), 'refus')
        assert empoisonner() > 45
    pages = {chemin for _, regle, _ in routes('GET') for chemin in (adresse(regle), adresse(regle, cle='accuse'))}
    for une in (*etats, piecee):
        pages |= {f'/suivi/{une.jeton}', f'/espace/demandes/{une.numero}'}
    pages |= {f'/espace/demandes/{etats[1].numero}?action={a}' for a in (*regles.ACTIONS, *regles.ACTES)}
    vues = 0
    for navigateur in (site, entrer(monde.chef), entrer(monde.admin)):
        for chemin in sorted(pages):
            reponse = navigateur.get(chemin, status='*').maybe_follow()
            assert 'html' not in reponse.content_type or '<i7z' not in reponse.text, chemin
            vues += '&lt;i7z' in reponse.text
    assert vues > 50


def test_un_nom_de_fichier_ne_sort_ni_de_la_page_ni_de_son_entete(monde, entrer):
    for nom in ('"><i7z>.pdf', "a'onload=x.pdf", 'a;b"c.pdf', 'é\u202ef.pdf', '../../x.pdf', 'C:\\x\\y.pdf', 'a\tb.pdf',
                '=cmd.pdf', 'x.pdf'):
        with models.ecriture():
            deposee, _ = cycle.deposer(saisie_de(monde, message=nom), [(nom, b'%PDF-1.7')])
            piece = models.Piece.get(models.Piece.demande == deposee.numero).id
        navigateur = entrer(monde.chef)
        assert '<i7z' not in navigateur.get(f'/espace/demandes/{deposee.numero}').text, nom
        dit = navigateur.get(f'/pieces/{piece}').headers['Content-Disposition']
        assert re.fullmatch(r'attachment; filename="[A-Za-z0-9._ -]+"; filename\*=UTF-8\'\'[A-Za-z0-9.%_~-]+', dit), nom
        assert not re.search('%2F|%5C|%0[0-9A-F]|%E2%80%AE', dit), nom


def test_un_champ_ajoute_a_un_formulaire_public_a_mon_compte_ou_a_un_acte_n_ecrit_rien_ni_ne_donne_de_droit(
        site, entrer, monde, creer):
    limiter(secondes_minimum=0)
    site.post('/demande', {**INTERDITS, **MAIRIE, 'fiche': '2', 'meme_personne': 'oui'}, status=303)
    ecrite = relire(Demande(numero=1))
    assert (ecrite.numero, ecrite.statut, ecrite.origine, ecrite.restreinte, ecrite.delai) == (
        1, 'attribue_chef', 'plateforme', False, 10)
    assert ecrite.jeton != 'j' * 22
    assert (ecrite.depose_le, ecrite.premier_contact_le) == ('2026-11-24T09:00:00Z', None)
    site.post(f'/suivi/{ecrite.jeton}/coordonnees',
              {**INTERDITS, 'courriel': 'dgs@rieumes.example', 'telephone': '0536490013', 'nom': 'Autre'})
    apres = relire(ecrite)
    assert (apres.statut, apres.nom, apres.courriel, apres.echeance) == (
        'attribue_chef', 'Exemplaire', 'dgs@rieumes.example', ecrite.echeance)
    droits = {'administrateur': '1', 'pilote': '1', 'actif': '1', 'courriel': 'autre@hgi.example', 'direction': '1',
              'id': '1', 'mot_de_passe': 'x' * 20}
    poster(entrer(monde.autre), '/espace/compte/coordonnees',
           {**droits, 'avis_journal': 'jamais', 'fonction': 'Essai'}, '/espace/compte')
    moi = relire_agent(monde.autre)
    assert moi.fonction == 'Essai' and not moi.administrateur and not moi.pilote
    assert (moi.courriel, moi.direction_id, moi.mot_de_passe) == (monde.autre.courriel, monde.autre.direction_id, None)
    avant = creer('en_cours')
    entrer(monde.referent).post(f'/espace/demandes/{avant.numero}/journal',
                                {**INTERDITS, 'texte': 'Une note.', 'nature': 'note'}, status=303)
    apres = relire(avant)
    assert all(getattr(apres, c) == getattr(avant, c)
               for c in ('statut', 'numero', 'jeton', 'restreinte', 'echeance', 'premier_contact_le'))
    with models.lecture():
        assert models.Journal.select().order_by(models.Journal.id.desc()).first().agent_id == monde.referent.id


def test_rien_d_une_autre_demande_ne_se_touche_par_la_mienne_ni_ne_s_ouvre_de_son_lien(creer, monde, site, entrer):
    with models.ecriture():
        mienne, _ = cycle.deposer(saisie_de(monde, message='Mienne.'), [('a.txt', b'a')])
        autre, _ = cycle.deposer(saisie_de(monde, message='Autre.', courriel='b@rieumes.example'), [('b.txt', b'b')])
    assert site.get(f'/suivi/{mienne.jeton}/pieces/1').body == b'a'
    site.get(f'/suivi/{mienne.jeton}/pieces/2', status=404)
    site.get('/pieces/1', status=401)
    for faux in (autre.jeton[:-1], autre.jeton.swapcase(), autre.jeton + '%', '%' * 22, '_' * 22,
                 autre.jeton[:11] + '*' * 11):
        assert site.get(f'/suivi/{faux}', status='*').status_int in (303, 404), faux
    une, autre = creer('en_cours', message='Une.', associe=True), creer('en_cours', message='Autre.', associe=True)
    with models.ecriture():
        journal.ajouter_au_journal(autre, monde.referent, 'note', 'À moi, ailleurs.')
        ligne = models.Journal.select().order_by(models.Journal.id.desc()).first()
        place = models.Membre.get(models.Membre.demande == autre.numero, models.Membre.role == 'associe')
    champs = {'version': une.version, 'ligne': ligne.id, 'texte': 'Changé.', 'operation': 'retirer', 'place': place.id}
    for acte in ('journal-corriger', 'equipe'):
        refus = entrer(monde.chef).post(f'/espace/demandes/{une.numero}/{acte}', champs, status='*')
        assert refus.status_int in (403, 404, 422), acte
    with models.lecture():
        assert models.Membre.select().where(models.Membre.id == place.id).exists()
        assert not models.Journal.select().where(models.Journal.nature == 'correction').exists()


def test_en_https_le_cookie_de_session_est_lie_a_l_hote_et_ne_sort_pas_en_clair(base, monde, monkeypatch):
    """Nor is a cookie without the prefix, which a page of the domain next door could set, taken for a session."""
    url = 'https://collectivites.exemple.fr'
    monkeypatch.setitem(models.SITE, 'url', url)
    navigateur = webtest.TestApp(
        wsgi.assembler(Configuration({'PLATEFORME_BASE': base, 'PLATEFORME_URL': url})),
        extra_environ={'HTTP_HOST': 'collectivites.exemple.fr', 'HTTP_SEC_FETCH_SITE': 'same-origin',
                       'wsgi.url_scheme': 'https'})
    jeton = en_ecriture(comptes.nouveau_lien, monde.chef, 'mot_de_passe')
    navigateur.post(f'/invitation/{jeton}', {'mot_de_passe': PHRASE, 'confirmer_mot_de_passe': PHRASE}, status=303)
    pose = se_connecter(navigateur, monde.chef.courriel).headers['Set-Cookie']
    assert (pose.startswith('__Host-session=')
            and {'secure', 'httponly', 'path=/', 'samesite=lax'} <= {a.strip().lower() for a in pose.split(';')})
    valeur = pose.split(';')[0].split('=', 1)[1]
    for nom, code in (('session', 401), ('__Host-session', 200)):
        navigateur.reset()
        assert navigateur.get('/espace', headers={'Cookie': f'{nom}={valeur}'}, status='*').status_int == code, nom


def test_un_entete_d_hote_ne_change_pas_les_liens_des_courriels(site, monde):
    entetes = {'X-Forwarded-Host': 'mal.example', 'X-Forwarded-Server': 'mal.example',
               'Forwarded': 'host=mal.example', 'X-Original-Host': 'mal.example'}
    ailleurs = {'REMOTE_ADDR': '192.0.2.7'}                         # this machine is a proxy that is not named
    site.post('/mot-de-passe', {'courriel': monde.chef.courriel}, headers=entetes, extra_environ=ailleurs, status=303)
    site.post('/mot-de-passe', {'courriel': monde.chef.courriel},
              extra_environ={'HTTP_HOST': 'mal.example'}, status=400)
    with models.lecture():
        [corps] = [c.corps for c in models.Courriel.select()]
    assert 'http://127.0.0.1:8080/invitation/' in corps and 'mal.example' not in corps


def test_rien_d_autre_que_les_fichiers_nommes_n_est_servi_ni_un_envoi_fait_de_lignes_vides_decoupe(site):
    """25 MB of ends of lines took bottle six seconds to go through; a drawing (DXF) has three millions at most."""
    corps, type_ = multipart({'message': 'x'}, [('pieces', 'a.txt', b'\r\n' * 5_000_000)])
    site.request('/demande', method='POST', body=corps, content_type=type_, environ=site.extra_environ, status=400)
    for nom in ('..%2fmodels.py', '../models.py', '%2e%2e/models.py', 'modeles/agents.csv', 'plateforme.css%00.js',
                '/etc/passwd', 'plateforme.css/', '..\\models.py', '.', 'icones.svg~'):
        assert site.get(f'/static/{nom}', status='*').status_int in (400, 404), nom


def test_rien_de_ce_qu_on_envoie_ni_de_ce_que_le_relais_repond_ne_fait_une_ligne_du_journal(site, monde, caplog):
    caplog.set_level(logging.DEBUG)
    faux = "INFO plateforme connexion de l'agent 1"
    for chemin, champs in (('/connexion', {'courriel': f'a@b.fr\n{faux}', 'mot_de_passe': f'x\r\n{faux}'}),
                           ('/mot-de-passe', {'courriel': f'a\n{faux}'})):
        site.post(chemin, champs, headers={'User-Agent': faux, 'X-Forwarded-For': f'1.1.1.1 {faux}'}, status='*')
    site.get('/%0aINFO%20plateforme', status='*')
    assert "connexion de l'agent" not in caplog.text
    assert (porteur._dire_smtp(550, b"refus\r\nINFO plateforme connexion de l'agent 1")
            == "550 refus INFO plateforme connexion de l'agent 1")


def deposer_libre(monde, nom, message, **autres):
    """Deposit in the name of a collectivité typed by hand; the accusé and what administrateurs are told."""
    with models.ecriture():
        numero = cycle.deposer(saisie_de(monde, collectivite=None, type='Syndicat', nom_collectivite=nom, fiche=None,
                                         message=message, **autres))[0].numero
        return [models.Courriel.get(models.Courriel.modele == modele, models.Courriel.demande == numero)
                for modele in ('accuse', 'nouvelle_admin')]


def test_rien_de_ce_qu_un_inconnu_a_ecrit_ne_mene_ailleurs_depuis_un_courriel_a_une_adresse_non_verifiee(monde):
    """The département would sign the message of a swindler, sent to the address of a victim."""
    for piege in ('Gagnez sur https://mal.example', 'Voir mal.example', 'www mal example', 'Ecrivez à moi@mal', '//mal',
                  'Rappelez le 08 99 12 34 56', 'Rappelez le 0899.12.34.56', 'MAL.EXAMPLE/x', 'x' * 71):
        accuse, agents = deposer_libre(monde, piege, f'Bonjour, {piege}', courriel='v@x.example')
        assert piege not in accuse.objet + accuse.corps and 'Collectivité\u00a0:' not in accuse.corps, piege
        assert accuse.objet.endswith('(demande libre)'), piege
        assert 'Accompagnement demandé\u00a0: Demande libre\n' in accuse.corps, piege
        assert f'Collectivité\u00a0: {piege}\n' in agents.corps, piege
        assert 'Bonjour, ' not in agents.corps.replace('Maxime,', ''), piege
    for nom in ('SIVOM de la Bure', 'S.I.V.O.M. de la Bure', 'Syndicat n° 31 (eaux & forêts)'):
        libre, _ = deposer_libre(monde, nom, 'Bonjour,\nQuestion sur le cimetière')
        secrete, _ = deposer_libre(monde, nom, 'Question sur un agent', confidentielle=True)
        assert f'Collectivité\u00a0: {nom}\n' in libre.corps
        numero = f'n°\u00a0{libre.demande_id}'
        assert libre.objet == f'Demande enregistrée – {numero} («\u00a0Question sur le cimetière\u00a0»)'
        assert 'Accompagnement demandé\u00a0: Demande libre\u00a0: Question sur le cimetière\n' in libre.corps
        assert nom not in secrete.corps and 'agent' not in secrete.objet + secrete.corps


def test_une_limite_compte_un_abonne_ipv6_jusqu_a_son_chiffre_dans_sa_sorte_et_ce_qui_est_garde_est_borne(
        site, monde, plus_tard):
    for une, autre, meme in (
            ('2001:db8:1:2::1', '2001:db8:1:2:ffff::9', True), ('2001:db8:1:2::1', '2001:db8:1:3::1', False),
            ('10.0.0.1', '10.0.0.2', False), ('::ffff:10.0.0.1', '10.0.0.1', True), ('unknown', 'unknown', True)):
        limites._compteurs.clear()
        for ou, code in [(une, 303)] * 10 + [(autre, 429 if meme else 303)]:
            site.post('/mot-de-passe', {'courriel': 'x@b.fr'}, extra_environ={'REMOTE_ADDR': ou}, status=code)
    for _ in range(5):
        limites.compter('connexion', 'chef@hgi.example')
    for n in range(limites.CLES_MAX + 10):
        limites.compter('oubli', n)
    assert limites.trop('connexion', 'chef@hgi.example', 5, 3600)
    assert len(limites._compteurs['oubli']) == limites.CLES_MAX
    # An agent who signs in again and again with a long text: 200 of them were 400 MB.
    for n in range(30):
        cookies.garder_reprise(f'session {n}', '/espace', {'texte': 'x' * cookies.REPRISE_MAX})
    assert len(cookies._reprises) == cookies.REPRISES_MAX // cookies.REPRISE_MAX
    for _ in range(limites.FOIS_MAX + 1):
        limites.compter('depot', 'x')
    assert limites.trop('depot', 'x', 5000, 3600) > 0
    for n in range(50):                                             # of what is no more counted, nothing is kept
        limites.compter('essai', n)
    for secondes, cle, gardees in ((limites.JOUR - 60, 'une autre', 51), (120, 'une de plus', 2)):
        plus_tard(secondes)
        limites.compter('essai', cle)
        assert len(limites._compteurs['essai']) == gardees


def test_un_formulaire_ouvert_depuis_sept_jours_passe_encore_apres_il_revient_rempli_puis_s_envoie(site, monde, heure):
    signe, form = limites.heure_signee('x'), site.get('/demande?fiche=2').form
    heure('2026-12-01T09:00:00Z')
    assert limites.secondes_depuis(signe, 'x') == demande.VALIDITE
    for nom, valeur in MAIRIE.items():
        form[nom] = valeur
    heure('2026-12-01T09:00:01Z')
    revenu = form.submit(status=429)
    assert 'depuis plus de sept jours' in revenu.text and revenu.form['message'].value == MAIRIE['message']
    assert not courriels()
    heure('2026-12-01T09:00:10Z')
    revenu.form.submit(status=303)


def ecritures(site, chemin, champs):
    """The SQL statements of one sending, without their values: what its time is made of."""
    dits, vraie = [], models.db.execute_sql

    def noter(sql, *reste, **options):
        dits.append(re.sub(r"'[^']*'", '?', sql)[:60])
        return vraie(sql, *reste, **options)
    with pytest.MonkeyPatch.context() as remplacement:
        remplacement.setattr(models.db, 'execute_sql', noter)
        reponse = site.post(chemin, champs)
    return ([sql for sql in dits if re.match('INSERT|UPDATE|DELETE', sql)],
            (reponse.status, reponse.headers.get('Location'), reponse.text))


def test_un_lien_demande_fait_le_meme_travail_que_le_compte_existe_ou_non_ou_qu_il_n_y_en_ait_aucun(site, monde, creer):
    """Measured before: 1.7 ms more for an account that exists; the same rows are written, then undone."""
    une = creer()
    for chemin, juste, faux in (
            ('/mot-de-passe', {'courriel': monde.chef.courriel}, {'courriel': 'personne@hgi.example'}),
            ('/suivi', {'numero': une.numero, 'courriel': une.courriel}, {'numero': une.numero, 'courriel': 'x@b.fr'})):
        avant = len(courriels())
        assert ecritures(site, chemin, juste) == ecritures(site, chemin, faux), chemin
        assert len(courriels()) == avant + 1, chemin
    en_ecriture(models.Agent.update(actif=False).execute)
    ecritures(site, '/mot-de-passe', {'courriel': 'personne@hgi.example'})
    assert len(courriels()) == avant + 1


def expressions():
    """{(function, pattern): where} of the regular expressions of the program; what an f-string puts in: a word."""
    trouvees = {}
    for fichier in modules():
        for noeud in ast.walk(ast.parse(fichier.read_text('utf-8'))):
            match noeud:
                case ast.Call(ast.Attribute(ast.Name('re'), fonction), [ast.JoinedStr(dits), *_]):
                    motif = ''.join(m.value if isinstance(m, ast.Constant) else 'session' for m in dits)
                    trouvees[fonction, motif] = f'{fichier.name}:{noeud.lineno}'
                case ast.Call(ast.Attribute(ast.Name('re'), fonction), [ast.Constant(str(motif)), *_]):
                    trouvees[fonction, motif] = f'{fichier.name}:{noeud.lineno}'
    return trouvees


def duree(faire, motif, texte, fois=1):
    """The processor time of this thread, the least of several: what else runs on the machine is not counted."""
    appel, durees = getattr(motif, faire), []
    for _ in range(fois):
        debut = time.thread_time()
        appel('', texte) if faire == 'sub' else appel(texte)
        durees.append(time.thread_time() - debut)
    return min(durees)


def test_aucune_expression_reguliere_ne_s_emballe():
    """Four times the length, up to the longest text of a form, about four times the work, not sixteen."""
    motifs, lentes = expressions(), []
    assert len(motifs) > 40
    for (fonction, texte), ou in motifs.items():
        motif = re.compile(texte, re.M if texte.startswith('^--') else 0)
        for faire, brique, fin in itertools.product(PARCOURS[fonction], BRIQUES, ('', '\0')):
            court, long = (brique * (n // len(brique)) + fin for n in (5_000, 20_000))
            if duree(faire, motif, long) > 0.1 and duree(faire, motif, long, 3) > 8 * duree(faire, motif, court, 3):
                lentes.append((ou, faire, texte, brique))
    assert not lentes


def test_un_caractere_qui_retourne_la_suite_se_montre_dans_les_textes_et_reste_dans_la_base(creer, monde, entrer, site):
    demande = creer('en_cours', message='Facture \u202efdp.exe et cœur\xadde\u200dville\u200b.')
    with models.ecriture():
        journal.ajouter_au_journal(demande, monde.referent, 'note', 'Vu \u2066ici.')
        actes.message_du_demandeur(models.Demande.get_by_id(demande.numero), 'Encore \u202eici.')
    page = entrer(monde.referent).get(f'/espace/demandes/{demande.numero}').text
    suivi = site.get(f'/suivi/{demande.jeton}').text
    assert 'Facture [U+202E]fdp.exe et cœur\xadde\u200dville[U+200B].' in page
    assert 'Vu [U+2066]ici.' in page and 'Encore [U+202E]ici.' in page and 'Encore [U+202E]ici.' in suivi
    assert 'Facture [U+202E]fdp.exe' in suivi and not re.search('[\u202e\u2066]', page + suivi)
    with models.lecture():
        assert models.Demande.get_by_id(demande.numero).message == demande.message


def test_le_jeu_de_caracteres_d_un_formulaire_ne_compte_pas_une_pile_d_accents_est_refusee_avant_d_etre_composee(
        site, creer):
    """Read as punycode, 400 kB took a minute, and « caf-dma » was « café »."""
    for de_la_partie, du_corps in (('; charset=punycode', ''), ('', '; charset=punycode')):
        corps = ('--f\r\nContent-Disposition: form-data; name="message"\r\n'
                 f'Content-Type: text/plain{de_la_partie}\r\n\r\ncaf-dma {"a" * 400_000}\r\n--f--\r\n').encode()
        reponse = site.request('/demande', method='POST', body=corps, environ=site.extra_environ, status=422,
                               content_type=f'multipart/form-data; boundary=f{du_corps}')
        assert 'caf-dma' in reponse.form['message'].value, de_la_partie
    adresse = f'/suivi/{creer().jeton}/message'
    for accents, refuse in (('\u0301' * 10, False), ('\u0301\u0316' * 6, True)):
        code = 400 if refuse else 303
        reponse = site.post(adresse, {'texte': f'a{accents}'}, status=code)
        assert ('suite d\'accents' in reponse.text) == refuse
        site.post(adresse, {'texte': 'Un fichier'}, upload_files=[('pieces', f'a{accents}.pdf', b'%PDF')], status=code)
        site.get('/recherche', {'q': f'a{accents}'}, status=400 if refuse else 200)
