"""What the mairie says of an accompaniment that is over, who reads it, what is counted of it (regles.md §7, §11)."""

import pytest
from conftest import (CONTACT, agir, changer_demande, creer_ligne, en_ecriture, faits, fautes, fiche, laisser_partir,
                      natures, poster, relire, relire_ici, saisie_de, statuer, texte)

import models
from verbes import regles
from verbes.pilotage import chiffres, evaluation
from verbes.demande import a_confirmer, actes, clotures, cycle, liste

FIN = {'issue': 'realise', 'synthese': 'Fait.'}
AVIS = {'aide': 'en_partie', 'permis': 'agir', 'texte': 'La note nous a servi au conseil.', 'citable': 'oui'}
ANNEE = {'depuis': '2026-01-01', 'jusqua': '2026-12-31'}


def clore(monde, demande, action='terminer', **autres):
    return statuer(demande, action, monde.referent, **FIN | autres)


def posee(demande):
    with models.lecture():
        return evaluation.lire(demande)


def lettre(demande):
    with models.lecture():
        return demande.courriels.where(models.Courriel.modele == 'cloture').order_by(models.Courriel.id.desc()).get()


def adresse(demande):
    return f'/suivi/{demande.jeton}/evaluation'


def donner(site, demande, status=303, **autres):
    return site.post(adresse(demande), {c: v for c, v in (AVIS | autres).items() if v}, status=status)


@pytest.fixture
def close(creer, monde):
    return clore(monde, creer('en_cours'))


SORTES = {'plateforme': {}, 'direct': {'origine': 'direct', 'echeance': None}, 'restreinte': {'restreinte': True},
          'importee': {'importee': True},                           # an agent has acted on it since
          'reprise': {'reprise': True, 'importee': True, 'echeance': None}, 'essai': {'essai': True},
          'sans_courriel': {'courriel': ''}, 'a_confirmer': {'interlocuteur_depuis': '2026-11-20'}}
DEMANDEES = {(issue, sorte) for issue in ('realise', 'reponse') for sorte in ('plateforme', 'direct', 'importee')}
ISSUE_AUSSI = {'redirige': {'organisme': 'le SDEHG', 'transmission': 'vous'}}


@pytest.mark.parametrize('action, etat', [('terminer', 'en_cours'), ('repondu', 'receptionne_expert')])
@pytest.mark.parametrize('issue', regles.ISSUES)
def test_l_avis_n_est_demande_qu_a_la_fin_d_un_accompagnement_reel(creer, monde, monkeypatch, issue, action, etat):
    monkeypatch.setattr(clotures, 'CONTROLES', {'redirige': clotures.CONTROLES['redirige']})
    if issue in regles.SANS_REPONSE:                                # nobody has answered the first call
        action = 'terminer'
    for sorte, colonnes in SORTES.items():
        demande = creer(etat, message=sorte)
        changer_demande(demande, **({'version': demande.version} | colonnes))
        demande = clore(monde, demande, action, issue=issue, **CONTACT, **ISSUE_AUSSI.get(issue, {}))
        voulu = (issue, sorte) in DEMANDEES
        assert bool(posee(demande)) == voulu, sorte
        if sorte != 'sans_courriel':
            corps = lettre(demande).corps
            assert (f'{adresse(demande)}\n' in corps) == ('Deux questions' in corps) == voulu, sorte


