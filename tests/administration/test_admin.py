"""Administration: the settings, the legal pages, the text of each mail (regles.md §7, §8, §16)."""
import re

import pytest
from conftest import changer_ligne, creer_ligne, dernier_courriel, faits, fautes, fixer_tous, le_formulaire, poster

import models
from verbes import textes, valeurs
from views.administration import admin

REGLAGES, ACCES, ACCUSE = (
    '/espace/admin/reglages', '/espace/admin/textes/accessibilite', '/espace/admin/courriels/accuse')
FACULTATIFS = ('telephone_urgence', 'urgence_horaires', 'securite_contact', 'departement', 'signataire', 'courriel',
               'horaires', 'adresse', 'dpd', 'hebergeur', 'jours', 'saisine', 'restreinte_d_office',
               'conservation_motif', 'second_facteur_le', *models.AUDIT)
ORDRE = [cle for cle, sorte in valeurs.REGLAGES.items() if sorte.groupe in valeurs.GROUPES]
POURQUOI = {'pourquoi': 'Revue.'}
TEXTES = '/espace/admin/textes'
CHEMINS = (REGLAGES, TEXTES, ACCES, ACCUSE)


def reglages():
    with models.lecture():
        return models.Reglage.tous()


def dit(genre, cle):
    with models.lecture():
        return textes.lire(genre, cle)


def test_l_administration_est_au_menu_des_administrateurs_et_ses_reglages_dans_leur_ordre_les_internes_se_taisent(
        monde, entrer, maxime, requetes, monkeypatch):
    lien = maxime.get(REGLAGES).html.select_one('.menu a[href="/espace/admin"]')
    assert lien.text == 'Administration' and lien['aria-current'] == 'true'
    assert maxime.get('/espace/admin').html.select_one('.menu a[href="/espace/admin"]')['aria-current'] == 'page'
    assert not entrer(monde.chef).get('/espace').html.select('a[href="/espace/admin"]')
    for chemin in ('/contact', *CHEMINS):                           # the first: what is kept until a commit
        requetes.clear()
        maxime.get(chemin)
        assert chemin == '/contact' or 1 <= len(requetes) <= 5, (chemin, requetes)
    html = maxime.get(REGLAGES).html
    assert [c['name'] for c in html.select('form[action="/espace/admin/reglages"] :is(input[id], select, textarea)')
            ] == ORDRE
    assert 'secret' in reglages() and reglages()['secret'] not in str(html)
    assert html.select_one('#telephone')['value'] == '05\u00a034\u00a033\u00a038\u00a007'
    assert html.select_one('#jours option[selected]')['value'] == 'calendaires'
    assert 'Vide\u00a0: celui' in html.select_one('#telephone_urgence-aide').text
    avant = reglages()
    poster(maxime, REGLAGES, {})                                    # nothing is changed: nothing is written
    assert reglages() == avant and faits() == []
    poster(maxime, REGLAGES, {'secret': 'devine', 'demonstration': '1', 'inconnu': 'x', 'cle': 'y', 'ordre': '0',
                              'conservation': '2 ans'})
    assert reglages() == avant | {'conservation': '2 ans'}
    vides = dict.fromkeys(ORDRE, '') | {'telephone': '0536490012'}   # the faults are in the order of the page
    assert [a['href'][1:] for a in poster(maxime, REGLAGES, vides, status=422).html.select('#erreurs a')] == [
        cle for cle in ORDRE if cle not in ('telephone', *FACULTATIFS)]
    def refuser(*_, **__):
        raise models.Refus('non', 409)
    monkeypatch.setattr('verbes.reglages.auditer', refuser)
    avant = reglages()
    assert 'non' in fautes(poster(maxime, REGLAGES, {'nom': 'Autre'}, status=409))
    assert 'non' in fautes(poster(maxime, ACCUSE, {'titre': 'Autre', 'corps': 'x'}, status=409))
    assert reglages() == avant and dit('courriel', 'accuse').titre != 'Autre'


