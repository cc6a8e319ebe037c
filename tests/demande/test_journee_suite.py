"""« Ma journée », each demande once: its figures, its week, what is put aside, what comes next."""
import re

import pytest
from conftest import CONTACT, agir, changer_demande, en_ecriture, poster, relire, relire_ici, statuer, texte, une_etape
from test_espace import lignes, place

import models
import langue
from verbes import journal, questions
from verbes.demande import actes, cote, jalons, situations, taches
from views.demande import journee as vue_du_jour

CHIFFRES = re.compile(r'\d+')


def envoi(page, acte):
    """The form of an act."""
    return next(f for f in page.forms.values() if f'/{acte}' in f.action)


def mettre(navigateur, demande, jusqu_au='2026-12-10', raison='Avis attendu.', suite='?suite=journee', status=303):
    return navigateur.post(f'/espace/demandes/{demande.numero}/cote{suite}', {'jusqu_au': jusqu_au, 'raison': raison},
                           status=status)


@pytest.fixture
def remplie(creer, monde, heure):
    """A day with something in each place, two weeks after the deposits; {state: number}."""
    etats = ('attribue_chef', 'receptionne_chef', 'attribue_expert', 'receptionne_expert', 'en_cours', 'termine',
             'attribue_admin', 'receptionne_admin', 'rejete')
    numeros = {etat: creer(etat, message=etat).numero for etat in etats}
    numeros['message'] = creer('attribue_chef', message='m', date_a_tenir='2026-12-10').numero
    numeros['tenir'] = creer('en_cours', message='t', date_a_tenir='2026-12-10').numero
    heure('2026-12-05T09:00:00Z')
    numeros['etape'] = creer('en_cours', message='e', date_a_tenir='2026-12-09').numero
    numeros['neuve'] = creer('receptionne_expert', message='n').numero
    with models.ecriture():
        for nom in ('message', 'termine'):
            actes.message_du_demandeur(models.Demande.get_by_id(numeros[nom]), 'Bonjour.')
        etape = models.Demande.get_by_id(numeros['etape'])
        jalons.prevoir_etape(etape, monde.referent, etape.version, une_etape(pour_le='2026-12-11'))
    heure('2026-12-08T09:00:00Z')
    return numeros


