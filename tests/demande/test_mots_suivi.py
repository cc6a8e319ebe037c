"""What the tracking page says and does with an address (regles.md §2, §7, §8, §10)."""
import urllib.parse
import urllib.request

from conftest import CONTACT, agir, corps_de, courriels, en_ecriture, en_meme_temps, fixer, poster, relire
from test_suivi import etapes, formulaire, suivre, texte

import models
from verbes.demande import actes


def ecrire(site, demande, message):
    return poster(site, f'/suivi/{demande.jeton}/message', {'texte': message}, page=f'/suivi/{demande.jeton}').follow()


def test_un_message_dit_a_qui_il_va_et_une_demonstration_n_ecrit_a_personne(site, creer, monkeypatch):
    for etat, qui in (('attribue_admin', 'à l\'équipe de la Plateforme'), ('en_cours', 'à Claude Temoin'),
                      ('attribue_chef', 'à la Direction assistance juridique et financière')):
        page = ecrire(site, creer(etat, message=etat), 'Une précision.')
        assert f'Votre message est transmis {qui} ; la réponse vous viendra' in texte(page), etat
    demande = creer('termine', message='Suite b.')
    page = ecrire(site, demande, 'Le mur menace de nouveau.')
    assert ('Votre demande de réouverture est transmise à la Direction assistance juridique et financière ; '
            'la réponse vous viendra par téléphone ou par courriel.') in texte(page)
    moi = page.html.find('li', class_='moi')
    assert moi.find_all('p')[1].text.strip() == 'Le mur menace de nouveau.'
    assert 'reçu comme une demande de réouverture' in moi.find('p').text
    assert 'Vous avez demandé la réouverture le mardi 24 novembre 2026' in texte(suivre(site, demande))
    with models.lecture():
        assert models.Journal.select().where(models.Journal.fait == 'reouverture').count() == 1
    monkeypatch.setitem(models.SITE, 'smtp', True)
    en_ecriture(fixer, 'demonstration', 'oui')
    page = texte(suivre(site, creer(), '?fait=depot'))
    assert 'Site de démonstration : aucun courriel ne part vers une adresse réelle.' in page
    assert 'part à mairie@rieumes.example' not in page
    assert 'n\'écrit à aucune adresse réelle' in texte(site.get('/suivi?fait=lien'))


def test_l_etape_a_venir_et_le_titre_disent_vrai_le_premier_de_chaque_page_est_le_h1(site, creer, monde, heure):
    demande = creer('attribue_expert')
    assert etapes(suivre(site, demande))[3][1] == 'Commence après le premier contact'
    en_ecriture(actes.noter_contact, demande, monde.referent, demande.version, CONTACT)
    assert etapes(suivre(site, demande))[3][1] == 'Fait suite au premier contact, le 24 novembre 2026'
    demande = creer(message='Suite b.')
    heure('2026-12-08T09:00:00Z')
    page = texte(suivre(site, demande))
    assert 'Avez-vous été rappelé·e ?' in page and 'pas encore noté' not in page
    assert 'Une question ?' in page and 'avant de commencer' not in page
    for message, titre in (
            ('Bonjour,\nRefaire la toiture de l\'école.', 'Demande libre : Refaire la toiture de l\'école.'),
            ('Bonjour Madame la Présidente, nous voulons refaire la place du village et son monument.\nMerci',
             'Demande libre : nous voulons refaire la place du village et son monument. Merci'),
            ('Monsieur X occupe le chemin.', 'Demande libre : Monsieur X occupe le chemin.'),
            ('mot ' * 40, 'Demande libre : ' + 'mot ' * 16 + 'mot…'), ('Bonjour,', 'Demande libre')):
        assert ' '.join(suivre(site, creer('attribue_admin', message=message)).html.h1.text.split()) == titre
        restreinte = creer('attribue_admin', message=message + ' ', restreinte=True)
        assert suivre(site, restreinte).html.h1.text == 'Demande libre', (message, titre)
    heure('2026-11-24T09:00:00Z')
    demande = creer(message='Une.')
    heure('2026-12-08T09:00:00Z')
    faute = formulaire(suivre(site, demande), 'message').submit(status=422)
    vide = next(f for f in site.get('/demande').forms.values() if 'message' in f.fields).submit(status=422)
    pages = [*(suivre(site, demande, suite) for suite in ('', '?fait=depot', '?fait=message')), faute, vide,
             site.get('/demande'), site.get('/suivi?fait=lien'), site.get('/suivi/' + 'x' * 22, status=404),
             site.post('/suivi', {'courriel': 'a@'}, status=422)]
    for page in pages:
        assert page.html.find('main').find(['h1', 'h2', 'h3']).name == 'h1', page.request.url
    page = site.get('/demande')
    assert [t.text for t in page.html.select('legend > h2')] == [
        '1. Votre besoin', '2. Votre collectivité', '3. Maire ou président·e, personne à rappeler']
    assert [t.text for t in page.html.select('legend > h3')] == ['Maire ou président·e', 'Personne à rappeler']
    assert [page.html.find(id=c).get('autocomplete') for c in ('nom', 'prenom')] == ['family-name', 'given-name']
    form = next(f for f in page.forms.values() if 'message' in f.fields)
    form['meme_personne'] = False
    html = form.submit(status=422).html
    assert [html.find(id=c).get('autocomplete') for c in ('nom', 'prenom')] == [None, None]


