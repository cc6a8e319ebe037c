"""The public form: what it shows, understands, refuses while keeping every word; limits (regles.md §3, §5)."""
import re

import pytest
import webtest
from conftest import changer_ligne, collectivite, courriels, en_ecriture, fixer, limiter, natures, relire, texte

import models
from models import Demande, DemandeCommune, Piece

REMPLI = {'message': 'Nous souhaitons réaménager la place du bourg.\nPar où commencer ?', 'lieu': 'Place de la Liberté',
          'collectivite': 'Rieumes', 'civilite': 'Madame', 'nom': 'Exemplaire', 'prenom': 'Jeanne',
          'courriel': 'mairie@rieumes.example', 'telephone': '05 36 49 00 12'}
PDF = webtest.Upload('délibération n° 31.pdf', b'%PDF-1.4 \xff\x00 fin', 'application/pdf')


@pytest.fixture
def remplir(site, heure, monde):
    """A form filled ten seconds after its display: remplir(monde.fiche, nom='…') → webtest.Form. A value of None leaves
    the field as displayed."""
    def ouvrir(sur=None, **autres):
        heure('2026-11-24T09:00:00Z')
        formulaire = site.get(f'/demande?fiche={sur.id}' if sur else '/demande').form
        for nom, valeur in {**REMPLI, **autres}.items():
            poser(formulaire, nom, valeur)
        heure('2026-11-24T09:00:10Z')
        return formulaire
    return ouvrir


def poser(formulaire, nom, valeur):
    """A tick, a file, or any text (even one a list does not offer)."""
    if isinstance(valeur, bool):
        formulaire[nom] = valeur
    elif isinstance(valeur, webtest.Upload):
        formulaire[nom] = [valeur]
    elif valeur is not None:
        formulaire[nom].force_value(valeur) if hasattr(formulaire[nom], 'force_value') else formulaire.set(nom, valeur)


def demandes():
    with models.lecture():
        return list(Demande.select().order_by(Demande.numero))


def recu(reponse):
    """The demande whose tracking page a sending leads to."""
    assert reponse.status_code == 303, reponse.html.find(id='erreurs')
    jeton = re.fullmatch(r'/suivi/([\w-]{22})\?fait=(\w+)', reponse.location)[1]
    with models.lecture():
        return Demande.get(Demande.jeton == jeton)


def fautes(reponse):
    """{id of the field: sentence} of the summary."""
    return {a['href'][1:]: ' '.join(a.text.split()) for a in reponse.html.find(id='erreurs').find_all('a')}


def refuse(formulaire, status=422):
    """Send, and check that the page is an error page that has written nothing and kept what was typed."""
    avant = len(demandes()), courriels()
    reponse = formulaire.submit(status=status)
    assert reponse.html.title.text.startswith('Erreur – ')
    assert reponse.form['message'].value == formulaire['message'].value and (len(demandes()), courriels()) == avant
    return reponse