def test_chaque_demande_n_a_qu_une_ligne_avec_ses_raisons_et_la_semaine_dit_le_reste(remplie, monde, entrer):
    for role in ('admin', 'chef', 'cochef', 'referent', 'associe', 'autre'):
        page = entrer(getattr(monde, role)).get('/espace')
        numeros = [li.select_one('.numero').text for li in page.html.select('ul.travaux > li')]
        assert len(set(numeros)) == len(numeros), role
        chiffres, total = [int(b.text) for b in page.html.select('.chiffres b')], page.html.select_one('.total')
        assert sum(chiffres) == (int(CHIFFRES.search(total.text)[0]) if total else 0), role
        assert bool(total) == (role not in ('associe', 'autre')), role
    assert semaine(entrer(monde.referent).get('/espace')) == {
        '2026-12-09': [f'Date à tenir n° {remplie["etape"]}, Rieumes'],
        '2026-12-10': [f'Date à tenir n° {remplie["tenir"]}, Rieumes'],
        '2026-12-11': [f'Prochaine étape n° {remplie["etape"]}, Rieumes']}
    du_chef = entrer(monde.chef).get('/espace')
    assert remplie['message'] in [numero for numero, *_ in lignes(du_chef, 'tenir')]
    assert not any(f'n° {remplie["message"]},' in mots for un in semaine(du_chef).values() for mots in un)
    with models.lecture():
        places = {tache.place for qui in ('referent', 'chef', 'admin') for tache in taches.du_jour(getattr(monde, qui))}
    assert len(places) > 4 and places <= vue_du_jour.PLACES.keys()
    assert {*taches.A_FAIRE} < vue_du_jour.SECTIONS.keys() <= vue_du_jour.PLACES.keys()
    (numero, mots, lien), (reouverture, dite, _) = lignes(entrer(monde.chef).get('/espace'), 'message')
    assert reouverture == remplie['termine'] and 'demande de réouverture du 5 décembre' in dite
    assert numero == remplie['message'] and lien.endswith(f'/{numero}') and 'Lire et répondre' in mots
    dits = ('à tenir jeudi', 'en retard de 2', 'à répondre : message du 5 décembre', 'réception à confirmer')
    rangs = [mots.index(dit) for dit in dits]
    assert rangs == sorted(rangs)
    page = entrer(monde.referent).get('/espace')
    assert place(page, 'suivant') == [remplie['attribue_expert']]
    assert page.html.find(id='acte')['href'].startswith(f'/espace/demandes/{remplie["attribue_expert"]}?action=contact')
    assert place(page, 'maintenant') == [remplie['receptionne_expert'], remplie['termine'], remplie['neuve']]
    assert len(page.html.select('.bouton:not(.second)')) == 1       # the full button is that of the next act alone
    page = entrer(monde.admin).get('/espace')                       # his, apart from the lateness of the others
    siennes = {remplie[etat] for etat in ('attribue_admin', 'receptionne_admin', 'rejete')}
    assert {*place(page, 'suivant'), *place(page, 'orienter')} == siennes
    ailleurs = place(page, 'ailleurs')
    assert remplie['attribue_chef'] in ailleurs and not siennes & set(ailleurs)
    pliees = page.html.find('h2', id='ailleurs').find_parent('section').find('details')
    assert not pliees.has_attr('open') and 'Voir la demande' in pliees.text
    assert 'Camille Exemple' in pliees.text                         # with whom it is


def test_les_plus_pressees_d_abord_une_reponse_avant_une_collectivite_a_rattacher(creer, monde, entrer, heure):
    for avant, apres, dit in ((('2026-11-20', None, None), ('2026-11-23', None, None), 'the latest first'),
            (('2026-11-23', None, None), ('2026-11-24', None, None), 'late, then due'),
            (('2026-12-20', '2026-11-27', None), (None, None, '2026-11-20'), 'near, then signalled'),
            ((None, None, '2026-11-20'), ('2026-11-28', None, None), 'signalled, then the rest'),
            (('2026-11-28', None, None), (None, '2026-11-29', None), 'by the first day'),
            ((None, '2026-12-29', None), (None, None, None), 'then what has none'),
            (('2026-11-28', None, None), (None, '2026-11-20', None), 'a date to keep that is past says nothing')):
        assert questions.ordre_du_jour(*avant, '2026-11-24') < questions.ordre_du_jour(*apres, '2026-11-24'), dit
    for jour, dite in (('2026-11-25', "aujourd'hui"), ('2026-11-24', "aujourd'hui"), ('2026-11-23', 'hier'),
            ('2026-11-22', '2 jours'), ('2026-08-26', '90 jours'), ('2026-08-25', '3 mois'), ('2025-11-24', '12 mois'),
            ('2024-11-25', '24 mois'), ('2024-11-24', '2 ans'), ('2021-04-21', '5 ans')):
        assert langue.dire_anciennete(jour, '2026-11-24') == dite.replace(' ', '\u00a0'), jour
    assert {motif.cle for motif in taches.MOTIFS} == {*vue_du_jour.DESSINS, 'tenir', 'echeance'}
    ccas = {'collectivite': None, 'type': 'Autre établissement public', 'nom_collectivite': 'CCAS de Rieumes'}
    en_retard = creer('receptionne_expert', fiche=monde.urgente, **ccas)
    sans_promesse, libre = creer('en_cours', message='b', **ccas), creer('receptionne_admin', message='c')
    heure('2026-11-28T09:00:00Z')
    rejetee, nouvelle = creer('rejete', message='d'), creer('attribue_admin', message='e')
    ecrite = creer('receptionne_admin', message='f')
    heure('2026-11-29T09:00:00Z')
    with models.ecriture():
        models.Demande.update(echeance=None).where(models.Demande.numero != en_retard.numero).execute()
        actes.message_du_demandeur(relire_ici(ecrite), 'Bonjour.')
    heure('2026-11-30T09:00:00Z')
    page = entrer(monde.admin).get('/espace')
    assert [*place(page, 'suivant'), *place(page, 'orienter')] == [
        d.numero for d in (ecrite, libre, rejetee, nouvelle, en_retard, sans_promesse)]
    assert [(n, 'à rattacher' in mots, lien[-16:]) for n, mots, lien in lignes(page, 'rattacher')] == [
        (d.numero, True, 'action=rattacher') for d in (en_retard, sans_promesse)]


