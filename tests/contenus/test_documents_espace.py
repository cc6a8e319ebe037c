"""The documents and the agenda of the contributeurs: found, read by every agent and by nobody else; the groupes de
travail, who leads them, what becomes of them when an account closes."""
import pytest
from conftest import (
    au_matin, changer_ligne, creer_ligne, dits_maintenant, en_ecriture, faits, fautes, fixer_tous, le_formulaire,
    poster, relire_ligne, texte)
from ecritures import en_lecture, un_contenu

import models
import plateforme
from models import Contenu, Document, Groupe
from verbes.administration import departs, passation, succession
from verbes.contenus import contenus, groupes

PAGE = '/espace/documents'
GROUPES = f'{PAGE}/groupes'
AGENDA = '/espace/agenda'
INTERNE = 'Réunion confidentielle des chefs de file'


def creer(titre, classe='comite', nature='compte_rendu', fichier='', **autres):
    """A document published three weeks ago, with one file if it is named."""
    dits = {'genre': 'document', 'audience': 'contributeurs', 'classe': classe, 'nature': nature} | autres
    contenu = un_contenu(titre, **dits)
    if fichier:
        creer_ligne(Document, genre='contenu', objet=str(contenu.id), titre='Le relevé', nom=fichier, taille=2048,
                    type=fichier.rpartition('.')[2], sha256='0' * 64, ajoute_le='2026-11-03T09:00:00Z', contenu=b'%PDF')
    return contenu


@pytest.fixture
def partages(monde):
    """One document of each class, of two groupes, and what nobody reads here."""
    bourgs = creer_ligne(Groupe, nom='Bourgs-centres', animateur=monde.referent)
    ombre = creer_ligne(Groupe, nom='Cours d\'école', ferme_le='2026-06-30')
    creer('Compte rendu d\'octobre', seance_le='2026-10-06', fichier='CR-octobre.pdf', corps='Bilan des **délais**.',
          agent=monde.admin)
    creer('Compte rendu de juin', seance_le='2026-06-02')
    creer('Ordre du jour de décembre', nature='ordre_du_jour', seance_le='2026-12-01')
    creer('Vacance commerciale', 'groupe', seance_le='2026-11-10', groupe=bourgs, agent=monde.referent)
    creer('Arbres et préaux', 'groupe', 'decisions', seance_le='2026-05-12', groupe=ombre)
    creer('Affiche A3', 'supports', 'support', a_qui='Service communication')
    creer('Brouillon', etat='brouillon')
    creer('Demain', publie_le='2026-11-25')
    creer('Hier', expire_le='2026-11-23')
    creer('Retiré', etat='retire', retire_le='2026-11-24T09:00:00Z')
    return bourgs


def titres(page):
    """The documents of the tables, in order."""
    return [a.text for a in page.html.select('table.partages tbody th a')]


def trouver(site, requete):
    return titres(site.get(f'{PAGE}?{requete}'))


def test_les_documents_se_lisent_par_classe(partages, monde, entrer):
    page = entrer(monde.autre).get(PAGE)
    rayons = {h2.text: [a.text for a in section.select('tbody th a')]
              for section in page.html.select('section') if (h2 := section.h2) and section.select('tbody')}
    assert rayons == {
        'Supports de communication': ['Affiche A3'],
        'Comité de suivi technique': ['Ordre du jour de décembre', 'Compte rendu d\'octobre', 'Compte rendu de juin'],
        'Bourgs-centres': ['Vacance commerciale'], 'Cours d\'école': ['Arbres et préaux']}
    vu = texte(page)
    assert 'Service communication' in vu and 'Groupe de travail animé par Claude Temoin' in vu
    assert 'Groupe de travail fermé le 30 juin' in vu
    (derniers,) = [s for s in page.html.select('section') if s.h2.text == 'Derniers comptes rendus']
    dits = ' '.join(derniers.get_text(' ').split())
    assert 'Comité de suivi technique Compte rendu d\'octobre , séance du 6 octobre' in dits
    assert 'Bourgs-centres Vacance commerciale' in dits and 'Arbres' not in dits
    assert derniers.select_one('a[href^="/documents/"]').text == 'Le relevé'
    assert '(PDF, 2 ko)' in dits.replace('\xa0', ' ')
    page = page.click('Compte rendu d\'octobre', index=1)
    vu = texte(page)
    assert page.html.h1.text == 'Compte rendu d\'octobre'
    assert page.html.select_one('.redaction strong').text == 'délais'
    assert 'Séance 6 octobre' in vu and 'proposé par Maxime Exemple (CD31)' in vu
    assert page.html.select_one('.fichiers a')['href'].startswith('/documents/') and 'Modifier' not in vu
    assert 'Modifier' in texte(entrer(monde.admin).get(page.request.path))