def test_le_formulaire_porte_ses_libelles_dit_la_saisine_et_que_rien_ne_change(site, monde):
    page = site.get('/demande').html
    libelles = {' '.join(label.text.split()) for label in page.form.find_all('label')}
    assert {libelle[:-13] for libelle in libelles if libelle.endswith(' (facultatif)')} == {
        'Thème', "Fiche d'accompagnement", 'Lieu de projet', 'Date à tenir', 'Pièces jointes', 'Communes concernées',
        'Civilité', 'Fonction', 'Quand vous joindre'}
    assert libelles > {
        'Message', 'Collectivité', 'Type de collectivité', 'Nom de la collectivité', 'Nom', 'Prénom', 'Courriel',
        'Nom de la personne à rappeler', 'Prénom de la personne à rappeler', 'Téléphone', "C'est la même personne",
        'Ma demande est confidentielle (agent, contentieux, personne mise en cause)',
        "Ma collectivité n'est pas dans la liste"}
    assert page.form.find('button', type='submit').text == 'Envoyer la demande'
    assert page.form['data-brouillon'] == page.form['action'] == '/demande'
    assert page.find(id='meme_personne').has_attr('checked')
    lue = texte(site.get('/demande'))
    for dit in ("Cette demande vaut saisine officielle du Président du Département ; un courrier n'est pas nécessaire.",
                'n\'est lue que par l\'équipe qui la suit et par l\'administration de la Plateforme',
                'Leur durée de conservation après la clôture reste à convenir',
                'Vous pouvez toujours joindre directement votre interlocuteur habituel : rien ne change.',
                'PDF, photo, document ou plan : 10 fichiers, 10 Mo chacun, 25 Mo en tout.'):
        assert dit in lue
    assert '5 ans' not in lue and 'consent' not in lue.lower()
    noms = [c['id'] for c in page.form.find_all(['input', 'textarea', 'select']) if c.get('id')]
    place = noms.index('collectivite')
    assert noms[place + 1:place + 5] == ['hors_liste', 'type', 'nom_collectivite', 'communes']


def test_la_page_dit_le_delai_de_sa_fiche_et_qui_appeler_sans_rien_promettre_de_plus(site, monde, monkeypatch):
    page = texte(site.get('/demande'))
    assert "Les courriels partiront quand l'envoi sera rétabli : gardez l'adresse de la page de suivi." in page
    assert 'Vous recevez aussitôt' not in page and "Un accusé d'enregistrement par courriel" not in page
    monkeypatch.setitem(models.SITE, 'smtp', True)
    models._gardees.clear()                                         # said at the start of the service
    page = texte(site.get('/demande'))
    assert "Vous recevez aussitôt un accusé d'enregistrement" in page and 'rétabli' not in page
    for adresse in ('/demande', '/donnees-personnelles'):
        assert '5 ans' not in texte(site.get(adresse)) and 'à convenir avec les Archives' in texte(site.get(adresse))
    en_ecriture(fixer, 'archives', '', '2026-11-20')
    for adresse, dit in (('/demande', 'Elles sont conservées au moins 5 ans après la clôture ;'),
                         ('/donnees-personnelles', 'Après la clôture, votre demande, ses pièces et son journal sont '
                                                   'conservés au moins 5 ans.')):
        assert dit in texte(site.get(adresse)) and 'à convenir' not in texte(site.get(adresse))
    for convenu_le in (None, '2026-11-20'):
        en_ecriture(fixer, 'archives', '', convenu_le)
        for adresse in ('/demande', '/donnees-personnelles'):
            lue = texte(site.get(adresse))
            assert 'eur destruction n\'est pas automatique' in lue and not re.search('versé|éliminé', lue)
    page = site.get(f'/demande?fiche={monde.fiche.id}')
    assert (page.form['fiche'].value, page.form['theme'].value) == (str(monde.fiche.id), str(monde.fiche.theme_id))
    assert 'Sous 10 jours au plus tard' in texte(page) and 'astreinte' not in texte(page)
    groupes = {g['label']: [(o.text, o['data-theme']) for o in g.find_all('option')]
               for g in page.html.find(id='fiche').find_all('optgroup')}
    assert groupes['Assistance juridique'] == [('Conseil juridique', '1'), ('Contentieux', '1')]
    page = texte(site.get(f'/demande?fiche={monde.urgente.id}'))
    assert ('Sous 3 jours au plus tard' in page and "La Plateforme n'assure pas d'astreinte" in page
            and 'téléphonez au 05 34 33 38 07' in page)
    assert page.index("n'assure pas d'astreinte") < page.index('1. Votre besoin')
    en_ecriture(fixer, 'telephone_urgence', '0536499999')
    page = site.get('/demande').html
    assert 'téléphonez au 05 36 49 99 99' in ' '.join(page.find(id='fiche').find_parent(class_='champ').text.split())
    for valeur in ('999', 'abc', '0', '1' * 19, '-1', '%C3%A9'):
        page = site.get(f'/demande?fiche={valeur}', status=404)
        assert page.html.find('a', class_='accent')['href'] == '/demande', valeur
    changer_ligne(monde.fiche, etat='archivee')
    site.get(f'/demande?fiche={monde.fiche.id}', status=404)
    assert 'Revitalisation' not in site.get('/demande')