def attentes(page):
    """{number: « depuis … »} of what is to be done."""
    dites = {int(li.select_one('.numero').text): re.search('attend depuis [^ ]+(?: jours)?', ' '.join(li.text.split()))
             for li in page.html.select('li[data-motifs]')}
    return {numero: dit and dit[0].replace('attend ', '') for numero, dit in dites.items()}


def test_chaque_ligne_dit_depuis_quand_elle_attend(creer, monde, entrer, heure):
    libre, ccas = creer('receptionne_admin'), creer('en_cours', message='b', collectivite=None, type='Syndicat',
                                                    nom_collectivite='SIVOM')
    heure('2026-12-10T09:00:00Z')
    ecrite, rejetee = creer('en_cours', message='c'), creer('rejete', message='d')
    recue = creer('receptionne_chef', message='e')
    heure('2026-12-14T09:00:00Z')
    en_ecriture(actes.message_du_demandeur, relire(ecrite), 'Bonjour.')
    statuer(recue, 'rendre', monde.chef, motif='Pas pour nous.')
    heure('2026-12-15T09:00:00Z')
    assert attentes(entrer(monde.admin).get('/espace')) == {
        libre.numero: 'depuis 21 jours',                      # since its deposit, its reception notwithstanding
        ccas.numero: 'depuis 21 jours', rejetee.numero: 'depuis 5 jours',
        recue.numero: 'depuis hier'}                                # since it was given back, not since its deposit
    assert attentes(entrer(monde.referent).get('/espace'))[ecrite.numero] == 'depuis hier'
    heure('2026-12-14T16:00:00Z')
    assert attentes(entrer(monde.admin).get('/espace'))[recue.numero] is None           # today: nothing to say


def test_une_reprise_ne_presse_pas_et_pas_encore_est_a_verifier_jusqu_a_une_ligne(creer, monde, entrer, heure):
    en_route, confiee = creer('en_cours'), creer('receptionne_expert', message='b')
    en_ecriture(models.Demande.update(reprise=True, premier_contact_le=None, echeance=None).execute)
    heure('2027-06-01T09:00:00Z')
    page = entrer(monde.referent).get('/espace')
    assert not lignes(page, 'avancer') and not lignes(page, 'silence')
    assert [' '.join(li.text.split()) for li in page.html.select('.chiffres li')] == [
        '2 suivies rien à faire aujourd\'hui']
    changer_demande(confiee, statut='receptionne_admin')
    page = entrer(monde.admin).get('/espace')
    assert '1 reprise à confier : les voir · classer' in texte(page) and not lignes(page, 'avancer')
    changer_demande(confiee, statut='receptionne_expert')
    assert en_route.numero not in [n for n, *_ in lignes(page, 'echeance')]
    heure('2026-11-24T09:00:00Z')
    appelee, jamais = creer('en_cours', message='c'), creer('receptionne_expert', message='d')
    heure('2026-12-05T09:00:00Z')
    mettre(entrer(monde.referent), appelee, '2026-12-20')
    heure('2026-12-07T09:00:00Z')
    with models.ecriture():
        models.Demande.update(question_le=langue.maintenant()).execute()
        for demande in (appelee, jamais):
            actes.repondre_au_rappel(relire_ici(demande), 'pas_encore')
    vues = lignes(entrer(monde.referent).get('/espace'), 'verifier')
    assert [(n, lien.partition('?')[2]) for n, _, lien in vues] == [
        (jamais.numero, 'action=contact'), (appelee.numero, 'action=journal')]
    assert all('la mairie dit « pas encore rappelée » le 7 décembre' in mots for _, mots, _ in vues)
    assert 'Noter le premier contact' in vues[0][1] and "Noter l'appel" in vues[1][1]   # as the form that it opens
    assert not lignes(entrer(monde.chef).get('/espace'), 'verifier')
    heure('2026-12-07T10:00:00Z')
    with models.ecriture():
        journal.ajouter_au_journal(relire_ici(appelee), monde.referent, 'appel', 'Rappelée.')
        actes.repondre_au_rappel(relire_ici(jamais), 'oui')
    assert not lignes(entrer(monde.referent).get('/espace'), 'verifier')