def test_un_document_se_cherche_par_tout_ce_qu_il_dit_et_se_lit_s_il_est_publie_de_minuit_a_paris(
        partages, monde, entrer, site, heure):
    for titre, code, phrase in (('Brouillon', 404, 'n\'est pas publié'), ('Demain', 404, 'n\'est pas publié'),
                                ('Hier', 404, 'n\'est pas publié'), ('Retiré', 410, 'a été retiré')):
        numero = en_lecture(Contenu.get, titre=titre).id
        assert phrase in texte(entrer(monde.autre).get(f'{PAGE}/{numero}', status=code)), titre
    for adresse in (PAGE, f'{PAGE}/1', GROUPES, f'{GROUPES}/1', f'{GROUPES}/nouveau'):
        assert 'Vacance' not in texte(site.get(adresse, status=401)), adresse
    agent = entrer(monde.autre)
    for requete, attendus in (
            ('q=OCTOBRE', ['Compte rendu d\'octobre']),                     # case
            ('q=delais', ['Compte rendu d\'octobre']),                      # accents, in the text
            ('q=cr-octobre.pdf', ['Compte rendu d\'octobre']),              # the name of the file
            ('q=releve', ['Compte rendu d\'octobre']),                      # its title
            ('q=dernier+compte+rendu+du+comit%C3%A9', ['Compte rendu d\'octobre', 'Compte rendu de juin']),
            ('q=comptes+rendus+bourgs', ['Vacance commerciale']),           # plural, and the name of the group
            ('q=communication+affiche', ['Affiche A3']),
            ('nature=decisions', ['Arbres et préaux']), ('groupe=1', ['Vacance commerciale']),
            ('classe=comite&nature=compte_rendu', ['Compte rendu d\'octobre', 'Compte rendu de juin']),
            ('q=brouillon', []), ('q=demain', []), ('q=hier', []), ('q=xyzzy', [])):
        assert trouver(agent, requete) == attendus, requete
    creer('Séance de janvier', nature='ordre_du_jour', seance_le='2027-01-12', corps='Approuver le compte rendu.')
    assert trouver(agent, 'q=compte+rendu+comite') == [
        'Compte rendu d\'octobre', 'Compte rendu de juin', 'Séance de janvier']
    page = agent.get(f'{PAGE}?q=xyzzy')
    assert 'Aucun document ne répond' in texte(page) and page.html.select_one('main a[href="/espace/documents"]')
    assert agent.get(f'{PAGE}?q=&nature=').headers['Location'].endswith(PAGE)
    for requete in ('nature=roman', 'classe=autre', 'groupe=un', 'page=0'):
        agent.get(f'{PAGE}?{requete}', status=400)
    agent.get(f'{PAGE}?q=octobre&page=2', status=404)
    for instant, attendus in (('2026-11-24T22:59:59Z', []), ('2026-11-24T23:00:00Z', ['Demain'])):
        heure(instant)
        assert trouver(entrer(monde.autre), 'q=demain') == attendus