def test_une_demande_envoyee_est_enregistree_avec_sa_fiche_ses_cases_et_qui_rappeler(remplir, monde):
    reponse = remplir(monde.fiche, date_a_tenir='2026-12-10', pieces=PDF).submit()
    demande = recu(reponse)
    assert (reponse.location.endswith('?fait=depot') and demande.statut == 'attribue_chef'
            and demande.collectivite_id == monde.rieumes.id)
    assert (demande.message, demande.nom, demande.telephone, demande.lieu, demande.fiche_id, demande.date_a_tenir,
            demande.rappel_nom, demande.restreinte) == (
        REMPLI['message'], 'Exemplaire', '0536490012', REMPLI['lieu'], monde.fiche.id, '2026-12-10', '', False)
    assert ('accuse', 'mairie@rieumes.example') in courriels()
    with models.lecture():
        piece = Piece.get(Piece.demande == demande.numero)
    assert (piece.nom, bytes(piece.contenu), piece.agent_id) == (PDF.filename, PDF.content, None)
    demande = recu(remplir(theme=str(monde.theme.id)).submit())
    assert (demande.statut, demande.theme_id, demande.fiche_id) == ('attribue_admin', monde.theme.id, None)
    demande = recu(remplir(monde.fiche, theme=str(monde.theme.id)).submit())
    assert demande.fiche_id == monde.fiche.id and demande.theme_id == monde.fiche.theme_id != monde.theme.id
    assert recu(remplir(monde.fiche, confidentielle=True).submit()).restreinte
    formulaire = remplir(meme_personne=False)
    assert set(fautes(refuse(formulaire))) == {'rappel_nom', 'rappel_prenom'}
    for nom, valeur in (('nom', 'Pareil'), ('prenom', 'Alix'), ('fonction', 'Secrétaire')):
        formulaire[f'rappel_{nom}'] = valeur
    demande = recu(formulaire.submit())
    assert (demande.a_rappeler, demande.rappel_fonction, demande.nom) == ('Alix Pareil', 'Secrétaire', 'Exemplaire')
    assert recu(remplir(rappel_nom='Pareil', rappel_prenom='Alix').submit()).rappel_nom == ''


