"""The demandeur's page: steps, whom to call, what is never shown, what one may do (regles.md §2, §7)."""
import pytest
import webtest
from conftest import CONTACT, changer_ligne, courriels, en_ecriture, natures, relire, saisie_de, texte
from conftest import statuer as agir

import models
from models import Piece
from verbes import journal
from verbes.demande import actes, cycle

PDF = ('délibération n° 31.pdf', b'%PDF-1.4 \xff\x00 fin')


def suivre(site, demande, suite=''):
    return site.get(f'/suivi/{demande.jeton}{suite}')


def etapes(reponse):
    """[(step, words, state)]."""
    return [(' '.join(li.strong.text.split()), ' '.join(li.strong.next_sibling.split()), li.get('data-etat', ''))
            for li in reponse.html.find('ol', class_='etapes').find_all('li')]


def titres(reponse):
    return [(titre, etat) for titre, _, etat in etapes(reponse)]


def formulaire(reponse, nom):
    return next(f for f in reponse.forms.values() if f.action.endswith(f'/{nom}'))


def liens(reponse):
    """The fields that the error summary names."""
    return [a['href'] for a in reponse.html.find(id='erreurs').find_all('a')]


def messages(demande):
    with models.lecture():
        return [texte for texte, in models.Journal.select(models.Journal.texte).where(
            models.Journal.demande == demande.numero, models.Journal.nature == 'message'
        ).order_by(models.Journal.id).tuples()]


def test_le_suivi_dit_le_numero_le_rappel_puis_la_suite_et_son_resultat_en_titre(site, creer, monkeypatch, monde):
    demande = creer()
    page = suivre(site, demande, '?fait=depot')
    bloc = ' '.join(page.html.find(class_='message', role='status').text.split())
    assert f'enregistrée sous le n° {demande.numero}' in bloc and '24 novembre 2026 à 10 h' in bloc
    assert 'Un expert vous rappelle au plus tard le vendredi 4 décembre' in bloc
    assert page.html.find('meta', attrs={'name': 'robots', 'content': 'noindex'})
    assert 'gardez l\'adresse de cette page' in texte(page)
    monkeypatch.setitem(models.SITE, 'smtp', True)
    assert 'part à mairie@rieumes.example' in texte(suivre(site, demande, '?fait=depot'))
    assert not suivre(site, demande).html.find(role='status')
    assert 'Copie de votre demande' in suivre(site, demande, '?fait=depot')
    en_ecriture(actes.message_du_demandeur, relire(demande), 'Une précision.')
    page = suivre(site, demande, '?fait=depot')
    assert 'Une précision.' in page and not page.html.find(id='resultat')
    for etat in ('receptionne_chef', 'termine', 'rejete'):
        page = suivre(site, creer(etat, message=etat), '?fait=depot')
        assert 'Échanges' in page and 'est enregistrée sous le' not in page and not page.html.find(id='resultat')
    demande = creer(message='b')
    for fait, titre in (
            ('depot', 'Demande n°\xa0{} enregistrée – '), ('ajout', 'Texte ajouté à la demande n°\xa0{} – '),
            ('message', 'Message transmis, demande n°\xa0{} – '),
            ('coordonnees', 'Coordonnées enregistrées pour la demande n°\xa0{} – '),
            ('abandon', 'Demande n°\xa0{} close – ')):
        page = suivre(site, demande, f'?fait={fait}')
        assert page.html.title.text.startswith(titre.format(demande.numero)), fait
        assert page.html.find(id='resultat')['tabindex'] == '-1' and len(page.html.find_all(role='status')) == 1, fait
    assert not suivre(site, demande, '?fait=autre').html.find(id='resultat')