def semaine(page):
    """{day: [words]} of « Cette semaine »."""
    titre = page.html.find('h2', id='semaine')
    jours = titre.find_parent('section').select('ol.semaine > li') if titre else []
    return {li.time['datetime']: [' '.join(un.text.split()) for un in li.select('ul > li')] for li in jours}


def test_la_semaine_montre_sept_jours_sans_ligne_plus_haut_ou_n_est_pas(creer, monde, entrer, heure, monkeypatch):
    creer('en_cours', date_a_tenir='2026-12-02')
    creer('en_cours', associe=True, message='d', date_a_tenir='2026-12-01')
    numeros = [creer('receptionne_expert', message=m, date_a_tenir='2026-12-09').numero for m in 'abc']
    for role in ('referent', 'associe'):
        assert list(semaine(entrer(getattr(monde, role)).get('/espace'))) == ['2026-12-01'], role
    heure('2026-12-03T09:00:00Z')
    page = entrer(monde.referent).get('/espace')
    assert len(lignes(page, 'tenir')) == 3 and page.html.select('.chiffres a b')[-1].text == '2'
    assert not page.html.find(id='semaine') and 'Cette semaine' not in page and not page.html.select('.renvoi')
    monkeypatch.setattr(vue_du_jour, 'LIGNES_PAR_SECTION', 1)
    assert semaine(entrer(monde.referent).get('/espace')) == {
        '2026-12-04': [f'À rappeler au plus tard ce jour n° {numeros[2]}, Rieumes'],
        '2026-12-09': [f'Date à tenir n° {numeros[2]}, Rieumes']}


def test_la_semaine_du_chef_dit_qui_appelle_une_etape_n_est_que_sur_la_ligne_a_faire(creer, monde, entrer, heure):
    a_appeler = creer('receptionne_expert')
    heure('2026-11-30T09:00:00Z')
    page = entrer(monde.chef).get('/espace')
    assert semaine(page) == {'2026-12-04': [
        f'À rappeler au plus tard ce jour, par Claude Temoin n° {a_appeler.numero}, Rieumes']}
    assert not lignes(page, 'avancer') and "Rien ne vous attend aujourd'hui" in page
    demande = creer('en_cours', message='b')
    agir(jalons.prevoir_etape, demande, monde.referent, une_etape(pour_le='2026-12-03'))
    en_ecriture(actes.message_du_demandeur, relire(demande), 'Bonjour.')
    page = entrer(monde.referent).get('/espace')
    (numero, mots, _), = lignes(page, 'etape')
    assert numero == demande.numero and 'prochaine étape jeudi' in mots and 'message du' in mots
    assert '2026-12-03' not in semaine(page)
    heure('2026-12-04T09:00:00Z')
    assert not lignes(entrer(monde.referent).get('/espace'), 'etape')