def test_un_formulaire_vide_mal_rempli_ou_d_un_fichier_refuse_designe_chaque_champ_et_garde_tout(site, monde, remplir):
    reponse = site.post('/demande', {}, status=422)
    assert list(fautes(reponse)) == [
        'message', 'collectivite', 'nom', 'prenom', 'rappel_nom', 'rappel_prenom', 'courriel', 'telephone']
    assert "Votre demande n'est pas encore envoyée : 8 informations sont à corriger" in texte(reponse)
    for champ, valeur, mots in (('message', 'x' * 20_001, '20 000 au plus'), ('nom', 'x' * 201, '200 au plus'),
            ('nom', 'a\nb', 'une seule ligne'), ('nom', 'Dupont\u202e', 'caractère invisible'),
            ('prenom', 'Jean\u200bne', 'caractère invisible'), ('nom', '\u3164', 'caractère invisible'),
            ('prenom', '\u2800', 'caractère invisible'), ('nom', 'a\U000e0041', 'caractère invisible'),
            ('message', '\u2800\u3164\n\u200b', 'rien ne se voit'), ('courriel', 'mairie@rieumes', 'il manque la fin'),
            ('courriel', 'a@b.fr, c@d.fr', 'une seule adresse'), ('telephone', '05 36 49', 'dix chiffres'),
            ('date_a_tenir', '2026-11-23', 'est passée'), ('date_a_tenir', '2026-02-31', 'date qui existe'),
            ('date_a_tenir', 'demain', 'date qui existe'), ('theme', 'abc', 'dans la liste'),
            ('theme', '9' * 6_000, 'au plus'), ('fiche', '9' * 30, 'dans la liste'),
            ('civilite', 'Duc', 'dans la liste'), ('collectivite', 'Atlantide', "n'est pas dans la liste"),
            ('collectivite', 'x' * 100_000, '200 au plus'), ('collectivite', 'Rieu\nmes', 'une seule ligne'),
            ('collectivite', '()', "n'est pas dans la liste"), ('communes', 'x,' * 2_000, 'au plus'),
            ('communes', 'Rieumes, Atlantide ; Ys', '« Atlantide », « Ys »')):
        reponse = refuse(remplir(confidentielle=True, **{champ: valeur}))
        assert list(fautes(reponse)) == [champ] and mots in fautes(reponse)[champ], (champ, valeur[:40])
        assert 'une information est à corriger' in reponse and reponse.html.find(id=champ)['aria-invalid'] == 'true'
        assert reponse.form['confidentielle'].checked and reponse.form['lieu'].value == REMPLI['lieu']
        if champ not in ('theme', 'fiche', 'civilite'):
            assert reponse.form[champ].value.replace('\r\n', '\n') == valeur
    for nom, contenu, raison in (('virus.exe', b'MZ', "n'est pas d'un type accepté"), ('vide.pdf', b'', 'est vide'),
                                 ('faux.pdf', b'<html>', 'ne correspond pas à son extension'),
                                 ('page.html', b'<script>', "n'est pas d'un type accepté")):
        reponse = refuse(remplir(pieces=webtest.Upload(nom, contenu)))
        assert nom in fautes(reponse)['pieces'] and raison in fautes(reponse)['pieces'], (nom, contenu, raison)
        assert fautes(refuse(remplir(nom=''))).keys() == {'nom'}, (nom, contenu, raison)
    for corps, type_ in ((b'message=%ff', 'application/x-www-form-urlencoded'),
                         (b'message=%00', 'application/x-www-form-urlencoded'), (b'x', 'multipart/form-data')):
        assert site.post('/demande', corps, content_type=type_, status='4*').status_code in (400, 422), (corps, type_)
        assert not demandes(), (corps, type_)


