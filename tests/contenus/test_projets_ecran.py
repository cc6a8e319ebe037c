"""The projets exemplaires on screen: from the button of a demande to what is gone, and what nobody may read there."""
import re

import pytest
import webtest
from conftest import changer_ligne, en_ecriture, relire, texte
from ecritures import en_lecture
from test_acces import adresse, routes
from test_projets import PDF, agir, caue, close, ecrire, illustrer, lectures, projet  # noqa: F401

import models
from models import Contenu, Document
from verbes import journal
from verbes.contenus import documents, relectures

# Words that nobody says, in all that a demande holds and the public must not read.
SEMES = {'message': 'Zirgamessage', 'lieu': 'Zirgalieu', 'nom': 'Zirganom', 'prenom': 'Zirgaprenom',
         'courriel': 'zirgacourriel@rieumes.example', 'telephone': '0561987654', 'rappel_nom': 'Zirgarappel',
         'rappel_prenom': 'Zirgajo', 'rappel_fonction': 'Zirgafonction', 'quand_joindre': 'Zirgaquand'}
DIT = re.compile('zirga|0561987654|05.61.98.76.54', re.I)


@pytest.fixture
def semee(creer, monde):
    """A finished demande, with a word of its own in everything that the public must not read."""
    demande = creer('termine', **SEMES)
    with models.ecriture():
        journal.ajouter_au_journal(demande, monde.referent, 'note', 'Zirganote, un bassin.',
                                   fichiers=[('zirgapiece.pdf', PDF)])
    changer_ligne(demande, synthese='Zirgasynthese', texte_final='Zirgafinal', organisme='Zirgaorganisme')
    changer_ligne(monde.referent, nom='Zirgatemoin')
    changer_ligne(monde.cochef, nom='Zirgamodele')
    return relire(demande)


def formulaire(page, bouton):
    return next(f for f in page.forms.values() if bouton in f.text)


def publier_a_l_ecran(monde, entrer, numero):
    """Every act of it through the pages; returns the number of the projet."""
    auteur, caue, admin = entrer(monde.referent), entrer(monde.cochef), entrer(monde.admin)
    page = formulaire(auteur.get(f'/espace/demandes/{numero}'), 'En faire un projet exemplaire').submit().follow()
    assert 'Le brouillon du projet est prêt' in page.text
    id_ = int(page.request.path.split('/')[-1])
    form = formulaire(page, 'Enregistrer la version')
    form['resume'], form['cout'] = 'Une halle sur la place.', '210\u00a0000\u00a0€'
    form['corps'] = '## Le besoin\n\nUne place.\n\n## Le résultat\n\nUne halle.'
    page = form.submit().follow()
    page = formulaire(page, 'Proposer à la publication').submit('acte', value='soumettre').follow()
    form = formulaire(auteur.get(f'/espace/redaction/projets/{id_}/accord'), 'Enregistrer')
    form['accord_par'], form['accord_le'] = 'sa maire', '20/11/2026'
    form['pieces'] = webtest.Upload('zirgaaccord.pdf', b'%PDF-1.7 zirga')
    assert 'est noté' in form.submit().follow().text
    form = formulaire(caue.get(f'/espace/redaction/projets/{id_}/lecture'), 'Rien à corriger')
    assert 'réponse est enregistrée' in form.submit('reponse', value='rien').follow().text
    formulaire(admin.get(f'/espace/redaction/contenus/{id_}'), 'Publier').submit('acte', value='publier').follow()
    return id_


def suivre(site, ici):
    return site.get(ici, status='*').maybe_follow(status='*')