def test_un_reglage_enregistre_vaut_aussitot_et_l_audit_dit_ce_qu_ils_disaient_et_disent(monde, maxime, site, entrer):
    reponse = poster(maxime, REGLAGES, {'telephone': '05.36.49.00.77', 'horaires': 'le mardi de 9 h à 10 h',
                                        'jours': 'ouvres', 'conservation_audit': '6'})
    assert reponse.headers['Location'] == f'{REGLAGES}?fait=enregistre'
    assert 'Enregistré.' in reponse.follow().html.select_one('[role=status]').text
    contact = site.get('/contact').text
    assert '05\u00a036\u00a049\u00a000\u00a077' in contact and 'le mardi de 9 h à 10 h' in contact
    assert (reglages()['telephone'], reglages()['jours'], reglages()['conservation_audit']) == (
        '0536490077', 'ouvres', '6')
    (fait, qui, detail), = faits()
    assert (fait, qui) == ('réglages modifiés', monde.admin.courriel)
    assert re.fullmatch('Téléphone de l\'équipe de la Plateforme .+ → 0536490077\xa0; Horaires de l\'équipe .+ → le '
                        'mardi de 9 h à 10 h\xa0; .+ calendaires → ouvres\xa0; .+ 12 → 6', detail), detail
    creer_ligne(models.Delegation, pour=monde.admin, par=monde.autre)     # a délégataire in their name: it says who
    poster(entrer(monde.autre), REGLAGES, {'conservation': '3 ans'})
    assert reglages()['conservation'] == '3 ans'
    assert faits()[-1] == ('réglages modifiés', monde.autre.courriel,
                           'Durée de conservation après la clôture 5\xa0ans → 3 ans')
    poster(maxime, REGLAGES, {'horaires': '<script>zz</script>'})   # never HTML
    for page in (maxime.get(REGLAGES), site.get('/contact')):
        assert '<script>zz' not in page.text and '&lt;script&gt;zz' in page.text
    fixer_tous(telephone_urgence='0536490001', conservation_motif='Un contentieux')
    for cle, valeur in (                                            # the bounds are within
            ('conservation_audit', '6'), ('conservation_audit', '36'), ('conservation_courriels', '1'),
            ('conservation_courriels', '60'), ('protection', 'renforcee'), ('telephone_urgence', ''),
            ('audit_taux', '0'), ('audit_taux', '100'), ('audit', '2026-11-24'), ('adresse', 'x' * 200),
            ('securite_contact', 'rssi@tarn.example'),
            ('securite_contact', 'https://www.tarn.example:8443/securite?de=1#ici'), ('securite_contact', '')):
        poster(maxime, REGLAGES, {cle: valeur})
        assert reglages()[cle] == valeur


FAUX = {
    'nom': ('', '   '), 'departement': ('x' * 201, 'x' * 100_000), 'signataire': ('deux\nlignes',),
    'telephone': ('12', '0536490012 ou 0536490013'), 'telephone_urgence': ('demandez',),
    'courriel': ('personne', 'a@b.fr, c@d.fr'), 'dpd': ('dpd@',), 'accessibilite': ('très conforme', ''),
    'jours': ('ouvrés',), 'saisine': ('peut-être',),
    'conservation_audit': ('37', '-1', '', '12,5', '١٢', '5', '9' * 150, '1e1', 'douze'),
    'audit': ('31/02/2026',), 'audit_taux': ('101', '74,5'), 'conservation_courriels': ('0', '2000'),
    'protection': ('', 'renforcée'), 'second_facteur_exige': ('tous',),
    'securite_contact': (
        'rssi', 'rssi@', 'a@b.fr, c@d.fr', 'http://b.fr/x', 'https://', 'https:///x', 'https://b', 'HTTPS://b.fr:x',
        'https://b.fr/é', 'https://b.fr/a b', 'https://b.fr/<x>', 'https://a:b@b.fr/', 'mailto:a@b.fr',
        'javascript:alert(1)', 'a@b.fr\nContact: mailto:x@y.fr', 'https://b.fr/\nX: y', 'https://' + 'b' * 200 + '.fr'),
}