def test_mettre_de_cote_ote_de_sa_journee_jusqu_au_jour_dit_et_l_equipe_en_lit_la_raison(creer, monde, entrer, heure):
    demande = creer('receptionne_chef')
    heure('2026-11-25T09:00:00Z')
    navigateur = entrer(monde.chef)
    formulaire = next(f for f in navigateur.get('/espace').forms.values() if f.action.endswith('/cote?suite=journee'))
    formulaire['jusqu_au'], formulaire['raison'] = '2026-12-02', 'La mairie attend l\'avis des Domaines.'
    page = formulaire.submit().follow()
    assert page.request.path == '/espace' and 'La demande est mise de côté.' in page
    assert place(page, 'cote') == [demande.numero] and not lignes(page, 'avancer')
    panneau = ' '.join(page.html.find('h2', id='cote').find_parent('section').text.split())
    assert "jusqu'au 2 décembre : La mairie attend l'avis des Domaines." in panneau
    assert 'la première revient le 2\u00a0décembre' in page
    assert lignes(entrer(monde.cochef).get('/espace'), 'avancer')   # it is one's own day alone
    for role, lit in (('chef', True), ('cochef', True), ('admin', True), ('autre', False)):
        page = entrer(getattr(monde, role)).get(f'/espace/demandes/{demande.numero}')
        assert ('avis des Domaines.' in page) == lit and ('Reprendre' in page) == (role == 'chef'), role
    with models.lecture():
        assert not models.Journal.select().where(models.Journal.texte.contains('Domaines')).exists()
        faits = [(a.fait, a.detail) for a in models.Audit.select().where(models.Audit.fait.contains('demande'))]
    assert faits == [('demande mise de côté', f'n°\u00a0{demande.numero}, jusqu\'au 02/12/2026')]
    heure('2026-12-01T09:00:00Z')
    navigateur = entrer(monde.chef)
    page = envoi(navigateur.get('/espace'), 'reprendre').submit().follow()
    assert 'La demande est reprise.' in page and not place(page, 'cote') and lignes(page, 'avancer')
    assert "n'est plus de côté" in navigateur.post(f'/espace/demandes/{demande.numero}/reprendre', status=409).html.text
    mettre(navigateur, demande, '2026-12-02')
    assert place(navigateur.get('/espace'), 'cote') == [demande.numero]
    heure('2026-12-02T09:00:00Z')
    page = entrer(monde.chef).get('/espace')
    assert not place(page, 'cote') and lignes(page, 'avancer')


# The last day to call is Friday 4 December; Monday 7 December for the second.
@pytest.mark.parametrize('depose, jour, cachee', [
    ('2026-11-24', '2026-12-02', True), ('2026-11-24', '2026-12-03', False), ('2026-11-24', '2026-12-05', False),
    ('2026-11-27', '2026-12-03', True), ('2026-11-27', '2026-12-04', False)])
def test_une_promesse_due_le_jour_ouvre_suivant_n_est_jamais_cachee(creer, monde, entrer, heure, depose, jour, cachee):
    heure(f'{depose}T09:00:00Z')
    demande = creer('receptionne_expert')
    heure(f'{depose}T10:00:00Z')
    mettre(entrer(monde.referent), demande, langue.plus_jours(depose, 20))
    heure(f'{jour}T09:00:00Z')
    page = entrer(monde.referent).get('/espace')
    assert (place(page, 'cote') == [demande.numero]) == cachee and bool(lignes(page, 'echeance')) != cachee
    agir(actes.noter_contact, demande, monde.referent, CONTACT)
    assert place(entrer(monde.referent).get('/espace'), 'cote') == [demande.numero]        # the promise is kept


