"""The public front office: home, catalogue, fiches, search, partners, contact, legal pages."""
import re
from xml.etree import ElementTree

from conftest import associer_a, changer_ligne, creer_ligne, en_ecriture, fixer
from fichiers import CD

import models
import langue
from verbes import textes
from verbes.contenus import documents

LEGALES = ('/mentions-legales', '/donnees-personnelles', '/accessibilite')
PAGES = ('/', '/catalogue', '/catalogue/1-assistance-juridique', '/fiches/1-conseil-juridique', '/recherche', '/guide',
         '/fiches/2-revitalisation-de-bourg-centre', '/recherche?q=conseil', '/recherche?q=zzz', '/partenaires',
         '/contact', '/plan-du-site', *LEGALES)


def fiche(titre, theme=1, direction=2, promesse='complexe', **options):
    valeurs = {'resume': 'En bref.', 'maj_le': '2026-09-14'} | options
    return creer_ligne(models.Fiche, theme=theme, direction=direction, titre=titre, promesse=promesse, **valeurs)


def regler(cle, valeur):
    en_ecriture(fixer, cle, valeur)


def depublier(numero):
    en_ecriture(models.Fiche.update(etat='archivee').where(models.Fiche.id == numero).execute)


def texte(element):
    """Its words, with plain spaces."""
    return re.sub(r'\s+', ' ', element.get_text(' ')).strip()


def titres(page):
    return [texte(a) for a in page.html.select('.resultats :is(h3, h4) a')]


def test_chaque_page_a_un_titre_un_h1_un_fil_sans_nom_d_agent_l_accueil_dit_promesses_fiches_et_structures(site):
    with models.lecture():
        secrets = [s for a in models.Agent.select()
                   for s in (a.nom_complet, a.courriel, langue.dire_telephone(a.telephone_public)) if s]
    for adresse in PAGES:
        page = site.get(adresse)
        assert len(page.html.find_all('h1')) == 1, adresse
        assert page.html.title.string.endswith(' – Plateforme d\'appui aux territoires'), adresse
        assert (page.html.select_one('.fil-ariane') is None) == (adresse == '/'), adresse
        assert not [s for s in secrets if s in page.text], adresse
    depublier(3)
    page = site.get('/')
    assert [texte(d) for d in page.html.select('.delais dt')] == ['3 jours', '10 jours', 'Appelez']
    assert '2 fiches, 2 thèmes.' in page.text
    assert [texte(c) for c in page.html.select('.theme')] == ['Assistance juridique 1 fiche', 'Aménagement 1 fiche']
    assert page.html.select_one('.accueil-tete .accent')['href'] == '/demande'
    assert 'Il vaut saisine officielle du Président du Département.' in page.text
    assert page.html.select_one('form[role=search]')['action'] == '/recherche'
    corps = page.html.find('main').text
    assert not [mot for mot in ('Actualités', 'Agenda', 'projet exemplaire') if mot in corps]
    regler('signataire', 'Présidente du Département')
    assert 'saisine officielle de la Présidente du Département' in site.get('/').text
    regler('jours', 'ouvres')
    for adresse in ('/', '/catalogue', '/recherche?q=conseil', '/fiches/1-conseil-juridique'):
        assert '3 jours ouvrés' in texte(site.get(adresse).html), adresse
    depublier(3)
    page = site.get('/catalogue')
    assert titres(page) == ['Conseil juridique', 'Revitalisation de bourg-centre']
    assert texte(page.html.select_one('#resultats')) == '2 fiches'
    assert [texte(f.select('.faits > li')[-1]) for f in page.html.select('.resultats > li')] == [
        'Haute-Garonne Ingénierie – HGI',
        "Haute-Garonne Ingénierie – HGI · Conseil d'architecture, d'urbanisme et de l'environnement – CAUE"]


