"""The pages where the contents are written: the list, the form and what comes back of it, the preview, who reads it."""
from conftest import collectivite, creer_ligne, poster, titres
from ecritures import en_lecture
from test_publication import ICI, VALEURS, agir, champs, ecrire, fil, groupe, publier, relu  # noqa: F401

import models
from verbes import regles
from verbes.contenus import contenus


def lies(contenu, quoi):
    return en_lecture(contenus.lies, contenu, quoi)


def seul_contenu():
    return en_lecture(models.Contenu.get)


def test_une_liste_vide_dit_par_quoi_commencer_la_liste_montre_a_chacun_ce_qu_il_lit_ce_qui_attend_d_abord(
        ecrire, monde, entrer, groupe, heure):  # noqa: F811
    page = entrer(monde.cochef).get(ICI)
    assert 'Aucun contenu pour l\'instant' in page.text
    for genre in regles.GENRES_DE_CONTENU.values():
        page.click(genre.libelle, href='/nouveau/')
    entrer(monde.cochef).get(f'{ICI}/nouveau/secret', status=404)
    publier(ecrire(titre='Publié'), monde)
    ecrire(titre='Brouillon du chef')
    agir(ecrire(titre='Proposé', agent=monde.autre), 'soumettre', monde.autre)
    agir(ecrire('document', titre='Du groupe', classe='groupe', groupe=groupe.id), 'soumettre', monde.chef)
    heure('2026-11-24T10:00:00Z')
    ecrire('evenement', titre='Récent', agent=monde.autre)
    assert titres(entrer(monde.admin).get(ICI)) == ['Du groupe', 'Proposé', 'Récent', 'Brouillon du chef', 'Publié']
    assert titres(entrer(monde.referent).get(ICI)) == ['Du groupe', 'Publié']
    assert titres(entrer(monde.cochef).get(ICI)) == ['Publié']
    autre = entrer(monde.autre)
    assert titres(autre.get(f'{ICI}?a_moi=oui')) == ['Récent', 'Proposé']
    assert titres(autre.get(f'{ICI}?genre=evenement')) == ['Récent']
    assert titres(autre.get(f'{ICI}?q=publie')) == ['Publié'] and titres(autre.get(f'{ICI}?etat=publie')) == ['Publié']
    assert titres(entrer(monde.referent).get(f'{ICI}?a_relire=oui')) == ['Du groupe']
    assert 'Aucun contenu ne répond' in autre.get(f'{ICI}?genre=inconnu').text
    assert '2 contenus à relire' in entrer(monde.admin).get('/espace').text
    assert '1 contenu à relire' in entrer(monde.referent).get('/espace').text
    assert 'à relire' not in entrer(monde.cochef).get('/espace').text
    contenu = publier(ecrire('ressource', a_revoir_le='2026-12-01'), monde)
    for instant, dite in (('2026-12-01T10:00:00Z', False), ('2026-12-02T10:00:00Z', True)):
        heure(instant)
        for adresse in (f'{ICI}?a_moi=oui', f'{ICI}/{contenu.id}'):
            assert ('à revoir depuis le 1er\u00a0décembre' in entrer(monde.chef).get(adresse).text) == dite


def test_la_liste_ne_montre_que_ce_que_chacun_peut_ouvrir(ecrire, monde, groupe):  # noqa: F811
    ferme = creer_ligne(models.Groupe, nom='Fermé', animateur=monde.referent, ferme_le='2026-11-01').id
    for genre in VALEURS:
        ecrire(genre, monde.autre)
        if genre != 'projet':                                       # its collectivité has agreed to nothing
            publier(ecrire(genre), monde)
    for cle in (groupe.id, ferme):
        ecrire('document', classe='groupe', groupe=cle)
    publier(ecrire('evenement', audience='contributeurs', publie_le='2026-12-01'), monde)
    publier(ecrire(publie_le='2026-11-01', expire_le='2026-11-24'), monde)
    agir(ecrire('projet', structures=[monde.cochef.direction.structure_id]), 'soumettre', monde.chef)
    with models.lecture():
        tous = list(models.Contenu.select())
        for qui in ('admin', 'chef', 'referent', 'cochef', 'autre', 'associe'):
            agent = getattr(monde, qui)
            ouverts = {c.id for c in tous if contenus.peut_lire(c, agent)}
            assert {c.id for c in contenus.lisibles(agent)} == ouverts, qui
            assert (len(ouverts) == len(tous)) == (qui == 'admin')