def test_une_mise_de_cote_refusee_revient_et_ce_qui_est_promis_pour_demain_reste(creer, monde, entrer, heure):
    demande, navigateur = creer('receptionne_chef'), entrer(monde.chef)
    for champs, phrase in (({'jusqu_au': '2026-11-24'}, 'entre demain et le 24/12/2026'),
                           ({'jusqu_au': ''}, 'indiquez'), ({'jusqu_au': '2026-12-25'}, 'entre demain et le'),
                           ({'raison': ''}, 'remplissez'), ({'raison': 'x' * 1000}, 'caractères')):
        page = mettre(navigateur, demande, **champs, status=422)
        assert phrase in page.html.select_one('#erreurs').text.lower(), champs
        formulaire = envoi(page, 'cote')
        assert formulaire.action.endswith('?suite=journee')             # and leads back to the day once it is right
        assert formulaire['jusqu_au'].value == champs.get('jusqu_au', '2026-12-10'), (champs, phrase)
        with models.lecture():
            assert not models.Cote.select().exists(), (champs, phrase)
    heure('2026-12-03T09:00:00Z')
    navigateur = entrer(monde.chef)
    assert not navigateur.get('/espace').html.select('details.cote')
    assert 'action=cote' not in navigateur.get(f'/espace/demandes/{demande.numero}')
    assert 'elle reste dans votre journée' in mettre(navigateur, demande, '2026-12-20', status=422)
    demande = creer('en_cours', associe=True, message='b')
    for role in ('admin', 'chef', 'cochef', 'referent', 'associe', 'autre'):
        mettre(entrer(getattr(monde, role)), demande, status=403 if role == 'autre' else 303)


def test_de_cote_ce_qui_est_echu_clos_ecrit_confie_ou_a_tenir_revient_ou_s_en_va(creer, monde, heure, entrer):
    une, autre = creer('en_cours'), creer('en_cours', message='b')
    en_ecriture(cote.mettre_de_cote, une, monde.referent, '2026-11-25', 'a')
    heure('2026-11-26T09:00:00Z')
    with models.ecriture():
        cote.mettre_de_cote(autre, monde.referent, '2026-11-27', 'b')
        cote.mettre_de_cote(autre, monde.referent, '2026-11-28', 'c')
        assert [(c.demande_id, c.raison) for c in models.Cote.select()] == [(autre.numero, 'c')]
    statuer(autre, 'abandonner', monde.chef, motif='Arrêt.', texte_final='Dit.')
    assert not place(entrer(monde.referent).get('/espace'), 'cote')
    assert 'Mise de côté' not in entrer(monde.referent).get(f'/espace/demandes/{autre.numero}')
    ecrite, confiee = creer('en_cours', message='d'), creer('receptionne_chef', message='e')
    tenue = creer('en_cours', message='c', date_a_tenir='2026-12-08')
    heure('2026-11-26T10:00:00Z')
    for agent, demande in ((monde.referent, ecrite), (monde.chef, confiee)):
        mettre(entrer(agent), demande)
        assert place(entrer(agent).get('/espace'), 'cote') == [demande.numero]
    heure('2026-11-27T09:00:00Z')
    en_ecriture(actes.message_du_demandeur, relire(ecrite), 'Du nouveau.')
    statuer(confiee, 'designer', monde.chef, referent=monde.referent)
    assert lignes(entrer(monde.referent).get('/espace'), 'message')[0][0] == ecrite.numero
    assert not place(entrer(monde.chef).get('/espace'), 'cote')
    assert 'Mise de côté' not in entrer(monde.chef).get(f'/espace/demandes/{confiee.numero}')
    mettre(entrer(monde.referent), tenue)
    heure('2026-12-04T09:00:00Z')
    vue = entrer(monde.referent).get('/espace')
    assert place(vue, 'cote') and semaine(vue)['2026-12-08'] == [f'Date à tenir n° {tenue.numero}, Rieumes']
    heure('2026-12-07T09:00:00Z')
    vue = entrer(monde.referent).get('/espace')
    assert not place(vue, 'cote') and semaine(vue)['2026-12-08'] == [f'Date à tenir n° {tenue.numero}, Rieumes']