def test_les_filtres_se_combinent_un_theme_a_son_adresse_l_alphabet_ignore_les_accents_vingt_fiches_par_page(site):
    page = site.get('/catalogue?theme=1&delai=10')
    assert titres(page) == ['Contentieux']
    cases = {texte(c.select_one('span')): (texte(c.select_one('small')), c.input.has_attr('checked'))
             for c in page.html.select('.filtres .choix')}
    assert cases['Assistance juridique'] == ('1 fiche', True) and cases['Aménagement'] == ('1 fiche', False)
    assert (cases['Sous 3 jours (assistance urgente)'] == ('1 fiche', False)
            and cases['Sous 10 jours (projet complexe)'] == ('1 fiche', True))
    assert cases["Conseil d'architecture, d'urbanisme et de l'environnement – CAUE"] == ('0 fiche', False)
    assert [a['href'] for a in page.html.select('.filtre-actif')] == ['/catalogue?delai=complexe', '/catalogue?theme=1']
    assert len(titres(site.get('/catalogue?theme=1&theme=2'))) == 3
    assert titres(site.get('/catalogue?structure=3')) == ['Revitalisation de bourg-centre']
    formulaire = site.get('/catalogue').forms[1]
    formulaire.get('delai', index=0).checked = True
    assert titres(formulaire.submit()) == ['Conseil juridique']
    page = site.get('/catalogue?delai=3&structure=3')
    assert texte(page.html.select_one('#resultats')) == 'Aucune fiche' and titres(page) == []
    assert {'/catalogue', '/demande'} <= {a['href'] for a in page.html.select('.vide a')}
    page = site.get('/catalogue/1-assistance-juridique')
    assert texte(page.html.h1) == 'Assistance juridique' and titres(page) == ['Conseil juridique', 'Contentieux']
    assert [c['value'] for c in page.html.select('input[name=theme][checked]')] == ['1']
    fiche('Élaborer un plan', theme=2)
    page = site.get('/catalogue?delai=10&tri=alphabetique')
    assert titres(page) == ['Contentieux', 'Élaborer un plan', 'Revitalisation de bourg-centre']
    assert page.html.select_one('a[href="/catalogue?delai=complexe"]').get_text() == 'par thème'
    assert titres(site.get('/catalogue?delai=10')) == [
        'Contentieux', 'Élaborer un plan', 'Revitalisation de bourg-centre']
    for n in range(39):
        fiche(f'Fiche {n:02}', theme=2)
    assert len(titres(site.get('/catalogue'))) == 20
    page = site.get('/catalogue?theme=2&page=2')
    assert len(titres(page)) == 20 and titres(page)[0] == 'Fiche 19' and '(page 2 sur 3)' in page.html.title.string
    assert page.html.select_one('a[rel=next]')['href'] == '/catalogue?theme=2&page=3'
    assert titres(site.get('/catalogue?theme=2&page=500')) == ['Revitalisation de bourg-centre']
    du_theme = site.get('/catalogue/2-amenagement?page=2')
    assert (titres(du_theme)[0] == 'Fiche 19'
            and du_theme.html.select_one('a[rel=prev]')['href'] == '/catalogue/2-amenagement?page=1')


def test_un_parametre_etrange_est_ignore_ou_refuse_une_adresse_a_moitie_juste_mene_a_la_bonne_une_retiree_a_rien(
        site, entrer, monde):
    for requete in (
            'theme=99', 'theme=1%00', 'theme=-1', "theme=1'--", 'delai=7', 'structure=%C3%A9', 'page=0', 'page=-1',
            'page=abc', 'page=99999999999999999999', 'page=%D9%A3', 'tri=zzz', 'zzz=1', 'theme=' + '9' * 5000):
        page = site.get(f'/catalogue?{requete}', expect_errors=True)
        assert page.status_int == (400 if '%00' in requete else 200), requete
        assert page.status_int == 400 or len(titres(page)) == 3, requete
    site.get('/recherche?q=%ff', status=400)
    site.get('/catalogue?theme=%ff', status=400)
    for adresse, attendue in (
            ('/catalogue/1', '/catalogue/1-assistance-juridique'),
            ('/catalogue/1-ancien-nom', '/catalogue/1-assistance-juridique'),
            ('/fiches/1', '/fiches/1-conseil-juridique'), ('/fiches/1-', '/fiches/1-conseil-juridique'),
            ('/fiches/1-CONSEIL', '/fiches/1-conseil-juridique'),
            ('/fiches/1-%0d%0aSet-Cookie:x', '/fiches/1-conseil-juridique')):
        reponse = site.get(adresse, status=303)
        assert reponse.headers['Location'].removeprefix('http://127.0.0.1:8080') == attendue, (adresse, attendue)
    for adresse in ('/catalogue/99-zzz', '/catalogue/abc', '/catalogue/0', '/fiches/99', '/fiches/0-x', '/fiches/-1',
                    '/fiches/1x', '/fiches/1/2', '/fiches/9223372036854775808-x', '/fiches/999999999999999999',
                    '/fiches/', '/fiches/1%ff'):
        page = site.get(adresse, status=404)
        assert page.html.title.string.startswith('Erreur 404'), adresse
    depublier(2)
    site.get('/catalogue/2-amenagement', status=404)
    assert 'Aménagement' not in site.get('/catalogue').text
    depublier(1)
    site.get('/fiches/1-conseil-juridique', status=404)
    entrer(monde.admin).get('/fiches/1-conseil-juridique', status=404)
    for adresse in ('/catalogue', '/catalogue/1-assistance-juridique', '/recherche?q=conseil', '/plan-du-site',
                    '/fiches/3-contentieux'):
        assert 'Conseil juridique' not in site.get(adresse).text, adresse