def test_la_copie_est_complete_a_imprimer_et_ses_fichiers_y_sont_eux_seuls(site, creer, monde):
    demande = creer(date_a_tenir='2026-12-10',
                    rappel_nom='Pareil', rappel_prenom='Alix', rappel_fonction='Secrétaire générale',
                    collectivite=monde.epci, communes=[monde.rieumes], restreinte=True)
    page = suivre(site, demande)
    lu = {dt.text: ' '.join(dt.find_next('dd').text.split())
          for dt in page.html.find('details', class_='garder').find_all('dt')}
    assert lu == {'Numéro': str(demande.numero), 'Envoyée le': '24 novembre 2026 à 10 h', 'Thème': 'Aménagement',
                  'Fiche': 'Revitalisation de bourg-centre',
                  'Lieu de projet': 'Place de la Liberté', 'Date à tenir': 'jeudi 10 décembre 2026',
                  'Communes concernées': 'Rieumes', 'Collectivité': 'CC Cœur de Garonne (Communauté de communes)',
                  'Maire ou président·e': 'Madame Jeanne Exemplaire',
                  'Personne à rappeler': 'Alix Pareil, Secrétaire générale', 'Courriel': 'mairie@rieumes.example',
                  'Téléphone': '05 36 49 00 12',
                  'Diffusion': "Lue de l'équipe qui la suit et de l'administration de la Plateforme"}
    assert (demande.message in page and 'saisine officielle' in page
            and page.html.find('button', attrs={'data-imprimer': True}).has_attr('hidden'))
    papier = page.html.find(class_='seule-impression').text.replace('\xa0', ' ')
    assert '/suivi, avec le n° 1.' in papier and demande.jeton not in papier
    assert page.html.find('strong', string='Message')
    demande, autre = creer(), creer(message='Une autre demande.')
    with models.ecriture():
        journal.joindre(demande, [PDF])
        journal.joindre(autre, [('autre.pdf', b'%PDF')])
        journal.ajouter_au_journal(demande, monde.chef, 'note', 'Interne.', fichiers=[('interne.pdf', b'%PDF')])
    with models.lecture():
        ids = {p.nom: p.id for p in Piece.select(Piece.id, Piece.nom)}
    reponse = site.get(f'/suivi/{demande.jeton}/pieces/{ids[PDF[0]]}')
    assert (reponse.body == PDF[1] and reponse.content_type == 'application/octet-stream'
            and reponse.headers['X-Content-Type-Options'] == 'nosniff')
    assert reponse.headers['Content-Disposition'] == ('attachment; filename="d_lib_ration n_ 31.pdf"; '
                                                      'filename*=UTF-8\'\'d%C3%A9lib%C3%A9ration%20n%C2%B0%2031.pdf')
    assert 'sandbox' in reponse.headers['Content-Security-Policy']
    for nom in ('autre.pdf', 'interne.pdf'):
        site.get(f'/suivi/{demande.jeton}/pieces/{ids[nom]}', status=404)
        assert nom not in suivre(site, demande)
    for mauvais in ('0', '999', 'abc', '1' * 19, '1%ff'):
        site.get(f'/suivi/{demande.jeton}/pieces/{mauvais}', status=404)


HGI_CAUE = 'Transmise à Haute-Garonne Ingénierie et au CAUE'
ETAPES = {'attribue_admin': ['courante', '', '', ''], 'receptionne_admin': ['courante', '', '', ''],
          'attribue_chef': ['faite', 'courante', '', ''], 'receptionne_chef': ['faite', 'courante', '', ''],
          'attribue_expert': ['faite', 'faite', 'courante', ''],
          'receptionne_expert': ['faite', 'faite', 'courante', ''], 'en_cours': ['faite', 'faite', 'faite', 'courante']}
FINS = {'termine': (4, ('Terminée', '24 novembre 2026', 'faite')),
        'abandonne': (2, ('Abandonnée', '24 novembre 2026, enregistrée par Haute-Garonne Ingénierie – HGI',
                          'faite')),
        'rejete': (2, ('En cours de réorientation', "L'équipe de la Plateforme cherche qui peut vous répondre",
                       'courante')), 'rejete_clos': (2, ('Réponse apportée', '24 novembre 2026', 'faite'))}