def test_une_reponse_incomplete_revient_une_complete_se_lit_sur_le_suivi_et_une_seconde_ne_change_rien(close, site):
    for autres, combien in (({'aide': ''}, 1), ({'permis': ''}, 1), ({'aide': '', 'permis': ''}, 2),
                            ({'aide': 'peut-être'}, 1), ({'permis': 'x'}, 1), ({'texte': 'a' * 1001}, 1)):
        reponse = donner(site, close, status=422, **autres)
        assert len(fautes(reponse)) == combien and posee(close).repondu_le is None, autres
        assert reponse.html.select_one('#texte').text.strip() == (AVIS | autres)['texte'], autres
        assert reponse.html.select_one('#citable').has_attr('checked'), autres
    page = site.get(f'/suivi/{close.jeton}').click('Donner votre avis')
    assert page.html.h1.text == 'Votre avis sur cet accompagnement' and posee(close).repondu_le is None
    assert 'Lu par l\'expert, son chef de file et l\'administrateur ; ne nommez personne.' in texte(page)
    assert page.html.select_one('meta[name=robots]')['content'] == 'noindex'
    suivi = donner(site, close).follow()
    assert 'Merci : votre avis est reçu.' in texte(suivi)
    lue = posee(close)
    assert (lue.aide, lue.permis, lue.texte, lue.citable) == ('en_partie', 'agir', AVIS['texte'], True)
    assert lue.repondu_le and natures(close)[-1] == ('equipe', None) and relire(close).version == close.version
    relue = suivi.click('Le relire')
    assert 'En partie' in texte(relue) and AVIS['texte'] in texte(relue) and not relue.html.select('main form')
    avant = posee(close).__data__
    reponse = donner(site, close, status=409, aide='non', texte='Finalement, non.')
    assert 'déjà reçu, le 24 novembre 2026 à 10 h' in fautes(reponse)[0]
    assert reponse.html.select_one('textarea[readonly]').text == 'Finalement, non.' and posee(close).__data__ == avant
    assert donner(site, close, status=409, aide='')                 # whatever it is, it comes too late
    assert donner(site, close) and posee(close).__data__ == avant   # a double click: the same is received once
    assert len([n for n in natures(close) if n[0] == 'equipe']) == 1


def test_une_demande_rouverte_se_redemandera_jamais_non_traitee_restreinte_ou_a_confirmer(close, monde, creer, site):
    statuer(close, 'rouvrir', monde.chef, motif='Suite.')
    assert posee(close) is None and 'Cette demande est rouverte' in texte(site.get(adresse(close)))
    assert 'Rien n\'est enregistré' in fautes(donner(site, close, status=409))[0]
    close = clore(monde, close)
    assert 'Deux questions' in lettre(close).corps and donner(site, close, texte='') and posee(close).repondu_le
    assert (posee(close).texte, posee(close).citable) == ('', False)
    with models.lecture():
        assert evaluation.combien_citables() == {'a_lire': 0, 'gardees': 0}
    statuer(close, 'rouvrir', monde.chef, motif='Suite.')
    assert posee(close).aide == AVIS['aide'] and 'déjà reçu' in fautes(donner(site, close, status=409, aide='non'))[0]
    assert 'Deux questions' not in lettre(clore(monde, close)).corps
    close = clore(monde, creer('en_cours', message='Une halle.'))
    assert 'Deux questions' in lettre(close).corps
    for etat in ('rejete_clos', 'abandonne'):
        demande = creer(etat, message=etat)
        assert posee(demande) is None and donner(site, demande, status=409) and posee(demande) is None, etat
        assert site.get(adresse(demande), status=303).headers['Location'] == f'/suivi/{demande.jeton}', etat
    agir(actes.restreindre, close, monde.chef, True)
    assert 'Deux questions' not in lettre(close).corps and '/evaluation' not in lettre(close).corps
    autre = clore(monde, creer('en_cours', message='Un pont.'))
    assert 'confidentielle' in texte(site.get(adresse(close)))
    assert 'confidentielle' in fautes(donner(site, close, status=409))[0]
    en_ecriture(a_confirmer.demander, monde.admin, 'Élection.', collectivite=relire_ici(autre).collectivite_liee)
    changer_demande(autre, interlocuteur_depuis='2026-11-24')
    assert site.get(adresse(autre), status=303).headers['Location'] == f'/suivi/{autre.jeton}'
    reponse = donner(site, autre, status=409)
    assert 'nous confirmons avec votre collectivité' in fautes(reponse)[0] and 'Rieumes' not in texte(reponse)
    assert reponse.html.select_one('textarea[readonly]').text == AVIS['texte']
    assert not posee(close).repondu_le and not posee(autre).repondu_le