def test_une_page_vide_dit_quoi_faire_une_classe_montre_ses_cinq_derniers_les_rendez_vous_passes_se_feuillettent(
        monde, entrer):
    site = entrer(monde.autre)
    page = site.get(PAGE)
    assert 'Aucun document n\'est encore partagé' in texte(page)
    assert page.html.select_one('.vide a')['href'] == '/espace/redaction/contenus/nouveau/document'
    numero = creer('Note', '', '', genre='actualite', audience='public').id         # what is no document is not here
    assert titres(site.get(PAGE)) == []
    site.get(f'{PAGE}/{numero}', status=404)
    noms = [f'Séance {mois}{" tenue" * 8}' for mois in range(1, 10)]
    for mois, nom in enumerate(noms, 1):
        creer(nom, seance_le=f'2026-0{mois}-06', resume='Résumé. ' * 20, corps='x ' * 15_000)
    page = site.get(PAGE)
    assert titres(page) == noms[:3:-1] and len(page.body) < 40_000 and len(titres(page.click('Les 9 documents'))) == 9
    page = entrer(monde.autre).get(AGENDA)
    assert 'Aucun rendez-vous à venir' in texte(page)
    assert page.html.select_one('.vide a')['href'] == '/espace/redaction/contenus/nouveau/evenement'
    for jour in range(1, 61):
        donner_rendez_vous(f'Passé {jour}', f'2026-0{jour // 28 + 1}-{jour % 28 + 1:02}')
    site = entrer(monde.autre)
    page = site.get(AGENDA)
    assert len(annonces_de(page)) == 50 and annonces_de(page)[0] == 'Passé 60'
    assert annonces_de(site.get(f'{AGENDA}?page=2'))[-1] == 'Passé 1'
    site.get(f'{AGENDA}?page=3', status=404)


def ecrire(admin, adresse=f'{GROUPES}/nouveau', status=303, **valeurs):
    return poster(admin, adresse, {'nom': 'Mobilités'} | valeurs, status=status)


def test_un_administrateur_tient_un_groupe_dont_le_nouvel_animateur_est_averti_et_lui_seul(monde, entrer):
    admin = entrer(monde.admin)
    assert 'Aucun groupe de travail' in texte(admin.get(GROUPES))
    ecrire(admin, animateur=monde.referent.id)
    (qui, dit), = au_matin('groupe')
    assert qui == monde.referent.courriel and dit.startswith('vous animez le groupe « Mobilités » : vous publiez')
    assert dit.endswith('/espace/documents?groupe=1')
    assert le_formulaire(admin.get(GROUPES).click('Mobilités'))['animateur'].value == str(monde.referent.id)
    ecrire(admin, f'{GROUPES}/1', nom='Mobilités rurales')          # the same animateur
    vu = texte(admin.get(GROUPES))
    assert 'Mobilités rurales' in vu and 'Claude Temoin' in vu and len(au_matin('groupe')) == 1
    for acte, etat in (('fermer', 'fermé le 24 novembre'), ('rouvrir', 'ouvert')):
        poster(admin, f'{GROUPES}/1/{acte}', {}, f'{GROUPES}/1')
        vu = texte(admin.get(GROUPES))
        assert etat in vu and ('fermé le' in vu) == (acte == 'fermer'), acte
    assert [fait for fait, *_ in faits()][-4:] == ['groupe créé', 'groupe écrit', 'groupe fermé', 'groupe rouvert']
    ecrire(admin, f'{GROUPES}/1', animateur=monde.chef.id)
    assert {qui for qui, _ in au_matin('groupe')} == {monde.referent.courriel, monde.chef.courriel}
    ecrire(admin, f'{GROUPES}/1', animateur='')
    ecrire(admin, nom='Forêt', animateur=monde.admin.id)            # who names oneself is told nothing
    assert len(au_matin('groupe')) == 2