def test_la_fiche_dit_tout_ce_qu_il_faut_avant_de_demander(site):
    with models.ecriture():
        models.Fiche.update(deroulement='Appel : on vous rappelle : promis.\nRestitution', a_preparer='le plan',
                            pour_qui='Vous ?').where(models.Fiche.id == 2).execute()
        associer_a(2, 'CAUE', 'DDAT', CD)            # the CAUE pilots it
    page = site.get('/fiches/2-revitalisation-de-bourg-centre').html
    corps = texte(page)
    assert [texte(li) for li in page.select('.redaction > ul li')] == ['une visite', 'une note', 'le plan']
    assert [texte(li) for li in page.select('.etapes > li')] == ['Appel on vous rappelle : promis.', 'Restitution']
    assert page.select_one('.etapes strong').get_text() == 'Appel'
    bref = [(texte(d.dt), texte(d.dd)) for d in page.select('.cles > div')]
    assert texte(page.select_one('.promesse')) == 'Un expert vous rappelle sous 10 jours au plus tard'
    assert bref[:2] == [
        ('Structure chef de file',
         'Haute-Garonne Ingénierie – HGI Direction assistance juridique et financière 05 36 49 00 20'),
        ('Structure co-chef de file',
         "Conseil d'architecture, d'urbanisme et de l'environnement – CAUE 05 36 49 00 40")]
    assert [texte(d) for d in page.select('.cles > div:nth-of-type(3) > *')] == ['Peuvent être associées', 'DDAT', CD]
    assert ('Fiche mise à jour', '14 septembre 2026') in bref
    bouton = page.select_one('main .bouton.accent')
    assert (texte(bouton), bouton['href']) == ('Demander cet accompagnement', '/demande?fiche=2')
    assert 'Vous pouvez toujours joindre directement votre interlocuteur habituel : rien ne change.' in corps
    assert 'Vous\u00a0?' in page.get_text() and 'astreinte' not in corps and 'Diffusion restreinte' not in corps


def test_une_fiche_dit_l_absence_d_astreinte_trois_autres_de_son_theme_et_qui_appeler_sans_un_chef_parti(site, monde):
    corps = texte(site.get('/fiches/1-conseil-juridique').html)
    assert ("La Plateforme n'assure pas d'astreinte" in corps
            and 'téléphonez au 05 34 33 38 07 (du lundi au vendredi, de 9 h à 12 h et de 14 h à 17 h).' in corps)
    regler('telephone_urgence', '0536499999')
    regler('urgence_horaires', 'le cadre de permanence, jour et nuit')
    page = site.get('/fiches/1-conseil-juridique').html
    assert ('téléphonez au 05 36 49 99 99 (le cadre de permanence, jour et nuit).' in texte(page)
            and page.select_one('main a[href="tel:+33536499999"]'))
    assert 'Diffusion restreinte' in texte(site.get('/fiches/3-contentieux').html)
    assert 'Voir aussi' not in site.get('/fiches/2-revitalisation-de-bourg-centre').text
    for n in range(4):
        fiche(f'Voisine {n}')
    fiche('Ailleurs', theme=2)
    for numero, attendues in (
            (1, ['Contentieux', 'Voisine 0', 'Voisine 1']), (7, ['Conseil juridique', 'Contentieux', 'Voisine 0'])):
        page = site.get(f'/fiches/{numero}').follow()
        assert [texte(a) for a in page.html.select('main .liste-simple a')] == attendues
    assert 'Voir aussi' in site.get('/fiches/2-revitalisation-de-bourg-centre').text
    changer_ligne(monde.cochef, actif=False)
    assert 'CAUE' not in texte(site.get('/fiches/2-revitalisation-de-bourg-centre').html.main)
    changer_ligne(monde.chef, actif=False)
    assert ('Structure chef de file Haute-Garonne Ingénierie – HGI'
            in texte(site.get('/fiches/2-revitalisation-de-bourg-centre').html.main))
    def numeros():
        page = site.get('/fiches/2-revitalisation-de-bourg-centre')
        return [lien['href'] for lien in page.html.select('.en-bref a[href^="tel:"]')]

    en_ecriture(models.Direction.update(telephone='').execute)
    assert numeros() == []
    with models.ecriture():
        models.Direction.update(telephone='0536490044').where(models.Direction.id == monde.chef.direction_id).execute()
    assert numeros() == ['tel:+33536490044']