def test_une_collectivite_se_choisit_parmi_douze_proches_un_homonyme_par_son_code_postal(remplir, monde, site):
    limiter(depots_adresse=99, depots_courriel=99)

    def choix(reponse):
        return [c.parent.text.strip() for c in reponse.html.find_all('input', attrs={'name': 'collectivite_choisie'})]
    assert "n'est pas dans la liste" in fautes(remplir(collectivite='31999').submit(status=422))['collectivite']
    for saisi in ('31370', 'Rieum'):
        reponse = refuse(remplir(collectivite=saisi))
        reponse.form['collectivite_choisie'] = str(monde.rieumes.id)
        assert recu(reponse.form.submit()).collectivite_id == monde.rieumes.id, saisi
    assert choix(reponse) == ['Rieumajou (31290)', 'Rieumes (31370, CC Cœur de Garonne)']
    assert 'peut désigner 2 collectivités' in fautes(reponse)['collectivite']
    for saisi in ('Riemes', 'Dodon', 'communauté de communes de Saint-Orens-de-Gameville', 'mairie de Cœur de Garonne'):
        proche = refuse(remplir(collectivite=saisi))
        assert 'confirmez celle qui est proposée' in fautes(proche)['collectivite'], saisi
        assert len(choix(proche)) == 1, saisi
    reponse.form['collectivite'] = 'Saint-Orens-de-Gameville'       # typed after the choice, which it undoes
    assert recu(reponse.form.submit()).collectivite == 'Saint-Orens-de-Gameville'
    reponse = refuse(remplir(collectivite='Rieum', telephone='1'))
    reponse.form['collectivite_choisie'] = str(monde.rieumes.id)
    encore = reponse.form.submit(status=422)
    assert list(fautes(encore)) == ['telephone'] and encore.form['collectivite'].value == 'Rieumes (31370)'
    for n in range(13):
        en_ecriture(collectivite, f'Villeneuve {n:02}', 'Commune', f'30000000{n:02}', f'319{n:02}')
        if n >= 11:
            reponse = refuse(remplir(collectivite='Villeneuve'))
            dit = ('peut désigner 12 collectivités' if n == 11 else
                   'plus de douze collectivités : écrivez quelques lettres de plus')
            assert dit in fautes(reponse)['collectivite'], n
    assert len(choix(reponse)) == 12
    autre = en_ecriture(collectivite, 'Rieumes', 'Commune', '213199999', '31999', codes_postaux='31999 31998')
    suggestions = [o['value'] for o in site.get('/demande').html.find('datalist').find_all('option')]
    assert {'Rieumes (31370)', 'Rieumes (31999)', 'Rieumajou', 'CC Cœur de Garonne'} <= set(suggestions)
    assert 'peut désigner 2 collectivités' in fautes(refuse(remplir()))['collectivite']
    assert 'joutez le code postal' in fautes(refuse(remplir(collectivite='Rieumajou', communes='Rieumes')))['communes']
    assert recu(remplir(collectivite='Rieumes (31999)').submit()).collectivite_id == autre.id


def test_hors_liste_se_departage_l_invisible_s_en_va_un_courriel_mal_ecrit_est_questionne_une_fois(remplir, monde):
    formulaire = remplir(collectivite='', hors_liste=True)
    assert set(fautes(refuse(formulaire))) == {'type', 'nom_collectivite'}
    formulaire['type'], formulaire['nom_collectivite'] = 'Syndicat', 'Syndicat des eaux'
    demande = recu(formulaire.submit())
    assert (demande.collectivite, demande.type, demande.collectivite_id) == ('Syndicat des eaux', 'Syndicat', None)
    formulaire = remplir(hors_liste=True, type='Syndicat', nom_collectivite='Syndicat des eaux')
    reponse = refuse(formulaire)
    assert [*fautes(reponse)] == ['collectivite'] and 'Videz ce champ, ou décochez' in fautes(reponse)['collectivite']
    assert not reponse.html.find_all('input', attrs={'name': 'collectivite_choisie'})
    formulaire['collectivite'] = 'syndicat des Eaux'
    assert recu(formulaire.submit()).collectivite == 'Syndicat des eaux'
    for saisies in ('rieumes, Saint-Orens-de-Gameville ; Rieumes (31370),', 'Rieumes et Saint-Orens-de-Gameville',
                    'Rieumes\nSaint-Orens-de-Gameville\n', '- Rieumes ;\n- st orens de gameville'):
        demande = recu(remplir(collectivite='CC Cœur de Garonne', communes=saisies).submit())
        with models.lecture():
            noms = {d.collectivite.nom for d in DemandeCommune.select().where(DemandeCommune.demande == demande.numero)}
        assert noms == {'Rieumes', 'Saint-Orens-de-Gameville'}, saisies
    limiter(depots_adresse=99, depots_courriel=99)
    assert recu(remplir(telephone='\u202a05\u00a036 49 00\u200b 12\u202c').submit()).telephone == '0536490012'
    assert recu(remplir(date_a_tenir='2026-11-24').submit()).date_a_tenir == '2026-11-24'
    for colle, garde in (('un pont\x0bune école', 'un pont\nune école'), ('page 1\x0cpage 2', 'page 1\npage 2'),
                         ('centre\x1ebourg', 'centre-bourg'), ('halle\x07 et\x02 place\x1f\x7f', 'halle et place')):
        assert recu(remplir(message=colle).submit()).message == garde, (colle, garde)
    reponse = refuse(remplir(courriel='mairie@ornage.fr'))
    assert {c['value'] for c in reponse.html.find_all('input', attrs={'name': 'courriel_choisi'})} == {
        'mairie@orange.fr', 'mairie@ornage.fr'}
    assert 'Corriger en mairie@orange.fr' in reponse and 'Garder mairie@ornage.fr' in reponse
    reponse.form['courriel_choisi'], reponse.form['nom'] = 'mairie@ornage.fr', ''
    encore = reponse.form.submit(status=422)
    assert list(fautes(encore)) == ['nom'] and encore.form['courriel_choisi'].value == 'mairie@ornage.fr'
    encore.form['nom'] = 'Exemplaire'
    assert recu(encore.form.submit()).courriel == 'mairie@ornage.fr'