def test_les_etapes_suivent_le_statut_portent_les_dates_du_journal_et_ne_reculent_jamais(site, creer, monde, heure):
    for etat, attendues in ETAPES.items():
        suite = titres(suivre(site, creer(etat, message=etat)))
        transmise = 'Transmise à la structure compétente' if etat.endswith('admin') else HGI_CAUE
        assert suite == list(zip(['Reçue', transmise, 'Confiée à un expert', 'Accompagnement en cours'], attendues,
                                 strict=True)), etat
    for etat, (avant, fin) in FINS.items():
        suite = etapes(suivre(site, creer(etat, message=etat)))
        assert len(suite) == avant + 1 and suite[-1] == fin and {s[2] for s in suite[:-1]} == {'faite'}, etat
    demande = agir(creer('rejete', message='Ailleurs.'), 'repondre', monde.admin, texte_final='Voyez la Région.',
                   reponse='reorientee', organisme='la Région Occitanie', transmission='vous')
    page = suivre(site, demande)
    assert titres(page)[-1] == ('Réorientée vers la Région Occitanie', 'faite') and 'Voyez la Région.' in page
    demande = agir(creer('attribue_expert', message='b'), 'rendre', monde.referent, motif='Absent.')
    page = suivre(site, demande)
    assert titres(page)[2] == ('Confiée à un expert', 'courante')
    assert 'Votre expert est en cours de désignation' in texte(page)
    demande = agir(demande, 'rendre', monde.chef, motif='Pas nous.')
    assert titres(suivre(site, demande))[2] == ('Confiée à un expert', 'courante')
    demande = creer(message='c')
    heure('2026-11-25T09:00:00Z')
    demande = agir(demande, 'designer', monde.chef, referent=monde.referent)
    heure('2026-11-26T09:00:00Z')
    assert [mots for _, mots, _ in etapes(suivre(site, agir(demande, 'receptionner', monde.referent)))] == [
        '24 novembre 2026 à 10 h', '24 novembre 2026',
        '25 novembre 2026. Rappel au plus tard le vendredi 4 décembre 2026',
        'Commence après le premier contact']


def test_un_rappel_en_retard_dit_qui_appeler_referent_direction_ou_equipe(site, creer, monde, heure):
    def dit(demande):
        aside = suivre(site, demande).html.find('aside', attrs={'aria-labelledby': 'contact'})
        return ' '.join(aside.get_text(' ').split())
    saisie = saisie_de(monde) | {'recue_le': '2026-11-20', 'voie': 'téléphone', 'suivi': 'moi'}
    page = texte(suivre(site, en_ecriture(cycle.saisir_directe, saisie, monde.referent)))
    assert 'au plus tard' not in page and 'Reçue le 20 novembre 2026' in page and 'saisine officielle' not in page
    assert "n'assure pas d'astreinte" in suivre(site, creer(fiche=monde.urgente))
    assert 'astreinte' not in suivre(site, creer())
    tardive, jointe, rejetee = (creer(etat, message=etat) for etat in ('attribue_expert', 'en_cours', 'rejete'))
    heure('2026-12-05T09:00:00Z')
    page = texte(suivre(site, tardive))
    assert 'devait vous rappeler au plus tard le vendredi 4 décembre 2026 .' in page
    assert 'téléphonez au 05 36 49 00 31' in page
    assert 'Confiée à un expert. Rappel annoncé au plus tard le vendredi 4 décembre 2026.' in page
    page = texte(suivre(site, jointe))
    assert 'au plus tard' not in page and 'Premier contact mardi 24 novembre 2026' in page
    page = texte(suivre(site, rejetee))
    assert 'au plus tard' not in page and 'devait vous rappeler' not in page
    assert "L'équipe de la Plateforme cherche qui peut vous répondre." in page
    demande = creer('attribue_expert', message='c')
    assert 'Claude Temoin Expert référent, Haute-Garonne Ingénierie – HGI' in dit(demande)
    assert 'Téléphone : 05 36 49 00 31' in dit(demande)
    attendu = 'Direction assistance juridique et financière, Haute-Garonne Ingénierie – HGI 05 36 49 00 20'
    assert attendu in dit(creer('attribue_chef', message='Encore.'))
    assert "L'équipe de la Plateforme, Département de la Haute-Garonne 05 34 33 38 07" in dit(creer('attribue_admin'))
    changer_ligne(monde.referent, telephone_public='')              # he gives none: that of his direction
    assert 'Téléphone : 05 36 49 00 20' in dit(demande)
    changer_ligne(monde.referent, actif=False)
    page = texte(suivre(site, demande))
    assert 'Temoin' not in page and '05 36 49 00 20' in page