@pytest.mark.parametrize('cle', FAUX)
def test_un_reglage_faux_est_refuse_la_saisie_reste_et_rien_n_est_ecrit(maxime, cle):
    avant = reglages()
    for valeur in FAUX[cle]:
        reponse = poster(maxime, REGLAGES, {'horaires': 'le jeudi', cle: valeur}, status=422)
        assert len(fautes(reponse)) == 1 and reponse.html.select_one(f'#erreurs a[href="#{cle}"]'), valeur
        champ = reponse.html.select_one(f'#{cle}')
        assert champ['aria-invalid'] == 'true' and reponse.html.select_one('#horaires')['value'] == 'le jeudi', valeur
        if champ.name == 'input' and valeur.strip():
            assert champ['value'] == valeur
        assert reglages() == avant and faits() == [], valeur


AUDITE = {'accessibilite': 'partiellement conforme', 'audit': '2026-10-05', 'audit_par': 'Cabinet Témoin',
          'audit_taux': '74'}


def test_un_niveau_d_accessibilite_demande_l_audit_qui_le_fonde(maxime):
    avant = reglages()
    for champs, ou, dit in (
            *(({cle: ''}, cle, 'indiquez son jour, son auteur et son taux') for cle in models.AUDIT),
            ({'audit_taux': '49'}, 'accessibilite', 'à partir de 50 % des critères respectés'),
            ({'accessibilite': 'totalement conforme'}, 'accessibilite', 'à partir de 100 % des critères respectés')):
        reponse = poster(maxime, REGLAGES, AUDITE | champs, status=422)
        assert dit in fautes(reponse)[0] and reponse.html.select_one(f'#erreurs a[href="#{ou}"]'), champs
        assert reglages() == avant, champs


def test_la_declaration_dit_le_jour_l_auteur_et_le_taux_de_l_audit_et_sans_lui_non_conforme(maxime, site):
    poster(maxime, REGLAGES, AUDITE)
    niveau, corps = declaree(site)
    assert niveau == 'partiellement conforme' and 'partiellement conforme avec' in corps
    assert ('L\'audit de conformité réalisé le 5 octobre 2026 par Cabinet Témoin révèle que 74 % des critères du '
            'RGAA sont respectés.') in corps
    assert 'aucun' not in corps.lower()
    titre = 'Niveau d\'accessibilité'
    for manque in models.AUDIT:
        fixer_tous(**AUDITE)
        assert titre not in maxime.get('/espace/admin').text
        fixer_tous(**{manque: ''})
        niveau, corps = declaree(site)
        assert niveau == 'non conforme' and 'non conforme avec' in corps, manque
        assert 'aucun taux ne peut être annoncé' in corps, manque
        ligne, = (li for li in maxime.get('/espace/admin').html.select('.travaux.reste > li') if li.h3.text == titre)
        assert 'les pages disent «\u00a0non conforme\u00a0»' in ligne.p.text and ligne.a['href'] == f'{REGLAGES}#audit'
        choisi = maxime.get(REGLAGES).html.select_one('#accessibilite option[selected]')
        assert choisi['value'] == 'partiellement conforme', manque
    poster(maxime, '/espace/admin/calendrier/mandats', {'elections_le': '2026-03-15'})     # another page is not held up
    assert reglages()['elections_le'] == '2026-03-15'


def declaree(site):
    """(the level of the footer, what the declaration says)."""
    page = site.get('/accessibilite').html
    pied = page.select_one('footer a[href="/accessibilite"]')
    return pied.text.split('\u00a0: ')[1], ' '.join(page.main.text.split())