def test_apres_un_acte_la_suivante_est_offerte_et_la_venue_suit_formulaires_et_liens(creer, monde, entrer):
    une, deux, navigateur = creer('attribue_chef'), creer('attribue_chef', message='b'), entrer(monde.chef)
    page = navigateur.get(navigateur.get('/espace').html.find(id='acte')['href'].partition('#')[0])
    page = envoi(page, 'receptionner').submit().follow()
    annonce = page.html.select_one('.annonce')
    assert ('La demande a avancé. Statut : Réceptionné chef de file. Aucun courriel ne part. Suivante : n°' in
            ' '.join(annonce.text.split()))
    lien = annonce.find('a', rel='next')
    assert lien['href'] == f'/espace/demandes/{deux.numero}?action=receptionner&suite=journee#action'
    assert lien['id'] == 'suivante' and annonce.find_all('a')[-1]['href'] == '/espace'
    assert page.html.select('a.lien-evitement')[1]['href'] == '#suivante'
    assert relire(une).statut == 'receptionne_chef'
    page = navigateur.get(lien['href'].partition('#')[0])
    page = envoi(page, 'receptionner').submit().follow()
    assert page.html.find('a', rel='next')['href'].startswith(f'/espace/demandes/{une.numero}?action=designer')
    demande, navigateur = creer('receptionne_chef', message='Suite b.'), entrer(monde.chef)
    page = navigateur.get(f'/espace/demandes/{demande.numero}?action=designer&suite=journee')
    formulaire = envoi(envoi(page, 'designer').submit(status=422), 'designer')
    formulaire['referent'], formulaire['version'] = str(monde.referent.id), str(relire(demande).version)
    assert re.search(r'\?fait=statut&ecrits=[0-9]+-[0-9]+&suite=journee$', formulaire.submit().location)
    liens = {a['href'] for a in page.html.select('main a[href*="action="]')}
    assert liens and all('suite=journee' in lien for lien in liens)
    journal = envoi(navigateur.get(f'/espace/demandes/{demande.numero}?suite=journee'), 'journal')
    journal['texte'], journal['nature'] = 'Vu.', 'note'
    assert journal.submit().location.endswith('?fait=journal&suite=journee')
    assert 'suite=' not in str(navigateur.get(f'/espace/demandes/{demande.numero}?suite=ailleurs').html.main)


def test_les_touches_se_decochent_et_rien_n_est_offert_d_ailleurs_que_de_la_journee(monde, entrer, creer, requetes):
    navigateur = entrer(monde.chef)
    page = navigateur.get('/espace')
    assert 'touches.js' in page
    assert len(page.html.select('a.lien-evitement')) == 1
    page = poster(navigateur, '/espace/compte/clavier', {'touches': False}, page='/espace/compte').follow()
    assert 'Enregistré.' in page and 'touches.js' not in page
    page = navigateur.get('/espace')
    assert 'touches.js' not in page
    assert 'touches.js' in entrer(monde.autre).get('/espace')
    creer('attribue_chef')
    page = navigateur.get('/espace')
    assert [a['href'] for a in page.html.select('a')[:2]] == ['#contenu', '#acte']
    assert page.html.find(id='acte').text.strip().startswith('Confirmer la réception')
    demande, navigateur = creer('attribue_expert', message='a'), entrer(monde.referent)
    page = envoi(navigateur.get(f'/espace/demandes/{demande.numero}?suite=journee'), 'receptionner').submit().follow()
    assert "Rien d'autre ne vous attend aujourd'hui" in page and not page.html.find('a', rel='next')
    demande, navigateur = creer('attribue_chef', message='Suite b.'), entrer(monde.chef)
    creer('attribue_chef', message='b')
    page = envoi(navigateur.get(f'/espace/demandes/{demande.numero}'), 'receptionner').submit().follow()
    assert 'La demande a avancé.' in page and 'Suivante' not in page.html.select_one('.annonce').text
    demande, navigateur = creer('en_cours', message='Suite b.'), entrer(monde.chef)

    def compter(suite):
        requetes.clear()
        navigateur.get(f'/espace/demandes/{demande.numero}?fait=journal{suite}')
        return len(requetes)
    sans = compter('')
    for n in range(12):
        creer('attribue_chef', message=f'{n}')
    assert compter('&suite=journee') - sans <= 2