INTERNES = ('SECRET-motif', 'SECRET-synthese', 'SECRET-journal', 'SECRET-piece', 'SECRET-contact',
            'Camille', 'Andrea', 'Sacha', 'Maxime', 'Désignation')


@pytest.mark.parametrize('fin', ['', 'terminer', 'rejeter', 'abandonner'])
def test_rien_d_interne_ne_parait_jamais(site, creer, monde, fin):
    demande = agir(creer('receptionne_chef', associe=True), 'rendre', monde.chef, motif='SECRET-motif')
    demande = agir(demande, 'orienter', monde.admin, fiche=monde.fiche, chefs=[monde.chef], accord='a_recueillir')
    demande = agir(demande, 'designer', monde.chef, referent=monde.referent)
    demande = agir(demande, 'demarrer', monde.referent, **CONTACT, besoin_reformule='SECRET-contact')
    en_ecriture(journal.ajouter_au_journal, demande, monde.referent, 'note', 'SECRET-journal',
                fichiers=[('SECRET-piece.pdf', b'%PDF')])
    if fin:
        donnees = {'motif': 'SECRET-motif', 'synthese': 'SECRET-synthese', 'issue': 'realise',
                   'texte_final': 'Pour vous, ce texte.'}
        demande = agir(demande, fin, monde.referent, **donnees)
    refusee = site.post(f'/suivi/{demande.jeton}/message', {'texte': ''}, status=422)
    for page in (suivre(site, demande), suivre(site, demande, '?fait=depot'), refusee):
        assert [mot for mot in INTERNES if mot in page] == []
    assert ("Conseil d'architecture, d'urbanisme et de l'environnement – CAUE" in texte(suivre(site, demande))
            or fin == 'rejeter')
    assert ('Pour vous, ce texte.' in suivre(site, demande)) == (fin in ('terminer', 'abandonner'))


def test_une_adresse_inconnue_ou_expiree_est_introuvable_et_une_approchante_mene_a_la_demande(site, creer, heure):
    demande = creer('termine')
    suivi = f'/suivi/{demande.jeton}'
    for fin in ('.', ')', '>', '%20.', ').', '%C2%BB', '/message', '/coordonnees', '/abandonner'):
        assert site.get(suivi + fin, status=303).location == suivi, fin
    for adresse in ('A' * 22, 'A' * 21, 'A' * 23, 'a/b', f'{demande.jeton}/nulle-part', '%C3%A9'):
        page = site.get(f'/suivi/{adresse}', status=404)
        assert page.form.action == '/suivi' and page.html.select_one('meta[name=robots][content=noindex]'), adresse
        assert "Ce lien n'ouvre aucune demande" in texte(page) and page.html.title.text.startswith('Lien inconnu')
    for nom in ('message', 'coordonnees', 'abandonner'):
        site.get(f'/suivi/{"A" * 22}/{nom}', status=404)
    heure('2027-11-24T09:00:00Z')
    suivre(site, demande)
    heure('2027-11-24T09:00:01Z')
    for adresse in (demande.jeton, 'A' * 22, 'A' * 21, 'A' * 23):
        site.get(f'/suivi/{adresse}', status=404)
        site.post(f'/suivi/{adresse}/message', {'texte': 'Bonjour.'}, status=404)
    assert messages(demande) == []