def test_un_agent_ecrit_propose_et_l_administrateur_publie_a_l_ecran(monde, entrer, site):
    chef = entrer(monde.chef)
    page = poster(chef, f'{ICI}/nouveau/evenement', {
        'titre': 'Salon des maires', 'resume': 'Deux jours.', 'debut_le': '08/12/2026', 'debut_a': '9 h',
        'fin_a': '16h30', 'lieu': 'Toulouse', 'collectivites_1': 'Rieumes', 'collectivites_2': 'CC Cœur de Garonne',
        'fiches_1': '2'}).follow()
    contenu = seul_contenu()
    assert (contenu.debut_le, contenu.debut_a, contenu.fin_a) == ('2026-12-08', '09:00', '16:30')
    assert lies(contenu, 'fiches') == [2] and len(lies(contenu, 'collectivites')) == 2 and 'Enregistré.' in page.text
    page = champs(page, 'acte').submit('acte', index=0, status=303).follow()
    assert 'Votre proposition est envoyée' in page.text
    site.get('/agenda', status='*')
    form = champs(entrer(monde.admin).get(f'{ICI}/{contenu.id}'), 'acte')
    assert form.submit('acte', index=0, status=303).follow().text.count('Le contenu est publié.') == 1
    assert site.get(f'/agenda/{contenu.id}-salon-des-maires').status_int == 200
    page = entrer(monde.admin).get(f'{ICI}/{contenu.id}').html      # each region has a name of its own
    noms = [region.get('aria-label') or page.select_one(f'#{region["aria-labelledby"]}').text
            for region in page.select('main section[aria-labelledby], main [role=region]')]
    assert 'Versions' in noms and sorted(noms) == sorted(set(noms))


def communes(noms, codes_postaux='31370', **autres):
    with models.ecriture():
        return [collectivite(nom, 'Commune', f'9{rang:08}', f'99{rang:03}', codes_postaux=codes_postaux, **autres)
                for rang, nom in enumerate(noms, models.Collectivite.select().count())]


def test_une_saisie_fautive_revient_avec_une_phrase_pres_du_champ_une_collectivite_choisie_le_reste(monde, entrer):
    deux = [c for nom, code in (('Lussan', '31000'), ('Lussan', '31500'), ('Lussan-le-Haut', '31100'))
            for c in communes([nom], code)]
    form = champs(entrer(monde.chef).get(f'{ICI}/nouveau/projet'))
    form['titre'], form['annee'], form['collectivite'] = 'Halle', 'l\'an 2', 'Rieum'
    form['collectivites_1'], form['collectivites_2'] = 'Nulle-Part', 'Lussan'
    page = form.submit(status=422)
    dits = {li.a['href']: ' '.join(li.text.split()) for li in page.html.select('#erreurs li')}
    assert page.html.title.text.startswith('Erreur') and set(dits) == {
        '#annee', '#collectivite_choix', '#collectivites_1', '#collectivites_2_choix'}
    assert 'n\'est pas dans la liste' in dits['#collectivites_1'] and 'Nulle-Part' in dits['#collectivites_1']
    assert 'peut désigner 2 collectivités' in dits['#collectivites_2_choix']
    assert page.html.select_one('#collectivites_1')['aria-invalid'] == 'true'
    form = champs(page)
    assert [form[f'collectivites_{rang}'].value for rang in (1, 2)] == ['Nulle-Part', 'Lussan']
    assert form['annee'].value == 'l\'an 2' and len(form['collectivite_choix'].options) == 2
    form['collectivite_choix'] = str(monde.rieumes.id)
    form['collectivites_1'], form['collectivites_2_choix'] = 'Lussan-le-Haut', str(deux[1].id)
    page = form.submit(status=422)
    assert [li.a['href'] for li in page.html.select('#erreurs li')] == ['#annee']
    form = champs(page)
    assert form['collectivite'].value == 'Rieumes'
    form['annee'] = '2025'
    form = champs(form.submit(status=303).follow())                 # it takes back what it shows, once made precise
    assert [form[f'collectivites_{rang}'].value for rang in (1, 2, 3, 4)] == [
        'Lussan (31500)', 'Lussan-le-Haut', '', '']
    contenu = seul_contenu()
    assert contenu.collectivite_id == monde.rieumes.id and lies(contenu, 'collectivites') == [deux[1].id, deux[2].id]