def test_une_page_legale_fausse_est_refusee_une_juste_se_reecrit_et_porte_sa_date(maxime, monde, entrer, site, heure):
    avant, bons = dit('page', 'accessibilite').corps, {'titre': 'Un titre', 'corps': 'Un texte gardé.'}
    for ou, texte in (('titre', ''), ('titre', 'x' * 201), ('titre', 'a\nb'), ('corps', ' \n '),
                      ('corps', 'x' * 20_001), ('corps', 'Voir {secret}.'), ('corps', '{telephone_urgence}'),
                      ('corps', '{url'), ('corps', 'a } b')):
        reponse = poster(maxime, ACCES, {**bons, **POURQUOI, ou: texte}, status=422)
        assert len(fautes(reponse)) == 1 and reponse.html.select_one(f'#{ou}')['aria-invalid'] == 'true', texte
        garde = (reponse.html.select_one('#corps').text.strip() if ou == 'titre'
                 else reponse.html.select_one('#titre')['value'])
        assert garde == bons['corps' if ou == 'titre' else 'titre'], texte
        apres = dit('page', 'accessibilite')
        assert (apres.titre, apres.corps, apres.modifie_le) == ('Accessibilité', avant, None) and faits() == [], texte
    heure('2026-12-02T09:00:00Z')
    maxime = entrer(monde.admin)
    corps = dit('page', 'accessibilite').corps
    poster(maxime, ACCES, {'corps': corps.replace('\n', '\r\n'), **POURQUOI})
    assert dit('page', 'accessibilite').modifie_le is None and faits() == []
    reponse = poster(maxime, ACCES, {'titre': 'Accès', 'corps': '## Écrire\r\n\r\n- {courriel}\r\n- {url} <b>zz',
                                     **POURQUOI})
    assert reponse.headers['Location'] == f'{ACCES}?fait=enregistre'
    page = site.get('/accessibilite')
    assert page.html.h1.text == 'Accès' and page.html.select_one('.redaction h2').text == 'Écrire'
    assert page.html.select_one('.redaction li a')['href'] == f'mailto:{reglages()["courriel"]}'
    assert 'mise à jour le 2\u00a0décembre 2026' in page.html.text and '<b>zz' not in page.text
    creer_ligne(models.TexteEcrit, genre='courriel', cle='etape_changee', titre='Une étape', corps='Nos <b>mots</b>.',
                titre_origine='x', corps_origine='y', modifie_le='2026-11-24T09:00:00Z')   # of a mail that is no more
    page = maxime.get('/espace/admin/textes')
    assert 'mise à jour le 2\u00a0décembre' in page.html.text
    assert page.html.select_one('main details .citation').text == 'Nos <b>mots</b>.'
    assert faits() == [('page modifiée', monde.admin.courriel, 'Titre, Texte')]
    proposes = [code.text for code in maxime.get(ACCES).html.select('#reperes code, [aria-labelledby=reperes] code')]
    assert {nom.strip('{}') for nom in proposes} == {*textes.DE_PAGE}
    poster(maxime, ACCES, {'titre': 'T', 'corps': '\n'.join(dict.fromkeys(proposes)), **POURQUOI})
    assert '{' not in site.get('/accessibilite').html.select_one('.redaction').text


def test_chaque_texte_livre_passe_son_controle_et_la_liste_nomme_chaque_courriel(maxime):
    for cle in textes.COURRIELS:
        assert set(textes.reperes('courriel', cle)) <= set(admin.SENS), cle
        poster(maxime, f'/espace/admin/courriels/{cle}', {})
    for cle in textes.PAGES:
        poster(maxime, f'/espace/admin/textes/{cle}', POURQUOI)
    assert faits() == []
    with models.lecture():
        attendus = {f'/espace/admin/courriels/{t.cle}': textes.libelle(t) for t in textes.lire_tous('courriel')}
    assert len(attendus) == len(textes.COURRIELS)
    liens = maxime.get(TEXTES).html.select('main tbody a')
    assert {a['href']: a.text for a in liens if '/courriels/' in a['href']} == attendus
    poster(maxime, ACCUSE, {'titre': 'Autre'})
    html = maxime.get(TEXTES).html
    assert [h2.text for h2 in html.select('main h2')] == list(textes.GROUPES.values())
    assert [ligne.a['href'] for ligne in html.select('main tbody th') if 'modifié' in ligne.text] == [ACCUSE]
    version = creer_ligne(models.Version, genre='courriel', objet='ancien', etat='remplacee', champs='{}', numero=1,
                          pourquoi='', auteur='x', cree_le='2026-11-01T00:00:00Z')     # of a mail that is no more
    maxime.get(f'/espace/redaction/versions/{version.id}', status=404)
    permis = {code.text for code in maxime.get('/espace/admin/courriels/mot_de_passe').html
              .select('[aria-labelledby=reperes] code')}
    assert permis == {'{prenom}', '{lien}', '{plateforme}', '{departement}'}