def test_l_avis_est_lu_de_l_expert_du_chef_de_son_suppleant_et_de_l_administrateur_un_lien_expire_ou_force_est_refuse(
        creer, monde, site, entrer, heure):
    demande = clore(monde, creer('en_cours', associe=True))
    navigateurs = {qui: entrer(getattr(monde, qui)) for qui in (
        'referent', 'chef', 'cochef', 'admin', 'associe', 'autre')}

    def lue(qui):
        return texte(navigateurs[qui].get(f'/espace/demandes/{demande.numero}'))
    for qui in navigateurs:
        assert ('Pas encore de réponse' in lue(qui)) == (qui not in ('associe', 'autre')), qui
    donner(site, demande)
    for qui, navigateur in navigateurs.items():
        page, lit = lue(qui), qui not in ('associe', 'autre')
        assert (AVIS['texte'] in page) == ('En partie' in page) == ('Peut être cité' in page) == lit, qui
        assert 'Le demandeur a donné son avis' in page              # that it answered, not what
        for adresse_ in ('/espace', '/espace/demandes', '/espace/demandes.csv', '/espace/demandes?q=conseil+servi'):
            assert 'La note nous a servi' not in navigateur.get(adresse_).text, adresse_
    creer_ligne(models.Delegation, pour=monde.chef, par=monde.autre)
    assert AVIS['texte'] in lue('autre')
    close = clore(monde, creer('en_cours', message='Un pont.'))
    for _ in range(10):
        donner(site, close, status='*', aide='non')
    assert posee(close).aide == 'non'
    trop = donner(site, close, status=429)
    assert trop.headers['Retry-After'] and AVIS['texte'] in trop.text
    site.extra_environ['HTTP_SEC_FETCH_SITE'] = 'cross-site'
    assert donner(site, close, status=403)
    site.extra_environ['HTTP_SEC_FETCH_SITE'] = 'same-origin'
    heure('2027-11-25T09:00:00Z')
    assert site.get(adresse(close), status=404) and donner(site, close, status=404)


def test_l_ampleur_se_dit_aux_agents_jamais_a_la_mairie_et_s_oublie_a_la_reouverture(creer, monde, entrer, site):
    demande = creer('en_cours')
    agent = entrer(monde.referent)
    page = agent.get(f'/espace/demandes/{demande.numero}?action=terminer')
    form = next(f for f in page.forms.values() if 'ampleur' in f.fields)
    assert form['ampleur'].value == '' and '(facultatif)' in page.html.select_one('label[for=ampleur]').text
    form['issue'], form['synthese'], form['ampleur'] = 'realise', 'Fait.', 'jours'
    form.submit().follow()
    laisser_partir()
    page = agent.get(f'/espace/demandes/{demande.numero}')
    assert 'Quelques jours' in texte(page) and relire(demande).ampleur == 'jours'
    assert 'uelques jours' not in site.get(f'/suivi/{demande.jeton}').text + lettre(demande).corps
    with models.lecture():
        assert list(liste.lister(monde.autre, {'ampleur': 'jours'}, '', 'demande.numero')) == [(demande.numero,)]
    demande = creer('receptionne_expert', message='Un pont.')
    with pytest.raises(models.Refus) as non:
        clore(monde, demande, 'repondu', **CONTACT, ampleur='énorme')
    assert non.value.champ == 'ampleur' and relire(demande).statut == 'receptionne_expert'
    assert clore(monde, demande, 'repondu', **CONTACT, ampleur='echange').ampleur == 'echange'
    statuer(demande, 'rouvrir', monde.chef, motif='Suite.')
    assert relire(demande).ampleur == '' and clore(monde, demande).ampleur == ''


APRES = '2027-01-05T09:00:00Z'                                      # the year is over