def test_la_recherche_lit_comme_on_ecrit_les_mots_des_mairies_la_plus_proche_d_abord_et_suit_les_fiches(site):
    fiche('Sécuriser un acte', pour_qui='Avant un conseil juridique.')
    assert titres(site.get('/recherche?q=conseil+juridique')) == ['Conseil juridique', 'Sécuriser un acte']
    assert titres(site.get('/recherche?q=bourg+zzz')) == ['Revitalisation de bourg-centre']
    assert '2 fiches' in site.get('/recherche?q=juridique').html.title.string
    fiche('Agir plus vite', theme=2, actions='ce que l\'on peut détruire')
    assert titres(site.get('/recherche?q=PLU')) == [] and titres(site.get('/recherche?q=DETR')) == []
    fiche('Programmer un équipement', 2, mots='refaire, agrandir ou construire l\'école, <b>cantine</b>')
    page = site.get('/recherche?q=une+nouvelle+ecole')
    assert titres(page) == ['Programmer un équipement']
    assert texte(page.html.select_one('.pourquoi')) == "Les mairies disent : « agrandir ou construire l' école »"
    assert [m.text for m in page.html.select('mark')] == ['école']
    assert '&lt;b&gt;<mark>cantine</mark>' in site.get('/recherche?q=cantine').text
    regler('telephone_urgence', '0536490099')
    for adresse in ('/', '/recherche?q=juridique', '/recherche?q=zzz'):
        assert site.get(adresse).html.select_one('main a[href="tel:+33536490099"]'), adresse
    assert titres(site.get('/recherche?q=contentieux')) == ['Contentieux']
    en_ecriture(models.Fiche.update(etat='suspendue').where(models.Fiche.titre == 'Contentieux').execute)
    assert titres(site.get('/recherche?q=contentieux')) == []
    fiche('Gérer un contentieux')
    assert titres(site.get('/recherche?q=contentieux')) == ['Gérer un contentieux']
    fiche("Ombrager une cour d'école", 2, actions='une réunion\ndes essais', resume='PLU de Saint-Orens.',
              pour_qui="L'eau au cœur du bourg.", mots='récréation trop chaude, goudron')
    for q, trouvee in (
            ('ECOLE', True), ('les écoles', True), ("l'école", True), ('ecoel', True), ('éco', False), ('plu', True),
            ('coeur', True), ('cœur', True), ('saint orens', True), ('St-Orens', True), ('aménagement', True),
            ('eaux', True), ('pour mon école', True), ('réunions', True), ('reuinon', True), ('prairie', False),
            ('ma commune veut refaire son école', True), ('cour de récréation', True)):
        assert ("Ombrager une cour d'école" in titres(site.get('/recherche', {'q': q}))) is trouvee, (q, trouvee)


def test_la_recherche_dit_ses_mots_retenus_rien_d_assez_proche_ou_les_themes_et_n_ecrit_que_de_l_echappe(site):
    page = site.get('/recherche', {'q': 'Je veux un conseil juridique'})
    assert (texte(page.html.select_one('.tete-page p'))
            == 'Mots retenus : conseil et juridique . « je », « veux » et « un » '
               'sont trop courants pour départager les fiches.')
    assert 'Mots retenus' not in site.get('/recherche?q=juridique').text
    for q, titre in (('', 'Écrivez un ou plusieurs mots'), ('   ', 'Écrivez un ou plusieurs mots'),
                     ('?!', 'trop courts'), ('de la', 'trop courts'), ('a', 'trop courts'), ('%', 'trop courts'),
                     ('je veux une aide pour', 'trop courants')):
        page = site.get('/recherche', {'q': q})
        assert titre in page.text and len(page.html.select('.theme')) == 2
    page = site.get('/recherche?q=zzz')
    assert "Aucune fiche n'est assez proche" in page.text and len(page.html.select('.theme')) == 2
    assert page.html.select_one('main section a[href="/demande?q=zzz"]')
    assert page.html.select_one('main a[href="tel:+33534333807"]') and page.html.select_one('main a[href="tel:112"]')
    page = site.get('/recherche', {'q': '"><script>zorglub</script>'})
    assert (page.text.count('zorglub') == 3                         # the field, the title, the link to the form
            and '<script>zorglub' not in page.text
            and page.html.select_one('#q')['value'] == '"><script>zorglub</script>')
    assert page.html.select_one('meta[name=robots]')['content'] == 'noindex'
    assert site.get('/catalogue').html.select_one('meta[name=robots]') is None
    for q in ('mot ' * 2000, 'x' * 8000, '((((', '\\', '.*', 'ſ' * 200):
        assert site.get('/recherche', {'q': q}).status_int == 200