def test_un_message_s_ajoute_avec_ses_fichiers_une_fois_et_demande_la_reouverture_d_une_close(site, creer, heure):
    demande = creer()
    form = formulaire(suivre(site, demande), 'message')
    form['texte'], form['pieces'] = 'Bonjour, voici le plan.\nJeudi ?', [webtest.Upload(*PDF)]
    reponse = form.submit(status=303)
    assert reponse.location == f'/suivi/{demande.jeton}?fait=message'
    assert messages(demande) == ['Bonjour, voici le plan.\nJeudi ?']
    page = reponse.follow()
    assert ('Votre message est transmis à la Direction assistance juridique et financière ; '
            'la réponse vous viendra par téléphone, ou ici et par courriel.') in texte(page)
    moi = page.html.find('li', class_='moi')
    assert moi.find('br') and moi.find('a').text.startswith('délibération n° 31.pdf (')
    assert ('message_demandeur', 'camille.exemple@hgi.example') in courriels()
    demande = creer('termine', message='b')
    page = suivre(site, demande)
    assert 'un message suffit à la rouvrir. Il sera reçu comme une demande de réouverture.' in texte(page)
    form = formulaire(page, 'message')
    form['texte'] = 'Il reste un point.'
    form.submit(status=303)
    form.submit(status=303)
    assert messages(demande) == ['Il reste un point.'] and relire(demande).statut == 'termine'
    assert ('demande_reouverture', 'camille.exemple@hgi.example') in courriels()
    heure('2026-11-24T09:30:00Z')
    form.submit(status=303)
    assert len(messages(demande)) == 2


def test_les_coordonnees_se_corrigent_avant_la_reception_un_message_refuse_garde_son_texte(site, creer, monde):
    demande = creer()
    form = formulaire(suivre(site, demande), 'coordonnees')
    assert (form['courriel'].value, form['telephone'].value) == ('mairie@rieumes.example', '05\xa036\xa049\xa000\xa012')
    form['courriel'], form['telephone'] = 'maire@', '12'
    reponse = form.submit(status=422)
    assert liens(reponse) == ['#coordonnees-courriel', '#coordonnees-telephone']
    assert (formulaire(reponse, 'coordonnees')['courriel'].value == 'maire@'
            and relire(demande).courriel == 'mairie@rieumes.example')
    assert reponse.html.find('form', action=lambda a: a.endswith('coordonnees')).find_parent('details').has_attr('open')
    form['courriel'], form['telephone'] = 'maire@rieumes.example', '+33 5 36 49 00 99'
    assert form.submit(status=303).location.endswith('?fait=coordonnees')
    corrigee = relire(demande)
    assert (corrigee.courriel, corrigee.telephone) == ('maire@rieumes.example', '0536490099')
    agir(corrigee, 'receptionner', monde.chef)
    assert 'Corriger mes coordonnées' not in suivre(site, demande)
    assert 'Pour changer vos coordonnées, téléphonez au 05 36 49 00 20' in texte(suivre(site, demande))
    reponse = form.submit(status=409)
    assert (formulaire(reponse, 'coordonnees')['courriel'].value == 'maire@rieumes.example'
            and 'téléphonez à votre interlocuteur' in texte(reponse))
    demande = creer(message='b')
    avant = natures(demande), courriels()
    for saisie, fichier, champ, mots in (
            ('', None, 'texte', 'écrivez votre message'), ('x' * 20_001, None, 'texte', 'au plus'),
            ('Bonjour.', ('virus.exe', b'MZ'), 'pieces', 'virus.exe')):
        form = formulaire(suivre(site, demande), 'message')
        form['texte'] = saisie
        if fichier:
            form['pieces'] = [webtest.Upload(*fichier)]
        reponse = form.submit(status=422)
        lien = reponse.html.find(id='erreurs').a
        assert lien['href'] == f'#message-{champ}' and reponse.html.find(id=f'message-{champ}') and mots in lien.text
        assert reponse.html.title.text.startswith('Erreur – '), mots
        assert formulaire(reponse, 'message')['texte'].value == saisie and (natures(demande), courriels()) == avant
    for n in range(20):                                             # those refused do not count
        site.post(f'/suivi/{demande.jeton}/message', {'texte': f'Message {n}'}, status=303)
    reponse = site.post(f'/suivi/{demande.jeton}/message', {'texte': 'De trop'}, status=429)
    assert (int(reponse.headers['Retry-After']) > 3000 and formulaire(reponse, 'message')['texte'].value == 'De trop'
            and len(messages(demande)) == 20)