def test_un_contenu_qui_concerne_cinquante_collectivites_les_garde_toutes_leurs_suggestions_sont_une_liste(
        ecrire, monde, entrer):  # noqa: F811
    siennes = [c.id for c in communes([f'Exemple-{chr(97 + n % 26)}{chr(97 + n // 26)}' for n in range(50)])]
    contenu = ecrire(collectivites=siennes)
    form = champs(entrer(monde.chef).get(f'{ICI}/{contenu.id}'))
    form['titre'] = 'Autre titre'
    assert 'collectivites_52' in form.fields
    form.submit(status=303)
    assert lies(contenu, 'collectivites') == siennes
    form = champs(entrer(monde.chef).get(f'{ICI}/{contenu.id}'))
    for rang in range(1, 53):
        form[f'collectivites_{rang}'] = ''
    form.submit(status=303)
    assert lies(contenu, 'collectivites') == []
    contenu = ecrire(fiches=[1, 2])                                 # of its fiches, the one taken away goes
    form = champs(entrer(monde.chef).get(f'{ICI}/{contenu.id}'))
    assert [form[f'fiches_{rang}'].value for rang in (1, 2, 3)] == ['1', '2', '']
    form['fiches_1'] = ''
    form.submit(status=303)
    assert lies(contenu, 'fiches') == [2]
    communes([f'Saint-Exemple-sur-Garonne-{n}' for n in range(650)])
    for genre in regles.GENRES_DE_CONTENU:
        page = entrer(monde.chef).get(f'{ICI}/nouveau/{genre}')
        listes = page.html.select('datalist')
        assert len(listes) == 1 and 'Rieumes' in [o['value'] for o in listes[0].select('option')], genre
        places = page.html.select('input[name^=collectivites_]')
        assert [p['name'] for p in places] == ['collectivites_1', 'collectivites_2']
        assert {p['list'] for p in places} == {listes[0]['id']} and len(page.body) < 150_000, genre


def test_un_texte_d_un_mega_octet_est_refuse_l_apercu_montre_ce_qui_est_tape_sans_rien_ecrire_et_son_aide(
        monde, entrer, groupe, ecrire):  # noqa: F811
    form = champs(entrer(monde.chef).get(f'{ICI}/nouveau/actualite'))
    form['titre'], form['corps'] = 'Long', 'mot ' * 100_000
    page = form.submit(status=422)
    assert '40 000 au plus' in page.text.replace('\u202f', ' ').replace('\xa0', ' ')
    form['corps'] = 'mot ' * 262_144
    assert 'raccourcissez votre texte' in form.submit(status=413).html.select_one('main').text
    assert not en_lecture(models.Contenu.select().exists)
    valeurs = {'titre': 'Compte rendu', 'groupe': str(groupe.id), 'classe': ''}
    poster(entrer(monde.admin), f'{ICI}/nouveau/document', valeurs)
    assert (seul_contenu().classe, seul_contenu().groupe_id) == ('groupe', groupe.id)
    contenu = ecrire()
    chef = entrer(monde.chef)
    for adresse, cache in ((f'{ICI}/{contenu.id}', 'contenu'), (f'{ICI}/nouveau/actualite', 'genre')):
        page = chef.get(adresse)
        aide, = page.html.select('#mise-en-forme')
        assert aide.find_previous('textarea')['name'] == 'corps' and '## Un titre' in aide.text
        form = champs(page)
        form['titre'], form['corps'] = 'Un titre tapé', '## Sous-titre\n\n<script>alert(1)</script>'
        assert cache in form.fields
        reponse = chef.post(f'{ICI}/apercu', form.submit_fields(), status=200)
        assert 'Un titre tapé' in reponse.text and '<script>alert' not in reponse.text
    assert relu(contenu).titre == 'Des cours à l\'ombre' and len(fil(contenu)) == 1
    entrer(monde.autre).post(f'{ICI}/apercu', {'contenu': str(contenu.id)}, status=403)
    chef.post(f'{ICI}/apercu', {'genre': 'actualite', 'titre': ''}, status=422)