def test_rien_de_confidentiel_n_est_public_une_fois_publie_l_auteur_ne_change_plus_par_qui_l_accord_est_donne(
        semee, monde, entrer, site):
    id_ = publier_a_l_ecran(monde, entrer, semee.numero)
    with models.lecture():
        (contenu,) = Contenu.select().dicts()
        versions = list(models.Version.select().where(models.Version.genre == 'contenu').dicts())
    assert not DIT.search(f'{contenu}{[version["champs"] for version in versions]}')
    page = entrer(monde.referent).get(f'/espace/redaction/contenus/{id_}')
    assert f'/espace/demandes/{semee.numero}' in page.text          # its number, for the agents
    adresses = {adresse(regle, id=id_, rubrique='projets', fin='') for _, regle, _ in routes('GET', 'public')} | {
        f'/fiches/{monde.fiche.id}', '/recherche?q=halle', '/recherche?q=bassin',
        *(f'/documents/{n}-accord' for n in range(1, 4)), *(f'/images/{n}' for n in range(1, 4))}
    for ici in adresses:
        assert not DIT.search(suivre(site, ici).body.decode('latin-1')), ici
    publique = suivre(site, f'/projets/{id_}')
    assert publique.status_int == 200 and 'Une halle sur la place.' in publique.text
    assert not DIT.search(publique.text) and 'donné par sa maire le' in ' '.join(publique.html.text.split())
    assert f'n°\u00a0{semee.numero}' not in publique.text and f'demandes/{semee.numero}' not in publique.text
    document = en_lecture(Document.get, genre='accord')
    ici = f'/documents/{document.id}-accord'                        # its author's and the administrateurs' alone
    for qui, code in ((None, 404), ('autre', 404), ('cochef', 404), ('referent', 200), ('admin', 200)):
        page = (entrer(getattr(monde, qui)) if qui else site).get(ici, status=code)
        assert page.headers['Cache-Control'] in ('private, no-store', 'no-store') or code == 404, qui
    site.get(f'/images/{document.id}', status=404)
    auteur, ici = entrer(monde.referent), f'/espace/redaction/projets/{id_}/accord'
    avant = formulaire(entrer(monde.admin).get(ici), 'Enregistrer')
    boutons = auteur.get(f'/espace/redaction/contenus/{id_}').html.select('.bouton')
    assert not any('accord' in bouton.text for bouton in boutons)
    page = auteur.get(ici)
    assert 'un administrateur' in page.text and 'accord.pdf' in page.text and 'accord_par' not in page.text
    dits = {'vue': avant['vue'].value, 'accord_par': 'votre dévoué maire', 'accord_le': '2026-11-20'}
    assert 'administrateur' in auteur.post(ici, dits, status=403).text
    assert 'donné par sa maire le' in texte(suivre(site, f'/projets/{id_}'))
    entrer(monde.admin).post(ici, dits | {'accord_par': 'son conseil'}, status=303)
    assert 'donné par son conseil le' in texte(suivre(site, f'/projets/{id_}'))


def test_le_retrait_vide_tout_et_ses_adresses_disent_410(semee, monde, entrer, site):
    id_ = publier_a_l_ecran(monde, entrer, semee.numero)
    with models.ecriture():
        image = illustrer(Contenu.get_by_id(id_), monde.admin)
        fichier = documents.ajouter_document('contenu', id_, 'Plan', [('plan.pdf', PDF)], monde.admin, 'oui')
        relectures.repondre(Contenu.get_by_id(id_), monde.chef.direction.structure_id, monde.admin)
    publics = ('/', '/projets', f'/fiches/{monde.fiche.id}', f'/projets/{id_}', '/recherche?q=halle', '/plan-du-site')
    assert sum('Une halle sur la place' in suivre(site, ici).text for ici in publics) >= 2
    site.get(f'/images/{image}', status=200)
    assert site.get(f'/documents/{fichier}-plan', status=200).body == PDF
    form = formulaire(entrer(monde.admin).get(f'/espace/redaction/projets/{id_}/retrait'), 'Retirer')
    form['motif'] = 'Courriel de sa maire.'
    assert 'plus en ligne' in form.submit().follow().text
    for ici in publics:
        page = suivre(site, ici)
        assert 'Une halle sur la place' not in page.text and 'exemple de Rieumes' not in page.text, ici
    assert suivre(site, f'/projets/{id_}').status_int == 410
    for adresse_ in (f'/images/{image}', f'/documents/{fichier}-plan'):
        for navigateur in (site, entrer(monde.referent), entrer(monde.admin)):
            navigateur.get(adresse_, status=410)
    entrer(monde.autre).get(f'/espace/redaction/contenus/{id_}', status=403)
    admin = entrer(monde.admin)
    for ici in (f'/espace/redaction/contenus/{id_}', f'/espace/redaction/contenus/{id_}/fichiers'):
        page = admin.get(ici)
        assert 'Plan' not in page.html.main.text and 'effacé quand la collectivité' in texte(page)
        for lien in page.html.select('main a[href^="/documents/"]'):
            admin.get(lien['href'], status=200)
    admin.get(f'/espace/redaction/contenus/{id_}').mustcontain('Noter un nouvel accord')
    en_ecriture(agir, Contenu(id=id_), 'reprendre', monde.admin)
    assert suivre(site, f'/projets/{id_}').status_int == 410