def test_abandonner_demande_le_numero_et_un_motif_rouvrir_se_demande_a_qui_le_peut(site, creer, entrer, monde):
    demande = creer('attribue_expert')
    numero, autre = str(demande.numero), str(demande.numero + 1)
    for numero_tape, motif, champ in ((autre, 'Fini.', 'numero'), ('', 'Fini.', 'numero'), (numero, '', 'motif')):
        form = formulaire(suivre(site, demande), 'abandonner')
        form['numero'], form['motif'] = numero_tape, motif
        reponse = form.submit(status=422)
        assert (reponse.html.find(id='erreurs').a['href'] == f'#abandonner-{champ}'
                and formulaire(reponse, 'abandonner')['motif'].value == motif)
        assert relire(demande).statut == 'attribue_expert'
    form['numero'], form['motif'] = f'n° {numero}', 'Projet arrêté.'
    page = form.submit(status=303).follow()
    assert (etapes(page)[-1] == ('Abandonnée', '24 novembre 2026, depuis votre lien de suivi', 'faite')
            and 'Votre demande est close.' in texte(page) and relire(demande).clos_le)
    assert (('abandon_equipe', 'claude.temoin@hgi.example') in courriels()
            and courriels(modele='abandon_demandeur') == [('abandon_demandeur', 'mairie@rieumes.example')])
    assert formulaire(form.submit(status=409), 'abandonner')['motif'].value == 'Projet arrêté.'
    sans_equipe = agir(creer('attribue_admin'), 'ecarter', monde.admin, motif='Non.', ecart='erreur', texte_final='Vu.')
    for n, demande in enumerate((creer('rejete_clos', message='b'), sans_equipe), 1):
        site.post(f'/suivi/{demande.jeton}/message', {'texte': 'Il reste un point.'}, status=303)
        assert courriels(modele='demande_reouverture') == n * [('demande_reouverture', monde.admin.courriel)]
        assert texte(entrer(monde.admin).get('/espace')).count('demande de réouverture') == n


def test_le_lien_perdu_repart_sans_rien_dire_ou_s_explique_limite_par_heure(site, creer, monde, monkeypatch):
    demande = creer()
    pages, essais = [], ((f'n° {demande.numero}', 'Mairie@Rieumes.example'),
                         (str(demande.numero), 'curieux@ailleurs.example'), ('9' * 18, 'mairie@rieumes.example'))
    for numero, courriel in essais:
        form = site.get('/suivi').form
        form['numero'], form['courriel'] = numero, courriel
        reponse = form.submit(status=303)
        pages.append((reponse.location, reponse.follow().text))
    assert len(set(pages)) == 1 and 'Si cette adresse est bien celle d\'une demande' in pages[0][1]
    assert courriels(modele='lien_perdu') == [('lien_perdu', 'mairie@rieumes.example')]
    for numero, courriel, champ in (
            ('abc', 'a@b.fr', 'numero'), ('1' * 19, 'a@b.fr', 'numero'), ('0', 'a@b.fr', 'numero'),
            ('x' * 300, 'a@b.fr', 'numero'), ('12', 'a@', 'courriel')):
        reponse = site.post('/suivi', {'numero': numero, 'courriel': courriel}, status=422)
        assert liens(reponse) == [f'#{champ}'], numero
        assert reponse.form['courriel'].value == courriel
    for page in (texte(site.get('/suivi')), texte(site.get('/suivi?fait=lien'))):
        assert "quand l'envoi" in page and 'quelques minutes' not in page and 'messagerie' not in page
    monkeypatch.setitem(models.SITE, 'smtp', True)
    page = texte(site.get('/suivi?fait=lien'))
    assert 'quelques minutes' in page and 'rétabli' not in page
    for n in range(7):                                              # with the three above, those refused not counted
        site.post('/suivi', {'numero': str(n + 1), 'courriel': 'a@b.fr'}, status=303)
    reponse = site.post('/suivi', {'numero': '11', 'courriel': 'a@b.fr'}, status=429)
    assert (int(reponse.headers['Retry-After']) > 3000 and reponse.form['numero'].value == '11'
            and 'minutes' in texte(reponse))
    site.post('/suivi', {'numero': '11', 'courriel': 'a@b.fr'}, status=303, extra_environ={'REMOTE_ADDR': '192.0.2.7'})