def test_un_piege_un_envoi_trop_rapide_ou_trop_d_envois_attendent_en_gardant_le_texte(remplir, heure, site, monde):
    reponse = refuse(remplir(site_internet='https://pub.example'))
    assert 'Un champ que vous ne voyez pas a été rempli' in reponse and reponse.form['site_internet'].value == ''
    recu(reponse.form.submit())
    formulaire = remplir()
    heure('2026-11-24T09:00:02Z')
    reponse = refuse(formulaire, 429)
    assert reponse.headers['Retry-After'] == '1' and reponse.form['ouvert'].value == formulaire['ouvert'].value
    heure('2026-11-24T09:00:03Z')
    recu(reponse.form.submit())
    limiter(depots_adresse=99)
    for ouvert in ('', '0', '1.2', 'é', '1764000000.' + '0' * 32, 'x' * 500):
        reponse = refuse(remplir(ouvert=ouvert), 429)
        assert reponse.headers['Retry-After'] == '3', ouvert
        heure('2026-11-24T09:00:13Z')
        recu(reponse.form.submit())
    limiter(depots_adresse=len(demandes()) + 2)
    for n in range(3):
        assert 'nom' in fautes(remplir(nom='', message=f'Texte {n}').submit(status=422))
    premiere = remplir(message='Première demande.')
    recu(premiere.submit())
    recu(remplir(message='Deuxième demande.').submit())
    reponse = remplir(message='Troisième demande.').submit(status=429)
    assert int(reponse.headers['Retry-After']) > 3000 and reponse.form['message'].value == 'Troisième demande.'
    dite = texte(reponse)
    assert re.search(r'envoyez-le dans \d+ minutes', dite) and 'ou téléphonez au 0' in dite
    assert 'Votre texte reste dans ce formulaire' in dite
    assert recu(premiere.submit()).message == 'Première demande.' and demandes()[-1].message == 'Deuxième demande.'
    ailleurs = remplir(message='Troisième demande.').submit(extra_environ={'REMOTE_ADDR': '192.0.2.7'})
    assert recu(ailleurs).message == 'Troisième demande.'