def test_les_partenaires_et_le_contact_disent_qui_appeler_et_security_txt_ou_signaler_une_faille(site, heure):
    en_ecriture(models.Structure.update(site='https://www.hgi.example/').where(models.Structure.sigle == 'HGI').execute)
    en_ecriture(models.Structure.update(site='javascript:alert(1)').where(models.Structure.sigle == 'CAUE').execute)
    creer_ligne(models.Structure, nom='Syndicat sans direction', sigle='SSD', partenaire=True)
    page = site.get('/partenaires')
    cartes = {texte(c.h2): texte(c) for c in page.html.select('.carte')}
    assert list(cartes)[0] == 'Conseil départemental de la Haute-Garonne' and len(cartes) == 4
    hgi = cartes['Haute-Garonne Ingénierie – HGI']
    assert ('3 fiches au catalogue' in hgi and 'www.hgi.example' in hgi
            and 'Direction assistance juridique et financière 05 36 49 00 20' in hgi)
    assert '1 fiche au catalogue' in cartes["Conseil d'architecture, d'urbanisme et de l'environnement – CAUE"]
    assert 'javascript:' not in page.text and page.html.select_one('a[href="/catalogue?structure=2"]')
    regler('telephone_urgence', '112')
    page = site.get('/contact')
    corps = texte(page.html)
    for attendu in (
            '05 34 33 38 07', 'plateforme.territoires@cd31.fr', 'du lundi au vendredi', '1 boulevard de la Marquette',
            'association, une entreprise ou un particulier', "ne vous est pas destiné", "n'assure pas d'astreinte"):
        assert attendu in corps, attendu
    assert page.html.select_one('a[href="tel:+33534333807"]') and page.html.select_one('a[href="tel:112"]')
    assert site.get(SIGNALER, status=404).content_type == 'text/html'
    regler('securite_contact', 'rssi@tarn.example')
    assert 'http' not in site.get(SIGNALER).text
    for jour, expire in (('2026-01-01', '2026-07-01'), ('2026-06-30', '2026-12-01'), ('2026-07-01', '2027-01-01'),
                         ('2026-12-31', '2027-06-01')):
        regler('securite_contact', 'rssi@tarn.example')
        heure(f'{jour}T09:00:00Z')
        assert f'Expires: {expire}T00:00:00Z\n' in site.get(SIGNALER).text, (jour, expire)
    heure('2026-11-24T09:00:00Z')
    for contact, lien in (
            ('rssi@tarn.example', 'mailto:rssi@tarn.example'),
            ('a%b&c#d@tarn.example', 'mailto:a%25b%26c%23d@tarn.example'),
            ('https://www.tarn.example/securite?de=1', 'https://www.tarn.example/securite?de=1')):
        regler('securite_contact', contact)
        models.SITE['url'] = 'https://aides.tarn.example'
        reponse = site.get(SIGNALER, extra_environ={'HTTP_HOST': '127.0.0.1:8080'})
        assert reponse.headers['Content-Type'] == 'text/plain; charset=utf-8', (contact, lien)
        assert reponse.text == (
            f'Contact: {lien}\nExpires: 2027-05-01T00:00:00Z\nPreferred-Languages: fr, en\n'
            'Canonical: https://aides.tarn.example/.well-known/security.txt\n'), (contact, lien)


SIGNALER = '/.well-known/security.txt'