def test_un_groupe_change_n_est_ni_ecrase_ni_ferme_deux_fois_l_administrateur_seul_le_tient(partages, monde, entrer):
    page = entrer(monde.admin).get(f'{GROUPES}/1')
    form = le_formulaire(page)
    form['nom'] = 'Autre'
    with models.ecriture():
        groupes.ecrire(partages, {'nom': 'Centres-bourgs', 'animateur': ''}, monde.chef)
        groupes.fermer(partages, monde.chef)
    refuse = form.submit(status=409)
    assert dits_maintenant(refuse) == {'Nom du groupe': 'Centres-bourgs', 'Animateur': 'Personne'}
    assert 'Changé par Camille Exemple, le 24 novembre' in texte(refuse)
    le_formulaire(page, f'{GROUPES}/1/fermer').submit(status=409)
    assert (relire_ligne(partages).nom, relire_ligne(partages).ferme_le) == ('Centres-bourgs', '2026-11-24')
    site = entrer(monde.referent)                                   # who leads it
    for adresse in (GROUPES, f'{GROUPES}/1', f'{GROUPES}/nouveau'):
        site.get(adresse, status=403)
    for adresse in (f'{GROUPES}/nouveau', f'{GROUPES}/1', f'{GROUPES}/1/fermer'):
        site.post(adresse, {'nom': 'X'}, status=403)


def test_l_animateur_publie_seul_un_document_de_son_groupe_tant_qu_il_n_est_pas_ferme(partages, monde, entrer):
    auteur, animateur = entrer(monde.autre), entrer(monde.referent)
    poster(auteur, auteur.get(PAGE).click('Proposer un document').request.path, {
        'titre': 'Décisions de novembre', 'classe': 'groupe', 'groupe': str(partages.id), 'nature': 'decisions',
        'seance_le': '2026-11-20', 'corps': 'Une **charte**.'})
    with models.lecture():
        (numero,) = [c.id for c in Contenu.select().where(Contenu.agent == monde.autre)]
    adresse = f'/espace/redaction/contenus/{numero}'
    poster(auteur, f'{adresse}/acte', {'acte': 'soumettre'}, adresse)
    assert trouver(auteur, 'q=charte') == []
    poster(animateur, f'{adresse}/acte', {'acte': 'publier'}, adresse)
    assert trouver(auteur, 'q=charte') == ['Décisions de novembre']
    assert auteur.get(adresse).click('Voir la page des contributeurs').request.path == f'{PAGE}/{numero}'
    (pour, dit), = au_matin('contenu')
    assert pour == monde.autre.courriel and f'{PAGE}/{numero}' in dit
    vu = texte(entrer(monde.referent).get(PAGE)).replace('\xa0', ' ')
    assert 'Vous animez le groupe de travail Bourgs-centres : vous publiez vous-même ses documents.' in vu
    assert 'Nouveau document' in vu
    autre = texte(entrer(monde.autre).get(PAGE))
    assert 'Vous animez' not in autre and 'Proposer un document' in autre
    with models.ecriture():
        document = Contenu.get(titre='Vacance commerciale')
        assert contenus.peut_publier(document, monde.referent)
        groupes.fermer(partages, monde.admin)
        assert not contenus.peut_publier(models.relire(document), monde.referent)
        groupes.ecrire(models.relire(partages), {'nom': partages.nom, 'animateur': str(monde.chef.id)}, monde.admin)
    (_, corps), = au_matin('groupe')
    assert 'vous publierez ses documents quand' in corps and 'vous publiez vous-même' not in corps