def test_un_courriel_faux_est_refuse_par_son_nom_un_juste_part_avec_son_nouveau_texte_un_autre_se_lit_avant(
        maxime, monde, creer, entrer):
    avant, bons = dit('courriel', 'accuse'), {'titre': 'Un objet', 'corps': 'Un texte'}
    reperes = (('n° {numéro} {numero}', '{numéro}'), ('{ numero }', '{'), ('numero}', '}'), ('{{numero}}', '{'),
               *((un, un) for un in ('{x}', '{Numero}', '{message}', '{successeur}', '{numero', '{}', '{numero.jeton}',
                                     '{<b>zz}')))
    vides_ou_longs = [('titre', texte, '') for texte in ('', '  ', 'x' * 201, 'a\r\nBcc: b@c.fr')]
    vides_ou_longs += [('corps', texte, '') for texte in ('', 'x' * 20_001)]
    for ou, texte, nomme in [(ou, *repere) for repere in reperes for ou in bons] + vides_ou_longs:
        reponse = poster(maxime, ACCUSE, bons | {ou: texte}, status=422)
        assert len(fautes(reponse)) == 1 and '<b>zz' not in reponse.text, (ou, texte)
        if nomme:
            champ = reponse.html.select_one(f'#{ou}')
            assert f'remplacez {nomme}' in fautes(reponse)[0], (ou, texte)
            assert (champ['value'] if ou == 'titre' else champ.text.strip()) == texte
        apres = dit('courriel', 'accuse')
        assert (apres.titre, apres.corps) == (avant.titre, avant.corps) and faits() == [], (ou, texte)
    poster(maxime, ACCUSE, {'titre': 'Reçu n° {numero}', 'corps': 'Bonjour,\r\n\r\n{lien}\r\n{departement}'})
    assert faits() == [('courriel modifié', monde.admin.courriel, 'Objet, Texte')]
    demande = creer()
    courriel = dernier_courriel('accuse')
    assert courriel.objet == f'Reçu n° {demande.numero}'
    assert courriel.corps.startswith('Bonjour,\n\nhttp') and reglages()['departement'] in courriel.corps
    avant = dit('courriel', 'accuse')
    poster(maxime, ACCUSE, {'titre': 'Autre objet', 'reperes': 'x', 'libelle': 'x', 'cle': 'rejet'})
    apres = dit('courriel', 'accuse')
    assert apres == avant._replace(titre='Autre objet', modifie_le=apres.modifie_le)
    assert dit('courriel', 'rejet').titre != 'Autre objet' and faits()[-1][2] == 'Objet'
    """In the same second: the page is read by whoever has just written it."""
    poster(maxime, ACCUSE, {'titre': 'Le sien', 'pourquoi': 'Plus clair.'})
    page = maxime.get(ACCUSE)
    changer_ligne(monde.autre, administrateur=True)
    poster(entrer(monde.autre), ACCUSE, {'titre': 'Un autre', 'pourquoi': 'Plus clair.'})
    form = le_formulaire(page)
    form['titre'], form['pourquoi'] = 'Le mien', 'Plus clair.'
    lu = form.submit(status=409).html.text
    assert 'Changé par Dominique Autre' in lu and 'Maxime Exemple, le' not in lu