@pytest.mark.parametrize('qui', ['referent', 'chef', 'admin'])
def test_la_journee_se_lit_sans_parcourir_ce_qui_est_clos(monde, monkeypatch, qui):
    """The open demandes, the messages and the failed mails by their own indexes."""
    vues, executer = [], models.db.execute_sql
    with models.lecture(), monkeypatch.context() as m:
        m.setattr(models.db, 'execute_sql', lambda sql, v=None: vues.append((sql, v)) or executer(sql, v))
        situations.lire_demandes(getattr(monde, qui))
        etapes = [etape for sql, valeurs in vues for *_, etape in executer(f'EXPLAIN QUERY PLAN {sql}', valeurs)]
    lus = [etape for etape in etapes if re.match('SCAN (demande|journal|courriel)', etape)]
    assert lus == [f'SCAN demande USING INDEX demande_{quoi}' for quoi in ('ouverte', 'relancee', 'inconnue')]


def test_qui_est_absent_voit_ce_qu_un_autre_tient_et_son_suppleant_l_a_dans_sa_journee(remplie, monde, entrer):
    for role in ('referent', 'admin', 'chef'):
        agent = getattr(monde, role)
        avant = entrer(agent).get('/espace')
        faisait = {*place(avant, 'suivant'), *place(avant, 'maintenant'), *place(avant, 'orienter')}
        en_ecriture(models.Absence.create, agent=agent, du='2026-12-01', au='2026-12-31', suppleant=monde.autre)
        page = entrer(agent).get('/espace')
        mots = ' '.join(page.html.find('main').text.split())
        assert 'absent·e jusqu\'au 31 décembre : ce qui vous attend est confié à Dominique Autre.' in mots, role
        assert set(place(page, 'confiees')) == faisait and faisait, role
        assert not any(page.html.find(id=cle) for cle in ('suivant', 'maintenant', 'orienter')), role
        assert not page.html.select('.bouton:not(.second)')
        chiffres = [' '.join(li.text.split()) for li in page.html.select('.chiffres li')]
        assert f'{len(faisait)} confiées' in chiffres and not any('à faire maintenant' in dit for dit in chiffres), role
        section = page.html.find('h2', id='confiees').find_parent('section')
        assert not section.select('.bouton')
        for ligne in section.select('li[data-motifs]'):
            assert 'chez Dominique Autre' in ' '.join(ligne.text.split()), role
            assert ligne.select_one('.actions a'), role             # they may still act
        en_ecriture(models.Absence.delete().execute)
    faisait = place(entrer(monde.referent).get('/espace'), 'maintenant')
    en_ecriture(models.Absence.create, agent=monde.referent, du='2026-12-01', au=None)
    page = entrer(monde.referent).get('/espace')
    assert 'ce qui vous attend est confié à d\'autres.' in ' '.join(page.html.find('main').text.split())
    assert not page.html.find(id='suivant') and not page.html.find(id='maintenant')
    en_ecriture(models.Absence.update(suppleant=monde.autre).execute)
    page = entrer(monde.autre).get('/espace')
    assert set(faisait) <= {*place(page, 'suivant'), *place(page, 'maintenant')} and not place(page, 'confiees')
    page = entrer(monde.referent).get(f'/espace/demandes/{remplie["attribue_expert"]}?suite=journee&fait=receptionner')
    assert 'Suivante' not in page and taches.suivante(monde.referent, 0) is None