def semer(monde, combien, repondues):
    """Demandes closed, of HGI alone and of the CAUE alone in turn, each expert in turn: {number: its answer}."""
    dites = {}
    with models.ecriture():
        fiche(monde.theme, 'Urbanisme', 'complexe', monde.cochef)
        urba = models.Fiche.get(titre='Urbanisme')
        for n in range(combien):
            d, _ = cycle.deposer(saisie_de(monde, message=f'Besoin {n}', fiche=urba if n % 2 else monde.urgente))
            qui = [[monde.referent, monde.chef], [monde.cochef, monde.associe]][n % 2][n // 2 % 2]
            cycle.changer_statut(d, 'designer', monde.cochef if n % 2 else monde.chef, d.version, {'referent': qui})
            d = models.Demande.get_by_id(d.numero)
            cycle.changer_statut(d, 'repondu', qui, d.version, FIN | CONTACT)
            if n < repondues:
                dites[d.numero] = list(evaluation.AIDES)[n % 3]
                evaluation.repondre(d, dites[d.numero], list(evaluation.PERMIS)[n % 8])
    return dites


def resumer(agent, criteres=None):
    with models.lecture():
        return evaluation.resumer(agent, ANNEE if criteres is None else criteres)


def test_aucun_taux_sous_dix_ni_pour_moins_de_trois_experts_une_restreinte_quitte_les_chiffres_pour_tous(monde):
    def comptees():
        return {(resumer(qui).demandees, resumer(qui).repondues) for qui in (monde.admin, monde.autre)}
    assert comptees() == {(0, 0)} and resumer(monde.admin).taux == resumer(monde.autre).taux == ''
    dites = semer(monde, 9, 9)
    assert resumer(monde.admin).taux == '' and dict(resumer(monde.admin).aides)['oui'] == 3
    with models.ecriture():                                         # one more, without an answer
        d, _ = cycle.deposer(saisie_de(monde, message='Encore un.'))
        cycle.changer_statut(d, 'repondu', monde.chef, d.version, FIN | CONTACT)
    assert resumer(monde.admin).taux == '90\u00a0%'
    en_ecriture(models.Membre.update(agent=monde.referent).where(models.Membre.role == 'referent').execute)
    assert resumer(monde.admin).taux == ''
    changer_demande(models.Demande(numero=min(dites)), restreinte=True)
    assert comptees() == {(9, 8)}


def test_les_avis_d_une_structure_sont_pour_ses_agents_et_les_administrateurs_sans_que_rien_ne_se_devine(monde, heure):
    semer(monde, 24, 24)
    heure(APRES)
    hgi, caue = (str(qui.direction.structure_id) for qui in (monde.chef, monde.cochef))
    assert resumer(monde.autre, ANNEE | {'structure': hgi}).tu == evaluation.D_AUTRUI
    assert resumer(monde.chef, ANNEE | {'structure': hgi}).repondues == 12
    assert resumer(monde.chef).tu == evaluation.D_AUTRUI            # the rest is of the CAUE alone
    with models.lecture():
        lues = {qui: evaluation.par_structure(getattr(monde, qui), ANNEE) for qui in ('admin', 'chef', 'autre')}
    assert set(lues['admin']) == {int(hgi), int(caue)} and lues['admin'][int(hgi)].demandees == 12
    assert set(lues['chef']) == {int(hgi)} and lues['chef'][int(hgi)] == resumer(monde.chef, ANNEE | {'structure': hgi})
    assert lues['autre'] == {}
    for criteres, le in (                                           # looked at each day, a year that goes on tells
            (ANNEE, '2026-12-31T12:00:00Z'), *((criteres, APRES) for criteres in (
                {}, {'depuis': '2026-01-01'}, {'depuis': '2026-02-01', 'jusqua': '2026-12-31'}, ANNEE | {'epci': '1'},
                ANNEE | {'type': 'Commune'}, ANNEE | {'origine': 'plateforme'}))):
        heure(le)
        large = resumer(monde.autre, criteres)
        assert large.demandees == 24 and large.aides == large.permis == () and large.detail, criteres
        assert sum(n for _, n in resumer(monde.admin, criteres).aides) == 24, criteres
    assert resumer(monde.autre, ANNEE | {'fiche': str(monde.urgente.id)}).tu    # of one structure alone
    assert resumer(monde.autre).aides
    en_ecriture(models.Evaluation.delete().where(models.Evaluation.demande < 16).execute)
    assert (resumer(monde.autre).repondues, resumer(monde.autre).aides) == (9, ()) and resumer(monde.autre).detail


def test_les_avis_se_comptent_et_la_page_de_pilotage_ouvre_la_liste_qui_compte_de_meme(monde, creer, heure, entrer):
    dites = semer(monde, 14, 11)
    clore(monde, creer('en_cours'), issue='sans_suite', convenu_le='2026-11-24')
    heure(APRES)
    for qui in (monde.admin, monde.autre):
        r = resumer(qui)
        assert (r.tu, r.demandees, r.repondues, r.taux, r.detail) == ('', 14, 11, '79\u00a0%', ''), qui
        assert dict(r.aides) == {dit: list(dites.values()).count(code) for code, dit in evaluation.AIDES.items()}, qui
        assert sum(nombre for _, nombre in r.permis) == 11, qui
        with models.lecture():
            for chiffre, nombre in zip(evaluation.POSEES, (14, 11)):
                assert liste.compter(qui, chiffres.completer(ANNEE, chiffre)) == nombre, qui
    page = entrer(monde.admin).get('/espace/pilotage?chapitre=avis&periode=2026')
    rangees = [[' '.join(c.text.split()) for c in r.select('th, td')] for r in page.html.select('#avis tbody tr')]
    assert rangees == [['Mairies interrogées', '14', ''], ['Avis reçus', '11', '79 %']]
    for lien, nombre in zip(page.html.select('#avis tbody a'), (14, 11)):
        suite = entrer(monde.admin).get(lien['href'])
        assert len(suite.html.select('table.demandes tbody tr')) == nombre and 'Avis de la mairie' in texte(suite)
    assert [r.select('td')[0].text.strip() for r in page.html.select('#avis_aide tbody tr')] == ['4', '4', '3']
    assert len(page.html.select('#avis_structures tbody tr')) == 2 and page.html.select('a[href$=verbatims]')
    autre = entrer(monde.autre).get('/espace/pilotage?chapitre=avis&periode=2026')
    assert not autre.html.select('#avis_structures') and autre.html.select('#avis_aide, a[href$=verbatims]')
    assert not entrer(monde.autre).get('/espace/pilotage?chapitre=avis').html.select('#avis_aide')


VERBATIMS = '/espace/pilotage/verbatims'


def citations(agent, criteres=None):
    with models.lecture():
        return evaluation.citations(agent, criteres or ANNEE)


def test_seul_un_texte_dont_la_case_est_cochee_se_choisit_par_pages_les_plus_recents_d_abord(
        creer, monde, site, heure, entrer, maxime):
    oui, non, vide = (clore(monde, creer('en_cours', message=f'{n}')) for n in range(3))
    donner(site, oui)
    donner(site, non, texte='Entre nous.', citable='')
    donner(site, vide, texte='')
    page = texte(maxime.get(VERBATIMS))
    assert AVIS['texte'] in page and 'Entre nous' not in page and 'À lire (1)' in page
    for demande in (non, vide):
        assert maxime.get(f'{VERBATIMS}/{demande.numero}', status=404), demande
        assert maxime.post(f'{VERBATIMS}/{demande.numero}', {'citation': 'Volé.'}, status=404), demande
    for qui in (monde.chef, monde.autre):
        assert AVIS['texte'] not in entrer(qui).get(f'{VERBATIMS}?vue=a_lire').text, qui
        entrer(qui).get(f'{VERBATIMS}/{oui.numero}', status=403)
    numeros = [oui.numero]
    for n in range(21):
        heure(f'2026-11-24T10:{n:02}:00Z')
        demande = clore(monde, creer('en_cours', message=f'Besoin {n}.'))
        donner(site, demande, texte=f'Texte {n}.')
        numeros.append(demande.numero)
    page = maxime.get(VERBATIMS)
    lus = [a['href'].rpartition('/')[2] for p in (page, page.click('Suivante')) for a in p.html.select('tbody th a')]
    assert lus == [str(numero) for numero in reversed(numeros)] and 'À lire (22)' in texte(page)
    for bizarre in ('page=99', 'page=0', 'page=x', 'vue=tout'):
        maxime.get(f'{VERBATIMS}?{bizarre}', status=200)


def test_un_texte_se_garde_sans_nom_ni_lieu_se_retire_et_deux_administrateurs_ne_s_ecrasent_pas(
        close, monde, site, maxime, entrer, lecteur):
    original = 'Claude Temoin a sauvé le projet de Rieumes, merci à Mme Exemplaire.'
    donner(site, close, texte=original)
    assert maxime.get(f'{VERBATIMS}/{close.numero}').html.select_one('#citation').text.strip() == original
    assert fautes(poster(maxime, f'{VERBATIMS}/{close.numero}', {'citation': original}, status=422))[0] == (
        'Ce qui sera cité : retirez « Rieumes », « Exemplaire » et « Temoin », car ce texte se cite sans nom.')
    assert citations(monde.autre) == []
    poster(maxime, f'{VERBATIMS}/{close.numero}', {'citation': 'L\'expert a sauvé notre projet, un vrai témoin.'})
    lue = posee(close)
    assert (lue.texte, lue.gardee_par_id) == (original, monde.admin.id)
    assert citations(monde.autre) == [('L\'expert a sauvé notre projet, un vrai témoin.', 'une commune')]
    page = maxime.get(f'{VERBATIMS}?vue=gardees')
    assert 'un vrai témoin' in texte(page) and 'Gardés (1)' in texte(page)
    form = next(f for f in maxime.get(f'{VERBATIMS}/{close.numero}').forms.values() if 'citation' in f.fields)
    form.submit('retirer', status=303)
    assert citations(monde.autre) == [] and posee(close).texte == original and posee(close).citation == ''
    assert [(f, d.replace('\xa0', ' ')) for f, _, d in faits() if f.startswith('citation')] == [
        ('citation gardée', 'demande n° 1'), ('citation retirée', 'demande n° 1')]
    poster(maxime, f'{VERBATIMS}/{close.numero}', {'citation': 'Un vrai soutien.'})
    page = entrer(monde.autre).get(VERBATIMS)
    cite, = page.html.select('figure')
    assert ' '.join(cite.get_text(' ').split()) == '« Un vrai soutien. » Une commune'
    assert 'Rieumes' not in page.text and f'{close.numero}' not in cite.decode() and 'Maxime' not in page.text
    entrer(lecteur).get(VERBATIMS, status=403)
    page = maxime.get(f'{VERBATIMS}/{close.numero}')
    poster(maxime, f'{VERBATIMS}/{close.numero}', {'citation': 'Le premier.'})
    form = next(f for f in page.forms.values() if 'citation' in f.fields)
    form['citation'] = 'Le second.'
    reponse = form.submit(status=409)
    assert 'a changé pendant que vous lisiez' in fautes(reponse)[0]
    assert reponse.html.select_one('#citation').text.strip() == 'Le second.' and posee(close).citation == 'Le premier.'


def test_un_nom_se_reconnait_une_citation_survit_au_texte_jamais_a_une_restriction(close, monde, site, entrer):
    for nom, citation, dit in (
            ('de La Tour', 'Merci à M. de La Tour.', True), ('de La Tour', 'Merci à M. DE LA TOUR.', True),
    ('de La Tour', 'Nous avons restauré le toit de la tour.', False), ('d\'Artagnan', 'M. d’Artagnan est venu.', True),
            ('Bénézet', 'M. Benezet est venu.', True), ('McAuley', 'Mme McAuley est venue.', True),
            ('Le Bois', 'Le bois est sauvé.', False), ('Marchand', 'Un marchand de biens.', False)):
        close.nom = nom
        with models.lecture():
            assert bool(evaluation.noms_restants(close, citation)) is dit, nom
    donner(site, close)
    en_ecriture(evaluation.garder, evaluation.citable(close.numero), 'Utile.', monde.admin)
    hgi = {'structure': str(monde.chef.direction.structure_id)}
    assert citations(monde.chef, ANNEE | hgi) == citations(monde.admin, hgi) == [('Utile.', 'une commune')]
    assert citations(monde.autre, ANNEE | hgi) == [] == citations(monde.admin, {'jusqua': '2025-12-31'})
    assert citations(monde.autre, ANNEE | {'collectivite': '999'}) == [('Utile.', 'une commune')]   # not looked at
    en_ecriture(models.Evaluation.update(texte='').execute)
    assert citations(monde.admin) == [('Utile.', 'une commune')] and resumer(monde.admin).repondues == 1
    page = entrer(monde.admin).get(f'{VERBATIMS}/{close.numero}')
    assert 'n\'est plus conservé' in texte(page) and 'Utile.' in texte(page)
    assert 'En partie' in texte(entrer(monde.referent).get(f'/espace/demandes/{close.numero}'))
    changer_demande(close, restreinte=True)
    assert citations(monde.admin) == []
    with pytest.raises(models.Refus), models.lecture():
        evaluation.citable(close.numero)