def test_le_bouton_n_est_la_que_s_il_sert_une_demande_deja_en_projet_y_mene(creer, monde, entrer, close):  # noqa: F811
    for etat, restreinte, qui, montre in (
            ('termine', False, 'referent', True), ('termine', False, 'admin', True), ('termine', False, 'autre', False),
            ('termine', True, 'referent', False), ('termine', True, 'admin', False),
            ('en_cours', False, 'referent', False), ('abandonne', False, 'chef', False),
            ('rejete_clos', False, 'admin', False)):
        demande = creer(etat, restreinte=restreinte, message=f'De {etat}, {restreinte}, {qui}.')
        page = entrer(getattr(monde, qui)).get(f'/espace/demandes/{demande.numero}')
        assert ('En faire un projet exemplaire' in page.text) is montre, (etat, restreinte, qui)
    restreinte = creer('termine', restreinte=True, message='D\'un autre.')      # a number that is not one's own
    for qui, numero, code in (('autre', restreinte.numero, 404), ('admin', restreinte.numero, 409),
                              ('admin', 99999, 404)):
        entrer(getattr(monde, qui)).post(f'/espace/redaction/projets/depuis/{numero}', {}, status=code)
    ici = f'/espace/redaction/projets/depuis/{close.numero}'
    premier = entrer(monde.referent).post(ici, {}, status=303).headers['Location']
    second = entrer(monde.admin).post(ici, {}, status=303)
    assert second.headers['Location'] == premier.replace('fait=projet', 'fait=deja_projet')
    assert 'a déjà son projet' in second.follow().text
    page = entrer(monde.admin).get(f'/espace/demandes/{close.numero}')
    assert 'En faire un projet' not in page.text and page.html.select('#exemplaire')
    page = entrer(monde.autre).get(f'/espace/demandes/{close.numero}')       # not theirs to read: said, without a link
    assert 'a déjà le sien' in page.text and premier.split('?')[0] not in page.text


def test_chacun_ouvre_un_projet_selon_son_role_une_correction_vide_revient_une_demande_restreinte_n_est_plus_nommee(
        projet, monde, entrer, close):  # noqa: F811
    entrer(monde.cochef).get(f'/espace/redaction/projets/{projet.id}/lecture', status=403)
    entrer(monde.cochef).get(f'/espace/redaction/contenus/{projet.id}', status=403)
    en_ecriture(agir, projet, 'soumettre', monde.referent)
    for page, qui, code in (
            ('lecture', 'cochef', 200), ('lecture', 'associe', 200), ('lecture', 'autre', 403),
            ('accord', 'referent', 200), ('accord', 'cochef', 403), ('retrait', 'referent', 403),
            ('retrait', 'admin', 200), ('apercu', 'cochef', 200), ('apercu', 'autre', 403)):
        entrer(getattr(monde, qui)).get(f'/espace/redaction/projets/{projet.id}/{page}', status=code)
    page = entrer(monde.cochef).get('/espace').click('1 projet exemplaire à relire')
    assert 'à relire par votre structure' in page.text
    page = page.click('exemple de Rieumes').click('Relire et répondre')
    assert page.html.select_one('input[name=structure]')['type'] == 'hidden'
    assert 'à relire pour votre' not in entrer(monde.associe).get('/espace').text
    ici = f'/espace/redaction/projets/{projet.id}/lecture'
    form = formulaire(entrer(monde.cochef).get(ici), 'Rien à corriger')
    page = form.submit('reponse', value='corriger', status=422)
    assert page.html.select_one('#erreurs a')['href'] == '#correction' and page.html.title.text.startswith('Erreur')
    form['correction'] = 'La halle date de 1882.'
    en_ecriture(ecrire, projet, monde.referent, resume='Autre.')
    page = form.submit('reponse', value='corriger', status=409)
    assert 'a changé' in page.text and page.html.select_one('#correction').text.strip() == 'La halle date de 1882.'
    form = formulaire(entrer(monde.admin).get(ici), 'Rien à corriger')
    form['structure'] = str(caue(monde))
    form.submit('reponse', value='rien', status=303)
    assert lectures(projet)['CAUE'] == (True, '')
    ici, lien = f'/espace/redaction/contenus/{projet.id}', f'/espace/demandes/{close.numero}'
    assert lien in entrer(monde.associe).get(ici).text
    changer_ligne(close, restreinte=True)
    page = entrer(monde.associe).get(ici)
    assert lien not in page.text and 'restreinte' not in page.text
    page = entrer(monde.admin).get(ici)
    assert lien in page.text and 'devenue à diffusion restreinte' in page.text