def test_les_pages_legales_portent_leurs_mentions_et_leur_date_jamais_de_html_ni_de_secret(site):
    for adresse, attendus in (
            ('/mentions-legales', (
                'Éditeur', 'Direction de la publication Président du Département', 'Hébergement',
                'Propriété intellectuelle', 'Licence Ouverte',
                'Sources : INSEE (COG 2026, populations légales), DGCL, La Poste – via Etalab')),
            ('/donnees-personnelles', (
                'Responsable du traitement : Département de la Haute-Garonne', 'article 6.1.e',
                'conservés pour une durée à convenir', 'CNIL', 'dpd@cd31.fr', 'Archives départementales',
                'rectification', '7 jours', "uniquement l'équipe chargée de la demande et l'administration")),
            ('/accessibilite', (
                'non conforme avec le référentiel', 'version 4.1', 'http://127.0.0.1:8080', 'Défenseur des droits',
                '05 34 33 38 07'))):
        page = site.get(adresse).html
        corps = texte(page.main)
        assert not [a for a in attendus if a not in corps], (adresse, attendus)
        assert not re.search(r'\{\w+\}|##|(^|\n)- ', page.main.get_text()), (adresse, attendus)
        assert page.select_one('main a[href^="mailto:"]'), (adresse, attendus)
    en_ecriture(textes.poser, textes.lire('page', 'accessibilite')._replace(
            titre='Accès', corps='Oui.', modifie_le='2026-11-20T23:30:00Z'))
    assert 'Page mise à jour le 21 novembre 2026' in texte(site.get('/accessibilite').html)
    assert 'Page mise à jour' not in site.get('/mentions-legales').html.text
    regler('demonstration', 'zorglub')
    with models.lecture():
        secret = models.Reglage.get_by_id('secret').valeur
    en_ecriture(
        textes.ecrire, 'page', 'mentions-legales', '<b>Titre</b>',
        '## <i>x</i>\n{secret} {demonstration} {nom} {0} {nom.x} {\n- "><script>alert(1)</script>')
    page = site.get('/mentions-legales')
    assert (secret not in page.text
            and '{secret} {demonstration} Plateforme d\'appui aux territoires {0} {nom.x} {' in texte(page.html))
    assert not page.html.select('main :is(b, i, script)')


def test_le_plan_du_site_les_moteurs_et_les_robots_ont_les_pages_publiques_lues_en_peu_de_requetes(site, requetes):
    def compter(adresse):
        models._gardees.clear()
        requetes.clear()
        site.get(adresse)
        return len(requetes)
    avant = {adresse: compter(adresse) for adresse in PAGES}
    with models.ecriture():
        admin = models.Agent.get(models.Agent.administrateur)
        for n in range(30):
            f = models.Fiche.create(theme=1 + n % 2, direction=2, titre=f'Conseil {n}', resume='r', promesse='complexe',
                                    maj_le='2026-09-14')
            models.Pilotage.create(fiche=f, agent=2)
            documents.ajouter_document('fiche', f.id, 'Un modèle', [('m.txt', b'Bonjour.')], admin)
    for adresse, nombre in avant.items():
        assert compter(adresse) == nombre <= 8, adresse
    liens = {a['href'] for a in site.get('/plan-du-site').html.select('main .redaction a')}
    assert {'/fiches/1-conseil-juridique', '/catalogue/2-amenagement', *LEGALES} <= liens
    for lien in liens - {'/demande', '/suivi', '/espace'}:          # those three belong to other areas
        site.get(lien, status=200)
    reponse = site.get('/robots.txt')
    assert reponse.content_type == 'text/plain'
    assert reponse.text.split('\n') == ['User-agent: *', 'Disallow: /suivi', 'Disallow: /espace',
                                        f'Sitemap: {models.SITE["url"]}/sitemap.xml', '']
    reponse = site.get('/sitemap.xml')
    assert reponse.content_type == 'application/xml'
    lues = ElementTree.fromstring(reponse.body).iter('{http://www.sitemaps.org/schemas/sitemap/0.9}loc')
    dites = [loc.text.removeprefix(models.SITE['url']) for loc in lues]
    assert len(dites) == len(set(dites)) > 15
    for chemin in dites:
        assert not site.get(chemin, status=200).html.select('meta[name=robots]'), chemin
    liens = {a['href'].split('#')[0] for a in site.get('/plan-du-site').html.select('main a[href^="/"]')}
    ailleurs = {'/demande', '/suivi', '/espace', '/connexion', '/recherche'}
    assert {lien for lien in liens if '?' not in lien} - {*dites} <= ailleurs
    regler('demonstration', 'oui')
    assert site.get('/robots.txt').text == 'User-agent: *\nDisallow: /\n'