def test_un_brouillon_n_est_lu_que_de_son_auteur_qui_relit_voit_le_texte_d_abord(ecrire, monde, entrer):  # noqa: F811
    contenu = ecrire()
    ici, chef, autre = f'{ICI}/{contenu.id}', entrer(monde.chef), entrer(monde.autre)
    chef.get(ici, status=200)
    autre.get(ici, status=403)
    autre.post(ici, {'titre': 'x'}, status=403)
    autre.post(f'{ici}/acte', {'acte': 'publier'}, status=403)
    poster(chef, f'{ici}/acte', {'acte': 'publier'}, ici, 403)
    chef.post(f'{ici}/acte', {'acte': 'effacer'}, status=404)
    assert relu(contenu).etat == 'brouillon'
    contenu = ecrire('projet', structures=[monde.cochef.direction.structure_id])
    ici, nommee = f'{ICI}/{contenu.id}', entrer(monde.cochef)       # the structure that a projet names reads it before
    nommee.get(ici, status=403)                                     # not proposed yet
    agir(contenu, 'soumettre', monde.chef)
    page = nommee.get(ici)
    assert 'Une halle rouverte' in page.text and 'name="titre"' not in page.text
    chef.get(ici)
    autre.get(ici, status=403)
    contenu = ecrire(corps='Le texte à lire.', agent=monde.autre)
    assert not entrer(monde.admin).get(f'{ICI}/{contenu.id}').html.select_one('#a-lire')
    agir(contenu, 'soumettre', monde.autre)
    page = entrer(monde.admin).get(f'{ICI}/{contenu.id}')
    lu = page.html.select_one('[aria-labelledby=a-lire]')
    assert 'Le texte à lire.' in lu.text and str(page.html).index('id="a-lire"') < str(page.html).index('id="champs"')
    assert not entrer(monde.autre).get(f'{ICI}/{contenu.id}').html.select_one('#a-lire')


def test_un_agent_propose_un_changement_a_l_ecran_et_l_administrateur_le_publie(ecrire, monde, entrer):  # noqa: F811
    contenu = publier(ecrire(fiches=[1]), monde)
    form = champs(entrer(monde.autre).get(f'{ICI}/{contenu.id}'))
    assert not {'theme', 'publie_le', 'fiches_1'} & set(form.fields)
    form['resume'] = 'Plus court.'
    form.submit(status=422)                                         # without why
    form['pourquoi'] = 'Trop long.'
    page = form.submit(status=303).follow()
    assert 'Votre proposition est envoyée' in page.text
    page = entrer(monde.admin).get(f'{ICI}/{contenu.id}')
    assert 'Une proposition attend' in page.text
    form = champs(page, 'decision')
    form.submit(status=422)
    form['decision'] = 'publier'
    form.submit(status=303)
    assert relu(contenu).resume == 'Plus court.' and lies(contenu, 'fiches') == [1]
    form['resume'] = 'Écrit par le second.'                         # another administrateur, meanwhile
    dit = form.submit(status=409).html.select_one('.message[role=alert]').text
    assert 'Cette proposition a déjà reçu sa réponse' in dit and 'Écrit par le second.' in dit