def test_le_depart_d_un_animateur_dit_son_groupe_le_confie_et_se_defait_s_il_ne_l_a_pas_ete_a_un_autre(
        base, partages, monde, entrer, monkeypatch, capsys):
    def confier():
        choix = succession.Choix('depart', '2026-11-24', '', '', str(monde.chef.id), {})
        qui = models.lire_agents('WHERE agent.id = ?', monde.referent.id)[0]
        faite = passation.transferer(qui, monde.admin, choix, succession.preparer(qui, monde.admin, choix).empreinte)
        assert models.relire(partages).animateur_id == monde.chef.id
        return models.Passation.get_by_id(faite.id)
    page = texte(entrer(monde.admin).get(f'/espace/admin/comptes/{monde.referent.id}/depart'))
    assert 'Groupe de travail « Bourgs-centres »' in page.replace('\xa0', ' ')
    with models.ecriture():
        passation.annuler(confier(), monde.admin)
        assert models.relire(partages).animateur_id == monde.referent.id
    with models.ecriture():
        faite = confier()
        Groupe.update(animateur=monde.autre).where(Groupe.id == partages.id).execute()
        laissees = passation.annuler(faite, monde.admin)
        assert [bougee.titre.replace('\xa0', ' ') for bougee in laissees] == ['groupe de travail « Bourgs-centres »']
        assert models.relire(partages).animateur_id == monde.autre.id
    changer_ligne(partages, animateur=monde.referent)
    monkeypatch.setenv('PLATEFORME_BASE', base)
    models.debrancher()
    assert plateforme.main(['agent', monde.referent.courriel, '--fermer']) in (0, None)
    assert 'anime 1 groupe de travail\u00a0: Bourgs-centres' in capsys.readouterr().out


def test_un_groupe_mal_ecrit_n_avertit_personne_un_groupe_dont_l_animateur_est_parti_le_dit(partages, monde, entrer):
    assert monde.parti.id == 7                                      # its account is closed
    for valeurs, phrase in (
            ({'nom': ''}, 'remplissez'), ({'nom': 'BOURGS centres', 'animateur': monde.chef.id}, 'porte déjà ce nom'),
            ({'animateur': '7'}, 'choisissez dans la liste'), ({'animateur': '99'}, 'choisissez dans la liste')):
        assert phrase in fautes(ecrire(entrer(monde.admin), status=422, **valeurs))[0], valeurs
        assert en_lecture(Groupe.select().count) == 2
    assert au_matin('groupe') == []
    parti, = en_lecture(models.lire_agents, 'WHERE agent.id = ?', monde.referent.id)
    en_ecriture(departs.fermer, parti, monde.admin)
    admin = entrer(monde.admin)
    assert 'Claude Temoin compte fermé' in texte(admin.get(GROUPES))
    assert 'ce qui lui était confié reste à confier' in texte(admin.get('/espace/admin/comptes?vue=fermes'))
    ecrire(admin, f'{GROUPES}/1', nom='Centres-bourgs')             # a name corrected names nobody else
    assert 'animé par' not in texte(admin.get(PAGE))


def donner_rendez_vous(titre, debut_le, audience='public', **autres):
    return un_contenu(titre, 'evenement', debut_le=debut_le, audience=audience, **autres)


@pytest.fixture
def rendez_vous(monde):
    """To come and over, for everyone and for contributeurs: the one that must stay inside."""
    donner_rendez_vous('Journée publique', '2026-12-08', debut_a='09:00', fin_a='16:30', lieu='Muret')
    donner_rendez_vous('Atelier passé', '2026-09-10', 'contributeurs')
    donner_rendez_vous('Salon', '2027-03-12', fin_le='2027-03-13')
    donner_rendez_vous('En ce moment', '2026-11-20', fin_le='2026-11-24')
    donner_rendez_vous('Brouillon', '2026-12-09', etat='brouillon')
    return donner_rendez_vous(INTERNE, '2026-12-15', 'contributeurs', debut_a='14:00', fin_a='16:00', lieu='Salle 4',
                 resume='Ordre du jour interne.', inscription='equipe@haute-garonne.example', agent=monde.admin)


def annonces_de(page):
    return [a.text for a in page.html.select('.agenda h3 a')]


def en_ical(reponse):
    icalendar = pytest.importorskip('icalendar')
    return list(icalendar.Calendar.from_ical(reponse.body).walk('VEVENT'))