def test_le_meme_envoi_donne_la_meme_demande_sans_rien_dire_de_celle_d_un_autre(remplir, site, creer, monde):
    limiter(depots_adresse=99)
    formulaire = remplir(pieces=PDF)
    premiere, seconde = formulaire.submit(), formulaire.submit()
    assert premiere.location == seconde.location and len(demandes()) == 1
    assert courriels(modele='accuse') == [('accuse', 'mairie@rieumes.example')]
    assert recu(remplir().submit()).numero == recu(remplir().submit()).numero and len(demandes()) == 2
    for cle in ('', 'courte', 'x' * 5_000, 'é' * 22):
        assert len(recu(remplir(cle=cle, message=f'Clé {len(cle)}').submit()).cle) == 22, cle
    formulaire['message'] = 'Le texte corrigé.'                     # its files are named near the choice
    reponse = formulaire.submit(status=409)
    assert set(fautes(reponse)) == {'suite'}
    lien = reponse.html.find(id='suite').find('a')
    assert (lien['href'], lien.text) == ('#pieces', PDF.filename)
    formulaire = remplir(message='Jamais enregistrée.')
    formulaire.fields['suite'] = [webtest.forms.Hidden(formulaire, 'input', 'suite', 99, value='ajouter')]
    formulaire.field_order.append(('suite', formulaire.fields['suite'][0]))
    assert natures(recu(formulaire.submit()))[0] == ('depot', None)

    def parcours(nom):
        envoi = remplir(monde.fiche, collectivite=nom, courriel='tiers@autre.example').submit()
        demande = recu(envoi)
        suivi = site.get(envoi.location).text.replace(demande.jeton, 'JETON').replace(nom, 'NOM')
        suivi = re.sub(rf'name="cle" value="[^"]+"|suivi-{demande.numero}\b', 'PROPRE', suivi)
        return (envoi.status, sorted(cle for cle, _ in envoi.headerlist),
                re.sub(rf'(n°\xa0|n°&nbsp;|<dd>){demande.numero}\b', 'NUMERO', suivi))

    creer('attribue_chef')
    assert parcours('Rieumes') == parcours('Rieumajou')


def lignes(demande):
    with models.lecture():
        return [(ligne.nature, ligne.auteur, ligne.texte) for ligne in models.Journal.select().where(
            models.Journal.demande == demande.numero).order_by(models.Journal.id)]


def test_la_meme_cle_avec_un_autre_contenu_laisse_le_choix_d_une_autre_demande_ou_d_un_message(remplir):
    formulaire = remplir(confidentielle=False)
    premiere = recu(formulaire.submit())
    formulaire['message'], formulaire['telephone'] = 'Le texte corrigé.', '05 36 49 00 99'
    reponse = formulaire.submit(status=409)
    assert reponse.form['message'].value == 'Le texte corrigé.'
    assert f'votre demande n° {premiere.numero} est enregistrée' in texte(reponse)
    boutons = [b.text for b in reponse.html.form.find_all('button', type='submit')]
    assert reponse.html.form.find('button')['disabled'] == ''         # what Enter presses does nothing
    assert boutons == ['', 'Ajouter ce texte à la demande', 'Envoyer comme une nouvelle demande']
    assert list(fautes(reponse)) == ['suite'] and reponse.html.find(id='suite') and len(demandes()) == 1
    assert relire(premiere).message == REMPLI['message']
    for _ in range(2):
        assert recu(reponse.form.submit('suite', value='nouvelle')).numero == premiere.numero + 1
        assert len(demandes()) == 2
    suite = reponse.form.submit('suite', value='ajouter')
    assert recu(suite).numero == premiere.numero and suite.location.endswith('?fait=ajout') and len(demandes()) == 2
    assert reponse.form.submit('suite', value='ajouter').location == suite.location
    assert f'Votre texte est ajouté à votre demande n° {premiere.numero}' in texte(suite.follow())
    ajout = ('message', 'Jeanne Exemplaire', 'Le texte corrigé.\nTéléphone\xa0: 0536490099')
    assert lignes(premiere)[-1] == ajout and natures(premiere).count(('message', None)) == 1
    assert not relire(premiere).restreinte
    reponse.form['confidentielle'], reponse.form['message'] = True, 'Un agent est mis en cause.'
    reponse.form.submit('suite', value='ajouter')
    assert relire(premiere).restreinte and lignes(premiere)[-2:] == [
        ('equipe', 'Jeanne Exemplaire', 'Diffusion restreinte à l\'équipe et à l\'administration.'),
        ('message', 'Jeanne Exemplaire', 'Un agent est mis en cause.\nTéléphone\xa0: 0536490099')]