def corriger(site, demande, status=303, **saisie):
    suivi = f'/suivi/{demande.jeton}'
    return poster(site, f'{suivi}/coordonnees', saisie, page=suivi, status=status)


def test_une_adresse_fausse_se_demande_juste_recoit_le_lien_l_ancienne_est_prevenue(site, creer, entrer, monde):
    demande = creer()
    page = corriger(site, demande, telephone='05 36 49 00 99').follow()
    assert not courriels(modele='nouvelle_adresse') and 'Le lien de cette page' not in texte(page)
    page = corriger(site, demande, courriel='mairie@ornage.fr', status=422)
    assert relire(demande).courriel == 'mairie@rieumes.example'
    assert 'est peut-être mal écrit' in page.html.find(id='erreurs').text
    form = formulaire(page, 'coordonnees')
    assert [r['value'] for r in page.html.select('[name=courriel_choisi]')] == ['mairie@orange.fr', 'mairie@ornage.fr']
    form['courriel_choisi'] = 'mairie@orange.fr'
    form.submit(status=303)
    assert relire(demande).courriel == 'mairie@orange.fr'
    demande = creer(message='b')
    page = corriger(site, demande, courriel='maire@rieumes.example').follow()
    assert courriels()[-2:] == [
        ('nouvelle_adresse', 'maire@rieumes.example'), ('coordonnees', 'mairie@rieumes.example')]
    assert f'/suivi/{demande.jeton}' in corps_de('nouvelle_adresse')
    assert 'Le lien de cette page partira à maire@rieumes.example, et l\'ancienne adresse est prévenue.' in texte(page)
    page = texte(entrer(monde.chef).get(f'/espace/demandes/{demande.numero}'))
    assert 'à l\'ancienne adresse, mairie@rieumes.example' in page
    assert 'à l\'adresse officielle, mairie@rieumes.example' not in page


def demander_les_liens(site, courriel, numero=''):
    return site.post('/suivi', {'numero': numero, 'courriel': courriel}, status=303)


def test_l_adresse_seule_recoit_ses_liens_ni_vieux_ni_restreints(site, creer, heure, monde):
    vieille = creer('termine', message='Vieille.')
    heure('2027-10-01T09:00:00Z')
    close, ouverte = creer('termine', message='Close.'), creer('attribue_admin', message='Ouverte.')
    cachee, autre = creer(message='Cachée.', restreinte=True), creer(message='Autre.', courriel='autre@rieumes.example')
    heure('2027-12-01T09:00:00Z')
    demander_les_liens(site, 'Mairie@rieumes.example')
    assert courriels(modele='liens_perdus') == [('liens_perdus', 'mairie@rieumes.example')]
    ecrit = corps_de('liens_perdus')
    assert [d.numero for d in (vieille, close, ouverte, cachee, autre) if d.jeton in ecrit] == [
        close.numero, ouverte.numero]
    assert (f'n°\u00a0{close.numero}, Rieumes, Revitalisation de bourg-centre\u00a0:\n'
            f'http://127.0.0.1:8080/suivi/{close.jeton}') in ecrit
    demander_les_liens(site, 'mairie@rieumes.example', str(cachee.numero))
    assert cachee.jeton in corps_de('lien_perdu') and len(courriels(modele='liens_perdus')) == 1
    for demande in (close, ouverte):                                # become restreintes before it has left
        agir(actes.restreindre, demande, monde.admin, True)
    assert not courriels(modele='liens_perdus')


def test_la_reponse_et_les_ordres_sont_les_memes_pour_une_adresse_inconnue(site, creer, monkeypatch):
    creer()
    creer(message='Une autre.')
    site.get('/contact')                                            # the connection only reads, before each of them
    ordres, executer = [], models.db.execute_sql

    def compter(sql, params=None, *autres):
        ordres[-1].append(sql)
        return executer(sql, params, *autres)
    monkeypatch.setattr(models.db, 'execute_sql', compter)
    pages = []
    for courriel in ('mairie@rieumes.example', 'curieux@ailleurs.example'):
        ordres.append([])
        models._gardees.clear()
        pages.append(demander_les_liens(site, courriel).follow().text)
    assert pages[0] == pages[1] and ordres[0] == ordres[1] and len(ordres[0]) > 3
    monkeypatch.undo()
    assert len(courriels(modele='liens_perdus')) == 1


def test_huit_messages_envoyes_a_la_fois_sont_tous_la(service, creer):
    """Each moves the version of the demande: none may be refused for it."""
    demande, codes = creer('en_cours'), []

    def envoyer(n):
        corps = urllib.parse.urlencode({'texte': f'Message {n}'}).encode()
        requete = urllib.request.Request(f'{service}/suivi/{demande.jeton}/message', corps, {'Origin': service})
        codes.append(urllib.request.urlopen(requete).status)

    assert en_meme_temps(8, envoyer) == []
    with models.lecture():
        textes = {ligne.texte for ligne in models.Journal.select().where(models.Journal.nature == 'message')}
    assert codes == [200] * 8 and textes == {f'Message {n}' for n in range(8)}