def test_l_agenda_des_agents_montre_ce_qui_vient_puis_le_passe_a_minuit_a_paris(rendez_vous, monde, entrer, heure):
    page = entrer(monde.autre).get(AGENDA)
    assert annonces_de(page) == ['En ce moment', 'Journée publique', INTERNE, 'Salon', 'Atelier passé']
    assert [h2.text for h2 in page.html.select('.large > section h2')][:4] == [
        'Novembre 2026', 'Décembre 2026', 'Mars 2027', 'Rendez-vous passés']
    etiquettes = {li.h3.text: li.select_one('.etiquette').text for li in page.html.select('.agenda > li')}
    assert etiquettes[INTERNE] == 'Contributeurs seulement' and etiquettes['Salon'] == 'Public'
    page = entrer(monde.autre).get(AGENDA).click(INTERNE)
    vu = texte(page)
    assert 'mardi 15 décembre 2026 De 14 h à 16 h' in vu and 'Salle 4' in vu and 'Contributeurs seulement' in vu
    assert page.html.select_one('main a[href^="mailto:equipe@"]') and 'Sa page publique' not in vu
    assert page.html.select_one('time[datetime="2026-12-15T14:00+01:00"]')
    assert 'Modifier' not in vu and 'Modifier' in texte(entrer(monde.admin).get(f'{AGENDA}/{rendez_vous.id}'))
    reponse = entrer(monde.autre).get(f'{AGENDA}.ics')
    assert reponse.content_type == 'text/calendar' and 'no-store' in reponse.headers['Cache-Control']
    assert reponse.headers['Content-Disposition'] == 'attachment; filename="agenda.ics"'
    lus = {str(e['SUMMARY']): e for e in en_ical(reponse)}
    assert set(lus) == {'Atelier passé', 'En ce moment', 'Journée publique', INTERNE, 'Salon'}
    interne = lus[INTERNE]
    assert interne.decoded('DTSTART').isoformat() == '2026-12-15T14:00:00+01:00'
    assert interne['URL'].endswith(f'{AGENDA}/{rendez_vous.id}') and interne['LOCATION'] == 'Salle 4'
    assert lus['Salon'].decoded('DTEND').isoformat() == '2027-03-14'
    reponse = entrer(monde.autre).get(f'{AGENDA}/{rendez_vous.id}').click('Ajouter à mon agenda')
    assert [str(e['SUMMARY']) for e in en_ical(reponse)] == [INTERNE]
    for instant, premier in (('2026-11-24T22:59:59Z', 'En ce moment'), ('2026-11-24T23:00:00Z', 'Journée publique')):
        heure(instant)
        assert annonces_de(entrer(monde.autre).get(AGENDA))[0] == premier


def test_la_demonstration_se_dit_dans_le_calendrier_ce_qui_n_est_pas_publie_ne_s_ouvre_ni_ne_se_telecharge(
        rendez_vous, monde, entrer):
    fixer_tous(demonstration='oui')
    site = entrer(monde.autre)
    assert all(str(e['SUMMARY']).startswith('Démonstration – ') for e in en_ical(site.get(f'{AGENDA}.ics')))
    for change, code in (
            ({'etat': 'brouillon'}, 404), ({'publie_le': '2026-11-25'}, 404), ({'expire_le': '2026-11-23'}, 404),
            ({'etat': 'retire', 'retire_le': '2026-11-24T09:00:00Z'}, 410)):
        un = donner_rendez_vous('Caché', '2026-12-15', 'contributeurs', **change)
        for adresse in (f'{AGENDA}/{un.id}', f'{AGENDA}/{un.id}.ics'):
            assert 'Caché' not in texte(site.get(adresse, status=code)), change
        for adresse in (AGENDA, f'{AGENDA}.ics'):
            assert 'Caché' not in site.get(adresse).text, change
    entrer(monde.admin).post(f'{AGENDA}/{rendez_vous.id}/inviter', {'qui': 'tous'}, status=303)
    with models.lecture():                                          # who invites comes: nobody else has said so
        assert [un.agent_id for un in models.Invitation.select().where(
            models.Invitation.oui_le.is_null(False))] == [monde.admin.id]
